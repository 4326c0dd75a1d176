package web

import (
	"net/http"
	"strconv"

	desks "tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// objectionsModel is what a person objected to, or somebody for him.
type objectionsModel struct {
	outcome
	Name  string // who reads
	Whose string // whose objections, when they are another's
	For   string // the grant
	All   []objectionView
	Years []pickView
	Text  string // of an appeal that was refused
	Acted string
}

// objectionView is an objection as pages show it.
type objectionView struct {
	ID, Version, About, AboutText string
	State, Desk, Due              string
	Open, Late                    bool
	MayAppeal                     bool
	Steps                         []stepLine
}

// stepLine is a step of an objection.
type stepLine struct{ At, Who, Deed, Outcome, Clause, Law, Text string }

// objectionFormModel is the form for an objection.
type objectionFormModel struct {
	outcome
	Name, Whose, For  string
	Matter, Bill      string
	Subject           int
	About, Text, Term string
	Assumed           bool
}

// objector is who reads, and whose file the request is about: his own, or another's by a grant. act is what the other's county keeps of it.
func (s *site) objector(me *insured, r *http.Request, grant, what string) (own, of store.Person, err error) {
	if grant == "" {
		own, err = me.own(r)
		return own, own, err
	}
	own, of, _, err = s.granted(me, r, grant, desks.ObjectionPart, what)
	return own, of, err
}

// whose is the name of another whose file it is, masked; empty for the reader's own.
func whose(own, of store.Person) string {
	if own.No == of.No {
		return ""
	}
	return office.MaskName(of.Identity().Name)
}

func (s *site) objectionTerms() desks.Terms {
	return desks.TermsOf(s.pack.At(s.today()))
}

func (s *site) myObjections(me *insured, w http.ResponseWriter, r *http.Request) error {
	own, of, err := s.objector(me, r, me.seen.Get("for"), "objections")
	if err != nil {
		return err
	}
	return s.objectionsAs(me, w, r, own, of, me.seen.Get("for"), me.myDone())
}

func (s *site) objectionsAs(me *insured, w http.ResponseWriter, r *http.Request, own, of store.Person, grant string, o outcome) error {
	m := objectionsModel{outcome: o, Name: own.Identity().Name, Whose: whose(own, of), For: grant, Text: r.PostFormValue("text"), Acted: r.PathValue("id")}
	for y := max(2025, s.Now().Year()-1); y <= s.Now().Year()+1; y++ {
		m.Years = append(m.Years, pickView{Text: strconv.Itoa(y), Path: me.myLink("/my/objections/new", "year", strconv.Itoa(y), "for", grant)})
	}
	all, err := s.Store.Objections().Of(r.Context(), of.No)
	if err != nil {
		return err
	}
	for _, x := range all {
		m.All = append(m.All, me.objectionView(x, of.File))
	}
	return me.render(w, r, o.Status, myObjectionsPage(me.frame, m))
}

// deskName says whose desk a step was done at; a person's own steps are his.
func (f *frame) deskName(s desks.Step) string {
	if s.Division == "" {
		return f.T("web.my.objection.own")
	}
	return f.divisionName(s.Division)
}

// objectionView says what an objection is about and what became of it. file may be nil: then an entry goes by its number.
func (f *frame) objectionView(x desks.Objection, file *enrol.File) objectionView {
	today := f.site.today()
	v := objectionView{ID: x.ID(), Version: strconv.FormatInt(x.Version, 10), About: f.aboutText(x), State: f.T("web.my.objection.state." + string(x.State)),
		Desk: f.divisionName(x.Desk), Due: string(x.Due), Open: x.State == desks.Waiting, Late: x.Late(today), MayAppeal: x.MayAppeal(today) == nil}
	if x.Matter == desks.OfRecord && file != nil && x.Subject <= len(file.Entries) {
		kind, said := f.factText(file.Entries[x.Subject-1].Fact, false)
		v.AboutText = kind + " " + said
	}
	for _, s := range x.Steps {
		line := stepLine{At: f.moment(s.At), Who: f.deskName(s), Deed: f.T("web.my.objection.deed." + string(s.Deed)), Clause: string(s.Clause), Text: s.Text}
		if s.Outcome != "" {
			line.Outcome, line.Law = f.T("web.my.objection.outcome."+string(s.Outcome)), f.clauseText(string(s.Clause))
		}
		v.Steps = append(v.Steps, line)
	}
	return v
}

func (f *frame) aboutText(x desks.Objection) string {
	if x.Matter == desks.OfBill {
		return f.T("web.my.objection.about.bill", "subject", shortID(x.Bill))
	}
	return f.T("web.my.objection.about."+string(x.Matter), "subject", x.Subject)
}

// objected reads what a form or an address objects to: an entry of the file that holds, a year of entitlement, or a bill of the person's that was not undone.
func (s *site) objected(r *http.Request, of store.Person, record, year, bill string) (x desks.Objection, err error) {
	x = desks.Objection{Person: of.No, County: of.County}
	if bill != "" {
		found, known, err := s.Store.Settlements().Own(r.Context(), of.No, bill)
		if err != nil || !known || found.Mirrors != "" {
			return x, orNotFound(err)
		}
		x.Matter, x.Subject, x.Bill = desks.OfBill, 1, bill
		return x, nil
	}
	if n, err := strconv.Atoi(record); err == nil && n >= 1 && n <= len(of.Entries) && !of.Voided()[n-1] {
		x.Matter, x.Subject = desks.OfRecord, n
		return x, nil
	}
	if y, err := strconv.Atoi(year); err == nil && y >= 2025 && y < 2100 {
		x.Matter, x.Subject = desks.OfEntitlement, y
		return x, nil
	}
	return x, errNotFound
}

func (s *site) myObjectionForm(me *insured, w http.ResponseWriter, r *http.Request) error {
	grant := me.seen.Get("for")
	own, of, err := s.objector(me, r, grant, "objections")
	if err != nil {
		return err
	}
	x, err := s.objected(r, of, me.seen.Get("record"), me.seen.Get("year"), me.seen.Get("bill"))
	if err != nil {
		return err
	}
	return s.objectionFormAs(me, w, r, own, of, x, grant, outcome{Status: http.StatusOK})
}

func (s *site) objectionFormAs(me *insured, w http.ResponseWriter, r *http.Request, own, of store.Person, about desks.Objection, grant string, o outcome) error {
	terms := s.objectionTerms()
	x := me.objectionView(about, of.File)
	m := objectionFormModel{outcome: o, Name: own.Identity().Name, Whose: whose(own, of), For: grant, Matter: string(about.Matter), Subject: about.Subject, Bill: about.Bill, Text: r.PostFormValue("text"),
		About: x.About + " " + x.AboutText, Assumed: terms.Assumed, Term: me.T("web.my.objection.no_term")}
	if terms.AnswerDays > 0 {
		m.Term = me.T("web.my.objection.term", "answer", terms.AnswerDays, "appeal", terms.AppealDays)
	}
	return me.render(w, r, o.Status, myObjectionPage(me.frame, m))
}

// myObject files an objection, by the person himself or by whom he lets.
func (s *site) myObject(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	grant := r.PostFormValue("for")
	own, of, err := s.objector(me, r, grant, "filed")
	if err != nil {
		return err
	}
	record, year := "", r.PostFormValue("subject")
	if r.PostFormValue("matter") == string(desks.OfRecord) {
		record, year = year, ""
	}
	about, err := s.objected(r, of, record, year, r.PostFormValue("bill"))
	if err != nil {
		return err
	}
	if about.Maker, err = s.makerOf(r, of.File, about.Matter, about.Subject); err != nil {
		return err
	}
	x, err := desks.File(about, r.PostFormValue("text"), store.OwnID(own.No), s.Now(), s.objectionTerms())
	if err == nil {
		_, _, err = s.Store.Objections().Save(r.Context(), me.objecting(r, of, "own.objection"), x)
	}
	return s.afterObjecting(me, w, r, err, grant, "filed", func(o outcome) error {
		return s.objectionFormAs(me, w, r, own, of, about, grant, o)
	})
}

// makerOf is who made the entry that somebody objects to, where that is known.
func (s *site) makerOf(r *http.Request, file *enrol.File, matter desks.Matter, subject int) (office.UserID, error) {
	if matter != desks.OfRecord {
		return "", nil
	}
	source := file.Entries[subject-1].Source
	sources, err := s.Store.Persons().Sources(r.Context(), source)
	return sources[source].Who, err
}

// objecting is an act about an objection of a person: it stands in the chain of his county, in the reader's name.
func (me *insured) objecting(r *http.Request, of store.Person, action string) store.Act {
	act := me.once(r)
	act.Chain, act.Scope, act.Who, act.Action = of.County, store.ScopeOf(of.County), store.OwnID(me.Person), action
	return act
}

func (s *site) afterObjecting(me *insured, w http.ResponseWriter, r *http.Request, err error, grant, done string, page func(outcome) error) error {
	switch {
	case err == nil:
		http.Redirect(w, r, me.myLink("/my/objections", "for", grant, "done", done), http.StatusSeeOther)
		return nil
	case refusable(err):
		return page(me.refusedOutcome(err))
	}
	return err
}

// myObjectionAct appeals against an answer, or takes an objection back.
func (s *site) myObjectionAct(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	grant := r.PostFormValue("for")
	own, of, err := s.objector(me, r, grant, "filed")
	if err != nil {
		return err
	}
	person, no, ok := desks.ParseID(r.PathValue("id"))
	if !ok || person != of.No {
		return errNotFound
	}
	x, found, err := s.objectionOf(r, of, no)
	if err != nil || !found {
		return orNotFound(err)
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // a version there is not is stale
	by, action, done := store.OwnID(own.No), "own.withdraw", "withdrawn"
	var after desks.Objection
	if r.PostFormValue("act") == "appeal" {
		action, done = "own.appeal", "appealed"
		after, err = x.Appeal(version, r.PostFormValue("text"), by, s.Now(), s.objectionTerms())
	} else {
		after, err = x.TakeBack(version, by, s.Now())
	}
	act := me.objecting(r, of, action)
	act.Chain, act.Scope = x.County, store.ScopeOf(x.County)
	if err == nil {
		_, _, err = s.Store.Objections().Save(r.Context(), act, after)
	}
	return s.afterObjecting(me, w, r, err, grant, done, func(o outcome) error { return s.objectionsAs(me, w, r, own, of, grant, o) })
}

func (s *site) objectionOf(r *http.Request, of store.Person, no int) (desks.Objection, bool, error) {
	all, err := s.Store.Objections().Of(r.Context(), of.No)
	for _, x := range all {
		if x.No == no {
			return x, true, err
		}
	}
	return desks.Objection{}, false, err
}
