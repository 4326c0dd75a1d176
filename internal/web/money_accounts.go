package web

import (
	"net/http"
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
)

// accountsModel is where the money of every book is paid to (收付款账户).
type accountsModel struct {
	outcome
	Rows    []accountRow
	Own     []accountRow // that the reader may give another account
	Waiting []accountRow // that the reader may confirm
	Reason  string
}

// accountRow is the account of a book, or one that waits to be confirmed.
type accountRow struct{ Book, Name, Holder, Number, Bank, By, Waits string }

func (m *moneyDesk) accounts(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.accountsAs(f, w, r, f.justDone())
}

func (m *moneyDesk) accountsAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	kept, err := m.Store.BankAccounts(r.Context(), f.own())
	if err != nil {
		return err
	}
	books, err := m.Store.ListBooks(r.Context(), f.own())
	if err != nil {
		return err
	}
	names, err := m.names(f, r)
	if err != nil {
		return err
	}
	v := accountsModel{outcome: o, Reason: r.PostFormValue("reason")}
	for _, b := range books {
		a := kept[b]
		row := accountRow{Book: b.String(), Name: f.Text(b.Name()), Holder: a.Name, Number: a.Number, Bank: a.Bank}
		if a.ConfirmedBy != "" {
			row.By = names(a.ConfirmedBy)
		}
		own := b.Division == f.subject.Division
		if own && f.may(office.Pay, b.Division) {
			v.Own = append(v.Own, row)
		}
		if a.Waits() {
			row.Waits = f.T("web.accounts.waits", "holder", a.Next.Name, "number", a.Next.Number, "bank", a.Next.Bank, "by", names(a.NextBy))
			if own && f.may(office.ReviewBooks, b.Division) {
				v.Waiting = append(v.Waiting, accountRow{Book: row.Book, Name: row.Name, Holder: a.Next.Name, Number: a.Next.Number, Bank: a.Next.Bank, By: names(a.NextBy)})
			}
		}
		v.Rows = append(v.Rows, row)
	}
	return f.render(w, r, o.Status, accountsPage(f, v))
}

// keepAccount gives a book another account, confirms it, or does not.
func (m *moneyDesk) keepAccount(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	books, err := m.Store.ListBooks(r.Context(), f.own())
	if err != nil {
		return err
	}
	a := ledger.BankAccount{Name: strings.TrimSpace(r.PostFormValue("holder")), Number: strings.TrimSpace(r.PostFormValue("number")), Bank: strings.TrimSpace(r.PostFormValue("bank"))}
	at := slices.IndexFunc(books, func(b ledger.Book) bool { return b.String() == r.PostFormValue("book") })
	act := r.PostFormValue("act")
	switch {
	case at < 0:
		err = fault.New(fault.Refused, "remit.account")
	case act == "confirmed" && r.PostFormValue("checked") == "":
		err = fault.New(fault.Refused, "web.money.unchecked")
	case act == "confirmed":
		err = m.service.ConfirmAccount(r.Context(), f.who(r), books[at], a)
	case act == "refused":
		err = m.service.RefuseAccount(r.Context(), f.who(r), books[at], a, r.PostFormValue("reason"))
	default:
		act, err = "account", m.service.KeepAccount(r.Context(), f.who(r), books[at], a)
	}
	return f.after(w, r, err, f.link("/pool/accounts"), act, func(o outcome) error { return m.accountsAs(f, w, r, o) })
}

// accountTodo is that accounts wait for the reader to confirm them; nothing when none does.
//
// 依据: YA-4.10.3
func (m *moneyDesk) accountTodo(f *frame, r *http.Request) ([]voucherTodo, error) {
	if !f.may(office.ReviewBooks, f.subject.Division) {
		return nil, nil
	}
	kept, err := m.Store.BankAccounts(r.Context(), office.Scope{Division: f.subject.Division, Reach: office.Own})
	t := voucherTodo{Act: f.T("web.accounts.todo"), Title: f.T("web.accounts.title"), Division: f.divisionName(f.subject.Division), Path: f.link("/pool/accounts")}
	for _, a := range kept {
		if a.Waits() && a.NextBy != ledger.Person(f.subject.ID) {
			t.Count++
		}
	}
	if t.Count == 0 {
		return nil, err
	}
	return []voucherTodo{t}, err
}
