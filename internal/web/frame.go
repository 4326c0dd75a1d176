package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// frame is what a page stands in: the reader's language and choices, the figures they point at, and the shell around.
type frame struct {
	*locale.Printer
	site *site
	name string // of the route
	path string
	seen url.Values // the query as it came

	// subject is whoever reads: the zero one on a console without sign-in.
	subject office.Subject
	from    office.Address
	session office.Session
	account office.Account
	byToken bool // a program that acts for somebody
	request *http.Request

	year      policy.Year
	insurance pool.Insurance
	unit      unit
	large     bool
	langInURL bool
	oneUnit   bool // the page has its own units

	book     *book
	result   *pool.Result
	fund     *pool.Fund
	problems []fault.Problem
	absent   string        // the year asked for, when there is none such
	claims   *claimsChoice // on pages of the claims store
	// refresh, when set, sends browsers without scripts to another address, after so many seconds.
	refresh   string
	refreshIn int
}

// open opens the book that the choices point at.
func (f *frame) open() {
	f.book = f.site.shelf.open(policy.Overlay{})
	f.problems = f.book.problems
	f.choose()
}

// bareFrame reads only what needs no data: language, font size and unit.
func (s *site) bareFrame(w http.ResponseWriter, r *http.Request) *frame {
	q := r.URL.Query()
	f := &frame{site: s, path: r.URL.Path, seen: q, book: &book{}, unit: unitOf(q.Get("unit")), from: clientOf(r).from(), request: r}
	lang := remembered(w, r, "lang", q, "zh", "en")
	f.Printer = s.printers[locale.Lang(lang)]
	f.langInURL = q.Get("lang") == lang
	f.large = remembered(w, r, "font", q, "normal", "large") == "large"
	return f
}

// remembered gives a choice of appearance: from the address, where it is then kept in a cookie, or from the cookie.
func remembered(w http.ResponseWriter, r *http.Request, name string, q url.Values, usual, other string) string {
	if asked := q.Get(name); asked == usual || asked == other {
		http.SetCookie(w, &http.Cookie{Name: name, Value: asked, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		return asked
	}
	if c, err := r.Cookie(name); err == nil && c.Value == other {
		return other
	}
	return usual
}

// choose settles year and insurance type: those asked for where they exist, else the last computed year and the first
// type. A year that could not be computed has no fund.
func (f *frame) choose() {
	f.chooseYear()
	if f.result == nil {
		for _, i := range pool.Insurances() {
			if string(i) == f.seen.Get("insurance") {
				f.insurance = i
			}
		}
		return
	}
	if len(f.result.Funds) == 0 {
		return
	}
	f.fund = &f.result.Funds[0]
	for i := range f.result.Funds {
		if string(f.result.Funds[i].Insurance) == f.seen.Get("insurance") {
			f.fund = &f.result.Funds[i]
		}
	}
	f.insurance = f.fund.Insurance
}

// previous gives the fund of the year before, where there is one.
func (f *frame) previous() (pool.Fund, bool) {
	r, ok := f.book.result(f.year - 1)
	if !ok {
		return pool.Fund{}, false
	}
	return r.Fund(f.insurance)
}

// set gives the parameters in force for the frame's year.
func (f *frame) set() *policy.Set {
	year := f.year
	if year == 0 {
		year = f.site.firstYear()
	}
	return f.site.pack.At(year.End())
}

// synthetic tells whether any figure on the page is made up.
func (f *frame) synthetic() bool {
	return f.book.loaded.Synthetic || f.book.facts.Synthetic() || f.claims != nil && (f.claims.snapshot.Synthetic || f.claims.made)
}

// link gives the address of a page with the frame's choices; more alternates name, value, an empty value leaving the
// name out.
func (f *frame) link(path string, more ...string) string {
	q := url.Values{}
	if f.year != 0 {
		q.Set("year", strconv.Itoa(int(f.year)))
	}
	if f.insurance != "" {
		q.Set("insurance", string(f.insurance))
	}
	q.Set("unit", string(f.unit))
	if f.langInURL {
		q.Set("lang", string(f.Lang))
	}
	for i := 0; i+1 < len(more); i += 2 {
		if q.Del(more[i]); more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	return path + "?" + q.Encode()
}

// url is link for templates.
func (f *frame) url(path string, more ...string) templ.SafeURL {
	return templ.SafeURL(f.link(path, more...))
}

// here is this very page with some choices changed; everything else in its address is kept.
func (f *frame) here(more ...string) templ.SafeURL {
	q := url.Values{}
	for name, values := range f.seen {
		q[name] = values
	}
	if f.year != 0 {
		q.Set("year", strconv.Itoa(int(f.year)))
	}
	if f.insurance != "" {
		q.Set("insurance", string(f.insurance))
	}
	q.Set("unit", string(f.unit))
	if !f.langInURL {
		q.Del("lang")
	}
	q.Del("font")
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return templ.SafeURL(f.path + "?" + q.Encode())
}

// asset is the address of a static file.
func (f *frame) asset(name string) string { return f.site.assets.names[name] }

// exists tells whether a page is part of this version.
func (f *frame) exists(name string) bool {
	n, ok := f.site.needs[name]
	return ok && (f.site.Store != nil || !n.stored)
}

// amount writes an amount in the chosen unit, with a real minus sign.
func (f *frame) amount(x money.Fen) string { return f.unit.write(x) }

// render writes a component whole, or nothing: an error on the way becomes the error page. What a program cannot have it is told in JSON.
func (f *frame) render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	if f.byToken && status >= http.StatusBadRequest {
		f.tellProgram(w, status)
		return nil
	}
	var page bytes.Buffer
	if err := c.Render(context.WithoutCancel(r.Context()), &page); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "Cookie, HX-Request")
	w.WriteHeader(status)
	_, err := w.Write(page.Bytes())
	if err != nil {
		f.site.Log.Debug("reader gone", "path", r.URL.Path, "error", err)
	}
	return nil
}

// part tells whether the request asks only for the part of the page that has this id.
func part(r *http.Request, id string) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Target") == id
}
