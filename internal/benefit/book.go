package benefit

import (
	"reflect"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Entry (结算记录) is a visit that was settled: the accumulators it began with, what came of it, and the running year after it.
type Entry struct {
	Visit
	Before     Accumulators
	Settlement Settlement
	After      Running
	Reversed   bool

	first *answer // what was answered first, where the visit was settled again since
}

// answer is what was said of a visit.
type answer struct {
	before     Accumulators
	settlement Settlement
	after      Running
}

// Running (年度累计要项) is what an answer says of the year: ytd.
type Running struct {
	Admissions                         int
	Basic, SelfPaid, Catastrophic, Aid money.Fen
}

func (a *Accumulators) running() Running {
	return Running{a.Admissions, a.Basic, a.SelfPaid, a.Catastrophic, a.Aid}
}

// First (首次回答) is the entry as it was answered first.
func (e *Entry) First() Entry {
	out := *e
	if e.first != nil {
		out.Before, out.Settlement, out.After = e.first.before, e.first.settlement, e.first.after
	}
	return out
}

// used tells whether the entry counts in the year.
func (e *Entry) used() bool { return !e.Reversed && e.Settlement.Why == Paid }

// Book (个人年度结算账) holds the settlements of one person, year and insurance in the order they were made. The zero value is empty.
type Book struct {
	Accumulators
	entries []*Entry
}

// mostOwn keeps a year's sums inside 64 bits.
const mostOwn = 50 * money.MaxFen

// Settle settles a visit that is complete and writes it down. Errors: a fault.Refusal when no schedule holds on the day, or the year is more
// than can be counted; nothing is changed then.
func (b *Book) Settle(s *Schedules, v *Visit) (*Entry, error) {
	schedule := s.On(v.Date)
	if schedule == nil {
		return nil, refused("date", string(v.Date), scheduleClause, "settled.before_rules", "from", string(s.from[0]))
	}
	if b.SelfPaid > mostOwn {
		return nil, refused("inscp_scp_amt", v.InScope.String(), identityClause, "settled.year_large")
	}
	e := &Entry{Visit: *v}
	e.Lines = slices.Clone(v.Lines)
	b.settle(schedule, e)
	b.entries = append(b.entries, e)
	return e, nil
}

func (b *Book) settle(schedule *Schedule, e *Entry) {
	e.Before = b.Accumulators
	schedule.Settle(&b.Accumulators, &e.Visit, &e.Settlement)
	e.After = b.running()
}

// later are the entries after one that count in the year.
func (b *Book) later(e *Entry) []*Entry {
	if !e.used() {
		return nil
	}
	at := slices.Index(b.entries, e)
	var out []*Entry
	for _, one := range b.entries[at+1:] {
		if one.used() {
			out = append(out, one)
		}
	}
	return out
}

// reverse takes an entry out and settles those that follow again, in their order.
func (b *Book) reverse(s *Schedules, e *Entry) []*Entry {
	later := b.later(e)
	counted := e.used()
	e.Reversed = true
	if !counted {
		return nil
	}
	b.Accumulators = e.Before
	for _, one := range later {
		if one.first == nil {
			one.first = &answer{one.Before, one.Settlement, one.After}
		}
		b.settle(s.On(one.Date), one)
	}
	return later
}

// Reversal (结算撤销) asks to undo the settlement Of; with Cascade, those that used its accumulators are settled again.
type Reversal struct {
	ID, Of  string
	Cascade bool
}

// Reversed (撤销结果) is a settlement undone: the amounts mirrored, the running year after it, and what was settled again in its order.
type Reversed struct {
	Reversal
	Mirror Settlement
	After  Running
	Visit  *Visit
	Again  []Resettled
}

// Resettled (重新结算) is an entry as a cascade left it.
type Resettled struct {
	*Entry
	Settlement Settlement
	Before     Accumulators
	After      Running
}

// Books (待遇结算账) keep the settlements of many persons. They are not for concurrent use.
//
// 依据: YA-4.8.2
type Books struct {
	Schedules *Schedules
	books     map[bookKey]*Book
	entries   map[string]entryAt
	reversals map[string]*Reversed
}

type bookKey struct {
	person    string
	year      policy.Year
	insurance Insurance
}

type entryAt struct {
	*Entry
	book *Book
}

// NewBooks opens empty books under a policy's schedules.
func NewBooks(s *Schedules) *Books {
	return &Books{Schedules: s, books: map[bookKey]*Book{}, entries: map[string]entryAt{}, reversals: map[string]*Reversed{}}
}

// Settle completes a visit, settles it and writes it down. The same visit under the same message id gives what was answered first and changes nothing.
// Errors: those of Visit.Complete and Book.Settle, and other content under an id that was used; a refused id may be used again.
//
// 依据: YA-4.8.2
func (b *Books) Settle(v *Visit) (Entry, error) {
	if err := v.Complete(); err != nil {
		return Entry{}, err
	}
	if at, ok := b.entries[v.ID]; ok && reflect.DeepEqual(plain(&at.Visit), plain(v)) {
		return at.First(), nil
	}
	if b.known(v.ID) {
		return Entry{}, refused("msgid", v.ID, wireClause, "settled.other_content")
	}
	key := bookKey{v.Person.ID, year(v.Date), v.Insurance}
	book, ok := b.books[key]
	if !ok {
		book = &Book{}
	}
	e, err := book.Settle(b.Schedules, v)
	if err != nil {
		return Entry{}, err
	}
	b.books[key], b.entries[v.ID] = book, entryAt{e, book}
	return *e, nil
}

// plain is a visit with no lines and an empty list of them made equal.
func plain(v *Visit) Visit {
	out := *v
	if len(out.Lines) == 0 {
		out.Lines = nil
	}
	return out
}

func (b *Books) known(id string) bool {
	_, settled := b.entries[id]
	_, reversed := b.reversals[id]
	return settled || reversed
}

// Reverse undoes a settlement. The same reversal under the same message id gives what was answered first. Errors: a fault.Refusal when there is no such
// settlement, it is undone already or is a reversal itself, and when later ones used its accumulators and cascade was not asked for; then the message's
// argument "later" lists their ids.
//
// 依据: YA-4.8.2
func (b *Books) Reverse(r Reversal) (*Reversed, error) {
	if done, ok := b.reversals[r.ID]; ok && done.Reversal == r {
		return done, nil
	}
	if b.known(r.ID) {
		return nil, refused("msgid", r.ID, wireClause, "settled.other_content")
	}
	at, ok := b.entries[r.Of]
	switch {
	case !ok && b.known(r.Of):
		return nil, refused("reverse", r.Of, wireClause, "settled.is_reversal")
	case !ok:
		return nil, refused("reverse", r.Of, wireClause, "settled.not_settled")
	case at.Reversed:
		return nil, refused("reverse", r.Of, wireClause, "settled.reversed_already")
	}
	if later := at.book.later(at.Entry); len(later) > 0 && !r.Cascade {
		ids := make([]string, len(later))
		for i, e := range later {
			ids[i] = e.ID
		}
		return nil, refused("reverse", r.Of, wireClause, "settled.used_later", "later", ids)
	}
	out := &Reversed{Reversal: r, Mirror: at.Settlement.Mirror(), Visit: &at.Visit}
	for _, e := range at.book.reverse(b.Schedules, at.Entry) {
		out.Again = append(out.Again, Resettled{e, e.Settlement, e.Before, e.After})
	}
	out.After = at.book.running()
	b.reversals[r.ID] = out
	return out, nil
}

// All goes through the books' accumulators.
func (b *Books) All(f func(person string, year policy.Year, i Insurance, a *Accumulators)) {
	for key, book := range b.books {
		f(key.person, key.year, key.insurance, &book.Accumulators)
	}
}
