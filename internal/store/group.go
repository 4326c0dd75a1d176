package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tongchou/internal/ledger"
	"tongchou/internal/region"
)

// group is a transaction that several callers share. One that trusts takes ends of chains and books as the store remembers them, and
// begins with the database only when there is something to ask, or to write at its end; then what it took is compared.
type group struct {
	s       *Store
	jobs    []*job
	begun   bool
	trusts  bool
	texts   map[insertion]string
	spare   map[*table][]any
	ctx     context.Context
	link    *link
	pending *pending             // rows of writes that succeeded, not yet with the database
	emptied *pending             // was the last write's
	ends    map[region.Code]*end // of the chains appended to, by division
	careful bool
	assumed map[string]int64 // versions of remembered books that were not compared, by name
	books   map[ledger.Book]*keptBook
	dropped map[ledger.Book]bool // books whose state is to be read again: a write failed, or changed more than the state holds
	given   map[request]given    // answers to acts with a key, by division and key
	// messages are those handled before, by key; of the ones that the jobs bring and of those that are handled in the transaction.
	messages map[string]KnownMessage
	facts    facts
	recent   *recent
	compared bool                // what is remembered was compared
	waiting  map[guardedRow]bool // rows that are gathered
	lasting  bool                // it wrote what Lasting keeps
	rounds   map[region.Code]*round
	// rehearses tells that it reads alone, before the turn of its message.
	rehearses bool
}

// do runs the jobs one after the other. An error means that the transaction cannot be kept.
func (g *group) do(jobs []*job) error {
	if !g.trusts {
		if err := g.begin(); err != nil {
			return err
		}
	}
	if err := g.recall(jobs); err != nil {
		return err
	}
	if err := g.recallMessages(jobs); err != nil {
		return err
	}
	for _, j := range jobs {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		if err := g.one(j); err != nil {
			return err
		}
	}
	return nil
}

// errStale tells that somebody else has changed what the store remembered.
var errStale = errors.New("store: what was remembered is not so any more")

// begin begins the transaction with the database and locks the ends of the chains that its jobs append to: on PostgreSQL programs
// that write for the same division wait for one another here, and nowhere later. What was taken from memory is compared.
func (g *group) begin() error {
	switch {
	case g.rehearses:
		return errNotRehearsed
	case g.begun:
		return nil
	}
	g.begun = true
	if _, err := g.link.exec(g.ctx, g.s.engine.begin); err != nil {
		return err
	}
	for _, chain := range slices.Sorted(maps.Keys(g.ends)) {
		if h, err := g.readHead(chain); err != nil {
			return err
		} else if h == nil || *h != g.ends[chain].was {
			return errStale
		}
	}
	if err := g.hold(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(g.assumed)) {
		if version, err := g.version(name); err != nil {
			return err
		} else if version != g.assumed[name] {
			return errStale
		}
	}
	clear(g.assumed)
	return nil
}

// version reads and locks the version of a book; -1 when there is none.
func (g *group) version(book string) (int64, error) {
	version := int64(-1)
	rows, err := g.query("SELECT version FROM books WHERE book = $1"+g.s.engine.lock, book)
	return version, each(rows, err, func(scan func(...any) error) error { return scan(&version) })
}

func (g *group) exec(text string, args ...any) (int64, error) {
	if err := g.begin(); err != nil {
		return 0, err
	}
	return g.link.exec(g.ctx, text, args...)
}

func (g *group) query(text string, args ...any) (*sql.Rows, error) {
	if err := g.begin(); err != nil {
		return nil, err
	}
	return g.link.query(g.ctx, text, args...)
}

// finish writes what waits and commits. An unknownOutcome is a commit of which nobody knows.
func (g *group) finish() error {
	if err := g.vouch(); err != nil {
		return err
	}
	if !g.begun && len(g.assumed) == 0 && g.pending.empty() {
		return nil
	}
	if g.s.engine.pipelines {
		g.link.queue = &pgx.Batch{}
	}
	if err := g.last(); err != nil {
		g.link.queue = nil
		return err
	}
	_, err := g.link.exec(g.ctx, "COMMIT")
	if g.link.queue != nil {
		err = g.link.send(g.ctx)
	}
	if err != nil && g.s.engine.fateOf(err) == fateLost && !pgconn.SafeToRetry(err) {
		return &unknownOutcome{err}
	}
	return err
}

// last does the last statements of a transaction, which lock what begin locks in the same order.
func (g *group) last() error {
	if !g.begun {
		g.begun = true
		if _, err := g.link.exec(g.ctx, g.s.engine.begin); err != nil {
			return err
		}
	}
	if err := g.advance(); err != nil {
		return err
	}
	if err := g.claim(); err != nil {
		return err
	}
	return g.flush(g.pending)
}

// claim counts up the versions of books that were taken from memory. The database refuses a book that somebody else has changed since.
func (g *group) claim() error {
	for _, name := range slices.Sorted(maps.Keys(g.assumed)) {
		if _, err := g.link.exec(g.ctx, "UPDATE books SET version = CASE WHEN version = $1 THEN version + $2 END WHERE book = $3",
			g.assumed[name], g.pending.versions[name], name); err != nil {
			return err
		}
		delete(g.pending.versions, name)
	}
	return nil
}

// one runs a job. Its own error stands in the job; the error returned is the transaction's.
func (g *group) one(j *job) error {
	if again, err := g.again(j.act); again != nil || err != nil {
		j.err = err
		if again != nil {
			j.receipt = *again
		}
		return nil
	}
	hasty, err := g.try(j, g.careful)
	if j.err != nil && hasty && err == nil { // perhaps only because it was done before
		_, err = g.try(j, true)
	}
	return err
}

// try runs a job once and tells whether it trusted that keys were new.
func (g *group) try(j *job, careful bool) (hasty bool, err error) {
	j.receipt, j.err, j.panicked = Receipt{}, nil, nil
	t := &Tx{g: g, act: j.act, pending: g.fresh(), careful: careful}
	if j.err = call(j, t); j.err == nil {
		j.receipt, j.err = t.sign()
	}
	if j.err != nil {
		g.forget(t.touched)
	}
	return t.hasty, g.settleJob(j, t)
}

// fresh gives a place for the rows of a write: that of the last one, when it was kept.
func (g *group) fresh() *pending {
	if p := g.emptied; p != nil {
		g.emptied = nil
		return p
	}
	return newPending()
}

// settleJob keeps what a job did, or undoes it.
func (g *group) settleJob(j *job, t *Tx) error {
	switch {
	case j.err != nil && j.act.alone:
		return j.err
	case t.broken != nil && !t.saved:
		return t.broken // the database may hold half of it, and may take nothing more
	case t.broken != nil && g.trusts && !g.s.engine.parallel:
		return t.broken // perhaps only because what it took for granted is not so: it is done anew, looking
	case j.err != nil && t.saved:
		return g.undo()
	case j.err != nil:
		return nil
	}
	if t.saved {
		if _, err := g.link.exec(g.ctx, "RELEASE one"); err != nil {
			return err
		}
	}
	g.pending.add(t.pending, g.room)
	g.emptied = t.pending
	t.keep(j.receipt)
	g.share(t)
	maps.Copy(g.facts, t.facts)
	for row := range t.written {
		g.lasting = g.lasting || row.table.lasts()
	}
	for _, m := range t.handled {
		g.messages[m.Key] = m
	}
	return nil
}

// forget gives up what is known of books that a failed write may have changed.
func (g *group) forget(books []ledger.Book) {
	for _, b := range books {
		delete(g.books, b)
		g.dropped[b] = true
	}
}

func (g *group) undo() error {
	for _, text := range []string{"ROLLBACK TO one", "RELEASE one"} {
		if _, err := g.link.exec(g.ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// gathered lists the tables rows are gathered for, in the order in which they refer to one another.
var gathered = []*table{auditTable, requestTable, voucherTable, postingTable, visitTable, feesTable, settlementTable, purseTable, movementTable, messageTable}

// table is a table that rows are gathered for.
type table struct {
	name    string
	columns []string
	tail    string // what follows the values
}

// pending are rows that wait to be written with many others.
type pending struct {
	rows     map[*table][]any // values row after row
	lines    map[lineMonth]sums
	versions map[string]int64 // what is added to the versions of books
}

func newPending() *pending {
	return &pending{rows: map[*table][]any{}, lines: map[lineMonth]sums{}, versions: map[string]int64{}}
}

// add takes over what another has, which is empty then and can be used again. room gives a place for rows of a table, nil where there is none.
func (p *pending) add(q *pending, room func(*table) []any) {
	for t, values := range q.rows {
		if len(values) == 0 {
			continue
		}
		rows := p.rows[t]
		if len(rows) == 0 {
			if rows = room(t); rows == nil {
				p.rows[t] = values
				delete(q.rows, t)
				continue
			}
		}
		p.rows[t] = append(rows, values...)
		q.rows[t] = values[:0]
	}
	for at, s := range q.lines {
		sum := p.lines[at]
		p.lines[at] = sums{sum.opening + s.opening, sum.debit + s.debit, sum.credit + s.credit, sum.carried + s.carried}
	}
	for book, n := range q.versions {
		p.versions[book] += n
	}
	clear(q.lines)
	clear(q.versions)
}

func (p *pending) empty() bool { return len(p.rows)+len(p.lines)+len(p.versions) == 0 }

// has tells whether rows of one of the tables wait.
func (p *pending) has(names []string) bool {
	for t, values := range p.rows {
		if len(values) > 0 && slices.Contains(names, t.name) {
			return true
		}
	}
	return len(p.lines) > 0 && slices.Contains(names, "book_lines") || len(p.versions) > 0 && slices.Contains(names, "books")
}

// flush writes rows that wait, tables in the order in which they refer to one another.
func (g *group) flush(p *pending) error {
	for _, t := range gathered {
		rows := p.rows[t]
		if err := g.insert(t, rows); err != nil {
			return err
		}
		delete(p.rows, t)
		if cap(rows) > cap(g.spare[t]) && cap(rows) <= mostSpare {
			clear(rows)
			g.spare[t] = rows[:0]
		}
	}
	if err := g.insert(lineTable, p.lineRows()); err != nil {
		return err
	}
	clear(p.lines)
	for _, book := range slices.Sorted(maps.Keys(p.versions)) {
		if _, err := g.link.exec(g.ctx, "UPDATE books SET version = version + $1 WHERE book = $2", p.versions[book], book); err != nil {
			return err
		}
	}
	clear(p.versions)
	return nil
}

// mostSpare is how many values the room may have that a lane keeps for the rows of its next transactions.
const mostSpare = 1 << 16

// room gives a place to gather rows of a table in.
func (g *group) room(t *table) []any {
	room := g.spare[t]
	delete(g.spare, t)
	return room
}

// mostRows is how many rows a statement inserts. Fewer go by powers of two, so that few texts are prepared.
const mostRows = 512

// insert writes rows, whose values stand one after the other.
func (g *group) insert(t *table, values []any) error {
	_, err := g.insertCounted(t, values)
	return err
}

// insertCounted writes rows and tells how many were not there.
func (g *group) insertCounted(t *table, values []any) (inserted int64, err error) {
	if g.s.engine.arrays {
		return g.insertArrays(t, values)
	}
	width := len(t.columns)
	for rows := mostRows; len(values) > 0; {
		for rows*width > len(values) {
			rows /= 2
		}
		n, err := g.link.insert(g.ctx, g.text(insertion{t, rows}), values[:rows*width])
		if err != nil {
			return 0, fmt.Errorf("%s: %w", t.name, err)
		}
		inserted += n
		values = values[rows*width:]
	}
	return inserted, nil
}

// insertArrays writes all rows in one statement, an array for each column.
func (g *group) insertArrays(t *table, values []any) (int64, error) {
	if len(values) == 0 {
		return 0, nil
	}
	width := len(t.columns)
	arrays := make([]any, width)
	for c := range width {
		arrays[c] = column(values, c, width)
	}
	text := g.text(insertion{t, 0})
	if text == "" {
		text = t.arrayInsertion(arrays)
		g.texts[insertion{t, 0}] = text
	}
	n, err := g.link.exec(g.ctx, text, arrays...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", t.name, err)
	}
	return n, nil
}

// column takes a column out of rows.
func column(values []any, c, width int) any {
	switch values[c].(type) {
	case int64:
		return typed[int64](values, c, width)
	case string:
		return typed[string](values, c, width)
	}
	return typed[[]byte](values, c, width)
}

func typed[T any](values []any, c, width int) []T {
	out := make([]T, 0, len(values)/width)
	for ; c < len(values); c += width {
		out = append(out, values[c].(T))
	}
	return out
}

// arrayInsertion is the statement that inserts rows from arrays of these types.
func (t *table) arrayInsertion(arrays []any) string {
	casts := make([]string, len(arrays))
	for i, a := range arrays {
		kind := "bytea"
		switch a.(type) {
		case []int64:
			kind = "bigint"
		case []string:
			kind = "text"
		}
		casts[i] = fmt.Sprintf("$%d::%s[]", i+1, kind)
	}
	return "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") SELECT * FROM unnest(" + strings.Join(casts, ", ") + ")" + t.tail
}

// insertion is a statement that inserts a number of rows; 0 for as many as arrays hold.
type insertion struct {
	into *table
	rows int
}

// text gives the statement, from those written before when it is among them.
func (g *group) text(i insertion) string {
	text, ok := g.texts[i]
	if !ok && i.rows > 0 {
		text = i.into.insertion(i.rows, g.s.engine.nameless)
		g.texts[i] = text
	}
	return text
}

func (t *table) insertion(rows int, nameless bool) string {
	var b strings.Builder
	verb := "INSERT"
	if nameless && t.tail == "" {
		verb = "INSERT OR FAIL" // a statement that fails takes its transaction with it, so that SQLite need not be able to undo it alone
	}
	fmt.Fprintf(&b, "%s INTO %s (%s) VALUES ", verb, t.name, strings.Join(t.columns, ", "))
	n := 0
	for row := range rows {
		if row > 0 {
			b.WriteByte(',')
		}
		for column := range t.columns {
			n++
			if column == 0 {
				b.WriteByte('(')
			} else {
				b.WriteByte(',')
			}
			if nameless {
				b.WriteByte('?')
			} else {
				fmt.Fprintf(&b, "$%d", n)
			}
		}
		b.WriteByte(')')
	}
	b.WriteString(t.tail)
	return b.String()
}
