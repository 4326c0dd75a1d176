package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

func (a *app) poolCommand() *cobra.Command {
	return a.group("pool", a.poolRun(), a.poolCompare(), a.poolIncentives())
}

// poolFlags are the flags of every command that computes a year.
type poolFlags struct {
	policy, year, years                     string
	statements, factors, opening, ageGroups string
	set                                     []string
	scenario                                string
	json                                    bool
	returned                                string
	claims                                  drawFlags
}

func (f *poolFlags) register(a *app, c *cobra.Command) {
	flags := c.Flags()
	text := func(name string) string { return a.p.T("cli.flag." + name) }
	flags.StringVar(&f.policy, "policy", "", text("policy"))
	flags.StringVar(&f.year, "year", "", text("year"))
	flags.StringVar(&f.years, "years", "", text("years"))
	flags.StringVar(&f.statements, "statements", "", text("statements"))
	flags.StringVar(&f.factors, "factors", "", text("factors"))
	f.claims.add(a, c, "claims", text("claims"))
	flags.StringVar(&f.claims.kind, "kind", string(lake.Final), text("claims_kind"))
	flags.StringVar(&f.claims.enrolled, "enrolled", "", text("enrolled"))
	flags.StringVar(&f.opening, "opening", "", text("opening"))
	flags.StringVar(&f.ageGroups, "age-groups", "", text("age_groups"))
	flags.StringArrayVar(&f.set, "set", nil, text("set"))
	flags.StringVar(&f.scenario, "scenario", "", text("scenario"))
	flags.BoolVar(&f.json, "json", false, text("json"))
	flags.StringVar(&f.returned, "returned", "", text("returned"))
	c.Args = a.noArgs
}

// job is a computation put together from the flags: what to compute, under which rules, from which files.
type job struct {
	engine   pool.Engine
	pack     *policy.Pack
	overlay  policy.Overlay
	from, to policy.Year
	chain    bool
	loaded   exchange.Loaded
	files    exchange.Files
	claims   []claimsSource // that the factors come from, by year; none when they come from a file
}

// sets gives the parameters in force for a year, with the overlay laid over them.
func (j job) sets(year policy.Year) (*policy.Set, error) {
	return j.engine.Library.With(j.pack.At(year.End()), j.overlay)
}

// baseline gives the parameters without the overlay.
func (j job) baseline(year policy.Year) (*policy.Set, error) { return j.pack.At(year.End()), nil }

// prepare reads the flags and the files.
func (f *poolFlags) prepare(a *app, c *cobra.Command) (job, error) {
	if err := f.checkClaims(c); err != nil {
		return job{}, err
	}
	if err := f.spare(""); err != nil {
		return job{}, err
	}
	engine, err := a.engine()
	if err != nil {
		return job{}, err
	}
	j := job{engine: engine}
	if j.pack, err = a.pack(engine.Library, f.policy); err != nil {
		return job{}, err
	}
	if j.from, j.to, j.chain, err = f.span(); err != nil {
		return job{}, err
	}
	if j.overlay, err = f.overlay(engine.Library); err != nil {
		return job{}, err
	}
	set, err := j.sets(j.to)
	if err != nil {
		return job{}, err
	}
	if f.statements == "" {
		return job{}, fault.New(fault.Usage, "cli.flag_missing", "flag", "--statements")
	}
	if f.factors == "" && !f.claims.given() && weighsFactors(set) {
		return job{}, fault.New(fault.Usage, "cli.claims.no_factors")
	}
	if j.files, err = f.read(a); err != nil {
		return job{}, pool.Cite(set, err)
	}
	if j.loaded, err = exchange.Load(j.files); err != nil {
		return job{}, f.back(a, j, j.loaded.Refused(set, err, engine.CheckRows))
	}
	if f.claims.given() {
		if err := f.fromClaims(a, c, &j); err != nil {
			return job{}, err
		}
	}
	return j, nil
}

func weighsFactors(set *policy.Set) bool {
	for _, factor := range pool.Factors() {
		if e, ok := set.Get(policy.ParameterID("pool.factor." + string(factor))); ok && e.Value.Rate() > 0 {
			return true
		}
	}
	return false
}

func (a *app) pack(library *policy.Library, id string) (*policy.Pack, error) {
	if id == "" {
		return nil, fault.New(fault.Usage, "cli.flag_missing", "flag", "--policy")
	}
	pack, ok := library.Pack(id)
	if !ok {
		var known []string
		for _, p := range library.Packs {
			known = append(known, p.ID)
		}
		return nil, fault.New(fault.Usage, "cli.unknown_policy", "policy", id, "known", known)
	}
	return pack, nil
}

// span reads --year or --years.
func (f *poolFlags) span() (from, to policy.Year, chain bool, err error) {
	if (f.year == "") == (f.years == "") {
		return 0, 0, false, fault.New(fault.Usage, "cli.year_or_years")
	}
	if f.year != "" {
		from, err = parseYear(f.year)
		return from, from, false, err
	}
	first, last, ok := strings.Cut(f.years, "-")
	if !ok {
		return 0, 0, false, fault.New(fault.Usage, "cli.bad_years", "value", f.years)
	}
	if from, err = parseYear(first); err != nil {
		return 0, 0, false, err
	}
	if to, err = parseYear(last); err != nil {
		return 0, 0, false, err
	}
	if from > to {
		return 0, 0, false, fault.New(fault.Usage, "cli.bad_years", "value", f.years)
	}
	return from, to, true, nil
}

// requiredYear reads a --year that must be given.
func requiredYear(text string) (policy.Year, error) {
	if text == "" {
		return 0, fault.New(fault.Usage, "cli.flag_missing", "flag", "--year")
	}
	return parseYear(text)
}

func parseYear(text string) (policy.Year, error) {
	n, err := strconv.Atoi(text)
	if err != nil || len(text) != 4 || n < 1949 {
		return 0, fault.New(fault.Usage, "cli.bad_year", "value", text)
	}
	return policy.Year(n), nil
}

// overlay reads --scenario and --set; a --set wins over the scenario.
func (f *poolFlags) overlay(library *policy.Library) (policy.Overlay, error) {
	overlay := policy.Overlay{Set: map[policy.ParameterID]string{}}
	if f.scenario != "" {
		in, err := exchange.ReadInput(f.scenario)
		if err != nil {
			return overlay, err
		}
		if overlay, err = policy.ParseOverlay(in.Name, in.Content); err != nil {
			return overlay, err
		}
	}
	for _, assignment := range f.set {
		id, value, ok := strings.Cut(assignment, "=")
		if !ok {
			return overlay, fault.New(fault.Usage, "cli.bad_set", "value", assignment)
		}
		overlay.Set[policy.ParameterID(id)] = value
	}
	return overlay, nil
}

func (f *poolFlags) read(a *app) (exchange.Files, error) {
	var files exchange.Files
	var problems []fault.Problem
	for _, file := range []struct {
		path string
		into **exchange.Input
	}{{f.statements, &files.Statements}, {f.factors, &files.Factors}, {f.opening, &files.Openings}, {f.ageGroups, &files.AgeGroups}} {
		if file.path == "" {
			continue
		}
		in, err := exchange.ReadInput(file.path)
		var refusal *fault.Refusal
		if errors.As(err, &refusal) {
			problems = append(problems, refusal.Problems...)
			continue
		}
		if err != nil {
			return files, err
		}
		*file.into = &in
	}
	if len(problems) > 0 {
		return files, &fault.Refusal{Problems: problems}
	}
	return files, nil
}

// back explains a refusal in the files' own column names and, when --returned asks for it, writes the refused workbook
// back with the reasons in it; when several files are refused, each under the name given with its kind added.
func (f *poolFlags) back(a *app, j job, err error) error {
	err = j.loaded.Explain(err)
	var refusal *fault.Refusal
	if f.returned == "" || !errors.As(err, &refusal) {
		return err
	}
	wrong := map[exchange.Kind]exchange.Input{}
	for kind, in := range map[exchange.Kind]*exchange.Input{exchange.Statements: j.files.Statements, exchange.Factors: j.files.Factors,
		exchange.Openings: j.files.Openings, exchange.AgeGroups: j.files.AgeGroups} {
		if in != nil && concerns(refusal, in.Name) {
			wrong[kind] = *in
		}
	}
	for kind, in := range wrong {
		content, markErr := exchange.MarkErrors(in, refusal, a.p)
		if markErr != nil {
			return markErr
		}
		path := f.returned
		if len(wrong) > 1 {
			path = f.returnedAs(kind)
		}
		if writeErr := writeFile(path, content); writeErr != nil {
			return writeErr
		}
	}
	return err
}

// returnedAs is the name a refused workbook is written back under when it is one of several.
func (f *poolFlags) returnedAs(kind exchange.Kind) string {
	extension := filepath.Ext(f.returned)
	return strings.TrimSuffix(f.returned, extension) + "-" + string(kind) + extension
}

// spare refuses a file to write that is one of those the run reads, before anything is computed.
func (f *poolFlags) spare(xlsx string) error {
	inputs := []string{f.statements, f.factors, f.opening, f.ageGroups, f.scenario, f.claims.enrolled}
	err := apart("--xlsx", xlsx, inputs...)
	if f.returned == "" || err != nil {
		return err
	}
	err = apart("--returned", f.returned, inputs...)
	for _, kind := range exchange.Kinds() {
		if err == nil {
			err = apart("--returned", f.returnedAs(kind), inputs...)
		}
	}
	return err
}

func concerns(refusal *fault.Refusal, name string) bool {
	for _, p := range refusal.Problems {
		if p.File == name {
			return true
		}
	}
	return false
}

// compute runs the job under a choice of parameters; chain carries several years.
func (f *poolFlags) compute(a *app, j job, sets pool.Sets, chain func(pool.Sets, pool.Facts, policy.Year, policy.Year) ([]pool.Result, error)) ([]pool.Result, error) {
	var results []pool.Result
	var err error
	if j.chain {
		results, err = chain(sets, j.loaded.Facts, j.from, j.to)
	} else {
		var set *policy.Set
		if set, err = sets(j.from); err == nil {
			results = make([]pool.Result, 1)
			results[0], err = j.engine.Run(set, j.loaded.Facts, j.from)
		}
	}
	if err != nil {
		return nil, f.back(a, j, err)
	}
	return results, nil
}

func (a *app) poolRun() *cobra.Command {
	var f poolFlags
	var xlsx string
	c := &cobra.Command{Use: "run", Short: a.p.T("cli.pool.run.short"), Long: a.p.T("cli.pool.run.long"), Example: a.p.T("cli.pool.run.example")}
	f.register(a, c)
	c.Flags().StringVar(&xlsx, "xlsx", "", a.p.T("cli.flag.xlsx"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := f.spare(xlsx); err != nil {
			return err
		}
		j, err := f.prepare(a, c)
		if err != nil {
			return err
		}
		results, err := f.compute(a, j, j.sets, j.engine.Chain)
		if err != nil {
			return err
		}
		if xlsx != "" {
			if err := a.writeWorkbook(xlsx, j, results); err != nil {
				return err
			}
		}
		if f.json {
			value, err := a.resultsJSON(j, results)
			if err != nil {
				return err
			}
			return exchange.WriteJSON(a.out, value)
		}
		if err := a.sayClaims(j); err != nil {
			return err
		}
		return a.printResults(results)
	}
	return c
}

// resultsJSON is one result as it is, or a chain with its years.
func (a *app) resultsJSON(j job, results []pool.Result) (any, error) {
	years := make([]any, len(results))
	for i, r := range results {
		var err error
		if years[i], err = j.withClaims(r.Year, exchange.ResultJSON(r, a.p)); err != nil {
			return nil, err
		}
	}
	if !j.chain {
		return years[0], nil
	}
	return struct {
		Policy string        `json:"policy"`
		Status policy.Status `json:"status"`
		Years  []any         `json:"years"`
	}{j.pack.ID, j.pack.Status(), years}, nil
}

func (a *app) writeWorkbook(path string, j job, results []pool.Result) error {
	var b bytes.Buffer
	meta := exchange.Meta{Program: version(), PolicyVersion: exchange.PolicyVersion(a.policyFiles()), At: time.Now(), Digests: j.loaded.Digests}
	for _, s := range j.claims {
		meta.Claims = append(meta.Claims, a.p.Text(s.drawnFrom("cli.claims.drawn")), a.p.Text(s.signature()))
	}
	for _, id := range overlayIDs(j.overlay) {
		meta.Overrides = append(meta.Overrides, string(id)+"="+j.overlay.Set[id])
	}
	sets := func(y policy.Year) *policy.Set {
		set, _ := j.sets(y) // the run has already laid this overlay over this pack
		return set
	}
	if err := exchange.WriteResult(&b, results, sets, meta, a.p); err != nil {
		return err
	}
	return writeFile(path, b.Bytes())
}

func (a *app) poolCompare() *cobra.Command {
	var f poolFlags
	c := &cobra.Command{Use: "compare [A.json B.json]", Short: a.p.T("cli.pool.compare.short"), Long: a.p.T("cli.pool.compare.long"), Example: a.p.T("cli.pool.compare.example")}
	f.register(a, c)
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		var j job
		var comparisons []pool.Comparison
		var err error
		switch len(args) {
		case 0:
			j, comparisons, err = f.compareScenario(a, c)
		case 2:
			comparisons, err = compareFiles(args[0], args[1])
		default:
			return fault.New(fault.Usage, "cli.pool.compare.two_files")
		}
		if err != nil {
			return err
		}
		if f.json {
			return a.comparisonsJSON(j, comparisons)
		}
		if err := a.sayClaims(j); err != nil {
			return err
		}
		return a.printComparisons(comparisons)
	}
	return c
}

// compareScenario sets the run with --set and --scenario beside the policy as it stands.
func (f *poolFlags) compareScenario(a *app, c *cobra.Command) (job, []pool.Comparison, error) {
	j, err := f.prepare(a, c)
	if err != nil {
		return j, nil, err
	}
	if len(j.overlay.Set) == 0 {
		return j, nil, fault.New(fault.Usage, "cli.pool.compare.nothing")
	}
	before, err := f.compute(a, j, j.baseline, j.engine.Chain)
	if err != nil {
		return j, nil, err
	}
	after, err := f.compute(a, j, j.sets, j.engine.Vary)
	if err != nil {
		return j, nil, err
	}
	out := make([]pool.Comparison, len(before))
	for i := range before {
		out[i] = pool.Compare(before[i], after[i])
	}
	return j, out, nil
}

// compareFiles sets the years of two saved results side by side; both must have as many.
func compareFiles(pathA, pathB string) ([]pool.Comparison, error) {
	var sides [2][]pool.Result
	for i, path := range []string{pathA, pathB} {
		in, err := exchange.ReadInput(path)
		if err != nil {
			return nil, err
		}
		if sides[i], err = exchange.ReadResultsJSON(in); err != nil {
			return nil, err
		}
	}
	if len(sides[0]) != len(sides[1]) {
		return nil, fault.New(fault.Refused, "cli.pool.compare.years", "a", len(sides[0]), "b", len(sides[1]))
	}
	out := make([]pool.Comparison, len(sides[0]))
	for i := range out {
		out[i] = pool.Compare(sides[0][i], sides[1][i])
	}
	return out, nil
}

func (a *app) comparisonsJSON(j job, comparisons []pool.Comparison) error {
	years := make([]any, len(comparisons))
	for i, c := range comparisons {
		var err error
		if years[i], err = j.withClaims(c.B.Year, exchange.ComparisonJSON(c, a.p)); err != nil {
			return err
		}
	}
	if len(years) == 1 {
		return exchange.WriteJSON(a.out, years[0])
	}
	return exchange.WriteJSON(a.out, map[string]any{"years": years})
}

func (a *app) poolIncentives() *cobra.Command {
	var f poolFlags
	c := &cobra.Command{Use: "incentives", Short: a.p.T("cli.pool.incentives.short"), Long: a.p.T("cli.pool.incentives.long"), Example: a.p.T("cli.pool.incentives.example")}
	f.register(a, c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if f.years != "" {
			return fault.New(fault.Usage, "cli.pool.incentives.one_year")
		}
		j, err := f.prepare(a, c)
		if err != nil {
			return err
		}
		incentives, err := j.engine.Incentives(j.sets, j.loaded.Facts, j.from)
		if err != nil {
			return f.back(a, j, err)
		}
		if f.json {
			value, err := j.withClaims(j.from, exchange.IncentivesJSON(incentives, a.p))
			if err != nil {
				return err
			}
			return exchange.WriteJSON(a.out, value)
		}
		if err := a.sayClaims(j); err != nil {
			return err
		}
		return a.printIncentives(incentives)
	}
	return c
}
