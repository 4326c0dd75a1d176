package lake

import (
	"bytes"
	"strings"

	"tongchou/internal/money"
	"tongchou/internal/region"
)

// splitCells splits a record into its cells: RFC 4180, a quote inside a bare cell standing for itself. It is false when a
// quote is left open. Cells with quotes are unquoted into scratch.
func splitCells(record []byte, delimiter byte, cells [][]byte, scratch []byte) (all [][]byte, kept []byte, whole bool) {
	if bytes.IndexByte(record, '"') < 0 {
		for {
			i := bytes.IndexByte(record, delimiter)
			if i < 0 {
				return append(cells, record), scratch, true
			}
			cells = append(cells, record[:i])
			record = record[i+1:]
		}
	}
	scratch = append(scratch, make([]byte, len(record))...)[:0] // so that it never moves below
	for {
		if len(record) == 0 || record[0] != '"' {
			i := bytes.IndexByte(record, delimiter)
			if i < 0 {
				return append(cells, record), scratch, true
			}
			cells, record = append(cells, record[:i]), record[i+1:]
			continue
		}
		start, end := len(scratch), 1
		for {
			i := bytes.IndexByte(record[end:], '"')
			if i < 0 {
				return cells, scratch, false
			}
			scratch = append(scratch, record[end:end+i]...)
			end += i + 1
			if end == len(record) || record[end] != '"' {
				break
			}
			scratch = append(scratch, '"')
			end++
		}
		cells = append(cells, scratch[start:len(scratch):len(scratch)])
		if end == len(record) {
			return cells, scratch, true
		}
		if record[end] != delimiter {
			return cells, scratch, false
		}
		record = record[end+1:]
	}
}

// plain tells whether a cell is printable ASCII of a sensible length, as all identifiers and codes are.
func plain(cell []byte) bool {
	if len(cell) > longestCell {
		return false
	}
	for _, c := range cell {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// parseFen reads an amount in yuan with at most two decimals, as money.ParseFen does.
func parseFen(cell []byte) (int64, bool) {
	digits, negative := cell, false
	if digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	var n int64
	decimals, seen := -1, 0
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			if decimals >= 0 {
				decimals++
			}
			if n = n*10 + int64(c-'0'); n > int64(money.MaxFen) || decimals > 2 {
				return 0, false
			}
			seen++
		case c == '.' && decimals < 0 && seen > 0:
			decimals = 0
		default:
			return 0, false
		}
	}
	if seen == 0 || decimals == 0 {
		return 0, false
	}
	for i := max(decimals, 0); i < 2; i++ {
		n *= 10
	}
	if n > int64(money.MaxFen) {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// parseDay reads a day that exists, as yyyymmdd: 2025-03-01, with or without a time of day behind it.
func parseDay(cell []byte) (int, bool) {
	if len(cell) < 10 || cell[4] != '-' || cell[7] != '-' || len(cell) > 10 && (cell[10] != ' ' && cell[10] != 'T' || !plain(cell) || len(cell) < 16) {
		return 0, false
	}
	year, ok := whole(cell[:4])
	month, okMonth := whole(cell[5:7])
	day, okDay := whole(cell[8:10])
	if !ok || !okMonth || !okDay || year < firstYear || year > lastYear || month < 1 || month > 12 || day < 1 || day > daysOf(year, month) {
		return 0, false
	}
	return year*10000 + month*100 + day, true
}

func whole(digits []byte) (n int, ok bool) {
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func daysOf(year, month int) int {
	switch {
	case month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

func appendDay(b []byte, day int) []byte {
	y, m, d := day/10000, day/100%100, day%100
	return append(b, '0'+byte(y/1000), '0'+byte(y/100%10), '0'+byte(y/10%10), '0'+byte(y%10), '-', '0'+byte(m/10), '0'+byte(m%10), '-', '0'+byte(d/10), '0'+byte(d%10))
}

// appendCell appends a comma and a cell of CSV. A cell that a spreadsheet would take for a formula gets a quote mark before
// it; bytes that are no UTF-8 are read as GB18030.
func appendCell(b, cell []byte) []byte {
	text := legible(cell)
	b = append(b, ',')
	if text != "" && strings.IndexByte("=+@\t\r\n", text[0]) >= 0 || len(text) > 1 && text[0] == '-' && (text[1] < '0' || text[1] > '9') {
		text = "'" + text
	}
	if !strings.ContainsAny(text, ",\"\r\n") {
		return append(b, text...)
	}
	return append(append(append(b, '"'), strings.ReplaceAll(text, `"`, `""`)...), '"')
}

// places finds the pooling area (统筹区) of a place of insurance, remembering what it found.
type places struct {
	tree  *region.Tree
	known map[string]region.Code
}

func newPlaces(tree *region.Tree) *places {
	return &places{tree: tree, known: map[string]region.Code{}}
}

// city gives the pooling area: of the division itself; of the prefecture its digits name, when the division is one of the
// insurance system's own (a city's own unit, a development zone); of the provincial unit, which that system writes xx9900.
func (p *places) city(cell []byte) (region.Code, bool) {
	if code, ok := p.known[string(cell)]; ok {
		return code, code != ""
	}
	code, err := region.Parse(string(cell))
	if err != nil {
		return "", false
	}
	area, ok := p.tree.PoolingArea(code)
	if !ok && code[2:4] == "99" {
		area, ok = p.tree.PoolingArea(code[:2] + "0000")
	}
	if !ok {
		area, ok = p.tree.PoolingArea(code[:4] + "00")
	}
	if !ok {
		area = ""
	}
	if len(p.known) < 10_000 { // a hostile file makes up codes without end
		p.known[string(cell)] = area
	}
	return area, ok
}
