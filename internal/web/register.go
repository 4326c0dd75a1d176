package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	desks "tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	registers "tongchou/internal/register"
	"tongchou/internal/store"
)

// routesOfRegisters are the pages of registrations and approvals (备案与认定), for the table of routes.
func (s *site) routesOfRegisters() []route {
	read, act := onOwn(office.ReadPersons), onOwn(office.EnrolPersons)
	return []route{
		{"GET /benefit/registrations", "registrations", false, s.registrations, read},
		{"GET /benefit/registrations/list/{file}", "registrations.export", false, s.registrationsExport, read},
		{"GET /benefit/registrations/one/{id}", "registration", false, s.registration, read},
		{"POST /benefit/registrations/one/{id}", "registration.act", false, s.actOnRegistration, act},
		{"GET /benefit/registrations/for/{no}", "registrations.person", false, s.registrationsFor, read},
		{"POST /benefit/registrations/for/{no}", "registrations.apply", false, s.applyFor, act},
	}
}

// The sizes of the list.
const (
	registrationsShown = 50
	mostRegistrations  = 20000
)

// expiring is the choice of the list that shows what ends soon.
const expiring = "expiring"

// registersModel is the list of registrations.
type registersModel struct {
	outcome
	Kinds, States []pickView
	Table         ledgerTable
	Next, First   string
	Exports       []pickView
	Note          string
}

// registrationView is a registration as pages show it.
type registrationView struct {
	ID, Version, Person, PersonNo, Kind, About, Spell, State, Mark, Channel, Desk string
	Steps                                                                         []stepLine
	MayWithdraw                                                                   bool
}

// registerTerms are the rules of registrations today.
func (s *site) registerTerms() registers.Terms { return registers.TermsOf(s.pack.At(s.today())) }

// registrationView says what a registration is about and what became of it.
func (f *frame) registrationView(x registers.Registration) registrationView {
	today := f.site.today()
	state := x.StateOn(today)
	v := registrationView{ID: x.ID(), Version: strconv.FormatInt(x.Version, 10), PersonNo: strconv.FormatInt(int64(x.Person), 10), Kind: f.T("register.kind." + string(x.Kind)), About: f.aboutRegistration(&x),
		Spell: f.spellText(x.Spell), State: f.T("register.state." + string(state)), Channel: f.T("register.channel." + string(x.Channel)), Desk: f.divisionName(x.County), MayWithdraw: x.MayWithdraw(today) == nil}
	if x.State == registers.Withdrawn && x.To < x.From {
		v.Spell = orDash("")
	}
	v.Mark = map[registers.State]string{registers.Approved: "good", registers.Applied: "warn"}[state]
	if v.Mark == "" {
		v.Mark = "plain"
	}
	v.Person = f.link("/benefit/registrations/for/" + v.PersonNo)
	for _, step := range x.Steps {
		line := stepLine{At: f.moment(step.At), Who: f.T("register.channel." + string(x.Channel)), Deed: f.T("register.deed." + string(step.Deed)), Text: step.Text}
		if step.Division != "" {
			line.Who = f.divisionName(step.Division)
		}
		v.Steps = append(v.Steps, line)
	}
	return v
}

// aboutRegistration says where to, of what disease, or at which institution.
func (f *frame) aboutRegistration(x *registers.Registration) string {
	var parts []string
	switch {
	case x.Kind.Away():
		parts = []string{f.divisionName(x.Area), x.Institution}
	case x.Kind == registers.TwoDisease:
		parts = []string{f.T("register.disease." + x.Disease)}
	case x.Kind == registers.Chronic:
		parts = []string{x.DiseaseName, x.Disease}
	default:
		parts = []string{x.Institution}
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}

// registrationQuery reads what the address asks for: what waits, unless it says otherwise.
func (s *site) registrationQuery(f *frame) (q store.RegistrationQuery, state string) {
	q = store.RegistrationQuery{Limit: registrationsShown + 1, Today: s.today(), State: registers.Applied}
	if kind := registers.Kind(f.seen.Get("kind")); slices.Contains(registers.Kinds(), kind) {
		q.Kind = kind
	}
	state = f.seen.Get("state")
	switch {
	case state == expiring:
		q.State, q.EndsBy = registers.Approved, policy.Date(s.Now().AddDate(0, 0, s.registerTerms().Expiring).Format("2006-01-02"))
	case state == "all":
		q.State = ""
	case slices.Contains(registers.States(), registers.State(state)):
		q.State = registers.State(state)
	default:
		state = string(registers.Applied)
	}
	if from, err := strconv.Atoi(f.seen.Get("from")); err == nil && from > 0 {
		q.From = from
	}
	return q, state
}

func (s *site) registrations(f *frame, w http.ResponseWriter, r *http.Request) error {
	q, state := s.registrationQuery(f)
	all, err := s.Store.Registrations().In(r.Context(), f.worker(office.ReadPersons), q)
	if err != nil {
		return err
	}
	m := registersModel{outcome: f.registerDone()}
	if len(all) > registrationsShown {
		all = all[:registrationsShown]
		m.Next = string(f.here("from", strconv.Itoa(q.From+registrationsShown), "done", ""))
	}
	if q.From > 0 {
		m.First = string(f.here("from", "", "done", ""))
	}
	for _, choice := range []string{string(registers.Applied), string(registers.Approved), expiring, string(registers.Expired), string(registers.Refused), string(registers.Withdrawn), "all"} {
		m.States = append(m.States, pickView{f.T("register.state." + choice), string(f.here("state", choice, "from", "", "done", "")), choice == state})
	}
	m.Kinds = append(m.Kinds, pickView{f.T("register.state.all"), string(f.here("kind", "", "from", "", "done", "")), q.Kind == ""})
	for _, kind := range registers.Kinds() {
		m.Kinds = append(m.Kinds, pickView{f.T("register.kind." + string(kind)), string(f.here("kind", string(kind), "from", "", "done", "")), kind == q.Kind})
	}
	m.Table = f.registrationsTable(all, true)
	if f.may(office.Export, f.subject.Division) {
		for _, file := range []string{"export.xlsx", "export.csv"} {
			m.Exports = append(m.Exports, pickView{Text: strings.ToUpper(file[len("export."):]), Path: f.link("/benefit/registrations/list/"+file, "kind", string(q.Kind), "state", state)})
		}
	}
	return f.render(w, r, http.StatusOK, registrationsPage(f, m))
}

func (f *frame) registerDone() outcome {
	o := outcome{Status: http.StatusOK}
	if done := f.seen.Get("done"); slices.Contains(registers.States(), registers.State(done)) {
		o.Done = f.T("register.done." + done)
	}
	return o
}

// registrationsTable lists registrations; of many persons with the number of each.
func (f *frame) registrationsTable(all []registers.Registration, many bool) ledgerTable {
	t := ledgerTable{ID: "registrations", Title: f.T("register.title"), Clause: "SCE-7.2", Empty: f.T("register.none"),
		Heads: f.ledgerHeads("register.number", "register.column.kind", "register.about", "register.spell", "register.state", "register.channel", "register.desk")}
	if many {
		t.Heads = slices.Insert(t.Heads, 1, f.ledgerHeads("register.person")...)
	}
	for _, x := range all {
		v := f.registrationView(x)
		cells := []ledgerCell{linkCell(v.ID, f.link("/benefit/registrations/one/"+v.ID)), textCell(v.Kind), textCell(orDash(v.About)), textCell(v.Spell), markCell(v.State, v.Mark), textCell(v.Channel), textCell(v.Desk)}
		if many {
			cells = slices.Insert(cells, 1, linkCell(v.PersonNo, v.Person))
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: cells})
	}
	return t
}

// registrationsExport gives the list as a file.
func (s *site) registrationsExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := f.refusal(office.Export, f.subject.Division); err != nil {
		f.turnAway(w, r, refusedRight{err})
		return nil
	}
	q, state := s.registrationQuery(f)
	q.From, q.Limit = 0, mostRegistrations+1
	all, err := s.Store.Registrations().In(r.Context(), f.worker(office.ReadPersons), q)
	if err != nil {
		return err
	}
	if len(all) > mostRegistrations {
		return fault.New(fault.Refused, "web.lists.too_many", "most", mostRegistrations)
	}
	notes := []exchange.Note{{Name: f.T("register.title"), Text: f.T("register.state." + state)}}
	return f.takeTables(w, r.PathValue("file"), "registrations-"+string(f.subject.Division), notes, []ledgerTable{f.registrationsTable(all, true)})
}

// registrationModel is one registration, with what may be done about it.
type registrationModel struct {
	outcome
	registrationView
	File      string // the address of the person's file
	Why       string // why the reader may not decide
	MayDecide bool
	Text      string
}

func (s *site) registration(f *frame, w http.ResponseWriter, r *http.Request) error {
	return s.registrationAs(f, w, r, f.registerDone())
}

// registrationAt finds the registration that the address names, in the reader's reach.
func (s *site) registrationAt(f *frame, r *http.Request) (registers.Registration, error) {
	person, no, ok := desks.ParseID(r.PathValue("id"))
	if !ok {
		return registers.Registration{}, errNotFound
	}
	x, found, err := s.Store.Registrations().Look(r.Context(), f.worker(office.ReadPersons), person, no)
	if err != nil || !found {
		return x, orNotFound(err)
	}
	return x, nil
}

func (s *site) registrationAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	x, err := s.registrationAt(f, r)
	if err != nil {
		return err
	}
	m := registrationModel{outcome: o, registrationView: f.registrationView(x), Text: r.PostFormValue("text")}
	m.File = f.link("/enrol/person/" + m.PersonNo)
	for i, step := range x.Steps {
		if step.Division != "" {
			m.Steps[i].Who += " " + string(step.By)
		}
	}
	refusal := x.MayDecide(f.subject)
	if m.MayDecide = refusal == nil && f.may(office.EnrolPersons, x.County); refusal != nil && x.State == registers.Applied {
		m.Why = f.problemTexts(refusal)[0]
	}
	m.MayWithdraw = m.MayWithdraw && f.may(office.EnrolPersons, x.County)
	return f.render(w, r, o.Status, registrationPage(f, m))
}

// actOnRegistration approves, refuses or withdraws a registration as it was seen.
func (s *site) actOnRegistration(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	x, err := s.registrationAt(f, r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // a version there is not is stale
	text, done := r.PostFormValue("text"), registers.Withdrawn
	do := func(x registers.Registration) (registers.Registration, error) {
		return x.Withdraw(version, registers.By{Who: f.subject.ID, Division: f.subject.Division, At: s.Now()}, text)
	}
	if act := r.PostFormValue("act"); act != "withdraw" {
		approve := act == "approve"
		if done = registers.Refused; approve {
			done = registers.Approved
		}
		do = func(x registers.Registration) (registers.Registration, error) {
			return x.Decide(registers.Decision{Version: version, By: f.subject, At: s.Now(), Approve: approve, Text: text})
		}
	}
	act := f.once(f.worker(office.EnrolPersons), r)
	act.Action = "registration." + string(done)
	_, _, err = s.Store.Registrations().Change(r.Context(), act, x.Person, func(all []registers.Registration) (registers.Registration, error) {
		return do(all[x.No-1])
	})
	switch {
	case err == nil:
		http.Redirect(w, r, f.link("/benefit/registrations/one/"+x.ID(), "done", string(done)), http.StatusSeeOther)
		return nil
	case refusable(err):
		return s.registrationAs(f, w, r, f.refusedOutcome(err))
	}
	return err
}

// registersOfModel are a person's registrations, and the form for another.
type registersOfModel struct {
	outcome
	No, Name, File string
	Table          ledgerTable
	May            bool
	Form           registerForm
	Account        accountView
}

// registerForm is what an application says.
type registerForm struct {
	Kinds, Two     []optionView
	Areas          []optionView
	Values         map[string]string
	Back           int
	From, Earliest string
	Assumed        bool
}

// registerForm fills the form with what was sent.
func (f *frame) registerForm(r *http.Request) registerForm {
	s, terms := f.site, f.site.registerTerms()
	m := registerForm{Values: map[string]string{}, Back: terms.BackDays, From: string(s.today()), Assumed: terms.Assumed}
	m.Earliest = s.Now().AddDate(0, 0, -terms.BackDays).Format("2006-01-02")
	for _, name := range []string{"area", "institution", "disease", "disease_name", "to", "reason"} {
		m.Values[name] = r.PostFormValue(name)
	}
	if from := r.PostFormValue("from"); from != "" {
		m.From = from
	}
	for _, kind := range registers.Kinds() {
		m.Kinds = append(m.Kinds, optionView{string(kind), f.T("register.kind." + string(kind)), string(kind) == r.PostFormValue("kind")})
	}
	for _, disease := range registers.TwoDiseases() {
		m.Two = append(m.Two, optionView{disease, f.T("register.disease." + disease), disease == r.PostFormValue("two")})
	}
	home := s.home()
	for _, d := range s.Engine.Tree.Prefectures(home) {
		m.Areas = append(m.Areas, optionView{Value: string(d.Code), Text: f.divisionName(d.Code)})
	}
	return m
}

// applied reads the form.
func applied(r *http.Request, p store.Person, channel registers.Channel) registers.Registration {
	x := registers.Registration{Person: p.No, County: p.County, Channel: channel, Kind: registers.Kind(r.PostFormValue("kind")), Reason: r.PostFormValue("reason"),
		Spell: enrol.Spell{From: policy.Date(r.PostFormValue("from")), To: policy.Date(r.PostFormValue("to"))}}
	switch {
	case x.Kind.Away():
		x.Area, x.Institution = region.Code(strings.TrimSpace(r.PostFormValue("area"))), r.PostFormValue("institution")
	case x.Kind == registers.TwoDisease:
		x.Disease = r.PostFormValue("two")
	case x.Kind == registers.Chronic:
		x.Disease, x.DiseaseName, x.Institution = r.PostFormValue("disease"), r.PostFormValue("disease_name"), r.PostFormValue("institution")
	default:
		x.Institution = r.PostFormValue("institution")
	}
	return x
}

func (s *site) registrationsFor(f *frame, w http.ResponseWriter, r *http.Request) error {
	return s.registrationsForAs(f, w, r, f.registerDone())
}

func (s *site) registrationsForAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	p, err := s.readPerson(f, r)
	if err != nil {
		return err
	}
	all, err := s.Store.Registrations().Of(r.Context(), p.No)
	if err != nil {
		return err
	}
	no := strconv.FormatInt(int64(p.No), 10)
	m := registersOfModel{outcome: o, No: no, Name: office.MaskName(p.Identity().Name), File: f.link("/enrol/person/" + no), Table: f.registrationsTable(all, false), May: f.may(office.EnrolPersons, p.County), Form: f.registerForm(r)}
	if m.Account, err = s.accountView(f, r, p); err != nil {
		return err
	}
	return f.render(w, r, o.Status, registrationsOfPage(f, m))
}

// applyFor enters an application at the counter; somebody else decides about it.
func (s *site) applyFor(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	p, err := s.readPerson(f, r)
	if err != nil {
		return err
	}
	if err := f.refusal(office.EnrolPersons, p.County); err != nil {
		return err
	}
	act := f.once(f.worker(office.EnrolPersons), r)
	act.Action = "registration.applied"
	_, _, err = s.Store.Registrations().Change(r.Context(), act, p.No, func(all []registers.Registration) (registers.Registration, error) {
		return registers.Apply(applied(r, p, registers.AtCounter), all, registers.By{Who: f.subject.ID, Division: f.subject.Division, At: s.Now()}, s.registerTerms())
	})
	switch {
	case err == nil:
		http.Redirect(w, r, f.link("/benefit/registrations/for/"+strconv.FormatInt(int64(p.No), 10), "done", string(registers.Applied)), http.StatusSeeOther)
		return nil
	case refusable(err):
		return s.registrationsForAs(f, w, r, f.refusedOutcome(err))
	}
	return err
}

// registrationTodos are the applications that wait at the reader's desk and that somebody else entered.
func (s *site) registrationTodos(f *frame, r *http.Request) ([]deskTodo, error) {
	if !f.mayOpen("registration.act") {
		return nil, nil
	}
	n, err := s.Store.Registrations().Waiting(r.Context(), f.scope(office.EnrolPersons), f.subject.ID)
	if err != nil || n == 0 {
		return nil, err
	}
	return []deskTodo{{Act: f.T("web.todo.desk.decide"), Title: f.T("register.title"), Division: f.divisionName(f.subject.Division), Path: f.link("/benefit/registrations"), Count: n}}, nil
}
