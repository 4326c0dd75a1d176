package remit

import (
	"context"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// decided refuses emergency money without an approved decision of the same province, year and fund, and more for a city than
// the decision grants it.
//
// 依据: YN-2.7, YN-2.8
func (s Service) decided(ctx context.Context, who Who, o FreezeOrder, r pool.Result) error {
	needed, total := map[region.Code]money.Fen{}, money.Fen(0)
	for _, f := range r.Funds {
		for _, d := range f.Divisions {
			needed[d.Code] += d.Emergency
			total += d.Emergency
		}
	}
	if total == 0 {
		return nil
	}
	all, err := s.Decisions(ctx, store.ScopeOf(who.Division), o.Year, o.Insurance)
	if err != nil {
		return err
	}
	granted, ok := all[o.Decision]
	if !ok {
		return fault.New(fault.Refused, "remit.decision", "amount", total, "clause", "YN-2.7")
	}
	most := map[region.Code]money.Fen{}
	for _, l := range granted.Lines {
		most[l.Division] = l.Amount
	}
	var l fault.List
	for _, d := range r.Funds[0].Divisions {
		if needed[d.Code] > most[d.Code] {
			l.Add(fault.Problem{Column: "decision", Value: string(o.Decision), Clause: "YN-2.7",
				Message: fault.Msg("remit.decision_beyond", "division", d.Code, "amount", needed[d.Code], "most", most[d.Code])})
		}
	}
	return l.Err()
}

// Decisions (紧急调剂金动用决定) are the approved decisions on the emergency money of a year's run, by document.
//
// 依据: YN-2.7, YN-2.8
func (s Service) Decisions(ctx context.Context, scope office.Scope, year policy.Year, insurance pool.Insurance) (map[office.DocumentID]Order, error) {
	orders, err := s.approved(ctx, scope, Decision, insurance)
	for id, o := range orders {
		if o.Year != year {
			delete(orders, id)
		}
	}
	return orders, err
}

// approved are the approved orders of a kind and fund, by document.
func (s Service) approved(ctx context.Context, scope office.Scope, kind OrderKind, insurance pool.Insurance) (map[office.DocumentID]Order, error) {
	batches, err := s.Store.Batches(ctx, scope)
	if err != nil {
		return nil, err
	}
	return ordersOf(batches, kind, insurance, func(d office.Digest) (store.Paper, error) { return s.Store.Paper(ctx, scope, d) })
}

// ordersOf reads the orders of a kind and fund that batches were made from.
func ordersOf(batches []store.Batch, kind OrderKind, insurance pool.Insurance, find func(office.Digest) (store.Paper, error)) (map[office.DocumentID]Order, error) {
	out := map[office.DocumentID]Order{}
	for _, b := range batches {
		if b.Kind != string(kind) || b.Insurance != insurance {
			continue
		}
		paper, err := find(b.Paper)
		if err != nil {
			return nil, err
		}
		o, err := ReadOrder(paper.Content)
		if err != nil {
			return nil, err
		}
		out[office.DocumentID(b.ID)] = o
	}
	return out, nil
}
