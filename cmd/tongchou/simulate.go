package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
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
	flags.Int64Var(&f.persons, "persons", 100_000, text("persons"))
	flags.StringVar(&f.sample, "sample", "1", text("sample"))
	flags.StringVar(&f.year, "year", "2025", text("visits_year"))
	flags.Uint64Var(&f.seed, "seed", demoSeed, text("seed"))
	flags.StringSliceVar(&f.by, "by", nil, text("by"))
	flags.IntVar(&f.workers, "workers", 0, text("workers"))
	flags.BoolVar(&f.json, "json", false, text("json"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return f.run(ctx, a)
	}
	return c
}

// simulated is a simulation and what it was made of.
type simulated struct {
	*benefit.Simulation
	Rules   *benefit.Schedules
	Year    policy.Year
	Persons int64 // insured persons whose year was simulated
	Of      int64 // the persons they stand for
}

func (f *simulateFlags) run(ctx context.Context, a *app) error {
	dimensions, err := f.dimensions()
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
	claims, year, err := f.claims(a, baseline)
	if err != nil {
		return err
	}
	of, err := f.sampled()
	if err != nil {
		return err
	}
	cities, err := f.ownRules(a, year)
	if err != nil {
		return err
	}
	result, err := f.simulate(ctx, a, claims, year, func() *benefit.Simulation {
		s := benefit.NewSimulation(baseline, scenario)
		s.Cities = cities
		return s
	}, of)
	if err != nil {
		return err
	}
	done := simulated{result, scenario, year, of, f.persons}
	if f.json {
		return exchange.WriteJSON(a.out, done.json(dimensions))
	}
	return a.printSimulation(done, dimensions)
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

// sampled is how many persons are simulated.
func (f *simulateFlags) sampled() (int64, error) {
	rate, err := money.ParseRate(f.sample)
	if err != nil || rate <= 0 || rate > money.One {
		return 0, fault.New(fault.Usage, "cli.simulate.sample", "value", f.sample)
	}
	return max(1, int64(money.Fen(f.persons).Part(rate))), nil
}

// claims are the synthetic persons' visits.
func (f *simulateFlags) claims(a *app, rules *benefit.Schedules) (*synth.Claims, policy.Year, error) {
	year, err := requiredYear(f.year)
	if err != nil {
		return nil, 0, err
	}
	province := rules.Pack.Provinces[0]
	if f.province != "" {
		if province, err = a.province(f.province); err != nil {
			return nil, 0, err
		}
	}
	tree, err := region.Load()
	if err != nil {
		return nil, 0, fault.Wrap(err, "cli.broken_tables")
	}
	claims, err := synth.NewClaims(synth.ClaimOptions{Province: province, Persons: f.persons, From: year, To: year, Seed: f.seed}, tree)
	return claims, year, err
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
		return nil, fault.New(fault.Refused, "cli.simulate.interrupted")
	}
	total := begin()
	for _, part := range parts {
		total.Add(part)
	}
	return total, nil
}

// scaled is an amount of the sample brought up to all persons.
func (s simulated) scaled(f money.Fen) money.Fen {
	if s.Persons == s.Of {
		return f
	}
	return f.Ratio().Mul(money.NewRatio(s.Of, s.Persons)).Fen()
}

func (s simulated) count(n int64) int64 { return int64(s.scaled(money.Fen(n))) }

func (a *app) printSimulation(s simulated, dimensions []benefit.Dimension) error {
	changes := pool.Result{Changed: s.Rules.Changed}.Changes()
	if err := a.labels(s.Rules.Last().Status, true, changes); err != nil {
		return err
	}
	total := s.Total()
	if err := a.say("cli.simulate.title", "policy", s.Rules.Pack.ID, "year", int(s.Year), "persons", s.Of, "visits", s.count(total.Visits)); err != nil {
		return err
	}
	if s.Persons != s.Of {
		if err := a.say("cli.simulate.sampled", "persons", s.Persons); err != nil {
			return err
		}
	}
	if err := a.printLayers(s, total); err != nil {
		return err
	}
	for _, d := range dimensions {
		if err := a.printBy(s, d); err != nil {
			return err
		}
	}
	return a.printPeople(s)
}

// layers are the lines of the first table.
func layers(b benefit.Burden) []money.Fen {
	return []money.Fen{b.Basic, b.Catastrophic, b.Large, b.Aid, b.Other, b.Funds(), b.Own}
}

var layerNames = []string{"basic_pay", "catastrophic_pay", "large_pay", "aid_pay", "other_pay", "funds_pay", "own_share"}

func (a *app) printLayers(s simulated, total benefit.Tally) error {
	rows := [][]string{}
	before, after := layers(total.Burdens[benefit.Baseline]), layers(total.Burdens[benefit.Scenario])
	for i, name := range layerNames {
		rows = append(rows, append([]string{a.p.T("figure." + name)}, s.change(before[i], after[i])...))
	}
	return table(a.out, append([]string{a.p.T("cli.simulate.layer")}, a.headers("baseline", "scenario", "change", "percent")...), rows)
}

// change is an amount before and after, the difference, and it in percent.
func (s simulated) change(before, after money.Fen) []string {
	before, after = s.scaled(before), s.scaled(after)
	percent := exchange.NoMonths
	if before != 0 {
		percent = money.NewRatio(int64(after-before)*100, int64(before)).Text(2)
	}
	return []string{wan(before), wan(after), wan(after - before), percent}
}

func (a *app) printBy(s simulated, d benefit.Dimension) error {
	header := append([]string{a.p.T("cli.simulate.by." + string(d))}, a.headers("visits", "in_scope", "funds_before", "funds_after", "change", "percent", "own_change")...)
	var rows [][]string
	for _, r := range s.By(d) {
		before, after := r.Burdens[benefit.Baseline], r.Burdens[benefit.Scenario]
		row := []string{a.word(d, r.Word), a.p.Value(s.count(r.Visits)), wan(s.scaled(r.InScope))}
		row = append(row, s.change(before.Funds(), after.Funds())...)
		rows = append(rows, append(row, wan(s.scaled(after.Own-before.Own))))
	}
	if _, err := io.WriteString(a.out, "\n"); err != nil {
		return err
	}
	return table(a.out, header, rows)
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

func (a *app) printPeople(s simulated) error {
	p := s.People()
	if err := a.say("cli.simulate.people", "persons", s.count(p.Persons), "better", s.count(p.Better), "gained", s.scaled(p.Gained), "worse", s.count(p.Worse), "lost", s.scaled(p.Lost), "same", s.count(p.Same)); err != nil {
		return err
	}
	var rows [][]string
	for i, band := range p.Own {
		label := a.p.T("cli.simulate.own.last", "from", band.From)
		if i+1 < len(p.Own) {
			label = a.p.T("cli.simulate.own.band", "from", band.From, "to", p.Own[i+1].From)
		}
		rows = append(rows, []string{label, a.p.Value(s.count(band.Persons[benefit.Baseline])), a.p.Value(s.count(band.Persons[benefit.Scenario]))})
	}
	return table(a.out, append([]string{a.p.T("cli.simulate.own")}, a.headers("baseline", "scenario")...), rows)
}

// The shapes machines read.
type (
	simulationJSON struct {
		Policy    string                            `json:"policy"`
		Status    policy.Status                     `json:"status"`
		Synthetic bool                              `json:"synthetic"`
		Year      policy.Year                       `json:"year"`
		Persons   int64                             `json:"persons"`
		Simulated int64                             `json:"simulated"`
		Set       map[policy.ParameterID]string     `json:"set"`
		Total     tallyJSON                         `json:"total"`
		By        map[benefit.Dimension][]tallyJSON `json:"by"`
		People    map[string]any                    `json:"people"`
		Own       []map[string]any                  `json:"own"`
	}
	tallyJSON struct {
		Key      string     `json:"key,omitempty"`
		Visits   int64      `json:"visits"`
		Total    money.Fen  `json:"medfee_sumamt"`
		InScope  money.Fen  `json:"inscp_scp_amt"`
		Baseline burdenJSON `json:"baseline"`
		Scenario burdenJSON `json:"scenario"`
	}
	burdenJSON struct {
		Basic        money.Fen `json:"hifp_pay"`
		Catastrophic money.Fen `json:"hifmi_pay"`
		Large        money.Fen `json:"hifob_pay"`
		Aid          money.Fen `json:"maf_pay"`
		Other        money.Fen `json:"oth_pay"`
		Funds        money.Fen `json:"fund_pay_sumamt"`
		Own          money.Fen `json:"psn_part_amt"`
	}
)

func (s simulated) json(dimensions []benefit.Dimension) simulationJSON {
	out := simulationJSON{Policy: s.Rules.Pack.ID, Status: s.Rules.Last().Status, Synthetic: true, Year: s.Year, Persons: s.Of, Simulated: s.Persons,
		Set: map[policy.ParameterID]string{}, Total: s.tally("", s.Total()), By: map[benefit.Dimension][]tallyJSON{}}
	for _, e := range s.Rules.Changed {
		out.Set[e.ID] = e.Value.String()
	}
	for _, d := range dimensions {
		for _, r := range s.By(d) {
			out.By[d] = append(out.By[d], s.tally(r.Word, r.Tally))
		}
	}
	p := s.People()
	out.People = map[string]any{"persons": s.count(p.Persons), "better": s.count(p.Better), "worse": s.count(p.Worse), "same": s.count(p.Same), "gained": s.scaled(p.Gained), "lost": s.scaled(p.Lost)}
	for _, band := range p.Own {
		out.Own = append(out.Own, map[string]any{"from": band.From, "baseline": s.count(band.Persons[benefit.Baseline]), "scenario": s.count(band.Persons[benefit.Scenario])})
	}
	return out
}

func (s simulated) tally(key string, t benefit.Tally) tallyJSON {
	return tallyJSON{key, s.count(t.Visits), s.scaled(t.Total), s.scaled(t.InScope), s.burden(t.Burdens[benefit.Baseline]), s.burden(t.Burdens[benefit.Scenario])}
}

func (s simulated) burden(b benefit.Burden) burdenJSON {
	f := layers(b)
	for i := range f {
		f[i] = s.scaled(f[i])
	}
	return burdenJSON{f[0], f[1], f[2], f[3], f[4], f[5], f[6]}
}
