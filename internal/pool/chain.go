package pool

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Sets gives the parameters in force for a year.
type Sets func(policy.Year) (*policy.Set, error)

// Chain (多年连续计算) computes the years from..to one after another: each year opens with what the year before closed
// with. A statement may leave its opening surplus blank after the first year; one that says otherwise than the year
// before is refused with both figures. When a year is refused, the results of the years before it come with the error.
//
// 依据: SC38-4.6
func (e Engine) Chain(sets Sets, facts Facts, from, to policy.Year) ([]Result, error) {
	return e.chain(sets, facts, from, to, true)
}

// Vary (方案连续计算) computes a chain of years under other parameters than those the files follow from: every year opens
// with what the scenario's own year before closed with, whatever the files say. Check the files by Chain first.
//
// 依据: SC38-11.1
func (e Engine) Vary(sets Sets, facts Facts, from, to policy.Year) ([]Result, error) {
	return e.chain(sets, facts, from, to, false)
}

func (e Engine) chain(sets Sets, facts Facts, from, to policy.Year, strict bool) ([]Result, error) {
	if from > to {
		return nil, fault.Refuse(fault.Problem{Column: "year", Message: fault.Msg("pool.chain_order", "from", int(from), "to", int(to))})
	}
	var out []Result
	for year := from; year <= to; year++ {
		set, err := sets(year)
		if err != nil {
			return out, err
		}
		if year > from {
			if facts, err = follow(set, facts, out[len(out)-1], strict); err != nil {
				return out, err
			}
		}
		result, err := e.Run(set, facts, year)
		if err != nil {
			return out, err
		}
		out = append(out, result)
	}
	return out, nil
}

// follow carries a year's result into the facts of the next: opening balances and opening surpluses. strict refuses a file
// that says otherwise.
func follow(set *policy.Set, facts Facts, last Result, strict bool) (Facts, error) {
	next := facts
	next.Openings = nil
	for _, f := range last.Funds {
		next.Openings = append(next.Openings, Opening{Insurance: f.Insurance, Fund: f.SetAside.Fund, Balance: f.SetAside.Closing})
	}
	type place struct {
		division  region.Code
		insurance Insurance
	}
	begins := map[place]money.Fen{}
	for _, f := range last.Funds {
		for _, d := range f.Divisions {
			begins[place{d.Code, f.Insurance}] = d.NextSurplus()
		}
	}
	var problems fault.List
	next.Statements = make([]Statement, len(facts.Statements))
	for i, s := range facts.Statements {
		expected, ok := begins[place{s.Division, s.Insurance}]
		if s.Year == last.Year+1 && ok {
			if strict && !s.SurplusOpen && s.SurplusBegin != expected {
				problems.Add(fault.Problem{File: s.Place.File, Row: s.Place.Row, Column: "surplus_begin", Value: s.SurplusBegin.String(),
					Message: fault.Msg("pool.chain_surplus", "division", s.Division, "value", s.SurplusBegin, "expected", expected)})
			}
			s.SurplusBegin, s.SurplusOpen = expected, false
		}
		next.Statements[i] = s
	}
	if err := problems.Err(); err != nil {
		return Facts{}, Cite(set, err)
	}
	return next, nil
}
