package lake

import (
	"errors"
	"syscall"
	"testing"

	"tongchou/internal/fault"
)

// A full disk is said so, and leaves the store as it was.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("needs to mount a small disk: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	l := openLake(t, dir)
	if _, err := l.Import(t.Context(), writeClaims(t, 1000, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	var f *fault.Error
	if _, err := l.Import(t.Context(), writeClaims(t, 100_000, 2), ImportOptions{}); !errors.As(err, &f) || f.Key != "lake.disk_full" {
		t.Errorf("%v", err)
	}
	checkTidy(t, l)
	if err := l.Verify(); err != nil {
		t.Error(err)
	}
	m, err := l.Manifest()
	if err != nil || len(m.Imports) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := l.Import(t.Context(), writeClaims(t, 2000, 3), ImportOptions{}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
