package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// deskTodo is work of the desk that waits for the reader, one line for each kind: how much, since when, and when the first of it is due. What has
// no term has no Due.
type deskTodo struct {
	Act, Title, Path, Division, Due, Since, Waited string
	Count                                          int64
	Late                                           bool
}

// deskTodos are reports to be decided about, objections to be answered and targets to be approved.
//
// 依据: SCE-6.2, SCE-10.1, SCE-12.1
func (s *site) deskTodos(f *frame, r *http.Request) ([]deskTodo, error) {
	var out []deskTodo
	for _, find := range []func(*frame, *http.Request) ([]deskTodo, error){s.objectionTodos, s.registrationTodos, s.workTodos, s.targetTodos} {
		some, err := find(f, r)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// waiting fills in since when something waits.
func (t deskTodo) waiting(f *frame, since time.Time) deskTodo {
	waited := f.site.Now().Sub(since)
	t.Since, t.Waited, t.Late = f.moment(since), f.waited(waited), t.Late || waited >= lateAfter
	return t
}

// workTodos are the open items of the lists that the reader decides about.
func (s *site) workTodos(f *frame, r *http.Request) ([]deskTodo, error) {
	if !f.mayOpen("works.decide") {
		return nil, nil
	}
	scope := f.scope(office.EnrolPersons)
	open, err := s.Store.Reports().OpenWorks(r.Context(), scope)
	var out []deskTodo
	for _, x := range open {
		t := deskTodo{Act: f.T("web.todo.desk.decide"), Title: f.T("web.reports.tab.works") + " \u00b7 " + f.T("enrol.matter."+string(x.Matter)), Division: f.divisionName(scope.Division),
			Path: f.link("/enrol/works", "kind", string(x.Matter)), Count: x.Count}
		out = append(out, t.waiting(f, x.Since))
	}
	return out, err
}

// objectionTodos are the objections that wait for an answer of the reader's desk and that he may answer.
func (s *site) objectionTodos(f *frame, r *http.Request) ([]deskTodo, error) {
	if !f.mayOpen("objection.answer") {
		return nil, nil
	}
	all, err := s.Store.Objections().Waiting(r.Context(), f.scope(office.EnrolPersons), f.subject.Division, mostObjections)
	t := deskTodo{Act: f.T("web.todo.desk.answer"), Title: f.T("web.desk.objections"), Division: f.divisionName(f.subject.Division), Path: f.link("/desk")}
	late := 0
	for _, x := range all {
		if x.MayAnswer(f.subject) != nil {
			continue
		}
		t.Count++
		if x.Late(s.today()) {
			late++
		}
		if x.Due != "" && (t.Due == "" || string(x.Due) < t.Due) {
			t.Due = string(x.Due)
		}
	}
	switch {
	case t.Count == 0:
		return nil, err
	case late > 0:
		t.Due, t.Late = f.T("web.todo.desk.overdue", "count", late, "day", t.Due), true
	}
	return []deskTodo{t}, err
}

// targetTodos are the targets of the reader's division that somebody else drafted and he may approve.
func (s *site) targetTodos(f *frame, r *http.Request) ([]deskTodo, error) {
	if !f.mayOpen("targets.act") || !f.may(office.Approve, f.subject.Division) || f.subject.Department != office.MedicalSecurity {
		return nil, nil
	}
	var out []deskTodo
	for year := policy.Year(s.Now().Year()); year <= policy.Year(s.Now().Year())+1; year++ {
		plans, err := s.Store.Targets(r.Context(), f.lookScope(), f.subject.Division, year)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(plans, func(p store.TargetPlan) bool { return p.State == store.TargetDraft && p.Maker != f.subject.ID })
		if at < 0 {
			continue
		}
		t := deskTodo{Act: f.T("web.todo.desk.approve"), Title: f.T("web.targets") + " \u00b7 " + strconv.Itoa(int(year)), Division: f.divisionName(f.subject.Division),
			Path: f.link("/enrol/targets", "of", strconv.Itoa(int(year))), Count: 1}
		out = append(out, t.waiting(f, plans[at].MadeAt))
	}
	return out, nil
}
