//go:build !windows

package store

import (
	"context"
	"database/sql"
	"os"
	"testing"

	"tongchou/internal/pgtest"
)

// onEngines runs a test on every engine there is, giving it the address of an empty database.
func onEngines(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, t.TempDir()) })
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.Start(t).DSN) })
	t.Run("citus", func(t *testing.T) { test(t, citusDatabase(t)) })
}

// citusDatabase empties the database of the cluster whose coordinator TONGCHOU_TEST_CITUS names.
func citusDatabase(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("TONGCHOU_TEST_CITUS")
	if dsn == "" {
		t.Skip("TONGCHOU_TEST_CITUS names no cluster")
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	return dsn
}

func open(t testing.TB, address string) *Store {
	t.Helper()
	s, err := Open(context.Background(), address, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
