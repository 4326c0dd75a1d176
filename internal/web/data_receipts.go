package web

import (
	"crypto/rand"
	"sync"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// Bounds on what is remembered of files that were brought: for how long, how many, and how much of what was refused.
const (
	receiptsKept     = 15 * time.Minute
	maxReceipts      = 64
	maxReceiptsBytes = 96 << 20
)

// receipt (回执) is what became of a file: the report of what was taken over, or the refusal with the file itself, so that
// it can be given back with the reasons in it.
type receipt struct {
	kind    exchange.Kind
	in      exchange.Input
	report  exchange.Report
	refusal *fault.Refusal
	until   time.Time
	token   string
	owner   office.UserID // nobody on a console without sign-in
}

// receipts are kept in memory under tokens nobody can guess; the oldest go first.
type receipts struct {
	site *site
	mu   sync.Mutex
	kept []receipt // oldest first
}

func newReceipts(s *site) *receipts { return &receipts{site: s} }

// keep remembers a receipt and gives its token.
func (r *receipts) keep(kept receipt) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept.token, kept.until = rand.Text(), r.site.Now().Add(receiptsKept)
	r.kept = append(r.kept, kept)
	r.forget()
	return kept.token
}

// find gives the receipt of a token to whoever brought the file, while it is remembered.
func (r *receipts) find(owner office.UserID, token string) (receipt, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	for _, kept := range r.kept {
		if kept.token == token && kept.owner == owner {
			return kept, true
		}
	}
	return receipt{}, false
}

// forget drops what is too old or too much. The last one stays however large it is: an upload has a size limit of its own.
func (r *receipts) forget() {
	now, bytes, from := r.site.Now(), 0, len(r.kept)
	for from > 0 {
		k := r.kept[from-1]
		bytes += len(k.in.Content)
		if !now.Before(k.until) || len(r.kept)-from >= maxReceipts || bytes > maxReceiptsBytes && from < len(r.kept) {
			break
		}
		from--
	}
	r.kept = append([]receipt(nil), r.kept[from:]...)
}
