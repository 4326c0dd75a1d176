package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// reviews tells whether the reader may review a draft: one that waits, of somebody else, in a book he reviews.
//
// 依据: YA-4.10.3
func (f *frame) reviews(x store.VoucherDraft) bool {
	at := x.Voucher.Book.Division
	return x.State == store.DraftWaiting && x.Voucher.Maker != ledger.Person(f.subject.ID) && f.may(office.ReviewBooks, at)
}

// draftsModel are the drafts of a book by what the reader may do with them, and what was done just now.
type draftsModel struct {
	Review, Mine, Others []draftRow
	Sum                  money.Fen // of those to be reviewed
	Total, Reason        string    // as typed
	Done                 string
	Problems             []problemView
	MayKeep              bool
}

// draftRow is a draft in a list.
type draftRow struct {
	Seen, Path, Date, Summary, Accounts, Amount, Fen, Maker, State, Why string
	Chosen, Closing, Late                                               bool
}

func (d *booksDesk) drafts(b *bookView, w http.ResponseWriter, r *http.Request) error {
	m, err := b.draftsModel(r, nil)
	if err != nil {
		return err
	}
	m.Done = b.draftsDone()
	return b.render(w, r, http.StatusOK, ledgerDraftsPage(b, m))
}

// draftsDone says what was done just now.
func (b *bookView) draftsDone() string {
	count := number(b.seen.Get("count"))
	switch done := b.seen.Get("done"); {
	case done == "brought":
		return b.T("web.ledger.drafts.done.brought", "count", count, "known", number(b.seen.Get("known")))
	case draftAct(done) != "" && count > 0:
		sum, _ := money.ParseFen(b.seen.Get("sum"))
		return b.T("web.ledger.drafts.done."+done, "count", count, "sum", sum)
	}
	return ""
}

// byDate puts drafts into the order in which they are to be booked: by their date, and of a day as they came.
func byDate(drafts []store.VoucherDraft) []store.VoucherDraft {
	slices.SortStableFunc(drafts, func(a, b store.VoucherDraft) int {
		return strings.Compare(string(a.Voucher.Date), string(b.Voucher.Date))
	})
	return drafts
}

func (b *bookView) draftsModel(r *http.Request, chosen []string) (draftsModel, error) {
	m := draftsModel{MayKeep: b.may(office.PostBooks, b.book.Division)}
	all, err := b.waitingIn(r)
	if err != nil {
		return m, err
	}
	for _, x := range byDate(all) {
		row := b.draftRow(x)
		row.Chosen = slices.Contains(chosen, row.Seen)
		switch {
		case b.reviews(x):
			if !row.Closing {
				m.Sum += x.Voucher.Total()
			}
			m.Review = append(m.Review, row)
		case x.Voucher.Maker == ledger.Person(b.subject.ID):
			m.Mine = append(m.Mine, row)
		default:
			m.Others = append(m.Others, row)
		}
	}
	return m, nil
}

func (b *bookView) draftRow(x store.VoucherDraft) draftRow {
	v := x.Voucher
	row := draftRow{Seen: x.ID + ":" + strconv.FormatInt(int64(x.Version), 10), Path: b.at("drafts/" + x.ID), Date: string(v.Date), Summary: b.summary(v), Amount: fen(v.Total()),
		Fen: strconv.FormatInt(int64(v.Total()), 10), Maker: b.who(v.Maker), State: b.T("web.ledger.state." + string(x.State)), Why: x.Reason, Closing: v.Kind == ledger.Closing,
		Late: x.State == store.DraftWaiting && b.site.Now().Sub(x.At) >= lateAfter}
	var accounts []string
	for _, p := range v.Postings {
		a, _ := b.desk.chart.Get(p.Account)
		text := b.T("web.ledger.drafts.posting", "side", p.Side.Name(), "account", a.Name())
		if !slices.Contains(accounts, text) {
			accounts = append(accounts, text)
		}
	}
	if len(accounts) > mostAccounts {
		accounts = append(accounts[:mostAccounts], "…")
	}
	row.Accounts = strings.Join(accounts, " ")
	return row
}

// mostAccounts is how many accounts a line of the list names.
const mostAccounts = 4

// actOnDrafts does one thing with all drafts that were chosen, or with none. Booking asks for what they add up to.
//
// 依据: YA-4.10.3
func (d *booksDesk) actOnDrafts(b *bookView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	act, what := b.once(b.act(b.book.Division, draftAct(r.PostFormValue("act")), office.Object{Kind: "voucher_drafts", ID: b.book.String()}, r.PostFormValue("reason")), r), r.PostFormValue("act")
	if act.Action == "" {
		return formFault{http.StatusBadRequest, fault.Msg("web.form.bad")}
	}
	count, sum, err := b.actOnAll(r, act, what)
	switch {
	case err == nil:
		b.goTo(w, r, b.at("drafts", "done", what, "count", strconv.Itoa(count), "sum", plainYuan(sum)))
		return nil
	case fault.KindOf(err) == fault.Internal || errors.Is(err, office.ErrStale):
		return err
	}
	m, failed := b.draftsModel(r, r.PostForm["seen"])
	if failed != nil {
		return failed
	}
	m.Total, m.Reason = r.PostFormValue("total"), r.PostFormValue("reason")
	for _, p := range problemsOf(err) {
		m.Problems = append(m.Problems, b.problem(p))
	}
	return b.render(w, r, http.StatusUnprocessableEntity, ledgerDraftsPage(b, m))
}

// actOnAll does something with the drafts a form chose, in one write, and tells how many there were and what they add up to.
func (b *bookView) actOnAll(r *http.Request, act store.Act, what string) (int, money.Fen, error) {
	seen := r.PostForm["seen"]
	if len(seen) == 0 || len(seen) > office.MostInBatch {
		return 0, 0, fault.New(fault.Refused, "web.ledger.drafts.none_chosen", "most", office.MostInBatch)
	}
	chosen, sum, gone, err := b.chosenDrafts(r, seen)
	if err != nil {
		return 0, 0, err
	}
	if !gone {
		if err := b.mayActOnAll(chosen, sum, what, act.Why, r.PostFormValue("total")); err != nil {
			return 0, 0, err
		}
	}
	act.After = []office.Field{{Name: "vouchers", Value: strconv.Itoa(len(seen))}, {Name: "total", Value: sum.String()}}
	at := b.site.Now()
	receipt, err := b.site.Store.Write(r.Context(), act, func(t *store.Tx) error {
		if gone {
			return office.ErrStale
		}
		for i, x := range chosen {
			if err := b.carryOut(r.Context(), t, x, what, act, inOrder(at, i)); err != nil {
				return b.ofDraft(x, err)
			}
		}
		t.Answer([]byte(sum.String()))
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	sum, _ = money.ParseFen(string(receipt.Answer))
	return len(seen), sum, nil
}

// chosenDrafts finds the drafts that a form names in the versions it saw, in the order they are to be booked; gone tells that one is
// there no longer.
func (b *bookView) chosenDrafts(r *http.Request, seen []string) (chosen []store.VoucherDraft, sum money.Fen, gone bool, err error) {
	all, err := b.waitingIn(r)
	if err != nil {
		return nil, 0, false, err
	}
	for _, text := range seen {
		id, version, _ := strings.Cut(text, ":")
		at := slices.IndexFunc(all, func(x store.VoucherDraft) bool { return x.ID == id })
		if at < 0 {
			gone = true
			continue
		}
		x := all[at]
		x.Version = office.Version(number(version))
		chosen = append(chosen, x)
		sum += x.Voucher.Total()
	}
	slices.SortStableFunc(chosen, func(x, y store.VoucherDraft) int { return x.At.Compare(y.At) })
	return byDate(chosen), sum, gone, nil
}

// mayActOnAll tells whether the reader may do something with every one of several drafts.
func (b *bookView) mayActOnAll(chosen []store.VoucherDraft, sum money.Fen, what, why, total string) error {
	for _, x := range chosen {
		err := b.mayAct(x, what, why)
		if x.Voucher.Kind == ledger.Closing && what == "book" {
			err = fault.New(fault.Refused, "web.ledger.drafts.closing")
		}
		if err != nil {
			return b.ofDraft(x, err)
		}
	}
	if what != "book" {
		return nil
	}
	stated, err := money.ParseFen(plainAmount(total))
	if err != nil {
		return fault.New(fault.Refused, "web.todo.total_wrong", "value", total)
	}
	if stated != sum {
		return fault.New(fault.Refused, "web.ledger.drafts.total", "stated", stated, "sum", sum, "count", len(chosen))
	}
	return nil
}

// ofDraft says which of several drafts a refusal is about.
func (b *bookView) ofDraft(x store.VoucherDraft, err error) error {
	if fault.KindOf(err) == fault.Internal || errors.Is(err, office.ErrStale) {
		return err
	}
	var out fault.List
	for _, p := range problemsOf(err) {
		p.Row, p.Column = 0, string(x.Voucher.Date)+" "+b.summary(x.Voucher)
		out.Add(p)
	}
	return out.Err()
}

// voucherTodo is what waits for the reader in a book: vouchers of others to review, or his own that came back or were not submitted.
type voucherTodo struct {
	Act, Title, Path, Division, Amount, Exact, Since, Waited string
	Count                                                    int
	Late                                                     bool
	since                                                    time.Time
	sum                                                      money.Fen
}

// voucherTodos are the vouchers that wait for the reader, book by book.
//
// 依据: YA-4.10.3
func (s *site) voucherTodos(f *frame, r *http.Request) ([]voucherTodo, error) {
	scope := f.scope(office.ReviewBooks)
	if scope == (office.Scope{}) {
		return nil, nil
	}
	drafts, err := s.Store.Drafts(r.Context(), scope)
	if err != nil {
		return nil, err
	}
	type key struct {
		book ledger.Book
		act  string
	}
	found := map[key]*voucherTodo{}
	var order []key
	for _, x := range drafts {
		k := key{x.Voucher.Book, f.todoOf(x)}
		if k.act == "" {
			continue
		}
		t := found[k]
		if t == nil {
			t = &voucherTodo{since: x.At}
			found[k] = t
			order = append(order, k)
		}
		t.Count++
		t.sum += x.Voucher.Total()
		if x.At.Before(t.since) {
			t.since = x.At
		}
	}
	var out []voucherTodo
	for _, k := range order {
		t := *found[k]
		waited := s.Now().Sub(t.since)
		t.Act, t.Title, t.Division = f.T("web.ledger.todo."+k.act), f.Text(k.book.Name()), f.divisionName(k.book.Division)
		t.Path, t.Amount, t.Exact = f.bookLink(k.book, "drafts", "fy", ""), f.amount(t.sum), f.exact(t.sum)
		t.Since, t.Waited, t.Late = f.moment(t.since), f.waited(waited), waited >= lateAfter
		out = append(out, t)
	}
	return out, nil
}

// todoOf is what the reader has to do with a draft; empty for nothing.
func (f *frame) todoOf(x store.VoucherDraft) string {
	mine := x.Voucher.Maker == ledger.Person(f.subject.ID)
	switch {
	case f.reviews(x):
		return "review"
	case mine && x.State == store.DraftReturned:
		return "returned"
	case mine && x.State == store.DraftOpen:
		return "submit"
	}
	return ""
}
