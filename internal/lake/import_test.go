package lake

import (
	"testing"
)

func TestImport(t *testing.T) {
	l := openLake(t, t.TempDir())
	source := writeClaims(t, 20_000, 1)
	r, err := l.Import(t.Context(), source, ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 20_000 || r.Rejected != 0 {
		t.Errorf("%+v", r)
	}
	if err := l.Verify(); err != nil {
		t.Error(err)
	}
}

func BenchmarkImport(b *testing.B) {
	const rows = 1_000_000
	source := writeClaims(b, rows, 1)
	for b.Loop() {
		l := openLake(b, b.TempDir())
		started := cpuTime()
		if _, err := l.Import(b.Context(), source, ImportOptions{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(rows/(cpuTime()-started).Seconds(), "rows/cpu-s")
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
