package web

import (
	"strconv"

	"tongchou/internal/money"
	"tongchou/internal/pool"
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

// point is a year's figure before it is drawn.
type point struct {
	year        string
	value       money.Ratio
	text, exact string
	now         bool // the year of the page
}

// trends are the province's figures over the computed years.
func (f *frame) trends() []chart {
	unit := f.T("web.unit.yi")
	amount := func(x money.Fen) (point, bool) {
		return point{value: x.Ratio(), text: yi.write(x), exact: f.exact(x)}, true
	}
	return []chart{
		f.trend("collected", unit, func(fund pool.Fund) (point, bool) { return amount(fund.Collected) }),
		f.trend("closing", unit, func(fund pool.Fund) (point, bool) { return amount(fund.SetAside.Closing) }),
		f.trend("surplus_end", unit, func(fund pool.Fund) (point, bool) { return amount(fund.Total().SurplusEnd) }),
		f.trend("months", f.T("web.months"), func(fund pool.Fund) (point, bool) {
			t := fund.Total()
			return point{value: t.Months, text: monthsText(t.Months, t.HasMonths)}, t.HasMonths
		}),
	}
}

// trend draws a figure of the fund over the years that have it.
func (f *frame) trend(name, unit string, at func(pool.Fund) (point, bool)) chart {
	var points []point
	for _, r := range f.book.results {
		fund, ok := r.Fund(f.insurance)
		if !ok {
			continue
		}
		if p, ok := at(fund); ok {
			p.year, p.now = strconv.Itoa(int(r.Year)), r.Year == f.year
			points = append(points, p)
		}
	}
	return drawn(f.T("web.trend."+name), unit, points)
}

// drawn lays out the bars of a chart.
func drawn(title, unit string, points []point) chart {
	c := chart{Title: title, Unit: unit}
	values := make([]money.Ratio, len(points))
	for i, p := range points {
		values[i] = p.value
	}
	var boxes []bar
	boxes, c.Baseline = layBars(values)
	for i, p := range points {
		b := boxes[i]
		b.Label, b.Value, b.Exact, b.Class = p.year, p.text, p.exact, "bar-fill"
		if p.now {
			b.Class = "bar-fill now"
		}
		c.Bars = append(c.Bars, b)
		c.Label += p.year + " " + p.text + "; "
	}
	return c
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
