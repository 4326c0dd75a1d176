package exchange

import (
	"io"

	"tongchou/internal/locale"
	"tongchou/internal/money"
)

// Table (导出表) is a table that a page shows, as a sheet of a workbook.
type Table struct {
	Sheet string
	Heads []string
	Rows  [][]TableCell
	Wide  int // so many first columns hold names
}

// TableCell is a cell: a text, an amount exact to the fen, or a plain decimal that is written as it stands.
type TableCell struct {
	Text   string
	Number string // a plain decimal; empty for texts and amounts
	Amount *money.Fen
}

// TextCell makes a cell of a text.
func TextCell(text string) TableCell { return TableCell{Text: text} }

// NumberCell makes a cell of a plain decimal.
func NumberCell(decimal string) TableCell { return TableCell{Number: decimal} }

// AmountCell makes a cell of an amount.
func AmountCell(amount money.Fen) TableCell { return TableCell{Amount: &amount} }

// Plain is the cell as a CSV file has it.
func (c TableCell) Plain() string {
	switch {
	case c.Amount != nil:
		return c.Amount.String()
	case c.Number != "":
		return c.Number
	}
	return c.Text
}

// Note is a line of the sheet that says where a workbook comes from.
type Note struct{ Name, Text string }

// WriteTables (写出导出表) writes tables as a workbook, amounts in yuan exact to the fen, with a last sheet of notes.
func WriteTables(w io.Writer, tables []Table, notes []Note, p *locale.Printer) error {
	b := newBook(p)
	for _, t := range tables {
		page := b.sheet(t.Sheet)
		for i, head := range t.Heads {
			page.text(i+1, 1, head, headLook())
		}
		for r, row := range t.Rows {
			for i, c := range row {
				page.tableCell(i+1, r+2, c)
			}
		}
		page.widths(append(repeated(22, t.Wide), repeated(17, max(len(t.Heads)-t.Wide, 0))...)...)
		page.freeze(t.Wide, 1)
		page.landscape(paperA4, 1)
	}
	lines := [][]string{}
	for _, n := range notes {
		lines = append(lines, []string{n.Name, n.Text})
	}
	b.sheet(p.T("exchange.sheet.notes")).rows([]string{p.T("exchange.sheet.item"), p.T("exchange.source.value")}, lines, 24, 100)
	return b.writeTo(w)
}

func (p page) tableCell(column, row int, c TableCell) {
	switch {
	case c.Amount != nil:
		p.yuan(column, row, *c.Amount, cellLook())
	case c.Number != "":
		p.number(column, row, c.Number, cellLook())
	default:
		p.text(column, row, c.Text, cellLook())
	}
}
