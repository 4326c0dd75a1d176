package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

const statementsHeader = "year,division,insurance,income,expenditure,surplus_begin\n"

// refusedPage posts a file that is refused and gives the page and the workbook's address.
func (k *kept) refusedPage(t *testing.T, fields map[string]string, name, content string) (page, marked string) {
	t.Helper()
	before := k.files(t)
	w := postFile(t, k, fields, name, []byte(content))
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/data/refused/") {
		t.Fatalf("%s: status %d, to %s", name, w.Code, w.Header().Get("Location"))
	}
	shown := get(t, k, w.Header().Get("Location"))
	if shown.Code != http.StatusUnprocessableEntity {
		t.Fatalf("the refusal: status %d", shown.Code)
	}
	checkTexts(t, name, shown.Body.String())
	found := regexp.MustCompile(`/data/refused/[A-Z2-7]+/marked\.xlsx[^"]*`).FindString(shown.Body.String())
	if found == "" {
		t.Fatal("no workbook to take away")
	}
	if k.files(t) != before {
		t.Error("a refused upload changed the data")
	}
	return shown.Body.String(), strings.ReplaceAll(found, "&amp;", "&")
}

func TestUpload(t *testing.T) {
	k := openKept(t, exchange.Settings{Policy: "sichuan"}, policy.Coverage{})
	rows := statementsHeader + "2024,510100,employee,100.00,90.00,50.00\n2024,510300,employee,10.00,9.00,5.00\n"
	w := postFile(t, k, map[string]string{"kind": "statements"}, "年报.csv", []byte(rows))
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/data?") {
		t.Fatalf("status %d, to %s", w.Code, to)
	}
	page := get(t, k, strings.TrimSuffix(to, "#receipt")).Body.String()
	checkTexts(t, to, page)
	for _, want := range []string{"年报.csv", "新增 2 行，替换 0 行，未变 0 行", "还不能计算", "处不全", "阿坝"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	again := postFile(t, k, map[string]string{"kind": "statements"}, "a.csv", []byte(rows))
	if page := get(t, k, strings.TrimSuffix(again.Header().Get("Location"), "#receipt")).Body.String(); !strings.Contains(page, "新增 0 行，替换 0 行，未变 2 行") {
		t.Error("the same file again is not unchanged")
	}

	other := strings.Replace(rows, "100.00", "101.00", 1)
	refused, _ := k.refusedPage(t, map[string]string{"kind": "statements"}, "b.csv", other)
	if !strings.Contains(refused, "请勾选“替换”") || !strings.Contains(refused, "101.00") {
		t.Error("a row that differs is refused without a hint")
	}
	replaced := postFile(t, k, map[string]string{"kind": "statements", "replace": "1"}, "b.csv", []byte(other))
	if page := get(t, k, strings.TrimSuffix(replaced.Header().Get("Location"), "#receipt")).Body.String(); !strings.Contains(page, "新增 0 行，替换 1 行，未变 1 行") {
		t.Error("the row was not replaced")
	}
}

func TestRefusedUploadComesBackMarked(t *testing.T) {
	k := keptProvince(t)
	page, marked := k.refusedPage(t, map[string]string{"kind": "statements"}, "bad.csv",
		statementsHeader+"2027,510100,employee,abc,90.00,50.00\n2027,510300,nobody,10.00,9.001,5.00\n")
	for _, want := range []string{"bad.csv", "abc", "nobody", "9.001", "SC38-4.1", "15 分钟"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	w := get(t, k, marked)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != workbookType {
		t.Fatalf("the workbook: status %d", w.Code)
	}
	// The workbook is read by the same reader as any other: the same cells are refused for the same reasons.
	_, err := exchange.Load(exchange.Files{Statements: &exchange.Input{Name: "marked.xlsx", Content: w.Body.Bytes()}})
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) || len(refusal.Problems) != 3 || refusal.Problems[0].Row != 2 || refusal.Problems[0].Value != "abc" {
		t.Errorf("read again: %v", err)
	}
	// What only the rules refuse is not stored either.
	page, _ = k.refusedPage(t, map[string]string{"kind": "statements"}, "rules.csv", statementsHeader+"2027,530100,employee,-1,90.00,50.00\n")
	if !strings.Contains(page, "530100") || !strings.Contains(page, "为负") {
		t.Error("a foreign division or a negative income is not told")
	}
	k.now = k.now.Add(receiptsKept - time.Second)
	if w := get(t, k, marked); w.Code != http.StatusOK {
		t.Error("the workbook is gone too early")
	}
	k.now = k.now.Add(time.Second)
	if w := get(t, k, marked); w.Code != http.StatusNotFound {
		t.Error("the workbook is kept too long")
	}
}

func TestFormThatIsNotWhole(t *testing.T) {
	k := keptProvince(t)
	before := k.files(t)
	for _, c := range []struct {
		fields  map[string]string
		content []byte
		status  int
		want    string
	}{
		{map[string]string{"kind": "nothing"}, []byte("x"), http.StatusBadRequest, "请选择文件的种类"},
		{map[string]string{"kind": "../statements"}, []byte("x"), http.StatusBadRequest, "请选择文件的种类"},
		{map[string]string{}, []byte("x"), http.StatusBadRequest, "请选择文件的种类"},
		{map[string]string{"kind": "factors"}, nil, http.StatusBadRequest, "请选择要导入的文件"},
		{map[string]string{"kind": "factors"}, bytes.Repeat([]byte("x"), maxUpload+1), http.StatusRequestEntityTooLarge, "文件超过 32 MiB"},
		{map[string]string{"kind": "factors"}, bytes.Repeat([]byte("x"), maxUpload+maxDrained), http.StatusRequestEntityTooLarge, "文件超过 32 MiB"},
	} {
		w := postFile(t, k, c.fields, "a.csv", c.content)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%v, %d bytes: status %d", c.fields, len(c.content), w.Code)
		}
	}
	r := httptest.NewRequest("POST", "/data", strings.NewReader("kind=statements"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if k.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
		t.Errorf("a form without parts: status %d", w.Code)
	}
	body, kind := formOf(t, map[string]string{"kind": "statements"}, "a.csv", []byte(statementsHeader))
	cut := httptest.NewRequest("POST", "/data", io.LimitReader(body, 200))
	cut.Header.Set("Content-Type", kind)
	w = httptest.NewRecorder()
	if k.ServeHTTP(w, cut); w.Code != http.StatusBadRequest {
		t.Errorf("a form that broke off: status %d", w.Code)
	}
	if k.files(t) != before {
		t.Error("the data changed")
	}
}

func TestUploadFromElsewhereIsRefused(t *testing.T) {
	k := keptProvince(t)
	before := k.files(t)
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.example"}} {
		body, kind := formOf(t, map[string]string{"kind": "statements"}, "a.csv", []byte(statementsHeader+"2027,510100,employee,1,1,1\n"))
		r := httptest.NewRequest("POST", "/data", body)
		r.Header.Set("Content-Type", kind)
		r.Header.Set(header[0], header[1])
		w := httptest.NewRecorder()
		if k.ServeHTTP(w, r); w.Code != http.StatusForbidden {
			t.Errorf("%v: status %d", header, w.Code)
		}
	}
	if k.files(t) != before {
		t.Error("the data changed")
	}
}

func TestNamesAndCellsStayText(t *testing.T) {
	k := keptProvince(t)
	const script = `<script>alert(1)</script>`
	page, _ := k.refusedPage(t, map[string]string{"kind": "statements"}, script+`".csv`, statementsHeader+"2027,510100,employee,"+script+",90.00,50.00\n")
	if strings.Contains(page, script) || !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Error("a cell or a name is not shown as text")
	}
	for _, path := range []string{"/clauses?q=" + "%3Cscript%3Ealert(1)%3C/script%3E", "/policies/sichuan?on=%3Cscript%3Ealert(1)%3C/script%3E", "/data?kind=%3Cscript%3E&receipt=%3Cscript%3E"} {
		if body := get(t, k, path).Body.String(); strings.Contains(body, "<script>a") {
			t.Errorf("%s: what was asked is not shown as text", path)
		}
	}
	before := k.files(t)
	for _, name := range []string{"../../../etc/passwd", `..\..\tongchou.yaml`, "/etc/passwd", "statements.csv\x00.exe", ".lock"} {
		w := postFile(t, k, map[string]string{"kind": "statements"}, name, []byte(statementsHeader))
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%q: status %d", name, w.Code)
		}
	}
	if k.files(t) != before {
		t.Error("a name reached a file")
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"a.csv": "a.csv", `C:\x\年报.xlsx`: "年报.xlsx", "../../b.csv": "b.csv", "": "upload", "..": "upload", "a\x00\n\u202eb.csv": "ab.csv",
		strings.Repeat("长", 200) + ".csv": strings.Repeat("长", maxName-4) + ".csv",
	} {
		if got := fileName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestReceiptsAreBounded(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	r := newReceipts(&site{Options: Options{Now: func() time.Time { return now }}})
	first := r.keep(receipt{})
	for range maxReceipts {
		r.keep(receipt{})
	}
	if _, ok := r.find("", first); ok || len(r.kept) != maxReceipts {
		t.Errorf("%d receipts are kept", len(r.kept))
	}
	var large [4]string
	for i := range large {
		large[i] = r.keep(receipt{in: exchange.Input{Content: make([]byte, maxReceiptsBytes/3)}})
	}
	if _, ok := r.find("", large[0]); ok {
		t.Error("more than the bound is kept")
	}
	if _, ok := r.find("", large[3]); !ok || len(r.kept) != 3 {
		t.Errorf("the last is gone, or %d are kept", len(r.kept))
	}
	now = now.Add(receiptsKept)
	if _, ok := r.find("", large[3]); ok {
		t.Error("a receipt is kept too long")
	}
}

func TestProvinceThatOnlyShows(t *testing.T) {
	h := console(t, sichuan())
	if body := get(t, h, "/data").Body.String(); !strings.Contains(body, "只能查看") || strings.Contains(body, "<form class=\"stacked\"") {
		t.Error("a province that takes no files shows a form")
	}
	if w := postFile(t, h, map[string]string{"kind": "statements"}, "a.csv", []byte("x")); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}
