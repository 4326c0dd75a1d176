package pool_test

import (
	"testing"

	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/policies"
)

func TestSmoke(t *testing.T) {
	lib, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	tree, _ := region.Load()
	e := pool.Engine{Library: lib, Tree: tree}
	pack, _ := lib.Pack("sichuan")
	f := pool.Facts{}
	for i, c := range []region.Code{"510100", "510300"} {
		k := pool.Key{Year: 2024, Division: c, Insurance: pool.Employee}
		f.Statements = append(f.Statements, pool.Statement{Key: k, Income: money.Fen(1000000 * (i + 1)), Spent: money.Fen(1100000 * (2 - i)), SurplusBegin: 500})
		f.Factors = append(f.Factors, pool.FactorRow{Key: k, Headcount: int64(1000 + i), Values: map[pool.Factor]money.Ratio{
			pool.AgedShare: money.NewRatio(int64(1+i), 10), pool.CostPerHead: money.NewRatio(300000, 1), pool.AdmissionRate: money.NewRatio(2, 10), pool.CostPerAdmission: money.NewRatio(800000, 1)}})
	}
	r, err := e.Run(pack.At("2024-12-31"), f, 2024)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []locale.Lang{"zh", "en"} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Funds[0].Steps {
			t.Log(s.Figure, s.Clause, s.Assumed, p.Text(s.Message))
		}
		for _, s := range r.Funds[0].Divisions[0].Steps {
			t.Log(s.Figure, s.Clause, s.Assumed, p.Text(s.Message))
		}
	}
	inc, err := e.Incentives(func(y policy.Year) (*policy.Set, error) { return pack.At(y.End()), nil }, f, 2024)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range inc.Funds[0].Divisions {
		t.Log(d.Code, d.PerYuanSpent.Direct.Exact(8), d.PerYuanSpent.ThroughFactors.Exact(8), d.PerYuanCollected.Direct.Exact(8), d.PerPerson.Direct.Exact(5), d.Warnings)
	}
}
