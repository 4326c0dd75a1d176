package store_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

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
