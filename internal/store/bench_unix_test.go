//go:build !windows

package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// The benchmarks post balanced vouchers of two postings with the balances they move and the audit entry, durably; beside each
// the driver writes the same rows by itself, by the same many rows a statement, prepared, without a line of ours in between:
// no rules, no digests, no chain.
const (
	benchBooks   = 8
	benchWriters = 32
	benchBatch   = 1000
)

// bench is an open store with books to post to.
type bench struct {
	s     *Store
	chart *ledger.Chart
	books []ledger.Book
	next  atomic.Int64
}

func newBench(b *testing.B, address string) *bench {
	b.Helper()
	s, err := Open(context.Background(), address, Options{Writers: benchBooks})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	chart, err := ledger.Standard()
	if err != nil {
		b.Fatal(err)
	}
	m := &bench{s: s, chart: chart}
	for i := range benchBooks {
		division := region.Code(fmt.Sprintf("51%02d00", i+1))
		state, err := ledger.NewState(chart, ledger.AreaBook(pool.Resident, division), ledger.Rules{}, 2026, time.January)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Books(act(division, ""), chart).Open(b.Context(), state); err != nil {
			b.Fatal(err)
		}
		m.books = append(m.books, state.Book)
	}
	return m
}

// voucher is a receipt on one of eight pairs of lines.
func (m *bench) voucher(book ledger.Book) ledger.Voucher {
	n := m.next.Add(1)
	level := ledger.Levels()[n%4]
	debit := []ledger.Code{ledger.FiscalAccount, ledger.RevenueAccount}[n/4%2]
	return ledger.Voucher{Book: book, Date: "2026-03-05", Kind: ledger.Ordinary, Summary: ledger.Summary{Text: "synthetic"}, Key: ledger.Key(fmt.Sprint(n)),
		Source: ledger.Source{Kind: ledger.FromReceipt, ID: ledger.DocumentID(fmt.Sprint(n))}, Maker: "p1", Reviewer: "p2",
		Postings: []ledger.Posting{
			{Account: debit, Side: ledger.Debit, Amount: money.Fen(n)},
			{Account: ledger.Subsidies, Dimensions: ledger.Dimensions{Level: level}, Side: ledger.Credit, Amount: money.Fen(n)},
		}}
}

func (m *bench) post(ctx context.Context, book ledger.Book, n int) error {
	set := make([]ledger.Voucher, n)
	for i := range set {
		set[i] = m.voucher(book)
	}
	a := act(book.Division, "")
	a.Object = office.Object{}
	_, err := ledger.Service{Chart: m.chart, Store: m.s.Books(a, m.chart)}.Post(ctx, set)
	return err
}

// raw writes the rows of vouchers with nothing but the driver.
type raw struct {
	m     *bench
	conn  *sql.Conn
	ready map[string]*sql.Stmt
	texts map[insertion]string
}

func newRaw(b *testing.B, m *bench) *raw {
	conn, err := m.s.writing.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return &raw{m, conn, map[string]*sql.Stmt{}, map[insertion]string{}}
}

func (r *raw) exec(ctx context.Context, text string, args ...any) error {
	stmt, ok := r.ready[text]
	if !ok {
		var err error
		if stmt, err = r.conn.PrepareContext(ctx, text); err != nil {
			return err
		}
		r.ready[text] = stmt
	}
	_, err := stmt.ExecContext(ctx, args...)
	return err
}

// rows writes rows by the statements that the store writes them by.
func (r *raw) rows(ctx context.Context, t *table, values []any) error {
	width := len(t.columns)
	if r.m.s.engine.arrays {
		arrays := make([]any, width)
		for c := range width {
			arrays[c] = column(values, c, width)
		}
		key := insertion{t, 0}
		if r.texts[key] == "" {
			r.texts[key] = t.arrayInsertion(arrays)
		}
		return r.exec(ctx, r.texts[key], arrays...)
	}
	for rows := mostRows; len(values) > 0; {
		for rows*width > len(values) {
			rows /= 2
		}
		key := insertion{t, rows}
		if r.texts[key] == "" {
			r.texts[key] = t.insertion(rows, r.m.s.engine.nameless)
		}
		if err := r.exec(ctx, r.texts[key], values[:rows*width]...); err != nil {
			return err
		}
		values = values[rows*width:]
	}
	return nil
}

// commit writes a voucher into each of the books named, and as many audit entries as there are writes, in one transaction.
func (r *raw) commit(ctx context.Context, books []int, writes int) error {
	if err := r.exec(ctx, r.m.s.engine.begin); err != nil {
		return err
	}
	hash, content := make([]byte, 32), []byte(strings.Repeat("x", 330))
	var vouchers, postings, entries, lines []any
	sums := map[[3]string]int64{}
	for _, place := range books {
		name, k := r.m.books[place].String(), r.m.next.Add(1)
		level, debit := string(ledger.Levels()[k%4]), []string{"1003", "1002"}[k/4%2]
		vouchers = append(vouchers, name, int64(2026), int64(3), "receipt", k, k, "2026-03-05", "ordinary", fmt.Sprint(k), "", hash, content)
		postings = append(postings, name, int64(2026), int64(3), "receipt", k, int64(1), debit, "", "", "", int64(1), k)
		postings = append(postings, name, int64(2026), int64(3), "receipt", k, int64(2), "4101", "", level, "", int64(-1), k)
		sums[[3]string{name, debit, ""}] += k
		sums[[3]string{name, "4101", level}] += k
	}
	for i := range writes {
		book := r.m.books[books[i]]
		entries = append(entries, string(book.Division), r.m.next.Add(1), "2026-03-05T00:00:00.000Z", "u1", "test", "voucher", book.String(), content[:200], hash)
	}
	for k, sum := range sums {
		lines = append(lines, k[0], k[1], "", k[2], "", int64(2026), int64(4), int64(0), sum, int64(0), int64(0))
	}
	for _, one := range []struct {
		t      *table
		values []any
	}{{auditTable, entries}, {voucherTable, vouchers}, {postingTable, postings}, {lineTable, lines}} {
		if err := r.rows(ctx, one.t, one.values); err != nil {
			return err
		}
	}
	return r.exec(ctx, "COMMIT")
}

// onBoth runs a benchmark on the engines as they are in use: waiting for the disk.
func onBoth(b *testing.B, run func(b *testing.B, address string)) {
	b.Run("sqlite", func(b *testing.B) { run(b, b.TempDir()) })
	b.Run("postgres", func(b *testing.B) { run(b, pgtest.StartDurable(b).DSN) })
}

// used is the processor time of this process, which on a machine that others work on tells more than the clock. It does not hold
// that of a PostgreSQL server.
func used() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func vouchersPerSecond(b *testing.B, n int, before time.Duration) {
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "vouchers/s")
	b.ReportMetric(float64(b.N*n)/(used()-before).Seconds(), "vouchers/cpu-s")
}

func BenchmarkBatches(b *testing.B) {
	onBoth(b, func(b *testing.B, address string) {
		m := newBench(b, address)
		b.Run("ours", func(b *testing.B) {
			before := used()
			for b.Loop() {
				if err := m.post(b.Context(), m.books[m.next.Load()%benchBooks], benchBatch); err != nil {
					b.Fatal(err)
				}
			}
			vouchersPerSecond(b, benchBatch, before)
		})
		b.Run("raw", func(b *testing.B) {
			m.s.drain()
			r := newRaw(b, m)
			before := used()
			for b.Loop() {
				if err := r.commit(b.Context(), slices.Repeat([]int{int(m.next.Load() % benchBooks)}, benchBatch), 1); err != nil {
					b.Fatal(err)
				}
			}
			vouchersPerSecond(b, benchBatch, before)
		})
	})
}

// writers runs a write from many writers at once, b.N times in all.
func writers(b *testing.B, write func(w int) error) {
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	before := used()
	for w := range benchWriters {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := write(w); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	vouchersPerSecond(b, 1, before)
}

func BenchmarkWriters(b *testing.B) {
	onBoth(b, func(b *testing.B, address string) {
		m := newBench(b, address)
		b.Run("ours", func(b *testing.B) {
			writers(b, func(w int) error { return m.post(b.Context(), m.books[w%benchBooks], 1) })
		})
		b.Run("ours-hot", func(b *testing.B) { // everybody debits one line
			writers(b, func(int) error { return m.post(b.Context(), m.books[0], 1) })
		})
		b.Run("raw", func(b *testing.B) { rawWriters(b, m) })
	})
}

// rawWriters is a group commit of nothing but channels: as many connections as the engine writes on, each taking what waits.
func rawWriters(b *testing.B, m *bench) {
	m.s.drain()
	lanes := 1
	if m.s.engine.parallel {
		lanes = benchBooks
	}
	type ask struct {
		book   int
		answer chan error
	}
	queues := make([]chan ask, lanes)
	for i := range queues {
		queues[i] = make(chan ask, benchWriters)
		r := newRaw(b, m)
		go func() {
			for first := range queues[i] {
				asks, books := []ask{first}, []int{first.book}
				for late := time.After(gatherTime); len(asks) < benchWriters/lanes; {
					select {
					case a := <-queues[i]:
						asks, books = append(asks, a), append(books, a.book)
						continue
					case <-late:
					}
					break
				}
				err := r.commit(context.Background(), books, len(books))
				for _, a := range asks {
					a.answer <- err
				}
			}
		}()
		b.Cleanup(func() { close(queues[i]) })
	}
	writers(b, func(w int) error {
		a := ask{w % benchBooks, make(chan error, 1)}
		queues[w%lanes] <- a
		return <-a.answer
	})
}

// drain ends the lanes, so that their connections are free.
func (s *Store) drain() {
	s.mu.Lock()
	for name, l := range s.lanes {
		close(l.jobs)
		delete(s.lanes, name)
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// BenchmarkTrialBalance draws the trial balance of eight books with five million postings, written raw; the sums that stand by
// month are those of a few vouchers posted on top.
func BenchmarkTrialBalance(b *testing.B) {
	onBoth(b, func(b *testing.B, address string) {
		m := newBench(b, address)
		m.s.drain()
		r := newRaw(b, m)
		const postings = 5_000_000
		for i := range postings / 2 / 5000 {
			if err := r.commit(b.Context(), slices.Repeat([]int{i % benchBooks}, 5000), 1); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := r.conn.ExecContext(b.Context(), "DELETE FROM book_lines"); err != nil {
			b.Fatal(err)
		}
		r.conn.Close()
		for _, book := range m.books {
			if err := m.post(b.Context(), book, 40); err != nil {
				b.Fatal(err)
			}
		}
		for b.Loop() {
			var states []*ledger.State
			for _, book := range m.books {
				state, err := m.s.Books(act(book.Division, ""), m.chart).Whole(b.Context(), book, 2026)
				if err != nil {
					b.Fatal(err)
				}
				states = append(states, state)
			}
			if t := ledger.TrialBalance(ledger.Whole(2026), true, states...); len(t.Rows) == 0 {
				b.Fatal("nothing in it")
			}
		}
	})
}
