package web

import (
	"net/http/httptest"
	"os"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// What was published, as a city and as the province see it, with data and without: no barrier that axe finds, in both languages and sizes.
func TestBrowserPublished(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := treasury(t, sichuan())
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	parent := startBrowser(t)
	look := func(name, login, path string) {
		for _, size := range [][2]int64{{1366, 768}, {1920, 1080}} {
			for _, lang := range []string{"zh", "en"} {
				ctx, complaints := tab(t, parent, size[0], size[1])
				run(t, ctx, chromedp.Navigate(server.URL+"/sign-in?lang="+lang), network.ClearBrowserCookies())
				run(t, ctx, signInTab(server.URL, login)...)
				var beyond int
				var findings []string
				run(t, ctx, chromedp.Navigate(server.URL+with(path, "lang", lang)), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
				screenshot(t, ctx, "published-"+name+"-"+lang+"-"+strconv.Itoa(int(size[0])))
				run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
				if said := complaints(); beyond > 0 || len(findings) > 0 || len(said) > 0 {
					t.Errorf("%s %s: %d pixels too wide, %v, %v", name, lang, beyond, findings, said)
				}
			}
		}
	}
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
