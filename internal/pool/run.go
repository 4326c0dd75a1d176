package pool

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Engine (计算引擎) computes years of pooling over a tree of divisions. It holds no state.
type Engine struct {
	Library *policy.Library
	Tree    *region.Tree
}

// Run (年度计算) computes one year under a set of parameters, with the steps behind every figure. Errors: a
// fault.Refusal with every reason the facts or rules are refused for; nothing is computed then.
//
// 依据: SC38-4.1
func (e Engine) Run(set *policy.Set, facts Facts, year policy.Year) (Result, error) {
	return e.run(set, facts, year, true)
}

func (e Engine) run(set *policy.Set, facts Facts, year policy.Year, traced bool) (Result, error) {
	prepared, err := e.prepare(set, facts, year)
	if err != nil {
		return Result{}, err
	}
	result := Result{Policy: set.Pack.ID, Status: set.Pack.Status(), Year: year, Synthetic: facts.Synthetic(), Scenario: set.Scenario, Changed: set.Changed()}
	for _, p := range prepared {
		fund, err := p.rules.compute(p.facts, traced)
		if err != nil {
			return Result{}, Cite(set, err)
		}
		result.Funds = append(result.Funds, fund)
	}
	return result, nil
}

// CheckRows looks at every row by itself, as Run does first: values out of range, unknown and repeated divisions. It is
// for a file that could not be read whole, so that all its faults are told at once. Errors: a fault.Refusal.
func (e Engine) CheckRows(set *policy.Set, facts Facts) error {
	var problems fault.List
	e.check(set, facts, &problems)
	return Cite(set, problems.Err())
}

// prepared is one insurance type's checked facts and compiled rules.
type prepared struct {
	rules rules
	facts yearFacts
}

// prepare checks everything and sorts it out per insurance type; it refuses with every problem found.
func (e Engine) prepare(set *policy.Set, facts Facts, year policy.Year) ([]prepared, error) {
	var problems fault.List
	if !inForce(set, year) {
		problems.Add(fault.Problem{Column: "year", Value: yearText(year), Clause: string(firstClause(set.Pack)),
			Message: fault.Msg("pool.year_not_in_force", "policy", set.Pack.ID, "year", int(year), "first", int(FirstYear(set)))})
		return nil, problems.Err()
	}
	c := e.check(set, facts, &problems)
	var out []prepared
	for _, insurance := range Insurances() {
		if len(c.statements[insurance][year])+len(c.factors[insurance][year]) == 0 {
			continue
		}
		r := compile(set, insurance, &problems)
		y := c.gather(r, insurance, year)
		out = append(out, prepared{r, y})
	}
	if len(out) == 0 && problems.Empty() {
		problems.Add(fault.Problem{Column: "year", Value: yearText(year), Message: fault.Msg("pool.no_statements", "year", int(year))})
	}
	if err := problems.Err(); err != nil {
		return nil, Cite(set, err)
	}
	return out, nil
}

// FirstYear (制度启动年度) is the scheme's first year under a set; before any value is in force, the pack's first one.
//
// 依据: SC38-4.1, YN-1.1
func FirstYear(set *policy.Set) policy.Year {
	if e, ok := set.Get("pool.first_year"); ok {
		return policy.Year(e.Value.Rate() / money.One)
	}
	for _, v := range set.Pack.Parameters["pool.first_year"].Values {
		return policy.Year(v.Value.Rate() / money.One)
	}
	return 0
}

// firstClause is what orders the start of a pack's scheme.
func firstClause(pack *policy.Pack) policy.ClauseID {
	for _, v := range pack.Parameters["pool.first_year"].Values {
		return v.Clause
	}
	return ""
}

// inForce tells whether the policy is in force for a year.
func inForce(set *policy.Set, year policy.Year) bool {
	e, ok := set.Get("pool.first_year")
	if !ok || year < policy.Year(e.Value.Rate()/money.One) {
		return false
	}
	_, ok = set.Get("pool.collection.base")
	return ok
}
