package enrol

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Reason (理由) says what decides one part of an entitlement: the facts as a message, the clause, the parameters.
type Reason struct {
	// Part names the part as the answer does: "cap", "consecutive", "covered_from".
	Part string
	fault.Message
	Clause     policy.ClauseID
	Parameters []policy.ParameterID
	// Assumed tells that the draft leaves open, or may be read otherwise on, what the part rests on.
	Assumed bool
	// Changed tells that a parameter behind the part was set for this run.
	Changed bool
}

// Explain (解释年度待遇) is Entitle with the reasons of every part, in the order of the answer. Errors: as Entitle's.
//
// 依据: SCE-3.2, SCE-3.7
func (r *Rules) Explain(h *History) (Entitlement, []Reason, error) {
	var t trace
	e, err := r.compute(h, &t)
	if err != nil {
		return e, nil, err
	}
	x := explainer{rules: r, trace: &t, e: e, reasons: make([]Reason, 0, 12)}
	x.cap()
	x.waiting()
	return e, x.reasons, nil
}

// span is years in a row, from one up to before another.
type span struct{ first, end policy.Year }

// trace is what happened on the way through a history. Its methods do nothing when it is nil.
type trace struct {
	since             policy.Year // the first covered year
	streakFrom        policy.Year
	rewarded, claimed []policy.Year
	gaps              []span
	resetIn           policy.Year // the last reset
	resetPaid, within money.Fen

	cause    cause
	exempt   policy.ParameterID // what frees the person's group
	paid     Day
	carried  Day // the first covered day of the year before, when it decides
	variable int // before repair
	least    int
	bought   int // repair years
}

func (t *trace) begins(year policy.Year) {
	if t != nil {
		t.since = year
	}
}

func (t *trace) streak(year policy.Year) {
	if t != nil {
		t.streakFrom = year
	}
}

func (t *trace) consecutive(year policy.Year) {
	if t != nil {
		t.rewarded = append(t.rewarded, year)
	}
}

func (t *trace) zeroClaim(year policy.Year) {
	if t != nil {
		t.claimed = append(t.claimed, year)
	}
}

func (t *trace) reset(y *Year, within money.Fen) {
	if t != nil {
		t.resetIn, t.resetPaid, t.within, t.claimed = y.Year, y.CatastrophicPaid, within, nil
	}
}

func (t *trace) gap(first, end policy.Year) {
	if t != nil && first < end {
		t.gaps = append(t.gaps, span{first, end})
	}
}

func (t *trace) waits(w *walk, y *Year) {
	if t == nil {
		return
	}
	t.cause, t.paid, t.bought = w.rules.cause(w.history, y, w.row), y.PaidOn, y.RepairYears
	t.variable, t.least = w.rules.variable(w.row)
	if w.carried > w.waiting.CoveredFrom {
		t.carried = w.carried
	}
	for i, e := range slices.Backward(exemptions[:]) {
		if w.history.Groups&w.rules.exempt>>i&1 != 0 {
			t.exempt = e.id
		}
	}
}

// explainer turns an entitlement and its trace into reasons.
type explainer struct {
	rules   *Rules
	trace   *trace
	e       Entitlement
	reasons []Reason
}

// add writes a reason down. Its clause is that of the rule named, or of the first parameter where there is none.
func (x *explainer) add(part, rule string, message fault.Message, used ...policy.ParameterID) {
	cited := x.rules.set.Rule(rule)
	reason := Reason{Part: part, Message: message, Clause: cited.Clause, Assumed: cited.Assumed != nil, Parameters: used}
	for _, id := range used {
		e, ok := x.rules.set.Get(id)
		if !ok {
			continue
		}
		if reason.Clause == "" {
			reason.Clause = e.Clause
		}
		reason.Assumed = reason.Assumed || e.Assumed != nil
		reason.Changed = reason.Changed || e.Changed()
	}
	x.reasons = append(x.reasons, reason)
}

func (x *explainer) cap() {
	r, e := x.rules, x.e
	x.add("base", "", fault.Msg("entitled.why.base", "base", r.base), pBase)
	x.add("streak", "entitlement.streak", fault.Msg("entitled.why.streak", "year", int(e.Year), "streak", e.Streak, "first", int(x.trace.streakFrom)), pStreakFrom, pStreakEmployee)
	x.rewards()
	x.breaks()
	x.add("cap", "entitlement.cap", fault.Msg("entitled.why.cap", "base", r.base, "counted", e.Counted, "reduction", e.Reduction, "cap", e.Cap))
}

func (x *explainer) rewards() {
	r, e, t := x.rules, x.e, x.trace
	message := fault.Msg("entitled.why.consecutive.none", "first", int(r.First), "years", r.streakYears)
	if len(t.rewarded) > 0 {
		message = fault.Msg("entitled.why.consecutive", "years", r.streakYears, "rewarded", listed(t.rewarded), "each", r.consecutive, "amount", e.Consecutive)
	}
	x.add("consecutive", "", message, pConsecutive, pStreakYears, pFirstYear, pEffective)
	if t.resetIn != 0 {
		x.add("reset", "entitlement.reset", fault.Msg("entitled.why.reset", "year", int(t.resetIn), "paid", t.resetPaid, "within", t.within))
	}
	message = fault.Msg("entitled.why.zero_claim.none", "first", int(r.First), "years", spans([]span{{max(r.First, t.resetIn+1), r.Year}}))
	switch {
	case len(t.claimed) > 0:
		message = fault.Msg("entitled.why.zero_claim", "claimed", listed(t.claimed), "each", r.zeroClaim, "amount", e.ZeroClaim)
	case r.Year == r.First:
		message.Key = "entitled.why.zero_claim.first"
	case t.resetIn == r.Year-1:
		message.Key = "entitled.why.zero_claim.reset"
	}
	x.add("zero_claim", "", message, pZeroClaim, pZeroClaimLasts)
	message = fault.Msg("entitled.why.counted", "consecutive", e.Consecutive, "zeroClaim", e.ZeroClaim, "counted", e.Counted)
	if e.Counted < e.Consecutive+e.ZeroClaim {
		message.Key = "entitled.why.counted.limited"
	}
	x.add("counted", "", message, pRewardLimit)
}

func (x *explainer) breaks() {
	r, e := x.rules, x.e
	message := fault.Msg("entitled.why.broken.none", "from", int(r.countsFrom), "year", int(e.Year))
	if e.Broken > 0 {
		message = fault.Msg("entitled.why.broken", "years", spans(x.trace.gaps), "broken", e.Broken)
	}
	x.add("broken", "", message, pCountsFrom)
	message = fault.Msg("entitled.why.reduction", "broken", e.Broken, "each", r.reduction, "reduction", e.Reduction)
	switch {
	case e.Reduction == r.reductionLimit && r.reduction*money.Fen(e.Broken) > r.reductionLimit:
		message.Key = "entitled.why.reduction.limited"
	case e.Reduction == 0:
		message.Key = "entitled.why.reduction.none"
	}
	x.add("reduction", "", message, pReduction, pReductionLimit, pReductionLasts)
}

// waiting says why there is waiting and from which day there is cover.
func (x *explainer) waiting() {
	r, e, t := x.rules, x.e, x.trace
	first, last := r.window(e.Year)
	window := []any{"paid", t.paid, "first", first, "last", last, "months", e.Waiting.Fixed, "row", e.Row}
	switch t.cause {
	case byBirth:
		x.add("waiting", "", fault.Msg("entitled.why.waiting.newborn", "year", int(e.Year)), pNewborn)
	case byGroup:
		x.add("waiting", "", fault.Msg("entitled.why.waiting.group"), t.exempt)
	case inWindow:
		x.add("waiting", "", fault.Msg("entitled.why.waiting.window", window...), x.unbroken(pWindowFirst, pWindowLast)...)
	case late:
		x.add("fixed", "", fault.Msg("entitled.why.waiting.late", window...), pFixed, pWindowFirst, pWindowLast)
	case afterGap:
		x.add("fixed", "", fault.Msg("entitled.why.waiting.gap", window...), x.unbroken(pFixed)...)
		x.variable()
	}
	x.coveredFrom()
	if o := e.Offer; o.Years > 0 {
		message := fault.Msg("entitled.why.offer", "years", o.Years, "months", o.MonthsAfter)
		if o.PricePerYear > 0 {
			message = fault.Msg("entitled.why.offer.priced", "years", o.Years, "months", o.MonthsAfter, "price", o.PricePerYear, "total", o.PricePerYear*money.Fen(o.Years))
		}
		x.add("repair_offer", "", message, pPerRepair, pLongBreak, pLeast, pStandard)
	}
}

// unbroken adds the parameter that decides what is a break.
func (x *explainer) unbroken(used ...policy.ParameterID) []policy.ParameterID {
	if x.trace.since == x.e.Year {
		return append(used, pNeverCovered)
	}
	return append(used, pCountsFrom)
}

func (x *explainer) variable() {
	r, e, t := x.rules, x.e, x.trace
	x.add("variable", "", fault.Msg("entitled.why.variable", "row", e.Row, "each", r.perBroken, "months", t.variable), pPerBroken, pFirstBroken)
	if t.bought > 0 {
		x.add("repaired", "", fault.Msg("entitled.why.repaired", "bought", t.bought, "repaired", e.Waiting.Repaired, "left", e.Waiting.Variable), pPerRepair)
	}
	if t.least > 0 {
		x.add("least", "", fault.Msg("entitled.why.least", "row", e.Row, "long", r.long, "least", r.least), pLeast, pLongBreak)
	}
}

func (x *explainer) coveredFrom() {
	r, e, t := x.rules, x.e, x.trace
	message := fault.Msg("entitled.why.covered_from", "paid", t.paid, "start", max(t.paid, DayOf(e.Year, 1, 1)), "months", e.Waiting.Months(), "day", e.Waiting.CoveredFrom)
	var used []policy.ParameterID
	switch {
	case t.carried != 0:
		message.Key = "entitled.why.covered_from.carried"
		message = message.With("before", int(e.Year-1))
	case t.cause == byBirth && !r.newbornByPayment:
		message.Key, used = "entitled.why.covered_from.birth", []policy.ParameterID{pNewbornFrom}
	case e.Waiting.Months() == 0:
		message.Key = "entitled.why.covered_from.at_once"
	}
	x.add("covered_from", "entitlement.covered_from", message, used...)
}

// listed are years as a message lists them.
func listed(years []policy.Year) []fault.Message {
	out := make([]fault.Message, len(years))
	for i, y := range years {
		out[i] = fault.Msg("entitled.why.year", "year", int(y))
	}
	return out
}

// spans are rows of years as a message lists them.
func spans(gaps []span) []fault.Message {
	out := make([]fault.Message, len(gaps))
	for i, g := range gaps {
		if g.end == g.first+1 {
			out[i] = fault.Msg("entitled.why.year", "year", int(g.first))
			continue
		}
		out[i] = fault.Msg("entitled.why.years", "first", int(g.first), "last", int(g.end-1))
	}
	return out
}
