package web

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

func (s *site) targetsAct(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	v, err := s.targetView(f, r)
	if err != nil {
		return err
	}
	act := r.PostFormValue("act")
	right := map[string]office.Action{"propose": office.Make, "save": office.Make, "revise": office.Make, "approve": office.Approve}[act]
	if right == "" || len(v.parts) == 0 {
		return errNotFound
	}
	if err := v.allows(right); err != nil {
		f.turnAway(w, r, refusedRight{err})
		return nil
	}
	var sent *enrol.TargetPlan
	switch act {
	case "approve":
		err = v.approve(r)
	case "revise":
		err = v.revise(r)
	default:
		var plan enrol.TargetPlan
		if plan, err = v.sent(r); err == nil && act == "propose" {
			v.propose(&plan)
			return v.show(w, r, outcome{Status: http.StatusOK}, &plan)
		}
		if sent = &plan; err == nil {
			err = v.keep(r, plan, act)
		}
	}
	if errors.Is(err, office.ErrStale) {
		err = fault.New(fault.Refused, "remit.stale")
	}
	return f.after(w, r, err, v.at(""), act, func(o outcome) error { return v.show(w, r, o, sent) })
}

// allows refuses whoever may not do something to the plan.
func (v *targetView) allows(a office.Action) error {
	if v.subject.Department != office.MedicalSecurity {
		return fault.New(fault.Refused, "web.targets.department")
	}
	return v.refusal(a, v.division)
}

// sent is the plan that a form asks for.
func (v *targetView) sent(r *http.Request) (enrol.TargetPlan, error) {
	form := actForm{f: v.frame, r: r}
	p := v.empty()
	p.Source, p.Made = form.text("source"), v.synthetic()
	if draft, drafted := v.draft(); drafted {
		p.Made = p.Made || draft.Made
	}
	if v.division.IsProvince() {
		p.Total = form.people("total", v.T("web.targets.target"))
	}
	counts := slices.Clone(p.Parts)
	v.propose(&p)
	for i := range counts {
		p.Parts[i].Count = form.people("part_"+string(counts[i].Division), v.divisionName(counts[i].Division))
	}
	return p, form.err()
}

// people reads a whole number of people, which may be written with commas.
func (a *actForm) people(name, label string) int64 {
	text := strings.NewReplacer(",", "", "\uff0c", "", " ", "").Replace(a.text(name))
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 2_000_000_000 {
		a.list.Add(fault.Problem{Column: label, Value: a.text(name), Message: fault.Msg("web.targets.people.wrong")})
		return 0
	}
	return n
}

// keep saves a plan as the draft, or refuses it with the clause.
func (v *targetView) keep(r *http.Request, p enrol.TargetPlan, name string) error {
	if !v.division.IsProvince() && !v.hasAbove {
		return fault.Refuse(fault.Problem{Message: fault.Msg("web.targets.above.none", "place", v.divisionName(aboveOf(v.division))), Clause: "SCE-12.1"})
	}
	draft, drafted := v.draft()
	if name == "save" && r.PostFormValue("version") != strconv.Itoa(int(draft.Version)) {
		return office.ErrStale
	}
	x := store.TargetPlan{TargetPlan: p, Revision: draft.Revision, State: store.TargetDraft, Maker: v.subject.ID, MadeAt: v.site.Now(), Version: draft.Version + 1}
	if !drafted {
		x.Revision = len(v.plans) + 1
	}
	return v.write(r, x, name)
}

// write keeps a plan with its entry in the audit chain.
func (v *targetView) write(r *http.Request, p store.TargetPlan, name string) error {
	act := v.once(v.act(v.division, "targets."+name, office.Object{Kind: "targets", ID: string(v.division) + " " + strconv.Itoa(int(v.year)) + " " + strconv.Itoa(p.Revision)}, ""), r)
	act.After = []office.Field{{Name: "total", Value: strconv.FormatInt(p.Total, 10)}, {Name: "sum", Value: strconv.FormatInt(p.Sum(), 10)}, {Name: "source", Value: p.Source}}
	_, err := v.site.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.SaveTargets(p) })
	return err
}

// approve puts the draft in force: by somebody else than its maker, and while the target above is still the one it breaks down.
func (v *targetView) approve(r *http.Request) error {
	draft, drafted := v.draft()
	if !drafted || r.PostFormValue("version") != strconv.Itoa(int(draft.Version)) {
		return office.ErrStale
	}
	if !v.division.IsProvince() && draft.Total != v.above.Count {
		return fault.Refuse(fault.Problem{Message: fault.Msg("web.targets.above.changed", "was", draft.Total, "now", v.above.Count), Clause: "SCE-12.1"})
	}
	draft.State, draft.Approver, draft.ApprovedAt, draft.Version = store.TargetApproved, v.subject.ID, v.site.Now(), draft.Version+1
	return v.write(r, draft, "approve")
}

// revise begins a new draft from the plan in force, by the target above as it is now.
func (v *targetView) revise(r *http.Request) error {
	approved, has := v.approved()
	if _, drafted := v.draft(); drafted || !has {
		return office.ErrStale
	}
	p := approved.TargetPlan
	if !v.division.IsProvince() && p.Total != v.above.Count {
		p.Total = v.above.Count
		v.propose(&p)
	}
	p.Weights, p.Allowed = v.weights, v.allowed
	return v.keep(r, p, "revise")
}

// targetsTemplate is a workbook to fill in: the draft, or what is proposed.
func (s *site) targetsTemplate(f *frame, w http.ResponseWriter, r *http.Request) error {
	v, err := s.targetView(f, r)
	if err != nil {
		return err
	}
	p := v.empty()
	if draft, drafted := v.draft(); drafted {
		p = draft.TargetPlan
	}
	var out bytes.Buffer
	notes := []exchange.Note{{Name: f.T("web.ledger.openings.how"), Text: f.T("web.targets.import.rules")}}
	if err := exchange.WriteTargets(&out, append([]enrol.Target{{Division: v.division, Count: p.Total}}, p.Targets()...), f.synthetic(), notes, f.Printer); err != nil {
		return err
	}
	return attach(w, v.file()+".xlsx", workbookType, out.Bytes())
}

func (v *targetView) file() string {
	return "targets-" + string(v.division) + "-" + strconv.Itoa(int(v.year))
}

// targetsImport keeps the targets of a file as the draft: all of them, or nothing.
func (s *site) targetsImport(f *frame, w http.ResponseWriter, r *http.Request) error {
	up, err := readUpload(w, r)
	if err == nil && !up.has {
		err = formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	var v *targetView
	if err == nil {
		v, err = s.targetView(f, r)
	}
	if err == nil {
		err = v.allows(office.Make)
	}
	if err == nil {
		err = v.bring(r, up)
	}
	if errors.Is(err, errNotFound) {
		return err
	}
	if err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.targets"), Path: f.link("/enrol/targets", "division", f.seen.Get("division"), "of", f.seen.Get("of"))}}, err)
	}
	f.goTo(w, r, v.at("", "done", "import"))
	return nil
}

func (v *targetView) bring(r *http.Request, up upload) error {
	rows, err := exchange.ReadTargets(up.in)
	if err != nil {
		return err
	}
	p := v.empty()
	p.Source, p.Made = v.T("web.budget.dues.from_file", "file", up.in.Name), v.synthetic()
	given := map[region.Code]bool{}
	var l fault.List
	for _, row := range rows {
		at := slices.IndexFunc(p.Parts, func(x enrol.TargetPart) bool { return x.Division == row.Division })
		switch {
		case at >= 0 || row.Division == v.division && v.division.IsProvince():
		case row.Division == v.division && row.Count == v.above.Count:
		case row.Division == v.division:
			l.Add(fault.Problem{File: up.in.Name, Row: row.Row, Column: "target", Value: strconv.FormatInt(row.Count, 10), Message: fault.Msg("web.targets.import.above", "target", v.above.Count), Clause: "SCE-12.1"})
		default:
			l.Add(fault.Problem{File: up.in.Name, Row: row.Row, Column: "division", Value: string(row.Division), Message: fault.Msg("web.targets.import.outside", "place", v.divisionName(v.division)), Clause: "SCE-12.1"})
		}
		given[row.Division] = true
		p.Made = p.Made || row.Synthetic
		if row.Division == v.division {
			p.Total = row.Count
		}
	}
	for _, x := range p.Parts {
		if !given[x.Division] {
			l.Add(fault.Problem{File: up.in.Name, Column: "division", Value: string(x.Division), Message: fault.Msg("web.targets.import.missing", "place", v.divisionName(x.Division)), Clause: "SCE-12.1"})
		}
	}
	if err := l.Err(); err != nil {
		return err
	}
	v.propose(&p)
	for _, row := range rows {
		if at := slices.IndexFunc(p.Parts, func(x enrol.TargetPart) bool { return x.Division == row.Division }); at >= 0 {
			p.Parts[at].Count = row.Count
		}
	}
	return v.keep(r, p, "import")
}

// targetsExport gives the plan, its progress and the distribution as files.
func (s *site) targetsExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	v, err := s.targetView(f, r)
	if err != nil {
		return err
	}
	m := v.model(nil)
	if err := v.subsidy(&m); err != nil {
		return err
	}
	approved, has := v.approved()
	var tables []ledgerTable
	if has {
		tables = append(tables, m.Progress, v.planTable(approved.TargetPlan, v.T("web.targets.plan")))
	}
	if len(m.Plan.Rows) > 0 {
		tables = append(tables, m.Plan)
	}
	if len(m.Subsidy.Rows) > 0 {
		tables = append(tables, m.Subsidy)
	}
	tables = append(tables, m.History)
	notes := []exchange.Note{{Name: v.T("web.targets"), Text: m.Title}}
	if m.Made {
		notes = append(notes, exchange.Note{Name: v.T("web.synthetic"), Text: v.T("web.synthetic.title")})
	}
	for _, x := range m.Rules {
		text := x.Text + " (" + x.Clause + ")"
		if x.Assumed {
			text += " " + v.T("web.assumed")
		}
		notes = append(notes, exchange.Note{Name: x.Part, Text: text})
	}
	return f.takeTables(w, r.PathValue("file"), v.file(), notes, tables)
}
