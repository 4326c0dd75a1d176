package remit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// SeenReceipt (所选回单) is a row of a statement as somebody had it before him.
type SeenReceipt struct {
	ID      ledger.DocumentID
	Version int64
}

// hands are the two names on a voucher of a receipt: the accountant makes it, who brought the statement is the second.
func (w Who) hands(r store.BankRow) ledger.Hands {
	return ledger.Hands{Date: r.Date, Maker: ledger.Person(w.ID), Reviewer: r.BroughtBy}
}

// Day (办理日) is the day on which somebody acts.
func (w Who) Day() policy.Date { return policy.DayOf(w.At) }

// Suspend (记入待查款项) books what is left of receipts as money that is not identified, on the day it arrived, so that the books
// hold what the bank holds. One that was suspended in another book moves to this one. It stays open: matched later, it is
// booked out of there.
//
// 依据: SC38-4.5
func (s Service) Suspend(ctx context.Context, who Who, rows []SeenReceipt, kind ledger.BookKind, reason string) error {
	act, err := who.onReceipts("remit.suspend", rows, reason, string(kind))
	if err != nil {
		return err
	}
	_, err = s.Store.Write(ctx, act, func(tx *store.Tx) error {
		var t trail
		var sum money.Fen
		for _, seen := range rows {
			row, err := open(tx, who, seen)
			if err != nil {
				return err
			}
			before := row
			if err := s.suspend(tx, who, &row, ledger.Book{Insurance: row.Insurance, Division: row.Division, Kind: kind}); err != nil {
				return err
			}
			row.Reason, row.SettledBy = strings.TrimSpace(reason), ledger.Person(who.ID)
			row.Version++
			if err := tx.SaveReceipt(row); err != nil {
				return err
			}
			t.row(before, row)
			sum += row.Suspended
		}
		t.told(tx, act.Object, total(sum), office.Field{Name: "book", Value: string(kind)})
		return nil
	})
	return stale(err)
}

// suspend books what is left of a row in a book, if it does not stand there.
func (s Service) suspend(tx *store.Tx, who Who, row *store.BankRow, book ledger.Book) error {
	if row.Suspended > 0 && row.Book == book {
		return nil
	}
	var set []ledger.Voucher
	if row.Suspended > 0 {
		h := who.hands(*row)
		h.Date = who.Day()
		set = append(set, ledger.Dispose(row.Book, h, ledger.SentBack, row.ID, row.Suspended, row.Version))
	}
	row.Book, row.Suspended = book, row.Left()
	h, err := s.booked(tx, who.hands(*row), book)
	if err != nil {
		return err
	}
	set = append(set, ledger.Suspend(book, h, row.ID, row.Suspended, row.Version))
	return s.post(tx, set)
}

// Dispose (差异处理) settles what is left of a receipt that pays nothing that is waited for: it was sent back, or is income. It
// passes through the account of what is not identified, in the book that is named if it does not stand there yet.
//
// 依据: SC38-4.5
func (s Service) Dispose(ctx context.Context, who Who, seen SeenReceipt, how ledger.Disposal, kind ledger.BookKind, reason string) error {
	act, err := who.onReceipts("remit.dispose", []SeenReceipt{seen}, reason, string(how)+" "+string(kind))
	if err != nil {
		return err
	}
	if !slices.Contains(ledger.Disposals(), how) {
		return fault.New(fault.Refused, "remit.disposal")
	}
	_, err = s.Store.Write(ctx, act, func(tx *store.Tx) error {
		row, err := open(tx, who, seen)
		if err != nil {
			return err
		}
		before := row
		var t trail
		if row.Suspended == 0 {
			if err := s.suspend(tx, who, &row, ledger.Book{Insurance: row.Insurance, Division: row.Division, Kind: kind}); err != nil {
				return err
			}
		}
		h := who.hands(row)
		h.Date = who.Day()
		if err := s.post(tx, []ledger.Voucher{ledger.Dispose(row.Book, h, how, row.ID, row.Suspended, row.Version)}); err != nil {
			return err
		}
		row.Disposed, row.Suspended = row.Disposed+row.Suspended, 0
		row.Reason, row.SettledBy = strings.TrimSpace(reason), ledger.Person(who.ID)
		row.Version++
		t.row(before, row)
		t.told(tx, act.Object, total(row.Disposed-before.Disposed), office.Field{Name: "how", Value: string(how)})
		return tx.SaveReceipt(row)
	})
	return stale(err)
}

// onReceipts is an act on rows of statements, for which a reason is needed.
func (w Who) onReceipts(action string, rows []SeenReceipt, reason, how string) (store.Act, error) {
	if err := w.may(office.Reconcile); err != nil {
		return store.Act{}, err
	}
	reason = strings.TrimSpace(reason)
	switch {
	case len(rows) == 0:
		return store.Act{}, fault.New(fault.Refused, "remit.none_chosen")
	case reason == "" || len(reason) > longestBasis:
		return store.Act{}, fault.New(fault.Refused, "remit.reason")
	}
	object := office.Object{Kind: "receipt", ID: string(rows[0].ID)}
	act := w.act(action, object, []byte(fmt.Sprint(rows, how, reason)), office.Field{Name: "count", Value: strconv.Itoa(len(rows))}, office.Field{Name: "how", Value: how})
	act.Why = reason
	return act, nil
}

// open gives a row that has something left, in the version that was seen.
func open(tx *store.Tx, who Who, seen SeenReceipt) (store.BankRow, error) {
	rows, err := tx.Receipts(who.Division, seen.ID)
	switch {
	case err != nil:
		return store.BankRow{}, err
	case seen.ID == "" || len(rows) != 1 || rows[0].Version != seen.Version || rows[0].Left() == 0:
		return store.BankRow{}, office.ErrStale
	}
	return rows[0], nil
}

// Held (到账去向) is where the money of an office's statements stands, in fen: all of it, what paid payments, what is suspended,
// what was sent back or taken as income, and what is in no book yet. The last four add up to the first.
type Held struct{ All, Matched, Suspended, Disposed, Unbooked money.Fen }

// HeldOf (到账去向) adds rows of statements up.
func HeldOf(rows []store.BankRow) Held {
	var h Held
	for _, r := range rows {
		h.All += r.Amount
		h.Matched += r.Used
		h.Suspended += r.Suspended
		h.Disposed += r.Disposed
		h.Unbooked += r.Unbooked()
	}
	return h
}
