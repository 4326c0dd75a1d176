package remit

import (
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// What is approved and not yet paid counts against what can be drawn.
func TestDrawsTogetherAreCovered(t *testing.T) {
	t.Attr("clause", "SC38-4.3")
	t.Attr("clause", "SC38-4.8")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 500_00)
	draw := Order{Kind: Draws, Fund: pool.Reserve, Cause: ForDisaster, Insurance: pool.Resident, Basis: "x", Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 300_00}}}
	b.planned(draw)
	id, err := b.Plan(t.Context(), b.who("clerk"), draw)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.sign(id); keyOf(err) != "ledger.reserve_overdrawn" {
		t.Errorf("300 and 300 of 500: %v", err)
	}
	if items := b.items(store.ItemQuery{Batch: ledger.DocumentID(id)}); len(items) > 0 {
		t.Errorf("payments of what was refused: %v", items)
	}
	b.verify()
}

// Nothing is advanced for a year that was cleared.
func TestNoAdvancesAfterTheRun(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	advances := Order{Kind: Advances, Insurance: pool.Resident, Basis: "x", Year: 2024, Due: "2024-03-31", Lines: []OrderLine{{Division: "510300", Amount: 400_00}}}
	before, err := b.Plan(t.Context(), b.who("clerk"), advances)
	if err != nil {
		t.Fatal(err)
	}
	b.signed(2024, pool.Resident, "")
	if err := b.sign(before); keyOf(err) != "remit.advance_late" {
		t.Errorf("approved after the run: %v", err)
	}
	if _, err := b.Plan(t.Context(), b.who("clerk"), advances); keyOf(err) != "remit.advance_late" {
		t.Errorf("planned after the run: %v", err)
	}
}

// Whoever signed a document does not pay what it came to, and whoever made it does not book it; notices and accounts are for those they belong to.
func TestOnePersonOneStep(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 500_00)
	id := b.planned(Order{Kind: Draws, Fund: pool.Reserve, Cause: ForDisaster, Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 300_00}}})
	item := b.items(store.ItemQuery{Batch: ledger.DocumentID(id)})[0]
	d, err := b.Desk(store.ScopeOf(sichuan)).Document(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	chosen := []Chosen{{item.ID, item.Version}}
	cashier, accountant := b.who("cashier"), b.who("accountant")
	cashier.ID, accountant.ID = d.Steps[len(d.Steps)-1].By, d.Maker
	if err := b.Send(t.Context(), cashier, chosen, item.Open(), "r", "2026-03-05"); keyOf(err) != "remit.same_person" {
		t.Errorf("who approved pays: %v", err)
	}
	if _, err := b.Book(t.Context(), accountant, chosen); keyOf(err) != "remit.same_person" {
		t.Errorf("who made it books: %v", err)
	}
	tax := b.who("clerk")
	tax.Department = office.Taxation
	if err := b.Number(t.Context(), tax, ledger.DocumentID(id), "x*", 1); keyOf(err) != "remit.department" {
		t.Errorf("the tax office numbers: %v", err)
	}
	city := b.who("clerk")
	city.Division = "510300"
	if err := b.Number(t.Context(), city, ledger.DocumentID(id), "x*", 1); keyOf(err) != "store.no_document" {
		t.Errorf("a city numbers: %v", err)
	}
	if err := b.KeepAccount(t.Context(), b.who("cashier"), ledger.AreaBook(pool.Resident, "510300"), ledger.BankAccount{Name: "a", Number: "1", Bank: "b"}); keyOf(err) != "remit.other_account" {
		t.Errorf("the province keeps a city's account: %v", err)
	}
}
