package web

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	desks "tongchou/internal/desk"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// routesOfMy are the pages of insured persons (我的医保), for the table of routes; none without a check of identities. They are open to everybody as
// far as users are concerned: who may see what is found out by sessions of their own, and no right of a user's is of any use here.
func (s *site) routesOfMy() []route {
	if s.Identity == nil && s.platform == nil || s.Store == nil {
		return nil
	}
	open := inOffice(anybody)
	return append(append(s.routesOfPlatform(), []route{
		{"GET /my/sign-in", "my.sign_in", false, s.public(s.mySignInPage), open},
		{"POST /my/sign-in", "my.sign_in.try", false, s.public(s.mySignIn), open},
		{"POST /my/sign-out", "my.sign_out", false, s.mine(s.mySignOut), open},
		{"GET /my", "my", false, s.mine(s.myHome), open},
		{"GET /my/why", "my.why", false, s.mine(s.myWhy), open},
		{"GET /my/file", "my.file", false, s.mine(s.myFile), open},
		{"GET /my/whatif", "my.whatif", false, s.mine(s.myWhatIf), open},
		{"GET /my/bills", "my.bills", false, s.mine(s.myBills), open},
		{"GET /my/bills/{id}", "my.bill", false, s.mine(s.myBill), open},
		{"GET /my/grants", "my.grants", false, s.mine(s.myGrants), open},
		{"POST /my/grants", "my.grants.make", false, s.mine(s.myGrant), open},
		{"GET /my/grants/{id}", "my.grant", false, s.mine(s.myGrantLog), open},
		{"POST /my/grants/{id}/revoke", "my.grant.revoke", false, s.mine(s.myRevoke), open},
		{"POST /my/family", "my.family", false, s.mine(s.myActFor), open},
		{"GET /my/for/{id}/log", "my.for.log", false, s.mine(s.myForLog), open},
		{"POST /my/for/{id}/give-up", "my.for.give_up", false, s.mine(s.myGiveUp), open},
		{"GET /my/for/{id}", "my.for", false, s.mine(s.myFor), open},
		{"GET /my/for/{id}/why", "my.for.why", false, s.mine(s.myForWhy), open},
		{"GET /my/for/{id}/file", "my.for.file", false, s.mine(s.myForFile), open},
		{"GET /my/objections", "my.objections", false, s.mine(s.myObjections), open},
		{"POST /my/objections", "my.objections.file", false, s.mine(s.myObject), open},
		{"GET /my/objections/new", "my.objections.new", false, s.mine(s.myObjectionForm), open},
		{"POST /my/objections/{id}", "my.objections.act", false, s.mine(s.myObjectionAct), open},
	}...), s.routesOfMyRegisters()...)
}

// mySessions are the rules of insured persons' sessions, the project's choice: shorter than those of users, since many use a machine that is
// not theirs.
func mySessions() office.SessionRules {
	return office.SessionRules{Idle: 15 * time.Minute, Absolute: 2 * time.Hour}
}

// The names of the cookie that holds the secret of an insured person's session.
const (
	myCookie       = "tongchou-my"
	secureMyCookie = "__Host-tongchou-my"
)

func myCookieName(r *http.Request) string {
	if clientOf(r).secure {
		return secureMyCookie
	}
	return myCookie
}

// insured is an insured person who reads a page.
type insured struct {
	*frame
	store.OwnSession
}

// public is a page for everybody: whoever reads it has no right of a user who is signed in with the same browser, and what goes wrong is
// told in the words of these pages.
func (s *site) public(do handler) handler {
	return func(f *frame, w http.ResponseWriter, r *http.Request) error {
		f.subject, f.session, f.account, f.byToken = office.Subject{}, office.Session{}, office.Account{}, false
		return f.myAnswer(w, r, do(f, w, r))
	}
}

// mine is a page for an insured person who is signed in. Who is not is sent to where he can.
func (s *site) mine(do func(*insured, http.ResponseWriter, *http.Request) error) handler {
	return s.public(func(f *frame, w http.ResponseWriter, r *http.Request) error {
		session, err := s.ownSession(r)
		if err == nil {
			return do(&insured{f, session}, w, r)
		}
		if fault.KindOf(err) == fault.Internal && !errors.Is(err, errSignIn) {
			return err
		}
		q := url.Values{}
		if r.Method == http.MethodGet && r.URL.Path != "/my" {
			q.Set("next", r.URL.RequestURI())
		}
		if !errors.Is(err, errSignIn) {
			q.Set("why", "over")
		}
		http.Redirect(w, r, strings.TrimSuffix("/my/sign-in?"+q.Encode(), "?"), http.StatusSeeOther)
		return nil
	})
}

// ownSession finds the session of the browser; errSignIn when there is none, and a refusal when it is over.
func (s *site) ownSession(r *http.Request) (store.OwnSession, error) {
	c, err := r.Cookie(myCookieName(r))
	if err != nil || c.Value == "" {
		return store.OwnSession{}, errSignIn
	}
	own := s.Store.Insured()
	session, found, err := own.Session(r.Context(), office.Secret(c.Value).Key())
	if err != nil {
		return session, err
	}
	if !found {
		return session, errSignIn
	}
	seen := session.Seen
	if session.Session, err = mySessions().Touch(session.Session, s.Now()); err != nil {
		return session, err
	}
	if session.Seen.Sub(seen) >= touchEvery {
		return session, own.Touch(r.Context(), session)
	}
	return session, nil
}

// myAct is something an insured person does, anywhere in the province until it is known which county is responsible.
func (f *frame) myAct() store.Act {
	home := f.site.home()
	return store.Act{Record: office.Record{Chain: home, From: f.from, At: f.site.Now()}, Scope: everywhere(home)}
}

// own reads the file of whoever reads the page. Nobody has one any more whose file is gone: he is to sign in again.
func (me *insured) own(r *http.Request) (store.Person, error) {
	p, found, err := me.site.Store.Insured().Read(r.Context(), me.myAct(), me.Person)
	if err == nil && !found {
		err = errNotFound
	}
	return p, err
}

// today is the calendar day.
func (s *site) today() policy.Date { return policy.DayOf(s.Now()) }

// myAnswer turns what a page came to into an answer, when it is not one already.
func (f *frame) myAnswer(w http.ResponseWriter, r *http.Request, err error) error {
	m := problemModel{Status: http.StatusUnprocessableEntity}
	var wrong formFault
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNotFound):
		m.Status, m.Title = http.StatusNotFound, f.T("web.my.missing")
	case errors.As(err, &wrong):
		m.Status, m.Title, m.Texts = wrong.status, f.T("web.not_done.title"), []string{f.sentence(wrong.message)}
	case fault.KindOf(err) == fault.Internal:
		f.site.Log.Error("page failed", "path", r.URL.Path, "error", err)
		m.Status, m.Title = http.StatusInternalServerError, f.T("web.error.inside")
	default:
		m.Title, m.Texts = f.T("web.not_done.title"), f.problemTexts(err)
	}
	f.must(w, r, f.render(w, r, m.Status, myProblemPage(f, m)))
	return nil
}

func (f *frame) problemTexts(err error) (texts []string) {
	for _, p := range problemsOf(err) {
		texts = append(texts, f.Problem(p))
	}
	return texts
}

// problemModel is a page that says what could not be done.
type problemModel struct {
	Status int
	Title  string
	Texts  []string
}

// myLink is the address of a page of these; names and values alternate.
func (f *frame) myLink(path string, more ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	return strings.TrimSuffix(path+"?"+q.Encode(), "?")
}

// myHere is this very page with one choice changed, such as the language. What a form sent is not in it.
func (f *frame) myHere(name, value string) string {
	q := url.Values{}
	if f.request.Method == http.MethodGet {
		for key, values := range f.seen {
			if key != "done" {
				q[key] = values
			}
		}
	}
	q.Set(name, value)
	path := f.path
	if f.request.Method != http.MethodGet {
		path = "/my"
	}
	return path + "?" + q.Encode()
}

// madeUp tells whether everything that is kept is labelled as made up.
func (s *site) madeUp() bool {
	_, test := s.Identity.(desks.TestIdentity)
	return test || s.Province.Settings().Synthetic
}

// shown is what somebody shows, and where.
func (s *site) shown(r *http.Request, number, name string) desks.Shown {
	return desks.Shown{Number: number, Name: name, Loopback: onLoopback(r), Synthetic: s.Province.Settings().Synthetic}
}

// onLoopback tells whether a request comes from this very machine, by its own name. Whom a proxy speaks for sits elsewhere, or may.
func onLoopback(r *http.Request) bool {
	c := clientOf(r)
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && at.Addr().IsLoopback() && c.address == at.Addr().Unmap() && localName(r.Host)
}
