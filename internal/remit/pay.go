package remit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Chosen (所选款项) is a payment as somebody had it before him.
type Chosen struct {
	ID      ledger.ItemID
	Version int64
}

func digestOfChosen(what string, chosen []Chosen, more ...string) []byte {
	var b strings.Builder
	b.WriteString(what)
	for _, c := range chosen {
		fmt.Fprintf(&b, "\n%s %d", c.ID, c.Version)
	}
	for _, m := range more {
		b.WriteString("\n" + m)
	}
	return []byte(b.String())
}

// fields say in the audit chain which payments were acted on.
func fields(chosen []Chosen, total money.Fen) []office.Field {
	ids := make([]string, len(chosen))
	for i, c := range chosen {
		ids[i] = string(c.ID)
	}
	return []office.Field{{Name: "count", Value: strconv.Itoa(len(chosen))}, {Name: "total", Value: total.String()}, {Name: "items", Value: strings.Join(ids, " ")}}
}

// take gives the payments that were chosen, as they are within the write; one that has changed since is refused, and one
// that another office keeps.
func take(tx *store.Tx, chosen []Chosen, keeper region.Code) ([]ledger.Standing, error) {
	if len(chosen) == 0 {
		return nil, fault.New(fault.Refused, "remit.none_chosen")
	}
	var out []ledger.Standing
	seen := map[ledger.ItemID]bool{}
	for _, c := range chosen {
		item, err := one(tx, c, keeper)
		if err != nil {
			return nil, err
		}
		if seen[c.ID] {
			return nil, fault.New(fault.Refused, "remit.stale")
		}
		seen[c.ID] = true
		out = append(out, item)
	}
	return out, nil
}

func one(tx *store.Tx, c Chosen, keeper region.Code) (ledger.Standing, error) {
	items, err := tx.Items(store.ItemQuery{ID: c.ID})
	switch {
	case err != nil:
		return ledger.Standing{}, err
	case c.ID == "" || len(items) != 1:
		return ledger.Standing{}, fault.New(fault.Refused, "remit.no_item", "id", string(c.ID))
	case items[0].Keeper() != keeper:
		return ledger.Standing{}, fault.New(fault.Refused, "remit.other_keeper", "id", string(c.ID), "division", items[0].Keeper())
	case items[0].Version != c.Version:
		return ledger.Standing{}, fault.New(fault.Refused, "remit.stale")
	}
	return items[0], nil
}

// Send (登记付款) writes down that a cashier paid what is open of the payments, with the bank's reference and the day. He
// repeats the total, which must be theirs.
//
// 依据: SC38-4.5, SC38-11.3
func (s Service) Send(ctx context.Context, who Who, chosen []Chosen, total money.Fen, ref ledger.DocumentID, on policy.Date) error {
	if err := who.may(office.Pay); err != nil {
		return err
	}
	if err := s.apart(ctx, who, chosen, signed); err != nil {
		return err
	}
	act := who.act("remit.send", office.Object{Kind: "payment", ID: string(ref)}, digestOfChosen("send", chosen, total.String(), string(ref), string(on)), fields(chosen, total)...)
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		items, err := take(tx, chosen, who.Division)
		if err != nil {
			return err
		}
		var sum money.Fen
		for _, item := range items {
			sum += item.Open()
			if item, err = item.Send(ledger.Sending{By: ledger.Person(who.ID), On: on, Ref: ref}); err != nil {
				return err
			}
			if err := tx.SaveItem(item); err != nil {
				return err
			}
		}
		if sum != total {
			return fault.New(fault.Refused, "remit.total", "sum", sum, "total", total, "count", len(items))
		}
		return nil
	})
	return stale(err)
}

// Unsend (撤销付款登记) takes back what was written down as paid and is not booked; it needs a reason.
func (s Service) Unsend(ctx context.Context, who Who, chosen []Chosen, reason string) error {
	if err := who.may(office.Pay); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fault.New(fault.Refused, "remit.reason")
	}
	act := who.act("remit.unsend", office.Object{Kind: "payment"}, digestOfChosen("unsend", chosen, reason), fields(chosen, 0)...)
	act.Why = reason
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		items, err := take(tx, chosen, who.Division)
		if err != nil {
			return err
		}
		for _, item := range items {
			if item, err = item.Unsend(); err != nil {
				return err
			}
			if err := tx.SaveItem(item); err != nil {
				return err
			}
		}
		return nil
	})
	return stale(err)
}

// Book (付款记账) books payments that a cashier sent, in the books of both sides: the accountant makes the vouchers and the
// cashier's is the second name on them.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Service) Book(ctx context.Context, who Who, chosen []Chosen) error {
	if err := who.may(office.PostBooks); err != nil {
		return err
	}
	if err := s.apart(ctx, who, chosen, madeBy); err != nil {
		return err
	}
	act := who.act("remit.book", office.Object{Kind: "payment"}, digestOfChosen("book", chosen), fields(chosen, 0)...)
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		items, err := take(tx, chosen, who.Division)
		if err != nil {
			return err
		}
		for _, item := range items {
			if item.State() != ledger.ItemSent {
				return fault.New(fault.Refused, "remit.not_sent", "id", string(item.ID), "state", item.State().Name())
			}
			h := ledger.Hands{Date: item.Sent.On, Maker: ledger.Person(who.ID), Reviewer: item.Sent.By}
			if err := s.receive(tx, item.Receive, h, item.Sent.Ref, item.Open()); err != nil {
				return err
			}
		}
		return s.finish(tx, items, ledger.Hands{Date: items[0].Sent.On, Maker: ledger.Person(who.ID), Reviewer: items[0].Sent.By})
	})
	return stale(err)
}

// arrival is how money arrives for a payment: as Standing.Receive and Standing.Identify.
type arrival func(ledger.Hands, ledger.DocumentID, money.Fen) (ledger.Standing, []ledger.Voucher, error)

// receive books an amount that a receipt paid of a payment.
func (s Service) receive(tx *store.Tx, arrives arrival, h ledger.Hands, receipt ledger.DocumentID, amount money.Fen) error {
	after, set, err := arrives(h, receipt, amount)
	if err != nil {
		return err
	}
	if err := tx.SaveItem(after); err != nil {
		return err
	}
	if err := tx.KeepPayment(store.Payment{Share: ledger.Share{Receipt: receipt, Item: after.ID, Amount: amount}, Division: after.City(), Date: h.Date,
		Maker: h.Maker, Reviewer: h.Reviewer}); err != nil {
		return err
	}
	return s.post(tx, set)
}

// finish books what is booked last once everything of a batch is paid.
func (s Service) finish(tx *store.Tx, moved []ledger.Standing, h ledger.Hands) error {
	done := map[ledger.DocumentID]bool{}
	for _, m := range moved {
		if done[m.Batch] {
			continue
		}
		done[m.Batch] = true
		items, err := tx.Items(store.ItemQuery{Batch: m.Batch})
		if err != nil {
			return err
		}
		open := false
		for _, item := range items {
			open = open || item.Open() > 0
		}
		if open {
			continue
		}
		if err := s.final(tx, m.Batch, h); err != nil {
			return err
		}
	}
	return nil
}

func (s Service) final(tx *store.Tx, id ledger.DocumentID, h ledger.Hands) error {
	batches, err := tx.Batches()
	if err != nil {
		return err
	}
	for _, b := range batches {
		if b.ID != id {
			continue
		}
		paper, err := tx.Paper(b.Paper)
		if err != nil {
			return err
		}
		if paper.Kind == MoneyPaper {
			o, err := ReadOrder(paper.Content)
			if err != nil {
				return err
			}
			batch, err := o.batch(id, h)
			if err != nil {
				return err
			}
			if err := s.post(tx, batch.Final); err != nil {
				return err
			}
		}
		return tx.FinishBatch(id)
	}
	return nil // a city sees no batches; the province that does finishes them
}

// Number (通知书编号) gives the notices of a batch that have none their document numbers, in order: form holds one * that
// stands for the number, which counts from first.
func (s Service) Number(ctx context.Context, who Who, batch ledger.DocumentID, form string, first int) error {
	if err := who.may(office.Make); err != nil {
		return err
	}
	if who.Department != office.MedicalSecurity {
		return fault.New(fault.Refused, "remit.department", "department", who.Department.Label())
	}
	before, after, ok := strings.Cut(form, "*")
	if !ok || strings.Contains(after, "*") || len(form) > 200 || first < 1 || before+after == "" {
		return fault.Refuse(fault.Problem{Column: "form", Value: form, Message: fault.Msg("remit.number_form")})
	}
	act := who.act("remit.number", office.Object{Kind: "batch", ID: string(batch)}, []byte(fmt.Sprint(batch, form, first)), office.Field{Name: "form", Value: form}, office.Field{Name: "first", Value: strconv.Itoa(first)})
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		batches, err := tx.Batches()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(batches, func(b store.Batch) bool { return b.ID == batch && b.Division == who.Division }) {
			return fault.New(fault.Refused, "store.no_document", "id", string(batch))
		}
		items, err := tx.Items(store.ItemQuery{Batch: batch})
		if err != nil {
			return err
		}
		next := first
		for _, item := range items {
			if item.Number != "" {
				continue
			}
			item.Number = before + strconv.Itoa(next) + after
			item.Version++
			next++
			if err := tx.SaveItem(item); err != nil {
				return err
			}
		}
		if next == first {
			return fault.New(fault.Refused, "remit.all_numbered", "id", string(batch))
		}
		return nil
	})
	return stale(err)
}

// KeepAccount (登记账户) keeps where the money of a book is paid to.
func (s Service) KeepAccount(ctx context.Context, who Who, book ledger.Book, a ledger.BankAccount) error {
	if err := who.may(office.Pay); err != nil {
		return err
	}
	if book.Division != who.Division {
		return fault.New(fault.Refused, "remit.other_account", "division", book.Division)
	}
	if a.Name == "" || a.Number == "" || a.Bank == "" || len(a.Name)+len(a.Number)+len(a.Bank) > 600 {
		return fault.New(fault.Refused, "remit.account")
	}
	act := who.act("remit.account", office.Object{Kind: "book", ID: book.String()}, []byte(book.String()+a.Name+"\n"+a.Number+"\n"+a.Bank), office.Field{Name: "name", Value: a.Name}, office.Field{Name: "bank", Value: a.Bank})
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error { return tx.SaveBankAccount(book, a) })
	return err
}
