package store

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// rehearsal (预办) is a message that was done before its turn, on its caller's goroutine: on SQLite one goroutine writes for all, and whatever need not be done by it makes room for others. What it read
// is compared when its turn comes; if that was changed meanwhile, or if it does what cannot be rehearsed, the message is done again.
type rehearsal struct {
	tx     *Tx
	answer []byte
}

// errNotRehearsed tells that a message does what only its own transaction can.
var errNotRehearsed = errors.New("store: cannot be rehearsed")

// take is a fact that a rehearsal went by: which state of it, and whether it was remembered rather than read.
type take struct {
	state      any
	remembered bool
}

// stateOf is by what two states of a fact are told apart.
func stateOf(v any) any {
	switch v := v.(type) {
	case knownVisit:
		return v.Version
	case Used:
		return v.Version
	case Purse:
		return v.Version
	}
	return v
}

// rehearse does a message on a connection that reads; nil where that cannot be, or where the message is refused, which its turn will tell.
func (s *Store) rehearse(ctx context.Context, act Act, keys *personKeys, m Message, do func(*Handled) ([]byte, error)) *rehearsal {
	if s.engine.parallel {
		return nil
	}
	l, err := s.rehearsals.take(ctx, s)
	if err != nil {
		return nil
	}
	g := &group{s: s, trusts: true, rehearses: true, ctx: context.WithoutCancel(ctx), link: l, pending: newPending(), recent: s.recent, waiting: map[guardedRow]bool{}}
	t := &Tx{g: g, act: act, pending: newPending(), took: map[fact]take{}}
	sound := false
	defer func() { s.rehearsals.give(l, sound) }()
	h := &Handled{Tx: t, keys: keys, message: m}
	answer, err := h.answer(m, do)
	if err == nil {
		t.shared, err = t.seal()
	}
	sound = t.broken == nil || errors.Is(t.broken, errNotRehearsed)
	if err != nil {
		return nil
	}
	return &rehearsal{t, answer}
}

// adopt takes over what a rehearsal did, unless something it went by is not so any more.
func (t *Tx) adopt(r *rehearsal) bool {
	if r == nil || !t.g.trusts || t.careful {
		return false
	}
	for f, then := range r.tx.took {
		now, known := t.recall(f)
		if known && stateOf(now) != then.state || !known && (then.remembered || !written(then.state)) {
			return false
		}
	}
	for row := range r.tx.stood {
		if t.g.waiting[row] {
			return false
		}
	}
	for row := range r.tx.stood {
		t.g.waiting[row] = true
	}
	t.adopted = true
	t.pending, t.written, t.stood, t.facts, t.handled, t.shared = r.tx.pending, r.tx.written, r.tx.stood, r.tx.facts, r.tx.handled, r.tx.shared
	return true
}

// written tells of a fact's state whether a row is written over it, so that the database compares it.
func written(state any) bool {
	_, version := state.(int64)
	return version
}

// took remembers that a rehearsal goes by a fact.
func (t *Tx) takes(f fact, v any, remembered bool) {
	if _, known := t.took[f]; !known && t.took != nil {
		t.took[f] = take{stateOf(v), remembered}
	}
}

// stages are the connections that messages are rehearsed on, as many as can be of use at once.
type stages struct {
	once sync.Once
	free chan *link // nil where one is still to be made
}

func (p *stages) take(ctx context.Context, s *Store) (*link, error) {
	p.once.Do(p.open)
	l, open := <-p.free
	if !open {
		return nil, errNotRehearsed
	}
	if l != nil {
		return l, nil
	}
	l, err := s.connected(ctx, s.reading)
	if err != nil {
		p.free <- nil
	}
	return l, err
}

func (p *stages) open() {
	n := runtime.GOMAXPROCS(0) + 1
	p.free = make(chan *link, n)
	for range n {
		p.free <- nil
	}
}

// give gives a connection back; one that failed is closed.
func (p *stages) give(l *link, sound bool) {
	if !sound {
		l.drop()
		l = nil
	}
	p.free <- l
}

// close closes the connections. Nothing is rehearsed any more.
func (p *stages) close() {
	p.once.Do(p.open)
	for range cap(p.free) {
		if l := <-p.free; l != nil {
			l.drop()
		}
	}
	close(p.free)
}
