package exchange

import (
	"io"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Kinds of files that are read and not kept in a data directory.
const (
	BankRows   Kind = "bank_rows"
	OrderLines Kind = "order_lines"
)

// BankRow (银行流水) is a row of a bank's or the treasury's statement: money that arrived, in fen. Division is whom the bank
// names as payer; empty when the file does not say.
type BankRow struct {
	Place     fault.Place
	ID        string
	Date      policy.Date
	Insurance pool.Insurance
	Amount    money.Fen
	Division  region.Code
	Payer     string
	Note      string
	Synthetic bool
}

func bankRowTable() table[BankRow] {
	type R = BankRow
	return table[R]{
		kind:  BankRows,
		place: func(r *R) *fault.Place { return &r.Place },
		label: func(r *R) *bool { return &r.Synthetic },
		columns: []column[R]{
			{name: "receipt", key: true, read: func(r *reading, to *R) { to.ID = r.plain() }},
			{name: "date", read: func(r *reading, to *R) { to.Date = r.date() }},
			{name: "insurance", form: asInsurance, read: func(r *reading, to *R) { to.Insurance = r.insurance() }},
			{name: "amount", form: asAmount, read: func(r *reading, to *R) { to.Amount = r.positive() }},
			{name: "division", optional: true, read: func(r *reading, to *R) {
				if !r.cell.blank() {
					to.Division = r.division()
				}
			}},
			{name: "payer", optional: true, read: func(r *reading, to *R) { to.Payer = r.plainIf() }},
			{name: "remark", optional: true, read: func(r *reading, to *R) { to.Note = r.plainIf() }},
		},
	}
}

// ReadBankRows (读取银行流水) reads a bank's or the treasury's statement. Errors: a fault.Refusal with every problem; a file
// without rows, and a number that stands in it twice, are refused too.
func ReadBankRows(in Input) ([]BankRow, error) {
	rows, err := readRows(bankRowTable(), in)
	if err != nil {
		return nil, err
	}
	var l fault.List
	first := map[string]int{}
	for _, r := range rows {
		if before, twice := first[r.ID]; twice {
			l.Add(fault.Problem{File: in.Name, Row: r.Place.Row, Column: "receipt", Value: r.ID, Message: fault.Msg("exchange.receipt.twice", "value", r.ID, "first", before)})
			continue
		}
		first[r.ID] = r.Place.Row
	}
	return rows, l.Err()
}

// OrderLine (用款明细) is a line of a payment order, in fen: a city, for off-site care the place of care and what it claimed, for subsidies the
// level of government that owes them, and an amount, which may be nothing where there is a claim.
type OrderLine struct {
	At        fault.Place
	Division  region.Code
	Place     region.Code
	Level     ledger.Level // the government that owes a subsidy
	Claimed   money.Fen
	Amount    money.Fen
	Synthetic bool
}

func orderLineTable() table[OrderLine] {
	type L = OrderLine
	return table[L]{
		kind:  OrderLines,
		place: func(l *L) *fault.Place { return &l.At },
		label: func(l *L) *bool { return &l.Synthetic },
		columns: []column[L]{
			{name: "division", key: true, read: func(r *reading, to *L) { to.Division = r.division() }},
			{name: "place", key: true, optional: true, read: func(r *reading, to *L) {
				if !r.cell.blank() {
					to.Place = r.division()
				}
			}},
			{name: "level", key: true, optional: true, clause: "SC38-10.2", read: func(r *reading, to *L) { to.Level = r.level() }},
			{name: "claimed", form: asAmount, optional: true, read: func(r *reading, to *L) { to.Claimed, _ = r.amountIf() }},
			{name: "amount", form: asAmount, read: func(r *reading, to *L) {
				if to.Amount = r.amount(); to.Claimed == 0 && to.Amount <= 0 {
					r.refuse("exchange.amount.positive")
				}
			}},
		},
	}
}

// level reads a level of government by its name in any language; blank is none.
func (r *reading) level() ledger.Level {
	text, ok := r.text()
	if !ok {
		return ""
	}
	for _, l := range ledger.Levels() {
		if r.named(text, string(l), l.Name()) {
			return l
		}
	}
	r.refuse("exchange.level")
	return ""
}

// ReadOrderLines (读取用款明细) reads the lines of a payment order. Errors: a fault.Refusal with every problem; a file without
// rows is refused too.
func ReadOrderLines(in Input) ([]OrderLine, error) { return readRows(orderLineTable(), in) }

// readRows reads a file whose rows are all there is to it.
func readRows[R any](t table[R], in Input) ([]R, error) {
	words, err := vocabulary()
	if err != nil {
		return nil, err
	}
	var problems fault.List
	s := &sink{file: in.Name, problems: &problems}
	rows, _ := t.read(in, words, s)
	if len(rows) == 0 && problems.Empty() {
		s.add(fault.Problem{Message: fault.Msg("exchange.rows.none")})
	}
	return rows, problems.Err()
}

// WriteMoneyTemplate (资金表模板) writes a workbook to fill in: the header of bank rows or order lines, and for order lines a
// row for each city.
func WriteMoneyTemplate(w io.Writer, kind Kind, cities []region.Division, p *locale.Printer) error {
	columns, known := moneyColumns()[kind]
	if !known {
		return fault.New(fault.Usage, "exchange.unknown_kind", "value", string(kind), "expected", string(BankRows)+" "+string(OrderLines))
	}
	t := Table{Sheet: p.T("exchange.sheet." + string(kind)), Wide: 1}
	for _, c := range columns {
		t.Heads = append(t.Heads, p.T(columnKey+c))
	}
	if kind == OrderLines {
		t.Heads = append([]string{t.Heads[0], p.T(columnKey + columnName)}, t.Heads[1:]...)
		for _, c := range cities {
			t.Rows = append(t.Rows, []TableCell{TextCell(string(c.Code)), TextCell(p.Division(c.Code))})
		}
	}
	var notes []Note
	for _, c := range columns {
		notes = append(notes, Note{p.T(columnKey + c), p.T(helpKey + string(kind) + "." + c)})
	}
	return WriteTables(w, []Table{t}, notes, p)
}

func moneyColumns() map[Kind][]string {
	return map[Kind][]string{BankRows: bankRowTable().columnNames(), OrderLines: orderLineTable().columnNames()}
}

// longestPlain is how long a text of a bank's row may be, in bytes.
const longestPlain = 400

// plain reads a text that must be there.
func (r *reading) plain() string {
	if _, ok := r.needed(); !ok {
		return ""
	}
	return r.plainIf()
}

// plainIf reads a text; blank is none. Long ones and control characters are refused.
func (r *reading) plainIf() string {
	text, _ := r.text()
	if len(text) > longestPlain || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' }) {
		r.refuse("exchange.plain", "length", longestPlain)
		return ""
	}
	return text
}

// positive reads an amount of more than nothing.
func (r *reading) positive() money.Fen {
	before := r.sink.count
	amount := r.amount()
	if amount <= 0 && r.sink.count == before {
		r.refuse("exchange.amount.positive")
	}
	return amount
}

// dayForms are how files write days.
var dayForms = []string{time.DateOnly, "20060102", "2006/1/2", "2006.1.2", "2006-1-2"}

// date reads a day: written out, or as a workbook keeps it.
func (r *reading) date() policy.Date {
	if r.cell.is == dated {
		if days, err := strconv.Atoi(strings.SplitN(r.cell.text, ".", 2)[0]); err == nil && days > 0 {
			return policy.Date(time.Date(1899, 12, 30+days, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		}
		r.refuse("exchange.day")
		return ""
	}
	text, ok := r.needed()
	if !ok {
		return ""
	}
	text, _, _ = strings.Cut(text, " ")
	for _, form := range dayForms {
		if day, err := time.Parse(form, text); err == nil {
			return policy.Date(day.Format(time.DateOnly))
		}
	}
	r.refuse("exchange.day")
	return ""
}
