package remit

import (
	"testing"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// row is a row of the province's statements as it stands.
func (b *bench) row(id ledger.DocumentID) store.BankRow {
	b.t.Helper()
	rows, err := b.Store.Receipts(b.t.Context(), office.Scope{Division: sichuan, Reach: office.Own})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range rows {
		if r.ID == id {
			return r
		}
	}
	b.t.Fatal("no receipt " + id)
	return store.BankRow{}
}

func (b *bench) seen(id ledger.DocumentID) SeenReceipt { return SeenReceipt{id, b.row(id).Version} }

// Money that nobody knows is booked as not identified, so that the books hold what the bank holds; it leaves that account when it
// is known: it pays something, was sent back, or is income. On every engine.
func TestSuspense(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		b := newBench(t, address)
		b.books(pool.Resident, plenty, 0)
		run := b.signed(2024, pool.Resident, "")
		var due ledger.Standing
		for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(run)}) {
			if i.Kind == ledger.Collection {
				due = i
			}
		}
		rows := "回单号,到账日期,险种,金额,付款人\nS1,2026-03-01,居民,700.00,某单位\nS2,2026-03-02,居民,5.00,某人\nS3,2026-03-03,居民,0.31,银行结息\nS4,2026-03-03,居民,9.00,某人\n"
		if _, _, err := b.Import(t.Context(), b.who("cashier"), exchange.Input{Name: "x.csv", Content: []byte(rows)}); err != nil {
			t.Fatal(err)
		}
		fund, clearing := ledger.AdjustmentBook(pool.Resident, sichuan), ledger.ClearingBook(pool.Resident, sichuan)
		stands := func(bank, suspended money.Fen) {
			t.Helper()
			if got := b.balance(fund, ledger.FiscalAccount); got != bank {
				t.Errorf("on the account %v, want %v", got, bank)
			}
			if got := b.balance(fund, ledger.Unidentified); got != suspended {
				t.Errorf("not identified %v, want %v", got, suspended)
			}
			b.verify()
		}
		suspend := func(kind ledger.BookKind, ids ...ledger.DocumentID) error {
			var all []SeenReceipt
			for _, id := range ids {
				all = append(all, b.seen(id))
			}
			return b.Suspend(t.Context(), b.who("accountant"), all, kind, "not known yet")
		}
		if err := suspend(ledger.Adjustment, "S1", "S2", "S3"); err != nil {
			t.Fatal(err)
		}
		if err := suspend(ledger.Clearing, "S4"); err != nil {
			t.Fatal(err)
		}
		stands(705_31, 705_31)
		if r := b.row("S1"); r.Left() != 700_00 || r.Unbooked() != 0 || r.Book != fund {
			t.Errorf("%+v", r)
		}
		// What pays a payment of the one book and stands in the other is moved first.
		share := func(id ledger.DocumentID, amount money.Fen) []SeenShare {
			return []SeenShare{{ledger.Share{Receipt: id, Item: due.ID, Amount: amount}, b.row(id).Version, b.items(store.ItemQuery{ID: due.ID})[0].Version}}
		}
		if _, err := b.Accept(t.Context(), b.who("accountant"), share("S4", 9_00)); keyOf(err) != "remit.suspense_book" {
			t.Errorf("paid out of another book: %v", err)
		}
		if err := suspend(ledger.Adjustment, "S4"); err != nil {
			t.Fatal(err)
		}
		stands(714_31, 714_31)
		if got := b.balance(clearing, ledger.Unidentified); got != 0 {
			t.Errorf("%v left behind", got)
		}
		for id, amount := range map[ledger.DocumentID]money.Fen{"S1": 600_00, "S4": 9_00} {
			if _, err := b.Accept(t.Context(), b.who("accountant"), share(id, amount)); err != nil {
				t.Fatal(err)
			}
		}
		stands(714_31, 105_31)
		if got := b.balance(fund, ledger.CollectionReceived); got != 609_00 {
			t.Errorf("collected %v", got)
		}
		dispose := func(id ledger.DocumentID, how ledger.Disposal) {
			t.Helper()
			if err := b.Dispose(t.Context(), b.who("accountant"), b.seen(id), how, ledger.Adjustment, "known now"); err != nil {
				t.Error(err)
			}
		}
		dispose("S1", ledger.SentBack)
		dispose("S2", ledger.AsSundry)
		dispose("S3", ledger.AsInterest)
		stands(614_31, 0)
		if got := b.balance(fund, ledger.Interest); got != 31 {
			t.Errorf("interest %v", got)
		}
		if err := b.Dispose(t.Context(), b.who("accountant"), b.seen("S2"), ledger.SentBack, ledger.Adjustment, "again"); keyOf(err) != "remit.stale" {
			t.Errorf("settled twice: %v", err)
		}
		rest, err := b.Store.Receipts(t.Context(), store.ScopeOf(sichuan))
		if h := HeldOf(rest); err != nil || h.All != 714_31 || h.Matched != 609_00 || h.Disposed != 105_31 || h.Suspended != 0 || h.Unbooked != 0 {
			t.Errorf("%+v, %v", h, err)
		}
	})
}

// Two accountants at once, the same form twice, another's right: one effect.
func TestSuspendedOnce(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	if _, _, err := b.Import(t.Context(), b.who("cashier"), exchange.Input{Name: "x.csv", Content: []byte("回单号,到账日期,险种,金额\nS1,2026-03-01,居民,7.00\n")}); err != nil {
		t.Fatal(err)
	}
	seen, who := []SeenReceipt{b.seen("S1")}, b.who("accountant")
	who.Key = "form-1"
	for range 2 {
		if err := b.Suspend(t.Context(), who, seen, ledger.Adjustment, "x"); err != nil {
			t.Error(err)
		}
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"stale":   {b.Suspend(t.Context(), b.who("accountant"), seen, ledger.Adjustment, "x"), "remit.stale"},
		"right":   {b.Suspend(t.Context(), b.who("cashier"), seen, ledger.Adjustment, "x"), "office.refused.right"},
		"no book": {b.Suspend(t.Context(), b.who("accountant"), []SeenReceipt{b.seen("S1")}, ledger.Area, "x"), "ledger.book_unknown"},
		"how":     {b.Dispose(t.Context(), b.who("accountant"), b.seen("S1"), "x", ledger.Adjustment, "x"), "remit.disposal"},
		"reason":  {b.Suspend(t.Context(), b.who("accountant"), seen, ledger.Adjustment, " "), "remit.reason"},
		"none":    {b.Suspend(t.Context(), b.who("accountant"), nil, ledger.Adjustment, "x"), "remit.none_chosen"},
	} {
		if keyOf(c.err) != c.want {
			t.Errorf("%s: %v, want %s", name, c.err, c.want)
		}
	}
	if got := b.balance(ledger.AdjustmentBook(pool.Resident, sichuan), ledger.Unidentified); got != 700 {
		t.Errorf("%v", got)
	}
	b.verify()
}
