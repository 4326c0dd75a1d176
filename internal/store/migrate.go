package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/jackc/pgx/v5"

	"tongchou/internal/fault"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is a numbered change of the tables, in the words of both engines.
type migration struct {
	number int
	name   string
	text   map[string]string // by engine
}

// migrations reads the changes from the files beside this one: 0001_name.sqlite.sql and 0001_name.postgres.sql.
func migrations() []migration { return readMigrations(migrationFiles) }

func readMigrations(files fs.FS) []migration {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is written above
	}
	slices.Sort(names)
	var out []migration
	for _, file := range names {
		title, engine, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), ".")
		digits, name, _ := strings.Cut(title, "_")
		number, err := strconv.Atoi(digits)
		content, failed := fs.ReadFile(files, file)
		if err != nil || failed != nil {
			panic("store: " + file + " is not a migration") // the files are part of the program
		}
		if len(out) == 0 || out[len(out)-1].number != number {
			out = append(out, migration{number: number, name: name, text: map[string]string{}})
		}
		out[len(out)-1].text[engine] = string(content)
	}
	return out
}

func (m migration) checksum(engine string) string {
	sum := sm3.Sum([]byte(m.text[engine]))
	return hex.EncodeToString(sum[:])
}

const (
	schemaTable = `CREATE TABLE IF NOT EXISTS schema_migrations
(number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TEXT NOT NULL)`
	// migrationLock is the number of the lock that PostgreSQL programs wait for one another at.
	migrationLock = 7_460_380_038
)

// migrate applies what has not been applied, each change in a transaction of its own that another program waits for.
func (s *Store) migrate(ctx context.Context, all []migration) error {
	conn, err := s.writing.Conn(ctx)
	if err != nil {
		return s.engine.fault(err)
	}
	defer conn.Close() // an error shows when it is used again
	if err := s.inMigration(ctx, conn, func() error { _, err := conn.ExecContext(ctx, schemaTable); return err }); err != nil {
		return s.engine.fault(err)
	}
	for _, m := range all {
		if err := s.inMigration(ctx, conn, func() error { return s.apply(ctx, conn, all, m) }); err != nil {
			return s.engine.fault(err)
		}
	}
	return nil
}

// inMigration runs something in a transaction that no other migration runs beside.
func (s *Store) inMigration(ctx context.Context, conn *sql.Conn, do func() error) error {
	if _, err := conn.ExecContext(ctx, s.engine.begin); err != nil {
		return err
	}
	err := func() error {
		if s.engine.name == postgresName {
			if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
				return err
			}
		}
		return do()
	}()
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = conn.ExecContext(context.Background(), "ROLLBACK") // what failed is reported
	}
	return err
}

// apply applies a change unless it is there, and refuses a database that does not fit the program.
func (s *Store) apply(ctx context.Context, conn *sql.Conn, all []migration, m migration) error {
	applied, err := appliedMigrations(ctx, conn)
	if err != nil {
		return err
	}
	last := all[len(all)-1].number
	for number := range applied {
		if number > last {
			return fault.New(fault.Refused, "store.newer", "number", number, "known", last)
		}
	}
	if sum, ok := applied[m.number]; ok {
		if sum != m.checksum(s.engine.name) {
			return fault.New(fault.Refused, "store.checksum", "number", m.number, "name", m.name)
		}
		return nil
	}
	if err := s.script(ctx, conn, m.text[s.engine.name]); err != nil {
		return err
	}
	if err := s.distribute(ctx, conn, m.number); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
		m.number, m.name, m.checksum(s.engine.name), stamp(s.now()))
	return err
}

func appliedMigrations(ctx context.Context, conn *sql.Conn) (map[int]string, error) {
	out := map[int]string{}
	rows, err := conn.QueryContext(ctx, "SELECT number, checksum FROM schema_migrations")
	err = each(rows, err, func(scan func(...any) error) error {
		var number int
		var sum string
		err := scan(&number, &sum)
		out[number] = sum
		return err
	})
	return out, err
}

// script runs several statements.
func (s *Store) script(ctx context.Context, conn *sql.Conn, text string) error {
	if s.engine.name == postgresName {
		_, err := conn.ExecContext(ctx, text, pgx.QueryExecModeSimpleProtocol)
		return err
	}
	_, err := conn.ExecContext(ctx, text)
	return err
}
