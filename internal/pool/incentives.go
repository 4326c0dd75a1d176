package pool

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// The finite differences of the incentives: a million yuan, a thousand persons.
const (
	incentiveYuan    money.Fen = 1_000_000 * money.FenPerYuan
	incentivePersons int64     = 1_000
)

// Incentives (激励) says, for a computed year, what each division would receive more or less if it spent or collected a
// yuan more or enrolled a person more.
type Incentives struct {
	Policy    string
	Status    policy.Status
	Year      policy.Year
	Synthetic bool
	Funds     []FundIncentives
}

// FundIncentives are the incentives inside one insurance type.
type FundIncentives struct {
	Insurance Insurance
	Divisions []DivisionIncentives
}

// DivisionIncentives are one pooling area's incentives: yuan per yuan, and yuan per person.
type DivisionIncentives struct {
	Code                                      region.Code
	PerYuanSpent, PerYuanCollected, PerPerson Incentive
	Warnings                                  []Warning
}

// Incentive is what a division gains or loses, in yuan per unit: Direct is the change of its net with the factors
// unchanged; ThroughFactors what cost per head moving with the spending adds; Emergency the change of its emergency
// money; NextYear the change of its net a year later when the base is the previous year, with that year's own figures
// where the files have them and this year's repeated where they do not.
type Incentive struct {
	Direct, ThroughFactors, Emergency, NextYear money.Ratio
}

// Total adds up all four.
func (i Incentive) Total() money.Ratio {
	return i.Direct.Add(i.ThroughFactors).Add(i.Emergency).Add(i.NextYear)
}

// Warning (激励预警) names an incentive that a formula should not give, with its size in yuan per yuan.
type Warning struct {
	Kind string
	Size money.Ratio
}

// Kinds of warnings.
const (
	SpendingPays   = "spending_more_pays"
	CollectingLess = "collecting_less_pays"
)

// Message says the warning in a sentence.
func (w Warning) Message() fault.Message {
	return fault.Msg("pool.warning."+w.Kind, "amount", w.Size.Text(4))
}

// Incentives (激励测算) computes, by running the year again with one figure of one division changed, what the policy
// rewards and what it punishes. Errors are those of Run.
//
// 依据: SC38-11.1
func (e Engine) Incentives(sets Sets, facts Facts, year policy.Year) (Incentives, error) {
	set, err := sets(year)
	if err != nil {
		return Incentives{}, err
	}
	prepared, err := e.prepare(set, facts, year)
	if err != nil {
		return Incentives{}, err
	}
	out := Incentives{Policy: set.Pack.ID, Status: set.Pack.Status(), Year: year, Synthetic: facts.Synthetic()}
	for _, p := range prepared {
		later, err := e.later(sets, facts, p)
		if err != nil {
			return Incentives{}, Cite(set, err)
		}
		f, err := p.incentives(later)
		if err != nil {
			return Incentives{}, Cite(set, err)
		}
		out.Funds = append(out.Funds, f)
	}
	return out, nil
}

// later is the year after: its rules, and its own facts where the files have them for the same divisions; otherwise this
// year's facts are repeated.
func (e Engine) later(sets Sets, facts Facts, p prepared) (prepared, error) {
	set, err := sets(p.facts.year + 1)
	if err != nil {
		return prepared{}, err
	}
	var problems fault.List
	rules := compile(set, p.facts.insurance, &problems)
	if err := problems.Err(); err != nil {
		return prepared{}, err
	}
	repeated := yearFacts{insurance: p.facts.insurance, year: p.facts.year + 1, areas: p.facts.areas}
	own := e.check(set, facts, &problems).gather(rules, p.facts.insurance, p.facts.year+1)
	if len(own.areas) != len(p.facts.areas) {
		return prepared{rules, repeated}, nil
	}
	for i, a := range own.areas {
		if a.Division != p.facts.areas[i].Division || a.factors == nil && p.facts.areas[i].factors != nil || len(a.groups) == 0 && len(p.facts.areas[i].groups) > 0 {
			return prepared{rules, repeated}, nil
		}
	}
	return prepared{rules, own}, nil
}

func (p prepared) incentives(later prepared) (FundIncentives, error) {
	before, err := p.outcomes(later)
	if err != nil {
		return FundIncentives{}, err
	}
	out := FundIncentives{Insurance: p.facts.insurance}
	for i, a := range p.facts.areas {
		d := DivisionIncentives{Code: a.Division}
		spent := func(a *area) { a.Spent += incentiveYuan }
		through := spent
		if a.factors != nil {
			through = func(a *area) { spent(a); a.factors = costlier(a.factors, incentiveYuan) }
		}
		collected := func(a *area) { a.Income += incentiveYuan }
		enrolled := func(a *area) { a.factors = larger(a.factors, incentivePersons) }
		if d.PerYuanSpent, err = p.differ(later, before[i], i, spent, through, incentiveYuan.Ratio()); err != nil {
			return FundIncentives{}, err
		}
		if d.PerYuanCollected, err = p.differ(later, before[i], i, collected, collected, incentiveYuan.Ratio()); err != nil {
			return FundIncentives{}, err
		}
		if a.factors != nil {
			perPerson := money.NewRatio(incentivePersons, 1).Mul(money.FenPerYuan.Ratio())
			if d.PerPerson, err = p.differ(later, before[i], i, enrolled, enrolled, perPerson); err != nil {
				return FundIncentives{}, err
			}
		}
		d.Warnings = warnings(d)
		out.Divisions = append(out.Divisions, d)
	}
	return out, nil
}

func warnings(d DivisionIncentives) []Warning {
	var out []Warning
	if gain := d.PerYuanSpent.Total(); gain.Sign() > 0 {
		out = append(out, Warning{SpendingPays, gain})
	}
	if loss := d.PerYuanCollected.Total(); loss.Sign() < 0 {
		out = append(out, Warning{CollectingLess, money.Ratio{}.Sub(loss)})
	}
	return out
}

// outcome is what a division ends up with this year and, when the base is the previous year, the year after.
type outcome struct{ net, emergency, next money.Fen }

// differ runs the year with one division changed, first alone and then with the factors that move along.
func (p prepared) differ(later prepared, before outcome, i int, change, through func(*area), unit money.Ratio) (Incentive, error) {
	direct, err := p.changed(i, change).outcome(later, i)
	if err != nil {
		return Incentive{}, err
	}
	moved, err := p.changed(i, through).outcome(later, i)
	if err != nil {
		return Incentive{}, err
	}
	per := func(a, b money.Fen) money.Ratio { return (b - a).Ratio().Quo(unit) }
	return Incentive{
		Direct:         per(before.net, direct.net),
		ThroughFactors: per(direct.net, moved.net),
		Emergency:      per(before.emergency, moved.emergency),
		NextYear:       per(before.next, moved.next),
	}, nil
}

// changed copies the year's facts with one division changed.
func (p prepared) changed(i int, change func(*area)) prepared {
	areas := make([]area, len(p.facts.areas))
	copy(areas, p.facts.areas)
	change(&areas[i])
	p.facts.areas = areas
	return p
}

func (p prepared) outcomes(later prepared) ([]outcome, error) {
	out := make([]outcome, len(p.facts.areas))
	fund, next, err := p.two(later)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i] = outcome{net: fund.Divisions[i].Net, emergency: fund.Divisions[i].Emergency}
		if next != nil {
			out[i].next = next.Divisions[i].Net
		}
	}
	return out, nil
}

func (p prepared) outcome(later prepared, i int) (outcome, error) {
	all, err := p.outcomes(later)
	if err != nil {
		return outcome{}, err
	}
	return all[i], nil
}

// two computes the year and, when the base is the previous year, the year after: then this year's income and spending
// are the base, and the fund and the surpluses open with what this year closes with.
func (p prepared) two(later prepared) (Fund, *Fund, error) {
	fund, err := p.rules.compute(p.facts, false)
	if err != nil || !later.rules.previous {
		return fund, nil, err
	}
	y := later.facts
	y.opening = fund.SetAside.Closing
	y.areas = make([]area, len(later.facts.areas))
	for i, a := range later.facts.areas {
		last := p.facts.areas[i].Statement
		a.previous = &last
		a.SurplusBegin = fund.Divisions[i].NextSurplus()
		y.areas[i] = a
	}
	next, err := later.rules.compute(y, false)
	return fund, &next, err
}

// costlier is a factor row after so much more spending: cost per head rises by its share.
func costlier(f *FactorRow, more money.Fen) *FactorRow {
	out := *f
	out.Values = make(map[Factor]money.Ratio, len(f.Values))
	for name, x := range f.Values {
		out.Values[name] = x
	}
	out.Values[CostPerHead] = f.Values[CostPerHead].Add(money.NewRatio(int64(more), f.Headcount))
	return &out
}

// larger is a factor row with so many more persons, the factors per head unchanged.
func larger(f *FactorRow, more int64) *FactorRow {
	out := *f
	out.Headcount += more
	return &out
}
