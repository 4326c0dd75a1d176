package storetest

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// publications go to those below, to each its own share, and to nobody else; taken back they are gone for them.
func publications(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-1.1")
	ctx := t.Context()
	county, province2 := region.Code("510104"), region.Code("530000")
	reach := func(division region.Code) office.Scope { return office.Scope{Division: division, Reach: office.Above} }
	d, err := office.Draft("publish-1", office.Reopening, province, content(), person("u-publish", province, office.MedicalSecurity, office.Accountant), day)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(t, s, province, func(tx *store.Tx) error { return tx.SaveDocument(d) }); err != nil {
		t.Fatal(err)
	}
	p := store.Publication{Document: d.ID, Division: province, Title: "synthetic", Year: 2031, Insurance: "resident", Comparison: []byte("all"), At: day, By: "u1", Publisher: "x"}
	shares := []store.PublishedShare{{Division: city, Content: []byte("for the city")}, {Division: other, Content: []byte("for the other")}}
	publish := func() (got store.Publication, err error) {
		err = write(t, s, province, func(tx *store.Tx) (err error) {
			got, err = tx.Publish(p, shares)
			return err
		})
		return got, err
	}
	if _, err := publish(); key(err) != "store.publication.not_approved" {
		t.Errorf("a draft is published: %v", err)
	}
	d.State, d.Version = office.Approved, 2
	d.Steps = append(d.Steps, office.Step{Version: 2, Act: office.Sign, By: "u2", At: day})
	if err := write(t, s, province, func(tx *store.Tx) error { return tx.SaveDocument(d) }); err != nil {
		t.Fatal(err)
	}
	if err := write(t, s, city, func(tx *store.Tx) error { _, err := tx.Publish(p, shares); return err }); key(err) != "store.scope" {
		t.Errorf("a city publishes for the province: %v", err)
	}
	elsewhere := p
	elsewhere.Division = city
	if err := write(t, s, city, func(tx *store.Tx) error { _, err := tx.Publish(elsewhere, shares[:1]); return err }); key(err) != "store.no_document" {
		t.Errorf("a city publishes the province's document as its own: %v", err)
	}
	if err := write(t, s, province, func(tx *store.Tx) error {
		_, err := tx.Publish(p, []store.PublishedShare{{Division: "530100", Content: []byte("x")}})
		return err
	}); key(err) != "store.scope" {
		t.Errorf("a province publishes to another's city: %v", err)
	}
	var together sync.WaitGroup
	outcomes := make([]error, 4)
	for i := range outcomes {
		together.Go(func() { _, outcomes[i] = publish() })
	}
	together.Wait()
	done := 0
	for _, err := range outcomes {
		if err == nil {
			done++
		} else if !errors.Is(err, office.ErrStale) && key(err) != "store.publication.already" {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Fatalf("published %d times at once: %v", done, outcomes)
	}
	id := string(d.ID) + "-p1"
	for _, c := range []struct {
		scope office.Scope
		seen  bool
		share string
	}{
		{reach(province), true, "for the city for the other"}, {reach(city), true, "for the city"}, {reach(other), true, "for the other"}, {reach(county), true, ""},
		{reach(province2), false, ""}, {reach("530100"), false, ""}, {store.ScopeOf(city), false, "for the city"}, {office.Scope{}, false, ""}, {office.Scope{Reach: office.Above}, false, ""},
	} {
		got, found, err := s.Publication(ctx, c.scope, id)
		if err != nil || found != c.seen || found && (string(got.Comparison) != "all" || !got.At.Equal(day)) {
			t.Errorf("%v: %+v %v %v", c.scope, got, found, err)
		}
		listed, err := s.Publications(ctx, c.scope)
		if err != nil || (len(listed) == 1) != c.seen {
			t.Errorf("%v: %+v %v", c.scope, listed, err)
		}
		kept, err := s.Shares(ctx, c.scope, id)
		var texts []string
		for _, x := range kept {
			texts = append(texts, string(x.Content))
		}
		if err != nil || strings.Join(texts, " ") != c.share {
			t.Errorf("%v: shares %q, %v", c.scope, texts, err)
		}
	}
	withdraw := func(division, of region.Code) error {
		return write(t, s, division, func(tx *store.Tx) error { return tx.Unpublish(of, id, day.Add(time.Hour), "u2", "a figure was wrong") })
	}
	if err := withdraw(city, province); key(err) != "store.scope" {
		t.Errorf("a city takes it back: %v", err)
	}
	if err := withdraw(city, city); !errors.Is(err, office.ErrStale) {
		t.Errorf("a city takes it back as its own: %v", err)
	}
	if err := withdraw(province, province); err != nil {
		t.Fatal(err)
	}
	if err := withdraw(province, province); !errors.Is(err, office.ErrStale) {
		t.Errorf("taken back twice: %v", err)
	}
	got, found, err := s.Publication(ctx, reach(city), id)
	if err != nil || !found || got.Comparison != nil || got.Reason != "a figure was wrong" || got.Withdrawn.IsZero() {
		t.Errorf("%+v %v %v", got, found, err)
	}
	if kept, err := s.Shares(ctx, reach(city), id); err != nil || len(kept) != 0 {
		t.Errorf("the city still has its share: %v", err)
	}
	if kept, err := s.Shares(ctx, reach(province), id); err != nil || len(kept) != 2 {
		t.Errorf("the province has lost what it published: %v", err)
	}
	if again, err := publish(); err != nil || again.ID != string(d.ID)+"-p2" {
		t.Errorf("%+v %v", again, err)
	}
	if of, err := s.PublicationsOf(ctx, reach(province), d.ID); err != nil || len(of) != 2 {
		t.Errorf("%+v %v", of, err)
	}
}
