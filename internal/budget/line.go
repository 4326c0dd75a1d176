package budget

import (
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Method (测算方法) says how an amount follows from its drivers.
type Method string

// The methods.
const (
	// Levy: 参保人数 × 人均缴费基数 × 费率 × 征缴率, with the growth of heads and wages.
	Levy Method = "levy"
	// PerHead: 参保人数 × 人均标准 × 征缴率, with the growth of heads.
	PerHead Method = "per_head"
	// Trend: 上年支出 × (1 + 支出增长率) + 政策调整增减.
	Trend Method = "trend"
	// Stated: an amount with its reason.
	Stated Method = "stated"
)

// Label is the method's name as a message.
func (m Method) Label() fault.Message { return fault.Msg("budget.method." + string(m)) }

// Drivers (测算因素) are what an amount is computed from, kept with it. A method reads its own and ignores the others:
// levy reads headcount, growth, base, wage growth, rate and collection; per_head headcount, growth, standard and
// collection; trend last, trend and changes; stated the amount and its reason. Amounts per head are of a year, in fen;
// growth may be negative. Changes are also what allows a new item, whatever its method; trend alone adds their amounts.
//
// 依据: SC38-3.2
type Drivers struct {
	Headcount       int64
	HeadcountGrowth money.Rate
	Base            money.Fen // 人均缴费基数
	WageGrowth      money.Rate
	Rate            money.Rate // 费率 into the pooled fund
	Standard        money.Fen  // 人均缴费或补助标准
	Collection      money.Rate // 征缴率, 0–1
	Last            money.Fen  // 上年执行数
	Trend           money.Rate
	Changes         []Change
	Stated          money.Fen
	Reason          string
}

// Change (政策调整) is a change of policy and what it costs or saves in the year, in fen. Document is the number of the
// document on file.
//
// 依据: SC38-3.2, SC38-3.4
type Change struct {
	Title    string
	Document string
	Amount   money.Fen
}

// Line (预算行) is one item of a budget: how it is computed, from what, and, once computed, the amount in fen and its step.
//
// 依据: SC38-3.2
type Line struct {
	Item    Item
	Method  Method
	Drivers Drivers
	Amount  money.Fen
	Step    pool.Step
}

// Bounds of drivers, so that products stay inside what money holds: the most heads are the nation's.
const (
	mostHeads  = 2_000_000_000
	mostGrowth = 10 * money.One
	mostChange = 200
)

// compute gives the line with amount and step. The product is exact; it is rounded once to the fen, halves away from zero.
// One that is larger than money may be is given as the next larger, for Compute to refuse.
//
// 依据: SC38-3.2
func (l Line) compute() Line {
	d := l.Drivers
	growth := func(r money.Rate) money.Ratio { return (money.One + r).Ratio() }
	heads := money.NewRatio(d.Headcount, 1).Mul(growth(d.HeadcountGrowth))
	fen := func(x money.Ratio) money.Fen { return x.Clip(money.Ratio{}, (money.MaxFen + 1).Ratio()).Fen() }
	var m fault.Message
	switch l.Method {
	case Levy:
		l.Amount = fen(heads.Mul(d.Base.Ratio()).Mul(growth(d.WageGrowth)).Mul(d.Rate.Ratio()).Mul(d.Collection.Ratio()))
		m = fault.Msg("budget.step.levy", "heads", d.Headcount, "headcount_growth", d.HeadcountGrowth, "base", d.Base, "wage_growth", d.WageGrowth,
			"rate", d.Rate, "collection", d.Collection)
	case PerHead:
		l.Amount = fen(heads.Mul(d.Standard.Ratio()).Mul(d.Collection.Ratio()))
		m = fault.Msg("budget.step.per_head", "heads", d.Headcount, "headcount_growth", d.HeadcountGrowth, "standard", d.Standard, "collection", d.Collection)
	case Trend:
		changes := d.changes()
		l.Amount = d.Last.Ratio().Mul(growth(d.Trend)).Fen() + changes
		m = fault.Msg("budget.step.trend", "last", d.Last, "trend", d.Trend, "changes", changes, "count", len(d.Changes))
	case Stated:
		l.Amount = d.Stated
		m = fault.Msg("budget.step.stated", "stated", d.Stated, "reason", d.Reason)
	}
	l.Step = pool.Step{Figure: string(l.Item), Message: m.With("amount", l.Amount), Clause: "SC38-3.2"}
	return l
}

func (d Drivers) changes() money.Fen {
	var sum money.Fen
	for _, c := range d.Changes {
		sum += c.Amount
	}
	return sum
}

// check finds what cannot be right about a line, before it is computed.
func (l Line) check(insurance pool.Insurance, add func(column, value, key string, clause policy.ClauseID, args ...any)) {
	rule, ok := ruleOf(l.Item)
	if !ok {
		add("item", string(l.Item), "budget.line.item", "SC38-3.4")
		return
	}
	if !slices.Contains(rule.Insurances, insurance) {
		add("item", string(l.Item), "budget.line.insurance", "SC38-4.5", "item", l.Item.Label(), "insurance", insurance)
	}
	if l.Method == Levy && rule.Side != Revenue || l.Method == Trend && rule.Side != Expenditure || !l.Method.known() {
		add("method", string(l.Method), "budget.line.method", "SC38-3.2", "item", l.Item.Label())
	}
	l.Drivers.check(l.Method, add)
	l.Drivers.checkChanges(add)
}

func (m Method) known() bool { return m == Levy || m == PerHead || m == Trend || m == Stated }

func (d Drivers) check(m Method, add func(column, value, key string, clause policy.ClauseID, args ...any)) {
	amount := func(column string, f money.Fen, least money.Fen) {
		if f < least || f > money.MaxFen {
			add(column, f.String(), "budget.line.amount", "SC38-3.2", "least", least, "most", money.MaxFen)
		}
	}
	rate := func(column string, r, least, most money.Rate) {
		if r < least || r > most {
			add(column, r.String(), "budget.line.rate", "SC38-3.2", "least", least, "most", most)
		}
	}
	if m == Levy || m == PerHead {
		if d.Headcount < 1 || d.Headcount > mostHeads {
			add("headcount", money.NewRatio(d.Headcount, 1).Text(0), "budget.line.headcount", "SC38-3.2", "most", int64(mostHeads))
		}
		rate("headcount_growth", d.HeadcountGrowth, -money.One, mostGrowth)
		rate("collection", d.Collection, 0, money.One)
	}
	switch m {
	case Levy:
		amount("base", d.Base, 1)
		rate("wage_growth", d.WageGrowth, -money.One, mostGrowth)
		rate("rate", d.Rate, 0, money.One)
	case PerHead:
		amount("standard", d.Standard, 1)
	case Trend:
		amount("last", d.Last, 0)
		rate("trend", d.Trend, -money.One, mostGrowth)
	case Stated:
		amount("stated", d.Stated, 0)
		if strings.TrimSpace(d.Reason) == "" && d.Stated != 0 {
			add("reason", "", "budget.line.reason", "SC38-3.2")
		}
	}
}

func (d Drivers) checkChanges(add func(column, value, key string, clause policy.ClauseID, args ...any)) {
	if len(d.Changes) > mostChange {
		add("changes", "", "budget.line.changes", "SC38-3.4", "most", mostChange)
	}
	for _, c := range d.Changes {
		if strings.TrimSpace(c.Document) == "" {
			add("document", c.Title, "budget.line.document", "SC38-3.4", "title", c.Title)
		}
		if c.Amount < -money.MaxFen || c.Amount > money.MaxFen {
			add("changes", c.Amount.String(), "budget.line.amount", "SC38-3.4", "least", -money.MaxFen, "most", money.MaxFen)
		}
	}
}
