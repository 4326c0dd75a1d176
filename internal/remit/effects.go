package remit

import (
	"errors"
	"fmt"
	"slices"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// Effects (生效后果) makes the batch of an approved document and books what is booked at once, in the transaction of the last
// signature. Documents of other kinds, and payment orders that were not planned here, have none; a run always has.
//
// 依据: SC38-4.1, SC38-4.5
func (s Service) Effects(tx *store.Tx, d office.Document) error {
	if !slices.Contains(Kinds(), d.Kind) {
		return nil
	}
	paper, err := tx.Paper(d.Digest)
	var f *fault.Error
	if errors.As(err, &f) && f.Key == "store.no_paper" && d.Kind != office.PoolRun && d.Kind != office.Clearing {
		return nil
	}
	if err != nil {
		return err
	}
	made, err := s.make(tx, d, paper)
	if err != nil {
		return err
	}
	if err := s.cappedAt(tx, made.batch, made.kept.Insurance, d.Division.Province(), dayOf(d)); err != nil {
		return err
	}
	var items []ledger.Standing
	for _, item := range made.batch.Items {
		items = append(items, ledger.Standing{Item: item, Batch: made.batch.ID, Version: 1})
	}
	made.kept.ID, made.kept.Division, made.kept.Paper, made.kept.MadeAt = made.batch.ID, d.Division, d.Digest, d.Steps[len(d.Steps)-1].At
	made.kept.Finished = len(items) == 0
	if err := tx.KeepBatch(made.kept, items); err != nil {
		return err
	}
	for _, item := range made.batch.Forgone {
		if err := lapse(tx, item); err != nil {
			return err
		}
	}
	return s.post(tx, made.batch.Booking)
}

// made is a batch on its way into the store.
type made struct {
	batch ledger.Batch
	kept  store.Batch
}

func (s Service) make(tx *store.Tx, d office.Document, paper store.Paper) (made, error) {
	if paper.Kind == RunPaper {
		return s.makeRun(tx, d, paper)
	}
	o, err := ReadOrder(paper.Content)
	if err != nil {
		return made{}, err
	}
	if paper.Kind != MoneyPaper || o.document() != d.Kind {
		return made{}, fault.New(fault.Refused, "remit.other_paper", "kind", d.Kind.Label())
	}
	if o.Kind == Offsite {
		if err := o.confirmed(tx); err != nil {
			return made{}, err
		}
	}
	batches, err := tx.Batches()
	if err != nil {
		return made{}, err
	}
	if err := o.inTime(batches); err != nil {
		return made{}, err
	}
	batch, err := o.batch(ledger.DocumentID(d.ID), handsOf(d))
	if o.Kind == SubsidyCut {
		items, failed := tx.Items(o.subsidies())
		if failed != nil {
			return made{}, failed
		}
		batch, err = o.cut(ledger.DocumentID(d.ID), items, handsOf(d))
	}
	return made{batch, store.Batch{Kind: string(o.Kind), Insurance: o.Insurance, Year: o.Year, Subject: o.subject(d.ID)}}, err
}

func (s Service) makeRun(tx *store.Tx, d office.Document, paper store.Paper) (made, error) {
	run, err := exchange.ReadFrozenRun(paper.Content)
	if err != nil {
		return made{}, err
	}
	order := ledger.Order{Run: ledger.RunID(d.ID), Result: run.Result(), Approval: ledger.DocumentID(d.ID), Decision: ledger.DocumentID(run.Decision), Hands: handsOf(d),
		CollectDue: run.Due.Collect, AllocateDue: run.Due.Allocate, CoverDue: run.Due.Cover}
	kept := store.Batch{Kind: RunPaper, Insurance: run.Insurance, Year: run.Year, Corrects: ledger.DocumentID(run.Corrects),
		Subject: fmt.Sprintf("run/%d/%s", run.Year, run.Insurance)}
	batches, err := tx.Batches()
	if err != nil {
		return made{}, err
	}
	last, booked := lastRun(batches, run.Year, run.Insurance)
	if booked && kept.Corrects != last.ID || !booked && kept.Corrects != "" {
		return made{}, fault.New(fault.Refused, "remit.run_booked", "year", int(run.Year), "insurance", run.Insurance, "id", string(last.ID))
	}
	if booked {
		kept.Subject += "/" + run.Corrects
		batch, err := s.correct(tx, order, last)
		return made{batch, kept}, err
	}
	if order.Advances, err = clearAdvances(tx, run.Year, run.Insurance); err != nil {
		return made{}, err
	}
	batch, err := ledger.NewBatch(order)
	return made{batch, kept}, err
}

// correct makes the batch of a run that corrects a booked one.
func (s Service) correct(tx *store.Tx, order ledger.Order, last store.Batch) (ledger.Batch, error) {
	paper, err := tx.Paper(last.Paper)
	if err != nil {
		return ledger.Batch{}, err
	}
	before, err := exchange.ReadFrozenRun(paper.Content)
	if err != nil {
		return ledger.Batch{}, err
	}
	for _, kind := range []ledger.ItemKind{ledger.LossRepaid, ledger.LossBack, ledger.LocalPaid, ledger.LocalBack} {
		items, err := tx.Items(store.ItemQuery{Year: last.Year, Insurance: last.Insurance, Kind: kind})
		if err != nil {
			return ledger.Batch{}, err
		}
		order.Covered = append(order.Covered, items...)
	}
	return ledger.Correct(order, before.Result())
}

// clearAdvances gives what cities received in advance for a year, and lapses what was not paid of it: from the clearing on
// the year's own figures count.
//
// 依据: SC38-4.5
func clearAdvances(tx *store.Tx, year policy.Year, insurance pool.Insurance) ([]ledger.AdvanceMade, error) {
	items, err := tx.Items(store.ItemQuery{Year: year, Insurance: insurance, Kind: ledger.Advance})
	if err != nil {
		return nil, err
	}
	var out []ledger.AdvanceMade
	for _, item := range items {
		if item.Paid > 0 {
			out = append(out, ledger.AdvanceMade{Insurance: insurance, Division: item.City(), Amount: item.Paid})
		}
		if item.Open() == 0 {
			continue
		}
		if err := lapse(tx, item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lapse keeps that what is open of a payment is not due any more, which may finish its batch.
func lapse(tx *store.Tx, item ledger.Standing) error {
	lapsed, err := item.Lapse()
	if err != nil {
		return err
	}
	if err := tx.SaveItem(lapsed); err != nil {
		return err
	}
	return tx.FinishBatch(item.Batch)
}

// handsOf are who made the vouchers that a document causes: its maker and its reviewer, on the day it was approved.
//
// 依据: YA-4.10.3
func handsOf(d office.Document) ledger.Hands {
	h := ledger.Hands{Maker: ledger.Person(d.Maker), Date: dayOf(d)}
	for _, step := range d.Steps {
		if step.Act == office.Sign && step.Stage == 1 {
			h.Reviewer = ledger.Person(step.By)
		}
	}
	return h
}

func dayOf(d office.Document) policy.Date {
	return policy.DayOf(d.Steps[len(d.Steps)-1].At)
}
