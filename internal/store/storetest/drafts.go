package storetest

import (
	"errors"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// drafts are kept, changed by whoever saw the last version, and seen by nobody elsewhere.
func drafts(t *testing.T, s *store.Store) {
	t.Attr("clause", "YA-4.10.3")
	book := ledger.AreaBook(pool.Resident, other)
	v := Voucher(book, "draft/1", 100)
	v.Reviewer = ""
	d := store.VoucherDraft{ID: "1", Voucher: v, State: store.DraftOpen, At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Version: 1}
	write := func(division region.Code, do func(*store.Tx) error) error {
		_, err := s.Write(t.Context(), Act(division), do)
		return err
	}
	save := func(d store.VoucherDraft) error {
		return write(other, func(tx *store.Tx) error { return tx.SaveDraft(d) })
	}
	if err := save(d); err != nil {
		t.Fatal(err)
	}
	if err := save(d); !errors.Is(err, office.ErrStale) {
		t.Errorf("the same id twice: %v", err)
	}
	if err := write(city, func(tx *store.Tx) error { return tx.SaveDraft(d) }); key(err) != "store.scope" {
		t.Error(err)
	}
	next := d
	next.Version, next.State, next.Reason = 2, store.DraftReturned, "why"
	if err := save(next); err != nil {
		t.Fatal(err)
	}
	if err := save(next); !errors.Is(err, office.ErrStale) {
		t.Errorf("an old version: %v", err)
	}
	found, ok, err := s.Draft(t.Context(), store.ScopeOf(other), book, "1")
	if err != nil || !ok || found.State != store.DraftReturned || found.Reason != "why" || found.Version != 2 || found.Voucher.Digest() != v.Digest() || !found.At.Equal(d.At) {
		t.Errorf("%+v %v %v", found, ok, err)
	}
	if _, ok, err := s.Draft(t.Context(), store.ScopeOf(city), ledger.AreaBook(pool.Resident, city), "1"); ok || err != nil {
		t.Errorf("a draft of another book by its id: %v %v", ok, err)
	}
	if all, err := s.Drafts(t.Context(), store.ScopeOf(city)); len(all) != 0 || err != nil {
		t.Errorf("drafts of elsewhere: %v %v", all, err)
	}
	if err := write(other, func(tx *store.Tx) error { return tx.RemoveDraft(d) }); !errors.Is(err, office.ErrStale) {
		t.Errorf("removed as it no longer is: %v", err)
	}
	if err := write(other, func(tx *store.Tx) error { return tx.RemoveDraft(next) }); err != nil {
		t.Error(err)
	}
	if _, ok, _ := s.Draft(t.Context(), store.ScopeOf(other), book, "1"); ok {
		t.Error("the draft is still there")
	}
	left := d
	left.ID, left.Version = "2", 1
	if err := write(other, func(tx *store.Tx) error { return tx.SaveDraft(left) }); err != nil {
		t.Error(err)
	}
}

// sheets of a budget are kept by year, division and revision.
func sheets(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-3.1")
	x := store.Sheet{SheetKey: store.SheetKey{Key: pool.Key{Year: 2027, Division: other, Insurance: pool.Resident}, Kind: store.BudgetSheet, Revision: 1},
		Maker: "u1", At: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), Version: 1, Content: []byte("a")}
	save := func(x store.Sheet) error {
		_, err := s.Write(t.Context(), Act(x.Division), func(tx *store.Tx) error { return tx.SaveSheet(x) })
		return err
	}
	second := x
	second.Revision, second.Content = 2, []byte("b")
	if err := errors.Join(save(x), save(second)); err != nil {
		t.Fatal(err)
	}
	if err := save(x); !errors.Is(err, office.ErrStale) {
		t.Errorf("twice: %v", err)
	}
	x.Version, x.Content, x.Document = 2, []byte("c"), "doc"
	if err := save(x); err != nil {
		t.Fatal(err)
	}
	if err := save(x); !errors.Is(err, office.ErrStale) {
		t.Errorf("stale: %v", err)
	}
	for _, year := range []int{2027, 0} {
		found, err := s.Sheets(t.Context(), store.ScopeOf(province), pool.Resident, policy.Year(year))
		if err != nil || len(found) != 2 || string(found[0].Content) != "c" || found[0].Document != "doc" || found[1].Revision != 2 || !found[0].At.Equal(x.At) {
			t.Errorf("%d: %+v %v", year, found, err)
		}
	}
	for _, none := range []struct {
		scope region.Code
		i     pool.Insurance
	}{{city, pool.Resident}, {other, pool.Employee}} {
		if found, err := s.Sheets(t.Context(), store.ScopeOf(none.scope), none.i, 2027); len(found) != 0 || err != nil {
			t.Errorf("%+v: %v %v", none, found, err)
		}
	}
	if _, err := s.Write(t.Context(), Act(other), func(tx *store.Tx) error { return tx.RemoveSheet(second) }); err != nil {
		t.Error(err)
	}
	if found, _ := s.Sheets(t.Context(), store.ScopeOf(other), pool.Resident, 2027); len(found) != 1 {
		t.Error("the sheet is still there")
	}
}
