package fsi

import (
	"cmp"
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// Detail (对账明细) is a settlement as one side has it, in fen. Row is where it stands in the institution's file, from 1; Message what it was sent with, which only
// this side knows. An Undoing one takes another's amounts back, which Undone names.
//
// 依据: YA-4.8.2
type Detail struct {
	Row                       int
	Settlement, Visit, Person string
	Undoing                   bool
	Undone                    string
	Message                   string
	Total, Funds, Account     money.Fen
}

// detailColumns are the columns of the institution's file.
var detailColumns = []string{"setl_id", "mdtrt_id", "psn_no", "medfee_sumamt", "fund_pay_sumamt", "acct_pay", "refd_setl_flag"}

// MostDetails is how many rows a file may have.
const MostDetails = 50000

// ReadDetails (读取对账明细) reads the text of a file of settlements: a row each, tabs between setl_id, mdtrt_id, psn_no, medfee_sumamt, fund_pay_sumamt, acct_pay and
// refd_setl_flag (0 or nothing: a settlement; 1: one that undoes another); a first row of these titles sets another order. Errors: a fault.Refusal with every wrong value,
// by row and column.
//
// 依据: YA-4.8.2
func ReadDetails(file, text string) ([]Detail, error) {
	r := detailReader{file: file, columns: detailColumns, seen: map[string]int{}}
	row := 0
	for line := range strings.Lines(text) {
		row++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.TrimSpace(line) == "":
		case row == 1 && strings.Contains(line, detailColumns[0]):
			r.titles(line)
		case len(r.details) == MostDetails:
			r.refuse(row, "", "", "fsi.detail.rows", "most", MostDetails)
			return nil, r.wrong.Err()
		default:
			r.read(row, strings.Split(line, "\t"))
		}
	}
	return r.details, r.wrong.Err()
}

// detailReader reads rows.
type detailReader struct {
	file    string
	columns []string
	details []Detail
	seen    map[string]int
	wrong   fault.List
}

func (r *detailReader) refuse(row int, column, value, key string, args ...any) {
	p := refused(column, value, key, append(args, "file", r.file, "row", row)...).Problems[0]
	p.File, p.Row = r.file, row
	r.wrong.Add(p)
}

// titles takes the order of the columns from a first row.
func (r *detailReader) titles(line string) {
	r.columns = strings.Split(line, "\t")
	for i := range r.columns {
		r.columns[i] = strings.TrimSpace(r.columns[i])
	}
	for _, column := range detailColumns {
		if !slices.Contains(r.columns, column) {
			r.refuse(1, column, "", "fsi.detail.column")
			r.columns = detailColumns
			return
		}
	}
}

func (r *detailReader) read(row int, cells []string) {
	if len(cells) != len(r.columns) {
		r.refuse(row, "", "", "fsi.detail.cells", "cells", len(cells), "columns", len(r.columns))
		return
	}
	at := func(column string) string { return strings.TrimSpace(cells[slices.Index(r.columns, column)]) }
	d := Detail{Row: row, Settlement: at("setl_id"), Visit: at("mdtrt_id"), Person: at("psn_no"), Undoing: at("refd_setl_flag") == "1"}
	for _, column := range detailColumns[:3] {
		value := at(column)
		f := Field{Name: column, Kind: Text, Size: messageSize, Required: true}
		if checkText(f, value, true) != nil {
			r.refuse(row, column, value, "fsi.detail.text", "size", messageSize)
		}
	}
	for _, x := range []struct {
		column string
		into   *money.Fen
	}{{"medfee_sumamt", &d.Total}, {"fund_pay_sumamt", &d.Funds}, {"acct_pay", &d.Account}} {
		value := at(x.column)
		var err error
		if *x.into, err = money.ParseFen(value); err != nil || !decimal(value, amountDigits, 2) {
			r.refuse(row, x.column, value, "fsi.detail.amount")
		}
	}
	if flag := at("refd_setl_flag"); flag != "" && flag != "0" && flag != "1" {
		r.refuse(row, "refd_setl_flag", flag, "fsi.detail.flag")
	}
	if first, twice := r.seen[d.key()]; twice {
		r.refuse(row, "setl_id", d.Settlement, "fsi.detail.twice", "first", first)
	}
	r.seen[d.key()] = row
	r.details = append(r.details, d)
}

// amountDigits is how many digits an amount has before the point.
const amountDigits = 14

// key tells settlements apart: one that undoes another may be named by that one's number.
func (d *Detail) key() string {
	if d.Undoing {
		return d.Settlement + "/1"
	}
	return d.Settlement
}

// The results of a row (stmt_rslt).
const (
	OursOnly   = "101" // 中心多
	TheirsOnly = "102" // 医药机构多
	Differing  = "103" // 数据不一致
)

// Difference (对账差异) is a row on which the sides differ: Ours where this side has it, Theirs where the institution does. Fields are what differs.
//
// 依据: YA-4.8.2
type Difference struct {
	Result       string
	Ours, Theirs *Detail
	Fields       []string
}

// Compare (核对明细) compares the institution's settlements with this side's. The differences are in the order of settlements' numbers.
//
// 依据: YA-4.8.2
func Compare(theirs, ours []Detail) []Difference {
	byKey, met := map[string]*Detail{}, map[*Detail]bool{}
	for i := range ours {
		d := &ours[i]
		byKey[d.key()] = d
		if d.Undoing {
			byKey[d.Undone+"/1"] = d
		}
	}
	var out []Difference
	for i := range theirs {
		their := &theirs[i]
		our, found := byKey[their.key()]
		switch {
		case !found || met[our]:
			out = append(out, Difference{Result: TheirsOnly, Theirs: their})
		default:
			met[our] = true
			if fields := our.differs(their); fields != nil {
				out = append(out, Difference{Result: Differing, Ours: our, Theirs: their, Fields: fields})
			}
		}
	}
	for i := range ours {
		if !met[&ours[i]] {
			out = append(out, Difference{Result: OursOnly, Ours: &ours[i]})
		}
	}
	slices.SortStableFunc(out, func(a, b Difference) int { return cmp.Compare(a.any().key(), b.any().key()) })
	return out
}

func (d *Difference) any() *Detail {
	if d.Ours != nil {
		return d.Ours
	}
	return d.Theirs
}

// differs names the fields on which two rows of a settlement differ.
func (d *Detail) differs(from *Detail) (fields []string) {
	for _, x := range []struct {
		field string
		same  bool
	}{{"psn_no", d.Person == from.Person}, {"mdtrt_id", d.Visit == from.Visit}, {"medfee_sumamt", d.Total == from.Total}, {"fund_pay_sumamt", d.Funds == from.Funds},
		{"acct_pay", d.Account == from.Account}} {
		if !x.same {
			fields = append(fields, x.field)
		}
	}
	return fields
}

// Line (差异行) is the row of a difference in the file that is answered: psn_no, mdtrt_id, setl_id, msgid, stmt_rslt, refd_setl_flag, memo, medfee_sumamt, fund_pay_sumamt
// and acct_pay, with tabs between. The amounts are this side's where it has any.
func (d *Difference) Line(memo string) string {
	row := d.any()
	flag := "0"
	if row.Undoing {
		flag = "1"
	}
	memo = strings.Join(strings.Fields(memo), " ")
	return strings.Join([]string{row.Person, row.Visit, row.Settlement, row.Message, d.Result, flag, memo, row.Total.String(), row.Funds.String(), row.Account.String()}, "\t") + "\r\n"
}

// Value is a field of a row as it is written.
func (d *Detail) Value(field string) string {
	switch field {
	case "psn_no":
		return d.Person
	case "mdtrt_id":
		return d.Visit
	case "medfee_sumamt":
		return d.Total.String()
	case "fund_pay_sumamt":
		return d.Funds.String()
	}
	return d.Account.String()
}
