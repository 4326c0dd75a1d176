package budget

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// FundPlan (调剂金预算) is what a province's budget comes to for the adjustment fund of an insurance type, in fen: what every area pays up of its
// revenue, what of that is set aside, and what may be distributed, in advance or with the year's clearing.
//
// 依据: SC38-3.1, SC38-4.2, SC38-4.3
type FundPlan struct {
	Year      policy.Year
	Insurance pool.Insurance
	// Rate is the part of its revenue that an area pays up; Kept the part that is set aside, of what was paid up for a risk
	// reserve, of the areas' revenue for an emergency fund.
	Rate, Kept policy.Effective
	Areas      []FundArea // in the order of the drafts
	Collected  money.Fen
	SetAside   money.Fen
	Free       money.Fen
}

// FundArea (统筹区上解预算) is an area's part of the plan, in fen.
type FundArea struct {
	Division      region.Code
	Revenue, Paid money.Fen
}

// PlanFund (编制调剂金预算) works the plan out from the areas' budgets and the policy in force. The year's revenue is the base, the plain
// rate everybody's, and what is set aside is so in full: the budget knows neither the year before nor what the reserve holds, and so never promises
// too much. Refused is a policy that leaves a rate open.
//
// 依据: SC38-3.1, SC38-4.2, SC38-4.3, YN-2.6
func PlanFund(set *policy.Set, year policy.Year, insurance pool.Insurance, drafts []Budget) (FundPlan, error) {
	p := FundPlan{Year: year, Insurance: insurance}
	var l fault.List
	need := func(id policy.ParameterID) policy.Effective {
		e, ok := set.Get(id)
		if !ok {
			l.Add(fault.Problem{Message: fault.Msg("pool.parameter_missing", "id", string(id), "policy", set.Pack.ID), Clause: "SC38-4.2"})
		}
		return e
	}
	p.Rate = need("pool.collection.rate." + policy.ParameterID(insurance))
	fund := pool.SetAside(need("pool.set_aside").Value.String())
	switch fund {
	case pool.Reserve:
		p.Kept = need("pool.reserve.rate")
	case pool.Emergency:
		p.Kept = need("pool.emergency.target")
	}
	if err := l.Err(); err != nil {
		return p, err
	}
	var revenue money.Fen
	for _, d := range drafts {
		a := FundArea{Division: d.Division, Revenue: d.Total(Revenue)}
		a.Paid = a.Revenue.Part(p.Rate.Value.Rate())
		p.Areas, p.Collected, revenue = append(p.Areas, a), p.Collected+a.Paid, revenue+a.Revenue
	}
	switch fund {
	case pool.Reserve:
		p.SetAside = p.Collected.Part(p.Kept.Value.Rate())
	case pool.Emergency:
		p.SetAside = min(p.Collected, revenue.Part(p.Kept.Value.Rate()))
	}
	p.Free = p.Collected - p.SetAside
	return p, nil
}

// FundShare (分配份额) is an amount of an area, in fen.
type FundShare struct {
	Division region.Code
	Amount   money.Fen
}

// Propose (拟定预拨) splits what may be distributed over areas as an earlier year's distribution did; the parts add up. Without such a
// distribution nothing is proposed.
//
// 依据: SC38-4.4
func (p FundPlan) Propose(before []FundShare) []FundShare {
	weights := make([]money.Ratio, len(before))
	for i, b := range before {
		weights[i] = b.Amount.Ratio()
	}
	parts, err := money.Split(p.Free, weights)
	if err != nil {
		return nil // nobody received anything
	}
	var out []FundShare
	for i, b := range before {
		if parts[i] > 0 {
			out = append(out, FundShare{b.Division, parts[i]})
		}
	}
	return out
}
