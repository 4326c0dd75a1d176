package synth

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"tongchou/internal/money"
)

// dice (随机数) draws for every figure by the seed and the figure's own keys, so that asking for another year, insurance
// type or city leaves the others as they were.
type dice uint64

// between draws a rate from low to high, both included.
func (d dice) between(low, high money.Rate, keys ...any) money.Rate {
	h := fnv.New64a()
	fmt.Fprintln(h, keys...)
	r := rand.New(rand.NewPCG(uint64(d), h.Sum64()))
	return low + money.Rate(r.Int64N(int64(high-low)+1))
}

// within draws a rate from −span to span.
func (d dice) within(span money.Rate, keys ...any) money.Rate { return d.between(-span, span, keys...) }
