package remit

import (
	"bytes"
	"context"
	"fmt"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/locale"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// FreezeOrder (冻结申请) asks for a year of a fund to be frozen and put before those who sign.
type FreezeOrder struct {
	Year      policy.Year
	Insurance pool.Insurance
	Title     string
	Synthetic bool
	Facts     pool.Facts
	Due       exchange.FrozenDue
	// Corrects is the run that this one replaces; empty for a year's first.
	Corrects office.DocumentID
	// Decision is the approved decision that emergency money of the run is paid by.
	Decision office.DocumentID
}

// Freeze (冻结计算) computes a year of a fund, freezes it with everything it follows from, and drafts the document that is
// signed. Refused are a trial, a second run of a year that is booked already unless it names the last one as corrected, and
// emergency money without an approved decision.
//
// 依据: SC38-4.1, SC38-4.4, SC38-11.3, YN-2.7
func (s Service) Freeze(ctx context.Context, who Who, o FreezeOrder) (office.DocumentID, error) {
	if err := who.may(office.Make); err != nil {
		return "", err
	}
	if err := checkDue(o.Due); err != nil {
		return "", err
	}
	batches, err := s.Store.Batches(ctx, store.ScopeOf(who.Division))
	if err != nil {
		return "", err
	}
	if last, booked := lastRun(batches, o.Year, o.Insurance); booked && o.Corrects != office.DocumentID(last.ID) || !booked && o.Corrects != "" {
		return "", fault.New(fault.Refused, "remit.run_booked", "year", int(o.Year), "insurance", o.Insurance, "id", string(last.ID))
	}
	run, paper, err := exchange.Freeze(s.Engine, exchange.Freezing{Program: s.Program, Pack: s.Pack, PolicyDigest: s.PolicyDigest, Year: o.Year, Insurance: o.Insurance,
		Synthetic: o.Synthetic, Corrects: string(o.Corrects), Decision: string(o.Decision), Due: o.Due, Facts: o.Facts})
	if err != nil {
		return "", err
	}
	result := run.Result()
	if err := s.decided(ctx, who, o, result); err != nil {
		return "", err
	}
	kind := office.PoolRun
	if o.Corrects != "" {
		kind = office.Clearing
	}
	title, err := o.title(run.Synthetic)
	if err != nil {
		return "", err
	}
	content := office.Content{Title: title, Amount: result.Funds[0].Collected, Policy: result.Status, Trial: result.Trial()}
	return s.draft(ctx, who, fmt.Sprintf("run-%d-%s", o.Year, o.Insurance), kind, content, store.Paper{Division: who.Division, Kind: RunPaper, Content: paper})
}

// title is what the document is called unless its maker says otherwise. Documents are written in Chinese.
func (o FreezeOrder) title(synthetic bool) (string, error) {
	if o.Title != "" {
		return o.Title, nil
	}
	p, err := locale.New(locale.ZH)
	if err != nil {
		return "", err
	}
	key := "remit.title.run"
	if o.Corrects != "" {
		key = "remit.title.correction"
	}
	title := p.T(key, "year", int(o.Year), "insurance", o.Insurance)
	if synthetic {
		title += p.T("remit.title.synthetic")
	}
	return title, nil
}

func checkDue(d exchange.FrozenDue) error {
	var l fault.List
	for _, day := range []struct {
		name string
		on   policy.Date
	}{{"collect", d.Collect}, {"allocate", d.Allocate}, {"cover", d.Cover}} {
		if _, ok := policy.ParseDate(string(day.on)); !ok {
			l.Add(fault.Problem{Column: day.name, Value: string(day.on), Message: fault.Msg("remit.due")})
		}
	}
	return l.Err()
}

// lastRun finds the run of a year of a fund that nothing corrects yet.
func lastRun(batches []store.Batch, year policy.Year, insurance pool.Insurance) (store.Batch, bool) {
	corrected := map[ledger.DocumentID]bool{}
	for _, b := range batches {
		corrected[b.Corrects] = true
	}
	for _, b := range batches {
		if b.Kind == RunPaper && b.Year == year && b.Insurance == insurance && !corrected[b.ID] {
			return b, true
		}
	}
	return store.Batch{}, false
}

// LastRun (现行计算) is the booked run of a year of a fund that a further one would correct; false when there is none.
func (s Service) LastRun(ctx context.Context, who Who, year policy.Year, insurance pool.Insurance) (store.Batch, bool, error) {
	batches, err := s.Store.Batches(ctx, store.ScopeOf(who.Division))
	b, ok := lastRun(batches, year, insurance)
	return b, ok, err
}

// Run (冻结的计算) reads the paper of a run's document.
func (s Service) Run(ctx context.Context, scope office.Scope, d office.Document) (exchange.FrozenRun, []byte, error) {
	paper, err := s.Store.Paper(ctx, scope, d.Digest)
	if err != nil {
		return exchange.FrozenRun{}, nil, err
	}
	run, err := exchange.ReadFrozenRun(paper.Content)
	return run, paper.Content, err
}

// Proof (复算结果) says what a frozen run comes to when it is computed again: the same bytes or not, which inputs the data
// directory has changed since, and whether the policy files are others.
type Proof struct {
	Same         bool
	Changed      []exchange.Kind
	OtherPolicy  bool
	OtherProgram bool
}

// Prove (复算) computes a frozen run again and compares its inputs with the facts as they are now.
//
// 依据: SC38-11.3
func (s Service) Prove(run exchange.FrozenRun, paper []byte, now pool.Facts) (Proof, error) {
	p := Proof{OtherPolicy: run.PolicyDigest != s.PolicyDigest, OtherProgram: run.Program != s.Program}
	again, err := run.Rerun(s.Engine)
	if err != nil && fault.KindOf(err) == fault.Internal {
		return p, err
	}
	p.Same = err == nil && bytes.Equal(again, paper)
	p.Changed, err = run.Changed(now)
	return p, err
}
