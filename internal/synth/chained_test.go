package synth_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/synth"
	"tongchou/policies"
)

// bench is an engine with the parameters of one pack.
type bench struct {
	pool.Engine
	sets  pool.Sets
	first policy.Year
}

func newBench(t testing.TB, pack string, first policy.Year, overlay map[policy.ParameterID]string) bench {
	t.Helper()
	library, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := library.Pack(pack)
	if !ok {
		t.Fatalf("no pack %s", pack)
	}
	sets := func(y policy.Year) (*policy.Set, error) {
		return library.With(p.At(y.End()), policy.Overlay{Set: overlay})
	}
	return bench{pool.Engine{Library: library, Tree: load(t)}, sets, first}
}

// chained makes up a province and runs it.
func (b bench) chained(t testing.TB, o synth.Options) (pool.Facts, []pool.Result) {
	t.Helper()
	facts, err := synth.Chained(b.Engine, b.sets, province(t, o), b.first, o.To)
	if err != nil {
		t.Fatal(err)
	}
	results, err := b.Chain(b.sets, facts, b.first, o.To)
	if err != nil {
		t.Fatal(err)
	}
	return facts, results
}

func TestChainedFillsInEveryYear(t *testing.T) {
	t.Attr("clause", "SC38-4.6")
	for name, c := range map[string]struct {
		pack    string
		first   policy.Year
		options synth.Options
		years   int
	}{
		"sichuan":           {"sichuan", 2024, sichuan, 2},
		"sichuan long":      {"sichuan", 2024, synth.Options{Province: "510000", From: 2022, To: 2030, Seed: 3, ProvincialUnit: true}, 7},
		"from the start on": {"sichuan", 2024, synth.Options{Province: "510000", From: 2024, To: 2030, Seed: 4}, 7},
		"yunnan":            {"yunnan", 2026, yunnan, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, c.pack, c.first, nil)
			facts, results := b.chained(t, c.options)
			if len(results) != c.years || !results[0].Synthetic {
				t.Errorf("%d years, synthetic %v", len(results), results[0].Synthetic)
			}
			for _, s := range facts.Statements {
				if s.SurplusOpen {
					t.Errorf("%v is still open", s.Key)
				}
			}
			runEachYear(t, b, facts, results)
		})
	}
}

// runEachYear runs the years one by one, with the opening balances the chain leaves, and compares.
func runEachYear(t *testing.T, b bench, facts pool.Facts, results []pool.Result) {
	t.Helper()
	for i, want := range results {
		one := facts
		if i > 0 {
			for _, f := range results[i-1].Funds {
				one.Openings = append(one.Openings, pool.Opening{Insurance: f.Insurance, Fund: f.SetAside.Fund, Balance: f.SetAside.Closing})
			}
		}
		set, err := b.sets(want.Year)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Run(set, one, want.Year)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d by itself differs from the chain", want.Year)
		}
	}
}

func TestChainedCarriesTheYearsBeforeTheScheme(t *testing.T) {
	b := newBench(t, "sichuan", 2024, nil)
	made := province(t, sichuan)
	facts, _ := b.chained(t, sichuan)
	if !made.Statements[len(made.Statements)-1].SurplusOpen {
		t.Error("Chained changed the facts it was given")
	}
	rows := map[pool.Key]pool.Statement{}
	for _, s := range facts.Statements {
		rows[s.Key] = s
	}
	for key, s := range rows {
		if key.Year != 2023 {
			continue
		}
		key.Year = 2024
		if got, want := rows[key].SurplusBegin, s.SurplusBegin+s.Income-s.Expenditure(); got != want {
			t.Errorf("%v opens with %s, want %s", key, got, want)
		}
	}
}

func TestChainedSaysWhatTheChainRefuses(t *testing.T) {
	b := newBench(t, "sichuan", 2024, nil)
	facts, _ := b.chained(t, sichuan)
	facts.Statements[len(facts.Statements)-1].SurplusBegin++
	_, err := synth.Chained(b.Engine, b.sets, facts, 2024, 2025)
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) || len(refusal.Problems) != 1 || refusal.Problems[0].Key != "pool.chain_surplus" {
		t.Errorf("a surplus one fen off: %v", err)
	}
}

// count is what makes a fund interesting. Cities only; a provincial unit is not counted.
type count struct {
	gapBefore, gapAfter, short, managerial, managerialGap, violation, overspent, emergency int
	least, most                                                                            float64
}

func counted(f pool.Fund) count {
	c := count{least: 1e9, most: -1e9}
	add := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	for _, d := range f.Divisions {
		if d.Code.IsProvince() {
			continue
		}
		months := number(d.Months)
		c.least, c.most = min(c.least, months), max(c.most, months)
		add(&c.gapBefore, d.GapBefore > 0)
		add(&c.gapAfter, d.GapAfter > 0)
		add(&c.short, months < 3)
		add(&c.managerial, d.Statement.Managerial)
		add(&c.managerialGap, d.Statement.Managerial && d.GapAfter > 0 && months < 3)
		add(&c.violation, d.Owed > 0)
		add(&c.overspent, d.Statement.Expenditure() > d.Statement.Planned)
		add(&c.emergency, d.Emergency > 0)
	}
	return c
}

func (c count) String() string {
	return fmt.Sprintf("gap before %d, after %d; below 3 months %d of %.1f–%.1f; managerial %d, violation %d, overspent %d, emergency %d",
		c.gapBefore, c.gapAfter, c.short, c.least, c.most, c.managerial, c.violation, c.overspent, c.emergency)
}

// Whatever the seed, each fund has its cast and, in the scheme's first year, two or three cities short of reserves; the
// residents' fund leaves gaps open, and the employees' fund, twice as large a part of income, may close them all.
func TestSichuanIsInteresting(t *testing.T) {
	b := newBench(t, "sichuan", 2024, nil)
	for seed := range uint64(20) {
		o := sichuan
		o.Seed = seed
		_, results := b.chained(t, o)
		for _, r := range results {
			for _, f := range r.Funds {
				c := counted(f)
				if seed == 1 {
					t.Logf("%d %s: %s", r.Year, f.Insurance, c)
				}
				ok := c.gapBefore >= 3 && c.managerial == 1 && c.violation == 1 && c.overspent == 2 && c.short <= 3 && c.least > 0 && c.most < 24
				if r.Year == 2024 {
					ok = ok && c.short >= 2
				}
				if f.Insurance == pool.Resident {
					ok = ok && c.short >= 2 && c.least > 1 && c.gapAfter >= 2 && c.gapAfter < c.gapBefore
				}
				if seed == 1 && r.Year == 2024 {
					ok = ok && c.gapAfter >= 2 && c.gapAfter <= 3 && c.least > 2 && c.most < 20
				}
				if !ok {
					t.Errorf("seed %d, %d %s: %s", seed, r.Year, f.Insurance, c)
				}
			}
		}
	}
}

func TestYunnanIsInteresting(t *testing.T) {
	b := newBench(t, "yunnan", 2026, nil)
	for seed := range uint64(20) {
		o := yunnan
		o.Seed = seed
		_, results := b.chained(t, o)
		for _, r := range results {
			f, _ := r.Fund(pool.Resident)
			c := counted(f)
			if seed == 1 {
				t.Logf("%d %s: %s", r.Year, f.Insurance, c)
			}
			if c.emergency < 1 || c.managerialGap != 1 || c.gapAfter < 2 || c.gapBefore < 3 || c.short < 2 || c.short > 4 || c.least < 0.5 || c.most > 24 {
				t.Errorf("seed %d, %d: %s", seed, r.Year, c)
			}
			unit, ok := f.Division("530000")
			// 8% of last year's income, where the cities pay 5%.
			if last := lastIncome(t, o, r.Year); !ok || unit.Paid != last.Part(80_000) {
				t.Errorf("the provincial unit pays %s of %s", unit.Paid, last)
			}
		}
	}
}

func lastIncome(t *testing.T, o synth.Options, year policy.Year) (income money.Fen) {
	t.Helper()
	for _, s := range province(t, o).Statements {
		if s.Division.IsProvince() && s.Year == year-1 {
			if saved := s.Income - s.Expenditure(); saved <= s.Income.Part(300_000) {
				t.Errorf("%d: the provincial unit saved %s of %s", s.Year, saved, s.Income)
			}
			income = s.Income
		}
	}
	return income
}

func TestAgeGroupsCanBeWeighed(t *testing.T) {
	b := newBench(t, "sichuan", 2024, map[policy.ParameterID]string{"pool.factor.age_groups": "0.25", "pool.factor.aged_share": "0"})
	o := sichuan
	o.AgeGroups = true
	_, results := b.chained(t, o)
	if parts := results[0].Funds[0].Divisions[0].Parts; parts[len(parts)-1].Factor != pool.AgeGroups {
		t.Errorf("the parts are %v", parts)
	}
}

func BenchmarkChained(b *testing.B) {
	e := newBench(b, "sichuan", 2024, nil)
	facts := province(b, sichuan)
	for b.Loop() {
		if _, err := synth.Chained(e.Engine, e.sets, facts, 2024, 2025); err != nil {
			b.Fatal(err)
		}
	}
}
