package storetest

import (
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// A paper of benefits is its division's, changes while it is a draft and never once it waits for signatures, and is public when it is approved, in the order of approval.
func benefitPapers(t *testing.T, s *store.Store) {
	t.Attr("clause", "YN-4.2")
	at := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	save := func(p store.BenefitPaper, act store.Act) error {
		_, err := s.Write(t.Context(), act, func(tx *store.Tx) error { return tx.SaveBenefitPaper(p) })
		return err
	}
	paper := func(id office.DocumentID, division region.Code) store.BenefitPaper {
		return store.BenefitPaper{ID: id, Division: division, Kind: office.BenefitRules, Maker: "u1", At: at, Version: 1, Content: []byte(id)}
	}
	first, second := paper("benefit-b", city), paper("benefit-a", other)
	if err := save(first, Act(other)); key(err) != "store.scope" {
		t.Errorf("from elsewhere: %v", err)
	}
	for _, p := range []store.BenefitPaper{first, second} {
		if err := save(p, Act(p.Division)); err != nil {
			t.Fatal(err)
		}
	}
	if err := save(first, Act(city)); err != office.ErrStale {
		t.Errorf("begun twice: %v", err)
	}
	first.Version, first.Content = 2, []byte("changed")
	if err := save(first, Act(city)); err != nil {
		t.Fatal(err)
	}
	if all, err := s.BenefitPapers(t.Context(), store.ScopeOf(city)); err != nil || len(all) != 1 || string(all[0].Content) != "changed" {
		t.Errorf("%v %v", all, err)
	}
	for i, p := range []store.BenefitPaper{first, second} { // benefit-b is approved first
		sign(t, s, p, at.Add(time.Duration(i)*time.Hour))
	}
	first.Version, first.Content = 3, []byte("too late")
	if err := save(first, Act(city)); err != office.ErrStale {
		t.Errorf("changed after its approval: %v", err)
	}
	if _, err := s.Write(t.Context(), Act(city), func(tx *store.Tx) error { return tx.RemoveBenefitPaper(first) }); err != office.ErrStale {
		t.Errorf("taken away after its approval: %v", err)
	}
	all, err := s.ApprovedBenefits(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != "benefit-b" || !all[1].Approved.After(all[0].Approved) {
		t.Errorf("%+v %v", all, err)
	}
}

// sign lets three people put a paper through.
func sign(t *testing.T, s *store.Store, p store.BenefitPaper, at time.Time) {
	t.Helper()
	by := func(id office.UserID, division region.Code, role office.Role) office.Subject {
		u := office.User{ID: id, Name: string(id), Department: office.MedicalSecurity, Division: division, Roles: []office.Role{role}, State: office.Active}
		subject, err := u.Subject()
		if err != nil {
			t.Fatal(err)
		}
		return subject
	}
	content := office.Content{Title: "made up", Digest: office.DigestOf(p.Content), Policy: policy.InForce}
	way, err := office.Submitting(nil, p.ID, p.Kind, p.Division, content, by("u1", p.Division, office.Clerk), at)
	if err != nil {
		t.Fatal(err)
	}
	way, err = office.Signing(way, at.Add(time.Minute), by("u2", p.Division, office.Reviewer), by("u3", p.Division.Province(), office.Approver))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), Act(p.Division), func(tx *store.Tx) error { return tx.SaveWay(nil, way, "192.0.2.1") }); err != nil {
		t.Fatal(err)
	}
}
