package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/budget"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// subsidyItem is the item of the budget that holds a level's subsidies.
func subsidyItem(l ledger.Level) budget.Item {
	return budget.SubsidyItems()[slices.Index(ledger.Levels(), l)]
}

// subsidy (财政补助) is what a level of government owes an area: in the budget, due, paid and open, in fen, up to a month. Before is
// what was open from earlier years; Received is what was booked as revenue, which is more than Paid where money came that nobody had
// announced.
type subsidy struct {
	Level                                      ledger.Level
	Planned, Before, Due, Paid, Open, Received money.Fen
}

func (s *subsidy) add(o subsidy) {
	s.Planned, s.Before, s.Due, s.Paid = s.Planned+o.Planned, s.Before+o.Before, s.Due+o.Due, s.Paid+o.Paid
	s.Open, s.Received = s.Open+o.Open, s.Received+o.Received
}

// rate is what was paid of what was due, what was open before included.
func (s subsidy) rate() ledgerCell {
	due := s.Before + s.Due
	if due <= 0 {
		return textCell("\u2014")
	}
	x := s.Paid.Ratio().Quo(due.Ratio())
	return numberCell(percent(x, 2), x.Exact(6))
}

// subsidiesOf are an area's subsidies by level, with the book they stand in; nil when there is none of the year.
//
// 依据: SC38-10.2
func (b *budgetView) subsidiesOf(ctx context.Context, through time.Month) ([]subsidy, *ledger.State, error) {
	chart, err := ledger.Standard()
	if err != nil {
		return nil, nil, err
	}
	books := b.site.Store.Books(store.Act{Scope: office.Scope{Division: b.key.Division, Reach: office.Own}}, chart)
	state, err := books.Whole(ctx, ledger.AreaBook(b.key.Insurance, b.key.Division), b.key.Year)
	if err != nil {
		return nil, nil, err
	}
	if state != nil {
		if _, kept := state.Years[b.key.Year]; !kept {
			state = nil
		}
	}
	out := make([]subsidy, len(ledger.Levels()))
	at := map[ledger.Level]*subsidy{}
	for i, l := range ledger.Levels() {
		out[i].Level, at[l] = l, &out[i]
	}
	if v, ok := b.inForce(); ok {
		for _, l := range ledger.Levels() {
			if line, ok := v.Paper.Budget.Line(subsidyItem(l)); ok {
				at[l].Planned = line.Amount
			}
		}
	}
	if state == nil {
		return out, nil, nil
	}
	for _, x := range ledger.Dues(b.key.Year, through, state) {
		if s := at[x.Of.Level]; x.Account.Code == ledger.SubsidyDue && s != nil {
			s.Before, s.Due, s.Paid, s.Open = x.Before, x.Due, x.Paid, x.Open
		}
	}
	if err := b.lessForgone(ctx, books, state, through, at); err != nil {
		return nil, nil, err
	}
	for l, x := range state.ByLevel(ledger.Span{Year: b.key.Year, From: time.January, To: through}, ledger.Subsidies) {
		if s := at[l]; s != nil {
			s.Received = x
		}
	}
	return out, state, nil
}

// forgoneSubsidy is what vouchers say by which subsidies are not due any more.
const forgoneSubsidy = "ledger.summary.subsidy_forgone"

// lessForgone takes what a correction cut out of what was due: the account has it beside what was paid.
func (b *budgetView) lessForgone(ctx context.Context, books store.Books, state *ledger.State, through time.Month, at map[ledger.Level]*subsidy) error {
	items, err := b.site.Store.Items(ctx, office.Scope{Division: b.key.Division, Reach: office.Own}, store.ItemQuery{Year: b.key.Year, Insurance: b.key.Insurance, Kind: ledger.SubsidyPaid})
	if err != nil || !slices.ContainsFunc(items, func(i ledger.Standing) bool { return i.Lapsed }) {
		return err
	}
	posted, err := books.Posted(ctx, state.Book, ledger.Span{Year: b.key.Year, From: time.January, To: through})
	for _, v := range posted {
		for _, p := range v.Postings {
			if s := at[p.Level]; v.Summary.Key == forgoneSubsidy && p.Account == ledger.SubsidyDue && s != nil {
				s.Due, s.Paid = s.Due-p.Amount, s.Paid-p.Amount
			}
		}
	}
	return err
}

// subsidiesModel is an area's subsidies: by level, as payments, and the vouchers behind them.
type subsidiesModel struct {
	Through  int
	Months   []pickView
	Tables   []ledgerTable
	NoBook   bool
	MayOrder bool
	Form     []orderField
	// Announced are the levels that something was announced of, which can be corrected to less.
	Announced []orderField
	Due       string
	Basis     string
	Problems  []problemView
	Untold    bool
	Waiting   []tabView
}

// orderField is the amount that a level is asked for.
type orderField struct{ Level, Name, Value string }

func (d *budgetDesk) subsidies(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	m, err := d.subsidiesModel(b, r)
	if err != nil {
		return err
	}
	return b.render(w, r, http.StatusOK, budgetSubsidiesPage(b, m))
}

func (d *budgetDesk) subsidiesExport(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	m, err := d.subsidiesModel(b, r)
	if err != nil {
		return err
	}
	return b.takeTables(w, r.PathValue("file"), string(b.documentID("subsidies")), []exchange.Note{{Name: b.T("web.menu.budget"), Text: b.title()}, {Name: b.T("web.budget.dues.how"), Text: b.T("web.budget.subsidy.how")}}, m.Tables)
}

func (d *budgetDesk) subsidiesModel(b *budgetView, r *http.Request) (subsidiesModel, error) {
	through, months := b.throughMonth("subsidies")
	m := subsidiesModel{Through: int(through), Months: months, MayOrder: b.may(office.Make, b.key.Division) && b.site.money != nil, Due: b.site.Now().AddDate(0, 0, 30).Format(time.DateOnly)}
	all, state, err := b.subsidiesOf(r.Context(), through)
	if err != nil {
		return m, err
	}
	m.NoBook = state == nil
	if v, ok := b.inForce(); ok {
		_, m.Untold = v.Paper.Budget.Line(budget.Subsidies)
		m.Basis = b.title()
	}
	items, err := b.site.Store.Items(r.Context(), office.Scope{Division: b.key.Division, Reach: office.Own}, store.ItemQuery{Year: b.key.Year, Insurance: b.key.Insurance, Kind: ledger.SubsidyPaid})
	if err != nil {
		return m, err
	}
	slices.SortStableFunc(items, func(x, y ledger.Standing) int {
		return slices.Index(ledger.Levels(), x.Payer.Level) - slices.Index(ledger.Levels(), y.Payer.Level)
	})
	waiting, err := d.waitingSubsidies(b, r.Context())
	if err != nil {
		return m, err
	}
	m.Waiting = waiting
	for _, s := range all {
		field := orderField{Level: string(s.Level), Name: b.Text(s.Level.Name())}
		announced := money.Fen(0)
		for _, i := range items {
			if i.Payer.Level == s.Level {
				announced += i.Paid + i.Open()
			}
		}
		if announced > 0 {
			m.Announced = append(m.Announced, orderField{Level: string(s.Level), Name: b.T("web.budget.subsidy.announced", "level", s.Level.Name(), "announced", announced, "paid", s.Paid)})
		}
		if left := s.Planned - max(announced, s.Due); left > 0 {
			field.Value = left.String()
		}
		m.Form = append(m.Form, field)
	}
	m.Tables = []ledgerTable{b.subsidyTable(all, state, through), b.subsidyItems(items)}
	if state != nil {
		vouchers, err := b.subsidyVouchers(r.Context(), state, through)
		if err != nil {
			return m, err
		}
		m.Tables = append(m.Tables, vouchers)
	}
	return m, nil
}

// waitingSubsidies are orders of subsidies of this area and year that are not approved yet.
func (d *budgetDesk) waitingSubsidies(b *budgetView, ctx context.Context) ([]tabView, error) {
	docs, err := d.Store.Desk(office.Scope{Division: b.key.Division, Reach: office.Own}).OfKind(ctx, office.PaymentOrder)
	var out []tabView
	about := "-" + strconv.Itoa(int(b.key.Year)) + "-" + string(b.key.Insurance) + "-"
	for _, doc := range docs {
		subsidies := strings.Contains(string(doc.ID), "-"+string(remit.Subsidy)+about) || strings.Contains(string(doc.ID), "-"+string(remit.SubsidyCut)+about)
		if subsidies && doc.State != office.Approved && doc.State != office.Cancelled {
			out = append(out, tabView{Text: doc.Title + " " + fen(doc.Amount) + " (" + b.Text(doc.State.Label()) + ")", Path: b.link("/documents/" + string(doc.ID))})
		}
	}
	return out, err
}

func (f *frame) subsidyHeads(first ...string) []headCell {
	return append(f.ledgerHeads(first...), f.ledgerHeads("#", "web.budget.subsidy.planned", "#", "web.budget.subsidy.before", "#", "web.budget.subsidy.due", "#", "web.budget.subsidy.paid",
		"#", "web.budget.subsidy.open", "#", "web.budget.subsidy.rate", "#", "web.budget.subsidy.received")...)
}

func (s subsidy) cells(due, received string) []ledgerCell {
	return []ledgerCell{fenCell(s.Planned), fenCell(s.Before), fenCell(s.Due).to(due), fenCell(s.Paid).to(due), fenCell(s.Open), s.rate(), fenCell(s.Received).to(received)}
}

func (b *budgetView) subsidyTable(all []subsidy, state *ledger.State, through time.Month) ledgerTable {
	t := ledgerTable{ID: "subsidies", Title: b.T("web.budget.subsidy.title", "title", b.title(), "month", int(through)), Aside: b.T("web.ledger.unit"), Clause: "SC38-10.2", Heads: b.subsidyHeads("web.budget.subsidy.level")}
	due, received := "", ""
	if state != nil {
		span := []string{"fy", strconv.Itoa(int(b.key.Year)), "from", "1", "to", strconv.Itoa(int(through))}
		due, received = b.bookLink(state.Book, "statement/"+string(ledger.SubsidyDue), span...), b.bookLink(state.Book, "statement/"+string(ledger.Subsidies), span...)
	}
	var sum subsidy
	for _, s := range all {
		sum.add(s)
		t.Rows = append(t.Rows, ledgerRow{Cells: append([]ledgerCell{textCell(b.Text(s.Level.Name()))}, s.cells(due, received)...)})
	}
	t.Rows = append(t.Rows, ledgerRow{Total: true, Cells: append([]ledgerCell{textCell(b.T("web.ledger.total"))}, sum.cells("", "")...)})
	return t
}

// subsidyItems are the payments that were announced, with how far each has come.
func (b *budgetView) subsidyItems(items []ledger.Standing) ledgerTable {
	t := ledgerTable{ID: "items", Title: b.T("web.budget.subsidy.items"), Aside: b.T("web.ledger.unit"), Clause: "SC38-10.2", Empty: b.T("web.budget.subsidy.items.none"),
		Heads: b.ledgerHeads("web.budget.subsidy.level", "web.budget.subsidy.document", "web.payment.due", "#", "web.budget.subsidy.due", "#", "web.budget.subsidy.paid", "#", "web.budget.subsidy.open", "web.ledger.head.state")}
	today := string(b.site.today())
	for _, i := range items {
		state := markCell(b.Text(i.State().Name()), "")
		if i.State() == ledger.ItemPaid {
			state.Mark = "good"
		} else if i.Open() > 0 && string(i.Due) < today {
			state = markCell(b.T("web.budget.subsidy.overdue", "state", i.State().Name()), "bad")
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(b.Text(i.Payer.Level.Name())), linkCell(string(i.Source.ID), b.link("/documents/"+string(i.Source.ID))), textCell(string(i.Due)),
			fenCell(i.Amount), fenCell(i.Paid), fenCell(i.Open()), state}})
	}
	return t
}

// subsidyVouchers are the vouchers in which subsidies became due, were settled, or came in.
func (b *budgetView) subsidyVouchers(ctx context.Context, state *ledger.State, through time.Month) (ledgerTable, error) {
	t := ledgerTable{ID: "vouchers", Title: b.T("web.budget.subsidy.vouchers"), Aside: b.T("web.ledger.unit"), Clause: "SC38-10.2", Empty: b.T("web.budget.subsidy.vouchers.none"),
		Heads: b.ledgerHeads("web.ledger.head.date", "web.ledger.head.ref", "web.ledger.head.summary", "web.budget.subsidy.level", "#", "web.budget.subsidy.due", "#", "web.budget.subsidy.paid", "#", "web.budget.subsidy.received")}
	chart, err := ledger.Standard()
	if err != nil {
		return t, err
	}
	books := b.site.Store.Books(store.Act{Scope: office.Scope{Division: b.key.Division, Reach: office.Own}}, chart)
	posted, err := books.Posted(ctx, state.Book, ledger.Span{Year: b.key.Year, From: time.January, To: through})
	if err != nil {
		return t, err
	}
	for _, v := range posted {
		if v.Kind == ledger.Closing {
			continue
		}
		path := b.bookLink(state.Book, "vouchers/"+refPath(v.Ref()), "fy", strconv.Itoa(int(b.key.Year)))
		for _, p := range v.Postings {
			none := textCell("")
			cells := []ledgerCell{none, none, none}
			switch {
			case p.Account == ledger.SubsidyDue && p.Side == ledger.Debit:
				cells[0] = fenCell(p.Amount)
			case p.Account == ledger.SubsidyDue && v.Summary.Key == forgoneSubsidy:
				cells[0] = fenCell(-p.Amount)
			case p.Account == ledger.SubsidyDue:
				cells[1] = fenCell(p.Amount)
			case p.Account == ledger.Subsidies && p.Side == ledger.Credit:
				cells[2] = fenCell(p.Amount)
			case p.Account == ledger.Subsidies:
				cells[2] = fenCell(-p.Amount)
			default:
				continue
			}
			summary := v.Summary.Text
			if said, ok := v.Summary.Message(); ok {
				summary = b.Text(said)
			}
			t.Rows = append(t.Rows, ledgerRow{Cells: append([]ledgerCell{textCell(string(v.Date)), linkCell(b.refText(v.Ref()), path), textCell(summary), textCell(b.Text(p.Level.Name()))}, cells...)})
		}
	}
	return t, nil
}

// orderSubsidies drafts the order by which the subsidies of the levels become due; it is signed like any payment order.
//
// 依据: SC38-10.2
func (d *budgetDesk) orderSubsidies(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	o := remit.Order{Kind: remit.Subsidy, Year: b.key.Year, Insurance: b.key.Insurance, Due: policy.Date(r.PostFormValue("due")), Basis: strings.TrimSpace(r.PostFormValue("basis")), Synthetic: b.synthetic()}
	var l fault.List
	for _, level := range ledger.Levels() {
		text := plainAmount(r.PostFormValue(string(level)))
		amount, err := money.ParseFen(text)
		if text != "" && (err != nil || amount < 0) {
			l.Add(fault.Problem{Column: b.Text(level.Name()), Value: text, Message: fault.Msg("web.ledger.amount", "value", text), Clause: "SC38-10.2"})
		}
		if amount > 0 {
			o.Lines = append(o.Lines, remit.OrderLine{Division: b.key.Division, Level: level, Amount: amount})
		}
	}
	if r.PostFormValue("act") == "cut" {
		o.Kind, o.Lines = remit.SubsidyCut, b.cutLines(r)
	}
	err := l.Err()
	var id office.DocumentID
	if err == nil {
		id, err = d.money.service.Plan(r.Context(), b.who(r), o)
	}
	if err == nil {
		b.goTo(w, r, b.link("/documents/"+string(id)))
		return nil
	}
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	m, wrong := d.subsidiesModel(b, r)
	if wrong != nil {
		return wrong
	}
	for _, p := range problemsOf(err) {
		m.Problems = append(m.Problems, b.problem(p))
	}
	m.Due, m.Basis = r.PostFormValue("due"), r.PostFormValue("basis")
	for i := range m.Form {
		m.Form[i].Value = r.PostFormValue(m.Form[i].Level)
	}
	return b.render(w, r, http.StatusUnprocessableEntity, budgetSubsidiesPage(b, m))
}

// cutLines reads what levels owe in all by a correction; a level that is left blank stays as it is.
func (b *budgetView) cutLines(r *http.Request) (lines []remit.OrderLine) {
	for _, level := range ledger.Levels() {
		text := plainAmount(strings.TrimSpace(r.PostFormValue(string(level))))
		if text == "" {
			continue
		}
		amount, err := money.ParseFen(text)
		if err != nil || amount < 0 {
			continue // told above
		}
		lines = append(lines, remit.OrderLine{Division: b.key.Division, Level: level, Amount: amount})
	}
	return lines
}

// allSubsidiesModel is the subsidies of all areas, by level and by area.
type allSubsidiesModel struct {
	Years, Insurances, Months []pickView
	Tables                    []ledgerTable
	NoBooks                   []string
}

func (d *budgetDesk) allSubsidies(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.allSubsidiesModel(f, r)
	if err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.menu.budget"), Path: f.budgetList("/budget")}}, err)
	}
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, budgetAllSubsidiesPage(f, m))
}

func (d *budgetDesk) allSubsidiesExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.allSubsidiesModel(f, r)
	if err != nil {
		return err
	}
	return f.takeTables(w, r.PathValue("file"), "subsidies-"+strconv.Itoa(int(f.budgetYear())), []exchange.Note{{Name: f.T("web.budget.dues.how"), Text: f.T("web.budget.subsidy.how")}}, m.Tables)
}

// allSubsidiesModel adds the areas up: a table by area with what each level still owes, one by level, and every area and level.
//
// 依据: SC38-10.2
func (d *budgetDesk) allSubsidiesModel(f *frame, r *http.Request) (allSubsidiesModel, error) {
	year, insurance := f.budgetYear(), f.budgetInsurance()
	through, months := f.throughOf("/budget/subsidies")
	m := allSubsidiesModel{Months: months}
	m.Years, m.Insurances = f.budgetPicks("/budget/subsidies")
	title := []any{"year", int(year), "insurance", insurance, "month", int(through)}
	byArea := ledgerTable{ID: "areas", Title: f.T("web.budget.subsidy.areas", title...), Aside: f.T("web.ledger.unit"), Clause: "SC38-10.2", Empty: f.T("web.budget.score.empty"),
		Heads: f.ledgerHeads("web.column.division", "#", "web.budget.subsidy.planned", "#", "web.budget.subsidy.due_all", "#", "web.budget.subsidy.paid", "#", "web.budget.subsidy.open", "#", "web.budget.subsidy.rate")}
	for _, l := range ledger.Levels() {
		byArea.Heads = append(byArea.Heads, headCell{f.T("web.budget.subsidy.open_of", "level", l.Name()), true})
	}
	detail := ledgerTable{ID: "detail", Title: f.T("web.budget.subsidy.detail", title...), Aside: f.T("web.ledger.unit"), Clause: "SC38-10.2", Tall: true, Heads: f.subsidyHeads("web.column.division", "web.budget.subsidy.level")}
	sums := make([]subsidy, len(ledger.Levels()))
	for _, code := range d.areas(f, func(c region.Code) bool { return true }) {
		b := &budgetView{frame: f, desk: d, key: pool.Key{Year: year, Division: code, Insurance: insurance}}
		if err := b.load(r.Context()); err != nil {
			return m, err
		}
		all, state, err := b.subsidiesOf(r.Context(), through)
		if err != nil {
			return m, err
		}
		if state == nil {
			if code != f.province() {
				m.NoBooks = append(m.NoBooks, f.Division(code))
			}
			if _, planned := b.inForce(); !planned {
				continue
			}
		}
		path := b.at("subsidies", "to", strconv.Itoa(int(through)))
		var sum subsidy
		for i, s := range all {
			sum.add(s)
			sums[i].add(s)
			detail.Rows = append(detail.Rows, ledgerRow{Cells: append([]ledgerCell{linkCell(f.Division(code), path), textCell(f.Text(s.Level.Name()))}, s.cells(path, path)...)})
		}
		byArea.Rows = append(byArea.Rows, ledgerRow{Cells: areaCells(linkCell(f.Division(code), path), sum, all)})
	}
	var total subsidy
	for i := range sums {
		sums[i].Level = ledger.Levels()[i]
		total.add(sums[i])
	}
	byLevel := ledgerTable{ID: "levels", Title: f.T("web.budget.subsidy.levels", title...), Aside: f.T("web.ledger.unit"), Clause: "SC38-10.2", Heads: f.subsidyHeads("web.budget.subsidy.level")}
	for _, s := range sums {
		byLevel.Rows = append(byLevel.Rows, ledgerRow{Cells: append([]ledgerCell{textCell(f.Text(s.Level.Name()))}, s.cells("", "")...)})
	}
	byLevel.Rows = append(byLevel.Rows, ledgerRow{Total: true, Cells: append([]ledgerCell{textCell(f.T("web.ledger.total"))}, total.cells("", "")...)})
	if len(byArea.Rows) > 1 {
		byArea.Rows = append(byArea.Rows, ledgerRow{Total: true, Cells: areaCells(textCell(f.T("web.ledger.total")), total, sums)})
	}
	m.Tables = []ledgerTable{byLevel, byArea, detail}
	if len(detail.Rows) == 0 {
		m.Tables = m.Tables[:0]
	}
	return m, nil
}

// areaCells are an area's subsidies of all levels, and what each level still owes.
func areaCells(name ledgerCell, sum subsidy, levels []subsidy) []ledgerCell {
	out := []ledgerCell{name, fenCell(sum.Planned), fenCell(sum.Before + sum.Due), fenCell(sum.Paid), fenCell(sum.Open), sum.rate()}
	for _, s := range levels {
		out = append(out, fenCell(s.Open))
	}
	return out
}
