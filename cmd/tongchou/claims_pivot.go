package main

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/claim"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
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
			if !d.store.KeepsParts() {
				return a.say("cli.claims.prepare.none")
			}
			return a.say("cli.claims.prepare.done", "year", int(y), "kind", d.kind)
		})
	}
	return c
}

// ofYear opens the store for a year.
func (f *drawFlags) ofYear(a *app, year string) (*drawing, policy.Year, error) {
	y, err := requiredYear(year)
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

// printPivot shows cells by the names of their keys; suppressed ones say so.
func (a *app) printPivot(p lake.Pivot, persons bool) error {
	if err := a.labels(policy.InForce, p.Snapshot.Synthetic, nil); err != nil {
		return err
	}
	var heads []string
	for _, d := range p.By {
		heads = append(heads, a.p.T("cli.claims.pivot.head."+string(d)))
	}
	header := []string{strings.Join(heads, " · ")}
	for _, name := range pivotRows(p, persons)[0][len(p.By):] {
		header = append(header, a.p.T("cli.claims.pivot.head."+name))
	}
	var rows [][]string
	for _, c := range p.Cells {
		var names []string
		for i, d := range p.By {
			names = append(names, a.dimensionName(d, c.Keys[i]))
		}
		rows = append(rows, a.pivotLine(strings.Join(names, " · "), c, persons))
	}
	if len(p.By) > 0 {
		rows = append(rows, a.pivotLine(a.p.T("cli.claims.pivot.total"), p.Total, persons))
	}
	if !slices.ContainsFunc(p.Cells, func(c lake.PivotCell) bool { return c.Suppressed }) {
		header = header[:len(header)-1] // nothing to remark
		for i, row := range rows {
			rows[i] = row[:len(header)]
		}
	}
	if err := table(a.out, header, rows); err != nil {
		return err
	}
	return a.say("cli.claims.pivot.source", "snapshot", p.Snapshot.ID, "rows", p.Snapshot.Rows)
}

// dimensionName names a value of a dimension; one without a name is shown as it is.
func (a *app) dimensionName(d lake.Dimension, value string) string {
	key := ""
	switch d {
	case lake.ByCity:
		return a.p.Division(region.Code(value))
	case lake.ByMonth:
		return a.p.T("web.claims.month", "month", value)
	case lake.ByInsurance:
		if value == claim.EmployeeInsurance {
			return a.p.Value(pool.Employee)
		}
		return a.p.Value(pool.Resident)
	case lake.ByLevel:
		key = "web.claims.level." + value
	case lake.ByCare:
		key = "web.claims.care." + value
	}
	if a.p.Has(key) {
		return a.p.T(key)
	}
	return value
}

func (a *app) pivotLine(name string, c lake.PivotCell, persons bool) []string {
	line := []string{name, a.p.Value(c.Settlements)}
	if persons {
		line = append(line, a.p.Value(c.Persons))
	}
	for _, amount := range []money.Fen{c.Cost, c.Scope, c.Fund, c.Person} {
		line = append(line, a.p.Value(amount))
	}
	if c.Suppressed {
		clear(line[1:])
		return append(line, a.p.T("cli.claims.pivot.suppressed", "fewest", lake.FewestPersons))
	}
	return append(line, "")
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
