package lake

import (
	"context"
	"database/sql"
	"errors"

	"tongchou/internal/policy"
)

// Session (取数会话) is a connection on which the relation claims is one snapshot. It is for one goroutine.
type Session struct {
	Snapshot
	conn  *sql.Conn
	end   func() error                        // what is done before the connection is given back; may be nil
	parts func(context.Context) (bool, error) // makes the relations of the snapshot's parts, if they can be read; nil where none are kept

	asked, prepared bool // whether they can was found out, and what
}

// Session opens a session on a year of one kind. A year without data is refused. Withdrawing an import while a session reads
// it makes the session's next query fail where the store is files; tables stay as they were when it was opened.
//
// 依据: YA-4.8.1
func (l *Lake) Session(ctx context.Context, year policy.Year, kind Kind) (*Session, error) {
	return l.keeping.session(ctx, year, kind)
}

func (f files) session(ctx context.Context, year policy.Year, kind Kind) (*Session, error) {
	l := f.Lake
	m, err := l.Manifest()
	if err != nil {
		return nil, err
	}
	s := m.Snapshot(year, kind)
	if s.Rows == 0 {
		return nil, emptyYear(year, kind)
	}
	view, err := l.claimsView(s)
	if err != nil {
		return nil, err
	}
	db, err := l.engine(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, failed(ctx, err)
	}
	if _, err := conn.ExecContext(ctx, view); err != nil {
		conn.Close() // the view's error says more
		return nil, failed(ctx, err)
	}
	return &Session{Snapshot: s, conn: conn, parts: func(ctx context.Context) (bool, error) { return l.useParts(ctx, conn, s) }}, nil
}

// fromParts tells whether the snapshot's parts can be read. It is found out when it first matters, since every part is read for it.
func (s *Session) fromParts(ctx context.Context) (bool, error) {
	if s.asked || s.parts == nil {
		return s.prepared, nil
	}
	prepared, err := s.parts(ctx)
	s.asked, s.prepared = err == nil, prepared
	return prepared, err
}

// QueryContext runs a query over the relation claims.
func (s *Session) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return s.conn.QueryContext(ctx, text, args...)
}

// Close gives the connection back.
func (s *Session) Close() error {
	if s.end == nil {
		return s.conn.Close()
	}
	return errors.Join(s.end(), s.conn.Close())
}

// Factors draws the factors from the session's snapshot, as DrawFactors does.
//
// 依据: YN-2.5
func (s *Session) Factors(ctx context.Context, enrolled []Enrolled) (Factors, error) {
	prepared, err := s.fromParts(ctx)
	if err != nil {
		return Factors{}, err
	}
	draw := DrawFactors
	if prepared {
		draw = drawFromParts
	}
	f, err := draw(ctx, s.conn, s.Year, enrolled)
	f.stamp(s.Snapshot)
	return f, err
}
