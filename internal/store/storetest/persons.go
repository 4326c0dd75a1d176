package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

const (
	county    = region.Code("510104")
	neighbour = region.Code("510105")
	village   = enrol.Place("510104001002")
)

// number gives an impossible identity number: there is no division 999999.
func number(birth string, serial int) string {
	seventeen := fmt.Sprintf("999999%s%03d", strings.ReplaceAll(birth, "-", ""), serial)
	return seventeen + string(enrol.CheckDigit(seventeen))
}

// Facts are a made-up person's, insured in a county for a few years.
func Facts(serial int, name string, at region.Code) []enrol.Fact {
	birth := policy.Date("1990-02-03")
	facts := []enrol.Fact{
		enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number(string(birth), serial)}, Name: name, Sex: enrol.Male, Birth: birth}},
		enrol.Registered{On: birth, Place: enrol.Place(at) + "001002"}, enrol.Lives{On: birth, Place: enrol.Place(at) + "001002"},
	}
	for year := policy.Year(2024); year <= 2026; year++ {
		first := policy.Date(fmt.Sprintf("%d-01-01", year))
		facts = append(facts, enrol.Covered{Area: at, Way: enrol.Ordinary, Spell: enrol.Spell{From: first, To: year.End()}},
			enrol.Paid{Area: at, Way: enrol.Ordinary, Year: year, On: policy.Date(fmt.Sprintf("%d-10-01", year-1)), Shares: enrol.Shares{40000, 0, 0, 0, 67000}})
	}
	return facts
}

// AddPerson makes the file of a made-up person.
func AddPerson(t testing.TB, s *store.Store, act store.Act, facts ...enrol.Fact) (no enrol.PersonNo, err error) {
	t.Helper()
	_, err = s.Persons().Change(context.Background(), act, func(tx *store.Tx, people store.People) error {
		source, err := tx.Source("form 1")
		if err != nil {
			return err
		}
		if no, err = people.Add(source, facts...); err == nil {
			people.Done(no)
		}
		return err
	})
	return no, err
}

// persons are found by who may see them, and by nobody else; a change is kept whole or not at all.
func persons(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-4.1")
	t.Attr("clause", "YA-4.10.2")
	if _, found, err := s.Persons().Read(t.Context(), Act(county), 1); err != nil || found {
		t.Errorf("before the first person: %v", err)
	}
	no, err := AddPerson(t, s, Act(county), Facts(1, "Made Up", county)...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := AddPerson(t, s, Act(neighbour), Facts(1, "Other", neighbour)...); key(err) != "store.person_exists" {
		t.Errorf("a second file for one document: %v", err)
	}
	if _, err := AddPerson(t, s, Act(county), Facts(2, "Other", neighbour)...); key(err) != "store.scope" {
		t.Errorf("a file of another county: %v", err)
	}
	if _, err := AddPerson(t, s, Act(county), enrol.Lives{On: "2000-01-01", Place: village}); key(err) != "store.person_unknown" {
		t.Errorf("a file of nobody: %v", err)
	}
	if other, err := AddPerson(t, s, Act(neighbour), Facts(3, "MadeUp", neighbour)...); err != nil || other == no {
		t.Fatal(other, err)
	}
	found(t, s, no)
	changed(t, s, no)
	moved(t, s, no)
	counts(t, s)
}

// found looks for a person in every way, from everywhere; each look is in the audit chain.
func found(t *testing.T, s *store.Store, no enrol.PersonNo) {
	t.Helper()
	ways := map[string]func(store.Act) (store.Found, error){
		"number": func(a store.Act) (store.Found, error) {
			p, _, err := s.Persons().Read(t.Context(), a, no)
			if p.File == nil {
				return store.Found{}, err
			}
			return store.Found{Persons: []store.Person{p}}, err
		},
		"document": func(a store.Act) (store.Found, error) {
			return s.Persons().ByDocument(t.Context(), a, enrol.Document{Kind: enrol.ResidentCard, Number: number("1990-02-03", 1)})
		},
		"name":  func(a store.Act) (store.Found, error) { return s.Persons().ByName(t.Context(), a, "madeup", county) },
		"place": func(a store.Act) (store.Found, error) { return s.Persons().In(t.Context(), a, village, 0, 0) },
		"batch": func(a store.Act) (f store.Found, err error) {
			for p, err := range s.Persons().Stream(t.Context(), a) {
				if err != nil {
					return f, err
				}
				if p.No == no || p.County != neighbour {
					f.Persons = append(f.Persons, p)
				}
			}
			return f, nil
		},
	}
	for way, look := range ways {
		for at, sees := range map[region.Code]bool{county: true, city: true, province: true, neighbour: false, other: false} {
			before := entries(t, s, at)
			got, err := look(Act(at))
			if err != nil || sees != (len(got.Persons) == 1) {
				t.Errorf("%s finds by %s: %+v, %v", at, way, got, err)
				continue
			}
			if entries(t, s, at) != before+1 {
				t.Errorf("%s looked by %s and nobody wrote it down", at, way)
			}
			if sees && (got.Persons[0].No != no || got.Persons[0].Identity().Name != "Made Up" || got.Persons[0].Version != 1 || len(got.Persons[0].Entries) != 9) {
				t.Errorf("%+v", got.Persons[0])
			}
		}
	}
	byBirth := func(at region.Code) int {
		got, err := s.Persons().ByNameAndBirth(t.Context(), Act(at), "MadeUp", "1990-02-03")
		if err != nil {
			t.Error(err)
		}
		return len(got.Persons)
	}
	if a, b, c := byBirth(province), byBirth(county), byBirth(other); a != 2 || b != 1 || c != 0 {
		t.Errorf("by name and birth: the province finds %d, the county %d, another city %d", a, b, c)
	}
	if got, err := s.Persons().ByName(t.Context(), Act(province), "made", county); err != nil || len(got.Persons) != 0 {
		t.Errorf("by a part of the name: %v, %v", got, err)
	}
}

// entries counts the entries of a chain.
func entries(t *testing.T, s *store.Store, chain region.Code) int {
	t.Helper()
	heads, err := s.Heads(t.Context(), office.Scope{Division: chain, Reach: office.Own})
	if err != nil {
		t.Fatal(err)
	}
	if len(heads) == 0 {
		return 0
	}
	return int(heads[0].Seq)
}

// add appends facts to a file.
func add(t *testing.T, s *store.Store, act store.Act, no enrol.PersonNo, version int64, facts ...enrol.Fact) error {
	t.Helper()
	_, err := s.Persons().Change(t.Context(), act, func(tx *store.Tx, people store.People) error {
		source, err := tx.Source("form 2")
		if err == nil {
			_, err = people.Append(no, version, source, facts...)
		}
		return err
	})
	return err
}

func changed(t *testing.T, s *store.Store, no enrol.PersonNo) {
	t.Helper()
	reach := enrol.Reachable{Phone: "000"}
	if err := add(t, s, Act(neighbour), no, 1, reach); key(err) != "store.no_person" {
		t.Errorf("changed from elsewhere: %v", err)
	}
	act := Act(county)
	act.Key, act.Content = "reach 1", office.DigestOf([]byte("1"))
	for range 2 {
		if err := add(t, s, act, no, 1, reach); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(t, s, Act(county), no, 1, reach); !errors.Is(err, office.ErrStale) {
		t.Errorf("a version that is gone: %v", err)
	}
	p, _, err := s.Persons().Read(t.Context(), Act(county), no)
	if err != nil || p.Version != 2 || len(p.Entries) != 10 || p.Entries[9].Fact != enrol.Fact(reach) {
		t.Errorf("%+v, %v", p, err)
	}
}

// moved takes a person to another county with another name and document: he is found there by both, and no longer here.
func moved(t *testing.T, s *store.Store, no enrol.PersonNo) {
	t.Helper()
	known := enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.Passport, Number: "P1"}, Name: "Later", Sex: enrol.Male, Birth: "1990-02-03"}}
	if err := add(t, s, Act(city), no, 2, known, enrol.Covered{Area: neighbour, Way: enrol.Staff, Spell: enrol.Spell{From: "2026-07-01"}}); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[region.Code]int{county: 0, neighbour: 1} {
		for _, d := range []enrol.Document{{Kind: enrol.Passport, Number: "P1"}, {Kind: enrol.ResidentCard, Number: number("1990-02-03", 1)}} {
			if got, err := s.Persons().ByDocument(t.Context(), Act(at), d); err != nil || len(got.Persons) != want {
				t.Errorf("%s, %s: %v, %v", at, d.Kind, got, err)
			}
		}
		if got, err := s.Persons().ByName(t.Context(), Act(at), "Later", at); err != nil || len(got.Persons) != want {
			t.Errorf("%s by name: %v, %v", at, got, err)
		}
	}
	if err := add(t, s, Act(city), no, 3, enrol.Void{No: 11, Why: "not he"}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Persons().ByDocument(t.Context(), Act(province), known.Document); err != nil || len(got.Persons) != 0 {
		t.Errorf("found by a document that was taken back: %v, %v", got, err)
	}
}

func counts(t *testing.T, s *store.Store) {
	t.Helper()
	for _, c := range []struct {
		at   region.Code
		year policy.Year
		want map[enrol.Place]store.Counted
	}{
		{province, 1989, map[enrol.Place]store.Counted{}},
		{province, 2023, map[enrol.Place]store.Counted{"510104001002": {1, 1}, "510105001002": {1, 1}}},
		{county, 2025, map[enrol.Place]store.Counted{"510104001002": {1, 1, 1, 0, 1}}},
		{neighbour, 2026, map[enrol.Place]store.Counted{"510105001002": {1, 1, 1, 0, 1}}},
		{county, 2026, map[enrol.Place]store.Counted{"510104001002": {1, 1, 0, 1, 0, 1}}},
		{other, 2026, map[enrol.Place]store.Counted{}},
	} {
		for _, level := range []store.PlaceLevel{store.Counties, store.Townships, store.Villages} {
			got, err := s.Persons().Counts(t.Context(), store.ScopeOf(c.at), level, enrol.PlaceIn(c.at), c.year)
			if err != nil || len(got) != len(c.want) {
				t.Errorf("%s, %d: %+v, %v", c.at, c.year, got, err)
				continue
			}
			for _, row := range got {
				want := c.want[enrol.Place(row.Place[:6]+"001002")]
				if row.Counted != want {
					t.Errorf("%s, %d, %s: %v, want %v", c.at, c.year, row.Place, row.Counted, want)
				}
			}
		}
	}
}
