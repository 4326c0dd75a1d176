package exchange

import (
	"io"
	"slices"
	"strconv"

	"tongchou/internal/budget"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// DueRow (应征数行) is a row of a file of contributions due: a month of a pooling area and insurance type, in fen.
type DueRow struct {
	fault.Place
	pool.Key
	Month     budget.Month
	Amount    money.Fen
	Synthetic bool
	has       bool
}

// dueRows is the kind of file of contributions due.
const dueRows Kind = "due_rows"

func dueTable() table[DueRow] {
	return table[DueRow]{
		kind:  dueRows,
		place: func(r *DueRow) *fault.Place { return &r.Place },
		label: func(r *DueRow) *bool { return &r.Synthetic },
		columns: append(keyColumns(func(r *DueRow) *pool.Key { return &r.Key }),
			column[DueRow]{name: "month", key: true, clause: "SC38-3.4", read: func(r *reading, row *DueRow) { row.Month = r.month() },
				write: func(row DueRow) (string, error) { return strconv.Itoa(int(row.Month)), nil }},
			column[DueRow]{name: "due", form: asAmount, clause: "SC38-3.4", read: (*reading).dueAmount,
				write: func(row DueRow) (string, error) { return amountText(row.Amount, true) }}),
	}
}

// month reads a month of the year.
func (r *reading) month() budget.Month {
	text, ok := r.needed()
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 12 {
		r.refuse("exchange.due.month")
	}
	return budget.Month(n)
}

// dueAmount reads an amount that is not less than nothing; a blank one is a month that nobody filled in.
func (r *reading) dueAmount(row *DueRow) {
	if row.Amount, row.has = r.amountIf(); row.Amount < 0 {
		r.refuse("exchange.due.negative")
	}
}

// ReadDues (读取应征数) reads a file of contributions due; rows without an amount are left out. Refused are a file without any, and a month of
// an area that stands in it twice. Errors: a fault.Refusal with file, row and column.
func ReadDues(in Input) ([]DueRow, error) {
	rows, err := readRows(dueTable(), in)
	if err != nil {
		return nil, err
	}
	if rows = slices.DeleteFunc(rows, func(r DueRow) bool { return !r.has }); len(rows) == 0 {
		return nil, fault.Refuse(fault.Problem{File: in.Name, Message: fault.Msg("exchange.rows.none")})
	}
	type key struct {
		pool.Key
		month budget.Month
	}
	var l fault.List
	first := map[key]int{}
	for _, r := range rows {
		k := key{r.Key, r.Month}
		if before, twice := first[k]; twice {
			l.Add(fault.Problem{File: in.Name, Row: r.Row, Column: "month", Value: string(r.Division), Message: fault.Msg("exchange.due.twice", "month", int(r.Month), "first", before)})
			continue
		}
		first[k] = r.Row
	}
	return rows, l.Err()
}

// WriteDues (应征数填报表) writes a workbook of contributions due to fill in or to look at: a row for every area and month, those without a
// figure blank.
func WriteDues(w io.Writer, all []budget.Dues, notes []Note, p *locale.Printer) error {
	t := Table{Sheet: p.T("exchange.sheet." + string(dueRows)), Wide: 3}
	for _, name := range []string{"year", "division", columnName, "insurance", "month", "due", columnDataKind} {
		t.Heads = append(t.Heads, p.T(columnKey+name))
	}
	for _, d := range all {
		kind := ""
		if d.Synthetic {
			kind = word(p, wordSynthetic)
		}
		for i, m := range d.Months {
			amount := TextCell("")
			if m.Known {
				amount = AmountCell(m.Amount)
			}
			t.Rows = append(t.Rows, []TableCell{TextCell(strconv.Itoa(int(d.Year))), TextCell(string(d.Division)), TextCell(p.Division(d.Division)), TextCell(word(p, string(d.Insurance))),
				NumberCell(strconv.Itoa(i + 1)), amount, TextCell(kind)})
		}
	}
	return WriteTables(w, []Table{t}, notes, p)
}
