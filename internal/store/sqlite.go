package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

const (
	sqliteName = "sqlite"
	// databaseFile is the SQLite file in a store's directory.
	databaseFile = "tongchou.db"
	// busyMillis is how long SQLite waits for another program that writes.
	busyMillis = 10_000
)

func sqlite() engine {
	return engine{name: sqliteName, begin: "BEGIN IMMEDIATE", snapshot: "BEGIN", prepares: true, nameless: true, fateOf: sqliteFate,
		gather: checkpointAt(1 << 20), scatter: checkpointAt(8000)}
}

// checkpointAt says how many pages of 4 KiB the log may hold before a commit takes them over into the database.
func checkpointAt(pages int) string { return "PRAGMA wal_autocheckpoint = " + strconv.Itoa(pages) }

// openSQLite opens the one connection that writes and those that read.
func openSQLite(ctx context.Context, dir string, o Options) (writing, reading *sql.DB, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	file := filepath.Join(dir, databaseFile)
	writing, err = openFile(ctx, file, 1, "foreign_keys(1)", "synchronous(FULL)", "journal_mode(WAL)", "journal_size_limit(67108864)", "cache_size(-32768)", "wal_autocheckpoint(8000)")
	if err != nil {
		return nil, nil, err
	}
	reading, err = openFile(ctx, file, o.Readers, "query_only(1)", "cache_size(-16384)")
	if err != nil {
		writing.Close() // what failed is reported already
		return nil, nil, err
	}
	return writing, reading, nil
}

// Exists tells whether a store was ever opened at an address; of a server it says so always.
func Exists(address string) bool {
	if isPostgres(address) {
		return true
	}
	_, err := os.Stat(filepath.Join(address, databaseFile))
	return err == nil
}

func openFile(ctx context.Context, file string, connections int, pragmas ...string) (*sql.DB, error) {
	return openURL(ctx, file, connections, url.Values{"_pragma": append([]string{"busy_timeout(" + strconv.Itoa(busyMillis) + ")"}, pragmas...)})
}

func openURL(ctx context.Context, file string, connections int, query url.Values) (*sql.DB, error) {
	db, err := sql.Open(sqliteName, (&url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.PingContext(ctx); err != nil {
		db.Close() // what failed is reported already
		return nil, err
	}
	return db, nil
}

func sqliteFate(err error) fate {
	var e *driver.Error
	if !errors.As(err, &e) {
		if f, ok := systemFate(err); ok {
			return f
		}
		return fateForeign
	}
	switch e.Code() {
	case codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_PRIMARYKEY, codes.SQLITE_CONSTRAINT_ROWID:
		return fateConflict
	case codes.SQLITE_CONSTRAINT_NOTNULL: // what group.claim and group.advance make of it
		return fateStale
	}
	switch e.Code() & 0xff { // the primary code
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fateBusy
	case codes.SQLITE_FULL:
		return fateFull
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
		return fateReadOnly
	case codes.SQLITE_NOTADB, codes.SQLITE_CORRUPT:
		return fateUnreadable
	}
	return fateFailed
}
