package synth

import (
	"iter"
	"math"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// MostPersons is how many persons claims can be made up for: what eleven digits can number.
const MostPersons int64 = 99_999_999_999

// ClaimOptions (结算数据生成选项) say whose claims to make up: so many insured persons of a province, living where the census
// has people, in the years From to To.
type ClaimOptions struct {
	Province region.Code
	Persons  int64
	From, To policy.Year
	Seed     uint64
}

// Claims (合成结算数据) are the settlements of made-up persons. Nothing is kept of a person: everything about one follows
// from the seed and the person's index, so that claims take the same room whatever their number, any part of them can be
// made by itself, and asking for more persons or other years leaves the rest as it was. Claims are safe for concurrent use.
type Claims struct {
	options ClaimOptions
	tables
	cities []place
	cityUp []uint32 // chance to live in a city or one listed before
	places []*treats
	flows  [][]flow
	years  []*claimYear
}

// tables are the distributions that are drawn from.
type tables struct {
	frailties, habits   *quantiles // of persons: how often they need stays and visits
	stayCost, visitCost *quantiles
	counts              *counts
	stayExcess          excess
	frailtyNodes        []float64
	thresholds          thresholds
	stayTiers           [2][2][3]uint32 // by insurance type and place, cumulated
	visitTiers          [2][kinds][tiers]uint32
	visitRates          [2][kinds]uint64
	survival            [][lifespan]uint32 // by years after the first
}

// NewClaims (生成结算数据) prepares the claims of a province; making them up begins when they are asked for. Errors (usage):
// as those of Province, and no persons or more than MostPersons.
func NewClaims(o ClaimOptions, tree *region.Tree) (*Claims, error) {
	if o.Persons < 1 || o.Persons > MostPersons {
		return nil, fault.New(fault.Usage, "synth.persons", "value", o.Persons, "most", MostPersons)
	}
	options := Options{Province: o.Province, From: o.From, To: o.To, Seed: o.Seed}
	if err := options.check(); err != nil {
		return nil, err
	}
	p, err := newProvince(options, tree)
	if err != nil {
		return nil, err
	}
	c := &Claims{options: o, tables: newTables(), cities: p.cities, places: p.treatedAt(o)}
	c.flows = p.flows(o, tree, c.places)
	var people int64
	for _, city := range p.cities {
		people += city.people
		c.cityUp = append(c.cityUp, chance(float64(people)/float64(p.people)))
	}
	for year := o.From; year <= o.To; year++ {
		y, err := p.claimYearOf(year, c.tables)
		if err != nil {
			return nil, err
		}
		c.years = append(c.years, y)
	}
	return c, nil
}

func newTables() tables {
	t := tables{
		frailties: lognormal(frailtySigma, frailtyMost), habits: lognormal(visitsSigma, visitsMost),
		stayCost: lognormal(staySigma, stayMost), visitCost: lognormal(visitSigma, visitMost),
		counts: newCounts(), thresholds: newThresholds(),
	}
	for year := FirstYear; year <= LastYear; year++ {
		t.survival = append(t.survival, survival(int(year-FirstYear)))
	}
	t.stayExcess = newExcess(t.stayCost)
	for i := range 128 {
		t.frailtyNodes = append(t.frailtyNodes, float64(t.frailties.at(uint64(2*i+1)<<56))/one)
	}
	for insurance := range 2 {
		a := assumedCare(insurance)
		for place := range 2 {
			cumulate(t.stayTiers[insurance][place][:], a.stayTiers[place][:])
		}
		for kind := range kinds {
			cumulate(t.visitTiers[insurance][kind][:], a.visitTiers[kind][:])
			t.visitRates[insurance][kind] = fixed(a.visitRate[kind])
		}
	}
	return t
}

func cumulate(into []uint32, shares []float64) {
	sum := 0.0
	for i, share := range shares {
		sum += share
		into[i] = chance(sum)
	}
	into[len(into)-1] = math.MaxUint32
}

// draw chooses among cumulated chances.
func draw(cumulated []uint32, u uint32) int {
	for i, c := range cumulated {
		if u <= c {
			return i
		}
	}
	return len(cumulated) - 1
}

// thresholds are the chances that do not differ by year or place.
type thresholds struct {
	aided                                               [2]uint32
	civil, civilOrFirm, family, account, bears, refunds uint32
	handedIn                                            uint32
	chronic                                             [bands]uint32
	lives                                               [3]uint32
}

func newThresholds() thresholds {
	t := thresholds{
		aided: [2]uint32{chance(aidedEmployee), chance(aidedResident)}, civil: chance(civilServants), civilOrFirm: chance(civilServants + enterprises),
		family: chance(familyAccounts), account: chance(accountAtStay), bears: chance(hospitalBears), refunds: chance(refunds),
		handedIn: chance(handedInHere),
	}
	cumulate(t.lives[:], workingLives[:])
	for b, share := range chronicByBand {
		t.chronic[b] = chance(share)
	}
	return t
}

// All gives every settlement (全部结算记录), by year and person, a person's in the order of discharge, refunds after what
// they refund. A settlement is valid until the next one is asked for; its texts stay valid.
func (c *Claims) All() iter.Seq[*claim.Settlement] {
	return func(yield func(*claim.Settlement) bool) {
		for year := c.options.From; year <= c.options.To; year++ {
			for s := range c.Of(year, 0, c.options.Persons) {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// Of gives the settlements of a year and of the persons from one index up to another (某年某段人员的结算记录), in the order
// of All; none when the year or the persons are not among those asked for.
func (c *Claims) Of(year policy.Year, from, to int64) iter.Seq[*claim.Settlement] {
	return func(yield func(*claim.Settlement) bool) {
		if year < c.options.From || year > c.options.To {
			return
		}
		t := newTeller(c, c.years[year-c.options.From])
		for i := max(from, 0); i < min(to, c.options.Persons); i++ {
			if !t.tell(i, yield) {
				return
			}
		}
	}
}
