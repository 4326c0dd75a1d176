package store

import (
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/region"
)

func TestScope(t *testing.T) {
	for _, c := range []struct {
		top, division region.Code
		holds         bool
	}{
		{"510000", "510000", true}, {"510000", "510100", true}, {"510000", "510104", true}, {"510000", "530100", false},
		{"510100", "510100", true}, {"510100", "510104", true}, {"510100", "510000", false}, {"510100", "510300", false},
		{"510104", "510104", true}, {"510104", "510105", false}, {"510104", "510100", false},
		{"", "510000", false}, {"", "", false}, {"510000", "", false}, {"510000", "51", false},
	} {
		if got := ScopeOf(c.top).Holds(c.division); got != c.holds {
			t.Errorf("%s holds %s: %v", c.top, c.division, got)
		}
	}
}

// What a query lets through is what Holds lets through.
func TestScopeBoundsAgree(t *testing.T) {
	code := rapid.StringMatching(`5[1-3](00|0[1-9]|34)(00|0[0-9]|34)`)
	rapid.Check(t, func(t *rapid.T) {
		top, division := code.Draw(t, "top"), code.Draw(t, "division")
		if top[2:4] == "00" {
			top = top[:2] + "0000"
		}
		first, last := ScopeOf(region.Code(top)).bounds()
		if between := first <= division && division <= last; between != ScopeOf(region.Code(top)).Holds(region.Code(division)) {
			t.Fatalf("%s and %s: %v by bounds", top, division, between)
		}
	})
	if first, last := (Scope{}).bounds(); first <= last {
		t.Error("the zero scope lets rows through")
	}
}
