package web

import (
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/office"
)

// In a real browser: a scenario is simulated, kept as a change of policy, another is set beside it, and the change is submitted with its simulation; nothing sticks out,
// nothing that axe finds.
func TestBrowserSimulation(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := bureauWithClaims(t)
	b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Viewer, office.Clerk)
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	parent := startBrowser(t)
	ctx, complaints := tab(t, parent, 1366, 768)
	run(t, ctx, signInTab(server.URL, "clerk")...)
	look := func(name string) {
		t.Helper()
		var beyond int
		var findings []string
		run(t, ctx, chromedp.Evaluate(pageWidth, &beyond))
		screenshot(t, ctx, name)
		run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
		if beyond > 0 || len(findings) > 0 {
			t.Errorf("%s: %d pixels wider than the window; %q", name, beyond, findings)
		}
	}
	const field = `[name="benefit.inpatient.ratio.resident.level3"]`
	for _, ratio := range []string{"0.75", "0.60"} {
		run(t, ctx, chromedp.Navigate(server.URL+"/benefit/simulation?lang=zh&of_year=2025&name="+url.QueryEscape("三级住院 "+ratio)), until(`document.querySelector("#table-layers")`),
			chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil),
			chromedp.SetValue(field, ratio, chromedp.ByQuery), until(`document.querySelector("#keep")`))
		if ratio == "0.75" {
			look("simulation-zh")
		}
		run(t, ctx, chromedp.Click("#keep", chromedp.ByQuery), until(`document.querySelector("#argument")`))
	}
	look("simulation-change")
	var side, state string
	run(t, ctx, chromedp.Click(`form.act button`, chromedp.ByQuery), until(`location.search.includes("done")`), chromedp.Text("h1 .badge", &state, chromedp.ByQuery),
		chromedp.Navigate(server.URL+"/benefit/changes?lang=zh"), until(`document.querySelectorAll("[name=compare]").length == 2`),
		chromedp.Evaluate(`document.querySelectorAll("[name=compare]").forEach(x => x.checked = true)`, nil), chromedp.Click("main form button", chromedp.ByQuery),
		until(`document.querySelector("#table-compared")`), chromedp.Text("#table-compared", &side, chromedp.ByQuery))
	if state != "待签" || strings.Count(side, "三级住院") != 2 {
		t.Errorf("the change is %q; side by side: %s", state, side)
	}
	look("simulation-compared")
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %v", said)
	}
}
