package pool

import (
	"tongchou/internal/money"
	"tongchou/internal/region"
)

// Comparison (比较) sets two results side by side, fund by fund and place by place.
type Comparison struct {
	A, B  Result
	Funds []FundComparison
}

// FundComparison compares the funds of one insurance type.
type FundComparison struct {
	Insurance Insurance
	Collected, Added, Distributed,
	Closing Change
	Divisions []DivisionComparison // in code order, every division of either side
}

// DivisionComparison compares one pooling area's figures.
type DivisionComparison struct {
	Code region.Code
	Paid, Received, Net, GapAfter,
	SurplusEnd, Emergency Change
	// MonthsA and MonthsB are months payable; a false says there are none.
	MonthsA, MonthsB       money.Ratio
	HasMonthsA, HasMonthsB bool
}

// Change is a figure on both sides, in fen.
type Change struct{ A, B money.Fen }

// By is how much more B has than A.
func (c Change) By() money.Fen { return c.B - c.A }

// Compare (方案比较) sets result b beside result a; what one side does not have counts as 0.
//
// 依据: SC38-11.1
func Compare(a, b Result) Comparison {
	c := Comparison{A: a, B: b}
	for _, insurance := range Insurances() {
		fa, inA := a.Fund(insurance)
		fb, inB := b.Fund(insurance)
		if !inA && !inB {
			continue
		}
		f := FundComparison{Insurance: insurance,
			Collected: Change{fa.Collected, fb.Collected}, Added: Change{fa.SetAside.Added, fb.SetAside.Added},
			Distributed: Change{fa.Distributed, fb.Distributed}, Closing: Change{fa.SetAside.Closing, fb.SetAside.Closing}}
		both := map[region.Code]bool{}
		for _, side := range []Fund{fa, fb} {
			for _, d := range side.Divisions {
				both[d.Code] = true
			}
		}
		for _, code := range sortedCodes(both) {
			da, _ := fa.Division(code)
			db, _ := fb.Division(code)
			f.Divisions = append(f.Divisions, DivisionComparison{Code: code,
				Paid: Change{da.Paid, db.Paid}, Received: Change{da.Received, db.Received}, Net: Change{da.Net, db.Net},
				GapAfter: Change{da.GapAfter, db.GapAfter}, SurplusEnd: Change{da.SurplusEnd, db.SurplusEnd}, Emergency: Change{da.Emergency, db.Emergency},
				MonthsA: da.Months, MonthsB: db.Months, HasMonthsA: da.HasMonths, HasMonthsB: db.HasMonths})
		}
		c.Funds = append(c.Funds, f)
	}
	return c
}
