//go:build !windows

package lake

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/pgtest"
)

// The environment of the child that TestTablesKilled kills; its directory and source are those of TestKilled's.
const killDSN = "LAKE_KILL_DSN"

// TestChildImportsTables is the child: it imports and exits.
func TestChildImportsTables(t *testing.T) {
	if os.Getenv(killDSN) == "" {
		t.Skip("the child of TestTablesKilled")
	}
	l := openServer(t, os.Getenv(killDir), os.Getenv(killDSN))
	if _, err := l.Import(t.Context(), os.Getenv(killSource), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
}

// tablesKills is how often each is killed; LAKE_KILLS sets it.
func tablesKills() int {
	if n, err := strconv.Atoi(os.Getenv("LAKE_KILLS")); err == nil {
		return n
	}
	return 15
}

// prepareKills fills a store with one import and measures how long the next takes.
func prepareKills(t *testing.T, dsn string, rows int) (l *Lake, source string, length time.Duration) {
	t.Helper()
	l, source = openServer(t, t.TempDir(), dsn), writeClaims(t, rows, 7)
	if _, err := l.Import(t.Context(), writeClaims(t, 100, 8), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	if err := childImports(l, source).Run(); err != nil {
		t.Fatal(err)
	}
	length = time.Since(started)
	if err := l.Withdraw("i000002"); err != nil {
		t.Fatal(err)
	}
	return l, source, length
}

func childImports(l *Lake, source string) *exec.Cmd {
	child := exec.Command(os.Args[0], "-test.run=^TestChildImportsTables$")
	child.Env = append(os.Environ(), killDir+"="+l.dir, killSource+"="+source, killDSN+"="+l.options.DSN)
	return child
}

// wholeOrNothing sees that the last import is there as a whole or not at all, and takes it out again.
func wholeOrNothing(t *testing.T, l *Lake, rows int64) bool {
	t.Helper()
	held, err := l.keeping.(*tables).lock(t.Context(), true) // once the dead import's backend is gone, too
	if err != nil {
		t.Fatal(err)
	}
	held.Rollback()
	m, err := l.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	last := m.Imports[len(m.Imports)-1]
	whole := !last.Withdrawn && last.ID != "i000001"
	want := int64(100)
	if whole {
		want += rows
	}
	checkTables(t, l, want, 0)
	if whole {
		if err := l.Withdraw(last.ID); err != nil {
			t.Fatal(err)
		}
	}
	return whole
}

// A program that is killed at any moment of an import leaves all of it in the tables or nothing.
func TestTablesKilled(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	onServers(t, func(t *testing.T, dsn string) {
		const rows = 20_000
		l, source, length := prepareKills(t, dsn, rows)
		dice := rand.New(rand.NewPCG(2, uint64(tablesKills())))
		whole := 0
		for range tablesKills() {
			child := childImports(l, source)
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(dice.Int64N(int64(length) * 12 / 10)))
			child.Process.Signal(syscall.SIGKILL)
			child.Wait() // killed, or just done
			if wholeOrNothing(t, l, rows) {
				whole++
			}
		}
		t.Logf("%d kills within %v: %d whole, %d nothing", tablesKills(), length, whole, tablesKills()-whole)
	})
}

// A connection that the server cuts at any moment makes the import fail and leaves nothing, or it was in already. What the
// program says is what is so.
func TestTablesConnectionCut(t *testing.T) {
	onServers(t, func(t *testing.T, dsn string) {
		const rows = 20_000
		l, source, length := prepareKills(t, dsn, rows)
		db := connect(t, dsn)
		dice := rand.New(rand.NewPCG(3, uint64(tablesKills())))
		cut := 0
		for range tablesKills() {
			done := make(chan error)
			go func() {
				_, err := l.Import(context.Background(), source, ImportOptions{})
				done <- err
			}()
			time.Sleep(time.Duration(dice.Int64N(int64(length))))
			backup(t, db, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tongchou' AND state <> 'idle' AND pid <> pg_backend_pid()`)
			err := <-done
			if whole := wholeOrNothing(t, l, rows); whole != (err == nil) {
				t.Errorf("said %v, whole %v", err, whole)
			}
			if err != nil {
				cut++
			}
		}
		if cut == 0 {
			t.Error("never cut")
		}
		t.Logf("%d of %d imports were cut", cut, tablesKills())
	})
}

// A server that dies at any moment of an import has all of it or nothing once it runs again, and the program says which; of a
// server that stays away it says that it does not know.
func TestTablesServerKilled(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	cluster := pgtest.StartDurable(t)
	const rows = 20_000
	l, source, length := prepareKills(t, cluster.DSN, rows)
	dice := rand.New(rand.NewPCG(4, uint64(tablesKills())))
	whole := 0
	for range tablesKills() {
		done := make(chan error)
		go func() {
			_, err := l.Import(context.Background(), source, ImportOptions{})
			done <- err
		}()
		time.Sleep(time.Duration(dice.Int64N(int64(length))))
		cluster.Kill()
		cluster.Run(t)
		err := <-done
		if err != nil && strings.Contains(err.Error(), "lake.tables.unsure") {
			t.Error("unsure though the server is back")
		}
		again := openServer(t, l.dir, cluster.DSN)
		there := wholeOrNothing(t, again, rows)
		if there != (err == nil) {
			t.Errorf("said %v, whole %v", err, there)
		}
		if there {
			whole++
		}
	}
	t.Logf("%d kills within %v: %d whole", tablesKills(), length, whole)
	cluster.Kill()
	if _, err := l.Import(t.Context(), source, ImportOptions{}); err == nil || fault.KindOf(err) == fault.Usage {
		t.Error(err)
	}
}

// A year laid by columns answers the same, takes further imports, and gives them up again.
func TestColumnar(t *testing.T) {
	plain := openServer(t, t.TempDir(), pgtest.Start(t).DSN)
	if err := onlyRefused(plain.Columnar(t.Context(), 2025)); err != nil {
		t.Error(err)
	}
	l := openServer(t, t.TempDir(), pgtest.Citus(t, "tongchou_lake"))
	if err := onlyRefused(l.Columnar(t.Context(), 2025)); err != nil {
		t.Error(err)
	}
	if _, err := l.Import(t.Context(), writeClaims(t, 5000, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	ask := func() string {
		s, err := l.Session(t.Context(), 2025, Final)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return dump(t, s.conn, totalsSQL) + dump(t, s.conn, personsSQL) + dump(t, s.conn, refundsSQL) + dump(t, s.conn, countedSQL(overlapSQL))
	}
	before := ask()
	for range 2 {
		if err := l.Columnar(t.Context(), 2025); err != nil {
			t.Fatal(err)
		}
	}
	if ask() != before {
		t.Error("columns answer otherwise")
	}
	r, err := l.Import(t.Context(), writeClaims(t, 3000, 2), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkTables(t, l, 8000, 0)
	if err := l.Withdraw(r.ID); err != nil {
		t.Fatal(err)
	}
	checkTables(t, l, 5000, 0)
	if ask() != before {
		t.Error("rows answer otherwise")
	}
}
