package storetest

import (
	"errors"
	"sync"
	"testing"

	"tongchou/internal/account"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// personalAccounts are put into once for each contribution, never overdrawn by many at once, and shared until it is revoked.
func personalAccounts(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-2.4")
	ctx, a := t.Context(), s.PersonalAccounts()
	owner, relative := ownPerson(t, s, 201, "Owner"), ownPerson(t, s, 202, "Relative")
	due := []account.Allocation{{Source: "contribution 1", Amount: 100_00}, {Source: "contribution 2", Amount: 50_00}}
	if _, err := a.Allocate(ctx, Act(other), owner, due, "2026-03-05"); key(err) != "store.scope" {
		t.Errorf("elsewhere: %v", err)
	}
	for i, want := range []money.Fen{150_00, 0} {
		if sum, err := a.Allocate(ctx, Act(county), owner, due, "2026-03-05"); err != nil || sum != want {
			t.Errorf("%d: %v, %v", i, sum, err)
		}
	}
	var wg sync.WaitGroup
	errs := make([]error, 5)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = s.Write(ctx, Act(county), func(tx *store.Tx) error {
				purses, err := tx.Purses(owner.No)
				if err == nil {
					_, err = tx.Move(purses[owner.No], account.Movement{On: "2026-03-05", Kind: account.Paid, Amount: -40_00, Source: "x"})
				}
				return err
			})
		})
	}
	wg.Wait()
	refused := 0
	for _, err := range errs {
		if key(err) == "account.overdrawn" {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	if refused != 2 {
		t.Errorf("%d of 5 were refused", refused)
	}
	if err := a.Share(ctx, Act(county), owner, owner, "2026-03-05"); key(err) != "account.share.own" {
		t.Errorf("with oneself: %v", err)
	}
	if err := a.Share(ctx, Act(county), owner, relative, "2026-03-05"); err != nil {
		t.Fatal(err)
	}
	if err := a.Share(ctx, Act(county), owner, relative, "2026-03-05"); key(err) != "account.share.twice" {
		t.Errorf("twice: %v", err)
	}
	p, all, shares, err := a.Of(ctx, owner.No)
	if err != nil || p.Balance != 30_00 || len(all) != 5 || all[0].Balance != 30_00 || len(shares) != 1 || shares[0].Relative != relative.No {
		t.Errorf("%+v %+v %+v %v", p, all, shares, err)
	}
	if err := a.Unshare(ctx, Act(county), owner.No, 1, "2026-03-06"); err != nil {
		t.Error(err)
	}
	if err := a.Unshare(ctx, Act(county), owner.No, 1, "2026-03-06"); !errors.Is(err, office.ErrStale) {
		t.Errorf("revoked twice: %v", err)
	}
}
