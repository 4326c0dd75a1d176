package remit

import (
	"testing"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// losses makes what a city lost by breaking policy in 2024 come to an amount.
func (b *bench) losses(city region.Code, amount money.Fen) {
	for i := range b.facts.Statements {
		if s := &b.facts.Statements[i]; s.Insurance == pool.Resident && s.Year == 2024 && s.Division == city {
			s.Violation = amount
		}
	}
}

// cityPays brings a city's statement on which its government paid so much for a payment, and books it.
func (b *bench) cityPays(item ledger.Standing, receipt string, amount money.Fen) error {
	cashier, accountant := b.who("cashier"), b.who("accountant")
	cashier.Division, accountant.Division = item.City(), item.City()
	if _, _, err := b.Import(b.t.Context(), cashier, exchange.Input{Name: "x.csv", Content: []byte("回单号,到账日期,险种,金额\n" + receipt + ",2026-03-10,居民," + amount.String() + "\n")}); err != nil {
		return err
	}
	_, err := b.Accept(b.t.Context(), accountant, []SeenShare{{ledger.Share{Receipt: ledger.DocumentID(receipt), Item: item.ID, Amount: amount}, 1, item.Version}})
	return err
}

// A correction that lowers what a government owes for a loss is booked whether that was paid, not paid or paid in part: what is due in the
// books is what the payments come to, and what was paid beyond is given back.
func TestGovernmentOwesLess(t *testing.T) {
	t.Attr("clause", "SC38-4.7")
	const city = region.Code("510300")
	for name, c := range map[string]struct {
		before, paid, after money.Fen
		due, back           money.Fen
	}{
		"not paid":          {5000_00, 0, 2000_00, 2000_00, 0},
		"paid in part":      {5000_00, 1000_00, 2000_00, 1000_00, 0},
		"paid beyond":       {5000_00, 3000_00, 2000_00, 0, 1000_00},
		"paid":              {5000_00, 5000_00, 2000_00, 0, 3000_00},
		"nothing any more":  {5000_00, 0, 0, 0, 0},
		"paid, and nothing": {5000_00, 5000_00, 0, 0, 5000_00},
		"more":              {5000_00, 1000_00, 6000_00, 5000_00, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			b.facts.Statements = append(b.facts.Statements[:0:0], b.facts.Statements...)
			b.books(pool.Resident, plenty, plenty)
			b.losses(city, c.before)
			first := b.signed(2024, pool.Resident, "")
			b.until("2026-03-10")
			loss := b.ofKind(first, ledger.LossRepaid, city)
			if loss.Amount != c.before {
				t.Fatalf("owes %v", loss.Amount)
			}
			if c.paid > 0 {
				if err := b.cityPays(loss, "L1", c.paid); err != nil {
					t.Fatal(err)
				}
			}
			b.losses(city, c.after)
			second := b.signed(2024, pool.Resident, first)
			book := ledger.AreaBook(pool.Resident, city)
			agree := func(due, back money.Fen) {
				t.Helper()
				var open, returned money.Fen
				for _, i := range b.items(store.ItemQuery{Year: 2024}) {
					switch {
					case i.City() != city:
					case i.Kind == ledger.LossRepaid:
						open += i.Open()
					case i.Kind == ledger.LossBack:
						returned += i.Open()
					}
				}
				if open != due || returned != back || b.balance(book, ledger.LossDue) != due || b.balance(book, ledger.OwesReturned) != back {
					t.Errorf("open %v, in the books %v, want %v; to give back %v, in the books %v, want %v", open, b.balance(book, ledger.LossDue), due, returned, b.balance(book, ledger.OwesReturned), back)
				}
				b.verify()
			}
			agree(c.due, c.back)
			for _, i := range b.items(store.ItemQuery{Kind: ledger.LossRepaid}) {
				if i.Open() > 0 && i.City() == city {
					if err := b.cityPays(i, "L-"+string(i.Batch), i.Open()); err != nil {
						t.Error(err)
					}
				}
			}
			if c.back > 0 {
				item := b.ofKind(second, ledger.LossBack, city)
				cashier, accountant := b.who("cashier"), b.who("accountant")
				cashier.Division, accountant.Division = city, city
				if err := b.Send(t.Context(), cashier, []Chosen{{item.ID, item.Version}}, item.Open(), "back", policy.Date("2026-03-10")); err != nil {
					t.Fatal(err)
				}
				if _, err := b.Book(t.Context(), accountant, []Chosen{{item.ID, item.Version + 1}}); err != nil {
					t.Fatal(err)
				}
			}
			agree(0, 0)
			if got := b.balance(book, ledger.LossCovered) - b.balance(book, ledger.LossReturned); got != c.after {
				t.Errorf("the government covered %v, owes %v", got, c.after)
			}
			b.losses(city, c.before)
			b.signed(2024, pool.Resident, second)
			agree(max(0, c.before-c.after), max(0, c.after-c.before))
		})
	}
}
