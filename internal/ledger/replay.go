package ledger

import (
	"cmp"
	"maps"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
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
			return nil, refuse("book", v.Book.String(), "", "ledger.other_book", "voucher", v.Book.Name(), "book", s.Book.Name())
		case twice:
			return nil, refuse("key", string(v.Key), "", "ledger.key_reused", "ref", s.Keys[v.Key].Text())
		case v.Kind == Reversal && !known:
			return nil, refuse("corrects", v.Corrects.String(), "", "ledger.corrects_unknown", "voucher", v.Corrects.Text())
		}
		if got := s.Apply(content).Voucher.Ref(); got != ref {
			return nil, refuse("number", ref.String(), "", "ledger.number_gap", "voucher", ref.Text(), "expected", got.Text())
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

// Unmirrored (上下级对账) lists what books of one insurance type and province do not agree on in a year: what one says it paid
// the other and the other does not say it received. Opening balances are not compared, nor what the closing of a year took off
// the accounts, nor books whose other side is not among those given.
//
// 依据: SC38-4.5
func Unmirrored(year policy.Year, states map[Book]*State) []Movement {
	open := map[movement]money.Fen{}
	for book, s := range states {
		for l, t := range s.Lines {
			if _, given := states[l.Counter]; given && l.Year == year {
				t.move(book, l, open)
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
		return cmp.Or(compareBooks(a.From, b.From), compareBooks(a.To, b.To), cmp.Compare(a.Debit, b.Debit))
	})
	return out
}

// move counts a line's year in what passes between books.
func (t *Turnover) move(book Book, l Line, open map[movement]money.Fen) {
	debit, credit := -max(0, t.Carried), -max(0, -t.Carried)
	for m := range 12 {
		debit += t.Debit[m]
		credit += t.Credit[m]
	}
	Posting{l.Account, l.Dimensions, Debit, debit}.move(book, open)
	Posting{l.Account, l.Dimensions, Credit, credit}.move(book, open)
}

// Movement (账间往来) is what passed from one book to another: debited there on one account, credited here on another, in fen.
type Movement struct {
	From, To      Book
	Debit, Credit Code
	Amount        money.Fen
}

// Begun (期初不符) is a figure that a run began its year with and the books do not, in fen on the account's normal side.
type Begun struct {
	Book       Book
	Account    Code
	Run, Books money.Fen
}

// Disagree (期初核对) lists where a run began its year with other figures than the books: the money set aside, and every
// city's surplus. Books that are not among those given, or do not have the year, are passed over.
//
// 依据: SC38-4.3, SC38-4.6
func Disagree(r pool.Result, states map[Book]*State) []Begun {
	var out []Begun
	compare := func(book Book, account Code, run money.Fen) {
		if s, ok := states[book]; ok && s.keeps(r.Year) {
			if kept := -s.At(Line{Year: r.Year, Account: account}, 0); kept != run {
				out = append(out, Begun{book, account, run, kept})
			}
		}
	}
	for _, f := range r.Funds {
		for i, d := range f.Divisions {
			if i == 0 {
				compare(AdjustmentBook(f.Insurance, d.Code.Province()), setAsideOf(f.SetAside.Fund), f.SetAside.Opening)
			}
			compare(AreaBook(f.Insurance, d.Code), RetainedSurplus, d.Statement.SurplusBegin)
		}
	}
	return out
}

// keeps tells whether a book has a year.
func (s *State) keeps(year policy.Year) bool {
	_, ok := s.Years[year]
	return ok
}

// setAsideOf is the account of a kind of money set aside.
func setAsideOf(fund pool.SetAside) Code {
	if fund == pool.Emergency {
		return EmergencyFund
	}
	return RiskReserve
}
