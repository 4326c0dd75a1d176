package people

import (
	"io"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
)

// The look of a template.
const (
	columnWidth = 16
	noteWidth   = 90
	headFill    = "#DCE6F1"
	exampleYear = policy.Year(2026)
)

// WriteTemplate (填报模板) writes a workbook to fill in, with the columns of some years, what each means, and the words that may
// stand in it.
//
// 依据: SCE-4.1
func WriteTemplate(w io.Writer, years []policy.Year, p *locale.Printer) error {
	t := template{book: excelize.NewFile(), p: p}
	defer t.book.Close() // it is in memory
	t.sheet(p.T(textKey+"sheet"), t.heads(years), 3)
	t.explain(p.T(textKey+"title"), p.T(textKey+"rules"), t.heads([]policy.Year{exampleYear}))
	return t.write(w)
}

// heads are the columns of a table of persons.
func (t *template) heads(years []policy.Year) []templateHead {
	var all []templateHead
	for _, c := range planned(years) {
		all = append(all, templateHead{c.text(t.p)[0], c.name(), t.help(c)})
	}
	return all
}

// templateHead is a column as a template shows it: what it is called, its name, and what it means.
type templateHead struct{ text, name, help string }

func (t *template) write(w io.Writer) error {
	if t.err == nil {
		t.err = t.book.Write(w)
	}
	if t.err != nil {
		return fault.Wrap(t.err, "exchange.file.unwritable")
	}
	return nil
}

type template struct {
	book *excelize.File
	p    *locale.Printer
	err  error
}

func (t *template) do(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *template) cell(sheet string, column, row int, text string) string {
	at, err := excelize.CoordinatesToCellName(column, row)
	t.do(err)
	t.do(t.book.SetCellStr(sheet, at, text))
	return at
}

func (t *template) style(s excelize.Style) int {
	id, err := t.book.NewStyle(&s)
	t.do(err)
	return id
}

// sheet writes the sheet to fill in, with some columns that stay in sight. Every cell is a text, so that numbers keep their digits.
func (t *template) sheet(sheet string, heads []templateHead, kept int) {
	t.do(t.book.SetSheetName(t.book.GetSheetName(0), sheet))
	last, err := excelize.ColumnNumberToName(len(heads))
	t.do(err)
	t.do(t.book.SetColStyle(sheet, "A:"+last, t.style(excelize.Style{NumFmt: 49})))
	t.do(t.book.SetColWidth(sheet, "A", last, columnWidth))
	head := t.style(excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{headFill}}, NumFmt: 49,
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}})
	for i, h := range heads {
		at := t.cell(sheet, i+1, 1, h.text)
		t.do(t.book.SetCellStyle(sheet, at, at, head))
		t.do(t.book.AddComment(sheet, excelize.Comment{Cell: at, Author: t.p.T("exchange.author"), Width: 320, Height: 120,
			Paragraph: []excelize.RichTextRun{{Text: h.help}}}))
	}
	first, err := excelize.CoordinatesToCellName(kept+1, 2)
	t.do(err)
	t.do(t.book.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, XSplit: kept, TopLeftCell: first, ActivePane: "bottomRight"}))
}

// planned are the columns of a template.
func planned(years []policy.Year) []column {
	var all []column
	for f := documentKind; f <= dataKind; f++ {
		all = append(all, column{field: f})
	}
	for _, year := range years {
		for _, f := range yearFields() {
			all = append(all, column{f, year})
		}
	}
	return all
}

func (t *template) help(c column) string {
	if c.field >= share {
		return t.p.T(textKey + "help.share")
	}
	return t.p.T(textKey + "help." + c.field.name())
}

// explain says on a sheet of its own, which is not read, what the columns mean.
func (t *template) explain(title, rules string, heads []templateHead) {
	sheet := t.p.T("exchange.sheet.notes")
	_, err := t.book.NewSheet(sheet)
	t.do(err)
	t.do(t.book.SetColWidth(sheet, "A", "B", 22))
	t.do(t.book.SetColWidth(sheet, "C", "C", noteWidth))
	wrap := t.style(excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	t.do(t.book.SetColStyle(sheet, "A:C", wrap))
	t.cell(sheet, 1, 1, title)
	t.cell(sheet, 3, 2, rules)
	for i, h := range heads {
		t.cell(sheet, 1, i+4, h.text)
		t.cell(sheet, 2, i+4, h.name)
		t.cell(sheet, 3, i+4, h.help)
	}
}
