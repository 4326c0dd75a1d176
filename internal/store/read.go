package store

import (
	"context"
	"database/sql"
)

// read does something that sees one state of the database throughout.
func (s *Store) read(ctx context.Context, do func(*link) error) error {
	conn, err := s.reading.Conn(ctx)
	if err != nil {
		return s.engine.fault(err)
	}
	defer conn.Close() // an error shows when it is used again
	l := &link{Conn: conn}
	if _, err := l.exec(ctx, s.engine.snapshot); err != nil {
		return s.engine.fault(err)
	}
	err = do(l)
	if _, failed := l.exec(context.WithoutCancel(ctx), "ROLLBACK"); failed != nil {
		_ = conn.Raw(func(any) error { return errBadConn })
	}
	return s.engine.fault(err)
}

// rowQuerier asks for one row.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
