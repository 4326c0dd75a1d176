package web

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A body that stalls or trickles ends with its connection, whether the page reads it or not; one that comes steadily, and a page that takes its time, do not.
func TestSlowBodiesEnd(t *testing.T) {
	p := pace{stall: 150 * time.Millisecond, grace: 400 * time.Millisecond, rate: 1 << 10}
	got := make(chan error, 1)
	server := httptest.NewServer(p.keeping(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/unread" {
			got <- nil
			return
		}
		_, err := io.ReadAll(r.Body)
		if r.URL.Path == "/long" {
			time.Sleep(3 * p.stall)
			if err == nil {
				err = r.Context().Err()
			}
		}
		got <- err
	})))
	defer server.Close()
	for _, c := range []struct {
		path         string
		chunks, size int
		every        time.Duration
		fine, ends   bool
	}{
		{"/stalls", 1, 10, 0, false, true},
		{"/trickles", 30, 1, 50 * time.Millisecond, false, true},
		{"/steady", 10, 2 << 10, 50 * time.Millisecond, true, false},
		{"/long", 2, 1 << 10, 0, true, false},
		{"/unread", 0, 0, 0, true, true},
	} {
		t.Run(c.path[1:], func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			length := max(c.chunks*c.size, 100)
			if !c.fine {
				length = 1000
			}
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", c.path, length)
			for range c.chunks {
				if _, err := io.WriteString(conn, strings.Repeat("x", c.size)); err != nil {
					break
				}
				time.Sleep(c.every)
			}
			if err := <-got; (err == nil) != c.fine {
				t.Errorf("the page reads %v", err)
			}
			if c.ends {
				if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, conn); err != nil {
					t.Errorf("the connection stays: %v", err)
				}
			}
		})
	}
}
