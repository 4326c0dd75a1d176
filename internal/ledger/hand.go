package ledger

import (
	"context"

	"tongchou/internal/money"
)

// ByHand (手工凭证检查) says whether a person may enter a voucher himself: nil, or a fault.Refusal with the clause. What follows
// from a signed run is booked by the run, and what passes between books by the payment, in both at once.
//
// 依据: SC38-4.3, SC38-4.5, SC38-4.7
func ByHand(v Voucher) error {
	switch {
	case v.Kind == SetAsideIn:
		return refuse("kind", string(v.Kind), "SC38-4.3", "ledger.set_aside_without_run")
	case v.Source.Kind != FromDocument && v.Source.Kind != FromReceipt:
		return refuse("source", string(v.Source.Kind), "", "ledger.source_by_hand")
	case v.Kind == Opening:
		return nil
	}
	for _, p := range v.Postings {
		moved := map[movement]money.Fen{}
		if p.move(v.Book, moved); len(moved) > 0 {
			return refuse("account", string(p.Account), "SC38-4.5", "ledger.between_by_hand", "counter", p.Counter.Name())
		}
		if p.Account == LossDue || p.Account == LocalDue || p.Account == OwesReturned {
			return refuse("account", string(p.Account), "SC38-4.7", "ledger.due_by_hand", "level", p.Level.Name())
		}
	}
	return nil
}

// PostByHand (手工记账) posts vouchers that people entered; see Post and ByHand.
//
// 依据: SC38-4.3, SC38-4.5
func PostByHand(states map[Book]*State, set []Voucher) ([]Posted, error) {
	for _, v := range set {
		if err := ByHand(v); err != nil {
			return nil, err
		}
	}
	return Post(states, set)
}

// TryByHand (手工凭证试算) says whether vouchers that people entered could be posted, one after the other; the books stay as they are.
func TryByHand(states map[Book]*State, set []Voucher) error {
	posted, err := PostByHand(states, set)
	takeBack(states, posted)
	return err
}

// PostByHand (手工记账) posts vouchers that people entered, all or none.
func (s Service) PostByHand(ctx context.Context, set []Voucher) ([]Posted, error) {
	return s.post(ctx, set, PostByHand)
}
