package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
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

// allocatedToAll is put in once for everybody however often it is run, taken back where it is not due any more as far as it is there, and kept to its division.
func allocatedToAll(t *testing.T, s *store.Store) {
	t.Attr("clause", "YA-3.1.1")
	ctx, a := t.Context(), s.PersonalAccounts()
	owner, spender := ownPerson(t, s, 211, "Everybody"), ownPerson(t, s, 212, "Spender")
	due := map[enrol.PersonNo][]account.Allocation{owner.No: {{Source: "contribution 1", Amount: 100_00}}, spender.No: {{Source: "contribution 1", Amount: 60_00}, {Source: "retired 2026-03", Amount: 80_00}}}
	run := func(want store.Allotment) {
		t.Helper()
		told := int64(0)
		got, err := a.AllocateAll(ctx, Act(county), "2026-04-05", func(p store.Person) []account.Allocation { return due[p.No] }, func(r store.AccountRun) { told = r.Persons })
		if err != nil || got.Allotment != want || got.Persons < 2 || told != got.Persons {
			t.Errorf("%+v, %d told, %v", got, told, err)
		}
	}
	balance := func(p store.Person, want money.Fen) {
		t.Helper()
		if purse, _, _, err := a.Of(ctx, p.No); err != nil || purse.Balance != want {
			t.Errorf("%v in the account, %v", purse.Balance, err)
		}
	}
	elsewhere, err := a.AllocateAll(ctx, Act(other), "2026-04-05", func(p store.Person) []account.Allocation { return due[p.No] }, func(store.AccountRun) {})
	if err != nil || elsewhere.In != 0 {
		t.Errorf("elsewhere: %+v %v", elsewhere, err)
	}
	had, _, _, err := a.Of(ctx, ownPerson(t, s, 213, "Nobody").No)
	if err != nil || had.Balance != 0 {
		t.Error(had, err)
	}
	first := store.Allotment{Accounts: 2, In: 240_00}
	run(first)
	run(store.Allotment{})
	if _, err := s.Write(ctx, Act(county), func(tx *store.Tx) error {
		purses, err := tx.Purses(spender.No)
		if err == nil {
			_, err = tx.Move(purses[spender.No], account.Movement{On: "2026-04-06", Kind: account.Paid, Amount: -110_00, Source: "x"})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	due[owner.No], due[spender.No] = nil, due[spender.No][1:] // both contributions were given back
	run(store.Allotment{Accounts: 2, Lacking: 1, Back: 130_00, Short: 30_00})
	balance(owner, 0)
	balance(spender, 0)
	due[spender.No] = append(due[spender.No], account.Allocation{Source: "retired 2026-04", Amount: 80_00})
	run(store.Allotment{Accounts: 1, In: 80_00, Back: 30_00}) // what was lacking is taken back of what is put in
	balance(spender, 50_00)
	stopped, stop := context.WithCancel(ctx)
	due[owner.No] = []account.Allocation{{Source: "contribution 2", Amount: 5_00}}
	halfway, err := a.AllocateAll(stopped, Act(county), "2026-04-05", func(p store.Person) []account.Allocation { return due[p.No] }, func(store.AccountRun) { stop() })
	if err == nil {
		t.Error("a run that was stopped ended")
	}
	balance(owner, 5_00)
	run(store.Allotment{}) // nothing is left to do
	runs, err := a.Runs(ctx, store.ScopeOf(county))
	if err != nil || len(runs) != 6 || runs[len(runs)-1].Allotment != first || runs[0].No != 6 || runs[0].Ended.IsZero() || runs[1] != halfway || !runs[1].Ended.IsZero() || runs[1].In != 5_00 {
		t.Errorf("%+v %v", runs, err)
	}
}
