package web

import (
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// In a real browser a city's rule is written into the form, checked against the list, submitted, signed by the city and the province, and is in force in the public
// calculator; no page of the way has a barrier that axe finds, sticks out, or complains.
func TestBrowserPapersOfBenefits(t *testing.T) {
	for _, clause := range []string{"SC38-6.1", "YN-4.2"} {
		t.Attr("clause", clause)
	}
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := newBureau(t, sichuan())
	province, _ := b.drafters()
	b.listed(t, province)
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	parent := startBrowser(t)
	ctx, _ := tab(t, parent, 1366, 768)
	as := func(login string) {
		run(t, ctx, chromedp.Navigate(server.URL+"/sign-in?lang=zh"), network.ClearBrowserCookies())
		run(t, ctx, signInTab(server.URL, login)...)
	}
	var page, checked, said string
	as("shi")
	run(t, ctx, chromedp.Navigate(server.URL+"/benefit/papers?lang=zh"), chromedp.Click("button[name=kind]", chromedp.ByQuery), chromedp.WaitReady("#paper-name", chromedp.ByQuery),
		chromedp.SetValue("#paper-name", "成都市待遇实施细则", chromedp.ByQuery), chromedp.SetValue("input[name=document]", "成医保发〔2026〕9号", chromedp.ByQuery), chromedp.SetValue("input[name=from_day]", "2026-11-01", chromedp.ByQuery),
		chromedp.SetValue("input[name=parameter]", "benefit.inpatient.deductible.resident.level3", chromedp.ByQuery), chromedp.SetValue("input[name=setting]", "1500", chromedp.ByQuery),
		chromedp.Click("button[value=save]", chromedp.ByQuery), until(`document.querySelector("#rules td")`), chromedp.Text(".paper-wrong", &checked, chromedp.ByQuery),
		chromedp.SetValue("input[name=setting]", "700", chromedp.ByQuery), chromedp.Click("button[value=save]", chromedp.ByQuery), until(`!document.querySelector(".paper-wrong")`),
		chromedp.Click("button[value=submit]", chromedp.ByQuery), until(`document.querySelector(".signature-bar")`), chromedp.Location(&page))
	if !strings.Contains(checked, "超出合成待遇清单的范围 500 至 1000") {
		t.Errorf("the check says %q", checked)
	}
	page = pathOf(page[len(server.URL):])
	as("shijian")
	sign := func() []chromedp.Action {
		return []chromedp.Action{chromedp.Navigate(server.URL + page + "?lang=zh"), chromedp.Click(`.signature-bar form:has(input[value=sign]) button`, chromedp.ByQuery),
			until(`location.search.includes("done=sign")`)}
	}
	run(t, ctx, sign()...)
	as("shengyi")
	if code := b.enter("shengyi").get(page).Code; code != 200 {
		t.Error("the province does not see the paper:", code)
	}
	run(t, ctx, sign()...)
	b.pass(48 * time.Hour)
	run(t, ctx, chromedp.Navigate(server.URL+"/calculator?lang=zh"), chromedp.SetValue("#in-city", "510100", chromedp.ByQuery), chromedp.SetValue("#in-total", "30000", chromedp.ByQuery),
		chromedp.Click("form button.first", chromedp.ByQuery), until(`document.querySelector("#bill") && location.search.includes("total=30000")`), chromedp.Text("#bill", &said, chromedp.ByQuery))
	if !strings.Contains(said, "成医保发〔2026〕9号") || !strings.Contains(said, "700") {
		t.Errorf("the calculator says %q", said)
	}
	as("shi")
	for _, path := range []string{"/benefit/papers", page, "/benefit/convergence", "/calculator?insutype=390&city=510100&total=30000", "/calculator?insutype=390&total=x&font=large"} {
		for size, lang := range map[int64]string{390: "zh", 1366: "zh", 1920: "en"} {
			if size == 390 && path[1] == 'b' {
				continue // the console is for desks
			}
			ctx, complaints := tab(t, ctx, size, 768)
			var beyond int
			var findings []string
			run(t, ctx, chromedp.Navigate(server.URL+with(path, "lang", lang)), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
			screenshot(t, ctx, "papers-"+lastPart(pathOf(path))+"-"+lang+"-"+strconv.Itoa(int(size)))
			run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
			if said := complaints(); beyond > 0 || len(findings) > 0 || len(said) > 0 && !strings.Contains(path, "total=x") {
				t.Errorf("%s %s %d: %d pixels too wide, %q, %q", path, lang, size, beyond, findings, said)
			}
		}
	}
}
