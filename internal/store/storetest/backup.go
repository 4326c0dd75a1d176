package storetest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// backup takes a backup while others write, restores it into SQLite, and takes one of that: which holds the same.
func backup(t *testing.T, s *store.Store, options store.Options) {
	t.Attr("clause", "YA-4.10.2")
	secret := store.BackupKey{1, 2, 3}
	book := OpenBook(t, s, pool.Resident, "510600")
	writer := service(t, s, Act("510600"))
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := writer.Post(t.Context(), []ledger.Voucher{Voucher(book, fmt.Sprintf("%d/%d", w, i), money.Fen(i+1))}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var first bytes.Buffer
	tally, err := s.Backup(t.Context(), &first, secret)
	close(stop)
	wg.Wait()
	if err != nil || tally.Rows == 0 {
		t.Fatal(tally, err)
	}
	dir := t.TempDir()
	restored, again, err := store.Restore(t.Context(), dir, options, bytes.NewReader(first.Bytes()), secret)
	if err != nil || again != tally {
		t.Fatal(tally, again, err)
	}
	defer restored.Close()
	report, err := restored.Verify(t.Context(), Chart(t))
	if err != nil || report.Entries == 0 || report.Books == 0 || report.Vouchers == 0 || report.Persons != 2 {
		t.Errorf("%+v, %v", report, err)
	}
	var second bytes.Buffer
	if back, err := restored.Backup(t.Context(), &second, secret); err != nil || back != tally {
		t.Error(back, err)
	}
	if _, err := service(t, restored, Act("510600")).Post(t.Context(), []ledger.Voucher{Voucher(book, "after", 1)}); err != nil {
		t.Errorf("the restored store does not go on: %v", err)
	}
	refusedBackups(t, first.Bytes(), dir, secret)
}

func refusedBackups(t *testing.T, good []byte, used string, secret store.BackupKey) {
	if _, _, err := store.Restore(t.Context(), used, store.Options{}, bytes.NewReader(good), secret); key(err) != "store.not_empty" {
		t.Errorf("into a store in use: %v", err)
	}
	for name, c := range map[string]struct {
		content []byte
		key     store.BackupKey
		want    string
	}{
		"another key": {good, store.BackupKey{9}, "store.backup_broken"},
		"cut off":     {good[:len(good)-1], secret, "store.backup_broken"},
		"no backup":   {[]byte("tongchou"), secret, "store.not_backup"},
	} {
		dir := t.TempDir()
		if _, _, err := store.Restore(t.Context(), dir, store.Options{}, bytes.NewReader(c.content), c.key); key(err) != c.want || fault.KindOf(err) != fault.Refused {
			t.Errorf("%s: %v", name, err)
		}
		restored, _, err := store.Restore(t.Context(), dir, store.Options{}, bytes.NewReader(good), secret)
		if err != nil {
			t.Errorf("after %s: %v", name, err)
			continue
		}
		restored.Close()
	}
}
