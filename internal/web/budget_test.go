package web

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"tongchou/internal/office"
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
