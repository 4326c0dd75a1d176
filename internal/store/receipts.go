package store

import (
	"context"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// BankRow (银行回单) is a row of a bank's or the treasury's statement as somebody brought it, in fen.
type BankRow struct {
	ledger.BankReceipt
	Division  region.Code // whose account it arrived in
	Insurance pool.Insurance
	PayerName string
	Synthetic bool
	BroughtBy ledger.Person
	// Used is what of it was matched. Suspended is what is left and booked as not identified, in Book; Disposed what was sent back
	// or taken as income. Reason says why, as SettledBy found.
	Used, Suspended, Disposed money.Fen
	Book                      ledger.Book
	Reason                    string
	SettledBy                 ledger.Person
	Version                   int64
}

// Left (未勾对金额) is what of the row is still to be matched, in fen.
func (r BankRow) Left() money.Fen { return r.Amount - r.Used - r.Disposed }

// Unbooked (未入账金额) is what of the row stands in no book yet, in fen.
func (r BankRow) Unbooked() money.Fen { return r.Left() - r.Suspended }

const receiptColumns = "division, id, date, insurance, amount, payer, payer_name, note, synthetic, brought_by, used, reason, settled_by, version, suspended, disposed, book"

// KeepReceipts (导入回单) keeps rows of a statement and tells how many are new. A row that is there already with the same
// content is passed over; one with other content is refused, by its id.
func (t *Tx) KeepReceipts(rows []BankRow) (added int, err error) {
	for _, r := range rows {
		if err := t.within(r.Division); err != nil {
			return 0, err
		}
		t.wrote(guardedReceipts, string(r.Division), string(r.ID))
		n, err := t.exec("INSERT INTO bank_receipts ("+receiptColumns+") VALUES ("+places(17)+") ON CONFLICT (division, id) DO NOTHING",
			string(r.Division), string(r.ID), string(r.Date), string(r.Insurance), int64(r.Amount), r.Payer, r.PayerName, r.Note, flag(r.Synthetic),
			string(r.BroughtBy), int64(0), "", "", int64(1), int64(0), int64(0), "")
		if err != nil {
			return 0, err
		}
		if added += int(n); n == 1 {
			continue
		}
		known, err := t.Receipts(r.Division, r.ID)
		if err != nil {
			return 0, err
		}
		if len(known) != 1 || !known[0].same(r) {
			return 0, fault.Refuse(fault.Problem{Column: "id", Value: string(r.ID), Message: fault.Msg("store.receipt_differs", "id", string(r.ID))})
		}
	}
	return added, nil
}

// same tells whether two rows say the same.
func (r BankRow) same(o BankRow) bool {
	return r.BankReceipt == o.BankReceipt && r.Insurance == o.Insurance && r.PayerName == o.PayerName
}

// Receipts (回单) gives the rows of a division as they are within the write; the one that is named, or all.
func (t *Tx) Receipts(division region.Code, id ledger.DocumentID) ([]BankRow, error) {
	if err := t.within(division); err != nil {
		return nil, err
	}
	if err := t.settle([]string{"bank_receipts"}); err != nil {
		return nil, err
	}
	return t.querier().receipts(string(division), string(division), string(id))
}

// Receipts (回单) gives the rows of the statements of the divisions in a scope, by day.
func (s *Store) Receipts(ctx context.Context, scope office.Scope) (out []BankRow, err error) {
	first, last := bounds(scope)
	err = s.read(ctx, func(l *link) error {
		out, err = l.querier(ctx).receipts(first, last, "")
		return err
	})
	return out, err
}

func (q querier) receipts(first, last, id string) (out []BankRow, err error) {
	err = q(func(scan func(...any) error) error {
		var r BankRow
		var synthetic int64
		var book string
		err := scan((*string)(&r.Division), (*string)(&r.ID), (*string)(&r.Date), (*string)(&r.Insurance), (*int64)(&r.Amount), &r.Payer, &r.PayerName, &r.Note,
			&synthetic, (*string)(&r.BroughtBy), (*int64)(&r.Used), &r.Reason, (*string)(&r.SettledBy), &r.Version,
			(*int64)(&r.Suspended), (*int64)(&r.Disposed), &book)
		if err == nil && book != "" {
			r.Book, err = parseBook(book)
		}
		r.Synthetic = synthetic == 1
		out = append(out, r)
		return err
	}, "SELECT "+receiptColumns+" FROM bank_receipts WHERE division >= $1 AND division <= $2 AND ($3 = '' OR id = $3) ORDER BY date, division, id", first, last, id)
	return out, err
}

// SaveReceipt (回单进度) keeps what of a row was matched, or why it is not. Another version than the one before is refused
// with office.ErrStale.
func (t *Tx) SaveReceipt(r BankRow) error {
	if err := t.within(r.Division); err != nil {
		return err
	}
	t.wrote(guardedReceipts, string(r.Division), string(r.ID))
	book := ""
	if !r.Book.None() {
		book = r.Book.String()
	}
	return t.one(`UPDATE bank_receipts SET used = $1, suspended = $2, disposed = $3, book = $4, reason = $5, settled_by = $6, version = $7
WHERE division = $8 AND id = $9 AND version = $10`,
		int64(r.Used), int64(r.Suspended), int64(r.Disposed), book, r.Reason, string(r.SettledBy), r.Version, string(r.Division), string(r.ID), r.Version-1)
}
