package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// cheap are rules whose passwords are hashed quickly.
func cheap() office.SecurityRules {
	rules := office.DefaultSecurityRules()
	rules.Cost = office.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	return rules
}

const password = "long enough 7 horses"

// enlisted keeps a new user with a password.
func enlisted(t *testing.T, s *store.Store, login office.Login, division region.Code) office.Account {
	t.Helper()
	a := office.Account{User: office.User{ID: office.UserID("id-" + string(login)), Login: login, Name: "synthetic", Department: office.MedicalSecurity,
		Division: division, Roles: []office.Role{office.Clerk, office.Viewer}, State: office.Active, Version: 1}}
	a, err := cheap().SetPassword(a, password, false, office.Salt{1}, day)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), Act(division), func(tx *store.Tx) error { return tx.Save(a) }); err != nil {
		t.Fatal(err)
	}
	return a
}

func accounts(t *testing.T, s *store.Store) {
	t.Attr("clause", "YA-4.10.2")
	a := enlisted(t, s, "wang", city)
	kept := s.Accounts()
	got, found, err := kept.Account(t.Context(), "wang")
	if err != nil || !found || got.Password != a.Password || len(got.Roles) != 2 || !got.Set.Equal(day) || got.Division != city {
		t.Errorf("%+v, %v, %v", got, found, err)
	}
	if _, err := s.Write(t.Context(), Act(city), func(tx *store.Tx) error { return tx.Save(a) }); !errors.Is(err, office.ErrStale) {
		t.Errorf("the same login twice: %v", err)
	}
	for scope, want := range map[region.Code]bool{city: true, province: true, other: false, "510104": false} {
		if _, found, err := kept.User(t.Context(), store.ScopeOf(scope), a.ID); err != nil || found != want {
			t.Errorf("%s finds a user of %s: %v, %v", scope, city, found, err)
		}
	}
	signIn := office.SignIns{Accounts: kept, Rules: cheap()}
	welcome, err := signIn.SignIn(t.Context(), office.Attempt{Login: "wang", Password: password, At: day, Session: office.Random{1}, Home: province})
	if err != nil {
		t.Fatal(err)
	}
	session, user, found, err := kept.Session(t.Context(), welcome.Secret.Key())
	if err != nil || !found || user.ID != a.ID || !session.Began.Equal(day) {
		t.Errorf("%+v, %+v, %v, %v", session, user, found, err)
	}
	session.Seen = day.Add(time.Minute)
	if err := kept.Touch(t.Context(), session); err != nil {
		t.Error(err)
	}
	changed := got
	changed.Roles, changed.Version = []office.Role{office.Viewer}, 2
	if _, err := s.Write(t.Context(), Act(other), func(tx *store.Tx) error { return tx.Save(changed) }); key(err) != "store.scope" {
		t.Errorf("changed from elsewhere: %v", err)
	}
	stolen := changed
	stolen.Division = other
	if _, err := s.Write(t.Context(), Act(other), func(tx *store.Tx) error { return tx.Save(stolen) }); !errors.Is(err, office.ErrStale) {
		t.Errorf("taken over from elsewhere: %v", err)
	}
	if _, err := s.Write(t.Context(), Act(city), func(tx *store.Tx) error { return tx.Save(changed) }); err != nil {
		t.Fatal(err)
	}
	if _, _, found, err := kept.Session(t.Context(), welcome.Secret.Key()); err != nil || found {
		t.Errorf("signed in with the rights of before: %v", err)
	}
	late, _ := office.NewSession(office.Random{2}, got.ID, "127.0.0.1", day)
	if err := kept.SignedIn(t.Context(), got, late, office.Record{Chain: city, Who: got.ID, Action: "sign_in"}); !errors.Is(err, office.ErrStale) {
		t.Errorf("a sign-in that began before the account changed: %v", err)
	}
	if now, _, err := kept.Account(t.Context(), "wang"); err != nil || now.Version != 2 {
		t.Errorf("%+v %v", now, err)
	}
	tokens(t, s, changed)
	bruteForce(t, s, signIn)
}

func tokens(t *testing.T, s *store.Store, a office.Account) {
	k := office.Token{ID: "t1", Key: office.DigestOf([]byte("t1")), User: a.ID, Title: "synthetic", Actions: []office.Action{office.View}, Made: day, Expires: day.Add(time.Hour)}
	for _, revoked := range []bool{false, true} {
		k.Revoked = revoked
		if _, err := s.Write(t.Context(), Act(city), func(tx *store.Tx) error { return tx.SaveToken(k) }); err != nil {
			t.Fatal(err)
		}
		got, found, err := s.Accounts().Token(t.Context(), k.Key)
		if err != nil || !found || got.Revoked != revoked || !got.Expires.Equal(k.Expires) || len(got.Actions) != 1 {
			t.Errorf("%+v, %v, %v", got, found, err)
		}
	}
	if all, err := s.Accounts().Tokens(t.Context(), a.ID); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
}

// Guesses at once do not get round the lock-out.
func bruteForce(t *testing.T, s *store.Store, signIn office.SignIns) {
	enlisted(t, s, "li", other)
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[string]int{}
	for range 20 {
		wg.Go(func() {
			_, err := signIn.SignIn(t.Context(), office.Attempt{Login: "li", Password: "wrong", At: day, Home: province})
			mu.Lock()
			defer mu.Unlock()
			outcomes[key(err)]++
		})
	}
	wg.Wait()
	if tried := cheap().Lockout.Failures; outcomes["office.sign_in.wrong"] != tried || outcomes["office.sign_in.locked"] != 20-tried {
		t.Error(outcomes)
	}
}
