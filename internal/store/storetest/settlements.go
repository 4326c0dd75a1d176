package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// settling is a message that settles an amount for a person, half of it paid by basic insurance.
func settling(no enrol.PersonNo, message, id string, amount money.Fen) (store.Message, func(*store.Handled) ([]byte, error)) {
	m := store.Message{Key: message, Content: office.DigestOf([]byte(id + amount.String())), Person: no}
	return m, func(h *store.Handled) ([]byte, error) {
		used, err := h.Accumulators(no, 2026, benefit.Resident)
		if err != nil {
			return nil, err
		}
		after := used.Accumulators
		after.Basic += amount / 2
		h.Object = id
		return []byte("answer of " + id), h.AddSettlement(store.Settled{Person: no, ID: id, Visit: "V1", Institution: "H00000000001", County: county, Insurance: benefit.Resident, Clearing: "11",
			Year: 2026, On: "2026-03-05", Counted: true, Scope: benefit.Scope{Total: amount, InScope: amount}, Paid: store.Paid{Basic: amount / 2, Cash: amount - amount/2},
			Before: used.Accumulators, Content: []byte("{}")}, after)
	}
}

// settlements are kept with their accumulators and their message or not at all; a message again gives the first answer; two at once follow one another.
func settlements(t *testing.T, s *store.Store) {
	t.Attr("clause", "YA-4.8.2")
	ctx, e := t.Context(), s.Exchange()
	no, err := AddPerson(t, s, Act(county), Facts(181, "Settled", county)...)
	if err != nil {
		t.Fatal(err)
	}
	institution := store.Institution{Code: "H00000000001", Division: county, Name: "synthetic", Level: "01", Account: "id-hospital", Synthetic: true}
	if _, err := s.Write(ctx, Act(county), func(tx *store.Tx) error { return tx.SaveInstitution(institution) }); err != nil {
		t.Fatal(err)
	}
	if got, found, err := e.Institution(ctx, "id-hospital"); err != nil || !found || got != institution {
		t.Errorf("%+v %v %v", got, found, err)
	}
	visit := store.CareVisit{Person: no, ID: "V1", Institution: institution.Code, State: store.OpenVisit, Content: []byte(`{"a":1}`)}
	if _, _, err := e.Do(ctx, Act(county), store.Message{Key: "visit", Person: no}, func(h *store.Handled) ([]byte, error) {
		h.Object = visit.ID
		return []byte("ok"), errors.Join(h.SaveVisit(visit), h.SaveFees(visit, store.Fees{Part: 1, Content: []byte("[]")}))
	}); err != nil {
		t.Fatal(err)
	}
	sent(t, s, no)
	files(t, s)
	catalogue(t, s)
	mappings(t, s)
	lists(t, s, no)
	signing(t, s)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			m, do := settling(no, fmt.Sprintf("m%d", i), fmt.Sprintf("S%d", i), 1001)
			if _, again, err := e.Do(context.Background(), Act(county), m, do); err != nil || again {
				t.Errorf("%d: %v %v", i, again, err)
			}
		}()
	}
	wg.Wait()
	m, do := settling(no, "m3", "S3", 1001)
	if answer, again, err := e.Do(ctx, Act(county), m, do); err != nil || !again || string(answer) != "answer of S3" {
		t.Errorf("again: %s %v %v", answer, again, err)
	}
	other, do := settling(no, "m3", "S3", 1002)
	if _, _, err := e.Do(ctx, Act(county), other, do); key(err) != "store.message_used" {
		t.Errorf("other content: %v", err)
	}
	failing := errors.New("no")
	if _, _, err := e.Do(ctx, Act(county), store.Message{Key: "fails", Person: no}, func(h *store.Handled) ([]byte, error) {
		_, do := settling(no, "fails", "S99", 5000)
		_, err := do(h)
		return nil, errors.Join(err, failing)
	}); !errors.Is(err, failing) {
		t.Errorf("%v", err)
	}
	if _, _, err := e.Do(ctx, Act(county), store.Message{Key: "undo", Person: no}, func(h *store.Handled) ([]byte, error) {
		used, err := h.Accumulators(no, 2026, benefit.Resident)
		if err != nil {
			return nil, err
		}
		sums, err := h.Sums(institution.Code, "2026-03-01", "2026-03-31", benefit.Resident, "11", false)
		if err != nil {
			return nil, err
		}
		if used.Basic != 20*500 || used.Version != 20 || sums != (store.Sums{Rows: 20, Total: 20020, Funds: 10000, Cash: 10020}) {
			t.Errorf("%+v %+v", used, sums)
		}
		first, found, err := h.Settlement(no, "S3")
		if err != nil || !found || string(first.Content) != "{}" || first.Total != 1001 {
			t.Errorf("%+v %v %v", first, found, err)
		}
		later, err := h.Later(&first)
		if err != nil || int64(len(later)) != 20-first.Seq {
			t.Errorf("%v %v", later, err)
		}
		since, err := h.Since(no, first.On)
		after, failed := h.Since(no, first.On.Add(1))
		if err != nil || failed != nil || len(since) != 20 || len(after) != 0 || string(since[0].Content) != "{}" {
			t.Errorf("%d, %d after it: %v %v", len(since), len(after), err, failed)
		}
		if _, found, err := h.Settlement(no, "S99"); err != nil || found {
			t.Errorf("what failed was kept: %v", err)
		}
		return nil, errors.Join(h.Undo("m3", no), h.Undo("never came", no))
	}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []string{"m3", "never came"} {
		m, do := settling(no, x, "S3", 1001)
		if _, _, err := e.Do(ctx, Act(county), m, do); key(err) != "store.message_undone" || fault.KindOf(err) != fault.Refused {
			t.Errorf("%s: %v", x, err)
		}
	}
}

// files are kept sealed for their institution alone; those whose time is over make room.
func files(t *testing.T, s *store.Store) {
	t.Helper()
	e, at := s.Exchange(), time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC)
	add := func(number string, made time.Time) error {
		_, _, err := e.Do(t.Context(), Act(county), store.Message{Key: "file " + number}, func(h *store.Handled) ([]byte, error) {
			return []byte("ok"), h.AddFile(store.ExchangeFile{Number: number, Institution: "H00000000001", Name: "a.zip", Made: made, Until: made.Add(time.Hour), Content: []byte("content")}, 2)
		})
		return err
	}
	if err := errors.Join(add("F1", at), add("F2", at)); err != nil {
		t.Fatal(err)
	}
	if err := add("F3", at); key(err) != "store.exchange_files" {
		t.Errorf("%v", err)
	}
	if f, found, err := e.File(t.Context(), "H00000000001", "F1"); err != nil || !found || string(f.Content) != "content" || !f.Until.Equal(at.Add(time.Hour)) {
		t.Errorf("%+v %v %v", f, found, err)
	}
	if _, found, err := e.File(t.Context(), "H00000000002", "F1"); err != nil || found {
		t.Errorf("another's: %v %v", found, err)
	}
	if err := add("F4", at.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if _, found, err := e.File(t.Context(), "H00000000001", "F1"); err != nil || found {
		t.Errorf("one whose time was over: %v %v", found, err)
	}
}

// The last revision of a day's catalogue holds.
func catalogue(t *testing.T, s *store.Store) {
	t.Helper()
	for _, name := range []string{"first", "second"} {
		items := []catalog.Item{{Code: "A", Name: name, Class: benefit.ClassB, First: money.One / 10}}
		if err := write(t, s, county, func(tx *store.Tx) error {
			_, err := tx.SaveCatalogue(catalog.NewEdition("", "2026-01-01", name, true, items))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Catalogue(t.Context())
	if err != nil || len(all) != 1 || all[0].Number != "2026-01-01-002" || all[0].Title != "second" || !all[0].Synthetic {
		t.Fatalf("%+v %v", all, err)
	}
	if item, known := all.On("2026-03-05").Find("A", "2026-03-05"); !known || item.Name != "second" || item.First != money.One/10 {
		t.Errorf("%+v", item)
	}
}

// Mappings are kept, and changed by one at a time.
func mappings(t *testing.T, s *store.Store) {
	t.Helper()
	if _, _, err := s.Exchange().Do(t.Context(), Act(county), store.Message{Key: "mapping"}, func(h *store.Handled) ([]byte, error) {
		m := store.Mapping{Institution: "H00000000001", Item: "I", Code: "A", From: "2026-01-01", Kind: "101", Content: []byte("{}")}
		if err := h.SaveMapping(m); err != nil {
			return nil, err
		}
		all, err := h.Mappings(m.Institution, "I")
		if err != nil || len(all) != 1 || !all[0].On("2026-01-01") || all[0].On("2025-12-31") {
			t.Errorf("%+v %v", all, err)
		}
		all[0].Withdrawn = "2026-03-05 10:00:00"
		if err := h.SaveMapping(all[0]); err != nil {
			return nil, err
		}
		if err := h.SaveMapping(all[0]); !errors.Is(err, office.ErrStale) {
			t.Errorf("an old version: %v", err)
		}
		maps, err := h.Maps("H00000000002")
		if err != nil || maps {
			t.Errorf("another's: %v %v", maps, err)
		}
		all, err = h.AllMappings(m.Institution)
		if err != nil || len(all) != 1 || all[0].On("2026-01-01") {
			t.Errorf("%+v %v", all, err)
		}
		return []byte("ok"), nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Lists are kept sealed, the later one in the place of the first.
func lists(t *testing.T, s *store.Store, no enrol.PersonNo) {
	t.Helper()
	if _, _, err := s.Exchange().Do(t.Context(), Act(county), store.Message{Key: "list", Person: no}, func(h *store.Handled) ([]byte, error) {
		for _, content := range []string{"first", "second"} {
			l, _, err := h.List(no, "S1", "4101")
			if err != nil {
				return nil, err
			}
			l.Institution, l.Content = "H00000000001", []byte(content)
			if err := h.SaveList(l); err != nil {
				return nil, err
			}
		}
		l, found, err := h.List(no, "S1", "4101")
		if err != nil || !found || string(l.Content) != "second" || l.Version != 2 {
			t.Errorf("%+v %v %v", l, found, err)
		}
		if err := h.SaveList(store.SettlementList{Person: no, Settlement: "S1", Kind: "4101", Version: 1}); !errors.Is(err, office.ErrStale) {
			t.Errorf("an old version: %v", err)
		}
		visits, err := h.VisitsAt(no, "H00000000001")
		if err != nil || len(visits) != 1 || string(visits[0].Content) != `{"a":1}` {
			t.Errorf("%+v %v", visits, err)
		}
		return []byte("ok"), nil
	}); err != nil {
		t.Fatal(err)
	}
}

// sent messages are found by when they came, by whom they are of and about, and by nobody elsewhere; one entry of the chain stands for those of a transaction.
func sent(t *testing.T, s *store.Store, no enrol.PersonNo) {
	t.Attr("clause", "YA-4.10.2")
	ctx, began := t.Context(), time.Now().Add(-time.Second)
	for i, infno := range []string{"2201", "2203", "2201"} {
		m := store.Message{Key: fmt.Sprintf("20260305000000%04d/H0000000000%d/%s", i, i+1, infno)}
		if i < 2 {
			m.Person = no
		}
		if _, _, err := s.Exchange().Do(ctx, Act(county), m, func(h *store.Handled) ([]byte, error) {
			h.Object = "made"
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	all := store.MessageQuery{From: began, To: time.Now().Add(time.Minute), Limit: 2, Infno: "2201"}
	person, institution, late, wild := all, all, all, all
	person.Person, institution.Institution, late.From, wild.Infno = no, "H00000000002", time.Now().Add(time.Second), "%"
	institution.Infno = ""
	for name, c := range map[string]struct {
		q     store.MessageQuery
		scope office.Scope
		want  int
	}{"all": {all, store.ScopeOf(county), 2}, "of a person": {person, store.ScopeOf(county), 1}, "of an institution": {institution, store.ScopeOf(county), 1}, "later": {late, store.ScopeOf(county), 0},
		"a pattern": {wild, store.ScopeOf(county), 0}, "of another place": {all, store.ScopeOf(other), 0}} {
		found, err := s.Messages(ctx, c.scope, c.q)
		if err != nil || len(found) != c.want {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		for _, m := range found {
			if m.Division != county || m.Who == "" || m.Object != "made" || m.ID == m.Key {
				t.Errorf("%s: %+v", name, m)
			}
		}
	}
	all.Limit = 1
	first, err := s.Messages(ctx, store.ScopeOf(county), all)
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	all.Before, all.Limit = first[0].Place(), 2
	if rest, err := s.Messages(ctx, store.ScopeOf(county), all); err != nil || len(rest) != 1 || rest[0].Key == first[0].Key {
		t.Errorf("the next page: %+v, %v", rest, err)
	}
}
