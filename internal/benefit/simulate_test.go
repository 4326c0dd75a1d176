package benefit_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/benefit"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// casesOf are visits of a person in the order of days.
func casesOf(all []benefit.Visit) []benefit.Case {
	var out []benefit.Case
	for _, v := range all {
		out = append(out, benefit.Case{Visit: v, City: "510100", Age: 50})
	}
	slices.SortStableFunc(out, func(a, b benefit.Case) int {
		if a.Date < b.Date {
			return -1
		}
		if a.Date > b.Date {
			return 1
		}
		return 0
	})
	return out
}

// No change of parameters changes no figure; a higher ratio never costs the fund whose ratio it is less, and in parts it comes to the same as in one.
func TestSimulationIsMonotone(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	plain := schedulesOf(t, "reference", nil)
	higher := schedulesOf(t, "reference", map[policy.ParameterID]string{"benefit.inpatient.ratio.resident.level3": "0.80", "benefit.inpatient.ratio.employee.level3": "0.95"})
	rapid.Check(t, func(t *rapid.T) {
		same, more := benefit.NewSimulation(plain, plain), benefit.NewSimulation(plain, higher)
		parts := [2]*benefit.Simulation{benefit.NewSimulation(plain, higher), benefit.NewSimulation(plain, higher)}
		for i := range rapid.IntRange(1, 4).Draw(t, "persons") {
			cases := casesOf(years(t, 6))
			same.Person(cases)
			more.Person(cases)
			parts[i%2].Person(cases)
		}
		if total, p := same.Total(), same.People(); total.Burdens[benefit.Baseline] != total.Burdens[benefit.Scenario] || p.Better+p.Worse > 0 || p.Gained+p.Lost != 0 || same.Within(benefit.FundsChange, 10_000) != 0 {
			t.Fatalf("without a change: %+v %+v", total, p)
		}
		total := more.Total()
		if before, after := total.Burdens[benefit.Baseline], total.Burdens[benefit.Scenario]; after.Basic < before.Basic {
			t.Fatalf("a higher ratio: %+v, before %+v", after, before)
		}
		parts[0].Add(parts[1])
		if parts[0].Total() != total || parts[0].People() != more.People() || parts[0].Within(benefit.FundsChange, 10_000) != more.Within(benefit.FundsChange, 10_000) {
			t.Fatal("in parts it comes to something else")
		}
	})
}

// One stay of 10,000 yuan in scope at level 3: own costs, who gains, catastrophic costs, months payable, what was paid in fact, and the sampling error, by hand.
func TestSimulationTellsOfPersonsAndFunds(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	s := benefit.NewSimulation(schedulesOf(t, "reference", nil), schedulesOf(t, "reference", map[policy.ParameterID]string{"benefit.inpatient.ratio.resident.level3": "0.70"}))
	s.Incomes.Cities = map[region.Code]benefit.Income{"510100": {Disposable: 20_000_00, Subsistence: 10_000_00}}
	v := benefit.Visit{Date: "2026-03-09", Insurance: benefit.Resident, Category: benefit.Inpatient, Level: benefit.Level3, Person: benefit.Person{CoveredFrom: "2024-01-01"}, Scope: benefit.Scope{Total: 10_000_00, InScope: 10_000_00}}
	s.Person([]benefit.Case{{Visit: v, City: "510100", Age: 80, HasPaid: true, Paid: benefit.Burden{Basic: 5_000_00, Own: 5_000_00}}})
	// 9,200 × 60 % = 5,520 and × 70 % = 6,440; own 4,480 and 3,560; catastrophic above 40 % of 10,000
	p := s.People()
	if p.Better != 1 || p.Gained != 920_00 || p.Judged != 1 || p.Catastrophic != [2]int64{1, 0} {
		t.Errorf("%+v", p)
	}
	for side, own := range []money.Fen{4_480_00, 3_560_00} {
		if got := s.OwnAt(benefit.Side(side), 50); got < own || got-own > own/64 {
			t.Errorf("half of all bear %v at most, want %v", got, own)
		}
	}
	rows := s.PeopleBy(benefit.ByAge)
	if len(rows) != 1 || rows[0].Word != "75+" || rows[0].Better != 1 {
		t.Errorf("%+v", rows)
	}
	c := s.Calibration()
	if len(c) != 1 || c[0].Level != benefit.Level3 || c[0].Paid.Basic != 5_000_00 || c[0].Burdens[benefit.Baseline].Basic != 5_520_00 {
		t.Errorf("%+v", c)
	}
	facts := []benefit.FundFact{{Division: "510100", Insurance: benefit.Resident, Surplus: 600_00, Expenditure: 1_200_00}, {Division: "510300", Insurance: benefit.Resident, Surplus: 1, Expenditure: 1}}
	e := s.FundEffects(facts)
	// 1,200 × 6,440 ÷ 5,520 = 1,400; 600 ÷ 100 months before, 400 ÷ (1,400 ÷ 12) after
	if len(e) != 1 || e[0].More != 200_00 || e[0].Months[benefit.Baseline].Text(1) != "6.0" || e[0].Months[benefit.Scenario].Text(2) != "3.43" {
		t.Errorf("%+v", e)
	}
	// 1.96 × 920 × √0.99 ÷ 0.01
	if got := s.Within(benefit.FundsChange, money.One/100); got != 179_416_13 {
		t.Errorf("within %v", got)
	}
}
