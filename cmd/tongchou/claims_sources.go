package main

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"tongchou/internal/claim"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
)

func (a *app) claimsSources() *cobra.Command {
	var f storeFlags
	var asJSON bool
	c := &cobra.Command{Use: "sources [NAME]", Short: a.p.T("cli.claims.sources.short"), Long: a.p.T("cli.claims.sources.long"), Args: cobra.ArbitraryArgs,
		Example: "  tongchou claims sources --data CLAIMS\n  tongchou claims sources chengdu-his --data CLAIMS"}
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.Flags().BoolVar(&asJSON, "json", false, a.p.T("cli.flag.json"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return claiming(c, func(context.Context) error {
			if len(args) > 1 {
				return fault.New(fault.Usage, "cli.arguments", "want", 1, "got", len(args), "command", c.CommandPath())
			}
			all, err := a.sources(&f, args)
			if err != nil {
				return err
			}
			if asJSON {
				return exchange.WriteJSON(a.out, map[string]any{"sources": all})
			}
			return a.printSources(all, len(args) == 1)
		})
	}
	return c
}

// sources gives the sources of a store, or the one that is named.
func (a *app) sources(f *storeFlags, names []string) ([]lake.Source, error) {
	l, err := a.store(f)
	if err != nil {
		return nil, err
	}
	defer l.Close() // nothing was written
	all, err := l.Sources()
	if err != nil || len(names) == 0 {
		return append([]lake.Source{}, all...), err
	}
	i := slices.IndexFunc(all, func(s lake.Source) bool { return s.Name == names[0] })
	if i < 0 {
		return nil, fault.New(fault.Refused, "cli.claims.sources.unknown", "name", names[0])
	}
	return all[i : i+1], nil
}

// printSources lists sources, or shows one with every column.
func (a *app) printSources(all []lake.Source, whole bool) error {
	if len(all) == 0 {
		return a.say("cli.claims.sources.none")
	}
	rows := [][]string{a.claimHeads("name", "columns", "values", "amounts", "days", "id", "at")}
	for _, s := range all {
		rows = append(rows, []string{s.Name, a.p.Value(len(s.Mapping.Columns)), a.p.Value(len(s.Mapping.Values)), a.p.T("value." + string(cmp.Or(s.Mapping.Amounts, lake.Yuan))),
			string(cmp.Or(s.Mapping.Days, lake.DayISO)), s.Import, s.At})
	}
	if err := list(a.out, rows); err != nil || !whole {
		return err
	}
	m := all[0].Mapping
	mapped := [][]string{a.claimHeads("column", "header", "values")}
	for _, name := range claim.Columns() {
		header, named := m.Columns[name]
		values := m.Values[name]
		if !named && len(values) == 0 {
			continue
		}
		var words []string
		for _, word := range slices.Sorted(maps.Keys(values)) {
			words = append(words, word+"="+values[word])
		}
		mapped = append(mapped, []string{name, cmp.Or(header, exchange.NoMonths), cmp.Or(a.p.Value(words), exchange.NoMonths)})
	}
	return list(a.out, mapped)
}
