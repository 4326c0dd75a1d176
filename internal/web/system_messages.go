package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// messagesModel is a page of what institutions' programs sent (交易报文).
type messagesModel struct {
	Query        messageFilter
	Messages     []messageView
	Older        string
	BadDay, Span string
}

// messageFilter is what was asked for, as it was typed.
type messageFilter struct{ From, To, Institution, Infno, Person string }

type messageView struct {
	At, Division, Institution, Who, From, Infno, ID, Person, Object string
	Undone                                                          bool
}

// mostMessageDays is how many days are searched at once.
const mostMessageDays = 31

func (s *site) messages(f *frame, w http.ResponseWriter, r *http.Request) error {
	get := func(name string) string { return strings.TrimSpace(f.seen.Get(name)) }
	m := messagesModel{Query: messageFilter{get("from"), get("to"), get("institution"), get("infno"), get("person")}}
	q := m.query(f)
	if before, key, ok := strings.Cut(f.seen.Get("before"), " "); ok {
		q.Before = store.MessagePlace{At: before, Key: key}
	}
	found, err := s.Store.Messages(r.Context(), f.scope(office.ReadAudit), q)
	if err != nil {
		return err
	}
	names, err := s.logins(f, r)
	if err != nil {
		return err
	}
	for i := range found {
		m.Messages = append(m.Messages, f.messageView(&found[i], names))
	}
	if len(found) == auditRows {
		last := found[len(found)-1].Place()
		m.Older = string(f.here("before", last.At+" "+last.Key))
	}
	return f.render(w, r, http.StatusOK, messagesPage(f, m))
}

// query is the filter as the store takes it: today, where no day is asked for, and no more days than are searched at once.
func (m *messagesModel) query(f *frame) store.MessageQuery {
	q := store.MessageQuery{Institution: m.Query.Institution, Infno: m.Query.Infno, Limit: auditRows}
	today := f.site.Now().Format(time.DateOnly)
	if m.Query.To == "" {
		m.Query.To = today
	}
	if m.Query.From == "" {
		m.Query.From = m.Query.To
	}
	q.From, q.To = f.dayOf(m.Query.From, 0, &m.BadDay), f.dayOf(m.Query.To, 1, &m.BadDay)
	if q.To.Sub(q.From) > mostMessageDays*24*time.Hour {
		q.From = q.To.AddDate(0, 0, -mostMessageDays)
		m.Query.From, m.Span = q.From.Format(time.DateOnly), strconv.Itoa(mostMessageDays)
	}
	if m.Query.Person != "" {
		no, err := strconv.ParseInt(m.Query.Person, 10, 64)
		if err != nil || no <= 0 {
			no = -1 // nobody's
		}
		q.Person = enrol.PersonNo(no)
	}
	return q
}

func (f *frame) messageView(m *store.SentMessage, names map[office.UserID]string) messageView {
	v := messageView{At: m.At.In(f.site.Now().Location()).Format("2006-01-02 15:04:05"), Division: f.divisionName(m.Division), Institution: m.Institution, Who: names[m.Who], From: string(m.From),
		Infno: m.Infno, ID: m.ID, Object: m.Object, Undone: m.Undone}
	if v.Who == "" {
		v.Who = string(m.Who)
	}
	if m.Person != 0 {
		v.Person = strconv.FormatInt(int64(m.Person), 10)
	}
	return v
}
