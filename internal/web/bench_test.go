package web

import (
	"net/http"
	"strings"
	"testing"
)

// BenchmarkPage is what the server does for a page once the data are computed.
func BenchmarkPage(b *testing.B) {
	h := console(b, sichuan())
	for _, path := range []string{"/", "/pool", "/pool?trace=received&division=510300", "/pool/division/510300", "/pool/whatif?pool.factor.headcount=0.2&pool.factor.aged_share=0.35",
		"/pool/incentives?inline=1", "/pool/sheet", "/pool/export.xlsx", "/clauses/SC38-4.2"} {
		b.Run(strings.NewReplacer("/", "_", "?", "_", "&", "_").Replace(path), func(b *testing.B) {
			for b.Loop() {
				if w := get(b, h, path); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

// BenchmarkFirstPage is a page whose years have to be computed first.
func BenchmarkFirstPage(b *testing.B) {
	for b.Loop() {
		if w := get(b, console(b, sichuan()), "/pool"); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
