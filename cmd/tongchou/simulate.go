package main

import (
	"context"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

// simulateFlags say which rules are compared, and over whose visits.
type simulateFlags struct {
	policy, province string
	changes          poolFlags // --set and --scenario
	cities           cityFlags
	claims           storeFlags
	kind, aided      string
	incomes          string
	statements       string
	on               string
	persons          int64
	seed             uint64
	year, sample     string
	by               []string
	workers          int
	json             bool
}

func (a *app) simulateCommand() *cobra.Command {
	var f simulateFlags
	text := func(name string) string { return a.p.T("cli.flag." + name) }
	c := &cobra.Command{Use: "simulate", Short: a.p.T("cli.simulate.short"), Long: a.p.T("cli.simulate.long"), Args: a.noArgs, Example: a.p.T("cli.simulate.example")}
	flags := c.Flags()
	flags.StringVar(&f.policy, "policy", "", text("policy"))
	flags.StringVar(&f.province, "province", "", text("province"))
	flags.StringArrayVar(&f.changes.set, "set", nil, text("set"))
	flags.StringVar(&f.changes.scenario, "scenario", "", text("scenario"))
	flags.StringVar(&f.cities.cities, "cities", "", text("cities"))
	f.claims.add(a, c, "claims", text("simulate_claims"))
	flags.StringVar(&f.kind, "kind", string(lake.Final), text("claims_kind"))
	flags.StringVar(&f.aided, "aided-as", benefit.Subsistence.String(), text("aided_as"))
	flags.StringVar(&f.incomes, "incomes", "", text("incomes"))
	flags.StringVar(&f.statements, "statements", "", text("simulate_statements"))
	flags.StringVar(&f.on, "on", "", text("simulate_on"))
	flags.Int64Var(&f.persons, "persons", 100_000, text("persons"))
	flags.StringVar(&f.sample, "sample", "1", text("sample"))
	flags.StringVar(&f.year, "year", "2025", text("visits_year"))
	flags.Uint64Var(&f.seed, "seed", demoSeed, text("seed"))
	flags.StringSliceVar(&f.by, "by", nil, text("by"))
	flags.IntVar(&f.workers, "workers", 0, text("workers"))
	flags.BoolVar(&f.json, "json", false, text("json"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(ctx context.Context) error { return f.run(ctx, a) })
	}
	return c
}

func (f *simulateFlags) run(ctx context.Context, a *app) error {
	dimensions, err := f.dimensions()
	if err != nil {
		return err
	}
	share, err := f.share()
	if err != nil {
		return err
	}
	baseline, err := a.schedules(f.policy, &poolFlags{})
	if err != nil {
		return err
	}
	scenario, err := a.schedules(f.policy, &f.changes)
	if err != nil {
		return err
	}
	year, err := requiredYear(f.year)
	if err != nil {
		return err
	}
	begin, err := f.beginning(a, year, baseline, scenario)
	if err != nil {
		return err
	}
	facts, err := f.balances(year)
	if err != nil {
		return err
	}
	simulate := f.made
	if f.claims.given() {
		simulate = f.kept
	}
	result, source, err := simulate(ctx, a, year, share, baseline, begin)
	if err != nil {
		return err
	}
	source.Day = policy.Date(f.on)
	paper := exchange.NewSimulationPaper(result, scenario, source, dimensions, facts)
	if f.json {
		return exchange.WriteJSON(a.out, paper)
	}
	return a.printSimulation(paper, scenario, dimensions)
}

// beginning gives what begins a simulation, of which every worker has one.
func (f *simulateFlags) beginning(a *app, year policy.Year, baseline, scenario *benefit.Schedules) (func() *benefit.Simulation, error) {
	cities, err := f.ownRules(a, year)
	if err != nil {
		return nil, err
	}
	if _, ok := policy.ParseDate(f.on); f.on != "" && (!ok || baseline.On(policy.Date(f.on)) == nil || scenario.On(policy.Date(f.on)) == nil) {
		return nil, fault.New(fault.Usage, "cli.simulate.on", "value", f.on)
	}
	incomes, err := f.assumed(a, year)
	if err != nil {
		return nil, err
	}
	if f.incomes != "" {
		in, err := exchange.ReadInput(f.incomes)
		if err != nil {
			return nil, err
		}
		rows, err := exchange.ReadIncomes(in)
		if err != nil {
			return nil, err
		}
		incomes.Cities = map[region.Code]benefit.Income{}
		for _, r := range rows {
			incomes.Cities[r.Division] = r.Income
		}
	}
	return func() *benefit.Simulation {
		s := benefit.NewSimulation(baseline, scenario)
		s.Cities, s.Day, s.Incomes = cities, policy.Date(f.on), incomes
		return s
	}, nil
}

// assumed are the incomes that the policy assumes for a year, with what is set.
func (f *simulateFlags) assumed(a *app, year policy.Year) (benefit.Incomes, error) {
	engine, pack, err := a.engineFor(f.policy)
	if err != nil {
		return benefit.Incomes{}, err
	}
	overlay, err := f.changes.overlay(engine.Library)
	if err != nil {
		return benefit.Incomes{}, err
	}
	set, err := engine.Library.With(pack.At(year.End()), overlay)
	if err != nil {
		return benefit.Incomes{}, err
	}
	return benefit.IncomesOf(set), nil
}

// balances are the funds of the year at its end, from the statements that are given.
func (f *simulateFlags) balances(year policy.Year) ([]benefit.FundFact, error) {
	if f.statements == "" {
		return nil, nil
	}
	in, err := exchange.ReadInput(f.statements)
	if err != nil {
		return nil, err
	}
	loaded, err := exchange.Load(exchange.Files{Statements: &in})
	if err != nil {
		return nil, err
	}
	return exchange.FundFacts(loaded.Facts.Statements, year), nil
}

// dimensions are those asked for, all of them when none is.
func (f *simulateFlags) dimensions() ([]benefit.Dimension, error) {
	if len(f.by) == 0 {
		return benefit.Dimensions(), nil
	}
	var out []benefit.Dimension
	for _, word := range f.by {
		d := benefit.Dimension(word)
		if !slices.Contains(benefit.Dimensions(), d) {
			return nil, fault.New(fault.Usage, "cli.simulate.dimension", "value", word)
		}
		out = append(out, d)
	}
	return out, nil
}

// share is the share of persons that are simulated.
func (f *simulateFlags) share() (money.Rate, error) {
	rate, err := money.ParseRate(f.sample)
	if err != nil || rate <= 0 || rate > money.One {
		return 0, fault.New(fault.Usage, "cli.simulate.sample", "value", f.sample)
	}
	return rate, nil
}

// kept simulates the visits of the claims store.
func (f *simulateFlags) kept(ctx context.Context, a *app, year policy.Year, share money.Rate, _ *benefit.Schedules, begin func() *benefit.Simulation) (*benefit.Simulation, exchange.SimulationSource, error) {
	source := exchange.SimulationSource{Year: year, Share: share, Aided: f.aided}
	kind, err := claimKind(f.kind)
	if err != nil {
		return nil, source, err
	}
	store, err := a.store(&f.claims)
	if err != nil {
		return nil, source, err
	}
	defer store.Close() // nothing was written
	progress := a.counted("cli.simulate.progress_rows")
	result, read, err := lake.Simulate(ctx, store, year, kind, lake.VisitOptions{Sample: share, Aided: f.aided, Workers: f.workers,
		Tell: func(done, _ int64) { progress(int(done)) }}, begin)
	progress(0)
	if err != nil {
		return nil, source, err
	}
	source.Kind, source.Snapshot, source.Synthetic, source.Refunded, source.Other = string(kind), read.Snapshot.ID, read.Snapshot.Synthetic, read.Refunded, read.Other
	return result, source.Of(read.Persons), nil
}

// made simulates the visits of synthetic persons.
func (f *simulateFlags) made(ctx context.Context, a *app, year policy.Year, share money.Rate, rules *benefit.Schedules, begin func() *benefit.Simulation) (*benefit.Simulation, exchange.SimulationSource, error) {
	of := max(1, int64(money.Fen(f.persons).Part(share)))
	source := exchange.SimulationSource{Synthetic: true, Year: year, Share: share, Persons: f.persons, Simulated: of}
	claims, err := f.synthetic(a, year, rules)
	if err != nil {
		return nil, source, err
	}
	result, err := f.simulate(ctx, a, claims, year, begin, of)
	return result, source, err
}

// synthetic are the synthetic persons' claims.
func (f *simulateFlags) synthetic(a *app, year policy.Year, rules *benefit.Schedules) (*synth.Claims, error) {
	province := rules.Pack.Provinces[0]
	if f.province != "" {
		var err error
		if province, err = a.province(f.province); err != nil {
			return nil, err
		}
	}
	tree, err := region.Load()
	if err != nil {
		return nil, fault.Wrap(err, "cli.broken_tables")
	}
	return synth.NewClaims(synth.ClaimOptions{Province: province, Persons: f.persons, From: year, To: year, Seed: f.seed}, tree)
}

// ownRules are the schedules of cities with rules of their own, which are then the baseline: what one schedule for all costs each city.
func (f *simulateFlags) ownRules(a *app, year policy.Year) (map[region.Code]*benefit.Schedules, error) {
	engine, pack, err := a.engineFor(f.policy)
	if err != nil {
		return nil, err
	}
	rules, err := f.cities.rules(engine.Library, nil)
	if err != nil {
		return nil, err
	}
	return benefit.Cities(engine.Library, pack, rules, year.End())
}

// piece is how many persons are simulated in one go.
const piece = 2048

// simulate settles the visits of the persons side by side.
func (f *simulateFlags) simulate(ctx context.Context, a *app, claims *synth.Claims, year policy.Year, begin func() *benefit.Simulation, of int64) (*benefit.Simulation, error) {
	workers := f.workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	parts := make([]*benefit.Simulation, workers)
	progress := a.counted("cli.simulate.progress")
	var all sync.WaitGroup
	for w := range parts {
		parts[w] = begin()
		all.Go(func() {
			for ctx.Err() == nil {
				from := next.Add(piece) - piece
				if from >= of {
					return
				}
				for cases := range claims.Visits(year, from, min(from+piece, of)) {
					parts[w].Person(cases)
				}
				if w == 0 {
					progress(int(min(from+piece, of)))
				}
			}
		})
	}
	all.Wait()
	progress(0)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	total := begin()
	for _, part := range parts {
		total.Add(part)
	}
	return total, nil
}

func (a *app) printSimulation(p exchange.SimulationPaper, rules *benefit.Schedules, dimensions []benefit.Dimension) error {
	if err := a.labels(p.Status, p.Synthetic, pool.Result{Changed: rules.Changed}.Changes()); err != nil {
		return err
	}
	if err := a.say("cli.simulate.title", "policy", p.Policy, "year", int(p.Year), "persons", p.Persons, "visits", p.Total.Visits); err != nil {
		return err
	}
	if err := a.printSource(p); err != nil {
		return err
	}
	if err := a.printLayers(p); err != nil {
		return err
	}
	for _, d := range dimensions {
		if err := a.printBy(p, d); err != nil {
			return err
		}
	}
	for _, print := range []func(exchange.SimulationPaper) error{a.printPeople, a.printFunds, a.printCalibration} {
		if err := print(p); err != nil {
			return err
		}
	}
	return nil
}

// printSource says what was simulated, and what is assumed of it.
func (a *app) printSource(p exchange.SimulationPaper) error {
	if !p.Full() {
		if err := a.say("cli.simulate.sampled", "persons", p.Simulated); err != nil {
			return err
		}
		if err := a.say("cli.simulate.within", "change", p.Within.Change, "baseline", p.Within.Before); err != nil {
			return err
		}
	}
	if p.Skipped > 0 {
		if err := a.say("cli.simulate.skipped", "visits", p.Skipped); err != nil {
			return err
		}
	}
	if p.Snapshot == "" {
		return nil
	}
	if err := a.say("cli.simulate.from_claims", "kind", fault.Msg("value."+p.Kind), "snapshot", p.Snapshot, "refunded", p.Refunded, "other", p.Other); err != nil {
		return err
	}
	return a.say("cli.simulate.assumed", "group", fault.Msg("settled.group."+p.Aided))
}

func (a *app) printLayers(p exchange.SimulationPaper) error {
	rows := [][]string{}
	before, after := p.Total.Baseline.Layers(), p.Total.Scenario.Layers()
	for i, name := range exchange.SimulationLayers() {
		rows = append(rows, append([]string{a.p.T("figure." + name)}, change(before[i], after[i])...))
	}
	return table(a.out, append([]string{a.p.T("cli.simulate.layer")}, a.headers("baseline", "scenario", "change", "percent")...), rows)
}

// change is an amount before and after, the difference, and it in percent.
func change(before, after money.Fen) []string {
	return []string{wan(before), wan(after), wan(after - before), percentOf(after-before, before)}
}

func percentOf(part, of money.Fen) string {
	if of == 0 {
		return exchange.NoMonths
	}
	return money.NewRatio(int64(part)*100, int64(of)).Text(2)
}

// tableBelow writes a table with an empty line above.
func (a *app) tableBelow(header []string, rows [][]string) error {
	if _, err := io.WriteString(a.out, "\n"); err != nil {
		return err
	}
	return table(a.out, header, rows)
}

func (a *app) printBy(p exchange.SimulationPaper, d benefit.Dimension) error {
	header := append([]string{a.p.T("cli.simulate.by." + string(d))}, a.headers("visits", "in_scope", "funds_before", "funds_after", "change", "percent", "own_change")...)
	var rows [][]string
	for _, r := range p.Rows[d] {
		row := []string{a.word(d, r.Key), a.p.Value(r.Visits), wan(r.InScope)}
		row = append(row, change(r.Baseline.Funds, r.Scenario.Funds)...)
		rows = append(rows, append(row, wan(r.Scenario.Own-r.Baseline.Own)))
	}
	return a.tableBelow(header, rows)
}

// word names a word of a dimension for people.
func (a *app) word(d benefit.Dimension, word string) string {
	switch d {
	case benefit.ByDivision:
		return word + " " + a.p.Division(region.Code(word))
	case benefit.ByInsurance:
		return a.p.T("value." + word)
	case benefit.ByCategory:
		return a.p.T("settled.category." + word)
	case benefit.ByLevel:
		return a.p.T("settled.level." + word)
	case benefit.ByPlace:
		return a.p.T("settled.place." + word)
	case benefit.ByGroup:
		return a.p.T("settled.group." + word)
	}
	return word
}

func (a *app) printPeople(paper exchange.SimulationPaper) error {
	p := paper.People
	if err := a.say("cli.simulate.people", "persons", p.Persons, "better", p.Better, "gained", p.Gained, "worse", p.Worse, "lost", p.Lost, "same", p.Same); err != nil {
		return err
	}
	if p.Judged > 0 {
		if err := a.say("cli.simulate.catastrophic", "persons", p.Judged, "before", percentOf(money.Fen(p.Before), money.Fen(p.Judged)), "after", percentOf(money.Fen(p.After), money.Fen(p.Judged))); err != nil {
			return err
		}
	} else if err := a.say("cli.simulate.no_income"); err != nil {
		return err
	}
	if err := a.printIncomes(paper); err != nil {
		return err
	}
	var rows [][]string
	for i, band := range paper.Own {
		label := a.p.T("cli.simulate.own.last", "from", band.From)
		if i+1 < len(paper.Own) {
			label = a.p.T("cli.simulate.own.band", "from", band.From, "to", paper.Own[i+1].From)
		}
		rows = append(rows, []string{label, a.p.Value(band.Baseline), a.p.Value(band.Scenario)})
	}
	if err := table(a.out, append([]string{a.p.T("cli.simulate.own")}, a.headers("baseline", "scenario")...), rows); err != nil {
		return err
	}
	rows = nil
	for _, x := range paper.Percentiles {
		rows = append(rows, []string{a.p.T("cli.simulate.percentile", "percent", x.Percent), x.Baseline.In(money.Yuan), x.Scenario.In(money.Yuan)})
	}
	return a.tableBelow(append([]string{a.p.T("cli.simulate.percentiles")}, a.headers("baseline", "scenario")...), rows)
}

// printIncomes tells what persons of each income group bear, where groups are assumed.
func (a *app) printIncomes(p exchange.SimulationPaper) error {
	var rows [][]string
	for _, x := range p.PeopleBy[benefit.ByIncome] {
		rows = append(rows, []string{a.p.T("settled.income." + x.Key), a.p.Value(x.Persons), wan(x.Borne), wan(x.Bears), wan(x.Bears - x.Borne), percentOf(money.Fen(x.Before), money.Fen(x.Judged)), percentOf(money.Fen(x.After), money.Fen(x.Judged))})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := a.say("cli.simulate.incomes"); err != nil {
		return err
	}
	header := append([]string{a.p.T("cli.simulate.by.income")}, a.headers("persons", "own_before", "own_after", "change", "catastrophic_before", "catastrophic_after")...)
	if err := table(a.out, header, rows); err != nil {
		return err
	}
	_, err := io.WriteString(a.out, "\n")
	return err
}

// printFunds tells for how many months each fund pays, where balances were given.
func (a *app) printFunds(p exchange.SimulationPaper) error {
	if len(p.Funds) == 0 {
		return nil
	}
	var rows [][]string
	for _, f := range p.Funds {
		rows = append(rows, []string{a.p.T("value." + f.Insurance), a.word(benefit.ByDivision, string(f.Division)), wan(f.Surplus), wan(f.Expenditure), wan(f.More), f.Before, f.After})
	}
	return a.tableBelow(a.headers("insured_by", "division", "surplus_end", "spent_in_year", "change", "months_before", "months_after"), rows)
}

// printCalibration sets the baseline beside what was paid in fact.
func (a *app) printCalibration(p exchange.SimulationPaper) error {
	if len(p.Calibration) == 0 {
		return nil
	}
	if err := a.say("cli.simulate.calibration"); err != nil {
		return err
	}
	var rows [][]string
	for _, c := range p.Calibration {
		rows = append(rows, []string{a.p.T("value." + c.Key), a.p.T("settled.level." + c.Beside), a.p.Value(c.Visits), wan(c.Paid.Funds), wan(c.Baseline.Funds), percentOf(c.Baseline.Funds-c.Paid.Funds, c.Paid.Funds)})
	}
	return table(a.out, a.headers("insured_by", "hospital_level", "visits", "paid_fact", "baseline", "percent"), rows)
}
