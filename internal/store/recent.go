package store

import (
	"maps"
	"strconv"
	"sync"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/policy"
)

// recent (近期业务) is what the one writer of a SQLite file remembers of visits and of what years have used, as its own transactions left them: a visit's messages
// come minutes apart, and what was just written need not be read again. It holds while no other program writes, which SQLite tells; and rows are written only
// over the version they were read at, so that nothing rests on memory alone.
type recent struct {
	version    int64 // of the file, as the connection that writes sees it
	mu         sync.Mutex
	young, old facts
}

// fact names what is remembered: a visit, or a year's accumulators.
type fact struct {
	person enrol.PersonNo
	of     string
}

type facts map[fact]any

// mostRecent is how many facts are remembered at least.
const mostRecent = 1 << 14

func newRecent() *recent { return &recent{young: facts{}} }

func (r *recent) get(f fact) (any, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.young[f]; ok {
		return v, true
	}
	v, ok := r.old[f]
	return v, ok
}

func (r *recent) put(all facts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.Copy(r.young, all)
	if len(r.young) >= mostRecent {
		r.young, r.old = facts{}, r.young
	}
}

func (r *recent) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.young, r.old = facts{}, nil
}

// remembered gives what is known of the writer's earlier transactions; nil when nothing of it may be trusted.
func (g *group) remembered() *recent {
	if g.s.engine.parallel || !g.trusts {
		return nil
	}
	if g.compared || g.rehearses {
		return g.recent
	}
	version := int64(-1)
	rows, err := g.link.query(g.ctx, "PRAGMA data_version")
	if each(rows, err, func(scan func(...any) error) error { return scan(&version) }) != nil {
		return nil
	}
	if g.compared = true; version != g.recent.version {
		g.recent.clear()
		g.recent.version = version
	}
	return g.recent
}

// recall finds what is known of a fact: of this write, of those before it in the transaction, or of earlier ones.
func (t *Tx) recall(f fact) (any, bool) {
	for _, known := range []facts{t.facts, t.g.facts} {
		if v, ok := known[f]; ok {
			return v, true
		}
	}
	r := t.g.remembered()
	if r == nil {
		return nil, false
	}
	v, ok := r.get(f)
	if ok {
		t.takes(f, v, true)
	}
	return v, ok
}

// learn remembers a fact when the write is kept.
func (t *Tx) learn(f fact, v any) {
	if t.facts == nil {
		t.facts = facts{}
	}
	t.takes(f, v, false)
	t.facts[f] = v
}

// peek reads rows of which this transaction has written none. One that trusts does not begin with it: what it read is compared when it writes.
func (t *Tx) peek(tables []string, row func(scan func(...any) error) error, text string, args ...any) error {
	if !t.g.trusts || t.g.begun {
		return t.reads(tables, row, text+t.g.s.engine.lock, args...)
	}
	return t.look(row, text, args...)
}

// look reads rows that this transaction neither wrote nor will, as they stand.
func (t *Tx) look(row func(scan func(...any) error) error, text string, args ...any) error {
	if !t.g.trusts || t.g.begun {
		return t.reads(nil, row, text, args...)
	}
	rows, err := t.g.link.query(t.g.ctx, text, args...)
	if err := each(rows, err, row); err != nil {
		return t.breaks(err)
	}
	return nil
}

// put gathers a row of a guarded table, key first and version last, to be written in the place of the one with its key. Its digest is that of the values.
func (t *Tx) put(of *guarded, into *table, values ...any) error {
	key := values[:len(of.key):len(of.key)]
	row := guardedRow{of, string(of.form(key))}
	if t.g.waiting[row] { // a statement writes a row once
		if err := t.settle([]string{into.name}); err != nil {
			return err
		}
	}
	t.g.waiting[row] = true
	t.wroteRow(row, key)
	if t.stood == nil {
		t.stood = map[guardedRow]stood{}
	}
	version, digest := of.digest(values)
	t.stood[row] = stood{version, digest}
	t.add(into, values...)
	return nil
}

// stood is what a row that was put says of itself.
type stood struct {
	version int64
	digest  string
}

func visitFact(person enrol.PersonNo, id string) fact { return fact{person, id} }

func usedFact(person enrol.PersonNo, year policy.Year, insurance benefit.Insurance) fact {
	return fact{person, strconv.Itoa(int(year)) + "/" + insurance.Code()}
}

// knownVisit is a visit with what was charged for it, when that is known.
type knownVisit struct {
	CareVisit
	fees    []Fees
	charged bool
}
