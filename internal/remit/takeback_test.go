package remit

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// seenOf is what was booked of a payment last.
func (b *bench) seenOf(item ledger.ItemID) SeenPayment {
	b.t.Helper()
	all, err := b.Store.Payments(b.t.Context(), store.ScopeOf(sichuan), "")
	if err != nil {
		b.t.Fatal(err)
	}
	var last SeenPayment
	for _, p := range all {
		if p.Item == item && p.Stands() {
			last = SeenPayment{p.Item, p.Receipt, p.Seq}
		}
	}
	return last
}

// takenBack asks for something to be taken back and does it.
func (b *bench) takenBack(x ...SeenPayment) error {
	if err := b.AskTakeBack(b.t.Context(), b.who("accountant-1"), x, "the wrong city"); err != nil {
		return err
	}
	return b.TakeBack(b.t.Context(), b.who("accountant-2"), x)
}

func (b *bench) imported(rows string) {
	b.t.Helper()
	if _, _, err := b.Import(b.t.Context(), b.who("cashier"), exchange.Input{Name: "x.csv", Content: []byte("回单号,到账日期,险种,金额,区划代码,附言\n" + rows)}); err != nil {
		b.t.Fatal(err)
	}
}

// matched matches so much of a receipt with a payment.
func (b *bench) matched(receipt ledger.DocumentID, item ledger.ItemID, amount money.Fen) error {
	now := b.items(store.ItemQuery{ID: item})[0]
	_, err := b.Accept(b.t.Context(), b.who("accountant"), []SeenShare{{ledger.Share{Receipt: receipt, Item: item, Amount: amount}, b.row(receipt).Version, now.Version}})
	return err
}

// ofKind finds a payment of a batch by its kind and city.
func (b *bench) ofKind(batch office.DocumentID, kind ledger.ItemKind, city region.Code) ledger.Standing {
	b.t.Helper()
	for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(batch), Kind: kind}) {
		if i.City() == city || city == "" {
			return i
		}
	}
	b.t.Fatalf("no %s of %s", kind, city)
	return ledger.Standing{}
}

// What was matched with the wrong city is taken back in both books by two persons, and matched with the right one; a receipt pays the
// same payment more than once; a payment that did not go out is open again. On every engine.
func TestTakeBack(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "YA-4.10.3")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		b := newBench(t, address)
		b.books(pool.Resident, plenty, 0)
		run := b.signed(2024, pool.Resident, "")
		wrong, right := b.ofKind(run, ledger.Collection, "510300"), b.ofKind(run, ledger.Collection, "510100")
		b.until("2026-04-02")
		b.imported("R1,2026-04-01,居民,700.00,510100,\nR2,2026-04-01,居民,50.00,510300,\n")
		for _, step := range []error{b.matched("R1", wrong.ID, 1), b.matched("R1", wrong.ID, 2), b.matched("R1", wrong.ID, 300_00), b.matched("R2", wrong.ID, 50_00)} {
			if step != nil {
				t.Fatal(step)
			}
		}
		b.verify()
		fund, city := ledger.AdjustmentBook(pool.Resident, sichuan), ledger.AreaBook(pool.Resident, "510300")
		stands := func(paid, bank, suspended money.Fen) {
			t.Helper()
			if got := b.items(store.ItemQuery{ID: wrong.ID})[0]; got.Paid != paid {
				t.Errorf("paid %v, want %v", got.Paid, paid)
			}
			for _, x := range []struct {
				book ledger.Book
				code ledger.Code
				want money.Fen
			}{{fund, ledger.FiscalAccount, bank}, {fund, ledger.Unidentified, suspended}, {city, ledger.FiscalAccount, plenty - paid}, {fund, ledger.CollectionReceived, bank - suspended}} {
				if got := b.balance(x.book, x.code); got != x.want {
					t.Errorf("%s %s stands at %v, want %v", x.book, x.code, got, x.want)
				}
			}
			b.verify()
		}
		stands(350_03, 350_03, 0)
		third := SeenPayment{wrong.ID, "R1", 2}
		accountant := b.who("accountant-1")
		if err := b.AskTakeBack(t.Context(), accountant, []SeenPayment{third}, " "); keyOf(err) != "remit.reason" {
			t.Errorf("without a reason: %v", err)
		}
		if err := b.TakeBack(t.Context(), b.who("accountant-2"), []SeenPayment{third}); keyOf(err) != "remit.stale" {
			t.Errorf("nobody asked: %v", err)
		}
		if err := b.AskTakeBack(t.Context(), accountant, []SeenPayment{third}, "Chengdu's, not Zigong's"); err != nil {
			t.Fatal(err)
		}
		stands(350_03, 350_03, 0)
		if err := b.TakeBack(t.Context(), b.who("accountant-1"), []SeenPayment{third}); keyOf(err) != "remit.take_back_asker" {
			t.Errorf("who asked takes it back: %v", err)
		}
		if err := b.TakeBack(t.Context(), b.who("cashier"), []SeenPayment{third}); keyOf(err) != "office.refused.right" {
			t.Errorf("a cashier takes back: %v", err)
		}
		if err := b.TakeBack(t.Context(), b.who("accountant-2"), []SeenPayment{third}); err != nil {
			t.Fatal(err)
		}
		stands(50_03, 50_03+300_00+399_99-2, 300_00+399_99-2) // the rest of the row is suspended with it
		if err := b.takenBack(third); keyOf(err) != "remit.stale" {
			t.Errorf("taken back twice: %v", err)
		}
		if r := b.row("R1"); r.Used != 3 || r.Suspended != 699_97 || r.Unbooked() != 0 || r.Book != fund {
			t.Errorf("%+v", r)
		}
		if err := b.matched("R1", right.ID, 300_00); err != nil {
			t.Fatal(err)
		}
		if err := b.matched("R1", wrong.ID, 5); err != nil { // the fourth time
			t.Fatal(err)
		}
		if err := b.takenBack(SeenPayment{wrong.ID, "R1", 3}, SeenPayment{wrong.ID, "R1", 0}); err != nil { // one identified, one not
			t.Fatal(err)
		}
		b.verify()
		if err := b.AskTakeBack(t.Context(), accountant, []SeenPayment{b.seenOf(right.ID)}, "x"); err != nil {
			t.Fatal(err)
		}
		if err := b.Keep(t.Context(), b.who("accountant-1"), []SeenPayment{b.seenOf(right.ID)}, "it is right"); err != nil {
			t.Fatal(err)
		}
		if err := b.TakeBack(t.Context(), b.who("accountant-2"), []SeenPayment{b.seenOf(right.ID)}); keyOf(err) != "remit.stale" {
			t.Errorf("what was kept is taken back: %v", err)
		}
		b.arrive(run, "2026-04-05")
		out := b.ofKind(run, ledger.Allocation, "")
		b.pay(run, "out", "2026-12-31")
		before := b.balance(fund, ledger.FiscalAccount)
		if err := b.takenBack(b.seenOf(out.ID)); err != nil {
			t.Fatal(err)
		}
		if got := b.balance(fund, ledger.FiscalAccount) - before; got != out.Amount {
			t.Errorf("%v came back, want %v", got, out.Amount)
		}
		if got := b.items(store.ItemQuery{ID: out.ID})[0]; got.State() != ledger.ItemDue {
			t.Errorf("%s", got.State())
		}
		b.verify()
		b.pay(run, "out", "2026-12-31") // the same reference pays it again
		b.verify()
	})
}

// An entry of the audit chain names the payments, receipts and vouchers of an act, with amounts, before and after.
func TestActsOnMoneyAreTold(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	run := b.signed(2024, pool.Resident, "")
	item := b.ofKind(run, ledger.Collection, "510300")
	b.until("2026-04-01")
	b.imported("R1,2026-04-01,居民,700.00,510300,\nR2,2026-04-01,居民,7.00,,\n")
	if err := b.matched("R1", item.ID, 500_00); err != nil {
		t.Fatal(err)
	}
	if err := b.takenBack(b.seenOf(item.ID)); err != nil {
		t.Fatal(err)
	}
	if err := b.Dispose(t.Context(), b.who("accountant"), b.seen("R2"), ledger.SentBack, ledger.Adjustment, "unknown"); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for e, err := range b.Store.Entries(t.Context(), office.Scope{Division: sichuan, Reach: office.Own}) {
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, f := range e.Before {
			fmt.Fprintf(&all, "before %s: %s\n", f.Name, f.Value)
		}
		for _, f := range e.After {
			if f.Name != office.SealField {
				fmt.Fprintf(&all, "%s: %s\n", f.Name, f.Value)
			}
		}
		said[e.Action] += all.String()
	}
	for action, wanted := range map[string][]string{
		"remit.accept": {"total: 500.00", "before payment " + string(item.ID) + ": due paid=0.00", "payment " + string(item.ID) + ": part paid=500.00", "share R1 " + string(item.ID) + ": paid 500.00",
			"before receipt R1: amount=700.00 used=0.00", "receipt R1: amount=700.00 used=500.00", "voucher resident/510000/adjustment/2026-04/receipt/1: 500.00", "voucher resident/510300/area/2026-04/payment/1: 500.00"},
		"remit.ask_take_back": {"share R1 " + string(item.ID) + ": ask_take_back 500.00"},
		"remit.take_back":     {"before payment " + string(item.ID) + ": part paid=500.00", "payment " + string(item.ID) + ": due paid=0.00", "receipt R1: amount=700.00 used=0.00 suspended=700.00", "receipt/3: -500.00"},
		"remit.dispose":       {"total: 7.00", "receipt R2: amount=7.00 used=0.00 suspended=0.00 disposed=7.00", "voucher "},
		"book.open":           {"book resident/510300/area: balance="},
	} {
		for _, want := range wanted {
			if !strings.Contains(said[action], want) {
				t.Errorf("%s does not say %q:\n%s", action, want, said[action])
			}
		}
	}
}

// A receipt whose month is closed in one of the books is booked on the first day that is open in both, and keeps the bank's day in
// the words of all its vouchers.
func TestClosedMonths(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	run := b.signed(2024, pool.Resident, "")
	item := b.ofKind(run, ledger.Collection, "510300")
	b.until("2026-05-02")
	b.imported("R1,2026-03-31,居民,700.00,510300,\nR2,2026-03-30,居民,7.00,,\n")
	for book, months := range map[ledger.Book]int{ledger.AreaBook(pool.Resident, "510300"): 4, ledger.AdjustmentBook(pool.Resident, sichuan): 3} {
		for month := 1; month <= months; month++ {
			if _, err := (ledger.Service{Chart: b.Chart, Store: b.Store.Books(b.who("accountant").act("close", office.Object{}, nil), b.Chart)}).Period(t.Context(), book, ledger.CloseMonth,
				ledger.PeriodOrder{Year: 2026, Month: time.Month(month), By: "accountant", Today: "2026-05-02"}, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	late, err := b.Accept(t.Context(), b.who("accountant"), []SeenShare{{ledger.Share{Receipt: "R1", Item: item.ID, Amount: 700_00}, 1, item.Version}})
	if err != nil || late != 1 {
		t.Fatal(late, err)
	}
	if err := b.Suspend(t.Context(), b.who("accountant"), []SeenReceipt{b.seen("R2")}, ledger.Adjustment, "unknown"); err != nil {
		t.Fatal(err)
	}
	if err := b.takenBack(b.seenOf(item.ID)); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, book := range []ledger.Book{ledger.AreaBook(pool.Resident, "510300"), ledger.AdjustmentBook(pool.Resident, sichuan)} {
		posted, err := b.Store.Books(store.Act{Scope: store.ScopeOf(sichuan)}, b.Chart).Posted(t.Context(), book, ledger.Whole(2026))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range posted {
			want, day := policy.Date("2026-05-01"), "2026-03-31"
			switch {
			case v.Source.ID == "R2":
				want, day = "2026-04-01", "2026-03-30"
			case v.Kind == ledger.Reversal:
				want, day = "2026-05-02", "the wrong city"
			case v.Source.ID != "R1" || v.Summary.Key == "ledger.summary.suspended":
				continue
			}
			found++
			if v.Date != want || v.Summary.Text != day {
				t.Errorf("%s of %s: %s, %q", v.Ref(), v.Source.ID, v.Date, v.Summary.Text)
			}
		}
	}
	if found != 4+1+4 {
		t.Errorf("%d vouchers", found)
	}
	b.verify()
}

// Whatever is matched, sent, booked and taken back in whatever order: payments, receipts, the accounts of what is due and the books
// say the same.
func TestAnyOrderOfTakingBack(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, plenty)
	run := b.signed(2024, pool.Resident, "")
	month := b.planned(Order{Kind: Offsite, Year: 2026, Month: 2, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Place: "510100", Amount: 900_00}}})
	b.until("2026-04-02")
	receipts := []ledger.DocumentID{"P1", "P2", "P3", "P4"}
	b.imported("P1,2026-04-01,居民,700.00,,\nP2,2026-04-01,居民,90000000.00,,\nP3,2026-04-02,居民,900.00,,\nP4,2026-03-20,居民,900.00,,\n")
	in := []ledger.ItemID{b.ofKind(run, ledger.Collection, "510300").ID, b.ofKind(run, ledger.Collection, "510100").ID, b.ofKind(month, ledger.OffsiteUp, "").ID}
	out := []ledger.ItemID{b.ofKind(run, ledger.Allocation, "510300").ID, b.ofKind(month, ledger.OffsiteDown, "").ID}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(rt, "acts") {
			switch rapid.IntRange(0, 4).Draw(rt, "act") {
			case 0, 1:
				receipt, id := rapid.SampledFrom(receipts).Draw(rt, "receipt"), rapid.SampledFrom(in).Draw(rt, "in")
				open := b.items(store.ItemQuery{ID: id})[0].Open()
				most := min(open, b.row(receipt).Left())
				amount := rapid.SampledFrom([]money.Fen{most, most / 2, most + 1, 1}).Draw(rt, "amount")
				if err := b.matched(receipt, id, amount); err == nil && (amount > most || amount <= 0) {
					rt.Fatalf("%v of %v was matched", amount, most)
				}
			case 2:
				x := b.items(store.ItemQuery{ID: rapid.SampledFrom(out).Draw(rt, "out")})[0]
				_ = b.Send(t.Context(), b.who("cashier"), []Chosen{{x.ID, x.Version}}, x.Open(), "r", b.today())
				_, _ = b.Book(t.Context(), b.who("accountant"), []Chosen{{x.ID, x.Version + 1}})
			default:
				_ = b.takenBack(b.seenOf(rapid.SampledFrom(append(in[:len(in):len(in)], out...)).Draw(rt, "back")))
			}
		}
		b.agrees(rt)
	})
	all, err := b.Store.Payments(t.Context(), store.ScopeOf(sichuan), "")
	if n := len(slices.DeleteFunc(all, store.Payment.Stands)); err != nil || n < 10 {
		t.Errorf("%d were taken back, %v", n, err)
	}
	b.verify()
}

// A month of off-site care of which something is taken back is not finished any more, and what finished it is taken back too; paid again,
// it is finished again. A batch is finished when a city keeps the last payment.
func TestBatchesFinish(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	id := b.planned(Order{Kind: Offsite, Year: 2026, Month: 2, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Place: "510100", Amount: 900_00}}})
	clearing := ledger.ClearingBook(pool.Resident, sichuan)
	finished := func(id office.DocumentID, want bool) {
		t.Helper()
		batches, err := b.Store.Batches(t.Context(), store.ScopeOf(sichuan))
		at := slices.IndexFunc(batches, func(x store.Batch) bool { return x.ID == ledger.DocumentID(id) })
		if err != nil || batches[at].Finished != want {
			t.Errorf("finished %t, %v", !want, err)
		}
		b.verify()
	}
	lent := ledger.Voucher{Book: ledger.AreaBook(pool.Resident, "510100"), Date: "2026-02-20", Kind: ledger.Ordinary, Summary: ledger.Summary{Text: "laid out"}, Key: "lent", Maker: "a", Reviewer: "b",
		Source: ledger.Source{Kind: ledger.FromDocument, ID: "x"}, Postings: []ledger.Posting{{Account: ledger.OffsiteLent, Dimensions: ledger.Dimensions{Counter: clearing}, Side: ledger.Debit, Amount: 900_00},
			{Account: ledger.FiscalAccount, Side: ledger.Credit, Amount: 900_00}}}
	if _, err := (ledger.Service{Chart: b.Chart, Store: b.Store.Books(b.who("accountant").act("lent", office.Object{}, nil), b.Chart)}).Post(t.Context(), []ledger.Voucher{lent}); err != nil {
		t.Fatal(err)
	}
	b.arrive(id, "2026-03-10")
	for range 2 {
		finished(id, false)
		b.pay(id, "out", "2026-12-31")
		finished(id, true)
		if got := b.balance(clearing, ledger.OffsiteFunds); got != 0 {
			t.Errorf("%v is not taken off", got)
		}
		if err := b.takenBack(b.seenOf(b.ofKind(id, ledger.OffsiteDown, "").ID)); err != nil {
			t.Fatal(err)
		}
		if got := b.balance(clearing, ledger.OffsiteFunds); got != 900_00 {
			t.Errorf("%v stands there again", got)
		}
	}
	finished(id, false)
	subsidy := b.planned(Order{Kind: Subsidy, Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Level: ledger.Central, Amount: 5_00}, {Division: "510100", Level: ledger.Central, Amount: 5_00}}})
	for n, city := range []region.Code{"510300", "510100"} {
		item := b.ofKind(subsidy, ledger.SubsidyPaid, city)
		cashier, accountant := b.who("cashier"), b.who("accountant")
		cashier.Division, accountant.Division = city, city
		if _, _, err := b.Import(t.Context(), cashier, exchange.Input{Name: "x.csv", Content: []byte("回单号,到账日期,险种,金额\nC1,2026-03-10,居民,5.00\n")}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Accept(t.Context(), accountant, []SeenShare{{ledger.Share{Receipt: "C1", Item: item.ID, Amount: 5_00}, 1, 1}}); err != nil {
			t.Fatal(err)
		}
		finished(subsidy, n == 1)
	}
}

// agrees compares payments and receipts with what was booked of them, and the accounts of what is due with what is open.
func (b *bench) agrees(rt *rapid.T) {
	paid, used := map[ledger.ItemID]money.Fen{}, map[ledger.DocumentID]money.Fen{}
	all, err := b.Store.Payments(b.t.Context(), store.ScopeOf(sichuan), "")
	if err != nil {
		rt.Fatal(err)
	}
	for _, p := range all {
		if p.Stands() {
			paid[p.Item] += p.Amount
			used[p.Receipt] += p.Amount
		}
	}
	due := map[ledger.Code]money.Fen{}
	for _, i := range b.items(store.ItemQuery{}) {
		if i.Paid != paid[i.ID] {
			rt.Fatalf("%s: paid %v, booked %v", i.ID, i.Paid, paid[i.ID])
		}
		switch i.Kind {
		case ledger.Collection:
			due[ledger.CollectionDue] += i.Open()
		case ledger.Allocation:
			due[ledger.OwesAllocated] += i.Open()
		}
	}
	rows, err := b.Store.Receipts(b.t.Context(), office.Scope{Division: sichuan, Reach: office.Own})
	if err != nil {
		rt.Fatal(err)
	}
	bank := money.Fen(0)
	for _, r := range rows {
		if r.Used != used[r.ID] || r.Suspended != 0 && r.Suspended != r.Left() {
			rt.Fatalf("%+v, booked %v", r, used[r.ID])
		}
		bank += r.Suspended
	}
	fund := ledger.AdjustmentBook(pool.Resident, sichuan)
	for code, want := range due {
		if got := b.balance(fund, code); got != want {
			rt.Fatalf("%s stands at %v, open are %v", code, got, want)
		}
	}
	if got := b.balance(fund, ledger.Unidentified) + b.balance(ledger.ClearingBook(pool.Resident, sichuan), ledger.Unidentified); got != bank {
		rt.Fatalf("not identified %v, of receipts %v", got, bank)
	}
}
