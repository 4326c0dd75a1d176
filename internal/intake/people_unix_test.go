//go:build !windows

package intake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/locale"
	"tongchou/internal/pgtest"
	"tongchou/internal/store"
)

func open(t testing.TB, address, key string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address, store.Options{PersonKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// verified checks that the store holds as many files as it should, each once and with all that stands beside it.
func verified(t testing.TB, s *store.Store, persons int64) {
	t.Helper()
	chart, err := ledger.Standard()
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Verify(t.Context(), chart)
	if err != nil || report.Persons != persons {
		t.Errorf("%d persons of %d, %v", report.Persons, persons, err)
	}
}

// spoilt is a file in which some rows are wrong: every hundredth has a wrong number, and the last is there twice.
func spoilt(t testing.TB, persons int64) (path string, bad int) {
	t.Helper()
	path = made(t, persons)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	for i := 1; i < len(lines); i++ {
		if i%100 == 0 {
			lines[i] = "1" + lines[i]
			bad++
		}
	}
	lines = append(lines, lines[1])
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, bad + 1
}

// Good rows take effect, bad ones come back, and what came back takes effect once it is put right.
func TestPeople(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address, filepath.Join(t.TempDir(), "k"))
		defer s.Close()
		const persons = 3000
		path, bad := spoilt(t, persons)
		o := options("510000")
		o.Batch = 700
		o.Preview = true
		preview, err := People(t.Context(), s, path, o)
		if err != nil {
			t.Fatal(err)
		}
		verified(t, s, 0)
		o.Preview = false
		report, err := People(t.Context(), s, path, o)
		if err != nil || report.Rows != persons+1 || int(report.Persons) != persons+1-bad || len(report.Refused) != bad || report.Synthetic != persons+1-int64(bad)+1 {
			t.Fatalf("%d rows, %d persons, %d refused, %d made up, %v", report.Rows, report.Persons, len(report.Refused), report.Synthetic, err)
		}
		if preview.Persons != report.Persons || len(preview.Refused) != bad {
			t.Errorf("the preview saw %d persons, %d refused", preview.Persons, len(preview.Refused))
		}
		verified(t, s, report.Persons)
		if again, err := People(t.Context(), s, path, o); err != nil || !again.Again {
			t.Errorf("%+v, %v", again, err)
		}
		back := returned(t, report, path)
		report, err = People(t.Context(), s, back, o)
		if err != nil || int(report.Persons) != bad-1 || len(report.Refused) != 1 {
			t.Errorf("put right: %d persons, %v, %v", report.Persons, report.First(3), err)
		}
		verified(t, s, persons)
		found(t, s, path)
	})
}

// returned writes the refused rows and puts the numbers right.
func returned(t testing.TB, report Report, path string) string {
	t.Helper()
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := report.File.WriteRefused(t.Context(), &b, report.Refused, p); err != nil {
		t.Fatal(err)
	}
	back := path + ".back.csv"
	if err := os.WriteFile(back, []byte(strings.ReplaceAll(b.String(), "\n1999999", "\n999999")), 0o600); err != nil {
		t.Fatal(err)
	}
	return back
}

// found looks a person up as the file names him.
func found(t testing.TB, s *store.Store, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cells := strings.Split(strings.Split(string(content), "\n")[1], ",")
	got, err := s.Persons().ByDocument(t.Context(), options("510000").Act, enrol.Document{Kind: enrol.ResidentCard, Number: cells[0]})
	if err != nil || len(got.Persons) != 1 || got.Persons[0].Identity().Name != cells[1] || got.Persons[0].Entries[0].Source == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Whoever imports for a county gets nobody of another into it.
func TestOnlyOwnPeople(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	s := open(t, t.TempDir(), "")
	defer s.Close()
	path := made(t, 2000)
	for _, preview := range []bool{true, false} {
		o := options("510104")
		o.Preview = preview
		report, err := People(t.Context(), s, path, o)
		if err != nil || report.Persons == 0 || report.Persons+int64(len(report.Refused)) != 2000 {
			t.Fatal(report.Persons, len(report.Refused), err)
		}
		for p, err := range s.Persons().Stream(t.Context(), options("510000").Act) {
			if err != nil || p.County != "510104" {
				t.Fatal(p.County, err)
			}
		}
	}
}

// What is refused as a whole is told and changes nothing.
func TestRefusedFile(t *testing.T) {
	s := open(t, t.TempDir(), "")
	defer s.Close()
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte("x,y\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var refusal *fault.Refusal
	if _, err := People(t.Context(), s, path, options("510000")); !errors.As(err, &refusal) {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := People(ctx, s, made(t, 10), options("510000")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The environment of the child that imports and is killed.
const (
	killAddress = "INTAKE_KILL_ADDRESS"
	killFile    = "INTAKE_KILL_FILE"
	killKey     = "INTAKE_KILL_KEY"
)

// TestChildImports is the child.
func TestChildImports(t *testing.T) {
	address := os.Getenv(killAddress)
	if address == "" {
		t.Skip("the child of the test that kills")
	}
	s := open(t, address, os.Getenv(killKey))
	o := options("510000")
	o.Batch = 500
	o.Progress = func(p Progress) { fmt.Println("on", p.Rows) }
	report, err := People(context.Background(), s, os.Getenv(killFile), o)
	fmt.Println("end", report.Persons, err)
}

// A program that is killed at any moment while it imports leaves nothing by half, and the next run completes what it began: every good
// row has taken effect once.
func TestImportKilled(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	for _, engine := range []struct {
		name    string
		address func(*testing.T) string
	}{{"sqlite", func(t *testing.T) string { return t.TempDir() }}, {"postgres", func(t *testing.T) string { return pgtest.Start(t).DSN }}} {
		t.Run(engine.name, func(t *testing.T) {
			address, key := engine.address(t), filepath.Join(t.TempDir(), "k")
			const persons = 20_000
			path, bad := spoilt(t, persons)
			dice := rand.New(rand.NewPCG(3, 5))
			kills, marks := 0, []int64{}
			for ; kills < 6; kills++ {
				if ended := killed(t, address, key, path, 1+dice.IntN(2), time.Duration(dice.Int64N(int64(250*time.Millisecond)))); ended {
					break
				}
				s := open(t, address, key)
				im, err := s.Persons().Preview(t.Context(), options("510000").Act, digestOf(t, path))
				if err != nil {
					t.Fatal(err)
				}
				marks = append(marks, im.Done)
				verified(t, s, im.Persons)
				s.Close()
			}
			s := open(t, address, key)
			defer s.Close()
			o := options("510000")
			report, err := People(t.Context(), s, path, o)
			if err != nil || !report.Again && (int(report.Persons) != persons+1-bad || len(report.Refused) != bad) {
				t.Errorf("%d persons, %d refused, %v", report.Persons, len(report.Refused), err)
			}
			verified(t, s, persons+1-int64(bad))
			if !slices.IsSorted(marks) {
				t.Errorf("marks went back: %v", marks)
			}
			t.Logf("%d kills, at rows %v", kills, marks)
		})
	}
}

func digestOf(t testing.TB, path string) (digest [32]byte) {
	t.Helper()
	report, err := People(t.Context(), open(t, t.TempDir(), ""), path, func() Options { o := options("510000"); o.Preview = true; return o }())
	if err != nil {
		t.Fatal(err)
	}
	return report.File.Digest
}

// killed runs the child, kills it a while after it told of progress so often, and says whether it had ended by itself.
func killed(t *testing.T, address, key, path string, often int, after time.Duration) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildImports$")
	cmd.Env = append(os.Environ(), killAddress+"="+address, killFile+"="+path, killKey+"="+key)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	ended := false
	for lines.Scan() {
		if often--; often == 0 {
			break
		}
		ended = ended || strings.HasPrefix(lines.Text(), "end")
	}
	time.Sleep(after)
	_ = cmd.Process.Signal(syscall.SIGKILL)
	for lines.Scan() {
		ended = ended || strings.HasPrefix(lines.Text(), "end")
	}
	_ = cmd.Wait() // killed
	return ended
}
