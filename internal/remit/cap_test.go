package remit

import (
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// raised opens the book of the adjustment fund with emergency money in it.
func (b *bench) raised(amount money.Fen) {
	b.t.Helper()
	book := ledger.AdjustmentBook(pool.Resident, sichuan)
	v := ledger.Voucher{Book: book, Date: "2026-01-01", Kind: ledger.Opening, Summary: ledger.Summary{Text: "opening"}, Key: "raised", Maker: "a", Reviewer: "b",
		Source: ledger.Source{Kind: ledger.FromDocument, ID: "x"}, Postings: []ledger.Posting{{Account: ledger.FiscalAccount, Side: ledger.Debit, Amount: amount}, {Account: ledger.EmergencyFund, Side: ledger.Credit, Amount: amount}}}
	if _, err := (ledger.Service{Chart: b.Chart, Store: b.Store.Books(b.who("accountant").act("raised", office.Object{}, nil), b.Chart)}).Post(b.t.Context(), []ledger.Voucher{v}); err != nil {
		b.t.Fatal(err)
	}
}

// Draws on emergency money stay within 80% of what was raised, paid or not: refused before anybody signs and with the last signature.
func TestEmergencyMoneyIsCapped(t *testing.T) {
	t.Attr("clause", "YN-2.8")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	b.raised(1000_00)
	draw := func(amount money.Fen) Order {
		return Order{Kind: Draws, Fund: pool.Emergency, Cause: ForEpidemic, Insurance: pool.Resident, Basis: "x", Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: amount}}}
	}
	under := func(pack string) { b.Pack = pack }
	plan := func(amount money.Fen) (office.DocumentID, error) {
		return b.Plan(t.Context(), b.who("clerk"), draw(amount))
	}
	under("yunnan") // whose draft has the limit
	for amount, want := range map[money.Fen]string{800_01: "ledger.use_cap", 800_00: "<nil>"} {
		if _, err := plan(amount); keyOf(err) != want {
			t.Errorf("%v is planned: %v", amount, err)
		}
	}
	under("sichuan") // which is in force and has none
	first, err := plan(500_00)
	if err != nil {
		t.Fatal(err)
	}
	second, err := plan(300_01)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(id office.DocumentID, pack string) error {
		for _, step := range []struct {
			who string
			act office.ActKind
		}{{"clerk", office.Submit}, {"reviewer", office.Sign}, {"finance", office.Sign}} {
			if err := b.act(id, step.who, step.act); err != nil {
				return err
			}
		}
		under(pack)
		return b.act(id, "approver", office.Sign)
	}
	if err := sign(first, "yunnan"); err != nil {
		t.Fatal(err)
	}
	if _, err := plan(300_01); keyOf(err) != "ledger.use_cap" {
		t.Errorf("beside what is approved and not paid: %v", err)
	}
	b.pay(first, "p", "2026-12-31")
	if _, err := plan(300_01); keyOf(err) != "ledger.use_cap" {
		t.Errorf("beside what is paid: %v", err)
	}
	if err := sign(second, "yunnan"); keyOf(err) != "ledger.use_cap" {
		t.Errorf("the last signature: %v", err)
	}
	if got := b.items(store.ItemQuery{Batch: ledger.DocumentID(second)}); len(got) > 0 {
		t.Errorf("%d payments of a refused draw", len(got))
	}
	if _, err := plan(300_00); err != nil {
		t.Error(err)
	}
	b.verify()
}

// Money set aside is drawn for what its clause names.
func TestDrawsHaveACause(t *testing.T) {
	t.Attr("clause", "SC38-4.8")
	t.Attr("clause", "YN-2.8")
	b := newBench(t, t.TempDir())
	for _, c := range []struct {
		fund  pool.SetAside
		cause Cause
		want  string
	}{{pool.Reserve, "", "remit.cause"}, {pool.Reserve, ForGap, "remit.cause"}, {pool.Reserve, ForOther, "<nil>"}, {pool.Emergency, ForOther, "remit.cause"}, {pool.Emergency, ForGap, "<nil>"}, {pool.Emergency, ForDisaster, "<nil>"}} {
		o := Order{Kind: Draws, Fund: c.fund, Cause: c.cause, Insurance: pool.Resident, Basis: "x", Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 1}}}
		if _, err := b.Plan(t.Context(), b.who("clerk"), o); keyOf(err) != c.want {
			t.Errorf("%s for %q: %v", c.fund, c.cause, err)
		}
	}
}
