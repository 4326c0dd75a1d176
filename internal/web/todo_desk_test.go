package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
)

// What was reported and what was objected to waits for those who decide about it, with how much and until when, and for nobody else.
func TestTodoOfTheDesk(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	t.Attr("clause", "SCE-6.2")
	b, _ := publicBureau(t)
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	b.hire("qing", office.MedicalSecurity, qingyang, office.EnrolClerk)
	b.hire("boss", office.MedicalSecurity, jinjiang, office.Approver)
	jin := b.enter("jin")
	if page := jin.get("/todo").Body.String(); strings.Contains(page, "desk-todo") {
		t.Error("something waits before anything came")
	}
	checked := jin.report(t, enrol.Births, "check", birthsTable)
	jin.post("/enrol/imports/confirm", "work", workID(t, checked))
	farmer := b.asPerson(farmerNumber, farmerName)
	if w := farmer.post("/my/objections", "matter", "record", "subject", "6", "text", "不对"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	says(t, jin.get("/todo"), http.StatusOK, "待办经办事项", "工作清单 · 出生医学证明", "kind=births", `<td class="number">1</td>`, "/desk?", "2027-12-13")
	checkTexts(t, "/todo", jin.get("/todo?lang=en").Body.String())
	for _, who := range []string{"qing", "boss"} {
		if page := b.enter(who).get("/todo").Body.String(); strings.Contains(page, "desk-todo") {
			t.Errorf("%s is told of it", who)
		}
	}
	b.pass(30 * 24 * time.Hour)
	says(t, b.enter("jin").get("/todo?lang=zh"), http.StatusOK, "1 件已超期，最早应于 2027-12-13 办结", "30 天")
}

// An approver, who sees no persons, finds targets and rules in the menu, and no way to where he may not go.
func TestApproverFindsRulesInTheMenu(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	b := reportBureau(t)
	boss := b.enter("boss")
	says(t, boss.get("/todo"), http.StatusOK, `href="/enrol/targets?`, `href="/enrol/works/rules?`, "自动办理规则")
	for _, path := range []string{"/enrol/works/rules", "/enrol/targets"} {
		w := boss.get(path)
		says(t, w, http.StatusOK, `aria-current="page"`)
		if strings.Contains(w.Body.String(), `href="/enrol?`) {
			t.Errorf("%s leads to persons", path)
		}
	}
}
