package web

import (
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// In Chromium: a newborn is registered, a student pays for four years, somebody back after three broken years is shown his waiting and what repair costs,
// and a duplicate is resolved.
func TestBrowserEnrol(t *testing.T) {
	t.Attr("clause", "SCE-1.2")
	t.Attr("clause", "SCE-1.3")
	t.Attr("clause", "SCE-3.8")
	t.Attr("clause", "SCE-4.3")
	b := enrolBureau(t)
	s := newStory(t, b, "jin")
	s.goTo("jin", "/enrol?lang=zh")
	s.look("jin", "enrol-empty")
	s.goTo("jin", "/enrol/new?lang=zh")
	s.do("jin", chromedp.SetValue("#new-kind", "98", chromedp.ByQuery), chromedp.SetValue("#new-number", "X5100000001", chromedp.ByQuery), chromedp.SetValue("#new-name", "测试婴", chromedp.ByQuery),
		chromedp.SetValue("#new-sex", "2", chromedp.ByQuery), chromedp.SetValue("#new-birth", "2027-11-20", chromedp.ByQuery), chromedp.SetValue("#new-home", "510104001002", chromedp.ByQuery),
		chromedp.Click(`input[name="newborn"]`, chromedp.ByQuery))
	s.look("jin", "enrol-new")
	s.press("jin", `form.entry button[type="submit"]`, "已建档")
	s.filled("jin", "pay", "测试", map[string]string{"year": "2027", "amount": "400", "on": "2027-11-23"}, "2027-11-20 – 2027-12-31")

	jin := b.enter("jin")
	student := jin.enlist(t, madeNumber("20070301", "002"), "测试学")
	s.goTo("jin", student)
	s.filled("jin", "attached", "", map[string]string{"unit": "school", "number": "S1", "unit_name": "测试大学", "from": "2027-09-01"}, "测试大学")
	s.filled("jin", "enrol", "", map[string]string{"way": "student", "area": "510104", "year": "2028", "years": "4", "on": "2027-11-20"}, "应缴未缴")
	s.filled("jin", "pay", "", map[string]string{"year": "2028", "amount": "1600", "on": "2027-11-20"}, "2028-01-01 – 2031-12-31")
	s.look("jin", "enrol-student")

	back := jin.enlist(t, madeNumber("19800101", "004"), "测试断")
	b.append(t, back, enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2023-01-01", To: "2023-12-31"}}, enrol.Used{Year: 2027})
	s.goTo("jin", back+"?of=2028")
	s.filled("jin", "enrol", "", map[string]string{"way": "ordinary", "area": "510104", "year": "2028", "on": "2027-11-22"}, "应缴未缴")
	s.filled("jin", "pay", "", map[string]string{"year": "2028", "amount": "400", "on": "2027-11-22"}, "2028-01-01 – 2028-12-31")
	s.goTo("jin", back+"?of=2028")
	s.do("jin", until(`document.querySelector("#entitled-title").parentElement.textContent.includes("6个月")`), until(`document.querySelector("main").textContent.includes("每年400.00元")`))
	s.look("jin", "enrol-waiting")

	double := jin.enlist(t, madeNumber("19850101", "006"), "测试重")
	b.append(t, double, enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2027-01-01", To: "2027-12-31"}},
		enrol.Covered{Area: qingyang, Way: enrol.Flexible, Spell: enrol.Spell{From: "2027-03-01", To: "2027-12-31"}}, enrol.Lives{On: "2027-01-01", Place: "510104001002"})
	if w := b.enter("qing").get(double); w.Code != 200 {
		t.Fatalf("the county where he was insured last: %d", w.Code)
	}
	s2 := newStory(t, b, "qing")
	s2.goTo("qing", double)
	s2.do("qing", until(`document.querySelector("#wrongs").textContent.includes("两个险种同时参保")`))
	s2.look("qing", "enrol-double")
	s2.filled("qing", "void", "", map[string]string{"entry": "5", "why": "重复参保，本人选择居民医保"}, "")
}

// filled opens a form of a person's page, fills it in and sends it; the page then says that it was done, and what more is expected.
func (s *story) filled(who, act, document string, values map[string]string, expect string) {
	s.t.Helper()
	form := `form:has(input[name="act"][value="` + act + `"])`
	s.do(who, chromedp.Evaluate(`document.querySelector('`+form+`').closest("details").open = true`, nil))
	for name, value := range values {
		s.do(who, chromedp.SetValue("#"+act+"-"+name, value, chromedp.ByQuery))
	}
	s.do(who, chromedp.Evaluate(`history.replaceState(null, "", location.pathname)`, nil))
	if document != "" {
		s.do(who, chromedp.SetValue("#"+act+"-document", document, chromedp.ByQuery))
	}
	s.do(who, chromedp.Click(form+` button[type="submit"]`, chromedp.ByQuery), until(`location.search.includes("done=`+act+`") && document.readyState === "complete" && document.querySelector("main").textContent.includes("`+expect+`")`))
}

// append puts facts into a file past the forms, as an import does.
func (b *bureau) append(t *testing.T, path string, facts ...enrol.Fact) {
	t.Helper()
	act := store.Act{Record: office.Record{Chain: sichuanProvince, Action: "test"}, Scope: store.ScopeOf(sichuanProvince)}
	var no enrol.PersonNo
	for _, r := range path[len("/enrol/person/"):] {
		no = no*10 + enrol.PersonNo(r-'0')
	}
	if _, err := b.store.Persons().Change(t.Context(), act, func(tx *store.Tx, people store.People) error {
		p, _, err := people.Get(no)
		if err != nil {
			return err
		}
		source, err := tx.Source("测试")
		if err != nil {
			return err
		}
		_, err = people.Append(no, p.Version, source, facts...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
