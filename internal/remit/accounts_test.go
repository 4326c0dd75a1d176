package remit

import (
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// An account that a cashier gives is used once somebody else has confirmed it; until then the one before is, nothing is paid to that
// book, and the audit log has both with their numbers.
func TestAccounts(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 500_00)
	const city = "510300"
	book := ledger.AreaBook(pool.Resident, city)
	first, second := ledger.BankAccount{Name: "synthetic fund", Number: "0001", Bank: "bank"}, ledger.BankAccount{Name: "my company", Number: "6222", Bank: "bank"}
	of := func(name string) Who {
		w := b.who(name)
		w.Division = city
		return w
	}
	both := of("cashier")
	both.Roles = []office.Role{office.Cashier, office.Reviewer}
	kept := func() store.BookAccount {
		t.Helper()
		all, err := b.Store.BankAccounts(t.Context(), store.ScopeOf(city))
		if err != nil {
			t.Fatal(err)
		}
		return all[book]
	}
	order := b.planned(Order{Kind: Draws, Fund: pool.Reserve, Cause: ForDisaster, Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: city, Amount: 300_00}}})
	item := b.items(store.ItemQuery{Batch: ledger.DocumentID(order)})[0]
	send := func() error {
		return b.Send(t.Context(), b.who("cashier"), []Chosen{{item.ID, 1}}, item.Open(), "r", b.today())
	}
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"another office gives it", func() error { return b.KeepAccount(t.Context(), b.who("cashier"), book, first) }, "remit.other_account"},
		{"an accountant gives it", func() error { return b.KeepAccount(t.Context(), of("accountant"), book, first) }, "office.refused.right"},
		{"nothing to confirm", func() error { return b.ConfirmAccount(t.Context(), of("accountant"), book, first) }, "remit.stale"},
		{"given", func() error { return b.KeepAccount(t.Context(), both, book, first) }, "<nil>"},
		{"paid while it waits", send, "remit.account_waits"},
		{"confirmed by who gave it", func() error { return b.ConfirmAccount(t.Context(), both, book, first) }, "remit.account_own"},
		{"another than was seen", func() error { return b.ConfirmAccount(t.Context(), of("accountant"), book, second) }, "remit.stale"},
		{"another office confirms", func() error { return b.ConfirmAccount(t.Context(), b.who("accountant"), book, first) }, "remit.other_account"},
		{"confirmed", func() error { return b.ConfirmAccount(t.Context(), of("accountant"), book, first) }, "<nil>"},
		{"another one is given", func() error { return b.KeepAccount(t.Context(), of("cashier"), book, second) }, "<nil>"},
		{"sent back without a reason", func() error { return b.RefuseAccount(t.Context(), of("accountant"), book, second, " ") }, "remit.reason"},
		{"sent back", func() error { return b.RefuseAccount(t.Context(), of("accountant"), book, second, "not ours") }, "<nil>"},
		{"paid", send, "<nil>"},
	} {
		if err := step.do(); keyOf(err) != step.want {
			t.Errorf("%s: %v, want %s", step.name, err, step.want)
		}
		if a := kept(); a.Number == second.Number {
			t.Errorf("%s: %+v is used", step.name, a)
		}
	}
	if a := kept(); a.BankAccount != first || a.ConfirmedBy != "accountant" || a.Waits() {
		t.Errorf("%+v", a)
	}
	var said []string
	for e, err := range b.Store.Entries(t.Context(), office.Scope{Division: city, Reach: office.Own}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, fields := range [][]office.Field{e.Before, e.After} {
			for _, f := range fields {
				if f.Name == "number" || f.Name == "waiting number" {
					said = append(said, e.Action+" "+f.Name+" "+f.Value)
				}
			}
		}
	}
	want := []string{"remit.account number ", "remit.account waiting number ", "remit.account number ", "remit.account waiting number 0001",
		"remit.confirm_account number ", "remit.confirm_account waiting number 0001", "remit.confirm_account number 0001", "remit.confirm_account waiting number "}
	for i, text := range want {
		if i >= len(said) || said[i] != text {
			t.Fatalf("%q, want %q", said, want)
		}
	}
	b.verify()
}

// No two notices have the same number, whatever batch they are of.
func TestNumbersAreGivenOnce(t *testing.T) {
	t.Attr("clause", "SC38-11.3")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 500_00)
	for n, want := range []string{"<nil>", "remit.number_taken"} {
		id := b.planned(Order{Kind: DepositUp, Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 1_00}}})
		if err := b.Number(t.Context(), b.who("clerk"), ledger.DocumentID(id), "No. *", 7); keyOf(err) != want {
			t.Errorf("the %dth: %v", n+1, err)
		}
	}
	b.verify()
}
