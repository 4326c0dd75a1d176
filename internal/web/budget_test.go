package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

const zigongBudget = "/budget/resident/510300/2027"

// budgeteers are a console with people of a city who make and sign budgets, and of the province.
func budgeteers(t testing.TB) (b *bureau, clerk *visitor) {
	t.Helper()
	b = newBureau(t, sichuan())
	b.hire("clerk", office.MedicalSecurity, zigong, office.Clerk)
	b.hire("check", office.MedicalSecurity, zigong, office.Reviewer)
	b.hire("head", office.MedicalSecurity, zigong, office.Approver)
	b.hire("money", office.Finance, zigong, office.Approver)
	b.hire("shengyi", office.MedicalSecurity, sichuanProvince, office.Approver)
	b.hire("shengcai", office.Finance, sichuanProvince, office.Approver)
	b.hire("sheng", office.MedicalSecurity, sichuanProvince, office.Clerk)
	b.hire("other", office.MedicalSecurity, panzhihua, office.Clerk)
	return b, b.enter("clerk")
}

// drafted is the form of a budget; spent is what hospitals cost.
func drafted(act, version, spent string, more ...string) []string {
	return append([]string{"act", act, "version", version, "revision", "1", "surplus_begin", "500000000", "violation", "0",
		"contributions.method", "per_head", "contributions.headcount", "1000000", "contributions.headcount_growth", "0.01", "contributions.standard", "400", "contributions.collection", "0.98",
		"subsidies.method", "per_head", "subsidies.headcount", "1000000", "subsidies.headcount_growth", "0", "subsidies.standard", "670", "subsidies.collection", "1",
		"inpatient.method", "trend", "inpatient.last", spent, "inpatient.trend", "0.05",
		"inpatient.change_title", "调整报销比例", "inpatient.change_document", "测试〔2026〕1号", "inpatient.change_amount", "1000000"}, more...)
}

func done(t testing.TB, v *visitor, path string, form ...string) {
	t.Helper()
	if w := v.post(path, form...); w.Code != http.StatusSeeOther {
		t.Fatalf("%s %v: %d %s", path, form[:2], w.Code, shownIn(w))
	}
}

// signedBy lets people sign a document one after the other.
func signedBy(t testing.TB, b *bureau, id string, version int, people ...string) {
	t.Helper()
	for i, who := range people {
		done(t, b.enter(who), "/documents/"+id, "act", "sign", "version", string(rune('0'+version+i)))
	}
}

func TestADriverChangesItsLine(t *testing.T) {
	t.Attr("clause", "SC38-3.2")
	_, clerk := budgeteers(t)
	says(t, clerk.get("/budget?fy=2027&insurance=resident"), http.StatusOK, "还没有 2027 年度的预算")
	says(t, clerk.get(zigongBudget), http.StatusOK, "还没有预算草案")
	says(t, clerk.get(zigongBudget+"/edit"), http.StatusOK, "按人均标准", "大病保险支出")
	w := clerk.post(zigongBudget+"/edit", drafted("compute", "0", "900000000")...)
	says(t, w, http.StatusOK, "395,920,000.00", "× 到位率 0.98", "946,000,000.00")
	checkTexts(t, "edit", w.Body.String())
	form := drafted("compute", "0", "900000000")
	for i := range form {
		if form[i] == "0.98" {
			form[i] = "0.99"
		}
	}
	says(t, clerk.post(zigongBudget+"/edit", form...), http.StatusOK, "399,960,000.00")
	says(t, clerk.get(zigongBudget), http.StatusOK, "还没有预算草案")
	form[len(form)-1] = "x"
	says(t, clerk.post(zigongBudget+"/edit", form...), http.StatusUnprocessableEntity, "住院待遇支出", "金额“x”不对")
}

func TestABudgetIsSignedAndCompiled(t *testing.T) {
	t.Attr("clause", "SC38-3.1")
	t.Attr("clause", "SC38-3.5")
	b, clerk := budgeteers(t)
	done(t, clerk, zigongBudget+"/edit", drafted("save", "0", "900000000")...)
	says(t, clerk.post(zigongBudget+"/edit", drafted("save", "0", "900000000")...), http.StatusConflict, "页面已过期")
	for _, lang := range []string{"en", "zh"} {
		w := clerk.get(zigongBudget + "?lang=" + lang)
		says(t, w, http.StatusOK, "946,000,000.00")
		checkTexts(t, "budget", w.Body.String())
	}
	says(t, clerk.post(zigongBudget, "act", "submit", "version", "9"), http.StatusConflict)
	done(t, clerk, zigongBudget, "act", "submit", "version", "1")
	id := "budget-resident-510300-2027"
	says(t, clerk.get(zigongBudget), http.StatusOK, "待签", "办理进程")
	says(t, clerk.get(zigongBudget+"/edit"), http.StatusUnprocessableEntity, "不能修改")
	says(t, clerk.post(zigongBudget, "act", "submit", "version", "2"), http.StatusUnprocessableEntity, "不能修改")
	signedBy(t, b, id, 2, "check", "head", "money")
	says(t, clerk.get(zigongBudget), http.StatusOK, "已批准", "编制调整方案")
	sheng := b.enter("sheng")
	w := sheng.get("/budget/province?fy=2027&insurance=resident")
	says(t, w, http.StatusOK, "还不能汇总", "尚未报送草案")
	checkTexts(t, "province", w.Body.String())
	says(t, sheng.get("/budget?fy=2027&insurance=resident"), http.StatusOK, "自贡")

	adjusted := drafted("save", "0", "950000000")
	adjusted[5] = "2"
	says(t, clerk.post(zigongBudget+"/edit", adjusted...), http.StatusUnprocessableEntity, "理由", "SC38-3.5")
	done(t, clerk, zigongBudget+"/edit", append(adjusted, "reason", "住院支出增长超过预期")...)
	says(t, clerk.get(zigongBudget), http.StatusOK, "住院支出增长超过预期", "946,000,000.00", "998,500,000.00", "+52,500,000.00")
	done(t, clerk, zigongBudget, "act", "submit", "version", "1")
	signedBy(t, b, id+"-2", 2, "check", "shengyi", "shengcai")
	says(t, clerk.get(zigongBudget+"?rev=1"), http.StatusOK, "946,000,000.00")
}

// What a budget begins with is what the books say, or says why it is not; what it is compared with is last year's budget in force.
func TestABudgetBeginsWithTheBooks(t *testing.T) {
	t.Attr("clause", "SC38-3.3")
	t.Attr("clause", "SC38-4.7")
	b, clerk := budgeteers(t)
	b.hire("li", office.MedicalSecurity, zigong, office.Accountant)
	b.hire("wang", office.MedicalSecurity, zigong, office.Accountant)
	first, second := b.enter("li"), b.enter("wang")
	done(t, first, "/ledger/new", "insurance", "resident", "kind", "area", "year", "2026", "month", "1")
	booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "67000000")...))
	done(t, clerk, zigongBudget+"/edit", drafted("save", "0", "900000000")...)
	w := clerk.get(zigongBudget)
	says(t, w, http.StatusOK, "不得上报", "填报 500,000,000.00 元", "目前累计结余为 67,000,000.00 元", "相差 433,000,000.00 元", "SC38-3.3")
	says(t, clerk.post(zigongBudget, "act", "submit", "version", "1"), http.StatusUnprocessableEntity, "与账面不一致须说明原因")
	says(t, clerk.get(zigongBudget+"/edit"), http.StatusOK, "账簿：累计结余 67,000,000.00 元")
	done(t, clerk, zigongBudget+"/edit", drafted("save", "1", "900000000", "books_note", "已加上预计的11至12月收支")...)
	says(t, clerk.get(zigongBudget), http.StatusOK, "已加上预计的11至12月收支")
	violating := drafted("save", "2", "900000000")
	violating[9] = "5"
	done(t, clerk, zigongBudget+"/edit", violating...)
	says(t, clerk.post(zigongBudget, "act", "submit", "version", "3"), http.StatusUnprocessableEntity, "违规增支填报 5.00 元", "SC38-4.7")
	done(t, clerk, zigongBudget+"/edit", drafted("save", "3", "900000000", "books_note", "已加上预计的11至12月收支")...)
	done(t, clerk, zigongBudget, "act", "submit", "version", "4")
	next := "/budget/resident/510300/2028"
	done(t, clerk, next+"/edit", drafted("save", "0", "900000000")...)
	says(t, clerk.get(next), http.StatusOK, "没有 2027 年预算")
	signedBy(t, b, "budget-resident-510300-2027", 2, "check", "head", "money")
	done(t, clerk, next, "act", "delete", "version", "1")
	done(t, clerk, next+"/edit", drafted("save", "0", "900000000")...)
	if w := clerk.get(next); strings.Contains(w.Body.String(), "没有 2027 年预算") {
		t.Error("the approved budget of the year before is not compared with")
	}
}

// Whoever saves while another submits: one of them is told to look again, and what waits for signatures is what is kept.
func TestSubmittingWhileAnotherSaves(t *testing.T) {
	t.Attr("clause", "SC38-3.1")
	b, clerk := budgeteers(t)
	b.hire("clerk2", office.MedicalSecurity, zigong, office.Clerk)
	second := b.enter("clerk2")
	submits, saves := 0, 0
	for year := 2027; year < 2057; year++ {
		path := "/budget/resident/510300/" + strconv.Itoa(year)
		done(t, clerk, path+"/edit", drafted("save", "0", "900000000")...)
		var wg sync.WaitGroup
		var codes [2]int
		wg.Go(func() { codes[0] = clerk.post(path, "act", "submit", "version", "1").Code })
		wg.Go(func() { codes[1] = second.post(path+"/edit", drafted("save", "1", "800000000")...).Code })
		wg.Wait()
		if codes[0] == http.StatusSeeOther {
			submits++
		}
		if codes[1] == http.StatusSeeOther {
			saves++
		}
		if (codes[0] == http.StatusSeeOther) == (codes[1] == http.StatusSeeOther) {
			t.Errorf("%d: %v", year, codes)
		}
		b.soundBudgets(t, pool.Resident, policy.Year(year))
	}
	t.Logf("%d submitted, %d saved", submits, saves)
}

// soundBudgets asks that every budget that waits for signatures or was signed is kept as it was submitted, and that what is kept as submitted has its document.
func (b *bureau) soundBudgets(t testing.TB, insurance pool.Insurance, year policy.Year) {
	t.Helper()
	scope := store.ScopeOf(sichuanProvince)
	sheets, err := b.store.Sheets(t.Context(), scope, insurance, year)
	if err != nil {
		t.Fatal(err)
	}
	docs, err := b.store.Desk(scope).OfKind(t.Context(), office.BudgetDraft)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range sheets {
		at := slices.IndexFunc(docs, func(d office.Document) bool { return d.ID == x.Document })
		if x.Document != "" && (at < 0 || docs[at].State != office.Drafted && docs[at].Digest != office.DigestOf(x.Content)) {
			t.Errorf("%s %d is kept as submitted by %s, which signs something else", x.Division, x.Year, x.Document)
		}
	}
	for _, d := range docs {
		if strings.HasPrefix(string(d.ID), "budget-"+string(insurance)) && (year == 0 || strings.HasSuffix(string(d.ID), "-"+strconv.Itoa(int(year)))) && d.State == office.Waiting && !slices.ContainsFunc(sheets, func(x store.Sheet) bool { return x.Document == d.ID }) {
			t.Errorf("%s waits for signatures and is not kept", d.ID)
		}
		if d.State == office.Drafted {
			t.Errorf("%s was drafted and not submitted", d.ID)
		}
	}
}

func TestADeficitNeedsBothDepartments(t *testing.T) {
	t.Attr("clause", "YN-2.4")
	b, clerk := budgeteers(t)
	done(t, clerk, zigongBudget+"/edit", drafted("save", "0", "1100000000")...)
	says(t, clerk.get(zigongBudget), http.StatusOK, "不得上报", "当年赤字", "动用累计结余")
	says(t, clerk.post(zigongBudget, "act", "submit", "version", "1"), http.StatusUnprocessableEntity, "不能动用累计结余弥补")
	says(t, clerk.post(zigongBudget, "act", "surplus", "amount", "100000000", "reason", ""), http.StatusUnprocessableEntity, "理由")
	done(t, clerk, zigongBudget, "act", "surplus", "amount", "100000000", "reason", "待遇调整")
	says(t, clerk.post(zigongBudget, "act", "surplus", "amount", "100000000", "reason", "待遇调整"), http.StatusUnprocessableEntity, "在办")
	signedBy(t, b, "surplus-resident-510300-2027-1", 2, "check", "shengyi", "shengcai")
	says(t, clerk.get(zigongBudget), http.StatusOK, "已经医保和财政部门批准动用累计结余")
	done(t, clerk, zigongBudget, "act", "submit", "version", "1")
}

func TestBudgetsComeAndGoAsWorkbooks(t *testing.T) {
	_, clerk := budgeteers(t)
	if w := clerk.get(zigongBudget + "/lines.xlsx"); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
		t.Fatal(w.Code)
	}
	done(t, clerk, zigongBudget+"/edit", drafted("save", "0", "900000000")...)
	book := clerk.get(zigongBudget + "/lines.xlsx").Body.Bytes()
	done2 := clerk.sent(zigongBudget+"/import", "预算.xlsx", book)
	if done2.Code != http.StatusSeeOther {
		t.Fatal(done2.Code, shownIn(done2))
	}
	says(t, clerk.get(zigongBudget), http.StatusOK, "946,000,000.00", "测试〔2026〕1号")
	says(t, clerk.sent(zigongBudget+"/import", "预算.csv", []byte("预算项目,测算方法,趋势\n住院待遇支出,按上年执行数和趋势,5%\n火星支出,,\n")), http.StatusUnprocessableEntity, "第 2 行", "第 3 行", "火星支出")
	if w := clerk.get("/budget/export/export.csv?fy=2027&insurance=resident"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "946000000.00") {
		t.Error(w.Code)
	}
}

func TestExecutionComesFromTheBooks(t *testing.T) {
	t.Attr("clause", "SC38-3.4")
	b, clerk := budgeteers(t)
	says(t, clerk.get(zigongBudget+"/execution"), http.StatusOK, "还没有已批准的预算")
	this := "/budget/resident/510300/2026"
	done(t, clerk, this+"/edit", drafted("save", "0", "900000000")...)
	done(t, clerk, this, "act", "submit", "version", "1")
	signedBy(t, b, "budget-resident-510300-2026", 2, "check", "head", "money")
	says(t, clerk.get(this+"/execution"), http.StatusOK, "还没有账簿")
	b.hire("li", office.MedicalSecurity, zigong, office.Accountant)
	b.hire("wang", office.MedicalSecurity, zigong, office.Accountant)
	first, second := b.enter("li"), b.enter("wang")
	done(t, first, "/ledger/new", "insurance", "resident", "kind", "area", "year", "2026", "month", "1")
	booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "67000000")...))
	booked(t, second, submitted(t, first, entered("submit", "2026-01-06", "500102", "1003", "", "500")...))
	w := clerk.get(this + "/execution?to=6")
	says(t, w, http.StatusOK, "67,000,000.00", "10.0%", "20.0%", "没有预算", "SC38-3.4")
	checkTexts(t, "execution", w.Body.String())
	if w := clerk.get(this + "/execution/export.xlsx?to=6"); w.Code != http.StatusOK {
		t.Error(w.Code)
	}
}

func TestOtherBudgetsAreOutOfSight(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	b, clerk := budgeteers(t)
	done(t, clerk, zigongBudget+"/edit", drafted("save", "0", "900000000")...)
	other := b.enter("other")
	for _, path := range []string{zigongBudget, zigongBudget + "/edit", zigongBudget + "/lines.xlsx", zigongBudget + "/execution", "/budget/province"} {
		if w := other.get(path); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := other.post(zigongBudget, "act", "submit", "version", "1"); w.Code != http.StatusForbidden {
		t.Error(w.Code)
	}
	if strings.Contains(other.get("/budget?fy=2027&insurance=resident").Body.String(), "946,000,000.00") {
		t.Error("a budget of elsewhere is listed")
	}
	for _, path := range []string{"/budget/resident/510300/1", "/budget/x/510300/2027", "/budget/resident/510300/2027/x"} {
		if w := clerk.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
