package budget

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Severity (严重程度) says what a finding means for a budget.
type Severity string

// The severities: a budget with a refusal goes back, one with warnings may go on.
const (
	Refused Severity = "refused" // 不得上报
	Warned  Severity = "warned"  // 提示
)

// Finding (审核意见) is what a rule says about a budget, with the clause. Assumed tells that the figure behind the rule is
// the project's own assumption.
type Finding struct {
	Severity Severity
	Message  fault.Message
	Clause   policy.ClauseID
	Assumed  bool
}

// Approver (批准部门) is a department that approves the use of surplus.
type Approver string

// The two departments.
//
// 依据: YN-2.4
const (
	MedicalSecurity Approver = "medical" // 省医保局
	Finance         Approver = "finance" // 省财政厅
)

// Label is the department's name as a message.
func (a Approver) Label() fault.Message { return fault.Msg("budget.approver." + string(a)) }

// Approval (动用结余批准) is a department's word on file that a city may use so much of its cumulative surplus for a
// current-year deficit, in fen.
//
// 依据: YN-2.4
type Approval struct {
	By       Approver
	Document string
	On       policy.Date
	Amount   money.Fen
}

// Rules (审核规则) are a policy's rules for budgets.
type Rules struct {
	MonthsLeast, MonthsMost policy.Effective
	Cumulative, Current     policy.Effective
}

// What a policy may say of a deficit.
const (
	forbidden = "forbidden"
	approval  = "approval"
)

// RulesOf reads the rules from what is in force. Refused is a policy that leaves one open.
func RulesOf(set *policy.Set) (Rules, error) {
	var l fault.List
	need := func(id policy.ParameterID) policy.Effective {
		e, ok := set.Get(id)
		if !ok {
			l.Add(fault.Problem{Column: string(id), Message: fault.Msg("budget.parameter_missing", "policy", set.Pack.ID, "id", string(id))})
		}
		return e
	}
	r := Rules{MonthsLeast: need("budget.months.least"), MonthsMost: need("budget.months.most"),
		Cumulative: need("budget.deficit.cumulative"), Current: need("budget.deficit.current")}
	if err := l.Err(); err != nil {
		return Rules{}, err
	}
	if r.MonthsLeast.Value.Rate() > r.MonthsMost.Value.Rate() {
		return Rules{}, fault.New(fault.Refused, "budget.months_order", "least", r.MonthsLeast.Value.Rate(), "most", r.MonthsMost.Value.Rate())
	}
	return r, nil
}

// Check (审核) says what the rules find in a computed budget; nothing when it is sound.
//
// 依据: SC38-3.1, SC38-3.3, SC38-3.4, SC38-10.2, YN-2.4, YN-3.1
func (r Rules) Check(b Budget) []Finding {
	return slices.Concat(r.cumulative(b), r.current(b), r.months(b), newItems(b), untold(b))
}

// untold: subsidies say which level of government owes them.
func untold(b Budget) []Finding {
	if l, ok := b.Line(Subsidies); ok && l.Amount > 0 {
		return []Finding{{Severity: Warned, Message: fault.Msg("budget.finding.subsidy_level", "amount", l.Amount), Clause: "SC38-10.2"}}
	}
	return nil
}

func finding(severity Severity, by policy.Effective, key string, args ...any) Finding {
	return Finding{severity, fault.Msg(key, args...), by.Clause, by.Assumed != nil}
}

// cumulative: no budget leaves a cumulative deficit.
func (r Rules) cumulative(b Budget) []Finding {
	if b.SurplusEnd() >= 0 {
		return nil
	}
	severity := Warned
	if r.Cumulative.Value.String() == forbidden {
		severity = Refused
	}
	return []Finding{finding(severity, r.Cumulative, "budget.finding.cumulative", "begin", b.SurplusBegin, "balance", b.Balance(), "end", b.SurplusEnd())}
}

// current: a current-year deficit needs both departments' approval of the use of surplus.
func (r Rules) current(b Budget) []Finding {
	deficit := -b.Balance()
	if deficit <= 0 {
		return nil
	}
	switch r.Current.Value.String() {
	case forbidden:
		return []Finding{finding(Refused, r.Current, "budget.finding.deficit", "deficit", deficit)}
	case approval:
		if err := b.SurplusUse(); err != nil {
			return []Finding{finding(Refused, r.Current, "budget.finding.not_approved", "deficit", deficit, "reason", messages(err))}
		}
		return []Finding{finding(Warned, r.Current, "budget.finding.approved", "deficit", deficit)}
	default:
		return []Finding{finding(Warned, r.Current, "budget.finding.deficit", "deficit", deficit)}
	}
}

// months: the surplus stays in its range.
func (r Rules) months(b Budget) []Finding {
	months, ok := b.Months()
	switch {
	case !ok:
		return nil
	case months.Cmp(r.MonthsLeast.Value.Rate().Ratio()) < 0:
		return []Finding{finding(Warned, r.MonthsLeast, "budget.finding.months_low", "months", months.Text(1), "bound", r.MonthsLeast.Value.Rate())}
	case months.Cmp(r.MonthsMost.Value.Rate().Ratio()) > 0:
		return []Finding{finding(Warned, r.MonthsMost, "budget.finding.months_high", "months", months.Text(1), "bound", r.MonthsMost.Value.Rate())}
	}
	return nil
}

// newItems: an expenditure item that last year's budget did not have needs a change of policy on file.
func newItems(b Budget) []Finding {
	if b.Before == nil {
		return []Finding{{Severity: Warned, Message: fault.Msg("budget.finding.nothing_before", "year", int(b.Year-1)), Clause: "SC38-3.4"}}
	}
	var out []Finding
	for _, l := range b.Lines {
		if l.Item.Side() == Expenditure && l.Amount != 0 && !slices.Contains(b.Before, l.Item) && len(l.Drivers.Changes) == 0 {
			out = append(out, Finding{Severity: Refused, Message: fault.Msg("budget.finding.new_item", "item", l.Item.Label(), "amount", l.Amount), Clause: "SC38-3.4"})
		}
	}
	return out
}

// Booked (账面数) is what the books say of what a budget begins with, in fen: the surplus that the year begins with, or what it has come to so far where the
// year is not opened (Provisional), and the losses from breaking policy that the local government still has to make good.
type Booked struct {
	Surplus, Violation money.Fen
	Provisional        bool
}

// CheckBooked (账面核对) compares what a budget begins with with the books; nil when there are none. What differs needs its reason and is shown with it.
//
// 依据: SC38-3.3, SC38-4.5, SC38-4.7
func (b Budget) CheckBooked(books *Booked) []Finding {
	if books == nil {
		return []Finding{{Severity: Warned, Message: fault.Msg("budget.finding.no_books"), Clause: "SC38-4.5"}}
	}
	surplus := "budget.finding.surplus_books"
	if books.Provisional {
		surplus = "budget.finding.surplus_provisional"
	}
	var out []Finding
	for _, c := range []struct {
		key            string
		stated, booked money.Fen
		clause         policy.ClauseID
	}{{surplus, b.SurplusBegin, books.Surplus, "SC38-3.3"}, {"budget.finding.violation_books", b.Violation, books.Violation, "SC38-4.7"}} {
		if c.stated == c.booked {
			continue
		}
		f := Finding{Severity: Refused, Message: fault.Msg(c.key, "stated", c.stated, "booked", c.booked, "difference", c.stated-c.booked, "reason", fault.Msg("budget.finding.books_reason"))}
		if b.BooksNote != "" {
			f.Severity, f.Message.Args = Warned, append(f.Message.Args[:len(f.Message.Args)-1:len(f.Message.Args)-1], b.BooksNote)
		}
		f.Clause = c.clause
		out = append(out, f)
	}
	return out
}

// SurplusUse (动用结余审核) tells whether the deficit of a budget may be paid from the city's own cumulative surplus: both
// departments have approved enough of it, the surplus holds it, and none of the deficit comes from breaking policy.
//
// 依据: YN-2.4, SC38-4.6, SC38-4.7
func (b Budget) SurplusUse() error {
	var l fault.List
	add := func(clause policy.ClauseID, key string, args ...any) {
		l.Add(fault.Problem{Message: fault.Msg(key, args...), Clause: string(clause)})
	}
	deficit := -b.Balance()
	for _, by := range []Approver{MedicalSecurity, Finance} {
		var approved money.Fen
		for _, a := range b.Approvals {
			if _, day := policy.ParseDate(string(a.On)); a.By == by && a.Document != "" && day {
				approved = max(approved, a.Amount)
			}
		}
		if approved < deficit {
			add("YN-2.4", "budget.surplus.approval", "by", by.Label(), "approved", approved, "deficit", deficit)
		}
	}
	if deficit > max(b.SurplusBegin, 0) {
		add("SC38-4.6", "budget.surplus.short", "surplus", b.SurplusBegin, "deficit", deficit)
	}
	if b.Violation > 0 && deficit > 0 {
		add("SC38-4.7", "budget.surplus.violation", "violation", min(b.Violation, deficit))
	}
	return l.Err()
}

// messages are the reasons of a refusal.
func messages(err error) []fault.Message {
	var out []fault.Message
	if refusal, ok := err.(*fault.Refusal); ok {
		for _, p := range refusal.Problems {
			out = append(out, p.Message)
		}
	}
	return out
}

// Refusal turns the findings that send a budget back into an error; nil when there are none.
func Refusal(findings []Finding) error {
	var l fault.List
	for _, f := range findings {
		if f.Severity == Refused {
			l.Add(fault.Problem{Message: f.Message, Clause: string(f.Clause)})
		}
	}
	return l.Err()
}
