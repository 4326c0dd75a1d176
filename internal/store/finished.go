package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/office"
)

// FinishedQuery (已办结文书查询) says which finished documents are asked for; what is empty is not asked about. Number is a part of the
// id or the title, Person a part of the name of somebody who did a step, or his id. From is the first moment it may have been finished
// at and To the one after the last. Offset counts from the latest.
type FinishedQuery struct {
	Number, Person string
	Kind           office.Kind
	State          office.State
	From, To       time.Time
	Limit, Offset  int
}

// Finished (已办结文书) is a document that was approved or cancelled, without its steps: when, and by whom.
type Finished struct {
	office.Document
	At time.Time
	By string
}

// Finished (已办结文书) gives finished documents in the scope, the latest first, and how many there are in all.
//
// 依据: SC38-11.3
func (d Desk) Finished(ctx context.Context, q FinishedQuery) (out []Finished, count int, err error) {
	from, args := q.from(d.scope)
	err = d.s.read(ctx, func(l *link) error {
		if err := l.QueryRowContext(ctx, "SELECT COUNT(*)"+from, args...).Scan(&count); err != nil {
			return err
		}
		text := "SELECT d." + strings.ReplaceAll(documentColumns, ", ", ", d.") + ", s.at, s.name" + from +
			" ORDER BY s.at DESC, d.id LIMIT $" + strconv.Itoa(len(args)+1) + " OFFSET $" + strconv.Itoa(len(args)+2)
		rows, err := l.query(ctx, text, append(args, int64(q.Limit), int64(q.Offset))...)
		return each(rows, err, func(scan func(...any) error) error {
			var f Finished
			var at string
			var err error
			f.Document, err = scanDocument(func(to ...any) error { return scan(append(to, &at, &f.By)...) })
			if err == nil {
				f.At, err = unstamp(at)
			}
			out = append(out, f)
			return err
		})
	})
	return out, count, err
}

// from is what the query is about, with its arguments.
func (q FinishedQuery) from(scope office.Scope) (string, []any) {
	first, last := bounds(scope)
	args := []any{first, last, string(office.Approved), string(office.Cancelled)}
	text := ` FROM documents d JOIN document_steps s ON s.document = d.id AND s.version = d.version
WHERE d.division >= $1 AND d.division <= $2 AND d.state IN ($3, $4)`
	add := func(condition string, value any) {
		args = append(args, value)
		text += " AND " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	if q.Number != "" {
		add(`(LOWER(d.id) LIKE ? ESCAPE '\' OR LOWER(d.title) LIKE ? ESCAPE '\')`, containing(q.Number))
	}
	if q.Person != "" {
		add(`EXISTS (SELECT 1 FROM document_steps p WHERE p.document = d.id AND (LOWER(p.name) LIKE ? ESCAPE '\' OR LOWER(p.person) LIKE ? ESCAPE '\'))`, containing(q.Person))
	}
	if q.Kind != "" {
		add("d.kind = ?", string(q.Kind))
	}
	if q.State != "" {
		add("d.state = ?", string(q.State))
	}
	if !q.From.IsZero() {
		add("s.at >= ?", stamp(q.From))
	}
	if !q.To.IsZero() {
		add("s.at < ?", stamp(q.To))
	}
	return text, args
}

// containing is the pattern of texts that contain another, whatever stands in it.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(text)) + "%"
}
