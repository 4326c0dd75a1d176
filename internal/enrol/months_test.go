package enrol

import (
	"slices"
	"testing"

	"tongchou/internal/policy"
)

func monthIn2025(month policy.Date) Paid {
	return Paid{Area: "510105", Way: Staff, Year: 2025, Months: Spell{"2025-" + month + "-01", "2025-" + month + "-28"}, On: "2025-" + month + "-20", Base: 500000}
}

// Months carried from an area count once: those on file of it are not counted again.
func TestService(t *testing.T) {
	t.Attr("clause", "YA-4.2.1")
	f := &File{}
	f.Add(1, monthIn2025("03"), monthIn2025("04"), monthIn2025("05"), Refunded{No: 3, On: "2025-06-01"})
	if s := f.Service("2025-12-31"); s != (Service{Paid: 2}) {
		t.Errorf("%+v", s)
	}
	if s := f.Service("2025-03-31"); s != (Service{Paid: 1}) {
		t.Errorf("to the end of March: %+v", s)
	}
	f.Add(2, Transferred{On: "2025-12-31", From: "510105", To: "510104", Months: 26}, Transferred{On: "2026-03-01", From: "110101", To: "510104", Months: 12})
	if s := f.Service("2026-12-31"); s.Carried != 36 || s.Months() != 38 {
		t.Errorf("%+v", s)
	}
	f.Add(3, Transferred{On: "2026-05-01", From: "510105", To: "510104", Months: 1})
	if s := f.Service("2026-12-31"); s.Carried != 36 {
		t.Errorf("fewer carried than are on file: %+v", s)
	}
	months := f.MonthsPaid()
	if len(months) != 3 || months[0].Months.From != "2025-05-01" || !months[0].Refunded || months[1].Refunded || months[2].No != 1 {
		t.Errorf("%+v", months)
	}
	if n := monthsOf(Spell{"2024-11-15", "2025-02-01"}); n != 4 {
		t.Errorf("%d months", n)
	}
}

// Who is enrolled with a household or a school belongs to it afterwards, and to no other of its kind.
func TestEnrolIn(t *testing.T) {
	t.Attr("clause", "SCE-1.4")
	school := Attached{Unit: AtSchool, Number: "S2", Name: "B", Spell: Spell{From: "2025-10-01"}}
	f := adult(Attached{Unit: AtSchool, Number: "S1", Spell: Spell{From: "2020-09-01"}}, Attached{Unit: AtHousehold, Number: "H1", Spell: Spell{From: "2020-09-01"}})
	a := Application{Way: Pupil, Area: "510104", On: "2025-10-01", Year: 2026}
	facts, err := terms.EnrolIn(f, school, a)
	if err != nil {
		t.Fatal(reasons(err))
	}
	f.Add(2, facts...)
	now := f.On("2025-10-01")
	if at, is := now.at(AtSchool); !is || at.Number != "S2" || len(now.Attached) != 2 || len(Valid[Enrolled](f)) != 1 {
		t.Errorf("%+v", now.Attached)
	}
	if before := f.On("2025-09-30"); len(before.Attached) != 2 {
		t.Errorf("the day before: %+v", before.Attached)
	}
	n := len(f.Entries)
	if _, err := terms.EnrolIn(f, school, a); !slices.Equal(reasons(err), []string{"enrol.enrolled_already SCE-4.3"}) || len(f.Entries) != n {
		t.Errorf("twice: %v", reasons(err))
	}
	a.Year = 2027
	a.On = "2026-10-01"
	if facts, err := terms.EnrolIn(f, school, a); err != nil || len(facts) != 1 {
		t.Errorf("of the school already: %v %v", facts, err)
	}
}
