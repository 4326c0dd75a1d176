package enrol

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/money"
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
