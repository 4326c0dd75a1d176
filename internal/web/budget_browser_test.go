package web

import (
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pool"
)

// Performance, collection and subsidies: no barrier that axe finds, in both languages and sizes, with figures and without.
func TestBrowserBudget(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b, clerk := budgeteers(t)
	b.hire("liu", office.MedicalSecurity, sichuanProvince, office.Clerk)
	done(t, clerk, zigongScores, targeted("0")...)
	done(t, clerk, zigongScores, "act", "submit", "stage", "targets", "version", "1")
	signedBy(t, b, "performance-resident-510300-2025-targets", 2, "check", "shengcai")
	done(t, clerk, zigongScores, scored("monitoring", "0", "50", "", "上半年征缴进度正常")...)
	for i, area := range engine().Tree.Prefectures(sichuanProvince) {
		b.evaluate(t, pool.Key{Year: 2024, Division: area.Code, Insurance: pool.Resident}, money.Rate(60+i)*money.One)
	}
	b.hire("li", office.MedicalSecurity, zigong, office.Accountant)
	b.hire("wang", office.MedicalSecurity, zigong, office.Accountant)
	first, second := b.enter("li"), b.enter("wang")
	done(t, first, "/ledger/new", "insurance", "resident", "kind", "area", "year", "2026", "month", "1")
	for month, amount := range []string{"95000000", "88000000", "61000000"} {
		booked(t, second, submitted(t, first, entered("submit", "2026-0"+strconv.Itoa(month+1)+"-05", "1003", "400104", "", amount)...))
	}
	done(t, clerk, zigongCollection, dueForm("0", "税务部门征收月报（合成数据）", "100000000", "90000000", "60000000")...)
	done(t, clerk, "/budget/resident/510300/2026/edit", levelled("save", "0", "books_note", "合成数据")...)
	done(t, clerk, "/budget/resident/510300/2026", "act", "submit", "version", "1")
	signedBy(t, b, "budget-resident-510300-2026", 2, "check", "head", "money")
	w := clerk.post(zigongSubsidies, "central", "400000000", "provincial", "150000000", "county", "50000000", "due", "2026-06-30", "basis", "合成〔2026〕1号")
	order := strings.TrimPrefix(strings.Split(w.Header().Get("Location"), "?")[0], "/documents/")
	done(t, clerk, "/documents/"+order, "act", "submit", "version", "1")
	signedBy(t, b, order, 2, "check", "money")
	paidSubsidies(t, b, order)
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	parent := startBrowser(t)
	for _, c := range []struct{ name, login, path string }{
		{"score-empty", "clerk", "/budget/resident/510300/2026/performance"}, {"score-locked", "clerk", "/budget/resident/510300/2026/performance?stage=evaluation"},
		{"score-form", "clerk", zigongScores + "?stage=monitoring"}, {"score-signed", "check", zigongScores + "?stage=targets"},
		{"collection", "clerk", zigongCollection + "?to=3"}, {"collection-empty", "clerk", "/budget/resident/510300/2025/collection"}, {"collections", "liu", "/budget/collection?fy=2026&insurance=resident&to=3"},
		{"execution", "clerk", "/budget/resident/510300/2026/execution?to=3"}, {"statement", "li", zigongBook + "/statement/4001?fy=2026"},
		{"subsidies", "clerk", zigongSubsidies}, {"subsidies-empty", "clerk", "/budget/resident/510300/2027/subsidies"}, {"all-subsidies", "liu", "/budget/subsidies?fy=2026&insurance=resident"},
		{"all-subsidies-empty", "liu", "/budget/subsidies?fy=2030&insurance=resident"}, {"edit-new", "clerk", "/budget/resident/510300/2027/edit"}, {"one", "clerk", "/budget/resident/510300/2026"},
		{"executions", "liu", "/budget/province/execution?fy=2026&insurance=resident"}, {"province", "liu", "/budget/province?fy=2026&insurance=resident"},
		{"scores", "liu", "/budget/performance?fy=2025&insurance=resident"}, {"scores-index", "liu", "/budget/performance?fy=2024&insurance=resident"},
	} {
		for _, lang := range []string{"zh", "en"} {
			size := map[string]int64{"zh": 1366, "en": 1920}[lang]
			name := strings.Join([]string{"budget", c.name, lang}, "-")
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
