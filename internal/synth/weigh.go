package synth

import "tongchou/internal/money"

// follow is 1 plus a percentage of how far x is from 1.
func follow(x money.Rate, percent int64) money.Rate {
	return money.One + (x-money.One)*money.Rate(percent)/100
}

// apportion divides a total, rounded to whole persons or fen, so that the parts add up to it.
func apportion(total money.Ratio, weights []int64) ([]int64, error) {
	ratios := make([]money.Ratio, len(weights))
	for i, w := range weights {
		ratios[i] = money.NewRatio(w, 1)
	}
	parts, err := money.Split(total.Fen(), ratios)
	out := make([]int64, len(parts))
	for i, part := range parts {
		out[i] = int64(part)
	}
	return out, err
}

// level scales indices so that their weighted mean is the one given.
func level(mean money.Ratio, weights []int64, indices []money.Rate) []money.Rate {
	var weighted int64
	for i, x := range indices {
		weighted += weights[i] * int64(x)
	}
	scale := mean.Mul(money.NewRatio(sum(weights), weighted)).Mul(money.NewRatio(int64(money.One), 1))
	out := make([]money.Rate, len(indices))
	for i, x := range indices {
		out[i] = millionths(scale.Mul(x.Ratio()))
	}
	return out
}

// millionths rounds a ratio to six decimals.
func millionths(r money.Ratio) money.Rate {
	return money.Rate(r.Mul(money.NewRatio(int64(money.One), 1)).Fen())
}

func sum(n []int64) int64 {
	var total int64
	for _, v := range n {
		total += v
	}
	return total
}
