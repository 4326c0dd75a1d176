//go:build !windows

package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Settlements as the service writes them, of persons drawn from a million in 183 counties by 16 institutions: the row of the sub-ledger with what the year has used,
// the message with its sealed answer, and the audit entry that messages of a transaction share. The raw side is the same driver writing rows of the same size into the same tables, in groups of 64 as the
// writers come; it seals, digests, chains and looks up nothing. They take turns, as in BenchmarkWriters.
const (
	settleWriters = 64
	settleTurn    = 6400
	settlePersons = 1_000_000
	settlePlaces  = 183
	settleAnswer  = 1500
)

type settleBench struct {
	*bench
	answer []byte
}

func newSettleBench(b *testing.B) *settleBench {
	b.Helper()
	s, err := Open(b.Context(), b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return &settleBench{&bench{s: s}, bytes.Repeat([]byte("x"), settleAnswer)}
}

// drawn is a settlement to write.
type drawn struct {
	person      int64
	county      region.Code
	institution string
	id          string
	key         string
}

func (m *settleBench) draw() drawn {
	n, person := m.next.Add(1), rand.Int64N(settlePersons)+1
	d := drawn{person: person, county: region.Code(fmt.Sprintf("51%04d", 101+person%settlePlaces)), institution: fmt.Sprintf("H%011d", n%16)}
	at := time.Unix(1_763_900_000+n/5000, 0).Format("20060102150405")
	d.id = fmt.Sprintf("%s%010d510104", at, n)
	d.key = fmt.Sprintf("%s%04d/%s/2207/%d", at, n%10_000, d.institution, n)
	return d
}

func (m *settleBench) settle(ctx context.Context) error {
	d := m.draw()
	no := enrol.PersonNo(d.person)
	a := Act{Record: office.Record{Chain: d.county, Who: office.UserID("u-" + d.institution), From: "127.0.0.1", Action: "exchange.2207", Object: office.Object{Kind: "person", ID: strconv.FormatInt(d.person, 10)},
		After: []office.Field{{Name: "institution", Value: d.institution}, {Name: "message", Value: d.key}}}, Scope: ScopeOf(d.county)}
	_, _, err := m.s.Exchange().Do(ctx, a, Message{Key: d.key, Person: no, Content: office.DigestOf([]byte(d.key))}, func(h *Handled) ([]byte, error) {
		used, err := h.Accumulators(no, 2026, benefit.Resident)
		if err != nil {
			return nil, err
		}
		after := used.Accumulators
		after.Basic += 4250
		h.Object = d.id
		return m.answer, h.AddSettlement(Settled{Person: no, ID: d.id, Visit: d.id, Institution: d.institution, County: d.county, Insurance: benefit.Resident, Clearing: "11", Year: 2026,
			On: policy.Date("2026-11-23"), Counted: true, Scope: benefit.Scope{Total: 8500, InScope: 8500}, Paid: Paid{Basic: 4250, Cash: money.Fen(4250)}, Before: used.Accumulators, Content: m.answer[:150]}, after)
	})
	return err
}

// rawSettle writes the rows of some settlements in one transaction with nothing but the driver.
func (m *settleBench) rawSettle(ctx context.Context, l *link, many int) error {
	hash, form := make([]byte, 32), bytes.Repeat([]byte("x"), 90)
	var settled, messages []any
	for range many {
		d, n := m.draw(), m.next.Load()
		at := stamp(time.UnixMilli(1_763_900_000_000 + n))
		settled = append(settled, d.person, d.id, d.id, d.institution, string(d.county), "390", "11", int64(2026), "2026-11-23", n, int64(1), "", "",
			int64(8500), int64(0), int64(0), int64(0), int64(8500), int64(4250), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(4250), form, form, m.answer[:180], int64(1))
		messages = append(messages, d.key, d.person, hash, d.id, int64(0), m.answer, string(d.county), at, "u-"+d.institution, "127.0.0.1")
	}
	n := m.next.Load()
	entries := []any{"510000", n, stamp(time.UnixMilli(1_763_900_000_000 + n)), "", MessagesAction, "messages", strconv.Itoa(many), bytes.Repeat([]byte("x"), 650*many), hash}
	heads := []any{"510000", n, hash}
	if _, err := l.exec(ctx, m.s.engine.begin); err != nil {
		return err
	}
	for _, x := range []struct {
		into   *table
		values []any
	}{{chainTable, heads}, {auditTable, entries}, {settlementTable, settled}, {messageTable, messages}} {
		for rows := mostRows; len(x.values) > 0; {
			for rows*len(x.into.columns) > len(x.values) {
				rows /= 2
			}
			if _, err := l.insert(ctx, x.into.insertion(rows, true), x.values[:rows*len(x.into.columns)]); err != nil {
				return err
			}
			x.values = x.values[rows*len(x.into.columns):]
		}
	}
	_, err := l.exec(ctx, "COMMIT")
	return err
}

func BenchmarkSettleWrites(b *testing.B) {
	m, plain := newSettleBench(b), newSettleBench(b)
	conn, err := plain.s.writing.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	l := &link{Conn: conn, prepares: true, ready: map[string]*sql.Stmt{}, bulk: map[string]driver.Stmt{}}
	contest(b,
		&side{name: "ours", m: m.bench, vouchers: settleTurn, turn: func() error {
			var wg sync.WaitGroup
			failed := make(chan error, settleWriters)
			for range settleWriters {
				wg.Go(func() {
					for range settleTurn / settleWriters {
						if err := m.settle(b.Context()); err != nil {
							failed <- err
							return
						}
					}
				})
			}
			wg.Wait()
			close(failed)
			return <-failed
		}},
		&side{name: "raw", m: plain.bench, vouchers: settleTurn, turn: func() error {
			for range settleTurn / settleWriters {
				if err := plain.rawSettle(b.Context(), l, settleWriters); err != nil {
					return err
				}
			}
			return nil
		}})
}
