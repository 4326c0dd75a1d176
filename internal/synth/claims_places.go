package synth

import (
	"math"
	"strconv"

	"tongchou/internal/region"
)

// institution (定点医药机构) is where care is given. Its code begins with an S where real ones have an H or a P.
type institution struct{ code, level string }

// treats (就医地) is a place where care is given.
type treats struct {
	code         region.Code
	inProvince   bool
	drg          bool // pays its cases by DRG, not by DIP
	institutions [tiers][]institution
}

// flow (流向) is a place and the chance that someone goes there or to one listed before.
type flow struct {
	to   *treats
	upTo uint32
}

// hospLevels are the hosp_lv codes within a tier: most are of the first, every fourth of the second.
var hospLevels = [tiers][2]string{{"02", "03"}, {"05", "06"}, {"08", "09"}, {"11", "11"}}

func newTreats(code region.Code, people int64, inProvince, drg bool) *treats {
	t := &treats{code: code, inProvince: inProvince, drg: drg}
	for tier := range tiers {
		n := min(max(people/peopleFor[tier], 1), mostInstitutions[tier])
		for i := range n {
			level := hospLevels[tier][0]
			if i%4 == 3 {
				level = hospLevels[tier][1]
			}
			t.institutions[tier] = append(t.institutions[tier], institution{institutionCode(code, tier, i), level})
		}
	}
	return t
}

// institutionCode is twelve characters: SH or SP, the division, and four digits of which the first tells the tier.
func institutionCode(code region.Code, tier int, i int64) string {
	kind := "SH"
	if tier == pharmacy {
		kind = "SP"
	}
	return kind + string(code) + strconv.FormatInt(int64(3-tier%pharmacy)*1000+i, 10)
}

// pick chooses an institution of a tier: a few have most of the patients.
func (t *treats) pick(s *stream, tier int) *institution {
	u := s.next() >> 32
	u = u * u >> 32
	list := t.institutions[tier]
	return &list[u*uint64(len(list))>>32]
}

// treatedAt makes the places where a province's people are treated: its cities in their order, then those outside.
func (p province) treatedAt(o ClaimOptions) []*treats {
	var out []*treats
	for _, c := range p.cities {
		out = append(out, newTreats(c.code, c.people, true, p.dice.between(0, 1, "drg", c.code) == 1))
	}
	for _, code := range outside[string(o.Province[:2])] {
		out = append(out, newTreats(region.Code(code), peopleElsewhere, false, false))
	}
	return out
}

// flows (异地就医流向) gives, for each city, where its people go who are not treated at home. The capital is the first city.
func (p province) flows(o ClaimOptions, tree *region.Tree, to []*treats) [][]flow {
	tiles := map[region.Code]region.Tile{}
	for _, tile := range tree.Tiles(o.Province) {
		tiles[tile.Code] = tile
	}
	out := make([][]flow, len(p.cities))
	for from, city := range p.cities {
		leaves, capital := leavesFromOthers, toCapital
		if from == 0 {
			leaves, capital = leavesFromCapital, 0
		}
		near, total := make([]float64, len(p.cities)), 0.0
		for i, other := range p.cities {
			if i == from || i == 0 {
				continue
			}
			a, b := tiles[city.code], tiles[other.code]
			far := math.Hypot(float64(a.Col-b.Col), float64(a.Row-b.Row))
			near[i] = float64(other.people) * math.Exp2(-far/tilesToHalve)
			total += near[i]
		}
		sum := 0.0
		for i, place := range to {
			switch {
			case i >= len(p.cities):
				sum += leaves * outsideShares[i-len(p.cities)]
			case i == 0:
				sum += (1 - leaves) * capital
			default:
				sum += (1 - leaves) * (1 - capital) * near[i] / total
			}
			out[from] = append(out[from], flow{place, chance(sum)})
		}
	}
	return out
}

// elsewhere draws where someone goes.
func elsewhere(flows []flow, s *stream) *treats {
	u := uint32(s.next())
	for i := range flows {
		if u < flows[i].upTo {
			return flows[i].to
		}
	}
	return flows[len(flows)-1].to
}
