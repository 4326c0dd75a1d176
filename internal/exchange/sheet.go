package exchange

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// Bounds of a spreadsheet.
const (
	lastRow    = 1_048_576
	lastColumn = 16_384
)

// read reads a sheet into a grid; false when the sink was told why it cannot be.
func (w *workbook) read(s sheetRef, g *grid, sink *sink) (bool, error) {
	ok, last := true, 0
	err := w.rows(s, func(l line, claimed int) bool {
		g.extent += claimed + l.row - last
		last = l.row
		ok = g.add(l, sink)
		return ok
	}, func() { g.merged = true })
	return ok, err
}

// readHeader reads only a sheet's first row.
func (w *workbook) readHeader(s sheetRef) ([]string, error) {
	var header []string
	err := w.rows(s, func(l line, _ int) bool {
		for _, c := range l.cells {
			header = append(header, c.text)
		}
		return false
	}, func() {})
	return header, err
}

// rows goes through the rows of a sheet until each says no. claimed is the number of cells the row says it has, most of
// which may be blank; merged is told of merged cells.
func (w *workbook) rows(s sheetRef, each func(l line, claimed int) bool, merged func()) error {
	r, err := w.open(s.part)
	if err != nil {
		return err
	}
	defer r.Close() // only read from
	d := xml.NewDecoder(r)
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch {
			case depth == 0:
				depth++
				continue
			case t.Name.Local == "sheetData":
				if more, err := w.sheetData(d, each); err != nil || !more {
					return err
				}
				continue
			case t.Name.Local == "mergeCells":
				merged()
			}
			if err := d.Skip(); err != nil {
				return err
			}
		case xml.EndElement:
			depth--
		}
	}
}

func (w *workbook) sheetData(d *xml.Decoder, each func(l line, claimed int) bool) (more bool, err error) {
	last := 0
	for {
		token, err := d.Token()
		if err != nil {
			return false, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "row" {
				return false, errBroken
			}
			row := last + 1
			if text := attribute(t, "r"); text != "" {
				if row, err = strconv.Atoi(text); err != nil {
					return false, errBroken
				}
			}
			if row <= last || row > lastRow {
				return false, errBroken
			}
			cells, claimed, err := w.cells(d)
			if err != nil {
				return false, err
			}
			if last = row; !each(line{row, cells}, claimed) {
				return false, nil
			}
		case xml.EndElement:
			return true, nil
		}
	}
}

// cells reads the cells of the row that has just started, up to the last that is not blank.
func (w *workbook) cells(d *xml.Decoder) (cells []cell, claimed int, err error) {
	for {
		token, err := d.Token()
		if err != nil {
			return nil, 0, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "c" {
				if err := d.Skip(); err != nil {
					return nil, 0, err
				}
				continue
			}
			column := claimed + 1
			if at := attribute(t, "r"); at != "" {
				column = columnOf(at)
			}
			if column <= claimed || column > lastColumn {
				return nil, 0, errBroken
			}
			claimed = column
			c, err := w.cell(d, t)
			if err != nil {
				return nil, 0, err
			}
			if !c.blank() {
				cells = append(cells, make([]cell, column-1-len(cells))...)
				cells = append(cells, c)
			}
		case xml.EndElement:
			return cells, claimed, nil
		}
	}
}

// columnOf is the column of a reference such as AB12, and 0 when it is none.
func columnOf(reference string) int {
	column := 0
	for i := 0; i < len(reference) && i < 4; i++ {
		c := reference[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	return column
}

// cell reads the cell that has just started.
func (w *workbook) cell(d *xml.Decoder, start xml.StartElement) (cell, error) {
	var value, inline string
	var formula, valued bool
	for {
		token, err := d.Token()
		if err != nil {
			return cell{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				valued = true
				value, err = plainText(d)
			case "is":
				inline, err = richText(d)
			default:
				formula = formula || t.Name.Local == "f"
				err = d.Skip()
			}
			if err != nil {
				return cell{}, err
			}
		case xml.EndElement:
			kind := attribute(start, "t")
			if formula && (!valued || value == "" && kind != "str") {
				return cell{is: uncomputed}, nil
			}
			if kind == "inlineStr" {
				value = inline
			}
			return w.typed(kind, value, attribute(start, "s"))
		}
	}
}

// typed makes a cell of a value and its type.
func (w *workbook) typed(kind, value, style string) (cell, error) {
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if value == "" {
			return cell{}, nil
		}
		if err != nil || n < 0 || n >= len(w.strings) {
			return cell{}, errBroken
		}
		return cell{text: strings.TrimSpace(w.strings[n])}, nil
	case "str":
		return cell{text: strings.TrimSpace(unescape(value))}, nil
	case "inlineStr":
		return cell{text: strings.TrimSpace(value)}, nil
	case "b":
		return boolean(strings.TrimSpace(value))
	case "e":
		return cell{text: value, is: failed}, nil
	case "d":
		return cell{text: value, is: dated}, nil
	case "", "n":
		return w.number(strings.TrimSpace(value), style)
	}
	return cell{}, errBroken
}

func boolean(value string) (cell, error) {
	switch value {
	case "":
		return cell{}, nil
	case "0", wordNo:
		return cell{text: wordNo, is: logical}, nil
	case "1", wordYes:
		return cell{text: wordYes, is: logical}, nil
	}
	return cell{}, errBroken
}

func (w *workbook) number(value, style string) (cell, error) {
	if value == "" {
		return cell{}, nil
	}
	text, ok := plainNumber(value)
	if !ok {
		return cell{}, errBroken
	}
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(w.dates) && w.dates[n] {
		return cell{text: text, is: dated}, nil
	}
	return cell{text: text, is: numeric}, nil
}

// beyondDigits is the number from which fifteen significant digits no longer reach down to the fen.
const beyondDigits = 1e13

// plainNumber writes a number as a workbook stores it without exponent, rounded to the fifteen significant digits that
// spreadsheets compute with: 1234.5600000000001 is 1234.56. Where that would cut off a fen, the number stays as it is.
func plainNumber(text string) (string, bool) {
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return "", false
	}
	stored, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", false
	}
	if math.Abs(stored) >= beyondDigits {
		if strings.Trim(text, "-0123456789.") == "" {
			return text, true
		}
		return strconv.FormatFloat(stored, 'f', -1, 64), true
	}
	exact, err := strconv.ParseFloat(strconv.FormatFloat(stored, 'e', 14, 64), 64)
	if err != nil {
		return "", false
	}
	if exact == 0 {
		return "0", true
	}
	return strconv.FormatFloat(exact, 'f', -1, 64), true
}

func attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
