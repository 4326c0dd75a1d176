// Package storetest is what the relational store must do on every engine. No program imports it.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

const (
	province = region.Code("510000")
	city     = region.Code("510100")
	other    = region.Code("510300")
)

// Run runs the suite on an empty database.
func Run(t *testing.T, address string) {
	options := store.Options{PersonKey: filepath.Join(t.TempDir(), "person.key")}
	s, err := store.Open(t.Context(), address, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	t.Run("books", func(t *testing.T) { books(t, s) })
	t.Run("refused vouchers", func(t *testing.T) { refusedVouchers(t, s) })
	t.Run("periods", func(t *testing.T) { periods(t, s) })
	t.Run("look at books", func(t *testing.T) { lookAtBooks(t, s) })
	t.Run("books elsewhere", func(t *testing.T) { booksElsewhere(t, s) })
	t.Run("many at once", func(t *testing.T) { manyAtOnce(t, s, address) })
	t.Run("changed elsewhere", func(t *testing.T) { changedElsewhere(t, address) })
	t.Run("changed elsewhere, in company", func(t *testing.T) { changedInCompany(t, address) })
	t.Run("documents", func(t *testing.T) { documents(t, s) })
	t.Run("documents elsewhere", func(t *testing.T) { documentsElsewhere(t, s) })
	t.Run("two at once", func(t *testing.T) { twoAtOnce(t, s) })
	t.Run("papers", func(t *testing.T) { papers(t, s) })
	t.Run("receipts", func(t *testing.T) { receipts(t, s) })
	t.Run("effects", func(t *testing.T) { effects(t, s) })
	t.Run("drafts", func(t *testing.T) { drafts(t, s) })
	t.Run("budget sheets", func(t *testing.T) { sheets(t, s) })
	t.Run("accounts", func(t *testing.T) { accounts(t, s) })
	t.Run("persons", func(t *testing.T) { persons(t, s) })
	t.Run("looking", func(t *testing.T) { looking(t, s) })
	t.Run("standards", func(t *testing.T) { standards(t, s) })
	t.Run("targets", func(t *testing.T) { targets(t, s) })
	t.Run("benefit papers", func(t *testing.T) { benefitPapers(t, s) })
	t.Run("backup", func(t *testing.T) { backup(t, s, options) })
	t.Run("rosters", func(t *testing.T) { rosters(t, s) })
	t.Run("reports", func(t *testing.T) { reports(t, s) })
	t.Run("chains", func(t *testing.T) { chains(t, s) })
	t.Run("publications", func(t *testing.T) { publications(t, s) })
	t.Run("insured", func(t *testing.T) { insured(t, s) })
	t.Run("settlements", func(t *testing.T) { settlements(t, s) })
	t.Run("closings", func(t *testing.T) { closings(t, s) })
	t.Run("grants", func(t *testing.T) { grants(t, s) })
	t.Run("acting", func(t *testing.T) { acting(t, s) })
	t.Run("objections", func(t *testing.T) { objections(t, s) })
	t.Run("allocated to all", func(t *testing.T) { allocatedToAll(t, s) })
	t.Run("personal accounts", func(t *testing.T) { personalAccounts(t, s) })
	t.Run("registrations", func(t *testing.T) { registrations(t, s) })
	t.Run("batches", func(t *testing.T) { batches(t, s) })
}

// Act is an act of somebody on a division.
func Act(division region.Code) store.Act {
	return store.Act{Record: office.Record{Chain: division, Who: "u1", Department: office.MedicalSecurity, Action: "test"}, Scope: store.ScopeOf(division)}
}

// Voucher is a receipt of an amount into the fiscal account of a book.
func Voucher(book ledger.Book, key string, fen money.Fen) ledger.Voucher {
	return ledger.Voucher{Book: book, Date: "2026-03-05", Kind: ledger.Ordinary, Summary: ledger.Summary{Text: "synthetic"}, Key: ledger.Key(key),
		Source: ledger.Source{Kind: ledger.FromReceipt, ID: ledger.DocumentID(key)}, Maker: "p1", Reviewer: "p2",
		Postings: []ledger.Posting{
			{Account: ledger.FiscalAccount, Side: ledger.Debit, Amount: fen},
			{Account: ledger.Subsidies, Dimensions: ledger.Dimensions{Level: ledger.Central}, Side: ledger.Credit, Amount: fen},
		}}
}

// Chart is the standard chart.
func Chart(t testing.TB) *ledger.Chart {
	t.Helper()
	chart, err := ledger.Standard()
	if err != nil {
		t.Fatal(err)
	}
	return chart
}

// OpenBook opens the book of a pooling area in January 2026.
func OpenBook(t testing.TB, s *store.Store, insurance pool.Insurance, division region.Code) ledger.Book {
	t.Helper()
	state, err := ledger.NewState(Chart(t), ledger.AreaBook(insurance, division), ledger.Rules{}, 2026, time.January)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Books(Act(division), Chart(t)).Open(context.Background(), state); err != nil {
		t.Fatal(err)
	}
	return state.Book
}

func service(t testing.TB, s *store.Store, act store.Act) ledger.Service {
	return ledger.Service{Chart: Chart(t), Store: s.Books(act, Chart(t))}
}

// Replays checks that a book stands where its vouchers, posted again from nothing, bring it.
func Replays(t testing.TB, s *store.Store, book ledger.Book, year policy.Year, vouchers int) {
	t.Helper()
	kept := s.Books(Act(book.Division), Chart(t))
	whole, err := kept.Whole(context.Background(), book, year)
	if err != nil {
		t.Fatal(err)
	}
	posted, err := kept.Posted(context.Background(), book, ledger.Whole(year))
	if err != nil || len(posted) != vouchers {
		t.Fatalf("%d vouchers of %d: %v", len(posted), vouchers, err)
	}
	again, err := ledger.Replay(whole, posted)
	if err != nil {
		t.Fatal(err)
	}
	if d := ledger.Compare(whole, again); len(d) > 0 {
		t.Errorf("%s: lines differ from what was posted: %+v", book, d)
	}
	if err := whole.Balanced(); err != nil {
		t.Error(err)
	}
}

func key(err error) string {
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

// Verified checks every chain of the store from end to end, with the heads it names itself.
func Verified(t testing.TB, s *store.Store) {
	t.Helper()
	heads, err := s.Heads(context.Background(), store.ScopeOf(province))
	if err != nil {
		t.Fatal(err)
	}
	if err := office.Verify(s.Entries(context.Background(), store.ScopeOf(province)), heads...); err != nil {
		t.Error(err)
	}
}

func chains(t *testing.T, s *store.Store) {
	t.Attr("clause", "YA-4.10.2")
	for _, want := range []bool{true, false} {
		n, err := s.AnchorAll(t.Context(), province, "system")
		if err != nil || (n > 0) != want {
			t.Errorf("%d anchors, %v", n, err)
		}
	}
	Verified(t, s)
	heads, err := s.Heads(t.Context(), store.ScopeOf(city))
	if err != nil || len(heads) != 3 || heads[0].Chain != city || heads[1].Chain != county || heads[2].Chain != neighbour {
		t.Errorf("a city's heads: %v, %v", heads, err)
	}
	for e, err := range s.Entries(t.Context(), store.ScopeOf(other)) {
		if err != nil || e.Chain != other {
			t.Fatalf("%+v, %v", e, err)
		}
	}
}
