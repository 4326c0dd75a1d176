package pool

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// tracer writes down, while a fund is computed, the step behind every figure. It does nothing when it is off.
type tracer struct {
	rules rules
	fund  *Fund
	on    bool
}

// step makes a step from the parameters it used; the clause is that of the rule for the figure, or of the first
// parameter where no rule stands.
func (t *tracer) step(figure, rule string, message fault.Message, used ...policy.Effective) Step {
	cited := t.rules.set.Rule(rule)
	s := Step{Figure: figure, Message: message, Clause: cited.Clause, Assumed: cited.Assumed != nil}
	if len(used) > 0 {
		s.Parameters = make([]policy.ParameterID, 0, len(used))
	}
	var changed []policy.Effective
	for _, e := range used {
		s.Parameters = append(s.Parameters, e.ID)
		s.Assumed = s.Assumed || e.Assumed != nil
		if e.Changed() {
			changed = append(changed, e)
		}
		if s.Clause == "" {
			s.Clause = e.Clause
		}
	}
	if s.Changed = len(changed) > 0; s.Changed {
		s.Message = fault.Msg("trace.with_changes", "text", message, "changes", changes(changed))
	}
	if s.Clause == "" {
		s.Clause = t.rules.set.Rule("collected").Clause
	}
	return s
}

func (t *tracer) province(s Step) { t.fund.Steps = append(t.fund.Steps, s) }

func (t *tracer) division(i int, s Step) {
	d := &t.fund.Divisions[i]
	if d.Steps == nil {
		d.Steps = make([]Step, 0, len(t.rules.factors)+stepsBesides)
	}
	d.Steps = append(d.Steps, s)
}

// stepsBesides are the steps a division has besides one for each factor.
const stepsBesides = 11

func (t *tracer) stopped(y yearFacts) {
	if !t.on {
		return
	}
	spent := y.sum(func(a area) money.Fen { return a.previous.Expenditure() })
	message := fault.Msg("trace.stopped", "opening", y.opening, "months", t.rules.stopMonths.Value.Rate(), "expenditure", spent, "year", int(y.year-1))
	t.province(t.step("collected", "", message, t.rules.stopMonths))
	for i := range y.areas {
		t.division(i, t.step("paid", "", message, t.rules.stopMonths))
	}
}

func (t *tracer) paid(i int, a area, rate policy.Effective, why raised) {
	if !t.on {
		return
	}
	year := a.Year
	if t.rules.previous {
		year--
	}
	used := []policy.Effective{rate, t.rules.base}
	message := fault.Msg("trace.paid", "year", int(year), "base", a.base(t.rules), "rate", rate.Value.Rate(), "paid", t.fund.Divisions[i].Paid)
	switch why {
	case bySurplusRate:
		message = message.With("saved", a.previous.Income-a.previous.Expenditure(), "bound", t.rules.surplusRate.Value.Rate())
		message.Key = "trace.paid.surplus_rate"
		used = append(used, t.rules.surplusRate)
	case bySurplusMonths:
		message = message.With("surplus", a.SurplusBegin, "bound", t.rules.surplusMonths.Value.Rate(), "expenditure", a.previous.Expenditure())
		message.Key = "trace.paid.surplus_months"
		used = append(used, t.rules.surplusMonths)
	}
	t.division(i, t.step("paid", "", message, used...))
}

func (t *tracer) collected() {
	if !t.on {
		return
	}
	message := fault.Msg("trace.collected", "divisions", len(t.fund.Divisions), "collected", t.fund.Collected)
	t.province(t.step("collected", "collected", message, t.rules.rate))
}

func (t *tracer) setAside(y yearFacts) {
	if !t.on {
		return
	}
	b, r := t.fund.SetAside, t.rules
	args := []any{"opening", b.Opening, "added", b.Added, "target", b.Target, "collected", t.fund.Collected}
	if r.fund == Reserve {
		income := y.sum(func(a area) money.Fen { return a.Income })
		t.province(t.step("target", "", fault.Msg("trace.target.reserve", "income", income, "rate", r.reserveCeiling.Value.Rate(), "target", b.Target), r.reserveCeiling))
		t.province(t.step("added", "", fault.Msg("trace.added.reserve", append(args, "rate", r.reserveRate.Value.Rate())...), r.reserveRate, r.reserveCeiling))
		return
	}
	income := y.sum(func(a area) money.Fen { return a.previous.Income })
	t.province(t.step("target", "", fault.Msg("trace.target.emergency", "income", income, "rate", r.emergencyTarget.Value.Rate(), "target", b.Target, "year", int(y.year-1)), r.emergencyTarget))
	if y.year == r.firstYear {
		t.province(t.step("added", "", fault.Msg("trace.added.first", append(args, "rate", r.emergencyFirst.Value.Rate())...), r.emergencyTarget, r.emergencyFirst))
		return
	}
	t.province(t.step("added", "", fault.Msg("trace.added.later", args...), r.emergencyTarget, r.emergencyFirst))
}

func (t *tracer) distributed() {
	if !t.on {
		return
	}
	r := t.rules
	if len(r.factors) == 0 {
		t.province(t.step("distributed", "distributed", fault.Msg("trace.distributed.nothing", "collected", t.fund.Collected)))
		for i := range t.fund.Divisions {
			t.division(i, t.step("received", "received", fault.Msg("trace.received.nothing")))
		}
		return
	}
	used := make([]policy.Effective, len(r.factors))
	for i, w := range r.factors {
		used[i] = w.weight
	}
	message := fault.Msg("trace.distributed", "collected", t.fund.Collected, "added", t.fund.SetAside.Added, "distributed", t.fund.Distributed)
	t.province(t.step("distributed", "distributed", message, used...))
}

func (t *tracer) part(i int, a area, w weighted, s share, got money.Fen) {
	if !t.on {
		return
	}
	message := fault.Msg("trace.part.headcount", "factor", s.name, "distributed", t.fund.Distributed, "weight", w.weight.Value.Rate(),
		"amount", s.amount, "part", got, "share", shareOf{s.split, i}, "headcount", headcount(a), "own", sixPlaces(s.weights[i]), "all", sumOf{s.split})
	used := []policy.Effective{w.weight}
	switch {
	case s.factor.indexed():
		x := a.factors.Values[s.factor]
		message = message.With("value", s.factor.shown(x), "mean", s.factor.shown(s.mean),
			"index", sixPlaces(s.indices[i]), "low", t.rules.clipLow.Value.Rate(), "high", t.rules.clipTop.Value.Rate())
		message.Key = "trace.part." + s.kind(x, s.indices[i])
		used = append(used, t.rules.clipLow, t.rules.clipTop)
	case s.factor == Gap && !s.fallback:
		message = message.With("gap", gap(a, t.fund.Divisions[i].Paid), "gaps", gapsOf(s.split))
		message.Key = "trace.part.gap"
	case s.factor == Gap:
		message.Key = "trace.part.no_gap"
	case s.factor == AgeGroups:
		message = message.With("groups", len(a.groups))
		message.Key = "trace.part.age_groups"
	}
	if snapshot := s.drawnFrom(a); snapshot != "" {
		message = fault.Msg("trace.drawn", "text", message, "snapshot", snapshot)
	}
	t.division(i, t.step(s.figure, "", message, used...))
}

// drawnFrom gives the snapshot of claims that a part follows from; empty when all of it was stated.
func (s share) drawnFrom(a area) string {
	switch {
	case s.factor == Gap && !s.fallback:
		return ""
	case s.factor == AgeGroups && len(a.groups) > 0:
		return a.groups[0].Snapshot
	case a.factors == nil:
		return ""
	}
	return a.factors.Snapshot
}

// kind says how an index came about: from x and the mean, at a bound, from an x of 0, or from a mean of 0.
func (s share) kind(x, index money.Ratio) string {
	switch {
	case s.fallback:
		return "zero_mean"
	case s.factor.managerial() && x.Sign() == 0:
		return "managerial_zero"
	case s.factor.managerial() && s.mean.Quo(x).Cmp(index) != 0:
		return "managerial_clipped"
	case s.factor.managerial():
		return "managerial"
	case s.factor == Performance:
		return "performance"
	case x.Quo(s.mean).Cmp(index) != 0:
		return "structural_clipped"
	}
	return "structural"
}

func headcount(a area) int64 {
	if a.factors == nil {
		return 0
	}
	return a.factors.Headcount
}

// What follows is written out only when somebody reads the step.

// shareOf is one weight's share of all.
type shareOf struct {
	split money.Weights
	i     int
}

// String is the share in percent: "3.21%".
func (s shareOf) String() string { return s.split.Percent(s.i) + "%" }

// sumOf is what all weights add up to.
type sumOf struct{ split money.Weights }

// String is the sum with at most six decimals.
func (s sumOf) String() string { return money.Grouped(s.split.Sum(6)) }

// gapsOf is what all gaps, in fen, add up to.
type gapsOf money.Weights

// String is the sum in yuan with separators.
func (g gapsOf) String() string {
	sum, err := money.ParseFen(money.Weights(g).Sum(0))
	if err != nil {
		return money.Weights(g).Sum(0)
	}
	return (sum / money.FenPerYuan).In(money.Yuan)
}

// sixPlaces is a ratio that people read with at most six decimals.
type sixPlaces money.Ratio

// String is the ratio with at most six decimals.
func (x sixPlaces) String() string { return money.Grouped(money.Ratio(x).Exact(6)) }

// onePlace is a ratio that people read with one decimal.
type onePlace money.Ratio

// String is the ratio with one decimal.
func (x onePlace) String() string { return money.Ratio(x).Text(1) }

// shown is a factor's value as people read it: costs in yuan, shares and rates as percentages.
func (f Factor) shown(x money.Ratio) any {
	if f.isCost() {
		return x.Fen()
	}
	return Percent(x)
}

// Percent (百分比) marks a ratio that people read as a percentage.
type Percent money.Ratio

// String is the percentage with at most four decimals, as many as a rate of a file has: "3.21%".
func (p Percent) String() string {
	return money.Ratio(p).Mul(money.NewRatio(100, 1)).Exact(4) + "%"
}

func (t *tracer) settled(i int, a area) {
	if !t.on {
		return
	}
	d := t.fund.Divisions[i]
	add := func(figure string, message fault.Message) { t.division(i, t.step(figure, figure, message)) }
	if len(d.Parts) > 0 {
		add("received", fault.Msg("trace.received", "parts", len(d.Parts), "received", d.Received))
	}
	add("net", fault.Msg("trace.net", "received", d.Received, "paid", d.Paid, "net", d.Net))
	add("gap_before", fault.Msg("trace.gap_before", "expenditure", a.Expenditure(), "income", a.Income, "paid", d.Paid, "gap", d.GapBefore))
	add("gap_after", fault.Msg("trace.gap_after", "expenditure", a.Expenditure(), "income", a.Income, "paid", d.Paid, "received", d.Received, "gap", d.GapAfter))
	add("surplus_end", fault.Msg("trace.surplus_end", "begin", a.SurplusBegin, "income", a.Income, "paid", d.Paid, "received", d.Received, "expenditure", a.Expenditure(), "end", d.SurplusEnd))
	if d.HasMonths {
		add("months", fault.Msg("trace.months", "end", d.SurplusEnd, "expenditure", a.Expenditure(), "months", onePlace(d.Months)))
	} else {
		add("months", fault.Msg("trace.months.none"))
	}
	if d.Owed > 0 {
		add("owed", fault.Msg("trace.owed", "spent", a.Spent, "owed", d.Owed, "expenditure", a.Expenditure()))
	}
}

func (t *tracer) emergency(y yearFacts, asked, limit money.Fen) {
	if !t.on {
		return
	}
	r := t.rules
	used := []policy.Effective{r.emergencyMonths, r.emergencyShare}
	if r.kind == byOverspend {
		used = []policy.Effective{r.overspendLimit, r.emergencyShare}
	}
	rationed := asked > limit
	t.province(t.step("emergency", "", fault.Msg("trace.emergency.limit", "opening", t.fund.SetAside.Opening, "added", t.fund.SetAside.Added,
		"rate", r.emergencyUseCap.Value.Rate(), "limit", limit, "asked", asked), r.emergencyUseCap))
	for i, a := range y.areas {
		d := t.fund.Divisions[i]
		args := []any{"need", d.Need, "share", r.emergencyShare.Value.Rate(), "emergency", d.Emergency, "local", d.Local, "unmet", d.Unmet,
			"end", d.SurplusEnd, "expenditure", a.Expenditure(), "planned", a.Planned, "begin", a.SurplusBegin, "gap", d.GapAfter}
		if r.kind == byMonths {
			args = append(args, "months", r.emergencyMonths.Value.Rate())
		} else {
			args = append(args, "limit", r.overspendLimit.Value.Rate())
		}
		key := "trace.emergency." + r.kind
		switch {
		case d.Need == 0 && a.Managerial:
			key = "trace.emergency.managerial"
		case d.Need == 0:
			key += ".none"
		}
		t.division(i, t.step("emergency", "", fault.Msg(key, args...), used...))
		if d.Need == 0 {
			continue
		}
		t.division(i, t.step("local", "", fault.Msg("trace.local", "need", d.Need, "emergency", d.Need-d.Local, "local", d.Local), r.emergencyShare))
		if rationed {
			t.division(i, t.step("unmet", "", fault.Msg("trace.unmet", "asked", asked, "limit", limit, "emergency", d.Emergency, "unmet", d.Unmet), r.emergencyUseCap))
		}
	}
}

func (t *tracer) closing(kept money.Fen) {
	if !t.on {
		return
	}
	b := t.fund.SetAside
	t.province(t.step("closing", "", fault.Msg("trace.closing", "opening", b.Opening, "kept", kept, "emergency", t.fund.Total().Emergency, "closing", b.Closing), t.rules.setAside))
}
