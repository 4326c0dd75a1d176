//go:build !windows

package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// The environment of the child that the tests kill, and how often they do: STORE_KILLS sets it for each engine.
const (
	killAddress  = "STORE_KILL_ADDRESS"
	killDivision = "STORE_KILL_DIVISION"
	killCount    = "STORE_KILLS"
	killTime     = 20 * time.Second // when no number is set
	killWriters  = 32
)

// TestChildWrites is the child: it posts vouchers from many writers and says of each that it was told it is kept. Every tenth
// write moves money between two books, and every seventh is refused.
func TestChildWrites(t *testing.T) {
	address, division := os.Getenv(killAddress), region.Code(os.Getenv(killDivision))
	if address == "" {
		t.Skip("the child of the tests that kill")
	}
	s, err := store.Open(t.Context(), address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	one, two := storetest.OpenBook(t, s, pool.Resident, division), storetest.OpenBook(t, s, pool.Employee, division)
	var mu sync.Mutex
	for w := range killWriters {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d/%d", w, i)
				set := []ledger.Voucher{storetest.Voucher(one, key, money.Fen(i+1))}
				switch {
				case i%10 == 9:
					set = append(set, storetest.Voucher(two, key, money.Fen(i+1)))
				case i%7 == 6:
					set[0].Postings[0].Amount++
				}
				act := storetest.Act(division)
				_, err := ledger.Service{Chart: storetest.Chart(t), Store: s.Books(act, storetest.Chart(t))}.Post(context.Background(), set)
				if err != nil {
					continue
				}
				mu.Lock()
				fmt.Println("kept", len(set), key)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// child is a running TestChildWrites or TestChildAllocates.
type child struct {
	cmd  *exec.Cmd
	out  io.ReadCloser
	kept map[string]int
	done chan struct{}
	some chan struct{} // closed when the first write was kept
}

// startChild starts the program of a test, which says what it was told is kept, and waits for the first of it.
func startChild(t *testing.T, test, address string, division region.Code) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], "-test.run=^"+test+"$"), kept: map[string]int{}, done: make(chan struct{}), some: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), killAddress+"="+address, killDivision+"="+string(division))
	var err error
	if c.out, err = c.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go c.listen()
	select {
	case <-c.some:
	case <-c.done:
		t.Fatalf("the child ended by itself")
	}
	return c
}

// listen reads what the child says it was told. A line that the kill cut off was not said.
func (c *child) listen() {
	defer close(c.done)
	lines := bufio.NewReader(c.out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		var vouchers int
		var key string
		if n, _ := fmt.Sscanf(line, "kept %d %s", &vouchers, &key); n == 2 {
			c.kept[key] = vouchers
			if len(c.kept) == 1 {
				close(c.some)
			}
		}
	}
}

// kill ends the child at once and waits until all it said is read.
func (c *child) kill() {
	c.cmd.Process.Signal(syscall.SIGKILL)
	<-c.done
	c.cmd.Wait() // killed
}

// settled waits until a PostgreSQL server has done with the sessions of a child that was killed: what they had sent may still be
// committed, or not.
func settled(t *testing.T, dsn string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 1000 {
		var sessions int
		if err := db.QueryRow("SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'tongchou'").Scan(&sessions); err != nil {
			t.Fatal(err)
		}
		if sessions == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the server still works for a child that was killed")
}

// survived opens the store as the next program does: what the child was told is kept is there, and nothing is there by half.
func survived(t *testing.T, s *store.Store, division region.Code, kept map[string]int) int {
	t.Helper()
	books := s.Books(storetest.Act(division), storetest.Chart(t))
	there, total := map[string]int{}, 0
	for _, insurance := range []pool.Insurance{pool.Resident, pool.Employee} {
		book := ledger.AreaBook(insurance, division)
		posted, err := books.Posted(t.Context(), book, ledger.Whole(2026))
		if err != nil {
			t.Fatal(err)
		}
		storetest.Replays(t, s, book, 2026, len(posted))
		for _, v := range posted {
			there[string(v.Key)]++
		}
		total += len(posted)
	}
	for key, vouchers := range kept {
		if there[key] != vouchers {
			t.Errorf("%s: %d vouchers of %s, of %d that were acknowledged", division, there[key], key, vouchers)
		}
	}
	for key, vouchers := range there {
		if want := 1 + strings.Count(key[strings.Index(key, "/"):]+"$", "9$"); vouchers != want {
			t.Errorf("%s: %d vouchers of %s, of %d", division, vouchers, key, want)
		}
	}
	witnessed := 0
	entries := s.Entries(t.Context(), store.ScopeOf(division))
	for e, err := range entries {
		if err != nil {
			t.Fatal(err)
		}
		if e.Object.Kind == "voucher" {
			witnessed++
		}
	}
	if witnessed != len(there) {
		t.Errorf("%s: %d audit entries of %d writes", division, witnessed, len(there))
	}
	heads, err := s.Heads(t.Context(), store.ScopeOf(division))
	if err != nil {
		t.Fatal(err)
	}
	if err := office.Verify(entries, heads...); err != nil {
		t.Errorf("%s: %v", division, err)
	}
	return total
}

// kills runs rounds until the time is up, or as many as STORE_KILLS says.
func kills(t *testing.T, round func(n int, dice *rand.Rand) int) {
	most, err := strconv.Atoi(os.Getenv(killCount))
	if err != nil {
		most = 1 << 30
		if testing.Short() {
			most = 3
		}
	}
	dice := rand.New(rand.NewPCG(7, 11))
	started, vouchers, n := time.Now(), 0, 0
	for ; n < most && (most != 1<<30 || time.Since(started) < killTime) && !t.Failed(); n++ {
		vouchers += round(n, dice)
	}
	t.Logf("%d kills, %d vouchers", n, vouchers)
}

// divisionOf gives each round a chain and books of its own.
func divisionOf(n int) region.Code { return region.Code(fmt.Sprintf("51%02d%02d", n%99+1, n/99%100)) }

// A program that is killed at any moment loses nothing it acknowledged and leaves nothing by half.
func TestKilled(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	for _, engine := range []struct {
		name    string
		address func(t *testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { return t.TempDir() }},
		{"postgres", func(t *testing.T) string { return pgtest.Start(t).DSN }},
	} {
		t.Run(engine.name, func(t *testing.T) {
			address := engine.address(t)
			kills(t, func(n int, dice *rand.Rand) int {
				c := startChild(t, "TestChildWrites", address, divisionOf(n))
				time.Sleep(time.Duration(dice.Int64N(int64(150 * time.Millisecond))))
				c.kill()
				if engine.name == "postgres" {
					settled(t, address)
				}
				s, err := store.Open(t.Context(), address, store.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				return survived(t, s, divisionOf(n), c.kept)
			})
		})
	}
}

// A PostgreSQL server that is killed under a program that goes on: what was acknowledged before, meanwhile and after is there.
func TestServerKilled(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	cluster := pgtest.Start(t)
	kills(t, func(n int, dice *rand.Rand) int {
		c := startChild(t, "TestChildWrites", cluster.DSN, divisionOf(n))
		time.Sleep(time.Duration(dice.Int64N(int64(100 * time.Millisecond))))
		cluster.Kill()
		cluster.Run(t)
		time.Sleep(time.Duration(dice.Int64N(int64(100 * time.Millisecond))))
		c.kill()
		settled(t, cluster.DSN)
		s, err := store.Open(t.Context(), cluster.DSN, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return survived(t, s, divisionOf(n), c.kept)
	})
}

// A place that may not be written to is said so, and nothing is lost in it.
func TestReadOnlyPlace(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir := t.TempDir()
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	book := storetest.OpenBook(t, s, pool.Resident, "510100")
	s.Close()
	protect(t, dir, 0o500, 0o400)
	if _, err := store.Open(t.Context(), dir, store.Options{}); keyOf(err) != "store.read_only" {
		t.Error(err)
	}
	protect(t, dir, 0o700, 0o600)
	if s, err = store.Open(t.Context(), dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.Replays(t, s, book, 2026, 0)
}

func keyOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Key
	}
	return fmt.Sprint(err)
}

func protect(t *testing.T, dir string, directory, file os.FileMode) {
	t.Helper()
	if directory&0o200 != 0 {
		os.Chmod(dir, directory)
	}
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		os.Chmod(name, file)
	}
	os.Chmod(dir, directory)
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
}

// PostgreSQL that only lets itself be read is said so.
func TestReadOnlyServer(t *testing.T) {
	cluster := pgtest.Start(t)
	s, err := store.Open(t.Context(), cluster.DSN, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	storetest.OpenBook(t, s, pool.Resident, "510100")
	s.Close()
	db, err := sql.Open("pgx", cluster.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("ALTER DATABASE postgres SET default_transaction_read_only = on"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), cluster.DSN, store.Options{}); keyOf(err) != "store.read_only" {
		t.Error(err)
	}
}
