package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/web"
)

// listening is where the console listens, and what stands between it and its readers.
type listening struct {
	addr, cert, key string
	behind          []string // proxies, as CIDR
}

// defaultAddr is where the console listens unless told otherwise.
const defaultAddr = "127.0.0.1:8080"

// loopback refuses any address but this machine's own.
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

func (l listening) tls() bool { return l.cert != "" }

// check refuses what would carry passwords in plain, or serve everybody who comes: the console listens elsewhere than on this
// machine only with sign-in, and over TLS, its own or that of a proxy it is told about.
func (l listening) check(signIn bool) error {
	if (l.cert == "") != (l.key == "") {
		return fault.New(fault.Usage, "cli.serve.tls_pair")
	}
	if signIn && (l.tls() || len(l.behind) > 0) {
		if _, _, err := net.SplitHostPort(l.addr); err != nil {
			return fault.New(fault.Usage, "cli.serve.bad_addr", "addr", l.addr)
		}
		return nil
	}
	return loopback(l.addr)
}

// proxies are the networks of the proxies.
func (l listening) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range l.behind {
		p, err := netip.ParsePrefix(text)
		if a, failed := netip.ParseAddr(text); err != nil && failed == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fault.New(fault.Usage, "cli.serve.bad_cidr", "value", text)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// guarded keeps a console that listens to this machine alone from being read under another name.
func (l listening) guarded(h http.Handler) http.Handler {
	if l.tls() || len(l.behind) > 0 {
		return h
	}
	return web.LocalOnly(h)
}

// listen opens an address; when somebody else has the default one, any free port of this machine does.
func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if addr == defaultAddr && errors.Is(err, syscall.EADDRINUSE) {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return listener, err
}

// listenAndServe answers requests until the program is interrupted.
func (a *app) listenAndServe(ctx context.Context, h http.Handler, at listening, began func(where string) error) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	scheme := "http"
	if at.tls() {
		pair, err := tls.LoadX509KeyPair(at.cert, at.key)
		if err != nil {
			return fault.Wrap(err, "cli.serve.bad_tls", "cert", at.cert, "key", at.key)
		}
		scheme, server.TLSConfig = "https", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	listener, err := listen(at.addr)
	if err != nil {
		return fault.Wrap(err, "cli.serve.cannot_listen", "addr", at.addr)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	done := make(chan error, 1)
	go func() {
		if at.tls() {
			done <- server.ServeTLS(listener, "", "")
			return
		}
		done <- server.Serve(listener)
	}()
	if err := began(scheme + "://" + listener.Addr().String() + "/"); err != nil {
		return err
	}
	select {
	case err := <-done:
		return fault.Wrap(err, "cli.serve.cannot_listen", "addr", at.addr)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		return fault.Wrap(err, "cli.serve.cannot_listen", "addr", at.addr)
	}
	return a.say("cli.serve.stopped")
}
