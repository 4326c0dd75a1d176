package web

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// The page of benefits in a real browser: nothing sticks out, nothing axe finds, no complaint; a bill is calculated by filling in the form.
func TestBrowserBenefit(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	parent, base := startBrowser(t), serve(t, sichuan())
	for _, c := range []struct {
		name, path    string
		width, height int64
	}{{"benefit-zh", "/benefit?lang=zh", 1366, 768}, {"benefit-en", "/benefit?lang=en&policy=reference", 1920, 1080}, {"benefit-large", "/benefit?lang=zh&font=large", 1366, 768},
		{"benefit-wrong", "/benefit?lang=zh&insutype=390&scope=x", 1366, 768}, {"benefit-none", "/benefit?lang=zh&on=2020-01-01", 1920, 1080}} {
		t.Run(c.name, func(t *testing.T) {
			ctx, complaints := tab(t, parent, c.width, c.height)
			var beyond int
			var findings []string
			run(t, ctx, chromedp.Navigate(base+c.path), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
			screenshot(t, ctx, c.name)
			run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
			if beyond > 0 || len(findings) > 0 {
				t.Errorf("%d pixels wider than the window; %q", beyond, findings)
			}
			if said := complaints(); len(said) > 0 {
				t.Errorf("the browser complains: %v", said)
			}
		})
	}
	ctx, _ := tab(t, parent, 1366, 768)
	var result string
	run(t, ctx, chromedp.Navigate(base+"/benefit?lang=zh&policy=reference"), chromedp.SetValue("#in-scope", "30000", chromedp.ByQuery), chromedp.SetValue("#in-group", "destitute", chromedp.ByQuery),
		chromedp.Click("form[aria-labelledby=calculator-title] button", chromedp.ByQuery), chromedp.WaitReady("#in-group option[value=destitute][selected]", chromedp.ByQuery), chromedp.Text("#bill .lead", &result, chromedp.ByQuery))
	if result != "基金支付 30,000.00 元，个人负担 1,000.00 元，其中现金 1,000.00 元" {
		t.Errorf("the bill says %q", result)
	}
}
