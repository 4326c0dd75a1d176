package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongchou/internal/fault"
)

// get asks a console for a page. headers alternate name, value.
func get(t testing.TB, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// pages are the addresses a reader may stand on, each with something only its page says.
var pages = []struct{ path, zh, en string }{
	{"/", "六统一", "Six unifications"},
	{"/pool", "分统筹区清算", "Settlement by division"},
	{"/pool?trace=collected", "数字的来历", "Where the figure comes from"},
	{"/pool?sort=months&dir=asc", "分统筹区清算", "Settlement by division"},
	{"/pool/whatif", "合计 1", "sum 1"},
	{"/pool/whatif?pool.factor.headcount=0.9", "应为 1", "must be 1"},
	{"/pool/incentives", "这些数字是什么意思", "What these figures mean"},
	{"/pool/incentives?inline=1", "每多征收 1 元", "Per yuan collected"},
	{"/pool/sheet", "其中征缴收入", "of which levied"},
	{"/clauses/SC38-4.2", "以此为依据的参数", "Parameters that rest on it"},
}

var keyText = regexp.MustCompile(`\b(web|value|factor|trace|pool|policy|region|exchange)(\.[a-z_0-9]+)+`)

// parameterNames are ids that forms and files carry on purpose.
var parameterNames = regexp.MustCompile(`(name="|value=|=|/)(pool\.[a-z_.]+)"?`)

// checkTexts finds keys without a text and arguments without a value in what people read: text and titles.
func checkTexts(t *testing.T, path, body string) {
	t.Helper()
	body = regexp.MustCompile(`(?s)<code\b.*?</code>`).ReplaceAllString(body, " ") // names of parameters and functions, on purpose
	shown := regexp.MustCompile(`(?s)<(script|style|meta)[^>]*>|</?[a-z][^>]*?>`).ReplaceAllStringFunc(body, func(tag string) string {
		var said []string
		for _, m := range regexp.MustCompile(`(?:title|aria-label|placeholder)="([^"]*)"`).FindAllStringSubmatch(tag, -1) {
			said = append(said, m[1])
		}
		return " " + strings.Join(said, " ") + " "
	})
	if key := keyText.FindString(shown); key != "" {
		t.Errorf("%s shows the key %s", path, key)
	}
	if i := strings.IndexAny(shown, "{}"); i >= 0 {
		t.Errorf("%s shows a brace: %s", path, shown[max(0, i-40):min(len(shown), i+40)])
	}
}

func TestPagesInBothLanguages(t *testing.T) {
	for name, p := range map[string]fixed{"sichuan": sichuan(), "yunnan": yunnan(), "gapfill": gapfill()} {
		h := console(t, p)
		city := map[string]string{"sichuan": "510300", "yunnan": "530300", "gapfill": "510300"}[name]
		for _, lang := range []string{"zh", "en"} {
			for _, page := range append(pages, []struct{ path, zh, en string }{
				{"/pool/division/" + city, "全部计算步骤", "All steps of the computation"},
				{"/pool?trace=received&division=" + city, "数字的来历", "Where the figure comes from"},
			}...) {
				for _, unit := range []string{"yuan", "wan", "yi"} {
					path := with(page.path, "lang", lang, "unit", unit)
					w := get(t, h, path)
					if w.Code != http.StatusOK {
						t.Errorf("%s %s: status %d", name, path, w.Code)
						continue
					}
					want := page.zh
					if lang == "en" {
						want = page.en
					}
					if !strings.Contains(w.Body.String(), want) && !(name == "gapfill" && strings.Contains(page.path, "whatif")) {
						t.Errorf("%s %s does not say %q", name, path, want)
					}
					checkTexts(t, name+" "+path, w.Body.String())
				}
			}
		}
	}
}

func with(path string, more ...string) string {
	u, _ := url.Parse(path)
	q := u.Query()
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func TestEveryFigureTraces(t *testing.T) {
	t.Attr("clause", "SC38-12.1")
	for name, p := range map[string]fixed{"sichuan": sichuan(), "yunnan": yunnan(), "gapfill": gapfill()} {
		h := console(t, p)
		body := get(t, h, "/pool").Body.String()
		links := regexp.MustCompile(`href="(/pool\?[^"]*trace=[^"#]*)`).FindAllStringSubmatch(body, -1)
		if len(links) < 100 {
			t.Errorf("%s: only %d figures trace", name, len(links))
		}
		for _, m := range links {
			path := strings.ReplaceAll(m[1], "&amp;", "&")
			w := get(t, h, path, "HX-Request", "true", "HX-Target", "trace")
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<ol class="steps"><li>`) {
				t.Errorf("%s %s: %d, no steps", name, path, w.Code)
			}
			if strings.Contains(w.Body.String(), "<html") {
				t.Errorf("%s: a whole page in place of the panel", path)
			}
			checkTexts(t, path, w.Body.String())
		}
	}
}

func TestNoDeadLinks(t *testing.T) {
	h := console(t, sichuan())
	seen, queue := map[string]bool{}, []string{"/"}
	for len(queue) > 0 && len(seen) < 3000 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		w := get(t, h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		if strings.Contains(path, "unit=yuan") || strings.Contains(path, "trace=") || strings.Contains(path, "sort=") || strings.Contains(path, "lang=") || strings.Contains(path, "font=") {
			continue // one step into these is enough
		}
		for _, m := range regexp.MustCompile(`href="(/[^"#]*)`).FindAllStringSubmatch(w.Body.String(), -1) {
			queue = append(queue, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d addresses found", len(seen))
	}
}

func TestHeaders(t *testing.T) {
	h := console(t, sichuan())
	for _, path := range []string{"/", "/pool", "/nowhere", "/pool/export.xlsx", "/static/nothing.css"} {
		w := get(t, h, path)
		if got := w.Header().Get("Content-Security-Policy"); got != contentPolicy {
			t.Errorf("%s: policy %q", path, got)
		}
		for _, name := range []string{"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"} {
			if w.Header().Get(name) == "" {
				t.Errorf("%s: no %s", path, name)
			}
		}
	}
	for _, p := range pages {
		body := get(t, h, p.path).Body.String()
		if m := regexp.MustCompile(`\sstyle=|<style|<script>|\son[a-z]+="|javascript:`).FindString(body); m != "" {
			t.Errorf("%s: %q breaks the content policy", p.path, m)
		}
	}
}

func TestStaticFilesAreKeptForGood(t *testing.T) {
	h := console(t, sichuan())
	body := get(t, h, "/").Body.String()
	found := regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(found) < 4 {
		t.Fatalf("%d static files, want icon, style and scripts", len(found))
	}
	for _, m := range found {
		w := get(t, h, m[1])
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %q", m[1], w.Code, w.Header().Get("Cache-Control"))
		}
		if again := get(t, h, m[1], "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s asked again: %d", m[1], again.Code)
		}
	}
}

func TestScriptsInTheAddressStayText(t *testing.T) {
	h := console(t, sichuan())
	attack := `"><script>alert(1)</script>`
	for _, path := range []string{"/pool", "/pool/whatif", "/pool/incentives", "/pool/sheet", "/", "/pool/division/510300", "/clauses/SC38-4.2"} {
		for _, name := range []string{"name", "trace", "division", "sort", "dir", "year", "insurance", "unit", "lang", "font", "pool.factor.headcount", "pool.set_aside"} {
			w := get(t, h, with(path, name, attack))
			if strings.Contains(w.Body.String(), "<script>alert") {
				t.Errorf("%s with %s: the script came through", path, name)
			}
			if w.Code >= 500 {
				t.Errorf("%s with %s: %d", path, name, w.Code)
			}
		}
	}
}

func TestUnknownPlacesAreNotFound(t *testing.T) {
	h := console(t, sichuan())
	for _, path := range []string{"/nowhere", "/pool/division/530100", "/pool/division/x", "/clauses/NO-1", "/pool?trace=nothing", "/pool?trace=paid&division=1", "/budget"} {
		w := get(t, h, path)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "没有这个页面") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestCrossOriginPostIsRefused(t *testing.T) {
	h := console(t, sichuan())
	r := httptest.NewRequest(http.MethodPost, "/pool", strings.NewReader("a=b"))
	r.Header.Set("Origin", "https://elsewhere.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", w.Code)
	}
}

func TestLanguageAndFontAreRemembered(t *testing.T) {
	h := console(t, sichuan())
	w := get(t, h, "/pool?lang=en&font=large")
	var cookies []string
	for _, c := range w.Result().Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %s is open", c.Name)
		}
	}
	body := get(t, h, "/pool", "Cookie", strings.Join(cookies, "; ")).Body.String()
	if !strings.Contains(body, `<html lang="en" class="large">`) {
		t.Errorf("language and font are forgotten: %.200s", body)
	}
}

func TestRefusedDataSaysWhatToDo(t *testing.T) {
	bad := sichuan()
	bad.facts.Statements = append(bad.facts.Statements[:0:0], bad.facts.Statements...)
	bad.facts.Statements[3].Income = -500
	broken := fixed{policy: "sichuan", err: fault.Refuse(fault.Problem{File: "statements.csv", Row: 7, Column: "income", Value: "x", Message: fault.Msg("pool.negative", "value", "x")})}
	inside := fixed{policy: "sichuan", err: errors.New("disk on fire")}
	for name, c := range map[string]struct {
		p    fixed
		says []string
	}{"bad": {bad, []string{"statements.csv", "怎么办", "/data"}}, "broken": {broken, []string{"statements.csv", "7"}}, "inside": {inside, []string{"程序内部出错"}}} {
		for _, path := range []string{"/", "/pool", "/pool/sheet", "/pool/incentives", "/pool/division/510300", "/pool/export.xlsx"} {
			w := get(t, console(t, c.p), path)
			if w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s %s: %d", name, path, w.Code)
			}
			for _, says := range c.says {
				if !strings.Contains(w.Body.String(), says) {
					t.Errorf("%s %s does not say %q", name, path, says)
				}
			}
			if strings.Contains(w.Body.String(), "disk on fire") {
				t.Errorf("%s: the cause is for the log", path)
			}
			checkTexts(t, name+path, w.Body.String())
		}
	}
}

func TestEmptyProvinceSaysHowToBegin(t *testing.T) {
	h := console(t, fixed{policy: "sichuan"})
	for _, lang := range []string{"zh", "en"} {
		for _, path := range []string{"/", "/pool", "/pool/whatif", "/pool/incentives", "/pool/sheet", "/pool/division/510300", "/pool/export.xlsx"} {
			w := get(t, h, with(path, "lang", lang))
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "tongchou demo") {
				t.Errorf("%s: %d", path, w.Code)
			}
			checkTexts(t, path, w.Body.String())
		}
	}
}

func TestPanicBecomesAPage(t *testing.T) {
	s := testSite(t, sichuan())
	s.table = append(s.table, route{"GET /boom", "boom", false, func(*frame, http.ResponseWriter, *http.Request) error { panic("boom") }, anybody})
	w := get(t, s.handler(), "/boom")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "程序内部出错") || strings.Contains(w.Body.String(), "boom</") {
		t.Errorf("%d %.300s", w.Code, w.Body.String())
	}
}

func TestPrintedSheetAndLabels(t *testing.T) {
	body := get(t, console(t, yunnan()), "/pool/sheet").Body.String()
	for _, want := range []string{"合成数据", "试算", "全省合计", "申请", "审核", "审定", "2026-11-23 17:00"} {
		if !strings.Contains(body, want) {
			t.Errorf("the sheet does not say %q", want)
		}
	}
}

func TestLocalOnly(t *testing.T) {
	h := LocalOnly(console(t, sichuan()))
	for host, want := range map[string]int{"127.0.0.1:8080": http.StatusOK, "localhost:8080": http.StatusOK, "localhost": http.StatusOK, "[::1]:8080": http.StatusOK, "[::1]": http.StatusOK,
		"evil.example": http.StatusMisdirectedRequest, "evil.example:8080": http.StatusMisdirectedRequest, "192.0.2.1:8080": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest,
		"localhost.evil.example": http.StatusMisdirectedRequest} {
		r := httptest.NewRequest(http.MethodGet, "/help", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
	}
}
