package web

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tongchou/internal/office"
	"tongchou/internal/store"
)

// mounted makes a small disk of its own.
func mounted(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("needs to mount a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// A full disk is said so, with what to do; with room again it goes on.
func TestFullDiskInTheConsole(t *testing.T) {
	dir := mounted(t, "size=4m")
	b := bureauAt(t, dir, sichuan())
	defer b.store.Close()
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk, office.Viewer)
	v := b.enter("clerk")
	filler := filepath.Join(dir, "filler")
	for size := 1 << 20; size > 0; size /= 2 {
		for os.WriteFile(filler+strings.Repeat("x", size%7), make([]byte, size), 0o600) == nil && size > 1<<19 {
			filler += "y"
		}
	}
	make := func() int {
		w := v.post("/system/tokens", "title", strings.Repeat("令牌", 40), "days", "9", "action", "view")
		if w.Code == http.StatusInsufficientStorage {
			checkTexts(t, "full", w.Body.String())
			says(t, w, http.StatusInsufficientStorage, "磁盘已满", "没有丢失", "系统管理员")
		}
		return w.Code
	}
	code := 0
	for range 2000 {
		if code = make(); code != http.StatusOK {
			break
		}
	}
	if code != http.StatusInsufficientStorage {
		t.Fatalf("answered with %d", code)
	}
	if w := v.get("/system/tokens"); w.Code != http.StatusOK {
		t.Errorf("nothing can be looked at: %d", w.Code)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=40m"); err != nil {
		t.Fatal(err)
	}
	if code := make(); code != http.StatusOK {
		t.Errorf("with room again: %d", code)
	}
}

// A copy that may not be written to can be looked at by who may; nothing can be done.
func TestReadOnlyConsole(t *testing.T) {
	dir := mounted(t, "size=40m")
	b := bureauAt(t, dir, sichuan())
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk, office.Viewer)
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=40m"); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenReadOnly(t.Context(), dir, store.Options{Now: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	looked := newBureau(t, sichuan(), func(o *Options) { o.Store = s })
	looked.visitor().post("/sign-in", "login", "clerk", "password", "guess")
	v := looked.enter("clerk")
	for _, path := range []string{"/todo", "/pool", "/documents", "/ledger", "/system/tokens"} {
		if w := v.get(path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	says(t, v.post("/system/tokens", "title", "x", "days", "9", "action", "view"), http.StatusServiceUnavailable, "只读副本", "未作任何改动")
	if w := v.post("/sign-out"); w.Code != http.StatusSeeOther || v.get("/pool").Code != http.StatusSeeOther {
		t.Errorf("signed out: %d", w.Code)
	}
}
