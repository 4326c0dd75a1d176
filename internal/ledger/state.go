package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Line (明细) is one account of a year with its dimensions: what a balance is kept for.
type Line struct {
	Year    policy.Year
	Account Code
	Dimensions
}

// Turnover (发生额) is a line's year in fen. Opening is debits less credits; so are balances below.
type Turnover struct {
	Opening       money.Fen
	Debit, Credit [12]money.Fen // January first
	// Carried is the part of December that the closing of the year posted, debits less credits.
	Carried money.Fen
}

// Balance is what stands on the line at the end of a month, debits less credits; month 0 is the opening.
func (t Turnover) Balance(month time.Month) money.Fen {
	balance := t.Opening
	for m := range month {
		balance += t.Debit[m] - t.Credit[m]
	}
	return balance
}

// Year (会计年度) is how far a book's year has come. First is the month the book began in it, 1 but in its first year.
// Through is the last month closed, First−1 before any is.
type Year struct {
	First, Through time.Month
	Closed         bool
}

// Series (凭证编号) is what vouchers are numbered in.
type Series struct {
	Year  policy.Year
	Month time.Month
	Word  Word
}

// Entry (已记账凭证) is a posted voucher as later ones need it.
type Entry struct {
	Voucher Voucher
	Digest  Digest
	// ReversedBy is the voucher that took it back.
	ReversedBy Ref
}

// State (账簿状态) is one book as it stands. A store may load part of it: the years, the series of the month, the lines that
// Needed names, and the entries with the keys and refs a set of vouchers names.
type State struct {
	Book  Book
	Chart *Chart
	Rules Rules
	Years map[policy.Year]Year
	Lines map[Line]*Turnover
	// Last is the last number given in a series.
	Last map[Series]int
	Keys map[Key]Ref
	// Entries are posted vouchers by ref.
	Entries map[Ref]*Entry
}

// Rules (账簿规则) are what a province may choose for its books.
type Rules struct {
	// OneWord numbers every voucher in one series (记) instead of 收, 付, 转 and 备.
	OneWord bool
	// DeficitApproval asks for a decision on file before a year's deficit is carried into the retained surplus.
	//
	// 依据: YN-2.4
	DeficitApproval bool
}

// NewState (建账) opens a book in a month.
func NewState(chart *Chart, book Book, rules Rules, year policy.Year, month time.Month) (*State, error) {
	if !book.valid() {
		return nil, refuse("book", book.String(), "SC38-4.5", "ledger.book_invalid")
	}
	if month < time.January || month > time.December || year < 1949 || year > 9998 {
		return nil, refuse("month", monthText(year, month), "", "ledger.month_invalid")
	}
	return &State{Book: book, Chart: chart, Rules: rules,
		Years: map[policy.Year]Year{year: {First: month, Through: month - 1}},
		Lines: map[Line]*Turnover{}, Last: map[Series]int{}, Keys: map[Key]Ref{}, Entries: map[Ref]*Entry{}}, nil
}

// line finds a line's turnover, which is made when it is new.
func (s *State) line(l Line) *Turnover {
	t, ok := s.Lines[l]
	if !ok {
		t = &Turnover{}
		s.Lines[l] = t
	}
	return t
}

// moved tells whether anything was booked on the line in the year.
func (t Turnover) moved() bool { return t.Debit != [12]money.Fen{} || t.Credit != [12]money.Fen{} }

// Provisional (期初数未定) tells whether a year begins with balances that may still change, because the one before is not closed.
func (s *State) Provisional(year policy.Year) bool {
	before, ok := s.Years[year-1]
	return ok && !before.Closed
}

// opening is what a line begins its year with. While the year before is still open that is what closing it now would leave,
// income and expenditure carried into net assets, so that January can be booked before the old year's final accounts are done.
func (s *State) opening(l Line) money.Fen {
	a, _ := s.Chart.Get(l.Account)
	if s.Provisional(l.Year) && !a.Nature.yearly() {
		before := l
		before.Year--
		return s.At(before, time.December) + s.taken(before)
	}
	if t, ok := s.Lines[l]; ok {
		return t.Opening
	}
	return 0
}

// taken is what closing a line's year would carry into it.
func (s *State) taken(into Line) money.Fen {
	var sum money.Fen
	a, _ := s.Chart.Get(into.Account)
	if a.Nature != NetAsset || into.Dimensions != (Dimensions{}) {
		return 0
	}
	for l := range s.Lines {
		if from, _ := s.Chart.Get(l.Account); l.Year == into.Year && from.Nature.yearly() && s.target(from) == into.Account {
			sum += s.At(l, time.December)
		}
	}
	return sum
}

// At (余额) is what stands on a line at the end of a month, debits less credits, in fen; month 0 is the opening.
func (s *State) At(l Line, month time.Month) money.Fen {
	balance := s.opening(l)
	if t, ok := s.Lines[l]; ok {
		balance += t.Balance(month) - t.Opening
	}
	return balance
}

// lines gives the lines of a year, in no order: every line that has a turnover or an opening.
func (s *State) lines(year policy.Year) []Line {
	carries := s.Provisional(year)
	seen := make(map[Line]bool, len(s.Lines))
	for l := range s.Lines {
		switch {
		case l.Year == year:
			seen[l] = true
		case carries && l.Year == year-1:
			a, _ := s.Chart.Get(l.Account)
			if a.Nature.yearly() {
				l = Line{Account: s.target(a)}
			}
			l.Year = year
			seen[l] = true
		}
	}
	return slices.Collect(maps.Keys(seen))
}

// sorted gives the lines of a year in order of code and dimensions.
func (s *State) sorted(year policy.Year) []Line {
	out := s.lines(year)
	slices.SortFunc(out, compareLines)
	return out
}

func compareLines(a, b Line) int {
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Account, b.Account), compareBooks(a.Counter, b.Counter), cmp.Compare(a.Level, b.Level), cmp.Compare(a.Institution, b.Institution))
}

func compareBooks(a, b Book) int {
	return cmp.Or(cmp.Compare(a.Insurance, b.Insurance), cmp.Compare(a.Division, b.Division), cmp.Compare(a.Kind, b.Kind))
}

// onSide is a balance as its account's normal side counts it.
func (a Account) onSide(balance money.Fen) money.Fen {
	if a.Side == Credit {
		return -balance
	}
	return balance
}
