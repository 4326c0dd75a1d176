// Package web is the console (控制台): every page an officer of the provincial bureau sees, rendered at the server,
// whole without JavaScript and enhanced by it. It computes nothing itself; figures come from package pool, texts from
// package locale.
package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	counters "tongchou/internal/counter"
	desks "tongchou/internal/desk"
	"tongchou/internal/exchange"
	"tongchou/internal/locale"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// Province (本省数据) is where the console reads the province's figures; *exchange.Folder is one.
type Province interface {
	// Settings say what the data are about, and which policy pools them.
	Settings() exchange.Settings
	// Load reads everything, or refuses it with every reason. Without files there are no rows.
	Load() (exchange.Loaded, error)
	// Version changes whenever any of the data do.
	Version() string
}

var _ Province = (*exchange.Folder)(nil)

// Options are what the console is wired to.
type Options struct {
	Engine   pool.Engine
	Province Province
	Version  string // of the program
	// PolicyVersion is the digest of the policy files, as exchange.PolicyVersion gives it; may be left out.
	PolicyVersion string
	// Claims are the settlements behind the factors; may be left out.
	Claims Claims
	// Coverage says what carries each clause; empty while no such table was made.
	Coverage policy.Coverage
	// Store keeps users, signatures and books. Without one nobody can be told from anybody else: the console computes and
	// compares, and signs nothing.
	Store *store.Store
	// Security are the rules of signing in; the project's own when zero.
	Security office.SecurityRules
	// Proxies are where requests come from that another program has taken TLS off; nobody else is believed to speak for others.
	Proxies []netip.Prefix
	// Single is an OpenID Connect provider that users may sign in with; nil for none.
	Single *SingleSignOn
	// Identity finds out who insured persons are, and opens their pages (我的医保); Platform is an identity platform that they are sent to for
	// that. With neither there are no such pages.
	Identity desks.IdentityCheck
	Platform *IdentityPlatform
	// Settling opens the interface for designated institutions (定点医药机构接口); nil for no such interface.
	Settling *Settling
	// Demo are the users of a demonstration, shown with their password where people sign in.
	Demo *Demo
	// Backups is where the system administrator may back the store up to; nil for nowhere.
	Backups *Backups
	Now     func() time.Time // for the hour printed on sheets
	Log     *slog.Logger
}

// site is the running console.
type site struct {
	Options
	pack       *policy.Pack
	printers   map[locale.Lang]*locale.Printer
	assets     *assets
	shelf      *shelf
	claims     *claimsDesk
	money      *moneyDesk
	throttle   *throttle
	work       *jobs // of administrators
	single     *single
	platform   *platform
	counter    *counters.Service // for institutions; nil for none
	callers    store.Lasting[callerKey, counters.Caller]
	catalogues catalogues
	// rulebooks are the schedules as they are approved; marked what was wrong with files of rules.
	rulebooks *rulebooks
	marked    *receipts
	// calculations counts bills that the public calculator works out, by address.
	calculations *throttle
	guesses      office.Random // makes digests of logins that there are not; new with every start
	table        []route
	needs        map[string]need // of the pages that exist, by name
}

// Console (控制台) is the console's handler. It is to be closed when it serves no more.
type Console struct {
	http.Handler
	site *site
}

// New makes a console. It refuses a policy that is not in the engine's library.
func New(o Options) (*Console, error) {
	s, err := newSite(o)
	if err != nil {
		return nil, err
	}
	return &Console{s.handler(), s}, nil
}

// Close cancels what runs in the background, waits for it to end, and lets go of the claims store.
func (c *Console) Close() error {
	c.site.work.close()
	c.site.tidyAll()
	return c.site.claims.close()
}

func newSite(o Options) (*site, error) {
	if o.Province == nil || o.Engine.Library == nil || o.Engine.Tree == nil {
		return nil, errors.New("web: engine and province are needed")
	}
	clock := o.Now
	if clock == nil {
		clock = time.Now
	}
	o.Now = func() time.Time { return clock().In(policy.China) }
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Security == (office.SecurityRules{}) {
		o.Security = office.DefaultSecurityRules()
	}
	pack, ok := o.Engine.Library.Pack(o.Province.Settings().Policy)
	if !ok {
		return nil, errors.New("web: no policy pack " + o.Province.Settings().Policy)
	}
	s := &site{Options: o, pack: pack, printers: map[locale.Lang]*locale.Printer{}, throttle: newThrottle(o.Now), work: newJobs(o.Now), needs: map[string]need{}, guesses: newRandom()}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			return nil, err
		}
		s.printers[lang] = p
	}
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	s.shelf, s.claims = newShelf(s), newClaimsDesk(s)
	if s.money, err = newMoneyDesk(s); err != nil {
		return nil, err
	}
	if o.Platform != nil {
		s.platform = newPlatform(s, *o.Platform)
	}
	if o.Single != nil {
		s.single = newSingle(s, *o.Single)
	}
	s.calculations = newThrottle(o.Now)
	s.calculations.most, s.calculations.said = calculationsInWindow, "web.calculator.often"
	s.rulebooks, s.marked = &rulebooks{site: s}, newReceipts(s)
	s.counter = s.newCounter()
	s.table = slices.Concat(s.routes(), s.routesOfDesk(), s.routesOfMy())
	return s, nil
}

// handler lays the middleware around the route table.
func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.table {
		s.needs[r.name] = r.needs
		mux.Handle(r.pattern, s.page(r))
	}
	mux.Handle("GET "+assetPrefix+"{file...}", s.assets)
	for _, r := range s.routesOfPrograms() {
		mux.HandleFunc(r.pattern, r.handle)
	}
	if s.counter != nil {
		mux.HandleFunc("POST "+callPath, s.institutionCall)
		mux.HandleFunc("POST "+callPath+"/{infno}", s.institutionCall)
	}
	mux.Handle("/", s.page(route{name: "missing", handle: func(*frame, http.ResponseWriter, *http.Request) error { return errNotFound }, needs: signedIn}))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.bareFrame(w, r).failed(w, r, http.StatusForbidden) }))
	return uploads.keeping(s.located(s.logged(secured(s.recovered(guard.Handler(mux))))))
}
