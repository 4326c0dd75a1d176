package web

import (
	"cmp"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// column is a figure of the table by division.
type column struct {
	figure string
	value  func(pool.Division) money.Fen
	signed bool
	months bool
}

// columns lists every figure a division has, in the order tables show them.
func columns() []column {
	return []column{
		{figure: "surplus_begin", value: func(d pool.Division) money.Fen { return d.Statement.SurplusBegin }},
		{figure: "income", value: func(d pool.Division) money.Fen { return d.Statement.Income }},
		{figure: "expenditure", value: func(d pool.Division) money.Fen { return d.Statement.Expenditure() }},
		{figure: "paid", value: func(d pool.Division) money.Fen { return d.Paid }},
		{figure: "received", value: func(d pool.Division) money.Fen { return d.Received }},
		{figure: "net", value: func(d pool.Division) money.Fen { return d.Net }, signed: true},
		{figure: "gap_before", value: func(d pool.Division) money.Fen { return d.GapBefore }},
		{figure: "gap_after", value: func(d pool.Division) money.Fen { return d.GapAfter }},
		{figure: "surplus_end", value: func(d pool.Division) money.Fen { return d.SurplusEnd }},
		{figure: "owed", value: func(d pool.Division) money.Fen { return d.Owed }},
		{figure: "emergency", value: func(d pool.Division) money.Fen { return d.Emergency }},
		{figure: "local", value: func(d pool.Division) money.Fen { return d.Local }},
		{figure: "unmet", value: func(d pool.Division) money.Fen { return d.Unmet }},
		{figure: "months", months: true},
	}
}

func columnNamed(figure string) (column, bool) {
	for _, c := range columns() {
		if c.figure == figure {
			return c, true
		}
	}
	return column{}, false
}

// shownColumns leaves out what no division of the funds has any of: gaps, violations, emergency money.
func shownColumns(funds ...pool.Fund) []column {
	var out []column
	for _, c := range columns() {
		switch c.figure {
		case "gap_before":
			continue
		case "gap_after", "owed", "emergency", "local", "unmet":
			if !slices.ContainsFunc(funds, c.has) {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// has tells whether any division of a fund has some of the column's figure.
func (c column) has(fund pool.Fund) bool {
	return slices.ContainsFunc(fund.Divisions, func(d pool.Division) bool { return c.value(d) != 0 })
}

// urgent tells whether the policy pays emergency money by rule.
func (f *frame) urgent() bool {
	e, ok := f.set().Get("pool.emergency.kind")
	return ok && e.Value.String() != "none"
}

// text writes a figure of a division in the chosen unit.
func (c column) text(f *frame, d pool.Division) string {
	switch {
	case c.months:
		return monthsText(d.Months, d.HasMonths)
	case c.signed:
		return signed(c.value(d).In(f.unit.money()))
	}
	return f.amount(c.value(d))
}

// title is the exact figure, for the tooltip.
func (c column) title(f *frame, d pool.Division) string {
	if c.months {
		if !d.HasMonths {
			return ""
		}
		return f.T("web.exact_months", "months", minus(d.Months.Exact(6)))
	}
	return f.exact(c.value(d))
}

// class colours a figure; the sign or the word beside it says the same.
func (c column) class(d pool.Division) string {
	switch {
	case c.months:
		return ""
	case c.signed:
		return signClass(c.value(d))
	case c.value(d) < 0, c.alarming() && c.value(d) > 0:
		return "neg"
	case c.value(d) == 0:
		return "zero"
	}
	return ""
}

// alarming tells whether anything above zero in the column is bad news.
func (c column) alarming() bool {
	return c.figure == "gap_after" || c.figure == "owed" || c.figure == "unmet"
}

// sorted orders divisions by a column; by code when none is named.
func sorted(divisions []pool.Division, figure string, descending bool) []pool.Division {
	out := slices.Clone(divisions)
	c, ok := columnNamed(figure)
	if !ok {
		if descending {
			slices.Reverse(out)
		}
		return out
	}
	slices.SortStableFunc(out, func(a, b pool.Division) int {
		order := 0
		if c.months {
			order = cmp.Or(compareBool(a.HasMonths, b.HasMonths), a.Months.Cmp(b.Months))
		} else {
			order = cmp.Compare(c.value(a), c.value(b))
		}
		if descending {
			return -order
		}
		return order
	})
	return out
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
