package exchange

import (
	"io"
	"slices"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/region"
)

// TargetRow (参保目标行) is a row of a file of enrolment targets: a division and how many are to be enrolled there.
type TargetRow struct {
	fault.Place
	Division  region.Code
	Count     int64
	Synthetic bool
	has       bool
}

// targetRows is the kind of file of enrolment targets.
const targetRows Kind = "target_rows"

func targetTable() table[TargetRow] {
	return table[TargetRow]{
		kind:  targetRows,
		place: func(r *TargetRow) *fault.Place { return &r.Place },
		label: func(r *TargetRow) *bool { return &r.Synthetic },
		columns: []column[TargetRow]{
			{name: "division", key: true, clause: "SCE-12.1", read: func(r *reading, row *TargetRow) { row.Division = r.division() },
				write: func(row TargetRow) (string, error) { return string(row.Division), nil }},
			{name: "target", form: asPeople, clause: "SCE-12.1", read: (*reading).target,
				write: func(row TargetRow) (string, error) { return strconv.FormatInt(row.Count, 10), nil }},
		},
	}
}

// target reads a number of people that is not less than nothing; a blank one is a row that nobody filled in.
func (r *reading) target(row *TargetRow) {
	if row.has = !r.cell.blank(); !row.has {
		return
	}
	if row.Count = r.people(); row.Count < 0 {
		r.refuse("exchange.target.negative")
	}
}

// ReadTargets (读取参保目标) reads a file of enrolment targets; rows without a number are left out. Refused are a file without any, and a division that stands in it twice.
// Errors: a fault.Refusal with file, row and column.
//
// 依据: SCE-12.1
func ReadTargets(in Input) ([]TargetRow, error) {
	rows, err := readRows(targetTable(), in)
	if err != nil {
		return nil, err
	}
	if rows = slices.DeleteFunc(rows, func(r TargetRow) bool { return !r.has }); len(rows) == 0 {
		return nil, fault.Refuse(fault.Problem{File: in.Name, Message: fault.Msg("exchange.rows.none")})
	}
	var l fault.List
	first := map[region.Code]int{}
	for _, r := range rows {
		if before, twice := first[r.Division]; twice {
			l.Add(fault.Problem{File: in.Name, Row: r.Row, Column: "division", Value: string(r.Division), Message: fault.Msg("exchange.target.twice", "first", before)})
			continue
		}
		first[r.Division] = r.Row
	}
	return rows, l.Err()
}

// WriteTargets (参保目标填报表) writes a workbook of enrolment targets to fill in: the division that sets them first, with the target itself, then its parts.
//
// 依据: SCE-12.1
func WriteTargets(w io.Writer, targets []enrol.Target, synthetic bool, notes []Note, p *locale.Printer) error {
	t := Table{Sheet: p.T("exchange.sheet." + string(targetRows)), Wide: 2}
	for _, name := range []string{"division", columnName, "target", columnDataKind} {
		t.Heads = append(t.Heads, p.T(columnKey+name))
	}
	kind := ""
	if synthetic {
		kind = word(p, wordSynthetic)
	}
	for _, x := range targets {
		count := TextCell("")
		if x.Count > 0 {
			count = NumberCell(strconv.FormatInt(x.Count, 10))
		}
		t.Rows = append(t.Rows, []TableCell{TextCell(string(x.Division)), TextCell(p.Division(x.Division)), count, TextCell(kind)})
	}
	return WriteTables(w, []Table{t}, notes, p)
}
