package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

func (a *app) kind(text string) (exchange.Kind, error) {
	var known []string
	for _, k := range exchange.Kinds() {
		if string(k) == text {
			return k, nil
		}
		known = append(known, string(k))
	}
	return "", fault.New(fault.Usage, "cli.template.unknown", "kind", text, "known", known)
}

func (a *app) templateCommand() *cobra.Command {
	var province, out string
	var years []int
	var force bool
	c := &cobra.Command{Use: "template KIND", Short: a.p.T("cli.template.short"), Long: a.p.T("cli.template.long"), Example: a.p.T("cli.template.example"), Args: a.exactly(1)}
	c.Flags().StringVar(&province, "province", "510000", a.p.T("cli.flag.province"))
	c.Flags().IntSliceVar(&years, "year", []int{2024}, a.p.T("cli.flag.year"))
	c.Flags().StringVar(&out, "out", "", a.p.T("cli.flag.out"))
	c.Flags().BoolVar(&force, "force", false, a.p.T("cli.flag.force"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		kind, err := a.kind(args[0])
		if err != nil {
			return err
		}
		code, err := a.province(province)
		if err != nil {
			return err
		}
		var wanted []policy.Year
		for _, y := range years {
			year, err := parseYear(strconv.Itoa(y))
			if err != nil {
				return err
			}
			wanted = append(wanted, year)
		}
		var b bytes.Buffer
		if err := exchange.WriteTemplate(&b, kind, code, wanted, a.p); err != nil {
			return err
		}
		if out == "-" {
			_, err := a.out.Write(b.Bytes())
			return err
		}
		if out == "" {
			out = args[0] + ".xlsx"
		}
		if err := fresh(force, out); err != nil {
			return err
		}
		if err := writeFile(out, b.Bytes()); err != nil {
			return err
		}
		return a.say("cli.template.written", "file", out)
	}
	c.AddCommand(a.templatePeople())
	c.AddCommand(a.templateReports()...)
	return c
}

// province reads the code of a province that the tree has.
func (a *app) province(text string) (region.Code, error) {
	tree, err := region.Load()
	if err != nil {
		return "", fault.Wrap(err, "cli.broken_tables")
	}
	code, err := region.Parse(text)
	if _, known := tree.Get(code); err != nil || !known || !code.IsProvince() {
		return "", fault.New(fault.Usage, "cli.synth.unknown_province", "value", text)
	}
	return code, nil
}

func (a *app) importCommand() *cobra.Command {
	var data string
	var replace bool
	c := &cobra.Command{Use: "import KIND FILE...", Short: a.p.T("cli.import.short"), Long: a.p.T("cli.import.long"), Example: a.p.T("cli.import.example")}
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) < 2 {
			return fault.New(fault.Usage, "cli.arguments", "want", 2, "got", len(args), "command", c.CommandPath())
		}
		return nil
	}
	c.Flags().StringVar(&data, "data", "", a.p.T("cli.flag.data"))
	c.Flags().BoolVar(&replace, "replace", false, a.p.T("cli.flag.replace"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		kind, err := a.kind(args[0])
		if err != nil {
			return err
		}
		if data == "" {
			return fault.New(fault.Usage, "cli.flag_missing", "flag", "--data")
		}
		folder, err := exchange.OpenFolder(data)
		if err != nil {
			return err
		}
		engine, pack, err := a.engineFor(folder.Settings().Policy)
		if err != nil {
			return err
		}
		inputs, err := readAll(kind, args[1:], pack.Latest(), engine)
		if err != nil {
			return err
		}
		reports, err := folder.ImportAll(kind, inputs, replace)
		if err != nil {
			return err
		}
		for i, report := range reports {
			if err := a.say("cli.import.done", "file", inputs[i].Name, "added", report.Added, "replaced", report.Replaced, "unchanged", report.Unchanged); err != nil {
				return err
			}
		}
		return nil
	}
	c.AddCommand(a.importPeople(), a.importCatalogue(), a.importStandards())
	c.AddCommand(a.importReports()...)
	return c
}

// readAll reads and screens files of a kind, and refuses them for what is wrong with any of them.
func readAll(kind exchange.Kind, paths []string, set *policy.Set, engine pool.Engine) ([]exchange.Input, error) {
	var inputs []exchange.Input
	var problems fault.List
	for _, path := range paths {
		in, err := exchange.ReadInput(path)
		if err == nil {
			err = exchange.Screen(kind, in, set, engine.CheckRows)
		}
		var refusal *fault.Refusal
		switch {
		case errors.As(err, &refusal):
			for _, p := range refusal.Problems {
				problems.Add(p)
			}
		case err != nil:
			return nil, err
		}
		inputs = append(inputs, in)
	}
	return inputs, problems.Err()
}

func (a *app) synthCommand() *cobra.Command {
	return a.group("synth", a.synthStatements(), a.synthClaims(), a.synthCities(), a.synthPeople())
}

func (a *app) synthStatements() *cobra.Command {
	var f poolFlags
	var seed uint64
	var out string
	var force bool
	c := &cobra.Command{Use: "statements", Short: a.p.T("cli.synth.statements.short"), Long: a.p.T("cli.synth.statements.long"), Args: a.noArgs,
		Example: "  tongchou synth statements --policy sichuan --years 2023-2025 --out DIR"}
	c.Flags().StringVar(&f.policy, "policy", "sichuan", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&f.years, "years", "", a.p.T("cli.flag.years"))
	c.Flags().Uint64Var(&seed, "seed", demoSeed, a.p.T("cli.flag.seed"))
	c.Flags().StringVar(&out, "out", ".", a.p.T("cli.flag.out"))
	c.Flags().BoolVar(&force, "force", false, a.p.T("cli.flag.force"))
	c.RunE = func(*cobra.Command, []string) error {
		engine, pack, err := a.engineFor(f.policy)
		if err != nil {
			return err
		}
		span := demoYears(pack)
		if f.years != "" {
			if span.from, span.to, _, err = f.span(); err != nil {
				return err
			}
		}
		facts, err := makeUp(engine, pack, span, seed)
		if err != nil {
			return err
		}
		return a.writeFacts(out, facts, force)
	}
	return c
}

// writeFacts writes a province's files into a directory, all of them or, when one is there already, none.
func (a *app) writeFacts(dir string, facts pool.Facts, force bool) error {
	for _, file := range factFiles(facts) {
		if err := fresh(force, filepath.Join(dir, file.name)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.Wrap(err, "cli.cannot_write", "file", dir)
	}
	for _, file := range factFiles(facts) {
		var b bytes.Buffer
		if err := file.write(&b); err != nil {
			return err
		}
		path := filepath.Join(dir, file.name)
		if err := writeFile(path, b.Bytes()); err != nil {
			return err
		}
		if err := a.say("cli.synth.written", "file", path); err != nil {
			return err
		}
	}
	return nil
}

// factFile is one of the files a province's facts are written to.
type factFile struct {
	name  string
	kind  exchange.Kind
	write func(io.Writer) error
}

func factFiles(facts pool.Facts) []factFile {
	return []factFile{
		{"statements.csv", exchange.Statements, func(w io.Writer) error { return exchange.WriteStatementsCSV(w, facts.Statements) }},
		{"factors.csv", exchange.Factors, func(w io.Writer) error { return exchange.WriteFactorsCSV(w, facts.Factors) }},
		{"age_groups.csv", exchange.AgeGroups, func(w io.Writer) error { return exchange.WriteAgeGroupsCSV(w, facts.AgeGroups) }},
	}
}

// demoSeed makes the demo province the same everywhere.
const demoSeed = 1

// years is a span of years.
type years struct{ from, to policy.Year }

// demoYears are the years a demo of a pack shows: three, from the year before its scheme starts.
func demoYears(pack *policy.Pack) years {
	first := pool.FirstYear(pack.Latest())
	return years{first - 1, first + 1}
}

// makeUp makes a synthetic province for a pack, with opening surpluses carried from year to year.
func makeUp(engine pool.Engine, pack *policy.Pack, span years, seed uint64) (pool.Facts, error) {
	options := synth.Options{Province: pack.Provinces[0], From: span.from, To: span.to, Seed: seed, AgeGroups: true}
	set := pack.At(span.to.End())
	for _, insurance := range pool.Insurances() {
		if _, ok := set.Get("pool.collection.rate." + policy.ParameterID(insurance)); ok {
			options.Insurances = append(options.Insurances, insurance)
		}
		if _, ok := set.Get("pool.collection.provincial_rate." + policy.ParameterID(insurance)); ok {
			options.ProvincialUnit = true
		}
	}
	facts, err := synth.Province(options, engine.Tree)
	if err != nil {
		return pool.Facts{}, err
	}
	sets := func(y policy.Year) (*policy.Set, error) { return pack.At(y.End()), nil }
	return synth.Chained(engine, sets, facts, max(span.from, pool.FirstYear(set)), span.to)
}
