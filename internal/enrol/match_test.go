package enrol

import (
	"testing"

	"tongchou/internal/policy"
)

func who(number, name string, birth policy.Date, sex Sex) Identity {
	i := Identity{Document{ResidentCard, number}, name, sex, birth}
	if number == "" {
		i.Document = Document{}
	}
	return i
}

func TestCompare(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	const a = "99999920000229001"
	full := a + string(CheckDigit(a))
	on := who(full, "买买提·吐尔逊", "2000-02-29", Male)
	for _, c := range []struct {
		with Identity
		want Likeness
	}{
		{who(full, "买买提·吐尔逊", "2000-02-29", Male), SameNumber},
		{who(full, "买买提 • 吐尔逊", "", SexNotSet), SameNumber},
		{who(full, "张三", "2000-02-29", Male), OtherName},
		{who("", "买买提.吐尔逊", "2000-02-29", Male), SamePerson},
		{who("", "买买提.吐尔逊", "2000-02-29", Female), NoLikeness},
		{who("", "买买提.吐尔孙", "2000-02-29", Male), SimilarName},
		{who("", "买买提.吐逊", "2000-02-29", Male), SimilarName},
		{who("", "买提.吐孙", "2000-02-29", Male), NoLikeness},
		{who("99999920000229002"+full[17:], "买买提·吐尔逊", "2000-02-29", Male), OneDigit},
		{who("99999920000292001"+full[17:], "买买提·吐尔逊", "2000-02-29", Male), OneDigit},
		{who("99999920000229112"+full[17:], "买买提·吐尔逊", "2000-02-29", Male), NoLikeness},
		{who("99999920000229002"+full[17:], "买买提·吐尔逊", "2001-02-28", Female), NoLikeness},
	} {
		if got := Compare(on, c.with); got != c.want {
			t.Errorf("%v: %s, want %s", c.with, got, c.want)
		}
		if got := Compare(c.with, on); got != c.want {
			t.Errorf("the other way round, %v: %s, want %s", c.with, got, c.want)
		}
	}
	old := who("999999760301002", "李四", "1976-03-01", Female)
	whole, _, _, _ := ParseNumber(old.Number)
	if got := Compare(old, who(whole, "李四", "1976-03-01", Female)); got != SameNumber {
		t.Errorf("fifteen and eighteen digits: %s", got)
	}
}

// A report without a number whose name is written otherwise is a candidate at the same address, and no further.
func TestAtAddress(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	known := who("999999201605020019", "张丽华", "2016-05-02", Female)
	f := &File{No: 1}
	f.Add(1, Known{known}, Registered{"2016-05-02", "510104001002"}, Lives{"2020-01-01", "510105003004"})
	for _, c := range []struct {
		name  string
		sex   Sex
		birth policy.Date
		place Place
		want  bool
	}{
		{"張麗華", Female, "2016-05-02", "510104001002", true}, // traditional characters
		{"张〓华", Female, "2016-05-02", "510104001002", true}, // a rare one that could not be written
		{"张丽花", Female, "2016-05-02", "510105003000", true}, // the township where she lives
		{"Zhang Lihua", Female, "2016-05-02", "510104001002", true},
		{"張麗華", Female, "2016-05-02", "510104001003", false}, // the next village
		{"張麗華", Female, "2016-05-02", "510104000000", false}, // a county says too little
		{"張麗華", Female, "2016-05-02", "", false},
		{"張麗華", Male, "2016-05-02", "510104001002", false},
		{"張麗華", SexNotSet, "2016-05-02", "510104001002", false},
		{"張麗華", Female, "2016-05-03", "510104001002", false},
		{"張華", Female, "2016-05-02", "510104001002", false},
	} {
		r := Report{Matter: Immunisations, Identity: Identity{Name: c.name, Sex: c.sex, Birth: c.birth}, Place: c.place}
		if got := r.AtAddress(f, known); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
		r.Number, r.Kind = "999999201605020019", ResidentCard
		if r.AtAddress(f, known) {
			t.Errorf("%s: with a number", c.name)
		}
	}
}

func TestSuggest(t *testing.T) {
	forever := Spell{From: "2020-01-01"}
	cover := Covered{"510104", Ordinary, Spell{"2026-01-01", "2026-12-31"}}
	for _, c := range []struct {
		name   string
		clause string
		file   *File
		like   Likeness
		report Report
		want   Step
	}{
		{"born, unknown", "SCE-4.1", nil, NoLikeness, Report{Matter: Births, Identity: Identity{Document{BirthCertificate, "B1"}, "乙", Female, "2026-05-01"}, On: "2026-05-01", Place: "510104001002"}, EnrolNewborn},
		{"rolled, unknown", "SCE-4.1", nil, NoLikeness, Report{Matter: SchoolRolls, Identity: who("999999200002290011"[:17]+string(CheckDigit("99999920000229001")), "乙", "2000-02-29", Male), On: "2026-05-01", Unit: "S1", Place: "510104000000"}, OpenFile},
		{"rolled nowhere, unknown", "SCE-4.1", nil, NoLikeness, Report{Matter: SchoolRolls, On: "2026-05-01", Unit: "S1"}, LookAt},
		{"one of several", "SCE-10.1", nil, SeveralLike, Report{Matter: Deaths, On: "2026-05-01"}, LookAt},
		{"born here and not enrolled", "SCE-1.2", &File{Entries: []Entry{{1, Known{Identity{Document{BirthCertificate, "B1"}, "乙", Female, "2026-05-01"}}}, {1, Registered{"2026-05-01", "510104001002"}}}}, SameNumber, Report{Matter: Births, On: "2026-05-01", Place: "510104001002"}, EnrolNewborn},
		{"dead, unknown", "SCE-10.1", nil, NoLikeness, Report{Matter: Deaths, On: "2026-05-01"}, NoStep},
		{"dead", "SCE-10.1", adult(cover), SameNumber, Report{Matter: Deaths, On: "2026-05-01"}, CloseFile},
		{"dead, and known to be", "SCE-10.1", adult(Ended{"2026-05-01", Died}), SameNumber, Report{Matter: Deaths, On: "2026-05-01"}, NoStep},
		{"dead, of another name", "SCE-10.1", adult(cover), OtherName, Report{Matter: Deaths, On: "2026-05-01"}, LookAt},
		{"moved", "SCE-10.1", adult(cover), SameNumber, Report{Matter: Households, On: "2026-05-01", Place: "510105001002"}, EnterHome},
		{"not moved", "SCE-10.1", adult(cover), SameNumber, Report{Matter: Households, On: "2026-05-01", Place: "510104001002"}, NoStep},
		{"not moved, not insured", "SCE-4.2", adult(), SameNumber, Report{Matter: Households, On: "2026-05-01", Place: "510104001002"}, UninsuredHere},
		{"in hardship", "SCE-2.2", adult(cover), SameNumber, Report{Matter: Hardship, On: "2026-05-01", Group: Subsistence}, EnterGroup},
		{"still in hardship", "SCE-2.2", adult(cover, Belongs{Subsistence, forever}), SameNumber, Report{Matter: Hardship, On: "2026-05-01", Group: Subsistence}, NoStep},
		{"no longer in hardship", "SCE-2.2", adult(cover, Belongs{Subsistence, forever}), SameNumber, Report{Matter: Hardship, On: "2020-01-01", To: "2026-05-31", Group: Subsistence}, EndGroup},
		{"draws benefit", "SCE-2.3", adult(cover), SameNumber, Report{Matter: Benefits, On: "2026-05-01", To: "2027-04-30"}, EnterGroup},
		{"drew benefit once", "SCE-2.3", adult(cover), SameNumber, Report{Matter: Benefits, On: "2019-05-01", To: "2020-04-30"}, NoStep},
		{"vaccinated elsewhere", "SCE-10.1", adult(cover), SameNumber, Report{Matter: Immunisations, On: "2026-05-01", Place: "510105001002"}, EnterHere},
		{"at another school", "SCE-1.4", adult(cover, Attached{Unit: AtSchool, Number: "S1", Spell: forever}), SameNumber, Report{Matter: SchoolRolls, On: "2026-05-01", Unit: "S2"}, EnterSchool},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Attr("clause", c.clause)
			s := c.report.Suggest(c.file, c.like, "2026-06-15")
			if s.Step != c.want {
				t.Fatalf("%s, want %s", s.Step, c.want)
			}
			if c.file == nil || len(s.Facts) == 0 {
				return
			}
			c.file.Add(9, s.Facts...)
			if again := c.report.Suggest(c.file, c.like, "2026-06-15"); again.Step == s.Step {
				t.Errorf("after it was done, %s is suggested again", again.Step)
			}
		})
	}
}
