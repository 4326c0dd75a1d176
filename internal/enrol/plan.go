package enrol

import (
	"tongchou/internal/canon"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// TargetPart (分解目标) is a part of a target: for a division below, how many are to be enrolled there, the people the target was set from, and
// what its weighted population came to.
//
// 依据: SCE-12.1
type TargetPart struct {
	Target
	Basis    Headcount
	Proposed int64
}

// TargetPlan (参保目标方案) breaks a division's target of a year down over those below it. Total is the target: a province sets its own, a city has
// it from the province's plan. Weights and Allowed are the parameters it was set under, kept with it.
//
// 依据: SCE-12.1
type TargetPlan struct {
	Year     policy.Year
	Division region.Code
	Total    int64
	Source   string // the document it rests on
	Weights  Weights
	Allowed  money.Rate // by how much the parts may exceed the target
	Made     bool       // synthetic
	Parts    []TargetPart
}

// Sum (分解合计) is what the parts add up to.
func (p TargetPlan) Sum() int64 {
	var sum int64
	for _, part := range p.Parts {
		sum += part.Count
	}
	return sum
}

// Targets gives the parts as targets.
func (p TargetPlan) Targets() []Target {
	out := make([]Target, len(p.Parts))
	for i, part := range p.Parts {
		out[i] = part.Target
	}
	return out
}

// Part gives the part of a division; false when it has none.
func (p TargetPlan) Part(division region.Code) (TargetPart, bool) {
	for _, part := range p.Parts {
		if part.Division == division {
			return part, true
		}
	}
	return TargetPart{}, false
}

// Check refuses a plan without a target or without a source, with a part that is negative, and one that piles on or falls short.
//
// 依据: SCE-12.1
func (p TargetPlan) Check() error {
	var no refusing
	if p.Total <= 0 {
		no.because("enrol.target.none", "SCE-12.1")
	}
	if p.Source == "" {
		no.because("enrol.target.no_source", "SCE-12.1")
	}
	for _, part := range p.Parts {
		if part.Count < 0 {
			no.because("enrol.target.negative", "SCE-12.1", "division", part.Division, "count", part.Count)
		}
	}
	if err := no.err(); err != nil {
		return err
	}
	return PilesOn(p.Total, p.Targets(), p.Allowed)
}

// ProposedTotal (目标测算数) is what a province's own target may be set from: the enrolment rate that is aimed at of those who live there, rounded half
// away from zero, and no fewer than are enrolled.
//
// 依据: SCE-12.1, YA-4.2.1
func ProposedTotal(h Headcount, rate money.Rate) int64 {
	return max(int64(money.Fen(h.Living).Part(rate)), h.Enrolled)
}

const planForm = 1

// Canonical (规范形式) is the bytes a plan is kept and compared in.
func (p TargetPlan) Canonical() []byte {
	var w canon.Writer
	w.Number(planForm)
	w.Number(int64(p.Year))
	w.Text(string(p.Division))
	w.Number(p.Total)
	w.Text(p.Source)
	for _, rate := range []money.Rate{p.Weights.Registered, p.Weights.Living, p.Weights.Potential, p.Allowed} {
		w.Number(int64(rate))
	}
	w.Flag(p.Made)
	w.Number(int64(len(p.Parts)))
	for _, part := range p.Parts {
		w.Text(string(part.Division))
		for _, n := range []int64{part.Count, part.Basis.Registered, part.Basis.Living, part.Basis.Enrolled, part.Basis.Unenrolled, part.Proposed} {
			w.Number(n)
		}
	}
	return w
}

// ParseTargetPlan reads what Canonical wrote; false for anything else.
func ParseTargetPlan(form []byte) (TargetPlan, bool) {
	r := canon.NewReader(form)
	if r.Number() != planForm {
		return TargetPlan{}, false
	}
	p := TargetPlan{Year: policy.Year(r.Number()), Division: region.Code(r.Text()), Total: r.Number(), Source: r.Text()}
	for _, rate := range []*money.Rate{&p.Weights.Registered, &p.Weights.Living, &p.Weights.Potential, &p.Allowed} {
		*rate = money.Rate(r.Number())
	}
	p.Made = r.Flag()
	for n := r.Number(); n > 0 && r.Sound(); n-- {
		part := TargetPart{Target: Target{Division: region.Code(r.Text())}}
		for _, to := range []*int64{&part.Count, &part.Basis.Registered, &part.Basis.Living, &part.Basis.Enrolled, &part.Basis.Unenrolled, &part.Proposed} {
			*to = r.Number()
		}
		p.Parts = append(p.Parts, part)
	}
	return p, r.Whole()
}

// SubsidyBasis (补助分配口径) is by what a subsidy is distributed: by completion alone, or by completion times the target, so that a large place
// counts for more than a small one.
type SubsidyBasis string

// The bases.
const (
	ByCompletion       SubsidyBasis = "completion"
	ByCompletionTarget SubsidyBasis = "completion_target"
)

// SubsidyShare (补助分配结果) is a place's share of what goes by the enrolment result: its completion counted up to 1, the points that follow, and the
// amount in fen.
//
// 依据: SCE-13.1
type SubsidyShare struct {
	Achievement
	Counted money.Ratio
	Points  money.Ratio
	Amount  money.Fen
}

// SubsidyShares (服务能力补助分配) distributes an amount, the part of the central subsidy for service capacity that goes by the enrolment result, by points and the
// largest remainder, so that the shares add up. Nobody having any point is refused.
//
// 依据: SCE-13.1
func SubsidyShares(total money.Fen, by SubsidyBasis, results []Achievement) ([]SubsidyShare, error) {
	zero, one := money.NewRatio(0, 1), money.NewRatio(1, 1)
	out := make([]SubsidyShare, len(results))
	points := make([]money.Ratio, len(results))
	sum := zero
	for i, a := range results {
		s := SubsidyShare{Achievement: a, Counted: a.Rate.Clip(zero, one)}
		s.Points = s.Counted
		if by == ByCompletionTarget {
			s.Points = s.Counted.Mul(money.NewRatio(a.Count, 1))
		}
		out[i], points[i] = s, s.Points
		sum = sum.Add(s.Points)
	}
	if sum.Sign() == 0 {
		return nil, because("enrol.subsidy.no_points", "SCE-13.1")
	}
	parts, err := money.Split(total, points)
	if err != nil {
		return nil, err
	}
	for i, part := range parts {
		out[i].Amount = part
	}
	return out, nil
}
