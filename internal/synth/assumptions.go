package synth

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// What is assumed for every insurance type; README.md lists all assumptions in words.
const (
	censusYear      policy.Year = 2020
	coveragePercent             = 95      // insured of the census population
	ageingPerYear   money.Rate  = 3_000   // by which residents' share of the aged grows after the census
	meanAdmission   money.Rate  = 215_000 // admissions per insured person
	inScopeShare    money.Rate  = 780_000 // of all medical cost
	unitPerMillion              = 1_500   // people of the provincial unit
	strainedLeast               = 25      // per mill of the people, of a strained city
	strainedMost                = 80
	// Months of expenditure a strained city opens the first year with, that year's own deficit apart.
	strainedLow  money.Rate = 2_400_000
	strainedHigh money.Rate = 2_900_000
)

// assumptions are what is assumed about one insurance type, and the names of its indicators in the bulletins.
type assumptions struct {
	insurance pool.Insurance

	headsOf, incomeOf, spentOf, costPerAdmissionOf, inScopeOf string

	ageingFollowed     int64 // per cent by which the type's age structure follows the city's
	incomeByWealth     int64 // per cent by which income per head follows wealth
	admissionsBySpent  int64 // per cent by which the admission rate follows what is spent
	levied             money.Rate
	monthsLow          money.Rate // opening reserves of cities that are not strained
	monthsHigh         money.Rate
	strain             []money.Rate // spent ÷ income of the strained cities, worst first, against the national ratio
	provincialUnit     money.Rate   // the same of the provincial unit
	agesUnder60        []ageShare
	costByAge          map[string]int64
	agedFromAgedShare  int64 // per cent of aged_share that is 60 and over
	seventyFiveAndOver int64 // per cent of those 60 and over
}

// ageShare is an age group's weight among those under 60.
type ageShare struct {
	group  string
	weight int64
}

// The age groups (年龄组).
const (
	ages0to17  = "0-17"
	ages18to44 = "18-44"
	ages45to59 = "45-59"
	ages60to74 = "60-74"
	ages75     = "75+"
)

func assumed(insurance pool.Insurance) assumptions {
	if insurance == pool.Employee {
		return assumptions{insurance: pool.Employee,
			headsOf: "insured_employee", incomeOf: "employee_pooled_income", spentOf: "employee_pooled_expenditure",
			costPerAdmissionOf: "cost_per_admission_employee", inScopeOf: "in_scope_inpatient_ratio_employee",
			ageingFollowed: 50, incomeByWealth: 60, admissionsBySpent: 50, levied: 970_000,
			monthsLow: 2_000_000, monthsHigh: 4_000_000,
			strain: []money.Rate{1_720_000, 1_650_000, 1_450_000, 1_280_000}, provincialUnit: 1_000_000,
			agesUnder60: []ageShare{{ages18to44, 62}, {ages45to59, 38}}, agedFromAgedShare: 80, seventyFiveAndOver: 22,
			costByAge: map[string]int64{ages18to44: 50, ages45to59: 95, ages60to74: 210, ages75: 340},
		}
	}
	return assumptions{insurance: pool.Resident,
		headsOf: "insured_resident", incomeOf: "resident_income", spentOf: "resident_expenditure",
		costPerAdmissionOf: "cost_per_admission_resident", inScopeOf: "in_scope_inpatient_ratio_resident",
		ageingFollowed: 100, incomeByWealth: 10, admissionsBySpent: 100, levied: 360_000,
		monthsLow: 3_500_000, monthsHigh: 14_000_000,
		strain: []money.Rate{1_130_000, 1_110_000, 1_085_000}, provincialUnit: 650_000,
		agesUnder60: []ageShare{{ages0to17, 31}, {ages18to44, 39}, {ages45to59, 30}}, agedFromAgedShare: 100, seventyFiveAndOver: 26,
		costByAge: map[string]int64{ages0to17: 45, ages18to44: 60, ages45to59: 105, ages60to74: 190, ages75: 250},
	}
}
