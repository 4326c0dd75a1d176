package web

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tongchou/internal/office"
	"tongchou/internal/store"
)

// provider is a small OpenID Connect provider: it signs in whoever comes as the person it was given.
type provider struct {
	t      *testing.T
	server *httptest.Server
	key    *rsa.PrivateKey
	claims map[string]any // of the person
	bad    string         // what is to be wrong with the next token

	mu    sync.Mutex
	codes map[string]url.Values // what the browser came with, by code
}

func newProvider(t *testing.T) *provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, map[string]any{"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
			"jwks_uri": p.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())
		p.json(w, map[string]any{"keys": []any{map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": e}}})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) { // what a browser sees
		back, _ := url.Parse(p.authorize(p.server.URL + r.URL.RequestURI()))
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+back.RawQuery, http.StatusSeeOther)
	})
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func (p *provider) json(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		p.t.Error(err)
	}
}

// authorize is what the provider does when somebody comes with an address of the console's: it sends him back with a code.
func (p *provider) authorize(location string) (back string) {
	p.t.Helper()
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, p.server.URL+"/authorize?") {
		p.t.Fatalf("sent to %q", location)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 20 || len(q.Get("nonce")) < 20 || q.Get("client_id") != "tongchou" {
		p.t.Fatalf("asked with %v", q)
	}
	code := "code-" + q.Get("state")
	p.mu.Lock()
	p.codes[code] = q
	p.mu.Unlock()
	return "/sign-in/single/back?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	q, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	_, secret, _ := r.BasicAuth()
	if secret == "" {
		secret = r.FormValue("client_secret")
	}
	if !ok || secret != "kept-secret" || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims := map[string]any{"iss": p.server.URL, "aud": "tongchou", "exp": 4102444800, "iat": 1700000000, "nonce": q.Get("nonce")}
	for name, value := range p.claims {
		claims[name] = value
	}
	switch p.bad {
	case "nonce":
		claims["nonce"] = "another"
	case "audience":
		claims["aud"] = "another"
	case "expired":
		claims["exp"] = 1700000000
	}
	p.json(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.sign(claims)})
}

func (p *provider) sign(claims map[string]any) string {
	body, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	if p.bad == "signature" {
		signature[0] ^= 1
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// The provider says who somebody is. Which user that is, and what he may do, is decided here.
func TestSingleSignOn(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	p := newProvider(t)
	p.claims = map[string]any{"sub": "4711", "login": "WangWu", "groups": []string{"approvers"}}
	b := newBureau(t, sichuan(), func(o *Options) {
		o.Single = &SingleSignOn{ClientID: "tongchou", Secret: "kept-secret", Back: "https://pool.example/sign-in/single/back",
			Rules: office.OIDCRules{Issuer: p.server.URL, Login: "login"}}
	})
	b.hire("clerk", office.MedicalSecurity, zigong, office.Clerk)
	b.hire("other", office.MedicalSecurity, zigong, office.Reviewer)
	b.hire("security", office.MedicalSecurity, sichuanProvince, office.SecurityAdmin)
	b.hire("auditor", office.MedicalSecurity, sichuanProvince, office.AuditAdmin)
	if page := b.visitor().get("/sign-in").Body.String(); !strings.Contains(page, "/sign-in/single") {
		t.Error("the sign-in page does not offer it")
	}
	through := func(v *visitor, next string) *httptest.ResponseRecorder {
		t.Helper()
		location := v.get(with("/sign-in/single", "next", next)).Header().Get("Location")
		return v.get(p.authorize(location))
	}
	if w := through(b.visitor(), "/"); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "wangwu") {
		t.Errorf("somebody linked with nobody: %d", w.Code)
	}
	security := b.enter("security")
	does := func(login, act string, more ...string) *httptest.ResponseRecorder {
		t.Helper()
		account, _, err := b.store.Accounts().Account(t.Context(), office.Login(login))
		if err != nil {
			t.Fatal(err)
		}
		return security.post("/system/users/"+string(account.ID), append([]string{"act", act, "version", strconv.Itoa(int(account.Version))}, more...)...)
	}
	if w := does("clerk", "link", "single", " "); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("linked with nothing: %d", w.Code)
	}
	if w := does("clerk", "link", "single", "wangwu"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := does("other", "link", "single", "wangwu"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "一人只能有一个账户") {
		t.Errorf("one person is two users: %d", w.Code)
	}
	if w := does("auditor", "link", "single", "x"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an administrator was linked: %d", w.Code)
	}
	if w := b.visitor().post("/sign-in", "login", "clerk", "password", testPassword); w.Code != http.StatusUnauthorized {
		t.Errorf("the password of before still holds: %d", w.Code)
	}
	v := b.visitor()
	if w := through(v, "/pool/own"); w.Code != http.StatusOK {
		t.Fatalf("%d", w.Code)
	}
	if w := v.get("/pool/division/510300"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "测试clerk") {
		t.Errorf("%d", w.Code)
	}
	if v.cookies[flowCookie] != "" {
		t.Error("the flow is kept")
	}
	checkTexts(t, "/password", v.get("/password").Body.String())
	singleRoles(t, b, does, func() *visitor { v := b.visitor(); through(v, "/"); return v })

	p.claims["login"] = "renamed"
	if w := through(b.visitor(), "/"); w.Code != http.StatusOK {
		t.Errorf("whoever was renamed there is somebody else here: %d", w.Code)
	}
	p.claims["sub"], p.claims["login"] = "4712", "wangwu"
	if w := through(b.visitor(), "/"); w.Code != http.StatusUnauthorized {
		t.Errorf("his name there was given to another, who gets in: %d", w.Code)
	}
	p.claims["sub"] = "4711"
	singleForgery(t, b, p, through)
	singleGone(t, b, p, does, through)
}

// What the security administrator took away does not come back with the next sign-on, whatever the provider says.
func singleRoles(t *testing.T, b *bureau, does func(login, act string, more ...string) *httptest.ResponseRecorder, enter func() *visitor) {
	t.Helper()
	if w := does("clerk", "grant", "role", "viewer"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	enter()
	account, _, err := b.store.Accounts().Account(t.Context(), "clerk")
	if err != nil || !slices.Equal(account.Roles, []office.Role{office.Viewer}) {
		t.Errorf("%v %v", account.Roles, err)
	}
	v := enter()
	old := v.cookies[sessionCookie]
	v.get("/sign-in/single")
	if w := v.get("/todo"); w.Code != http.StatusSeeOther || old == "" {
		t.Errorf("the session of before holds on: %d", w.Code)
	}
}

func singleForgery(t *testing.T, b *bureau, p *provider, through func(*visitor, string) *httptest.ResponseRecorder) {
	t.Helper()
	for _, bad := range []string{"nonce", "audience", "expired", "signature"} {
		p.bad = bad
		v := b.visitor()
		if got := through(v, "/").Code; got != http.StatusUnauthorized || v.cookies[sessionCookie] != "" {
			t.Errorf("a wrong %s gets in: %d", bad, got)
		}
	}
	p.bad = ""
	thief, victim := b.visitor(), b.visitor()
	back := p.authorize(thief.get("/sign-in/single").Header().Get("Location"))
	victim.get("/sign-in/single")
	if w := victim.get(back); w.Code != http.StatusUnauthorized || victim.cookies[sessionCookie] != "" {
		t.Errorf("signed in by another's link: %d", w.Code)
	}
	if w := b.visitor().get(back); w.Code != http.StatusUnauthorized {
		t.Errorf("without a flow: %d", w.Code)
	}
	if w := thief.get(back); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	if w := thief.get(back); w.Code != http.StatusUnauthorized {
		t.Errorf("the same code twice: %d", w.Code)
	}
}

// Suspended, with a password of his own again, or with a provider that is away, nobody comes in.
func singleGone(t *testing.T, b *bureau, p *provider, does func(login, act string, more ...string) *httptest.ResponseRecorder, through func(*visitor, string) *httptest.ResponseRecorder) {
	t.Helper()
	account, _, err := b.store.Accounts().Account(t.Context(), "clerk")
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []office.UserState{office.Suspended, office.Active} {
		account.State, account.Version = state, account.Version+1
		act := store.Act{Record: office.Record{Chain: sichuanProvince, Action: "user.lock"}, Scope: store.ScopeOf(sichuanProvince)}
		if _, err := b.store.Write(t.Context(), act, func(t *store.Tx) error { return t.Save(account) }); err != nil {
			t.Fatal(err)
		}
		if got := through(b.visitor(), "/").Code; (got == http.StatusOK) != (state == office.Active) {
			t.Errorf("%s: %d", state, got)
		}
	}
	b.hire("nobody", office.MedicalSecurity, sichuanProvince)
	before := p.claims["sub"]
	p.claims["sub"], p.claims["login"] = "99", "nobody"
	if w := does("nobody", "link", "single", "nobody"); w.Code != http.StatusSeeOther || through(b.visitor(), "/").Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	b.regrant("nobody", office.SecurityAdmin)
	if got := through(b.visitor(), "/").Code; got != http.StatusUnauthorized {
		t.Errorf("an administrator comes from the provider: %d", got)
	}
	p.claims["sub"] = before
	w := does("clerk", "reset")
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", w.Code, w.Header())
	}
	if got := through(b.visitor(), "/").Code; got != http.StatusUnauthorized {
		t.Errorf("two ways in for one user: %d", got)
	}
	p.server.Close()
	if w := newBureau(t, sichuan(), func(o *Options) { o.Single = &b.site.single.SingleSignOn }).visitor().get("/sign-in/single"); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "没有应答") {
		t.Errorf("a provider that is away: %d", w.Code)
	}
}
