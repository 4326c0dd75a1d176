package remit

import (
	"context"
	"slices"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// inTime refuses advances of a year whose run is booked: it cleared what was advanced, and would clear no more.
//
// 依据: SC38-4.5
func (o Order) inTime(batches []store.Batch) error {
	last, booked := lastRun(batches, o.Year, o.Insurance)
	if o.Kind != Advances || !booked {
		return nil
	}
	return fault.Refuse(fault.Problem{Column: "year", Message: fault.Msg("remit.advance_late", "year", int(o.Year), "insurance", o.Insurance, "id", string(last.ID)), Clause: "SC38-4.5"})
}

// covered refuses draws beyond what stands of the money set aside and is not promised to others already.
//
// 依据: SC38-4.3, SC38-4.8
func (s Service) covered(tx *store.Tx, o Order, book ledger.Book, on policy.Date) error {
	if o.Kind != Draws {
		return nil
	}
	fund, kind := ledger.RiskReserve, ledger.ReserveAid
	if o.Fund == pool.Emergency {
		fund, kind = ledger.EmergencyFund, ledger.EmergencyAid
	}
	items, err := tx.Items(store.ItemQuery{Insurance: o.Insurance, Kind: kind})
	if err != nil {
		return err
	}
	var promised money.Fen
	for _, item := range items {
		promised += item.Open()
	}
	day, err := time.Parse(time.DateOnly, string(on))
	if err != nil {
		return err
	}
	accounts := []ledger.Code{fund}
	for _, a := range s.Chart.Accounts() {
		if a.From == fund {
			accounts = append(accounts, a.Code)
		}
	}
	year := policy.Year(day.Year())
	return tx.Update(s.Chart, []ledger.Need{{Book: book, Years: []policy.Year{year}, Accounts: accounts}}, func(states map[ledger.Book]*ledger.State) (ledger.Done, error) {
		state, kept := states[book]
		if !kept {
			return ledger.Done{}, fault.New(fault.Refused, "ledger.book_unknown", "book", book.Name())
		}
		if left := max(state.Available(fund, year, day.Month())-promised, 0); o.Total() > left {
			return ledger.Done{}, fault.Refuse(fault.Problem{Column: "amount", Value: o.Total().String(), Clause: "SC38-4.8",
				Message: fault.Msg("remit.beyond", "left", left, "asked", o.Total())})
		}
		return ledger.Done{}, nil
	})
}

// signed tells whether somebody signed a document: he does not pay what it came to.
func signed(d office.Document, by office.UserID) bool {
	return slices.ContainsFunc(d.Steps, func(step office.Step) bool { return step.By == by && step.Act == office.Sign })
}

// madeBy tells whether somebody made a document: he does not book what it came to.
func madeBy(d office.Document, by office.UserID) bool { return d.Maker == by }

// apart refuses somebody to pay or to book a payment when the document it rests on keeps him from it. A bureau of three people can still do
// everything: one makes and pays, one reviews and books, one approves.
//
// 依据: YA-4.10.3
func (s Service) apart(ctx context.Context, who Who, chosen []Chosen, kept func(office.Document, office.UserID) bool) error {
	seen := map[ledger.DocumentID]bool{}
	for _, c := range chosen {
		items, err := s.Store.Items(ctx, store.ScopeOf(who.Division), store.ItemQuery{ID: c.ID})
		if err != nil {
			return err
		}
		for _, item := range items {
			if seen[item.Batch] {
				continue
			}
			seen[item.Batch] = true
			d, err := s.Store.Desk(store.ScopeOf(who.Division)).Document(ctx, office.DocumentID(item.Batch))
			if fault.KindOf(err) == fault.Refused {
				continue // of another division, whose people are others
			}
			if err != nil {
				return err
			}
			if kept(d, who.ID) {
				return fault.Refuse(fault.Problem{Message: fault.Msg("remit.same_person", "id", string(item.Batch)), Clause: "YA-4.10.3"})
			}
		}
	}
	return nil
}
