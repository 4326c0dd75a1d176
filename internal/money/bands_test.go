package money_test

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/money"
)

func TestBandsOrder(t *testing.T) {
	for _, bad := range [][]money.Band{{{Above: -1}}, {{Rate: -1}}, {{Rate: money.One + 1}}, {{Above: money.MaxFen}}, {{Above: 2}, {Above: 1}}, make([]money.Band, 5)} {
		if _, err := money.NewBands(bad...); !errors.Is(err, money.ErrBands) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	var none money.Bands
	if none.Of(money.MaxFen) != 0 {
		t.Error("no bands give something")
	}
}

// The value is that of exact arithmetic, rounded once.
func TestBandsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bands []money.Band
		above := money.Fen(0)
		for range rapid.IntRange(0, 4).Draw(t, "bands") {
			above += money.Fen(rapid.Int64Range(0, 10_000_000).Draw(t, "width"))
			bands = append(bands, money.Band{Above: above, Rate: money.Rate(rapid.Int64Range(0, int64(money.One)).Draw(t, "rate"))})
		}
		b, err := money.NewBands(bands...)
		if err != nil {
			t.Fatal(err)
		}
		f := money.Fen(rapid.OneOf(rapid.Int64Range(0, 50_000_000), rapid.Int64Range(0, 2*int64(money.MaxFen))).Draw(t, "amount"))
		sum := new(big.Int)
		for i, band := range bands {
			top := f
			if i+1 < len(bands) {
				top = min(f, bands[i+1].Above)
			}
			sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(max(top-band.Above, 0))), big.NewInt(int64(band.Rate))))
		}
		sum.Add(sum, big.NewInt(500_000))
		if want := sum.Quo(sum, big.NewInt(1_000_000)).Int64(); int64(b.Of(f)) != want {
			t.Fatalf("%v of %d: %d, want %d", bands, f, b.Of(f), want)
		}
	})
}
