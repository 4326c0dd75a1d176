// Package store keeps what rooms compute, in SQLite beside the program or in PostgreSQL: one SQL text, money as whole fen,
// days as ISO text, no triggers. All relational SQL of the project lives here.
//
// Everything is written through Write: one transaction that also appends the entry of the audit chain. Everything is read
// under a Scope, which no row of another place gets past.
package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// Options are how a store is opened.
type Options struct {
	// Readers is how many connections read at once, beside those that write; 8 when zero.
	Readers int
	// Writers is how many connections write at once to PostgreSQL; 8 when zero. SQLite has one writer.
	Writers int
	// PersonKey is the file of the key that persons' files are sealed with: person.key in the directory of a SQLite store when empty. It
	// is made when the first person is stored.
	PersonKey string
	readOnly  bool
	// Now gives the time that entries carry; the machine's when nil.
	Now func() time.Time
}

// Store is an open store. Its methods may be called at the same time.
type Store struct {
	engine     engine
	writing    *sql.DB
	reading    *sql.DB
	now        func() time.Time
	spreads    []spread
	ring       keyRing
	visits     *visits      // of a store that is read alone
	changes    atomic.Int64 // of what Lasting keeps
	files      openFiles
	find       statementOnce
	recent     *recent // of the one writer of a SQLite file
	rehearsals stages
	coming     atomic.Int64 // messages that are rehearsed and will be written

	mu     sync.Mutex
	memory map[ledger.Book]*keptBook // books and ends of chains as the last transaction left them
	ends   map[region.Code]office.Head
	lanes  map[string]*lane
	places chan struct{} // one for every lane that may write at once
	closed bool
	wg     sync.WaitGroup
}

const (
	defaultReaders = 8
	defaultWriters = 8
)

// Open opens a store and brings its tables up to date. An address that begins with postgres:// or postgresql://, or has the form
// host=… dbname=…, is a PostgreSQL database; every other one is a directory, made when there is none, with the SQLite file
// tongchou.db in it.
//
// A database of a newer program, or one whose tables were made by other migrations than this program's, is refused.
func Open(ctx context.Context, address string, o Options) (*Store, error) {
	s, err := connect(ctx, address, o)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, migrations()); err != nil {
		s.Close() // what failed is reported already
		return nil, err
	}
	if err := s.findKeys(ctx); err != nil {
		s.Close() // what failed is reported already
		return nil, err
	}
	return s, nil
}

// connect opens a store as it stands.
func connect(ctx context.Context, address string, o Options) (*Store, error) {
	if o.Readers == 0 {
		o.Readers = defaultReaders
	}
	if o.Writers == 0 {
		o.Writers = defaultWriters
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{now: o.Now, recent: newRecent(), spreads: spreads(), lanes: map[string]*lane{}, memory: map[ledger.Book]*keptBook{}, ends: map[region.Code]office.Head{}}
	var err error
	if isPostgres(address) {
		s.engine = postgres()
		s.writing, s.reading, err = openPostgres(ctx, address, o)
	} else {
		s.engine, o.Writers = sqlite(), 1
		if o.PersonKey == "" {
			o.PersonKey = filepath.Join(address, personKeyFile)
		}
		open := openSQLite
		if o.readOnly {
			open = openSQLiteReadOnly
		}
		s.writing, s.reading, err = open(ctx, address, o)
	}
	if err != nil {
		return nil, s.engine.fault(err)
	}
	s.ring.path = o.PersonKey
	s.places = make(chan struct{}, o.Writers)
	return s, nil
}

// Close waits for writes under way and closes the store.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for _, l := range s.lanes {
		close(l.jobs)
	}
	s.mu.Unlock()
	s.wg.Wait()
	s.rehearsals.close()
	err := s.reading.Close()
	if failed := s.writing.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return fault.Wrap(err, "store.close")
	}
	return nil
}
