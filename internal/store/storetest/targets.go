package storetest

import (
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// A plan of targets is a draft until another than its maker approves it, is not changed after, and shows a city its own part alone.
func targets(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-12.1")
	t.Attr("clause", "YA-4.10.3")
	at := time.Date(2027, 11, 23, 9, 0, 0, 0, time.UTC)
	p := store.TargetPlan{TargetPlan: enrol.TargetPlan{Year: 2028, Division: province, Total: 100, Source: "synthetic", Parts: []enrol.TargetPart{
		{Target: enrol.Target{Division: city, Count: 70}}, {Target: enrol.Target{Division: other, Count: 30}}}}, Revision: 1, State: store.TargetDraft, Maker: "u1", MadeAt: at, Version: 1}
	save := func(p store.TargetPlan, act store.Act) error {
		_, err := s.Write(t.Context(), act, func(tx *store.Tx) error { return tx.SaveTargets(p) })
		return err
	}
	if err := save(p, Act(city)); key(err) != "store.scope" {
		t.Errorf("from below: %v", err)
	}
	if err := save(p, Act(province)); err != nil {
		t.Fatal(err)
	}
	if err := save(p, Act(province)); err != office.ErrStale {
		t.Errorf("the same revision twice: %v", err)
	}
	if _, found, err := s.TargetOf(t.Context(), store.ScopeOf(city), city, province, 2028); found || err != nil {
		t.Errorf("a draft asks something of a city: %v", err)
	}
	approved := p
	approved.State, approved.Approver, approved.ApprovedAt, approved.Version = store.TargetApproved, "u1", at, 2
	if err := save(approved, Act(province)); key(err) != "store.targets_own" {
		t.Errorf("approved by its maker: %v", err)
	}
	approved.Approver = "u2"
	if err := save(approved, Act(province)); err != nil {
		t.Fatal(err)
	}
	changed := approved
	changed.Version, changed.Total = 3, 99
	if err := save(changed, Act(province)); key(err) != "enrol.target.piles_on" {
		t.Errorf("piled on: %v", err)
	}
	changed.Total = 100
	if err := save(changed, Act(province)); err != office.ErrStale {
		t.Errorf("changed after it was approved: %v", err)
	}
	part, found, err := s.TargetOf(t.Context(), store.ScopeOf(city), city, province, 2028)
	if err != nil || !found || part.Count != 70 {
		t.Errorf("%+v %v %v", part, found, err)
	}
	if _, found, _ := s.TargetOf(t.Context(), store.ScopeOf(other), city, province, 2028); found {
		t.Error("another city's target is shown")
	}
	if all, _ := s.Targets(t.Context(), store.ScopeOf(city), province, 2028); len(all) > 0 {
		t.Error("a city sees the province's plan")
	}
	all, err := s.Targets(t.Context(), store.ScopeOf(province), province, 2028)
	if err != nil || len(all) != 1 || all[0].Sum() != 100 || !all[0].ApprovedAt.Equal(at) || all[0].Approver != "u2" {
		t.Errorf("%+v %v", all, err)
	}
}
