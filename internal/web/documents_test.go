package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

var documentPath = regexp.MustCompile(`href="/documents/([A-Za-z0-9%_.-]+)\?`)

// Finished documents are found by number, kind, person, state and day, page by page, and taken away; those of other divisions are not
// among them.
func TestFinishedDocuments(t *testing.T) {
	t.Attr("clause", "SC38-11.3")
	b := newBureau(t, sichuan())
	maker := b.signers()
	viewer := b.hire("zgclerk", office.MedicalSecurity, zigong, office.Clerk)
	clerk := b.enter("clerk")
	if body := clerk.get("/documents").Body.String(); !strings.Contains(body, "没有符合条件的已办结文书") {
		t.Error("the empty page does not say so")
	}
	for i := range finishedRows + 5 {
		id := office.DocumentID(fmt.Sprintf("yk-2026-%03d", i))
		d := b.paper(id, office.PaymentOrder, sichuanProvince, money.Fen(100*i), maker)
		b.pass(time.Minute)
		if _, err := (office.Approvals{Desk: b.store.Desk(store.ScopeOf(sichuanProvince))}).Do(t.Context(), d.ID, office.Act{Kind: office.Cancel, By: maker, At: b.clock(), Version: 1, Reason: "x"}, ""); err != nil {
			t.Fatal(err)
		}
	}
	b.pass(48 * time.Hour)
	odd := office.Content{Title: "=a%_b", Amount: 1_00, Digest: office.DigestOf([]byte("x")), Policy: policy.InForce}
	if _, err := (office.Approvals{Desk: b.store.Desk(store.ScopeOf(sichuanProvince))}).Draft(t.Context(), "odd-1", office.PaymentOrder, sichuanProvince, odd, maker, "", b.clock()); err != nil {
		t.Fatal(err)
	}
	b.paper("open-1", office.PaymentOrder, sichuanProvince, 1_00, maker)
	b.paper("zg-1", office.PaymentOrder, zigong, 1_00, viewer)
	clerk, reviewer, finance := b.enter("clerk"), b.enter("reviewer"), b.enter("finance")
	clerk.post("/documents/odd-1", "act", "submit", "version", "1")
	reviewer.post("/documents/odd-1", "act", "sign", "version", "2")
	finance.post("/documents/odd-1", "act", "sign", "version", "3")
	b.enter("zgclerk").post("/documents/zg-1", "act", "cancel", "version", "1", "reason", "x")
	ids := func(v *visitor, path string) []string {
		w := v.get(path)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, w.Code)
		}
		checkTexts(t, path, w.Body.String())
		var out []string
		for _, m := range documentPath.FindAllStringSubmatch(w.Body.String(), -1) {
			if !strings.HasPrefix(m[1], "export.") {
				out = append(out, m[1])
			}
		}
		return out
	}
	for path, want := range map[string]int{
		"/documents": finishedRows, "/documents?page=2": 7, "/documents?page=9": 0, "/documents?page=x": finishedRows, "/documents?state=approved": 1, "/documents?state=cancelled&page=2": 6,
		"/documents?number=YK-2026-00": 10, "/documents?number=%25": 1, "/documents?number=_": 1, "/documents?number=nothing": 0, "/documents?number=%27+OR+1=1": 0,
		"/documents?person=reviewer": 1, "/documents?person=u-zgclerk": 1, "/documents?person=nobody": 0, "/documents?kind=payment_order&page=2": 7, "/documents?kind=pool_run": 0,
		"/documents?from=2026-11-25": 2, "/documents?to=2026-11-24&page=2": 5, "/documents?from=x": finishedRows, "/documents?lang=en": finishedRows,
	} {
		if got := ids(clerk, path); len(got) != want {
			t.Errorf("%s: %d documents %v, want %d", path, len(got), got, want)
		}
	}
	if got := ids(clerk, "/documents"); got[0] != "odd-1" || got[1] != "zg-1" || !slices.Contains(got, "yk-2026-054") {
		t.Errorf("not the latest first: %v", got[:3])
	}
	if got := ids(b.enter("zgclerk"), "/documents"); !slices.Equal(got, []string{"zg-1"}) {
		t.Errorf("a city finds %v", got)
	}
	w := clerk.get("/documents/export.csv?number=a%25_b")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "'=a%_b" || rows[1][4] != "1.00" {
		t.Errorf("%q, %v", rows, err)
	}
	if w := clerk.get("/documents/export.xlsx"); w.Code != http.StatusOK || w.Body.Len() < 3000 {
		t.Errorf("%d", w.Code)
	}
	if body := b.enter("zgclerk").get("/documents/export.csv").Body.String(); strings.Contains(body, "yk-2026") || !strings.Contains(body, "zg-1") {
		t.Error("a city takes away what is not its own")
	}
}
