package benefit

import (
	"cmp"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Case (模拟就诊) is a visit with what results are told by. Paid is what was paid of it in fact, where that is known (HasPaid).
type Case struct {
	Visit
	City    region.Code // 参保地
	Age     int
	Paid    Burden
	HasPaid bool
}

// Side (测算口径) is one of the two rules a simulation settles under.
type Side int

// The sides: the rules as they are, and the scenario.
const (
	Baseline Side = iota
	Scenario
	sides
)

// Burden (费用负担) is who bears what, in fen.
type Burden struct {
	Basic, Catastrophic, Large, Aid, Other, Own money.Fen
}

// Funds is what all funds bear.
func (b Burden) Funds() money.Fen { return b.Basic + b.Catastrophic + b.Large + b.Aid + b.Other }

func (b *Burden) add(s *Settlement) {
	b.Basic += s.Basic
	b.Catastrophic += s.Catastrophic
	b.Large += s.Large
	b.Aid += s.Aid
	b.Other += s.Other.Sum()
	b.Own += s.Own
}

func (b *Burden) plus(c Burden) {
	b.Basic += c.Basic
	b.Catastrophic += c.Catastrophic
	b.Large += c.Large
	b.Aid += c.Aid
	b.Other += c.Other
	b.Own += c.Own
}

// Tally (汇总) is what visits of a kind come to under both rules, in fen, and what was paid of them in fact.
type Tally struct {
	Visits         int64
	Total, InScope money.Fen
	Burdens        [sides]Burden
	Paid           Burden
}

func (t *Tally) plus(u *Tally) {
	t.Visits += u.Visits
	t.Total += u.Total
	t.InScope += u.InScope
	t.Paid.plus(u.Paid)
	for i := range t.Burdens {
		t.Burdens[i].plus(u.Burdens[i])
	}
}

// Dimension (分组维度) is what results are told by.
type Dimension string

// The dimensions.
const (
	ByDivision  Dimension = "division"
	ByInsurance Dimension = "insurance"
	ByCategory  Dimension = "category"
	ByLevel     Dimension = "level"
	ByPlace     Dimension = "place"
	ByGroup     Dimension = "group"
	ByAge       Dimension = "age"
	ByIncome    Dimension = "income" // of persons alone
)

// Dimensions lists them in the order they are shown.
func Dimensions() []Dimension {
	return []Dimension{ByInsurance, ByCategory, ByDivision, ByLevel, ByPlace, ByGroup, ByAge}
}

// ageFrom are the first ages of the age bands.
var ageFrom = [...]int{0, 18, 45, 60, 75}

// ageWords name them.
var ageWords = [...]string{"0-17", "18-44", "45-59", "60-74", "75+"}

// none is the word of those without a group.
const none = "none"

// cellKey is a cell of the results.
type cellKey struct {
	city                                          region.Code
	insurance, category, level, place, group, age uint8
}

func (k cellKey) word(d Dimension) string {
	switch d {
	case ByDivision:
		return string(k.city)
	case ByInsurance:
		return insuranceWords[k.insurance]
	case ByCategory:
		return categoryWords[k.category]
	case ByLevel:
		return levelWords[k.level]
	case ByPlace:
		return placeWords[k.place]
	case ByGroup:
		if k.group < uint8(aidGroups) {
			return groupWords[k.group]
		}
		return none
	}
	return ageWords[k.age]
}

// Simulation (政策模拟) settles visits under two rules with the function that settles them at a window, and adds up. It is not for concurrent use;
// several are brought together by Add.
//
// 依据: SC38-11.1
type Simulation struct {
	rules  [sides]*Schedules
	cells  map[cellKey]*Tally
	people map[personKey]*People
	own    [sides]spread
	errors [measures]square
	years  []personYear

	// Day, where it is set, is the day whose rules hold for every visit; otherwise each visit is settled by the rules of its own day.
	Day policy.Date
	// Incomes are what persons can pay, for the rate of catastrophic expenditure and the income groups; where nothing is assumed there is none.
	Incomes Incomes
	// Cities are the baselines of cities with rules of their own.
	Cities map[region.Code]*Schedules
	// Skipped counts visits on days without schedules.
	Skipped int64
	// Each, where it is set, is told every settlement.
	Each func(c *Case, s *[2]Settlement)
}

// personYear are the accumulators of a person's year and insurance under both rules.
type personYear struct {
	year         policy.Year
	insurance    Insurance
	accumulators [sides]Accumulators
}

// NewSimulation compares two rules.
func NewSimulation(baseline, scenario *Schedules) *Simulation {
	return &Simulation{rules: [sides]*Schedules{baseline, scenario}, cells: map[cellKey]*Tally{}, people: map[personKey]*People{}}
}

// Person settles the visits of one person, in their order. They must be complete.
//
// 依据: SC38-11.1
func (s *Simulation) Person(cases []Case) {
	s.years = s.years[:0]
	var sum personSum
	first := -1
	for i := range cases {
		c := &cases[i]
		var schedules [sides]*Schedule
		for side := range sides {
			schedules[side] = s.scheduleOf(c, side)
		}
		if schedules[Baseline] == nil || schedules[Scenario] == nil {
			s.Skipped++
			continue
		}
		if first < 0 {
			first = i
		}
		y := s.yearOf(c)
		var out [sides]Settlement
		for side := range sides {
			schedules[side].Settle(&y.accumulators[side], &c.Visit, &out[side])
			sum.own[side] += out[side].Own
			sum.funds[side] += out[side].Funds()
		}
		s.tally(c, &out)
		if s.Each != nil {
			s.Each(c, (*[2]Settlement)(&out))
		}
	}
	if first >= 0 {
		s.person(&cases[first], &sum)
	}
}

// scheduleOf is what a visit is settled by on a side; nil where there is none on its day.
func (s *Simulation) scheduleOf(c *Case, side Side) *Schedule {
	rules := s.rules[side]
	if own, ok := s.Cities[c.City]; ok && side == Baseline {
		rules = own
	}
	if s.Day != "" {
		return rules.On(s.Day)
	}
	return rules.On(c.Date)
}

func (s *Simulation) yearOf(c *Case) *personYear {
	year := year(c.Date)
	for i := range s.years {
		if y := &s.years[i]; y.year == year && y.insurance == c.Insurance {
			return y
		}
	}
	s.years = append(s.years, personYear{year: year, insurance: c.Insurance})
	return &s.years[len(s.years)-1]
}

func (s *Simulation) tally(c *Case, out *[sides]Settlement) {
	key := cellKey{city: c.City, insurance: uint8(c.Insurance), category: uint8(c.Category), level: uint8(c.Level), place: uint8(c.Place), group: firstGroup(c.Groups), age: ageBand(c.Age)}
	t, ok := s.cells[key]
	if !ok {
		t = &Tally{}
		s.cells[key] = t
	}
	t.Visits++
	t.Total += c.Total
	t.InScope += c.InScope
	if c.HasPaid {
		t.Paid.plus(c.Paid)
	}
	for side := range sides {
		t.Burdens[side].add(&out[side])
	}
}

// firstGroup is the first group of aid a person belongs to; aidGroups when there is none.
func firstGroup(set GroupSet) uint8 {
	for g := range aidGroups {
		if set.Has(g) {
			return uint8(g)
		}
	}
	return uint8(aidGroups)
}

func ageBand(age int) uint8 {
	for i := len(ageFrom) - 1; i > 0; i-- {
		if age >= ageFrom[i] {
			return uint8(i)
		}
	}
	return 0
}

// Add brings the results of another part of the same simulation in.
func (s *Simulation) Add(other *Simulation) {
	s.Skipped += other.Skipped
	s.addPeople(other)
	for key, tally := range other.cells {
		if t, ok := s.cells[key]; ok {
			t.plus(tally)
		} else {
			copied := *tally
			s.cells[key] = &copied
		}
	}
}

// Row (分组结果) is the tally of a word of a dimension.
type Row struct {
	Word string
	Tally
}

// Total is the tally of everything.
func (s *Simulation) Total() Tally {
	var out Tally
	for _, t := range s.cells {
		out.plus(t)
	}
	return out
}

// By gives the results by a dimension, in the order of its words.
//
// 依据: SC38-11.1
func (s *Simulation) By(d Dimension) []Row {
	rows := map[string]*Row{}
	for key, t := range s.cells {
		word := key.word(d)
		if rows[word] == nil {
			rows[word] = &Row{Word: word}
		}
		rows[word].plus(t)
	}
	out := make([]Row, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Row) int { return d.compare(a.Word, b.Word) })
	return out
}

// compare puts words of a dimension in their order.
func (d Dimension) compare(a, b string) int {
	order := map[Dimension][]string{ByInsurance: insuranceWords[:], ByCategory: categoryWords[:], ByLevel: levelWords[:], ByPlace: placeWords[:], ByGroup: groupWords[:], ByAge: ageWords[:], ByIncome: fifthWords[:]}[d]
	return cmp.Or(cmp.Compare(at(order, a), at(order, b)), cmp.Compare(a, b))
}

// at is a word's place in an order; words that are not in it come last.
func at(order []string, word string) int {
	if i := slices.Index(order, word); i >= 0 {
		return i
	}
	return len(order)
}
