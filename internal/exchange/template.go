package exchange

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// templateRows is how many rows a template's drop-downs and formats reach down to.
const templateRows = 5000

// WriteTemplate (填报模板) writes a workbook to fill in: the columns of a kind with an explanation of each, drop-downs,
// and a row for each year, prefecture of the province and insurance type. An opening balance has no year and no place.
//
// 依据: SC38-4.1
func WriteTemplate(w io.Writer, kind Kind, province region.Code, years []policy.Year, p *locale.Printer) error {
	format, ok := formats()[kind]
	if !ok {
		return fault.New(fault.Usage, "exchange.unknown_kind", "value", string(kind), "expected", kindNames())
	}
	tree, err := region.Load()
	if err != nil {
		return err
	}
	if _, ok := tree.Get(province); !ok || !province.IsProvince() {
		return fault.New(fault.Usage, "exchange.unknown_province", "value", string(province))
	}
	b := newBook(p)
	t := template{page: b.sheet(p.T("exchange.sheet." + string(kind))), kind: kind, columns: templateColumns(format)}
	t.header()
	t.fill(tree.Prefectures(province), years)
	t.notes()
	return b.writeTo(w)
}

// template is a template being written.
type template struct {
	page
	kind    Kind
	columns []planned
}

// templateColumns are a kind's columns with the name of the division beside its code, and a note at the end.
func templateColumns(f format) []planned {
	var out []planned
	for _, c := range f.plan() {
		if out = append(out, c); c.name == "division" {
			out = append(out, planned{name: columnName, optional: true})
		}
	}
	return append(out, planned{name: columnNote, optional: true})
}

// help explains a column: what it is, its unit and range, and the clause.
func (t template) help(c planned) string {
	key := helpKey + string(t.kind) + "." + c.name
	if !t.p.Has(key) {
		key = helpKey + c.name
	}
	text := t.p.T(key)
	if c.clause != "" {
		text += "\n" + t.p.T("exchange.help.clause", "clause", string(c.clause))
	}
	return text
}

// numberFormat is how a column's cells show numbers; codes are texts. Thousands are not separated: a sheet saved as CSV
// holds what it shows, and the reader refuses separators.
func (f form) numberFormat() string {
	switch f {
	case asAmount:
		return formatPlain
	case asRate:
		return formatRate
	case asYear, asPeople:
		return formatWhole
	}
	return formatText
}

// choices are the texts a column may hold, where these are few.
func (f form) choices(p *locale.Printer) []string {
	var meanings []string
	switch f {
	case asInsurance:
		meanings = []string{string(pool.Employee), string(pool.Resident)}
	case asFund:
		meanings = []string{string(pool.Reserve), string(pool.Emergency)}
	case asYesNo:
		meanings = []string{wordYes, wordNo}
	}
	for i, m := range meanings {
		meanings[i] = word(p, m)
	}
	return meanings
}

// header writes the header with its explanations, and gives the columns below it their formats and drop-downs.
func (t template) header() {
	for i, c := range t.columns {
		l := headLook()
		if c.optional {
			l.fill = ""
		}
		column := letter(i + 1)
		t.do(t.file.SetColStyle(t.name, column, t.style(look{format: c.form.numberFormat()})))
		t.text(i+1, 1, t.p.T(columnKey+c.name), l)
		t.do(t.file.SetColWidth(t.name, column, column, 16))
		t.do(t.file.AddComment(t.name, excelize.Comment{Cell: t.at(i+1, 1), Author: t.p.T("exchange.author"), Width: 320, Height: 140,
			Paragraph: []excelize.RichTextRun{{Text: t.help(c)}}}))
		if choices := c.form.choices(t.p); len(choices) > 0 {
			v := excelize.NewDataValidation(true)
			v.SetSqref(fmt.Sprintf("%s2:%s%d", column, column, templateRows))
			v.SetError(excelize.DataValidationErrorStyleStop, t.p.T(columnKey+c.name), t.p.T("exchange.choose", "choices", choices))
			t.do(v.SetDropList(choices))
			t.do(t.file.AddDataValidation(t.name, v))
		}
	}
	t.do(t.file.SetRowHeight(t.name, 1, 30))
	t.freeze(0, 1)
	t.landscape(paperA4, 1)
}

// fill writes the rows that are known: years, places and insurance types.
func (t template) fill(prefectures []region.Division, years []policy.Year) {
	if t.kind == Openings {
		for i, insurance := range pool.Insurances() {
			t.text(1, i+2, word(t.p, string(insurance)), look{format: formatText})
		}
		return
	}
	row := 2
	for _, year := range years {
		for _, insurance := range pool.Insurances() {
			for _, d := range prefectures {
				t.number(1, row, strconv.Itoa(int(year)), look{format: formatWhole})
				t.text(2, row, string(d.Code), look{format: formatText})
				t.text(3, row, t.p.Division(d.Code), look{format: formatText})
				t.text(4, row, word(t.p, string(insurance)), look{format: formatText})
				row++
			}
		}
	}
}

// notes explains the whole file on a sheet of its own, which the reader leaves out.
func (t template) notes() {
	n := t.sheet(t.p.T("exchange.sheet.notes"))
	widths := []float64{24, 24, 12, 90}
	n.widths(widths...)
	n.landscape(paperA4, 0)
	n.text(1, 1, t.p.T("exchange.template.title", "kind", fault.Msg("exchange.sheet."+string(t.kind))), look{bold: true, size: 14})
	row := 2
	rules := t.p.T("exchange.template.rules." + string(t.kind))
	if t.kind != Vouchers {
		rules = t.p.T("exchange.template.rules") + "\n" + rules
	}
	for _, rule := range strings.Split(rules, "\n") {
		n.merge(1, 4, row)
		n.text(1, row, rule, look{wrap: true})
		n.tall(row, []string{rule}, []float64{150})
		row++
	}
	row++
	for i, key := range []string{"column", "canonical", "required", "meaning"} {
		n.text(i+1, row, t.p.T("exchange.template."+key), look{bold: true, border: true, fill: fillHeader})
	}
	for _, c := range t.columns {
		row++
		needed := "exchange.template.yes"
		if c.optional {
			needed = "exchange.template.no"
		}
		texts := []string{t.p.T(columnKey + c.name), c.name, t.p.T(needed), strings.ReplaceAll(t.help(c), "\n", " ")}
		for i, text := range texts {
			n.text(i+1, row, text, look{border: true, wrap: true})
		}
		n.tall(row, texts, widths)
	}
}
