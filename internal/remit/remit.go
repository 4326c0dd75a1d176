// Package remit turns what was signed into money that moves (资金拨付): it freezes a computed year as a paper for signature,
// makes the batch of payments with the last signature, and follows every payment until it is booked on both sides. It joins
// rooms that know nothing of one another; what may be signed, booked and matched is theirs to say.
//
// 依据: SC38-4.5
package remit

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Service (资金拨付服务) works on a store. It is to be used with the desk it gives: approvals on another desk have no effect.
type Service struct {
	Store  *store.Store
	Engine pool.Engine
	Chart  *ledger.Chart
	// Pack is the policy the province pools by; Program and PolicyDigest are written into what is frozen.
	Pack, Program, PolicyDigest string
}

// Who (经办人) is who acts, from where and when. Key is given anew for every form, so that one sent twice has one effect.
type Who struct {
	office.Subject
	From office.Address
	At   time.Time
	Key  string
}

// Kinds of papers.
const (
	RunPaper   = "run"
	MoneyPaper = "order"
)

// Kinds lists the kinds of documents that become money.
func Kinds() []office.Kind {
	return []office.Kind{office.PoolRun, office.Clearing, office.EmergencyPayment, office.PaymentOrder}
}

// Desk (文书存取) gives the documents in a scope. The last signature on it makes the batch, in the same transaction, or is
// refused for what the batch is refused for.
func (s Service) Desk(scope office.Scope) store.Desk { return s.Store.Desk(scope).With(s.Effects) }

// may refuses whoever has no right to do something in his own office.
func (w Who) may(a office.Action) error { return office.Can(w.Subject, a, w.Division) }

// act is an act of somebody in his own office.
func (w Who) act(action string, object office.Object, content []byte, after ...office.Field) store.Act {
	a := store.Act{Scope: store.ScopeOf(w.Division), Record: office.Record{Chain: w.Division, At: w.At, Who: w.ID, Department: w.Department, From: w.From,
		Action: action, Object: object, After: after}}
	if w.Key != "" {
		a.Key, a.Content = w.Key, office.DigestOf(content)
	}
	return a
}

// stale says in people's words that somebody else was first.
func stale(err error) error {
	if errors.Is(err, office.ErrStale) {
		return fault.New(fault.Refused, "remit.stale")
	}
	return err
}

// mostDrafting is how many may draft documents of one kind at once before one of them is asked to come again.
const mostDrafting = 64

// draft keeps a new document with its paper. Of those who draft at once each gets an id of his own.
func (s Service) draft(ctx context.Context, who Who, prefix string, kind office.Kind, c office.Content, paper store.Paper) (id office.DocumentID, err error) {
	c.Digest = office.DigestOf(paper.Content)
	for range mostDrafting {
		if id, err = s.draftNext(ctx, who, prefix, kind, c, paper); !errors.Is(err, office.ErrStale) {
			break
		}
	}
	return id, stale(err)
}

// draftNext keeps a new document under the next id, which somebody else may have taken: office.ErrStale.
func (s Service) draftNext(ctx context.Context, who Who, prefix string, kind office.Kind, c office.Content, paper store.Paper) (office.DocumentID, error) {
	known, err := s.Desk(store.ScopeOf(who.Division)).OfKinds(ctx, Kinds()...)
	if err != nil {
		return "", err
	}
	d, err := office.Draft(nextID(known, string(who.Division)+"-"+prefix), kind, who.Division, c, who.Subject, who.At)
	if err != nil {
		return "", err
	}
	act := who.act("", office.Object{}, paper.Content)
	act.Record = d.Record(nil, who.From)
	receipt, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		if _, err := tx.KeepPaper(paper); err != nil {
			return err
		}
		tx.Answer([]byte(d.ID))
		return tx.SaveDocument(d)
	})
	return office.DocumentID(receipt.Answer), err
}

// nextID is the first id with a prefix that no document has.
func nextID(known []office.Document, prefix string) office.DocumentID {
	last := 0
	for _, d := range known {
		if rest, ok := strings.CutPrefix(string(d.ID), prefix+"-"); ok {
			if n, err := strconv.Atoi(rest); err == nil {
				last = max(last, n)
			}
		}
	}
	return office.DocumentID(prefix + "-" + strconv.Itoa(last+1))
}

// payerKey is what a bank's row and a payment must have in common to be matched by payer: the fund and who pays.
func payerKey(i pool.Insurance, division region.Code) string {
	if division == "" {
		return ""
	}
	return string(i) + "/" + string(division)
}

// post posts a set of vouchers within a write.
func (s Service) post(tx *store.Tx, set []ledger.Voucher) error {
	if len(set) == 0 {
		return nil
	}
	return tx.Update(s.Chart, ledger.Needed(s.Chart, set), func(states map[ledger.Book]*ledger.State) (ledger.Done, error) {
		posted, err := ledger.Post(states, set)
		return ledger.Done{Posted: posted}, err
	})
}
