package web

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/budget"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// budgetDesk are the pages of the budget.
type budgetDesk struct{ *site }

// budgetPath is where the pages of one budget are.
const budgetPath = "/budget/{insurance}/{division}/{year}"

// routesOfBudget are the pages of the budget, for the table of routes.
func (s *site) routesOfBudget() []route {
	d := &budgetDesk{s}
	look, take, work := inOffice(onPath("division", office.View)), inOffice(onPath("division", office.Export)), inOffice(onPath("division", office.Make))
	return []route{
		{"GET /budget", "budget", false, d.list, onOwn(office.View)},
		{"GET /budget/export/{file}", "budget/list_export", false, d.listExport, onOwn(office.Export)},
		{"GET /budget/province", "budget/province", false, d.province, inOffice(onProvince(office.View))},
		{"POST /budget/province", "budget/province_act", false, d.actOnProvince, inOffice(onProvince(office.Make))},
		{"GET /budget/province/{file}", "budget/province_export", false, d.provinceExport, inOffice(onProvince(office.Export))},
		{"GET /budget/province/execution", "budget/province_executed", false, d.provinceExecution, inOffice(onProvince(office.View))},
		{"GET /budget/province/execution/{file}", "budget/province_executed_export", false, d.provinceExecutionExport, inOffice(onProvince(office.Export))},
		{"GET " + budgetPath, "budget/one", false, d.inBudget(d.show), look},
		{"POST " + budgetPath, "budget/act", false, d.inBudget(d.act), work},
		{"GET " + budgetPath + "/edit", "budget/edit", false, d.inBudget(d.edit), work},
		{"POST " + budgetPath + "/edit", "budget/edited", false, d.inBudget(d.edited), work},
		{"POST " + budgetPath + "/import", "budget/import", false, d.inBudget(d.importLines), work},
		{"GET " + budgetPath + "/lines.xlsx", "budget/lines", false, d.inBudget(d.lines), take},
		{"GET " + budgetPath + "/performance", "budget/score", false, d.inBudget(d.performance), look},
		{"POST " + budgetPath + "/performance", "budget/score_act", false, d.inBudget(d.actPerformance), work},
		{"POST " + budgetPath + "/performance/import", "budget/score_import", false, d.inBudget(d.importPerformance), work},
		{"GET " + budgetPath + "/performance/{file}", "budget/score_export", false, d.inBudget(d.performanceExport), take},
		{"GET /budget/performance", "budget/scores", false, d.scoresPage, onOwn(office.View)},
		{"GET /budget/performance/export/{file}", "budget/scores_export", false, d.scoresExport, onOwn(office.Export)},
		{"GET /budget/performance/factors.xlsx", "budget/scores_factors", false, d.scoresFactors, inOffice(onProvince(office.Export))},
		{"POST /budget/performance", "budget/scores_apply", false, d.applyScores, inOffice(onProvince(office.Import))},
		{"GET " + budgetPath + "/collection", "budget/collected", false, d.inBudget(d.collection), look},
		{"POST " + budgetPath + "/collection", "budget/collected_enter", false, d.inBudget(d.enterDues), inOffice(onPath("division", office.Import))},
		{"GET " + budgetPath + "/collection/{file}", "budget/collected_export", false, d.inBudget(d.collectionExport), take},
		{"GET /budget/collection", "budget/collection", false, d.collections, onOwn(office.View)},
		{"GET /budget/collection/export/{file}", "budget/collection_export", false, d.collectionsExport, onOwn(office.Export)},
		{"GET /budget/collection/template.xlsx", "budget/collection_template", false, d.duesTemplate, onOwn(office.Import)},
		{"POST /budget/collection", "budget/collection_import", false, d.importDues, onOwn(office.Import)},
		{"GET " + budgetPath + "/subsidies", "budget/subsidised", false, d.inBudget(d.subsidies), look},
		{"POST " + budgetPath + "/subsidies", "budget/subsidised_order", false, d.inBudget(d.orderSubsidies), work},
		{"GET " + budgetPath + "/subsidies/{file}", "budget/subsidised_export", false, d.inBudget(d.subsidiesExport), take},
		{"GET /budget/subsidies", "budget/subsidies", false, d.allSubsidies, onOwn(office.View)},
		{"GET /budget/subsidies/export/{file}", "budget/subsidies_export", false, d.allSubsidiesExport, onOwn(office.Export)},
		{"GET " + budgetPath + "/execution", "budget/execution", false, d.inBudget(d.execution), look},
		{"GET " + budgetPath + "/execution/{file}", "budget/execution_export", false, d.inBudget(d.executionExport), take},
	}
}

// budgetView is a frame with the budget that the address names.
type budgetView struct {
	*frame
	desk   *budgetDesk
	key    pool.Key
	rules  budget.Rules
	before *budget.Budget
	drafts []revision
}

// revision is a budget as it stands: computed, found sound or not, and signed or not.
type revision struct {
	Sheet    store.Sheet
	Paper    budget.Paper
	Findings []budget.Finding
	Document *office.Document
}

// state says how far a revision has come.
func (v revision) state() office.State {
	if v.Document == nil {
		return office.Drafted
	}
	return v.Document.State
}

// open tells whether a revision may still be worked on.
func (v revision) open() bool { return v.state() == office.Drafted || v.state() == office.Returned }

// inBudget opens the budget that the address names before a page of it is answered.
func (d *budgetDesk) inBudget(answer func(*budgetView, http.ResponseWriter, *http.Request) error) handler {
	return func(f *frame, w http.ResponseWriter, r *http.Request) error {
		f.oneUnit = true
		b := &budgetView{frame: f, desk: d, key: pool.Key{Year: yearNumber(r.PathValue("year")), Division: region.Code(r.PathValue("division")), Insurance: pool.Insurance(r.PathValue("insurance"))}}
		_, known := d.Engine.Tree.Get(b.key.Division)
		level := b.key.Division.Level()
		if !known || level != region.Province && level != region.Prefecture || !slices.Contains(pool.Insurances(), b.key.Insurance) || b.key.Year < 2000 || b.key.Year > 2100 {
			return errNotFound
		}
		f.insurance = b.key.Insurance
		err := b.load(r.Context())
		if err == nil {
			err = answer(b, w, r)
		}
		if err != nil {
			return f.notDone(w, r, b.crumbs(), err)
		}
		return nil
	}
}

// load reads the revisions of the year and the budget of the year before that is in force.
func (b *budgetView) load(ctx context.Context) error {
	var err error
	if b.rules, err = budget.RulesOf(b.site.pack.At(b.key.Year.End())); err != nil {
		return err
	}
	all, err := b.site.Store.Sheets(ctx, office.Scope{Division: b.key.Division, Reach: office.Own}, b.key.Insurance, 0)
	if err != nil {
		return err
	}
	approvals, err := b.surplusApprovals(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Kind != store.BudgetSheet || x.Year != b.key.Year && x.Year != b.key.Year-1 {
			continue
		}
		v, err := b.desk.revision(ctx, x, b.rules, approvals)
		if err != nil {
			return err
		}
		if x.Year == b.key.Year {
			b.drafts = append(b.drafts, v)
		} else if v.state() == office.Approved {
			b.before = &v.Paper.Budget
		}
	}
	return nil
}

// revision computes a sheet and finds the document that signs it.
func (d *budgetDesk) revision(ctx context.Context, x store.Sheet, rules budget.Rules, approvals []budget.Approval) (revision, error) {
	v := revision{Sheet: x}
	var ok bool
	if v.Paper, ok = budget.ParsePaper(x.Content); !ok {
		return v, fault.New(fault.Internal, "web.budget.content", "division", x.Division, "year", int(x.Year))
	}
	computed, err := v.Paper.Budget.Compute()
	if err != nil {
		return v, err
	}
	computed.Approvals = append(computed.Approvals, approvals...)
	v.Paper.Budget, v.Findings = computed, rules.Check(computed)
	if x.Document != "" {
		doc, err := d.Store.Desk(office.Scope{Division: x.Division, Reach: office.Own}).Document(ctx, x.Document)
		if err == nil {
			v.Document = &doc
		} else if fault.KindOf(err) == fault.Internal {
			return v, err
		}
	}
	return v, nil
}

// surplusApprovals are what both departments allowed of the city's surplus for the year: they sign one document, one after the other.
//
// 依据: YN-2.4
func (b *budgetView) surplusApprovals(ctx context.Context) ([]budget.Approval, error) {
	docs, err := b.surplusDocuments(ctx)
	var out []budget.Approval
	for _, doc := range docs {
		if doc.State != office.Approved {
			continue
		}
		on := policy.DayOf(doc.Steps[len(doc.Steps)-1].At)
		for _, by := range []budget.Approver{budget.MedicalSecurity, budget.Finance} {
			out = append(out, budget.Approval{By: by, Document: string(doc.ID), On: on, Amount: doc.Amount})
		}
	}
	return out, err
}

func (b *budgetView) surplusDocuments(ctx context.Context) ([]office.Document, error) {
	docs, err := b.site.Store.Desk(office.Scope{Division: b.key.Division, Reach: office.Own}).OfKind(ctx, office.SurplusUse)
	prefix := b.documentID("surplus") + "-"
	return slices.DeleteFunc(docs, func(doc office.Document) bool { return !strings.HasPrefix(string(doc.ID), string(prefix)) }), err
}

func (b *budgetView) documentID(kind string) office.DocumentID {
	return office.DocumentID(kind + "-" + string(b.key.Insurance) + "-" + string(b.key.Division) + "-" + strconv.Itoa(int(b.key.Year)))
}

// at is a page of the budget; empty is the budget itself.
func (b *budgetView) at(page string, more ...string) string {
	return b.budgetLink(b.key, page, more...)
}

func (f *frame) budgetLink(k pool.Key, page string, more ...string) string {
	path := "/budget/" + string(k.Insurance) + "/" + string(k.Division) + "/" + strconv.Itoa(int(k.Year))
	if page != "" {
		path += "/" + page
	}
	return f.link(path, append([]string{"insurance", "", "year", ""}, more...)...)
}

func (b *budgetView) crumbs() []tabView {
	return []tabView{{Text: b.T("web.menu.budget"), Path: b.link("/budget", "year", "", "fy", strconv.Itoa(int(b.key.Year)))}}
}

// title names the budget.
func (b *budgetView) title() string {
	return b.T("web.budget.title", "division", b.key.Division, "year", int(b.key.Year), "insurance", b.key.Insurance)
}

// last is the latest revision; false when there is none.
func (b *budgetView) last() (revision, bool) {
	if len(b.drafts) == 0 {
		return revision{}, false
	}
	return b.drafts[len(b.drafts)-1], true
}

// inForce is the latest approved revision.
func (b *budgetView) inForce() (revision, bool) {
	for _, v := range slices.Backward(b.drafts) {
		if v.state() == office.Approved {
			return v, true
		}
	}
	return revision{}, false
}

// showModel is a budget as it is shown.
type showModel struct {
	Revision  revision
	Has       bool
	Revisions []pickView
	Tiles     []helpLine
	Lines     ledgerTable
	Changes   *ledgerTable
	Findings  []budgetFinding
	Refused   bool
	MayWork   bool
	Surplus   []tabView
	Deficit   string
	DeficitIn string
	Tampered  bool
	Advice    string
}

// budgetFinding is what a rule says about a budget.
type budgetFinding struct {
	Text, Clause     string
	Refused, Assumed bool
}

func (d *budgetDesk) show(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	m := showModel{MayWork: b.may(office.Make, b.key.Division)}
	deficit, err := b.deficit(r.Context())
	if err != nil {
		return err
	}
	if deficit > 0 {
		m.Deficit, m.DeficitIn = fen(deficit), deficit.String()
	}
	docs, err := b.surplusDocuments(r.Context())
	if err != nil {
		return err
	}
	for _, doc := range docs {
		m.Surplus = append(m.Surplus, tabView{Text: doc.Title + " (" + b.Text(doc.State.Label()) + ")", Path: b.link("/documents/" + string(doc.ID))})
	}
	if m.Revision, m.Has = b.last(); !m.Has {
		return b.render(w, r, http.StatusOK, budgetPage(b, m))
	}
	for _, v := range b.drafts {
		n := v.Sheet.Revision
		if number(b.seen.Get("rev")) == n {
			m.Revision = v
		}
	}
	for _, v := range b.drafts {
		n := v.Sheet.Revision
		m.Revisions = append(m.Revisions, pickView{Text: b.T("web.budget.revision", "n", n, "state", v.state().Label()), Path: b.at("", "rev", strconv.Itoa(n)), Current: n == m.Revision.Sheet.Revision})
	}
	v := m.Revision
	x := v.Paper.Budget
	findings, err := b.findings(r.Context(), v)
	if err != nil {
		return err
	}
	m.Lines, m.Findings = b.linesTable(x), b.budgetFindings(findings)
	m.Refused = budget.Refusal(findings) != nil
	if v.Sheet.Revision > 1 {
		m.Changes = b.changesTable(v)
	}
	months, has := x.Months()
	for _, t := range []helpLine{{Name: b.T("web.budget.revenue"), Text: fen(x.Total(budget.Revenue))}, {Name: b.T("web.budget.expenditure"), Text: fen(x.Total(budget.Expenditure))},
		{Name: b.T("web.budget.balance"), Text: fen(x.Balance())}, {Name: b.T("web.budget.surplus_end"), Text: fen(x.SurplusEnd())}, {Name: b.T("web.budget.months"), Text: monthsText(months, has)}} {
		m.Tiles = append(m.Tiles, t)
	}
	if advice, ok := b.rules.Advise(x); ok {
		m.Advice = b.sentence(advice.Step.Message)
	}
	m.Tampered = v.Document != nil && v.Document.Digest != office.DigestOf(v.Sheet.Content)
	return b.render(w, r, http.StatusOK, budgetPage(b, m))
}

func (f *frame) budgetFindings(all []budget.Finding) []budgetFinding {
	var out []budgetFinding
	for _, x := range all {
		out = append(out, budgetFinding{f.sentence(x.Message), string(x.Clause), x.Severity == budget.Refused, x.Assumed})
	}
	return out
}

// linesTable are the lines of a budget, each with the step its amount follows from.
func (b *budgetView) linesTable(x budget.Budget) ledgerTable {
	t := ledgerTable{ID: "lines", Title: b.T("web.budget.lines"), Aside: b.T("web.ledger.unit"), Clause: "SC38-3.2", Heads: b.ledgerHeads("web.budget.item", "#", "web.budget.amount", "web.budget.method", "web.budget.step")}
	for _, side := range []budget.Side{budget.Revenue, budget.Expenditure} {
		for _, l := range x.Lines {
			if l.Item.Side() == side {
				t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(b.Text(l.Item.Label())), fenCell(l.Amount), textCell(b.Text(l.Method.Label())), textCell(b.sentence(l.Step.Message) + b.changesText(l))}})
			}
		}
		t.Rows = append(t.Rows, ledgerRow{Total: true, Cells: []ledgerCell{textCell(b.T("web.budget." + string(side))), fenCell(x.Total(side)), textCell(""), textCell("")}})
	}
	for _, l := range []struct {
		key   string
		value money.Fen
	}{{"web.budget.balance", x.Balance()}, {"web.budget.surplus_begin", x.SurplusBegin}, {"web.budget.surplus_end", x.SurplusEnd()}} {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(b.T(l.key)), fenCell(l.value), textCell(""), textCell("")}})
	}
	return t
}

// changesText lists the changes of policy behind a line.
func (b *budgetView) changesText(l budget.Line) string {
	var out strings.Builder
	for _, c := range l.Drivers.Changes {
		out.WriteString("; " + c.Title + " " + c.Document + " " + fen(c.Amount))
	}
	return out.String()
}

// changesTable is an adjustment: every item whose amount differs, before and after.
//
// 依据: SC38-3.5
func (b *budgetView) changesTable(v revision) *ledgerTable {
	t := ledgerTable{ID: "changes", Title: b.T("web.budget.changes"), Aside: v.Paper.Reason, Clause: "SC38-3.5",
		Heads: b.ledgerHeads("web.budget.item", "#", "web.budget.before", "#", "web.budget.after", "#", "web.budget.difference")}
	at := slices.IndexFunc(b.drafts, func(o revision) bool { return o.Sheet.Revision == v.Sheet.Revision-1 })
	if at < 0 {
		return nil
	}
	scheme, _ := b.rules.Adjust(b.drafts[at].Paper.Budget, v.Paper.Budget.Lines, v.Paper.Budget.Approvals, v.Paper.Reason) // what the rules say of it is shown above
	for _, c := range scheme.Changes {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(b.Text(c.Item.Label())), fenCell(c.Before), fenCell(c.After), {Text: signed(c.Difference().In(money.Yuan)), Amount: ptr(c.Difference())}}})
	}
	return &t
}

// act submits a budget for signatures, asks for the use of surplus, or throws a draft away.
func (d *budgetDesk) act(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	var err error
	switch r.PostFormValue("act") {
	case "submit":
		err = b.submit(r, office.Version(number(r.PostFormValue("version"))))
	case "surplus":
		err = b.askSurplus(r)
	case "delete":
		err = b.remove(r, office.Version(number(r.PostFormValue("version"))))
	default:
		err = formFault{http.StatusBadRequest, fault.Msg("web.form.bad")}
	}
	if err != nil {
		return err
	}
	b.goTo(w, r, b.at(""))
	return nil
}

// submit puts the latest revision into the way of signatures. Refused is one that the rules send back.
//
// 依据: SC38-3.1, SC38-3.5
func (b *budgetView) submit(r *http.Request, version office.Version) error {
	v, ok := b.last()
	switch {
	case ok && v.state() == office.Waiting && v.Document.Maker == b.subject.ID && v.Sheet.Version == version+1: // the same form again
		return nil
	case !ok || !v.open():
		return fault.New(fault.Refused, "web.budget.not_open")
	case v.Sheet.Version != version:
		return office.ErrStale
	}
	findings, err := b.findings(r.Context(), v)
	if err != nil {
		return err
	}
	if err := budget.Refusal(findings); err != nil {
		return err
	}
	kind, id := office.BudgetDraft, b.documentID("budget")
	if v.Sheet.Revision > 1 {
		kind, id = office.BudgetAdjustment, office.DocumentID(string(id)+"-"+strconv.Itoa(v.Sheet.Revision))
	}
	title := b.title()
	if v.Sheet.Revision > 1 {
		title = b.T("web.budget.title.adjustment", "title", title, "n", v.Sheet.Revision)
	}
	content := office.Content{Title: title, Amount: v.Paper.Budget.Total(budget.Expenditure), Digest: office.DigestOf(v.Sheet.Content), Policy: b.site.pack.Status()}
	return b.sign(r, &v.Sheet, v.Document, id, kind, content)
}

// sign puts a content into the way of signatures, with the sheet that it is kept in, if there is one: both or neither. A sheet that somebody worked on
// meanwhile refuses it.
func (b *budgetView) sign(r *http.Request, x *store.Sheet, doc *office.Document, id office.DocumentID, kind office.Kind, content office.Content) error {
	if doc == nil {
		found, err := b.approvals(office.Make).Desk.Document(r.Context(), id)
		if err == nil {
			doc = &found
		} else if fault.KindOf(err) == fault.Internal {
			return err
		}
	}
	at := b.site.Now()
	way, err := office.Submitting(doc, id, kind, b.key.Division, content, b.subject, at)
	if err != nil {
		return err
	}
	act := b.frame.act(b.key.Division, "submit_sheet", office.Object{Kind: string(kind), ID: string(id)}, "")
	act.After = []office.Field{{Name: "digest", Value: content.Digest.String()}}
	_, err = b.site.Store.Write(r.Context(), b.once(act, r), func(t *store.Tx) error {
		if x != nil {
			kept := *x
			kept.Document, kept.At, kept.Maker, kept.Version = id, at, b.subject.ID, x.Version+1
			if err := t.SaveSheet(kept); err != nil {
				return err
			}
		}
		return t.SaveWay(doc, way, b.from)
	})
	return err
}

// keep writes a sheet.
func (b *budgetView) keep(r *http.Request, x store.Sheet, action string) error {
	return b.keepSheet(r, x, string(b.documentID("budget"))+"-"+strconv.Itoa(x.Revision), action)
}

// keepSheet writes a sheet of whatever kind, which the audit chain knows by an id.
func (b *budgetView) keepSheet(r *http.Request, x store.Sheet, id, action string) error {
	x.At, x.Maker = b.site.Now(), b.subject.ID
	act := b.frame.act(b.key.Division, action, office.Object{Kind: string(x.Kind), ID: id}, "")
	act.After = []office.Field{{Name: "digest", Value: office.DigestOf(x.Content).String()}}
	_, err := b.site.Store.Write(r.Context(), b.once(act, r), func(t *store.Tx) error { return t.SaveSheet(x) })
	return err
}

func (b *budgetView) remove(r *http.Request, version office.Version) error {
	v, ok := b.last()
	if !ok || v.Sheet.Document != "" {
		return fault.New(fault.Refused, "web.budget.not_open")
	}
	x := v.Sheet
	x.Version = version
	act := b.frame.act(b.key.Division, "delete_budget_draft", office.Object{Kind: "budget", ID: string(b.documentID("budget"))}, "")
	_, err := b.site.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.RemoveSheet(x) })
	return err
}

// deficit is what the year is short of: by its budget, or by its books where that is more.
//
// 依据: YN-2.4
func (b *budgetView) deficit(ctx context.Context) (money.Fen, error) {
	var deficit money.Fen
	if v, ok := b.last(); ok {
		deficit = max(0, -v.Paper.Budget.Balance())
	}
	_, state, err := b.actuals(ctx, b.key.Year, 12)
	if err == nil && state != nil {
		deficit = max(deficit, -ledger.NewIncomeStatement(ledger.Whole(b.key.Year), state).Result())
	}
	return deficit, err
}

// askSurplus asks both departments to let the city's own surplus pay its deficit.
//
// 依据: YN-2.4
func (b *budgetView) askSurplus(r *http.Request) error {
	deficit, err := b.deficit(r.Context())
	if err != nil {
		return err
	}
	if deficit == 0 {
		return fault.New(fault.Refused, "web.budget.no_deficit")
	}
	amount, err := money.ParseFen(plainAmount(r.PostFormValue("amount")))
	if err != nil || amount <= 0 {
		return fault.New(fault.Refused, "web.ledger.amount", "value", r.PostFormValue("amount"))
	}
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if reason == "" {
		return fault.New(fault.Refused, "web.budget.surplus.reason")
	}
	docs, err := b.surplusDocuments(r.Context())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(docs, func(doc office.Document) bool { return doc.State == office.Waiting }) {
		return fault.New(fault.Refused, "web.budget.surplus.waiting")
	}
	id := office.DocumentID(string(b.documentID("surplus")) + "-" + strconv.Itoa(len(docs)+1))
	title := b.T("web.budget.surplus.title", "title", b.title(), "reason", reason)
	return b.sign(r, nil, nil, id, office.SurplusUse, office.Content{Title: title, Amount: amount, Digest: office.DigestOf([]byte(string(id) + "\n" + amount.String() + "\n" + reason)), Policy: b.site.pack.Status()})
}

// lines gives the lines with their drivers as a workbook that can be changed and brought in again.
func (d *budgetDesk) lines(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	x := b.begin(r.Context())
	if v, ok := b.last(); ok {
		x = v.Paper.Budget
	}
	notes := []exchange.Note{{Name: b.T("web.menu.budget"), Text: b.title()}, {Name: b.T("web.ledger.note.at"), Text: d.Now().Format("2006-01-02 15:04:05 -07:00")},
		{Name: b.T("web.ledger.note.by"), Text: string(b.subject.ID)}, {Name: b.T("web.ledger.note.policy"), Text: b.policyVersion()}, {Name: b.T("web.ledger.openings.how"), Text: b.T("web.budget.import.rules")}}
	var out bytes.Buffer
	if err := exchange.WriteBudget(&out, x, notes, b.Printer); err != nil {
		return err
	}
	return attach(w, string(b.documentID("budget"))+".xlsx", workbookType, out.Bytes())
}

// begin is a budget to begin with: last year's carried on, or every item of the insurance type without drivers; the surplus and what was
// spent last year are filled in as the books say.
func (b *budgetView) begin(ctx context.Context) budget.Budget {
	x := budget.Budget{Key: b.key, Revision: 1}
	if b.before != nil {
		x = b.before.Succeed()
		x.Lines = b.before.Lines
	}
	x.Synthetic = b.synthetic()
	if books, err := b.booked(ctx); err == nil && books != nil {
		x.SurplusBegin, x.Violation = books.Surplus, books.Violation
	}
	spent := b.spent(ctx, b.key.Year-1)
	for _, rule := range budget.ItemRules() {
		if !slices.Contains(rule.Insurances, b.key.Insurance) {
			continue
		}
		at := slices.IndexFunc(x.Lines, func(l budget.Line) bool { return l.Item == rule.Item })
		if at < 0 && b.usual(rule) == "" {
			continue
		}
		if at < 0 {
			x.Lines = append(x.Lines, budget.Line{Item: rule.Item, Method: b.usual(rule)})
			at = len(x.Lines) - 1
		}
		if last, ok := spent[rule.Item]; ok && rule.Side == budget.Expenditure {
			x.Lines[at].Drivers.Last = last
		}
	}
	return x
}

// usual is how an item is computed unless somebody says otherwise.
func (b *budgetView) usual(rule budget.ItemRule) budget.Method {
	switch {
	case rule.Item == budget.Contributions && b.key.Insurance == pool.Employee:
		return budget.Levy
	case rule.Item == budget.Contributions:
		return budget.PerHead
	case rule.Item == budget.Subsidies:
		return ""
	case slices.Contains(budget.SubsidyItems(), rule.Item):
		if b.key.Insurance == pool.Resident {
			return budget.PerHead
		}
		return ""
	case rule.Side == budget.Revenue:
		return budget.Stated
	}
	return budget.Trend
}

// budgetDocumentPath is the page of the budget that a document signs or is about.
func (f *frame) budgetDocumentPath(d office.Document) string {
	parts := strings.Split(string(d.ID), "-")
	if len(parts) < 4 {
		return ""
	}
	k := pool.Key{Insurance: pool.Insurance(parts[1]), Division: region.Code(parts[2]), Year: yearNumber(parts[3])}
	if d.Kind == office.Performance {
		return f.budgetLink(k, "performance", "stage", strings.Join(parts[4:min(5, len(parts))], ""))
	}
	if d.Kind == office.Budget || len(parts) > 4 && parts[4] == "province" {
		return f.link("/budget/province", "year", "", "insurance", string(k.Insurance), "fy", strconv.Itoa(int(k.Year)))
	}
	return f.budgetLink(k, "")
}
