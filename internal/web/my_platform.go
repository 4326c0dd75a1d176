package web

import (
	"net/http"
	"net/url"

	desks "tongchou/internal/desk"
	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// IdentityPlatform (身份认证平台) is an OpenID Connect provider that insured persons are sent to, so that it says who they are. Back is the whole
// address of /my/sign-in/platform/back as the platform knows it.
type IdentityPlatform struct {
	ClientID string
	Secret   office.Secret
	Back     string
	Scopes   []string
	Rules    desks.PlatformRules
}

// platform signs insured persons in with an identity platform.
type platform struct {
	relying
	IdentityPlatform
}

const platformCookie = "tongchou-my-single"

func newPlatform(s *site, o IdentityPlatform) *platform {
	return &platform{relying{site: s, at: Provider{o.Rules.Issuer, o.ClientID, o.Secret, o.Back, o.Scopes}, cookie: platformCookie}, o}
}

// routesOfPlatform are the pages of signing in with an identity platform, for the table of routes; none without one.
func (s *site) routesOfPlatform() []route {
	if s.platform == nil {
		return nil
	}
	return []route{
		{"GET /my/sign-in/platform", "my.platform", false, s.public(s.platform.leave), inOffice(anybody)},
		{"GET /my/sign-in/platform/back", "my.platform.back", false, s.public(s.platform.back), inOffice(anybody)},
	}
}

// host names the platform for people.
func (s *platform) host() string {
	at, err := url.Parse(s.at.Issuer)
	if err != nil {
		return s.at.Issuer
	}
	return at.Host
}

// leave sends somebody to the platform. The session his browser had ends.
func (s *platform) leave(f *frame, w http.ResponseWriter, r *http.Request) error {
	s.endOwn(f, r)
	keepOwn(w, r, "")
	if err := s.throttle.try(clientOf(r).address); err != nil {
		return s.sorry(f, w, r, err)
	}
	if err := s.send(w, r, myPath(f.seen.Get("next"))); err != nil {
		return s.sorry(f, w, r, err)
	}
	return nil
}

// back takes somebody in whom the platform sends, always into a new session. Whoever has no file under his number and name is told what to do. The
// answer is a page and no redirect: a browser brings a strict cookie only with what this site itself asks for.
func (s *platform) back(f *frame, w http.ResponseWriter, r *http.Request) error {
	claims, x, err := s.returned(f, w, r)
	if err != nil {
		return s.sorry(f, w, r, err)
	}
	proven, err := s.Rules.Proven(claims)
	if err != nil {
		return s.sorry(f, w, r, err)
	}
	session, secret := office.NewSession(newRandom(), "", f.from, s.Now())
	_, found, err := s.Store.Insured().SignIn(r.Context(), f.myAct(), proven.Document, proven.Name, session, s.Now().Add(-mySessions().Absolute))
	if err != nil {
		return s.sorry(f, w, r, err)
	}
	s.throttle.succeeded(clientOf(r).address)
	if !found {
		return f.render(w, r, http.StatusNotFound, myNoFilePage(f, office.MaskName(proven.Name), office.MaskNumber(proven.Number)))
	}
	keepOwn(w, r, secret)
	f.refresh = myPath(x.Next)
	return f.render(w, r, http.StatusOK, myEnteredPage(f))
}

// sorry shows the sign-in page with what went wrong.
func (s *platform) sorry(f *frame, w http.ResponseWriter, r *http.Request, err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	m := s.mySignInModel(f, "")
	m.Error = f.sentence(problemsOf(err)[0].Message)
	return f.render(w, r, statusOf(err), mySignInPage(f, m))
}
