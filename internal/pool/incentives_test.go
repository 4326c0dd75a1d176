package pool_test

import (
	"errors"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

func asRefusal(err error, refusal **fault.Refusal) bool { return errors.As(err, refusal) }

// The incentives are what running the year again with changed facts gives, figure by figure.
func TestIncentivesAreRerunsOfTheYear(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	e := engine(t)
	for _, c := range []struct {
		policy, dir string
		year        policy.Year
	}{{"sichuan", "sichuan-2024-2026", 2024}, {"yunnan", "yunnan-2026-2028", 2026}} {
		f := facts(t, "testdata/golden/"+c.dir)
		by := sets(t, e, c.policy, nil)
		got, err := e.Incentives(by, f, c.year)
		if err != nil {
			t.Fatal(err)
		}
		for _, fund := range got.Funds {
			for _, d := range fund.Divisions {
				again := func(change func(*pool.Statement), person int64) (net, emergency money.Fen) {
					changed := f
					changed.Statements = append([]pool.Statement(nil), f.Statements...)
					changed.Factors = append([]pool.FactorRow(nil), f.Factors...)
					for i, s := range changed.Statements {
						if s.Year == c.year && s.Division == d.Code && s.Insurance == fund.Insurance {
							change(&changed.Statements[i])
						}
					}
					for i, r := range changed.Factors {
						if r.Year == c.year && r.Division == d.Code && r.Insurance == fund.Insurance {
							changed.Factors[i].Headcount += person
						}
					}
					set, err := by(c.year)
					if err != nil {
						t.Fatal(err)
					}
					result, err := e.Run(set, changed, c.year)
					if err != nil {
						t.Fatal(err)
					}
					fund, _ := result.Fund(fund.Insurance)
					division, _ := fund.Division(d.Code)
					return division.Net, division.Emergency
				}
				net, _ := again(func(*pool.Statement) {}, 0)
				spent, _ := again(func(s *pool.Statement) { s.Spent += 100_000_000 }, 0)
				collected, emergency := again(func(s *pool.Statement) { s.Income += 100_000_000 }, 0)
				_, before := again(func(*pool.Statement) {}, 0)
				enrolled, _ := again(func(*pool.Statement) {}, 1000)
				for _, check := range []struct {
					name string
					got  money.Ratio
					want money.Ratio
				}{
					{"per yuan spent", d.PerYuanSpent.Direct, money.NewRatio(int64(spent-net), 100_000_000)},
					{"per yuan collected", d.PerYuanCollected.Direct, money.NewRatio(int64(collected-net), 100_000_000)},
					{"emergency per yuan collected", d.PerYuanCollected.Emergency, money.NewRatio(int64(emergency-before), 100_000_000)},
					{"per person", d.PerPerson.Direct, money.NewRatio(int64(enrolled-net), 100_000)},
				} {
					if check.got.Cmp(check.want) != 0 {
						t.Errorf("%s %s %s: %s, want %s", c.policy, d.Code, check.name, check.got.Exact(8), check.want.Exact(8))
					}
				}
			}
		}
	}
}

// Where the base is last year's income, a yuan collected now is paid on a year later; where it is this year's, it is not.
func TestNextYearCountsWhereTheBaseIsThePreviousYear(t *testing.T) {
	t.Attr("clause", "YN-2.2")
	e := engine(t)
	yunnan, err := e.Incentives(sets(t, e, "yunnan", nil), facts(t, "testdata/golden/yunnan-2026-2028"), 2026)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range yunnan.Funds[0].Divisions {
		if d.PerYuanCollected.Direct.Sign() != 0 || d.PerYuanCollected.NextYear.Sign() >= 0 {
			t.Errorf("%s: direct %s, next year %s", d.Code, d.PerYuanCollected.Direct.Exact(8), d.PerYuanCollected.NextYear.Exact(8))
		}
	}
	sichuan, err := e.Incentives(sets(t, e, "sichuan", nil), facts(t, "testdata/golden/sichuan-2024-2026"), 2024)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range sichuan.Funds[0].Divisions {
		if d.PerYuanCollected.Direct.Sign() >= 0 || d.PerYuanCollected.NextYear.Sign() != 0 {
			t.Errorf("%s: direct %s, next year %s", d.Code, d.PerYuanCollected.Direct.Exact(8), d.PerYuanCollected.NextYear.Exact(8))
		}
	}
}

// A formula that fills gaps rewards spending, and the division that has one is warned about.
func TestWarnings(t *testing.T) {
	e := engine(t)
	got, err := e.Incentives(sets(t, e, "sichuan", nil), facts(t, "testdata/golden/sichuan-2024-2026"), 2024)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[region.Code]map[string]bool{}
	for _, d := range got.Funds[0].Divisions {
		kinds[d.Code] = map[string]bool{}
		for _, w := range d.Warnings {
			if w.Size.Sign() <= 0 {
				t.Errorf("%s: warning %+v", d.Code, w)
			}
			kinds[d.Code][w.Kind] = true
		}
		if kinds[d.Code][pool.SpendingPays] != (d.PerYuanSpent.Total().Sign() > 0) {
			t.Errorf("%s: spending brings %s, warned %v", d.Code, d.PerYuanSpent.Total().Exact(8), kinds[d.Code])
		}
	}
	if !kinds["510300"][pool.CollectingLess] {
		t.Errorf("a levy on this year's income makes collecting less pay: %v", kinds["510300"])
	}
}

// A comparison has every division of either side, and adds up.
func TestCompare(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	e := engine(t)
	f := facts(t, "testdata/golden/sichuan-2024-2026")
	run := func(overrides map[policy.ParameterID]string) pool.Result {
		set, err := sets(t, e, "sichuan", overrides)(2024)
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Run(set, f, 2024)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, b := run(nil), run(map[policy.ParameterID]string{"pool.collection.rate.employee": "0.08"})
	c := pool.Compare(a, b)
	if len(c.Funds) != 2 || len(c.Funds[0].Divisions) != 3 {
		t.Fatalf("%d funds", len(c.Funds))
	}
	var net money.Fen
	for i, d := range c.Funds[0].Divisions {
		if d.Paid.A != a.Funds[0].Divisions[i].Paid || d.Paid.B != b.Funds[0].Divisions[i].Paid || d.Paid.By() >= 0 {
			t.Errorf("%s paid %+v", d.Code, d.Paid)
		}
		net += d.Net.By()
	}
	if net != -c.Funds[0].Added.By() {
		t.Errorf("net changes by %s, set aside by %s", net, c.Funds[0].Added.By())
	}
	for _, d := range c.Funds[1].Divisions {
		if d.Net.By() != 0 || d.SurplusEnd.By() != 0 {
			t.Errorf("the other insurance type moved: %+v", d)
		}
	}
	b.Funds = b.Funds[1:]
	if got := pool.Compare(a, b).Funds[0]; got.Collected.B != 0 || len(got.Divisions) != 3 {
		t.Errorf("a side without the fund: %+v", got.Collected)
	}
}

// Where the files have the year after, the next year's change is that of the chain of years run again.
func TestNextYearIsTheChainRunAgain(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	e := engine(t)
	f := facts(t, "testdata/golden/yunnan-2026-2028")
	by := sets(t, e, "yunnan", nil)
	net := func(f pool.Facts, division region.Code) money.Fen {
		results, err := e.Chain(by, f, 2026, 2027)
		if err != nil {
			t.Fatal(err)
		}
		d, _ := results[1].Funds[0].Division(division)
		return d.Net
	}
	got, err := e.Incentives(by, f, 2026)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range got.Funds[0].Divisions {
		changed := f
		changed.Statements = append([]pool.Statement(nil), f.Statements...)
		for i, s := range changed.Statements {
			if s.Year == 2026 && s.Division == d.Code {
				changed.Statements[i].Income += 100_000_000
			}
		}
		want := money.NewRatio(int64(net(changed, d.Code)-net(f, d.Code)), 100_000_000)
		if d.PerYuanCollected.NextYear.Cmp(want) != 0 {
			t.Errorf("%s: %s, want %s", d.Code, d.PerYuanCollected.NextYear.Exact(8), want.Exact(8))
		}
	}
}
