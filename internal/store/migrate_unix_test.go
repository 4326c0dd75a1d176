//go:build !windows

package store

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"

	"tongchou/internal/fault"
	"tongchou/internal/pgtest"
)

// Both engines have every number, counted from 1, and every table is in the list that says how it lies on a cluster.
func TestMigrationsAreWhole(t *testing.T) {
	all := migrations()
	for i, m := range all {
		if m.number != i+1 || m.name == "" || m.text[sqliteName] == "" || m.text[postgresName] == "" || len(m.text) != 2 {
			t.Errorf("%d: number %d, %q, %d engines", i, m.number, m.name, len(m.text))
		}
	}
	s := open(t, t.TempDir())
	listed := map[string]bool{}
	for _, table := range spreads() {
		listed[table.table] = true
	}
	rows, err := s.reading.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_migrations'")
	if err := each(rows, err, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		if !listed[name] {
			t.Errorf("%s is not in spreads", name)
		}
		delete(listed, name)
		return err
	}); err != nil || len(listed) > 0 {
		t.Errorf("%v, listed and not there: %v", err, listed)
	}
}

// Programs that start at once migrate once, and all of them are served.
func TestManyStartAtOnce(t *testing.T) {
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				s, err := Open(context.Background(), address, Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := open(t, address).count(t, "SELECT COUNT(*) FROM schema_migrations"); n != len(migrations()) {
			t.Errorf("%d migrations of %d", n, len(migrations()))
		}
	})
}

// later are this program's migrations and one more.
func later(text string) []migration {
	name := "migrations/0099_later"
	return append(migrations(), readMigrations(fstest.MapFS{name + ".sqlite.sql": {Data: []byte(text)}, name + ".postgres.sql": {Data: []byte(text)}})...)
}

// A change that cannot be made as a whole is not made at all, and the database serves on.
func TestMigrationIsAtomic(t *testing.T) {
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address)
		if err := s.migrate(t.Context(), later("CREATE TABLE half (n BIGINT); CREATE TABLE half (n BIGINT);")); err == nil {
			t.Fatal("made the same table twice")
		}
		if n := s.count(t, "SELECT COUNT(*) FROM schema_migrations"); n != len(migrations()) {
			t.Errorf("%d migrations", n)
		}
		if err := s.migrate(t.Context(), later("CREATE TABLE half (n BIGINT);")); err != nil {
			t.Errorf("half of it was left: %v", err)
		}
	})
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address)
		if err := s.migrate(t.Context(), later("CREATE TABLE later (n BIGINT);")); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), address, Options{}); key(err) != "store.newer" || fault.KindOf(err) != fault.Refused {
			t.Errorf("a newer database: %v", err)
		}
		if err := s.migrate(t.Context(), later("CREATE TABLE other (n BIGINT);")); key(err) != "store.checksum" {
			t.Errorf("another program's: %v", err)
		}
	})
}

// On a cluster a table that grows with people lies by person, and what is unique across persons by that key.
func TestSpreadByPerson(t *testing.T) {
	address := pgtest.Citus(t, "public")
	s := open(t, address)
	s.spreads = append(s.spreads, spread{99, "covers", "person"}, spread{99, "identities", "identity"})
	if err := s.migrate(t.Context(), later(`CREATE TABLE covers (person TEXT NOT NULL, year BIGINT NOT NULL, PRIMARY KEY (person, year));
CREATE TABLE identities (identity TEXT NOT NULL PRIMARY KEY, person TEXT NOT NULL);`)); err != nil {
		t.Fatal(err)
	}
	spread := 0
	for _, table := range spreads() {
		if table.by != "" {
			spread++
		}
	}
	if n := s.count(t, "SELECT COUNT(*) FROM citus_tables WHERE citus_table_type = 'distributed'"); n != 2+spread {
		t.Errorf("%d tables are distributed", n)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM citus_tables WHERE citus_table_type = 'reference'"); n != len(spreads())-spread {
		t.Errorf("%d reference tables of %d", n, len(spreads())-spread)
	}
}
