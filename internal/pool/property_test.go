package pool_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// draw makes any valid facts of a year and the year before for a province, awkward on purpose: zeros, deficits, ties,
// violations, a provincial unit.
func draw(t *rapid.T, e pool.Engine, province region.Code, year policy.Year, insurances []pool.Insurance) pool.Facts {
	var f pool.Facts
	codes := []region.Code{province}
	for _, d := range e.Tree.Prefectures(province) {
		codes = append(codes, d.Code)
	}
	codes = codes[rapid.IntRange(0, 1).Draw(t, "unit"):]
	codes = codes[:rapid.IntRange(1, len(codes)).Draw(t, "divisions")]
	amount := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 500), rapid.Int64Range(0, 1_000_000_000_000))
	for _, insurance := range insurances {
		for _, code := range codes {
			for y := year - 1; y <= year; y++ {
				spent := amount.Draw(t, "spent")
				f.Statements = append(f.Statements, pool.Statement{Key: pool.Key{Year: y, Division: code, Insurance: insurance},
					Income: money.Fen(amount.Draw(t, "income")), Spent: money.Fen(spent), Violation: money.Fen(rapid.Int64Range(0, spent).Draw(t, "violation")),
					SurplusBegin: money.Fen(amount.Draw(t, "surplus") - amount.Draw(t, "deficit")), Managerial: rapid.Bool().Draw(t, "managerial"),
					Planned: money.Fen(amount.Draw(t, "planned")), HasPlanned: true})
			}
			share := rapid.Int64Range(0, 1_000_000)
			ratio := func(name string) money.Ratio { return money.NewRatio(share.Draw(t, name), 1_000_000) }
			f.Factors = append(f.Factors, pool.FactorRow{Key: pool.Key{Year: year, Division: code, Insurance: insurance},
				Headcount: rapid.Int64Range(1, 30_000_000).Draw(t, "heads"),
				Values: map[pool.Factor]money.Ratio{pool.AgedShare: ratio("aged"), pool.AdmissionRate: ratio("admissions"), pool.OffsiteShare: ratio("offsite"),
					pool.CostPerHead:      money.NewRatio(amount.Draw(t, "cost")/1000, 1),
					pool.CostPerAdmission: money.NewRatio(amount.Draw(t, "admission cost")/1000, 1)}})
		}
	}
	return f
}

var (
	sichuanCase = world{"sichuan", "510000", 2024, nil}
	yunnanCase  = world{"yunnan", "530000", 2026, map[policy.ParameterID]string{"pool.collection.rate.employee": "0.04"}}
	gapCase     = world{"example-gapfill", "510000", 2024, nil}
)

type world struct {
	policy    string
	province  region.Code
	year      policy.Year
	overrides map[policy.ParameterID]string
}

// each runs a property over the policies.
func each(t *testing.T, worlds []world, property func(t *rapid.T, e pool.Engine, w world, set *policy.Set)) {
	e := engine(t)
	for _, w := range worlds {
		t.Run(w.policy, func(t *testing.T) {
			set, err := sets(t, e, w.policy, w.overrides)(w.year)
			if err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) { property(t, e, w, set) })
		})
	}
}

// must computes a year; a province in which nobody has any weight is refused, and that run is left out.
func must(t *rapid.T, e pool.Engine, set *policy.Set, f pool.Facts, y policy.Year) pool.Result {
	r, err := e.Run(set, f, y)
	if err != nil {
		if fault.KindOf(err) == fault.Refused {
			t.Skip("refused")
		}
		t.Fatal(err)
	}
	return r
}

// Σ paid = collected = added + Σ received; Σ net = −added; what a division is left with adds up.
func TestSumsHold(t *testing.T) {
	t.Attr("clause", "SC38-4.4")
	t.Attr("clause", "YN-2.5")
	each(t, []world{sichuanCase, yunnanCase}, func(t *rapid.T, e pool.Engine, w world, set *policy.Set) {
		for _, f := range must(t, e, set, draw(t, e, w.province, w.year, pool.Insurances()), w.year).Funds {
			total := f.Total()
			if total.Paid != f.Collected || f.Collected != f.SetAside.Added+total.Received || f.Distributed != total.Received || total.Net != -f.SetAside.Added {
				t.Fatalf("paid %s collected %s added %s received %s net %s", total.Paid, f.Collected, f.SetAside.Added, total.Received, total.Net)
			}
			if f.SetAside.Closing != f.SetAside.Opening+f.SetAside.Added-total.Emergency || f.SetAside.Closing < 0 || f.SetAside.Added < 0 {
				t.Fatalf("set aside %+v, emergency %s", f.SetAside, total.Emergency)
			}
			for _, d := range f.Divisions {
				var parts money.Fen
				for _, p := range d.Parts {
					if p.Amount < 0 {
						t.Fatalf("part %+v", p)
					}
					parts += p.Amount
				}
				if parts != d.Received || d.Need != d.Emergency+d.Local+d.Unmet || d.Emergency < 0 || d.Local < 0 || d.Unmet < 0 {
					t.Fatalf("%+v", d)
				}
				if d.SurplusEnd != d.Statement.SurplusBegin+d.Statement.Income-d.Paid+d.Received-d.Statement.Expenditure() {
					t.Fatalf("%s ends with %s", d.Code, d.SurplusEnd)
				}
			}
		}
	})
}

// The second family keeps what it collects.
func TestKeptMoneyHolds(t *testing.T) {
	t.Attr("clause", "EX-3")
	each(t, []world{gapCase}, func(t *rapid.T, e pool.Engine, w world, set *policy.Set) {
		for _, f := range must(t, e, set, draw(t, e, w.province, w.year, pool.Insurances()), w.year).Funds {
			total := f.Total()
			if f.Distributed != 0 || total.Received != 0 || f.SetAside.Closing != f.SetAside.Opening+f.Collected-total.Emergency || f.SetAside.Closing < 0 {
				t.Fatalf("%+v emergency %s", f.SetAside, total.Emergency)
			}
		}
	})
}

// No division's result depends on the other insurance type.
func TestTypesNeverMix(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "YN-2.1")
	each(t, []world{sichuanCase, yunnanCase, gapCase}, func(t *rapid.T, e pool.Engine, w world, set *policy.Set) {
		both := draw(t, e, w.province, w.year, pool.Insurances())
		together := must(t, e, set, both, w.year)
		for _, insurance := range pool.Insurances() {
			var alone pool.Facts
			for _, s := range both.Statements {
				if s.Insurance == insurance {
					alone.Statements = append(alone.Statements, s)
				}
			}
			for _, r := range both.Factors {
				if r.Insurance == insurance {
					alone.Factors = append(alone.Factors, r)
				}
			}
			a, _ := together.Fund(insurance)
			b, _ := must(t, e, set, alone, w.year).Fund(insurance)
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("%s alone is not %s beside the other", insurance, insurance)
			}
		}
	})
}

// The order of input rows changes nothing.
func TestOrderChangesNothing(t *testing.T) {
	each(t, []world{sichuanCase, yunnanCase, gapCase}, func(t *rapid.T, e pool.Engine, w world, set *policy.Set) {
		facts := draw(t, e, w.province, w.year, pool.Insurances())
		before := must(t, e, set, facts, w.year)
		facts.Statements = rapid.Permutation(facts.Statements).Draw(t, "statements")
		facts.Factors = rapid.Permutation(facts.Factors).Draw(t, "factors")
		if after := must(t, e, set, facts, w.year); !reflect.DeepEqual(before, after) {
			t.Fatal("the order of the rows shows in the result")
		}
	})
}

// Raising a city's expenditure and violation by the same amount changes nothing but what it owes.
func TestViolationIsOwedAndNothingElse(t *testing.T) {
	t.Attr("clause", "SC38-4.7")
	each(t, []world{sichuanCase, yunnanCase, gapCase}, func(t *rapid.T, e pool.Engine, w world, set *policy.Set) {
		facts := draw(t, e, w.province, w.year, []pool.Insurance{pool.Resident})
		before := must(t, e, set, facts, w.year)
		more := money.Fen(rapid.Int64Range(1, 1_000_000_000).Draw(t, "more"))
		i := rapid.IntRange(0, len(facts.Statements)-1).Draw(t, "row")
		facts.Statements[i].Spent += more
		facts.Statements[i].Violation += more
		after := must(t, e, set, facts, w.year)
		for k, d := range before.Funds[0].Divisions {
			got := after.Funds[0].Divisions[k]
			if facts.Statements[i].Year == w.year && d.Code == facts.Statements[i].Division {
				d.Owed += more
				d.Statement = facts.Statements[i]
			}
			d.Steps, got.Steps = nil, nil
			if !reflect.DeepEqual(d, got) {
				t.Fatalf("was %+v, is %+v", d, got)
			}
		}
	})
}

// Every figure of every division has a step, and every step a clause that exists.
func TestEveryFigureExplainsItself(t *testing.T) {
	each(t, []world{sichuanCase, yunnanCase, gapCase}, func(t *rapid.T, e pool.Engine, w world, set *policy.Set) {
		for _, f := range must(t, e, set, draw(t, e, w.province, w.year, pool.Insurances()), w.year).Funds {
			known := map[string]bool{}
			for _, s := range f.Steps {
				known[s.Figure] = true
				checkStep(t, e, s)
			}
			for _, figure := range []string{"collected", "target", "added", "distributed", "closing"} {
				if !known[figure] {
					t.Fatalf("the fund's %s has no step", figure)
				}
			}
			for _, d := range f.Divisions {
				known := map[string]bool{}
				for _, s := range d.Steps {
					known[s.Figure] = true
					checkStep(t, e, s)
				}
				for _, figure := range []string{"paid", "received", "net", "gap_before", "gap_after", "surplus_end", "months"} {
					if !known[figure] {
						t.Fatalf("%s of %s has no step", figure, d.Code)
					}
				}
				if d.Owed > 0 && !known["owed"] || d.Emergency > 0 && !known["emergency"] || d.Local > 0 && !known["local"] || d.Unmet > 0 && !known["unmet"] {
					t.Fatalf("%s: steps %v of %+v", d.Code, known, d)
				}
				for _, p := range d.Parts {
					if !known["part."+string(p.Factor)] {
						t.Fatalf("%s of %s has no step", p.Factor, d.Code)
					}
				}
			}
		}
	})
}

func checkStep(t *rapid.T, e pool.Engine, s pool.Step) {
	if _, ok := e.Library.Clause(s.Clause); !ok {
		t.Fatalf("step %s cites %q", s.Figure, s.Clause)
	}
	for _, id := range s.Parameters {
		if _, ok := e.Library.Definition(id); !ok {
			t.Fatalf("step %s names %q", s.Figure, id)
		}
	}
}

// A chain of years carries what each year ends with into the next, and refuses a file that says otherwise.
func TestChainCarriesForward(t *testing.T) {
	t.Attr("clause", "SC38-4.6")
	e := engine(t)
	f := facts(t, "testdata/golden/sichuan-2024-2026")
	results, err := e.Chain(sets(t, e, "sichuan", nil), f, 2024, 2026)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results[1:] {
		for k, fund := range r.Funds {
			last := results[i].Funds[k]
			if fund.SetAside.Opening != last.SetAside.Closing {
				t.Errorf("%d opens with %s after %s", r.Year, fund.SetAside.Opening, last.SetAside.Closing)
			}
			for n, d := range fund.Divisions {
				if d.Statement.SurplusBegin != last.Divisions[n].NextSurplus() {
					t.Errorf("%d %s begins with %s after %s", r.Year, d.Code, d.Statement.SurplusBegin, last.Divisions[n].NextSurplus())
				}
			}
		}
	}
	for i := range f.Statements {
		if f.Statements[i].Year == 2025 {
			f.Statements[i].SurplusBegin, f.Statements[i].SurplusOpen = 1, false
		}
	}
	_, err = e.Chain(sets(t, e, "sichuan", nil), f, 2024, 2026)
	var refusal *fault.Refusal
	if !asRefusal(err, &refusal) || refusal.Problems[0].Key != "pool.chain_surplus" {
		t.Fatalf("a file that says otherwise: %v", err)
	}
	if expected, _ := refusal.Problems[0].Args.Get("expected"); expected != results[0].Funds[0].Divisions[0].NextSurplus() {
		t.Errorf("expected %v", expected)
	}
}
