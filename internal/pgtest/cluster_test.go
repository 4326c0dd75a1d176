//go:build !windows

package pgtest

import (
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// What was committed is there after the server was killed and started again.
func TestKillAndRun(t *testing.T) {
	c := Start(t)
	for _, text := range []string{"CREATE TABLE kept (n BIGINT)", "INSERT INTO kept VALUES (1)", "INSERT INTO kept VALUES (2)"} {
		db, err := sql.Open("pgx", c.DSN)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
		db.Close()
		c.Kill()
		c.Run(t)
	}
	db, err := sql.Open("pgx", c.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var sum int
	if err := db.QueryRow("SELECT SUM(n) FROM kept").Scan(&sum); err != nil || sum != 3 {
		t.Error(sum, err)
	}
}
