package web

import (
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
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
		{farmerNumber, farmerName, map[string]string{"home": "/my", "why": "/my/why", "file": "/my/file"}},
		{backNumber, "测试归", map[string]string{"back": "/my", "back-why": "/my/why"}},
	} {
		if person.number != "" {
			s.enterAs("one", person.number, person.name)
		}
		for _, screen := range screens {
			s.do("one", chromedp.EmulateViewport(screen.width, screen.height))
			for name, path := range person.pages {
				for _, look := range screen.looks {
					s.goTo("one", path+look)
					s.look("one", "my-"+name+"-"+screen.name+look[len(look)-5:])
				}
			}
		}
	}
}
