package enrol

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// ParseInsurance reads an insurance by its word in files, "none" included.
func ParseInsurance[T string | []byte](text T) (Insurance, bool) {
	for i := NoInsurance; i <= Employee; i++ {
		if string(text) == i.String() {
			return i, true
		}
	}
	return NoInsurance, false
}

// GroupSet (人员类别) is which of the groups that may be free from waiting a person belongs to.
type GroupSet uint8

// With adds a group; one that makes no difference to entitlement changes nothing.
func (s GroupSet) With(g Group) GroupSet {
	for i, e := range exemptions {
		if e.group == g {
			s |= 1 << i
		}
	}
	return s
}

// Year (年度参保记录) is one year of a person's history. Amounts are in fen; PaidOn is 0 when it is not known.
// Reimbursed is what any basic, catastrophic or aid fund paid in the year, CatastrophicPaid what catastrophic insurance
// paid; whether they are on file stands beside them. RepairYears is how many extra years were paid for together with
// the year's contribution.
type Year struct {
	Year             policy.Year
	Cover            Insurance
	HasReimbursed    bool
	HasCatastrophic  bool
	PaidOn           Day
	Reimbursed       money.Fen
	CatastrophicPaid money.Fen
	RepairYears      int
}

// History (参保缴费记录) is what entitlement follows from: a person's years, at most one row each, in any order, his day of
// birth and groups. Standard is the individual contribution standard of the year asked for at the place of enrolment,
// in fen; 0 when none is on file, and then that of the policy holds if it has one.
type History struct {
	Born     Day
	Groups   GroupSet
	Standard money.Fen
	Years    []Year
}

// Entitlement (年度待遇) is the answer for a year of resident cover. Broken are the broken years before the year; Row
// those of them immediately before it. Amounts are in fen.
//
// 依据: SCE-3.2
type Entitlement struct {
	Year   policy.Year
	Streak int
	Broken int
	Row    int

	Cap         money.Fen
	Consecutive money.Fen
	ZeroClaim   money.Fen // after resets
	Counted     money.Fen
	Reduction   money.Fen

	Waiting Waiting
	Offer   Offer
}

// Waiting (待遇等待期) is the waiting of a year, in calendar months. Variable is what remains of the variable part after
// repair, Repaired the months taken off it. CoveredFrom is the first covered day.
//
// 依据: SCE-3.7, SCE-3.8
type Waiting struct {
	Fixed, Variable, Repaired int
	CoveredFrom               Day
}

// Months is the whole waiting.
func (w Waiting) Months() int { return w.Fixed + w.Variable }

// Offer (缴费修复方案) is what repair there is still to buy: the years that would take months off, the price of one in
// fen (0 when no standard is on file), and the months of waiting left when all are paid. Years is 0 when nothing can be
// repaired.
//
// 依据: SCE-3.8
type Offer struct {
	Years        int
	PricePerYear money.Fen
	MonthsAfter  int
}
