package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// routesOfLists are the lists of people who are still to be insured, for grid workers (动员花名册).
func (s *site) routesOfLists() []route {
	read := onOwn(office.ReadPersons)
	return []route{
		{"GET /enrol/lists", "lists", false, s.lists, read},
		{"GET /enrol/lists/{file}", "lists.export", false, s.listsExport, read},
		{"POST /enrol/lists/plain", "lists.plain", false, s.listsPlain, onOwn(office.Unmask)},
		{"POST /enrol/lists/remind", "lists.remind", false, s.listsRemind, onOwn(office.EnrolPersons)},
	}
}

const (
	// listPage is how many people a page lists.
	listPage = 50
	// mostListed is how many people a file lists.
	mostListed = 20_000
)

// listShows are what a list may show: who is missing, and parts of them, or everybody.
func listShows() []string {
	return []string{"missing", "unspoken", "separated", "due", "insured", "all"}
}

// keeps tells who is listed.
func keeps(show string) func(store.Listed) bool {
	return func(x store.Listed) bool {
		switch show {
		case "all":
			return true
		case "insured":
			return x.State == enrol.InsuredState
		case "due":
			return x.State == enrol.DueState
		case "separated":
			return x.Missing() && x.Separated()
		case "unspoken":
			return x.Missing() && len(x.Reminders) == 0
		}
		return x.Missing()
	}
}

// listView is a list of a place and year.
type listView struct {
	*frame
	place enrol.Place
	year  policy.Year
	since policy.Date
	show  string
	after enrol.PersonNo
}

// listView reads what the address asks for: of the coming year once its window is open.
func (s *site) listView(f *frame) (*listView, error) {
	today := s.today()
	v := &listView{frame: f, year: policy.Year(s.Now().Year()) + 1, show: "missing"}
	since, err := s.windowOf(f, v.year)
	if err != nil {
		return nil, err
	}
	if today < since {
		v.year--
	}
	if asked, err := strconv.Atoi(f.seen.Get("of")); err == nil && asked > 2000 && asked < 2100 {
		v.year = policy.Year(asked)
	}
	if v.since, err = s.windowOf(f, v.year); err != nil {
		return nil, err
	}
	if slices.Contains(listShows(), f.seen.Get("show")) {
		v.show = f.seen.Get("show")
	}
	if after, err := strconv.ParseInt(f.seen.Get("after"), 10, 64); err == nil && after > 0 {
		v.after = enrol.PersonNo(after)
	}
	scope := f.scope(office.ReadPersons)
	v.place = enrol.PlaceIn(scope.Division)
	if asked := f.seen.Get("place"); asked != "" {
		place, ok := enrol.ParsePlace(asked)
		if !ok || !scope.Holds(place.County()) {
			return nil, errNotFound
		}
		v.place = place
	}
	return v, nil
}

// windowOf is the day from which people are spoken to about a year: the first of its window.
func (s *site) windowOf(f *frame, year policy.Year) (policy.Date, error) {
	rules, err := s.rulesOf(max(year, 2025))
	if err != nil {
		return "", err
	}
	return rules.Terms().Window(year).From, nil
}

// listed tells whether the place is small enough for a list: a township or a village.
func (v *listView) listed() bool { return v.place != enrol.PlaceIn(v.place.County()) }

func (v *listView) at(path string, more ...string) string {
	return v.link("/enrol/lists"+path, append([]string{"place", string(v.place), "of", strconv.Itoa(int(v.year)), "show", v.show}, more...)...)
}

// listsModel is the page.
type listsModel struct {
	outcome
	Crumbs   []tabView
	Title    string
	Years    []pickView
	Shows    []pickView
	Tiles    []helpLine
	Results  string
	Below    ledgerTable
	List     bool
	Rows     []listRow
	Plain    bool
	Next     string
	First    string
	Today    string
	Channels []optionView
	Choices  []optionView
	MayTake  bool
	MayPlain bool
	MayAct   bool
}

// listRow is a person on the list.
type listRow struct {
	No, Name, Number, Phone, Born, Home, Lives, Path string
	State, Mark                                      string
	Separated, Shared                                string
	Last                                             string
	Missing                                          bool
}

func (s *site) lists(f *frame, w http.ResponseWriter, r *http.Request) error {
	v, err := s.listView(f)
	if err != nil {
		return err
	}
	o := outcome{Status: http.StatusOK}
	if f.seen.Get("done") == "remind" {
		o.Done = f.T("web.lists.done")
	}
	return v.page(w, r, o, false)
}

// page shows the list; plain with names and numbers in full, which was written down before.
func (v *listView) page(w http.ResponseWriter, r *http.Request, o outcome, plain bool) error {
	m := listsModel{outcome: o, Title: v.T("web.lists.of", "place", v.placeName(v.place), "year", int(v.year)), List: v.listed(), Plain: plain, Today: string(v.site.today()),
		MayTake: v.may(office.Export, v.place.County()), MayPlain: v.may(office.Unmask, v.place.County()), MayAct: v.may(office.EnrolPersons, v.place.County()),
		Crumbs: []tabView{{Text: v.T("web.menu.enrol"), Path: v.link("/enrol")}}}
	v.choices(&m)
	if !m.List {
		table, err := v.drill(r)
		if err != nil {
			return err
		}
		m.Below = table
		return v.render(w, r, o.Status, listsPage(v, m))
	}
	roster, err := v.roster(r, listPage)
	if err != nil {
		return err
	}
	v.fill(&m, roster)
	return v.render(w, r, o.Status, listsPage(v, m))
}

// roster asks for the list, which is written down.
func (v *listView) roster(r *http.Request, limit int) (store.Roster, error) {
	act := v.act(v.subject.Division, "", office.Object{}, "")
	act.Scope = v.scope(office.ReadPersons)
	return v.site.Store.Persons().Roster(r.Context(), act, store.RosterQuery{Place: v.place, Year: v.year, Since: v.since, Keep: keeps(v.show), After: v.after, Limit: limit})
}

func (v *listView) choices(m *listsModel) {
	this := v.site.Now().Year()
	for y := this - 1; y <= this+1; y++ {
		m.Years = append(m.Years, pickView{Text: strconv.Itoa(y), Path: v.at("", "of", strconv.Itoa(y)), Current: y == int(v.year)})
	}
	county := enrol.PlaceIn(v.place.County())
	if v.place != enrol.PlaceIn(v.scope(office.ReadPersons).Division) {
		m.Crumbs = append(m.Crumbs, tabView{Text: v.T("web.lists"), Path: v.link("/enrol/lists", "of", strconv.Itoa(int(v.year)))})
	}
	if v.listed() {
		m.Crumbs = append(m.Crumbs, tabView{Text: v.placeName(county), Path: v.at("", "place", string(county))})
	}
	if v.listed() && v.place.Township() != v.place {
		m.Crumbs = append(m.Crumbs, tabView{Text: string(v.place.Township()[6:9]), Path: v.at("", "place", string(v.place.Township()))})
	}
	for _, show := range listShows() {
		m.Shows = append(m.Shows, pickView{Text: v.T("web.lists.show." + show), Path: v.at("", "show", show), Current: show == v.show})
	}
	for _, c := range enrol.ReminderChannels() {
		m.Channels = append(m.Channels, optionView{c, v.T("web.lists.channel." + c), c == enrol.AtTheDoor})
	}
	m.Choices = []optionView{{"", "\u2014", true}}
	for _, c := range enrol.ReminderResults() {
		m.Choices = append(m.Choices, optionView{c, v.T("web.lists.result." + c), false})
	}
}

// drill counts the places below one that is too large for a list.
func (v *listView) drill(r *http.Request) (ledgerTable, error) {
	level := store.Counties
	if v.place.County().Level() == region.County {
		level = store.Townships
	}
	counts, err := v.site.Store.Persons().Counts(r.Context(), v.scope(office.ReadPersons), level, v.place, v.year)
	t := ledgerTable{ID: "below", Title: v.T("web.lists.below", "year", int(v.year)), Aside: v.T("web.targets.people"), Clause: "SCE-4.1", Empty: v.T("web.enrol.counts.none"), Tall: true,
		Heads: v.ledgerHeads("web.enrol.place", "#", "web.enrol.registered", "#", "web.enrol.living", "#", "web.lists.insured", "#", "web.enrol.unenrolled", "#", "web.enrol.rate")}
	for _, c := range v.byCity(counts, v.place.County()) {
		enrolled := c.Counted[enrol.LivesInRes] + c.Counted[enrol.LivesInEmpl]
		h := enrol.Headcount{Registered: c.Counted[enrol.RegisteredHere], Living: c.Counted[enrol.LivesHere], Enrolled: enrolled, Unenrolled: c.Counted[enrol.LivesHere] - enrolled}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{linkCell(v.placeName(c.Place), v.at("", "place", string(c.Place))), v.countCell(h.Registered), v.countCell(h.Living), v.countCell(h.Enrolled), v.countCell(h.Unenrolled),
			numberCell(percent(h.Rate(), 2), h.Rate().Exact(6))}})
	}
	return t, err
}

// fill puts a list and its progress into the page.
func (v *listView) fill(m *listsModel, roster store.Roster) {
	w := roster.Whole
	count := func(key string, n int64) { m.Tiles = append(m.Tiles, helpLine{Name: v.T(key), Text: v.Value(n)}) }
	count("web.enrol.registered", w.Registered)
	count("web.enrol.living", w.Living)
	count("web.lists.insured", w.Insured)
	count("web.lists.due", w.Due)
	count("web.enrol.unenrolled", w.Uninsured)
	count("web.lists.separated", w.Separated)
	count("web.lists.reminded", w.Reminded)
	count("web.lists.won", w.Won)
	var results []string
	for result, n := range w.Results {
		results = append(results, v.resultText(result)+" "+v.Value(n))
	}
	slices.Sort(results)
	m.Results = strings.Join(results, v.T("list.separator"))
	if v.place.Township() == v.place {
		m.Below = v.villages(roster)
	}
	for _, x := range roster.Listed {
		m.Rows = append(m.Rows, v.row(x, m.Plain))
	}
	if roster.More {
		m.Next = v.at("", "after", strconv.FormatInt(int64(roster.Listed[len(roster.Listed)-1].No), 10))
	}
	if v.after > 0 {
		m.First = v.at("")
	}
}

// villages says how far every village of a township has come.
func (v *listView) villages(roster store.Roster) ledgerTable {
	t := ledgerTable{ID: "below", Title: v.T("web.lists.villages", "year", int(v.year)), Aside: v.T("web.targets.people"), Clause: "SCE-4.2",
		Heads: v.ledgerHeads("web.lists.village", "#", "web.enrol.registered", "#", "web.enrol.living", "#", "web.lists.insured", "#", "web.lists.due", "#", "web.enrol.unenrolled", "#", "web.lists.reminded", "#", "web.lists.won")}
	places := make([]enrol.Place, 0, len(roster.Villages))
	for place := range roster.Villages {
		places = append(places, place)
	}
	slices.Sort(places)
	for _, place := range places {
		n := roster.Villages[place]
		name := textCell(v.placeName(place))
		if place != v.place {
			name = linkCell(name.Text, v.at("", "place", string(place)))
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{name, v.countCell(n.Registered), v.countCell(n.Living), v.countCell(n.Insured), v.countCell(n.Due), v.countCell(n.Uninsured), v.countCell(n.Reminded), v.countCell(n.Won)}})
	}
	return t
}

// resultText is a result in words; one that was typed stands as it was.
func (f *frame) resultText(result string) string {
	if slices.Contains(enrol.ReminderResults(), result) {
		return f.T("web.lists.result." + result)
	}
	return result
}

func (f *frame) channelText(channel string) string {
	if slices.Contains(enrol.ReminderChannels(), channel) {
		return f.T("web.lists.channel." + channel)
	}
	return channel
}

func (v *listView) row(x store.Listed, plain bool) listRow {
	row := listRow{No: strconv.FormatInt(int64(x.No), 10), Name: office.MaskName(x.Name), Number: office.MaskNumber(x.Number), Phone: office.MaskNumber(x.Phone), Home: v.placeName(x.Home), Lives: v.placeName(x.Lives),
		State: v.T("web.lists.state." + string(x.State)), Mark: map[enrol.RosterState]string{enrol.InsuredState: "good", enrol.DueState: "warn", enrol.UninsuredState: "bad"}[x.State], Missing: x.Missing()}
	if len(x.Birth) >= 4 {
		row.Born = string(x.Birth[:4])
	}
	if plain && v.may(office.Unmask, v.place.County()) {
		row.Name, row.Number, row.Phone, row.Born = x.Name, x.Number, x.Phone, string(x.Birth)
	}
	if x.Separated() {
		row.Separated = v.T("web.lists.separated.pill")
	}
	if x.Shared {
		row.Shared = v.T("web.lists.shared", "place", v.divisionName(x.County))
	} else {
		row.Path = v.link("/enrol/person/" + row.No)
	}
	if n := len(x.Reminders); n > 0 {
		last := x.Reminders[n-1]
		row.Last = strings.Join(slices.DeleteFunc([]string{string(last.On), v.channelText(last.Channel), v.resultText(last.Result), last.By}, func(s string) bool { return s == "" }), " \u00b7 ")
	}
	return row
}

// listsRemind enters what came of speaking to people: one result for each who has one, all in one act.
//
// 依据: SCE-4.2
func (s *site) listsRemind(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	v, err := s.listView(f)
	if err != nil {
		return err
	}
	form := actForm{f: f, r: r, today: s.today()}
	on, channel := form.day("on"), form.text("channel")
	if on > form.today || on < v.since {
		form.refuse("web.enrol.day", string(on), fault.Msg("web.lists.day", "from", v.since, "to", form.today))
	}
	if !slices.Contains(enrol.ReminderChannels(), channel) {
		form.refuse("web.enrol.channel", channel, fault.Msg("web.lists.channel.unknown"))
	}
	said := v.results(&form)
	if err = form.err(); err == nil {
		err = v.remind(r, on, channel, said)
	}
	return f.after(w, r, err, v.at("", "after", f.seen.Get("after")), "remind", func(o outcome) error { return v.page(w, r, o, false) })
}

// result is what somebody answered.
type result struct {
	no   enrol.PersonNo
	text string
}

// results reads the results of a form, by number.
func (v *listView) results(form *actForm) []result {
	var out []result
	for name := range form.r.PostForm {
		digits, is := strings.CutPrefix(name, "result_")
		text := form.text(name)
		if !is || text == "" {
			continue
		}
		no, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || !slices.Contains(enrol.ReminderResults(), text) {
			form.refuse("web.enrol.result", text, fault.Msg("web.lists.result.unknown"))
			continue
		}
		out = append(out, result{enrol.PersonNo(no), text})
	}
	if len(out) == 0 && form.err() == nil {
		form.refuse("web.enrol.result", "", fault.Msg("web.lists.result.none"))
	}
	slices.SortFunc(out, func(a, b result) int { return int(a.no - b.no) })
	return out
}

func (v *listView) remind(r *http.Request, on policy.Date, channel string, said []result) error {
	act := v.once(v.act(v.subject.Division, "person.reminded", office.Object{Kind: "place", ID: string(v.place)}, ""), r)
	act.Scope = v.scope(office.EnrolPersons)
	var numbers []string
	for _, x := range said {
		numbers = append(numbers, strconv.FormatInt(int64(x.no), 10))
	}
	act.After = []office.Field{{Name: "persons", Value: strings.Join(numbers, " ")}}
	_, err := v.site.Store.Persons().Change(r.Context(), act, func(t *store.Tx, people store.People) error {
		source, err := t.Source(v.T("web.lists.of", "place", v.placeName(v.place), "year", int(v.year)))
		if err != nil {
			return err
		}
		for _, x := range said {
			if err := people.Remind(x.no, v.year, source, enrol.Reminded{On: on, By: v.account.Name, Channel: channel, Result: x.text}); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// listsPlain shows the list with names and numbers in full, or gives it as a workbook, once the reason is written down.
func (s *site) listsPlain(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	v, err := s.listView(f)
	if err != nil {
		return err
	}
	if !f.may(office.ReadPersons, v.place.County()) || !f.may(office.Unmask, v.place.County()) || !v.listed() {
		return errNotFound
	}
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if reason == "" {
		return v.page(w, r, outcome{Problems: []fault.Problem{{Column: f.T("web.enrol.reason"), Message: fault.Msg("web.enrol.reason.needed")}}, Status: http.StatusUnprocessableEntity}, false)
	}
	act := f.act(f.subject.Division, "person.unmask", office.Object{Kind: "place", ID: string(v.place)}, reason)
	if _, err := s.Store.Write(r.Context(), act, func(*store.Tx) error { return nil }); err != nil {
		return err
	}
	if r.PostFormValue("act") == "export" {
		if err := f.refusal(office.Export, v.place.County()); err != nil {
			f.turnAway(w, r, refusedRight{err})
			return nil
		}
		return v.take(w, r, "export.xlsx", true)
	}
	return v.page(w, r, outcome{Status: http.StatusOK}, true)
}

// listsExport gives the whole list as a file, masked.
func (s *site) listsExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	v, err := s.listView(f)
	if err != nil {
		return err
	}
	if err := f.refusal(office.Export, v.place.County()); err != nil {
		f.turnAway(w, r, refusedRight{err})
		return nil
	}
	if !v.listed() {
		return errNotFound
	}
	return v.take(w, r, r.PathValue("file"), false)
}

// take gives the list as a file: what a grid worker goes round with, with room for the result.
func (v *listView) take(w http.ResponseWriter, r *http.Request, file string, plain bool) error {
	if file != "export.csv" && file != "export.xlsx" {
		return errNotFound
	}
	v.after = 0
	roster, err := v.roster(r, mostListed)
	if err != nil {
		return err
	}
	if roster.More {
		return fault.New(fault.Refused, "web.lists.too_many", "most", mostListed)
	}
	t := ledgerTable{ID: "list", Title: v.T("web.lists"), Heads: v.ledgerHeads("web.enrol.person.number", "web.enrol.name", "web.enrol.number", "web.enrol.phone", "web.enrol.birth", "web.enrol.home", "web.enrol.lives", "web.targets.state", "web.lists.duty", "web.lists.last", "web.lists.result.blank")}
	for _, x := range roster.Listed {
		row := v.row(x, plain)
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(row.No), textCell(row.Name), textCell(row.Number), textCell(row.Phone), textCell(row.Born), textCell(row.Home), textCell(row.Lives), textCell(row.State),
			textCell(strings.TrimSpace(row.Separated + " " + row.Shared)), textCell(row.Last), textCell("")}})
	}
	notes := []exchange.Note{{Name: v.T("web.lists"), Text: v.T("web.lists.of", "place", v.placeName(v.place), "year", int(v.year)) + " \u00b7 " + v.T("web.lists.show."+v.show)}}
	if plain {
		notes = append(notes, exchange.Note{Name: v.T("web.enrol.plain.shown"), Text: v.T("web.lists.plain.keep")})
	}
	return v.takeTables(w, file, "list-"+string(v.place)+"-"+strconv.Itoa(int(v.year)), notes, []ledgerTable{t})
}
