package storetest

import (
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// insured persons sign in by document and name, apart from users, and read their own files; whatever they do is in the county's chain.
func insured(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-6.2")
	t.Attr("clause", "YA-4.10.2")
	ctx, own := t.Context(), s.Insured()
	no, err := AddPerson(t, s, Act(county), Facts(71, "Own File", county)...)
	if err != nil {
		t.Fatal(err)
	}
	document := enrol.Document{Kind: enrol.ResidentCard, Number: number("1990-02-03", 71)}
	login, err := own.Login(ctx, document)
	if err != nil {
		t.Fatal(err)
	}
	failed := func(a office.Attempts) (office.Attempts, error) {
		return office.DefaultLockoutRules().Failed(a, day), nil
	}
	if err := s.Accounts().Attempt(ctx, login, failed); err != nil {
		t.Fatal(err)
	}
	begin := func(r office.Random, at time.Time) office.Session {
		session, _ := office.NewSession(r, "", "192.0.2.1", at)
		return session
	}
	for name, d := range map[string]enrol.Document{"Other": document, "Own File": {Kind: enrol.ResidentCard, Number: number("1990-02-03", 72)}} {
		if _, found, err := own.SignIn(ctx, Act(province), d, name, begin(office.Random{70}, day), day); err != nil || found {
			t.Errorf("%s gets in: %v", name, err)
		}
	}
	if _, found, err := own.SignIn(ctx, Act(other), document, "Own File", begin(office.Random{70}, day), day); err != nil || found {
		t.Errorf("gets in where he is not: %v", err)
	}
	old, session := begin(office.Random{71}, day), begin(office.Random{72}, day.Add(3*time.Hour))
	for _, x := range []office.Session{old, session} {
		if p, found, err := own.SignIn(ctx, Act(province), document, "OwnFile", x, x.Began.Add(-time.Hour)); err != nil || !found || p.No != no {
			t.Fatalf("%v %v", found, err)
		}
	}
	if _, found, err := own.Session(ctx, old.Key); err != nil || found {
		t.Errorf("a session that is over is kept: %v", err)
	}
	got, found, err := own.Session(ctx, session.Key)
	if err != nil || !found || got.Person != no || !got.Began.Equal(session.Began) || got.User != store.OwnID(no) {
		t.Fatalf("%+v %v %v", got, found, err)
	}
	if _, _, found, err := s.Accounts().Session(ctx, session.Key); err != nil || found {
		t.Errorf("it is a user's session: %v", err)
	}
	if err := s.Accounts().Attempt(ctx, login, func(a office.Attempts) (office.Attempts, error) {
		if a.Failures != 0 {
			t.Errorf("%d failures are kept", a.Failures)
		}
		return a, nil
	}); err != nil {
		t.Error(err)
	}
	got.Seen = got.Seen.Add(time.Minute)
	if err := own.Touch(ctx, got); err != nil {
		t.Error(err)
	}
	if p, found, err := own.Read(ctx, Act(province), no); err != nil || !found || p.Identity().Name != "Own File" {
		t.Errorf("%+v %v %v", p, found, err)
	}
	if _, found, err := own.Read(ctx, Act(other), no); err != nil || found {
		t.Errorf("read where he is not: %v", err)
	}
	if err := own.SignOut(ctx, Act(county), got); err != nil {
		t.Error(err)
	}
	if _, found, err := own.Session(ctx, session.Key); err != nil || found {
		t.Errorf("still signed in: %v", err)
	}
	for _, action := range []string{"own.sign_in", "own.read", "own.sign_out"} {
		if all, err := s.Audit(ctx, store.ScopeOf(county), store.AuditQuery{Chain: county, Who: store.OwnID(no), Action: action, Limit: 9}); err != nil || len(all) == 0 {
			t.Errorf("%s is not in the log: %v", action, err)
		}
	}
}
