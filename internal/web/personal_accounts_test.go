package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store"
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

// A county's accounts are brought to what is due in one run, again without doing anything; what was put in for a contribution that was given back is taken back.
func TestAllocationOfACounty(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	t.Attr("clause", "SCE-2.4")
	b, _ := publicBureau(t)
	worker := b.person(t, append(backFacts(madeNumber("19800101", "003"), "测试工"),
		enrol.Paid{Area: jinjiang, Way: enrol.Staff, Year: 2026, Months: enrol.Spell{From: "2026-01-01", To: "2026-02-28"}, On: "2026-03-01", Base: 5000_00, Shares: enrol.Shares{20000, 80000}})...)
	b.person(t, append(backFacts(madeNumber("19600101", "004"), "测试退"), enrol.Covered{Area: jinjiang, Way: enrol.Retired, Spell: enrol.Spell{From: "2025-01-01", To: "2025-03-31"}})...)
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	clerk := b.enter("jin")
	if page := clerk.get("/benefit/accounts").Body.String(); !strings.Contains(page, "还没有批量划拨") || !strings.Contains(page, "每月定额（元）：80") || !strings.Contains(page, "2.00%") {
		t.Errorf("%.3000s", page)
	}
	run := func(want string) {
		t.Helper()
		w := clerk.post("/benefit/accounts/run")
		if page := clerk.get(w.Header().Get("Location")).Body.String(); w.Code != http.StatusSeeOther || !strings.Contains(page, want) {
			t.Errorf("%d %.4000s", w.Code, page)
		}
	}
	run("变动 2 户，划入 440.00 元，扣回 0.00 元") // 2% of 5000.00 for two months, and 80 for three
	run("变动 0 户，划入 0.00 元")
	if _, err := b.store.Persons().Change(t.Context(), storetest.Act(jinjiang), func(tx *store.Tx, people store.People) error {
		source, err := tx.Source("refund")
		if err != nil {
			return err
		}
		p, _, err := people.Get(worker)
		if err == nil {
			_, err = people.Append(worker, p.Version, source, enrol.Refunded{No: p.MonthsPaid()[0].No, On: "2026-06-01"})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	run("变动 1 户，划入 0.00 元，扣回 200.00 元")
	if page := clerk.get("/benefit/registrations/for/" + strconv.FormatInt(int64(worker), 10)).Body.String(); !strings.Contains(page, "扣回多划") {
		t.Errorf("%.3000s", page)
	}
	if _, err := b.store.Verify(t.Context(), storetest.Chart(t)); err != nil {
		t.Error(err)
	}
}

// Settlements are found by a person's certificate number or name, in the searcher's own division alone; the search is in the audit log, without the name.
func TestSettlementsAreFoundByPerson(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "YA-4.10.2")
	b, _ := publicBureau(t)
	number := madeNumber("19800101", "003")
	no := strconv.FormatInt(int64(b.person(t, backFacts(number, "测试工")...)), 10)
	b.person(t, backFacts(madeNumber("19810101", "005"), "测试工")...)
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk, office.ClaimsReader)
	b.hire("far", office.MedicalSecurity, "510402", office.EnrolClerk, office.ClaimsReader)
	clerk := b.enter("jin")
	if page := clerk.get("/settlements").Body.String(); !strings.Contains(page, `action="/settlements/person`) {
		t.Errorf("%.2000s", page)
	}
	if w := clerk.post("/settlements/person", "number", number); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "person="+no) {
		t.Errorf("by number: %d %s", w.Code, w.Header().Get("Location"))
	}
	if page := clerk.post("/settlements/person", "name", "测试工", "county", string(jinjiang)).Body.String(); !strings.Contains(page, "person="+no+"&amp;") || strings.Count(page, "&amp;person=") != 2 {
		t.Errorf("by name: %.4000s", page)
	}
	if w := b.enter("far").post("/settlements/person", "number", number); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "person="+no) {
		t.Errorf("elsewhere: %d", w.Code)
	}
	if w := clerk.post("/settlements/person", "number", "510104198001010031"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong number: %d", w.Code)
	}
}
