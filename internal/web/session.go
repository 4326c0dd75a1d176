package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// The names of the cookie that holds a session's secret. Over TLS its prefix binds it to this host.
const (
	sessionCookie       = "tongchou"
	secureSessionCookie = "__Host-tongchou"
)

// touchEvery is how often it is written down that a session was seen.
const touchEvery = time.Minute

// errSignIn says that somebody has to sign in first.
var errSignIn = errors.New("web: sign in first")

func cookieName(r *http.Request) string {
	if clientOf(r).secure {
		return secureSessionCookie
	}
	return sessionCookie
}

// keepSecret gives the browser a session's secret; an empty one takes it away.
func keepSecret(w http.ResponseWriter, r *http.Request, secret office.Secret) {
	c := &http.Cookie{Name: cookieName(r), Value: string(secret), Path: "/", HttpOnly: true, Secure: clientOf(r).secure, SameSite: http.SameSiteStrictMode}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// identify finds out who reads: by the session of his browser, or by the token of his program. errSignIn is returned when nobody
// does; another refusal says why a session or token no longer holds.
func (f *frame) identify(r *http.Request) error {
	if secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		f.byToken = true
		return f.identifyToken(r, office.Secret(secret))
	}
	c, err := r.Cookie(cookieName(r))
	if err != nil || c.Value == "" {
		return errSignIn
	}
	accounts, at := f.site.Store.Accounts(), f.site.Now()
	session, account, found, err := accounts.Session(r.Context(), office.Secret(c.Value).Key())
	if err != nil {
		return err
	}
	if !found {
		return errSignIn
	}
	seen := session.Seen
	if session, err = f.site.Security.Sessions.Touch(session, at); err != nil {
		return err
	}
	if f.subject, err = account.Subject(); err != nil {
		return err
	}
	f.session, f.account = session, account
	if session.Seen.Sub(seen) >= touchEvery {
		return accounts.Touch(r.Context(), session)
	}
	return nil
}

func (f *frame) identifyToken(r *http.Request, secret office.Secret) error {
	over := fault.New(fault.Refused, "office.token.over")
	if !secret.IsToken() {
		return over
	}
	accounts := f.site.Store.Accounts()
	token, found, err := accounts.Token(r.Context(), secret.Key())
	if err != nil {
		return err
	}
	account := office.Account{}
	if found {
		if account, found, err = accounts.User(r.Context(), everywhere(f.site.home()), token.User); err != nil {
			return err
		}
	}
	if !found {
		return over
	}
	at := f.site.Now()
	if f.subject, err = token.Subject(account.User, at); err != nil || at.Sub(token.Used) < touchEvery && token.UsedFrom == f.from {
		return err
	}
	return accounts.TokenUsed(r.Context(), token.ID, at, f.from)
}

// everywhere is the scope of a whole province.
func everywhere(province region.Code) office.Scope {
	return office.Scope{Division: province, Reach: office.Below}
}

// mustChange tells whether the reader has to change his password before anything else.
func (f *frame) mustChange() bool {
	return f.account.ID != "" && f.account.Password != "" &&
		(f.account.MustChange || f.site.Security.Passwords.Expired(f.account.Set, f.site.Now()))
}

// signedIn tells whether somebody is signed in.
func (f *frame) signedIn() bool { return f.subject.ID != "" }

// newRandom gives random bytes for a secret.
func newRandom() (out office.Random) {
	_, _ = rand.Read(out[:]) // never fails
	return out
}

func newSalt() (out office.Salt) {
	_, _ = rand.Read(out[:]) // never fails
	return out
}

// local is an address within the console, for going there after signing in; the home page for anything else.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
