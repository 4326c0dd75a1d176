package web

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// book is one state of the province's data with everything computed from it: years in a row under one overlay.
type book struct {
	version  string
	overlay  policy.Overlay
	loaded   exchange.Loaded
	facts    pool.Facts
	sets     pool.Sets
	results  []pool.Result
	failed   policy.Year     // the first year that could not be computed; 0 when there is none
	problems []fault.Problem // why it could not

	once       sync.Once
	incentives sync.Map // policy.Year to *incentiveCell
	ready      sync.Map // years whose incentives stand
}

// result finds the result of a year.
func (b *book) result(year policy.Year) (pool.Result, bool) {
	for _, r := range b.results {
		if r.Year == year {
			return r, true
		}
	}
	return pool.Result{}, false
}

// factsOf gives the facts a year was computed from: surpluses and balances as the year before left them.
func (b *book) factsOf(year policy.Year) pool.Facts {
	r, ok := b.result(year)
	if !ok || year == b.results[0].Year {
		return b.facts
	}
	facts := b.facts
	filled := map[pool.Key]pool.Statement{}
	facts.Openings = nil
	for _, f := range r.Funds {
		facts.Openings = append(facts.Openings, pool.Opening{Insurance: f.Insurance, Fund: f.SetAside.Fund, Balance: f.SetAside.Opening})
		for _, d := range f.Divisions {
			filled[d.Statement.Key] = d.Statement
		}
	}
	facts.Statements = make([]pool.Statement, len(b.facts.Statements))
	for i, s := range b.facts.Statements {
		if with, ok := filled[s.Key]; ok {
			s = with
		}
		facts.Statements[i] = s
	}
	return facts
}

// province is the province the data belong to: that of the first row, or the policy's own.
func (b *book) province(pack *policy.Pack) region.Code {
	if len(b.facts.Statements) > 0 {
		return b.facts.Statements[0].Division.Province()
	}
	if len(pack.Provinces) > 0 {
		return pack.Provinces[0]
	}
	return ""
}

// shelf keeps the books that were opened last.
type shelf struct {
	site  *site
	mu    sync.Mutex
	books map[string]*book
	order []string // least lately used first
}

// shelfSize bounds how many states of data and scenarios are kept computed.
const shelfSize = 24

func newShelf(s *site) *shelf { return &shelf{site: s, books: map[string]*book{}} }

// open gives the book of the data as they are now, computing it at the first call.
func (s *shelf) open(overlay policy.Overlay) *book {
	version := s.site.Province.Version()
	b := s.keep(version+"\x00"+overlayKey(overlay), overlay, version)
	b.once.Do(func() { s.site.compute(b) })
	return b
}

// keep finds a book by its key or puts an empty one on the shelf, taking the least lately used off when it is full.
func (s *shelf) keep(key string, overlay policy.Overlay, version string) *book {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.books[key]; ok {
		if i := slices.Index(s.order, key); i >= 0 {
			s.order = append(slices.Delete(s.order, i, i+1), key)
		}
		return b
	}
	b := &book{version: version, overlay: overlay}
	s.books[key] = b
	if s.order = append(s.order, key); len(s.order) > shelfSize {
		delete(s.books, s.order[0])
		s.order = s.order[1:]
	}
	return b
}

// forget takes a book off the shelf.
func (s *shelf) forget(b *book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, kept := range s.books {
		if kept == b {
			delete(s.books, key)
			s.order = slices.DeleteFunc(s.order, func(k string) bool { return k == key })
		}
	}
}

func overlayKey(o policy.Overlay) string {
	ids := make([]string, 0, len(o.Set))
	for id, value := range o.Set {
		ids = append(ids, string(id)+"="+value)
	}
	sort.Strings(ids)
	return strings.Join(ids, "\x00")
}

// compute fills a book: every year from the policy's first with data to the last.
func (s *site) compute(b *book) {
	b.sets = func(year policy.Year) (*policy.Set, error) {
		return s.Engine.Library.With(s.pack.At(year.End()), b.overlay)
	}
	loaded, err := s.Province.Load()
	b.loaded, b.facts = loaded, loaded.Facts
	if err != nil {
		s.keepProblems(b, s.firstYear(), err)
		return
	}
	facts := b.facts
	var years []policy.Year
	for _, y := range facts.Years() {
		if y >= s.firstYear() {
			years = append(years, y)
		}
	}
	if len(years) == 0 {
		return
	}
	b.results, err = s.Engine.Chain(b.sets, facts, years[0], years[len(years)-1])
	if err != nil {
		b.failed = years[0] + policy.Year(len(b.results))
		s.keepProblems(b, b.failed, err)
	}
}

// keepProblems writes down why a year was not computed, with the names the files give their columns. A failure inside
// may pass, so its book does not stay on the shelf.
func (s *site) keepProblems(b *book, year policy.Year, err error) {
	if fault.KindOf(err) == fault.Internal {
		s.Log.Error("computing failed", "error", err)
		s.shelf.forget(b)
	}
	b.problems = problemsOf(b.loaded.Cite(s.pack.At(year.End()), err))
}

// firstYear is the first year the policy pools.
func (s *site) firstYear() policy.Year {
	for _, v := range s.pack.Parameters["pool.first_year"].Values {
		return policy.Year(v.Value.Rate() / 1_000_000)
	}
	return 0
}

// problemsOf lists what an error says to people.
func problemsOf(err error) []fault.Problem {
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		return distinct(refusal.Problems)
	}
	var e *fault.Error
	if errors.As(err, &e) {
		return []fault.Problem{{Message: e.Message}}
	}
	return []fault.Problem{{Message: fault.Msg("web.error.inside")}}
}

// distinct leaves out problems that read the same as one before: a rule wrong for both insurance types is one.
func distinct(problems []fault.Problem) []fault.Problem {
	seen := map[string]bool{}
	var out []fault.Problem
	for _, p := range problems {
		if key := fmt.Sprint(p); !seen[key] {
			seen[key] = true
			out = append(out, p)
		}
	}
	return out
}
