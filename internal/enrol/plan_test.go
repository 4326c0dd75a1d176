package enrol

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/money"
	"tongchou/internal/region"
)

func plan(parts ...int64) TargetPlan {
	p := TargetPlan{Year: 2028, Division: "510000", Total: 100, Source: "合成数据 1号", Weights: Weights{rate("0.3"), rate("0.5"), rate("0.2")}}
	for i, n := range parts {
		p.Parts = append(p.Parts, TargetPart{Target: Target{region.Code("510" + string(rune('1'+i)) + "00"), n}, Basis: Headcount{10, 9, 8, 1}, Proposed: n})
	}
	return p
}

// A plan is refused when it piles on, falls short, or does not say what it rests on.
func TestTargetPlanChecks(t *testing.T) {
	t.Attr("clause", "SCE-12.1")
	unsourced, empty := plan(60, 40), plan(60, 40)
	unsourced.Source, empty.Total = "", 0
	for _, c := range []struct {
		plan TargetPlan
		want []string
	}{
		{plan(60, 40), nil},
		{plan(60, 41), []string{"enrol.target.piles_on SCE-12.1"}},
		{plan(60, 39), []string{"enrol.target.short SCE-12.1"}},
		{plan(101, -1), []string{"enrol.target.negative SCE-12.1"}},
		{unsourced, []string{"enrol.target.no_source SCE-12.1"}},
		{empty, []string{"enrol.target.none SCE-12.1"}},
	} {
		if got := reasons(c.plan.Check()); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.plan, got, c.want)
		}
	}
	if part, has := plan(60, 40).Part("510200"); !has || part.Count != 40 {
		t.Errorf("part %+v", part)
	}
	if _, has := plan(60, 40).Part("510300"); has {
		t.Error("a part nobody has")
	}
}

func TestProposedTotal(t *testing.T) {
	t.Attr("clause", "SCE-12.1")
	t.Attr("clause", "YA-4.2.1")
	for _, c := range []struct{ living, enrolled, want int64 }{{200, 100, 190}, {200, 195, 195}, {10, 0, 10}, {0, 0, 0}} {
		if got := ProposedTotal(Headcount{Living: c.living, Enrolled: c.enrolled}, rate("0.95")); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A plan is read as it was written, and nothing else is read as one.
func TestTargetPlanForm(t *testing.T) {
	p := plan(60, 40)
	got, ok := ParseTargetPlan(p.Canonical())
	if !ok || !reflect.DeepEqual(got, p) {
		t.Errorf("%+v", got)
	}
	for i := range p.Canonical() {
		if _, ok := ParseTargetPlan(p.Canonical()[:i]); ok {
			t.Errorf("cut off after %d bytes", i)
		}
	}
}

func FuzzTargetPlan(f *testing.F) {
	f.Add(plan(60, 40).Canonical())
	f.Fuzz(func(t *testing.T, form []byte) {
		if p, ok := ParseTargetPlan(form); ok && !bytes.Equal(p.Canonical(), form) {
			t.Errorf("%x is written as %x", form, p.Canonical())
		}
	})
}

// What goes by the enrolment result adds up, nobody who did better by the same target gets less, and more than the target counts as the target.
func TestSubsidyShares(t *testing.T) {
	t.Attr("clause", "SCE-13.1")
	rapid.Check(t, func(t *rapid.T) {
		var targets []Target
		enrolled := map[region.Code]int64{}
		for i := range rapid.IntRange(1, 9).Draw(t, "places") {
			code := region.Code("51" + string(rune('0'+i)) + "000")
			targets = append(targets, Target{code, rapid.Int64Range(1, 9_000_000).Draw(t, "target")})
			enrolled[code] = rapid.Int64Range(1, 9_000_000).Draw(t, "enrolled")
		}
		total := money.Fen(rapid.Int64Range(0, 1_000_000_000_00).Draw(t, "total"))
		by := rapid.SampledFrom([]SubsidyBasis{ByCompletion, ByCompletionTarget}).Draw(t, "by")
		shares, err := SubsidyShares(total, by, Achievements(targets, enrolled))
		if err != nil {
			t.Fatal(err)
		}
		var sum money.Fen
		for i, a := range shares {
			sum += a.Amount
			for _, b := range shares[:i] {
				if a.Counted.Cmp(b.Counted) >= 0 && (by == ByCompletion || a.Count >= b.Count) && a.Amount < b.Amount-1 {
					t.Errorf("%+v gets less than %+v", a, b)
				}
			}
		}
		if sum != total {
			t.Errorf("%d of %d", sum, total)
		}
	})
	targets := []Target{{"510100", 300}, {"510300", 100}}
	shares, err := SubsidyShares(10000, ByCompletionTarget, Achievements(targets, map[region.Code]int64{"510100": 600, "510300": 50}))
	if err != nil || shares[0].Amount != 8571 || shares[1].Amount != 1429 {
		t.Errorf("%+v %v", shares, err)
	}
	if _, err := SubsidyShares(1, ByCompletion, Achievements(targets, nil)); !slices.Equal(reasons(err), []string{"enrol.subsidy.no_points SCE-13.1"}) {
		t.Errorf("nobody enrolled: %v", err)
	}
}
