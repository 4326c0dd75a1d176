package remit

import (
	"context"
	"fmt"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// Opening (建账) is a book to be opened with what lies on its fiscal account, in fen: a city's retained surplus, or the
// adjustment fund with what is set aside in it.
type Opening struct {
	Book     ledger.Book
	Balance  money.Fen
	SetAside money.Fen // of the balance, the risk reserve
}

// Open (建账) opens books in a month. A book that is there already is refused, and then none is opened.
//
// 依据: SC38-4.5, SC38-4.6
func (s Service) Open(ctx context.Context, who Who, books []Opening, year policy.Year, month time.Month, reviewer ledger.Person) error {
	if err := who.may(office.PostBooks); err != nil {
		return err
	}
	day, _ := policy.MonthDays(year, month)
	object := office.Object{Kind: "books", ID: string(who.Division)}
	_, err := s.Store.Write(ctx, who.act("book.open", object, nil), func(tx *store.Tx) error {
		var t trail
		for _, b := range books {
			state, err := ledger.NewState(s.Chart, b.Book, ledger.Rules{}, year, month)
			if err != nil {
				return err
			}
			if err := tx.OpenBook(state); err != nil {
				return err
			}
			t.after = append(t.after, office.Field{Name: "book " + b.Book.String(), Value: fmt.Sprintf("balance=%s set_aside=%s", b.Balance, b.SetAside)})
			if b.Balance == 0 {
				continue
			}
			if b.Balance < 0 || b.SetAside < 0 || b.SetAside > b.Balance {
				return fault.New(fault.Refused, "remit.opening", "book", b.Book.Name(), "balance", b.Balance)
			}
			if err := s.post(tx, []ledger.Voucher{b.voucher(day, ledger.Person(who.ID), reviewer)}); err != nil {
				return err
			}
		}
		t.told(tx, object)
		return nil
	})
	return err
}

func (b Opening) voucher(day policy.Date, maker, reviewer ledger.Person) ledger.Voucher {
	v := ledger.Voucher{Book: b.Book, Date: day, Kind: ledger.Opening, Key: ledger.Key("opening/" + b.Book.String()), Maker: maker, Reviewer: reviewer,
		Summary: ledger.Summary{Key: "ledger.summary.opening", Year: policy.Year(0), Insurance: b.Book.Insurance, Division: b.Book.Division},
		Source:  ledger.Source{Kind: ledger.FromDocument, ID: ledger.DocumentID("opening/" + b.Book.String())}}
	line := func(account ledger.Code, side ledger.Side, amount money.Fen) {
		if amount != 0 {
			v.Postings = append(v.Postings, ledger.Posting{Account: account, Side: side, Amount: amount})
		}
	}
	surplus := ledger.RetainedSurplus
	if b.Book.Kind == ledger.Adjustment {
		surplus = ledger.AdjustmentFund
	}
	line(ledger.FiscalAccount, ledger.Debit, b.Balance)
	line(surplus, ledger.Credit, b.Balance-b.SetAside)
	line(ledger.RiskReserve, ledger.Credit, b.SetAside)
	return v
}
