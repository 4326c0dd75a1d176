package storetest

import (
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// reports are taken in once; what differs stands on the list of the division responsible, whoever brought it, and is decided there; rules hold from
// above; payments add up.
func reports(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-10.1")
	t.Attr("clause", "SCE-9.1")
	no, err := AddPerson(t, s, Act(county), Facts(871, "Reported", county)...)
	if err != nil {
		t.Fatal(err)
	}
	about := enrol.Report{Matter: enrol.Deaths, Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number("1990-02-03", 871)}, Name: "reported"}, On: "2026-05-01"}
	unknown := about
	unknown.Number, unknown.Name, unknown.Birth = number("1990-02-03", 899), "Nobody", "1990-02-03"
	girl := enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number("2017-06-03", 872)}, Name: "Zhang Lihua", Sex: enrol.Female, Birth: "2017-06-03"}
	if _, err := AddPerson(t, s, Act(county), enrol.Known{Identity: girl}, enrol.Registered{On: girl.Birth, Place: enrol.Place(county) + "001003"}, enrol.Lives{On: girl.Birth, Place: enrol.Place(county) + "001003"}); err != nil {
		t.Fatal(err)
	}
	written := enrol.Report{Matter: enrol.Immunisations, Identity: enrol.Identity{Name: "Cheung Lai Wah", Sex: girl.Sex, Birth: girl.Birth}, On: "2026-05-01", Place: enrol.Place(county) + "001003"}
	elsewhere := written
	elsewhere.Place = enrol.Place(county) + "002003"
	in, err := s.Reports().Begin(t.Context(), Act(city), enrol.Deaths, office.DigestOf([]byte("d")), "d.csv", false)
	if err != nil {
		t.Fatal(err)
	}
	var id string
	handle := func(trial bool) error {
		return in.Handle(t.Context(), trial, func(h *store.Handling) error {
			found, err := h.Match([]enrol.Report{about, unknown, written, elsewhere})
			if err != nil {
				return err
			}
			if !found[0].Found || found[0].No != no || !found[0].Mine || found[0].Likeness != enrol.SameNumber || found[1].Found ||
				!found[2].Found || found[2].Likeness != enrol.SameAddress || found[3].Found {
				t.Errorf("%+v", found)
			}
			id = h.WorkID(about)
			h.SavePayment(store.TaxPayment{Key: h.PaymentKey(about), Row: 2, County: county, Insurance: enrol.Resident, Year: 2026, On: "2026-01-01", Shares: enrol.Shares{enrol.Person: 500}, Posted: 300, Held: 200})
			return h.FileWork(store.Work{ID: id, Division: county, Matter: enrol.Deaths, Step: enrol.CloseFile, Likeness: enrol.SameNumber, Person: no, Row: 2, State: store.WorkOpen, Report: about})
		})
	}
	if err := handle(true); err != nil {
		t.Fatal(err)
	}
	if _, found, err := s.Reports().Work(t.Context(), store.ScopeOf(county), id); err != nil || found {
		t.Errorf("a trial is kept: %v", err)
	}
	if err := handle(false); err != nil {
		t.Fatal(err)
	}
	if err := in.Finish(t.Context(), store.Outturn{Rows: 2, Filed: 1}, false); key(err) != "store.outturn" {
		t.Errorf("what does not add up is kept: %v", err)
	}
	if err := in.Finish(t.Context(), store.Outturn{Rows: 2, Filed: 1, Agreed: 1, Amount: 500, Posted: 300, Held: 200}, true); err != nil {
		t.Fatal(err)
	}
	again, err := s.Reports().Begin(t.Context(), Act(city), enrol.Deaths, office.DigestOf([]byte("d")), "other.csv", false)
	if err != nil || again.File.Source != in.File.Source || again.File.State != store.ReportDone || !again.File.Synthetic || again.File.Outturn != in.File.Outturn {
		t.Errorf("%+v, %v", again, err)
	}
	if err := in.Handle(t.Context(), false, func(h *store.Handling) error {
		return h.FileWork(store.Work{ID: "x", Division: "530100", State: store.WorkOpen})
	}); key(err) != "store.scope" {
		t.Errorf("an item for another province: %v", err)
	}
	listed(t, s, id, about)
	ruled(t, s)
}

// listed looks for the item from everywhere, and decides about it.
func listed(t *testing.T, s *store.Store, id string, about enrol.Report) {
	t.Helper()
	for at, sees := range map[region.Code]bool{county: true, city: true, province: true, neighbour: false, other: false} {
		before := entries(t, s, at)
		all, more, err := s.Reports().Works(t.Context(), Act(at), store.WorkQuery{State: store.WorkOpen, Matter: enrol.Deaths})
		if err != nil || more || (len(all) == 1) != sees || sees && (all[0].Report != about || all[0].ID != id || all[0].Version != 1) {
			t.Errorf("%s: %+v %v", at, all, err)
		}
		if entries(t, s, at) != before+1 {
			t.Errorf("%s looked and nobody wrote it down", at)
		}
		_, found, err := s.Reports().Work(t.Context(), store.ScopeOf(at), id)
		counts, failed := s.Reports().WorkCounts(t.Context(), store.ScopeOf(at))
		if err != nil || failed != nil || found != sees || (len(counts) == 1) != sees {
			t.Errorf("%s: %v %v %v %v", at, found, counts, err, failed)
		}
		if open, err := s.Reports().OpenWorks(t.Context(), store.ScopeOf(at)); err != nil || (len(open) == 1) != sees || sees && (open[0].Count != 1 || open[0].Matter != enrol.Deaths || open[0].Since.IsZero()) {
			t.Errorf("%s: %+v %v", at, open, err)
		}
		if files, err := s.Reports().Files(t.Context(), store.ScopeOf(at), 10); err != nil || (len(files) == 1) != (at == city || at == province) {
			t.Errorf("%s: %+v %v", at, files, err)
		}
	}
	dismiss := func(at region.Code, version office.Version) error {
		return s.Reports().Decide(t.Context(), Act(at), id, version, func(_ *store.Tx, _ store.People, w *store.Work) error {
			w.State, w.Reason = store.WorkDismissed, "r"
			return nil
		})
	}
	for _, c := range []struct {
		at      region.Code
		version office.Version
		want    string
	}{{neighbour, 1, "store.no_work"}, {county, 2, key(office.ErrStale)}, {county, 1, key(nil)}, {county, 2, "store.work_decided"}} {
		if err := dismiss(c.at, c.version); key(err) != c.want {
			t.Errorf("%s, version %d: %v, want %s", c.at, c.version, err, c.want)
		}
	}
}

// ruled keeps rules: no second one, none that judges, none for a place above.
func ruled(t *testing.T, s *store.Store) {
	t.Helper()
	rule := store.WorkRule{ID: "rule", Division: city, Matter: enrol.Births, Step: enrol.EnrolNewborn, Since: "2026-01-01", Reason: "r"}
	save := func(r store.WorkRule, at region.Code) string {
		_, err := s.Write(t.Context(), Act(at), func(tx *store.Tx) error { return tx.SaveRule(r) })
		return key(err)
	}
	second, judges := rule, rule
	second.ID, judges.ID, judges.Step = "second", "judges", enrol.LookAt
	for _, c := range []struct {
		rule store.WorkRule
		at   region.Code
		want string
	}{{rule, county, "store.scope"}, {judges, city, "store.rule_wrong"}, {rule, city, key(nil)}, {second, city, "store.rule_twice"}} {
		if got := save(c.rule, c.at); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.rule.ID, c.at, got, c.want)
		}
	}
	for at, sees := range map[region.Code]bool{county: true, city: true, province: true, other: false} {
		rules, err := s.Reports().Rules(t.Context(), store.ScopeOf(at))
		if err != nil || (len(rules) == 1) != sees || sees && !rules[0].Holds(enrol.Births, enrol.EnrolNewborn, county, "2026-01-01") {
			t.Errorf("%s: %+v %v", at, rules, err)
		}
	}
	if _, err := s.Write(t.Context(), Act(city), func(tx *store.Tx) error { return tx.RevokeRule("rule", "w") }); err != nil {
		t.Fatal(err)
	}
	if rules, err := s.Reports().Rules(t.Context(), store.ScopeOf(city)); err != nil || rules[0].Holds(enrol.Births, enrol.EnrolNewborn, county, "2026-01-01") || rules[0].RevokedWhy != "w" {
		t.Errorf("%+v %v", rules, err)
	}
}
