package main

import (
	"context"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// importStandards brings contribution standards from files: all of a file, or nothing with every reason.
func (a *app) importStandards() *cobra.Command {
	var f deskFlags
	var preview bool
	c := &cobra.Command{Use: "standards FILE...", Short: a.p.T("cli.import.standards.short"), Long: a.p.T("cli.import.standards.long"), Args: a.someArgs,
		Example: "  tongchou import standards standards.xlsx --store DIR --preview\n  tongchou import standards standards.csv --store DIR --division 510100"}
	f.add(a, c)
	c.Flags().BoolVar(&preview, "preview", false, a.p.T("cli.flag.preview"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			for _, file := range args {
				if err := a.bringStandards(ctx, d, file, preview); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c
}

func (a *app) bringStandards(ctx context.Context, d *enrolDesk, file string, preview bool) error {
	in, err := exchange.ReadInput(file)
	if err != nil {
		return err
	}
	rows, err := exchange.ReadStandards(in)
	if err != nil {
		return err
	}
	within := func(c region.Code) bool { _, known := d.tree.Get(c); return known && d.act.Scope.Holds(c) }
	if err := exchange.CheckStandards(in, rows, within); err != nil {
		return err
	}
	if preview {
		return a.say("cli.import.standards.preview", "file", in.Name, "rows", len(rows))
	}
	if err := d.ImportStandards(ctx, d.act, in.Name, office.DigestOf(in.Content), exchange.StandardsOf(rows)); err != nil {
		return err
	}
	return a.say("cli.import.standards.done", "file", in.Name, "rows", len(rows))
}
