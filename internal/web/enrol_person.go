package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// personModel is a person's page.
type personModel struct {
	outcome
	No        string
	Version   string
	Name      string
	Lines     []helpLine // who he is
	Plain     bool
	MayPlain  bool
	MayAct    bool
	Covers    ledgerTable
	Settled   ledgerTable // by year
	Bills     string      // the address of his settlements
	Dues      ledgerTable
	Months    ledgerTable // of an employee
	DuesWhy   []fault.Problem
	Wrongs    ledgerTable
	Entitled  entitledModel
	Timeline  ledgerTable
	Registers ledgerTable // care away from home, approvals
	Act       string      // the form that is open
	Today     string
	Year      string
	Ways      []optionView
	Employed  []optionView // the ways of employees
	Groups    []optionView
	Areas     []optionView
	HasWrongs bool
	HasDues   bool
}

// entitledModel is what a person is entitled to in a year, with the reasons.
type entitledModel struct {
	Year    int
	Years   []pickView
	Tiles   []helpLine
	Reasons []reasonView
	Offer   string
	Trial   bool
	Why     []fault.Problem // why there is no answer
}

// reasonView is what decides one part.
type reasonView struct {
	Part, Text, Clause string
	Assumed            bool
}

func (s *site) person(f *frame, w http.ResponseWriter, r *http.Request) error {
	o := outcome{Status: http.StatusOK}
	if done := f.seen.Get("done"); slices.Contains(enrolActs(), done) {
		o.Done = f.T("web.enrol.done." + done)
	}
	return s.personAs(f, w, r, o, false)
}

// personAs shows a person; plain with name and number in full, which was written down before.
func (s *site) personAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome, plain bool) error {
	p, err := s.readPerson(f, r)
	if err != nil {
		return err
	}
	m, err := s.personModel(f, r.Context(), p, plain)
	if err != nil {
		return err
	}
	m.outcome, m.Act = o, r.PostFormValue("act")
	return f.render(w, r, o.Status, personPage(f, m))
}

// readPerson reads the file that the address names, kept to where the reader may see persons.
func (s *site) readPerson(f *frame, r *http.Request) (store.Person, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil || no < 1 {
		return store.Person{}, errNotFound
	}
	act := f.act(f.subject.Division, "", office.Object{}, "")
	act.Scope = f.scope(office.ReadPersons)
	p, found, err := s.Store.Persons().Read(r.Context(), act, enrol.PersonNo(no))
	if err != nil || !found {
		return p, orNotFound(err)
	}
	return p, nil
}

func (s *site) personPlain(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	p, err := s.readPerson(f, r)
	if err != nil {
		return err
	}
	if err := f.refusal(office.Unmask, p.County); err != nil {
		return err
	}
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if reason == "" {
		return s.personAs(f, w, r, outcome{Problems: []fault.Problem{{Column: f.T("web.enrol.reason"), Message: fault.Msg("web.enrol.reason.needed")}}, Status: http.StatusUnprocessableEntity}, false)
	}
	act := f.act(f.subject.Division, "person.unmask", office.Object{Kind: "person", ID: r.PathValue("no")}, reason)
	if _, err := s.Store.Write(r.Context(), act, func(*store.Tx) error { return nil }); err != nil {
		return err
	}
	return s.personAs(f, w, r, outcome{Status: http.StatusOK}, true)
}

func (s *site) personModel(f *frame, ctx context.Context, p store.Person, plain bool) (personModel, error) {
	today := s.today()
	now := p.On(today)
	m := personModel{No: strconv.FormatInt(int64(p.No), 10), Version: strconv.FormatInt(p.Version, 10), Plain: plain, Today: string(today), Year: string(today[:4]),
		MayPlain: f.may(office.Unmask, p.County), MayAct: f.may(office.EnrolPersons, p.County)}
	m.Name = office.MaskName(now.Name)
	number := office.MaskNumber(now.Number)
	if plain {
		m.Name, number = now.Name, now.Number
	}
	groups := make([]string, len(now.Groups))
	for i, g := range now.Groups {
		groups[i] = f.T("value." + string(g))
	}
	m.Lines = []helpLine{{Name: f.T("web.enrol.name"), Text: m.Name}, {Name: f.T("web.enrol.document." + string(now.Kind)), Text: number}, {Name: f.T("web.enrol.sex"), Text: f.sexName(string(now.Sex))},
		{Name: f.T("web.enrol.birth"), Text: string(now.Birth)}, {Name: f.T("web.enrol.home"), Text: f.placeName(now.Home)}, {Name: f.T("web.enrol.lives"), Text: f.placeName(now.Lives)},
		{Name: f.T("web.enrol.groups"), Text: orDash(strings.Join(groups, f.T("list.separator")))}, {Name: f.T("web.enrol.units"), Text: orDash(f.unitsText(now))},
		{Name: f.T("web.enrol.cover"), Text: f.coverText(now)}, {Name: f.T("web.enrol.county"), Text: f.divisionName(p.County)}}
	standards, err := s.Store.Standards(ctx)
	if err != nil {
		return m, err
	}
	m.Covers = f.coversTable(p.File)
	if m.Settled, err = s.yearsSettled(f, ctx, p.No); err != nil {
		return m, err
	}
	if f.mayOpen("settlements") {
		m.Bills = f.link("/settlements", "person", m.No)
	}
	m.duesOf(f, p.File, standards)
	m.Months = f.monthsTable(p.File, today)
	m.Entitled = s.entitled(f, p.File, standards)
	if rules, err := s.rulesOf(policy.Year(s.Now().Year())); err == nil {
		m.wrongs(f, rules.Terms().Wrongs(p.File))
	}
	registers, err := s.Store.Registrations().Of(ctx, p.No)
	if err != nil {
		return m, err
	}
	m.Registers = f.registrationsTable(registers, false)
	if m.Timeline, err = s.timeline(f, ctx, p.File, plain); err != nil {
		return m, err
	}
	m.choices(f, now)
	return m, nil
}

func orDash(text string) string {
	if text == "" {
		return "\u2014"
	}
	return text
}

func (f *frame) unitsText(now enrol.Standing) string {
	var texts []string
	for _, a := range now.Attached {
		name := a.Name
		if name == "" {
			name = a.Number
		}
		texts = append(texts, f.T("web.enrol.unit."+string(a.Unit))+" "+name)
	}
	return strings.Join(texts, f.T("list.separator"))
}

func (f *frame) spellText(x enrol.Spell) string {
	if x.To == "" {
		return string(x.From) + " \u2013"
	}
	return string(x.From) + " \u2013 " + string(x.To)
}

func (f *frame) coversTable(file *enrol.File) ledgerTable {
	t := ledgerTable{ID: "covers", Title: f.T("web.enrol.covers"), Clause: "SCE-4.1", Empty: f.T("web.enrol.covers.none"),
		Heads: f.ledgerHeads("web.enrol.spell", "web.enrol.way", "web.enrol.insurance", "web.enrol.area")}
	for _, c := range slices.Backward(file.Covers()) {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.spellText(c.Spell)), textCell(f.wayName(c.Way)), textCell(f.T("web.insurance." + c.Way.Insurance().String())), textCell(f.divisionName(c.Area))}})
	}
	return t
}

func (m *personModel) duesOf(f *frame, file *enrol.File, standards enrol.Standards) {
	m.Dues = ledgerTable{ID: "dues", Title: f.T("web.enrol.dues"), Aside: f.T("web.ledger.unit"), Clause: "SC38-5.2",
		Heads: f.ledgerHeads("web.enrol.year", "web.enrol.way", "#", "web.enrol.payer.person", "#", "web.enrol.payer.aid", "#", "web.enrol.payer.government", "#", "web.enrol.payer.all")}
	dues, err := file.Dues(standards)
	if err != nil {
		m.DuesWhy, m.HasDues = problemsOf(err), true
		return
	}
	for _, d := range dues {
		m.HasDues = true
		government := d.Shares[enrol.Central] + d.Shares[enrol.Province] + d.Shares[enrol.City] + d.Shares[enrol.County]
		m.Dues.Rows = append(m.Dues.Rows, ledgerRow{Cells: []ledgerCell{textCell(strconv.Itoa(int(d.Year))), textCell(f.wayName(d.Way)), fenCell(d.Shares[enrol.Person]), fenCell(d.Shares[enrol.MedicalAid]),
			fenCell(government), fenCell(d.Shares.Total())}})
	}
}

func (m *personModel) wrongs(f *frame, all []enrol.Wrong) {
	m.HasWrongs = len(all) > 0
	m.Wrongs = ledgerTable{ID: "wrongs", Title: f.T("web.enrol.wrongs"), Clause: "SCE-4.3", Heads: f.ledgerHeads("web.enrol.wrong", "web.enrol.spell", "web.enrol.entries")}
	for _, x := range all {
		entries := strconv.Itoa(x.No)
		if x.Other != 0 {
			entries += ", " + strconv.Itoa(x.Other)
		}
		m.Wrongs.Rows = append(m.Wrongs.Rows, ledgerRow{Cells: []ledgerCell{markCell(f.T("web.enrol.wrong."+string(x.Doubt)), "warn"), textCell(f.spellText(x.Spell)), textCell(entries)}})
	}
}

// rulesOf are the rules of entitlement for a year. A pack without any, such as another province's, is refused.
func (s *site) rulesOf(year policy.Year) (*enrol.Rules, error) {
	return enrol.Compile(s.Engine.Library, s.pack.At(year.End()), year)
}

// entitled asks what a person is entitled to in the year of the address, or this one.
func (s *site) entitled(f *frame, file *enrol.File, standards enrol.Standards) entitledModel {
	year := s.Now().Year()
	m := entitledModel{Year: year}
	if asked, err := strconv.Atoi(f.seen.Get("of")); err == nil && asked > 2000 && asked < 2100 {
		m.Year = asked
	}
	for y := max(2025, year-3); y <= year+1; y++ {
		m.Years = append(m.Years, pickView{Text: strconv.Itoa(y), Path: string(f.here("of", strconv.Itoa(y))), Current: y == m.Year})
	}
	rules, err := s.rulesOf(policy.Year(m.Year))
	if err != nil {
		m.Why = problemsOf(err)
		return m
	}
	m.Trial = rules.Status.Trial()
	h := rules.History(file, standards)
	e, reasons, err := rules.Explain(&h)
	if err != nil {
		m.Why = problemsOf(err)
		return m
	}
	m.Tiles = []helpLine{{Name: f.T("web.enrol.cap"), Text: e.Cap.In(money.Yuan)}, {Name: f.T("web.enrol.streak"), Text: f.T("web.enrol.years", "count", e.Streak)},
		{Name: f.T("web.enrol.rewards"), Text: e.Counted.In(money.Yuan)}, {Name: f.T("web.enrol.reduction"), Text: e.Reduction.In(money.Yuan)},
		{Name: f.T("web.enrol.waiting"), Text: f.T("web.enrol.months", "count", e.Waiting.Months())}, {Name: f.T("web.enrol.covered_from"), Text: orDash(dayText(e.Waiting.CoveredFrom))}}
	for _, x := range append(reasons, rules.Readings(file)...) {
		m.Reasons = append(m.Reasons, reasonView{f.partName(x.Part), f.Text(x.Message), string(x.Clause), x.Assumed})
	}
	if e.Offer.Years > 0 {
		price := f.T("web.enrol.offer.no_price")
		if e.Offer.PricePerYear > 0 {
			price = e.Offer.PricePerYear.In(money.Yuan)
		}
		m.Offer = f.T("web.enrol.offer", "years", e.Offer.Years, "price", price, "months", e.Offer.MonthsAfter)
	}
	return m
}

func dayText(d enrol.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// partName is a part of an entitlement in words.
func (f *frame) partName(part string) string {
	if key := "web.enrol.part." + part; f.Has(key) {
		return f.T(key)
	}
	return part
}

// timeline lists every entry of a file, the latest first, with where it came from.
func (s *site) timeline(f *frame, ctx context.Context, file *enrol.File, plain bool) (ledgerTable, error) {
	t := ledgerTable{ID: "timeline", Title: f.T("web.enrol.timeline"), Clause: "SCE-4.1", Tall: true,
		Heads: f.ledgerHeads("#", "web.enrol.entry", "web.enrol.fact", "web.enrol.said", "web.enrol.source", "web.enrol.state")}
	sources, err := s.Store.Persons().Sources(ctx, sourcesOf(file)...)
	if err != nil {
		return t, err
	}
	voided := file.Voided()
	for i := len(file.Entries) - 1; i >= 0; i-- {
		e := file.Entries[i]
		kind, said := f.factText(e.Fact, plain)
		state := markCell(f.T("web.enrol.state.holds"), "good")
		if voided[i] {
			state = markCell(f.T("web.enrol.state.void"), "warn")
		}
		from := "#" + strconv.Itoa(int(e.Source))
		if x, known := sources[e.Source]; known {
			from = f.moment(x.At) + " " + f.actionName(x.Action) + " " + x.Document
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(strconv.Itoa(i + 1)), textCell(kind), textCell(said), textCell(from), state}})
	}
	return t, nil
}

func sourcesOf(file *enrol.File) []enrol.Source {
	var all []enrol.Source
	for _, e := range file.Entries {
		if !slices.Contains(all, e.Source) {
			all = append(all, e.Source)
		}
	}
	return all
}

// factText says a fact in words: its kind, and what it says. Names, numbers and phones are masked unless they may be shown.
func (f *frame) factText(fact enrol.Fact, plain bool) (kind, said string) {
	mask := func(text string, hide func(string) string) string {
		if plain {
			return text
		}
		return hide(text)
	}
	say := func(name string, parts ...string) (string, string) {
		return f.T("web.enrol.fact." + name), strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " \u00b7 ")
	}
	switch x := fact.(type) {
	case enrol.Known:
		return say("known", mask(x.Name, office.MaskName), f.T("web.enrol.document."+string(x.Kind)), mask(x.Number, office.MaskNumber), f.sexName(string(x.Sex)), string(x.Birth))
	case enrol.Registered:
		return say("registered", string(x.On), f.placeName(x.Place))
	case enrol.Lives:
		return say("lives", string(x.On), f.placeName(x.Place))
	case enrol.Belongs:
		return say("belongs", f.T("value."+string(x.Group)), f.spellText(x.Spell))
	case enrol.Attached:
		return say("attached", f.T("web.enrol.unit."+string(x.Unit)), x.Number, x.Name, x.Role, f.spellText(x.Spell))
	case enrol.Enrolled:
		return say("enrolled", string(x.On), f.wayName(x.Way), f.divisionName(x.Area), f.spellText(x.Spell))
	case enrol.Covered:
		return say("covered", f.wayName(x.Way), f.divisionName(x.Area), f.spellText(x.Spell))
	case enrol.Paid:
		return say("paid", string(x.On), strconv.Itoa(int(x.Year)), f.wayName(x.Way), f.sharesText(x.Shares), f.repairText(x.Repair))
	case enrol.Refunded:
		return say("refunded", string(x.On), f.T("web.enrol.entry.no", "no", x.No))
	case enrol.Transferred:
		return say("transferred", string(x.On), f.divisionName(x.From)+" \u2192 "+f.divisionName(x.To), f.T("web.enrol.months", "count", x.Months))
	case enrol.Used:
		return say("used", strconv.Itoa(int(x.Year)), f.T("web.enrol.used", "all", x.Reimbursed, "catastrophic", x.Catastrophic))
	case enrol.Reminded:
		return say("reminded", string(x.On), x.By, f.channelText(x.Channel), f.resultText(x.Result))
	case enrol.Reachable:
		return say("reachable", mask(x.Phone, office.MaskNumber), mask(x.Address, office.MaskName))
	case enrol.Ended:
		return say("ended", f.T("web.enrol.end."+string(x.Why)), string(x.On))
	case enrol.Void:
		return say("void", f.T("web.enrol.entry.no", "no", x.No), x.Why)
	}
	return "", ""
}

func (f *frame) repairText(years int) string {
	if years == 0 {
		return ""
	}
	return f.T("web.enrol.repaired", "years", years)
}

// sharesText says who bore what.
func (f *frame) sharesText(shares enrol.Shares) string {
	var texts []string
	for _, payer := range enrol.Payers() {
		if share := shares[payer]; share != 0 {
			texts = append(texts, f.T("web.enrol.bears."+strconv.Itoa(int(payer)))+" "+share.In(money.Yuan))
		}
	}
	return strings.Join(texts, f.T("list.separator"))
}
