package web

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/exchange"
	"tongchou/internal/policy"
)

func TestBrowserAccessibilityOfLawAndData(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	parent := startBrowser(t)
	k := keptProvince(t)
	refused := postFile(t, k, map[string]string{"kind": "statements"}, "bad.csv", []byte(statementsHeader+"2027,510100,employee,abc,90.00,50.00\n")).Header().Get("Location")
	paths := []struct{ name, path string }{
		{"policies", "/policies"}, {"pack", "/policies/yunnan?on=2026-12-31"}, {"parameter", "/policies/sichuan/pool.factor.aged_share"}, {"diff", "/policies/diff"},
		{"clauses", "/clauses"}, {"clause-carried", "/clauses/SC38-4.3"}, {"data", "/data"}, {"data-rows", "/data/statements"}, {"data-refused", refused}, {"help", "/help"},
	}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	for _, c := range []struct {
		width, height int64
		lang, font    string
	}{{1366, 768, "zh", "normal"}, {1366, 768, "en", "normal"}, {1366, 768, "zh", "large"}, {1920, 1080, "zh", "normal"}, {1920, 1080, "en", "normal"}} {
		for _, p := range paths {
			name := strings.Join([]string{p.name, c.lang, map[int64]string{1366: "1366", 1920: "1920"}[c.width], c.font}, "-")
			t.Run(name, func(t *testing.T) {
				ctx, complaints := tab(t, parent, c.width, c.height)
				var beyond int
				var findings []string
				run(t, ctx, chromedp.Navigate(server.URL+with(p.path, "lang", c.lang, "font", c.font)), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
				screenshot(t, ctx, "law-"+name)
				run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
				if beyond > 0 {
					t.Errorf("the page is %d pixels wider than the window", beyond)
				}
				for _, finding := range findings {
					t.Error(finding)
				}
				if said := complaints(); len(said) > 0 {
					t.Errorf("the browser complains: %v", said)
				}
			})
		}
	}
}

// A real browser brings a file by the form, with and without what is wrong with it.
func TestBrowserUpload(t *testing.T) {
	parent := startBrowser(t)
	k := openKept(t, exchange.Settings{Policy: "sichuan"}, policy.Coverage{})
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	good, bad := filepath.Join(t.TempDir(), "good.csv"), filepath.Join(t.TempDir(), "bad.csv")
	for name, rows := range map[string]string{good: "2024,510100,employee,100.00,90.00,50.00\n", bad: "2024,510100,employee,x,90.00,50.00\n"} {
		if err := os.WriteFile(name, []byte(statementsHeader+rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, complaints := tab(t, parent, 1366, 768)
	bring := func(file, wait string) {
		t.Helper()
		run(t, ctx, chromedp.Navigate(server.URL+"/data?lang=zh"), chromedp.SetUploadFiles("#file", []string{file}, chromedp.ByQuery),
			chromedp.Click(`#import button[type="submit"]`, chromedp.ByQuery), chromedp.WaitVisible(wait, chromedp.ByQuery))
	}
	bring(good, "#receipt")
	if got := text(t, ctx, "#receipt"); !strings.Contains(got, "新增 1 行") {
		t.Errorf("the receipt says %s", got)
	}
	bring(bad, `a[href*="marked.xlsx"]`)
	if got := text(t, ctx, "main"); !strings.Contains(got, "bad.csv") || !strings.Contains(got, "数据没有任何改动") {
		t.Errorf("the refusal says %s", got)
	}
	for _, said := range complaints() {
		t.Error(said)
	}
}
