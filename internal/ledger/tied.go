package ledger

import (
	"cmp"
	"slices"
	"time"

	"tongchou/internal/money"
)

// tiedWithin is how far apart the two halves of a movement may be booked to be shown together. Ours.
const tiedWithin = 31 * 24 * time.Hour

// Tied (疑似险种间调剂) is money that left a city's book as laid out and came into its book of another insurance type as not known what for: two vouchers of one
// amount, booked close to one another.
type Tied struct {
	Out, In Ref
	Amount  money.Fen
}

// Ties (疑似险种间调剂) finds what may have passed between insurance types over the temporary accounts, which no single book shows: what the vouchers of a
// division's books lay out (其他暂付款) beside the same amount taken in (其他暂收款、待查款项) by a book of another type. Every voucher is used once, the
// closest in time. It finds what may be so; whoever reads it looks at the vouchers.
//
// 依据: SC38-4.5
func Ties(chart *Chart, vouchers []Voucher) []Tied {
	var out []Tied
	used := map[Ref]bool{}
	moved := func(v Voucher, role Role, side Side) (sum money.Fen) {
		for _, p := range v.Postings {
			if a, _ := chart.Get(p.Account); a.Role == role && p.Side == side && v.Kind != Opening {
				sum += p.Amount
			}
		}
		return sum
	}
	for _, v := range vouchers {
		amount := moved(v, LaidOut, Debit)
		if amount == 0 {
			continue
		}
		var best *Voucher
		for i, w := range vouchers {
			if w.Book.Division != v.Book.Division || w.Book.Insurance == v.Book.Insurance || used[w.Ref()] || moved(w, TakenIn, Credit) != amount || apart(v, w) > tiedWithin {
				continue
			}
			if best == nil || apart(v, w) < apart(v, *best) {
				best = &vouchers[i]
			}
		}
		if best != nil {
			used[best.Ref()] = true
			out = append(out, Tied{v.Ref(), best.Ref(), amount})
		}
	}
	slices.SortStableFunc(out, func(a, b Tied) int {
		return cmp.Or(cmp.Compare(a.Out.Book.Division, b.Out.Book.Division), cmp.Compare(a.Out.Year, b.Out.Year), cmp.Compare(a.Out.Month, b.Out.Month), cmp.Compare(a.Out.Number, b.Out.Number))
	})
	return out
}

// apart is how long lies between two vouchers' dates.
func apart(v, w Voucher) time.Duration {
	a, _ := time.Parse(time.DateOnly, string(v.Date))
	b, _ := time.Parse(time.DateOnly, string(w.Date))
	return a.Sub(b).Abs()
}
