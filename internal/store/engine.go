package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"tongchou/internal/fault"
)

// fate is what a failed statement means for the transaction it stood in.
type fate int

const (
	fateForeign    fate = iota // not an error of the database
	fateFailed                 // the statement cannot be done
	fateConflict               // a row with that key is there already
	fateStale                  // somebody else has changed what was remembered
	fateRetry                  // somebody else was in the way: the whole transaction may be tried again
	fateLost                   // the connection is gone
	fateFull                   // no room
	fateReadOnly               // the place may not be written to
	fateBusy                   // another program holds the database
	fateUnreadable             // not a database, or damaged
)

// engine is what SQLite and PostgreSQL differ in.
type engine struct {
	name string
	// begin begins a transaction that writes; snapshot one that reads one state throughout.
	begin, snapshot string
	// lock makes a SELECT keep its rows to the transaction; share keeps them from changing.
	lock, share string
	// parallel: divisions write at the same time, each on a connection of its own.
	parallel bool
	// prepares: statements are kept prepared by this package, not by the driver.
	prepares bool
	// nameless: where parameters are very many they are written ?, because the driver looks for the name of each among all.
	nameless bool
	// arrays: many rows are handed over as an array for each column, in one statement whatever their number.
	arrays bool
	// pipelines: the last statements of a transaction go to the server together with its COMMIT.
	pipelines bool
	// gather is said before very many large transactions, so that what they wrote is taken over together, and scatter after them.
	gather, scatter string
	// fateOf tells what an error of the driver means.
	fateOf func(error) fate
}

// fault turns an error of the driver into what a person is told.
func (e engine) fault(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var told *fault.Error
	var refusal *fault.Refusal
	if errors.As(err, &told) || errors.As(err, &refusal) {
		return err
	}
	switch e.fateOf(err) {
	case fateForeign:
		return err
	case fateConflict:
		return &fault.Error{Kind: fault.Refused, Message: fault.Msg("store.conflict"), Cause: err}
	case fateRetry, fateBusy:
		return fault.Wrap(err, "store.busy")
	case fateLost:
		return fault.Wrap(err, "store.lost")
	case fateFull:
		return fault.Wrap(err, "store.disk_full")
	case fateReadOnly:
		return fault.Wrap(err, "store.read_only")
	case fateUnreadable:
		return fault.Wrap(err, "store.unreadable")
	}
	return fault.Wrap(err, "store.statement")
}

// systemFate recognises what the operating system says.
func systemFate(err error) (fate, bool) {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fateFull, true
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return fateReadOnly, true
	}
	return 0, false
}

// link is a connection with its prepared statements.
type link struct {
	*sql.Conn
	queue    *pgx.Batch // statements that are sent together, when there is one
	prepares bool
	ready    map[string]*sql.Stmt
	bulk     map[string]driver.Stmt // insertions of many rows
	args     []driver.NamedValue    // room for their values
}

// mostReady is how many statements a connection keeps prepared.
const mostReady = 512

func (l *link) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := l.ready[text]; ok {
		return stmt, nil
	}
	stmt, err := l.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if len(l.ready) >= mostReady {
		for _, old := range l.ready {
			old.Close() // it can be prepared again
		}
		clear(l.ready)
	}
	l.ready[text] = stmt
	return stmt, nil
}

func (l *link) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if l.queue != nil {
		l.queue.Queue(text, args...)
		return 0, nil
	}
	var result sql.Result
	var err error
	if l.prepares {
		var stmt *sql.Stmt
		if stmt, err = l.statement(ctx, text); err != nil {
			return 0, err
		}
		result, err = stmt.ExecContext(ctx, args...)
	} else {
		result, err = l.ExecContext(ctx, text, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insert does an insertion of many rows, and tells how many that made. The driver is given the values as they are: on the way through database/sql each of thousands
// would be looked at and copied.
func (l *link) insert(ctx context.Context, text string, values []any) (inserted int64, err error) {
	if !l.prepares {
		return l.exec(ctx, text, values...)
	}
	err = l.Raw(func(conn any) error {
		stmt, ok := l.bulk[text]
		if !ok {
			var err error
			if stmt, err = conn.(driver.ConnPrepareContext).PrepareContext(ctx, text); err != nil {
				return err
			}
			l.bulk[text] = stmt
		}
		for len(l.args) < len(values) {
			l.args = append(l.args, driver.NamedValue{Ordinal: len(l.args) + 1})
		}
		for i, value := range values {
			l.args[i].Value = value
		}
		result, err := stmt.(driver.StmtExecContext).ExecContext(ctx, l.args[:len(values)])
		if err == nil {
			inserted, err = result.RowsAffected()
		}
		return err
	})
	return inserted, err
}

// send sends the statements that were queued. After the first that fails none is done.
func (l *link) send(ctx context.Context) error {
	queue := l.queue
	l.queue = nil
	return l.Raw(func(conn any) error { return conn.(*stdlib.Conn).Conn().SendBatch(ctx, queue).Close() })
}

func (l *link) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if !l.prepares {
		return l.QueryContext(ctx, text, args...)
	}
	stmt, err := l.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// each runs a query and hands every row to a function that scans it.
func each(rows *sql.Rows, err error, row func(scan func(...any) error) error) error {
	if err != nil {
		return err
	}
	defer rows.Close() // its error comes from Err
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
