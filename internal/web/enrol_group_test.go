package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
)

// A school's list is enrolled person by person, a household's as a whole or not at all; who is refused is told with the clause.
func TestGroups(t *testing.T) {
	t.Attr("clause", "SCE-1.4")
	t.Attr("clause", "SCE-1.1")
	b := enrolBureau(t)
	jin := b.enter("jin")
	child, other := madeNumber("20150301", "001"), madeNumber("20160301", "002")
	one, two := jin.enlist(t, child, "测试一"), jin.enlist(t, other, "测试二")
	form := func(act, unit, number, way, persons string) []string {
		return []string{"act", act, "unit", unit, "number", number, "unit_name", "测试小学", "way", way, "area", string(jinjiang), "year", "2028", "years", "1", "on", "2027-11-20", "persons", persons}
	}
	list := child + "\n#" + strings.TrimPrefix(two, "/enrol/person/") + "\n" + child + "\n" + madeNumber("19990101", "009") + "\n"
	if w := jin.post("/enrol/group", form("check", "school", "S1", "pupil", list)...); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "名单中重复") || !strings.Contains(w.Body.String(), "没有找到档案") ||
		!strings.Contains(w.Body.String(), `value="do"`) || strings.Contains(w.Body.String(), "测试一") {
		t.Errorf("the check: %d", w.Code)
	}
	if page := jin.get(one).Body.String(); strings.Contains(page, "测试小学") {
		t.Error("a check enrols")
	}
	if w := jin.post("/enrol/group", form("do", "school", "S1", "pupil", list)...); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "已登记2人，2人不予办理") {
		t.Errorf("the school: %d %s", w.Code, alerts(w))
	}
	if page := jin.get(one).Body.String(); !strings.Contains(page, "测试小学") || !strings.Contains(page, "应缴未缴") {
		t.Error("the pupil is not enrolled")
	}
	if w := jin.post("/enrol/group", form("do", "school", "S1", "pupil", child)...); !strings.Contains(w.Body.String(), "SCE-4.3") {
		t.Error("enrolled twice")
	}
	father := madeNumber("19850101", "011")
	path := jin.enlist(t, father, "测试父")
	if w := jin.post("/enrol/group", form("do", "household", "H1", "ordinary", father+"\n"+child)...); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "全户未办理") {
		t.Errorf("a household of which one is insured: %d", w.Code)
	}
	if page := jin.get(path).Body.String(); strings.Contains(page, "H1") {
		t.Error("a part of the household is enrolled")
	}
	mother := madeNumber("19860101", "012")
	jin.enlist(t, mother, "测试母")
	if w := jin.post("/enrol/group", form("do", "household", "H1", "ordinary", father+"\n"+mother)...); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "已登记2人") {
		t.Errorf("the household: %d %s", w.Code, alerts(w))
	}
	if w := b.enter("qing").post("/enrol/group", form("check", "school", "S1", "pupil", child)...); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a county elsewhere: %d", w.Code)
	}
	for _, wrong := range [][]string{form("do", "employer", "S1", "pupil", child), form("do", "school", "", "pupil", child), form("do", "school", "S1", "staff", child), form("do", "school", "S1", "pupil", "")} {
		if w := jin.post("/enrol/group", wrong...); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", wrong, w.Code)
		}
	}
	if b.audited(t, "person.group") != 3 {
		t.Errorf("%d acts in the chain", b.audited(t, "person.group"))
	}
}

// Employee insurance is transferred with the months paid elsewhere, months are shown with who paid what, and the two readings of a file that are assumed are
// told on the page and to programs.
func TestTransferAndMonths(t *testing.T) {
	t.Attr("clause", "YA-4.2.1")
	t.Attr("clause", "SC38-5.2")
	t.Attr("clause", "SCE-6.2")
	b := enrolBureau(t)
	jin := b.enter("jin")
	path := jin.enlist(t, madeNumber("19850101", "006"), "测试转")
	b.append(t, path, enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2027-01-01", To: "2027-02-28"}}, enrol.Paid{Area: jinjiang, Way: enrol.Ordinary, Year: 2027, On: "2026-10-01", Shares: enrol.Shares{40000}},
		enrol.Covered{Area: jinjiang, Way: enrol.Flexible, Spell: enrol.Spell{From: "2027-03-01", To: "2027-03-31"}},
		enrol.Paid{Area: jinjiang, Way: enrol.Flexible, Year: 2027, Months: enrol.Spell{From: "2027-03-01", To: "2027-03-31"}, On: "2027-03-20", Base: 500000, Shares: enrol.Shares{42500}})
	page := jin.get(path + "?of=2027").Body.String()
	for _, said := range []string{"职工按月缴费", "2027-03", "425.00", "同时有居民、职工参保记录"} {
		if !strings.Contains(page, said) {
			t.Errorf("the page does not say %s", said)
		}
	}
	for _, wrong := range [][]string{{"from_area", "x"}, {"way", "ordinary"}, {"from", "2027-03-01"}, {"from_area", string(jinjiang)}} {
		pairs := map[string]string{"act": "transfer", "version": "2", "from_area": "110101", "last": "2027-10-31", "months": "26", "way": "flexible", "area": string(jinjiang), "on": "2027-11-20"}
		pairs[wrong[0]] = wrong[1]
		var form []string
		for name, value := range pairs {
			form = append(form, name, value)
		}
		if w := jin.post(path+"/act", form...); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", wrong, w.Code)
		}
	}
	jin.acted(t, path, "transfer", "from_area", "110101", "last", "2027-10-31", "months", "26", "way", "flexible", "area", string(jinjiang), "on", "2027-11-20")
	if page := jin.get(path).Body.String(); !strings.Contains(page, "缴费年限27个月：本省档案内1个月，转入26个月") || !strings.Contains(page, "2027-11-01 –") {
		t.Error("the months are not carried")
	}
	jin.acted(t, path, "suspend", "insurance", "employee", "on", "2027-11-30", "why", "停止灵活就业")
	if page := jin.get(path).Body.String(); !strings.Contains(page, "2027-11-01 – 2027-11-30") {
		t.Error("not suspended")
	}
	number := strings.TrimPrefix(path, "/enrol/person/")
	api := "/api/v1/persons/" + number + "/entitlement.json?year=2027"
	w := jin.get(api)
	for _, said := range []string{`{"id":"` + number + `"`, `"status":"draft"`, `"part":"history","clause":"SCE-3.3"`, `"assumed":true`, `"synthetic":true`} {
		if !strings.Contains(w.Body.String(), said) {
			t.Errorf("programs are not told %s: %s", said, w.Body)
		}
	}
	if strings.Contains(w.Body.String(), "测") {
		t.Error("a name is told")
	}
	if w := jin.get(strings.Replace(api, "2027", "2026", 1)); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"error":{"field":`) {
		t.Errorf("a year without cover: %d %s", w.Code, w.Body)
	}
	if w := b.enter("qing").get(api); w.Code != http.StatusNotFound {
		t.Errorf("another county's program: %d", w.Code)
	}
	if w := b.enter("viewer").get(api); w.Code != http.StatusForbidden {
		t.Errorf("without the right: %d", w.Code)
	}
	if w := jin.get("/api/v1/persons/x/entitlement.json"); w.Code != http.StatusNotFound {
		t.Errorf("no number: %d", w.Code)
	}
	if b.audited(t, "person.read") < 6 {
		t.Error("looks by programs are not in the chain")
	}
}

// In Chromium: a school's list is checked and enrolled.
func TestBrowserGroup(t *testing.T) {
	t.Attr("clause", "SCE-1.4")
	b := enrolBureau(t)
	child := madeNumber("20150301", "001")
	path := b.enter("jin").enlist(t, child, "测试一")
	b.append(t, path, enrol.Paid{Area: jinjiang, Way: enrol.Flexible, Year: 2027, Months: enrol.Spell{From: "2027-03-01", To: "2027-03-31"}, On: "2027-03-20", Base: 500000, Shares: enrol.Shares{42500}})
	s := newStory(t, b, "jin")
	s.goTo("jin", "/enrol/group?lang=zh")
	s.do("jin", chromedp.SetValue("#group-number", "S1", chromedp.ByQuery), chromedp.SetValue("#group-unit_name", "测试小学", chromedp.ByQuery), chromedp.SetValue("#group-persons", child+"\n999", chromedp.ByQuery),
		chromedp.Click(`button[value="check"]`, chromedp.ByQuery), until(`document.querySelector("#report")?.textContent.includes("可以办理")`))
	s.look("jin", "group-checked")
	s.press("jin", `button[value="do"]`, "已登记1人")
	s.goTo("jin", "/enrol/group?lang=en")
	s.look("jin", "group-empty-en")
	s.goTo("jin", path+"?lang=en")
	s.look("jin", "group-person-en")
}
