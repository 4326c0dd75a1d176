package remit

import (
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// booked gives the day on which money that moved on h's day is booked in some books: that day, or where its month is closed the
// first one that is open in all of them. The vouchers then keep the bank's day in their words.
//
// 依据: SC38-4.5
func (s Service) booked(tx *store.Tx, h ledger.Hands, books ...ledger.Book) (ledger.Hands, error) {
	var needs []ledger.Need
	for _, b := range books {
		if !b.None() {
			needs = append(needs, ledger.Need{Book: b})
		}
	}
	on := h.Date
	err := tx.Update(s.Chart, needs, func(states map[ledger.Book]*ledger.State) (ledger.Done, error) {
		for range len(needs) * 2 { // one book may move the day into a month that is closed in another
			for _, state := range states {
				on, _ = state.FirstOpen(on)
			}
		}
		return ledger.Done{}, nil
	})
	if on != h.Date {
		h.Date, h.BankDay = on, h.Date
	}
	return h, err
}

// payable refuses a day on which a payment cannot have been made: one that is not over the horizon of today, and one before the
// payment was approved.
//
// 依据: SC38-4.5, YA-4.10.3
func (w Who) payable(on policy.Date, items []ledger.Standing, batches []store.Batch) error {
	if today := w.Day(); on > today {
		return fault.Refuse(fault.Problem{Column: "on", Value: string(on), Message: fault.Msg("remit.pay_future", "today", string(today)), Clause: "SC38-4.5"})
	}
	made := map[ledger.DocumentID]policy.Date{}
	for _, b := range batches {
		made[b.ID] = policy.DayOf(b.MadeAt)
	}
	for _, i := range items {
		if approved := made[i.Batch]; on < approved {
			return fault.Refuse(fault.Problem{Column: "on", Value: string(on), Clause: "YA-4.10.3",
				Message: fault.Msg("remit.pay_before", "id", string(i.ID), "document", string(i.Batch), "approved", string(approved))})
		}
	}
	return nil
}
