package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/intake"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// collected is what a year's collection came to in a scope, and when.
type collected struct {
	year policy.Year
	at   time.Time
	all  intake.Collections
}

// rateModel is the page of collection rates.
type rateModel struct {
	outcome
	Year  int
	Years []optionView
	Work  *jobView
	Asked string // the work whose answer is shown
	At    string
	Tiles []helpLine
	Table ledgerTable
	Up    string
	Take  bool
}

func (s *site) collection(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := rateModel{outcome: outcome{Status: http.StatusOK}, Year: s.Now().Year()}
	b, v := f.workView(collecting)
	if m.Work = v; v != nil && !v.Running {
		value, err := b.outcome()
		if got, ok := value.(collected); ok && err == nil {
			m.Work, m.Asked, m.Year, m.At = nil, b.id, int(got.year), f.moment(got.at)
			m.show(f, got)
		}
	}
	for y := s.Now().Year() + 1; y >= s.Now().Year()-3; y-- {
		m.Years = append(m.Years, optionView{strconv.Itoa(y), strconv.Itoa(y), y == m.Year})
	}
	m.Take = f.may(office.Export, f.subject.Division)
	return f.render(w, r, http.StatusOK, ratePage(f, m))
}

// show fills in what was computed: cities, or the counties of one.
func (m *rateModel) show(f *frame, got collected) {
	city := region.Code(f.seen.Get("city"))
	m.Table = f.collectionTable(got, city)
	if city != "" {
		m.Up = string(f.here("city", ""))
	}
	for _, i := range []enrol.Insurance{enrol.Resident, enrol.Employee} {
		sum := got.all.Sum(func(k enrol.CollectionKey) bool { return k.Insurance == i && (city == "" || city.Covers(k.Area)) })
		if sum.Due > 0 {
			m.Tiles = append(m.Tiles, helpLine{Name: f.T("web.collection.rate.of", "insurance", f.T("web.insurance."+i.String())), Text: percent(sum.Rate(), 2)},
				helpLine{Name: f.T("web.collection.owed"), Text: (sum.Due - sum.Received).In(money.Yuan)})
		}
	}
}

// collectionTable lists places and insurances: cities of a province, else counties, with a sum for each insurance.
func (f *frame) collectionTable(got collected, city region.Code) ledgerTable {
	t := ledgerTable{ID: "collection", Title: f.T("web.collection.of", "year", int(got.year)), Aside: f.T("web.ledger.unit"), Clause: "SC38-5.2", Empty: f.T("web.collection.none"), Tall: true,
		Heads: f.ledgerHeads("web.enrol.place", "web.enrol.insurance", "#", "web.collection.persons", "#", "web.collection.owing", "#", "web.collection.due", "#", "web.collection.received", "#", "web.collection.rate",
			"#", "web.collection.arrears", "#", "web.collection.subsidy", "#", "web.collection.estimated", "#", "web.collection.unpriced")}
	scope := f.scope(office.ReadPersons)
	byCity := scope.Division.IsProvince() && city == ""
	sums := map[enrol.CollectionKey]enrol.Collection{}
	var keys []enrol.CollectionKey
	for _, k := range got.all.Keys() {
		if city != "" && !city.Covers(k.Area) {
			continue
		}
		at := k
		if byCity {
			if area, known := f.site.Engine.Tree.PoolingArea(k.Area); known {
				at.Area = area
			}
		}
		sum, seen := sums[at]
		if !seen {
			keys = append(keys, at)
		}
		sum.Add(got.all[k])
		sums[at] = sum
	}
	total := map[enrol.Insurance]enrol.Collection{}
	for _, k := range keys {
		name := textCell(f.divisionName(k.Area))
		if byCity && len(k.Area) > 0 && k.Area.Level() != region.County {
			name = linkCell(f.divisionName(k.Area), string(f.here("city", string(k.Area))))
		}
		t.Rows = append(t.Rows, f.collectionRow(name, k.Insurance, sums[k], false))
		sum := total[k.Insurance]
		sum.Add(sums[k])
		total[k.Insurance] = sum
	}
	for _, i := range []enrol.Insurance{enrol.Resident, enrol.Employee} {
		if total[i].Persons > 0 {
			t.Rows = append(t.Rows, f.collectionRow(textCell(f.T("web.enrol.sum")), i, total[i], true))
		}
	}
	return t
}

func (f *frame) collectionRow(name ledgerCell, i enrol.Insurance, c enrol.Collection, total bool) ledgerRow {
	count := func(n int64) ledgerCell { return numberCell(f.Value(n), strconv.FormatInt(n, 10)) }
	return ledgerRow{Total: total, Cells: []ledgerCell{name, textCell(f.T("web.insurance." + i.String())), count(c.Persons), count(c.Owing), fenCell(c.Due), fenCell(c.Received),
		numberCell(percent(c.Rate(), 2), c.Rate().Exact(6)), turnCell(c.Due - c.Received), turnCell(c.Subsidy), turnCell(c.Estimated), count(c.Unpriced)}}
}

// computeCollection begins to go through the files.
func (s *site) computeCollection(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	year, err := strconv.Atoi(r.PostFormValue("of"))
	if err != nil || year < 2000 || year > 2100 {
		return errNotFound
	}
	desk, err := s.deskOf(f, r.Context())
	if err != nil {
		return err
	}
	act := f.worker(office.ReadPersons)
	f.startWork(w, r, collecting, fault.Msg("web.collection.computing", "year", year), func(ctx context.Context, b *job) (any, error) {
		all, err := desk.Collect(ctx, s.Store, act, policy.Year(year), tellRows(b))
		return collected{policy.Year(year), s.Now(), all}, err
	})
	return nil
}

// tellRows tells a job how many files were read.
func tellRows(b *job) func(intake.Progress) {
	b.say(fault.Msg("web.reports.files"), 0, 0)
	return func(p intake.Progress) { b.tell(lake.Progress{Rows: p.Rows, Elapsed: p.Elapsed}) }
}

func (s *site) exportCollection(f *frame, w http.ResponseWriter, r *http.Request) error {
	b, _ := f.workView(collecting)
	if b == nil || !b.over() {
		return errNotFound
	}
	value, err := b.outcome()
	got, ok := value.(collected)
	if err != nil || !ok {
		return errNotFound
	}
	notes := []exchange.Note{{Name: f.T("web.ledger.head.period"), Text: strconv.Itoa(int(got.year))}, {Name: f.T("web.collection.at"), Text: f.moment(got.at)}, {Name: f.T("web.ledger.note.filters"), Text: f.T("web.collection.note")}}
	return f.takeTables(w, r.PathValue("file"), "collection-"+strconv.Itoa(int(got.year)), notes, []ledgerTable{f.collectionTable(got, region.Code(f.seen.Get("city")))})
}

// coversModel is the page of the search for duplicate and wrong cover.
type coversModel struct {
	outcome
	Work     *jobView
	Said     string
	Doubts   ledgerTable
	Misspent ledgerTable
	Found    bool
	MayFind  bool
}

func (s *site) covers(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := coversModel{outcome: outcome{Status: http.StatusOK}, MayFind: f.mayOpen("covers.find")}
	b, v := f.workView(checkingCovers)
	if m.Work = v; v != nil && !v.Running {
		value, err := b.outcome()
		if check, ok := value.(intake.CoverCheck); ok && err == nil {
			m.Work = nil
			m.shown(f, check)
		}
	}
	return f.render(w, r, http.StatusOK, coversPage(f, m))
}

// mostMisspent is how many lines of what was paid the page shows.
const mostMisspent = 500

func (m *coversModel) shown(f *frame, check intake.CoverCheck) {
	m.Found = true
	m.Said = f.T("cli.works.covers.done", "persons", check.Persons, "filed", check.Filed+check.Routed, "repeated", check.Repeated)
	m.Doubts = ledgerTable{ID: "doubts", Title: f.T("web.covers.doubts"), Clause: "SCE-4.3", Empty: f.T("web.covers.none"), Heads: f.ledgerHeads("web.enrol.wrong", "#", "web.covers.count")}
	for _, d := range []enrol.Doubt{enrol.TwoAreas, enrol.TwoSchemes, enrol.TwoSpells, enrol.AfterDeath, enrol.MinorEmployee, enrol.BeforeBirth} {
		if n := check.Doubts[d]; n > 0 {
			m.Doubts.Rows = append(m.Doubts.Rows, ledgerRow{Cells: []ledgerCell{linkCell(f.T("web.enrol.wrong."+string(d)), f.link("/enrol/works", "kind", string(enrol.CoverChecks))), numberCell(f.Value(n), strconv.FormatInt(n, 10))}})
		}
	}
	m.Misspent = ledgerTable{ID: "misspent", Title: f.T("web.covers.misspent"), Aside: f.T("web.covers.misspent.note"), Clause: "SCE-4.3", Empty: f.T("web.covers.misspent.none"), Tall: true,
		Heads: f.ledgerHeads("web.enrol.name", "web.enrol.number", "web.enrol.wrong", "web.enrol.spell", "#", "web.covers.years", "#", "web.covers.paid")}
	slices.SortStableFunc(check.Misspent, func(a, b intake.Misspent) int { return int(b.Total() - a.Total()) })
	for i, x := range check.Misspent {
		if i == mostMisspent {
			break
		}
		who := x.Person.Identity()
		to := string(x.Wrong.To)
		m.Misspent.Rows = append(m.Misspent.Rows, ledgerRow{Cells: []ledgerCell{linkCell(office.MaskName(who.Name), f.link("/enrol/person/"+strconv.FormatInt(int64(x.Person.No), 10))), textCell(office.MaskNumber(who.Number)),
			textCell(f.T("web.enrol.wrong." + string(x.Wrong.Doubt))), textCell(string(x.Wrong.From) + " \u2013 " + to), numberCell(strconv.Itoa(len(x.Used)), strconv.Itoa(len(x.Used))), fenCell(x.Total())}})
	}
}

// findCovers begins the search.
func (s *site) findCovers(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	desk, err := s.deskOf(f, r.Context())
	if err != nil {
		return err
	}
	act := f.worker(office.EnrolPersons)
	f.startWork(w, r, checkingCovers, fault.Msg("web.covers.finding"), func(ctx context.Context, b *job) (any, error) {
		return desk.Covers(ctx, s.Store, act, false, tellRows(b))
	})
	return nil
}
