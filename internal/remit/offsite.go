package remit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tongchou/internal/clearing"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Pair (参保地、就医地) is where people are insured and where they were treated.
type Pair struct{ Home, Place region.Code }

// OffsiteMonth (异地就医清算月) is an approved month between the cities of a province, in fen: what places of care claimed and
// what places of insurance confirmed.
type OffsiteMonth struct {
	Document           office.DocumentID
	Year               policy.Year
	Month              time.Month
	Claimed, Confirmed money.Fen
	Lines              []OrderLine
	Net                bool // what a city pays and what it receives was set off (轧差)
}

// Difference (差异) is what was claimed and not confirmed; less than 0 when a month confirms what was open before.
func (m OffsiteMonth) Difference() money.Fen { return m.Claimed - m.Confirmed }

// OffsiteMonths (异地就医月清算) are the approved months of a fund, the earliest first.
//
// 依据: SCE-7.2
func (s Service) OffsiteMonths(ctx context.Context, scope office.Scope, insurance pool.Insurance) ([]OffsiteMonth, error) {
	orders, err := s.approved(ctx, scope, Offsite, insurance)
	return monthsOf(orders), err
}

func monthsOf(orders map[office.DocumentID]Order) []OffsiteMonth {
	var out []OffsiteMonth
	for id, o := range orders {
		m := OffsiteMonth{Document: id, Year: o.Year, Month: o.Month, Lines: o.Lines, Net: o.Net}
		for _, l := range o.Lines {
			m.Claimed, m.Confirmed = m.Claimed+l.Claimed, m.Confirmed+l.Amount
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b OffsiteMonth) int { return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month)) })
	return out
}

// Disputed (差异余额) is what places of care claimed in all the months and places of insurance never confirmed, in fen, by pair.
func Disputed(months []OffsiteMonth) map[Pair]money.Fen {
	out := map[Pair]money.Fen{}
	for _, m := range months {
		for _, l := range m.Lines {
			out[Pair{l.Division, l.Place}] += l.Claimed - l.Amount
		}
	}
	for pair, open := range out {
		if open == 0 {
			delete(out, pair)
		}
	}
	return out
}

// claimed refuses a month that confirms more than was claimed in it and was open before.
//
// 依据: SCE-7.2
func (s Service) claimed(ctx context.Context, who Who, o Order) error {
	months, err := s.OffsiteMonths(ctx, store.ScopeOf(who.Division), o.Insurance)
	if err != nil {
		return err
	}
	return o.confirms(Disputed(months))
}

// confirmed refuses it again with the last signature: another month may have been approved since.
func (o Order) confirmed(tx *store.Tx) error {
	batches, err := tx.Batches()
	if err != nil {
		return err
	}
	orders, err := ordersOf(batches, Offsite, o.Insurance, tx.Paper)
	if err != nil {
		return err
	}
	return o.confirms(Disputed(monthsOf(orders)))
}

func (o Order) confirms(open map[Pair]money.Fen) error {
	var l fault.List
	for i, line := range o.Lines {
		if before := open[Pair{line.Division, line.Place}]; line.Amount > line.Claimed+before {
			l.Add(fault.Problem{Row: i + 1, Column: "amount", Value: line.Amount.String(), Clause: "SCE-7.2",
				Message: fault.Msg("remit.confirmed_beyond", "claimed", line.Claimed, "open", before)})
		}
	}
	return l.Err()
}

// noted tells whether both sides of everything that a sheet confirms have closed its month, so that their memo accounts hold it.
func (s Service) noted(ctx context.Context, who Who, o Order) (bool, error) {
	months, err := s.Store.Clearing().Months(ctx, store.ScopeOf(who.Division.Province()))
	if err != nil {
		return false, err
	}
	closed := map[region.Code]bool{}
	for _, m := range months {
		closed[m.Area] = closed[m.Area] || m.Year == o.Year && m.Month == o.Month && m.State == clearing.Confirmed
	}
	return !slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return l.Amount > 0 && !(closed[l.Division] && closed[l.Place]) }), nil
}

// laidOut refuses, before anybody signs it, a net sheet that sets off more than a city laid out for others by its book.
//
// 依据: SCE-7.2
func (s Service) laidOut(ctx context.Context, who Who, o Order, booking []ledger.Voucher) error {
	if !o.Net {
		return nil
	}
	books, states := s.Store.Books(store.Act{Scope: store.ScopeOf(who.Division)}, s.Chart), map[ledger.Book]*ledger.State{}
	for _, v := range booking {
		if states[v.Book] != nil {
			continue
		}
		state, err := books.Whole(ctx, v.Book, yearOf(who.Day()))
		if err != nil || state == nil {
			return err // without the book nothing is signed
		}
		states[v.Book] = state
	}
	_, err := ledger.Post(states, booking)
	return err
}
