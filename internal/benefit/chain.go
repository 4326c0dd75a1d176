package benefit

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// The parameters of the chain besides those of a schedule: who is poor, and how the cap grows with years of continuous enrolment.
const (
	pPoorIncome   policy.ParameterID = "benefit.aid.poor_income"
	pCapBase      policy.ParameterID = "entitlement.cap.base"
	pStreakYears  policy.ParameterID = "entitlement.reward.streak_years"
	pConsecutive  policy.ParameterID = "entitlement.reward.consecutive"
	pRewardLimit  policy.ParameterID = "entitlement.reward.limit"
	mostChainYear                    = 128 // years of enrolment the caps are tabulated for
)

// Chain (参照链) is a short chain of rules, basic insurance, catastrophic insurance and aid, that any engine can run, for comparing speed and exactness. It is a
// policy like any other and goes through Schedule.Settle: one stay of one resident, whose year begins with it. It is not for concurrent use.
type Chain struct {
	schedule   *Schedule
	caps       [mostChainYear]money.Fen
	poorIncome money.Fen
	poor       GroupSet
	visit      Visit
	fresh      Accumulators
	used       Accumulators
	out        Settlement
}

// ChainPerson (参照链人员) is a row: a person's income and in-scope inpatient spend in fen, the level of the institution, and years of continuous enrolment.
type ChainPerson struct {
	Income, Spend money.Fen
	Level         Level
	Years         int
}

// ChainSums (参照链合计) is what the chain comes to, in fen.
type ChainSums struct {
	Persons                                      int64
	Spend, Basic, Catastrophic, Aid, OutOfPocket money.Fen
}

// NewChain compiles the chain from a policy. Errors: a fault.Refusal when the policy leaves open what it needs.
func NewChain(s *Schedules, day policy.Date) (*Chain, error) {
	schedule := s.On(day)
	if schedule == nil {
		return nil, refused("date", string(day), scheduleClause, "settled.before_rules", "from", string(s.from[0]))
	}
	c := &Chain{schedule: schedule, poor: GroupSet(0).With(Subsistence.String()),
		visit: Visit{Date: day, Person: Person{CoveredFrom: day, HasCap: true}, Insurance: Resident, Category: Inpatient}}
	values := map[policy.ParameterID]policy.Value{}
	for _, id := range []policy.ParameterID{pPoorIncome, pCapBase, pStreakYears, pConsecutive, pRewardLimit} {
		e, ok := schedule.set.Get(id)
		if !ok {
			return nil, fault.Refuse(fault.Problem{Message: fault.Msg("settled.no_chain", "policy", s.Pack.ID, "id", string(id))})
		}
		values[id] = e.Value
	}
	c.poorIncome = values[pPoorIncome].Fen()
	base := values[pCapBase].Fen()
	for years := range c.caps {
		reward := money.Fen(max(0, years-values[pStreakYears].Count())) * values[pConsecutive].Fen()
		c.caps[years] = base + min(reward, base.Part(values[pRewardLimit].Rate()))
	}
	return c, nil
}

// Run settles the persons and adds up.
func (c *Chain) Run(persons []ChainPerson, sums *ChainSums) {
	v := &c.visit
	for i := range persons {
		p := &persons[i]
		v.Total, v.InScope, v.Level = p.Spend, p.Spend, p.Level
		v.Cap = c.caps[min(max(p.Years, 0), mostChainYear-1)]
		v.Groups = 0
		if p.Income < c.poorIncome {
			v.Groups = c.poor
		}
		c.used = c.fresh
		c.schedule.Settle(&c.used, v, &c.out)
		sums.Spend += p.Spend
		sums.Basic += c.out.Basic
		sums.Catastrophic += c.out.Catastrophic
		sums.Aid += c.out.Aid
		sums.OutOfPocket += c.out.Own
	}
	sums.Persons += int64(len(persons))
}
