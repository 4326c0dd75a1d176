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
	t.Run("citus", func(t *testing.T) { test(t, Citus(t, "public")) })
}

// Citus empties a schema of the database that TONGCHOU_TEST_CITUS names and gives the database's address. The schema itself
// stays: the extension would go with public.
func Citus(t testing.TB, schema string) string {
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
	var tables string
	if err := db.QueryRow("SELECT COALESCE(STRING_AGG(FORMAT('%I.%I', schemaname, tablename), ', '), '') FROM pg_tables WHERE schemaname = $1", schema).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if tables != "" {
		if _, err := db.Exec("DROP TABLE " + tables + " CASCADE"); err != nil {
			t.Fatal(err)
		}
	}
	return dsn
}
