package store

import (
	"context"
	"strings"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

const itemColumns = "id, batch, division, kind, year, insurance, payer, payer_level, payer_division, payee, payee_level, payee_division, amount, due, " +
	"source_kind, source, decision, number, paid, lapsed, sent_by, sent_on, sent_ref, version"

func (t *Tx) keepItem(s ledger.Standing) error {
	if err := t.within(s.City()); err != nil {
		return err
	}
	t.wrote(guardedItems, string(s.ID))
	_, err := t.exec("INSERT INTO items ("+itemColumns+") VALUES ("+places(24)+")",
		string(s.ID), string(s.Batch), string(s.City()), string(s.Kind), int64(s.Year), string(s.Insurance),
		s.Payer.Book.String(), string(s.Payer.Level), string(s.Payer.Division), s.Payee.Book.String(), string(s.Payee.Level), string(s.Payee.Division),
		int64(s.Amount), string(s.Due), string(s.Source.Kind), string(s.Source.ID), string(s.Decision), s.Number, int64(s.Paid), flag(s.Lapsed),
		string(s.Sent.By), string(s.Sent.On), string(s.Sent.Ref), int64(1))
	return err
}

// SaveItem (款项进度) keeps how far a payment has come. One of another version than the one before is refused with
// office.ErrStale, and nothing changed.
func (t *Tx) SaveItem(s ledger.Standing) error {
	if err := t.within(s.City()); err != nil {
		return err
	}
	t.wrote(guardedItems, string(s.ID))
	return t.one(`UPDATE items SET number = $1, paid = $2, lapsed = $3, sent_by = $4, sent_on = $5, sent_ref = $6, version = $7
WHERE id = $8 AND division = $9 AND version = $10`,
		s.Number, int64(s.Paid), flag(s.Lapsed), string(s.Sent.By), string(s.Sent.On), string(s.Sent.Ref), s.Version, string(s.ID), string(s.City()), s.Version-1)
}

// ItemQuery (款项查询) says which payments of a scope are wanted; what is empty is any.
type ItemQuery struct {
	Batch     ledger.DocumentID
	Year      policy.Year
	Insurance pool.Insurance
	Kind      ledger.ItemKind
	ID        ledger.ItemID
}

// Items (款项) gives payments in a scope by batch, insurance type and id.
func (s *Store) Items(ctx context.Context, scope office.Scope, of ItemQuery) (out []ledger.Standing, err error) {
	err = s.read(ctx, func(l *link) error {
		out, err = l.querier(ctx).items(scope, of)
		return err
	})
	return out, err
}

// Items (款项) gives payments in the act's scope as they are within the write.
func (t *Tx) Items(of ItemQuery) ([]ledger.Standing, error) {
	if err := t.settle([]string{"items"}); err != nil {
		return nil, err
	}
	return t.querier().items(t.act.Scope, of)
}

func (q querier) items(scope office.Scope, of ItemQuery) (out []ledger.Standing, err error) {
	first, last := bounds(scope)
	err = q(func(scan func(...any) error) error {
		item, err := scanItem(scan)
		out = append(out, item)
		return err
	}, "SELECT "+itemColumns+` FROM items WHERE division >= $1 AND division <= $2 AND ($3 = '' OR batch = $3) AND ($4 = 0 OR year = $4)
AND ($5 = '' OR insurance = $5) AND ($6 = '' OR kind = $6) AND ($7 = '' OR id = $7) ORDER BY batch, insurance, due, id`,
		first, last, string(of.Batch), int64(of.Year), string(of.Insurance), string(of.Kind), string(of.ID))
	return out, err
}

func scanItem(scan func(...any) error) (s ledger.Standing, err error) {
	var division, payer, payee string
	var year, lapsed int64
	err = scan((*string)(&s.ID), (*string)(&s.Batch), &division, (*string)(&s.Kind), &year, (*string)(&s.Insurance),
		&payer, (*string)(&s.Payer.Level), (*string)(&s.Payer.Division), &payee, (*string)(&s.Payee.Level), (*string)(&s.Payee.Division),
		(*int64)(&s.Amount), (*string)(&s.Due), (*string)(&s.Source.Kind), (*string)(&s.Source.ID), (*string)(&s.Decision), &s.Number, (*int64)(&s.Paid), &lapsed,
		(*string)(&s.Sent.By), (*string)(&s.Sent.On), (*string)(&s.Sent.Ref), &s.Version)
	if err != nil {
		return s, err
	}
	s.Year, s.Lapsed = policy.Year(year), lapsed == 1
	if s.Payer.Book, err = parseBook(payer); err != nil {
		return s, err
	}
	s.Payee.Book, err = parseBook(payee)
	return s, err
}

// Payment (到账记录) is how much of a receipt paid how much of a payment, in fen, and who booked it. Seq counts, from 0, how often the
// same receipt paid the same payment. AskedBy asked for it to be taken back, for a reason; UndoneBy did so, on a day.
type Payment struct {
	ledger.Share
	Seq                      int64
	Division                 region.Code
	Date                     policy.Date
	Maker, Reviewer, AskedBy ledger.Person
	Reason                   string
	UndoneBy                 ledger.Person
	UndoneOn                 policy.Date
}

// Stands tells whether the payment was not taken back.
func (p Payment) Stands() bool { return p.UndoneBy == "" }

// Arrival is the payment as the ledger knows it.
func (p Payment) Arrival() ledger.Arrival {
	return ledger.Arrival{Receipt: p.Receipt, Amount: p.Amount, Before: p.Seq}
}

const paymentColumns = "item, receipt, seq, division, amount, date, maker, reviewer, asked_by, reason, undone_by, undone_on"

// KeepPayment (登记到账) keeps what a receipt paid of a payment. One that is there already is refused with office.ErrStale.
func (t *Tx) KeepPayment(p Payment) error {
	if err := t.within(p.Division); err != nil {
		return err
	}
	t.wrote(guardedPayments, string(p.Item), string(p.Receipt), p.Seq)
	return t.one("INSERT INTO item_payments ("+paymentColumns+") VALUES ("+places(12)+") ON CONFLICT (item, receipt, seq) DO NOTHING",
		string(p.Item), string(p.Receipt), p.Seq, string(p.Division), int64(p.Amount), string(p.Date), string(p.Maker), string(p.Reviewer),
		string(p.AskedBy), p.Reason, string(p.UndoneBy), string(p.UndoneOn))
}

// SavePayment (更正到账记录) keeps who asked for a payment to be taken back, or took it back. One that was taken back, or that
// somebody else than before asked for, is refused with office.ErrStale.
func (t *Tx) SavePayment(p Payment, askedBefore ledger.Person) error {
	if err := t.within(p.Division); err != nil {
		return err
	}
	t.wrote(guardedPayments, string(p.Item), string(p.Receipt), p.Seq)
	return t.one(`UPDATE item_payments SET asked_by = $1, reason = $2, undone_by = $3, undone_on = $4
WHERE item = $5 AND receipt = $6 AND seq = $7 AND division = $8 AND asked_by = $9 AND undone_by = ''`,
		string(p.AskedBy), p.Reason, string(p.UndoneBy), string(p.UndoneOn), string(p.Item), string(p.Receipt), p.Seq, string(p.Division), string(askedBefore))
}

// PaymentsOf (款项到账记录) gives what paid a payment in the act's scope, as it is within the write.
func (t *Tx) PaymentsOf(item ledger.ItemID) (out []Payment, err error) {
	first, last := bounds(t.act.Scope)
	err = t.reads([]string{"item_payments"}, func(scan func(...any) error) error {
		p, err := scanPayment(scan)
		out = append(out, p)
		return err
	}, "SELECT "+paymentColumns+" FROM item_payments WHERE item = $1 AND division >= $2 AND division <= $3 ORDER BY receipt, seq", string(item), first, last)
	return out, err
}

// Payments (到账记录) gives what paid the payments in a scope, by day; of one batch when it is named.
func (s *Store) Payments(ctx context.Context, scope office.Scope, batch ledger.DocumentID) (out []Payment, err error) {
	first, last := bounds(scope)
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			p, err := scanPayment(scan)
			out = append(out, p)
			return err
		}, "SELECT p."+strings.ReplaceAll(paymentColumns, ", ", ", p.")+` FROM item_payments p JOIN items i ON i.id = p.item
WHERE p.division >= $1 AND p.division <= $2 AND ($3 = '' OR i.batch = $3) ORDER BY p.date, p.item, p.receipt, p.seq`, first, last, string(batch))
	})
	return out, err
}

func scanPayment(scan func(...any) error) (p Payment, err error) {
	err = scan((*string)(&p.Item), (*string)(&p.Receipt), &p.Seq, (*string)(&p.Division), (*int64)(&p.Amount), (*string)(&p.Date), (*string)(&p.Maker), (*string)(&p.Reviewer),
		(*string)(&p.AskedBy), &p.Reason, (*string)(&p.UndoneBy), (*string)(&p.UndoneOn))
	return p, err
}
