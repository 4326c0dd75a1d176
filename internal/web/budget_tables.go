package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

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

// budgetYear is the year whose budgets are listed: the one asked for, else the coming one.
func (f *frame) budgetYear() policy.Year {
	if y := yearNumber(f.seen.Get("fy")); y >= 2000 && y <= 2100 {
		return y
	}
	return policy.Year(f.site.Now().Year() + 1)
}

// budgetInsurance is the insurance type whose budgets are listed.
func (f *frame) budgetInsurance() pool.Insurance {
	for _, i := range pool.Insurances() {
		if string(i) == f.seen.Get("insurance") {
			return i
		}
	}
	return pool.Insurances()[0]
}

// budgetTabs are the pages of the budget about all areas that the reader may open.
func (f *frame) budgetTabs() []menuItem {
	var out []menuItem
	for _, t := range []struct{ name, route, path string }{
		{"drafts", "budget", "/budget"}, {"collection", "budget/collection", "/budget/collection"}, {"subsidies", "budget/subsidies", "/budget/subsidies"}, {"scores", "budget/scores", "/budget/performance"}, {"province", "budget/province", "/budget/province"}, {"executions", "budget/province_executed", "/budget/province/execution"},
	} {
		if f.mayOpen(t.route) {
			out = append(out, menuItem{Name: t.name, Path: f.budgetList(t.path)})
		}
	}
	return out
}

// budgetsModel lists the budgets of a year.
type budgetsModel struct {
	Year       int
	Insurances []pickView
	Years      []pickView
	Table      ledgerTable
	Own        string
	Empty      bool
}

func (d *budgetDesk) list(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.listModel(f, r)
	if err != nil {
		return f.notDone(w, r, nil, err)
	}
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, budgetListPage(f, m))
}

func (d *budgetDesk) listExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.listModel(f, r)
	if err != nil {
		return err
	}
	return f.takeTables(w, r.PathValue("file"), "budgets-"+strconv.Itoa(m.Year), []exchange.Note{{Name: f.T("web.ledger.filter.year"), Text: strconv.Itoa(m.Year)},
		{Name: f.T("web.filter.insurance"), Text: f.T("web.insurance." + string(f.budgetInsurance()))}}, []ledgerTable{m.Table})
}

func (d *budgetDesk) listModel(f *frame, r *http.Request) (budgetsModel, error) {
	year, insurance := f.budgetYear(), f.budgetInsurance()
	m := budgetsModel{Year: int(year)}
	m.Years, m.Insurances = f.budgetPicks("/budget")
	if division := f.subject.Division; f.may(office.Make, division) && slices.Contains([]region.Level{region.Province, region.Prefecture}, division.Level()) {
		m.Own = f.budgetLink(pool.Key{Year: year, Division: division, Insurance: insurance}, "")
	}
	latest, err := d.latest(r.Context(), f.scope(office.View), insurance, year, false)
	m.Table = ledgerTable{ID: "budgets", Title: f.T("web.budget.list", "year", int(year)), Aside: f.T("web.ledger.unit"), Heads: f.ledgerHeads("web.column.division", "#", "web.budget.revenue",
		"#", "web.budget.expenditure", "#", "web.budget.balance", "#", "web.budget.surplus_end", "#", "web.budget.months", "web.budget.findings", "web.ledger.head.state")}
	for _, v := range latest {
		x := v.Paper.Budget
		months, has := x.Months()
		path := f.budgetLink(x.Key, "")
		found := markCell(f.T("web.budget.sound"), "good")
		if budget.Refusal(v.Findings) != nil {
			found = markCell(f.T("web.budget.refused"), "bad")
		} else if len(v.Findings) > 0 {
			found = markCell(f.T("web.budget.warned", "count", len(v.Findings)), "warn")
		}
		m.Table.Rows = append(m.Table.Rows, ledgerRow{Cells: []ledgerCell{linkCell(f.Division(x.Division), path), fenCell(x.Total(budget.Revenue)), fenCell(x.Total(budget.Expenditure)), fenCell(x.Balance()),
			fenCell(x.SurplusEnd()), numberCell(monthsText(months, has), plainMonths(months, has)), found, textCell(f.T("web.budget.revision", "n", v.Sheet.Revision, "state", v.state().Label()))}})
	}
	m.Empty = len(latest) == 0
	return m, err
}

func plainMonths(months money.Ratio, has bool) string {
	if !has {
		return ""
	}
	return months.Exact(2)
}

// latest are the last revisions of a year's budgets in a scope, of those that are approved when only these count.
func (d *budgetDesk) latest(ctx context.Context, scope office.Scope, insurance pool.Insurance, year policy.Year, approved bool) ([]revision, error) {
	rules, err := budget.RulesOf(d.pack.At(year.End()))
	if err != nil {
		return nil, err
	}
	all, err := d.Store.Sheets(ctx, scope, insurance, year)
	if err != nil {
		return nil, err
	}
	var out []revision
	for _, x := range all {
		if x.Kind != store.BudgetSheet {
			continue
		}
		b := &budgetView{frame: &frame{site: d.site}, desk: d, key: x.Key}
		approvals, err := b.surplusApprovals(ctx)
		if err != nil {
			return nil, err
		}
		v, err := d.revision(ctx, x, rules, approvals)
		if err != nil {
			return nil, err
		}
		if approved && v.state() != office.Approved {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Sheet.Division == x.Division {
			out[n-1] = v
		} else {
			out = append(out, v)
		}
	}
	return out, nil
}

// provinceModel is the budget of the province: its lines with every area's part, or what is missing.
type provinceModel struct {
	Year     int
	Title    string
	Tables   []ledgerTable
	Problems []problemView
	Findings []budgetFinding
	Document *office.Document
	MayMake  bool
	// Adjusting tells that areas changed their budgets since the province's was approved; Stale, that they did while it is being signed.
	Adjusting, Stale bool
	Self             string
	Export           func(string) string
}

func (d *budgetDesk) province(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.provinceModel(f, r)
	if err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.menu.budget"), Path: f.link("/budget")}}, err)
	}
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, budgetProvincePage(f, m))
}

func (d *budgetDesk) provinceExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.provinceModel(f, r)
	if err != nil {
		return err
	}
	if len(m.Tables) == 0 {
		return errNotFound
	}
	return f.takeTables(w, r.PathValue("file"), "budget-province-"+strconv.Itoa(m.Year), []exchange.Note{{Name: f.T("web.menu.budget"), Text: m.Title}}, m.Tables)
}

func (d *budgetDesk) provincialID(f *frame) office.DocumentID {
	return office.DocumentID("budget-" + string(f.budgetInsurance()) + "-" + string(f.province()) + "-" + strconv.Itoa(int(f.budgetYear())) + "-province")
}

// compiled puts the approved drafts of all areas together. Areas are the prefectures, and the provincial unit when it has a draft.
//
// 依据: SC38-3.1
func (d *budgetDesk) compiled(f *frame, r *http.Request) (budget.Provincial, error) {
	year, insurance := f.budgetYear(), f.budgetInsurance()
	latest, err := d.latest(r.Context(), f.scope(office.View), insurance, year, true)
	if err != nil {
		return budget.Provincial{}, err
	}
	rules, err := budget.RulesOf(d.pack.At(year.End()))
	if err != nil {
		return budget.Provincial{}, err
	}
	var drafts []budget.Budget
	var areas []region.Code
	for _, p := range d.Engine.Tree.Prefectures(f.province()) {
		areas = append(areas, p.Code)
	}
	for _, v := range latest {
		drafts = append(drafts, v.Paper.Budget)
		if v.Sheet.Division == f.province() {
			areas = append(areas, v.Sheet.Division)
		}
	}
	return rules.Compile(year, insurance, areas, drafts)
}

func (d *budgetDesk) provinceModel(f *frame, r *http.Request) (provinceModel, error) {
	year, insurance := f.budgetYear(), f.budgetInsurance()
	m := provinceModel{Year: int(year), Title: f.T("web.budget.title", "division", f.provinceName(), "year", int(year), "insurance", insurance), MayMake: f.may(office.Make, f.province())}
	choice := []string{"year", "", "insurance", string(insurance), "fy", strconv.Itoa(int(year))}
	m.Self = f.link("/budget/province", choice...)
	m.Export = func(file string) string { return f.link("/budget/province/"+file, choice...) }
	p, err := d.compiled(f, r)
	if fault.KindOf(err) == fault.Internal && err != nil {
		return m, err
	}
	if err != nil {
		for _, x := range problemsOf(err) {
			x.Column = "" // the message names the area
			m.Problems = append(m.Problems, f.problem(x))
		}
		return m, nil
	}
	for _, x := range p.Findings {
		v := f.budgetFindings([]budget.Finding{x.Finding})[0]
		v.Text = f.Division(x.Division) + ": " + v.Text
		m.Findings = append(m.Findings, v)
	}
	m.Tables = []ledgerTable{f.provincialTable(p, m.Title)}
	if plan, err := budget.PlanFund(d.pack.At(year.End()), year, insurance, p.Drafts); err == nil {
		m.Tables = append(m.Tables, f.fundTable(plan))
	}
	revisions, err := d.provincialRevisions(f, r)
	if err != nil {
		return m, err
	}
	for _, v := range slices.Backward(revisions) {
		if v.Signed {
			m.Document = &v.Document
			m.Stale = v.Document.State == office.Waiting && len(budget.ChangesOf(v.Paper.Drafts, p.Drafts)) > 0
			break
		}
	}
	if v, ok := lastApproved(revisions); ok && len(budget.ChangesOf(v.Paper.Drafts, p.Drafts)) > 0 {
		m.Adjusting = true
		m.Tables = append(f.provinceChanges(v.Paper.Drafts, p.Drafts, f.T("web.budget.province.adjusting")), m.Tables...)
	} else if n := len(revisions); ok && n > 1 && revisions[n-1].Sheet.Revision == v.Sheet.Revision {
		m.Tables = append(f.provinceChanges(revisions[n-2].Paper.Drafts, v.Paper.Drafts, v.Paper.Reason), m.Tables...)
	}
	return m, nil
}

// provincialTable has an area on every line, so that it can be printed, and the total last.
func (f *frame) provincialTable(p budget.Provincial, title string) ledgerTable {
	t := ledgerTable{ID: "province", Title: title, Aside: f.T("web.ledger.unit"), Clause: "SC38-3.1", Tall: true, Heads: f.ledgerHeads("web.column.division")}
	for _, l := range p.Lines {
		t.Heads = append(t.Heads, headCell{Text: f.Text(l.Item.Label()), Number: true})
	}
	t.Heads = append(t.Heads, f.ledgerHeads("#", "web.budget.balance", "#", "web.budget.surplus_end")...)
	for i, x := range p.Drafts {
		row := ledgerRow{Cells: []ledgerCell{linkCell(f.Division(x.Division), f.budgetLink(x.Key, ""))}}
		for _, l := range p.Lines {
			row.Cells = append(row.Cells, turnCell(l.Parts[i]))
		}
		row.Cells = append(row.Cells, fenCell(x.Balance()), fenCell(x.SurplusEnd()))
		t.Rows = append(t.Rows, row)
	}
	total := ledgerRow{Total: true, Cells: []ledgerCell{textCell(f.T("web.ledger.total"))}}
	for _, l := range p.Lines {
		total.Cells = append(total.Cells, fenCell(l.Total))
	}
	total.Cells = append(total.Cells, fenCell(p.Total(budget.Revenue)-p.Total(budget.Expenditure)), fenCell(p.SurplusEnd()))
	t.Rows = append(t.Rows, total)
	return t
}

// fundTable is what the budget comes to for the adjustment fund, area by area, with what is set aside and what may be distributed.
//
// 依据: SC38-3.1, SC38-4.2, SC38-4.3
func (f *frame) fundTable(p budget.FundPlan) ledgerTable {
	rate := func(e policy.Effective) string {
		return f.T("web.budget.fund.rate", "rate", percent(e.Value.Rate().Ratio(), 1))
	}
	t := ledgerTable{ID: "fund", Title: f.T("web.budget.fund", "year", int(p.Year), "insurance", p.Insurance), Aside: f.T("web.budget.fund.note"), Clause: "SC38-4.2", Tall: true,
		Heads: f.ledgerHeads("web.column.division", "#", "web.budget.fund.revenue", "#", "web.budget.fund.paid")}
	for _, a := range p.Areas {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.Division(a.Division)), fenCell(a.Revenue), fenCell(a.Paid)}})
	}
	for _, x := range []struct {
		name, note string
		amount     money.Fen
	}{{"web.budget.fund.collected", rate(p.Rate), p.Collected}, {"web.budget.fund.set_aside", rate(p.Kept), p.SetAside}, {"web.budget.fund.free", "", p.Free}} {
		t.Rows = append(t.Rows, ledgerRow{Total: true, Cells: []ledgerCell{textCell(f.T(x.name)), textCell(x.note), fenCell(x.amount)}})
	}
	return t
}

// actOnProvince puts the province's budget into the way of signatures: what is signed is every draft as it stands.
func (d *budgetDesk) actOnProvince(f *frame, w http.ResponseWriter, r *http.Request) error {
	back := []tabView{{Text: f.T("web.menu.budget"), Path: f.link("/budget")}}
	if err := readForm(w, r); err != nil {
		return f.notDone(w, r, back, err)
	}
	p, err := d.compiled(f, r)
	if err == nil {
		err = d.submitProvince(f, r, p)
	}
	if err != nil {
		return f.notDone(w, r, back, err)
	}
	f.goTo(w, r, f.link("/budget/province", "year", "", "insurance", string(p.Insurance), "fy", strconv.Itoa(int(p.Year))))
	return nil
}

// executionModel is a budget against the books.
type executionModel struct {
	Through  int
	Months   []pickView
	Table    ledgerTable
	Findings []budgetFinding
	None     string
}

func (d *budgetDesk) execution(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	m, err := b.executionModel(r)
	if err != nil {
		return err
	}
	return b.render(w, r, http.StatusOK, budgetExecutionPage(b, m))
}

func (d *budgetDesk) executionExport(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	m, err := b.executionModel(r)
	if err != nil {
		return err
	}
	if m.None != "" {
		return errNotFound
	}
	return b.takeTables(w, r.PathValue("file"), string(b.documentID("execution")), []exchange.Note{{Name: b.T("web.menu.budget"), Text: b.title()}, {Name: b.T("web.budget.accounts"), Text: b.T("web.budget.accounts.text")}}, []ledgerTable{m.Table})
}

// executionModel sets the books against the budget in force, month by month.
//
// 依据: SC38-3.4
func (b *budgetView) executionModel(r *http.Request) (executionModel, error) {
	through, months := b.throughMonth("execution")
	m := executionModel{Through: int(through), Months: months}
	v, ok := b.inForce()
	if !ok {
		m.None = b.T("web.budget.execution.no_budget")
		return m, nil
	}
	actuals, state, err := b.actuals(r.Context(), b.key.Year, budget.Month(through))
	if err != nil {
		return m, err
	}
	if state == nil {
		m.None = b.T("web.budget.execution.no_book")
		return m, nil
	}
	e, err := v.Paper.Budget.Execute(budget.Month(through), actuals)
	if err != nil {
		return m, err
	}
	m.Findings = b.budgetFindings(e.Findings)
	m.Table = b.executionTable(e, state)
	return m, nil
}

func (b *budgetView) executionTable(e budget.Execution, state *ledger.State) ledgerTable {
	t := ledgerTable{ID: "execution", Title: b.T("web.budget.execution.title", "month", int(e.Through)), Aside: b.T("web.ledger.unit"), Clause: "SC38-3.4", Heads: b.ledgerHeads("web.budget.item", "#", "web.budget.amount",
		"#", "web.budget.actual", "#", "web.budget.left", "#", "web.budget.share", "#", "web.budget.pace")}
	span := []string{"fy", strconv.Itoa(int(b.key.Year)), "to", strconv.Itoa(int(e.Through))}
	for _, x := range e.Lines {
		share, pace := textCell("\u2014"), textCell("\u2014")
		if x.HasShare {
			share, pace = numberCell(percent(x.Share, 1), x.Share.Exact(6)), numberCell(percent(x.Pace, 1), x.Pace.Exact(6))
		}
		path := ""
		if x.Item == budget.Subsidies || slices.Contains(budget.SubsidyItems(), x.Item) {
			path = b.at("subsidies", "to", strconv.Itoa(int(e.Through)))
		}
		for _, code := range slices.Sorted(maps.Keys(itemAccounts)) {
			if itemAccounts[code] == x.Item && path == "" {
				path = b.bookLink(state.Book, "statement/"+string(code), span...)
			}
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(b.Text(x.Item.Label())), fenCell(x.Budget), fenCell(x.Actual).to(path), fenCell(x.Left), share, pace}})
	}
	if e.HasCollection {
		rate := numberCell(percent(e.Collection, 2), e.Collection.Exact(6))
		collected := budget.Executed{}
		for _, x := range e.Lines {
			if x.Item == budget.Contributions {
				collected = x
			}
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{linkCell(b.T("web.budget.dues.row"), b.at("collection", "to", strconv.Itoa(int(e.Through)))), fenCell(e.Due), fenCell(collected.Actual), fenCell(e.Due - collected.Actual), rate, textCell("")}})
	}
	var due, paid money.Fen
	for _, x := range ledger.Dues(b.key.Year, time.Month(e.Through), state) {
		if x.Account.Code == ledger.SubsidyDue {
			due, paid = due+x.Due+x.Before, paid+x.Paid
		}
	}
	if due > 0 {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(b.T("web.budget.subsidies_due")), fenCell(due), fenCell(paid).to(b.at("subsidies", "to", strconv.Itoa(int(e.Through)))), fenCell(due - paid),
			numberCell(percent(money.NewRatio(int64(paid), int64(due)), 1), money.NewRatio(int64(paid), int64(due)).Exact(6)), textCell("")}})
	}
	return t
}
