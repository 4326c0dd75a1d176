package web

import (
	"bytes"
	"net/http"
	"strconv"

	"tongchou/internal/exchange"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// factorsExport gives the factors as files: figures of both insurance types with what was divided by what, or the file that a
// year's pooling reads.
func (c *claimsDesk) factorsExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("file")
	if file != "export.csv" && file != "export.xlsx" && file != "factors.csv" {
		return errNotFound
	}
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.factors")); done || err != nil {
		return err
	}
	drawn, there, err := c.drawFactors(f, w, r)
	if !there || err != nil {
		return err
	}
	if file == "factors.csv" {
		var b bytes.Buffer
		if err := exchange.WriteFactorsCSV(&b, pooledRows(drawn.now, f.claims.made)); err != nil {
			return err
		}
		return attach(w, "factors-"+yearOf(f.claims.year)+".csv", "text/csv; charset=utf-8", b.Bytes())
	}
	tables := []exchange.Table{f.factorLines(drawn)}
	if file == "export.xlsx" {
		tables = append([]exchange.Table{f.factorGrid(drawn)}, tables...)
	}
	return c.takeAway(f, w, "factors", file, drawn.now.Snapshot, f.headsText(drawn.now.Seen), nil, tables)
}

// takeAway answers with tables as a workbook with notes, or with the last of them as a CSV file.
func (c *claimsDesk) takeAway(f *frame, w http.ResponseWriter, name, file string, s lake.Snapshot, heads string, notes []exchange.Note, tables []exchange.Table) error {
	name += "-" + yearOf(s.Year) + "-" + string(s.Kind)
	if file == "export.csv" {
		last := tables[len(tables)-1]
		var rows [][]string
		for _, row := range last.Rows {
			var cells []string
			for _, cell := range row {
				cells = append(cells, cell.Plain())
			}
			rows = append(rows, cells)
		}
		return f.csv(w, name+".csv", last.Heads, rows)
	}
	all := []exchange.Note{
		{Name: f.T("web.claims.note.filters"), Text: f.T("web.claims.note.filters.text", "province", f.provinceName(), "year", int(s.Year), "kind", s.Kind)},
		{Name: f.T("web.claims.note.snapshot"), Text: f.snapshotText(s)},
		{Name: f.T("web.claims.note.at"), Text: c.Now().Format("2006-01-02 15:04:05 -07:00")},
		{Name: f.T("web.claims.note.program"), Text: c.Version},
		{Name: f.T("web.claims.note.rounding"), Text: f.T("web.claims.note.rounding.text")},
	}
	if heads != "" {
		all = append(all, exchange.Note{Name: f.T("web.claims.note.heads"), Text: heads})
	}
	if f.synthetic() {
		all = append([]exchange.Note{{Name: f.T("web.synthetic"), Text: f.T("web.synthetic.title")}}, all...)
	}
	var b bytes.Buffer
	if err := exchange.WriteTables(&b, tables, append(all, notes...), f.Printer); err != nil {
		return err
	}
	return attach(w, name+".xlsx", workbookType, b.Bytes())
}

// dataKind says of a line whether it is made up.
func (f *frame) dataKind() string {
	if f.synthetic() {
		return f.T("web.synthetic")
	}
	return f.T("web.data.reported")
}

// factorGrid is the table of areas by figures, both insurance types.
func (f *frame) factorGrid(drawn drawnFactors) exchange.Table {
	t := exchange.Table{Sheet: f.T("web.claims.tab.factors"), Wide: 3, Heads: []string{f.T("web.claims.column.code"), f.T("web.column.division"), f.T("web.filter.insurance"), f.T("web.claims.headcount")}}
	for _, d := range lake.Definitions() {
		t.Heads = append(t.Heads, f.indicatorName(d.Name))
	}
	t.Heads = append(t.Heads, f.T("web.data.nature"))
	for _, insurance := range pool.Insurances() {
		by := byFigure(drawn.now, insurance)
		for _, row := range drawn.now.Rows {
			if row.Insurance != insurance {
				continue
			}
			cells := []exchange.TableCell{exchange.TextCell(string(row.Division)), exchange.TextCell(f.Division(row.Division)), exchange.TextCell(f.T("web.insurance." + string(insurance))),
				exchange.NumberCell(strconv.FormatInt(row.Headcount, 10))}
			for _, d := range lake.Definitions() {
				cells = append(cells, valueCell(d, by[d.Name][row.Division]))
			}
			t.Rows = append(t.Rows, append(cells, exchange.TextCell(f.dataKind())))
		}
	}
	return t
}

// valueCell is a figure as files carry it: costs in yuan, all else as decimals.
func valueCell(d lake.Definition, i lake.Indicator) exchange.TableCell {
	switch {
	case !i.Known:
		return exchange.TextCell("")
	case d.Cost:
		return exchange.AmountCell(i.Value.Fen())
	}
	return exchange.NumberCell(i.Value.Exact(6))
}

// factorLines is a line for each figure of each area, with what was divided by what and the year before.
func (f *frame) factorLines(drawn drawnFactors) exchange.Table {
	t := exchange.Table{Sheet: f.T("web.claims.sheet.lines"), Wide: 4}
	for _, key := range []string{"web.claims.column.code", "web.column.division", "web.filter.insurance", "web.claims.column.figure", "web.claims.step.numerator",
		"web.claims.step.denominator", "web.claims.column.value", "web.claims.column.before", "web.claims.column.clause", "web.data.nature"} {
		t.Heads = append(t.Heads, f.T(key))
	}
	for _, insurance := range pool.Insurances() {
		now, before := byFigure(drawn.now, insurance), map[pool.Factor]map[region.Code]lake.Indicator{}
		if drawn.before != nil {
			before = byFigure(*drawn.before, insurance)
		}
		for _, row := range drawn.now.Rows {
			for _, d := range lake.Definitions() {
				i, ok := now[d.Name][row.Division]
				if !ok || row.Insurance != insurance {
					continue
				}
				t.Rows = append(t.Rows, []exchange.TableCell{exchange.TextCell(string(row.Division)), exchange.TextCell(f.Division(row.Division)),
					exchange.TextCell(f.T("web.insurance." + string(insurance))), exchange.TextCell(f.indicatorName(d.Name)), sizeCell(d, i.Numerator, false), sizeCell(d, i.Denominator, true),
					valueCell(d, i), valueCell(d, before[d.Name][row.Division]), exchange.TextCell(d.Clause), exchange.TextCell(f.dataKind())})
			}
		}
	}
	return t
}

// sizeCell is what was divided, or what it was divided by.
func sizeCell(d lake.Definition, size int64, denominator bool) exchange.TableCell {
	if counted(d.Name) || d.Cost && denominator {
		return exchange.NumberCell(strconv.FormatInt(size, 10))
	}
	return exchange.AmountCell(money.Fen(size))
}
