package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/office"
)

const zigongCollection = "/budget/resident/510300/2026/collection"

// dueForm is the form of what is due: an amount for each month that is given.
func dueForm(version, source string, amounts ...string) []string {
	out := []string{"version", version, "source", source}
	for i := range 12 {
		amount := ""
		if i < len(amounts) {
			amount = amounts[i]
		}
		out = append(out, "due", amount)
	}
	return out
}

func TestCollectionIsDueAgainstTheBooks(t *testing.T) {
	t.Attr("clause", "SC38-3.4")
	b, clerk := budgeteers(t)
	b.hire("tax", office.Taxation, zigong, office.Clerk)
	b.hire("li", office.MedicalSecurity, zigong, office.Accountant)
	b.hire("wang", office.MedicalSecurity, zigong, office.Accountant)
	first, second := b.enter("li"), b.enter("wang")
	says(t, clerk.get(zigongCollection), http.StatusOK, "还缺", "还没有账簿")
	done(t, first, "/ledger/new", "insurance", "resident", "kind", "area", "year", "2026", "month", "1")
	booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "400104", "", "950000")...))
	booked(t, second, submitted(t, first, entered("submit", "2026-02-06", "1003", "400104", "", "45000")...))
	tax := b.enter("tax")
	says(t, tax.post(zigongCollection, dueForm("0", "", "1000000", "50000")...), http.StatusUnprocessableEntity, "来源")
	says(t, tax.post(zigongCollection, dueForm("0", "税务部门月报", "1000000", "x")...), http.StatusUnprocessableEntity, "2 月", "税务部门月报")
	done(t, tax, zigongCollection, dueForm("0", "税务部门月报", "1000000", "50,000")...)
	says(t, tax.post(zigongCollection, dueForm("0", "税务部门月报", "1", "2")...), http.StatusConflict, "页面已过期")
	for _, lang := range []string{"en", "zh"} {
		w := clerk.get(zigongCollection + "?to=2&lang=" + lang)
		says(t, w, http.StatusOK, "950,000.00", "95.00%", "90.00%", "94.76%", "1,050,000.00")
		checkTexts(t, "collection", w.Body.String())
	}
	says(t, clerk.get(zigongCollection+"?to=3"), http.StatusOK, "还缺 3 月的应征数")
	done(t, clerk, "/budget/resident/510300/2026/edit", drafted("save", "0", "900000000", "books_note", "合成数据")...)
	done(t, clerk, "/budget/resident/510300/2026", "act", "submit", "version", "1")
	signedBy(t, b, "budget-resident-510300-2026", 2, "check", "head", "money")
	says(t, clerk.get("/budget/resident/510300/2026/execution?to=2"), http.StatusOK, "94.76%", "55,000.00")
	says(t, clerk.get("/budget/collection?fy=2026&insurance=resident&to=2"), http.StatusOK, "94.76%", "自贡", "395,920,000.00")
	if w := clerk.get(zigongCollection + "/export.csv?to=2"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "995000.00") {
		t.Error(w.Code, w.Body)
	}
	if w := b.enter("other").post(zigongCollection, dueForm("1", "x", "1")...); w.Code != http.StatusForbidden {
		t.Error(w.Code)
	}
	if w := b.enter("check").post(zigongCollection, dueForm("1", "x", "1")...); w.Code != http.StatusForbidden {
		t.Error(w.Code)
	}
}

func TestDuesComeFromFiles(t *testing.T) {
	t.Attr("clause", "SC38-3.4")
	t.Attr("clause", "SC38-1.1")
	b, clerk := budgeteers(t)
	page := "/budget/collection?fy=2026&insurance=resident"
	head := "年度,区划代码,险种,月份,应征数,数据性质\n"
	file := head + "2026,510300,居民医保,1,1000000,合成数据\n2026,510300,居民医保,2,50000,合成数据\n2026,510400,居民医保,1,20000,合成数据\n"
	says(t, clerk.sent(page, "应征.csv", []byte(file)), http.StatusUnprocessableEntity, "第 4 行", "510400", "不是您可以填报的统筹区")
	says(t, clerk.get("/budget/collection?fy=2026&insurance=resident&to=1"), http.StatusOK, "缺 1 个月")
	sheng := b.enter("sheng")
	if w := sheng.sent(page, "应征.csv", []byte(file)); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "done=3") {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, clerk.get(zigongCollection+"?to=2"), http.StatusOK, "1,050,000.00", "导入文件 应征.csv")
	changed := head + "2026,510300,居民医保,1,999,合成数据\n"
	says(t, sheng.sent(page, "更正.csv", []byte(changed)), http.StatusUnprocessableEntity, "1,000,000.00", "以文件为准")
	for file, want := range map[string]string{head: "应征数", head + "2026,510300,居民医保,13,5,\n": "1 至 12", head + "2026,510300,居民医保,1,-5,\n": "不得小于 0", head + "2026,510300,居民医保,3,5,\n2026,510300,居民医保,3,5,\n": "第 2 行已经有了"} {
		w := sheng.sent(page, "坏.csv", []byte(file))
		if w.Code != http.StatusUnprocessableEntity || want != "应征数" && !strings.Contains(shownIn(w), want) {
			t.Errorf("%q: %d %s", file, w.Code, shownIn(w))
		}
	}
	template := sheng.get("/budget/collection/template.xlsx?fy=2026&insurance=resident")
	if template.Code != http.StatusOK || !bytes.HasPrefix(template.Body.Bytes(), []byte("PK")) {
		t.Fatal(template.Code)
	}
	if w := sheng.sent(page, "模板.xlsx", template.Body.Bytes()); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "done="+strconv.Itoa(3)) {
		t.Fatal(w.Code, shownIn(w))
	}
}
