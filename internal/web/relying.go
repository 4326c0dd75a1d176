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
)

// Provider (身份提供方) is an OpenID Connect provider, and as what this console is known there. Back is the whole address that the provider sends
// people back to.
type Provider struct {
	Issuer   string
	ClientID string
	Secret   office.Secret
	Back     string
	Scopes   []string
}

// relying sends people to a provider, by the authorization code flow with PKCE, and takes what it says of them when they are back. The provider is
// asked about itself when somebody first goes there.
type relying struct {
	*site
	at     Provider
	cookie string // holds what a browser has to bring back

	mu       sync.Mutex
	provider *oidc.Provider
}

// flow is what a browser keeps while somebody is with the provider.
type flow struct{ State, Nonce, Verifier, Next string }

const (
	flowLasts   = 10 * time.Minute
	askPatience = 15 * time.Second
)

// client gives the provider's client and what checks its tokens.
func (s *relying) client(ctx context.Context) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		p, err := oidc.NewProvider(ctx, s.at.Issuer)
		if err != nil {
			return nil, nil, s.unreachable(err)
		}
		s.provider = p
	}
	scopes := append([]string{oidc.ScopeOpenID}, s.at.Scopes...)
	return &oauth2.Config{ClientID: s.at.ClientID, ClientSecret: string(s.at.Secret), Endpoint: s.provider.Endpoint(), RedirectURL: s.at.Back, Scopes: scopes},
		s.provider.Verifier(&oidc.Config{ClientID: s.at.ClientID, Now: s.Now}), nil
}

func (s *relying) unreachable(err error) error {
	s.Log.Warn("single sign-on failed", "issuer", s.at.Issuer, "error", err)
	return fault.New(fault.Refused, "web.single.unreachable")
}

// send sends somebody to the provider, who is to come back for a page.
func (s *relying) send(w http.ResponseWriter, r *http.Request, next string) error {
	ctx, cancel := context.WithTimeout(r.Context(), askPatience)
	defer cancel()
	config, _, err := s.client(ctx)
	if err != nil {
		return err
	}
	x := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: next}
	s.keep(w, r, &x)
	http.Redirect(w, r, config.AuthCodeURL(x.State, oidc.Nonce(x.Nonce), oauth2.S256ChallengeOption(x.Verifier)), http.StatusSeeOther)
	return nil
}

// keep gives the browser what it has to bring back; nothing takes it away. It comes with a navigation from the provider's site, so that it cannot be
// as strict as a session's cookie.
func (s *relying) keep(w http.ResponseWriter, r *http.Request, x *flow) {
	c := &http.Cookie{Name: s.cookieName(r), Path: "/", HttpOnly: true, Secure: clientOf(r).secure, SameSite: http.SameSiteLaxMode, MaxAge: -1}
	if x != nil {
		content, _ := json.Marshal(x) // four texts
		c.Value, c.MaxAge = base64.RawURLEncoding.EncodeToString(content), int(flowLasts.Seconds())
	}
	http.SetCookie(w, c)
}

func (s *relying) cookieName(r *http.Request) string {
	if clientOf(r).secure {
		return "__Host-" + s.cookie
	}
	return s.cookie
}

func (s *relying) flowOf(r *http.Request) (x flow, ok bool) {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return x, false
	}
	content, err := base64.RawURLEncoding.DecodeString(c.Value)
	return x, err == nil && json.Unmarshal(content, &x) == nil && x.State != "" && x.Nonce != "" && x.Verifier != ""
}

// returned gives what the provider says of somebody who came back, and what he wanted. A flow counts once, in the browser that began it.
func (s *relying) returned(f *frame, w http.ResponseWriter, r *http.Request) (office.Claims, flow, error) {
	x, ok := s.flowOf(r)
	s.keep(w, r, nil)
	if !ok || subtle.ConstantTimeCompare([]byte(x.State), []byte(f.seen.Get("state"))) != 1 {
		return nil, x, fault.New(fault.Refused, "web.single.state")
	}
	if f.seen.Get("code") == "" {
		return nil, x, fault.New(fault.Refused, "web.single.declined")
	}
	ctx, cancel := context.WithTimeout(r.Context(), askPatience)
	defer cancel()
	claims, err := s.claims(ctx, x, f.seen.Get("code"))
	return claims, x, err
}

// claims asks the provider whom a code stands for.
func (s *relying) claims(ctx context.Context, x flow, code string) (office.Claims, error) {
	config, verifier, err := s.client(ctx)
	if err != nil {
		return nil, err
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(x.Verifier))
	if err != nil {
		return nil, s.unreachable(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := verifier.Verify(ctx, raw)
	if err != nil || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(x.Nonce)) != 1 {
		return nil, s.unreachable(errors.Join(err, errors.New("web: no valid id token")))
	}
	claims := office.Claims{}
	if err := id.Claims(&claims); err != nil {
		return nil, s.unreachable(err)
	}
	return claims, nil
}
