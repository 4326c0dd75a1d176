package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongchou/internal/budget"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// leastChanges is how many changes of policy a line of the form has room for.
const leastChanges = 2

const longestBooksNote = 500

// budgetEdit is a budget being worked on.
type budgetEdit struct {
	Revision  int
	Version   office.Version
	Adjusting bool
	Reason    string
	Begin     string
	Violation string
	BooksNote string
	Books     *budget.Booked
	Before    string
	Lines     []budgetLineEdit
	Problems  []problemView
	Findings  []budgetFinding
	Tiles     []helpLine
}

// budgetLineEdit is a line of the form: its method, its drivers as they were written, and what comes of them.
type budgetLineEdit struct {
	Item         budget.Item
	Name         string
	Methods      []pickView
	Drivers      []driverEdit
	Changes      []changeEdit
	Amount, Step string
}

type driverEdit struct{ Name, Label, Value string }

type changeEdit struct{ Title, Document, Amount string }

// driverNames are the drivers of each method, in the order of the form.
func driverNames(m budget.Method) []string {
	switch m {
	case budget.Levy:
		return []string{"headcount", "headcount_growth", "base", "wage_growth", "rate", "collection"}
	case budget.PerHead:
		return []string{"headcount", "headcount_growth", "standard", "collection"}
	case budget.Trend:
		return []string{"last", "trend"}
	case budget.Stated:
		return []string{"stated", "grounds"}
	}
	return nil
}

// working is the budget that the reader may work on now: the latest revision when it is open, else the next.
func (b *budgetView) working(r *http.Request) (budget.Paper, store.Sheet, error) {
	v, ok := b.last()
	switch {
	case !ok:
		return budget.Paper{Budget: b.begin(r.Context())}, store.Sheet{SheetKey: store.SheetKey{Key: b.key, Kind: store.BudgetSheet, Revision: 1}}, nil
	case v.open():
		return v.Paper, v.Sheet, nil
	case v.state() == office.Approved:
		p := budget.Paper{Budget: v.Paper.Budget}
		p.Budget.Revision++
		return p, store.Sheet{SheetKey: store.SheetKey{Key: b.key, Kind: store.BudgetSheet, Revision: v.Sheet.Revision + 1}}, nil
	}
	return budget.Paper{}, store.Sheet{}, fault.New(fault.Refused, "web.budget.not_open")
}

func (d *budgetDesk) edit(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	p, x, err := b.working(r)
	if err != nil {
		return err
	}
	m, err := b.editOf(r, p, x)
	if err != nil {
		return err
	}
	return b.render(w, r, http.StatusOK, budgetEditPage(b, m))
}

// editOf is a budget as the form has it.
func (b *budgetView) editOf(r *http.Request, p budget.Paper, x store.Sheet) (budgetEdit, error) {
	books, err := b.booked(r.Context())
	if err != nil {
		return budgetEdit{}, err
	}
	m := budgetEdit{BooksNote: p.Budget.BooksNote, Books: books, Revision: x.Revision, Version: x.Version, Adjusting: x.Revision > 1, Reason: p.Reason, Begin: p.Budget.SurplusBegin.String(), Violation: p.Budget.Violation.String()}
	if p.Budget.Before != nil {
		m.Before = "1"
	}
	computed, err := p.Budget.Compute()
	for _, rule := range budget.ItemRules() {
		if !slices.Contains(rule.Insurances, b.key.Insurance) {
			continue
		}
		l, ok := p.Budget.Line(rule.Item)
		if !ok && rule.Item == budget.Subsidies {
			continue
		}
		if !ok {
			l = budget.Line{Item: rule.Item}
		}
		e := b.lineEdit(rule, l)
		if done, ok := computed.Line(rule.Item); err == nil && ok {
			if e.Amount = fen(done.Amount); done.Method != budget.Stated || done.Amount != 0 {
				e.Step = b.sentence(done.Step.Message)
			}
		}
		m.Lines = append(m.Lines, e)
	}
	if err == nil {
		m.Findings = b.budgetFindings(append(b.rules.Check(computed), computed.CheckBooked(books)...))
		months, has := computed.Months()
		m.Tiles = []helpLine{{Name: b.T("web.budget.revenue"), Text: fen(computed.Total(budget.Revenue))}, {Name: b.T("web.budget.expenditure"), Text: fen(computed.Total(budget.Expenditure))},
			{Name: b.T("web.budget.balance"), Text: fen(computed.Balance())}, {Name: b.T("web.budget.surplus_end"), Text: fen(computed.SurplusEnd())}, {Name: b.T("web.budget.months"), Text: monthsText(months, has)}}
	}
	return m, nil
}

func (b *budgetView) lineEdit(rule budget.ItemRule, l budget.Line) budgetLineEdit {
	e := budgetLineEdit{Item: rule.Item, Name: b.Text(rule.Item.Label())}
	for _, method := range []budget.Method{"", budget.Levy, budget.PerHead, budget.Trend, budget.Stated} {
		if method == budget.Levy && rule.Side != budget.Revenue || method == budget.Trend && rule.Side != budget.Expenditure {
			continue
		}
		pick := pickView{Path: string(method), Text: b.T("web.budget.no_line"), Current: method == l.Method}
		if method != "" {
			pick.Text = b.Text(method.Label())
		}
		e.Methods = append(e.Methods, pick)
	}
	for _, name := range driverNames(l.Method) {
		e.Drivers = append(e.Drivers, driverEdit{name, b.columnName(name), driverText(l.Drivers, name)})
	}
	if rule.Side == budget.Expenditure {
		for i := range max(leastChanges, len(l.Drivers.Changes)+1) {
			var c changeEdit
			if i < len(l.Drivers.Changes) {
				x := l.Drivers.Changes[i]
				c = changeEdit{x.Title, x.Document, x.Amount.String()}
			}
			e.Changes = append(e.Changes, c)
		}
	}
	return e
}

// driverText is a driver as the form writes it.
func driverText(d budget.Drivers, name string) string {
	switch name {
	case "headcount":
		if d.Headcount == 0 {
			return ""
		}
		return strconv.FormatInt(d.Headcount, 10)
	case "headcount_growth":
		return d.HeadcountGrowth.String()
	case "base":
		return d.Base.String()
	case "wage_growth":
		return d.WageGrowth.String()
	case "rate":
		return d.Rate.String()
	case "standard":
		return d.Standard.String()
	case "collection":
		return d.Collection.String()
	case "last":
		return d.Last.String()
	case "trend":
		return d.Trend.String()
	case "stated":
		return d.Stated.String()
	}
	return d.Reason
}

// edited takes the form of a budget: to be computed again, or kept.
func (d *budgetDesk) edited(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	was, x, err := b.working(r)
	if err != nil {
		return err
	}
	if office.Version(number(r.PostFormValue("version"))) != x.Version || number(r.PostFormValue("revision")) != x.Revision {
		if r.PostFormValue(onceName) == "" || r.PostFormValue("act") == "compute" {
			return office.ErrStale
		}
		x.Version, x.Revision = office.Version(number(r.PostFormValue("version"))), number(r.PostFormValue("revision"))
	}
	p, problems := b.readBudget(r, was)
	if problems.Empty() {
		if _, err := p.Budget.Compute(); err != nil {
			for _, w := range problemsOf(err) {
				problems.Add(b.named(w, p.Budget))
			}
		}
	}
	m, err := b.editOf(r, p, x)
	if err != nil {
		return err
	}
	for _, w := range problemsOf(problems.Err()) {
		if !problems.Empty() {
			m.Problems = append(m.Problems, b.problem(w))
		}
	}
	if !problems.Empty() {
		return b.render(w, r, http.StatusUnprocessableEntity, budgetEditPage(b, m))
	}
	if r.PostFormValue("act") == "compute" {
		return b.render(w, r, http.StatusOK, budgetEditPage(b, m))
	}
	if err := b.keepPaper(r, p, x); err != nil {
		return err
	}
	b.goTo(w, r, b.at(""))
	return nil
}

// keepPaper keeps what was worked on. An adjustment needs its reason.
func (b *budgetView) keepPaper(r *http.Request, p budget.Paper, x store.Sheet) error {
	if x.Revision > 1 && p.Reason == "" {
		return fault.Refuse(fault.Problem{Column: "reason", Clause: "SC38-3.5", Message: fault.Msg("budget.adjust.reason", "most", 2000)})
	}
	p.Budget.Revision, p.Budget.Approvals = x.Revision, nil
	for i := range p.Budget.Lines { // what follows is not kept
		p.Budget.Lines[i].Amount = 0
	}
	x.Content, x.Version = p.Canonical(), x.Version+1
	return b.keep(r, x, "save_budget")
}

// named puts the name of the item in the place of the number of its line.
func (b *budgetView) named(p fault.Problem, x budget.Budget) fault.Problem {
	if p.Row > 0 && p.Row <= len(x.Lines) {
		column := b.Text(x.Lines[p.Row-1].Item.Label())
		if p.Column != "" && b.Has("exchange.column."+p.Column) {
			column += " · " + b.T("exchange.column."+p.Column)
		}
		p.Column, p.Row = column, 0
	}
	return p
}

// readBudget reads the form; what it does not have stays as it was.
func (b *budgetView) readBudget(r *http.Request, was budget.Paper) (budget.Paper, *fault.List) {
	var problems fault.List
	p := budget.Paper{Budget: was.Budget, Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	p.Budget.Lines = nil
	amount := func(name, label string) money.Fen {
		text := plainAmount(strings.TrimSpace(r.PostFormValue(name)))
		if text == "" {
			return 0
		}
		x, err := money.ParseFen(text)
		if err != nil {
			problems.Add(fault.Problem{Column: label, Value: text, Message: fault.Msg("web.ledger.amount", "value", text)})
		}
		return x
	}
	p.Budget.SurplusBegin = amount("surplus_begin", b.T("web.budget.surplus_begin"))
	p.Budget.Violation = amount("violation", b.T("web.budget.violation"))
	p.Budget.BooksNote = strings.TrimSpace(r.PostFormValue("books_note"))
	if utf8.RuneCountInString(p.Budget.BooksNote) > longestBooksNote {
		problems.Add(fault.Problem{Column: b.T("web.budget.books_note"), Message: fault.Msg("budget.adjust.reason", "most", longestBooksNote)})
	}
	for _, rule := range budget.ItemRules() {
		prefix, label := string(rule.Item)+".", b.Text(rule.Item.Label())
		l := budget.Line{Item: rule.Item, Method: budget.Method(r.PostFormValue(prefix + "method"))}
		if l.Method == "" {
			continue
		}
		if old, ok := was.Budget.Line(rule.Item); ok && old.Method != l.Method {
			l.Drivers = old.Drivers
		}
		for _, name := range driverNames(l.Method) {
			if _, sent := r.PostForm[prefix+name]; sent {
				b.readDriver(&l.Drivers, name, strings.TrimSpace(r.PostFormValue(prefix+name)), label, &problems)
			}
		}
		l.Drivers.Changes = nil
		for i := range min(len(r.PostForm[prefix+"change_title"]), 50) {
			c := budget.Change{Title: fieldAt(r.PostForm, prefix+"change_title", i), Document: fieldAt(r.PostForm, prefix+"change_document", i)}
			text := plainAmount(fieldAt(r.PostForm, prefix+"change_amount", i))
			if text != "" {
				var err error
				if c.Amount, err = money.ParseFen(text); err != nil {
					problems.Add(fault.Problem{Column: label, Value: text, Message: fault.Msg("web.ledger.amount", "value", text)})
				}
			}
			if c != (budget.Change{}) {
				l.Drivers.Changes = append(l.Drivers.Changes, c)
			}
		}
		p.Budget.Lines = append(p.Budget.Lines, l)
	}
	return p, &problems
}

// readDriver reads one driver of a line.
func (b *budgetView) readDriver(d *budget.Drivers, name, text, label string, problems *fault.List) {
	wrong := func(key string) {
		problems.Add(fault.Problem{Column: label + " · " + b.T("exchange.column."+name), Value: text, Message: fault.Msg(key, "value", text)})
	}
	fenAt := map[string]*money.Fen{"base": &d.Base, "standard": &d.Standard, "last": &d.Last, "stated": &d.Stated}[name]
	rateAt := map[string]*money.Rate{"headcount_growth": &d.HeadcountGrowth, "wage_growth": &d.WageGrowth, "rate": &d.Rate, "collection": &d.Collection, "trend": &d.Trend}[name]
	plain := plainAmount(text)
	switch {
	case fenAt != nil:
		x, err := money.ParseFen(plain)
		if *fenAt = x; err != nil && plain != "" {
			wrong("web.ledger.amount")
		}
	case rateAt != nil:
		x, err := money.ParseRate(plain)
		if *rateAt = x; err != nil && plain != "" {
			wrong("web.budget.rate")
		}
	case name == "headcount":
		n, err := strconv.ParseInt(plain, 10, 64)
		if d.Headcount = n; err != nil && plain != "" {
			wrong("web.budget.headcount")
		}
	default:
		d.Reason = text
	}
}

// importLines takes the lines of a budget from a file; they replace those of the draft.
func (d *budgetDesk) importLines(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	up, err := readUpload(w, r)
	if err != nil {
		return err
	}
	if !up.has {
		return formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	p, x, err := b.working(r)
	if err != nil {
		return err
	}
	if x.Revision > 1 && x.Version == 0 {
		return fault.New(fault.Refused, "web.budget.import.adjust")
	}
	lines, made, err := exchange.ReadBudget(up.in)
	if err != nil {
		return err
	}
	p.Budget.Lines, p.Budget.Synthetic = lines, made
	if _, err := p.Budget.Compute(); err != nil {
		var problems fault.List
		for _, w := range problemsOf(err) {
			problems.Add(b.named(w, p.Budget))
		}
		return problems.Err()
	}
	if err := b.keepPaper(r, p, x); err != nil {
		return err
	}
	b.goTo(w, r, b.at(""))
	return nil
}

// editTitle says what is being worked on.
func editTitle(b *budgetView, m budgetEdit) string {
	if m.Adjusting {
		return b.T("web.budget.adjust")
	}
	return b.T("web.budget.edit")
}

func changeID(l budgetLineEdit, what string, i int) string {
	return string(l.Item) + "-change-" + what + "-" + strconv.Itoa(i)
}
