package web

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"

	"tongchou/internal/budget"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// areaScores are the stages of one pooling area.
type areaScores struct {
	Division region.Code
	Stages   []scoreView
}

// evaluated gives the area's evaluation when it is in force.
func (a areaScores) evaluated() (budget.Evaluation, office.DocumentID, bool) {
	v := a.Stages[len(a.Stages)-1]
	if !v.approved() {
		return budget.Evaluation{}, "", false
	}
	e, err := v.Card.Evaluate()
	return e, v.Document.ID, err == nil
}

// scoresModel is how far performance has come in every area, and the index that follows.
type scoresModel struct {
	Year               int
	Years, Insurances  []pickView
	Table              ledgerTable
	Missing            []string
	Indexed            bool
	Weighted           bool
	Next               int
	Factors, Self      string
	MayApply, HasNext  bool
	MayTake            bool
	Applied            bool
	NextText, NextPath string
}

// budgetListOf is a page about all areas for the year and insurance type of one budget.
func (b *budgetView) budgetListOf(path string) string {
	return b.link(path, "year", "", "insurance", string(b.key.Insurance), "fy", strconv.Itoa(int(b.key.Year)))
}

// areas are the pooling areas of the province, and the provincial unit when it has something.
func (d *budgetDesk) areas(f *frame, has func(region.Code) bool) []region.Code {
	var out []region.Code
	for _, p := range d.Engine.Tree.Prefectures(f.province()) {
		out = append(out, p.Code)
	}
	if has(f.province()) {
		out = append(out, f.province())
	}
	scope := f.scope(office.View)
	return slices.DeleteFunc(out, func(c region.Code) bool { return !scope.Holds(c) })
}

// areaScores reads the stages of every area the reader may see.
func (d *budgetDesk) areaScores(ctx context.Context, f *frame, insurance pool.Insurance, year policy.Year) ([]areaScores, error) {
	all, err := d.Store.Sheets(ctx, f.scope(office.View), insurance, year)
	if err != nil {
		return nil, err
	}
	kept := map[region.Code]bool{}
	for _, x := range all {
		kept[x.Division] = kept[x.Division] || x.Kind == store.PerformanceSheet
	}
	var out []areaScores
	for _, code := range d.areas(f, func(c region.Code) bool { return kept[c] }) {
		b := &budgetView{frame: f, desk: d, key: pool.Key{Year: year, Division: code, Insurance: insurance}}
		a := areaScores{Division: code}
		for _, stage := range budget.Stages() {
			a.Stages = append(a.Stages, scoreView{Stage: stage})
		}
		if kept[code] {
			scores, err := b.scores(ctx)
			if err != nil {
				return nil, err
			}
			a.Stages = scores.stages
		}
		out = append(out, a)
	}
	return out, nil
}

// indexOf is the index of every area, with the documents it rests on; false, with those missing, until all evaluations are in force.
//
// 依据: SC38-3.6
func indexOf(areas []areaScores) (index map[region.Code]money.Ratio, missing []region.Code, err error) {
	var done []budget.Evaluation
	for _, a := range areas {
		e, _, ok := a.evaluated()
		if !ok {
			missing = append(missing, a.Division)
			continue
		}
		done = append(done, e)
	}
	if len(missing) > 0 || len(done) == 0 {
		return nil, missing, nil
	}
	index, err = budget.Index(done)
	return index, nil, err
}

func (d *budgetDesk) scoresPage(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.scoresModel(f, r)
	if err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.menu.budget"), Path: f.link("/budget")}}, err)
	}
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, budgetScoresPage(f, m))
}

func (d *budgetDesk) scoresExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.scoresModel(f, r)
	if err != nil {
		return err
	}
	return f.takeTables(w, r.PathValue("file"), "performance-"+strconv.Itoa(m.Year), []exchange.Note{{Name: f.T("web.ledger.filter.year"), Text: strconv.Itoa(m.Year)},
		{Name: f.T("web.filter.insurance"), Text: f.T("web.insurance." + string(f.budgetInsurance()))}, {Name: f.T("web.budget.score.index"), Text: f.T("web.budget.score.index.text")}}, []ledgerTable{m.Table})
}

// budgetPicks are the years and insurance types that a list of the budget may be of.
func (f *frame) budgetPicks(path string) (years, insurances []pickView) {
	year, insurance := f.budgetYear(), f.budgetInsurance()
	for _, i := range pool.Insurances() {
		insurances = append(insurances, pickView{Text: f.T("web.insurance." + string(i)), Path: f.link(path, "year", "", "insurance", string(i), "fy", strconv.Itoa(int(year))), Current: i == insurance})
	}
	for y := year - 1; y <= year+1; y++ {
		years = append(years, pickView{Text: strconv.Itoa(int(y)), Path: f.link(path, "year", "", "insurance", string(insurance), "fy", strconv.Itoa(int(y))), Current: y == year})
	}
	return years, insurances
}

// budgetList is a page of the budget about all areas, with the year and insurance type that are shown.
func (f *frame) budgetList(path string, more ...string) string {
	return f.link(path, append([]string{"year", "", "insurance", string(f.budgetInsurance()), "fy", strconv.Itoa(int(f.budgetYear()))}, more...)...)
}

func (d *budgetDesk) scoresModel(f *frame, r *http.Request) (scoresModel, error) {
	year, insurance := f.budgetYear(), f.budgetInsurance()
	m := scoresModel{Year: int(year), Next: int(year) + 1, Self: f.budgetList("/budget/performance"), Factors: f.budgetList("/budget/performance/factors.xlsx"),
		MayApply: f.may(office.Import, f.province()) && f.site.Province != nil, MayTake: f.may(office.Export, f.province()), Applied: f.seen.Get("done") == "applied"}
	m.Years, m.Insurances = f.budgetPicks("/budget/performance")
	areas, err := d.areaScores(r.Context(), f, insurance, year)
	if err != nil {
		return m, err
	}
	index, missing, err := indexOf(areas)
	if err != nil {
		return m, err
	}
	whole := f.scope(office.View).Holds(f.province())
	if m.Indexed = whole && index != nil; whole {
		for _, code := range missing {
			m.Missing = append(m.Missing, f.Division(code))
		}
	}
	_, m.HasNext = d.nextFactors(f, insurance, year+1)
	if e, ok := d.pack.At((year + 1).End()).Get("pool.factor.performance"); ok && e.Value.Rate() > 0 {
		m.Weighted = true
	}
	m.NextPath = f.link("/data/"+string(exchange.Factors), rowsYear, strconv.Itoa(m.Next), rowsInsurance, string(insurance))
	m.Table = f.scoresTable(year, insurance, areas, index)
	return m, nil
}

func (f *frame) scoresTable(year policy.Year, insurance pool.Insurance, areas []areaScores, index map[region.Code]money.Ratio) ledgerTable {
	t := ledgerTable{ID: "scores", Title: f.T("web.budget.score.list", "year", int(year), "insurance", insurance), Clause: "SC38-3.6", Empty: f.T("web.budget.score.empty"),
		Heads: f.ledgerHeads("web.column.division", "web.budget.score.targets", "#", "web.budget.score.count", "web.budget.score.monitoring", "#", "web.budget.score.halfway", "web.budget.score.evaluation", "#", "web.budget.score.final", "#", "web.budget.score.index")}
	for _, a := range areas {
		k := pool.Key{Year: year, Division: a.Division, Insurance: insurance}
		row := ledgerRow{Cells: []ledgerCell{linkCell(f.Division(a.Division), f.budgetLink(k, "performance"))}}
		for i, v := range a.Stages {
			state, figure := markCell(f.T("web.budget.score.none"), ""), textCell("\u2014")
			if v.Has {
				mark := "warn"
				if v.approved() {
					mark = "good"
				}
				state = markCell(f.Text(v.state().Label()), mark)
				state.Path = f.budgetLink(k, "performance", "stage", string(v.Stage))
				if i == 0 {
					figure = numberCell(strconv.Itoa(len(v.Card.Rows)), strconv.Itoa(len(v.Card.Rows)))
				} else if e, err := v.Card.Evaluate(); err == nil {
					figure = numberCell(e.Score.Text(2), e.Score.Exact(6))
				}
			}
			row.Cells = append(row.Cells, state, figure)
		}
		at := textCell("\u2014")
		if x, ok := index[a.Division]; ok {
			at = numberCell(x.Text(6), x.Exact(6))
		}
		row.Cells = append(row.Cells, at)
		t.Rows = append(t.Rows, row)
	}
	return t
}

// nextFactors are the factors of a year as the data have them; without any, a row for each area to be filled in.
func (d *budgetDesk) nextFactors(f *frame, insurance pool.Insurance, year policy.Year) ([]pool.FactorRow, bool) {
	var out []pool.FactorRow
	for _, row := range f.book.facts.Factors {
		if row.Year == year && row.Insurance == insurance {
			out = append(out, row)
		}
	}
	return out, len(out) > 0
}

// indexed puts the index of a year's evaluations to the factors of the next, with the documents it comes from by area. Refused are
// evaluations that are not all in force.
//
// 依据: SC38-3.6
func (d *budgetDesk) indexed(f *frame, r *http.Request) (rows []pool.FactorRow, sources map[region.Code]string, err error) {
	year, insurance := f.budgetYear(), f.budgetInsurance()
	areas, err := d.areaScores(r.Context(), f, insurance, year)
	if err != nil {
		return nil, nil, err
	}
	index, missing, err := indexOf(areas)
	if err != nil {
		return nil, nil, err
	}
	if index == nil {
		return nil, nil, fault.Refuse(fault.Problem{Message: fault.Msg("web.budget.score.incomplete", "count", len(missing), "year", int(year)), Clause: "SC38-3.6"})
	}
	sources = map[region.Code]string{}
	made := map[region.Code]bool{}
	rows, has := d.nextFactors(f, insurance, year+1)
	for _, a := range areas {
		e, document, _ := a.evaluated()
		sources[a.Division] = f.T("web.budget.score.source", "year", int(year), "document", string(document), "score", e.Score.Text(2))
		made[a.Division] = a.Stages[len(a.Stages)-1].Card.Synthetic
		if !has {
			rows = append(rows, pool.FactorRow{Key: pool.Key{Year: year + 1, Division: a.Division, Insurance: insurance}})
		}
	}
	for i := range rows {
		x, ok := index[rows[i].Division]
		if !ok {
			return nil, nil, fault.Refuse(fault.Problem{Column: "division", Value: string(rows[i].Division), Message: fault.Msg("web.budget.score.no_area", "division", rows[i].Division), Clause: "SC38-3.6"})
		}
		six, err := money.ParseRate(x.Text(6))
		if err != nil {
			return nil, nil, fault.Wrap(err, "web.budget.rate", "value", x.Text(6))
		}
		values := map[pool.Factor]money.Ratio{pool.Performance: six.Ratio()}
		for factor, value := range rows[i].Values {
			if factor != pool.Performance {
				values[factor] = value
			}
		}
		rows[i].Values, rows[i].Synthetic = values, rows[i].Synthetic || made[rows[i].Division]
	}
	return rows, sources, nil
}

// scoresFactors gives next year's factors with the index in them, and where each comes from beside it.
func (d *budgetDesk) scoresFactors(f *frame, w http.ResponseWriter, r *http.Request) error {
	rows, sources, err := d.indexed(f, r)
	if err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.budget.tab.scores"), Path: f.budgetList("/budget/performance")}}, err)
	}
	notes := []exchange.Note{{Name: f.T("web.budget.score.index"), Text: f.T("web.budget.score.index.text")}, {Name: f.T("web.ledger.note.at"), Text: f.site.Now().Format("2006-01-02 15:04:05 -07:00")},
		{Name: f.T("web.ledger.note.by"), Text: string(f.subject.ID)}, {Name: f.T("web.ledger.note.policy"), Text: f.policyVersion()}}
	var out bytes.Buffer
	if err := exchange.WriteFactorBook(&out, rows, sources, notes, f.Printer); err != nil {
		return err
	}
	return attach(w, "factors-"+strconv.Itoa(int(f.budgetYear())+1)+"-"+string(f.budgetInsurance())+".xlsx", workbookType, out.Bytes())
}

// applyScores writes the index into next year's factors in the data directory, and into the audit chain what it came from.
func (d *budgetDesk) applyScores(f *frame, w http.ResponseWriter, r *http.Request) error {
	back := []tabView{{Text: f.T("web.budget.tab.scores"), Path: f.budgetList("/budget/performance")}}
	if err := readForm(w, r); err != nil {
		return f.notDone(w, r, back, err)
	}
	if err := d.apply(f, r); err != nil {
		return f.notDone(w, r, back, err)
	}
	f.goTo(w, r, f.budgetList("/budget/performance", "done", "applied"))
	return nil
}

func (d *budgetDesk) apply(f *frame, r *http.Request) error {
	importer, ok := d.Province.(Importer)
	if !ok {
		return errNotFound
	}
	year, insurance := f.budgetYear(), f.budgetInsurance()
	rows, sources, err := d.indexed(f, r)
	if err != nil {
		return err
	}
	if _, has := d.nextFactors(f, insurance, year+1); !has {
		return fault.New(fault.Refused, "web.budget.score.no_factors", "year", int(year)+1)
	}
	var content bytes.Buffer
	if err := exchange.WriteFactorsCSV(&content, rows); err != nil {
		return err
	}
	act := f.act(f.province(), "apply_performance", office.Object{Kind: "factors", ID: strconv.Itoa(int(year)+1) + "/" + string(insurance)}, "")
	for _, row := range rows {
		act.Record.After = append(act.Record.After, office.Field{Name: string(row.Division), Value: row.Values[pool.Performance].Exact(6) + " " + sources[row.Division]})
	}
	_, err = d.Store.Write(r.Context(), f.once(act, r), func(*store.Tx) error {
		_, err := importer.ImportWithin(nil, exchange.Factors, exchange.Input{Name: "performance.csv", Content: content.Bytes()}, true)
		return err
	})
	return err
}
