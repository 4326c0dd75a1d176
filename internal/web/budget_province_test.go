package web

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tongchou/internal/office"
)

// A whole year of the budget: every area drafts and has its budget approved, the province compiles and approves, an area adjusts, the
// province adjusts with what it was before and is after, and both are executed.
func TestTheProvincesBudgetGoesItsWay(t *testing.T) {
	for _, clause := range []string{"SC38-3.1", "SC38-3.2", "SC38-3.4", "SC38-3.5", "SC38-1.1"} {
		t.Attr("clause", clause)
	}
	b, clerk := budgeteers(t)
	b.hire("shengjian", office.MedicalSecurity, sichuanProvince, office.Reviewer)
	sheng := b.enter("sheng")
	province := "/budget/province?fy=2026&insurance=resident"
	areas := engine().Tree.Prefectures(sichuanProvince)
	for i, area := range areas {
		code := string(area.Code)
		maker, people := clerk, []string{"check", "head", "money"}
		if area.Code != zigong {
			people = []string{"check" + code, "head" + code, "money" + code}
			b.hire("clerk"+code, office.MedicalSecurity, area.Code, office.Clerk)
			b.hire(people[0], office.MedicalSecurity, area.Code, office.Reviewer)
			b.hire(people[1], office.MedicalSecurity, area.Code, office.Approver)
			b.hire(people[2], office.Finance, area.Code, office.Approver)
			maker = b.enter("clerk" + code)
		}
		if i == len(areas)-1 {
			says(t, sheng.get(province), http.StatusOK, "还不能汇总", "凉山彝族自治州尚未报送草案", "SC38-3.1")
			says(t, sheng.post(province), http.StatusUnprocessableEntity, "凉山彝族自治州尚未报送草案")
		}
		page := "/budget/resident/" + code + "/2026"
		done(t, maker, page+"/edit", levelled("save", "0")...)
		done(t, maker, page, "act", "submit", "version", "1")
		signedBy(t, b, "budget-resident-"+code+"-2026", 2, people...)
	}
	// 21 areas with the same budget: 946 million of inpatient benefits each.
	w := sheng.get(province)
	says(t, w, http.StatusOK, "19,866,000,000.00", "8,400,000,000.00", "中央财政补贴收入", "阿坝")
	checkTexts(t, "province", w.Body.String())
	done(t, sheng, province)
	says(t, sheng.post(province), http.StatusUnprocessableEntity, "不能修改")
	id := "budget-resident-510000-2026-province"
	signedBy(t, b, id, 2, "shengjian", "shengyi", "shengcai")
	says(t, sheng.get(province), http.StatusOK, "已批准", "2026年度居民医保省级调剂金预算", "可分配（含预拨）")
	says(t, sheng.post(province), http.StatusUnprocessableEntity, "没有需要调整的项目")
	advancedFromBudget(t, sheng, id)

	adjusted := levelled("save", "0", "reason", "住院支出增长超过预期")
	for i := range adjusted {
		if adjusted[i] == "900000000" {
			adjusted[i] = "950000000"
		}
	}
	adjusted[5] = "2"
	done(t, clerk, "/budget/resident/510300/2026/edit", adjusted...)
	says(t, sheng.get(province), http.StatusOK, "19,866,000,000.00")
	done(t, clerk, "/budget/resident/510300/2026", "act", "submit", "version", "1")
	signedBy(t, b, "budget-resident-510300-2026-2", 2, "check", "shengyi", "shengcai")
	says(t, sheng.get(province), http.StatusOK, "各统筹区调整前后", "19,918,500,000.00", "+52,500,000.00", "998,500,000.00", "须报送全省调整方案")
	says(t, sheng.post(province), http.StatusUnprocessableEntity, "理由", "SC38-3.5")
	done(t, sheng, province, "reason", "自贡市住院支出增长")
	signedBy(t, b, id+"-2", 2, "shengjian", "shengyi", "shengcai")
	w = sheng.get(province)
	says(t, w, http.StatusOK, "自贡市住院支出增长", "19,866,000,000.00", "19,918,500,000.00", "已批准")
	if strings.Contains(w.Body.String(), "须报送全省调整方案") {
		t.Error("an adjustment is asked for again")
	}
	for _, file := range []string{"export.xlsx", "export.csv"} {
		if w := sheng.get("/budget/province/" + file + "?fy=2026&insurance=resident"); w.Code != http.StatusOK {
			t.Error(file, w.Code)
		}
	}

	execution := "/budget/province/execution?fy=2026&insurance=resident&to=6"
	says(t, sheng.get(execution), http.StatusOK, "还没有统筹区同时有已批准的预算和本年度账簿")
	b.hire("li", office.MedicalSecurity, zigong, office.Accountant)
	b.hire("wang", office.MedicalSecurity, zigong, office.Accountant)
	first, second := b.enter("li"), b.enter("wang")
	done(t, first, "/ledger/new", "insurance", "resident", "kind", "area", "year", "2026", "month", "1")
	booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "200000000")...))
	booked(t, second, submitted(t, first, entered("submit", "2026-01-06", "500101", "1003", "", "99850000")...))
	w = sheng.get(execution)
	says(t, w, http.StatusOK, "200,000,000.00", "50.0%", "10.0%", "未计入的统筹区 20 个")
	checkTexts(t, "execution", w.Body.String())
	if w := sheng.get("/budget/province/execution/export.xlsx?fy=2026&insurance=resident"); w.Code != http.StatusOK {
		t.Error(w.Code)
	}
	if w := clerk.get(execution); w.Code != http.StatusForbidden {
		t.Error(w.Code)
	}
}

// advancedFromBudget asks that advances are proposed from the approved budget and refused beyond it.
func advancedFromBudget(t *testing.T, clerk *visitor, budget string) {
	t.Helper()
	form := clerk.get("/pool/orders?kind=advances&year=2025&insurance=resident")
	says(t, form, http.StatusOK, "已按批准的全省预算（"+budget+"）")
	lines := html.UnescapeString(regexp.MustCompile(`(?s)<textarea id="lines"[^>]*>(.*?)</textarea>`).FindStringSubmatch(form.Body.String())[1])
	plan := []string{"kind", "advances", "year", "2026", "insurance", "resident", "due", "2026-12-31", "basis", "合成数据", "lines"}
	says(t, clerk.post("/pool/orders", append(plan, lines+"510000,0.01\n", "once", "beyond")...), http.StatusUnprocessableEntity, "超过批准的全省预算", "SC38-3.1")
	w := clerk.post("/pool/orders", append(plan, lines, "once", "plan")...)
	if w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, alerts(w))
	}
	says(t, clerk.get(pathOf(w.Header().Get("Location"))), http.StatusOK, "预算依据", budget)
}

// Each rule sends a draft back or warns of it, with its clause.
func TestRulesOfDraftsCiteTheirClauses(t *testing.T) {
	for _, c := range []struct {
		name, clause string
		spent        string
		more         []string
		refused      bool
		says         string
	}{
		{"cumulative deficit", "SC38-3.1", "2000000000", nil, true, "为赤字"},
		{"current-year deficit", "SC38-3.1", "1100000000", nil, true, "不能动用累计结余"},
		{"months below the range", "SC38-3.3", "900000000", []string{"surplus_begin", "0"}, false, "低于"},
		{"months above the range", "SC38-3.3", "300000000", []string{"surplus_begin", "9000000000"}, false, "高于"},
		{"subsidies not told by level", "SC38-10.2", "900000000", nil, false, "没有按中央、省、市、县"},
		{"no budget before", "SC38-3.4", "900000000", nil, false, "无法核对新增支出项目"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Attr("clause", c.clause)
			_, clerk := budgeteers(t)
			form := drafted("save", "0", c.spent)
			for i := 0; i+1 < len(c.more); i += 2 {
				for at := range form {
					if form[at] == c.more[i] {
						form[at+1] = c.more[i+1]
					}
				}
			}
			done(t, clerk, zigongBudget+"/edit", form...)
			says(t, clerk.get(zigongBudget), http.StatusOK, c.says, c.clause)
			w := clerk.post(zigongBudget, "act", "submit", "version", "1")
			if want := map[bool]int{true: http.StatusUnprocessableEntity, false: http.StatusSeeOther}[c.refused]; w.Code != want {
				t.Errorf("submitting is answered with %d", w.Code)
			}
			if c.refused {
				says(t, w, http.StatusUnprocessableEntity, c.clause)
			}
		})
	}
}

// An expenditure item that last year's budget did not have needs a document on file.
func TestANewItemNeedsADocument(t *testing.T) {
	t.Attr("clause", "SC38-3.4")
	b, clerk := budgeteers(t)
	last := "/budget/resident/510300/2026"
	done(t, clerk, last+"/edit", drafted("save", "0", "900000000")...)
	done(t, clerk, last, "act", "submit", "version", "1")
	signedBy(t, b, "budget-resident-510300-2026", 2, "check", "head", "money")
	item := []string{"maternity.method", "stated", "maternity.stated", "1000000", "maternity.grounds", "新增"}
	done(t, clerk, zigongBudget+"/edit", drafted("save", "0", "900000000", item...)...)
	says(t, clerk.get(zigongBudget), http.StatusOK, "上年预算没有的支出项目", "SC38-3.4", "不得上报")
	says(t, clerk.post(zigongBudget, "act", "submit", "version", "1"), http.StatusUnprocessableEntity, "未附政策依据")
	item = append(item, "maternity.change_title", "生育津贴", "maternity.change_document", "测试〔2026〕2号", "maternity.change_amount", "1000000")
	done(t, clerk, zigongBudget+"/edit", drafted("save", "1", "900000000", item...)...)
	done(t, clerk, zigongBudget, "act", "submit", "version", "2")
}
