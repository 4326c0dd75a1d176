package ledger

import (
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// ItemKind (款项类别) is what a payment is for.
type ItemKind string

// The kinds of payments.
const (
	Collection    ItemKind = "collection"     // 上解
	Allocation    ItemKind = "allocation"     // 下拨
	Advance       ItemKind = "advance"        // 预拨
	AdvanceReturn ItemKind = "advance_return" // 退回多预拨
	EmergencyAid  ItemKind = "emergency"      // 紧急调剂金
	ReserveAid    ItemKind = "reserve"        // 动用风险金
	PriorUp       ItemKind = "prior_up"       // 以前年度清算上解
	PriorDown     ItemKind = "prior_down"     // 以前年度清算补助
	LossRepaid    ItemKind = "loss"           // 政府弥补违规损失
	LocalPaid     ItemKind = "local"          // 地方承担缺口
	LossBack      ItemKind = "loss_back"      // 退回政府弥补款
	LocalBack     ItemKind = "local_back"     // 退回地方承担款
	SubsidyPaid   ItemKind = "subsidy"        // 财政补贴
	DepositUp     ItemKind = "deposit_up"     // 缴纳异地就医预付金
	DepositDown   ItemKind = "deposit_down"   // 拨付异地就医预付金
	OffsiteUp     ItemKind = "offsite_up"     // 异地就医清算缴款
	OffsiteDown   ItemKind = "offsite_down"   // 异地就医清算拨款
)

// flow says how a kind of payment is booked: what the payer's book debits and the payee's credits, and the memo accounts
// on which it was due and owed.
type flow struct {
	pays, gets Code
	due, owes  Code
	clauses    []policy.ClauseID
}

func (k ItemKind) flow() flow {
	switch k {
	case Collection:
		return flow{CollectionPaid, CollectionReceived, CollectionDue, OwesCollected, clauses("SC38-4.1", "SC38-4.2", "SC38-4.5")}
	case Allocation:
		return flow{AllocationPaid, AllocationReceived, AllocationDue, OwesAllocated, clauses("SC38-4.4", "SC38-4.5")}
	case Advance:
		return flow{pays: AdvancePaid, gets: AdvanceReceived, clauses: clauses("SC38-4.5")}
	case AdvanceReturn:
		return flow{pays: AdvanceReceived, gets: AdvancePaid, clauses: clauses("SC38-4.5")}
	case EmergencyAid:
		return flow{EmergencyPaid, EmergencyReceived, EmergencyDue, OwesEmergency, clauses("YN-2.7", "YN-2.8")}
	case ReserveAid:
		return flow{ReservePaid, ReserveReceived, ReserveDue, OwesReserve, clauses("SC38-4.8")}
	case PriorUp:
		return flow{PriorPaidUp, PriorCollected, CollectionDue, OwesCollected, clauses("SC38-4.5")}
	case PriorDown:
		return flow{PriorPaid, PriorReceived, AllocationDue, OwesAllocated, clauses("SC38-4.5")}
	case LossRepaid:
		return flow{gets: LossCovered, due: LossDue, clauses: clauses("SC38-4.7")}
	case LocalPaid:
		return flow{gets: LocalShare, due: LocalDue, clauses: clauses("YN-2.7")}
	case LossBack:
		return flow{pays: LossReturned, owes: OwesReturned, clauses: clauses("SC38-4.7")}
	case LocalBack:
		return flow{pays: LocalReturned, owes: OwesReturned, clauses: clauses("YN-2.7")}
	case SubsidyPaid:
		return flow{gets: Subsidies, due: SubsidyDue, clauses: clauses("SC38-10.2")}
	case DepositUp:
		return flow{pays: OffsiteDeposit, gets: OffsiteHeld, clauses: clauses("SCE-7.2")}
	case DepositDown:
		return flow{pays: OffsiteEntrusted, gets: OffsiteWorking, clauses: clauses("SCE-7.2")}
	case OffsiteUp:
		return flow{pays: OffsiteBenefit, gets: OffsiteFunds, clauses: clauses("SCE-7.2")}
	case OffsiteDown:
		return flow{pays: OffsitePassed, gets: OffsiteLent, clauses: clauses("SCE-7.2")}
	}
	return flow{}
}

// Name (款项类别) is the kind in words.
func (k ItemKind) Name() fault.Message { return fault.Msg("ledger.item." + string(k)) }

func clauses(ids ...policy.ClauseID) []policy.ClauseID { return ids }

// Party (收付款方) is who pays or is paid: a book, or a level of government of a division.
type Party struct {
	Book     Book
	Level    Level
	Division region.Code
}

// PartyOf is the party that a book is.
func PartyOf(b Book) Party { return Party{Book: b, Division: b.Division} }

// Name (收付款方名称) is the party's name.
func (p Party) Name() fault.Message {
	if p.Book.None() {
		return fault.Msg("ledger.party."+string(p.Level), "division", p.Division)
	}
	return p.Book.Name()
}

// ItemID (款项编号) names a payment; the same run gives the same ids.
type ItemID string

// Item (款项) is a payment that is due, in fen.
type Item struct {
	ID           ItemID
	Kind         ItemKind
	Year         policy.Year
	Insurance    pool.Insurance
	Payer, Payee Party
	Amount       money.Fen
	Due          policy.Date
	Source       Source
	// Decision is the decision on file, for a draw on money set aside.
	Decision DocumentID
}

// Clauses (依据) are the clauses that the payment follows from.
func (i Item) Clauses() []policy.ClauseID { return i.Kind.flow().clauses }

// division is whose payment it is: the city's, whichever way it goes.
func (i Item) division() region.Code {
	if i.Payer.Book.Kind == Area {
		return i.Payer.Division
	}
	return i.Payee.Division
}

// summary says what a voucher of the payment is for.
func (i Item) summary(step string) Summary {
	return Summary{Key: "ledger.summary." + string(i.Kind) + "_" + step, Year: i.Year, Insurance: i.Insurance, Division: i.division()}
}

// Subsidy (应拨财政补贴) is a fiscal subsidy that a level of government owes a fund for a year.
//
// 依据: SC38-10.2
func Subsidy(book Book, level Level, year policy.Year, amount money.Fen, due policy.Date, document DocumentID) (Item, error) {
	if amount <= 0 || !knownLevel(level) || document == "" {
		return Item{}, refuse("amount", amount.String(), "SC38-10.2", "ledger.subsidy_invalid")
	}
	return Item{ID: ItemID("subsidy/" + string(document) + "/" + book.String() + "/" + string(level)), Kind: SubsidyPaid, Year: year, Insurance: book.Insurance,
		Payer: Party{Level: level, Division: book.Division}, Payee: PartyOf(book), Amount: amount, Due: due, Source: Source{FromDocument, document}}, nil
}

// Draw (动用风险金、紧急调剂金) is a payment to a city out of money set aside, by a decision on file, for an emergency.
//
// 依据: SC38-4.8, YN-2.8
func Draw(fund pool.SetAside, i pool.Insurance, division region.Code, year policy.Year, amount money.Fen, due policy.Date, decision DocumentID) (Item, error) {
	kind, clause := ReserveAid, policy.ClauseID("SC38-4.8")
	if fund == pool.Emergency {
		kind, clause = EmergencyAid, "YN-2.8"
	}
	switch {
	case decision == "":
		return Item{}, refuse("decision", "", clause, "ledger.draw_decision")
	case amount <= 0:
		return Item{}, refuse("amount", amount.String(), clause, "ledger.draw_amount")
	}
	return Item{ID: ItemID("draw/" + string(decision) + "/" + string(i) + "/" + string(division)), Kind: kind, Year: year, Insurance: i,
		Payer: PartyOf(AdjustmentBook(i, division.Province())), Payee: PartyOf(AreaBook(i, division)), Amount: amount, Due: due, Source: Source{FromDocument, decision}, Decision: decision}, nil
}

// Hands (经手人) are who makes a voucher and who reviews it, and the day it is dated. BankDay is the day of the bank's row when the
// voucher is dated later than that, because the month was closed; else empty.
type Hands struct {
	Date            policy.Date
	Maker, Reviewer Person
	BankDay         policy.Date
}

// Arrival (到账) is money that moved for a payment: the bank's row, how much of it in fen, and how often the same row paid the
// same payment before.
type Arrival struct {
	Receipt DocumentID
	Amount  money.Fen
	Before  int64
}

// occasion is what a voucher of a payment is made for.
type occasion struct {
	Hands
	source Source
	before int64
}

// voucher begins a voucher of the payment in a book.
func (i Item) voucher(b Book, o occasion, step string, postings ...Posting) Voucher {
	key := string(i.ID) + "/" + step + "/" + string(o.source.ID) + "/" + string(b.Kind)
	if o.before > 0 {
		key += "/" + strconv.FormatInt(o.before, 10)
	}
	summary := i.summary(step)
	summary.Text = string(o.BankDay)
	return Voucher{Book: b, Date: o.Date, Kind: Ordinary, Summary: summary, Postings: postings, Source: o.source, Decision: i.Decision,
		Key: Key(key), Maker: o.Maker, Reviewer: o.Reviewer}
}

// of gives the dimensions by which a party stands on the other's accounts.
func (p Party) of() Dimensions { return Dimensions{Counter: p.Book, Level: p.Level} }

// Announce (登记应收应付) are the memo vouchers that say a payment is due: in the payee's book, and in the payer's.
//
// 依据: SC38-10.2, SC38-4.7
func (i Item) Announce(h Hands) []Voucher {
	return i.memo(occasion{Hands: h, source: i.Source}, "due", i.Amount, false)
}

// memo books an amount as due, or when settled takes it off again.
func (i Item) memo(o occasion, step string, amount money.Fen, settled bool) []Voucher {
	f := i.Kind.flow()
	var out []Voucher
	if f.due != "" {
		due, contra := Posting{f.due, i.Payer.of(), Debit, amount}, Posting{MemoContra, Dimensions{}, Credit, amount}
		out = append(out, i.voucher(i.Payee.Book, o, step, turned(settled, due, contra)...))
	}
	if f.owes != "" {
		contra, owes := Posting{MemoContra, Dimensions{}, Debit, amount}, Posting{f.owes, i.Payee.of(), Credit, amount}
		out = append(out, i.voucher(i.Payer.Book, o, step, turned(settled, contra, owes)...))
	}
	return out
}

// Forgo (不再应收应付) books that what is open of a payment is not due any more, by a document.
//
// 依据: SC38-10.2
func (s Standing) Forgo(h Hands, document DocumentID) []Voucher {
	return s.memo(occasion{Hands: h, source: Source{FromDocument, document}}, "forgone", s.Open(), true)
}

// turned gives two postings with their sides exchanged when asked.
func turned(turn bool, debit, credit Posting) []Posting {
	if turn {
		debit.Side, credit.Side = Credit, Debit
		return []Posting{credit, debit}
	}
	return []Posting{debit, credit}
}

// Settle (到账记账) are the vouchers of money that moved for a payment, whole or in part: a payment in the payer's book, a
// receipt in the payee's, and what was due taken off the memo accounts. They are posted as one set. Errors: an amount that
// is not more than 0 or is more than the payment.
//
// 依据: SC38-4.5
func (i Item) Settle(h Hands, a Arrival) ([]Voucher, error) { return i.settle(h, a, FiscalAccount) }

// settle books money that moved; from is where the payee has it from: his bank account, or the account of what had arrived
// and was not identified.
func (i Item) settle(h Hands, a Arrival, from Code) ([]Voucher, error) {
	amount := a.Amount
	if amount <= 0 || amount > i.Amount {
		return nil, refuse("amount", amount.String(), "", "ledger.settle_amount", "due", i.Amount)
	}
	f, o := i.Kind.flow(), occasion{h, Source{FromReceipt, a.Receipt}, a.Before}
	var out []Voucher
	if !i.Payer.Book.None() {
		out = append(out, i.voucher(i.Payer.Book, o, "paid", Posting{f.pays, i.Payee.of(), Debit, amount}, Posting{FiscalAccount, Dimensions{}, Credit, amount}))
	}
	if !i.Payee.Book.None() {
		out = append(out, i.voucher(i.Payee.Book, o, "received", Posting{from, Dimensions{}, Debit, amount}, Posting{f.gets, i.Payer.of(), Credit, amount}))
	}
	return append(out, i.memo(o, "settled", amount, true)...), nil
}
