package web

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/store"
)

// session signs somebody in in a browser of his own.
func session(t *testing.T, base, login string) context.Context {
	t.Helper()
	ctx := startBrowser(t)
	run(t, ctx, chromedp.EmulateViewport(1366, 900), chromedp.Navigate(base+"/sign-in"), chromedp.SendKeys(`input[name="login"]`, login, chromedp.ByQuery),
		chromedp.SendKeys(`input[name="password"]`, testPassword, chromedp.ByQuery), chromedp.Submit(`input[name="password"]`, chromedp.ByQuery), until(`!location.pathname.startsWith("/sign-in")`))
	return ctx
}

// A year from its figures to signed, notified, paid and booked: four people in four sessions. That many the procedure takes,
// for nobody does two steps of a document.
func TestYearInBrowser(t *testing.T) {
	t.Attr("clause", "SC38-4.1")
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "YA-4.10.3")
	b := treasury(t, sichuan())
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]context.Context{}
	for _, login := range []string{"clerk", "reviewer", "finance", "approver"} {
		people[login] = session(t, server.URL, login)
	}
	look := func(who, name string) {
		t.Helper()
		var beyond int
		var findings []string
		run(t, people[who], chromedp.Evaluate(pageWidth, &beyond))
		screenshot(t, people[who], "money-"+name)
		run(t, people[who], chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
		if beyond > 0 || len(findings) > 0 {
			t.Errorf("%s: %d pixels too wide, %s", name, beyond, strings.Join(findings, "\n"))
		}
	}
	goTo := func(who, path string) {
		t.Helper()
		run(t, people[who], chromedp.Navigate(server.URL+path), chromedp.WaitReady("main", chromedp.ByQuery))
	}
	press := func(who, selector, expect string) {
		t.Helper()
		run(t, people[who], chromedp.Click(selector, chromedp.ByQuery), until(`document.querySelector("main .alert.good") && document.querySelector("main").textContent.includes("`+expect+`")`))
	}
	goTo("clerk", "/pool/runs?year=2025&insurance=resident&lang=zh")
	look("clerk", "runs")
	press("clerk", `.money-form button[type="submit"]`, "已冻结")
	look("clerk", "run")
	path := pathOf(strings.TrimPrefix(address(t, people["clerk"]), server.URL))
	run(t, people["clerk"], chromedp.Click(`.signature-bar form:has(input[value="submit"]) button`, chromedp.ByQuery), until(`location.search.includes("done=submit")`))
	for _, who := range []string{"reviewer", "finance", "approver"} {
		goTo(who, path)
		run(t, people[who], chromedp.Click(`.signature-bar form:has(input[value="sign"]) button`, chromedp.ByQuery), until(`location.search.includes("done=sign")`))
	}
	look("approver", "approved")
	id := ledger.DocumentID(strings.TrimPrefix(path, "/pool/runs/"))
	items := func() []ledger.Standing {
		all, err := b.store.Items(t.Context(), store.ScopeOf(sichuanProvince), store.ItemQuery{Batch: id})
		if err != nil || len(all) == 0 {
			t.Fatal(len(all), err)
		}
		return all
	}
	rows := "回单号,到账日期,险种,金额,区划代码,数据性质\n"
	var total int64
	for n, i := range items() {
		if i.Outgoing() {
			total += int64(i.Amount)
		} else if i.Keeper() == sichuanProvince {
			rows += "R" + string(rune('A'+n%26)) + string(i.City()) + ",2026-11-20,居民," + i.Amount.String() + "," + string(i.City()) + ",合成数据\n"
		}
	}
	file := filepath.Join(t.TempDir(), "bank.csv")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	goTo("clerk", "/pool/receipts?lang=zh")
	run(t, people["clerk"], chromedp.SetUploadFiles("#file", []string{file}, chromedp.ByQuery))
	press("clerk", `form[enctype] button`, "已导入")
	goTo("finance", "/pool/receipts?lang=zh")
	look("finance", "receipts")
	run(t, people["finance"], chromedp.Click(`form[action="/pool/receipts/accept"] input[name="checked"]`, chromedp.ByQuery))
	press("finance", `form[action="/pool/receipts/accept"] button`, "已确认")
	goTo("clerk", "/pool/payments?lang=zh&unit=yuan&batch="+string(id))
	look("clerk", "payments")
	run(t, people["clerk"], chromedp.Evaluate(`document.querySelectorAll('input[name="seen"]').forEach(x => x.checked = true)`, nil),
		chromedp.SetValue("#ref", "B-1", chromedp.ByQuery), chromedp.SetValue("#total", ledgerYuan(total), chromedp.ByQuery))
	press("clerk", `button[formaction="/pool/payments/send"]`, "已登记")
	goTo("finance", "/pool/payments?lang=zh&batch="+string(id))
	run(t, people["finance"], chromedp.Evaluate(`document.querySelectorAll('input[name="seen"]').forEach(x => x.checked = true)`, nil), chromedp.Click(`input[name="checked"]`, chromedp.ByQuery))
	press("finance", `button[formaction="/pool/payments/book"]`, "已记账")
	goTo("clerk", "/pool/notices?lang=zh&id="+string(items()[0].ID))
	look("clerk", "notice")
	var sheet []byte
	run(t, people["clerk"], printed(&sheet))
	if len(sheet) < 1000 {
		t.Errorf("the letter prints as %d bytes", len(sheet))
	}
	for _, i := range items() {
		if i.Keeper() == sichuanProvince && i.State() != ledger.ItemPaid {
			t.Errorf("%s is %s", i.ID, i.State())
		}
	}
	b.pass(time.Minute)
	if report, err := b.store.Verify(t.Context(), b.site.money.service.Chart); err != nil || report.Batches != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// ledgerYuan writes fen as an accountant types them.
func ledgerYuan(fen int64) string { return money.Fen(fen).String() }

// printed prints the page to PDF with the sizes its style asks for.
func printed(to *[]byte) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) (err error) {
		*to, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).Do(ctx)
		return err
	})
}
