package ledger_test

import (
	"slices"
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Every kind of payment is booked in both books on the accounts it belongs to, and its notice says from which clauses it follows.
func TestPaymentsSayTheirClauses(t *testing.T) {
	for _, clause := range []string{"SC38-4.1", "SC38-4.2", "SC38-4.4", "SC38-4.5", "SC38-4.7", "SC38-4.8", "SC38-10.2", "YN-2.7", "YN-2.8", "SCE-7.2"} {
		t.Attr("clause", clause)
	}
	government := ledger.Party{Level: ledger.Municipal, Division: chengdu}
	city, fund, clearing := ledger.PartyOf(cityBook), ledger.PartyOf(fundBook), ledger.PartyOf(clearingBook)
	for _, c := range []struct {
		kind         ledger.ItemKind
		payer, payee ledger.Party
		clauses      []policy.ClauseID
		pays, gets   ledger.Code // empty where the government keeps no book here
	}{
		{ledger.Collection, city, fund, []policy.ClauseID{"SC38-4.1", "SC38-4.2", "SC38-4.5"}, ledger.CollectionPaid, ledger.CollectionReceived},
		{ledger.Allocation, fund, city, []policy.ClauseID{"SC38-4.4", "SC38-4.5"}, ledger.AllocationPaid, ledger.AllocationReceived},
		{ledger.Advance, fund, city, []policy.ClauseID{"SC38-4.5"}, ledger.AdvancePaid, ledger.AdvanceReceived},
		{ledger.AdvanceReturn, city, fund, []policy.ClauseID{"SC38-4.5"}, ledger.AdvanceReceived, ledger.AdvancePaid},
		{ledger.EmergencyAid, fund, city, []policy.ClauseID{"YN-2.7", "YN-2.8"}, ledger.EmergencyPaid, ledger.EmergencyReceived},
		{ledger.ReserveAid, fund, city, []policy.ClauseID{"SC38-4.8"}, ledger.ReservePaid, ledger.ReserveReceived},
		{ledger.PriorUp, city, fund, []policy.ClauseID{"SC38-4.5"}, ledger.PriorPaidUp, ledger.PriorCollected},
		{ledger.PriorDown, fund, city, []policy.ClauseID{"SC38-4.5"}, ledger.PriorPaid, ledger.PriorReceived},
		{ledger.LossRepaid, government, city, []policy.ClauseID{"SC38-4.7"}, "", ledger.LossCovered},
		{ledger.LocalPaid, government, city, []policy.ClauseID{"YN-2.7"}, "", ledger.LocalShare},
		{ledger.SubsidyPaid, government, city, []policy.ClauseID{"SC38-10.2"}, "", ledger.Subsidies},
		{ledger.DepositUp, city, clearing, []policy.ClauseID{"SCE-7.2"}, ledger.OffsiteDeposit, ledger.OffsiteHeld},
		{ledger.DepositDown, clearing, city, []policy.ClauseID{"SCE-7.2"}, ledger.OffsiteEntrusted, ledger.OffsiteWorking},
		{ledger.OffsiteUp, city, clearing, []policy.ClauseID{"SCE-7.2"}, ledger.OffsiteBenefit, ledger.OffsiteFunds},
		{ledger.OffsiteDown, clearing, city, []policy.ClauseID{"SCE-7.2"}, ledger.OffsitePassed, ledger.OffsiteLent},
	} {
		i := ledger.Item{ID: "i", Kind: c.kind, Year: 2025, Insurance: pool.Resident, Payer: c.payer, Payee: c.payee, Amount: yuan, Decision: "d", Source: ledger.Source{Kind: ledger.FromDocument, ID: "d"}}
		if !slices.Equal(i.Clauses(), c.clauses) {
			t.Errorf("%s follows from %v, want %v", c.kind, i.Clauses(), c.clauses)
		}
		set, err := i.Settle(hands("2025-03-05"), ledger.Arrival{Receipt: "r", Amount: yuan})
		if err != nil {
			t.Errorf("%s: %v", c.kind, err)
			continue
		}
		booked := func(p ledger.Party, account ledger.Code, side ledger.Side) bool {
			return account == "" || slices.ContainsFunc(set, func(v ledger.Voucher) bool {
				return v.Book == p.Book && slices.ContainsFunc(v.Postings, func(l ledger.Posting) bool { return l.Account == account && l.Side == side && l.Amount == yuan })
			})
		}
		if !booked(c.payer, c.pays, ledger.Debit) || !booked(c.payee, c.gets, ledger.Credit) {
			t.Errorf("%s is not booked on %s and %s: %+v", c.kind, c.pays, c.gets, set)
		}
	}
}
