package remit

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tongchou/internal/clearing"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// cleared are cities with persons and a hospital each, and settlements of February 2026.
var cleared = []region.Code{"510100", "510300"}

func hospitalOf(city region.Code) string { return "H" + string(city) + "00001" }

// settled settles for persons of both cities, at home and in the other city.
func (b *bench) settled(days int) {
	b.t.Helper()
	for n, city := range cleared {
		county := city[:4] + "02"
		i := store.Institution{Code: hospitalOf(city), Division: county, Name: "合成医院", Level: "01", Account: office.UserID("u-" + string(city)), Synthetic: true}
		if _, err := b.Store.Write(b.t.Context(), storetest.Act(county), func(t *store.Tx) error { return t.SaveInstitution(i) }); err != nil {
			b.t.Fatal(err)
		}
		no, err := storetest.AddPerson(b.t, b.Store, storetest.Act(county), storetest.Facts(300+n, "合成参保人", county)...)
		if err != nil {
			b.t.Fatal(err)
		}
		for day := 1; day <= days; day++ {
			for _, at := range cleared {
				on := policy.Date(fmt.Sprintf("2026-02-%02d", day))
				if err := storetest.Settle(b.t, b.Store, no, county, fmt.Sprintf("S%s-%s-%s", city, at, on), hospitalOf(at), on, money.Fen(100_000+1_013*day)); err != nil {
					b.t.Fatal(err)
				}
			}
		}
	}
}

// clerkOf is an act of somebody on a division, at a moment.
func clerkOf(division region.Code, who office.UserID, at time.Time) store.Act {
	return store.Act{Record: office.Record{Chain: division, Who: who, At: at}, Scope: store.ScopeOf(division)}
}

// closeAll closes the days of February and the month of both cities.
func (b *bench) closeAll() error {
	ctx := b.t.Context()
	if _, err := b.CloseDays(ctx, clerkOf(sichuan, "operator", morning), "2026-02-28", nil); err != nil {
		return err
	}
	for _, city := range cleared {
		if _, _, err := b.ProposeMonth(ctx, clerkOf(city, "maker", morning), city, 2026, 2); err != nil {
			return err
		}
		if _, err := b.ConfirmMonth(ctx, clerkOf(city, "reviewer", morning), city, 2026, 2); err != nil {
			return err
		}
	}
	return nil
}

// verified goes through everything that must agree.
func (b *bench) verified() {
	b.t.Helper()
	if _, err := b.Store.Verify(b.t.Context(), b.Chart); err != nil {
		b.t.Fatal(err)
	}
}

// clearingBench has persons, so that their files are sealed with a key.
func clearingBench(t testing.TB, dir string) *bench {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, at: morning}
	b.Engine = pool.Engine{Library: policytest.Library(t), Tree: tree}
	b.Pack, b.Program, b.PolicyDigest = "sichuan", "test", "digest"
	if b.Chart, err = ledger.Standard(); err != nil {
		t.Fatal(err)
	}
	b.clearingAt(dir)
	return b
}

func (b *bench) clearingAt(dir string) {
	b.t.Helper()
	s, err := store.Open(b.t.Context(), filepath.Join(dir, "store"), store.Options{PersonKey: filepath.Join(dir, "person.key")})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { s.Close() })
	b.Store = s
}

// A month of settlements is closed day by day, proposed by one person and booked by another; it is the same in the sub-ledger, in what is owed and in the books; and between the
// cities it becomes the clearing sheet, which the orders of payments take.
func TestMonthIsClosedIntoTheBooks(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "YA-4.4.3")
	ctx, b := t.Context(), clearingBench(t, t.TempDir())
	b.books(pool.Employee, 1_000_000_00, 0)
	b.settled(5)
	if _, err := b.CloseDays(ctx, clerkOf(sichuan, "operator", morning), "2026-03-05", nil); fault.KindOf(err) != fault.Refused {
		t.Errorf("today was closed: %v", err)
	}
	if _, _, err := b.ProposeMonth(ctx, clerkOf("510100", "maker", morning), "510100", 2026, 2); fault.KindOf(err) != fault.Refused {
		t.Errorf("an open month: %v", err)
	}
	told := 0
	if n, err := b.CloseDays(ctx, clerkOf(sichuan, "operator", morning), "2026-02-28", func(d DayClosed) { told = d.Part }); err != nil || n != 28 || told != 28 {
		t.Fatal(n, told, err)
	}
	if n, err := b.CloseDays(ctx, clerkOf(sichuan, "operator", morning), "2026-02-28", nil); err != nil || n != 0 {
		t.Errorf("closed again: %d %v", n, err)
	}
	if _, err := b.ConfirmMonth(ctx, clerkOf("510100", "reviewer", morning), "510100", 2026, 2); fault.KindOf(err) != fault.Refused {
		t.Errorf("nothing was proposed: %v", err)
	}
	if _, _, err := b.ProposeMonth(ctx, clerkOf("510100", "maker", morning), "510100", 2026, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ConfirmMonth(ctx, clerkOf("510100", "maker", morning), "510100", 2026, 2); fault.KindOf(err) != fault.Refused {
		t.Errorf("the same person: %v", err)
	}
	if _, err := b.PlanOffsite(ctx, b.who("clerk"), february("清算")); fault.KindOf(err) != fault.Refused {
		t.Errorf("a month waits: %v", err)
	}
	for range 2 { // again does nothing
		if err := b.closeAll(); err != nil {
			t.Fatal(err)
		}
	}
	b.clears(5)
	b.verified()
	id, err := b.PlanOffsite(ctx, b.who("clerk"), february("2026年2月清算"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.sign(id); err != nil {
		t.Fatal(err)
	}
	items := b.items(store.ItemQuery{Batch: ledger.DocumentID(id)})
	var up money.Fen
	for _, i := range items {
		if i.Kind == ledger.OffsiteUp {
			up += i.Amount
		}
	}
	if len(items) != 4 || up != 2*half(5) {
		t.Errorf("%d payments, %v up", len(items), up)
	}
	if err := storetest.Settle(t, b.Store, 1, "510102", "late", hospitalOf("510100"), "2026-02-28", 100); err == nil {
		t.Error("a settlement on a closed day")
	}
}

// february asks for the clearing sheet of the month.
func february(basis string) Order {
	return Order{Year: 2026, Month: time.February, Insurance: pool.Employee, Due: "2026-03-31", Basis: basis}
}

// half is what basic insurance pays of a city's settlements at one hospital in so many days.
func half(days int) (sum money.Fen) {
	for day := 1; day <= days; day++ {
		sum += money.Fen(100_000+1_013*day) / 2
	}
	return sum
}

// clears compares the sub-ledger of February with what is owed and what is booked.
func (b *bench) clears(days int) {
	b.t.Helper()
	var vouchers []ledger.Voucher
	months, err := b.Store.Clearing().Months(b.t.Context(), store.ScopeOf(sichuan))
	if err != nil || len(months) != len(cleared) {
		b.t.Fatal(months, err)
	}
	for _, m := range months {
		posted, err := b.Store.Clearing().Booked(b.t.Context(), m)
		if err != nil || m.State != clearing.Confirmed || !m.Synthetic {
			b.t.Fatalf("%+v %v", m, err)
		}
		vouchers = append(vouchers, posted...)
	}
	booked := clearing.Read(vouchers)
	for _, city := range cleared {
		if got := booked.Owed[clearing.Kind{Institution: hospitalOf(city), Insurance: pool.Employee}]; got[clearing.Basic] != 2*half(days) || got[clearing.Aid] == 0 {
			b.t.Errorf("%s is owed %v", city, got)
		}
	}
	if booked.Due[pool.Employee] == 0 || booked.Due[pool.Employee] != booked.Offsite[pool.Employee] {
		b.t.Errorf("due %v, owed %v", booked.Due, booked.Offsite)
	}
}

// The environment of the child that the test kills.
const clearingKill = "CLEARING_KILL_DIR"

// TestClearingChild is the child: it closes February.
func TestClearingChild(t *testing.T) {
	dir := os.Getenv(clearingKill)
	if dir == "" {
		t.Skip("the child of the test that kills")
	}
	b := clearingBench(t, dir)
	if err := b.closeAll(); err != nil {
		t.Fatal(err)
	}
}

// Whoever closes a month is killed at any moment, again and again: nothing is there by half, and the next one goes on to the same end.
func TestKilledClosingGoesOn(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	dir, rounds := t.TempDir(), 4
	if os.Getenv("TONGCHOU_FULL") != "" {
		rounds = 200
	}
	b := clearingBench(t, dir)
	b.books(pool.Employee, 1_000_000_00, 0)
	b.settled(3)
	b.Store.Close()
	dice := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		c := exec.Command(os.Args[0], "-test.run=^TestClearingChild$")
		c.Env = append(os.Environ(), clearingKill+"="+dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+dice.IntN(900)) * time.Millisecond)
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()
		b.clearingAt(dir)
		b.verified()
		b.Store.Close()
	}
	b.clearingAt(dir)
	if err := b.closeAll(); err != nil {
		t.Fatal(err)
	}
	b.verified()
	b.clears(3)
}

// A closed day whose sub-ledger or books were changed past the program is found.
func TestVerifyFindsAClosingThatDiffers(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	dir := t.TempDir()
	b := clearingBench(t, dir)
	b.books(pool.Employee, 1_000_000_00, 0)
	b.settled(2)
	if err := b.closeAll(); err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct{ do, undo, want string }{
		{"UPDATE clearing_sums SET basic = basic + 1, total = total + 1 WHERE day = '2026-02-01'", "UPDATE clearing_sums SET basic = basic - 1, total = total - 1 WHERE day = '2026-02-01'", "store.verify_day"},
		{"UPDATE clearing_sums SET place = '510400' WHERE day = '2026-02-02' AND place = '510300'", "UPDATE clearing_sums SET place = '510300' WHERE day = '2026-02-02' AND place = '510400'", "store.verify_day"},
	} {
		vandalised(t, filepath.Join(dir, "store"), change.do)
		if _, err := b.Store.Verify(t.Context(), b.Chart); err == nil || keyOf(err) != change.want {
			t.Errorf("%s: %v", change.do, err)
		}
		vandalised(t, filepath.Join(dir, "store"), change.undo)
	}
	b.verified()
}

func vandalised(t *testing.T, dir, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "tongchou.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// A net sheet sets off what a city pays and receives alike, and pays the difference; it is refused while the books say less was laid out. When all is paid, what closed months
// had noted is off the memo accounts of both sides; taken back, it is there again.
func TestMonthIsClearedNet(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "SC38-4.5")
	ctx, b := t.Context(), clearingBench(t, t.TempDir())
	b.books(pool.Employee, 1_000_000_00, 0)
	b.settled(5)
	if err := storetest.Settle(t, b.Store, 1, "510102", "more", hospitalOf("510300"), "2026-02-06", 800_00); err != nil {
		t.Fatal(err)
	}
	if err := b.closeAll(); err != nil {
		t.Fatal(err)
	}
	one, two := ledger.AreaBook(pool.Employee, "510100"), ledger.AreaBook(pool.Employee, "510300")
	before := map[ledger.Book]map[ledger.Code]money.Fen{}
	for _, book := range []ledger.Book{one, two} {
		before[book] = map[ledger.Code]money.Fen{ledger.OwesOffsite: b.balance(book, ledger.OwesOffsite), ledger.OffsiteDue: b.balance(book, ledger.OffsiteDue)}
	}
	net := february("轧差清算")
	net.Net = true
	if _, err := b.PlanOffsite(ctx, b.who("clerk"), net); keyOf(err) != "ledger.wrong_side_of" {
		t.Errorf("nothing was laid out: %v", err)
	}
	gross := map[ledger.Book]money.Fen{one: half(5) + 400_00, two: half(5)} // what each pays for its own persons
	for book, amount := range map[ledger.Book]money.Fen{one: gross[two], two: gross[one]} {
		lent := ledger.Voucher{Book: book, Date: "2026-03-01", Kind: ledger.Ordinary, Summary: ledger.Summary{Text: "laid out"}, Key: "lent", Maker: "a", Reviewer: "b", Source: ledger.Source{Kind: ledger.FromDocument, ID: "x"},
			Postings: []ledger.Posting{{Account: ledger.OffsiteLent, Dimensions: ledger.Dimensions{Counter: ledger.ClearingBook(pool.Employee, sichuan)}, Side: ledger.Debit, Amount: amount},
				{Account: ledger.FiscalAccount, Side: ledger.Credit, Amount: amount}}}
		if _, err := (ledger.Service{Chart: b.Chart, Store: b.Store.Books(b.who("accountant").act("lent", office.Object{}, nil), b.Chart)}).Post(ctx, []ledger.Voucher{lent}); err != nil {
			t.Fatal(err)
		}
	}
	id, err := b.PlanOffsite(ctx, b.who("clerk"), net)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.sign(id); err != nil {
		t.Fatal(err)
	}
	if months, err := b.OffsiteMonths(ctx, store.ScopeOf(sichuan), pool.Employee); err != nil || len(months) != 1 || !months[0].Net || months[0].Confirmed != gross[one]+gross[two] {
		t.Errorf("%+v %v", months, err)
	}
	if items := b.items(store.ItemQuery{Batch: ledger.DocumentID(id)}); len(items) != 2 || items[0].Amount != 400_00 || items[1].Amount != 400_00 || items[0].City() == items[1].City() {
		t.Fatalf("%+v", items)
	}
	is := func(when string, noted money.Fen) {
		t.Helper()
		for book, other := range map[ledger.Book]ledger.Book{one: two, two: one} {
			if owes, due := b.balance(book, ledger.OwesOffsite), b.balance(book, ledger.OffsiteDue); owes != before[book][ledger.OwesOffsite]-(1-noted)*gross[book] || due != before[book][ledger.OffsiteDue]-(1-noted)*gross[other] {
				t.Errorf("%s, %s: %v owed, %v due", when, book, owes, due)
			}
		}
		b.verified()
	}
	is("signed", 1)
	b.arrive(id, "2026-03-10")
	b.pay(id, "paid-down", "2026-12-31")
	is("paid", 0)
	for book, want := range gross {
		if spent, lent := b.balance(book, ledger.OffsiteBenefit), b.balance(book, ledger.OffsiteLent); spent != want || lent != 0 {
			t.Errorf("%s: %v spent, %v still laid out", book, spent, lent)
		}
	}
	if left := b.balance(ledger.ClearingBook(pool.Employee, sichuan), ledger.OffsiteFunds); left != 0 {
		t.Errorf("the province still holds %v", left)
	}
	if err := b.takenBack(b.seenOf(b.ofKind(id, ledger.OffsiteDown, "510300").ID)); err != nil {
		t.Fatal(err)
	}
	is("taken back", 1)
	b.pay(id, "paid-again", "2026-12-31")
	is("paid again", 0)
}

// Two cities that owe one another the same pay nothing: with the last signature everything is booked.
func TestEvenMonthIsBookedAtOnce(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	costs := []ledger.OffsiteCost{{Home: "510100", Place: "510300", Amount: 5_00}, {Home: "510300", Place: "510100", Amount: 5_00}}
	batch, err := ledger.OffsiteMonth(ledger.OffsiteOrder{Document: "even", Insurance: pool.Employee, Year: 2026, Month: time.February, Costs: costs, Hands: ledger.Hands{Date: "2026-03-01", Maker: "a", Reviewer: "b"}, Due: "2026-03-31", Net: true, Noted: true})
	if err != nil || len(batch.Items) != 0 || len(batch.Final) != 0 || len(batch.Booking) != 4+2+2 { // set off in four books, taken off the province's and off the memo accounts
		t.Errorf("%d payments, %d vouchers, %d last, %v", len(batch.Items), len(batch.Booking), len(batch.Final), err)
	}
}
