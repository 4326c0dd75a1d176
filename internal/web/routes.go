package web

import (
	"errors"
	"net/http"
	"slices"

	"tongchou/internal/fault"
)

// route is one page: the pattern it answers to, its name (which the menu and, later, permissions go by), and what
// answers. A page with figures is only called when there are figures.
type route struct {
	pattern string
	name    string
	figures bool
	handle  func(*frame, http.ResponseWriter, *http.Request) error
}

// routes is the table of pages. A new page is a line here, a handler file and a templ file.
func (s *site) routes() []route {
	return slices.Concat([]route{
		{"GET /{$}", "overview", true, s.overview},
		{"GET /pool", "pool", true, s.pool},
		{"GET /pool/division/{code}", "division", true, s.division},
		{"GET /pool/whatif", "whatif", false, s.whatIf},
		{"GET /pool/whatif.yaml", "whatif.yaml", false, s.whatIfYAML},
		{"GET /pool/incentives", "incentives", true, s.incentives},
		{"GET /pool/sheet", "sheet", true, s.sheet},
		{"GET /pool/export.xlsx", "export", true, s.export},
		{"GET /clauses/{id}", "clause", false, s.clause},
	}, s.routesOfPages(), s.claims.routesOfClaims())
}

var errNotFound = errors.New("web: no such page")

// page turns a route into a handler: it reads the state, finds the figures and answers with a page whatever happens.
func (s *site) page(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.newFrame(w, r, rt)
		if rt.figures && f.fund == nil {
			f.noFigures(w, r)
			return
		}
		err := rt.handle(f, w, r)
		switch {
		case err == nil:
		case errors.Is(err, errNotFound):
			f.failed(w, r, http.StatusNotFound)
		case fault.KindOf(err) == fault.Internal:
			s.Log.Error("page failed", "path", r.URL.Path, "error", err)
			f.failed(w, r, http.StatusInternalServerError)
		default:
			f.problems = problemsOf(err)
			f.refused(w, r)
		}
	})
}
