package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/intake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// worksShown is how many items a page lists.
const worksShown = 50

// worksModel is the work list.
type worksModel struct {
	outcome
	States, Kinds, Steps []pickView
	Rows                 []workView
	Counts               []helpLine
	Next, First          string
	MayAct               bool
	Open                 bool // open items are listed
	Query                string
}

// workView is an item as the list shows it.
type workView struct {
	ID, Pick, Kind, Name, Number, Birth, On, Place, Division, From string
	Person, Step, Why, Clause, Amount, Likeness                    string
	State, Mark, Decided                                           string
	Choices                                                        []optionView
}

func (s *site) works(f *frame, w http.ResponseWriter, r *http.Request) error {
	o := outcome{Status: http.StatusOK}
	if n, err := strconv.Atoi(f.seen.Get("count")); err == nil && f.seen.Get("done") == "works" {
		o.Done = f.T("web.works.done", "count", n)
	}
	return s.worksAs(f, w, r, o)
}

// workQuery reads what the address asks for.
func (f *frame) workQuery() store.WorkQuery {
	q := store.WorkQuery{State: store.WorkOpen, Limit: worksShown}
	if state := store.WorkState(f.seen.Get("state")); slices.Contains(store.WorkStates(), state) {
		q.State = state
	}
	if matter := enrol.Matter(f.seen.Get("kind")); slices.Contains(append(enrol.Matters(), enrol.CoverChecks), matter) {
		q.Matter = matter
	}
	if f.Has("enrol.step." + f.seen.Get("step")) {
		q.Step = enrol.Step(f.seen.Get("step"))
	}
	if source, err := strconv.ParseInt(f.seen.Get("source"), 10, 64); err == nil && source > 0 {
		q.Source = enrol.Source(source)
	}
	if from, err := strconv.Atoi(f.seen.Get("from")); err == nil && from > 0 {
		q.From = from
	}
	return q
}

func (s *site) worksAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	q := f.workQuery()
	desk, err := s.deskOf(f, r.Context())
	if err != nil {
		return err
	}
	act := f.worker(office.ReadPersons)
	all, more, err := s.Store.Reports().Works(r.Context(), act, q)
	if err != nil {
		return err
	}
	advice, err := desk.Advise(r.Context(), s.Store, act, all)
	if err != nil {
		return err
	}
	m := worksModel{outcome: o, MayAct: f.mayOpen("works.decide"), Open: q.State == store.WorkOpen, Query: r.URL.RawQuery}
	for i, x := range all {
		m.Rows = append(m.Rows, f.work(x, advice[i]))
	}
	counts, err := s.Store.Reports().WorkCounts(r.Context(), act.Scope)
	if err != nil {
		return err
	}
	m.filters(f, q, counts)
	if more {
		m.Next = string(f.here("from", strconv.Itoa(q.From+worksShown)))
	}
	if q.From > 0 {
		m.First = string(f.here("from", ""))
	}
	return f.render(w, r, o.Status, worksPage(f, m))
}

// filters are the choices of the list with how many items each has.
func (m *worksModel) filters(f *frame, q store.WorkQuery, counts []store.WorkCount) {
	states, kinds, steps := map[store.WorkState]int64{}, map[enrol.Matter]int64{}, map[enrol.Step]int64{}
	var sum money.Fen
	for _, c := range counts {
		states[c.State] += c.Count
		if c.State != q.State {
			continue
		}
		kinds[c.Matter] += c.Count
		steps[c.Step] += c.Count
		sum += c.Amount
	}
	with := func(text string, n int64) string { return f.T("web.works.counted", "text", text, "count", n) }
	for _, state := range store.WorkStates() {
		m.States = append(m.States, pickView{with(f.T("web.works.state."+string(state)), states[state]), string(f.here("state", string(state), "from", "", "done", "")), state == q.State})
	}
	m.Kinds = append(m.Kinds, pickView{f.T("web.works.all"), string(f.here("kind", "", "from", "", "done", "")), q.Matter == ""})
	for _, kind := range append(enrol.Matters(), enrol.CoverChecks) {
		if kinds[kind] > 0 || kind == q.Matter {
			m.Kinds = append(m.Kinds, pickView{with(f.T("enrol.matter."+string(kind)), kinds[kind]), string(f.here("kind", string(kind), "from", "", "done", "")), kind == q.Matter})
		}
	}
	m.Steps = append(m.Steps, pickView{f.T("web.works.all"), string(f.here("step", "", "from", "", "done", "")), q.Step == ""})
	for _, step := range []enrol.Step{enrol.OpenFile, enrol.EnrolNewborn, enrol.CloseFile, enrol.EnterHome, enrol.EnterHere, enrol.EnterGroup, enrol.EndGroup, enrol.EnterSchool, enrol.EnterEmployer,
		enrol.LookAt, enrol.UninsuredHere, enrol.PostPayment, enrol.AwaitRest, enrol.GiveBack, enrol.ResolveCover} {
		if steps[step] > 0 || step == q.Step {
			m.Steps = append(m.Steps, pickView{with(f.T("enrol.step."+string(step)), steps[step]), string(f.here("step", string(step), "from", "", "done", "")), step == q.Step})
		}
	}
	m.Counts = []helpLine{{Name: f.T("web.works.state." + string(q.State)), Text: f.Value(states[q.State])}}
	if sum > 0 {
		m.Counts = append(m.Counts, helpLine{Name: f.T("web.works.money"), Text: sum.In(money.Yuan)})
	}
}

// work is an item as the list shows it, masked.
func (f *frame) work(x store.Work, advice enrol.Suggestion) workView {
	v := workView{ID: x.ID, Pick: x.ID + ":" + strconv.FormatInt(int64(x.Version), 10), Kind: f.T("enrol.matter." + string(x.Matter)), Name: office.MaskName(x.Report.Name), Number: office.MaskNumber(x.Report.Number),
		Birth: string(x.Report.Birth), On: string(x.Report.On), Division: f.divisionName(x.Division), From: f.T("web.works.from", "source", int64(x.Source), "row", x.Row),
		Step: f.T("enrol.step." + string(x.Step)), Why: f.Text(advice.Why), Clause: string(advice.Clause), State: f.T("web.works.state." + string(x.State)), Mark: "warn"}
	if x.Report.Place != "" && x.Matter != enrol.CoverChecks {
		v.Place = f.placeName(x.Report.Place)
	}
	if x.Amount != 0 {
		v.Amount = x.Amount.In(money.Yuan)
	}
	if x.Person != 0 {
		v.Person = f.link("/enrol/person/" + strconv.FormatInt(int64(x.Person), 10))
	}
	if x.State != store.WorkOpen {
		v.Mark = "good"
		v.Decided = f.decided(x)
		return v
	}
	if x.Matter == enrol.CoverChecks {
		v.Choices = f.coverChoices(x.Report.Wrong)
		return v
	}
	for _, step := range x.Step.Alternatives(x.Likeness) {
		v.Choices = append(v.Choices, optionView{string(step), f.T("enrol.step." + string(step)), step == x.Step})
	}
	return v
}

// decided says what was done about an item, by whom and why.
func (f *frame) decided(x store.Work) string {
	var texts []string
	if x.Did != "" {
		texts = append(texts, f.T("enrol.step."+string(x.Did)))
	}
	if x.Rule != "" {
		texts = append(texts, f.T("web.works.by_rule"))
	}
	texts = append(texts, f.moment(x.Decided))
	if x.Reason != "" {
		texts = append(texts, x.Reason)
	}
	return strings.Join(texts, " \u00b7 ")
}

// coverChoices are which of two covers may stay, or that a single wrong one ends.
func (f *frame) coverChoices(w enrol.Wrong) []optionView {
	if w.Other == 0 {
		return []optionView{{"keep:0", f.T("web.works.cover.end", "no", w.No), true}}
	}
	return []optionView{{"keep:" + strconv.Itoa(w.No), f.T("web.works.cover.keep", "no", w.No), false}, {"keep:" + strconv.Itoa(w.Other), f.T("web.works.cover.keep", "no", w.Other), false}}
}

// decideWorks does, or dismisses, the items that were picked. Each stands for itself: what is refused is told, and the others are done.
func (s *site) decideWorks(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	desk, err := s.deskOf(f, r.Context())
	if err != nil {
		return err
	}
	picked := r.PostForm["pick"]
	var problems []fault.Problem
	if len(picked) == 0 {
		problems = append(problems, fault.Problem{Message: fault.Msg("web.works.none_picked")})
	}
	done := 0
	for _, pick := range picked {
		id, version, _ := strings.Cut(pick, ":")
		n, _ := strconv.ParseInt(version, 10, 64) // a version there is not is stale
		choice, err := f.choice(r, id)
		if err == nil {
			act := f.once(f.worker(office.EnrolPersons), r)
			if act.Key != "" {
				act.Key += ":" + id
			}
			err = desk.Decide(r.Context(), s.Store, act, id, office.Version(n), choice)
		}
		if errors.Is(err, office.ErrStale) {
			err = fault.New(fault.Refused, "remit.stale")
		}
		if err != nil && fault.KindOf(err) == fault.Internal {
			return err
		}
		if err == nil {
			done++
			continue
		}
		for _, p := range problemsOf(err) {
			p.Column = r.PostFormValue("name_" + id)
			problems = append(problems, p)
		}
	}
	if len(problems) == 0 {
		http.Redirect(w, r, withQuery(withQuery(f.link("/enrol/works"), "done", "works"), "count", strconv.Itoa(done)), http.StatusSeeOther)
		return nil
	}
	o := outcome{Problems: problems, Status: http.StatusUnprocessableEntity}
	if done > 0 {
		o.Done = f.T("web.works.done", "count", done)
	}
	return s.worksAs(f, w, r, o)
}

// choice reads what the form says of an item.
func (f *frame) choice(r *http.Request, id string) (intake.Choice, error) {
	choice := intake.Choice{Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	if r.PostFormValue("act") == "dismiss" {
		return choice, nil
	}
	step := r.PostFormValue("step_" + id)
	if keep, is := strings.CutPrefix(step, "keep:"); is {
		choice.Step = enrol.ResolveCover
		choice.Keep, _ = strconv.Atoi(keep) // one there is not is refused
		return choice, nil
	}
	if step == "" {
		return choice, fault.Refuse(fault.Problem{Message: fault.Msg("web.works.choose")})
	}
	choice.Step = enrol.Step(step)
	if text := strings.TrimSpace(r.PostFormValue("place")); text != "" {
		place, ok := enrol.ParsePlace(text)
		if _, known := f.site.Engine.Tree.Get(place.County()); !ok || !known {
			return choice, fault.Refuse(fault.Problem{Column: f.T("web.enrol.place"), Value: text, Message: fault.Msg("web.enrol.place.wrong")})
		}
		choice.Place = place
	}
	return choice, nil
}

// rulesModel is the page of rules on file.
type rulesModel struct {
	outcome
	Rows   []ruleView
	MayAct bool
	Kinds  []optionView
	Steps  []optionView
	Today  string
	Values map[string]string
}

// ruleView is a rule as the page lists it.
type ruleView struct {
	ID, Division, Kind, Step, Since, Reason, Made, Revoked string
	MayRevoke                                              bool
}

func (s *site) workRules(f *frame, w http.ResponseWriter, r *http.Request) error {
	o := outcome{Status: http.StatusOK}
	if done := f.seen.Get("done"); done == "rule" || done == "revoke" {
		o.Done = f.T("web.rules.done." + done)
	}
	return s.rulesAs(f, w, r, o)
}

func (s *site) rulesAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	scope := f.scope(office.ReadPersons)
	if f.may(office.RuleWorks, f.subject.Division) {
		scope = f.scope(office.RuleWorks)
	}
	all, err := s.Store.Reports().Rules(r.Context(), scope)
	if err != nil {
		return err
	}
	m := rulesModel{outcome: o, MayAct: f.mayOpen("rules.act"), Today: string(s.today()), Values: map[string]string{}}
	for name := range r.PostForm {
		m.Values[name] = r.PostFormValue(name)
	}
	for _, x := range all {
		v := ruleView{ID: x.ID, Division: f.divisionName(x.Division), Kind: f.T("enrol.matter." + string(x.Matter)), Step: f.T("enrol.step." + string(x.Step)), Since: string(x.Since), Reason: x.Reason,
			Made: f.moment(x.Made), MayRevoke: m.MayAct && x.Revoked.IsZero() && scope.Holds(x.Division)}
		if !x.Revoked.IsZero() {
			v.Revoked = f.moment(x.Revoked) + " \u00b7 " + x.RevokedWhy
		}
		m.Rows = append(m.Rows, v)
	}
	for _, kind := range enrol.Matters() {
		if kind != enrol.TaxReturns {
			m.Kinds = append(m.Kinds, optionView{string(kind), f.T("enrol.matter." + string(kind)), m.Values["kind"] == string(kind)})
		}
	}
	for _, step := range enrol.Automatics() {
		m.Steps = append(m.Steps, optionView{string(step), f.T("enrol.step." + string(step)), m.Values["step"] == string(step)})
	}
	return f.render(w, r, o.Status, rulesPage(f, m))
}

// actOnRules puts a rule on file, or revokes one.
func (s *site) actOnRules(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	act := f.once(f.worker(office.RuleWorks), r)
	act.Why = strings.TrimSpace(r.PostFormValue("reason"))
	name := "rule"
	var do func(*store.Tx) error
	if id := r.PostFormValue("revoke"); id != "" {
		name, act.Action, act.Object = "revoke", "rule.revoke", office.Object{Kind: "rule", ID: id}
		do = func(t *store.Tx) error { return t.RevokeRule(id, act.Why) }
	} else {
		rule := store.WorkRule{ID: rand.Text(), Division: f.subject.Division, Matter: enrol.Matter(r.PostFormValue("kind")), Step: enrol.Step(r.PostFormValue("step")), Reason: act.Why}
		if since, ok := policy.ParseDate(r.PostFormValue("since")); ok {
			rule.Since = since
		}
		act.Action, act.Object = "rule.save", office.Object{Kind: "rule", ID: rule.ID}
		do = func(t *store.Tx) error { return t.SaveRule(rule) }
	}
	_, err := s.Store.Write(r.Context(), act, do)
	return f.after(w, r, err, f.link("/enrol/works/rules"), name, func(o outcome) error { return s.rulesAs(f, w, r, o) })
}

// chosen tells whether one of an item's choices is suggested.
func (v workView) chosen() bool {
	return slices.ContainsFunc(v.Choices, func(o optionView) bool { return o.Chosen })
}
