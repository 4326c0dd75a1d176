package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	desks "tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// labelled is a province whose data are labelled as made up.
type labelled struct{ fixed }

func (l labelled) Settings() exchange.Settings {
	return exchange.Settings{Policy: l.policy, Synthetic: true}
}

// farmerFacts are of somebody insured as a resident since 2021, who used nothing in 2025 and 2026 and paid for 2027 in time.
func farmerFacts(number, name string) []enrol.Fact {
	facts := []enrol.Fact{
		enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number}, Name: name, Sex: enrol.Male, Birth: "1962-03-01"}},
		enrol.Registered{On: "1962-03-01", Place: "510104001002"}, enrol.Lives{On: "1962-03-01", Place: "510104001002"}, enrol.Reachable{Phone: "10000000000"},
		enrol.Reminded{On: "2026-10-01", By: "u-grid", Channel: "上门", Result: "已告知"},
	}
	for year := 2021; year <= 2027; year++ {
		first, last := policy.Date(strconv.Itoa(year)+"-01-01"), policy.Year(year).End()
		facts = append(facts, enrol.Paid{Area: jinjiang, Way: enrol.Ordinary, Year: policy.Year(year), On: policy.Date(strconv.Itoa(year-1) + "-10-02"), Shares: enrol.Shares{40000, 0, 0, 0, 67000}},
			enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: first, To: last}})
	}
	return append(facts, enrol.Used{Year: 2025}, enrol.Used{Year: 2026, Reimbursed: 120000})
}

// publicBureau is a bureau with the test provider on labelled data, and a farmer.
func publicBureau(t testing.TB, change ...func(*Options)) (*bureau, enrol.PersonNo) {
	b := newBureau(t, labelled{sichuan()}, append([]func(*Options){func(o *Options) { o.Identity = desks.TestIdentity{} }}, change...)...)
	b.pass(365 * 24 * time.Hour)
	b.standards(t)
	return b, b.person(t, farmerFacts(farmerNumber, farmerName)...)
}

var farmerNumber = madeNumber("19620301", "001")

const farmerName = "测试农"

// person makes a file past the forms, as an import does.
func (b *bureau) person(t testing.TB, facts ...enrol.Fact) (no enrol.PersonNo) {
	t.Helper()
	act := store.Act{Record: office.Record{Chain: sichuanProvince, Who: "u-import", Action: "test"}, Scope: store.ScopeOf(sichuanProvince)}
	if _, err := b.store.Persons().Change(t.Context(), act, func(tx *store.Tx, people store.People) error {
		source, err := tx.Source("合成名册")
		if err != nil {
			return err
		}
		no, err = people.Add(source, facts...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return no
}

// neighbour is a browser at the very machine.
type neighbour struct{ *visitor }

const here = "http://127.0.0.1:8080"

func (b *bureau) neighbour() neighbour {
	v := b.visitor()
	v.address = "127.0.0.1:40000"
	return neighbour{v}
}

func (n neighbour) get(path string) *httptest.ResponseRecorder { return n.visitor.get(here + path) }
func (n neighbour) post(path string, pairs ...string) *httptest.ResponseRecorder {
	return n.visitor.post(here+path, pairs...)
}

// asPerson signs an insured person in.
func (b *bureau) asPerson(number, name string) neighbour {
	b.t.Helper()
	n := b.neighbour()
	if w := n.post("/my/sign-in", "number", number, "name", name); w.Code != http.StatusSeeOther {
		b.t.Fatalf("%s does not get in: %d %s", name, w.Code, w.Body)
	}
	return n
}

// The test provider works at this machine, with labelled data and made-up numbers, and nowhere else.
func TestMyTestIdentityIsRefused(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b, _ := publicBureau(t)
	refused := func(what string, w *httptest.ResponseRecorder, says string) {
		t.Helper()
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), says) || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %d %v", what, w.Code, w.Result().Cookies())
		}
	}
	form := []string{"number", farmerNumber, "name", farmerName}
	far := b.visitor()
	refused("from another machine", far.post("/my/sign-in", form...), "只能在运行本程序的机器上使用")
	refused("from another machine, by this one's name", far.post(here+"/my/sign-in", form...), "只能在运行本程序的机器上使用")
	refused("under another name", b.neighbour().visitor.post("/my/sign-in", form...), "只能在运行本程序的机器上使用")
	seventeen := "51010419620301001"
	refused("a number somebody could have", b.neighbour().post("/my/sign-in", "number", seventeen+string(enrol.CheckDigit(seventeen)), "name", farmerName), "999999")
	unlabelled := newBureau(t, sichuan(), func(o *Options) { o.Identity = desks.TestIdentity{} })
	unlabelled.person(t, farmerFacts(farmerNumber, farmerName)...)
	refused("data that are not labelled", unlabelled.neighbour().post("/my/sign-in", form...), "合成数据的数据目录")
	proxied, _ := publicBureau(t, func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	n := proxied.neighbour()
	n.header = http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}}
	refused("through a proxy", n.post("/my/sign-in", form...), "只能在运行本程序的机器上使用")
	if w := newBureau(t, sichuan()).neighbour().get("/my"); w.Code != http.StatusSeeOther && w.Code != http.StatusNotFound {
		t.Errorf("without a check of identities: %d", w.Code)
	}
}

// An insured person signs in and out, always into a new session, apart from users, and with none of their rights; nor has a user his.
func TestMySignInAndOut(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	b, _ := publicBureau(t)
	n := b.neighbour()
	if w := n.get("/my/file"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/my/sign-in?next=%2Fmy%2Ffile" {
		t.Fatalf("a stranger: %d %s", w.Code, w.Header().Get("Location"))
	}
	n.cookies[myCookie] = "chosen-by-somebody-else"
	w := n.post("/my/sign-in", "number", strings.ToLower(farmerNumber), "name", farmerName, "next", "/my/file")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/my/file" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if c := w.Result().Cookies()[0]; c.Value == "chosen-by-somebody-else" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Name != myCookie {
		t.Errorf("%v", c)
	}
	first := n.cookies[myCookie]
	for _, path := range []string{"/enrol", "/enrol/person/1", "/todo", "/pool", "/system/users", "/published"} {
		if w := n.get(path); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
			t.Errorf("an insured person at %s: %d", path, w.Code)
		}
	}
	n.cookies[sessionCookie] = first
	if w := n.get("/enrol"); w.Code != http.StatusSeeOther {
		t.Errorf("his secret as a user's: %d", w.Code)
	}
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	clerk := neighbour{b.enter("jin")}
	clerk.address = "127.0.0.1:40000"
	clerk.cookies[myCookie] = clerk.cookies[sessionCookie]
	if w := clerk.get("/my"); w.Code != http.StatusSeeOther {
		t.Errorf("a user's secret as an insured person's: %d", w.Code)
	}
	if w := n.post("/my/sign-in", "number", farmerNumber, "name", farmerName); w.Code != http.StatusSeeOther || n.cookies[myCookie] == first {
		t.Error("signing in again kept the session")
	}
	old := b.neighbour()
	old.cookies[myCookie] = first
	if w := old.get("/my"); w.Code != http.StatusSeeOther {
		t.Errorf("the session before still holds: %d", w.Code)
	}
	second := n.cookies[myCookie]
	if w := n.post("/my/sign-out"); w.Code != http.StatusSeeOther || n.cookies[myCookie] != "" {
		t.Errorf("%d", w.Code)
	}
	old.cookies[myCookie] = second
	if w := old.get("/my"); w.Code != http.StatusSeeOther {
		t.Errorf("a session lasts longer than its end: %d", w.Code)
	}
	for _, next := range []string{"//evil.example/my", "https://evil.example/my", "/pool", "/mything", "javascript:alert(1)"} {
		if w := b.neighbour().post("/my/sign-in", "number", farmerNumber, "name", farmerName, "next", next); w.Header().Get("Location") != "/my" {
			t.Errorf("%q leads to %q", next, w.Header().Get("Location"))
		}
	}
	idle := b.asPerson(farmerNumber, farmerName)
	b.pass(16 * time.Minute)
	if w := idle.get("/my"); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "why=over") {
		t.Errorf("idle: %d %s", w.Code, w.Header().Get("Location"))
	}
}

// Guessing closes a number, whether it is on file or not, and then the address; many at once do not get round it.
func TestMyGuessing(t *testing.T) {
	b, _ := publicBureau(t)
	unknown := madeNumber("19500101", "007")
	for _, number := range []string{farmerNumber, unknown} {
		var all sync.WaitGroup
		codes := make([]int, 9)
		bodies := make([]string, 9)
		for i := range codes {
			all.Go(func() {
				w := b.neighbour().post("/my/sign-in", "number", number, "name", "猜")
				codes[i], bodies[i] = w.Code, w.Body.String()
			})
		}
		all.Wait()
		tried := 0
		for i, code := range codes {
			if code == http.StatusUnauthorized {
				tried++
				if !strings.Contains(bodies[i], "证件号码与姓名不符，或没有参保档案") {
					t.Error("an unknown number and a wrong name are refused in other words")
				}
			}
		}
		if tried != 5 {
			t.Errorf("%d names were tried: %v", tried, codes)
		}
	}
	if w := b.neighbour().post("/my/sign-in", "number", farmerNumber, "name", farmerName); w.Code != http.StatusTooManyRequests {
		t.Errorf("the right name while it is closed: %d", w.Code)
	}
	for range attemptsInWindow {
		b.neighbour().post("/my/sign-in", "number", "x", "name", "猜")
	}
	if w := b.neighbour().post("/my/sign-in", "number", madeNumber("19510101", "007"), "name", "猜"); w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "所在网络") {
		t.Errorf("the address may go on: %d", w.Code)
	}
	b.pass(time.Hour)
	b.asPerson(farmerNumber, farmerName)
}

// A page elsewhere, or no form at all, makes nothing happen.
func TestMyForms(t *testing.T) {
	b, _ := publicBureau(t)
	for _, rt := range b.site.table {
		method, path, _ := strings.Cut(rt.pattern, " ")
		if !strings.HasPrefix(path, "/my") || method == http.MethodGet {
			continue
		}
		n := b.asPerson(farmerNumber, farmerName)
		path = strings.NewReplacer("{id}", "1-1").Replace(path)
		n.header = http.Header{"Origin": {"https://evil.example"}}
		if w := n.post(path); w.Code != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d", path, w.Code)
		}
		n.header = http.Header{}
		const form = "application/x-www-form-urlencoded"
		if w := n.do(http.MethodPost, here+path, strings.NewReader("a="+strings.Repeat("x", maxForm)), form); w.Code != http.StatusRequestEntityTooLarge && path != "/my/sign-out" {
			t.Errorf("%s, large: %d", path, w.Code)
		}
		if w := n.do(http.MethodPost, here+path, strings.NewReader("a=%zz&;=%"), form); w.Code != http.StatusBadRequest && path != "/my/sign-out" {
			t.Errorf("%s, malformed: %d", path, w.Code)
		}
	}
}

// The farmer sees his cover, his cap with the sum, his first covered day with the clause, and what was paid by whom; his number masked; and
// every look stands in the log as his own.
func TestMyOwnFile(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	t.Attr("clause", "SCE-3.2")
	t.Attr("clause", "SCE-3.4")
	b, no := publicBureau(t)
	n := b.asPerson(farmerNumber, farmerName)
	pages := ""
	for _, path := range []string{"/my", "/my/why", "/my/why?of=2026", "/my/file", "/my/sign-in", "/my/why?of=1999"} {
		for _, lang := range []string{"zh", "en"} {
			w := n.get(with(path, "lang", lang))
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
			checkTexts(t, path, w.Body.String())
			if strings.Contains(w.Body.String(), farmerNumber) || strings.Contains(w.Body.String(), "10000000000") {
				t.Errorf("%s shows a number in full", path)
			}
			if !strings.Contains(w.Body.String(), map[string]string{"zh": "合成数据", "en": "synthetic data"}[lang]) {
				t.Errorf("%s is not labelled", path)
			}
			if strings.Contains(w.Body.String(), "<script") {
				t.Errorf("%s needs scripts", path)
			}
			if lang == "zh" {
				pages += w.Body.String()
			}
		}
	}
	// 2025 to 2027: the 5th, 6th and 7th year in a row, 4,000 each; 2025 without any claim, 4,000.
	for _, says := range []string{"测试农，您好", "316,000", "300,000（基础）+ 16,000（奖励）− 0（断保扣减）= 316,000 元", "没有等待期，从 2027-01-01 起", "SCE-3.2", "自己缴", "中央财政", "上门"} {
		if !strings.Contains(pages, says) {
			t.Errorf("the pages do not say %q", says)
		}
	}
	css := len(b.site.assets.files[strings.TrimPrefix(b.site.assets.names["my.css"], assetPrefix)].content)
	signIn, home := n.get("/my/sign-in").Body.Len(), n.get("/my").Body.Len()
	t.Logf("%d bytes of style, %d to sign in, %d the first page", css, signIn, home)
	if css+signIn+home > 32<<10 {
		t.Errorf("%d bytes until the first page is there", css+signIn+home)
	}
	looks := 0
	for e, err := range b.store.Entries(t.Context(), everywhere(sichuanProvince)) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Action == "own.read" && e.Who == store.OwnID(no) && e.Chain == jinjiang {
			looks++
		}
		if text := string(e.Canonical()); strings.Contains(text, farmerNumber) || strings.Contains(text, farmerName) {
			t.Errorf("entry %d holds a name or number", e.Seq)
		}
	}
	if looks != 11 {
		t.Errorf("%d looks are written down", looks)
	}
	if w := n.get("/my/nowhere"); w.Code != http.StatusSeeOther && w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}
