package remit

import (
	"context"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
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
