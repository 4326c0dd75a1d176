package money

import (
	"math/big"
	"strings"
)

// Rate (比率) is an exact decimal with at most six places, in millionths.
type Rate int64

const rateScale = 1_000_000

// MaxRate is the largest rate a file may state.
const MaxRate Rate = 1_000_000 * rateScale

// One is the rate 1.
const One Rate = rateScale

// ParseRate reads a plain decimal with at most six places. Errors: ErrNotNumber, ErrDecimals, ErrTooLarge.
func ParseRate(text string) (Rate, error) {
	n, err := parseDecimal(text, 6, int64(MaxRate))
	return Rate(n), err
}

// Ratio is the rate as a ratio.
func (r Rate) Ratio() Ratio { return NewRatio(int64(r), rateScale) }

// String writes the rate without needless zeros: "0.05", "1".
func (r Rate) String() string {
	return trimZeros(string(appendDecimal(nil, int64(r), 6, false)))
}

// Percent (百分数) writes the rate in percent: "5%", "0.5%".
func (r Rate) Percent() string { return (r * 100).String() + "%" }

// MarshalText writes the rate as String does.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRate(string(text))
	return err
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Ratio (比值) is an exact rational number. The zero value is 0. Ratios are never changed once made.
type Ratio struct{ r *big.Rat }

var zeroRat = new(big.Rat)

func (x Ratio) rat() *big.Rat {
	if x.r == nil {
		return zeroRat
	}
	return x.r
}

// NewRatio is num/den; den must not be 0.
func NewRatio(num, den int64) Ratio { return Ratio{big.NewRat(num, den)} }

// Sign is -1, 0 or 1.
func (x Ratio) Sign() int { return x.rat().Sign() }

// Cmp compares exactly.
func (x Ratio) Cmp(y Ratio) int { return x.rat().Cmp(y.rat()) }

// Add is x + y.
func (x Ratio) Add(y Ratio) Ratio { return Ratio{new(big.Rat).Add(x.rat(), y.rat())} }

// Sub is x − y.
func (x Ratio) Sub(y Ratio) Ratio { return Ratio{new(big.Rat).Sub(x.rat(), y.rat())} }

// Mul is x · y.
func (x Ratio) Mul(y Ratio) Ratio { return Ratio{new(big.Rat).Mul(x.rat(), y.rat())} }

// Quo is x ÷ y; y must not be 0.
func (x Ratio) Quo(y Ratio) Ratio { return Ratio{new(big.Rat).Quo(x.rat(), y.rat())} }

// Clip keeps x within [low, high].
func (x Ratio) Clip(low, high Ratio) Ratio {
	if x.Cmp(low) < 0 {
		return low
	}
	if x.Cmp(high) > 0 {
		return high
	}
	return x
}

// Fen rounds to whole fen, halves away from zero.
func (x Ratio) Fen() Fen {
	q := roundHalfAway(x.rat(), 0)
	return Fen(q.Int64())
}

// Text writes x with the given number of decimals, halves away from zero, and never "-0.0".
func (x Ratio) Text(places int) string {
	q := roundHalfAway(x.rat(), places)
	negative := q.Sign() < 0
	digits := q.Abs(q).String()
	if missing := places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	text := digits
	if places > 0 {
		text = digits[:len(digits)-places] + "." + digits[len(digits)-places:]
	}
	if negative {
		return "-" + text
	}
	return text
}

// Exact writes x as a decimal without needless zeros, cut off at the given number of decimals (halves away from zero)
// where it has more.
func (x Ratio) Exact(places int) string { return trimZeros(x.Text(places)) }

// Grouped puts commas between the thousands of a decimal's whole part: "22,738,644.5".
func Grouped(text string) string {
	whole, fraction, point := strings.Cut(text, ".")
	digits, negative := strings.CutPrefix(whole, "-")
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	if negative {
		digits = "-" + digits
	}
	if point {
		digits += "." + fraction
	}
	return digits
}

// MarshalText writes the ratio with at most six decimals.
func (x Ratio) MarshalText() ([]byte, error) { return []byte(x.Exact(6)), nil }

// roundHalfAway is x·10^places as the nearest whole number, halves away from zero.
func roundHalfAway(x *big.Rat, places int) *big.Int {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	num := new(big.Int).Abs(x.Num())
	num.Mul(num, scale).Lsh(num, 1).Add(num, x.Denom())
	den := new(big.Int).Lsh(x.Denom(), 1)
	num.Quo(num, den)
	if x.Sign() < 0 {
		num.Neg(num)
	}
	return num
}
