package enrol

import (
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Choice (选择) is what somebody may do about the next year he is not insured for yet.
type Choice string

// The choices.
const (
	PayInTime          Choice = "in_time"        // 集中参保期内缴费
	PayInTimeAndRepair Choice = "in_time_repair" // 按期缴费并修复
	PayLate            Choice = "late"           // 过了集中参保期再缴费
	Skip               Choice = "skip"           // 断保一年，后年再参保
	BeEmployed         Choice = "employed"       // 转为职工医保，后年再参加居民医保
	PayNow             Choice = "now"            // 现在补缴今年
	PayNowAndRepair    Choice = "now_repair"     // 现在补缴今年并修复
)

// Prospect (试算前提) is what supposing starts from. Late is the day on which the late payment is made; Rules gives those of a coverage year.
type Prospect struct {
	File        *File
	Today, Late policy.Date
	Rules       func(policy.Year) (*Rules, error)
	Standards   Standards
}

// SupposedYear (试算年度) is what a year would entitle to: of residents alone. Refusal is why there is no answer.
type SupposedYear struct {
	Year        policy.Year
	Insurance   Insurance
	Entitlement Entitlement
	Refusal     error
}

// Supposed (试算结果) is what follows from a choice in the year it is about and the one after, and this year where it is about this year too. Price
// is what the person himself pays until the end of the year it is about, in fen; Priced tells whether all of it is known.
type Supposed struct {
	Choice Choice
	Years  []SupposedYear
	Price  money.Fen
	Priced bool
}

// Suppose (参保试算) puts what somebody may do side by side, by the same function that answers for what he did: facts are added to a copy of his
// file. That nothing is paid for him from this year on is assumed.
//
// 依据: SCE-3.3, SCE-3.4, SCE-3.5, SCE-3.7, SCE-3.8
func (p Prospect) Suppose() ([]Supposed, error) {
	this := yearOf(p.Today)
	s := supposing{Prospect: p, this: this, open: p.Open()}
	s.area, s.way = p.File.residentPlace(p.Today)
	s.groups = p.File.On(p.Today).Groups
	var out []Supposed
	if p.File.coverIn(this) == NoInsurance {
		if err := s.withRepair(&out, PayNow, PayNowAndRepair, this, p.Today); err != nil {
			return nil, err
		}
	}
	inTime, err := s.inTime(s.open)
	if err != nil {
		return nil, err
	}
	if err := s.withRepair(&out, PayInTime, PayInTimeAndRepair, s.open, inTime); err != nil {
		return nil, err
	}
	for _, choice := range []Choice{PayLate, Skip, BeEmployed} {
		one, err := s.suppose(choice, s.open, p.Late, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// Open is the first year after this one that the person is not insured for.
func (p Prospect) Open() policy.Year {
	open := yearOf(p.Today) + 1
	for p.File.coverIn(open) != NoInsurance && open < yearOf(p.Today)+mostSchoolYears {
		open++
	}
	return open
}

// supposing is what all choices have in common.
type supposing struct {
	Prospect
	this, open policy.Year
	area       region.Code
	way        Way
	groups     []Group
}

// withRepair adds a choice, and the same with all the repair there is to buy.
func (s *supposing) withRepair(to *[]Supposed, plain, repaired Choice, year policy.Year, on policy.Date) error {
	one, err := s.suppose(plain, year, on, 0)
	if err != nil {
		return err
	}
	*to = append(*to, one)
	years := one.Years[0].Entitlement.Offer.Years
	if years == 0 {
		return nil
	}
	one, err = s.suppose(repaired, year, on, years)
	*to = append(*to, one)
	return err
}

// suppose adds the facts of a choice to a copy of the file and asks what follows.
func (s *supposing) suppose(choice Choice, year policy.Year, on policy.Date, repair int) (Supposed, error) {
	out := Supposed{Choice: choice, Priced: choice != BeEmployed}
	file := &File{No: s.File.No, Entries: slices.Clone(s.File.Entries)}
	switch choice {
	case Skip:
	case BeEmployed:
		file.Add(0, Covered{Area: s.area, Way: Staff, Spell: Spell{firstOf(year), year.End()}})
	default:
		s.pay(file, &out, year, on, repair)
	}
	last := year + 1
	if year == s.this {
		last = s.open
	}
	for y := year + 1; y <= last; y++ {
		if file.coverIn(y) != NoInsurance {
			continue
		}
		day, err := s.inTime(y)
		if err != nil {
			return out, err
		}
		s.pay(file, &Supposed{}, y, day, 0)
	}
	s.unused(file, last)
	for y := year; y <= last; y++ {
		one, err := s.year(file, y)
		if err != nil {
			return out, err
		}
		out.Years = append(out.Years, one)
	}
	return out, nil
}

// pay adds a resident's payment for a year and the cover it buys, and what it costs.
func (s *supposing) pay(file *File, out *Supposed, year policy.Year, on policy.Date, repair int) {
	standard, found := s.Standards.For(year, s.area, s.way)
	shares := standard.Shares(s.groups)
	shares[Person] += standard.Individual * money.Fen(repair)
	out.Price += shares[Person]
	out.Priced = out.Priced && found
	file.Add(0, Paid{Area: s.area, Way: s.way, Year: year, On: on, Shares: shares, Repair: repair},
		Covered{Area: s.area, Way: s.way, Spell: Spell{max(firstOf(year), on), year.End()}})
}

// unused adds that nothing is paid in years before the last asked for, from this one on.
func (s *supposing) unused(file *File, last policy.Year) {
	known := map[policy.Year]bool{}
	for _, u := range Valid[Used](file) {
		known[u.Fact.Year] = true
	}
	for y := s.this; y < last; y++ {
		if !known[y] {
			file.Add(0, Used{Year: y})
		}
	}
}

// year asks what a year of a file entitles to.
func (s *supposing) year(file *File, year policy.Year) (SupposedYear, error) {
	out := SupposedYear{Year: year, Insurance: file.coverIn(year)}
	if out.Insurance != Resident {
		return out, nil
	}
	rules, err := s.Rules(year)
	if err != nil {
		return out, err
	}
	h := rules.History(file, s.Standards)
	out.Entitlement, out.Refusal = rules.Entitle(&h)
	return out, nil
}

// inTime is the first day from today on that lies in a year's central window; its last when that is over.
func (s *supposing) inTime(year policy.Year) (policy.Date, error) {
	rules, err := s.Rules(year)
	if err != nil {
		return "", err
	}
	window := rules.Terms().Window(year)
	return min(max(s.Today, window.From), window.To), nil
}

// coverIn is as what somebody is insured in a year, as entitlement counts it: a resident when he is one on any of its days.
func (f *File) coverIn(year policy.Year) Insurance {
	cover := NoInsurance
	for _, c := range Valid[Covered](f) {
		if _, met := c.Fact.Meets(Spell{firstOf(year), year.End()}); met && cover != Resident {
			cover = c.Fact.Way.Insurance()
		}
	}
	return cover
}

// residentPlace is where and as what somebody would be insured as a resident: as he was last, else where he lives or is registered. Newborns and
// students are ordinary residents afterwards.
func (f *File) residentPlace(today policy.Date) (region.Code, Way) {
	way := Ordinary
	var last Covered
	for _, c := range f.Covers() {
		if c.From >= last.From {
			last = c
		}
	}
	if last.Way == Pupil || last.Way == Permit {
		way = last.Way
	}
	now := f.On(today)
	for _, code := range []region.Code{last.Area, now.Lives.County(), now.Home.County()} {
		if code != "" {
			return code, way
		}
	}
	return "", way
}
