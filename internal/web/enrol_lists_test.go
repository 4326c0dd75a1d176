package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/office"
)

// listBureau has a village with people of every kind, and grid clerks of two counties.
func listBureau(t *testing.T) *bureau {
	b := enrolBureau(t)
	b.populate(t, "510104001002", 2, 2)
	b.hire("grid", office.MedicalSecurity, jinjiang, office.EnrolClerk, office.Clerk, office.PlainReader)
	return b
}

const listPath = "/enrol/lists?place=510104001002&of=2028"

// away makes somebody registered in Jinjiang who lives in Qingyang, and gives his page.
func (b *bureau) away(t *testing.T) string {
	return pathOf(b.enter("qing").done("/enrol/new", "kind", "01", "number", madeNumber("19700101", "008"), "name", "测试离", "home", "510104001002", "lives", "510105001003"))
}

// A village's list is masked, what is shown in full is written down with the reason, both places of somebody registered elsewhere than he lives have him on
// it and may remind him, and nobody else's list is within reach.
func TestLists(t *testing.T) {
	t.Attr("clause", "SCE-4.2")
	t.Attr("clause", "YA-4.10.2")
	b := listBureau(t)
	away := strings.TrimPrefix(b.away(t), "/enrol/person/")
	jin, qing, grid, plain := b.enter("jin"), b.enter("qing"), b.enter("grid"), b.enter("plain")
	page := jin.get(listPath).Body.String()
	for _, said := range []string{"人户分离", "由青羊区管理，两地共同动员", "result_" + away, "测*离", "<span class=\"key-value\">5</span>"} {
		if !strings.Contains(page, said) {
			t.Errorf("the list does not say %s", said)
		}
	}
	if strings.Contains(page, "测试离") || strings.Contains(page, madeNumber("19700101", "008")) || strings.Contains(page, "/enrol/person/"+away) {
		t.Error("the list is not masked, or leads to a file elsewhere")
	}
	if w := jin.post("/enrol/lists/remind?place=510104001002&of=2028", "on", "2027-11-22", "channel", "visit", "result_"+away, "not_reached", "result_1", "will_enrol"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, alerts(w))
	}
	if page := qing.get("/enrol/lists?place=510105001003&of=2028").Body.String(); !strings.Contains(page, "2027-11-22 · 上门 · 未联系上") {
		t.Error("the other place does not see the reminder")
	}
	if page := jin.get(listPath + "&show=unspoken").Body.String(); strings.Contains(page, "result_"+away) {
		t.Error("who was reminded is listed as not reminded")
	}
	for _, wrong := range [][]string{{"on", "2027-11-24", "channel", "visit", "result_1", "will_enrol"}, {"on", "2027-08-31", "channel", "visit", "result_1", "will_enrol"}, {"on", "2027-11-22", "channel", "x", "result_1", "will_enrol"},
		{"on", "2027-11-22", "channel", "visit", "result_1", "x"}, {"on", "2027-11-22", "channel", "visit"}, {"on", "2027-11-22", "channel", "visit", "result_1", "will_enrol", "result_999", "will_enrol"}} {
		if w := jin.post("/enrol/lists/remind?place=510104001002&of=2028", wrong...); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", wrong, w.Code)
		}
	}
	if w := qing.get(listPath); w.Code != http.StatusNotFound {
		t.Errorf("another county's list: %d", w.Code)
	}
	if w := qing.post("/enrol/lists/remind?place=510105001003&of=2028", "on", "2027-11-22", "channel", "visit", "result_1", "will_enrol"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("another county's person is reminded: %d", w.Code)
	}
	if w := jin.post("/enrol/lists/plain?place=510104001002&of=2028", "reason", "x"); w.Code != http.StatusForbidden {
		t.Errorf("in full without the right: %d", w.Code)
	}
	if w := plain.post("/enrol/lists/plain?place=510104001002&of=2028", "reason", ""); w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "测试离") {
		t.Errorf("in full without a reason: %d", w.Code)
	}
	if w := plain.post("/enrol/lists/plain?place=510104001002&of=2028", "reason", "入户动员"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "测试离") {
		t.Errorf("in full: %d", w.Code)
	}
	if w := plain.post("/enrol/lists/plain?place=510104001002&of=2028", "reason", "入户动员", "act", "export"); w.Code != http.StatusForbidden {
		t.Errorf("taken away in full without the right: %d", w.Code)
	}
	if w := jin.get("/enrol/lists/export.csv?place=510104001002&of=2028"); w.Code != http.StatusForbidden {
		t.Errorf("taken away without the right: %d", w.Code)
	}
	if w := grid.get("/enrol/lists/export.csv?place=510104001002&of=2028"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "测*离") || strings.Contains(w.Body.String(), "测试离") {
		t.Errorf("the file: %d %s", w.Code, w.Body)
	}
	if w := grid.post("/enrol/lists/plain?place=510104001002&of=2028", "reason", "入户动员", "act", "export"); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "PK") {
		t.Errorf("the workbook in full: %d", w.Code)
	}
	if b.audited(t, "person.unmask") != 3 || b.audited(t, "person.list") < 8 || b.audited(t, "person.reminded") != 1 {
		t.Errorf("in the chain: %d in full, %d lists, %d reminders", b.audited(t, "person.unmask"), b.audited(t, "person.list"), b.audited(t, "person.reminded"))
	}
	if w := jin.get("/enrol/lists"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "510104001000") {
		t.Errorf("the county by township: %d", w.Code)
	}
	if w := jin.get("/enrol/lists?place=510104001000&of=2028"); !strings.Contains(w.Body.String(), "各村（社区）进度") || !strings.Contains(w.Body.String(), "place=510104001002") {
		t.Errorf("the township by village: %d", w.Code)
	}
}

// A name that a spreadsheet would take for a formula is taken away as text.
func TestListsHoldNoFormulas(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b := listBureau(t)
	b.append(t, "/enrol/person/3", enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.OtherDocument, Number: "x"}, Name: "=A", Birth: "1980-01-01"}})
	grid := b.enter("grid")
	if w := grid.post("/enrol/lists/plain?place=510104001002&of=2028", "reason", "x", "act", "export"); strings.Contains(w.Body.String(), "<f>") {
		t.Error("a formula in the workbook")
	}
	if text := harmless(exchange.TextCell("=A")); text != "'=A" {
		t.Errorf("in a CSV file: %s", text)
	}
}

// In Chromium: a village's list, a reminder with its result, and the progress that follows.
func TestBrowserLists(t *testing.T) {
	t.Attr("clause", "SCE-4.2")
	b := listBureau(t)
	b.away(t)
	s := newStory(t, b, "plain")
	s.goTo("plain", "/enrol/lists?lang=zh")
	s.look("plain", "lists-county")
	s.goTo("plain", listPath+"&lang=zh")
	s.look("plain", "lists-village")
	s.do("plain", chromedp.SetValue(`select[name="result_3"]`, "will_enrol", chromedp.ByQuery), chromedp.SetValue("#channel", "phone", chromedp.ByQuery))
	s.press("plain", `form[action^="/enrol/lists/remind"] button[type="submit"]`, "愿意参保")
	s.look("plain", "lists-reminded")
	s.do("plain", chromedp.SetValue("#reason", "入户动员", chromedp.ByQuery), chromedp.Click(`button[value="show"]`, chromedp.ByQuery), until(`document.querySelector("#list").textContent.includes("测试离")`))
	s.goTo("plain", "/enrol/lists?place=510104001000&of=2028&lang=en")
	s.look("plain", "lists-township-en")
	s.goTo("plain", "/enrol/lists?place=510104001099&of=2028&lang=en")
	s.look("plain", "lists-empty-en")
}
