package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

func (a *app) claimsDecompose() *cobra.Command {
	var f drawFlags
	var year string
	var asJSON, asCSV bool
	c := &cobra.Command{Use: "decompose", Short: a.p.T("cli.claims.decompose.short"), Long: a.p.T("cli.claims.decompose.long"), Args: a.noArgs,
		Example: "  tongchou claims decompose --data CLAIMS --year 2025 --enrolled insured.csv"}
	c.Flags().StringVar(&year, "year", "", a.p.T("cli.flag.year"))
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.Flags().StringVar(&f.kind, "kind", string(lake.Final), a.p.T("cli.flag.claims_kind"))
	c.Flags().StringVar(&f.enrolled, "enrolled", "", a.p.T("cli.flag.enrolled"))
	c.Flags().BoolVar(&asJSON, "json", false, a.p.T("cli.flag.json"))
	c.Flags().BoolVar(&asCSV, "csv", false, a.p.T("cli.flag.csv"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(ctx context.Context) error {
			of, err := requiredYear(year)
			if err != nil {
				return err
			}
			d, err := f.open(a)
			if err != nil {
				return err
			}
			defer d.store.Close() // nothing was written
			split, err := d.decompose(ctx, of)
			switch {
			case err != nil:
				return err
			case asJSON:
				return exchange.WriteJSON(a.out, a.splitJSON(split))
			case asCSV:
				return a.splitCSV(split)
			}
			return a.printSplit(split)
		})
	}
	return c
}

// split is a decomposition with the sign-off of its snapshot.
type split struct {
	lake.Decomposition
	source claimsSource
}

func (d *drawing) decompose(ctx context.Context, year policy.Year) (split, error) {
	s, err := d.store.Session(ctx, year, d.kind)
	if err != nil {
		return split{}, err
	}
	defer s.Close() // only read from
	out, err := s.Decompose(ctx, d.register)
	if err != nil {
		return split{}, err
	}
	out.Snapshot.Synthetic = out.Snapshot.Synthetic || d.made
	signature, signed, err := d.store.SignedOff(year, d.kind)
	f := drawn{lake.Factors{Snapshot: out.Snapshot, Seen: out.Seen}, signature, signed && signature.Snapshot == out.Snapshot.ID}
	return split{out, sourceOf(f)}, err
}

// figures are what is shown of a difference, in fen: the parts add up to the total, to the fen.
func figures(d lake.Difference) (total money.Fen, parts []money.Fen) {
	total = d.CostPerHead.Fen() - d.Province.Fen()
	exact := make([]money.Ratio, 0, len(d.Parts()))
	for _, p := range d.Parts() {
		exact = append(exact, p.Total)
	}
	return total, addUp(total, exact)
}

// addUp rounds parts so that they add up to a total that is less than a fen from their sum: all down, and then up a fen for those
// that lost the most, the earlier of equals.
func addUp(total money.Fen, exact []money.Ratio) []money.Fen {
	out, order := make([]money.Fen, len(exact)), make([]int, len(exact))
	for i, x := range exact {
		if out[i] = x.Fen(); out[i].Ratio().Cmp(x) > 0 {
			out[i]--
		}
		total, order[i] = total-out[i], i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return exact[j].Sub(out[j].Ratio()).Cmp(exact[i].Sub(out[i].Ratio()))
	})
	for _, i := range order[:total] {
		out[i]++
	}
	return out
}

func (a *app) printSplit(s split) error {
	if err := a.labels(policy.InForce, s.Snapshot.Synthetic, nil); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(a.out, a.p.Text(s.source.drawnFrom("cli.claims.decompose.drawn"))); err != nil {
		return err
	}
	if err := a.sayTrust(s.source); err != nil {
		return err
	}
	if !s.BySex {
		if err := a.say("cli.claims.decompose.either"); err != nil {
			return err
		}
	}
	for _, insurance := range pool.Insurances() {
		if err := a.printDifferences(s, insurance); err != nil {
			return err
		}
		if err := a.printNorms(s, insurance); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printDifferences(s split, insurance pool.Insurance) error {
	var rows [][]string
	for _, d := range s.Differences {
		if d.Insurance != insurance {
			continue
		}
		row := []string{string(d.Division) + " " + a.p.Division(d.Division), a.p.Value(d.Heads)}
		if !d.Known {
			for range len(d.Parts()) + 4 {
				row = append(row, exchange.NoMonths)
			}
			rows = append(rows, row)
			continue
		}
		total, parts := figures(d)
		row = append(row, a.p.Value(d.CostPerHead.Fen()), a.p.Value(d.Province.Fen()), a.p.Value(d.Expected.Fen()), a.p.Value(total))
		for _, p := range parts {
			row = append(row, a.p.Value(p))
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := a.say("cli.claims.decompose.title", "year", int(s.Snapshot.Year), "insurance", insurance); err != nil {
		return err
	}
	head := append(a.headers("division"), a.claimHeads("heads", "per_head", "province", "expected", "difference")...)
	for _, p := range (lake.Difference{}).Parts() {
		head = append(head, a.p.T("cli.claims.part."+strings.TrimPrefix(p.Key, partPrefix)))
	}
	return table(a.out, head, rows)
}

func (a *app) printNorms(s split, insurance pool.Insurance) error {
	var rows [][]string
	for _, n := range s.Norms {
		if n.Insurance != insurance {
			continue
		}
		each := exchange.NoMonths
		if n.Known {
			each = a.p.Value(n.CostPerHead.Fen())
		}
		rows = append(rows, []string{n.Group, a.p.T("cli.sex." + sexName(n.Sex)), a.p.Value(n.Heads), a.p.Value(n.Cost), each})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := a.say("cli.claims.decompose.norms", "insurance", insurance); err != nil {
		return err
	}
	return table(a.out, a.claimHeads("group", "sex", "heads", "cost", "per_head"), rows)
}

func sexName(s lake.Sex) string {
	switch s {
	case lake.Male:
		return "male"
	case lake.Female:
		return "female"
	case lake.OtherSex:
		return "unknown"
	}
	return "either"
}

// The shape of a decomposition that machines read: amounts in yuan, rounded so that the parts add up to the difference.
type (
	splitJSON struct {
		Year      policy.Year      `json:"year"`
		Claims    claimsSource     `json:"claims"`
		Synthetic bool             `json:"synthetic"`
		BySex     bool             `json:"by_sex"`
		Divisions []differenceJSON `json:"divisions"`
		Norms     []normJSON       `json:"norms"`
	}
	differenceJSON struct {
		Division    region.Code    `json:"division"`
		Name        string         `json:"name"`
		Insurance   pool.Insurance `json:"insurance"`
		Heads       int64          `json:"headcount"`
		Cost        money.Fen      `json:"cost"`
		CostPerHead *money.Fen     `json:"cost_per_head"` // null without heads, as all that follow
		Province    *money.Fen     `json:"province"`
		Expected    *money.Fen     `json:"expected"`
		Difference  *money.Fen     `json:"difference"`
		Parts       []splitPart    `json:"parts"`
	}
	splitPart struct {
		Part   string    `json:"part"`
		Title  string    `json:"title"`
		Amount money.Fen `json:"amount"`
	}
	normJSON struct {
		Insurance   pool.Insurance `json:"insurance"`
		Group       string         `json:"group"`
		Sex         string         `json:"gend"`
		Heads       int64          `json:"headcount"`
		Cost        money.Fen      `json:"cost"`
		CostPerHead *money.Fen     `json:"cost_per_head"`
	}
)

func (a *app) splitJSON(s split) splitJSON {
	out := splitJSON{Year: s.Snapshot.Year, Claims: s.source, Synthetic: s.Snapshot.Synthetic, BySex: s.BySex, Divisions: []differenceJSON{}, Norms: []normJSON{}}
	known := func(r money.Ratio, ok bool) *money.Fen {
		if !ok {
			return nil
		}
		f := r.Fen()
		return &f
	}
	for _, d := range s.Differences {
		j := differenceJSON{Division: d.Division, Name: a.p.Division(d.Division), Insurance: d.Insurance, Heads: d.Heads, Cost: d.Cost,
			CostPerHead: known(d.CostPerHead, d.Known), Province: known(d.Province, d.Known), Expected: known(d.Expected, d.Known), Parts: []splitPart{}}
		if d.Known {
			total, parts := figures(d)
			j.Difference = &total
			for i, p := range d.Parts() {
				j.Parts = append(j.Parts, splitPart{strings.TrimPrefix(p.Key, partPrefix), a.p.T(p.Key), parts[i]})
			}
		}
		out.Divisions = append(out.Divisions, j)
	}
	for _, n := range s.Norms {
		out.Norms = append(out.Norms, normJSON{n.Insurance, n.Group, string(n.Sex), n.Heads, n.Cost, known(n.CostPerHead, n.Known)})
	}
	return out
}

// partPrefix stands before the name of a part in its locale key.
const partPrefix = "lake.decompose."

func (a *app) splitCSV(s split) error {
	head := strings.Fields("year division insurance headcount cost cost_per_head province expected difference")
	for _, p := range (lake.Difference{}).Parts() {
		head = append(head, strings.TrimPrefix(p.Key, partPrefix))
	}
	rows := [][]string{head}
	for _, d := range s.Differences {
		row := []string{strconv.Itoa(int(s.Snapshot.Year)), string(d.Division), string(d.Insurance), strconv.FormatInt(d.Heads, 10), d.Cost.String()}
		if d.Known {
			total, parts := figures(d)
			row = append(row, d.CostPerHead.Fen().String(), d.Province.Fen().String(), d.Expected.Fen().String(), total.String())
			for _, p := range parts {
				row = append(row, p.String())
			}
		}
		for len(row) < len(head) {
			row = append(row, "")
		}
		rows = append(rows, row)
	}
	return a.writeCSV(rows, s.Snapshot.Synthetic)
}
