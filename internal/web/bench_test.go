package web

import (
	"io"
	"net/http"
	"net/http/httptest"
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

// BenchmarkSignedIn is a page for somebody who is signed in, over the network of this machine: the session is found and the right checked
// in the database, as `serve` does.
func BenchmarkSignedIn(b *testing.B) {
	bureau := treasury(b, sichuan())
	bureau.administrators()
	id := bureau.approvedRun("2025")
	bureau.enter("approver").done("/pool/runs/"+id+"/publish", "comparison", "1")
	server := httptest.NewServer(bureau.http)
	b.Cleanup(server.Close)
	for _, page := range []struct{ login, path string }{
		{"clerk", "/todo"}, {"clerk", "/overview"}, {"clerk", "/pool"}, {"clerk", "/pool/runs"}, {"clerk", "/pool/runs/" + id}, {"clerk", "/pool/payments"}, {"clerk", "/documents"},
		{"clerk", "/documents/" + id}, {"city", "/pool/division/510300"}, {"clerk", "/published"}, {"finance", "/ledger"}, {"auditadmin", "/system/audit"}, {"sysadmin", "/system/users"},
	} {
		b.Run(strings.ReplaceAll(strings.ReplaceAll(page.path, id, "run"), "/", "_"), func(b *testing.B) {
			v := bureau.enter(page.login)
			r, err := http.NewRequest(http.MethodGet, server.URL+page.path, nil)
			if err != nil {
				b.Fatal(err)
			}
			r.AddCookie(&http.Cookie{Name: sessionCookie, Value: v.cookies[sessionCookie]})
			for b.Loop() {
				w, err := server.Client().Do(r)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, w.Body); err != nil || w.StatusCode != http.StatusOK {
					b.Fatal(w.StatusCode, err)
				}
				_ = w.Body.Close() // read to its end
			}
		})
	}
}
