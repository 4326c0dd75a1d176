package store

import (
	"fmt"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

var requestTable = &table{name: "requests", columns: []string{"request", "chain", "content", "seq", "hash", "answer"}}

// given is what an act with a key was answered with.
type given struct {
	content office.Digest
	receipt Receipt
}

// request is what names an act that can be sent again.
type request struct {
	chain region.Code
	key   string
}

func keyOf(a Act) request { return request{a.Chain, a.Key} }

// recall reads what the jobs' keys were answered with before.
func (g *group) recall(jobs []*job) error {
	var keys []any
	for _, j := range jobs {
		if j.act.Key != "" {
			keys = append(keys, j.act.Key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	for len(keys)&(len(keys)-1) != 0 { // a power of two, so that few texts are prepared
		keys = append(keys, keys[0])
	}
	rows, err := g.query("SELECT chain, request, content, answer, seq, hash FROM requests WHERE request IN ("+places(len(keys))+")", keys...)
	return each(rows, err, func(scan func(...any) error) error {
		var of request
		var r given
		var content []byte
		err := scanHead(&r.receipt.Head, func(to ...any) error {
			return scan(append([]any{(*string)(&of.chain), &of.key, &content, &r.receipt.Answer}, to...)...)
		})
		copy(r.content[:], content)
		r.receipt.Head.Chain = of.chain
		g.given[of] = r
		return err
	})
}

// places writes $1,$2,… for a number of arguments.
func places(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	return b.String()
}

// again finds the receipt of an act that was done before, nil when it was not. One with the same key and other content is
// refused.
func (g *group) again(a Act) (*Receipt, error) {
	if a.Key == "" {
		return nil, nil
	}
	before, ok := g.given[keyOf(a)]
	if !ok {
		return nil, nil
	}
	if before.content != a.Content {
		return nil, fault.New(fault.Refused, "store.key_used", "key", a.Key)
	}
	r := before.receipt
	r.Repeated = true
	return &r, nil
}
