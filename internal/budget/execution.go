package budget

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Month (月份) is a month of the year, 1 to 12.
type Month int

// Actual (执行数) is what came in or went out for an item in one month, in fen. Due is, for contributions, what should have
// come in that month.
//
// 依据: SC38-3.4
type Actual struct {
	Month  Month
	Item   Item
	Amount money.Fen
	Due    money.Fen
}

// Execution (执行情况) is a budget against its actuals up to a month.
//
// 依据: SC38-3.4
type Execution struct {
	Budget  Budget
	Through Month
	Lines   []Executed
	// Collection is collected ÷ due (征缴率), false in HasCollection when nothing was due.
	Collection    money.Ratio
	HasCollection bool
	Due           money.Fen
	Findings      []Finding
}

// Executed (执行行) is an item's budget, its actual so far, and both paces: Share is actual ÷ budget, which HasShare says
// there is; Pace is that share ÷ the share of the year that has passed, 1 when it goes evenly.
type Executed struct {
	Item        Item
	Budget      money.Fen
	Actual      money.Fen
	Left        money.Fen
	Share, Pace money.Ratio
	HasShare    bool
}

const monthsInYear = 12

// Execute (执行分析) sets actuals against the budget up to a month. Findings are items without a budget and expenditure
// beyond it. Refused are months that there are not, items that there are not, and a month beyond the one asked for.
//
// 依据: SC38-3.4
func (b Budget) Execute(through Month, actuals []Actual) (Execution, error) {
	if through < 1 || through > monthsInYear {
		return Execution{}, fault.New(fault.Usage, "budget.execution.month", "month", int(through))
	}
	sums, err := sumActuals(through, actuals)
	if err != nil {
		return Execution{}, err
	}
	b.fold(sums)
	e := Execution{Budget: b, Through: through}
	for _, rule := range ItemRules() {
		line, budgeted := b.Line(rule.Item)
		actual, acted := sums[rule.Item]
		if !budgeted && !acted {
			continue
		}
		x := Executed{Item: rule.Item, Budget: line.Amount, Actual: actual.Amount, Left: line.Amount - actual.Amount}
		if x.HasShare = line.Amount > 0; x.HasShare {
			x.Share = money.NewRatio(int64(actual.Amount), int64(line.Amount))
			x.Pace = x.Share.Mul(money.NewRatio(monthsInYear, int64(through)))
		}
		e.Lines = append(e.Lines, x)
		e.Findings = append(e.Findings, x.findings(rule.Side, budgeted)...)
	}
	collected := sums[Contributions]
	if e.Due = collected.Due; e.Due > 0 {
		e.Collection, e.HasCollection = money.NewRatio(int64(collected.Amount), int64(e.Due)), true
	}
	return e, nil
}

// fold puts the subsidies of all levels together for a budget that does not tell them apart.
func (b Budget) fold(sums map[Item]Actual) {
	if _, together := b.Line(Subsidies); !together {
		return
	}
	for _, i := range SubsidyItems() {
		if part, acted := sums[i]; acted {
			all := sums[Subsidies]
			all.Amount += part.Amount
			sums[Subsidies] = all
			delete(sums, i)
		}
	}
}

func (x Executed) findings(side Side, budgeted bool) []Finding {
	if side != Expenditure || x.Actual <= 0 {
		return nil
	}
	var clause policy.ClauseID = "SC38-3.4"
	switch {
	case !budgeted:
		return []Finding{{Severity: Refused, Message: fault.Msg("budget.finding.unbudgeted", "item", x.Item.Label(), "actual", x.Actual), Clause: clause}}
	case x.Left < 0:
		return []Finding{{Severity: Refused, Message: fault.Msg("budget.finding.beyond", "item", x.Item.Label(), "actual", x.Actual, "budget", x.Budget), Clause: "SC38-3.5"}}
	case x.HasShare && x.Pace.Cmp(money.NewRatio(1, 1)) > 0:
		return []Finding{{Severity: Warned, Message: fault.Msg("budget.finding.pace", "item", x.Item.Label(), "share", percent(x.Share), "pace", percent(x.Pace)), Clause: clause}}
	}
	return nil
}

// percent writes a ratio in percent with one decimal.
func percent(x money.Ratio) string { return x.Mul(money.NewRatio(100, 1)).Text(1) + "%" }

// sumActuals adds up the months of each item.
func sumActuals(through Month, actuals []Actual) (map[Item]Actual, error) {
	var l fault.List
	sums := map[Item]Actual{}
	for i, a := range actuals {
		add := func(column, value, key string, args ...any) {
			l.Add(fault.Problem{Row: i + 1, Column: column, Value: value, Message: fault.Msg(key, append(args, "value", value)...), Clause: "SC38-3.4"})
		}
		if _, ok := ruleOf(a.Item); !ok {
			add("item", string(a.Item), "budget.line.item")
		}
		if a.Month < 1 || a.Month > through {
			add("month", money.NewRatio(int64(a.Month), 1).Text(0), "budget.execution.beyond", "through", int(through))
		}
		if a.Amount > money.MaxFen || a.Amount < -money.MaxFen || a.Due < 0 || a.Due > money.MaxFen || len(actuals) > mostActuals {
			add("amount", a.Amount.String(), "budget.line.amount", "least", -money.MaxFen, "most", money.MaxFen)
		}
		if a.Due != 0 && a.Item != Contributions {
			add("due", a.Due.String(), "budget.execution.due")
		}
		sum := sums[a.Item]
		sum.Amount, sum.Due = sum.Amount+a.Amount, sum.Due+a.Due
		sums[a.Item] = sum
	}
	return sums, l.Err()
}

// mostActuals keeps sums inside what money holds; a year has one row for each item and month.
const mostActuals = 500

// Unplanned (未列预算) lists items with actuals that the budget does not have.
func (e Execution) Unplanned() []Item {
	var out []Item
	for _, x := range e.Lines {
		if _, ok := e.Budget.Line(x.Item); !ok && !slices.Contains(out, x.Item) {
			out = append(out, x.Item)
		}
	}
	return out
}
