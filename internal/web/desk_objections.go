package web

import (
	"cmp"
	"net/http"
	"strconv"

	desks "tongchou/internal/desk"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// routesOfDesk are the pages of services to insured persons (经办服务), for the table of routes.
func (s *site) routesOfDesk() []route {
	read := onOwn(office.ReadPersons)
	return []route{
		{"GET /desk", "desk", false, s.desk, read},
		{"GET /desk/objections/{id}", "objection", false, s.objection, read},
		{"POST /desk/objections/{id}", "objection.answer", false, s.answerObjection, onOwn(office.EnrolPersons)},
	}
}

// deskModel is what the desk has to do.
type deskModel struct {
	outcome
	Table ledgerTable
	Open  int
}

// mostObjections is how many objections are listed.
const mostObjections = 500

func (s *site) desk(f *frame, w http.ResponseWriter, r *http.Request) error {
	all, err := s.Store.Objections().In(r.Context(), f.scope(office.ReadPersons), mostObjections)
	if err != nil {
		return err
	}
	m := deskModel{outcome: outcome{Status: http.StatusOK}, Table: ledgerTable{ID: "objections", Title: f.T("web.desk.objections"), Clause: "SCE-6.2", Empty: f.T("web.desk.none"),
		Heads: f.ledgerHeads("web.desk.number", "web.desk.about", "web.my.objection.state", "web.desk.at", "web.desk.due")}}
	if f.seen.Get("done") == "answered" {
		m.Done = f.T("web.desk.done")
	}
	for _, x := range all {
		v := f.objectionView(x, nil)
		due := textCell(orDash(v.Due))
		if v.Late {
			due = markCell(f.T("web.desk.late", "day", v.Due), "warn")
		}
		if x.MayAnswer(f.subject) == nil {
			m.Open++
		}
		m.Table.Rows = append(m.Table.Rows, ledgerRow{Cells: []ledgerCell{linkCell(v.ID, f.link("/desk/objections/"+v.ID)), textCell(v.About), textCell(v.State + f.roundText(x)), textCell(v.Desk), due}})
	}
	return f.render(w, r, http.StatusOK, deskPage(f, m))
}

// roundText marks an appeal.
func (f *frame) roundText(x desks.Objection) string {
	if x.Round == 2 {
		return " \u00b7 " + f.T("web.my.objection.deed.appealed")
	}
	return ""
}

// objectionModel is an objection at the desk.
type objectionModel struct {
	outcome
	objectionView
	Person   string           // the address of the person's file
	Bill     *settlementModel // the bill it is about
	May      bool
	Why      string // why the reader may not answer
	Outcomes []optionView
	Clauses  []optionView
	Text     string
}

func (s *site) objection(f *frame, w http.ResponseWriter, r *http.Request) error {
	return s.objectionAs(f, w, r, outcome{Status: http.StatusOK})
}

// lookedAt finds the objection that the address names, in the reader's reach.
func (s *site) lookedAt(f *frame, r *http.Request) (desks.Objection, error) {
	person, no, ok := desks.ParseID(r.PathValue("id"))
	if !ok {
		return desks.Objection{}, errNotFound
	}
	act := f.act(f.subject.Division, "", office.Object{}, "")
	act.Scope = f.scope(office.ReadPersons)
	x, found, err := s.Store.Objections().Look(r.Context(), act, person, no)
	if err != nil || !found {
		return x, orNotFound(err)
	}
	return x, nil
}

func (s *site) objectionAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	x, err := s.lookedAt(f, r)
	if err != nil {
		return err
	}
	m := objectionModel{outcome: o, objectionView: f.objectionView(x, nil), Person: f.link("/enrol/person/" + strconv.FormatInt(int64(x.Person), 10)), Text: r.PostFormValue("text")}
	for i, step := range x.Steps {
		if step.Division != "" {
			m.Steps[i].Who += " " + string(step.By)
		}
	}
	if m.Bill, err = s.billAtDesk(f, r, x); err != nil {
		return err
	}
	refusal := x.MayAnswer(f.subject)
	if m.May = refusal == nil && f.may(office.EnrolPersons, x.Desk); !m.May && refusal != nil && x.State == desks.Waiting {
		m.Why = f.problemTexts(refusal)[0]
	}
	for _, c := range desks.Outcomes() {
		m.Outcomes = append(m.Outcomes, optionView{string(c), f.T("web.my.objection.outcome." + string(c)), string(c) == r.PostFormValue("outcome")})
	}
	m.Clauses = f.clauseOptions(cmp.Or(r.PostFormValue("clause"), map[desks.Matter]string{desks.OfRecord: "SCE-4.1", desks.OfEntitlement: "SCE-3.2", desks.OfBill: "SC38-6.3"}[x.Matter]))
	return f.render(w, r, o.Status, objectionPage(f, m))
}

// clauseOptions are all clauses, each with the beginning of what it says.
func (f *frame) clauseOptions(chosen string) []optionView {
	const most = 30
	var out []optionView
	for _, c := range f.site.Engine.Library.Clauses {
		text := []rune(f.clauseText(string(c.ID)))
		if len(text) > most {
			text = append(text[:most], '\u2026')
		}
		out = append(out, optionView{string(c.ID), string(c.ID) + " " + string(text), string(c.ID) == chosen})
	}
	return out
}

// answerObjection answers an objection, as it was seen.
func (s *site) answerObjection(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	x, err := s.lookedAt(f, r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // a version there is not is stale
	clause := policy.ClauseID(r.PostFormValue("clause"))
	if _, known := s.Engine.Library.Clause(clause); !known {
		clause = ""
	}
	after, err := x.Answer(desks.Answer{Version: version, By: f.subject, At: s.Now(), Outcome: desks.Outcome(r.PostFormValue("outcome")), Clause: clause, Text: r.PostFormValue("text")}, s.objectionTerms())
	if err == nil {
		act := f.once(f.act(f.subject.Division, "objection.answer", office.Object{}, ""), r)
		act.Scope = f.scope(office.EnrolPersons)
		_, _, err = s.Store.Objections().Save(r.Context(), act, after)
	}
	switch {
	case err == nil:
		http.Redirect(w, r, f.link("/desk", "done", "answered"), http.StatusSeeOther)
		return nil
	case refusable(err):
		return s.objectionAs(f, w, r, f.refusedOutcome(err))
	}
	return err
}
