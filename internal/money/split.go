package money

import (
	"errors"
	"math/big"
	"sort"
)

// ErrNoWeight says that there is no weight to split by.
var ErrNoWeight = errors.New("all weights are zero")

// Weights (权重) are what a total is split by, brought to one denominator: whole numbers in proportion, and their sum.
type Weights struct {
	whole  []*big.Int
	sum    *big.Int
	common *big.Int // the denominator
}

// Zero tells whether there is nothing to split by.
func (w Weights) Zero() bool { return w.sum == nil || w.sum.Sign() == 0 }

// Percent is a weight's share of all in percent with two decimals, halves away from zero: "3.21".
func (w Weights) Percent(i int) string {
	n := new(big.Int).Mul(w.whole[i], big.NewInt(20_000))
	n.Add(n, w.sum)
	n.Quo(n, new(big.Int).Lsh(w.sum, 1))
	return string(appendDecimal(nil, n.Int64(), 2, false))
}

// Sum writes what the weights add up to, with the given number of decimals, halves away from zero.
func (w Weights) Sum(places int) string {
	n := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	n.Mul(n, w.sum).Lsh(n, 1).Add(n, w.common)
	n.Quo(n, new(big.Int).Lsh(w.common, 1))
	return Ratio{new(big.Rat).SetInt(n)}.Quo(Ratio{new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))}).Exact(places)
}

// Split (拆分) divides a total over weights ≥ 0 so that the parts add up to it exactly, by the largest remainder: each
// gets floor(total·w/Σw), and the fen left over go one each to the largest fractional parts, ties to the earlier
// weight. The total must be ≥ 0. Errors: ErrNoWeight when the weights sum to 0.
//
// 依据: SC38-4.4
func Split(total Fen, weights []Ratio) ([]Fen, error) { return NewWeights(weights).Split(total) }

// Split divides a total over the weights, as the function of that name.
//
// 依据: SC38-4.4
func (w Weights) Split(total Fen) ([]Fen, error) {
	if w.Zero() {
		return nil, ErrNoWeight
	}
	parts := make([]Fen, len(w.whole))
	rests := make([]big.Int, len(w.whole))
	x := big.NewInt(int64(total))
	left := total
	var product, quotient big.Int
	for i, n := range w.whole {
		quotient.QuoRem(product.Mul(n, x), w.sum, &rests[i])
		parts[i] = Fen(quotient.Int64())
		left -= parts[i]
	}
	if left == 0 {
		return parts, nil
	}
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return rests[order[a]].Cmp(&rests[order[b]]) > 0 })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts, nil
}

// NewWeights brings weights ≥ 0 to one denominator.
func NewWeights(weights []Ratio) Weights {
	common := big.NewInt(1)
	var gcd, rest big.Int
	for _, w := range weights {
		den := w.rat().Denom()
		if rest.Mod(common, den).Sign() != 0 {
			gcd.GCD(nil, nil, den, &rest)
			common.Mul(common, rest.Quo(den, &gcd))
		}
	}
	out := Weights{whole: make([]*big.Int, len(weights)), sum: new(big.Int), common: common}
	for i, w := range weights {
		n := new(big.Int).Quo(common, w.rat().Denom())
		out.whole[i] = n.Mul(n, w.rat().Num())
		out.sum.Add(out.sum, n)
	}
	return out
}
