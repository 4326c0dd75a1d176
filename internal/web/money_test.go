package web

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// treasuryBalance is what every city's book begins with.
const treasuryBalance = 90_000_000_000_00

// treasury is a bureau whose books are open, with the four people that a year as money takes.
func treasury(t testing.TB, p Province) *bureau {
	t.Helper()
	return treasuryOf(t, p, 2026)
}

// treasuryOf is a treasury whose books begin with a year.
func treasuryOf(t testing.TB, p Province, year policy.Year) *bureau {
	t.Helper()
	b := newBureau(t, p)
	b.staffFrom(year)
	return b
}

// staff hires the people of the province's money and opens its books.
func (b *bureau) staff() { b.staffFrom(2026) }

// staffFrom is staff with books that begin with a year.
func (b *bureau) staffFrom(year policy.Year) { b.staffOf(sichuanProvince, year) }

// staffOf is staffFrom in any province.
func (b *bureau) staffOf(province region.Code, year policy.Year) {
	b.t.Helper()
	b.hire("clerk", office.MedicalSecurity, province, office.Clerk, office.Cashier)
	b.hire("reviewer", office.MedicalSecurity, province, office.Reviewer)
	b.hire("finance", office.Finance, province, office.Approver, office.Accountant)
	b.hire("approver", office.MedicalSecurity, province, office.Approver)
	b.hire("city", office.MedicalSecurity, engine().Tree.Prefectures(province)[1].Code, office.Clerk, office.Viewer)
	var books []remit.Opening
	for _, i := range pool.Insurances() {
		books = append(books, remit.Opening{Book: ledger.AdjustmentBook(i, province)}, remit.Opening{Book: ledger.ClearingBook(i, province)})
		cities := []region.Code{province}
		for _, d := range engine().Tree.Prefectures(province) {
			cities = append(cities, d.Code)
		}
		for _, code := range cities {
			books = append(books, remit.Opening{Book: ledger.AreaBook(i, code), Balance: treasuryBalance})
		}
	}
	opener := remit.Who{Subject: office.Subject{ID: "opener", Department: office.Finance, Division: province, Roles: []office.Role{office.Accountant}}, At: b.clock()}
	if err := b.site.money.service.Open(b.t.Context(), opener, books, year, time.January, "other"); err != nil {
		b.t.Fatal(err)
	}
}

var onceValue = regexp.MustCompile(`name="once" value="([^"]+)"`)

// once takes the key of a form off a page.
func once(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	m := onceValue.FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("no form: %d", w.Code)
	}
	return m[1]
}

// done follows a form that was taken.
func (v *visitor) done(path string, pairs ...string) string {
	v.b.t.Helper()
	w := v.post(path, pairs...)
	if w.Code != http.StatusSeeOther {
		v.b.t.Fatalf("%s: %d %s", path, w.Code, alerts(w))
	}
	return w.Header().Get("Location")
}

var alert = regexp.MustCompile(`(?s)<div class="alert".*?</div>`)

func alerts(w *httptest.ResponseRecorder) string {
	return html.UnescapeString(strings.Join(alert.FindAllString(w.Body.String(), -1), " "))
}

func pathOf(location string) string {
	path, _, _ := strings.Cut(location, "?")
	return path
}

// A year from its figures to signed, notified, paid and booked, in forms; each sent twice or from a stale page has one effect.
func TestYearAsMoney(t *testing.T) {
	t.Attr("clause", "SC38-4.1")
	t.Attr("clause", "SC38-4.4")
	t.Attr("clause", "YA-4.10.3")
	b := treasury(t, sichuan())
	clerk, finance := b.enter("clerk"), b.enter("finance")
	if body := clerk.get("/pool/runs?year=2025&insurance=resident").Body.String(); !strings.Contains(body, "还没有冻结的方案") {
		t.Error("the empty page does not say what comes next")
	}
	form := []string{"once", once(t, clerk.get("/pool/runs?year=2025&insurance=resident")), "year", "2025", "insurance", "resident", "collect", "2026-12-31", "allocate", "2027-01-31", "cover", "2027-02-28"}
	run := pathOf(clerk.done("/pool/runs", form...))
	if again := pathOf(clerk.done("/pool/runs", form...)); again != run {
		t.Errorf("the same form made %s and %s", run, again)
	}
	if w := clerk.get(run); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "复算一致") || !strings.Contains(w.Body.String(), "合成数据") {
		t.Errorf("%d", w.Code)
	}
	id := strings.TrimPrefix(run, "/pool/runs/")
	version := 1
	for _, step := range []struct{ who, act string }{{"clerk", "submit"}, {"reviewer", "sign"}, {"finance", "sign"}, {"approver", "sign"}} {
		b.pass(time.Minute)
		b.enter(step.who).done("/documents/"+id, "act", step.act, "version", fmt.Sprint(version))
		version++
	}
	if body := clerk.get(run).Body.String(); !strings.Contains(body, "缴拨款项") || !strings.Contains(body, "已批准") {
		t.Error("the approved run has no payments")
	}
	payments := clerk.get("/pool/payments?unit=yuan")
	if payments.Code != http.StatusOK {
		t.Fatal(payments.Code)
	}
	items, err := b.store.Items(t.Context(), store.ScopeOf(sichuanProvince), store.ItemQuery{Batch: ledger.DocumentID(id)})
	if err != nil || len(items) < 40 {
		t.Fatalf("%d payments, %v", len(items), err)
	}
	rows := "回单号,到账日期,险种,金额,区划代码,数据性质\n"
	var send []string
	var total int64
	for n, i := range items {
		if i.Outgoing() {
			send = append(send, "seen", seenItem(i))
			total += int64(i.Amount)
		} else if i.Keeper() == sichuanProvince {
			rows += fmt.Sprintf("R%d,2026-11-20,居民,%s,%s,合成数据\n", n, i.Amount, i.City())
		}
	}
	w := clerk.upload("/pool/receipts", once(t, clerk.get("/pool/receipts")), "bank.csv", rows)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, alerts(w))
	}
	page := finance.get("/pool/receipts")
	accept := []string{"once", once(t, page), "checked", "1"}
	for _, m := range regexp.MustCompile(`(?s)name="share" value="([^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1) {
		accept = append(accept, "share", html.UnescapeString(m[1]))
	}
	if w := finance.post("/pool/receipts/accept", append([]string{"once", "x"}, accept[4:]...)...); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("accepted without a word: %d", w.Code)
	}
	finance.done("/pool/receipts/accept", accept...)
	finance.done("/pool/receipts/accept", accept...)
	if w := finance.post("/pool/receipts/accept", append([]string{"once", "other"}, accept[2:]...)...); w.Code != http.StatusConflict || !strings.Contains(alerts(w), "页面内容已过时") {
		t.Errorf("a stale page: %d %s", w.Code, alerts(w))
	}
	sum := fmt.Sprintf("%d.%02d", total/100, total%100)
	if w := clerk.post("/pool/payments/send", append(send, "once", "a", "batch", id, "ref", "B1", "on", "2026-11-23", "total", "1.00")...); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("another total: %d", w.Code)
	}
	clerk.done("/pool/payments/send", append(send, "once", "b", "batch", id, "ref", "B1", "on", "2026-11-23", "total", sum)...)
	var booked []string
	items, _ = b.store.Items(t.Context(), store.ScopeOf(sichuanProvince), store.ItemQuery{Batch: ledger.DocumentID(id)})
	for _, i := range items {
		if i.State() == ledger.ItemSent {
			booked = append(booked, "seen", seenItem(i))
		}
	}
	finance.done("/pool/payments/book", append(booked, "once", "c", "batch", id, "checked", "1")...)
	clerk.done("/pool/payments/number", "once", "d", "batch", id, "form", "测试〔2026〕*号", "first", "1")
	if body := clerk.get("/pool/notices?batch=" + id).Body.String(); !strings.Contains(body, "测试〔2026〕1号") || !strings.Contains(body, "亿") || strings.Count(body, `class="letter"`) != len(items) {
		t.Error("the notices are not all there")
	}
	for _, path := range []string{"/pool/notices/export.xlsx?batch=" + id, "/pool/payments/export.xlsx?batch=" + id, run + "/paper.json", "/pool/receipts/template.xlsx", "/pool/orders/template.xlsx"} {
		if w := clerk.get(path); w.Code != http.StatusOK || w.Body.Len() < 1000 {
			t.Errorf("%s: %d, %d bytes", path, w.Code, w.Body.Len())
		}
	}
	if report, err := b.store.Verify(t.Context(), b.site.money.service.Chart); err != nil || report.Batches != 1 || report.Payments == 0 {
		t.Errorf("%+v, %v", report, err)
	}
	city := b.enter("city")
	if body := city.get("/pool/payments").Body.String(); !strings.Contains(body, "自贡") || strings.Contains(body, "攀枝花") {
		t.Error("a city does not see its own payments alone")
	}
	if w := city.get(run); w.Code != http.StatusNotFound {
		t.Errorf("a city reads the province's paper: %d", w.Code)
	}
	for _, lang := range []string{"zh", "en"} {
		for _, path := range []string{"/pool/runs", run, "/pool/orders", "/pool/payments", "/pool/receipts", "/pool/accounts", "/pool/notices?batch=" + id} {
			w := finance.get(with(path, "lang", lang))
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d", path, w.Code)
			}
			checkTexts(t, path, w.Body.String())
		}
	}
}

// upload sends a form with a file.
func (v *visitor) upload(path, once, name, content string) *httptest.ResponseRecorder {
	const edge = "edge"
	body := "--" + edge + "\r\nContent-Disposition: form-data; name=\"once\"\r\n\r\n" + once + "\r\n--" + edge +
		"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: text/csv\r\n\r\n" + content + "\r\n--" + edge + "--\r\n"
	return v.do(http.MethodPost, path, strings.NewReader(body), "multipart/form-data; boundary="+edge)
}

// What the bank shows and nobody waits for is suspended in the books, moved to the right book, matched out of there, or settled;
// the page says where all of the money stands.
func TestReceiptsOnSuspense(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := treasury(t, sichuan())
	clerk, finance := b.enter("clerk"), b.enter("finance")
	rows := "回单号,到账日期,险种,金额,付款人,数据性质\nU1,2026-11-20,居民,700.00,某单位,合成数据\nU2,2026-11-20,居民,0.31,结息,合成数据\n"
	if w := clerk.upload("/pool/receipts", once(t, clerk.get("/pool/receipts")), "bank.csv", rows); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, alerts(w))
	}
	says(t, finance.get("/pool/receipts"), http.StatusOK, "付款方不明", "尚有未入账", "所选回单记入待查款项")
	if w := clerk.post("/pool/receipts/suspend", "seen", "1 U1", "book", "clearing", "reason", "x"); w.Code != http.StatusForbidden {
		t.Errorf("a cashier books: %d", w.Code)
	}
	if w := finance.post("/pool/receipts/suspend", "once", "a", "seen", "1 U1", "book", "clearing"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(alerts(w), "理由") {
		t.Errorf("%d %s", w.Code, alerts(w))
	}
	for range 2 {
		finance.done("/pool/receipts/suspend", "once", "b", "seen", "1 U1", "seen", "1 U2", "book", "clearing", "reason", "待查")
	}
	says(t, finance.get("/pool/receipts"), http.StatusOK, "全部入账", "已挂待查款项", "待查：", "700.31", "改挂其他账簿")
	finance.done("/pool/receipts/suspend", "once", "c", "seen", "2 U1", "book", "adjustment", "reason", "改挂")
	finance.done("/pool/receipts/dispose", "once", "d", "receipt", "U2", "receipt_version", "2", "how", "interest", "reason", "季度结息")
	finance.done("/pool/receipts/dispose", "once", "e", "receipt", "U1", "receipt_version", "3", "how", "sent_back", "reason", "误汇，退回")
	says(t, finance.get("/pool/receipts"), http.StatusOK, "全部入账", "误汇，退回", "季度结息")
	says(t, finance.get("/ledger/resident/510000/adjustment/statement/200104?unit=yuan"), http.StatusOK, "700.00", "退回付款方")
	if _, err := b.store.Verify(t.Context(), b.site.money.service.Chart); err != nil {
		t.Error(err)
	}
}

// A payment order is planned, signed and listed; one that cannot be is refused with every reason, and what was typed stays.
func TestPaymentOrder(t *testing.T) {
	t.Attr("clause", "SC38-4.8")
	b := treasury(t, sichuan())
	clerk := b.enter("clerk")
	bad := clerk.post("/pool/orders", "once", once(t, clerk.get("/pool/orders")), "kind", "draw", "year", "2026", "insurance", "resident", "fund", "reserve", "cause", "epidemic", "due", "x", "basis", "typed", "lines", "530100,1")
	if bad.Code != http.StatusUnprocessableEntity || strings.Count(alerts(bad), "<li>") != 2 || !strings.Contains(bad.Body.String(), "typed") {
		t.Errorf("%d %s", bad.Code, alerts(bad))
	}
	order := pathOf(clerk.done("/pool/orders", "once", "1", "kind", "advances", "year", "2026", "insurance", "resident", "due", "2026-12-31", "basis", "typed", "lines", "510300,1000000.00\n510400,2000000.00"))
	if body := clerk.get(order).Body.String(); !strings.Contains(body, "年度预拨计划") || !strings.Contains(body, "typed") {
		t.Error("the order's page does not show it")
	}
	if w := b.enter("city").post("/pool/orders", "once", "1", "kind", "advances"); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusForbidden {
		t.Errorf("a city plans the province's money: %d", w.Code)
	}
}
