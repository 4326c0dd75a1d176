package web

import (
	"net/http"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// routesOfGroups are enrolment by household and by school (按家庭、学校参保).
func (s *site) routesOfGroups() []route {
	change := onOwn(office.EnrolPersons)
	return []route{
		{"GET /enrol/group", "group", false, s.group, change},
		{"POST /enrol/group", "group.act", false, s.groupAct, change},
	}
}

// mostInGroup is how many people a form takes.
const mostInGroup = 500

// groupModel is the page.
type groupModel struct {
	outcome
	Values map[string]string
	Ways   []optionView
	Areas  []optionView
	Report *ledgerTable
	Ready  bool // whether everything that can be done was looked at and may be done
}

// groupForm is what is asked for: the unit and for whom.
type groupForm struct {
	unit    enrol.Attached
	apply   enrol.Application
	persons []string
	whole   bool // all or none
	paper   string
}

// groupLine is a person of a group: accepted, or refused with the reasons.
type groupLine struct {
	asked string
	who   enrol.Identity
	no    enrol.PersonNo
	why   []fault.Problem
}

func (s *site) group(f *frame, w http.ResponseWriter, r *http.Request) error {
	today := s.Now()
	year := today.Year()
	if since, err := s.windowOf(f, policy.Year(year+1)); err == nil && policy.Date(today.Format("2006-01-02")) >= since {
		year++
	}
	return s.groupAs(f, w, r, groupModel{outcome: outcome{Status: http.StatusOK}, Values: map[string]string{"unit": string(enrol.AtSchool), "way": string(enrol.Pupil), "years": "1", "year": strconv.Itoa(year), "on": today.Format("2006-01-02")}})
}

func (s *site) groupAs(f *frame, w http.ResponseWriter, r *http.Request, m groupModel) error {
	for _, way := range []enrol.Way{enrol.Ordinary, enrol.Pupil, enrol.Student, enrol.Permit} {
		m.Ways = append(m.Ways, optionView{string(way), f.wayName(way), m.Values["way"] == string(way)})
	}
	m.Areas = f.countyOptions(region.Code(m.Values["area"]))
	return f.render(w, r, m.Status, groupPage(f, m))
}

// groupAct looks at a group, or enrols it.
//
// 依据: SCE-1.4
func (s *site) groupAct(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	m := groupModel{outcome: outcome{Status: http.StatusOK}, Values: map[string]string{}}
	for name := range r.PostForm {
		m.Values[name] = r.PostFormValue(name)
	}
	g, err := s.groupForm(f, r)
	var lines []groupLine
	if err == nil {
		lines, err = s.enrolGroup(f, r, g, r.PostFormValue("act") == "do")
	}
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		m.outcome = outcome{Problems: problemsOf(err), Status: http.StatusUnprocessableEntity}
		return s.groupAs(f, w, r, m)
	}
	refused := 0
	for _, x := range lines {
		if len(x.why) > 0 {
			refused++
		}
	}
	does := r.PostFormValue("act") == "do"
	m.Ready = !does && refused < len(lines) && (!g.whole || refused == 0)
	switch {
	case g.whole && refused > 0:
		m.Problems, m.Status = []fault.Problem{{Message: fault.Msg("web.group.whole", "refused", refused), Clause: "SCE-1.4"}}, http.StatusUnprocessableEntity
	case does:
		m.Done = f.T("web.group.done", "count", len(lines)-refused, "refused", refused)
	}
	t := f.groupTable(lines, does, g.whole && refused > 0)
	m.Report = &t
	return s.groupAs(f, w, r, m)
}

func (s *site) groupForm(f *frame, r *http.Request) (groupForm, error) {
	form := actForm{f: f, r: r, today: s.today()}
	g := groupForm{unit: enrol.Attached{Unit: enrol.Unit(form.text("unit")), Number: form.needed("number", "web.enrol.unit.number"), Name: form.text("unit_name")}, paper: form.text("document"),
		apply: enrol.Application{Way: enrol.Way(form.text("way")), Area: region.Code(form.text("area")), On: form.day("on"), Year: policy.Year(form.number("year")), Years: form.number("years")}}
	if g.unit.Unit != enrol.AtSchool && g.unit.Unit != enrol.AtHousehold {
		form.refuse("web.enrol.units", string(g.unit.Unit), fault.Msg("web.group.unit.wrong"))
	}
	g.unit.From, g.whole = g.apply.On, g.unit.Unit == enrol.AtHousehold
	if g.apply.Year < 2000 || g.apply.Year > 2100 {
		form.refuse("web.enrol.year", form.text("year"), fault.Msg("web.enrol.year.wrong"))
	}
	if g.apply.Way.Insurance() != enrol.Resident || !f.scope(office.EnrolPersons).Holds(g.apply.Area) {
		form.refuse("web.enrol.area", string(g.apply.Area), fault.Msg("web.group.area.wrong"))
	}
	for line := range strings.Lines(r.PostFormValue("persons")) {
		if line = strings.TrimSpace(line); line != "" {
			g.persons = append(g.persons, line)
		}
	}
	if len(g.persons) == 0 || len(g.persons) > mostInGroup {
		form.refuse("web.group.persons", strconv.Itoa(len(g.persons)), fault.Msg("web.group.persons.wrong", "most", mostInGroup))
	}
	return g, form.err()
}

// enrolGroup looks every person up and tries the act on his file; when it is to be done, it does it: a household's in one transaction, all or none, a school's one by one.
func (s *site) enrolGroup(f *frame, r *http.Request, g groupForm, does bool) ([]groupLine, error) {
	rules, err := s.rulesOf(max(g.apply.Year, 2025))
	if err != nil {
		return nil, err
	}
	lines, files, err := s.groupFiles(f, r, g)
	if err != nil {
		return nil, err
	}
	terms, refused := rules.Terms(), false
	for i := range lines {
		if len(lines[i].why) == 0 {
			if _, err := terms.EnrolIn(files[i].File, g.unit, g.apply); err != nil {
				lines[i].why = problemsOf(err)
			}
		}
		refused = refused || len(lines[i].why) > 0
	}
	if !does || g.whole && refused {
		return lines, nil
	}
	if g.whole {
		return lines, s.enrolled(f, r, g, terms, "", files...)
	}
	for i := range lines {
		if len(lines[i].why) > 0 {
			continue
		}
		if err := s.enrolled(f, r, g, terms, strconv.Itoa(i), files[i]); fault.KindOf(err) == fault.Internal && err != nil {
			return nil, err
		} else if err != nil {
			lines[i].why = problemsOf(err)
		}
	}
	return lines, nil
}

// groupFiles finds the files of a list of document or person numbers; who is not found, or stands on the list twice, is refused.
func (s *site) groupFiles(f *frame, r *http.Request, g groupForm) ([]groupLine, []store.Person, error) {
	act := f.act(f.subject.Division, "", office.Object{}, "")
	act.Scope = f.scope(office.EnrolPersons)
	lines, files := make([]groupLine, len(g.persons)), make([]store.Person, len(g.persons))
	seen := map[enrol.PersonNo]bool{}
	for i, asked := range g.persons {
		lines[i].asked = office.MaskNumber(asked)
		refuse := func(key string) { lines[i].why = []fault.Problem{{Message: fault.Msg(key)}} }
		found, err := s.memberOf(r, act, asked)
		if err != nil {
			return nil, nil, err
		}
		if len(found) != 1 {
			refuse("web.group.unknown")
			continue
		}
		files[i] = found[0]
		lines[i].no, lines[i].who = found[0].No, found[0].Identity()
		if seen[found[0].No] {
			refuse("web.group.twice")
		}
		seen[found[0].No] = true
	}
	return lines, files, nil
}

// memberOf finds somebody by the number of a document, or by # and the number of his file.
func (s *site) memberOf(r *http.Request, act store.Act, asked string) ([]store.Person, error) {
	if digits, is := strings.CutPrefix(asked, "#"); is {
		no, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return nil, nil
		}
		p, found, err := s.Store.Persons().Read(r.Context(), act, enrol.PersonNo(no))
		if err != nil || !found {
			return nil, err
		}
		return []store.Person{p}, nil
	}
	d := enrol.Document{Kind: enrol.BirthCertificate, Number: asked}
	if whole, _, _, ok := enrol.ParseNumber(asked); ok {
		d = enrol.Document{Kind: enrol.ResidentCard, Number: whole}
	}
	found, err := s.Store.Persons().ByDocument(r.Context(), act, d)
	return found.Persons, err
}

// enrolled enrols some files as they were looked at, in one transaction.
func (s *site) enrolled(f *frame, r *http.Request, g groupForm, terms enrol.Terms, part string, files ...store.Person) error {
	act := f.once(f.act(f.subject.Division, "person.group", office.Object{Kind: string(g.unit.Unit), ID: g.unit.Number}, ""), r)
	if act.Key != "" {
		act.Key += ":" + part
	}
	act.Scope = f.scope(office.EnrolPersons)
	var numbers []string
	for _, p := range files {
		numbers = append(numbers, strconv.FormatInt(int64(p.No), 10))
	}
	act.After = []office.Field{{Name: "persons", Value: strings.Join(numbers, " ")}}
	_, err := s.Store.Persons().Change(r.Context(), act, func(t *store.Tx, people store.People) error {
		source, err := t.Source(g.paper)
		if err != nil {
			return err
		}
		for _, p := range files {
			facts, err := terms.EnrolIn(p.File, g.unit, g.apply)
			if err != nil {
				return err
			}
			if _, err := people.Append(p.No, p.Version, source, facts...); err != nil {
				return err
			}
		}
		return nil
	})
	if isStale(err) {
		return fault.New(fault.Refused, "remit.stale")
	}
	return err
}

// groupTable is the report: everybody on the list, accepted or refused with the reason.
func (f *frame) groupTable(lines []groupLine, done, none bool) ledgerTable {
	t := ledgerTable{ID: "report", Title: f.T("web.group.report"), Clause: "SCE-1.4", Heads: f.ledgerHeads("#", "web.group.line", "web.group.asked", "web.enrol.name", "web.targets.state", "web.group.why")}
	for i, x := range lines {
		name, state := textCell("\u2014"), markCell(f.T("web.group.accepted"), "good")
		if x.no > 0 {
			name = linkCell(office.MaskName(x.who.Name), f.link("/enrol/person/"+strconv.FormatInt(int64(x.no), 10)))
		}
		if done && !none {
			state = markCell(f.T("web.group.enrolled"), "good")
		}
		var why []string
		for _, p := range x.why {
			why = append(why, f.Problem(p))
		}
		if len(why) > 0 {
			state = markCell(f.T("web.group.refused"), "bad")
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{numberCell(strconv.Itoa(i+1), strconv.Itoa(i+1)), textCell(x.asked), name, state, textCell(strings.Join(why, f.T("list.separator")))}})
	}
	return t
}
