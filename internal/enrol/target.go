package enrol

import (
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/region"
)

// Headcount (参保底数) counts the people of a place in a year: registered there, living there, enrolled, and not enrolled anywhere.
//
// 依据: SCE-4.1, SCE-12.1
type Headcount struct {
	Registered, Living, Enrolled, Unenrolled int64
}

// Rate (参保率) is the enrolled of those living at a place; 0 of nobody.
//
// 依据: YA-4.2.1
func (h Headcount) Rate() money.Ratio {
	if h.Living == 0 {
		return money.NewRatio(0, 1)
	}
	return money.NewRatio(h.Enrolled, h.Living)
}

// Weights (目标测算权重) weigh what a target is set from: the registered population, the resident population, and the potential, the unenrolled
// who live at a place.
//
// 依据: SCE-12.1
type Weights struct{ Registered, Living, Potential money.Rate }

// Target (参保目标) is how many are to be enrolled at a place in a year.
//
// 依据: SCE-12.1
type Target struct {
	Division region.Code
	Count    int64
}

// Targets (目标测算) splits a province's target over its cities by weighted population, by largest remainder, so that the parts add up. No weight at all
// is refused.
//
// 依据: SCE-12.1
func Targets(total int64, w Weights, places map[region.Code]Headcount) ([]Target, error) {
	codes := make([]region.Code, 0, len(places))
	for code := range places {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	weights := make([]money.Ratio, len(codes))
	for i, code := range codes {
		h := places[code]
		weights[i] = money.NewRatio(h.Registered, 1).Mul(w.Registered.Ratio()).
			Add(money.NewRatio(h.Living, 1).Mul(w.Living.Ratio())).
			Add(money.NewRatio(h.Unenrolled, 1).Mul(w.Potential.Ratio()))
	}
	parts, err := money.Split(money.Fen(total), weights)
	if err != nil {
		return nil, err
	}
	targets := make([]Target, len(codes))
	for i, code := range codes {
		targets[i] = Target{code, int64(parts[i])}
	}
	return targets, nil
}

// PilesOn (层层加码校验) refuses parts of a target that add up to more than the target and what is allowed beyond it. Parts that add up to less are
// refused too.
//
// 依据: SCE-12.1
func PilesOn(target int64, parts []Target, allowed money.Rate) error {
	var sum int64
	for _, part := range parts {
		sum += part.Count
	}
	most := money.Fen(target) + money.Fen(target).Part(allowed)
	var no refusing
	if sum > int64(most) {
		no.because("enrol.target.piles_on", "SCE-12.1", "sum", sum, "target", target, "most", int64(most))
	}
	if sum < target {
		no.because("enrol.target.short", "SCE-12.1", "sum", sum, "target", target)
	}
	return no.err()
}

// Achievement (目标完成情况) is how far a target was reached. Index is its share of the sum of all places' rates of completion, each counted up to 1: the
// factor by which the central subsidy for service capacity can be distributed.
//
// 依据: SCE-12.1, SCE-13.1
type Achievement struct {
	Target
	Enrolled int64
	Rate     money.Ratio
	Index    money.Ratio
}

// Achievements (目标考核) evaluates targets against who is enrolled.
//
// 依据: SCE-12.1, SCE-13.1
func Achievements(targets []Target, enrolled map[region.Code]int64) []Achievement {
	one, sum := money.NewRatio(1, 1), money.NewRatio(0, 1)
	out := make([]Achievement, len(targets))
	for i, target := range targets {
		a := Achievement{Target: target, Enrolled: enrolled[target.Division], Rate: one}
		if target.Count > 0 {
			a.Rate = money.NewRatio(a.Enrolled, target.Count)
		}
		a.Index = a.Rate.Clip(money.NewRatio(0, 1), one)
		sum = sum.Add(a.Index)
		out[i] = a
	}
	for i := range out {
		if sum.Sign() > 0 {
			out[i].Index = out[i].Index.Quo(sum)
		}
	}
	return out
}
