package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
)

// backFacts are of somebody who was insured until 2023 and came back on 22 November 2027.
func backFacts(number, name string) []enrol.Fact {
	return []enrol.Fact{
		enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: number}, Name: name, Sex: enrol.Female, Birth: "1980-01-01"}},
		enrol.Registered{On: "1980-01-01", Place: "510104001002"}, enrol.Lives{On: "1980-01-01", Place: "510104001002"},
		enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2022-01-01", To: "2023-12-31"}},
		enrol.Paid{Area: jinjiang, Way: enrol.Ordinary, Year: 2027, On: "2027-11-22", Shares: enrol.Shares{40000, 0, 0, 0, 67000}},
		enrol.Covered{Area: jinjiang, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2027-11-22", To: "2027-12-31"}},
	}
}

// screens are the windows that the pages are looked at in: two desks and a telephone.
var screens = []struct {
	name          string
	width, height int64
	looks         []string
}{{"1920", 1920, 1080, []string{"?lang=en&font=normal"}}, {"1366", 1366, 768, []string{"?lang=zh&font=normal"}}, {"390", 390, 844, []string{"?lang=zh&font=normal", "?lang=zh&font=large"}}}

// enterAs signs an insured person in, in the place of whoever was.
func (s *story) enterAs(who, number, name string) {
	s.t.Helper()
	s.do(who, chromedp.Navigate(s.base+"/my/sign-in?lang=zh&font=normal"), chromedp.SetValue("#number", number, chromedp.ByQuery), chromedp.SetValue("#name", name, chromedp.ByQuery),
		chromedp.Click(`main button[type="submit"]`, chromedp.ByQuery), until(`location.pathname === "/my" && document.readyState === "complete"`))
}

// Every page in every window, in both languages, in large type, passes axe and is no wider than the window; and it is whole without scripts.
func TestBrowserMyPages(t *testing.T) {
	b, _ := publicBureau(t)
	backNumber := madeNumber("19800101", "002")
	b.person(t, backFacts(backNumber, "测试归")...)
	s := newStory(t, b)
	s.people["one"], _ = tab(t, startBrowser(t), 1366, 768)
	for _, person := range []struct {
		number, name string
		pages        map[string]string
	}{
		{"", "", map[string]string{"sign-in": "/my/sign-in"}},
		{farmerNumber, farmerName, map[string]string{"home": "/my", "why": "/my/why", "file": "/my/file", "whatif": "/my/whatif", "grants": "/my/grants", "registrations": "/my/registrations", "account": "/my/account", "objections": "/my/objections", "object": "/my/objections/new?year=2027"}},
		{backNumber, "测试归", map[string]string{"back": "/my", "back-why": "/my/why"}},
	} {
		if person.number != "" {
			s.enterAs("one", person.number, person.name)
		}
		for _, screen := range screens {
			s.do("one", chromedp.EmulateViewport(screen.width, screen.height))
			for name, path := range person.pages {
				for _, look := range screen.looks {
					s.goTo("one", behind(path, look))
					s.look("one", "my-"+name+"-"+screen.name+look[len(look)-5:])
				}
			}
		}
	}
}

// behind puts a query behind an address that may have one.
func behind(path, query string) string {
	if strings.Contains(path, "?") {
		query = "&" + query[1:]
	}
	return path + query
}

// submit sends a form of an insured person's page and waits for what the next page says.
func (s *story) submit(who, form, expect string) {
	s.t.Helper()
	s.do(who, chromedp.Click(form+` button[type="submit"]`, chromedp.ByQuery), until(`document.readyState === "complete" && document.querySelector("main") && document.querySelector("main").textContent.includes("`+expect+`")`))
}

// In Chromium: a farmer signs in, sees his cap and waiting, tries what-if, lets his son see his cap, and objects to an entry; a clerk answers, he appeals,
// and the level above answers; the son sees what he may.
func TestBrowserMyStory(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	b, _ := publicBureau(t)
	b.person(t, sonFacts(sonNumber, sonName)...)
	b.hire("jin", office.MedicalSecurity, jinjiang, office.EnrolClerk)
	b.hire("city", office.MedicalSecurity, "510100", office.EnrolClerk)
	s := newStory(t, b, "jin", "city")
	s.people["one"], _ = tab(t, startBrowser(t), 390, 844)
	s.enterAs("one", farmerNumber, farmerName)
	var first string
	s.do("one", chromedp.KeyEvent("\t"), chromedp.Evaluate(`document.activeElement.className`, &first))
	if first != "skip" {
		t.Errorf("the first stop of the keyboard is %q", first)
	}
	s.do("one", until(`document.querySelector("#entitled").parentElement.textContent.includes("316,000")`), chromedp.Click(`section[aria-labelledby="entitled"] a.first`, chromedp.ByQuery),
		until(`location.pathname === "/my/why" && document.querySelector(".sum").textContent.includes("316,000")`), chromedp.Click(`.reasons summary`, chromedp.ByQuery),
		until(`document.querySelector(".reasons details").open`))
	s.goTo("one", "/my/whatif")
	s.do("one", until(`document.querySelector("main").textContent.includes("比按时缴费少 16,000 元")`), chromedp.SetValue("#late", "2028-07-15", chromedp.ByQuery))
	s.submit("one", "main form", "2028-10-15")

	s.goTo("one", "/my/grants")
	s.do("one", chromedp.SetValue("#number", sonNumber, chromedp.ByQuery), chromedp.SetValue("#name", sonName, chromedp.ByQuery), chromedp.Click(`input[value="entitlement"]`, chromedp.ByQuery))
	s.submit("one", `section[aria-labelledby="new"] form`, "已授权")
	s.look("one", "my-story-granted")

	s.goTo("one", "/my/file")
	s.do("one", chromedp.Click(`a[href="/my/objections/new?record=6"]`, chromedp.ByQuery), until(`location.pathname === "/my/objections/new"`), chromedp.SetValue("#text", "2021年是在别处缴的费", chromedp.ByQuery))
	s.submit("one", "main form", "异议已提出")

	s.goTo("jin", "/desk?lang=zh")
	s.look("jin", "my-story-desk")
	s.do("jin", chromedp.Click(`#objections tbody a`, chromedp.ByQuery), until(`location.pathname.startsWith("/desk/objections/") && document.querySelector("#answer-text")`))
	s.look("jin", "my-story-objection")
	s.do("jin", chromedp.SetValue("#answer-outcome", "denied", chromedp.ByQuery), chromedp.SetValue("#answer-text", "与原始凭证一致", chromedp.ByQuery))
	s.submit("jin", `form:has(#answer-text)`, "已答复")

	s.goTo("one", "/my/objections")
	s.do("one", until(`document.querySelector("main").textContent.includes("异议不成立")`), chromedp.Click(`main details summary`, chromedp.ByQuery), chromedp.SetValue(`main textarea`, "不服，请再核", chromedp.ByQuery))
	s.submit("one", `main details form`, "申诉已提出")
	s.goTo("city", "/desk?lang=zh")
	s.do("city", chromedp.Click(`#objections tbody a`, chromedp.ByQuery), until(`location.pathname.startsWith("/desk/objections/") && document.querySelector("#answer-text")`),
		chromedp.SetValue("#answer-outcome", "upheld", chromedp.ByQuery), chromedp.SetValue("#answer-text", "核实后已更正", chromedp.ByQuery))
	s.submit("city", `form:has(#answer-text)`, "已答复")
	s.goTo("one", "/my/objections")
	s.do("one", until(`document.querySelector("main").textContent.includes("核实后已更正")`))
	s.look("one", "my-story-timeline")

	s.enterAs("one", sonNumber, sonName)
	s.goTo("one", "/my/grants")
	s.do("one", chromedp.Click(`section[aria-labelledby="received"] a`, chromedp.ByQuery), until(`location.pathname.startsWith("/my/for/") && document.querySelector("main").textContent.includes("316,000")`))
	s.look("one", "my-story-son")
}
