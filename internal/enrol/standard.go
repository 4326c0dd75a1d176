package enrol

import (
	"cmp"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Standard (筹资标准) is what a person insured in a way costs in a year, and who bears it, in a division and everything below it
// that has no standard of its own.
//
// 依据: SC38-5.2, SC38-5.3, YN-4.1
type Standard struct {
	Year     policy.Year
	Division region.Code
	Way      Way    // of residents and of employees; each way has its own
	Source   string // the document it stands in

	// Of residents, in fen a year: what each pays himself and each government adds.
	Individual money.Fen
	Subsidy    Shares // Central, Province, City, County alone
	// Aid (分类资助) is what medical aid pays of the individual part, for whom it does. Who is in several groups gets the most.
	Aid map[Group]money.Fen

	// Of employees: the average wage a month, and the rates of employer and person on the base.
	AverageWage  money.Fen
	EmployerRate money.Rate
	PersonRate   money.Rate
	// Floor and Ceiling bound the base, as parts of the average wage.
	Floor, Ceiling money.Rate
}

// Standards (筹资标准表) are all standards on file.
type Standards []Standard

// For finds the standard of a year for a way at a county: the county's own, else its city's, else the province's.
//
// 依据: SC38-5.3
func (all Standards) For(year policy.Year, county region.Code, way Way) (Standard, bool) {
	var found Standard
	for _, s := range all {
		if s.Year == year && s.Way == way && (s.Division == county || s.Division.Covers(county)) && s.Division.Level() > found.Division.Level() {
			found = s
		}
	}
	return found, found.Year == year && year != 0
}

// Shares (应缴费额) splits what is due for a resident's year among the payers; medical aid bears the part of the individual's that
// the person's groups give him.
//
// 依据: SC38-5.2, SCE-2.2
func (s Standard) Shares(groups []Group) Shares {
	shares := s.Subsidy
	var aid money.Fen
	for _, group := range groups {
		aid = max(aid, min(s.Aid[group], s.Individual))
	}
	shares[MedicalAid], shares[Person] = aid, s.Individual-aid
	return shares
}

// Base (缴费基数) is a monthly wage held between the floor and the ceiling of the average wage, each rounded half away from zero to the
// fen.
//
// 依据: SC38-5.3
func (s Standard) Base(wage money.Fen) money.Fen {
	return min(max(wage, s.AverageWage.Part(s.Floor)), s.AverageWage.Part(s.Ceiling))
}

// MonthShares (月应缴费额) splits what is due for an employee's month on a wage; each part is rounded half away from zero to the fen. Who has no
// employer pays both parts himself, for the unemployed the unemployment fund does.
//
// 依据: SC38-5.2, SCE-2.3
func (s Standard) MonthShares(wage money.Fen) Shares {
	var shares Shares
	base := s.Base(wage)
	employer, person := base.Part(s.EmployerRate), base.Part(s.PersonRate)
	switch s.Way {
	case Staff:
		shares[Employer], shares[Person] = employer, person
	case Flexible:
		shares[Person] = employer + person
	case Unemployed:
		shares[UnemploymentFund] = employer + person
	}
	return shares
}

// Check refuses a standard that cannot be: negative amounts, subsidies of others than governments, aid above the individual part, a floor
// above the ceiling, figures of the other insurance.
//
// 依据: SC38-5.2
func (s Standard) Check() error {
	var no refusing
	if s.Way.Insurance() == NoInsurance {
		no.because("enrol.way_unknown", "SC38-5.1", "way", string(s.Way))
	}
	resident := s.Way.Insurance() == Resident
	if resident != (s.AverageWage == 0 && s.EmployerRate == 0 && s.PersonRate == 0) || !resident && (s.Individual != 0 || s.Subsidy != Shares{} || len(s.Aid) > 0) {
		no.because("enrol.standard.mixed", "SC38-5.2", "way", s.Way)
	}
	for payer, share := range s.Subsidy {
		if share < 0 || share != 0 && Payer(payer) < Central {
			no.because("enrol.standard.subsidy", "SC38-5.2", "amount", share)
		}
	}
	if s.Individual < 0 || s.AverageWage < 0 || s.EmployerRate < 0 || s.PersonRate < 0 {
		no.because("enrol.standard.negative", "SC38-5.2")
	}
	for _, group := range Groups() {
		if aid := s.Aid[group]; aid < 0 || aid > s.Individual {
			no.because("enrol.standard.aid", "SCE-2.2", "group", group, "amount", aid, "most", s.Individual)
		}
	}
	if s.Floor > s.Ceiling {
		no.because("enrol.standard.bounds", "SC38-5.3", "floor", s.Floor, "ceiling", s.Ceiling)
	}
	return no.err()
}

// Figure (筹资指标) is a figure of standards that converges or does not.
type Figure string

// The figures.
const (
	IndividualFigure Figure = "individual"
	SubsidyFigure    Figure = "subsidy"
	WageFigure       Figure = "wage"
	EmployerFigure   Figure = "employer_rate"
	PersonFigure     Figure = "person_rate"
)

// Convergence (筹资标准统一进度) is how far the divisions' values of a figure are from one another: the least, the most, and the most
// over the least; 1 when all are the same. Values are fen, or rates of six decimals as whole numbers.
//
// 依据: SC38-5.3
type Convergence struct {
	Figure      Figure
	Way         Way
	Values      map[region.Code]int64
	Least, Most int64
	Spread      money.Ratio
}

// Converge (趋同分析) compares the standards of a year that divisions of one level have, figure by figure. Figures nobody has are left out.
//
// 依据: SC38-5.3
func (all Standards) Converge(year policy.Year, divisions []region.Code) []Convergence {
	var out []Convergence
	for _, way := range []Way{Ordinary, Student, Staff, Flexible} {
		for _, figure := range []Figure{IndividualFigure, SubsidyFigure, WageFigure, EmployerFigure, PersonFigure} {
			c := Convergence{Figure: figure, Way: way, Values: map[region.Code]int64{}}
			for _, division := range divisions {
				if s, found := all.For(year, division, way); found && s.figure(figure) != 0 {
					c.Values[division] = s.figure(figure)
				}
			}
			if len(c.Values) > 0 {
				out = append(out, c.spread())
			}
		}
	}
	return out
}

func (c Convergence) spread() Convergence {
	first := true
	for _, value := range c.Values {
		if first {
			c.Least, c.Most, first = value, value, false
		}
		c.Least, c.Most = min(c.Least, value), max(c.Most, value)
	}
	c.Spread = money.NewRatio(c.Most, c.Least)
	return c
}

func (s Standard) figure(f Figure) int64 {
	switch f {
	case IndividualFigure:
		return int64(s.Individual)
	case SubsidyFigure:
		return int64(s.Subsidy.Total())
	case WageFigure:
		return int64(s.AverageWage)
	case EmployerFigure:
		return int64(s.EmployerRate)
	}
	return int64(s.PersonRate)
}

// Due (应缴) is what is still to be paid for an enrolment: a year of a resident. No is the number of the enrolment in the file.
//
// 依据: SC38-5.2
type Due struct {
	No   int
	Area region.Code
	Way  Way
	Year policy.Year
	// Standard is the year whose standard is due.
	Standard policy.Year
	Shares   Shares
}

// Dues (应缴清单) lists what is still to be paid for a resident's enrolments, year by year: shares as the standards say for the groups he is in
// on the day he enrolled. A year without a standard on file is refused.
//
// 依据: SC38-5.2, SCE-1.3, SCE-2.2
func (f *File) Dues(standards Standards) ([]Due, error) {
	var no refusing
	var dues []Due
	paid := f.kept()
	for _, e := range Valid[Enrolled](f) {
		if e.Fact.Way.Insurance() != Resident {
			continue
		}
		groups := f.On(e.Fact.On).Groups
		for year := yearOf(e.Fact.From); year <= yearOf(e.Fact.To); year++ {
			if slices.ContainsFunc(paid, func(p Numbered[Paid]) bool {
				return p.Fact.Year == year && p.Fact.Way.Insurance() == Resident
			}) {
				continue
			}
			standard, found := standards.For(e.Fact.StandardOf, e.Fact.Area, e.Fact.Way)
			if !found {
				no.because("enrol.no_standard", "SC38-5.3", "year", int(e.Fact.StandardOf), "area", e.Fact.Area, "way", e.Fact.Way)
				break
			}
			dues = append(dues, Due{e.No, e.Fact.Area, e.Fact.Way, year, e.Fact.StandardOf, standard.Shares(groups)})
		}
	}
	if err := no.err(); err != nil {
		return nil, err
	}
	slices.SortFunc(dues, func(a, b Due) int { return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.No, b.No)) })
	return dues, nil
}

// Payment (缴费) is what a person paid towards what is due, as the tax department reports it. Repair is for how many broken years he paid
// besides, each at the individual standard.
//
// 依据: SCE-9.1, SCE-3.8
type Payment struct {
	Year   policy.Year
	On     policy.Date
	Amount money.Fen
	Repair int
}

// Pay (缴费入账) matches a payment with what is due for its year and gives the facts that follow: what was paid by whom, and the cover it buys.
// A student's payment is for every year he enrolled for. An amount other than what is due is refused, with what is due.
//
// 依据: SC38-5.2, SCE-1.3, SCE-3.8
func (f *File) Pay(p Payment, standards Standards) ([]Fact, error) {
	together, expected, price, err := f.expected(p, standards)
	if err != nil {
		return nil, err
	}
	if p.Amount != expected {
		return nil, because("enrol.amount", "SC38-5.2", "paid", p.Amount, "due", expected, "year", int(p.Year))
	}
	var facts []Fact
	for _, due := range together {
		shares := due.Shares
		repair := 0
		if due.Year == p.Year {
			repair = p.Repair
			shares[Person] += price * money.Fen(p.Repair)
		}
		facts = append(facts, Paid{Area: due.Area, Way: due.Way, Year: due.Year, On: p.On, Shares: shares, Repair: repair})
	}
	of := together[0]
	enrolled := f.Entries[of.No-1].Fact.(Enrolled)
	spell := enrolled.Spell
	if of.Way != Newborn {
		spell.From = max(spell.From, p.On)
	}
	return append(facts, Covered{Area: of.Area, Way: of.Way, Spell: spell}), nil
}

// expected gives the years a payment is for, what is to be paid for them, and what a year of repair costs; the amount of the payment is not asked.
func (f *File) expected(p Payment, standards Standards) (together []Due, expected, price money.Fen, err error) {
	var no refusing
	if no.ended(f); no.err() != nil {
		return nil, 0, 0, no.err()
	}
	dues, err := f.Dues(standards)
	if err != nil {
		return nil, 0, 0, err
	}
	i := slices.IndexFunc(dues, func(d Due) bool { return d.Year == p.Year })
	if i < 0 {
		return nil, 0, 0, because("enrol.nothing_due", "SC38-5.2", "year", int(p.Year))
	}
	of := dues[i]
	together = []Due{of}
	if of.Way == Student {
		together = slices.DeleteFunc(dues, func(d Due) bool { return d.No != of.No })
	}
	for _, due := range together {
		expected += due.Shares[Person]
	}
	if p.Repair < 0 || p.Repair > 0 && of.Way == Student {
		return nil, 0, 0, because("enrol.repair", "SCE-3.8", "years", p.Repair)
	}
	if p.On > p.Year.End() {
		return nil, 0, 0, because("enrol.paid_late", "SCE-3.7", "on", p.On, "year", int(p.Year))
	}
	if p.Repair > 0 {
		if price, err = repairPrice(of, standards); err != nil {
			return nil, 0, 0, err
		}
	}
	return together, expected + price*money.Fen(p.Repair), price, nil
}

// MonthPayment (职工缴费明细) is what was paid for an employee's month, as the tax department reports it.
//
// 依据: SC38-5.2, SCE-9.1
type MonthPayment struct {
	Month  Spell // a calendar month
	On     policy.Date
	Wage   money.Fen
	Shares Shares
}

// PayMonth (职工缴费入账) matches a month's payment with the enrolment it is for and gives what was paid and the cover of that month. Shares other
// than the standard's are refused, with what is due.
//
// 依据: SC38-5.2, SC38-5.3, SCE-2.3
func (f *File) PayMonth(p MonthPayment, standards Standards) ([]Fact, error) {
	of, standard, due, err := f.expectedMonth(p, standards)
	if err != nil {
		return nil, err
	}
	if due != p.Shares {
		return nil, because("enrol.amount", "SC38-5.2", "paid", p.Shares.Total(), "due", due.Total(), "year", int(yearOf(p.Month.From)))
	}
	covered := p.Month
	covered.From = max(covered.From, of.From)
	return []Fact{
		Paid{Area: of.Area, Way: of.Way, Year: yearOf(p.Month.From), Months: p.Month, On: p.On, Base: standard.Base(p.Wage), Shares: p.Shares},
		Covered{Area: of.Area, Way: of.Way, Spell: covered},
	}, nil
}

// expectedMonth gives the enrolment a month's payment is for, its standard, and what each has to pay.
func (f *File) expectedMonth(p MonthPayment, standards Standards) (of Enrolled, standard Standard, due Shares, err error) {
	enrolled := Valid[Enrolled](f)
	i := slices.IndexFunc(enrolled, func(e Numbered[Enrolled]) bool {
		both, met := e.Fact.Meets(p.Month)
		return e.Fact.Way.Insurance() == Employee && met && both.To == p.Month.To
	})
	if i < 0 {
		return of, standard, due, because("enrol.no_enrolment", "SC38-5.1", "from", p.Month.From, "to", p.Month.To)
	}
	of = enrolled[i].Fact
	if slices.ContainsFunc(f.kept(), func(paid Numbered[Paid]) bool {
		_, met := paid.Fact.Months.Meets(p.Month)
		return paid.Fact.Months.From != "" && met && paid.Fact.Way.Insurance() == Employee
	}) {
		return of, standard, due, because("enrol.month_paid", "SC38-5.2", "from", p.Month.From, "to", p.Month.To)
	}
	standard, found := standards.For(yearOf(p.Month.From), of.Area, of.Way)
	if !found {
		return of, standard, due, because("enrol.no_standard", "SC38-5.3", "year", int(yearOf(p.Month.From)), "area", of.Area, "way", of.Way)
	}
	return of, standard, standard.MonthShares(p.Wage), nil
}

// Covers (参保情况) gives the times a person is insured, one after the other as they were entered, what follows without a break in the same
// way and place put together.
//
// 依据: SCE-4.1
func (f *File) Covers() []Covered {
	var all []Covered
	for _, c := range Valid[Covered](f) {
		all = append(all, c.Fact)
	}
	slices.SortStableFunc(all, func(a, b Covered) int { return cmp.Compare(a.From, b.From) })
	var merged []Covered
	for _, c := range all {
		last := len(merged) - 1
		if last >= 0 && merged[last].Area == c.Area && merged[last].Way == c.Way && merged[last].To != "" && dayNumber(merged[last].To)+1 == dayNumber(c.From) {
			merged[last].To = c.To
			continue
		}
		merged = append(merged, c)
	}
	return merged
}

// repairPrice is what repairing one broken year costs: the individual standard of the year at the place of enrolment, without aid.
//
// 依据: SCE-3.8
func repairPrice(of Due, standards Standards) (money.Fen, error) {
	standard, found := standards.For(of.Year, of.Area, of.Way)
	if !found {
		return 0, because("enrol.no_standard", "SC38-5.3", "year", int(of.Year), "area", of.Area, "way", of.Way)
	}
	return standard.Individual, nil
}
