package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/budget"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// provincialRevision is a revision of the province's budget as it was submitted.
type provincialRevision struct {
	Sheet    store.Sheet
	Paper    budget.ProvincialPaper
	Document office.Document
	Signed   bool // there is a document
}

// provincialRevisions are the revisions of the year, the first first.
func (d *budgetDesk) provincialRevisions(f *frame, r *http.Request) ([]provincialRevision, error) {
	all, err := d.Store.Sheets(r.Context(), office.Scope{Division: f.province(), Reach: office.Own}, f.budgetInsurance(), f.budgetYear())
	if err != nil {
		return nil, err
	}
	var out []provincialRevision
	for _, x := range all {
		if x.Kind != store.ProvincialSheet {
			continue
		}
		v := provincialRevision{Sheet: x}
		var ok bool
		if v.Paper, ok = budget.ParseProvincial(x.Content); !ok {
			return nil, fault.New(fault.Internal, "web.budget.content", "division", x.Division, "year", int(x.Year))
		}
		v.Document, err = d.Store.Desk(f.scope(office.View)).Document(r.Context(), d.revisionID(f, x.Revision))
		if v.Signed = err == nil; fault.KindOf(err) == fault.Internal && err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// revisionID names the document of a revision of the province's budget.
func (d *budgetDesk) revisionID(f *frame, revision int) office.DocumentID {
	if revision == 1 {
		return d.provincialID(f)
	}
	return office.DocumentID(string(d.provincialID(f)) + "-" + strconv.Itoa(revision))
}

// lastApproved is the province's budget in force.
func lastApproved(all []provincialRevision) (provincialRevision, bool) {
	for _, v := range slices.Backward(all) {
		if v.Signed && v.Document.State == office.Approved {
			return v, true
		}
	}
	return provincialRevision{}, false
}

// provinceChanges are what an adjustment of the province's budget changes: item by item, and area by area.
//
// 依据: SC38-3.5
func (f *frame) provinceChanges(before, after []budget.Budget, reason string) []ledgerTable {
	changes := budget.ChangesOf(before, after)
	heads := func(first ...string) []headCell {
		return append(f.ledgerHeads(first...), f.ledgerHeads("#", "web.budget.before", "#", "web.budget.after", "#", "web.budget.difference")...)
	}
	cells := func(c budget.Changed) []ledgerCell {
		difference := c.Difference()
		return []ledgerCell{fenCell(c.Before), fenCell(c.After), {Text: signed(difference.In(money.Yuan)), Amount: &difference}}
	}
	items := ledgerTable{ID: "changes", Title: f.T("web.budget.changes"), Aside: reason, Clause: "SC38-3.5", Heads: heads("web.budget.item")}
	areas := ledgerTable{ID: "area-changes", Title: f.T("web.budget.province.areas"), Aside: f.T("web.ledger.unit"), Clause: "SC38-3.5", Heads: heads("web.column.division", "web.budget.item")}
	total := func(all []budget.Budget, item budget.Item) (sum money.Fen) {
		for _, b := range all {
			l, _ := b.Line(item)
			sum += l.Amount
		}
		return sum
	}
	for _, rule := range budget.ItemRules() {
		if c := (budget.Changed{Item: rule.Item, Before: total(before, rule.Item), After: total(after, rule.Item)}); c.Before != c.After {
			items.Rows = append(items.Rows, ledgerRow{Cells: append([]ledgerCell{textCell(f.Text(rule.Item.Label()))}, cells(c)...)})
		}
	}
	for _, c := range changes {
		areas.Rows = append(areas.Rows, ledgerRow{Cells: append([]ledgerCell{textCell(f.Division(c.Division)), textCell(f.Text(c.Item.Label()))}, cells(c.Changed)...)})
	}
	return []ledgerTable{items, areas}
}

// submitProvince keeps the compiled budget as a revision and puts it into the way of signatures: the first as the budget, later ones as
// adjustments with their reason.
//
// 依据: SC38-3.1, SC38-3.5
func (d *budgetDesk) submitProvince(f *frame, r *http.Request, p budget.Provincial) error {
	all, err := d.provincialRevisions(f, r)
	if err != nil {
		return err
	}
	k := pool.Key{Year: p.Year, Division: f.province(), Insurance: p.Insurance}
	b := &budgetView{frame: f, desk: d, key: k}
	paper := budget.ProvincialPaper{Year: p.Year, Insurance: p.Insurance, Drafts: p.Drafts, Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	x := store.Sheet{SheetKey: store.SheetKey{Key: k, Kind: store.ProvincialSheet, Revision: 1}}
	if n := len(all); n > 0 {
		last := all[n-1]
		switch {
		case last.Signed && last.Document.State == office.Waiting:
			return fault.New(fault.Refused, "web.budget.not_open")
		case last.Signed && last.Document.State == office.Approved:
			x.Revision = last.Sheet.Revision + 1
			if len(budget.ChangesOf(last.Paper.Drafts, p.Drafts)) == 0 {
				return fault.New(fault.Refused, "budget.adjust.nothing")
			}
		default:
			x = last.Sheet
		}
	}
	kind, title := office.Budget, f.T("web.budget.title", "division", f.provinceName(), "year", int(p.Year), "insurance", p.Insurance)
	if x.Revision > 1 {
		if paper.Reason == "" || len(paper.Reason) > 2000 {
			return fault.Refuse(fault.Problem{Column: "reason", Clause: "SC38-3.5", Message: fault.Msg("budget.adjust.reason", "most", 2000)})
		}
		kind, title = office.BudgetAdjustment, f.T("web.budget.title.adjustment", "title", title, "n", x.Revision)
	}
	id := d.revisionID(f, x.Revision)
	x.Content = paper.Canonical()
	return b.sign(r, &x, nil, id, kind, office.Content{Title: title, Amount: p.Total(budget.Expenditure), Digest: office.DigestOf(x.Content), Policy: d.pack.Status()})
}

// provinceExecution is the budgets in force of all areas against their books, by item and by area.
//
// 依据: SC38-3.4
func (d *budgetDesk) provinceExecution(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.provinceExecutionModel(f, r)
	if err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.menu.budget"), Path: f.budgetList("/budget")}}, err)
	}
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, budgetProvinceExecutionPage(f, m))
}

func (d *budgetDesk) provinceExecutionExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.provinceExecutionModel(f, r)
	if err != nil {
		return err
	}
	if len(m.Tables) == 0 {
		return errNotFound
	}
	return f.takeTables(w, r.PathValue("file"), "execution-"+strconv.Itoa(int(f.budgetYear())), []exchange.Note{{Name: f.T("web.budget.accounts"), Text: f.T("web.budget.accounts.text")}}, m.Tables)
}

// provinceExecutionModel is what the page of execution in the whole province shows.
type provinceExecutionModel struct {
	Years, Insurances, Months []pickView
	Tables                    []ledgerTable
	Missing                   []string
}

// executedSum adds the execution of areas up.
type executedSum struct{ budget, actual money.Fen }

func (s executedSum) cells(through int) []ledgerCell {
	out := []ledgerCell{fenCell(s.budget), fenCell(s.actual), fenCell(s.budget - s.actual)}
	if s.budget <= 0 {
		return append(out, textCell("\u2014"), textCell("\u2014"))
	}
	share := s.actual.Ratio().Quo(s.budget.Ratio())
	pace := share.Mul(money.NewRatio(12, int64(through)))
	return append(out, numberCell(percent(share, 1), share.Exact(6)), numberCell(percent(pace, 1), pace.Exact(6)))
}

func (d *budgetDesk) provinceExecutionModel(f *frame, r *http.Request) (provinceExecutionModel, error) {
	path := "/budget/province/execution"
	through, months := f.throughOf(path)
	m := provinceExecutionModel{Months: months}
	m.Years, m.Insurances = f.budgetPicks(path)
	heads := func(first ...string) []headCell {
		return append(f.ledgerHeads(first...), f.ledgerHeads("#", "web.budget.amount", "#", "web.budget.actual", "#", "web.budget.left", "#", "web.budget.share", "#", "web.budget.pace")...)
	}
	title := f.T("web.budget.province.execution", "division", f.provinceName(), "year", int(f.budgetYear()), "insurance", f.budgetInsurance(), "month", int(through))
	items := ledgerTable{ID: "items", Title: title, Aside: f.T("web.ledger.unit"), Clause: "SC38-3.4", Heads: heads("web.budget.item")}
	areas := ledgerTable{ID: "areas", Title: f.T("web.budget.province.by_area"), Aside: f.T("web.ledger.unit"), Clause: "SC38-3.4", Tall: true, Heads: heads("web.column.division", "web.budget.side")}
	sums := map[budget.Item]executedSum{}
	for _, code := range d.areas(f, func(region.Code) bool { return true }) {
		b := &budgetView{frame: f, desk: d, key: pool.Key{Year: f.budgetYear(), Division: code, Insurance: f.budgetInsurance()}}
		if err := b.load(r.Context()); err != nil {
			return m, err
		}
		v, ok := b.inForce()
		actuals, state, err := b.actuals(r.Context(), b.key.Year, budget.Month(through))
		if err != nil {
			return m, err
		}
		if !ok || state == nil {
			if code != f.province() {
				m.Missing = append(m.Missing, f.Division(code))
			}
			continue
		}
		e, err := v.Paper.Budget.Execute(budget.Month(through), actuals)
		if err != nil {
			return m, err
		}
		sides := map[budget.Side]executedSum{}
		for _, x := range e.Lines {
			item, side := sums[x.Item], sides[x.Item.Side()]
			sums[x.Item] = executedSum{item.budget + x.Budget, item.actual + x.Actual}
			sides[x.Item.Side()] = executedSum{side.budget + x.Budget, side.actual + x.Actual}
		}
		for _, side := range []budget.Side{budget.Revenue, budget.Expenditure} {
			areas.Rows = append(areas.Rows, ledgerRow{Cells: append([]ledgerCell{linkCell(f.Division(code), b.at("execution", "to", strconv.Itoa(int(through)))), textCell(f.T("web.budget." + string(side)))}, sides[side].cells(int(through))...)})
		}
	}
	if len(areas.Rows) == 0 {
		return m, nil
	}
	for _, side := range []budget.Side{budget.Revenue, budget.Expenditure} {
		var total executedSum
		for _, rule := range budget.ItemRules() {
			s, there := sums[rule.Item]
			if !there || rule.Side != side {
				continue
			}
			total = executedSum{total.budget + s.budget, total.actual + s.actual}
			items.Rows = append(items.Rows, ledgerRow{Cells: append([]ledgerCell{textCell(f.Text(rule.Item.Label()))}, s.cells(int(through))...)})
		}
		items.Rows = append(items.Rows, ledgerRow{Total: true, Cells: append([]ledgerCell{textCell(f.T("web.budget." + string(side)))}, total.cells(int(through))...)})
	}
	m.Tables = []ledgerTable{items, areas}
	return m, nil
}
