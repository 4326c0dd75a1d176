package web

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// paper drafts a document as somebody and keeps it.
func (b *bureau) paper(id office.DocumentID, kind office.Kind, division region.Code, amount money.Fen, by office.Subject) office.Document {
	b.t.Helper()
	scope, err := office.ScopeOf(by, office.View)
	if err != nil {
		b.t.Fatal(err)
	}
	c := office.Content{Title: "合成数据·" + string(id), Amount: amount, Digest: office.DigestOf([]byte(id)), Policy: policy.InForce}
	d, err := office.Approvals{Desk: b.store.Desk(scope)}.Draft(b.t.Context(), id, kind, division, c, by, "192.0.2.1", b.clock())
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

// signers hires who signs a payment order of the province: medical reviews, finance approves.
func (b *bureau) signers() (clerk office.Subject) {
	clerk = b.hire("clerk", office.MedicalSecurity, sichuanProvince, office.Clerk)
	b.hire("reviewer", office.MedicalSecurity, sichuanProvince, office.Reviewer)
	b.hire("finance", office.Finance, sichuanProvince, office.Approver)
	return clerk
}

func TestDocumentGoesItsWay(t *testing.T) {
	t.Attr("clause", "SC38-11.3")
	b := newBureau(t, sichuan())
	maker := b.signers()
	b.paper("p-1", office.PaymentOrder, sichuanProvince, 1_234_567_89, maker)
	clerk, reviewer, finance := b.enter("clerk"), b.enter("reviewer"), b.enter("finance")
	if body := reviewer.get("/todo").Body.String(); !strings.Contains(body, "没有待办事项") {
		t.Error("a draft waits for the reviewer")
	}
	act := func(v *visitor, act, version, reason string) int {
		t.Helper()
		w := v.post("/documents/p-1", "act", act, "version", version, "reason", reason)
		if w.Code == http.StatusSeeOther {
			return v.get(w.Header().Get("Location")).Code
		}
		return w.Code
	}
	if body := clerk.get("/todo").Body.String(); !strings.Contains(body, "p-1") || !strings.Contains(body, "123.46") {
		t.Error("the draft is not among what the clerk has to do")
	}
	if got := act(clerk, "submit", "1", ""); got != http.StatusOK {
		t.Fatalf("submit: %d", got)
	}
	for _, lang := range []string{"zh", "en"} {
		for _, path := range []string{"/todo", "/documents/p-1"} {
			checkTexts(t, path, reviewer.get(path+"?lang="+lang).Body.String())
		}
	}
	reviewer.get("/todo?lang=zh")
	page := reviewer.get("/documents/p-1").Body.String()
	for _, want := range []string{"复核通过", "退回", "1,234,567.89", "正在等候", "尚未到达"} {
		if !strings.Contains(page, want) {
			t.Errorf("the reviewer's page does not say %q", want)
		}
	}
	if page := clerk.get("/documents/p-1").Body.String(); strings.Contains(page, `value="sign"`) || !strings.Contains(page, `value="withdraw"`) || !strings.Contains(page, "您现在不能签") {
		t.Error("the clerk may sign his own, or not take it back")
	}
	if got := act(finance, "sign", "2", ""); got != http.StatusUnprocessableEntity {
		t.Errorf("out of turn: %d", got)
	}
	if got := act(reviewer, "return", "2", "  "); got != http.StatusUnprocessableEntity {
		t.Errorf("returned without a reason: %d", got)
	}
	if got := act(reviewer, "return", "2", "金额与附件不符"); got != http.StatusOK {
		t.Errorf("return: %d", got)
	}
	w := reviewer.post("/documents/p-1", "act", "return", "version", "2", "reason", "金额与附件不符")
	if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "done=already") {
		t.Errorf("the same twice: %d %s", w.Code, w.Header().Get("Location"))
	}
	if body := clerk.get("/documents/p-1").Body.String(); !strings.Contains(body, "理由：金额与附件不符") {
		t.Error("the clerk is not told why")
	}
	if got := act(clerk, "submit", "2", ""); got != http.StatusConflict {
		t.Errorf("a stale page: %d", got)
	}
	if w := clerk.post("/documents/p-1", "act", "submit", "version", "2"); !strings.Contains(w.Body.String(), "请刷新后再办") {
		t.Error("a stale page is not told what happened")
	}
	for i, step := range []struct {
		v   *visitor
		act string
	}{{clerk, "submit"}, {reviewer, "sign"}, {finance, "sign"}} {
		if got := act(step.v, step.act, string(rune('3'+i)), ""); got != http.StatusOK {
			t.Errorf("%s: %d", step.act, got)
		}
	}
	d, err := b.store.Desk(everywhere(sichuanProvince)).Document(t.Context(), "p-1")
	if err != nil || d.State != office.Approved || len(d.Steps) != 6 {
		t.Errorf("%v %v %d", err, d.State, len(d.Steps))
	}
	for _, form := range [][]string{{"act", "sign"}, {"act", "made", "version", "6"}, {"act", "sign", "version", "x"}, {}} {
		if w := finance.post("/documents/p-1", form...); w.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", form, w.Code)
		}
	}
}

// Two who sign at once, and one who clicks twice: one effect, and both are told.
func TestTwoSignAtOnce(t *testing.T) {
	b := newBureau(t, sichuan())
	maker := b.signers()
	b.hire("reviewer2", office.MedicalSecurity, sichuanProvince, office.Reviewer)
	b.paper("p-1", office.PaymentOrder, sichuanProvince, 100, maker)
	b.enter("clerk").post("/documents/p-1", "act", "submit", "version", "1")
	visitors := []*visitor{b.enter("reviewer"), b.enter("reviewer2"), b.enter("reviewer")}
	codes := make([]int, len(visitors))
	var all sync.WaitGroup
	for i, v := range visitors {
		all.Go(func() { codes[i] = v.post("/documents/p-1", "act", "sign", "version", "2").Code })
	}
	all.Wait()
	for _, code := range codes {
		if code != http.StatusSeeOther && code != http.StatusConflict {
			t.Errorf("%v", codes)
		}
	}
	d, err := b.store.Desk(everywhere(sichuanProvince)).Document(t.Context(), "p-1")
	if err != nil || d.Stage != 1 || d.Version != 3 {
		t.Errorf("%v stage %d version %d", err, d.Stage, d.Version)
	}
}

func TestBatchIsSignedWholeOrNotAtAll(t *testing.T) {
	t.Attr("clause", "SC38-11.3")
	b := newBureau(t, sichuan())
	maker := b.signers()
	clerk, reviewer := b.enter("clerk"), b.enter("reviewer")
	for _, id := range []office.DocumentID{"p-1", "p-2", "p-3"} {
		b.paper(id, office.PaymentOrder, sichuanProvince, 100_00, maker)
		clerk.post("/documents/"+string(id), "act", "submit", "version", "1")
	}
	b.pass(4 * 24 * time.Hour)
	reviewer = b.enter("reviewer")
	if body := reviewer.get("/todo").Body.String(); !strings.Contains(body, "300.00") || !strings.Contains(body, "4 天") {
		t.Error("the page does not add up, or does not say how long")
	}
	for _, c := range []struct {
		pairs []string
		says  string
	}{
		{[]string{"total", "100.00"}, "没有勾选"},
		{[]string{"seen", "p-1:2", "seen", "p-2:2", "total", "199.99"}, "合计金额不符"},
		{[]string{"seen", "p-1:2", "seen", "p-2:2", "total", "=1+1"}, "不对"},
		{[]string{"seen", "p-1:1", "seen", "p-2:2", "total", "200"}, "版本由"},
		{[]string{"seen", "p-1:2", "seen", "p-1:2", "total", "200"}, "出现两次"},
		{[]string{"seen", "p-1", "total", "100"}, "不完整"},
	} {
		if w := reviewer.post("/todo/sign", c.pairs...); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%v: %d", c.pairs, w.Code)
		}
	}
	w := reviewer.post("/todo/sign", "seen", "p-1:2", "seen", "p-2:2", "total", "200.00")
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	body := reviewer.get(w.Header().Get("Location")).Body.String()
	if !strings.Contains(body, "已签 2 份") || strings.Contains(body, "p-1") || !strings.Contains(body, "p-3") {
		t.Error("what was signed is still to be done, or what was not is gone")
	}
}

// A document of another division is not there for a city's officer, by whatever id, to look at or to act on.
func TestDocumentsOfOthersAreNotThere(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	b := newBureau(t, sichuan())
	mine := b.hire("zigong", office.MedicalSecurity, zigong, office.Clerk)
	other := b.hire("panzhihua", office.MedicalSecurity, panzhihua, office.Clerk)
	b.hire("reviewer", office.MedicalSecurity, zigong, office.Reviewer)
	b.paper("mine", office.PaymentOrder, zigong, 100, mine)
	b.paper("theirs", office.PaymentOrder, panzhihua, 999_00, other)
	theirs := b.enter("panzhihua")
	theirs.post("/documents/theirs", "act", "submit", "version", "1")
	for _, login := range []string{"zigong", "reviewer"} {
		v := b.enter(login)
		absent := v.get("/documents/never-was")
		for _, w := range []string{v.get("/documents/theirs").Body.String(), v.post("/documents/theirs", "act", "sign", "version", "2").Body.String()} {
			if strings.Contains(w, "999") || strings.Contains(w, "合成数据·theirs") {
				t.Errorf("%s sees another city's document", login)
			}
		}
		if w := v.get("/documents/theirs"); w.Code != absent.Code || w.Code != http.StatusNotFound {
			t.Errorf("what is elsewhere (%d) is told from what is not (%d)", w.Code, absent.Code)
		}
		if w := v.post("/todo/sign", "seen", "theirs:2", "total", "999.00"); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%d", w.Code)
		}
	}
	d, err := b.store.Desk(everywhere(sichuanProvince)).Document(t.Context(), "theirs")
	if err != nil || d.Version != 2 {
		t.Errorf("%v version %d", err, d.Version)
	}
}
