package web

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// bureau is a console with a real store and users, for tests.
type bureau struct {
	t     testing.TB
	site  *site
	http  http.Handler
	store *store.Store
	dir   string // of the store
	mu    sync.Mutex
	now   time.Time
}

// testPassword is everybody's in tests.
const testPassword = "Kp4m-Wt8c-Zr2d"

// quick are the rules with a hash that takes no time.
func quick() office.SecurityRules {
	r := office.DefaultSecurityRules()
	r.Cost = office.Cost{MemoryKiB: 8, Passes: 1, Lanes: 1}
	return r
}

// newBureau opens a console on a province with a store, which change alters.
func newBureau(t testing.TB, p Province, change ...func(*Options)) *bureau {
	t.Helper()
	b := bureauAt(t, t.TempDir(), p, change...)
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// bureauAt opens a console on the store at an address, which stays open.
func bureauAt(t testing.TB, address string, p Province, change ...func(*Options)) *bureau {
	t.Helper()
	b := &bureau{t: t, dir: address, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	var err error
	if b.store, err = store.Open(t.Context(), address, store.Options{Now: b.clock}); err != nil {
		t.Fatal(err)
	}
	o := testOptions(p)
	o.Store, o.Security, o.Now = b.store, quick(), b.clock
	for _, f := range change {
		f(&o)
	}
	if b.site, err = newSite(o); err != nil {
		t.Fatal(err)
	}
	b.http = b.site.handler()
	return b
}

func (b *bureau) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bureau) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// hire adds a user. The login is his id too.
func (b *bureau) hire(login string, d office.Department, division region.Code, roles ...office.Role) office.Subject {
	b.t.Helper()
	u := office.User{ID: office.UserID("u-" + login), Login: office.Login(login), Name: "测试" + login, Department: d, Division: division, Roles: roles, State: office.Active, Version: 1}
	if err := u.Check(b.site.Engine.Tree); err != nil {
		b.t.Fatal(err)
	}
	account, err := quick().SetPassword(office.Account{User: u}, testPassword, false, office.Salt{1}, b.clock())
	if err != nil {
		b.t.Fatal(err)
	}
	act := store.Act{Record: office.Record{Chain: division, Action: "user.add"}, Scope: store.ScopeOf(division)}
	if _, err := b.store.Write(b.t.Context(), act, func(t *store.Tx) error { return t.Save(account) }); err != nil {
		b.t.Fatal(err)
	}
	s, err := u.Subject()
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// visitor is a browser without scripts: it keeps cookies.
type visitor struct {
	b       *bureau
	cookies map[string]string
	address string
	header  http.Header
}

func (b *bureau) visitor() *visitor {
	return &visitor{b: b, cookies: map[string]string{}, address: "192.0.2.7:1234", header: http.Header{}}
}

func (v *visitor) do(method, path string, body io.Reader, kind string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	r.RemoteAddr = v.address
	for name, values := range v.header {
		r.Header[name] = values
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.b.http.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return w
}

func (v *visitor) get(path string) *httptest.ResponseRecorder {
	return v.do(http.MethodGet, path, nil, "")
}

// post sends a form of names and values that alternate.
func (v *visitor) post(path string, pairs ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.do(http.MethodPost, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

// enter signs somebody in.
func (b *bureau) enter(login string) *visitor {
	b.t.Helper()
	v := b.visitor()
	if w := v.post("/sign-in", "login", login, "password", testPassword); w.Code != http.StatusSeeOther {
		b.t.Fatalf("%s does not get in: %d %s", login, w.Code, w.Body)
	}
	return v
}

const (
	sichuanProvince region.Code = "510000"
	zigong          region.Code = "510300"
	panzhihua       region.Code = "510400"
)

// expectations are what testdata/routes.txt says of every route: the division, the actions, and whether it is there without users.
func expectations(t testing.TB) map[string]string {
	t.Helper()
	content, err := os.ReadFile("testdata/routes.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if pattern, needs, ok := strings.Cut(strings.TrimSpace(line), " = "); ok && !strings.HasPrefix(line, "#") {
			out[pattern] = needs
		}
	}
	return out
}

// needed writes what a route asks for in the words of testdata/routes.txt.
func (b *bureau) needed(rt route) string {
	out := ""
	if !rt.needs.stored {
		out = "* "
	}
	switch {
	case rt.needs.open:
		return out + "anybody"
	case len(rt.needs.any) == 0:
		return out + "signed_in"
	}
	f := &frame{site: b.site, subject: office.Subject{Division: zigong}, book: &book{}}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.SetPathValue("code", string(panzhihua))
	r.SetPathValue("division", string(panzhihua))
	out += map[region.Code]string{zigong: "own", panzhihua: "path", sichuanProvince: "province"}[rt.needs.where(f, r)]
	for _, a := range rt.needs.any {
		out += " " + string(a)
	}
	return out
}

// Every route asks for what is written down apart from the program; who is not signed in gets no further than the sign-in page, who lacks the right is
// told which, and who has it gets in.
func TestEveryRouteAsksForItsPermission(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := newBureau(t, sichuan(), func(o *Options) { o.Single = &SingleSignOn{Rules: office.OIDCRules{Issuer: "x", Login: "x"}} })
	expected := expectations(t)
	names := strings.NewReplacer("{$}", "", "{code}", "510300", "{insurance}/{division}/{kind}", "resident/510000/area", "{division}", "510000")
	inside := map[office.Role]*visitor{}
	for _, role := range office.Roles() {
		login := "r" + strings.ReplaceAll(string(role), "_", "")
		b.hire(login, departmentOf(role), sichuanProvince, role)
		if slices.Contains([]office.Role{office.Viewer, office.AuditAdmin, office.SystemAdmin, office.Clerk}, role) {
			inside[role] = b.enter(login)
		}
	}
	for _, rt := range b.site.table {
		want, listed := expected[rt.pattern]
		delete(expected, rt.pattern)
		if got := b.needed(rt); got != want {
			t.Errorf("%s asks for %q; testdata/routes.txt says %q (%v)", rt.pattern, got, want, listed)
		}
		want = strings.TrimPrefix(want, "* ")
		if want == "anybody" {
			continue
		}
		method, path, _ := strings.Cut(names.Replace(rt.pattern), " ")
		if w := b.visitor().do(method, path, nil, ""); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
			t.Errorf("%s answers a stranger with %d", rt.pattern, w.Code)
		}
		words := strings.Fields(want)
		if want == "signed_in" || len(words) < 2 {
			continue
		}
		for role, v := range inside {
			subject := office.Subject{ID: "x", Department: departmentOf(role), Division: sichuanProvince, Roles: []office.Role{role}}
			may := slices.ContainsFunc(words[1:], func(a string) bool { return office.Can(subject, office.Action(a), sichuanProvince) == nil })
			w := v.do(method, path, nil, "")
			if refused := w.Code == http.StatusForbidden; refused == may {
				t.Errorf("%s, %s: %d", rt.pattern, role, w.Code)
			}
		}
	}
	for pattern := range expected {
		t.Errorf("testdata/routes.txt speaks of %s, which there is not", pattern)
	}
}

func departmentOf(r office.Role) office.Department {
	for _, rule := range office.RoleRules() {
		if rule.Role == r {
			return rule.Departments[0]
		}
	}
	return office.MedicalSecurity
}

// A city's officer sees his own city's numbers and what is published, and nothing of other cities, whatever id he tries.
func TestOtherDivisionsAreOutOfSight(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	b := newBureau(t, sichuan())
	b.hire("zigong", office.MedicalSecurity, zigong, office.Clerk)
	v := b.enter("zigong")
	for path, want := range map[string]int{
		"/pool/division/510300": http.StatusOK, "/policies": http.StatusOK, "/clauses/SC38-4.2": http.StatusOK, "/help": http.StatusOK, "/todo": http.StatusOK,
		"/pool/division/510400": http.StatusForbidden, "/pool/division/510000": http.StatusForbidden, "/pool/division/x": http.StatusForbidden,
		"/pool/division/51030": http.StatusForbidden, "/pool/division/5103%300": http.StatusOK, "/pool/division/..%2f510400": http.StatusForbidden,
		"/pool": http.StatusForbidden, "/overview": http.StatusForbidden, "/pool/sheet": http.StatusForbidden, "/pool/export.xlsx": http.StatusForbidden,
		"/pool/incentives": http.StatusForbidden, "/pool/whatif": http.StatusForbidden, "/data": http.StatusOK, "/data/statements": http.StatusOK,
		"/data/file/statements.csv": http.StatusOK, "/data/opening": http.StatusNotFound, "/data/file/opening.csv": http.StatusNotFound, "/data/claims": http.StatusForbidden, "/data/claims/factors": http.StatusForbidden,
	} {
		if w := v.get(path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	body := v.get("/todo").Body.String()
	if strings.Contains(body, `href="/overview`) || !strings.Contains(body, "/pool/own") {
		t.Error("the menu leads where he may not go")
	}
}

func TestSignInAndOut(t *testing.T) {
	b := newBureau(t, sichuan())
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	v := b.visitor()
	if w := v.get("/pool?year=2025"); w.Header().Get("Location") != "/sign-in?next=%2Fpool%3Fyear%3D2025" {
		t.Fatalf("a stranger is sent to %q", w.Header().Get("Location"))
	}
	for _, lang := range []string{"zh", "en"} {
		page := v.get("/sign-in?lang=" + lang).Body.String()
		checkTexts(t, "/sign-in", page)
		if strings.Contains(page, "/pool\"") {
			t.Error("a stranger sees the menu")
		}
	}
	if w := v.post("/sign-in", "login", "clerk", "password", "wrong"); w.Code != http.StatusUnauthorized || len(v.cookies) > 1 {
		t.Errorf("a wrong password: %d %v", w.Code, v.cookies)
	}
	v.cookies[sessionCookie] = "chosen-by-somebody-else"
	w := v.post("/sign-in", "login", "clerk", "password", testPassword, "next", "/pool?year=2025")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/pool?year=2025" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	cookie := w.Result().Cookies()[0]
	if cookie.Value == "chosen-by-somebody-else" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure {
		t.Errorf("the cookie is %v", cookie)
	}
	if w := v.get("/pool"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "测试clerk") {
		t.Errorf("%d", w.Code)
	}
	first := v.cookies[sessionCookie]
	if w := v.post("/sign-in", "login", "clerk", "password", testPassword); w.Code != http.StatusSeeOther || v.cookies[sessionCookie] == first {
		t.Error("signing in again kept the session")
	}
	old := b.visitor()
	old.cookies[sessionCookie] = first
	if w := old.get("/pool"); w.Code != http.StatusSeeOther {
		t.Errorf("the session before still holds: %d", w.Code)
	}
	second := v.cookies[sessionCookie]
	if w := v.post("/sign-out"); w.Code != http.StatusSeeOther || v.cookies[sessionCookie] != "" {
		t.Errorf("%d %v", w.Code, v.cookies)
	}
	old.cookies[sessionCookie] = second
	if w := old.get("/pool"); w.Code != http.StatusSeeOther {
		t.Errorf("a session lasts longer than its end: %d", w.Code)
	}
	for _, next := range []string{"//evil.example/", "https://evil.example/", `/\evil.example`, "javascript:alert(1)", "/\tx", "x"} {
		if w := b.visitor().post("/sign-in", "login", "clerk", "password", testPassword, "next", next); w.Header().Get("Location") != "/" {
			t.Errorf("%q leads to %q", next, w.Header().Get("Location"))
		}
	}
}

// Whoever is found suspended does nothing more, even where his session was left to him.
func TestNobodyGoesOnSuspended(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := newBureau(t, sichuan())
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	v := b.enter("clerk")
	db, err := sql.Open("sqlite", b.dir+"/tongchou.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "UPDATE users SET state = 'suspended'"); err != nil {
		t.Fatal(err)
	}
	if w := v.get("/todo"); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
		t.Errorf("%d", w.Code)
	}
}

func TestSessionsEnd(t *testing.T) {
	b := newBureau(t, sichuan())
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	v := b.enter("clerk")
	b.pass(29 * time.Minute)
	if w := v.get("/help"); w.Code != http.StatusOK {
		t.Fatalf("%d", w.Code)
	}
	b.pass(29 * time.Minute)
	if w := v.get("/help"); w.Code != http.StatusOK {
		t.Error("the session was not kept alive")
	}
	b.pass(31 * time.Minute)
	if w := v.get("/help"); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "why=over") {
		t.Errorf("idle: %d %s", w.Code, w.Header().Get("Location"))
	}
	v = b.enter("clerk")
	for range 22 {
		b.pass(28 * time.Minute)
		v.get("/help")
	}
	if w := v.get("/help"); w.Code != http.StatusSeeOther {
		t.Errorf("after ten hours: %d", w.Code)
	}
}
