package budget

import (
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Better (方向) says which way an indicator is better.
type Better string

// The ways.
const (
	AtLeast Better = "at_least" // 不低于
	AtMost  Better = "at_most"  // 不高于
)

// Label is the way's name as a message.
func (b Better) Label() fault.Message { return fault.Msg("budget.better." + string(b)) }

// Target (绩效目标) is what an indicator is to reach by the end of the year, and what it counts. Weights of all add up to 1.
//
// 依据: SC38-3.6, YN-3.2
type Target struct {
	Indicator string
	Better    Better
	Goal      money.Rate
	Weight    money.Rate
}

// Measured (绩效完成值) is what an indicator came to; Known is false while there is no value.
type Measured struct {
	Value money.Ratio
	Known bool
}

// Mark (绩效得分) is a target with what it came to, its share of the full mark (0–1) and its points.
type Mark struct {
	Target
	Measured
	Met    bool
	Share  money.Ratio
	Points money.Ratio
	Step   pool.Step
}

// Evaluation (绩效评价) is the marks of one pooling area and their sum, of 100.
//
// 依据: SC38-3.6, YN-3.2
type Evaluation struct {
	Division region.Code
	Marks    []Mark
	Score    money.Ratio
	Complete bool // every indicator has a value
}

const fullScore = 100

// CheckTargets (绩效目标审核) refuses targets that cannot be: no or the same indicator, a way that there is not, no goal,
// weights that do not add up to 1. Row is the number of the target, from 1.
//
// 依据: SC38-3.6
func CheckTargets(targets []Target) error {
	var l fault.List
	var sum money.Rate
	seen := map[string]bool{}
	for i, t := range targets {
		add := func(column, value, key string) {
			l.Add(fault.Problem{Row: i + 1, Column: column, Value: value, Message: fault.Msg(key, "value", value), Clause: "SC38-3.6"})
		}
		if strings.TrimSpace(t.Indicator) == "" || seen[t.Indicator] {
			add("indicator", t.Indicator, "budget.target.indicator")
		}
		if t.Better != AtLeast && t.Better != AtMost {
			add("better", string(t.Better), "budget.target.better")
		}
		if t.Goal <= 0 || t.Goal > money.MaxRate {
			add("goal", t.Goal.String(), "budget.target.goal")
		}
		if t.Weight <= 0 || t.Weight > money.One {
			add("weight", t.Weight.String(), "budget.target.weight")
			continue
		}
		seen[t.Indicator], sum = true, sum+t.Weight
	}
	if sum != money.One && l.Empty() {
		l.Add(fault.Problem{Column: "weight", Value: sum.String(), Message: fault.Msg("budget.target.sum", "sum", sum), Clause: "SC38-3.6"})
	}
	return l.Err()
}

// Evaluate (绩效评价) marks the targets: full points for one that is met; value ÷ goal of them for one that should be at least
// its goal, goal ÷ value for one that should be at most; none for an indicator without a value. During the year it is the
// monitoring: Complete is false until every indicator has a value. How a target that is missed counts is the project's
// choice, and its step says so. The targets are as CheckTargets passes them.
//
// 依据: SC38-3.6, YN-3.2
func Evaluate(division region.Code, targets []Target, measured []Measured) (Evaluation, error) {
	if err := CheckTargets(targets); err != nil {
		return Evaluation{}, err
	}
	if len(measured) != len(targets) {
		return Evaluation{}, fault.New(fault.Usage, "budget.target.count", "targets", len(targets), "values", len(measured))
	}
	e := Evaluation{Division: division, Complete: true}
	for i, t := range targets {
		m := t.mark(measured[i])
		e.Marks, e.Score, e.Complete = append(e.Marks, m), e.Score.Add(m.Points), e.Complete && m.Known
	}
	return e, nil
}

func (t Target) mark(m Measured) Mark {
	one := money.NewRatio(1, 1)
	goal := t.Goal.Ratio()
	out := Mark{Target: t, Measured: m}
	switch {
	case !m.Known:
	case t.Better == AtLeast:
		out.Share = m.Value.Quo(goal).Clip(money.Ratio{}, one)
	case m.Value.Cmp(goal) <= 0:
		out.Share = one
	default:
		out.Share = goal.Quo(m.Value)
	}
	out.Met = m.Known && out.Share.Cmp(one) == 0
	out.Points = out.Share.Mul(t.Weight.Ratio()).Mul(money.NewRatio(fullScore, 1))
	key := "budget.step.mark"
	if !m.Known {
		key = "budget.step.no_mark"
	}
	out.Step = pool.Step{Figure: "points", Clause: "SC38-3.6", Assumed: true, Message: fault.Msg(key, "indicator", t.Indicator, "value", m.Value,
		"goal", t.Goal, "weight", t.Weight, "points", out.Points.Text(2))}
	return out
}

// Index (绩效指数) gives each pooling area's score ÷ the mean of all, the form that a managerial factor has; exactly. Refused are
// evaluations that are not complete, and scores that are all 0.
//
// 依据: SC38-3.6
func Index(evaluations []Evaluation) (map[region.Code]money.Ratio, error) {
	var sum money.Ratio
	for _, e := range evaluations {
		if !e.Complete {
			return nil, fault.New(fault.Refused, "budget.index.incomplete", "division", e.Division)
		}
		sum = sum.Add(e.Score)
	}
	if sum.Sign() == 0 {
		return nil, fault.New(fault.Refused, "budget.index.zero")
	}
	mean := sum.Mul(money.NewRatio(1, int64(len(evaluations))))
	out := map[region.Code]money.Ratio{}
	for _, e := range evaluations {
		out[e.Division] = e.Score.Quo(mean)
	}
	return out, nil
}
