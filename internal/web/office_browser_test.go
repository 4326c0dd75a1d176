package web

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"tongchou/internal/money"
	"tongchou/internal/office"
)

// signInTab signs somebody in, in a tab.
func signInTab(base, login string) []chromedp.Action {
	return []chromedp.Action{chromedp.Navigate(base + "/sign-in"), chromedp.SetValue("#login", login, chromedp.ByQuery), chromedp.SetValue("#password", testPassword, chromedp.ByQuery),
		chromedp.Submit("#password", chromedp.ByQuery), until(`document.querySelector(".who")`)}
}

// busyBureau is a console with work waiting: documents, users of every kind and a log.
func busyBureau(t *testing.T) *bureau {
	b := newBureau(t, sichuan(), func(o *Options) { o.Demo = &Demo{Password: testPassword} })
	b.administrators()
	maker := b.signers()
	b.hire("idle", office.Health, zigong, office.Viewer)
	clerk := b.enter("clerk")
	for i, id := range []office.DocumentID{"yk-2026-001", "yk-2026-002", "yk-2026-003"} {
		b.paper(id, office.PaymentOrder, sichuanProvince, 12_345_678_90*money.Fen(1+100*i), maker)
		clerk.post("/documents/"+string(id), "act", "submit", "version", "1")
	}
	b.enter("reviewer").post("/documents/yk-2026-002", "act", "return", "version", "2", "reason", "收款账户与协议不一致，请核对后重报")
	users, err := b.store.Accounts().Users(t.Context(), everywhere(sichuanProvince))
	if err != nil {
		t.Fatal(err)
	}
	b.site.Demo.Users = users
	b.pass(80 * time.Hour)
	return b
}

// Signing in, what waits, a document, users and the log: no barrier that axe finds, in both languages and sizes.
func TestBrowserOffice(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := busyBureau(t)
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	parent := startBrowser(t)
	for _, c := range []struct{ name, login, path string }{
		{"sign-in", "", "/sign-in?why=over"}, {"todo", "reviewer", "/todo"}, {"document", "reviewer", "/documents/yk-2026-001"}, {"document-returned", "clerk", "/documents/yk-2026-002"},
		{"todo-empty", "idle", "/todo"}, {"password", "idle", "/password"}, {"forbidden", "idle", "/pool"}, {"rights", "clerk", "/system/rights"}, {"tokens", "clerk", "/system/tokens"},
		{"users", "sysadmin", "/system/users"}, {"user", "secadmin", "/system/users/u-idle"}, {"sessions", "secadmin", "/system/sessions"}, {"audit", "auditadmin", "/system/audit"},
		{"backup", "sysadmin", "/system/backup"}, {"settings", "secadmin", "/system/settings"},
	} {
		for _, size := range [][2]int64{{1366, 768}, {1920, 1080}} {
			for _, lang := range []string{"zh", "en"} {
				if size[0] == 1920 && lang == "en" {
					continue
				}
				name := strings.Join([]string{"office", c.name, lang, map[int64]string{1366: "1366", 1920: "1920"}[size[0]]}, "-")
				t.Run(name, func(t *testing.T) {
					ctx, complaints := tab(t, parent, size[0], size[1])
					run(t, ctx, chromedp.Navigate(server.URL+"/sign-in?lang="+lang), network.ClearBrowserCookies())
					if c.login != "" {
						run(t, ctx, signInTab(server.URL, c.login)...)
					}
					var beyond int
					var findings []string
					run(t, ctx, chromedp.Navigate(server.URL+with(c.path, "lang", lang)), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
					screenshot(t, ctx, name)
					run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
					if beyond > 0 {
						t.Errorf("the page is %d pixels wider than the window", beyond)
					}
					for _, finding := range findings {
						t.Error(finding)
					}
					if said := complaints(); len(said) > 0 && c.name != "forbidden" {
						t.Errorf("the browser complains: %v", said)
					}
				})
			}
		}
	}
}

// Somebody signs in, signs a document, signs the rest at once, and goes.
func TestBrowserSigns(t *testing.T) {
	b := busyBureau(t)
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	ctx, complaints := tab(t, startBrowser(t), 1366, 768)
	run(t, ctx, signInTab(server.URL, "reviewer")...)
	run(t, ctx, chromedp.Click(`a[href*="/documents/yk-2026-001"]`, chromedp.ByQuery), chromedp.Click(`form.act button.first`, chromedp.ByQuery), until(`document.querySelector(".alert.good")`))
	run(t, ctx, chromedp.Navigate(server.URL+"/todo"), chromedp.Click(`input[name="seen"]`, chromedp.ByQuery), chromedp.SendKeys("#total", "1", chromedp.ByQuery), chromedp.Submit("#total", chromedp.ByQuery),
		until(`document.querySelector(".alert[role=alert]")`))
	if got := text(t, ctx, ".alert"); !strings.Contains(got, "合计金额不符") {
		t.Errorf("says %q", got)
	}
	run(t, ctx, chromedp.SetValue("#total", "2481481458.90", chromedp.ByQuery), chromedp.Submit("#total", chromedp.ByQuery), until(`document.querySelector(".alert.good")`))
	run(t, ctx, chromedp.Click(`form[action="/sign-out"] button`, chromedp.ByQuery), chromedp.WaitVisible("#login", chromedp.ByQuery))
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %v", said)
	}
}
