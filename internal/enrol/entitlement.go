package enrol

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Cover (参保险种) is the scheme a person was insured in for a year.
type Cover uint8

// The covers. A year that is not on file has none.
const (
	NoCover  Cover = iota // 未参保
	Resident              // 居民医保
	Employee              // 职工医保
)

// coverNames are the covers as files name them.
var coverNames = [...]string{NoCover: "none", Resident: "resident", Employee: "employee"}

// ParseCover reads a cover by its name in files.
func ParseCover[T string | []byte](text T) (Cover, bool) {
	for c, name := range coverNames {
		if string(text) == name {
			return Cover(c), true
		}
	}
	return NoCover, false
}

// String is the name of the cover in files.
func (c Cover) String() string {
	if int(c) < len(coverNames) {
		return coverNames[c]
	}
	return ""
}

// Groups (特殊群体) are the groups a person belongs to that may free him from waiting.
type Groups uint8

// The groups, as SCE-2.2 lists them.
const (
	Destitute        Groups = 1 << iota // 特困人员
	Orphan                              // 孤儿
	Subsistence                         // 低保对象
	PovertyMonitored                    // 防止返贫监测对象
)

// groupNames are the groups as files name them, in the order in which they are looked at.
var groupNames = [...]struct {
	group Groups
	name  string
}{{Destitute, "destitute"}, {Orphan, "orphan"}, {Subsistence, "subsistence"}, {PovertyMonitored, "poverty_monitored"}}

// ParseGroup reads a group by its name in files; a group that makes no difference here is 0.
func ParseGroup[T string | []byte](text T) Groups {
	for _, g := range groupNames {
		if string(text) == g.name {
			return g.group
		}
	}
	return 0
}

// Year (年度参保记录) is one year of a person's history. Amounts are in fen; PaidOn is 0 when it is not known.
// Reimbursed is what any basic, catastrophic or aid fund paid in the year, CatastrophicPaid what catastrophic insurance
// paid; whether they are on file stands beside them. RepairYears is how many extra years were paid for together with
// the year's contribution.
type Year struct {
	Year             policy.Year
	Cover            Cover
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
	Groups   Groups
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
