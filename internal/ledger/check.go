package ledger

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// MaxPostings is the most lines a voucher may have; their amounts still add up inside 64 bits.
const MaxPostings = 900

// Check (凭证检查) says whether a voucher may be posted to a book as it stands: nil, or a fault.Refusal with the clause.
// What it cannot see in one book, that money which leaves one book arrives in another, Post checks of the set.
//
// 依据: SC38-4.5, SC38-4.6, SC38-4.7, SC38-4.8, YA-4.10.3
func Check(s *State, v Voucher) error {
	if _, err := s.repeated(v); err != nil {
		return err
	}
	for _, check := range []func(*State, Voucher) error{form, period, correction, lines, balanced, twoLines, kept, laidOut, setAside, sufficient} {
		if err := check(s, v); err != nil {
			return err
		}
	}
	return nil
}

// repeated tells whether the voucher was posted already; the same key with other content is refused.
func (s *State) repeated(v Voucher) (bool, error) {
	ref, ok := s.Keys[v.Key]
	if !ok {
		return false, nil
	}
	if entry, ok := s.Entries[ref]; ok && entry.Digest == v.Digest() {
		return true, nil
	}
	return false, refuse("key", string(v.Key), "", "ledger.key_reused", "ref", ref.Text())
}

// form looks at the voucher by itself.
func form(s *State, v Voucher) error {
	_, real := policy.ParseDate(string(v.Date))
	switch {
	case v.Book != s.Book:
		return refuse("book", v.Book.String(), "SC38-4.5", "ledger.other_book", "voucher", v.Book.Name(), "book", s.Book.Name())
	case v.Key == "":
		return refuse("key", "", "", "ledger.key_missing")
	case !real:
		return refuse("date", string(v.Date), "", "ledger.date_invalid")
	case v.Summary.Empty():
		return refuse("summary", "", "", "ledger.summary_missing")
	case v.Source.Kind == "" || v.Source.ID == "":
		return refuse("source", "", "", "ledger.source_missing")
	case v.Maker == "" || v.Reviewer == "":
		return refuse("reviewer", string(v.Reviewer), "YA-4.10.3", "ledger.persons_missing")
	case v.Maker == v.Reviewer:
		return refuse("reviewer", string(v.Reviewer), "YA-4.10.3", "ledger.same_person")
	case v.Number != 0 || v.Word != "":
		return refuse("number", strconv.Itoa(v.Number), "", "ledger.number_given")
	case len(v.Postings) < 2 || len(v.Postings) > MaxPostings:
		return refuse("postings", strconv.Itoa(len(v.Postings)), "", "ledger.postings_count", "most", MaxPostings)
	}
	switch v.Kind {
	case Ordinary, Opening, Reversal, Supplement, SetAsideIn:
		return nil
	case Closing:
		return refuse("kind", string(v.Kind), "", "ledger.closing_by_hand")
	}
	return refuse("kind", string(v.Kind), "", "ledger.kind_unknown")
}

// period refuses what is not dated in an open month.
func period(s *State, v Voucher) error {
	year, month, _ := day(v.Date)
	y, ok := s.Years[year]
	switch {
	case !ok:
		return refuse("date", string(v.Date), "", "ledger.year_not_kept", "year", int(year))
	case y.Closed:
		return refuse("date", string(v.Date), "", "ledger.year_closed", "year", int(year))
	case month < y.First:
		return refuse("date", string(v.Date), "", "ledger.before_book", "month", monthText(year, y.First))
	case month <= y.Through:
		return refuse("date", string(v.Date), "", "ledger.month_closed", "month", monthText(year, month))
	}
	return nil
}

// correction refuses a reversal that is not exactly the negative of the voucher it names, a second one, one of another year,
// and one of what a signed run booked, which a further run corrects; and a supplement that names nothing.
func correction(s *State, v Voucher) error {
	named := v.Kind == Reversal || v.Kind == Supplement
	if named == v.Corrects.None() {
		return refuse("corrects", v.Corrects.String(), "", "ledger.corrects_when")
	}
	if !named {
		return nil
	}
	entry, ok := s.Entries[v.Corrects]
	if !ok {
		return refuse("corrects", v.Corrects.String(), "", "ledger.corrects_unknown", "voucher", v.Corrects.Text())
	}
	if v.Kind == Supplement {
		return nil
	}
	year, _, _ := day(v.Date)
	switch {
	case !entry.ReversedBy.None():
		return refuse("corrects", v.Corrects.String(), "", "ledger.reversed_already", "voucher", v.Corrects.Text(), "ref", entry.ReversedBy.Text())
	case entry.Voucher.Source.Kind == FromRun:
		return refuse("corrects", v.Corrects.String(), "SC38-4.5", "ledger.run_not_reversed", "voucher", v.Corrects.Text(), "run", string(entry.Voucher.Source.ID))
	case entry.Voucher.Kind == Reversal || entry.Voucher.Kind == Closing:
		return refuse("corrects", v.Corrects.String(), "", "ledger.not_reversible", "voucher", v.Corrects.Text())
	case year != v.Corrects.Year:
		return refuse("date", string(v.Date), "SC38-4.6", "ledger.reversal_other_year", "year", int(v.Corrects.Year))
	case v.Date < entry.Voucher.Date:
		return refuse("date", string(v.Date), "", "ledger.reversal_before", "date", string(entry.Voucher.Date))
	case len(v.Postings) != len(entry.Voucher.Postings):
		return refuse("postings", strconv.Itoa(len(v.Postings)), "", "ledger.reversal_differs", "ref", v.Corrects.Text())
	}
	for i, p := range entry.Voucher.Postings {
		p.Amount = -p.Amount
		if v.Postings[i] != p {
			return refuse("postings", string(v.Postings[i].Account), "", "ledger.reversal_differs", "ref", v.Corrects.Text())
		}
	}
	return nil
}

// lines looks at each posting: an account the book posts to, with the dimensions it carries, an amount of the right sign.
func lines(s *State, v Voucher) error {
	for _, p := range v.Postings {
		a, err := s.Chart.postable(s.Book, p.Account)
		if err != nil {
			return err
		}
		red := v.Kind == Reversal
		switch {
		case p.Side != Debit && p.Side != Credit:
			return refuse("side", string(p.Side), "", "ledger.side_unknown", "account", a.Name())
		case p.Amount == 0 || (p.Amount < 0) != red:
			return refuse("amount", p.Amount.String(), "", "ledger.amount_sign", "account", a.Name())
		case p.Amount > money.MaxFen || p.Amount < -money.MaxFen:
			return refuse("amount", p.Amount.String(), "", "ledger.amount_large", "account", a.Name(), "most", money.MaxFen)
		}
		if err := a.carried(s.Book, p.Dimensions); err != nil {
			return err
		}
	}
	return nil
}

// carried refuses dimensions other than the account's, and a counter of another insurance type or province.
func (a Account) carried(book Book, d Dimensions) error {
	if !d.Counter.None() && d.Counter.Insurance != book.Insurance {
		return refuse("counter", d.Counter.String(), "SC38-4.5", "ledger.mixes_types", "counter", d.Counter.Name(), "from", book.Insurance, "to", d.Counter.Insurance)
	}
	switch {
	case (a.Carries.Counter != "") == d.Counter.None(), !d.Counter.None() && (d.Counter.Kind != a.Carries.Counter || !d.Counter.valid() || d.Counter == book):
		return refuse("counter", d.Counter.String(), "SC38-4.6", "ledger.counter_wrong", "counter", d.Counter.Name(), "account", a.Name(), "expected", counterText(a.Carries.Counter))
	case !d.Counter.None() && d.Counter.Division.Province() != book.Division.Province():
		return refuse("counter", d.Counter.String(), "SC38-4.6", "ledger.other_province", "counter", d.Counter.Name(), "account", a.Name())
	case a.Carries.Level == (d.Level == "") || d.Level != "" && !knownLevel(d.Level):
		return refuse("level", string(d.Level), "SC38-10.2", "ledger.level_wrong", "account", a.Name())
	case a.Carries.Institution == (d.Institution == ""):
		return refuse("institution", string(d.Institution), "", "ledger.institution_wrong", "account", a.Name())
	}
	return nil
}

func counterText(kind BookKind) fault.Message {
	if kind == "" {
		return fault.Msg("ledger.kind.none")
	}
	return fault.Msg("ledger.kind." + string(kind))
}

func knownLevel(l Level) bool {
	return l == Central || l == Provincial || l == Municipal || l == CountyTier
}

// balanced refuses a voucher whose debits are not its credits; memo lines stand in vouchers of their own.
func balanced(s *State, v Voucher) error {
	var debit, credit money.Fen
	memo := 0
	for _, p := range v.Postings {
		if a, _ := s.Chart.Get(p.Account); a.Nature == Memo {
			memo++
		}
		if p.Side == Debit {
			debit += p.Amount
		} else {
			credit += p.Amount
		}
	}
	if debit != credit {
		return refuse("postings", debit.String(), "", "ledger.unbalanced", "debit", debit, "credit", credit, "difference", debit-credit)
	}
	if memo != 0 && memo != len(v.Postings) {
		return refuse("postings", strconv.Itoa(memo), "", "ledger.memo_mixed")
	}
	return nil
}

// twoLines keeps revenue and expenditure apart (收支两条线): no voucher sets one off against the other, benefits are not
// paid out of an account that collects, and what is levied does not go into the one that pays.
//
// 依据: SC38-4.5
func twoLines(s *State, v Voucher) error {
	var revenueBank, expenditureBank, income, expenditure, levy bool
	for _, p := range v.Postings {
		a, _ := s.Chart.Get(p.Account)
		revenueBank = revenueBank || a.Role == RevenueBank
		expenditureBank = expenditureBank || a.Role == ExpenditureBank
		income = income || a.Nature == Income
		expenditure = expenditure || a.Nature == Expenditure
		levy = levy || a.Role == Levy
	}
	switch {
	case income && expenditure:
		return refuse("postings", "", "SC38-4.5", "ledger.set_off")
	case expenditure && revenueBank:
		return refuse("postings", "", "SC38-4.5", "ledger.paid_from_revenue")
	case levy && expenditureBank:
		return refuse("postings", "", "SC38-4.5", "ledger.levied_into_expenditure")
	case revenueBank && expenditureBank:
		return refuse("postings", "", "SC38-4.5", "ledger.past_fiscal_account")
	}
	return nil
}

// kept refuses to touch a city's retained surplus, the account of losses, and any other net asset but money set aside: only
// opening a book and closing a year do. So a surplus is used by one thing alone, the book's own deficit.
//
// 依据: SC38-4.6, SC38-4.7
func kept(s *State, v Voucher) error {
	if v.opens(s) {
		return opening(s, v)
	}
	for _, p := range v.Postings {
		a, _ := s.Chart.Get(p.Account)
		switch {
		case a.Role == Retained:
			return refuse("account", string(p.Account), "SC38-4.6", "ledger.surplus_kept", "account", a.Name(), "book", s.Book.Name())
		case a.Role == ViolationNet:
			return refuse("account", string(p.Account), "SC38-4.7", "ledger.losses_kept", "account", a.Name())
		case a.Nature == NetAsset && v.Kind != SetAsideIn:
			return refuse("account", string(p.Account), "SC38-4.6", "ledger.net_asset_kept", "account", a.Name())
		}
	}
	return nil
}

// opening refuses opening balances, and their taking back, in a book in which anything else was booked: what stands there is
// the opening balances' own work alone, so that they cannot be used to take money out of it later. Refused too are another
// month than the book's first, income or expenditure, and a line that is there twice.
//
// 依据: SC38-4.6
func opening(s *State, v Voucher) error {
	year, month, _ := day(v.Date)
	if _, earlier := s.Years[year-1]; earlier || month != s.Years[year].First {
		return refuse("date", string(v.Date), "", "ledger.opening_late")
	}
	named := map[Line]bool{}
	for _, p := range v.Postings {
		a, _ := s.Chart.Get(p.Account)
		l := Line{Account: p.Account, Dimensions: p.Dimensions}
		switch {
		case a.Nature.yearly():
			return refuse("account", string(p.Account), "", "ledger.opening_account", "account", a.Name())
		case named[l]:
			return refuse("account", string(p.Account), "", "ledger.opening_twice", "account", a.Name())
		}
		named[l] = true
	}
	for _, l := range slices.SortedFunc(maps.Keys(s.Lines), compareLines) {
		if t := s.Lines[l]; t.moved() || v.Kind == Opening && t.Opening != 0 {
			a, _ := s.Chart.Get(l.Account)
			return refuse("kind", string(v.Kind), "SC38-4.6", "ledger.opening_used", "account", a.Name(), "book", s.Book.Name())
		}
	}
	return nil
}

// setAside refuses a draw without its decision on file, a transfer between the adjustment fund and the money set aside that
// does not follow from a signed run, and one that goes elsewhere.
//
// 依据: SC38-4.3, SC38-4.8, YN-2.6, YN-2.7
func setAside(s *State, v Voucher) error {
	if v.Kind == SetAsideIn && v.Source.Kind != FromRun {
		return refuse("kind", string(v.Kind), "SC38-4.3", "ledger.set_aside_without_run")
	}
	for _, p := range v.Postings {
		a, _ := s.Chart.Get(p.Account)
		if a.Role == Drawn && v.Decision == "" {
			return refuse("decision", "", drawClause(a.From), "ledger.decision_missing", "account", a.Name())
		}
		if v.Kind == SetAsideIn && a.Role != SetAside && p.Account != AdjustmentFund {
			return refuse("account", string(p.Account), "SC38-4.3", "ledger.set_aside_account", "account", a.Name())
		}
	}
	return nil
}

// drawClause is the clause that limits draws on a kind of money set aside.
func drawClause(fund Code) policy.ClauseID {
	if fund == EmergencyFund {
		return "YN-2.8"
	}
	return "SC38-4.8"
}

// sufficient refuses a voucher that leaves an account on its wrong side at the end of its month or of any later one: a
// bank account overdrawn, more drawn than was set aside, more paid than is due.
func sufficient(s *State, v Voucher) error {
	year, month, _ := day(v.Date)
	if v.opens(s) {
		month = 0
	}
	var done [8]Line
	checked := done[:0]
	for i, p := range v.Postings {
		l := Line{year, p.Account, p.Dimensions}
		if seen(checked, l) {
			continue
		}
		checked = append(checked, l)
		a, _ := s.Chart.Get(p.Account)
		var delta money.Fen
		for _, q := range v.Postings[i:] {
			if q.Account == p.Account && q.Dimensions == p.Dimensions {
				delta += q.signed()
			}
		}
		if err := s.holds(a, l, month, delta); err != nil {
			return err
		}
	}
	return s.covers(v, year, month)
}

func seen(lines []Line, l Line) bool {
	for i := range lines {
		if lines[i] == l {
			return true
		}
	}
	return false
}

// holds tells whether a line stays on its side when delta is added in a month.
func (s *State) holds(a Account, l Line, month time.Month, delta money.Fen) error {
	if a.Either || a.onSide(delta) >= 0 {
		return nil
	}
	if least := s.least(a, l, month); least+a.onSide(delta) < 0 {
		return short(a, l, least, -a.onSide(delta))
	}
	return nil
}

// least is the smallest balance on the account's side from the end of a month on; month 0 is the opening.
func (s *State) least(a Account, l Line, month time.Month) money.Fen {
	t, balance := s.Lines[l], s.opening(l)
	if t == nil {
		t = &Turnover{}
	}
	least := money.Fen(0)
	for m := time.Month(0); m <= time.December; m++ {
		if m > 0 {
			balance += t.Debit[m-1] - t.Credit[m-1]
		}
		if on := a.onSide(balance); m == month || m > month && on < least {
			least = on
		}
	}
	next := l
	next.Year++
	if y, ok := s.Years[next.Year]; ok && !y.Closed && !a.Nature.yearly() {
		least = min(least, s.least(a, next, time.January))
	}
	return least
}

func short(a Account, l Line, has, asked money.Fen) error {
	clause, key := policy.ClauseID(""), "ledger.wrong_side"
	switch {
	case l.Dimensions != Dimensions{}:
		key = "ledger.wrong_side_of"
	case a.Role.bank():
		clause, key = "SC38-4.5", "ledger.overdrawn"
	case a.Role == SetAside:
		clause, key = drawClause(a.Code), "ledger.reserve_overdrawn"
	}
	return refuse("amount", asked.String(), clause, key, "account", a.Name(), "of", l.Dimensions.Name(), "has", has, "asked", asked)
}

// covers refuses draws, approvals of draws, and transfers out of money set aside, for which there is not enough of it. What was
// approved and is not paid yet is kept for whom it was approved, so that what is sent can be booked.
//
// 依据: SC38-4.8, YN-2.8
func (s *State) covers(v Voucher, year policy.Year, month time.Month) error {
	for _, p := range v.Postings {
		a, _ := s.Chart.Get(p.Account)
		fund := a.fund()
		if fund == "" || s.Book.Kind != Adjustment {
			continue
		}
		asked, own := s.asked(v, fund)
		available := s.Available(fund, year, month)
		if free := min(available, available-s.Pledged(fund)+own); asked > 0 && asked > free {
			f, _ := s.Chart.Get(fund)
			return short(f, Line{}, free, asked)
		}
	}
	return nil
}

// fund is the money set aside that an account holds, draws on or is pledged from; empty for any other account.
func (a Account) fund() Code {
	if a.Role == SetAside {
		return a.Code
	}
	return a.From
}

// asked is what a voucher takes or pledges of money set aside, and how much of that was approved for those who get it.
func (s *State) asked(v Voucher, fund Code) (asked, own money.Fen) {
	for _, p := range v.Postings {
		a, _ := s.Chart.Get(p.Account)
		switch {
		case a.fund() != fund:
		case a.Role == Pledged:
			asked -= p.signed()
		default:
			asked += p.signed()
			if a.Role == Drawn {
				own += max(0, min(p.signed(), s.pledged(fund, p.Counter)))
			}
		}
	}
	return asked, own
}

// Pledged (已批未付) is what of money set aside was approved to be drawn and is not paid yet, in fen.
//
// 依据: SC38-4.8
func (s *State) Pledged(fund Code) money.Fen { return s.pledged(fund, Book{}) }

// pledged is what is pledged to a book, or when that is none to all.
func (s *State) pledged(fund Code, to Book) money.Fen {
	last := policy.Year(0)
	for year := range s.Years {
		last = max(last, year)
	}
	var sum money.Fen
	for _, l := range s.lines(last) {
		if a, _ := s.Chart.Get(l.Account); a.Role == Pledged && a.From == fund && (to.None() || l.Counter == to) {
			sum += a.onSide(s.At(l, time.December))
		}
	}
	return sum
}

// Available (可用风险金) is what may still be drawn of money set aside: the least, from the end of a month on, of what stands
// there less what was drawn in the year, if that is not closed yet. A year begins with what the one before leaves.
//
// 依据: SC38-4.8, YN-2.8
func (s *State) Available(fund Code, year policy.Year, month time.Month) money.Fen {
	a, _ := s.Chart.Get(fund)
	least := money.Fen(0)
	for m := month; m <= time.December; m++ {
		left := a.onSide(s.At(Line{Year: year, Account: fund}, m)) - s.drawn(fund, year, m)
		if m == month || left < least {
			least = left
		}
	}
	if y, ok := s.Years[year+1]; ok && !y.Closed {
		least = min(least, s.Available(fund, year+1, time.January))
	}
	return least
}

// drawn is what was drawn of money set aside in a year up to the end of a month; nothing once the year is closed, when it was
// taken off the money itself.
func (s *State) drawn(fund Code, year policy.Year, month time.Month) money.Fen {
	var sum money.Fen
	if s.Years[year].Closed {
		return sum
	}
	for l := range s.Lines {
		if a, _ := s.Chart.Get(l.Account); l.Year == year && a.Role == Drawn && a.From == fund {
			sum += s.At(l, month)
		}
	}
	return sum
}

func monthText(year policy.Year, month time.Month) string {
	return strconv.Itoa(int(year)) + "-" + strconv.Itoa(int(month) + 100)[1:]
}
