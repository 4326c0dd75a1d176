package enrol

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/money"
)

var dueStandards = Standards{
	{Year: 2026, Division: "510000", Way: Ordinary, Individual: 40000, Subsidy: Shares{Central: 40000, County: 27000}, Aid: map[Group]money.Fen{Subsistence: 30000}},
	{Year: 2026, Division: "510000", Way: Staff, AverageWage: 800000, EmployerRate: 65000, PersonRate: 20000, Floor: 600000, Ceiling: 3000000},
}

func residentYear(person money.Fen) TaxReturn {
	return TaxReturn{Receipt: "T1", Insurance: Resident, Area: "510104", Period: YearOf(2026), Shares: Shares{Person: person}}
}

func taxMonth(month int, person, employer money.Fen) TaxReturn {
	return TaxReturn{Receipt: "T2", Insurance: Employee, Area: "510104", Period: MonthOf(2026, month), Wage: 500000, Shares: Shares{Person: person, Employer: employer}}
}

// What is paid is matched with what is due, each side of each boundary.
func TestSettle(t *testing.T) {
	enrolled := Enrolled{On: "2025-10-01", Area: "510104", Way: Ordinary, StandardOf: 2026, Spell: Spell{"2026-01-01", "2026-12-31"}}
	staff := Enrolled{On: "2026-01-01", Area: "510104", Way: Staff, StandardOf: 2026, Spell: Spell{From: "2026-01-01"}}
	paid := Paid{Area: "510104", Way: Ordinary, Year: 2026, On: "2025-10-01", Shares: Shares{Person: 40000}}
	for _, c := range []struct {
		name, clause         string
		file                 *File
		paid                 TaxReturn
		before               Shares
		want                 Outcome
		posted, excess, held money.Fen
	}{
		{"exact", "SC38-5.2", adult(enrolled), residentYear(40000), Shares{}, Posted, 40000, 0, 0},
		{"a fen too much", "SC38-5.2", adult(enrolled), residentYear(40001), Shares{}, Overpaid, 40000, 1, 0},
		{"a fen short", "SC38-5.2", adult(enrolled), residentYear(39999), Shares{}, Short, 0, 0, 39999},
		{"the rest", "SC38-5.2", adult(enrolled), residentYear(10000), Shares{Person: 30000}, Posted, 40000, 0, 0},
		{"more than the rest", "SC38-5.2", adult(enrolled), residentYear(10001), Shares{Person: 30000}, Overpaid, 40000, 1, 0},
		{"aided", "SCE-2.2", adult(Belongs{Subsistence, Spell{From: "2020-01-01"}}, enrolled), residentYear(10000), Shares{}, Posted, 10000, 0, 0},
		{"paid before", "SC38-5.2", adult(enrolled, paid), residentYear(40000), Shares{}, PaidTwice, 0, 40000, 0},
		{"not enrolled", "SCE-9.1", adult(), residentYear(40000), Shares{}, Unregistered, 0, 0, 40000},
		{"dead", "SCE-10.1", adult(enrolled, Ended{"2026-02-01", Died}), residentYear(40000), Shares{}, NotAlive, 0, 40000, 0},
		{"no standard", "SC38-5.3", adult(Enrolled{On: "2025-10-01", Area: "510104", Way: Pupil, StandardOf: 2026, Spell: Spell{"2026-01-01", "2026-12-31"}}), residentYear(40000), Shares{}, Unclear, 0, 0, 40000},
		{"a month", "SC38-5.2", adult(staff), taxMonth(3, 10000, 32500), Shares{}, Posted, 42500, 0, 0},
		{"a month, employer short", "SC38-5.2", adult(staff), taxMonth(3, 10000, 32499), Shares{}, Short, 0, 0, 42499},
		{"a month, shares mixed up", "SC38-5.2", adult(staff), taxMonth(3, 32500, 10000), Shares{}, Unclear, 0, 0, 42500},
		{"a month before", "SC38-5.1", adult(Enrolled{On: "2026-04-01", Area: "510104", Way: Staff, StandardOf: 2026, Spell: Spell{From: "2026-04-01"}}), taxMonth(3, 10000, 32500), Shares{}, Unregistered, 0, 0, 42500},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Attr("clause", c.clause)
			s := c.file.Settle(c.paid, "2026-03-20", c.before, dueStandards)
			if s.Outcome != c.want || s.Posted != c.posted || s.Excess != c.excess || s.Held != c.held {
				t.Fatalf("%+v", s)
			}
			c.file.Add(3, s.Facts...)
			if again := c.file.Settle(c.paid, "2026-03-20", Shares{}, dueStandards); s.Outcome == Posted && again.Outcome != PaidTwice {
				t.Errorf("the same again: %+v", again)
			}
		})
	}
}

// Whatever is paid, nothing of it is lost, and what is posted is what was due.
func TestSettleLosesNothing(t *testing.T) {
	t.Attr("clause", "SCE-9.1")
	enrolled := Enrolled{On: "2025-10-01", Area: "510104", Way: Ordinary, StandardOf: 2026, Spell: Spell{"2026-01-01", "2026-12-31"}}
	rapid.Check(t, func(t *rapid.T) {
		file := adult(enrolled)
		var held Shares
		var posted, excess, all money.Fen
		for range rapid.IntRange(1, 6).Draw(t, "payments") {
			amount := money.Fen(rapid.Int64Range(1, 60000).Draw(t, "amount"))
			all += amount
			s := file.Settle(residentYear(amount), "2026-03-20", held, dueStandards)
			if s.WithBefore && s.Posted+s.Excess+s.Held != amount+held[Person] || !s.WithBefore && s.Posted+s.Excess+s.Held != amount {
				t.Fatalf("%d became %+v", amount, s)
			}
			if s.WithBefore && s.Held == 0 {
				held = Shares{}
			}
			posted, excess = posted+s.Posted, excess+s.Excess
			held[Person] += s.Held
			file.Add(3, s.Facts...)
		}
		if posted+excess+held[Person] != all || posted != 0 && posted != 40000 {
			t.Fatalf("of %d, %d posted, %d too much, %d held", all, posted, excess, held[Person])
		}
	})
}

// What is due, paid and owed of a year.
func TestCollection(t *testing.T) {
	t.Attr("clause", "SC38-5.2")
	enrolled := Enrolled{On: "2025-10-01", Area: "510104", Way: Ordinary, StandardOf: 2026, Spell: Spell{"2026-01-01", "2026-12-31"}}
	staff := Enrolled{On: "2026-01-01", Area: "510105", Way: Staff, StandardOf: 2026, Spell: Spell{From: "2026-01-01"}}
	all := map[CollectionKey]Collection{}
	add := func(k CollectionKey, c Collection) {
		sum := all[k]
		sum.Add(c)
		all[k] = sum
	}
	worker := adult(staff)
	for _, month := range []int{1, 2} {
		worker.Add(3, worker.Settle(taxMonth(month, 10000, 32500), "2026-03-20", Shares{}, dueStandards).Facts...)
	}
	paid := adult(enrolled)
	paid.Add(3, paid.Settle(residentYear(40000), "2026-03-20", Shares{}, dueStandards).Facts...)
	for _, f := range []*File{paid, adult(enrolled), adult(enrolled, Ended{"2026-01-02", Died}), worker} {
		f.Collection(2026, "2026-05-10", dueStandards, add)
	}
	resident, employee := all[CollectionKey{"510104", Resident}], all[CollectionKey{"510105", Employee}]
	if resident != (Collection{Persons: 2, Owing: 1, Due: 80000, Received: 40000, Subsidy: 67000}) || resident.Rate().Exact(6) != money.NewRatio(1, 2).Exact(6) {
		t.Errorf("%+v", resident)
	}
	if employee != (Collection{Persons: 1, Owing: 1, Due: 4 * 42500, Received: 2 * 42500, Estimated: 2 * 42500}) {
		t.Errorf("%+v", employee)
	}
}

// A report is read as it was written, and nothing else is.
func TestReportForm(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	r := Report{Matter: TaxReturns, Identity: who("999999200002290011", "甲", "2000-02-29", Male), On: "2026-01-01", To: "2026-02-01", Place: "510104001002", Group: Orphan, Unit: "U", Title: "T",
		End: Died, Also: Document{BirthCertificate, "B"}, Mother: Document{ResidentCard, "M"}, Tax: taxMonth(2, 1, 2), Wrong: Wrong{TwoAreas, Spell{"2026-01-01", ""}, 3, 4}}
	got, ok := ReadReport(r.Form())
	if !ok || got != r {
		t.Errorf("%+v", got)
	}
	if _, ok := ReadReport(append(r.Form(), '1')); ok {
		t.Error("more than the form is read")
	}
}

// Who differs from a number by a slip is among the slips.
func TestSlips(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	rapid.Check(t, func(t *rapid.T) {
		right := []byte("99999920000229" + rapid.StringMatching("[0-9]{3}").Draw(t, "serial"))
		right = append(right, CheckDigit(string(right)))
		wrong := slices.Clone(right)
		i := rapid.IntRange(0, 16).Draw(t, "place")
		wrong[i] = '0' + (wrong[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if _, _, _, ok := ParseNumber(string(wrong)); ok {
			t.Skip("another number")
		}
		if !slices.Contains(Slips(string(wrong)), string(right)) {
			t.Fatalf("%s is not found from %s", right, wrong)
		}
	})
}

// What a report says is done by the acts that are there, and once only.
func TestActOnReport(t *testing.T) {
	cover := Covered{"510104", Ordinary, Spell{"2026-01-01", "2026-12-31"}}
	baby := Report{Matter: Births, Identity: Identity{Document{BirthCertificate, "B1"}, "乙", Female, "2026-05-01"}, On: "2026-05-01", Place: "510104001002"}
	file := &File{}
	facts, err := baby.Act(terms, nil, EnrolNewborn, "2026-06-15")
	if err != nil {
		t.Fatal(err)
	}
	file.Add(1, facts...)
	t.Attr("clause", "SCE-1.2")
	if e := Valid[Enrolled](file); len(e) != 1 || e[0].Fact.Way != Newborn || e[0].Fact.From != "2026-05-01" || e[0].Fact.Area != "510104" {
		t.Errorf("%+v", e)
	}
	if s := baby.Suggest(file, SameNumber, "2026-06-15"); s.Step != NoStep {
		t.Errorf("enrolled, and %s is suggested", s.Step)
	}
	dead := adult(cover)
	death := Report{Matter: Deaths, Identity: dead.Identity(), On: "2026-05-01"}
	if facts, err = death.Act(terms, dead, CloseFile, "2026-06-15"); err != nil {
		t.Fatal(err)
	}
	dead.Add(1, facts...)
	if now := dead.On("2026-05-02"); now.Ended == nil || len(now.Covers) != 0 || len(dead.On("2026-05-01").Covers) != 1 {
		t.Errorf("%+v", now)
	}
	if facts, err := death.Act(terms, dead, CloseFile, "2026-06-15"); err != nil || facts != nil {
		t.Errorf("again: %v, %v", facts, err)
	}
	if _, err := death.Act(terms, adult(cover), EnterHome, "2026-06-15"); err == nil {
		t.Error("a death enters a home")
	}
}

// Of two covers that collide one stays whole, and the other keeps the days that were right.
func TestKeep(t *testing.T) {
	t.Attr("clause", "SCE-4.3")
	f := adult(Covered{"510104", Ordinary, Spell{"2026-01-01", "2026-12-31"}}, Covered{"510105", Staff, Spell{"2026-03-01", "2026-08-31"}}, Used{Year: 2026, Reimbursed: 500}, Used{Year: 2026, Reimbursed: 700}, Used{Year: 2025, Reimbursed: 9})
	wrongs := terms.Wrongs(f)
	if len(wrongs) != 1 || wrongs[0].Doubt != TwoSchemes {
		t.Fatalf("%+v", wrongs)
	}
	if used := f.Misspent(wrongs[0]); len(used) != 1 || used[0].Reimbursed != 700 {
		t.Errorf("%+v", used)
	}
	if _, err := f.Keep(wrongs[0], 1, "x"); err == nil {
		t.Error("a cover of neither side is kept")
	}
	facts, err := f.Keep(wrongs[0], wrongs[0].Other, "x")
	if err != nil {
		t.Fatal(err)
	}
	f.Add(3, facts...)
	var spells []Spell
	for _, c := range f.Covers() {
		spells = append(spells, c.Spell)
	}
	if want := []Spell{{"2026-01-01", "2026-02-28"}, {"2026-03-01", "2026-08-31"}, {"2026-09-01", "2026-12-31"}}; !slices.Equal(spells, want) || len(terms.Wrongs(f)) != 0 {
		t.Errorf("%v", spells)
	}
}
