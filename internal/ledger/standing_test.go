package ledger

import (
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// However a payment comes in, what was booked for it adds up to what was due and never to more, and nothing moves after.
func TestStanding(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	rapid.Check(t, func(t *rapid.T) {
		item, err := Draw(pool.Reserve, pool.Resident, "510100", 2025, money.Fen(rapid.Int64Range(1, 1000).Draw(t, "amount")), "2025-06-01", "doc")
		if err != nil {
			t.Fatal(err)
		}
		s := Standing{Item: item, Version: 1}
		var booked money.Fen
		for i := range rapid.IntRange(1, 12).Draw(t, "acts") {
			before := s
			switch rapid.IntRange(0, 2).Draw(t, "act") {
			case 0:
				s, err = s.Send(Sending{By: "cashier", On: "2025-06-02", Ref: "ref"})
				if (err == nil) != (before.State() == ItemDue || before.State() == ItemPart) {
					t.Fatalf("%s is sent: %v", before.State(), err)
				}
			case 1:
				s, err = s.Unsend()
				if (err == nil) != (before.State() == ItemSent) {
					t.Fatalf("%s is taken back: %v", before.State(), err)
				}
			case 2:
				amount := money.Fen(rapid.Int64Range(-1, 1200).Draw(t, "part"))
				var set []Voucher
				s, set, err = s.Receive(Hands{Date: "2025-06-03", Maker: "a", Reviewer: "b"}, Arrival{Receipt: DocumentID(rune('a' + i)), Amount: amount})
				if (err == nil) != (amount > 0 && amount <= before.Open()) {
					t.Fatalf("%v of %v: %v", amount, before.Open(), err)
				}
				for _, v := range set {
					if v.Book.Kind == Area && v.Postings[0].Account == FiscalAccount {
						booked += v.Total()
					}
				}
			}
			if err != nil && s != before || err == nil && s.Version != before.Version+1 {
				t.Fatalf("%+v after %+v: %v", s, before, err)
			}
		}
		if booked != s.Paid || s.Paid > s.Amount || (s.State() == ItemPaid) != (s.Paid == s.Amount) {
			t.Fatalf("booked %v, %+v", booked, s)
		}
	})
}

func TestKeeper(t *testing.T) {
	city, fund := PartyOf(AreaBook(pool.Resident, "510100")), PartyOf(AdjustmentBook(pool.Resident, "510000"))
	for _, c := range []struct {
		payer, payee Party
		keeper       string
		outgoing     bool
	}{
		{city, fund, "510000", false},
		{fund, city, "510000", true},
		{Party{Level: Municipal, Division: "510100"}, city, "510100", false},
	} {
		i := Item{Kind: Collection, Amount: 1, Payer: c.payer, Payee: c.payee}
		if string(i.Keeper()) != c.keeper || i.Outgoing() != c.outgoing || i.City() != "510100" {
			t.Errorf("%+v: kept by %s, outgoing %t, of %s", i, i.Keeper(), i.Outgoing(), i.City())
		}
		if _, err := (Standing{Item: i, Version: 1}).Send(Sending{By: "p", On: "2025-01-01", Ref: "r"}); (err == nil) != c.outgoing {
			t.Errorf("%+v is sent: %v", i, err)
		}
	}
}
