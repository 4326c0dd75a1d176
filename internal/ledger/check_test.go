package ledger_test

import (
	"strings"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

func containsAny(text string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// funded opens books of a city with 1,000 yuan in the bank and a fund with 500, of which 200 are risk reserve.
func funded(t testing.TB) *desk {
	d := newDesk(t, cityBook, otherBook, fundBook, clearingBook, staffBook)
	for _, b := range []ledger.Book{cityBook, staffBook} {
		v := d.voucher(b, "2025-01-01", debit(ledger.FiscalAccount, 1000*yuan), credit(ledger.RetainedSurplus, 1000*yuan))
		v.Kind = ledger.Opening
		d.post(v)
	}
	v := d.voucher(fundBook, "2025-01-01", debit(ledger.FiscalAccount, 500*yuan), credit(ledger.AdjustmentFund, 300*yuan), credit(ledger.RiskReserve, 200*yuan))
	v.Kind = ledger.Opening
	d.post(v)
	return d
}

// Every way a voucher can be wrong is refused with its reason, and nothing is changed by it.
func TestRefusals(t *testing.T) {
	for _, clause := range []string{"SC38-4.5", "SC38-4.6", "SC38-4.7", "SC38-4.8", "SC38-10.2", "YA-4.10.3", "YN-2.1", "YN-2.8"} {
		t.Attr("clause", clause)
	}
	d := funded(t)
	spend := func() ledger.Voucher {
		return d.voucher(cityBook, "2025-03-05", debit("500101", 10*yuan), credit(ledger.FiscalAccount, 10*yuan))
	}
	first := d.post(spend())[0].Voucher
	d.post(d.voucher(cityBook, "2025-04-05", debit("500101", 20*yuan), credit(ledger.FiscalAccount, 20*yuan)))
	d.closeThrough(cityBook, 2025, time.February)
	edit := func(change func(*ledger.Voucher)) ledger.Voucher {
		v := spend()
		change(&v)
		return v
	}
	reverse := func(change func(*ledger.Voucher)) ledger.Voucher {
		v := first.Reverse("2025-03-20", "red", ledger.Source{Kind: ledger.FromDocument, ID: "d"}, ledger.Summary{Text: "红字"}, "a", "b")
		change(&v)
		return v
	}
	simple := func(postings ...ledger.Posting) ledger.Voucher { return d.voucher(cityBook, "2025-03-05", postings...) }
	fund := func(postings ...ledger.Posting) ledger.Voucher { return d.voucher(fundBook, "2025-03-05", postings...) }
	before := snapshot(d)
	for _, c := range []struct {
		key, clause string
		voucher     ledger.Voucher
	}{
		{"ledger.book_unknown", "", edit(func(v *ledger.Voucher) { v.Book.Division = "510400" })},
		{"ledger.key_missing", "", edit(func(v *ledger.Voucher) { v.Key = "" })},
		{"ledger.key_reused", "", edit(func(v *ledger.Voucher) { v.Key = first.Key; v.Date = "2025-03-06" })},
		{"ledger.date_invalid", "", edit(func(v *ledger.Voucher) { v.Date = "2025-02-30" })},
		{"ledger.summary_missing", "", edit(func(v *ledger.Voucher) { v.Summary = ledger.Summary{} })},
		{"ledger.source_missing", "", edit(func(v *ledger.Voucher) { v.Source.ID = "" })},
		{"ledger.persons_missing", "YA-4.10.3", edit(func(v *ledger.Voucher) { v.Reviewer = "" })},
		{"ledger.same_person", "YA-4.10.3", edit(func(v *ledger.Voucher) { v.Reviewer = v.Maker })},
		{"ledger.number_given", "", edit(func(v *ledger.Voucher) { v.Number = 7 })},
		{"ledger.postings_count", "", edit(func(v *ledger.Voucher) { v.Postings = v.Postings[:1] })},
		{"ledger.kind_unknown", "", edit(func(v *ledger.Voucher) { v.Kind = "other" })},
		{"ledger.closing_by_hand", "", edit(func(v *ledger.Voucher) { v.Kind = ledger.Closing })},
		{"ledger.year_not_kept", "", edit(func(v *ledger.Voucher) { v.Date = "2026-01-01" })},
		{"ledger.month_closed", "", edit(func(v *ledger.Voucher) { v.Date = "2025-02-28" })},
		{"ledger.corrects_when", "", edit(func(v *ledger.Voucher) { v.Corrects = first.Ref() })},
		{"ledger.corrects_when", "", edit(func(v *ledger.Voucher) { v.Kind = ledger.Supplement })},
		{"ledger.corrects_unknown", "", reverse(func(v *ledger.Voucher) { v.Corrects.Number = 99 })},
		{"ledger.reversal_before", "", reverse(func(v *ledger.Voucher) { v.Date = "2025-03-01" })},
		{"ledger.reversal_differs", "", reverse(func(v *ledger.Voucher) { v.Postings[0].Amount-- })},
		{"ledger.reversal_differs", "", reverse(func(v *ledger.Voucher) { v.Postings = append(v.Postings, v.Postings...) })},
		{"ledger.unknown_account", "", simple(debit("5999", yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.account_has_details", "", simple(debit("5001", yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.account_not_in_book", "SC38-4.5", simple(debit(ledger.FiscalAccount, yuan), credit("400101", yuan))},
		{"ledger.account_not_in_book", "SC38-4.5", simple(debit(ledger.AllocationPaid, yuan, with(cityBook)), credit(ledger.FiscalAccount, yuan))},
		{"ledger.side_unknown", "", edit(func(v *ledger.Voucher) { v.Postings[0].Side = "left" })},
		{"ledger.amount_sign", "", simple(debit("500101", -yuan), credit(ledger.FiscalAccount, -yuan))},
		{"ledger.amount_sign", "", simple(debit("500101", 0), credit(ledger.FiscalAccount, 0))},
		{"ledger.amount_large", "", simple(debit("500101", money.MaxFen+1), credit(ledger.FiscalAccount, money.MaxFen+1))},
		{"ledger.unbalanced", "", simple(debit("500101", 2*yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.memo_mixed", "", simple(debit(ledger.SubsidyDue, yuan, level(ledger.Central)), credit(ledger.MemoContra, yuan), debit("500101", yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.level_wrong", "SC38-10.2", simple(debit(ledger.FiscalAccount, yuan), credit(ledger.Subsidies, yuan))},
		{"ledger.level_wrong", "SC38-10.2", simple(debit(ledger.FiscalAccount, yuan), credit(ledger.Subsidies, yuan, level("village")))},
		{"ledger.institution_wrong", "", simple(debit(ledger.Prepaid, yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.set_off", "SC38-4.5", simple(debit("500101", 5*yuan), debit(ledger.FiscalAccount, 5*yuan), credit("400104", 10*yuan))},
		{"ledger.paid_from_revenue", "SC38-4.5", simple(debit("500101", yuan), credit(ledger.RevenueAccount, yuan))},
		{"ledger.paid_from_revenue", "SC38-4.5", simple(debit("500101", yuan), credit(ledger.Treasury, yuan))},
		{"ledger.levied_into_expenditure", "SC38-4.5", simple(debit(ledger.ExpenditureAccount, yuan), credit("400104", yuan))},
		{"ledger.past_fiscal_account", "SC38-4.5", simple(debit(ledger.ExpenditureAccount, yuan), credit(ledger.RevenueAccount, yuan))},
		{"ledger.overdrawn", "SC38-4.5", simple(debit("500101", 971*yuan), credit(ledger.FiscalAccount, 971*yuan))},
		{"ledger.overdrawn", "SC38-4.5", simple(debit("500101", yuan), credit(ledger.ExpenditureAccount, yuan))},
		{"ledger.wrong_side", "", simple(debit(ledger.FiscalAccount, yuan), credit("110199", yuan))},
		{"ledger.wrong_side", "", simple(debit("400104", yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.wrong_side_of", "", simple(debit(ledger.FiscalAccount, yuan), credit(ledger.Prepaid, yuan, ledger.Dimensions{Institution: "H1"}))},
		{"ledger.wrong_side_of", "", simple(debit(ledger.MemoContra, yuan), credit(ledger.SubsidyDue, yuan, level(ledger.Central)))},
		{"ledger.surplus_kept", "SC38-4.6", simple(debit(ledger.RetainedSurplus, yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.surplus_kept", "SC38-4.6", simple(debit(ledger.RetainedSurplus, yuan), credit(ledger.Violation, yuan))},
		{"ledger.surplus_kept", "SC38-4.6", simple(debit(ledger.FiscalAccount, yuan), credit(ledger.RetainedSurplus, yuan))},
		{"ledger.losses_kept", "SC38-4.7", simple(debit(ledger.FiscalAccount, yuan), credit(ledger.ViolationLosses, yuan))},
		{"ledger.net_asset_kept", "SC38-4.6", fund(debit(ledger.AdjustmentFund, yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.opening_late", "", edit(func(v *ledger.Voucher) { v.Kind = ledger.Opening })},
		{"ledger.set_aside_account", "SC38-4.3", func() ledger.Voucher {
			v := fund(debit(ledger.RiskReserve, yuan), credit(ledger.FiscalAccount, yuan))
			v.Kind, v.Source.Kind = ledger.SetAsideIn, ledger.FromRun
			return v
		}()},
		{"ledger.set_aside_without_run", "SC38-4.3", func() ledger.Voucher {
			v := fund(debit(ledger.RiskReserve, yuan), credit(ledger.AdjustmentFund, yuan))
			v.Kind = ledger.SetAsideIn
			return v
		}()},
		{"ledger.counter_wrong", "SC38-4.6", simple(debit(ledger.CollectionPaid, yuan), credit(ledger.FiscalAccount, yuan))},
		{"ledger.counter_wrong", "SC38-4.6", simple(debit(ledger.CollectionPaid, yuan, with(otherBook)), credit(ledger.FiscalAccount, yuan))},
		{"ledger.counter_wrong", "SC38-4.6", simple(debit("500101", yuan, with(otherBook)), credit(ledger.FiscalAccount, yuan))},
		{"ledger.other_book", "SC38-4.5", ledger.Voucher{Book: staffBook}},
	} {
		// The voucher alone first: what Check says does not depend on what Post sees of a set.
		s := d.states[c.voucher.Book]
		if c.key == "ledger.other_book" {
			s = d.states[cityBook]
		}
		if s == nil {
			_, err := ledger.Post(d.states, []ledger.Voucher{c.voucher})
			refused(t, err, c.key, c.clause)
			continue
		}
		refused(t, ledger.Check(s, c.voucher), c.key, c.clause)
		if c.key != "ledger.other_book" && !containsAny(c.key, "counter") {
			if _, err := ledger.Post(d.states, []ledger.Voucher{c.voucher}); err == nil {
				t.Errorf("%s: posted", c.key)
			}
		}
	}
	if after := snapshot(d); after != before {
		t.Errorf("a refusal changed the books:\n%s\n%s", before, after)
	}
}

// Money that leaves one book arrives in another, of the same type and province, or does not leave.
func TestNothingPassesBetweenTypes(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "YN-2.1")
	d := funded(t)
	d.open(staffFund, ledger.Rules{})
	paid := d.voucher(cityBook, "2025-03-05", debit(ledger.CollectionPaid, 10*yuan, with(fundBook)), credit(ledger.FiscalAccount, 10*yuan))
	got := d.voucher(fundBook, "2025-03-05", debit(ledger.FiscalAccount, 10*yuan), credit(ledger.CollectionReceived, 10*yuan, with(cityBook)))
	mixed := d.voucher(cityBook, "2025-03-05", debit(ledger.CollectionPaid, 10*yuan, with(staffFund)), credit(ledger.FiscalAccount, 10*yuan))
	elsewhere := d.voucher(cityBook, "2025-03-05", debit(ledger.CollectionPaid, 10*yuan, with(ledger.AdjustmentBook(pool.Resident, "530000"))), credit(ledger.FiscalAccount, 10*yuan))
	short := got
	short.Postings = []ledger.Posting{debit(ledger.FiscalAccount, 9*yuan), credit(ledger.CollectionReceived, 9*yuan, with(cityBook))}

	refused(t, ledger.Check(d.states[cityBook], mixed), "ledger.mixes_types", "SC38-4.5")
	refused(t, ledger.Check(d.states[cityBook], elsewhere), "ledger.other_province", "SC38-4.6")
	before := snapshot(d)
	for _, set := range [][]ledger.Voucher{{paid}, {got}, {paid, short}} {
		_, err := ledger.Post(d.states, set)
		refused(t, err, "ledger.not_mirrored", "SC38-4.5")
	}
	// The second voucher of a set is refused: the first is not posted either.
	late := got
	late.Date = "2024-12-31"
	_, err := ledger.Post(d.states, []ledger.Voucher{paid, late})
	refused(t, err, "ledger.year_not_kept", "")
	if snapshot(d) != before {
		t.Error("a refused set changed the books")
	}
	d.post(paid, got)
	d.is(cityBook, 2025, ledger.FiscalAccount, 990*yuan)
	d.is(fundBook, 2025, ledger.FiscalAccount, 510*yuan)
	if left := ledger.Unmirrored(2025, d.states); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

// Money set aside is drawn by a decision on file, and never more than there is, in whichever month.
func TestDrawsOnMoneySetAside(t *testing.T) {
	t.Attr("clause", "SC38-4.8")
	t.Attr("clause", "YN-2.8")
	d := funded(t)
	draw := func(date string, amount money.Fen) ledger.Item {
		i, err := ledger.Draw(pool.Reserve, pool.Resident, chengdu, 2025, amount, "2025-12-01", ledger.DocumentID("decision "+date))
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	if _, err := ledger.Draw(pool.Reserve, pool.Resident, chengdu, 2025, yuan, "", ""); err == nil {
		t.Error("a draw without a decision")
	} else {
		refused(t, err, "ledger.draw_decision", "SC38-4.8")
	}
	_, err := ledger.Draw(pool.Emergency, pool.Resident, chengdu, 2025, 0, "", "d")
	refused(t, err, "ledger.draw_amount", "YN-2.8")

	none, err := ledger.Draw(pool.Emergency, pool.Resident, chengdu, 2025, yuan, "2025-03-01", "d")
	if err != nil {
		t.Fatal(say(t, err))
	}
	empty, err := none.Settle(hands("2025-03-01"), ledger.Arrival{Receipt: "r", Amount: yuan})
	if err != nil {
		t.Fatal(say(t, err))
	}
	_, err = ledger.Post(d.states, empty[:2])
	refused(t, err, "ledger.reserve_overdrawn", "YN-2.8")

	undecided := d.voucher(fundBook, "2025-03-01", debit(ledger.ReservePaid, yuan, with(cityBook)), credit(ledger.FiscalAccount, yuan))
	refused(t, ledger.Check(d.states[fundBook], undecided), "ledger.decision_missing", "SC38-4.8")

	may := draw("may", 150*yuan)
	d.post(may.Announce(hands("2025-05-01"))...)
	d.settle("2025-05-10", may)
	// 50 are left; a back-dated draw of 60 would have been possible in March alone.
	set, err := draw("march", 60*yuan).Settle(hands("2025-03-01"), ledger.Arrival{Receipt: "r", Amount: 60 * yuan})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ledger.Post(d.states, set[:2])
	refused(t, err, "ledger.reserve_overdrawn", "SC38-4.8")
	if got := d.states[fundBook].Available(ledger.RiskReserve, 2025, time.March); got != 50*yuan {
		t.Errorf("available %s", got)
	}
	// Nor may what was drawn be moved back to the fund.
	back := d.voucher(fundBook, "2025-06-01", debit(ledger.RiskReserve, 51*yuan), credit(ledger.AdjustmentFund, 51*yuan))
	back.Kind, back.Source.Kind = ledger.SetAsideIn, ledger.FromRun
	refused(t, ledger.Check(d.states[fundBook], back), "ledger.reserve_overdrawn", "SC38-4.8")
	d.is(cityBook, 2025, ledger.ReserveReceived, 150*yuan)
}

// What was approved to be drawn is kept until it is paid: no further draw is approved, and nothing is moved back, beyond what is
// left; and nobody else is paid out of it.
func TestNothingIsApprovedBeyondWhatIsSetAside(t *testing.T) {
	t.Attr("clause", "SC38-4.8")
	t.Attr("clause", "YN-2.8")
	d := funded(t)
	d.post(func() ledger.Voucher {
		v := d.voucher(otherBook, "2025-01-01", debit(ledger.FiscalAccount, yuan), credit(ledger.RetainedSurplus, yuan))
		v.Kind = ledger.Opening
		return v
	}())
	s := d.states[fundBook]
	draw := func(to region.Code, id ledger.DocumentID, amount money.Fen) ledger.Item {
		i, err := ledger.Draw(pool.Reserve, pool.Resident, to, 2025, amount, "2025-12-01", id)
		if err != nil {
			t.Fatal(say(t, err))
		}
		return i
	}
	approve := func(i ledger.Item, date policy.Date) error {
		_, err := ledger.Post(d.states, i.Announce(hands(date)))
		return err
	}
	first, second := draw(chengdu, "first", 150*yuan), draw(zigong, "second", 50*yuan)
	refused(t, approve(draw(chengdu, "huge", 990_000_000*yuan), "2025-05-01"), "ledger.reserve_overdrawn", "SC38-4.8")
	none, err := ledger.Draw(pool.Emergency, pool.Resident, chengdu, 2025, yuan, "2025-12-01", "none")
	if err != nil {
		t.Fatal(say(t, err))
	}
	refused(t, approve(none, "2025-05-01"), "ledger.reserve_overdrawn", "YN-2.8")
	if err := approve(first, "2025-05-01"); err != nil {
		t.Fatal(say(t, err))
	}
	refused(t, approve(draw(zigong, "third", 51*yuan), "2025-03-01"), "ledger.reserve_overdrawn", "SC38-4.8")
	if err := approve(second, "2025-05-02"); err != nil {
		t.Fatal(say(t, err))
	}
	if got := s.Pledged(ledger.RiskReserve); got != 200*yuan {
		t.Errorf("%s pledged", got)
	}
	back := d.voucher(fundBook, "2025-06-01", debit(ledger.RiskReserve, yuan), credit(ledger.AdjustmentFund, yuan))
	back.Kind, back.Source.Kind = ledger.SetAsideIn, ledger.FromRun
	refused(t, ledger.Check(s, back), "ledger.reserve_overdrawn", "SC38-4.8")
	set, err := draw(zigong, "unapproved", 51*yuan).Settle(hands("2025-06-01"), ledger.Arrival{Receipt: "r", Amount: 51 * yuan})
	if err != nil {
		t.Fatal(say(t, err))
	}
	_, err = ledger.Post(d.states, set[:2])
	refused(t, err, "ledger.reserve_overdrawn", "SC38-4.8")
	d.settle("2025-06-01", first)
	// What is still owed at the end of a year is kept in the next one.
	for _, b := range []ledger.Book{fundBook, otherBook} {
		d.closeThrough(b, 2025, time.November)
		if _, err := d.states[b].CloseYear(month(2025, 0), "reviewer"); err != nil {
			t.Fatal(say(t, err))
		}
	}
	if pledged, left := s.Pledged(ledger.RiskReserve), s.Available(ledger.RiskReserve, 2026, time.January); pledged != 50*yuan || left != 50*yuan {
		t.Errorf("%s pledged of %s", pledged, left)
	}
	d.settle("2026-01-10", second)
	d.is(fundBook, 2026, ledger.OwesReserve, 0)
	d.is(otherBook, 2026, ledger.ReserveReceived, 50*yuan)
}

// What was drawn in a year that is still open is gone in the next one too, and is taken off the reserve at the year's end.
func TestDrawsAcrossTheYear(t *testing.T) {
	t.Attr("clause", "SC38-4.8")
	d := funded(t)
	s := d.states[fundBook]
	for _, b := range []ledger.Book{fundBook, cityBook} {
		if err := d.states[b].OpenYear(month(2026, 0)); err != nil {
			t.Fatal(say(t, err))
		}
	}
	draw := func(id ledger.DocumentID, date policy.Date, amount money.Fen) error {
		i, err := ledger.Draw(pool.Reserve, pool.Resident, chengdu, 2025, amount, date, id)
		if err != nil {
			t.Fatal(say(t, err))
		}
		set, err := i.Settle(hands(date), ledger.Arrival{Receipt: id, Amount: amount})
		if err != nil {
			t.Fatal(say(t, err))
		}
		_, err = ledger.Post(d.states, set[:2])
		return err
	}
	if err := draw("a", "2025-12-01", 150*yuan); err != nil {
		t.Fatal(say(t, err))
	}
	refused(t, draw("b", "2026-01-10", 60*yuan), "ledger.reserve_overdrawn", "SC38-4.8")
	if err := draw("c", "2026-01-10", 50*yuan); err != nil {
		t.Fatal(say(t, err))
	}
	refused(t, draw("d", "2025-12-30", yuan), "ledger.reserve_overdrawn", "SC38-4.8")
	d.closeThrough(fundBook, 2025, time.November)
	if _, err := s.CloseYear(month(2025, 0), "reviewer"); err != nil {
		t.Fatal(say(t, err))
	}
	d.is(fundBook, 2025, ledger.RiskReserve, 50*yuan)
	d.is(fundBook, 2025, ledger.AdjustmentFund, 300*yuan)
	if left := s.Available(ledger.RiskReserve, 2026, time.January); left != 0 {
		t.Errorf("%s left", left)
	}
	// One of two books is closed, the other not: they still agree.
	if left := ledger.Unmirrored(2025, d.states); len(left) > 0 {
		t.Errorf("%v", left)
	}
	refused(t, draw("e", "2026-02-10", 1), "ledger.reserve_overdrawn", "SC38-4.8")
}

// A voucher is numbered within its word and month without gaps; the same key and content is the same voucher.
func TestNumbersAndKeys(t *testing.T) {
	d := funded(t)
	receive := d.voucher(cityBook, "2025-03-05", debit(ledger.FiscalAccount, 5*yuan), credit("400104", 5*yuan))
	pay := d.voucher(cityBook, "2025-03-05", debit("500101", 5*yuan), credit(ledger.FiscalAccount, 5*yuan))
	down := d.voucher(cityBook, "2025-03-06", debit(ledger.ExpenditureAccount, 5*yuan), credit(ledger.FiscalAccount, 5*yuan))
	violated := d.voucher(cityBook, "2025-03-07", debit(ledger.Violation, yuan), credit("500101", yuan))
	due := d.voucher(cityBook, "2025-03-07", debit(ledger.SubsidyDue, yuan, level(ledger.CountyTier)), credit(ledger.MemoContra, yuan))
	april := d.voucher(cityBook, "2025-04-01", debit("500101", yuan), credit(ledger.FiscalAccount, yuan))
	var got []string
	for _, p := range d.post(receive, pay, down, violated, due, april, pay) {
		got = append(got, strings.TrimPrefix(p.Voucher.Ref().String(), "resident/510100/area/"))
		if p.Again != (len(got) == 7) {
			t.Errorf("%s: again %v", p.Voucher.Ref(), p.Again)
		}
	}
	want := "2025-03/receipt/1 2025-03/payment/1 2025-03/payment/2 2025-03/transfer/1 2025-03/memo/1 2025-04/payment/1 2025-03/payment/1"
	if strings.Join(got, " ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, " "), want)
	}
	one := d.open(ledger.AreaBook(pool.Resident, "510400"), ledger.Rules{OneWord: true})
	receive.Book, receive.Key = one.Book, "one"
	if p := d.post(receive)[0]; p.Voucher.Word != ledger.SingleWord {
		t.Errorf("word %s", p.Voucher.Word)
	}
}

// A reversal stands in the series of what it takes back, takes it back exactly, and once.
func TestReversal(t *testing.T) {
	d := funded(t)
	before := balances(d)
	p := d.post(d.voucher(cityBook, "2025-03-05", debit(ledger.FiscalAccount, 5*yuan), credit("400104", 5*yuan)))[0].Voucher
	back := func(key ledger.Key, date string) ledger.Voucher {
		return p.Reverse("2025-05-02", key, ledger.Source{Kind: ledger.FromDocument, ID: "d"}, ledger.Summary{Text: "冲销"}, "a", "b")
	}
	red := d.post(back("r1", "2025-05-02"))[0].Voucher
	if red.Word != p.Word || red.Number != 1 || red.Ref().Month != time.May {
		t.Errorf("reversed by %s", red.Ref())
	}
	if got := balances(d); got != before {
		t.Errorf("not restored:\n%s\n%s", before, got)
	}
	refused(t, ledger.Check(d.states[cityBook], back("r2", "2025-05-02")), "ledger.reversed_already", "")
	again := red.Reverse("2025-05-03", "r3", red.Source, red.Summary, "a", "b")
	refused(t, ledger.Check(d.states[cityBook], again), "ledger.not_reversible", "")
	more := d.voucher(cityBook, "2025-05-03", debit(ledger.FiscalAccount, 6*yuan), credit("400104", 6*yuan))
	more.Kind, more.Corrects = ledger.Supplement, p.Ref()
	d.post(more)
}

// What follows from a signed run, and what passes between books, nobody enters by hand: not the money set aside, not the other
// half of a payment, not what a government owes. Nor is what a run booked taken back.
func TestByHand(t *testing.T) {
	for _, clause := range []string{"SC38-4.3", "SC38-4.5", "SC38-4.7"} {
		t.Attr("clause", clause)
	}
	d := funded(t)
	added := d.voucher(fundBook, "2025-03-05", debit(ledger.AdjustmentFund, 20*yuan), credit(ledger.RiskReserve, 20*yuan))
	added.Kind, added.Source = ledger.SetAsideIn, ledger.Source{Kind: ledger.FromRun, ID: "run"}
	run := d.post(added)[0].Voucher
	red := run.Reverse("2025-03-06", "red", ledger.Source{Kind: ledger.FromDocument, ID: "d"}, ledger.Summary{Text: "红字"}, "a", "b")
	refused(t, ledger.Check(d.states[fundBook], red), "ledger.run_not_reversed", "SC38-4.5")
	d.is(fundBook, 2025, ledger.RiskReserve, 220*yuan)

	out := d.voucher(fundBook, "2025-03-05", debit(ledger.ReservePaid, yuan, with(cityBook)), credit(ledger.FiscalAccount, yuan))
	in := d.voucher(cityBook, "2025-03-05", debit(ledger.FiscalAccount, yuan), credit(ledger.ReserveReceived, yuan, with(fundBook)))
	out.Decision = "a text that looks like a decision"
	owed := d.voucher(cityBook, "2025-03-05", debit(ledger.LossDue, yuan, level(ledger.Municipal)), credit(ledger.MemoContra, yuan))
	interest := d.voucher(fundBook, "2025-03-05", debit(ledger.FiscalAccount, yuan), credit("4201", yuan))
	fromRun := interest
	fromRun.Source.Kind = ledger.FromRun
	for _, c := range []struct {
		key, clause string
		set         []ledger.Voucher
	}{
		{"ledger.set_aside_without_run", "SC38-4.3", []ledger.Voucher{added}},
		{"ledger.source_by_hand", "", []ledger.Voucher{fromRun}},
		{"ledger.between_by_hand", "SC38-4.5", []ledger.Voucher{out, in}},
		{"ledger.due_by_hand", "SC38-4.7", []ledger.Voucher{owed}},
	} {
		before := snapshot(d)
		_, err := ledger.PostByHand(d.states, c.set)
		refused(t, err, c.key, c.clause)
		if snapshot(d) != before {
			t.Errorf("%s: changed the books", c.key)
		}
	}
	// The province's cities lay out for people insured elsewhere: that is theirs to enter.
	lent := d.voucher(cityBook, "2025-03-05", debit(ledger.OffsiteLent, yuan, with(clearingBook)), credit(ledger.FiscalAccount, yuan))
	due := d.voucher(cityBook, "2025-03-05", debit(ledger.SubsidyDue, yuan, level(ledger.Central)), credit(ledger.MemoContra, yuan))
	if _, err := ledger.PostByHand(d.states, []ledger.Voucher{lent, due, interest}); err != nil {
		t.Error(say(t, err))
	}
}

// What is laid out is not spent: it may come to no more than the year itself brought and what was taken in, it is aged by what came
// first, and it is cleared before the year closes. So no surplus is carried out of a book on a temporary account.
func TestLayingOutUsesNoSurplus(t *testing.T) {
	t.Attr("clause", "SC38-4.6")
	t.Attr("clause", "SC38-4.5")
	d := funded(t)
	s := d.states[cityBook]
	out := func(date policy.Date, amount money.Fen) ledger.Voucher {
		return d.voucher(cityBook, date, debit("110199", amount), credit(ledger.FiscalAccount, amount))
	}
	refused(t, ledger.Check(s, out("2025-01-10", 1)), "ledger.laid_out", "SC38-4.6")
	d.post(d.voucher(cityBook, "2025-01-10", debit(ledger.FiscalAccount, 30*yuan), credit("400104", 30*yuan)),
		d.voucher(cityBook, "2025-01-11", debit(ledger.FiscalAccount, 5*yuan), credit("200199", 5*yuan)))
	refused(t, ledger.Check(s, out("2025-01-12", 35*yuan+1)), "ledger.laid_out", "SC38-4.6")
	d.post(out("2025-01-12", 20*yuan), out("2025-08-12", 10*yuan), out("2025-11-12", 5*yuan))
	refused(t, ledger.Check(s, out("2025-11-13", 1)), "ledger.laid_out", "SC38-4.6")
	d.post(d.voucher(cityBook, "2025-11-20", debit(ledger.FiscalAccount, 22*yuan), credit("110199", 22*yuan)))
	ages := s.Ages(2025, time.December)
	if len(ages) != 2 || ages[0].Total != 13*yuan || ages[0].Quarter != 5*yuan || ages[0].Year != 8*yuan || ages[0].Before != 0 || ages[1].Total != 5*yuan || ages[1].Year != 5*yuan {
		t.Errorf("%+v", ages)
	}
	d.closeThrough(cityBook, 2025, time.November)
	_, err := s.CloseYear(month(2025, 0), "reviewer")
	refused(t, err, "ledger.laid_out_at_year_end", "SC38-4.6")
	d.post(d.voucher(cityBook, "2025-12-20", debit(ledger.FiscalAccount, 13*yuan), credit("110199", 13*yuan)))
	if _, err := s.CloseYear(month(2025, 0), "reviewer"); err != nil {
		t.Fatal(say(t, err))
	}
	if ages := s.Ages(2026, time.January); len(ages) != 1 || ages[0].Before != 5*yuan {
		t.Errorf("%+v", ages)
	}
	d.closeThrough(cityBook, 2026, time.November)
	_, err = s.CloseYear(month(2026, 0), "reviewer")
	refused(t, err, "ledger.taken_in_at_year_end", "SC38-4.5") // nobody said in a year what it was
	d.post(d.voucher(cityBook, "2026-12-20", debit("200199", 5*yuan), credit(ledger.FiscalAccount, 5*yuan)))
	if _, err := s.CloseYear(month(2026, 0), "reviewer"); err != nil {
		t.Fatal(say(t, err))
	}
}
