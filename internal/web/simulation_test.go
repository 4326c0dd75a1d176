package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/exchange"
	"tongchou/internal/lake"
	"tongchou/internal/office"
)

const higherRatio = "benefit.inpatient.ratio.resident.level3=0.75"

// A change of a parameter is tried out on the visits of a year: nothing changed changes nothing, a higher ratio costs the funds more, and every figure says what it rests on.
// The result is taken away as workbook, CSV and scenario file; a scenario file is taken in.
func TestSimulationPage(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	c := filledClaims(t, false)
	const year = "/benefit/simulation?of_year=2025"
	body := c.answer(t, year)
	for _, want := range []string{"基金支付合计增减 0.00 元", "负担减轻 0 人，加重 0 人", "合成数据", "全量", "校准", "低保对象", "政策文件中的假设值", "最低收入组", "对基金可支付月数的影响"} {
		if !strings.Contains(body, want) {
			t.Errorf("without a change: no %q", want)
		}
	}
	checkTexts(t, year, body)
	changed := year + "&name=three&" + higherRatio + "&disposable_income=30000&subsistence=12000"
	body = c.answer(t, changed)
	if strings.Contains(body, "增减 0.00 元；") || !strings.Contains(body, "加重 0 人") || !strings.Contains(body, "改动 1 个参数") || !strings.Contains(body, "世界卫生组织") {
		t.Error("the higher ratio does not show")
	}
	english := c.answer(t, changed+"&lang=en&unit=yuan")
	checkTexts(t, changed+"&lang=en", english)
	if !strings.Contains(english, "Who gains and who loses") || !strings.Contains(english, "/policies/sichuan/benefit.inpatient.ratio.resident.level3") {
		t.Error("no English page")
	}
	for path, want := range map[string]string{year + "&benefit.inpatient.ratio.resident.level3=7": "的取值不对", year + "&on=2025-13-01": "不是日期", year + "&on=1999-01-01": "还没有待遇标准", year + "&disposable_income=x": "应为不小于 0",
		"/benefit/simulation?policy=%00&of_year=zz&" + higherRatio: "待遇试算"} {
		if body := c.answer(t, path); !strings.Contains(body, want) {
			t.Errorf("%s: no %q", path, want)
		}
	}
	query := strings.TrimPrefix(changed, "/benefit/simulation")
	w := get(t, c, "/benefit/simulation/export.xlsx"+query)
	book, err := excelize.OpenReader(w.Body)
	if err != nil || len(book.GetSheetList()) < 8 {
		t.Errorf("workbook: %d, %v", w.Code, err)
	}
	if w := get(t, c, "/benefit/simulation/export.csv"+query); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "费用由谁负担,基金合计,增减,") {
		t.Errorf("CSV: %d", w.Code)
	}
	yaml := get(t, c, "/benefit/simulation/scenario.yaml"+query).Body.Bytes()
	w = c.sendScenario(t, yaml)
	if at := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.Contains(at, "name=three") || !strings.Contains(at, higherRatio) {
		t.Errorf("taken in: %d %s", w.Code, at)
	}
	if w := c.sendScenario(t, []byte("name: x\nset:\n  pool.clip.low: \"1\"\n")); w.Code == http.StatusSeeOther || !strings.Contains(w.Body.String(), "不是待遇参数") {
		t.Errorf("a scenario of pooling: %d", w.Code)
	}
}

// sendScenario uploads a scenario file.
func (c claimsConsole) sendScenario(t testing.TB, content []byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "scenario.yaml")
	if err != nil {
		t.Fatal(err)
	}
	part.Write(content) // to memory
	form.Close()
	r := httptest.NewRequest(http.MethodPost, "/benefit/simulation", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// A console without claims says what to do.
func TestSimulationWithoutClaims(t *testing.T) {
	h := console(t, sichuan())
	if body := get(t, h, "/benefit/simulation").Body.String(); !strings.Contains(body, "结算数据仓里还没有结算明细") {
		t.Error("the empty page does not say so")
	}
	if body := get(t, h, "/benefit").Body.String(); !strings.Contains(body, `href="/benefit/simulation`) {
		t.Error("no way to it from the page of benefits")
	}
}

// bureauWithClaims is an office whose console has the made-up settlements of 2024 and 2025.
func bureauWithClaims(t *testing.T) *bureau {
	t.Helper()
	dir := t.TempDir()
	claims, _ := madeClaims()
	path := filepath.Join(dir, "claims.csv")
	if err := os.WriteFile(path, claims, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := lake.Open(lake.Options{Dir: filepath.Join(dir, "claims")})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // the console opens it by itself
	if _, err := l.Import(t.Context(), path, lake.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	b := newBureau(t, sichuan())
	b.site.Claims = Claims{Dir: filepath.Join(dir, "claims")}
	t.Cleanup(func() { b.site.claims.close() })
	return b
}

// answer asks for a page until its answer is there.
func (v *visitor) answer(t testing.TB, path string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if w := v.get(path); w.Code != http.StatusAccepted {
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d", path, w.Code)
			}
			return w.Body.String()
		}
	}
	t.Fatalf("%s: no answer", path)
	return ""
}

// The result of a whole year becomes the argument of a change of policy: it is kept as it was computed, shown to who signs, set beside another, and afterwards beside what
// was paid.
func TestChangeCarriesItsSimulation(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	b := bureauWithClaims(t)
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Viewer, office.Clerk)
	b.hire("reviewer", office.MedicalSecurity, sichuanProvince, office.Reviewer)
	b.hire("finance", office.Finance, sichuanProvince, office.Approver)
	b.hire("approver", office.MedicalSecurity, sichuanProvince, office.Approver)
	clerk := b.enter("clerk")
	form := func(name, ratio string) []string {
		return []string{"of_year", "2024", "on", "2025-12-31", "name", name, "benefit.inpatient.ratio.resident.level3", ratio, "full", "1"}
	}
	address := func(fields []string) string {
		q := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			q.Set(fields[i], fields[i+1])
		}
		return "/benefit/simulation?" + q.Encode()
	}
	var changes []string
	for _, ratio := range []string{"0.75", "0.60"} {
		fields := form("居民三级住院 "+ratio, ratio)
		clerk.answer(t, address(fields))
		w := clerk.post("/benefit/changes", fields...)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("kept: %d %s", w.Code, w.Body)
		}
		changes = append(changes, pathOf(w.Header().Get("Location")))
	}
	if w := clerk.post("/benefit/changes", form("nothing", "")...); w.Code == http.StatusSeeOther {
		t.Error("a proposal that changes nothing was kept")
	}
	at := changes[0]
	id := at[strings.LastIndex(at, "/")+1:]
	body := clerk.get(at).Body.String()
	for _, want := range []string{"必要性论证", "居民三级住院 0.75（合成数据）", "合成数据", "全量", "校准", "实施后评估", `href="/clauses/SC38-11.1`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page of the change", want)
		}
	}
	checkTexts(t, at, body)
	for i, act := range []struct{ who, act string }{{"clerk", "submit"}, {"reviewer", "sign"}, {"finance", "sign"}, {"approver", "sign"}} {
		v := b.enter(act.who)
		if body := v.get(at).Body.String(); !strings.Contains(body, "费用由谁负担") {
			t.Errorf("%s does not see the simulation", act.who)
		}
		if w := v.post("/documents/"+id, "act", act.act, "version", string(rune('1'+i))); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", act.who, w.Code, w.Body)
		}
	}
	clerk = b.enter("clerk")
	if body := clerk.get(at).Body.String(); !strings.Contains(body, "已批准") {
		t.Error("the change is not approved")
	}
	other := changes[1][strings.LastIndex(changes[1], "/")+1:]
	body = clerk.get("/benefit/changes?compare=" + id + "&compare=" + other).Body.String()
	if strings.Count(body, "并排比较") < 2 || !strings.Contains(body, "基金合计增减") {
		t.Error("two changes are not side by side")
	}
	checkTexts(t, "/benefit/changes", body)
	body = clerk.answer(t, at+"?actual=2025")
	for _, want := range []string{"2025 年末尚未按方案施行的参数", "预测比例", "差额"} {
		if !strings.Contains(body, want) {
			t.Errorf("afterwards: no %q", want)
		}
	}
	kept := clerk.get(at + "/paper.json").Body.Bytes()
	paper, err := exchange.ReadSimulationPaper(kept)
	if err != nil || !paper.Full() || paper.Total.Scenario.Funds <= paper.Total.Baseline.Funds || paper.Snapshot == "" || paper.By == "" {
		t.Errorf("%v: %+v", err, paper.Total)
	}
	if refused := b.enter("reviewer").post("/benefit/changes", form("x", "0.75")...); refused.Code == http.StatusSeeOther {
		t.Error("a reviewer made a change")
	}
}
