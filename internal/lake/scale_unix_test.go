//go:build !windows

package lake

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scaleImport is how many rows one import of BenchmarkScale has.
const scaleImport = 5_000_000

// BenchmarkScale fills a store with as many rows as LAKE_SCALE says, import after import, and measures each thing that is done with
// it once, factors beside plain DuckDB with the same SQL over the same files. LAKE_DIR keeps the store. Takes about 6 s for each
// million rows on two processors, and 70 bytes on disk for each.
func BenchmarkScale(b *testing.B) {
	rows, err := strconv.Atoi(os.Getenv("LAKE_SCALE"))
	if err != nil {
		b.Skip("LAKE_SCALE says how many rows")
	}
	dir := os.Getenv("LAKE_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	l := openLake(b, dir)
	m, err := l.Manifest()
	if err != nil {
		b.Fatal(err)
	}
	measure := func(name string, rows int, f func() error) {
		b.Helper()
		debug.FreeOSMemory()
		os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // resets the peak; where it cannot, the peak is the process's
		start, used := time.Now(), cpuTime()
		if err := f(); err != nil {
			b.Fatal(name, err)
		}
		wall, cpu := time.Since(start), cpuTime()-used
		fmt.Printf("%-28s %11d rows %8.2f s %8.2f CPU-s %9.0f rows/s %9.0f rows/CPU-s  peak %s\n", name, rows, wall.Seconds(), cpu.Seconds(),
			float64(rows)/wall.Seconds(), float64(rows)/cpu.Seconds(), peak())
	}
	var have int64
	for _, i := range m.Imports {
		have += i.Rows
	}
	for n := int(have); n < rows; n += scaleImport {
		source := writeClaims(b, min(scaleImport, rows-n), uint64(n/scaleImport)+1)
		measure("import", min(scaleImport, rows-n), func() error { _, err := l.Import(b.Context(), source, ImportOptions{}); return err })
		os.Remove(source)
	}
	s, err := l.Session(b.Context(), 2025, Final)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	plain, err := openEngine(b.Context(), l.dir, b.TempDir(), Options{Memory: "768MB", Threads: l.options.Threads})
	if err != nil {
		b.Fatal(err)
	}
	defer plain.Close()
	if _, err := plain.Exec("CREATE VIEW claims AS SELECT * FROM read_parquet(" + quoted(filepath.Join(l.dir, claimsDir, "*", "*", "*.parquet")) + ", hive_partitioning = false)"); err != nil {
		b.Fatal(err)
	}
	drain := func(texts ...string) error {
		for _, text := range texts {
			if err := query(b.Context(), plain, text, func(*sql.Rows) error { return nil }); err != nil {
				return err
			}
		}
		return nil
	}
	measure("one pass, DuckDB alone", rows, func() error { return drain(totalsSQL) })
	measure("one pass", rows, func() error { _, err := readTotals(b.Context(), s.conn, totalsSQL, 2025); return err })
	measure("all factors, DuckDB alone", rows, func() error { return drain(totalsSQL, personsSQL, refundsSQL) })
	measure("all factors", rows, func() error { _, err := DrawFactors(b.Context(), s.conn, 2025, nil); return err })
	if prepared, err := s.fromParts(b.Context()); err != nil {
		b.Fatal(err)
	} else if !prepared {
		measure("pivot, not prepared", rows, func() error {
			_, err := s.Pivot(b.Context(), PivotQuery{By: []Dimension{ByCity, ByInsurance, ByMonth}})
			return err
		})
	}
	measure("prepare", rows, func() error { return l.Prepare(b.Context(), 2025, Final, nil) })
	one := writeClaims(b, 1_000_000, 999)
	measure("import of a new month", 1_000_000, func() error { _, err := l.Import(b.Context(), one, ImportOptions{}); return err })
	measure("prepare after it", 1_000_000, func() error { return l.Prepare(b.Context(), 2025, Final, nil) })
	p, err := l.Session(b.Context(), 2025, Final)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	measure("all factors, prepared", rows, func() error { _, err := p.Factors(b.Context(), nil); return err })
	for _, by := range [][]Dimension{{ByCity, ByInsurance, ByMonth}, Dimensions()} {
		measure("pivot, published", rows, func() error { _, err := p.Pivot(b.Context(), PivotQuery{By: by, Publish: true}); return err })
	}
	measure("rows behind a cell", rows, func() error {
		_, _, err := p.Settlements(b.Context(), RowsQuery{Where: map[Dimension][]string{ByCity: {"510300"}, ByMonth: {"3"}}})
		return err
	})
}

// peak is the most memory that was held since the peak was reset.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "?"
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "?"
}
