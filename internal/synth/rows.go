package synth

import (
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// appendTo adds the year's rows, in the order of the cities.
func (y *schemeYear) appendTo(facts *pool.Facts, o Options) error {
	for i := range y.cities {
		s := y.statement(i)
		if s.SurplusOpen = y.year > o.From; !s.SurplusOpen {
			s.SurplusBegin = y.firstSurplus(i)
		}
		facts.Statements = append(facts.Statements, s)
		facts.Factors = append(facts.Factors, y.factors(i))
		if !o.AgeGroups {
			continue
		}
		groups, err := y.ageGroups(i)
		if err != nil {
			return err
		}
		facts.AgeGroups = append(facts.AgeGroups, groups...)
	}
	return nil
}

func (y *schemeYear) key(i int) pool.Key {
	return pool.Key{Year: y.year, Division: y.cities[i].code, Insurance: y.insurance}
}

// statement (年度基金收支表) is a city's row without its opening surplus. The budget covers what was spent except in the two
// most strained cities; the second one's gap is of its own making.
func (y *schemeYear) statement(i int) pool.Statement {
	s := pool.Statement{Key: y.key(i), Synthetic: true,
		Income: y.income[i], Spent: y.spent[i],
		Levied: y.income[i].Part(y.levied + y.draw(10_000, "levied", i)), HasLevied: true,
		HasPlanned: true,
	}
	rank := slices.Index(y.strained, i)
	s.Managerial = rank == 1
	planned := money.One + 35_000 + y.draw(35_000, "planned", i)
	if rank == 0 || rank == 1 {
		planned = money.One - 40_000 + y.draw(20_000, "planned", i)
	}
	s.Planned = y.spent[i].Part(planned)
	if i == y.violator {
		s.Violation = y.spent[i].Part(5_500 + y.draw(2_500, "violation", i))
	}
	return s
}

// firstSurplus (年初累计结余) draws the reserves a city opens the first year with: so many months of its expenditure, and
// the deficit of the year itself where it has one, so that a strained city ends that year short of three months.
func (y *schemeYear) firstSurplus(i int) money.Fen {
	low, high := y.monthsLow, y.monthsHigh
	if slices.Contains(y.strained, i) {
		low, high = strainedLow, strainedHigh
	}
	months := y.dice.between(low, high, "months", y.insurance, y.cities[i].code)
	return y.spent[i].Part(months)/12 + max(0, y.spent[i]-y.income[i])
}

// factors (分配因素表) is a city's row of factors.
func (y *schemeYear) factors(i int) pool.FactorRow {
	return pool.FactorRow{Key: y.key(i), Synthetic: true, Headcount: y.heads[i], Values: map[pool.Factor]money.Ratio{
		pool.AgedShare:        y.aged[i].Ratio(),
		pool.CostPerHead:      y.perHead[i].Ratio(),
		pool.AdmissionRate:    y.admission[i].Ratio(),
		pool.CostPerAdmission: y.perAdmission[i].Ratio(),
		pool.OffsiteShare:     y.offsite[i].Ratio(),
	}}
}

// ageGroups (年龄组费用) divides a city's insured and all their medical cost over the age groups: those of 60 and over follow
// from the share of the aged, and an older person costs more. Headcounts and costs add up to the city's.
func (y *schemeYear) ageGroups(i int) ([]pool.AgeGroup, error) {
	old := y.aged[i] * money.Rate(y.agedFromAgedShare) / 100
	very := old * money.Rate(y.seventyFiveAndOver) / 100
	weights := make([]int64, 0, len(y.agesUnder60)+2)
	var groups []string
	for _, g := range y.agesUnder60 {
		groups, weights = append(groups, g.group), append(weights, int64(money.One-old)*g.weight/100)
	}
	groups, weights = append(groups, ages60to74, ages75), append(weights, int64(old-very), int64(very))
	heads, err := apportion(money.NewRatio(y.heads[i], 1), weights)
	if err != nil {
		return nil, err
	}
	for g, n := range heads {
		weights[g] = n * y.costByAge[groups[g]]
	}
	costs, err := apportion(y.perHead[i].Ratio().Mul(money.NewRatio(y.heads[i], 1)), weights)
	if err != nil {
		return nil, err
	}
	out := make([]pool.AgeGroup, len(groups))
	for g, name := range groups {
		out[g] = pool.AgeGroup{Key: y.key(i), Synthetic: true, Group: name, Headcount: heads[g], Cost: money.Fen(costs[g])}
	}
	return out, nil
}
