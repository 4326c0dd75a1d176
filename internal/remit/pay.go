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
// repeats the total, which must be theirs. Refused is a day in the future, or before the payment was approved.
//
// 依据: SC38-4.5, SC38-11.3
func (s Service) Send(ctx context.Context, who Who, chosen []Chosen, stated money.Fen, ref ledger.DocumentID, on policy.Date) error {
	if err := who.may(office.Pay); err != nil {
		return err
	}
	if err := s.apart(ctx, who, chosen, signed); err != nil {
		return err
	}
	object := office.Object{Kind: "payment", ID: string(ref)}
	act := who.act("remit.send", object, digestOfChosen("send", chosen, stated.String(), string(ref), string(on)))
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		items, err := take(tx, chosen, who.Division)
		if err != nil {
			return err
		}
		batches, err := tx.Batches()
		if err != nil {
			return err
		}
		if err := who.payable(on, items, batches); err != nil {
			return err
		}
		if err := settled(tx, items); err != nil {
			return err
		}
		var t trail
		var sum money.Fen
		for _, item := range items {
			sum += item.Open()
			after, err := item.Send(ledger.Sending{By: ledger.Person(who.ID), On: on, Ref: ref})
			if err != nil {
				return err
			}
			if err := tx.SaveItem(after); err != nil {
				return err
			}
			t.item(item, after)
		}
		if sum != stated {
			return fault.New(fault.Refused, "remit.total", "sum", sum, "total", stated, "count", len(items))
		}
		t.told(tx, object, total(sum), office.Field{Name: "ref", Value: string(ref)}, office.Field{Name: "on", Value: string(on)})
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
	act := who.act("remit.unsend", office.Object{Kind: "payment"}, digestOfChosen("unsend", chosen, reason))
	act.Why = reason
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		items, err := take(tx, chosen, who.Division)
		if err != nil {
			return err
		}
		var t trail
		var sum money.Fen
		for _, item := range items {
			after, err := item.Unsend()
			if err != nil {
				return err
			}
			if err := tx.SaveItem(after); err != nil {
				return err
			}
			t.item(item, after)
			sum += item.Open()
		}
		t.told(tx, office.Object{Kind: "payment", ID: string(items[0].Sent.Ref)}, total(sum))
		return nil
	})
	return stale(err)
}

// Book (付款记账) books payments that a cashier sent, in the books of both sides: the accountant makes the vouchers and the
// cashier's is the second name on them. It tells how many were booked later than on the bank's day, whose month is closed.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Service) Book(ctx context.Context, who Who, chosen []Chosen) (late int, err error) {
	if err := who.may(office.PostBooks); err != nil {
		return 0, err
	}
	if err := s.apart(ctx, who, chosen, madeBy); err != nil {
		return 0, err
	}
	act := who.act("remit.book", office.Object{Kind: "payment"}, digestOfChosen("book", chosen))
	receipt, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		items, err := take(tx, chosen, who.Division)
		if err != nil {
			return err
		}
		c := arrivals{Service: s, tx: tx}
		for _, item := range items {
			if item.State() != ledger.ItemSent {
				return fault.New(fault.Refused, "remit.not_sent", "id", string(item.ID), "state", item.State().Name())
			}
			h := ledger.Hands{Date: item.Sent.On, Maker: ledger.Person(who.ID), Reviewer: item.Sent.By}
			if err := c.receive(item, h, ledger.Share{Receipt: item.Sent.Ref, Item: item.ID, Amount: item.Open()}, false); err != nil {
				return err
			}
		}
		return c.finish(office.Object{Kind: "payment", ID: string(items[0].Sent.Ref)})
	})
	return lateOf(receipt), stale(err)
}

// lateOf is how many were booked late, as an act answered.
func lateOf(r store.Receipt) int {
	n, _ := strconv.Atoi(string(r.Answer)) // what was refused has no answer
	return n
}

// arrivals books what arrived for payments, one after the other, within a write.
type arrivals struct {
	Service
	tx    *store.Tx
	trail trail
	moved []ledger.DocumentID // batches
	last  ledger.Hands        // of the latest
	sum   money.Fen
	late  int
}

// receive books what a receipt paid of a payment; identified tells that it had been suspended.
func (a *arrivals) receive(item ledger.Standing, h ledger.Hands, x ledger.Share, identified bool) error {
	before, err := a.tx.PaymentsOf(item.ID)
	if err != nil {
		return err
	}
	p := store.Payment{Share: x, Division: item.City(), Maker: h.Maker, Reviewer: h.Reviewer}
	for _, b := range before {
		if b.Receipt == x.Receipt {
			p.Seq++
		}
	}
	if h, err = a.booked(a.tx, h, item.Payer.Book, item.Payee.Book); err != nil {
		return err
	}
	p.Date = h.Date
	if h.BankDay != "" {
		a.late++
	}
	arrives := item.Receive
	if identified {
		arrives = item.Identify
	}
	after, set, err := arrives(h, p.Arrival())
	if err != nil {
		return err
	}
	if err := a.tx.SaveItem(after); err != nil {
		return err
	}
	if err := a.tx.KeepPayment(p); err != nil {
		return err
	}
	a.trail.item(item, after)
	a.trail.share(x, "paid")
	a.sum += x.Amount
	if !slices.Contains(a.moved, item.Batch) {
		a.moved = append(a.moved, item.Batch)
	}
	if h.Date > a.last.Date {
		a.last = h
	}
	return a.post(a.tx, set)
}

// finish books what is booked last of batches of which everything is paid, and says what was done.
func (a *arrivals) finish(object office.Object) error {
	for _, id := range a.moved {
		items, err := a.tx.Items(store.ItemQuery{Batch: id})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(items, func(i ledger.Standing) bool { return i.Open() > 0 }) {
			if err := a.final(id); err != nil {
				return err
			}
		}
	}
	a.trail.told(a.tx, object, total(a.sum))
	a.tx.Answer([]byte(strconv.Itoa(a.late)))
	return nil
}

// final finishes a batch. One of which a city keeps the last payments has nothing that is booked last.
func (a *arrivals) final(id ledger.DocumentID) error {
	b, found, err := batchOf(a.tx, id)
	if err != nil {
		return err
	}
	if found {
		set, err := finalOf(a.tx, b, a.last)
		if err != nil {
			return err
		}
		for i, v := range set {
			if _, set[i].Key, err = latest(a.tx, v); err != nil {
				return err
			}
			h, err := a.booked(a.tx, ledger.Hands{Date: v.Date}, v.Book) // a city may have closed the month
			if err != nil {
				return err
			}
			set[i].Date = h.Date
		}
		if err := a.post(a.tx, set); err != nil {
			return err
		}
	}
	return a.tx.FinishBatch(id)
}

// batchOf finds a batch in the act's scope; a city sees none of the province's.
func batchOf(tx *store.Tx, id ledger.DocumentID) (store.Batch, bool, error) {
	batches, err := tx.Batches()
	at := slices.IndexFunc(batches, func(b store.Batch) bool { return b.ID == id })
	if err != nil || at < 0 {
		return store.Batch{}, false, err
	}
	return batches[at], true, nil
}

// finalOf are the vouchers that are booked when everything of a batch is paid.
func finalOf(tx *store.Tx, b store.Batch, h ledger.Hands) ([]ledger.Voucher, error) {
	paper, err := tx.Paper(b.Paper)
	if err != nil || paper.Kind != MoneyPaper {
		return nil, err
	}
	o, err := ReadOrder(paper.Content)
	if err != nil {
		return nil, err
	}
	batch, err := o.batch(b.ID, h)
	return batch.Final, err
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
		all, err := tx.Items(store.ItemQuery{})
		if err != nil {
			return err
		}
		taken := map[string]bool{}
		for _, item := range all {
			taken[item.Number] = true
		}
		next := first
		for _, item := range items {
			if item.Number != "" {
				continue
			}
			if item.Number = before + strconv.Itoa(next) + after; taken[item.Number] {
				return fault.Refuse(fault.Problem{Column: "first", Value: item.Number, Message: fault.Msg("remit.number_taken")})
			}
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
