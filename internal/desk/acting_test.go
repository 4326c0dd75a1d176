package desk

import (
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/policy"
)

// member is a file of somebody of a household.
func member(no enrol.PersonNo, birth policy.Date, county, household string, more ...enrol.Fact) *enrol.File {
	f := &enrol.File{No: no}
	place := enrol.Place(county + "001002")
	f.Add(1, enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: "1"}, Name: "x", Birth: birth}}, enrol.Registered{On: birth, Place: place}, enrol.Lives{On: birth, Place: place})
	if household != "" {
		f.Add(1, enrol.Attached{Unit: enrol.AtHousehold, Number: household, Spell: enrol.Spell{From: "2020-01-01"}})
	}
	f.Add(1, more...)
	return f
}

// Each side of each boundary: an adult of the child's own household, until the day before it is grown up.
func TestMayActFor(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	const today = policy.Date("2027-11-23")
	mother := member(1, "1990-03-01", "510104", "H1")
	for _, c := range []struct {
		name         string
		adult, child *enrol.File
		want         string
		until        policy.Date
	}{
		{"a mother", mother, member(2, "2016-05-02", "510104", "H1"), "", "2034-05-01"},
		{"born on 29 February", mother, member(2, "2016-02-29", "510104", "H1"), "", "2034-02-28"},
		{"a child of seventeen", mother, member(2, "2009-11-24", "510104", "H1"), "", today},
		{"a child that is eighteen today", mother, member(2, "2009-11-23", "510104", "H1"), "desk.acting.child", ""},
		{"a brother of eighteen", member(1, "2009-11-23", "510104", "H1"), member(2, "2016-05-02", "510104", "H1"), "", "2034-05-01"},
		{"a brother of seventeen", member(1, "2009-11-24", "510104", "H1"), member(2, "2016-05-02", "510104", "H1"), "desk.acting.adult", ""},
		{"another household", mother, member(2, "2016-05-02", "510104", "H2"), "desk.acting.household", ""},
		{"no household", member(1, "1990-03-01", "510104", ""), member(2, "2016-05-02", "510104", ""), "desk.acting.household", ""},
		{"the same number in another county", mother, member(2, "2016-05-02", "510105", "H1"), "desk.acting.household", ""},
		{"a household that was left", member(1, "1990-03-01", "510104", "", enrol.Attached{Unit: enrol.AtHousehold, Number: "H1", Spell: enrol.Spell{From: "2020-01-01", To: "2027-11-22"}}),
			member(2, "2016-05-02", "510104", "H1"), "desk.acting.household", ""},
		{"a school of the same number", member(1, "1990-03-01", "510104", "", enrol.Attached{Unit: enrol.AtSchool, Number: "H1", Spell: enrol.Spell{From: "2020-01-01"}}),
			member(2, "2016-05-02", "510104", "H1"), "desk.acting.household", ""},
		{"a child that died", mother, member(2, "2016-05-02", "510104", "H1", enrol.Ended{On: "2027-11-22", Why: enrol.Died}), "desk.acting.ended", ""},
		{"himself", mother, mother, "desk.acting.adult", ""},
		{"a child without a day of birth", mother, member(2, "", "510104", "H1"), "desk.acting.child", ""},
	} {
		until, err := MayActFor(c.adult, c.child, today)
		if keyOf(err) != c.want || until != c.until {
			t.Errorf("%s: %s %v", c.name, until, err)
		}
	}
}
