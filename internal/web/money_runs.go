package web

import (
	"bytes"
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

// runsModel is the list of frozen runs with the form that freezes one (方案).
type runsModel struct {
	outcome
	Rows                      []documentRow
	MayFreeze                 bool
	Why                       string // why the chosen year cannot be frozen
	Corrects                  string // the booked run that a new one would correct
	Collected, SetAside, Paid string
	Emergency                 bool
	Decisions                 []office.Document
	Collect, Allocate, Cover  string
}

func (m *moneyDesk) runs(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.runsAs(f, w, r, f.justDone())
}

func (m *moneyDesk) runsAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	v := runsModel{outcome: o, MayFreeze: m.mayPlan(f)}
	documents, err := m.documentsOf(f, r, office.PoolRun, office.Clearing)
	if err != nil {
		return err
	}
	if v.Rows, err = m.documentRows(f, r, documents); err != nil {
		return err
	}
	if err := m.freezing(f, r, &v); err != nil {
		return err
	}
	return f.render(w, r, o.Status, runsPage(f, v))
}

// freezing fills in the form for the year and type that are chosen.
func (m *moneyDesk) freezing(f *frame, r *http.Request, v *runsModel) error {
	now := m.Now()
	in := func(days int) string { return now.AddDate(0, 0, days).Format(time.DateOnly) }
	v.Collect, v.Allocate, v.Cover = in(30), in(60), in(90)
	switch {
	case f.fund == nil:
		v.Why = f.T("web.runs.no_figures")
		return nil
	case f.result.Trial():
		v.Why = f.T("web.runs.trial", "policy", m.pack.ID)
	}
	total := f.fund.Total()
	v.Collected, v.SetAside, v.Paid = f.exact(f.fund.Collected), f.exact(f.fund.SetAside.Added), f.exact(total.Received)
	v.Emergency = total.Emergency > 0
	last, booked, err := m.service.LastRun(r.Context(), f.who(r), f.year, f.insurance)
	if err != nil {
		return err
	}
	if booked {
		v.Corrects = string(last.ID)
	}
	return m.decisions(f, r, v)
}

// decisions are those that the emergency money of the year may be paid by.
//
// 依据: YN-2.7
func (m *moneyDesk) decisions(f *frame, r *http.Request, v *runsModel) error {
	granted, err := m.service.Decisions(r.Context(), f.own(), f.year, f.insurance)
	if err != nil {
		return err
	}
	documents, err := m.documentsOf(f, r, office.EmergencyPayment)
	v.Decisions = slices.DeleteFunc(documents, func(d office.Document) bool { _, ok := granted[d.ID]; return !ok })
	return err
}

func (m *moneyDesk) freeze(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	form := r.PostForm
	year, err := strconv.Atoi(form.Get("year"))
	if err != nil {
		return f.badForm(w, r, badForm(err))
	}
	day := func(name string) policy.Date { return policy.Date(form.Get(name)) }
	id, err := m.service.Freeze(r.Context(), f.who(r), remit.FreezeOrder{Year: policy.Year(year), Insurance: pool.Insurance(form.Get("insurance")),
		Synthetic: f.synthetic(), Facts: f.book.facts, Corrects: office.DocumentID(form.Get("corrects")), Decision: office.DocumentID(form.Get("decision")),
		Due: exchange.FrozenDue{Collect: day("collect"), Allocate: day("allocate"), Cover: day("cover")}})
	return f.after(w, r, err, f.link("/pool/runs/"+string(id)), "frozen", func(o outcome) error { return m.runsAs(f, w, r, o) })
}

// runModel is a document of the year as money with what it signs: a frozen run, or a payment order.
type runModel struct {
	outcome
	Document office.Document
	Run      *exchange.FrozenRun
	Order    *remit.Order
	Proof    remit.Proof
	Changed  []string
	Rows     []runRow
	Total    runRow
	Facts    []factLine
	Inputs   []factLine
	Kinds    []kindSum
	Batch    bool
	Here     string

	Published  []publishedRow
	MayPublish bool
}

type factLine struct{ Name, Text string }

// runRow is a division's line of what is signed.
type runRow struct {
	Name  string
	Cells []cellView
}

// kindSum is what a batch holds of a kind of payment.
type kindSum struct {
	Name, Total, Paid, Open string
	Count                   int
	Clauses                 []policy.ClauseID
}

func (m *moneyDesk) run(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.runAs(f, w, r, f.justDone())
}

func (m *moneyDesk) runAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	d, err := m.Store.Desk(f.own()).Document(r.Context(), office.DocumentID(r.PathValue("id")))
	if err != nil {
		return f.absentDocument(w, r, err)
	}
	v := runModel{outcome: o, Document: d, Here: f.link("/pool/runs/" + string(d.ID))}
	if done := office.ActKind(f.seen.Get("done")); v.Done == "" && (slices.Contains(documentActs, done) || done == already) {
		v.Done = f.T("web.document.done." + string(done))
	}
	paper, err := m.Store.Paper(r.Context(), f.own(), d.Digest)
	if err != nil {
		return f.absentDocument(w, r, err)
	}
	switch paper.Kind {
	case remit.RunPaper:
		err = m.runFacts(f, &v, paper.Content)
	default:
		err = m.orderFacts(f, &v, paper.Content)
	}
	if err != nil {
		return err
	}
	items, err := m.Store.Items(r.Context(), f.own(), store.ItemQuery{Batch: ledger.DocumentID(d.ID)})
	if err != nil {
		return err
	}
	v.Kinds, v.Batch = f.kindSums(items), len(items) > 0
	published, err := m.Store.PublicationsOf(r.Context(), f.own(), d.ID)
	if err != nil {
		return err
	}
	open := slices.ContainsFunc(published, func(p store.Publication) bool { return p.Withdrawn.IsZero() })
	v.Published = f.publishedRows(published)
	v.MayPublish = v.Run != nil && d.State == office.Approved && !open && f.may(office.Publish, d.Division)
	return f.render(w, r, o.Status, runPage(f, v))
}

func (m *moneyDesk) runFacts(f *frame, v *runModel, paper []byte) error {
	run, err := exchange.ReadFrozenRun(paper)
	if err != nil {
		return err
	}
	v.Run = &run
	if v.Proof, err = m.service.Prove(run, paper, f.book.facts); err != nil {
		return err
	}
	for _, kind := range v.Proof.Changed {
		v.Changed = append(v.Changed, f.kindName(kind))
	}
	for _, in := range run.Inputs {
		v.Inputs = append(v.Inputs, factLine{f.kindName(in.Kind), in.SM3})
	}
	v.Facts = []factLine{{f.T("web.run.policy"), run.Pack + " · " + short(run.PolicyDigest)}, {f.T("web.run.program"), run.Program},
		{f.T("web.run.due.collect"), string(run.Due.Collect)}, {f.T("web.run.due.allocate"), string(run.Due.Allocate)}, {f.T("web.run.due.cover"), string(run.Due.Cover)}}
	if run.Corrects != "" {
		v.Facts = append(v.Facts, factLine{f.T("web.run.corrects"), run.Corrects})
	}
	if run.Decision != "" {
		v.Facts = append(v.Facts, factLine{f.T("web.run.decision"), run.Decision})
	}
	fund := run.Result().Funds[0]
	for _, d := range fund.Divisions {
		v.Rows = append(v.Rows, f.runRow(f.Division(d.Code), d))
	}
	v.Total = f.runRow(f.T("web.total"), fund.Total())
	return nil
}

func short(digest string) string { return digest[:min(len(digest), 12)] }

func (f *frame) runRow(name string, d pool.Division) runRow {
	row := runRow{Name: name}
	for _, x := range []money.Fen{d.Paid, d.Received, d.Net, d.Emergency, d.Local, d.Owed, d.SurplusEnd} {
		row.Cells = append(row.Cells, cellView{Text: f.amount(x), Title: f.exact(x)})
	}
	return row
}

func (m *moneyDesk) orderFacts(f *frame, v *runModel, paper []byte) error {
	o, err := remit.ReadOrder(paper)
	if err != nil {
		return err
	}
	v.Order = &o
	v.Facts = []factLine{{f.T("web.order.kind"), f.Text(o.Kind.Name())}, {f.T("web.order.due"), string(o.Due)}, {f.T("web.order.basis"), o.Basis}}
	if o.Fund != "" {
		v.Facts = append(v.Facts, factLine{f.T("web.order.fund"), f.T("web.order.fund." + string(o.Fund))})
	}
	if o.Cause != "" {
		v.Facts = append(v.Facts, factLine{f.T("web.order.cause"), f.Text(o.Cause.Name())})
	}
	switch {
	case o.Kind != remit.Advances:
	case o.Budget == "":
		v.Facts = append(v.Facts, factLine{f.T("web.order.budget"), f.T("web.order.budget.none", "year", int(o.Year))})
	default:
		v.Facts = append(v.Facts, factLine{f.T("web.order.budget"), f.T("web.order.budget.free", "budget", string(o.Budget), "free", o.Free)})
	}
	var total remit.OrderLine
	for _, l := range o.Lines {
		name := f.Division(l.Division)
		if l.Place != "" {
			name = f.T("web.order.pair", "home", l.Division, "place", l.Place)
		} else if l.Level != "" {
			name = f.T("web.order.owed", "division", l.Division, "level", l.Level.Name())
		}
		v.Rows = append(v.Rows, f.orderRow(name, o.Kind, l))
		total.Claimed, total.Amount = total.Claimed+l.Claimed, total.Amount+l.Amount
	}
	v.Total = f.orderRow(f.T("web.total"), o.Kind, total)
	return nil
}

// orderRow is a line of an order: for off-site clearing what was claimed, what is confirmed and the difference.
func (f *frame) orderRow(name string, kind remit.OrderKind, l remit.OrderLine) runRow {
	row := runRow{Name: name}
	all := []money.Fen{l.Amount}
	if kind == remit.Offsite {
		all = []money.Fen{l.Claimed, l.Amount, l.Claimed - l.Amount}
	}
	for _, x := range all {
		row.Cells = append(row.Cells, cellView{Text: f.amount(x), Title: f.exact(x)})
	}
	return row
}

// orderColumns are the heads of an order's lines.
func (f *frame) orderColumns(kind remit.OrderKind) []string {
	if kind == remit.Offsite {
		return []string{f.T("web.offsite.claimed"), f.T("web.offsite.confirmed"), f.T("web.offsite.difference")}
	}
	return []string{f.T("web.payment.amount")}
}

// kindSums add up payments by kind, in the order they come.
func (f *frame) kindSums(items []ledger.Standing) []kindSum {
	var kinds []ledger.ItemKind
	total, paid, open, count := map[ledger.ItemKind]money.Fen{}, map[ledger.ItemKind]money.Fen{}, map[ledger.ItemKind]money.Fen{}, map[ledger.ItemKind]int{}
	clauses := map[ledger.ItemKind][]policy.ClauseID{}
	for _, i := range items {
		if count[i.Kind] == 0 {
			kinds = append(kinds, i.Kind)
		}
		total[i.Kind] += i.Amount
		paid[i.Kind] += i.Paid
		open[i.Kind] += i.Open()
		count[i.Kind]++
		clauses[i.Kind] = i.Clauses()
	}
	var out []kindSum
	for _, k := range kinds {
		out = append(out, kindSum{f.Text(k.Name()), f.exact(total[k]), f.exact(paid[k]), f.exact(open[k]), count[k], clauses[k]})
	}
	return out
}

func (m *moneyDesk) paper(f *frame, w http.ResponseWriter, r *http.Request) error {
	d, err := m.Store.Desk(f.own()).Document(r.Context(), office.DocumentID(r.PathValue("id")))
	if err != nil {
		return f.absentDocument(w, r, err)
	}
	paper, err := m.Store.Paper(r.Context(), f.own(), d.Digest)
	if err != nil {
		return f.absentDocument(w, r, err)
	}
	return attach(w, string(d.ID)+".json", "application/json; charset=utf-8", paper.Content)
}

// ordersModel is the list of payment orders with the form that plans one (用款申请).
type ordersModel struct {
	outcome
	Rows    []documentRow
	MayPlan bool
	Kinds   []remit.OrderKind
	Form    map[string]string
	Filled  string // where lines that were filled in come from
}

func (m *moneyDesk) orders(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.ordersAs(f, w, r, f.justDone())
}

func (m *moneyDesk) ordersAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	v := ordersModel{outcome: o, MayPlan: m.mayPlan(f), Kinds: remit.OrderKinds(), Form: map[string]string{}}
	documents, err := m.documentsOf(f, r, office.EmergencyPayment, office.PaymentOrder)
	if err != nil {
		return err
	}
	if v.Rows, err = m.documentRows(f, r, documents); err != nil {
		return err
	}
	for _, name := range []string{"kind", "year", "insurance", "month", "fund", "cause", "due", "basis", "lines"} {
		v.Form[name] = r.PostFormValue(name)
	}
	if v.Form["year"] == "" {
		v.Form["year"], v.Form["insurance"], v.Form["due"] = strconv.Itoa(m.Now().Year()), string(f.insurance), m.Now().AddDate(0, 0, 30).Format(time.DateOnly)
		v.Form["kind"] = f.seen.Get("kind")
		if err := m.fillOrder(f, r, &v); err != nil {
			return err
		}
	}
	return f.render(w, r, o.Status, ordersPage(f, v))
}

// fillOrder fills in the lines that follow from the year's figures: what each city is to receive, for advances, and its emergency
// money, for the decision on it.
//
// 依据: SC38-4.5, YN-2.7
func (m *moneyDesk) fillOrder(f *frame, r *http.Request, v *ordersModel) error {
	kind := remit.OrderKind(v.Form["kind"])
	if f.fund == nil || kind != remit.Advances && kind != remit.Decision {
		return nil
	}
	if kind == remit.Advances {
		if filled, err := m.fromBudget(f, r, v); filled || err != nil {
			return err
		}
	}
	var lines strings.Builder
	for _, d := range f.fund.Divisions {
		amount := d.Received
		if kind == remit.Decision {
			amount = d.Emergency
		}
		if amount > 0 {
			lines.WriteString(string(d.Code) + "," + amount.String() + "\n")
		}
	}
	if kind == remit.Decision {
		v.Form["year"] = strconv.Itoa(int(f.year))
	}
	v.Form["lines"] = lines.String()
	if lines.Len() > 0 {
		v.Filled = f.T("web.orders.filled."+string(kind), "year", strconv.Itoa(int(f.year)), "insurance", f.T("web.insurance."+string(f.insurance)))
	}
	return nil
}

// fromBudget fills in advances of the form's year from the approved budget, as the year that is shown was distributed; false when no
// budget was approved.
//
// 依据: SC38-3.1, SC38-4.5
func (m *moneyDesk) fromBudget(f *frame, r *http.Request, v *ordersModel) (bool, error) {
	year, _ := strconv.Atoi(v.Form["year"])
	b, found, err := m.service.Budgeted(r.Context(), f.province(), policy.Year(year), f.insurance)
	if err != nil || !found {
		return false, err
	}
	var before []budget.FundShare
	for _, d := range f.fund.Divisions {
		before = append(before, budget.FundShare{Division: d.Code, Amount: d.Received})
	}
	var lines strings.Builder
	for _, s := range b.Propose(before) {
		lines.WriteString(string(s.Division) + "," + s.Amount.String() + "\n")
	}
	v.Form["lines"] = lines.String()
	v.Filled = f.T("web.orders.filled.budget", "budget", string(b.Document), "free", b.Free, "year", strconv.Itoa(int(f.year)))
	return lines.Len() > 0, nil
}

func (m *moneyDesk) plan(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readMoneyForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	o, err := orderOf(r)
	var id office.DocumentID
	if err == nil {
		o.Synthetic = o.Synthetic || f.synthetic()
		id, err = m.service.Plan(r.Context(), f.who(r), o)
	}
	return f.after(w, r, err, f.link("/pool/runs/"+string(id)), "planned", func(o outcome) error { return m.ordersAs(f, w, r, o) })
}

// orderOf reads a payment order from its form. Lines come from a workbook or, typed, as code and amount.
func orderOf(r *http.Request) (remit.Order, error) {
	number := func(name string) int {
		n, _ := strconv.Atoi(r.PostFormValue(name)) // 0 is refused by the order
		return n
	}
	o := remit.Order{Kind: remit.OrderKind(r.PostFormValue("kind")), Year: policy.Year(number("year")), Insurance: pool.Insurance(r.PostFormValue("insurance")),
		Due: policy.Date(r.PostFormValue("due")), Basis: r.PostFormValue("basis")}
	if o.Kind == remit.Offsite {
		o.Month = time.Month(number("month"))
	}
	if o.Kind == remit.Draws {
		o.Fund, o.Cause = pool.SetAside(r.PostFormValue("fund")), remit.Cause(r.PostFormValue("cause"))
	}
	if o.Year < 2000 || o.Year > 9999 || !slices.Contains(pool.Insurances(), o.Insurance) {
		return o, fault.New(fault.Refused, "web.order.year")
	}
	in, has, err := uploadedFile(r, "file")
	if err != nil {
		return o, err
	}
	if !has {
		in = exchange.Input{Name: "lines.csv", Content: []byte(r.PostFormValue("lines"))}
		if len(in.Content) == 0 {
			return o, fault.New(fault.Refused, "remit.no_lines")
		}
		head := "division,amount\n"
		switch o.Kind {
		case remit.Offsite:
			head = "division,place_of_care,amount\n"
			if line, _, _ := strings.Cut(r.PostFormValue("lines"), "\n"); strings.Count(line, ",") == 3 {
				head = "division,place_of_care,claimed_yuan,amount\n"
			}
		case remit.Subsidy, remit.SubsidyCut:
			head = "division,level,amount\n"
		}
		in.Content = append([]byte(head), in.Content...)
	}
	rows, err := exchange.ReadOrderLines(in)
	o.Lines, o.Synthetic = remit.LinesOf(rows)
	return o, err
}

// uploadedFile is the file that a form brings under a name.
func uploadedFile(r *http.Request, name string) (exchange.Input, bool, error) {
	file, head, err := r.FormFile(name)
	if err != nil || head.Size == 0 {
		return exchange.Input{}, false, nil
	}
	defer file.Close() // only read from
	var b bytes.Buffer
	if _, err := b.ReadFrom(file); err != nil {
		return exchange.Input{}, false, err
	}
	return exchange.Input{Name: fileName(head.Filename), Content: b.Bytes()}, true, nil
}

func (m *moneyDesk) ordersTemplate(f *frame, w http.ResponseWriter, _ *http.Request) error {
	return m.template(f, w, exchange.OrderLines, m.Engine.Tree.Prefectures(f.province()))
}

func (m *moneyDesk) receiptsTemplate(f *frame, w http.ResponseWriter, _ *http.Request) error {
	return m.template(f, w, exchange.BankRows, nil)
}

func (m *moneyDesk) template(f *frame, w http.ResponseWriter, kind exchange.Kind, cities []region.Division) error {
	var b bytes.Buffer
	if err := exchange.WriteMoneyTemplate(&b, kind, cities, f.Printer); err != nil {
		return err
	}
	return attach(w, f.T("exchange.sheet."+string(kind))+".xlsx", workbookType, b.Bytes())
}
