package pool

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// weighted is a factor with its weight.
type weighted struct {
	factor Factor
	weight policy.Effective
}

// rules are a policy's pooling parameters compiled for one insurance type.
type rules struct {
	set *policy.Set

	firstYear policy.Year
	rate      policy.Effective
	base      policy.Effective
	previous  bool // the base is last year's income

	provincial     bool // a raised rate for the provincial unit
	provincialRate policy.Effective
	surplusRate    policy.Effective
	surplusMonths  policy.Effective

	stops      bool
	stopMonths policy.Effective

	fund             SetAside
	setAside         policy.Effective
	reserveRate      policy.Effective
	reserveCeiling   policy.Effective
	emergencyTarget  policy.Effective
	emergencyFirst   policy.Effective
	kind             string
	kindFrom         policy.Effective
	emergencyMonths  policy.Effective
	emergencyShare   policy.Effective
	emergencyUseCap  policy.Effective
	overspendLimit   policy.Effective
	factors          []weighted
	clipLow, clipTop policy.Effective
}

// Emergency kinds.
const (
	noEmergency = "none"
	byMonths    = "months"
	byOverspend = "overspend"
)

// compile reads the parameters of one insurance type. A parameter that the policy leaves open and the run needs, or
// rules that contradict each other, are problems.
func compile(set *policy.Set, insurance Insurance, problems *fault.List) rules {
	need := func(id policy.ParameterID) policy.Effective {
		e, ok := set.Get(id)
		if !ok {
			problems.Add(fault.Problem{Message: fault.Msg("pool.parameter_missing", "id", string(id), "policy", set.Pack.ID)})
		}
		return e
	}
	r := rules{set: set,
		firstYear: policy.Year(need("pool.first_year").Value.Rate() / money.One),
		rate:      need("pool.collection.rate." + policy.ParameterID(insurance)),
		base:      need("pool.collection.base"),
		setAside:  need("pool.set_aside"),
		kind:      noEmergency,
	}
	r.previous = r.base.Value.String() == "previous_year"
	if r.provincialRate, r.provincial = set.Get("pool.collection.provincial_rate." + policy.ParameterID(insurance)); r.provincial {
		r.surplusRate = need("pool.collection.provincial_surplus_rate")
		r.surplusMonths = need("pool.collection.provincial_months")
	}
	r.stopMonths, r.stops = set.Get("pool.collection.stop_months")
	r.fund = SetAside(r.setAside.Value.String())
	switch r.fund {
	case Reserve:
		r.reserveRate, r.reserveCeiling = need("pool.reserve.rate"), need("pool.reserve.ceiling")
	case Emergency:
		r.emergencyTarget, r.emergencyFirst = need("pool.emergency.target"), need("pool.emergency.first_year")
	}
	r.compileEmergency(need, problems)
	r.compileFactors(need, problems)
	return r
}

func (r *rules) compileEmergency(need func(policy.ParameterID) policy.Effective, problems *fault.List) {
	if e, ok := r.set.Get("pool.emergency.kind"); ok {
		r.kind, r.kindFrom = e.Value.String(), e
	}
	if r.kind == noEmergency {
		return
	}
	if r.fund == Reserve {
		problems.Add(fault.Problem{Column: "pool.set_aside", Value: string(Reserve), Clause: "SC38-4.8",
			Message: fault.Msg("pool.reserve_needs_decision")})
	}
	r.emergencyShare, r.emergencyUseCap = need("pool.emergency.share"), need("pool.emergency.use_cap")
	switch r.kind {
	case byMonths:
		r.emergencyMonths = need("pool.emergency.months")
	case byOverspend:
		r.overspendLimit = need("pool.emergency.overspend_limit")
	}
}

func (r *rules) compileFactors(need func(policy.ParameterID) policy.Effective, problems *fault.List) {
	var sum money.Rate
	for _, f := range Factors() {
		e, ok := r.set.Get(f.parameter())
		if !ok || e.Value.Rate() == 0 {
			continue
		}
		sum += e.Value.Rate()
		r.factors = append(r.factors, weighted{f, e})
	}
	if sum == 0 && r.kind == byOverspend {
		return
	}
	if sum != money.One {
		problems.Add(fault.Problem{Column: "pool.factor", Value: sum.String(), Clause: string(r.set.Rule("distributed").Clause), Message: fault.Msg("pool.weights_sum", "sum", sum)})
	}
	for _, w := range r.factors {
		if w.factor.indexed() {
			r.clipLow, r.clipTop = need("pool.clip.low"), need("pool.clip.high")
			if r.clipLow.Value.Rate() > r.clipTop.Value.Rate() {
				problems.Add(fault.Problem{Column: "pool.clip.low", Value: r.clipLow.Value.String(),
					Message: fault.Msg("pool.clip_order", "low", r.clipLow.Value.Rate(), "high", r.clipTop.Value.Rate())})
			}
			return
		}
	}
}

// indexed tells whether the factor works through an index that is clipped.
func (f Factor) indexed() bool { return f.structural() || f.managerial() || f == Performance }

// structural (结构性因素): more means more need.
//
// 依据: YN-2.5
func (f Factor) structural() bool { return f == AgedShare || f == CostPerHead }

// managerial (管理性因素): less is better run.
//
// 依据: YN-2.5
func (f Factor) managerial() bool {
	return f == AdmissionRate || f == CostPerAdmission || f == OffsiteShare
}

// optional tells whether the factor may be left blank by whoever gives it no weight: last year's evaluation need not be there.
//
// 依据: SC38-3.6
func (f Factor) optional() bool { return f == Performance }

// isCost tells whether the factor is an amount of money.
func (f Factor) isCost() bool { return f == CostPerHead || f == CostPerAdmission }

// needsPreviousYear tells whether last year's statements are needed for every division.
func (r rules) needsPreviousYear() bool { return r.previous || r.fund == Emergency || r.stops }
