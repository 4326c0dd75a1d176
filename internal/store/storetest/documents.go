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

var day = time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)

func person(id string, division region.Code, department office.Department, roles ...office.Role) office.Subject {
	return office.Subject{ID: office.UserID(id), Name: id, Department: department, Division: division, Roles: roles}
}

func content() office.Content {
	return office.Content{Title: "synthetic", Amount: 12_345, Digest: office.DigestOf([]byte("content"))}
}

func approvals(s *store.Store, division region.Code) office.Approvals {
	return office.Approvals{Desk: s.Desk(store.ScopeOf(division))}
}

// submitted drafts and submits a payment order of a division.
func submitted(t *testing.T, s *store.Store, id office.DocumentID, division region.Code) office.Document {
	t.Helper()
	clerk := person("clerk", division, office.MedicalSecurity, office.Clerk)
	if _, err := approvals(s, division).Draft(t.Context(), id, office.PaymentOrder, division, content(), clerk, "10.0.0.1", day); err != nil {
		t.Fatal(err)
	}
	d, err := approvals(s, division).Do(t.Context(), id, office.Act{Kind: office.Submit, By: clerk, At: day, Version: 1}, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func documents(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-11.3")
	want := submitted(t, s, "d1", city)
	got, err := s.Desk(store.ScopeOf(city)).Document(t.Context(), "d1")
	if err != nil || len(got.Steps) != 2 || got.Content != want.Content || got.State != office.Waiting || !got.Steps[1].At.Equal(day) || got.Steps[1] != want.Steps[1] {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	reviewer := person("reviewer", city, office.MedicalSecurity, office.Reviewer)
	todos, err := approvals(s, city).Todos(t.Context(), reviewer)
	if err != nil || len(todos) != 1 || todos[0].Document.ID != "d1" {
		t.Errorf("%+v, %v", todos, err)
	}
	if err := s.Desk(store.ScopeOf(city)).Save(t.Context(), []office.Document{want}, []office.Record{want.Record(nil, "")}); !errors.Is(err, office.ErrStale) {
		t.Errorf("the same version twice: %v", err)
	}
	clerk := person("clerk", city, office.MedicalSecurity, office.Clerk)
	if _, err := approvals(s, city).Draft(t.Context(), "d1", office.PaymentOrder, city, content(), clerk, "", day); key(err) != "office.document.exists" {
		t.Error(err)
	}
}

// A document of another place is neither seen nor signed, and asking for it does not tell that it is there.
func documentsElsewhere(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-1.1")
	d := submitted(t, s, "d2", city)
	for _, division := range []region.Code{other, "510104", "530000", ""} {
		desk := s.Desk(store.ScopeOf(division))
		if _, err := desk.Document(t.Context(), "d2"); key(err) != "store.no_document" {
			t.Errorf("%s: %v", division, err)
		}
		if _, err := desk.Document(t.Context(), "none"); key(err) != "store.no_document" {
			t.Errorf("%s: %v", division, err)
		}
		if open, err := desk.Open(t.Context(), person("clerk", city, office.MedicalSecurity, office.Clerk)); err != nil || len(open) != 0 {
			t.Errorf("%s: %v, %v", division, open, err)
		}
		r := d.Record(nil, "")
		if err := desk.Save(t.Context(), []office.Document{d}, []office.Record{r}); key(err) != "store.scope" {
			t.Errorf("%s writes: %v", division, err)
		}
		r.Chain = division
		if err := desk.Save(t.Context(), []office.Document{d}, []office.Record{r}); key(err) != "store.scope" {
			t.Errorf("%s writes under its own chain: %v", division, err)
		}
	}
	if _, err := s.Desk(store.ScopeOf(province)).Document(t.Context(), "d2"); err != nil {
		t.Error(err)
	}
}

// Of people who sign at once one does, and the others are told.
func twoAtOnce(t *testing.T, s *store.Store) {
	t.Attr("clause", "YA-4.10.3")
	d := submitted(t, s, "d3", other)
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[string]int{}
	for _, id := range []string{"r1", "r2", "r3", "r4"} {
		wg.Go(func() {
			_, err := approvals(s, other).Do(t.Context(), "d3", office.Act{Kind: office.Sign, By: person(id, other, office.MedicalSecurity, office.Reviewer),
				At: day, Version: d.Version}, "10.0.0.2")
			mu.Lock()
			defer mu.Unlock()
			outcomes[key(err)]++
		})
	}
	wg.Wait()
	if outcomes["<nil>"] != 1 || outcomes["office.document.stale"] != 3 {
		t.Error(outcomes)
	}
	after, err := s.Desk(store.ScopeOf(other)).Document(t.Context(), "d3")
	if err != nil || after.Version != d.Version+1 || len(after.Steps) != 3 {
		t.Errorf("%+v, %v", after, err)
	}
}
