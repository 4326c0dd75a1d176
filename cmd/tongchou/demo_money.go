package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/remit"
	"tongchou/internal/store"
	"tongchou/internal/web"
)

// demoMoney lets the first pooled year of residents' insurance go its way in a demonstration: frozen, signed by everybody whose
// turn it is, collected, and paid but for what a visitor may try. A policy that is not in force has no such year.
func (a *app) demoMoney(ctx context.Context, s *store.Store, folder *exchange.Folder, demo *web.Demo) error {
	engine, pack, err := a.engineFor(folder.Settings().Policy)
	if err != nil || pack.Status().Trial() {
		return err
	}
	loaded, err := folder.Load()
	if err != nil {
		return err
	}
	chart, err := ledger.Standard()
	if err != nil {
		return err
	}
	d := demoYear{ctx: ctx, who: map[office.Login]office.Subject{}, now: time.Now(), facts: loaded.Facts, year: pool.FirstYear(pack.Latest()),
		service: remit.Service{Store: s, Engine: engine, Chart: chart, Pack: pack.ID, Program: version(), PolicyDigest: exchange.PolicyVersion(a.policyFiles())}}
	for _, u := range demo.Users {
		if d.who[u.Login], err = u.Subject(); err != nil {
			return err
		}
	}
	for _, step := range []func() error{d.books, d.signed, d.published, d.collected, d.paid} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// demoYear is a year on its way.
type demoYear struct {
	ctx     context.Context
	service remit.Service
	who     map[office.Login]office.Subject
	now     time.Time
	facts   pool.Facts
	year    policy.Year
	run     office.DocumentID
}

func (d *demoYear) as(login office.Login) remit.Who {
	d.now = d.now.Add(time.Millisecond)
	return remit.Who{Subject: d.who[login], At: d.now}
}

func (d *demoYear) province() office.Scope { return store.ScopeOf(d.who["clerk"].Division) }

// books opens the books of both types in January with what the cities had at the end of the year before it.
func (d *demoYear) books() error {
	known, err := d.service.Store.ListBooks(d.ctx, d.province())
	if err != nil || len(known) > 0 {
		return err
	}
	var all []remit.Opening
	province := d.who["clerk"].Division
	for _, i := range pool.Insurances() {
		all = append(all, remit.Opening{Book: ledger.AdjustmentBook(i, province)}, remit.Opening{Book: ledger.ClearingBook(i, province)})
		for _, s := range d.facts.Statements {
			if s.Insurance == i && s.Year == d.year+1 {
				all = append(all, remit.Opening{Book: ledger.AreaBook(i, s.Division), Balance: max(0, s.SurplusBegin) + s.Income})
			}
		}
	}
	return d.service.Open(d.ctx, d.as("accountant"), all, policy.Year(d.now.Year()), time.January, ledger.Person(d.who["reviewer"].ID))
}

func (d *demoYear) day(after int) policy.Date {
	return policy.DayOf(d.now).Add(after)
}

func (d *demoYear) signed() (err error) {
	d.run, err = d.service.Freeze(d.ctx, d.as("clerk"), remit.FreezeOrder{Year: d.year, Insurance: pool.Resident, Synthetic: true, Facts: d.facts,
		Due: exchange.FrozenDue{Collect: d.day(30), Allocate: d.day(60), Cover: d.day(90)}})
	if err != nil {
		return err
	}
	desk := office.Approvals{Desk: d.service.Desk(d.province())}
	for n, step := range []struct {
		login office.Login
		act   office.ActKind
	}{{"clerk", office.Submit}, {"reviewer", office.Sign}, {"finance", office.Sign}, {"approver", office.Sign}} {
		who := d.as(step.login)
		if _, err := desk.Do(d.ctx, d.run, office.Act{Kind: step.act, By: who.Subject, At: who.At, Version: office.Version(n + 1)}, ""); err != nil {
			return err
		}
	}
	return nil
}

// published tells every city its own share, and all of them the comparison.
func (d *demoYear) published() error {
	_, err := d.service.Publish(d.ctx, d.as("approver"), d.run, true)
	return err
}

func (d *demoYear) items() ([]ledger.Standing, error) {
	return d.service.Store.Items(d.ctx, d.province(), store.ItemQuery{Batch: ledger.DocumentID(d.run)})
}

// collected brings a made-up bank statement on which all cities but the last have paid, and books it.
func (d *demoYear) collected() error {
	items, err := d.items()
	if err != nil {
		return err
	}
	rows := [][]string{{"receipt", "date", "insurance", "amount", "division", "data_kind"}}
	for n, i := range items {
		if !i.Outgoing() && i.Keeper() == d.who["clerk"].Division {
			rows = append(rows, []string{fmt.Sprintf("DEMO-%03d", n+1), string(d.day(0)), string(i.Insurance), i.Amount.String(), string(i.City()), "synthetic"})
		}
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows[:len(rows)-1]); err != nil {
		return err
	}
	if _, _, err := d.service.Import(d.ctx, d.as("cashier"), exchange.Input{Name: "demo.csv", Content: b.Bytes()}); err != nil {
		return err
	}
	r, err := d.service.Reconcile(d.ctx, d.who["clerk"].Division, d.day(0))
	if err != nil {
		return err
	}
	var shares []remit.SeenShare
	for _, m := range r.Matches {
		for _, x := range m.Shares {
			shares = append(shares, remit.SeenShare{Share: x, ReceiptVersion: r.Receipts[x.Receipt].Version, ItemVersion: r.Items[x.Item].Version})
		}
	}
	_, err = d.service.Accept(d.ctx, d.as("accountant"), shares)
	return err
}

// paid pays half of the cities.
func (d *demoYear) paid() error {
	items, err := d.items()
	if err != nil {
		return err
	}
	var chosen []remit.Chosen
	var total money.Fen
	for _, i := range items {
		if i.Outgoing() && len(chosen) < len(items)/4 {
			chosen, total = append(chosen, remit.Chosen{ID: i.ID, Version: i.Version}), total+i.Open()
		}
	}
	if err := d.service.Send(d.ctx, d.as("cashier"), chosen, total, ledger.DocumentID("DEMO-"+strconv.Itoa(int(d.year))), d.as("cashier").Day()); err != nil {
		return err
	}
	for i := range chosen {
		chosen[i].Version++
	}
	_, err = d.service.Book(d.ctx, d.as("accountant"), chosen)
	return err
}
