package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// keptBook is a book as the writes of a transaction see it. What it has loaded it also has of all that was posted since.
type keptBook struct {
	state    *ledger.State
	name     string // of the book
	boxed    any    // the name again
	version  int64
	lines    map[ledger.Line]bool // loaded, by account and dimensions; their Year is 0
	accounts map[ledger.Code]bool // loaded with all their lines
	series   map[month]bool
}

type month struct {
	year  policy.Year
	month time.Month
}

// querier runs a query and hands every row to a function that scans it.
type querier func(row func(scan func(...any) error) error, text string, args ...any) error

// book gives a book for the transaction to change; nil when there is none.
func (t *Tx) book(chart *ledger.Chart, book ledger.Book) (*keptBook, error) {
	if kept, ok := t.g.books[book]; ok {
		return kept, nil
	}
	if t.g.dropped[book] {
		if err := t.settle(bookTables); err != nil {
			return nil, err
		}
	}
	if kept, err := t.remembered(chart, book); kept != nil || err != nil {
		return kept, err
	}
	state, version, err := t.querier().book(chart, book, t.g.s.engine.lock)
	if err != nil || state == nil {
		return nil, err
	}
	kept := keep(state, version)
	t.g.books[book] = kept
	return kept, nil
}

func keep(state *ledger.State, version int64) *keptBook {
	name := state.Book.String()
	return &keptBook{state: state, name: name, boxed: name, version: version,
		lines: map[ledger.Line]bool{}, accounts: map[ledger.Code]bool{}, series: map[month]bool{}}
}

// remembered gives a book as an earlier transaction left it, nil when it is not known. Whether somebody has changed it since is looked at
// now, or in a group that trusts when the transaction begins.
func (t *Tx) remembered(chart *ledger.Chart, book ledger.Book) (*keptBook, error) {
	kept := t.g.s.recall(book)
	if kept == nil || kept.state.Chart != chart {
		return nil, nil
	}
	if t.g.trusts && !t.g.begun {
		t.g.assumed[kept.name] = kept.version
	} else if version, err := t.g.version(kept.name); err != nil {
		return nil, t.breaks(err)
	} else if version != kept.version {
		return nil, nil
	}
	t.g.books[book] = kept
	return kept, nil
}

// mostRemembered is how many lines a book may have to be remembered between transactions.
const mostRemembered = 5000

// recall takes a book out of memory. Only one transaction has it.
func (s *Store) recall(book ledger.Book) *keptBook {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.memory[book]
	delete(s.memory, book)
	return kept
}

// recallEnd takes the end of a chain out of memory. Only one transaction has it.
func (s *Store) recallEnd(chain region.Code) (office.Head, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.ends[chain]
	delete(s.ends, chain)
	return h, ok
}

// remember keeps the ends of chains and books as a transaction that was kept left them, but not the books' vouchers, of which there is
// no end.
func (s *Store) remember(g *group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for chain, e := range g.ends {
		s.ends[chain] = e.Head
	}
	for book, kept := range g.books {
		if len(kept.state.Lines) <= mostRemembered {
			clear(kept.state.Keys)
			clear(kept.state.Entries)
			s.memory[book] = kept
		}
	}
}

// querier asks the database as it is, without the rows that wait.
func (t *Tx) querier() querier {
	return func(row func(scan func(...any) error) error, text string, args ...any) error {
		return t.reads(nil, row, text, args...)
	}
}

func (l *link) querier(ctx context.Context) querier {
	return func(row func(scan func(...any) error) error, text string, args ...any) error {
		rows, err := l.query(ctx, text, args...)
		return each(rows, err, row)
	}
}

// book reads a book with its years and nothing else; nil when there is none.
func (q querier) book(chart *ledger.Chart, book ledger.Book, lock string) (state *ledger.State, version int64, err error) {
	err = q(func(scan func(...any) error) error {
		var oneWord, deficit int64
		err := scan(&oneWord, &deficit, &version)
		state = &ledger.State{Book: book, Chart: chart, Rules: ledger.Rules{OneWord: oneWord == 1, DeficitApproval: deficit == 1},
			Years: map[policy.Year]ledger.Year{}, Lines: map[ledger.Line]*ledger.Turnover{}, Last: map[ledger.Series]int{},
			Keys: map[ledger.Key]ledger.Ref{}, Entries: map[ledger.Ref]*ledger.Entry{}}
		return err
	}, "SELECT one_word, deficit_approval, version FROM books WHERE book = $1"+lock, book.String())
	if err != nil || state == nil {
		return nil, 0, err
	}
	err = q(func(scan func(...any) error) error {
		var year, first, through, closed int64
		err := scan(&year, &first, &through, &closed)
		state.Years[policy.Year(year)] = ledger.Year{First: time.Month(first), Through: time.Month(through), Closed: closed == 1}
		return err
	}, "SELECT year, first_month, through_month, closed FROM book_years WHERE book = $1", book.String())
	return state, version, err
}

// load adds to a book what a need names and it does not have yet.
func (t *Tx) load(kept *keptBook, n ledger.Need) error {
	q, first := t.querier(), firstYear(kept.state, n.Years)
	if t.g.dropped[n.Book] {
		if err := t.settle(bookTables); err != nil {
			return err
		}
	}
	if err := q.parts(kept, n, first); err != nil {
		return err
	}
	if t.careful || len(n.Refs) > 0 {
		if err := q.keys(kept.state, n.Keys, t.g.s.engine.arrays); err != nil {
			return err
		}
	} else {
		t.hasty = true
	}
	return q.refs(kept.state, n.Refs)
}

// parts reads the numbers and lines of a need that a book does not have yet.
func (q querier) parts(kept *keptBook, n ledger.Need, first policy.Year) error {
	if err := q.numbers(kept, n.Series); err != nil {
		return err
	}
	if err := q.named(kept, n.Lines, first); err != nil {
		return err
	}
	for _, account := range n.Accounts {
		if !kept.accounts[account] {
			if err := q.lines(lineReader{kept.state, kept.lines}, account, first); err != nil {
				return err
			}
			kept.accounts[account] = true
		}
	}
	return nil
}

// seen gives the part of a book that a need names, for somebody who changes nothing; nil when there is no such book.
func (q querier) seen(chart *ledger.Chart, n ledger.Need, arrays bool) (*ledger.State, error) {
	state, version, err := q.book(chart, n.Book, "")
	if err != nil || state == nil {
		return nil, err
	}
	if err := q.parts(keep(state, version), n, firstYear(state, n.Years)); err != nil {
		return nil, err
	}
	if err := q.keys(state, n.Keys, arrays); err != nil {
		return nil, err
	}
	return state, q.refs(state, n.Refs)
}

// firstYear is the first year whose lines count for vouchers of some years: the one before the first that is open or named.
func firstYear(s *ledger.State, years []policy.Year) policy.Year {
	first := policy.Year(9999)
	for year, y := range s.Years {
		if !y.Closed {
			first = min(first, year)
		}
	}
	for _, year := range years {
		first = min(first, year)
	}
	return first - 1
}

// words are all words a voucher may be numbered under.
func words() []ledger.Word {
	return []ledger.Word{ledger.ReceiptWord, ledger.PaymentWord, ledger.TransferWord, ledger.MemoWord, ledger.SingleWord}
}

// numbers reads the last numbers given in the months of some series.
func (q querier) numbers(kept *keptBook, series []ledger.Series) error {
	for _, s := range series {
		at := month{s.Year, s.Month}
		if kept.series[at] {
			continue
		}
		args := []any{kept.state.Book.String(), int64(s.Year), int64(s.Month)}
		var parts []string
		for _, word := range words() {
			args = append(args, string(word))
			parts = append(parts, fmt.Sprintf("COALESCE((SELECT MAX(number) FROM vouchers WHERE book = $1 AND year = $2 AND month = $3 AND word = $%d), 0)", len(args)))
		}
		last := make([]int64, len(parts))
		to := make([]any, len(parts))
		for i := range last {
			to[i] = &last[i]
		}
		if err := q(func(scan func(...any) error) error { return scan(to...) }, "SELECT "+strings.Join(parts, ", "), args...); err != nil {
			return err
		}
		for i, word := range words() {
			if last[i] > 0 {
				kept.state.Last[ledger.Series{Year: s.Year, Month: s.Month, Word: word}] = int(last[i])
			}
		}
		kept.series[at] = true
	}
	return nil
}

const lineColumns = "l.account, l.counter, l.level, l.institution, l.year, l.month, l.opening, l.debit, l.credit, l.carried"

// named reads lines by their names.
func (q querier) named(kept *keptBook, lines []ledger.Line, first policy.Year) error {
	var missing []ledger.Line
	for _, l := range lines {
		if !kept.lines[l] && !kept.accounts[l.Account] {
			missing = append(missing, l)
			kept.lines[l] = true
		}
	}
	for len(missing) > 0 {
		n := min(len(missing), mostRows)
		var args []any
		for _, l := range padded(missing[:n]) {
			args = append(args, string(l.Account), l.Counter.String(), string(l.Level), string(l.Institution))
		}
		to := lineReader{state: kept.state}
		if err := q(to.scan, namedText(len(args)/4), append(args, kept.state.Book.String(), int64(first))...); err != nil {
			return err
		}
		missing = missing[n:]
	}
	return nil
}

// padded repeats the last until their number is a power of two, so that few texts are prepared.
func padded[T any](all []T) []T {
	out := slices.Clone(all)
	for len(out)&(len(out)-1) != 0 {
		out = append(out, out[len(out)-1])
	}
	return out
}

func namedText(rows int) string {
	var b strings.Builder
	b.WriteString("WITH w (account, counter, level, institution) AS (VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "($%d,$%d,$%d,$%d)", 4*i+1, 4*i+2, 4*i+3, 4*i+4)
	}
	fmt.Fprintf(&b, ") SELECT %s FROM w CROSS JOIN book_lines l WHERE l.account = w.account AND l.counter = w.counter AND l.level = w.level AND l.institution = w.institution AND l.book = $%d AND l.year >= $%d",
		lineColumns, 4*rows+1, 4*rows+2)
	return b.String()
}

// lineReader puts rows of book_lines into a state, but for lines it must leave alone: those that the writes before in the
// transaction have loaded know more than the database. A row may come twice.
type lineReader struct {
	state *ledger.State
	leave map[ledger.Line]bool
}

func (r lineReader) scan(scan func(...any) error) error {
	var account, counter, level, institution string
	var year, at, opening, debit, credit, carried int64
	if err := scan(&account, &counter, &level, &institution, &year, &at, &opening, &debit, &credit, &carried); err != nil {
		return err
	}
	book, err := parseBook(counter)
	if err != nil {
		return err
	}
	l := ledger.Line{Account: ledger.Code(account), Dimensions: ledger.Dimensions{Counter: book, Level: ledger.Level(level), Institution: ledger.Institution(institution)}}
	if r.leave[l] {
		return nil
	}
	l.Year = policy.Year(year)
	t := r.state.Lines[l]
	if t == nil {
		t = &ledger.Turnover{}
		r.state.Lines[l] = t
	}
	if at == 0 {
		t.Opening = money.Fen(opening)
		return nil
	}
	t.Debit[at-1], t.Credit[at-1] = money.Fen(debit), money.Fen(credit)
	if carried != 0 { // only December has it
		t.Carried = money.Fen(carried)
	}
	return nil
}

// parseBook reads the name of a book; the empty text names none.
func parseBook(text string) (ledger.Book, error) {
	if text == "" {
		return ledger.Book{}, nil
	}
	insurance, rest, _ := strings.Cut(text, "/")
	division, kind, ok := strings.Cut(rest, "/")
	if !ok {
		return ledger.Book{}, damaged("book", text)
	}
	return ledger.Book{Insurance: pool.Insurance(insurance), Division: region.Code(division), Kind: ledger.BookKind(kind)}, nil
}

// damaged is a value that this program did not write.
func damaged(what, value string) error {
	return fault.New(fault.Internal, "store.damaged", "what", what, "value", value)
}

// lines reads every line of an account, of all accounts when it is empty.
func (q querier) lines(to lineReader, account ledger.Code, first policy.Year) error {
	text, args := "SELECT "+lineColumns+" FROM book_lines l WHERE l.book = $1 AND l.year >= $2", []any{to.state.Book.String(), int64(first)}
	if account != "" {
		text, args = text+" AND l.account = $3", append(args, string(account))
	}
	return q(to.scan, text, args...)
}

// keys reads the vouchers that were posted under some keys.
func (q querier) keys(s *ledger.State, keys []ledger.Key, arrays bool) error {
	var missing []string
	for _, key := range keys {
		if _, ok := s.Keys[key]; !ok {
			missing = append(missing, string(key))
		}
	}
	if arrays && len(missing) > 0 { // one look into the index for each key, whatever the server thinks of the table's size
		return q(meets(s), `SELECT v.canonical, v.word, v.number, v.digest FROM unnest($1::text[]) AS k (request)
CROSS JOIN LATERAL (SELECT canonical, word, number, digest FROM vouchers WHERE book = $2 AND request = k.request LIMIT 1) AS v`, missing, s.Book.String())
	}
	for len(missing) > 0 {
		n := min(len(missing), mostRows)
		some := padded(missing[:n])
		args := make([]any, len(some), len(some)+1)
		for i, key := range some {
			args[i] = key
		}
		text := fmt.Sprintf("SELECT canonical, word, number, digest FROM vouchers WHERE request IN (%s) AND book = ?", strings.Repeat("?,", len(some)-1)+"?")
		if err := q(meets(s), text, append(args, s.Book.String())...); err != nil {
			return err
		}
		missing = missing[n:]
	}
	return nil
}

// refs reads vouchers by their numbers, and what took them back.
func (q querier) refs(s *ledger.State, refs []ledger.Ref) error {
	for _, ref := range refs {
		if _, ok := s.Entries[ref]; ok || ref.Book != s.Book {
			continue
		}
		if err := q(meets(s), "SELECT canonical, word, number, digest FROM vouchers WHERE book = $1 AND year = $2 AND month = $3 AND word = $4 AND number = $5",
			s.Book.String(), int64(ref.Year), int64(ref.Month), string(ref.Word), int64(ref.Number)); err != nil {
			return err
		}
		entry := s.Entries[ref]
		if entry == nil {
			continue
		}
		if err := q(func(scan func(...any) error) error {
			by, err := scanVoucher(scan)
			if err == nil {
				entry.ReversedBy = by.Voucher.Ref()
			}
			return err
		}, "SELECT canonical, word, number, digest FROM vouchers WHERE book = $1 AND corrects = $2 AND kind = 'reversal'", s.Book.String(), ref.String()); err != nil {
			return err
		}
	}
	return nil
}

// meets puts posted vouchers into a state, which has none of them yet.
func meets(s *ledger.State) func(func(...any) error) error {
	return func(scan func(...any) error) error {
		entry, err := scanVoucher(scan)
		if err != nil {
			return err
		}
		ref := entry.Voucher.Ref()
		s.Keys[entry.Voucher.Key] = ref
		s.Entries[ref] = entry
		return nil
	}
}

// scanVoucher reads a posted voucher from canonical, word, number, digest. One whose content is not what was digested is
// damaged.
func scanVoucher(scan func(...any) error) (*ledger.Entry, error) {
	var canonical, digest []byte
	var word string
	var number int64
	if err := scan(&canonical, &word, &number, &digest); err != nil {
		return nil, err
	}
	v, ok := ledger.ParseCanonical(canonical)
	e := &ledger.Entry{Voucher: v, Digest: v.Digest()}
	if !ok || !bytes.Equal(e.Digest[:], digest) {
		return nil, damaged("voucher", v.Book.String()+" "+word+" "+strconv.FormatInt(number, 10))
	}
	e.Voucher.Word, e.Voucher.Number = ledger.Word(word), int(number)
	return e, nil
}

// scanPosting reads a row of postings: of which voucher, which line, and what.
func scanPosting(book ledger.Book, scan func(...any) error) (ledger.Ref, int, ledger.Posting, error) {
	var year, at, number, line, side, amount int64
	var word, account, counter, level, institution string
	if err := scan(&year, &at, &word, &number, &line, &account, &counter, &level, &institution, &side, &amount); err != nil {
		return ledger.Ref{}, 0, ledger.Posting{}, err
	}
	other, err := parseBook(counter)
	ref := ledger.Ref{Book: book, Year: policy.Year(year), Month: time.Month(at), Word: ledger.Word(word), Number: int(number)}
	p := ledger.Posting{Account: ledger.Code(account), Dimensions: ledger.Dimensions{Counter: other, Level: ledger.Level(level), Institution: ledger.Institution(institution)},
		Side: ledger.Debit, Amount: money.Fen(amount)}
	if side < 0 {
		p.Side = ledger.Credit
	}
	return ref, int(line), p, err
}
