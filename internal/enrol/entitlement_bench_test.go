package enrol_test

import (
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

func rulesOf(t testing.TB, year policy.Year, overrides map[policy.ParameterID]string) *enrol.Rules {
	t.Helper()
	library := policytest.Library(t)
	set, err := library.With(policytest.Pack(t, "sichuan").At(year.End()), policy.Overlay{Set: overrides})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := enrol.Compile(library, set, year)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// lives are histories of every kind: eight years of cover, one in four with a break, one in eight with years of
// employee insurance, one in sixteen out of order.
func lives() []enrol.History {
	out := make([]enrol.History, 1024)
	for i := range out {
		h := enrol.History{Born: enrol.DayOf(policy.Year(1950+i%70), 5, 1)}
		for y := policy.Year(2023); y <= 2030; y++ {
			row := enrol.Year{Year: y, Cover: enrol.Resident, PaidOn: enrol.DayOf(y-1, 10, 2), HasReimbursed: true, HasCatastrophic: true,
				Reimbursed: money.Fen(i % 3 * 100_000)}
			switch {
			case i%4 == 1 && y > 2025 && y < 2027+policy.Year(i%3):
				continue
			case i%8 == 2 && y == 2026:
				row.Cover = enrol.Employee
			case i%4 == 3 && y == 2030:
				row.PaidOn, row.RepairYears = enrol.DayOf(y, 3, 31), 1
			}
			h.Years = append(h.Years, row)
		}
		if i%16 == 5 {
			h.Years[0], h.Years[2] = h.Years[2], h.Years[0]
		}
		out[i] = h
	}
	return out
}

// One person's entitlement from eight years of history.
func BenchmarkEntitle(b *testing.B) {
	rules, all := rulesOf(b, 2030, nil), lives()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := rules.Entitle(&all[i%len(all)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "persons/s")
}

// The same with the reasons of every part.
func BenchmarkExplain(b *testing.B) {
	rules, all := rulesOf(b, 2030, nil), lives()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, _, err := rules.Explain(&all[i%len(all)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
