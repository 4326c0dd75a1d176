package enrol

import (
	"slices"
	"testing"

	"tongchou/internal/policy"
)

func TestNumber(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	for _, c := range []struct {
		text, number string
		birth        policy.Date
		sex          Sex
	}{
		{"999999200002290018", "", "", ""},
		{"99999920000229001" + string(CheckDigit("99999920000229001")), "99999920000229001" + string(CheckDigit("99999920000229001")), "2000-02-29", Male},
		{"999999000229002", "99999919000229002X", "", ""}, // 1900 had no 29 February
		{"999999760301002", "99999919760301002" + string(CheckDigit("99999919760301002")), "1976-03-01", Female},
		{"99999920000229001 ", "", "", ""},
		{"９", "", "", ""},
	} {
		number, birth, sex, ok := ParseNumber(c.text)
		if ok != (c.birth != "") {
			t.Errorf("%s: accepted %v", c.text, ok)
			continue
		}
		if ok && (number != c.number || birth != c.birth || sex != c.sex) {
			t.Errorf("%s: %s %s %s", c.text, number, birth, sex)
		}
	}
}

func TestPlainName(t *testing.T) {
	for _, pair := range [][2]string{{"阿依古丽•买买提", "阿依古丽·买买提"}, {"张 三", "张三"}, {"张　三", "张三"}, {"Ann LEE", "annlee"}} {
		if PlainName(pair[0]) != PlainName(pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
	if PlainName("张三") == PlainName("张三丰") {
		t.Error("different names are the same")
	}
}

func TestPlace(t *testing.T) {
	for text, want := range map[string]Place{"510104": "510104000000", "510104001002": "510104001002", "510104000002": "", "51010400100": "", "000000001002": "", "51010400100x": ""} {
		if place, ok := ParsePlace(text); place != want && (ok || want != "") {
			t.Errorf("%s: %s %v", text, place, ok)
		}
	}
}

// What holds on a day is read off the facts that hold; a void takes one back, and a voided void does not.
func TestOn(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	var f File
	f.Add(1,
		Known{Identity{Document{BirthCertificate, "X1"}, "甲", Female, "2025-03-01"}},
		Registered{"2025-03-02", "510104001002"},
		Covered{"510104", Newborn, Spell{"2025-03-01", "2025-12-31"}},
		Belongs{Subsistence, Spell{"2025-03-01", ""}},
	)
	f.Add(2, Registered{"2026-02-01", "510105001002"}, Covered{"510105", Ordinary, Spell{"2026-01-01", "2026-12-31"}}, Void{4, "not he"})
	before, after := f.On("2025-06-01"), f.On("2026-06-01")
	if before.Home != "510104001002" || after.Home != "510105001002" {
		t.Errorf("home %s, %s", before.Home, after.Home)
	}
	if len(before.Covers) != 1 || before.Covers[0].Way != Newborn || len(after.Covers) != 1 || after.Covers[0].Area != "510105" {
		t.Errorf("covers %v, %v", before.Covers, after.Covers)
	}
	if len(before.Groups) != 0 {
		t.Error("a voided group holds")
	}
	f.Add(3, Void{7, "he after all"})
	if groups := f.On("2025-06-01").Groups; !slices.Equal(groups, []Group{Subsistence}) {
		t.Errorf("groups %v", groups)
	}
}
