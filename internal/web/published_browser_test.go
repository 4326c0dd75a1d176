package web

import (
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"tongchou/internal/office"
)

// What was published, as a city and as the province see it, with data and without: no barrier that axe finds, in both languages and sizes.
func TestBrowserPublished(t *testing.T) {
	b := treasury(t, sichuan())
	look := b.lookedAt(t)
	look("empty", "city", "/pool/division/510300")
	id := b.approvedRun("2025")
	look("run", "approver", "/pool/runs/"+id)
	approver := b.enter("approver")
	one := pathOf(approver.done("/pool/runs/"+id+"/publish", "comparison", "1"))
	look("city", "city", "/pool/division/510300")
	look("province", "approver", one)
	look("list", "approver", "/published")
	approver.done(one+"/withdraw", "reason", "口径有误，更正后重新公布")
	look("withdrawn", "city", one)
}

// Finished documents, tokens, backup, a verification on its way and a city's own rows, likewise.
func TestBrowserOfficeAtWork(t *testing.T) {
	b := treasury(t, sichuan())
	b.site.Backups = &Backups{Dir: t.TempDir()}
	t.Cleanup(b.site.work.close)
	b.approvedRun("2025")
	b.administrators()
	b.hire("auditor", office.AuditOffice, sichuanProvince, office.Auditor)
	look := b.lookedAt(t)
	look("documents", "approver", "/documents")
	look("documents-empty", "city", "/documents")
	look("tokens", "auditor", "/system/tokens")
	look("backup", "sysadmin", "/system/backup")
	look("data", "city", "/data")
	for range jobsAtOnce { // the verification waits for its turn, so that its progress is seen
		b.site.work.slots <- struct{}{}
	}
	b.enter("auditadmin").post("/system/audit/verify")
	waiting, _ := b.site.work.find(func(*job) bool { return true })
	look("verifying", "auditadmin", "/system/audit?work="+waiting.id)
}

// lookedAt starts a browser and gives what looks at a page in it, in both languages and sizes: nothing too wide, no barrier that axe finds,
// no complaint of the browser.
func (b *bureau) lookedAt(t *testing.T) func(name, login, path string) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	parent := startBrowser(t)
	return func(name, login, path string) {
		for size, lang := range map[int64]string{1366: "zh", 1920: "en"} {
			ctx, complaints := tab(t, parent, size, size*9/16)
			run(t, ctx, chromedp.Navigate(server.URL+"/sign-in?lang="+lang), network.ClearBrowserCookies())
			run(t, ctx, signInTab(server.URL, login)...)
			var beyond int
			var findings []string
			run(t, ctx, chromedp.Navigate(server.URL+with(path, "lang", lang)), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
			screenshot(t, ctx, "published-"+name+"-"+lang+"-"+strconv.Itoa(int(size)))
			run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
			if said := complaints(); beyond > 0 || len(findings) > 0 || len(said) > 0 {
				t.Errorf("%s %s: %d pixels too wide, %v, %v", name, lang, beyond, findings, said)
			}
		}
	}
}
