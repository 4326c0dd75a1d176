package enrol

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
)

// Parts of a target add up to it, and a place with more of everything never gets less.
func TestTargetsAddUp(t *testing.T) {
	t.Attr("clause", "SCE-12.1")
	rapid.Check(t, func(t *rapid.T) {
		places := map[region.Code]Headcount{}
		for i := range rapid.IntRange(1, 9).Draw(t, "places") {
			n := rapid.Int64Range(0, 20_000_000)
			places[region.Code("51"+string(rune('0'+i))+"000")] = Headcount{n.Draw(t, "registered"), n.Draw(t, "living") + 1, 0, n.Draw(t, "unenrolled")}
		}
		total := rapid.Int64Range(0, 90_000_000).Draw(t, "total")
		targets, err := Targets(total, Weights{rate("0.3"), rate("0.5"), rate("0.2")}, places)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for i, a := range targets {
			sum += a.Count
			for _, b := range targets[:i] {
				x, y := places[a.Division], places[b.Division]
				if x.Registered >= y.Registered && x.Living >= y.Living && x.Unenrolled >= y.Unenrolled && a.Count < b.Count-1 {
					t.Errorf("%v has %d, %v %d", x, a.Count, y, b.Count)
				}
			}
		}
		if sum != total {
			t.Errorf("the parts of %d add up to %d", total, sum)
		}
		if err := PilesOn(total, targets, 0); err != nil {
			t.Error(reasons(err))
		}
	})
}

func TestPilesOn(t *testing.T) {
	t.Attr("clause", "SCE-12.1")
	for _, c := range []struct {
		sum  int64
		want []string
	}{
		{99, []string{"enrol.target.short SCE-12.1"}}, {100, nil}, {105, nil}, {106, []string{"enrol.target.piles_on SCE-12.1"}},
	} {
		if got := reasons(PilesOn(100, []Target{{"510104", 40}, {"510105", c.sum - 40}}, rate("0.05"))); !slices.Equal(got, c.want) {
			t.Errorf("%d: %v", c.sum, got)
		}
	}
}

func TestAchievements(t *testing.T) {
	t.Attr("clause", "SCE-13.1")
	t.Attr("clause", "YA-4.2.1")
	all := Achievements([]Target{{"510100", 100}, {"510300", 100}, {"510400", 0}}, map[region.Code]int64{"510100": 120, "510300": 50})
	for i, want := range []struct{ rate, index money.Ratio }{
		{money.NewRatio(6, 5), money.NewRatio(2, 5)}, {money.NewRatio(1, 2), money.NewRatio(1, 5)}, {money.NewRatio(1, 1), money.NewRatio(2, 5)},
	} {
		if all[i].Rate.Cmp(want.rate) != 0 || all[i].Index.Cmp(want.index) != 0 {
			t.Errorf("%s: %s %s", all[i].Division, all[i].Rate.Exact(6), all[i].Index.Exact(6))
		}
	}
	if rate := (Headcount{Living: 200, Enrolled: 190}).Rate(); rate.Cmp(money.NewRatio(19, 20)) != 0 {
		t.Errorf("rate %s", rate.Exact(6))
	}
}

// A province's target, its parts, what of piling on is allowed and what a subsidy goes by, under the province's own (assumed) values: 95% of those who live there, weights 0.3, 0.5 and 0.2.
func TestTargetsOfTheProvince(t *testing.T) {
	for _, clause := range []string{"SCE-12.1", "SCE-13.1", "YA-4.2.1"} {
		t.Attr("clause", clause)
	}
	value := func(id policy.ParameterID) policy.Value {
		e, ok := policytest.Pack(t, "sichuan").Latest().Get(id)
		if !ok {
			t.Fatal(id)
		}
		return e.Value
	}
	places := map[region.Code]Headcount{"510100": {1000, 500, 0, 100}, "510300": {500, 1000, 0, 300}}
	total := ProposedTotal(Headcount{Living: 1348}, value("enrol.target.rate").Rate())
	weights := Weights{value("enrol.target.weight.registered").Rate(), value("enrol.target.weight.living").Rate(), value("enrol.target.weight.potential").Rate()}
	targets, err := Targets(total, weights, places)
	// 1,348 × 0.95 = 1,280.6; 300 + 250 + 20 = 570 and 150 + 500 + 60 = 710 of 1,280
	if want := []Target{{"510100", 570}, {"510300", 711}}; err != nil || total != 1281 || !slices.Equal(targets, want) {
		t.Errorf("%d: %v %v, want %v", total, targets, err, want)
	}
	if err := PilesOn(100, []Target{{"510100", 101}}, value("enrol.target.pile_on").Rate()); !slices.Equal(reasons(err), []string{"enrol.target.piles_on SCE-12.1"}) {
		t.Errorf("one too many: %v", reasons(err))
	}
	// 100 of 100 and 150 of 300 reached: 100 and 150 points
	shares, err := SubsidyShares(1000_00, SubsidyBasis(value("enrol.subsidy.by").String()), Achievements([]Target{{"510100", 100}, {"510300", 300}}, map[region.Code]int64{"510100": 120, "510300": 150}))
	if err != nil || shares[0].Amount != 400_00 || shares[1].Amount != 600_00 {
		t.Errorf("%+v %v", shares, err)
	}
}
