package ledger

import (
	"cmp"
	"slices"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Change (余额变动) is what a posting adds to a line, in fen: to its month's turnover, or to its opening when it opens the
// book. Carried is the part that closes a year, debits less credits. A store adds it to its own.
type Change struct {
	Book                            Book
	Line                            Line
	Month                           time.Month
	Opening, Debit, Credit, Carried money.Fen
}

// onto adds the change to a turnover; times is −1 to take it back.
func (c Change) onto(t *Turnover, times money.Fen) {
	t.Opening += times * c.Opening
	t.Debit[c.Month-1] += times * c.Debit
	t.Credit[c.Month-1] += times * c.Credit
	t.Carried += times * c.Carried
}

// Posted (记账结果) is a voucher with its number. Again tells that it had been posted before and nothing was done. Content is the
// canonical form that Digest stands for; a voucher posted before comes without.
type Posted struct {
	Voucher Voucher
	Content []byte
	Digest  Digest
	Again   bool
	Changes []Change
}

// Post (记账) posts a set of vouchers to their books, all or none, and gives them their numbers. What moves between two
// books must be in the set on both sides, to the fen. Errors: a fault.Refusal with the clause; the books are then as before.
//
// 依据: SC38-4.5, SC38-4.6
func Post(states map[Book]*State, set []Voucher) ([]Posted, error) {
	if err := mirrored(states, set); err != nil {
		return nil, err
	}
	out, room := make([]Posted, 0, len(set)), roomFor(set)
	for i := range set {
		p, err := post(states[set[i].Book], set[i], room)
		if err != nil {
			takeBack(states, out)
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// takeBack undoes what was posted, the last first.
func takeBack(states map[Book]*State, posted []Posted) {
	for _, done := range slices.Backward(posted) {
		if !done.Again {
			states[done.Voucher.Book].undo(done)
		}
	}
}

// room is what the entries and changes of a set are put into, made at once.
type room struct {
	entries []Entry
	changes []Change
}

func roomFor(set []Voucher) *room {
	lines := 0
	for i := range set {
		lines += len(set[i].Postings)
	}
	return &room{make([]Entry, 0, len(set)), make([]Change, 0, lines)}
}

func (r *room) entry(v Voucher, digest Digest) *Entry {
	r.entries = append(r.entries, Entry{Voucher: v, Digest: digest})
	return &r.entries[len(r.entries)-1]
}

func post(s *State, v Voucher, r *room) (Posted, error) {
	if s == nil {
		return Posted{}, refuse("book", v.Book.String(), "", "ledger.book_unknown", "book", v.Book.Name())
	}
	if err := Check(s, v); err != nil {
		return Posted{}, err
	}
	if ref, ok := s.Keys[v.Key]; ok {
		entry := s.Entries[ref]
		return Posted{Voucher: entry.Voucher, Digest: entry.Digest, Again: true}, nil
	}
	return s.apply(v, r), nil
}

// Apply (登账) gives a checked voucher its word and number and adds its postings to the balances. It checks nothing.
func (s *State) Apply(v Voucher) Posted { return s.apply(v, roomFor([]Voucher{v})) }

func (s *State) apply(v Voucher, r *room) Posted {
	content := v.Canonical()
	digest := digestOf(content)
	year, month, _ := day(v.Date)
	v.Word = s.word(v)
	series := Series{year, month, v.Word}
	s.Last[series]++
	v.Number = s.Last[series]
	ref := v.Ref()
	s.Keys[v.Key] = ref
	s.Entries[ref] = r.entry(v, digest)
	if v.Kind == Reversal {
		s.Entries[v.Corrects].ReversedBy = ref
	}
	return Posted{Voucher: v, Content: content, Digest: digest, Changes: s.add(v, year, month, r)}
}

// add adds a voucher's postings to the balances.
func (s *State) add(v Voucher, year policy.Year, month time.Month, r *room) []Change {
	before := len(r.changes)
	opens := v.opens(s)
	for _, p := range v.Postings {
		c := Change{Book: v.Book, Line: Line{year, p.Account, p.Dimensions}, Month: month}
		switch {
		case opens:
			c.Opening = p.signed()
		case p.Side == Debit:
			c.Debit = p.Amount
		default:
			c.Credit = p.Amount
		}
		if v.Kind == Closing {
			c.Carried = p.signed()
		}
		c.onto(s.line(c.Line), 1)
		r.changes = append(r.changes, c)
	}
	return slices.Clip(r.changes[before:])
}

// undo takes back the last posting of a book, before anybody has seen it.
func (s *State) undo(p Posted) {
	for _, c := range p.Changes {
		c.onto(s.Lines[c.Line], -1)
	}
	for _, c := range p.Changes {
		if t, ok := s.Lines[c.Line]; ok && *t == (Turnover{}) {
			delete(s.Lines, c.Line)
		}
	}
	ref := p.Voucher.Ref()
	series := Series{ref.Year, ref.Month, ref.Word}
	if s.Last[series]--; s.Last[series] == 0 {
		delete(s.Last, series)
	}
	delete(s.Keys, p.Voucher.Key)
	delete(s.Entries, ref)
	if p.Voucher.Kind == Reversal {
		s.Entries[p.Voucher.Corrects].ReversedBy = Ref{}
	}
}

// word is the series of a voucher: by whether it moves money, and which way. A transfer between two bank accounts is a
// payment; a reversal stands in the series of what it takes back.
func (s *State) word(v Voucher) Word {
	if v.Kind == Reversal {
		return v.Corrects.Word
	}
	if s.Rules.OneWord {
		return SingleWord
	}
	word := TransferWord
	for _, p := range v.Postings {
		a, _ := s.Chart.Get(p.Account)
		switch {
		case a.Nature == Memo:
			return MemoWord
		case a.Role.bank() && p.Side == Credit:
			word = PaymentWord
		case a.Role.bank() && word == TransferWord:
			word = ReceiptWord
		}
	}
	return word
}

// movement is what passes from one book to another by one kind of mirrored posting.
type movement struct {
	from, to Book
	mirror   mirror
}

// mirrored refuses a set in which something leaves one book and does not arrive in the other.
func mirrored(states map[Book]*State, set []Voucher) error {
	open := map[movement]money.Fen{}
	for _, v := range set {
		if v.opens(states[v.Book]) {
			continue
		}
		for _, p := range v.Postings {
			if !p.Counter.None() {
				p.move(v.Book, open)
			}
		}
	}
	return unmatched(open)
}

// unmatched refuses what left one book and did not arrive in the other, naming the first.
func unmatched(open map[movement]money.Fen) error {
	var left []movement
	for m, amount := range open {
		if amount != 0 {
			left = append(left, m)
		}
	}
	if len(left) == 0 {
		return nil
	}
	slices.SortFunc(left, func(a, b movement) int {
		return cmp.Or(compareBooks(a.from, b.from), compareBooks(a.to, b.to), cmp.Compare(a.mirror.debit, b.mirror.debit))
	})
	m := left[0]
	return refuse("counter", m.to.String(), "SC38-4.5", "ledger.not_mirrored", "from", m.from.Name(), "to", m.to.Name(), "debit", string(m.mirror.debit), "credit", string(m.mirror.credit), "amount", open[m])
}

// opens tells whether a voucher opens a book, or takes such a voucher back: balances that other books need not have.
func (v Voucher) opens(s *State) bool {
	if v.Kind == Reversal && s != nil {
		if entry, ok := s.Entries[v.Corrects]; ok {
			return entry.Voucher.Kind == Opening
		}
	}
	return v.Kind == Opening
}

// move counts a posting of a book in what passes between books: plus where it leaves, minus where it arrives.
func (p Posting) move(book Book, open map[movement]money.Fen) {
	for _, m := range mirrors() {
		switch {
		case p.Side == Debit && p.Account == m.debit:
			open[movement{book, p.Counter, m}] += p.Amount
		case p.Side == Credit && p.Account == m.credit:
			open[movement{p.Counter, book, m}] -= p.Amount
		}
	}
}
