package web

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// The very form that somebody's office may send does nothing in the hands of another office, of the city it is about, or of another department; then it works. So
// each is one that nothing but the check of the division or department stops.
func TestActsReachTheOwnDivisionAlone(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "YA-4.10.2")
	b := treasury(t, sichuan())
	b.everybody("zg", zigong)
	b.everybody("pzh", panzhihua)
	b.hire("tax", office.Taxation, sichuanProvince, office.Clerk, office.Reviewer)
	b.hire("pzh-east", office.MedicalSecurity, "510402", office.EnrolClerk)
	b.hire("zg-east", office.MedicalSecurity, "510302", office.EnrolClerk)
	people := map[string]*visitor{}
	enter := func(login string) *visitor {
		if people[login] == nil {
			people[login] = b.enter(login)
		}
		return people[login]
	}
	// tries sends a form by everybody who may not, then by who may, and gives where that leads.
	sent := 0
	tries := func(path, who string, form []string, outsiders ...string) string {
		t.Helper()
		sent++
		for _, login := range outsiders {
			w := enter(login).post(path, append([]string{"once", login + strconv.Itoa(sent)}, form...)...)
			if w.Code < http.StatusBadRequest || w.Code >= http.StatusInternalServerError {
				t.Errorf("%s, %s: %d", path, login, w.Code)
			}
		}
		w := enter(who).post(path, append([]string{"once", who + strconv.Itoa(sent)}, form...)...)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("%s, %s, who may: %d %s", path, who, w.Code, alerts(w))
		}
		return w.Header().Get("Location")
	}
	order := func(kind string) []string {
		return []string{"kind", kind, "year", "2026", "insurance", "resident", "due", "2026-12-31", "basis", "合成数据", "lines", "510400,100.00"}
	}
	up := b.approve(tries("/pool/orders", "clerk", order("deposit_up"), "zg-clerk", "pzh-clerk", "pzh-money", "reviewer"))
	people = map[string]*visitor{} // time went on
	item := b.itemsOf(up)[0]
	numbered := []string{"batch", string(up), "form", "合成〔2026〕*号", "first", "1"}
	tries("/pool/payments/number", "clerk", numbered, "zg-clerk", "pzh-clerk", "tax", "finance")

	const receipt = "R-1"
	rows := "回单号,到账日期,险种,金额,附言,数据性质\n" + receipt + ",2026-11-20,居民,100.00," + string(item.ID) + ",合成数据\nR-2,2026-11-20,居民,5.00,x,合成数据\n"
	if w := enter("clerk").upload("/pool/receipts", once(t, enter("clerk").get("/pool/receipts")), "bank.csv", rows); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, alerts(w))
	}
	share := strings.Join([]string{"1", receipt, "2", string(item.ID), "100.00"}, "\t")
	tries("/pool/receipts/accept", "finance", []string{"checked", "1", "share", share}, "zg-books", "pzh-books", "pzh-money", "clerk", "tax")
	tries("/pool/receipts/suspend", "finance", []string{"seen", "1 R-2", "book", "clearing", "reason", "合成数据"}, "zg-books", "pzh-books", "clerk")
	tries("/pool/receipts/dispose", "finance", []string{"receipt", "R-2", "receipt_version", "2", "how", "sent_back", "book", "clearing", "reason", "合成数据"}, "zg-books", "pzh-books", "clerk")

	down := b.approve(tries("/pool/orders", "clerk", order("deposit_down"), "pzh-clerk"))
	people = map[string]*visitor{}
	item = b.itemsOf(down)[0]
	seen := func(version string) []string {
		return []string{"batch", string(down), "seen", version + " " + string(item.ID), "checked", "1", "ref", "B-1", "on", "2026-11-23", "total", "100.00", "reason", "合成数据"}
	}
	tries("/pool/payments/send", "clerk", seen("1"), "zg-clerk", "pzh-clerk", "tax", "reviewer")
	tries("/pool/payments/unsend", "clerk", seen("2"), "zg-clerk", "pzh-clerk", "tax")
	tries("/pool/payments/send", "clerk", seen("3"), "pzh-clerk")
	tries("/pool/payments/book", "finance", seen("4"), "zg-books", "pzh-books", "pzh-money", "clerk")

	b.cityNumbers(enter, tries)
	secret := regexp.MustCompile(`tongchou_[\w-]{43}`).FindString(enter("clerk").post("/system/tokens", "title", "x", "days", "9", "action", "make", "action", "view").Body.String())
	program := b.visitor()
	program.header = http.Header{"Authorization": {"Bearer " + secret}}
	if w := program.get("/pool/payments"); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	if w := program.post("/pool/orders", order("deposit_up")...); w.Code != http.StatusForbidden {
		t.Errorf("a program plans an order: %d", w.Code)
	}

	account := []string{"book", "resident/510400/area", "holder", "合成账户", "number", "0000-1", "bank", "合成银行"}
	tries("/pool/accounts", "pzh-clerk", account, "zg-clerk", "clerk", "tax")
	b.regrant("pzh-clerk", office.Accountant) // takes his turn at another desk, and still does not confirm what he gave
	people["pzh-clerk"] = nil
	tries("/pool/accounts", "pzh-books", append(account, "act", "confirmed", "checked", "1"), "zg-books", "zg-head", "reviewer", "tax", "pzh-clerk")

	person := []string{"kind", "01", "number", madeNumber("19800101", "001"), "name", "测试甲", "home", "510402001002", "lives", "510402001002"}
	path := pathOf(tries("/enrol/new", "pzh-east", person, "zg-east", "zg-enrol", "pzh-clerk"))
	enrol := []string{"act", "leave", "version", "1", "on", "2026-11-01", "why", "x"}
	for _, login := range []string{"zg-east", "zg-enrol", "pzh-clerk", "tax"} {
		for _, to := range []string{"/act", "/plain"} {
			if w := enter(login).post(path+to, enrol...); w.Code != http.StatusNotFound && w.Code != http.StatusForbidden {
				t.Errorf("%s%s, %s: %d", path, to, login, w.Code)
			}
		}
	}
	if w := enter("pzh-east").get(path); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	if got := b.itemsOf(down)[0]; got.State() != ledger.ItemPaid {
		t.Errorf("the payment is %s", got.State())
	}
}

// cityNumbers numbers the notices of a city's own order, which the province does not.
func (b *bureau) cityNumbers(enter func(string) *visitor, tries func(path, who string, form []string, outsiders ...string) string) {
	b.t.Helper()
	id := lastPart(pathOf(enter("pzh-clerk").done("/budget/resident/510400/2026/subsidies", "central", "5", "due", "2026-12-31", "basis", "合成数据")))
	for n, who := range []string{"pzh-clerk", "pzh-head", "pzh-money"} {
		enter(who).done("/documents/"+id, "act", map[bool]string{true: "submit", false: "sign"}[n == 0], "version", strconv.Itoa(n+1))
	}
	tries("/pool/payments/number", "pzh-clerk", []string{"batch", id, "form", "攀医保〔2026〕*号", "first", "1"}, "clerk", "zg-clerk")
}

// regrant gives somebody other roles.
func (b *bureau) regrant(login office.Login, roles ...office.Role) {
	b.t.Helper()
	a, found, err := b.store.Accounts().Account(b.t.Context(), login)
	if err != nil || !found {
		b.t.Fatal(found, err)
	}
	a.Roles, a.Version = roles, a.Version+1
	act := store.Act{Record: office.Record{Chain: a.Division, Action: "user.grant"}, Scope: store.ScopeOf(a.Division)}
	if _, err := b.store.Write(b.t.Context(), act, func(t *store.Tx) error { return t.Save(a) }); err != nil {
		b.t.Fatal(err)
	}
}
