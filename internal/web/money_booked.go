package web

import (
	"net/http"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// bookedModel is what was booked of payments, and what is asked to be taken back (到账记录).
type bookedModel struct {
	outcome
	Batch            string
	Batches          []batchChoice
	Rows             []bookedRow
	MayAsk, MayJudge bool
	Askable, Waiting int // Waiting counts what was asked for, Others what others than the reader did
	Others           int
	Reason           string
}

// bookedRow is what a receipt paid of a payment.
type bookedRow struct {
	Seen, Kind, Payer, Payee, Receipt, Date, Amount, Exact string
	Maker, Reviewer, Reason, State, Class                  string
	Asked, Choosable, Undone                               bool
}

func (m *moneyDesk) booked(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.bookedAs(f, w, r, f.justDone())
}

func (m *moneyDesk) bookedAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	v := bookedModel{outcome: o, Reason: r.PostFormValue("reason"), MayAsk: f.may(office.PostBooks, f.subject.Division), MayJudge: f.may(office.ReviewBooks, f.subject.Division)}
	list := paymentsModel{Batch: r.FormValue("batch")}
	items, err := m.chosenItems(f, r, &list)
	if err != nil {
		return err
	}
	v.Batch, v.Batches = list.Batch, list.Batches
	known := map[ledger.ItemID]ledger.Standing{}
	for _, i := range items {
		known[i.ID] = i
	}
	all, err := m.Store.Payments(r.Context(), f.own(), ledger.DocumentID(v.Batch))
	if err != nil {
		return err
	}
	names, err := m.names(f, r)
	if err != nil {
		return err
	}
	for _, p := range all {
		row := f.bookedRow(p, known[p.Item], names)
		row.Choosable = !row.Undone && known[p.Item].Keeper() == f.subject.Division && (row.Asked && v.MayJudge || !row.Asked && v.MayAsk)
		if row.Choosable && row.Asked {
			v.Waiting++
			if p.AskedBy != ledger.Person(f.subject.ID) {
				v.Others++
			}
		} else if row.Choosable {
			v.Askable++
		}
		v.Rows = append(v.Rows, row)
	}
	return f.render(w, r, o.Status, bookedPage(f, v))
}

// names are the names of the people that the reader sees, by id.
func (m *moneyDesk) names(f *frame, r *http.Request) (func(ledger.Person) string, error) {
	users, err := m.Store.Accounts().Users(r.Context(), f.scope(office.View))
	names := map[ledger.Person]string{}
	for _, u := range users {
		names[ledger.Person(u.ID)] = u.Name
	}
	return func(p ledger.Person) string {
		if name := names[p]; name != "" {
			return name
		}
		return string(p)
	}, err
}

func (f *frame) bookedRow(p store.Payment, i ledger.Standing, name func(ledger.Person) string) bookedRow {
	row := bookedRow{Seen: strconv.FormatInt(p.Seq, 10) + "\t" + string(p.Receipt) + "\t" + string(p.Item), Kind: f.Text(i.Kind.Name()), Payer: f.Text(i.Payer.Name()), Payee: f.Text(i.Payee.Name()),
		Receipt: string(p.Receipt), Date: string(p.Date), Amount: f.amount(p.Amount), Exact: f.exact(p.Amount), Maker: name(p.Maker), Reviewer: name(p.Reviewer), Reason: p.Reason}
	switch {
	case !p.Stands():
		row.Undone, row.Class = true, "pill"
		row.State = f.T("web.booked.undone", "by", name(p.UndoneBy), "on", string(p.UndoneOn))
	case p.AskedBy != "":
		row.Asked, row.Class = true, "pill warn"
		row.State = f.T("web.booked.asked", "by", name(p.AskedBy))
	default:
		row.Class, row.State = "pill good", f.T("web.booked.stands")
	}
	return row
}

// correct asks for what was booked to be taken back, does it, or leaves it as it is.
func (m *moneyDesk) correct(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	var chosen []remit.SeenPayment
	for _, text := range r.PostForm["seen"] {
		parts := strings.SplitN(text, "\t", 3)
		seq, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil || len(parts) != 3 {
			return f.badForm(w, r, badForm(err))
		}
		chosen = append(chosen, remit.SeenPayment{Item: ledger.ItemID(parts[2]), Receipt: ledger.DocumentID(parts[1]), Seq: seq})
	}
	act, reason := r.PostFormValue("act"), r.PostFormValue("reason")
	var err error
	switch {
	case act == "asked":
		err = m.service.AskTakeBack(r.Context(), f.who(r), chosen, reason)
	case act == "kept":
		err = m.service.Keep(r.Context(), f.who(r), chosen, reason)
	case act != "taken_back":
		return f.badForm(w, r, badForm(nil))
	case r.PostFormValue("checked") == "":
		err = fault.New(fault.Refused, "web.money.unchecked")
	default:
		err = m.service.TakeBack(r.Context(), f.who(r), chosen)
	}
	return f.after(w, r, err, f.link("/pool/payments/booked", "batch", r.PostFormValue("batch")), act, func(o outcome) error { return m.bookedAs(f, w, r, o) })
}

// correctionTodo is what somebody asked to take back and the reader may; nothing when there is none.
//
// 依据: YA-4.10.3
func (m *moneyDesk) correctionTodo(f *frame, r *http.Request) ([]voucherTodo, error) {
	if !f.may(office.ReviewBooks, f.subject.Division) {
		return nil, nil
	}
	all, err := m.Store.Payments(r.Context(), f.own(), "")
	if err != nil {
		return nil, err
	}
	asked := map[ledger.ItemID]bool{}
	var t voucherTodo
	for _, p := range all {
		if p.Stands() && p.AskedBy != "" && p.AskedBy != ledger.Person(f.subject.ID) {
			asked[p.Item] = true
			t.Count++
			t.sum += p.Amount
		}
	}
	if t.Count == 0 {
		return nil, nil
	}
	items, err := m.Store.Items(r.Context(), f.own(), store.ItemQuery{})
	for _, i := range items {
		if asked[i.ID] && i.Keeper() == f.subject.Division {
			t.Path = f.link("/pool/payments/booked", "batch", string(i.Batch))
		}
	}
	if t.Path == "" {
		return nil, err
	}
	t.Act, t.Title, t.Division = f.T("web.booked.todo"), f.T("web.booked.title"), f.divisionName(f.subject.Division)
	t.Amount, t.Exact = f.amount(t.sum), f.exact(t.sum)
	return []voucherTodo{t}, err
}
