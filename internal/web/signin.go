package web

import (
	"net/http"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// Demo (演示用户) are the made-up users of a demonstration, all with one password, and some of its insured persons.
type Demo struct {
	Users    []office.User
	Password string
	Insured  []DemoPerson
	// Institutions are told where the demonstration is started, with their tokens.
	Institutions []DemoInstitution
}

// DemoInstitution is a made-up institution with the token of its program.
type DemoInstitution struct {
	store.Institution
	Token office.Secret
}

// routesOfSignIn are the pages of coming and going, for the table of routes.
func (s *site) routesOfSignIn() []route {
	return []route{
		{"GET /sign-in", "sign_in", false, s.signInPage, inOffice(anybody)},
		{"POST /sign-in", "sign_in.try", false, s.signIn, inOffice(anybody)},
		{"POST /sign-out", "sign_out", false, s.signOut, inOffice(signedIn)},
		{"GET /password", "password", false, s.passwordPage, inOffice(signedIn)},
		{"POST /password", "password.change", false, s.changePassword, inOffice(signedIn)},
	}
}

// signInModel is the page where people sign in.
type signInModel struct {
	Login, Next, Error string
	Over               bool // a session that is over sent somebody here
	Demo               *Demo
}

func (s *site) signInPage(f *frame, w http.ResponseWriter, r *http.Request) error {
	return f.render(w, r, http.StatusOK, signInPage(f, signInModel{Next: local(f.seen.Get("next")), Over: f.seen.Get("why") == "over", Demo: s.Demo}))
}

// signIn signs somebody in, always into a new session: what the browser brought before is worth nothing afterwards.
func (s *site) signIn(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	m := signInModel{Login: strings.TrimSpace(r.PostForm.Get("login")), Next: local(r.PostForm.Get("next")), Demo: s.Demo}
	welcome, err := s.trySignIn(f, r, office.Login(strings.ToLower(m.Login)), r.PostForm.Get("password"))
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		m.Error = f.sentence(problemsOf(err)[0].Message)
		return f.render(w, r, statusOf(err), signInPage(f, m))
	}
	if err := s.endOld(f, r); err != nil {
		return err
	}
	keepSecret(w, r, welcome.Secret)
	s.Log.Info("signed in", "user", welcome.User.ID, "from", f.from)
	if welcome.MustChange {
		m.Next = "/password"
	}
	http.Redirect(w, r, m.Next, http.StatusSeeOther)
	return nil
}

// statusOf is the status a refused sign-in is answered with.
func statusOf(err error) int {
	switch problemsOf(err)[0].Message.Key {
	case "web.sign_in.address", "office.sign_in.locked":
		return http.StatusTooManyRequests
	case "web.sign_in.busy":
		return http.StatusServiceUnavailable
	}
	return http.StatusUnauthorized
}

func (s *site) trySignIn(f *frame, r *http.Request, login office.Login, password string) (welcome office.Welcome, err error) {
	address := clientOf(r).address
	if err := s.throttle.try(address); err != nil {
		return welcome, err
	}
	err = s.throttle.hashing(r.Context(), func() error {
		welcome, err = office.SignIns{Accounts: s.Store.Accounts(), Rules: s.Security, Key: s.guesses}.SignIn(r.Context(), office.Attempt{
			Login: login, Password: password, From: f.from, At: s.Now(), Session: newRandom(), Salt: newSalt(), Home: s.home()})
		return err
	})
	if err == nil {
		s.throttle.succeeded(address)
	}
	return welcome, err
}

// endOld ends the session that the browser had when somebody signs in anew.
func (s *site) endOld(f *frame, r *http.Request) error {
	if f.session.User == "" {
		return nil
	}
	return s.Store.Accounts().EndSession(r.Context(), f.session.Key, f.did("sign_out"))
}

// did is a record of something the reader did about his own account.
func (f *frame) did(action string) office.Record {
	r := f.act(f.subject.Division, action, office.Object{Kind: "user", ID: string(f.subject.ID)}, "").Record
	r.At = f.site.Now()
	return r
}

func (s *site) signOut(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := s.endOld(f, r); err != nil {
		return err
	}
	keepSecret(w, r, "")
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}

// passwordModel is the page where somebody changes his password.
type passwordModel struct {
	Must     bool
	Problems []string
	Rules    office.PasswordRules
	Days     int
	Past     []accountEvent
}

// accountEvent is something that happened to the reader's account.
type accountEvent struct {
	At, What, Who, From string
	Other               bool // somebody else did it
}

// mostEvents is how many of them are shown.
const mostEvents = 20

// accountEvents tells the reader what happened to his account lately, so that he sees what he did not do himself or ask for.
func (s *site) accountEvents(f *frame, r *http.Request) (out []accountEvent, err error) {
	accounts := s.Store.Accounts()
	past, err := accounts.History(r.Context(), f.account.User, mostEvents)
	if err != nil {
		return nil, err
	}
	for _, e := range past {
		x := accountEvent{At: f.moment(e.At), What: f.actionName(e.Action), Who: string(e.Who), From: string(e.From), Other: e.Who != f.subject.ID}
		other, found, err := accounts.User(r.Context(), everywhere(s.home()), e.Who)
		if err != nil {
			return nil, err
		}
		if found {
			x.Who = string(other.Login)
		}
		if !x.Other {
			x.Who = f.T("web.password.past.self")
		}
		out = append(out, x)
	}
	return out, nil
}

func (s *site) passwordPage(f *frame, w http.ResponseWriter, r *http.Request) error {
	return s.showPassword(f, w, r, http.StatusOK, nil)
}

func (s *site) showPassword(f *frame, w http.ResponseWriter, r *http.Request, status int, problems []fault.Problem) error {
	rules := s.Security.Passwords
	m := passwordModel{Must: f.mustChange(), Rules: rules, Days: int(rules.MaxAge.Hours() / 24)}
	for _, p := range problems {
		m.Problems = append(m.Problems, f.sentence(p.Message))
	}
	var err error
	if m.Past, err = s.accountEvents(f, r); err != nil {
		return err
	}
	return f.render(w, r, status, passwordPage(f, m))
}

// changePassword gives the reader a new password, signs him out everywhere and in again here.
func (s *site) changePassword(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	err := s.newPassword(f, r, r.PostForm.Get("old"), r.PostForm.Get("new"), r.PostForm.Get("again"))
	if err == nil {
		return s.renew(f, w, r)
	}
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return s.showPassword(f, w, r, http.StatusUnprocessableEntity, problemsOf(err))
}

func (s *site) newPassword(f *frame, r *http.Request, old, new, again string) error {
	if new != again {
		return fault.New(fault.Refused, "web.password.again_wrong")
	}
	if f.account.Password == "" {
		return fault.New(fault.Refused, "web.password.elsewhere")
	}
	return s.throttle.hashing(r.Context(), func() error {
		if err := s.throttle.try(clientOf(r).address); err != nil {
			return err
		}
		if !f.account.Password.Matches(old) {
			return fault.New(fault.Refused, "web.password.old_wrong")
		}
		after, err := s.Security.SetPassword(f.account, new, false, newSalt(), s.Now())
		if err != nil {
			return err
		}
		s.throttle.succeeded(clientOf(r).address)
		after.Version++
		f.account = after
		return s.saveAccount(r, f.act(after.Division, "user.password", office.Object{Kind: "user", ID: string(after.ID)}, ""), after)
	})
}

// renew begins a session after the old ones ended.
func (s *site) renew(f *frame, w http.ResponseWriter, r *http.Request) error {
	session, secret := office.NewSession(newRandom(), f.account.ID, f.from, s.Now())
	if err := s.Store.Accounts().SignedIn(r.Context(), f.account, session, f.did("sign_in")); err != nil {
		return err
	}
	keepSecret(w, r, secret)
	http.Redirect(w, r, "/?changed=1", http.StatusSeeOther)
	return nil
}
