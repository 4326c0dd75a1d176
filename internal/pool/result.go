package pool

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Result (调剂结果) is a computed year: one fund for each insurance type present. Changed are the parameters that an overlay
// set to other values than the policy's, and Scenario the overlay's name.
type Result struct {
	Policy    string
	Status    policy.Status
	Year      policy.Year
	Synthetic bool
	Scenario  string
	Changed   []policy.Effective
	Funds     []Fund
}

// Trial (试算) tells whether the result can only be looked at: its policy is not in force, or was changed for this run.
func (r Result) Trial() bool { return r.Status.Trial() || len(r.Changed) > 0 }

// Fund finds the fund of an insurance type.
func (r Result) Fund(i Insurance) (Fund, bool) {
	for _, f := range r.Funds {
		if f.Insurance == i {
			return f, true
		}
	}
	return Fund{}, false
}

// Fund (省级调剂基金) is one insurance type's adjustment fund in one year, in fen.
type Fund struct {
	Insurance   Insurance
	Collected   money.Fen
	SetAside    SetAsideBalance
	Distributed money.Fen
	Divisions   []Division // in code order
	Steps       []Step
}

// SetAsideBalance (风险金或紧急调剂金) is what is set aside, in fen; Closing is after emergency payments.
type SetAsideBalance struct {
	Fund                            SetAside
	Opening, Added, Closing, Target money.Fen
}

// Division (统筹区结果) is what one pooling area pays, receives and is left with, in fen, before any emergency money.
type Division struct {
	Code region.Code
	// The facts shown beside the result.
	Statement Statement

	Paid, Received, Net money.Fen
	GapBefore, GapAfter money.Fen
	SurplusEnd          money.Fen
	// Months is the exact number of months payable; HasMonths is false when there was no expenditure.
	Months    money.Ratio
	HasMonths bool
	Owed      money.Fen
	// Need is what the emergency rule finds; Emergency, Local and Unmet share it.
	Need, Emergency, Local, Unmet money.Fen
	Parts                         []Part
	Steps                         []Step
}

// Part (分项) is what one factor brought a division.
type Part struct {
	Factor Factor
	Amount money.Fen
}

// NextSurplus (下年初累计结余) is the surplus the next year begins with, once emergency money, the local government's share
// and what it owes are paid in.
//
// 依据: SC38-4.7
func (d Division) NextSurplus() money.Fen { return d.SurplusEnd + d.Emergency + d.Local + d.Owed }

// Division finds a pooling area's result.
func (f Fund) Division(code region.Code) (Division, bool) {
	for _, d := range f.Divisions {
		if d.Code == code {
			return d, true
		}
	}
	return Division{}, false
}

// Total (全省合计) adds up the divisions; its months are of the sums.
func (f Fund) Total() Division {
	var t Division
	for _, d := range f.Divisions {
		t.Statement.Income += d.Statement.Income
		t.Statement.Spent += d.Statement.Spent
		t.Statement.Violation += d.Statement.Violation
		t.Statement.SurplusBegin += d.Statement.SurplusBegin
		t.Statement.Levied += d.Statement.Levied
		t.Statement.HasLevied = t.Statement.HasLevied || d.Statement.HasLevied
		t.Paid += d.Paid
		t.Received += d.Received
		t.Net += d.Net
		t.GapBefore += d.GapBefore
		t.GapAfter += d.GapAfter
		t.SurplusEnd += d.SurplusEnd
		t.Owed += d.Owed
		t.Need += d.Need
		t.Emergency += d.Emergency
		t.Local += d.Local
		t.Unmet += d.Unmet
	}
	t.Months, t.HasMonths = Months(t.SurplusEnd, t.Statement.Expenditure())
	return t
}

// Months (可支付月数) is surplus ÷ (expenditure/12), exactly; false when expenditure is 0.
//
// 依据: SC38-3.3
func Months(surplus, expenditure money.Fen) (money.Ratio, bool) {
	if expenditure == 0 {
		return money.Ratio{}, false
	}
	return money.NewRatio(int64(surplus), 1).Mul(money.NewRatio(12, int64(expenditure))), true
}

// Changes say each parameter that was set for this run, with the value the policy has.
func (r Result) Changes() []fault.Message { return changes(r.Changed) }

func changes(effective []policy.Effective) []fault.Message {
	var out []fault.Message
	for _, e := range effective {
		if e.Before == nil {
			out = append(out, fault.Msg("pool.changed.new", "id", string(e.ID), "value", e.Value.String()))
			continue
		}
		out = append(out, fault.Msg("pool.changed.value", "id", string(e.ID), "value", e.Value.String(), "before", e.Before.Value.String()))
	}
	return out
}

// Step (计算步骤) explains one figure: the formula with its figures as a message, the clause that orders it, and the
// parameters it used.
type Step struct {
	Figure     string
	Message    fault.Message
	Clause     policy.ClauseID
	Parameters []policy.ParameterID
	// Assumed tells that a parameter or reading behind the figure is the project's own assumption.
	Assumed bool
	// Changed tells that a parameter behind the figure was set for this run and is not what the clause or the policy says.
	Changed bool
}
