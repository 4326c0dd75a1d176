package ledger

import (
	"context"
	"maps"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Need (所需状态) is the part of a book that a set of vouchers is checked against.
type Need struct {
	Book Book
	// Years of the vouchers. The lines of a year are needed for every open year before it and after it too.
	Years []policy.Year
	// Lines by account and dimensions, whatever year; Year is 0. Accounts are needed with all their lines.
	Lines    []Line
	Accounts []Code
	Series   []Series
	Keys     []Key
	Refs     []Ref
}

// Needed (所需状态) says what of each book must be loaded to post a set of vouchers: enough for Post to decide as it would
// with the whole book. Books come in order, so that two sets lock theirs alike.
func Needed(chart *Chart, set []Voucher) []Need {
	needs := map[Book]*Need{}
	for _, v := range set {
		n := needs[v.Book]
		if n == nil {
			n = &Need{Book: v.Book, Keys: make([]Key, 0, len(set)), Series: make([]Series, 0, 5)}
			needs[v.Book] = n
		}
		n.add(chart, v)
	}
	var out []Need
	for _, book := range slices.SortedFunc(maps.Keys(needs), compareBooks) {
		out = append(out, *needs[book])
	}
	return out
}

func (n *Need) add(chart *Chart, v Voucher) {
	year, month, _ := day(v.Date)
	n.Years = once(n.Years, year)
	n.Keys = append(n.Keys, v.Key) // as many as vouchers: looking for each among all would be quadratic
	if !v.Corrects.None() {
		n.Refs = once(n.Refs, v.Corrects)
	}
	if v.Kind == Opening || v.Kind == Reversal { // what it takes back may be the opening balances
		n.Accounts = leaves(chart)
	}
	for _, word := range []Word{ReceiptWord, PaymentWord, TransferWord, MemoWord, SingleWord} {
		n.Series = once(n.Series, Series{year, month, word})
	}
	for _, p := range v.Postings {
		n.Lines = once(n.Lines, Line{Account: p.Account, Dimensions: p.Dimensions})
		a, _ := chart.Get(p.Account)
		if a.Role == LaidOut {
			n.Accounts = leaves(chart)
		}
		fund := a.fund()
		if fund == "" {
			continue
		}
		for _, b := range chart.Accounts() {
			if b.fund() == fund {
				n.Accounts = once(n.Accounts, b.Code)
			}
		}
	}
}

func once[T comparable](all []T, one T) []T {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

// Store (账簿存储) is what a Service needs of whoever keeps the books.
type Store interface {
	// Update loads the parts of the books that are needed, their rules and years always, lets work change them while nobody else can, and keeps what work
	// gives back, all or nothing. What work refuses changes nothing and is given back.
	Update(ctx context.Context, needs []Need, work func(map[Book]*State) (Done, error)) error
	// Whole loads a book with every line of a year and of the open years about it, without entries.
	Whole(ctx context.Context, book Book, year policy.Year) (*State, error)
	// Posted gives a book's vouchers of a span in the order they were posted.
	Posted(ctx context.Context, book Book, span Span) ([]Voucher, error)
}

// Done (办理结果) is what a Store keeps of an update: vouchers with the changes of their lines, the periods of books, and the
// openings of a new year.
type Done struct {
	Posted   []Posted
	Years    map[Book]map[policy.Year]Year
	Openings map[Book]map[Line]money.Fen
}

// Service (账务服务) posts to books that are kept in a Store.
type Service struct {
	Chart *Chart
	Store Store
}

// Post (记账) posts a set of vouchers, all or none. Errors: a fault.Refusal as of ledger.Post, or what the store says.
func (s Service) Post(ctx context.Context, set []Voucher) ([]Posted, error) {
	return s.post(ctx, set, Post)
}

func (s Service) post(ctx context.Context, set []Voucher, post func(map[Book]*State, []Voucher) ([]Posted, error)) ([]Posted, error) {
	var posted []Posted
	err := s.Store.Update(ctx, Needed(s.Chart, set), func(states map[Book]*State) (Done, error) {
		var err error
		posted, err = post(states, set)
		return Done{Posted: posted}, err
	})
	if err != nil {
		return nil, err
	}
	return posted, nil
}

// Period (期间操作) does an act to a book's period. It needs the whole book of the year. Errors: a fault.Refusal.
func (s Service) Period(ctx context.Context, book Book, act Act, o PeriodOrder, reviewer Person) (YearEnd, error) {
	var end YearEnd
	need := Need{Book: book, Years: []policy.Year{o.Year}, Accounts: leaves(s.Chart), Series: []Series{{o.Year, 12, TransferWord}, {o.Year, 12, SingleWord}}}
	err := s.Store.Update(ctx, []Need{need}, func(states map[Book]*State) (Done, error) {
		state := states[book]
		if state == nil {
			return Done{}, refuse("book", book.String(), "", "ledger.book_unknown", "book", book.Name())
		}
		var err error
		switch act {
		case CloseMonth:
			err = state.CloseMonth(o)
		case Reopen:
			err = state.Reopen(o)
		case OpenYear:
			err = state.OpenYear(o)
		case CloseYear:
			end, err = state.CloseYear(o, reviewer)
		default:
			err = refuse("act", string(act), "", "ledger.act_unknown")
		}
		done := Done{Posted: end.Posted, Years: map[Book]map[policy.Year]Year{book: state.Years}}
		if len(end.Openings) > 0 {
			done.Openings = map[Book]map[Line]money.Fen{book: end.Openings}
		}
		return done, err
	})
	return end, err
}

// leaves are all accounts that are posted to.
func leaves(chart *Chart) []Code {
	var out []Code
	for _, a := range chart.Accounts() {
		if chart.Leaf(a.Code) {
			out = append(out, a.Code)
		}
	}
	return out
}
