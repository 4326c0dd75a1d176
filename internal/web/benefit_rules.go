package web

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// rulesKept is how long the counter goes by what it read: what is approved holds from the next day at the earliest, so that nothing is settled by what is old.
const rulesKept = 15 * time.Second

// inForce (有效待遇文件) is what was approved of benefits, and the schedules that follow.
type inForce struct {
	Book   *benefit.Rulebook
	Rules  []benefit.Approved
	Lists  []policy.List
	papers string // which
	read   time.Time
}

// rulebooks keep the schedules compiled until something else is approved.
type rulebooks struct {
	site *site
	mu   sync.Mutex
	last atomic.Pointer[inForce]
}

// base is the policy over which lies what is approved: that of the settlement service, or else the province's own where it has benefits.
func (s *site) base() (*policy.Pack, bool) {
	if s.Settling != nil {
		return s.Settling.Policy, true
	}
	return s.pack, len(benefit.Values(s.pack, "9999-12-31")) > 0
}

// settling gives the schedules to the counter, read again when they are old.
func (b *rulebooks) settling(ctx context.Context) (*benefit.Rulebook, error) {
	last := b.last.Load()
	if last != nil && b.site.Now().Sub(last.read) < rulesKept {
		return last.Book, nil
	}
	now, err := b.now(ctx)
	if err != nil && last != nil && ctx.Err() == nil {
		b.site.Log.Error("approved benefits could not be read", "error", err)
		return last.Book, nil
	}
	if err != nil {
		return nil, err
	}
	return now.Book, nil
}

// now reads what is approved. Refused is a province whose policy has no benefits.
func (b *rulebooks) now(ctx context.Context) (*inForce, error) {
	pack, ok := b.site.base()
	if !ok {
		return nil, fault.Refuse(fault.Problem{Message: fault.Msg("settled.no_rules", "policy", pack.ID)})
	}
	var papers []store.ApprovedPaper
	if b.site.Store != nil {
		var err error
		if papers, err = b.site.Store.ApprovedBenefits(ctx); err != nil {
			return nil, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out := &inForce{papers: namesOf(papers), read: b.site.Now()}
	if last := b.last.Load(); last != nil && last.papers == out.papers {
		out.Book, out.Rules, out.Lists = last.Book, last.Rules, last.Lists
		b.last.Store(out)
		return out, nil
	}
	if err := out.take(papers); err != nil {
		return nil, err
	}
	var err error
	if out.Book, err = benefit.NewRulebook(b.site.Engine.Library, pack, out.Rules); err != nil {
		return nil, err
	}
	b.last.Store(out)
	return out, nil
}

func namesOf(papers []store.ApprovedPaper) string {
	var names strings.Builder
	for _, p := range papers {
		names.WriteString(string(p.ID) + "\n")
	}
	return names.String()
}

// take reads papers: the lists, and the rules in the order of their approval.
func (x *inForce) take(papers []store.ApprovedPaper) error {
	for _, p := range papers {
		if p.Kind == office.BenefitList {
			list, err := policy.ParseList(string(p.ID), p.Content)
			if err != nil {
				return err
			}
			x.Lists = append(x.Lists, list)
			continue
		}
		paper, sound := benefit.ParsePaper(p.Content)
		if !sound {
			return fault.New(fault.Internal, "web.papers.damaged", "id", string(p.ID))
		}
		on := policy.DayOf(p.Approved)
		for _, r := range paper.Rules {
			x.Rules = append(x.Rules, benefit.Approved{CityRule: r, On: on, Paper: string(p.ID)})
		}
	}
	return nil
}

// list is the national list that holds on a day; nil for none.
func (x *inForce) list(on policy.Date) *policy.List {
	if list, ok := policy.ListOn(x.Lists, on); ok {
		return &list
	}
	return nil
}

// synthetic tells that something that was approved is made up.
func (x *inForce) synthetic() bool {
	return slices.ContainsFunc(x.Rules, func(r benefit.Approved) bool { return r.Synthetic })
}
