package web

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/store"
)

// administrators hires the three.
func (b *bureau) administrators() {
	b.hire("sysadmin", office.MedicalSecurity, sichuanProvince, office.SystemAdmin)
	b.hire("secadmin", office.MedicalSecurity, sichuanProvince, office.SecurityAdmin)
	b.hire("auditadmin", office.MedicalSecurity, sichuanProvince, office.AuditAdmin)
}

// One adds the user, another grants the role, a third reads what both did; none does another's work, nor his own account.
func TestThreeAdministrators(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := newBureau(t, sichuan())
	b.administrators()
	system, security, audit := b.enter("sysadmin"), b.enter("secadmin"), b.enter("auditadmin")
	w := system.post("/system/users", "login", "zhangsan", "name", "张小三", "department", "medical", "division", "510300", "once", "k1")
	password := regexp.MustCompile(`[A-Z][a-z]\d[a-z](-[A-Z][a-z]\d[a-z]){4}`).FindString(w.Body.String())
	if w.Code != http.StatusOK || password == "" {
		t.Fatalf("%d", w.Code)
	}
	if w := system.post("/system/users", "login", "zhangsan", "name", "张小三", "department", "medical", "division", "510300", "once", "k1"); w.Code != http.StatusConflict || strings.Contains(w.Body.String(), password) {
		t.Errorf("the same form twice: %d", w.Code)
	}
	if w := system.post("/system/users", "login", "zhangsan", "name", "李四", "department", "medical", "division", "510300", "once", "k2"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "已被使用") {
		t.Errorf("a login that is taken: %d", w.Code)
	}
	if w := system.post("/system/users", "login", "X", "name", "", "department", "x", "division", "999999"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("nonsense: %d", w.Code)
	}
	account, found, err := b.store.Accounts().Account(t.Context(), "zhangsan")
	if err != nil || !found {
		t.Fatal(err)
	}
	path := "/system/users/" + string(account.ID)
	if w := system.post(path, "act", "grant", "version", "1", "role", "clerk"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("the system administrator grants: %d", w.Code)
	}
	if w := security.post("/system/users", "login", "y"); w.Code != http.StatusForbidden {
		t.Errorf("the security administrator adds users: %d", w.Code)
	}
	for _, act := range []string{"grant", "state", "reset"} {
		if w := audit.post(path, "act", act, "version", "1"); w.Code != http.StatusForbidden {
			t.Errorf("the audit administrator may %s: %d", act, w.Code)
		}
	}
	if w := security.post(path, "act", "grant", "version", "1", "role", "system_admin"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "三员由人工任命") {
		t.Errorf("made an administrator: %d", w.Code)
	}
	if w := security.post(path, "act", "grant", "version", "1", "role", "accountant", "role", "cashier"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "不相容") {
		t.Errorf("roles that exclude one another: %d", w.Code)
	}
	if w := security.post(path, "act", "grant", "version", "1", "role", "clerk"); w.Code != http.StatusSeeOther {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := security.post(path, "act", "grant", "version", "1", "role", "viewer"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "刚被他人改动") {
		t.Errorf("stale: %d", w.Code)
	}
	for _, login := range []string{"u-sysadmin", "u-secadmin"} {
		for _, act := range []string{"grant", "reset", "state"} {
			if w := security.post("/system/users/"+login, "act", act, "version", "1"); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s %s: %d", act, login, w.Code)
			}
		}
	}
	v := b.visitor()
	if w := v.post("/sign-in", "login", "zhangsan", "password", password); w.Header().Get("Location") != "/password" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
	page := audit.get("/system/users").Body.String()
	if strings.Contains(page, "张小三") || !strings.Contains(page, "张*三") {
		t.Error("names are not masked")
	}
	if w := system.post(path, "act", "unmask"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "张小三") {
		t.Errorf("unmask: %d", w.Code)
	}
	if w := audit.post(path, "act", "unmask"); w.Code != http.StatusForbidden {
		t.Errorf("the audit administrator sees names: %d", w.Code)
	}
	log := audit.get("/system/audit?chain=510300").Body.String()
	for _, want := range []string{"增加用户", "授权", "查看全名", "sysadmin", "secadmin", "192.0.2.7"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	if strings.Contains(log, "张小三") || strings.Contains(log, password) {
		i := max(strings.Index(log, "张小三"), strings.Index(log, password))
		t.Errorf("the log says what it must not: %s", log[max(0, i-200):min(len(log), i+60)])
	}
	if w := system.post(path, "act", "state", "version", "2", "state", "suspended"); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
	if w := v.get("/password"); !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
		t.Error("a suspended user is still signed in")
	}
}

func TestSystemPagesInBothLanguages(t *testing.T) {
	b := newBureau(t, sichuan())
	b.administrators()
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	for login, paths := range map[string][]string{
		"sysadmin": {"/system/users", "/system/users/u-clerk", "/system/backup", "/system/settings", "/todo"}, "secadmin": {"/system/users", "/system/users/u-clerk", "/system/sessions", "/system/settings"},
		"auditadmin": {"/system/audit", "/system/audit?from=x&to=2026-11-23&login=clerk", "/system/users"}, "clerk": {"/system/rights", "/system/tokens", "/password"},
	} {
		v := b.enter(login)
		for _, path := range paths {
			for _, lang := range []string{"zh", "en"} {
				w := v.get(with(path, "lang", lang))
				if w.Code != http.StatusOK {
					t.Errorf("%s %s: %d", login, path, w.Code)
				}
				checkTexts(t, path, w.Body.String())
			}
		}
		if w := v.get("/system"); w.Code != http.StatusSeeOther || v.get(w.Header().Get("Location")).Code != http.StatusOK {
			t.Errorf("%s: /system leads nowhere", login)
		}
	}
}

// Users and logs of other divisions cannot be reached by id.
func TestAdministratorsOfACityStayThere(t *testing.T) {
	b := newBureau(t, sichuan())
	b.hire("sys", office.MedicalSecurity, zigong, office.SystemAdmin)
	b.hire("sec", office.MedicalSecurity, zigong, office.SecurityAdmin)
	b.hire("aud", office.MedicalSecurity, zigong, office.AuditAdmin)
	b.hire("other", office.MedicalSecurity, panzhihua, office.Clerk)
	sys, sec, aud := b.enter("sys"), b.enter("sec"), b.enter("aud")
	for _, w := range []int{sys.get("/system/users/u-other").Code, sec.post("/system/users/u-other", "act", "reset", "version", "1").Code, sec.post("/system/sessions", "user", "u-other").Code} {
		if w != http.StatusNotFound {
			t.Errorf("%d", w)
		}
	}
	if w := sys.post("/system/users", "login", "new", "name", "新人", "department", "medical", "division", "510400"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("added a user elsewhere: %d", w.Code)
	}
	for _, path := range []string{"/system/users", "/system/sessions"} {
		if strings.Contains(sec.get(path).Body.String(), "other") {
			t.Errorf("%s shows somebody of another city", path)
		}
	}
	for _, chain := range []string{"510400", "510000", "", "51", "510300' OR '1'='1"} {
		if body := aud.get(with("/system/audit", "chain", chain)).Body.String(); strings.Contains(body, "u-other") {
			t.Errorf("chain %q is read", chain)
		}
	}
	if body := aud.get("/system/audit/audit.ndjson").Body.String(); strings.Contains(body, "u-other") || !strings.Contains(body, "510300") {
		t.Error("the export is not kept to the city")
	}
}

func TestAuditIsExportedAndVerified(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	dir := t.TempDir()
	b := newBureau(t, sichuan(), func(o *Options) {
		s, err := store.Open(t.Context(), dir, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		o.Store = s
	})
	b.store = b.site.Store
	b.administrators()
	maker := b.signers()
	b.paper("p-1", office.PaymentOrder, sichuanProvince, 100, maker)
	b.enter("clerk").post("/documents/p-1", "act", "cancel", "version", "1", "reason", `=HYPERLINK("http://evil.example","x")`)
	v := b.enter("auditadmin")
	w := v.get("/system/audit/audit.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 8 {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	found := false
	for _, row := range rows[1:] {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a cell begins a formula: %q", cell)
			}
			found = found || strings.HasPrefix(cell, "'=HYPERLINK")
		}
	}
	if !found {
		t.Error("the reason is not in the export")
	}
	lines := bufio.NewScanner(strings.NewReader(v.get("/system/audit/audit.ndjson").Body.String()))
	lines.Buffer(nil, 1<<20)
	prev := office.Digest{}.String()
	for lines.Scan() {
		var e struct {
			Prev, Hash string
			Canonical  []byte
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Prev != prev || office.DigestOf(e.Canonical).String() != e.Hash {
			t.Error("the export does not prove itself")
		}
		prev = e.Hash
	}
	if w := v.get("/system/audit/..%2f..%2fetc%2fpasswd"); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
	if body := v.worked("/system/audit/verify"); !strings.Contains(body, "审计链完整") {
		t.Error("a whole chain is not found whole")
	}
	spoil(t, dir)
	if body := v.worked("/system/audit/verify"); !strings.Contains(body, "第 3 条被改动") {
		t.Errorf("the broken entry is not named")
	}
}

// Whose password somebody else reset is told when, by whom and from where, and his programs stop. What is typed as a login that there is not is not in the log,
// and a login of elsewhere finds nothing there.
func TestResetsAreShownToTheOwner(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := newBureau(t, sichuan())
	b.administrators()
	b.hire("viewer", office.MedicalSecurity, zigong, office.Viewer)
	b.hire("zgaud", office.MedicalSecurity, zigong, office.AuditAdmin)
	v, security := b.enter("viewer"), b.enter("secadmin")
	token := regexp.MustCompile(`tongchou_[\w-]{43}`).FindString(v.post("/system/tokens", "title", "x", "days", "9", "action", "view").Body.String())
	reads := func() int {
		program := b.visitor()
		program.header = http.Header{"Authorization": {"Bearer " + token}}
		return program.get("/pool/division/510300").Code
	}
	if token == "" || reads() != http.StatusOK {
		t.Fatal("no token")
	}
	security.address = "192.0.2.99:1"
	w := security.post("/system/users/u-viewer", "act", "reset", "version", "1")
	password := regexp.MustCompile(`[A-Z][a-z]\d[a-z](-[A-Z][a-z]\d[a-z]){4}`).FindString(w.Body.String())
	if password == "" || reads() != http.StatusUnauthorized {
		t.Errorf("the programs of before go on: %d", reads())
	}
	v = b.visitor()
	if w := v.post("/sign-in", "login", "viewer", "password", password); w.Header().Get("Location") != "/password" {
		t.Fatalf("%d", w.Code)
	}
	page := v.get("/password").Body.String()
	if !strings.Contains(page, "重置口令") || !strings.Contains(page, "192.0.2.99") || !strings.Contains(page, "secadmin") || !strings.Contains(page, "他人办理") {
		t.Error("the reset is not shown to the owner")
	}
	b.visitor().post("/sign-in", "login", "my-secret-9", "password", "x")
	audit := b.enter("auditadmin")
	if body := audit.get("/system/audit?action=sign_in_refused").Body.String(); strings.Contains(body, "my-secret-9") || !strings.Contains(body, "login ?") {
		t.Error("what was typed as a login is in the log")
	}
	city := b.enter("zgaud")
	there, nobody := city.get("/system/audit?login=secadmin").Body.String(), city.get("/system/audit?login=secadmix").Body.String()
	if strings.ReplaceAll(there, "secadmin", "secadmix") != nobody {
		t.Error("a login of elsewhere is told apart from one that there is not")
	}
}

// spoil changes an entry behind the program's back.
func spoil(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite", dir+"/tongchou.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), "UPDATE audit SET canonical = CAST(REPLACE(CAST(canonical AS TEXT), 'user.add', 'user.adx') AS BLOB) WHERE seq = 3"); err != nil {
		t.Fatal(err)
	}
}

// A token reads what it lists and its user may, and does nothing else.
func TestTokens(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := newBureau(t, sichuan())
	b.hire("auditor", office.AuditOffice, sichuanProvince, office.Auditor)
	v := b.enter("auditor")
	if w := v.post("/system/tokens", "title", "", "days", "x"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", w.Code)
	}
	if w := v.post("/system/tokens", "title", "x", "days", "10", "action", "make"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a right he has not: %d", w.Code)
	}
	w := v.post("/system/tokens", "title", "月报", "days", "10", "action", "export_audit")
	secret := regexp.MustCompile(`tongchou_[A-Za-z0-9_-]{43}`).FindString(w.Body.String())
	if w.Code != http.StatusOK || secret == "" {
		t.Fatalf("%d", w.Code)
	}
	if strings.Contains(v.get("/system/tokens").Body.String(), secret) {
		t.Error("the token is shown again")
	}
	program := b.visitor()
	program.header.Set("Authorization", "Bearer "+secret)
	for path, want := range map[string]int{"/system/audit/audit.ndjson": http.StatusOK, "/system/audit": http.StatusForbidden, "/pool": http.StatusForbidden, "/todo": http.StatusForbidden} {
		if w := program.get(path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := program.post("/system/tokens", "title", "x", "days", "1", "action", "export_audit"); w.Code != http.StatusForbidden {
		t.Errorf("a token made a token: %d", w.Code)
	}
	program.header.Set("Authorization", "Bearer "+secret[:len(secret)-1]+"x")
	if w := program.get("/system/audit/audit.ndjson"); w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("a wrong token: %d", w.Code)
	}
	program.header.Set("Authorization", "Bearer "+secret)
	b.pass(11 * 24 * time.Hour)
	if w := program.get("/system/audit/audit.ndjson"); w.Code != http.StatusUnauthorized {
		t.Errorf("an old token: %d", w.Code)
	}
	v = b.enter("auditor")
	w = v.post("/system/tokens", "title", "x", "days", "10", "action", "export_audit")
	program.header.Set("Authorization", "Bearer "+regexp.MustCompile(`tongchou_[A-Za-z0-9_-]{43}`).FindString(w.Body.String()))
	id := regexp.MustCompile(`/system/tokens/(t-[a-z0-9]+)`).FindString(v.get("/system/tokens").Body.String())
	b.hire("other", office.AuditOffice, sichuanProvince, office.Auditor)
	if w := b.enter("other").post(id); w.Code != http.StatusNotFound {
		t.Errorf("another's token: %d", w.Code)
	}
	if w := v.post(id); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
	if w := program.get("/system/audit/audit.ndjson"); w.Code != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", w.Code)
	}
}

// A program reads what it needs by its token: results, what was published, papers, rows, books, the log; each by the right that the token
// lists and its user has, within his division, and what it cannot have it is told in JSON. Its last use is written down.
func TestTokensReadWhatMachinesNeed(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := treasury(t, keptProvince(t).folder)
	id := b.approvedRun("2025")
	one := pathOf(b.enter("approver").done("/pool/runs/"+id+"/publish", "comparison", "1"))
	b.hire("auditor", office.AuditOffice, sichuanProvince, office.Auditor)
	issue := func(login string, actions ...string) *visitor {
		form := []string{"title", "月报", "days", "30"}
		for _, a := range actions {
			form = append(form, "action", a)
		}
		w := b.enter(login).post("/system/tokens", form...)
		secret := regexp.MustCompile(`tongchou_[A-Za-z0-9_-]{43}`).FindString(w.Body.String())
		if secret == "" {
			t.Fatalf("%s gets no token of %v: %d", login, actions, w.Code)
		}
		program := b.visitor()
		program.header.Set("Authorization", "Bearer "+secret)
		return program
	}
	reader, narrow, city := issue("auditor", "view", "export", "export_audit", "view_published"), issue("auditor", "export_audit"), issue("city", "view_published", "export")
	for path, want := range map[string][3]int{
		"/pool/result.json?year=2025":            {200, 403, 403},
		"/pool/result.json?year=1999":            {404, 403, 403},
		"/pool/export.xlsx?year=2025":            {200, 403, 403},
		"/published/list.json":                   {200, 403, 200},
		one + "/result.json?division=510300":     {200, 403, 200},
		one + "/result.json?division=510400":     {200, 403, 404},
		one + "/export.xlsx?division=510300":     {200, 403, 200},
		"/pool/runs/" + id + "/paper.json":       {200, 403, 404},
		"/pool/payments/export.xlsx?batch=" + id: {200, 403, 200},
		"/data/file/statements.csv":              {200, 403, 200},
		"/data/file/nothing.csv":                 {404, 403, 404},
		"/ledger/export/export.csv":              {200, 403, 200},
		"/system/audit/audit.ndjson":             {200, 200, 403},
		"/system/audit/audit.csv":                {200, 200, 403},
	} {
		for i, program := range []*visitor{reader, narrow, city} {
			w := program.get(path)
			if w.Code != want[i] {
				t.Errorf("%s, program %d: %d, want %d", path, i, w.Code, want[i])
			}
			if w.Code >= http.StatusBadRequest && (!strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") || !json.Valid(w.Body.Bytes())) {
				t.Errorf("%s, program %d is answered with %q", path, i, w.Header().Get("Content-Type"))
			}
			if w.Code == http.StatusOK && strings.HasSuffix(pathOf(path), ".json") && !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s is no JSON", path)
			}
		}
	}
	if body := city.get("/data/file/statements.csv").Body.String(); strings.Contains(body, "510400") || !strings.Contains(body, "510300") {
		t.Error("a city's program reads another city's rows")
	}
	if body := city.get("/published/list.json").Body.String(); !strings.Contains(body, lastPart(one)) || strings.Contains(body, "\"withdrawn\": true") {
		t.Errorf("%s", body)
	}
	for _, path := range []string{"/todo", "/help", "/system/tokens", "/password"} {
		if w := reader.get(path); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	tokens, err := b.store.Accounts().Tokens(t.Context(), "u-city")
	if err != nil || len(tokens) != 1 || !tokens[0].Used.Equal(b.clock()) || tokens[0].UsedFrom != "192.0.2.7" {
		t.Errorf("%+v, %v", tokens, err)
	}
	b.pass(time.Hour)
	city.address = "192.0.2.99:1"
	city.get("/published/list.json")
	page := b.enter("city").get("/system/tokens").Body.String()
	if !strings.Contains(page, "192.0.2.99") || !strings.Contains(page, "/published/{id}/result.json") {
		t.Error("the page does not say when and from where a token was used, or what for")
	}
	checkTexts(t, "/system/tokens", page)
	act := store.Act{Record: office.Record{Chain: zigong, Action: "user.state"}, Scope: store.ScopeOf(zigong)}
	account, _, err := b.store.Accounts().Account(t.Context(), "city")
	if err != nil {
		t.Fatal(err)
	}
	account.State, account.Version = office.Suspended, account.Version+1
	if _, err := b.store.Write(t.Context(), act, func(tx *store.Tx) error { return tx.Save(account) }); err != nil {
		t.Fatal(err)
	}
	if w := city.get("/published/list.json"); w.Code != http.StatusUnauthorized {
		t.Errorf("the program of somebody who is suspended: %d", w.Code)
	}
}
