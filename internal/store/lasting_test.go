package store_test

import (
	"testing"

	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// What lasts is read once, until one of its tables is written.
func TestLasting(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var kept store.Lasting[int, int]
	read := 0
	get := func(key, want int) {
		t.Helper()
		if got, err := kept.Get(s, key, func() (int, error) { read++; return read, nil }); err != nil || got != want {
			t.Errorf("%d: %d %v, want %d", key, got, err, want)
		}
	}
	get(1, 1)
	get(1, 1)
	get(2, 2)
	const county = "510104"
	if _, err := s.Write(t.Context(), storetest.Act(county), func(tx *store.Tx) error {
		return tx.SaveInstitution(store.Institution{Code: "H00000000001", Division: county, Name: "synthetic", Level: "01", Account: "id"})
	}); err != nil {
		t.Fatal(err)
	}
	get(1, 3)
	get(1, 3)
}
