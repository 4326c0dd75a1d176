package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// catalogueFlags are the flags of import catalogue.
type catalogueFlags struct {
	store, from, title, division string
	preview                      bool
}

func (a *app) importCatalogue() *cobra.Command {
	var f catalogueFlags
	c := &cobra.Command{Use: "catalogue FILE", Short: a.p.T("cli.import.catalogue.short"), Long: a.p.T("cli.import.catalogue.long"),
		Example: "  tongchou import catalogue 2026.csv --store DIR --from 2026-01-01 --preview\n  tongchou import catalogue 2026.xlsx --store DIR --from 2026-01-01"}
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fault.New(fault.Usage, "cli.arguments", "want", 1, "got", len(args), "command", c.CommandPath())
		}
		return nil
	}
	a.storeFlag(c, &f.store)
	c.Flags().StringVar(&f.from, "from", "", a.p.T("cli.flag.catalogue_from"))
	c.Flags().StringVar(&f.title, "title", "", a.p.T("cli.flag.catalogue_title"))
	c.Flags().StringVar(&f.division, "division", "510000", a.p.T("cli.flag.desk_division"))
	c.Flags().BoolVar(&f.preview, "preview", false, a.p.T("cli.flag.preview"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return untilInterrupted(c, func(ctx context.Context) error { return f.run(ctx, a, args[0]) })
	}
	return c
}

func (f *catalogueFlags) run(ctx context.Context, a *app, file string) error {
	from, known := policy.ParseDate(f.from)
	if !known {
		return fault.New(fault.Usage, "cli.flag_missing", "flag", "--from")
	}
	in, err := exchange.ReadInput(file)
	if err != nil {
		return err
	}
	if f.title == "" {
		f.title = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	edition, err := exchange.CatalogueEdition(in, from, f.title)
	if err != nil {
		return err
	}
	made := ""
	if edition.Synthetic {
		made = a.p.T("cli.entitlement.synthetic")
	}
	if f.preview {
		return a.say("cli.import.catalogue.preview", "title", f.title, "items", len(edition.Items()), "from", string(from), "synthetic", made)
	}
	if f.store == "" {
		return fault.New(fault.Usage, "cli.flag_missing", "flag", "--store")
	}
	s, err := store.Open(ctx, f.store, storeOptions())
	if err != nil {
		return err
	}
	defer s.Close() // everything is committed
	division := region.Code(f.division)
	var number string
	act := store.Act{Record: office.Record{Chain: division, Who: operator, Action: "catalogue.import"}, Scope: store.ScopeOf(division)}
	if _, err := s.Write(ctx, act, func(t *store.Tx) error {
		if number, err = t.SaveCatalogue(edition); err != nil {
			return err
		}
		t.Did(office.Object{Kind: "catalogue", ID: number}, nil, []office.Field{{Name: "title", Value: f.title}})
		return nil
	}); err != nil {
		return err
	}
	return a.say("cli.import.catalogue.done", "number", number, "title", f.title, "items", len(edition.Items()), "from", string(from), "synthetic", made)
}
