package synth

import (
	"math"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// person (参保人) is what is true of someone in a year.
type person struct {
	index      int64
	generation int // 1 for whoever was born when the first died
	city       int
	age        int
	sex        int
	class      int
	frailty    uint64 // in fixed point, for stays
	visiting   uint64 // the same for visits
	chronic    bool
	illness    string
	aided      bool
	civil      bool // a civil servant
	firm       bool // of an enterprise with supplementary insurance
	account    money.Fen
	family     money.Fen
}

// What keys tell streams apart.
const (
	personKey     = 0x9e6c63d0876a9a35
	generationKey = 0xd1342543de82ef95
	yearKey       = 0xaf251af3b0f025b5
)

// of draws a person. Whoever has died made room for a newborn of the same city.
func (t *teller) of(index int64) (person, stream) {
	key := mix(t.seed + uint64(index)*personKey)
	s := stream(key)
	y := t.year
	p := person{index: index, city: draw(t.cityUp, uint32(s.next()))}
	city := &y.cities[p.city]
	ages := s.next()
	p.age = int(city.ages[ages>>53])
	if death := min(uint32(ages), math.MaxUint32-1); death >= y.alive[p.age] {
		p.age = t.bornAfter(p.age, death)
		p.generation = 1
		s = stream(mix(key + generationKey))
	} else {
		p.age += int(y.year - FirstYear)
	}
	life := draw(t.thresholds.lives[:], uint32(s.next()))
	p.sex = sexOf(life)
	p.class = city.classOf(p.age, life, uint32(s.next()))
	u := s.next()
	p.frailty, p.visiting = t.frailties.at(u), t.habits.at(u)
	ill := s.next()
	p.chronic, p.illness = uint32(ill) < t.thresholds.chronic[band(p.age)], chronicIlls[ill>>61]
	insurance := insuranceOf(p.class)
	groups := s.next()
	p.aided = uint32(groups) < t.thresholds.aided[insurance]
	if insurance == 0 {
		work := uint32(groups >> 32)
		p.civil = work < t.thresholds.civil
		p.firm = !p.civil && work < t.thresholds.civilOrFirm
	}
	yearly := stream(mix(key + uint64(p.generation)*generationKey + uint64(y.year)*yearKey))
	if insurance == 0 {
		p.account = money.Fen(600_00 + yearly.below(1400_00))
	} else if s.hit(t.thresholds.family) {
		p.family = money.Fen(100_00 + yearly.below(500_00))
	}
	return p, yearly
}

// bornAfter is the age of who was born in the year that someone of an age in the first year died.
func (t *teller) bornAfter(age int, death uint32) int {
	for died := policy.Year(1); ; died++ {
		if FirstYear+died >= t.year.year || death >= t.survival[died][age] {
			return int(t.year.year - FirstYear - died)
		}
	}
}

func (c *cityYear) classOf(age, life int, u uint32) int {
	switch {
	case age >= retirementAges[life]:
		if u < c.pensioned {
			return retiree
		}
	case age >= firstJob:
		if u < c.working {
			return worker
		}
	}
	return resident
}

// retired is 1 for a retiree.
func (p *person) retired() int {
	if p.class == retiree {
		return 1
	}
	return 0
}
