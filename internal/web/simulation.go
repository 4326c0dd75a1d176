package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

func (s *site) routesOfSimulation() []route {
	compute := onProvince(office.Compute)
	chosen := func(handle handler) handler {
		return func(f *frame, w http.ResponseWriter, r *http.Request) error {
			if err := s.claims.choose(f); err != nil {
				return err
			}
			return handle(f, w, r)
		}
	}
	return []route{
		{"GET /benefit/simulation", "simulation", false, chosen(s.simulation), compute},
		{"POST /benefit/simulation", "simulation.act", false, chosen(s.simulationAct), compute},
		{"GET /benefit/simulation/{file}", "simulation.export", false, chosen(s.simulationExport), onProvince(office.Export)},
		{"GET /benefit/changes", "changes", false, chosen(s.changes), inOffice(onProvince(office.View))},
		{"POST /benefit/changes", "changes.keep", false, chosen(s.keepChange), inOffice(onProvince(office.Make))},
		{"GET /benefit/changes/{id}", "change", false, chosen(s.change), inOffice(onProvince(office.View))},
		{"GET /benefit/changes/{id}/{file}", "change.export", false, chosen(s.changeExport), inOffice(onProvince(office.Export))},
	}
}

// simulationModel is the page where a change of benefits is tried out on the visits of a year (待遇试算).
type simulationModel struct {
	Pack                    packView
	Packs                   []choiceView
	Picks                   []pickGroup
	Day, Name               string
	Groups                  []fieldGroup
	Incomes                 []fieldView
	Changed                 int
	Full                    bool // the whole year is asked for, not the sample
	Paper                   *paperView
	Job                     *jobView
	Reasons                 []fault.Problem
	Sample, Whole, YAML     string
	XLSX, CSV, Reset, Kept  string
	Empty, MayKeep, MayLoad bool
	Hidden                  [][2]string // what the forms beside that of the parameters carry
}

// trialOfBenefits is what a request wants simulated.
type trialOfBenefits struct {
	scenario
	pack      *policy.Pack
	day       policy.Date // whose rules hold for all visits; empty: each its own
	income    benefit.Income
	hasIncome bool
	full      bool
	wrong     []fault.Problem
}

// The fields beside the parameters.
const (
	fieldIncome  = "disposable_income"
	fieldLiving  = "subsistence"
	sampleVisits = 100_000 // about how many visits the sample has at least
	leastShare   = money.One / 100
	aidedAs      = "subsistence"
)

// benefitsTried reads what is wanted from the address; nil where no policy has benefits.
func (f *frame) benefitsTried() *trialOfBenefits {
	t := &trialOfBenefits{full: f.seen.Get("full") == "1"}
	for _, p := range f.site.packs() {
		if _, err := benefit.Compile(f.site.Engine.Library, p, policy.Overlay{}); err == nil && (t.pack == nil || f.seen.Get("policy") == p.ID) {
			t.pack = p
		}
	}
	if t.pack == nil {
		return nil
	}
	on, ok := f.day("")
	if t.day = on; !ok {
		t.wrong = append(t.wrong, fault.Problem{Column: "on", Value: f.seen.Get("on"), Message: fault.Msg("web.simulation.bad_day", "value", f.seen.Get("on"))})
	}
	t.readIncome(f)
	t.scenario = scenario{name: strings.TrimSpace(f.seen.Get("name")), typed: map[policy.ParameterID]string{}, wrong: map[policy.ParameterID]string{}}
	if runes := []rune(t.name); len(runes) > 60 {
		t.name = string(runes[:60])
	}
	t.overlay = policy.Overlay{Name: t.name, Set: map[policy.ParameterID]string{}}
	set := t.set(f)
	for _, d := range f.benefitDefinitions(set) {
		text := strings.TrimSpace(f.seen.Get(string(d.ID)))
		now, _ := set.Get(d.ID)
		if text == "" {
			continue
		}
		t.typed[d.ID] = text
		value, ok := d.Parse(text)
		if !ok {
			t.scenario.wrong[d.ID] = f.T("policy.unit."+string(d.Unit)+".expected", "choices", f.choiceNames(d))
			t.wrong = append(t.wrong, fault.Problem{Column: string(d.ID), Value: text, Message: fault.Msg("web.simulation.field", "title", d.Title.In(string(f.Lang)))})
		} else if !now.Value.Equal(value) {
			t.overlay.Set[d.ID] = text
		}
	}
	return t
}

// set are the parameters of the day that is simulated: the last of the year where each visit has its own.
func (t *trialOfBenefits) set(f *frame) *policy.Set {
	on := t.day
	if on == "" {
		on = max(f.claims.year, 1).End()
	}
	return t.pack.At(on)
}

func (t *trialOfBenefits) readIncome(f *frame) {
	read := func(name string) money.Fen {
		text := strings.TrimSpace(strings.ReplaceAll(f.seen.Get(name), ",", ""))
		if text == "" {
			return 0
		}
		x, err := money.ParseFen(text)
		if err != nil || x < 0 || x > money.MaxFen/100 {
			t.wrong = append(t.wrong, fault.Problem{Column: name, Value: text, Message: fault.Msg("web.benefit.amount")})
		}
		return x
	}
	t.income = benefit.Income{Disposable: read(fieldIncome), Subsistence: read(fieldLiving)}
	t.hasIncome = t.income.Disposable > 0
}

// benefitDefinitions are the parameters of benefits that a policy sets.
func (f *frame) benefitDefinitions(set *policy.Set) []policy.Definition {
	return slices.DeleteFunc(slices.Clone(f.site.Engine.Library.Definitions), func(d policy.Definition) bool {
		_, has := set.Get(d.ID)
		return !has || !strings.HasPrefix(string(d.ID), "benefit.") || strings.HasPrefix(string(d.ID), "benefit.maternity.allowance.") // no visit is settled by these
	})
}

// simulationGroups are the headings of the form; the last one takes what is left.
var simulationGroups = []struct{ name, prefix string }{
	{"inpatient_ratio", "benefit.inpatient.ratio."}, {"inpatient", "benefit.inpatient."}, {"outpatient", "benefit.outpatient."}, {"chronic", "benefit.chronic."},
	{"two_disease", "benefit.two_disease."}, {"maternity", "benefit.maternity."}, {"catastrophic", "benefit.catastrophic."}, {"aid", "benefit.aid."}, {"other", "benefit."},
}

// link is an address that carries what is tried out, and nothing that the policy says anyway.
func (t *trialOfBenefits) link(f *frame, path string, more ...string) string {
	return f.claimsLink(path, append(t.carried(f), more...)...)
}

// carried are the names and values that say what is tried out.
func (t *trialOfBenefits) carried(f *frame) []string {
	out := []string{"policy", t.pack.ID, "on", string(t.day), "name", t.name, fieldIncome, f.seen.Get(fieldIncome), fieldLiving, f.seen.Get(fieldLiving)}
	for id, text := range t.typed {
		if _, changed := t.overlay.Set[id]; changed || t.scenario.wrong[id] != "" {
			out = append(out, string(id), text)
		}
	}
	return out
}

func (s *site) simulation(f *frame, w http.ResponseWriter, r *http.Request) error {
	t := f.benefitsTried()
	if t == nil {
		return errNotFound
	}
	m := simulationModel{Pack: f.packView(t.pack), Picks: f.claimsPicks(false), Day: string(t.day), Name: t.name, Changed: len(t.overlay.Set), Full: t.full, Reasons: t.wrong,
		Empty: f.claims.snapshot.Rows == 0, MayKeep: f.mayOpen("changes.keep"), MayLoad: f.mayOpen("claims"), Reset: f.claimsLink("/benefit/simulation", "policy", t.pack.ID)}
	for _, p := range s.packs() {
		if _, err := benefit.Compile(s.Engine.Library, p, policy.Overlay{}); err == nil {
			m.Packs = append(m.Packs, choiceView{Value: p.ID, Text: p.Title.In(string(f.Lang)), Selected: p.ID == t.pack.ID})
		}
	}
	f.benefitForm(&m, t)
	m.Sample, m.Whole = t.link(f, "/benefit/simulation"), t.link(f, "/benefit/simulation", "full", "1")
	full := ""
	if t.full {
		full = "1"
	}
	m.YAML, m.XLSX, m.CSV = t.link(f, "/benefit/simulation/scenario.yaml"), t.link(f, "/benefit/simulation/export.xlsx", "full", full), t.link(f, "/benefit/simulation/export.csv", "full", full)
	if f.mayOpen("changes") {
		m.Kept = f.claimsLink("/benefit/changes")
	}
	status := http.StatusOK
	if !m.Empty && len(m.Reasons) == 0 {
		if err := s.simulated(f, r, t, &m); err != nil {
			m.Reasons = problemsOf(err)
		}
		if m.Job != nil && m.Job.Running {
			f.refresh, f.refreshIn = r.URL.RequestURI(), 2
			status = http.StatusAccepted
		}
	}
	if part(r, "outcome") {
		replaced := m.Sample
		if t.full {
			replaced = m.Whole
		}
		w.Header().Set("HX-Replace-Url", replaced)
		return f.render(w, r, http.StatusOK, simulationSwap(f, m))
	}
	return f.render(w, r, status, simulationPage(f, m))
}

// benefitForm lays out the fields.
func (f *frame) benefitForm(m *simulationModel, t *trialOfBenefits) {
	set := t.set(f)
	groups := make([]fieldGroup, len(simulationGroups))
	for _, d := range f.benefitDefinitions(set) {
		i := slices.IndexFunc(simulationGroups, func(g struct{ name, prefix string }) bool { return strings.HasPrefix(string(d.ID), g.prefix) })
		groups[i].Fields = append(groups[i].Fields, f.field(set, d, t.scenario))
	}
	for i, g := range groups {
		if g.Name, g.Title = simulationGroups[i].name, f.T("web.simulation.group."+simulationGroups[i].name); len(g.Fields) > 0 {
			m.Groups = append(m.Groups, g)
		}
	}
	for _, name := range []string{fieldIncome, fieldLiving} {
		v := fieldView{ID: name, Name: name, Title: f.T("exchange.column." + name), Value: f.seen.Get(name), Assumed: f.T("web.simulation.income.assumed")}
		for _, p := range t.wrong {
			if p.Column == name {
				v.Error = f.T("web.benefit.amount")
			}
		}
		m.Incomes = append(m.Incomes, v)
	}
	carried := append(t.carried(f), claimsYear, strconv.Itoa(int(f.claims.year)), claimsKind, string(f.claims.kind))
	for i := 0; i < len(carried); i += 2 {
		if carried[i+1] != "" {
			m.Hidden = append(m.Hidden, [2]string{carried[i], carried[i+1]})
		}
	}
}

// changed tells whether any field of a group is changed or wrong.
func (g fieldGroup) changed() bool {
	return slices.ContainsFunc(g.Fields, func(v fieldView) bool { return v.Changed || v.Error != "" })
}

// simulated gives the answer, or how far it is.
func (s *site) simulated(f *frame, r *http.Request, t *trialOfBenefits, m *simulationModel) error {
	paper, b, err := s.benefitTrial(f, r, t)
	if err != nil {
		return err
	}
	if paper == nil {
		v := f.jobFacts(b)
		v.Back, v.Poll, v.Cancel, v.Again = r.URL.RequestURI(), f.claimsLink("/data/claims/job/"+b.id, "back", r.URL.RequestURI()), "/benefit/simulation", "/benefit/simulation"
		m.Job = &v
		return nil
	}
	view := f.paperView(*paper)
	m.Paper = &view
	return nil
}

// benefitTrial simulates what is wanted: the sample at once, the whole year in the background. Without a paper it gives the job that is to bring it.
func (s *site) benefitTrial(f *frame, r *http.Request, t *trialOfBenefits) (*exchange.SimulationPaper, *job, error) {
	begin, rules, err := s.rulesTried(f, t)
	if err != nil {
		return nil, nil, err
	}
	share := shareOf(f.claims.snapshot.Rows)
	if t.full {
		share = money.One
	}
	snapshot, facts := f.claims.snapshot, f.fundFacts(f.claims.year)
	source := exchange.SimulationSource{Synthetic: f.synthetic(), Year: snapshot.Year, Day: t.day, Kind: string(snapshot.Kind), Snapshot: snapshot.ID, Aided: aidedAs, Share: share}
	var result *benefit.Simulation
	var read lake.VisitsRead
	if t.full {
		done, b, err := waited(s.claims, r, snapshot, "simulation", t.key(), func(ctx context.Context, store *lake.Lake, b *job) (simulatedYear, error) {
			x, read, err := lake.Simulate(ctx, store, snapshot.Year, snapshot.Kind, lake.VisitOptions{Aided: aidedAs, Tell: b.saying("web.simulation.phase")}, begin)
			return simulatedYear{x, read}, err
		})
		if done == nil || err != nil {
			return nil, b, err
		}
		result, read = done.result, done.read
	} else {
		sample, b, err := waited(s.claims, r, snapshot, "simulation.sample", "", func(ctx context.Context, store *lake.Lake, b *job) (visitSample, error) {
			return drawSample(ctx, store, snapshot, share, b)
		})
		if sample == nil || err != nil {
			return nil, b, err
		}
		result, read = begin(), sample.read
		for _, cases := range sample.persons {
			result.Person(cases)
		}
	}
	source.Refunded, source.Other = read.Refunded, read.Other
	paper := exchange.NewSimulationPaper(result, rules, source.Of(read.Persons), benefit.Dimensions(), facts)
	paper.Name, paper.Files, paper.Program = t.name, s.PolicyVersion, s.Version
	return &paper, nil, nil
}

// simulatedYear is what a whole year came to.
type simulatedYear struct {
	result *benefit.Simulation
	read   lake.VisitsRead
}

// visitSample are the visits of a sample of persons, kept in memory so that every trial answers at once.
type visitSample struct {
	persons [][]benefit.Case
	read    lake.VisitsRead
}

// shareOf is the share of persons in the sample of so many settlements.
func shareOf(rows int64) money.Rate {
	if rows <= sampleVisits {
		return money.One
	}
	return max(leastShare, money.Rate(int64(money.One)*sampleVisits/rows))
}

func drawSample(ctx context.Context, store *lake.Lake, s lake.Snapshot, share money.Rate, b *job) (visitSample, error) {
	var out visitSample
	var err error
	out.read, err = store.Visits(ctx, s.Year, s.Kind, lake.VisitOptions{Sample: share, Aided: aidedAs, Workers: 1, Tell: b.saying("web.simulation.phase.sample")}, func() func([]benefit.Case) {
		return func(cases []benefit.Case) { out.persons = append(out.persons, slices.Clone(cases)) }
	})
	return out, err
}

// saying notes how far a job's phase is.
func (b *job) saying(phase string) func(done, parts int64) {
	return func(done, parts int64) { b.say(fault.Msg(phase), min(done, parts), parts) }
}

// waited does something with the claims store in the background, and gives its result when that is there soon.
func waited[T any](c *claimsDesk, r *http.Request, s lake.Snapshot, name, key string, do func(context.Context, *lake.Lake, *job) (T, error)) (*T, *job, error) {
	q := question{fault.Msg("web.simulation.job", "year", int(s.Year), "kind", s.Kind), name, []string{key}}
	b := c.jobs.start(q.key(s), q.title, func(ctx context.Context, b *job) (any, error) {
		store, err := c.open(false)
		if err != nil || store == nil {
			return nil, err
		}
		return do(ctx, store, b)
	})
	if !b.wait(r.Context(), soonSimulated) {
		return nil, b, nil
	}
	value, err := b.outcome()
	if err != nil {
		return nil, b, nil // the job's panel says why
	}
	out := value.(T)
	return &out, b, nil
}

// soonSimulated is how long a page waits for a simulation before it shows how far it is.
const soonSimulated = 1500 * time.Millisecond

// key tells trials apart.
func (t *trialOfBenefits) key() string {
	return strings.Join([]string{t.pack.ID, string(t.day), t.income.Disposable.String(), t.income.Subsistence.String(), overlayKey(t.overlay)}, "\x00")
}

// rulesTried compiles both rules, and gives what begins a simulation of them.
func (s *site) rulesTried(f *frame, t *trialOfBenefits) (func() *benefit.Simulation, *benefit.Schedules, error) {
	baseline, err := benefit.Compile(s.Engine.Library, t.pack, policy.Overlay{})
	if err != nil {
		return nil, nil, err
	}
	rules, err := benefit.Compile(s.Engine.Library, t.pack, t.overlay)
	if err != nil {
		return nil, nil, err
	}
	if t.day != "" && baseline.On(t.day) == nil {
		return nil, nil, fault.New(fault.Refused, "web.benefit.nothing", "on", string(t.day))
	}
	set, err := s.Engine.Library.With(t.pack.At(max(f.claims.year, 1).End()), t.overlay)
	if err != nil {
		return nil, nil, err
	}
	incomes := benefit.IncomesOf(set)
	if t.hasIncome {
		incomes.Cities = map[region.Code]benefit.Income{f.province(): t.income}
		for _, p := range s.Engine.Tree.Prefectures(f.province()) {
			incomes.Cities[p.Code] = t.income
		}
	}
	return func() *benefit.Simulation {
		x := benefit.NewSimulation(baseline, rules)
		x.Day, x.Incomes = t.day, incomes
		return x
	}, rules, nil
}

// fundFacts are the funds' balances at the end of a year: as pooled where the year was computed, else as its statements have them.
func (f *frame) fundFacts(year policy.Year) []benefit.FundFact {
	result, ok := f.book.result(year)
	if !ok {
		return exchange.FundFacts(f.book.facts.Statements, year)
	}
	var out []benefit.FundFact
	for _, fund := range result.Funds {
		for _, d := range fund.Divisions {
			x := benefit.FundFact{Division: d.Code, Surplus: d.SurplusEnd, Expenditure: d.Statement.Expenditure()}
			if fund.Insurance == pool.Resident {
				x.Insurance = benefit.Resident
			}
			out = append(out, x)
		}
	}
	return out
}

// simulationAct takes a scenario file in, cancels a run, or has one done again.
func (s *site) simulationAct(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readMoneyForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	if id := r.FormValue("job"); id != "" {
		if b, ok := s.claims.jobs.find(byID(id)); ok {
			b.cancel()
			b.wait(r.Context(), stopping)
			s.claims.jobs.forget(b)
		}
		http.Redirect(w, r, f.claimsLink("/benefit/simulation"), http.StatusSeeOther)
		return nil
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return f.badForm(w, r, badForm(err))
	}
	defer file.Close() // it is in memory
	content := make([]byte, min(header.Size, maxForm))
	n, _ := file.Read(content) // what is short is no overlay
	overlay, err := policy.ParseOverlay(header.Filename, content[:n])
	if err != nil {
		return err
	}
	more := []string{"policy", r.FormValue("policy"), "name", overlay.Name}
	for id, value := range overlay.Set {
		definition, ok := s.Engine.Library.Definition(id)
		if _, good := definition.Parse(value); !ok || !good || !strings.HasPrefix(string(id), "benefit.") {
			return fault.Refuse(fault.Problem{File: header.Filename, Column: string(id), Value: value, Message: fault.Msg("web.simulation.file", "id", string(id), "value", value)})
		}
		more = append(more, string(id), value)
	}
	http.Redirect(w, r, f.claimsLink("/benefit/simulation", more...), http.StatusSeeOther)
	return nil
}

// simulationExport gives the scenario as the file the command line reads, or the result as a workbook or CSV.
func (s *site) simulationExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	t := f.benefitsTried()
	switch {
	case t == nil:
		return errNotFound
	case r.PathValue("file") == "scenario.yaml":
		if t.overlay.Name == "" {
			t.overlay.Name = f.T("web.whatif.unnamed")
		}
		out, err := policy.FormatOverlay(t.overlay)
		if err != nil {
			return err
		}
		return attach(w, "scenario.yaml", "application/yaml; charset=utf-8", out)
	case len(t.wrong) > 0:
		return &fault.Refusal{Problems: t.wrong}
	}
	paper, _, err := s.benefitTrial(f, r, t)
	if err != nil {
		return err
	}
	if paper == nil {
		return fault.New(fault.Refused, "web.simulation.not_yet")
	}
	return s.takePaper(f, w, r.PathValue("file"), *paper)
}
