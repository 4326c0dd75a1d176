package pool

import (
	"fmt"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
)

// bench makes a year of n divisions of one insurance type.
func benchFacts(n int, insurance Insurance) yearFacts {
	y := yearFacts{insurance: insurance, year: 2024}
	for i := range n {
		k := Key{Year: 2024, Division: region.Code(fmt.Sprintf("51%04d", i+100)), Insurance: insurance}
		s := Statement{Key: k, Income: money.Fen(100_000_000_000 + i*7_919_331), Spent: money.Fen(99_000_000_000 + i*i*3_331), SurplusBegin: money.Fen(i * 1_234_567)}
		last := s
		f := FactorRow{Key: k, Headcount: int64(500_000 + i*7_919), Values: map[Factor]money.Ratio{
			AgedShare: money.NewRatio(int64(120_000+i*331), 1_000_000), CostPerHead: money.NewRatio(int64(312_345+i*97), 1), AdmissionRate: money.NewRatio(int64(180_000+i*173), 1_000_000),
			CostPerAdmission: money.NewRatio(int64(812_345+i*331), 1), OffsiteShare: money.NewRatio(int64(50_000+i*37), 1_000_000)}}
		y.areas = append(y.areas, area{Statement: s, previous: &last, factors: &f})
	}
	return y
}

func benchmark(b *testing.B, divisions int) {
	pack := policytest.Pack(b, "sichuan")
	set := pack.At("2024-12-31")
	var problems fault.List
	rules := map[Insurance]rules{}
	for _, i := range Insurances() {
		rules[i] = compile(set, i, &problems)
	}
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	facts := map[Insurance]yearFacts{Employee: benchFacts(divisions, Employee), Resident: benchFacts(divisions, Resident)}
	b.ReportAllocs()
	for b.Loop() {
		for _, i := range Insurances() {
			if _, err := rules[i].compute(facts[i], true); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// A year of both insurance types with the trace of every figure.
func BenchmarkCompute21(b *testing.B)  { benchmark(b, 21) }
func BenchmarkCompute400(b *testing.B) { benchmark(b, 400) }

// The same as the program does it, with every check, for the 21 divisions of Sichuan.
func BenchmarkProvinceYear(b *testing.B) {
	tree, err := region.Load()
	if err != nil {
		b.Fatal(err)
	}
	e := Engine{Library: policytest.Library(b), Tree: tree}
	set := policytest.Pack(b, "sichuan").At(policy.Year(2024).End())
	var facts Facts
	for _, insurance := range Insurances() {
		y := benchFacts(21, insurance)
		for i, d := range tree.Prefectures("510000") {
			y.areas[i].Statement.Division, y.areas[i].factors.Division = d.Code, d.Code
			facts.Statements = append(facts.Statements, y.areas[i].Statement)
			facts.Factors = append(facts.Factors, *y.areas[i].factors)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Run(set, facts, 2024); err != nil {
			b.Fatal(err)
		}
	}
}
