package web

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/budget"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// scoreView is a stage of performance as it stands: what is kept of it, and the document that signs it. Targets have versions, counted from 1.
type scoreView struct {
	Stage    budget.Stage
	Version  int
	Sheet    store.Sheet
	Card     budget.Scorecard
	Has      bool
	Document *office.Document
}

// state says how far a stage has come.
func (v scoreView) state() office.State {
	if v.Document == nil {
		return office.Drafted
	}
	return v.Document.State
}

// open tells whether a stage may still be worked on.
func (v scoreView) open() bool { return v.state() == office.Drafted || v.state() == office.Returned }

// approved tells whether a stage is in force.
func (v scoreView) approved() bool { return v.Has && v.state() == office.Approved }

// scoring are the stages of a year as they stand, in order, the targets in their latest version, and every version of the targets.
type scoring struct {
	stages   []scoreView
	versions []scoreView
}

// inForce are the targets approved last; false when there are none.
func (x scoring) inForce() (scoreView, bool) {
	for _, v := range slices.Backward(x.versions) {
		if v.approved() {
			return v, true
		}
	}
	return scoreView{}, false
}

// revisable tells whether targets may be set anew: those there are stand, and the year was not evaluated by them yet.
func (x scoring) revisable() bool {
	evaluation := x.stages[len(x.stages)-1]
	return x.stages[0].approved() && (!evaluation.Has || evaluation.open())
}

// sheet is the revision that a stage is kept as: one for each stage, then later versions of the targets.
func (v scoreView) sheet() int {
	if v.Version > 1 {
		return len(budget.Stages()) + v.Version - 1
	}
	return slices.Index(budget.Stages(), v.Stage) + 1
}

// scoreID names the document that signs a stage.
func (b *budgetView) scoreID(v scoreView) office.DocumentID {
	id := string(b.documentID("performance")) + "-" + string(v.Stage)
	if v.Version > 1 {
		id += "-" + strconv.Itoa(v.Version)
	}
	return office.DocumentID(id)
}

// scores are the stages of the year. One that is worked on has the targets in force.
func (b *budgetView) scores(ctx context.Context) (scoring, error) {
	all, err := b.site.Store.Sheets(ctx, office.Scope{Division: b.key.Division, Reach: office.Own}, b.key.Insurance, b.key.Year)
	if err != nil {
		return scoring{}, err
	}
	docs, err := b.site.Store.Desk(office.Scope{Division: b.key.Division, Reach: office.Own}).OfKind(ctx, office.Performance)
	if err != nil {
		return scoring{}, err
	}
	view := func(v scoreView) (scoreView, error) {
		at := slices.IndexFunc(all, func(x store.Sheet) bool { return x.Kind == store.PerformanceSheet && x.Revision == v.sheet() })
		if at < 0 {
			return v, nil
		}
		v.Sheet = all[at]
		if v.Card, v.Has = budget.ParseScorecard(all[at].Content); !v.Has {
			return v, fault.New(fault.Internal, "web.budget.content", "division", b.key.Division, "year", int(b.key.Year))
		}
		if d := slices.IndexFunc(docs, func(doc office.Document) bool { return doc.ID == b.scoreID(v) }); d >= 0 {
			v.Document = &docs[d]
		}
		return v, nil
	}
	var out scoring
	for v := (scoreView{Stage: budget.TargetStage, Version: 1, Has: true}); v.Has; v.Version++ {
		if v, err = view(scoreView{Stage: budget.TargetStage, Version: v.Version}); err != nil {
			return out, err
		}
		if v.Has || v.Version == 1 {
			out.versions = append(out.versions, v)
		}
	}
	targets, approved := out.inForce()
	out.stages = append(out.stages, out.versions[len(out.versions)-1])
	for _, stage := range budget.Stages()[1:] {
		v, err := view(scoreView{Stage: stage})
		if err != nil {
			return out, err
		}
		if v.Has && v.open() && approved {
			v.Card = v.Card.Rebased(targets.Card)
		}
		out.stages = append(out.stages, v)
	}
	return out, nil
}

// chosen is the stage that the address names, else the first that is not yet in force.
func chosenStage(asked string, scores scoring) scoreView {
	for _, v := range scores.stages {
		if string(v.Stage) == asked {
			return v
		}
	}
	for _, v := range scores.stages {
		if !v.approved() {
			return v
		}
	}
	return scores.stages[len(scores.stages)-1]
}

// scoreModel is a stage as its page shows it.
type scoreModel struct {
	View     scoreView
	Stages   []pickView
	Rows     []scoreRow
	Score    string
	Complete bool
	Months   []pickView
	Editable bool // by the reader, now
	Targets  bool // the stage in which targets themselves are written
	Locked   string
	Problems []problemView
	Table    ledgerTable
	Self     string
	Filled   bool // some indicators have a value in the books
	Tampered bool
	Suggest  bool
	// Versions are those of the targets, nil when there is but one; Revisable tells that the reader may begin another.
	Versions  *ledgerTable
	Revisable bool
}

// scoreRow is a row of the form, as it was written.
type scoreRow struct {
	Indicator, Better, Goal, Unit, Points, Value, Note string
	Reference                                          string
}

func (d *budgetDesk) performance(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	scores, err := b.scores(r.Context())
	if err != nil {
		return err
	}
	m, err := b.scoreModel(r.Context(), scores, chosenStage(b.seen.Get("stage"), scores))
	if err != nil {
		return err
	}
	return b.render(w, r, http.StatusOK, budgetPerformancePage(b, m))
}

// scoreModel lays a stage out.
func (b *budgetView) scoreModel(ctx context.Context, scores scoring, v scoreView) (scoreModel, error) {
	m := scoreModel{View: v, Targets: v.Stage == budget.TargetStage, Self: b.at("performance", "stage", string(v.Stage))}
	for i, x := range scores.stages {
		state := b.T("web.budget.score.none")
		if x.Has {
			state = b.Text(x.state().Label())
		}
		m.Stages = append(m.Stages, pickView{Text: strconv.Itoa(i+1) + ". " + b.Text(x.Stage.Label()) + " (" + state + ")", Path: b.at("performance", "stage", string(x.Stage)), Current: x.Stage == v.Stage})
	}
	m.Tampered = v.Document != nil && v.Document.Digest != office.DigestOf(v.Sheet.Content)
	m.versions(b, scores)
	if _, approved := scores.inForce(); !m.Targets && !approved {
		m.Locked = b.T("web.budget.score.locked")
		return m, nil
	}
	card := v.Card
	if !v.Has {
		card = b.beginCard(scores, v.Stage)
	}
	m.Suggest = m.Targets && !v.Has
	m.Editable = b.may(office.Make, b.key.Division) && v.open()
	return m, b.layCard(ctx, &m, card)
}

// beginCard is what a stage begins with: suggested indicators without figures, or the targets in force.
func (b *budgetView) beginCard(scores scoring, stage budget.Stage) budget.Scorecard {
	if targets, approved := scores.inForce(); stage != budget.TargetStage && approved {
		return targets.Card.Begin(stage)
	}
	card := budget.Scorecard{Key: b.key, Stage: stage, Synthetic: b.synthetic()}
	for _, x := range indicators {
		card.Rows = append(card.Rows, budget.Scored{Target: budget.Target{Indicator: b.T(x.key), Better: x.better}, Unit: b.T(x.unit)})
	}
	return card
}

// indicators are those that a form begins with. Goals and weights are the area's own to write; the first four can be taken from the
// books.
var indicators = []struct {
	key, unit string
	better    budget.Better
}{
	{"web.budget.indicator.revenue", "web.budget.unit.percent", budget.AtLeast}, {"web.budget.indicator.expenditure", "web.budget.unit.percent", budget.AtMost},
	{"web.budget.indicator.collection", "web.budget.unit.percent", budget.AtLeast}, {"web.budget.indicator.months", "web.budget.unit.months", budget.AtLeast},
	{"web.budget.indicator.enrolled", "web.budget.unit.percent", budget.AtLeast}, {"web.budget.indicator.covered", "web.budget.unit.percent", budget.AtLeast},
	{"web.budget.indicator.satisfied", "web.budget.unit.percent", budget.AtLeast},
}

// layCard lays the rows of a scorecard out, with what the books say and the points so far.
func (b *budgetView) layCard(ctx context.Context, m *scoreModel, card budget.Scorecard) error {
	references := map[string]money.Ratio{}
	if !m.Targets {
		var err error
		if references, err = b.references(ctx, card.Through); err != nil {
			return err
		}
		for n := budget.Month(1); n < 12 && card.Stage == budget.MonitoringStage; n++ {
			m.Months = append(m.Months, pickView{Text: strconv.Itoa(int(n)), Current: n == card.Through})
		}
	}
	for _, x := range card.Rows {
		row := scoreRow{Indicator: x.Indicator, Better: string(x.Better), Goal: rateField(x.Goal), Unit: x.Unit, Points: rateField(x.Weight * 100), Note: x.Note}
		if x.Known {
			row.Value = x.Value.String()
		}
		if at, ok := references[b.measureOf(x.Indicator)]; ok {
			row.Reference, m.Filled = at.Text(2), true
		}
		m.Rows = append(m.Rows, row)
	}
	if m.Targets && m.Editable {
		for range 3 {
			m.Rows = append(m.Rows, scoreRow{})
		}
	}
	m.Table = b.scoreTable(card)
	if e, err := card.Evaluate(); err == nil {
		m.Score, m.Complete = e.Score.Text(2), e.Complete
	}
	return nil
}

// rateField is a figure in a form; blank for none.
func rateField(x money.Rate) string {
	if x == 0 {
		return ""
	}
	return x.String()
}

// measureOf is the key of the indicator that a name says; empty for one of the area's own.
func (b *budgetView) measureOf(name string) string {
	for _, x := range indicators {
		for _, p := range b.site.printers {
			if p.T(x.key) == name {
				return x.key
			}
		}
	}
	return ""
}

// references are what the books say of indicators, by their keys, up to a month; none without a budget in force and a book.
//
// 依据: SC38-3.6
func (b *budgetView) references(ctx context.Context, through budget.Month) (map[string]money.Ratio, error) {
	out := map[string]money.Ratio{}
	v, ok := b.inForce()
	if !ok || through < 1 {
		return out, nil
	}
	actuals, state, err := b.actuals(ctx, b.key.Year, through)
	if err != nil || state == nil {
		return out, err
	}
	e, err := v.Paper.Budget.Execute(through, actuals)
	if err != nil {
		return out, err
	}
	var in, spent money.Fen
	for _, x := range e.Lines {
		if x.Item.Side() == budget.Revenue {
			in += x.Actual
		} else {
			spent += x.Actual
		}
	}
	hundred := money.NewRatio(100, 1)
	if total := v.Paper.Budget.Total(budget.Revenue); total > 0 {
		out["web.budget.indicator.revenue"] = in.Ratio().Quo(total.Ratio()).Mul(hundred)
	}
	if total := v.Paper.Budget.Total(budget.Expenditure); total > 0 {
		out["web.budget.indicator.expenditure"] = spent.Ratio().Quo(total.Ratio()).Mul(hundred)
	}
	if e.HasCollection {
		out["web.budget.indicator.collection"] = e.Collection.Mul(hundred)
	}
	if spent > 0 {
		out["web.budget.indicator.months"] = (v.Paper.Budget.SurplusBegin + in - spent).Ratio().Mul(money.NewRatio(int64(through), 1)).Quo(spent.Ratio())
	}
	return out, nil
}

// scoreTable is a scorecard for paper and files.
func (b *budgetView) scoreTable(card budget.Scorecard) ledgerTable {
	title := b.T("web.budget.score.table", "title", b.title(), "stage", card.Stage.Label())
	if card.Stage == budget.MonitoringStage {
		title = b.T("web.budget.score.until", "title", title, "month", int(card.Through))
	}
	t := ledgerTable{ID: "score", Title: title, Clause: "SC38-3.6", Heads: []headCell{{b.columnName("indicator"), false}, {b.columnName("better"), false},
		{b.columnName("goal"), true}, {b.columnName("unit"), false}, {b.columnName("points"), true}}}
	if card.Stage != budget.TargetStage {
		t.Heads = append(t.Heads, headCell{b.columnName("value"), true}, headCell{b.T("web.budget.score.mark"), true}, headCell{b.columnName("explanation"), false})
	}
	e, err := card.Evaluate()
	for i, x := range card.Rows {
		row := ledgerRow{Cells: []ledgerCell{textCell(x.Indicator), textCell(b.Text(x.Better.Label())), numberCell(x.Goal.String(), x.Goal.String()), textCell(x.Unit), numberCell((x.Weight * 100).String(), (x.Weight * 100).String())}}
		if card.Stage != budget.TargetStage {
			value, mark := textCell("\u2014"), textCell("\u2014")
			if x.Known {
				value = numberCell(x.Value.String(), x.Value.String())
			}
			if err == nil && x.Known {
				mark = numberCell(e.Marks[i].Points.Text(2), e.Marks[i].Points.Exact(6))
				mark.Title = b.sentence(e.Marks[i].Step.Message)
			}
			row.Cells = append(row.Cells, value, mark, textCell(x.Note))
		}
		t.Rows = append(t.Rows, row)
	}
	if err == nil && card.Stage != budget.TargetStage {
		t.Rows = append(t.Rows, ledgerRow{Total: true, Cells: []ledgerCell{textCell(b.T("web.ledger.total")), textCell(""), textCell(""), textCell(""), numberCell("100", "100"), textCell(""),
			numberCell(e.Score.Text(2), e.Score.Exact(6)), textCell(card.Remark)}})
	}
	return t
}

// actPerformance keeps, fills in from the books, submits or throws away a stage.
func (d *budgetDesk) actPerformance(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	if r.PostFormValue("act") == "revise" {
		return b.reviseTargets(w, r)
	}
	scores, v, err := b.workingStage(r.Context(), r.PostFormValue("stage"))
	if err != nil {
		return err
	}
	if office.Version(number(r.PostFormValue("version"))) != v.Sheet.Version {
		return office.ErrStale
	}
	to := b.at("performance", "stage", string(v.Stage))
	switch r.PostFormValue("act") {
	case "submit":
		err = b.submitCard(r, scores, v)
	case "delete":
		err = b.removeCard(r, v)
	case "save", "fill":
		var card budget.Scorecard
		var problems *fault.List
		base := v.Card
		if !v.Has {
			base = b.beginCard(scores, v.Stage)
		}
		if card, problems = b.readCard(r, base); problems.Empty() && r.PostFormValue("act") == "fill" {
			err = b.fillCard(r.Context(), &card)
		}
		if !problems.Empty() {
			m, wrong := b.scoreModel(r.Context(), scores, v)
			if wrong != nil {
				return wrong
			}
			b.keepTyped(r, &m)
			for _, p := range problemsOf(problems.Err()) {
				m.Problems = append(m.Problems, b.problem(p))
			}
			return b.render(w, r, http.StatusUnprocessableEntity, budgetPerformancePage(b, m))
		}
		if err == nil {
			err = b.keepCard(r, v, card)
		}
	default:
		err = formFault{http.StatusBadRequest, fault.Msg("web.form.bad")}
	}
	if err != nil {
		return err
	}
	b.goTo(w, r, to)
	return nil
}

// workingStage is a stage that may be worked on now. Refused are one under way or in force, and one before its targets are.
func (b *budgetView) workingStage(ctx context.Context, asked string) (scoring, scoreView, error) {
	scores, err := b.scores(ctx)
	if err != nil {
		return scores, scoreView{}, err
	}
	v := chosenStage(asked, scores)
	_, approved := scores.inForce()
	switch {
	case !v.open():
		err = fault.New(fault.Refused, "web.budget.score.not_open")
	case v.Stage != budget.TargetStage && !approved:
		err = fault.New(fault.Refused, "web.budget.score.locked")
	}
	return scores, v, err
}

// readCard reads the form. Of monitoring and evaluation only values and reasons are read: the targets are those in force.
func (b *budgetView) readCard(r *http.Request, base budget.Scorecard) (budget.Scorecard, *fault.List) {
	var problems fault.List
	card := base
	card.Remark = strings.TrimSpace(r.PostFormValue("remark"))
	rate := func(row int, column, text string) money.Rate {
		text = plainAmount(text)
		x, err := money.ParseRate(text)
		if text != "" && (err != nil || x < 0) {
			problems.Add(fault.Problem{Row: row, Column: b.T("exchange.column." + column), Value: text, Message: fault.Msg("web.budget.rate", "value", text)})
		}
		return x
	}
	if card.Stage == budget.TargetStage {
		card.Rows = nil
		for i := range min(len(r.PostForm["indicator"]), 60) {
			points := rate(i+1, "points", fieldAt(r.PostForm, "points", i))
			if points%100 != 0 {
				problems.Add(fault.Problem{Row: i + 1, Column: b.T("exchange.column.points"), Value: points.String(), Message: fault.Msg("exchange.scorecard.points")})
			}
			x := budget.Scored{Target: budget.Target{Indicator: fieldAt(r.PostForm, "indicator", i), Better: budget.Better(fieldAt(r.PostForm, "better", i)),
				Goal: rate(i+1, "goal", fieldAt(r.PostForm, "goal", i)), Weight: points / 100}, Unit: fieldAt(r.PostForm, "unit", i)}
			if x.Indicator != "" {
				card.Rows = append(card.Rows, x)
			}
		}
		return card, &problems
	}
	if card.Stage == budget.MonitoringStage {
		card.Through = budget.Month(number(r.PostFormValue("through")))
	}
	card.Rows = slices.Clone(base.Rows)
	for i := range card.Rows {
		x := &card.Rows[i]
		text := fieldAt(r.PostForm, "value", i)
		x.Known, x.Value, x.Note = text != "", rate(i+1, "value", text), fieldAt(r.PostForm, "explanation", i)
	}
	return card, &problems
}

// keepTyped puts back what was typed into a form that was refused.
func (b *budgetView) keepTyped(r *http.Request, m *scoreModel) {
	for i := range m.Rows {
		row := &m.Rows[i]
		row.Value, row.Note = fieldAt(r.PostForm, "value", i), fieldAt(r.PostForm, "explanation", i)
		if m.Targets {
			row.Indicator, row.Better, row.Goal = fieldAt(r.PostForm, "indicator", i), fieldAt(r.PostForm, "better", i), fieldAt(r.PostForm, "goal", i)
			row.Unit, row.Points = fieldAt(r.PostForm, "unit", i), fieldAt(r.PostForm, "points", i)
		}
	}
}

// fillCard takes the values that the books have, rounded to six decimals, and says so where nothing is said.
func (b *budgetView) fillCard(ctx context.Context, card *budget.Scorecard) error {
	references, err := b.references(ctx, card.Through)
	if err != nil {
		return err
	}
	for i := range card.Rows {
		x := &card.Rows[i]
		at, ok := references[b.measureOf(x.Indicator)]
		if !ok {
			continue
		}
		value, err := money.ParseRate(at.Text(2))
		if err != nil {
			return fault.Wrap(err, "web.budget.rate", "value", at.Text(2))
		}
		if x.Value, x.Known = max(value, 0), true; x.Note == "" {
			x.Note = b.T("web.budget.score.from_books", "month", int(card.Through))
		}
	}
	return nil
}

// keepCard keeps a stage as the next version of its sheet.
func (b *budgetView) keepCard(r *http.Request, v scoreView, card budget.Scorecard) error {
	x := v.Sheet
	x.SheetKey = store.SheetKey{Key: b.key, Kind: store.PerformanceSheet, Revision: v.sheet()}
	x.Content, x.Version = card.Canonical(), x.Version+1
	return b.keepSheet(r, x, string(b.scoreID(v)), "save_performance")
}

func (b *budgetView) removeCard(r *http.Request, v scoreView) error {
	if !v.Has || v.Document != nil {
		return fault.New(fault.Refused, "web.budget.score.not_open")
	}
	act := b.frame.act(b.key.Division, "delete_performance", office.Object{Kind: "performance", ID: string(b.scoreID(v))}, "")
	_, err := b.site.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.RemoveSheet(v.Sheet) })
	return err
}

// submitCard puts a stage into the way of signatures.
//
// 依据: SC38-3.6, YN-3.2
func (b *budgetView) submitCard(r *http.Request, scores scoring, v scoreView) error {
	if !v.Has {
		return fault.New(fault.Refused, "web.budget.score.not_saved")
	}
	targets, approved := scores.inForce()
	if approved && v.Stage == budget.TargetStage {
		if err := v.Card.CheckRevised(targets.Card); err != nil {
			return b.columned(err)
		}
	}
	if err := v.Card.Check(targets.Card.Targets(), b.site.today()); err != nil {
		return b.columned(err)
	}
	title := b.T("web.budget.score.table", "title", b.title(), "stage", v.Stage.Label())
	if v.Version > 1 {
		title = b.T("web.budget.score.version", "title", title, "n", v.Version)
	}
	x := v.Sheet
	x.Content = v.Card.Canonical() // with the targets in force now
	content := office.Content{Title: title, Digest: office.DigestOf(x.Content), Policy: b.site.pack.Status()}
	return b.sign(r, &x, v.Document, b.scoreID(v), office.Performance, content)
}

// reviseTargets begins another version of the targets, for a reason. Those in force hold until it is approved.
//
// 依据: SC38-3.5, SC38-3.6
func (b *budgetView) reviseTargets(w http.ResponseWriter, r *http.Request) error {
	scores, err := b.scores(r.Context())
	if err != nil {
		return err
	}
	if !scores.revisable() {
		return fault.New(fault.Refused, "web.budget.score.not_revisable")
	}
	v := scores.stages[0]
	card := v.Card
	if card.Remark = strings.TrimSpace(r.PostFormValue("remark")); card.Remark == "" {
		return fault.Refuse(fault.Problem{Column: b.T("web.budget.score.remark"), Message: fault.Msg("budget.scorecard.revised_reason"), Clause: "SC38-3.5"})
	}
	v = scoreView{Stage: budget.TargetStage, Version: v.Version + 1}
	if err := b.keepCard(r, v, card); err != nil {
		return err
	}
	b.goTo(w, r, b.at("performance", "stage", string(v.Stage)))
	return nil
}

// versions lists the versions of the targets, when there are several, and says whether there may be another.
func (m *scoreModel) versions(b *budgetView, scores scoring) {
	if !m.Targets {
		return
	}
	m.Revisable = scores.revisable() && b.may(office.Make, b.key.Division)
	if len(scores.versions) < 2 {
		return
	}
	t := ledgerTable{ID: "versions", Title: b.T("web.budget.score.versions"), Clause: "SC38-3.5", Heads: b.ledgerHeads("web.budget.score.version.n", "web.ledger.head.state", "web.budget.score.version.on", "web.budget.score.version.why", "web.budget.subsidy.document")}
	for _, v := range scores.versions {
		on, document := "\u2014", textCell("\u2014")
		if v.Document != nil {
			document = linkCell(string(v.Document.ID), b.link("/documents/"+string(v.Document.ID)))
			if v.approved() {
				on = v.Document.Steps[len(v.Document.Steps)-1].At.Format(time.DateOnly)
			}
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(strconv.Itoa(v.Version)), textCell(b.Text(v.state().Label())), textCell(on), textCell(v.Card.Remark), document}})
	}
	m.Versions = &t
}

// importPerformance takes the rows of a stage from a file: targets as they are, of later stages the values and reasons.
func (d *budgetDesk) importPerformance(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	up, err := readUpload(w, r)
	if err != nil {
		return err
	}
	if !up.has {
		return formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	scores, v, err := b.workingStage(r.Context(), b.seen.Get("stage"))
	if err != nil {
		return err
	}
	rows, made, err := exchange.ReadScorecard(up.in)
	if err != nil {
		return err
	}
	card := v.Card
	if !v.Has {
		card = b.beginCard(scores, v.Stage)
	}
	card.Synthetic = made
	if v.Stage == budget.TargetStage {
		for i := range rows {
			rows[i].Known, rows[i].Value = false, 0
		}
		card.Rows = rows
	} else if card.Rows, err = takeValues(card.Rows, rows, up.in.Name); err != nil {
		return err
	}
	if err := b.keepCard(r, v, card); err != nil {
		return err
	}
	b.goTo(w, r, b.at("performance", "stage", string(v.Stage)))
	return nil
}

// takeValues puts the values of a file's rows to the targets in force. Refused is an indicator that is none of them.
func takeValues(targets, rows []budget.Scored, file string) ([]budget.Scored, error) {
	var l fault.List
	out := slices.Clone(targets)
	for i, row := range rows {
		at := slices.IndexFunc(out, func(x budget.Scored) bool { return x.Indicator == row.Indicator })
		if at < 0 {
			l.Add(fault.Problem{File: file, Row: i + 2, Column: "indicator", Value: row.Indicator, Message: fault.Msg("budget.scorecard.changed"), Clause: "SC38-3.6"})
			continue
		}
		out[at].Value, out[at].Known, out[at].Note = row.Value, row.Known, row.Note
	}
	return out, l.Err()
}

// performanceExport gives a stage as a workbook that can be filled in and brought in again, or as a table.
func (d *budgetDesk) performanceExport(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	scores, err := b.scores(r.Context())
	if err != nil {
		return err
	}
	v := chosenStage(b.seen.Get("stage"), scores)
	card := v.Card
	if !v.Has {
		if _, approved := scores.inForce(); v.Stage != budget.TargetStage && !approved {
			return errNotFound
		}
		card = b.beginCard(scores, v.Stage)
	}
	state := b.T("web.budget.score.none")
	if v.Has {
		state = b.Text(v.state().Label())
	}
	notes := []exchange.Note{{Name: b.T("web.menu.budget"), Text: b.title()}, {Name: b.T("web.budget.score.stage"), Text: b.Text(v.Stage.Label()) + " (" + state + ")"}}
	if r.PathValue("file") != "lines.xlsx" {
		return b.takeTables(w, r.PathValue("file"), string(b.scoreID(v)), notes, []ledgerTable{b.scoreTable(card)})
	}
	notes = append(notes, exchange.Note{Name: b.T("web.ledger.note.at"), Text: d.Now().Format("2006-01-02 15:04:05 -07:00")}, exchange.Note{Name: b.T("web.ledger.note.by"), Text: string(b.subject.ID)},
		exchange.Note{Name: b.T("web.ledger.openings.how"), Text: b.T("web.budget.score.import.rules")})
	var out bytes.Buffer
	if err := exchange.WriteScorecard(&out, card, notes, b.Printer); err != nil {
		return err
	}
	return attach(w, string(b.scoreID(v))+".xlsx", workbookType, out.Bytes())
}

// columned is a refusal whose columns are called as people call them.
func (b *budgetView) columned(err error) error {
	var l fault.List
	for _, p := range problemsOf(err) {
		if p.Column == "weight" {
			p.Column = "points"
		}
		if b.Has("exchange.column." + p.Column) {
			p.Column = b.columnName(p.Column)
		}
		l.Add(p)
	}
	return l.Err()
}
