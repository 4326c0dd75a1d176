package benefit

import (
	"errors"
	"slices"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// Allowances worked out by hand: days of the kind, the wage of a month by 30, rounded half up once.
func TestAllowance(t *testing.T) {
	t.Attr("clause", "YA-3.1.5")
	s := sichuan(t, nil)
	for _, c := range []struct {
		wage     money.Fen
		kind     Delivery
		children int
		days     int
		amount   money.Fen
	}{
		{7500_00, NormalDelivery, 1, 98, 24_500_00},     // 250 a day
		{7500_00, NormalDelivery, 3, 128, 32_000_00},    // 98 + 2 × 15
		{7500_00, DifficultDelivery, 1, 113, 28_250_00}, // 98 + 15
		{7500_00, DifficultDelivery, 2, 128, 32_000_00},
		{7500_00, EarlyMiscarriage, 0, 15, 3_750_00},
		{7500_00, LateMiscarriage, 0, 42, 10_500_00},
		{7500_33, LateMiscarriage, 0, 42, 10_500_46}, // 10,500.462
		{0_01, NormalDelivery, 1, 98, 3},             // 0.0327
		{0_05, EarlyMiscarriage, 0, 15, 3},           // 0.025, half up
		{1_000_000_00, NormalDelivery, 9, 218, 726_666_667},
	} {
		a, err := s.Allowance(c.wage, c.kind, c.children)
		if err != nil || a.Days != c.days || a.Amount != c.amount {
			t.Errorf("%s, %s, %d: %d days, %s %v, want %d, %s", c.wage, c.kind, c.children, a.Days, a.Amount, err, c.days, c.amount)
		}
		for _, r := range a.Reasons {
			if r.Clause != "YA-3.1.5" || !r.Assumed || len(r.Parameters) == 0 {
				t.Errorf("%s: %+v", c.kind, r)
			}
		}
	}
	twins, _ := s.Allowance(7500_00, NormalDelivery, 2) // it was paid above
	if want := []policy.ParameterID{pAllowanceNormal, pAllowanceChild}; !slices.Equal(twins.Reasons[0].Parameters, want) {
		t.Errorf("rests on %v", twins.Reasons[0].Parameters)
	}
	if more, err := sichuan(t, map[policy.ParameterID]string{pAllowanceNormal: "158"}).Allowance(7500_00, NormalDelivery, 1); err != nil || more.Amount != 39_500_00 || !more.Reasons[0].Changed {
		t.Errorf("158 days: %+v %v", more, err)
	}
}

// What cannot be is refused with its field and clause.
func TestAllowanceRefused(t *testing.T) {
	t.Attr("clause", "YA-3.1.5")
	s, without := sichuan(t, nil), ofReference(t)
	for _, c := range []struct {
		s        *Schedule
		wage     money.Fen
		kind     Delivery
		children int
		column   string
	}{
		{s, 0, NormalDelivery, 1, "wage"}, {s, -1, NormalDelivery, 1, "wage"}, {s, 1_000_000_01, NormalDelivery, 1, "wage"}, {s, 1, NormalDelivery, 0, "children"}, {s, 1, DifficultDelivery, 10, "children"},
		{s, 1, NormalDelivery, -1, "children"}, {without, 1, NormalDelivery, 1, ""},
	} {
		_, err := c.s.Allowance(c.wage, c.kind, c.children)
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) || refusal.Problems[0].Column != c.column || refusal.Problems[0].Clause != "YA-3.1.5" {
			t.Errorf("%s, %s, %d: %v", c.wage, c.kind, c.children, err)
		}
	}
	for word, want := range map[string]bool{"normal": true, "miscarriage_late": true, "": false, "x": false} {
		if d, ok := ParseDelivery(word); ok != want || ok && d.String() != word {
			t.Errorf("%q: %v %v", word, d, ok)
		}
	}
}

// ofReference is the schedule of a policy without allowances.
func ofReference(t *testing.T) *Schedule {
	t.Helper()
	schedules, err := Compile(policytest.Library(t), policytest.Pack(t, "reference"), policy.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	return schedules.Last()
}
