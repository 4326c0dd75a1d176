package store

import (
	"context"
	"strconv"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/region"
)

// OpenSession (在线会话) is a session with whose it is.
type OpenSession struct {
	office.Session
	Login    office.Login
	Name     string
	Division region.Code
}

// Sessions lists the sessions of the users in a scope, the one seen last first. Some may be over: they are only ended when somebody
// comes with them.
func (a Accounts) Sessions(ctx context.Context, scope office.Scope) (out []OpenSession, err error) {
	first, last := bounds(scope)
	err = a.s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, `SELECT s.digest, s.person, s.whence, s.began, s.seen, u.login, u.name, u.division FROM sessions s JOIN users u ON u.id = s.person
WHERE u.division >= $1 AND u.division <= $2 ORDER BY s.seen DESC, u.login`, first, last)
		return each(rows, err, func(scan func(...any) error) error {
			var digest []byte
			var began, seen string
			var o OpenSession
			err := scan(&digest, (*string)(&o.User), (*string)(&o.From), &began, &seen, (*string)(&o.Login), &o.Name, (*string)(&o.Division))
			copy(o.Key[:], digest)
			if err == nil {
				err = unstampAll(map[*time.Time]string{&o.Began: began, &o.Seen: seen})
			}
			out = append(out, o)
			return err
		})
	})
	return out, err
}

// AuditQuery (审计查询) says which entries of a chain are asked for; what is empty is not asked about. Before is a place in the
// chain: the entries before it, the last of the chain when it is zero. From is the first moment and To the one after the last.
type AuditQuery struct {
	Chain                region.Code
	Who                  office.UserID
	Action, Kind, Object string
	From, To             time.Time
	Before               office.Seq
	Limit                int
}

// Audit (审计日志查询) gives entries of a chain in the scope, the latest first; none of a chain elsewhere.
func (s *Store) Audit(ctx context.Context, scope office.Scope, q AuditQuery) (out []office.Entry, err error) {
	if !holds(scope, q.Chain) {
		return nil, nil
	}
	text, args := q.text()
	err = s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, text, args...)
		return each(rows, err, func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			out = append(out, e)
			return err
		})
	})
	return out, err
}

// text is the query with its arguments. Every filter has an index with the chain before it and the place in the chain behind it, which
// says alone which entries are wanted.
func (q AuditQuery) text() (string, []any) {
	text := "SELECT seq FROM audit WHERE chain = $1"
	args := []any{string(q.Chain)}
	add := func(condition string, value any) {
		args = append(args, value)
		text += " AND " + condition + "$" + strconv.Itoa(len(args))
	}
	for _, c := range []struct{ condition, value string }{{"who = ", string(q.Who)}, {"action = ", q.Action}, {"kind = ", q.Kind}, {"object = ", q.Object}} {
		if c.value != "" {
			add(c.condition, c.value)
		}
	}
	order := "seq"
	if !q.From.IsZero() {
		add("at >= ", stamp(q.From))
		order = "seq + 0" // a span of days is read whole by its index; to go back from the chain's end looking for it could be long
	}
	if !q.To.IsZero() {
		add("at < ", stamp(q.To))
		order = "seq + 0"
	}
	if q.Before > 0 {
		add("seq < ", int64(q.Before))
	}
	args = append(args, int64(q.Limit))
	text += " ORDER BY " + order + " DESC LIMIT $" + strconv.Itoa(len(args))
	return "SELECT " + entryColumns + " FROM audit WHERE chain = $1 AND seq IN (" + text + ") ORDER BY seq DESC", args
}
