package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tongchou/internal/locale"
)

// The manual under docs/manual is the program's help, written out; TONGCHOU_UPDATE_SCRIPTS=1 writes it anew.
func TestManualIsTheHelp(t *testing.T) {
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("TONGCHOU_POLICIES", "")
		var b strings.Builder
		a := &app{p: p}
		fmt.Fprintf(&b, "# tongchou\n\n%s\n", p.T("cli.root.long"))
		for _, c := range a.root().Commands() {
			writeManual(&b, p, c)
		}
		path := "../../docs/manual/" + string(lang) + ".md"
		if os.Getenv("TONGCHOU_UPDATE_SCRIPTS") != "" {
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(have) != b.String() {
			t.Errorf("%s is not what the program says; run the test with TONGCHOU_UPDATE_SCRIPTS=1", path)
		}
	}
}

func writeManual(b *strings.Builder, p *locale.Printer, c *cobra.Command) {
	if c.Hidden || !c.IsAvailableCommand() {
		return
	}
	defer func() {
		for _, child := range c.Commands() {
			writeManual(b, p, child)
		}
	}()
	if c.HasAvailableSubCommands() && c.Long == "" { // only a name for what is below it
		return
	}
	text := c.Long
	if text == "" {
		text = c.Short
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n```\n%s\n```\n", c.CommandPath(), text, c.UseLine())
	if c.Example != "" {
		fmt.Fprintf(b, "\n%s\n\n```sh\n%s\n```\n", p.T("cli.usage.examples"), strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
	}
	var flags []string
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			flags = append(flags, fmt.Sprintf("- `--%s` %s", f.Name, f.Usage))
		}
	})
	if len(flags) > 0 {
		fmt.Fprintf(b, "\n%s\n\n%s\n", p.T("cli.usage.flags"), strings.Join(flags, "\n"))
	}
}
