package exchange

import (
	"io"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
)

// BookLine (账簿分录行) is a row of a file of opening balances: an account, what it is kept by, and a debit or a credit, in fen. What
// the texts mean is the book's to say.
type BookLine struct {
	fault.Place
	Account, Of   string
	Debit, Credit money.Fen
	HasDebit      bool
	HasCredit     bool
	Synthetic     bool
}

// BookLines is the kind of file of opening balances of a book.
const BookLines Kind = "book_lines"

func bookLineTable() table[BookLine] {
	return table[BookLine]{
		kind:  BookLines,
		place: func(l *BookLine) *fault.Place { return &l.Place },
		label: func(l *BookLine) *bool { return &l.Synthetic },
		columns: []column[BookLine]{
			{name: "account", read: func(r *reading, l *BookLine) { l.Account, _ = r.needed() }, write: func(l BookLine) (string, error) { return l.Account, nil }},
			{name: "of", optional: true, read: func(r *reading, l *BookLine) { l.Of, _ = r.text() }, write: func(l BookLine) (string, error) { return l.Of, nil }},
			{name: "debit", form: asAmount, read: func(r *reading, l *BookLine) { l.Debit, l.HasDebit = r.amountIf() },
				write: func(l BookLine) (string, error) { return amountText(l.Debit, l.HasDebit) }},
			{name: "credit", form: asAmount, read: func(r *reading, l *BookLine) { l.Credit, l.HasCredit = r.amountIf() },
				write: func(l BookLine) (string, error) { return amountText(l.Credit, l.HasCredit) }},
		},
	}
}

// ReadBookLines (读取期初余额) reads a file of opening balances, with what it calls its columns; rows without an amount are left out.
// Errors: a fault.Refusal with file, row and column.
func ReadBookLines(in Input) ([]BookLine, Headings, error) {
	words, err := vocabulary()
	if err != nil {
		return nil, nil, err
	}
	var problems fault.List
	rows, h := bookLineTable().read(in, words, &sink{file: in.Name, problems: &problems})
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}
	var out []BookLine
	for _, row := range rows {
		if row.HasDebit || row.HasCredit {
			out = append(out, row)
		}
	}
	return out, Headings(h), nil
}

// WriteBookLines (期初余额填报表) writes a workbook of opening balances to fill in or to look at.
func WriteBookLines(w io.Writer, lines []BookLine, notes []Note, p *locale.Printer) error {
	t := Table{Sheet: p.T("exchange.sheet.book_lines"), Wide: 2}
	for _, c := range bookLineTable().columns {
		t.Heads = append(t.Heads, p.T(columnKey+c.name))
	}
	t.Heads = append(t.Heads, p.T(columnKey+columnDataKind))
	amount := func(x money.Fen, has bool) TableCell {
		if !has {
			return TextCell("")
		}
		return AmountCell(x)
	}
	for _, l := range lines {
		kind := ""
		if l.Synthetic {
			kind = word(p, wordSynthetic)
		}
		t.Rows = append(t.Rows, []TableCell{TextCell(l.Account), TextCell(l.Of), amount(l.Debit, l.HasDebit), amount(l.Credit, l.HasCredit), TextCell(kind)})
	}
	return WriteTables(w, []Table{t}, notes, p)
}
