package store

import (
	"context"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
)

// All codes of divisions lie between these.
const firstCode, lastCode = "0", ":"

// Report (核验结果) counts what a verification went through.
type Report struct {
	// Heads are where the chains end now, for somebody to keep elsewhere.
	Heads    []office.Head
	Entries  int64
	Books    int
	Vouchers int64
	// Batches and Payments are what approved documents became and what of it was paid.
	Batches  int
	Payments int
	// Persons are files that were opened; Sealed those that were not, because the person key is not there.
	Persons int64
	Sealed  int64
}

// Verify (核验) goes through everything that must agree: every chain from its first entry to the head the store names and to
// known, the heads that somebody kept elsewhere; every book, whose lines must be what its vouchers, posted again from nothing,
// come to, balanced in every month; and the rows of postings, which must be those of the vouchers; what passed between books, which must be the same on both sides;
// every approved run, which must be booked exactly once with every payment of it; and every person's file, which what stands beside it must follow from. The first thing that is
// wrong is the error: an *office.Broken names an entry.
//
// 依据: YA-4.10.2, YA-4.10.3
func (s *Store) Verify(ctx context.Context, chart *ledger.Chart, known ...office.Head) (Report, error) {
	var r Report
	heads, err := s.heads(ctx, firstCode, lastCode)
	if err != nil {
		return r, err
	}
	r.Heads = heads
	sealed := newSeals()
	counted := func(yield func(office.Entry, error) bool) {
		for e, err := range s.entries(ctx, firstCode, lastCode, wholeColumns, scanWhole) {
			r.Entries++
			if err == nil {
				err = sealed.add(e)
			}
			if !yield(e, err) {
				return
			}
		}
	}
	if err := office.Verify(counted, slices.Concat(heads, known)...); err != nil {
		return r, err
	}
	books, err := s.listBooks(ctx, firstCode, lastCode)
	if err != nil {
		return r, err
	}
	crossings, suspense := ledger.NewCrossings(), suspended{}
	for _, book := range books {
		n, err := s.verifyBook(ctx, chart, book, crossings, suspense, sealed)
		if err != nil {
			return r, err
		}
		r.Books++
		r.Vouchers += n
	}
	if err := sealed.noVouchersLeft(); err != nil {
		return r, err
	}
	if err := s.verifyRows(ctx, sealed); err != nil {
		return r, err
	}
	if err := crossings.Check(); err != nil {
		return r, err
	}
	if r.Batches, r.Payments, err = s.verifyMoney(ctx, suspense); err != nil {
		return r, err
	}
	if err := s.verifyPayments(ctx); err != nil {
		return r, err
	}
	if err := s.verifyAccounts(ctx); err != nil {
		return r, err
	}
	if err := s.verifySettlements(ctx); err != nil {
		return r, err
	}
	if err := s.verifyClearing(ctx); err != nil {
		return r, err
	}
	r.Persons, r.Sealed, err = s.verifyPersons(ctx)
	return r, err
}

// verifyBook posts a book's vouchers again from nothing and compares.
func (s *Store) verifyBook(ctx context.Context, chart *ledger.Chart, book ledger.Book, crossings *ledger.Crossings, suspense suspended, sealed *seals) (int64, error) {
	var state *ledger.State
	var posted []ledger.Voucher
	err := s.read(ctx, func(l *link) (err error) {
		var serials []int64
		var digests [][]byte
		if state, posted, err = l.bookWithVouchers(ctx, chart, book, func(serial int64, digest []byte) {
			serials, digests = append(serials, serial), append(digests, digest)
		}); err != nil {
			return err
		}
		if err := sealed.vouchersOf(book, serials, digests); err != nil {
			return err
		}
		return l.comparePostings(ctx, book, posted)
	})
	if err != nil {
		return 0, err
	}
	again, err := ledger.Replay(state, posted)
	if err != nil {
		return 0, err
	}
	if d := ledger.Compare(state, again); len(d) > 0 {
		return 0, fault.New(fault.Refused, "store.verify_line", "book", book.Name(), "account", string(d[0].Line.Account), "year", int(d[0].Line.Year), "kept", d[0].A, "posted", d[0].B)
	}
	crossings.Add(again, posted)
	suspense.add(posted)
	return int64(len(posted)), state.Balanced()
}

// bookWithVouchers reads all of a book; each gets the serial number and the digest of every voucher.
func (l *link) bookWithVouchers(ctx context.Context, chart *ledger.Chart, book ledger.Book, each func(serial int64, digest []byte)) (*ledger.State, []ledger.Voucher, error) {
	q := l.querier(ctx)
	state, _, err := q.book(chart, book, "")
	if err != nil {
		return nil, nil, err
	}
	if state == nil { // its row says whose it is in two ways
		return nil, nil, damaged("book", book.String())
	}
	if err := q.lines(lineReader{state: state}, "", 0); err != nil {
		return nil, nil, err
	}
	var posted []ledger.Voucher
	err = q(func(scan func(...any) error) error {
		var serial int64
		e, err := scanVoucher(func(to ...any) error { return scan(append(to, &serial)...) })
		if err == nil {
			each(serial, e.Digest[:])
			posted = append(posted, e.Voucher)
		}
		return err
	}, "SELECT canonical, word, number, digest, serial FROM vouchers WHERE book = $1 ORDER BY serial", book.String())
	return state, posted, err
}

// comparePostings compares the rows of postings of a book with its vouchers.
func (l *link) comparePostings(ctx context.Context, book ledger.Book, posted []ledger.Voucher) error {
	want := map[ledger.Ref][]ledger.Posting{}
	for _, v := range posted {
		want[v.Ref()] = v.Postings
	}
	rows := 0
	err := l.querier(ctx)(func(scan func(...any) error) error {
		ref, line, p, err := scanPosting(book, scan)
		if err != nil {
			return err
		}
		if lines := want[ref]; line < 1 || line > len(lines) || lines[line-1] != p {
			return fault.New(fault.Refused, "store.verify_posting", "ref", ref.Text(), "book", book.Name())
		}
		rows++
		return nil
	}, "SELECT year, month, word, number, line, account, counter, level, institution, side, amount FROM postings WHERE book = $1", book.String())
	if err != nil {
		return err
	}
	for _, lines := range want {
		rows -= len(lines)
	}
	if rows != 0 {
		return fault.New(fault.Refused, "store.verify_missing", "count", -rows, "book", book.Name())
	}
	return nil
}
