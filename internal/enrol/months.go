package enrol

import (
	"cmp"
	"slices"

	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// MonthPaid (职工月缴费) is what was paid for an employee's months, with the number of its entry and whether it was given back.
//
// 依据: SC38-5.2
type MonthPaid struct {
	No int
	Paid
	Refunded bool
}

// MonthsPaid (职工缴费明细) lists an employee's payments by month, the latest first.
//
// 依据: SC38-5.2, SC38-5.3
func (f *File) MonthsPaid() []MonthPaid {
	kept := f.kept()
	var out []MonthPaid
	for _, p := range Valid[Paid](f) {
		if p.Fact.Way.Insurance() == Employee {
			held := slices.ContainsFunc(kept, func(k Numbered[Paid]) bool { return k.No == p.No })
			out = append(out, MonthPaid{p.No, p.Fact, !held})
		}
	}
	slices.SortStableFunc(out, func(a, b MonthPaid) int { return cmp.Compare(b.Months.From, a.Months.From) })
	return out
}

// Service (缴费年限) is how many months of employee insurance count for a person: paid on file, and carried from elsewhere (转入) beyond what is on file of the area they
// came from.
//
// 依据: YA-4.2.1
type Service struct{ Paid, Carried int }

// Months is both together.
func (s Service) Months() int { return s.Paid + s.Carried }

// Service gives a person's months of employee insurance up to a day.
//
// 依据: YA-4.2.1
func (f *File) Service(on policy.Date) Service {
	var s Service
	paidIn := func(area region.Code, until policy.Date) (months int) {
		for _, p := range f.kept() {
			if p.Fact.Way.Insurance() == Employee && p.Fact.On <= until && (area == "" || p.Fact.Area == area) {
				months += monthsOf(p.Fact.Months)
			}
		}
		return months
	}
	s.Paid = paidIn("", on)
	for _, t := range Valid[Transferred](f) {
		if t.Fact.On <= on {
			s.Carried += max(t.Fact.Months-paidIn(t.Fact.From, t.Fact.On), 0)
		}
	}
	return s
}

// monthsOf counts the calendar months that a spell touches.
func monthsOf(s Spell) int {
	if s.From == "" || s.To == "" {
		return 0
	}
	number := func(d policy.Date) int {
		return int(d[0]-'0')*12000 + int(d[1]-'0')*1200 + int(d[2]-'0')*120 + int(d[3]-'0')*12 + int(d[5]-'0')*10 + int(d[6]-'0')
	}
	return number(s.To) - number(s.From) + 1
}

// EnrolIn (按单位参保) enrols a person as one of a household or a school: he is entered as belonging to it from the day of the act when he does not yet, which ends what he belonged to of
// the same kind, and then enrolled.
//
// 依据: SCE-1.4
func (t Terms) EnrolIn(f *File, unit Attached, a Application) ([]Fact, error) {
	var facts []Fact
	now := f.On(a.On)
	if !slices.ContainsFunc(now.Attached, func(x Attached) bool { return x.Unit == unit.Unit && x.Number == unit.Number }) {
		facts = cutOff(f, dayBefore(unit.From), "group", func(x *Attached) (*Spell, bool) { return &x.Spell, x.Unit == unit.Unit })
		facts = append(facts, unit)
	}
	return t.thenEnrol(f, facts, a)
}
