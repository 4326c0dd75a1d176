package remit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// SeenPayment (所选到账) is something that was booked of a payment: the bank's row, and how often it had paid the payment before.
type SeenPayment struct {
	Item    ledger.ItemID
	Receipt ledger.DocumentID
	Seq     int64
}

// AskTakeBack (申请冲回) asks for what was booked of payments to be taken back, for a reason: the wrong receipt, the wrong city, the
// wrong amount. Somebody else does it.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Service) AskTakeBack(ctx context.Context, who Who, chosen []SeenPayment, reason string) error {
	if err := who.may(office.PostBooks); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > longestBasis {
		return fault.New(fault.Refused, "remit.reason")
	}
	return s.onBooked(ctx, who, "remit.ask_take_back", chosen, reason, func(tx *store.Tx, _ *trail, _ ledger.Standing, p store.Payment) error {
		if p.AskedBy != "" {
			return office.ErrStale
		}
		p.AskedBy, p.Reason = ledger.Person(who.ID), reason
		return tx.SavePayment(p, "")
	})
}

// Keep (不予冲回) leaves as it is what somebody asked to take back; who asked may do so too.
//
// 依据: YA-4.10.3
func (s Service) Keep(ctx context.Context, who Who, chosen []SeenPayment, reason string) error {
	if err := who.may(office.ReviewBooks); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > longestBasis {
		return fault.New(fault.Refused, "remit.reason")
	}
	return s.onBooked(ctx, who, "remit.keep_booked", chosen, reason, func(tx *store.Tx, _ *trail, _ ledger.Standing, p store.Payment) error {
		if p.AskedBy == "" {
			return office.ErrStale
		}
		asked := p.AskedBy
		p.AskedBy, p.Reason = "", ""
		return tx.SavePayment(p, asked)
	})
}

// TakeBack (冲回) takes back what somebody else asked for, in the books of both sides at once, by the red of every voucher, dated in
// an open month. The payment is open again by as much; what a bank's row brought stands as not identified until it is matched
// anew.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Service) TakeBack(ctx context.Context, who Who, chosen []SeenPayment) error {
	if err := who.may(office.ReviewBooks); err != nil {
		return err
	}
	return s.onBooked(ctx, who, "remit.take_back", chosen, "", func(tx *store.Tx, t *trail, item ledger.Standing, p store.Payment) error {
		switch p.AskedBy {
		case "":
			return office.ErrStale
		case ledger.Person(who.ID):
			return fault.Refuse(fault.Problem{Message: fault.Msg("remit.take_back_asker", "id", string(p.Item)), Clause: "YA-4.10.3"})
		}
		return s.takeBack(tx, who, t, item, p)
	})
}

// onBooked does something to every one of what was booked and chosen, in one write.
func (s Service) onBooked(ctx context.Context, who Who, action string, chosen []SeenPayment, reason string, do func(*store.Tx, *trail, ledger.Standing, store.Payment) error) error {
	if len(chosen) == 0 {
		return fault.New(fault.Refused, "remit.none_chosen")
	}
	object := office.Object{Kind: "payment", ID: string(chosen[0].Item)}
	act := who.act(action, object, []byte(fmt.Sprint(action, chosen, reason)))
	act.Why = reason
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		var t trail
		var sum money.Fen
		for _, c := range chosen {
			item, p, err := bookedOf(tx, c, who.Division)
			if err == nil {
				t.share(p.Share, strings.TrimPrefix(action, "remit."))
				sum += p.Amount
				err = do(tx, &t, item, p)
			}
			if err != nil {
				return err
			}
		}
		t.told(tx, object, total(sum))
		return nil
	})
	return stale(err)
}

// bookedOf finds what was booked of a payment that the office keeps, and still stands.
func bookedOf(tx *store.Tx, c SeenPayment, keeper region.Code) (ledger.Standing, store.Payment, error) {
	items, err := tx.Items(store.ItemQuery{ID: c.Item})
	switch {
	case err != nil:
		return ledger.Standing{}, store.Payment{}, err
	case c.Item == "" || len(items) != 1:
		return ledger.Standing{}, store.Payment{}, fault.New(fault.Refused, "remit.no_item", "id", string(c.Item))
	case items[0].Keeper() != keeper:
		return ledger.Standing{}, store.Payment{}, fault.New(fault.Refused, "remit.other_keeper", "id", string(c.Item), "division", items[0].Keeper())
	}
	all, err := tx.PaymentsOf(c.Item)
	at := slices.IndexFunc(all, func(p store.Payment) bool { return p.Receipt == c.Receipt && p.Seq == c.Seq })
	switch {
	case err != nil:
		return items[0], store.Payment{}, err
	case at < 0 || !all[at].Stands():
		return items[0], store.Payment{}, office.ErrStale
	}
	return items[0], all[at], nil
}

func (s Service) takeBack(tx *store.Tx, who Who, t *trail, item ledger.Standing, p store.Payment) error {
	posted, err := postedOf(tx, item, p)
	if err != nil {
		return err
	}
	h, err := s.reversing(tx, who, p.AskedBy, posted)
	if err != nil {
		return err
	}
	if err := s.unfinish(tx, item.Batch, h, p.Reason); err != nil {
		return err
	}
	var row store.BankRow
	if !item.Outgoing() {
		if row, err = rowOf(tx, who, item, p); err != nil {
			return err
		}
	}
	after, set, err := item.TakeBack(h, ledger.TakingBack{Arrival: p.Arrival(), Booked: posted, Reason: p.Reason, Rest: row.Unbooked(), Step: row.Version})
	if err != nil {
		return err
	}
	if err := tx.SaveItem(after); err != nil {
		return err
	}
	t.item(item, after)
	if row.ID != "" {
		before := row
		row.Used -= p.Amount
		row.Suspended, row.Book = row.Left(), item.Payee.Book
		row.Reason, row.SettledBy, row.Version = p.Reason, ledger.Person(who.ID), row.Version+1
		if err := tx.SaveReceipt(row); err != nil {
			return err
		}
		t.row(before, row)
	}
	asked := p.AskedBy
	p.UndoneBy, p.UndoneOn = ledger.Person(who.ID), h.Date
	if err := tx.SavePayment(p, asked); err != nil {
		return err
	}
	return s.post(tx, set)
}

// postedOf gives the vouchers that booked a payment.
func postedOf(tx *store.Tx, item ledger.Standing, p store.Payment) (out []ledger.Voucher, err error) {
	set, err := item.Settle(ledger.Hands{}, p.Arrival())
	if err != nil {
		return nil, err
	}
	for _, v := range set {
		posted, found, err := tx.Voucher(v.Book, v.Key)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fault.New(fault.Internal, "store.damaged", "what", "payment", "value", string(v.Key))
		}
		out = append(out, posted)
	}
	return out, nil
}

// reversing are the two names of vouchers that take others back, and their day: today, or where that is in another year or before
// them the first open day after them.
func (s Service) reversing(tx *store.Tx, who Who, asked ledger.Person, posted []ledger.Voucher) (ledger.Hands, error) {
	var books []ledger.Book
	last := policy.Date("")
	for _, v := range posted {
		books, last = append(books, v.Book), max(last, v.Date)
	}
	h := ledger.Hands{Date: who.Day(), Maker: asked, Reviewer: ledger.Person(who.ID)}
	if h.Date < last || h.Date[:4] != last[:4] {
		h.Date = last
	}
	h, err := s.booked(tx, h, books...)
	h.BankDay = ""
	return h, err
}

// rowOf finds the receipt that paid a payment; what is left of it must not be suspended in another book.
func rowOf(tx *store.Tx, who Who, item ledger.Standing, p store.Payment) (store.BankRow, error) {
	rows, err := tx.Receipts(who.Division, p.Receipt)
	switch {
	case err != nil:
		return store.BankRow{}, err
	case len(rows) != 1:
		return store.BankRow{}, fault.New(fault.Refused, "remit.no_receipt", "id", string(p.Receipt))
	case rows[0].Suspended > 0 && rows[0].Book != item.Payee.Book:
		return rows[0], fault.New(fault.Refused, "remit.take_back_book", "receipt", string(p.Receipt), "book", rows[0].Book.Name(), "payee", item.Payee.Name())
	}
	return rows[0], nil
}

// unfinish opens a batch again of which something is taken back, with what was booked when it was finished.
func (s Service) unfinish(tx *store.Tx, id ledger.DocumentID, h ledger.Hands, reason string) error {
	b, found, err := batchOf(tx, id)
	if err != nil {
		return err
	}
	if found && b.Finished {
		final, err := finalOf(tx, b, h)
		if err != nil {
			return err
		}
		var set []ledger.Voucher
		for _, v := range final {
			posted, _, err := latest(tx, v)
			if err != nil {
				return err
			}
			if posted.Key != "" {
				open, err := s.booked(tx, ledger.Hands{Date: max(h.Date, posted.Date)}, v.Book)
				if err != nil {
					return err
				}
				set = append(set, posted.Reverse(open.Date, ledger.TakenBackKey(posted.Key), posted.Source,
					ledger.Summary{Key: "ledger.summary.taken_back", Text: reason, Year: b.Year, Insurance: b.Insurance, Division: b.Division}, h.Maker, h.Reviewer))
			}
		}
		if err := s.post(tx, set); err != nil {
			return err
		}
	}
	return tx.UnfinishBatch(id)
}

// latest finds the voucher of a key that stands, and the key that the next one would have: one that was taken back is booked again
// under another.
func latest(tx *store.Tx, v ledger.Voucher) (standing ledger.Voucher, next ledger.Key, err error) {
	for n := 1; ; n++ {
		key := v.Key
		if n > 1 {
			key = ledger.Key(fmt.Sprintf("%s/%d", key, n))
		}
		posted, found, err := tx.Voucher(v.Book, key)
		if err != nil || !found {
			return ledger.Voucher{}, key, err
		}
		_, back, err := tx.Voucher(v.Book, ledger.TakenBackKey(key))
		if err != nil || !back {
			return posted, key, err
		}
	}
}
