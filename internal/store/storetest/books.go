package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

func books(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-4.5")
	book := OpenBook(t, s, pool.Resident, city)
	if _, err := s.Write(t.Context(), Act(city), func(tx *store.Tx) error {
		state, err := ledger.NewState(Chart(t), book, ledger.Rules{}, 2026, time.January)
		if err != nil {
			return err
		}
		return tx.OpenBook(state)
	}); key(err) != "store.book_open" {
		t.Errorf("opened twice: %v", err)
	}
	books := service(t, s, Act(city))
	first, err := books.Post(t.Context(), []ledger.Voucher{Voucher(book, "a", 100), Voucher(book, "b", 250)})
	if err != nil {
		t.Fatal(err)
	}
	if ref := first[1].Voucher.Ref().String(); ref != "resident/510100/area/2026-03/receipt/2" {
		t.Error(ref)
	}
	again, err := books.Post(t.Context(), []ledger.Voucher{Voucher(book, "a", 100)})
	if err != nil || !again[0].Again || again[0].Voucher.Ref() != first[0].Voucher.Ref() || again[0].Digest != first[0].Digest {
		t.Errorf("%+v, %v", again, err)
	}
	reversal := first[0].Voucher.Reverse("2026-03-06", "c", ledger.Source{Kind: ledger.FromDocument, ID: "d1"}, ledger.Summary{Text: "synthetic"}, "p1", "p2")
	if _, err := books.Post(t.Context(), []ledger.Voucher{reversal}); err != nil {
		t.Fatal(err)
	}
	reversal.Key = "d"
	if _, err := books.Post(t.Context(), []ledger.Voucher{reversal}); key(err) != "ledger.reversed_already" {
		t.Errorf("reversed twice: %v", err)
	}
	Replays(t, s, book, 2026, 3)
	state, err := s.Books(Act(city), Chart(t)).Whole(t.Context(), book, 2026)
	if err != nil {
		t.Fatal(err)
	}
	if got := state.At(ledger.Line{Year: 2026, Account: ledger.FiscalAccount}, time.March); got != 250 {
		t.Error(got)
	}
}

func refusedVouchers(t *testing.T, s *store.Store) {
	book := OpenBook(t, s, pool.Employee, city)
	books := service(t, s, Act(city))
	if _, err := books.Post(t.Context(), []ledger.Voucher{Voucher(book, "a", 100)}); err != nil {
		t.Fatal(err)
	}
	unbalanced := Voucher(book, "x", 100)
	unbalanced.Postings[0].Amount = 99
	overdrawn := Voucher(book, "y", 101)
	overdrawn.Postings[0].Side, overdrawn.Postings[1] = ledger.Credit, ledger.Posting{Account: "500101", Side: ledger.Debit, Amount: 101}
	for want, set := range map[string][]ledger.Voucher{
		"ledger.key_reused":   {Voucher(book, "b", 1), Voucher(book, "a", 101)},
		"ledger.unbalanced":   {Voucher(book, "c", 1), unbalanced},
		"ledger.overdrawn":    {overdrawn},
		"ledger.book_unknown": {Voucher(ledger.AreaBook(pool.Resident, "510104"), "e", 1)},
	} {
		if _, err := books.Post(t.Context(), set); key(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	Replays(t, s, book, 2026, 1)
}

func periods(t *testing.T, s *store.Store) {
	book := OpenBook(t, s, pool.Resident, "510104")
	books := service(t, s, Act(city))
	if _, err := books.Post(t.Context(), []ledger.Voucher{Voucher(book, "a", 100)}); err != nil {
		t.Fatal(err)
	}
	for month := time.January; month < time.December; month++ {
		if _, err := books.Period(t.Context(), book, ledger.CloseMonth, ledger.PeriodOrder{Year: 2026, Month: month, By: "p1"}, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := books.Post(t.Context(), []ledger.Voucher{Voucher(book, "b", 100)}); key(err) != "ledger.month_closed" {
		t.Error(err)
	}
	end, err := books.Period(t.Context(), book, ledger.CloseYear, ledger.PeriodOrder{Year: 2026, By: "p1"}, "p2")
	if err != nil || end.Normal != 100 {
		t.Fatalf("%+v, %v", end, err)
	}
	Replays(t, s, book, 2026, 2)
	next, err := s.Books(Act(city), Chart(t)).Whole(t.Context(), book, 2027)
	if err != nil {
		t.Fatal(err)
	}
	if got := next.At(ledger.Line{Year: 2027, Account: ledger.FiscalAccount}, 0); got != 100 || !next.Years[2026].Closed {
		t.Errorf("opens with %d: %+v", got, next.Years)
	}
}

// Books of another place are not read, not posted to and not listed, whoever asks by name.
func booksElsewhere(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-1.1")
	book := OpenBook(t, s, pool.Resident, other)
	stranger := s.Books(Act(city), Chart(t))
	if _, err := stranger.Whole(t.Context(), book, 2026); key(err) != "store.scope" {
		t.Error(err)
	}
	if _, err := stranger.Posted(t.Context(), book, ledger.Whole(2026)); key(err) != "store.scope" {
		t.Error(err)
	}
	if _, err := service(t, s, Act(city)).Post(t.Context(), []ledger.Voucher{Voucher(book, "a", 1)}); key(err) != "store.scope" {
		t.Error(err)
	}
	if _, err := service(t, s, Act(province)).Post(t.Context(), []ledger.Voucher{Voucher(book, "a", 1)}); err != nil {
		t.Errorf("the province: %v", err)
	}
	for scope, want := range map[region.Code]int{city: 3, other: 1, province: 4, "510304": 0, "530000": 0, "": 0} {
		if got, err := s.ListBooks(t.Context(), store.ScopeOf(scope)); err != nil || len(got) != want {
			t.Errorf("%s sees %v, %v", scope, got, err)
		}
	}
}

// Writers of two programs on the same books at once: no number is given twice, no sum is lost, and who is refused takes nobody
// along.
func manyAtOnce(t *testing.T, s *store.Store, address string) {
	second, err := store.Open(t.Context(), address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	shared := []ledger.Book{OpenBook(t, s, pool.Resident, "510400"), OpenBook(t, s, pool.Resident, "510500")}
	var wg sync.WaitGroup
	const writers, each = 16, 6
	for w := range writers {
		wg.Go(func() {
			from := []*store.Store{s, second}[w%2]
			by := []region.Code{shared[0].Division, shared[1].Division, province}[w%3]
			for i := range each {
				book := shared[w%2]
				if by != province {
					book = ledger.AreaBook(pool.Resident, by)
				}
				v := Voucher(book, fmt.Sprintf("%d/%d", w, i), money.Fen(w*100+i+1))
				if i%3 == 2 {
					v.Postings[0].Amount++
				}
				if _, err := service(t, from, Act(by)).Post(t.Context(), []ledger.Voucher{v}); (err != nil) != (i%3 == 2) {
					t.Errorf("%d/%d: %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
	posted := 0
	for _, book := range shared {
		all, err := s.Books(Act(province), Chart(t)).Posted(t.Context(), book, ledger.Whole(2026))
		if err != nil {
			t.Fatal(err)
		}
		posted += len(all)
		Replays(t, s, book, 2026, len(all))
	}
	if want := writers * each * 2 / 3; posted != want {
		t.Errorf("%d vouchers of %d", posted, want)
	}
	Verified(t, s)
}
