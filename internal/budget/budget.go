package budget

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Budget (基金预算) is one pooling area's budget of one insurance type, in fen. Before lists the expenditure items of the
// budget of the year before; nil when there is none on file. Revision counts from 1; an adjustment makes the next. Violation is expenditure that came
// from breaking policy and that the local government makes good; no surplus may be used for it. BooksNote says why one of the two is not what the books
// say; see CheckBooked.
//
// 依据: SC38-3.1, SC38-3.2, SC38-4.7
type Budget struct {
	pool.Key
	Revision     int
	Lines        []Line
	SurplusBegin money.Fen
	Violation    money.Fen
	Before       []Item
	Approvals    []Approval
	Synthetic    bool
	BooksNote    string
}

// Compute (测算) gives the budget with the amount and step of every line, in the order of the table of items. Refused are
// lines that cannot be: an item that there is not or is there twice, a method that is not for it, a driver out of
// bounds. Row is the number of the line, from 1.
//
// 依据: SC38-3.1, SC38-3.2
func (b Budget) Compute() (Budget, error) {
	var l fault.List
	seen := map[Item]bool{}
	lines := make([]Line, len(b.Lines))
	if !slices.Contains(pool.Insurances(), b.Insurance) {
		l.Add(fault.Problem{Column: "insurance", Value: string(b.Insurance), Message: fault.Msg("pool.unknown_insurance", "value", string(b.Insurance))})
	}
	for i, line := range b.Lines {
		add := func(column, value, key string, clause policy.ClauseID, args ...any) {
			l.Add(fault.Problem{Row: i + 1, Column: column, Value: value, Message: fault.Msg(key, append(args, "value", value)...), Clause: string(clause)})
		}
		if seen[line.Item] {
			add("item", string(line.Item), "budget.line.twice", "SC38-3.1", "item", line.Item.Label())
		}
		if seen[line.Item] = true; seen[Subsidies] && slices.ContainsFunc(SubsidyItems(), func(i Item) bool { return seen[i] }) {
			add("item", string(line.Item), "budget.line.subsidy_twice", "SC38-10.2", "item", line.Item.Label())
		}
		if line.check(b.Insurance, add); l.Empty() {
			if lines[i] = line.compute(); lines[i].Amount < 0 || lines[i].Amount > money.MaxFen {
				add("amount", lines[i].Amount.String(), "budget.line.amount", "SC38-3.1", "least", money.Fen(0), "most", money.MaxFen)
			}
		}
	}
	if err := l.Err(); err != nil {
		return b, err
	}
	order := map[Item]int{}
	for i, r := range ItemRules() {
		order[r.Item] = i
	}
	slices.SortStableFunc(lines, func(x, y Line) int { return order[x.Item] - order[y.Item] })
	b.Lines, b.Revision = lines, max(b.Revision, 1)
	return b, nil
}

// Total (合计) adds up one side of the budget.
func (b Budget) Total(side Side) money.Fen {
	var sum money.Fen
	for _, l := range b.Lines {
		if l.Item.Side() == side {
			sum += l.Amount
		}
	}
	return sum
}

// Balance (当年结余) is revenue less expenditure; negative in a deficit.
//
// 依据: SC38-3.1, YN-3.1
func (b Budget) Balance() money.Fen { return b.Total(Revenue) - b.Total(Expenditure) }

// SurplusEnd (年末滚存结余) is what the budget leaves at the end of the year.
//
// 依据: SC38-3.3
func (b Budget) SurplusEnd() money.Fen { return b.SurplusBegin + b.Balance() }

// Months (可支付月数) is how many months of the budget's expenditure the surplus at the end of the year pays; false when
// there is no expenditure.
//
// 依据: SC38-3.3
func (b Budget) Months() (money.Ratio, bool) {
	return pool.Months(b.SurplusEnd(), b.Total(Expenditure))
}

// Line finds the line of an item.
func (b Budget) Line(i Item) (Line, bool) {
	at := slices.IndexFunc(b.Lines, func(l Line) bool { return l.Item == i })
	if at < 0 {
		return Line{}, false
	}
	return b.Lines[at], true
}
