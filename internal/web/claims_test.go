package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/synth"
)

// madeClaims is a file of made-up settlements of 2,000 persons and two years, and the register of those persons.
var madeClaims = sync.OnceValues(func() (claims, enrolled []byte) {
	c, err := synth.NewClaims(synth.ClaimOptions{Province: "510000", Persons: 2000, From: 2024, To: 2025, Seed: 3}, engine().Tree)
	if err != nil {
		panic(err)
	}
	var rows, heads bytes.Buffer
	if _, err := c.WriteCSV(context.Background(), &rows, 1, nil); err != nil {
		panic(err)
	}
	text := rows.Bytes() // the last settlement stands there twice, so that there is something to find
	rows.Write(text[bytes.LastIndexByte(text[:len(text)-1], '\n')+1:])
	var all []synth.Insured
	for year := range 2 {
		of, err := c.Insured(context.Background(), policy.Year(2024+year))
		if err != nil {
			panic(err)
		}
		all = append(all, of...)
	}
	if err := synth.WriteInsuredCSV(&heads, all); err != nil {
		panic(err)
	}
	return rows.Bytes(), heads.Bytes()
})

// claimsConsole is a console over a directory of its own, with what is asked for: a store of made-up settlements, the register.
type claimsConsole struct {
	*Console
	dir string
}

func needEngine(t testing.TB) {
	t.Helper()
	if !lake.Embedded {
		t.Skip("the program is built without the engine of the claims store")
	}
}

func claimsAt(t testing.TB, dir string, rows bool) claimsConsole {
	t.Helper()
	o := testOptions(sichuan())
	o.Claims = Claims{Dir: filepath.Join(dir, "claims"), Enrolled: filepath.Join(dir, "enrolled.csv"), Rows: rows}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return claimsConsole{c, dir}
}

// filledClaims is a console whose store has the made-up settlements.
func filledClaims(t testing.TB, rows bool) claimsConsole {
	t.Helper()
	needEngine(t)
	dir := t.TempDir()
	claims, enrolled := madeClaims()
	for name, content := range map[string][]byte{"claims.csv": claims, "enrolled.csv": enrolled} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store, err := lake.Open(lake.Options{Dir: filepath.Join(dir, "claims")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Import(t.Context(), filepath.Join(dir, "claims.csv"), lake.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return claimsAt(t, dir, rows)
}

// answer asks for a page until its answer is there.
func (c claimsConsole) answer(t testing.TB, path string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		w := get(t, c, path)
		if w.Code == http.StatusOK {
			return w.Body.String()
		}
		if w.Code != http.StatusAccepted {
			t.Fatalf("%s: %d", path, w.Code)
		}
	}
	t.Fatalf("%s: no answer", path)
	return ""
}

func (c claimsConsole) post(t testing.TB, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// bring uploads a file of settlements and gives the page that comes after.
func (c claimsConsole) bring(t testing.TB, kind, name string, content []byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if kind != "" {
		if err := form.WriteField("kind", kind); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/data/claims", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// settled follows an upload until its job has ended.
func (c claimsConsole) settled(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	b, ok := c.site.claims.jobs.find(byID(to.Query().Get("job")))
	if !ok || !b.wait(t.Context(), time.Minute) {
		t.Fatal("the import does not end")
	}
	to.Fragment = ""
	return get(t, c, to.String()).Body.String()
}

// mainOf is the text of a page.
func mainOf(body string) string {
	_, body, _ = strings.Cut(body, "<main")
	body, _, _ = strings.Cut(body, "</main>")
	return regexp.MustCompile(`(<[^>]*>|\s)+`).ReplaceAllString(body, " ")
}

var claimsPages = []struct{ path, zh, en string }{
	{"/data/claims", "导入批次", "Imports"}, {"/data/claims/factors", "指标口径", "Definitions"},
	{"/data/claims/factors?set=all&compare=no&tile=admission_rate&sort=admission_rate&dir=desc", "费用集中度（最高 1%）", "costliest 1%"},
	{"/data/claims/factors?of_insurance=resident&trace=cost_per_head&division=510300", "数据编号", "snapshot"},
	{"/data/claims/checks", "开始校验", "Run the checks"},
	{"/data/claims/differences", "可以说明什么", "What it argues"},
	{"/data/claims/differences?of_insurance=resident&order=code&division=510300", "其中门诊", "of it outpatient"},
	{"/data/claims/pivot", "少于 10 人的单元格不公布", "fewer than 10 persons"},
	{"/data/claims/pivot?rows=month&columns=care&measure=persons&insurance=310&city=510100&city=510300", "清除筛选", "Clear"},
	{"/data/claims/factors?trace=headcount&division=province", "人均类指标的分母为参保登记", "register"},
}

func TestClaimsPagesInBothLanguages(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	c := filledClaims(t, false)
	for _, page := range claimsPages {
		for _, lang := range []string{"zh", "en"} {
			body := c.answer(t, with(page.path, "lang", lang))
			if want := map[string]string{"zh": page.zh, "en": page.en}[lang]; !strings.Contains(body, want) {
				t.Errorf("%s in %s does not say %q", page.path, lang, want)
			}
			if !strings.Contains(body, `badge synthetic`) {
				t.Errorf("%s is not labelled", page.path)
			}
			checkTexts(t, page.path+" "+lang, body)
		}
	}
}

// Every figure of the table opens to what was divided by what.
func TestEveryClaimsFigureTraces(t *testing.T) {
	t.Attr("clause", "YN-2.5")
	c := filledClaims(t, false)
	body := c.answer(t, "/data/claims/factors?set=all")
	links := regexp.MustCompile(`href="(/data/claims/factors\?[^"]*trace=[^"#]*)`).FindAllStringSubmatch(body, -1)
	if len(links) < 21*16 {
		t.Fatalf("only %d figures open", len(links))
	}
	for i, m := range links {
		if i%7 != 0 {
			continue
		}
		path := strings.ReplaceAll(m[1], "&amp;", "&")
		w := get(t, c, path, "HX-Request", "true", "HX-Target", "trace")
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), c.site.claims.snapshotID(t)) || strings.Contains(w.Body.String(), "<html") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func (c *claimsDesk) snapshotID(t testing.TB) string {
	t.Helper()
	m, err := c.manifest()
	if err != nil {
		t.Fatal(err)
	}
	return m.Snapshot(2025, lake.Final).ID
}

func TestFactorsAreTakenAway(t *testing.T) {
	c := filledClaims(t, false)
	c.answer(t, "/data/claims/factors")
	w := get(t, c, "/data/claims/factors/export.xlsx")
	book, err := excelize.OpenReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	sheets := book.GetSheetList()
	notes, err := book.GetRows(sheets[len(sheets)-1])
	if err != nil || !strings.Contains(fmt.Sprint(notes), "合成数据") || !strings.Contains(fmt.Sprint(notes), c.site.claims.snapshotID(t)) {
		t.Errorf("the notes say %v, %v", notes, err)
	}
	lines := get(t, c, "/data/claims/factors/export.csv").Body.String()
	if n := strings.Count(lines, "\n"); n != 1+21*2*len(lake.Definitions()) {
		t.Errorf("%d lines", n)
	}
	read := get(t, c, "/data/claims/factors/factors.csv").Body.String()
	if !strings.HasPrefix(strings.TrimPrefix(read, "\ufeff"), "year,division,insurance") || strings.Count(read, "synthetic") != 42 {
		t.Errorf("pooling reads %.300s", read)
	}
}

func TestClaimsAreBrought(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	needEngine(t)
	c := claimsAt(t, t.TempDir(), false)
	if body := c.answer(t, "/data/claims"); !strings.Contains(body, "tongchou-claims claims import") {
		t.Error("an empty store does not say what to do")
	}
	if body := c.answer(t, "/data/claims/factors"); !strings.Contains(body, "还没有结算数据") {
		t.Error("factors of nothing do not say what to do")
	}
	claims, _ := madeClaims()
	lines := bytes.SplitN(claims, []byte("\n"), 3)
	bad := bytes.ReplaceAll(lines[1], []byte(",51"), []byte(",5x"))
	spoiled := append(append(append(append(append([]byte{}, lines[0]...), '\n'), bad...), '\n'), lines[2]...)
	body := c.settled(t, c.bring(t, "final", `C:\dir\claims 2025.csv`, spoiled))
	if !strings.Contains(body, "已导入 claims 2025.csv") || !strings.Contains(body, "退回 1 行") {
		t.Errorf("the receipt says %s", mainOf(body))
	}
	if left, err := os.ReadDir(filepath.Join(c.dir, "claims", uploadsDir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v %v", left, err)
	}
	rejects := get(t, c, "/data/claims/rejects/i000001").Body.String()
	if strings.Count(rejects, "\n") != 2 || strings.Contains(rejects, "setl_id") {
		t.Errorf("without the right to see rows the rejects are %s", rejects)
	}
	if body := c.settled(t, c.bring(t, "final", "again.csv", spoiled)); !strings.Contains(body, "已经导入过") {
		t.Error("the same file twice is not noticed")
	}
	if body := get(t, c, "/data/claims/withdraw/i000001").Body.String(); !strings.Contains(body, "确认撤回") {
		t.Error("nobody asks before withdrawing")
	}
	w := c.post(t, "/data/claims/withdraw/i000001", nil)
	if body := get(t, c, strings.TrimSuffix(w.Header().Get("Location"), "#receipt")).Body.String(); w.Code != http.StatusSeeOther || !strings.Contains(body, "批次 i000001 已撤回") {
		t.Errorf("withdrawn: %d", w.Code)
	}
}

func TestClaimsUploadsRefused(t *testing.T) {
	needEngine(t)
	c := claimsAt(t, t.TempDir(), false)
	claims, _ := madeClaims()
	if w := c.bring(t, "", "a.csv", claims); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "请选择快报或公报") {
		t.Errorf("no kind: %d", w.Code)
	}
	body := c.settled(t, c.bring(t, "final", "a.csv", []byte("a,b\n1,2\n")))
	if !strings.Contains(body, "未能完成") || !strings.Contains(body, "没有一个认得的列名") || strings.Contains(body, c.dir+"/claims/uploads") {
		t.Errorf("a file that is none: %s", mainOf(body))
	}
	if left, err := os.ReadDir(filepath.Join(c.dir, "claims", uploadsDir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v %v", left, err)
	}
	cross := httptest.NewRequest(http.MethodPost, "/data/claims/withdraw/i000001", nil)
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, cross)
	if w.Code != http.StatusForbidden {
		t.Errorf("another site may withdraw: %d", w.Code)
	}
}

// Two who ask the same share one job; cancelling ends the work itself; leaving does not.
func TestJobs(t *testing.T) {
	j := newJobs(time.Now)
	defer j.close()
	var ran atomic.Int64
	begun, ended := make(chan bool, 1), make(chan error, 1)
	work := func(ctx context.Context, b *job) (any, error) {
		ran.Add(1)
		begun <- true
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}
	title := fault.Msg("web.claims.tab.factors")
	one, two := j.start("a", title, work), j.start("a", title, work)
	if one != two {
		t.Fatal("two jobs for one question")
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if one.wait(gone, time.Minute) {
		t.Error("leaving ended the job")
	}
	<-begun
	one.cancel()
	if !two.wait(t.Context(), 10*time.Second) || !errors.Is(<-ended, context.Canceled) || ran.Load() != 1 || !two.standing().Broken {
		t.Errorf("cancelled: %+v, ran %d times", two.standing(), ran.Load())
	}
	if again := j.start("a", title, work); again != one {
		t.Error("a cancelled job began anew by itself")
	}
	j.forget(one)
	result := j.start("a", title, func(context.Context, *job) (any, error) { return 7, nil })
	result.wait(t.Context(), 10*time.Second)
	if value, err := result.outcome(); value != 7 || err != nil {
		t.Errorf("anew: %v %v", value, err)
	}
	broken := j.start("b", title, func(context.Context, *job) (any, error) { panic("b") })
	if broken.wait(t.Context(), 10*time.Second); fault.KindOf(broken.err) != fault.Internal {
		t.Errorf("a panic became %v", broken.err)
	}
	for i := range 3 * jobsKept {
		j.start(fmt.Sprint("many", i), title, func(context.Context, *job) (any, error) { return nil, nil }).wait(t.Context(), time.Second)
	}
	if len(j.kept) > jobsKept+1 {
		t.Errorf("%d are kept", len(j.kept))
	}
}

// A long query is shown with its progress, polled by parts, and really stopped in the engine when it is cancelled.
func TestLongQueryIsCancelled(t *testing.T) {
	c := filledClaims(t, false)
	d := c.site.claims
	m, err := d.manifest()
	if err != nil {
		t.Fatal(err)
	}
	s := m.Snapshot(2025, lake.Final)
	started := make(chan struct{})
	b := d.jobs.start("slow", fault.Msg("web.claims.tab.factors"), func(ctx context.Context, b *job) (any, error) {
		session, err := d.session(ctx, s)
		if err != nil {
			return nil, err
		}
		defer session.Close()
		b.say(fault.Msg("web.claims.phase.factors", "year", 2025), 1, 4)
		close(started)
		rows, err := session.QueryContext(ctx, `SELECT COUNT(*) FROM claims a, claims b, claims c WHERE a.medfee_sumamt + b.medfee_sumamt = c.medfee_sumamt + 1`)
		if err != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
		defer rows.Close()
		for rows.Next() {
		}
		return nil, errors.Join(ctx.Err(), rows.Err())
	})
	<-started
	panel := get(t, c, "/data/claims/job/"+b.id+"?back=/data/claims/factors", "HX-Request", "true").Body.String()
	if !strings.Contains(panel, "25%") || !strings.Contains(panel, `hx-trigger="every 1s"`) || strings.Contains(panel, "<html") {
		t.Errorf("the panel is %s", panel)
	}
	if page := get(t, c, "/data/claims/job/"+b.id+"?back=/data/claims/factors").Body.String(); !strings.Contains(page, `http-equiv="refresh"`) {
		t.Error("without scripts nothing moves")
	}
	w := c.post(t, "/data/claims/job/"+b.id+"/cancel", url.Values{"back": {"//elsewhere/"}})
	if w.Header().Get("Location") != "/data/claims" || !b.over() || !b.standing().Broken {
		t.Errorf("cancelled: %s, over %v, %+v", w.Header().Get("Location"), b.over(), b.standing())
	}
	if page := get(t, c, "/data/claims/job/"+b.id).Body.String(); !strings.Contains(page, "已取消") {
		t.Error("the page does not say that it was cancelled")
	}
}

// Without the engine imports are listed, and the other pages say which program to use. The page is rendered whatever this
// program has.
func TestClaimsWithoutEngine(t *testing.T) {
	s := testSite(t, sichuan())
	f := s.bareFrame(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/data/claims/factors", nil))
	f.name = "factors"
	f.open()
	f.claims = &claimsChoice{}
	for _, render := range []func(io.Writer) error{
		func(w io.Writer) error { return claimsNoEnginePage(f, "x").Render(t.Context(), w) },
		func(w io.Writer) error { return importsPage(f, importsModel{}).Render(t.Context(), w) },
	} {
		var b bytes.Buffer
		if err := render(&b); err != nil || !strings.Contains(b.String(), "tongchou-claims serve") || strings.Contains(b.String(), `type="file"`) {
			t.Errorf("%v: %s", err, b.String())
		}
	}
}

// A look is written down before rows are shown; where it cannot be, there are no rows.
func TestLooks(t *testing.T) {
	dir := t.TempDir()
	l := looks{path: filepath.Join(dir, looksFile), now: time.Now}
	for i := range 3 {
		if err := l.add(look{Who: "192.0.2.1", Filter: "f", Rows: i}); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"at":"cut o`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.add(look{Who: "192.0.2.1", Rows: 9}); err != nil {
		t.Fatal(err)
	}
	last, all, broken, err := l.list(2)
	if err != nil || all != 4 || broken != 1 || len(last) != 2 || last[0].Rows != 9 || last[0].Who != "192.0.2.1" {
		t.Errorf("%+v, %d, %d, %v", last, all, broken, err)
	}
	if info, err := os.Stat(l.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	l.path = filepath.Join(dir, "nowhere", looksFile)
	if err := l.add(look{Who: "192.0.2.1"}); fault.KindOf(err) != fault.Internal {
		t.Errorf("nowhere to write: %v", err)
	}
}

func TestChecksAreRunAndSigned(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	c := filledClaims(t, true)
	if w := c.post(t, "/data/claims/checks", nil); w.Code != http.StatusSeeOther {
		t.Fatalf("%d", w.Code)
	}
	body := c.answer(t, "/data/claims/checks")
	for _, want := range []string{"没有校验，原因", "总额与基金收支表不可比", "未签认"} {
		if !strings.Contains(body, want) {
			t.Errorf("the report does not say %q: %s", want, mainOf(body))
		}
	}
	checkTexts(t, "checks", body)
	checkTexts(t, "checks in English", c.answer(t, "/data/claims/checks?lang=en"))
	digest := regexp.MustCompile(`name="report" value="([0-9a-f]{64})"`).FindStringSubmatch(body)
	if digest == nil {
		t.Fatal("there is nothing to sign")
	}
	if w := c.post(t, "/data/claims/checks/sign", url.Values{"report": {digest[1]}, "who": {" "}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "签认须写明签认人") {
		t.Errorf("nobody signs: %d", w.Code)
	}
	if w := c.post(t, "/data/claims/checks/sign", url.Values{"report": {strings.Repeat("0", 64)}, "who": {"甲"}, "remark": {"x"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("another report is signed: %d", w.Code)
	}
	if w := c.post(t, "/data/claims/checks/sign", url.Values{"report": {digest[1]}, "who": {"张三"}, "remark": {"已逐条核对"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("signed: %d %s", w.Code, mainOf(w.Body.String()))
	}
	if body := c.answer(t, "/data/claims/checks"); !strings.Contains(body, "张三 已签认") || !strings.Contains(body, "已逐条核对") {
		t.Error("the sign-off is not shown")
	}
	c.post(t, "/data/claims/withdraw/i000001", nil)
	claims, _ := madeClaims()
	c.settled(t, c.bring(t, "final", "less.csv", claims[:bytes.LastIndexByte(claims[:len(claims)-1], '\n')+1]))
	if body := c.answer(t, "/data/claims/checks"); !strings.Contains(body, "签认已失效") {
		t.Error("a sign-off of other data still counts")
	}
}

var seeRows = regexp.MustCompile(`href="(/data/claims/checks/rows[^"]*)"`)

// Whoever looks at rows is written down first; without the right there are none, and where nothing can be written neither.
func TestRowsAreARightOfTheirOwn(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	c := filledClaims(t, true)
	c.post(t, "/data/claims/checks", nil)
	m := seeRows.FindStringSubmatch(c.answer(t, "/data/claims/checks"))
	if m == nil {
		t.Fatal("no finding has rows")
	}
	finding := strings.ReplaceAll(m[1], "&amp;", "&")
	for n, path := range []string{finding, "/data/claims/pivot/rows?city=510100&insurance=310"} {
		w := get(t, c, path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "本次查看已留痕") || !strings.Contains(w.Body.String(), "\u2026") {
			t.Errorf("%s: %d %s", path, w.Code, mainOf(w.Body.String()))
		}
		checkTexts(t, path, w.Body.String())
		last, all, _, err := c.site.claims.looks.list(1)
		if err != nil || all != n+1 || last[0].Rows == 0 || last[0].Year != 2025 || last[0].Snapshot != c.site.claims.snapshotID(t) {
			t.Errorf("written down: %+v, %d, %v", last, all, err)
		}
	}
	if body := c.answer(t, "/data/claims"); !strings.Contains(body, "192.0.2.1") || !strings.Contains(body, "统筹区：成都") {
		t.Error("the page of imports does not say who looked")
	}
	log := filepath.Join(c.dir, "claims", looksFile)
	if err := os.Rename(log, log+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(log, 0o700); err != nil {
		t.Fatal(err)
	}
	if w := get(t, c, "/data/claims/pivot/rows?city=510100"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "<td") {
		t.Errorf("rows without a record: %d", w.Code)
	}
	without := filledClaims(t, false)
	w := get(t, without, "/data/claims/pivot/rows?city=510100")
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "--claims-rows") || strings.Contains(w.Body.String(), "<td") {
		t.Errorf("without the right: %d", w.Code)
	}
	if _, err := os.Stat(filepath.Join(without.dir, "claims", looksFile)); err == nil {
		t.Error("what was not shown is written down")
	}
}

// Cells of few persons are not published: not on the page, not in files, and without the right not by asking for the other view.
func TestFewPersonsAreSuppressed(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	const path = "/data/claims/pivot?rows=city&columns=care&measure=settlements"
	c := filledClaims(t, false)
	for _, asked := range []string{path, path + "&view=inside"} {
		body := c.answer(t, asked)
		if !strings.Contains(body, `>`+suppressedMark+`<`) {
			t.Errorf("%s: nothing is suppressed", asked)
		}
		if small := regexp.MustCompile(`(?s)<tbody>.*</tbody>`).FindString(body); regexp.MustCompile(`>[1-9]</a>`).MatchString(small) {
			t.Errorf("%s: a cell of fewer than 10 is shown", asked)
		}
	}
	csv := get(t, c, "/data/claims/pivot/export.csv?rows=city&columns=care&measure=settlements&view=inside").Body.String()
	if !strings.Contains(csv, suppressedMark) || regexp.MustCompile(`,[1-9],`).MatchString(csv) {
		t.Errorf("the file says %s", csv)
	}
	inside := filledClaims(t, true).answer(t, path+"&view=inside")
	if strings.Contains(inside, `>`+suppressedMark+`<`) || !strings.Contains(inside, "不得对外提供") || !regexp.MustCompile(`>[1-9]</a>`).MatchString(inside) {
		t.Error("with the right, the internal view hides cells or has no warning")
	}
}

// What is not shown cannot be worked out: sums along a dimension are left out when one of them, or a whole line, is suppressed.
func TestSumsGiveNothingAway(t *testing.T) {
	cell := func(suppressed bool, keys ...string) lake.PivotCell {
		return lake.PivotCell{Keys: keys, Suppressed: suppressed}
	}
	p := pivots{cells: lake.Pivot{Cells: []lake.PivotCell{cell(true, "a", "x"), cell(false, "b", "x"), cell(false, "b", "y")}},
		rows:    lake.Pivot{Cells: []lake.PivotCell{cell(false, "a"), cell(false, "b")}},
		columns: lake.Pivot{Cells: []lake.PivotCell{cell(false, "x"), cell(false, "y")}}}
	if p.open(0, p.rows) || !p.open(1, p.columns) {
		t.Error("a line that is suppressed as a whole has its sum shown, or another has not")
	}
	p.columns.Cells[0].Suppressed = true
	if p.open(1, p.columns) {
		t.Error("sums are shown beside a suppressed one")
	}
}

func TestDifferencesAddUp(t *testing.T) {
	t.Attr("clause", "YN-2.7")
	c := filledClaims(t, false)
	c.answer(t, "/data/claims/differences")
	lines := strings.Split(strings.TrimSpace(get(t, c, "/data/claims/differences/export.csv").Body.String()), "\n")
	if len(lines) != 43 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines[1:] {
		cells := strings.Split(strings.TrimSpace(line), ",")
		var amounts []money.Fen
		for _, cell := range cells[5:14] {
			x, err := money.ParseFen(cell)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			amounts = append(amounts, x)
		}
		if amounts[0]-amounts[1] != amounts[3] || money.Sum(amounts[4:]...) != amounts[3] {
			t.Errorf("%s does not add up", line)
		}
	}
}

// With sign-in, single settlements and cells of few persons are for those alone who have the right, and who looked is written down by name.
func TestRowsNeedTheRight(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	filled := filledClaims(t, true)
	b := newBureau(t, sichuan(), func(o *Options) {
		o.Claims = Claims{Dir: filepath.Join(filled.dir, "claims"), Enrolled: filepath.Join(filled.dir, "enrolled.csv"), Rows: true}
	})
	t.Cleanup(func() {
		if err := b.site.claims.close(); err != nil {
			t.Error(err)
		}
	})
	b.hire("viewer", office.Health, sichuanProvince, office.Viewer)
	reader := b.hire("reader", office.MedicalSecurity, sichuanProvince, office.Viewer, office.ClaimsReader)
	answer := func(v *visitor, path string) *httptest.ResponseRecorder {
		for {
			if w := v.get(path); w.Code != http.StatusAccepted {
				return w
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	const inside = "/data/claims/pivot?rows=city&columns=care&measure=settlements&view=inside"
	for login, sees := range map[string]bool{"viewer": false, "reader": true} {
		v := b.enter(login)
		w := answer(v, inside)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), ">"+suppressedMark+"<") == sees {
			t.Errorf("%s: the inside view is answered with %d", login, w.Code)
		}
		if w := v.get("/data/claims/pivot/rows?city=510100"); (w.Code == http.StatusOK) != sees {
			t.Errorf("%s: rows are answered with %d", login, w.Code)
		}
	}
	last, all, _, err := b.site.claims.looks.list(1)
	if err != nil || all != 1 || last[0].Who != string(reader.ID) || last[0].From == "" {
		t.Errorf("%+v, %d, %v", last, all, err)
	}
}
