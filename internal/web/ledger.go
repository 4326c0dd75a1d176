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
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// booksDesk are the pages of the books.
type booksDesk struct {
	*site
	chart   *ledger.Chart
	refused *receipts
}

func newBooksDesk(s *site) *booksDesk {
	chart, err := ledger.Standard()
	if err != nil {
		panic(err) // the chart is part of the program
	}
	return &booksDesk{s, chart, newReceipts(s)}
}

// bookPath is where the pages of one book are.
const bookPath = "/ledger/{insurance}/{division}/{kind}"

// routesOfLedger are the pages of the books, for the table of routes.
func (s *site) routesOfLedger() []route {
	d := newBooksDesk(s)
	look, take := inOffice(onPath("division", office.View)), inOffice(onPath("division", office.Export))
	keep := inOffice(onPath("division", office.PostBooks))
	review := inOffice(onPath("division", office.ReviewBooks))
	period := inOffice(onPath("division", office.CloseBooks, office.ReopenBooks))
	out := []route{
		{"GET /ledger", "ledger", false, d.list, onOwn(office.View)},
		{"GET /ledger/export/{file}", "ledger/list_export", false, d.listExport, onOwn(office.Export)},
		{"GET /ledger/new", "ledger/new", false, d.newBook, onOwn(office.PostBooks)},
		{"POST /ledger/new", "ledger/opened", false, d.openBook, onOwn(office.PostBooks)},
		{"GET /ledger/chart", "ledger/chart", false, d.chartPage, onOwn(office.View)},
		{"GET /ledger/chart/{file}", "ledger/chart_export", false, d.chartExport, onOwn(office.Export)},
		{"GET " + bookPath, "ledger/book", false, d.inBook(d.cover), look},
		{"GET " + bookPath + "/export/{page}/{file}", "ledger/export", false, d.inBook(d.export), take},
		{"GET " + bookPath + "/vouchers/{ref}", "ledger/voucher", false, d.inBook(d.voucher), look},
		{"GET " + bookPath + "/entry", "ledger/entry", false, d.inBook(d.entry), keep},
		{"POST " + bookPath + "/entry", "ledger/entered", false, d.inBook(d.enter), keep},
		{"GET " + bookPath + "/openings", "ledger/openings", false, d.inBook(d.openings), keep},
		{"GET " + bookPath + "/openings/template.xlsx", "ledger/openings_template", false, d.inBook(d.openingsTemplate), keep},
		{"POST " + bookPath + "/openings", "ledger/openings_in", false, d.inBook(d.openingsIn), keep},
		{"GET " + bookPath + "/import", "ledger/import", false, d.inBook(d.importPage), keep},
		{"GET " + bookPath + "/import/template.xlsx", "ledger/import_template", false, d.inBook(d.importTemplate), keep},
		{"POST " + bookPath + "/import", "ledger/import_in", false, d.inBook(d.importIn), keep},
		{"GET " + bookPath + "/refused/{token}/{file}", "ledger/refused", false, d.inBook(d.markedFile), keep},
		{"GET " + bookPath + "/drafts", "ledger/drafts", false, d.inBook(d.drafts), look},
		{"POST " + bookPath + "/drafts", "ledger/drafts_act", false, d.inBook(d.actOnDrafts), review},
		{"GET " + bookPath + "/drafts/{id}", "ledger/draft", false, d.inBook(d.draft), look},
		{"POST " + bookPath + "/drafts/{id}", "ledger/draft_act", false, d.inBook(d.actOnDraft), review},
		{"GET " + bookPath + "/periods", "ledger/periods", false, d.inBook(d.periods), look},
		{"POST " + bookPath + "/periods", "ledger/periods_act", false, d.inBook(d.actOnPeriod), period},
	}
	for _, a := range acrossAll() {
		out = append(out, route{"GET /ledger/" + a.page, "ledger/" + a.page, false, d.across(a), onOwn(office.View)},
			route{"GET /ledger/" + a.page + "/{file}", "ledger/" + a.page + "_export", false, d.acrossExport(a), onOwn(office.Export)})
	}
	for _, t := range bookTables() {
		out = append(out, route{"GET " + bookPath + "/" + t.page + t.rest, "ledger/" + t.page, false, d.inBook(d.table(t)), look})
	}
	return out
}

// bookView is a frame with the book that the address names.
type bookView struct {
	*frame
	desk  *booksDesk
	book  ledger.Book
	state *ledger.State
	span  ledger.Span
	kept  []policy.Year // the years the book has
	names map[ledger.Person]string
}

// inBook opens the book that the address names before a page of it is answered.
func (d *booksDesk) inBook(answer func(*bookView, http.ResponseWriter, *http.Request) error) handler {
	return func(f *frame, w http.ResponseWriter, r *http.Request) error {
		b, err := d.open(f, r)
		if err != nil {
			return err
		}
		if err := answer(b, w, r); err != nil {
			return b.notDone(w, r, b.crumbs(), err)
		}
		return nil
	}
}

// notDone says why something was not done, where the reader may do something about it; other faults are passed on.
func (f *frame) notDone(w http.ResponseWriter, r *http.Request, back []tabView, err error) error {
	status := http.StatusUnprocessableEntity
	var wrong formFault
	switch {
	case errors.As(err, &wrong):
		return f.badForm(w, r, err)
	case errors.Is(err, office.ErrStale):
		status, err = http.StatusConflict, fault.New(fault.Refused, "web.ledger.stale")
	case errors.Is(err, errNotFound) || fault.KindOf(err) == fault.Internal:
		return err
	}
	var problems []problemView
	for _, p := range problemsOf(err) {
		problems = append(problems, f.bookProblem(p))
	}
	return f.render(w, r, status, ledgerNotDonePage(f, back, problems))
}

// open finds the book of a request as it stands, and the months it is looked at.
func (d *booksDesk) open(f *frame, r *http.Request) (*bookView, error) {
	b := &bookView{frame: f, desk: d, book: ledger.Book{Insurance: pool.Insurance(r.PathValue("insurance")), Division: region.Code(r.PathValue("division")),
		Kind: ledger.BookKind(r.PathValue("kind"))}}
	if _, known := d.Engine.Tree.Get(b.book.Division); !known {
		return nil, errNotFound
	}
	f.insurance = b.book.Insurance
	asked := policy.Year(number(f.seen.Get("fy")))
	state, err := b.books().Whole(r.Context(), b.book, max(asked, policy.Year(d.Now().Year())))
	if err != nil {
		return nil, err
	}
	if state == nil {
		return nil, errNotFound
	}
	for year := range state.Years {
		b.kept = append(b.kept, year)
	}
	slices.Sort(b.kept)
	year := asked
	if !slices.Contains(b.kept, year) {
		if year = policy.Year(d.Now().Year()); !slices.Contains(b.kept, year) {
			year = b.kept[len(b.kept)-1]
		}
	}
	if b.state, err = b.books().Whole(r.Context(), b.book, year); err != nil {
		return nil, err
	}
	b.span = ledger.Span{Year: year, From: monthOf(f.seen.Get("from"), time.January), To: monthOf(f.seen.Get("to"), time.December)}
	if b.span.From > b.span.To {
		b.span.From, b.span.To = b.span.To, b.span.From
	}
	return b, nil
}

// number reads a small whole number; 0 for anything else.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 999_999 {
		return 0
	}
	return n
}

func monthOf(text string, usual time.Month) time.Month {
	if n := number(text); n >= 1 && n <= 12 {
		return time.Month(n)
	}
	return usual
}

// books are the books as the reader may see them.
func (b *bookView) books() store.Books {
	return b.site.Store.Books(store.Act{Scope: b.scope(office.View)}, b.desk.chart)
}

// at is a page of the book with the period that is shown; more alternates name, value.
func (b *bookView) at(page string, more ...string) string {
	return b.bookLink(b.book, page, append([]string{"fy", strconv.Itoa(int(b.span.Year)), "from", monthChoice(b.span.From, time.January), "to", monthChoice(b.span.To, time.December)}, more...)...)
}

func monthChoice(m, usual time.Month) string {
	if m == usual {
		return ""
	}
	return strconv.Itoa(int(m))
}

// bookLink is a page of a book; empty is its cover.
func (f *frame) bookLink(book ledger.Book, page string, more ...string) string {
	path := "/ledger/" + book.String()
	if page != "" {
		path += "/" + page
	}
	return f.link(path, append([]string{"insurance", "", "year", ""}, more...)...)
}

// who is the name of somebody who wrote in the book; his id where the reader does not see him.
func (b *bookView) who(p ledger.Person) string {
	if b.names == nil {
		b.names = map[ledger.Person]string{}
		users, err := b.site.Store.Accounts().Users(b.request.Context(), b.scope(office.View))
		if err != nil {
			b.site.Log.Error("names of users", "error", err)
		}
		for _, u := range users {
			b.names[ledger.Person(u.ID)] = u.Name
		}
	}
	if name := b.names[p]; name != "" {
		return name
	}
	return string(p)
}

// fen writes an amount as books do: in yuan, to the fen.
func fen(x money.Fen) string { return minus(x.In(money.Yuan)) }

// bookItem is a book of the list.
type bookItem struct {
	Book             ledger.Book
	Name, Path       string
	Year, Through    string
	Fiscal, Surplus  money.Fen
	Waiting          int
	Balanced         bool
	Closed, Openable bool
}

// list shows the books that the reader may see.
func (d *booksDesk) list(f *frame, w http.ResponseWriter, r *http.Request) error {
	items, err := d.items(f, r)
	if err != nil {
		return err
	}
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, ledgerListPage(f, d.listTable(f, items), len(items) == 0))
}

func (d *booksDesk) listExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	items, err := d.items(f, r)
	if err != nil {
		return err
	}
	return f.takeTables(w, r.PathValue("file"), "books", nil, []ledgerTable{d.listTable(f, items)})
}

func (d *booksDesk) items(f *frame, r *http.Request) ([]bookItem, error) {
	scope := f.scope(office.View)
	all, err := d.Store.ListBooks(r.Context(), scope)
	if err != nil {
		return nil, err
	}
	drafts, err := d.Store.Drafts(r.Context(), scope)
	if err != nil {
		return nil, err
	}
	waiting := map[ledger.Book]int{}
	for _, x := range drafts {
		if x.State == store.DraftWaiting {
			waiting[x.Voucher.Book]++
		}
	}
	books := d.Store.Books(store.Act{Scope: scope}, d.chart)
	var out []bookItem
	for _, book := range all {
		state, err := books.Whole(r.Context(), book, policy.Year(d.Now().Year()))
		if err != nil {
			return nil, err
		}
		item := d.item(f, state)
		item.Waiting = waiting[book]
		out = append(out, item)
	}
	slices.SortStableFunc(out, func(a, b bookItem) int { return strings.Compare(bookOrder(a.Book), bookOrder(b.Book)) })
	return out, nil
}

// bookOrder puts the province's funds before the areas, and areas by code.
func bookOrder(b ledger.Book) string {
	rank := map[ledger.BookKind]string{ledger.Adjustment: "0", ledger.Clearing: "1", ledger.Area: "2"}[b.Kind]
	return string(b.Insurance) + rank + string(b.Division)
}

func (d *booksDesk) item(f *frame, state *ledger.State) bookItem {
	year := lastYear(state)
	y := state.Years[year]
	span := ledger.Span{Year: year, From: time.January, To: time.December}
	trial, income := ledger.TrialBalance(span, false, state), ledger.NewIncomeStatement(span, state)
	return bookItem{Book: state.Book, Name: f.Text(state.Book.Name()), Path: f.bookLink(state.Book, ""), Year: strconv.Itoa(int(year)), Through: f.through(year, y),
		Fiscal: trial.Balance(ledger.FiscalAccount), Surplus: income.SurplusEnd(), Balanced: state.Balanced() == nil && ledger.NewBalanceSheet(year, time.December, state).Balances(), Closed: y.Closed}
}

// lastYear is the last year that a book has.
func lastYear(state *ledger.State) (last policy.Year) {
	for year := range state.Years {
		last = max(last, year)
	}
	return last
}

// through says how far a year is closed.
func (f *frame) through(year policy.Year, y ledger.Year) string {
	switch {
	case y.Closed:
		return f.T("web.ledger.year.closed", "year", int(year))
	case y.Through < y.First:
		return f.T("web.ledger.year.open", "year", int(year))
	}
	return f.T("web.ledger.year.through", "year", int(year), "month", int(y.Through))
}

func (d *booksDesk) listTable(f *frame, items []bookItem) ledgerTable {
	t := ledgerTable{ID: "books", Title: f.T("web.ledger.list"), Aside: f.T("web.ledger.unit"), Heads: f.ledgerHeads("web.ledger.head.book", "web.ledger.head.period",
		"#", "web.ledger.head.fiscal", "#", "web.ledger.head.surplus", "#", "web.ledger.head.waiting", "web.ledger.head.check")}
	for _, i := range items {
		check := textCell(f.T("web.ledger.balanced"))
		if !i.Balanced {
			check = markCell(f.T("web.ledger.not_balanced"), "bad")
		}
		waiting := textCell("")
		if i.Waiting > 0 {
			waiting = linkCell(strconv.Itoa(i.Waiting), f.bookLink(i.Book, "")+"#drafts")
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{linkCell(i.Name, i.Path), textCell(i.Through), fenCell(i.Fiscal), fenCell(i.Surplus), waiting, check}})
	}
	return t
}

// coverModel is the first page of a book.
type coverModel struct {
	Tiles  []helpLine // name, figure, where it comes from
	Drafts ledgerTable
	Lines  ledgerTable
	Begin  bool // nothing was booked yet
}

func (d *booksDesk) cover(b *bookView, w http.ResponseWriter, r *http.Request) error {
	trial := ledger.TrialBalance(b.span, false, b.state)
	income := ledger.NewIncomeStatement(b.span, b.state)
	m := coverModel{Begin: len(trial.Rows) == 0, Lines: b.linesTable()}
	for _, t := range []struct {
		key   string
		value money.Fen
		path  string
	}{
		{"web.ledger.tile.fiscal", trial.Balance(ledger.FiscalAccount), b.at("statement/" + string(ledger.FiscalAccount))},
		{"web.ledger.tile.income", income.TotalIncome, b.at("income")},
		{"web.ledger.tile.expenditure", income.TotalExpenditure, b.at("income")},
		{"web.ledger.tile.result", income.Result(), b.at("income")},
		{"web.ledger.tile.surplus", income.SurplusEnd(), b.at("position")},
	} {
		m.Tiles = append(m.Tiles, helpLine{b.T(t.key), fen(t.value), t.path})
	}
	drafts, err := d.Store.Drafts(r.Context(), b.scope(office.View))
	if err != nil {
		return err
	}
	m.Drafts = b.draftsTable(drafts)
	return b.render(w, r, http.StatusOK, ledgerCoverPage(b, m))
}

// linesTable are the receipts and payments of the fiscal account on two lines.
//
// 依据: SC38-4.5
func (b *bookView) linesTable() ledgerTable {
	lines := ledger.FiscalLines(b.span, b.state)
	path := b.at("statement/" + string(ledger.FiscalAccount))
	return ledgerTable{ID: "lines", Title: b.T("web.ledger.lines"), Aside: b.T("web.ledger.lines.note"), Clause: "SC38-4.5",
		Heads: b.ledgerHeads("web.ledger.head.period", "#", "web.ledger.head.opening", "#", "web.ledger.head.receipts", "#", "web.ledger.head.payments", "#", "web.ledger.head.closing"),
		Rows: []ledgerRow{{Cells: []ledgerCell{linkCell(b.spanText(), path), fenCell(lines.Opening), fenCell(lines.Receipts), fenCell(lines.Payments),
			fenCell(lines.Closing)}}}}
}

// spanText names the period that is shown.
func (b *bookView) spanText() string {
	return b.T("web.ledger.span", "year", int(b.span.Year), "from", int(b.span.From), "to", int(b.span.To))
}

// draftsTable lists what is not booked yet in the book.
func (b *bookView) draftsTable(all []store.VoucherDraft) ledgerTable {
	t := ledgerTable{ID: "drafts", Title: b.T("web.ledger.drafts"), Empty: b.T("web.ledger.drafts.none"), Heads: b.ledgerHeads("web.ledger.head.date", "web.ledger.head.summary",
		"web.ledger.head.kind", "#", "web.ledger.head.amount", "web.ledger.head.maker", "web.ledger.head.state")}
	for _, x := range all {
		if x.Voucher.Book != b.book {
			continue
		}
		v := x.Voucher
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(string(v.Date)), linkCell(b.summary(v), b.at("drafts/"+x.ID)), textCell(b.Text(v.Kind.Name())), fenCell(v.Total()),
			textCell(b.who(v.Maker)), textCell(b.T("web.ledger.state." + string(x.State)))}})
	}
	return t
}

// summary is what a voucher is for, in words.
func (f *frame) summary(v ledger.Voucher) string {
	if m, ok := v.Summary.Message(); ok {
		return f.Text(m)
	}
	if v.Kind == ledger.Closing && v.Summary.Empty() {
		return f.T("web.ledger.closing", "year", string(v.Date[:4]))
	}
	return v.Summary.Text
}

// bookTabs are the pages of a book.
func (b *bookView) bookTabs() []tabView {
	tabs := []tabView{{Text: b.T("web.ledger.tab.book"), Path: b.at(""), Current: b.name == "ledger/book"},
		{Text: b.T("web.ledger.tab.drafts"), Path: b.at("drafts"), Current: b.name == "ledger/drafts"}}
	for _, t := range bookTables() {
		if t.rest == "" {
			tabs = append(tabs, tabView{Text: b.T("web.ledger.tab." + t.page), Path: b.at(t.page), Current: b.name == "ledger/"+t.page})
		}
	}
	return append(tabs, tabView{Text: b.T("web.ledger.tab.periods"), Path: b.at("periods"), Current: b.name == "ledger/periods"})
}

// crumb is a level above a page.
func (b *bookView) crumbs() []tabView {
	return []tabView{{Text: b.T("web.menu.ledger"), Path: b.link("/ledger", "insurance", "", "year", "")}, {Text: b.Text(b.book.Name()), Path: b.at("")}}
}

// monthChoices are the choices of a month.
func monthChoices(chosen time.Month) []pickView {
	var out []pickView
	for m := time.January; m <= time.December; m++ {
		out = append(out, pickView{Text: strconv.Itoa(int(m)), Current: m == chosen})
	}
	return out
}

// yearChoices are the years that the book has.
func (b *bookView) yearChoices() []pickView {
	var out []pickView
	for _, y := range b.kept {
		out = append(out, pickView{Text: strconv.Itoa(int(y)), Current: y == b.span.Year})
	}
	return out
}
