package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

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

// single signs people in with a provider, which is asked about itself when somebody first does.
type single struct {
	*site
	SingleSignOn
	mu       sync.Mutex
	provider *oidc.Provider
}

// flow is what a browser keeps while its user is with the provider.
type flow struct{ State, Nonce, Verifier, Next string }

const (
	flowCookie  = "tongchou-single"
	flowLasts   = 10 * time.Minute
	askPatience = 15 * time.Second
)

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

// client gives the provider's client and what checks its tokens.
func (s *single) client(ctx context.Context) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		p, err := oidc.NewProvider(ctx, s.Rules.Issuer)
		if err != nil {
			return nil, nil, s.unreachable(err)
		}
		s.provider = p
	}
	scopes := append([]string{oidc.ScopeOpenID}, s.Scopes...)
	return &oauth2.Config{ClientID: s.ClientID, ClientSecret: string(s.Secret), Endpoint: s.provider.Endpoint(), RedirectURL: s.Back, Scopes: scopes},
		s.provider.Verifier(&oidc.Config{ClientID: s.ClientID, Now: s.Now}), nil
}

func (s *single) unreachable(err error) error {
	s.Log.Warn("single sign-on failed", "issuer", s.Rules.Issuer, "error", err)
	return fault.New(fault.Refused, "web.single.unreachable")
}

// leave sends somebody to the provider. The session his browser had ends: it is not brought back from there.
func (s *single) leave(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := s.endOld(f, r); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), askPatience)
	defer cancel()
	config, _, err := s.client(ctx)
	if err != nil {
		return s.sorry(f, w, r, err)
	}
	x := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: local(f.seen.Get("next"))}
	s.keepFlow(w, r, &x)
	http.Redirect(w, r, config.AuthCodeURL(x.State, oidc.Nonce(x.Nonce), oauth2.S256ChallengeOption(x.Verifier)), http.StatusSeeOther)
	return nil
}

// keepFlow gives the browser what it has to bring back; nothing takes it away. It comes with a navigation from the provider's
// site, so that it cannot be as strict as the session's cookie.
func (s *single) keepFlow(w http.ResponseWriter, r *http.Request, x *flow) {
	c := &http.Cookie{Name: flowName(r), Path: "/", HttpOnly: true, Secure: clientOf(r).secure, SameSite: http.SameSiteLaxMode, MaxAge: -1}
	if x != nil {
		content, _ := json.Marshal(x) // four texts
		c.Value, c.MaxAge = base64.RawURLEncoding.EncodeToString(content), int(flowLasts.Seconds())
	}
	http.SetCookie(w, c)
}

func flowName(r *http.Request) string {
	if clientOf(r).secure {
		return "__Host-" + flowCookie
	}
	return flowCookie
}

func flowOf(r *http.Request) (x flow, ok bool) {
	c, err := r.Cookie(flowName(r))
	if err != nil {
		return x, false
	}
	content, err := base64.RawURLEncoding.DecodeString(c.Value)
	return x, err == nil && json.Unmarshal(content, &x) == nil && x.State != "" && x.Nonce != "" && x.Verifier != ""
}

// back takes somebody in whom the provider sends, as the user he is linked with. The answer is a page and no redirect: a browser brings a strict
// cookie only with what this site itself asks for.
func (s *single) back(f *frame, w http.ResponseWriter, r *http.Request) error {
	x, ok := flowOf(r)
	s.keepFlow(w, r, nil)
	if !ok || subtle.ConstantTimeCompare([]byte(x.State), []byte(f.seen.Get("state"))) != 1 {
		return s.sorry(f, w, r, fault.New(fault.Refused, "web.single.state"))
	}
	ctx, cancel := context.WithTimeout(r.Context(), askPatience)
	defer cancel()
	who, err := s.who(ctx, x, f.seen.Get("code"))
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

// who asks the provider whom a code stands for.
func (s *single) who(ctx context.Context, x flow, code string) (office.Identity, error) {
	config, verifier, err := s.client(ctx)
	if err != nil {
		return office.Identity{}, err
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(x.Verifier))
	if err != nil {
		return office.Identity{}, s.unreachable(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := verifier.Verify(ctx, raw)
	if err != nil || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(x.Nonce)) != 1 {
		return office.Identity{}, s.unreachable(errors.Join(err, errors.New("web: no valid id token")))
	}
	claims := office.Claims{}
	if err := id.Claims(&claims); err != nil {
		return office.Identity{}, s.unreachable(err)
	}
	return s.Rules.Identity(claims)
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
