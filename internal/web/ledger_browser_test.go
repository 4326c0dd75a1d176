package web

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tongchou/internal/office"
)

// keptBooks are a console with a book in use, a budget under way, and everybody who works on them.
func keptBooks(t *testing.T) (b *bureau, draft string) {
	b, first, second, _ := keepers(t)
	booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "123456789.50")...))
	booked(t, second, submitted(t, first, entered("submit", "2026-01-25", "500101", "1003", "", "32456789.50")...))
	done(t, first, zigongBook+"/periods", "act", "close_month", "year", "2026", "month", "1")
	done(t, first, zigongBook+"/periods", "act", "reopen", "year", "2026", "month", "1", "reason", "更正错账")
	draft = submitted(t, first, entered("submit", "2026-03-25", "500101", "1003", "", "456789.50")...)
	b.hire("clerk", office.MedicalSecurity, zigong, office.Clerk)
	b.hire("sheng", office.MedicalSecurity, sichuanProvince, office.Clerk)
	done(t, b.enter("clerk"), zigongBudget+"/edit", drafted("save", "0", "1100000000")...)
	return b, draft
}

// The books and the budget: no barrier that axe finds, in both languages and sizes.
func TestBrowserBooks(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b, draft := keptBooks(t)
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	parent := startBrowser(t)
	for _, c := range []struct{ name, login, path string }{
		{"list", "li", "/ledger"}, {"list-empty", "sheng", "/budget?fy=2031"}, {"chart", "li", "/ledger/chart"}, {"new", "li", "/ledger/new"}, {"cover", "li", zigongBook}, {"vouchers", "li", zigongBook + "/vouchers"},
		{"voucher", "wang", zigongBook + "/vouchers/2026-1-receipt-1"}, {"entry", "li", zigongBook + "/entry"},
		{"drafts", "wang", zigongBook + "/drafts"}, {"drafts-mine", "li", zigongBook + "/drafts"}, {"import", "li", zigongBook + "/import"}, {"todo", "wang", "/todo"}, {"summary", "li", "/ledger/summary?insurance=resident"}, {"summary-empty", "li", "/ledger/summary?insurance=employee"},
		{"check", "li", "/ledger/check?insurance=resident"}, {"draft", "wang", draft}, {"trial", "li", zigongBook + "/trial?details=1"},
		{"statement", "li", zigongBook + "/statement/1003"}, {"position", "li", zigongBook + "/position"}, {"income", "li", zigongBook + "/income"}, {"dues", "li", zigongBook + "/dues"},
		{"periods", "li", zigongBook + "/periods"}, {"openings", "li", zigongBook + "/openings"}, {"budgets", "clerk", "/budget?fy=2027&insurance=resident"}, {"budget", "clerk", zigongBudget},
		{"budget-edit", "clerk", zigongBudget + "/edit"}, {"budget-execution", "clerk", zigongBudget + "/execution"}, {"province", "sheng", "/budget/province?fy=2027&insurance=resident"},
	} {
		for _, lang := range []string{"zh", "en"} {
			size := map[string]int64{"zh": 1366, "en": 1920}[lang]
			name := strings.Join([]string{"books", c.name, lang}, "-")
			t.Run(name, func(t *testing.T) {
				ctx, complaints := tab(t, parent, size, size*9/16)
				run(t, ctx, chromedp.Navigate(server.URL+"/sign-in?lang="+lang), network.ClearBrowserCookies())
				run(t, ctx, signInTab(server.URL, c.login)...)
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
				if said := complaints(); len(said) > 0 {
					t.Errorf("the browser complains: %v", said)
				}
			})
		}
	}
}

// Vouchers are written one after another without the mouse: a code gets its name, Enter goes to the next field that is needed, = fills in
// what is missing, Ctrl+Enter submits and begins the next.
func TestBrowserVoucherByKeyboard(t *testing.T) {
	b, _, _, _ := keepers(t)
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	ctx, complaints := tab(t, startBrowser(t), 1366, 768)
	run(t, ctx, signInTab(server.URL, "li")...)
	run(t, ctx, chromedp.Navigate(server.URL+zigongBook+"/entry"), chromedp.SetValue("#date", "2026-01-05", chromedp.ByQuery), chromedp.Focus("#summary", chromedp.ByQuery))
	typed := func(source string) {
		run(t, ctx, chromedp.KeyEvent("synthetic "+source+kb.Enter), chromedp.Focus("#source_id", chromedp.ByQuery), chromedp.KeyEvent(source+kb.Enter+kb.Enter+"1003"+kb.Enter+"1234.50"+kb.Enter))
		if state := text(t, ctx, "[data-state]"); !strings.Contains(state, "1,234.50") {
			t.Errorf("the missing amount is not shown: %q", state)
		}
		run(t, ctx, chromedp.KeyEvent("4101"+kb.Enter))
		var account, needs string
		run(t, ctx, chromedp.Value("tbody tr:nth-child(2) input[name=account]", &account, chromedp.ByQuery),
			chromedp.AttributeValue("tbody tr:nth-child(2) input[name=of]", "placeholder", &needs, nil, chromedp.ByQuery))
		if account != "4101 财政补贴收入" || needs != "政府级次" {
			t.Errorf("the code became %q, kept by %q", account, needs)
		}
		run(t, ctx, chromedp.KeyEvent("central"+kb.Enter+kb.Enter+"="))
		if state := text(t, ctx, "[data-state]"); !strings.Contains(state, "借贷平衡") {
			t.Errorf("not balanced: %q", state)
		}
	}
	typed("T-8")
	run(t, ctx, chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(input.ModifierCtrl)), until(`document.querySelector(".alert.good")`))
	var date, focused string
	run(t, ctx, chromedp.Value("#date", &date, chromedp.ByQuery), chromedp.Evaluate("document.activeElement.id", &focused))
	if said := text(t, ctx, ".alert.good"); !strings.Contains(said, "T-8") || date != "2026-01-05" || focused != "summary" {
		t.Errorf("the next voucher begins with %q, %q, at %q", said, date, focused)
	}
	typed("T-9")
	run(t, ctx, chromedp.Click("button[value=submit]", chromedp.ByQuery), until(`document.querySelector(".voucher")`))
	if shown := text(t, ctx, ".voucher"); !strings.Contains(shown, "壹仟贰佰叁拾肆元伍角") || !strings.Contains(shown, "T-9") {
		t.Errorf("another voucher: %s", shown)
	}
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %v", said)
	}
}

// Fifty drafts are chosen and booked from a list, with what they add up to shown while they are chosen.
func TestBrowserDraftsAreBookedTogether(t *testing.T) {
	b, first, _, _ := keepers(t)
	first.brought(t, voucherFile(50), 50, 0)
	if w := first.post(zigongBook+"/drafts", batch("submit", "", seenOf(t, first))...); w.Code != 303 {
		t.Fatal(shownIn(w))
	}
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	ctx, complaints := tab(t, startBrowser(t), 1366, 768)
	run(t, ctx, signInTab(server.URL, "wang")...)
	run(t, ctx, chromedp.Navigate(server.URL+"/todo"), chromedp.Click(`a[href*="/drafts"]`, chromedp.ByQuery), until(`document.querySelector("#review-all")`),
		chromedp.Click("#review-all", chromedp.ByQuery))
	if said := text(t, ctx, "[data-chosen]"); said != "已选 50 张，合计 51,300.00 元" {
		t.Errorf("%q", said)
	}
	screenshot(t, ctx, "books-drafts-fifty")
	run(t, ctx, chromedp.SendKeys("#total", "51300", chromedp.ByQuery), chromedp.Click("button[value=book]", chromedp.ByQuery), until(`document.querySelector(".alert.good")`))
	if said := text(t, ctx, ".alert.good"); !strings.Contains(said, "已审核记账 50 张") {
		t.Errorf("%q", said)
	}
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %v", said)
	}
}
