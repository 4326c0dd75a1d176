package remit

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Import (导入回单) keeps a bank's or the treasury's statement: the rows that are new. It is a cashier's to bring; another
// person books what comes of it.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Service) Import(ctx context.Context, who Who, in exchange.Input) (added, known int, err error) {
	if err := who.may(office.Pay); err != nil {
		return 0, 0, err
	}
	rows, err := exchange.ReadBankRows(in)
	if err != nil {
		return 0, 0, err
	}
	kept := make([]store.BankRow, len(rows))
	for i, r := range rows {
		if r.Division != "" && r.Division.Province() != who.Division.Province() {
			return 0, 0, fault.Refuse(fault.Problem{File: in.Name, Row: r.Place.Row, Column: "division", Value: string(r.Division), Message: fault.Msg("remit.place")})
		}
		kept[i] = store.BankRow{BankReceipt: ledger.BankReceipt{ID: ledger.DocumentID(r.ID), Date: r.Date, Amount: r.Amount, Payer: payerKey(r.Insurance, r.Division), Note: r.Note},
			Division: who.Division, Insurance: r.Insurance, PayerName: r.Payer, Synthetic: r.Synthetic, BroughtBy: ledger.Person(who.ID), Version: 1}
	}
	act := who.act("remit.import", office.Object{Kind: "bank_rows", ID: in.Name}, in.Content, office.Field{Name: "rows", Value: strconv.Itoa(len(kept))},
		office.Field{Name: "digest", Value: office.DigestOf(in.Content).String()})
	receipt, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		n, err := tx.KeepReceipts(kept)
		tx.Answer([]byte(strconv.Itoa(n)))
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	added, err = strconv.Atoi(string(receipt.Answer))
	return added, len(kept) - added, err
}

// Reconciled (对账结果) is what the receipts that are open and the payments that are waited for come to, with both.
type Reconciled struct {
	ledger.Reconciliation
	Receipts map[ledger.DocumentID]store.BankRow
	Items    map[ledger.ItemID]ledger.Standing
}

// Reconcile (对账) matches the receipts of an office that are open with the payments it waits for. Nothing is changed: a
// person accepts what is right.
//
// 依据: SC38-4.5
func (s Service) Reconcile(ctx context.Context, division region.Code, asOf policy.Date) (Reconciled, error) {
	out := Reconciled{Receipts: map[ledger.DocumentID]store.BankRow{}, Items: map[ledger.ItemID]ledger.Standing{}}
	rows, err := s.Store.Receipts(ctx, office.Scope{Division: division, Reach: office.Own})
	if err != nil {
		return out, err
	}
	items, err := s.Store.Items(ctx, store.ScopeOf(division), store.ItemQuery{})
	if err != nil {
		return out, err
	}
	var receipts []ledger.BankReceipt
	for _, r := range rows {
		out.Receipts[r.ID] = r
		if open := r.BankReceipt; r.Left() > 0 {
			open.Amount = r.Left()
			receipts = append(receipts, open)
		}
	}
	var expected []ledger.Expected
	for _, i := range items {
		out.Items[i.ID] = i
		if i.Keeper() == division && !i.Outgoing() && i.Open() > 0 {
			expected = append(expected, ledger.Expected{ID: i.ID, Payer: payerKey(i.Insurance, i.Payer.Division), Amount: i.Open(), Due: i.Due})
		}
	}
	out.Reconciliation, err = ledger.Reconcile(receipts, expected, asOf)
	return out, err
}

// SeenShare (勾对确认) is how much of a receipt pays how much of a payment, with both as somebody had them before him.
type SeenShare struct {
	ledger.Share
	ReceiptVersion, ItemVersion int64
}

// Accept (确认勾对) books what receipts paid, in the books of both sides: proposals as they are, or what a person matched by
// hand. The accountant makes the vouchers; who brought the receipts is the second name on them. It tells how many were booked
// later than on the bank's day, whose month is closed.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Service) Accept(ctx context.Context, who Who, shares []SeenShare) (late int, err error) {
	if err := who.may(office.Reconcile); err != nil {
		return 0, err
	}
	if len(shares) == 0 {
		return 0, fault.New(fault.Refused, "remit.none_chosen")
	}
	var sent strings.Builder
	for _, x := range shares {
		fmt.Fprintf(&sent, "%s %d %s %d %d\n", x.Receipt, x.ReceiptVersion, x.Item, x.ItemVersion, x.Amount)
	}
	act := who.act("remit.accept", office.Object{Kind: "receipt"}, []byte(sent.String()))
	receipt, err := s.Store.Write(ctx, act, func(tx *store.Tx) error { return s.accept(tx, who, shares) })
	return lateOf(receipt), stale(err)
}

func (s Service) accept(tx *store.Tx, who Who, shares []SeenShare) error {
	a, c := acceptance{tx: tx, who: who, steps: map[string]int64{}}, arrivals{Service: s, tx: tx}
	for _, x := range shares {
		item, row, err := a.pair(x)
		if err != nil {
			return err
		}
		h, before, identified := who.hands(row), row, row.Suspended > 0
		if identified {
			if row.Book != item.Payee.Book {
				return fault.New(fault.Refused, "remit.suspense_book", "receipt", string(row.ID), "book", row.Book.Name(), "payee", item.Payee.Name())
			}
			row.Suspended -= x.Amount
			h.Date = who.Day()
		}
		if err := c.receive(item, h, x.Share, identified); err != nil {
			return err
		}
		row.Used += x.Amount
		row.Version++
		if err := tx.SaveReceipt(row); err != nil {
			return err
		}
		c.trail.row(before, row)
	}
	return c.finish(office.Object{Kind: "receipt", ID: string(shares[0].Receipt)})
}

// acceptance checks one share after the other; steps count how often a receipt or payment changed in it already.
type acceptance struct {
	tx    *store.Tx
	who   Who
	steps map[string]int64
}

func (a acceptance) pair(x SeenShare) (ledger.Standing, store.BankRow, error) {
	itemKey, rowKey := "i"+string(x.Item), "r"+string(x.Receipt)
	item, err := one(a.tx, Chosen{x.Item, x.ItemVersion + a.steps[itemKey]}, a.who.Division)
	if err != nil {
		return item, store.BankRow{}, err
	}
	rows, err := a.tx.Receipts(a.who.Division, x.Receipt)
	switch {
	case err != nil:
		return item, store.BankRow{}, err
	case len(rows) != 1 || x.Receipt == "":
		return item, store.BankRow{}, fault.New(fault.Refused, "remit.no_receipt", "id", string(x.Receipt))
	case rows[0].Version != x.ReceiptVersion+a.steps[rowKey]:
		return item, rows[0], fault.New(fault.Refused, "remit.stale")
	case item.Outgoing():
		return item, rows[0], fault.New(fault.Refused, "remit.outgoing", "id", string(item.ID))
	case rows[0].Insurance != item.Insurance:
		return item, rows[0], fault.New(fault.Refused, "remit.other_fund", "receipt", string(x.Receipt), "id", string(item.ID), "clause", "SC38-4.5")
	case x.Amount <= 0 || x.Amount > rows[0].Left() || x.Amount > item.Open():
		return item, rows[0], fault.New(fault.Refused, "remit.share", "amount", x.Amount, "left", rows[0].Left(), "open", item.Open())
	}
	a.steps[itemKey]++
	a.steps[rowKey]++
	return item, rows[0], nil
}
