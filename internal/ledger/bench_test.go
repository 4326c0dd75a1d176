package ledger_test

import (
	"strconv"
	"testing"

	"tongchou/internal/ledger"
)

// BenchmarkPost is what a voucher of two postings costs, checks, digest and balances together, without keeping it anywhere.
func BenchmarkPost(b *testing.B) {
	d := newDesk(b, cityBook)
	d.begin(cityBook, 1_000_000_000*yuan, credit(ledger.RetainedSurplus, 1_000_000_000*yuan))
	v := d.voucher(cityBook, "2025-03-05", debit("500101", 1), credit(ledger.FiscalAccount, 1))
	set := []ledger.Voucher{v}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		set[0].Key = ledger.Key("bench/" + strconv.Itoa(i))
		if _, err := ledger.Post(d.states, set); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTrialBalance is the trial balance of a book with a line for each of 50,000 institutions.
func BenchmarkTrialBalance(b *testing.B) {
	d := newDesk(b, cityBook)
	s := d.states[cityBook]
	for i := range 50_000 {
		s.Lines[ledger.Line{Year: 2025, Account: ledger.Prepaid, Dimensions: ledger.Dimensions{Institution: ledger.Institution("H" + strconv.Itoa(i))}}] = &ledger.Turnover{Opening: 1}
	}
	for b.Loop() {
		ledger.TrialBalance(ledger.Whole(2025), false, s)
	}
}

// BenchmarkBatch is a province's year turned into money: two types, 21 cities.
func BenchmarkBatch(b *testing.B) {
	r := sichuanYears(b)[1]
	for b.Loop() {
		if _, err := ledger.NewBatch(order(r, "run", "2025-12-20")); err != nil {
			b.Fatal(err)
		}
	}
}
