package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// write does something as an act on a division.
func write(t *testing.T, s *store.Store, division region.Code, do func(*store.Tx) error) error {
	t.Helper()
	_, err := s.Write(t.Context(), Act(division), do)
	return err
}

func papers(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-11.3")
	paper := store.Paper{Division: city, Kind: "synthetic", Content: []byte("what is signed")}
	for range 2 {
		if err := write(t, s, city, func(tx *store.Tx) error {
			_, err := tx.KeepPaper(paper)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	digest := office.DigestOf(paper.Content)
	got, err := s.Paper(t.Context(), store.ScopeOf(province), digest)
	if err != nil || got.Kind != paper.Kind || string(got.Content) != string(paper.Content) || got.Division != city {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.Paper(t.Context(), store.ScopeOf(other), digest); key(err) != "store.no_paper" {
		t.Errorf("another city reads it: %v", err)
	}
	if err := write(t, s, other, func(tx *store.Tx) error {
		_, err := tx.KeepPaper(paper)
		return err
	}); key(err) != "store.scope" {
		t.Errorf("another city writes it: %v", err)
	}
}

// made is a batch of a year with a payment from and one to a city.
func made(id ledger.DocumentID, year policy.Year) (store.Batch, []ledger.Standing) {
	b := store.Batch{ID: id, Division: province, Kind: "run", Insurance: pool.Resident, Year: year, Subject: "synthetic " + string(rune(year)), Paper: office.DigestOf([]byte(id)), MadeAt: day}
	var items []ledger.Standing
	for _, kind := range []ledger.ItemKind{ledger.Collection, ledger.Allocation} {
		item := ledger.Item{ID: ledger.ItemID(id) + "/" + ledger.ItemID(kind), Kind: kind, Year: year, Insurance: pool.Resident, Amount: 500, Due: "2026-05-01",
			Payer: ledger.PartyOf(ledger.AreaBook(pool.Resident, city)), Payee: ledger.PartyOf(ledger.AdjustmentBook(pool.Resident, province)),
			Source: ledger.Source{Kind: ledger.FromRun, ID: id}}
		if kind == ledger.Allocation {
			item.Payer, item.Payee = item.Payee, item.Payer
		}
		items = append(items, ledger.Standing{Item: item, Batch: id, Version: 1})
	}
	return b, items
}

func batches(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-4.5")
	b, items := made("m1", 2031)
	if err := write(t, s, province, func(tx *store.Tx) error { return tx.KeepBatch(b, items) }); err != nil {
		t.Fatal(err)
	}
	second, more := made("m2", 2031)
	if err := write(t, s, province, func(tx *store.Tx) error { return tx.KeepBatch(second, more) }); key(err) != "store.batch_made" {
		t.Errorf("a second batch of one year: %v", err)
	}
	if err := write(t, s, city, func(tx *store.Tx) error { return tx.KeepBatch(second, more) }); key(err) != "store.scope" {
		t.Errorf("a city makes a batch of the province: %v", err)
	}
	kept, err := s.Batches(t.Context(), store.ScopeOf(province))
	if err != nil || len(kept) != 1 || kept[0] != b {
		t.Errorf("%+v, %v, want %+v", kept, err, b)
	}
	for division, want := range map[region.Code]int{province: 2, city: 2, other: 0, "530000": 0} {
		got, err := s.Items(t.Context(), store.ScopeOf(division), store.ItemQuery{Batch: "m1", Year: 2031, Insurance: pool.Resident})
		if err != nil || len(got) != want {
			t.Errorf("%s sees %+v, %v", division, got, err)
		}
		if want == 2 && (got[0] != items[1] || got[1] != items[0]) {
			t.Errorf("%+v, want %+v", got, items)
		}
	}
	sent, err := items[1].Send(ledger.Sending{By: "p1", On: "2026-04-01", Ref: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []error{nil, office.ErrStale} {
		if err := write(t, s, province, func(tx *store.Tx) error { return tx.SaveItem(sent) }); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	payment := store.Payment{Share: ledger.Share{Receipt: "r1", Item: sent.ID, Amount: 500}, Division: city, Date: "2026-04-01", Maker: "p2", Reviewer: "p1"}
	for _, want := range []error{nil, office.ErrStale} {
		if err := write(t, s, province, func(tx *store.Tx) error { return tx.KeepPayment(payment) }); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if got, err := s.Payments(t.Context(), store.ScopeOf(city), "m1"); err != nil || len(got) != 1 || got[0] != payment {
		t.Errorf("%+v, %v", got, err)
	}
	takenBack(t, s, payment)
	for _, open := range []bool{true, false} {
		if err := write(t, s, province, func(tx *store.Tx) error { return tx.FinishBatch("m1") }); err != nil {
			t.Fatal(err)
		}
		if kept, err := s.Batches(t.Context(), store.ScopeOf(province)); err != nil || kept[0].Finished == open {
			t.Errorf("%+v, %v", kept, err)
		}
		if !open {
			break
		}
		for _, i := range items {
			i.Paid, i.Version = i.Amount, 2
			if i.ID == sent.ID {
				i.Version = 3
			}
			if err := write(t, s, city, func(tx *store.Tx) error { return tx.SaveItem(i) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.Verify(t.Context(), Chart(t)); key(err) != "store.verify_batch" {
		t.Errorf("a batch that nobody approved is not found: %v", err)
	}
}

// takenBack asks for a payment to be taken back and does it, once; the same receipt pays again.
func takenBack(t *testing.T, s *store.Store, p store.Payment) {
	t.Attr("clause", "YA-4.10.3")
	asked, done, again := p, p, p
	asked.AskedBy, asked.Reason = "p2", "the wrong one"
	done.AskedBy, done.Reason, done.UndoneBy, done.UndoneOn = "p2", "the wrong one", "p3", "2026-04-02"
	again.Seq = 1
	for _, step := range []struct {
		do   func(*store.Tx) error
		want error
	}{
		{func(tx *store.Tx) error { return tx.SavePayment(asked, "") }, nil},
		{func(tx *store.Tx) error { return tx.SavePayment(asked, "") }, office.ErrStale},
		{func(tx *store.Tx) error { return tx.SavePayment(done, "p2") }, nil},
		{func(tx *store.Tx) error { return tx.SavePayment(done, "p2") }, office.ErrStale},
		{func(tx *store.Tx) error { return tx.KeepPayment(again) }, nil},
	} {
		if err := write(t, s, province, step.do); !errors.Is(err, step.want) {
			t.Errorf("%v, want %v", err, step.want)
		}
	}
	err := write(t, s, city, func(tx *store.Tx) error {
		got, err := tx.PaymentsOf(p.Item)
		if len(got) != 2 || got[0] != done || got[1] != again {
			t.Errorf("%+v", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func receipts(t *testing.T, s *store.Store) {
	row := store.BankRow{BankReceipt: ledger.BankReceipt{ID: "b1", Date: "2026-04-02", Amount: 700, Payer: "510100", Note: "note"}, Division: city,
		Insurance: pool.Employee, PayerName: "synthetic", Synthetic: true, BroughtBy: "p1", Version: 1}
	for i, want := range []int{1, 0} {
		if err := write(t, s, city, func(tx *store.Tx) error {
			n, err := tx.KeepReceipts([]store.BankRow{row})
			if err == nil && n != want {
				t.Errorf("time %d: %d rows added", i, n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	changed := row
	changed.Amount++
	if err := write(t, s, city, func(tx *store.Tx) error {
		_, err := tx.KeepReceipts([]store.BankRow{changed})
		return err
	}); key(err) != "store.receipt_differs" {
		t.Errorf("another row of the same id: %v", err)
	}
	used := row
	used.Used, used.Version = 300, 2
	for _, want := range []error{nil, office.ErrStale} {
		if err := write(t, s, city, func(tx *store.Tx) error { return tx.SaveReceipt(used) }); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if got, err := s.Receipts(t.Context(), store.ScopeOf(province)); err != nil || len(got) != 1 || got[0] != used || got[0].Left() != 400 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.Receipts(t.Context(), store.ScopeOf(other)); err != nil || len(got) != 0 {
		t.Errorf("another city sees %+v, %v", got, err)
	}
	book, account := ledger.AreaBook(pool.Employee, city), store.BookAccount{BankAccount: ledger.BankAccount{Name: "synthetic", Number: "0", Bank: "none"}, ConfirmedBy: "p1", Next: ledger.BankAccount{Name: "other", Number: "1", Bank: "some"}, NextBy: "p2"}
	for range 2 {
		if err := write(t, s, city, func(tx *store.Tx) error {
			if err := tx.SaveBankAccount(book, account); err != nil {
				return err
			}
			kept, err := tx.BankAccount(book)
			if kept != account {
				t.Errorf("%+v", kept)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.BankAccounts(t.Context(), store.ScopeOf(city)); err != nil || len(got) != 1 || got[book] != account {
		t.Errorf("%+v, %v", got, err)
	}
}

// What follows from an approval is kept with the last signature or not at all, and once however many sign at the same time.
func effects(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-11.3")
	d := submitted(t, s, "d9", city)
	sign := func(id string, department office.Department, role office.Role, version office.Version, follow store.Effects) error {
		desk := s.Desk(store.ScopeOf(city)).With(follow)
		_, err := (office.Approvals{Desk: desk}).Do(t.Context(), "d9", office.Act{Kind: office.Sign, By: person(id, city, department, role), At: day.Add(time.Hour), Version: version}, "")
		return err
	}
	fail := errors.New("cannot be booked")
	never := func(*store.Tx, office.Document) error { return fail }
	if err := sign("reviewer", office.MedicalSecurity, office.Reviewer, d.Version, never); err != nil {
		t.Fatal(err)
	}
	if err := sign("approver", office.Finance, office.Approver, d.Version+1, never); !errors.Is(err, fail) {
		t.Fatal(err)
	}
	now, err := s.Desk(store.ScopeOf(city)).Document(t.Context(), "d9")
	if err != nil || now.State != office.Waiting || now.Version != d.Version+1 {
		t.Errorf("%+v, %v", now, err)
	}
	follow := func(tx *store.Tx, d office.Document) error {
		_, err := tx.KeepPaper(store.Paper{Division: city, Kind: "effect", Content: []byte(d.ID)})
		return err
	}
	results := make([]error, 2)
	var wg sync.WaitGroup
	for i, who := range []string{"first", "second"} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			results[i] = sign(who, office.Finance, office.Approver, d.Version+1, follow)
		}()
	}
	wg.Wait()
	if (results[0] == nil) == (results[1] == nil) {
		t.Errorf("two approve at once: %v", results)
	}
	for _, err := range results {
		if err != nil && key(err) != "office.document.stale" {
			t.Error(err)
		}
	}
	if _, err := s.Paper(t.Context(), store.ScopeOf(city), office.DigestOf([]byte("d9"))); err != nil {
		t.Error(err)
	}
	found, err := s.Desk(store.ScopeOf(city)).OfKinds(t.Context(), office.Performance, office.PaymentOrder)
	if err != nil || len(found) == 0 || found[len(found)-1].ID != "d9" {
		t.Errorf("%+v, %v", found, err)
	}
}
