package enrol

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

var terms = Terms{
	Window: func(y policy.Year) Spell {
		return Spell{(y - 1).End()[:5] + "09-01", (y - 1).End()}
	},
	WorkingAge: 16,
}

// adult is somebody born in 1990 who is registered and lives in 510104.
func adult(facts ...Fact) *File {
	f := &File{No: 1}
	f.Add(1, Known{Identity{Document{ResidentCard, "999999199001010010"}, "甲", Male, "1990-01-01"}},
		Registered{"1990-01-01", "510104001002"}, Lives{"1990-01-01", "510104001002"})
	f.Add(2, facts...)
	return f
}

func reasons(err error) []string {
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) {
		return nil
	}
	var out []string
	for _, p := range refusal.Problems {
		out = append(out, p.Key+" "+p.Clause)
	}
	slices.Sort(out)
	return out
}

func TestEnrol(t *testing.T) {
	forever := Spell{From: "2020-01-01"}
	baby := &File{}
	baby.Add(1, Known{Identity{Document{BirthCertificate, "B1"}, "乙", Female, "2025-12-31"}}, Registered{"2025-12-31", "510104001002"})
	child := &File{}
	child.Add(1, Known{Identity{Document{OtherDocument, "C1"}, "丙", Female, "2012-01-01"}}, Lives{"2012-01-01", "510105001001"}, Attached{Unit: AtSchool, Number: "S1", Spell: forever})
	resident := Application{Way: Ordinary, Area: "510104", On: "2025-09-01", Year: 2026}
	for _, c := range []struct {
		name, clause string
		file         *File
		a            Application
		want         string // what is enrolled for, or why not
	}{
		{"in the window", "SC38-5.3", adult(), resident, "2026-01-01 2026-12-31 2026"},
		{"before the window", "SC38-5.3", adult(), Application{Way: Ordinary, Area: "510104", On: "2025-08-31", Year: 2026}, "enrol.not_yet SC38-5.3"},
		{"in the year itself", "SCE-3.7", adult(), Application{Way: Ordinary, Area: "510104", On: "2026-05-05", Year: 2026}, "2026-05-05 2026-12-31 2026"},
		{"after the year", "SC38-5.3", adult(), Application{Way: Ordinary, Area: "510104", On: "2027-01-01", Year: 2026}, "enrol.not_yet SC38-5.3"},
		{"elsewhere than home and residence", "SCE-1.1", adult(), Application{Way: Ordinary, Area: "510105", On: "2025-09-01", Year: 2026}, "enrol.not_here SCE-1.1"},
		{"where he lives, registered elsewhere", "SCE-1.1", adult(Lives{"2024-01-01", "510105001001"}), Application{Way: Ordinary, Area: "510105", On: "2025-09-01", Year: 2026}, "2026-01-01 2026-12-31 2026"},
		{"employed", "SC38-5.1", adult(Attached{Unit: AtEmployer, Number: "U1", Spell: forever}), resident, "enrol.has_employer SC38-5.1"},
		{"covered already", "SCE-4.3", adult(Covered{"510105", Flexible, Spell{"2025-01-01", ""}}), resident, "enrol.covered_already SCE-4.3"},
		{"enrolled already", "SCE-4.3", adult(Enrolled{"2025-09-01", "510104", Ordinary, 2026, Spell{"2026-01-01", "2026-12-31"}}), resident, "enrol.enrolled_already SCE-4.3"},
		{"dead", "SCE-10.1", adult(Ended{"2025-01-01", Died}), resident, "enrol.ended SCE-10.1"},
		{"permit holder", "SCE-1.1", adult(Lives{"2024-01-01", "510105001001"}, Belongs{PermitHolder, forever}), Application{Way: Permit, Area: "510105", On: "2025-09-01", Year: 2026}, "2026-01-01 2026-12-31 2026"},
		{"no permit", "SCE-1.1", adult(Lives{"2024-01-01", "510105001001"}), Application{Way: Permit, Area: "510105", On: "2025-09-01", Year: 2026}, "enrol.no_permit SCE-1.1"},
		{"newborn of 31 December", "SCE-1.2", baby, Application{Way: Newborn, Area: "510104", On: "2025-12-31", Year: 2025}, "2025-12-31 2025-12-31 2025"},
		{"newborn a year later", "SCE-1.2", baby, Application{Way: Newborn, Area: "510104", On: "2026-01-01", Year: 2026}, "enrol.not_newborn SCE-1.2"},
		{"pupil where he learns", "SCE-1.1", child, Application{Way: Pupil, Area: "510107", On: "2025-10-01", Year: 2026}, "2026-01-01 2026-12-31 2026"},
		{"pupil without a school", "SCE-1.1", adult(), Application{Way: Pupil, Area: "510104", On: "2025-10-01", Year: 2026}, "enrol.no_school SCE-1.1"},
		{"student of four years", "SCE-1.3", adult(Attached{Unit: AtSchool, Number: "S1", Spell: forever}), Application{Way: Student, Area: "510107", On: "2025-10-01", Year: 2026, Years: 4}, "2026-01-01 2029-12-31 2026"},
		{"student of nine years", "SCE-1.3", adult(Attached{Unit: AtSchool, Number: "S1", Spell: forever}), Application{Way: Student, Area: "510107", On: "2025-10-01", Year: 2026, Years: 9}, "enrol.too_many_years SCE-1.3"},
		{"several years of no student", "SCE-1.3", adult(), Application{Way: Ordinary, Area: "510104", On: "2025-10-01", Year: 2026, Years: 2}, "enrol.years_of_students SCE-1.3"},
		{"staff", "SC38-5.1", adult(Attached{Unit: AtEmployer, Number: "U1", Spell: forever}), Application{Way: Staff, Area: "510105", On: "2025-03-05", From: "2025-03-01"}, "2025-03-01  2025"},
		{"staff of nobody", "SC38-5.1", adult(), Application{Way: Staff, Area: "510105", On: "2025-03-05", From: "2025-03-01"}, "enrol.no_employer SC38-5.1"},
		{"flexible, registered elsewhere", "SCE-1.1", adult(), Application{Way: Flexible, Area: "511500", On: "2025-03-05", From: "2025-03-01"}, "2025-03-01  2025"},
		{"flexible and employed", "SC38-5.1", adult(Attached{Unit: AtEmployer, Number: "U1", Spell: forever}), Application{Way: Flexible, Area: "510105", On: "2025-03-05", From: "2025-03-01"}, "enrol.has_employer SC38-5.1"},
		{"a child as an employee", "SC38-5.1", child, Application{Way: Flexible, Area: "510105", On: "2025-03-05", From: "2025-03-01"}, "enrol.too_young SC38-5.1"},
		{"on the sixteenth birthday", "SC38-5.1", child, Application{Way: Flexible, Area: "510105", On: "2028-01-01", From: "2028-01-01"}, "2028-01-01  2028"},
		{"unemployed with benefit", "SCE-2.3", adult(Belongs{DrawsBenefit, forever}), Application{Way: Unemployed, Area: "510104", On: "2025-03-05", From: "2025-03-01"}, "2025-03-01  2025"},
		{"unemployed without", "SCE-2.3", adult(), Application{Way: Unemployed, Area: "510104", On: "2025-03-05", From: "2025-03-01"}, "enrol.no_benefit SCE-2.3"},
		{"retired without pension", "SC38-5.1", adult(), Application{Way: Retired, Area: "510104", On: "2025-03-05", From: "2025-03-01"}, "enrol.no_pension SC38-5.1"},
		{"an unknown way", "SC38-5.1", adult(), Application{Way: "guest", Area: "510104", On: "2025-09-01", Year: 2026}, "enrol.way_unknown SC38-5.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Attr("clause", c.clause)
			facts, err := terms.Enrol(c.file, c.a)
			got := strings.Join(reasons(err), ", ")
			if err == nil {
				e := facts[0].(Enrolled)
				got = string(e.From) + " " + string(e.To) + " " + string(e.StandardOf.End()[:4])
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

var standards = Standards{
	{Year: 2026, Division: "510000", Way: Ordinary, Individual: 40000, Subsidy: Shares{Central: 40000, Province: 20000, City: 4000, County: 3000},
		Aid: map[Group]money.Fen{Destitute: 40000, Subsistence: 30000}},
	{Year: 2026, Division: "510100", Way: Ordinary, Individual: 42000},
	{Year: 2026, Division: "510000", Way: Student, Individual: 38000, Subsidy: Shares{Central: 67000}},
	{Year: 2026, Division: "510000", Way: Newborn, Individual: 40000},
	{Year: 2026, Division: "510000", Way: Staff, AverageWage: 800000, EmployerRate: rate("0.065"), PersonRate: rate("0.02"), Floor: rate("0.6"), Ceiling: rate("3")},
	{Year: 2026, Division: "510000", Way: Unemployed, AverageWage: 800000, EmployerRate: rate("0.065"), PersonRate: rate("0.02"), Floor: rate("0.6"), Ceiling: rate("3")},
}

func rate(text string) money.Rate {
	r, err := money.ParseRate(text)
	if err != nil {
		panic(err)
	}
	return r
}

func enrolled(t *testing.T, f *File, a Application) *File {
	t.Helper()
	facts, err := terms.Enrol(f, a)
	if err != nil {
		t.Fatal(reasons(err))
	}
	f.Add(3, facts...)
	return f
}

// What is due follows the nearest standard and the groups; aid goes to the most of a person's groups.
func TestDues(t *testing.T) {
	t.Attr("clause", "SCE-2.2")
	t.Attr("clause", "SC38-5.2")
	application := Application{Way: Ordinary, Area: "511502", On: "2025-10-01", Year: 2026}
	at := Lives{"2024-01-01", "511502001001"}
	for _, c := range []struct {
		groups      []Fact
		person, aid money.Fen
	}{
		{nil, 40000, 0},
		{[]Fact{Belongs{Subsistence, Spell{From: "2020-01-01"}}}, 10000, 30000},
		{[]Fact{Belongs{Subsistence, Spell{From: "2020-01-01"}}, Belongs{Destitute, Spell{From: "2025-10-01"}}}, 0, 40000},
		{[]Fact{Belongs{Destitute, Spell{"2020-01-01", "2025-09-30"}}}, 40000, 0},
	} {
		f := enrolled(t, adult(append(c.groups, at)...), application)
		dues, err := f.Dues(standards)
		if err != nil || len(dues) != 1 {
			t.Fatalf("%v %v", dues, err)
		}
		if s := dues[0].Shares; s[Person] != c.person || s[MedicalAid] != c.aid || s.Total() != 107000 {
			t.Errorf("%v: %v", c.groups, s)
		}
	}
	f := enrolled(t, adult(), Application{Way: Ordinary, Area: "510104", On: "2025-10-01", Year: 2026})
	if dues, err := f.Dues(standards); err != nil || dues[0].Shares[Person] != 42000 {
		t.Errorf("the city's own standard: %v %v", dues, err)
	}
	f = enrolled(t, adult(), Application{Way: Ordinary, Area: "510104", On: "2026-10-01", Year: 2027})
	if _, err := f.Dues(standards); !slices.Equal(reasons(err), []string{"enrol.no_standard SC38-5.3"}) {
		t.Errorf("without a standard: %v", err)
	}
}

// A student pays once for all school years at the standard of the entry year.
func TestStudentPaysOnce(t *testing.T) {
	t.Attr("clause", "SCE-1.3")
	f := enrolled(t, adult(Attached{Unit: AtSchool, Number: "S1", Spell: Spell{From: "2025-09-01"}}), Application{Way: Student, Area: "510107", On: "2025-10-01", Year: 2026, Years: 4})
	if _, err := f.Pay(Payment{Year: 2026, On: "2025-10-02", Amount: 38000}, standards); !slices.Equal(reasons(err), []string{"enrol.amount SC38-5.2"}) {
		t.Errorf("one year alone: %v", err)
	}
	facts, err := f.Pay(Payment{Year: 2026, On: "2025-10-02", Amount: 4 * 38000}, standards)
	if err != nil {
		t.Fatal(reasons(err))
	}
	f.Add(4, facts...)
	for _, day := range []policy.Date{"2026-01-01", "2027-06-01", "2029-12-31"} {
		if covers := f.On(day).Covers; len(covers) != 1 || covers[0].Way != Student {
			t.Errorf("%s: %v", day, covers)
		}
	}
	for _, p := range Valid[Paid](f) {
		if p.Fact.Shares[Person] != 38000 {
			t.Errorf("%d: %v", p.Fact.Year, p.Fact.Shares)
		}
	}
	if dues, err := f.Dues(nil); err != nil || len(dues) != 0 {
		t.Errorf("still due: %v %v", dues, err)
	}
	if _, err := f.Pay(Payment{Year: 2026, On: "2025-10-02", Amount: 4 * 38000}, standards); !slices.Equal(reasons(err), []string{"enrol.nothing_due SC38-5.2"}) {
		t.Errorf("twice: %v", err)
	}
}

// Broken years are repaired at the individual standard, without aid.
func TestPayRepairs(t *testing.T) {
	t.Attr("clause", "SCE-3.8")
	f := enrolled(t, adult(Lives{"2024-01-01", "511502001001"}, Belongs{Destitute, Spell{From: "2020-01-01"}}), Application{Way: Ordinary, Area: "511502", On: "2026-03-01", Year: 2026})
	facts, err := f.Pay(Payment{Year: 2026, On: "2026-03-02", Amount: 80000, Repair: 2}, standards)
	if err != nil {
		t.Fatal(reasons(err))
	}
	paid := facts[0].(Paid)
	if paid.Repair != 2 || paid.Shares[Person] != 80000 || paid.Shares[MedicalAid] != 40000 {
		t.Errorf("%+v", paid)
	}
	if covered := facts[1].(Covered); covered.From != "2026-03-02" || covered.To != "2026-12-31" {
		t.Errorf("%+v", covered)
	}
}

func TestPayMonth(t *testing.T) {
	t.Attr("clause", "SC38-5.3")
	t.Attr("clause", "SCE-2.3")
	january := Spell{"2026-01-01", "2026-01-31"}
	for _, c := range []struct {
		way    Way
		with   Fact
		wage   money.Fen
		base   money.Fen
		shares Shares
	}{
		{Staff, Attached{Unit: AtEmployer, Number: "U1", Spell: Spell{From: "2025-01-01"}}, 100000, 480000, Shares{Employer: 31200, Person: 9600}},
		{Staff, Attached{Unit: AtEmployer, Number: "U1", Spell: Spell{From: "2025-01-01"}}, 1000000, 1000000, Shares{Employer: 65000, Person: 20000}},
		{Staff, Attached{Unit: AtEmployer, Number: "U1", Spell: Spell{From: "2025-01-01"}}, 9000000, 2400000, Shares{Employer: 156000, Person: 48000}},
		{Unemployed, Belongs{DrawsBenefit, Spell{From: "2025-01-01"}}, 0, 480000, Shares{UnemploymentFund: 40800}},
	} {
		f := enrolled(t, adult(c.with), Application{Way: c.way, Area: "510104", On: "2025-12-20", From: "2026-01-01"})
		facts, err := f.PayMonth(MonthPayment{Month: january, On: "2026-01-10", Wage: c.wage, Shares: c.shares}, standards)
		if err != nil {
			t.Errorf("%s %s: %v", c.way, c.wage, reasons(err))
			continue
		}
		if paid := facts[0].(Paid); paid.Base != c.base {
			t.Errorf("%s %s: base %s", c.way, c.wage, paid.Base)
		}
		f.Add(4, facts...)
		if _, err := f.PayMonth(MonthPayment{Month: january, On: "2026-01-10", Wage: c.wage, Shares: c.shares}, standards); !slices.Equal(reasons(err), []string{"enrol.month_paid SC38-5.2"}) {
			t.Errorf("twice: %v", err)
		}
		next := MonthPayment{Month: Spell{"2026-02-01", "2026-02-28"}, On: "2026-02-10", Wage: c.wage, Shares: c.shares}
		if facts, err = f.PayMonth(next, standards); err != nil {
			t.Fatal(reasons(err))
		}
		f.Add(5, facts...)
		if covers := f.Covers(); len(covers) != 1 || covers[0].Spell != (Spell{"2026-01-01", "2026-02-28"}) {
			t.Errorf("covers %v", covers)
		}
		next.Month, next.Shares[Person] = Spell{"2026-03-01", "2026-03-31"}, next.Shares[Person]+1
		if _, err := f.PayMonth(next, standards); !slices.Equal(reasons(err), []string{"enrol.amount SC38-5.2"}) {
			t.Errorf("a fen too much: %v", err)
		}
	}
}

func TestSwitchAndTransfer(t *testing.T) {
	t.Attr("clause", "YA-4.2.1")
	t.Attr("clause", "SCE-4.3")
	f := adult(Attached{Unit: AtEmployer, Number: "U1", Spell: Spell{From: "2025-07-01"}}, Covered{"510104", Ordinary, Spell{"2025-01-01", "2025-12-31"}})
	facts, err := terms.Switch(f, Application{Way: Staff, Area: "510105", On: "2025-07-03", From: "2025-07-01"})
	if err != nil {
		t.Fatal(reasons(err))
	}
	f.Add(3, facts...)
	if covers := f.Covers(); len(covers) != 1 || covers[0].To != "2025-06-30" {
		t.Errorf("covers %v", covers)
	}
	facts, err = terms.Transfer(f, "510105", "2025-12-31", 6, Application{Way: Staff, Area: "511502", On: "2026-01-05", From: "2026-01-01"})
	if err != nil {
		t.Fatal(reasons(err))
	}
	f.Add(4, facts...)
	enrolments := Valid[Enrolled](f)
	if n := len(enrolments); n != 2 || enrolments[0].Fact.To != "2025-12-31" || enrolments[1].Fact.Area != "511502" {
		t.Errorf("enrolments %v", enrolments)
	}
	if moved := Valid[Transferred](f); len(moved) != 1 || moved[0].Fact.Months != 6 {
		t.Errorf("transfers %v", moved)
	}
	if _, err := terms.Transfer(f, "511502", "2026-12-31", 6, Application{Way: Staff, Area: "511502", On: "2027-01-05", From: "2027-01-01"}); !slices.Equal(reasons(err), []string{"enrol.same_area YA-4.2.1"}) {
		t.Errorf("to the same place: %v", err)
	}
}

func TestEndAndWithdraw(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	t.Attr("clause", "SC38-5.1")
	f := enrolled(t, adult(Lives{"2024-01-01", "511502001001"}), Application{Way: Ordinary, Area: "511502", On: "2025-10-01", Year: 2026})
	facts, err := f.Pay(Payment{Year: 2026, On: "2025-10-02", Amount: 40000}, standards)
	if err != nil {
		t.Fatal(reasons(err))
	}
	f.Add(4, facts...)
	if _, err := terms.Withdraw(f, 2026, "2026-01-01", "x"); !slices.Equal(reasons(err), []string{"enrol.year_has_begun SC38-5.1"}) {
		t.Errorf("after the year began: %v", err)
	}
	back, err := terms.Withdraw(f, 2026, "2025-12-31", "x")
	if err != nil {
		t.Fatal(reasons(err))
	}
	withdrawn := &File{Entries: slices.Clone(f.Entries)}
	withdrawn.Add(5, back...)
	if len(withdrawn.Covers()) != 0 || len(Valid[Refunded](withdrawn)) != 1 {
		t.Errorf("after withdrawal: %v", back)
	}
	if _, err := terms.Withdraw(withdrawn, 2026, "2025-12-31", "x"); !slices.Equal(reasons(err), []string{"enrol.nothing_for_year SC38-5.1"}) {
		t.Errorf("twice: %v", err)
	}
	end, err := terms.End(f, Ended{"2026-03-05", Died})
	if err != nil {
		t.Fatal(reasons(err))
	}
	f.Add(6, end...)
	if covers := f.Covers(); len(covers) != 1 || covers[0].To != "2026-03-05" {
		t.Errorf("after death: %v", covers)
	}
	if wrongs := terms.Wrongs(f); len(wrongs) != 0 {
		t.Errorf("wrong: %v", wrongs)
	}
	if _, err := terms.End(f, Ended{"2026-03-06", Died}); !slices.Equal(reasons(err), []string{"enrol.ended SCE-10.1"}) {
		t.Errorf("twice: %v", err)
	}
}

func TestWrongs(t *testing.T) {
	t.Attr("clause", "SCE-4.3")
	child := &File{}
	child.Add(1, Known{Identity{Birth: "2010-02-28"}}, Covered{"510104", Staff, Spell{"2025-01-01", "2026-12-31"}})
	for _, c := range []struct {
		file *File
		want Wrong
	}{
		{adult(Covered{"510104", Ordinary, Spell{"2025-01-01", "2025-12-31"}}, Covered{"510105", Ordinary, Spell{"2025-05-01", "2025-12-31"}}), Wrong{TwoAreas, Spell{"2025-05-01", "2025-12-31"}, 4, 5}},
		{adult(Covered{"510104", Ordinary, Spell{"2025-01-01", "2025-12-31"}}, Covered{"510104", Staff, Spell{"2025-05-01", ""}}), Wrong{TwoSchemes, Spell{"2025-05-01", "2025-12-31"}, 4, 5}},
		{adult(Covered{"510104", Ordinary, Spell{"2025-01-01", "2025-12-31"}}, Covered{"510104", Permit, Spell{"2025-12-31", "2026-12-31"}}), Wrong{TwoSpells, Spell{"2025-12-31", "2025-12-31"}, 4, 5}},
		{adult(Covered{"510104", Ordinary, Spell{"2025-01-01", "2025-12-31"}}, Ended{"2025-03-31", Died}), Wrong{AfterDeath, Spell{"2025-04-01", "2025-12-31"}, 4, 0}},
		{adult(Covered{"510104", Ordinary, Spell{"1989-12-30", "1990-12-31"}}), Wrong{BeforeBirth, Spell{"1989-12-30", "1989-12-31"}, 4, 0}},
		{child, Wrong{MinorEmployee, Spell{"2025-01-01", "2026-02-27"}, 2, 0}},
	} {
		if wrongs := terms.Wrongs(c.file); len(wrongs) != 1 || wrongs[0] != c.want {
			t.Errorf("%v, want %v", wrongs, c.want)
		}
	}
	if wrongs := terms.Wrongs(adult(Covered{"510104", Ordinary, Spell{"2025-01-01", "2025-12-31"}}, Covered{"510105", Staff, Spell{"2026-01-01", ""}})); len(wrongs) != 0 {
		t.Errorf("one after the other: %v", wrongs)
	}
}

// No sequence of acts that are accepted ever insures somebody twice at a time, or after his death.
func TestActsNeverDouble(t *testing.T) {
	t.Attr("clause", "SCE-4.3")
	ways := []Way{Ordinary, Student, Staff, Flexible, Unemployed, Permit, Retired}
	rapid.Check(t, func(t *rapid.T) {
		f := adult(Attached{Unit: AtSchool, Number: "S1", Spell: Spell{"2024-01-01", "2025-06-30"}}, Attached{Unit: AtEmployer, Number: "U1", Spell: Spell{"2025-07-01", "2026-08-31"}},
			Belongs{PermitHolder, Spell{From: "2024-01-01"}}, Belongs{DrawsBenefit, Spell{From: "2024-01-01"}}, Belongs{DrawsPension, Spell{From: "2024-01-01"}})
		wide := Standards{}
		for _, s := range standards {
			for year := policy.Year(2024); year < 2035; year++ {
				s.Year = year
				wide = append(wide, s)
			}
		}
		for range rapid.IntRange(1, 12).Draw(t, "acts") {
			year := policy.Year(rapid.IntRange(2024, 2028).Draw(t, "year"))
			on := dayOf(dayNumber(firstOf(year)) + int32(rapid.IntRange(-120, 364).Draw(t, "day")))
			a := Application{Way: rapid.SampledFrom(ways).Draw(t, "way"), Area: "510104", On: on, Year: year, From: on, Years: 1}
			if a.Way == Student {
				a.Years = rapid.IntRange(1, 4).Draw(t, "years")
			}
			var facts []Fact
			var err error
			switch rapid.IntRange(0, 6).Draw(t, "act") {
			case 0, 1:
				facts, err = terms.Enrol(f, a)
			case 2:
				facts, err = terms.Switch(f, a)
			case 3:
				facts, err = terms.Suspend(f, a.Way.Insurance(), on, "x")
			case 4:
				dues, failed := f.Dues(wide)
				if err = failed; err != nil || len(dues) == 0 {
					continue
				}
				due := dues[0]
				amount := due.Shares[Person]
				if due.Way == Student {
					amount = 0
					for _, d := range dues {
						if d.No == due.No {
							amount += d.Shares[Person]
						}
					}
				}
				facts, err = f.Pay(Payment{Year: due.Year, On: max(on, f.Entries[due.No-1].Fact.(Enrolled).On), Amount: amount}, wide)
			case 5:
				facts, err = terms.Withdraw(f, year, on, "x")
			case 6:
				facts, err = terms.End(f, Ended{on, Died})
			}
			if err != nil {
				if reasons(err) == nil {
					t.Fatal(err)
				}
				continue
			}
			f.Add(9, facts...)
			if wrongs := terms.Wrongs(f); len(wrongs) != 0 {
				t.Fatalf("%v after %v: %+v", wrongs, facts, f.Entries)
			}
		}
	})
}
