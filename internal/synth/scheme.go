package synth

import (
	"cmp"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// scheme (险种制度) is one insurance type of the province, with its cast: the cities it makes interesting.
type scheme struct {
	province
	assumptions
	strained []int // worst first
}

func (p province) scheme(insurance pool.Insurance) scheme {
	s := scheme{province: p, assumptions: assumed(insurance)}
	s.strained = s.mostPressed()
	return s
}

// mostPressed (吃紧的统筹区) finds the cities where the most expenditure meets the least income, some luck included, among
// those of middling size: for a large one the others could not make up, and a small one would move nothing.
func (s scheme) mostPressed() []int {
	pressure := map[int]money.Rate{}
	var order []int
	for i, c := range s.cities {
		if share := c.people * 1000 / s.people; share < strainedLeast || share > strainedMost {
			continue
		}
		pressure[i] = s.spending(c) - s.earning(c) + s.dice.within(40_000, "pressure", s.insurance, c.code)
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(pressure[b], pressure[a]), cmp.Compare(a, b)) })
	return order[:len(s.strain)]
}

// violator (违规) is the city that broke policy this year: any one that is neither strained nor the provincial unit.
func (s scheme) violator(year policy.Year) int {
	best, chosen := money.Rate(-1), 0
	for i, c := range s.cities {
		if luck := s.dice.between(0, money.One, "violator", s.insurance, year, c.code); luck > best && !c.code.IsProvince() && !slices.Contains(s.strained, i) {
			best, chosen = luck, i
		}
	}
	return chosen
}

// age is the city's share of the aged against the province's, as far as the insurance type follows it.
func (s scheme) age(c place) money.Rate {
	return follow(c.aged*money.One/s.aged, s.ageingFollowed)
}

// earning and spending are a city's income and expenditure per head against the province's, in any year.
func (s scheme) earning(c place) money.Rate {
	return follow(c.wealth, s.incomeByWealth) + s.dice.within(15_000, "earning", s.insurance, c.code)
}

func (s scheme) spending(c place) money.Rate {
	return follow(s.age(c), 30) + follow(c.wealth, 20) - money.One + s.dice.within(25_000, "spending", s.insurance, c.code)
}
