package store

import (
	"database/sql/driver"
	"fmt"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// errBadConn tells database/sql to give a connection up.
var errBadConn = driver.ErrBadConn

// Tx is a write under way. It is used by the function it is given to, until that returns.
type Tx struct {
	g       *group
	act     Act
	pending *pending
	answer  []byte
	heads   map[region.Code]office.Head // where chains end with this write
	careful bool                        // keys of vouchers are looked up
	hasty   bool                        // some were not: the database refuses one that is there, and the write is done again
	touched []ledger.Book               // books it may have changed
	runs    []voucherRun                // vouchers it posted
	named   []office.Field              // vouchers it posted, by number and amount
	written map[guardedRow][]any        // guarded rows it wrote, with their keys
	marks   map[int64]int64             // what it changed in the slices of persons
	stood   map[guardedRow]stood        // of rows it put, what the seal says
	facts   facts                       // what is to be remembered
	handled []KnownMessage              // messages it wrote
	shared  []byte                      // a message's seals, for the entry it shares
	took    map[fact]take               // what a rehearsal went by
	adopted bool                        // it is what was rehearsed
	saved   bool                        // there is a point to go back to
	broken  error                       // a statement failed that was not undone
}

// Answer keeps what the caller is told, for those who send the same act again.
func (t *Tx) Answer(answer []byte) { t.answer = slices.Clone(answer) }

// within refuses to touch rows of a division that the act's scope does not hold.
func (t *Tx) within(division region.Code) error {
	if holds(t.act.Scope, division) {
		return nil
	}
	return outside(division)
}

// holds tells whether something may be done to a division's rows. A scope that reaches above is one for reading what is
// published there.
func holds(s office.Scope, division region.Code) bool {
	return (s.Reach == office.Own || s.Reach == office.Below) && s.Holds(division)
}

func outside(division region.Code) error {
	return fault.New(fault.Refused, "store.scope", "division", division)
}

// add keeps a row to be written with others before the transaction ends.
func (t *Tx) add(to *table, values ...any) {
	if len(values) != len(to.columns) {
		panic(fmt.Sprintf("store: %d values for %d columns of %s", len(values), len(to.columns), to.name))
	}
	t.pending.rows[to] = append(t.rows(to), values...)
}

// rows are the rows of a table that the write has gathered.
func (t *Tx) rows(of *table) []any {
	rows, begun := t.pending.rows[of]
	if !begun {
		rows = t.g.room(of)
	}
	return rows
}

// expect makes room for rows of a table.
func (t *Tx) expect(to *table, rows int) {
	t.pending.rows[to] = slices.Grow(t.rows(to), rows*len(to.columns))
}

// save makes a point to go back to. Rows of earlier writes come before it.
func (t *Tx) save() error {
	if t.saved {
		return nil
	}
	if err := t.g.begin(); err != nil {
		return t.breaks(err)
	}
	if err := t.g.flush(t.g.pending); err != nil {
		return t.breaks(err)
	}
	if _, err := t.g.exec("SAVEPOINT one"); err != nil {
		return t.breaks(err)
	}
	t.saved = true
	return nil
}

func (t *Tx) breaks(err error) error {
	t.broken = err
	return err
}

// settle writes rows that wait for one of the tables, which are about to be read.
func (t *Tx) settle(tables []string) error {
	if !t.g.pending.has(tables) && !t.pending.has(tables) {
		return nil
	}
	if err := t.save(); err != nil {
		return err
	}
	if err := t.g.flush(t.pending); err != nil {
		return t.breaks(err)
	}
	return nil
}

// reads runs a query over the tables named; each row is handed to a function that scans it.
func (t *Tx) reads(tables []string, row func(scan func(...any) error) error, text string, args ...any) error {
	if err := t.settle(tables); err != nil {
		return err
	}
	rows, err := t.g.query(text, args...)
	if err := each(rows, err, row); err != nil {
		return t.breaks(err)
	}
	return nil
}

// exec changes rows that are there and tells how many.
func (t *Tx) exec(text string, args ...any) (int64, error) {
	if err := t.save(); err != nil {
		return 0, err
	}
	if err := t.g.flush(t.pending); err != nil {
		return 0, t.breaks(err)
	}
	n, err := t.g.exec(text, args...)
	if err != nil {
		return 0, t.breaks(err)
	}
	return n, nil
}

// one changes exactly one row, or finds that somebody else was first.
func (t *Tx) one(text string, values ...any) error {
	n, err := t.exec(text, values...)
	if err == nil && n != 1 {
		return office.ErrStale
	}
	return err
}
