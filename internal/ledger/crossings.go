package ledger

import (
	"tongchou/internal/money"
)

// Crossings (往来核对) add up what passed between books in all their vouchers: what left one must have arrived in the other,
// so that what the province's books say of every city is what the cities' books say of the province.
//
// 依据: SC38-4.5
type Crossings struct{ open map[movement]money.Fen }

// NewCrossings begins with none.
func NewCrossings() *Crossings { return &Crossings{map[movement]money.Fen{}} }

// Add counts the posted vouchers of a book; state is the book as they left it. Opening balances count for nothing: other
// books need not have them.
func (c *Crossings) Add(state *State, posted []Voucher) {
	for _, v := range posted {
		if v.Kind == Closing || v.opens(state) {
			continue
		}
		for _, p := range v.Postings {
			if !p.Counter.None() {
				p.move(v.Book, c.open)
			}
		}
	}
}

// Check refuses books of which one says otherwise than the other, naming the first.
func (c *Crossings) Check() error { return unmatched(c.open) }
