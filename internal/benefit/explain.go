package benefit

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Reason (理由) says what decides one part of a settlement: the facts as a message, the clause, the parameters.
type Reason struct {
	// Part names the part as the answer does: "hifp_pay".
	Part   string
	Amount money.Fen
	fault.Message
	Clause     policy.ClauseID
	Parameters []policy.ParameterID
	// Assumed tells that the documents leave open what the part rests on.
	Assumed bool
	// Changed tells that a parameter behind the part was set for this run.
	Changed bool
	// Documents are the numbers of the documents on file that set what the part rests on.
	Documents []string
}

// The figures that no parameter carries; the pack cites them.
const (
	ruleScope = "benefit.scope"
	ruleOwn   = "benefit.own"
	ruleAcct  = "benefit.account"
	ruleStay  = "benefit.stay"
)

// stepClauses order the steps themselves.
var stepClauses = map[string]policy.ClauseID{"act_pay_dedc": "SC38-6.3", "hifp_pay": "SC38-6.3", "hifmi_pay": "YA-3.1.1", "hifob_pay": "YA-3.1.1", "maf_pay": "YA-3.1.2", "oth_pay": "YA-4.1.2"}

// rules of the reasons for paying nothing, and what is said.
var whyRules = [...]string{NoCover: "benefit.no_cover", Waiting: "benefit.waiting", NotPaid: "benefit.not_paid", NotApproved: "benefit.not_approved"}

// Word is the reason's word: "waiting"; empty when the funds pay.
func (w Why) Word() string {
	if w == Paid {
		return ""
	}
	return whyRules[w][len(prefix):]
}

// Reason says why the funds pay nothing; ok is false when they do.
//
// 依据: SCE-3.8, SC38-6.3
func (s *Schedule) Reason(v *Visit, w Why) (r Reason, ok bool) {
	if w == Paid {
		return Reason{}, false
	}
	x := explainer{Schedule: s, Visit: v}
	x.add("reason", 0, whyRules[w], fault.Msg("settled.why."+w.Word(), "date", string(v.Date), "from", string(v.CoveredFrom), "category", fault.Msg("settled.category."+v.Category.String())),
		x.used(w == NotPaid, pRatio(v.Insurance, v.Category, v.Level), w == NotApproved, pApproval(v.Category))...)
	return x.reasons[0], true
}

// Explain (解释结算) gives the reasons of a settlement that began with the accumulators before, step by step.
//
// 依据: YA-4.4.3
func (s *Schedule) Explain(v *Visit, before *Accumulators, out *Settlement) []Reason {
	x := explainer{Schedule: s, Visit: v, before: before, out: out, reasons: make([]Reason, 0, 8)}
	x.add("inscp_scp_amt", v.InScope, ruleScope, fault.Msg("settled.step.scope", "total", v.Total, "whole", v.SelfPaidWhole, "over", v.OverLimit, "first", v.SelfPaidFirst, "scope", v.InScope))
	if r, ok := s.Reason(v, out.Why); ok {
		x.reasons = append(x.reasons, r)
	} else {
		x.funds()
	}
	x.own()
	return x.reasons
}

// explainer turns a settlement into reasons.
type explainer struct {
	*Schedule
	*Visit
	before  *Accumulators
	out     *Settlement
	reasons []Reason
}

// used lists parameters whose condition holds: condition and id in turn.
func (x *explainer) used(pairs ...any) []policy.ParameterID {
	var out []policy.ParameterID
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i].(bool) {
			out = append(out, pairs[i+1].(policy.ParameterID))
		}
	}
	return out
}

// add writes a reason down. Its clause is that of the rule named, or of the first parameter the policy has.
func (x *explainer) add(part string, amount money.Fen, rule string, message fault.Message, used ...policy.ParameterID) {
	cited := x.set.Rule(rule)
	reason := Reason{Part: part, Amount: amount, Message: message, Clause: cited.Clause, Assumed: cited.Assumed != nil}
	for _, id := range used {
		e, ok := x.set.Get(id)
		if !ok {
			continue
		}
		reason.Parameters = append(reason.Parameters, id)
		if reason.Clause == "" {
			reason.Clause = e.Clause
		}
		reason.Assumed = reason.Assumed || e.Assumed != nil
		reason.Changed = reason.Changed || e.Changed()
		if e.Document != "" && !slices.Contains(reason.Documents, e.Document) {
			reason.Documents = append(reason.Documents, e.Document)
		}
	}
	if reason.Clause == "" { // all was set for this run
		reason.Clause = stepClauses[part]
	}
	x.reasons = append(x.reasons, reason)
}

func (x *explainer) funds() {
	if x.out.Covered != x.InScope {
		x.add("inscp_scp_amt", x.out.Covered, ruleStay, fault.Msg("settled.step.stay", "from", string(x.CoveredFrom), "covered", x.out.Covered, "begin", string(x.Begin), "date", string(x.Date)))
	}
	x.deductible()
	x.basic()
	if x.Insurance == Resident {
		x.catastrophic()
	} else {
		x.large()
	}
	x.aid()
	x.attached()
}

func (x *explainer) deductible() {
	d := x.out.Deductible
	if groups, exempt := x.exempted(); exempt {
		x.add("act_pay_dedc", 0, "", fault.Msg("settled.step.deductible.exempt"), groups...)
		return
	}
	if x.Category != Inpatient {
		c := &x.cells[cellOf(x.Insurance, x.Category, x.Level, x.Place, x.Retired)]
		x.add("act_pay_dedc", d, "", fault.Msg("settled.step.deductible.year", "year", c.deductible[0], "used", x.before.Deductible[x.Category], "deductible", d),
			ofKind(x.set, x.Category, "deductible", x.Insurance, x.Retired), pRatio(x.Insurance, x.Category, x.Level))
		return
	}
	nth := min(x.before.Admissions, 2)
	full := x.Schedule.cells[cellOf(x.Insurance, Inpatient, x.Level, x.Place, x.Retired)].deductible
	x.add("act_pay_dedc", d, "", fault.Msg("settled.step.deductible.stay", "nth", x.before.Admissions+1, "first", full[0], "own", full[nth], "deductible", d),
		append([]policy.ParameterID{pStay(x.Insurance, x.Level)}, x.used(x.Place != Local, pStayFactor(x.Insurance, x.Place), nth == 1, pAdmission(x.Insurance, "second"), nth == 2, pAdmission(x.Insurance, "later"))...)...)
}

// exempted are the parameters that free the visit from the deductible.
func (x *explainer) exempted() (used []policy.ParameterID, exempt bool) {
	for g := range aidGroups {
		if x.Groups.Has(g) && x.exempt[1<<g] {
			used = append(used, pExempt(g))
		}
	}
	if x.epidemic && x.epidemicNoDeduct && x.Epidemic {
		used = append(used, pEpidemicNoDeductible, pEpidemic)
	}
	return used, len(used) > 0
}

func (x *explainer) basic() {
	c := &x.cells[cellOf(x.Insurance, x.Category, x.Level, x.Place, x.Retired)]
	ratio := c.ratio
	emergency := x.epidemic && x.Epidemic
	if emergency {
		ratio = min(ratio+x.epi[x.Level], money.One)
	}
	amount := (x.out.Covered - x.out.Deductible).Part(ratio)
	used := append([]policy.ParameterID{pRatio(x.Insurance, x.Category, x.Level)}, x.used(x.Retired && x.Insurance == Employee, pRetiredPoints(x.Category),
		x.Place != Local, pPointsOff(x.Insurance, x.Category, x.Place), emergency, id("epidemic.points", x.Level.String()), emergency, pEpidemic)...)
	message := fault.Msg("settled.step.basic", "base", x.out.Covered-x.out.Deductible, "ratio", ratio.Percent(), "amount", amount)
	if x.out.Basic < amount {
		limit := pBasicCap(x.Insurance)
		if c.cap-x.before.BasicOf[x.Category] < x.basicCap[x.Insurance]-x.before.Basic {
			limit = ofKind(x.set, x.Category, "cap", x.Insurance, x.Retired)
		}
		if x.Disease != 0 && x.out.Basic == x.diseaseRoom(x.before, x.Visit) && x.out.Basic < min(x.basicCap[x.Insurance]-x.before.Basic, c.cap-x.before.BasicOf[x.Category]) {
			limit = pDiseaseCap(x.Disease, x.Insurance)
		}
		used = append(used, limit)
		message = fault.Msg("settled.step.basic.capped", "base", x.out.Covered-x.out.Deductible, "ratio", ratio.Percent(), "amount", amount, "paid", x.out.Basic)
	}
	x.add("hifp_pay", x.out.Basic, "", message, used...)
}

func (x *explainer) catastrophic() {
	curve, after := x.curve[x.Groups.aided()], x.before.SelfPaid+x.out.Covered-x.out.Basic
	limit, own := x.catastrophicCap, pCatastrophicCap
	if x.HasCap {
		limit = x.Cap
	}
	used := []policy.ParameterID{pCatastrophicDeductible, pBand1, pBand2Above, pBand2, pBand3Above, pBand3}
	if curve == &x.curves[1] {
		for g := range aidGroups {
			if x.Groups.Has(g) && x.curve[1<<g] == curve {
				used = append(used, pRelief(g))
			}
		}
		used = append(used, pReliefDeductible, pReliefPoints)
	}
	message := fault.Msg("settled.step.catastrophic", "before", x.before.SelfPaid, "after", after, "paidBefore", curve.Of(x.before.SelfPaid), "paidAfter", curve.Of(after), "paid", x.out.Catastrophic)
	if x.out.Catastrophic < curve.Of(after)-curve.Of(x.before.SelfPaid) {
		message = fault.Msg("settled.step.catastrophic.capped", "before", x.before.SelfPaid, "after", after, "paidBefore", curve.Of(x.before.SelfPaid), "paidAfter", curve.Of(after),
			"cap", limit, "used", x.before.Catastrophic, "paid", x.out.Catastrophic)
		used = append([]policy.ParameterID{own}, used...)
	}
	x.add("hifmi_pay", x.out.Catastrophic, "", message, used...)
}

func (x *explainer) large() {
	if x.out.Large == 0 {
		return
	}
	c := &x.cells[cellOf(x.Insurance, x.Category, x.Level, x.Place, x.Retired)]
	cut := (x.out.Covered - x.out.Deductible).Part(c.ratio) - max(x.basicCap[Employee]-x.before.Basic, 0)
	x.add("hifob_pay", x.out.Large, "", fault.Msg("settled.step.large", "cut", cut, "ratio", x.largeRatio.Percent(), "cap", x.largeCap, "used", x.before.Catastrophic, "paid", x.out.Large), pLarge, pLargeCap)
}

func (x *explainer) aid() {
	ratio := x.Schedule.aid[x.Groups.aided()]
	if ratio == 0 {
		return
	}
	var used []policy.ParameterID
	for g := range aidGroups {
		if x.Groups.Has(g) && x.Schedule.aid[1<<g] == ratio {
			used = append(used, pAid(g))
		}
	}
	left := x.out.Covered - x.out.Basic - x.out.Catastrophic - x.out.Large
	threshold := min(left, max(x.aidThreshold-x.before.AidThreshold, 0))
	x.add("maf_pay", x.out.Aid, "", fault.Msg("settled.step.aid", "left", left, "threshold", threshold, "ratio", ratio.Percent(), "used", x.before.Aid, "paid", x.out.Aid), append(used, pAidThreshold, pAidCap)...)
}

func (x *explainer) attached() {
	for _, n := range x.order {
		g := aidGroups + Group(n)
		switch {
		case !x.Groups.Has(g):
		case x.layerDays[n] > 0:
			x.add("oth_pay", x.out.Other[n], "", fault.Msg("settled.step.layer_days", "layer", fault.Msg("settled.layer."+g.String()), "day", x.layerDays[n], "days", x.stayed(), "paid", x.out.Other[n]),
				pLayer(g, "per_day"), pLayer(g, "order"), pLayer(g, "cap"))
		case x.layers[n] > 0:
			x.add("oth_pay", x.out.Other[n], "", fault.Msg("settled.step.layer", "layer", fault.Msg("settled.layer."+g.String()), "ratio", x.layers[n].Percent(), "paid", x.out.Other[n]),
				pLayer(g, "ratio"), pLayer(g, "order"), pLayer(g, "cap"))
		}
	}
}

func (x *explainer) own() {
	x.add("psn_part_amt", x.out.Own, ruleOwn, fault.Msg("settled.step.own", "total", x.Total, "funds", x.out.Funds(), "own", x.out.Own))
	if x.out.Account+x.out.Family > 0 {
		x.add("acct_pay", x.out.Account+x.out.Family, ruleAcct, fault.Msg("settled.step.account", "account", x.out.Account, "family", x.out.Family))
	}
	x.add("psn_cash_pay", x.out.Cash, ruleOwn, fault.Msg("settled.step.cash", "cash", x.out.Cash))
}
