package benefit

import (
	"cmp"
	"math/big"
	"math/bits"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/region"
)

// ownFrom are the lower bounds of the bands of what a year costs a person, in yuan.
var ownFrom = [...]money.Fen{0, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000}

// OwnBand (个人负担分布) is how many persons' year cost them From or more (and less than the next band), in fen.
type OwnBand struct {
	From    money.Fen
	Persons [sides]int64
}

// People (人员影响) is what the scenario does to persons who were treated: how many bear less, more or the same, and by how much in all, in fen; of those whose
// capacity to pay is assumed (Judged), how many bear catastrophic costs. Borne is what they bear in all.
type People struct {
	Persons, Better, Worse, Same int64
	Gained, Lost                 money.Fen
	Borne                        [sides]money.Fen
	Own                          [len(ownFrom)]OwnBand
	Judged                       int64
	Catastrophic                 [sides]int64
}

func (p *People) plus(q *People) {
	p.Persons += q.Persons
	p.Better += q.Better
	p.Worse += q.Worse
	p.Same += q.Same
	p.Gained += q.Gained
	p.Lost += q.Lost
	p.Judged += q.Judged
	for side := range sides {
		p.Catastrophic[side] += q.Catastrophic[side]
		p.Borne[side] += q.Borne[side]
	}
	for i := range p.Own {
		p.Own[i].From = ownFrom[i] * money.FenPerYuan
		for side := range sides {
			p.Own[i].Persons[side] += q.Own[i].Persons[side]
		}
	}
}

// personKey is what persons are told by: those of their first visit of the year.
type personKey struct {
	city                  region.Code
	insurance, group, age uint8
	income                uint8 // fifths for none
}

func (k personKey) word(d Dimension) string {
	if d == ByIncome {
		return fifthWords[k.income]
	}
	return cellKey{city: k.city, insurance: k.insurance, group: k.group, age: k.age}.word(d)
}

// personSum is what a person's year comes to under both rules.
type personSum struct {
	own, funds [sides]money.Fen
}

func (s *Simulation) person(first *Case, sum *personSum) {
	income, fifth, known := s.Incomes.of(first)
	key := personKey{first.City, uint8(first.Insurance), firstGroup(first.Groups), ageBand(first.Age), fifth}
	p, ok := s.people[key]
	if !ok {
		p = &People{}
		s.people[key] = p
	}
	p.Persons++
	switch by := sum.own[Baseline] - sum.own[Scenario]; {
	case by > 0:
		p.Better++
		p.Gained += by
	case by < 0:
		p.Worse++
		p.Lost -= by
	default:
		p.Same++
	}
	if known {
		p.Judged++
	}
	for side := range sides {
		band := len(ownFrom) - 1
		for band > 0 && sum.own[side] < ownFrom[band]*money.FenPerYuan {
			band--
		}
		p.Own[band].Persons[side]++
		p.Borne[side] += sum.own[side]
		s.own[side].add(sum.own[side])
		if known && sum.own[side] > income.threshold() {
			p.Catastrophic[side]++
		}
	}
	s.errors[FundsBefore].add(sum.funds[Baseline])
	s.errors[FundsAfter].add(sum.funds[Scenario])
	s.errors[FundsChange].add(sum.funds[Scenario] - sum.funds[Baseline])
}

// addPeople brings the persons of another part in.
func (s *Simulation) addPeople(other *Simulation) {
	for key, people := range other.people {
		p, ok := s.people[key]
		if !ok {
			p = &People{}
			s.people[key] = p
		}
		p.plus(people)
	}
	for side := range sides {
		s.own[side].plus(&other.own[side])
	}
	for m := range measures {
		s.errors[m].plus(other.errors[m])
	}
}

// People is what the scenario does to persons.
func (s *Simulation) People() People {
	var out People
	out.plus(&People{}) // the bands are there even for nobody
	for _, p := range s.people {
		out.plus(p)
	}
	return out
}

// PeopleRow (分组人员影响) is what the scenario does to the persons of a word of a dimension.
type PeopleRow struct {
	Word string
	People
}

// PeopleDimensions lists what persons are told by, each by the first visit of the year; by income where groups are assumed.
func PeopleDimensions() []Dimension {
	return []Dimension{ByInsurance, ByDivision, ByGroup, ByAge, ByIncome}
}

// PeopleBy gives the effects on persons by one of PeopleDimensions, in the order of its words.
//
// 依据: SC38-11.1
func (s *Simulation) PeopleBy(d Dimension) []PeopleRow {
	rows := map[string]*PeopleRow{}
	for key, p := range s.people {
		if d == ByIncome && key.income == fifths {
			continue
		}
		word := key.word(d)
		if rows[word] == nil {
			rows[word] = &PeopleRow{Word: word}
		}
		rows[word].plus(p)
	}
	out := make([]PeopleRow, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b PeopleRow) int { return d.compare(a.Word, b.Word) })
	return out
}

// Percentiles lists the shares of persons, in per cent, whose own costs are told.
func Percentiles() []int { return []int{50, 75, 90, 95, 99} }

// OwnAt (个人负担分位数) is what so many per cent of the treated persons pay in the year at most, on a side: exact to 1 in 64 and rounded up.
//
// 依据: SC38-11.1
func (s *Simulation) OwnAt(side Side, percent int) money.Fen { return s.own[side].at(percent) }

// spread counts amounts in steps of 1 in 64 of themselves, so that it takes the same room for any number of them.
type spread struct {
	counts [64 * 64]int64
	all    int64
}

// stepOf is an amount's step: below 128 each its own, above it by the leading seven binary digits.
func stepOf(x money.Fen) int {
	n := uint64(max(x, 0))
	if n < 128 {
		return int(n)
	}
	shift := bits.Len64(n) - 7
	return 64*shift + int(n>>shift)
}

// most is the greatest amount of a step.
func most(step int) money.Fen {
	if step < 128 {
		return money.Fen(step)
	}
	shift := step/64 - 1
	return money.Fen((int64(step-64*shift)+1)<<shift - 1)
}

func (s *spread) add(x money.Fen) {
	s.counts[stepOf(x)]++
	s.all++
}

func (s *spread) plus(t *spread) {
	s.all += t.all
	for i, n := range t.counts {
		s.counts[i] += n
	}
}

func (s *spread) at(percent int) money.Fen {
	wanted, seen := (s.all*int64(percent)+99)/100, int64(0)
	for step, n := range s.counts {
		if seen += n; n > 0 && seen >= wanted {
			return most(step)
		}
	}
	return 0
}

// Measure (抽样误差指标) is a sum over persons whose sampling error is told.
type Measure int

// The measures: what all funds pay under both rules, and the difference.
const (
	FundsBefore Measure = iota
	FundsAfter
	FundsChange
	measures
)

// square is a sum of squares of amounts, of 128 bits.
type square struct{ high, low uint64 }

func (q *square) add(x money.Fen) {
	high, low := bits.Mul64(uint64(max(x, -x)), uint64(max(x, -x)))
	q.plus(square{high, low})
}

func (q *square) plus(r square) {
	var carry uint64
	q.low, carry = bits.Add64(q.low, r.low, 0)
	q.high, _ = bits.Add64(q.high, r.high, carry)
}

// Within (抽样误差) is how far the sum of a sample of persons, brought up to all, may be from what all would give, with a confidence of 95 %: 1.96 standard errors, where
// every person is in the sample by a chance of its own of share. Of all persons it is 0.
//
// 依据: SC38-11.1
func (s *Simulation) Within(m Measure, share money.Rate) money.Fen {
	if share <= 0 || share >= money.One {
		return 0
	}
	q := s.errors[m]
	sum := new(big.Int).Lsh(new(big.Int).SetUint64(q.high), 64)
	sum.Or(sum, new(big.Int).SetUint64(q.low))
	// (1.96 / share)² · (1 − share) · Σx²
	sum.Mul(sum, big.NewInt(196*196))
	sum.Mul(sum, big.NewInt(int64(money.One-share)))
	sum.Mul(sum, big.NewInt(int64(money.One)))
	sum.Quo(sum, new(big.Int).Mul(big.NewInt(100*100*int64(share)), big.NewInt(int64(share))))
	return money.Fen(sum.Sqrt(sum).Int64())
}

// FundFact (基金收支情况) is what a pooling area's fund has at the end of a year and spent in it, in fen.
type FundFact struct {
	Division             region.Code
	Insurance            Insurance
	Surplus, Expenditure money.Fen
}

// FundEffect (对基金的影响) is what the scenario does to a fund in a year: what it spends more, and for how many months its surplus pays then.
type FundEffect struct {
	FundFact
	More   money.Fen
	Months [sides]money.Ratio
}

// FundEffects gives the months payable of funds (基金可支付月数: surplus ÷ a twelfth of the year's expenditure) before and after. The change of what basic insurance pays
// of the simulated visits is taken as that of all the fund spends (假设). Funds that spend nothing, or of which no visit was simulated, are left out.
//
// 依据: SC38-11.1
func (s *Simulation) FundEffects(facts []FundFact) []FundEffect {
	type fund struct {
		division  region.Code
		insurance uint8
	}
	paid := map[fund][sides]money.Fen{}
	for key, t := range s.cells {
		sum := paid[fund{key.city, key.insurance}]
		for side := range sides {
			sum[side] += t.Burdens[side].Basic
		}
		paid[fund{key.city, key.insurance}] = sum
	}
	var out []FundEffect
	for _, f := range facts {
		p := paid[fund{f.Division, uint8(f.Insurance)}]
		if f.Expenditure <= 0 || p[Baseline] <= 0 {
			continue
		}
		spent := f.Expenditure.Ratio().Mul(p[Scenario].Ratio()).Quo(p[Baseline].Ratio()).Fen()
		e := FundEffect{FundFact: f, More: spent - f.Expenditure}
		e.Months[Baseline] = months(f.Surplus, f.Expenditure)
		if spent > 0 {
			e.Months[Scenario] = months(f.Surplus-e.More, spent)
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b FundEffect) int {
		return cmp.Or(cmp.Compare(a.Insurance, b.Insurance), cmp.Compare(a.Division, b.Division))
	})
	return out
}

func months(surplus, spent money.Fen) money.Ratio {
	return surplus.Ratio().Mul(money.NewRatio(12, 1)).Quo(spent.Ratio())
}

// CalibrationRow (测算校准) is what the rules as they are come to beside what was paid in fact, of an insurance and level.
type CalibrationRow struct {
	Insurance Insurance
	Level     Level
	Tally
}

// Calibration sets the baseline beside what was paid in fact, by insurance and level: how far a result can be trusted. None where that is not known.
//
// 依据: SC38-11.1
func (s *Simulation) Calibration() []CalibrationRow {
	var rows [int(insurances) * int(levels)]CalibrationRow
	for key, t := range s.cells {
		r := &rows[int(key.insurance)*int(levels)+int(key.level)]
		r.Insurance, r.Level = Insurance(key.insurance), Level(key.level)
		r.plus(t)
	}
	return slices.DeleteFunc(slices.Clone(rows[:]), func(r CalibrationRow) bool { return r.Paid == Burden{} })
}
