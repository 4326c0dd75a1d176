package store

import (
	"bytes"
	"context"
	"database/sql"
	"sync"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// Exchange (结算业务存取) keeps what designated institutions send: visits, what was charged for them, settlements, and every message with its answer.
//
// 依据: YA-4.8.2
type Exchange struct{ s *Store }

// Exchange gives what designated institutions send.
func (s *Store) Exchange() Exchange { return Exchange{s} }

// Institution (定点医药机构) is an institution that settles over the interface: its code of twelve characters, where it is, its level as the platform
// writes it (hosp_lv), and the account its programs act for.
//
// 依据: YA-4.8.2
type Institution struct {
	Code      string
	Division  region.Code
	Name      string
	Level     string
	Account   office.UserID
	Synthetic bool
	// Signing says whether its messages are signed, and SignKey is the public key of SM2 they are checked with; both empty where they are not.
	Signing Signing
	SignKey string
}

const institutionColumns = "institution, division, name, level, account, synthetic, signing, sign_key"

func scanInstitution(scan func(...any) error) (i Institution, err error) {
	var made int64
	err = scan(&i.Code, (*string)(&i.Division), &i.Name, &i.Level, (*string)(&i.Account), &made, (*string)(&i.Signing), &i.SignKey)
	i.Synthetic = made == 1
	return i, err
}

// SaveInstitution keeps an institution, new or changed.
//
// 依据: YA-4.8.2
func (t *Tx) SaveInstitution(i Institution) error {
	if err := t.within(i.Division); err != nil {
		return err
	}
	t.wrote(guardedInstitutions, i.Code)
	_, err := t.exec("INSERT INTO institutions ("+institutionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (institution) DO UPDATE SET
division = excluded.division, name = excluded.name, level = excluded.level, account = excluded.account, synthetic = excluded.synthetic, signing = excluded.signing, sign_key = excluded.sign_key`,
		i.Code, string(i.Division), i.Name, i.Level, string(i.Account), flag(i.Synthetic), string(i.Signing), i.SignKey)
	return err
}

// Institution finds the institution that an account acts for; false when it is none's.
func (e Exchange) Institution(ctx context.Context, account office.UserID) (i Institution, found bool, err error) {
	err = e.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			i, err = scanInstitution(scan)
			found = err == nil
			return err
		}, "SELECT "+institutionColumns+" FROM institutions WHERE account = $1 ORDER BY institution LIMIT 1", string(account))
	})
	return i, found, err
}

// Person (参保人) gives a file by its number; it is not to be changed. Whoever asks writes it down with Do.
func (e Exchange) Person(ctx context.Context, scope office.Scope, no enrol.PersonNo) (p Person, found bool, err error) {
	keys, err := e.s.lookKeys(ctx)
	if err != nil {
		return p, false, err
	}
	first, last := codeBounds(scope)
	stmt, err := e.s.find.prepared(e.s.reading, "SELECT "+personColumns+" FROM persons WHERE person = $1 AND county >= $2 AND county <= $3")
	if err != nil {
		return p, false, e.s.engine.fault(err)
	}
	rows, err := stmt.QueryContext(context.WithoutCancel(ctx), int64(no), first, last) // one row, by its key
	err = each(rows, err, func(scan func(...any) error) error {
		found = true
		p, err = e.s.files.open(keys, scan)
		return err
	})
	return p, found, e.s.engine.fault(err)
}

// statementOnce is a statement that is prepared when it is first needed.
type statementOnce struct {
	mu   sync.Mutex
	stmt *sql.Stmt
}

func (o *statementOnce) prepared(db *sql.DB, text string) (_ *sql.Stmt, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stmt == nil {
		o.stmt, err = db.Prepare(text)
	}
	return o.stmt, err
}

// openFiles are files that were opened lately: a person's messages come together, and a row of the same version holds the same.
type openFiles struct {
	mu         sync.Mutex
	young, old map[enrol.PersonNo]openedFile
}

// openedFile is a file with what its row was sealed by.
type openedFile struct {
	Person
	tag [tagSize]byte
}

// mostOpen is how many files are kept open at least.
const mostOpen = 1 << 12

// open gives the person of a row of personColumns.
func (f *openFiles) open(keys *personKeys, scan func(...any) error) (p Person, err error) {
	var no, county, version int64
	var sealed sql.RawBytes
	if err := scan(&no, &county, &version, &sealed); err != nil {
		return p, err
	}
	var tag [tagSize]byte
	copy(tag[:], sealed[max(len(sealed)-tagSize, 0):])
	if known, found := f.find(enrol.PersonNo(no)); found && known.Version == version && known.County == codeOf(county) && known.tag == tag {
		return known.Person, nil
	}
	p, err = keys.person(func(to ...any) error {
		*to[0].(*int64), *to[1].(*int64), *to[2].(*int64), *to[3].(*[]byte) = no, county, version, bytes.Clone(sealed)
		return nil
	})
	if err == nil {
		f.keep(openedFile{p, tag})
	}
	return p, err
}

func (f *openFiles) find(no enrol.PersonNo) (openedFile, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, known := f.young[no]; known {
		return p, true
	}
	p, known := f.old[no]
	return p, known
}

func (f *openFiles) keep(p openedFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.young == nil || len(f.young) >= mostOpen {
		f.young, f.old = map[enrol.PersonNo]openedFile{}, f.young
	}
	f.young[p.No] = p
}

// ByDocument (按证件查找参保人) gives the file of whose document it is. Whoever asks writes it down with Do.
func (e Exchange) ByDocument(ctx context.Context, scope office.Scope, d enrol.Document) (Person, bool, error) {
	return e.one(ctx, scope, func(keys *personKeys) search {
		key := keys.blinder().document(d)
		return search{text: "SELECT person FROM person_documents WHERE key = $1", args: []any{key[:]}, keep: func(known enrol.Identity) bool { return known.Document == d }}
	})
}

func (e Exchange) one(ctx context.Context, scope office.Scope, q func(*personKeys) search) (Person, bool, error) {
	keys, err := e.s.lookKeys(ctx)
	if err != nil {
		return Person{}, false, err
	}
	return Insured{e.s}.one(ctx, keys, scope, q(keys))
}

// Message (交易报文) is a message by its key, which institution, transaction and message id make, with the digest of what it asks for. Person is whom it is
// about, 0 for nobody.
type Message struct {
	Key     string
	Content office.Digest
	Person  enrol.PersonNo
}

// Do (办理交易) does what a message asks for, in one transaction with its answer and its audit entry. The same message again gives the first answer and does
// nothing; refused are another one under its key, and one that was undone. do may be called again.
//
// 依据: YA-4.8.2
func (e Exchange) Do(ctx context.Context, act Act, m Message, do func(*Handled) ([]byte, error)) (answer []byte, again bool, err error) {
	keys, err := e.s.makeKeys(ctx)
	if err != nil {
		return nil, false, err
	}
	act.message = m.Key
	e.s.coming.Add(1)
	rehearsed := e.s.rehearse(ctx, act, keys, m, do)
	e.s.coming.Add(-1)
	_, err = e.s.Write(ctx, act, func(t *Tx) (err error) {
		h := &Handled{Tx: t, keys: keys, message: m}
		before, found := t.g.messages[m.Key]
		if again = found; found {
			answer, err = h.repeated(before)
			return err
		}
		if t.adopt(rehearsed) {
			answer, rehearsed = rehearsed.answer, nil
			return nil
		}
		answer, err = h.answer(m, do)
		return err
	})
	return answer, again, err
}

// answer does what the message asks for and writes it down with its answer.
func (h *Handled) answer(m Message, do func(*Handled) ([]byte, error)) ([]byte, error) {
	answer, err := do(h)
	if err != nil {
		return nil, err
	}
	return answer, h.keep(m, h.Object, false, h.keys.sealText(messageSeal(m.Key), answer))
}

// Handled (办理中的交易) is a message being handled.
type Handled struct {
	*Tx
	keys    *personKeys
	message Message
	// Object names what the message makes, for who undoes it.
	Object string
}

// KnownMessage (已受理报文) is a message that was handled before.
type KnownMessage struct {
	Message
	Object string
	Undone bool
	sealed []byte // the answer
}

func messageSeal(key string) string { return "message " + key }

// repeated is the answer to a message that is sent again.
func (h *Handled) repeated(k KnownMessage) ([]byte, error) {
	switch {
	case k.Undone:
		return nil, fault.New(fault.Refused, "store.message_undone", "key", k.Key)
	case k.Content != h.message.Content || k.Person != h.message.Person:
		return nil, fault.New(fault.Refused, "store.message_used", "key", k.Key)
	}
	return h.keys.openText(messageSeal(k.Key), k.sealed)
}

var messageTable = &table{name: "exchange_messages", columns: list("message person content object undone answer chain at who whence")}

const messageSelecting = "SELECT message, person, content, object, undone, answer FROM exchange_messages WHERE message "

func scanMessage(scan func(...any) error) (k KnownMessage, err error) {
	var content []byte
	var undone int64
	err = scan(&k.Key, (*int64)(&k.Person), &content, &k.Object, &undone, &k.sealed)
	copy(k.Content[:], content)
	k.Undone = undone == 1
	return k, err
}

// recallMessages reads which of the jobs' messages were handled before. A transaction that trusts does not begin with it: a message that another program handles
// meanwhile is refused by the database.
func (g *group) recallMessages(jobs []*job) error {
	var keys []any
	for _, j := range jobs {
		if j.act.message != "" {
			keys = append(keys, j.act.message)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	for len(keys)&(len(keys)-1) != 0 { // a power of two, so that few texts are prepared
		keys = append(keys, keys[0])
	}
	query := g.query
	if g.trusts && !g.begun {
		query = func(text string, args ...any) (*sql.Rows, error) { return g.link.query(g.ctx, text, args...) }
	}
	rows, err := query(messageSelecting+"IN ("+places(len(keys))+")", keys...)
	return each(rows, err, func(scan func(...any) error) error {
		k, err := scanMessage(scan)
		g.messages[k.Key] = k
		return err
	})
}

// Message finds a message that was handled before.
func (h *Handled) Message(key string) (k KnownMessage, found bool, err error) {
	if k, found = h.g.messages[key]; found {
		return k, true, nil
	}
	err = h.peek([]string{messageTable.name}, func(scan func(...any) error) error {
		found = true
		k, err = scanMessage(scan)
		return err
	}, messageSelecting+"= $1", key)
	return k, found, err
}

// keep writes a message down with its answer.
func (h *Handled) keep(m Message, object string, undone bool, sealed []byte) error {
	h.handled = append(h.handled, KnownMessage{m, object, undone, sealed})
	return h.put(guardedMessages, messageTable, m.Key, int64(m.Person), bytes.Clone(m.Content[:]), object, flag(undone), sealed,
		string(h.act.Chain), stamp(h.g.s.now()), string(h.act.Who), string(h.act.From))
}

// Undo (冲正登记) says of a message that it is undone: sent again, it is refused. One that never came is written down too, so that it does nothing should
// it come late.
//
// 依据: YA-4.8.2
func (h *Handled) Undo(key string, person enrol.PersonNo) error {
	k, found, err := h.Message(key)
	if err != nil {
		return err
	}
	if !found {
		return h.keep(Message{Key: key, Person: person}, "", true, []byte{})
	}
	k.Undone = true
	h.handled = append(h.handled, k)
	h.wrote(guardedMessages, key)
	return h.one("UPDATE exchange_messages SET undone = 1 WHERE message = $1", key)
}
