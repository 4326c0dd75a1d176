package web

import (
	"net/http"
	"strings"
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/remit"
)

const fundPath = "/ledger/resident/510000/adjustment"

// Nobody enters opening balances, money set aside, a booking of a run, or the half of a payment by hand; and what a run booked is
// not taken back by hand either.
func TestNothingOfTheReserveOrSurplusByHand(t *testing.T) {
	for _, clause := range []string{"SC38-4.3", "SC38-4.5", "SC38-4.6", "SC38-4.8"} {
		t.Attr("clause", clause)
	}
	b, first, second, _ := keepers(t)
	b.hire("fund", office.Finance, sichuanProvince, office.Accountant)
	b.hire("fund-2", office.Finance, sichuanProvince, office.Accountant)
	fund := b.enter("fund")
	opener := remit.Who{Subject: office.Subject{ID: "opener", Department: office.Finance, Division: sichuanProvince, Roles: []office.Role{office.Accountant}}, At: b.clock()}
	books := []remit.Opening{{Book: ledger.AdjustmentBook(pool.Resident, sichuanProvince), Balance: 500_00, SetAside: 200_00}}
	if err := b.site.money.service.Open(t.Context(), opener, books, 2026, 1, "other"); err != nil {
		t.Fatal(err)
	}
	changed := func(form []string, pairs ...string) []string {
		form = append([]string{}, form...)
		for i := 0; i < len(pairs); i += 2 {
			for j := 0; j < len(form); j += 2 {
				if form[j] == pairs[i] {
					form[j+1] = pairs[i+1]
				}
			}
		}
		return form
	}
	back := entered("submit", "2026-11-20", "300201", "300102", "", "100.00")
	says(t, fund.post(fundPath+"/entry", changed(back, "kind", "set_aside")...), http.StatusUnprocessableEntity, "SC38-4.3")
	says(t, fund.post(fundPath+"/entry", changed(back, "kind", "set_aside", "source_kind", "run")...), http.StatusUnprocessableEntity, "SC38-4.3")
	says(t, fund.post(fundPath+"/entry", changed(back, "source_kind", "run")...), http.StatusUnprocessableEntity, "手工凭证的依据")
	if body := fund.get(fundPath + "/entry").Body.String(); strings.Contains(body, `value="set_aside"`) {
		t.Error("the form offers to set money aside by hand")
	}
	says(t, fund.post(fundPath+"/entry", entered("submit", "2026-11-20", "530103", "1003", "", "10", "decision", "随便写的文号", "of", "510300 自贡市")...), http.StatusUnprocessableEntity)

	taking := changed(entered("submit", "2026-01-01", "300101", "1003", "", "10"), "kind", "opening")
	says(t, first.post(zigongBook+"/entry", taking...), http.StatusUnprocessableEntity, "SC38-4.6", "期初余额文件")
	w := first.sent(zigongBook+"/openings", "期初.csv", []byte("科目,借方,贷方,数据性质\n1003,12.30,,合成数据\n300101,,12.30,合成数据\n"))
	if w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	opening := booked(t, second, pathOf(w.Header().Get("Location")))
	w = first.sent(zigongBook+"/openings", "再次.csv", []byte("科目,借方,贷方,数据性质\n300101,10.00,,合成数据\n1003,,10.00,合成数据\n"))
	says(t, w, http.StatusUnprocessableEntity, "SC38-4.6", "只能在账簿没有其他凭证时")
	booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "4201", "", "5")...))
	red := changed(entered("submit", "2026-01-31", "1003", "300101", "", "-12.30", "corrects", opening[strings.LastIndex(opening, "/")+1:]), "kind", "reversal")
	says(t, first.post(zigongBook+"/entry", red...), http.StatusUnprocessableEntity, "SC38-4.6")
	says(t, first.get(zigongBook+"/trial?fy=2026"), http.StatusOK, "12.30", "17.30")
}

// A voucher is reviewed by people who keep the funds: a reviewer of another department books none, in a book of his own division.
func TestVouchersAreReviewedByWhoKeepsTheFunds(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	t.Attr("clause", "SC38-10.1")
	b, first, _, _ := keepers(t)
	b.hire("tax", office.Taxation, zigong, office.Reviewer)
	b.hire("finance", office.Finance, zigong, office.Reviewer)
	draft := submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "1000")...)
	tax := b.enter("tax")
	says(t, tax.post(draft, "act", "book", "version", "1"), http.StatusForbidden)
	says(t, tax.post(zigongBook+"/drafts", "act", "book", "seen", draft[strings.LastIndex(draft, "/")+1:]+":1", "total", "1000.00"), http.StatusForbidden)
	if body := tax.get(draft).Body.String(); strings.Contains(body, `value="book"`) {
		t.Error("the tax office is offered to book it")
	}
	booked(t, b.enter("finance"), draft)
}

// A year that is opened before the one before is closed: its pages balance, and say that its openings may still change.
func TestPagesOfAYearThatBeginsEarly(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	_, first, second, _ := keepers(t)
	booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "4201", "", "14")...))
	first.done(zigongBook+"/periods", "act", "open_year", "year", "2027")
	sheet := first.get(zigongBook + "/position?fy=2027")
	says(t, sheet, http.StatusOK, "2027 年期初数暂未确定", "14.00", "平衡")
	if strings.Contains(sheet.Body.String(), "不平") {
		t.Error("the balance sheet does not balance")
	}
	says(t, first.get(zigongBook+"/income?fy=2027"), http.StatusOK, "暂未确定", "14.00")
	says(t, first.get(zigongBook+"/export/position/export.csv?fy=2027"), http.StatusOK, "14.00")
	if strings.Contains(first.get(zigongBook+"/position?fy=2026").Body.String(), "暂未确定") {
		t.Error("the first year has provisional openings")
	}
}
