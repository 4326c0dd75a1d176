package benefit_test

import (
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/money"
)

// mixed are visits of every kind: three outpatient visits to a stay, a quarter off-site, some aided.
func mixed() []benefit.Visit {
	out := make([]benefit.Visit, 4096)
	for i := range out {
		v := &out[i]
		*v = benefit.Visit{Date: "2026-03-09", Insurance: benefit.Insurance(i % 2), Level: benefit.Level(i / 2 % 4), Approved: i%3 == 0, UseAccount: i%2 == 0,
			Person: benefit.Person{ID: "P", CoveredFrom: "2024-01-01", Retired: i%5 == 0, HasCap: i%7 == 0, Cap: 30_000_000, Account: 20_000}}
		v.Category = []benefit.Category{benefit.Inpatient, benefit.Outpatient, benefit.Outpatient, benefit.Chronic}[i/8%4]
		v.InScope = money.Fen(20_000 + i*7919%3_000_000)
		v.SelfPaidFirst = v.InScope / 20
		v.Total = v.InScope + v.SelfPaidFirst
		if i%4 == 1 {
			v.Place = benefit.Place(i / 4 % 4)
		}
		if i%16 == 3 {
			v.Groups = v.Groups.With("subsistence")
		}
	}
	return out
}

// One visit after another without the steps; every eighth begins a new year.
func BenchmarkSettle(b *testing.B) {
	schedule, all := schedulesOf(b, "reference", nil).Last(), mixed()
	var a benefit.Accumulators
	var s benefit.Settlement
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i%8 == 0 {
			a = benefit.Accumulators{}
		}
		schedule.Settle(&a, &all[i%len(all)], &s)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "visits/s")
}

// The same with the steps.
func BenchmarkExplain(b *testing.B) {
	schedule, all := schedulesOf(b, "reference", nil).Last(), mixed()
	var s benefit.Settlement
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		var a, before benefit.Accumulators
		schedule.Settle(&a, &all[i%len(all)], &s)
		schedule.Explain(&all[i%len(all)], &before, &s)
		i++
	}
}

// Nothing is allocated for a visit.
func TestSettleAllocatesNothing(t *testing.T) {
	schedule, all := schedulesOf(t, "reference", nil).Last(), mixed()
	var a benefit.Accumulators
	var s benefit.Settlement
	if n := testing.AllocsPerRun(100, func() {
		for i := range all {
			schedule.Settle(&a, &all[i], &s)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
