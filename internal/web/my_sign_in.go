package web

import (
	"net/http"
	"strings"

	desks "tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// mySignInModel is the page where insured persons sign in.
type mySignInModel struct {
	Next, Error, Name string
	Over, Test        bool
	Asks              bool   // a number and a name are asked for here
	Platform          string // where the identity platform is
	Leave             string // the way there
	Examples          []DemoPerson
}

// DemoPerson (演示参保人) is a made-up insured person of a demonstration, who is shown where people sign in.
type DemoPerson struct{ Name, Number, About string }

func (s *site) mySignInModel(f *frame, next string) mySignInModel {
	_, test := s.Identity.(desks.TestIdentity)
	m := mySignInModel{Next: myPath(next), Test: test, Asks: s.Identity != nil}
	if s.platform != nil {
		m.Platform, m.Leave = s.platform.host(), f.myLink("/my/sign-in/platform", "next", m.Next)
	}
	if s.Demo != nil && test {
		m.Examples = s.Demo.Insured
	}
	return m
}

// myPath is an address of these pages, for going there after signing in.
func myPath(next string) string {
	if path := local(next); path == "/my" || strings.HasPrefix(path, "/my/") || strings.HasPrefix(path, "/my?") {
		return path
	}
	return "/my"
}

func (s *site) mySignInPage(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := s.mySignInModel(f, f.seen.Get("next"))
	m.Over = f.seen.Get("why") == "over"
	return f.render(w, r, http.StatusOK, mySignInPage(f, m))
}

// mySignIn signs an insured person in, always into a new session. A number that is on nobody's file and a name that is another's are refused in the
// same words.
func (s *site) mySignIn(f *frame, w http.ResponseWriter, r *http.Request) error {
	if s.Identity == nil {
		return errNotFound
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	m := s.mySignInModel(f, r.PostForm.Get("next"))
	m.Name = strings.TrimSpace(r.PostForm.Get("name"))
	session, secret := office.NewSession(newRandom(), "", f.from, s.Now())
	err := s.proveAndEnter(f, r, s.shown(r, r.PostForm.Get("number"), m.Name), session)
	if err == nil {
		s.endOwn(f, r)
		keepOwn(w, r, secret)
		http.Redirect(w, r, m.Next, http.StatusSeeOther)
		return nil
	}
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	m.Error = f.sentence(problemsOf(err)[0].Message)
	return f.render(w, r, statusOf(err), mySignInPage(f, m))
}

// proveAndEnter counts the attempt, asks who it is, and keeps the session. Attempts are counted by address before anything is asked, and by
// document before the file is looked for.
func (s *site) proveAndEnter(f *frame, r *http.Request, shown desks.Shown, session office.Session) error {
	address := clientOf(r).address
	if err := s.throttle.try(address); err != nil {
		return err
	}
	proven, err := s.Identity.Check(r.Context(), shown)
	if err != nil {
		return err
	}
	if err := s.countOwn(r, proven.Document); err != nil {
		return err
	}
	_, found, err := s.Store.Insured().SignIn(r.Context(), f.myAct(), proven.Document, proven.Name, session, s.Now().Add(-mySessions().Absolute))
	if err == nil && !found {
		err = fault.New(fault.Refused, "web.my.sign_in.wrong")
	}
	if err == nil {
		s.throttle.succeeded(address)
	}
	return err
}

// countOwn counts an attempt with a document, and refuses it when there were too many.
func (s *site) countOwn(r *http.Request, d enrol.Document) error {
	login, err := s.Store.Insured().Login(r.Context(), d)
	if err != nil {
		return err
	}
	at := s.Now()
	return s.Store.Accounts().Attempt(r.Context(), login, func(before office.Attempts) (office.Attempts, error) {
		if until, locked := before.Locked(at); locked {
			return before, fault.New(fault.Refused, "office.sign_in.locked", "minutes", int(until.Sub(at).Minutes())+1)
		}
		return s.Security.Lockout.Failed(before, at), nil
	})
}

// keepOwn gives the browser the secret of an insured person's session; an empty one takes it away.
func keepOwn(w http.ResponseWriter, r *http.Request, secret office.Secret) {
	c := &http.Cookie{Name: myCookieName(r), Value: string(secret), Path: "/", HttpOnly: true, Secure: clientOf(r).secure, SameSite: http.SameSiteStrictMode}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// endOwn ends the session that the browser had.
func (s *site) endOwn(f *frame, r *http.Request) {
	session, err := s.ownSession(r)
	if err != nil {
		return
	}
	if err := s.Store.Insured().SignOut(r.Context(), f.myAct(), session); err != nil {
		s.Log.Error("a session was not ended", "error", err)
	}
}

func (s *site) mySignOut(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.Insured().SignOut(r.Context(), me.myAct(), me.OwnSession); err != nil {
		return err
	}
	keepOwn(w, r, "")
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/my/sign-in", http.StatusSeeOther)
	return nil
}
