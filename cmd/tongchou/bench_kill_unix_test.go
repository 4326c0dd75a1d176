//go:build !windows

package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// The environment that says how often the server is killed; TONGCHOU_FULL does it hundreds of times.
const (
	settleKills     = "SETTLE_KILLS"
	fullSettleKills = 300
)

// exchanged is a message with its answer; without one it was sent and the server was gone.
type exchanged struct {
	by           institution
	infno        string
	body, answer []byte
	v            *illness
}

// killing is a load on a server that is killed.
type killing struct {
	*hospitalLoad
	t    *testing.T
	mu   sync.Mutex
	done []exchanged
	lost []exchanged
}

// TestSettleKilled kills the serving program at random moments while hospitals register, charge and settle, partly out of personal accounts. After every kill each acknowledged message gets its first
// answer byte for byte, what was lost on the way can be sent again, and 3201 balances with exactly what was acknowledged; at the end everything is verified.
func TestSettleKilled(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	rounds := 3
	if os.Getenv("TONGCHOU_FULL") != "" {
		rounds = fullSettleKills
	}
	if text := os.Getenv(settleKills); text != "" {
		rounds, _ = strconv.Atoi(text)
	}
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	f := &settleLoad{data: t.TempDir(), persons: 300, clients: 16, institutions: 3, count: 1, what: "visit"}
	l, err := f.prepare(t.Context(), &app{p: p, out: io.Discard, errs: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	k := &killing{hospitalLoad: l, t: t}
	k.allocate()
	for range rounds {
		k.round()
	}
	server := k.start()
	k.check(server)
	server.end()
	if err := f.verify(t.Context(), l); err != nil {
		t.Error(err)
	}
	settled, accounts := int64(0), money.Fen(0)
	for _, sum := range l.sums {
		settled, accounts = settled+sum.rows, accounts+sum.accounts
	}
	if settled == 0 || accounts == 0 {
		t.Errorf("%d were settled, accounts paid %v", settled, accounts)
	}
	t.Logf("%d kills, %d settlements, accounts paid %v, %d entries verified", rounds, settled, accounts, l.entries)
}

// allocate puts something into employees' accounts, which settlements spend.
func (k *killing) allocate() {
	k.t.Helper()
	s, err := store.Open(k.t.Context(), storeAddress(k.data, ""), storeOptions())
	if err != nil {
		k.t.Fatal(err)
	}
	defer s.Close() // nothing more is written
	for _, who := range k.whom {
		if who.insurance != "310" {
			continue
		}
		no, _ := strconv.ParseInt(who.no, 10, 64) // a number of the store's
		county := region.Code(who.county)
		person, found, err := s.Exchange().Person(k.t.Context(), store.ScopeOf(county), enrol.PersonNo(no))
		if err != nil || !found {
			k.t.Fatal(found, err)
		}
		act := store.Act{Record: office.Record{Chain: county, Who: operator}, Scope: store.ScopeOf(county)}
		if _, err := s.PersonalAccounts().Allocate(k.t.Context(), act, person, []account.Allocation{{Source: "contribution 1", Amount: 30_000_00}}, k.at); err != nil {
			k.t.Fatal(err)
		}
	}
}

func (k *killing) start() *loaded {
	k.t.Helper()
	server, err := startServer(k.t.Context(), k.data)
	if err != nil {
		k.t.Fatal(err)
	}
	for i := range k.by {
		c, err := k.client(server.address, k.by[i])
		if err == nil {
			err = c.signIn()
		}
		if err != nil {
			k.t.Fatal(err)
		}
		k.by[i] = c.by
		c.conn.Close()
	}
	return server
}

// round checks what the kill before left, and kills again.
func (k *killing) round() {
	server := k.start()
	k.check(server)
	var wg sync.WaitGroup
	for w := range k.clients {
		wg.Go(func() {
			c, err := k.client(server.address, k.by[w%len(k.by)])
			if err != nil {
				return // killed before
			}
			defer c.conn.Close()
			for i := 0; k.visit(c, &illness{treated: k.patient(w, rand.IntN(1000)), batch: "B" + strconv.Itoa(i)}); i++ {
			}
		})
	}
	time.Sleep(20*time.Millisecond + rand.N(500*time.Millisecond))
	_ = server.cmd.Process.Kill() // SIGKILL
	_ = server.cmd.Wait()         // killed
	wg.Wait()
}

// visit does a whole visit; false when the server is gone.
func (k *killing) visit(c *client, v *illness) bool {
	for _, infno := range settleKinds["visit"] {
		input := strings.Replace(c.stepInput(infno, v), `"acct_used_flag":"0"`, `"acct_used_flag":"1"`, 1)
		x := exchanged{by: c.by, infno: infno, body: bytes.Clone(c.message(infno, v.county, input)), v: v}
		a, err := c.send(x.body)
		if err != nil {
			k.mu.Lock()
			k.lost = append(k.lost, x)
			k.mu.Unlock()
			return false
		}
		if !k.took(x, a) {
			return false
		}
	}
	return true
}

// took keeps an answer.
func (k *killing) took(x exchanged, a answered) bool {
	if !bytes.HasPrefix(a.body, []byte(`{"infcode":0,`)) {
		k.t.Errorf("%s: %s", x.infno, a.body)
		return false
	}
	switch x.infno {
	case "2201":
		x.v.visit = a.field("mdtrt_id")
	case "2207":
		k.settled(batchKind{x.by.code, x.v.insurance}, a)
	}
	x.answer = a.body
	k.mu.Lock()
	defer k.mu.Unlock()
	k.done = append(k.done, x)
	return true
}

// check sends again what was lost, then all of what was answered since the kill before, and reconciles.
func (k *killing) check(server *loaded) {
	k.t.Helper()
	lost := k.lost
	k.lost = nil
	again := func(x exchanged) answered {
		c, err := k.client(server.address, x.by)
		if err != nil {
			k.t.Fatal(err)
		}
		defer c.conn.Close()
		a, err := c.send(x.body)
		if err != nil {
			k.t.Fatal(err)
		}
		return a
	}
	for _, x := range lost {
		k.took(x, again(x))
	}
	for _, x := range k.done {
		if a := again(x); !bytes.Equal(a.body, x.answer) {
			k.t.Errorf("%s again: %s\nfirst: %s", x.infno, a.body, x.answer)
		}
	}
	k.done = nil
	if err := k.reconcile(server.address); err != nil {
		k.t.Error(err)
	}
}
