package main

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

func (a *app) claimsPrepare() *cobra.Command {
	var f drawFlags
	var year string
	c := &cobra.Command{Use: "prepare", Short: a.p.T("cli.claims.prepare.short"), Long: a.p.T("cli.claims.prepare.long"), Args: a.noArgs,
		Example: "  tongchou claims prepare --data CLAIMS --year 2025"}
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.Flags().StringVar(&year, "year", "", a.p.T("cli.flag.year"))
	c.Flags().StringVar(&f.kind, "kind", string(lake.Final), a.p.T("cli.flag.claims_kind"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(ctx context.Context) error {
			d, y, err := f.ofYear(a, year)
			if err != nil {
				return err
			}
			defer d.store.Close() // nothing is under way by then
			err = d.store.Prepare(ctx, y, d.kind, func(done, total int) {
				if terminal(a.errs) {
					_, _ = io.WriteString(a.errs, "\r"+a.p.T("cli.claims.prepare.progress", "done", done, "total", total)+"\x1b[K") // a line that fails to show is no reason to stop
				}
			})
			if terminal(a.errs) {
				_, _ = io.WriteString(a.errs, "\r\x1b[K") // as above
			}
			if err != nil {
				return err
			}
			return a.say("cli.claims.prepare.done", "year", int(y), "kind", d.kind)
		})
	}
	return c
}

// ofYear opens the store for a year.
func (f *drawFlags) ofYear(a *app, year string) (*drawing, policy.Year, error) {
	if year == "" {
		return nil, 0, fault.New(fault.Usage, "cli.flag_missing", "flag", "--year")
	}
	y, err := parseYear(year)
	if err != nil {
		return nil, 0, err
	}
	d, err := f.open(a)
	return d, y, err
}

// pivotFlags say what is asked.
type pivotFlags struct {
	drawFlags
	year             string
	by, where        []string
	publish, persons bool
	json, asCSV      bool
}

func (a *app) claimsPivot() *cobra.Command {
	var f pivotFlags
	c := &cobra.Command{Use: "pivot", Short: a.p.T("cli.claims.pivot.short"), Long: a.p.T("cli.claims.pivot.long"), Args: a.noArgs,
		Example: "  tongchou claims pivot --data CLAIMS --year 2025 --by city,month --where insurance=310 --where care=21,22 --publish --csv"}
	flags := c.Flags()
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	flags.StringVar(&f.year, "year", "", a.p.T("cli.flag.year"))
	flags.StringVar(&f.kind, "kind", string(lake.Final), a.p.T("cli.flag.claims_kind"))
	flags.StringSliceVar(&f.by, "by", nil, a.p.T("cli.flag.pivot_by"))
	flags.StringArrayVar(&f.where, "where", nil, a.p.T("cli.flag.pivot_where"))
	flags.BoolVar(&f.publish, "publish", false, a.p.T("cli.flag.pivot_publish", "fewest", lake.FewestPersons))
	flags.BoolVar(&f.persons, "persons", false, a.p.T("cli.flag.pivot_persons"))
	flags.BoolVar(&f.json, "json", false, a.p.T("cli.flag.json"))
	flags.BoolVar(&f.asCSV, "csv", false, a.p.T("cli.flag.csv"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(ctx context.Context) error { return f.run(ctx, a) })
	}
	return c
}

func (f *pivotFlags) run(ctx context.Context, a *app) error {
	q, err := f.query()
	if err != nil {
		return err
	}
	d, year, err := f.ofYear(a, f.year)
	if err != nil {
		return err
	}
	defer d.store.Close() // nothing was written
	s, err := d.store.Session(ctx, year, d.kind)
	if err != nil {
		return err
	}
	defer s.Close() // only read from
	p, err := s.Pivot(ctx, q)
	if err != nil {
		return err
	}
	switch {
	case f.json:
		return a.pivotJSON(p, d.kind)
	case f.asCSV:
		return a.writeCSV(pivotRows(p, f.persons), p.Snapshot.Synthetic)
	}
	return a.printPivot(p, f.persons)
}

// query reads what is asked: dimensions, and the values that are wanted of some, as DIMENSION=VALUE,VALUE.
func (f *pivotFlags) query() (lake.PivotQuery, error) {
	q := lake.PivotQuery{Publish: f.publish, Persons: f.persons, Where: map[lake.Dimension][]string{}}
	for _, d := range f.by {
		q.By = append(q.By, lake.Dimension(d))
	}
	for _, w := range f.where {
		d, values, ok := strings.Cut(w, "=")
		if !ok {
			return q, fault.New(fault.Usage, "cli.claims.pivot.where", "value", w)
		}
		q.Where[lake.Dimension(d)] = append(q.Where[lake.Dimension(d)], strings.Split(values, ",")...)
	}
	return q, nil
}

// pivotRows are the header and cells as files carry them; a suppressed cell has its keys alone.
func pivotRows(p lake.Pivot, persons bool) [][]string {
	var head []string
	for _, d := range p.By {
		head = append(head, string(d))
	}
	head = append(head, "settlements")
	if persons {
		head = append(head, "persons")
	}
	rows := [][]string{append(head, "cost", "scope", "fund", "person", "suppressed")}
	for _, c := range p.Cells {
		rows = append(rows, append(append([]string{}, c.Keys...), pivotSums(c, persons)...))
	}
	return rows
}

func pivotSums(c lake.PivotCell, persons bool) []string {
	sums := []string{strconv.FormatInt(c.Settlements, 10)}
	if persons {
		sums = append(sums, strconv.FormatInt(c.Persons, 10))
	}
	for _, amount := range []money.Fen{c.Cost, c.Scope, c.Fund, c.Person} {
		sums = append(sums, amount.String())
	}
	if c.Suppressed {
		clear(sums)
		return append(sums, "1")
	}
	return append(sums, "")
}

func (a *app) printPivot(p lake.Pivot, persons bool) error {
	if err := a.labels(policy.InForce, p.Snapshot.Synthetic, nil); err != nil {
		return err
	}
	rows := pivotRows(p, persons)
	for i, name := range rows[0] {
		rows[0][i] = a.p.T("cli.claims.pivot.head." + name)
	}
	for _, row := range rows[1:] {
		for i, d := range p.By {
			if d == lake.ByCity {
				row[i] = a.p.Division(region.Code(row[i]))
			}
		}
		if last := len(row) - 1; row[last] != "" {
			row[last] = a.p.T("cli.claims.pivot.suppressed", "fewest", lake.FewestPersons)
		}
	}
	total := append(make([]string, len(p.By)), pivotSums(p.Total, persons)...)
	if len(p.By) > 0 {
		total[0] = a.p.T("cli.claims.pivot.total")
		rows = append(rows, total)
	}
	if err := list(a.out, rows); err != nil {
		return err
	}
	return a.say("cli.claims.pivot.source", "snapshot", p.Snapshot.ID, "rows", p.Snapshot.Rows)
}

// The shape of a pivot that machines read.
type (
	pivotJSON struct {
		Year     policy.Year      `json:"year"`
		Kind     lake.Kind        `json:"kind"`
		Snapshot string           `json:"snapshot"`
		Data     string           `json:"data_kind"`
		By       []lake.Dimension `json:"by"`
		Cells    []pivotCellJSON  `json:"cells"`
		Total    pivotCellJSON    `json:"total"`
	}
	pivotCellJSON struct {
		Keys        []string   `json:"keys"`
		Suppressed  bool       `json:"suppressed"`
		Settlements *int64     `json:"settlements,omitempty"`
		Persons     *int64     `json:"persons,omitempty"`
		Cost        *money.Fen `json:"cost,omitempty"`
		Scope       *money.Fen `json:"scope,omitempty"`
		Fund        *money.Fen `json:"fund,omitempty"`
		Person      *money.Fen `json:"person,omitempty"`
	}
)

func (a *app) pivotJSON(p lake.Pivot, kind lake.Kind) error {
	out := pivotJSON{Year: p.Snapshot.Year, Kind: kind, Snapshot: p.Snapshot.ID, By: append([]lake.Dimension{}, p.By...), Cells: []pivotCellJSON{}, Total: cellJSON(p.Total)}
	if p.Snapshot.Synthetic {
		out.Data = "synthetic"
	}
	for _, c := range p.Cells {
		out.Cells = append(out.Cells, cellJSON(c))
	}
	return exchange.WriteJSON(a.out, out)
}

func cellJSON(c lake.PivotCell) pivotCellJSON {
	out := pivotCellJSON{Keys: append([]string{}, c.Keys...), Suppressed: c.Suppressed}
	if c.Suppressed {
		return out
	}
	out.Settlements, out.Cost, out.Scope, out.Fund, out.Person = &c.Settlements, &c.Cost, &c.Scope, &c.Fund, &c.Person
	if c.Persons >= 0 {
		out.Persons = &c.Persons
	}
	return out
}
