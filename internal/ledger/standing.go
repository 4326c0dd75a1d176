package ledger

import (
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// ItemState (款项状态) says how far a payment has come.
type ItemState string

// The states.
const (
	ItemDue    ItemState = "due"    // 待办
	ItemSent   ItemState = "sent"   // 已付待记账
	ItemPart   ItemState = "part"   // 部分到账
	ItemPaid   ItemState = "paid"   // 已结清
	ItemLapsed ItemState = "lapsed" // 已失效
)

// ItemStates lists the states in the order payments go through them.
func ItemStates() []ItemState { return []ItemState{ItemDue, ItemSent, ItemPart, ItemPaid, ItemLapsed} }

// Name (款项状态) is the state in words.
func (s ItemState) Name() fault.Message { return fault.Msg("ledger.item_state." + string(s)) }

// Sending (付款登记) is what a cashier wrote down when the money went out: the bank's reference and the day. Ref is empty
// when nothing did.
type Sending struct {
	By  Person
	On  policy.Date
	Ref DocumentID
}

// Standing (款项进度) is a payment with how far it has come, in fen. Number is that of its notice, empty until it was
// issued. Lapsed tells that what is open will not be paid any more. Version counts its changes, from 1.
type Standing struct {
	Item
	Batch   DocumentID
	Number  string
	Paid    money.Fen
	Lapsed  bool
	Sent    Sending
	Version int64
}

// Open (未结清金额) is what is still to be paid, in fen.
func (s Standing) Open() money.Fen {
	if s.Lapsed {
		return 0
	}
	return s.Amount - s.Paid
}

// State (款项状态) is how far the payment has come.
func (s Standing) State() ItemState {
	switch {
	case s.Lapsed:
		return ItemLapsed
	case s.Open() == 0:
		return ItemPaid
	case s.Sent.Ref != "":
		return ItemSent
	case s.Paid > 0:
		return ItemPart
	}
	return ItemDue
}

// City (款项所属统筹区) is the pooling area whose payment it is, whichever way it goes.
func (i Item) City() region.Code { return i.division() }

// Keeper (记账单位) is the division whose office sees the money move and books it: the province where its own books are on
// one side, else the city that is paid, or that pays a government back.
//
// 依据: SC38-4.5
func (i Item) Keeper() region.Code {
	if i.provincial(i.Payer) || i.provincial(i.Payee) {
		return i.division().Province()
	}
	return i.division()
}

func (Item) provincial(p Party) bool { return p.Book.Kind == Adjustment || p.Book.Kind == Clearing }

// Outgoing (拨出款项) tells whether the keeper pays it; of others it waits for the money to arrive.
func (i Item) Outgoing() bool { return i.provincial(i.Payer) || i.Payee.Book.None() }

// Send (登记付款) writes down that the whole of what is open was paid out. Refused are a payment that others make, one that
// was sent or paid already, and a missing reference or day.
//
// 依据: SC38-4.5
func (s Standing) Send(by Sending) (Standing, error) {
	_, known := policy.ParseDate(string(by.On))
	switch {
	case !s.Outgoing():
		return s, refuse("item", string(s.ID), "SC38-4.5", "ledger.send_incoming")
	case s.State() != ItemDue && s.State() != ItemPart:
		return s, refuse("item", string(s.ID), "", "ledger.send_again", "state", s.State().Name())
	case by.Ref == "" || !known || by.By == "":
		return s, refuse("ref", string(by.Ref), "", "ledger.send_ref")
	}
	s.Sent = by
	s.Version++
	return s, nil
}

// Unsend (撤销付款登记) takes back a payment that the bank did not make and that is not booked yet.
func (s Standing) Unsend() (Standing, error) {
	if s.State() != ItemSent {
		return s, refuse("item", string(s.ID), "", "ledger.unsend", "state", s.State().Name())
	}
	s.Sent = Sending{}
	s.Version++
	return s, nil
}

// Lapse (失效) says that what is open will not be paid any more, as an advance when its year was cleared. One that was sent and
// is not booked yet is refused.
func (s Standing) Lapse() (Standing, error) {
	if s.State() != ItemDue && s.State() != ItemPart {
		return s, refuse("item", string(s.ID), "", "ledger.lapse", "state", s.State().Name())
	}
	s.Lapsed = true
	s.Version++
	return s, nil
}

// Receive (到账) is the payment after money moved for it, with the vouchers that book it. An amount that is not more than 0 or
// more than what is open is refused.
//
// 依据: SC38-4.5
func (s Standing) Receive(h Hands, a Arrival) (Standing, []Voucher, error) {
	return s.receive(h, a, FiscalAccount)
}

// Identify (查明到账) is as Receive, of money that had arrived before and was suspended until it was known what it pays.
//
// 依据: SC38-4.5
func (s Standing) Identify(h Hands, a Arrival) (Standing, []Voucher, error) {
	return s.receive(h, a, Unidentified)
}

func (s Standing) receive(h Hands, a Arrival, from Code) (Standing, []Voucher, error) {
	if a.Amount > s.Open() {
		return s, nil, refuse("amount", a.Amount.String(), "", "ledger.settle_amount", "due", s.Open())
	}
	set, err := s.settle(h, a, from)
	if err != nil {
		return s, nil, err
	}
	s.Paid += a.Amount
	s.Sent = Sending{}
	s.Version++
	return s, set, nil
}
