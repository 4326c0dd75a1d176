package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tongchou/internal/exchange/fsi"
	"tongchou/internal/store"
)

// A message arrives in any way HTTP allows, whole or in chunks; what is packed, too large, cut off or nothing at all is refused in the platform's form and leaves nothing behind.
func TestBodiesOfMessages(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	b, h, _ := newHospital(t)
	signIn := func() []byte {
		body, err := json.Marshal(h.envelope("9001", "input", map[string]any{"signIn": map[string]string{"opter_no": "op", "mac": "", "ip": "192.0.2.1"}}))
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(signIn()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	large := append(bytes.TrimSuffix(signIn(), []byte("}")), `,"x":"`+strings.Repeat("x", fsi.MostBytes)+`"}`...)
	kept := func() int {
		found, err := b.store.Messages(t.Context(), store.ScopeOf("510000"), store.MessageQuery{To: b.now.AddDate(1, 0, 0), Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	plain := "Content-Type: application/json\r\n"
	whole := func(body []byte) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }
	chunks := func(body []byte, size int) string {
		var out strings.Builder
		out.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		for len(body) > 0 {
			n := min(size, len(body))
			fmt.Fprintf(&out, "%x\r\n%s\r\n", n, body[:n])
			body = body[n:]
		}
		return out.String() + "0\r\n\r\n"
	}
	cut := signIn()
	for _, c := range []struct {
		name, rest string
		status     int
		done       bool
	}{
		{"whole", plain + whole(signIn()), http.StatusOK, true},
		{"in chunks", plain + chunks(signIn(), 7), http.StatusOK, true},
		{"whole, and no more is said", plain + whole(signIn()), http.StatusOK, true},
		{"without a kind", whole(signIn()), http.StatusOK, true},
		{"packed", plain + "Content-Encoding: gzip\r\n" + whole(packed.Bytes()), http.StatusOK, false},
		{"nothing", plain + whole(nil), http.StatusOK, false},
		{"too large", plain + whole(large), http.StatusRequestEntityTooLarge, false},
		{"too large in chunks", plain + chunks(large, 1<<20), http.StatusRequestEntityTooLarge, false},
		{"cut off", plain + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(cut), cut[:len(cut)/2]), http.StatusBadRequest, false},
		{"cut off in chunks", plain + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(cut), cut[:len(cut)/2]), http.StatusBadRequest, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := kept()
			host, path, _ := strings.Cut(strings.TrimPrefix(h.address, "http://"), "/")
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			go func() {
				// the server may have answered already what it does not read to its end
				_, _ = fmt.Fprintf(conn, "POST /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAuthorization: Bearer %s\r\n%s", path, host, h.token, c.rest)
				if c.status == http.StatusBadRequest || strings.HasSuffix(c.name, "no more is said") {
					_ = conn.(*net.TCPConn).CloseWrite()
				}
			}()
			text, err := io.ReadAll(conn)
			if len(text) == 0 {
				t.Fatal(err)
			}
			head, body, _ := strings.Cut(string(text), "\r\n\r\n")
			var a platformAnswer
			if err := json.Unmarshal([]byte(body), &a); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if want := fmt.Sprintf("HTTP/1.1 %d ", c.status); !strings.HasPrefix(head, want) || (a.Code == 0) != c.done || !c.done && a.Error == "" {
				t.Errorf("answered %s %+v", head, a)
			}
			if got := kept() - before; (got == 1) != c.done || got > 1 {
				t.Errorf("%d messages kept", got)
			}
		})
	}
}
