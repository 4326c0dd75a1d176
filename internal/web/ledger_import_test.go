package web

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/office"
)

const voucherHeads = "凭证序号,凭证日期,摘要,科目,辅助核算,借方,贷方,依据编号,数据性质\n"

// voucherFile is a file of vouchers that are all in order: subsidies received, and benefits paid out of them.
func voucherFile(count int) []byte {
	var b strings.Builder
	b.WriteString(voucherHeads)
	for i := 1; i <= count; i++ {
		fmt.Fprintf(&b, "%d,2026-01-05,补助第 %d 笔,1003,,%d.50,,收-%d,合成数据\n%d,,,4101,中央,,%d.50,,合成数据\n", i, i, 1000+i, i, i, 1000+i)
	}
	return []byte(b.String())
}

// upload sends a file with what is to be done with it.
func (v *visitor) brought(t testing.TB, content []byte, count, known int) {
	t.Helper()
	w := v.sent(zigongBook+"/import", "凭证.csv", content)
	if w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	says(t, v.get(w.Header().Get("Location")), http.StatusOK, fmt.Sprintf("已导入 %d 张凭证", count), fmt.Sprintf("已有的 %d 张", known))
}

// seenOf are the drafts that a list offers to choose.
func seenOf(t testing.TB, v *visitor) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile(`name="seen" value="([A-Z0-9]+:\d+)"`).FindAllStringSubmatch(v.get(zigongBook+"/drafts").Body.String(), -1) {
		out = append(out, m[1])
	}
	return out
}

func batch(act, total string, seen []string, more ...string) []string {
	form := append([]string{"act", act, "total", total}, more...)
	for _, s := range seen {
		form = append(form, "seen", s)
	}
	return form
}

func TestVouchersComeFromAFileAndAreBookedTogether(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	t.Attr("clause", "SC38-4.5")
	_, first, second, stranger := keepers(t)
	w := first.get(zigongBook + "/import/template.xlsx")
	if w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
		t.Fatal(w.Code)
	}
	says(t, first.get(zigongBook+"/import"), http.StatusOK, "template.xlsx", "提交审核")
	first.brought(t, voucherFile(50), 50, 0)
	first.brought(t, voucherFile(50), 0, 50)
	second.brought(t, voucherFile(51), 1, 50)

	mine := seenOf(t, first)
	if len(mine) != 50 {
		t.Fatalf("%d drafts", len(mine))
	}
	says(t, first.get("/todo"), http.StatusOK, "草稿待提交", `<td class="number">50</td>`)
	if w := first.post(zigongBook+"/drafts", batch("submit", "", mine)...); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	// One was brought by the second, who now has fifty to review and one to submit.
	says(t, second.get("/todo"), http.StatusOK, "草稿待提交", `<td class="number">50</td>`, "审核")
	says(t, first.post(zigongBook+"/drafts", batch("delete", "", mine)...), http.StatusUnprocessableEntity, "只有制单人")
	if strings.Contains(stranger.get("/todo").Body.String(), "待办凭证") {
		t.Error("somebody of another city has vouchers to review")
	}
	if w := stranger.get(zigongBook + "/drafts"); w.Code != http.StatusForbidden {
		t.Errorf("seen from elsewhere: %d", w.Code)
	}
}

// waitingFifty are fifty vouchers that the first accountant brought and submitted.
func waitingFifty(t *testing.T) (b *bureau, first, second *visitor, seen []string) {
	b, first, second, _ = keepers(t)
	first.brought(t, voucherFile(50), 50, 0)
	if w := first.post(zigongBook+"/drafts", batch("submit", "", seenOf(t, first))...); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	return b, first, second, seenOf(t, second)
}

func TestWaitingVouchersAreATodoOfWhoMayReview(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	b, first, second, seen := waitingFifty(t)
	b.hire("fu", office.MedicalSecurity, zigong, office.Reviewer)
	b.hire("cai", office.Finance, zigong, office.Viewer)
	reviewer, looker := b.enter("fu"), b.enter("cai")
	for name, v := range map[string]*visitor{"accountant": second, "reviewer": reviewer} {
		says(t, v.get("/todo"), http.StatusOK, "待办凭证", `<td class="number">50</td>`, zigongBook+"/drafts", "审核")
		if len(seenOf(t, v)) != 50 {
			t.Errorf("the %s may not choose them", name)
		}
	}
	for name, v := range map[string]*visitor{"maker": first, "looker": looker} {
		if body := v.get("/todo").Body.String(); strings.Contains(body, "待办凭证") {
			t.Errorf("the %s has something to review", name)
		}
	}
	says(t, first.post(zigongBook+"/drafts", batch("book", "51300", seen)...), http.StatusUnprocessableEntity, "YA-4.10.3")
	says(t, second.post(zigongBook+"/drafts", batch("book", "51299.99", seen)...), http.StatusUnprocessableEntity, "不符", "51,300.00")
	says(t, second.post(zigongBook+"/drafts", batch("book", "", seen)...), http.StatusUnprocessableEntity, "合计")
	says(t, second.post(zigongBook+"/drafts", "act", "book", "total", "0"), http.StatusUnprocessableEntity, "请选择凭证")
	says(t, second.post(zigongBook+"/drafts", batch("return", "", seen[:1])...), http.StatusUnprocessableEntity, "理由")
	if n := strings.Count(first.get(zigongBook+"/vouchers").Body.String(), "收字第"); n != 0 {
		t.Fatalf("%d booked", n)
	}
	if w := second.post(zigongBook+"/drafts", batch("return", "", seen[:1], "reason", "附件不全")...); w.Code != http.StatusSeeOther {
		t.Fatal(shownIn(w))
	}
	says(t, first.get("/todo"), http.StatusOK, "退回待改")
	// One of those chosen was returned meanwhile: nothing is booked.
	says(t, second.post(zigongBook+"/drafts", batch("book", "51300", seen)...), http.StatusUnprocessableEntity, "不在待审核状态")
	w := second.post(zigongBook+"/drafts", batch("book", "50298.50", seen[1:], "once", "k")...)
	if w.Code != http.StatusSeeOther {
		t.Fatal(shownIn(w))
	}
	again := second.post(zigongBook+"/drafts", batch("book", "50298.50", seen[1:], "once", "k")...)
	if again.Code != http.StatusSeeOther || again.Header().Get("Location") != w.Header().Get("Location") {
		t.Errorf("sent twice: %d %q", again.Code, again.Header().Get("Location"))
	}
	says(t, second.get(w.Header().Get("Location")), http.StatusOK, "已审核记账 49 张", "50,298.50")
	// They are numbered in the order of the file.
	body := second.get(zigongBook + "/vouchers").Body.String()
	var order, want []string
	for i := 2; i <= 50; i++ {
		want = append(want, strconv.Itoa(i))
	}
	for _, m := range regexp.MustCompile(`补助第 (\d+) 笔`).FindAllStringSubmatch(body, -1) {
		order = append(order, m[1])
	}
	if !slices.Equal(order, want) {
		t.Errorf("%v", order)
	}
}

func TestARefusedFileComesBackWithTheReasons(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SC38-4.6")
	_, first, _, _ := keepers(t)
	content := voucherHeads +
		"1,2026-01-05,收入,1003,,100,,收-1,合成数据\n1,,,4101,中央,,100,,合成数据\n" +
		"2,2026-01-06,动用结余,1003,,50,,收-2,\n2,,,300101,,,50,,\n" +
		"3,2026-01-07,不平,500101,,30,,付-3,\n3,,,1003,,,20,,\n" +
		"4,2026-01-08,超支,500101,,900,,付-4,\n4,,,1003,,,900,,\n"
	w := first.sent(zigongBook+"/import", "凭证.csv", []byte(content))
	says(t, w, http.StatusUnprocessableEntity, "没有导入", "SC38-4.6", "SC38-4.5", "借贷不平", "3 处不符")
	if strings.Contains(first.get(zigongBook+"/drafts").Body.String(), "收-1") || len(seenOf(t, first)) != 0 {
		t.Error("a part of a refused file was kept")
	}
	marked := regexp.MustCompile(`href="([^"]+marked\.xlsx[^"]*)"`).FindStringSubmatch(w.Body.String())
	if marked == nil {
		t.Fatal("no way to the marked file")
	}
	f, err := excelize.OpenReader(first.get(strings.ReplaceAll(marked[1], "&amp;", "&")).Body)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	for row, want := range map[int]string{1: "错误原因", 5: "SC38-4.6", 6: "借贷不平", 9: "SC38-4.5"} {
		if cells := rows[row-1]; len(cells) < 10 || !strings.Contains(cells[9], want) {
			t.Errorf("row %d says %q, want %s", row, cells, want)
		}
	}
	// The same workbook, put right by leaving out what was wrong, is taken as it is: the column of reasons is passed over.
	for range 6 {
		if err := f.RemoveRow(f.GetSheetName(0), 4); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	if w := first.sent(zigongBook+"/import", "凭证.xlsx", out.Bytes()); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	for _, bad := range []struct{ content, want string }{
		{"凭证序号,凭证日期\n", "缺少"},
		{voucherHeads + "1,2026-01-05,甲,1003,,5,,x,\n1,,,4101,火星,,5,,\n", "火星"},
		{voucherHeads + "1,2026-01-05,甲,99,,5,,x,\n1,,,4101,中央,,5,,\n", "没有科目"},
		{voucherHeads + "1,2026-01-05,甲,1003,,5,5,x,\n1,,,4101,中央,,5,,\n", "借方或贷方"},
		{voucherHeads + "1,2026-01-05,甲,1003,,5,,x,\n1,,,4101,中央,,5,,\n2,2026-01-05,甲,1003,,5,,x,\n2,,,4101,中央,,5,,\n", "完全相同"},
		{voucherHeads + "1,2031-01-05,甲,1003,,5,,x,\n1,,,4101,中央,,5,,\n", "尚未启用"},
	} {
		says(t, first.sent(zigongBook+"/import", "凭证.csv", []byte(bad.content)), http.StatusUnprocessableEntity, bad.want)
	}
}

func TestAMarkedFileIsItsOwners(t *testing.T) {
	_, first, _, stranger := keepers(t)
	w := first.sent(zigongBook+"/import", "凭证.csv", []byte(voucherHeads+"1,,,,,,,,\n"))
	marked := regexp.MustCompile(`/refused/[A-Z0-9]+/marked\.xlsx`).FindString(w.Body.String())
	if marked == "" {
		t.Fatal(shownIn(w))
	}
	if w := stranger.get(zigongBook + marked); w.Code != http.StatusForbidden {
		t.Error(w.Code)
	}
	if w := stranger.post("/ledger/new", "insurance", "resident", "kind", "area", "year", "2026", "month", "1"); w.Code != http.StatusSeeOther {
		t.Fatal(shownIn(w))
	}
	if w := stranger.get("/ledger/resident/510400/area" + marked); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}

// The same file brought by two at once is brought once.
func TestAFileBroughtTwiceAtOnceIsKeptOnce(t *testing.T) {
	_, first, second, _ := keepers(t)
	var wait sync.WaitGroup
	for _, v := range []*visitor{first, second, first, second} {
		wait.Go(func() { v.sent(zigongBook+"/import", "凭证.csv", voucherFile(10)) })
	}
	wait.Wait()
	body := first.get(zigongBook + "/drafts").Body.String()
	if n := len(regexp.MustCompile(`补助第 \d+ 笔</a>`).FindAllString(body, -1)); n != 10 {
		t.Errorf("%d drafts", n)
	}
}
