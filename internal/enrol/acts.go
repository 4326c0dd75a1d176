package enrol

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Terms (参保规则) are what acts of enrolment go by.
type Terms struct {
	// Window (集中参保期) is in which days residents enrol for a year.
	Window func(policy.Year) Spell
	// WorkingAge is from how many years of age somebody can be insured as an employee.
	WorkingAge int
}

// Application (参保登记申请) asks that a person be insured. Residents are insured for whole calendar years, newborns from birth; employees from
// a day on. Years is how many years are paid for at once, by students; 1 when zero.
type Application struct {
	Way  Way
	Area region.Code
	On   policy.Date // the day of the act
	Year policy.Year // residents: the first year
	From policy.Date // employees: the first day
	// Years are the years a student pays for at once.
	Years int
}

// Enrol (参保登记) gives the facts that follow from an application, or refuses it with every reason found. Nothing is asked about
// where a person is registered: who lives, studies or works at a place is insured there.
//
// 依据: SC38-5.1, SCE-1.1 to SCE-1.4, SCE-2.3, SCE-4.3
func (t Terms) Enrol(f *File, a Application) ([]Fact, error) {
	var no refusing
	now := f.On(a.On)
	spell := t.spell(now, a, &no)
	no.ended(f)
	t.belongs(now, a, spell, &no)
	no.doubled(f, a, spell)
	if err := no.err(); err != nil {
		return nil, err
	}
	standard := a.Year
	if a.Way.Insurance() == Employee {
		standard = yearOf(a.From)
	}
	return []Fact{Enrolled{On: a.On, Area: a.Area, Way: a.Way, StandardOf: standard, Spell: spell}}, nil
}

// spell gives the time an application is for.
func (t Terms) spell(now Standing, a Application, no *refusing) Spell {
	if a.Way.Insurance() == Employee {
		if a.From == "" {
			no.because("enrol.from_missing", "SC38-5.1")
		}
		return Spell{From: a.From}
	}
	years := max(1, a.Years)
	if years > 1 && a.Way != Student {
		no.because("enrol.years_of_students", "SCE-1.3", "years", years)
	}
	if years > mostSchoolYears {
		no.because("enrol.too_many_years", "SCE-1.3", "years", years, "most", mostSchoolYears)
	}
	if a.Way == Newborn {
		if yearOf(now.Birth) != a.Year || yearOf(a.On) != a.Year {
			no.because("enrol.not_newborn", "SCE-1.2", "birth", now.Birth, "year", int(a.Year))
		}
		return Spell{From: now.Birth, To: a.Year.End()}
	}
	first := firstOf(a.Year)
	if window := t.Window(a.Year); a.On < window.From || a.On > a.Year.End() {
		no.because("enrol.not_yet", "SC38-5.3", "year", int(a.Year), "from", window.From, "to", a.Year.End())
	}
	return Spell{From: max(first, a.On), To: (a.Year + policy.Year(years) - 1).End()}
}

// mostSchoolYears is the longest course a student can pay for at once: eight years, of medicine.
const mostSchoolYears = 8

// belongs asks whether a person is one of those a way is for.
//
// 依据: SC38-5.1, SCE-1.1, SCE-2.3
func (t Terms) belongs(now Standing, a Application, spell Spell, no *refusing) {
	switch a.Way {
	case Ordinary, Pupil, Student, Newborn, Permit:
		if employer, at := now.at(AtEmployer); at {
			no.because("enrol.has_employer", "SC38-5.1", "employer", cmp.Or(employer.Name, employer.Number))
		}
	case Staff, Flexible, Unemployed, Retired:
		if spell.From != "" && now.Birth != "" && spell.From < addYears(now.Birth, t.WorkingAge) {
			no.because("enrol.too_young", "SC38-5.1", "birth", now.Birth, "age", t.WorkingAge)
		}
	default:
		no.because("enrol.way_unknown", "SC38-5.1", "way", string(a.Way))
		return
	}
	switch a.Way {
	case Ordinary:
		if now.Home.County() != a.Area && now.Lives.County() != a.Area {
			no.because("enrol.not_here", "SCE-1.1", "area", a.Area)
		}
	case Permit:
		if !slices.Contains(now.Groups, PermitHolder) || now.Lives.County() != a.Area {
			no.because("enrol.no_permit", "SCE-1.1", "area", a.Area)
		}
	case Pupil, Student:
		if _, at := now.at(AtSchool); !at {
			no.because("enrol.no_school", "SCE-1.1")
		}
	case Staff:
		if _, at := now.at(AtEmployer); !at {
			no.because("enrol.no_employer", "SC38-5.1")
		}
	case Flexible:
		if employer, at := now.at(AtEmployer); at {
			no.because("enrol.has_employer", "SC38-5.1", "employer", cmp.Or(employer.Name, employer.Number))
		}
	case Unemployed:
		if !slices.Contains(now.Groups, DrawsBenefit) {
			no.because("enrol.no_benefit", "SCE-2.3")
		}
	case Retired:
		if !slices.Contains(now.Groups, DrawsPension) {
			no.because("enrol.no_pension", "SC38-5.1")
		}
	}
}

// at finds the first unit of a kind that somebody is attached to.
func (s Standing) at(unit Unit) (Attached, bool) {
	i := slices.IndexFunc(s.Attached, func(a Attached) bool { return a.Unit == unit })
	if i < 0 {
		return Attached{}, false
	}
	return s.Attached[i], true
}

// doubled refuses what would insure somebody twice at a time.
//
// 依据: SCE-4.3
func (r *refusing) doubled(f *File, a Application, spell Spell) {
	for _, covered := range Valid[Covered](f) {
		if both, met := covered.Fact.Meets(spell); met {
			r.because("enrol.covered_already", "SCE-4.3", "area", covered.Fact.Area, "way", covered.Fact.Way, "from", both.From, "to", lastDayOf(both))
		}
	}
	for _, enrolled := range Valid[Enrolled](f) {
		if both, met := enrolled.Fact.Meets(spell); met && !isCovered(f, enrolled.Fact) {
			r.because("enrol.enrolled_already", "SCE-4.3", "area", enrolled.Fact.Area, "way", enrolled.Fact.Way, "from", both.From, "to", lastDayOf(both))
		}
	}
}

// isCovered tells whether what somebody enrolled for was paid.
func isCovered(f *File, e Enrolled) bool {
	return slices.ContainsFunc(Valid[Covered](f), func(c Numbered[Covered]) bool {
		_, met := c.Fact.Meets(e.Spell)
		return met && c.Fact.Way == e.Way && c.Fact.Area == e.Area
	})
}

// Suspend (停保) ends every cover and enrolment of an insurance on a day; what lies after it is taken back. It refuses when there is none.
//
// 依据: SC38-5.1
func (t Terms) Suspend(f *File, insurance Insurance, last policy.Date, why string) ([]Fact, error) {
	facts := f.closing(last, why, func(way Way) bool { return way.Insurance() == insurance })
	if len(facts) == 0 {
		return nil, because("enrol.not_covered", "SC38-5.1", "on", last)
	}
	return facts, nil
}

// closing ends the covers and enrolments of some ways on a day: each is voided, and entered anew up to that day where it began before.
func (f *File) closing(last policy.Date, why string, of func(Way) bool) []Fact {
	covers := cutOff(f, last, why, func(c *Covered) (*Spell, bool) { return &c.Spell, of(c.Way) })
	return append(covers, cutOff(f, last, why, func(e *Enrolled) (*Spell, bool) { return &e.Spell, of(e.Way) })...)
}

// cutOff closes the facts of one type; spell gives when a fact holds, and whether it is one of those meant.
func cutOff[T Fact](f *File, last policy.Date, why string, spell func(*T) (*Spell, bool)) []Fact {
	var facts []Fact
	for _, x := range Valid[T](f) {
		s, meant := spell(&x.Fact)
		if !meant || s.To != "" && s.To <= last {
			continue
		}
		facts = append(facts, Void{x.No, why})
		if s.From <= last {
			s.To = last
			facts = append(facts, x.Fact)
		}
	}
	return facts
}

// Switch (险种转换) moves a person to the other insurance: the cover he has ends on the day before the new one begins.
//
// 依据: SC38-5.1, SCE-4.3
func (t Terms) Switch(f *File, a Application) ([]Fact, error) {
	from := a.From
	if a.Way.Insurance() == Resident {
		from = max(firstOf(a.Year), a.On)
	}
	other := Resident
	if a.Way.Insurance() == Resident {
		other = Employee
	}
	if from == "" {
		return nil, because("enrol.from_missing", "SC38-5.1")
	}
	closing, err := t.Suspend(f, other, dayBefore(from), "switch")
	if err != nil {
		return nil, err
	}
	return t.thenEnrol(f, closing, a)
}

// thenEnrol enrols a person as his file stands after some facts, and gives all of them.
func (t Terms) thenEnrol(f *File, facts []Fact, a Application) ([]Fact, error) {
	after := &File{No: f.No, Entries: slices.Clip(f.Entries)}
	after.Add(0, facts...)
	opening, err := t.Enrol(after, a)
	if err != nil {
		return nil, err
	}
	return append(facts, opening...), nil
}

// Transfer (转移接续) moves a person's relation of employee insurance to another area: what he has in the old one ends, the months
// paid for there go with him, and he is to be insured in the new one from the day after.
//
// 依据: YA-4.2.1
func (t Terms) Transfer(f *File, from region.Code, last policy.Date, months int, a Application) ([]Fact, error) {
	var no refusing
	if from == a.Area {
		no.because("enrol.same_area", "YA-4.2.1", "area", from)
	}
	if months < 0 {
		no.because("enrol.months_negative", "YA-4.2.1", "months", months)
	}
	if err := no.err(); err != nil {
		return nil, err
	}
	facts := f.closing(last, "transfer", func(way Way) bool { return way.Insurance() == Employee })
	facts = append(facts, Transferred{On: a.On, From: from, To: a.Area, Months: months})
	return t.thenEnrol(f, facts, a)
}

// End (死亡、出国定居注销) ends a file: every cover ends on that day.
//
// 依据: SCE-10.1
func (t Terms) End(f *File, end Ended) ([]Fact, error) {
	var no refusing
	no.ended(f)
	if birth := f.Identity().Birth; end.On < birth {
		no.because("enrol.before_birth", "SCE-10.1", "on", end.On, "birth", birth)
	}
	if err := no.err(); err != nil {
		return nil, err
	}
	return append(f.closing(end.On, string(end.Why), func(Way) bool { return true }), end), nil
}

// Withdraw (参保前退保) takes back what somebody enrolled and paid for before the year starts, and gives back what he paid.
//
// 依据: SC38-5.1
func (t Terms) Withdraw(f *File, year policy.Year, on policy.Date, why string) ([]Fact, error) {
	var no refusing
	if on >= firstOf(year) {
		no.because("enrol.year_has_begun", "SC38-5.1", "year", int(year))
	}
	var facts []Fact
	var withdrawn Spell
	for _, e := range Valid[Enrolled](f) {
		if e.Fact.Way.Insurance() == Resident && yearOf(e.Fact.From) == year {
			facts, withdrawn = append(facts, Void{e.No, why}), e.Fact.Spell
		}
	}
	for _, c := range Valid[Covered](f) {
		if c.Fact.Way.Insurance() == Resident && yearOf(c.Fact.From) == year {
			facts, withdrawn = append(facts, Void{c.No, why}), c.Fact.Spell
		}
	}
	for _, p := range f.kept() {
		if p.Fact.Way.Insurance() == Resident && p.Fact.Year >= year && p.Fact.Year <= yearOf(withdrawn.To) {
			facts = append(facts, Refunded{No: p.No, On: on})
		}
	}
	if len(facts) == 0 {
		no.because("enrol.nothing_for_year", "SC38-5.1", "year", int(year))
	}
	if err := no.err(); err != nil {
		return nil, err
	}
	return facts, nil
}

// kept gives the contributions that were not given back.
func (f *File) kept() []Numbered[Paid] {
	refunded := Valid[Refunded](f)
	return slices.DeleteFunc(Valid[Paid](f), func(p Numbered[Paid]) bool {
		return slices.ContainsFunc(refunded, func(r Numbered[Refunded]) bool { return r.Fact.No == p.No })
	})
}

// ended refuses whatever is asked of an ended file, on whichever day; the end is voided first if it is wrong.
//
// 依据: SCE-10.1
func (r *refusing) ended(f *File) {
	if all := Valid[Ended](f); len(all) > 0 {
		r.because("enrol.ended", "SCE-10.1", "on", all[0].Fact.On)
	}
}

// refusing collects the reasons against an act.
type refusing struct{ list fault.List }

func (r *refusing) because(key, clause string, args ...any) { r.list.Add(reason(key, clause, args...)) }

// because refuses an act for one reason.
func because(key, clause string, args ...any) error {
	return fault.Refuse(reason(key, clause, args...))
}

func reason(key, clause string, args ...any) fault.Problem {
	return fault.Problem{Message: fault.Msg(key, args...), Clause: clause}
}

func (r *refusing) err() error { return r.list.Err() }

func yearOf(d policy.Date) policy.Year {
	if len(d) < 4 {
		return 0
	}
	year, _ := strconv.Atoi(string(d[:4])) // a day is digits
	return policy.Year(year)
}

func firstOf(y policy.Year) policy.Date {
	return policy.Date(time.Date(int(y), time.January, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}

func dayBefore(d policy.Date) policy.Date { return dayOf(dayNumber(d) - 1) }

// addYears gives the same day years later; for 29 February the 28th where there is none.
func addYears(d policy.Date, years int) policy.Date {
	return policy.Date(dayFrom(d).AddMonths(12 * years).String())
}

// lastDayOf gives the last day of a spell for a message.
func lastDayOf(s Spell) any {
	if s.To == "" {
		return fault.Msg("enrol.open_end")
	}
	return s.To
}
