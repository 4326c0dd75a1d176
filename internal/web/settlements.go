package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/clearing"
	counters "tongchou/internal/counter"
	"tongchou/internal/enrol"
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

// routesOfSettlements are the pages of settlements and their clearing (待遇结算), for the table of routes.
func (s *site) routesOfSettlements() []route {
	read, view := onOwn(office.ReadClaims), onOwn(office.View)
	return []route{
		{"GET /settlements", "settlements", false, s.settlements, read},
		{"POST /settlements/person", "settlements.person", false, s.settlementsOf, onOwn(office.ReadPersons)},
		{"GET /settlements/{file}", "settlements.export", false, s.settlementsFile, read},
		{"GET /settlements/{no}/{id}", "settlement", false, s.settlement, read},
		{"GET /clearing", "clearing", false, s.clearing, view},
		{"GET /clearing/{file}", "clearing_export", false, s.clearingFile, onOwn(office.Export)},
		{"POST /clearing/days", "clearing_days", false, s.closeDays, inOffice(onProvince(office.CloseBooks))},
		{"POST /clearing/month", "clearing_month", false, s.clearingAct, onOwn(office.CloseBooks, office.ReviewBooks)},
		{"POST /clearing/offsite", "clearing_offsite", false, s.planOffsite, inOffice(onProvince(office.Make))},
		{"GET /reconciliation", "reconciliation", false, s.reconciliation, view},
		{"GET /reconciliation/{file}", "reconciliation.export", false, s.reconciliationFile, onOwn(office.Export)},
	}
}

const (
	// settlementsListed is how many settlements a page lists, settlementsTaken how many a file does.
	settlementsListed = 50
	settlementsTaken  = 20_000
)

// subLedgerModel is the search of settlements.
type subLedgerModel struct {
	outcome
	From, To, Institution, Least, Most, Person string
	Offsite                                    bool
	Insurance, Care, Show                      []optionView
	Table                                      ledgerTable
	Next, First                                string
	Count                                      int
	Synthetic                                  bool
	MayTake                                    bool
	Finding                                    *personFinding // nil for who may not look persons up
}

// personFinding is a search for the person whose settlements are looked for.
type personFinding struct {
	Number, Name string
	Counties     []optionView
	Found        *ledgerTable
	More         bool
}

// settlementQuery reads the search that the address describes.
func (f *frame) settlementQuery(m *subLedgerModel) (q store.SettlementQuery, err error) {
	today := f.site.today()
	get := func(name, usual string) string {
		if value := strings.TrimSpace(f.seen.Get(name)); value != "" {
			return value
		}
		return usual
	}
	m.From, m.To, m.Institution, m.Person = get("from", lastMonth(today)+"-01"), get("to", string(today)), get("institution", ""), get("person", "")
	m.Least, m.Most, m.Offsite = get("least", ""), get("most", ""), f.seen.Get("offsite") == "1"
	q = store.SettlementQuery{From: policy.Date(m.From), To: policy.Date(m.To), Institution: m.Institution, Care: get("care", ""), Offsite: m.Offsite, Show: store.SettlementShow(get("show", "")), AnyInsured: true, Limit: settlementsListed}
	if i, known := benefit.ParseInsurance(get("insutype", "")); known {
		q.Insurance, q.AnyInsured = i, false
	}
	m.options(f, &q)
	var l fault.List
	for _, x := range []struct {
		name, text string
		to         *money.Fen
	}{{"least", m.Least, &q.Least}, {"most", m.Most, &q.Most}} {
		if x.text == "" {
			continue
		}
		if *x.to, err = money.ParseFen(x.text); err != nil || *x.to < 0 {
			l.Add(fault.Problem{Column: f.T("web.settlements." + x.name), Value: x.text, Message: fault.Msg("web.benefit.amount")})
		}
	}
	if m.Person != "" {
		no, err := strconv.ParseInt(m.Person, 10, 64)
		if err != nil || no < 1 {
			l.Add(fault.Problem{Column: f.T("web.settlements.person"), Value: m.Person, Message: fault.Msg("web.settlements.person.number")})
		}
		q.Person = enrol.PersonNo(no)
	}
	if after := strings.Split(f.seen.Get("after"), "."); len(after) == 4 {
		no, _ := strconv.ParseInt(after[2], 10, 64) // a place there is not is the beginning
		q.After = store.SettlementPlace{On: policy.Date(after[0]), County: after[1], Person: enrol.PersonNo(no), ID: after[3]}
	}
	return q, l.Err()
}

func (m *subLedgerModel) options(f *frame, q *store.SettlementQuery) {
	chosen := ""
	if !q.AnyInsured {
		chosen = q.Insurance.Code()
	}
	m.Insurance = []optionView{{"", f.T("web.settlements.any"), chosen == ""}}
	for _, i := range benefit.Insurances() {
		m.Insurance = append(m.Insurance, optionView{i.Code(), f.T("web.insurance." + i.String()), chosen == i.Code()})
	}
	m.Care = []optionView{{"", f.T("web.settlements.any"), q.Care == ""}}
	for _, care := range []string{"11", "21"} {
		m.Care = append(m.Care, optionView{care, f.T("web.settlements.care." + care), q.Care == care})
	}
	for _, show := range []string{"", "standing", "undone", "mirrors"} {
		key := show
		if show == "" {
			key = "all"
		}
		m.Show = append(m.Show, optionView{show, f.T("web.settlements.show." + key), string(q.Show) == show})
	}
}

func (s *site) settlements(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := subLedgerModel{outcome: outcome{Status: http.StatusOK}, MayTake: f.may(office.Export, f.subject.Division)}
	if f.mayOpen("settlements.person") {
		m.Finding = &personFinding{Counties: f.countyOptions("")}
	}
	q, err := f.settlementQuery(&m)
	var found []store.FoundSettlement
	more := false
	if err == nil {
		found, more, err = s.Store.Settlements().Find(r.Context(), f.worker(office.ReadClaims), q)
	}
	if err != nil && !refusable(err) {
		return err
	}
	if err != nil {
		m.outcome = f.refusedOutcome(err)
	}
	m.Table, m.Count = f.settlementsTable(found), len(found)
	m.Synthetic = slices.ContainsFunc(found, func(x store.FoundSettlement) bool { return x.At.Synthetic })
	if more {
		p := found[len(found)-1].Place()
		m.Next = string(f.here("after", strings.Join([]string{string(p.On), p.County, strconv.FormatInt(int64(p.Person), 10), p.ID}, ".")))
	}
	if q.After.On != "" {
		m.First = string(f.here("after", ""))
	}
	return f.render(w, r, m.Status, subLedgerPage(f, m))
}

// settlementsOf looks a person up by certificate number, or by name in a county, through the blind indexes of the files, and leads to his settlements. Each search is written down before it is
// answered, and finds persons of the reader's own division alone. Name and number stand in no address.
//
// 依据: YA-4.8.2, YA-4.10.2
func (s *site) settlementsOf(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	if err := f.refusal(office.ReadClaims, f.subject.Division); err != nil {
		f.turnAway(w, r, refusedRight{err})
		return nil
	}
	county := region.Code(r.PostFormValue("county"))
	finding := personFinding{Number: strings.TrimSpace(r.PostFormValue("number")), Name: strings.TrimSpace(r.PostFormValue("name")), Counties: f.countyOptions(county)}
	m := subLedgerModel{outcome: outcome{Status: http.StatusOK}, Finding: &finding}
	if _, err := f.settlementQuery(&m); err != nil {
		return err
	}
	m.Table = f.settlementsTable(nil)
	by := "number"
	if finding.Number == "" {
		by = "name"
	}
	found, err := s.findPersons(f, r, enrolModel{By: by, Number: finding.Number, Name: finding.Name}, county)
	if err != nil {
		if !refusable(err) {
			return err
		}
		m.outcome = f.refusedOutcome(err)
		return f.render(w, r, m.Status, subLedgerPage(f, m))
	}
	path := func(p store.Person) string {
		return f.link("/settlements", "person", strconv.FormatInt(int64(p.No), 10))
	}
	if len(found.Persons) == 1 && !found.More {
		http.Redirect(w, r, path(found.Persons[0]), http.StatusSeeOther)
		return nil
	}
	t := f.personsTable(found.Persons, s.today())
	for i, p := range found.Persons {
		t.Rows[i].Cells[0] = linkCell(t.Rows[i].Cells[0].Text, path(p))
	}
	finding.Found, finding.More = &t, found.More
	return f.render(w, r, http.StatusOK, subLedgerPage(f, m))
}

// settlementsTable lists settlements, each with where it leads.
func (f *frame) settlementsTable(found []store.FoundSettlement) ledgerTable {
	t := ledgerTable{ID: "settlements", Title: f.T("web.settlements"), Aside: f.T("web.ledger.unit"), Clause: "YA-4.8.2", Empty: f.T("web.settlements.none"),
		Heads: f.ledgerHeads("web.settlements.id", "web.settlements.on", "web.settlements.person", "web.settlements.institution", "web.enrol.insurance", "web.settlements.care", "web.settlements.insured_at",
			"#", "web.settlements.total", "#", "web.settlements.funds", "#", "web.settlements.account", "#", "web.settlements.cash", "web.settlements.state")}
	for _, x := range found {
		no := strconv.FormatInt(int64(x.Person), 10)
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{linkCell(shortID(x.ID), f.link("/settlements/"+no+"/"+x.ID)), textCell(string(x.On)), textCell(no), textCell(x.At.Name + f.offsiteText(&x)),
			textCell(f.T("web.insurance." + x.Insurance.String())), textCell(f.T("web.settlements.care." + x.Clearing)), textCell(f.divisionName(x.County)), fenCell(x.Total), fenCell(x.Funds()),
			fenCell(x.Account + x.Family), fenCell(x.Cash), f.settlementState(&x.Settled)}})
	}
	return t
}

// shortID is the end of a settlement's number, which is thirty digits.
func shortID(id string) string {
	const most = 12
	if len(id) > most {
		return "\u2026" + id[len(id)-most:]
	}
	return id
}

func (f *frame) offsiteText(x *store.FoundSettlement) string {
	if !x.Offsite() {
		return ""
	}
	return " \u00b7 " + f.T("web.settlements.offsite")
}

func (f *frame) settlementState(s *store.Settled) ledgerCell {
	switch {
	case s.Mirrors != "":
		return markCell(f.T("web.settlements.show.mirrors"), "warn")
	case s.UndoneBy != "":
		return markCell(f.T("web.settlements.show.undone"), "warn")
	}
	return markCell(f.T("web.settlements.show.standing"), "good")
}

// settlementsFile gives what a search finds as a file, as many rows as one holds.
func (s *site) settlementsFile(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := f.refusal(office.Export, f.subject.Division); err != nil {
		return err
	}
	var m subLedgerModel
	q, err := f.settlementQuery(&m)
	if err != nil {
		return err
	}
	q.Limit, q.After = settlementsTaken, store.SettlementPlace{}
	found, more, err := s.Store.Settlements().Find(r.Context(), f.worker(office.ReadClaims), q)
	if err != nil {
		return err
	}
	notes := []exchange.Note{{Name: f.T("web.ledger.note.filters"), Text: f.request.URL.RawQuery}}
	if more {
		notes = append(notes, exchange.Note{Name: f.T("web.settlements"), Text: f.T("web.settlements.more", "most", settlementsTaken)})
	}
	return f.takeTables(w, r.PathValue("file"), "settlements-"+m.From+"-"+m.To, notes, []ledgerTable{f.settlementsTable(found)})
}

// settlementModel is a settlement's page.
type settlementModel struct {
	Person, PersonPath string
	Lines              []helpLine
	Steps              []stepOfBill
	Parts              ledgerTable
	Undone             *tabView // what it undoes, or what undid it
	UndoneText         string
	Book               *tabView // the month it is booked in
	BookText           string
	Synthetic          bool
}

func (s *site) settlement(f *frame, w http.ResponseWriter, r *http.Request) error {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return errNotFound
	}
	x, found, err := s.Store.Settlements().Read(r.Context(), f.worker(office.ReadClaims), enrol.PersonNo(no), r.PathValue("id"))
	if err != nil || !found {
		return orNotFound(err)
	}
	m := settlementModel{Person: strconv.FormatInt(no, 10), Synthetic: x.At.Synthetic, Parts: f.partsTable(&x)}
	if f.mayOpen("person") {
		m.PersonPath = f.link("/enrol/person/" + m.Person)
	}
	if m.Lines, m.Steps, err = f.billOf(&x); err != nil {
		return err
	}
	if other := x.Mirrors + x.UndoneBy; other != "" {
		m.Undone, m.UndoneText = &tabView{Text: shortID(other), Path: f.link("/settlements/" + m.Person + "/" + other)}, f.T("web.settlements.undoes")
		if x.Mirrors == "" {
			m.UndoneText = f.T("web.settlements.undone_by")
		}
	}
	if err := s.bookedAt(f, r, &x, &m); err != nil {
		return err
	}
	return f.render(w, r, http.StatusOK, settlementPageOf(f, m))
}

// explained settles a bill again for its steps; without a counter there are none.
func (s *site) explained(ctx context.Context, x *store.FoundSettlement) (counters.Explained, error) {
	if s.counter == nil {
		return counters.Explained{}, nil
	}
	return s.counter.Explain(ctx, x.Settled)
}

// billOf says what a settlement is, and how it came about.
func (f *frame) billOf(x *store.FoundSettlement) (lines []helpLine, steps []stepOfBill, err error) {
	e, err := f.site.explained(f.request.Context(), x)
	if err != nil {
		return nil, nil, err
	}
	line := func(key, text string) { lines = append(lines, helpLine{Name: f.T(key), Text: text}) }
	line("web.settlements.id", x.ID)
	line("web.settlements.on", string(x.On))
	line("web.settlements.institution", x.At.Name+f.offsiteText(x))
	line("web.settlements.insured_at", f.divisionName(x.County))
	line("web.enrol.insurance", f.T("web.insurance."+x.Insurance.String()))
	line("web.settlements.care", f.T("web.settlements.care."+x.Clearing))
	line("web.settlements.state", f.settlementState(&x.Settled).Text)
	for _, r := range e.Steps {
		steps = append(steps, stepOfBill{Title: f.T("web.benefit.part." + r.Part), Amount: r.Amount.In(money.Yuan), Text: f.sentence(r.Message), Clause: string(r.Clause), Assumed: r.Assumed})
	}
	return lines, steps, nil
}

// partsTable is who pays what of a bill: the layers, and what the person pays.
func (f *frame) partsTable(x *store.FoundSettlement) ledgerTable {
	t := ledgerTable{ID: "parts", Title: f.T("web.settlements.parts"), Aside: f.T("web.ledger.unit"), Clause: "YA-4.4.3", Heads: f.ledgerHeads("web.settlements.who", "#", "web.settlements.amount", "web.settlements.whose")}
	paid := clearing.Paid{x.Basic, x.Catastrophic, x.Large, x.Aid, x.Other, x.Account + x.Family}
	for _, l := range clearing.Layers() {
		whose := "web.settlements.whose.others"
		if l.Own() {
			whose = "web.settlements.whose.fund"
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.Text(l.Name())), fenCell(paid[l]), textCell(f.T(whose))}})
	}
	t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.T("web.settlements.cash")), fenCell(x.Cash), textCell(f.T("web.settlements.whose.person"))}},
		ledgerRow{Total: true, Cells: []ledgerCell{textCell(f.T("web.settlements.total")), fenCell(x.Total), textCell("")}})
	return t
}

// bookedAt says where in the books a settlement stands: the voucher of its institution in the month it is closed in.
func (s *site) bookedAt(f *frame, r *http.Request, x *store.FoundSettlement, m *settlementModel) error {
	m.BookText = f.T("web.settlements.not_closed")
	days, err := s.Store.Clearing().Days(r.Context(), x.County.Province(), x.On, x.On)
	if err != nil || len(days) == 0 {
		return err
	}
	m.BookText = f.T("web.settlements.day_closed", "day", x.On)
	home, _ := s.Engine.Tree.PoolingArea(x.County) // of a county on file
	at, err := time.Parse(time.DateOnly, string(x.On))
	if err != nil {
		return err
	}
	month, found, err := s.monthOf(r, home, policy.Year(at.Year()), at.Month())
	if err != nil || !found || month.State != clearing.Confirmed {
		return err
	}
	posted, err := s.Store.Clearing().Booked(r.Context(), month)
	if err != nil {
		return err
	}
	place, _ := s.Engine.Tree.PoolingArea(x.At.Division)
	of := x.Settled.Institution
	if place != home {
		of = "offsite/" + string(place)
	}
	key := ledger.Key(string(month.Document()) + "/" + x.Insurance.String() + "/" + of)
	for _, v := range posted {
		if v.Key == key {
			m.BookText = f.T("web.settlements.booked", "area", home, "month", at.Format("2006-01"))
			m.Book = &tabView{Text: f.Text(v.Ref().Text()), Path: f.bookLink(ledger.AreaBook(pool.Insurance(x.Insurance.String()), home), "vouchers/"+refPath(v.Ref()))}
		}
	}
	return nil
}
