package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/region"
)

const (
	// mostGathered is how many writes share a transaction.
	mostGathered = 256
	// gatherTime is how long a transaction waits at least for writers that took part in the last one, or came while it was under way, and for messages that are being
	// rehearsed. It waits up to the time that the last one took, but no longer than mostPatience.
	gatherTime   = 1 * time.Millisecond
	mostPatience = 5 * time.Millisecond
	// attempts is how often a write is tried that somebody else was in the way of.
	attempts = 10
	// waryFor is how many transactions look before they write, once another program was found to write the same.
	waryFor = 32
	// firstPause doubles with every attempt.
	firstPause = 2 * time.Millisecond
)

// job is one caller's write on its way through a lane.
type job struct {
	ctx      context.Context
	act      Act
	do       func(*Tx) error
	done     chan struct{}
	receipt  Receipt
	err      error
	panicked any
}

// lane gathers the writes that may not run at the same time, those of one division or on SQLite all, into transactions.
type lane struct {
	s      *Store
	jobs   chan *job
	link   *link
	texts  map[insertion]string // statements written before
	spare  map[*table][]any     // room for rows that earlier transactions had
	awaits int                  // how many writes may come at once: those of the last transaction and those that came meanwhile
	// patience is how long the next one waits for them.
	patience time.Duration
	wary     int // how many transactions are still to look at what is remembered, since somebody else changed it
}

// Write does something in one transaction and appends the entry of the audit chain to it. When it returns without an error
// the write lasts; with one, nothing of it is there, except that after store.unknown_outcome it may be: a server went away
// while it was told to commit, and only an act with a Key can be repeated safely.
//
// Writes of several callers share a transaction, in which one that fails is undone alone. do may be called again when its
// transaction could not be kept; so it does nothing but call its Tx, and forgets what an earlier call did. It must not call
// Write. An act whose Key was used before is not done again: with the same Content it gets the first receipt, with other
// content it is refused.
func (s *Store) Write(ctx context.Context, act Act, do func(*Tx) error) (Receipt, error) {
	if err := act.check(); err != nil {
		return Receipt{}, err
	}
	j := &job{ctx: ctx, act: act, do: do, done: make(chan struct{})}
	if err := s.send(ctx, j); err != nil {
		return Receipt{}, err
	}
	<-j.done // once it is on its way only its end tells whether it was kept
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.receipt, s.engine.fault(j.err)
}

// send puts a job in its lane.
func (s *Store) send(ctx context.Context, j *job) error {
	name := ""
	if s.engine.parallel {
		name = string(j.act.Chain)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fault.New(fault.Internal, "store.closed")
	}
	l, ok := s.lanes[name]
	if !ok {
		l = &lane{s: s, jobs: make(chan *job, mostGathered), texts: map[insertion]string{}, spare: map[*table][]any{}}
		s.lanes[name] = l
		s.wg.Add(1)
		go l.run()
	}
	select {
	case l.jobs <- j:
		return nil
	default:
	}
	s.mu.Unlock() // others need not wait for a lane that is full
	defer s.mu.Lock()
	return l.wait(ctx, j)
}

// wait puts a job in a lane that is full.
func (l *lane) wait(ctx context.Context, j *job) (err error) {
	defer func() {
		if recover() != nil { // the store was closed meanwhile
			err = fault.New(fault.Internal, "store.closed")
		}
	}()
	select {
	case l.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *lane) run() {
	defer l.s.wg.Done()
	defer l.drop()
	for first := range l.jobs {
		jobs := l.gather(first)
		l.s.places <- struct{}{}
		started := time.Now()
		l.commit(jobs)
		l.patience = min(max(time.Since(started), gatherTime), mostPatience)
		if l.s.engine.parallel {
			l.release()
		}
		<-l.s.places
		l.awaits = len(jobs) + len(l.jobs)
		for _, j := range jobs {
			close(j.done)
		}
	}
}

// gather takes what is waiting. Callers that were answered together come back together, a moment after the first of them.
func (l *lane) gather(first *job) []*job {
	jobs := []*job{first}
	var late <-chan time.Time
	for len(jobs) < mostGathered {
		select {
		case j, ok := <-l.jobs:
			if !ok {
				return jobs
			}
			jobs = append(jobs, j)
			continue
		default:
		}
		if len(jobs) >= l.awaits && l.s.coming.Load() == 0 {
			return jobs
		}
		if late == nil {
			late = time.After(l.patience)
		}
		select {
		case j, ok := <-l.jobs:
			if !ok {
				return jobs
			}
			jobs = append(jobs, j)
		case <-late:
			return jobs
		}
	}
	return jobs
}

// commit does the jobs in one transaction, but those apart that ask for one of their own.
func (l *lane) commit(jobs []*job) {
	first := 0
	for i, j := range jobs {
		if j.act.alone {
			l.together(jobs[first:i])
			l.together(jobs[i : i+1])
			first = i + 1
		}
	}
	l.together(jobs[first:])
}

// together does jobs in one transaction, and each in its own when that one cannot be kept.
func (l *lane) together(jobs []*job) {
	if len(jobs) == 0 {
		return
	}
	how := trusting
	if l.wary > 0 {
		l.wary, how = l.wary-1, looking
	}
	err := l.attempt(jobs, how)
	if how == trusting && err != nil && l.stale(err) {
		l.wary = waryFor
		l.s.recent.clear()
		err = l.attempt(jobs, looking)
	}
	if err == nil {
		return
	}
	for _, j := range jobs {
		if err := l.alone(j, err); err != nil {
			j.receipt, j.err = Receipt{}, err
		}
	}
}

// stale tells whether a transaction failed because somebody else wrote what it took for granted.
func (l *lane) stale(err error) bool {
	f := l.s.engine.fateOf(err)
	return errors.Is(err, errStale) || f == fateStale || f == fateConflict && !l.s.engine.parallel
}

// alone does one job in its own transaction. Its first error is not its own when it shared a transaction.
func (l *lane) alone(j *job, err error) error {
	for n := range attempts {
		if f := l.s.engine.fateOf(err); f == fateFull || f == fateReadOnly || f == fateBusy {
			return err
		}
		var unknown *unknownOutcome
		if errors.As(err, &unknown) && j.act.Key == "" {
			return fault.Wrap(unknown.cause, "store.unknown_outcome")
		}
		if n > 0 {
			time.Sleep(pause(n))
		}
		if err = l.attempt([]*job{j}, careful); err == nil {
			return nil
		}
		if f := l.s.engine.fateOf(err); f != fateRetry && f != fateLost {
			return err
		}
	}
	return err
}

func pause(n int) time.Duration {
	longest := firstPause << n
	return longest/2 + rand.N(longest/2)
}

// unknownOutcome is a commit of which nobody knows whether it was kept.
type unknownOutcome struct{ cause error }

func (e *unknownOutcome) Error() string { return "store: the outcome is unknown: " + e.cause.Error() }
func (e *unknownOutcome) Unwrap() error { return e.cause }

// manner is how much a transaction takes for granted.
type manner int

const (
	trusting manner = iota // chains and books are as the store remembers them, and keys are new: the database refuses what is not so
	looking                // chains and books are looked at, and keys are new
	careful                // everything is looked at
)

// attempt does jobs in one transaction. An error means that nothing was kept of any of them; without one every job has its
// receipt or its own error.
func (l *lane) attempt(jobs []*job, how manner) (err error) {
	ctx := context.Background() // a caller that goes away does not take the others along
	if err := l.connect(ctx); err != nil {
		return err
	}
	g := &group{s: l.s, jobs: jobs, trusts: how == trusting, careful: how == careful, texts: l.texts, spare: l.spare, ctx: ctx, link: l.link,
		pending: newPending(), ends: map[region.Code]*end{}, given: map[request]given{}, assumed: map[string]int64{},
		books: map[ledger.Book]*keptBook{}, dropped: map[ledger.Book]bool{},
		messages: map[string]KnownMessage{}, facts: facts{}, recent: l.s.recent, waiting: map[guardedRow]bool{}, rounds: map[region.Code]*round{}}
	err = g.do(jobs)
	if err == nil {
		err = g.finish()
	}
	var unknown *unknownOutcome
	switch {
	case err == nil:
		l.s.remember(g)
		l.s.recent.put(g.facts)
		if g.lasting {
			l.s.changes.Add(1)
		}
	case errors.As(err, &unknown):
		l.drop()
	case g.begun:
		l.rollback(ctx)
	}
	return err
}

// rollback undoes a transaction; a connection that cannot is given up.
func (l *lane) rollback(ctx context.Context) {
	if _, err := l.link.exec(ctx, "ROLLBACK"); err != nil {
		l.drop()
	}
}

func (l *lane) connect(ctx context.Context) error {
	if l.link != nil {
		return nil
	}
	var err error
	l.link, err = l.s.connected(ctx, l.s.writing)
	return err
}

// connected is a connection of a pool that is kept.
func (s *Store) connected(ctx context.Context, pool *sql.DB) (*link, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	l := &link{Conn: conn, prepares: s.engine.prepares}
	if l.prepares {
		l.ready, l.bulk = map[string]*sql.Stmt{}, map[string]driver.Stmt{}
	}
	return l, nil
}

// release gives the connection back to the pool.
func (l *lane) release() {
	if l.link != nil {
		l.link.Close() // an error shows when it is used again
		l.link = nil
	}
}

// drop closes the connection and keeps nothing of it.
func (l *lane) drop() {
	if l.link == nil {
		return
	}
	l.link.drop()
	l.link = nil
}

// drop closes a connection with its statements.
func (l *link) drop() {
	for _, stmt := range l.ready {
		stmt.Close() // the connection goes with it
	}
	_ = l.Raw(func(any) error {
		for _, stmt := range l.bulk {
			stmt.Close() // the connection goes with it
		}
		return errBadConn
	})
	l.Close() // closed already by a bad connection
}

// call runs a caller's function and catches its panic, which is the caller's.
func call(j *job, t *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			j.panicked, err = p, fmt.Errorf("panic: %v", p)
		}
	}()
	return j.do(t)
}
