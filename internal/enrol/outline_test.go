package enrol

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// countAt is what changes come to at the end of a year.
func countAt(changes []Change, year policy.Year) map[Place][Heads]int {
	sums := map[Place][Heads]int{}
	for _, c := range changes {
		if c.Year <= year {
			of := sums[c.Place]
			of[c.Head] += c.By
			sums[c.Place] = of
		}
	}
	maps.DeleteFunc(sums, func(_ Place, n [Heads]int) bool { return n == [Heads]int{} })
	return sums
}

func TestOutline(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	var f File
	const home, town = Place("510104001002"), Place("510105001002")
	f.Add(1, Known{Identity{Document{BirthCertificate, "X"}, "A", Male, "2000-05-01"}}, Registered{"2000-05-01", home}, Lives{"2000-05-01", home},
		Known{Identity{Document{ResidentCard, "Y"}, "A", Male, "2000-05-01"}},
		Covered{"510104", Ordinary, Spell{"2020-01-01", "2020-12-31"}}, Covered{"510104", Ordinary, Spell{"2021-01-01", "2021-12-31"}},
		Lives{"2021-03-01", town}, Covered{"510105", Staff, Spell{"2021-07-01", ""}}, Ended{"2023-06-01", Died})
	o := f.Outline()
	if o.County != "510105" || o.Home != home || o.Lives != town || o.Born != 2000 || len(o.Known) != 2 {
		t.Errorf("%+v", o)
	}
	for year, want := range map[policy.Year]map[Place][Heads]int{
		1999: {}, 2000: {home: {1, 1}}, 2019: {home: {1, 1}}, 2020: {home: {1, 1, 1, 0, 1}},
		2021: {home: {1, 0, 0, 1}, town: {0, 1, 0, 0, 0, 1}}, 2022: {home: {1, 0, 0, 1}, town: {0, 1, 0, 0, 0, 1}}, 2023: {}, 2050: {},
	} {
		if got := countAt(o.Changes, year); !maps.Equal(got, want) {
			t.Errorf("%d: %v, want %v", year, got, want)
		}
	}
	if len(o.Changes) != 2+2+6+4 {
		t.Errorf("%d changes: %v", len(o.Changes), o.Changes)
	}
}

// At the end of every year a person counts where On says he is, once or not at all.
func TestChangesAreWhatHolds(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	rapid.Check(t, func(t *rapid.T) {
		var f File
		day := func() policy.Date {
			return dayOf(rapid.Int32Range(dayNumber("2020-01-01"), dayNumber("2025-12-31")).Draw(t, "day"))
		}
		place := rapid.SampledFrom([]Place{"510104001002", "510104001003", "510105002001"})
		for range rapid.IntRange(0, 8).Draw(t, "facts") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				f.Add(1, Registered{day(), place.Draw(t, "place")})
			case 1:
				f.Add(1, Lives{day(), place.Draw(t, "place")})
			case 2:
				spell := Spell{day(), day()}
				if spell.To < spell.From {
					spell.To = ""
				}
				f.Add(1, Covered{region.Code("510104"), rapid.SampledFrom([]Way{Ordinary, Staff}).Draw(t, "way"), spell})
			case 3:
				f.Add(1, Void{rapid.IntRange(1, 8).Draw(t, "no"), ""})
			}
		}
		if rapid.Bool().Draw(t, "ends") {
			f.Add(1, Ended{day(), Died})
		}
		changes := f.Outline().Changes
		for year := policy.Year(2019); year < 2028; year++ {
			s := f.On(year.End())
			want := map[Place][Heads]int{}
			add := func(place Place, head Head) {
				if place != "" {
					n := want[place]
					n[head]++
					want[place] = n
				}
			}
			if s.Ended == nil {
				add(s.Home, RegisteredHere)
				add(s.Lives, LivesHere)
				var last Covered
				for _, n := range Valid[Covered](&f) {
					c := n.Fact
					if _, meets := c.Meets(Spell{policy.Date(year.End()[:4] + "-01-01"), year.End()}); meets && c.From <= year.End() && c.From >= last.From {
						last = c
					}
				}
				switch last.Way.Insurance() {
				case Resident:
					add(s.Home, RegisteredInRes)
					add(s.Lives, LivesInRes)
				case Employee:
					add(s.Home, RegisteredInEmpl)
					add(s.Lives, LivesInEmpl)
				}
			}
			if got := countAt(changes, year); !maps.Equal(got, want) {
				t.Fatalf("%d: %v, want %v", year, got, want)
			}
		}
	})
}
