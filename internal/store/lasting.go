package store

import (
	"sync"
	"time"
)

// Lasting (短时留存) keeps what was read of users, tokens, institutions, sign-outs and standards, which every message needs and hardly ever changes: until this program writes
// any of them, and no longer than a second, when what another program wrote is seen. Its zero value keeps nothing yet. It may be used by several callers at once.
type Lasting[K comparable, V any] struct {
	mu      sync.Mutex
	kept    map[K]V
	begun   time.Time
	changes int64
}

const (
	lastingTime = time.Second
	mostLasting = 4096
)

// Get gives what is kept under a key, or reads it. An error is not kept.
func (l *Lasting[K, V]) Get(s *Store, key K, read func() (V, error)) (V, error) {
	changes := s.changes.Load() // before it is read: what is written meanwhile makes it old
	if v, found := l.find(key, changes); found {
		return v, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if changes == l.changes {
		l.kept[key] = v
	}
	return v, nil
}

func (l *Lasting[K, V]) find(key K, changes int64) (v V, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil || changes != l.changes || time.Since(l.begun) >= lastingTime || len(l.kept) >= mostLasting {
		l.kept, l.begun, l.changes = map[K]V{}, time.Now(), changes
	}
	v, found = l.kept[key]
	return v, found
}

// lasts tells whether rows of a table are kept so.
func (g *guarded) lasts() bool {
	return g == guardedUsers || g == guardedTokens || g == guardedInstitutions || g == guardedSignOuts || g == guardedStandards || g == guardedEditions
}
