package store

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// OpenReadOnly (只读打开) opens a store that may not be written to, such as a copy on a write-protected medium: everything can be read, verified and backed up, and
// every write is refused with store.read_only. Who signs in is remembered until the store is closed, and not written down. Refused is a store of
// other migrations than this program's, since it cannot be brought up to date, and a SQLite file whose log was not taken over where that cannot be read.
func OpenReadOnly(ctx context.Context, address string, o Options) (*Store, error) {
	o.readOnly = true
	s, err := connect(ctx, address, o)
	if err != nil {
		return nil, err
	}
	s.visits = &visits{attempts: map[office.Login]office.Attempts{}, sessions: map[office.Digest]office.Session{}}
	if err := s.upToDate(ctx); err != nil {
		s.Close() // what failed is reported already
		return nil, err
	}
	if err := s.findKeys(ctx); err != nil {
		s.Close() // what failed is reported already
		return nil, err
	}
	return s, nil
}

// ReadOnly tells whether the store was opened to be read alone.
func (s *Store) ReadOnly() bool { return s.visits != nil }

// upToDate refuses a store that other migrations made than this program's.
func (s *Store) upToDate(ctx context.Context) error {
	conn, err := s.reading.Conn(ctx)
	if err != nil {
		return s.engine.fault(err)
	}
	defer conn.Close() // an error shows when it is used again
	applied, err := appliedMigrations(ctx, conn)
	if err != nil {
		return s.engine.fault(err)
	}
	all := migrations()
	for _, m := range all {
		sum, ok := applied[m.number]
		if !ok {
			return fault.New(fault.Refused, "store.older", "number", len(applied), "known", all[len(all)-1].number)
		}
		if sum != m.checksum(s.engine.name) {
			return fault.New(fault.Refused, "store.checksum", "number", m.number, "name", m.name)
		}
		delete(applied, m.number)
	}
	for number := range applied {
		return fault.New(fault.Refused, "store.newer", "number", number, "known", all[len(all)-1].number)
	}
	return nil
}

// openSQLiteReadOnly opens a file that may not be written to. One beside which there is no log is taken as one that nobody changes, since SQLite cannot make the
// files it would need to see to that.
func openSQLiteReadOnly(ctx context.Context, dir string, o Options) (writing, reading *sql.DB, err error) {
	file := filepath.Join(dir, databaseFile)
	query := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(" + strconv.Itoa(busyMillis) + ")", "query_only(1)", "cache_size(-16384)"}}
	if log, err := os.Stat(file + "-wal"); err != nil || log.Size() == 0 {
		query.Set("immutable", "1")
	}
	if writing, err = openURL(ctx, file, 1, query); err != nil {
		return nil, nil, err
	}
	if reading, err = openURL(ctx, file, o.Readers, query); err != nil {
		writing.Close() // what failed is reported already
	}
	return writing, reading, err
}

// visits (只读登录) are sign-ins into a store that cannot keep them.
type visits struct {
	mu       sync.Mutex
	attempts map[office.Login]office.Attempts
	sessions map[office.Digest]office.Session
}

func (v *visits) attempt(login office.Login, f func(office.Attempts) (office.Attempts, error)) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	after, err := f(v.attempts[login])
	if err == nil {
		v.attempts[login] = after
	}
	return err
}

func (v *visits) begin(login office.Login, session office.Session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.attempts, login)
	v.sessions[session.Key] = session
}

func (v *visits) session(key office.Digest) (office.Session, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	session, found := v.sessions[key]
	return session, found
}

// touch keeps when a session was last seen, if it has not ended.
func (v *visits) touch(session office.Session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, there := v.sessions[session.Key]; there {
		v.sessions[session.Key] = session
	}
}

func (v *visits) end(key office.Digest) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.sessions, key)
}
