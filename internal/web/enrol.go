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

// routesOfEnrol are the pages of persons and their cover (参保), for the table of routes. What looks somebody up by number or name is a
// form that is sent, so that neither stands in an address.
func (s *site) routesOfEnrol() []route {
	read, change := onOwn(office.ReadPersons), onOwn(office.EnrolPersons)
	return []route{
		{"GET /enrol", "enrol", false, s.enrolHome, read},
		{"POST /enrol/search", "persons.search", false, s.enrolSearch, read},
		{"GET /enrol/new", "persons.new", false, s.enrolNew, change},
		{"POST /enrol/new", "persons.add", false, s.enrolAdd, change},
		{"GET /enrol/person/{no}", "person", false, s.person, read},
		{"POST /enrol/person/{no}/plain", "person.plain", false, s.personPlain, onOwn(office.Unmask)},
		{"POST /enrol/person/{no}/act", "person.act", false, s.personAct, change},
		{"GET /enrol/standards", "standards", false, s.standards, read},
		{"POST /enrol/standards", "standards.keep", false, s.keepStandard, change},
	}
}

// enrolModel is the page one looks persons up on, with how many there are.
type enrolModel struct {
	outcome
	By       string
	Number   string
	Name     string
	Birth    string
	Counties []optionView
	Found    *ledgerTable
	More     bool
	Counts   ledgerTable
	Up       string // the place above, when the counts are of part of one
	Place    string
}

func (s *site) enrolHome(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.enrolModel(f, r)
	if err != nil {
		return err
	}
	m.outcome = outcome{Status: http.StatusOK}
	return f.render(w, r, http.StatusOK, enrolPage(f, m))
}

func (s *site) enrolModel(f *frame, r *http.Request) (enrolModel, error) {
	m := enrolModel{By: "number", Counties: f.countyOptions("")}
	counts, err := s.headcounts(f, r, &m)
	m.Counts = counts
	return m, err
}

// countyOptions are the counties the reader may see persons of.
func (f *frame) countyOptions(chosen region.Code) []optionView {
	var out []optionView
	scope := f.scope(office.ReadPersons)
	add := func(code region.Code) {
		if scope.Holds(code) {
			out = append(out, optionView{string(code), f.divisionName(code), code == chosen})
		}
	}
	tree := f.site.Engine.Tree
	for _, prefecture := range tree.Prefectures(f.subject.Division.Province()) {
		for _, county := range tree.Children(prefecture.Code) {
			add(county.Code)
		}
	}
	return out
}

// headcounts counts persons in the places under the one that is looked at: counties, then townships, then villages.
func (s *site) headcounts(f *frame, r *http.Request, m *enrolModel) (ledgerTable, error) {
	scope := f.scope(office.ReadPersons)
	under, level := enrol.PlaceIn(scope.Division), store.Counties
	if place, ok := enrol.ParsePlace(f.seen.Get("place")); ok && scope.Holds(place.County()) {
		under = place
	}
	switch {
	case under.Township() != enrol.PlaceIn(under.County()):
		level, m.Up = store.Villages, string(enrol.PlaceIn(under.County()))
	case under.County().Level() == region.County:
		level, m.Up = store.Townships, string(enrol.PlaceIn(scope.Division))
	}
	if area, ok := s.Engine.Tree.PoolingArea(under.County()); ok && level == store.Townships && area != under.County() && scope.Holds(area) {
		m.Up = string(enrol.PlaceIn(area))
	}
	if level == store.Counties {
		m.Up = string(enrol.PlaceIn(scope.Division))
	}
	if m.Up == string(under) {
		m.Up = ""
	}
	m.Place = f.placeName(under)
	year := policy.Year(s.Now().Year())
	counts, err := s.Store.Persons().Counts(r.Context(), scope, level, under, year)
	if err != nil {
		return ledgerTable{}, err
	}
	counts = f.byCity(counts, under.County())
	t := ledgerTable{ID: "counts", Title: f.T("web.enrol.counts", "year", int(year), "place", m.Place), Clause: "SCE-4.1", Empty: f.T("web.enrol.counts.none"), Tall: true,
		Heads: f.ledgerHeads("web.enrol.place", "#", "web.enrol.registered", "#", "web.enrol.living", "#", "web.enrol.resident", "#", "web.enrol.employee", "#", "web.enrol.unenrolled", "#", "web.enrol.rate")}
	var sum store.Counted
	row := func(name ledgerCell, c store.Counted, total bool) {
		enrolled := c[enrol.LivesInRes] + c[enrol.LivesInEmpl]
		h := enrol.Headcount{Registered: c[enrol.RegisteredHere], Living: c[enrol.LivesHere], Enrolled: enrolled, Unenrolled: c[enrol.LivesHere] - enrolled}
		count := func(n int64) ledgerCell { return numberCell(f.Value(n), strconv.FormatInt(n, 10)) }
		t.Rows = append(t.Rows, ledgerRow{Total: total, Cells: []ledgerCell{name, count(h.Registered), count(h.Living), count(c[enrol.LivesInRes]), count(c[enrol.LivesInEmpl]),
			count(h.Unenrolled), numberCell(percent(h.Rate(), 2), h.Rate().Exact(6))}})
	}
	for _, c := range counts {
		name := textCell(f.placeName(c.Place))
		if level != store.Villages {
			name = linkCell(f.placeName(c.Place), f.link("/enrol", "place", string(c.Place)))
		}
		row(name, c.Counted, false)
		for i := range sum {
			sum[i] += c.Counted[i]
		}
	}
	if len(counts) > 0 {
		row(textCell(f.T("web.enrol.sum")), sum, true)
	}
	return t, nil
}

// byCity adds the counties of a province up to its cities; those that belong to none stay.
func (f *frame) byCity(counts []store.PlaceCount, under region.Code) (out []store.PlaceCount) {
	if !under.IsProvince() {
		return counts
	}
	for _, c := range counts {
		if area, ok := f.site.Engine.Tree.PoolingArea(c.Place.County()); ok && area != under {
			c.Place = enrol.PlaceIn(area)
		}
		if len(out) == 0 || out[len(out)-1].Place != c.Place {
			out = append(out, store.PlaceCount{Place: c.Place})
		}
		for i, n := range c.Counted {
			out[len(out)-1].Counted[i] += n
		}
	}
	return out
}

// placeName is a place in words as far down as the table of divisions has names, and its code below that.
func (f *frame) placeName(p enrol.Place) string {
	if p == "" {
		return "\u2014"
	}
	name := f.divisionName(p.County())
	if rest := strings.TrimSuffix(strings.TrimSuffix(string(p[6:]), "000"), "000"); rest != "" {
		name += " " + rest
	}
	return name
}

func (s *site) enrolSearch(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	m, err := s.enrolModel(f, r)
	if err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	m.By, m.Number, m.Name, m.Birth = get("by"), get("number"), get("name"), get("birth")
	m.Counties = f.countyOptions(region.Code(get("county")))
	found, err := s.findPersons(f, r, m, region.Code(get("county")))
	m.outcome = outcome{Status: http.StatusOK}
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		m.outcome = outcome{Problems: problemsOf(err), Status: http.StatusUnprocessableEntity}
		return f.render(w, r, m.Status, enrolPage(f, m))
	}
	t := f.personsTable(found.Persons, s.today())
	m.Found, m.More = &t, found.More
	return f.render(w, r, http.StatusOK, enrolPage(f, m))
}

// findPersons looks somebody up by one of the three ways there are.
func (s *site) findPersons(f *frame, r *http.Request, m enrolModel, county region.Code) (store.Found, error) {
	act := f.act(f.subject.Division, "", office.Object{}, "")
	act.Scope = f.scope(office.ReadPersons)
	persons := s.Store.Persons()
	switch m.By {
	case "number":
		d := enrol.Document{Kind: enrol.ResidentCard, Number: m.Number}
		if whole, _, _, ok := enrol.ParseNumber(m.Number); ok {
			d.Number = whole
		} else if m.Number == "" || len(m.Number) == 15 || len(m.Number) == 18 {
			return store.Found{}, fault.Refuse(fault.Problem{Column: f.T("web.enrol.number"), Message: fault.Msg("web.enrol.number.wrong")})
		} else {
			d.Kind = enrol.BirthCertificate
		}
		return persons.ByDocument(r.Context(), act, d)
	case "name":
		if m.Name == "" || county == "" {
			return store.Found{}, fault.Refuse(fault.Problem{Column: f.T("web.enrol.name"), Message: fault.Msg("web.enrol.name.needed")})
		}
		return persons.ByName(r.Context(), act, m.Name, county)
	}
	birth, ok := policy.ParseDate(m.Birth)
	if m.Name == "" || !ok {
		return store.Found{}, fault.Refuse(fault.Problem{Column: f.T("web.enrol.birth"), Value: m.Birth, Message: fault.Msg("web.enrol.birth.needed")})
	}
	return persons.ByNameAndBirth(r.Context(), act, m.Name, birth)
}

// personsTable lists persons, names and numbers masked.
func (f *frame) personsTable(all []store.Person, on policy.Date) ledgerTable {
	t := ledgerTable{ID: "found", Title: f.T("web.enrol.found", "count", int64(len(all))), Aside: f.T("web.enrol.masked"), Empty: f.T("web.enrol.found.none"),
		Heads: f.ledgerHeads("web.enrol.name", "web.enrol.number", "web.enrol.sex", "web.enrol.birth", "web.enrol.lives", "web.enrol.cover")}
	for _, p := range all {
		now := p.On(on)
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{linkCell(office.MaskName(now.Name), f.link("/enrol/person/"+strconv.FormatInt(int64(p.No), 10))),
			textCell(office.MaskNumber(now.Number)), textCell(f.sexName(string(now.Sex))), textCell(string(now.Birth)), textCell(f.placeName(now.Lives)), textCell(f.coverText(now))}})
	}
	return t
}

// coverText says as what somebody is insured, or that he is not.
func (f *frame) coverText(now enrol.Standing) string {
	if now.Ended != nil {
		return f.T("web.enrol.end." + string(now.Ended.Why))
	}
	if len(now.Covers) == 0 {
		return f.T("web.enrol.uninsured")
	}
	var texts []string
	for _, c := range now.Covers {
		texts = append(texts, f.wayName(c.Way)+" \u00b7 "+f.divisionName(c.Area))
	}
	return strings.Join(texts, f.T("list.separator"))
}

// wayName is a way of being insured in words.
func (f *frame) wayName(w enrol.Way) string { return f.T("value." + string(w)) }
