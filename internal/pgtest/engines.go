//go:build !windows

package pgtest

import (
	"database/sql"
	"os"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// citusVariable names a database on the coordinator of a Citus cluster that tests may empty.
const citusVariable = "TONGCHOU_TEST_CITUS"

// OnEngines runs a test on every engine of the relational store, with the address of an empty database: a directory for
// SQLite, a throw-away PostgreSQL cluster, and a Citus cluster where TONGCHOU_TEST_CITUS names one.
func OnEngines(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, t.TempDir()) })
	t.Run("postgres", func(t *testing.T) { test(t, Start(t).DSN) })
	t.Run("citus", func(t *testing.T) { test(t, Citus(t)) })
}

// Citus empties the database that TONGCHOU_TEST_CITUS names and gives its address.
func Citus(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv(citusVariable)
	if dsn == "" {
		t.Skip(citusVariable + " names no cluster")
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() // nothing is left to write
	if _, err := db.Exec("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	return dsn
}
