package web

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestBrowserAccessibilityOfClaims(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	parent := startBrowser(t)
	c := filledClaims(t, true)
	c.post(t, "/data/claims/checks", nil)
	m := seeRows.FindStringSubmatch(c.answer(t, "/data/claims/checks"))
	if m == nil {
		t.Fatal("no finding has rows")
	}
	filled, empty, without := httptest.NewServer(c), httptest.NewServer(claimsAt(t, t.TempDir(), false)), httptest.NewServer(filledClaims(t, false))
	for _, server := range []*httptest.Server{filled, empty, without} {
		t.Cleanup(server.Close)
	}
	paths := []struct {
		name, path string
		server     *httptest.Server
	}{
		{"imports", "/data/claims", filled}, {"empty", "/data/claims", empty}, {"factors-empty", "/data/claims/factors", empty}, {"checks", "/data/claims/checks", filled},
		{"checks-run", "/data/claims/checks?of_year=2024", filled}, {"checks-rows", strings.ReplaceAll(m[1], "&amp;", "&"), filled}, {"factors", "/data/claims/factors", filled},
		{"factors-all", "/data/claims/factors?set=all", filled}, {"factors-trace", "/data/claims/factors?trace=cost_per_head&division=510300", filled},
		{"differences", "/data/claims/differences", filled}, {"differences-trace", "/data/claims/differences?division=510300", filled},
		{"pivot", "/data/claims/pivot", filled}, {"pivot-wide", "/data/claims/pivot?rows=month&columns=city", filled}, {"rows", "/data/claims/pivot/rows?city=510300", filled},
		{"rows-off", "/data/claims/pivot/rows?city=510300", without}, {"withdraw", "/data/claims/withdraw/i000001", filled},
	}
	for _, p := range paths { // so that no page is still at work
		if p.name != "rows-off" {
			ask := c
			if p.server == empty {
				continue
			}
			ask.answer(t, p.path)
		}
	}
	for _, size := range []struct {
		width, height int64
		lang, font    string
	}{{1366, 768, "zh", "normal"}, {1366, 768, "en", "normal"}, {1366, 768, "zh", "large"}, {1920, 1080, "zh", "normal"}, {1920, 1080, "en", "normal"}} {
		for _, p := range paths {
			name := strings.Join([]string{p.name, size.lang, map[int64]string{1366: "1366", 1920: "1920"}[size.width], size.font}, "-")
			t.Run(name, func(t *testing.T) {
				ctx, complaints := tab(t, parent, size.width, size.height)
				var beyond int
				var findings []string
				run(t, ctx, chromedp.Navigate(p.server.URL+with(p.path, "lang", size.lang, "font", size.font)), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
				screenshot(t, ctx, "claims-"+name)
				run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
				if beyond > 0 {
					t.Errorf("the page is %d pixels wider than the window", beyond)
				}
				for _, finding := range findings {
					t.Error(finding)
				}
				for _, said := range complaints() {
					if !strings.Contains(said, "403") { // a page may say no
						t.Error(said)
					}
				}
			})
		}
	}
}

// A real browser brings a file, sees it come in, opens a figure, and does so without scripts as well.
func TestBrowserClaims(t *testing.T) {
	needEngine(t)
	parent := startBrowser(t)
	c := claimsAt(t, t.TempDir(), false)
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	claims, enrolled := madeClaims()
	file := filepath.Join(t.TempDir(), "claims.csv")
	for name, content := range map[string][]byte{file: claims, filepath.Join(c.dir, "enrolled.csv"): enrolled} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, complaints := tab(t, parent, 1366, 768)
	bring := func() {
		t.Helper()
		run(t, ctx, chromedp.Navigate(server.URL+"/data/claims?lang=zh"), chromedp.SetUploadFiles("#claims-file", []string{file}, chromedp.ByQuery))
		press(t, ctx, `#import button[type="submit"]`)
		run(t, ctx, chromedp.WaitReady("#receipt", chromedp.ByQuery))
	}
	bring()
	if got := text(t, ctx, "#receipt"); !strings.Contains(got, "已导入 claims.csv") {
		t.Errorf("the receipt says %s", got)
	}
	run(t, ctx, chromedp.Navigate(server.URL+"/data/claims/factors"), chromedp.WaitReady(`td a[href*="trace=admission_rate"]`, chromedp.ByQuery),
		chromedp.Click(`td a[href*="trace=admission_rate"]`, chromedp.ByQuery), chromedp.WaitVisible("#trace .steps", chromedp.ByQuery))
	if got := text(t, ctx, "#trace"); !strings.Contains(got, "YN-2.5") || !strings.Contains(got, "÷") {
		t.Errorf("the panel says %s", got)
	}
	for _, said := range complaints() {
		t.Error(said)
	}
	run(t, ctx, emulation.SetScriptExecutionDisabled(true))
	bring()
	if got := text(t, ctx, "#receipt"); !strings.Contains(got, "已经导入过") {
		t.Errorf("without scripts the receipt says %s", got)
	}
	run(t, ctx, chromedp.Navigate(server.URL+"/data/claims/checks"))
	press(t, ctx, `form[action*="/data/claims/checks"] button`)
	run(t, ctx, chromedp.WaitReady("#signoff", chromedp.ByQuery))
}
