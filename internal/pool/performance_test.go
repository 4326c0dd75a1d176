package pool_test

import (
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Last year's performance changes nothing until a policy gives it a weight; then more of it brings more, and it must be there.
func TestPerformanceIsAnOptionalFactor(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	e := engine(t)
	f := facts(t, "testdata/golden/sichuan-2024-2026")
	run := func(f pool.Facts, overrides map[policy.ParameterID]string) (pool.Result, error) {
		set, err := sets(t, e, "sichuan", overrides)(2024)
		if err != nil {
			t.Fatal(err)
		}
		return e.Run(set, f, 2024)
	}
	received := func(r pool.Result) (out []money.Fen) {
		for _, fund := range r.Funds {
			for _, d := range fund.Divisions {
				out = append(out, d.Received)
			}
		}
		return out
	}
	plain, err := run(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	with := func(index func(i int) money.Ratio) pool.Facts {
		out := f
		out.Factors = nil
		for i, row := range f.Factors {
			values := map[pool.Factor]money.Ratio{pool.Performance: index(i)}
			for name, x := range row.Values {
				values[name] = x
			}
			row.Values = values
			out.Factors = append(out.Factors, row)
		}
		return out
	}
	marked := with(func(i int) money.Ratio { return money.NewRatio(int64(5+i%7), 10) })
	same, err := run(marked, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range received(same) {
		if x != received(plain)[i] {
			t.Fatal("an index without a weight changes the allocation")
		}
	}
	weights := map[policy.ParameterID]string{"pool.factor.performance": "1"}
	for _, id := range []policy.ParameterID{"headcount", "aged_share", "cost_per_head", "admission_rate", "cost_per_admission", "offsite_share", "gap"} {
		weights["pool.factor."+id] = "0"
	}
	weights["pool.factor.headcount"], weights["pool.factor.performance"] = "0.5", "0.5"
	_, err = run(f, weights)
	var refusal *fault.Refusal
	if !asRefusal(err, &refusal) || !refusedFor(refusal, "pool.factor_blank") {
		t.Fatalf("a weighted index is missing: %v", err)
	}
	one := func(int) money.Ratio { return money.NewRatio(1, 1) }
	even, err := run(with(one), weights)
	if err != nil {
		t.Fatal(err)
	}
	better, err := run(with(func(i int) money.Ratio {
		if i == 0 {
			return money.NewRatio(6, 5)
		}
		return one(i)
	}), weights)
	if err != nil {
		t.Fatal(err)
	}
	first := f.Factors[0]
	amount := func(r pool.Result) money.Fen {
		fund, _ := r.Fund(first.Insurance)
		d, _ := fund.Division(first.Division)
		return d.Received
	}
	if first.Year != 2024 || amount(better) <= amount(even) {
		t.Errorf("%d: better run brings %s, evenly %s", first.Year, amount(better), amount(even))
	}
}
