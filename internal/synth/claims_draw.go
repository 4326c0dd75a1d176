package synth

import (
	"math"
	"sort"
)

// one is 1 in the fixed point that draws compute in: with whole numbers alone, every machine draws the same.
const one = 1 << 16

// fixed rounds to fixed point.
func fixed(x float64) uint64 { return uint64(math.Round(x * one)) }

// chance is a probability as a threshold for the low half of a draw.
func chance(p float64) uint32 { return uint32(math.Round(min(max(p, 0), 1) * math.MaxUint32)) }

// stream (随机流) is SplitMix64: a stream costs nothing to begin, so every person-year has its own and nothing is kept.
type stream uint64

func (s *stream) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	return mix(uint64(*s))
}

// mix spreads what is in a few bits over all of them.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// hit tells whether a chance comes true.
func (s *stream) hit(c uint32) bool { return uint32(s.next()) < c }

// below draws a whole number below n.
func (s *stream) below(n uint32) uint32 { return uint32(uint64(uint32(s.next())) * uint64(n) >> 32) }

// fine is how many steps the body of a distribution has, and again its last step.
const fine = 1024

// quantiles (分位数表) is a distribution with mean 1: what is drawn is interpolated between its quantiles, and its last
// thousandth, where the dear cases are, has a thousand steps of its own.
type quantiles struct {
	body, tail [fine + 1]uint32
}

// lognormal (对数正态分布) makes the table of a lognormal with mean 1, cut off at a greatest value.
func lognormal(sigma, most float64) *quantiles {
	at := func(p float64) float64 {
		return min(most, math.Exp(sigma*math.Sqrt2*math.Erfinv(2*p-1)))
	}
	var body, tail [fine + 1]float64
	for i := range body {
		body[i] = at(min(max(float64(i)/fine, 0.25/fine), 1-1.0/fine))
		tail[i] = at(min(1-1.0/fine+float64(i)/fine/fine, 1-0.25/fine/fine))
	}
	mean := 0.0
	for i := range fine {
		if i < fine-1 {
			mean += (body[i] + body[i+1]) / 2 / fine
		}
		mean += (tail[i] + tail[i+1]) / 2 / fine / fine
	}
	q := new(quantiles)
	for i := range body {
		q.body[i], q.tail[i] = uint32(fixed(body[i]/mean)), uint32(fixed(tail[i]/mean))
	}
	return q
}

// at draws by the bits of u, in fixed point.
func (q *quantiles) at(u uint64) uint64 {
	i, rest := u>>54, u>>38&0xffff
	steps := &q.body
	if i == fine-1 {
		i, rest = u>>44&(fine-1), u>>28&0xffff
		steps = &q.tail
	}
	low, high := uint64(steps[i]), uint64(steps[i+1])
	return low + (high-low)*rest>>16
}

// each visits the middles of the steps, in ascending order, with their probabilities.
func (q *quantiles) each(visit func(x, p float64)) {
	for i := range fine - 1 {
		visit(float64(q.body[i]+q.body[i+1])/2/one, 1.0/fine)
	}
	for i := range fine {
		visit(float64(q.tail[i]+q.tail[i+1])/2/one, 1.0/fine/fine)
	}
}

// excess (超额期望) answers how much of a distribution lies above a threshold.
type excess struct {
	x          []float64 // ascending
	mass, mean []float64 // of the i-th step and those above it
}

func newExcess(q *quantiles) excess {
	var e excess
	q.each(func(x, p float64) {
		e.x, e.mass, e.mean = append(e.x, x), append(e.mass, p), append(e.mean, p*x)
	})
	for i := len(e.x) - 2; i >= 0; i-- {
		e.mass[i] += e.mass[i+1]
		e.mean[i] += e.mean[i+1]
	}
	return e
}

// over is the mean of max(0, x − t).
func (e excess) over(t float64) float64 {
	i := sort.SearchFloat64s(e.x, t)
	if i == len(e.x) {
		return 0
	}
	return e.mean[i] - t*e.mass[i]
}

// Counts are drawn by inversion, from e^−λ in steps of 1/128 up to 8.
const (
	rateBits   = 20 // a mean is in 2^−20
	powerBits  = 40 // a probability is in 2^−40
	powerStep  = 13 // 2^−20 · 2^13 = 1/128
	powerSteps = 8 << (rateBits - powerStep)
)

// counts (计数分布) draws Poisson counts.
type counts [powerSteps + 2]uint64

func newCounts() *counts {
	c := new(counts)
	for i := range c {
		c[i] = uint64(math.Round(math.Exp(-float64(i)/(1<<(rateBits-powerStep))) * (1 << powerBits)))
	}
	return c
}

// draw draws a count with mean λ, in 2^−20, of at most most.
func (c *counts) draw(s *stream, lambda uint64, most int) int {
	pieces := lambda>>(rateBits+3) + 1
	total := 0
	for range pieces {
		total += c.small(s.next()>>(64-powerBits), lambda/pieces)
	}
	return min(total, most)
}

func (c *counts) small(u, lambda uint64) int {
	i, rest := lambda>>powerStep, lambda&(1<<powerStep-1)
	p := c[i] - (c[i]-c[i+1])*rest>>powerStep
	k := 0
	for u >= p && p > 0 {
		u -= p
		k++
		p = p * lambda / (uint64(k) << rateBits)
	}
	return k
}
