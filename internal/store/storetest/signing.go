package storetest

import (
	"errors"
	"testing"
	"time"

	"tongchou/internal/store"
)

// signing: an institution's key is kept with it; a sign-in that was signed out of is known until nobody could use it any more, and said once.
func signing(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, e, at := t.Context(), s.Exchange(), time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC)
	i, found, err := e.InstitutionByCode(ctx, "H00000000001")
	if err != nil || !found {
		t.Fatalf("%v %v", found, err)
	}
	i.Signing, i.SignKey = store.SigningRequired, "04"
	if _, err := s.Write(ctx, Act(county), func(tx *store.Tx) error { return tx.SaveInstitution(i) }); err != nil {
		t.Fatal(err)
	}
	if got, found, err := e.InstitutionByCode(ctx, i.Code); err != nil || !found || got != i {
		t.Errorf("%+v %v %v", got, found, err)
	}
	if _, found, err := e.InstitutionByCode(ctx, "H09"); err != nil || found {
		t.Errorf("%v %v", found, err)
	}
	out := func(no string, at time.Time, want bool) error {
		_, _, err := e.Do(ctx, Act(county), store.Message{Key: "out " + no + at.String()}, func(h *store.Handled) ([]byte, error) {
			first, err := h.SignOut(i.Code, no, at, at.Add(-24*time.Hour))
			if err == nil && first != want {
				t.Errorf("%s: %v", no, first)
			}
			return []byte("ok"), err
		})
		return err
	}
	if err := errors.Join(out("A", at, true), out("A", at.Add(time.Minute), false), out("B", at.Add(25*time.Hour), true)); err != nil {
		t.Fatal(err)
	}
	if known, err := e.SignedOut(ctx, i.Code); err != nil || len(known) != 1 || !known["B"] {
		t.Errorf("%v %v", known, err)
	}
}
