package account_test

import (
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// What employers paid for goes in at the policy's rate, month by month; what was given back does not, and residents have no account.
func TestAllocations(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	t.Attr("clause", "SCE-2.4")
	f := &enrol.File{}
	for _, fact := range []enrol.Fact{
		enrol.Paid{Area: "510104", Way: enrol.Staff, Year: 2026, Months: enrol.Spell{From: "2026-01-01", To: "2026-03-31"}, On: "2026-04-01", Base: 5000_33},
		enrol.Paid{Area: "510104", Way: enrol.Staff, Year: 2026, Months: enrol.Spell{From: "2026-04-01", To: "2026-04-30"}, On: "2026-05-01", Base: 6000_00},
		enrol.Paid{Area: "510104", Way: enrol.Ordinary, Year: 2027, On: "2026-11-01", Base: 0},
		enrol.Refunded{No: 2, On: "2026-06-01"},
	} {
		f.Entries = append(f.Entries, enrol.Entry{Fact: fact})
	}
	pack := policytest.Pack(t, "sichuan")
	got := account.Allocations(f, "2026-12-31", func(d policy.Date) *policy.Set { return pack.At(d) })
	if len(got) != 1 || got[0] != (account.Allocation{Source: "contribution 1", Amount: 3 * 100_01}) { // 2% of 5000.33 is 100.0066
		t.Errorf("%+v", got)
	}
	none := policytest.Pack(t, "reference")
	if got := account.Allocations(f, "2026-12-31", func(d policy.Date) *policy.Set { return none.At(d) }); len(got) != 0 {
		t.Errorf("without a rate: %+v", got)
	}
}

// No account gives more than it has, what they give and the rest add up, and there is no rest while one still has something.
func TestDraw(t *testing.T) {
	t.Attr("clause", "SCE-2.4")
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Custom(func(t *rapid.T) money.Fen { return money.Fen(rapid.Int64Range(0, 1000).Draw(t, "fen")) })
		balances, amount := rapid.SliceOfN(fen, 0, 5).Draw(t, "balances"), fen.Draw(t, "amount")
		drawn, rest := account.Draw(amount, balances)
		var sum, left money.Fen
		for i, x := range drawn {
			if x < 0 || x > balances[i] {
				t.Fatalf("%v of %v", x, balances[i])
			}
			sum, left = sum+x, left+balances[i]-x
		}
		if sum+rest != amount || rest > 0 && left > 0 {
			t.Fatalf("%v and %v of %v, %v left", sum, rest, amount, left)
		}
	})
}

// Months are counted over the end of a year; what comes to nothing is no allocation, and a fen is one.
func TestAllocationsOverTheYear(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	pack := policytest.Pack(t, "sichuan")
	for base, want := range map[money.Fen]money.Fen{1000_00: 3 * 20_00, 50: 3, 24: 0, 0: 0} {
		f := &enrol.File{Entries: []enrol.Entry{{Fact: enrol.Paid{Area: "510104", Way: enrol.Staff, Year: 2026, Months: enrol.Spell{From: "2025-12-01", To: "2026-02-28"}, On: "2026-03-01", Base: base}}}}
		got := account.Allocations(f, "2026-12-31", func(d policy.Date) *policy.Set { return pack.At(d) })
		if want == 3 { // of one month, one fen
			paid := f.Entries[0].Fact.(enrol.Paid)
			paid.Months.From, paid.Months.To = "2026-01-01", "2026-01-31"
			f.Entries[0].Fact = paid
			if one := account.Allocations(f, "2026-12-31", func(d policy.Date) *policy.Set { return pack.At(d) }); len(one) != 1 || one[0].Amount != 1 {
				t.Errorf("of one month: %+v", one)
			}
		}
		if want == 0 && len(got) != 0 || want != 0 && (len(got) != 1 || got[0].Amount != want) {
			t.Errorf("of %v: %+v, want %v", base, got, want)
		}
	}
}

// The retired have the policy's amount for every month on whose first day they are insured so, once, up to a day; a month that is broken into two spells counts once.
func TestAllocationsOfTheRetired(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	pack, f := policytest.Pack(t, "sichuan"), &enrol.File{}
	for _, c := range []enrol.Covered{{Area: "510104", Way: enrol.Staff, Spell: enrol.Spell{From: "2026-01-01", To: "2026-02-10"}}, {Area: "510104", Way: enrol.Retired, Spell: enrol.Spell{From: "2026-02-11", To: "2026-04-30"}},
		{Area: "510105", Way: enrol.Retired, Spell: enrol.Spell{From: "2026-04-01", To: ""}}} {
		f.Entries = append(f.Entries, enrol.Entry{Fact: c})
	}
	on := func(d policy.Date) *policy.Set { return pack.At(d) }
	got := account.Allocations(f, "2026-05-31", on)
	if len(got) != 3 || got[0] != (account.Allocation{Source: "retired 2026-03", Amount: 80_00}) || got[2] != (account.Allocation{Source: "retired 2026-05", Amount: 80_00}) {
		t.Errorf("%+v", got)
	}
	if got := account.Allocations(f, "2026-02-28", on); len(got) != 0 {
		t.Errorf("in February: %+v", got)
	}
}

// Whatever was done before, doing what Correct says leaves exactly what is due; then nothing is left to do.
func TestCorrect(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	rapid.Check(t, func(t *rapid.T) {
		done, due := map[string]money.Fen{}, []account.Allocation{}
		for _, source := range []string{"a", "b", "c"} {
			done[source] = money.Fen(rapid.Int64Range(0, 3).Draw(t, "done"))
			if n := rapid.Int64Range(0, 3).Draw(t, "due"); n > 0 {
				due = append(due, account.Allocation{Source: source, Amount: money.Fen(n)})
			}
		}
		for _, x := range account.Correct(due, done) {
			done[x.Source] += x.Amount
		}
		want := map[string]money.Fen{}
		for _, d := range due {
			want[d.Source] = d.Amount
		}
		for source, sum := range done {
			if sum != want[source] {
				t.Fatalf("%s: %v of %v", source, sum, want[source])
			}
		}
		if again := account.Correct(due, done); len(again) != 0 {
			t.Fatalf("%+v", again)
		}
	})
}
