package remit

import (
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

const plenty = 100_000_000_000_00

func (b *bench) verify() {
	b.t.Helper()
	if _, err := b.Store.Verify(b.t.Context(), b.Chart); err != nil {
		b.t.Error(err)
	}
}

// A year of a fund is booked once: a second run is refused, at freezing and at the last signature, and a correction moves
// the difference alone.
func TestOneRunForAYear(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SC38-11.3")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	rival, err := b.freeze(2024, pool.Resident, "")
	if err != nil {
		t.Fatal(err)
	}
	first := b.signed(2024, pool.Resident, "")
	if err := b.sign(rival); keyOf(err) != "remit.run_booked" {
		t.Errorf("a second run is approved: %v", err)
	}
	if _, err := b.freeze(2024, pool.Resident, ""); keyOf(err) != "remit.run_booked" {
		t.Errorf("a second run is frozen: %v", err)
	}
	if _, err := b.freeze(2025, pool.Resident, first); keyOf(err) != "remit.run_booked" {
		t.Errorf("a run corrects another year: %v", err)
	}
	for i := range b.facts.Statements {
		if s := &b.facts.Statements[i]; s.Insurance == pool.Resident && s.Year == 2024 && s.Division == "510100" {
			s.Income += 1_000_000_00
		}
	}
	d, _ := b.Desk(store.ScopeOf(sichuan)).Document(t.Context(), first)
	run, paper, err := b.Run(t.Context(), store.ScopeOf(sichuan), d)
	if err != nil {
		t.Fatal(err)
	}
	if proof, err := b.Prove(run, paper, b.facts); err != nil || !proof.Same || len(proof.Changed) != 1 || proof.Changed[0] != exchange.Statements {
		t.Errorf("changed figures: %+v, %v", proof, err)
	}
	second := b.signed(2024, pool.Resident, first)
	var up money.Fen
	for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(second)}) {
		if i.Kind == ledger.PriorUp && i.City() == "510100" {
			up += i.Amount
		}
		if i.Kind != ledger.PriorUp && i.Kind != ledger.PriorDown {
			t.Errorf("a correction moves %s", i.Kind)
		}
	}
	if up == 0 {
		t.Error("the city with more income pays nothing more")
	}
	if _, err := b.freeze(2024, pool.Resident, first); keyOf(err) != "remit.run_booked" {
		t.Errorf("one run is corrected twice: %v", err)
	}
	b.verify()
}

// Without books the last signature is refused, and nothing of the batch is there.
func TestSignatureNeedsBooks(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	id, err := b.freeze(2024, pool.Employee, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.sign(id); keyOf(err) != "ledger.book_unknown" {
		t.Errorf("signed without books: %v", err)
	}
	if d, err := b.Desk(store.ScopeOf(sichuan)).Document(t.Context(), id); err != nil || d.State != office.Waiting || len(b.items(store.ItemQuery{})) > 0 {
		t.Errorf("%s, %v", d.State, err)
	}
	b.books(pool.Employee, plenty, 0)
	if err := b.act(id, "approver", office.Sign); err != nil {
		t.Error(err)
	}
	b.verify()
}

// Two approve at once; the same form is sent twice; a page is stale: one effect, and a clear answer.
func TestOneEffect(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	id, err := b.freeze(2024, pool.Resident, "")
	if err != nil {
		t.Fatal(err)
	}
	for who, kind := range map[string]office.ActKind{"clerk": office.Submit} {
		if err := b.act(id, who, kind); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []string{"reviewer", "finance"} {
		if err := b.act(id, who, office.Sign); err != nil {
			t.Fatal(err)
		}
	}
	d, _ := b.Desk(store.ScopeOf(sichuan)).Document(t.Context(), id)
	results := make([]error, 2)
	people := []Who{b.who("approver-1"), b.who("approver-2")}
	var wg sync.WaitGroup
	for n := range people {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, results[n] = office.Approvals{Desk: b.Desk(store.ScopeOf(sichuan))}.Do(t.Context(), id, office.Act{Kind: office.Sign, By: people[n].Subject, At: b.at, Version: d.Version}, "")
		}()
	}
	wg.Wait()
	if (results[0] == nil) == (results[1] == nil) {
		t.Fatalf("two approve at once: %v", results)
	}
	for _, err := range results {
		if err != nil && keyOf(err) != "office.document.stale" {
			t.Error(err)
		}
	}
	var out ledger.Standing
	for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(id)}) {
		if i.Outgoing() {
			out = i
		}
	}
	b.arrive(id, "2026-04-01")
	b.until("2026-04-02")
	cashier := b.who("cashier")
	cashier.Key = "form-1"
	chosen := []Chosen{{out.ID, out.Version}}
	for range 2 {
		if err := b.Send(t.Context(), cashier, chosen, out.Open(), "ref", "2026-04-02"); err != nil {
			t.Errorf("the same form: %v", err)
		}
	}
	if err := b.Send(t.Context(), b.who("cashier"), chosen, out.Open(), "ref", "2026-04-02"); keyOf(err) != "remit.stale" {
		t.Errorf("a stale page: %v", err)
	}
	chosen[0].Version++
	if _, err := b.Book(t.Context(), b.who("cashier"), chosen); keyOf(err) != "office.refused.right" {
		t.Errorf("a cashier books: %v", err)
	}
	accountants := []Who{b.who("accountant-1"), b.who("accountant-2")}
	for n := range accountants {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, results[n] = b.Book(t.Context(), accountants[n], chosen)
		}()
	}
	wg.Wait()
	if (results[0] == nil) == (results[1] == nil) {
		t.Errorf("two book at once: %v", results)
	}
	for _, err := range results {
		if err != nil && keyOf(err) != "remit.stale" {
			t.Error(err)
		}
	}
	b.verify()
}

// What is refused changes nothing.
func TestRefused(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 0)
	id := b.signed(2024, pool.Resident, "")
	var in, out ledger.Standing
	for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(id)}) {
		if i.Outgoing() {
			out = i
		} else if i.Keeper() == sichuan {
			in = i
		}
	}
	cashier, accountant := b.who("cashier"), b.who("accountant")
	rows := "回单号,到账日期,险种,金额\nA1,2026-04-01,职工,5.00\nA2,2026-04-01,居民,5.00\n"
	if added, known, err := b.Import(t.Context(), cashier, exchange.Input{Name: "x.csv", Content: []byte(rows)}); err != nil || added != 2 || known != 0 {
		t.Fatal(added, known, err)
	}
	if added, known, err := b.Import(t.Context(), cashier, exchange.Input{Name: "x.csv", Content: []byte(rows)}); err != nil || added != 0 || known != 2 {
		t.Error(added, known, err)
	}
	share := func(receipt ledger.DocumentID, item ledger.Standing, amount money.Fen) []SeenShare {
		return []SeenShare{{ledger.Share{Receipt: receipt, Item: item.ID, Amount: amount}, 1, item.Version}}
	}
	b.until("2026-04-01")
	book := func(chosen []Chosen) error { _, err := b.Book(t.Context(), accountant, chosen); return err }
	accept := func(who Who, shares []SeenShare) error { _, err := b.Accept(t.Context(), who, shares); return err }
	cashier, accountant = b.who("cashier"), b.who("accountant")
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"future":      {b.Send(t.Context(), cashier, []Chosen{{out.ID, out.Version}}, out.Open(), "r", "2026-04-02"), "remit.pay_future"},
		"too early":   {b.Send(t.Context(), cashier, []Chosen{{out.ID, out.Version}}, out.Open(), "r", "2026-03-04"), "remit.pay_before"},
		"total":       {b.Send(t.Context(), cashier, []Chosen{{out.ID, out.Version}}, out.Open()+1, "r", "2026-04-01"), "remit.total"},
		"incoming":    {b.Send(t.Context(), cashier, []Chosen{{in.ID, in.Version}}, in.Open(), "r", "2026-04-01"), "ledger.send_incoming"},
		"no ref":      {b.Send(t.Context(), cashier, []Chosen{{out.ID, out.Version}}, out.Open(), "", "2026-04-01"), "ledger.send_ref"},
		"nothing":     {b.Send(t.Context(), cashier, nil, 0, "r", "2026-04-01"), "remit.none_chosen"},
		"unknown":     {b.Send(t.Context(), cashier, []Chosen{{"x", 1}}, 0, "r", "2026-04-01"), "remit.no_item"},
		"not sent":    {book([]Chosen{{out.ID, out.Version}}), "remit.not_sent"},
		"other fund":  {accept(accountant, share("A1", in, 500)), "remit.other_fund"},
		"too much":    {accept(accountant, share("A2", in, 501)), "remit.share"},
		"outgoing":    {accept(accountant, share("A2", out, 500)), "remit.outgoing"},
		"no receipt":  {accept(accountant, share("A9", in, 500)), "remit.no_receipt"},
		"no reason":   {b.Dispose(t.Context(), accountant, SeenReceipt{"A1", 1}, ledger.SentBack, ledger.Adjustment, " "), "remit.reason"},
		"wrong right": {accept(cashier, share("A2", in, 500)), "office.refused.right"},
		"number":      {b.Number(t.Context(), b.who("clerk"), ledger.DocumentID(id), "no star", 1), "remit.number_form"},
	} {
		if keyOf(c.err) != c.want {
			t.Errorf("%s: %v, want %s", name, c.err, c.want)
		}
	}
	if err := accept(accountant, share("A2", in, 500)); err != nil {
		t.Error(err)
	}
	if err := b.Number(t.Context(), b.who("clerk"), ledger.DocumentID(id), "No. *", 7); err != nil {
		t.Error(err)
	}
	if items := b.items(store.ItemQuery{Batch: ledger.DocumentID(id)}); items[0].Number != "No. 7" || items[1].Number != "No. 8" {
		t.Errorf("%q, %q", items[0].Number, items[1].Number)
	}
	b.verify()
}

func (b *bench) planned(o Order) office.DocumentID {
	b.t.Helper()
	o.Basis, o.Insurance = "synthetic", pool.Resident
	id, err := b.Plan(b.t.Context(), b.who("clerk"), o)
	if err == nil {
		err = b.sign(id)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// Advances of a year, paid in part, are cleared against the run, and what was not paid lapses.
func TestAdvances(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, plenty)
	plan := b.planned(Order{Kind: Advances, Year: 2024, Due: "2024-01-31", Lines: []OrderLine{{Division: "510300", Amount: 1_000_001}, {Division: "510100", Amount: 4_000_000}}})
	if got := b.items(store.ItemQuery{Batch: ledger.DocumentID(plan)}); len(got) != 8 || got[0].Due != "2024-01-31" || got[7].Due != "2024-10-31" {
		t.Fatalf("%+v", got)
	}
	if _, err := b.Plan(t.Context(), b.who("clerk"), Order{Kind: Advances, Year: 2024, Insurance: pool.Resident, Due: "2024-01-31", Basis: "x", Lines: []OrderLine{{Division: "510300", Amount: 1}}}); keyOf(err) != "store.batch_made" {
		t.Errorf("a second plan of the year: %v", err)
	}
	b.pay(plan, "q1", "2024-03-01")
	run := b.signed(2024, pool.Resident, "")
	for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(plan)}) {
		if want := map[bool]ledger.ItemState{true: ledger.ItemPaid, false: ledger.ItemLapsed}[i.Due == "2024-01-31"]; i.State() != want {
			t.Errorf("%s is %s", i.ID, i.State())
		}
	}
	d, _ := b.Desk(store.ScopeOf(sichuan)).Document(t.Context(), run)
	frozen, _, err := b.Run(t.Context(), store.ScopeOf(sichuan), d)
	if err != nil {
		t.Fatal(err)
	}
	var due money.Fen
	for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(run)}) {
		switch i.Kind {
		case ledger.Allocation:
			due += i.Amount
		case ledger.AdvanceReturn:
			due -= i.Amount
		}
	}
	if want := frozen.Result().Funds[0].Total().Received - 250_001 - 1_000_000; due != want {
		t.Errorf("still due %v, want %v", due, want)
	}
	if got := b.balance(ledger.AdjustmentBook(pool.Resident, sichuan), ledger.AdvancePaid); got != 0 && !b.returns(run) {
		t.Errorf("%v of advances is not cleared", got)
	}
	b.verify()
}

func (b *bench) returns(run office.DocumentID) bool {
	for _, i := range b.items(store.ItemQuery{Batch: ledger.DocumentID(run)}) {
		if i.Kind == ledger.AdvanceReturn {
			return true
		}
	}
	return false
}

// A month of off-site care is collected, passed on and taken off the province's book; deposits go up and down; a draw needs
// the reserve to hold it.
func TestOrders(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "SC38-4.8")
	b := newBench(t, t.TempDir())
	b.books(pool.Resident, plenty, 500_00)
	up := b.planned(Order{Kind: DepositUp, Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 900_00}}})
	b.arrive(up, "2026-03-10")
	down := b.planned(Order{Kind: DepositDown, Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510100", Amount: 900_00}}})
	b.pay(down, "down", "2026-12-31")
	draw := b.planned(Order{Kind: Draws, Fund: pool.Reserve, Cause: ForDisaster, Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 400_00}}})
	b.pay(draw, "draw", "2026-12-31")
	if got := b.balance(ledger.AdjustmentBook(pool.Resident, sichuan), ledger.ReservePaid); got != 400_00 {
		t.Errorf("drawn %v", got)
	}
	id, err := b.Plan(t.Context(), b.who("clerk"), Order{Kind: Draws, Fund: pool.Reserve, Cause: ForDisaster, Insurance: pool.Resident, Basis: "x", Year: 2026, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 200_00}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.sign(id); keyOf(err) != "ledger.reserve_overdrawn" {
		t.Errorf("more is approved than there is: %v", err)
	}
	if over := b.items(store.ItemQuery{Batch: ledger.DocumentID(id)}); len(over) > 0 {
		t.Errorf("a refused draw has %d payments", len(over))
	}
	for name, o := range map[string]Order{
		"no lines": {Kind: DepositUp, Due: "2026-03-31"}, "twice": {Kind: DepositUp, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 1}, {Division: "510300", Amount: 2}}},
		"elsewhere": {Kind: DepositUp, Due: "2026-03-31", Lines: []OrderLine{{Division: "530100", Amount: 1}}}, "no month": {Kind: Offsite, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Place: "510100", Amount: 1}}},
		"no day": {Kind: DepositUp, Lines: []OrderLine{{Division: "510300", Amount: 1}}}, "no kind": {Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 1}}},
		"no level": {Kind: Subsidy, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Amount: 1}}}, "a county": {Kind: Subsidy, Due: "2026-03-31", Lines: []OrderLine{{Division: "510302", Level: ledger.Central, Amount: 1}}},
		"a level of nothing": {Kind: DepositUp, Due: "2026-03-31", Lines: []OrderLine{{Division: "510300", Level: ledger.Central, Amount: 1}}},
	} {
		o.Basis, o.Insurance, o.Year = "x", pool.Resident, 2026
		if _, err := b.Plan(t.Context(), b.who("clerk"), o); err == nil {
			t.Errorf("%s is planned", name)
		}
	}
	b.verify()
}

// A city orders the subsidies it is owed and nothing else; the province those of any of its areas.
func TestWhoOrdersSubsidies(t *testing.T) {
	t.Attr("clause", "SC38-10.2")
	t.Attr("clause", "SC38-1.1")
	b := newBench(t, t.TempDir())
	own, other := []OrderLine{{Division: "510300", Level: ledger.CountyTier, Amount: 5}}, []OrderLine{{Division: "510100", Level: ledger.Central, Amount: 5}}
	for _, c := range []struct {
		by    region.Code
		kind  OrderKind
		lines []OrderLine
		want  bool
	}{{"510300", Subsidy, own, true}, {"510300", Subsidy, other, false}, {"510000", Subsidy, other, true}, {"510300", DepositUp, []OrderLine{{Division: "510300", Amount: 5}}, false}} {
		who := b.who("clerk")
		who.Division = c.by
		_, err := b.Plan(t.Context(), who, Order{Kind: c.kind, Year: 2026, Insurance: pool.Resident, Due: "2026-03-31", Basis: "x", Lines: c.lines})
		if (err == nil) != c.want {
			t.Errorf("%s of %s: %v", c.kind, c.by, err)
		}
	}
}

// Every approved run is booked exactly once and both sides of every book agree, whoever does what in whatever order.
func TestAnyOrder(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	b := newBench(t, t.TempDir())
	for _, i := range pool.Insurances() {
		b.books(i, plenty, 0)
	}
	var runs []office.DocumentID
	rapid.Check(t, func(rt *rapid.T) { // one store for all: what holds must hold at its end
		for range 3 {
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0:
				i := rapid.SampledFrom(pool.Insurances()).Draw(rt, "insurance")
				if id, err := b.freeze(2024, i, ""); err == nil && b.sign(id) == nil {
					runs = append(runs, id)
				}
			case 1, 2:
				items := b.items(store.ItemQuery{})
				if len(items) == 0 {
					continue
				}
				x := rapid.SampledFrom(items).Draw(rt, "item")
				_ = b.Send(t.Context(), b.who("cashier"), []Chosen{{x.ID, x.Version}}, x.Open(), "r", b.today())
				_, _ = b.Book(t.Context(), b.who("accountant"), []Chosen{{x.ID, x.Version + 1}})
			case 3:
				if len(runs) > 0 {
					_ = b.act(rapid.SampledFrom(runs).Draw(rt, "run"), "approver", office.Sign)
				}
			}
		}
	})
	batches, err := b.Store.Batches(t.Context(), store.ScopeOf(sichuan))
	if err != nil || len(batches) != len(runs) || len(runs) > 2 {
		t.Errorf("%d runs, %d batches, %v", len(runs), len(batches), err)
	}
	b.verify()
}

// Clerks who plan at once each get a document of their own; none is sent away for another's.
func TestManyPlanAtOnce(t *testing.T) {
	b := newBench(t, t.TempDir())
	const clerks = 16
	ids, wrong := make([]office.DocumentID, clerks), make([]error, clerks)
	var wg sync.WaitGroup
	for n := range clerks {
		who := b.who("clerk")
		wg.Add(1)
		go func() {
			defer wg.Done()
			ids[n], wrong[n] = b.Plan(t.Context(), who, Order{Kind: DepositUp, Year: 2026, Insurance: pool.Resident, Due: "2026-03-31", Basis: "x", Lines: []OrderLine{{Division: "510300", Amount: money.Fen(n + 1)}}})
		}()
	}
	wg.Wait()
	seen := map[office.DocumentID]bool{}
	for n, id := range ids {
		if wrong[n] != nil || seen[id] {
			t.Errorf("%s: %v", id, wrong[n])
		}
		seen[id] = true
	}
}
