package exchange

import (
	"io"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Meta (出表信息) says where a workbook of results comes from.
type Meta struct {
	Program       string
	PolicyVersion string
	At            time.Time
	User          string
	// Overrides are the parameters set for this run, as ID=VALUE.
	Overrides []string
	Digests   []Digest
	// Claims says, for each year whose factors were drawn from claims, from which snapshot and who signed its checks.
	Claims []string
	// Filters are what the reader was looking at, in words.
	Filters string
}

// WriteResult (调剂结果工作簿) writes results as a workbook: for each year and insurance type the sheet to print and
// sign, every figure exact to the fen, what each factor brought, and the steps behind it all; and a sheet that says
// where all this comes from. set gives the parameters a year was computed with.
//
// 依据: SC38-4.5
func WriteResult(w io.Writer, results []pool.Result, set func(policy.Year) *policy.Set, m Meta, p *locale.Printer) error {
	b := newBook(p)
	for _, r := range results {
		for _, f := range r.Funds {
			s := fundSheets{book: b, result: r, fund: f, set: set(r.Year)}
			s.adjustment()
			s.figures()
			s.parts()
			s.steps()
		}
	}
	b.source(results, set, m)
	return b.writeTo(w)
}

// fundSheets are the sheets of one insurance type in one year.
type fundSheets struct {
	*book
	result pool.Result
	fund   pool.Fund
	set    *policy.Set
}

// page adds the sheet of a topic.
func (s fundSheets) page(topic string) page {
	return s.sheet(s.p.T("exchange.result."+topic+".sheet", "year", int(s.result.Year), "insurance", fault.Msg("exchange.short."+string(s.fund.Insurance))))
}

// figure is a column of amounts.
type figure struct {
	name   string
	amount func(pool.Division) money.Fen
}

// figureColumns are all the amounts of a division, in the order they follow from each other.
func figureColumns() []figure {
	statement := func(of func(pool.Statement) money.Fen) func(pool.Division) money.Fen {
		return func(d pool.Division) money.Fen { return of(d.Statement) }
	}
	return []figure{
		{"surplus_begin", statement(func(s pool.Statement) money.Fen { return s.SurplusBegin })},
		{"income", statement(func(s pool.Statement) money.Fen { return s.Income })},
		{"spent", statement(func(s pool.Statement) money.Fen { return s.Spent })},
		{"violation", statement(func(s pool.Statement) money.Fen { return s.Violation })},
		{"expenditure", statement(pool.Statement.Expenditure)},
		{"paid", func(d pool.Division) money.Fen { return d.Paid }},
		{"received", func(d pool.Division) money.Fen { return d.Received }},
		{"net", func(d pool.Division) money.Fen { return d.Net }},
		{"gap_before", func(d pool.Division) money.Fen { return d.GapBefore }},
		{"gap_after", func(d pool.Division) money.Fen { return d.GapAfter }},
		{"surplus_end", func(d pool.Division) money.Fen { return d.SurplusEnd }},
		{"owed", func(d pool.Division) money.Fen { return d.Owed }},
		{"need", func(d pool.Division) money.Fen { return d.Need }},
		{"emergency", func(d pool.Division) money.Fen { return d.Emergency }},
		{"local", func(d pool.Division) money.Fen { return d.Local }},
		{"unmet", func(d pool.Division) money.Fen { return d.Unmet }},
		{"next_surplus", pool.Division.NextSurplus},
	}
}

// Looks of the sheets that people compute on.
func headLook() look {
	return look{bold: true, border: true, fill: fillHeader, wrap: true, align: "center"}
}
func cellLook() look  { return look{border: true} }
func totalLook() look { return look{border: true, bold: true} }

// figures writes every amount, exact to the fen, and under them the fund's own.
func (s fundSheets) figures() {
	page := s.page("figures")
	columns := figureColumns()
	head := []string{"division", "place"}
	for _, c := range columns {
		head = append(head, c.name)
	}
	for i, name := range append(head, "months", "managerial") {
		page.text(i+1, 1, s.p.T("exchange.figure."+name), headLook())
	}
	row := 2
	write := func(d pool.Division, place string, l look) {
		page.text(1, row, string(d.Code), l)
		page.text(2, row, place, l)
		for i, c := range columns {
			page.yuan(i+3, row, c.amount(d), l)
		}
		page.months(len(columns)+3, row, d, l)
		managerial := ""
		if d.Statement.Managerial {
			managerial = word(s.p, wordYes)
		}
		page.text(len(columns)+4, row, managerial, l)
		row++
	}
	for _, d := range s.fund.Divisions {
		write(d, s.p.Division(d.Code), cellLook())
	}
	write(s.fund.Total(), s.p.T("exchange.result.total"), totalLook())
	s.balance(page, row+1)
	page.widths(append([]float64{10, 22}, repeated(17, len(columns)+2)...)...)
	page.freeze(2, 1)
	page.landscape(paperA3, 1)
}

// balance writes the amounts that are the fund's, one to a row.
func (s fundSheets) balance(page page, row int) {
	b := s.fund.SetAside
	for i, f := range []struct {
		name   string
		amount money.Fen
	}{{"collected", s.fund.Collected}, {"opening", b.Opening}, {"added", b.Added}, {"target", b.Target}, {"closing", b.Closing}, {"distributed", s.fund.Distributed}} {
		page.text(2, row+i, s.p.T("exchange.fund."+f.name, "fund", b.Fund), cellLook())
		page.yuan(3, row+i, f.amount, cellLook())
	}
}

// months writes months payable with one decimal, or that there are none to tell.
func (p page) months(column, row int, d pool.Division, l look) {
	if l.align = "right"; !d.HasMonths {
		p.text(column, row, NoMonths, l)
		return
	}
	l.format = formatMonths
	p.number(column, row, MonthsText(d), l)
}

// parts writes what each factor brought each division.
//
// 依据: SC38-4.4
func (s fundSheets) parts() {
	page := s.page("parts")
	factors := s.factors()
	head := []string{s.p.T("exchange.figure.division"), s.p.T("exchange.figure.place")}
	for _, f := range factors {
		head = append(head, s.p.T("factor."+string(f)))
	}
	for i, text := range append(head, s.p.T("exchange.figure.received")) {
		page.text(i+1, 1, text, headLook())
	}
	totals := map[pool.Factor]money.Fen{}
	row := 2
	write := func(code, place string, amounts map[pool.Factor]money.Fen, received money.Fen, l look) {
		page.text(1, row, code, l)
		page.text(2, row, place, l)
		for i, f := range factors {
			page.yuan(i+3, row, amounts[f], l)
		}
		page.yuan(len(factors)+3, row, received, l)
		row++
	}
	for _, d := range s.fund.Divisions {
		amounts := map[pool.Factor]money.Fen{}
		for _, part := range d.Parts {
			amounts[part.Factor] = part.Amount
			totals[part.Factor] += part.Amount
		}
		write(string(d.Code), s.p.Division(d.Code), amounts, d.Received, cellLook())
	}
	write("", s.p.T("exchange.result.total"), totals, s.fund.Total().Received, totalLook())
	page.widths(append([]float64{10, 22}, repeated(18, len(factors)+1)...)...)
	page.freeze(2, 1)
	page.landscape(paperA4, 1)
}

// factors are those that brought anybody anything, in their fixed order.
func (s fundSheets) factors() []pool.Factor {
	named := map[pool.Factor]bool{}
	for _, d := range s.fund.Divisions {
		for _, part := range d.Parts {
			named[part.Factor] = true
		}
	}
	var out []pool.Factor
	for _, f := range pool.Factors() {
		if named[f] {
			out = append(out, f)
		}
	}
	return out
}

// steps writes how each figure came about: the formula with its numbers, the clause, the parameters, and whether any of
// it is assumed.
//
// 依据: SC38-12.1
func (s fundSheets) steps() {
	page := s.page("steps")
	var head []string
	for _, name := range []string{"place", "division", "figure", "text", "clause", "parameters", "assumed"} {
		head = append(head, s.p.T("exchange.step."+name))
	}
	var rows [][]string
	add := func(place, code string, steps []pool.Step) {
		for _, step := range steps {
			assumed := ""
			if step.Assumed {
				assumed = s.p.T("exchange.step.assumed")
			}
			parameters := make([]string, len(step.Parameters))
			for i, id := range step.Parameters {
				parameters[i] = string(id)
			}
			rows = append(rows, []string{place, code, figureName(s.p, step.Figure, s.fund.SetAside.Fund), s.p.Text(step.Message), string(step.Clause), strings.Join(parameters, "\n"), assumed})
		}
	}
	add(s.p.T("exchange.result.province"), "", s.fund.Steps)
	for _, d := range s.fund.Divisions {
		add(s.p.Division(d.Code), string(d.Code), d.Steps)
	}
	page.rows(head, rows, 22, 10, 24, 100, 12, 38, 10)
	page.freeze(0, 1)
	page.landscape(paperA4, 1)
}

// figureName names the figure a step explains: "part.headcount" is what the headcount brought.
func figureName(p *locale.Printer, figure string, fund pool.SetAside) string {
	if factor, ok := strings.CutPrefix(figure, "part."); ok {
		return p.T("exchange.step.part", "factor", fault.Msg("factor."+factor))
	}
	for _, prefix := range []string{"exchange.figure.", "exchange.fund."} {
		if p.Has(prefix + figure) {
			return p.T(prefix+figure, "fund", fund)
		}
	}
	return figure
}

func repeated(width float64, times int) []float64 {
	out := make([]float64, times)
	for i := range out {
		out[i] = width
	}
	return out
}

func yearText(y policy.Year) string { return strconv.Itoa(int(y)) }
