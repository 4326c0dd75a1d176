package budget

import (
	"strings"
	"unicode/utf8"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// Scheme (预算调整方案) is what an adjustment changes and why: each item whose amount differs, before and after. The budget
// before stays as it was.
//
// 依据: SC38-3.5
type Scheme struct {
	Before, After Budget
	Reason        string
	Changes       []Changed
	Findings      []Finding
}

// Changed (调整项目) is an item's amount before and after, in fen.
type Changed struct {
	Item          Item
	Before, After money.Fen
}

// Difference is what the adjustment adds.
func (c Changed) Difference() money.Fen { return c.After - c.Before }

const longestReason = 2000

// Adjust (预算调整) makes the next revision of a budget with other lines, and the scheme to be approved; until then the
// budget in force is the one before. Refused are a missing reason, lines that change nothing or cannot be, and a result
// that the rules send back. A new item is one that neither last year's budget nor this one had.
//
// 依据: SC38-3.5, YN-3.1
func (r Rules) Adjust(b Budget, lines []Line, approvals []Approval, reason string) (Scheme, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > longestReason || !utf8.ValidString(reason) {
		return Scheme{}, fault.Refuse(fault.Problem{Column: "reason", Message: fault.Msg("budget.adjust.reason", "most", longestReason), Clause: "SC38-3.5"})
	}
	after := b
	after.Lines, after.Approvals, after.Revision = lines, approvals, b.Revision+1
	after.Before = append(append([]Item{}, b.Before...), b.items()...)
	after, err := after.Compute()
	if err != nil {
		return Scheme{}, err
	}
	s := Scheme{Before: b, After: after, Reason: reason, Findings: r.Check(after)}
	for _, rule := range ItemRules() {
		x, _ := b.Line(rule.Item)
		y, _ := after.Line(rule.Item)
		if x.Amount != y.Amount {
			s.Changes = append(s.Changes, Changed{rule.Item, x.Amount, y.Amount})
		}
	}
	if len(s.Changes) == 0 {
		return Scheme{}, fault.New(fault.Refused, "budget.adjust.nothing")
	}
	return s, Refusal(s.Findings)
}

// items are the expenditure items of a budget.
func (b Budget) items() []Item {
	var out []Item
	for _, l := range b.Lines {
		if l.Item.Side() == Expenditure {
			out = append(out, l.Item)
		}
	}
	return out
}

// Succeed (结转下年) begins the next year's budget: its surplus begins with what this one leaves, and its items are compared
// with this one's.
//
// 依据: SC38-3.4, SC38-4.6
func (b Budget) Succeed() Budget {
	next := Budget{Key: b.Key, SurplusBegin: b.SurplusEnd(), Before: append([]Item{}, b.items()...), Synthetic: b.Synthetic}
	next.Year++
	return next
}
