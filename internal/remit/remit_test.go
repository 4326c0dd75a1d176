package remit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/synth"
)

const sichuan = region.Code("510000")

var morning = time.Date(2026, 3, 5, 1, 0, 0, 0, time.UTC)

// bench is a province with its books open and people in every office.
type bench struct {
	Service
	t     testing.TB
	facts pool.Facts
	at    time.Time
}

// engineOf and factsOf are the same for all tests of a run.
func newBench(t testing.TB, address string) *bench {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, at: morning}
	b.Engine = pool.Engine{Library: policytest.Library(t), Tree: tree}
	b.Pack, b.Program, b.PolicyDigest = "sichuan", "test", "digest"
	if b.Chart, err = ledger.Standard(); err != nil {
		t.Fatal(err)
	}
	b.open(address)
	options := synth.Options{Province: sichuan, From: 2023, To: 2025, Seed: 7, Insurances: pool.Insurances(), AgeGroups: true}
	if b.facts, err = synth.Province(options, tree); err != nil {
		t.Fatal(err)
	}
	pack := policytest.Pack(t, "sichuan")
	if b.facts, err = synth.Chained(b.Engine, func(y policy.Year) (*policy.Set, error) { return pack.At(y.End()), nil }, b.facts, 2024, 2025); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) open(address string) {
	b.t.Helper()
	s, err := store.Open(b.t.Context(), address, store.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { s.Close() })
	b.Store = s
}

// books opens the books of a fund of every city with so much on each fiscal account.
func (b *bench) books(i pool.Insurance, balance, reserve money.Fen) {
	b.t.Helper()
	all := []Opening{{Book: ledger.AdjustmentBook(i, sichuan), Balance: reserve, SetAside: reserve}, {Book: ledger.ClearingBook(i, sichuan)}}
	for _, d := range b.Engine.Tree.Prefectures(sichuan) {
		all = append(all, Opening{Book: ledger.AreaBook(i, d.Code), Balance: balance})
	}
	if err := b.Open(b.t.Context(), b.who("accountant"), all, 2026, time.January, "opener"); err != nil {
		b.t.Fatal(err)
	}
}

// who is somebody of the province's offices; the name says which.
func (b *bench) who(name string) Who {
	kind, _, _ := strings.Cut(name, "-")
	people := map[string]office.Subject{
		"clerk":      {Department: office.MedicalSecurity, Roles: []office.Role{office.Clerk}},
		"reviewer":   {Department: office.MedicalSecurity, Roles: []office.Role{office.Reviewer}},
		"finance":    {Department: office.Finance, Roles: []office.Role{office.Approver}},
		"approver":   {Department: office.MedicalSecurity, Roles: []office.Role{office.Approver}},
		"accountant": {Department: office.Finance, Roles: []office.Role{office.Accountant}},
		"cashier":    {Department: office.Finance, Roles: []office.Role{office.Cashier}},
	}
	s := people[kind]
	s.ID, s.Name, s.Division = office.UserID(name), name, sichuan
	b.at = b.at.Add(time.Minute)
	return Who{Subject: s, From: "10.0.0.1", At: b.at}
}

func (b *bench) act(id office.DocumentID, who string, kind office.ActKind) error {
	d, err := b.Desk(store.ScopeOf(sichuan)).Document(context.Background(), id)
	if err != nil {
		return err
	}
	w := b.who(who)
	_, err = office.Approvals{Desk: b.Desk(store.ScopeOf(sichuan))}.Do(context.Background(), id, office.Act{Kind: kind, By: w.Subject, At: w.At, Version: d.Version, Reason: "reason"}, w.From)
	return err
}

// sign submits a document and has everybody sign it whose turn it is.
func (b *bench) sign(id office.DocumentID) error {
	if err := b.act(id, "clerk", office.Submit); err != nil {
		return err
	}
	for {
		d, err := b.Desk(store.ScopeOf(sichuan)).Document(context.Background(), id)
		if err != nil {
			return err
		}
		next, waits := d.Next()
		if !waits {
			return nil
		}
		who := map[office.Action]string{office.Review: "reviewer", office.Countersign: "finance", office.Approve: "approver"}[next.Action]
		if next.Action == office.Approve && next.Department == office.Finance {
			who = "finance"
		}
		if err := b.act(id, who, office.Sign); err != nil {
			return err
		}
	}
}

func (b *bench) freeze(year policy.Year, i pool.Insurance, corrects office.DocumentID) (office.DocumentID, error) {
	return b.Freeze(context.Background(), b.who("clerk"), FreezeOrder{Year: year, Insurance: i, Facts: b.facts, Corrects: corrects,
		Due: exchange.FrozenDue{Collect: "2026-04-30", Allocate: "2026-05-31", Cover: "2026-06-30"}})
}

func (b *bench) signed(year policy.Year, i pool.Insurance, corrects office.DocumentID) office.DocumentID {
	b.t.Helper()
	id, err := b.freeze(year, i, corrects)
	if err == nil {
		err = b.sign(id)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bench) items(of store.ItemQuery) []ledger.Standing {
	b.t.Helper()
	items, err := b.Store.Items(context.Background(), store.ScopeOf(sichuan), of)
	if err != nil {
		b.t.Fatal(err)
	}
	return items
}

// arrive brings a statement on which everything that is waited for has arrived, and books it.
func (b *bench) arrive(batch office.DocumentID, on policy.Date) {
	b.t.Helper()
	rows := "回单号,到账日期,险种,金额,区划代码,附言\n"
	for n, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(batch)}) {
		if !i.Outgoing() && i.Keeper() == sichuan && i.Open() > 0 {
			rows += fmt.Sprintf("%s-%d,%s,%s,%s,%s,\n", batch, n, on, i.Insurance, i.Open(), i.City())
		}
	}
	if _, _, err := b.Import(context.Background(), b.who("cashier"), exchange.Input{Name: "x.csv", Content: []byte(rows)}); err != nil {
		b.t.Fatal(err)
	}
	r, err := b.Reconcile(context.Background(), sichuan, on)
	if err != nil {
		b.t.Fatal(err)
	}
	b.until(on)
	if _, err := b.Accept(context.Background(), b.who("accountant"), r.shares()); err != nil {
		b.t.Fatal(err)
	}
}

// shares are all that a reconciliation proposes.
func (r Reconciled) shares() []SeenShare {
	var out []SeenShare
	for _, m := range r.Matches {
		for _, x := range m.Shares {
			out = append(out, SeenShare{x, r.Receipts[x.Receipt].Version, r.Items[x.Item].Version})
		}
	}
	return out
}

// until is when a day has come.
func (b *bench) until(day policy.Date) {
	b.t.Helper()
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		b.t.Fatal(err)
	}
	if at = at.Add(time.Hour); at.After(b.at) {
		b.at = at
	}
}

// today is the day it is.
func (b *bench) today() policy.Date { return policy.DayOf(b.at) }

// pay sends and books what the province pays in a batch and is due up to a day.
func (b *bench) pay(batch office.DocumentID, ref ledger.DocumentID, on policy.Date) {
	b.t.Helper()
	var chosen []Chosen
	var total money.Fen
	for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(batch)}) {
		if i.Outgoing() && i.Open() > 0 && i.Due <= on {
			chosen, total = append(chosen, Chosen{i.ID, i.Version}), total+i.Open()
		}
	}
	if err := b.Send(context.Background(), b.who("cashier"), chosen, total, ref, b.today()); err != nil {
		b.t.Fatal(err)
	}
	for i := range chosen {
		chosen[i].Version++
	}
	if _, err := b.Book(context.Background(), b.who("accountant"), chosen); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) balance(book ledger.Book, code ledger.Code) money.Fen {
	b.t.Helper()
	state, err := b.Store.Books(store.Act{Scope: store.ScopeOf(sichuan)}, b.Chart).Whole(context.Background(), book, 2026)
	if err != nil || state == nil {
		b.t.Fatal(book, err)
	}
	return ledger.TrialBalance(ledger.Whole(2026), false, state).Balance(code)
}

func keyOf(err error) string {
	var f *fault.Error
	var r *fault.Refusal
	switch {
	case errors.As(err, &f):
		return f.Key
	case errors.As(err, &r):
		return r.Problems[0].Key
	}
	return fmt.Sprint(err)
}

// A year from its facts to money that is booked on both sides, on every engine.
func TestYear(t *testing.T) {
	t.Attr("clause", "SC38-4.1")
	t.Attr("clause", "SC38-4.4")
	t.Attr("clause", "SC38-4.5")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		b := newBench(t, address)
		b.books(pool.Resident, 100_000_000_000_00, 0)
		id := b.signed(2024, pool.Resident, "")
		d, err := b.Desk(store.ScopeOf(sichuan)).Document(t.Context(), id)
		if err != nil || d.State != office.Approved {
			t.Fatalf("%+v, %v", d, err)
		}
		run, paper, err := b.Run(t.Context(), store.ScopeOf(sichuan), d)
		if err != nil {
			t.Fatal(err)
		}
		fund := run.Result().Funds[0]
		b.arrive(id, "2026-04-20")
		b.pay(id, "pay-1", "2026-12-31")
		adjustment := ledger.AdjustmentBook(pool.Resident, sichuan)
		total := fund.Total()
		for code, want := range map[ledger.Code]money.Fen{ledger.CollectionReceived: fund.Collected, ledger.AllocationPaid: total.Received, ledger.RiskReserve: fund.SetAside.Added,
			ledger.FiscalAccount: fund.Collected - total.Received, "9001": 0, "9102": 0} {
			if got := b.balance(adjustment, code); got != want {
				t.Errorf("%s stands at %v, want %v", code, got, want)
			}
		}
		for _, c := range fund.Divisions {
			if got, want := b.balance(ledger.AreaBook(pool.Resident, c.Code), ledger.FiscalAccount), 100_000_000_000_00-c.Paid+c.Received; got != want {
				t.Errorf("%s has %v, want %v", c.Code, got, want)
			}
		}
		for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(id)}) {
			if i.Keeper() == sichuan && i.State() != ledger.ItemPaid {
				t.Errorf("%s is %s", i.ID, i.State())
			}
		}
		b.Store.Close()
		b.open(address)
		if proof, err := b.Prove(run, paper, b.facts); err != nil || !proof.Same || len(proof.Changed) > 0 || proof.OtherPolicy || proof.OtherProgram {
			t.Errorf("%+v, %v", proof, err)
		}
		if _, err := b.Store.Verify(t.Context(), b.Chart); err != nil {
			t.Error(err)
		}
	})
}
