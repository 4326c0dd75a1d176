package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store/storetest"
)

// An employee's contributions are put into his account at the counter, once; he shares it with his son by number and name, who must be right, and takes it back.
func TestPersonalAccountPages(t *testing.T) {
	t.Attr("clause", "SCE-2.4")
	b, _ := publicBureau(t)
	number := madeNumber("19800101", "003")
	no := b.person(t, append(backFacts(number, "测试工"),
		enrol.Paid{Area: jinjiang, Way: enrol.Staff, Year: 2026, Months: enrol.Spell{From: "2026-01-01", To: "2026-02-28"}, On: "2026-03-01", Base: 5000_00, Shares: enrol.Shares{20000, 80000}})...)
	b.person(t, sonFacts(sonNumber, sonName)...)
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	clerk, path := b.enter("jin"), "/benefit/registrations/for/"+strconv.FormatInt(int64(no), 10)
	if page := clerk.get(path).Body.String(); !strings.Contains(page, "尚未划入：200.00") { // 2% of 5000.00 for two months
		t.Errorf("%.3000s", page)
	}
	for range 2 {
		if w := clerk.post("/benefit/accounts/" + strconv.FormatInt(int64(no), 10)); w.Code != http.StatusSeeOther {
			t.Errorf("%d", w.Code)
		}
	}
	if page := clerk.get(path).Body.String(); strings.Contains(page, "尚未划入") || !strings.Contains(page, "200.00") {
		t.Errorf("put in: %.3000s", page)
	}
	own := b.asPerson(number, "测试工")
	if page := own.get("/my/account").Body.String(); !strings.Contains(page, "余额 200.00") {
		t.Errorf("%.2000s", page)
	}
	if w := own.post("/my/account", "number", sonNumber, "name", "别人"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "没有找到") {
		t.Errorf("another name: %d", w.Code)
	}
	if w := own.post("/my/account", "number", sonNumber, "name", sonName); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
	if page := own.get("/my/account").Body.String(); !strings.Contains(page, `name="unshare" value="1"`) || strings.Contains(page, sonName) {
		t.Error("the son is listed, masked")
	}
	if w := own.post("/my/account", "unshare", "1"); w.Code != http.StatusSeeOther {
		t.Errorf("%d", w.Code)
	}
	if _, err := b.store.Verify(t.Context(), storetest.Chart(t)); err != nil {
		t.Error(err)
	}
}
