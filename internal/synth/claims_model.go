package synth

import (
	"math"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// claimYear (合成年度) is everything the claims of a year are drawn from.
type claimYear struct {
	year   policy.Year
	alive  *[lifespan]uint32 // chance that someone of an age in the first year is alive
	cities []cityYear
	// What the fund pays of what is in scope, by insurance type: stays by place and tier, visits by kind and tier, each
	// for others and for retirees.
	stayPaid  [2][2][3][2]money.Rate
	visitPaid [2][kinds][tiers][2]money.Rate
	byCase    [3]uint32
	direct    uint32
	calendar
}

// cityYear is a city's part of it.
type cityYear struct {
	working, pensioned uint32                           // chances to be an employee, before and after retirement
	level              [classes][sexes][lifespan]uint32 // use against the mean of the city's insurance type, in fixed point
	care               [2]cityCare                      // by insurance type
	ages               *[pyramidSteps]uint8             // in the first year
	use                [classes][bands]float64          // use by age band: sums of weights · useByAge
	heads              [classes][bands]float64          // sums of weights
	targets            [2]struct{ admission, perAdmission, perHead, offsite float64 }
}

// cityCare is what one insurance type's care is like in a city.
type cityCare struct {
	admissions uint64             // stays per head at level 1, in fixed point
	elsewhere  [2]uint32          // chance that a stay, a visit is off-site
	stay       [bands][2][3]int64 // mean cost in fen, by place and tier
	visit      [kinds][tiers]int64
	offsite    float64
	base       float64
	scale      float64
}

// insuranceOf a class: 0 employees, 1 residents.
func insuranceOf(class int) int { return class / resident }

// assumedCare is in the order of insuranceOf.
func assumedCare(insurance int) *careAssumed {
	return []*careAssumed{&employeeCare, &residentCare}[insurance]
}

// survival gives, for every age in the first year, the chance to be alive so many years on.
func survival(years int) [lifespan]uint32 {
	var out [lifespan]uint32
	for age := range out {
		hazard := 0.0
		for t := range years {
			hazard += hazardAt25 * math.Exp(hazardGrowth*float64(age+t-25))
		}
		if age+years <= oldest {
			out[age] = chance(math.Exp(-hazard))
		}
	}
	return out
}

// drawnAges (年龄分布) spreads a city's ages in the first year over steps of equal weight: the pyramid, with the city's own
// share of those aged 60 and over.
func drawnAges(aged float64) (*[pyramidSteps]uint8, error) {
	var young, old float64
	for group, percent := range pyramid {
		if group < 12 {
			young += percent
		} else {
			old += percent
		}
	}
	weights := make([]int64, lifespan)
	for age := range weights {
		w := pyramid[age/5] / 5
		if age >= 60 {
			w *= aged / old
		} else {
			w *= (1 - aged) / young
		}
		weights[age] = int64(w * 1e9)
	}
	steps, err := apportion(money.NewRatio(pyramidSteps, 1), weights)
	if err != nil {
		return nil, err
	}
	out, at := new([pyramidSteps]uint8), 0
	for age, n := range steps {
		for range n {
			out[at] = uint8(age)
			at++
		}
	}
	return out, nil
}

// agesIn gives the shares of the ages, t years after the first: who died made room for a newborn.
func agesIn(first *[pyramidSteps]uint8, t int) [lifespan]float64 {
	var at, out [lifespan]float64
	for _, age := range first {
		at[age] += 1.0 / pyramidSteps
	}
	before := survival(0)
	for died := 1; died <= t; died++ {
		now := survival(died)
		for age, share := range at {
			out[t-died] += share * float64(before[age]-now[age]) / math.MaxUint32
		}
		before = now
	}
	for age, share := range at {
		if age+t <= oldest {
			out[age+t] += share * float64(before[age]) / math.MaxUint32
		}
	}
	return out
}

// claimYearOf calibrates a year: province-wide to the bulletins, and city by city to the factors that Province makes up from
// the same seed.
func (p province) claimYearOf(year policy.Year, t tables) (*claimYear, error) {
	y := &claimYear{year: year, cities: make([]cityYear, len(p.cities)), alive: &t.survival[year-FirstYear],
		direct: chance(directElsewhere(year)), calendar: newCalendar(year)}
	for tier, share := range paidByCase(year) {
		y.byCase[tier] = chance(share)
	}
	paid, err := y.aim(p)
	if err != nil {
		return nil, err
	}
	c := calibration{claimYear: y, tables: t, target: paid, multiple: retireeMultiple, self: [2]float64{1, 1}, visitSelf: [2]float64{1, 1}}
	c.fit()
	return y, nil
}

// aim sets what the cities are calibrated to, and gives the national in-scope ratios.
func (y *claimYear) aim(p province) (paid [2]float64, err error) {
	var schemes [2]schemeYear
	for i, insurance := range pool.Insurances() {
		if schemes[i], err = p.scheme(insurance).in(y.year); err != nil {
			return paid, err
		}
		paid[i] = float(p.bulletins.of(schemes[i].inScopeOf).held(y.year)) / 100
	}
	for i := range y.cities {
		c := &y.cities[i]
		aged := p.cities[i].aged + ageingPerYear*money.Rate(FirstYear-censusYear)
		if c.ages, err = drawnAges(float64(aged) / float64(money.One)); err != nil {
			return paid, err
		}
		employees := float64(schemes[0].heads[i]) / float64(schemes[0].heads[i]+schemes[1].heads[i])
		c.people(int(y.year-FirstYear), float64(p.cities[i].people), employees, float64(schemes[0].aged[i])/float64(money.One))
		for insurance, s := range schemes {
			target := &c.targets[insurance]
			target.admission = float64(s.admission[i]) / float64(money.One)
			target.perAdmission, target.perHead = float64(s.perAdmission[i]), float64(s.perHead[i])
			target.offsite = float64(s.offsite[i]) / float64(money.One)
		}
	}
	return paid, nil
}

// float is a ratio for calibrating with.
func float(r money.Ratio) float64 { return float64(millionths(r)) / float64(money.One) }

// people sorts a city's people into classes so that it has its share of employees, and they theirs of retirees.
func (c *cityYear) people(t int, people, employees, retired float64) {
	ages := agesIn(c.ages, t)
	var working, pensioned float64
	for life, share := range workingLives {
		for age, a := range ages {
			if age >= retirementAges[life] {
				pensioned += share * a
			} else if age >= firstJob {
				working += share * a
			}
		}
	}
	atWork, atRest := min(0.97, employees*(1-retired)/working), min(0.97, employees*retired/pensioned)
	c.working, c.pensioned = chance(atWork), chance(atRest)
	for life, share := range workingLives {
		for age, a := range ages {
			class, of := worker, atWork
			if age >= retirementAges[life] {
				class, of = retiree, atRest
			} else if age < firstJob {
				of = 0
			}
			c.add(class, sexOf(life), age, people*share*a*of)
			c.add(resident, sexOf(life), age, people*share*a*(1-of))
		}
	}
}

func (c *cityYear) add(class, sex, age int, weight float64) {
	c.heads[class][band(age)] += weight
	c.use[class][band(age)] += weight * useByAge(class, sex, age)
}

// calendar (日历) holds the days of a year and how likely each is.
type calendar struct {
	days          []policy.Date // from booksClosed days before the year on
	stays, visits *[daySteps]uint16
}

const daySteps = 8192

func newCalendar(year policy.Year) calendar {
	first := time.Date(int(year), time.January, 1-booksClosed, 0, 0, 0, 0, time.UTC)
	var c calendar
	var days []time.Time
	for day := first; day.Year() <= int(year); day = day.AddDate(0, 0, 1) {
		c.days, days = append(c.days, policy.Date(day.Format(time.DateOnly))), append(days, day)
	}
	c.stays = season(days, booksClosed, len(days)-booksClosed, staysByMonth, staysByDay)
	c.visits = season(days, booksClosed, len(days), visitsByMonth, visitsByDay)
	return c
}

// season spreads what a month has over those of its days that are open.
func season(days []time.Time, from, to int, byMonth [12]float64, byDay [7]float64) *[daySteps]uint16 {
	var open [12]float64
	for _, day := range days[from:to] {
		open[day.Month()-1] += byDay[day.Weekday()]
	}
	weights := make([]float64, len(days))
	for i := from; i < to; i++ {
		month := days[i].Month() - 1
		weights[i] = byMonth[month] * byDay[days[i].Weekday()] / open[month]
	}
	return spread(weights)
}

// spread gives every day steps by its weight.
func spread(weights []float64) *[daySteps]uint16 {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	out, at, sum := new([daySteps]uint16), 0, 0.0
	for day, w := range weights {
		for sum += w; at < daySteps && float64(at) < sum/total*daySteps-1e-6; at++ {
			out[at] = uint16(day)
		}
	}
	return out
}
