package benefit

import (
	"slices"
	"testing"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// sichuan is the province's schedule of a day, with other values laid over it.
func sichuan(t *testing.T, set map[policy.ParameterID]string) *Schedule {
	t.Helper()
	library := policytest.Library(t)
	pack, _ := library.Pack("sichuan")
	schedules, err := Compile(library, pack, policy.Overlay{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return schedules.On("2026-06-01")
}

// A disease with a cap of its own is paid up to it in a year, the others of its kind by themselves, and all of them up to the cap of the kind.
func TestDiseasesHaveCaps(t *testing.T) {
	t.Attr("clause", "SC38-6.3")
	t.Attr("clause", "YA-4.6.1")
	s := sichuan(t, nil)
	var used Accumulators
	for i, c := range []struct {
		category Category
		disease  string
		inScope  money.Fen
		basic    money.Fen
	}{
		{Chronic, "M03900", 100_000, 65_000},  // 1,000 × 0.65
		{Chronic, "M03900", 400_000, 135_000}, // 2,600, of which 2,000 − 650 are left
		{Chronic, "M03900", 10_000, 0},
		{Chronic, "M01600", 400_000, 250_000},         // 2,600, at most 2,500
		{Chronic, "M07800", 3_000_000, 550_000},       // no cap of its own: 10,000 − 2,000 − 2,500
		{TwoDisease, "diabetes", 200_000, 40_000},     // at most 400
		{TwoDisease, "hypertension", 200_000, 10_000}, // at most 300, and 500 of both
	} {
		v := Visit{ID: "D", Person: Person{CoveredFrom: "2026-01-01"}, Date: "2026-06-01", Insurance: Resident, Category: c.category, Approved: true, Disease: DiseaseOf(c.category, c.disease),
			Scope: Scope{Total: c.inScope, InScope: c.inScope}}
		var out Settlement
		s.Settle(&used, &v, &out)
		if out.Basic != c.basic {
			t.Errorf("%d: %s of %s in scope: %s, want %s", i, c.disease, c.inScope, out.Basic, c.basic)
		}
	}
	if Diseases()[0].Code() != "M00500" || DiseaseOf(Chronic, "hypertension") != 0 || DiseaseOf(Inpatient, "M03900") != 0 {
		t.Error("a disease is one of its kind of care")
	}
}

// Long-term care pays so much for every day of a stay, at most what is left in scope and what is left of the year's cap.
func TestLongTermCareByTheDay(t *testing.T) {
	t.Attr("clause", "YA-4.1.1")
	s := sichuan(t, nil)
	const care = layerCount - 1
	for i, c := range []struct {
		category Category
		begin    policy.Date
		groups   GroupSet
		inScope  money.Fen
		used     money.Fen
		paid     money.Fen
	}{
		{Inpatient, "2026-05-23", GroupSet(0).With("long_term_care"), 2_000_000, 0, 40_000}, // ten days of 40
		{Inpatient, "", GroupSet(0).With("long_term_care"), 2_000_000, 0, 4_000},
		{Inpatient, "2026-05-23", GroupSet(0).With("long_term_care"), 2_000_000, 990_000, 10_000},
		{Inpatient, "2026-05-23", GroupSet(0).With("long_term_care"), 20_000, 0, 20_000},
		{Inpatient, "2026-05-23", 0, 2_000_000, 0, 0},
		{Outpatient, "", GroupSet(0).With("long_term_care"), 2_000_000, 0, 0},
	} {
		v := Visit{ID: "C", Person: Person{CoveredFrom: "2026-01-01", Groups: c.groups}, Date: "2026-06-01", Begin: c.begin, Insurance: Resident, Category: c.category, Level: Level3,
			Scope: Scope{Total: c.inScope, InScope: c.inScope}}
		used := Accumulators{}
		used.Layers[care] = c.used
		var out Settlement
		s.Settle(&used, &v, &out)
		if out.Other[care] != c.paid || used.Layers[care] != c.used+c.paid || out.Funds()+out.Own != c.inScope {
			t.Errorf("%d: %s, want %s; %s and %s of %s", i, out.Other[care], c.paid, out.Funds(), out.Own, c.inScope)
		}
		if back := out.Mirror(); back.Other[care] != -c.paid {
			t.Errorf("%d: undone %s", i, back.Other[care])
		}
	}
}

// What is charged of an item on a day is in scope up to the day's limit, whichever lines it stands in; another day and another item have their own.
func TestLimitOfADay(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	line := func(code string, on policy.Date, price money.Rate) Line {
		return Line{Code: code, On: on, Quantity: money.One, Price: price * money.One, Class: ClassA, DayLimited: true, DayLimit: 30 * money.One}
	}
	lines := []Line{line("A", "2026-06-01", 20), line("B", "2026-06-01", 20), line("A", "2026-06-01", 20), line("A", "2026-06-01", 20), line("A", "2026-06-02", 40)}
	lines[1].DayLimited = false
	lines[4].DayUsed = 500
	uses := LimitDays(lines)
	if want := []DayUse{{"A", "2026-06-01", 0, 3_000}, {"A", "2026-06-02", 500, 2_500}}; !slices.Equal(uses, want) {
		t.Errorf("%v, want %v", uses, want)
	}
	for i, want := range []money.Fen{2_000, 2_000, 1_000, 0, 2_500} {
		if s, ok := lines[i].Scope(); !ok || s.InScope != want || s.InScope+s.OverLimit != s.Total {
			t.Errorf("%d: %+v, want %s in scope", i, s, want)
		}
	}
}

// A place may have a first share of class B for a kind of list; without it the catalogue's holds.
func TestFirstShareOfAPlace(t *testing.T) {
	t.Attr("clause", "YN-4.2")
	t.Attr("clause", "SC38-7.1")
	s := sichuan(t, map[policy.ParameterID]string{"benefit.class_b.drug": "0.15"})
	for list, want := range map[string]money.Rate{"101": money.One * 15 / 100, "1": money.One * 15 / 100, "201": -1, "301": -1, "": -1, "901": -1} {
		if share, own := s.FirstShare(list); own != (want >= 0) || own && share != want {
			t.Errorf("%q: %s %t", list, share, own)
		}
	}
}
