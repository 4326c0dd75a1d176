package benefit_test

import (
	"errors"
	"slices"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
)

const residentLevel3 policy.ParameterID = "benefit.inpatient.ratio.resident.level3"

func cityRules() []benefit.CityRule {
	rule := func(division region.Code, from policy.Date, value string) benefit.CityRule {
		return benefit.CityRule{Division: division, Document: "TEST-" + string(division), From: from, Parameter: residentLevel3, Value: value}
	}
	return []benefit.CityRule{rule("510100", "2025-01-01", "0.60"), rule("510300", "2025-01-01", "0.650"), rule("510400", "2025-01-01", "0.70"), rule("510400", "2026-01-01", "0.65")}
}

// A city's rules hold from their day on, the latest counts, and what does not differ in value does not differ.
func TestConvergence(t *testing.T) {
	t.Attr("clause", "SC38-6.3")
	t.Attr("clause", "SC38-6.2")
	library, pack := policytest.Library(t), policytest.Pack(t, "sichuan")
	for day, want := range map[policy.Date][]region.Code{"2025-06-30": {"510100", "510400"}, "2026-06-30": {"510100"}, "2024-12-31": nil} {
		all := benefit.Converge(library, pack, cityRules(), day)
		if want == nil {
			if len(all) != 0 {
				t.Errorf("on %s: %+v", day, all)
			}
			continue
		}
		if len(all) != 1 || all[0].ID != residentLevel3 || !slices.Equal(all[0].Differ, want) || all[0].Least != "0.60" {
			t.Errorf("on %s: %+v", day, all)
		}
	}
}

// Rules of cities are overlays with a document on file; what is no benefit, has no document, or stands twice is refused with its row.
func TestCityRulesRefused(t *testing.T) {
	t.Attr("clause", "YN-4.2")
	library := policytest.Library(t)
	list, err := policy.ParseList("l.yaml", []byte("document: x\nranges: [{parameter: benefit.*, most: \"0.66\"}]"))
	if err != nil {
		t.Fatal(err)
	}
	if err := benefit.CheckCities(library, cityRules(), nil); err != nil {
		t.Error(err)
	}
	good := cityRules()[0]
	for name, c := range map[string]struct {
		change func(*benefit.CityRule)
		list   *policy.List
		column string
		clause string
	}{
		"another parameter": {func(r *benefit.CityRule) { r.Parameter = "pool.first_year" }, nil, "parameter", "SC38-6.1"},
		"no such parameter": {func(r *benefit.CityRule) { r.Parameter = "benefit.x" }, nil, "parameter", "SC38-6.1"},
		"no ratio":          {func(r *benefit.CityRule) { r.Value = "60%" }, nil, "setting", ""},
		"no document":       {func(r *benefit.CityRule) { r.Document = " " }, nil, "document", "YN-4.2"},
		"beyond the list":   {func(r *benefit.CityRule) { r.Value = "0.67" }, &list, "setting", "SC38-6.1"},
		"twice":             {func(*benefit.CityRule) {}, nil, "parameter", ""},
	} {
		rule := good
		rule.Row = 7
		c.change(&rule)
		rules := []benefit.CityRule{rule}
		if name == "twice" {
			rules = append(rules, rule)
		}
		err := benefit.CheckCities(library, rules, c.list)
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) || refusal.Problems[0].Column != c.column || refusal.Problems[0].Clause != c.clause || refusal.Problems[0].Row != 7 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A city with rules of its own is simulated from them; the others from the province's.
func TestCitiesAreTheirOwnBaseline(t *testing.T) {
	t.Attr("clause", "SC38-6.2")
	library, pack := policytest.Library(t), policytest.Pack(t, "sichuan")
	own, err := benefit.Cities(library, pack, cityRules(), "2025-12-31")
	if err != nil || len(own) != 3 {
		t.Fatalf("%d cities, %v", len(own), err)
	}
	province := schedulesOf(t, "sichuan", nil)
	s := benefit.NewSimulation(province, province)
	s.Cities = own
	for _, city := range []region.Code{"510100", "510300", "510500"} {
		s.Person([]benefit.Case{{City: city, Visit: benefit.Visit{Insurance: benefit.Resident, Level: benefit.Level3, Date: "2025-05-05", Person: benefit.Person{CoveredFrom: "2024-01-01"},
			Scope: benefit.Scope{Total: 1_000_000, InScope: 1_000_000}}}})
	}
	got := map[string]bool{}
	for _, r := range s.By(benefit.ByDivision) {
		got[r.Word] = r.Burdens[benefit.Baseline].Basic == r.Burdens[benefit.Scenario].Basic
	}
	if got["510100"] || !got["510300"] || !got["510500"] {
		t.Errorf("the same as the province's: %v", got)
	}
	if p := s.People(); p.Better != 1 || p.Same != 2 {
		t.Errorf("%+v", p)
	}
}

// The dated relief of the poverty-alleviation years is off, and on when it is switched on; so are the rules of an epidemic.
func TestDatedRelief(t *testing.T) {
	t.Attr("clause", "YA-1.1")
	t.Attr("clause", "YA-3.1.4")
	visit := benefit.Visit{Insurance: benefit.Resident, Level: benefit.Primary, Date: "2025-05-05", Epidemic: true, Scope: benefit.Scope{Total: 30_000_000, InScope: 30_000_000},
		Person: benefit.Person{CoveredFrom: "2024-01-01", Groups: benefit.GroupSet(0).With("subsistence")}}
	settle := func(overrides map[policy.ParameterID]string) (s benefit.Settlement) {
		var a benefit.Accumulators
		schedulesOf(t, "sichuan", overrides).On(visit.Date).Settle(&a, &visit, &s)
		return s
	}
	plain := settle(nil)
	// 300,000 − 100 at 90% is more than the cap of 180,000; 120,000 are one's own: 50,000 at 60%, 50,000 at 65%, 5,000 at 75%.
	if plain.Deductible != 10_000 || plain.Basic != 18_000_000 || plain.Catastrophic != 3_000_000+3_250_000+375_000 {
		t.Errorf("%+v", plain)
	}
	// From 7,500 on, and 5 points more each: 65%, 70% and 12,500 at 80%.
	if relief := settle(map[policy.ParameterID]string{"benefit.catastrophic.relief.subsistence": "true"}); relief.Catastrophic != 3_250_000+3_500_000+1_000_000 {
		t.Errorf("%+v", relief)
	}
	visit.InScope, visit.Total = 1_000_000, 1_000_000
	if s := settle(map[policy.ParameterID]string{"benefit.epidemic.active": "true"}); s.Deductible != 0 || s.Basic != 1_000_000 {
		t.Errorf("%+v", s)
	}
}
