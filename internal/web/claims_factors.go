package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// drawnFactors are the factors of a snapshot and those of the year before, where there is such a snapshot.
type drawnFactors struct {
	now    lake.Factors
	before *lake.Factors
}

// factorsModel is the page of factors (因素).
type factorsModel struct {
	Indicators, Sets, Compares []pickView
	Heads                      []headView
	Rows                       []factorRowView
	Total                      []factorCell
	Tiles                      []tileView
	Legend                     []legendLine
	TileTitle                  string
	Trace                      *traceView
	Seen                       bool // headcounts are persons who had a settlement
	Compared                   bool
	Apart                      string // why some figures are not compared with last year's
	Refunds                    string
	Definitions                []definitionView
	Snapshot                   lake.Snapshot
	CSV, XLSX, Pool, Command   string
}

// factorRowView is an area's row.
type factorRowView struct {
	Name, Full string
	Current    bool
	Cells      []factorCell
}

// factorCell is a figure and how it changed against the year before.
type factorCell struct {
	cellView
	Change, ChangeClass string
}

// definitionView is a figure's definition.
type definitionView struct {
	Name, Term, Numerator, Denominator, Clause string
	Pooled                                     bool
}

// headcountName stands for the headcount where figures are named.
const headcountName = "headcount"

// drawFactors draws the factors of the chosen snapshot in the background; it tells whether they are there.
func (c *claimsDesk) drawFactors(f *frame, w http.ResponseWriter, r *http.Request) (drawnFactors, bool, error) {
	reg, err := c.register()
	if err != nil {
		return drawnFactors{}, false, err
	}
	s, last := f.claims.snapshot, f.claims.manifest.Snapshot(f.claims.year-1, f.claims.kind)
	f.claims.made = reg.synthetic && len(reg.heads(s.Year)) > 0
	q := question{fault.Msg("web.claims.job.factors", "year", int(s.Year), "kind", s.Kind), "factors", []string{last.ID, reg.version}}
	return answered(c, f, w, r, q, func(ctx context.Context, b *job) (drawnFactors, error) {
		var out drawnFactors
		steps := int64(1)
		if last.Rows > 0 {
			steps = 2
		}
		if err := c.prepare(ctx, s, b); err != nil {
			return out, err
		}
		b.say(fault.Msg("web.claims.phase.factors", "year", int(s.Year)), 0, steps)
		if out.now, err = c.factorsOf(ctx, s, reg); err != nil || last.Rows == 0 {
			return out, err
		}
		if err := c.prepare(ctx, last, b); err != nil {
			return out, err
		}
		b.say(fault.Msg("web.claims.phase.factors", "year", int(last.Year)), 1, steps)
		before, err := c.factorsOf(ctx, last, reg)
		out.before = &before
		return out, err
	})
}

func (c *claimsDesk) factorsOf(ctx context.Context, s lake.Snapshot, reg *register) (lake.Factors, error) {
	session, err := c.session(ctx, s)
	if err != nil {
		return lake.Factors{}, err
	}
	defer session.Close() // only read from
	return session.Factors(ctx, reg.heads(s.Year))
}

func (c *claimsDesk) factors(f *frame, w http.ResponseWriter, r *http.Request) error {
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.factors")); done || err != nil {
		return err
	}
	drawn, there, err := c.drawFactors(f, w, r)
	if !there || err != nil {
		return err
	}
	t := newDrawnTable(f, drawn)
	trace, err := t.trace()
	if err != nil {
		return err
	}
	if part(r, "trace") {
		return f.render(w, r, http.StatusOK, tracePanel(f, trace))
	}
	m := t.model()
	m.Trace = trace
	m.Command = c.poolCommand(f)
	return f.render(w, r, http.StatusOK, factorsPage(f, m))
}

// poolCommand is how the year is computed with these factors.
func (c *claimsDesk) poolCommand(f *frame) string {
	command := "tongchou-claims pool run --policy " + c.pack.ID + " --year " + strconv.Itoa(int(f.claims.year)) + " --statements statements.csv --claims " + quotedPath(c.Claims.Dir)
	if f.claims.kind != lake.Final {
		command += " --kind " + string(f.claims.kind)
	}
	if reg, err := c.register(); err == nil && len(reg.heads(f.claims.year)) > 0 {
		command += " --enrolled " + quotedPath(c.Claims.Enrolled)
	}
	return command
}

// quotedPath is a path as a command line takes it.
func quotedPath(path string) string {
	for _, c := range path {
		if c == ' ' || c == '\'' || c == '$' || c == '(' {
			return strconv.Quote(path)
		}
	}
	return path
}

// drawnTable lays the figures of one insurance type out.
type drawnTable struct {
	*frame
	drawn  drawnFactors
	at     map[pool.Factor]map[region.Code]lake.Indicator
	before map[pool.Factor]map[region.Code]lake.Indicator
	areas  []region.Code
	shown  []lake.Definition
	tile   pool.Factor
}

// provinceKey stands for the whole province among areas.
const provinceKey = region.Code("")

func newDrawnTable(f *frame, drawn drawnFactors) *drawnTable {
	t := &drawnTable{frame: f, drawn: drawn, at: byFigure(drawn.now, f.claims.insurance), before: map[pool.Factor]map[region.Code]lake.Indicator{}, tile: pool.CostPerHead}
	if drawn.before != nil {
		t.before = byFigure(*drawn.before, f.claims.insurance)
	}
	for _, row := range drawn.now.Rows {
		if row.Insurance == f.claims.insurance {
			t.areas = append(t.areas, row.Division)
		}
	}
	for _, d := range lake.Definitions() {
		if d.Pooled || f.seen.Get("set") == "all" {
			t.shown = append(t.shown, d)
		}
		if string(d.Name) == f.seen.Get("tile") {
			t.tile = d.Name
		}
	}
	return t
}

// byFigure sorts the figures of an insurance type by name and area, the headcount and the province's own among them.
func byFigure(drawn lake.Factors, insurance pool.Insurance) map[pool.Factor]map[region.Code]lake.Indicator {
	out := map[pool.Factor]map[region.Code]lake.Indicator{headcountName: {}}
	add := func(i lake.Indicator) {
		if out[i.Name] == nil {
			out[i.Name] = map[region.Code]lake.Indicator{}
		}
		out[i.Name][i.Division] = i
	}
	for _, i := range drawn.Indicators {
		if i.Insurance == insurance {
			add(i)
		}
	}
	var heads int64
	for _, row := range drawn.Rows {
		if row.Insurance == insurance {
			add(lake.Indicator{Key: row.Key, Name: headcountName, Numerator: row.Headcount, Known: true})
			heads += row.Headcount
		}
	}
	for _, i := range drawn.Province(insurance) {
		add(i)
	}
	add(lake.Indicator{Name: headcountName, Numerator: heads, Known: true})
	return out
}

// definitionOf finds a figure's definition; the headcount has none.
func definitionOf(name pool.Factor) (lake.Definition, bool) {
	for _, d := range lake.Definitions() {
		if d.Name == name {
			return d, true
		}
	}
	return lake.Definition{}, false
}

// perHead are the figures that are divided by headcounts.
func perHead(name pool.Factor) bool {
	return name == headcountName || name == pool.AgedShare || name == pool.CostPerHead || name == pool.AdmissionRate
}

// counted are the figures of heads and settlements that no amount goes into.
func counted(name pool.Factor) bool {
	return name == pool.AgedShare || name == pool.AdmissionRate || name == lake.DirectRate
}

func (f *frame) indicatorName(name pool.Factor) string {
	if name == headcountName {
		return f.T("web.claims.headcount")
	}
	return f.T("lake.factor." + string(name))
}

// indicatorText writes a figure: costs in yuan, shares as percentages.
func (f *frame) indicatorText(i lake.Indicator) string {
	d, _ := definitionOf(i.Name)
	switch {
	case i.Name == headcountName:
		return f.Value(i.Numerator)
	case !i.Known:
		return "\u2014"
	case d.Cost:
		return minus(i.Value.Fen().In(money.Yuan))
	}
	return percent(i.Value, 2)
}

// indicatorExact writes a figure as files carry it.
func (f *frame) indicatorExact(i lake.Indicator) string {
	d, _ := definitionOf(i.Name)
	switch {
	case i.Name == headcountName:
		return f.T("web.claims.persons", "count", i.Numerator)
	case !i.Known:
		return f.T("web.claims.nothing_to_divide")
	case d.Cost:
		return f.exact(i.Value.Fen())
	}
	return minus(i.Value.Exact(6))
}

// change writes how a figure changed: a cost or headcount by so much per cent, a share by so many percentage points.
func (t *drawnTable) change(name pool.Factor, area region.Code) (text string, by money.Ratio) {
	now, ok := t.at[name][area]
	before, had := t.before[name][area]
	if !ok || !had || !now.Known || !before.Known || perHead(name) && t.drawn.now.Seen != t.drawn.before.Seen {
		return "", money.Ratio{}
	}
	if name == headcountName {
		now.Value, before.Value = money.NewRatio(now.Numerator, 1), money.NewRatio(before.Numerator, 1)
	}
	difference := now.Value.Sub(before.Value)
	if d, _ := definitionOf(name); d.Cost || name == headcountName {
		if before.Value.Sign() <= 0 {
			return "", money.Ratio{}
		}
		by = difference.Quo(before.Value)
		return signed(by.Mul(money.NewRatio(100, 1)).Text(1)) + "%", by
	}
	return t.T("web.claims.points", "points", signed(difference.Mul(money.NewRatio(100, 1)).Text(2))), difference
}

func (t *drawnTable) cell(name pool.Factor, area region.Code) factorCell {
	i, ok := t.at[name][area]
	out := factorCell{cellView: cellView{Text: "\u2014"}}
	if !ok {
		out.Title = t.T("web.claims.not_additive")
		return out
	}
	out.Text, out.Title = t.indicatorText(i), t.indicatorExact(i)
	out.Path = t.claimsLink("/data/claims/factors", append(t.kept(), "trace", string(name), "division", cmp.Or(string(area), "province"))...) + "#trace"
	out.Current = t.seen.Get("trace") == string(name) && t.seen.Get("division") == cmp.Or(string(area), "province")
	if t.compared() {
		out.Change, _ = t.change(name, area)
	}
	return out
}

func (t *drawnTable) compared() bool { return t.drawn.before != nil && t.seen.Get("compare") != "no" }

// kept are the choices of this page that its links keep.
func (t *drawnTable) kept() []string {
	var out []string
	for _, name := range []string{"set", "compare", "tile", "sort", "dir"} {
		out = append(out, name, t.seen.Get(name))
	}
	return out
}

func (t *drawnTable) model() factorsModel {
	m := factorsModel{Seen: t.drawn.now.Seen, Compared: t.compared(), Snapshot: t.drawn.now.Snapshot, TileTitle: t.indicatorName(t.tile)}
	figures := []pool.Factor{headcountName}
	for _, d := range t.shown {
		figures = append(figures, d.Name)
	}
	m.Heads = append(m.Heads, t.head(""))
	for _, name := range figures {
		m.Heads = append(m.Heads, t.head(name))
		m.Total = append(m.Total, t.cell(name, provinceKey))
	}
	for _, area := range t.order() {
		row := factorRowView{Name: t.Short(area), Full: t.Division(area), Current: t.seen.Get("division") == string(area)}
		for _, name := range figures {
			row.Cells = append(row.Cells, t.cell(name, area))
		}
		m.Rows = append(m.Rows, row)
	}
	for _, d := range lake.Definitions() {
		m.Indicators = append(m.Indicators, pickView{t.indicatorName(d.Name), string(t.here("tile", string(d.Name))), d.Name == t.tile})
		m.Definitions = append(m.Definitions, definitionView{t.indicatorName(d.Name), string(d.Name), t.T(d.Numerator()), t.T(d.Denominator()), d.Clause, d.Pooled})
	}
	all := t.seen.Get("set") == "all"
	m.Sets = []pickView{{t.T("web.claims.set.pooled"), string(t.here("set", "")), !all}, {t.T("web.claims.set.all"), string(t.here("set", "all")), all}}
	if t.drawn.before != nil {
		m.Compares = []pickView{{t.T("web.claims.compare.yes"), string(t.here("compare", "")), t.compared()}, {t.T("web.claims.compare.no"), string(t.here("compare", "no")), !t.compared()}}
		if t.drawn.before.Seen != t.drawn.now.Seen {
			m.Apart = t.T("web.claims.compare.apart")
		}
	}
	t.tilesOf(&m)
	refunds := t.drawn.now.Refunds
	if refunds.Count > 0 {
		m.Refunds = t.T("web.claims.refunds", "count", refunds.Count, "elsewhere", refunds.Elsewhere, "cost", refunds.ElsewhereCost)
	}
	m.CSV, m.XLSX = t.claimsLink("/data/claims/factors/export.csv"), t.claimsLink("/data/claims/factors/export.xlsx")
	m.Pool = t.claimsLink("/data/claims/factors/factors.csv")
	return m
}

// head is a column's head, a link that sorts by it.
func (t *drawnTable) head(name pool.Factor) headView {
	h := headView{Text: t.T("web.column.division"), Sort: "none"}
	if name != "" {
		h.Text = t.indicatorName(name)
		h.Title = h.Text
	}
	next := "desc"
	if t.seen.Get("sort") == string(name) {
		h.Sort = "ascending"
		if t.seen.Get("dir") == "desc" {
			h.Sort, next = "descending", "asc"
		}
	}
	h.Path = string(t.here("sort", string(name), "dir", next))
	return h
}

// order sorts the areas by the figure asked for; by code when none is.
func (t *drawnTable) order() []region.Code {
	out := slices.Clone(t.areas)
	name := pool.Factor(t.seen.Get("sort"))
	if by := t.at[name]; name != "" && by != nil {
		slices.SortStableFunc(out, func(a, b region.Code) int {
			return cmp.Or(compareBool(by[a].Known, by[b].Known), by[a].Value.Cmp(by[b].Value), cmp.Compare(by[a].Numerator, by[b].Numerator)*btoi(name == headcountName))
		})
	}
	if t.seen.Get("dir") == "desc" {
		slices.Reverse(out)
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// trace is the panel that says where a figure comes from; nil when none is asked for.
func (t *drawnTable) trace() (*traceView, error) {
	name, code := pool.Factor(t.seen.Get("trace")), t.seen.Get("division")
	if name == "" {
		return nil, nil
	}
	area := region.Code(code)
	who := t.Division(area)
	if code == "province" {
		area, who = provinceKey, t.provinceName()
	}
	i, ok := t.at[name][area]
	if !ok {
		return nil, errNotFound
	}
	out := &traceView{Who: who + " \u00b7 " + t.T("web.insurance."+string(t.claims.insurance)), Figure: t.indicatorName(name), Amount: t.indicatorText(i), Exact: t.indicatorExact(i),
		Close: string(t.claimsLink("/data/claims/factors", t.kept()...))}
	add := func(figure, text, clause string) {
		out.Steps = append(out.Steps, stepView{Figure: figure, Text: text, Clause: clause})
	}
	if d, ok := definitionOf(name); ok {
		numerator, denominator := t.sizes(d, i)
		add(t.T("web.claims.step.definition"), t.T("web.claims.step.definition.text", "numerator", fault.Msg(d.Numerator()), "denominator", fault.Msg(d.Denominator())), d.Clause)
		add(t.T("web.claims.step.numerator"), t.T("web.claims.step.size", "what", fault.Msg(d.Numerator()), "size", numerator), "")
		add(t.T("web.claims.step.denominator"), t.T("web.claims.step.size", "what", fault.Msg(d.Denominator()), "size", denominator), "")
		rounding := "web.claims.step.result.share"
		if d.Cost {
			rounding = "web.claims.step.result.cost"
		}
		add(t.T("web.claims.step.result"), t.T(rounding, "numerator", numerator, "denominator", denominator, "result", t.indicatorExact(i)), "")
	}
	if before, ok := t.before[name][area]; ok {
		text, _ := t.change(name, area)
		if text == "" {
			text = t.T("web.claims.not_compared")
		}
		add(t.T("web.claims.step.before"), t.T("web.claims.step.before.text", "year", int(t.claims.year)-1, "value", t.indicatorText(before), "change", text), "")
	}
	add(t.T("web.claims.step.source"), t.source(), "YA-4.8.1")
	return out, nil
}

// sizes writes what is divided and what it is divided by.
func (t *drawnTable) sizes(d lake.Definition, i lake.Indicator) (numerator, denominator string) {
	persons := func(n int64) string { return t.Value(n) }
	amount := func(n int64) string { return t.exact(money.Fen(n)) }
	switch {
	case d.Cost:
		return amount(i.Numerator), persons(i.Denominator)
	case counted(d.Name):
		return persons(i.Numerator), persons(i.Denominator)
	}
	return amount(i.Numerator), amount(i.Denominator)
}

// source says which snapshot figures were drawn from, and whose headcounts they were divided by.
func (t *drawnTable) source() string {
	return t.snapshotText(t.drawn.now.Snapshot) + t.T("web.list.semicolon") + t.headsText(t.drawn.now.Seen)
}

func (f *frame) snapshotText(s lake.Snapshot) string {
	return f.T("web.claims.snapshot.text", "year", int(s.Year), "kind", s.Kind, "rows", s.Rows, "imports", s.Imports, "id", s.ID)
}

func (f *frame) headsText(seen bool) string {
	if seen {
		return f.T("web.claims.heads.seen")
	}
	return f.T("web.claims.heads.enrolled")
}

// pooledRows are the rows that a year's pooling reads: made-up headcounts make them made up, and what there is nothing to divide
// by is blank.
func pooledRows(drawn lake.Factors, made bool) []pool.FactorRow {
	unknown := map[pool.Key][]pool.Factor{}
	for _, i := range drawn.Indicators {
		if !i.Known {
			unknown[i.Key] = append(unknown[i.Key], i.Name)
		}
	}
	var out []pool.FactorRow
	for _, row := range drawn.Rows {
		values := map[pool.Factor]money.Ratio{}
		for name, value := range row.Values {
			if !slices.Contains(unknown[row.Key], name) {
				values[name] = value
			}
		}
		row.Values, row.Synthetic = values, row.Synthetic || made
		out = append(out, row)
	}
	return out
}

// yearOf is a year as text.
func yearOf(y policy.Year) string { return strconv.Itoa(int(y)) }
