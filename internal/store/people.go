package store

import (
	"context"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// Accounts (账户存取) keeps users with their passwords, sessions and tokens. It is an office.Accounts: signing in comes before
// anybody's scope. Everything else takes one.
type Accounts struct{ s *Store }

var _ office.Accounts = Accounts{}

// Accounts gives the accounts.
func (s *Store) Accounts() Accounts { return Accounts{s} }

const accountColumns = "id, login, name, department, division, roles, state, version, password, old_passwords, password_set, must_change"

// Account finds an account; false when there is none of that login.
func (a Accounts) Account(ctx context.Context, login office.Login) (office.Account, bool, error) {
	return a.one(ctx, "login = $1", string(login))
}

// User finds a user in a scope; false when there is none of that id in it.
func (a Accounts) User(ctx context.Context, scope office.Scope, id office.UserID) (office.Account, bool, error) {
	first, last := bounds(scope)
	return a.one(ctx, "id = $1 AND division >= $2 AND division <= $3", string(id), first, last)
}

// Users lists the users in a scope, by login.
func (a Accounts) Users(ctx context.Context, scope office.Scope) ([]office.User, error) {
	first, last := bounds(scope)
	all, err := a.accounts(ctx, "division >= $1 AND division <= $2", first, last)
	out := make([]office.User, len(all))
	for i, account := range all {
		out[i] = account.User
	}
	return out, err
}

func (a Accounts) one(ctx context.Context, condition string, args ...any) (office.Account, bool, error) {
	all, err := a.accounts(ctx, condition, args...)
	if err != nil || len(all) == 0 {
		return office.Account{}, false, err
	}
	return all[0], true, nil
}

func (a Accounts) accounts(ctx context.Context, condition string, args ...any) (out []office.Account, err error) {
	err = a.s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, "SELECT "+accountColumns+" FROM users WHERE "+condition+" ORDER BY login", args...)
		return each(rows, err, func(scan func(...any) error) error {
			account, err := scanAccount(scan)
			out = append(out, account)
			return err
		})
	})
	return out, err
}

func scanAccount(scan func(...any) error) (a office.Account, err error) {
	var id, login, department, division, roles, state, password, old, set string
	var version, must int64
	if err = scan(&id, &login, &a.Name, &department, &division, &roles, &state, &version, &password, &old, &set, &must); err != nil {
		return a, err
	}
	a.ID, a.Login, a.Department, a.Division = office.UserID(id), office.Login(login), office.Department(department), region.Code(division)
	a.Roles, a.State, a.Version = unlisted[office.Role](roles), office.UserState(state), office.Version(version)
	a.Password, a.Old, a.MustChange = office.PasswordHash(password), unlisted[office.PasswordHash](old), must == 1
	a.Set, err = unstamp(set)
	return a, err
}

// Save keeps an account. One of version 1 is new; any other replaces the one of the version before. When that is not there, or
// a new one's id or login is taken, office.ErrStale is returned. Refused are roles that exclude what he was before; see office.User.CheckPast.
// A user who changed is signed out everywhere. The tokens of one who may not work, or whose password somebody else set, end for ever; and one who has a
// password does not sign in through the provider.
func (t *Tx) Save(a office.Account) error {
	if err := t.within(a.Division); err != nil {
		return err
	}
	past, err := t.pastRoles(a.ID)
	if err != nil {
		return err
	}
	if err := a.CheckPast(past); err != nil {
		return err
	}
	t.wrote(guardedUsers, string(a.ID))
	if a.Version == 1 {
		return t.one("INSERT INTO users ("+accountColumns+") VALUES ("+places(12)+") ON CONFLICT DO NOTHING", string(a.ID), string(a.Login), a.Name,
			string(a.Department), string(a.Division), listed(a.Roles), string(a.State), int64(a.Version), string(a.Password), listed(a.Old), stampOrNone(a.Set), flag(a.MustChange))
	}
	first, last := bounds(t.act.Scope)
	if err := t.one(`UPDATE users SET login = $1, name = $2, department = $3, division = $4, roles = $5, state = $6, version = $7, password = $8,
old_passwords = $9, password_set = $10, must_change = $11 WHERE id = $12 AND version = $13 AND division >= $14 AND division <= $15`,
		string(a.Login), a.Name, string(a.Department), string(a.Division), listed(a.Roles), string(a.State), int64(a.Version), string(a.Password),
		listed(a.Old), stampOrNone(a.Set), flag(a.MustChange), string(a.ID), int64(a.Version)-1, first, last); err != nil {
		return err
	}
	if a.State != office.Active || a.MustChange {
		if err := t.revokeTokens(a.ID); err != nil {
			return err
		}
	}
	if a.Password != "" {
		if err := t.unlinkSingle(a.ID); err != nil {
			return err
		}
	}
	return t.SignOut(a.ID)
}

// pastRoles are the roles a user has and those that the chains say he had.
func (t *Tx) pastRoles(id office.UserID) (past []office.Role, err error) {
	err = t.reads([]string{"users"}, func(scan func(...any) error) error {
		var roles string
		err := scan(&roles)
		past = append(past, unlisted[office.Role](roles)...)
		return err
	}, "SELECT roles FROM users WHERE id = $1", string(id))
	if err != nil {
		return nil, err
	}
	err = t.reads([]string{"audit"}, func(scan func(...any) error) error {
		e, err := scanEntry(scan)
		for _, field := range e.After {
			if field.Name == "roles" {
				past = append(past, rolesIn(field.Value)...)
			}
		}
		return err
	}, "SELECT "+entryColumns+" FROM audit WHERE kind = 'user' AND object = $1", string(id))
	return past, err
}

// rolesIn reads roles as office.User.Fields writes them.
func rolesIn(text string) (out []office.Role) {
	for _, name := range strings.Fields(text) {
		out = append(out, office.Role(name))
	}
	return out
}

// revokeTokens ends the tokens of a user.
func (t *Tx) revokeTokens(user office.UserID) error {
	var ids []string
	if err := t.reads([]string{"tokens"}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM tokens WHERE person = $1 AND revoked = 0", string(user)); err != nil {
		return err
	}
	for _, id := range ids {
		t.wrote(guardedTokens, id)
		if err := t.one("UPDATE tokens SET revoked = 1 WHERE id = $1", id); err != nil {
			return err
		}
	}
	return nil
}

// LinkSingle (关联单点登录) lets whoever the provider calls by a name sign in as a user, instead of whoever it was before. The first who comes by that
// name is the one, whatever the name becomes. Refused is a name that is somebody else's.
//
// 依据: YA-4.10.2
func (t *Tx) LinkSingle(user office.UserID, name office.SingleName) error {
	if err := t.unlinkSingle(user); err != nil {
		return err
	}
	t.wrote(guardedSingles, string(user))
	n, err := t.exec("INSERT INTO single_logins (person, name, subject) VALUES ($1, $2, '') ON CONFLICT DO NOTHING", string(user), string(name))
	if err == nil && n != 1 {
		err = fault.New(fault.Refused, "store.single_taken", "name", string(name))
	}
	return err
}

func (t *Tx) unlinkSingle(user office.UserID) error {
	n, err := t.exec("DELETE FROM single_logins WHERE person = $1", string(user))
	if n > 0 {
		t.wrote(guardedSingles, string(user))
	}
	return err
}

// BindSingle keeps who it was that first came by the name a user was linked with.
func (t *Tx) BindSingle(user office.UserID, who office.Identity) error {
	t.wrote(guardedSingles, string(user))
	return t.one("UPDATE single_logins SET subject = $1 WHERE person = $2 AND name = $3 AND subject = ''", who.Subject.String(), string(user), string(who.Name))
}

// Single finds the user that somebody at the provider is; bound tells that he came before. False when no user is linked with him.
func (a Accounts) Single(ctx context.Context, who office.Identity) (account office.Account, bound, found bool, err error) {
	const linked = "id = (SELECT person FROM single_logins WHERE "
	if account, found, err = a.one(ctx, linked+"subject = $1)", who.Subject.String()); found || err != nil {
		return account, true, found, err
	}
	account, found, err = a.one(ctx, linked+"name = $1 AND subject = '')", string(who.Name))
	return account, false, found, err
}

// SingleName gives what the provider calls a user; empty when he does not sign in there.
func (a Accounts) SingleName(ctx context.Context, user office.UserID) (name office.SingleName, err error) {
	err = a.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error { return scan((*string)(&name)) }, "SELECT name FROM single_logins WHERE person = $1", string(user))
	})
	return name, err
}

// History (账户记录) gives the last entries about a user's account and his signing in, the latest first.
//
// 依据: YA-4.10.2
func (a Accounts) History(ctx context.Context, u office.User, most int) (out []office.Entry, err error) {
	err = a.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			out = append(out, e)
			return err
		}, "SELECT "+entryColumns+" FROM audit WHERE kind = 'user' AND object = $1 OR kind = 'login' AND object = $2 ORDER BY at DESC, chain, seq DESC LIMIT $3",
			string(u.ID), string(u.Login), int64(most))
	})
	return out, err
}

// SignOut ends every session of a user.
func (t *Tx) SignOut(user office.UserID) error {
	_, err := t.exec("DELETE FROM sessions WHERE person = $1", string(user))
	return err
}

// Attempt replaces the attempts of a login; see office.Accounts. It is not audited by itself: the sign-in that follows is.
func (a Accounts) Attempt(ctx context.Context, login office.Login, f func(office.Attempts) (office.Attempts, error)) error {
	if v := a.s.visits; v != nil {
		return v.attempt(login, f)
	}
	_, err := a.s.Write(ctx, Act{quiet: true}, func(t *Tx) error {
		if _, err := t.exec("INSERT INTO attempts (login, failures, since, last, locks, until) VALUES ($1, 0, '', '', 0, '') ON CONFLICT (login) DO NOTHING", string(login)); err != nil {
			return err
		}
		before, err := t.attempts(login)
		if err != nil {
			return err
		}
		after, err := f(before)
		if err != nil {
			return err
		}
		_, err = t.exec("UPDATE attempts SET failures = $1, since = $2, last = $3, locks = $4, until = $5 WHERE login = $6",
			int64(after.Failures), stampOrNone(after.Since), stampOrNone(after.Last), int64(after.Locks), stampOrNone(after.Until), string(login))
		return err
	})
	return err
}

func (t *Tx) attempts(login office.Login) (a office.Attempts, err error) {
	err = t.reads(nil, func(scan func(...any) error) error {
		var failures, locks int64
		var since, last, until string
		err := scan(&failures, &since, &last, &locks, &until)
		a.Failures, a.Locks = int(failures), int(locks)
		if err == nil {
			err = unstampAll(map[*time.Time]string{&a.Since: since, &a.Last: last, &a.Until: until})
		}
		return err
	}, "SELECT failures, since, last, locks, until FROM attempts WHERE login = $1"+t.g.s.engine.lock, string(login))
	return a, err
}

// SignedIn keeps a sign-in; see office.Accounts.
func (a Accounts) SignedIn(ctx context.Context, account office.Account, session office.Session, record office.Record) error {
	if v := a.s.visits; v != nil {
		v.begin(account.Login, session)
		return nil
	}
	_, err := a.s.Write(ctx, Act{Record: record, Scope: office.Scope{Division: record.Chain, Reach: office.Own}}, func(t *Tx) error {
		t.wrote(guardedUsers, string(account.ID))
		if err := t.one("UPDATE users SET password = $1 WHERE id = $2 AND version = $3 AND state = $4",
			string(account.Password), string(account.ID), int64(account.Version), string(office.Active)); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM attempts WHERE login = $1", string(account.Login)); err != nil {
			return err
		}
		_, err := t.exec("INSERT INTO sessions (digest, person, whence, began, seen) VALUES ($1, $2, $3, $4, $5)",
			session.Key[:], string(session.User), string(session.From), stamp(session.Began), stamp(session.Seen))
		return err
	})
	return err
}

// NotSignedIn appends a record.
func (a Accounts) NotSignedIn(ctx context.Context, record office.Record) error {
	if a.s.visits != nil {
		return nil
	}
	_, err := a.s.Write(ctx, Act{Record: record, Scope: office.Scope{Division: record.Chain, Reach: office.Own}}, func(*Tx) error { return nil })
	return err
}

// Session finds a session by the digest of its secret, with its user; false when there is none.
func (a Accounts) Session(ctx context.Context, key office.Digest) (session office.Session, user office.Account, found bool, err error) {
	err = a.s.read(ctx, func(l *link) error {
		if v := a.s.visits; v != nil {
			session, found = v.session(key)
		} else if session, found, err = l.session(ctx, key); err != nil {
			return err
		}
		if !found {
			return nil
		}
		rows, err := l.query(ctx, "SELECT "+accountColumns+" FROM users WHERE id = $1", string(session.User))
		return each(rows, err, func(scan func(...any) error) error { user, err = scanAccount(scan); return err })
	})
	return session, user, found, err
}

func (l *link) session(ctx context.Context, key office.Digest) (session office.Session, found bool, err error) {
	err = l.querier(ctx)(func(scan func(...any) error) error {
		var person, whence, began, seen string
		err := scan(&person, &whence, &began, &seen)
		session, found = office.Session{Key: key, User: office.UserID(person), From: office.Address(whence)}, true
		if err == nil {
			err = unstampAll(map[*time.Time]string{&session.Began: began, &session.Seen: seen})
		}
		return err
	}, "SELECT person, whence, began, seen FROM sessions WHERE digest = $1", key[:])
	return session, found, err
}

// Touch writes down when a session was last seen. It is not audited.
func (a Accounts) Touch(ctx context.Context, session office.Session) error {
	if v := a.s.visits; v != nil {
		v.touch(session)
		return nil
	}
	_, err := a.s.Write(ctx, Act{quiet: true}, func(t *Tx) error {
		_, err := t.exec("UPDATE sessions SET seen = $1 WHERE digest = $2", stamp(session.Seen), session.Key[:])
		return err
	})
	return err
}

// EndSession ends a session and appends the record of it.
func (a Accounts) EndSession(ctx context.Context, key office.Digest, record office.Record) error {
	if v := a.s.visits; v != nil {
		v.end(key)
		return nil
	}
	_, err := a.s.Write(ctx, Act{Record: record, Scope: office.Scope{Division: record.Chain, Reach: office.Own}}, func(t *Tx) error {
		_, err := t.exec("DELETE FROM sessions WHERE digest = $1", key[:])
		return err
	})
	return err
}

// Unlock (解除锁定) forgets the failed attempts of a user's login, so that it may be tried again at once.
func (t *Tx) Unlock(u office.User) error {
	if err := t.within(u.Division); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM attempts WHERE login = $1", string(u.Login))
	return err
}

// SaveToken keeps a token, new or changed.
func (t *Tx) SaveToken(k office.Token) error {
	t.wrote(guardedTokens, string(k.ID))
	_, err := t.exec(`INSERT INTO tokens (id, digest, person, title, actions, made, expires, revoked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET revoked = excluded.revoked`,
		string(k.ID), k.Key[:], string(k.User), k.Title, listed(k.Actions), stamp(k.Made), stamp(k.Expires), flag(k.Revoked))
	return err
}

// TokenUsed writes down when and from where a token was used. It is not audited.
func (a Accounts) TokenUsed(ctx context.Context, id office.TokenID, at time.Time, from office.Address) error {
	if a.s.visits != nil {
		return nil
	}
	_, err := a.s.Write(ctx, Act{quiet: true}, func(t *Tx) error {
		_, err := t.exec("UPDATE tokens SET used = $1, used_from = $2 WHERE id = $3", stamp(at), string(from), string(id))
		return err
	})
	return err
}

// Token finds a token by the digest of its secret; false when there is none.
func (a Accounts) Token(ctx context.Context, key office.Digest) (office.Token, bool, error) {
	all, err := a.tokens(ctx, "digest = $1", key[:])
	if err != nil || len(all) == 0 {
		return office.Token{}, false, err
	}
	return all[0], true, nil
}

// Tokens lists a user's tokens, the oldest first.
func (a Accounts) Tokens(ctx context.Context, user office.UserID) ([]office.Token, error) {
	return a.tokens(ctx, "person = $1", string(user))
}

func (a Accounts) tokens(ctx context.Context, condition string, arg any) (out []office.Token, err error) {
	err = a.s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, "SELECT id, digest, person, title, actions, made, expires, revoked, used, used_from FROM tokens WHERE "+condition+" ORDER BY made, id", arg)
		return each(rows, err, func(scan func(...any) error) error {
			var id, person, actions, made, expires, used string
			var digest []byte
			var revoked int64
			k := office.Token{}
			err := scan(&id, &digest, &person, &k.Title, &actions, &made, &expires, &revoked, &used, (*string)(&k.UsedFrom))
			k.ID, k.User, k.Actions, k.Revoked = office.TokenID(id), office.UserID(person), unlisted[office.Action](actions), revoked == 1
			copy(k.Key[:], digest)
			if err == nil {
				err = unstampAll(map[*time.Time]string{&k.Made: made, &k.Expires: expires, &k.Used: used})
			}
			out = append(out, k)
			return err
		})
	})
	return out, err
}

// listed writes a list, one a line; unlisted reads it.
func listed[T ~string](all []T) string {
	lines := make([]string, len(all))
	for i, one := range all {
		lines[i] = string(one)
	}
	return strings.Join(lines, "\n")
}

func unlisted[T ~string](text string) []T {
	if text == "" {
		return nil
	}
	var out []T
	for _, line := range strings.Split(text, "\n") {
		out = append(out, T(line))
	}
	return out
}

// stampOrNone is a time as it is kept, empty for the zero time.
func stampOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

// unstampAll reads times into their places.
func unstampAll(texts map[*time.Time]string) error {
	for at, text := range texts {
		var err error
		if *at, err = unstamp(text); err != nil {
			return err
		}
	}
	return nil
}

func unstamp(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(stampForm, text)
	if err != nil {
		return at, fault.Wrap(err, "store.damaged", "what", "time", "value", text)
	}
	return at, nil
}
