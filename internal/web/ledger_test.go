package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
)

// keepers are a console with two accountants of a city, one of another and a book of the first.
func keepers(t testing.TB) (b *bureau, first, second, stranger *visitor) {
	t.Helper()
	b = newBureau(t, sichuan())
	b.hire("li", office.MedicalSecurity, zigong, office.Accountant)
	b.hire("wang", office.MedicalSecurity, zigong, office.Accountant)
	b.hire("zhao", office.MedicalSecurity, zigong, office.Approver)
	b.hire("chen", office.MedicalSecurity, panzhihua, office.Accountant)
	first, second, stranger = b.enter("li"), b.enter("wang"), b.enter("chen")
	if w := first.post("/ledger/new", "insurance", "resident", "kind", "area", "year", "2026", "month", "1", "deficit", "1"); w.Code != http.StatusSeeOther {
		t.Fatalf("the book is not opened: %d %s", w.Code, shownIn(w))
	}
	return b, first, second, stranger
}

const zigongBook = "/ledger/resident/510300/area"

func shownIn(w *httptest.ResponseRecorder) string {
	body := w.Body.String()
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	return regexp.MustCompile(`(?s)<[^>]*>|\s+`).ReplaceAllString(body, " ")
}

func says(t testing.TB, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("%d, want %d: %s", w.Code, status, shownIn(w))
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("does not say %q: %s", text, shownIn(w))
		}
	}
}

// entered is the form of a voucher of two lines.
func entered(act, date, debit, credit, of, amount string, more ...string) []string {
	return append([]string{"act", act, "date", date, "kind", "ordinary", "summary", "合成数据：测试", "source_kind", "document", "source_id", "T-1",
		"account", debit, "of", "", "debit", amount, "credit", "", "account", credit, "of", of, "debit", "", "credit", amount}, more...)
}

// submitted writes a voucher and gives the page of its draft.
func submitted(t testing.TB, v *visitor, form ...string) string {
	t.Helper()
	w := v.post(zigongBook+"/entry", form...)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("not submitted: %d %s", w.Code, shownIn(w))
	}
	path, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	return path
}

// book books a draft and gives the page of the voucher.
func booked(t testing.TB, v *visitor, draft string) string {
	t.Helper()
	w := v.post(draft, "act", "book", "version", "1")
	if w.Code != http.StatusSeeOther {
		t.Fatalf("not booked: %d %s", w.Code, shownIn(w))
	}
	path, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	return path
}

func TestAVoucherTakesTwoPersons(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	_, first, second, _ := keepers(t)
	draft := submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "1000.50")...)
	says(t, first.get(draft), http.StatusOK, "待审核", "壹仟元伍角", "1,000.50")
	says(t, first.post(draft, "act", "book", "version", "1"), http.StatusUnprocessableEntity, "不能是同一人", "YA-4.10.3")
	says(t, second.post(draft, "act", "return", "version", "1"), http.StatusUnprocessableEntity, "理由")
	voucher := booked(t, second, draft)
	says(t, second.get(voucher), http.StatusOK, "收字第1号", "测试li", "测试wang", "壹仟元伍角", "财政补贴收入")
	says(t, second.post(draft, "act", "book", "version", "1"), http.StatusUnprocessableEntity, "已记账或已删除")
	says(t, first.get(zigongBook+"/statement/1003"), http.StatusOK, "收字第1号", "1,000.50")
	for _, page := range []string{"", "/vouchers", "/trial", "/trial?details=1", "/position", "/income", "/dues", "/periods", "/statement/4101", "/entry", "/openings"} {
		for _, lang := range []string{"zh", "en"} {
			w := first.get(with(zigongBook+page, "lang", lang, "fy", "2026"))
			says(t, w, http.StatusOK)
			checkTexts(t, page, w.Body.String())
		}
	}
	says(t, first.get("/ledger?lang=zh"), http.StatusOK, "自贡", "1,000.50")
}

func TestASentTwiceFormBooksOnce(t *testing.T) {
	_, first, second, _ := keepers(t)
	form := entered("submit", "2026-01-05", "1003", "4101", "中央", "1000", "once", "k1")
	draft := submitted(t, first, form...)
	if again := submitted(t, first, form...); again != draft {
		t.Errorf("a second draft %s", again)
	}
	one := second.post(draft, "act", "book", "version", "1", "once", "k2")
	two := second.post(draft, "act", "book", "version", "1", "once", "k2")
	if one.Code != http.StatusSeeOther || two.Header().Get("Location") != one.Header().Get("Location") {
		t.Errorf("%d %q, then %d %q", one.Code, one.Header().Get("Location"), two.Code, two.Header().Get("Location"))
	}
	if n := strings.Count(first.get(zigongBook+"/vouchers").Body.String(), "字第1号"); n != 1 {
		t.Errorf("%d vouchers", n)
	}
}

func TestAStaleDraftIsSaid(t *testing.T) {
	_, first, second, _ := keepers(t)
	draft := submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "1000")...)
	if w := first.post(draft, "act", "withdraw", "version", "1"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	says(t, second.post(draft, "act", "book", "version", "1"), http.StatusUnprocessableEntity, "不在待审核状态")
	if w := first.post(draft, "act", "submit", "version", "2"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	says(t, second.post(draft, "act", "book", "version", "1"), http.StatusConflict, "页面已过期")
}

func TestRefusedVouchersSayTheClause(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SC38-4.6")
	_, first, _, _ := keepers(t)
	for want, form := range map[string][]string{
		"SC38-4.5": entered("submit", "2026-01-05", "500101", "1002", "", "10"),
		"SC38-4.6": entered("submit", "2026-01-05", "1003", "300101", "", "10"),
		"借贷不平":     append(entered("submit", "2026-01-05", "1003", "4101", "中央", "10"), "account", "1003", "of", "", "debit", "1", "credit", ""),
		"第 2 行":    entered("submit", "2026-01-05", "1003", "4101", "火星", "10"),
		"尚未启用":     entered("submit", "2031-01-05", "1003", "4101", "中央", "10"),
		"不是日期":     entered("submit", "2026-13-05", "1003", "4101", "中央", "10"),
	} {
		w := first.post(zigongBook+"/entry", form...)
		says(t, w, http.StatusUnprocessableEntity, want, `value="T-1"`)
		checkTexts(t, want, w.Body.String())
	}
	if !strings.Contains(first.get(zigongBook).Body.String(), "没有待处理的凭证") {
		t.Error("a refused voucher was kept")
	}
}

// Money is set aside by an approved computation alone, a draw arrives in a city's book, and net assets are left alone; each refusal says
// its clause, and names the field in the reader's words.
func TestRefusedDrawsSayTheClause(t *testing.T) {
	t.Attr("clause", "SC38-4.3")
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SC38-4.6")
	b := treasury(t, sichuan())
	finance := b.enter("finance")
	const fund = "/ledger/resident/510000/adjustment"
	form := func(kind ledger.VoucherKind, debit ledger.Code, of string, credit ledger.Code) []string {
		return []string{"act", "submit", "date", "2026-03-05", "kind", string(kind), "summary", "合成数据", "source_kind", "document", "source_id", "T-1", "decision", "决定1",
			"account", string(debit), "of", of, "debit", "10", "credit", "", "account", string(credit), "of", "", "debit", "", "credit", "10"}
	}
	for want, f := range map[string][]string{
		"SC38-4.3": form(ledger.SetAsideIn, ledger.RiskReserve, "", ledger.AdjustmentFund),
		"SC38-4.6": form(ledger.Ordinary, ledger.AdjustmentFund, "", ledger.FiscalAccount),
		"SC38-4.5": form(ledger.Ordinary, ledger.ReservePaid, "510300", ledger.FiscalAccount),
	} {
		w := finance.post(fund+"/entry", f...)
		says(t, w, http.StatusUnprocessableEntity, `href="/clauses/`+want, "没有保存")
		if regexp.MustCompile(`<span class="mute">[a-z_]+</span>`).MatchString(w.Body.String()) {
			t.Errorf("%s: the field has no name for people", want)
		}
	}
}

func TestCorrections(t *testing.T) {
	_, first, second, _ := keepers(t)
	voucher := booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "1000")...))
	ref := voucher[strings.LastIndex(voucher, "/")+1:]
	says(t, first.get(zigongBook+"/entry?how=reversal&of="+ref), http.StatusOK, "-1000.00", "红字冲销")
	says(t, first.get(voucher), http.StatusOK, "照此录入")
	copied := first.get(zigongBook + "/entry?how=copy&of=" + ref)
	says(t, copied, http.StatusOK, `value="1000.00"`, `value="4101 财政补贴收入"`, `name="source_id" type="text" required maxlength="120" value=""`)
	if strings.Contains(copied.Body.String(), `name="corrects"`) {
		t.Error("a new voucher like another corrects it")
	}
	red := []string{"act", "submit", "date", "2026-01-06", "kind", "reversal", "corrects", ref, "summary", "冲销", "source_kind", "document", "source_id", "T-2",
		"account", "1003", "of", "", "debit", "-1000.00", "credit", "", "account", "4101", "of", "中央", "debit", "", "credit", "-1000.00"}
	back := booked(t, second, submitted(t, first, red...))
	says(t, first.get(back), http.StatusOK, "更正凭证", "\u22121,000.00", "负壹仟元整")
	says(t, first.get(voucher), http.StatusOK, "本凭证已由下列凭证冲销")
	says(t, first.post(zigongBook+"/entry", red...), http.StatusUnprocessableEntity, "已由")
}

func TestOtherBooksAreOutOfSight(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	_, first, _, stranger := keepers(t)
	draft := submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "1000")...)
	for _, path := range []string{zigongBook, zigongBook + "/trial", zigongBook + "/export/trial/export.csv", draft, zigongBook + "/entry", "/ledger/resident/510000/adjustment"} {
		if w := stranger.get(path); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := stranger.post(draft, "act", "book", "version", "1"); w.Code != http.StatusForbidden {
		t.Errorf("booked from elsewhere: %d", w.Code)
	}
	if w := stranger.get(strings.Replace(draft, "510300", "510400", 1)); w.Code != http.StatusNotFound && w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a draft of another book by its id: %d", w.Code)
	}
	if strings.Contains(stranger.get("/ledger").Body.String(), "自贡市") {
		t.Error("a book of elsewhere is listed")
	}
}

// sent uploads a file.
func (v *visitor) sent(path, name string, content []byte) *httptest.ResponseRecorder {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		v.b.t.Fatal(err)
	}
	return v.do(http.MethodPost, path, &body, m.FormDataContentType())
}

func TestOpeningBalancesComeFromAFile(t *testing.T) {
	_, first, second, _ := keepers(t)
	if w := first.get(zigongBook + "/openings/template.xlsx"); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
		t.Fatal(w.Code)
	}
	says(t, first.sent(zigongBook+"/openings", "期初.csv", []byte("科目,借方,贷方\n1003,12.345,\n4101 财政补贴收入,,5\n99,1,\n")), http.StatusUnprocessableEntity, "12.345", "没有导入", "marked.xlsx")
	says(t, first.sent(zigongBook+"/openings", "期初.csv", []byte("科目,借方,贷方\n1003,12.30,\n400104,,12.30\n99,1,\n")), http.StatusUnprocessableEntity, `<td class="number">3</td>`, `<td class="number">4</td>`, "没有科目")
	says(t, first.sent(zigongBook+"/openings", "期初.csv", []byte("科目,借方,贷方\n1003,12.30,\n300101,,12.31\n")), http.StatusUnprocessableEntity, "借贷不平")
	w := first.sent(zigongBook+"/openings", "期初.csv", []byte("科目,借方,贷方,数据性质\n1003 财政专户存款,12.30,,合成数据\n1201,,,\n300101,,12.30,合成数据\n"))
	if w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	path, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	says(t, second.get(booked(t, second, path)), http.StatusOK, "建账", "合成数据")
	says(t, first.get(zigongBook+"/position"), http.StatusOK, "12.30")
}

func TestMonthsAreClosedAndOpenedAgain(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	t.Attr("clause", "SC38-11.3")
	b, first, second, _ := keepers(t)
	draft := submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "1000")...)
	act := func(act, year, month string, more ...string) *httptest.ResponseRecorder {
		return first.post(zigongBook+"/periods", append([]string{"act", act, "year", year, "month", month}, more...)...)
	}
	says(t, act("close_month", "2026", "1"), http.StatusUnprocessableEntity, "还有未记账的凭证")
	booked(t, second, draft)
	says(t, act("close_month", "2026", "2"), http.StatusUnprocessableEntity, "不能结账")
	if w := act("close_month", "2026", "1"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, act("close_month", "2026", "1"), http.StatusUnprocessableEntity, "不能结账")
	says(t, first.post(zigongBook+"/entry", entered("submit", "2026-01-05", "1003", "4101", "中央", "1")...), http.StatusUnprocessableEntity, "已结账")
	says(t, act("reopen", "2026", "1"), http.StatusUnprocessableEntity, "原因")
	says(t, act("reopen", "2026", "2", "reason", "错账"), http.StatusUnprocessableEntity, "没有结账")
	if w := act("reopen", "2026", "1", "reason", "错账"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, act("reopen", "2026", "1", "reason", "错账"), http.StatusUnprocessableEntity, "在办")
	says(t, first.get(zigongBook+"/periods"), http.StatusOK, "原因：错账", "已结账至 1 月")
	approver := b.enter("zhao")
	id := "reopen-resident-510300-area-2026-1-1"
	says(t, approver.get("/documents/"+id), http.StatusOK, "错账")
	if w := approver.post("/documents/"+id, "act", "sign", "version", "2"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, first.get(zigongBook+"/periods"), http.StatusOK, "尚未结账")
	booked(t, second, submitted(t, first, entered("submit", "2026-01-07", "1003", "4101", "中央", "1")...))
}

func TestAYearIsClosedByTwoPersons(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	t.Attr("clause", "SC38-4.6")
	b, first, second, _ := keepers(t)
	booked(t, second, submitted(t, first, entered("submit", "2026-01-05", "1003", "4101", "中央", "1000")...))
	b.pass(50 * 24 * time.Hour)
	first, second = b.enter("li"), b.enter("wang")
	for m := 1; m <= 11; m++ {
		if w := first.post(zigongBook+"/periods", "act", "close_month", "year", "2026", "month", strconv.Itoa(m)); w.Code != http.StatusSeeOther {
			t.Fatal(m, shownIn(w))
		}
	}
	says(t, first.get(zigongBook+"/periods"), http.StatusOK, "2026 年度结账")
	if w := first.post(zigongBook+"/periods", "act", "open_year", "year", "2027"); w.Code != http.StatusSeeOther {
		t.Fatal(shownIn(w))
	}
	if w := first.post(zigongBook+"/periods", "act", "close_year", "year", "2026", "month", "12"); w.Code != http.StatusSeeOther {
		t.Fatal(shownIn(w))
	}
	body := first.get(zigongBook + "/periods?fy=2026").Body.String()
	found := regexp.MustCompile(zigongBook + `/drafts/[A-Z0-9]+`).FindString(body)
	says(t, first.post(found, "act", "book", "version", "1"), http.StatusUnprocessableEntity, "YA-4.10.3")
	if w := second.post(found, "act", "book", "version", "1"); w.Code != http.StatusSeeOther {
		t.Fatal(shownIn(w))
	}
	says(t, first.get(zigongBook+"/periods?fy=2026"), http.StatusOK, "2026 年度已结账")
	says(t, first.get(zigongBook+"/trial?fy=2027"), http.StatusOK, "300101", "1,000.00")
	says(t, first.get(zigongBook+"/income?fy=2026"), http.StatusOK, "1,000.00")
}

func TestBooksAreTakenAway(t *testing.T) {
	_, first, second, _ := keepers(t)
	form := entered("submit", "2026-01-05", "1003", "4101", "中央", "1000")
	for i := range form {
		if form[i] == "合成数据：测试" {
			form[i] = "=cmd|' /C calc'!A0"
		}
	}
	booked(t, second, submitted(t, first, form...))
	w := first.get(zigongBook + "/export/vouchers/export.csv?fy=2026")
	says(t, w, http.StatusOK, "'=cmd", "1000.00")
	for _, page := range []string{"vouchers", "trial", "statement~1003", "position", "income", "dues"} {
		if w := first.get(zigongBook + "/export/" + page + "/export.xlsx?fy=2026&from=1&to=3"); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
			t.Errorf("%s: %d", page, w.Code)
		}
	}
	for _, path := range []string{"/export/nothing/export.csv", "/export/trial/x", "/vouchers/x", "/statement/1", "/vouchers/2026-1-receipt-9"} {
		if w := first.get(zigongBook + path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/ledger/chart/export.xlsx", "/ledger/export/export.xlsx", "/ledger/chart"} {
		if w := first.get(path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
