package policy

import (
	"testing"
	"time"
)

func TestDays(t *testing.T) {
	for _, x := range []struct {
		day  Date
		days int
		want Date
	}{{"2024-02-28", 1, "2024-02-29"}, {"2023-02-28", 1, "2023-03-01"}, {"2026-12-31", 1, "2027-01-01"}, {"2026-01-01", -1, "2025-12-31"}, {"2026-11-23", 0, "2026-11-23"}, {"no day", 1, "no day"}} {
		if got := x.day.Add(x.days); got != x.want {
			t.Errorf("%s and %d days: %s, want %s", x.day, x.days, got, x.want)
		}
	}
	for _, x := range []struct {
		first, last Date
		want        int
	}{{"2024-02-28", "2024-03-01", 3}, {"2026-11-23", "2026-11-23", 1}, {"2026-11-24", "2026-11-23", 0}, {"2026-11-20", "2026-10-01", 0}, {"", "2026-11-23", 0}, {"2026-11-23", "no day", 0}} {
		if got := Days(x.first, x.last); got != x.want {
			t.Errorf("%s to %s: %d days, want %d", x.first, x.last, got, x.want)
		}
	}
	if first, last := MonthDays(2024, time.February); first != "2024-02-01" || last != "2024-02-29" {
		t.Errorf("%s %s", first, last)
	}
	if first, last := MonthDays(2026, time.December); first != "2026-12-01" || last != "2026-12-31" {
		t.Errorf("%s %s", first, last)
	}
	if got := DayOf(time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)); got != "2026-11-23" {
		t.Errorf("midnight in Beijing: %s", got)
	}
}
