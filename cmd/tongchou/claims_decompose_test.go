package main

import (
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/money"
)

// Parts are rounded by less than a fen each and add up to the difference that is shown.
func TestPartsAddUp(t *testing.T) {
	t.Attr("clause", "YN-2.7")
	rapid.Check(t, func(t *rapid.T) {
		exact := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) money.Ratio {
			return money.NewRatio(rapid.Int64Range(-1e9, 1e9).Draw(t, "n"), rapid.Int64Range(1, 1e6).Draw(t, "d"))
		}), 1, 5).Draw(t, "parts")
		from := money.NewRatio(rapid.Int64Range(0, 1e9).Draw(t, "province"), rapid.Int64Range(1, 1e6).Draw(t, "heads"))
		to := from
		for _, x := range exact {
			to = to.Add(x)
		}
		if to.Sign() < 0 {
			return // no cost per head is negative, and rounding goes away from zero on either side
		}
		total := to.Fen() - from.Fen()
		sum := money.Fen(0)
		for i, f := range addUp(total, exact) {
			if off := exact[i].Sub(f.Ratio()); off.Cmp(money.NewRatio(1, 1)) >= 0 || off.Cmp(money.NewRatio(-1, 1)) < 0 {
				t.Fatalf("%v is shown as %v", exact[i], f)
			}
			sum += f
		}
		if sum != total {
			t.Fatalf("%v, not %v", sum, total)
		}
	})
}
