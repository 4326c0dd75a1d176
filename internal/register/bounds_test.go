package register_test

import (
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/register"
)

// The two diseases are I10–I15 and E10–E14, both ends included, and nothing beside them.
func TestTwoDiseaseCodes(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	for code, want := range map[string]bool{"I10.x00": true, "I15.900": true, "I09.900": false, "I16.000": false, "E10.900": true, "E14.900": true, "E09.900": false, "E15.x00": false, "I1": false, "": false, "J10.000": false} {
		v := register.Visit{On: "2026-11-23", Insured: "510104", Treated: "510104", Category: benefit.Outpatient, Diagnoses: []string{code}}
		if v.Needs() != want {
			t.Errorf("%q: %v, want %v", code, v.Needs(), want)
		}
	}
}

// A registration of a kind without a term has no last day when nobody names one; of one with a term the first day counts.
func TestLastDay(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	for kind, want := range map[register.Kind]string{register.Elsewhere: "", register.Temporary: "2027-05-21"} { // 180 days
		r, err := register.Apply(register.Registration{Person: 1, County: "510104", Kind: kind, Channel: register.AtCounter, Area: "510700", Spell: enrol.Spell{From: "2026-11-23"}}, nil, entered(), terms(t))
		if err != nil || string(r.To) != want {
			t.Errorf("%s ends on %q, want %q: %v", kind, r.To, want, err)
		}
	}
}
