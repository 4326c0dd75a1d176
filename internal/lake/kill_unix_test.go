//go:build !windows

package lake

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// The environment of the child that TestKilled kills.
const (
	killDir    = "LAKE_KILL_DIR"
	killSource = "LAKE_KILL_SOURCE"
)

// TestChildImports is the child: it imports and exits.
func TestChildImports(t *testing.T) {
	if os.Getenv(killDir) == "" {
		t.Skip("the child of TestKilled")
	}
	l := openLake(t, os.Getenv(killDir))
	if _, err := l.Import(t.Context(), os.Getenv(killSource), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
}

// killing is how long TestKilled goes on where LAKE_KILLS does not say how often.
const killing = 35 * time.Second

// An import that is killed at any moment is there as a whole or not at all. LAKE_KILLS sets how often; without it, as often as
// there is time for, at least 25 times.
func TestKilled(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	kills := 0
	if n, err := strconv.Atoi(os.Getenv("LAKE_KILLS")); err == nil {
		kills = n
	}
	const rows = 20_000
	dir, source := t.TempDir(), writeClaims(t, rows, 7)
	l := openLake(t, dir)
	if _, err := l.Import(t.Context(), writeClaims(t, 100, 8), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	length := importOnce(t, l, source)
	dice := rand.New(rand.NewPCG(1, uint64(kills)))
	whole := 0
	begun, done := time.Now(), 0
	for ; done < kills || kills == 0 && (done < 25 || time.Since(begun) < killing); done++ {
		child := exec.Command(os.Args[0], "-test.run=^TestChildImports$")
		child.Env = append(os.Environ(), killDir+"="+dir, killSource+"="+source)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(dice.Int64N(int64(length) * 12 / 10)))
		child.Process.Signal(syscall.SIGKILL)
		child.Wait() // killed, or just done
		if survived(t, dir, rows) {
			whole++
		}
	}
	t.Logf("%d kills within %v: %d whole, %d nothing", done, length, whole, done-whole)
}

// importOnce lets a child import undisturbed, withdraws that, and tells how long it took.
func importOnce(t *testing.T, l *Lake, source string) time.Duration {
	t.Helper()
	started := time.Now()
	child := exec.Command(os.Args[0], "-test.run=^TestChildImports$")
	child.Env = append(os.Environ(), killDir+"="+l.dir, killSource+"="+source)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	length := time.Since(started)
	if err := l.Withdraw("i000002"); err != nil {
		t.Fatal(err)
	}
	return length
}

// survived opens the store as the next program does, sees that it is whole, and takes out what the child brought in.
func survived(t *testing.T, dir string, rows int64) bool {
	t.Helper()
	l, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Verify(); err != nil {
		t.Fatal(err)
	}
	checkTidy(t, l)
	m, err := l.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	var read int64
	if err := s.conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM claims").Scan(&read); err != nil {
		t.Fatal(err)
	}
	s.Close()
	last := m.Imports[len(m.Imports)-1]
	want := int64(100)
	if !last.Withdrawn {
		want += rows
	}
	if read != want || s.Rows != want {
		t.Fatalf("%d rows are read and %d named, of %d", read, s.Rows, want)
	}
	if last.Withdrawn {
		return false
	}
	if err := l.Withdraw(last.ID); err != nil {
		t.Fatal(err)
	}
	return true
}
