package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// routesOfTargets are the pages of enrolment targets (参保目标). Whoever sets a division's target works there; what he sees lies there or below.
func (s *site) routesOfTargets() []route {
	look := onOwn(office.View, office.ReadPersons)
	return []route{
		{"GET /enrol/targets", "targets", false, s.targets, look},
		{"GET /enrol/targets/template.xlsx", "targets.template", false, s.targetsTemplate, onOwn(office.Make)},
		{"GET /enrol/targets/{file}", "targets.export", false, s.targetsExport, onOwn(office.Export)},
		{"POST /enrol/targets", "targets.act", false, s.targetsAct, onOwn(office.Make, office.Approve)},
		{"POST /enrol/targets/import", "targets.import", false, s.targetsImport, onOwn(office.Make)},
	}
}

// The parameters targets are set under.
var targetParameters = []policy.ParameterID{"enrol.target.weight.registered", "enrol.target.weight.living", "enrol.target.weight.potential", "enrol.target.rate", "enrol.target.pile_on", "enrol.subsidy.by"}

// targetView is a division's plan for a year with all that stands around it.
type targetView struct {
	*frame
	division region.Code
	year     policy.Year
	parts    []region.Division
	plans    []store.TargetPlan
	above    enrol.TargetPart // of the division above, which is none for a province
	hasAbove bool
	basis    map[region.Code]enrol.Headcount // at the end of the year before
	enrolled map[region.Code]int64           // in the year
	weights  enrol.Weights
	rate     money.Rate
	allowed  money.Rate
	by       enrol.SubsidyBasis
}

// targetView reads the plan that the address names: of the reader's division and this year unless it says otherwise.
func (s *site) targetView(f *frame, r *http.Request) (*targetView, error) {
	v := &targetView{frame: f, division: f.subject.Division, year: policy.Year(s.Now().Year())}
	if asked := region.Code(f.seen.Get("division")); asked != "" {
		v.division = asked
	}
	if asked, err := strconv.Atoi(f.seen.Get("of")); err == nil && asked > 2000 && asked < 2100 {
		v.year = policy.Year(asked)
	}
	scope := f.lookScope()
	if _, known := s.Engine.Tree.Get(v.division); !known || !scope.Holds(v.division) {
		return nil, errNotFound
	}
	if err := v.rules(); err != nil {
		return nil, err
	}
	v.parts = s.Engine.Tree.Children(v.division)
	if v.division.IsProvince() {
		v.parts = s.Engine.Tree.Prefectures(v.division)
	}
	ctx := r.Context()
	var err error
	if v.plans, err = s.Store.Targets(ctx, scope, v.division, v.year); err != nil {
		return nil, err
	}
	if !v.division.IsProvince() {
		if v.above, v.hasAbove, err = s.Store.TargetOf(ctx, scope, v.division, aboveOf(v.division), v.year); err != nil {
			return nil, err
		}
	}
	if v.basis, err = s.headcountsOf(r, v.division, v.parts, v.year-1); err != nil {
		return nil, err
	}
	now, err := s.headcountsOf(r, v.division, v.parts, v.year)
	v.enrolled = map[region.Code]int64{}
	for code, h := range now {
		v.enrolled[code] = h.Enrolled
	}
	return v, err
}

// lookScope is where the reader may see counts and targets.
func (f *frame) lookScope() office.Scope {
	if scope := f.scope(office.View); scope != (office.Scope{}) {
		return scope
	}
	return f.scope(office.ReadPersons)
}

// aboveOf is the division above a prefecture or county.
func aboveOf(code region.Code) region.Code {
	if code.Level() == region.County {
		return code[:4] + "00"
	}
	return code.Province()
}

// rules reads the parameters of the year. A policy without them is refused.
func (v *targetView) rules() error {
	set := v.site.pack.At(v.year.End())
	var values []policy.Value
	for _, id := range targetParameters {
		e, ok := set.Get(id)
		if !ok {
			return fault.New(fault.Refused, "web.targets.no_rules", "policy", set.Pack.ID, "on", string(set.On))
		}
		values = append(values, e.Value)
	}
	v.weights = enrol.Weights{Registered: values[0].Rate(), Living: values[1].Rate(), Potential: values[2].Rate()}
	v.rate, v.allowed, v.by = values[3].Rate(), values[4].Rate(), enrol.SubsidyBasis(values[5].String())
	return nil
}

// headcountsOf counts the people of a division and of its parts at the end of a year.
func (s *site) headcountsOf(r *http.Request, division region.Code, parts []region.Division, year policy.Year) (map[region.Code]enrol.Headcount, error) {
	counts, err := s.Store.Persons().Counts(r.Context(), store.ScopeOf(division), store.Counties, enrol.PlaceIn(division), year)
	out := map[region.Code]enrol.Headcount{}
	add := func(code region.Code, c store.Counted) {
		h := out[code]
		enrolled := c[enrol.LivesInRes] + c[enrol.LivesInEmpl]
		out[code] = enrol.Headcount{Registered: h.Registered + c[enrol.RegisteredHere], Living: h.Living + c[enrol.LivesHere], Enrolled: h.Enrolled + enrolled,
			Unenrolled: h.Unenrolled + c[enrol.LivesHere] - enrolled}
	}
	for _, c := range counts {
		add(division, c.Counted)
		for _, part := range parts {
			if part.Code.Covers(c.Place.County()) {
				add(part.Code, c.Counted)
			}
		}
	}
	return out, err
}

// draft is the plan that is not approved yet.
func (v *targetView) draft() (store.TargetPlan, bool) {
	if len(v.plans) == 0 || v.plans[len(v.plans)-1].State != store.TargetDraft {
		return store.TargetPlan{}, false
	}
	return v.plans[len(v.plans)-1], true
}

// approved is the plan in force.
func (v *targetView) approved() (store.TargetPlan, bool) {
	for _, p := range slices.Backward(v.plans) {
		if p.State == store.TargetApproved {
			return p, true
		}
	}
	return store.TargetPlan{}, false
}

// empty is a plan to begin with: everything proposed.
func (v *targetView) empty() enrol.TargetPlan {
	p := enrol.TargetPlan{Year: v.year, Division: v.division, Total: v.above.Count, Weights: v.weights, Allowed: v.allowed}
	if v.division.IsProvince() {
		p.Total = enrol.ProposedTotal(v.basis[v.division], v.rate)
	}
	v.propose(&p)
	return p
}

// propose splits a plan's target by weighted population, and asks of every part what is proposed.
func (v *targetView) propose(p *enrol.TargetPlan) {
	places := map[region.Code]enrol.Headcount{}
	for _, part := range v.parts {
		places[part.Code] = v.basis[part.Code]
	}
	targets, err := enrol.Targets(p.Total, p.Weights, places)
	p.Parts = nil
	for i, part := range v.parts {
		x := enrol.TargetPart{Target: enrol.Target{Division: part.Code}, Basis: v.basis[part.Code]}
		if err == nil { // nobody lives anywhere: there is nothing to propose
			x.Proposed = targets[i].Count
			x.Count = x.Proposed
		}
		p.Parts = append(p.Parts, x)
	}
}

// at is an address of this plan.
func (v *targetView) at(path string, more ...string) string {
	return v.link("/enrol/targets"+path, append([]string{"division", string(v.division), "of", strconv.Itoa(int(v.year))}, more...)...)
}

// targetsModel is the page.
type targetsModel struct {
	outcome
	Crumbs   []tabView
	Title    string
	Years    []pickView
	Badge    string
	Mark     string
	Made     bool
	Tiles    []helpLine
	Says     []string
	Plan     ledgerTable
	Progress ledgerTable
	Subsidy  ledgerTable
	Amount   string
	Asks     bool // whether the subsidy can be asked for
	Rules    []reasonView
	Edit     *targetsEdit
	Approve  bool
	Revise   bool
	Version  string
	Revision string
	History  ledgerTable
	MayTake  bool
}

// targetsEdit is the form of a draft.
type targetsEdit struct {
	Total, Source string
	OwnTotal      bool
	Rows          []targetsRow
	Sum           string
	Over          bool
}

type targetsRow struct {
	Code, Name, Value                                  string
	Registered, Living, Enrolled, Unenrolled, Proposed string
}

func (s *site) targets(f *frame, w http.ResponseWriter, r *http.Request) error {
	v, err := s.targetView(f, r)
	if err != nil {
		return err
	}
	o := outcome{Status: http.StatusOK}
	if done := f.seen.Get("done"); slices.Contains([]string{"save", "approve", "revise", "import"}, done) {
		o.Done = f.T("web.targets.done." + done)
	}
	return v.show(w, r, o, nil)
}

// show gives the page; plan is what a form that was not kept asked for.
func (v *targetView) show(w http.ResponseWriter, r *http.Request, o outcome, plan *enrol.TargetPlan) error {
	m := v.model(plan)
	m.outcome = o
	if err := v.subsidy(&m); err != nil {
		m.Problems, m.Status = problemsOf(err), http.StatusUnprocessableEntity
	}
	return v.render(w, r, m.Status, targetsPage(v, m))
}

func (v *targetView) model(plan *enrol.TargetPlan) targetsModel {
	m := targetsModel{Title: v.T("web.targets.of", "place", v.divisionName(v.division), "year", int(v.year)), MayTake: v.may(office.Export, v.division), Crumbs: v.enrolCrumbs()}
	if v.division != v.subject.Division {
		m.Crumbs = append(m.Crumbs, tabView{Text: v.divisionName(v.subject.Division), Path: v.at("", "division", string(v.subject.Division))})
	}
	this := v.site.Now().Year()
	for y := this - 1; y <= this+1; y++ {
		m.Years = append(m.Years, pickView{Text: strconv.Itoa(y), Path: v.at("", "of", strconv.Itoa(y)), Current: y == int(v.year)})
	}
	approved, has := v.approved()
	draft, drafted := v.draft()
	makes := v.mayDo(office.Make)
	m.Version, m.Revision = strconv.Itoa(int(draft.Version)), strconv.Itoa(draft.Revision)
	switch {
	case drafted:
		m.Badge, m.Mark = v.T("web.targets.state.draft"), "warn"
	case has:
		m.Badge, m.Mark = v.T("web.targets.state.approved"), "good"
	default:
		m.Badge, m.Mark = v.T("web.targets.state.none"), ""
	}
	m.Approve = drafted && v.mayDo(office.Approve) && draft.Maker != v.subject.ID
	m.Revise = makes && has && !drafted
	m.Made = !v.synthetic() && (drafted && draft.Made || has && approved.Made)
	v.head(&m, approved, has)
	if drafted {
		m.Plan = v.planTable(draft.TargetPlan, v.T("web.targets.plan.draft"))
	}
	if len(v.parts) > 0 && makes && (drafted || !has || plan != nil) && (v.division.IsProvince() || v.hasAbove) {
		m.Edit = v.edit(draft, drafted, plan)
	}
	if has {
		m.Progress = v.progressTable(approved.TargetPlan)
	}
	m.Rules = v.ruleViews()
	m.History = v.historyTable()
	return m
}

// mayDo tells whether the reader may do something to the plan: he works there, and for medical security.
func (v *targetView) mayDo(a office.Action) bool {
	return v.subject.Department == office.MedicalSecurity && v.may(a, v.division)
}

// head fills in what stands above the tables.
func (v *targetView) head(m *targetsModel, approved store.TargetPlan, has bool) {
	h := v.basis[v.division]
	count := func(n int64) string { return v.Value(n) }
	m.Tiles = []helpLine{{Name: v.T("web.enrol.registered"), Text: count(h.Registered)}, {Name: v.T("web.enrol.living"), Text: count(h.Living)}, {Name: v.T("web.targets.enrolled"), Text: count(h.Enrolled)},
		{Name: v.T("web.targets.potential"), Text: count(h.Unenrolled)}, {Name: v.T("web.enrol.rate"), Text: percent(h.Rate(), 2)}}
	m.Says = append(m.Says, v.T("web.targets.basis", "year", int(v.year)-1))
	target, asked := v.above.Count, v.hasAbove
	if v.division.IsProvince() {
		target, asked = approved.Total, has
	}
	if asked {
		now := v.enrolled[v.division]
		m.Tiles = append(m.Tiles, helpLine{Name: v.T("web.targets.target"), Text: count(target)}, helpLine{Name: v.T("web.targets.enrolled.now", "year", int(v.year)), Text: count(now)})
		if target > 0 {
			m.Tiles = append(m.Tiles, helpLine{Name: v.T("web.targets.completion"), Text: percent(money.NewRatio(now, target), 2)})
		}
	}
	if !v.division.IsProvince() && !v.hasAbove {
		m.Says = append(m.Says, v.T("web.targets.above.none", "place", v.divisionName(aboveOf(v.division))))
	}
	if has && v.hasAbove && approved.Total != v.above.Count {
		m.Says = append(m.Says, v.T("web.targets.above.changed", "was", count(approved.Total), "now", count(v.above.Count)))
	}
}

// planTable is a plan as it was set.
func (v *targetView) planTable(p enrol.TargetPlan, title string) ledgerTable {
	t := ledgerTable{ID: "plan", Title: title, Aside: v.T("web.targets.people"), Clause: "SCE-12.1",
		Heads: v.ledgerHeads("web.enrol.place", "#", "web.enrol.registered", "#", "web.enrol.living", "#", "web.targets.enrolled", "#", "web.targets.potential", "#", "web.targets.proposed", "#", "web.targets.target")}
	var sum enrol.TargetPart
	for _, x := range p.Parts {
		t.Rows = append(t.Rows, ledgerRow{Cells: v.partCells(textCell(v.divisionName(x.Division)), x)})
		sum.Count, sum.Proposed = sum.Count+x.Count, sum.Proposed+x.Proposed
		sum.Basis = enrol.Headcount{Registered: sum.Basis.Registered + x.Basis.Registered, Living: sum.Basis.Living + x.Basis.Living, Enrolled: sum.Basis.Enrolled + x.Basis.Enrolled, Unenrolled: sum.Basis.Unenrolled + x.Basis.Unenrolled}
	}
	t.Rows = append(t.Rows, ledgerRow{Total: true, Cells: v.partCells(textCell(v.T("web.enrol.sum")), sum)})
	return t
}

func (v *targetView) partCells(name ledgerCell, x enrol.TargetPart) []ledgerCell {
	return []ledgerCell{name, v.countCell(x.Basis.Registered), v.countCell(x.Basis.Living), v.countCell(x.Basis.Enrolled), v.countCell(x.Basis.Unenrolled), v.countCell(x.Proposed), v.countCell(x.Count)}
}

func (f *frame) countCell(n int64) ledgerCell {
	return numberCell(f.Value(n), strconv.FormatInt(n, 10))
}

// progressTable says how far every part's target was reached.
func (v *targetView) progressTable(p enrol.TargetPlan) ledgerTable {
	t := ledgerTable{ID: "progress", Title: v.T("web.targets.progress", "year", int(v.year)), Aside: v.T("web.targets.people"), Clause: "SCE-12.1",
		Heads: v.ledgerHeads("web.enrol.place", "#", "web.targets.target", "#", "web.targets.enrolled.of", "#", "web.targets.gap", "#", "web.targets.completion", "#", "web.targets.rank", "web.targets.state")}
	all := enrol.Achievements(p.Targets(), v.enrolled)
	var target, enrolled int64
	for _, a := range all {
		rank := 1
		for _, other := range all {
			if other.Count > 0 && other.Rate.Cmp(a.Rate) > 0 {
				rank++
			}
		}
		name := textCell(v.divisionName(a.Division))
		if a.Division.Level() != region.County {
			name = linkCell(name.Text, v.at("", "division", string(a.Division)))
		} else if v.mayOpen("lists") {
			name = linkCell(name.Text, v.link("/enrol/lists", "place", string(enrol.PlaceIn(a.Division))))
		}
		completion, place, state := numberCell(percent(a.Rate, 2), a.Rate.Exact(6)), numberCell(strconv.Itoa(rank), strconv.Itoa(rank)), markCell(v.T("web.targets.reached"), "good")
		switch {
		case a.Count == 0:
			completion, place, state = textCell("\u2014"), textCell("\u2014"), textCell(v.T("web.targets.nothing"))
		case a.Enrolled < a.Count:
			state = markCell(v.T("web.targets.short"), "warn")
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{name, v.countCell(a.Count), v.countCell(a.Enrolled), v.countCell(max(a.Count-a.Enrolled, 0)), completion, place, state}})
		target, enrolled = target+a.Count, enrolled+a.Enrolled
	}
	rate := money.NewRatio(enrolled, max(target, 1))
	t.Rows = append(t.Rows, ledgerRow{Total: true, Cells: []ledgerCell{textCell(v.T("web.enrol.sum")), v.countCell(target), v.countCell(enrolled), v.countCell(max(target-enrolled, 0)), numberCell(percent(rate, 2), rate.Exact(6)), textCell(""), textCell("")}})
	return t
}

// subsidy distributes an amount the reader asks about by the result.
//
// 依据: SCE-13.1
func (v *targetView) subsidy(m *targetsModel) error {
	approved, has := v.approved()
	m.Asks = has && v.division.IsProvince()
	m.Amount = strings.TrimSpace(v.seen.Get("amount"))
	if !m.Asks || m.Amount == "" {
		return nil
	}
	amount, err := money.ParseFen(plainAmount(m.Amount))
	if err != nil || amount <= 0 {
		return fault.Refuse(fault.Problem{Column: v.T("web.targets.subsidy.amount"), Value: m.Amount, Message: fault.Msg("web.ledger.amount", "value", m.Amount)})
	}
	shares, err := enrol.SubsidyShares(amount, v.by, enrol.Achievements(approved.Targets(), v.enrolled))
	if err != nil {
		return err
	}
	t := ledgerTable{ID: "subsidy", Title: v.T("web.targets.subsidy.result", "amount", amount), Aside: v.T("web.ledger.unit"), Clause: "SCE-13.1",
		Heads: v.ledgerHeads("web.enrol.place", "#", "web.targets.target", "#", "web.targets.enrolled.of", "#", "web.targets.completion", "#", "web.targets.counted", "#", "web.targets.points", "#", "web.targets.share", "#", "web.targets.subsidy.share")}
	points, paid := money.NewRatio(0, 1), money.Fen(0)
	for _, x := range shares {
		points = points.Add(x.Points)
	}
	for _, x := range shares {
		part := x.Points.Quo(points)
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(v.divisionName(x.Division)), v.countCell(x.Count), v.countCell(x.Enrolled), numberCell(percent(x.Rate, 2), x.Rate.Exact(6)), numberCell(percent(x.Counted, 2), x.Counted.Exact(6)),
			numberCell(x.Points.Text(4), x.Points.Exact(6)), numberCell(percent(part, 4), part.Exact(6)), fenCell(x.Amount)}})
		paid += x.Amount
	}
	t.Rows = append(t.Rows, ledgerRow{Total: true, Cells: []ledgerCell{textCell(v.T("web.enrol.sum")), textCell(""), textCell(""), textCell(""), textCell(""), numberCell(points.Text(4), points.Exact(6)), numberCell("100%", "1"), fenCell(paid)}})
	m.Subsidy = t
	return nil
}

// ruleViews are the parameters a plan goes by.
func (v *targetView) ruleViews() []reasonView {
	var out []reasonView
	set := v.site.pack.At(v.year.End())
	for _, id := range targetParameters {
		if e, ok := set.Get(id); ok {
			out = append(out, reasonView{Part: e.Title.In(string(v.Lang)), Text: v.parameterValue(e.Definition, e.Value), Clause: string(e.Clause), Assumed: e.Assumed != nil})
		}
	}
	return out
}

// historyTable lists the revisions.
func (v *targetView) historyTable() ledgerTable {
	t := ledgerTable{ID: "history", Title: v.T("web.targets.history"), Clause: "YA-4.10.3", Empty: v.T("web.targets.history.none"),
		Heads: v.ledgerHeads("#", "web.targets.revision", "web.targets.state", "#", "web.targets.target", "#", "web.targets.sum", "web.enrol.basis", "web.targets.maker", "web.targets.approver")}
	for _, p := range slices.Backward(v.plans) {
		mark := map[store.TargetState]string{store.TargetDraft: "warn", store.TargetApproved: "good"}[p.State]
		approver := "\u2014"
		if p.State == store.TargetApproved {
			approver = string(p.Approver) + " " + v.moment(p.ApprovedAt)
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{v.countCell(int64(p.Revision)), markCell(v.T("web.targets.state."+string(p.State)), mark), v.countCell(p.Total), v.countCell(p.Sum()), textCell(p.Source),
			textCell(string(p.Maker) + " " + v.moment(p.MadeAt)), textCell(approver)}})
	}
	return t
}

// edit is the form of a plan: what was sent, else the draft, else what is proposed.
func (v *targetView) edit(draft store.TargetPlan, drafted bool, sent *enrol.TargetPlan) *targetsEdit {
	p := v.empty()
	switch {
	case sent != nil:
		p = *sent
	case drafted:
		p = draft.TargetPlan
	}
	e := &targetsEdit{Total: strconv.FormatInt(p.Total, 10), Source: p.Source, OwnTotal: v.division.IsProvince(), Sum: v.Value(p.Sum()), Over: enrol.PilesOn(p.Total, p.Targets(), v.allowed) != nil}
	for _, x := range p.Parts {
		e.Rows = append(e.Rows, targetsRow{Code: string(x.Division), Name: v.divisionName(x.Division), Value: strconv.FormatInt(x.Count, 10), Registered: v.Value(x.Basis.Registered), Living: v.Value(x.Basis.Living),
			Enrolled: v.Value(x.Basis.Enrolled), Unenrolled: v.Value(x.Basis.Unenrolled), Proposed: v.Value(x.Proposed)})
	}
	return e
}
