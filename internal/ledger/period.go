package ledger

import (
	"strconv"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Act (期间操作) is something done to a period.
type Act string

// The acts.
const (
	CloseMonth Act = "close_month" // 月结
	CloseYear  Act = "close_year"  // 年结
	Reopen     Act = "reopen"      // 反结账
	OpenYear   Act = "open_year"   // 启用新年度
)

// PeriodOrder (期间操作单) asks for an act: by whom, and for 反结账 who approved it and why. At and the audit entry are the
// caller's.
type PeriodOrder struct {
	Year     policy.Year
	Month    time.Month
	By       Person
	Approver Person
	Reason   string
	// Today is the day it is done: no month and no year closes before it is over.
	Today policy.Date
	// DeficitApproval tells that the policy in force asks both departments' approval before a year's deficit is carried into the
	// retained surplus; Approval is that approval, None when there is none.
	DeficitApproval bool
	Approval        SurplusApproval
}

// SurplusApproval (动用结余批准) is the approval of both departments on file to cover a year's deficit out of a book's retained
// surplus, up to an amount in fen.
//
// 依据: YN-2.4
type SurplusApproval struct {
	Document DocumentID
	Book     Book
	Year     policy.Year
	Amount   money.Fen
}

// CloseMonth (月度结账) closes a month: the one before is closed and the books balance. December closes with its year.
//
// 依据: YA-4.10.3
func (s *State) CloseMonth(o PeriodOrder) error {
	y, err := s.openYear(o)
	if err != nil {
		return err
	}
	last, before := s.Years[o.Year-1]
	switch {
	case o.Month == time.December:
		return refuse("month", monthText(o.Year, o.Month), "", "ledger.december_with_year")
	case o.Month != y.Through+1:
		return refuse("month", monthText(o.Year, o.Month), "", "ledger.close_order", "next", monthText(o.Year, y.Through+1))
	case before && !last.Closed:
		return refuse("month", monthText(o.Year, o.Month), "", "ledger.year_before_open", "year", int(o.Year-1))
	case len(o.Today) < 7 || string(o.Today[:7]) <= monthText(o.Year, o.Month):
		return refuse("month", monthText(o.Year, o.Month), "", "ledger.month_not_over", "today", string(o.Today))
	}
	if err := s.Balanced(); err != nil {
		return err
	}
	y.Through = o.Month
	s.Years[o.Year] = y
	return nil
}

// Reopen (反结账) opens a closed month of an open year again, and with it every later month. Two persons and a reason are
// needed; no voucher is touched.
//
// 依据: YA-4.10.3, SC38-11.3
func (s *State) Reopen(o PeriodOrder) error {
	y, err := s.openYear(o)
	if err != nil {
		return err
	}
	switch {
	case o.Approver == "" || o.Approver == o.By:
		return refuse("approver", string(o.Approver), "YA-4.10.3", "ledger.reopen_two_persons")
	case o.Reason == "":
		return refuse("reason", "", "YA-4.10.3", "ledger.reopen_reason")
	case o.Month < y.First || o.Month > y.Through:
		return refuse("month", monthText(o.Year, o.Month), "", "ledger.reopen_not_closed")
	}
	y.Through = o.Month - 1
	s.Years[o.Year] = y
	return nil
}

// OpenYear (启用新年度) opens the year after one that is kept, so that January can be booked while the old year's final
// accounts are being made. Its opening balances are provisional until the old year is closed.
func (s *State) OpenYear(o PeriodOrder) error {
	before, ok := s.Years[o.Year-1]
	_, already := s.Years[o.Year]
	_, older := s.Years[o.Year-2]
	switch {
	case o.By == "":
		return refuse("by", "", "YA-4.10.3", "ledger.persons_missing")
	case !ok || already:
		return refuse("year", strconv.Itoa(int(o.Year)), "", "ledger.open_year_order")
	case !before.Closed && older && !s.Years[o.Year-2].Closed:
		return refuse("year", strconv.Itoa(int(o.Year)), "", "ledger.year_before_open", "year", int(o.Year-2))
	}
	s.Years[o.Year] = Year{First: time.January}
	return nil
}

// openYear refuses an act on a year that is not kept or is closed, and one by nobody.
func (s *State) openYear(o PeriodOrder) (Year, error) {
	y, ok := s.Years[o.Year]
	switch {
	case o.By == "":
		return y, refuse("by", "", "YA-4.10.3", "ledger.persons_missing")
	case !ok:
		return y, refuse("year", strconv.Itoa(int(o.Year)), "", "ledger.year_not_kept", "year", int(o.Year))
	case y.Closed:
		return y, refuse("year", strconv.Itoa(int(o.Year)), "", "ledger.year_closed", "year", int(o.Year))
	}
	return y, nil
}

// Balanced (试算平衡) checks that in every year the openings and every month's turnover come to zero, the memo accounts by
// themselves. Postings that were checked always do; books that do not were damaged.
func (s *State) Balanced() error {
	type part struct {
		year policy.Year
		memo bool
	}
	months := map[part]*[13]money.Fen{}
	of := func(l Line) *[13]money.Fen {
		a, _ := s.Chart.Get(l.Account)
		p := part{l.Year, a.Nature == Memo}
		if months[p] == nil {
			months[p] = &[13]money.Fen{}
		}
		return months[p]
	}
	for l, t := range s.Lines {
		for m := range 12 {
			of(l)[m+1] += t.Debit[m] - t.Credit[m]
		}
	}
	for year := range s.Years {
		for _, l := range s.lines(year) {
			of(l)[0] += s.opening(l)
		}
	}
	for p, sums := range months {
		for m, sum := range sums {
			if sum != 0 {
				return refuse("month", monthText(p.year, time.Month(m)), "", "ledger.trial_balance", "difference", sum)
			}
		}
	}
	return nil
}

// YearEnd (年末结转) is what closing a year did: the vouchers that carried income and expenditure into net assets, and what
// the next year opens with.
type YearEnd struct {
	Posted   []Posted
	Openings map[Line]money.Fen
	// Normal is what the year added to the book's own surplus, in fen; less than 0 for a deficit. Losses that local
	// government must cover, and what it covered, are not in it.
	Normal money.Fen
}

// CloseYear (年度结账) carries income and expenditure into net assets, closes December and the year, and opens the next with
// the balances. A city's surplus takes its own income and expenditure and nothing else; losses from breaking policy and
// what local government paid for them go to an account of their own, and draws to the money they were drawn from.
//
// 依据: SC38-4.6, SC38-4.7, YN-2.4
func (s *State) CloseYear(o PeriodOrder, reviewer Person) (YearEnd, error) {
	y, err := s.openYear(o)
	if err != nil {
		return YearEnd{}, err
	}
	last, before := s.Years[o.Year-1]
	switch {
	case reviewer == "" || reviewer == o.By:
		return YearEnd{}, refuse("reviewer", string(reviewer), "YA-4.10.3", "ledger.same_person")
	case y.Through != time.November:
		return YearEnd{}, refuse("month", monthText(o.Year, y.Through+1), "", "ledger.close_order", "next", monthText(o.Year, y.Through+1))
	case before && !last.Closed:
		return YearEnd{}, refuse("year", strconv.Itoa(int(o.Year)), "", "ledger.year_before_open", "year", int(o.Year-1))
	case o.Today <= o.Year.End():
		return YearEnd{}, refuse("year", strconv.Itoa(int(o.Year)), "", "ledger.year_not_over", "today", string(o.Today))
	}
	if err := s.Balanced(); err != nil {
		return YearEnd{}, err
	}
	if out := s.standing(LaidOut, o.Year); out != 0 {
		return YearEnd{}, refuse("amount", out.String(), "SC38-4.6", "ledger.laid_out_at_year_end", "amount", out)
	}
	for _, age := range s.Ages(o.Year, time.December) {
		if age.Account.Role == TakenIn && age.Before > 0 {
			return YearEnd{}, refuse("amount", age.Before.String(), "SC38-4.5", "ledger.taken_in_at_year_end", "account", age.Account.Name(), "amount", age.Before)
		}
	}
	end := YearEnd{Normal: s.normal(o.Year)}
	if err := s.covered(o, -end.Normal); err != nil {
		return YearEnd{}, err
	}
	for _, v := range s.closing(o, reviewer) {
		end.Posted = append(end.Posted, s.Apply(v))
	}
	end.Openings = s.carry(o.Year)
	s.Years[o.Year] = Year{First: y.First, Through: time.December, Closed: true}
	if _, ok := s.Years[o.Year+1]; !ok {
		s.Years[o.Year+1] = Year{First: time.January}
	}
	return end, nil
}

// covered refuses to carry a deficit into a city's surplus without the approval that the rules ask for, or by one of another
// book or year or of less.
//
// 依据: YN-2.4
func (s *State) covered(o PeriodOrder, deficit money.Fen) error {
	a := o.Approval
	switch {
	case !o.DeficitApproval && !s.Rules.DeficitApproval || s.Book.Kind != Area || deficit <= 0:
		return nil
	case a.Document == "":
		return refuse("decision", "", "YN-2.4", "ledger.deficit_decision", "deficit", deficit)
	case a.Book != s.Book || a.Year != o.Year:
		return refuse("decision", string(a.Document), "YN-2.4", "ledger.deficit_other", "book", a.Book.Name(), "year", int(a.Year))
	case a.Amount < deficit:
		return refuse("decision", string(a.Document), "YN-2.4", "ledger.deficit_more", "approved", a.Amount, "deficit", deficit)
	}
	return nil
}

// target is the net-asset account that takes a line at the end of the year.
func (s *State) target(a Account) Code {
	if a.ClosesTo != "" {
		return a.ClosesTo
	}
	return surplusOf(s.Book.Kind)
}

// normal is the year's income less expenditure that the book's own surplus takes.
func (s *State) normal(year policy.Year) money.Fen {
	var sum money.Fen
	for l := range s.Lines {
		if a, _ := s.Chart.Get(l.Account); l.Year == year && a.Nature.yearly() && s.target(a) == surplusOf(s.Book.Kind) {
			sum -= s.At(l, time.December)
		}
	}
	return sum
}

// closing makes the vouchers of the year's end: one that carries income over and one for expenditure.
func (s *State) closing(o PeriodOrder, reviewer Person) []Voucher {
	var out []Voucher
	for _, nature := range []Nature{Income, Expenditure} {
		v := Voucher{Book: s.Book, Date: o.Year.End(), Kind: Closing, Maker: o.By, Reviewer: reviewer, Decision: o.Approval.Document,
			Summary: Summary{Key: "ledger.summary." + "closing_" + string(nature), Year: o.Year, Insurance: s.Book.Insurance, Division: s.Book.Division},
			Source:  Source{FromDocument, DocumentID("year-end/" + strconv.Itoa(int(o.Year)))},
			Key:     Key("year-end/" + strconv.Itoa(int(o.Year)) + "/" + string(nature))}
		taken := map[Code]money.Fen{}
		for _, l := range s.sorted(o.Year) {
			a, _ := s.Chart.Get(l.Account)
			if balance := s.At(l, time.December); a.Nature == nature && balance != 0 {
				v.Postings = append(v.Postings, posting(l.Account, l.Dimensions, -balance))
				taken[s.target(a)] += balance
			}
		}
		for _, a := range s.Chart.Accounts() {
			if amount, ok := taken[a.Code]; ok && amount != 0 {
				v.Postings = append(v.Postings, posting(a.Code, Dimensions{}, amount))
			}
		}
		if len(v.Postings) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// posting writes a signed amount on the side it belongs to.
func posting(account Code, d Dimensions, signed money.Fen) Posting {
	if signed < 0 {
		return Posting{account, d, Credit, -signed}
	}
	return Posting{account, d, Debit, signed}
}

// carry gives the next year's lines what the year's closed with.
func (s *State) carry(year policy.Year) map[Line]money.Fen {
	openings := map[Line]money.Fen{}
	for _, l := range s.lines(year) {
		a, _ := s.Chart.Get(l.Account)
		if a.Nature.yearly() {
			continue
		}
		balance := s.At(l, time.December)
		l.Year++
		if balance != 0 {
			openings[l] = balance
			s.line(l).Opening = balance
		}
	}
	return openings
}
