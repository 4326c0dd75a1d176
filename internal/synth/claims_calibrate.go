package synth

import (
	"math"

	"tongchou/internal/money"
)

// calibration (校准) finds what cannot be set outright: everything is expectation, nothing is simulated. Its figures are
// floats, and end as whole numbers in the claimYear.
type calibration struct {
	*claimYear
	tables
	target   [2]float64 // in-scope ratio by insurance type
	multiple float64    // a retiree's use against a worker's at the same useByAge
	// By insurance type: what the persons' shares of stays and of visits are multiplied by.
	self, visitSelf [2]float64
}

// rounds of fit: each figure depends a little on the others, and these are far more than enough.
const rounds = 12

func (c *calibration) fit() {
	for i := range c.cities {
		for insurance := range 2 {
			c.cities[i].care[insurance].offsite = c.cities[i].targets[insurance].offsite
		}
	}
	for range rounds {
		for i := range c.cities {
			for insurance := range 2 {
				c.price(&c.cities[i], insurance)
			}
		}
		c.multiple *= retireeMultiple / c.retireesAgainstWorkers()
		for insurance := range 2 {
			c.share(insurance)
		}
	}
	c.settle()
}

// used is the use of a class in an age band, with the city's insurance type at a mean of 1 per head.
func (c *calibration) used(city *cityYear, class, band int) float64 {
	return city.use[class][band] * c.factor(class) / c.meanUse(city, insuranceOf(class))
}

func (c *calibration) factor(class int) float64 {
	if class == retiree {
		return c.multiple
	}
	return 1
}

func (c *calibration) meanUse(city *cityYear, insurance int) float64 {
	var use, heads float64
	for class := range classes {
		if insuranceOf(class) == insurance {
			for b := range bands {
				use += city.use[class][b] * c.factor(class)
				heads += city.heads[class][b]
			}
		}
	}
	return use / heads
}

// eachUse visits the classes and age bands of a city's insurance type.
func (c *calibration) eachUse(city *cityYear, insurance int, visit func(class, band int, used float64)) {
	for class := range classes {
		if insuranceOf(class) == insurance {
			for b := range bands {
				visit(class, b, c.used(city, class, b))
			}
		}
	}
}

// stayMix is the mean cost of a stay by where it is, against that of tier and place 1.
func stayMix(insurance int, elsewhere float64) float64 {
	mix := 0.0
	for tier := range 3 {
		mix += stayCostByTier[tier] * ((1-elsewhere)*assumedCare(insurance).stayTiers[0][tier] + elsewhere*stayElsewhere*assumedCare(insurance).stayTiers[1][tier])
	}
	return mix
}

// visitsAt is what outpatient care costs per head at use 1 in an age band, before it is scaled; each kind is visited.
func visitsAt(insurance, band int, visit func(kind, tier int, cost float64)) {
	a := assumedCare(insurance)
	for kind := range kinds {
		rate := a.visitRate[kind]
		if kind == chronic {
			rate *= chronicByBand[band]
		}
		for tier, share := range a.visitTiers[kind] {
			visit(kind, tier, rate*share*a.visitCost[kind]*visitCostByTier[tier])
		}
	}
}

func visitsCost(insurance, band int) float64 {
	total := 0.0
	visitsAt(insurance, band, func(_, _ int, cost float64) { total += cost })
	return total
}

// price sets what a stay and a visit cost in a city, so that the means per admission and per head are its own.
func (c *calibration) price(city *cityYear, insurance int) {
	var heads, stays, visits float64
	c.eachUse(city, insurance, func(class, b int, used float64) {
		heads += city.heads[class][b]
		stays += used * stayCostByBand[b]
		visits += used * visitsCost(insurance, b)
	})
	care, target := &city.care[insurance], city.targets[insurance]
	care.base = target.perAdmission * heads / stays / stayMix(insurance, care.offsite)
	outpatient := max(target.perHead-target.admission*target.perAdmission, leastOutpatientShare*target.perHead)
	care.scale = outpatient * heads / visits
}

// retireesAgainstWorkers is the ratio of their cost per head, at the prices set.
func (c *calibration) retireesAgainstWorkers() float64 {
	var cost, heads [classes]float64
	for i := range c.cities {
		city := &c.cities[i]
		care, target := &city.care[0], city.targets[0]
		c.eachUse(city, 0, func(class, b int, used float64) {
			heads[class] += city.heads[class][b]
			cost[class] += used * (target.admission*care.base*stayMix(0, care.offsite)*stayCostByBand[b] + care.scale*visitsCost(0, b))
		})
	}
	return cost[retiree] / heads[retiree] / (cost[worker] / heads[worker])
}

// firstStays is the share of a city's stays that are a person's first of the year.
func (c *calibration) firstStays(city *cityYear, insurance int) float64 {
	var first, all float64
	admission := city.targets[insurance].admission
	c.eachUse(city, insurance, func(class, b int, used float64) {
		heads := city.heads[class][b]
		if heads == 0 {
			return
		}
		lambda := admission * used / heads
		for _, node := range c.frailtyNodes {
			first += heads * (1 - math.Exp(-lambda*node)) / float64(len(c.frailtyNodes))
		}
		all += heads * lambda
	})
	return first / all
}

// share finds how the persons' shares are scaled so that the funds pay the national ratio of what is in scope, and how
// many stays are elsewhere so that the cities' off-site shares are their own.
func (c *calibration) share(insurance int) {
	a := assumedCare(insurance)
	var inScope, above, self, visits, visitSelf float64
	for i := range c.cities {
		city := &c.cities[i]
		care, target := &city.care[insurance], city.targets[insurance]
		first := c.firstStays(city, insurance)
		var paid [2]float64 // per stay here and elsewhere
		c.eachUse(city, insurance, func(class, b int, used float64) {
			for place, share := range [2]float64{1 - care.offsite, care.offsite} {
				for tier := range 3 {
					mean := (1 - ownShare) * c.stayCost(care, b, place, tier)
					over := mean * (first*c.stayExcess.over(a.deductible[place][tier]/mean) + (1-first)*c.stayExcess.over(a.deductible[place][tier]/2/mean))
					part := a.staySelf[place][tier] * selfOf(class)
					stays := target.admission * used * a.stayTiers[place][tier]
					paid[place] += stays * over * (1 - part*c.self[insurance])
					inScope += stays * share * mean
					above += stays * share * over
					self += stays * share * over * part
				}
			}
			visitsAt(insurance, b, func(kind, tier int, cost float64) {
				visits += used * care.scale * cost
				visitSelf += used * care.scale * cost * c.visitPart(insurance, kind, tier, class)
			})
		})
		care.offsite = target.offsite * paid[0] / (paid[1]*(1-target.offsite) + target.offsite*paid[0])
	}
	c.self[insurance] = (above - c.target[insurance]*inScope) / self
	c.visitSelf[insurance] = (1 - c.target[insurance]) * visits / visitSelf
}

// selfOf is a class's own share against a worker's.
func selfOf(class int) float64 {
	if class == retiree {
		return retireeSelf
	}
	return 1
}

func (c *calibration) stayCost(care *cityCare, band, place, tier int) float64 {
	cost := care.base * stayCostByBand[band] * stayCostByTier[tier]
	if place == 1 {
		cost *= stayElsewhere
	}
	return cost
}

// visitPart is the share of a visit a person pays, before it is scaled.
func (c *calibration) visitPart(insurance, kind, tier, class int) float64 {
	return (assumedCare(insurance).visitSelf[kind] + visitSelfByTier[tier]) * selfOf(class)
}

// settle writes down what was found, in whole numbers.
func (c *calibration) settle() {
	for i := range c.cities {
		city := &c.cities[i]
		for class := range classes {
			scale := c.factor(class) / c.meanUse(city, insuranceOf(class))
			for sex := range sexes {
				for age := range lifespan {
					city.level[class][sex][age] = uint32(fixed(useByAge(class, sex, age) * scale))
				}
			}
		}
		for insurance := range 2 {
			care := &city.care[insurance]
			care.admissions = fixed(city.targets[insurance].admission)
			care.elsewhere = [2]uint32{chance(care.offsite), chance(care.offsite * offsiteVisits)}
			for b := range bands {
				for place := range 2 {
					for tier := range 3 {
						care.stay[b][place][tier] = int64(math.Round(c.stayCost(care, b, place, tier)))
					}
				}
			}
			for kind := range kinds {
				for tier := range tiers {
					care.visit[kind][tier] = int64(math.Round(care.scale * assumedCare(insurance).visitCost[kind] * visitCostByTier[tier]))
				}
			}
		}
	}
	for insurance := range 2 {
		c.paidShares(insurance)
	}
}

func (c *calibration) paidShares(insurance int) {
	for retired, class := range [2]int{worker, retiree} {
		for place := range 2 {
			for tier := range 3 {
				c.stayPaid[insurance][place][tier][retired] = rate(1 - assumedCare(insurance).staySelf[place][tier]*selfOf(class)*c.self[insurance])
			}
		}
		for kind := range kinds {
			for tier := range tiers {
				c.visitPaid[insurance][kind][tier][retired] = rate(1 - c.visitPart(insurance, kind, tier, class)*c.visitSelf[insurance])
			}
		}
	}
}

// rate rounds a share to a rate.
func rate(x float64) money.Rate {
	return money.Rate(math.Round(min(max(x, 0), 1) * float64(money.One)))
}
