package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/web"
)

func (a *app) serveCommand() *cobra.Command {
	var data, pack, addr string
	var claims web.Claims
	var store storeFlags
	c := &cobra.Command{Use: "serve", Short: a.p.T("cli.serve.short"), Long: a.p.T("cli.serve.long"), Args: a.noArgs,
		Example: "  tongchou serve --data DIR --policy sichuan"}
	c.Flags().StringVar(&data, "data", "", a.p.T("cli.flag.data"))
	c.Flags().StringVar(&pack, "policy", "", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&addr, "addr", defaultAddr, a.p.T("cli.flag.addr"))
	store.add(a, c, "claims", a.p.T("cli.flag.serve_claims"))
	c.Flags().StringVar(&claims.Enrolled, "enrolled", "", a.p.T("cli.flag.serve_enrolled"))
	c.Flags().BoolVar(&claims.Rows, "claims-rows", false, a.p.T("cli.flag.claims_rows"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		if data == "" {
			return fault.New(fault.Usage, "cli.flag_missing", "flag", "--data")
		}
		folder, err := a.openOrCreate(data, pack)
		if err != nil {
			return err
		}
		claims.Dir = store.dir
		if claims.Store, err = claimsOptions("", store.address()); err != nil {
			return err
		}
		return a.serve(c.Context(), folder, claimsBeside(data, claims), addr)
	}
	return c
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
	engine, err := a.engine()
	if err != nil {
		return nil, err
	}
	p, err := a.pack(engine.Library, pack)
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
		if err := a.demoClaims(c.Context(), claims, pack, seed); err != nil {
			return err
		}
		return a.serve(c.Context(), folder, claims, addr)
	}
	return c
}

// demoFolder fills an empty data directory with a synthetic province.
func (a *app) demoFolder(dir, pack string, seed uint64) (*exchange.Folder, error) {
	engine, err := a.engine()
	if err != nil {
		return nil, err
	}
	p, err := a.pack(engine.Library, pack)
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

// loopback refuses any address but this machine's own, until the console has sign-in.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fault.New(fault.Usage, "cli.serve.bad_addr", "addr", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fault.New(fault.Usage, "cli.serve.loopback", "addr", addr)
	}
	return nil
}

// defaultAddr is where the console listens unless told otherwise.
const defaultAddr = "127.0.0.1:8080"

// listen opens an address; when somebody else has the default one, any free port of this machine does.
func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if addr == defaultAddr && errors.Is(err, syscall.EADDRINUSE) {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return listener, err
}

// serve runs the console until it is interrupted.
func (a *app) serve(ctx context.Context, folder *exchange.Folder, claims web.Claims, addr string) (err error) {
	if err := loopback(addr); err != nil {
		return err
	}
	engine, err := a.engine()
	if err != nil {
		return err
	}
	coverage, err := policy.LoadCoverage(a.policyFiles())
	if err != nil {
		return err
	}
	handler, err := web.New(web.Options{Engine: engine, Province: folder, Claims: claims, Coverage: coverage, Version: version(),
		PolicyVersion: exchange.PolicyVersion(a.policyFiles()), Now: time.Now, Log: slog.New(slog.NewTextHandler(a.errs, nil))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handler.Close()) }()
	listener, err := listen(addr)
	if err != nil {
		return fault.Wrap(err, "cli.serve.cannot_listen", "addr", addr)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Handler: web.LocalOnly(handler), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	if err := a.say("cli.serve.listening", "addr", listener.Addr().String()); err != nil {
		return err
	}
	select {
	case err := <-done:
		return fault.Wrap(err, "cli.serve.cannot_listen", "addr", addr)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		return fault.Wrap(err, "cli.serve.cannot_listen", "addr", addr)
	}
	return a.say("cli.serve.stopped")
}
