package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const postgresName = "postgres"

func postgres() engine {
	return engine{name: postgresName, begin: "BEGIN", snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", lock: " FOR UPDATE", share: " FOR SHARE",
		parallel: true, arrays: true, pipelines: true, fateOf: postgresFate}
}

// isPostgres tells whether an address is that of a PostgreSQL database.
func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") ||
		strings.HasPrefix(address, "host=") || strings.Contains(address, "dbname=")
}

// openPostgres opens the pools that write and read. The driver keeps statements prepared, on every connection.
func openPostgres(ctx context.Context, dsn string, o Options) (writing, reading *sql.DB, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, err
	}
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["application_name"] = "tongchou"
	writing = stdlib.OpenDB(*config)
	writing.SetMaxOpenConns(o.Writers + 1) // one for migrations
	writing.SetMaxIdleConns(o.Writers)
	readers := config.Copy()
	readers.RuntimeParams["default_transaction_read_only"] = "on"
	reading = stdlib.OpenDB(*readers)
	reading.SetMaxOpenConns(o.Readers)
	reading.SetMaxIdleConns(o.Readers)
	if err := writing.PingContext(ctx); err != nil {
		writing.Close() // what failed is reported already
		reading.Close()
		return nil, nil, err
	}
	return writing, reading, nil
}

// The SQLSTATE codes that are told apart; the first two characters are a class.
const (
	stateUnique        = "23505"
	stateNull          = "23502"
	stateSerialization = "40001"
	stateDeadlock      = "40P01"
	stateLockTimeout   = "55P03"
	stateDiskFull      = "53100"
	stateReadOnly      = "25006"
	classShutdown      = "57P"
	classConnection    = "08"
)

func postgresFate(err error) fate {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch {
		case e.Code == stateUnique:
			return fateConflict
		case e.Code == stateNull: // what group.claim and group.advance make of it
			return fateStale
		case e.Code == stateSerialization, e.Code == stateDeadlock, e.Code == stateLockTimeout:
			return fateRetry
		case e.Code == stateDiskFull:
			return fateFull
		case e.Code == stateReadOnly:
			return fateReadOnly
		case strings.HasPrefix(e.Code, classShutdown), strings.HasPrefix(e.Code, classConnection):
			return fateLost
		}
		return fateFailed
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &connecting) || errors.As(err, &network) ||
		pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "conn closed") {
		return fateLost
	}
	return fateForeign
}
