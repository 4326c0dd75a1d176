//go:build !windows

package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/region"
)

func open(t testing.TB, address string) *Store {
	t.Helper()
	s, err := Open(context.Background(), address, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func act(division region.Code, subject string) Act {
	return Act{Record: office.Record{Chain: division, Who: "u1", Action: "test", Object: office.Object{Kind: "thing", ID: subject}}, Scope: ScopeOf(division)}
}

// withThings adds a table to write to.
func withThings(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.writing.Exec("CREATE TABLE things (name TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL CHECK (n >= 0))"); err != nil {
		t.Fatal(err)
	}
}

func (s *Store) count(t *testing.T, text string) int {
	t.Helper()
	var n int
	if err := s.reading.QueryRow(text).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func key(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Key
	}
	return fmt.Sprint(err)
}

// Of many writes at once each is kept or undone by itself, whatever happens to those it shares a transaction with.
func TestOneFailsAlone(t *testing.T) {
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address)
		withThings(t, s)
		var wg sync.WaitGroup
		mine := errors.New("mine")
		for i := range 64 {
			wg.Go(func() {
				division := region.Code(fmt.Sprintf("5101%02d", i%3))
				_, err := s.Write(t.Context(), act(division, fmt.Sprint(i)), func(tx *Tx) error {
					if _, err := tx.exec("INSERT INTO things (name, n) VALUES ($1, $2)", fmt.Sprint(i), i); err != nil {
						return err
					}
					switch i % 4 {
					case 0:
						return mine
					case 1:
						_, err := tx.exec("INSERT INTO things (name, n) VALUES ($1, $2)", fmt.Sprint(i), i)
						return err
					case 2:
						_, err := tx.exec("INSERT INTO things (name, n) VALUES ($1, -1)", fmt.Sprint("x", i))
						return err
					}
					return nil
				})
				want := []string{"mine", "store.conflict", "store.statement", "<nil>"}[i%4]
				if got := key(err); got != want {
					t.Errorf("%d: %s, want %s: %v", i, got, want, err)
				}
			})
		}
		wg.Wait()
		if n := s.count(t, "SELECT COUNT(*) FROM things"); n != 16 {
			t.Errorf("%d rows of 16", n)
		}
		if n := s.count(t, "SELECT COUNT(*) FROM audit"); n != 16 {
			t.Errorf("%d entries of 16", n)
		}
		if n := s.count(t, "SELECT CAST(SUM(seq) AS BIGINT) FROM chains"); n != 16 {
			t.Errorf("the chains' ends add up to %d", n)
		}
	})
}

// A row that only the database can refuse, gathered with others, fails alone.
func TestGatheredRowFailsAlone(t *testing.T) {
	things := &table{name: "things", columns: []string{"name", "n"}}
	gathered = append(gathered, things)
	t.Cleanup(func() { gathered = gathered[:len(gathered)-1] })
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address)
		withThings(t, s)
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				_, err := s.Write(t.Context(), act("510100", fmt.Sprint(i)), func(tx *Tx) error {
					tx.add(things, fmt.Sprint(i), int64(i%8-1))
					return nil
				})
				if (err != nil) != (i%8 == 0) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n, m := s.count(t, "SELECT COUNT(*) FROM things"), s.count(t, "SELECT MAX(seq) FROM audit"); n != 56 || m != 56 {
			t.Errorf("%d rows and %d entries of 56", n, m)
		}
	})
}

// What a write reads holds what it and those before it in the same transaction gathered.
func TestReadsWhatWasGathered(t *testing.T) {
	things := &table{name: "things", columns: []string{"name", "n"}}
	gathered = append(gathered, things)
	t.Cleanup(func() { gathered = gathered[:len(gathered)-1] })
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address)
		withThings(t, s)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				_, err := s.Write(t.Context(), act("510100", ""), func(tx *Tx) error {
					next := func(n *int) error {
						return tx.reads([]string{"things"}, func(scan func(...any) error) error { return scan(n) }, "SELECT COUNT(*) FROM things")
					}
					for range 2 {
						var n int
						if err := next(&n); err != nil {
							return err
						}
						tx.add(things, fmt.Sprint(n), int64(n))
					}
					if i%5 == 0 {
						return errors.New("undone")
					}
					return nil
				})
				if (err != nil) != (i%5 == 0) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n, sum := s.count(t, "SELECT COUNT(*) FROM things"), s.count(t, "SELECT CAST(SUM(n) AS BIGINT) FROM things"); n != 80 || sum != 80*79/2 {
			t.Errorf("%d rows that add up to %d", n, sum)
		}
	})
}

func TestSameRequestTwice(t *testing.T) {
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s, other := open(t, address), open(t, address)
		withThings(t, s)
		a := act("510100", "")
		a.Key, a.Content = "k1", office.DigestOf([]byte("c1"))
		var wg sync.WaitGroup
		var mu sync.Mutex
		first := 0
		for i := range 40 {
			wg.Go(func() {
				from := s
				if i%2 == 0 {
					from = other // another program on the same database
				}
				r, err := from.Write(t.Context(), a, func(tx *Tx) error {
					tx.Answer([]byte("done"))
					_, err := tx.exec("INSERT INTO things (name, n) VALUES ('once', 1)")
					return err
				})
				if err != nil || string(r.Answer) != "done" || r.Head.Seq != 1 {
					t.Errorf("%+v, %v", r, err)
				}
				mu.Lock()
				defer mu.Unlock()
				if !r.Repeated {
					first++
				}
			})
		}
		wg.Wait()
		if n := s.count(t, "SELECT COUNT(*) FROM things"); n != 1 || first != 1 {
			t.Errorf("%d rows, %d first", n, first)
		}
		a.Content = office.DigestOf([]byte("c2"))
		if _, err := s.Write(t.Context(), a, func(*Tx) error { return nil }); key(err) != "store.key_used" || fault.KindOf(err) != fault.Refused {
			t.Error(err)
		}
		a.Chain, a.Scope = "510300", ScopeOf("510300")
		if r, err := s.Write(t.Context(), a, func(*Tx) error { return nil }); err != nil || r.Repeated {
			t.Errorf("another division's key: %+v, %v", r, err)
		}
	})
}

func TestWriteRefuses(t *testing.T) {
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address)
		outside := act("510100", "")
		outside.Scope = ScopeOf("510300")
		if _, err := s.Write(t.Context(), outside, func(*Tx) error { t.Error("was done"); return nil }); key(err) != "store.scope" {
			t.Error(err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Write(gone, act("510100", ""), func(*Tx) error { t.Error("was done"); return nil }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		func() {
			defer func() {
				if p := recover(); p != "mine" {
					t.Errorf("panic %v", p)
				}
			}()
			s.Write(t.Context(), act("510100", ""), func(*Tx) error { panic("mine") })
		}()
		if _, err := s.Write(t.Context(), act("510100", ""), func(*Tx) error { return nil }); err != nil {
			t.Errorf("after a panic: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Write(t.Context(), act("510100", ""), func(*Tx) error { return nil }); key(err) != "store.closed" {
			t.Error(err)
		}
	})
}

// Both engines have the same tables with the same columns.
func TestEnginesHaveTheSameTables(t *testing.T) {
	columns := map[string]string{}
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address)
		text := "SELECT m.name || '.' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY 1"
		if s.engine.name == postgresName {
			text = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition) ORDER BY table_name || '.' || column_name COLLATE "C"`
		}
		var all []string
		rows, err := s.reading.Query(text)
		if err := each(rows, err, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			all = append(all, name)
			return err
		}); err != nil || len(all) < 20 {
			t.Fatal(all, err)
		}
		columns[t.Name()] = strings.Join(all, "\n")
	})
	for name, here := range columns {
		if there := columns["TestEnginesHaveTheSameTables/sqlite"]; here != there {
			t.Errorf("%s:\n%s\nsqlite:\n%s", name, here, there)
		}
	}
}
