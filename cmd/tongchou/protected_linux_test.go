package main

import (
	"bytes"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/exchange"
)

// A directory on a write-protected disk, as an auditor has it, is verified, backed up and served to be looked at.
func TestWriteProtectedCopy(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=60m"); err != nil {
		t.Skipf("needs to mount a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	s := &served{t: t, dir: filepath.Join(disk, "province"), log: &bytes.Buffer{}}
	if _, err := exchange.CreateFolder(s.dir, exchange.Settings{Policy: "sichuan"}); err != nil {
		t.Fatal(err)
	}
	said, err := s.command("users", "init", "--data", s.dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=60m"); err != nil {
		t.Fatal(err)
	}
	store, key := filepath.Join(s.dir, "office"), filepath.Join(t.TempDir(), "key")
	for _, args := range [][]string{{"verify", "--store", store}, {"backup", key + ".backup", "--store", store, "--key", key, "--new-key"}} {
		if out, err := s.command(args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
	s.start("serve", "--data", s.dir, "--policy", "sichuan", "--addr", "127.0.0.1:0")
	s.password = onceOnly.FindString(string(said))
	w, err := browser(t, nil).PostForm(s.url+"/sign-in", url.Values{"login": {"sysadmin"}, "password": {s.password}})
	if w, said := body(t, w, err); w.StatusCode != http.StatusSeeOther || w.Header.Get("Location") != "/password" {
		t.Errorf("%d %.300s", w.StatusCode, said)
	}
	for range 200 { // a request is written down once it was answered
		if strings.Contains(s.log.String(), "level=INFO") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !strings.Contains(s.log.String(), "level=INFO") || strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("the log says %s", s.log)
	}
}
