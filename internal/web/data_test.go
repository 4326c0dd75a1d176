package web

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/synth"
	"tongchou/policies"
)

// kept is a console over a real data directory, with a clock that tests may move.
type kept struct {
	http.Handler
	dir    string
	folder *exchange.Folder
	now    time.Time
}

// openKept makes a data directory of a policy and a console over it.
func openKept(t testing.TB, s exchange.Settings, coverage policy.Coverage) *kept {
	t.Helper()
	k := &kept{dir: filepath.Join(t.TempDir(), "data"), now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	var err error
	if k.folder, err = exchange.CreateFolder(k.dir, s); err != nil {
		t.Fatal(err)
	}
	k.Handler, err = New(Options{Engine: engine(), Province: k.folder, Coverage: coverage, Version: "0.1-test", PolicyVersion: "abc",
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return k.now }})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// keptProvince is a console over a directory filled with a made-up province.
func keptProvince(t testing.TB) *kept {
	t.Helper()
	coverage, err := policy.LoadCoverage(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	k := openKept(t, exchange.Settings{Policy: "sichuan", Synthetic: true}, coverage)
	facts, err := synth.Province(synth.Options{Province: "510000", From: 2024, To: 2026, Seed: 7, AgeGroups: true}, engine().Tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []exchange.Kind{exchange.Statements, exchange.Factors, exchange.AgeGroups} {
		k.put(t, kind, facts)
	}
	return k
}

func (k *kept) put(t testing.TB, kind exchange.Kind, facts pool.Facts) {
	t.Helper()
	content, err := canonical(facts, kind)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.folder.Import(kind, exchange.Input{Name: string(kind) + ".csv", Content: content}, false); err != nil {
		t.Fatal(err)
	}
}

// files reads every file of the directory, to see whether anything changed.
func (k *kept) files(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	names, err := filepath.Glob(filepath.Join(k.dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(filepath.Base(name) + "\n" + string(content))
	}
	return b.String()
}

// formOf is a form with a file, as a browser sends it.
func formOf(t testing.TB, fields map[string]string, name string, content []byte) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for field, value := range fields {
		if err := m.WriteField(field, value); err != nil {
			t.Fatal(err)
		}
	}
	if content != nil {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", `form-data; name="file"; filename="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)+`"`)
		header.Set("Content-Type", "application/octet-stream")
		part, err := m.CreatePart(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, m.FormDataContentType()
}

func postFile(t testing.TB, h http.Handler, fields map[string]string, name string, content []byte) *httptest.ResponseRecorder {
	t.Helper()
	body, kind := formOf(t, fields, name, content)
	r := httptest.NewRequest("POST", "/data?lang=zh", body)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// pagesOfLaw are the pages of law, data and help, each with something only its page says.
var pagesOfLaw = []struct{ path, zh, en string }{
	{"/policies", "来源文件", "Source documents"},
	{"/policies/sichuan", "权重合计 100%", "weights sum to 100%"},
	{"/policies/yunnan?on=2026-12-31", "24 个月", "24 months"},
	{"/policies/yunnan?on=2025-01-01", "最早从 2026-01-01 起", "its first day is 2026-01-01"},
	{"/policies/sichuan?on=2024-13-01", "不是日期", "is not a date"},
	{"/policies/sichuan/pool.factor.aged_share", "试算这个参数", "Try another value"},
	{"/policies/yunnan/pool.collection.provincial_months", "24 个月", "24 months"},
	{"/policies/sichuan/pool.collection.stop_months", "没有规定这个参数", "does not set this parameter"},
	{"/policies/diff", "个参数不同", "parameters differ"},
	{"/policies/diff?a=yunnan&b=yunnan", "没有不同的参数", "do not differ"},
	{"/policies/diff?a=sichuan&b=example-gapfill&all=1", "只看不同", "Only what differs"},
	{"/clauses", "共 127 条", "of 127 clauses"},
	{"/clauses?document=SC38&room=pool&carried=yes", "省级风险金", "risk reserve"},
	{"/clauses?carried=no&q=zzzz", "没有符合条件的条款", "No clause matches"},
	{"/clauses/SC38-4.3", "由什么承载", "Carried by"},
	{"/clauses/EX-1", "不计入承载", "it is not owed"},
	{"/data", "数据目录里有什么", "What the data directory holds"},
	{"/data/statements", "共 126 行", "of 126"},
	{"/data/statements?of_year=2025&of_insurance=resident", "共 21 行", "of 21"},
	{"/data/age_groups?page=2", "第 201–400 行", "Rows 201–400"},
	{"/data/factors", "攀枝花市", "Panzhihua"},
	{"/data/opening", "没有数据", "No rows"},
	{"/help", "怎样看数字的来历", "How to read where a figure comes from"},
}

func TestPagesOfLawInBothLanguages(t *testing.T) {
	for name, h := range map[string]http.Handler{"full": keptProvince(t), "fixed": console(t, yunnan()), "empty": openKept(t, exchange.Settings{Policy: "sichuan"}, policy.Coverage{})} {
		for _, lang := range []string{"zh", "en"} {
			for _, page := range pagesOfLaw {
				path := with(page.path, "lang", lang)
				w := get(t, h, path)
				if w.Code != http.StatusOK {
					t.Errorf("%s %s: status %d", name, path, w.Code)
					continue
				}
				checkTexts(t, name+" "+path, w.Body.String())
				want := page.zh
				if lang == "en" {
					want = page.en
				}
				if name == "full" && !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s does not say %s", path, want)
				}
			}
		}
	}
}

func TestUnknownLawIsNotFound(t *testing.T) {
	h := keptProvince(t)
	for _, path := range []string{"/policies/nowhere", "/policies/sichuan/pool.nothing", "/policies/nowhere/pool.reserve.rate", "/policies/diff?a=nowhere", "/policies/nowhere/export.csv",
		"/clauses/SC38-99.9", "/clauses/%3Cscript%3E", "/data/nothing", "/data/file/nothing.csv", "/data/file/statements.xlsx", "/data/template/nothing.xlsx", "/data/file/..%2Ftongchou.yaml",
		"/data/refused/AAAA", "/data/refused/AAAA/marked.xlsx", "/data/template/statements.csv"} {
		if w := get(t, h, path); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "没有这个页面") {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

func TestCoverageThatWasNotMade(t *testing.T) {
	h := openKept(t, exchange.Settings{Policy: "sichuan"}, policy.Coverage{})
	for path, want := range map[string]string{"/clauses": "还没有生成", "/clauses/SC38-4.3": "还没有生成", "/policies": "36 条"} {
		if body := get(t, h, path).Body.String(); !strings.Contains(body, want) || strings.Contains(body, "已承载 0 / 36") {
			t.Errorf("%s does not say %s", path, want)
		}
	}
}

func TestLawLeadsOnward(t *testing.T) {
	h := keptProvince(t)
	for path, wants := range map[string][]string{
		"/policies/sichuan/pool.reserve.rate": {"/pool/whatif?", "#pool-reserve-rate", "trace=added", "提取省级风险金"},
		"/policies/sichuan":                   {`href="#assumption-1"`, `id="assumption-1"`, "10%", "0.10", "SC38-4.2"},
		"/clauses":                            {`id="SC38-4.3"`, "/policies/sichuan/pool.reserve.rate"},
		"/pool?trace=collected":               {"/clauses/SC38-4.1"},
		"/policies/diff":                      {"个百分点", "征求意见稿"},
		"/data":                               {"合成数据", "齐全", "SM3"},
		"/clauses/SC38-4.3":                   {"/policies/sichuan/pool.reserve.ceiling"},
	} {
		body := get(t, h, path).Body.String()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not hold %s", path, want)
			}
		}
	}
}

func TestTablesGoOut(t *testing.T) {
	h := keptProvince(t)
	for path, want := range map[string]string{
		"/policies/documents.csv":                       "川办发〔2023〕38号",
		"/policies/sichuan/export.csv?on=2026-12-31":    "pool.reserve.rate,省级风险金提取比例,0.05,5%",
		"/policies/diff/export.csv?a=sichuan&b=yunnan":  "pool.collection.rate.employee",
		"/clauses/export.csv?q=SC38-4.3":                "sichuan:pool.reserve.rate",
		"/data/file/statements.csv":                     "2026,510100,employee",
		"/data/file/age_groups.csv":                     "group",
		"/clauses/export.csv?lang=en&document=SC38N&q=": "SC38N-",
	} {
		w := get(t, h, path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), strings.TrimPrefix(want, "sichuan:")) {
			t.Errorf("%s: status %d, no %s", path, w.Code, want)
		}
		if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment;") {
			t.Errorf("%s: %s", path, got)
		}
	}
	template := get(t, h, "/data/template/statements.xlsx?year=2027")
	if template.Code != http.StatusOK || !strings.Contains(template.Header().Get("Content-Disposition"), "filename") {
		t.Fatalf("the template: status %d", template.Code)
	}
	if _, err := exchange.Load(exchange.Files{Statements: &exchange.Input{Name: "t.xlsx", Content: template.Body.Bytes()}}); err == nil {
		t.Error("a template that is not filled in can be read as data")
	}
}
