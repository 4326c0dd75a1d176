package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	desks "tongchou/internal/desk"
)

// platformBureau has an identity platform and no other way for insured persons, and a farmer.
func platformBureau(t *testing.T) (*bureau, *provider) {
	p := newProvider(t)
	b, _ := publicBureau(t, func(o *Options) {
		o.Identity = nil
		o.Platform = &IdentityPlatform{ClientID: "tongchou", Secret: "kept-secret", Back: "https://pool.example/my/sign-in/platform/back",
			Rules: desks.PlatformRules{Issuer: p.server.URL, Number: "cert_no", Name: "cn", Verified: "real"}}
	})
	p.claims = map[string]any{"sub": "4711", "cert_no": farmerNumber, "cn": farmerName, "real": true}
	return b, p
}

// throughPlatform goes to the platform and comes back.
func (v *visitor) throughPlatform(p *provider, next string) *httptest.ResponseRecorder {
	p.t.Helper()
	back := p.authorize(v.get(with("/my/sign-in/platform", "next", next)).Header().Get("Location"))
	return v.get(strings.Replace(back, "/sign-in/single/back", "/my/sign-in/platform/back", 1))
}

// The platform says who somebody is: he sees his own file and nothing of the console; without a file he is told what to do.
func TestMyPlatform(t *testing.T) {
	t.Attr("clause", "SCE-6.2")
	t.Attr("clause", "YA-4.10.2")
	b, p := platformBureau(t)
	v := b.visitor()
	page := v.get("/my/sign-in").Body.String()
	if !strings.Contains(page, "/my/sign-in/platform?next=") || strings.Contains(page, `name="number"`) {
		t.Error("the sign-in page does not send people there, or asks for a number")
	}
	if w := v.post("/my/sign-in", "number", farmerNumber, "name", farmerName); w.Code != http.StatusNotFound {
		t.Errorf("signed in by word alone: %d", w.Code)
	}
	w := v.throughPlatform(p, "/my/why")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `content="0;url=/my/why"`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	says(t, v.get("/my"), http.StatusOK, farmerName)
	if w := v.get("/todo"); w.Code != http.StatusSeeOther || v.cookies[platformCookie] != "" {
		t.Errorf("he is a user, or the flow is kept: %d", w.Code)
	}
	if w := b.visitor().throughPlatform(p, "https://evil.example/"); !strings.Contains(w.Body.String(), `content="0;url=/my"`) {
		t.Error("sent to another site")
	}
	for name, claims := range map[string]map[string]any{
		"somebody without a file":  {"cert_no": madeNumber("19900101", "009"), "cn": "测试无"},
		"another name on the file": {"cert_no": farmerNumber, "cn": "测试他"},
	} {
		for _, lang := range []string{"zh", "en"} {
			for claim, value := range claims {
				p.claims[claim] = value
			}
			v := b.visitor()
			v.get("/my/sign-in?lang=" + lang)
			w := v.throughPlatform(p, "")
			if w.Code != http.StatusNotFound || v.cookies[myCookie] != "" || v.cookies["__Host-"+myCookie] != "" || strings.Contains(w.Body.String(), claims["cert_no"].(string)) {
				t.Errorf("%s: %d", name, w.Code)
			}
			checkTexts(t, name, w.Body.String())
			if lang == "zh" {
				says(t, w, http.StatusNotFound, "没有您的参保档案", "办理参保登记")
			}
		}
	}
	p.claims = map[string]any{"sub": "4711", "cert_no": farmerNumber, "cn": farmerName, "real": true}
	platformForgery(t, b, p)
}

// platformForgery tries what must not get in.
func platformForgery(t *testing.T, b *bureau, p *provider) {
	t.Helper()
	out := func(what string, v *visitor, w *httptest.ResponseRecorder) {
		t.Helper()
		if w.Code != http.StatusUnauthorized || v.cookies[myCookie] != "" {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	for _, bad := range []string{"nonce", "audience", "expired", "signature"} {
		p.bad = bad
		v := b.visitor()
		out("a wrong "+bad, v, v.throughPlatform(p, ""))
	}
	p.bad = ""
	p.claims["real"] = false
	v := b.visitor()
	out("somebody who was not checked", v, v.throughPlatform(p, ""))
	p.claims["real"] = true
	thief, victim := b.visitor(), b.visitor()
	back := strings.Replace(p.authorize(thief.get("/my/sign-in/platform").Header().Get("Location")), "/sign-in/single/back", "/my/sign-in/platform/back", 1)
	victim.get("/my/sign-in/platform")
	out("by another's link", victim, victim.get(back))
	out("declined there", thief, thief.get("/my/sign-in/platform/back?error=access_denied&state="+back[strings.Index(back, "state=")+6:]))
	out("a flow that was used", thief, thief.get(back))
}

// In Chromium: a farmer is sent to the platform, comes back and sees his file; somebody without one is told what to do.
func TestBrowserMyPlatform(t *testing.T) {
	b, p := platformBureau(t)
	s := newStory(t, b)
	b.site.platform.at.Back = s.base + "/my/sign-in/platform/back"
	s.people["one"], _ = tab(t, startBrowser(t), 1366, 768)
	enter := chromedp.Click(`section[aria-labelledby="platform"] a`, chromedp.ByQuery)
	s.goTo("one", "/my/sign-in?next=/my/why&lang=zh")
	s.look("one", "my-platform")
	s.do("one", enter, until(`location.pathname === "/my/why" && document.querySelector(".sum").textContent.includes("316,000")`))
	p.claims = map[string]any{"sub": "1", "cert_no": madeNumber("19900101", "009"), "cn": "测试无", "real": true}
	s.goTo("one", "/my/sign-in?lang=zh")
	s.do("one", enter, until(`document.querySelector("h1").textContent.includes("没有您的参保档案")`))
	s.look("one", "my-no-file")
	s.do("one", chromedp.EmulateViewport(1920, 1080))
	s.goTo("one", "/my/sign-in?lang=en")
	s.do("one", enter, until(`document.querySelector("h1").textContent.includes("no file")`))
	s.look("one", "my-no-file-en")
}
