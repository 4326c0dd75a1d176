//go:build !windows

package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// BenchmarkKeep seals and stores 20,000 files of six years at a time.
func BenchmarkKeep(b *testing.B) {
	s := open(b, b.TempDir())
	im, err := s.Persons().Import(b.Context(), act("510000", "x"), office.DigestOf([]byte("bench")), "bench")
	if err != nil {
		b.Fatal(err)
	}
	const batch = 20_000
	drafter := im.Drafter()
	for b.Loop() {
		first, err := im.Numbers(b.Context(), batch)
		if err != nil {
			b.Fatal(err)
		}
		drafts := make([]Draft, batch)
		for i := range drafts {
			no := first + enrol.PersonNo(i)
			if drafts[i], err = drafter.Draft(no, int64(no), sixYears(no)); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := im.Keep(b.Context(), im.Done+batch, NewLoad(drafts)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "persons/s")
}

// sixYears are the facts of a made-up person.
func sixYears(no enrol.PersonNo) []enrol.Fact {
	place := enrol.Place(fmt.Sprintf("5101%02d%03d%03d", 4+no/40_000%20, no/4000%10+1, no/200%20+1))
	facts := []enrol.Fact{
		enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: fmt.Sprintf("99999919900203%04d", no)}, Name: fmt.Sprintf("n%d", no%5000), Sex: enrol.Male, Birth: "1990-02-03"}},
		enrol.Registered{On: "1990-02-03", Place: place}, enrol.Lives{On: "1990-02-03", Place: place},
	}
	for year := policy.Year(2021); year <= 2026; year++ {
		facts = append(facts, enrol.Covered{Area: place.County(), Way: enrol.Ordinary, Spell: enrol.Spell{From: policy.Date(fmt.Sprintf("%d-01-01", year)), To: year.End()}},
			enrol.Paid{Area: place.County(), Way: enrol.Ordinary, Year: year, On: policy.Date(fmt.Sprintf("%d-10-01", year-1)), Shares: enrol.Shares{40000, 0, 0, 0, 40200, 26800}},
			enrol.Used{Year: year, Reimbursed: 123456})
	}
	return facts
}

// largeStore names a store with many persons, of a province 510000, that BenchmarkLook looks at and adds audit entries to.
const largeStore = "STORE_BENCH_PEOPLE"

// BenchmarkLook reads files and searches in a large store; the entry of the audit chain is part of each look.
func BenchmarkLook(b *testing.B) {
	address := os.Getenv(largeStore)
	if address == "" {
		b.Skip(largeStore + " names no store")
	}
	s, err := Open(b.Context(), address, Options{PersonKey: os.Getenv("TONGCHOU_PERSON_KEY")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var last int64
	if err := s.reading.QueryRow("SELECT MAX(person) FROM persons").Scan(&last); err != nil {
		b.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	by := act("510000", "x")
	somebody := func() Person {
		for {
			p, found, err := s.Persons().Read(b.Context(), by, enrol.PersonNo(1+dice.Int64N(last)))
			if err != nil {
				b.Fatal(err)
			}
			if found {
				return p
			}
		}
	}
	roster := func(place enrol.Place) (found Found, err error) {
		list, err := s.Persons().Roster(b.Context(), by, RosterQuery{Place: place, Year: 2026, Since: "2025-09-01", Limit: 50})
		for _, x := range list.Listed {
			found.Persons = append(found.Persons, Person{County: x.County})
		}
		return found, err
	}
	for name, look := range map[string]func(Person) (Found, error){
		"number": func(p Person) (Found, error) {
			q, _, err := s.Persons().Read(b.Context(), by, p.No)
			return Found{Persons: []Person{q}}, err
		},
		"document": func(p Person) (Found, error) { return s.Persons().ByDocument(b.Context(), by, p.Identity().Document) },
		"name":     func(p Person) (Found, error) { return s.Persons().ByName(b.Context(), by, p.Identity().Name, p.County) },
		"birth": func(p Person) (Found, error) {
			return s.Persons().ByNameAndBirth(b.Context(), by, p.Identity().Name, p.Identity().Birth)
		},
		"village": func(p Person) (Found, error) {
			return s.Persons().In(b.Context(), by, p.On("2026-01-01").Home, 0, 0)
		},
		"roster-village":  func(p Person) (Found, error) { return roster(p.On("2026-01-01").Home) },
		"roster-township": func(p Person) (Found, error) { return roster(p.On("2026-01-01").Home.Township()) },
	} {
		b.Run(name, func(b *testing.B) {
			people := make([]Person, 100)
			for i := range people {
				people[i] = somebody()
			}
			var times []time.Duration
			for i := 0; b.Loop(); i++ {
				begun := time.Now()
				got, err := look(people[i%len(people)])
				times = append(times, time.Since(begun))
				if err != nil || len(got.Persons) == 0 {
					b.Fatal(got, err)
				}
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "median-µs")
			b.ReportMetric(float64(times[len(times)*95/100].Microseconds()), "p95-µs")
		})
	}
}
