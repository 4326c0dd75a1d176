package store

import (
	"context"
	"encoding/hex"
	"strconv"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
)

// Insured (参保人存取) is what insured persons do themselves: they sign in, apart from users and with none of their rights, and see their own files.
// Everything they see is written into the audit chain of the county responsible before they see it.
//
// 依据: SCE-6.2, YA-4.10.2
type Insured struct{ s *Store }

// Insured gives what insured persons do themselves.
func (s *Store) Insured() Insured { return Insured{s} }

// OwnSession (参保人会话) is an insured person who is signed in.
type OwnSession struct {
	office.Session
	Person enrol.PersonNo
}

// The actions that are written down of insured persons.
const (
	ownSignIn  = "own.sign_in"
	ownRefused = "own.sign_in_refused"
	ownSignOut = "own.sign_out"
	ownRead    = "own.read"
)

// ownPrefix begins what an insured person is called where users have their ids, and his failed attempts are counted under. No user's id or login
// has such a beginning.
const ownPrefix = "person:"

// OwnID is what the audit log calls an insured person who does something.
func OwnID(no enrol.PersonNo) office.UserID {
	return office.UserID(ownPrefix + strconv.FormatInt(int64(no), 10))
}

// Login gives what failed attempts with a document are counted under: its blind key.
func (i Insured) Login(ctx context.Context, d enrol.Document) (office.Login, error) {
	keys, err := i.s.lookKeys(ctx)
	if err != nil {
		return "", err
	}
	key := keys.blinder().document(d)
	return office.Login(ownPrefix + hex.EncodeToString(key[:])), nil
}

// SignIn (本人登录) keeps a session of whose document it is, forgets the failed attempts with it, and ends his sessions that began before a time.
// False when there is no such file in the act's scope, or its name is another one; an empty name is not compared.
//
// 依据: SCE-6.2, YA-4.10.2
func (i Insured) SignIn(ctx context.Context, act Act, d enrol.Document, name string, session office.Session, over time.Time) (Person, bool, error) {
	keys, err := i.s.lookKeys(ctx)
	if err != nil {
		return Person{}, false, err
	}
	key, plain := keys.blinder().document(d), enrol.PlainName(name)
	p, found, err := i.one(ctx, keys, act.Scope, search{
		text: "SELECT person FROM person_documents WHERE key = $1", args: []any{key[:]},
		keep: func(known enrol.Identity) bool {
			return known.Document == d && (plain == "" || enrol.PlainName(known.Name) == plain)
		},
	})
	login := ownPrefix + hex.EncodeToString(key[:])
	act.Object = office.Object{Kind: "login", ID: login}
	if err != nil || !found {
		act.Action = ownRefused
		if err == nil {
			_, err = i.s.Write(ctx, act, func(*Tx) error { return nil })
		}
		return Person{}, false, err
	}
	act = i.by(act, p, ownSignIn)
	_, err = i.s.Write(ctx, act, func(t *Tx) error {
		if _, err := t.exec("DELETE FROM attempts WHERE login = $1", login); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM person_sessions WHERE person = $1 AND began < $2", int64(p.No), stamp(over)); err != nil {
			return err
		}
		_, err := t.exec("INSERT INTO person_sessions (digest, person, whence, began, seen) VALUES ($1, $2, $3, $4, $5)",
			session.Key[:], int64(p.No), string(session.From), stamp(session.Began), stamp(session.Seen))
		return err
	})
	return p, err == nil, err
}

// one runs a search for a single file. It is written down by whoever calls.
func (i Insured) one(ctx context.Context, keys *personKeys, scope office.Scope, q search) (p Person, found bool, err error) {
	q.limit = mostFound
	err = i.s.read(ctx, func(l *link) error {
		all, err := q.run(l.querier(ctx), keys, scope)
		if err == nil && len(all.Persons) > 0 {
			p, found = all.Persons[0], true
		}
		return err
	})
	return p, found, err
}

// by makes an act one that a person does about his own file: it stands in the chain of the county responsible and reaches no further.
func (i Insured) by(act Act, p Person, action string) Act {
	act.Action, act.Who, act.Chain, act.Scope = action, OwnID(p.No), p.County, ScopeOf(p.County)
	act.Department, act.Object = "", office.Object{Kind: personObject, ID: strconv.FormatInt(int64(p.No), 10)}
	return act
}

// Session finds a session by the digest of its secret; false when there is none.
func (i Insured) Session(ctx context.Context, key office.Digest) (session OwnSession, found bool, err error) {
	err = i.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var person int64
			var began, seen string
			err := scan(&person, (*string)(&session.From), &began, &seen)
			session.Key, session.Person, found = key, enrol.PersonNo(person), true
			session.User = OwnID(session.Person)
			if err == nil {
				err = unstampAll(map[*time.Time]string{&session.Began: began, &session.Seen: seen})
			}
			return err
		}, "SELECT person, whence, began, seen FROM person_sessions WHERE digest = $1", key[:])
	})
	return session, found, err
}

// Touch writes down when a session was last seen. It is not audited.
func (i Insured) Touch(ctx context.Context, session OwnSession) error {
	_, err := i.s.Write(ctx, Act{quiet: true}, func(t *Tx) error {
		_, err := t.exec("UPDATE person_sessions SET seen = $1 WHERE digest = $2", stamp(session.Seen), session.Key[:])
		return err
	})
	return err
}

// SignOut ends a session of a person whose file the act's scope holds.
func (i Insured) SignOut(ctx context.Context, act Act, session OwnSession) error {
	act.Action, act.Who = ownSignOut, OwnID(session.Person)
	act.Object = office.Object{Kind: personObject, ID: strconv.FormatInt(int64(session.Person), 10)}
	_, err := i.s.Write(ctx, act, func(t *Tx) error {
		_, err := t.exec("DELETE FROM person_sessions WHERE digest = $1", session.Key[:])
		return err
	})
	return err
}

// Read (查看本人档案) gives a person his own file; false when there is none any more.
//
// 依据: SCE-6.2, YA-4.10.2
func (i Insured) Read(ctx context.Context, act Act, no enrol.PersonNo) (Person, bool, error) {
	keys, err := i.s.lookKeys(ctx)
	if err != nil {
		return Person{}, false, err
	}
	p, found, err := i.one(ctx, keys, act.Scope, search{numbers: []int64{int64(no)}})
	if err != nil || !found {
		return Person{}, false, err
	}
	if _, err := i.s.Write(ctx, i.by(act, p, ownRead), func(*Tx) error { return nil }); err != nil {
		return Person{}, false, err
	}
	return p, true, nil
}
