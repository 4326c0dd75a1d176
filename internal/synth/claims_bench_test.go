package synth_test

import (
	"context"
	"io"
	"testing"

	"tongchou/internal/synth"
)

// Rows written per second, which issue 3 wants to be 500,000 on two cores.
func BenchmarkWriteClaims(b *testing.B) {
	c := claims(b, synth.ClaimOptions{Province: "510000", Persons: 100_000, From: 2025, To: 2025, Seed: 1})
	var rows int64
	b.ReportAllocs()
	for b.Loop() {
		p, err := c.WriteCSV(context.Background(), io.Discard, 0, nil)
		if err != nil {
			b.Fatal(err)
		}
		rows += p.Rows
		b.SetBytes(p.Bytes)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// The settlements alone, on one core.
func BenchmarkClaims(b *testing.B) {
	c := claims(b, synth.ClaimOptions{Province: "510000", Persons: 100_000, From: 2025, To: 2025, Seed: 1})
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		for range c.All() {
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
