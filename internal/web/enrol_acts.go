package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// enrolActs are what can be done on a person's page.
func enrolActs() []string {
	return []string{"add", "enrol", "switch", "transfer", "pay", "suspend", "withdraw", "end", "registered", "lives", "belongs", "attached", "reachable", "reminded", "void", "keep"}
}

// ways are the ways of being insured, in the order they are offered.
func ways() []enrol.Way {
	return []enrol.Way{enrol.Ordinary, enrol.Newborn, enrol.Pupil, enrol.Student, enrol.Permit, enrol.Staff, enrol.Flexible, enrol.Unemployed, enrol.Retired}
}

// choices fills in what the forms offer.
func (m *personModel) choices(f *frame, now enrol.Standing) {
	for _, w := range ways() {
		if w.Insurance() == enrol.Employee {
			m.Employed = append(m.Employed, optionView{string(w), f.wayName(w), w == enrol.Staff})
		}
		m.Ways = append(m.Ways, optionView{string(w), f.wayName(w) + " (" + f.T("web.insurance."+w.Insurance().String()) + ")", w == enrol.Ordinary})
	}
	for _, g := range enrol.Groups() {
		m.Groups = append(m.Groups, optionView{string(g), f.T("value." + string(g)), false})
	}
	area := now.Lives.County()
	if area == "" {
		area = now.Home.County()
	}
	m.Areas = f.countyOptions(area)
}

// personAct does something to a person's file: what follows from it, or every reason against it, is the enrolment room's to say.
func (s *site) personAct(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	name := r.PostFormValue("act")
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil || !slices.Contains(enrolActs(), name) {
		return errNotFound
	}
	standards, err := s.Store.Standards(r.Context())
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // a version there is not is stale
	act := f.once(f.act(f.subject.Division, "person."+name, office.Object{}, r.PostFormValue("why")), r)
	act.Scope = f.scope(office.EnrolPersons)
	_, err = s.Store.Persons().Change(r.Context(), act, func(t *store.Tx, people store.People) error {
		p, found, err := people.Get(enrol.PersonNo(no))
		if err != nil {
			return err
		}
		if !found {
			return errNotFound
		}
		facts, err := s.factsOf(f, r, name, p.File, standards)
		if err != nil {
			return err
		}
		source, err := t.Source(strings.TrimSpace(r.PostFormValue("document")))
		if err != nil {
			return err
		}
		people.Done(enrol.PersonNo(no))
		_, err = people.Append(enrol.PersonNo(no), version, source, facts...)
		return err
	})
	if errors.Is(err, office.ErrStale) {
		err = fault.New(fault.Refused, "remit.stale")
	}
	return f.after(w, r, err, f.link("/enrol/person/"+r.PathValue("no")), name, func(o outcome) error { return s.personAs(f, w, r, o, false) })
}

// factsOf gives the facts that follow from a form.
func (s *site) factsOf(f *frame, r *http.Request, name string, file *enrol.File, standards enrol.Standards) ([]enrol.Fact, error) {
	form := actForm{f: f, r: r, today: s.today()}
	year := policy.Year(form.number("year"))
	if year == 0 {
		year = policy.Year(s.Now().Year())
	}
	rules, err := s.rulesOf(year)
	if err != nil {
		return nil, err
	}
	terms := rules.Terms()
	var facts []enrol.Fact
	switch name {
	case "enrol", "switch":
		a := enrol.Application{Way: enrol.Way(form.text("way")), Area: region.Code(form.text("area")), On: form.day("on"), Year: year, Years: form.number("years")}
		if a.Way.Insurance() == enrol.Employee {
			a.From = form.day("from")
		}
		if err := form.err(); err != nil {
			return nil, err
		}
		if name == "switch" {
			return terms.Switch(file, a)
		}
		return terms.Enrol(file, a)
	case "transfer":
		return s.transferred(&form, terms, file)
	case "pay":
		p := enrol.Payment{Year: year, On: form.day("on"), Amount: form.amount("amount"), Repair: form.number("repair")}
		if err := form.err(); err != nil {
			return nil, err
		}
		return file.Pay(p, standards)
	case "suspend":
		insurance, last := enrol.Resident, form.day("on")
		if form.text("insurance") == enrol.Employee.String() {
			insurance = enrol.Employee
		}
		if err := form.err(); err != nil {
			return nil, err
		}
		return terms.Suspend(file, insurance, last, form.text("why"))
	case "withdraw":
		return terms.Withdraw(file, year, form.today, form.text("why"))
	case "end":
		end := enrol.Ended{On: form.day("on"), Why: enrol.End(form.text("end"))}
		if end.Why != enrol.Emigrated {
			end.Why = enrol.Died
		}
		if err := form.err(); err != nil {
			return nil, err
		}
		return terms.End(file, end)
	case "registered":
		facts = []enrol.Fact{enrol.Registered{On: form.day("on"), Place: form.place("place")}}
	case "lives":
		facts = []enrol.Fact{enrol.Lives{On: form.day("on"), Place: form.place("place")}}
	case "belongs":
		group := enrol.Group(form.text("group"))
		if !slices.Contains(enrol.Groups(), group) {
			form.refuse("web.enrol.groups", string(group), fault.Msg("web.enrol.group.unknown"))
		}
		facts = []enrol.Fact{enrol.Belongs{Group: group, Spell: form.spell()}}
	case "attached":
		unit := enrol.Unit(form.text("unit"))
		if unit != enrol.AtEmployer && unit != enrol.AtSchool && unit != enrol.AtHousehold || form.text("number") == "" {
			form.refuse("web.enrol.units", form.text("number"), fault.Msg("web.enrol.unit.needed"))
		}
		facts = []enrol.Fact{enrol.Attached{Unit: unit, Number: form.text("number"), Name: form.text("unit_name"), Role: form.text("role"), Spell: form.spell()}}
	case "reachable":
		facts = []enrol.Fact{enrol.Reachable{Phone: form.text("phone"), Address: form.text("address")}}
	case "reminded":
		facts = []enrol.Fact{enrol.Reminded{On: form.day("on"), By: f.account.Name, Channel: form.text("channel"), Result: form.needed("result", "web.enrol.result")}}
	case "void":
		n := form.number("entry")
		if n < 1 || n > len(file.Entries) || file.Voided()[max(n, 1)-1] {
			form.refuse("web.enrol.entry", strconv.Itoa(n), fault.Msg("web.enrol.entry.none"))
		}
		facts = []enrol.Fact{enrol.Void{No: n, Why: form.needed("why", "web.enrol.reason")}}
	default:
		return nil, errNotFound // other forms' acts, which have nothing to enter here
	}
	return facts, form.err()
}

// actForm reads the fields of a form and keeps what is wrong with them.
type actForm struct {
	f     *frame
	r     *http.Request
	today policy.Date
	list  fault.List
}

func (a *actForm) err() error { return a.list.Err() }

func (a *actForm) text(name string) string {
	text := strings.TrimSpace(a.r.PostFormValue(name))
	if len(text) > 400 {
		a.refuse("web.enrol."+name, text[:20]+"\u2026", fault.Msg("web.enrol.too_long"))
	}
	return text
}

func (a *actForm) refuse(label, value string, m fault.Message) {
	a.list.Add(fault.Problem{Column: a.f.T(label), Value: value, Message: m})
}

func (a *actForm) needed(name, label string) string {
	text := a.text(name)
	if text == "" {
		a.refuse(label, "", fault.Msg("web.enrol.needed"))
	}
	return text
}

// day reads a day; blank is today.
func (a *actForm) day(name string) policy.Date {
	text := a.text(name)
	if text == "" {
		return a.today
	}
	day, ok := policy.ParseDate(text)
	if !ok || day < "1900-01-01" {
		a.refuse("web.enrol.day", text, fault.Msg("web.enrol.day.wrong"))
	}
	return day
}

// spell reads a first day and a last one, which may be blank.
func (a *actForm) spell() enrol.Spell {
	x := enrol.Spell{From: a.day("from")}
	if a.text("to") != "" {
		if x.To = a.day("to"); x.To < x.From {
			a.refuse("web.enrol.to", string(x.To), fault.Msg("web.enrol.to.wrong"))
		}
	}
	return x
}

func (a *actForm) number(name string) int {
	text := a.text(name)
	n, err := strconv.Atoi(text)
	if text != "" && (err != nil || n < 0) {
		a.refuse("web.enrol."+name, text, fault.Msg("web.enrol.number.not"))
	}
	return n
}

func (a *actForm) amount(name string) money.Fen {
	text := plainAmount(a.text(name))
	amount, err := money.ParseFen(text)
	if err != nil || amount < 0 {
		a.refuse("web.enrol.amount", text, fault.Msg("web.ledger.amount", "value", text))
	}
	return amount
}

func (a *actForm) rate(name string) money.Rate {
	text := a.text(name)
	if text == "" {
		return 0
	}
	rate, err := money.ParseRate(text)
	if err != nil || rate < 0 {
		a.refuse("web.enrol."+name, text, fault.Msg("web.enrol.rate.wrong"))
	}
	return rate
}

func (a *actForm) place(name string) enrol.Place {
	text := a.text(name)
	place, ok := enrol.ParsePlace(text)
	if _, known := a.f.site.Engine.Tree.Get(place.County()); !ok || !known {
		a.refuse("web.enrol.place", text, fault.Msg("web.enrol.place.wrong"))
	}
	return place
}

// newModel is the form for somebody who has no file yet.
type newModel struct {
	outcome
	Values map[string]string
	Today  string
	Kinds  []optionView
}

func (s *site) enrolNew(f *frame, w http.ResponseWriter, r *http.Request) error {
	return s.newAs(f, w, r, outcome{Status: http.StatusOK})
}

func (s *site) newAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	m := newModel{outcome: o, Values: map[string]string{}, Today: string(s.today())}
	for name := range r.PostForm {
		m.Values[name] = r.PostFormValue(name)
	}
	for _, k := range []enrol.DocumentKind{enrol.ResidentCard, enrol.BirthCertificate, enrol.Passport, enrol.HongKongMacau, enrol.TaiwanPermit, enrol.ForeignPermit, enrol.OtherDocument} {
		m.Kinds = append(m.Kinds, optionView{string(k), f.T("web.enrol.document." + string(k)), m.Values["kind"] == string(k)})
	}
	return f.render(w, r, o.Status, newPersonPage(f, m))
}

// enrolAdd makes a file, and for a newborn enrols him in the year of birth in the same act.
func (s *site) enrolAdd(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	form := actForm{f: f, r: r, today: s.today()}
	facts := form.newPerson()
	act := f.once(f.act(f.subject.Division, "person.add", office.Object{}, ""), r)
	act.Scope = f.scope(office.EnrolPersons)
	var no enrol.PersonNo
	err := form.err()
	if err == nil {
		var receipt store.Receipt
		receipt, err = s.Store.Persons().Change(r.Context(), act, func(t *store.Tx, people store.People) error {
			source, err := t.Source(form.text("document"))
			if err != nil {
				return err
			}
			all := facts
			if form.text("newborn") != "" {
				more, err := s.newborn(f, facts)
				if err != nil {
					return err
				}
				all = append(slices.Clip(facts), more...)
			}
			made, err := people.Add(source, all...)
			if err != nil {
				return err
			}
			people.Done(made)
			t.Answer([]byte(strconv.FormatInt(int64(made), 10)))
			return nil
		})
		n, _ := strconv.ParseInt(string(receipt.Answer), 10, 64) // what was just answered
		no = enrol.PersonNo(n)
	}
	return f.after(w, r, err, f.link("/enrol/person/"+strconv.FormatInt(int64(no), 10)), "add", func(o outcome) error { return s.newAs(f, w, r, o) })
}

// newborn enrols somebody just entered in the year of birth.
//
// 依据: SCE-1.2
func (s *site) newborn(f *frame, facts []enrol.Fact) ([]enrol.Fact, error) {
	file := &enrol.File{}
	file.Add(0, facts...)
	today := s.today()
	rules, err := s.rulesOf(policy.Year(s.Now().Year()))
	if err != nil {
		return nil, err
	}
	return rules.Terms().Enrol(file, enrol.Application{Way: enrol.Newborn, Area: file.On(today).Home.County(), On: today, Year: policy.Year(s.Now().Year())})
}

// newPerson reads who somebody is and where he is registered and lives.
func (a *actForm) newPerson() []enrol.Fact {
	i := enrol.Identity{Document: enrol.Document{Kind: enrol.DocumentKind(a.text("kind")), Number: a.needed("number", "web.enrol.number")}, Name: a.needed("name", "web.enrol.name"), Sex: enrol.Sex(a.text("sex"))}
	if i.Kind == enrol.ResidentCard {
		whole, birth, sex, ok := enrol.ParseNumber(i.Number)
		if !ok {
			a.refuse("web.enrol.number", office.MaskNumber(i.Number), fault.Msg("web.enrol.number.wrong"))
		}
		i.Number, i.Birth, i.Sex = whole, birth, sex
	} else {
		if !i.Kind.Known() {
			a.refuse("web.enrol.number", string(i.Kind), fault.Msg("web.enrol.kind.wrong"))
		}
		if a.needed("birth", "web.enrol.birth") != "" {
			i.Birth = a.day("birth")
		}
		if i.Sex != enrol.Male && i.Sex != enrol.Female {
			i.Sex = enrol.SexNotSet
		}
	}
	if i.Birth > a.today {
		a.refuse("web.enrol.birth", string(i.Birth), fault.Msg("web.enrol.birth.future"))
	}
	facts := []enrol.Fact{enrol.Known{Identity: i}}
	since := max(i.Birth, "1900-01-01")
	home, lives := a.text("home"), a.text("lives")
	if home == "" && lives == "" {
		a.refuse("web.enrol.home", "", fault.Msg("web.enrol.place.needed"))
	}
	if home != "" {
		facts = append(facts, enrol.Registered{On: since, Place: a.place("home")})
	}
	if lives != "" {
		facts = append(facts, enrol.Lives{On: since, Place: a.place("lives")})
	}
	if phone := a.text("phone"); phone != "" {
		facts = append(facts, enrol.Reachable{Phone: phone})
	}
	return facts
}

// standardsModel is what contributions cost, and how far cities are from one another.
type standardsModel struct {
	outcome
	Year     int
	Years    []pickView
	Table    ledgerTable
	Converge ledgerTable
	Versions ledgerTable
	MayKeep  bool
	Ways     []optionView
	Areas    []optionView
	Values   map[string]string
}

func (s *site) standards(f *frame, w http.ResponseWriter, r *http.Request) error {
	o := outcome{Status: http.StatusOK}
	if f.seen.Get("done") == "keep" {
		o.Done = f.T("web.enrol.done.keep")
	}
	if count, err := strconv.Atoi(f.seen.Get("brought")); err == nil {
		o.Done = f.T("web.standards.imported", "count", count)
	}
	return s.standardsAs(f, w, r, o)
}

func (s *site) standardsAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	all, err := s.Store.Standards(r.Context())
	if err != nil {
		return err
	}
	m := standardsModel{outcome: o, Year: s.Now().Year(), MayKeep: f.may(office.EnrolPersons, f.subject.Division), Values: map[string]string{}}
	if asked, err := strconv.Atoi(f.seen.Get("of")); err == nil && asked > 2000 && asked < 2100 {
		m.Year = asked
	}
	for y := s.Now().Year() - 2; y <= s.Now().Year()+1; y++ {
		m.Years = append(m.Years, pickView{Text: strconv.Itoa(y), Path: string(f.here("of", strconv.Itoa(y))), Current: y == m.Year})
	}
	for name := range r.PostForm {
		m.Values[name] = r.PostFormValue(name)
	}
	m.Table, m.Converge = f.standardsTable(all, policy.Year(m.Year)), s.convergence(f, all, policy.Year(m.Year))
	if m.Versions, err = s.versionsTable(f, r.Context(), policy.Year(m.Year)); err != nil {
		return err
	}
	for _, way := range ways() {
		m.Ways = append(m.Ways, optionView{string(way), f.wayName(way) + " (" + f.T("web.insurance."+way.Insurance().String()) + ")", m.Values["way"] == string(way)})
	}
	for _, d := range s.Engine.Tree.Prefectures(f.subject.Division.Province()) {
		if f.scope(office.EnrolPersons).Holds(d.Code) {
			m.Areas = append(m.Areas, optionView{string(d.Code), f.divisionName(d.Code), m.Values["division"] == string(d.Code)})
		}
	}
	if own := f.subject.Division; !slices.ContainsFunc(m.Areas, func(o optionView) bool { return o.Value == string(own) }) {
		m.Areas = append([]optionView{{string(own), f.divisionName(own), m.Values["division"] == string(own)}}, m.Areas...)
	}
	return f.render(w, r, o.Status, standardsPage(f, m))
}

func (f *frame) standardsTable(all enrol.Standards, year policy.Year) ledgerTable {
	t := ledgerTable{ID: "standards", Title: f.T("web.enrol.standards.of", "year", int(year)), Clause: "SC38-5.3", Empty: f.T("web.enrol.standards.none"), Tall: true,
		Heads: f.ledgerHeads("web.enrol.area", "web.enrol.way", "#", "web.enrol.individual", "#", "web.enrol.subsidy", "web.enrol.aid", "#", "web.enrol.average_wage", "#", "web.enrol.employer_rate", "#", "web.enrol.person_rate", "web.enrol.bounds", "web.enrol.basis")}
	for _, x := range all {
		if x.Year != year {
			continue
		}
		var aid []string
		for _, g := range enrol.Groups() {
			if x.Aid[g] != 0 {
				aid = append(aid, f.T("value."+string(g))+" "+x.Aid[g].In(money.Yuan))
			}
		}
		row := []ledgerCell{textCell(f.divisionName(x.Division)), textCell(f.wayName(x.Way)), turnCell(x.Individual), turnCell(x.Subsidy.Total()), textCell(strings.Join(aid, f.T("list.separator"))), turnCell(x.AverageWage)}
		if x.Way.Insurance() == enrol.Employee {
			row = append(row, numberCell(x.EmployerRate.Percent(), x.EmployerRate.String()), numberCell(x.PersonRate.Percent(), x.PersonRate.String()), textCell(x.Floor.Percent()+" \u2013 "+x.Ceiling.Percent()))
		} else {
			row = append(row, textCell(""), textCell(""), textCell(""))
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: append(row, textCell(x.Source))})
	}
	return t
}

// convergence compares the cities' standards.
//
// 依据: SC38-5.3
func (s *site) convergence(f *frame, all enrol.Standards, year policy.Year) ledgerTable {
	t := ledgerTable{ID: "converge", Title: f.T("web.enrol.converge"), Clause: "SC38-5.3", Empty: f.T("web.enrol.converge.none"),
		Heads: f.ledgerHeads("web.enrol.way", "web.enrol.figure", "#", "web.enrol.cities", "#", "web.enrol.least", "#", "web.enrol.most", "#", "web.enrol.spread")}
	var cities []region.Code
	for _, d := range s.Engine.Tree.Prefectures(f.subject.Division.Province()) {
		cities = append(cities, d.Code)
	}
	for _, c := range all.Converge(year, cities) {
		value := func(n int64) ledgerCell { return fenCell(money.Fen(n)) }
		if c.Figure == enrol.EmployerFigure || c.Figure == enrol.PersonFigure {
			value = func(n int64) ledgerCell { return numberCell(money.Rate(n).Percent(), money.Rate(n).String()) }
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.wayName(c.Way)), textCell(f.T("web.enrol.figure." + string(c.Figure))), numberCell(strconv.Itoa(len(c.Values)), strconv.Itoa(len(c.Values))),
			value(c.Least), value(c.Most), numberCell(c.Spread.Exact(4), c.Spread.Exact(6))}})
	}
	return t
}

// keepStandard keeps the standard of a way, year and place.
func (s *site) keepStandard(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	form := actForm{f: f, r: r, today: s.today()}
	fen := func(name string) money.Fen {
		if form.text(name) == "" {
			return 0
		}
		return form.amount(name)
	}
	x := enrol.Standard{Year: policy.Year(form.number("year")), Division: region.Code(form.text("division")), Way: enrol.Way(form.text("way")), Source: form.needed("source", "web.enrol.basis"),
		Individual: fen("individual"), AverageWage: fen("average_wage"), EmployerRate: form.rate("employer_rate"), PersonRate: form.rate("person_rate"), Floor: form.rate("floor"), Ceiling: form.rate("ceiling")}
	x.Subsidy[enrol.Central], x.Subsidy[enrol.Province], x.Subsidy[enrol.City], x.Subsidy[enrol.County] = fen("central"), fen("province"), fen("city"), fen("county")
	for _, g := range enrol.Groups() {
		if amount := fen("aid_" + string(g)); amount != 0 {
			if x.Aid == nil {
				x.Aid = map[enrol.Group]money.Fen{}
			}
			x.Aid[g] = amount
		}
	}
	if x.Year < 2000 || x.Year > 2100 {
		form.refuse("web.enrol.year", form.text("year"), fault.Msg("web.enrol.year.wrong"))
	}
	err := form.err()
	if err == nil {
		act := f.once(f.act(f.subject.Division, "standard.keep", office.Object{Kind: "standard", ID: strconv.Itoa(int(x.Year)) + " " + string(x.Division) + " " + string(x.Way)}, ""), r)
		act.Scope = f.scope(office.EnrolPersons)
		_, err = s.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.SaveStandard(x) })
	}
	return f.after(w, r, err, f.link("/enrol/standards", "of", strconv.Itoa(int(x.Year))), "keep", func(o outcome) error { return s.standardsAs(f, w, r, o) })
}
