package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// SentMessage (交易报文) is a message that was handled: when it came, who sent it from where, about whom, and what it made. Division is the person's county, or the
// institution's where it is about nobody; ID is the institution's own number of it, Infno the transaction.
//
// 依据: YA-4.10.2
type SentMessage struct {
	At                     time.Time
	Key                    string
	Division               region.Code
	Institution, Infno, ID string
	Who                    office.UserID
	From                   office.Address
	Person                 enrol.PersonNo
	Object                 string
	Undone                 bool
}

// MessageQuery (报文查询) says which messages are asked for; what is empty is not asked about, but the time: from the first moment to the one after the last. Before is the last message of a page
// that went before.
type MessageQuery struct {
	From, To           time.Time
	Institution, Infno string
	Person             enrol.PersonNo
	Before             MessagePlace
	Limit              int
}

// MessagePlace is where a message stands among all.
type MessagePlace struct{ At, Key string }

// Place is where the message stands.
func (m *SentMessage) Place() MessagePlace { return MessagePlace{stamp(m.At), m.Key} }

// Messages (报文查询) gives messages about the divisions of a scope, the latest first. Those of before messages had a time of their own stand in the audit log, each as an entry.
//
// 依据: YA-4.10.2
func (s *Store) Messages(ctx context.Context, scope office.Scope, q MessageQuery) (out []SentMessage, err error) {
	text, args := q.text(scope)
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var m SentMessage
			var at string
			var undone int64
			err := scan(&at, &m.Key, (*string)(&m.Division), (*string)(&m.Who), (*string)(&m.From), (*int64)(&m.Person), &m.Object, &undone)
			if err != nil {
				return err
			}
			m.Undone, m.ID = undone == 1, m.Key
			if parts := strings.Split(m.Key, "/"); len(parts) > 2 {
				n := len(parts)
				m.ID, m.Institution, m.Infno = strings.Join(parts[:n-2], "/"), parts[n-2], parts[n-1]
			}
			m.At, err = time.Parse(stampForm, at)
			out = append(out, m)
			return err
		}, text, args...)
	})
	return out, err
}

// text is the query with its arguments. The index by time holds what most of it asks about, so that few other rows are looked at.
func (q MessageQuery) text(scope office.Scope) (string, []any) {
	first, last := bounds(scope)
	text := "SELECT at, message, chain, who, whence, person, object, undone FROM exchange_messages WHERE at >= $1 AND at < $2 AND chain >= $3 AND chain <= $4"
	args := []any{stamp(q.From), stamp(q.To), first, last}
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		text += " AND " + condition
	}
	if q.Institution != "" || q.Infno != "" {
		add("message LIKE ?", "%/"+likely(q.Institution)+"/"+likely(q.Infno))
	}
	if q.Person != 0 {
		add("person = ?", int64(q.Person))
	}
	if q.Before.Key != "" {
		add("(at, message) < (?, ?)", q.Before.At, q.Before.Key)
	}
	args = append(args, int64(q.Limit))
	return text + " ORDER BY at DESC, message DESC LIMIT $" + strconv.Itoa(len(args)), args
}

// likely is a code as it stands in a pattern; any when it is empty. What is no letter and no digit is in no code.
func likely(code string) string {
	if code == "" {
		return "%"
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return ' '
	}, code)
}
