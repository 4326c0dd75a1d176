package store

import (
	"bytes"
	"context"

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
}

const institutionColumns = "institution, division, name, level, account, synthetic"

func scanInstitution(scan func(...any) error) (i Institution, err error) {
	var made int64
	err = scan(&i.Code, (*string)(&i.Division), &i.Name, &i.Level, (*string)(&i.Account), &made)
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
	_, err := t.exec("INSERT INTO institutions ("+institutionColumns+`) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (institution) DO UPDATE SET
division = excluded.division, name = excluded.name, level = excluded.level, account = excluded.account, synthetic = excluded.synthetic`,
		i.Code, string(i.Division), i.Name, i.Level, string(i.Account), flag(i.Synthetic))
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

// Person (参保人) gives a file by its number. Whoever asks writes it down with Do.
func (e Exchange) Person(ctx context.Context, scope office.Scope, no enrol.PersonNo) (Person, bool, error) {
	return e.one(ctx, scope, func(*personKeys) search { return search{numbers: []int64{int64(no)}} })
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
	_, err = e.s.Write(ctx, act, func(t *Tx) error {
		h := &Handled{Tx: t, keys: keys, message: m}
		before, found, err := h.Message(m.Key)
		if err != nil {
			return err
		}
		if again = found; found {
			answer, err = before.repeated(m)
			return err
		}
		if answer, err = do(h); err != nil {
			return err
		}
		return h.keep(answer)
	})
	return answer, again, err
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
	answer []byte
}

// repeated is the answer to the message when it is sent again.
func (k KnownMessage) repeated(m Message) ([]byte, error) {
	switch {
	case k.Undone:
		return nil, fault.New(fault.Refused, "store.message_undone", "key", m.Key)
	case k.Content != m.Content || k.Person != m.Person:
		return nil, fault.New(fault.Refused, "store.message_used", "key", m.Key)
	}
	return k.answer, nil
}

var messageTable = &table{name: "exchange_messages", columns: list("message person content object undone answer"), tail: " ON CONFLICT (message) DO NOTHING"}

// Message finds a message that was handled before.
func (h *Handled) Message(key string) (k KnownMessage, found bool, err error) {
	k.Key = key
	var content, sealed []byte
	var undone int64
	if err := h.reads(nil, func(scan func(...any) error) error {
		found = true
		return scan((*int64)(&k.Person), &content, &k.Object, &undone, &sealed)
	}, "SELECT person, content, object, undone, answer FROM exchange_messages WHERE message = $1"+h.g.s.engine.lock, key); err != nil || !found {
		return k, found, err
	}
	copy(k.Content[:], content)
	k.Undone = undone == 1
	if len(sealed) > 0 {
		k.answer, err = h.keys.openText("message "+key, sealed)
	}
	return k, true, err
}

// keep writes the message down with its answer.
func (h *Handled) keep(answer []byte) error {
	return h.addMessage(h.message, h.Object, false, h.keys.sealText("message "+h.message.Key, answer))
}

func (h *Handled) addMessage(m Message, object string, undone bool, answer []byte) error {
	h.wrote(guardedMessages, m.Key)
	n, err := h.insertedRows(messageTable, []any{m.Key, int64(m.Person), bytes.Clone(m.Content[:]), object, flag(undone), answer})
	if err == nil && n != 1 {
		return office.ErrStale // the same message came twice at once
	}
	return err
}

// insertedRows writes rows now and tells how many were not there.
func (t *Tx) insertedRows(into *table, values []any) (int64, error) {
	if err := t.save(); err != nil {
		return 0, err
	}
	n, err := t.g.insertCounted(into, values)
	if err != nil {
		return 0, t.breaks(err)
	}
	return n, nil
}

// Undo (冲正登记) says of a message that it is undone: sent again, it is refused. One that never came is written down too, so that it does nothing should
// it come late.
//
// 依据: YA-4.8.2
func (h *Handled) Undo(key string, person enrol.PersonNo) error {
	h.wrote(guardedMessages, key)
	n, err := h.exec("UPDATE exchange_messages SET undone = 1 WHERE message = $1", key)
	if err != nil || n == 1 {
		return err
	}
	return h.addMessage(Message{Key: key, Person: person}, "", true, []byte{})
}
