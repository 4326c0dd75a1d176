package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"tongchou/internal/fault"
)

// content says what a cell holds, as far as its file tells.
type content uint8

const (
	textual    content = iota // text, and everything in a CSV file
	numeric                   // a number, already written plainly
	logical                   // a boolean
	dated                     // a date or time
	failed                    // an error value such as #REF!
	uncomputed                // a formula without its value
)

// cell is one cell of a grid, its surrounding space trimmed.
type cell struct {
	text string
	is   content
}

func (c cell) blank() bool { return c.text == "" && c.is != uncomputed }

// line is one row that is not blank, with its number in the file.
type line struct {
	row   int
	cells []cell
}

func (l line) at(column int) cell {
	if column < len(l.cells) {
		return l.cells[column]
	}
	return cell{}
}

// grid is a table as the file holds it: a header and rows.
type grid struct {
	header []string
	lines  []line
	// ragged tells that rows must be as long as the header (CSV).
	ragged bool
	// sheet is the name of the sheet the grid stands on (XLSX), and others the headers of the sheets beside it.
	sheet  string
	others []sheetHeader
	// extent counts the rows and cells the sheet claims to have, and merged tells that some are merged.
	extent int
	merged bool
}

// sheetHeader is the first row of another sheet of the workbook.
type sheetHeader struct {
	sheet   string
	columns []string
}

// sink collects the problems of one file.
type sink struct {
	file     string
	problems *fault.List
	count    int
}

// maxValue is how much of a value a problem quotes, in characters.
const maxValue = 80

// add keeps a problem. After maxProblems of them it says so once and keeps no more.
func (s *sink) add(p fault.Problem) {
	if s.count++; s.count > maxProblems {
		return
	}
	if s.count == maxProblems {
		p = fault.Problem{Row: p.Row, Message: fault.Msg("exchange.too_many_problems", "count", maxProblems-1)}
	}
	p.File = s.file
	if utf8.RuneCountInString(p.Value) > maxValue {
		p.Value = string([]rune(p.Value)[:maxValue]) + "…"
	}
	s.problems.Add(p)
}

func (s *sink) full() bool { return s.count >= maxProblems }

// Signatures of the files people send.
const (
	zipMagic = "PK\x03\x04"
	oldMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" // xls, and workbooks with a password
)

// readGrid reads the table a file holds; false when it holds none, and the sink then knows why.
func readGrid(in Input, words *dictionary, sink *sink) (*grid, bool) {
	switch {
	case len(in.Content) > maxInput:
		sink.add(fault.Problem{Message: fault.Msg("exchange.file.too_large", "file", in.Name, "mebibytes", maxInput>>20)})
		return nil, false
	case bytes.HasPrefix(in.Content, []byte(oldMagic)):
		sink.add(fault.Problem{Message: fault.Msg("exchange.workbook.old")})
		return nil, false
	case bytes.HasPrefix(in.Content, []byte(zipMagic)):
		return readWorkbook(in.Content, words, sink)
	}
	text, ok := decode(in.Content, sink)
	if !ok {
		return nil, false
	}
	return readCSV(text, sink)
}

// readCSV reads comma- or tab-separated text.
func readCSV(text string, sink *sink) (*grid, bool) {
	g := &grid{ragged: true}
	comma := delimiter(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return g, g.headed(sink)
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			sink.add(quoteProblem(text, broken, comma))
			return g, false
		}
		if err != nil {
			sink.add(fault.Problem{Message: fault.Msg("exchange.file.unreadable", "file", sink.file)})
			return g, false
		}
		row, _ := r.FieldPos(0)
		cells := make([]cell, len(record))
		for i, text := range record {
			cells[i].text = strings.TrimSpace(strings.Clone(text))
		}
		if !g.add(line{row, cells}, sink) {
			return g, false
		}
	}
}

// quoteProblem says where a quoted field goes wrong. The row is the one the record starts on: a quote that is never
// closed swallows the rest of the file.
func quoteProblem(text string, broken *csv.ParseError, comma rune) fault.Problem {
	at := 0
	for range broken.Line - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	key := "exchange.csv.quote"
	if errors.Is(broken.Err, csv.ErrBareQuote) {
		key = "exchange.csv.bare_quote"
	}
	return fault.Problem{Row: broken.StartLine, Column: fieldAt(text, broken.StartLine, at+broken.Column-1, comma), Message: fault.Msg(key)}
}

// add takes a row up: the first is the header, blank ones are left out. It is false when there are too many, or the row
// is too long.
func (g *grid) add(l line, sink *sink) bool {
	narrow := len(l.cells) <= maxColumns
	if !narrow {
		sink.add(fault.Problem{Row: l.row, Column: letter(maxColumns + 1), Message: fault.Msg("exchange.columns", "columns", maxColumns)})
		l.cells = l.cells[:maxColumns]
	}
	blank := true
	for _, c := range l.cells {
		blank = blank && c.blank()
	}
	switch {
	case l.row == 1:
		g.header = make([]string, len(l.cells))
		for i, c := range l.cells {
			g.header[i] = c.text
		}
	case blank:
	case len(g.lines) == maxRows:
		sink.add(fault.Problem{Row: l.row, Message: fault.Msg("exchange.rows", "rows", maxRows)})
		return false
	default:
		g.lines = append(g.lines, l)
	}
	return narrow
}

// headed refuses a grid whose first row is no header.
func (g *grid) headed(sink *sink) bool {
	for _, name := range g.header {
		if name != "" {
			return true
		}
	}
	if len(g.lines) == 0 {
		sink.add(fault.Problem{Message: fault.Msg("exchange.empty")})
		return false
	}
	sink.add(fault.Problem{Row: 1, Message: fault.Msg("exchange.no_header")})
	return false
}

// width is the number of columns that hold anything.
func (g *grid) width() int {
	width := len(g.header)
	for _, l := range g.lines {
		width = max(width, len(l.cells))
	}
	return width
}
