package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
	"tongchou/internal/policy"
)

// inHousehold are facts of somebody of a household, insured as a resident this year.
func inHousehold(number, name, household string, birth policy.Date) []enrol.Fact {
	return []enrol.Fact{
		enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number}, Name: name, Sex: enrol.Female, Birth: birth}},
		enrol.Registered{On: birth, Place: "510104001002"}, enrol.Lives{On: birth, Place: "510104001002"},
		enrol.Attached{Unit: enrol.AtHousehold, Number: household, Spell: enrol.Spell{From: "2020-01-01"}},
		enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2027-01-01", To: "2027-12-31"}},
		enrol.Paid{Area: jinjiang, Way: enrol.Ordinary, Year: 2027, On: "2026-10-02", Shares: enrol.Shares{40000, 0, 0, 0, 67000}},
	}
}

var (
	motherNumber = madeNumber("19900301", "002")
	childNumber  = madeNumber("20160502", "004")
)

const motherName, childName = "测试母", "测试孩"

// A mother acts for the child of her household, no further than the child itself may; both see what she did, and either ends it.
func TestMyFamily(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	b, _ := publicBureau(t)
	b.person(t, inHousehold(motherNumber, motherName, "H1", "1990-03-01")...)
	b.person(t, inHousehold(childNumber, childName, "H1", "2016-05-02")...)
	mother := b.asPerson(motherNumber, motherName)
	checkTexts(t, "/my/grants", mother.get("/my/grants?lang=en").Body.String())
	mother.get("/my/grants?lang=zh")
	same := map[string]bool{}
	for name, form := range map[string][]string{
		"somebody who is on file":  {"child_number", farmerNumber, "child_name", farmerName},
		"somebody who is not":      {"child_number", madeNumber("20150101", "009"), "child_name", "测试无"},
		"the child by another one": {"child_number", childNumber, "child_name", "测试无"},
	} {
		w := mother.post("/my/family", form...)
		says(t, w, http.StatusUnprocessableEntity, "没有找到与您同户")
		same[shownIn(w)] = true
		if w := b.asPerson(farmerNumber, farmerName).post("/my/family", "child_number", childNumber, "child_name", childName); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: a farmer of another household: %d", name, w.Code)
		}
	}
	if len(same) != 1 {
		t.Error("what is told depends on who is on file")
	}
	if w := mother.post("/my/family", "child_number", childNumber, "child_name", childName, "once", "k1"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	page := mother.get("/my/grants").Body.String()
	at := strings.Index(page, "/my/for/")
	path, _, _ := strings.Cut(page[at:], `"`)
	says(t, mother.get("/my/grants"), http.StatusOK, "同户代办", "到2034-05-01为止", "测*孩")
	says(t, mother.get(path), http.StatusOK, "测*孩", "历年参保")
	says(t, mother.get(path+"/file"), http.StatusOK, "/my/objections/new?for=")
	id := strings.TrimPrefix(path, "/my/for/")
	if w := mother.post("/my/objections", "for", id, "matter", "entitlement", "subject", "2027", "text", "不对"); w.Code != http.StatusSeeOther {
		t.Errorf("she objects for the child: %d", w.Code)
	}
	for _, beyond := range []string{"/my/grants/" + id, "/my/for/" + id + "9"} {
		if w := mother.get(beyond); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", beyond, w.Code)
		}
	}
	if w := mother.post("/my/grants/" + id + "/revoke"); w.Code != http.StatusNotFound {
		t.Errorf("she acts on the child's grants: %d", w.Code)
	}
	child := b.asPerson(childNumber, childName)
	for who, w := range map[string]interface{ String() string }{"the mother": mother.get(path + "/log").Body, "the child": child.get("/my/grants/" + id).Body} {
		for _, did := range []string{"同户代办", "查看情况", "代为提出或办理异议"} {
			if !strings.Contains(w.String(), did) {
				t.Errorf("%s does not see %s", who, did)
			}
		}
	}
	if w := b.asPerson(farmerNumber, farmerName).get(path + "/log"); w.Code != http.StatusNotFound {
		t.Errorf("a stranger sees the log: %d", w.Code)
	}
	if w := child.post("/my/grants/" + id + "/revoke"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	says(t, mother.get(path), http.StatusUnprocessableEntity, "撤销")
	if w := mother.post(path + "/give-up"); w.Code != http.StatusConflict {
		t.Errorf("ended twice: %d", w.Code)
	}
}

// In Chromium: a mother acts for her child, sees its file, looks at what was logged, and stops.
func TestBrowserMyFamily(t *testing.T) {
	b, _ := publicBureau(t)
	b.person(t, inHousehold(motherNumber, motherName, "H1", "1990-03-01")...)
	b.person(t, inHousehold(childNumber, childName, "H1", "2016-05-02")...)
	s := newStory(t, b)
	s.people["one"], _ = tab(t, startBrowser(t), 1366, 768)
	s.enterAs("one", motherNumber, motherName)
	s.goTo("one", "/my/grants")
	s.look("one", "my-family")
	s.do("one", chromedp.SetValue("#child-number", childNumber, chromedp.ByQuery), chromedp.SetValue("#child-name", childName, chromedp.ByQuery))
	s.submit("one", `section[aria-labelledby="family"] form`, "可以代办了")
	s.do("one", chromedp.Click(`section[aria-labelledby="received"] a`, chromedp.ByQuery), until(`location.pathname.startsWith("/my/for/") && document.querySelector("main").textContent.includes("历年参保")`))
	s.look("one", "my-family-child")
	s.do("one", chromedp.Click(`.choices a[href$="/log"]`, chromedp.ByQuery), until(`location.pathname.endsWith("/log") && document.querySelector("#uses")`), chromedp.EmulateViewport(1920, 1080))
	s.look("one", "my-family-log")
	s.submit("one", `section[aria-labelledby="grant"] form`, "已停止代办")
}
