package exchange

import (
	"tongchou/internal/catalog"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// catalogueRow is a row of a catalogue as it stands in a file.
type catalogueRow struct {
	fault.Place
	cells     []string
	synthetic bool
}

// catalogueRows is the kind of file of catalogues.
const catalogueRows Kind = "catalogue_rows"

// catalogueNeeded are the columns that a catalogue must have.
var catalogueNeeded = map[string]bool{"med_list_codg": true, "hilist_name": true, "list_type": true, "chrgitm_lv": true, "selfpay_prop": true, "hilist_pric_uplmt_amt": true, "med_chrgitm_type": true}

func catalogueTable() table[catalogueRow] {
	t := table[catalogueRow]{
		kind:  catalogueRows,
		place: func(r *catalogueRow) *fault.Place { return &r.Place },
		label: func(r *catalogueRow) *bool { return &r.synthetic },
	}
	for i, name := range catalog.Columns {
		t.columns = append(t.columns, column[catalogueRow]{name: name, optional: !catalogueNeeded[name], key: i == 0, clause: "SC38-7.1",
			read: func(r *reading, row *catalogueRow) {
				if row.cells == nil {
					row.cells = make([]string, len(catalog.Columns))
				}
				row.cells[i] = r.catalogueCell(name)
			},
			write: func(row catalogueRow) (string, error) { return row.cells[i], nil }})
	}
	return t
}

// catalogueCell reads a cell as a text; days may be written in any way that files write days.
func (r *reading) catalogueCell(name string) string {
	if (name == "begndate" || name == "enddate") && !r.cell.blank() {
		return string(r.date())
	}
	return r.plainIf()
}

// ReadCatalogue (读取医保目录) reads a catalogue from a CSV file or a workbook, with the platform's names of columns or their Chinese or English ones, and says whether it is made
// up. Errors: a fault.Refusal with file, row, column, value and what was expected.
//
// 依据: SC38-7.1
func ReadCatalogue(in Input) (items []catalog.Item, synthetic bool, err error) {
	rows, err := readRows(catalogueTable(), in)
	if err != nil {
		return nil, false, err
	}
	var wrong fault.List
	seen := map[string]int{}
	for i := range rows {
		item, columns := catalog.Parse(rows[i].cells)
		for _, column := range columns {
			wrong.Add(catalog.Wrong(in.Name, rows[i].Row, column, rows[i].value(column)))
		}
		if first, twice := seen[item.Code]; twice {
			wrong.Add(fault.Problem{File: in.Name, Row: rows[i].Row, Column: catalog.Columns[0], Value: item.Code, Message: fault.Msg("catalog.twice", "value", item.Code, "first", first)})
		}
		seen[item.Code] = rows[i].Row
		synthetic = synthetic || rows[i].synthetic
		items = append(items, item)
	}
	return items, synthetic, wrong.Err()
}

func (r *catalogueRow) value(column string) string {
	for i, name := range catalog.Columns {
		if name == column {
			return r.cells[i]
		}
	}
	return ""
}

// CatalogueEdition (目录版本) makes an edition of a file's items, in force from a day.
//
// 依据: SC38-7.1
func CatalogueEdition(in Input, from policy.Date, title string) (*catalog.Edition, error) {
	items, synthetic, err := ReadCatalogue(in)
	if err != nil {
		return nil, err
	}
	return catalog.NewEdition("", from, title, synthetic, items), nil
}
