package web

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Claims (结算数据仓) say where the console finds settlements, and who may see them row by row. The zero value is a console
// without.
type Claims struct {
	Dir      string       // of the claims store, which is made by the first import
	Enrolled string       // the enrolment register, which may not be there
	Rows     bool         // whether rows of settlements may be looked at
	Store    lake.Options // where else it is, what it is sealed with, and what it may use; Dir and Now go without saying
}

// claimsDesk is the claims store as pages: imports, checks, factors, differences, pivot.
type claimsDesk struct {
	*site
	jobs  *jobs
	looks *looks

	mu       sync.Mutex
	store    *lake.Lake
	enrolled *register // as it was read last
}

func newClaimsDesk(s *site) *claimsDesk {
	c := &claimsDesk{site: s, jobs: newJobs(s.Now)}
	c.looks = &looks{now: s.Now}
	if s.Claims.Dir != "" {
		c.looks.path = filepath.Join(s.Claims.Dir, looksFile)
		c.sweepUploads()
	}
	return c
}

// close ends what runs and lets go of the store.
func (c *claimsDesk) close() error {
	c.jobs.close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store == nil {
		return nil
	}
	return c.store.Close()
}

// open gives the store; nil when there is none, unless it is to be made.
func (c *claimsDesk) open(make bool) (*lake.Lake, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store != nil || c.Claims.Dir == "" {
		return c.store, nil
	}
	if _, err := os.Stat(filepath.Join(c.Claims.Dir, "manifest.json")); errors.Is(err, fs.ErrNotExist) && !make && c.Claims.Store.DSN == "" {
		return nil, nil
	}
	o := c.Claims.Store
	o.Dir, o.Now = c.Claims.Dir, c.Now
	store, err := lake.Open(o)
	c.store = store
	return store, err
}

// manifest gives the imports; none while there is no store.
func (c *claimsDesk) manifest() (lake.Manifest, error) {
	store, err := c.open(false)
	if store == nil || err != nil {
		return lake.Manifest{}, err
	}
	return store.Manifest()
}

// claimsChoice is what a page of the claims store looks at.
type claimsChoice struct {
	manifest  lake.Manifest
	years     []policy.Year // with data, latest first
	year      policy.Year
	kind      lake.Kind
	insurance pool.Insurance
	snapshot  lake.Snapshot
	made      bool // whether any headcount beside it is made up
}

// The names of the choices in the address; the frame's own year and insurance type are those of the pooled figures.
const (
	claimsYear      = "of_year"
	claimsKind      = "of_kind"
	claimsInsurance = "of_insurance"
)

// claimKinds are the kinds of snapshots in the order they are shown.
func claimKinds() []lake.Kind { return []lake.Kind{lake.Final, lake.Preliminary} }

// choose settles year, kind and insurance type: those asked for where there are such, else the last year, the final figures
// before the preliminary, and the first insurance type.
func (c *claimsDesk) choose(f *frame) error {
	m, err := c.manifest()
	if err != nil {
		return err
	}
	choice := &claimsChoice{manifest: m, insurance: pool.Insurances()[0]}
	choice.years = claimYears(m)
	for _, y := range choice.years {
		if choice.year == 0 || strconv.Itoa(int(y)) == f.seen.Get(claimsYear) {
			choice.year = y
		}
	}
	choice.kind = lake.Final
	if asked := lake.Kind(f.seen.Get(claimsKind)); slices.Contains(claimKinds(), asked) {
		choice.kind = asked
	} else if m.Snapshot(choice.year, lake.Final).Rows == 0 && m.Snapshot(choice.year, lake.Preliminary).Rows > 0 {
		choice.kind = lake.Preliminary
	}
	if asked := pool.Insurance(f.seen.Get(claimsInsurance)); slices.Contains(pool.Insurances(), asked) {
		choice.insurance = asked
	}
	choice.snapshot = m.Snapshot(choice.year, choice.kind)
	f.claims = choice
	return nil
}

// claimYears are the years that imports which count have data of, latest first.
func claimYears(m lake.Manifest) []policy.Year {
	years := map[policy.Year]bool{}
	for _, i := range m.Imports {
		for _, file := range i.Files {
			if !i.Withdrawn {
				years[file.Year] = true
			}
		}
	}
	out := slices.Sorted(maps.Keys(years))
	slices.Reverse(out)
	return out
}

// claimsLink is the address of a page of the claims store with the choices made; more alternates name, value.
func (f *frame) claimsLink(path string, more ...string) string {
	if f.claims == nil || f.claims.year == 0 {
		return f.link(path, more...)
	}
	return f.link(path, append([]string{claimsYear, strconv.Itoa(int(f.claims.year)), claimsKind, string(f.claims.kind),
		claimsInsurance, string(f.claims.insurance)}, more...)...)
}

// pickGroup is a named row of choices.
type pickGroup struct {
	Name  string
	Picks []pickView
}

// claimsPicks are the choices of a page: year, kind and, where the page is of one insurance type, which.
func (f *frame) claimsPicks(insurances bool) []pickGroup {
	choice := f.claims
	pick := func(text, name, value string, current bool) pickView {
		return pickView{text, string(f.here(name, value)), current}
	}
	var years, kinds, types []pickView
	for _, y := range choice.years {
		text := strconv.Itoa(int(y))
		years = append(years, pick(text, claimsYear, text, y == choice.year))
	}
	for _, k := range claimKinds() {
		kinds = append(kinds, pick(f.Value(k), claimsKind, string(k), k == choice.kind))
	}
	out := []pickGroup{{f.T("web.filter.year"), years}, {f.T("web.claims.kind"), kinds}}
	if insurances {
		for _, i := range pool.Insurances() {
			types = append(types, pick(f.T("web.insurance."+string(i)), claimsInsurance, string(i), i == choice.insurance))
		}
		out = append(out, pickGroup{f.T("web.filter.insurance"), types})
	}
	return out
}

// dataTabs are the views of data that the reader may open.
func (f *frame) dataTabs() []tabView {
	var out []tabView
	for _, t := range []struct{ name, text, path string }{
		{"data", "web.data.tab.files", "/data"}, {"claims", "web.claims.tab.imports", "/data/claims"}, {"checks", "web.claims.tab.checks", "/data/claims/checks"},
		{"factors", "web.claims.tab.factors", "/data/claims/factors"}, {"differences", "web.claims.tab.differences", "/data/claims/differences"},
		{"pivot", "web.claims.tab.pivot", "/data/claims/pivot"},
	} {
		if f.mayOpen(t.name) {
			out = append(out, tabView{f.T(t.text), f.claimsLink(t.path), f.name == t.name || strings.HasPrefix(f.name, t.name+".")})
		}
	}
	return out
}

// routesOfClaims are the pages of the claims store, for the table of routes.
func (c *claimsDesk) routesOfClaims() []route {
	page := func(handle func(*frame, http.ResponseWriter, *http.Request) error) func(*frame, http.ResponseWriter, *http.Request) error {
		return func(f *frame, w http.ResponseWriter, r *http.Request) error {
			if err := c.choose(f); err != nil {
				return err
			}
			return handle(f, w, r)
		}
	}
	return []route{
		{"GET /data/claims", "claims", false, page(c.imports), onProvince(office.View)},
		{"POST /data/claims", "claims.upload", false, page(c.upload), onProvince(office.Import)},
		{"GET /data/claims/rejects/{id}", "claims.rejects", false, page(c.rejects), onProvince(office.ReadClaims, office.Import)},
		{"GET /data/claims/withdraw/{id}", "claims.withdraw", false, page(c.withdrawing), onProvince(office.Import)},
		{"POST /data/claims/withdraw/{id}", "claims.withdrawn", false, page(c.withdraw), onProvince(office.Import)},
		{"GET /data/claims/job/{id}", "claims.job", false, page(c.job), onProvince(office.View)},
		{"POST /data/claims/job/{id}/cancel", "claims.cancel", false, page(c.cancelJob), onProvince(office.Import)},
		{"POST /data/claims/job/{id}/again", "claims.again", false, page(c.againJob), onProvince(office.Import)},
		{"GET /data/claims/checks", "checks", false, page(c.checks), onProvince(office.View)},
		{"POST /data/claims/checks", "checks.run", false, page(c.runChecks), onProvince(office.Compute)},
		{"POST /data/claims/checks/sign", "checks.sign", false, page(c.sign), onProvince(office.SignData)},
		{"GET /data/claims/checks/rows", "checks.rows", false, page(c.foundRows), onProvince(office.ReadClaims)},
		{"GET /data/claims/differences", "differences", false, page(c.differences), onProvince(office.View)},
		{"GET /data/claims/differences/{file}", "differences.export", false, page(c.differencesExport), onProvince(office.Export)},
		{"GET /data/claims/pivot", "pivot", false, page(c.pivot), onProvince(office.View)},
		{"GET /data/claims/pivot/rows", "pivot.rows", false, page(c.pivotRows), onProvince(office.ReadClaims)},
		{"GET /data/claims/pivot/{file}", "pivot.export", false, page(c.pivotExport), onProvince(office.Export)},
		{"GET /data/claims/factors", "factors", false, page(c.factors), onProvince(office.View)},
		{"GET /data/claims/factors/{file}", "factors.export", false, page(c.factorsExport), onProvince(office.Export)},
	}
}

// question is something to be asked of a snapshot in the background: what it is called, where its answer is shown, and the key
// of what it depends on besides the snapshot.
type question struct {
	title   fault.Message
	name    string
	depends []string
}

func (q question) key(s lake.Snapshot) string {
	return strings.Join(append([]string{q.name, s.ID}, q.depends...), "\x00")
}

// soon is how long a page waits for an answer before it shows how far it is.
const soon = 400 * time.Millisecond

// asked gives the answer to a question when it is there, else it shows how far it is, or why there is none. It tells whether
// the answer is there.
func answered[T any](c *claimsDesk, f *frame, w http.ResponseWriter, r *http.Request, q question, do func(context.Context, *job) (T, error)) (answer T, there bool, err error) {
	b := c.jobs.start(q.key(f.claims.snapshot), q.title, func(ctx context.Context, b *job) (any, error) { return do(ctx, b) })
	if !b.wait(r.Context(), soon) {
		return answer, false, c.working(f, w, r, b)
	}
	value, err := b.outcome()
	if err != nil {
		return answer, false, c.working(f, w, r, b)
	}
	return value.(T), true, nil
}

// session opens a session on a snapshot, which must still be the one that was asked about.
func (c *claimsDesk) session(ctx context.Context, s lake.Snapshot) (*lake.Session, error) {
	store, err := c.open(false)
	if err != nil {
		return nil, err
	}
	if store == nil {
		return nil, fault.New(fault.Refused, "lake.empty", "year", int(s.Year), "kind", fault.Msg("value."+string(s.Kind)))
	}
	session, err := store.Session(ctx, s.Year, s.Kind)
	if err == nil && session.ID != s.ID {
		return nil, errors.Join(fault.New(fault.Refused, "lake.changed"), session.Close())
	}
	return session, err
}

// unready answers a page that needs a snapshot when there is none, or no engine to read it with; it tells whether it did.
func (c *claimsDesk) unready(f *frame, w http.ResponseWriter, r *http.Request, title string) (bool, error) {
	switch {
	case !lake.Embedded && c.Claims.Store.DSN == "":
		return true, f.render(w, r, http.StatusOK, claimsNoEnginePage(f, title))
	case f.claims.snapshot.Rows == 0:
		return true, f.render(w, r, http.StatusOK, claimsEmptyPage(f, title, c.Claims.Dir))
	}
	return false, nil
}
