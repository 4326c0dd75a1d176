package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// handler answers a request in a frame.
type handler = func(*frame, http.ResponseWriter, *http.Request) error

// route is one page: the pattern it answers to, its name (which the menu goes by), and what answers. A page with figures is only
// called when there are figures, and only for somebody who meets the need.
type route struct {
	pattern string
	name    string
	figures bool
	handle  handler
	needs   need
}

// routes is the table of pages. A new page is a line here, a handler file and a templ file.
func (s *site) routes() []route {
	view, compute := onProvince(office.View), onProvince(office.Compute)
	return slices.Concat([]route{
		{"GET /{$}", "home", false, s.homePage, signedIn},
		{"GET /overview", "overview", true, s.overview, view},
		{"GET /pool", "pool", true, s.pool, view},
		{"GET /pool/division/{code}", "division", false, s.division, onPath("code", office.View)},
		{"GET /pool/own", "own_division", false, s.ownDivision, onOwn(office.View)},
		{"GET /pool/whatif", "whatif", false, s.whatIf, compute},
		{"GET /pool/whatif.yaml", "whatif.yaml", false, s.whatIfYAML, compute},
		{"GET /pool/incentives", "incentives", true, s.incentives, view},
		{"GET /pool/sheet", "sheet", true, s.sheet, view},
		{"GET /pool/result.json", "result.json", true, s.resultJSON, onProvince(office.Export)},
		{"GET /pool/export.xlsx", "export", true, s.export, onProvince(office.Export)},
		{"GET /clauses/{id}", "clause", false, s.clause, onProvince(office.ViewPublished)},
	}, s.routesOfPages(), s.claims.routesOfClaims(), s.money.routesOfMoney(), s.money.routesOfPublished(), s.routesOfSignIn(), s.routesOfDocuments(), s.routesOfSystem(), s.routesOfSingle(),
		s.routesOfLedger(), s.routesOfBudget(), s.routesOfEnrol(), s.routesOfTargets(), s.routesOfLists(), s.routesOfGroups(), s.routesOfStandards(), s.routesOfPersonFiles(), s.routesOfReports(), s.routesOfBenefit(), s.routesOfPapers(), s.routesOfConvergence(), s.routesOfCalculator(), s.routesOfRegisters(), s.routesOfAccounts(), s.routesOfSettlements(), s.routesOfSimulation())
}

var errNotFound = errors.New("web: no such page")

// page turns a route into a handler: it finds out who reads and whether he may, reads the state, finds the figures and answers
// with a page whatever happens.
func (s *site) page(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.bareFrame(w, r)
		f.name = rt.name
		if err := f.admit(rt, r); err != nil {
			f.turnAway(w, r, err)
			return
		}
		if rt.figures && f.fund == nil {
			f.noFigures(w, r)
			return
		}
		f.answer(w, r, rt.handle(f, w, r))
	})
}

// answer turns what a page came to into an answer, when it is not one already.
func (f *frame) answer(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case err == nil:
	case errors.Is(err, errNotFound):
		f.failed(w, r, http.StatusNotFound)
	case fault.KindOf(err) == fault.Internal:
		f.site.Log.Error("page failed", "path", r.URL.Path, "error", err)
		f.broken(w, r, err)
	default:
		f.problems = problemsOf(err)
		f.refused(w, r)
	}
}

// admit lets whoever calls a route in, and opens the book for him, or says why not.
func (f *frame) admit(rt route, r *http.Request) error {
	if f.site.Store == nil && rt.needs.stored {
		return errNotFound
	}
	if f.site.Store != nil {
		err := f.identify(r)
		if rt.needs.open {
			return nil
		}
		if err != nil {
			return err
		}
		if f.byToken && (len(rt.needs.any) == 0 || r.Method != http.MethodGet) {
			return fault.New(fault.Refused, "web.token.page")
		}
		if f.mustChange() && !slices.Contains(beforeChange, rt.name) {
			return errMustChange
		}
	}
	f.open()
	if err := f.meets(rt.needs, r); err != nil {
		return refusedRight{err}
	}
	return nil
}

// errMustChange says that the password is to be changed first.
var errMustChange = errors.New("web: change the password first")

// beforeChange are the pages that somebody may use before he has changed a password that somebody else set.
var beforeChange = []string{"password", "password.change", "sign_out"}

// refusedRight is the refusal of something the caller has no right to.
type refusedRight struct{ error }

func (e refusedRight) Unwrap() error { return e.error }

// turnAway answers who may not come in: programs with a line, people with where to go or why not.
func (f *frame) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	var right refusedRight
	switch {
	case errors.Is(err, errNotFound), fault.KindOf(err) == fault.Internal && !errors.Is(err, errSignIn) && !errors.Is(err, errMustChange):
		f.answer(w, r, err)
	case f.byToken:
		f.turnTokenAway(w, err)
	case errors.As(err, &right):
		f.problems = problemsOf(err)
		f.must(w, r, f.render(w, r, http.StatusForbidden, forbiddenPage(f)))
	case errors.Is(err, errMustChange):
		f.goTo(w, r, "/password")
	default:
		f.goTo(w, r, f.signInPath(r, err))
	}
}

// goTo sends people to another page, whether a link or a script asked.
func (f *frame) goTo(w http.ResponseWriter, r *http.Request, path string) {
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", path)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// signInPath is the sign-in page, which leads back to where somebody was and says why he was sent there.
func (f *frame) signInPath(r *http.Request, err error) string {
	q := url.Values{}
	if r.Method == http.MethodGet && r.Header.Get("HX-Request") == "" && r.URL.Path != "/" {
		q.Set("next", r.URL.RequestURI())
	}
	if !errors.Is(err, errSignIn) {
		q.Set("why", "over")
	}
	if f.langInURL {
		q.Set("lang", string(f.Lang))
	}
	if len(q) == 0 {
		return "/sign-in"
	}
	return "/sign-in?" + q.Encode()
}

// turnTokenAway answers a program.
func (f *frame) turnTokenAway(w http.ResponseWriter, err error) {
	status := http.StatusUnauthorized
	var right refusedRight
	if errors.As(err, &right) || f.signedIn() {
		status = http.StatusForbidden
	} else {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": f.sentence(problemsOf(err)[0].Message)}) // the reader may be gone
}
