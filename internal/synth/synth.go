package synth

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// The years that can be made up: from the first bulletin on; far from the last one its growth means nothing.
const (
	FirstYear policy.Year = 2022
	LastYear  policy.Year = 2040
)

// Options (生成选项) say what province to make up.
type Options struct {
	Province region.Code
	From, To policy.Year
	Seed     uint64
	// Insurances are the insurance types wanted; none means all.
	Insurances []pool.Insurance
	// AgeGroups asks for age groups too.
	AgeGroups bool
	// ProvincialUnit asks for a provincial unit (省本级) beside the prefectures.
	ProvincialUnit bool
}

// Province (合成省份) makes up the statements and factors of a province, one row for each year, insurance type and
// prefecture, in that order; every row is marked synthetic. Only the first year has an opening surplus: those of later
// years follow from the policy, and Chained fills them in. Errors (usage): a province without census figures here,
// years out of order or outside FirstYear–LastYear, an insurance type that does not exist.
func Province(o Options, tree *region.Tree) (pool.Facts, error) {
	if err := o.check(); err != nil {
		return pool.Facts{}, err
	}
	p, err := newProvince(o, tree)
	if err != nil {
		return pool.Facts{}, err
	}
	var facts pool.Facts
	for year := o.From; year <= o.To; year++ {
		for _, insurance := range pool.Insurances() {
			if len(o.Insurances) > 0 && !slices.Contains(o.Insurances, insurance) {
				continue
			}
			y, err := p.scheme(insurance).in(year)
			if err != nil {
				return pool.Facts{}, err
			}
			if err := y.appendTo(&facts, o); err != nil {
				return pool.Facts{}, err
			}
		}
	}
	return facts, nil
}

func (o Options) check() error {
	if o.From > o.To || o.From < FirstYear || o.To > LastYear {
		return fault.New(fault.Usage, "synth.years", "from", int(o.From), "to", int(o.To), "first", int(FirstYear), "last", int(LastYear))
	}
	for _, insurance := range o.Insurances {
		if !slices.Contains(pool.Insurances(), insurance) {
			return fault.New(fault.Usage, "synth.insurance", "value", string(insurance))
		}
	}
	return nil
}

// province is what all years and insurance types share.
type province struct {
	dice      dice
	bulletins bulletins
	cities    []place // in code order; a provincial unit comes first
	people    int64
	aged      money.Rate // mean share of the aged
}

func newProvince(o Options, tree *region.Tree) (province, error) {
	figures, err := national()
	if err != nil {
		return province{}, err
	}
	known, err := places()
	if err != nil {
		return province{}, err
	}
	p := province{dice: dice(o.Seed), bulletins: figures}
	var aged int64
	for _, d := range tree.Prefectures(o.Province) {
		c := known[d.Code]
		if !c.agedPublished {
			c.aged += p.dice.within(6_000, "aged", c.code)
		}
		p.cities = append(p.cities, c)
		p.people += c.people
		aged += c.people * int64(c.aged)
	}
	if slices.ContainsFunc(p.cities, func(c place) bool { return c.people == 0 }) || len(p.cities) == 0 {
		return province{}, fault.New(fault.Usage, "synth.no_census", "province", o.Province)
	}
	p.aged = money.Rate(aged / p.people)
	if o.ProvincialUnit {
		p.addUnit(known[o.Province])
	}
	return p, nil
}

// addUnit takes the people of the provincial unit (省本级) out of the capital.
func (p *province) addUnit(unit place) {
	unit.people = p.people * unitPerMillion / 1_000_000
	p.cities[0].people -= unit.people
	p.cities = slices.Insert(p.cities, 0, unit)
}

// insured (参保人数) counts heads in a year: the employees' share is the nation's, spread by the cities' profiles.
func (p province) insured(insurance pool.Insurance, year policy.Year) ([]int64, error) {
	all, weights := make([]int64, len(p.cities)), make([]int64, len(p.cities))
	for i, c := range p.cities {
		all[i] = c.people * coveragePercent / 100
		weights[i] = all[i] * int64(c.employees)
	}
	share := p.bulletins.per("insured_employee", "insured_total").at(year)
	employees, err := apportion(share.Mul(money.NewRatio(sum(all), 1)), weights)
	if err != nil || insurance == pool.Employee {
		return employees, err
	}
	for i, n := range employees {
		all[i] -= n
	}
	return all, nil
}
