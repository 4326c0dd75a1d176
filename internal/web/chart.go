package web

import (
	"strconv"

	"tongchou/internal/money"
)

// chart is a small bar chart over the years; Rows is its table.
type chart struct {
	Title, Unit string
	Bars        []bar
	Baseline    string
	Label       string
}

// bar is one year's bar with its place in the drawing.
type bar struct {
	Label, Value, Exact, Class string
	X, Y, Width, Height        string
	Center, ValueY             string
}

// The drawing of a small bar chart, in its own units.
const (
	chartWidth  = 240
	chartTop    = 22
	chartBottom = 96
	chartHeight = 118
)

// trends are the province's figures over the computed years.
func (f *frame) trends() []chart {
	type point struct {
		year   string
		value  money.Ratio
		text   string
		exact  string
		marked bool
	}
	series := func(name, unit string, at func(i int) (money.Ratio, string, string, bool)) chart {
		var points []point
		for i := range f.book.results {
			r := f.book.results[i]
			if _, ok := r.Fund(f.insurance); !ok {
				continue
			}
			value, text, exact, ok := at(i)
			if ok {
				points = append(points, point{strconv.Itoa(int(r.Year)), value, text, exact, r.Year == f.year})
			}
		}
		c := chart{Title: f.T("web.trend." + name), Unit: unit}
		values := make([]money.Ratio, len(points))
		for i, p := range points {
			values[i] = p.value
		}
		boxes, zero := layBars(values)
		c.Baseline = zero
		for i, p := range points {
			b := boxes[i]
			b.Label, b.Value, b.Exact = p.year, p.text, p.exact
			b.Class = "bar-fill"
			if p.marked {
				b.Class = "bar-fill now"
			}
			c.Bars = append(c.Bars, b)
			c.Label += p.year + " " + p.text + "; "
		}
		return c
	}
	unit := f.T("web.unit.yi")
	amount := func(x money.Fen) (money.Ratio, string, string, bool) { return x.Ratio(), yi.write(x), f.exact(x), true }
	return []chart{
		series("collected", unit, func(i int) (money.Ratio, string, string, bool) {
			fund, _ := f.book.results[i].Fund(f.insurance)
			return amount(fund.Collected)
		}),
		series("closing", unit, func(i int) (money.Ratio, string, string, bool) {
			fund, _ := f.book.results[i].Fund(f.insurance)
			return amount(fund.SetAside.Closing)
		}),
		series("surplus_end", unit, func(i int) (money.Ratio, string, string, bool) {
			fund, _ := f.book.results[i].Fund(f.insurance)
			return amount(fund.Total().SurplusEnd)
		}),
		series("months", f.T("web.months"), func(i int) (money.Ratio, string, string, bool) {
			fund, _ := f.book.results[i].Fund(f.insurance)
			t := fund.Total()
			return t.Months, monthsText(t.Months, t.HasMonths), "", t.HasMonths
		}),
	}
}

// layBars places bars over a common baseline; what is below zero hangs from it.
func layBars(values []money.Ratio) (boxes []bar, baseline string) {
	high, low := money.Ratio{}, money.Ratio{}
	for _, v := range values {
		if v.Cmp(high) > 0 {
			high = v
		}
		if v.Cmp(low) < 0 {
			low = v
		}
	}
	span := high.Sub(low)
	scale := func(v money.Ratio) int {
		if span.Sign() == 0 {
			return chartBottom
		}
		up := v.Sub(low).Quo(span).Mul(money.NewRatio(chartBottom-chartTop, 1))
		return chartBottom - int(up.Fen())
	}
	zero := scale(money.Ratio{})
	slot := chartWidth / max(len(values), 1)
	width := min(44, slot*3/5)
	for i, v := range values {
		y := scale(v)
		top, bottom := min(y, zero), max(y, zero)
		center := i*slot + slot/2
		boxes = append(boxes, bar{X: strconv.Itoa(center - width/2), Y: strconv.Itoa(top), Width: strconv.Itoa(width), Height: strconv.Itoa(max(bottom-top, 1)),
			Center: strconv.Itoa(center), ValueY: strconv.Itoa(top - 6)})
	}
	return boxes, strconv.Itoa(zero)
}
