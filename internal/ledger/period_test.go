package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

func month(year policy.Year, m time.Month) ledger.PeriodOrder {
	return ledger.PeriodOrder{Year: year, Month: m, By: "chief", Today: later, Approver: "director", Reason: "漏记一张凭证"}
}

// Months close one after the other; a closed month is opened again by two persons with a reason, and no voucher changes.
func TestMonths(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	t.Attr("clause", "SC38-11.3")
	d := funded(t)
	s := d.states[cityBook]
	refused(t, s.CloseMonth(month(2025, time.February)), "ledger.close_order", "")
	refused(t, s.CloseMonth(month(2024, time.January)), "ledger.year_not_kept", "")
	refused(t, s.CloseMonth(ledger.PeriodOrder{Year: 2025, Month: 1}), "ledger.persons_missing", "YA-4.10.3")
	early := month(2025, time.January)
	for _, early.Today = range []policy.Date{"", "2024-12-31", "2025-01-31"} {
		refused(t, s.CloseMonth(early), "ledger.month_not_over", "")
	}
	d.closeThrough(cityBook, 2025, time.March)
	refused(t, s.CloseMonth(month(2025, time.December)), "ledger.december_with_year", "")

	late := d.voucher(cityBook, "2025-02-28", debit("500101", yuan), credit(ledger.FiscalAccount, yuan))
	refused(t, ledger.Check(s, late), "ledger.month_closed", "")
	before := balances(d)
	for _, c := range []struct {
		change      func(*ledger.PeriodOrder)
		key, clause string
	}{
		{func(o *ledger.PeriodOrder) { o.Approver = "" }, "ledger.reopen_two_persons", "YA-4.10.3"},
		{func(o *ledger.PeriodOrder) { o.Approver = o.By }, "ledger.reopen_two_persons", "YA-4.10.3"},
		{func(o *ledger.PeriodOrder) { o.Reason = "" }, "ledger.reopen_reason", "YA-4.10.3"},
		{func(o *ledger.PeriodOrder) { o.Month = time.April }, "ledger.reopen_not_closed", ""},
	} {
		o := month(2025, time.February)
		c.change(&o)
		refused(t, s.Reopen(o), c.key, c.clause)
	}
	if err := s.Reopen(month(2025, time.February)); err != nil {
		t.Fatal(say(t, err))
	}
	if s.Years[2025].Through != time.January || balances(d) != before {
		t.Errorf("reopened to %v", s.Years[2025])
	}
	d.post(late)
	// A month whose books do not balance is not closed: a damaged line shows.
	s.Lines[ledger.Line{Year: 2025, Account: "500101"}].Debit[1]++
	refused(t, s.CloseMonth(month(2025, time.February)), "ledger.trial_balance", "")
}

// The year by hand: income 500, spending 620 of which 40 broke policy and 25 of that was covered. The surplus of 1,000
// loses the city's own deficit of 80 and nothing else; the losses stand apart at 15.
func TestYearEnd(t *testing.T) {
	for _, clause := range []string{"SC38-4.6", "SC38-4.7", "YN-2.4"} {
		t.Attr("clause", clause)
	}
	d := funded(t)
	s := d.states[cityBook]
	d.post(d.voucher(cityBook, "2025-02-01", debit(ledger.FiscalAccount, 500*yuan), credit("400104", 500*yuan)),
		d.voucher(cityBook, "2025-03-01", debit("500101", 620*yuan), credit(ledger.FiscalAccount, 620*yuan)),
		d.voucher(cityBook, "2025-09-01", debit(ledger.Violation, 40*yuan), credit("500101", 40*yuan)),
		d.voucher(cityBook, "2025-12-01", debit(ledger.FiscalAccount, 25*yuan), credit(ledger.LossCovered, 25*yuan, level(ledger.Municipal))))
	closing := month(2025, 0)
	closing.DeficitApproval = true
	_, err := s.CloseYear(closing, "reviewer")
	refused(t, err, "ledger.close_order", "")
	d.closeThrough(cityBook, 2025, time.November)
	_, err = s.CloseYear(closing, "chief")
	refused(t, err, "ledger.same_person", "YA-4.10.3")
	_, err = s.CloseYear(closing, "reviewer")
	refused(t, err, "ledger.deficit_decision", "YN-2.4")

	// January can be booked before the old year is closed, on what stands there now.
	if err := s.OpenYear(month(2026, 0)); err != nil {
		t.Fatal(say(t, err))
	}
	refused(t, s.OpenYear(month(2026, 0)), "ledger.open_year_order", "")
	refused(t, s.OpenYear(month(2027, 0)), "ledger.year_before_open", "")
	refused(t, s.OpenYear(month(2029, 0)), "ledger.open_year_order", "")
	refused(t, s.CloseMonth(month(2026, time.January)), "ledger.year_before_open", "")
	_, err = s.CloseYear(month(2026, 0), "reviewer")
	refused(t, err, "ledger.close_order", "")
	d.is(cityBook, 2026, ledger.FiscalAccount, 905*yuan)
	d.post(d.voucher(cityBook, "2026-01-05", debit("500101", 900*yuan), credit(ledger.FiscalAccount, 900*yuan)))
	// A late payment of December must leave enough for January.
	refused(t, ledger.Check(s, d.voucher(cityBook, "2025-12-31", debit("500101", 6*yuan), credit(ledger.FiscalAccount, 6*yuan))), "ledger.overdrawn", "SC38-4.5")

	for _, c := range []struct {
		approval ledger.SurplusApproval
		key      string
	}{
		{ledger.SurplusApproval{Document: "d", Book: otherBook, Year: 2025, Amount: 80 * yuan}, "ledger.deficit_other"},
		{ledger.SurplusApproval{Document: "d", Book: staffBook, Year: 2025, Amount: 80 * yuan}, "ledger.deficit_other"},
		{ledger.SurplusApproval{Document: "d", Book: cityBook, Year: 2024, Amount: 80 * yuan}, "ledger.deficit_other"},
		{ledger.SurplusApproval{Document: "d", Book: cityBook, Year: 2025, Amount: 80*yuan - 1}, "ledger.deficit_more"},
		{ledger.SurplusApproval{Book: cityBook, Year: 2025, Amount: 80 * yuan}, "ledger.deficit_decision"},
	} {
		closing.Approval = c.approval
		_, err := s.CloseYear(closing, "reviewer")
		refused(t, err, c.key, "YN-2.4")
	}
	closing.Approval = ledger.SurplusApproval{Document: "d", Book: cityBook, Year: 2025, Amount: 80 * yuan}
	closing.Today = "2025-12-31"
	_, err = s.CloseYear(closing, "reviewer")
	refused(t, err, "ledger.year_not_over", "")
	closing.Today = "2026-01-01"
	end, err := s.CloseYear(closing, "reviewer")
	if err != nil {
		t.Fatal(say(t, err))
	}
	if end.Normal != -80*yuan || len(end.Posted) != 2 || end.Posted[0].Voucher.Word != ledger.TransferWord {
		t.Errorf("%+v", end)
	}
	d.is(cityBook, 2025, ledger.RetainedSurplus, 920*yuan)
	d.is(cityBook, 2025, ledger.ViolationLosses, 15*yuan)
	d.is(cityBook, 2025, "400104", 0)
	d.is(cityBook, 2026, ledger.FiscalAccount, 5*yuan)
	d.is(cityBook, 2026, ledger.RetainedSurplus, 920*yuan)
	refused(t, ledger.Check(s, d.voucher(cityBook, "2025-12-31", debit("500101", yuan), credit(ledger.FiscalAccount, yuan))), "ledger.year_closed", "")
	refused(t, s.Reopen(month(2025, time.June)), "ledger.year_closed", "")
	if _, err := s.CloseYear(closing, "reviewer"); err == nil {
		t.Error("closed twice")
	}
	// What was posted in an earlier year is not taken back in a later one.
	var first ledger.Voucher
	for _, e := range s.Entries {
		if e.Voucher.Date == "2025-02-01" {
			first = e.Voucher
		}
	}
	red := first.Reverse("2026-02-01", "red", first.Source, first.Summary, "a", "b")
	refused(t, ledger.Check(s, red), "ledger.reversal_other_year", "SC38-4.6")
}

// A book begins in a month, and only there takes opening balances.
func TestOpening(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		book  ledger.Book
		month time.Month
		key   string
	}{
		{ledger.Book{Insurance: "resident", Division: "510100", Kind: ledger.Adjustment}, 1, "ledger.book_invalid"},
		{ledger.Book{Insurance: "resident", Division: "51", Kind: ledger.Area}, 1, "ledger.book_invalid"},
		{ledger.Book{Division: "510100", Kind: ledger.Area}, 1, "ledger.book_invalid"},
		{cityBook, 13, "ledger.month_invalid"},
	} {
		_, err := ledger.NewState(d.chart, c.book, ledger.Rules{}, 2025, c.month)
		clause := "SC38-4.5"
		if c.key == "ledger.month_invalid" {
			clause = ""
		}
		refused(t, err, c.key, clause)
	}
	s, err := ledger.NewState(d.chart, cityBook, ledger.Rules{}, 2025, time.July)
	if err != nil {
		t.Fatal(err)
	}
	d.states[cityBook] = s
	v := d.voucher(cityBook, "2025-07-01", debit(ledger.FiscalAccount, yuan), credit("400104", yuan))
	v.Kind = ledger.Opening
	refused(t, ledger.Check(s, v), "ledger.opening_account", "")
	v.Postings[1] = credit(ledger.RetainedSurplus, yuan)
	posted := d.post(v)[0].Voucher
	d.post(d.voucher(cityBook, "2025-07-02", debit(ledger.FiscalAccount, 10*yuan), credit("400104", 10*yuan)))
	v.Key, v.Date = "other", "2025-08-01"
	refused(t, ledger.Check(s, v), "ledger.opening_late", "")
	v.Date = "2025-06-30"
	refused(t, ledger.Check(s, v), "ledger.before_book", "")
	trial := ledger.TrialBalance(ledger.Span{Year: 2025, From: time.July, To: time.July}, false, s)
	if row := trial.Rows[0]; row.Opening != yuan || row.Debit != 10*yuan || row.Balance != 11*yuan {
		t.Errorf("an opening is no turnover: %+v", row)
	}
	red := posted.Reverse("2025-08-01", "red", posted.Source, posted.Summary, "a", "b")
	refused(t, ledger.Check(s, red), "ledger.opening_late", "")
	if err := s.CloseMonth(month(2025, time.July)); err != nil {
		t.Fatal(say(t, err))
	}
	if err := s.Reopen(month(2025, time.June)); err == nil {
		t.Error("a month before the book was reopened")
	}
}

// Opening balances are the first thing in a book and there once. While nothing else was booked they can be taken back and
// given anew; after that neither an opening nor its taking back moves a fen of the surplus.
func TestOpeningIsTheFirstAndOnly(t *testing.T) {
	t.Attr("clause", "SC38-4.6")
	d := newDesk(t, cityBook)
	s := d.states[cityBook]
	opens := func(lines ...ledger.Posting) ledger.Voucher {
		v := d.voucher(cityBook, "2025-01-01", lines...)
		v.Kind = ledger.Opening
		return v
	}
	back := func(v ledger.Voucher) ledger.Voucher {
		d.keys++
		return v.Reverse("2025-01-31", ledger.Key(fmt.Sprint("back", d.keys)), v.Source, v.Summary, "a", "b")
	}
	refused(t, ledger.Check(s, opens(debit(ledger.FiscalAccount, 9*yuan), credit(ledger.RetainedSurplus, 10*yuan), debit(ledger.RetainedSurplus, yuan))), "ledger.opening_twice", "")
	wrong := d.post(opens(debit(ledger.FiscalAccount, 70*yuan), credit(ledger.RetainedSurplus, 70*yuan)))[0].Voucher
	taking := opens(debit(ledger.RetainedSurplus, 50*yuan), credit(ledger.FiscalAccount, 50*yuan))
	refused(t, ledger.Check(s, taking), "ledger.opening_used", "SC38-4.6")
	d.post(back(wrong))
	right := d.post(opens(debit(ledger.FiscalAccount, 100*yuan), credit(ledger.RetainedSurplus, 100*yuan)))[0].Voucher
	refused(t, ledger.Check(s, opens(debit(ledger.FiscalAccount, yuan), credit(ledger.RetainedSurplus, yuan))), "ledger.opening_used", "SC38-4.6")
	spent := d.post(d.voucher(cityBook, "2025-01-05", debit(ledger.FiscalAccount, 5*yuan), credit("400104", 5*yuan)))[0].Voucher
	refused(t, ledger.Check(s, taking), "ledger.opening_used", "SC38-4.6")
	refused(t, ledger.Check(s, back(right)), "ledger.opening_used", "SC38-4.6")
	d.post(back(spent))
	d.post(back(right))
	d.is(cityBook, 2025, ledger.FiscalAccount, 0)
	d.is(cityBook, 2025, ledger.RetainedSurplus, 0)
}

// The year that begins while the one before is still open begins with what that comes to now: its sheet balances, its trial
// balance is zero, its surplus has the result in it and losses stand apart; and closing the year before changes none of it.
func TestStatementsOfAYearThatBeginsEarly(t *testing.T) {
	for _, clause := range []string{"SC38-4.5", "SC38-4.6", "SC38-4.7", "SC38-4.8"} {
		t.Attr("clause", clause)
	}
	d := funded(t)
	d.post(d.voucher(cityBook, "2025-02-01", debit(ledger.FiscalAccount, 500*yuan), credit("400104", 500*yuan)),
		d.voucher(cityBook, "2025-03-01", debit("500101", 460*yuan), credit(ledger.FiscalAccount, 460*yuan)),
		d.voucher(cityBook, "2025-09-01", debit(ledger.Violation, 40*yuan), credit("500101", 40*yuan)))
	aid, err := ledger.Draw(pool.Reserve, pool.Resident, chengdu, 2025, 30*yuan, "2025-06-01", "decision")
	if err != nil {
		t.Fatal(say(t, err))
	}
	d.post(aid.Announce(hands("2025-05-20"))...)
	d.settle("2025-06-01", aid)
	shown := func(b ledger.Book) string {
		s := d.states[b]
		sheet, trial, income := ledger.NewBalanceSheet(2026, time.March, s), ledger.TrialBalance(ledger.Whole(2026), true, s), ledger.NewIncomeStatement(ledger.Whole(2026), s)
		if !sheet.Balances() || trial.Total.Balance != 0 || trial.Total.Opening != 0 {
			t.Errorf("%s: assets %s, liabilities %s, net assets %s, result %s; trial %+v", b, sheet.TotalAssets, sheet.TotalLiabilities, sheet.TotalNet, sheet.Result, trial.Total)
		}
		if err := s.Balanced(); err != nil {
			t.Error(say(t, err))
		}
		out := fmt.Sprintln(b, sheet, income.SurplusBegin, income.SurplusEnd(), s.Available(ledger.RiskReserve, 2026, time.January))
		for _, r := range trial.Rows {
			if r.Opening != 0 || r.Balance != 0 {
				out += fmt.Sprintln(r.Account.Code, r.Dimensions, r.Opening, r.Debit, r.Credit, r.Balance)
			}
		}
		return out
	}
	before := map[ledger.Book]string{}
	for _, b := range []ledger.Book{cityBook, fundBook} {
		if err := d.states[b].OpenYear(month(2026, 0)); err != nil {
			t.Fatal(say(t, err))
		}
		if b == cityBook {
			d.post(d.voucher(b, "2026-01-10", debit(ledger.FiscalAccount, 7*yuan), credit("400104", 7*yuan)))
		}
		before[b] = shown(b)
		if !d.states[b].Provisional(2026) || d.states[b].Provisional(2025) {
			t.Error("provisional")
		}
	}
	if got := ledger.NewIncomeStatement(ledger.Whole(2026), d.states[cityBook]).SurplusBegin; got != 1110*yuan {
		t.Errorf("2026 begins with a surplus of %s", got)
	}
	d.is(cityBook, 2026, ledger.ViolationLosses, 40*yuan)
	d.is(fundBook, 2026, ledger.RiskReserve, 170*yuan)
	for _, b := range []ledger.Book{cityBook, fundBook} {
		d.closeThrough(b, 2025, time.November)
		if _, err := d.states[b].CloseYear(month(2025, 0), "reviewer"); err != nil {
			t.Fatal(say(t, err))
		}
		if after := shown(b); after != before[b] {
			t.Errorf("before the closing:\n%safter it:\n%s", before[b], after)
		}
		if d.states[b].Provisional(2026) {
			t.Error("still provisional")
		}
	}
}
