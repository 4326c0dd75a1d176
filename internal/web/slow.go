package web

import (
	"io"
	"net/http"
	"time"
)

// pace is how fast a body must come: something in every stall, and rate bytes a second in all, after a time of grace.
type pace struct {
	stall, grace time.Duration
	rate         int64
}

// uploads is the pace of what readers send: a hundred megabytes over a poor line may take more than an hour, and nobody holds a connection for nothing.
var uploads = pace{stall: 30 * time.Second, grace: time.Minute, rate: 16 << 10}

// keeping ends requests whose body comes slower than the pace. What a page leaves unread the server reads, which is not waited for long either.
func (p pace) keeping(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		body := &pacedBody{ReadCloser: r.Body, pace: p, until: http.NewResponseController(w).SetReadDeadline}
		r.Body = body
		next.ServeHTTP(w, r)
		if !body.whole {
			_ = body.until(time.Now().Add(p.stall)) // whatever has no deadlines is no connection
		}
	})
}

// pacedBody is a body that is read under deadlines. The time that the page takes between reads does not count. Once it was read there is no deadline:
// what comes next on the connection has its own.
type pacedBody struct {
	io.ReadCloser
	pace
	until  func(time.Time) error
	waited time.Duration
	read   int64
	whole  bool
}

func (b *pacedBody) Read(p []byte) (int, error) {
	began := time.Now()
	left := b.grace + time.Duration(b.read/b.rate)*time.Second - b.waited
	_ = b.until(began.Add(min(b.stall, left)))
	n, err := b.ReadCloser.Read(p)
	b.read, b.waited = b.read+int64(n), b.waited+time.Since(began)
	if err == io.EOF {
		b.whole = true
		_ = b.until(time.Time{})
	}
	return n, err
}
