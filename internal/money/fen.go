// Package money holds exact amounts: integers of fen, exact rates and ratios, named rounding and splitting without loss.
package money

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"
)

// Fen (分) is an amount of money, 1/100 yuan.
type Fen int64

// FenPerYuan is the number of fen in a yuan (元).
const FenPerYuan Fen = 100

// MaxFen is the largest amount a file may state: a hundred trillion yuan, thirty times the nation's yearly funds, so that
// hundreds of them still add up inside 64 bits.
const MaxFen Fen = 10_000_000_000_000_000

// What can be wrong with the text of an amount or a rate.
var (
	ErrNotNumber = errors.New("not a plain decimal number")
	ErrDecimals  = errors.New("too many decimals")
	ErrTooLarge  = errors.New("too large")
)

// ParseFen reads an amount in yuan with at most two decimals: an optional minus, digits, and optionally a point and
// one or two digits. No thousands separators, exponents or spaces. Errors: ErrNotNumber, ErrDecimals, ErrTooLarge.
func ParseFen(text string) (Fen, error) {
	n, err := parseDecimal(text, 2, int64(MaxFen))
	return Fen(n), err
}

// parseDecimal reads a plain decimal with at most places decimals as an integer of 10^-places.
func parseDecimal(text string, places int, limit int64) (int64, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if !allDigits(whole) || point && !allDigits(fraction) {
		return 0, ErrNotNumber
	}
	if len(fraction) > places {
		return 0, ErrDecimals
	}
	all := strings.TrimLeft(whole+fraction+strings.Repeat("0", places-len(fraction)), "0")
	if len(all) > 18 {
		return 0, ErrTooLarge
	}
	if all == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return 0, ErrNotNumber
	}
	if n > limit {
		return 0, ErrTooLarge
	}
	if negative {
		n = -n
	}
	return n, nil
}

func allDigits(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Part is x·r rounded to the fen, halves away from zero (四舍五入).
//
// 依据: SC38-4.2
func (f Fen) Part(r Rate) Fen {
	negative := (f < 0) != (r < 0)
	hi, lo := bits.Mul64(magnitude(int64(f)), magnitude(int64(r)))
	lo, carry := bits.Add64(lo, rateScale/2, 0)
	q := lo / rateScale // nearly always; it takes no division
	if hi += carry; hi != 0 {
		q, _ = bits.Div64(hi, lo, rateScale)
	}
	if negative {
		return -Fen(q)
	}
	return Fen(q)
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}

// Ratio is the exact number of fen as a ratio.
func (f Fen) Ratio() Ratio { return NewRatio(int64(f), 1) }

// String is the amount in yuan with two decimals, as files and JSON carry it: "-1234.50".
func (f Fen) String() string { return string(appendDecimal(nil, int64(f), 2, false)) }

// MarshalText writes the amount as String does.
func (f Fen) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads an amount as ParseFen does.
func (f *Fen) UnmarshalText(text []byte) error {
	var err error
	*f, err = ParseFen(string(text))
	return err
}

// Unit (金额单位) is what amounts are shown in.
type Unit int64

// The units of display, in fen.
const (
	Yuan           Unit = 100
	TenThousand    Unit = 10_000 * 100
	HundredMillion Unit = 100_000_000 * 100
)

// In writes the amount in a unit with two decimals, halves away from zero, thousands separated: "1,042,318.66".
func (f Fen) In(u Unit) string {
	step := int64(u) / 100
	n := magnitude(int64(f))
	n = (n + uint64(step)/2) / uint64(step)
	if f < 0 {
		return string(appendDecimal(nil, -int64(n), 2, true))
	}
	return string(appendDecimal(nil, int64(n), 2, true))
}

// appendDecimal writes n·10^-places; grouped puts a comma between thousands.
func appendDecimal(b []byte, n int64, places int, grouped bool) []byte {
	if n < 0 {
		b = append(b, '-')
	}
	digits := strconv.FormatUint(magnitude(n), 10)
	if missing := places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole := len(digits) - places
	for i := 0; i < whole; i++ {
		if grouped && i > 0 && (whole-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, digits[i])
	}
	if places == 0 {
		return b
	}
	b = append(b, '.')
	return append(b, digits[whole:]...)
}

// Sum adds amounts.
func Sum(parts ...Fen) Fen {
	var total Fen
	for _, p := range parts {
		total += p
	}
	return total
}
