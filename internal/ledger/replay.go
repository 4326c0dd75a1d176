package ledger

import (
	"cmp"
	"maps"
	"slices"

	"tongchou/internal/money"
)

// Replay (重算) builds a book's balances again from nothing but its posted vouchers, in the order they were posted. Errors: a
// fault.Refusal for a voucher of another book, a number that leaves a gap, a key that is there twice, or a reversal of
// what is not there. Periods are as given: they are acts, not vouchers.
func Replay(empty *State, posted []Voucher) (*State, error) {
	s := &State{Book: empty.Book, Chart: empty.Chart, Rules: empty.Rules, Years: maps.Clone(empty.Years),
		Lines: map[Line]*Turnover{}, Last: map[Series]int{}, Keys: map[Key]Ref{}, Entries: map[Ref]*Entry{}}
	for _, v := range posted {
		ref := v.Ref()
		content := v
		content.Word, content.Number = "", 0
		_, twice := s.Keys[v.Key]
		_, known := s.Entries[v.Corrects]
		switch {
		case v.Book != s.Book:
			return nil, refuse("book", v.Book.String(), "", "ledger.other_book", "book", s.Book.Name())
		case twice:
			return nil, refuse("key", string(v.Key), "", "ledger.key_reused", "ref", s.Keys[v.Key].Text())
		case v.Kind == Reversal && !known:
			return nil, refuse("corrects", v.Corrects.String(), "", "ledger.corrects_unknown")
		}
		if got := s.Apply(content).Voucher.Ref(); got != ref {
			return nil, refuse("number", ref.String(), "", "ledger.number_gap", "expected", got.Text())
		}
	}
	s.carryAll()
	return s, nil
}

// carryAll gives every year after a closed one its openings, oldest first.
func (s *State) carryAll() {
	for _, year := range slices.Sorted(maps.Keys(s.Years)) {
		if s.Years[year].Closed {
			s.carry(year)
		}
	}
}

// Difference (差异) is a line that two states of a book do not agree on, in fen at the end of December.
type Difference struct {
	Line Line
	A, B money.Fen
}

// Compare (核对) lists the lines on which two states of a book differ in any month, in order; a line that is all zero is
// the same as none.
func Compare(a, b *State) []Difference {
	var out []Difference
	all := maps.Clone(a.Lines)
	maps.Copy(all, b.Lines)
	for l := range all {
		var ta, tb Turnover
		if t, ok := a.Lines[l]; ok {
			ta = *t
		}
		if t, ok := b.Lines[l]; ok {
			tb = *t
		}
		if ta != tb {
			out = append(out, Difference{l, ta.Balance(12), tb.Balance(12)})
		}
	}
	slices.SortFunc(out, func(x, y Difference) int { return compareLines(x.Line, y.Line) })
	return out
}

// Unmirrored (上下级对账) lists what books of one insurance type and province do not agree on: what one says it paid the
// other in a year and the other does not say it received. Books that opened with such balances, as a store's first year
// may, are compared by what was posted since.
//
// 依据: SC38-4.5
func Unmirrored(states map[Book]*State) []Movement {
	open := map[movement]money.Fen{}
	for book, s := range states {
		for _, e := range s.Entries {
			if e.Voucher.Kind == Closing || e.Voucher.opens(s) {
				continue
			}
			for _, p := range e.Voucher.Postings {
				if !p.Counter.None() {
					p.move(book, open)
				}
			}
		}
	}
	var out []Movement
	for m, amount := range open {
		if amount != 0 {
			out = append(out, Movement{m.from, m.to, m.mirror.debit, m.mirror.credit, amount})
		}
	}
	slices.SortFunc(out, func(a, b Movement) int {
		return cmp.Or(cmp.Compare(a.From.String(), b.From.String()), cmp.Compare(a.To.String(), b.To.String()), cmp.Compare(a.Debit, b.Debit))
	})
	return out
}

// Movement (账间往来) is what passed from one book to another: debited there on one account, credited here on another, in fen.
type Movement struct {
	From, To      Book
	Debit, Credit Code
	Amount        money.Fen
}
