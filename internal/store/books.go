package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Books (账簿存取) keeps books for an act: what it posts stands in the audit chain under the act's record. It is a ledger.Store.
type Books struct {
	s     *Store
	act   Act
	chart *ledger.Chart
}

var _ ledger.Store = Books{}

// Books gives the books that lie in the act's scope.
func (s *Store) Books(act Act, chart *ledger.Chart) Books { return Books{s, act, chart} }

// Update does what Tx.Update does, in a write of its own.
func (b Books) Update(ctx context.Context, needs []ledger.Need, work func(map[ledger.Book]*ledger.State) (ledger.Done, error)) error {
	_, err := b.s.Write(ctx, b.act, func(t *Tx) error { return t.Update(b.chart, needs, work) })
	return err
}

// Look (试算) lets work try something on the parts of the books that are needed, as Update would, and keeps nothing of it. It
// writes nothing and waits for no writer.
func (b Books) Look(ctx context.Context, needs []ledger.Need, work func(map[ledger.Book]*ledger.State) error) error {
	return b.s.read(ctx, func(l *link) error {
		states := map[ledger.Book]*ledger.State{}
		for _, n := range needs {
			if !holds(b.act.Scope, n.Book.Division) {
				return outside(n.Book.Division)
			}
			state, err := l.querier(ctx).seen(b.chart, n, b.s.engine.arrays)
			if err != nil {
				return err
			}
			if state != nil {
				states[n.Book] = state
			}
		}
		return work(states)
	})
}

// Open (建账) opens a book as ledger.NewState made it.
func (b Books) Open(ctx context.Context, state *ledger.State) error {
	_, err := b.s.Write(ctx, b.act, func(t *Tx) error { return t.OpenBook(state) })
	return err
}

// bookTables are what a book is kept in.
var bookTables = []string{"books", "book_years", "vouchers", "postings", "book_lines"}

var (
	voucherTable = &table{name: "vouchers", columns: []string{"book", "year", "month", "word", "number", "serial", "date", "kind", "request", "corrects",
		"digest", "canonical"}}
	postingTable = &table{name: "postings", columns: []string{"book", "year", "month", "word", "number", "line", "account", "counter", "level",
		"institution", "side", "amount"}}
	lineTable = &table{name: "book_lines", columns: []string{"book", "account", "counter", "level", "institution", "year", "month", "opening", "debit",
		"credit", "carried"}, tail: " ON CONFLICT (book, account, counter, level, institution, year, month) DO UPDATE SET" +
		" opening = book_lines.opening + excluded.opening, debit = book_lines.debit + excluded.debit," +
		" credit = book_lines.credit + excluded.credit, carried = book_lines.carried + excluded.carried"}
)

// OpenBook (建账) keeps a book that ledger.NewState made. One that is kept already is refused.
func (t *Tx) OpenBook(state *ledger.State) error {
	b := state.Book
	if err := t.within(b.Division); err != nil {
		return err
	}
	t.wrote(guardedBooks, b.String())
	n, err := t.exec(`INSERT INTO books (book, division, insurance, kind, one_word, deficit_approval, version) VALUES ($1, $2, $3, $4, $5, $6, 0)
ON CONFLICT (book) DO NOTHING`,
		b.String(), string(b.Division), string(b.Insurance), string(b.Kind), flag(state.Rules.OneWord), flag(state.Rules.DeficitApproval))
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Refused, "store.book_open", "book", b.Name())
	}
	if t.act.Object == (office.Object{}) {
		t.Did(office.Object{Kind: "book", ID: b.String()}, nil, nil)
	}
	return t.putYears(b, state.Years)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Update loads the parts of the books that are needed, lets work change them while nobody else can, and keeps what work gives
// back. A book that there is not is not among the states; one outside the act's scope is refused.
func (t *Tx) Update(chart *ledger.Chart, needs []ledger.Need, work func(map[ledger.Book]*ledger.State) (ledger.Done, error)) error {
	states := map[ledger.Book]*ledger.State{}
	for _, n := range needs {
		if err := t.within(n.Book.Division); err != nil {
			return err
		}
		t.touched = append(t.touched, n.Book)
		kept, err := t.book(chart, n.Book)
		if err != nil {
			return err
		}
		if kept == nil {
			continue
		}
		if err := t.load(kept, n); err != nil {
			return err
		}
		states[n.Book] = kept.state
	}
	done, err := work(states)
	if err != nil {
		return err
	}
	return t.keepBooks(done)
}

// keepBooks keeps what came of an update.
func (t *Tx) keepBooks(done ledger.Done) error {
	t.expect(voucherTable, len(done.Posted))
	t.expect(postingTable, 2*len(done.Posted))
	for i := range done.Posted {
		if !done.Posted[i].Again {
			t.post(&done.Posted[i])
		}
	}
	for book, years := range done.Years {
		if err := t.putYears(book, years); err != nil {
			return err
		}
	}
	for book, openings := range done.Openings {
		if err := t.putOpenings(book, openings); err != nil {
			return err
		}
	}
	t.witness(done)
	return nil
}

// witness puts into the act's record what was posted.
func (t *Tx) witness(done ledger.Done) {
	if t.act.Object != (office.Object{}) {
		t.name(done.Posted)
		return
	}
	if len(done.Posted) == 0 {
		return
	}
	first := done.Posted[0]
	all := make([]byte, 0, len(done.Posted)*len(first.Digest))
	for _, p := range done.Posted {
		all = append(all, p.Digest[:]...)
	}
	t.Did(office.Object{Kind: "voucher", ID: first.Voucher.Ref().String()}, nil,
		[]office.Field{{Name: "vouchers", Value: fmt.Sprint(len(done.Posted))}, {Name: "digest", Value: office.DigestOf(all).String()}})
}

// mostNamed is how many vouchers an entry names; of more it holds the number and the seal alone.
const mostNamed = 500

// name remembers vouchers for the act's record, by number and amount.
func (t *Tx) name(posted []ledger.Posted) {
	for i := range posted {
		if p := &posted[i]; !p.Again && len(t.named) <= mostNamed {
			t.named = append(t.named, office.Field{Name: "voucher " + p.Voucher.Ref().String(), Value: p.Voucher.Total().String()})
		}
	}
}

func (t *Tx) post(p *ledger.Posted) {
	v := &p.Voucher
	kept, ref := t.g.books[v.Book], v.Ref()
	kept.version++
	t.posted(kept.name, kept.version, p.Digest[:])
	t.pending.versions[kept.name]++
	corrects := ""
	if !v.Corrects.None() {
		corrects = v.Corrects.String()
	}
	// What stands in all the rows of a voucher is put into an interface once.
	var name, year, month, word, number any = kept.boxed, int64(ref.Year), int64(ref.Month), string(ref.Word), int64(ref.Number)
	t.add(voucherTable, name, year, month, word, number, kept.version, string(v.Date), string(v.Kind), string(v.Key), corrects, p.Digest[:], p.Content)
	for i := range v.Postings {
		line := &v.Postings[i]
		side := int64(1)
		if line.Side == ledger.Credit {
			side = -1
		}
		t.add(postingTable, name, year, month, word, number, int64(i+1), string(line.Account), line.Counter.String(), string(line.Level),
			string(line.Institution), side, int64(line.Amount))
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		at := lineMonth{kept.name, c.Line, c.Month}
		if c.Opening != 0 {
			at.month = 0
		}
		sum := t.pending.lines[at]
		t.pending.lines[at] = sums{sum.opening + int64(c.Opening), sum.debit + int64(c.Debit), sum.credit + int64(c.Credit), sum.carried + int64(c.Carried)}
	}
}

func (t *Tx) putYears(book ledger.Book, years map[policy.Year]ledger.Year) error {
	for year, y := range years {
		t.wrote(guardedYears, book.String(), int64(year))
		if _, err := t.exec(`INSERT INTO book_years (book, year, first_month, through_month, closed) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (book, year) DO UPDATE SET first_month = excluded.first_month, through_month = excluded.through_month, closed = excluded.closed`,
			book.String(), int64(year), int64(y.First), int64(y.Through), flag(y.Closed)); err != nil {
			return err
		}
	}
	t.changed(book)
	return nil
}

// changed counts a change of a book that its state in memory does not hold.
func (t *Tx) changed(book ledger.Book) {
	t.pending.versions[book.String()]++
	t.g.forget([]ledger.Book{book})
}

func (t *Tx) putOpenings(book ledger.Book, openings map[ledger.Line]money.Fen) error {
	for l, opening := range openings {
		if _, err := t.exec(`INSERT INTO book_lines (book, account, counter, level, institution, year, month, opening, debit, credit, carried)
VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 0, 0, 0)
ON CONFLICT (book, account, counter, level, institution, year, month) DO UPDATE SET opening = excluded.opening`,
			book.String(), string(l.Account), l.Counter.String(), string(l.Level), string(l.Institution), int64(l.Year), int64(opening)); err != nil {
			return err
		}
	}
	t.changed(book)
	return nil
}

// lineMonth is a month of a line of a book; month 0 holds the opening.
type lineMonth struct {
	book string
	ledger.Line
	month time.Month
}

// sums are what is added to a row of book_lines.
type sums struct{ opening, debit, credit, carried int64 }

func compareLineMonths(a, b lineMonth) int {
	for _, c := range []int{cmpText(a.book, b.book), cmpText(string(a.Account), string(b.Account)), cmpText(a.Counter.String(), b.Counter.String()),
		cmpText(string(a.Level), string(b.Level)), cmpText(string(a.Institution), string(b.Institution)), int(a.Year - b.Year), int(a.month - b.month)} {
		if c != 0 {
			return c
		}
	}
	return 0
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// lineRows are the pending sums as rows, in the order in which every transaction takes its locks.
func (p *pending) lineRows() []any {
	keys := make([]lineMonth, 0, len(p.lines))
	for k := range p.lines {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareLineMonths)
	values := make([]any, 0, len(keys)*len(lineTable.columns))
	for _, k := range keys {
		s := p.lines[k]
		values = append(values, k.book, string(k.Account), k.Counter.String(), string(k.Level), string(k.Institution), int64(k.Year), int64(k.month),
			s.opening, s.debit, s.credit, s.carried)
	}
	return values
}

// Whole loads a book with every line of a year and of the open years about it, without entries; nil when there is no such book.
func (b Books) Whole(ctx context.Context, book ledger.Book, year policy.Year) (*ledger.State, error) {
	if !holds(b.act.Scope, book.Division) {
		return nil, outside(book.Division)
	}
	var state *ledger.State
	err := b.s.read(ctx, func(l *link) error {
		q := l.querier(ctx)
		var err error
		if state, _, err = q.book(b.chart, book, ""); err != nil || state == nil {
			return err
		}
		return q.lines(lineReader{state: state}, "", firstYear(state, []policy.Year{year}))
	})
	return state, err
}

// Posted gives a book's vouchers of a span in the order they were posted.
func (b Books) Posted(ctx context.Context, book ledger.Book, span ledger.Span) (out []ledger.Voucher, err error) {
	if !holds(b.act.Scope, book.Division) {
		return nil, outside(book.Division)
	}
	err = b.s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, `SELECT canonical, word, number, digest FROM vouchers WHERE book = $1 AND year = $2 AND month BETWEEN $3 AND $4 ORDER BY serial`,
			book.String(), int64(span.Year), int64(span.From), int64(span.To))
		return each(rows, err, func(scan func(...any) error) error {
			entry, err := scanVoucher(scan)
			if err == nil {
				out = append(out, entry.Voucher)
			}
			return err
		})
	})
	return out, err
}

// Voucher (已记账凭证) finds the voucher that was posted to a book under a key, within the write; false when there is none.
func (t *Tx) Voucher(book ledger.Book, key ledger.Key) (v ledger.Voucher, found bool, err error) {
	if err := t.within(book.Division); err != nil {
		return v, false, err
	}
	err = t.reads(bookTables, func(scan func(...any) error) error {
		entry, err := scanVoucher(scan)
		if err == nil {
			v, found = entry.Voucher, true
		}
		return err
	}, "SELECT canonical, word, number, digest FROM vouchers WHERE book = $1 AND request = $2", book.String(), string(key))
	return v, found, err
}

// ListBooks gives the books in a scope, by name.
func (s *Store) ListBooks(ctx context.Context, scope office.Scope) ([]ledger.Book, error) {
	first, last := bounds(scope)
	return s.listBooks(ctx, first, last)
}

func (s *Store) listBooks(ctx context.Context, first, last string) (out []ledger.Book, err error) {
	err = s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, "SELECT insurance, division, kind FROM books WHERE division >= $1 AND division <= $2 ORDER BY book", first, last)
		return each(rows, err, func(scan func(...any) error) error {
			var insurance, division, kind string
			err := scan(&insurance, &division, &kind)
			out = append(out, ledger.Book{Insurance: pool.Insurance(insurance), Division: region.Code(division), Kind: ledger.BookKind(kind)})
			return err
		})
	})
	return out, err
}
