package web

import (
	"net/http"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// SingleSignOn (单点登录) is an OpenID Connect provider that users may sign in with. Back is the whole address of
// /sign-in/single/back as the provider knows it.
type SingleSignOn struct {
	ClientID string
	Secret   office.Secret
	Back     string
	Scopes   []string
	Rules    office.OIDCRules
}

// single signs users in with a provider.
type single struct {
	relying
	SingleSignOn
}

const flowCookie = "tongchou-single"

func newSingle(s *site, o SingleSignOn) *single {
	return &single{relying{site: s, at: Provider{o.Rules.Issuer, o.ClientID, o.Secret, o.Back, o.Scopes}, cookie: flowCookie}, o}
}

// routesOfSingle are the pages of single sign-on, for the table of routes; none without a provider.
func (s *site) routesOfSingle() []route {
	if s.single == nil {
		return nil
	}
	return []route{
		{"GET /sign-in/single", "single", false, s.single.leave, inOffice(anybody)},
		{"GET /sign-in/single/back", "single.back", false, s.single.back, inOffice(anybody)},
	}
}

// leave sends somebody to the provider. The session his browser had ends: it is not brought back from there.
func (s *single) leave(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := s.endOld(f, r); err != nil {
		return err
	}
	if err := s.send(w, r, local(f.seen.Get("next"))); err != nil {
		return s.sorry(f, w, r, err)
	}
	return nil
}

// back takes somebody in whom the provider sends, as the user he is linked with. The answer is a page and no redirect: a browser brings a strict
// cookie only with what this site itself asks for.
func (s *single) back(f *frame, w http.ResponseWriter, r *http.Request) error {
	claims, x, err := s.returned(f, w, r)
	if err != nil {
		return s.sorry(f, w, r, err)
	}
	who, err := s.Rules.Identity(claims)
	if err != nil {
		return s.sorry(f, w, r, err)
	}
	account, err := s.linked(f, r, who)
	if err != nil {
		return s.sorry(f, w, r, err)
	}
	session, secret := office.NewSession(newRandom(), account.ID, f.from, s.Now())
	err = s.Store.Accounts().SignedIn(r.Context(), account, session, s.record(f, account, "sign_in", office.Object{Kind: "login", ID: string(account.Login)}))
	if isStale(err) {
		err = fault.New(fault.Refused, "office.sign_in.wrong")
	}
	if err != nil {
		return s.sorry(f, w, r, err)
	}
	keepSecret(w, r, secret)
	f.refresh = local(x.Next)
	return f.render(w, r, http.StatusOK, singlePage(f))
}

// linked finds the user that somebody at the provider is linked with. Whoever is linked with none is told his name there, for the security administrator.
func (s *single) linked(f *frame, r *http.Request, who office.Identity) (office.Account, error) {
	account, bound, found, err := s.Store.Accounts().Single(r.Context(), who)
	if err != nil {
		return account, err
	}
	if err := account.MayBeSingle(); err != nil {
		return account, err
	}
	if !found || account.State != office.Active {
		refused := s.record(f, account, "sign_in_refused", office.Object{Kind: "single", ID: string(who.Name)})
		if err := s.Store.Accounts().NotSignedIn(r.Context(), refused); err != nil {
			return account, err
		}
		return account, fault.New(fault.Refused, "web.single.unlinked", "name", string(who.Name))
	}
	if bound {
		return account, nil
	}
	act := store.Act{Record: s.record(f, account, "user.single", office.Object{Kind: "user", ID: string(account.ID)}), Scope: everywhere(s.home())}
	_, err = s.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.BindSingle(account.ID, who) })
	return account, err
}

// record is a record of somebody who comes from the provider.
func (s *single) record(f *frame, a office.Account, action string, object office.Object) office.Record {
	chain := a.Division
	if a.ID == "" {
		chain = s.home()
	}
	return office.Record{Chain: chain, At: s.Now(), Who: a.ID, Department: a.Department, From: f.from, Action: action, Object: object, Why: s.Rules.Issuer}
}

// sorry shows the sign-in page with what went wrong.
func (s *single) sorry(f *frame, w http.ResponseWriter, r *http.Request, err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return f.render(w, r, http.StatusUnauthorized, signInPage(f, signInModel{Next: "/", Error: f.sentence(problemsOf(err)[0].Message), Demo: s.Demo}))
}
