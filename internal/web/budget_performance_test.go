package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tongchou/internal/budget"
	"tongchou/internal/exchange"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// targeted is the form of targets.
func targeted(version string) []string {
	return []string{"act", "save", "stage", "targets", "version", version, "indicator", "保险费征缴率", "better", "at_least", "goal", "98", "unit", "%", "points", "60",
		"indicator", "参保人员满意度", "better", "at_least", "goal", "90", "unit", "%", "points", "40", "indicator", "", "better", "at_least", "goal", "", "unit", "", "points", ""}
}

// scored is the form of a later stage.
func scored(stage, version, first, second, note string) []string {
	return []string{"act", "save", "stage", stage, "version", version, "through", "6", "value", first, "explanation", note, "value", second, "explanation", "", "remark", "总体平稳"}
}

const zigongScores = "/budget/resident/510300/2025/performance"

func TestPerformanceGoesItsWay(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	t.Attr("clause", "YN-3.2")
	b, clerk := budgeteers(t)
	says(t, clerk.get(zigongScores), http.StatusOK, "绩效目标", "保险费征缴率", "系统不预设")
	says(t, clerk.get(zigongScores+"?stage=evaluation"), http.StatusOK, "绩效目标批准后", "SC38-3.6")
	says(t, clerk.post(zigongScores, scored("evaluation", "0", "98", "90", "")...), http.StatusUnprocessableEntity, "绩效目标批准后")
	says(t, clerk.post(zigongScores, "act", "submit", "stage", "targets", "version", "0"), http.StatusUnprocessableEntity, "请先保存")
	wrong := targeted("0")
	wrong[15] = "x"
	says(t, clerk.post(zigongScores, wrong...), http.StatusUnprocessableEntity, "比率“x”不对", "参保人员满意度")
	done(t, clerk, zigongScores, targeted("0")...)
	says(t, clerk.post(zigongScores, targeted("0")...), http.StatusConflict, "页面已过期")
	done(t, clerk, zigongScores, "act", "submit", "stage", "targets", "version", "1")
	says(t, clerk.post(zigongScores, targeted("1")...), http.StatusUnprocessableEntity, "不能修改")
	id := "performance-resident-510300-2025-"
	says(t, b.enter("check").get("/documents/"+id+"targets"), http.StatusOK, "绩效目标")
	signedBy(t, b, id+"targets", 2, "check", "shengcai")

	done(t, clerk, zigongScores, scored("monitoring", "0", "50", "", "")...)
	for _, lang := range []string{"en", "zh"} {
		w := clerk.get(zigongScores + "?stage=monitoring&lang=" + lang)
		says(t, w, http.StatusOK, "30.61")
		checkTexts(t, "performance", w.Body.String())
	}
	done(t, clerk, zigongScores, "act", "submit", "stage", "monitoring", "version", "1")
	signedBy(t, b, id+"monitoring", 2, "check", "shengcai")
	says(t, clerk.get(zigongScores+"?stage=monitoring"), http.StatusOK, "已批准", "总体平稳")

	done(t, clerk, zigongScores, scored("evaluation", "0", "49", "91", "")...)
	says(t, clerk.post(zigongScores, "act", "submit", "stage", "evaluation", "version", "1"), http.StatusUnprocessableEntity, "“保险费征缴率”未达到目标", "SC38-3.6")
	done(t, clerk, zigongScores, scored("evaluation", "1", "49", "91", "欠费单位较多，已纳入清欠计划")...)
	done(t, clerk, zigongScores, "act", "submit", "stage", "evaluation", "version", "2")
	signedBy(t, b, id+"evaluation", 2, "check", "shengcai")
	says(t, clerk.get(zigongScores+"?stage=evaluation"), http.StatusOK, "70.00", "清欠计划")
	w := clerk.get("/budget/performance?fy=2025&insurance=resident")
	says(t, w, http.StatusOK, "自贡", "70.00", "指数由省级")
	if strings.Contains(w.Body.String(), "攀枝花") {
		t.Error("a city sees the performance of another")
	}
	says(t, b.enter("sheng").get("/budget/performance?fy=2025&insurance=resident"), http.StatusOK, "还有 20 个统筹区没有已批准的绩效评价")
	if w := b.enter("sheng").get("/budget/performance/factors.xlsx?fy=2025&insurance=resident"); w.Code != http.StatusUnprocessableEntity {
		t.Error(w.Code)
	}
	if w := b.enter("other").get(zigongScores); w.Code != http.StatusForbidden {
		t.Error(w.Code)
	}
	says(t, clerk.post("/budget/resident/510300/2026/performance", targeted("0")...), http.StatusSeeOther)
}

// Targets are set anew for a reason, signed like the first; what was begun under the old ones goes on under the new, and an evaluation ends it.
func TestTargetsAreSetAnew(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	t.Attr("clause", "SC38-3.5")
	b, clerk := budgeteers(t)
	says(t, clerk.post(zigongScores, "act", "revise", "remark", "x"), http.StatusUnprocessableEntity, "目标已批准")
	done(t, clerk, zigongScores, targeted("0")...)
	done(t, clerk, zigongScores, "act", "submit", "stage", "targets", "version", "1")
	id := "performance-resident-510300-2025-"
	signedBy(t, b, id+"targets", 2, "check", "shengcai")
	done(t, clerk, zigongScores, scored("monitoring", "0", "50", "90", "欠费较多")...)
	says(t, clerk.post(zigongScores, "act", "revise", "remark", " "), http.StatusUnprocessableEntity, "理由")
	done(t, clerk, zigongScores, "act", "revise", "remark", "中央调整征缴目标")
	says(t, clerk.get(zigongScores+"?stage=targets"), http.StatusOK, "绩效目标各版本", "中央调整征缴目标", "98")
	says(t, clerk.post(zigongScores, "act", "submit", "stage", "targets", "version", "1"), http.StatusUnprocessableEntity, "没有调整")
	again := append(targeted("1"), "remark", "中央调整征缴目标")
	again[11] = "100"
	done(t, clerk, zigongScores, again...)
	says(t, clerk.get(zigongScores+"?stage=monitoring"), http.StatusOK, "70.61") // 50 ÷ 98 of 60 points still
	done(t, clerk, zigongScores, "act", "submit", "stage", "targets", "version", "2")
	says(t, clerk.get("/documents/"+id+"targets-2"), http.StatusOK, "第 2 版")
	signedBy(t, b, id+"targets-2", 2, "check", "shengcai")
	for _, lang := range []string{"en", "zh"} {
		checkTexts(t, "targets", clerk.get(zigongScores+"?stage=targets&lang="+lang).Body.String())
	}
	done(t, clerk, zigongScores, "act", "submit", "stage", "monitoring", "version", "1")
	says(t, clerk.get(zigongScores+"?stage=monitoring"), http.StatusOK, "70.00", "待签")
	done(t, clerk, zigongScores, scored("evaluation", "0", "100", "91", "")...)
	done(t, clerk, zigongScores, "act", "submit", "stage", "evaluation", "version", "1")
	says(t, clerk.post(zigongScores, "act", "revise", "remark", "x"), http.StatusUnprocessableEntity, "绩效评价尚未报送")
}

func TestScorecardsComeAndGoAsWorkbooks(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	b, clerk := budgeteers(t)
	done(t, clerk, zigongScores, targeted("0")...)
	book := clerk.get(zigongScores + "/lines.xlsx?stage=targets").Body.Bytes()
	if w := clerk.sent(zigongScores+"/import?stage=targets", "绩效.xlsx", book); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, clerk.get(zigongScores+"?stage=targets"), http.StatusOK, "参保人员满意度", `value="40"`)
	bad := []byte("绩效指标,方向,目标值,分值\n满意度,越高越好,九十,40\n")
	says(t, clerk.sent(zigongScores+"/import?stage=targets", "绩效.csv", bad), http.StatusUnprocessableEntity, "第 2 行", "不低于")
	done(t, clerk, zigongScores, "act", "submit", "stage", "targets", "version", "2")
	signedBy(t, b, "performance-resident-510300-2025-targets", 2, "check", "shengcai")
	values := []byte("绩效指标,方向,目标值,分值,完成值,完成情况说明,数据性质\n参保人员满意度,不低于,90,40,92.5,第三方调查,合成数据\n")
	if w := clerk.sent(zigongScores+"/import?stage=evaluation", "评价.csv", values); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, clerk.get(zigongScores+"?stage=evaluation"), http.StatusOK, "92.5", "第三方调查")
	says(t, clerk.sent(zigongScores+"/import?stage=evaluation", "评价.csv", []byte("绩效指标,方向,目标值,分值,完成值\n别的指标,不低于,90,40,92.5\n")), http.StatusUnprocessableEntity, "与已批准的绩效目标不一致")
	if w := clerk.get(zigongScores + "/export.csv?stage=evaluation"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "92.5") {
		t.Error(w.Code)
	}
}

// When the evaluations of all areas are in force, their index stands in the factors of the next year, with its source.
func TestTheIndexGoesIntoNextYearsFactors(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	k := keptProvince(t)
	b := newBureau(t, sichuan(), func(o *Options) { o.Province = k.folder })
	b.hire("sheng", office.MedicalSecurity, sichuanProvince, office.Clerk)
	sheng := b.enter("sheng")
	page := "/budget/performance?fy=2025&insurance=resident"
	for i, area := range engine().Tree.Prefectures(sichuanProvince) {
		b.evaluate(t, pool.Key{Year: 2025, Division: area.Code, Insurance: pool.Resident}, money.Rate(60+i)*money.One)
	}
	says(t, sheng.get(page), http.StatusOK, "用于 2026 年度调剂金分配", "没有给这个因素设定权重", "写入 2026 年度分配因素")
	book := sheng.get("/budget/performance/factors.xlsx?fy=2025&insurance=resident")
	if book.Code != http.StatusOK || !bytes.HasPrefix(book.Body.Bytes(), []byte("PK")) {
		t.Fatal(book.Code)
	}
	done(t, sheng, page)
	loaded, err := k.folder.Load()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	var sum money.Ratio
	for _, row := range loaded.Facts.Factors {
		x, has := row.Values[pool.Performance]
		if want := row.Year == 2026 && row.Insurance == pool.Resident; has != want {
			t.Fatalf("%d %s %s: %v", row.Year, row.Division, row.Insurance, has)
		}
		if has {
			found, sum = found+1, sum.Add(x)
		}
		if has && row.Division == "510100" && x.Exact(6) != "0.857143" { // 60 ÷ 70
			t.Errorf("index %s", x.Exact(6))
		}
	}
	if found != 21 || sum.Text(4) != "21.0000" {
		t.Errorf("%d areas, %s", found, sum.Text(4))
	}
	says(t, sheng.get("/budget/performance?fy=2025&insurance=resident&done=applied"), http.StatusOK, "已写入")
	says(t, sheng.get("/data/factors?of_year=2026&of_insurance=resident"), http.StatusOK, "绩效指数", "0.857143")
	if _, err := k.folder.Import(exchange.Factors, exchange.Input{Name: "f.xlsx", Content: book.Body.Bytes()}, false); err != nil {
		t.Errorf("the workbook is not what was written: %v", err)
	}
}

// evaluate puts an evaluation into force as signatures would.
func (b *bureau) evaluate(t testing.TB, k pool.Key, value money.Rate) {
	t.Helper()
	card := budget.Scorecard{Key: k, Stage: budget.EvaluationStage, Through: 12, Rows: []budget.Scored{
		{Target: budget.Target{Indicator: "参保人员满意度", Better: budget.AtLeast, Goal: 100 * money.One, Weight: money.One}, Unit: "%", Value: value, Known: true, Note: "抽样调查"}}}
	if err := card.Check(card.Targets(), policy.Date(b.clock().Format(time.DateOnly))); err != nil {
		t.Fatal(err)
	}
	b.signedSheet(t, k, "performance", 3, "performance-"+string(k.Insurance)+"-"+string(k.Division)+"-"+strconv.Itoa(int(k.Year))+"-evaluation", office.Performance, card.Canonical())
}

// signedSheet keeps a sheet and has its document made and signed by as many people as it takes.
func (b *bureau) signedSheet(t testing.TB, k pool.Key, kind store.SheetKind, revision int, id string, of office.Kind, content []byte) {
	t.Helper()
	people := 0
	somebody := func(d office.Department, division region.Code, role office.Role) office.Subject {
		people++
		return office.Subject{ID: office.UserID("u-" + id + "-" + strconv.Itoa(people)), Name: "测试", Department: d, Division: division, Roles: []office.Role{role}}
	}
	x := store.Sheet{SheetKey: store.SheetKey{Key: k, Kind: kind, Revision: revision}, Document: office.DocumentID(id), Maker: "u", At: b.clock(), Version: 1, Content: content}
	act := store.Act{Record: office.Record{Chain: k.Division, Action: "save"}, Scope: store.ScopeOf(k.Division)}
	if _, err := b.store.Write(t.Context(), act, func(tx *store.Tx) error { return tx.SaveSheet(x) }); err != nil {
		t.Fatal(err)
	}
	approvals := office.Approvals{Desk: b.store.Desk(store.ScopeOf(sichuanProvince))}
	c := office.Content{Title: id, Digest: office.DigestOf(content), Policy: policy.InForce}
	maker := somebody(office.MedicalSecurity, k.Division, office.Clerk)
	doc, err := approvals.Draft(t.Context(), office.DocumentID(id), of, k.Division, c, maker, "192.0.2.7", b.clock())
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = approvals.Do(t.Context(), doc.ID, office.Act{Kind: office.Submit, By: maker, At: b.clock(), Version: doc.Version, Content: c}, "192.0.2.7"); err != nil {
		t.Fatal(err)
	}
	for next, more := doc.Next(); more; next, more = doc.Next() {
		role := office.Approver
		if next.Action == office.Review {
			role = office.Reviewer
		}
		signer := somebody(next.Department, next.Division, role)
		if doc, err = approvals.Do(t.Context(), doc.ID, office.Act{Kind: office.Sign, By: signer, At: b.clock(), Version: doc.Version}, "192.0.2.7"); err != nil {
			t.Fatal(err)
		}
	}
	if doc.State != office.Approved {
		t.Fatal(doc.State)
	}
}
