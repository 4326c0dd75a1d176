package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
)

// bookTable is a page of a book that shows tables: where it is, what its address has behind it, and how the tables are made.
type bookTable struct {
	page, rest string
	make       func(*bookView, *http.Request) ([]ledgerTable, error)
}

// bookTables are the pages of a book that show tables.
func bookTables() []bookTable {
	return []bookTable{
		{"vouchers", "", (*bookView).vouchersTable},
		{"trial", "", (*bookView).trialTable},
		{"statement", "/{code}", (*bookView).statementTable},
		{"position", "", (*bookView).positionTables},
		{"income", "", (*bookView).incomeTables},
		{"dues", "", (*bookView).duesTable},
	}
}

// table answers a page of tables.
func (d *booksDesk) table(t bookTable) func(*bookView, http.ResponseWriter, *http.Request) error {
	return func(b *bookView, w http.ResponseWriter, r *http.Request) error {
		tables, err := t.make(b, r)
		if err != nil {
			return err
		}
		page := t.page
		if code := r.PathValue("code"); code != "" {
			page += "~" + code
		}
		return b.render(w, r, http.StatusOK, ledgerTablesPage(b, tables, page, t.page))
	}
}

// export gives the tables of a page as a file.
func (d *booksDesk) export(b *bookView, w http.ResponseWriter, r *http.Request) error {
	page, code, _ := strings.Cut(r.PathValue("page"), "~")
	r.SetPathValue("code", code)
	for _, t := range bookTables() {
		if t.page != page {
			continue
		}
		tables, err := t.make(b, r)
		if err != nil {
			return err
		}
		name := strings.ReplaceAll(b.book.String(), "/", "-") + "-" + page + "-" + strconv.Itoa(int(b.span.Year))
		notes := []exchange.Note{{Name: b.T("web.ledger.head.book"), Text: b.Text(b.book.Name())},
			{Name: b.T("web.ledger.head.period"), Text: b.spanText()}, {Name: b.T("web.ledger.note.filters"), Text: filtersOf(r)}}
		if b.state.Provisional(b.span.Year) {
			notes = append(notes, exchange.Note{Name: b.T("web.ledger.opening"), Text: b.T("web.ledger.provisional", "year", int(b.span.Year), "before", int(b.span.Year)-1)})
		}
		return b.takeTables(w, r.PathValue("file"), name, notes, tables)
	}
	return errNotFound
}

// filtersOf are the choices in an address that narrow a table.
func filtersOf(r *http.Request) string {
	var out []string
	for _, name := range []string{"word", "kind", "account", "q", "details"} {
		if v := r.FormValue(name); v != "" {
			out = append(out, name+"="+v)
		}
	}
	return strings.Join(out, " ")
}

// sides are the debit and the credit of a balance.
func sides(x money.Fen) (debit, credit ledgerCell) {
	return turnCell(max(x, 0)), turnCell(max(-x, 0))
}

// accountName is an account with its dimensions.
func (f *frame) accountName(a ledger.Account, of ledger.Dimensions) string {
	if of == (ledger.Dimensions{}) {
		return f.Text(a.Name())
	}
	return f.Text(of.Name())
}

func (b *bookView) trialTable(r *http.Request) ([]ledgerTable, error) {
	trial := ledger.TrialBalance(b.span, r.FormValue("details") == "1", b.state)
	t := ledgerTable{ID: "trial", Title: b.T("web.ledger.tab.trial"), Aside: b.T("web.ledger.unit"), Empty: b.T("web.ledger.none"), Heads: b.ledgerHeads("web.ledger.head.code",
		"web.ledger.head.account", "#", "web.ledger.head.opening_debit", "#", "web.ledger.head.opening_credit", "#", "web.ledger.head.debit", "#", "web.ledger.head.credit",
		"#", "web.ledger.head.year_debit", "#", "web.ledger.head.year_credit", "#", "web.ledger.head.closing_debit", "#", "web.ledger.head.closing_credit")}
	for _, row := range trial.Rows {
		path := b.at("statement/" + string(row.Account.Code))
		code := linkCell(string(row.Account.Code), path)
		if row.Dimensions != (ledger.Dimensions{}) {
			code = textCell("")
		}
		t.Rows = append(t.Rows, b.trialRow(row, code, ledgerCell{Text: b.accountName(row.Account, row.Dimensions), Depth: row.Depth}, path))
	}
	if len(t.Rows) > 0 {
		total := b.trialRow(trial.Total, textCell(""), textCell(b.T("web.ledger.total")), "")
		for i, end := range []bool{false, true} {
			debit, credit := trial.Sides(end)
			total.Cells[2+6*i], total.Cells[3+6*i] = fenCell(debit), fenCell(credit)
		}
		total.Total = true
		t.Rows = append(t.Rows, total)
	}
	return []ledgerTable{t}, nil
}

func (b *bookView) trialRow(row ledger.TrialRow, code, name ledgerCell, path string) ledgerRow {
	openDebit, openCredit := sides(row.Opening)
	closeDebit, closeCredit := sides(row.Balance)
	cells := []ledgerCell{code, name, openDebit, openCredit, turnCell(row.Debit), turnCell(row.Credit), turnCell(row.YearDebit), turnCell(row.YearCredit), closeDebit, closeCredit}
	if path != "" {
		for i := 2; i < len(cells); i++ {
			cells[i].Path = path
		}
	}
	return ledgerRow{Cells: cells}
}

func (b *bookView) statementTable(r *http.Request) ([]ledgerTable, error) {
	code := ledger.Code(r.PathValue("code"))
	account, ok := b.desk.chart.Get(code)
	if !ok {
		return nil, errNotFound
	}
	posted, err := b.books().Posted(r.Context(), b.book, ledger.Span{Year: b.span.Year, From: 1, To: b.span.To})
	if err != nil {
		return nil, err
	}
	s := b.state.Statement(code, nil, b.span, posted)
	t := ledgerTable{ID: "statement", Title: b.T("web.ledger.statement", "code", string(code), "account", account.Name()), Aside: b.T("web.ledger.unit"),
		Heads: b.ledgerHeads("web.ledger.head.date", "web.ledger.head.ref", "web.ledger.head.summary", "web.ledger.head.of", "#", "web.ledger.head.debit", "#", "web.ledger.head.credit",
			"web.ledger.head.side", "#", "web.ledger.head.balance")}
	line := func(date, ref, summary, of ledgerCell, debit, credit ledgerCell, balance money.Fen, total bool) {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{date, ref, summary, of, debit, credit, textCell(b.sideOf(balance)), fenCell(abs(balance))}, Total: total})
	}
	none := textCell("")
	line(none, none, textCell(b.T("web.ledger.opening")), none, none, none, s.Opening, false)
	for _, e := range s.Rows {
		debit, credit := none, none
		if e.Posting.Side == ledger.Debit {
			debit = fenCell(e.Posting.Amount)
		} else {
			credit = fenCell(e.Posting.Amount)
		}
		of := none
		if e.Posting.Dimensions != (ledger.Dimensions{}) {
			of = textCell(b.Text(e.Posting.Dimensions.Name()))
		}
		line(textCell(string(e.Date)), linkCell(b.refText(e.Ref), b.voucherPath(e.Ref)), textCell(b.summary(ledger.Voucher{Summary: e.Summary, Date: e.Date})), of, debit, credit, e.Balance, false)
	}
	line(none, none, textCell(b.T("web.ledger.span.total")), none, fenCell(s.Debit), fenCell(s.Credit), s.Closing, true)
	return []ledgerTable{t}, nil
}

func abs(x money.Fen) money.Fen { return max(x, -x) }

// sideOf says on which side a balance stands.
func (f *frame) sideOf(x money.Fen) string {
	switch {
	case x > 0:
		return f.Text(ledger.Debit.Name())
	case x < 0:
		return f.Text(ledger.Credit.Name())
	}
	return f.T("web.ledger.even")
}

// refText is a voucher's word and number without year and month where these are the page's own.
func (f *frame) refText(r ledger.Ref) string { return f.Text(r.Text()) }

// voucherPath is the page of a posted voucher.
func (b *bookView) voucherPath(r ledger.Ref) string { return b.at("vouchers/" + refPath(r)) }

func refPath(r ledger.Ref) string {
	return strconv.Itoa(int(r.Year)) + "-" + strconv.Itoa(int(r.Month)) + "-" + string(r.Word) + "-" + strconv.Itoa(r.Number)
}

// refOf reads what refPath writes.
func refOf(book ledger.Book, text string) (ledger.Ref, bool) {
	parts := strings.Split(text, "-")
	if len(parts) != 4 {
		return ledger.Ref{}, false
	}
	month := monthOf(parts[1], 0)
	r := ledger.Ref{Book: book, Year: yearNumber(parts[0]), Month: month, Word: ledger.Word(parts[2]), Number: number(parts[3])}
	return r, r.Year > 0 && month > 0 && r.Number > 0 && refPath(r) == text
}

func (b *bookView) positionTables(*http.Request) ([]ledgerTable, error) {
	t := b.positionTable(ledger.NewBalanceSheet(b.span.Year, b.span.To, b.state), b.statementPath)
	return []ledgerTable{t}, nil
}

// statementPath is the page of an account's statement in the months that are shown.
func (b *bookView) statementPath(code ledger.Code) string { return b.at("statement/" + string(code)) }

// positionTable is a balance sheet, with whether it balances; path is where an account leads, empty for nowhere.
func (f *frame) positionTable(s ledger.BalanceSheet, path func(ledger.Code) string) ledgerTable {
	t := ledgerTable{ID: "position", Title: f.T("web.ledger.tab.position"), Aside: f.T("web.ledger.position.at", "year", int(s.Span.Year), "month", int(s.Span.To)),
		Heads: f.ledgerHeads("web.ledger.head.code", "web.ledger.head.item", "#", "web.ledger.head.year_begin", "#", "web.ledger.head.closing")}
	row := func(total bool, cells ...ledgerCell) { t.Rows = append(t.Rows, ledgerRow{Cells: cells, Total: total}) }
	none := textCell("")
	group := func(nature ledger.Nature, lines []ledger.ReportLine, total money.Fen) money.Fen {
		row(true, none, textCell(f.Text(nature.Name())), none, none)
		var begin money.Fen
		for _, l := range lines {
			to := path(l.Account.Code)
			row(false, linkCell(string(l.Account.Code), to), ledgerCell{Text: f.Text(l.Account.Name()), Depth: len(l.Account.Code)/2 - 1}, fenCell(l.Opening).to(to), fenCell(l.Amount).to(to))
			if len(l.Account.Code) == 4 {
				begin += l.Opening
			}
		}
		row(true, none, textCell(f.T("web.ledger.total.of", "what", nature.Name())), fenCell(begin), fenCell(total))
		return begin
	}
	group(ledger.Asset, s.Assets, s.TotalAssets)
	sources := group(ledger.Liability, s.Liabilities, s.TotalLiabilities) + group(ledger.NetAsset, s.NetAssets, s.TotalNet)
	row(false, none, textCell(f.T("web.ledger.result")), none, fenCell(s.Result))
	row(true, f.balance(s), textCell(f.T("web.ledger.total.sources")), fenCell(sources), fenCell(s.TotalLiabilities+s.TotalNet+s.Result))
	return t
}

func (b *bookView) incomeTables(*http.Request) ([]ledgerTable, error) {
	return []ledgerTable{b.incomeTable(ledger.NewIncomeStatement(b.span, b.state), b.statementPath), b.linesTable()}, nil
}

// incomeTable is a statement of income and expenditure; path is where an account leads, empty for nowhere. What the surplus does not
// take stands apart.
//
// 依据: SC38-4.7
func (f *frame) incomeTable(s ledger.IncomeStatement, path func(ledger.Code) string) ledgerTable {
	t := ledgerTable{ID: "income", Title: f.T("web.ledger.tab.income"), Aside: f.T("web.ledger.unit"),
		Heads: f.ledgerHeads("web.ledger.head.code", "web.ledger.head.item", "#", "web.ledger.head.span", "#", "web.ledger.head.year_to")}
	row := func(total bool, cells ...ledgerCell) { t.Rows = append(t.Rows, ledgerRow{Cells: cells, Total: total}) }
	none := textCell("")
	group := func(name string, lines []ledger.ReportLine) {
		row(true, none, textCell(name), none, none)
		for _, l := range lines {
			to := path(l.Account.Code)
			row(false, linkCell(string(l.Account.Code), to), ledgerCell{Text: f.Text(l.Account.Name()), Depth: len(l.Account.Code)/2 - 1}, fenCell(l.Amount).to(to), fenCell(l.Yearly).to(to))
		}
	}
	sum := func(key string, span, year ledgerCell, total bool) { row(total, none, textCell(f.T(key)), span, year) }
	group(f.Text(ledger.Income.Name()), s.Income)
	sum("web.ledger.total", fenCell(s.TotalIncome), fenCell(s.YearIncome), true)
	group(f.Text(ledger.Expenditure.Name()), s.Expenditure)
	sum("web.ledger.total", fenCell(s.TotalExpenditure), fenCell(s.YearExpenditure), true)
	sum("web.ledger.result", fenCell(s.Result()), fenCell(s.YearIncome-s.YearExpenditure), false)
	sum("web.ledger.surplus_begin", none, fenCell(s.SurplusBegin), false)
	sum("web.ledger.set_aside", none, fenCell(s.SetAside), false)
	sum("web.ledger.surplus_end", none, fenCell(s.SurplusEnd()), false)
	if len(s.Apart) > 0 {
		t.Clause = "SC38-4.7"
		group(f.T("web.ledger.apart"), s.Apart)
	}
	return t
}

func ptr(x money.Fen) *money.Fen { return &x }

// duesTable is what is due, paid and open: per level of government, and per book.
//
// 依据: SC38-10.2, SC38-4.7
func (b *bookView) duesTable(*http.Request) ([]ledgerTable, error) {
	t := ledgerTable{ID: "dues", Title: b.T("web.ledger.tab.dues"), Aside: b.T("web.ledger.unit"), Clause: "SC38-10.2", Empty: b.T("web.ledger.dues.none"), Heads: b.ledgerHeads("web.ledger.head.item",
		"web.ledger.head.of", "#", "web.ledger.head.before", "#", "web.ledger.head.due", "#", "web.ledger.head.paid", "#", "web.ledger.head.open")}
	for _, x := range ledger.Dues(b.span.Year, b.span.To, b.state) {
		path := b.at("statement/" + string(x.Account.Code))
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{linkCell(b.Text(x.Account.Name()), path), textCell(b.Text(x.Of.Name())), fenCell(x.Before), fenCell(x.Due).to(path),
			fenCell(x.Paid).to(path), fenCell(x.Open)}})
	}
	return []ledgerTable{t}, nil
}

// mostVouchers is how many vouchers a page lists.
const mostVouchers = 500

func (b *bookView) vouchersTable(r *http.Request) ([]ledgerTable, error) {
	posted, err := b.books().Posted(r.Context(), b.book, b.span)
	if err != nil {
		return nil, err
	}
	reversed := map[ledger.Ref]ledger.Ref{}
	for _, v := range posted {
		if v.Kind == ledger.Reversal {
			reversed[v.Corrects] = v.Ref()
		}
	}
	t := ledgerTable{ID: "vouchers", Title: b.T("web.ledger.tab.vouchers"), Empty: b.T("web.ledger.vouchers.none"), Tall: true, Heads: b.ledgerHeads("web.ledger.head.date", "web.ledger.head.ref",
		"web.ledger.head.summary", "web.ledger.head.kind", "#", "web.ledger.head.amount", "web.ledger.head.maker", "web.ledger.head.reviewer", "web.ledger.head.state")}
	var sum money.Fen
	found := 0
	for _, v := range posted {
		if !b.chosen(v, r) {
			continue
		}
		if found++; found > mostVouchers && !strings.Contains(r.URL.Path, "/export/") {
			continue
		}
		sum += v.Total()
		state := textCell("")
		if by, ok := reversed[v.Ref()]; ok {
			state = ledgerCell{Text: b.T("web.ledger.reversed"), Mark: "warn", Path: b.voucherPath(by)}
		}
		path := b.voucherPath(v.Ref())
		t.Rows = append(t.Rows, ledgerRow{ID: refPath(v.Ref()), Cells: []ledgerCell{textCell(string(v.Date)), linkCell(b.refText(v.Ref()), path), textCell(b.summary(v)), textCell(b.Text(v.Kind.Name())),
			fenCell(v.Total()), textCell(b.who(v.Maker)), textCell(b.who(v.Reviewer)), state}})
	}
	t.Aside = b.T("web.ledger.vouchers.count", "count", found)
	if found > mostVouchers {
		t.Aside = b.T("web.ledger.vouchers.more", "count", found, "shown", mostVouchers)
	}
	if found > 0 {
		t.Rows = append(t.Rows, ledgerRow{Total: true, Cells: []ledgerCell{textCell(""), textCell(""), textCell(b.T("web.ledger.total")), textCell(""), fenCell(sum), textCell(""), textCell(""), textCell("")}})
	}
	return []ledgerTable{t}, nil
}

// chosen tells whether a voucher passes the filter of the page.
func (b *bookView) chosen(v ledger.Voucher, r *http.Request) bool {
	if word := r.FormValue("word"); word != "" && string(v.Word) != word {
		return false
	}
	if kind := r.FormValue("kind"); kind != "" && string(v.Kind) != kind {
		return false
	}
	if account := accountCode(r.FormValue("account")); account != "" && !slices.ContainsFunc(v.Postings, func(p ledger.Posting) bool { return strings.HasPrefix(string(p.Account), string(account)) }) {
		return false
	}
	q := strings.TrimSpace(r.FormValue("q"))
	return q == "" || strings.Contains(strings.ToLower(b.summary(v)+" "+string(v.Source.ID)+" "+string(v.Decision)), strings.ToLower(q))
}

// accountCode is the code that a text like "1003 name" begins with.
func accountCode(text string) ledger.Code {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		text = text[:end]
	}
	return ledger.Code(text)
}

// chartTable is the chart of accounts with where each account comes from.
func (d *booksDesk) chartTable(f *frame) ledgerTable {
	t := ledgerTable{ID: "chart", Title: f.T("web.ledger.chart"), Heads: f.ledgerHeads("web.ledger.head.code", "web.ledger.head.account", "web.ledger.head.nature", "web.ledger.head.side",
		"web.ledger.head.books", "web.ledger.head.carries", "web.ledger.head.origin"), Tall: true}
	for _, a := range d.chart.Accounts() {
		var books []string
		for _, k := range a.Books {
			books = append(books, f.T("ledger.kind."+string(k)))
		}
		if len(books) == 0 {
			books = []string{f.T("web.ledger.all_books")}
		}
		if a.Insurance != "" {
			books = append(books, f.T("web.insurance."+string(a.Insurance)))
		}
		origin := textCell(f.Text(a.Origin.Name()))
		if a.Origin == ledger.RegulationUnread {
			origin.Mark = "warn"
		}
		t.Rows = append(t.Rows, ledgerRow{ID: string(a.Code), Cells: []ledgerCell{textCell(string(a.Code)), {Text: f.Text(a.Name()), Depth: len(a.Code)/2 - 1}, textCell(f.Text(a.Nature.Name())),
			textCell(f.Text(a.Side.Name())), textCell(strings.Join(books, f.T("web.list.comma"))), textCell(f.carries(a.Carries)), origin}})
	}
	return t
}

// carries says what an account is kept by.
func (f *frame) carries(c ledger.Carries) string {
	switch {
	case c.Counter != "":
		return f.T("web.ledger.carries.counter", "kind", fault.Msg("ledger.kind."+string(c.Counter)))
	case c.Level:
		return f.T("web.ledger.carries.level")
	case c.Institution:
		return f.T("web.ledger.carries.institution")
	}
	return ""
}

func (d *booksDesk) chartPage(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, ledgerChartPage(f, d.chartTable(f), f.may(office.Export, f.subject.Division)))
}

func (d *booksDesk) chartExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	return f.takeTables(w, r.PathValue("file"), "chart-of-accounts", nil, []ledgerTable{d.chartTable(f)})
}

// voucherModel is a voucher as it is shown and printed.
type voucherModel struct {
	Voucher            ledger.Voucher
	Title, Ref         string
	Lines              []voucherLine
	Total              string
	Capital            string
	Source, SourcePath string
	Corrects           *tabView
	ReversedBy         *tabView
	Digest             string
	Acts               bool
}

type voucherLine struct{ Code, Account, Of, Debit, Credit, Path string }

// voucher shows a booked voucher.
func (d *booksDesk) voucher(b *bookView, w http.ResponseWriter, r *http.Request) error {
	v, all, err := b.find(r, r.PathValue("ref"))
	if err != nil {
		return err
	}
	m := b.voucherModel(v)
	m.Acts = b.may(office.PostBooks, b.book.Division)
	for _, o := range all {
		if o.Kind == ledger.Reversal && o.Corrects == v.Ref() {
			m.ReversedBy = &tabView{Text: b.refText(o.Ref()), Path: b.voucherPath(o.Ref())}
		}
	}
	return b.render(w, r, http.StatusOK, ledgerVoucherPage(b, m))
}

// find is a booked voucher of the book by what its address says, with the vouchers of its year.
func (b *bookView) find(r *http.Request, text string) (ledger.Voucher, []ledger.Voucher, error) {
	ref, ok := refOf(b.book, text)
	if !ok {
		return ledger.Voucher{}, nil, errNotFound
	}
	all, err := b.books().Posted(r.Context(), b.book, ledger.Span{Year: ref.Year, From: ref.Month, To: 12})
	if err != nil {
		return ledger.Voucher{}, nil, err
	}
	at := slices.IndexFunc(all, func(v ledger.Voucher) bool { return v.Ref() == ref })
	if at < 0 {
		return ledger.Voucher{}, nil, errNotFound
	}
	return all[at], all, nil
}

func (b *bookView) voucherModel(v ledger.Voucher) voucherModel {
	m := voucherModel{Voucher: v, Title: b.T("web.ledger.voucher.title"), Total: fen(v.Total()), Capital: b.Capital(v.Total()), Digest: v.Digest().String()}
	if !v.Ref().None() {
		m.Ref = b.refText(v.Ref())
	}
	for _, p := range v.Postings {
		a, _ := b.desk.chart.Get(p.Account)
		l := voucherLine{Code: string(p.Account), Account: b.Text(a.Name()), Path: b.at("statement/" + string(p.Account))}
		if p.Dimensions != (ledger.Dimensions{}) {
			l.Of = b.Text(p.Dimensions.Name())
		}
		if p.Side == ledger.Debit {
			l.Debit = fen(p.Amount)
		} else {
			l.Credit = fen(p.Amount)
		}
		m.Lines = append(m.Lines, l)
	}
	m.Source = b.T("web.ledger.source."+string(v.Source.Kind)) + " " + string(v.Source.ID)
	m.SourcePath = b.sourcePath(v.Source)
	if !v.Corrects.None() {
		m.Corrects = &tabView{Text: b.refText(v.Corrects), Path: b.voucherPath(v.Corrects)}
	}
	return m
}

// sourcePath is the page of what a voucher books, where there is one.
func (b *bookView) sourcePath(s ledger.Source) string {
	if s.Kind != ledger.FromDocument || !b.exists("document") {
		return ""
	}
	if _, err := b.site.Store.Desk(b.scope(office.View)).Document(b.request.Context(), office.DocumentID(s.ID)); err != nil {
		return ""
	}
	return b.link("/documents/" + string(s.ID))
}

var errDry = errors.New("web: tried and not kept")
