package benefit_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/benefit"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// visits draws any visit at all of one person in 2026, complete; now and then by lines, or beginning before it is covered.
func visits(t *rapid.T, id string) benefit.Visit {
	amount := rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, 5_000_000), rapid.Int64Range(0, 100_000_000))
	v := benefit.Visit{ID: id, Insurance: rapid.SampledFrom(benefit.Insurances()).Draw(t, "insurance"), Category: rapid.SampledFrom(benefit.Categories()).Draw(t, "category"),
		Level: rapid.SampledFrom(benefit.Levels()).Draw(t, "level"), Place: rapid.SampledFrom(benefit.Places()).Draw(t, "place"),
		Date: day(rapid.IntRange(0, 364).Draw(t, "day")), Approved: rapid.Bool().Draw(t, "approved"), UseAccount: rapid.Bool().Draw(t, "account used"),
		Person: benefit.Person{ID: "P", CoveredFrom: rapid.SampledFrom([]policy.Date{"", "2024-01-01", "2024-01-01", "2024-01-01", "2026-03-01"}).Draw(t, "covered"),
			Retired: rapid.Bool().Draw(t, "retired"), Groups: benefit.GroupSet(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 4, 8, 12, 127}).Draw(t, "groups")),
			Account: money.Fen(amount.Draw(t, "account")), Family: money.Fen(amount.Draw(t, "family"))}}
	if v.HasCap = rapid.Bool().Draw(t, "cap?"); v.HasCap {
		v.Cap = money.Fen(amount.Draw(t, "cap"))
	}
	if v.Category == benefit.Inpatient && rapid.Bool().Draw(t, "begins?") {
		v.Begin = v.Date.Add(-rapid.IntRange(0, 60).Draw(t, "stay"))
	}
	if rapid.IntRange(0, 3).Draw(t, "by lines") == 0 {
		for range rapid.IntRange(1, 5).Draw(t, "lines") {
			v.Lines = append(v.Lines, lines(t, v.Date))
		}
	} else {
		v.Scope = benefit.Scope{SelfPaidWhole: money.Fen(amount.Draw(t, "whole")), OverLimit: money.Fen(amount.Draw(t, "over")), SelfPaidFirst: money.Fen(amount.Draw(t, "first")), InScope: money.Fen(amount.Draw(t, "scope"))}
		v.Total = v.SelfPaidWhole + v.OverLimit + v.SelfPaidFirst + v.InScope
	}
	if err := v.Complete(); err != nil {
		t.Fatal(err)
	}
	return v
}

func lines(t *rapid.T, on policy.Date) benefit.Line {
	l := benefit.Line{Code: "X", Class: benefit.Class(rapid.IntRange(0, 3).Draw(t, "class")), Quantity: money.Rate(rapid.Int64Range(0, 30_000_000).Draw(t, "quantity")),
		Price: money.Rate(rapid.Int64Range(0, 3_000_000_000).Draw(t, "price")), First: money.Rate(rapid.Int64Range(0, 1_000_000).Draw(t, "first share")),
		Limited: rapid.Bool().Draw(t, "limited"), Limit: money.Rate(rapid.Int64Range(0, 3_000_000_000).Draw(t, "limit"))}
	if rapid.IntRange(0, 3).Draw(t, "dated") > 0 {
		l.On = on.Add(-rapid.IntRange(0, 30).Draw(t, "days before"))
	}
	return l
}

func day(n int) policy.Date { return policy.Date("2026-12-31").Add(n - 364) }

func years(t *rapid.T, most int) []benefit.Visit {
	var out []benefit.Visit
	for i := range rapid.IntRange(1, most).Draw(t, "visits") {
		out = append(out, visits(t, fmt.Sprintf("M%d", i)))
	}
	return out
}

// anySchedules draws some policy: the reference pack, or it with every other rule of the engine switched on.
func anySchedules(t testing.TB) func(*rapid.T) *benefit.Schedules {
	plain := schedulesOf(t, "reference", nil)
	full := schedulesOf(t, "reference", map[policy.ParameterID]string{
		"benefit.catastrophic.relief.destitute": "true", "benefit.catastrophic.relief.poverty_monitored": "true", "benefit.catastrophic.relief.deductible": "0.5", "benefit.catastrophic.relief.points": "0.05",
		"benefit.aid.threshold": "3000", "benefit.layer.civil_servant.ratio": "0.5", "benefit.layer.civil_servant.order": "2", "benefit.layer.civil_servant.cap": "20000",
		"benefit.layer.mutual_aid.ratio": "0.3", "benefit.layer.mutual_aid.order": "1", "benefit.layer.supplementary.ratio": "1", "benefit.layer.supplementary.order": "3", "benefit.layer.supplementary.cap": "500",
		"benefit.maternity.ratio.employee.level3": "1", "benefit.two_disease.ratio.resident.primary": "0.5", "benefit.two_disease.cap.resident": "500",
		"benefit.chronic.points_off.employee.unregistered": "0.2", "benefit.inpatient.deductible_factor.employee.outside": "1.5"})
	return func(t *rapid.T) *benefit.Schedules {
		return []*benefit.Schedules{plain, full}[rapid.IntRange(0, 1).Draw(t, "policy")]
	}
}

// Every bill adds up, nothing is negative, no fund pays more than is in scope, and the steps say the same amounts.
func TestBillsAddUp(t *testing.T) {
	t.Attr("clause", "YA-4.4.3")
	t.Attr("clause", "YA-4.1.2")
	policies := anySchedules(t)
	rapid.Check(t, func(t *rapid.T) {
		schedules := policies(t)
		var a benefit.Accumulators
		for _, v := range years(t, 8) {
			before := a
			var s benefit.Settlement
			schedules.On(v.Date).Settle(&a, &v, &s)
			parts := []money.Fen{s.Covered, s.Deductible, s.Basic, s.Catastrophic, s.Large, s.Aid, s.Other[0], s.Other[1], s.Other[2], s.Own, s.Account, s.Family, s.Cash}
			for i, part := range parts {
				if part < 0 {
					t.Fatalf("part %d of %+v is negative", i, s)
				}
			}
			if v.Total != s.Basic+s.Catastrophic+s.Large+s.Aid+s.Other.Sum()+s.Account+s.Family+s.Cash || s.Covered > v.InScope || s.Funds() > s.Covered || s.Deductible > s.Covered {
				t.Fatalf("%+v\n of %+v", s, v)
			}
			if s.Why != benefit.Paid && (a != before || s.Funds() != 0) {
				t.Fatalf("not paid (%v), and %+v became %+v", s.Why, before, a)
			}
			said := map[string]money.Fen{}
			for _, r := range schedules.On(v.Date).Explain(&v, &before, &s) {
				said[r.Part] += r.Amount
				if r.Clause == "" {
					t.Fatalf("no clause for %s", r.Part)
				}
			}
			if said["hifp_pay"] != s.Basic || said["hifmi_pay"] != s.Catastrophic || said["hifob_pay"] != s.Large || said["maf_pay"] != s.Aid || said["oth_pay"] != s.Other.Sum() ||
				said["act_pay_dedc"] != s.Deductible || said["psn_part_amt"] != s.Own || said["psn_cash_pay"] != s.Cash {
				t.Fatalf("the steps say %v of %+v", said, s)
			}
		}
	})
}

// More in-scope cost never means less from the funds, whatever the year was before.
func TestMoreCostNeverLessPaid(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	policies := anySchedules(t)
	rapid.Check(t, func(t *rapid.T) {
		schedules := policies(t)
		var a benefit.Accumulators
		var s benefit.Settlement
		for _, v := range years(t, 5) {
			schedules.On(v.Date).Settle(&a, &v, &s)
		}
		v := visits(t, "last")
		v.Lines = nil
		more := v
		extra := money.Fen(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 10_000_000)).Draw(t, "more"))
		more.InScope += extra
		more.Total += extra
		b := a
		var less, greater benefit.Settlement
		schedules.On(v.Date).Settle(&a, &v, &less)
		schedules.On(v.Date).Settle(&b, &more, &greater)
		if greater.Funds() < less.Funds() || greater.Basic < less.Basic {
			t.Fatalf("%v more in scope: %+v, then %+v", extra, less, greater)
		}
	})
}

// What catastrophic insurance pays in a year is what is due for the year's own costs, whatever visits they came in (the cap aside).
func TestCatastrophicIsOfTheYear(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	schedules := schedulesOf(t, "reference", map[policy.ParameterID]string{"benefit.catastrophic.cap": "1000000"})
	bands, err := money.NewBands(money.Band{Above: 1_500_000, Rate: 600_000}, money.Band{Above: 6_500_000, Rate: 650_000}, money.Band{Above: 11_500_000, Rate: 750_000})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var a benefit.Accumulators
		paid := money.Fen(0)
		for _, v := range years(t, 12) {
			v.Insurance, v.HasCap, v.InScope = benefit.Resident, false, min(v.InScope, 10_000_000)
			v.Total, v.Lines = v.InScope, nil
			v.SelfPaidFirst, v.SelfPaidWhole, v.OverLimit = 0, 0, 0
			var s benefit.Settlement
			schedules.On(v.Date).Settle(&a, &v, &s)
			paid += s.Catastrophic
		}
		if want := min(bands.Of(a.SelfPaid), 100_000_000); paid != want || a.Catastrophic != want {
			t.Fatalf("paid %v, for own costs of %v it is %v", paid, a.SelfPaid, want)
		}
	})
}

// Deductibles and caps of a year are used once: the same visits one by one, whatever order the kinds come in, never pay more than the caps.
func TestCapsHold(t *testing.T) {
	t.Attr("clause", "SC38-6.3")
	t.Attr("clause", "SCE-3.2")
	schedules := schedulesOf(t, "reference", nil)
	rapid.Check(t, func(t *rapid.T) {
		var a [2]benefit.Accumulators
		for _, v := range years(t, 20) {
			v.HasCap = false
			var s benefit.Settlement
			schedules.On(v.Date).Settle(&a[v.Insurance], &v, &s)
		}
		e, r := a[benefit.Employee], a[benefit.Resident]
		if e.Basic > 45_000_000 || r.Basic > 20_000_000 || e.Catastrophic > 40_000_000 || r.Catastrophic > 30_000_000 || e.Aid > 5_000_000 || r.Aid > 5_000_000 ||
			e.BasicOf[benefit.Outpatient] > 250_000 || r.BasicOf[benefit.Outpatient] > 20_000 || e.BasicOf[benefit.Chronic] > 2_000_000 || e.Deductible[benefit.Outpatient] > 20_000 {
			t.Fatalf("%+v\n%+v", e, r)
		}
	})
}

// Books: repeated messages change nothing, reversals give everything back, and the accumulators are always those of the living settlements in
// their order.
func TestReversingEverythingLeavesNothing(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	policies := anySchedules(t)
	rapid.Check(t, func(t *rapid.T) {
		schedules := policies(t)
		books := benefit.NewBooks(schedules)
		var order []string
		living := map[string]benefit.Visit{}
		for _, v := range years(t, 10) {
			first, err := books.Settle(&v)
			if err != nil {
				t.Fatal(err)
			}
			again, err := books.Settle(&v)
			if err != nil || again.Settlement != first.Settlement || again.After != first.After {
				t.Fatalf("the same again: %+v, %v", again, err)
			}
			other := v
			other.Date = day(rapid.IntRange(0, 364).Draw(t, "other day"))
			if _, err := books.Settle(&other); err == nil && other.Date != v.Date {
				t.Fatal("other content under the same message")
			}
			order, living[v.ID] = append(order, v.ID), v
		}
		for n := 0; len(living) > 0; n++ {
			of := rapid.SampledFrom(order).Draw(t, "reverse")
			r := benefit.Reversal{ID: fmt.Sprintf("R%d", n), Of: of, Cascade: rapid.Bool().Draw(t, "cascade")}
			done, err := books.Reverse(r)
			if _, alive := living[of]; err == nil != alive && (alive == r.Cascade) {
				t.Fatalf("%+v: %v", r, err)
			}
			if err == nil {
				delete(living, of)
				if again, err := books.Reverse(r); err != nil || again != done {
					t.Fatalf("the same reversal again: %v", err)
				}
			}
			checkBooks(t, books, schedules, order, living)
		}
		books.All(func(_ string, _ policy.Year, _ benefit.Insurance, a *benefit.Accumulators) {
			if *a != (benefit.Accumulators{}) {
				t.Fatalf("%+v is left", *a)
			}
		})
	})
}

// checkBooks settles the living visits in one batch and compares the accumulators.
func checkBooks(t *rapid.T, books *benefit.Books, schedules *benefit.Schedules, order []string, living map[string]benefit.Visit) {
	var want [2]benefit.Accumulators
	for _, id := range order {
		if v, ok := living[id]; ok {
			var s benefit.Settlement
			schedules.On(v.Date).Settle(&want[v.Insurance], &v, &s)
		}
	}
	books.All(func(_ string, _ policy.Year, i benefit.Insurance, a *benefit.Accumulators) {
		if *a != want[i] {
			t.Fatalf("the books say %+v, the living settlements %+v", *a, want[i])
		}
	})
}
