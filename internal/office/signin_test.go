package office_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/office"
)

// quick is a cost for tests.
var quick = office.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}

func hash(t testing.TB, password string, c office.Cost) office.PasswordHash {
	t.Helper()
	h, err := office.HashPassword(password, office.Salt{1, 2, 3}, c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPasswordHash(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	h, err := office.HashPassword("Horse-battery9", office.Salt([]byte("saltsaltsaltsalt")), quick)
	if err != nil {
		t.Fatal(err)
	}
	// As the reference implementation's command writes it: argon2 saltsaltsaltsalt -id -t 1 -k 64 -p 1 -l 32 -e.
	if want := "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$XMZktNHbIkegW4RbWPwWtsCSmMTb1Z6LPecX/esZm6U"; string(h) != want {
		t.Errorf("got %s, want %s", string(h), want)
	}
	if !h.Matches("Horse-battery9") || h.Matches("horse-battery9") || h.Matches("") {
		t.Error("matches wrongly")
	}
	if h.Outdated(quick) || !h.Outdated(office.DefaultCost()) || !office.PasswordHash("x").Outdated(quick) {
		t.Error("outdated wrongly")
	}
	if _, err := office.HashPassword("x", office.Salt{}, office.Cost{MemoryKiB: 1 << 30, Passes: 1, Lanes: 1}); err == nil {
		t.Error("a terabyte was tried")
	}
}

// A hash that was tampered with is no hash, and asks for no more memory than the bounds allow.
func FuzzPasswordHash(f *testing.F) {
	good := string(hash(f, "x", quick))
	for _, s := range []string{good, "", "$$$$$", strings.Replace(good, "m=64", "m=4294967295", 1), strings.Replace(good, "m=64", "m=064", 1), good + "$", strings.Replace(good, "v=19", "v=16", 1)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "m=64,t=1,p=1") && office.PasswordHash(s).Matches("x") && s != good {
			t.Errorf("%q is another form of the same", s)
		}
		office.PasswordHash(s).Outdated(quick)
	})
}

func TestTamperedHashes(t *testing.T) {
	good := string(hash(t, "x", quick))
	for _, c := range [][2]string{{"m=64", "m=4294967295"}, {"m=64", "m=064"}, {"m=64", "m=+64"}, {"t=1", "t=0"}, {"p=1", "p=0"}, {"p=1", "p=255"}, {"v=19", "v=16"},
		{"argon2id", "argon2i"}, {"$AQID", "$"}, {"$m", " $m"}} {
		if bad := strings.Replace(good, c[0], c[1], 1); bad == good || office.PasswordHash(bad).Matches("x") {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	_, secret := office.NewSession(office.Random{7}, "u1", "", noon)
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	h := hash(t, "x", quick)
	log.Info("x", "secret", secret, "hash", h, "in", struct {
		S office.Secret
		H office.PasswordHash
	}{secret, h})
	fmt.Fprintf(&out, "%v %+v %#v %s %q %v", secret, secret, secret, secret, secret, office.Account{Password: h})
	fmt.Fprintf(&out, "%v %+v %#v %s %q", h, h, h, h, h)
	if strings.Contains(out.String(), string(secret)) || strings.Contains(out.String(), "argon2id") {
		t.Errorf("printed: %s", out.String())
	}
}

func TestPasswordRules(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	r := office.DefaultPasswordRules()
	old := []office.PasswordHash{hash(t, "Kiesel-42-Uhr", quick), hash(t, "Zaun.77.Tor", quick)}
	for password, want := range map[string]string{
		"Mond+Wagen8":                     "",
		"云上望江楼Blau7":                      "",
		"Kurz+1":                          "口令长度应为 10 至 128 个字符",
		strings.Repeat("Mond+Wagen8", 12): "口令长度应为 10 至 128 个字符",
		"nurkleinebuchst":                 "口令应包含小写字母、大写字母、数字、其他字符中的至少 3 类",
		"Xx.Zhang.Ming7":                  "口令不得包含登录名或姓名",
		"Xx.gniM.8":                       "口令长度应为 10 至 128 个字符\n口令不得包含登录名或姓名",
		"我是测试甲Xx77y":                      "口令不得包含登录名或姓名",
		"Password2024!":                   "口令过于常见或有规律，容易被猜中",
		"P@ssw0rd2024":                    "口令过于常见或有规律，容易被猜中",
		"Yibao@202411":                    "口令过于常见或有规律，容易被猜中",
		"Aa11Aa11Aa11":                    "口令过于常见或有规律，容易被猜中",
		"Abcdefgh1234":                    "口令过于常见或有规律，容易被猜中",
		"Kiesel-42-Uhr":                   "不得使用当前及最近 5 次用过的口令",
		"Zaun.77.Tor":                     "不得使用当前及最近 5 次用过的口令",
	} {
		err := r.Check(password, user(office.Clerk), old)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(strings.ReplaceAll(says(t, locale.ZH, err), "password: ", ""), " [YA-4.10.2]", "")
			if strings.Contains(err.Error(), password) {
				t.Errorf("the refusal holds the password: %v", err)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
	r.History = 1
	if err := r.Check("Zaun.77.Tor", user(), old); err != nil {
		t.Errorf("the last but one, of one: %v", err)
	}
	if r.Expired(noon, noon.Add(90*24*time.Hour-1)) || !r.Expired(noon, noon.Add(90*24*time.Hour)) {
		t.Error("age is counted wrongly")
	}
}

func TestSetPassword(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	r := office.DefaultSecurityRules()
	r.Cost, r.Passwords.History = quick, 2
	a := office.Account{User: user(office.Clerk)}
	for i := range 4 {
		var err error
		if a, err = r.SetPassword(a, fmt.Sprintf("Mond+Wagen%d", i), i == 0, office.Salt{byte(i)}, noon); err != nil {
			t.Fatal(err)
		}
		if a.MustChange != (i == 0) || !a.Password.Matches(fmt.Sprintf("Mond+Wagen%d", i)) || len(a.Old) > 2 {
			t.Errorf("after %d: %v, %d old", i, a.MustChange, len(a.Old))
		}
	}
	for i, refused := range []bool{false, false, true, true} {
		if _, err := r.SetPassword(a, fmt.Sprintf("Mond+Wagen%d", i), false, office.Salt{}, noon); (err != nil) != refused {
			t.Errorf("%d again: %v", i, err)
		}
	}
}

func TestLockout(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	r := office.LockoutRules{Failures: 3, Window: 10 * time.Minute, First: time.Minute, Most: 10 * time.Minute, Growth: 4, Forget: 24 * time.Hour}
	var a office.Attempts
	at := noon
	for i, want := range []time.Duration{1, 4, 10, 10} {
		for range 3 {
			if _, locked := a.Locked(at); locked {
				t.Fatalf("locked before the third failure of round %d", i)
			}
			a = r.Failed(a, at)
			at = at.Add(time.Second)
		}
		until, locked := a.Locked(at)
		if !locked || until.Sub(at) != want*time.Minute-time.Second {
			t.Errorf("round %d: until %s", i, until.Sub(at))
		}
		if r.Failed(a, at) != a {
			t.Error("a failure was counted while locked")
		}
		at = until
	}
	slow := office.Attempts{}
	for i := range 20 {
		slow = r.Failed(slow, noon.Add(time.Duration(i)*6*time.Minute))
	}
	if slow.Locks != 0 {
		t.Errorf("locked though never three in ten minutes: %+v", slow)
	}
	if a = r.Failed(a, at.Add(25*time.Hour)); a.Locks != 0 || a.Failures != 1 {
		t.Errorf("not forgotten: %+v", a)
	}
}

// However attempts come, no more than Failures are let through in a window.
func TestLockoutHolds(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	r := office.DefaultLockoutRules()
	rapid.Check(t, func(t *rapid.T) {
		var a office.Attempts
		at, let := noon, []time.Time(nil)
		for range 60 {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(4*time.Minute)).Draw(t, "wait")))
			if _, locked := a.Locked(at); !locked {
				let = append(let, at)
			}
			a = r.Failed(a, at)
		}
		for i := range let {
			n := 0
			for _, x := range let[i:] {
				if x.Sub(let[i]) < r.First {
					n++
				}
			}
			if n > 2*r.Failures {
				t.Fatalf("%d attempts within %s", n, r.First)
			}
		}
	})
}

func TestSessions(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	r := office.SessionRules{Idle: 30 * time.Minute, Absolute: 2 * time.Hour}
	s, secret := office.NewSession(office.Random{1}, "u1", "10.0.0.1", noon)
	if s.Key != secret.Key() || s.Key == office.DigestOf(nil) || len(string(secret)) != 43 {
		t.Errorf("key %s", s.Key)
	}
	rotated, other := s.Rotate(office.Random{2})
	if rotated.Key == s.Key || other == secret || rotated.Began != s.Began {
		t.Error("not rotated")
	}
	if _, err := r.Touch(s, noon.Add(30*time.Minute)); err == nil || says(t, locale.ZH, err) != "超过 30 分钟未操作，请重新登录" {
		t.Errorf("idle: %v", err)
	}
	for at := noon; at.Before(noon.Add(2 * time.Hour)); at = at.Add(29 * time.Minute) {
		var err error
		if s, err = r.Touch(s, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Touch(s, noon.Add(2*time.Hour)); err == nil || says(t, locale.ZH, err) != "本次登录已满 120 分钟，请重新登录" {
		t.Errorf("absolute: %v", err)
	}
}

func TestTokens(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	r := office.DefaultTokenRules()
	u := user(office.Clerk, office.Approver)
	by, _ := u.Subject()
	wanted := office.Token{ID: "t1", Title: "数据上报", Actions: []office.Action{office.View, office.Import}, Made: noon, Expires: noon.Add(24 * time.Hour)}
	token, secret, err := r.IssueToken(wanted, by, office.Random{9})
	if err != nil || !secret.IsToken() || token.Key != secret.Key() || token.User != u.ID {
		t.Fatalf("%+v, %v", token, err)
	}
	if office.Secret("tongchou_x").IsToken() || office.Secret(string(secret)[1:]).IsToken() || (secret + "A").IsToken() {
		t.Error("looks like a token and is none")
	}
	s, err := token.Subject(u, noon)
	if err != nil || office.Can(s, office.Import, "510104") != nil || office.Can(s, office.Make, "510100") == nil || office.Can(s, office.Approve, "510100") == nil {
		t.Errorf("%+v, %v", s, err)
	}
	weaker := u
	weaker.Roles = []office.Role{office.Viewer}
	if s, _ := token.Subject(weaker, noon); office.Can(s, office.Import, "510100") == nil {
		t.Error("a token kept a right its user has lost")
	}
	revoked, suspended, stranger := token, u, u
	revoked.Revoked, suspended.State, stranger.ID = true, office.Suspended, "u2"
	for _, c := range []struct {
		token office.Token
		user  office.User
		at    time.Time
	}{{token, u, token.Expires}, {revoked, u, noon}, {token, suspended, noon}, {token, stranger, noon}} {
		if _, err := c.token.Subject(c.user, c.at); err == nil {
			t.Errorf("%+v %s acts", c.token, c.user.ID)
		}
	}
	bad := office.Token{Title: " ", Actions: []office.Action{office.Approve, office.ReadAudit}, Made: noon, Expires: noon.Add(366 * 24 * time.Hour)}
	_, _, err = r.IssueToken(bad, by, office.Random{})
	want := "title: 令牌名称应不为空、前后无空格、不超过 100 个字 [YA-4.10.2]\nexpires: 令牌到期时间应在签发之后、365 天之内 [YA-4.10.2]\n" +
		"actions: “审批”须由本人办理，不能授予令牌 [YA-4.10.2]\nactions: 您没有“查看审计日志”权限，不能授予令牌 [YA-4.10.2]"
	if err == nil || says(t, locale.ZH, err) != want {
		t.Errorf("%v", err)
	}
	wanted.Actions = nil
	if _, _, err := r.IssueToken(wanted, by, office.Random{}); err == nil {
		t.Error("a token without rights")
	}
}

func TestOIDC(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	r := office.OIDCRules{Issuer: "https://id.example", Login: "preferred_username"}
	claims := func(change ...any) office.Claims {
		c := office.Claims{"iss": "https://id.example", "sub": "77", "preferred_username": " Zhang.Ming"}
		for i := 0; i+1 < len(change); i += 2 {
			c[change[i].(string)] = change[i+1]
		}
		return c
	}
	who, err := r.Identity(claims("groups", []string{"approvers"}))
	if err != nil || who.Name != "zhang.ming" {
		t.Fatalf("%+v, %v", who, err)
	}
	renamed, err := r.Identity(claims("preferred_username", "li"))
	if err != nil || renamed.Subject != who.Subject || renamed.Name != "li" {
		t.Errorf("%+v, %v", renamed, err)
	}
	for _, c := range []office.Claims{claims("iss", "https://other.example"), claims("sub", 7), claims("preferred_username", " "), claims("preferred_username", strings.Repeat("x", 101))} {
		if _, err := r.Identity(c); err == nil || says(t, locale.ZH, err) != "单点登录的身份声明不是登记的提供方签发的，或缺少主体标识、登录名" {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, err := (office.OIDCRules{Login: "preferred_username"}).Identity(office.Claims{"sub": "x", "preferred_username": "x"}); err == nil {
		t.Error("no issuer was taken for an issuer")
	}
	if err := (office.User{Roles: []office.Role{office.SecurityAdmin}}).MayBeSingle(); err == nil || says(t, locale.ZH, err) != "“安全管理员”不能用单点登录：三员只在本系统登录" {
		t.Error(err)
	}
}

// An account that handled others' accounts never signs, and one that signed never handles them, whatever it was in between.
func TestRolesOverTime(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	for _, c := range []struct {
		past, now []office.Role
		fine      bool
	}{
		{nil, []office.Role{office.Clerk}, true},
		{[]office.Role{office.SecurityAdmin}, []office.Role{office.SecurityAdmin}, true},
		{[]office.Role{office.SecurityAdmin}, nil, true},
		{[]office.Role{office.SecurityAdmin, office.Clerk}, []office.Role{office.SecurityAdmin}, false},
		{[]office.Role{office.SecurityAdmin}, []office.Role{office.SystemAdmin}, false},
		{[]office.Role{office.AuditAdmin}, []office.Role{office.Viewer}, false},
		{[]office.Role{office.Cashier}, []office.Role{office.Accountant}, true},
		{[]office.Role{office.Approver}, []office.Role{office.SecurityAdmin}, false},
	} {
		if err := (office.User{Roles: c.now}).CheckPast(c.past); (err == nil) != c.fine {
			t.Errorf("%v after %v: %v", c.now, c.past, err)
		}
	}
	err := (office.User{Roles: []office.Role{office.Approver}}).CheckPast([]office.Role{office.SecurityAdmin})
	if want := "roles: 该账户曾担任“安全管理员”，不得再担任“审批”：三员与其他岗位先后也不相容，请为本人另立账户并停用原账户 [YA-4.10.3]"; err == nil || says(t, locale.ZH, err) != want {
		t.Error(err)
	}
}

// register keeps accounts in memory.
type register struct {
	accounts map[office.Login]office.Account
	attempts map[office.Login]office.Attempts
	sessions []office.Session
	records  []office.Record
}

func (r *register) Account(_ context.Context, login office.Login) (office.Account, bool, error) {
	a, ok := r.accounts[login]
	return a, ok, nil
}

func (r *register) Attempt(_ context.Context, login office.Login, f func(office.Attempts) (office.Attempts, error)) error {
	after, err := f(r.attempts[login])
	if err == nil {
		r.attempts[login] = after
	}
	return err
}

func (r *register) SignedIn(_ context.Context, a office.Account, s office.Session, record office.Record) error {
	r.accounts[a.Login] = a
	delete(r.attempts, a.Login)
	r.sessions, r.records = append(r.sessions, s), append(r.records, record)
	return nil
}

func (r *register) NotSignedIn(_ context.Context, record office.Record) error {
	r.records = append(r.records, record)
	return nil
}

func TestSignIn(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	rules := office.DefaultSecurityRules()
	rules.Cost = quick
	const password = "Mond+Wagen8"
	account := office.Account{User: user(office.Clerk), Password: hash(t, password, office.Cost{MemoryKiB: 32, Passes: 1, Lanes: 1}), Set: noon}
	gone := account
	gone.ID, gone.Login, gone.State = "u2", "gone", office.Departed
	store := &register{map[office.Login]office.Account{"zhang.ming": account, "gone": gone}, map[office.Login]office.Attempts{}, nil, nil}
	s := office.SignIns{Accounts: store, Rules: rules, Key: office.Random{7}}
	n := 0
	try := func(login office.Login, password string, at time.Time) (office.Welcome, string) {
		n++
		w, err := s.SignIn(context.Background(), office.Attempt{Login: login, Password: password, From: "10.0.0.1", At: at, Session: office.Random{byte(n)}, Home: "510000"})
		if err != nil {
			if fault.KindOf(err) != fault.Refused {
				t.Fatal(err)
			}
			return w, says(t, locale.ZH, err)
		}
		return w, ""
	}
	w, said := try("zhang.ming", password, noon)
	if said != "" || w.MustChange || w.User.ID != "u1" || store.sessions[0].Key != w.Secret.Key() {
		t.Fatalf("%+v, %s", w, said)
	}
	if store.accounts["zhang.ming"].Password.Outdated(quick) || !store.accounts["zhang.ming"].Password.Matches(password) {
		t.Error("the hash was not made anew at the new cost")
	}
	if w, _ := try("zhang.ming", password, noon.Add(91*24*time.Hour)); !w.MustChange {
		t.Error("a password of 91 days need not be changed")
	}
	const wrong = "登录名或口令不对，或者账户不可用"
	for _, c := range []struct {
		login    office.Login
		password string
	}{{"zhang.ming", "x"}, {"nobody", password}, {"gone", password}, {"Bad Login", password}, {"zhang.ming", strings.Repeat("x", 2000)}} {
		if _, said := try(c.login, c.password, noon); said != wrong {
			t.Errorf("%s: %q", c.login, said)
		}
	}
	for _, login := range []office.Login{"zhang.ming", "nobody"} {
		for range 4 {
			if _, said := try(login, "x", noon); said != wrong {
				t.Errorf("%s: %q", login, said)
			}
		}
		if _, said := try(login, password, noon.Add(time.Second)); said != "登录失败次数过多，请 1 分钟后再试，或请安全管理员解锁" {
			t.Errorf("%s: %q", login, said)
		}
	}
	if _, said := try("zhang.ming", password, noon.Add(time.Minute)); said != "" || store.attempts["zhang.ming"] != (office.Attempts{}) {
		t.Errorf("after a minute: %q, %+v", said, store.attempts["zhang.ming"])
	}
	seen := map[office.Digest]bool{}
	for _, session := range store.sessions {
		seen[session.Key] = true
	}
	if len(seen) != len(store.sessions) {
		t.Error("a session was used again")
	}
	var chains []string
	for _, r := range store.records[:4] {
		chains = append(chains, fmt.Sprint(r.Chain, " ", r.Action, " ", r.Who))
	}
	for _, r := range store.records { // people type passwords where the login belongs
		if strings.Contains(r.Object.ID, "nobody") || r.Who == "" && !strings.HasPrefix(r.Object.ID, "?") {
			t.Errorf("a login that there is not is written down: %q", r.Object.ID)
		}
	}
	if _, kept := store.attempts["nobody"]; kept {
		t.Error("a login that there is not is counted in plain")
	}
	if want := "510100 sign_in u1,510100 sign_in u1,510100 sign_in_refused u1,510000 sign_in_refused "; strings.Join(chains, ",") != want {
		t.Errorf("records %q", chains)
	}
}
