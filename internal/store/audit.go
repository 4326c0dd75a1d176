package store

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// Act (操作) is who does what where and why, as the audit chain of a division keeps it, and what it may touch.
type Act struct {
	// Division is whose chain the act stands in.
	Division region.Code
	// Scope is what the act may read and change.
	Scope Scope
	// Who did it, from Where (an address), Why.
	Who, Where, Why string
	// Action is what was done to what: a word, a kind of thing and its name.
	Action, Kind, Subject string
	// Before and After are what it was and became, as the room writes it.
	Before, After string
	// Key makes the act one that can be sent again: an act with the same key in the division is not done twice. Content is
	// the digest of what was sent, which must be the same then.
	Key, Content string
}

// Receipt is what a write is answered with.
type Receipt struct {
	// Sequence and Digest are the audit entry's.
	Sequence int64
	Digest   string
	// Answer is what Tx.Answer kept.
	Answer []byte
	// Repeated tells that the act was done before; this is the first receipt.
	Repeated bool
}

// details are what only the transaction knows of its act.
type details struct {
	subject, before, after string
	set                    bool
}

func (a Act) check() error {
	if !a.Scope.Holds(a.Division) {
		return outside(a.Division)
	}
	if a.Who == "" || a.Action == "" {
		return fault.New(fault.Internal, "store.act")
	}
	return nil
}

// Did says what the act turned out to be, when only the transaction knows: the thing's name, what it was and became.
func (t *Tx) Did(subject, before, after string) {
	t.details = details{subject, before, after, true}
}

// entry is a link of a chain.
type entry struct {
	division                                                   region.Code
	sequence                                                   int64
	at, who, whence, action, kind, subject, before, after, why string
	previous                                                   string
}

func (e entry) digest() string {
	var b []byte
	for _, text := range []string{"tongchou audit 1", e.previous, string(e.division), e.at, e.who, e.whence, e.action, e.kind, e.subject, e.before, e.after, e.why} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(e.sequence))
	sum := sm3.Sum(b)
	return hex.EncodeToString(sum[:])
}

// head is the end of a chain.
type head struct {
	sequence int64
	digest   string
	moved    bool
}

var auditTable = &table{name: "audit", columns: []string{"division", "sequence", "at", "who", "whence", "action", "kind", "subject", "before", "after",
	"why", "digest"}}

// gathered lists the tables rows are gathered for, in the order in which they refer to one another.
var gathered = []*table{auditTable, requestTable}

// append adds the act's entry to the chain. The chain's end moves when the write is kept.
func (t *Tx) append() (Receipt, error) {
	a := t.act
	if t.details.set {
		a.Subject, a.Before, a.After = t.details.subject, t.details.before, t.details.after
	}
	h := t.g.heads[string(a.Division)]
	e := entry{a.Division, h.sequence + 1, stamp(t.g.s.now()), a.Who, a.Where, a.Action, a.Kind, a.Subject, a.Before, a.After, a.Why, h.digest}
	digest := e.digest()
	t.add(auditTable, string(e.division), e.sequence, e.at, e.who, e.whence, e.action, e.kind, e.subject, e.before, e.after, e.why, digest)
	if a.Key != "" {
		t.add(requestTable, string(a.Division), a.Key, a.Content, e.sequence, digest, notNil(t.answer))
	}
	return Receipt{Sequence: e.sequence, Digest: digest, Answer: t.answer}, nil
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// keep moves the chain's end and remembers the answer, for the writes that follow in the transaction.
func (t *Tx) keep(r Receipt) {
	*t.g.heads[string(t.act.Division)] = head{r.Sequence, r.Digest, true}
	if t.act.Key != "" {
		t.g.given[givenKey(t.act)] = given{t.act.Content, r}
	}
}

// hold reads the ends of the chains that the jobs append to. They stay with the transaction: on PostgreSQL programs that
// write for the same division wait for one another here, and nowhere later.
func (g *group) hold(jobs []*job) error {
	for _, j := range jobs {
		division := string(j.act.Division)
		if g.heads[division] != nil {
			continue
		}
		h, err := g.head(division)
		if err == nil && h == nil {
			if _, err = g.link.exec(g.ctx, "INSERT INTO chains (division, sequence, digest) VALUES ($1, 0, '') ON CONFLICT (division) DO NOTHING", division); err == nil {
				h, err = g.head(division)
			}
		}
		if err != nil {
			return err
		}
		g.heads[division] = h
	}
	return nil
}

func (g *group) head(division string) (h *head, err error) {
	rows, err := g.link.query(g.ctx, "SELECT sequence, digest FROM chains WHERE division = $1"+g.s.engine.lock, division)
	err = each(rows, err, func(scan func(...any) error) error {
		h = &head{}
		return scan(&h.sequence, &h.digest)
	})
	return h, err
}

// advance writes where the chains end now.
func (g *group) advance() error {
	for division, h := range g.heads {
		if !h.moved {
			continue
		}
		if _, err := g.link.exec(g.ctx, "UPDATE chains SET sequence = $1, digest = $2 WHERE division = $3", h.sequence, h.digest, division); err != nil {
			return err
		}
	}
	return nil
}

// stamp is a time as it is kept: UTC, to the microsecond, in a text that sorts as time does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
