//go:build !windows

package lake

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkImport(b *testing.B) {
	const rows = 1_000_000
	source := writeClaims(b, rows, 1)
	var used float64
	for b.Loop() {
		l := openLake(b, b.TempDir())
		before := cpuTime()
		if _, err := l.Import(b.Context(), source, ImportOptions{}); err != nil {
			b.Fatal(err)
		}
		used += (cpuTime() - before).Seconds()
	}
	b.ReportMetric(rows*float64(b.N)/used, "rows/cpu-s")
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkFactors draws all factors and, beside it, lets DuckDB run the same SQL over the same files by itself.
func BenchmarkFactors(b *testing.B) {
	const rows = 2_000_000
	l := openLake(b, b.TempDir())
	if _, err := l.Import(b.Context(), writeClaims(b, rows, 1), ImportOptions{}); err != nil {
		b.Fatal(err)
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
	drain := func(q Querier, text string) error {
		return query(b.Context(), q, text, func(*sql.Rows) error { return nil })
	}
	for name, f := range map[string]func() error{
		"ours/all":      func() error { _, err := s.Factors(b.Context(), nil); return err },
		"ours/one-pass": func() error { _, err := readTotals(b.Context(), s.conn, totalsSQL, 2025); return err },
		"plain/all": func() error {
			for _, text := range []string{totalsSQL, personsSQL, refundsSQL} {
				if err := drain(plain, text); err != nil {
					return err
				}
			}
			return nil
		},
		"plain/one-pass": func() error { return drain(plain, totalsSQL) },
	} {
		b.Run(name, func(b *testing.B) {
			before := cpuTime()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/(cpuTime()-before).Seconds(), "rows/cpu-s")
		})
	}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			if strings.HasPrefix(line, "VmHWM") {
				b.Log("peak", line)
			}
		}
	}
}

// BenchmarkImportForms imports the same rows in every form.
func BenchmarkImportForms(b *testing.B) {
	const rows = 300_000
	text := writeClaims(b, rows, 1)
	content, err := os.ReadFile(text)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	parquet, zipped := filepath.Join(dir, "claims.parquet"), filepath.Join(dir, "claims.csv.gz")
	db, err := openEngine(b.Context(), "/", dir, Options{Memory: "512MB", Threads: 2})
	if err != nil {
		b.Skipf("needs DuckDB: %v", err)
	}
	defer db.Close()
	if _, err := db.Exec("COPY (SELECT * FROM read_csv(" + quoted(text) + ", all_varchar = true, header = true)) TO " + quoted(parquet) + " (FORMAT parquet)"); err != nil {
		b.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(content) // to memory
	w.Close()
	if err := os.WriteFile(zipped, packed.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	mapping := &Mapping{Values: map[string]map[string]string{"gend": {"男": "1", "女": "2"}}, Days: DaySlashed}
	for name, c := range map[string]struct {
		file string
		m    *Mapping
	}{"CSV": {text, nil}, "gzip": {zipped, nil}, "Parquet": {parquet, nil}, "mapped": {text, mapping}} {
		b.Run(name, func(b *testing.B) {
			before := cpuTime()
			for b.Loop() {
				if _, err := openLake(b, b.TempDir()).Import(b.Context(), c.file, ImportOptions{Mapping: c.m}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/(cpuTime()-before).Seconds(), "rows/cpu-s")
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
