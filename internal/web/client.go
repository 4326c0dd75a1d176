package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"tongchou/internal/office"
)

// client is where a request comes from, as far as it can be trusted.
type client struct {
	address netip.Addr
	secure  bool // whether it comes over TLS, to this program or to a proxy it was told about
}

type clientKey struct{}

// clientOf gives where a request comes from.
func clientOf(r *http.Request) client {
	c, _ := r.Context().Value(clientKey{}).(client)
	return c
}

// from is the address as it is written down.
func (c client) from() office.Address {
	if !c.address.IsValid() {
		return ""
	}
	return office.Address(c.address.String())
}

// located finds out where requests come from. What proxies say is believed of those the console was told about alone; when it
// was told of any, requests that come past them without TLS are refused: nobody's password is to travel in plain.
func (s *site) located(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := client{address: peer(r), secure: r.TLS != nil}
		if s.proxied(c.address) {
			c = forwarded(r, c, s.proxied)
		} else if len(s.Proxies) > 0 && !c.secure {
			http.Error(w, http.StatusText(http.StatusMisdirectedRequest), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, c)))
	})
}

// peer is the address at the other end of the connection.
func peer(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address, _ := netip.ParseAddr(host)
	return address.Unmap()
}

func (s *site) proxied(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// forwarded is the client that a trusted proxy speaks for: the last address of the list that is no proxy's own. What stands before
// it anybody may have written.
func forwarded(r *http.Request, c client, trusted func(netip.Addr) bool) client {
	c.secure = c.secure || r.Header.Get("X-Forwarded-Proto") == "https"
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		c.address = address.Unmap()
		if !trusted(c.address) {
			break
		}
	}
	return c
}
