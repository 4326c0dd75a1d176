//go:build !windows

package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// The benchmarks post balanced vouchers of two postings with the balances they move and the audit entry, durably. Beside each the
// driver writes the same rows by itself into a database of its own: by the same many rows a statement, prepared, on PostgreSQL in one
// message to the server, ends of chains and versions of books among them; with no rules, digests, chain or answer in between. They
// take turns, so that what else the machine does meets both, and what is reported are medians of the rounds (-benchtime 15x for 15).
const (
	benchBooks   = 8
	benchWriters = 32
	benchBatch   = 1000
	// turnBatches and turnWrites are how much each does in a turn.
	turnBatches = 3 * benchBooks
	turnWrites  = 3200
)

// bench is an open store with books to post to.
type bench struct {
	s     *Store
	chart *ledger.Chart
	books []ledger.Book
	names []string
	next  atomic.Int64
	// sessions are the server's processes that work for the store.
	sessions []int
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
		m.books, m.names = append(m.books, state.Book), append(m.names, state.Book.String())
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

// hot is a voucher that debits the one line which everybody debits.
func (m *bench) hot() ledger.Voucher {
	v := m.voucher(m.books[0])
	v.Postings[0].Account = ledger.FiscalAccount
	return v
}

func (m *bench) service(book ledger.Book) ledger.Service {
	a := act(book.Division, "")
	a.Object = office.Object{}
	return ledger.Service{Chart: m.chart, Store: m.s.Books(a, m.chart)}
}

// set makes vouchers of a book.
func (m *bench) set(book ledger.Book, n int) []ledger.Voucher {
	set := make([]ledger.Voucher, n)
	for i := range set {
		set[i] = m.voucher(book)
	}
	return set
}

func (m *bench) post(ctx context.Context, set []ledger.Voucher) error {
	_, err := m.service(set[0].Book).Post(ctx, set)
	return err
}

// raw writes the rows of vouchers with nothing but the driver.
type raw struct {
	m     *bench
	link  *link
	texts map[insertion]string
}

func newRaw(b *testing.B, m *bench) *raw {
	m.s.drain()
	conn, err := m.s.writing.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return &raw{m, &link{Conn: conn, prepares: m.s.engine.prepares, ready: map[string]*sql.Stmt{}}, map[insertion]string{}}
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
		_, err := r.link.exec(ctx, r.texts[key], arrays...)
		return err
	}
	for rows := mostRows; len(values) > 0; {
		for rows*width > len(values) {
			rows /= 2
		}
		key := insertion{t, rows}
		if r.texts[key] == "" {
			r.texts[key] = t.insertion(rows, r.m.s.engine.nameless)
		}
		if _, err := r.link.exec(ctx, r.texts[key], values[:rows*width]...); err != nil {
			return err
		}
		values = values[rows*width:]
	}
	return nil
}

// commit writes a voucher into each of the books named, and as many audit entries as there are writes, in one transaction.
func (r *raw) commit(ctx context.Context, books []int, writes int) error {
	if r.m.s.engine.pipelines {
		r.link.queue = &pgx.Batch{}
	}
	if _, err := r.link.exec(ctx, r.m.s.engine.begin); err != nil {
		return err
	}
	if err := r.write(ctx, books, writes); err != nil {
		return err
	}
	if _, err := r.link.exec(ctx, "COMMIT"); err != nil || r.link.queue == nil {
		return err
	}
	return r.link.send(ctx)
}

func (r *raw) write(ctx context.Context, books []int, writes int) error {
	hash, content := make([]byte, 32), []byte(strings.Repeat("x", benchEntry))
	vouchers, postings := make([]any, 0, len(books)*len(voucherTable.columns)), make([]any, 0, 2*len(books)*len(postingTable.columns))
	var entries, lines []any
	var year, month, word any = int64(2026), int64(3), "receipt"
	sums, ends, versions := map[[3]string]int64{}, map[string]int64{}, map[string]int64{}
	for _, place := range books {
		name, k := r.m.names[place], r.m.next.Add(1)
		level, debit := string(ledger.Levels()[k%4]), []string{"1003", "1002"}[k/4%2]
		var book, number any = name, k
		vouchers = append(vouchers, book, year, month, word, number, number, "2026-03-05", "ordinary", strconv.FormatInt(k, 10), "", hash, content[:benchVoucher])
		postings = append(postings, book, year, month, word, number, int64(1), debit, "", "", "", int64(1), number)
		postings = append(postings, book, year, month, word, number, int64(2), "4101", "", level, "", int64(-1), number)
		sums[[3]string{name, debit, ""}] += k
		sums[[3]string{name, "4101", level}] += k
		versions[name]++
	}
	for i := range writes {
		chain := string(r.m.books[books[i]].Division)
		ends[chain] = r.m.next.Add(1)
		entries = append(entries, chain, ends[chain], "2026-03-05T00:00:00.000Z", "u1", "test", "voucher", r.m.names[books[i]]+"/2026-03/receipt/"+strconv.FormatInt(ends[chain], 10), content, hash)
	}
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) }) {
		lines = append(lines, k[0], k[1], "", k[2], "", int64(2026), int64(4), int64(0), sums[k], int64(0), int64(0))
	}
	for _, one := range []struct {
		t      *table
		values []any
	}{{auditTable, entries}, {voucherTable, vouchers}, {postingTable, postings}, {lineTable, lines}} {
		if err := r.rows(ctx, one.t, one.values); err != nil {
			return err
		}
	}
	for name, n := range versions {
		if _, err := r.link.exec(ctx, "UPDATE books SET version = version + $1 WHERE book = $2", n, name); err != nil {
			return err
		}
	}
	for chain, seq := range ends {
		if _, err := r.link.exec(ctx, "UPDATE chains SET seq = $1, hash = $2 WHERE chain = $3", seq, hash, chain); err != nil {
			return err
		}
	}
	return nil
}

// benchVoucher and benchEntry are how many bytes the canonical forms of a voucher and an audit entry have here.
const (
	benchVoucher = 250
	benchEntry   = 380
)

// onBoth runs a benchmark on the engines as they are in use, waiting for the disk: with another database for each side.
func onBoth(b *testing.B, run func(b *testing.B, another func() *bench)) {
	b.Run("sqlite", func(b *testing.B) { run(b, func() *bench { return newBench(b, b.TempDir()) }) })
	b.Run("postgres", func(b *testing.B) {
		address, n := pgtest.StartDurable(b).DSN, 0
		db, err := sql.Open("pgx", address)
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		run(b, func() *bench {
			n++
			name := fmt.Sprint("db", n)
			if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
				b.Fatal(err)
			}
			return newBench(b, strings.Replace(address, "dbname=postgres", "dbname="+name, 1))
		})
	})
}

// used is the processor time of this process and of the sessions of a PostgreSQL server that work for a store, which on a machine that
// others work on tells more than the clock. Where the system does not tell that of another process, it is that of this one.
func (m *bench) used() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for oneself
	sum := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	for _, pid := range m.sessions {
		var ran int64
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid)) // its first figure is nanoseconds on a processor
		fmt.Sscan(string(stat), &ran)
		sum += time.Duration(ran)
	}
	return sum
}

// look finds the sessions that a server has for the store.
func (m *bench) look(b *testing.B) {
	if m.s.engine.name != postgresName {
		return
	}
	rows, err := m.s.reading.Query("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
	m.sessions = nil
	if err := each(rows, err, func(scan func(...any) error) error {
		m.sessions = append(m.sessions, 0)
		return scan(&m.sessions[len(m.sessions)-1])
	}); err != nil {
		b.Fatal(err)
	}
}

// side is one of those who take turns.
type side struct {
	name     string
	m        *bench
	vouchers int    // in a turn
	ready    func() // makes what the turn posts, when there is something to make
	turn     func() error
	clock    []float64 // vouchers a second, turn by turn
	cpu      []float64 // vouchers a second of processor time
}

// contest lets sides take turns and reports the medians: what each does in a second, of the clock and of processor time, and how much
// that is of the last one's in the same round.
func contest(b *testing.B, sides ...*side) {
	for _, s := range sides { // once for nothing: connections, prepared statements, caches
		s.run(b)
		s.clock, s.cpu = nil, nil
		s.m.look(b)
	}
	for round := 0; b.Loop(); round++ {
		for i := range sides {
			sides[(round+i)%len(sides)].run(b)
		}
	}
	last := sides[len(sides)-1]
	for _, s := range sides {
		b.ReportMetric(median(s.clock), s.name+"/s")
		b.ReportMetric(median(s.cpu), s.name+"/cpu-s")
		if s != last {
			b.ReportMetric(100*median(quotients(s.clock, last.clock)), s.name+"-%clock")
			b.ReportMetric(100*median(quotients(s.cpu, last.cpu)), s.name+"-%cpu")
		}
	}
	b.ReportMetric(0, "ns/op") // a round says nothing
}

func (s *side) run(b *testing.B) {
	if s.ready != nil {
		s.ready()
	}
	runtime.GC() // nobody pays for what another left
	before, started := s.m.used(), time.Now()
	if err := s.turn(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(started)
	s.clock = append(s.clock, float64(s.vouchers)/took.Seconds())
	s.cpu = append(s.cpu, float64(s.vouchers)/(s.m.used()-before).Seconds())
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

func quotients(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / b[i]
	}
	return out
}

func BenchmarkBatches(b *testing.B) {
	onBoth(b, func(b *testing.B, another func() *bench) {
		m, plain := another(), another()
		r := newRaw(b, plain)
		batches := func(one func(i int) error) func() error {
			return func() error {
				for i := range turnBatches {
					if err := one(i); err != nil {
						return err
					}
				}
				return nil
			}
		}
		sets := make([][]ledger.Voucher, turnBatches)
		contest(b,
			&side{name: "ours", m: m, vouchers: turnBatches * benchBatch, ready: func() {
				for i := range sets {
					sets[i] = m.set(m.books[i%benchBooks], benchBatch)
				}
			}, turn: batches(func(i int) error { return m.post(b.Context(), sets[i]) })},
			&side{name: "raw", m: plain, vouchers: turnBatches * benchBatch, turn: batches(func(i int) error {
				return r.commit(b.Context(), slices.Repeat([]int{i % benchBooks}, benchBatch), 1)
			})})
	})
}

// writers runs writes from many writers at once.
func writers(write func(w int) error) func() error {
	return func() error {
		var wg sync.WaitGroup
		failed := make(chan error, benchWriters)
		for w := range benchWriters {
			wg.Go(func() {
				for range turnWrites / benchWriters {
					if err := write(w); err != nil {
						failed <- err
						return
					}
				}
			})
		}
		wg.Wait()
		close(failed)
		return <-failed
	}
}

func BenchmarkWriters(b *testing.B) {
	onBoth(b, func(b *testing.B, another func() *bench) {
		m, hot, plain := another(), another(), another()
		contest(b,
			&side{name: "ours", m: m, vouchers: turnWrites, turn: writers(func(w int) error { return m.post(b.Context(), m.set(m.books[w%benchBooks], 1)) })},
			&side{name: "hot", m: hot, vouchers: turnWrites, turn: writers(func(int) error { // everybody debits one line
				return hot.post(b.Context(), []ledger.Voucher{hot.hot()})
			})},
			&side{name: "raw", m: plain, vouchers: turnWrites, turn: writers(rawWriters(b, plain))})
	})
}

// rawWriters is a group commit of nothing but channels: as many connections as the engine writes on, each taking what waits.
func rawWriters(b *testing.B, m *bench) func(w int) error {
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
	return func(w int) error {
		a := ask{w % benchBooks, make(chan error, 1)}
		queues[w%lanes] <- a
		return <-a.answer
	}
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
	onBoth(b, func(b *testing.B, another func() *bench) {
		m := another()
		r := newRaw(b, m)
		const postings = 5_000_000
		for i := range postings / 2 / 5000 {
			if err := r.commit(b.Context(), slices.Repeat([]int{i % benchBooks}, 5000), 1); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := r.link.ExecContext(b.Context(), "DELETE FROM book_lines"); err != nil {
			b.Fatal(err)
		}
		r.link.Close()
		for _, book := range m.books {
			if err := m.post(b.Context(), m.set(book, 40)); err != nil {
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
