package office

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongchou/internal/fault"
)

// Random are random bytes for a secret, new for each.
type Random [32]byte

// Secret (密钥) is what a browser or program shows to be known again. Only its digest is kept. It does not print itself;
// string(s) is the text to hand out.
type Secret string

// String hides the secret from logs.
func (s Secret) String() string { return Taken }

// GoString hides the secret from logs.
func (s Secret) GoString() string { return Taken }

// MarshalText hides the secret from logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Taken), nil }

// Key (密钥摘要) is the digest that a secret is kept under. Secrets are random, so that a fast digest is enough.
//
// 依据: YA-4.10.2
func (s Secret) Key() Digest { return DigestOf([]byte(s)) }

func secretOf(prefix string, random Random) Secret {
	return Secret(prefix + base64.RawURLEncoding.EncodeToString(random[:]))
}

// SessionRules (会话规则) say how long a session lasts: without a request, and in all.
type SessionRules struct{ Idle, Absolute time.Duration }

// DefaultSessionRules are the project's choice; the clause gives no figures.
//
// 依据: YA-4.10.2
func DefaultSessionRules() SessionRules {
	return SessionRules{Idle: 30 * time.Minute, Absolute: 10 * time.Hour}
}

// Session (会话) is somebody signed in.
type Session struct {
	Key         Digest
	User        UserID
	From        Address
	Began, Seen time.Time
}

// NewSession makes a session and the secret for the browser; every sign-in makes a new one, whatever the browser had.
//
// 依据: YA-4.10.2
func NewSession(random Random, user UserID, from Address, at time.Time) (Session, Secret) {
	secret := secretOf("", random)
	return Session{Key: secret.Key(), User: user, From: from, Began: at, Seen: at}, secret
}

// Rotate gives a session a new secret, as when its rights change; it lasts no longer for that.
func (s Session) Rotate(random Random) (Session, Secret) {
	secret := secretOf("", random)
	s.Key = secret.Key()
	return s, secret
}

// Touch (续期) is the session after a request. Refused is one that is over: idle too long, or open too long.
//
// 依据: YA-4.10.2
func (r SessionRules) Touch(s Session, at time.Time) (Session, error) {
	switch {
	case !at.Before(s.Began.Add(r.Absolute)):
		return s, fault.New(fault.Refused, "office.session.absolute", "minutes", minutes(r.Absolute))
	case !at.Before(s.Seen.Add(r.Idle)):
		return s, fault.New(fault.Refused, "office.session.idle", "minutes", minutes(r.Idle))
	}
	if at.After(s.Seen) {
		s.Seen = at
	}
	return s, nil
}

// TokenRules (令牌规则) say how long a token may last.
type TokenRules struct{ Longest time.Duration }

// DefaultTokenRules are the project's choice; the clause gives no figures.
//
// 依据: YA-4.10.2
func DefaultTokenRules() TokenRules { return TokenRules{Longest: 365 * 24 * time.Hour} }

// TokenID (令牌编号) names a token.
type TokenID string

// Token (接口令牌) lets a program act for a user, within his rights and those listed, until it expires.
type Token struct {
	ID            TokenID
	Key           Digest
	User          UserID
	Title         string
	Actions       []Action
	Made, Expires time.Time
	Revoked       bool
	// Used is when it was used last, about to the minute, and UsedFrom from where; zero when it never was.
	Used     time.Time
	UsedFrom Address
}

// tokenPrefix begins every token, so that one that got out is found by searching for it.
const tokenPrefix = "tongchou_"

// IsToken tells whether a text looks like a token's secret.
func (s Secret) IsToken() bool {
	rest, ok := strings.CutPrefix(string(s), tokenPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	return ok && err == nil && len(raw) == len(Random{})
}

// byHand are actions that take a person: signatures, names and numbers in plain, and the administrators' work.
func byHand() []Action {
	return []Action{Review, Countersign, Approve, Publish, SignData, ReopenBooks, Pay, Unmask, ManageUsers, GrantRoles, ManageSecurity, Configure}
}

// IssueToken (签发令牌) makes a token and the secret that is shown once. Refused are a title that is empty or too long, no
// actions, actions that the user has no right to or that take a person, and an end that is past or too far off.
//
// 依据: YA-4.10.2, YA-4.10.3
func (r TokenRules) IssueToken(t Token, by Subject, random Random) (Token, Secret, error) {
	var l fault.List
	add := func(column, key string, args ...any) {
		l.Add(fault.Problem{Column: column, Message: fault.Msg(key, args...), Clause: "YA-4.10.2"})
	}
	if t.Title != strings.TrimSpace(t.Title) || t.Title == "" || !utf8.ValidString(t.Title) || utf8.RuneCountInString(t.Title) > longestName {
		add("title", "office.token.title", "most", longestName)
	}
	if !t.Expires.After(t.Made) || t.Expires.After(t.Made.Add(r.Longest)) {
		add("expires", "office.token.expires", "days", int(r.Longest/(24*time.Hour)))
	}
	if len(t.Actions) == 0 {
		add("actions", "office.token.actions")
	}
	for _, a := range t.Actions {
		if _, err := ScopeOf(by, a); err != nil {
			add("actions", "office.token.right", "action", a.Label())
		} else if slices.Contains(byHand(), a) {
			add("actions", "office.token.by_hand", "action", a.Label())
		}
	}
	if err := l.Err(); err != nil {
		return Token{}, "", err
	}
	secret := secretOf(tokenPrefix, random)
	t.User, t.Key, t.Revoked = by.ID, secret.Key(), false
	return t, secret, nil
}

// Subject lets a program act with a token for its user. Refused are a token that was revoked, has expired or is not his,
// and a user who is not active. It never has a right that its user has lost.
//
// 依据: YA-4.10.2
func (t Token) Subject(u User, at time.Time) (Subject, error) {
	if t.Revoked || !at.Before(t.Expires) || t.User != u.ID {
		return Subject{}, fault.New(fault.Refused, "office.token.over")
	}
	s, err := u.Subject()
	s.Limited, s.Only = true, slices.Clone(t.Actions)
	return s, err
}
