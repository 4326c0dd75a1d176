package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

const (
	jinjiang = region.Code("510104")
	qingyang = region.Code("510105")
)

// number makes an identity number that nobody has.
func madeNumber(birth, order string) string {
	seventeen := "999999" + birth + order
	return seventeen + string(enrol.CheckDigit(seventeen))
}

// enrolBureau has a clerk in each of two counties, and the standards of 2027 and 2028, on 23 November 2027.
func enrolBureau(t *testing.T) *bureau {
	b := newBureau(t, sichuan())
	b.pass(365 * 24 * time.Hour)
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	b.hire("qing", office.MedicalSecurity, qingyang, office.EnrolClerk)
	b.hire("plain", office.MedicalSecurity, jinjiang, office.EnrolClerk, office.PlainReader)
	b.hire("viewer", office.MedicalSecurity, jinjiang, office.Viewer)
	b.standards(t)
	return b
}

// standards keeps those of 2027 and 2028.
func (b *bureau) standards(t testing.TB) {
	t.Helper()
	act := store.Act{Record: office.Record{Chain: sichuanProvince, Action: "test"}, Scope: store.ScopeOf(sichuanProvince)}
	if _, err := b.store.Write(t.Context(), act, func(tx *store.Tx) error {
		for _, way := range []enrol.Way{enrol.Ordinary, enrol.Newborn, enrol.Student} {
			s := enrol.Standard{Year: 2027, Division: sichuanProvince, Way: way, Individual: 40000, Subsidy: enrol.Shares{enrol.Central: 67000}, Source: "测试"}
			if err := tx.SaveStandard(s); err != nil {
				return err
			}
			s.Year = 2028
			if err := tx.SaveStandard(s); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// enlist makes a file and gives its address.
func (v *visitor) enlist(t *testing.T, number, name string, more ...string) string {
	t.Helper()
	w := v.post("/enrol/new", append([]string{"kind", "01", "number", number, "name", name, "home", "510104001002", "lives", "510104001002"}, more...)...)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	path, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	return path
}

// done sends an act of a person's page, which must be done.
func (v *visitor) acted(t *testing.T, path, act string, pairs ...string) {
	t.Helper()
	page := v.get(path).Body.String()
	_, rest, _ := strings.Cut(page, `name="version" value="`)
	version, _, _ := strings.Cut(rest, `"`)
	if w := v.post(path+"/act", append([]string{"act", act, "version", version}, pairs...)...); w.Code != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", act, w.Code, w.Body)
	}
}

// A clerk of one county reaches nobody of another, by any route; and somebody without the right reaches nobody at all.
func TestPersonsOfOtherCountiesAreOutOfReach(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := enrolBureau(t)
	jin, qing := b.enter("jin"), b.enter("qing")
	number := madeNumber("19900101", "001")
	path := jin.enlist(t, number, "测试甲")
	if w := jin.get(path); w.Code != http.StatusOK || strings.Contains(w.Body.String(), number) || strings.Contains(w.Body.String(), "测试甲") || !strings.Contains(w.Body.String(), "测*甲") {
		t.Errorf("his own clerk: %d, or not masked", w.Code)
	}
	if w := qing.get(path); w.Code != http.StatusNotFound {
		t.Errorf("another county's clerk reads: %d", w.Code)
	}
	if w := qing.post(path+"/act", "act", "end", "version", "1", "on", "2027-11-01", "why", "x"); w.Code != http.StatusNotFound {
		t.Errorf("another county's clerk acts: %d", w.Code)
	}
	for _, form := range [][]string{{"by", "number", "number", number}, {"by", "name", "name", "测试甲", "county", string(jinjiang)}, {"by", "birth", "name", "测试甲", "birth", "1990-01-01"}} {
		if w := jin.post("/enrol/search", form...); !strings.Contains(w.Body.String(), path) {
			t.Errorf("%v: his own clerk does not find him: %d", form, w.Code)
		}
		if w := qing.post("/enrol/search", form...); strings.Contains(w.Body.String(), path) {
			t.Errorf("%v: another county's clerk finds him", form)
		}
	}
	if w := qing.post("/enrol/new", "kind", "01", "number", madeNumber("19900101", "003"), "name", "乙", "home", "510104001002"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a file of another county: %d", w.Code)
	}
	if w := qing.get("/enrol?place=510104000000"); strings.Contains(w.Body.String(), "510104001") {
		t.Error("another county's counts")
	}
	viewer := b.enter("viewer")
	for _, p := range []string{"/enrol", path, "/enrol/new", "/enrol/standards"} {
		if w := viewer.get(p); w.Code != http.StatusForbidden {
			t.Errorf("%s without the right: %d", p, w.Code)
		}
	}
	if w := jin.post(path+"/plain", "reason", "x"); w.Code != http.StatusForbidden {
		t.Errorf("in full without the right: %d", w.Code)
	}
	plain := b.enter("plain")
	if w := plain.post(path+"/plain", "reason", ""); w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), number) {
		t.Errorf("in full without a reason: %d", w.Code)
	}
	if w := plain.post(path+"/plain", "reason", "核对来函"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), number) {
		t.Errorf("in full: %d", w.Code)
	}
	var looked, unmasked bool
	for e, err := range b.store.Entries(t.Context(), everywhere(sichuanProvince)) {
		if err != nil {
			t.Fatal(err)
		}
		looked = looked || e.Action == "person.read" && e.Who == "u-jin"
		unmasked = unmasked || e.Action == "person.unmask" && e.Who == "u-plain" && e.Why == "核对来函"
		if strings.Contains(string(e.Canonical()), number) || strings.Contains(string(e.Canonical()), "测试甲") {
			t.Errorf("entry %d holds a name or number", e.Seq)
		}
	}
	if !looked || !unmasked {
		t.Errorf("looks are not written down: %v %v", looked, unmasked)
	}
}

// The stories of the issue: a newborn, a student of four years, somebody back after three years, a stale page, and a voided entry.
func TestPersonStories(t *testing.T) {
	t.Attr("clause", "SCE-1.2")
	t.Attr("clause", "SCE-1.3")
	t.Attr("clause", "SCE-3.8")
	b := enrolBureau(t)
	jin := b.enter("jin")
	w := jin.post("/enrol/new", "kind", "98", "number", "X5100000001", "name", "测试婴", "sex", "2", "birth", "2027-11-20", "home", "510104001002", "newborn", "yes")
	path, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	jin.acted(t, path, "pay", "year", "2027", "amount", "400", "on", "2027-11-23")
	if page := jin.get(path).Body.String(); !strings.Contains(page, "2027-11-20 – 2027-12-31") || !strings.Contains(page, "新生儿") {
		t.Error("the newborn is not insured from birth")
	}
	student := jin.enlist(t, madeNumber("20070301", "002"), "测试学")
	jin.acted(t, student, "attached", "unit", "school", "number", "S1", "unit_name", "测试大学", "from", "2027-09-01")
	jin.acted(t, student, "enrol", "way", "student", "area", string(jinjiang), "year", "2028", "years", "4", "on", "2027-11-20")
	if w := jin.post(student+"/act", "act", "pay", "version", "3", "year", "2028", "amount", "400", "on", "2027-11-20"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "1,600.00") {
		t.Errorf("a year alone: %d", w.Code)
	}
	jin.acted(t, student, "pay", "year", "2028", "amount", "1600", "on", "2027-11-20")
	if page := jin.get(student + "?of=2028").Body.String(); !strings.Contains(page, "2028-01-01 – 2031-12-31") {
		t.Error("the student is not insured for four years")
	}
	back := jin.enlist(t, madeNumber("19800101", "004"), "测试断")
	jin.acted(t, back, "enrol", "way", "ordinary", "area", string(jinjiang), "year", "2027", "on", "2027-11-22")
	jin.acted(t, back, "pay", "year", "2027", "amount", "400", "on", "2027-11-22")
	if w := jin.post(back+"/act", "act", "void", "version", "1", "entry", "2", "why", "x"); w.Code != http.StatusConflict {
		t.Errorf("a stale page: %d", w.Code)
	}
	jin.acted(t, back, "void", "entry", "4", "why", "登记有误")
	if page := jin.get(back).Body.String(); !strings.Contains(page, "已作废") {
		t.Error("the voided entry is not marked")
	}
}
