package web

import (
	"bytes"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/policies"
)

// approve has a document submitted and signed by everybody whose turn it is, and gives its id.
func (b *bureau) approve(path string) ledger.DocumentID {
	b.t.Helper()
	id := office.DocumentID(strings.TrimPrefix(pathOf(path), "/pool/runs/"))
	desk := b.store.Desk(office.Scope{Division: region.Code(id[:6]), Reach: office.Below})
	for version, who := 1, "clerk"; ; version++ {
		b.pass(time.Minute)
		act := map[bool]string{true: "submit", false: "sign"}[version == 1]
		b.enter(who).done("/documents/"+string(id), "act", act, "version", fmt.Sprint(version))
		d, err := desk.Document(b.t.Context(), id)
		if err != nil {
			b.t.Fatal(err)
		}
		next, waits := d.Next()
		if !waits {
			return ledger.DocumentID(id)
		}
		switch {
		case next.Action == office.Review:
			who = "reviewer"
		case next.Department == office.Finance:
			who = "finance"
		default:
			who = "approver"
		}
	}
}

// itemsOf are the payments of a batch.
func (b *bureau) itemsOf(batch ledger.DocumentID) []ledger.Standing {
	b.t.Helper()
	all, err := b.store.Items(b.t.Context(), office.Scope{Division: region.Code(batch[:6]), Reach: office.Below}, store.ItemQuery{Batch: batch})
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// collect brings a statement on which everything arrived that a division's office waits for in a batch, and accepts what
// matches.
func (b *bureau) collect(batch ledger.DocumentID, keeper region.Code, cashier, accountant string) {
	b.t.Helper()
	rows := "回单号,到账日期,险种,金额,附言,数据性质\n"
	for n, i := range b.itemsOf(batch) {
		if !i.Outgoing() && i.Keeper() == keeper && i.Open() > 0 {
			rows += fmt.Sprintf("%s-%d,2026-11-20,%s,%s,%s,合成数据\n", batch, n, map[pool.Insurance]string{pool.Resident: "居民", pool.Employee: "职工"}[i.Insurance], i.Open(), i.ID)
		}
	}
	brings, books := b.enter(cashier), b.enter(accountant)
	if w := brings.upload("/pool/receipts", once(b.t, brings.get("/pool/receipts")), "bank.csv", rows); w.Code != http.StatusSeeOther {
		b.t.Fatalf("%d %s", w.Code, alerts(w))
	}
	page := books.get("/pool/receipts")
	accept := []string{"once", once(b.t, page), "checked", "1"}
	for _, m := range regexp.MustCompile(`(?s)name="share" value="([^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1) {
		accept = append(accept, "share", html.UnescapeString(m[1]))
	}
	books.done("/pool/receipts/accept", accept...)
}

// payOut sends and books what the province pays in a batch and is due by a day.
func (b *bureau) payOut(batch ledger.DocumentID, by policy.Date) {
	b.t.Helper()
	form, total := []string{"once", "send-" + string(batch) + string(by), "batch", string(batch), "ref", "B-" + string(batch) + string(by), "on", "2026-11-23"}, money.Fen(0)
	for _, i := range b.itemsOf(batch) {
		if i.Outgoing() && i.Open() > 0 && i.Due <= by {
			form, total = append(form, "seen", seenItem(i)), total+i.Open()
		}
	}
	b.enter("clerk").done("/pool/payments/send", append(form, "total", total.String())...)
	form = []string{"once", "book-" + string(batch) + string(by), "batch", string(batch), "checked", "1"}
	for _, i := range b.itemsOf(batch) {
		if i.State() == ledger.ItemSent {
			form = append(form, "seen", seenItem(i))
		}
	}
	b.enter("finance").done("/pool/payments/book", form...)
}

func (b *bureau) stands(book ledger.Book, code ledger.Code) money.Fen {
	b.t.Helper()
	state, err := b.store.Books(store.Act{Scope: store.ScopeOf(book.Division)}, b.site.money.service.Chart).Whole(b.t.Context(), book, 2026)
	if err != nil || state == nil {
		b.t.Fatal(book, err)
	}
	return ledger.TrialBalance(ledger.Whole(2026), false, state).Balance(code)
}

func (b *bureau) verified() {
	b.t.Helper()
	b.pass(time.Minute)
	if _, err := b.store.Verify(b.t.Context(), b.site.money.service.Chart); err != nil {
		b.t.Error(err)
	}
}

// A month of care in other cities: deposits up and down, the sheet of what places of care claimed and places of insurance
// confirmed, its orders, receipts and vouchers, and the difference that a later month settles.
func TestOffsiteMonth(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "SC38-4.5")
	b := treasury(t, sichuan())
	clerk := b.enter("clerk")
	says(t, clerk.get("/pool/offsite?insurance=resident"), http.StatusOK, "本年度还没有批准的月清算", "没有差异", "拟月清算")
	plan := func(kind, month, lines string) string {
		t.Helper()
		page := clerk.get("/pool/orders")
		return clerk.done("/pool/orders", "once", once(t, page), "kind", kind, "year", "2026", "month", month, "insurance", "resident", "due", "2026-12-31", "basis", "合成数据", "lines", lines)
	}
	const home, place, other = "510300", "510100", "510400"
	b.collect(b.approve(plan("deposit_up", "", home+",900.00\n"+other+",100.00")), sichuanProvince, "clerk", "finance")
	b.payOut(b.approve(plan("deposit_down", "", place+",1000.00")), "2026-12-31")
	// The city of care lays out what people from elsewhere cost.
	b.hire("cheng-1", office.Finance, place, office.Accountant)
	b.hire("cheng-2", office.MedicalSecurity, place, office.Accountant)
	lays, checks := b.enter("cheng-1"), b.enter("cheng-2")
	book := "/ledger/resident/" + place + "/area"
	for n, pair := range [][2]string{{"1004", "1003"}, {"110104", "1004"}} {
		w := lays.post(book+"/entry", entered("submit", fmt.Sprintf("2026-11-0%d", n+1), pair[0], pair[1], "", "700.00")...)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, shownIn(w))
		}
		checks.done(pathOf(w.Header().Get("Location")), "act", "book", "version", "1")
	}
	w := clerk.post("/pool/orders", "once", "x", "kind", "offsite", "year", "2026", "month", "10", "insurance", "resident", "due", "2026-12-31", "basis", "x", "lines", home+","+place+",500.00,500.01")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(alerts(w), "申报") {
		t.Errorf("more than was claimed is confirmed: %d %s", w.Code, alerts(w))
	}
	// The sheet as a file: one pair is disputed in part, one altogether.
	sheet := "区划代码,就医地区划代码,就医地申报金额,金额,数据性质\n"
	sheet += home + "," + place + ",500.00,450.00,合成数据\n" + other + "," + place + ",150.00,150.00,合成数据\n" + other + "," + home + ",30.00,0.00,合成数据\n"
	october := b.approve(clerk.uploaded("/pool/orders", "october.csv", sheet, "kind", "offsite", "year", "2026", "month", "10", "insurance", "resident", "due", "2026-12-31", "basis", "2026年10月清算表（合成数据）"))
	if got := len(b.itemsOf(october)); got != 3 {
		t.Errorf("%d payments, two cities pay and one is paid", got)
	}
	says(t, clerk.get("/pool/runs/"+string(october)+"?unit=yuan"), http.StatusOK, "就医地申报", "参保地确认", "差异", "680.00", "600.00", "80.00", "合成数据")
	b.collect(october, sichuanProvince, "clerk", "finance")
	clearing := ledger.ClearingBook(pool.Resident, sichuanProvince)
	if held := b.stands(clearing, ledger.OffsiteFunds); held != 600_00 {
		t.Errorf("%v is collected", held)
	}
	b.payOut(october, "2026-12-31")
	for code, want := range map[ledger.Code]money.Fen{ledger.OffsiteFunds: 0, ledger.OffsitePassed: 0, ledger.OffsiteHeld: 1000_00, ledger.OffsiteEntrusted: 1000_00, ledger.FiscalAccount: 0} {
		if got := b.stands(clearing, code); got != want {
			t.Errorf("the province: %s stands at %v, want %v", code, got, want)
		}
	}
	for code, of := range map[region.Code]map[ledger.Code]money.Fen{
		home:  {ledger.OffsiteBenefit: 450_00, ledger.OffsiteDeposit: 900_00, ledger.FiscalAccount: treasuryBalance - 900_00 - 450_00},
		place: {ledger.OffsiteLent: 100_00, ledger.OffsiteWorking: 1000_00, ledger.FiscalAccount: treasuryBalance + 1000_00 - 700_00 + 600_00},
	} {
		for account, want := range of {
			if got := b.stands(ledger.AreaBook(pool.Resident, code), account); got != want {
				t.Errorf("%s: %s stands at %v, want %v", code, account, got, want)
			}
		}
	}
	says(t, clerk.get("/pool/offsite?insurance=resident&unit=yuan"), http.StatusOK, "10月", "已清算", "680.00", "80.00", "900.00", "1,000.00", "差异余额")
	// November confirms what was open, and claims nothing more of that pair.
	w = clerk.post("/pool/orders", "once", "y", "kind", "offsite", "year", "2026", "month", "11", "insurance", "resident", "due", "2026-12-31", "basis", "x", "lines", home+","+place+",20.00,70.01")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(alerts(w), "50.00") {
		t.Errorf("more than is open: %d %s", w.Code, alerts(w))
	}
	november := b.approve(plan("offsite", "11", home+","+place+",20.00,70.00"))
	b.collect(november, sichuanProvince, "clerk", "finance")
	b.payOut(november, "2026-12-31")
	page := clerk.get("/pool/offsite?insurance=resident&unit=yuan")
	says(t, page, http.StatusOK, "11月", "−50.00", "30.00")
	if w := clerk.post("/pool/orders", "once", "z", "kind", "offsite", "year", "2026", "month", "11", "insurance", "resident", "due", "2026-12-31", "basis", "x", "lines", home+","+place+",1.00"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a month is cleared twice: %d", w.Code)
	}
	if w := clerk.get("/pool/offsite/export.xlsx?insurance=resident"); w.Code != http.StatusOK || w.Body.Len() < 2000 {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
	b.hire("zi", office.MedicalSecurity, home, office.Clerk)
	if body := b.enter("zi").get("/pool/offsite?insurance=resident").Body.String(); !strings.Contains(body, "自贡") || strings.Contains(body, "攀枝花") || strings.Contains(body, "差异余额") {
		t.Error("a city does not see its own clearing alone")
	}
	for _, lang := range []string{"zh", "en"} {
		checkTexts(t, "offsite", clerk.get("/pool/offsite?lang="+lang).Body.String())
	}
	b.verified()
}

// uploaded sends a form with a file and tells where it leads.
func (v *visitor) uploaded(path, name, content string, pairs ...string) string {
	v.b.t.Helper()
	const edge = "edge"
	var body bytes.Buffer
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", edge, pairs[i], pairs[i+1])
	}
	fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=%q\r\n\r\n%s\r\n--%s--\r\n", edge, name, content, edge)
	w := v.do(http.MethodPost, path, &body, "multipart/form-data; boundary="+edge)
	if w.Code != http.StatusSeeOther {
		v.b.t.Fatalf("%s: %d %s", path, w.Code, alerts(w))
	}
	return w.Header().Get("Location")
}

// adopted is the engine on the day the draft with emergency money is adopted.
var adopted = sync.OnceValue(func() pool.Engine {
	files := fstest.MapFS{}
	err := fs.WalkDir(policies.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(policies.Files, path)
		if at := bytes.Index(content, []byte("- id: YN\n")); path == "sources.yaml" && at > 0 {
			content = append(bytes.Clone(content[:at]), bytes.Replace(content[at:], []byte("status: draft"), []byte("status: in_force"), 1)...)
		}
		files[path] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		panic(err)
	}
	library, err := policy.Load(files)
	if err != nil {
		panic(err)
	}
	return pool.Engine{Library: library, Tree: engine().Tree}
})

// The emergency money of a year's run is paid by a decision on file: without one, with one of another year, or with one that
// grants a city less, the run is not frozen; with it, the money is paid out of the emergency fund and the city's books show it.
func TestEmergencyNeedsDecision(t *testing.T) {
	t.Attr("clause", "SC38-4.8")
	t.Attr("clause", "YN-2.7")
	t.Attr("clause", "YN-2.8")
	const province = region.Code("530000")
	b := newBureau(t, yunnan(), func(o *Options) { o.Engine = adopted() })
	b.staffOf(province, 2026)
	clerk := b.enter("clerk")
	const runs = "/pool/runs?year=2026&insurance=resident"
	page := clerk.get(runs)
	says(t, page, http.StatusOK, "拟写动用决定")
	freeze := func(decision string) (int, string) {
		w := clerk.post("/pool/runs", "once", "freeze-"+decision, "year", "2026", "insurance", "resident", "decision", decision, "collect", "2026-12-31", "allocate", "2026-12-31", "cover", "2026-12-31")
		if w.Code == http.StatusSeeOther {
			return w.Code, w.Header().Get("Location")
		}
		return w.Code, alerts(w)
	}
	if code, text := freeze(""); code != http.StatusUnprocessableEntity || !strings.Contains(text, "YN-2.7") {
		t.Fatalf("frozen without a decision: %d %s", code, text)
	}
	form := clerk.get("/pool/orders?kind=decision&year=2026&insurance=resident")
	says(t, form, http.StatusOK, "作为各市最高额")
	lines := html.UnescapeString(regexp.MustCompile(`(?s)<textarea id="lines"[^>]*>(.*?)</textarea>`).FindStringSubmatch(form.Body.String())[1])
	decide := func(year, lines string) string {
		t.Helper()
		return clerk.done("/pool/orders", "once", "decide-"+year+lines, "kind", "decision", "year", year, "insurance", "resident", "due", "2026-12-31", "basis", "紧急调剂金动用会议纪要（合成数据）", "lines", lines)
	}
	less := regexp.MustCompile(`,\d+\.\d\d`).ReplaceAllString(lines, ",0.01")
	open := strings.TrimPrefix(pathOf(decide("2026", lines)), "/pool/runs/")
	for name, decision := range map[string]string{"not approved": open, "another year": string(b.approve(decide("2027", lines))), "too little": string(b.approve(decide("2026", less)))} {
		if code, text := freeze(decision); code != http.StatusUnprocessableEntity || !strings.Contains(text, "YN-2.7") {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
	if got := b.itemsOf(ledger.DocumentID(open)); len(got) > 0 {
		t.Errorf("a decision pays by itself: %d", len(got))
	}
	b.approve("/pool/runs/" + open)
	says(t, clerk.get(runs), http.StatusOK, `<option value="`+open+`">`)
	code, to := freeze(open)
	if code != http.StatusSeeOther {
		t.Fatal(code, to)
	}
	run := b.approve(to)
	says(t, clerk.get("/pool/runs/"+string(run)), http.StatusOK, open)
	b.collect(run, province, "clerk", "finance")
	b.payOut(run, "2026-12-31")
	var emergency, local money.Fen
	for _, i := range b.itemsOf(run) {
		switch i.Kind {
		case ledger.EmergencyAid:
			emergency += i.Amount
			if i.Decision != ledger.DocumentID(open) || i.State() != ledger.ItemPaid {
				t.Errorf("%s by %q is %s", i.ID, i.Decision, i.State())
			}
			if got := b.stands(ledger.AreaBook(pool.Resident, i.City()), ledger.EmergencyReceived); got != i.Amount {
				t.Errorf("%s received %v of %v", i.City(), got, i.Amount)
			}
		case ledger.LocalPaid:
			local += i.Amount
		}
	}
	fund := ledger.AdjustmentBook(pool.Resident, province)
	if emergency == 0 || b.stands(fund, ledger.EmergencyPaid) != emergency || local == 0 {
		t.Errorf("%v of emergency money is paid, the book says %v, and %v is for local government", emergency, b.stands(fund, ledger.EmergencyPaid), local)
	}
	b.verified()
}

// What a city's government owes for violations is due until it is paid; the city's own office brings the receipts and books
// them apart, and at the end of the year they do not touch its retained surplus.
func TestOwedForViolations(t *testing.T) {
	t.Attr("clause", "SC38-4.7")
	t.Attr("clause", "SC38-4.6")
	const city = region.Code("511000")
	b := treasury(t, sichuan())
	b.hire("nei-cash", office.Finance, city, office.Cashier)
	b.hire("nei-book", office.Finance, city, office.Accountant)
	b.hire("nei-two", office.MedicalSecurity, city, office.Reviewer)
	run := b.approve(b.enter("clerk").done("/pool/runs", "once", "1", "year", "2026", "insurance", "resident", "collect", "2026-12-31", "allocate", "2026-12-31", "cover", "2026-11-01"))
	var owed ledger.Standing
	for _, i := range b.itemsOf(run) {
		if i.Kind == ledger.LossRepaid && i.City() == city {
			owed = i
		}
	}
	if owed.Amount == 0 {
		t.Fatal("nothing is owed")
	}
	book := ledger.AreaBook(pool.Resident, city)
	books := b.enter("nei-book")
	says(t, books.get("/pool/payments"), http.StatusOK, "政府弥补违规损失", "逾期")
	if due := b.stands(book, ledger.LossDue); due != owed.Amount {
		t.Errorf("%v is due, of %v", due, owed.Amount)
	}
	cash := b.enter("nei-cash")
	half := owed.Amount / 2
	rows := "回单号,到账日期,险种,金额,附言,数据性质\nN1,2026-11-20,居民," + half.String() + ",弥补违规损失,合成数据\n"
	if w := cash.upload("/pool/receipts", once(t, cash.get("/pool/receipts")), "bank.csv", rows); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, alerts(w))
	}
	books.done("/pool/receipts/accept", "once", "a", "checked", "1", "receipt", "N1", "receipt_version", "1", "item", seenItem(owed), "amount", half.String())
	for code, want := range map[ledger.Code]money.Fen{ledger.LossDue: owed.Amount - half, ledger.LossCovered: half, ledger.FiscalAccount: treasuryBalance + half} {
		if got := b.stands(book, code); got != want {
			t.Errorf("%s stands at %v, want %v", code, got, want)
		}
	}
	if w := b.enter("finance").post("/pool/receipts/accept", "once", "b", "checked", "1", "receipt", "N1", "receipt_version", "2", "item", seenItem(owed), "amount", "1.00"); w.Code == http.StatusSeeOther {
		t.Error("the province books a city's receipt")
	}
	b.collect(run, city, "nei-cash", "nei-book")
	for _, i := range b.itemsOf(run) {
		if i.ID == owed.ID && i.State() != ledger.ItemPaid {
			t.Errorf("%s is %s", i.ID, i.State())
		}
	}
	b.pass(45 * 24 * time.Hour) // into January: no month closes before it is over
	books = b.enter("nei-book")
	periods := "/ledger/resident/511000/area/periods"
	for month := 1; month <= 11; month++ {
		books.done(periods, "act", "close_month", "year", "2026", "month", fmt.Sprint(month), "once", fmt.Sprint("m", month))
	}
	books.done(periods, "act", "close_year", "year", "2026", "once", "y")
	two := b.enter("nei-two")
	draft := regexp.MustCompile(periods[:len(periods)-len("periods")] + `drafts/[A-Za-z0-9_-]+`).FindString(two.get(periods).Body.String())
	two.done(draft, "act", "book", "version", "1", "once", "z")
	if surplus, covered := b.stands(book, ledger.RetainedSurplus), b.stands(book, ledger.ViolationLosses); surplus != treasuryBalance || covered != -owed.Amount {
		t.Errorf("the surplus is %v, of losses %v is covered, of %v", surplus, covered, owed.Amount)
	}
	b.verified()
}

// Four quarters of advances, the year's clearing against its final figures, and a correction of that year afterwards on the
// lines of prior years: what moved in the end is what the corrected run says.
func TestAdvancesClearedAndCorrected(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SC38-3.5")
	facts := sichuan()
	changed := facts
	changed.facts.Statements = append([]pool.Statement{}, facts.facts.Statements...)
	p := &swapped{now: facts}
	b := treasury(t, p)
	clerk := b.enter("clerk")
	form := clerk.get("/pool/orders?kind=advances&year=2025&insurance=resident")
	says(t, form, http.StatusOK, "作为全年预拨数")
	lines := html.UnescapeString(regexp.MustCompile(`(?s)<textarea id="lines"[^>]*>(.*?)</textarea>`).FindStringSubmatch(form.Body.String())[1])
	if strings.Count(lines, "\n") < 20 {
		t.Fatalf("filled in: %q", lines)
	}
	small := regexp.MustCompile(`,\d+\.\d\d`).ReplaceAllString(lines, ",400.00")
	plan := b.approve(clerk.done("/pool/orders", "once", "plan", "kind", "advances", "year", "2025", "insurance", "resident", "due", "2025-11-22", "basis", "合成数据", "lines", small))
	if got := len(b.itemsOf(plan)); got != 4*strings.Count(lines, "\n") {
		t.Fatalf("%d payments", got)
	}
	freeze := func(once, corrects string) ledger.DocumentID {
		t.Helper()
		return b.approve(clerk.done("/pool/runs", "once", once, "year", "2025", "insurance", "resident", "corrects", corrects, "collect", "2026-12-31", "allocate", "2026-12-31", "cover", "2026-12-31"))
	}
	if w := b.enter("clerk").post("/pool/orders", "once", "again", "kind", "advances", "year", "2025", "insurance", "resident", "due", "2025-11-22", "basis", "x", "lines", small); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a second plan: %d", w.Code)
	}
	// The first quarter is paid; the others lapse when the year is cleared.
	b.collect(b.approve(clerk.done("/pool/runs", "once", "other", "year", "2026", "insurance", "resident", "collect", "2026-12-31", "allocate", "2027-12-31", "cover", "2027-12-31")), sichuanProvince, "clerk", "finance")
	b.payOut(plan, "2025-11-30")
	first := freeze("run-1", "")
	b.collect(first, sichuanProvince, "clerk", "finance")
	lapsed := 0
	for _, i := range b.itemsOf(plan) {
		if i.State() == ledger.ItemLapsed {
			lapsed++
		}
	}
	if want := len(b.itemsOf(plan)) / 4 * 3; lapsed != want {
		t.Errorf("%d advances lapse, not %d", lapsed, want)
	}
	if got := b.stands(ledger.AdjustmentBook(pool.Resident, sichuanProvince), ledger.AdvancePaid); got != 0 {
		t.Errorf("%v of advances is not cleared", got)
	}
	b.payOut(first, "2026-12-31")
	for i := range changed.facts.Statements {
		if s := &changed.facts.Statements[i]; s.Insurance == pool.Resident && s.Year == 2025 && s.Division == "510100" {
			s.Income += 1_000_000_00
		}
	}
	p.now = changed
	says(t, clerk.get("/pool/runs/"+string(first)), http.StatusOK, "数据已变")
	second := freeze("run-2", string(first))
	up := money.Fen(0)
	for _, i := range b.itemsOf(second) {
		if i.Kind == ledger.PriorUp {
			up += i.Amount
		}
		if i.Kind != ledger.PriorUp && i.Kind != ledger.PriorDown {
			t.Errorf("a correction moves %s", i.Kind)
		}
	}
	if up == 0 {
		t.Error("nothing more is paid up")
	}
	b.collect(second, sichuanProvince, "clerk", "finance")
	b.payOut(second, "2026-12-31")
	if got := b.stands(ledger.AdjustmentBook(pool.Resident, sichuanProvince), ledger.PriorCollected); got != up {
		t.Errorf("%v on the line of prior years, of %v", got, up)
	}
	b.verified()
}

// swapped is a province whose figures are changed.
type swapped struct{ now fixed }

func (p *swapped) Settings() exchange.Settings { return p.now.Settings() }
func (p *swapped) Version() string {
	return fmt.Sprint(len(p.now.facts.Statements), p.now.facts.Statements[0].Income, p.sum())
}
func (p *swapped) Load() (exchange.Loaded, error) { return p.now.Load() }

func (p *swapped) sum() (sum money.Fen) {
	for _, s := range p.now.facts.Statements {
		sum += s.Income
	}
	return sum
}

// A plan of advances that rests on no approved budget says so to those who sign it.
func TestAdvancesWithoutABudget(t *testing.T) {
	t.Attr("clause", "SC38-3.1")
	b := treasury(t, sichuan())
	clerk := b.enter("clerk")
	path := clerk.done("/pool/orders", "once", "1", "kind", "advances", "year", "2026", "insurance", "resident", "due", "2026-12-31", "basis", "typed", "lines", "510300,1000000.00")
	says(t, b.enter("reviewer").get(path), http.StatusOK, "预算依据", "尚未批准")
	says(t, clerk.post("/pool/orders", "once", "2", "kind", "advances", "year", "2026", "insurance", "employee", "due", "2028-12-31", "basis", "typed", "lines", "510300,1000000.00"), http.StatusUnprocessableEntity, "预拨须在当年内")
	says(t, clerk.post("/pool/orders", "once", "3", "kind", "draw", "fund", "reserve", "cause", "gap", "year", "2026", "insurance", "employee", "due", "2026-12-31", "basis", "typed", "lines", "510300,1000000.00"), http.StatusUnprocessableEntity, "请选择动用事由")
}
