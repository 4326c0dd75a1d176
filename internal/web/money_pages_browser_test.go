package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"tongchou/internal/ledger"
)

// clearedMonth is a month of off-site care with a difference, collected and not yet passed on, and money nobody knows.
func (b *bureau) clearedMonth() ledger.DocumentID {
	b.t.Helper()
	clerk := b.enter("clerk")
	plan := func(kind, lines string) ledger.DocumentID {
		return b.approve(clerk.done("/pool/orders", "once", kind, "kind", kind, "year", "2026", "month", "10", "insurance", "resident", "due", "2026-12-31", "basis", "合成数据", "lines", lines))
	}
	b.collect(plan("deposit_up", "510300,900000.00\n510400,100000.00\n511900,50000.00"), sichuanProvince, "clerk", "finance")
	b.payOut(plan("deposit_down", "510100,1000000.00"), "2026-12-31")
	batch := plan("offsite", "510300,510100,500000.00,450000.00\n510400,510100,150000.00,150000.00\n513300,510700,3000.00,0.00")
	b.collect(batch, sichuanProvince, "clerk", "finance")
	rows := "回单号,到账日期,险种,金额,付款人,附言,数据性质\nU1,2026-11-20,居民,700.00,某单位,往来款,合成数据\nU2,2026-11-20,居民,0.31,结息,季度结息,合成数据\n"
	if w := clerk.upload("/pool/receipts", once(b.t, clerk.get("/pool/receipts")), "bank.csv", rows); w.Code != http.StatusSeeOther {
		b.t.Fatal(w.Code)
	}
	b.enter("finance").done("/pool/receipts/suspend", "once", "s", "seen", "1 U1", "book", "clearing", "reason", "付款单位待核实")
	return batch
}

// printedLetters prints the letters of a page, each of which begins on a page of its own.
func printedLetters(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	var letters int
	var sheet []byte
	run(t, ctx, chromedp.Evaluate(`document.querySelectorAll(".letter").length`, &letters), printed(&sheet))
	pages := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(sheet, -1))
	if pages < letters || strings.HasSuffix(name, "zh") && pages > letters { // in Chinese, a signature is not left alone on a page
		t.Errorf("%d letters on %d pages", letters, pages)
	}
	if dir := os.Getenv("TONGCHOU_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), sheet, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The pages of money, with data and without, in both languages and sizes: no barrier that axe finds, nothing too wide.
func TestBrowserMoneyPages(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	empty, busy := treasury(t, sichuan()), treasury(t, sichuan())
	batch := string(busy.clearedMonth())
	busy.asked(ledger.DocumentID(batch))
	for book, number := range map[string]string{"resident/510000/clearing": "0000-1", "resident/510000/adjustment": "0000-2"} {
		busy.enter("clerk").done("/pool/accounts", "once", number, "book", book, "holder", "合成账户", "number", number, "bank", "合成银行")
	}
	parent := startBrowser(t)
	for _, office := range []struct {
		name  string
		b     *bureau
		paths map[string]string
	}{
		{"empty", empty, map[string]string{"runs": "/pool/runs?year=2025&insurance=resident", "orders": "/pool/orders", "payments": "/pool/payments", "receipts": "/pool/receipts", "offsite": "/pool/offsite", "accounts": "/pool/accounts", "booked": "/pool/payments/booked"}},
		{"busy", busy, map[string]string{"runs": "/pool/runs?year=2025&insurance=resident", "orders": "/pool/orders?kind=advances&year=2025&insurance=resident", "payments": "/pool/payments?batch=" + batch,
			"receipts": "/pool/receipts?unit=yuan", "offsite": "/pool/offsite?insurance=resident&unit=yuan", "order": "/pool/runs/" + batch + "?unit=yuan", "notices": "/pool/notices?batch=" + batch, "booked": "/pool/payments/booked?unit=yuan&batch=" + batch, "accounts": "/pool/accounts"}},
	} {
		server := httptest.NewServer(office.b.http)
		t.Cleanup(server.Close)
		for page, path := range office.paths {
			for lang, size := range map[string]int64{"zh": 1366, "en": 1920} {
				name := strings.Join([]string{"money", office.name, page, lang}, "-")
				t.Run(name, func(t *testing.T) {
					ctx, complaints := tab(t, parent, size, size*9/16)
					who := map[bool]string{true: "finance", false: "clerk"}[page == "receipts" || page == "accounts" && lang == "zh" || page == "booked"]
					run(t, ctx, chromedp.Navigate(server.URL+"/sign-in?lang="+lang), network.ClearBrowserCookies())
					run(t, ctx, signInTab(server.URL, who)...)
					var beyond int
					var findings []string
					run(t, ctx, chromedp.Navigate(server.URL+with(path, "lang", lang)), chromedp.WaitReady("main", chromedp.ByQuery), chromedp.Evaluate(pageWidth, &beyond))
					screenshot(t, ctx, name)
					if page == "notices" {
						printedLetters(t, ctx, name)
					}
					run(t, ctx, chromedp.Evaluate(string(axe), nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
					if said := complaints(); beyond > 0 || len(findings) > 0 || len(said) > 0 {
						t.Errorf("%d pixels too wide, %s, the browser complains: %v", beyond, strings.Join(findings, "\n"), said)
					}
				})
			}
		}
	}
}
