//go:build !windows

package store

import (
	"fmt"
	"testing"

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
		if _, err := im.Keep(b.Context(), im.Done+batch, drafts); err != nil {
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
