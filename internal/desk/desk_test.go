package desk

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
)

var at = time.Date(2027, 11, 23, 9, 0, 0, 0, time.UTC)

func keyOf(err error) string {
	var e *fault.Error
	var r *fault.Refusal
	switch {
	case errors.As(err, &e):
		return e.Key
	case errors.As(err, &r):
		return r.Problems[0].Key
	case errors.Is(err, office.ErrStale):
		return "stale"
	}
	return ""
}

// A grant holds through its last day, until it is taken back, and for what it names alone.
func TestGrants(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	g := Grant{Person: 3, No: 2, Key: []byte{1}, Whom: "x", Parts: []Part{CoverPart}, Expires: "2027-11-30"}
	for day, want := range map[policy.Date]bool{"2027-11-23": true, "2027-11-30": true, "2027-12-01": false} {
		if g.Allows(CoverPart, day) != want || g.Allows(EntitlementPart, day) {
			t.Errorf("%s: %v", day, g.State(day))
		}
	}
	taken := g
	taken.Revoked = at
	if taken.Allows(CoverPart, "2027-11-23") || taken.State("2027-11-23") != GrantRevoked || g.State("2028-01-01") != GrantExpired {
		t.Error("it holds after it was taken back")
	}
	for name, c := range map[string]struct {
		change func(*Grant)
		key    string
	}{
		"fine":             {func(*Grant) {}, ""},
		"of nothing":       {func(g *Grant) { g.Parts = nil }, "desk.grant.parts"},
		"of what is not":   {func(g *Grant) { g.Parts = []Part{"all"} }, "desk.grant.parts"},
		"to nobody":        {func(g *Grant) { g.Key = nil }, "desk.grant.whom"},
		"until yesterday":  {func(g *Grant) { g.Expires = "2027-11-22" }, "desk.grant.expires"},
		"for a year":       {func(g *Grant) { g.Expires = "2028-11-23" }, ""},
		"for too long":     {func(g *Grant) { g.Expires = "2028-11-24" }, "desk.grant.expires"},
		"without last day": {func(g *Grant) { g.Expires = "" }, "desk.grant.expires"},
	} {
		x := g
		c.change(&x)
		if key := keyOf(x.Check("2027-11-23")); key != c.key {
			t.Errorf("%s: %q, want %q", name, key, c.key)
		}
	}
	for id, want := range map[string]bool{"3-2": true, "3": false, "-2": false, "3-0": false, "03-2": false, "3-2-1": false, "x-1": false, "0-1": false} {
		if _, _, ok := ParseID(id); ok != want {
			t.Errorf("%q: %v", id, ok)
		}
	}
}

func clerk(id string, division region.Code) office.Subject {
	return office.Subject{ID: office.UserID(id), Division: division}
}

// An objection is answered by its county by somebody who did not make the record, appealed against once within the term, and answered by the
// level above; every act names the version it was made about.
func TestObjections(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	t.Attr("clause", "YA-4.10.3")
	terms := TermsOf(policytest.Pack(t, "sichuan").At("2027-11-23"))
	if terms.AnswerDays != 20 || terms.AppealDays != 60 || !terms.Assumed {
		t.Fatalf("%+v", terms)
	}
	if none := TermsOf(policytest.Pack(t, "yunnan").At("2027-11-23")); none != (Terms{}) {
		t.Errorf("%+v", none)
	}
	plain := Objection{Person: 3, County: "510104", Matter: OfRecord, Subject: 4, Maker: "u-maker"}
	for key, change := range map[string]func(*Objection, *string){
		"desk.objection.subject": func(o *Objection, _ *string) { o.Matter = "bill" },
		"desk.objection.text":    func(_ *Objection, text *string) { *text = strings.Repeat("x", 2001) },
	} {
		o, text := plain, "wrong"
		change(&o, &text)
		if _, err := File(o, text, "person:3", at, terms); keyOf(err) != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	o, err := File(plain, " wrong ", "person:3", at, terms)
	if err != nil || o.Version != 1 || o.Desk != "510104" || o.Due != "2027-12-13" || o.Steps[0].Text != "wrong" {
		t.Fatalf("%+v %v", o, err)
	}
	if o.Late("2027-12-13") || !o.Late("2027-12-14") {
		t.Error("the last day is not the last")
	}
	answer := Answer{Version: 1, By: clerk("u-other", "510104"), At: at, Outcome: Denied, Clause: "SCE-4.1", Text: "as on the form"}
	for key, change := range map[string]func(*Answer){
		"stale":                     func(a *Answer) { a.Version = 2 },
		"desk.objection.own_record": func(a *Answer) { a.By = clerk("u-maker", "510104") },
		"desk.objection.elsewhere":  func(a *Answer) { a.By = clerk("u-city", "510100") },
		"desk.objection.outcome":    func(a *Answer) { a.Outcome = "" },
		"desk.objection.clause":     func(a *Answer) { a.Clause = "" },
		"desk.objection.text":       func(a *Answer) { a.Text = " " },
	} {
		a := answer
		change(&a)
		if _, err := o.Answer(a, terms); keyOf(err) != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := o.Appeal(1, "still wrong", "person:3", at, terms); keyOf(err) != "desk.objection.not_answered" {
		t.Errorf("appealed before it is answered: %v", err)
	}
	answered, err := o.Answer(answer, terms)
	if err != nil || answered.State != Answered || answered.Due != "2028-01-22" {
		t.Fatalf("%+v %v", answered, err)
	}
	if len(o.Steps) != 1 {
		t.Error("answering changed what was answered")
	}
	if _, err := answered.Appeal(2, "still wrong", "person:3", at.AddDate(0, 0, 61), terms); keyOf(err) != "desk.objection.too_late" {
		t.Errorf("after the term: %v", err)
	}
	appealed, err := answered.Appeal(2, "still wrong", "person:3", at.AddDate(0, 0, 60), terms)
	if err != nil || appealed.Desk != "510100" || appealed.State != Waiting || appealed.Round != 2 {
		t.Fatalf("%+v %v", appealed, err)
	}
	answer.Version = 3
	if _, err := appealed.Answer(answer, terms); keyOf(err) != "desk.objection.elsewhere" {
		t.Errorf("the county answers the appeal: %v", err)
	}
	moved := answer
	moved.By.Division = "510100" // the same clerk works in the city now
	if _, err := appealed.Answer(moved, terms); keyOf(err) != "desk.objection.answered_before" {
		t.Errorf("who answered answers the appeal: %v", err)
	}
	answer.By, answer.Outcome = clerk("u-city", "510100"), Upheld
	final, err := appealed.Answer(answer, terms)
	if err != nil || final.Due != "" {
		t.Fatalf("%+v %v", final, err)
	}
	if _, err := final.Appeal(4, "again", "person:3", at, terms); keyOf(err) != "desk.objection.once" {
		t.Errorf("appealed twice: %v", err)
	}
	if _, err := final.TakeBack(4, "person:3", at); keyOf(err) != "desk.objection.not_waiting" {
		t.Errorf("taken back when it is over: %v", err)
	}
	if back, err := o.TakeBack(1, "person:3", at); err != nil || back.State != Withdrawn {
		t.Errorf("%+v %v", back, err)
	}
	provincial := plain
	provincial.County = "510000"
	if o, err = File(provincial, "wrong", "person:3", at, Terms{}); err != nil || o.Due != "" {
		t.Fatalf("%+v %v", o, err)
	}
	answer.Version, answer.By = 1, clerk("u-p", "510000")
	if o, err = o.Answer(answer, Terms{}); err != nil || o.Due != "" || keyOf(o.MayAppeal("2027-11-23")) != "desk.objection.once" {
		t.Errorf("above the province: %+v %v", o, err)
	}
}
