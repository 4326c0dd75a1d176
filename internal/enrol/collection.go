package enrol

import (
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Collection (征缴情况) is what is due and what was paid for a year, of one insurance in one county. Due and Received are what the tax
// department collects, in fen: persons, employers and the unemployment fund; Subsidy is what governments and medical aid add to what was paid.
// Owing are the persons something is still due of; Estimated is the part of Due that is estimated, Unpriced the periods nothing is known of.
//
// 依据: SC38-5.2, SCE-9.1
type Collection struct {
	Persons, Owing           int64
	Due, Received, Estimated money.Fen
	Subsidy                  money.Fen
	Unpriced                 int64
}

// CollectionKey is where and of which insurance something is collected.
type CollectionKey struct {
	Area      region.Code
	Insurance Insurance
}

// Add adds another's.
func (c *Collection) Add(o Collection) {
	c.Persons += o.Persons
	c.Owing += o.Owing
	c.Due += o.Due
	c.Received += o.Received
	c.Estimated += o.Estimated
	c.Subsidy += o.Subsidy
	c.Unpriced += o.Unpriced
}

// Rate (征缴率) is what was received over what is due; 0 when nothing is.
//
// 依据: SC38-5.2
func (c Collection) Rate() money.Ratio {
	if c.Due == 0 {
		return money.Ratio{}
	}
	return money.NewRatio(int64(c.Received), int64(c.Due))
}

// Collection (个人征缴情况) gives what a file adds to the collection of a year up to a day. A resident owes what Dues lists; what was paid was due. An
// employee owes the months he is enrolled for that are over and unpaid, each as the last month that was paid, else on the floor of the base (an estimate).
// What was due of somebody whose file ended is left out unless it was paid.
//
// 依据: SC38-5.2, SC38-5.3, SCE-9.1
func (f *File) Collection(year policy.Year, on policy.Date, standards Standards, add func(CollectionKey, Collection)) {
	sums := map[CollectionKey]*Collection{}
	at := func(area region.Code, insurance Insurance) *Collection {
		key := CollectionKey{area, insurance}
		if sums[key] == nil {
			sums[key] = &Collection{Persons: 1}
		}
		return sums[key]
	}
	var last Shares
	var months []Spell
	for _, p := range f.kept() {
		if p.Fact.Year != year {
			continue
		}
		c := at(p.Fact.Area, p.Fact.Way.Insurance())
		collected := p.Fact.Shares[Person] + p.Fact.Shares[Employer] + p.Fact.Shares[UnemploymentFund]
		c.Due += collected
		c.Received += collected
		c.Subsidy += p.Fact.Shares.Total() - collected
		if p.Fact.Months.From != "" {
			last, months = p.Fact.Shares, append(months, p.Fact.Months)
		}
	}
	if len(Valid[Ended](f)) == 0 {
		f.owes(year, on, standards, last, months, at)
	}
	for key, c := range sums {
		add(key, *c)
	}
}

// owes adds what is still due.
func (f *File) owes(year policy.Year, on policy.Date, standards Standards, last Shares, paid []Spell, at func(region.Code, Insurance) *Collection) {
	owing := func(c *Collection, due money.Fen, known bool) {
		c.Owing = 1
		c.Due += due
		if !known {
			c.Unpriced++
		}
	}
	for _, e := range Valid[Enrolled](f) {
		if e.Fact.Way.Insurance() == Resident {
			if due, is := f.dueOf(e, year, standards); is {
				owing(at(e.Fact.Area, Resident), due.Shares[Person], due.No > 0)
			}
			continue
		}
		standard, found := standards.For(year, e.Fact.Area, e.Fact.Way)
		for month := 1; month <= 12; month++ {
			spell := MonthOf(year, month)
			both, met := e.Fact.Meets(spell)
			if !met || both.To != spell.To || spell.To >= on || e.Fact.Way == Retired || slices.Contains(paid, spell) {
				continue
			}
			due := last.Total()
			if last == (Shares{}) && found {
				due = standard.MonthShares(0).Total()
			}
			c := at(e.Fact.Area, Employee)
			owing(c, due, due > 0)
			c.Estimated += due
		}
	}
}

// dueOf gives what is due for one enrolment in a year; its No is 0 when no standard is on file.
func (f *File) dueOf(e Numbered[Enrolled], year policy.Year, standards Standards) (Due, bool) {
	if year < yearOf(e.Fact.From) || year > yearOf(e.Fact.To) || slices.ContainsFunc(f.kept(), func(p Numbered[Paid]) bool {
		return p.Fact.Year == year && p.Fact.Way.Insurance() == Resident
	}) {
		return Due{}, false
	}
	standard, found := standards.For(e.Fact.StandardOf, e.Fact.Area, e.Fact.Way)
	if !found {
		return Due{}, true
	}
	return Due{e.No, e.Fact.Area, e.Fact.Way, year, e.Fact.StandardOf, standard.Shares(f.On(e.Fact.On).Groups)}, true
}
