package enrol_test

import (
	"fmt"
	"slices"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/policy"
)

// Acts go by the same window, and by the age of the policy.
func TestTermsOfRules(t *testing.T) {
	t.Attr("clause", "SCE-6.1")
	t.Attr("clause", "SC38-5.1")
	f := &enrol.File{No: 1}
	f.Add(1, enrol.Known{Identity: enrol.Identity{Name: "甲", Birth: "2010-02-01"}}, enrol.Lives{On: "2010-02-01", Place: "510104001001"})
	terms := rulesOf(t, 2026, nil).Terms()
	for on, accepted := range map[policy.Date]bool{"2025-08-31": false, "2025-09-01": true, "2025-12-31": true} {
		if _, err := terms.Enrol(f, enrol.Application{Way: enrol.Ordinary, Area: "510104", On: on, Year: 2026}); (err == nil) != accepted {
			t.Errorf("%s: %v", on, err)
		}
	}
	for from, accepted := range map[policy.Date]bool{"2026-01-31": false, "2026-02-01": true} {
		if _, err := terms.Enrol(f, enrol.Application{Way: enrol.Flexible, Area: "510104", On: from, From: from}); (err == nil) != accepted {
			t.Errorf("%s: %v", from, err)
		}
	}
	if _, err := rulesOf(t, 2026, map[policy.ParameterID]string{"enrol.working_age": "18"}).Terms().Enrol(f, enrol.Application{Way: enrol.Flexible, Area: "510104", On: "2027-01-01", From: "2027-01-01"}); err == nil {
		t.Error("at sixteen, where eighteen is the age")
	}
}

// A file's facts give what entitlement follows from.
func TestHistory(t *testing.T) {
	t.Attr("clause", "SCE-1.3")
	t.Attr("clause", "SCE-3.7")
	standards := enrol.Standards{{Year: 2027, Division: "510000", Way: enrol.Ordinary, Individual: 40000}}
	cover := func(way enrol.Way, from, to policy.Date) enrol.Fact {
		return enrol.Covered{Area: "510104", Way: way, Spell: enrol.Spell{From: from, To: to}}
	}
	paid := func(way enrol.Way, year policy.Year, on policy.Date, repair int) enrol.Fact {
		return enrol.Paid{Area: "510104", Way: way, Year: year, On: on, Repair: repair}
	}
	used := func(year policy.Year) enrol.Fact { return enrol.Used{Year: year, Reimbursed: 100} }
	person := enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.OtherDocument, Number: "1"}, Name: "甲", Sex: enrol.Male, Birth: "1990-01-01"}}
	for _, c := range []struct {
		name                  string
		facts                 []enrol.Fact
		months, broken, price int
		from                  string
	}{
		{"paid in the window", []enrol.Fact{cover(enrol.Ordinary, "2027-01-01", "2027-12-31"), paid(enrol.Ordinary, 2027, "2026-12-31", 0)}, 0, 0, 0, "2027-01-01"},
		{"paid in the year", []enrol.Fact{cover(enrol.Ordinary, "2027-02-01", "2027-12-31"), paid(enrol.Ordinary, 2027, "2027-02-01", 0)}, 3, 0, 0, "2027-05-01"},
		{"a student's third year, paid at once", []enrol.Fact{cover(enrol.Student, "2025-01-01", "2028-12-31"), paid(enrol.Student, 2025, "2024-10-01", 0), paid(enrol.Student, 2026, "2024-10-01", 0),
			paid(enrol.Student, 2027, "2024-10-01", 0), used(2025), used(2026)}, 0, 0, 0, "2027-01-01"},
		{"paid before the window", []enrol.Fact{cover(enrol.Ordinary, "2027-01-01", "2027-12-31"), paid(enrol.Ordinary, 2027, "2026-08-31", 0)}, 3, 0, 0, "2027-04-01"},
		{"two broken years, one repaired", []enrol.Fact{cover(enrol.Ordinary, "2024-01-01", "2024-12-31"), cover(enrol.Ordinary, "2027-01-01", "2027-12-31"),
			paid(enrol.Ordinary, 2027, "2026-10-01", 1)}, 4, 2, 40000, "2027-05-01"},
		{"employed meanwhile", []enrol.Fact{cover(enrol.Ordinary, "2024-01-01", "2024-12-31"), cover(enrol.Staff, "2025-01-01", "2026-12-31"), cover(enrol.Ordinary, "2027-01-01", "2027-12-31"),
			paid(enrol.Ordinary, 2027, "2026-10-01", 0)}, 0, 0, 0, "2027-01-01"},
		{"in a group that waits not", []enrol.Fact{enrol.Belongs{Group: enrol.Orphan, Spell: enrol.Spell{From: "2020-01-01"}}, cover(enrol.Ordinary, "2027-06-01", "2027-12-31"),
			paid(enrol.Ordinary, 2027, "2027-06-01", 0)}, 0, 0, 0, "2027-06-01"},
		{"paid, given back, and paid late", []enrol.Fact{paid(enrol.Ordinary, 2027, "2026-10-01", 0), enrol.Refunded{No: 2, On: "2026-11-01"}, cover(enrol.Ordinary, "2027-03-31", "2027-12-31"),
			paid(enrol.Ordinary, 2027, "2027-03-31", 0)}, 3, 0, 0, "2027-06-30"},
	} {
		f := &enrol.File{No: 1}
		f.Add(1, person)
		f.Add(2, c.facts...)
		rules := rulesOf(t, 2027, nil)
		h := rules.History(f, standards)
		e, err := rules.Entitle(&h)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if e.Waiting.Months() != c.months || e.Broken != c.broken || int(e.Offer.PricePerYear) != c.price || e.Waiting.CoveredFrom.String() != c.from {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

// The two readings of a file that are ours are told where they mattered, and nowhere else.
func TestReadings(t *testing.T) {
	t.Attr("clause", "SCE-1.3")
	t.Attr("clause", "SCE-3.3")
	f := &enrol.File{No: 1}
	f.Add(1, enrol.Covered{Area: "510104", Way: enrol.Ordinary, Spell: enrol.Spell{From: "2025-01-01", To: "2025-06-30"}}, enrol.Covered{Area: "510104", Way: enrol.Staff, Spell: enrol.Spell{From: "2025-07-01", To: "2025-12-31"}},
		enrol.Covered{Area: "510104", Way: enrol.Student, Spell: enrol.Spell{From: "2026-01-01", To: "2028-12-31"}})
	for year := policy.Year(2026); year <= 2028; year++ {
		f.Add(1, enrol.Paid{Area: "510104", Way: enrol.Student, Year: year, On: "2025-10-01"})
	}
	var got []string
	for _, r := range rulesOf(t, 2027, nil).Readings(f) {
		year, _ := r.Args.Get("year")
		got = append(got, fmt.Sprint(r.Key, " ", year, " ", r.Clause, " ", r.Assumed))
	}
	if want := []string{"entitled.reading.both 2025 SCE-3.3 true", "entitled.reading.prepaid 2027 SCE-1.3 true"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	plain := &enrol.File{No: 1}
	plain.Add(1, enrol.Covered{Area: "510104", Way: enrol.Ordinary, Spell: enrol.Spell{From: "2025-01-01", To: "2027-12-31"}}, enrol.Paid{Area: "510104", Way: enrol.Ordinary, Year: 2027, On: "2025-10-01"})
	if all := rulesOf(t, 2027, nil).Readings(plain); len(all) > 0 {
		t.Errorf("%+v", all)
	}
}
