package enrol

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// The parameters of entitlement.
const (
	pFirstYear        policy.ParameterID = "entitlement.first_year"
	pBase             policy.ParameterID = "entitlement.cap.base"
	pStreakYears      policy.ParameterID = "entitlement.reward.streak_years"
	pConsecutive      policy.ParameterID = "entitlement.reward.consecutive"
	pEffective        policy.ParameterID = "entitlement.reward.consecutive_effective"
	pStreakFrom       policy.ParameterID = "entitlement.streak.from"
	pStreakEmployee   policy.ParameterID = "entitlement.streak.employee"
	pZeroClaim        policy.ParameterID = "entitlement.reward.zero_claim"
	pZeroClaimLasts   policy.ParameterID = "entitlement.reward.zero_claim_lasts"
	pRewardLimit      policy.ParameterID = "entitlement.reward.limit"
	pCountsFrom       policy.ParameterID = "entitlement.break.counts_from"
	pReduction        policy.ParameterID = "entitlement.break.reduction"
	pReductionLimit   policy.ParameterID = "entitlement.break.limit"
	pReductionLasts   policy.ParameterID = "entitlement.break.lasts"
	pWindowFirst      policy.ParameterID = "entitlement.window.first"
	pWindowLast       policy.ParameterID = "entitlement.window.last"
	pFixed            policy.ParameterID = "entitlement.waiting.fixed"
	pPerBroken        policy.ParameterID = "entitlement.waiting.per_broken_year"
	pFirstBroken      policy.ParameterID = "entitlement.waiting.first_broken_year_counts"
	pNeverCovered     policy.ParameterID = "entitlement.waiting.never_covered_waits"
	pPerRepair        policy.ParameterID = "entitlement.waiting.per_repair_year"
	pLongBreak        policy.ParameterID = "entitlement.waiting.long_break"
	pLeast            policy.ParameterID = "entitlement.waiting.least"
	pNewborn          policy.ParameterID = "entitlement.waiting.exempt.newborn"
	pDestitute        policy.ParameterID = "entitlement.waiting.exempt.destitute"
	pOrphan           policy.ParameterID = "entitlement.waiting.exempt.orphan"
	pSubsistence      policy.ParameterID = "entitlement.waiting.exempt.subsistence"
	pPovertyMonitored policy.ParameterID = "entitlement.waiting.exempt.poverty_monitored"
	pNewbornFrom      policy.ParameterID = "entitlement.newborn.covered_from"
	pStandard         policy.ParameterID = "entitlement.standard"
	pWorkingAge       policy.ParameterID = "enrol.working_age"
)

// exemptions are the groups that may be free from waiting, each with its parameter.
//
// 依据: SCE-3.7
var exemptions = [...]struct {
	group Group
	id    policy.ParameterID
}{{Destitute, pDestitute}, {Orphan, pOrphan}, {Subsistence, pSubsistence}, {PovertyMonitored, pPovertyMonitored}}

// Rules (待遇规则) are a policy's parameters of entitlement compiled for one coverage year. They may be used by many at
// once.
type Rules struct {
	// Year is the coverage year asked for, First the first there are rules for.
	Year, First policy.Year
	// Status is the weakest among the documents the rules rest on: results under a draft are trials (试算).
	Status policy.Status

	set *policy.Set

	base, consecutive, zeroClaim, reduction    money.Fen
	rewardLimit, reductionLimit, standard      money.Fen
	streakYears                                int
	nextYear, firstYearOnly, employeeEnds      bool
	zeroClaimOnce, reductionOnce               bool
	countsFrom                                 policy.Year
	windowFirst, windowLast                    Day // the month and day alone
	fixed, perBroken, perRepair, long, least   int
	firstBrokenFree, neverWaits, newbornExempt bool
	newbornByPayment                           bool
	exempt                                     GroupSet
	workingAge                                 int
}

// Compile reads the parameters of entitlement in force for a coverage year. All years of a history are judged by the one
// set. Under a year before the first there are rules for, every question is answered with a refusal. Errors: a
// fault.Refusal when the policy has no rules of entitlement or leaves one of them open.
//
// 依据: SCE-3.2, SCE-3.3, SCE-3.4, SCE-3.5, SCE-3.6, SCE-3.7, SCE-3.8
func Compile(library *policy.Library, set *policy.Set, year policy.Year) (*Rules, error) {
	first, ok := firstYear(set)
	if !ok {
		return nil, fault.Refuse(fault.Problem{Message: fault.Msg("entitled.no_rules", "policy", set.Pack.ID)})
	}
	r := &Rules{Year: year, First: first, Status: policy.InForce, set: set}
	if year < first {
		return r, nil
	}
	if _, ok := set.Get(pFirstYear); !ok {
		return nil, fault.Refuse(fault.Problem{Message: fault.Msg("entitled.not_in_force", "policy", set.Pack.ID, "on", string(set.On))})
	}
	c := compiler{set: set, library: library, status: policy.InForce}
	r.amounts(&c)
	r.readings(&c)
	r.waiting(&c)
	r.Status = c.status
	if err := c.problems.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

// firstYear is the first year there are rules for; before any value is in force, the pack's first one.
func firstYear(set *policy.Set) (policy.Year, bool) {
	if e, ok := set.Get(pFirstYear); ok {
		return policy.Year(e.Value.Count()), true
	}
	for _, v := range set.Pack.Parameters[pFirstYear].Values {
		return policy.Year(v.Value.Count()), true
	}
	return 0, false
}

// compiler reads parameters and keeps what is wrong with them.
type compiler struct {
	set      *policy.Set
	library  *policy.Library
	status   policy.Status
	problems fault.List
}

func (c *compiler) need(id policy.ParameterID) policy.Value {
	e, ok := c.set.Get(id)
	if !ok {
		c.problems.Add(fault.Problem{Message: fault.Msg("entitled.parameter_missing", "id", string(id), "policy", c.set.Pack.ID, "on", string(c.set.On))})
		return policy.Value{}
	}
	if status := c.library.StatusOf(c.set.Pack, e.Clause); status.Trial() {
		c.status = status
	}
	return e.Value
}

func (c *compiler) is(id policy.ParameterID, choice string) bool {
	return c.need(id).String() == choice
}

func (c *compiler) count(id policy.ParameterID) int { return c.need(id).Count() }

func (r *Rules) amounts(c *compiler) {
	r.base = c.need(pBase).Fen()
	r.consecutive, r.zeroClaim, r.reduction = c.need(pConsecutive).Fen(), c.need(pZeroClaim).Fen(), c.need(pReduction).Fen()
	r.rewardLimit, r.reductionLimit = r.base.Part(c.need(pRewardLimit).Rate()), r.base.Part(c.need(pReductionLimit).Rate())
	r.streakYears = c.count(pStreakYears)
	r.countsFrom = policy.Year(c.count(pCountsFrom))
	if e, ok := c.set.Get(pStandard); ok {
		r.standard = e.Value.Fen()
	}
}

func (r *Rules) readings(c *compiler) {
	r.nextYear = c.is(pEffective, "next_year")
	r.firstYearOnly = c.is(pStreakFrom, "first_year")
	r.employeeEnds = c.is(pStreakEmployee, "ends")
	r.zeroClaimOnce = c.is(pZeroClaimLasts, "next_year_only")
	r.reductionOnce = c.is(pReductionLasts, "first_year_back")
}

func (r *Rules) waiting(c *compiler) {
	r.windowFirst, r.windowLast = c.day(pWindowFirst), c.day(pWindowLast)
	r.fixed, r.perBroken, r.perRepair = c.count(pFixed), c.count(pPerBroken), c.count(pPerRepair)
	r.long, r.least = c.count(pLongBreak), c.count(pLeast)
	r.firstBrokenFree, r.neverWaits = c.is(pFirstBroken, "false"), c.is(pNeverCovered, "true")
	r.workingAge = c.count(pWorkingAge)
	r.newbornExempt, r.newbornByPayment = c.is(pNewborn, "true"), c.is(pNewbornFrom, "payment")
	for _, e := range exemptions {
		if c.is(e.id, "true") {
			r.exempt = r.exempt.With(e.group)
		}
	}
}

// day is a day of the calendar without its year.
func (c *compiler) day(id policy.ParameterID) Day {
	d, _ := ParseDay("2000-" + c.need(id).String()) // a missing value is a problem already
	return d % 10_000
}
