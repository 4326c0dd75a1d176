package money

import (
	"errors"
	"math/bits"
)

// Band (分段) is a rate for what lies above an amount, up to the next band's.
type Band struct {
	Above Fen
	Rate  Rate
}

// mostBands is how many bands a scale may have.
const mostBands = 4

// ErrBands says that bands are too many, not in order, or too large.
var ErrBands = errors.New("bands out of order")

// Bands (分段比例) is a piecewise linear function of an amount: 0 up to the first band, then each band's rate. The zero value is 0
// everywhere.
type Bands struct {
	n     int
	bands [mostBands]Band
	below [mostBands]uint64 // what the bands below give, in fen·10⁻⁶
}

// NewBands makes the function of at most four bands, in the order of what they lie above. Errors: ErrBands.
func NewBands(bands ...Band) (Bands, error) {
	var b Bands
	if len(bands) > mostBands {
		return b, ErrBands
	}
	for i, band := range bands {
		if band.Above < 0 || band.Rate < 0 || band.Above > MaxFen/1000 || band.Rate > One {
			return b, ErrBands
		}
		b.bands[i] = band
		if i > 0 {
			before := bands[i-1]
			if band.Above < before.Above {
				return b, ErrBands
			}
			b.below[i] = b.below[i-1] + uint64(band.Above-before.Above)*uint64(before.Rate)
		}
	}
	b.n = len(bands)
	return b, nil
}

// Of is the function's value at an amount ≥ 0: what the bands give is added up exactly and rounded to the fen once, halves up.
//
// 依据: YA-3.1.1
func (b *Bands) Of(f Fen) Fen {
	i := b.n - 1
	for i >= 0 && f <= b.bands[i].Above {
		i--
	}
	if i < 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(f-b.bands[i].Above), uint64(b.bands[i].Rate))
	lo, carry := bits.Add64(lo, b.below[i]+rateScale/2, 0)
	q := lo / rateScale // nearly always; it takes no division
	if hi += carry; hi != 0 {
		q, _ = bits.Div64(hi, lo, rateScale)
	}
	return Fen(q)
}
