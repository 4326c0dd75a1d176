package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// drawFlags say which claims factors are drawn from, and whose headcounts they are divided by.
type drawFlags struct {
	storeFlags
	kind, enrolled string
}

// drawing is a claims store opened to draw factors from.
type drawing struct {
	store    *lake.Lake
	kind     lake.Kind
	register []lake.EnrolledBySex
	made     bool // the register is labelled as made up
}

// open reads the register and opens the store that the flags name.
func (f *drawFlags) open(a *app) (*drawing, error) {
	d := &drawing{}
	var err error
	if d.kind, err = claimKind(f.kind); err != nil {
		return nil, err
	}
	if f.enrolled != "" {
		if d.register, d.made, err = readRegister(f.enrolled); err != nil {
			return nil, err
		}
	}
	d.store, err = a.store(&f.storeFlags)
	return d, err
}

// readRegister reads an enrolment register for the claims store; it tells whether any of it is labelled as made up.
func readRegister(path string) ([]lake.EnrolledBySex, bool, error) {
	in, err := exchange.ReadInput(path)
	if err != nil {
		return nil, false, err
	}
	rows, err := exchange.ReadEnrolled(in)
	if err != nil {
		return nil, false, err
	}
	tree, err := region.Load()
	if err != nil {
		return nil, false, fault.Wrap(err, "cli.broken_tables")
	}
	registered := make([]lake.Registered, len(rows))
	for i, row := range rows {
		registered[i] = lake.Registered(row)
	}
	return lake.Register(registered, tree)
}

// heads is the register without the sexes.
func (d *drawing) heads() []lake.Enrolled {
	var out []lake.Enrolled
	for _, e := range d.register {
		out = append(out, e.Enrolled)
	}
	return out
}

// drawn are factors with the sign-off of the snapshot they come from.
type drawn struct {
	lake.Factors
	signature lake.SignOff
	signed    bool
}

// draw draws the factors of a year. Divided by made-up headcounts they are made up; one with nothing to divide by is blank, so
// that rules which weigh it refuse it and do not take it for 0.
func (d *drawing) draw(ctx context.Context, year policy.Year) (drawn, error) {
	s, err := d.store.Session(ctx, year, d.kind)
	if err != nil {
		return drawn{}, err
	}
	defer s.Close() // only read from
	f, err := s.Factors(ctx, d.heads())
	if err != nil {
		return drawn{}, err
	}
	signature, signed, err := d.store.SignedOff(year, d.kind)
	if err != nil {
		return drawn{}, err
	}
	f.Snapshot.Synthetic = f.Snapshot.Synthetic || d.made
	unknown := map[pool.Key][]pool.Factor{}
	for _, i := range f.Indicators {
		if !i.Known {
			unknown[i.Key] = append(unknown[i.Key], i.Name)
		}
	}
	for i := range f.Rows {
		for _, name := range unknown[f.Rows[i].Key] {
			delete(f.Rows[i].Values, name)
		}
		f.Rows[i].Synthetic = f.Snapshot.Synthetic
	}
	for i := range f.AgeGroups {
		f.AgeGroups[i].Synthetic = f.Snapshot.Synthetic
	}
	return drawn{f, signature, signed && signature.Snapshot == f.Snapshot.ID}, nil
}

// Whose headcounts figures are divided by.
const (
	headsEnrolled = "enrolled" // those of a register
	headsSeen     = "seen"     // the persons who had a settlement
)

// claimsSource is what figures were drawn from, as machines read it.
type claimsSource struct {
	Year      policy.Year `json:"year"`
	Snapshot  string      `json:"snapshot"`
	Kind      lake.Kind   `json:"kind"`
	Rows      int64       `json:"rows"`
	Imports   []string    `json:"imports"`
	Headcount string      `json:"headcount"`
	Signed    bool        `json:"signed"` // somebody signed the report of its checks
	SignedBy  string      `json:"signed_by,omitempty"`
	SignedAt  string      `json:"signed_at,omitempty"`
}

func sourceOf(f drawn) claimsSource {
	heads := headsEnrolled
	if f.Seen {
		heads = headsSeen
	}
	s := f.Snapshot
	out := claimsSource{Year: s.Year, Snapshot: s.ID, Kind: s.Kind, Rows: s.Rows, Imports: s.Imports, Headcount: heads, Signed: f.signed}
	if f.signed {
		out.SignedBy, out.SignedAt = f.signature.Who, f.signature.At
	}
	return out
}

// signature says who signed the report of the checks, or that nobody did.
func (s claimsSource) signature() fault.Message {
	if s.Signed {
		return fault.Msg("cli.claims.signed", "year", int(s.Year), "who", s.SignedBy, "at", s.SignedAt)
	}
	return fault.Msg("cli.claims.unsigned", "year", int(s.Year))
}

// drawnFrom says which snapshot figures come from.
func (s claimsSource) drawnFrom(key string) fault.Message {
	return fault.Msg(key, "year", int(s.Year), "kind", s.Kind, "rows", s.Rows, "imports", s.Imports, "snapshot", s.Snapshot)
}

// saySource says what figures were drawn from.
func (a *app) saySource(s claimsSource) error {
	if _, err := fmt.Fprintln(a.out, a.p.Text(s.drawnFrom("cli.claims.drawn"))); err != nil {
		return err
	}
	return a.sayTrust(s)
}

// sayTrust says whose headcounts figures are divided by, and who signed the checks.
func (a *app) sayTrust(s claimsSource) error {
	if s.Headcount == headsSeen {
		if err := a.say("cli.claims.seen"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(a.out, a.p.Text(s.signature()))
	return err
}

func (a *app) factorsCommand() *cobra.Command {
	var f drawFlags
	var year, out, ageGroups string
	var asJSON bool
	c := &cobra.Command{Use: "factors", Short: a.p.T("cli.factors.short"), Long: a.p.T("cli.factors.long"), Args: a.noArgs,
		Example: "  tongchou factors --year 2025 --data CLAIMS --enrolled insured.csv --out factors.csv\n  tongchou factors --year 2025 --data CLAIMS --kind preliminary --json"}
	c.Flags().StringVar(&year, "year", "", a.p.T("cli.flag.year"))
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.Flags().StringVar(&f.kind, "kind", string(lake.Final), a.p.T("cli.flag.claims_kind"))
	c.Flags().StringVar(&f.enrolled, "enrolled", "", a.p.T("cli.flag.enrolled"))
	c.Flags().StringVar(&out, "out", "", a.p.T("cli.flag.factors_out"))
	c.Flags().StringVar(&ageGroups, "age-groups", "", a.p.T("cli.flag.age_groups_out"))
	c.Flags().BoolVar(&asJSON, "json", false, a.p.T("cli.flag.json"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(ctx context.Context) error {
			of, err := requiredYear(year)
			if err != nil {
				return err
			}
			if err := errors.Join(apart("--out", out, f.enrolled), apart("--age-groups", ageGroups, f.enrolled)); err != nil {
				return err
			}
			d, err := f.open(a)
			if err != nil {
				return err
			}
			defer d.store.Close() // nothing was written
			f, err := d.draw(ctx, of)
			if err != nil {
				return err
			}
			if err := a.writeDrawn(f.Factors, out, ageGroups); err != nil || out == "-" || ageGroups == "-" {
				return err
			}
			if asJSON {
				return exchange.WriteJSON(a.out, a.factorsJSON(f))
			}
			if err := a.printFactors(f); err != nil {
				return err
			}
			for _, path := range []string{out, ageGroups} {
				if path == "" {
					continue
				}
				if err := a.say("cli.template.written", "file", path); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c
}

// writeDrawn writes the files that pooling reads.
func (a *app) writeDrawn(f lake.Factors, factors, ageGroups string) error {
	for _, file := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{factors, func(w io.Writer) error { return exchange.WriteFactorsCSV(w, f.Rows) }},
		{ageGroups, func(w io.Writer) error { return exchange.WriteAgeGroupsCSV(w, f.AgeGroups) }},
	} {
		if file.path == "" {
			continue
		}
		var b bytes.Buffer
		if err := file.write(&b); err != nil {
			return err
		}
		if err := a.whole(file.path, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
			return err
		}
	}
	return nil
}

// inFen tells whether what is divided, and what it is divided by, are amounts. All others are numbers of persons or admissions.
func inFen(d lake.Definition) (numerator, denominator bool) {
	switch {
	case d.Cost:
		return true, false
	case d.Name == pool.AgedShare, d.Name == pool.AdmissionRate, d.Name == lake.DirectRate:
		return false, false
	}
	return true, true
}

func (a *app) printFactors(f drawn) error {
	if err := a.labels(policy.InForce, f.Snapshot.Synthetic, nil); err != nil {
		return err
	}
	if err := a.saySource(sourceOf(f)); err != nil {
		return err
	}
	if r := f.Refunds; r.Count > 0 {
		if err := a.say("cli.factors.refunds", "count", r.Count, "elsewhere", r.Elsewhere, "cost", r.ElsewhereCost); err != nil {
			return err
		}
	}
	for _, insurance := range pool.Insurances() {
		if err := a.printHeadcounts(f.Factors, insurance); err != nil {
			return err
		}
		for _, d := range lake.Definitions() {
			if err := a.printFigure(f.Factors, insurance, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) printHeadcounts(f lake.Factors, insurance pool.Insurance) error {
	var rows [][]string
	for _, row := range f.Rows {
		if row.Insurance == insurance {
			rows = append(rows, []string{string(row.Division) + " " + a.p.Division(row.Division), a.p.Value(row.Headcount)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := a.say("cli.factors.title", "year", int(f.Snapshot.Year), "insurance", insurance); err != nil {
		return err
	}
	return table(a.out, append(a.headers("division"), a.p.T("factor.headcount")), rows)
}

// printFigure shows a figure of every pooling area with what was divided by what.
func (a *app) printFigure(f lake.Factors, insurance pool.Insurance, d lake.Definition) error {
	amounts, byAmounts := inFen(d)
	part := func(n int64, amount bool) string {
		if amount {
			return a.p.Value(money.Fen(n))
		}
		return a.p.Value(n)
	}
	var rows [][]string
	for _, i := range f.Indicators {
		if i.Name == d.Name && i.Insurance == insurance {
			rows = append(rows, []string{string(i.Division) + " " + a.p.Division(i.Division), figureText(i, d), part(i.Numerator, amounts), part(i.Denominator, byAmounts)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	pooled := fault.Message{}
	if d.Pooled {
		pooled = fault.Msg("cli.factors.pooled")
	}
	if err := a.say("cli.factors.figure", "name", fault.Msg(d.Title()), "numerator", fault.Msg(d.Numerator()), "denominator", fault.Msg(d.Denominator()),
		"clause", d.Clause, "pooled", pooled); err != nil {
		return err
	}
	return table(a.out, append(a.headers("division", "value"), a.p.T("cli.factors.numerator"), a.p.T("cli.factors.denominator")), rows)
}

// figureText is a figure as files carry it.
func figureText(i lake.Indicator, d lake.Definition) string {
	switch {
	case !i.Known:
		return exchange.NoMonths
	case d.Cost:
		return i.Value.Fen().String()
	}
	return i.Value.Exact(6)
}

// The shapes of factors that machines read: amounts as strings in yuan, numbers of persons and admissions as numbers, and null
// for a figure with nothing to divide by.
type (
	factorsJSON struct {
		Year        policy.Year      `json:"year"`
		Claims      claimsSource     `json:"claims"`
		Synthetic   bool             `json:"synthetic"`
		Refunds     refundsJSON      `json:"refunds"`
		Definitions []definitionJSON `json:"definitions"`
		Divisions   []drawnJSON      `json:"divisions"`
	}
	refundsJSON struct {
		Count         int64     `json:"count"`
		Elsewhere     int64     `json:"elsewhere"`
		ElsewhereCost money.Fen `json:"elsewhere_cost"`
	}
	definitionJSON struct {
		Factor      pool.Factor `json:"factor"`
		Title       string      `json:"title"`
		Numerator   string      `json:"numerator"`
		Denominator string      `json:"denominator"`
		Clause      string      `json:"clause"`
		Pooled      bool        `json:"pooled"`
	}
	drawnJSON struct {
		Division  region.Code    `json:"division"`
		Name      string         `json:"name"`
		Insurance pool.Insurance `json:"insurance"`
		Headcount int64          `json:"headcount"`
		Figures   []figureJSON   `json:"figures"`
	}
	figureJSON struct {
		Factor      pool.Factor `json:"factor"`
		Value       *string     `json:"value"`
		Numerator   any         `json:"numerator"`
		Denominator any         `json:"denominator"`
	}
)

func (a *app) factorsJSON(f drawn) factorsJSON {
	out := factorsJSON{Year: f.Snapshot.Year, Claims: sourceOf(f), Synthetic: f.Snapshot.Synthetic,
		Refunds: refundsJSON{f.Refunds.Count, f.Refunds.Elsewhere, f.Refunds.ElsewhereCost}, Divisions: []drawnJSON{}}
	definitions := map[pool.Factor]lake.Definition{}
	for _, d := range lake.Definitions() {
		definitions[d.Name] = d
		out.Definitions = append(out.Definitions, definitionJSON{d.Name, a.p.T(d.Title()), a.p.T(d.Numerator()), a.p.T(d.Denominator()), d.Clause, d.Pooled})
	}
	figures := map[pool.Key][]figureJSON{}
	for _, i := range f.Indicators {
		figures[i.Key] = append(figures[i.Key], toFigure(i, definitions[i.Name]))
	}
	for _, row := range f.Rows {
		out.Divisions = append(out.Divisions, drawnJSON{row.Division, a.p.Division(row.Division), row.Insurance, row.Headcount, figures[row.Key]})
	}
	return out
}

func toFigure(i lake.Indicator, d lake.Definition) figureJSON {
	part := func(n int64, amount bool) any {
		if amount {
			return money.Fen(n)
		}
		return n
	}
	amounts, byAmounts := inFen(d)
	out := figureJSON{Factor: i.Name, Numerator: part(i.Numerator, amounts), Denominator: part(i.Denominator, byAmounts)}
	if i.Known {
		text := figureText(i, d)
		out.Value = &text
	}
	return out
}
