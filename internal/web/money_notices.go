package web

import (
	"net/http"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// noticesModel are letters to be printed, a page each (通知书).
type noticesModel struct {
	Letters []letter
	Batch   string
	Missing bool
}

// letter is a notice as it is printed.
type letter struct {
	Issuer, Number, Title, To, Body, Signer, Date string
	Lines                                         []factLine
	Steps, Missing                                []string
	Clauses                                       []policy.ClauseID
	Synthetic                                     bool
}

func (m *moneyDesk) notices(f *frame, w http.ResponseWriter, r *http.Request) error {
	letters, batch, err := m.letters(f, r)
	if err != nil {
		return err
	}
	if len(letters) == 0 {
		return errNotFound
	}
	v := noticesModel{Letters: letters, Batch: batch}
	for _, l := range letters {
		v.Missing = v.Missing || len(l.Missing) > 0
	}
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, noticesPage(f, v))
}

// letters are the notices that the address names: one payment's, or all of a batch's.
func (m *moneyDesk) letters(f *frame, r *http.Request) ([]letter, string, error) {
	of := store.ItemQuery{ID: ledger.ItemID(f.seen.Get("id")), Batch: ledger.DocumentID(f.seen.Get("batch"))}
	if of.ID == "" && of.Batch == "" {
		return nil, "", errNotFound
	}
	items, err := m.Store.Items(r.Context(), f.own(), of)
	if err != nil {
		return nil, "", err
	}
	home := store.ScopeOf(f.province())
	accounts, err := m.Store.BankAccounts(r.Context(), home)
	if err != nil {
		return nil, "", err
	}
	explained := map[ledger.DocumentID]explanation{}
	var out []letter
	for _, i := range items {
		if _, ok := explained[i.Batch]; !ok {
			if explained[i.Batch], err = m.explain(r, home, i.Batch); err != nil {
				return nil, "", err
			}
		}
		out = append(out, f.letter(i, accounts, explained[i.Batch]))
	}
	return out, string(of.Batch), nil
}

// explanation is what stands behind the payments of a batch. A letter to a city says of the province's paper what concerns
// that city.
type explanation struct {
	title     string
	date      time.Time
	run       *exchange.FrozenRun
	synthetic bool
}

func (m *moneyDesk) explain(r *http.Request, scope office.Scope, batch ledger.DocumentID) (explanation, error) {
	d, err := m.Store.Desk(scope).Document(r.Context(), office.DocumentID(batch))
	if err != nil {
		return explanation{}, err
	}
	out := explanation{title: d.Title, date: d.Steps[len(d.Steps)-1].At}
	paper, err := m.Store.Paper(r.Context(), scope, d.Digest)
	if err != nil {
		return out, err
	}
	if paper.Kind == remit.RunPaper {
		run, err := exchange.ReadFrozenRun(paper.Content)
		out.run, out.synthetic = &run, run.Synthetic
		return out, err
	}
	o, err := remit.ReadOrder(paper.Content)
	out.synthetic = o.Synthetic
	return out, err
}

// figureOf is the figure of a run that explains a kind of payment.
func figureOf(kind ledger.ItemKind) string {
	switch kind {
	case ledger.Collection:
		return "paid"
	case ledger.Allocation:
		return "received"
	case ledger.EmergencyAid, ledger.LocalPaid, ledger.LocalBack:
		return "emergency"
	case ledger.LossRepaid, ledger.LossBack:
		return "owed"
	}
	return ""
}

func (f *frame) letter(i ledger.Standing, accounts map[ledger.Book]store.BookAccount, e explanation) letter {
	n := ledger.Notice{Item: i.Item, Number: i.Number, From: accounts[i.Payer.Book].BankAccount, To: accounts[i.Payee.Book].BankAccount}
	issuer := f.T("web.notice.issuer", "province", f.divisionName(f.province()))
	l := letter{Issuer: issuer, Signer: issuer, Number: i.Number, Title: f.Text(n.Title()), Clauses: i.Clauses(), Synthetic: e.synthetic,
		Date: f.writtenDay(policy.DayOf(e.date))}
	if l.Number == "" {
		l.Number = f.T("web.notice.number.none")
	}
	l.To = f.T("web.notice.to", "city", i.City())
	if i.City().IsProvince() {
		l.To = f.T("web.notice.to", "city", f.divisionName(i.City()))
	}
	body := "web.notice.body"
	switch {
	case i.Payer.Book.None():
		l.To = f.T("web.notice.to.government", "payer", i.Payer.Name())
	case i.Outgoing() && !i.Payee.Book.None():
		body = "web.notice.body.out"
	}
	l.Body = f.T(body, "title", e.title, "payer", i.Payer.Name(), "payee", i.Payee.Name(), "kind", i.Kind.Name(), "capital", f.Capital(i.Amount),
		"amount", i.Amount, "due", f.writtenDay(i.Due))
	l.Lines = []factLine{{f.T("web.payment.id"), string(i.ID)}, {f.T("web.payment.amount"), f.exact(i.Amount)}, {f.T("web.notice.capital"), f.Capital(i.Amount)},
		{f.T("web.payment.due"), string(i.Due)}, {f.T("web.notice.from"), f.accountText(n.From)}, {f.T("web.notice.account"), f.accountText(n.To)}}
	for _, missing := range n.Missing() {
		l.Missing = append(l.Missing, f.Text(missing))
	}
	if figure := figureOf(i.Kind); e.run != nil && figure != "" {
		l.Steps, _ = e.run.Explanations(string(i.City()), figure)
	}
	return l
}

// writtenDay is a day as letters write it.
func (f *frame) writtenDay(day policy.Date) string {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return string(day)
	}
	return f.T("web.notice.date", "year", at.Year(), "month", int(at.Month()), "day", at.Day())
}

func (f *frame) accountText(a ledger.BankAccount) string {
	if a == (ledger.BankAccount{}) {
		return f.T("web.notice.account.none")
	}
	return a.Name + " · " + a.Number + " · " + a.Bank
}

func (m *moneyDesk) noticesExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	letters, batch, err := m.letters(f, r)
	if err != nil {
		return err
	}
	t := exchange.Table{Sheet: f.T("web.notice.title"), Wide: 3, Heads: []string{f.T("web.payment.number"), f.T("web.notice.title"), f.T("web.notice.addressee")}}
	for n, l := range letters {
		row := []exchange.TableCell{exchange.TextCell(l.Number), exchange.TextCell(l.Title), exchange.TextCell(l.To)}
		for _, line := range l.Lines {
			if n == 0 {
				t.Heads = append(t.Heads, line.Name)
			}
			row = append(row, exchange.TextCell(line.Text))
		}
		t.Rows = append(t.Rows, row)
	}
	return m.workbook(f, w, "notices", batch, []exchange.Table{t})
}
