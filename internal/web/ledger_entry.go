package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// leastLines is how many lines an empty voucher shows.
const leastLines = 6

// entryModel is a voucher being written.
type entryModel struct {
	ID            string
	Version       office.Version
	Date, Summary string
	Kind          ledger.VoucherKind
	SourceKind    ledger.SourceKind
	SourceID      string
	Decision      string
	Corrects      ledger.Ref
	Red           bool // the lines are those of the voucher that is taken back
	Lines         []entryLine
	Accounts      []tabView // code and name; Current for those that carry something
	Dims          []tabView
	Problems      []problemView
	Debit, Credit string
	Kinds         []ledger.VoucherKind
	First, Last   string // days the date may be
	Sources       []ledger.SourceKind
	Back          string
	Done          *tabView // the draft that was submitted just now
}

type entryLine struct{ Account, Of, Debit, Credit string }

// entry shows the form of a voucher: an empty one, a draft, or one that corrects another.
func (d *booksDesk) entry(b *bookView, w http.ResponseWriter, r *http.Request) error {
	m := b.nextEntry(r)
	if id := r.FormValue("draft"); id != "" {
		x, err := b.ownDraft(r, id)
		if err != nil {
			return err
		}
		m = b.entryOf(x.Voucher)
		m.ID, m.Version = x.ID, x.Version
	} else if of := r.FormValue("of"); of != "" {
		v, _, err := b.find(r, of)
		if err != nil {
			return err
		}
		if m = b.correction(v, r.FormValue("how")); r.FormValue("how") == "copy" {
			m = b.copyOf(v)
		}
	}
	for n := max(leastLines, len(m.Lines)+2, number(r.FormValue("lines"))); len(m.Lines) < min(n, ledger.MaxPostings) && !m.Red; {
		m.Lines = append(m.Lines, entryLine{})
	}
	return b.render(w, r, http.StatusOK, ledgerEntryPage(b, b.completed(m)))
}

// nextEntry is an empty voucher, of the day and kind of source of the one that was submitted just before.
func (b *bookView) nextEntry(r *http.Request) entryModel {
	m := entryModel{Kind: ledger.Ordinary, SourceKind: ledger.FromDocument, Date: string(b.site.today())}
	if _, real := policy.ParseDate(r.FormValue("date")); real {
		m.Date = r.FormValue("date")
	}
	if r.FormValue("source_kind") == string(ledger.FromReceipt) {
		m.SourceKind = ledger.FromReceipt
	}
	if id := r.FormValue("done"); id != "" {
		if x, ok, err := b.site.Store.Draft(r.Context(), b.scope(office.PostBooks), b.book, id); err == nil && ok {
			m.Done = &tabView{Text: b.T("web.ledger.entry.done", "summary", b.summary(x.Voucher), "amount", x.Voucher.Total()), Path: b.at("drafts/" + id)}
		}
	}
	return m
}

// copyOf is a new voucher with the lines of one that was booked.
func (b *bookView) copyOf(v ledger.Voucher) entryModel {
	m := b.entryOf(v)
	m.Date, m.Kind, m.SourceID, m.Decision, m.Corrects = string(b.site.today()), ledger.Ordinary, "", "", ledger.Ref{}
	return m
}

// ownDraft is a draft of the reader that he may still change.
func (b *bookView) ownDraft(r *http.Request, id string) (store.VoucherDraft, error) {
	x, ok, err := b.site.Store.Draft(r.Context(), b.scope(office.PostBooks), b.book, id)
	switch {
	case err != nil:
		return x, err
	case !ok:
		return x, fault.New(fault.Refused, "web.ledger.draft.gone")
	case x.Voucher.Maker != ledger.Person(b.subject.ID) || x.State == store.DraftWaiting || x.Voucher.Kind == ledger.Closing:
		return x, fault.New(fault.Refused, "web.ledger.draft.not_yours")
	}
	return x, nil
}

// correction is the form of a voucher that corrects one: the same lines in red, or empty lines that name it.
func (b *bookView) correction(v ledger.Voucher, how string) entryModel {
	date := max(string(b.site.today()), string(v.Date))
	if how != "reversal" {
		return entryModel{Kind: ledger.Supplement, Corrects: v.Ref(), Date: date, SourceKind: ledger.FromDocument,
			Summary: b.T("web.ledger.supplement.summary", "voucher", v.Ref().Text())}
	}
	m := b.entryOf(v.Reverse(policy.Date(date), "", ledger.Source{Kind: ledger.FromDocument}, ledger.Summary{Text: b.T("web.ledger.reversal.summary", "voucher", v.Ref().Text())}, "", ""))
	m.Red = true
	return m
}

// entryOf is a voucher as the form has it.
func (b *bookView) entryOf(v ledger.Voucher) entryModel {
	m := entryModel{Date: string(v.Date), Summary: b.summary(v), Kind: v.Kind, SourceKind: v.Source.Kind, SourceID: string(v.Source.ID), Decision: string(v.Decision), Corrects: v.Corrects,
		Red: v.Kind == ledger.Reversal}
	for _, p := range v.Postings {
		l := entryLine{Account: b.accountText(p.Account), Of: b.dimensionText(p.Dimensions)}
		if p.Side == ledger.Debit {
			l.Debit = p.Amount.String()
		} else {
			l.Credit = p.Amount.String()
		}
		m.Lines = append(m.Lines, l)
	}
	return m
}

func (b *bookView) accountText(code ledger.Code) string {
	a, ok := b.desk.chart.Get(code)
	if !ok {
		return string(code)
	}
	return string(code) + " " + b.Text(a.Name())
}

func (b *bookView) dimensionText(d ledger.Dimensions) string {
	switch {
	case !d.Counter.None():
		return string(d.Counter.Division) + " " + b.Text(d.Counter.Name())
	case d.Level != "":
		return b.Text(d.Level.Name())
	}
	return string(d.Institution)
}

// completed adds to a form what it offers.
func (b *bookView) completed(m entryModel) entryModel {
	for _, a := range b.desk.chart.Accounts() {
		if b.desk.chart.Leaf(a.Code) && b.has(a) {
			m.Accounts = append(m.Accounts, tabView{Text: b.accountText(a.Code), Path: b.carries(a.Carries), Current: a.Carries != ledger.Carries{}})
		}
	}
	for _, l := range ledger.Levels() {
		m.Dims = append(m.Dims, tabView{Text: b.Text(l.Name())})
	}
	if b.book.Kind != ledger.Area {
		for _, p := range b.areas() {
			m.Dims = append(m.Dims, tabView{Text: string(p) + " " + b.Text(ledger.AreaBook(b.book.Insurance, p).Name())})
		}
	}
	var debit, credit money.Fen
	for _, l := range m.Lines {
		x, _ := money.ParseFen(plainAmount(l.Debit))
		y, _ := money.ParseFen(plainAmount(l.Credit))
		debit, credit = debit+x, credit+y
	}
	m.Debit, m.Credit = fen(debit), fen(credit)
	m.Kinds = []ledger.VoucherKind{ledger.Ordinary}
	switch {
	case !m.Corrects.None():
		m.Kinds = []ledger.VoucherKind{m.Kind}
	case m.Kind == ledger.Opening:
		m.Kinds = []ledger.VoucherKind{ledger.Opening}
	}
	m.Sources = []ledger.SourceKind{ledger.FromDocument, ledger.FromReceipt}
	m.Back = b.at("")
	return m
}

// has tells whether a book has an account.
func (b *bookView) has(a ledger.Account) bool {
	return (len(a.Books) == 0 || slices.Contains(a.Books, b.book.Kind)) && (a.Insurance == "" || a.Insurance == b.book.Insurance)
}

// areas are the pooling areas of the book's province, its own unit first.
func (b *bookView) areas() []region.Code {
	province := b.book.Division.Province()
	out := []region.Code{province}
	for _, p := range b.site.Engine.Tree.Prefectures(province) {
		out = append(out, p.Code)
	}
	return out
}

// enter takes a voucher: to be gone on with, kept as a draft, or given to somebody else to review.
func (d *booksDesk) enter(b *bookView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	m, v, problems := b.readEntry(r)
	if r.PostFormValue("act") == "more" {
		for range leastLines {
			m.Lines = append(m.Lines, entryLine{})
		}
		return b.render(w, r, http.StatusOK, ledgerEntryPage(b, b.completed(m)))
	}
	next := r.PostFormValue("act") == "next"
	submit := next || r.PostFormValue("act") == "submit"
	if problems.Empty() && submit {
		if err := b.tried(r, v); err != nil {
			for _, p := range problemsOf(err) {
				problems.Add(p)
			}
		}
	}
	if err := problems.Err(); err != nil {
		for _, p := range problemsOf(err) {
			m.Problems = append(m.Problems, b.bookProblem(p))
		}
		return b.render(w, r, http.StatusUnprocessableEntity, ledgerEntryPage(b, b.completed(m)))
	}
	id, err := b.keepDraft(r, m.ID, m.Version, v, submit)
	if err != nil {
		return err
	}
	if next {
		b.goTo(w, r, b.at("entry", "date", m.Date, "source_kind", string(m.SourceKind), "done", id))
		return nil
	}
	b.goTo(w, r, b.at("drafts/"+id))
	return nil
}

// keepDraft keeps a voucher as a draft and gives its id.
func (b *bookView) keepDraft(r *http.Request, id string, version office.Version, v ledger.Voucher, submit bool) (string, error) {
	if id == "" {
		id = newOnce()
	} else if _, err := b.ownDraft(r, id); err != nil {
		return "", err
	}
	v.Key = ledger.Key("draft/" + id)
	x := store.VoucherDraft{ID: id, Voucher: v, State: store.DraftOpen, At: b.site.Now(), Version: version + 1}
	action := "draft_voucher"
	if submit {
		x.State, action = store.DraftWaiting, "submit_voucher"
	}
	digest := v.Digest()
	act := b.act(b.book.Division, action, office.Object{Kind: "voucher_draft", ID: id}, "")
	act.After = []office.Field{{Name: "book", Value: b.book.String()}, {Name: "digest", Value: digest.String()}}
	receipt, err := b.site.Store.Write(r.Context(), b.once(act, r), func(t *store.Tx) error {
		t.Answer([]byte(id))
		if submit && v.Kind != ledger.Closing {
			if err := b.triedIn(t, []ledger.Voucher{v}); err != nil {
				return err
			}
		}
		return t.SaveDraft(x)
	})
	if err != nil {
		return "", err
	}
	return string(receipt.Answer), nil
}

// triedIn tells within a write whether vouchers could be booked. No period of the book is closed beside it.
func (b *bookView) triedIn(t *store.Tx, set []ledger.Voucher) error {
	for i := range set {
		set[i].Reviewer = notYetKnown
	}
	return t.Update(b.desk.chart, ledger.Needed(b.desk.chart, set), func(states map[ledger.Book]*ledger.State) (ledger.Done, error) {
		return ledger.Done{}, ledger.TryByHand(states, set)
	})
}

// tried tells whether a voucher could be booked as the books stand, without booking it.
func (b *bookView) tried(r *http.Request, v ledger.Voucher) error {
	if v.Key == "" {
		v.Key = "tried"
	}
	return b.dry(r, []ledger.Voucher{v}, func(states map[ledger.Book]*ledger.State) error {
		v.Reviewer = notYetKnown
		_, err := ledger.PostByHand(states, []ledger.Voucher{v})
		return err
	})
}

// notYetKnown stands for whoever will review a voucher.
const notYetKnown ledger.Person = "\x00"

// dry lets work on the books as a set of vouchers needs them, and keeps nothing of it.
func (b *bookView) dry(r *http.Request, set []ledger.Voucher, work func(map[ledger.Book]*ledger.State) error) error {
	return b.books().Look(r.Context(), ledger.Needed(b.desk.chart, set), work)
}

// readEntry reads the form of a voucher: as the form has it, as a voucher, and what cannot be read.
func (b *bookView) readEntry(r *http.Request) (entryModel, ledger.Voucher, *fault.List) {
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	var problems fault.List
	m := entryModel{ID: text("id"), Version: office.Version(number(text("version"))), Date: text("date"), Summary: text("summary"), Kind: ledger.VoucherKind(text("kind")),
		SourceKind: ledger.SourceKind(text("source_kind")), SourceID: text("source_id"), Decision: text("decision")}
	v := ledger.Voucher{Book: b.book, Date: policy.Date(m.Date), Kind: m.Kind, Summary: ledger.Summary{Text: m.Summary}, Source: ledger.Source{Kind: m.SourceKind, ID: ledger.DocumentID(m.SourceID)},
		Decision: ledger.DocumentID(m.Decision), Maker: ledger.Person(b.subject.ID)}
	if of := text("corrects"); of != "" {
		m.Corrects, _ = refOf(b.book, of)
		v.Corrects = m.Corrects
	}
	if _, real := policy.ParseDate(m.Date); !real {
		problems.Add(fault.Problem{Column: b.T("web.ledger.head.date"), Value: m.Date, Message: fault.Msg("ledger.date_invalid", "value", m.Date)})
	}
	if m.Kind == ledger.Opening && !b.opensAgain(r, m.ID) {
		problems.Add(fault.Problem{Column: b.T("web.ledger.head.kind"), Value: string(m.Kind), Clause: "SC38-4.6", Message: fault.Msg("web.ledger.opening_by_file")})
	}
	m.Red = m.Kind == ledger.Reversal
	form := r.PostForm
	for i := range min(len(form["account"]), ledger.MaxPostings) {
		l := entryLine{Account: fieldAt(form, "account", i), Of: fieldAt(form, "of", i), Debit: fieldAt(form, "debit", i), Credit: fieldAt(form, "credit", i)}
		m.Lines = append(m.Lines, l)
		if l == (entryLine{}) {
			continue
		}
		p, wrong := b.posting(l)
		for _, w := range wrong {
			w.Row, w.Column = i+1, b.lineHead(w.Column)
			problems.Add(w)
		}
		v.Postings = append(v.Postings, p)
	}
	return m, v, &problems
}

// bookProblem is what a book refuses, with the field in the words of the form; a field that the form does not have is left out.
func (f *frame) bookProblem(p fault.Problem) problemView {
	v := f.problem(p)
	if column, known := voucherFields()[p.Column]; known {
		v.Column = ""
		if column != "" {
			v.Column = f.T("web.ledger.head." + column)
		}
	}
	return v
}

// voucherFields are what the form calls the fields that refusals name.
func voucherFields() map[string]string {
	return map[string]string{"date": "date", "summary": "summary", "kind": "kind", "account": "account", "counter": "of", "level": "of", "institution": "of", "amount": "amount",
		"reviewer": "reviewer", "postings": "", "decision": "", "source": "", "side": "", "number": "", "key": "", "corrects": "", "book": "book"}
}

// opensAgain tells whether somebody changes opening balances that he brought in by file and that came back to him.
func (b *bookView) opensAgain(r *http.Request, id string) bool {
	x, err := b.ownDraft(r, id)
	return err == nil && x.Voucher.Kind == ledger.Opening
}

// lineHead is what the form calls a column of its lines.
func (b *bookView) lineHead(column string) string {
	if column == "debit" || column == "credit" {
		return b.T("web.ledger.voucher." + column)
	}
	return b.T("web.ledger.head." + column)
}

func fieldAt(form map[string][]string, name string, i int) string {
	if i >= len(form[name]) {
		return ""
	}
	return strings.TrimSpace(form[name][i])
}

// plainAmount takes out of an amount what people put in to read it.
func plainAmount(text string) string {
	return strings.NewReplacer(",", "", "\u2212", "-", " ", "").Replace(text)
}

// posting reads a line of the form or of a file. Problems name the columns account, of, debit and credit.
func (b *bookView) posting(l entryLine) (ledger.Posting, []fault.Problem) {
	var wrong []fault.Problem
	p := ledger.Posting{Account: accountCode(l.Account), Side: ledger.Debit}
	column, amount := "debit", l.Debit
	switch {
	case l.Debit != "" && l.Credit != "":
		wrong = append(wrong, fault.Problem{Column: "credit", Value: l.Credit, Message: fault.Msg("web.ledger.both_sides")})
	case l.Debit == "" && l.Credit == "":
		wrong = append(wrong, fault.Problem{Column: "debit", Message: fault.Msg("web.ledger.no_amount")})
	case l.Credit != "":
		p.Side, column, amount = ledger.Credit, "credit", l.Credit
	}
	if len(wrong) == 0 {
		var err error
		if p.Amount, err = money.ParseFen(plainAmount(amount)); err != nil {
			wrong = append(wrong, fault.Problem{Column: column, Value: amount, Message: fault.Msg("web.ledger.amount", "value", amount)})
		}
	}
	a, ok := b.desk.chart.Get(p.Account)
	if !ok {
		return p, append(wrong, fault.Problem{Column: "account", Value: l.Account, Message: fault.Msg("ledger.unknown_account", "value", l.Account)})
	}
	p.Dimensions, ok = b.dimensions(a, l.Of)
	if !ok {
		wrong = append(wrong, fault.Problem{Column: "of", Value: l.Of, Message: fault.Msg("web.ledger.of", "value", l.Of, "account", a.Name(), "expected", b.carries(a.Carries))})
	}
	return p, wrong
}

// dimensions reads what an account is kept by. The book on the other side is filled in where there is but one.
func (b *bookView) dimensions(a ledger.Account, text string) (ledger.Dimensions, bool) {
	var out ledger.Dimensions
	c := a.Carries
	switch {
	case c == ledger.Carries{}:
		return out, text == ""
	case c.Institution:
		out.Institution = ledger.Institution(text)
		return out, text != ""
	case c.Level:
		for _, l := range ledger.Levels() {
			if text == string(l) || text == b.Text(l.Name()) {
				out.Level = l
			}
		}
		return out, out.Level != ""
	case c.Counter == ledger.Area:
		code := region.Code(text)
		if cut, _, found := strings.Cut(text, " "); found {
			code = region.Code(cut)
		}
		out.Counter = ledger.AreaBook(b.book.Insurance, code)
		return out, slices.Contains(b.areas(), code)
	}
	out.Counter = ledger.Book{Insurance: b.book.Insurance, Division: b.book.Division.Province(), Kind: c.Counter}
	return out, true
}

// draftModel is a draft as it is shown.
type draftModel struct {
	Voucher          voucherModel
	ID               string
	Version          office.Version
	State            store.DraftState
	StateText, Why   string
	Problems         []problemView // why it could not be booked now
	Mine, MayReview  bool
	Closing          bool
	Edit, Once, Back string
}

// draft shows a voucher that is not booked yet.
func (d *booksDesk) draft(b *bookView, w http.ResponseWriter, r *http.Request) error {
	x, ok, err := d.Store.Draft(r.Context(), b.scope(office.View), b.book, r.PathValue("id"))
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Refused, "web.ledger.draft.gone")
	}
	m := draftModel{Voucher: b.voucherModel(x.Voucher), ID: x.ID, Version: x.Version, State: x.State, StateText: b.T("web.ledger.state." + string(x.State)), Why: x.Reason,
		Mine: x.Voucher.Maker == ledger.Person(b.subject.ID), Closing: x.Voucher.Kind == ledger.Closing, Edit: b.at("entry", "draft", x.ID), Back: b.at("")}
	m.Voucher.Source = b.T("web.ledger.source."+string(x.Voucher.Source.Kind)) + " " + string(x.Voucher.Source.ID)
	if m.Closing {
		m.Voucher.Title = b.summary(x.Voucher)
	} else if err := b.tried(r, x.Voucher); err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		for _, p := range problemsOf(err) {
			m.Problems = append(m.Problems, b.bookProblem(p))
		}
	}
	m.MayReview = b.reviews(x)
	return b.render(w, r, http.StatusOK, ledgerDraftPage(b, m))
}

// actOnDraft carries out what somebody does with a draft.
func (d *booksDesk) actOnDraft(b *bookView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	act := b.once(b.act(b.book.Division, "", office.Object{Kind: "voucher_draft", ID: r.PathValue("id")}, r.PostFormValue("reason")), r)
	act.Action = draftAct(r.PostFormValue("act"))
	if act.Action == "" {
		return formFault{http.StatusBadRequest, fault.Msg("web.form.bad")}
	}
	x, ok, err := d.Store.Draft(r.Context(), b.scope(office.View), b.book, r.PathValue("id"))
	if err != nil {
		return err
	}
	if !ok && act.Key == "" {
		return fault.New(fault.Refused, "web.ledger.draft.gone")
	}
	if ok {
		x.Version = office.Version(number(r.PostFormValue("version")))
		if err := b.mayAct(x, r.PostFormValue("act"), act.Why); err != nil {
			return err
		}
	}
	receipt, err := d.Store.Write(r.Context(), act, func(t *store.Tx) error {
		if !ok {
			return fault.New(fault.Refused, "web.ledger.draft.gone")
		}
		return b.carryOut(r.Context(), t, x, r.PostFormValue("act"), act, b.site.Now())
	})
	if err != nil {
		return err
	}
	if ref, booked := refOf(b.book, string(receipt.Answer)); booked {
		b.goTo(w, r, b.voucherPath(ref))
		return nil
	}
	page := "drafts/" + r.PathValue("id")
	switch r.PostFormValue("act") {
	case "book":
		page = "periods"
	case "delete":
		page = ""
	}
	b.goTo(w, r, b.at(page))
	return nil
}

// draftAct is how the audit chain calls what is done with a draft; empty for anything else.
func draftAct(act string) string {
	return map[string]string{"submit": "submit_voucher", "withdraw": "withdraw_voucher", "delete": "delete_voucher_draft", "return": "return_voucher", "book": "book_voucher"}[act]
}

// mayAct tells whether the reader may do something with a draft as it stands.
func (b *bookView) mayAct(x store.VoucherDraft, act, why string) error {
	mine := x.Voucher.Maker == ledger.Person(b.subject.ID)
	waiting := x.State == store.DraftWaiting
	switch act {
	case "submit", "delete":
		if !mine || waiting {
			return fault.New(fault.Refused, "web.ledger.draft.not_yours")
		}
	case "withdraw":
		if !mine || !waiting {
			return fault.New(fault.Refused, "web.ledger.draft.not_yours")
		}
	case "return", "book":
		switch {
		case mine:
			return fault.Refuse(fault.Problem{Clause: "YA-4.10.3", Message: fault.Msg("ledger.same_person", "value", string(b.subject.ID))})
		case !waiting:
			return fault.New(fault.Refused, "web.ledger.draft.not_waiting")
		case act == "return" && why == "":
			return fault.New(fault.Refused, "web.ledger.draft.reason")
		}
	}
	return nil
}

// carryOut does something with a draft in a write; at is when it changes.
func (b *bookView) carryOut(ctx context.Context, t *store.Tx, x store.VoucherDraft, act string, by store.Act, at time.Time) error {
	now := x
	now.Version, now.At, now.Reason = x.Version+1, at, ""
	switch act {
	case "submit":
		if x.Voucher.Kind != ledger.Closing {
			if err := b.triedIn(t, []ledger.Voucher{x.Voucher}); err != nil {
				return err
			}
		}
		now.State = store.DraftWaiting
	case "withdraw":
		now.State = store.DraftOpen
	case "return":
		now.State, now.Reason = store.DraftReturned, by.Why
	case "delete":
		return t.RemoveDraft(x)
	case "book":
		if err := t.RemoveDraft(x); err != nil {
			return err
		}
		return b.bookDraft(ctx, t, x)
	}
	return t.SaveDraft(now)
}

// bookDraft books a draft, or closes the year that it stands for.
func (b *bookView) bookDraft(ctx context.Context, t *store.Tx, x store.VoucherDraft) error {
	v, chart := x.Voucher, b.desk.chart
	if v.Kind == ledger.Closing {
		d, _, err := t.Document(office.DocumentID(v.Decision))
		if err != nil {
			return err
		}
		order := b.closingOrder(yearNumber(string(v.Date[:4])), v.Maker, d)
		_, err = ledger.Service{Chart: chart, Store: booksOf{t, chart, b.nothingWaits(t, order.Year, time.December)}}.Period(ctx, b.book, ledger.CloseYear, order, ledger.Person(b.subject.ID))
		return err
	}
	v.Reviewer = ledger.Person(b.subject.ID)
	posted, err := ledger.Service{Chart: chart, Store: booksOf{t: t, chart: chart}}.PostByHand(ctx, []ledger.Voucher{v})
	if err == nil {
		t.Answer([]byte(refPath(posted[0].Voucher.Ref())))
	}
	return err
}

// booksOf are the books inside a write that is under way; only Update is there. What must hold is asked when the book is there and
// nobody else changes it.
type booksOf struct {
	t     *store.Tx
	chart *ledger.Chart
	holds func() error
}

func (o booksOf) Update(_ context.Context, needs []ledger.Need, work func(map[ledger.Book]*ledger.State) (ledger.Done, error)) error {
	return o.t.Update(o.chart, needs, func(states map[ledger.Book]*ledger.State) (ledger.Done, error) {
		if o.holds != nil {
			if err := o.holds(); err != nil {
				return ledger.Done{}, err
			}
		}
		return work(states)
	})
}

func (o booksOf) Whole(context.Context, ledger.Book, policy.Year) (*ledger.State, error) {
	return nil, errDry
}

func (o booksOf) Posted(context.Context, ledger.Book, ledger.Span) ([]ledger.Voucher, error) {
	return nil, errDry
}

// yearNumber reads a year; 0 for anything else.
func yearNumber(text string) policy.Year {
	n := number(text)
	if len(text) != 4 || strconv.Itoa(n) != text {
		return 0
	}
	return policy.Year(n)
}
