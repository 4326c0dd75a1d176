package remit

import (
	"testing"

	"tongchou/internal/budget"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// provincial puts a province's budget of 2026 on file in which two cities take in so much, and has it approved or not.
func (b *bench) provincial(id office.DocumentID, revision int, revenue money.Fen, approved bool) {
	b.t.Helper()
	paper := budget.ProvincialPaper{Year: 2026, Insurance: pool.Resident}
	for _, code := range []region.Code{"510100", "510300"} {
		paper.Drafts = append(paper.Drafts, budget.Budget{Key: pool.Key{Year: 2026, Division: code, Insurance: pool.Resident}, Revision: 1,
			Lines: []budget.Line{{Item: budget.OtherRevenue, Method: budget.Stated, Drivers: budget.Drivers{Stated: revenue, Reason: "synthetic"}}}})
	}
	clerk, content := b.who("clerk"), paper.Canonical()
	d, err := office.Draft(id, office.Budget, sichuan, office.Content{Title: "synthetic", Amount: revenue, Digest: office.DigestOf(content), Policy: policy.InForce}, clerk.Subject, clerk.At)
	if err != nil {
		b.t.Fatal(err)
	}
	x := store.Sheet{SheetKey: store.SheetKey{Key: pool.Key{Year: 2026, Division: sichuan, Insurance: pool.Resident}, Kind: store.ProvincialSheet, Revision: revision},
		Document: id, Maker: clerk.ID, At: clerk.At, Version: 1, Content: content}
	act := clerk.act("", office.Object{}, nil)
	act.Record = d.Record(nil, "")
	if _, err := b.Store.Write(b.t.Context(), act, func(tx *store.Tx) error {
		if err := tx.SaveSheet(x); err != nil {
			return err
		}
		return tx.SaveDocument(d)
	}); err != nil {
		b.t.Fatal(err)
	}
	for _, step := range []struct {
		who string
		act office.ActKind
	}{{"clerk", office.Submit}, {"reviewer", office.Sign}, {"approver", office.Sign}, {"finance", office.Sign}} {
		if step.who == "finance" && !approved {
			return
		}
		if err := b.act(id, step.who, step.act); err != nil {
			b.t.Fatal(err)
		}
	}
}

// Advances come from the approved budget: what its revenue brings to the adjustment fund, less what is set aside; more is refused. Without one the plan
// says so to those who sign.
func TestAdvancesComeFromTheBudget(t *testing.T) {
	t.Attr("clause", "SC38-3.1")
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	plan := func(amount money.Fen) (Order, error) {
		o := Order{Kind: Advances, Year: 2026, Insurance: pool.Resident, Due: "2026-02-28", Basis: "x", Lines: []OrderLine{{Division: "510300", Amount: amount}}}
		id, err := b.Plan(t.Context(), b.who("clerk"), o)
		if err != nil {
			return o, err
		}
		d, err := b.Desk(store.ScopeOf(sichuan)).Document(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		paper, err := b.Store.Paper(t.Context(), store.ScopeOf(sichuan), d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		return ReadOrder(paper.Content)
	}
	b.provincial("budget-1", 1, 1000_00, false)
	if o, err := plan(900_00); err != nil || o.Budget != "" || o.Free != 0 {
		t.Errorf("by a budget that is not approved: %+v, %v", o, err)
	}
	b.provincial("budget-2", 2, 1000_00, true)
	b.provincial("budget-3", 3, 9000_00, false)
	const free = 100_00 - 5_00 // 5% of 2,000.00, less 5% of that
	if o, err := plan(free); err != nil || o.Budget != "budget-2" || o.Free != free {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := plan(free + 1); keyOf(err) != "remit.advance_beyond" {
		t.Errorf("more than the budget has: %v", err)
	}
	p, found, err := b.Budgeted(t.Context(), sichuan, 2026, pool.Resident)
	if err != nil || !found || p.Document != "budget-2" || p.Free != free {
		t.Errorf("%+v, %t, %v", p, found, err)
	}
	b.verify()
}

// Nothing is due years before or after what it is for, and advances within their year: the quarters after the first three months apart, none later.
func TestDueDaysAreSane(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	for _, c := range []struct {
		kind OrderKind
		due  policy.Date
		want string
	}{{Advances, "2025-12-31", "remit.due_year"}, {Advances, "2027-01-01", "remit.due_year"}, {Advances, "2026-05-31", "<nil>"}, {Advances, "2026-02-30", "remit.due"},
		{DepositUp, "2025-12-31", "remit.due_year"}, {DepositUp, "2029-01-01", "remit.due_year"}, {DepositUp, "2027-01-31", "<nil>"}} {
		o := Order{Kind: c.kind, Year: 2026, Insurance: pool.Resident, Due: c.due, Basis: "x", Lines: []OrderLine{{Division: "510300", Amount: 400}}}
		if _, err := b.Plan(t.Context(), b.who("clerk"), o); keyOf(err) != c.want {
			t.Errorf("%s due on %s: %v", c.kind, c.due, err)
		}
		if c.want != "<nil>" || c.kind != Advances {
			continue
		}
		batch, err := o.advances("x", ledger.Hands{Date: "2026-03-05", Maker: "a", Reviewer: "b"})
		if err != nil {
			t.Fatal(err)
		}
		for n, want := range []policy.Date{"2026-05-31", "2026-08-31", "2026-12-01", "2026-12-31"} {
			if batch.Items[n].Due != want {
				t.Errorf("quarter %d is due on %s, want %s", n+1, batch.Items[n].Due, want)
			}
		}
	}
}
