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
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// periodsModel is how far a book is closed, what the next closing needs, and what may be opened again.
type periodsModel struct {
	Months            []monthView
	Year              int
	Closed            bool
	Next              int // the month to be closed; 0 when the year is closed
	Last              bool
	Checks            []checkView
	Ready             bool
	Deficit           bool       // carrying the year needs an approval
	Approvals         []pickView // of which one is chosen
	AskPath           string     // where one is asked for
	MayClose, MayOpen bool
	Reopenings        []reopenView
	Reopenable        []pickView
	NextYear          int // that may be opened; 0 for none
	Waiting           string
}

// monthView is a month of the year that is shown.
type monthView struct {
	Month    int
	State    string
	Mark     string
	Vouchers int
	Path     string
}

// checkView is something that must hold, or should be looked at, before closing.
type checkView struct {
	Text, Path string
	Done       bool
	Must       bool
}

// reopenView is a reopening that somebody asked for.
type reopenView struct {
	Document office.Document
	State    string
	Path     string
}

func (d *booksDesk) periods(b *bookView, w http.ResponseWriter, r *http.Request) error {
	m, err := b.periodsModel(r)
	if err != nil {
		return err
	}
	return b.render(w, r, http.StatusOK, ledgerPeriodsPage(b, m))
}

func (b *bookView) periodsModel(r *http.Request) (periodsModel, error) {
	year := b.span.Year
	y := b.state.Years[year]
	m := periodsModel{Year: int(year), Closed: y.Closed, MayClose: b.may(office.CloseBooks, b.book.Division), MayOpen: b.may(office.ReopenBooks, b.book.Division)}
	posted, err := b.books().Posted(r.Context(), b.book, ledger.Whole(year))
	if err != nil {
		return m, err
	}
	drafts, err := b.waitingIn(r)
	if err != nil {
		return m, err
	}
	for month := y.First; month <= time.December; month++ {
		v := monthView{Month: int(month), State: b.T("web.ledger.month.open"), Path: b.at("vouchers", "from", strconv.Itoa(int(month)), "to", strconv.Itoa(int(month)))}
		if month <= y.Through {
			v.State, v.Mark = b.T("web.ledger.month.closed"), "good"
			if !y.Closed {
				m.Reopenable = append(m.Reopenable, pickView{Text: strconv.Itoa(int(month)), Current: month == y.Through})
			}
		}
		for _, p := range posted {
			if p.Ref().Month == month {
				v.Vouchers++
			}
		}
		m.Months = append(m.Months, v)
	}
	if !y.Closed {
		approvals, err := b.surplusApprovals(r.Context(), year)
		if err != nil {
			return m, err
		}
		m.Next, m.Last = int(y.Through)+1, y.Through == time.November
		b.checks(&m, m.Months[m.Next-int(y.First)].Vouchers, drafts, approvals)
	}
	if last := lastYear(b.state); last == year {
		m.NextYear = int(year) + 1
	}
	return m, b.reopenings(r, &m)
}

// waitingIn are the drafts of the book.
func (b *bookView) waitingIn(r *http.Request) ([]store.VoucherDraft, error) {
	all, err := b.site.Store.Drafts(r.Context(), b.scope(office.View))
	return slices.DeleteFunc(all, func(x store.VoucherDraft) bool { return x.Voucher.Book != b.book }), err
}

// dated tells whether a draft is one of a month or before.
func dated(x store.VoucherDraft, year policy.Year, month time.Month) bool {
	return x.Voucher.Kind != ledger.Closing && len(x.Voucher.Date) == len(time.DateOnly) && string(x.Voucher.Date[:7]) <= monthDate(year, month)
}

func monthDate(year policy.Year, month time.Month) string {
	return time.Date(int(year), month, 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
}

// checks says what the next closing needs.
func (b *bookView) checks(m *periodsModel, vouchers int, drafts []store.VoucherDraft, approvals []office.Document) {
	year, month := b.span.Year, time.Month(m.Next)
	add := func(must, done bool, path, key string, args ...any) {
		m.Checks = append(m.Checks, checkView{Text: b.T(key, args...), Path: path, Done: done, Must: must})
	}
	if before, kept := b.state.Years[year-1]; kept {
		add(true, before.Closed, b.at("periods", "fy", strconv.Itoa(int(year)-1)), "web.ledger.check.year_before", "year", int(year)-1)
	}
	open := 0
	for _, x := range drafts {
		if x.Voucher.Kind == ledger.Closing {
			m.Waiting = b.at("drafts/" + x.ID)
		} else if dated(x, year, month) {
			open++
		}
	}
	over := string(b.site.today()) > monthDate(year, month)+"-31"
	add(true, over, "", "web.ledger.check.over", "year", int(year), "month", m.Next)
	add(true, open == 0, b.at("")+"#drafts", "web.ledger.check.drafts", "count", open)
	add(true, b.state.Balanced() == nil, b.at("trial", "to", strconv.Itoa(m.Next)), "web.ledger.check.balanced")
	add(false, vouchers > 0, b.at("vouchers", "from", strconv.Itoa(m.Next), "to", strconv.Itoa(m.Next)), "web.ledger.check.vouchers", "count", vouchers)
	trial := ledger.TrialBalance(ledger.Span{Year: year, From: month, To: month}, false, b.state)
	add(false, trial.Balance(ledger.Unidentified) == 0, b.at("statement/"+string(ledger.Unidentified)), "web.ledger.check.unidentified", "amount", trial.Balance(ledger.Unidentified))
	laidOut, old := false, false
	for _, age := range b.state.Ages(year, month) {
		laidOut = laidOut || age.Account.Role == ledger.LaidOut
		old = old || age.Account.Role == ledger.TakenIn && age.Before > 0
		add(false, false, b.at("statement/"+string(age.Account.Code)), "web.ledger.check.temporary", "account", age.Account.Name(), "amount", age.Total, "quarter", age.Quarter,
			"year", age.Year, "before", age.Before)
	}
	if m.Last {
		add(true, !laidOut, b.at("trial"), "web.ledger.check.laid_out")
		add(true, !old, b.at("trial"), "web.ledger.check.taken_in")
	}
	if b.book.Kind == ledger.Area {
		left := trial.Balance(ledger.RevenueAccount) + trial.Balance(ledger.Treasury)
		add(false, left == 0, b.at("statement/"+string(ledger.RevenueAccount)), "web.ledger.check.swept", "amount", left)
	}
	if m.Last {
		result := ledger.NewIncomeStatement(ledger.Whole(year), b.state).Result()
		m.Deficit = (b.state.Rules.DeficitApproval || b.deficitNeedsApproval(year)) && b.book.Kind == ledger.Area && result < 0
		m.AskPath = b.budgetLink(pool.Key{Year: year, Division: b.book.Division, Insurance: b.book.Insurance}, "") + "#surplus-title"
		add(false, result >= 0, b.at("income"), "web.ledger.check.result", "amount", result)
		if m.Deficit {
			enough := slices.ContainsFunc(approvals, func(d office.Document) bool { return d.Amount >= -result })
			add(true, enough, m.AskPath, "web.ledger.check.deficit", "amount", -result)
			for _, d := range approvals {
				m.Approvals = append(m.Approvals, pickView{Text: b.T("web.ledger.close_year.approval", "id", string(d.ID), "amount", d.Amount), Path: string(d.ID)})
			}
		}
	}
	m.Ready = !slices.ContainsFunc(m.Checks, func(c checkView) bool { return c.Must && !c.Done })
}

// reopenPrefix is how the ids of reopenings of the book begin.
func (b *bookView) reopenPrefix() string {
	return "reopen-" + strings.ReplaceAll(b.book.String(), "/", "-") + "-"
}

func (b *bookView) reopenings(r *http.Request, m *periodsModel) error {
	all, err := b.site.Store.Desk(b.scope(office.View)).OfKind(r.Context(), office.Reopening)
	if err != nil {
		return err
	}
	for _, doc := range all {
		if !strings.HasPrefix(string(doc.ID), b.reopenPrefix()+strconv.Itoa(int(b.span.Year))+"-") {
			continue
		}
		m.Reopenings = append(m.Reopenings, reopenView{Document: doc, State: b.Text(doc.State.Label()), Path: b.link("/documents/" + string(doc.ID))})
	}
	return nil
}

// actOnPeriod closes a month, asks for the closing of a year, opens the next, or opens closed months again.
func (d *booksDesk) actOnPeriod(b *bookView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	year, month := yearNumber(r.PostFormValue("year")), monthOf(r.PostFormValue("month"), 0)
	order := ledger.PeriodOrder{Year: year, Month: month, By: ledger.Person(b.subject.ID), Today: b.site.today()}
	var err error
	switch act := r.PostFormValue("act"); act {
	case "close_month":
		err = d.period(b, r, ledger.CloseMonth, order)
	case "open_year":
		err = d.period(b, r, ledger.OpenYear, order)
	case "close_year":
		err = d.askClosing(b, r, year)
	case "reopen":
		err = d.askReopening(b, r, year, month)
	default:
		err = formFault{http.StatusBadRequest, fault.Msg("web.form.bad")}
	}
	if err != nil {
		return err
	}
	b.goTo(w, r, b.at("periods"))
	return nil
}

// period does an act to the book's period in a write of its own.
func (d *booksDesk) period(b *bookView, r *http.Request, act ledger.Act, order ledger.PeriodOrder) error {
	if err := b.refusal(office.CloseBooks, b.book.Division); err != nil {
		return err
	}
	by := b.act(b.book.Division, string(act), office.Object{Kind: "book", ID: b.book.String()}, order.Reason)
	by.After = []office.Field{{Name: "period", Value: strconv.Itoa(int(order.Year)) + "-" + strconv.Itoa(int(order.Month))}}
	_, err := d.Store.Write(r.Context(), b.once(by, r), func(t *store.Tx) error {
		books := booksOf{t: t, chart: d.chart}
		if act == ledger.CloseMonth {
			books.holds = b.nothingWaits(t, order.Year, order.Month)
		}
		_, err := ledger.Service{Chart: d.chart, Store: books}.Period(r.Context(), b.book, act, order, "")
		return err
	})
	return err
}

// askClosing puts the closing of a year before a second person.
//
// 依据: YA-4.10.3
func (d *booksDesk) askClosing(b *bookView, r *http.Request, year policy.Year) error {
	if err := b.refusal(office.CloseBooks, b.book.Division); err != nil {
		return err
	}
	drafts, err := b.waitingIn(r)
	if err != nil {
		return err
	}
	for _, x := range drafts {
		if x.Voucher.Kind == ledger.Closing || dated(x, year, time.December) {
			return fault.New(fault.Refused, "web.ledger.close.drafts", "summary", b.summary(x.Voucher))
		}
	}
	decision := ledger.DocumentID(strings.TrimSpace(r.PostFormValue("decision")))
	approvals, err := b.surplusApprovals(r.Context(), year)
	if err != nil {
		return err
	}
	var chosen office.Document
	if at := slices.IndexFunc(approvals, func(d office.Document) bool { return d.ID == office.DocumentID(decision) }); at >= 0 {
		chosen = approvals[at]
	} else if decision != "" {
		return fault.Refuse(fault.Problem{Column: "decision", Value: string(decision), Clause: "YN-2.4", Message: fault.Msg("web.ledger.close_year.not_approved", "value", string(decision), "year", int(year))})
	}
	if _, err := b.state.CloseYear(b.closingOrder(year, ledger.Person(b.subject.ID), chosen), notYetKnown); err != nil {
		return err
	}
	v := ledger.Voucher{Book: b.book, Date: year.End(), Kind: ledger.Closing, Maker: ledger.Person(b.subject.ID), Decision: decision,
		Source: ledger.Source{Kind: ledger.FromDocument, ID: ledger.DocumentID("year-end/" + strconv.Itoa(int(year)))}}
	_, err = b.keepDraft(r, "", 0, v, true)
	return err
}

// nothingWaits tells within a write whether the book has a draft that is dated in a month or before.
func (b *bookView) nothingWaits(t *store.Tx, year policy.Year, month time.Month) func() error {
	return func() error {
		drafts, err := t.Drafts(b.book)
		if err != nil {
			return err
		}
		for _, x := range drafts {
			if dated(x, year, month) {
				return fault.New(fault.Refused, "web.ledger.close.drafts", "summary", b.summary(x.Voucher))
			}
		}
		return nil
	}
}

// closingOrder asks for a year to be closed today, by the policy in force at its end, with the approval of a deficit if there is one.
//
// 依据: YN-2.4
func (b *bookView) closingOrder(year policy.Year, by ledger.Person, approval office.Document) ledger.PeriodOrder {
	o := ledger.PeriodOrder{Year: year, By: by, Today: b.site.today(), DeficitApproval: b.deficitNeedsApproval(year)}
	if a, ok := surplusApproval(approval); ok {
		o.Approval = a
	}
	return o
}

// deficitNeedsApproval tells whether the policy of a year asks both departments before a deficit is carried into the surplus. One that
// is silent does.
//
// 依据: YN-2.4
func (f *frame) deficitNeedsApproval(year policy.Year) bool {
	e, ok := f.site.pack.At(year.End()).Get("budget.deficit.current")
	return !ok || e.Value.String() != "warned"
}

// surplusApproval reads an approved use of the surplus: of which book and year, and how much; false for any other document.
func surplusApproval(d office.Document) (ledger.SurplusApproval, bool) {
	parts := strings.Split(string(d.ID), "-")
	if d.Kind != office.SurplusUse || d.State != office.Approved || len(parts) != 5 || region.Code(parts[2]) != d.Division {
		return ledger.SurplusApproval{}, false
	}
	return ledger.SurplusApproval{Document: ledger.DocumentID(d.ID), Book: ledger.AreaBook(pool.Insurance(parts[1]), d.Division), Year: yearNumber(parts[3]), Amount: d.Amount}, true
}

// surplusApprovals are the approved documents to use the surplus of the book for a year's deficit.
func (b *bookView) surplusApprovals(ctx context.Context, year policy.Year) ([]office.Document, error) {
	all, err := b.site.Store.Desk(b.scope(office.View)).OfKind(ctx, office.SurplusUse)
	return slices.DeleteFunc(all, func(d office.Document) bool {
		a, ok := surplusApproval(d)
		return !ok || a.Book != b.book || a.Year != year
	}), err
}

// askReopening drafts and submits the document that asks for a closed month to be opened again.
//
// 依据: YA-4.10.3, SC38-11.3
func (d *booksDesk) askReopening(b *bookView, r *http.Request, year policy.Year, month time.Month) error {
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	y := b.state.Years[year]
	switch {
	case reason == "":
		return fault.Refuse(fault.Problem{Column: "reason", Clause: "YA-4.10.3", Message: fault.Msg("ledger.reopen_reason")})
	case month < y.First || month > y.Through || y.Closed:
		return fault.New(fault.Refused, "ledger.reopen_not_closed", "value", monthDate(year, max(month, 1)))
	}
	all, err := d.Store.Desk(b.scope(office.View)).OfKind(r.Context(), office.Reopening)
	if err != nil {
		return err
	}
	prefix, n := b.reopenPrefix()+strconv.Itoa(int(year))+"-"+strconv.Itoa(int(month))+"-", 1
	for _, doc := range all {
		if strings.HasPrefix(string(doc.ID), prefix) {
			if doc.State == office.Waiting {
				return fault.New(fault.Refused, "web.ledger.reopen.waiting", "id", string(doc.ID))
			}
			n++
		}
	}
	id := office.DocumentID(prefix + strconv.Itoa(n))
	title := b.T("web.ledger.reopen.title", "book", b.book.Name(), "year", int(year), "month", int(month), "reason", reason)
	content := office.Content{Title: title, Digest: office.DigestOf([]byte(string(id) + "\n" + reason))}
	approvals, at := b.approvals(office.ReopenBooks), b.site.Now()
	doc, err := approvals.Draft(r.Context(), id, office.Reopening, b.book.Division, content, b.subject, b.from, at)
	if err != nil {
		return err
	}
	_, err = approvals.Do(r.Context(), id, office.Act{Kind: office.Submit, By: b.subject, At: at, Version: doc.Version, Content: content}, b.from)
	return err
}

// reopened opens months again when the document that asks for it is approved: its maker asked, who signed it last approved.
//
// 依据: YA-4.10.3, SC38-11.3
func (f *frame) reopened(t *store.Tx, d office.Document) error {
	book, year, month, ok := reopeningOf(d.ID)
	if !ok {
		return fault.New(fault.Internal, "web.ledger.reopen.unknown", "id", string(d.ID))
	}
	chart, err := ledger.Standard()
	if err != nil {
		return err
	}
	order := ledger.PeriodOrder{Year: year, Month: month, By: ledger.Person(d.Maker), Approver: ledger.Person(f.subject.ID), Reason: d.Title}
	_, err = ledger.Service{Chart: chart, Store: booksOf{t: t, chart: chart}}.Period(f.request.Context(), book, ledger.Reopen, order, "")
	return err
}

// reopeningOf reads the id of a reopening: which book, from which month.
func reopeningOf(id office.DocumentID) (ledger.Book, policy.Year, time.Month, bool) {
	parts := strings.Split(string(id), "-")
	if len(parts) != 7 || parts[0] != "reopen" {
		return ledger.Book{}, 0, 0, false
	}
	book := ledger.Book{Insurance: pool.Insurance(parts[1]), Division: region.Code(parts[2]), Kind: ledger.BookKind(parts[3])}
	year, month := yearNumber(parts[4]), monthOf(parts[5], 0)
	return book, year, month, year > 0 && month > 0
}

// newBookModel is a book about to be opened.
type newBookModel struct {
	Insurances          []pickView
	Kinds               []pickView
	Division            string
	Year, Month         string
	OneWord, Deficit    bool
	Problems            []problemView
	Insurance, KindName string
}

func (d *booksDesk) newBookModel(f *frame) newBookModel {
	m := newBookModel{Division: f.divisionName(f.subject.Division), Year: strconv.Itoa(d.Now().Year()), Month: "1"}
	m.Deficit = f.deficitNeedsApproval(policy.Year(d.Now().Year()))
	for _, i := range pool.Insurances() {
		m.Insurances = append(m.Insurances, pickView{Text: f.T("web.insurance." + string(i)), Path: string(i), Current: string(i) == m.Insurance})
	}
	kinds := []ledger.BookKind{ledger.Area}
	if f.subject.Division.IsProvince() {
		kinds = []ledger.BookKind{ledger.Adjustment, ledger.Area, ledger.Clearing}
	}
	for _, k := range kinds {
		m.Kinds = append(m.Kinds, pickView{Text: f.T("ledger.kind." + string(k)), Path: string(k)})
	}
	return m
}

func (d *booksDesk) newBook(f *frame, w http.ResponseWriter, r *http.Request) error {
	return f.render(w, r, http.StatusOK, ledgerNewPage(f, d.newBookModel(f)))
}

// openBook opens a book of the reader's own division.
func (d *booksDesk) openBook(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.menu.ledger"), Path: f.link("/ledger")}}, err)
	}
	book := ledger.Book{Insurance: pool.Insurance(r.PostFormValue("insurance")), Division: f.subject.Division, Kind: ledger.BookKind(r.PostFormValue("kind"))}
	err := d.opened(f, r, book)
	if err == nil {
		f.goTo(w, r, f.bookLink(book, "openings"))
		return nil
	}
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	m := d.newBookModel(f)
	m.Insurance, m.KindName, m.Year, m.Month = string(book.Insurance), string(book.Kind), r.PostFormValue("year"), r.PostFormValue("month")
	m.OneWord = r.PostFormValue("one_word") == "1"
	for _, p := range problemsOf(err) {
		m.Problems = append(m.Problems, f.problem(p))
	}
	return f.render(w, r, http.StatusUnprocessableEntity, ledgerNewPage(f, m))
}

func (d *booksDesk) opened(f *frame, r *http.Request, book ledger.Book) error {
	if !slices.Contains(pool.Insurances(), book.Insurance) {
		return fault.New(fault.Refused, "pool.unknown_insurance", "value", string(book.Insurance))
	}
	if _, area := d.Engine.Tree.Get(book.Division); !area || !slices.Contains([]region.Level{region.Province, region.Prefecture}, book.Division.Level()) {
		return fault.New(fault.Refused, "web.ledger.new.division")
	}
	year := yearNumber(r.PostFormValue("year"))
	rules := ledger.Rules{OneWord: r.PostFormValue("one_word") == "1", DeficitApproval: f.deficitNeedsApproval(year)}
	state, err := ledger.NewState(d.chart, book, rules, year, monthOf(r.PostFormValue("month"), 0))
	if err != nil {
		return err
	}
	act := f.once(f.act(book.Division, "open_book", office.Object{Kind: "book", ID: book.String()}, ""), r)
	_, err = d.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.OpenBook(state) })
	return err
}

// reopeningPath is the page of the periods that a reopening is about.
func (f *frame) reopeningPath(d office.Document) string {
	book, year, _, ok := reopeningOf(d.ID)
	if !ok {
		return ""
	}
	return f.bookLink(book, "periods", "fy", strconv.Itoa(int(year)))
}
