package budget_test

import (
	"testing"

	"tongchou/internal/budget"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// What the adjustment fund's budget comes to by the policy in force: the rate of the areas' revenue, less what is set aside.
func TestFundPlan(t *testing.T) {
	t.Attr("clause", "SC38-4.2")
	t.Attr("clause", "SC38-4.3")
	area := func(code region.Code, revenue money.Fen) budget.Budget {
		return budget.Budget{Key: pool.Key{Year: 2026, Division: code, Insurance: pool.Resident}, Lines: []budget.Line{{Item: budget.Contributions, Amount: revenue}, {Item: budget.Inpatient, Amount: 1}}}
	}
	drafts := []budget.Budget{area("510100", 1000_00), area("510300", 333_33)}
	for pack, want := range map[string][3]money.Fen{
		"sichuan": {66_67, 3_33, 63_34}, // 5% of each, 5% of that
	} {
		p, err := budget.PlanFund(policytest.Pack(t, pack).At(policy.Year(2026).End()), 2026, pool.Resident, drafts)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]money.Fen{p.Collected, p.SetAside, p.Free}; got != want || p.Areas[1].Paid != 16_67 || p.Areas[0].Revenue != 1000_00 {
			t.Errorf("%s: %v, want %v; %+v", pack, got, want, p.Areas)
		}
		var sum money.Fen
		shares := p.Propose([]budget.FundShare{{Division: "510100", Amount: 2}, {Division: "510300", Amount: 1}, {Division: "510400", Amount: 0}})
		for _, s := range shares {
			sum += s.Amount
		}
		if len(shares) != 2 || sum != p.Free || p.Propose(nil) != nil {
			t.Errorf("%+v of %v", shares, p.Free)
		}
	}
	p, err := budget.PlanFund(policytest.Pack(t, "yunnan").At(policy.Year(2026).End()), 2026, pool.Resident, drafts)
	if err != nil || p.SetAside != min(p.Collected, money.Fen(1333_33).Part(p.Kept.Value.Rate())) || p.Free != p.Collected-p.SetAside {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := budget.PlanFund(policytest.Pack(t, "yunnan").At(policy.Year(2026).End()), 2026, pool.Employee, drafts); err == nil {
		t.Error("a rate that the policy leaves open is used")
	}
}
