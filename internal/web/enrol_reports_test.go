package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
)

// reportBureau has clerks of two counties and of the city, and an approver of one of the counties.
func reportBureau(t *testing.T) *bureau {
	b := enrolBureau(t)
	b.hire("city", office.MedicalSecurity, "510100", office.EnrolClerk)
	b.hire("boss", office.MedicalSecurity, jinjiang, office.Approver)
	b.hire("exporter", office.MedicalSecurity, jinjiang, office.EnrolClerk, office.Clerk)
	return b
}

// report sends a file of another department and gives where it leads.
func (v *visitor) report(t *testing.T, kind enrol.Matter, act, content string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"kind": string(kind), "act": act} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("file", string(kind)+".csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	w := v.do(http.MethodPost, "/enrol/imports", &body, form.FormDataContentType())
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", kind, w.Code, alerts(w))
	}
	return w.Header().Get("Location")
}

// workID finds the work a page's address names.
func workID(t *testing.T, location string) string {
	t.Helper()
	at, err := url.Parse(location)
	if err != nil || at.Query().Get("work") == "" {
		t.Fatalf("%s names no work", location)
	}
	return at.Query().Get("work")
}

var pickPattern = regexp.MustCompile(`name="pick" value="([0-9a-f]{24}):(\d+)"`)

const birthsTable = "出生证编号,姓名,性别,出生日期,地区,数据性质\nX510001,测试婴,女,2027-11-01,510104001002,合成数据\nX510002,错误行,女,2027-13-01,510104001002,合成数据\n"

// A births file is checked, confirmed, and worked off; bad rows come back; nobody of another county sees or does any of it.
func TestReportsAreWorkedOff(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	t.Attr("clause", "SCE-1.2")
	t.Attr("clause", "YA-4.10.2")
	b := reportBureau(t)
	jin, qing, viewer := b.enter("jin"), b.enter("qing"), b.enter("viewer")
	checked := jin.report(t, enrol.Births, "check", birthsTable)
	page := jin.get(checked).Body.String()
	for _, said := range []string{"已检查，尚未写入", "共 2 行：与档案一致 0，列入工作清单 1，转其他地区 0，已办理 0，此前已报 0，退回 1", "“2027-13-01”不是日期", "确认导入", "合成数据"} {
		if !strings.Contains(page, said) {
			t.Errorf("the check does not say %s", said)
		}
	}
	if strings.Contains(jin.get("/enrol/works").Body.String(), `name="pick"`) {
		t.Error("a check puts something on the list")
	}
	refused := "/enrol/imports/refused/" + workID(t, checked)
	if w := jin.get(refused); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "错误原因") || !strings.Contains(w.Body.String(), "X510002") {
		t.Errorf("refused rows: %d", w.Code)
	}
	for _, path := range []string{refused, checked} {
		if w := qing.get(path); strings.Contains(w.Body.String(), "X510002") || strings.Contains(w.Body.String(), "测试婴") || strings.Contains(w.Body.String(), "已检查") {
			t.Errorf("%s: another county's clerk sees it", path)
		}
	}
	if w := qing.post("/enrol/imports/confirm", "work", workID(t, checked)); w.Code != http.StatusNotFound {
		t.Errorf("another county's clerk confirms: %d", w.Code)
	}
	w := jin.post("/enrol/imports/confirm", "work", workID(t, checked))
	if page := jin.get(w.Header().Get("Location")).Body.String(); w.Code != http.StatusSeeOther || !strings.Contains(page, "已导入") || !strings.Contains(page, "births.csv") {
		t.Fatalf("confirmed: %d", w.Code)
	}
	if w := jin.post("/enrol/imports/confirm", "work", workID(t, checked)); w.Code != http.StatusNotFound {
		t.Errorf("confirmed twice: %d", w.Code)
	}
	list := jin.get("/enrol/works").Body.String()
	pick := pickPattern.FindStringSubmatch(list)
	if pick == nil || !strings.Contains(list, "测*婴") || strings.Contains(list, "测试婴") || !strings.Contains(list, "新生儿参保登记") || !strings.Contains(list, "SCE-1.2") {
		t.Fatal("the list does not have the newborn, masked, with what is suggested and why")
	}
	decide := func(v *visitor, pairs ...string) int {
		return v.post("/enrol/works", append([]string{"pick", pick[1] + ":" + pick[2], "step_" + pick[1], "enrol_newborn"}, pairs...)...).Code
	}
	if strings.Contains(qing.get("/enrol/works").Body.String(), pick[1]) || decide(qing, "act", "accept") != http.StatusUnprocessableEntity || decide(qing, "act", "dismiss", "reason", "x") != http.StatusUnprocessableEntity {
		t.Error("another county's clerk sees or decides the item")
	}
	for _, path := range []string{"/enrol/works", "/enrol/imports", "/enrol/works/rules", "/enrol/collection", "/enrol/covers"} {
		if w := viewer.get(path); w.Code != http.StatusForbidden {
			t.Errorf("%s without the right: %d", path, w.Code)
		}
	}
	if decide(viewer, "act", "accept") != http.StatusForbidden {
		t.Error("decided without the right")
	}
	if decide(jin, "act", "dismiss") != http.StatusUnprocessableEntity {
		t.Error("dismissed without a reason")
	}
	if w := jin.post("/enrol/works", "act", "accept"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("nothing picked: %d", w.Code)
	}
	if decide(jin, "act", "accept", "reason", "出生一件事") != http.StatusSeeOther {
		t.Error("not done")
	}
	if decide(jin, "act", "accept") != http.StatusUnprocessableEntity {
		t.Error("done twice")
	}
	if page := jin.get("/enrol/works?state=done").Body.String(); !strings.Contains(page, "出生一件事") || !strings.Contains(page, "/enrol/person/1") {
		t.Error("what was done is not shown")
	}
	if page := jin.get("/enrol/person/1").Body.String(); !strings.Contains(page, "新生儿") || !strings.Contains(page, "应缴未缴") {
		t.Error("the newborn is not enrolled")
	}
	if b.audited(t, "work.enrol_newborn") != 1 || b.audited(t, "work.list") < 2 {
		t.Error("not in the chain")
	}
	if w := jin.post("/enrol/imports/undo", "source", "1", "reason", "x"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("acted on, and taken back: %d", w.Code)
	}
	if w := jin.get("/enrol/imports/template/deaths"); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "PK") {
		t.Errorf("a template: %d", w.Code)
	}
	if w := jin.get("/enrol/imports/template/x"); w.Code != http.StatusNotFound {
		t.Errorf("no template: %d", w.Code)
	}
}

// An import of which nothing was acted on is taken back by its own county; a rule is put on file by an approver alone.
func TestUndoAndRules(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	b := reportBureau(t)
	jin, qing, boss := b.enter("jin"), b.enter("qing"), b.enter("boss")
	jin.report(t, enrol.Births, "import", birthsTable)
	if w := qing.post("/enrol/imports/undo", "source", "1", "reason", "x"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("another county takes it back: %d", w.Code)
	}
	if w := jin.post("/enrol/imports/undo", "source", "1", "reason", "报错了"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, alerts(w))
	}
	if page := jin.get("/enrol/imports").Body.String(); !strings.Contains(page, "已撤回") || strings.Contains(jin.get("/enrol/works").Body.String(), `name="pick"`) {
		t.Error("what was taken back is still on the list")
	}
	rule := []string{"kind", "births", "step", "enrol_newborn", "since", "2027-11-01", "reason", "会议纪要 1 号"}
	if w := jin.post("/enrol/works/rules", rule...); w.Code != http.StatusForbidden {
		t.Errorf("a clerk makes a rule: %d", w.Code)
	}
	if w := boss.post("/enrol/works/rules", "kind", "births", "step", "look", "since", "2027-11-01", "reason", "x"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a rule that judges: %d", w.Code)
	}
	if w := boss.post("/enrol/works/rules", rule...); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, alerts(w))
	}
	if page := jin.get("/enrol/works/rules").Body.String(); !strings.Contains(page, "会议纪要 1 号") || strings.Contains(page, `name="revoke"`) {
		t.Error("the clerk does not see the rule, or may revoke it")
	}
	if page := qing.get("/enrol/works/rules").Body.String(); strings.Contains(page, "会议纪要 1 号") {
		t.Error("another county sees the rule")
	}
	if page := jin.get(jin.report(t, enrol.Births, "import", birthsTable)).Body.String(); !strings.Contains(page, "已办理 1") {
		t.Error("the rule does nothing")
	}
	if page := jin.get("/enrol/works?state=done").Body.String(); !strings.Contains(page, "按规则自动办理") {
		t.Error("what a rule did is not shown as such")
	}
	id := regexp.MustCompile(`name="revoke" value="([A-Z0-9]+)"`).FindStringSubmatch(boss.get("/enrol/works/rules").Body.String())
	if id == nil {
		t.Fatal("nothing to revoke")
	}
	if w := boss.post("/enrol/works/rules", "revoke", id[1], "reason", "改由人工"); w.Code != http.StatusSeeOther {
		t.Errorf("revoked: %d", w.Code)
	}
}

// enrolledFor puts somebody into the village who is enrolled for 2027 and has not paid.
func (b *bureau) enrolledFor2027(t *testing.T, v *visitor, serial, name string) string {
	path := v.enlist(t, madeNumber("19850101", serial), name)
	b.append(t, path, enrol.Enrolled{On: "2026-10-01", Area: jinjiang, Way: enrol.Ordinary, StandardOf: 2027, Spell: enrol.YearOf(2027)})
	return path
}

// Payments are posted and the rate follows; the rate of a city's counties is the city's to see, and a county's its own.
func TestCollectionRate(t *testing.T) {
	t.Attr("clause", "SCE-9.1")
	t.Attr("clause", "SC38-5.2")
	b := reportBureau(t)
	jin, qing, city, exporter := b.enter("jin"), b.enter("qing"), b.enter("city"), b.enter("exporter")
	path := b.enrolledFor2027(t, jin, "001", "测试缴")
	b.enrolledFor2027(t, jin, "003", "测试欠")
	table := "税票号码,证件号码,姓名,险种,费款所属期,缴费日期,参保地,个人缴费,数据性质\nT1," + madeNumber("19850101", "001") + ",测试缴,居民,2027,2027-11-01,510104,410,合成数据\n"
	page := jin.get(jin.report(t, enrol.TaxReturns, "import", table)).Body.String()
	if !strings.Contains(page, "金额合计 410.00 元 = 入账 400.00 + 待退 10.00 + 暂挂 0.00 + 此前已报 0.00 + 退回行 0.00") {
		t.Error("the sum is not told by its parts")
	}
	if page := jin.get(path).Body.String(); !strings.Contains(page, "2027-11-01 – 2027-12-31") {
		t.Error("paid and not covered")
	}
	if page := jin.get("/enrol/works").Body.String(); !strings.Contains(page, "多缴10.00元") || !strings.Contains(page, "退费") {
		t.Error("what is too much is not on the list")
	}
	for v, want := range map[*visitor]string{jin: "50.00%", city: "50.00%", qing: "本年度没有应缴"} {
		w := v.post("/enrol/collection", "of", "2027")
		if page := v.get(w.Header().Get("Location")).Body.String(); w.Code != http.StatusSeeOther || !strings.Contains(page, want) {
			t.Errorf("the rate: %d, not %s", w.Code, want)
		}
	}
	w := exporter.post("/enrol/collection", "of", "2027")
	work := workID(t, w.Header().Get("Location"))
	if w := exporter.get("/enrol/collection/export.csv?work=" + work); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "800.00") {
		t.Errorf("the file: %d %s", w.Code, w.Body)
	}
	if w := jin.get("/enrol/collection/export.csv?work=" + work); w.Code != http.StatusForbidden {
		t.Errorf("without the right: %d", w.Code)
	}
}

// A duplicate is found by the city, stands on both counties' lists, and leaves both when the one responsible resolves it.
func TestCoversAreResolved(t *testing.T) {
	t.Attr("clause", "SCE-4.3")
	b := reportBureau(t)
	jin, qing, city := b.enter("jin"), b.enter("qing"), b.enter("city")
	double := jin.enlist(t, madeNumber("19850101", "006"), "测试重")
	b.append(t, double, enrol.Covered{Area: qingyang, Way: enrol.Flexible, Spell: enrol.Spell{From: "2027-01-01", To: "2027-12-31"}},
		enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2027-03-01", To: "2027-12-31"}}, enrol.Used{Year: 2027, Reimbursed: 123456})
	w := city.post("/enrol/covers")
	page := city.get(w.Header().Get("Location")).Body.String()
	if !strings.Contains(page, "两个险种同时参保") || !strings.Contains(page, "1,234.56") || strings.Contains(page, "测试重") {
		t.Error("what was found is not shown, or not masked")
	}
	mine, theirs := jin.get("/enrol/works?kind=covers").Body.String(), qing.get("/enrol/works?kind=covers").Body.String()
	pick, other := pickPattern.FindStringSubmatch(mine), pickPattern.FindStringSubmatch(theirs)
	if pick == nil || other == nil || pick[1] == other[1] {
		t.Fatal("not on both lists")
	}
	keep := regexp.MustCompile(`value="(keep:\d+)"`).FindStringSubmatch(mine)
	if w := qing.post("/enrol/works", "act", "accept", "reason", "x", "pick", other[1]+":"+other[2], "step_"+other[1], keep[1]); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("the other county changes the file: %d", w.Code)
	}
	if w := jin.post("/enrol/works", "act", "accept", "reason", "x", "pick", pick[1]+":"+pick[2]); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("resolved without saying how: %d", w.Code)
	}
	if w := jin.post("/enrol/works", "act", "accept", "reason", "本人选择", "pick", pick[1]+":"+pick[2], "step_"+pick[1], keep[1]); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, alerts(w))
	}
	if page := qing.get("/enrol/works?kind=covers&state=done").Body.String(); !strings.Contains(page, "本人选择") {
		t.Error("the other area is not told")
	}
}

// In Chromium: a births file becomes a newborn's enrolment, a deaths file ends cover, a payments file becomes dues paid and a rate.
func TestBrowserReports(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	t.Attr("clause", "SCE-6.1")
	t.Attr("clause", "SCE-9.1")
	b := reportBureau(t)
	jin := b.enter("jin")
	paid := b.enrolledFor2027(t, jin, "001", "测试缴")
	b.enrolledFor2027(t, jin, "003", "测试欠")
	dead := jin.enlist(t, madeNumber("19400101", "005"), "测试故")
	b.append(t, dead, enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.YearOf(2027)})
	s := newStory(t, b, "jin", "boss")
	s.goTo("jin", "/enrol/imports?lang=zh")
	s.look("jin", "reports-empty")
	s.goTo("jin", "/enrol/works?lang=zh")
	s.look("jin", "works-empty")

	s.brings("births", birthsTable)
	s.look("jin", "reports-checked")
	s.do("jin", chromedp.Click(`#taken form button`, chromedp.ByQuery), until(`document.querySelector("#taken") && document.querySelector("#taken").textContent.includes("已导入")`))
	s.brings("deaths", "证件号码,姓名,死亡日期,数据性质\n"+madeNumber("19400101", "005")+",测试故,2027-11-02,合成数据\n"+madeNumber("19850101", "003")+",测试债,2027-11-03,合成数据\n")
	s.do("jin", chromedp.Click(`#taken form button`, chromedp.ByQuery), until(`document.querySelector("#taken") && document.querySelector("#taken").textContent.includes("已导入")`))
	s.look("jin", "reports-done")
	s.goTo("jin", "/enrol/works?lang=zh")
	s.look("jin", "works")
	if page := jin.get("/enrol/works").Body.String(); !strings.Contains(page, "档案为“测*欠”，来函为“测*债”") || strings.Contains(page, "测试债") || strings.Contains(page, "测试欠") {
		t.Error("the reasons are not masked")
	}
	s.do("jin", chromedp.Evaluate(`document.querySelectorAll('tr').forEach(r => { const p = r.querySelector('input[name="pick"]'); if (p && /新生儿|注销/.test(r.querySelector("select").selectedOptions[0].textContent)) p.checked = true })`, nil),
		chromedp.SetValue("#reason", "核对无误", chromedp.ByQuery))
	s.press("jin", `button[value="accept"]`, "已处理 2 条")
	s.goTo("jin", dead+"?lang=zh")
	s.do("jin", until(`document.querySelector("main").textContent.includes("2027-01-01 – 2027-11-02")`))
	s.goTo("jin", "/enrol/works?state=done&lang=zh")
	s.look("jin", "works-done")

	s.brings("payments", "税票号码,证件号码,姓名,险种,费款所属期,缴费日期,参保地,个人缴费,数据性质\nT1,"+madeNumber("19850101", "001")+",测试缴,居民,2027,2027-11-01,510104,400,合成数据\n")
	s.do("jin", chromedp.Click(`#taken form button`, chromedp.ByQuery), until(`document.querySelector("#taken") && document.querySelector("#taken").textContent.includes("已导入") && document.querySelector("#taken").textContent.includes("入账 400.00")`))
	s.goTo("jin", paid+"?lang=zh")
	s.do("jin", until(`document.querySelector("main").textContent.includes("2027-11-01 – 2027-12-31")`))
	s.goTo("jin", "/enrol/collection?lang=zh")
	s.do("jin", chromedp.SetValue("#of", "2027", chromedp.ByQuery), chromedp.Click(`main form button.first`, chromedp.ByQuery), until(`document.querySelector("#collection") && document.querySelector("#collection").textContent.includes("%")`))
	s.look("jin", "collection")
	s.goTo("jin", "/enrol/covers?lang=en")
	s.do("jin", chromedp.Click(`main form button.first`, chromedp.ByQuery), until(`document.querySelector("#doubts")`))
	s.look("jin", "covers-en")
	s.goTo("boss", "/enrol/works/rules?lang=zh")
	s.do("boss", chromedp.SetValue("#rule-kind", "hardship", chromedp.ByQuery), chromedp.SetValue("#rule-step", "group", chromedp.ByQuery), chromedp.SetValue("#rule-reason", "会议纪要 2 号", chromedp.ByQuery))
	s.press("boss", `form.entry button.first`, "规则已登记")
	s.look("boss", "rules")
	s.goTo("jin", "/enrol/works?lang=en")
	s.look("jin", "works-en")
	s.goTo("jin", "/enrol/imports?lang=en")
	s.look("jin", "reports-en")
}

// brings uploads a file and has it checked.
func (s *story) brings(kind, content string) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), kind+".csv")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.goTo("jin", "/enrol/imports?lang=zh")
	s.do("jin", chromedp.SetValue("#kind", kind, chromedp.ByQuery), chromedp.SetUploadFiles("#file", []string{file}, chromedp.ByQuery),
		chromedp.Click(`button[value="check"]`, chromedp.ByQuery), until(`document.querySelector("#taken") && document.querySelector("#taken").textContent.includes("已检查")`))
}
