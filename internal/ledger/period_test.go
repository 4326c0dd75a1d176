package ledger_test

import (
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/policy"
)

func month(year policy.Year, m time.Month) ledger.PeriodOrder {
	return ledger.PeriodOrder{Year: year, Month: m, By: "chief", Approver: "director", Reason: "漏记一张凭证"}
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
	s.Rules.DeficitApproval = true
	d.post(d.voucher(cityBook, "2025-02-01", debit(ledger.FiscalAccount, 500*yuan), credit("400104", 500*yuan)),
		d.voucher(cityBook, "2025-03-01", debit("500101", 620*yuan), credit(ledger.FiscalAccount, 620*yuan)),
		d.voucher(cityBook, "2025-09-01", debit(ledger.Violation, 40*yuan), credit("500101", 40*yuan)),
		d.voucher(cityBook, "2025-12-01", debit(ledger.FiscalAccount, 25*yuan), credit(ledger.LossCovered, 25*yuan, level(ledger.Municipal))))
	closing := month(2025, 0)
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

	closing.Decision = "approval of both departments"
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
	// What came in later does not make an overdrawn opening good.
	d.post(d.voucher(cityBook, "2025-07-02", debit(ledger.FiscalAccount, 10*yuan), credit("400104", 10*yuan)))
	below := d.voucher(cityBook, "2025-07-01", debit(ledger.RetainedSurplus, 5*yuan), credit(ledger.FiscalAccount, 5*yuan))
	below.Kind = ledger.Opening
	refused(t, ledger.Check(s, below), "ledger.overdrawn", "SC38-4.5")
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
