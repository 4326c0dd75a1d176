package register_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
	"tongchou/internal/register"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(day string) time.Time {
	x, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return x
}

// key is the message of a refusal; empty for none.
func key(err error) string {
	var refusal *fault.Refusal
	var f *fault.Error
	switch {
	case errors.As(err, &refusal):
		return refusal.Problems[0].Message.Key
	case errors.As(err, &f):
		return f.Message.Key
	case err != nil:
		return err.Error()
	}
	return ""
}

func terms(t testing.TB) register.Terms {
	return register.TermsOf(policytest.Pack(t, "sichuan").At("2026-11-23"))
}

var clerk, other = office.Subject{ID: "u-clerk", Division: "510104"}, office.Subject{ID: "u-other", Division: "510104"}

func entered() register.By {
	return register.By{Who: clerk.ID, Division: clerk.Division, At: noon}
}

// approved is a registration that was applied for and approved.
func approved(t testing.TB, r register.Registration) register.Registration {
	t.Helper()
	if r.County == "" {
		r.County = "510104"
	}
	terms := terms(t)
	terms.BackDays = 9999
	r, err := register.Apply(r, nil, entered(), terms)
	if err != nil {
		t.Fatal(err)
	}
	decider := other
	decider.Division = r.County
	if r, err = r.Decide(register.Decision{Version: 1, By: decider, At: noon, Approve: true}); err != nil {
		t.Fatal(err)
	}
	r.No = 1
	return r
}

// Sichuan's rules are those of its policy: changing one changes what follows.
func TestTerms(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	terms := terms(t)
	if !terms.Recognised || terms.Free || terms.Chosen || terms.Most != 3 || terms.BackDays != 30 || terms.Expiring != 30 || terms.Days[register.Temporary] != 180 || terms.Days[register.Elsewhere] != 0 || !terms.Assumed {
		t.Errorf("%+v", terms)
	}
	none := register.TermsOf(policytest.Pack(t, "reference").At("2026-11-23"))
	if none.Free || none.Recognised || none.Assumed || none.BackDays != 0 {
		t.Errorf("without rules: %+v", none)
	}
}

// Where care counts as given: by the place, the kind and the day, on each side of the first and the last day.
func TestPlace(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "YA-4.4.3")
	spell := enrol.Spell{From: "2026-03-01", To: "2026-08-27"}
	for _, c := range []struct {
		kind    register.Kind
		area    region.Code
		treated region.Code
		on      policy.Date
		want    benefit.Place
	}{
		{register.Temporary, "510700", "510704", "2026-03-01", benefit.Province},
		{register.Temporary, "510700", "510704", "2026-02-28", benefit.Unregistered},
		{register.Temporary, "510700", "510704", "2026-08-27", benefit.Province},
		{register.Temporary, "510700", "510704", "2026-08-28", benefit.Unregistered},
		{register.Referral, "510704", "510703", "2026-05-01", benefit.Province}, // the city of the county that was named
		{register.Elsewhere, "510700", "510304", "2026-05-01", benefit.Unregistered},
		{register.Elsewhere, "530000", "530102", "2026-05-01", benefit.Outside},
		{register.Emergency, "530100", "530102", "2026-05-01", benefit.Outside},
		{register.Emergency, "530100", "530302", "2026-05-01", benefit.Unregistered},
		{register.Elsewhere, "530000", "510105", "2026-05-01", benefit.Local},
	} {
		r := approved(t, register.Registration{Kind: c.kind, Area: c.area, Spell: spell})
		e := terms(t).Effect([]register.Registration{r}, register.Visit{On: c.on, Insured: "510104", Treated: c.treated, Category: benefit.Inpatient})
		if e.Place != c.want || (e.Lacks == register.NotRegistered) != (c.want == benefit.Unregistered) || e.Approved {
			t.Errorf("%s %s at %s on %s: %+v, want %v", c.kind, c.area, c.treated, c.on, e, c.want)
		}
	}
	rushed := register.Visit{On: "2026-05-01", Insured: "510104", Treated: "530102", Category: benefit.Inpatient, Emergency: true}
	if e := terms(t).Effect(nil, rushed); e.Place != benefit.Outside || e.Lacks != "" {
		t.Errorf("emergency care counts as registered: %+v", e)
	}
	applied := terms(t)
	applied.Emergency = false
	if e := applied.Effect(nil, rushed); e.Place != benefit.Unregistered {
		t.Errorf("where emergency care must be applied for: %+v", e)
	}
	free := terms(t)
	free.Free = true
	if e := free.Effect(nil, register.Visit{On: "2026-05-01", Insured: "510104", Treated: "510704", Category: benefit.Inpatient}); e.Place != benefit.Province {
		t.Errorf("free inside the province: %+v", e)
	}
	if e := free.Effect(nil, register.Visit{On: "2026-05-01", Insured: "510104", Treated: "530102", Category: benefit.Inpatient}); e.Place != benefit.Unregistered {
		t.Errorf("outside it is not: %+v", e)
	}
}

// Whether a disease is approved: by its code, the day, where it was approved, and where the person is treated.
func TestDisease(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "YA-3.1.1")
	spell := enrol.Spell{From: "2026-01-01", To: "2026-12-31"}
	chronic := approved(t, register.Registration{Kind: register.Chronic, Disease: "M07800", Spell: spell})
	elsewhere := approved(t, register.Registration{Kind: register.Chronic, Disease: "M07800", Spell: spell, County: "510402"})
	far := approved(t, register.Registration{Kind: register.Chronic, Disease: "M07800", Spell: spell, County: "530102"})
	high := approved(t, register.Registration{Kind: register.TwoDisease, Disease: register.Hypertension, Spell: spell})
	fixed := approved(t, register.Registration{Kind: register.Fixed, Institution: "H51010400001", Spell: spell})
	visit := register.Visit{On: "2026-06-01", Insured: "510104", Treated: "510104", Institution: "H51010400001", Category: benefit.Chronic, Disease: "M07800"}
	for _, c := range []struct {
		name   string
		has    []register.Registration
		change func(*register.Visit)
		lacks  register.Why
		two    bool
	}{
		{"approved", []register.Registration{chronic}, func(*register.Visit) {}, "", false},
		{"another disease", []register.Registration{chronic}, func(v *register.Visit) { v.Disease = "M03900" }, register.NotApproved, false},
		{"none named", []register.Registration{chronic}, func(v *register.Visit) { v.Disease = "" }, register.NotApproved, false},
		{"the last day", []register.Registration{chronic}, func(v *register.Visit) { v.On = "2026-12-31" }, "", false},
		{"the day after", []register.Registration{chronic}, func(v *register.Visit) { v.On = "2027-01-01" }, register.NotApproved, false},
		{"of another city", []register.Registration{elsewhere}, func(*register.Visit) {}, "", false},
		{"of another province", []register.Registration{far}, func(*register.Visit) {}, register.NotApproved, false},
		{"at the chosen institution", []register.Registration{chronic, fixed}, func(*register.Visit) {}, "", false},
		{"at another", []register.Registration{chronic, fixed}, func(v *register.Visit) { v.Institution = "H51010400002" }, register.NotChosen, false},
		{"before it was chosen", []register.Registration{chronic, fixed}, func(v *register.Visit) { v.Institution, v.On = "H51010400002", "2025-12-31" }, register.NotApproved, false},
		{"two diseases by diagnosis", []register.Registration{high}, func(v *register.Visit) {
			v.Category, v.Disease, v.Diagnoses = benefit.Outpatient, "", []string{"J06.900", "I10.x00"}
		}, "", true},
		{"two diseases by code", []register.Registration{high}, func(v *register.Visit) { v.Disease = "I15.000" }, "", true},
		{"beside the two diseases", []register.Registration{high}, func(v *register.Visit) { v.Disease = "I16.000" }, register.NotApproved, false},
		{"diabetes is another", []register.Registration{high}, func(v *register.Visit) { v.Disease = "E11.900" }, register.NotApproved, false},
	} {
		v := visit
		c.change(&v)
		e := terms(t).Effect(c.has, v)
		if e.Lacks != c.lacks || e.Approved != (c.lacks == "") || e.TwoDisease != c.two {
			t.Errorf("%s: %+v", c.name, e)
		}
		if !v.Needs() {
			t.Errorf("%s: registrations are not read", c.name)
		}
	}
	strict := terms(t)
	strict.Recognised = false
	if e := strict.Effect([]register.Registration{elsewhere}, visit); e.Approved {
		t.Error("recognised without a rule")
	}
	if strict.Chosen = true; strict.Effect([]register.Registration{chronic}, visit).Lacks != register.NotChosen {
		t.Error("where institutions must be chosen, none was")
	}
	if v := (register.Visit{Insured: "510104", Treated: "510105", Category: benefit.Inpatient}); v.Needs() {
		t.Error("a stay at home needs no registration")
	}
}

// What is applied for wrongly is refused with its column, and nothing twice.
func TestApply(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	good := register.Registration{Person: 7, County: "510104", Kind: register.Temporary, Area: "530100", Spell: enrol.Spell{From: "2026-11-23"}}
	for _, c := range []struct {
		change func(*register.Registration)
		want   string
	}{
		{func(*register.Registration) {}, ""},
		{func(r *register.Registration) { r.From = "2026-10-24" }, ""},
		{func(r *register.Registration) { r.From = "2026-10-23" }, "register.early"},
		{func(r *register.Registration) { r.From = "2026-02-30" }, "register.day"},
		{func(r *register.Registration) { r.To = "2026-11-22" }, "register.to"},
		{func(r *register.Registration) { r.To = "2026-11-23" }, ""},
		{func(r *register.Registration) { r.Kind = "x" }, "register.kind"},
		{func(r *register.Registration) { r.Area = "53" }, "register.area"},
		{func(r *register.Registration) { r.Area = "510105" }, "register.at_home"},
		{func(r *register.Registration) { r.Area = "510000" }, "register.at_home"},
		{func(r *register.Registration) { r.Kind, r.Area = register.Chronic, "" }, "register.disease"},
		{func(r *register.Registration) { r.Kind, r.Disease = register.TwoDisease, "M03900" }, "register.two_disease"},
		{func(r *register.Registration) { r.Kind = register.Fixed }, "register.institution"},
		{func(r *register.Registration) { r.Reason = string(make([]rune, 501)) }, "register.long"},
	} {
		r := good
		c.change(&r)
		got, err := register.Apply(r, nil, entered(), terms(t))
		if key(err) != c.want {
			t.Errorf("%+v: %v, want %q", r, err, c.want)
		}
		if err == nil && (got.State != register.Applied || got.Version != 1 || got.To == "") {
			t.Errorf("%+v", got)
		}
	}
	first, err := register.Apply(good, nil, entered(), terms(t))
	if err != nil || first.To != "2027-05-21" { // 180 days, the first one counted
		t.Fatalf("%+v %v", first, err)
	}
	if _, err := register.Apply(good, []register.Registration{first}, entered(), terms(t)); key(err) != "register.twice" {
		t.Errorf("twice: %v", err)
	}
	good.Area = "530300"
	if _, err := register.Apply(good, []register.Registration{first}, entered(), terms(t)); err != nil {
		t.Errorf("another city: %v", err)
	}
	var chosen []register.Registration
	for i, code := range []string{"A", "B", "C", "D"} {
		r, err := register.Apply(register.Registration{Person: 7, County: "510104", Kind: register.Fixed, Institution: code, Spell: enrol.Spell{From: "2026-11-23"}}, chosen, entered(), terms(t))
		if (i == 3) != (key(err) == "register.too_many") {
			t.Errorf("institution %d: %v", i+1, err)
		}
		chosen = append(chosen, r)
	}
}

// Who enters an application does not decide it; it is decided once, at the county's desk; a refusal says why; what ended cannot be withdrawn.
func TestDecide(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	t.Attr("clause", "SCE-7.2")
	r, err := register.Apply(register.Registration{County: "510104", Kind: register.Temporary, Area: "530100", Spell: enrol.Spell{From: "2026-11-23"}}, nil, entered(), terms(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		d    register.Decision
		want string
	}{
		{register.Decision{Version: 1, By: clerk, Approve: true}, "register.own_application"},
		{register.Decision{Version: 1, By: office.Subject{ID: "u-x", Division: "510100"}, Approve: true}, "register.elsewhere"},
		{register.Decision{Version: 1, By: other, Text: " "}, "register.why"},
		{register.Decision{Version: 0, By: other, Approve: true}, office.ErrStale.Error()},
	} {
		if after, err := r.Decide(c.d); key(err) != c.want || after.State != register.Applied {
			t.Errorf("%+v: %v", c.d, err)
		}
	}
	refused, err := r.Decide(register.Decision{Version: 1, By: other, At: noon, Text: "材料不全"})
	if err != nil || refused.State != register.Refused || refused.Counts("2026-11-24") {
		t.Errorf("%+v %v", refused, err)
	}
	if _, err := refused.Decide(register.Decision{Version: 2, By: office.Subject{ID: "u-3", Division: "510104"}, Approve: true}); key(err) != "register.not_waiting" {
		t.Errorf("decided twice: %v", err)
	}
	if _, err := refused.Withdraw(2, entered(), ""); key(err) != "register.over_already" {
		t.Errorf("withdrawn after it was refused: %v", err)
	}
	yes, err := r.Decide(register.Decision{Version: 1, By: other, At: noon, Approve: true})
	if err != nil || yes.State != register.Approved {
		t.Fatal(err)
	}
	gone, err := yes.Withdraw(2, register.By{Who: "u-z", At: at("2026-12-10")}, "回到参保地")
	if err != nil || gone.Counts("2026-12-10") || !gone.Counts("2026-12-09") || !gone.Counts("2026-11-23") || gone.Counts("2026-11-22") {
		t.Errorf("%+v %v", gone, err)
	}
	if same, err := yes.Withdraw(2, entered(), ""); err != nil || same.Counts("2026-11-23") {
		t.Errorf("withdrawn on its first day: %+v %v", same, err)
	}
	if never, err := r.Withdraw(1, entered(), ""); err != nil || never.Counts("2026-11-23") || never.State != register.Withdrawn {
		t.Errorf("an application taken back: %+v %v", never, err)
	}
	if state := yes.StateOn("2027-05-21"); state != register.Approved || yes.StateOn("2027-05-22") != register.Expired {
		t.Errorf("%s", state)
	}
	if yes.Expiring("2027-04-20", 30) || !yes.Expiring("2027-04-21", 30) || yes.Expiring("2027-05-22", 30) {
		t.Error("listed as ending from thirty days before to the last day")
	}
}

// A last day that nobody named follows from the terms: a chronic disease is assessed again after two years, one of the two diseases and life elsewhere need not be.
func TestLastDays(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	for kind, last := range map[register.Kind]policy.Date{register.Chronic: "2028-11-21", register.TwoDisease: "", register.Elsewhere: ""} {
		r, err := register.Apply(register.Registration{Kind: kind, County: "510104", Area: "530100", Disease: register.Diabetes, Spell: enrol.Spell{From: "2026-11-23"}}, nil, entered(), terms(t))
		if err != nil || r.To != last {
			t.Errorf("%s until %q: %v", kind, r.To, err)
		}
	}
}

// For any registration and day: it counts exactly from its first to its last day; more registrations never take an effect away, but for a choice of institutions; none that was not approved
// has any; and what a visit does not need is not read.
func TestEffects(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	days := []policy.Date{"2026-01-01", "2026-02-28", "2026-03-01", "2026-06-30", "2026-12-31"}
	areas := []region.Code{"510100", "510700", "510704", "530000", "530100"}
	terms := terms(t)
	rapid.Check(t, func(t *rapid.T) {
		pick := func(name string) policy.Date { return rapid.SampledFrom(days).Draw(t, name) }
		var all []register.Registration
		for range rapid.IntRange(0, 5).Draw(t, "count") {
			all = append(all, register.Registration{Kind: rapid.SampledFrom(register.Kinds()).Draw(t, "kind"), County: "510104", Area: rapid.SampledFrom(areas).Draw(t, "area"), Disease: rapid.SampledFrom([]string{"M1", register.Diabetes}).Draw(t, "disease"),
				Institution: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "at"), Spell: enrol.Spell{From: pick("from"), To: pick("to")}, State: rapid.SampledFrom(register.States()).Draw(t, "state")})
			if r := &all[len(all)-1]; r.Kind == register.TwoDisease {
				r.Disease = register.Diabetes // another is refused
			}
		}
		v := register.Visit{On: pick("on"), Insured: "510104", Treated: rapid.SampledFrom([]region.Code{"510104", "510704", "530102"}).Draw(t, "treated"), Institution: rapid.SampledFrom([]string{"A", "B"}).Draw(t, "institution"),
			Category: rapid.SampledFrom(benefit.Categories()).Draw(t, "category"), Disease: rapid.SampledFrom([]string{"", "M1", register.Diabetes}).Draw(t, "code"), Diagnoses: []string{rapid.SampledFrom([]string{"E11", "J06"}).Draw(t, "diagnosis")}}
		e := terms.Effect(all, v)
		counting := slices.DeleteFunc(slices.Clone(all), func(r register.Registration) bool {
			counts := (r.State == register.Approved || r.State == register.Withdrawn) && r.From <= v.On && v.On <= r.To
			if counts != r.Counts(v.On) {
				t.Fatalf("%+v on %s", r, v.On)
			}
			return !counts
		})
		if less := terms.Effect(counting, v); less.Place != e.Place || less.Approved != e.Approved || less.Lacks != e.Lacks {
			t.Fatalf("what does not count has an effect: %+v, %+v", e, less)
		}
		without := terms.Effect(slices.DeleteFunc(slices.Clone(all), func(r register.Registration) bool { return r.Kind == register.Fixed }), v)
		none := terms.Effect(nil, v)
		if without.Place > none.Place || e.Approved && !without.Approved {
			t.Fatalf("%+v, without chosen institutions %+v, without any %+v", e, without, none)
		}
		if !v.Needs() && (e.Place != benefit.Local || e.Approved || e.Lacks != "") {
			t.Fatalf("needed: %+v for %+v", e, v)
		}
	})
}
