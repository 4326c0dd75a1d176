package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/desk"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/web"
)

func (a *app) serveCommand() *cobra.Command {
	var data, pack, named, oidc, identity, platform, settle string
	var backups backupPlace
	var signing answerSigning
	var claims web.Claims
	var lakeAt storeFlags
	var at listening
	c := &cobra.Command{Use: "serve", Short: a.p.T("cli.serve.short"), Long: a.p.T("cli.serve.long"), Args: a.noArgs,
		Example: "  tongchou serve --data DIR --policy sichuan"}
	c.Flags().StringVar(&data, "data", "", a.p.T("cli.flag.data"))
	c.Flags().StringVar(&pack, "policy", "", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&at.addr, "addr", defaultAddr, a.p.T("cli.flag.addr"))
	a.storeFlag(c, &named)
	c.Flags().StringVar(&at.cert, "tls-cert", "", a.p.T("cli.flag.tls_cert"))
	c.Flags().StringVar(&at.key, "tls-key", "", a.p.T("cli.flag.tls_key"))
	c.Flags().StringVar(&oidc, "oidc", "", a.p.T("cli.flag.oidc"))
	c.Flags().StringVar(&settle, "settle-policy", "", a.p.T("cli.flag.settle_policy"))
	c.Flags().StringVar(&signing.key, "sign-key", "", a.p.T("cli.flag.serve_sign_key"))
	c.Flags().BoolVar(&signing.required, "require-signatures", false, a.p.T("cli.flag.serve_require_signatures"))
	c.Flags().StringVar(&identity, "identity", "", a.p.T("cli.flag.identity"))
	c.Flags().StringVar(&platform, "identity-oidc", "", a.p.T("cli.flag.identity_oidc"))
	c.Flags().StringSliceVar(&at.behind, "behind-proxy", nil, a.p.T("cli.flag.behind_proxy"))
	c.Flags().StringVar(&backups.key, "backup-key", "", a.p.T("cli.flag.serve_backup_key"))
	c.Flags().StringVar(&backups.dir, "backup-dir", "", a.p.T("cli.flag.serve_backup_dir"))
	lakeAt.add(a, c, "claims", a.p.T("cli.flag.serve_claims"))
	c.Flags().StringVar(&claims.Enrolled, "enrolled", "", a.p.T("cli.flag.serve_enrolled"))
	c.Flags().BoolVar(&claims.Rows, "claims-rows", false, a.p.T("cli.flag.claims_rows"))
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if data == "" {
			return fault.New(fault.Usage, "cli.flag_missing", "flag", "--data")
		}
		folder, err := a.openOrCreate(data, pack)
		if err != nil {
			return err
		}
		claims.Dir = lakeAt.dir
		if claims.Store, err = claimsOptions("", lakeAt.address()); err != nil {
			return err
		}
		o := web.Options{Province: folder, Claims: claimsBeside(data, claims)}
		if o.Single, err = readOIDC(oidc); err != nil {
			return err
		}
		if o.Identity, err = identityCheck(identity, folder, at); err != nil {
			return err
		}
		if o.Platform, err = readPlatform(platform); err != nil {
			return err
		}
		if o.Platform != nil && o.Identity != nil {
			return fault.New(fault.Usage, "cli.serve.identity_both")
		}
		if o.Settling, err = a.settling(settle); err != nil {
			return err
		}
		if err := signing.set(o.Settling); err != nil {
			return err
		}
		if o.Backups, err = backups.open(data); err != nil {
			return err
		}
		if o.Store, err = officeStore(c.Context(), data, named); err != nil {
			return err
		}
		if o.Store != nil {
			defer func() { err = errors.Join(err, o.Store.Close()) }()
		}
		return a.serve(c.Context(), o, at)
	}
	return c
}

// testIdentity names the check of identities that proves nothing.
const testIdentity = "test"

// identityCheck gives the check of insured persons' identities that a flag names; nil without one. The test provider is refused where anything
// could be real: with data that are not labelled, and where others than this machine may come.
func identityCheck(name string, folder *exchange.Folder, at listening) (desk.IdentityCheck, error) {
	switch {
	case name == "":
		return nil, nil
	case name != testIdentity:
		return nil, fault.New(fault.Usage, "cli.serve.identity", "value", name)
	case !folder.Settings().Synthetic:
		return nil, fault.New(fault.Refused, "desk.identity.real_data")
	case loopback(at.addr) != nil || len(at.behind) > 0:
		return nil, fault.New(fault.Refused, "desk.identity.elsewhere")
	}
	return desk.TestIdentity{}, nil
}

// backupPlace says with what key the console may back up, and where to.
type backupPlace struct{ key, dir string }

// open reads the key; without one the console backs nothing up. Backups lie beside the store unless told otherwise.
func (p backupPlace) open(data string) (*web.Backups, error) {
	switch {
	case p.key == "" && p.dir != "":
		return nil, fault.New(fault.Usage, "cli.flag_missing", "flag", "--backup-key")
	case p.key == "":
		return nil, nil
	case p.dir == "":
		p.dir = filepath.Join(data, "backups")
	}
	key, err := store.ReadKeyFile(p.key)
	return &web.Backups{Dir: p.dir, Key: key}, err
}

// claimsBeside is the claims store of a data directory and the enrolment register beside it, unless others are named.
func claimsBeside(data string, named web.Claims) web.Claims {
	if named.Dir == "" {
		named.Dir = filepath.Join(data, "claims")
	}
	if named.Enrolled == "" {
		named.Enrolled = filepath.Join(data, "enrolled.csv")
	}
	return named
}

// openOrCreate opens a data directory, but not under another policy than the one it was made for; an absent or empty one
// is set up when a policy is named.
func (a *app) openOrCreate(dir, pack string) (*exchange.Folder, error) {
	entries, err := os.ReadDir(dir)
	if pack == "" || err == nil && len(entries) > 0 {
		folder, err := exchange.OpenFolder(dir)
		if err != nil {
			return nil, err
		}
		if made := folder.Settings().Policy; pack != "" && pack != made {
			return nil, fault.New(fault.Usage, "cli.serve.other_policy", "folder", dir, "made", made, "policy", pack)
		}
		return folder, nil
	}
	_, p, err := a.engineFor(pack)
	if err != nil {
		return nil, err
	}
	return exchange.CreateFolder(dir, exchange.Settings{Policy: p.ID})
}

func (a *app) demoCommand() *cobra.Command {
	var data, pack, addr string
	var seed uint64
	var rows bool
	c := &cobra.Command{Use: "demo", Short: a.p.T("cli.demo.short"), Long: a.p.T("cli.demo.long"), Args: a.noArgs}
	c.Flags().StringVar(&data, "data", "", a.p.T("cli.flag.data"))
	c.Flags().StringVar(&pack, "policy", "sichuan", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&addr, "addr", defaultAddr, a.p.T("cli.flag.addr"))
	c.Flags().Uint64Var(&seed, "seed", demoSeed, a.p.T("cli.flag.seed"))
	c.Flags().BoolVar(&rows, "claims-rows", false, a.p.T("cli.flag.claims_rows"))
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if err := loopback(addr); err != nil {
			return err
		}
		if data == "" {
			if data, err = os.MkdirTemp("", "tongchou-demo-"); err != nil {
				return fault.Wrap(err, "cli.cannot_write", "file", os.TempDir())
			}
			defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
		}
		folder, err := a.demoFolder(data, pack, seed)
		if err != nil {
			return err
		}
		claims := claimsBeside(data, web.Claims{Rows: rows})
		if claims.Store, err = claimsOptions("", ""); err != nil {
			return err
		}
		if err := a.demoClaims(c.Context(), claims, pack, seed); err != nil {
			return err
		}
		o := web.Options{Province: folder, Claims: claims, Identity: desk.TestIdentity{}}
		if o.Settling, err = a.settling(demoSettling); err != nil {
			return err
		}
		if o.Store, o.Demo, err = a.demoStore(c.Context(), data, folder); err != nil {
			return err
		}
		if o.Store != nil {
			defer func() { err = errors.Join(err, o.Store.Close()) }()
		}
		return a.serve(c.Context(), o, listening{addr: addr})
	}
	return c
}

// demoFolder fills an empty data directory with a synthetic province.
func (a *app) demoFolder(dir, pack string, seed uint64) (*exchange.Folder, error) {
	engine, p, err := a.engineFor(pack)
	if err != nil {
		return nil, err
	}
	facts, err := makeUp(engine, p, demoYears(p), seed)
	if err != nil {
		return nil, err
	}
	folder, err := exchange.CreateFolder(dir, exchange.Settings{Policy: p.ID, Synthetic: true})
	if err != nil {
		return nil, err
	}
	for _, file := range factFiles(facts) {
		var b bytes.Buffer
		if err := file.write(&b); err != nil {
			return nil, err
		}
		if _, err := folder.Import(file.kind, exchange.Input{Name: file.name, Content: b.Bytes()}, false); err != nil {
			return nil, err
		}
	}
	return folder, nil
}

// servedGarbage is how much memory may be thrown away, in percent of what is in use, before it is collected: what is in use is little, and what a message throws away is much.
const servedGarbage = 400

// serve runs the console until it is interrupted.
func (a *app) serve(ctx context.Context, o web.Options, at listening) (err error) {
	if err := at.check(o.Store != nil); err != nil {
		return err
	}
	if o.Proxies, err = at.proxies(); err != nil {
		return err
	}
	if o.Engine, err = a.engine(); err != nil {
		return err
	}
	if o.Coverage, err = policy.LoadCoverage(a.policyFiles()); err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(servedGarbage)
	}
	o.Version, o.PolicyVersion, o.Now = version(), exchange.PolicyVersion(a.policyFiles()), time.Now
	o.Log = slog.New(slog.NewTextHandler(a.errs, nil))
	console, err := web.New(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, console.Close()) }()
	if pack, ok := o.Engine.Library.Pack(o.Province.Settings().Policy); ok && o.Store != nil && !o.Store.ReadOnly() && len(pack.Provinces) > 0 {
		ctx, stop := context.WithCancel(ctx)
		var anchoring sync.WaitGroup
		anchoring.Go(func() { anchor(ctx, o.Store, pack.Provinces[0], o.Log) })
		defer anchoring.Wait()
		defer stop()
	}
	return a.listenAndServe(ctx, at.guarded(console), at, func(where string) error { return a.sayServing(where, o) })
}

// sayServing says where the console is and who may sign in.
func (a *app) sayServing(where string, o web.Options) error {
	if err := a.say("cli.serve.listening", "url", where); err != nil {
		return err
	}
	if o.Store == nil {
		return a.say("cli.serve.unsigned")
	}
	if o.Store.ReadOnly() {
		if err := a.say("cli.serve.read_only"); err != nil {
			return err
		}
	}
	return a.sayDemo(o.Demo)
}

// anchorEvery is how often the heads of the divisions' audit chains are written into the province's.
const anchorEvery = time.Hour

// anchor does so until the program ends.
func anchor(ctx context.Context, s *store.Store, province region.Code, log *slog.Logger) {
	for {
		if n, err := s.AnchorAll(ctx, province, operator); err != nil && ctx.Err() == nil {
			log.Error("chains were not anchored", "error", err)
		} else if n > 0 {
			log.Info("chains anchored", "count", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(anchorEvery):
		}
	}
}
