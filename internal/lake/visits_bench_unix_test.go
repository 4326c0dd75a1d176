//go:build !windows

package lake

import (
	"database/sql"
	"strings"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// BenchmarkVisits simulates the visits of two million settlements, reads them person by person alone, draws a sample of one person in a hundred, and lets DuckDB scan the same columns of the
// same files.
func BenchmarkVisits(b *testing.B) {
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
	var most []string
	for _, i := range visitColumns {
		most = append(most, "MAX("+StoredColumns()[i].Name+")")
	}
	rules, err := benefit.Compile(policytest.Library(b), policytest.Pack(b, "sichuan"), policy.Overlay{})
	if err != nil {
		b.Fatal(err)
	}
	nothing := func() func([]benefit.Case) { return func([]benefit.Case) {} }
	for name, f := range map[string]func() error{
		"simulate": func() error {
			_, _, err := Simulate(b.Context(), l, 2025, Final, VisitOptions{}, func() *benefit.Simulation { return benefit.NewSimulation(rules, rules) })
			return err
		},
		"read": func() error { _, err := l.Visits(b.Context(), 2025, Final, VisitOptions{}, nothing); return err },
		"sample": func() error {
			_, err := l.Visits(b.Context(), 2025, Final, VisitOptions{Sample: 10_000}, nothing)
			return err
		},
		"scan": func() error {
			return query(b.Context(), s, "SELECT "+strings.Join(most, ", ")+" FROM claims", func(*sql.Rows) error { return nil })
		},
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
}
