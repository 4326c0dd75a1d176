package web

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axeFindings asks axe-core for what WCAG 2.1 AA forbids and takes the serious and the critical.
const axeFindings = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}).then(r => r.violations
	.filter(v => v.impact === "serious" || v.impact === "critical" || v.tags.some(t => t.startsWith("wcag")))
	.flatMap(v => v.nodes.map(n => v.id + " " + n.target.join(" ") + ": " + n.failureSummary)))`

// pageWidth is what sticks out of the window.
const pageWidth = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

func TestBrowserAccessibility(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	parent := startBrowser(t)
	paths := []struct{ name, path string }{
		{"overview", "/"}, {"pool", "/pool"}, {"trace", "/pool?trace=received&division=510300"}, {"division", "/pool/division/511300"}, {"whatif", "/pool/whatif?pool.factor.headcount=0.2&pool.factor.aged_share=0.35"},
		{"whatif-wrong", "/pool/whatif?pool.factor.headcount=0.2x"}, {"incentives", "/pool/incentives?inline=1"}, {"sheet", "/pool/sheet"}, {"clause", "/clauses/SC38-4.2"}, {"missing", "/nowhere"},
	}
	provinces := map[string]string{"sichuan": serve(t, sichuan()), "yunnan": serve(t, yunnan()), "empty": serve(t, fixed{policy: "sichuan"}), "refused": serve(t, openRate())}
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"1366", 1366, 768}, {"1920", 1920, 1080}} {
		for province, base := range provinces {
			for _, p := range paths {
				if province == "yunnan" && strings.Contains(p.path, "51") || (province == "empty" || province == "refused") && p.path != "/" && p.name != "whatif" {
					continue
				}
				for _, lang := range []string{"zh", "en"} {
					for _, font := range []string{"normal", "large"} {
						if font == "large" && (lang == "en" || size.width != 1366 || province != "sichuan") {
							continue
						}
						name := strings.Join([]string{province, p.name, lang, size.name, font}, "-")
						t.Run(name, func(t *testing.T) {
							ctx, complaints := tab(t, parent, size.width, size.height)
							var beyond int
							var findings []string
							run(t, ctx, chromedp.Navigate(base+with(p.path, "lang", lang, "font", font)), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
							screenshot(t, ctx, name)
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
		}
	}
}

// awaited waits for the promise an expression gives.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
