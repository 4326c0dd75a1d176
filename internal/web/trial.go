package web

import (
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// trial computes one year of the baseline's facts under a scenario and keeps the result for a while.
func (s *shelf) trial(f *frame, overlay policy.Overlay) (pool.Result, error) {
	year := f.year
	b := s.keep(f.book.version+"\x00"+strconv.Itoa(int(year))+"\x00"+overlayKey(overlay), overlay, f.book.version)
	b.once.Do(func() {
		set, err := s.site.Engine.Library.With(s.site.pack.At(year.End()), overlay)
		if err == nil {
			var r pool.Result
			if r, err = s.site.Engine.Run(set, f.book.factsOf(year), year); err == nil {
				b.results = []pool.Result{r}
			}
		}
		if err != nil {
			b.problems = problemsOf(err)
		}
	})
	if len(b.results) == 0 {
		return pool.Result{}, &fault.Refusal{Problems: b.problems}
	}
	return b.results[0], nil
}

// comparisonView is a scenario beside the baseline, for the chosen insurance type.
type comparisonView struct {
	Totals []changeView
	Heads  []string
	Rows   []comparisonRow
	Same   bool // nothing differs
}

// changeView is a figure on both sides.
type changeView struct {
	Name, Before, After, By, Exact, Class, AfterClass string
}

// comparisonRow is a division on both sides with a bar for the change of its net.
type comparisonRow struct {
	Name, Full, Path string
	Cells            []changeView
	Bar              divergingBar
	MonthsBefore     string
	MonthsAfter      string
	Pill             string
}

// divergingBar is a change drawn to the left or right of a middle line.
type divergingBar struct{ X, Width, Class, Label string }

// The drawing of a diverging bar, in its own units.
const (
	divergingHalf = 60
	divergingGap  = 1
)

// comparison lays out a comparison for the chosen insurance type.
func (f *frame) comparison(c pool.Comparison) *comparisonView {
	v := &comparisonView{Same: true}
	for _, fund := range c.Funds {
		if fund.Insurance != f.insurance {
			continue
		}
		a, _ := c.A.Fund(f.insurance)
		b, _ := c.B.Fund(f.insurance)
		v.Totals = f.comparedTotals(fund, a.Total(), b.Total())
		var widest money.Fen
		for _, d := range fund.Divisions {
			widest = max(widest, d.Net.By(), -d.Net.By())
		}
		for _, d := range fund.Divisions {
			row := f.comparedRow(d, widest)
			v.Rows = append(v.Rows, row)
			v.Same = v.Same && d.Paid.By() == 0 && d.Received.By() == 0 && d.Emergency.By() == 0
		}
	}
	return v
}

func (f *frame) comparedTotals(fund pool.FundComparison, a, b pool.Division) []changeView {
	named := func(name string, c pool.Change) changeView {
		v := f.change(c)
		v.Name = f.T("web.compare." + name)
		return v
	}
	gaps := named("gap_after", pool.Change{A: a.GapAfter, B: b.GapAfter})
	gaps.Class = reversed(gaps.Class)
	out := []changeView{named("collected", fund.Collected), named("added", fund.Added), named("distributed", fund.Distributed), gaps}
	if f.urgent() || a.Emergency != 0 || b.Emergency != 0 {
		out = append(out, named("emergency", pool.Change{A: a.Emergency, B: b.Emergency}))
	}
	return append(out, named("closing", fund.Closing))
}

// reversed swaps the colours of good and bad.
func reversed(class string) string {
	return map[string]string{"neg": "pos", "pos": "neg", "zero": "zero"}[class]
}

func (f *frame) change(c pool.Change) changeView {
	after := ""
	if c.B == 0 {
		after = "zero"
	}
	return changeView{AfterClass: after, Before: f.amount(c.A), After: f.amount(c.B), By: signed(c.By().In(f.unit.money())), Exact: f.T("web.compare.exact",
		"before", minus(c.A.In(money.Yuan)), "after", minus(c.B.In(money.Yuan))), Class: signClass(c.By())}
}

func (f *frame) comparedRow(d pool.DivisionComparison, widest money.Fen) comparisonRow {
	row := comparisonRow{Name: f.Short(d.Code), Full: f.Division(d.Code), Path: f.link("/pool/division/" + string(d.Code)),
		MonthsBefore: monthsText(d.MonthsA, d.HasMonthsA), MonthsAfter: monthsText(d.MonthsB, d.HasMonthsB), Pill: pillClass(monthsLevel(d.MonthsB, d.HasMonthsB))}
	gap := f.change(d.GapAfter)
	gap.Class = reversed(gap.Class)
	row.Cells = []changeView{f.change(d.Paid), f.change(d.Received), f.change(d.Net), gap}
	row.Bar = diverging(d.Net.By(), widest)
	row.Bar.Label = row.Full + " " + row.Cells[2].By
	return row
}

// diverging draws a change against the widest one.
func diverging(by, widest money.Fen) divergingBar {
	if widest == 0 || by == 0 {
		return divergingBar{X: strconv.Itoa(divergingHalf), Width: "0"}
	}
	length := int(max(by, -by).Ratio().Quo(widest.Ratio()).Mul(money.NewRatio(divergingHalf-2, 1)).Fen())
	b := divergingBar{Width: strconv.Itoa(max(length, 1)), X: strconv.Itoa(divergingHalf + divergingGap), Class: "bar-fill up"}
	if by < 0 {
		b.X, b.Class = strconv.Itoa(divergingHalf-divergingGap-max(length, 1)), "bar-fill down"
	}
	return b
}
