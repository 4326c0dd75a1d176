package money

import (
	"errors"
	"math/big"
	"sort"
)

// ErrNoWeight says that there is no weight to split by.
var ErrNoWeight = errors.New("all weights are zero")

// Split (拆分) divides a total over weights ≥ 0 so that the parts add up to it exactly, by the largest remainder: each
// gets floor(total·w/Σw), and the fen left over go one each to the largest fractional parts, ties to the earlier
// weight. The total must be ≥ 0. Errors: ErrNoWeight when the weights sum to 0.
//
// 依据: SC38-4.4
func Split(total Fen, weights []Ratio) ([]Fen, error) {
	whole, sum := commonWeights(weights)
	if sum.Sign() == 0 {
		return nil, ErrNoWeight
	}
	parts := make([]Fen, len(weights))
	rests := make([]*big.Int, len(weights))
	x := big.NewInt(int64(total))
	left := total
	var quotient big.Int
	for i, w := range whole {
		rest := w.Mul(w, x)
		quotient.QuoRem(rest, sum, rest)
		parts[i], rests[i] = Fen(quotient.Int64()), rest
		left -= parts[i]
	}
	if left == 0 {
		return parts, nil
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return rests[order[a]].Cmp(rests[order[b]]) > 0 })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts, nil
}

// commonWeights brings the weights to one denominator and drops it: whole numbers in the same proportion, and their sum.
func commonWeights(weights []Ratio) (whole []*big.Int, sum *big.Int) {
	common := big.NewInt(1)
	var gcd, rest big.Int
	for _, w := range weights {
		den := w.rat().Denom()
		if rest.Mod(common, den).Sign() != 0 {
			gcd.GCD(nil, nil, den, rest.Mod(common, den))
			common.Mul(common, new(big.Int).Quo(den, &gcd))
		}
	}
	whole, sum = make([]*big.Int, len(weights)), new(big.Int)
	for i, w := range weights {
		n := new(big.Int).Quo(common, w.rat().Denom())
		whole[i] = n.Mul(n, w.rat().Num())
		sum.Add(sum, whole[i])
	}
	return whole, sum
}
