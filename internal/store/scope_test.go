package store

import (
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/office"
	"tongchou/internal/region"
)

// What a query lets through is what Holds lets through.
func TestScopeBoundsAgree(t *testing.T) {
	code := rapid.StringMatching(`5[1-3](00|0[1-9]|34)(00|0[0-9]|34)`)
	rapid.Check(t, func(t *rapid.T) {
		top, division := code.Draw(t, "top"), code.Draw(t, "division")
		if top[2:4] == "00" {
			top = top[:2] + "0000"
		}
		scope := office.Scope{Division: region.Code(top), Reach: rapid.SampledFrom([]office.Reach{office.Own, office.Below}).Draw(t, "reach")}
		first, last := bounds(scope)
		if between := first <= division && division <= last; between != holds(scope, region.Code(division)) {
			t.Fatalf("%+v and %s: %v by bounds", scope, division, between)
		}
	})
	for _, scope := range []office.Scope{{}, {Division: "510000"}, {Reach: office.Below}, {Division: "51", Reach: office.Below}} {
		if first, last := bounds(scope); first <= last || holds(scope, "510000") {
			t.Errorf("%+v lets rows through", scope)
		}
	}
	if above := (office.Scope{Division: "510100", Reach: office.Above}); holds(above, "510000") || holds(above, "510100") {
		t.Error("a scope that reaches above writes")
	}
}
