package store_test

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
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

// A full disk is said so; what was acknowledged is there, nothing else, and with room again it goes on.
func TestDiskFull(t *testing.T) {
	dir := mounted(t, "size=3m")
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	book := storetest.OpenBook(t, s, pool.Resident, "510100")
	service := ledger.Service{Chart: storetest.Chart(t), Store: s.Books(storetest.Act("510100"), storetest.Chart(t))}
	posted := 0
	for ; posted < 10_000; posted++ {
		if _, err = service.Post(t.Context(), []ledger.Voucher{storetest.Voucher(book, fmt.Sprint(posted), 100)}); err != nil {
			break
		}
	}
	if keyOf(err) != "store.disk_full" {
		t.Fatalf("after %d vouchers: %v", posted, err)
	}
	if _, err := s.Write(t.Context(), big(), func(*store.Tx) error { return nil }); keyOf(err) != "store.disk_full" {
		t.Errorf("still full: %v", err)
	}
	storetest.Replays(t, s, book, 2026, posted)
	s.Close()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=30m"); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(t.Context(), dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	service.Store = s.Books(storetest.Act("510100"), storetest.Chart(t))
	if _, err := service.Post(t.Context(), []ledger.Voucher{storetest.Voucher(book, "after", 100)}); err != nil {
		t.Fatal(err)
	}
	storetest.Replays(t, s, book, 2026, posted+1)
	storetest.Verified(t, s)
}

// big is an act whose record takes more room than a full disk has left.
func big() store.Act {
	act := storetest.Act("510100")
	act.After = []office.Field{{Name: "x", Value: strings.Repeat("x", 1<<20)}}
	return act
}

// A disk that may not be written to is said so, and nothing is lost on it.
func TestReadOnlyDisk(t *testing.T) {
	dir := mounted(t, "size=30m")
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	book := storetest.OpenBook(t, s, pool.Resident, "510100")
	s.Close()
	t.Run("looked at", func(t *testing.T) { lookedAt(t, dir, book) })
	for _, flags := range []uintptr{syscall.MS_RDONLY, 0} {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, "size=30m"); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), dir, store.Options{})
		if flags != 0 {
			if keyOf(err) != "store.read_only" {
				t.Error(err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		storetest.Replays(t, s, book, 2026, 0)
		s.Close()
	}
}

// On a disk that may not be written to a store can be opened to be read alone: it verifies, is backed up, and takes sign-ins that it forgets; what would be written is
// refused.
func lookedAt(t *testing.T, dir string, book ledger.Book) {
	t.Attr("clause", "YA-4.10.3")
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=30m"); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenReadOnly(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.Replays(t, s, book, 2026, 0)
	storetest.Verified(t, s)
	key, err := store.NewKeyFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	if tally, err := s.Backup(t.Context(), io.Discard, key); err != nil || tally.Rows == 0 {
		t.Error(tally, err)
	}
	if _, err := s.Write(t.Context(), storetest.Act("510100"), func(*store.Tx) error { return nil }); keyOf(err) != "store.read_only" {
		t.Errorf("written: %v", err)
	}
	session, secret := office.NewSession(office.Random{1}, "nobody", "192.0.2.1", time.Now())
	if err := s.Accounts().SignedIn(t.Context(), office.Account{}, session, office.Record{}); err != nil {
		t.Error(err)
	}
	if got, _, found, err := s.Accounts().Session(t.Context(), secret.Key()); err != nil || !found || got.User != "nobody" {
		t.Error(found, err)
	}
	if err := s.Accounts().EndSession(t.Context(), secret.Key(), office.Record{}); err != nil {
		t.Error(err)
	}
	if _, _, found, _ := s.Accounts().Session(t.Context(), secret.Key()); found {
		t.Error("the session goes on")
	}
}
