package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/remit"
	"tongchou/internal/store"
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

// closedThrough closes months of the year 2026 of the city's book, from its first.
func closedThrough(t testing.TB, v *visitor, month int) {
	t.Helper()
	for m := 1; m <= month; m++ {
		v.done(zigongBook+"/periods", "act", "close_month", "year", "2026", "month", strconv.Itoa(m))
	}
}

// No month and no year closes before it is over, and none while a voucher dated in it waits, whoever submitted it and when.
func TestNothingClosesEarly(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	b, first, second, _ := keepers(t)
	closedThrough(t, first, 10)
	says(t, first.post(zigongBook+"/periods", "act", "close_month", "year", "2026", "month", "11"), http.StatusUnprocessableEntity, "尚未结束", "2026-11-23")
	says(t, first.get(zigongBook+"/periods?fy=2026"), http.StatusOK, "11 月已经结束", "disabled")
	b.pass(10 * 24 * time.Hour) // 3 December
	first, second = b.enter("li"), b.enter("wang")
	first.done(zigongBook+"/periods", "act", "close_month", "year", "2026", "month", "11")
	says(t, first.post(zigongBook+"/periods", "act", "close_year", "year", "2026", "month", "12"), http.StatusUnprocessableEntity, "年度尚未结束")
	b.pass(40 * 24 * time.Hour)
	first, second = b.enter("li"), b.enter("wang")
	first.done(zigongBook+"/periods", "act", "close_year", "year", "2026", "month", "12")
	closing := regexp.MustCompile(zigongBook + `/drafts/[A-Z0-9]+`).FindString(first.get(zigongBook + "/periods?fy=2026").Body.String())
	late := submitted(t, first, entered("submit", "2026-12-05", "1003", "4201", "", "77")...)
	says(t, second.post(closing, "act", "book", "version", "1"), http.StatusUnprocessableEntity, "还有未记账的凭证")
	booked(t, second, late)
	if w := second.post(closing, "act", "book", "version", "1"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, first.get(zigongBook+"/trial?fy=2027"), http.StatusOK, "77.00")
}

// A draft that was submitted while its month was being closed waits for a month that is closed: it is not taken.
func TestNoVoucherWaitsForAClosedMonth(t *testing.T) {
	b, first, _, _ := keepers(t)
	says(t, first.post(zigongBook+"/entry", entered("submit", "2026-01-05", "110199", "1003", "", "5")...), http.StatusUnprocessableEntity, "SC38-4.6", "其他暂付款不得动用累计结余")
	draft := submitted(t, first, entered("draft", "2026-01-05", "1003", "4201", "", "5")...)
	says(t, first.post(zigongBook+"/periods", "act", "close_month", "year", "2026", "month", "1"), http.StatusUnprocessableEntity, "还有未记账的凭证")
	if w := first.post(draft, "act", "delete", "version", "1"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	kept := submitted(t, first, entered("draft", "2026-02-05", "1003", "4201", "", "5")...)
	closedThrough(t, first, 1)
	chart, err := ledger.Standard()
	if err != nil {
		t.Fatal(err)
	}
	// Closed behind the page's back, as by somebody at the same moment.
	act := store.Act{Scope: store.ScopeOf(zigong), Record: office.Record{Chain: zigong, At: b.clock(), Who: "u-li", Action: "test"}}
	order := ledger.PeriodOrder{Year: 2026, Month: 2, By: "u-wang", Today: "2026-11-23"}
	if _, err := (ledger.Service{Chart: chart, Store: b.store.Books(act, chart)}).Period(t.Context(), ledger.AreaBook(pool.Resident, zigong), ledger.CloseMonth, order, ""); err != nil {
		t.Fatal(err)
	}
	says(t, first.post(kept, "act", "submit", "version", "1"), http.StatusUnprocessableEntity, "已结账")
}

// A deficit is carried by the approval of both departments for this book, this year and as much, whatever the accountant writes and
// however the book was opened.
func TestADeficitIsCarriedByApproval(t *testing.T) {
	t.Attr("clause", "YN-2.4")
	t.Attr("clause", "SC38-4.6")
	b, first, second, _ := keepers(t)
	b.hire("maker", office.MedicalSecurity, zigong, office.Clerk)
	b.hire("checker", office.MedicalSecurity, zigong, office.Reviewer)
	b.hire("bureau", office.MedicalSecurity, sichuanProvince, office.Approver)
	b.hire("treasury", office.Finance, sichuanProvince, office.Approver)
	w := first.sent(zigongBook+"/openings", "期初.csv", []byte("科目,借方,贷方,数据性质\n1003,100.00,,合成数据\n300101,,100.00,合成数据\n"))
	booked(t, second, pathOf(w.Header().Get("Location")))
	booked(t, second, submitted(t, first, entered("submit", "2026-02-01", "540101", "1003", "", "60")...))
	b.pass(50 * 24 * time.Hour)
	first, second = b.enter("li"), b.enter("wang")
	closedThrough(t, first, 11)
	ask := func(decision string) *httptest.ResponseRecorder {
		return first.post(zigongBook+"/periods", "act", "close_year", "year", "2026", "month", "12", "decision", decision)
	}
	says(t, first.get(zigongBook+"/periods?fy=2026"), http.StatusOK, "当年赤字 60.00 元已经省医保、财政部门批准")
	says(t, ask(""), http.StatusUnprocessableEntity, "YN-2.4")
	says(t, ask("随便写的文号"), http.StatusUnprocessableEntity, "YN-2.4", "不是本账簿 2026 年度已批准")
	approved := func(insurance, amount, year string, signed bool) string {
		id := office.DocumentID("surplus-" + insurance + "-510300-" + year + "-" + amount)
		fen, err := money.ParseFen(amount)
		if err != nil {
			t.Fatal(err)
		}
		content := office.Content{Title: "合成数据", Amount: fen, Digest: office.DigestOf([]byte(id)), Policy: policy.InForce}
		version := office.Version(1)
		do := func(login string, kind office.ActKind) {
			u, _, err := b.store.Accounts().Account(t.Context(), office.Login(login))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := u.User.Subject()
			if err != nil {
				t.Fatal(err)
			}
			approvals := office.Approvals{Desk: b.store.Desk(store.ScopeOf(sichuanProvince))}
			if kind == office.Made {
				_, err = approvals.Draft(t.Context(), id, office.SurplusUse, zigong, content, subject, "", b.clock())
			} else {
				_, err = approvals.Do(t.Context(), id, office.Act{Kind: kind, By: subject, At: b.clock(), Version: version, Content: content}, "")
				version++
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		do("maker", office.Made)
		do("maker", office.Submit)
		do("checker", office.Sign)
		do("bureau", office.Sign)
		if signed {
			do("treasury", office.Sign)
		}
		return string(id)
	}
	for _, c := range []struct{ id, want string }{
		{approved("resident", "60.00", "2026", false), "不是本账簿"},
		{approved("employee", "60.00", "2026", true), "不是本账簿"},
		{approved("resident", "60.00", "2025", true), "不是本账簿"},
		{approved("resident", "59.99", "2026", true), "批准动用 59.99"},
	} {
		says(t, ask(c.id), http.StatusUnprocessableEntity, c.want, "YN-2.4")
	}
	enough := approved("resident", "61.00", "2026", true)
	says(t, first.get(zigongBook+"/periods?fy=2026"), http.StatusOK, enough)
	if w := ask(enough); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	closing := regexp.MustCompile(zigongBook + `/drafts/[A-Z0-9]+`).FindString(first.get(zigongBook + "/periods?fy=2026").Body.String())
	if w := second.post(closing, "act", "book", "version", "1"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, first.get(zigongBook+"/position?fy=2027"), http.StatusOK, "40.00")
}

// The books may end in a deficit that no budget had: the use of the surplus can be asked for then too.
func TestADeficitThatNoBudgetHad(t *testing.T) {
	t.Attr("clause", "YN-2.4")
	b, first, second, _ := keepers(t)
	b.hire("maker", office.MedicalSecurity, zigong, office.Clerk)
	w := first.sent(zigongBook+"/openings", "期初.csv", []byte("科目,借方,贷方,数据性质\n1003,100.00,,合成数据\n300101,,100.00,合成数据\n"))
	booked(t, second, pathOf(w.Header().Get("Location")))
	maker, path := b.enter("maker"), "/budget/resident/510300/2026"
	says(t, maker.post(path, "act", "surplus", "amount", "60", "reason", "合成数据"), http.StatusUnprocessableEntity, "没有当年赤字")
	booked(t, second, submitted(t, first, entered("submit", "2026-02-01", "540101", "1003", "", "60")...))
	says(t, maker.get(path), http.StatusOK, "动用累计结余弥补赤字", "60.00")
	if w := maker.post(path, "act", "surplus", "amount", "60", "reason", "合成数据"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, maker.get(path), http.StatusOK, "动用累计结余：")
}
