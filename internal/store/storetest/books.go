package storetest

import (
	"context"
	"errors"
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
		if _, err := books.Period(t.Context(), book, ledger.CloseMonth, ledger.PeriodOrder{Year: 2026, Month: month, By: "p1", Today: "2027-01-01"}, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := books.Post(t.Context(), []ledger.Voucher{Voucher(book, "b", 100)}); key(err) != "ledger.month_closed" {
		t.Error(err)
	}
	end, err := books.Period(t.Context(), book, ledger.CloseYear, ledger.PeriodOrder{Year: 2026, By: "p1", Today: "2027-01-01"}, "p2")
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

// opened opens the store as another program does.
func opened(t *testing.T, address string) *store.Store {
	s, err := store.Open(t.Context(), address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func post(v ledger.Voucher) func(ledger.Service) error {
	return func(s ledger.Service) error {
		_, err := s.Post(context.Background(), []ledger.Voucher{v})
		return err
	}
}

func period(book ledger.Book, act ledger.Act, months ...time.Month) func(ledger.Service) error {
	return func(s ledger.Service) error {
		for _, month := range months {
			if _, err := s.Period(context.Background(), book, act, ledger.PeriodOrder{Year: 2026, Month: month, By: "p1", Today: "2027-01-01", Approver: "p2", Reason: "synthetic"}, ""); err != nil {
				return err
			}
		}
		return nil
	}
}

// What a program remembers of a book it posted to, another one changes: what is posted then is judged by the book as it is.
func changedElsewhere(t *testing.T, address string) {
	pays := func(book ledger.Book, key string, fen money.Fen) ledger.Voucher {
		v := Voucher(book, key, fen)
		v.Postings[0].Side, v.Postings[1] = ledger.Credit, ledger.Posting{Account: "500101", Side: ledger.Debit, Amount: fen}
		return v
	}
	book := func(n int) ledger.Book {
		return ledger.AreaBook(pool.Resident, region.Code(fmt.Sprintf("5120%02d", n)))
	}
	both := func(one, two func(ledger.Service) error) func(ledger.Service) error {
		return func(s ledger.Service) error { return errors.Join(one(s), two(s)) }
	}
	april := Voucher(book(1), "a", 100)
	april.Date = "2026-04-01"
	for n, c := range []struct {
		name         string
		first, other func(ledger.Service) error
		then         ledger.Voucher
		want         string
		vouchers     int
	}{
		{"closed", post(Voucher(book(0), "a", 100)), period(book(0), ledger.CloseMonth, 1, 2, 3), Voucher(book(0), "b", 1), "ledger.month_closed", 1},
		{"reopened", both(period(book(1), ledger.CloseMonth, 1, 2, 3), post(april)), period(book(1), ledger.Reopen, 3), Voucher(book(1), "b", 1), "", 2},
		{"spent", post(Voucher(book(2), "a", 100)), post(pays(book(2), "b", 100)), pays(book(2), "c", 1), "ledger.overdrawn", 2},
		{"received", post(Voucher(book(3), "a", 100)), post(Voucher(book(3), "b", 100)), pays(book(3), "c", 150), "", 3},
		{"same key", post(Voucher(book(4), "a", 100)), post(Voucher(book(4), "b", 100)), Voucher(book(4), "b", 101), "ledger.key_reused", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			mine, theirs, division := opened(t, address), opened(t, address), book(n).Division // theirs goes into another chain, which says nothing of the book
			OpenBook(t, mine, pool.Resident, division)
			if err := c.first(service(t, mine, Act(division))); err != nil {
				t.Fatal(err)
			}
			if err := c.other(service(t, theirs, Act(province))); err != nil {
				t.Fatal(err)
			}
			_, err := service(t, mine, Act(division)).Post(t.Context(), []ledger.Voucher{c.then})
			if got := key(err); err != nil && got != c.want || err == nil && c.want != "" {
				t.Errorf("%v, want %s", err, c.want)
			}
			Replays(t, mine, book(n), 2026, c.vouchers)
			Verified(t, mine)
		})
	}
}

// Of two writes in one transaction the second asks the database, and so the first learns that what it was judged by is no longer so.
func changedInCompany(t *testing.T, address string) {
	mine, theirs, division := opened(t, address), opened(t, address), region.Code("512100")
	book := OpenBook(t, mine, pool.Resident, division)
	if err := errors.Join(post(Voucher(book, "a", 100))(service(t, mine, Act(division))),
		period(book, ledger.CloseMonth, 1, 2, 3)(service(t, theirs, Act(province)))); err != nil {
		t.Fatal(err)
	}
	under, goOn := make(chan bool, 1), make(chan bool)
	var wg sync.WaitGroup
	inTurn := func(do func() error, want string) {
		wg.Go(func() {
			if err := do(); err != nil && key(err) != want || err == nil && want != "" {
				t.Errorf("%v, want %s", err, want)
			}
		})
		time.Sleep(20 * time.Millisecond) // time to stand in the queue
	}
	inTurn(func() error {
		_, err := mine.Write(t.Context(), Act(division), func(*store.Tx) error {
			select {
			case under <- true:
				<-goOn
			default: // done again
			}
			return nil
		})
		return err
	}, "")
	<-under
	inTurn(func() error { return post(Voucher(book, "b", 1))(service(t, mine, Act(division))) }, "ledger.month_closed")
	inTurn(func() error {
		_, err := mine.Write(t.Context(), Act(division), func(tx *store.Tx) error {
			_, err := tx.KeepPaper(store.Paper{Division: division, Kind: "test", Content: []byte("synthetic")})
			return err
		})
		return err
	}, "")
	close(goOn)
	wg.Wait()
	Replays(t, mine, book, 2026, 1)
	Verified(t, mine)
}

// Somebody who tries a voucher sees the book as it stands, waits for no writer, and leaves nothing behind.
func lookAtBooks(t *testing.T, s *store.Store) {
	book := ledger.AreaBook(pool.Resident, city)
	if _, err := service(t, s, Act(city)).Post(t.Context(), []ledger.Voucher{Voucher(book, "look", 100)}); err != nil {
		t.Fatal(err)
	}
	set := []ledger.Voucher{Voucher(book, "look", 100), Voucher(book, "further", 50)}
	look := func() (again int, err error) {
		err = s.Books(Act(city), Chart(t)).Look(t.Context(), ledger.Needed(Chart(t), set), func(states map[ledger.Book]*ledger.State) error {
			posted, err := ledger.Post(states, set)
			for _, p := range posted {
				if p.Again {
					again++
				}
			}
			return err
		})
		return again, err
	}
	if _, err := s.Write(t.Context(), Act(city), func(tx *store.Tx) error { // a writer is at work
		again, err := look()
		if again != 1 {
			t.Errorf("%d of the vouchers are known", again)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Books(Act(other), Chart(t)).Look(t.Context(), ledger.Needed(Chart(t), set), nil); key(err) != "store.scope" {
		t.Errorf("a book of elsewhere: %v", err)
	}
	Replays(t, s, book, 2026, 4)
}
