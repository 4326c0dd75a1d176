package web

import (
	"net/http"
	"strings"
	"testing"
)

// An account stands on notices once somebody else than the cashier who gave it has confirmed it, who finds it among what waits for him.
func TestAccountsAreConfirmed(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	b := treasury(t, sichuan())
	batch := string(b.clearedMonth())
	clerk, reviewer := b.enter("clerk"), b.enter("reviewer")
	form := []string{"book", "resident/510000/clearing", "holder", "合成账户", "number", "0000-1", "bank", "合成银行"}
	clerk.done("/pool/accounts", append(form, "once", "a")...)
	notices := func() string { return clerk.get("/pool/notices?batch=" + batch).Body.String() }
	if strings.Contains(notices(), "0000-1") {
		t.Error("a notice shows an account that nobody confirmed")
	}
	says(t, clerk.get("/pool/accounts"), http.StatusOK, "待确认", "0000-1")
	says(t, reviewer.get("/todo"), http.StatusOK, "确认账户")
	says(t, reviewer.post("/pool/accounts", append(form, "once", "b", "act", "confirmed")...), http.StatusUnprocessableEntity, "已核对")
	says(t, reviewer.post("/pool/accounts", append(form, "once", "c", "act", "refused")...), http.StatusUnprocessableEntity, "请填写理由")
	reviewer.done("/pool/accounts", append(form, "once", "d", "act", "confirmed", "checked", "1")...)
	if !strings.Contains(notices(), "0000-1") {
		t.Error("a confirmed account does not stand on the notice")
	}
	clerk.done("/pool/accounts", "book", "resident/510000/clearing", "holder", "另一账户", "number", "9999-2", "bank", "合成银行", "once", "e")
	if body := notices(); strings.Contains(body, "9999-2") || !strings.Contains(body, "0000-1") {
		t.Error("the account that waits is used")
	}
	b.verified()
}
