package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/store"
	"tongchou/internal/synth"
)

// session signs somebody in in a browser of his own.
func session(t *testing.T, base, login string) context.Context {
	t.Helper()
	ctx := startBrowser(t)
	run(t, ctx, chromedp.EmulateViewport(1366, 900), chromedp.Navigate(base+"/sign-in"), chromedp.SendKeys(`input[name="login"]`, login, chromedp.ByQuery),
		chromedp.SendKeys(`input[name="password"]`, testPassword, chromedp.ByQuery), chromedp.Submit(`input[name="password"]`, chromedp.ByQuery), until(`!location.pathname.startsWith("/sign-in")`))
	return ctx
}

// story is a year as money in browsers, a person in each.
type story struct {
	*bureau
	t      *testing.T
	base   string
	axe    string
	people map[string]context.Context
}

func newStory(t *testing.T, b *bureau, logins ...string) *story {
	t.Helper()
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	s := &story{b, t, server.URL, string(axe), map[string]context.Context{}}
	for _, login := range logins {
		s.people[login] = session(t, server.URL, login)
	}
	return s
}

// signInAgain lets time pass, after which people sign in again.
func (s *story) signInAgain(after time.Duration, logins ...string) {
	s.t.Helper()
	s.pass(after)
	for _, login := range logins {
		s.people[login] = session(s.t, s.base, login)
	}
}

func (s *story) do(who string, actions ...chromedp.Action) {
	s.t.Helper()
	run(s.t, s.people[who], actions...)
}

// goTo opens a page; look keeps a picture of it and lets axe have a look.
func (s *story) goTo(who, path string) {
	s.t.Helper()
	s.do(who, chromedp.Navigate(s.base+path), chromedp.WaitReady("main", chromedp.ByQuery))
}

func (s *story) look(who, name string) {
	s.t.Helper()
	var beyond int
	var findings []string
	s.do(who, chromedp.Evaluate(pageWidth, &beyond))
	screenshot(s.t, s.people[who], "money-"+name)
	s.do(who, chromedp.Evaluate(s.axe, nil), chromedp.Evaluate(axeFindings, &findings, chromedp.EvalAsValue, awaited))
	if beyond > 0 || len(findings) > 0 {
		s.t.Errorf("%s: %d pixels too wide, %s", name, beyond, strings.Join(findings, "\n"))
	}
}

// press presses a button and waits until the page says what was done.
func (s *story) press(who, selector, expect string) {
	s.t.Helper()
	s.do(who, chromedp.Click(selector, chromedp.ByQuery), until(`document.querySelector("main .alert.good") && document.querySelector("main").textContent.includes("`+expect+`")`))
}

// bring puts a file into the form of a page.
func (s *story) bring(who, name, content string) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.do(who, chromedp.SetUploadFiles("#file", []string{file}, chromedp.ByQuery))
}

// imported brings the figures of the year file by file, as the bureau hands them in.
func (s *story) imported(facts pool.Facts) {
	s.t.Helper()
	for _, kind := range []exchange.Kind{exchange.Statements, exchange.Factors, exchange.AgeGroups} {
		content, err := canonical(facts, kind)
		if err != nil {
			s.t.Fatal(err)
		}
		s.goTo("clerk", "/data?lang=zh")
		s.do("clerk", chromedp.Click(`input[name="kind"][value="`+string(kind)+`"]`, chromedp.ByQuery))
		s.bring("clerk", string(kind)+".csv", string(content))
		s.do("clerk", chromedp.Click(`#import button[type="submit"]`, chromedp.ByQuery), chromedp.WaitVisible("#receipt", chromedp.ByQuery))
	}
}

// signed freezes a year and has everybody sign it, the last of them making the batch.
func (s *story) signed(year, insurance string) ledger.DocumentID {
	s.t.Helper()
	s.goTo("clerk", "/pool/runs?year="+year+"&insurance="+insurance+"&lang=zh")
	s.look("clerk", "runs")
	s.press("clerk", `.money-form button[type="submit"]`, "已冻结")
	s.look("clerk", "run")
	path := pathOf(strings.TrimPrefix(address(s.t, s.people["clerk"]), s.base))
	s.do("clerk", chromedp.Click(`.signature-bar form:has(input[value="submit"]) button`, chromedp.ByQuery), until(`location.search.includes("done=submit")`))
	for _, who := range []string{"reviewer", "finance", "approver"} {
		s.goTo(who, path)
		s.do(who, chromedp.Click(`.signature-bar form:has(input[value="sign"]) button`, chromedp.ByQuery), until(`location.search.includes("done=sign")`))
	}
	s.look("approver", "approved")
	return ledger.DocumentID(strings.TrimPrefix(path, "/pool/runs/"))
}

func (s *story) items(batch ledger.DocumentID) []ledger.Standing {
	s.t.Helper()
	all, err := s.store.Items(s.t.Context(), store.ScopeOf(sichuanProvince), store.ItemQuery{Batch: batch})
	if err != nil || len(all) == 0 {
		s.t.Fatal(len(all), err)
	}
	return all
}

// notified numbers the notices of a batch and prints one.
func (s *story) notified(batch ledger.DocumentID) {
	s.t.Helper()
	s.goTo("clerk", "/pool/payments?lang=zh&batch="+string(batch))
	s.do("clerk", chromedp.SetValue("#form", "测试医保〔2026〕*号", chromedp.ByQuery))
	s.press("clerk", `form[action="/pool/payments/number"] button`, "已编号")
	s.goTo("clerk", "/pool/notices?lang=zh&id="+string(s.items(batch)[0].ID))
	s.look("clerk", "notice")
	var sheet []byte
	s.do("clerk", printed(&sheet))
	if len(sheet) < 1000 {
		s.t.Errorf("the letter prints as %d bytes", len(sheet))
	}
}

// collected brings the bank's statement of what cities paid, and accepts what matches.
func (s *story) collected(batch ledger.DocumentID) {
	s.t.Helper()
	rows := "回单号,到账日期,险种,金额,区划代码,数据性质\n"
	for n, i := range s.items(batch) {
		if !i.Outgoing() && i.Keeper() == sichuanProvince {
			rows += "R" + string(rune('A'+n%26)) + string(i.City()) + ",2026-11-20,居民," + i.Amount.String() + "," + string(i.City()) + ",合成数据\n"
		}
	}
	s.goTo("clerk", "/pool/receipts?lang=zh")
	s.bring("clerk", "bank.csv", rows)
	s.press("clerk", `form[enctype] button`, "已导入")
	s.goTo("finance", "/pool/receipts?lang=zh")
	s.look("finance", "receipts")
	s.do("finance", chromedp.Click(`form[action="/pool/receipts/accept"] input[name="checked"]`, chromedp.ByQuery))
	s.press("finance", `form[action="/pool/receipts/accept"] button`, "已确认")
}

// paid sends what the province pays and books it.
func (s *story) paid(batch ledger.DocumentID) {
	s.t.Helper()
	var total int64
	for _, i := range s.items(batch) {
		if i.Outgoing() {
			total += int64(i.Amount)
		}
	}
	all := chromedp.Evaluate(`document.querySelectorAll('input[name="seen"]').forEach(x => x.checked = true)`, nil)
	s.goTo("clerk", "/pool/payments?lang=zh&unit=yuan&batch="+string(batch))
	s.look("clerk", "payments")
	s.do("clerk", all, chromedp.SetValue("#ref", "B-1", chromedp.ByQuery), chromedp.SetValue("#total", ledgerYuan(total), chromedp.ByQuery))
	s.press("clerk", `button[formaction="/pool/payments/send"]`, "已登记")
	s.goTo("finance", "/pool/payments?lang=zh&batch="+string(batch))
	s.do("finance", all, chromedp.Click(`input[name="checked"]`, chromedp.ByQuery))
	s.press("finance", `button[formaction="/pool/payments/book"]`, "已记账")
}

// closed closes eleven months of a book and then the year, which one person asks for and another does.
func (s *story) closed(book ledger.Book, asks, does string) {
	s.t.Helper()
	periods := "/ledger/" + book.String() + "/periods?lang=zh&fy=2026"
	for month := 1; month <= 11; month++ {
		s.goTo(asks, periods)
		s.do(asks, chromedp.Click(`button[value="close_month"]`, chromedp.ByQuery), until(fmt.Sprintf(`document.querySelectorAll("main table .pill.good").length === %d`, month)))
	}
	s.look(asks, "periods-"+string(book.Kind))
	s.do(asks, chromedp.Click(`button[value="close_year"]`, chromedp.ByQuery), chromedp.WaitVisible(`a[href*="/drafts/"]`, chromedp.ByQuery))
	s.goTo(does, periods)
	s.do(does, chromedp.Click(`main a[href*="/drafts/"]`, chromedp.ByQuery), chromedp.WaitVisible(`button[value="book"]`, chromedp.ByQuery))
	s.look(does, "year-end-"+string(book.Kind))
	s.do(does, chromedp.Click(`button[value="book"]`, chromedp.ByQuery), until(`location.pathname.endsWith("/periods")`))
	s.goTo(does, "/ledger/"+book.String()+"/trial?lang=zh&fy=2027&details=1&unit=yuan")
	s.look(does, "opening-"+string(book.Kind))
}

// opened is what an account of a book begins 2027 with, debits less credits.
func (s *story) opened(book ledger.Book, code ledger.Code) money.Fen {
	s.t.Helper()
	state, err := s.store.Books(store.Act{Scope: store.ScopeOf(book.Division)}, s.site.money.service.Chart).Whole(s.t.Context(), book, 2027)
	if err != nil || state == nil {
		s.t.Fatal(book, err)
	}
	if y := state.Years[2026]; !y.Closed {
		s.t.Errorf("%s: 2026 is not closed", book)
	}
	var sum money.Fen
	for l, turnover := range state.Lines {
		if l.Year == 2027 && l.Account == code {
			sum += turnover.Opening
		}
	}
	return sum
}

// A year from its files to signed, notified, paid, booked and closed, in browsers: 经办, 复核 and 审批, of whom two sign,
// medical security's and finance's, for nobody does two steps of a document; and a city that closes its own book.
func TestYearInBrowser(t *testing.T) {
	t.Attr("clause", "SC38-4.1")
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SC38-4.6")
	t.Attr("clause", "YA-4.10.3")
	folder, err := exchange.CreateFolder(filepath.Join(t.TempDir(), "data"), exchange.Settings{Policy: "sichuan", Synthetic: true})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := synth.Province(synth.Options{Province: sichuanProvince, From: 2024, To: 2026, Seed: 7, AgeGroups: true}, engine().Tree)
	if err != nil {
		t.Fatal(err)
	}
	b := treasury(t, folder)
	b.hire("zigong-1", office.Finance, zigong, office.Accountant)
	b.hire("zigong-2", office.MedicalSecurity, zigong, office.Reviewer)
	s := newStory(t, b, "clerk", "reviewer", "finance", "approver", "zigong-1", "zigong-2")
	s.imported(facts)
	id := s.signed("2025", "resident")
	s.notified(id)
	s.collected(id)
	s.paid(id)
	for _, i := range s.items(id) {
		if i.Keeper() == sichuanProvince && i.State() != ledger.ItemPaid {
			t.Errorf("%s is %s", i.ID, i.State())
		}
	}
	fund, city := ledger.AdjustmentBook(pool.Resident, sichuanProvince), ledger.AreaBook(pool.Resident, zigong)
	s.signInAgain(50*24*time.Hour, "finance", "reviewer", "zigong-1", "zigong-2") // in January
	s.closed(fund, "finance", "reviewer")
	s.closed(city, "zigong-1", "zigong-2")
	var in, out, net money.Fen
	for _, i := range s.items(id) {
		moved := i.Amount
		switch {
		case i.Keeper() != sichuanProvince: // a government's, which pays the city
			continue
		case i.Outgoing():
			out += moved
		default:
			in += moved
			moved = -moved
		}
		if i.City() == zigong {
			net += moved
		}
	}
	for _, c := range []struct {
		book ledger.Book
		code ledger.Code
		want money.Fen
	}{
		{fund, ledger.FiscalAccount, in - out}, {fund, ledger.RiskReserve, out - in}, {fund, ledger.AdjustmentFund, 0}, {fund, ledger.CollectionReceived, 0},
		{city, ledger.FiscalAccount, treasuryBalance + net}, {city, ledger.RetainedSurplus, -treasuryBalance - net},
	} {
		if got := s.opened(c.book, c.code); got != c.want {
			t.Errorf("%s: 2027 opens %s with %v, want %v", c.book, c.code, got, c.want)
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
