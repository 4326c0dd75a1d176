package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// booksView are all books of an insurance type that the reader may see, at the end of a month.
type booksView struct {
	*frame
	desk   *booksDesk
	span   ledger.Span
	books  []ledger.Book // the province's funds first
	states map[ledger.Book]*ledger.State
	years  []policy.Year
}

// openAll opens the books of the insurance type that the address names.
func (d *booksDesk) openAll(f *frame, r *http.Request) (*booksView, error) {
	v := &booksView{frame: f, desk: d}
	all, err := d.Store.ListBooks(r.Context(), f.scope(office.View))
	if err != nil {
		return nil, err
	}
	v.books = slices.DeleteFunc(all, func(b ledger.Book) bool { return b.Insurance != f.insurance })
	slices.SortStableFunc(v.books, func(a, b ledger.Book) int { return cmp.Compare(bookOrder(a), bookOrder(b)) })
	now := policy.Year(d.Now().Year())
	year := policy.Year(number(f.seen.Get("fy")))
	if v.states, err = v.load(r, cmp.Or(year, now)); err != nil {
		return nil, err
	}
	for _, s := range v.states {
		for kept := range s.Years {
			if !slices.Contains(v.years, kept) {
				v.years = append(v.years, kept)
			}
		}
	}
	slices.Sort(v.years)
	if year = cmp.Or(year, now); len(v.years) > 0 && !slices.Contains(v.years, year) {
		year = v.years[len(v.years)-1]
		if v.states, err = v.load(r, year); err != nil {
			return nil, err
		}
	}
	if len(v.years) == 0 {
		v.years = []policy.Year{year}
	}
	v.span = ledger.Span{Year: year, From: monthOf(f.seen.Get("from"), time.January), To: monthOf(f.seen.Get("to"), time.December)}
	if v.span.From > v.span.To {
		v.span.From, v.span.To = v.span.To, v.span.From
	}
	return v, nil
}

// load loads the books as a year needs them.
func (v *booksView) load(r *http.Request, year policy.Year) (map[ledger.Book]*ledger.State, error) {
	books := v.desk.Store.Books(store.Act{Scope: v.scope(office.View)}, v.desk.chart)
	out := map[ledger.Book]*ledger.State{}
	for _, book := range v.books {
		state, err := books.Whole(r.Context(), book, year)
		if err != nil {
			return nil, err
		}
		out[book] = state
	}
	return out, nil
}

// kept are the books that have the year that is shown.
func (v *booksView) kept() []*ledger.State {
	var out []*ledger.State
	for _, book := range v.books {
		if _, has := v.states[book].Years[v.span.Year]; has {
			out = append(out, v.states[book])
		}
	}
	return out
}

// areas are the books of pooling areas that have the year.
func (v *booksView) areas() []*ledger.State {
	return slices.DeleteFunc(v.kept(), func(s *ledger.State) bool { return s.Book.Kind != ledger.Area })
}

// inYear is a page of a book in the months that are shown.
func (v *booksView) inYear(book ledger.Book, page string) string {
	return v.bookLink(book, page, "fy", strconv.Itoa(int(v.span.Year)), "from", monthChoice(v.span.From, time.January), "to", monthChoice(v.span.To, time.December))
}

// acrossBooks is a page of tables over all books: its name, and how the tables are made.
type acrossBooks struct {
	page string
	make func(*booksView, *http.Request) ([]ledgerTable, error)
}

func acrossAll() []acrossBooks {
	return []acrossBooks{{"summary", (*booksView).summaryTables}, {"check", (*booksView).checkTables}}
}

// across answers a page of tables over all books.
func (d *booksDesk) across(a acrossBooks) handler {
	return func(f *frame, w http.ResponseWriter, r *http.Request) error {
		v, err := d.openAll(f, r)
		if err != nil {
			return err
		}
		tables, err := a.make(v, r)
		if err != nil {
			return err
		}
		f.oneUnit = true
		return f.render(w, r, http.StatusOK, ledgerAcrossPage(v, tables, a.page))
	}
}

// acrossExport gives the tables as a file.
func (d *booksDesk) acrossExport(a acrossBooks) handler {
	return func(f *frame, w http.ResponseWriter, r *http.Request) error {
		v, err := d.openAll(f, r)
		if err != nil {
			return err
		}
		tables, err := a.make(v, r)
		if err != nil {
			return err
		}
		notes := []exchange.Note{{Name: f.T("web.filter.insurance"), Text: f.T("web.insurance." + string(f.insurance))}, {Name: f.T("web.ledger.head.period"), Text: v.spanText()}}
		return f.takeTables(w, r.PathValue("file"), "books-"+a.page+"-"+string(f.insurance)+"-"+strconv.Itoa(int(v.span.Year)), notes, tables)
	}
}

// spanText names the months that are shown.
func (v *booksView) spanText() string {
	return v.T("web.ledger.span", "year", int(v.span.Year), "from", int(v.span.From), "to", int(v.span.To))
}

// summaryTables are income, expenditure and position of every book of a type. What passes between the books is income of one and
// expenditure of another; the areas are added up, the province's own funds stand by themselves.
//
// 依据: SC38-4.5, SC38-4.7
func (v *booksView) summaryTables(*http.Request) ([]ledgerTable, error) {
	income := ledgerTable{ID: "income", Title: v.T("web.ledger.summary.income"), Aside: v.T("web.ledger.unit"), Clause: "SC38-4.5", Empty: v.T("web.ledger.summary.none"),
		Heads: v.ledgerHeads("web.ledger.head.book", "#", "web.ledger.surplus_begin", "#", "web.ledger.head.income", "#", "web.ledger.head.expenditure", "#", "web.ledger.result",
			"#", "web.ledger.head.set_aside", "#", "web.ledger.surplus_end", "#", "web.ledger.head.apart")}
	position := ledgerTable{ID: "position", Title: v.T("web.ledger.summary.position"), Aside: v.T("web.ledger.position.at", "year", int(v.span.Year), "month", int(v.span.To)),
		Empty: v.T("web.ledger.summary.none"), Heads: v.ledgerHeads("web.ledger.head.book", "#", "web.ledger.head.fiscal", "#", "web.ledger.head.assets", "#", "web.ledger.head.liabilities",
			"#", "web.ledger.head.net", "#", "web.ledger.result", "web.ledger.head.check")}
	for _, s := range v.kept() {
		income.Rows = append(income.Rows, v.incomeRow(linkCell(v.Text(s.Book.Name()), v.inYear(s.Book, "income")), s))
		position.Rows = append(position.Rows, v.positionRow(linkCell(v.Text(s.Book.Name()), v.inYear(s.Book, "position")), s))
	}
	areas := v.areas()
	if len(areas) == 0 {
		return []ledgerTable{income, position}, nil
	}
	total := textCell(v.T("web.ledger.summary.areas", "count", len(areas)))
	for t, row := range map[*ledgerTable]ledgerRow{&income: v.incomeRow(total, areas...), &position: v.positionRow(total, areas...)} {
		row.Total = true
		t.Rows = append(t.Rows, row)
	}
	sheet, statement := v.areasIncome(areas), v.areasPosition(areas)
	return []ledgerTable{income, position, sheet, statement}, nil
}

// incomeRow is a row of income and expenditure of one book, or of several added up; apart is what breaking policy cost less what
// was covered, which is not in the result.
func (v *booksView) incomeRow(name ledgerCell, states ...*ledger.State) ledgerRow {
	s := ledger.NewIncomeStatement(v.span, states...)
	var apart money.Fen
	for _, l := range s.Apart {
		if l.Account.Nature == ledger.Expenditure {
			apart += l.Amount
		} else {
			apart -= l.Amount
		}
	}
	return ledgerRow{Cells: []ledgerCell{name, fenCell(s.SurplusBegin), fenCell(s.TotalIncome), fenCell(s.TotalExpenditure), fenCell(s.Result()), fenCell(s.SetAside), fenCell(s.SurplusEnd()), fenCell(apart)}}
}

func (v *booksView) positionRow(name ledgerCell, states ...*ledger.State) ledgerRow {
	s := ledger.NewBalanceSheet(v.span.Year, v.span.To, states...)
	fiscal := ledger.TrialBalance(v.span, false, states...).Balance(ledger.FiscalAccount)
	return ledgerRow{Cells: []ledgerCell{name, fenCell(fiscal), fenCell(s.TotalAssets), fenCell(s.TotalLiabilities), fenCell(s.TotalNet), fenCell(s.Result), v.balance(s)}}
}

// balance says whether a balance sheet balances.
func (f *frame) balance(s ledger.BalanceSheet) ledgerCell {
	if s.Balances() {
		return markCell(f.T("web.ledger.balanced"), "good")
	}
	return markCell(f.T("web.ledger.not_balanced"), "bad")
}

// areasIncome is the statement of income and expenditure of all areas.
func (v *booksView) areasIncome(areas []*ledger.State) ledgerTable {
	t := v.incomeTable(ledger.NewIncomeStatement(v.span, areas...), func(ledger.Code) string { return "" })
	t.ID, t.Title = "areas-income", v.T("web.ledger.summary.areas_income", "count", len(areas))
	return t
}

// areasPosition is the balance sheet of all areas.
func (v *booksView) areasPosition(areas []*ledger.State) ledgerTable {
	t := v.positionTable(ledger.NewBalanceSheet(v.span.Year, v.span.To, areas...), func(ledger.Code) string { return "" })
	t.ID, t.Title = "areas-position", v.T("web.ledger.summary.areas_position", "count", len(areas))
	return t
}

// checkTables are where the books disagree with one another, and with the approved computations.
//
// 依据: SC38-4.3, SC38-4.5, SC38-4.6
func (v *booksView) checkTables(r *http.Request) ([]ledgerTable, error) {
	begun, err := v.begunTable(r)
	if err != nil {
		return nil, err
	}
	tied, err := v.tiedTable(r)
	return []ledgerTable{begun, v.unmirroredTable(), tied, v.advancesTable(), v.offsiteTable()}, err
}

// tiedTable lists what may have passed between insurance types over the temporary accounts. The other types' books are looked into where this one's laid
// something out or took something in.
//
// 依据: SC38-4.5
func (v *booksView) tiedTable(r *http.Request) (ledgerTable, error) {
	t := ledgerTable{ID: "tied", Title: v.T("web.ledger.check.tied"), Aside: v.T("web.ledger.check.tied.aside"), Clause: "SC38-4.5", Empty: v.T("web.ledger.check.tied.none", "year", int(v.span.Year)),
		Heads: v.ledgerHeads("web.ledger.head.from_book", "web.ledger.head.ref", "web.ledger.head.to_book", "web.ledger.head.ref", "#", "web.ledger.head.amount")}
	books := v.desk.Store.Books(store.Act{Scope: v.scope(office.View)}, v.desk.chart)
	var vouchers []ledger.Voucher
	for _, s := range v.areas() {
		if !s.Temporary(v.span.Year) {
			continue
		}
		for _, insurance := range pool.Insurances() {
			posted, err := books.Posted(r.Context(), ledger.AreaBook(insurance, s.Book.Division), ledger.Whole(v.span.Year))
			if err != nil {
				return t, err
			}
			vouchers = append(vouchers, posted...)
		}
	}
	for _, x := range ledger.Ties(v.desk.chart, vouchers) {
		out, in := x.Out.Book, x.In.Book
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(v.Text(out.Name())), linkCell(v.refText(x.Out), v.inYear(out, "vouchers/"+refPath(x.Out))),
			textCell(v.Text(in.Name())), linkCell(v.refText(x.In), v.inYear(in, "vouchers/"+refPath(x.In))), fenCell(x.Amount)}})
	}
	return t, nil
}

// begunTable lists where an approved computation began its year otherwise than the books: the chain of years broke there.
//
// 依据: SC38-4.3, SC38-4.6
func (v *booksView) begunTable(r *http.Request) (ledgerTable, error) {
	t := ledgerTable{ID: "begun", Title: v.T("web.ledger.check.begun"), Clause: "SC38-4.6", Heads: v.ledgerHeads("web.ledger.head.year", "web.ledger.head.run", "web.ledger.head.book", "web.ledger.head.account",
		"#", "web.ledger.head.by_run", "#", "web.ledger.head.by_books", "#", "web.ledger.head.difference")}
	runs, err := v.approvedRuns(r)
	if err != nil {
		return t, err
	}
	t.Empty = v.T("web.ledger.check.begun.none")
	if len(runs) > 0 {
		t.Empty = v.T("web.ledger.check.begun.agree", "count", len(runs))
	}
	for _, run := range runs {
		states, err := v.load(r, run.Year)
		if err != nil {
			return t, err
		}
		v.addBegun(&t, run, states)
	}
	return t, nil
}

// addBegun adds where a computation and the books disagree, or that there are no books to compare it with.
func (v *booksView) addBegun(t *ledgerTable, run approvedRun, states map[ledger.Book]*ledger.State) {
	year, id := textCell(strconv.Itoa(int(run.Year))), linkCell(string(run.ID), v.link("/pool/runs/"+string(run.ID)))
	kept := false
	for _, s := range states {
		_, has := s.Years[run.Year]
		kept = kept || has
	}
	if !kept {
		none := textCell("")
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{year, id, textCell(v.T("web.ledger.check.begun.later", "year", int(run.Year))), none, none, none, none}})
	}
	for _, x := range ledger.Disagree(run.result, states) {
		a, _ := v.desk.chart.Get(x.Account)
		path := v.bookLink(x.Book, "statement/"+string(x.Account), "fy", strconv.Itoa(int(run.Year)))
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{year, id, textCell(v.Text(x.Book.Name())), textCell(v.Text(a.Name())), fenCell(x.Run), fenCell(x.Books).to(path), fenCell(x.Run - x.Books)}})
	}
}

// approvedRun is a booked computation of a year.
type approvedRun struct {
	store.Batch
	result pool.Result
}

// approvedRuns are the booked computations of the insurance type that nothing corrects, oldest year first.
func (v *booksView) approvedRuns(r *http.Request) ([]approvedRun, error) {
	batches, err := v.desk.Store.Batches(r.Context(), v.scope(office.View))
	if err != nil {
		return nil, err
	}
	corrected := map[ledger.DocumentID]bool{}
	for _, b := range batches {
		corrected[b.Corrects] = true
	}
	var out []approvedRun
	for _, b := range batches {
		if b.Kind != remit.RunPaper || b.Insurance != v.insurance || corrected[b.ID] {
			continue
		}
		paper, err := v.desk.Store.Paper(r.Context(), v.scope(office.View), b.Paper)
		if err != nil {
			return nil, err
		}
		run, err := exchange.ReadFrozenRun(paper.Content)
		if err != nil {
			return nil, err
		}
		out = append(out, approvedRun{b, run.Result()})
	}
	slices.SortStableFunc(out, func(a, b approvedRun) int { return cmp.Compare(a.Year, b.Year) })
	return out, nil
}

// unmirroredTable lists what one book says it paid another and the other does not say it received.
//
// 依据: SC38-4.5
func (v *booksView) unmirroredTable() ledgerTable {
	t := ledgerTable{ID: "unmirrored", Title: v.T("web.ledger.check.unmirrored"), Clause: "SC38-4.5", Empty: v.T("web.ledger.check.unmirrored.none", "year", int(v.span.Year)),
		Heads: v.ledgerHeads("web.ledger.head.from_book", "web.ledger.head.account", "web.ledger.head.to_book", "web.ledger.head.account", "#", "web.ledger.head.difference")}
	for _, m := range ledger.Unmirrored(v.span.Year, v.states) {
		debit, _ := v.desk.chart.Get(m.Debit)
		credit, _ := v.desk.chart.Get(m.Credit)
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(v.Text(m.From.Name())), linkCell(v.Text(debit.Name()), v.inYear(m.From, "statement/"+string(m.Debit))),
			textCell(v.Text(m.To.Name())), linkCell(v.Text(credit.Name()), v.inYear(m.To, "statement/"+string(m.Credit))), fenCell(m.Amount)}})
	}
	return t
}

// advancesTable lists what cities received of the adjustment fund in advance and was not cleared yet, by the books of both.
//
// 依据: SC38-4.5
func (v *booksView) advancesTable() ledgerTable {
	t := ledgerTable{ID: "advances", Title: v.T("web.ledger.check.advances"), Aside: v.atText(), Empty: v.T("web.ledger.check.advances.none"),
		Heads: v.ledgerHeads("web.ledger.head.division", "#", "web.ledger.head.advance_paid", "#", "web.ledger.head.advance_received", "#", "web.ledger.head.difference")}
	paid := map[region.Code]money.Fen{}
	for _, s := range v.kept() {
		if s.Book.Kind != ledger.Adjustment {
			continue
		}
		for _, a := range ledger.AdvancesOf(s, v.span.Year, v.span.To) {
			paid[a.Division] = a.Amount
		}
	}
	for _, s := range v.areas() {
		code := s.Book.Division
		received := ledger.TrialBalance(v.span, false, s).Balance(ledger.AdvanceReceived)
		if received == 0 && paid[code] == 0 {
			continue
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(v.divisionName(code)), fenCell(paid[code]), fenCell(received).to(v.inYear(s.Book, "statement/"+string(ledger.AdvanceReceived))),
			fenCell(paid[code] - received)}})
	}
	return t
}

// offsiteTable lists how every city stands with the province for off-site care, by the books of both.
//
// 依据: SCE-7.2
func (v *booksView) offsiteTable() ledgerTable {
	t := ledgerTable{ID: "offsite", Title: v.T("web.ledger.check.offsite"), Aside: v.atText(), Clause: "SCE-7.2", Empty: v.T("web.ledger.check.offsite.none"),
		Heads: v.ledgerHeads("web.ledger.head.division", "#", "web.ledger.head.deposited", "#", "web.ledger.head.held", "#", "web.ledger.head.entrusted", "#", "web.ledger.head.working",
			"#", "web.ledger.head.lent", "web.ledger.head.agrees")}
	var clearing *ledger.State
	for _, s := range v.kept() {
		if s.Book.Kind == ledger.Clearing {
			clearing = s
		}
	}
	for _, o := range ledger.Offsite(v.span.Year, v.span.To, clearing, v.areas()) {
		if o == (ledger.OffsiteStanding{City: o.City}) {
			continue
		}
		agrees := markCell(v.T("web.ledger.check.agrees"), "good")
		switch {
		case clearing == nil:
			agrees = textCell(v.T("web.ledger.check.one_side"))
		case !o.Agrees():
			agrees = markCell(v.T("web.ledger.check.differs"), "bad")
		}
		city := func(x money.Fen, account ledger.Code) ledgerCell {
			book := ledger.AreaBook(v.insurance, o.City)
			if v.states[book] == nil {
				return fenCell(x)
			}
			return fenCell(x).to(v.inYear(book, "statement/"+string(account)))
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(v.divisionName(o.City)), city(o.Deposited, ledger.OffsiteDeposit), fenCell(o.Held), fenCell(o.Entrusted),
			city(o.Working, ledger.OffsiteWorking), city(o.Lent, ledger.OffsiteLent), agrees}})
	}
	return t
}

func (v *booksView) atText() string {
	return v.T("web.ledger.position.at", "year", int(v.span.Year), "month", int(v.span.To))
}
