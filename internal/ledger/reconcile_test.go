package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
)

func written(r ledger.Reconciliation) string {
	var out []string
	for _, m := range r.Matches {
		line := string(m.Rule)
		for _, s := range m.Shares {
			line += fmt.Sprintf(" %s>%s:%d", s.Receipt, s.Item, s.Amount/yuan)
		}
		out = append(out, line)
	}
	for _, l := range r.Left {
		out = append(out, fmt.Sprintf("%s %s%s:%d", l.Reason, l.Receipt, l.Item, l.Amount/yuan))
	}
	return strings.Join(out, "; ")
}

// Receipts and payments by hand, one case for each way they can meet or miss.
func TestReconcile(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	receipt := func(id ledger.DocumentID, amount money.Fen, payer, note string) ledger.BankReceipt {
		return ledger.BankReceipt{ID: id, Date: "2026-03-01", Amount: amount * yuan, Payer: payer, Note: note}
	}
	due := func(id ledger.ItemID, amount money.Fen, payer string) ledger.Expected {
		return ledger.Expected{ID: id, Payer: payer, Amount: amount * yuan, Due: "2026-03-10"}
	}
	late := due("late", 5, "A")
	late.Due = "2026-02-01"
	for _, c := range []struct {
		name     string
		receipts []ledger.BankReceipt
		expected []ledger.Expected
		want     string
	}{
		{"nothing", nil, nil, ""},
		{"named in the note", []ledger.BankReceipt{receipt("r1", 10, "", "上解 run/1")}, []ledger.Expected{due("run/1", 10, "A")}, "note r1>run/1:10"},
		{"a longer id is not the shorter one", []ledger.BankReceipt{receipt("r1", 10, "", "run/12")}, []ledger.Expected{due("run/1", 10, "A"), due("run/12", 10, "A")}, "note r1>run/12:10; unpaid run/1:10"},
		{"named, too little", []ledger.BankReceipt{receipt("r1", 8, "A", "run/1")}, []ledger.Expected{due("run/1", 10, "A")}, "note r1>run/1:8; short run/1:2"},
		{"named, too much", []ledger.BankReceipt{receipt("r1", 12, "A", "run/1")}, []ledger.Expected{due("run/1", 10, "A")}, "note r1>run/1:10; over r1:2"},
		{"named twice", []ledger.BankReceipt{receipt("r1", 4, "A", "run/1"), receipt("r2", 6, "A", "run/1")}, []ledger.Expected{due("run/1", 10, "A")}, "note r1>run/1:4 r2>run/1:6"},
		{"named two payments", []ledger.BankReceipt{receipt("r1", 10, "A", "run/1 run/2")}, []ledger.Expected{due("run/1", 4, "A"), due("run/2", 6, "B")}, "note r1>run/1:4; note r1>run/2:6"},
		{"same payer and amount", []ledger.BankReceipt{receipt("r1", 10, "A", "")}, []ledger.Expected{due("i1", 10, "B"), due("i2", 10, "A")}, "amount r1>i2:10; unpaid i1:10"},
		{"the one due first", []ledger.BankReceipt{receipt("r1", 5, "A", "")}, []ledger.Expected{due("a", 5, "A"), late}, "amount r1>late:5; unpaid a:5"},
		{"in two receipts", []ledger.BankReceipt{receipt("r1", 3, "A", ""), receipt("r2", 7, "A", ""), receipt("r3", 9, "A", "")}, []ledger.Expected{due("i1", 10, "A")}, "split r1>i1:3 r2>i1:7; not_expected r3:9"},
		{"two payments at once", []ledger.BankReceipt{receipt("r1", 10, "A", "")}, []ledger.Expected{due("i1", 3, "A"), due("i2", 7, "A"), due("i3", 9, "A")}, "sum r1>i1:3 r1>i2:7; unpaid i3:9"},
		{"two ways to add up", []ledger.BankReceipt{receipt("r1", 10, "A", "")}, []ledger.Expected{due("i1", 3, "A"), due("i2", 7, "A"), due("i3", 4, "A"), due("i4", 6, "A")}, "unpaid i1:3; unpaid i2:7; unpaid i3:4; unpaid i4:6; ambiguous r1:10"},
		{"nobody knows the payer", []ledger.BankReceipt{receipt("r1", 10, "", "")}, []ledger.Expected{due("i1", 10, "A")}, "unpaid i1:10; unknown_payer r1:10"},
		{"overdue", nil, []ledger.Expected{late}, "overdue late:5"},
	} {
		got, err := ledger.Reconcile(c.receipts, c.expected, "2026-03-05")
		if err != nil {
			t.Fatal(say(t, err))
		}
		if written(got) != c.want {
			t.Errorf("%s: %s, want %s", c.name, written(got), c.want)
		}
		for _, m := range got.Matches {
			if name := printer(t, "zh").Text(m.Rule.Name()); containsAny(name, "ledger.") {
				t.Error(name)
			}
		}
	}
	_, err := ledger.Reconcile([]ledger.BankReceipt{receipt("r", 1, "", ""), receipt("r", 1, "", "")}, nil, "")
	refused(t, err, "ledger.receipt_invalid", "")
	_, err = ledger.Reconcile(nil, []ledger.Expected{due("i", 0, "")}, "")
	refused(t, err, "ledger.expected_invalid", "")
}

// Whatever comes in whatever order: every fen of both sides is matched or left over, once, and the result is the same.
func TestReconcileAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payer := rapid.SampledFrom([]string{"", "A", "B"})
		var receipts []ledger.BankReceipt
		var expected []ledger.Expected
		left := map[string]money.Fen{}
		for i := range rapid.IntRange(0, 8).Draw(t, "receipts") {
			note := ""
			if n := rapid.IntRange(0, 12).Draw(t, "named"); n < 6 {
				note = fmt.Sprint("i", n)
			}
			r := ledger.BankReceipt{ID: ledger.DocumentID(fmt.Sprint("r", i)), Date: "2026-01-01", Amount: money.Fen(rapid.IntRange(1, 9).Draw(t, "fen")), Payer: payer.Draw(t, "payer"), Note: note}
			receipts, left["r"+string(r.ID)] = append(receipts, r), r.Amount
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "expected") {
			e := ledger.Expected{ID: ledger.ItemID(fmt.Sprint("i", i)), Amount: money.Fen(rapid.IntRange(1, 9).Draw(t, "fen")), Payer: payer.Draw(t, "payer"), Due: "2026-01-01"}
			expected, left["i"+string(e.ID)] = append(expected, e), e.Amount
		}
		got, err := ledger.Reconcile(receipts, expected, "2026-01-01")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range got.Matches {
			for _, s := range m.Shares {
				if s.Amount <= 0 {
					t.Fatalf("%+v", m)
				}
				left["r"+string(s.Receipt)] -= s.Amount
				left["i"+string(s.Item)] -= s.Amount
			}
		}
		for _, l := range got.Left {
			if l.Receipt != "" {
				left["r"+string(l.Receipt)] -= l.Amount
			} else {
				left["i"+string(l.Item)] -= l.Amount
			}
		}
		for id, amount := range left {
			if amount != 0 {
				t.Fatalf("%s: %d unaccounted for in %s", id, amount, written(got))
			}
		}
		slices.Reverse(receipts)
		slices.Reverse(expected)
		if again, err := ledger.Reconcile(receipts, expected, "2026-01-01"); err != nil || written(again) != written(got) {
			t.Fatalf("%s\n%s", written(got), written(again))
		}
	})
}
