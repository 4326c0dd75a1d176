package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// settledIn keeps settlements of somebody of Jinjiang in October 2027: at a hospital there, and one in Zigong.
func (b *bureau) settledIn(t testing.TB, no enrol.PersonNo) {
	t.Helper()
	for n, at := range []region.Code{jinjiang, "510302"} {
		i := store.Institution{Code: "H" + string(at) + "99999", Division: at, Name: "合成医院" + strconv.Itoa(n+1), Level: "01", Account: office.UserID("u-hospital-" + strconv.Itoa(n)), Synthetic: true}
		if _, err := b.store.Write(t.Context(), storetest.Act(at), func(tx *store.Tx) error { return tx.SaveInstitution(i) }); err != nil {
			t.Fatal(err)
		}
		for day := 1; day <= 3; day++ {
			id := "S" + strconv.Itoa(n) + strconv.Itoa(day)
			if err := storetest.Settle(t, b.store, no, jinjiang, id, i.Code, policy.Date("2027-10-0"+strconv.Itoa(day)), money.Fen(100_000_00+day)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// clearingBureau has a farmer with settlements, and people who search, close and answer.
func clearingBureau(t *testing.T) (*bureau, enrol.PersonNo) {
	b, no := publicBureau(t)
	b.staffFrom(2027)
	b.hire("sc-books", office.MedicalSecurity, sichuanProvince, office.Accountant)
	b.hire("cd-books", office.MedicalSecurity, "510100", office.Accountant)
	b.hire("cd-books2", office.MedicalSecurity, "510100", office.Accountant, office.ClaimsReader)
	b.hire("zg-claims", office.MedicalSecurity, zigong, office.ClaimsReader, office.Viewer)
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	b.settledIn(t, no)
	return b, no
}

// A search gives what is in the reader's reach, page by page and as a file; another city's clerk finds nothing, by no address; every look is written down.
func TestSettlementsAreSearchedInReach(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "YA-4.10.2")
	b, no := clearingBureau(t)
	const october = "/settlements?from=2027-10-01&to=2027-10-31"
	one := "/settlements/" + strconv.FormatInt(int64(no), 10) + "/S02"
	v := b.enter("cd-books2")
	if body := v.get(october).Body.String(); strings.Count(body, "100,000.0") != 6 || !strings.Contains(body, "合成医院2 · 异地就医") {
		t.Errorf("six settlements: %s", body)
	}
	for query, want := range map[string]int{"&offsite=1": 3, "&institution=H51010499999": 3, "&least=100000.03": 2, "&most=100000.01": 2, "&show=undone": 0, "&insutype=390": 0,
		"&person=" + strconv.FormatInt(int64(no), 10): 6, "&after=2027-10-02.510104." + strconv.FormatInt(int64(no), 10) + ".S02": 3} {
		if got := strings.Count(v.get(october+query).Body.String(), "100,000.0"); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	if w := v.get("/settlements/export.csv?from=2027-10-01&to=2027-10-31"); w.Code != http.StatusOK || strings.Count(w.Body.String(), "\n") != 7 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := v.get(october + "&to=2029-10-31"); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	if w := v.get("/settlements?from=2020-10-01&to=2027-10-31"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("seven years: %d", w.Code)
	}
	if w := v.get(one); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "尚未日结") {
		t.Errorf("%d", w.Code)
	}
	z := b.enter("zg-claims")
	if body := z.get(october).Body.String(); strings.Contains(body, "100,000.0") {
		t.Error("another city's clerk finds settlements")
	}
	if w := z.get(one); w.Code != http.StatusNotFound {
		t.Errorf("another city's clerk: %d", w.Code)
	}
	if w := z.get("/clearing?of=2027-10&area=510100"); w.Code != http.StatusNotFound {
		t.Errorf("another city's month: %d", w.Code)
	}
	looked := 0
	for e, err := range b.store.Entries(t.Context(), office.Scope{Division: "510100", Reach: office.Own}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Action == "settlement.find" || e.Action == "settlement.read" {
			looked++
		}
	}
	if looked < 10 {
		t.Errorf("%d looks are written down", looked)
	}
}

// The sheet between two cities that treated each other's people: made net it asks for what was laid out, and says what to do where nothing is; in full it is drafted for signature, due in the future.
func TestSheetBetweenCities(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	b, _ := clearingBureau(t)
	if err := storetest.Settle(t, b.store, 7, "510302", "S99", "H"+string(jinjiang)+"99999", "2027-10-05", 500_00); err != nil {
		t.Fatal(err)
	}
	by := func(who office.UserID, at region.Code) store.Act {
		return store.Act{Record: office.Record{Chain: at, Who: who, At: b.clock()}, Scope: store.ScopeOf(at)}
	}
	clearing := b.site.money.service
	if _, err := clearing.CloseDays(t.Context(), by("u-sc-books", sichuanProvince), "2027-10-31", nil); err != nil {
		t.Fatal(err)
	}
	for _, city := range []region.Code{"510100", zigong} {
		if _, _, err := clearing.ProposeMonth(t.Context(), by("u-one", city), city, 2027, time.October); err != nil {
			t.Fatal(err)
		}
		if _, err := clearing.ConfirmMonth(t.Context(), by("u-two", city), city, 2027, time.October); err != nil {
			t.Fatal(err)
		}
	}
	b.hire("sc-clerk", office.MedicalSecurity, sichuanProvince, office.Clerk, office.ClaimsReader)
	clerk := b.enter("sc-clerk")
	const month = "/clearing?of=2027-10"
	due := string(b.site.today().Add(daysToPay))
	says(t, clerk.get(month), http.StatusOK, "自贡市", "轧差后拨付", `value="`+due+`"`)
	sheet := []string{"of", "2027-10", "for", "employee", "due", due}
	if w := clerk.post("/clearing/offsite", append(sheet, "net", "1")...); w.Code != http.StatusUnprocessableEntity || !strings.Contains(alerts(w), "异地就医垫付款") || !strings.Contains(alerts(w), "也可以不勾选轧差") {
		t.Errorf("nothing was laid out: %d %s", w.Code, alerts(w))
	}
	if w := clerk.post("/clearing/offsite", sheet...); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "/documents/510000-offsite-2027-employee") {
		t.Errorf("in full: %d %s", w.Code, alerts(w))
	}
}

// In Chromium: days closed, a month proposed by one and booked by another, its voucher; a search that leads to a bill; the insured looks at the bill and objects, and the desk has it
// before it.
func TestBrowserClearingStory(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "SCE-6.2")
	b, _ := clearingBureau(t)
	s := newStory(t, b, "sc-books", "cd-books", "cd-books2", "jin")
	const month = "/clearing?of=2027-10&area=510100&lang=zh"
	s.goTo("sc-books", month)
	s.press("sc-books", `form[action^="/clearing/days"] button`, "日结")
	s.goTo("cd-books", "/clearing?of=2027-10&lang=zh")
	s.press("cd-books", `form[action^="/clearing/month"] button`, "待另一人复核")
	s.do("cd-books", until(`!document.querySelector('form[action^="/clearing/month"]')`)) // who proposed may not confirm
	s.goTo("cd-books2", "/clearing?of=2027-10&lang=zh")
	s.press("cd-books2", `form[action^="/clearing/month"] button`, "已复核入账")
	s.look("cd-books2", "clearing-month")
	s.do("cd-books2", chromedp.Click(`#statement tbody a[href*="/vouchers/"]`, chromedp.ByQuery), until(`location.pathname.includes("/vouchers/") && document.querySelector("main").textContent.includes("应付定点机构统筹基金款")`))
	s.goTo("cd-books2", "/settlements?from=2027-10-01&to=2027-10-31&lang=zh")
	s.look("cd-books2", "clearing-search")
	s.do("cd-books2", chromedp.Click(`#settlements tbody a`, chromedp.ByQuery), until(`location.pathname.startsWith("/settlements/") && document.querySelector("#booked a")`))
	s.look("cd-books2", "clearing-bill")
	s.goTo("cd-books2", "/reconciliation?of=2027-10&lang=zh")
	s.look("cd-books2", "clearing-reconciliation")

	s.people["one"], _ = tab(t, startBrowser(t), 390, 844)
	s.enterAs("one", farmerNumber, farmerName)
	s.goTo("one", "/my/bills")
	s.look("one", "my-bills")
	s.do("one", chromedp.Click(`.cards a`, chromedp.ByQuery), until(`location.pathname.startsWith("/my/bills/") && document.querySelector("main").textContent.includes("总费用")`))
	s.look("one", "my-bill")
	s.do("one", chromedp.Click(`a.first`, chromedp.ByQuery), until(`location.pathname === "/my/objections/new"`), chromedp.SetValue("#text", "这次住院没有这么多钱", chromedp.ByQuery))
	s.submit("one", "main form", "异议已提出")
	s.goTo("jin", "/desk?lang=zh")
	s.do("jin", chromedp.Click(`#objections tbody a`, chromedp.ByQuery), until(`location.pathname.startsWith("/desk/objections/") && document.querySelector("#parts") && document.querySelector("#answer-text")`),
		chromedp.SetValue("#answer-outcome", "partly", chromedp.ByQuery), chromedp.SetValue("#answer-text", "核对清单后更正", chromedp.ByQuery))
	s.look("jin", "desk-bill")
	s.submit("jin", `form:has(#answer-text)`, "已答复")
}
