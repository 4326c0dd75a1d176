package exchange

import (
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// adjustmentColumns are the columns of the adjustment sheet: the place, the amounts, the months payable, and what is
// left for people to fill in.
const (
	adjustmentPlace  = 1
	adjustmentFirst  = 2 // amount
	adjustmentBlanks = 3
)

// adjustmentHeader is the row of the adjustment sheet's header; it is repeated on every page.
const adjustmentHeader = 4

// adjustmentAmounts are the amounts of the sheet. Expenditure is what the rules count, so that the row adds up.
func adjustmentAmounts() []figure {
	return []figure{
		{"surplus_begin", func(d pool.Division) money.Fen { return d.Statement.SurplusBegin }},
		{"income", func(d pool.Division) money.Fen { return d.Statement.Income }},
		{"levied", func(d pool.Division) money.Fen { return d.Statement.Levied }},
		{"expenditure", func(d pool.Division) money.Fen { return d.Statement.Expenditure() }},
		{"paid", func(d pool.Division) money.Fen { return d.Paid }},
		{"received", func(d pool.Division) money.Fen { return d.Received }},
		{"net", func(d pool.Division) money.Fen { return d.Net }},
		{"surplus_end", func(d pool.Division) money.Fen { return d.SurplusEnd }},
	}
}

// adjustment (省级统筹基金调剂表) writes the sheet that is printed, signed and sealed: amounts in units of ten thousand
// yuan, each rounded by itself and the totals from the exact sums.
//
// 依据: SC38-4.5
func (s fundSheets) adjustment() {
	page := s.page("adjustment")
	amounts := adjustmentAmounts()
	months := adjustmentFirst + len(amounts)
	last := months + adjustmentBlanks
	s.title(page, last)
	names := []string{"place"}
	for _, a := range amounts {
		names = append(names, a.name)
	}
	for i, name := range append(names, "months", "applied", "examined", "approved") {
		page.text(i+1, adjustmentHeader, s.p.T("exchange.adjustment."+name), headLook())
	}
	row := adjustmentHeader + 1
	write := func(d pool.Division, place string, l look) {
		page.text(adjustmentPlace, row, place, l)
		for i, a := range amounts {
			if a.name == "levied" && !d.Statement.HasLevied {
				page.text(adjustmentFirst+i, row, "", l)
				continue
			}
			page.wan(adjustmentFirst+i, row, a.amount(d), l)
		}
		page.months(months, row, d, l)
		for i := range adjustmentBlanks {
			page.text(months+1+i, row, "", l)
		}
		page.do(page.file.SetRowHeight(page.name, row, 20))
		row++
	}
	for _, d := range s.fund.Divisions {
		write(d, s.p.Division(d.Code), cellLook())
	}
	write(s.fund.Total(), s.p.T("exchange.result.total"), totalLook())
	s.foot(page, row, last)
	page.widths(append([]float64{20}, append(repeated(13, len(amounts)), 9, 12, 12, 12)...)...)
	page.do(page.file.SetRowHeight(page.name, adjustmentHeader, 32))
	page.freeze(1, adjustmentHeader)
	page.landscape(paperA4, adjustmentHeader)
}

// title writes what the sheet is, for which year and type, in what unit, and what kind of figures these are.
func (s fundSheets) title(page page, last int) {
	page.merge(1, last, 1)
	page.text(1, 1, s.p.T("exchange.adjustment.title", "insurance", s.fund.Insurance), look{bold: true, size: 18, align: "center"})
	page.do(page.file.SetRowHeight(page.name, 1, 32))
	page.merge(1, last, 2)
	subtitle := s.p.T("exchange.adjustment.subtitle", "year", int(s.result.Year), "policy", s.set.Pack.Title)
	page.text(1, 2, strings.Join(append([]string{subtitle}, labels(s.p, s.result)...), "  "), look{align: "center", size: 12, bold: s.marked(), fill: s.labelFill()})
	page.merge(1, last, 3)
	page.text(1, 3, s.p.T("exchange.adjustment.unit"), look{align: "right"})
}

func (s fundSheets) marked() bool { return s.result.Synthetic || s.result.Trial() }

func (s fundSheets) labelFill() string {
	if s.marked() {
		return fillLabel
	}
	return ""
}

// foot writes the fund's own amounts, the notes and the line to sign on; a trial has none.
func (s fundSheets) foot(page page, row, last int) {
	b := s.fund.SetAside
	args := []any{"collected", s.fund.Collected.In(money.TenThousand), "fund", b.Fund, "opening", b.Opening.In(money.TenThousand),
		"added", b.Added.In(money.TenThousand), "closing", b.Closing.In(money.TenThousand), "distributed", s.fund.Distributed.In(money.TenThousand)}
	notes := []fault.Message{fault.Msg("exchange.adjustment.fund", args...), fault.Msg("exchange.adjustment.note.transfers"), fault.Msg("exchange.adjustment.note.rounded")}
	total := s.fund.Total()
	if v := total.Statement.Violation; v != 0 {
		notes = append(notes, fault.Msg("exchange.adjustment.note.violation", "violation", v.In(money.TenThousand)))
	}
	if total.Emergency != 0 {
		notes = append(notes, fault.Msg("exchange.adjustment.note.emergency", "emergency", total.Emergency.In(money.TenThousand)))
	}
	if len(s.result.Changed) > 0 {
		notes = append(notes, fault.Msg("pool.changed.label", "changes", s.result.Changes()))
	}
	for i, note := range notes {
		page.merge(1, last, row+i)
		page.text(1, row+i, s.p.Text(note), look{size: 9, wrap: true})
		page.do(page.file.SetRowHeight(page.name, row+i, 26))
	}
	row += len(notes) + 1
	page.merge(1, last, row)
	sign := "exchange.adjustment.sign"
	if s.result.Trial() {
		sign = "exchange.adjustment.trial"
	}
	page.text(1, row, s.p.T(sign), look{size: 12})
	page.do(page.file.SetRowHeight(page.name, row, 36))
}

// labels are what a reader must know before he believes the figures: that they are made up, that they are a trial.
func labels(p *locale.Printer, r pool.Result) []string {
	var out []string
	if r.Synthetic {
		out = append(out, p.T("exchange.label.synthetic"))
	}
	if r.Trial() {
		out = append(out, p.T("exchange.label.trial"))
	}
	return out
}
