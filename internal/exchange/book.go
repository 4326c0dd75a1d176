package exchange

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
)

// Number formats.
const (
	formatAmount = "#,##0.00"
	formatPlain  = "0.00"
	formatWhole  = "0"
	formatMonths = "0.0"
	formatRate   = "0.00####"
	formatText   = "@"
)

// Colours of fills.
const (
	fillHeader = "DCE6F1"
	fillError  = "FFC7CE"
	fillLabel  = "FFF2CC"
)

// look is how a cell looks; equal looks share one style of the workbook.
type look struct {
	format string
	bold   bool
	border bool
	wrap   bool
	size   float64
	fill   string
	align  string
}

// book is a workbook being written, in one language. The first error stops it: what follows does nothing, and the error
// comes out at the end.
type book struct {
	file  *excelize.File
	p     *locale.Printer
	looks map[look]int
	// extents are the last columns and rows written to, by sheet.
	extents map[string][2]int
	// unnamed is the sheet that a new workbook of the library has to begin with; the first sheet takes its place.
	unnamed string
	err     error
}

func newBook(p *locale.Printer) *book {
	file := excelize.NewFile()
	return &book{file: file, p: p, looks: map[look]int{}, extents: map[string][2]int{}, unnamed: file.GetSheetName(0)}
}

func openBook(file *excelize.File, p *locale.Printer) *book {
	return &book{file: file, p: p, looks: map[look]int{}, extents: map[string][2]int{}}
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

// style finds or makes the style of a look.
func (b *book) style(l look) int {
	if id, ok := b.looks[l]; ok {
		return id
	}
	size := l.size
	if size == 0 {
		size = 10.5
	}
	s := &excelize.Style{
		Font:      &excelize.Font{Bold: l.bold, Size: size, Family: b.p.T("exchange.font")},
		Alignment: &excelize.Alignment{Horizontal: l.align, Vertical: "center", WrapText: l.wrap},
	}
	if l.format != "" {
		s.CustomNumFmt = &l.format
	}
	if l.fill != "" {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{l.fill}}
	}
	if l.border {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			s.Border = append(s.Border, excelize.Border{Type: side, Style: 1, Color: "000000"})
		}
	}
	id, err := b.file.NewStyle(s)
	b.do(err)
	b.looks[l] = id
	return id
}

// page is a sheet of a book.
type page struct {
	*book
	name string
}

// sheet adds a sheet. A name that is taken already is an error: the library would quietly write over the other sheet.
func (b *book) sheet(name string) page {
	if b.unnamed != "" {
		b.do(b.file.SetSheetName(b.unnamed, name))
		b.unnamed = ""
		return page{b, name}
	}
	if index, err := b.file.GetSheetIndex(name); err != nil || index >= 0 {
		b.do(fault.Wrap(err, "exchange.sheet_twice", "sheet", name))
	}
	_, err := b.file.NewSheet(name)
	b.do(err)
	return page{b, name}
}

// at names a cell; columns and rows count from 1.
func (p page) at(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	p.do(err)
	return name
}

// text writes a text as a text, never as a formula.
func (p page) text(column, row int, text string, l look) {
	if p.err != nil {
		return
	}
	p.do(p.file.SetCellStr(p.name, p.at(column, row), text))
	p.dress(column, row, l)
}

// number writes a plain decimal as it stands, without going through a float.
func (p page) number(column, row int, decimal string, l look) {
	if p.err != nil {
		return
	}
	p.do(p.file.SetCellDefault(p.name, p.at(column, row), decimal))
	p.dress(column, row, l)
}

// dress gives a cell its look.
func (p page) dress(column, row int, l look) {
	cell := p.at(column, row)
	p.do(p.file.SetCellStyle(p.name, cell, cell, p.style(l)))
	last := p.extents[p.name]
	p.extents[p.name] = [2]int{max(last[0], column), max(last[1], row)}
}

// maxExact is the largest amount that the fifteen digits of a spreadsheet hold exactly.
const maxExact money.Fen = 999_999_999_999_999

// yuan writes an amount exactly, in yuan; as a text when it has more digits than a spreadsheet keeps.
func (p page) yuan(column, row int, amount money.Fen, l look) {
	l.format = formatAmount
	if amount > maxExact || amount < -maxExact {
		l.align = "right"
		p.text(column, row, amount.String(), l)
		return
	}
	p.number(column, row, amount.String(), l)
}

// wan writes an amount in units of ten thousand yuan with two decimals, for people.
func (p page) wan(column, row int, amount money.Fen, l look) {
	l.format = formatAmount
	p.number(column, row, strings.ReplaceAll(amount.In(money.TenThousand), ",", ""), l)
}

// merge joins the cells of a row from one column to another.
func (p page) merge(from, to, row int) {
	p.do(p.file.MergeCell(p.name, p.at(from, row), p.at(to, row)))
}

// widths sets the widths of the columns, from the first on.
func (p page) widths(widths ...float64) {
	for i, w := range widths {
		p.do(p.file.SetColWidth(p.name, letter(i+1), letter(i+1), w))
	}
}

// freeze keeps the rows above and the columns before a cell in sight.
func (p page) freeze(columns, rows int) {
	pane := "bottomLeft"
	if columns > 0 {
		pane = "bottomRight"
	}
	p.do(p.file.SetPanes(p.name, &excelize.Panes{Freeze: true, XSplit: columns, YSplit: rows,
		TopLeftCell: p.at(columns+1, rows+1), ActivePane: pane}))
}

// The spreadsheet's numbers for paper sizes.
const (
	paperA3 = 8
	paperA4 = 9
)

// landscape prints the sheet across, as wide as the paper, with a header row on every page; 0 for no header.
func (p page) landscape(paper, header int) {
	size, across, wide, tall, fit := paper, "landscape", 1, 0, true
	p.do(p.file.SetSheetProps(p.name, &excelize.SheetPropsOptions{FitToPage: &fit}))
	p.do(p.file.SetPageLayout(p.name, &excelize.PageLayoutOptions{Size: &size, Orientation: &across, FitToWidth: &wide, FitToHeight: &tall}))
	p.do(p.file.SetHeaderFooter(p.name, &excelize.HeaderFooterOptions{OddFooter: p.p.T("exchange.footer")}))
	if header > 0 {
		p.do(p.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: p.name,
			RefersTo: fmt.Sprintf("'%s'!$%d:$%d", strings.ReplaceAll(p.name, "'", "''"), header, header)}))
	}
}

// lineHeight is the height of a line of text, in points.
const lineHeight = 15

// tall makes a row high enough for its wrapped texts: not every spreadsheet program does so by itself. Widths are those
// of the texts' columns; a row of one line is left alone.
func (p page) tall(row int, texts []string, widths []float64) {
	lines := 1
	for i, text := range texts {
		if i < len(widths) {
			lines = max(lines, wrapped(text, widths[i]))
		}
	}
	if lines > 1 {
		p.do(p.file.SetRowHeight(p.name, row, min(float64(lines*lineHeight+3), excelize.MaxRowHeight)))
	}
}

// wrapped is how many lines a text takes in a column; a Chinese character is as wide as two others.
func wrapped(text string, width float64) int {
	lines := 0
	for part := range strings.SplitSeq(text, "\n") {
		length := 0
		for _, c := range part {
			if length++; c >= firstWide {
				length++
			}
		}
		lines += 1 + int(float64(max(length-1, 0))/(width-1))
	}
	return lines
}

// firstWide is the first character that is as wide as two.
const firstWide = 0x2E80

// rows writes a header and, under it, rows of texts, in columns of given widths.
func (p page) rows(header []string, rows [][]string, widths ...float64) {
	p.widths(widths...)
	for i, text := range header {
		p.text(i+1, 1, text, headLook())
	}
	for r, cells := range rows {
		for i, text := range cells {
			p.text(i+1, r+2, text, look{wrap: true})
		}
		p.tall(r+2, cells, widths)
	}
}

// save gives the workbook's bytes, opened at its first sheet.
func (b *book) save() ([]byte, error) {
	var out bytes.Buffer
	for name, last := range b.extents {
		b.do(b.file.SetSheetDimension(name, "A1:"+page{b, name}.at(last[0], last[1])))
	}
	if b.err == nil {
		b.file.SetActiveSheet(0)
		b.do(b.file.Write(&out))
	}
	if b.err != nil {
		return nil, fault.Wrap(b.err, "exchange.file.unwritable")
	}
	return out.Bytes(), nil
}

func (b *book) writeTo(w io.Writer) error {
	content, err := b.save()
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	return nil
}
