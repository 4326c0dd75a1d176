package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/clearing"
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

// fileHere is the address of a file of what the page shows.
func (f *frame) fileHere(path string) string {
	_, query, _ := strings.Cut(string(f.here("after", "")), "?")
	return path + "?" + query
}

// clearingModel is a month of a pooling area: what its days come to, what institutions are owed, and what stands between areas.
type clearingModel struct {
	outcome
	clearedMonth
	Work                            *jobView
	Days                            string
	MayDays, MayPropose, MayConfirm bool
	MayPlan                         bool
	State, Mark, By                 string
	Closed                          bool // all days of the month
	Tiles                           []helpLine
	Statement, Layers, Pairs        ledgerTable
	Synthetic, MayTake              bool
	Overview                        *ledgerTable // of a province, which has no month of its own
	Due                             string
	Insurances                      []optionView
}

// clearedMonth is which month of which area a page shows.
type clearedMonth struct {
	Area     region.Code
	Areas    []optionView
	Month    string
	year     policy.Year
	month    time.Month
	from, to policy.Date
}

// monthChosen reads which month of which area is asked for, kept to the areas in the reader's reach: his own, or his province's first otherwise.
func (f *frame) monthChosen() (c clearedMonth, err error) {
	tree, own := f.site.Engine.Tree, f.subject.Division
	area, _ := tree.PoolingArea(own) // whose division is on file
	areas := []region.Code{area}
	if own.IsProvince() {
		for _, city := range tree.Prefectures(own) {
			areas = append(areas, city.Code)
		}
	}
	c.Area = areas[0]
	if asked := region.Code(f.seen.Get("area")); slices.Contains(areas, asked) {
		c.Area = asked
	} else if asked != "" {
		return c, errNotFound
	}
	for _, a := range areas {
		c.Areas = append(c.Areas, optionView{string(a), f.divisionName(a), a == c.Area})
	}
	at, err := time.Parse("2006-01", cmp.Or(f.seen.Get("of"), lastMonth(f.site.today())))
	if err != nil {
		return c, errNotFound
	}
	return c.in(at), nil
}

// in is the choice of a month.
func (c clearedMonth) in(at time.Time) clearedMonth {
	c.Month, c.year, c.month = at.Format("2006-01"), policy.Year(at.Year()), at.Month()
	c.from, c.to = policy.MonthDays(c.year, c.month)
	return c
}

func lastMonth(today policy.Date) string {
	at, err := time.Parse(time.DateOnly, string(today))
	if err != nil {
		return ""
	}
	return at.AddDate(0, 0, -at.Day()).Format("2006-01")
}

// monthOf finds the closing of a month of an area.
func (s *site) monthOf(r *http.Request, area region.Code, year policy.Year, month time.Month) (clearing.Month, bool, error) {
	months, err := s.Store.Clearing().Months(r.Context(), office.Scope{Division: area, Reach: office.Own})
	i := slices.IndexFunc(months, func(m clearing.Month) bool { return m.Year == year && m.Month == month })
	if i < 0 {
		return clearing.Month{}, false, err
	}
	return months[i], true, err
}

func (s *site) clearing(f *frame, w http.ResponseWriter, r *http.Request) error {
	o := outcome{Status: http.StatusOK}
	if done := f.seen.Get("done"); slices.Contains([]string{"days", "propose", "confirm", "offsite"}, done) {
		o.Done = f.T("web.clearing.done." + done)
	}
	return s.clearingAs(f, w, r, o)
}

func (s *site) clearingAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	m := clearingModel{outcome: o, MayTake: f.may(office.Export, f.subject.Division)}
	var err error
	if m.clearedMonth, err = f.monthChosen(); err != nil {
		return err
	}
	if _, m.Work = f.workView(closingDays); m.Work != nil && !m.Work.Running {
		if len(m.Work.Problems) == 0 && !m.Work.Broken {
			m.Work, m.Done = nil, cmp.Or(m.Done, f.T("web.clearing.done.days"))
		}
	}
	if err := s.daysOf(f, r, &m); err != nil {
		return err
	}
	if m.Area.IsProvince() {
		if err := s.areasTable(f, r, &m); err != nil {
			return err
		}
		return f.render(w, r, m.Status, clearingPage(f, m))
	}
	month, found, err := s.monthOf(r, m.Area, m.year, m.month)
	if err != nil {
		return err
	}
	m.standing(f, month, found)
	if err := s.monthTables(f, r, &m, month); err != nil {
		return err
	}
	return f.render(w, r, m.Status, clearingPage(f, m))
}

// daysOf says how many days of the month are closed.
func (s *site) daysOf(f *frame, r *http.Request, m *clearingModel) error {
	days, err := s.Store.Clearing().Days(r.Context(), m.Area.Province(), m.from, m.to)
	if err != nil {
		return err
	}
	all, err := s.Store.Clearing().Days(r.Context(), m.Area.Province(), m.to, "9999-12-31")
	if err != nil {
		return err
	}
	m.Closed = len(all) > 0
	m.Days = f.T("web.clearing.days", "count", len(days), "of", int(m.to[8]-'0')*10+int(m.to[9]-'0'))
	if m.Closed {
		m.Days = f.T("web.clearing.days.all")
	}
	m.MayDays = f.mayOpen("clearing_days") && !m.Closed && m.to < s.today() && f.subject.Division.IsProvince()
	return nil
}

// standing says how far the month is, and what the reader may do about it.
func (m *clearingModel) standing(f *frame, month clearing.Month, found bool) {
	m.Synthetic = month.Synthetic
	m.MayPropose = !found && m.Closed && f.may(office.CloseBooks, m.Area)
	m.MayConfirm = found && month.State == clearing.Proposed && month.Maker != f.subject.ID && f.may(office.ReviewBooks, m.Area)
	m.State, m.Mark = f.T("web.clearing.state.open"), "plain"
	if !found {
		return
	}
	m.State, m.Mark = f.T("web.clearing.state."+string(month.State)), "warn"
	m.By = f.T("web.clearing.by.proposed", "who", f.personName(month.Maker), "at", f.moment(month.Made))
	if month.State == clearing.Confirmed {
		m.Mark, m.By = "good", m.By+f.T("list.separator")+f.T("web.clearing.by.confirmed", "who", f.personName(month.Reviewer), "at", f.moment(month.Booked))
	}
}

// personName is the name of a user; his id where the reader does not see him.
func (f *frame) personName(id office.UserID) string {
	users, err := f.site.Store.Accounts().Users(f.request.Context(), f.scope(office.View))
	if err != nil {
		f.site.Log.Error("names of users", "error", err)
	}
	if i := slices.IndexFunc(users, func(u office.User) bool { return u.ID == id }); i >= 0 {
		return users[i].Name
	}
	return string(id)
}

// monthTables are what the month comes to: by institution, by layer, and between areas.
func (s *site) monthTables(f *frame, r *http.Request, m *clearingModel, month clearing.Month) error {
	sums, err := s.Store.Clearing().AreaSums(r.Context(), m.Area, m.from, m.to)
	if err != nil {
		return err
	}
	var posted []ledger.Voucher
	if month.State == clearing.Confirmed {
		if posted, err = s.Store.Clearing().Booked(r.Context(), month); err != nil {
			return err
		}
	}
	institutions, err := s.Store.Clearing().Institutions(r.Context(), store.ScopeOf(m.Area.Province()))
	if err != nil {
		return err
	}
	compared, err := s.Store.Clearing().Compared(r.Context(), store.ScopeOf(m.Area), m.from, m.to)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, i := range institutions {
		names[i.Code] = i.Name
	}
	m.Statement = f.statementTable(m.clearedMonth, sums, names, posted, compared)
	m.Layers = f.layersTable(sums, m.Area)
	all := clearing.Total(sums)
	owed := clearing.Total(clearing.Statements(m.Area, sums))
	m.Tiles = []helpLine{{Name: f.T("web.clearing.rows"), Text: f.Value(all.Rows)}, {Name: f.T("web.settlements.total"), Text: fen(all.Total)}, {Name: f.T("web.clearing.owed"), Text: fen(owed.Paid.Sum())}}
	return s.pairsOf(f, r, m)
}

// areasTable is how far each area of a province is with the month, what its own persons cost, and what it owes its institutions.
func (s *site) areasTable(f *frame, r *http.Request, m *clearingModel) error {
	months, err := s.Store.Clearing().Months(r.Context(), store.ScopeOf(m.Area))
	if err != nil {
		return err
	}
	t := ledgerTable{ID: "areas", Title: f.T("web.clearing.areas"), Aside: f.T("web.ledger.unit"), Clause: "YA-4.10.3",
		Heads: f.ledgerHeads("web.clearing.area", "web.settlements.state", "#", "web.clearing.rows", "#", "web.settlements.total", "#", "web.clearing.funds", "#", "web.settlements.cash", "#", "web.clearing.owed")}
	var all clearing.Sum
	var owed money.Fen
	booked := 0
	line := func(name, state ledgerCell, sum clearing.Sum, owed money.Fen, total bool) {
		t.Rows = append(t.Rows, ledgerRow{Total: total, Cells: []ledgerCell{name, state, numberCell(f.Value(sum.Rows), strconv.FormatInt(sum.Rows, 10)), fenCell(sum.Total), fenCell(sum.Paid.Sum()), fenCell(sum.Cash), fenCell(owed)}})
	}
	for _, city := range f.site.Engine.Tree.Prefectures(m.Area) {
		sums, err := s.Store.Clearing().AreaSums(r.Context(), city.Code, m.from, m.to)
		if err != nil {
			return err
		}
		state := markCell(f.T("web.clearing.state.open"), "plain")
		if i := slices.IndexFunc(months, func(x clearing.Month) bool { return x.Area == city.Code && x.Year == m.year && x.Month == m.month }); i >= 0 {
			m.Synthetic = m.Synthetic || months[i].Synthetic
			state = markCell(f.T("web.clearing.state."+string(months[i].State)), "warn")
			if months[i].State == clearing.Confirmed {
				state.Mark, booked = "good", booked+1
			}
		}
		own := clearing.Total(slices.DeleteFunc(slices.Clone(sums), func(x clearing.Sum) bool { return x.Home != city.Code }))
		due := clearing.Total(clearing.Statements(city.Code, sums)).Paid.Sum()
		line(linkCell(f.divisionName(city.Code), f.link("/clearing", "area", string(city.Code), "of", m.Month)), state, own, due, false)
		all, owed = own.Onto(all, 1), owed+due
	}
	line(textCell(f.T("web.clearing.all")), textCell(f.T("web.clearing.booked", "count", booked, "of", len(t.Rows))), all, owed, true)
	m.Overview, m.State, m.Mark = &t, f.T("web.clearing.booked", "count", booked, "of", len(t.Rows)-1), "plain"
	m.Tiles = []helpLine{{Name: f.T("web.clearing.rows"), Text: f.Value(all.Rows)}, {Name: f.T("web.settlements.total"), Text: fen(all.Total)}, {Name: f.T("web.clearing.owed"), Text: fen(owed)}}
	return s.pairsOf(f, r, m)
}

// appliedBy is what an institution said its month comes to (3201), of an insurance: funds and accounts together; false when it did not compare the whole month.
func (c clearedMonth) appliedBy(compared []store.Compared, institution string, i pool.Insurance) (sum money.Fen, found bool) {
	for _, x := range compared {
		if x.Institution == institution && x.Insurance.String() == string(i) && x.First == c.from && x.Last == c.to && x.Refunds == "" {
			sum, found = sum+x.Theirs.Funds+x.Theirs.Accounts, true
		}
	}
	return sum, found
}

// statementTable is the month's statement by institution and insurance type: what it applied for, what it is owed layer by layer, and the voucher.
func (f *frame) statementTable(c clearedMonth, sums []clearing.Sum, names map[string]string, posted []ledger.Voucher, compared []store.Compared) ledgerTable {
	t := ledgerTable{ID: "statement", Title: f.T("web.clearing.statement"), Aside: f.T("web.ledger.unit"), Clause: "YA-4.8.2", Empty: f.T("web.clearing.none"), Tall: true,
		Heads: f.ledgerHeads("web.settlements.institution", "web.enrol.insurance", "#", "web.clearing.rows", "#", "web.settlements.total", "#", "web.clearing.applied", "#", "web.clearing.owed", "#", "web.clearing.difference",
			"#", "clearing.layer.basic", "#", "clearing.layer.serious", "#", "clearing.layer.large", "#", "clearing.layer.aid", "#", "clearing.layer.other", "#", "clearing.layer.accounts", "web.clearing.voucher")}
	vouchers := map[ledger.Key]ledger.Voucher{}
	for _, v := range posted {
		vouchers[v.Key] = v
	}
	for _, s := range clearing.Statements(c.Area, sums) {
		voucher := textCell("")
		month := clearing.Month{Area: c.Area, Year: c.year, Month: c.month}
		if v, booked := vouchers[ledger.Key(string(month.Document())+"/"+string(s.Insurance)+"/"+s.Institution)]; booked {
			voucher = linkCell(f.Text(v.Ref().Text()), f.bookLink(v.Book, "vouchers/"+refPath(v.Ref())))
		}
		applied, difference := textCell(f.T("web.clearing.not_compared")), textCell("")
		if sum, found := c.appliedBy(compared, s.Institution, s.Insurance); found {
			applied, difference = fenCell(sum), fenCell(sum-s.Paid.Sum())
		}
		cells := []ledgerCell{textCell(cmp.Or(names[s.Institution], s.Institution)), textCell(f.T("web.insurance." + string(s.Insurance))), numberCell(f.Value(s.Rows), strconv.FormatInt(s.Rows, 10)),
			fenCell(s.Total), applied, fenCell(s.Paid.Sum()), difference}
		for _, l := range clearing.Layers() {
			cells = append(cells, turnCell(s.Paid[l]))
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: append(cells, voucher)})
	}
	return t
}

// layersTable is who bears what the area's own persons cost, here and elsewhere.
func (f *frame) layersTable(sums []clearing.Sum, area region.Code) ledgerTable {
	t := ledgerTable{ID: "layers", Title: f.T("web.clearing.layers"), Aside: f.T("web.ledger.unit"), Clause: "YA-4.4.3", Heads: f.ledgerHeads("web.settlements.who", "web.settlements.whose",
		"#", "web.clearing.here", "#", "web.clearing.elsewhere", "#", "web.settlements.amount")}
	var here, elsewhere clearing.Sum
	for _, s := range sums {
		switch {
		case s.Home != area:
		case s.Place == area:
			here = s.Onto(here, 1)
		default:
			elsewhere = s.Onto(elsewhere, 1)
		}
	}
	line := func(name, whose string, a, b money.Fen, total bool) {
		t.Rows = append(t.Rows, ledgerRow{Total: total, Cells: []ledgerCell{textCell(name), textCell(whose), fenCell(a), fenCell(b), fenCell(a + b)}})
	}
	for _, l := range clearing.Layers() {
		whose := "web.settlements.whose.others"
		if l.Own() {
			whose = "web.settlements.whose.fund"
		}
		line(f.Text(l.Name()), f.T(whose), here.Paid[l], elsewhere.Paid[l], false)
	}
	line(f.T("web.settlements.cash"), f.T("web.settlements.whose.person"), here.Cash, elsewhere.Cash, false)
	line(f.T("web.settlements.total"), "", here.Total, elsewhere.Total, true)
	return t
}

// pairsOf compares what stands between the area and others; a province sees all pairs.
func (s *site) pairsOf(f *frame, r *http.Request, m *clearingModel) error {
	all, err := s.money.service.AreaMonths(r.Context(), m.Area.Province(), m.year, m.month)
	if err != nil {
		return err
	}
	pairs := clearing.Pairs(all.Statements)
	if !f.subject.Division.IsProvince() {
		pairs = slices.DeleteFunc(pairs, func(p clearing.Pair) bool { return p.Home != m.Area && p.Place != m.Area })
	}
	m.Pairs = ledgerTable{ID: "pairs", Title: f.T("web.clearing.pairs"), Aside: f.T("web.ledger.unit"), Clause: "SCE-7.2", Empty: f.T("web.clearing.pairs.none"),
		Heads: f.ledgerHeads("web.enrol.insurance", "web.offsite.home", "web.offsite.place", "#", "web.clearing.rows", "#", "web.clearing.claimed", "#", "web.clearing.confirmed", "#", "web.clearing.difference", "#", "web.clearing.own", "web.settlements.state")}
	for _, p := range pairs {
		state := markCell(f.T("web.clearing.agrees"), "good")
		switch {
		case !p.ClaimedHas || !p.ConfirmedHas:
			state = markCell(f.T("web.clearing.one_side"), "warn")
		case !p.Agrees():
			state = markCell(f.T("web.clearing.differs"), "warn")
		}
		m.Pairs.Rows = append(m.Pairs.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.T("web.insurance." + string(p.Insurance))), textCell(f.divisionName(p.Home)), textCell(f.divisionName(p.Place)),
			numberCell(f.Value(max(p.ClaimedRows, p.ConfirmedRows)), strconv.FormatInt(max(p.ClaimedRows, p.ConfirmedRows), 10)), fenCell(p.Claimed.Sum()), fenCell(p.Confirmed.Sum()), fenCell(p.Difference()),
			fenCell(min(p.Claimed.Own(), p.Confirmed.Own())), state}})
	}
	m.MayPlan = len(pairs) > 0 && len(all.Waiting) == 0 && s.money.mayPlan(f)
	m.Due = string(max(m.to, s.today().Add(daysToPay)))
	for _, i := range pool.Insurances() {
		m.Insurances = append(m.Insurances, optionView{string(i), f.T("web.insurance." + string(i)), i == pool.Employee})
	}
	return nil
}

// clearingFile gives the month's statement as a file.
func (s *site) clearingFile(f *frame, w http.ResponseWriter, r *http.Request) error {
	var m clearingModel
	var err error
	if m.clearedMonth, err = f.monthChosen(); err != nil {
		return err
	}
	month, _, err := s.monthOf(r, m.Area, m.year, m.month)
	if err != nil {
		return err
	}
	var tables []ledgerTable
	if m.Area.IsProvince() {
		err = s.areasTable(f, r, &m)
		month.Synthetic = m.Synthetic
	} else {
		err = s.monthTables(f, r, &m, month)
		tables = []ledgerTable{m.Statement, m.Layers, m.Pairs}
	}
	if err != nil {
		return err
	}
	if m.Overview != nil {
		tables = []ledgerTable{*m.Overview, m.Pairs}
	}
	notes := []exchange.Note{{Name: f.T("web.clearing.area"), Text: f.divisionName(m.Area)}, {Name: f.T("web.ledger.head.period"), Text: m.Month}, {Name: f.T("web.ledger.note.filters"), Text: f.T("web.clearing.note")}}
	if month.Synthetic {
		notes = append(notes, exchange.Note{Name: f.T("web.synthetic"), Text: f.T("web.synthetic.title")})
	}
	return f.takeTables(w, r.PathValue("file"), "clearing-"+string(m.Area)+"-"+m.Month, notes, tables)
}

// closeDays closes the days of a month and those before it, in the background.
func (s *site) closeDays(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	at, err := time.Parse("2006-01", r.PostFormValue("of"))
	if err != nil {
		return errNotFound
	}
	c := clearedMonth{}.in(at)
	act := f.act(f.province(), "", office.Object{}, "")
	act.At = s.Now()
	f.startWork(w, r, closingDays, fault.Msg("web.clearing.closing", "day", c.to), func(ctx context.Context, b *job) (any, error) {
		return s.money.service.CloseDays(ctx, act, c.to, func(d remit.DayClosed) {
			b.say(fault.Msg("web.clearing.closed", "day", d.Day), int64(d.Part), int64(d.N))
		})
	})
	return nil
}

// clearingAct proposes or confirms a month.
func (s *site) clearingAct(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	f.seen.Set("area", r.PostFormValue("area"))
	f.seen.Set("of", r.PostFormValue("of"))
	c, err := f.monthChosen()
	if err != nil {
		return err
	}
	done, right := "propose", office.CloseBooks
	if r.PostFormValue("act") == "confirm" {
		done, right = "confirm", office.ReviewBooks
	}
	if err := f.refusal(right, c.Area); err != nil {
		return err
	}
	act := f.act(c.Area, "", office.Object{}, "")
	act.At = s.Now()
	if done == "propose" {
		_, _, err = s.money.service.ProposeMonth(r.Context(), act, c.Area, c.year, c.month)
	} else {
		_, err = s.money.service.ConfirmMonth(r.Context(), act, c.Area, c.year, c.month)
	}
	return s.afterClearing(f, w, r, c, done, err)
}

func (s *site) afterClearing(f *frame, w http.ResponseWriter, r *http.Request, c clearedMonth, done string, err error) error {
	switch {
	case err == nil:
		http.Redirect(w, r, f.link("/clearing", "area", string(c.Area), "of", c.Month, "done", done), http.StatusSeeOther)
		return nil
	case refusable(err):
		return s.clearingAs(f, w, r, f.refusedOutcome(err))
	}
	return err
}

// daysToPay is how long cities have to pay from today, when whoever plans says nothing else.
const daysToPay = 15

// planOffsite drafts the clearing sheet of a month between areas, which then goes its way for signature.
func (s *site) planOffsite(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	f.seen.Set("of", r.PostFormValue("of"))
	c, err := f.monthChosen()
	if err != nil {
		return err
	}
	net := r.PostFormValue("net") == "1"
	id, err := s.money.service.PlanOffsite(r.Context(), f.who(r), remit.Order{Year: c.year, Month: c.month, Insurance: pool.Insurance(r.PostFormValue("for")), Due: policy.Date(r.PostFormValue("due")),
		Basis: f.T("web.clearing.basis", "month", c.Month), Net: net})
	if err == nil {
		http.Redirect(w, r, f.link("/documents/"+string(id)), http.StatusSeeOther)
		return nil
	}
	if net && refusable(err) {
		o := f.refusedOutcome(err)
		o.Problems = append(o.Problems, fault.Problem{Message: fault.Msg("web.clearing.net.refused")})
		return s.clearingAs(f, w, r, o)
	}
	return s.afterClearing(f, w, r, c, "", err)
}

// reconciliationModel is what institutions compared with the sub-ledger.
type reconciliationModel struct {
	clearedMonth
	Tiles   []helpLine
	Table   ledgerTable
	MayTake bool
}

func (s *site) reconciliation(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.reconciliationOf(f, r)
	if err != nil {
		return err
	}
	return f.render(w, r, http.StatusOK, reconciliationPage(f, m))
}

func (s *site) reconciliationOf(f *frame, r *http.Request) (m reconciliationModel, err error) {
	if m.clearedMonth, err = f.monthChosen(); err != nil {
		return m, err
	}
	m.MayTake = f.may(office.Export, f.subject.Division)
	all, err := s.Store.Clearing().Compared(r.Context(), store.ScopeOf(m.Area), m.from, m.to)
	if err != nil {
		return m, err
	}
	institutions, err := s.Store.Clearing().Institutions(r.Context(), store.ScopeOf(m.Area))
	if err != nil {
		return m, err
	}
	open := 0
	for _, x := range all {
		if !x.Balanced() {
			open++
		}
	}
	silent := 0
	for _, i := range institutions {
		if !slices.ContainsFunc(all, func(x store.Compared) bool { return x.Institution == i.Code }) {
			silent++
		}
	}
	m.Tiles = []helpLine{{Name: f.T("web.reconciliation.compared"), Text: f.Value(int64(len(all)))}, {Name: f.T("web.reconciliation.open"), Text: f.Value(int64(open))}, {Name: f.T("web.reconciliation.silent"), Text: f.Value(int64(silent))}}
	m.Table = f.comparedTable(all, institutions)
	return m, nil
}

// comparedTable lists what institutions compared, those that differ first.
func (f *frame) comparedTable(all []store.Compared, institutions []store.Institution) ledgerTable {
	t := ledgerTable{ID: "compared", Title: f.T("web.reconciliation"), Aside: f.T("web.ledger.unit"), Clause: "YA-4.8.2", Empty: f.T("web.reconciliation.none"), Tall: true,
		Heads: f.ledgerHeads("web.settlements.institution", "web.reconciliation.days", "web.enrol.insurance", "web.settlements.care", "#", "web.reconciliation.their_rows", "#", "web.reconciliation.our_rows",
			"#", "web.reconciliation.their_funds", "#", "web.reconciliation.our_funds", "#", "web.reconciliation.their_total", "#", "web.reconciliation.our_total", "#", "web.clearing.difference", "web.settlements.state", "web.reconciliation.at")}
	names := map[string]string{}
	for _, i := range institutions {
		names[i.Code] = i.Name
	}
	slices.SortStableFunc(all, func(a, b store.Compared) int { return cmp.Compare(weight(a.Balanced()), weight(b.Balanced())) })
	count := func(n int64) ledgerCell { return numberCell(f.Value(n), strconv.FormatInt(n, 10)) }
	for _, x := range all {
		state := markCell(f.T("web.reconciliation.balanced"), "good")
		if !x.Balanced() {
			state = markCell(f.T("web.clearing.differs"), "warn")
		}
		care := f.T("web.settlements.care." + x.Care)
		if !slices.Contains([]string{"11", "21"}, x.Care) {
			care = x.Care
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(cmp.Or(names[x.Institution], x.Institution)), textCell(string(x.First) + " \u2013 " + string(x.Last)), textCell(f.T("web.insurance." + x.Insurance.String())),
			textCell(care), count(x.Theirs.Rows), count(x.Ours.Rows), fenCell(x.Theirs.Funds), fenCell(x.Ours.Funds), fenCell(x.Theirs.Total), fenCell(x.Ours.Total),
			fenCell(x.Theirs.Total - x.Ours.Total), state, textCell(f.moment(x.At))}})
	}
	return t
}

func weight(balanced bool) int {
	if balanced {
		return 1
	}
	return 0
}

func (s *site) reconciliationFile(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.reconciliationOf(f, r)
	if err != nil {
		return err
	}
	notes := []exchange.Note{{Name: f.T("web.clearing.area"), Text: f.divisionName(m.Area)}, {Name: f.T("web.ledger.head.period"), Text: m.Month}}
	return f.takeTables(w, r.PathValue("file"), "reconciliation-"+string(m.Area)+"-"+m.Month, notes, []ledgerTable{m.Table})
}
