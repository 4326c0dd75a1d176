package exchange

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// column is one column of a kind of file: how a cell becomes a part of a row, and back.
type column[R any] struct {
	name string
	// optional tells that a file may leave the column out.
	optional bool
	// sparse tells that a written file leaves the column out where no row has anything in it.
	sparse bool
	// key tells that the column is one of those that name the row.
	key  bool
	form form
	// clause is what makes the column be asked for, as the template explains it.
	clause policy.ClauseID
	read   func(*reading, *R)
	write  func(R) (string, error)
}

// form is how a spreadsheet shows a column.
type form uint8

const (
	asText form = iota
	asYear
	asAmount
	asRate
	asPeople
	asInsurance
	asFund
	asYesNo
)

// table is a kind of file.
type table[R any] struct {
	kind    Kind
	columns []column[R]
	place   func(*R) *fault.Place
	label   func(*R) *bool // whether the row is made up
	into    func(*Loaded, []R)
}

// format is a table whatever its rows are.
type format interface {
	columnNames() []string
	load(in Input, words *dictionary, into *Loaded, problems *fault.List) headers
	plan() []planned
	merge(stored *Input, in Input, t taking) ([]byte, Report, error)
}

// formats are the kinds of files there are.
func formats() map[Kind]format {
	return map[Kind]format{Statements: statementTable(), Factors: factorTable(), Openings: openingTable(), AgeGroups: ageGroupTable()}
}

func (t table[R]) columnNames() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// planned is what a template needs to know of a column.
type planned struct {
	name     string
	optional bool
	form     form
	clause   policy.ClauseID
}

func (t table[R]) plan() []planned {
	out := make([]planned, len(t.columns))
	for i, c := range t.columns {
		out[i] = planned{c.name, c.optional, c.form, c.clause}
	}
	return out
}

func (t table[R]) load(in Input, words *dictionary, into *Loaded, problems *fault.List) headers {
	rows, h := t.read(in, words, &sink{file: in.Name, problems: problems})
	t.into(into, rows)
	for i := range rows {
		into.Synthetic = into.Synthetic || *t.label(&rows[i])
	}
	return h
}

// read gives the rows of a file and what it calls its columns. What cannot be read goes to the sink. A file without a
// column that it must have is probably another table altogether: it is told about its columns and its rows are not read.
func (t table[R]) read(in Input, words *dictionary, sink *sink) ([]R, headers) {
	g, ok := readGrid(in, words, sink)
	if !ok {
		return nil, nil
	}
	layout, complete := t.layout(g, words, sink)
	if !complete {
		return nil, layout.headers()
	}
	var rows []R
	for _, l := range g.lines {
		if sink.full() {
			break
		}
		if layout.blank(l) || !layout.fits(g, l, sink) {
			continue
		}
		rows = append(rows, t.row(layout, l, words, sink))
	}
	return rows, layout.headers()
}

// row reads one row, cell by cell.
func (t table[R]) row(layout layout[R], l line, words *dictionary, sink *sink) R {
	var row R
	*t.place(&row) = fault.Place{File: sink.file, Row: l.row}
	for i, c := range layout.columns {
		r := reading{cell: l.at(i), row: l.row, header: layout.header[i], words: words, sink: sink}
		switch {
		case c.own != nil:
			c.own.read(&r, &row)
		case c.name == columnDataKind:
			*t.label(&row) = r.synthetic()
		case c.name == "" && !r.cell.blank():
			r.header = letter(i + 1)
			r.refuse("exchange.header.blank")
		}
	}
	return row
}

// laid is a column of a file: the table's own, a common one, or (without a name) one that nothing may stand in.
type laid[R any] struct {
	name string
	own  *column[R]
}

// layout is the order in which a file has its columns.
type layout[R any] struct {
	header  []string
	columns []laid[R]
}

// layout finds the columns in the header; missing, unknown and repeated ones are refused. It is complete when none is missing.
func (t table[R]) layout(g *grid, words *dictionary, sink *sink) (layout[R], bool) {
	out := layout[R]{header: append(g.header, make([]string, g.width()-len(g.header))...)}
	out.columns = make([]laid[R], len(out.header))
	expected := fault.Msg("exchange.expected." + string(t.kind))
	first := map[string]int{}
	for i, text := range out.header {
		refuse := func(key string, args ...any) {
			sink.add(fault.Problem{Row: 1, Column: text, Value: text, Message: fault.Msg(key, append(args, "value", quoted(text))...)})
			out.columns[i].name = columnNote
		}
		name := words.named(t.kind, text)
		own := slices.IndexFunc(t.columns, func(c column[R]) bool { return c.name == name })
		before, twice := first[name]
		switch common := name == columnName || name == columnNote || name == columnReason || name == columnDataKind; {
		case text == "":
			continue
		case own < 0 && !common:
			refuse("exchange.header.unknown", "expected", expected)
			continue
		case twice:
			refuse("exchange.header.duplicate", "column", columnText(name), "first", letter(before+1))
			continue
		}
		first[name] = i
		if out.columns[i].name = name; own >= 0 {
			out.columns[i].own = &t.columns[own]
		}
	}
	var required []string
	complete := true
	for _, c := range t.columns {
		if c.optional {
			continue
		}
		required = append(required, c.name)
		if _, ok := first[c.name]; !ok {
			complete = false
			sink.add(fault.Problem{Row: 1, Column: c.name, Message: fault.Msg("exchange.header.missing", "column", columnText(c.name), "expected", expected)})
		}
	}
	g.alone(t.kind, required, words, sink)
	return out, complete
}

// alone refuses a workbook in which a second sheet has the same columns: its rows would be lost.
func (g *grid) alone(kind Kind, required []string, words *dictionary, sink *sink) {
	for _, other := range g.others {
		missing := slices.ContainsFunc(required, func(name string) bool {
			return !slices.ContainsFunc(other.columns, func(text string) bool { return words.named(kind, text) == name })
		})
		if !missing {
			sink.add(fault.Problem{Message: fault.Msg("exchange.workbook.two_sheets", "first", g.sheet, "second", other.sheet)})
		}
	}
}

// headers are the names the file uses for the columns it has.
func (l layout[R]) headers() headers {
	h := headers{}
	for i, c := range l.columns {
		if c.own != nil || c.name == columnDataKind {
			h[c.name] = l.header[i]
		}
	}
	return h
}

// blank tells whether a row holds nothing but the reason it was once refused for.
func (l layout[R]) blank(row line) bool {
	for i, c := range row.cells {
		if !c.blank() && l.columns[i].name != columnReason {
			return false
		}
	}
	return true
}

// fits refuses a CSV row that is not as long as the header.
func (l layout[R]) fits(g *grid, row line, sink *sink) bool {
	want, got := len(g.header), len(row.cells)
	if !g.ragged || want == got {
		return true
	}
	problem := fault.Problem{Row: row.row, Column: letter(want + 1), Message: fault.Msg("exchange.ragged.long", "want", want, "got", got)}
	if got < want {
		problem.Column, problem.Message.Key = l.header[got], "exchange.ragged.short"
	} else {
		problem.Value = row.cells[want].text
	}
	sink.add(problem)
	return false
}

// record writes a row as cells, the made-up ones labelled.
func (t table[R]) record(row R) ([]string, error) {
	out := make([]string, len(t.columns)+1)
	for i, c := range t.columns {
		text, err := c.write(row)
		if err != nil {
			return nil, err
		}
		out[i] = text
	}
	if *t.label(&row) {
		out[len(t.columns)] = wordSynthetic
	}
	return out, nil
}

// keyOf is the part of a record that names the row.
func (t table[R]) keyOf(record []string) []string {
	var key []string
	for i, c := range t.columns {
		if c.key {
			key = append(key, record[i])
		}
	}
	return key
}

// records writes rows as cells, in the order of their keys.
func (t table[R]) records(rows []R) ([][]string, error) {
	out := make([][]string, len(rows))
	var err error
	for i, row := range rows {
		if out[i], err = t.record(row); err != nil {
			return nil, err
		}
	}
	t.sort(out)
	return out, nil
}

func (t table[R]) sort(records [][]string) {
	slices.SortFunc(records, func(a, b []string) int {
		return cmp.Or(slices.Compare(t.keyOf(a), t.keyOf(b)), slices.Compare(a, b))
	})
}

// write writes rows as canonical CSV.
func (t table[R]) write(w io.Writer, rows []R) error {
	records, err := t.records(rows)
	if err != nil {
		return err
	}
	return t.writeRecords(w, records)
}

func (t table[R]) writeRecords(w io.Writer, records [][]string) error {
	c := csv.NewWriter(w)
	rows := t.dense(append([][]string{append(t.columnNames(), columnDataKind)}, records...))
	if err := c.WriteAll(rows); err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	return nil
}

// dense is a header with its records, without the sparse columns in which no record has anything.
func (t table[R]) dense(rows [][]string) [][]string {
	for i, c := range slices.Backward(t.columns) {
		if !c.sparse || slices.ContainsFunc(rows[1:], func(record []string) bool { return record[i] != "" }) {
			continue
		}
		for n, row := range rows {
			rows[n] = slices.Delete(slices.Clone(row), i, i+1)
		}
	}
	return rows
}
