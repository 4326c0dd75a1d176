package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

// routesOfConvergence show how far cities are from one schedule, and what one would cost each.
func (s *site) routesOfConvergence() []route {
	return []route{
		{"GET /benefit/convergence", "benefit.convergence", false, s.benefitConvergence, onProvince(office.ViewPublished)},
		{"GET /benefit/convergence/{file}", "benefit.convergence.export", false, s.convergenceExport, onProvince(office.Export)},
	}
}

// convergedPersons are the made-up persons whose year is settled under both rules: few enough for an answer in a second or two.
const convergedPersons = 20_000

// convergenceModel is the page.
type convergenceModel struct {
	On        string
	BadDay    bool
	Lead      string
	Synthetic bool
	Table     ledgerTable
	Cost      *ledgerTable
	Measures  *ledgerTable
	Running   bool
	Ask       string // the address that asks what one schedule costs
}

func (s *site) benefitConvergence(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.converged(f, r)
	if err != nil {
		return f.notDone(w, r, f.benefitCrumbs()[:1], err)
	}
	return f.render(w, r, http.StatusOK, convergencePage(f, m))
}

func (s *site) convergenceExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.converged(f, r)
	if err != nil {
		return f.notDone(w, r, f.benefitCrumbs()[:1], err)
	}
	tables := []ledgerTable{withIDs(f, m.Table)}
	if m.Cost != nil {
		tables = append(tables, *m.Cost, *m.Measures)
	}
	notes := []exchange.Note{{Name: f.T("web.converge.title"), Text: m.Lead}}
	if m.Cost != nil {
		notes = append(notes, exchange.Note{Name: f.T("web.synthetic"), Text: f.T("web.converge.cost.note", "persons", convergedPersons)})
	}
	return f.takeTables(w, r.PathValue("file"), "benefit-convergence-"+m.On, notes, tables)
}

// withIDs puts the parameters' ids, which a page shows when one points at a name, into a column of their own.
func withIDs(f *frame, t ledgerTable) ledgerTable {
	t.Heads = append(f.ledgerHeads("web.converge.id"), t.Heads...)
	t.Rows = slices.Clone(t.Rows)
	for i, r := range t.Rows {
		t.Rows[i].Cells = append([]ledgerCell{textCell(r.Cells[0].Title)}, r.Cells...)
	}
	return t
}

// converged compares the cities on the day asked for, and has one schedule settled against theirs when that is asked too.
//
// 依据: SC38-6.3
func (s *site) converged(f *frame, r *http.Request) (convergenceModel, error) {
	on, ok := f.day(s.today())
	m := convergenceModel{On: string(on), BadDay: !ok, Ask: f.link("/benefit/convergence", "on", string(on), "cost", "1")}
	force, err := s.rulebooks.now(r.Context())
	if err != nil {
		return m, err
	}
	m.Synthetic = force.synthetic()
	cities := s.cities()
	all := force.Book.Converge(on, cities)
	t := ledgerTable{ID: "parameters", Title: f.T("web.converge.parameters"), Clause: "SC38-6.3", Empty: f.T("web.converge.none"), Tall: true,
		Heads: f.ledgerHeads("web.papers.parameter", "#", "web.converge.province", "#", "web.papers.least", "#", "web.papers.most", "#", "web.converge.differ", "web.converge.which")}
	for _, c := range all {
		var names []string
		for _, code := range c.Differ {
			names = append(names, f.divisionName(code))
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{{Text: c.Title.In(string(f.Lang)), Title: string(c.ID)}, f.settingCell(c.Definition, c.Province), f.settingCell(c.Definition, c.Least), f.settingCell(c.Definition, c.Most),
			numberCell(strconv.Itoa(len(c.Differ)), strconv.Itoa(len(c.Differ))), textCell(strings.Join(names, f.T("web.converge.and")))}})
	}
	m.Table = t
	schedule := force.Book.Province().On(on)
	if schedule == nil {
		m.Lead = f.T("web.benefit.nothing", "on", string(on))
		return m, nil
	}
	m.Lead = f.T("web.converge.lead", "on", string(on), "of", len(schedule.Values()), "same", len(schedule.Values())-len(all), "cities", len(force.Book.Cities(cities)))
	if f.seen.Get("cost") == "1" && len(all) > 0 {
		err = s.costs(f, r, &m, force, on)
	}
	return m, err
}

// settingCell is a parameter's value as people write it: ratios as percentages, amounts with separators.
func (f *frame) settingCell(d policy.Definition, text string) ledgerCell {
	if v, ok := d.Parse(text); ok {
		return numberCell(f.parameterValue(d, v), text)
	}
	return numberCell(text, text)
}

// cities are the province's.
func (s *site) cities() (out []region.Code) {
	for _, d := range s.Engine.Tree.Prefectures(s.home()) {
		out = append(out, d.Code)
	}
	return out
}

// costs settles made-up visits under the cities' own rules and under the province's, in the background, once for the same papers and day.
func (s *site) costs(f *frame, r *http.Request, m *convergenceModel, force *inForce, on policy.Date) error {
	b := s.work.start("converge "+string(on)+" "+force.papers, fault.Msg("web.converge.running"), func(ctx context.Context, _ *job) (any, error) {
		return s.uniform(ctx, force.Book, on)
	})
	if !b.wait(r.Context(), soon) {
		m.Running = true
		f.refresh, f.refreshIn = m.Ask, 2
		return nil
	}
	value, err := b.outcome()
	if err != nil {
		s.work.forget(b)
		return err
	}
	sim := value.(*benefit.Simulation)
	cost := ledgerTable{ID: "cost", Title: f.T("web.converge.cost"), Aside: f.T("web.ledger.unit"), Clause: "SC38-6.3", Empty: f.T("web.converge.none"), Tall: true,
		Heads: f.ledgerHeads("web.column.division", "#", "web.converge.visits", "#", "web.converge.own_rules", "#", "web.converge.one_rule", "#", "web.converge.change", "#", "web.converge.percent", "#", "web.converge.persons")}
	add := func(name string, t benefit.Tally, total bool) {
		before, after := t.Burdens[benefit.Baseline].Funds(), t.Burdens[benefit.Scenario].Funds()
		percent := ""
		if before > 0 {
			percent = money.NewRatio(int64(after-before)*100, int64(before)).Text(2)
		}
		cost.Rows = append(cost.Rows, ledgerRow{Total: total, Cells: []ledgerCell{textCell(name), f.countCell(t.Visits), fenCell(before), fenCell(after), fenCell(after - before), numberCell(percent, percent),
			fenCell(t.Burdens[benefit.Scenario].Own - t.Burdens[benefit.Baseline].Own)}})
	}
	for _, row := range sim.By(benefit.ByDivision) {
		add(f.divisionName(region.Code(row.Word)), row.Tally, false)
	}
	add(f.T("web.ledger.total"), sim.Total(), true)
	measures := ledgerTable{ID: "measures", Title: f.T("web.converge.measures"), Clause: "SC38-6.3",
		Heads: f.ledgerHeads("web.converge.measure", "#", "web.converge.goal", "#", "web.converge.own_rules.rate", "#", "web.converge.one_rule.rate")}
	for _, x := range sim.Indicators() {
		measures.Rows = append(measures.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.T("web.converge.measure." + x.Word)), numberCell(goals[x.Word], goals[x.Word]),
			numberCell(x.Rate(benefit.Baseline), x.Rate(benefit.Baseline)), numberCell(x.Rate(benefit.Scenario), x.Rate(benefit.Scenario))}})
	}
	m.Cost, m.Measures = &cost, &measures
	return nil
}

// goals are the plan's figures in percent: reimbursement of in-scope inpatient costs of employees and, with catastrophic insurance, residents, both to stay as they are; aid.
var goals = map[string]string{"employee": "85.5", "resident": "70", "aid": "70"}

// uniform settles a year of made-up visits under the cities' own schedules and under the province's.
func (s *site) uniform(ctx context.Context, book *benefit.Rulebook, on policy.Date) (*benefit.Simulation, error) {
	year, err := strconv.Atoi(string(on[:4]))
	if err != nil {
		return nil, err
	}
	of := min(max(policy.Year(year), synth.FirstYear), synth.LastYear)
	claims, err := synth.NewClaims(synth.ClaimOptions{Province: s.home(), Persons: convergedPersons, From: of, To: of, Seed: 1}, s.Engine.Tree)
	if err != nil {
		return nil, err
	}
	sim := benefit.NewSimulation(book.Province(), book.Province())
	sim.Cities = book.Cities(s.cities())
	for cases := range claims.Visits(of, 0, convergedPersons) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for i := range cases {
			cases[i].Date, cases[i].Begin = on, "" // the schedules of the day that is asked about
			cases[i].CoveredFrom = min(cases[i].CoveredFrom, on)
		}
		sim.Person(cases)
	}
	return sim, nil
}
