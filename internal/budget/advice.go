package budget

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Advice (费率测算) is the contribution rate that would bring the surplus at the end of the year to a bound of its range.
//
// 依据: YA-3.2.1, SC38-5.4
type Advice struct {
	From, To money.Rate
	Bound    policy.Effective
	Step     pool.Step
}

// rateUnit is the step of rates: 0.01%, as they are set. To is rounded up to it below the range and down above it, so that the
// bound is kept.
const rateUnit = money.One / 10_000

// Advise (费率测算) says which rate would bring the months payable back into their range, all else as budgeted; false when
// they are in it, or when no line is levied at a rate.
//
// 依据: YA-3.2.1, SC38-5.4
func (r Rules) Advise(b Budget) (Advice, bool) {
	line, ok := b.Line(Contributions)
	months, spent := b.Months()
	if !ok || !spent || line.Method != Levy || line.Amount <= 0 {
		return Advice{}, false
	}
	a := Advice{From: line.Drivers.Rate, Bound: r.MonthsLeast}
	low := months.Cmp(r.MonthsLeast.Value.Rate().Ratio()) < 0
	if !low {
		a.Bound = r.MonthsMost
		if months.Cmp(a.Bound.Value.Rate().Ratio()) <= 0 {
			return Advice{}, false
		}
	}
	monthly := b.Total(Expenditure).Ratio().Mul(money.NewRatio(1, monthsInYear))
	missing := a.Bound.Value.Rate().Ratio().Mul(monthly).Sub(b.SurplusEnd().Ratio())
	per := line.Amount.Ratio().Quo(line.Drivers.Rate.Ratio()) // fen for a rate of 1
	a.To = rounded(line.Drivers.Rate.Ratio().Add(missing.Quo(per)), low)
	a.Step = pool.Step{Figure: "rate", Clause: "YA-3.2.1", Parameters: []policy.ParameterID{a.Bound.ID}, Assumed: a.Bound.Assumed != nil,
		Message: fault.Msg("budget.step.advice", "from", a.From, "to", a.To, "months", months.Text(1), "bound", a.Bound.Value.Rate(), "missing", missing.Fen())}
	return a, true
}

// rounded gives a rate in whole units, up or down, within 0 and 1.
func rounded(x money.Ratio, up bool) money.Rate {
	one := money.NewRatio(1, 1)
	x = x.Clip(money.Ratio{}, one)
	units := money.Rate(x.Mul(money.NewRatio(int64(money.One/rateUnit), 1)).Fen())
	to := units * rateUnit
	switch c := to.Ratio().Cmp(x); {
	case up && c < 0:
		to += rateUnit
	case !up && c > 0:
		to -= rateUnit
	}
	return to
}
