package ledger

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// BankReceipt (回单) is a row of a bank's or the treasury's statement: money that arrived, in fen.
type BankReceipt struct {
	ID     DocumentID
	Date   policy.Date
	Amount money.Fen
	// Payer is the book or account the bank names, as the import resolved it; empty when it could not.
	Payer string
	// Note is the payer's remark; a payment whose id stands in it is meant.
	Note string
}

// Expected (应到款) is a payment that is waited for, in fen: what of it is still open.
type Expected struct {
	ID     ItemID
	Payer  string
	Amount money.Fen
	Due    policy.Date
}

// MatchRule (勾对方式) says why receipts and payments were put together.
type MatchRule string

// The rules, in the order they are tried.
const (
	ByNote   MatchRule = "note"   // 备注写明款项编号
	ByAmount MatchRule = "amount" // 付款方和金额相同
	BySplit  MatchRule = "split"  // 一笔款项分次到账
	BySum    MatchRule = "sum"    // 一次到账付清多笔款项
)

// Name (勾对方式) is the rule in words.
func (r MatchRule) Name() fault.Message { return fault.Msg("ledger.match." + string(r)) }

// Share (勾对金额) is how much of a receipt pays how much of a payment.
type Share struct {
	Receipt DocumentID
	Item    ItemID
	Amount  money.Fen
}

// Match (勾对) are receipts that pay payments.
type Match struct {
	Rule   MatchRule
	Shares []Share
}

// Reason (差异原因) says why something is left over.
type Reason string

// The reasons.
const (
	Unpaid       Reason = "unpaid"        // 未到账
	Overdue      Reason = "overdue"       // 逾期未到账
	Short        Reason = "short"         // 少到
	Over         Reason = "over"          // 多到
	UnknownPayer Reason = "unknown_payer" // 付款方不明
	NotExpected  Reason = "not_expected"  // 没有对应的款项
	Ambiguous    Reason = "ambiguous"     // 可有多种勾对
)

// Name (差异原因) is the reason in words.
func (r Reason) Name() fault.Message { return fault.Msg("ledger.left." + string(r)) }

// Left (未达与差异) is what could not be matched, in fen: the rest of a payment, or of a receipt.
type Left struct {
	Reason  Reason
	Receipt DocumentID
	Item    ItemID
	Amount  money.Fen
}

// Reconciliation (对账结果) is every receipt and payment, matched or left over. Matched and Left add up to both sides.
type Reconciliation struct {
	Matches []Match
	Left    []Left
}

// subsetLimit is how many receipts or payments of one payer are searched for a sum; more are for a person to look at.
const subsetLimit = 16

// Reconcile (对账) matches receipts with the payments waited for, the same whatever order they come in: by the payment's id
// in the note; by payer and amount, the payment due first; several receipts that pay one; one receipt that pays several.
// A sum that more than one choice of payments or receipts gives is not guessed at. asOf tells what is overdue.
// Receipts and payments have ids of their own and amounts of more than 0.
func Reconcile(receipts []BankReceipt, expected []Expected, asOf policy.Date) (Reconciliation, error) {
	r := &reconciler{asOf: asOf, unclear: map[DocumentID]bool{}}
	ids := map[string]bool{}
	for _, b := range receipts {
		if b.ID == "" || b.Amount <= 0 || b.Amount > money.MaxFen || ids["r"+string(b.ID)] {
			return Reconciliation{}, refuse("receipt", string(b.ID), "", "ledger.receipt_invalid", "amount", b.Amount)
		}
		ids["r"+string(b.ID)] = true
		r.receipts = append(r.receipts, &b)
	}
	for _, e := range expected {
		if e.ID == "" || e.Amount <= 0 || e.Amount > money.MaxFen || ids["i"+string(e.ID)] {
			return Reconciliation{}, refuse("item", string(e.ID), "", "ledger.expected_invalid", "amount", e.Amount)
		}
		ids["i"+string(e.ID)] = true
		r.expected = append(r.expected, &e)
	}
	slices.SortFunc(r.receipts, func(a, b *BankReceipt) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(r.expected, func(a, b *Expected) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID)) })
	r.byNote()
	r.byAmount()
	for _, payer := range r.payers() {
		r.bySubset(payer)
	}
	r.leave()
	return r.out, nil
}

// reconciler holds what is still open; amounts go down as they are matched.
type reconciler struct {
	receipts []*BankReceipt
	expected []*Expected
	asOf     policy.Date
	// unclear are receipts that several choices of payments would explain.
	unclear map[DocumentID]bool
	out     Reconciliation
}

// take matches as much of a receipt with a payment as both have.
func take(b *BankReceipt, e *Expected) Share {
	s := Share{b.ID, e.ID, min(b.Amount, e.Amount)}
	b.Amount -= s.Amount
	e.Amount -= s.Amount
	return s
}

// byNote matches every receipt that names payments with those, the longest ids first so that one id inside another is not
// taken for it; what a receipt brings too much or too little is left over.
func (r *reconciler) byNote() {
	for _, e := range r.expected {
		m := Match{Rule: ByNote}
		for _, b := range r.receipts {
			if b.Amount > 0 && e.Amount > 0 && r.names(b.Note, e.ID) {
				m.Shares = append(m.Shares, take(b, e))
			}
		}
		if len(m.Shares) > 0 {
			r.out.Matches = append(r.out.Matches, m)
		}
	}
}

// names tells whether a note names a payment and not only a longer id that contains it.
func (r *reconciler) names(note string, id ItemID) bool {
	for _, other := range r.expected {
		if len(other.ID) > len(id) && strings.Contains(string(other.ID), string(id)) {
			note = strings.ReplaceAll(note, string(other.ID), "\x00")
		}
	}
	return strings.Contains(note, string(id))
}

// byAmount matches one receipt with one payment of the same payer and amount, the one due first.
func (r *reconciler) byAmount() {
	for _, b := range r.receipts {
		for _, e := range r.expected {
			if b.Amount > 0 && b.Payer != "" && b.Payer == e.Payer && b.Amount == e.Amount {
				r.out.Matches = append(r.out.Matches, Match{ByAmount, []Share{take(b, e)}})
			}
		}
	}
}

// payers are the payers with something open on both sides, in order.
func (r *reconciler) payers() []string {
	var out []string
	for _, b := range r.receipts {
		if b.Amount > 0 && b.Payer != "" && slices.ContainsFunc(r.expected, func(e *Expected) bool { return e.Amount > 0 && e.Payer == b.Payer }) {
			out = append(out, b.Payer)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bySubset matches, for one payer, several receipts that pay one payment and then one receipt that pays several.
func (r *reconciler) bySubset(payer string) {
	for _, e := range r.expected {
		open := r.openReceipts(payer)
		if e.Amount == 0 || e.Payer != payer {
			continue
		}
		chosen, several := subset(amountsOf(open, func(b *BankReceipt) money.Fen { return b.Amount }), e.Amount)
		switch {
		case several:
			for _, b := range open {
				r.unclear[b.ID] = true
			}
		case chosen != nil:
			m := Match{Rule: BySplit}
			for _, i := range chosen {
				m.Shares = append(m.Shares, take(open[i], e))
			}
			r.out.Matches = append(r.out.Matches, m)
		}
	}
	for _, b := range r.openReceipts(payer) {
		open := r.openItems(payer)
		chosen, several := subset(amountsOf(open, func(e *Expected) money.Fen { return e.Amount }), b.Amount)
		switch {
		case several:
			r.unclear[b.ID] = true
		case chosen != nil:
			m := Match{Rule: BySum}
			for _, i := range chosen {
				m.Shares = append(m.Shares, take(b, open[i]))
			}
			r.out.Matches = append(r.out.Matches, m)
		}
	}
}

func (r *reconciler) openReceipts(payer string) []*BankReceipt {
	var out []*BankReceipt
	for _, b := range r.receipts {
		if b.Amount > 0 && b.Payer == payer {
			out = append(out, b)
		}
	}
	return out
}

func (r *reconciler) openItems(payer string) []*Expected {
	var out []*Expected
	for _, e := range r.expected {
		if e.Amount > 0 && e.Payer == payer {
			out = append(out, e)
		}
	}
	return out
}

func amountsOf[T any](all []T, amount func(T) money.Fen) []money.Fen {
	out := make([]money.Fen, len(all))
	for i, one := range all {
		out[i] = amount(one)
	}
	return out
}

// subset finds the one choice of two or more amounts that adds up to a sum; several tells that there is more than one.
// Everything together counts first, however many there are; beyond subsetLimit amounts nothing else is tried.
func subset(amounts []money.Fen, sum money.Fen) (chosen []int, several bool) {
	if len(amounts) >= 2 && money.Sum(amounts...) == sum {
		for i := range amounts {
			chosen = append(chosen, i)
		}
		return chosen, false
	}
	if len(amounts) > subsetLimit {
		return nil, false
	}
	for mask := 1; mask < 1<<len(amounts); mask++ {
		if bits.OnesCount(uint(mask)) < 2 || total(amounts, mask) != sum {
			continue
		}
		if chosen != nil {
			return nil, true
		}
		for i := range amounts {
			if mask&(1<<i) != 0 {
				chosen = append(chosen, i)
			}
		}
	}
	return chosen, false
}

// total adds up the amounts that a mask names.
func total(amounts []money.Fen, mask int) money.Fen {
	var sum money.Fen
	for i, a := range amounts {
		if mask&(1<<i) != 0 {
			sum += a
		}
	}
	return sum
}

// leave lists what is still open, payments first. A payment and a receipt that were matched in part are short and over.
func (r *reconciler) leave() {
	matchedItems, matchedReceipts := map[ItemID]bool{}, map[DocumentID]bool{}
	for _, m := range r.out.Matches {
		for _, s := range m.Shares {
			matchedItems[s.Item], matchedReceipts[s.Receipt] = true, true
		}
	}
	for _, e := range r.expected {
		reason := Unpaid
		switch {
		case e.Amount == 0:
			continue
		case matchedItems[e.ID]:
			reason = Short
		case e.Due < r.asOf:
			reason = Overdue
		}
		r.out.Left = append(r.out.Left, Left{Reason: reason, Item: e.ID, Amount: e.Amount})
	}
	for _, b := range r.receipts {
		reason := NotExpected
		switch {
		case b.Amount == 0:
			continue
		case matchedReceipts[b.ID]:
			reason = Over
		case r.unclear[b.ID]:
			reason = Ambiguous
		case b.Payer == "":
			reason = UnknownPayer
		}
		r.out.Left = append(r.out.Left, Left{Reason: reason, Receipt: b.ID, Amount: b.Amount})
	}
}
