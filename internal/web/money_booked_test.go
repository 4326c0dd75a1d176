package web

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tongchou/internal/ledger"
)

// seenBooked are what a page lets its reader choose.
func seenBooked(page string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`name="seen" value="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	return out
}

// asked is a batch of which an accountant asks to take something back.
func (b *bureau) asked(batch ledger.DocumentID) string {
	b.t.Helper()
	finance := b.enter("finance")
	page := finance.get("/pool/payments/booked?batch=" + string(batch))
	seen := seenBooked(page.Body.String())
	if len(seen) < 2 {
		b.t.Fatalf("%d can be chosen", len(seen))
	}
	finance.done("/pool/payments/booked", "once", once(b.t, page), "batch", string(batch), "act", "asked", "seen", seen[0], "reason", "回单应归攀枝花市")
	return seen[0]
}

// What was booked wrongly is asked to be taken back by one person and taken back by another, who finds it among what waits for him.
func TestWhatWasBookedIsTakenBack(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "YA-4.10.3")
	b := treasury(t, sichuan())
	says(t, b.enter("finance").get("/pool/payments/booked"), http.StatusOK, "还没有到账记录")
	batch := b.clearedMonth()
	page := "/pool/payments/booked?batch=" + string(batch)
	finance, reviewer := b.enter("finance"), b.enter("reviewer")
	if seen := seenBooked(reviewer.get(page).Body.String()); len(seen) > 0 {
		t.Errorf("a reviewer may ask for %d", len(seen))
	}
	seen := b.asked(batch)
	says(t, finance.get(page), http.StatusOK, "申请冲回", "回单应归攀枝花市")
	form := []string{"batch", string(batch), "act", "taken_back", "seen", seen}
	says(t, finance.post("/pool/payments/booked", append(form, "once", "own", "checked", "1")...), http.StatusUnprocessableEntity, "须由另一人核对办理")
	says(t, reviewer.get("/todo"), http.StatusOK, "待冲回核对", "/pool/payments/booked?")
	if strings.Contains(finance.get("/todo").Body.String(), "待冲回核对") {
		t.Error("who asked finds it to be done by himself")
	}
	says(t, reviewer.post("/pool/payments/booked", append(form, "once", "unchecked")...), http.StatusUnprocessableEntity, "已核对")
	for range 2 {
		reviewer.done("/pool/payments/booked", append(form, "once", "do", "checked", "1")...)
	}
	says(t, reviewer.post("/pool/payments/booked", append(form, "once", "again", "checked", "1")...), http.StatusConflict, "页面内容已过时")
	says(t, reviewer.get(page), http.StatusOK, "冲回</span>", "<s>")
	says(t, finance.get("/pool/receipts"), http.StatusOK, "待查款项")
	b.verified()
}
