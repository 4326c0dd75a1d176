package exchange

import (
	"slices"
	"strconv"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/pool"
)

// Enrolled (参保人数) is a row of an enrolment register: so many persons of one age, or of one age group, in a pooling area.
type Enrolled struct {
	pool.Key
	Place     fault.Place
	Age       int    // when Group is empty
	Group     string // as the file names it
	Sex       string // 1 male, 2 female, 0 not known; empty when the register does not tell
	Headcount int64
	Synthetic bool
}

// oldest is the highest age a register may state.
const oldest = 150

// enrolledColumn is a column of a register under its wire name and under that of the project's own files.
type enrolledColumn struct {
	names []string
	read  func(*reading, *Enrolled)
}

// enrolledColumns are the columns that a register must have, each under one of its names.
func enrolledColumns() []enrolledColumn {
	return []enrolledColumn{
		{[]string{"year"}, func(r *reading, e *Enrolled) { e.Year = r.year() }},
		{[]string{"insuplc_admdvs", "division"}, func(r *reading, e *Enrolled) { e.Division = r.division() }},
		{[]string{"insutype", "insurance"}, func(r *reading, e *Enrolled) { e.Insurance = r.insured() }},
		{[]string{"age", "group"}, func(r *reading, e *Enrolled) { r.ageOrGroup(e) }},
		{[]string{"persons", "headcount"}, func(r *reading, e *Enrolled) { e.Headcount = r.people() }},
	}
}

// beside are columns that a register may have and that nothing is read from.
var beside = []string{"psn_type", "cost", columnName, columnNote}

// columnSex is a column that a register may have.
const columnSex = "gend"

// ReadEnrolled (读取参保登记数) reads an enrolment register: the year's average number of persons by pooling area, insurance and
// single age (columns insuplc_admdvs insutype age persons) or age group (division insurance group headcount). Errors: a
// fault.Refusal with every problem; a register without rows is refused too.
//
// 依据: YN-2.5
func ReadEnrolled(in Input) ([]Enrolled, error) {
	words, err := vocabulary()
	if err != nil {
		return nil, err
	}
	var problems fault.List
	s := &sink{file: in.Name, problems: &problems}
	g, ok := readGrid(in, words, s)
	if !ok {
		return nil, problems.Err()
	}
	readers := enrolledLayout(g, s)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	var rows []Enrolled
	for _, l := range g.lines {
		if s.full() {
			break
		}
		if !(layout[Enrolled]{header: g.header}).fits(g, l, s) {
			continue
		}
		row := Enrolled{Place: fault.Place{File: in.Name, Row: l.row}}
		for i, read := range readers {
			if read != nil {
				read(&reading{cell: l.at(i), row: l.row, header: g.header[i], words: words, sink: s}, &row)
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 && problems.Empty() {
		s.add(fault.Problem{Message: fault.Msg("exchange.enrolled.empty")})
	}
	return rows, problems.Err()
}

// enrolledLayout finds the columns in the header; missing, unknown and repeated ones are refused.
func enrolledLayout(g *grid, s *sink) []func(*reading, *Enrolled) {
	out := make([]func(*reading, *Enrolled), len(g.header))
	expected := fault.Msg("exchange.expected.enrolled")
	for _, c := range enrolledColumns() {
		found := false
		for i, text := range g.header {
			switch {
			case !slices.Contains(c.names, text):
			case found:
				s.add(fault.Problem{Row: 1, Column: text, Message: fault.Msg("exchange.enrolled.twice", "columns", c.names)})
			default:
				out[i], found = c.read, true
			}
		}
		if !found {
			s.add(fault.Problem{Row: 1, Column: c.names[0], Message: fault.Msg("exchange.enrolled.missing", "columns", c.names, "expected", expected)})
		}
	}
	for i, text := range g.header {
		switch {
		case text == columnDataKind:
			out[i] = func(r *reading, e *Enrolled) { e.Synthetic = r.synthetic() }
		case text == columnSex:
			out[i] = func(r *reading, e *Enrolled) { e.Sex = r.sex() }
		case out[i] == nil && !slices.Contains(beside, text):
			s.add(fault.Problem{Row: 1, Column: text, Value: text, Message: fault.Msg("exchange.header.unknown", "value", quoted(text), "expected", expected)})
		}
	}
	return out
}

// insured reads an insurance type, or its code on the wire.
func (r *reading) insured() pool.Insurance {
	switch r.cell.text {
	case claim.EmployeeInsurance:
		return pool.Employee
	case claim.ResidentInsurance:
		return pool.Resident
	}
	return r.insurance()
}

// sex reads a sex by its national code; blank is none.
func (r *reading) sex() string {
	text, ok := r.text()
	if ok && text != "0" && text != "1" && text != "2" {
		r.refuse("exchange.enrolled.sex")
	}
	return text
}

// ageOrGroup reads an age, or else the name of an age group.
func (r *reading) ageOrGroup(e *Enrolled) {
	text, ok := r.needed()
	if !ok {
		return
	}
	if age, err := strconv.Atoi(text); err != nil {
		e.Group = r.group()
	} else if e.Age = age; age < 0 || age > oldest {
		r.refuse("exchange.enrolled.age", "most", oldest)
	}
}
