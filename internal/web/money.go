package web

import (
	"net/http"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// moneyDesk is where a computed year becomes money: the pages of runs, orders, payments, notices and receipts.
type moneyDesk struct {
	*site
	service remit.Service
}

// newMoneyDesk makes the desk; nil when the standard chart is broken, which its tests would tell.
func newMoneyDesk(s *site) (*moneyDesk, error) {
	chart, err := ledger.Standard()
	if err != nil {
		return nil, err
	}
	return &moneyDesk{s, remit.Service{Store: s.Store, Engine: s.Engine, Chart: chart, Pack: s.pack.ID, Program: s.Version, PolicyDigest: s.PolicyVersion}}, nil
}

// routesOfMoney are the pages of the year as money, for the table of routes.
func (m *moneyDesk) routesOfMoney() []route {
	view, makes, pay, post, match := onOwn(office.View), onOwn(office.Make), onOwn(office.Pay), onOwn(office.PostBooks), onOwn(office.Reconcile)
	return []route{
		{"GET /pool/runs", "runs", false, m.runs, view},
		{"POST /pool/runs", "runs.freeze", false, m.freeze, makes},
		{"GET /pool/runs/{id}", "run", false, m.run, view},
		{"GET /pool/runs/{id}/paper.json", "run.paper", false, m.paper, onOwn(office.Export)},
		{"GET /pool/orders", "orders", false, m.orders, view},
		{"POST /pool/orders", "orders.plan", false, m.plan, makes},
		{"GET /pool/payments", "payments", false, m.payments, view},
		{"GET /pool/payments/export.xlsx", "payments.export", false, m.paymentsExport, onOwn(office.Export)},
		{"POST /pool/payments/send", "payments.send", false, m.send, pay},
		{"POST /pool/payments/unsend", "payments.unsend", false, m.unsend, pay},
		{"POST /pool/payments/book", "payments.book", false, m.book, post},
		{"GET /pool/payments/booked", "payments.booked", false, m.booked, view},
		{"POST /pool/payments/booked", "payments.correct", false, m.correct, onOwn(office.PostBooks, office.ReviewBooks)},
		{"POST /pool/payments/number", "payments.number", false, m.number, makes},
		{"GET /pool/notices", "notices", false, m.notices, view},
		{"GET /pool/notices/export.xlsx", "notices.export", false, m.noticesExport, onOwn(office.Export)},
		{"GET /pool/receipts", "receipts", false, m.receipts, view},
		{"GET /pool/receipts/template.xlsx", "receipts.template", false, m.receiptsTemplate, view},
		{"POST /pool/receipts", "receipts.import", false, m.importReceipts, pay},
		{"POST /pool/receipts/accept", "receipts.accept", false, m.accept, match},
		{"POST /pool/receipts/suspend", "receipts.suspend", false, m.suspend, match},
		{"POST /pool/receipts/dispose", "receipts.dispose", false, m.dispose, match},
		{"GET /pool/offsite", "offsite", false, m.offsite, view},
		{"GET /pool/offsite/export.xlsx", "offsite.export", false, m.offsiteExport, onOwn(office.Export)},
		{"GET /pool/orders/template.xlsx", "orders.template", false, m.ordersTemplate, view},
		{"GET /pool/accounts", "bank_accounts", false, m.accounts, view},
		{"POST /pool/accounts", "bank_accounts.keep", false, m.keepAccount, onOwn(office.Pay, office.ReviewBooks)},
	}
}

// who is the reader as somebody who acts on money; the key of the form makes it be done once.
func (f *frame) who(r *http.Request) remit.Who {
	who := remit.Who{Subject: f.subject, From: f.from, At: f.site.Now()}
	if key := r.PostFormValue(onceName); key != "" && len(key) <= 64 {
		who.Key = string(f.subject.ID) + ":" + key
	}
	return who
}

// mayPlan tells whether the reader plans the province's money.
func (m *moneyDesk) mayPlan(f *frame) bool {
	return f.may(office.Make, f.province()) && f.subject.Division == f.province()
}

// own is the scope of the reader's division and everything below it.
func (f *frame) own() office.Scope { return f.scope(office.View) }

// maxMoneyForm bounds a form with a workbook.
const maxMoneyForm = 8 << 20

// readMoneyForm reads a form that may bring a file, all in memory.
func readMoneyForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxMoneyForm)
	if err := r.ParseMultipartForm(maxMoneyForm); err != nil && err != http.ErrNotMultipart {
		return badForm(err)
	}
	return nil
}

// outcome is what a page says about what was just done: what was, or why it was not.
type outcome struct {
	Done     string
	Problems []fault.Problem
	Status   int
}

// justDone is the outcome that the address names.
func (f *frame) justDone() outcome {
	o := outcome{Status: http.StatusOK}
	if done := f.seen.Get("done"); slices.Contains(moneyActs, done) {
		o.Done = f.T("web.money.done." + done)
	}
	return o
}

// moneyActs are what can have been done on these pages.
var moneyActs = []string{"frozen", "planned", "sent", "unsent", "booked", "numbered", "imported", "accepted", "suspended", "disposed", "account", "published", "withdrawn", "accepted_late", "booked_late", "asked", "kept", "taken_back", "confirmed", "refused"}

// after answers a form: with the page it leads to, or with the page it came from and why nothing was done.
func (f *frame) after(w http.ResponseWriter, r *http.Request, err error, to, done string, page func(outcome) error) error {
	switch {
	case err == nil:
		http.Redirect(w, r, withQuery(to, "done", done), http.StatusSeeOther)
		return nil
	case fault.KindOf(err) == fault.Internal:
		return err
	}
	o := outcome{Problems: problemsOf(err), Status: http.StatusUnprocessableEntity}
	if o.Problems[0].Message.Key == "remit.stale" {
		o.Status = http.StatusConflict
	}
	return page(o)
}

// documentsOf are the documents of some kinds that the reader sees, the newest first.
func (m *moneyDesk) documentsOf(f *frame, r *http.Request, kinds ...office.Kind) ([]office.Document, error) {
	all, err := m.Store.Desk(f.own()).OfKinds(r.Context(), kinds...)
	slices.SortStableFunc(all, func(a, b office.Document) int { return b.Steps[0].At.Compare(a.Steps[0].At) })
	return all, err
}

// progress is how far the payments of a batch have come.
type progress struct{ Count, Paid int }

func progressOf(items []ledger.Standing) map[ledger.DocumentID]progress {
	out := map[ledger.DocumentID]progress{}
	for _, i := range items {
		p := out[i.Batch]
		p.Count++
		if i.Open() == 0 {
			p.Paid++
		}
		out[i.Batch] = p
	}
	return out
}

// documentRow is a document in a list.
type documentRow struct {
	ID, Path, Title, Kind, State, Maker, At, Amount, Exact, Progress string
	Good                                                             bool
}

func (m *moneyDesk) documentRows(f *frame, r *http.Request, documents []office.Document) ([]documentRow, error) {
	items, err := m.Store.Items(r.Context(), f.own(), store.ItemQuery{})
	if err != nil {
		return nil, err
	}
	far := progressOf(items)
	var out []documentRow
	for _, d := range documents {
		row := documentRow{ID: string(d.ID), Path: f.link("/pool/runs/" + string(d.ID)), Title: d.Title, Kind: f.Text(d.Kind.Label()), State: f.Text(d.State.Label()),
			Maker: d.Steps[0].Name, At: f.moment(d.Steps[0].At), Amount: f.amount(d.Amount), Exact: f.exact(d.Amount), Good: d.State == office.Approved}
		if p, ok := far[ledger.DocumentID(d.ID)]; ok {
			row.Progress = f.T("web.money.progress", "paid", p.Paid, "count", p.Count)
		}
		out = append(out, row)
	}
	return out, nil
}
