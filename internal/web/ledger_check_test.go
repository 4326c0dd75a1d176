package web

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// books is the ledger's service over the bureau's store, for somebody of the province.
func (b *bureau) books() ledger.Service {
	b.t.Helper()
	chart, err := ledger.Standard()
	if err != nil {
		b.t.Fatal(err)
	}
	act := store.Act{Record: office.Record{Chain: sichuanProvince, Who: "opener", Action: "test"}, Scope: store.ScopeOf(sichuanProvince)}
	return ledger.Service{Chart: chart, Store: b.store.Books(act, chart)}
}

// settled books a payment on both sides.
func (b *bureau) settled(kind ledger.ItemKind, payer, payee ledger.Book, amount money.Fen) {
	b.t.Helper()
	i := ledger.Item{ID: ledger.ItemID(string(kind) + "/" + payer.String()), Kind: kind, Year: 2026, Insurance: payer.Insurance, Payer: ledger.PartyOf(payer), Payee: ledger.PartyOf(payee), Amount: amount,
		Source: ledger.Source{Kind: ledger.FromDocument, ID: "T-1"}}
	h := ledger.Hands{Date: "2026-03-05", Maker: "a", Reviewer: "b"}
	set, err := i.Settle(h, ledger.Arrival{Receipt: "r", Amount: amount})
	if err == nil {
		_, err = b.books().Post(b.t.Context(), append(i.Announce(h), set...))
	}
	if err != nil {
		b.t.Fatal(problemsOf(err))
	}
}

func TestBooksAreAddedUpByTypeAndCity(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SC38-4.7")
	b := treasury(t, sichuan())
	finance := b.enter("finance")
	book := ledger.AreaBook(pool.Resident, zigong)
	posting := func(code ledger.Code, side ledger.Side, amount money.Fen, level ledger.Level) ledger.Posting {
		return ledger.Posting{Account: code, Dimensions: ledger.Dimensions{Level: level}, Side: side, Amount: amount}
	}
	voucher := func(key ledger.Key, lines ...ledger.Posting) ledger.Voucher {
		return ledger.Voucher{Book: book, Date: "2026-03-05", Kind: ledger.Ordinary, Summary: ledger.Summary{Text: "合成数据"}, Source: ledger.Source{Kind: ledger.FromDocument, ID: "T-1"}, Key: key,
			Maker: "a", Reviewer: "b", Postings: lines}
	}
	if _, err := b.books().Post(t.Context(), []ledger.Voucher{
		voucher("in", posting(ledger.FiscalAccount, ledger.Debit, 700_00, ""), posting(ledger.Subsidies, ledger.Credit, 700_00, ledger.Central)),
		voucher("out", posting("500101", ledger.Debit, 300_00, ""), posting(ledger.FiscalAccount, ledger.Credit, 300_00, "")),
		voucher("loss", posting(ledger.Violation, ledger.Debit, 90_00, ""), posting(ledger.FiscalAccount, ledger.Credit, 90_00, "")),
		voucher("covered", posting(ledger.FiscalAccount, ledger.Debit, 40_00, ""), posting(ledger.LossCovered, ledger.Credit, 40_00, ledger.Municipal)),
	}); err != nil {
		t.Fatal(problemsOf(err))
	}
	page := finance.get("/ledger/summary?insurance=resident&fy=2026&to=6")
	// The loss is apart from what the city earned: 700 − 300, and 90 − 40 beside it.
	says(t, page, http.StatusOK, "自贡市居民医保基金账", ">400.00<", ">50.00<", "统筹区合计（22 个）", "SC38-4.7", "平衡")
	if strings.Contains(page.Body.String(), "职工医保基金账") {
		t.Error("another insurance type is added in")
	}
	says(t, finance.get("/ledger/summary?insurance=employee"), http.StatusOK, "职工医保基金账")
	says(t, b.enter("city").get("/ledger/summary?insurance=resident"), http.StatusOK, "统筹区合计（1 个）")
	for _, path := range []string{"/ledger/summary/export.xlsx?insurance=resident&to=6", "/ledger/check/export.xlsx?insurance=resident", "/ledger/summary/export.csv"} {
		if w := finance.get(path); w.Code != http.StatusOK || strings.HasSuffix(path, "xlsx") && !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/ledger/summary", "/ledger/check"} {
		for _, lang := range []string{"zh", "en"} {
			checkTexts(t, path, finance.get(path+"?insurance=resident&lang="+lang).Body.String())
		}
	}
}

func TestBooksAreComparedWithOneAnother(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SCE-7.2")
	b := treasury(t, sichuan())
	finance := b.enter("finance")
	says(t, finance.get("/ledger/check?insurance=resident&fy=2026"), http.StatusOK, "各账簿之间的往来一致", "没有尚未清算的预拨", "没有异地就医预付金", "还没有已批准")
	clearing := ledger.ClearingBook(pool.Resident, sichuanProvince)
	city, fund := ledger.AreaBook(pool.Resident, zigong), ledger.AdjustmentBook(pool.Resident, sichuanProvince)
	b.settled(ledger.DepositUp, city, clearing, 5_000_00)
	b.settled(ledger.DepositDown, clearing, ledger.AreaBook(pool.Resident, panzhihua), 1_200_00)
	b.settled(ledger.Collection, city, fund, 9_000_00)
	b.settled(ledger.Advance, fund, city, 2_500_00)
	page := finance.get("/ledger/check?insurance=resident&fy=2026&unit=yuan")
	says(t, page, http.StatusOK, ">5,000.00<", ">1,200.00<", ">2,500.00<", "一致", "SCE-7.2")
	if strings.Contains(page.Body.String(), `class="pill bad"`) {
		t.Error("books that agree are said not to")
	}
	// A city sees its own book, and not what the province's says of others.
	says(t, b.enter("city").get("/ledger/check?insurance=resident&fy=2026"), http.StatusOK, "还没有已批准")
}

// Books that begin otherwise than the computation are listed line by line.
func TestRunsAreComparedWithTheBooks(t *testing.T) {
	t.Attr("clause", "SC38-4.3")
	t.Attr("clause", "SC38-4.6")
	b := treasuryOf(t, sichuan(), 2025)
	for _, book := range []ledger.Book{ledger.AdjustmentBook(pool.Resident, sichuanProvince)} {
		b.nextYear(book)
	}
	for _, d := range engine().Tree.Prefectures(sichuanProvince) {
		b.nextYear(ledger.AreaBook(pool.Resident, d.Code))
	}
	b.approvedRun("2025")
	finance := b.enter("finance")
	says(t, finance.get("/ledger/check?insurance=resident&fy=2025"), http.StatusOK, "计算所用", "90,000,000,000.00", "累计结余留存", "SC38-4.6", "自贡市居民医保基金账")
	later := treasury(t, sichuan())
	later.approvedRun("2025")
	says(t, later.enter("finance").get("/ledger/check?insurance=resident"), http.StatusOK, "账簿没有 2025 年度，无法核对")
}

// nextYear opens the year after 2025 in a book.
func (b *bureau) nextYear(book ledger.Book) {
	b.t.Helper()
	if _, err := b.books().Period(b.t.Context(), book, ledger.OpenYear, ledger.PeriodOrder{Year: policy.Year(2026), By: "a"}, ""); err != nil {
		b.t.Fatal(problemsOf(err))
	}
}
