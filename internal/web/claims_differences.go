package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/region"
)

// differencesModel is the page of differences (差异分解).
type differencesModel struct {
	Orders       []pickView
	Parts        []legendLine
	Chart        splitChart
	Rows         []differenceRow
	Norms        []normRow
	Trace        *traceView
	Seen, BySex  bool
	Province     string
	CSV, XLSX    string
	Unregistered bool // whether any cost is of ages of which the register holds nobody
}

// differenceRow is an area's row: its figures in yuan a head.
type differenceRow struct {
	Name, Full, Path string
	Current          bool
	Cells            []cellView
}

// normRow is what a head of an age group and sex costs in the province.
type normRow struct{ Group, Sex, Heads, Cost, PerHead string }

// splitChart is the drawing of the differences: a bar for each area, split into its parts.
type splitChart struct {
	Height, Zero, Axis string
	Label              string
	Bars               []splitBar
}

// splitBar is an area's bar.
type splitBar struct {
	Name, Path, Total, TotalX, TotalClass string
	TextY, MarkX, MarkY                   string
	Pieces                                []splitPiece
}

// splitPiece is a part of a bar.
type splitPiece struct{ Class, X, Y, Width, Title string }

// The drawing of the differences, in its own units.
const (
	splitLeft  = 128
	splitRight = 900
	splitRow   = 24
)

// partNames are the short names of the parts, in the order lake gives them.
func (f *frame) partNames() []string {
	var out []string
	for _, p := range (lake.Difference{}).Parts() {
		out = append(out, f.T("web.claims.part."+strings.TrimPrefix(p.Key, "lake.decompose.")))
	}
	return out
}

// drawSplit splits the differences of the chosen snapshot in the background.
func (c *claimsDesk) drawSplit(f *frame, w http.ResponseWriter, r *http.Request) (lake.Decomposition, bool, error) {
	reg, err := c.register()
	if err != nil {
		return lake.Decomposition{}, false, err
	}
	s := f.claims.snapshot
	f.claims.made = reg.synthetic && len(reg.heads(s.Year)) > 0
	q := question{fault.Msg("web.claims.job.differences", "year", int(s.Year), "kind", s.Kind), "differences", []string{reg.version}}
	return answered(c, f, w, r, q, func(ctx context.Context, b *job) (lake.Decomposition, error) {
		b.say(fault.Msg("web.claims.phase.factors", "year", int(s.Year)), 0, 0)
		session, err := c.session(ctx, s)
		if err != nil {
			return lake.Decomposition{}, err
		}
		defer session.Close() // only read from
		return session.Decompose(ctx, reg.bySex(s.Year))
	})
}

func (c *claimsDesk) differences(f *frame, w http.ResponseWriter, r *http.Request) error {
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.differences")); done || err != nil {
		return err
	}
	split, there, err := c.drawSplit(f, w, r)
	if !there || err != nil {
		return err
	}
	all := f.differencesOf(split)
	trace, err := f.differenceTrace(split, all)
	if err != nil {
		return err
	}
	if part(r, "trace") {
		return f.render(w, r, http.StatusOK, tracePanel(f, trace))
	}
	m := differencesModel{Trace: trace, Seen: split.Seen, BySex: split.BySex, Chart: f.splitChart(all),
		CSV: f.claimsLink("/data/claims/differences/export.csv"), XLSX: f.claimsLink("/data/claims/differences/export.xlsx")}
	byCode := f.seen.Get("order") == "code"
	m.Orders = []pickView{{f.T("web.claims.order.size"), string(f.here("order", "")), !byCode}, {f.T("web.claims.order.code"), string(f.here("order", "code")), byCode}}
	for i, name := range f.partNames() {
		m.Parts = append(m.Parts, legendLine{"part-" + strconv.Itoa(i), name})
	}
	for _, d := range all {
		m.Rows = append(m.Rows, f.differenceRow(d))
		m.Unregistered = m.Unregistered || d.Unregistered.Total.Sign() != 0
		if d.Known {
			m.Province = minus(d.Province.Fen().In(money.Yuan))
		}
	}
	for _, n := range split.Norms {
		if n.Insurance == f.claims.insurance {
			row := normRow{Group: n.Group, Sex: f.sexText(n.Sex), Heads: f.Value(n.Heads), Cost: f.amount(n.Cost), PerHead: "\u2014"}
			if n.Known {
				row.PerHead = minus(n.CostPerHead.Fen().In(money.Yuan))
			}
			m.Norms = append(m.Norms, row)
		}
	}
	return f.render(w, r, http.StatusOK, differencesPage(f, m))
}

func (f *frame) sexText(s lake.Sex) string {
	if s == lake.EitherSex {
		return f.T("web.claims.sex.either")
	}
	return f.sexName(string(s))
}

// differencesOf are those of the chosen insurance type, the largest first unless they are to stand by code.
func (f *frame) differencesOf(split lake.Decomposition) []lake.Difference {
	var out []lake.Difference
	for _, d := range split.Differences {
		if d.Insurance == f.claims.insurance {
			out = append(out, d)
		}
	}
	if f.seen.Get("order") != "code" {
		slices.SortStableFunc(out, func(a, b lake.Difference) int {
			return cmp.Or(compareBool(b.Known, a.Known), b.Total.Cmp(a.Total), cmp.Compare(a.Division, b.Division))
		})
	}
	return out
}

func (f *frame) differencePath(code region.Code) string {
	return f.claimsLink("/data/claims/differences", "order", f.seen.Get("order"), "division", string(code)) + "#trace"
}

func (f *frame) differenceRow(d lake.Difference) differenceRow {
	row := differenceRow{Name: f.Short(d.Division), Full: f.Division(d.Division), Path: f.differencePath(d.Division), Current: f.seen.Get("division") == string(d.Division)}
	if !d.Known {
		row.Cells = append(row.Cells, cellView{Text: "\u2014", Title: f.T("web.claims.nothing_to_divide")})
		return row
	}
	total, parts := d.Rounded()
	row.Cells = []cellView{{Text: f.Value(d.Heads)}, {Text: minus(d.CostPerHead.Fen().In(money.Yuan)), Title: minus(d.CostPerHead.Exact(6))},
		{Text: minus(d.Expected.Fen().In(money.Yuan)), Title: minus(d.Expected.Exact(6))},
		{Text: signed(total.In(money.Yuan)), Class: "strong"}}
	for i, p := range d.Parts() {
		cell := cellView{Text: signed(parts[i].In(money.Yuan)), Title: f.T("web.claims.fen.exact", "fen", minus(p.Total.Exact(6)))}
		if parts[i] == 0 {
			cell.Class = "zero"
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// splitChart draws the parts above zero to the right and those below to the left, and marks where they come out.
func (f *frame) splitChart(all []lake.Difference) splitChart {
	most, least := money.Fen(1), money.Fen(0)
	for _, d := range all {
		if !d.Known {
			continue
		}
		up, down := money.Fen(0), money.Fen(0)
		_, parts := d.Rounded()
		for _, x := range parts {
			up, down = up+max(x, 0), down+min(x, 0)
		}
		most, least = max(most, up), min(least, down)
	}
	at := func(x money.Fen) int {
		return splitLeft + int((x - least).Ratio().Quo((most - least).Ratio()).Mul(money.NewRatio(splitRight-splitLeft, 1)).Fen())
	}
	out := splitChart{Height: strconv.Itoa(len(all)*splitRow + 8), Zero: strconv.Itoa(at(0)), Axis: strconv.Itoa(len(all)*splitRow + 4)}
	names := f.partNames()
	for n, d := range all {
		top := n*splitRow + 6
		bar := splitBar{Name: f.Short(d.Division), Path: f.differencePath(d.Division), TextY: strconv.Itoa(top + 11), Total: "\u2014", TotalX: "985"}
		if d.Known {
			total, parts := d.Rounded()
			bar.Total, bar.MarkX, bar.MarkY = signed(total.In(money.Yuan)), strconv.Itoa(at(total)), strconv.Itoa(top-2)
			up, down := money.Fen(0), money.Fen(0)
			for i, x := range parts {
				from, to := up, up+x
				if x < 0 {
					from, to = down+x, down
					down += x
				} else {
					up += x
				}
				if x == 0 {
					continue
				}
				bar.Pieces = append(bar.Pieces, splitPiece{"part-" + strconv.Itoa(i), strconv.Itoa(at(from)), strconv.Itoa(top), strconv.Itoa(max(at(to)-at(from), 1)),
					bar.Name + " " + names[i] + " " + signed(x.In(money.Yuan))})
			}
		}
		out.Label += bar.Name + " " + bar.Total + "; "
		out.Bars = append(out.Bars, bar)
	}
	return out
}

// differenceTrace is the breakdown of one area; nil when none is asked for.
func (f *frame) differenceTrace(split lake.Decomposition, all []lake.Difference) (*traceView, error) {
	code := f.seen.Get("division")
	if code == "" {
		return nil, nil
	}
	at := slices.IndexFunc(all, func(d lake.Difference) bool { return string(d.Division) == code })
	if at < 0 || !all[at].Known {
		return nil, errNotFound
	}
	d := all[at]
	total, parts := d.Rounded()
	yuan := func(x money.Ratio) string { return minus(x.Fen().In(money.Yuan)) }
	t := &traceView{Who: f.Division(d.Division) + " \u00b7 " + f.T("web.insurance."+string(d.Insurance)), Figure: f.T("web.claims.difference"), Amount: signed(total.In(money.Yuan)),
		Exact: f.T("web.claims.difference.exact", "own", yuan(d.CostPerHead), "province", yuan(d.Province)), Close: f.claimsLink("/data/claims/differences", "order", f.seen.Get("order"))}
	texts := []string{"web.claims.part.structure.text", "web.claims.part.utilisation.text", "web.claims.part.price.text", "web.claims.part.offsite.text", "web.claims.part.unregistered.text"}
	names := f.partNames()
	managed := money.Fen(0)
	for i, p := range d.Parts() {
		if i > 0 && i < 4 {
			managed += parts[i]
		}
		if i == 4 && p.Total.Sign() == 0 {
			continue
		}
		out, in := signed(p.Outpatient.Fen().In(money.Yuan)), signed(p.Inpatient.Fen().In(money.Yuan))
		t.Steps = append(t.Steps, stepView{Figure: names[i], Clause: "YN-2.5", Text: f.T("web.claims.part.of", "amount", signed(parts[i].In(money.Yuan)), "outpatient", out, "inpatient", in) + f.T(texts[i])})
	}
	t.Steps = append(t.Steps, stepView{Figure: f.T("web.claims.argue"), Clause: "YN-2.7",
		Text: f.T("web.claims.argue.area", "expected", yuan(d.Expected), "structure", signed(parts[0].In(money.Yuan)), "managed", signed(managed.In(money.Yuan)))})
	t.Steps = append(t.Steps, stepView{Figure: f.T("web.claims.step.source"), Clause: "YA-4.8.1", Text: f.snapshotText(split.Snapshot) + f.T("web.list.semicolon") + f.headsText(split.Seen)})
	return t, nil
}

// differencesExport gives the differences of both insurance types as a file.
func (c *claimsDesk) differencesExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("file")
	if file != "export.csv" && file != "export.xlsx" {
		return errNotFound
	}
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.differences")); done || err != nil {
		return err
	}
	split, there, err := c.drawSplit(f, w, r)
	if !there || err != nil {
		return err
	}
	t := exchange.Table{Sheet: f.T("web.claims.tab.differences"), Wide: 3}
	for _, key := range []string{"web.claims.column.code", "web.column.division", "web.filter.insurance", "web.claims.headcount", "web.claims.total_cost", "web.claims.per_head", "web.claims.per_head.province", "web.claims.expected", "web.claims.difference"} {
		t.Heads = append(t.Heads, f.T(key))
	}
	t.Heads = append(append(t.Heads, f.partNames()...), f.T("web.data.nature"))
	for _, d := range split.Differences {
		row := []exchange.TableCell{exchange.TextCell(string(d.Division)), exchange.TextCell(f.Division(d.Division)), exchange.TextCell(f.T("web.insurance." + string(d.Insurance))),
			exchange.NumberCell(strconv.FormatInt(d.Heads, 10)), exchange.AmountCell(d.Cost)}
		if d.Known {
			total, parts := d.Rounded()
			row = append(row, exchange.AmountCell(d.CostPerHead.Fen()), exchange.AmountCell(d.Province.Fen()), exchange.AmountCell(d.Expected.Fen()), exchange.AmountCell(total))
			for _, x := range parts {
				row = append(row, exchange.AmountCell(x))
			}
		}
		for len(row) < len(t.Heads)-1 {
			row = append(row, exchange.TextCell(""))
		}
		t.Rows = append(t.Rows, append(row, exchange.TextCell(f.dataKind())))
	}
	notes := []exchange.Note{{Name: f.T("web.claims.argue"), Text: f.T("web.claims.argue.structure")}, {Name: f.T("web.claims.argue"), Text: f.T("web.claims.argue.managed")}}
	return c.takeAway(f, w, "differences", file, split.Snapshot, f.headsText(split.Seen), notes, []exchange.Table{t})
}
