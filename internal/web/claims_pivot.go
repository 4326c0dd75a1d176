package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/claim"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/region"
)

// pivotModel is the page of the pivot (透视).
type pivotModel struct {
	Rows, Columns, Measures, Views []pickView
	Filters                        []pivotFilter
	Hidden                         [][2]string // choices that the form of filters keeps
	Clear                          string
	Filtered                       bool
	Title, Unit                    string
	Heads                          []string
	Lines                          []pivotLine
	Total                          []pivotCellView
	Published, MayView             bool
	Suppressed, Margins            bool // whether any cell is; whether sums are left out for it
	CSV, XLSX                      string
}

// pivotFilter is a choice of one value of a dimension.
type pivotFilter struct {
	ID, Name string
	Options  []pivotOption
}

type pivotOption struct {
	Value, Text string
	Chosen      bool
}

// pivotLine is a row of the pivot.
type pivotLine struct {
	Name  string
	Cells []pivotCellView
}

// pivotCellView is a cell; Path leads to the rows behind it.
type pivotCellView struct {
	Text, Title, Path string
	Suppressed        bool
}

// The measures of the pivot.
const (
	measureCost        = "cost"
	measureSettlements = "settlements"
	measurePersons     = "persons"
	measureScope       = "scope"
	measureFund        = "fund"
	measurePerson      = "person"
)

func measures() []string {
	return []string{measureCost, measureFund, measureScope, measurePerson, measureSettlements, measurePersons}
}

// pivotAsk is what a page of the pivot asks for.
type pivotAsk struct {
	rows, columns lake.Dimension // columns is empty for a single column
	measure       string
	where         map[lake.Dimension][]string
	publish       bool
}

// ask reads what is asked for; what is not known is as if it were not there. Without the right to see rows, few persons are
// never told.
func (c *claimsDesk) ask(f *frame) pivotAsk {
	dimension := func(name string, usual lake.Dimension) lake.Dimension {
		if d := lake.Dimension(f.seen.Get(name)); slices.Contains(lake.Dimensions(), d) {
			return d
		}
		return usual
	}
	a := pivotAsk{rows: dimension("rows", lake.ByCity), columns: dimension("columns", ""), measure: measureCost, where: map[lake.Dimension][]string{},
		publish: !c.mayRead(f) || f.seen.Get("view") != "inside"}
	if !f.seen.Has("columns") {
		a.columns = lake.ByInsurance
	}
	if a.columns == a.rows {
		a.columns = ""
	}
	if m := f.seen.Get("measure"); slices.Contains(measures(), m) {
		a.measure = m
	}
	for _, d := range lake.Dimensions() {
		for _, v := range f.seen[string(d)] {
			if slices.Contains(f.dimensionValues(d), v) && !slices.Contains(a.where[d], v) {
				a.where[d] = append(a.where[d], v)
			}
		}
	}
	return a
}

// address is the query of what is asked for.
func (a pivotAsk) address() url.Values {
	q := url.Values{"rows": {string(a.rows)}, "columns": {string(a.columns)}, "measure": {a.measure}}
	if !a.publish {
		q.Set("view", "inside")
	}
	for d, values := range a.where {
		q[string(d)] = values
	}
	return q
}

func (a pivotAsk) by() []lake.Dimension {
	if a.columns == "" {
		return []lake.Dimension{a.rows}
	}
	return []lake.Dimension{a.rows, a.columns}
}

// pivotLink is the address of a page of the pivot for what is asked, some of it changed.
func (f *frame) pivotLink(path string, a pivotAsk, more ...string) string {
	q := a.address()
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return f.claimsLink(path) + "&" + q.Encode()
}

// dimensionValues are the values of a dimension that filters offer.
func (f *frame) dimensionValues(d lake.Dimension) []string {
	var out []string
	switch d {
	case lake.ByCity:
		province := f.book.province(f.site.pack)
		for _, p := range f.site.Engine.Tree.Prefectures(province) {
			out = append(out, string(p.Code))
		}
		return append(out, string(province))
	case lake.ByInsurance:
		return []string{claim.EmployeeInsurance, claim.ResidentInsurance}
	case lake.ByLevel:
		return []string{"3", "2", "1", "0"}
	case lake.ByCare:
		return strings.Fields("11 12 13 14 15 16 19 21 22 23 24 25 26 27 28 41 51 52 53 91 92 93 99")
	case lake.ByMonth:
		for m := range 12 {
			out = append(out, strconv.Itoa(m+1))
		}
	}
	return out
}

// dimensionText names a value of a dimension.
func (f *frame) dimensionText(d lake.Dimension, value string) string {
	switch d {
	case lake.ByCity:
		return f.Short(region.Code(value))
	case lake.ByInsurance:
		return f.insuranceCode(value)
	case lake.ByLevel:
		return f.T("web.claims.level." + value)
	case lake.ByCare:
		return f.careName(value)
	}
	return f.T("web.claims.month", "month", value)
}

// pivots are the answers that a page of the pivot is made of.
type pivots struct{ cells, rows, columns lake.Pivot }

func (c *claimsDesk) drawPivot(f *frame, w http.ResponseWriter, r *http.Request, a pivotAsk) (pivots, bool, error) {
	s := f.claims.snapshot
	q := question{fault.Msg("web.claims.job.pivot", "year", int(s.Year), "kind", s.Kind), "pivot", []string{a.address().Encode()}}
	return answered(c, f, w, r, q, func(ctx context.Context, b *job) (out pivots, err error) {
		if err := c.prepare(ctx, s, b); err != nil {
			return out, err
		}
		b.say(fault.Msg("web.claims.phase.pivot"), 0, 0)
		session, err := c.session(ctx, s)
		if err != nil {
			return out, err
		}
		defer session.Close() // only read from
		draw := func(by ...lake.Dimension) (lake.Pivot, error) {
			return session.Pivot(ctx, lake.PivotQuery{By: by, Where: a.where, Publish: a.publish, Persons: a.measure == measurePersons})
		}
		if out.cells, err = draw(a.by()...); err != nil || a.columns == "" {
			return out, err
		}
		if out.rows, err = draw(a.rows); err != nil {
			return out, err
		}
		out.columns, err = draw(a.columns)
		return out, err
	})
}

func (c *claimsDesk) pivot(f *frame, w http.ResponseWriter, r *http.Request) error {
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.pivot")); done || err != nil {
		return err
	}
	a := c.ask(f)
	drawn, there, err := c.drawPivot(f, w, r, a)
	if !there || err != nil {
		return err
	}
	m := pivotModel{Published: a.publish, MayView: c.mayRead(f), Filtered: len(a.where) > 0, Clear: f.pivotLink("/data/claims/pivot", pivotAsk{rows: a.rows, columns: a.columns, measure: a.measure, publish: a.publish}),
		CSV: f.pivotLink("/data/claims/pivot/export.csv", a), XLSX: f.pivotLink("/data/claims/pivot/export.xlsx", a), Title: f.T("web.claims.measure." + a.measure), Unit: f.measureUnit(a.measure)}
	f.pivotPicks(&m, a)
	f.pivotTable(&m, a, drawn)
	return f.render(w, r, http.StatusOK, pivotPage(f, m))
}

func (f *frame) measureUnit(measure string) string {
	switch measure {
	case measureSettlements:
		return f.T("web.claims.unit.settlements")
	case measurePersons:
		return f.T("web.claims.unit.persons")
	}
	return f.T("web.unit." + string(f.unit))
}

func (f *frame) pivotPicks(m *pivotModel, a pivotAsk) {
	pick := func(text, name, value string, current bool) pickView {
		return pickView{text, f.pivotLink("/data/claims/pivot", a, name, value), current}
	}
	m.Columns = append(m.Columns, pick(f.T("web.claims.columns.none"), "columns", "", a.columns == ""))
	for _, d := range lake.Dimensions() {
		text := f.T("web.claims.dimension." + string(d))
		m.Rows = append(m.Rows, pick(text, "rows", string(d), d == a.rows))
		if d != a.rows {
			m.Columns = append(m.Columns, pick(text, "columns", string(d), d == a.columns))
		}
		filter := pivotFilter{ID: string(d), Name: text, Options: []pivotOption{{"", f.T("web.data.all"), len(a.where[d]) == 0}}}
		for _, v := range f.dimensionValues(d) {
			filter.Options = append(filter.Options, pivotOption{v, f.dimensionText(d, v), slices.Contains(a.where[d], v)})
		}
		m.Filters = append(m.Filters, filter)
	}
	for _, x := range measures() {
		m.Measures = append(m.Measures, pick(f.T("web.claims.measure."+x), "measure", x, x == a.measure))
	}
	m.Views = []pickView{pick(f.T("web.claims.view.published"), "view", "", a.publish), pick(f.T("web.claims.view.inside"), "view", "inside", !a.publish)}
	address := a.address()
	for _, name := range []string{"rows", "columns", "measure", "view"} {
		m.Hidden = append(m.Hidden, [2]string{name, address.Get(name)})
	}
	m.Hidden = append(m.Hidden, [2]string{claimsYear, yearOf(f.claims.year)}, [2]string{claimsKind, string(f.claims.kind)}, [2]string{claimsInsurance, string(f.claims.insurance)})
}

// sumOf is a cell's measure.
func sumOf(c lake.PivotCell, measure string) (n int64, amount bool) {
	switch measure {
	case measureSettlements:
		return c.Settlements, false
	case measurePersons:
		return c.Persons, false
	case measureScope:
		return int64(c.Scope), true
	case measureFund:
		return int64(c.Fund), true
	case measurePerson:
		return int64(c.Person), true
	}
	return int64(c.Cost), true
}

// suppressedMark stands in a cell that is not published.
const suppressedMark = "\u203b"

func (f *frame) pivotCell(c lake.PivotCell, a pivotAsk, keys ...string) pivotCellView {
	if c.Suppressed {
		return pivotCellView{Text: suppressedMark, Title: f.suppressedText(), Suppressed: true}
	}
	n, amount := sumOf(c, a.measure)
	out := pivotCellView{Text: f.Value(n)}
	if amount {
		out.Text, out.Title = f.amount(money.Fen(n)), f.exact(money.Fen(n))
	}
	deeper := a
	deeper.where = map[lake.Dimension][]string{}
	for d, values := range a.where {
		deeper.where[d] = values
	}
	for i, key := range keys {
		deeper.where[a.by()[i]] = []string{key}
	}
	out.Path = f.pivotLink("/data/claims/pivot/rows", deeper)
	return out
}

func (f *frame) suppressedText() string {
	return f.T("web.claims.suppressed", "fewest", lake.FewestPersons)
}

// cellsBy sorts cells by their keys.
func cellsBy(p lake.Pivot) map[string]lake.PivotCell {
	out := map[string]lake.PivotCell{}
	for _, c := range p.Cells {
		out[strings.Join(c.Keys, " ")] = c
	}
	return out
}

// keysOf are the values of a dimension that cells have, in the order filters offer them.
func (f *frame) keysOf(p lake.Pivot, at int, d lake.Dimension) []string {
	var out []string
	for _, c := range p.Cells {
		if !slices.Contains(out, c.Keys[at]) {
			out = append(out, c.Keys[at])
		}
	}
	order := f.dimensionValues(d)
	slices.SortStableFunc(out, func(x, y string) int {
		i, j := slices.Index(order, x), slices.Index(order, y)
		if i < 0 || j < 0 {
			return strings.Compare(x, y)
		}
		return i - j
	})
	return out
}

// open tells whether the sums along a dimension may be shown: none of them is suppressed, and no line is suppressed as a whole.
// A sum beside suppressed ones would give them away.
func (p pivots) open(at int, margins lake.Pivot) bool {
	shown := map[string]bool{}
	for _, c := range p.cells.Cells {
		shown[c.Keys[at]] = shown[c.Keys[at]] || !c.Suppressed
	}
	for _, c := range margins.Cells {
		if c.Suppressed || !shown[c.Keys[0]] {
			return false
		}
	}
	return true
}

// pivotTable fills in the table: rows by columns with their sums, or a single column.
func (f *frame) pivotTable(m *pivotModel, a pivotAsk, drawn pivots) {
	grid := f.pivotGrid(a, drawn)
	m.Heads = append([]string{f.T("web.claims.dimension." + string(a.rows))}, grid.heads...)
	m.Suppressed, m.Margins = grid.suppressed, grid.closed
	for _, line := range grid.lines {
		out := pivotLine{Name: f.dimensionText(a.rows, line.key)}
		for _, c := range line.cells {
			out.Cells = append(out.Cells, f.gridCell(c, a))
		}
		m.Lines = append(m.Lines, out)
	}
	for _, c := range grid.total {
		m.Total = append(m.Total, f.gridCell(c, a))
	}
}

func (f *frame) gridCell(c gridCell, a pivotAsk) pivotCellView {
	switch {
	case c.closed:
		return pivotCellView{Text: suppressedMark, Title: f.T("web.claims.suppressed.sum"), Suppressed: true}
	case !c.there:
		return pivotCellView{Text: "\u2014"}
	}
	view := f.pivotCell(c.cell, a, c.keys...)
	if c.column {
		deeper := a
		deeper.where = map[lake.Dimension][]string{}
		for d, values := range a.where {
			deeper.where[d] = values
		}
		deeper.where[a.columns] = c.keys
		view = f.pivotCell(c.cell, a)
		if !c.cell.Suppressed {
			view.Path = f.pivotLink("/data/claims/pivot/rows", deeper)
		}
	}
	return view
}

// pivotGrid is the table before it is written.
type pivotGrid struct {
	heads              []string
	lines              []gridLine
	total              []gridCell
	suppressed, closed bool
}

type gridLine struct {
	key   string
	cells []gridCell
}

// gridCell is a cell with its keys; column tells that its key is one of the columns; closed that a sum is not shown.
type gridCell struct {
	cell                  lake.PivotCell
	keys                  []string
	there, column, closed bool
}

func (f *frame) pivotGrid(a pivotAsk, drawn pivots) pivotGrid {
	var g pivotGrid
	cells := cellsBy(drawn.cells)
	for _, c := range drawn.cells.Cells {
		g.suppressed = g.suppressed || c.Suppressed
	}
	rows := f.keysOf(drawn.cells, 0, a.rows)
	if a.columns == "" {
		g.heads = []string{f.T("web.claims.measure." + a.measure)}
		for _, key := range rows {
			g.lines = append(g.lines, gridLine{key, []gridCell{{cell: cells[key], keys: []string{key}, there: true}}})
		}
		g.total = []gridCell{{cell: drawn.cells.Total, there: true}}
		return g
	}
	columns := f.keysOf(drawn.cells, 1, a.columns)
	rowSums, columnSums := cellsBy(drawn.rows), cellsBy(drawn.columns)
	rowsOpen, columnsOpen := drawn.open(0, drawn.rows), drawn.open(1, drawn.columns)
	g.closed = !rowsOpen || !columnsOpen
	for _, column := range columns {
		g.heads = append(g.heads, f.dimensionText(a.columns, column))
	}
	g.heads = append(g.heads, f.T("web.claims.sum"))
	for _, key := range rows {
		line := gridLine{key: key}
		for _, column := range columns {
			c, ok := cells[key+" "+column]
			line.cells = append(line.cells, gridCell{cell: c, keys: []string{key, column}, there: ok})
		}
		line.cells = append(line.cells, gridCell{cell: rowSums[key], keys: []string{key}, there: true, closed: !rowsOpen})
		g.lines = append(g.lines, line)
	}
	for _, column := range columns {
		g.total = append(g.total, gridCell{cell: columnSums[column], keys: []string{column}, there: true, column: true, closed: !columnsOpen})
	}
	g.total = append(g.total, gridCell{cell: drawn.cells.Total, there: true})
	return g
}

// pivotExport gives the table as a file.
func (c *claimsDesk) pivotExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("file")
	if file != "export.csv" && file != "export.xlsx" {
		return errNotFound
	}
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.pivot")); done || err != nil {
		return err
	}
	a := c.ask(f)
	drawn, there, err := c.drawPivot(f, w, r, a)
	if !there || err != nil {
		return err
	}
	grid := f.pivotGrid(a, drawn)
	t := exchange.Table{Sheet: f.T("web.claims.tab.pivot"), Wide: 2, Heads: append([]string{f.T("web.claims.column.key"), f.T("web.claims.dimension." + string(a.rows))}, grid.heads...)}
	t.Heads = append(t.Heads, f.T("web.data.nature"))
	add := func(key, name string, cells []gridCell) {
		row := []exchange.TableCell{exchange.TextCell(key), exchange.TextCell(name)}
		for _, c := range cells {
			row = append(row, exportedCell(c, a.measure))
		}
		t.Rows = append(t.Rows, append(row, exchange.TextCell(f.dataKind())))
	}
	for _, line := range grid.lines {
		add(line.key, f.dimensionText(a.rows, line.key), line.cells)
	}
	add("", f.T("web.claims.sum"), grid.total)
	notes := []exchange.Note{{Name: f.T("web.claims.measure"), Text: f.T("web.claims.measure." + a.measure)}, {Name: f.T("web.claims.note.where"), Text: f.whereText(a.where)}}
	if a.publish {
		notes = append(notes, exchange.Note{Name: suppressedMark, Text: f.suppressedText()})
	}
	return c.takeAway(f, w, "pivot", file, drawn.cells.Snapshot, "", notes, []exchange.Table{t})
}

func exportedCell(c gridCell, measure string) exchange.TableCell {
	if c.closed || c.cell.Suppressed {
		return exchange.TextCell(suppressedMark)
	}
	if !c.there {
		return exchange.TextCell("")
	}
	n, amount := sumOf(c.cell, measure)
	if amount {
		return exchange.AmountCell(money.Fen(n))
	}
	return exchange.NumberCell(strconv.FormatInt(n, 10))
}

// whereText writes filters in words.
func (f *frame) whereText(where map[lake.Dimension][]string) string {
	var parts []string
	for _, d := range lake.Dimensions() {
		if len(where[d]) == 0 {
			continue
		}
		var names []string
		for _, v := range where[d] {
			names = append(names, f.dimensionText(d, v))
		}
		parts = append(parts, f.T("web.claims.where.one", "name", fault.Msg("web.claims.dimension."+string(d)), "values", names))
	}
	if len(parts) == 0 {
		return f.T("web.claims.where.all")
	}
	return strings.Join(parts, f.T("web.list.semicolon"))
}

// pivotRowsPage is how many rows a page of the drill-down has.
const pivotRowsPage = 50

// pivotRows shows the rows behind a cell, to whom may see them.
func (c *claimsDesk) pivotRows(f *frame, w http.ResponseWriter, r *http.Request) error {
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.pivot")); done || err != nil {
		return err
	}
	a := c.ask(f)
	m := settlementsModel{Title: f.T("web.claims.pivot.rows"), About: f.whereText(a.where), UpName: f.T("web.claims.tab.pivot"), Allowed: c.mayRead(f)}
	up := a
	up.where = nil
	m.Up = f.pivotLink("/data/claims/pivot", up)
	if !m.Allowed {
		return f.render(w, r, http.StatusForbidden, settlementsPage(f, m))
	}
	page, err := strconv.Atoi(f.seen.Get("page"))
	if err != nil || page < 1 || page > 10_000 {
		page = 1
	}
	session, err := c.session(r.Context(), f.claims.snapshot)
	if err != nil {
		return err
	}
	defer session.Close() // only read from
	rows, more, err := session.Settlements(r.Context(), lake.RowsQuery{Where: a.where, Skip: (page - 1) * pivotRowsPage, Limit: pivotRowsPage})
	if err != nil {
		return err
	}
	if err := c.looked(f, f.whereText(a.where), len(rows)); err != nil {
		return err
	}
	m.Heads, m.Rows = f.settlementTable(rows)
	m.Count = f.Value(int64(len(rows)))
	if page > 1 {
		m.Pages = append(m.Pages, pickView{f.T("web.claims.page.before"), f.pivotLink("/data/claims/pivot/rows", a, "page", strconv.Itoa(page-1)), false})
	}
	m.Pages = append(m.Pages, pickView{strconv.Itoa(page), f.pivotLink("/data/claims/pivot/rows", a, "page", strconv.Itoa(page)), true})
	if more {
		m.Pages = append(m.Pages, pickView{f.T("web.claims.page.next"), f.pivotLink("/data/claims/pivot/rows", a, "page", strconv.Itoa(page+1)), false})
	}
	return f.render(w, r, http.StatusOK, settlementsPage(f, m))
}

// prepare has the parts of a snapshot made that figures are put together from, when they are not there yet. A store that cannot
// be written to is read without them.
func (c *claimsDesk) prepare(ctx context.Context, s lake.Snapshot, b *job) error {
	store, err := c.open(false)
	if err != nil || store == nil {
		return err
	}
	b.say(fault.Msg("web.claims.phase.preparing", "year", int(s.Year)), 0, 0)
	err = store.Prepare(ctx, s.Year, s.Kind, func(done, total int) {
		b.say(fault.Msg("web.claims.phase.preparing", "year", int(s.Year)), int64(done), int64(total))
	})
	if err != nil && ctx.Err() == nil {
		c.Log.Warn("parts cannot be kept", "year", int(s.Year), "error", err)
		return nil
	}
	return ctx.Err()
}
