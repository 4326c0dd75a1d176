// Package pool computes a year of provincial pooling (省级统筹基金调剂): what every pooling area pays into the adjustment
// fund, what is set aside, how all the rest is distributed and why, and what is left. It is exact to the fen, separate
// per insurance type, and every figure carries the steps and clauses it follows from.
//
// 依据: SC38-4.1
package pool

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Insurance (险种) is an insurance type with a fund of its own; types never mix.
//
// 依据: SC38-4.5
type Insurance string

// The insurance types.
const (
	Employee Insurance = "employee" // 职工医保
	Resident Insurance = "resident" // 居民医保
)

// Insurances lists the types in the order results show them.
func Insurances() []Insurance { return []Insurance{Employee, Resident} }

// Key says whose figures and of which year a row holds.
type Key struct {
	Year      policy.Year
	Division  region.Code
	Insurance Insurance
}

// Statement (年度基金收支表) is one pooling area's year of one insurance type, in fen. Income and expenditure contain no
// adjustment-fund transfers; SurplusBegin contains those of earlier years and may be negative.
type Statement struct {
	Key
	Place        fault.Place
	Income       money.Fen
	Spent        money.Fen // expenditure as stated, violation included
	SurplusBegin money.Fen
	// SurplusOpen tells that the file leaves surplus_begin blank, which only a chain of years may fill in.
	SurplusOpen bool
	Managerial  bool
	Violation   money.Fen
	Planned     money.Fen
	// HasPlanned tells that a planned expenditure is on file.
	HasPlanned bool
	Levied     money.Fen
	HasLevied  bool
	Synthetic  bool
}

// Expenditure (当年支出) is what the rules count: spending less what came from breaking policy.
//
// 依据: SC38-4.7
func (s Statement) Expenditure() money.Fen { return s.Spent - s.Violation }

// Factor (分配因素) names what the distribution looks at.
type Factor string

// The factors, in the order they are split and ties are broken.
const (
	Headcount        Factor = "headcount"
	AgedShare        Factor = "aged_share"
	CostPerHead      Factor = "cost_per_head"
	AdmissionRate    Factor = "admission_rate"
	CostPerAdmission Factor = "cost_per_admission"
	OffsiteShare     Factor = "offsite_share"
	Gap              Factor = "gap"
	AgeGroups        Factor = "age_groups"
	Performance      Factor = "performance"
)

// Factors lists the factors in their fixed order.
func Factors() []Factor {
	return []Factor{Headcount, AgedShare, CostPerHead, AdmissionRate, CostPerAdmission, OffsiteShare, Gap, AgeGroups, Performance}
}

// parameter is the id of the factor's weight.
func (f Factor) parameter() policy.ParameterID { return policy.ParameterID("pool.factor." + string(f)) }

// FactorRow (分配因素表) is one pooling area's factors of one year and type. Shares and rates are exact; costs in fen.
type FactorRow struct {
	Key
	Place     fault.Place
	Headcount int64
	Values    map[Factor]money.Ratio
	Synthetic bool
	Snapshot  string // of the claims it was drawn from; empty when it was stated
}

// AgeGroup (年龄组费用) is the headcount and cost of one age group of one pooling area.
type AgeGroup struct {
	Key
	Place     fault.Place
	Group     string
	Headcount int64
	Cost      money.Fen
	Synthetic bool
	Snapshot  string // of the claims it was drawn from; empty when it was stated
}

// SetAside (预留资金) is the kind of money set aside before the distribution.
type SetAside string

// The kinds of money set aside.
const (
	Reserve   SetAside = "reserve"   // 省级风险金
	Emergency SetAside = "emergency" // 紧急调剂金
)

// Opening (期初余额) is the balance of the money set aside at the start of the year.
type Opening struct {
	Place     fault.Place
	Insurance Insurance
	Fund      SetAside
	Balance   money.Fen
	Synthetic bool
}

// Facts are the figures a run is computed from. Rows may come in any order and of other years too.
type Facts struct {
	Statements []Statement
	Factors    []FactorRow
	AgeGroups  []AgeGroup
	Openings   []Opening
}

// Synthetic (合成数据) tells whether any of the figures are made up.
func (f Facts) Synthetic() bool {
	for _, s := range f.Statements {
		if s.Synthetic {
			return true
		}
	}
	for _, r := range f.Factors {
		if r.Synthetic {
			return true
		}
	}
	for _, g := range f.AgeGroups {
		if g.Synthetic {
			return true
		}
	}
	for _, o := range f.Openings {
		if o.Synthetic {
			return true
		}
	}
	return false
}

// Years lists the years that have statements, ascending.
func (f Facts) Years() []policy.Year {
	seen := map[policy.Year]bool{}
	var first, last policy.Year
	for _, s := range f.Statements {
		if len(seen) == 0 || s.Year < first {
			first = s.Year
		}
		if s.Year > last {
			last = s.Year
		}
		seen[s.Year] = true
	}
	var out []policy.Year
	for y := first; y <= last && len(seen) > 0; y++ {
		if seen[y] {
			out = append(out, y)
		}
	}
	return out
}
