package storetest

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/register"
	"tongchou/internal/store"
)

// registrations are kept step by step, sealed, within their county; of several at once that are the same one is kept, and one decision.
func registrations(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "YA-4.10.2")
	ctx, r := t.Context(), s.Registrations()
	owner := ownPerson(t, s, 191, "Registered")
	terms := register.Terms{BackDays: 30}
	apply := func(act store.Act, x register.Registration) (register.Registration, error) {
		x.Person = owner.No
		kept, _, err := r.Change(ctx, act, owner.No, func(all []register.Registration) (register.Registration, error) {
			return register.Apply(x, all, register.By{Who: act.Who, Division: act.Scope.Division, At: day}, terms)
		})
		return kept, err
	}
	today := policy.Date(day.Format("2006-01-02"))
	chronic := register.Registration{County: county, Kind: register.Chronic, Disease: "M07800", DiseaseName: "a disease", Reason: "as diagnosed", Channel: register.AtCounter, Spell: enrol.Spell{From: today, To: "2026-12-31"}}
	if _, err := apply(Act(other), chronic); key(err) != "store.scope" {
		t.Errorf("elsewhere: %v", err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = apply(Act(county), chronic) })
	}
	wg.Wait()
	kept := 0
	for _, err := range errs {
		if err == nil {
			kept++
		} else if key(err) != "register.twice" {
			t.Error(err)
		}
	}
	if kept != 1 {
		t.Fatalf("the same was kept %d times", kept)
	}
	if x, err := apply(Act(county), register.Registration{County: county, Kind: register.Elsewhere, Area: "530100", Channel: register.Online, Spell: enrol.Spell{From: today}}); err != nil || x.No != 2 {
		t.Errorf("%+v %v", x, err)
	}
	decide := func(who office.UserID) error {
		act := Act(county)
		act.Who = who
		_, _, err := r.Change(ctx, act, owner.No, func(all []register.Registration) (register.Registration, error) {
			return all[0].Decide(register.Decision{Version: 1, By: office.Subject{ID: who, Division: county}, At: day, Approve: true, Text: "agreed"})
		})
		return err
	}
	if n, err := r.Waiting(ctx, store.ScopeOf(county), "u2"); err != nil || n != 2 {
		t.Errorf("%d wait, %v", n, err)
	}
	if n, err := r.Waiting(ctx, store.ScopeOf(county), "u1"); err != nil || n != 0 {
		t.Errorf("%d wait for who entered them, %v", n, err)
	}
	if err := decide("u1"); key(err) != "register.own_application" {
		t.Errorf("who entered it: %v", err)
	}
	for i := range errs {
		wg.Go(func() { errs[i] = decide(office.UserID("u-decider-" + string(rune('a'+i)))) })
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if !errors.Is(err, office.ErrStale) {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Fatalf("decided %d times: %v", done, errs)
	}
	for name, act := range map[string]store.Act{"elsewhere": Act(neighbour), "another city": Act(other)} {
		if _, found, err := r.Look(ctx, act, owner.No, 1); err != nil || found {
			t.Errorf("read %s: %v", name, err)
		}
	}
	x, found, err := r.Look(ctx, Act(county), owner.No, 1)
	if err != nil || !found || x.Disease != "M07800" || x.DiseaseName != "a disease" || x.Reason != "as diagnosed" || len(x.Steps) != 2 || x.Steps[1].Text != "agreed" || !x.Counts(today) {
		t.Errorf("%+v %v", x, err)
	}
	for _, c := range []struct {
		at   region.Code
		q    store.RegistrationQuery
		want int
	}{{county, store.RegistrationQuery{}, 2}, {province, store.RegistrationQuery{}, 2}, {neighbour, store.RegistrationQuery{}, 0}, {other, store.RegistrationQuery{}, 0},
		{county, store.RegistrationQuery{State: register.Applied}, 1}, {county, store.RegistrationQuery{State: register.Approved}, 1}, {county, store.RegistrationQuery{Kind: register.Chronic}, 1},
		{county, store.RegistrationQuery{State: register.Expired, Today: "2026-12-31"}, 0}, {county, store.RegistrationQuery{State: register.Expired, Today: "2027-01-01"}, 1},
		{county, store.RegistrationQuery{State: register.Approved, Today: "2027-01-01"}, 0}, {county, store.RegistrationQuery{EndsBy: "2026-12-30"}, 0}, {county, store.RegistrationQuery{EndsBy: "2026-12-31"}, 1}} {
		c.q.Limit = 9
		if all, err := r.In(ctx, Act(c.at), c.q); err != nil || len(all) != c.want {
			t.Errorf("%s %+v: %d, %v", c.at, c.q, len(all), err)
		}
	}
	for e, err := range s.Entries(ctx, store.ScopeOf(county)) {
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(e.Canonical(), []byte("M07800")) || bytes.Contains(e.Canonical(), []byte("as diagnosed")) {
			t.Errorf("entry %d holds what is sealed", e.Seq)
		}
	}
}
