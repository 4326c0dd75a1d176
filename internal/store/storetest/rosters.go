package storetest

import (
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Who is registered in one county and lives in another is on both counties' lists while he is not insured, and both may remind him; nobody else's file
// is shared, and every list is in the chain.
func rosters(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-4.2")
	t.Attr("clause", "YA-4.10.2")
	const here, there = enrol.Place("510104009001"), enrol.Place("510105009001")
	person := func(serial int, home, lives enrol.Place, at region.Code) enrol.PersonNo {
		facts := []enrol.Fact{enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number("1970-01-01", serial)}, Name: "Made Up", Sex: enrol.Male, Birth: "1970-01-01"}},
			enrol.Registered{On: "1970-01-01", Place: home}, enrol.Lives{On: "1970-01-01", Place: lives}}
		if at != "" {
			facts = append(facts, enrol.Covered{Area: at, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2030-01-01", To: "2030-12-31"}})
		}
		no, err := AddPerson(t, s, Act(lives.County()), facts...)
		if err != nil {
			t.Fatal(err)
		}
		return no
	}
	at, away, insured := person(901, here, here, ""), person(902, here, there, ""), person(903, here, there, neighbour)
	ask := func(act store.Act, place enrol.Place, after enrol.PersonNo, limit int) (store.Roster, error) {
		return s.Persons().Roster(t.Context(), act, store.RosterQuery{Place: place, Year: 2030, Since: "2029-09-01", After: after, Limit: limit})
	}
	list, err := ask(Act(county), here, 0, 10)
	if err != nil || len(list.Listed) != 2 || list.Listed[0].No != at || list.Listed[1].No != away || !list.Listed[1].Shared || list.Listed[0].Shared {
		t.Fatalf("%+v %v", list, err)
	}
	if m := list.Whole; m.Registered != 3 || m.Living != 1 || m.Insured != 1 || m.Uninsured != 2 || m.Separated != 1 || list.Villages[here].Registered != 3 {
		t.Errorf("%+v %+v", m, list.Villages[here])
	}
	for _, place := range []enrol.Place{"510104009000", "510104000000"} {
		if wide, err := ask(Act(county), place, at, 1); err != nil || len(wide.Listed) == 0 || wide.Listed[0].No != away {
			t.Errorf("%s: %+v %v", place, wide.Listed, err)
		}
	}
	if first, err := ask(Act(county), here, 0, 1); err != nil || len(first.Listed) != 1 || !first.More {
		t.Errorf("%+v %v", first, err)
	}
	if _, err := ask(Act(county), there, 0, 10); key(err) != "store.scope" {
		t.Errorf("another county's list: %v", err)
	}
	remind := func(act store.Act, no enrol.PersonNo, on policy.Date) error {
		_, err := s.Persons().Change(t.Context(), act, func(tx *store.Tx, people store.People) error {
			source, err := tx.Source("")
			if err != nil {
				return err
			}
			people.Done(no)
			return people.Remind(no, 2030, source, enrol.Reminded{On: on, By: "Made Up", Channel: enrol.ByPhone, Result: enrol.NotReached})
		})
		return err
	}
	for _, act := range []store.Act{Act(county), Act(neighbour)} {
		if err := remind(act, away, "2029-10-01"); err != nil {
			t.Errorf("%s reminds: %v", act.Chain, err)
		}
	}
	if err := remind(Act(county), insured, "2029-10-01"); key(err) != "store.no_person" {
		t.Errorf("somebody insured elsewhere: %v", err)
	}
	if err := remind(Act(other), at, "2029-10-01"); key(err) != "store.no_person" {
		t.Errorf("from elsewhere: %v", err)
	}
	if list, err = ask(Act(neighbour), there, 0, 10); err != nil || len(list.Listed) != 2 || len(list.Listed[0].Reminders) != 2 || list.Whole.Reminded != 1 {
		t.Errorf("the neighbour: %+v %v", list, err)
	}
	if _, found, err := s.Persons().Read(t.Context(), Act(county), away); found || err != nil {
		t.Errorf("the file of somebody whom another county is responsible for: %v", err)
	}
}
