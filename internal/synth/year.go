package synth

import (
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// schemeYear (险种年度) is one insurance type's year; lists are in the order of the cities.
type schemeYear struct {
	scheme
	year          policy.Year
	violator      int
	heads         []int64
	income, spent []money.Fen
	// The factors: shares and rates with six decimals, costs in whole fen.
	aged, admission, offsite []money.Rate
	perHead, perAdmission    []money.Fen
}

// in makes up a year.
func (s scheme) in(year policy.Year) (schemeYear, error) {
	y := schemeYear{scheme: s, year: year, violator: s.violator(year)}
	var err error
	if y.heads, err = s.insured(s.insurance, year); err != nil {
		return y, err
	}
	if err := y.books(); err != nil {
		return y, err
	}
	y.structure()
	y.care()
	return y, nil
}

// draw draws within a span for a city's figure of this year.
func (y *schemeYear) draw(span money.Rate, figure string, i int) money.Rate {
	return y.dice.within(span, figure, y.insurance, y.year, y.cities[i].code)
}

// books (基金收支) makes up income and expenditure: the province's totals are the nation's per head, the strained cities'
// and the provincial unit's expenditure is a multiple of the national ratio to income, and the others share the rest.
func (y *schemeYear) books() error {
	incomePerHead := y.bulletins.perHead(y.incomeOf, y.headsOf).at(y.year)
	spentPerHead := y.bulletins.perHead(y.spentOf, y.headsOf).at(y.year)
	persons := money.NewRatio(sum(y.heads), 1)
	earning, spending := make([]int64, len(y.cities)), make([]int64, len(y.cities))
	for i, c := range y.cities {
		earning[i] = y.heads[i] * int64(y.earning(c)+y.draw(5_000, "income", i))
		spending[i] = y.heads[i] * int64(y.spending(c)+y.draw(10_000, "spent", i))
	}
	income, err := apportion(incomePerHead.Mul(persons), earning)
	if err != nil {
		return err
	}
	rest := spentPerHead.Mul(persons)
	fixed := make([]money.Fen, len(y.cities))
	for i, c := range y.cities {
		if ratio, ok := y.fixedRatio(i, c); ok {
			fixed[i] = spentPerHead.Quo(incomePerHead).Mul(money.Fen(income[i]).Ratio()).Mul(ratio.Ratio()).Fen()
			rest, spending[i] = rest.Sub(fixed[i].Ratio()), 0
		}
	}
	spent, err := apportion(rest, spending)
	if err != nil {
		return err
	}
	for i := range y.cities {
		y.income = append(y.income, money.Fen(income[i]))
		y.spent = append(y.spent, money.Fen(spent[i])+fixed[i])
	}
	return nil
}

// fixedRatio is spent ÷ income against the national ratio, for the places where it is not left to the rest.
func (y *schemeYear) fixedRatio(i int, c place) (money.Rate, bool) {
	if c.code.IsProvince() {
		return y.provincialUnit, true
	}
	if rank := slices.Index(y.strained, i); rank >= 0 {
		return y.strain[rank] + y.draw(8_000, "strain", i), true
	}
	return 0, false
}

// structure (结构性因素) makes up the share of the aged: of residents from the census, of employees around the nation's
// share of the retired.
func (y *schemeYear) structure() {
	ages := make([]money.Rate, len(y.cities))
	for i, c := range y.cities {
		ages[i] = y.age(c)
		y.aged = append(y.aged, c.aged+ageingPerYear*money.Rate(y.year-censusYear))
	}
	if y.insurance == pool.Employee {
		y.aged = level(y.bulletins.per("employee_retired", "insured_employee").at(y.year), y.heads, ages)
	}
}

// care (就医) makes up what care costs and where it is given, so that inpatient cost stays part of all cost.
func (y *schemeYear) care() {
	inScope := y.bulletins.of(y.inScopeOf).held(y.year).Mul(inScopeShare.Ratio()).Quo(money.NewRatio(100, 1))
	mean := money.Sum(y.spent...).Ratio().Quo(money.NewRatio(sum(y.heads), 1))
	prices, rates := make([]money.Rate, len(y.cities)), make([]money.Rate, len(y.cities))
	for i, c := range y.cities {
		spent := y.spent[i].Ratio().Quo(money.NewRatio(y.heads[i], 1))
		prices[i] = follow(c.wealth, 50) + y.draw(30_000, "price", i)
		rates[i] = follow(millionths(spent.Quo(mean).Quo(prices[i].Ratio())), y.admissionsBySpent)
		y.perHead = append(y.perHead, spent.Quo(inScope).Fen().Part(money.One+y.draw(20_000, "cost", i)))
		y.offsite = append(y.offsite, c.offsite*(money.One+y.draw(80_000, "offsite", i))/money.One)
	}
	y.admission = level(meanAdmission.Ratio(), y.heads, rates)
	admissions := make([]int64, len(y.cities))
	for i, rate := range y.admission {
		admissions[i] = y.heads[i] * int64(rate) / int64(money.One)
	}
	for _, yuan := range level(y.bulletins.of(y.costPerAdmissionOf).at(y.year), admissions, prices) {
		y.perAdmission = append(y.perAdmission, money.FenPerYuan.Part(yuan))
	}
}
