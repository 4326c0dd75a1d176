package storetest

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// ownPerson makes the file of a made-up person and reads it as his own.
func ownPerson(t *testing.T, s *store.Store, serial int, name string) store.Person {
	t.Helper()
	no, err := AddPerson(t, s, Act(county), Facts(serial, name, county)...)
	if err != nil {
		t.Fatal(err)
	}
	p, found, err := s.Insured().Read(t.Context(), Act(province), no)
	if err != nil || !found {
		t.Fatal(err)
	}
	return p
}

// grants let whoever has a document and a name see a file until they end, and nobody else; every use stands in the log under the grant.
func grants(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-6.2")
	ctx, own := t.Context(), s.Insured()
	owner, son, stranger := ownPerson(t, s, 81, "Owner"), ownPerson(t, s, 82, "The Son"), ownPerson(t, s, 83, "Stranger")
	document := enrol.Document{Kind: enrol.ResidentCard, Number: number("1990-02-03", 82)}
	form := desk.Grant{Parts: []desk.Part{desk.CoverPart}, Made: day, Expires: "2026-03-31"}
	if _, err := own.Grant(ctx, Act(province), owner, desk.Grant{Made: day, Expires: "2026-03-31"}, document, "The Son"); key(err) != "desk.grant.parts" {
		t.Errorf("of nothing: %v", err)
	}
	var all sync.WaitGroup
	made := make([]desk.Grant, 6)
	for i := range made {
		all.Go(func() {
			g, err := own.Grant(ctx, Act(province), owner, form, document, "the son")
			if err != nil {
				t.Error(err)
			}
			made[i] = g
		})
	}
	all.Wait()
	numbers := map[int]bool{}
	for _, g := range made {
		numbers[g.No] = true
	}
	if len(numbers) != len(made) || !numbers[1] || !numbers[len(made)] {
		t.Errorf("numbers: %v", numbers)
	}
	misspelt, err := own.Grant(ctx, Act(province), owner, form, document, "Other Name")
	if err != nil {
		t.Fatal(err)
	}
	received, err := own.Received(ctx, son)
	if err != nil || len(received) != len(made) || received[0].Whom == "" {
		t.Fatalf("%d received, %v", len(received), err)
	}
	g := made[0]
	read := func(by store.Person, no int, today string) (bool, error) {
		p, _, found, err := own.ReadGranted(ctx, Act(province), by, owner.No, no, "cover", policy.Date(today))
		if found && p.No != owner.No {
			t.Error("another's file")
		}
		return found, err
	}
	if found, err := read(son, g.No, "2026-03-31"); err != nil || !found {
		t.Errorf("the son: %v %v", found, err)
	}
	if _, err := read(son, g.No, "2026-04-01"); key(err) != "desk.grant.over.expired" {
		t.Errorf("after the last day: %v", err)
	}
	for name, by := range map[string]store.Person{"a stranger": stranger, "the owner": owner} {
		if found, err := read(by, g.No, "2026-03-31"); err != nil || found {
			t.Errorf("%s: %v %v", name, found, err)
		}
	}
	if found, err := read(son, misspelt.No, "2026-03-31"); err != nil || found {
		t.Errorf("under another name: %v %v", found, err)
	}
	if err := own.Revoke(ctx, Act(province), stranger, g.No, day); !errors.Is(err, office.ErrStale) {
		t.Errorf("a stranger takes it back: %v", err)
	}
	if err := own.Revoke(ctx, Act(province), owner, g.No, day); err != nil {
		t.Fatal(err)
	}
	if err := own.Revoke(ctx, Act(province), owner, g.No, day); !errors.Is(err, office.ErrStale) {
		t.Errorf("taken back twice: %v", err)
	}
	if _, err := read(son, g.No, "2026-03-31"); key(err) != "desk.grant.over.revoked" {
		t.Errorf("after it was taken back: %v", err)
	}
	uses, err := s.Audit(ctx, store.ScopeOf(county), store.AuditQuery{Chain: g.Division, Kind: store.GrantObject, Object: g.ID(), Limit: 9})
	if err != nil || len(uses) != 3 || uses[1].Action != store.GrantUsed || uses[1].Who != store.OwnID(son.No) {
		t.Errorf("the log of uses: %+v %v", uses, err)
	}
	if given, err := own.Given(ctx, owner.No); err != nil || len(given) != len(made)+1 || given[0].No != misspelt.No {
		t.Errorf("%+v %v", given, err)
	}
}

// acting for a child takes one household: until the household is left, with every use and attempt in a chain.
func acting(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-6.2")
	ctx, own := t.Context(), s.Insured()
	home := func(household string, birth policy.Date, serial int, name string) store.Person {
		place := enrol.Place(county + "001002")
		no, err := AddPerson(t, s, Act(county), enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number(string(birth), serial)}, Name: name, Birth: birth}},
			enrol.Registered{On: birth, Place: place}, enrol.Lives{On: birth, Place: place}, enrol.Attached{Unit: enrol.AtHousehold, Number: household, Spell: enrol.Spell{From: "2020-01-01"}})
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := own.Read(ctx, Act(province), no)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	mother, child, neighbourhood := home("H84", "1990-02-03", 84, "Mother"), home("H84", "2016-05-02", 85, "Child"), home("H86", "1990-02-03", 86, "Neighbour")
	document := child.Identity().Document
	for name, by := range map[string]store.Person{"a neighbour": neighbourhood, "the child": child} {
		if _, found, err := own.ActFor(ctx, Act(province), by, document, "Child", day); err != nil || found {
			t.Errorf("%s: %v %v", name, found, err)
		}
	}
	if _, found, err := own.ActFor(ctx, Act(province), mother, document, "Other", day); err != nil || found {
		t.Errorf("under another name: %v %v", found, err)
	}
	g, found, err := own.ActFor(ctx, Act(province), mother, document, "child", day)
	if err != nil || !found || g.Expires != "2034-05-01" || g.Ground != desk.FamilyGround {
		t.Fatalf("%+v %v %v", g, found, err)
	}
	if again, _, err := own.ActFor(ctx, Act(province), mother, document, "child", day); err != nil || again.ID() != g.ID() {
		t.Errorf("twice: %+v %v", again, err)
	}
	read := func() error {
		_, _, found, err := own.ReadGranted(ctx, Act(province), mother, child.No, g.No, "home", "2026-03-06")
		if err == nil && !found {
			err = errors.New("not found")
		}
		return err
	}
	if err := read(); err != nil {
		t.Error(err)
	}
	if err := own.GiveUp(ctx, Act(province), neighbourhood, child.No, g.No, day); !errors.Is(err, office.ErrStale) {
		t.Errorf("a neighbour ends it: %v", err)
	}
	if _, err := s.Persons().Change(ctx, Act(county), func(tx *store.Tx, people store.People) error {
		source, err := tx.Source("moved out")
		if err == nil {
			_, err = people.Append(child.No, child.Version, source, enrol.Void{No: 4, Why: "moved out"})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := read(); key(err) != "desk.acting.over" {
		t.Errorf("the household was left: %v", err)
	}
	if err := own.GiveUp(ctx, Act(province), mother, child.No, g.No, day); err != nil {
		t.Error(err)
	}
	uses, err := s.Audit(ctx, store.ScopeOf(county), store.AuditQuery{Chain: county, Kind: store.GrantObject, Object: g.ID(), Limit: 9})
	if err != nil || len(uses) != 3 {
		t.Errorf("%+v %v", uses, err)
	}
	tried, err := s.Audit(ctx, store.ScopeOf(county), store.AuditQuery{Chain: county, Action: store.NotFamily, Limit: 9})
	if err != nil || len(tried) != 3 {
		t.Errorf("%d attempts are written down, %v", len(tried), err)
	}
}

// objections are kept step by step, sealed, within their county; of two acts on the same version one is told.
func objections(t *testing.T, s *store.Store) {
	t.Attr("clause", "SCE-6.2")
	t.Attr("clause", "YA-4.10.2")
	ctx, desks := t.Context(), s.Objections()
	owner := ownPerson(t, s, 91, "Objector")
	terms := desk.Terms{AnswerDays: 20, AppealDays: 60}
	act := func(who office.UserID) store.Act {
		a := Act(county)
		a.Who = who
		return a
	}
	plain := desk.Objection{Person: owner.No, County: county, Matter: desk.OfRecord, Subject: 4, Maker: "u-maker"}
	filed, err := desk.File(plain, "the year is wrong", store.OwnID(owner.No), day, terms)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := desks.Save(ctx, Act(other), filed); key(err) != "store.scope" {
		t.Errorf("filed elsewhere: %v", err)
	}
	once := act(store.OwnID(owner.No))
	once.Key, once.Content = "once-objection", office.DigestOf([]byte("x"))
	filed, receipt, err := desks.Save(ctx, once, filed)
	if err != nil || filed.No != 1 || string(receipt.Answer) != filed.ID() {
		t.Fatalf("%+v %v", filed, err)
	}
	if _, again, err := desks.Save(ctx, once, filed); err != nil || !again.Repeated || string(again.Answer) != filed.ID() {
		t.Errorf("sent twice: %+v %v", again, err)
	}
	for name, act := range map[string]store.Act{"elsewhere": Act(neighbour), "another city": Act(other)} {
		if _, found, err := desks.Look(ctx, act, owner.No, 1); err != nil || found {
			t.Errorf("read %s: %v", name, err)
		}
	}
	seen, found, err := desks.Look(ctx, act("u2"), owner.No, 1)
	if err != nil || !found || len(seen.Steps) != 1 || seen.Steps[0].Text != "the year is wrong" || seen.Due != filed.Due || !seen.Steps[0].At.Equal(day) {
		t.Fatalf("%+v %v", seen, err)
	}
	var together sync.WaitGroup
	outcomes := make([]error, 4)
	for i := range outcomes {
		together.Go(func() {
			by := office.Subject{ID: office.UserID("u-clerk-" + string(rune('a'+i))), Division: county}
			answered, err := seen.Answer(desk.Answer{Version: 1, By: by, At: day.Add(time.Hour), Outcome: desk.Denied, Clause: "SCE-4.1", Text: "as on the form"}, terms)
			if err != nil {
				t.Error(err)
				return
			}
			_, _, outcomes[i] = desks.Save(ctx, act(by.ID), answered)
		})
	}
	together.Wait()
	done := 0
	for _, err := range outcomes {
		if err == nil {
			done++
		} else if !errors.Is(err, office.ErrStale) {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Fatalf("answered %d times at once: %v", done, outcomes)
	}
	all, err := desks.Of(ctx, owner.No)
	if err != nil || len(all) != 1 || len(all[0].Steps) != 2 || all[0].State != desk.Answered || all[0].Steps[1].Outcome != desk.Denied {
		t.Fatalf("%+v %v", all, err)
	}
	appealed, err := all[0].Appeal(2, "still wrong", store.OwnID(owner.No), day.Add(2*time.Hour), terms)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := desks.Save(ctx, act(store.OwnID(owner.No)), appealed); err != nil {
		t.Fatal(err)
	}
	second, err := desk.File(plain, "and another", store.OwnID(owner.No), day, terms)
	if err != nil {
		t.Fatal(err)
	}
	if second, _, err = desks.Save(ctx, act(store.OwnID(owner.No)), second); err != nil || second.No != 2 {
		t.Errorf("%+v %v", second, err)
	}
	for scope, want := range map[office.Scope]int{store.ScopeOf(county): 2, store.ScopeOf(city): 2, store.ScopeOf(province): 2, store.ScopeOf(neighbour): 0, store.ScopeOf(other): 0, {}: 0} {
		if all, err := desks.In(ctx, scope, 10); err != nil || len(all) != want {
			t.Errorf("%v: %d objections, %v", scope, len(all), err)
		}
	}
	for at, want := range map[region.Code]int{county: 1, city: 1, province: 0} { // the appeal went to the city
		if all, err := desks.Waiting(ctx, store.ScopeOf(at), at, 10); err != nil || len(all) != want {
			t.Errorf("%d wait at %s, %v", len(all), at, err)
		}
	}
	for e, err := range s.Entries(ctx, store.ScopeOf(county)) {
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(e.Canonical(), []byte("the year is wrong")) {
			t.Errorf("entry %d holds what somebody wrote", e.Seq)
		}
	}
}
