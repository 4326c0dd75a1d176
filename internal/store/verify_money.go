package store

import (
	"context"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
)

// allCodes bound the divisions of everything a database holds.
var allCodes = [2]any{firstCode, lastCode}

// verifyMoney checks that every approved run has one batch, made from what was signed; that every batch has an approved
// document; that what is written as paid is what receipts paid; that every payment stands in the books of both sides; and that what the
// books hold of every receipt as not identified is what is written of it.
//
// 依据: SC38-4.1, SC38-4.5
func (s *Store) verifyMoney(ctx context.Context, books suspended) (batches, payments int, err error) {
	err = s.read(ctx, func(l *link) error {
		v := moneyVerifier{l.querier(ctx), map[ledger.ItemID]ledger.Standing{}}
		if batches, err = v.batches(); err != nil {
			return err
		}
		if payments, err = v.payments(); err != nil {
			return err
		}
		rows, err := v.receipts(firstCode, lastCode, "")
		if err != nil {
			return err
		}
		return books.compare(rows)
	})
	return batches, payments, err
}

// suspended is what the vouchers of a book put on the account of what is not identified, by receipt.
type suspended map[suspendedRow]money.Fen

type suspendedRow struct {
	book    ledger.Book
	receipt ledger.DocumentID
}

func (s suspended) add(posted []ledger.Voucher) {
	for _, v := range posted {
		if sum := v.Suspended(); sum != 0 {
			s[suspendedRow{v.Book, v.Source.ID}] += sum
		}
	}
}

// compare refuses rows of statements that say otherwise than the books.
func (s suspended) compare(rows []BankRow) error {
	for _, r := range rows {
		if r.Suspended == 0 {
			continue
		}
		s[suspendedRow{r.Book, r.ID}] -= r.Suspended
	}
	for row, sum := range s {
		if sum != 0 {
			return fault.New(fault.Refused, "store.verify_suspense", "receipt", string(row.receipt), "book", row.book.Name(), "amount", sum)
		}
	}
	return nil
}

type moneyVerifier struct {
	querier
	items map[ledger.ItemID]ledger.Standing
}

// batches compares approved documents with batches.
func (v moneyVerifier) batches() (int, error) {
	made := map[string]string{}
	if err := v.querier(func(scan func(...any) error) error {
		var id string
		var digest []byte
		err := scan(&id, &digest)
		made[id] = string(digest)
		return err
	}, "SELECT id, digest FROM batches WHERE division >= $1 AND division <= $2", allCodes[:]...); err != nil {
		return 0, err
	}
	approved := map[string]bool{}
	if err := v.querier(func(scan func(...any) error) error {
		var id, kind string
		var digest []byte
		if err := scan(&id, &kind, &digest); err != nil {
			return err
		}
		approved[id] = true
		signed, has := made[id]
		if runs := []string{string(office.PoolRun), string(office.Clearing)}; !has && slices.Contains(runs, kind) || has && signed != string(digest) {
			return fault.New(fault.Refused, "store.verify_run", "id", id)
		}
		return nil
	}, "SELECT id, kind, digest FROM documents WHERE state = $1", string(office.Approved)); err != nil {
		return 0, err
	}
	for id := range made {
		if !approved[id] {
			return 0, fault.New(fault.Refused, "store.verify_batch", "id", id)
		}
	}
	return len(made), nil
}

// payments compares what is paid of every item with its payments, and each of these with the books.
func (v moneyVerifier) payments() (int, error) {
	if err := v.querier(func(scan func(...any) error) error {
		item, err := scanItem(scan)
		v.items[item.ID] = item
		return err
	}, "SELECT "+itemColumns+" FROM items WHERE division >= $1 AND division <= $2", allCodes[:]...); err != nil {
		return 0, err
	}
	var shares []Payment
	if err := v.querier(func(scan func(...any) error) error {
		x, err := scanPayment(scan)
		shares = append(shares, x)
		return err
	}, "SELECT "+paymentColumns+" FROM item_payments"); err != nil {
		return 0, err
	}
	for _, x := range shares {
		item := v.items[x.Item]
		if x.Stands() {
			item.Paid -= x.Amount
			v.items[x.Item] = item
		}
		if err := v.booked(item, x); err != nil {
			return 0, err
		}
	}
	for id, item := range v.items {
		if item.Paid != 0 {
			return 0, fault.New(fault.Refused, "store.verify_paid", "id", string(id), "amount", item.Paid)
		}
	}
	return len(shares), nil
}

// booked refuses a payment that has not a voucher for every side of it, and one that was taken back without the vouchers that
// take these back, or the other way round.
func (v moneyVerifier) booked(item ledger.Standing, x Payment) error {
	set, err := item.Settle(ledger.Hands{}, x.Arrival())
	if err != nil {
		return err
	}
	back := money.Fen(0)
	if !x.Stands() {
		back = -x.Amount
	}
	for _, voucher := range set {
		for key, want := range map[ledger.Key]money.Fen{voucher.Key: x.Amount, ledger.TakenBackKey(voucher.Key): back} {
			sum, err := v.debits(voucher.Book, key)
			if err != nil {
				return err
			}
			if sum != want {
				return fault.New(fault.Refused, "store.verify_payment", "id", string(x.Item), "receipt", string(x.Receipt), "book", voucher.Book.Name())
			}
		}
	}
	return nil
}

// debits is what the voucher of a key debits in a book.
func (v moneyVerifier) debits(book ledger.Book, key ledger.Key) (sum money.Fen, err error) {
	err = v.querier(func(scan func(...any) error) error { return scan((*int64)(&sum)) },
		`SELECT CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) FROM vouchers v
JOIN postings p ON p.book = v.book AND p.year = v.year AND p.month = v.month AND p.word = v.word AND p.number = v.number
WHERE v.book = $1 AND v.request = $2 AND p.side = 1`, book.String(), string(key))
	return sum, err
}
