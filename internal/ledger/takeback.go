package ledger

import (
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// How the keys of vouchers end that take back what a receipt paid, and what they say.
const takenBack, takenBackSummary = "/taken_back", "ledger.summary.taken_back"

// TakenBackKey (冲回凭证防重键) is the key of the voucher that takes back another of a payment.
func TakenBackKey(k Key) Key { return k + takenBack }

// TakingBack (冲回单) says what of a payment is taken back, and why: an arrival, and the vouchers that booked it as they were
// posted. Rest is what of the bank's row stands in no book yet, in fen; Step tells apart several vouchers that suspend one row.
type TakingBack struct {
	Arrival
	Booked []Voucher
	Reason string
	Rest   money.Fen
	Step   int64
}

// TakeBack (冲回到账) is the payment after something that was booked of it was taken back, with the vouchers that do it: each is
// the red of one that was booked and names it. What a bank's row paid directly is suspended in the payee's book first, with the
// rest of the row, since the bank still holds it. Refused is a payment whose rest was sent and is not booked yet, and one of which
// the rest is not due any more.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Standing) TakeBack(h Hands, o TakingBack) (Standing, []Voucher, error) {
	switch {
	case s.State() == ItemSent:
		return s, nil, refuse("item", string(s.ID), "", "ledger.take_back_sent")
	case s.Lapsed && s.Kind != Advance:
		return s, nil, refuse("item", string(s.ID), "", "ledger.take_back_lapsed")
	case o.Amount <= 0 || o.Amount > s.Paid || len(o.Booked) == 0:
		return s, nil, refuse("amount", o.Amount.String(), "", "ledger.take_back_amount", "paid", s.Paid)
	}
	var set []Voucher
	if !s.Outgoing() && !identified(o.Booked) {
		set = append(set, Suspend(s.Payee.Book, h, o.Receipt, o.Amount+o.Rest, o.Step))
	}
	for _, v := range o.Booked {
		summary := Summary{Key: takenBackSummary, Text: o.Reason, Year: s.Year, Insurance: s.Insurance, Division: s.division()}
		set = append(set, v.Reverse(h.Date, TakenBackKey(v.Key), v.Source, summary, h.Maker, h.Reviewer))
	}
	s.Paid -= o.Amount
	s.Version++
	return s, set, nil
}

// identified tells whether the vouchers of an arrival took it from the account of what is not identified.
func identified(booked []Voucher) bool {
	for _, v := range booked {
		for _, p := range v.Postings {
			if p.Account == Unidentified {
				return true
			}
		}
	}
	return false
}

// FirstOpen (首个未结账日) is the first day, from another on, that a voucher of the book may be dated; false when there is none yet,
// or the day lies before the book.
func (s *State) FirstOpen(from policy.Date) (policy.Date, bool) {
	year, month, ok := day(from)
	if !ok || month < s.Years[year].First {
		return from, false
	}
	for {
		y, kept := s.Years[year]
		switch {
		case !kept:
			return from, false
		case y.Closed:
			year, month = year+1, time.January
		default:
			return max(from, dateOf(year, max(month, y.Through+1))), true
		}
	}
}

func dateOf(year policy.Year, month time.Month) policy.Date {
	return policy.Date(time.Date(int(year), month, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}
