package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// paymentsModel is the list of payments with what may be done to them (款项).
type paymentsModel struct {
	outcome
	Batches           []batchChoice
	Batch             string
	States            []stateChoice
	State             string
	Rows              []paymentRow
	Count             int
	Total, Paid, Open string
	MaySend, MayBook  bool
	MayNumber         bool
	Numbered          bool
	Today, Ref, Typed string
	Ready             int // that may be sent now
	ReadySum          string
	Query             string
}

type batchChoice struct{ ID, Title string }

type stateChoice struct{ Name, Text string }

// paymentRow is a payment in the list.
type paymentRow struct {
	Seen, ID, Kind, Payer, Payee, Number, Due     string
	Amount, Exact, Paid, Open, State, Class       string
	By                                            string
	Notice                                        string
	Sendable, Bookable, Choosable, Overdue, Ready bool
}

func (m *moneyDesk) payments(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.paymentsAs(f, w, r, f.justDone())
}

func (m *moneyDesk) paymentsAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	v := paymentsModel{outcome: o, Batch: r.FormValue("batch"), State: r.FormValue("state"), Today: string(f.who(r).Day()), Ref: r.PostFormValue("ref"), Typed: r.PostFormValue("total")}
	v.MaySend, v.MayBook, v.MayNumber = f.may(office.Pay, f.subject.Division), f.may(office.PostBooks, f.subject.Division), f.may(office.Make, f.subject.Division)
	items, err := m.chosenItems(f, r, &v)
	if err != nil {
		return err
	}
	var total, paid, open, ready money.Fen
	for _, i := range items {
		if v.State != "" && string(i.State()) != v.State {
			continue
		}
		row := f.paymentRow(i, v)
		v.Numbered = v.Numbered || i.Number == ""
		v.Rows = append(v.Rows, row)
		if row.Sendable {
			v.Ready, ready = v.Ready+1, ready+i.Open()
		}
		total, paid, open = total+i.Amount, paid+i.Paid, open+i.Open()
	}
	v.Count, v.Total, v.Paid, v.Open = len(v.Rows), f.exact(total), f.exact(paid), f.exact(open)
	v.ReadySum = f.exact(ready)
	for _, s := range ledger.ItemStates() {
		v.States = append(v.States, stateChoice{string(s), f.Text(s.Name())})
	}
	v.Query = f.link("/pool/payments", "batch", v.Batch, "state", v.State)
	return f.render(w, r, o.Status, paymentsPage(f, v))
}

// chosenItems gives the payments of the batch that is chosen, the newest when none is.
func (m *moneyDesk) chosenItems(f *frame, r *http.Request, v *paymentsModel) ([]ledger.Standing, error) {
	batches, err := m.Store.Batches(r.Context(), f.own())
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		v.Batches = append(v.Batches, batchChoice{string(b.ID), f.T("web.payments.batch", "id", string(b.ID), "made", f.moment(b.MadeAt))})
	}
	if v.Batch == "" && len(batches) > 0 {
		v.Batch = string(batches[0].ID)
	}
	return m.Store.Items(r.Context(), f.own(), store.ItemQuery{Batch: ledger.DocumentID(v.Batch)})
}

func (f *frame) paymentRow(i ledger.Standing, v paymentsModel) paymentRow {
	own := i.Keeper() == f.subject.Division
	row := paymentRow{Seen: seenItem(i), ID: string(i.ID), Kind: f.Text(i.Kind.Name()), Payer: f.Text(i.Payer.Name()), Payee: f.Text(i.Payee.Name()), Number: i.Number, Due: string(i.Due),
		Amount: f.amount(i.Amount), Exact: f.exact(i.Amount), Paid: f.amount(i.Paid), Open: f.amount(i.Open()), State: f.Text(i.State().Name()),
		Notice: f.link("/pool/notices", "id", string(i.ID))}
	row.Overdue = i.Open() > 0 && string(i.Due) < v.Today
	switch i.State() {
	case ledger.ItemPaid:
		row.Class = "pill good"
	case ledger.ItemSent, ledger.ItemPart:
		row.Class = "pill warn"
	default:
		row.Class = "pill"
	}
	if i.Sent.Ref != "" {
		row.By = f.T("web.payments.sent_by", "ref", string(i.Sent.Ref), "on", string(i.Sent.On))
	}
	row.Sendable = own && i.Outgoing() && (i.State() == ledger.ItemDue || i.State() == ledger.ItemPart)
	row.Bookable = own && i.State() == ledger.ItemSent
	row.Choosable = row.Sendable && v.MaySend || row.Bookable && (v.MayBook || v.MaySend)
	row.Ready = row.Sendable && v.MaySend || row.Bookable && v.MayBook
	return row
}

// seenItem names a payment in the version that a form shows.
func seenItem(i ledger.Standing) string { return strconv.FormatInt(i.Version, 10) + " " + string(i.ID) }

// chosenOf reads the payments that a form chose.
func chosenOf(values []string) ([]remit.Chosen, error) {
	var out []remit.Chosen
	for _, text := range values {
		version, id, ok := strings.Cut(text, " ")
		n, err := strconv.ParseInt(version, 10, 64)
		if !ok || err != nil {
			return nil, badForm(err)
		}
		out = append(out, remit.Chosen{ID: ledger.ItemID(id), Version: n})
	}
	return out, nil
}

// payForm is what the forms of the list of payments do: read, act, and lead back.
func (m *moneyDesk) payForm(f *frame, w http.ResponseWriter, r *http.Request, done *string, act func(remit.Who, []remit.Chosen) error) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	chosen, err := chosenOf(r.PostForm["seen"])
	if err != nil {
		return f.badForm(w, r, err)
	}
	back := f.link("/pool/payments", "batch", r.PostFormValue("batch"), "state", "")
	err = act(f.who(r), chosen)
	return f.after(w, r, err, back, *done, func(o outcome) error { return m.paymentsAs(f, w, r, o) })
}

func (m *moneyDesk) send(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.payForm(f, w, r, new("sent"), func(who remit.Who, chosen []remit.Chosen) error {
		total, err := money.ParseFen(strings.ReplaceAll(r.PostFormValue("total"), ",", ""))
		if err != nil {
			return fault.New(fault.Refused, "web.payments.total")
		}
		return m.service.Send(r.Context(), who, chosen, total, ledger.DocumentID(strings.TrimSpace(r.PostFormValue("ref"))), policy.Date(r.PostFormValue("on")))
	})
}

func (m *moneyDesk) unsend(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.payForm(f, w, r, new("unsent"), func(who remit.Who, chosen []remit.Chosen) error {
		return m.service.Unsend(r.Context(), who, chosen, r.PostFormValue("reason"))
	})
}

func (m *moneyDesk) book(f *frame, w http.ResponseWriter, r *http.Request) error {
	done := "booked"
	return m.payForm(f, w, r, &done, func(who remit.Who, chosen []remit.Chosen) error {
		if r.PostFormValue("checked") == "" {
			return fault.New(fault.Refused, "web.money.unchecked")
		}
		late, err := m.service.Book(r.Context(), who, chosen)
		if late > 0 {
			done = "booked_late"
		}
		return err
	})
}

func (m *moneyDesk) number(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.payForm(f, w, r, new("numbered"), func(who remit.Who, _ []remit.Chosen) error {
		first, _ := strconv.Atoi(r.PostFormValue("first")) // 0 is refused
		return m.service.Number(r.Context(), who, ledger.DocumentID(r.PostFormValue("batch")), strings.TrimSpace(r.PostFormValue("form")), first)
	})
}

func (m *moneyDesk) paymentsExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	var v paymentsModel
	v.Batch = f.seen.Get("batch")
	items, err := m.chosenItems(f, r, &v)
	if err != nil {
		return err
	}
	paid, err := m.Store.Payments(r.Context(), f.own(), ledger.DocumentID(v.Batch))
	if err != nil {
		return err
	}
	list := exchange.Table{Sheet: f.T("web.tab.payments"), Wide: 4, Heads: f.paymentHeads("id", "kind", "payer", "payee", "number", "due", "state", "amount", "paid", "open")}
	for _, i := range items {
		list.Rows = append(list.Rows, []exchange.TableCell{exchange.TextCell(string(i.ID)), exchange.TextCell(f.Text(i.Kind.Name())), exchange.TextCell(f.Text(i.Payer.Name())),
			exchange.TextCell(f.Text(i.Payee.Name())), exchange.TextCell(i.Number), exchange.TextCell(string(i.Due)), exchange.TextCell(f.Text(i.State().Name())),
			exchange.AmountCell(i.Amount), exchange.AmountCell(i.Paid), exchange.AmountCell(i.Open())})
	}
	booked := exchange.Table{Sheet: f.T("web.payments.booked"), Wide: 2, Heads: f.paymentHeads("id", "receipt", "date", "amount", "maker", "reviewer", "state", "reason")}
	for _, p := range paid {
		state := f.T("web.booked.stands")
		if !p.Stands() {
			state = f.T("web.booked.undone", "by", string(p.UndoneBy), "on", string(p.UndoneOn))
		} else if p.AskedBy != "" {
			state = f.T("web.booked.asked", "by", string(p.AskedBy))
		}
		booked.Rows = append(booked.Rows, []exchange.TableCell{exchange.TextCell(string(p.Item)), exchange.TextCell(string(p.Receipt)), exchange.TextCell(string(p.Date)),
			exchange.AmountCell(p.Amount), exchange.TextCell(string(p.Maker)), exchange.TextCell(string(p.Reviewer)), exchange.TextCell(state), exchange.TextCell(p.Reason)})
	}
	return m.workbook(f, w, "payments", v.Batch, []exchange.Table{list, booked})
}

// paymentHeads are the heads of a table of payments, by name.
func (f *frame) paymentHeads(names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = f.T("web.payment." + n)
	}
	return out
}

// workbook answers with tables and where they come from.
func (m *moneyDesk) workbook(f *frame, w http.ResponseWriter, name, batch string, tables []exchange.Table) error {
	notes := []exchange.Note{{Name: f.T("web.payments.batch.note"), Text: batch}, {Name: f.T("web.payments.made.note"), Text: f.moment(m.Now())},
		{Name: f.T("web.payments.by.note"), Text: f.subject.Name}, {Name: f.T("web.run.policy"), Text: f.policyVersion()}}
	if f.synthetic() {
		notes = append(notes, exchange.Note{Name: f.T("web.synthetic"), Text: f.T("web.synthetic")})
	}
	var b bytes.Buffer
	if err := exchange.WriteTables(&b, tables, notes, f.Printer); err != nil {
		return err
	}
	return attach(w, name+"-"+batch+".xlsx", workbookType, b.Bytes())
}
