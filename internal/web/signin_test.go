package web

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/store"
)

// Guessing closes the login first, then the address, and says so; the right password does not help in between.
func TestGuessingIsStopped(t *testing.T) {
	b := newBureau(t, sichuan())
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	v := b.visitor()
	for range 5 {
		if w := v.post("/sign-in", "login", "clerk", "password", "guess"); w.Code != http.StatusUnauthorized {
			t.Fatalf("%d", w.Code)
		}
	}
	if w := v.post("/sign-in", "login", "clerk", "password", testPassword); w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "登录失败次数过多") {
		t.Errorf("%d", w.Code)
	}
	for range attemptsInWindow {
		v.post("/sign-in", "login", "nobody", "password", "guess")
	}
	b.hire("other", office.MedicalSecurity, sichuanProvince, office.Clerk)
	if w := v.post("/sign-in", "login", "other", "password", testPassword); w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "所在网络") {
		t.Errorf("the address may go on: %d", w.Code)
	}
	b.pass(attemptWindow)
	if w := v.post("/sign-in", "login", "clerk", "password", testPassword); w.Code != http.StatusSeeOther {
		t.Errorf("after a while: %d", w.Code)
	}
}

// Many at once do not get round the lock-out, and do not take all memory.
func TestGuessingAtOnce(t *testing.T) {
	b := newBureau(t, sichuan())
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	var all sync.WaitGroup
	codes := make([]int, 25)
	for i := range codes {
		all.Go(func() { codes[i] = b.visitor().post("/sign-in", "login", "clerk", "password", "guess").Code })
	}
	all.Wait()
	tried := 0
	for _, code := range codes {
		if code == http.StatusUnauthorized {
			tried++
		}
	}
	if tried != 5 {
		t.Errorf("%d passwords were tried: %v", tried, codes)
	}
	if cap(b.site.throttle.places) > 4 {
		t.Errorf("%d hashes at once", cap(b.site.throttle.places))
	}
}

func TestPasswordMustBeChanged(t *testing.T) {
	b := newBureau(t, sichuan())
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	account, _, err := b.store.Accounts().Account(t.Context(), "clerk")
	if err != nil {
		t.Fatal(err)
	}
	account.MustChange, account.Version = true, 2
	act := store.Act{Record: office.Record{Chain: sichuanProvince, Action: "user.reset"}, Scope: store.ScopeOf(sichuanProvince)}
	if _, err := b.store.Write(t.Context(), act, func(t *store.Tx) error { return t.Save(account) }); err != nil {
		t.Fatal(err)
	}
	v := b.enter("clerk")
	for _, path := range []string{"/pool", "/todo", "/", "/help"} {
		if w := v.get(path); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/password" {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Location"))
		}
	}
	other := b.enter("clerk")
	checkTexts(t, "/password", v.get("/password").Body.String())
	const next = "Hq7v-Bn3s-Lk5x"
	for _, c := range []struct{ old, new, again, says string }{
		{"wrong", next, next, "当前口令不对"}, {testPassword, next, next + "x", "不一致"}, {testPassword, "short", "short", "口令长度"},
		{testPassword, testPassword, testPassword, "不得使用当前"}, {testPassword, "Clerk-2026-xyz", "Clerk-2026-xyz", "登录名"},
	} {
		if w := v.post("/password", "old", c.old, "new", c.new, "again", c.again); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%v: %d", c, w.Code)
		}
	}
	if w := v.post("/password", "old", testPassword, "new", next, "again", next); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := v.get("/pool"); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	if w := other.get("/password"); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
		t.Error("the other session still holds")
	}
	if w := b.visitor().post("/sign-in", "login", "clerk", "password", testPassword); w.Code != http.StatusUnauthorized {
		t.Errorf("the old password still works: %d", w.Code)
	}
	b.pass(91 * 24 * time.Hour)
	v = b.visitor()
	if w := v.post("/sign-in", "login", "clerk", "password", next); w.Header().Get("Location") != "/password" {
		t.Errorf("an old password leads to %q", w.Header().Get("Location"))
	}
}

// A page elsewhere cannot make the reader's browser do anything here.
func TestRequestsFromElsewhereAreRefused(t *testing.T) {
	b := newBureau(t, sichuan())
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}} {
		v := b.enter("clerk")
		v.header = header
		for _, rt := range b.site.table {
			method, path, _ := strings.Cut(rt.pattern, " ")
			if method == http.MethodGet {
				continue
			}
			if w := v.post(strings.NewReplacer("{id}", "x", "{code}", "510300").Replace(path)); w.Code != http.StatusForbidden {
				t.Errorf("%s: %d", rt.pattern, w.Code)
			}
		}
	}
}

// What is no form, or far too large a one, is refused by every route that takes forms, by whoever may use it; it changes nothing and
// breaks nothing.
func TestOversizedAndMalformedForms(t *testing.T) {
	c := newCrossing(t)
	people := map[string]*visitor{}
	for _, login := range []string{"sc-clerk", "sc-head", "sc-books", "sc-money", "sc-sys", "sc-sec", "sc-aud", "pzh-clerk", "pzh-books"} {
		people[login] = c.enter(login)
	}
	const form = "application/x-www-form-urlencoded"
	v := c.enter("zg-clerk")
	for _, path := range []string{"/sign-in", "/password", "/todo/sign", "/documents/x", "/pool/runs"} {
		if w := v.do(http.MethodPost, path, strings.NewReader("a="+strings.Repeat("x", maxForm)), form); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s, large: %d", path, w.Code)
		}
		if w := v.do(http.MethodPost, path, strings.NewReader("a=%zz&;=%"), form); w.Code != http.StatusBadRequest {
			t.Errorf("%s, malformed: %d", path, w.Code)
		}
	}
	for _, rt := range c.site.table {
		method, path, _ := c.address(rt.pattern)
		if method == http.MethodGet || rt.name == "sign_out" {
			continue
		}
		before := c.elsewhere()
		for who, v := range people {
			for name, try := range map[string]struct {
				body io.Reader
				kind string
			}{
				"large":               {io.LimitReader(endless{}, 200<<20), form},
				"large, with files":   {io.MultiReader(strings.NewReader("--e\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\n"), io.LimitReader(endless{}, 400<<20)), "multipart/form-data; boundary=e"},
				"malformed":           {strings.NewReader("act=%zz&;=%&version=%"), form},
				"cut off, with files": {strings.NewReader("--e\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\nx"), "multipart/form-data; boundary=e"},
				"no boundary":         {strings.NewReader("x"), "multipart/form-data"},
				"JSON":                {strings.NewReader(`{"act":"sign"}`), "application/json"},
			} {
				if w := v.do(method, path, try.body, try.kind); w.Code >= http.StatusInternalServerError && w.Code != http.StatusServiceUnavailable {
					t.Errorf("%s, %s, %s: %d", path, who, name, w.Code)
				} else if strings.HasPrefix(name, "large") && rt.needs.any != nil && w.Code < http.StatusBadRequest && !bodiless(rt.name) {
					t.Errorf("%s, %s, %s is taken: %d", path, who, name, w.Code)
				}
			}
		}
		after := c.elsewhere()
		for row := range before {
			if !after[row] && !bodiless(rt.name) && !strings.HasPrefix(row, "sessions") && !strings.HasPrefix(row, "chains") {
				t.Errorf("%s changed %.150s", path, row)
			}
		}
	}
}

// bodiless are routes that do what they do whatever the body is; those of checks say here that there is no claims store.
func bodiless(name string) bool {
	return slices.Contains([]string{"audit.verify", "backup.make", "work.cancel", "tokens.revoke", "claims.cancel", "claims.again", "checks.run", "checks.sign"}, name)
}

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// Proxies that the console was told about are believed, and nobody else; over TLS the cookie is bound to the host.
func TestProxies(t *testing.T) {
	b := newBureau(t, sichuan(), func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	v := b.visitor()
	v.header = http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}}
	if w := v.get("/sign-in"); w.Code != http.StatusMisdirectedRequest {
		t.Errorf("past the proxy: %d", w.Code)
	}
	v.address = "10.1.2.3:443"
	v.header.Set("X-Forwarded-For", "198.51.100.1, 203.0.113.9, 10.9.9.9")
	w := v.post("/sign-in", "login", "clerk", "password", testPassword)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d", w.Code)
	}
	if c := w.Result().Cookies()[0]; c.Name != "__Host-tongchou" || !c.Secure || c.Domain != "" || c.Path != "/" {
		t.Errorf("%v", c)
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("the browser may come back without TLS")
	}
	session, _, _, err := b.store.Accounts().Session(t.Context(), office.Secret(v.cookies[secureSessionCookie]).Key())
	if err != nil || session.From != "203.0.113.9" {
		t.Errorf("from %q, %v", session.From, err)
	}
}

// Nothing that is secret gets into the log, whatever happens.
func TestSecretsAreNotLogged(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	b := newBureau(t, sichuan(), func(o *Options) {
		o.Log = slog.New(slog.NewJSONHandler(locked{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	v := b.enter("clerk")
	v.post("/sign-in", "login", "clerk", "password", "Wrong-Secret-1")
	v.post("/password", "old", "Wrong-Secret-2", "new", "Wrong-Secret-3", "again", "Wrong-Secret-3")
	v.get("/pool?password=Wrong-Secret-4")
	program := b.visitor()
	program.header.Set("Authorization", "Bearer tongchou_Wrong-Secret-5")
	program.get("/pool")
	mu.Lock()
	said := log.String()
	mu.Unlock()
	if !strings.Contains(said, "/pool") {
		t.Fatal("nothing was logged")
	}
	for _, secret := range []string{testPassword, "Wrong-Secret", v.cookies[sessionCookie], "argon2id"} {
		if strings.Contains(said, secret) {
			t.Errorf("the log says %q", secret)
		}
	}
}

type locked struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// What a spreadsheet would take for a formula gets an apostrophe; figures stay figures.
func TestPlainCell(t *testing.T) {
	for text, want := range map[string]string{"": "", "x": "x", "-12.34": "-12.34", "+5%": "+5%", "1,234": "1,234", "=1+1": "'=1+1", "+1+1": "'+1+1", "-2+3": "'-2+3",
		"@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "-": "'-", "-1e9": "'-1e9"} {
		if got := plainCell(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
