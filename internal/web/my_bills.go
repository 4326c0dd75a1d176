package web

import (
	"context"
	"net/http"
	"strconv"

	desks "tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// myBillsModel is a person's own settlements.
type myBillsModel struct {
	Name  string
	Bills []myBillView
}

// myBillView is a settlement in plain words.
type myBillView struct {
	ID, Path, Title, Sum, State string
	Steps                       []ownReason
	Facts                       []helpLine
	ObjectPath                  string
}

// mostOwnBills is how many settlements a person sees of himself.
const mostOwnBills = 200

// myBills lists a person's own settlements, the last first.
func (s *site) myBills(me *insured, w http.ResponseWriter, r *http.Request) error {
	own, err := me.own(r)
	if err != nil {
		return err
	}
	all, err := s.Store.Settlements().OwnList(r.Context(), own.No, mostOwnBills)
	if err != nil {
		return err
	}
	m := myBillsModel{Name: own.Identity().Name}
	for i := range all {
		m.Bills = append(m.Bills, me.billView(&all[i]))
	}
	return me.render(w, r, http.StatusOK, myBillsPage(me.frame, m))
}

// billView says in a sentence what a bill came to and who paid it.
func (me *insured) billView(x *store.FoundSettlement) myBillView {
	own := x.Account + x.Family + x.Cash
	v := myBillView{ID: shortID(x.ID), Path: me.myLink("/my/bills/" + x.ID), Title: string(x.On) + " " + x.At.Name + me.offsiteText(x), State: me.settlementState(&x.Settled).Text,
		Sum: me.T("web.my.bill.sum", "total", x.Total.In(money.Yuan), "funds", x.Funds().In(money.Yuan), "own", own.In(money.Yuan), "cash", x.Cash.In(money.Yuan))}
	if x.Mirrors == "" {
		v.ObjectPath = me.myLink("/my/objections/new", "bill", x.ID)
	}
	return v
}

// myBill is one bill in plain words: who paid what, the arithmetic, and the clauses.
func (s *site) myBill(me *insured, w http.ResponseWriter, r *http.Request) error {
	own, err := me.own(r)
	if err != nil {
		return err
	}
	x, found, err := s.Store.Settlements().Own(r.Context(), own.No, r.PathValue("id"))
	if err != nil || !found {
		return orNotFound(err)
	}
	lines, steps, err := me.billOf(&x)
	if err != nil {
		return err
	}
	v := me.billView(&x)
	v.Facts = lines
	for _, cell := range me.partsTable(&x).Rows {
		v.Facts = append(v.Facts, helpLine{Name: cell.Cells[0].Text, Text: me.T("web.my.yuan", "amount", cell.Cells[1].Text)})
	}
	for _, step := range steps {
		v.Steps = append(v.Steps, ownReason{Part: step.Title, Text: step.Text, Clause: step.Clause, Law: me.clauseText(step.Clause), Assumed: step.Assumed})
	}
	return me.render(w, r, http.StatusOK, myBillPage(me.frame, own.Identity().Name, v))
}

// billAtDesk is the bill that an objection is about, as the desk sees it; nil for other matters.
func (s *site) billAtDesk(f *frame, r *http.Request, x desks.Objection) (*settlementModel, error) {
	if x.Matter != desks.OfBill {
		return nil, nil
	}
	act := f.worker(office.ReadPersons)
	bill, found, err := s.Store.Settlements().Read(r.Context(), act, x.Person, x.Bill)
	if err != nil || !found {
		return nil, err
	}
	m := settlementModel{Parts: f.partsTable(&bill)}
	m.Lines, m.Steps, err = f.billOf(&bill)
	return &m, err
}

// yearsSettled are a person's settlements by year and insurance type.
func (s *site) yearsSettled(f *frame, ctx context.Context, no enrol.PersonNo) (ledgerTable, error) {
	t := ledgerTable{ID: "settled", Title: f.T("web.settlements.years"), Aside: f.T("web.ledger.unit"), Clause: "SCE-4.1", Empty: f.T("web.settlements.years.none"),
		Heads: f.ledgerHeads("web.enrol.year", "web.enrol.insurance", "#", "web.clearing.rows", "#", "web.settlements.total", "#", "web.settlements.funds", "#", "web.settlements.account", "#", "web.settlements.cash")}
	years, err := s.Store.Settlements().Years(ctx, no)
	for _, y := range years {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(strconv.Itoa(int(y.Year))), textCell(f.T("web.insurance." + y.Insurance.String())), numberCell(f.Value(y.Rows), strconv.FormatInt(y.Rows, 10)),
			fenCell(y.Total), fenCell(y.Funds()), fenCell(y.Account + y.Family), fenCell(y.Cash)}})
	}
	return t, err
}
