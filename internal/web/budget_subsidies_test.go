package web

import (
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tongchou/internal/office"
)

const zigongSubsidies = "/budget/resident/510300/2026/subsidies"

// levelled is the form of a budget whose subsidies stand by level of government.
func levelled(act, version string, more ...string) []string {
	var out []string
	form := drafted(act, version, "900000000")
	for i := 0; i+1 < len(form); i += 2 {
		if !strings.HasPrefix(form[i], "subsidies.") {
			out = append(out, form[i], form[i+1])
		}
	}
	for level, standard := range map[string]string{"central": "400", "provincial": "150", "municipal": "70", "county": "50"} {
		prefix := "subsidies_" + level + "."
		out = append(out, prefix+"method", "per_head", prefix+"headcount", "1000000", prefix+"headcount_growth", "0", prefix+"standard", standard, prefix+"collection", "1")
	}
	return append(out, more...)
}

// What every level of government owes is in the budget, becomes due by a signed order, and is paid when the money is booked.
func TestSubsidiesAreDueAndPaidByLevel(t *testing.T) {
	t.Attr("clause", "SC38-10.2")
	b, clerk := budgeteers(t)
	for _, login := range []string{"li", "wang"} {
		b.hire(login, office.MedicalSecurity, zigong, office.Accountant)
	}
	budgetPage := "/budget/resident/510300/2026"
	both := levelled("save", "0", "subsidies.method", "stated", "subsidies.stated", "1", "subsidies.grounds", "x")
	says(t, clerk.post(budgetPage+"/edit", both...), http.StatusUnprocessableEntity, "合计与分级次只能用一种")
	done(t, clerk, budgetPage+"/edit", levelled("save", "0")...)
	done(t, clerk, budgetPage, "act", "submit", "version", "1")
	signedBy(t, b, "budget-resident-510300-2026", 2, "check", "head", "money")
	says(t, clerk.get(budgetPage), http.StatusOK, "中央财政补贴收入", "400,000,000.00", "县级财政补贴收入", "50,000,000.00")
	says(t, clerk.get(zigongSubsidies), http.StatusOK, "还没有账簿")
	done(t, b.enter("li"), "/ledger/new", "insurance", "resident", "kind", "area", "year", "2026", "month", "1")
	says(t, clerk.get(zigongSubsidies), http.StatusOK, `value="400000000.00"`, "还没有登记应拨财政补助")
	order := []string{"central", "400000000", "provincial", "150000000", "municipal", "", "county", "50000000", "due", "2026-06-30", "basis", "合成〔2026〕1号"}
	wrong := append([]string{}, order...)
	wrong[1], wrong[9] = "x", "never"
	says(t, clerk.post(zigongSubsidies, wrong...), http.StatusUnprocessableEntity, "金额“x”不对")
	w := clerk.post(zigongSubsidies, order...)
	if w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	path, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	says(t, clerk.get(zigongSubsidies), http.StatusOK, "正在办理的应拨财政补助", "600,000,000.00")
	done(t, clerk, path, "act", "submit", "version", "1")
	signedBy(t, b, strings.TrimPrefix(path, "/documents/"), 2, "check", "money")
	says(t, clerk.get(strings.Replace(path, "/documents/", "/pool/runs/", 1)), http.StatusOK, "自贡市（中央财政）", "合成〔2026〕1号")
	says(t, clerk.get(zigongSubsidies), http.StatusOK, "400,000,000.00", "已逾期", "备字第")

	paidSubsidies(t, b, strings.TrimPrefix(path, "/documents/"))
	for _, lang := range []string{"en", "zh"} {
		w := clerk.get(zigongSubsidies + "?lang=" + lang)
		says(t, w, http.StatusOK, "60.00%", "20,000,000.00", "430,000,000.00", "170,000,000.00", "71.67%")
		checkTexts(t, "subsidies", w.Body.String())
	}
	says(t, clerk.get(budgetPage+"/execution"), http.StatusOK, "430,000,000.00", "县级财政补贴收入", "60.0%")
	sheng := b.enter("sheng")
	w = sheng.get("/budget/subsidies?fy=2026&insurance=resident")
	says(t, w, http.StatusOK, "自贡", "县（市、区）级未到位", "170,000,000.00", "还有 20 个统筹区没有本年度账簿")
	checkTexts(t, "all subsidies", w.Body.String())
	if w := sheng.get("/budget/subsidies/export/export.xlsx?fy=2026&insurance=resident"); w.Code != http.StatusOK {
		t.Error(w.Code)
	}
	if w := clerk.get(zigongSubsidies + "/export.csv"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "170000000.00") {
		t.Error(w.Code, w.Body)
	}
	says(t, sheng.get("/budget/subsidies?fy=2031&insurance=resident"), http.StatusOK, "还没有这一年度的账簿")
	if w := b.enter("other").post(zigongSubsidies, order...); w.Code != http.StatusForbidden {
		t.Error(w.Code)
	}
	cutSubsidies(t, b, clerk)
}

// cutSubsidies corrects what was announced to less: never to more, never below what was paid.
func cutSubsidies(t *testing.T, b *bureau, clerk *visitor) {
	t.Helper()
	says(t, clerk.get(zigongSubsidies), http.StatusOK, "更正应拨补助", "已通知 50,000,000.00 元，已到账 30,000,000.00 元")
	cut := func(provincial, county string) *httptest.ResponseRecorder {
		return clerk.post(zigongSubsidies, "act", "cut", "provincial", provincial, "county", county, "due", "2026-12-31", "basis", "合成〔2026〕9号")
	}
	says(t, cut("", "50000000"), http.StatusUnprocessableEntity, "应少于已通知数", "SC38-10.2")
	says(t, cut("", "29999999.99"), http.StatusUnprocessableEntity, "不少于已到账数")
	w := cut("100000000", "30000000")
	if w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	path := pathOf(w.Header().Get("Location"))
	done(t, clerk, path, "act", "submit", "version", "1")
	says(t, clerk.get(zigongSubsidies), http.StatusOK, "正在办理的应拨财政补助", "更正应拨财政补助")
	signedBy(t, b, strings.TrimPrefix(path, "/documents/"), 2, "check", "money")
	w = clerk.get(zigongSubsidies)
	says(t, w, http.StatusOK, "已通知 100,000,000.00 元，已到账 0.00 元", "已通知 30,000,000.00 元，已到账 30,000,000.00 元", "81.13%", "核减") // 430 of 530 million
	if strings.Contains(w.Body.String(), "170,000,000.00") {
		t.Error("what was cut is still open")
	}
	says(t, cut("100000000", ""), http.StatusUnprocessableEntity, "应少于已通知数")
	if _, err := b.store.Verify(t.Context(), b.site.money.service.Chart); err != nil {
		t.Error(err)
	}
}

// paidSubsidies brings what the centre paid in full and the county in part, and books it.
func paidSubsidies(t *testing.T, b *bureau, id string) {
	t.Helper()
	b.hire("pay", office.Finance, zigong, office.Cashier)
	cashier, accountant := b.enter("pay"), b.enter("li")
	rows := "回单号,到账日期,险种,金额,区划代码,付款方\nB-1,2026-11-20,居民医保,400000000.00,510300,中央财政（合成数据）\nB-2,2026-11-21,居民医保,30000000.00,510300,县级财政（合成数据）\n"
	if w := cashier.upload("/pool/receipts", once(t, cashier.get("/pool/receipts")), "bank.csv", rows); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	page := html.UnescapeString(accountant.get("/pool/receipts").Body.String())
	for receipt, level := range map[string]string{"B-1": "central", "B-2": "county"} {
		amount := map[string]string{"B-1": "400000000.00", "B-2": "30000000.00"}[receipt]
		if !strings.Contains(page, receipt) {
			t.Fatalf("%s is not there: %s", receipt, page)
		}
		done(t, accountant, "/pool/receipts/accept", "checked", "1", "share", strings.Join([]string{"1", receipt, "1", "subsidy/" + id + "/resident/510300/area/" + level, amount}, "\t"))
	}
}
