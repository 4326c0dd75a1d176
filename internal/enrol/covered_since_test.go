package enrol_test

import (
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/policy"
)

// Covers that follow one another day by day are one, of whatever way and place; a day between them begins anew.
func TestCoveredSince(t *testing.T) {
	t.Attr("clause", "YA-4.2.1")
	cover := func(way enrol.Way, from, to policy.Date) enrol.Fact {
		return enrol.Covered{Area: "510104", Way: way, Spell: enrol.Spell{From: from, To: to}}
	}
	var f enrol.File
	f.Add(1, cover(enrol.Ordinary, "2025-01-01", "2025-12-31"), cover(enrol.Staff, "2026-01-01", "2026-05-31"), cover(enrol.Flexible, "2026-06-01", "2026-06-30"), cover(enrol.Ordinary, "2026-08-01", ""))
	for from, want := range map[policy.Date]policy.Date{"2025-01-01": "2025-01-01", "2026-01-01": "2025-01-01", "2026-06-01": "2025-01-01", "2026-08-01": "2026-08-01"} {
		if got := f.CoveredSince(from); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}
