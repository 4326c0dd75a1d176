package enrol

import (
	"reflect"
	"testing"

	"tongchou/internal/policy"
)

// How somebody stands towards a year, and what was said to him since its window opened.
func TestRoster(t *testing.T) {
	t.Attr("clause", "SCE-4.2")
	t.Attr("clause", "SCE-4.1")
	year := func(from, to policy.Date) Covered {
		return Covered{Area: "510104", Way: Ordinary, Spell: Spell{from, to}}
	}
	for _, c := range []struct {
		name  string
		facts []Fact
		want  RosterState
	}{
		{"nothing", nil, UninsuredState},
		{"the year before", []Fact{year("2027-01-01", "2027-12-31")}, UninsuredState},
		{"the last day", []Fact{year("2028-12-31", "")}, InsuredState},
		{"to its first day", []Fact{year("2027-01-01", "2028-01-01")}, InsuredState},
		{"taken back", []Fact{year("2028-01-01", "2028-12-31"), Void{No: 2}}, UninsuredState},
		{"registered", []Fact{Enrolled{On: "2027-11-01", Area: "510104", Way: Ordinary, Spell: Spell{"2028-01-01", "2028-12-31"}}}, DueState},
		{"dead", []Fact{year("2028-01-01", "2028-03-01"), Ended{"2028-03-01", Died}}, EndedState},
		{"dead after", []Fact{year("2028-01-01", "2028-12-31"), Ended{"2029-03-01", Died}}, InsuredState},
	} {
		f := &File{No: 1}
		f.Add(1, Known{Identity{Name: "测试", Birth: "1990-01-01"}})
		f.Add(1, c.facts...)
		if e := f.Roster(2028, "2027-09-01"); e.State != c.want || e.No != 1 || e.Name != "测试" {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
	f := &File{}
	f.Add(1, Known{}, Registered{"2000-01-01", "510104001002"}, Lives{"2000-01-01", "510105001002"}, Reachable{Phone: "1"},
		Reminded{On: "2027-11-02", Result: NotReached}, Reminded{On: "2027-08-31", Result: NotWilling}, Reminded{On: "2027-10-01", Result: WillEnrol})
	e := f.Roster(2028, "2027-09-01")
	if len(e.Reminders) != 2 || e.Reminders[1].Result != NotReached || !e.Separated() || e.Phone != "1" {
		t.Errorf("%+v", e)
	}
}

func TestMobilised(t *testing.T) {
	t.Attr("clause", "SCE-4.2")
	var m Mobilised
	spoken := []Reminded{{Result: NotReached}, {Result: WillEnrol}}
	m.Add(RosterEntry{State: InsuredState, Reminders: spoken}, true, true)
	m.Add(RosterEntry{State: DueState, Reminders: spoken, Home: "510104001002", Lives: "510105001002"}, true, false)
	m.Add(RosterEntry{State: UninsuredState}, false, true)
	m.Add(RosterEntry{State: EndedState, Reminders: spoken}, true, true)
	if want := (Mobilised{2, 2, 1, 1, 1, 2, 1, 1, map[string]int64{WillEnrol: 1}}); !reflect.DeepEqual(m, want) {
		t.Errorf("%+v", m)
	}
}

func TestPlaceWithin(t *testing.T) {
	for _, c := range []struct {
		place, other Place
		want         bool
	}{
		{"510104001002", "510104000000", true}, {"510104001002", "510104001000", true}, {"510104001002", "510104001002", true},
		{"510104001002", "510104002000", false}, {"510104001002", "510105000000", false}, {"510104001000", "510104001002", false}, {"", "510104000000", false}, {"510104001002", "", false},
	} {
		if got := c.place.Within(c.other); got != c.want {
			t.Errorf("%s in %s: %v", c.place, c.other, got)
		}
	}
}
