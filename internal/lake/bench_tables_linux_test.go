package lake

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tongchou/internal/pgtest"
)

// serverTime is what the processes of a throw-away cluster have used.
func serverTime(b *testing.B, dsn string) time.Duration {
	b.Helper()
	dir := strings.TrimPrefix(strings.Fields(dsn)[0], "host=")
	content, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		b.Fatal(err)
	}
	server, _, _ := strings.Cut(string(content), "\n")
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	var ticks int64
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // gone meanwhile
		}
		pid := filepath.Base(filepath.Dir(path))
		_, rest, _ := strings.Cut(string(text), ") ")
		cells := strings.Fields(rest)
		if pid != server && cells[1] != server {
			continue
		}
		for _, at := range []int{11, 12, 13, 14} { // its own, and of children that ended
			n, _ := strconv.ParseInt(cells[at], 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// BenchmarkStores imports the same file into files and into tables and asks both the same. LAKE_BENCH_ROWS sets how many rows.
func BenchmarkStores(b *testing.B) {
	rows := 2_000_000
	if n, err := strconv.Atoi(os.Getenv("LAKE_BENCH_ROWS")); err == nil {
		rows = n
	}
	source, dsn := writeClaims(b, rows, 1), pgtest.StartDurable(b).DSN
	for _, store := range []struct {
		name string
		lake *Lake
		used func() time.Duration
	}{
		{"files", openLake(b, b.TempDir()), cpuTime},
		{"tables", openServer(b, b.TempDir(), dsn), func() time.Duration { return cpuTime() + serverTime(b, dsn) }},
	} {
		for _, what := range []struct {
			name string
			do   func() error
		}{
			{"import", func() error { _, err := store.lake.Import(b.Context(), source, ImportOptions{}); return err }},
			{"factors", func() error {
				s, err := store.lake.Session(b.Context(), 2025, Final)
				if err != nil {
					return err
				}
				defer s.Close()
				_, err = s.Factors(b.Context(), nil)
				return err
			}},
			{"checks", func() error {
				s, err := store.lake.Session(b.Context(), 2025, Final)
				if err != nil {
					return err
				}
				defer s.Close()
				_, err = s.Check(b.Context(), CheckOptions{})
				return err
			}},
			{"verify", store.lake.Verify},
		} {
			b.Run(what.name+"/"+store.name, func(b *testing.B) {
				if b.N > 1 {
					b.Skip("once is enough; -benchtime 1x")
				}
				before, started := store.used(), time.Now()
				if err := what.do(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(rows)/time.Since(started).Seconds(), "rows/s")
				b.ReportMetric(float64(rows)/(store.used()-before).Seconds(), "rows/cpu-s")
			})
		}
	}
	var size int64
	if err := connect(b, dsn).QueryRow("SELECT pg_total_relation_size('tongchou_lake.claims_2025')").Scan(&size); err != nil {
		b.Fatal(err)
	}
	b.Log(fmt.Sprintf("%d bytes a row in tables", size/int64(rows)))
}
