// Command tongchou pools a province's basic medical insurance funds (基本医疗保险省级统筹): it computes, explains, compares
// and serves.
package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/policies"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// Exit statuses.
const (
	exitDone = iota
	exitRefused
	exitUsage
	exitInternal
)

// run is the whole program: arguments in, exit status out.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	printer, err := locale.New(language(args))
	if err != nil {
		_, _ = io.WriteString(errs, err.Error()+"\n")
		return exitInternal
	}
	a := &app{p: printer, in: in, out: out, errs: errs}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	return a.exit(root.Execute())
}

// language is the one asked for by --lang, TONGCHOU_LANG or the system's locale; Chinese otherwise.
func language(args []string) locale.Lang {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return locale.Lang(value)
		}
		if arg == "--lang" && i+1 < len(args) {
			return locale.Lang(args[i+1])
		}
	}
	for _, name := range []string{"TONGCHOU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			if strings.HasPrefix(value, string(locale.EN)) {
				return locale.EN
			}
			return locale.ZH
		}
	}
	return locale.ZH
}

// app is what every command shares.
type app struct {
	p         *locale.Printer
	in        io.Reader
	out, errs io.Writer
	policies  string // a directory of policy files to use in place of those inside the program
}

// engine loads the policy files and the divisions.
func (a *app) engine() (pool.Engine, error) {
	library, err := policy.Load(a.policyFiles())
	if err != nil {
		return pool.Engine{}, err
	}
	tree, err := region.Load()
	if err != nil {
		return pool.Engine{}, fault.Wrap(err, "cli.broken_tables")
	}
	return pool.Engine{Library: library, Tree: tree}, nil
}

// engineFor loads them and finds a policy pack.
func (a *app) engineFor(id string) (pool.Engine, *policy.Pack, error) {
	engine, err := a.engine()
	if err != nil {
		return engine, nil, err
	}
	pack, err := a.pack(engine.Library, id)
	return engine, pack, err
}

func (a *app) policyFiles() fs.FS {
	if a.policies != "" {
		return os.DirFS(a.policies)
	}
	return policies.Files
}

// exit says what went wrong on standard error, one reason a line, and gives the exit status.
func (a *app) exit(err error) int {
	if err == nil {
		return exitDone
	}
	var silent silentError
	if errors.As(err, &silent) {
		return silent.status
	}
	for _, line := range a.reasons(err) {
		_, _ = io.WriteString(a.errs, line+"\n")
	}
	var wrong usageError
	if errors.As(err, &wrong) {
		return exitUsage
	}
	switch fault.KindOf(err) {
	case fault.Refused:
		return exitRefused
	case fault.Usage:
		return exitUsage
	}
	return exitInternal
}

// maxReasons keeps a hopeless file from flooding the terminal; the rest is counted.
const maxReasons = 200

func (a *app) reasons(err error) []string {
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		var lines []string
		for i, problem := range refusal.Problems {
			if i == maxReasons {
				lines = append(lines, a.p.T("cli.more_reasons", "count", len(refusal.Problems)-maxReasons))
				break
			}
			lines = append(lines, a.p.Problem(problem))
		}
		return lines
	}
	var e *fault.Error
	if errors.As(err, &e) {
		line := a.p.Text(e.Message)
		if e.Cause != nil {
			line += ": " + e.Cause.Error()
		}
		return []string{line}
	}
	return []string{err.Error()}
}

// silentError ends with a status after everything has been said.
type silentError struct{ status int }

func (silentError) Error() string { return "" }

// usageError marks what the command line library found wrong.
type usageError struct{ error }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "tongchou", Short: a.p.T("cli.root.short"), Long: a.p.T("cli.root.long"),
		SilenceUsage: true, SilenceErrors: true, Version: version(),
		Args: a.noArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetVersionTemplate("tongchou {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{errors.New(a.p.T("cli.bad_flag", "detail", err.Error(), "command", c.CommandPath()))}
	})
	root.PersistentFlags().String("lang", "", a.p.T("cli.flag.lang"))
	root.PersistentFlags().StringVar(&a.policies, "policies", os.Getenv("TONGCHOU_POLICIES"), a.p.T("cli.flag.policies"))
	root.PersistentFlags().BoolP("help", "h", false, a.p.T("cli.flag.help"))
	root.Flags().Bool("version", false, a.p.T("cli.flag.version"))
	root.SetUsageTemplate(a.usageTemplate())
	root.SetHelpCommand(&cobra.Command{Use: "no-help", Hidden: true})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.poolCommand(), a.policyCommand(), a.templateCommand(), a.importCommand(), a.exportCommand(), a.claimsCommand(), a.factorsCommand(), a.entitlementCommand(), a.settleCommand(), a.simulateCommand(), a.benefitCommand(), a.benchCommand(),
		a.worksCommand(), a.collectionCommand(),
		a.synthCommand(), a.demoCommand(), a.serveCommand(), a.usersCommand(), a.institutionsCommand(), a.accountsCommand(), a.clearingCommand(),
		a.backupCommand(), a.restoreCommand(), a.verifyCommand(), a.clausesCommand())
	return root
}

// noArgs refuses what is left over on the command line.
func (a *app) noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{errors.New(a.p.T("cli.unknown_command", "word", args[0], "command", c.CommandPath()))}
}

// someArgs refuses a command line without arguments.
func (a *app) someArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fault.New(fault.Usage, "cli.arguments", "want", 1, "got", 0, "command", c.CommandPath())
	}
	return nil
}

// group is a command that only holds others.
func (a *app) group(use string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: a.p.T("cli." + use + ".short"), Args: a.noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(children...)
	return c
}

func (a *app) usageTemplate() string {
	t := func(key string) string { return a.p.T("cli.usage." + key) }
	return t("usage") + `
  {{.UseLine}}{{if .HasAvailableSubCommands}}

` + t("commands") + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasExample}}

` + t("examples") + `
{{.Example}}{{end}}{{if .HasAvailableLocalFlags}}

` + t("flags") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + t("global") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
}

// version is the program's version: the module's when released, else the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
