package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"tongchou/internal/fault"
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
	tokensEnd(t, s)
	rolesOverTime(t, s)
	singleSignOn(t, s)
}

// saved changes a user.
func saved(t *testing.T, s *store.Store, id office.UserID, change func(*office.Account), more ...func(*store.Tx) error) error {
	t.Helper()
	a, found, err := s.Accounts().User(t.Context(), store.ScopeOf(province), id)
	if err != nil || !found {
		t.Fatal(id, found, err)
	}
	change(&a)
	a.Version++
	_, err = s.Write(t.Context(), Act(province), func(tx *store.Tx) error {
		tx.Did(office.Object{Kind: "user", ID: string(id)}, nil, a.Fields())
		if err := tx.Save(a); err != nil {
			return err
		}
		for _, f := range more {
			if err := f(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// Tokens end when their user is suspended or somebody else sets his password, and do not begin again.
func tokensEnd(t *testing.T, s *store.Store) {
	a := enlisted(t, s, "tokens", city)
	for i, c := range []struct {
		change func(*office.Account)
		ends   bool
	}{
		{func(a *office.Account) { a.Roles = []office.Role{office.Viewer} }, false},
		{func(a *office.Account) { a.State = office.Suspended }, true},
		{func(a *office.Account) { a.State = office.Active }, true},
		{func(a *office.Account) { a.MustChange = true }, true},
	} {
		k := office.Token{ID: office.TokenID("ends" + string(rune('0'+i))), Key: office.DigestOf([]byte{byte(i)}), User: a.ID, Title: "synthetic", Actions: []office.Action{office.View}, Made: day, Expires: day.Add(time.Hour)}
		if i != 2 {
			if _, err := s.Write(t.Context(), Act(city), func(tx *store.Tx) error { return tx.SaveToken(k) }); err != nil {
				t.Fatal(err)
			}
		} else {
			k.Key = office.DigestOf([]byte{1}) // of the one that was suspended
		}
		if err := saved(t, s, a.ID, c.change); err != nil {
			t.Fatal(err)
		}
		if got, _, err := s.Accounts().Token(t.Context(), k.Key); err != nil || got.Revoked != c.ends {
			t.Errorf("%d: %+v, %v", i, got, err)
		}
	}
}

// Who administered never signs, even when he had no role in between.
func rolesOverTime(t *testing.T, s *store.Store) {
	a := enlisted(t, s, "rotates", province)
	grant := func(fine bool, roles ...office.Role) {
		t.Helper()
		err := saved(t, s, a.ID, func(a *office.Account) { a.Roles = roles })
		if refused := errors.As(err, new(*fault.Refusal)); refused == fine || err != nil && !refused {
			t.Errorf("%v: %v", roles, err)
		}
	}
	grant(false, office.SecurityAdmin) // is a clerk
	grant(true, office.Clerk, office.Viewer)
	grant(true)
	grant(false, office.SecurityAdmin)
	grant(true, office.Cashier)
	grant(true, office.Accountant)
}

func singleSignOn(t *testing.T, s *store.Store) {
	a, b := enlisted(t, s, "single-a", city), enlisted(t, s, "single-b", city)
	kept := s.Accounts()
	first, namesake := office.Identity{Name: "zhang", Subject: office.DigestOf([]byte("1"))}, office.Identity{Name: "zhang", Subject: office.DigestOf([]byte("2"))}
	finds := func(who office.Identity, want office.UserID, wantBound bool) {
		t.Helper()
		got, bound, found, err := kept.Single(t.Context(), who)
		if err != nil || found != (want != "") || got.ID != want || found && bound != wantBound {
			t.Errorf("%s: %s %v %v %v", who.Name, got.ID, bound, found, err)
		}
	}
	finds(first, "", false)
	noPassword := func(a *office.Account) { a.Password, a.Old = "", nil }
	link := func(id office.UserID, name office.SingleName) error {
		return saved(t, s, id, noPassword, func(tx *store.Tx) error { return tx.LinkSingle(id, name) })
	}
	bind := func(id office.UserID, who office.Identity) error {
		_, err := s.Write(t.Context(), Act(province), func(tx *store.Tx) error { return tx.BindSingle(id, who) })
		return err
	}
	if err := link(a.ID, "zhang"); err != nil {
		t.Fatal(err)
	}
	if err := link(b.ID, "zhang"); key(err) != "store.single_taken" {
		t.Errorf("two users for one name: %v", err)
	}
	finds(first, a.ID, false)
	if err := bind(a.ID, first); err != nil {
		t.Fatal(err)
	}
	if err := bind(a.ID, namesake); !errors.Is(err, office.ErrStale) {
		t.Errorf("bound twice: %v", err)
	}
	finds(namesake, "", false) // the name was given to somebody else there
	finds(office.Identity{Name: "li", Subject: first.Subject}, a.ID, true)
	if name, err := kept.SingleName(t.Context(), a.ID); err != nil || name != "zhang" {
		t.Error(name, err)
	}
	if err := saved(t, s, a.ID, func(x *office.Account) { x.Password = a.Password }); err != nil { // as a reset does
		t.Fatal(err)
	}
	finds(first, "", false)
	if err := link(b.ID, "zhang"); err != nil {
		t.Fatal(err)
	}
	if err := bind(b.ID, first); err != nil { // stays, for what verifies
		t.Fatal(err)
	}
	past, err := kept.History(t.Context(), b.User, 1)
	if err != nil || len(past) != 1 || past[0].Object.ID != string(b.ID) {
		t.Error(past, err)
	}
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
