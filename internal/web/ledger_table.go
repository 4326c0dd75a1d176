package web

import (
	"bytes"
	"net/http"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/money"
)

// ledgerTable is a table that a page shows and that files carry: figures to the fen, each of which may lead somewhere.
type ledgerTable struct {
	ID, Title, Aside string
	Clause           string
	Heads            []headCell
	Rows             []ledgerRow
	Empty            string // said in the place of a table without rows
	Tall             bool   // scrolls by itself
}

// ledgerRow is a row; Total is one that adds others up.
type ledgerRow struct {
	Cells []ledgerCell
	Total bool
	ID    string
}

// ledgerCell is a cell: a text, or an amount.
type ledgerCell struct {
	Text   string
	Path   string
	Amount *money.Fen
	Plain  string // a plain decimal for files
	Depth  int
	Mark   string // the kind of pill around the text
	Title  string
}

func textCell(text string) ledgerCell       { return ledgerCell{Text: text} }
func linkCell(text, path string) ledgerCell { return ledgerCell{Text: text, Path: path} }
func markCell(text, mark string) ledgerCell { return ledgerCell{Text: text, Mark: mark} }

// numberCell is a plain decimal with what people read of it.
func numberCell(text, plain string) ledgerCell { return ledgerCell{Text: text, Plain: plain} }

// fenCell is an amount.
func fenCell(x money.Fen) ledgerCell { return ledgerCell{Text: fen(x), Amount: &x} }

// turnCell is an amount that is left blank when there is none.
func turnCell(x money.Fen) ledgerCell {
	c := fenCell(x)
	if x == 0 {
		c.Text = ""
	}
	return c
}

// to leads a cell somewhere.
func (c ledgerCell) to(path string) ledgerCell {
	c.Path = path
	return c
}

// number tells whether a cell stands at the right.
func (c ledgerCell) number() bool { return c.Amount != nil || c.Plain != "" }

// ledgerHeads are the heads of columns by their keys; # stands before those of figures.
func (f *frame) ledgerHeads(keys ...string) []headCell {
	var out []headCell
	number := false
	for _, key := range keys {
		if key == "#" {
			number = true
			continue
		}
		out = append(out, headCell{Text: f.T(key), Number: number})
		number = false
	}
	return out
}

// exported is the table as files carry it.
func (t ledgerTable) exported() exchange.Table {
	out := exchange.Table{Sheet: t.Title}
	wide := true
	for _, h := range t.Heads {
		out.Heads = append(out.Heads, h.Text)
		if wide = wide && !h.Number; wide {
			out.Wide++
		}
	}
	for _, row := range t.Rows {
		var cells []exchange.TableCell
		for _, c := range row.Cells {
			switch {
			case c.Amount != nil && c.Text != "":
				cells = append(cells, exchange.AmountCell(*c.Amount))
			case c.Plain != "":
				cells = append(cells, exchange.NumberCell(c.Plain))
			default:
				cells = append(cells, exchange.TextCell(c.Text))
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// takeTables answers with tables as a workbook with a sheet of notes, or with the first of them as a CSV file.
func (f *frame) takeTables(w http.ResponseWriter, file, name string, notes []exchange.Note, tables []ledgerTable) error {
	switch file {
	case "export.csv":
		first := tables[0].exported()
		var rows [][]string
		for _, row := range first.Rows {
			var cells []string
			for _, c := range row {
				cells = append(cells, harmless(c))
			}
			rows = append(rows, cells)
		}
		return f.csv(w, name+".csv", first.Heads, rows)
	case "export.xlsx":
		notes = append(notes, exchange.Note{Name: f.T("web.ledger.note.at"), Text: f.site.Now().Format("2006-01-02 15:04:05 -07:00")},
			exchange.Note{Name: f.T("web.ledger.note.by"), Text: string(f.subject.ID)},
			exchange.Note{Name: f.T("web.ledger.note.policy"), Text: f.policyVersion()},
			exchange.Note{Name: f.T("web.ledger.note.program"), Text: f.site.Version})
		if f.synthetic() {
			notes = append([]exchange.Note{{Name: f.T("web.synthetic"), Text: f.T("web.synthetic.title")}}, notes...)
		}
		var sheets []exchange.Table
		for _, t := range tables {
			sheets = append(sheets, t.exported())
		}
		var out bytes.Buffer
		if err := exchange.WriteTables(&out, sheets, notes, f.Printer); err != nil {
			return err
		}
		return attach(w, name+".xlsx", workbookType, out.Bytes())
	}
	return errNotFound
}

// harmless is a cell for a CSV file that no spreadsheet takes for a formula.
func harmless(c exchange.TableCell) string {
	text := c.Plain()
	if c.Amount == nil && c.Number == "" && strings.IndexAny(text, "=+-@\t\r") == 0 {
		return "'" + text
	}
	return text
}

// pageOf is a page behind an address, with the account that a statement is of.
func pageOf(page string) string {
	if page == "" {
		return ""
	}
	return "/" + strings.ReplaceAll(page, "~", "/")
}
