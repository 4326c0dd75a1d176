package pool

import (
	"errors"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// share is how a factor's amount is split: each division's weight and what it was made from, kept for the trace.
type share struct {
	factor  Factor
	name    fault.Message
	figure  string // of its steps
	amount  money.Fen
	weights []money.Ratio
	split   money.Weights
	mean    money.Ratio   // x̄ of the province, for indexed factors
	indices []money.Ratio // after clipping
	// fallback tells that no division had a gap and headcount took its place, or that x̄ is 0 and every index is 1.
	fallback bool
	groups   map[string]money.Ratio // r_g, for age groups
}

// distribute (分配) gives all that is left over after setting aside to the divisions, by the policy's factors; a policy
// that names no factor distributes nothing.
//
// 依据: SC38-4.4, YN-2.5
func (r rules) distribute(y yearFacts, f *Fund, t *tracer) error {
	if len(r.factors) == 0 {
		t.distributed()
		return nil
	}
	f.Distributed = f.Collected - f.SetAside.Added
	weights := make([]money.Ratio, len(r.factors))
	for i, w := range r.factors {
		weights[i] = w.weight.Value.Rate().Ratio()
	}
	amounts, err := money.Split(f.Distributed, weights)
	if err != nil {
		return splitError(err, "distributed")
	}
	t.distributed()
	for k, w := range r.factors {
		s := r.share(w.factor, y, *f)
		s.amount = amounts[k]
		parts, err := s.split.Split(s.amount)
		if err != nil {
			return splitError(err, string(w.factor))
		}
		for i, p := range parts {
			d := &f.Divisions[i]
			d.Received += p
			d.Parts = append(d.Parts, Part{w.factor, p})
			t.part(i, y.areas[i], w, s, p)
		}
	}
	return nil
}

func splitError(err error, what string) error {
	if errors.Is(err, money.ErrNoWeight) {
		return fault.Refuse(fault.Problem{Message: fault.Msg("pool.nothing_to_split_by", "what", fault.Msg("pool.figure."+what))})
	}
	return err
}

// share works out a factor's weights.
func (r rules) share(factor Factor, y yearFacts, f Fund) share {
	s := share{factor: factor, name: fault.Msg("factor." + string(factor)), figure: "part." + string(factor), weights: make([]money.Ratio, len(y.areas))}
	switch {
	case factor.indexed():
		r.indexedShare(&s, y)
	case factor == Gap:
		gapShare(&s, y, f)
	case factor == AgeGroups:
		ageGroupShare(&s, y)
	default:
		headcountShare(&s, y)
	}
	s.split = money.NewWeights(s.weights)
	return s
}

// headcountShare weighs by the insured (参保人数).
func headcountShare(s *share, y yearFacts) {
	for i, a := range y.areas {
		s.weights[i] = money.NewRatio(a.factors.Headcount, 1)
	}
}

// indexedShare weighs heads by an index: of a structural factor and of last year's performance x/x̄, of a managerial one x̄/x,
// kept within bounds.
func (r rules) indexedShare(s *share, y yearFacts) {
	var heads, weighted money.Ratio
	for _, a := range y.areas {
		n := money.NewRatio(a.factors.Headcount, 1)
		heads, weighted = heads.Add(n), weighted.Add(n.Mul(a.factors.Values[s.factor]))
	}
	s.mean = weighted.Quo(heads)
	s.fallback = s.mean.Sign() == 0
	low, high := r.clipLow.Value.Rate().Ratio(), r.clipTop.Value.Rate().Ratio()
	s.indices = make([]money.Ratio, len(y.areas))
	for i, a := range y.areas {
		s.indices[i] = index(s.factor, a.factors.Values[s.factor], s.mean, low, high)
		s.weights[i] = money.NewRatio(a.factors.Headcount, 1).Mul(s.indices[i])
	}
}

func index(factor Factor, x, mean, low, high money.Ratio) money.Ratio {
	switch {
	case mean.Sign() == 0:
		return money.NewRatio(1, 1)
	case factor.structural(), factor == Performance:
		return x.Quo(mean).Clip(low, high)
	case x.Sign() == 0:
		return high
	}
	return mean.Quo(x).Clip(low, high)
}

// gapShare (余缺) weighs by each division's gap; when no division has one, by headcount.
func gapShare(s *share, y yearFacts, f Fund) {
	s.fallback = true
	for i, a := range y.areas {
		missing := gap(a, f.Divisions[i].Paid)
		s.fallback = s.fallback && missing == 0
		s.weights[i] = missing.Ratio()
	}
	if s.fallback {
		headcountShare(s, y)
	}
}

// ageGroupShare weighs each head by what its age group costs in the whole province against the mean of all; every
// ratio is 1 when nothing was spent at all. The method is that of the former German RSAV §§5–6.
func ageGroupShare(s *share, y yearFacts) {
	type total struct {
		heads int64
		cost  money.Fen
	}
	groups, all := map[string]total{}, total{}
	for _, a := range y.areas {
		for _, g := range a.groups {
			sum := groups[g.Group]
			groups[g.Group] = total{sum.heads + g.Headcount, sum.cost + g.Cost}
			all = total{all.heads + g.Headcount, all.cost + g.Cost}
		}
	}
	s.fallback = all.cost == 0
	s.groups = make(map[string]money.Ratio, len(groups))
	for name, g := range groups {
		s.groups[name] = money.NewRatio(1, 1)
		if !s.fallback {
			s.groups[name] = money.NewRatio(int64(g.cost), g.heads).Mul(money.NewRatio(all.heads, int64(all.cost)))
		}
	}
	for i, a := range y.areas {
		for _, g := range a.groups {
			s.weights[i] = s.weights[i].Add(money.NewRatio(g.Headcount, 1).Mul(s.groups[g.Group]))
		}
	}
}
