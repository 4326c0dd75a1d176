package web

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tongchou/internal/benefit"
	desks "tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	registers "tongchou/internal/register"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// marker stands in everything that people of one city must not read of another. It is not in any request of theirs.
const marker = "外地标记"

// crossing is a console where the province, Zigong and Panzhihua have people of every kind, and Panzhihua and the province have an
// object behind every address that names one.
type crossing struct {
	*bureau
	// at are the addresses' parts that name an object elsewhere, by the beginning of the route; "" for every route.
	at map[string]map[string]string
}

// everybody hires people of every kind at a division and gives their logins.
func (b *bureau) everybody(short string, division region.Code) []string {
	var logins []string
	for _, p := range []struct {
		login      string
		department office.Department
		roles      []office.Role
	}{
		{"clerk", office.MedicalSecurity, []office.Role{office.Viewer, office.Clerk, office.Cashier}}, {"head", office.MedicalSecurity, []office.Role{office.Reviewer, office.Approver}},
		{"books", office.MedicalSecurity, []office.Role{office.Accountant, office.ClaimsReader, office.PlainReader}}, {"books2", office.MedicalSecurity, []office.Role{office.Accountant}},
		{"money", office.Finance, []office.Role{office.Approver, office.Accountant}}, {"audit", office.AuditOffice, []office.Role{office.Auditor, office.ClaimsReader, office.PlainReader}},
		{"enrol", office.MedicalSecurity, []office.Role{office.EnrolClerk}}, {"sys", office.MedicalSecurity, []office.Role{office.SystemAdmin}}, {"sec", office.MedicalSecurity, []office.Role{office.SecurityAdmin}}, {"aud", office.MedicalSecurity, []office.Role{office.AuditAdmin}},
	} {
		login := short + "-" + p.login
		b.hire(login, p.department, division, p.roles...)
		logins = append(logins, login)
	}
	return logins
}

func lastPart(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// clerkOf is a clerk of a division.
func clerkOf(id office.UserID, division region.Code) office.Subject {
	s, err := (office.User{ID: id, Name: marker, Department: office.MedicalSecurity, Division: division, Roles: []office.Role{office.Clerk}, State: office.Active}).Subject()
	if err != nil {
		panic(err)
	}
	return s
}

// changeOfBenefits drafts a change of benefits with a simulation of nobody's visits.
func (b *bureau) changeOfBenefits(by office.Subject) string {
	b.t.Helper()
	rules, err := benefit.Compile(b.site.Engine.Library, b.site.pack, policy.Overlay{})
	if err != nil {
		b.t.Fatal(err)
	}
	content, err := exchange.NewSimulationPaper(benefit.NewSimulation(rules, rules), rules, exchange.SimulationSource{Year: 2025, Share: money.One}, nil, nil).Content()
	if err != nil {
		b.t.Fatal(err)
	}
	act := store.Act{Record: office.Record{Chain: by.Division, Action: "test"}, Scope: store.ScopeOf(by.Division)}
	if _, err := b.store.Write(b.t.Context(), act, func(t *store.Tx) error {
		_, err := t.KeepPaper(store.Paper{Division: by.Division, Kind: string(office.PolicyChange), Content: content})
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	c := office.Content{Title: marker, Digest: office.DigestOf(content), Policy: policy.InForce}
	d, err := (office.Approvals{Desk: b.store.Desk(store.ScopeOf(by.Division))}).Draft(b.t.Context(), "tz-1", office.PolicyChange, by.Division, c, by, "", b.clock())
	if err != nil {
		b.t.Fatal(err)
	}
	return string(d.ID)
}

// newCrossing builds it.
func newCrossing(t *testing.T) *crossing {
	b := treasury(t, keptProvince(t).folder)
	t.Cleanup(b.site.work.close)
	b.everybody("zg", zigong)
	b.everybody("pzh", panzhihua)
	b.everybody("sc", sichuanProvince)
	clerk := clerkOf("u-pzh-clerk", panzhihua)
	scope, _ := office.ScopeOf(clerk, office.View)
	c := office.Content{Title: marker, Amount: 7_654_321_00, Digest: office.DigestOf([]byte(marker)), Policy: "in_force"}
	if _, err := (office.Approvals{Desk: b.store.Desk(scope)}).Draft(t.Context(), "pzh-doc", office.PaymentOrder, panzhihua, c, clerk, "192.0.2.1", b.clock()); err != nil {
		t.Fatal(err)
	}
	const book = "/ledger/resident/510400/area"
	first, second, maker := b.enter("pzh-books"), b.enter("pzh-books2"), b.enter("pzh-clerk")
	entry := func() string {
		form := entered("submit", "2026-01-05", "1003", "4101", "中央", "1000.50")
		form[slices.Index(form, "summary")+1] = marker
		return pathOf(first.done(book+"/entry", form...))
	}
	voucher := pathOf(second.done(entry(), "act", "book", "version", "1"))
	draft := entry()
	benefits := pathOf(maker.done("/benefit/papers", "kind", string(office.BenefitRules)))
	maker.done(benefits, "act", "save", "version", "1", "title", marker)
	run := b.approvedRun("2025")
	published := pathOf(b.enter("approver").done("/pool/runs/"+run+"/publish", "comparison", "1"))
	form := drafted("save", "0", "900000000")
	form[slices.Index(form, "调整报销比例")] = marker
	maker.done("/budget/resident/510400/2027/edit", form...)
	refused := maker.bring(map[string]string{"kind": "statements"}, marker+".csv", statementsHeader+"2024,510400,employee,x,1.00,1.00\n").Header().Get("Location")
	token := b.enter("pzh-audit")
	token.post("/system/tokens", "title", marker, "days", "10", "action", "export_audit")
	tokens := regexp.MustCompile(`/system/tokens/(t-[a-z0-9]+)`).FindStringSubmatch(token.get("/system/tokens").Body.String())
	work := b.enter("pzh-aud").post("/system/audit/verify").Header().Get("Location")
	address, _ := url.Parse(work)
	b.hire("pzh-east", office.MedicalSecurity, "510402", office.EnrolClerk)
	person := pathOf(b.enter("pzh-east").done("/enrol/new", "kind", "01", "number", madeNumber("19800101", "001"), "name", marker, "home", "510402001002", "lives", "510402001002"))
	no, _ := strconv.ParseInt(lastPart(person), 10, 64)
	objection, err := desks.File(desks.Objection{Person: enrol.PersonNo(no), County: "510402", Matter: desks.OfEntitlement, Subject: 2026}, marker, "person:0", b.clock(), desks.Terms{})
	if err != nil {
		t.Fatal(err)
	}
	act := store.Act{Record: office.Record{Chain: "510402", Action: "test"}, Scope: store.ScopeOf("510402")}
	if objection, _, err = b.store.Objections().Save(t.Context(), act, objection); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Write(t.Context(), storetest.Act("510402"), func(tx *store.Tx) error {
		return tx.SaveInstitution(store.Institution{Code: "H51040299999", Division: "510402", Name: marker, Level: "01", Account: "u-pzh-hospital", Synthetic: true})
	}); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Settle(t, b.store, enrol.PersonNo(no), "510402", "S"+lastPart(person), "H51040299999", "2026-11-20", 123_456); err != nil {
		t.Fatal(err)
	}
	registered, _, err := b.store.Registrations().Change(t.Context(), act, enrol.PersonNo(no), func(all []registers.Registration) (registers.Registration, error) {
		return registers.Apply(registers.Registration{Person: enrol.PersonNo(no), County: "510402", Kind: registers.Chronic, Disease: "M07800", DiseaseName: marker, Channel: registers.AtCounter,
			Spell: enrol.Spell{From: policy.Date(b.clock().Format("2006-01-02"))}}, all, registers.By{Who: "u-x", Division: "510402", At: b.clock()}, registers.Terms{})
	})
	if err != nil {
		t.Fatal(err)
	}
	change := b.changeOfBenefits(clerkOf("u-sc-clerk", sichuanProvince))
	return &crossing{b, map[string]map[string]string{
		"/settlements/{no}":           {"no": lastPart(person), "id": "S" + lastPart(person)},
		"/benefit/registrations":      {"id": registered.ID(), "no": lastPart(person), "file": "export.csv"},
		"/benefit/accounts":           {"no": lastPart(person)},
		"/benefit/registrations/list": {"file": "export.csv"},
		"/desk/objections":            {"id": objection.ID()},
		"":                            {"insurance": "resident", "division": "510400", "kind": "area", "year": "2027", "code": "1003", "page": "vouchers", "file": "export.xlsx", "id": "x", "token": "x"},
		"/pool/division":              {"code": "510400"},
		"/documents":                  {"id": "pzh-doc"},
		"/benefit/papers":             {"id": lastPart(benefits)},
		"/enrol/person":               {"no": lastPart(person)},
		"/api/v1/persons":             {"no": lastPart(person)},
		"/enrol/imports":              {"kind": "births", "id": "x"},
		"/pool/runs":                  {"id": run},
		"/published":                  {"id": lastPart(published)},
		"/system/users":               {"id": "u-pzh-clerk"},
		"/system/tokens":              {"id": tokens[1]},
		"/system/work":                {"id": address.Query().Get("work")},
		"/system/audit":               {"file": "audit.ndjson"},
		"/data/refused":               {"token": lastPart(pathOf(refused)), "file": "marked.xlsx"},
		"/ledger/{insurance}":         {"ref": lastPart(voucher), "id": lastPart(draft)},
		"/data/{kind}":                {"kind": "statements"},
		"/data/file":                  {"file": "statements.csv"},
		"/data/template":              {"file": "statements.xlsx"},
		"/policies":                   {"pack": "sichuan", "id": "pool.factor.aged_share"},
		"/clauses":                    {"id": "SC38-4.2"},
		"/data/claims/factors":        {"file": "factors.csv"},
		"/ledger/chart":               {"file": "export.csv"},
		"/budget/{insurance}":         {"file": "export.xlsx"},
		"/ledger/export":              {"file": "export.csv"},
		"/budget/export":              {"file": "export.csv"},
		"/budget/province":            {"file": "export.csv"},
		"/system/backup":              {"file": "tongchou-20260101-000000.backup"},
		"/data/claims/pivot":          {"file": "export.csv"},
		"/data/claims/rejects":        {"id": "i000001"},
		"/data/claims/withdraw":       {"id": "i000001"},
		"/data/claims/job":            {"id": "x"},
		"/budget/performance":         {"file": "export.csv"},
		"/benefit/simulation":         {"file": "export.csv"},
		"/benefit/changes":            {"id": change, "file": "export.csv"},
		"/data/claims/differenc":      {"file": "export.csv"},
	}}
}

var wildcard = regexp.MustCompile(`\{([a-z]+)\}`)

// address is where a route leads when it is asked for what is elsewhere; false when the test does not know of what a route names.
func (c *crossing) address(pattern string) (method, path string, ok bool) {
	method, path, _ = strings.Cut(strings.ReplaceAll(pattern, "{$}", ""), " ")
	begin := ""
	for prefix := range c.at {
		if strings.HasPrefix(path, prefix) && len(prefix) > len(begin) {
			begin = prefix
		}
	}
	ok = begin != "" || !strings.Contains(strings.ReplaceAll(path, "{file}", ""), "{")
	path = wildcard.ReplaceAllStringFunc(path, func(m string) string {
		name := strings.Trim(m, "{}")
		if part, has := c.at[begin][name]; has {
			return part
		}
		return c.at[""][name]
	})
	return method, path, ok
}

// forms are what is sent to a route that changes something: every act there is on a draft, a document, a user or a period, and the
// fields that name things elsewhere.
func (c *crossing) forms(items []ledger.Standing) []url.Values {
	all := url.Values{"version": {"1"}, "reason": {"x"}, "once": {""}, "user": {"u-pzh-clerk"}, "seen": {"pzh-doc:1", seenItem(items[0])}, "total": {"7654321.00"}, "checked": {"1"},
		"book": {"area/resident/510400"}, "division": {"510400"}, "batch": {string(items[0].Item.Source.ID)}, "id": {string(items[0].ID)}, "share": {"x"}, "year": {"2026"}, "month": {"1"},
		"insurance": {"resident"}, "kind": {"area"}, "login": {"new"}, "name": {"x"}, "department": {"medical"}, "role": {"viewer"}, "state": {"departed"}, "comparison": {"1"},
		"holder": {"x"}, "number": {"1"}, "bank": {"x"}, "ref": {"B1"}, "on": {"2026-11-23"}, "form": {"x*"}, "first": {"1"}, "amount": {"1.00"}, "revision": {"1"}}
	out := []url.Values{all}
	for _, act := range []string{"submit", "sign", "return", "withdraw", "cancel", "book", "delete", "close_month", "open_year", "close_year", "reopen", "surplus", "save", "fill",
		"state", "grant", "reset", "unlock", "sign_out", "unmask"} {
		one := url.Values{"act": {act}}
		for name, values := range all {
			one[name] = values
		}
		out = append(out, one)
	}
	return out
}

// elsewhere is everything that is kept but what is Zigong's, row by row.
func (c *crossing) elsewhere() map[string]bool {
	c.t.Helper()
	db, err := sql.Open("sqlite", c.dir+"/tongchou.db")
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	var tables []string
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
	if err != nil {
		c.t.Fatal(err)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			c.t.Fatal(err)
		}
		tables = append(tables, name)
	}
	rows.Close()
	out := map[string]bool{}
	for _, table := range tables {
		rows, err := db.QueryContext(ctx, "SELECT * FROM "+table)
		if err != nil {
			c.t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				to[i] = &values[i]
			}
			if err := rows.Scan(to...); err != nil {
				c.t.Fatal(err)
			}
			if row := fmt.Sprintf("%s %s", table, values); !strings.Contains(row, "510300") && !strings.Contains(row, "zg-") && table != "attempts" {
				out[row] = true
			}
		}
		rows.Close()
	}
	return out
}

// Whoever works in one city reads nothing of another and changes nothing there, whatever address of the table of routes he asks for and
// whatever he sends; the people there do reach it by the same address, so that each is one that leads somewhere.
func TestNoRouteCrossesDivisions(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	t.Attr("clause", "YA-4.10.2")
	c := newCrossing(t)
	items, err := c.store.Items(t.Context(), store.ScopeOf(panzhihua), store.ItemQuery{})
	if err != nil || len(items) == 0 {
		t.Fatal(err)
	}
	owners := map[string]*visitor{}
	for _, who := range []string{"pzh-clerk", "pzh-books", "pzh-audit", "pzh-sec", "pzh-aud", "pzh-east", "sc-clerk", "approver"} {
		owners[who] = c.enter(who)
	}
	reached := map[string]string{}
	for _, rt := range c.site.table {
		method, path, ok := c.address(rt.pattern)
		if !ok {
			t.Errorf("%s names something that this test knows nothing of", rt.pattern)
		}
		for who, v := range owners {
			if method == http.MethodGet && strings.Contains(rt.pattern, "{") && reaches(v.get(path).Code) {
				reached[rt.pattern] = who
			}
		}
	}
	time.Sleep(10 * time.Millisecond) // the verification of the other city ends
	before := c.elsewhere()
	for _, login := range []string{"zg-clerk", "zg-head", "zg-books", "zg-money", "zg-audit", "zg-enrol", "zg-sys", "zg-sec", "zg-aud"} {
		v := c.enter(login)
		for _, rt := range c.site.table {
			method, path, _ := c.address(rt.pattern)
			if rt.name == "sign_out" || rt.needs.open {
				continue
			}
			forms := []url.Values{nil}
			if method != http.MethodGet {
				if forms = c.forms(items); !strings.Contains(rt.pattern, "{") {
					forms = forms[:1]
				}
			}
			for _, form := range forms {
				w := v.do(method, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
				if strings.Contains(w.Body.String(), marker) {
					t.Errorf("%s reads of another city: %s %s", login, method, path)
				}
				if w.Code >= http.StatusInternalServerError {
					t.Errorf("%s %s: %d", method, path, w.Code)
				}
			}
		}
	}
	after := c.elsewhere()
	for row := range before {
		if !after[row] {
			t.Errorf("changed: %.200s", row)
		}
	}
	for row := range after {
		if !before[row] {
			t.Errorf("new: %.200s", row)
		}
	}
	for _, rt := range c.site.table {
		if strings.HasPrefix(rt.pattern, "GET") && strings.Contains(strings.ReplaceAll(rt.pattern, "{file}", ""), "{") && reached[rt.pattern] == "" && !slices.Contains(unreached, rt.name) {
			_, path, _ := c.address(rt.pattern)
			t.Errorf("%s: nobody reaches %s", rt.pattern, path)
		}
	}
}

// reaches tells whether an answer is what was asked for: a refused file is shown as what cannot be done.
func reaches(status int) bool {
	return status < http.StatusBadRequest || status == http.StatusUnprocessableEntity
}

// unreached are routes that nobody reaches here: there is no claims store, no refused workbook of vouchers or of another department's file, no backup and no approved budget.
var unreached = []string{"home", "claims.rejects", "claims.withdraw", "claims.job", "differences.export", "pivot.export", "factors.export", "ledger/refused", "backup.download", "reports.refused", "budget/province_export", "paper.marked",
	"budget/execution_export"}
