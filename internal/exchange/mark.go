package exchange

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
)

// maxMarkable is how many cells a sheet may claim to have for the spreadsheet library to be let at it.
const maxMarkable = 4_000_000

// MarkErrors (退回工作簿) gives a refused file back as a workbook that says why: each row's messages in a last column,
// the cells they mean coloured, and on a sheet of its own what concerns no row. A workbook stays as it was otherwise; text
// becomes a workbook with its rows at their own row numbers. What was marked once and comes back is marked afresh, and
// the reader takes no notice of the marks.
func MarkErrors(in Input, refusal *fault.Refusal, p *locale.Printer) ([]byte, error) {
	words, err := vocabulary()
	if err != nil {
		return nil, err
	}
	var unread fault.List
	g, whole := readGrid(in, words, &sink{file: in.Name, problems: &unread})
	if g == nil {
		g = &grid{}
	}
	m := newMarks(g, in.Name, refusal, words)
	if whole && g.sheet != "" && !g.merged && g.extent <= maxMarkable {
		if content, err := m.inPlace(in.Content, p); err == nil {
			return content, nil
		}
	}
	return m.afresh(p)
}

// marks are the problems of a file, sorted out by where they are to be written.
type marks struct {
	grid    *grid
	column  int // of the reasons, from 1
	again   bool
	rows    map[int][]fault.Problem
	headers map[string]int // column by header text
	general []fault.Problem
}

func newMarks(g *grid, name string, refusal *fault.Refusal, words *dictionary) *marks {
	m := &marks{grid: g, column: g.width() + 1, rows: map[int][]fault.Problem{}, headers: map[string]int{}}
	for i, text := range g.header {
		if _, twice := m.headers[text]; !twice {
			m.headers[text] = i + 1
		}
		if words.columns[text] == columnReason {
			m.column, m.again = i+1, true
		}
	}
	for i, text := range g.header {
		if _, named := m.headers[words.columns[text]]; !named {
			m.headers[words.columns[text]] = i + 1
		}
	}
	known := map[int]bool{}
	for _, l := range g.lines {
		known[l.row] = l.row <= lastRow
	}
	for _, p := range refusal.Problems {
		switch {
		case p.File == name && known[p.Row]:
			m.rows[p.Row] = append(m.rows[p.Row], p)
		case p.File == name || p.File == "":
			m.general = append(m.general, p)
		}
	}
	return m
}

// reason is what the last column says of a row: every message with its column and clause.
func (m *marks) reason(row int, p *locale.Printer) string {
	var lines []string
	for _, problem := range m.rows[row] {
		column := problem.Column
		problem.File = ""
		text := p.Problem(problem)
		if column != "" {
			text = p.T("exchange.reason", "column", column, "text", text)
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

// place is the column a problem is in, by its header or its letter; 0 when it is in none.
func (m *marks) place(problem fault.Problem) int {
	if column, ok := m.headers[problem.Column]; ok && problem.Column != "" {
		return column
	}
	if column := columnOf(problem.Column); column > len(m.grid.header) && column <= maxColumns && letter(column) == problem.Column {
		return column
	}
	return 0
}

// problemSheet is the sheet of problems without a row.
func problemSheet(p *locale.Printer) string { return p.T("exchange.sheet.problems") }

// inPlace writes the marks into the workbook itself. The library was not made for files that lie about themselves; when
// it fails on one, the caller builds the workbook afresh.
func (m *marks) inPlace(content []byte, p *locale.Printer) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("exchange: marking in place: %v", r)
		}
	}()
	file, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked})
	if err != nil {
		return nil, err
	}
	b := openBook(file, p)
	data := page{b, m.grid.sheet}
	if m.again {
		m.wipe(data)
	}
	m.reasons(data)
	m.colour(data)
	if index, err := file.GetSheetIndex(problemSheet(p)); err == nil && index >= 0 {
		b.do(file.DeleteSheet(problemSheet(p)))
	}
	m.notes(b)
	var buffer bytes.Buffer
	if b.do(file.Write(&buffer)); b.err != nil {
		return nil, b.err
	}
	return buffer.Bytes(), nil
}

// afresh builds a workbook of the rows that were read. Every cell of a text file is written as a text, so that nothing
// in it can become a formula.
func (m *marks) afresh(p *locale.Printer) ([]byte, error) {
	b := newBook(p)
	data := b.sheet(p.T("exchange.sheet.data"))
	for i, text := range m.grid.header {
		data.text(i+1, 1, text, look{format: formatText, bold: true, fill: fillHeader})
		data.do(data.file.SetColWidth(data.name, letter(i+1), letter(i+1), 16))
	}
	for _, l := range m.grid.lines {
		for i, c := range l.cells {
			switch {
			case l.row > lastRow || c.blank():
			case c.is == numeric:
				data.number(i+1, l.row, c.text, look{})
			default:
				data.text(i+1, l.row, c.text, look{format: formatText})
			}
		}
	}
	m.reasons(data)
	m.colour(data)
	data.freeze(0, 1)
	data.landscape(paperA4, 1)
	m.notes(b)
	return b.save()
}

// reasonWidth is how wide the column of the reasons is, in characters.
const reasonWidth = 70

// reasons writes the last column.
func (m *marks) reasons(data page) {
	if len(m.grid.header) == 0 {
		return
	}
	column := letter(m.column)
	widths := []float64{reasonWidth}
	data.text(m.column, 1, data.p.T(columnKey+columnReason), look{bold: true, fill: fillError})
	data.do(data.file.SetColWidth(data.name, column, column, reasonWidth))
	for _, l := range m.grid.lines {
		if text := m.reason(l.row, data.p); text != "" {
			data.text(m.column, l.row, text, look{format: formatText, wrap: true})
			data.tall(l.row, []string{text}, widths)
		}
	}
}

// colour fills the cells the problems are about and leaves the rest of their look as it was.
func (m *marks) colour(data page) {
	filled := map[int]int{}
	paint := func(column, row int) {
		data.restyle(column, row, filled, func(s *excelize.Style) {
			s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fillError}}
		})
	}
	for _, problems := range m.rows {
		for _, problem := range problems {
			if column := m.place(problem); column > 0 {
				paint(column, problem.Row)
			}
		}
	}
	for _, problem := range m.general {
		if column := m.place(problem); column > 0 && problem.Row == 1 {
			paint(column, 1)
		}
	}
}

// wipe takes away the reasons and colours of an earlier marking.
func (m *marks) wipe(data page) {
	plain := map[int]int{}
	for _, l := range m.grid.lines {
		if l.row > lastRow {
			continue
		}
		if !l.at(m.column - 1).blank() {
			data.text(m.column, l.row, "", look{})
		}
		for i := range m.grid.width() {
			data.restyle(i+1, l.row, plain, func(s *excelize.Style) {
				if slices.Contains(s.Fill.Color, fillError) {
					s.Fill = excelize.Fill{}
				}
			})
		}
	}
}

// restyle changes the style of one cell; done remembers which style became which.
func (p page) restyle(column, row int, done map[int]int, change func(*excelize.Style)) {
	if p.err != nil {
		return
	}
	cell := p.at(column, row)
	old, err := p.file.GetCellStyle(p.name, cell)
	p.do(err)
	id, ok := done[old]
	if !ok {
		style, err := p.file.GetStyle(old)
		if p.do(err); err != nil {
			return
		}
		change(style)
		id, err = p.file.NewStyle(style)
		p.do(err)
		done[old] = id
	}
	p.do(p.file.SetCellStyle(p.name, cell, cell, id))
}

// notes lists the problems that concern no row.
func (m *marks) notes(b *book) {
	if len(m.general) == 0 {
		return
	}
	n := b.sheet(problemSheet(b.p))
	var rows [][]string
	for _, problem := range m.general {
		row := ""
		if problem.Row > 0 {
			row = fmt.Sprint(problem.Row)
		}
		column := problem.Column
		problem.File = ""
		rows = append(rows, []string{row, column, b.p.Problem(problem)})
	}
	n.rows([]string{b.p.T("exchange.problems.row"), b.p.T("exchange.problems.column"), b.p.T(columnKey + columnReason)}, rows, 8, 24, 100)
	n.freeze(0, 1)
}
