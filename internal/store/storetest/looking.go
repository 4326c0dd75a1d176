package storetest

import (
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/store"
)

// looking finds sessions and entries of the log where somebody may look, and nothing elsewhere.
func looking(t *testing.T, s *store.Store) {
	ctx := t.Context()
	u := office.User{ID: "u-looking", Login: "looking", Name: "x", Department: office.MedicalSecurity, Division: city, State: office.Active, Version: 1}
	act := Act(city)
	act.Action = "looking.add"
	if _, err := s.Write(ctx, act, func(tx *store.Tx) error {
		tx.Did(office.Object{Kind: "user", ID: string(u.ID)}, nil, u.Fields())
		return tx.Save(office.Account{User: u})
	}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	session, _ := office.NewSession(office.Random{77}, u.ID, "192.0.2.1", at)
	record := office.Record{Chain: city, Who: u.ID, Action: "looking.in", At: at}
	if err := s.Accounts().SignedIn(ctx, office.Account{User: u}, session, record); err != nil {
		t.Fatal(err)
	}
	sessions, err := s.Accounts().Sessions(ctx, store.ScopeOf(city))
	if err != nil || len(sessions) == 0 || sessions[len(sessions)-1].Session != session || sessions[len(sessions)-1].Login != "looking" {
		t.Errorf("%v %+v", err, sessions)
	}
	if sessions, err := s.Accounts().Sessions(ctx, store.ScopeOf(other)); err != nil || len(sessions) != 0 {
		t.Errorf("sessions elsewhere: %v %+v", err, sessions)
	}
	for _, c := range []struct {
		name  string
		query store.AuditQuery
		want  int
	}{
		{"action", store.AuditQuery{Action: "looking.add"}, 1}, {"who", store.AuditQuery{Who: u.ID, Action: "looking.in"}, 1},
		{"object", store.AuditQuery{Kind: "user", Object: string(u.ID), Action: "looking.add"}, 1}, {"nobody", store.AuditQuery{Who: "nobody"}, 0},
		{"day", store.AuditQuery{Action: "looking.in", From: at, To: at.Add(time.Millisecond)}, 1}, {"day before", store.AuditQuery{Action: "looking.in", To: at}, 0},
	} {
		c.query.Chain, c.query.Limit = city, 10
		if got, err := s.Audit(ctx, store.ScopeOf(province), c.query); err != nil || len(got) != c.want {
			t.Errorf("%s: %v, %d entries", c.name, err, len(got))
		}
		if got, err := s.Audit(ctx, store.ScopeOf(other), c.query); err != nil || len(got) != 0 {
			t.Errorf("%s elsewhere: %v, %d entries", c.name, err, len(got))
		}
	}
	all, err := s.Audit(ctx, store.ScopeOf(city), store.AuditQuery{Chain: city, Limit: 2})
	if err != nil || len(all) != 2 || all[0].Seq != all[1].Seq+1 {
		t.Fatalf("%v %+v", err, all)
	}
	older, err := s.Audit(ctx, store.ScopeOf(city), store.AuditQuery{Chain: city, Limit: 1, Before: all[0].Seq})
	if err != nil || len(older) != 1 || !older[0].Equal(all[1]) {
		t.Errorf("%v %+v", err, older)
	}
}
