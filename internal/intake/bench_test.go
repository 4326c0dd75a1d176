package intake

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"

	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/synth"
)

// made writes a file of made-up persons.
func made(t testing.TB, persons int64) string {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	people, err := synth.NewPeople(synth.PeopleOptions{Province: "510000", Persons: persons, From: 2021, To: 2026, Seed: 1}, tree)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	if err := people.WriteCSV(t.Context(), w, 0, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

func options(division region.Code) Options {
	return Options{Act: store.Act{Record: office.Record{Chain: division, Who: "u1"}, Scope: store.ScopeOf(division)}, Today: "2026-11-23",
		Counties: func(c region.Code) bool { return c.Province() == "510000" }}
}

// BenchmarkImport imports 100,000 made-up persons with six years each.
func BenchmarkImport(b *testing.B) {
	const persons = 100_000
	path := made(b, persons)
	for b.Loop() {
		s, err := store.Open(b.Context(), b.TempDir(), store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		report, err := People(b.Context(), s, path, options("510000"))
		if err != nil || report.Persons != persons {
			b.Fatal(report.Persons, err)
		}
		s.Close()
	}
	b.ReportMetric(float64(b.N)*persons/b.Elapsed().Seconds(), "persons/s")
}
