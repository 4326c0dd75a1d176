package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// worked asks for something that goes on in the background and gives the page when it is done.
func (v *visitor) worked(path string) string {
	v.b.t.Helper()
	w := v.post(path)
	if w.Code != http.StatusSeeOther {
		v.b.t.Fatalf("%s: %d", path, w.Code)
	}
	for range 500 {
		body := v.get(w.Header().Get("Location")).Body.String()
		if !strings.Contains(body, `class="card job"`) {
			return body
		}
		time.Sleep(10 * time.Millisecond)
	}
	v.b.t.Fatal("it does not end")
	return ""
}

// A verification answers at once and goes on without whoever asked; he alone sees how far it is, may stop it, and is told what it came to.
func TestVerificationGoesOnInTheBackground(t *testing.T) {
	b := newBureau(t, sichuan())
	t.Cleanup(b.site.work.close)
	b.administrators()
	b.hire("audit2", office.MedicalSecurity, sichuanProvince, office.AuditAdmin)
	for range jobsAtOnce { // others hold every place
		b.site.work.slots <- struct{}{}
	}
	v, other := b.enter("auditadmin"), b.enter("audit2")
	began := time.Now()
	w := v.post("/system/audit/verify")
	if took := time.Since(began); w.Code != http.StatusSeeOther || took > 5*time.Second {
		t.Fatalf("%d after %s", w.Code, took)
	}
	page := v.get(w.Header().Get("Location"))
	if !strings.Contains(page.Body.String(), "排队等候") {
		t.Error("the page does not say how far it is")
	}
	checkTexts(t, "work", page.Body.String())
	id := regexp.MustCompile(`/system/work/([A-Z2-7]+)`).FindStringSubmatch(page.Body.String())[1]
	for _, path := range []string{"/system/work/" + id, "/system/work/" + id + "/cancel"} {
		method := http.MethodGet
		if strings.HasSuffix(path, "cancel") {
			method = http.MethodPost
		}
		if w := other.do(method, path, nil, ""); w.Code != http.StatusNotFound {
			t.Errorf("somebody else reaches %s: %d", path, w.Code)
		}
	}
	if body := other.get("/system/audit?work=" + id).Body.String(); strings.Contains(body, "排队等候") {
		t.Error("somebody else sees it")
	}
	if w := v.post("/system/work/" + id + "/cancel"); w.Code != http.StatusSeeOther || !strings.Contains(v.get(w.Header().Get("Location")).Body.String(), "已取消") {
		t.Errorf("%d", w.Code)
	}
	for range jobsAtOnce {
		<-b.site.work.slots
	}
	if body := v.worked("/system/audit/verify"); !strings.Contains(body, "审计链完整") {
		t.Error("it is not found whole")
	}
	if got := b.actions(sichuanProvince); !slices.Contains(got, "audit.verify") {
		t.Errorf("%v", got)
	}
}

// The system administrator backs up while others work, and takes the file away; nobody else does, no other file is given, and the key
// is nowhere to be read.
func TestOnlineBackup(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	dir := filepath.Join(t.TempDir(), "backups")
	keyFile := filepath.Join(t.TempDir(), "backup.key")
	key, err := store.NewKeyFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	var mu sync.Mutex
	b := newBureau(t, sichuan(), func(o *Options) {
		o.Backups = &Backups{Dir: dir, Key: key}
		o.Log = slog.New(slog.NewJSONHandler(locked{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Log.Info("options", "backups", o.Backups, "key", key)
	})
	t.Cleanup(b.site.work.close)
	b.administrators()
	b.hire("city", office.MedicalSecurity, zigong, office.SystemAdmin)
	v := b.enter("sysadmin")
	if body := v.get("/system/backup").Body.String(); !strings.Contains(body, "还没有由本页做的备份") {
		t.Error("the page does not say that there is none")
	}
	body := v.worked("/system/backup")
	if !strings.Contains(body, "备份完成") || !strings.Contains(body, dir) {
		t.Fatalf("%s", alerts(v.get("/system/backup")))
	}
	path := regexp.MustCompile(`/system/backup/tongchou-\d{8}-\d{6}\.backup`).FindString(body)
	w := v.get(path)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d", w.Code)
	}
	restored, tally, err := store.Restore(t.Context(), t.TempDir(), store.Options{}, bytes.NewReader(w.Body.Bytes()), key)
	if err != nil || tally.Rows == 0 {
		t.Fatalf("%+v, %v", tally, err)
	}
	defer restored.Close()
	if _, err := restored.Verify(t.Context(), b.site.money.service.Chart); err != nil {
		t.Error(err)
	}
	if bytes.Contains(w.Body.Bytes(), []byte("sysadmin")) {
		t.Error("the backup is not encrypted")
	}
	for _, login := range []string{"secadmin", "auditadmin", "city"} {
		other := b.enter(login)
		for _, w := range []int{other.get("/system/backup").Code, other.post("/system/backup").Code, other.get(path).Code} {
			if w != http.StatusForbidden {
				t.Errorf("%s: %d", login, w)
			}
		}
	}
	if err := os.Symlink(keyFile, filepath.Join(dir, "tongchou-20200101-000000.backup")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"..%2fbackup.key", "%2e%2e%2fbackup.key", "..", "tongchou.db", ".backup-1", "tongchou-20260101-000000.backup%00", "tongchou-20200101-000000.backup",
		"tongchou-20260101-000000.backup", "%2fetc%2fpasswd"} {
		if w := v.get("/system/backup/" + file); w.Code == http.StatusOK && w.Header().Get("Content-Type") == "application/octet-stream" {
			t.Errorf("%s is given away", file)
		}
	}
	if again := v.worked("/system/backup"); !strings.Contains(again, "已经存在") {
		t.Error("a second backup of the same second replaced the first")
	}
	content, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.TrimSpace(string(content))
	mu.Lock()
	said := log.String()
	mu.Unlock()
	page := v.get("/system/backup").Body.String()
	for _, text := range []string{said, page, body} {
		if strings.Contains(text, secret) || strings.Contains(text, `"Key":[`) {
			t.Error("the key is written somewhere")
		}
	}
	if !strings.Contains(said, "BackupKey") {
		t.Error("nothing was logged of the key, so that nothing was tried")
	}
	if got := b.actions(sichuanProvince); !slices.Contains(got, "backup.make") || !slices.Contains(got, "backup.download") {
		t.Errorf("%v", got)
	}
}

// Lifting a lock-out and writing it down is one thing: when the one cannot be done, neither is.
func TestUnlock(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	b := newBureau(t, sichuan())
	b.administrators()
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	guess := func() int { return b.visitor().post("/sign-in", "login", "clerk", "password", testPassword).Code }
	for range 5 {
		b.visitor().post("/sign-in", "login", "clerk", "password", "guess")
	}
	if guess() != http.StatusTooManyRequests {
		t.Fatal("the login is open")
	}
	account, _, err := b.store.Accounts().Account(t.Context(), "clerk")
	if err != nil {
		t.Fatal(err)
	}
	entries := len(b.actions(sichuanProvince))
	failed := fault.New(fault.Refused, "web.form.bad")
	act := store.Act{Record: office.Record{Chain: sichuanProvince, Action: "user.unlock"}, Scope: store.ScopeOf(sichuanProvince)}
	if _, err := b.store.Write(t.Context(), act, func(tx *store.Tx) error {
		if err := tx.Unlock(account.User); err != nil {
			return err
		}
		return failed
	}); err == nil {
		t.Fatal("the write was kept")
	}
	elsewhere := store.Act{Record: office.Record{Chain: zigong, Action: "user.unlock"}, Scope: store.ScopeOf(zigong)}
	if _, err := b.store.Write(t.Context(), elsewhere, func(tx *store.Tx) error { return tx.Unlock(account.User) }); err == nil {
		t.Error("a city unlocks a login of the province")
	}
	if guess() != http.StatusTooManyRequests || len(b.actions(sichuanProvince)) < entries {
		t.Error("half of it was done")
	}
	if w := b.enter("secadmin").post("/system/users/u-clerk", "act", "unlock", "version", "1"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	if got := b.actions(sichuanProvince); !slices.Contains(got, "user.unlock") || slices.Index(got, "user.unlock") < entries {
		t.Errorf("%v", got)
	}
	if code := guess(); code != http.StatusSeeOther {
		t.Errorf("still locked: %d", code)
	}
}
