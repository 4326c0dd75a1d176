package web

import (
	"strconv"

	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// waterfall is how a year's surplus comes about, drawn from left to right.
type waterfall struct {
	Unit, Label, Zero string
	Bars              []fallBar
	// The bracket under the factors' parts, empty where there are none.
	Bracket, BracketText, BracketX string
}

// fallBar is one step of the drawing.
type fallBar struct {
	Label, Value, Exact, Class     string
	X, Y, Width, Height            string
	Center, ValueY, LinkX1, LinkX2 string
	LinkY                          string
	Last                           bool
}

// The drawing of a waterfall, in its own units.
const (
	fallWidth  = 1120
	fallTop    = 24
	fallBottom = 190
)

// fallStep is a figure before it is drawn: a level (a standing amount) or a change.
type fallStep struct {
	name   string
	amount money.Fen
	level  bool
	part   bool // of what was distributed
}

// waterfallSteps is the year of a division in the order it happens.
func (f *frame) waterfallSteps(d pool.Division) []fallStep {
	s := d.Statement
	out := []fallStep{
		{f.T("web.fall.begin"), s.SurplusBegin, true, false},
		{f.T("web.fall.income"), s.Income, false, false},
		{f.T("web.fall.paid"), -d.Paid, false, false},
	}
	for _, p := range d.Parts {
		out = append(out, fallStep{f.T("web.factor." + string(p.Factor)), p.Amount, false, true})
	}
	out = append(out, fallStep{f.T("web.fall.expenditure"), -s.Expenditure(), false, false}, fallStep{f.T("web.fall.end"), d.SurplusEnd, true, false})
	extra := false
	for _, e := range []struct {
		name   string
		amount money.Fen
	}{{"emergency", d.Emergency}, {"local", d.Local}, {"owed", d.Owed}} {
		if e.amount != 0 {
			out, extra = append(out, fallStep{f.T("web.column." + e.name), e.amount, false, false}), true
		}
	}
	if extra {
		out = append(out, fallStep{f.T("web.fall.next"), d.NextSurplus(), true, false})
	}
	return out
}

// waterfall draws the year of a division.
func (f *frame) waterfall(d pool.Division) waterfall {
	unit := f.unit
	if unit == yuan {
		unit = wan
	}
	steps := f.waterfallSteps(d)
	out := waterfall{Unit: f.T("web.unit." + string(unit))}
	high, low := money.Fen(0), money.Fen(0)
	var at money.Fen
	for _, s := range steps {
		if s.level {
			at = s.amount
		} else {
			at += s.amount
		}
		high, low = max(high, at), min(low, at)
	}
	scale := func(x money.Fen) int {
		if high == low {
			return fallBottom
		}
		return fallBottom - int((x - low).Ratio().Quo((high - low).Ratio()).Mul(money.NewRatio(fallBottom-fallTop, 1)).Fen())
	}
	out.Zero = strconv.Itoa(scale(0))
	slot := fallWidth / len(steps)
	out.bracket(steps, slot, f.T("web.column.received")+" "+unit.write(d.Received))
	at = 0
	for i, s := range steps {
		from := at
		if at += s.amount; s.level {
			from, at = 0, s.amount
		}
		text := signed(s.amount.In(unit.money()))
		class := "up"
		switch {
		case s.level:
			text, class = unit.write(s.amount), "now"
		case s.amount < 0:
			class = "down"
		}
		top, bottom := min(scale(from), scale(at)), max(scale(from), scale(at))
		x := i * slot
		out.Bars = append(out.Bars, fallBar{Label: s.name, Value: text, Exact: f.exact(s.amount), Class: "bar-fill " + class,
			X: strconv.Itoa(x + slot/6), Y: strconv.Itoa(top), Width: strconv.Itoa(slot * 2 / 3), Height: strconv.Itoa(max(bottom-top, 1)),
			Center: strconv.Itoa(x + slot/2), ValueY: strconv.Itoa(top - 6),
			LinkX1: strconv.Itoa(x + slot*5/6), LinkX2: strconv.Itoa(x + slot + slot/6), LinkY: strconv.Itoa(scale(at)), Last: i == len(steps)-1})
		out.Label += s.name + " " + text + "; "
	}
	return out
}

// bracket draws the line under the parts that make up what was received.
func (w *waterfall) bracket(steps []fallStep, slot int, text string) {
	first, last := -1, -1
	for i, s := range steps {
		if s.part && first < 0 {
			first = i
		}
		if s.part {
			last = i
		}
	}
	if first < 0 {
		return
	}
	from, to := strconv.Itoa(first*slot+slot/6), strconv.Itoa(last*slot+slot*5/6)
	w.Bracket = "M" + from + " 220v5H" + to + "v-5"
	w.BracketText, w.BracketX = text, strconv.Itoa((first+last+1)*slot/2)
}
