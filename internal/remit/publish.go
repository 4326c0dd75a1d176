package remit

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// longestReason is how many characters a reason may have.
const longestReason = 500

// Publish (公布) publishes an approved run to the divisions it computes: to each its own figures with their derivation and, when
// comparison is set, to all of them what each pays in and receives. Refused are whoever has no right to publish, a document that is
// no approved run of his own division, and one that is published already. It gives the publication's id.
//
// 依据: SC38-1.1
func (s Service) Publish(ctx context.Context, who Who, id office.DocumentID, comparison bool) (string, error) {
	if err := who.may(office.Publish); err != nil {
		return "", err
	}
	d, err := s.Store.Desk(store.ScopeOf(who.Division)).Document(ctx, id)
	if err != nil {
		return "", err
	}
	if d.Kind != office.PoolRun && d.Kind != office.Clearing || d.Division != who.Division {
		return "", fault.New(fault.Refused, "remit.publish.kind", "kind", d.Kind.Label())
	}
	run, _, err := s.Run(ctx, store.ScopeOf(who.Division), d)
	if err != nil {
		return "", err
	}
	p := store.Publication{Document: d.ID, Division: d.Division, Title: d.Title, Year: run.Year, Insurance: run.Insurance, At: who.At, By: who.ID, Publisher: who.Name}
	shares, err := cut(run, comparison, &p)
	if err != nil {
		return "", err
	}
	act := who.act("publication.publish", office.Object{}, []byte(string(id)+" "+strconv.FormatBool(comparison)))
	receipt, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		kept, err := tx.Publish(p, shares)
		if err != nil {
			return err
		}
		tx.Answer([]byte(kept.ID))
		tx.Did(office.Object{Kind: "publication", ID: kept.ID}, nil, []office.Field{{Name: "document", Value: string(d.ID)}, {Name: "digest", Value: d.Digest.String()},
			{Name: "divisions", Value: strconv.Itoa(len(shares))}, {Name: "comparison", Value: strconv.FormatBool(comparison)}})
		return nil
	})
	return string(receipt.Answer), stale(err)
}

// cut takes a run apart into what each division is told, and the comparison.
func cut(run exchange.FrozenRun, comparison bool, p *store.Publication) (shares []store.PublishedShare, err error) {
	for _, division := range run.Divisions() {
		content, err := run.Share(division)
		if err != nil {
			return nil, err
		}
		shares = append(shares, store.PublishedShare{Division: division, Content: content})
	}
	if comparison {
		p.Comparison, err = run.Comparison()
	}
	return shares, err
}

// Withdraw (撤回公布) takes a publication back. The divisions are told the reason, and see its figures no more.
//
// 依据: SC38-1.1
func (s Service) Withdraw(ctx context.Context, who Who, id, reason string) error {
	if err := who.may(office.Publish); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || !utf8.ValidString(reason) || utf8.RuneCountInString(reason) > longestReason {
		return fault.New(fault.Refused, "remit.publish.reason", "most", longestReason)
	}
	act := who.act("publication.withdraw", office.Object{Kind: "publication", ID: id}, []byte(id+" "+reason))
	act.Why = reason
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error { return tx.Unpublish(who.Division, id, who.At, who.ID, reason) })
	return stale(err)
}
