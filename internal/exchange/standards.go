package exchange

import (
	"errors"
	"io"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/region"
)

// StandardRow (筹资标准行) is a row of a file of contribution standards, in fen and rates.
type StandardRow struct {
	fault.Place
	enrol.Standard
	Synthetic bool
}

// standardRows is the kind of file of contribution standards.
const standardRows Kind = "standard_rows"

// aidColumns are the groups that a file has a column for, by its name.
func aidColumns() []enrol.Group {
	return []enrol.Group{enrol.Destitute, enrol.Orphan, enrol.Subsistence, enrol.PovertyMonitored, enrol.Disabled}
}

func standardTable() table[StandardRow] {
	t := table[StandardRow]{
		kind:  standardRows,
		place: func(r *StandardRow) *fault.Place { return &r.Place },
		label: func(r *StandardRow) *bool { return &r.Synthetic },
		columns: []column[StandardRow]{
			{name: "year", key: true, form: asYear, read: func(r *reading, row *StandardRow) { row.Year = r.year() }, write: func(x StandardRow) (string, error) { return strconv.Itoa(int(x.Year)), nil }},
			{name: "division", key: true, read: func(r *reading, row *StandardRow) { row.Standard.Division = r.division() }, write: func(x StandardRow) (string, error) { return string(x.Standard.Division), nil }},
			{name: "way", key: true, read: func(r *reading, row *StandardRow) { row.Way = r.way() }, write: func(x StandardRow) (string, error) { return string(x.Way), nil }},
			{name: "basis", read: func(r *reading, row *StandardRow) { row.Source = r.plain() }, write: func(x StandardRow) (string, error) { return x.Source, nil }},
		},
	}
	amount := func(name string, at func(*StandardRow) *money.Fen) {
		t.columns = append(t.columns, column[StandardRow]{name: name, optional: true, form: asAmount, read: func(r *reading, row *StandardRow) { *at(row), _ = r.amountIf() },
			write: func(x StandardRow) (string, error) { return amountText(*at(&x), *at(&x) != 0) }})
	}
	rate := func(name string, at func(*StandardRow) *money.Rate) {
		t.columns = append(t.columns, column[StandardRow]{name: name, optional: true, form: asRate, read: func(r *reading, row *StandardRow) { *at(row), _ = r.share() },
			write: func(x StandardRow) (string, error) {
				if *at(&x) == 0 {
					return "", nil
				}
				return at(&x).String(), nil
			}})
	}
	amount("individual", func(x *StandardRow) *money.Fen { return &x.Individual })
	for _, payer := range []struct {
		name string
		of   enrol.Payer
	}{{"central_subsidy", enrol.Central}, {"province_subsidy", enrol.Province}, {"city_subsidy", enrol.City}, {"county_subsidy", enrol.County}} {
		amount(payer.name, func(x *StandardRow) *money.Fen { return &x.Subsidy[payer.of] })
	}
	for _, group := range aidColumns() {
		t.columns = append(t.columns, aidColumn(group))
	}
	amount("average_wage", func(x *StandardRow) *money.Fen { return &x.AverageWage })
	rate("employer_rate", func(x *StandardRow) *money.Rate { return &x.EmployerRate })
	rate("person_rate", func(x *StandardRow) *money.Rate { return &x.PersonRate })
	rate("base_floor", func(x *StandardRow) *money.Rate { return &x.Floor })
	rate("base_ceiling", func(x *StandardRow) *money.Rate { return &x.Ceiling })
	return t
}

// aidColumn is what aid pays for a group.
func aidColumn(group enrol.Group) column[StandardRow] {
	return column[StandardRow]{name: "aid_" + string(group), optional: true, form: asAmount,
		read: func(r *reading, row *StandardRow) {
			if amount, has := r.amountIf(); has && amount != 0 {
				if row.Aid == nil {
					row.Aid = map[enrol.Group]money.Fen{}
				}
				row.Aid[group] = amount
			}
		},
		write: func(x StandardRow) (string, error) { return amountText(x.Aid[group], x.Aid[group] != 0) }}
}

// ways are the ways of being insured that a file may name.
func ways() []enrol.Way {
	return []enrol.Way{enrol.Ordinary, enrol.Newborn, enrol.Pupil, enrol.Student, enrol.Permit, enrol.Staff, enrol.Flexible, enrol.Unemployed, enrol.Retired}
}

// way reads a way of being insured, by its word or its name in any language.
func (r *reading) way() enrol.Way {
	text, ok := r.needed()
	if !ok {
		return ""
	}
	for _, way := range ways() {
		if r.named(text, string(way), fault.Msg("value."+string(way))) {
			return way
		}
	}
	r.refuse("exchange.standard.way")
	return ""
}

// ReadStandards (读取筹资标准) reads a file of contribution standards. Refused are rows that enrol.Standard.Check refuses, and a year, division and way that stand in it twice.
// Errors: a fault.Refusal with file, row and column.
//
// 依据: SC38-5.2, SC38-5.3
func ReadStandards(in Input) ([]StandardRow, error) {
	rows, err := readRows(standardTable(), in)
	if err != nil {
		return nil, err
	}
	var l fault.List
	first := map[string]int{}
	for _, row := range rows {
		key := strconv.Itoa(int(row.Year)) + string(row.Standard.Division) + string(row.Way)
		if before, twice := first[key]; twice {
			l.Add(fault.Problem{File: in.Name, Row: row.Row, Column: "way", Value: string(row.Way), Message: fault.Msg("exchange.standard.twice", "first", before)})
			continue
		}
		first[key] = row.Row
		var wrong *fault.Refusal
		if errors.As(row.Check(), &wrong) {
			for _, p := range wrong.Problems {
				p.File, p.Row = in.Name, row.Row
				l.Add(p)
			}
		}
	}
	return rows, l.Err()
}

// StandardsOf gives the standards of rows.
func StandardsOf(rows []StandardRow) enrol.Standards {
	var out enrol.Standards
	for _, row := range rows {
		out = append(out, row.Standard)
	}
	return out
}

// CheckStandards (校验筹资标准) refuses rows of divisions that are not whoever brings them to set standards for, and of years out of reach.
//
// 依据: SC38-5.3
func CheckStandards(in Input, rows []StandardRow, within func(region.Code) bool) error {
	var l fault.List
	for _, row := range rows {
		refuse := func(column, value, key string) {
			l.Add(fault.Problem{File: in.Name, Row: row.Row, Column: column, Value: value, Message: fault.Msg(key), Clause: "SC38-5.3"})
		}
		if !within(row.Standard.Division) {
			refuse("division", string(row.Standard.Division), "exchange.standard.outside")
		}
		if row.Year < 2000 || row.Year > 2100 {
			refuse("year", strconv.Itoa(int(row.Year)), "exchange.standard.year")
		}
	}
	return l.Err()
}

// WriteStandards (筹资标准填报表) writes a workbook of contribution standards to fill in or to look at; with none, a row for every one of some divisions.
//
// 依据: SC38-5.3
func WriteStandards(w io.Writer, standards enrol.Standards, blank []region.Code, notes []Note, p *locale.Printer) error {
	columns := standardTable().columns
	t := Table{Sheet: p.T("exchange.sheet." + string(standardRows)), Wide: 4}
	for _, c := range columns {
		t.Heads = append(t.Heads, p.T(columnKey+c.name))
	}
	for _, s := range standards {
		var row []TableCell
		for _, c := range columns {
			text, err := c.write(StandardRow{Standard: s})
			if err != nil {
				return err
			}
			switch {
			case c.name == "way":
				row = append(row, TextCell(p.T("value."+text)))
			case text != "" && (c.form == asAmount || c.form == asRate):
				row = append(row, NumberCell(text))
			default:
				row = append(row, TextCell(text))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	for _, division := range blank {
		t.Rows = append(t.Rows, []TableCell{TextCell(""), TextCell(string(division))})
	}
	return WriteTables(w, []Table{t}, notes, p)
}
