package exchange

import (
	"io"
	"slices"

	"tongchou/internal/locale"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// WriteFactorBook (写出分配因素工作簿) writes factors as a workbook that can be brought in again, with a remark for each division. A row
// without heads is one to be filled in: its headcount stays blank.
func WriteFactorBook(w io.Writer, rows []pool.FactorRow, remarks map[region.Code]string, notes []Note, p *locale.Printer) error {
	factors := factorTable()
	t := Table{Sheet: p.T("exchange.sheet." + string(Factors)), Wide: 2}
	for _, c := range factors.columns {
		t.Heads = append(t.Heads, p.T(columnKey+c.name))
	}
	t.Heads = slices.Insert(t.Heads, 2, p.T(columnKey+columnName))
	t.Heads = append(t.Heads, p.T(columnKey+columnDataKind), p.T(columnKey+columnNote))
	for _, row := range rows {
		record, err := factors.record(row)
		if err != nil {
			return err
		}
		var line []TableCell
		for i, c := range factors.columns {
			switch {
			case c.form == asInsurance:
				line = append(line, TextCell(word(p, record[i])))
			case c.key || record[i] == "" || c.form == asPeople && row.Headcount == 0:
				if c.form == asPeople {
					record[i] = ""
				}
				line = append(line, TextCell(record[i]))
			default:
				line = append(line, NumberCell(record[i]))
			}
		}
		kind := ""
		if row.Synthetic {
			kind = word(p, wordSynthetic)
		}
		line = slices.Insert(line, 2, TextCell(p.Division(row.Division)))
		t.Rows = append(t.Rows, append(line, TextCell(kind), TextCell(remarks[row.Division])))
	}
	return WriteTables(w, []Table{t}, notes, p)
}
