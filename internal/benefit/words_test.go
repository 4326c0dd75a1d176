package benefit_test

import (
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/money"
	"tongchou/internal/region"
)

// The platform's codes, on both sides of every bound.
func TestCodes(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "SCE-7.2")
	for code, want := range map[string]benefit.Level{"": benefit.Primary, "00": benefit.Primary, "01": benefit.Level3, "03": benefit.Level3, "04": benefit.Primary, "05": benefit.Level2, "07": benefit.Level2, "08": benefit.Level1,
		"10": benefit.Level1, "11": benefit.Primary, "99": benefit.Primary} {
		if got := benefit.LevelOf(code); got != want {
			t.Errorf("level %q is %v, want %v", code, got, want)
		}
	}
	for code, want := range map[string]benefit.Category{"11": benefit.Outpatient, "13": benefit.Outpatient, "14": benefit.Chronic, "140104": benefit.Chronic, "21": benefit.Inpatient, "28": benefit.Inpatient, "41": benefit.Outpatient,
		"51": benefit.Maternity, "52": benefit.Maternity, "1": benefit.Outpatient} {
		if got := benefit.CategoryOf(code); got != want {
			t.Errorf("kind of care %q is %v, want %v", code, got, want)
		}
	}
	for _, x := range []struct {
		insured, treated region.Code
		direct           bool
		want             benefit.Place
	}{{"510104", "510105", false, benefit.Local}, {"510104", "510704", false, benefit.Province}, {"510104", "530102", true, benefit.Outside}, {"510104", "530102", false, benefit.Unregistered},
		{"", "530102", true, benefit.Local}, {"510104", "", true, benefit.Local}, {"510", "530102", true, benefit.Local}} {
		if got := benefit.PlaceOf(x.insured, x.treated, x.direct); got != x.want {
			t.Errorf("insured at %q, treated at %q: %v, want %v", x.insured, x.treated, got, x.want)
		}
	}
}

// Everybody is told by his age band and group, at the bounds too, and those without a group as such.
func TestSimulationWords(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	schedules := schedulesOf(t, "reference", nil)
	s := benefit.NewSimulation(schedules, schedules)
	for _, age := range []int{0, 17, 18, 44, 45, 59, 60, 74, 75, 110} {
		c := bills(1, benefit.Resident, 100)[0]
		c.Age = age
		s.Person([]benefit.Case{c})
	}
	s.Person(bills(1, benefit.Resident, 100, "orphan"))
	ages, groups := map[string]int64{}, map[string]int64{}
	for _, r := range s.PeopleBy(benefit.ByAge) {
		ages[r.Word] = r.Persons
	}
	for _, r := range s.By(benefit.ByGroup) {
		groups[r.Word] = r.Visits
	}
	if ages["0-17"] != 3 || ages["18-44"] != 2 || ages["45-59"] != 2 || ages["60-74"] != 2 || ages["75+"] != 2 {
		t.Errorf("%v", ages)
	}
	if groups["none"] != 10 || groups["orphan"] != 1 || len(groups) != 2 {
		t.Errorf("%v", groups)
	}
}

// One aided resident's stay of 10,000 in scope at level 3: (10,000 − 800) × 60 % = 5,520 of it are paid, and 75 % of the 4,480 that are left.
func TestIndicatorsOfAid(t *testing.T) {
	t.Attr("clause", "YA-3.1.2")
	schedules := schedulesOf(t, "reference", nil)
	s := benefit.NewSimulation(schedules, schedules)
	c := bills(1, benefit.Resident, 10_000_00, "subsistence")[0]
	c.Category, c.Level, c.CoveredFrom = benefit.Inpatient, benefit.Level3, "2024-01-01"
	s.Person([]benefit.Case{c})
	for i, want := range []benefit.Indicator{{Word: "employee"}, {Word: "resident", Paid: [2]money.Fen{5_520_00, 5_520_00}, Base: [2]money.Fen{10_000_00, 10_000_00}},
		{Word: "aid", Paid: [2]money.Fen{3_360_00, 3_360_00}, Base: [2]money.Fen{4_480_00, 4_480_00}}} {
		if got := s.Indicators()[i]; got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
