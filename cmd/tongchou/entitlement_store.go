package main

import (
	"context"
	"io"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// fromStore answers everybody in the store, within a division, who is insured as a resident in the year.
func (f *entitlementFlags) fromStore(ctx context.Context, a *app, rules *enrol.Rules, set *policy.Set) error {
	tree, err := region.Load()
	if err != nil {
		return fault.Wrap(err, "cli.broken_tables")
	}
	division := region.Code(f.division)
	if _, known := tree.Get(division); !known {
		return fault.New(fault.Usage, "cli.import.people.division", "value", f.division)
	}
	s, err := openStore(ctx, f.store)
	if err != nil {
		return err
	}
	defer s.Close() // nothing is left to write
	write, err := f.writer(a, rules, set)
	if err != nil {
		return err
	}
	standards, err := s.Standards(ctx)
	if err != nil {
		return err
	}
	b := storeAnswers{rules: rules, standards: standards, explain: f.explain, write: write, out: a.out}
	act := store.Act{Record: office.Record{Chain: division, Who: operator}, Scope: store.ScopeOf(division)}
	debug.SetGCPercent(batchGarbage)
	progress, begun := a.counted("cli.entitlement.progress"), time.Now()
	for person, err := range s.Persons().Stream(ctx, act) {
		if err == nil {
			err = b.answer(person)
		}
		if err != nil {
			return err
		}
		progress(b.seen)
	}
	progress(0)
	if err := b.flush(); err != nil {
		return err
	}
	taken := time.Since(begun)
	_, _ = io.WriteString(a.errs, a.p.T("cli.entitlement.store.done", "persons", b.seen, "answered", b.answered, "refused", b.refused, "seconds", taken.Round(time.Millisecond).String(),
		"rate", int64(float64(b.seen)/taken.Seconds()))+"\n") // the answers are written
	if b.refused > 0 {
		return silentError{exitRefused}
	}
	return nil
}

// batchGarbage lets a batch, which makes much and keeps little, use memory in place of time, in per cent of what it keeps.
const batchGarbage = 400

// storeAnswers answers persons one after the other.
type storeAnswers struct {
	rules                   *enrol.Rules
	standards               enrol.Standards
	explain                 bool
	write                   answerWriter
	out                     io.Writer
	line                    exchange.PersonLine
	text                    []byte
	seen, answered, refused int
}

func (b *storeAnswers) answer(p store.Person) error {
	b.seen++
	b.line.History = b.rules.History(p.File, b.standards)
	if !slices.ContainsFunc(b.line.History.Years, func(y enrol.Year) bool { return y.Year == b.rules.Year && y.Cover == enrol.Resident }) {
		return nil
	}
	b.line.ID, b.line.HasID, b.line.Division = strconv.FormatInt(int64(p.No), 10), true, p.County
	var e enrol.Entitlement
	var reasons []enrol.Reason
	var err error
	if b.explain {
		if e, reasons, err = b.rules.Explain(&b.line.History); err == nil {
			reasons = append(reasons, b.rules.Readings(p.File)...)
		}
	} else {
		e, err = b.rules.Entitle(&b.line.History)
	}
	if err != nil {
		b.refused++
		b.text = b.write.AppendRefusal(b.text, &b.line, err)
	} else {
		b.answered++
		b.text = b.write.Append(b.text, &b.line, e, reasons)
	}
	if len(b.text) < batchSize {
		return nil
	}
	return b.flush()
}

func (b *storeAnswers) flush() error {
	_, err := b.out.Write(b.text)
	b.text = b.text[:0]
	if err != nil {
		return fault.Wrap(err, "cli.cannot_write", "file", standard)
	}
	return nil
}
