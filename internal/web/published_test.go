package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// approvedRun freezes a year and has it signed; it gives the document's id.
func (b *bureau) approvedRun(year string) string {
	b.t.Helper()
	clerk := b.enter("clerk")
	run := pathOf(clerk.done("/pool/runs", "once", once(b.t, clerk.get("/pool/runs?year="+year+"&insurance=resident")), "year", year, "insurance", "resident",
		"collect", "2026-12-31", "allocate", "2027-01-31", "cover", "2027-02-28"))
	id := strings.TrimPrefix(run, "/pool/runs/")
	for i, step := range []struct{ who, act string }{{"clerk", "submit"}, {"reviewer", "sign"}, {"finance", "sign"}, {"approver", "sign"}} {
		b.pass(time.Minute)
		b.enter(step.who).done("/documents/"+id, "act", step.act, "version", fmt.Sprint(i+1))
	}
	return id
}

// withoutComparison is a page without the table that tells everybody of everybody.
func withoutComparison(page string) string {
	return regexp.MustCompile(`(?s)<section class="card" aria-labelledby="comparison-title">.*?</section>`).ReplaceAllString(page, "")
}

// What the province publishes of an approved run each city sees for itself, with its derivation and the comparison; taken back it is
// gone. Before that a city sees nothing of the province's results.
func TestPublishedResults(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	b := treasury(t, sichuan())
	city := b.enter("city")
	if body := city.get("/pool/own").Header().Get("Location"); !strings.HasPrefix(body, "/pool/division/510300") {
		t.Errorf("%q", body)
	}
	for _, path := range []string{"/published", "/pool/division/510300"} {
		if w := city.get(path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "还没有公布的结果") {
			t.Errorf("%s before anything is published: %d", path, w.Code)
		}
	}
	id := b.approvedRun("2025")
	approver := b.enter("approver")
	if w := city.post("/pool/runs/"+id+"/publish", "comparison", "1"); w.Code != http.StatusForbidden {
		t.Errorf("a city publishes: %d", w.Code)
	}
	if w := b.enter("clerk").post("/pool/runs/"+id+"/publish", "comparison", "1"); w.Code != http.StatusForbidden {
		t.Errorf("a clerk publishes: %d", w.Code)
	}
	key := once(t, approver.get("/pool/runs/"+id))
	one := pathOf(approver.done("/pool/runs/"+id+"/publish", "comparison", "1", "once", key))
	if again := pathOf(approver.done("/pool/runs/"+id+"/publish", "comparison", "1", "once", key)); again != one {
		t.Errorf("sent twice it is published as %s and %s", one, again)
	}
	if w := approver.post("/pool/runs/"+id+"/publish", "comparison", "1"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(alerts(w), "已经公布") {
		t.Errorf("published a second time: %d", w.Code)
	}
	result, _ := b.site.shelf.open(emptyOverlay()).result(2025)
	fund, _ := result.Fund(pool.Resident)
	own, _ := fund.Division(zigong)
	for _, path := range []string{one, "/pool/division/510300"} {
		w := city.get(path + "?unit=yuan")
		page := w.Body.String()
		checkTexts(t, path, page)
		if w.Code != http.StatusOK || !strings.Contains(page, yuan.write(own.Paid)) || !strings.Contains(page, yuan.write(own.SurplusEnd)) || !strings.Contains(page, "全省对照表") ||
			!strings.Contains(page, "SC38-4.2") || !strings.Contains(page, "合成数据") {
			t.Fatalf("%s: %d", path, w.Code)
		}
		for _, d := range fund.Divisions {
			if d.Code == zigong {
				continue
			}
			if strings.Contains(page, yuan.write(d.SurplusEnd)) || strings.Contains(withoutComparison(page), b.site.printers["zh"].Division(d.Code)) {
				t.Errorf("%s tells of %s", path, d.Code)
			}
		}
		if strings.Contains(page, "/pool/runs/") {
			t.Error("the page leads to the run, which a city may not see")
		}
	}
	deadLinks(t, city, one, "/pool/division/510300", "/published", "/todo", "/data", "/help", "/policies", "/budget", "/ledger", "/pool/payments", "/pool/runs")
	for path, want := range map[string]int{
		one + "?division=510400": http.StatusNotFound, one + "/result.json?division=510400": http.StatusNotFound, one + "/export.xlsx?division=510400": http.StatusNotFound,
		one + "/result.json": http.StatusOK, one + "/result.json?division=510300": http.StatusOK, one + "/export.xlsx": http.StatusOK, "/published/none": http.StatusNotFound,
		"/pool/runs/" + id: http.StatusNotFound, "/documents/" + id: http.StatusNotFound, "/pool/runs/" + id + "/paper.json": http.StatusNotFound,
	} {
		if w := city.get(path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := approver.get(one + "?division=510400&unit=yuan"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "攀枝花") {
		t.Errorf("the province does not see what it published: %d", w.Code)
	}
	b.hire("yunnan", office.MedicalSecurity, "530000", office.Clerk)
	if w := b.enter("yunnan").get(one); w.Code != http.StatusNotFound {
		t.Errorf("another province sees it: %d", w.Code)
	}
	if w := city.post(one+"/withdraw", "reason", "x"); w.Code != http.StatusForbidden {
		t.Errorf("a city takes it back: %d", w.Code)
	}
	if w := approver.post(one+"/withdraw", "reason", " "); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", w.Code)
	}
	approver.done(one+"/withdraw", "reason", "口径有误，更正后重新公布")
	w := city.get(one + "?unit=yuan")
	if page := w.Body.String(); !strings.Contains(page, "口径有误") || strings.Contains(page, yuan.write(own.Paid)) || strings.Contains(page, "全省对照表") {
		t.Error("what was taken back is still told")
	}
	if w := city.get(one + "/result.json"); w.Code != http.StatusNotFound {
		t.Errorf("a program still reads it: %d", w.Code)
	}
	if w := city.get("/pool/division/510300"); !strings.Contains(w.Body.String(), "口径有误") {
		t.Error("the city is not told why there is nothing")
	}
	approver.done("/pool/runs/" + id + "/publish")
	if page := city.get("/pool/division/510300?unit=yuan").Body.String(); !strings.Contains(page, yuan.write(own.Paid)) || strings.Contains(page, "全省对照表") {
		t.Error("published anew without the comparison, the city sees another thing")
	}
	entries := b.actions(sichuanProvince)
	for _, action := range []string{"publication.publish", "publication.withdraw"} {
		if !slices.Contains(entries, action) {
			t.Errorf("no entry of %s: %v", action, entries)
		}
	}
}

// links are the addresses a page leads to.
var links = regexp.MustCompile(`(?:href|hx-get|action)="(/[^"]*)"`)

// deadLinks finds links of pages that their reader is turned away from.
func deadLinks(t *testing.T, v *visitor, pages ...string) {
	t.Helper()
	tried := map[string]bool{}
	for _, page := range pages {
		w := v.get(page)
		for _, m := range links.FindAllStringSubmatch(w.Body.String(), -1) {
			to := strings.ReplaceAll(m[1], "&amp;", "&")
			if path := pathOf(to); tried[path] || strings.HasPrefix(path, assetPrefix) || path == "/sign-out" {
				continue
			}
			tried[pathOf(to)] = true
			if w := v.get(to); w.Code == http.StatusForbidden || w.Code >= http.StatusInternalServerError {
				t.Errorf("%s leads to %s, which answers %d", page, to, w.Code)
			}
		}
	}
}

// actions are what a division's chain holds.
func (b *bureau) actions(division region.Code) []string {
	var out []string
	for e, err := range b.store.Entries(b.t.Context(), office.Scope{Division: division, Reach: office.Own}) {
		if err != nil {
			b.t.Fatal(err)
		}
		out = append(out, e.Action)
	}
	return out
}
