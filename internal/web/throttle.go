package web

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"tongchou/internal/fault"
)

// Bounds on sign-ins, the project's choice: many people sit behind one address of an office, and a hash takes 64 MiB.
const (
	attemptsInWindow = 30
	attemptWindow    = 10 * time.Minute
	addressesKept    = 10_000
	hashesAtOnce     = 2
	hashPatience     = 10 * time.Second
)

// throttle (限流) counts sign-ins that failed by address, and lets few passwords be hashed at once.
type throttle struct {
	now    func() time.Time
	places chan struct{}
	most   int    // in a window
	said   string // when there were more

	mu   sync.Mutex
	seen map[netip.Prefix]*tries
}

type tries struct {
	count int
	since time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, places: make(chan struct{}, hashesAtOnce), most: attemptsInWindow, said: "web.sign_in.address", seen: map[netip.Prefix]*tries{}}
}

// neighbourhood is what is counted together: an address, of version 6 the network somebody has to himself.
func neighbourhood(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// try counts a sign-in, and refuses it when there were too many from the address.
func (t *throttle) try(a netip.Addr) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, n := t.now(), neighbourhood(a)
	seen := t.seen[n]
	if seen == nil || at.Sub(seen.since) >= attemptWindow {
		t.forget(at)
		seen = &tries{since: at}
		t.seen[n] = seen
	}
	if seen.count >= t.most {
		left := seen.since.Add(attemptWindow).Sub(at)
		return fault.New(fault.Refused, t.said, "minutes", int((left+time.Minute-1)/time.Minute))
	}
	seen.count++
	return nil
}

// succeeded takes a sign-in back that was not a failure.
func (t *throttle) succeeded(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if seen := t.seen[neighbourhood(a)]; seen != nil && seen.count > 0 {
		seen.count--
	}
}

// forget drops what is over, and everything when there are more addresses than are kept: then somebody has very many.
func (t *throttle) forget(at time.Time) {
	if len(t.seen) < addressesKept {
		return
	}
	for n, seen := range t.seen {
		if at.Sub(seen.since) >= attemptWindow {
			delete(t.seen, n)
		}
	}
	if len(t.seen) >= addressesKept {
		clear(t.seen)
	}
}

// hashing runs something that hashes a password when its turn has come, and refuses when that takes too long.
func (t *throttle) hashing(ctx context.Context, do func() error) error {
	patience := time.NewTimer(hashPatience)
	defer patience.Stop()
	select {
	case t.places <- struct{}{}:
		defer func() { <-t.places }()
		return do()
	case <-patience.C:
	case <-ctx.Done():
	}
	return fault.New(fault.Refused, "web.sign_in.busy")
}
