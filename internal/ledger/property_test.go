package ledger_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// snapshot writes everything a desk's books hold.
func snapshot(d *desk) string {
	var b strings.Builder
	for _, book := range books(d) {
		s := d.states[book]
		fmt.Fprintf(&b, "%s %v %v\n", book, s.Years, s.Last)
		for _, key := range slices.Sorted(maps.Keys(s.Keys)) {
			fmt.Fprintln(&b, key, s.Keys[key], s.Entries[s.Keys[key]].ReversedBy)
		}
	}
	return b.String() + balances(d)
}

func books(d *desk) []ledger.Book {
	return slices.SortedFunc(maps.Keys(d.states), func(a, b ledger.Book) int { return strings.Compare(a.String(), b.String()) })
}

// balances writes what stands on every line that is not zero at the end of 2025.
func balances(d *desk) string {
	var b strings.Builder
	for _, book := range books(d) {
		for _, r := range ledger.TrialBalance(ledger.Whole(2025), true, d.states[book]).Rows {
			if r.Balance != 0 {
				fmt.Fprintln(&b, book, r.Account.Code, r.Dimensions, r.Balance)
			}
		}
	}
	return b.String()
}

// act is one random thing somebody does to the books; what is refused changes nothing.
type actor struct {
	*desk
	rt     *rapid.T
	posted map[ledger.Book][]ledger.Voucher
	kept   map[ledger.Book]map[ledger.Code]money.Fen // what the net assets must be, kept beside the books
	number int
}

func newActor(d *desk, rt *rapid.T) *actor {
	return &actor{desk: d, rt: rt, posted: map[ledger.Book][]ledger.Voucher{}, kept: map[ledger.Book]map[ledger.Code]money.Fen{}}
}

func (a *actor) amount() money.Fen { return money.Fen(rapid.Int64Range(1, 60_000).Draw(a.rt, "fen")) }

func (a *actor) date() policy.Date {
	return policy.Date(fmt.Sprintf("2025-%02d-%02d", rapid.IntRange(1, 12).Draw(a.rt, "month"), rapid.IntRange(1, 28).Draw(a.rt, "day")))
}

func (a *actor) book() ledger.Book { return rapid.SampledFrom(books(a.desk)).Draw(a.rt, "book") }

func (a *actor) try(set ...ledger.Voucher) {
	before := snapshot(a.desk)
	posted, err := ledger.Post(a.states, set)
	if err != nil {
		if after := snapshot(a.desk); after != before {
			a.rt.Fatalf("refused (%s), but changed:\n%s\n%s", err, before, after)
		}
		return
	}
	for _, p := range posted {
		a.keeps(p.Voucher)
		a.posted[p.Voucher.Book] = append(a.posted[p.Voucher.Book], p.Voucher)
	}
}

// keeps writes down what a voucher may do to net assets: opening balances in a book where nothing stands, their taking back,
// and what a run sets aside. Any other that touched one would leave the books with something else than is written down.
func (a *actor) keeps(v ledger.Voucher) {
	standing := map[ledger.Ref]ledger.Voucher{}
	for _, p := range a.posted[v.Book] {
		if p.Kind == ledger.Reversal {
			delete(standing, p.Corrects)
		} else {
			standing[p.Ref()] = p
		}
	}
	opening := v.Kind == ledger.Opening || v.Kind == ledger.Reversal && standing[v.Corrects].Kind == ledger.Opening
	delete(standing, v.Corrects)
	if opening && len(standing) > 0 {
		a.rt.Fatalf("%s takes opening balances beside %d vouchers", v.Book, len(standing))
	}
	if a.kept[v.Book] == nil {
		a.kept[v.Book] = map[ledger.Code]money.Fen{}
	}
	for _, p := range v.Postings {
		if account, _ := a.chart.Get(p.Account); account.Nature != ledger.NetAsset || !opening && (v.Kind != ledger.SetAsideIn || v.Source.Kind != ledger.FromRun) {
			continue
		}
		if p.Side == ledger.Credit {
			a.kept[v.Book][p.Account] += p.Amount
		} else {
			a.kept[v.Book][p.Account] -= p.Amount
		}
	}
}

// setAside moves money between the adjustment fund and what is set aside, as a run does, and as nobody may without one.
func (a *actor) setAside() {
	v := a.voucher(rapid.SampledFrom([]ledger.Book{fundBook, staffFund}).Draw(a.rt, "fund"), a.date())
	v.Kind = ledger.SetAsideIn
	v.Source.Kind = rapid.SampledFrom([]ledger.SourceKind{ledger.FromRun, ledger.FromRun, ledger.FromDocument}).Draw(a.rt, "source")
	from, to := ledger.AdjustmentFund, rapid.SampledFrom([]ledger.Code{ledger.RiskReserve, ledger.EmergencyFund}).Draw(a.rt, "to")
	if rapid.Bool().Draw(a.rt, "back") {
		from, to = to, from
	}
	amount := a.amount()
	v.Postings = []ledger.Posting{debit(from, amount), credit(to, amount)}
	a.try(v)
}

// anything posts two or three lines of any accounts with any dimensions: nearly always refused, and never harmful.
func (a *actor) anything() {
	v := a.voucher(a.book(), a.date())
	accounts := a.chart.Accounts()
	amount := a.amount()
	for _, side := range []ledger.Side{ledger.Debit, ledger.Credit} {
		account := rapid.SampledFrom(accounts).Draw(a.rt, "account")
		p := ledger.Posting{Account: account.Code, Side: side, Amount: amount}
		if account.Carries.Counter != "" {
			p.Counter = a.book()
		}
		if account.Carries.Level {
			p.Level = ledger.Municipal
		}
		if account.Carries.Institution {
			p.Institution = "H1"
		}
		v.Postings = append(v.Postings, p)
	}
	v.Kind = rapid.SampledFrom([]ledger.VoucherKind{ledger.Ordinary, ledger.SetAsideIn, ledger.Opening}).Draw(a.rt, "kind")
	v.Decision = "d"
	a.try(v)
}

// daily posts what an agency posts every day.
func (a *actor) daily() {
	book, amount := a.book(), a.amount()
	if book.Kind != ledger.Area {
		return
	}
	levy := ledger.Code("400104")
	if book.Insurance == pool.Employee {
		levy = "400102"
	}
	a.try(rapid.SampledFrom([]ledger.Voucher{
		a.voucher(book, a.date(), debit(ledger.FiscalAccount, amount), credit(levy, amount)),
		a.voucher(book, a.date(), debit("500101", amount), credit(ledger.FiscalAccount, amount)),
		a.voucher(book, a.date(), debit(ledger.FiscalAccount, amount), credit(ledger.Subsidies, amount, level(ledger.Central))),
		a.voucher(book, a.date(), debit(ledger.Violation, amount), credit("500101", amount)),
		a.voucher(book, a.date(), debit(ledger.Prepaid, amount, ledger.Dimensions{Institution: "H1"}), credit(ledger.FiscalAccount, amount)),
	}).Draw(a.rt, "daily"))
}

// transfer settles a payment between any two books, even such as have nothing to do with one another.
func (a *actor) transfer() {
	kind := rapid.SampledFrom([]ledger.ItemKind{ledger.Collection, ledger.Allocation, ledger.Advance, ledger.AdvanceReturn, ledger.EmergencyAid, ledger.ReserveAid,
		ledger.PriorUp, ledger.PriorDown, ledger.DepositUp, ledger.DepositDown, ledger.OffsiteUp, ledger.OffsiteDown}).Draw(a.rt, "kind")
	a.number++
	i := ledger.Item{ID: ledger.ItemID(fmt.Sprint("i", a.number)), Kind: kind, Year: 2025, Payer: ledger.PartyOf(a.book()), Payee: ledger.PartyOf(a.book()), Amount: a.amount(), Decision: "d",
		Source: ledger.Source{Kind: ledger.FromDocument, ID: "d"}}
	if rapid.Bool().Draw(a.rt, "announced") {
		a.try(i.Announce(hands(a.date()))...)
	}
	set, err := i.Settle(hands(a.date()), ledger.Arrival{Receipt: "r", Amount: i.Amount})
	if err != nil {
		a.rt.Fatal(err)
	}
	a.try(set...)
}

// reverse takes back any voucher; where two books are concerned that is refused unless both are taken back.
func (a *actor) reverse() {
	book := a.book()
	if len(a.posted[book]) == 0 {
		return
	}
	v := rapid.SampledFrom(a.posted[book]).Draw(a.rt, "voucher")
	a.number++
	a.try(v.Reverse(a.date(), ledger.Key(fmt.Sprint("r", a.number)), v.Source, ledger.Summary{Text: "红字"}, "a", "b"))
}

func (a *actor) period() {
	s := a.states[a.book()]
	o := ledger.PeriodOrder{Year: 2025, Month: time.Month(rapid.IntRange(1, 12).Draw(a.rt, "month")), By: "a", Today: later, Approver: "b", Reason: "r"}
	if rapid.IntRange(0, 2).Draw(a.rt, "act") == 0 {
		_ = s.CloseMonth(o)
	} else {
		_ = s.Reopen(o)
	}
}

// check looks at what must hold whatever was done.
func (a *actor) check() {
	perType := map[pool.Insurance]money.Fen{}
	for book, s := range a.states {
		if err := s.Balanced(); err != nil {
			a.rt.Fatal(err)
		}
		for l, t := range s.Lines {
			perType[book.Insurance] += t.Balance(time.December)
			account, _ := a.chart.Get(l.Account)
			if stands := -t.Balance(time.December); account.Nature == ledger.NetAsset && stands != a.kept[book][l.Account] {
				a.rt.Fatalf("%s of %s stands at %s before the year's end, want %s", l.Account, book, stands, a.kept[book][l.Account])
			}
			if !l.Counter.None() && l.Counter.Insurance != book.Insurance {
				a.rt.Fatalf("%s deals with %s", book, l.Counter)
			}
			if account.Either {
				continue
			}
			for m := time.Month(0); m <= time.December; m++ {
				if b := t.Balance(m); account.Side == ledger.Debit && b < 0 || account.Side == ledger.Credit && b > 0 {
					a.rt.Fatalf("%s %s stands at %s in month %d", book, l.Account, b, m)
				}
			}
		}
		for _, fund := range []ledger.Code{ledger.RiskReserve, ledger.EmergencyFund} {
			drawn := ledger.ReservePaid
			if fund == ledger.EmergencyFund {
				drawn = ledger.EmergencyPaid
			}
			left := a.kept[book][fund] - a.on(book, 2025, drawn)
			if pledged := s.Pledged(fund); pledged > left {
				a.rt.Fatalf("%s of %s: %s pledged of %s", fund, book, pledged, left)
			}
			if left < 0 || s.Available(fund, 2025, time.January) < 0 || s.Available(fund, 2025, time.December) != left {
				a.rt.Fatalf("%s of %s: %s left, %s available", fund, book, left, s.Available(fund, 2025, time.December))
			}
		}
		replayed, err := ledger.Replay(s, a.posted[book])
		if err != nil {
			a.rt.Fatal(err)
		}
		if differences := ledger.Compare(s, replayed); len(differences) > 0 {
			a.rt.Fatalf("replay gives other balances: %v", differences)
		}
	}
	for insurance, sum := range perType {
		if sum != 0 {
			a.rt.Fatalf("%s sums to %s", insurance, sum)
		}
	}
	if left := ledger.Unmirrored(2025, a.states); len(left) > 0 {
		a.rt.Fatalf("books do not agree: %v", left)
	}
}

// Whatever is posted, in whatever order: every type sums to zero, nothing passes between types, no account stands on its
// wrong side, the surplus is as it was, replaying gives the balances; and at the year's end every city's surplus has
// changed by its own normal result and nothing else.
func TestAnySequence(t *testing.T) {
	for _, clause := range []string{"SC38-4.5", "SC38-4.6", "SC38-4.7", "SC38-4.8", "YN-2.1"} {
		t.Attr("clause", clause)
	}
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t, cityBook, otherBook, fundBook, clearingBook, staffBook, staffFund)
		a := newActor(d, rt)
		for _, b := range books(d) {
			v := d.voucher(b, "2025-01-01", debit(ledger.FiscalAccount, 1000*yuan), credit(ledger.RetainedSurplus, 1000*yuan))
			switch b.Kind {
			case ledger.Adjustment:
				v.Postings = []ledger.Posting{debit(ledger.FiscalAccount, 1000*yuan), credit(ledger.AdjustmentFund, 600*yuan), credit(ledger.RiskReserve, 300*yuan), credit(ledger.EmergencyFund, 100*yuan)}
			case ledger.Clearing:
				continue
			}
			v.Kind = ledger.Opening
			a.try(v)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"anything": func(r *rapid.T) { a.rt = r; a.anything() },
			"daily":    func(r *rapid.T) { a.rt = r; a.daily() },
			"transfer": func(r *rapid.T) { a.rt = r; a.transfer() },
			"reverse":  func(r *rapid.T) { a.rt = r; a.reverse() },
			"period":   func(r *rapid.T) { a.rt = r; a.period() },
			"setAside": func(r *rapid.T) { a.rt = r; a.setAside() },
		})
		a.rt = rt
		a.check()
		for book, s := range a.states {
			a.yearBegins(s)
			a.yearEnd(s, a.kept[book][ledger.RetainedSurplus])
		}
	})
}

// yearBegins opens the next year before this one is closed: it begins balanced.
func (a *actor) yearBegins(s *ledger.State) {
	if err := s.OpenYear(ledger.PeriodOrder{Year: 2026, By: "a", Today: later}); err != nil {
		a.rt.Fatal(err)
	}
	sheet, trial := ledger.NewBalanceSheet(2026, time.January, s), ledger.TrialBalance(ledger.Whole(2026), false, s)
	if !sheet.Balances() || sheet.Result != 0 || trial.Total.Balance != 0 {
		a.rt.Fatalf("%s begins 2026 with assets %s, liabilities %s, net assets %s", s.Book, sheet.TotalAssets, sheet.TotalLiabilities, sheet.TotalNet)
	}
}

// yearEnd closes the year: the surplus takes the normal result, the losses go apart.
func (a *actor) yearEnd(s *ledger.State, opened money.Fen) {
	earned := ledger.NewIncomeStatement(ledger.Whole(2025), s)
	for m := s.Years[2025].Through + 1; m < time.December; m++ {
		if err := s.CloseMonth(ledger.PeriodOrder{Year: 2025, Month: m, By: "a", Today: later}); err != nil {
			a.rt.Fatal(err)
		}
	}
	if s.Years[2025].Through != time.November {
		return
	}
	if s.Book.Kind == ledger.Area && a.on(s.Book, 2025, "110199") != 0 {
		if _, err := s.CloseYear(ledger.PeriodOrder{Year: 2025, By: "a", Today: later}, "b"); err == nil {
			a.rt.Fatal("closed with something laid out")
		}
		return
	}
	end, err := s.CloseYear(ledger.PeriodOrder{Year: 2025, By: "a", Today: later}, "b")
	if err != nil {
		a.rt.Fatal(err)
	}
	if s.Book.Kind == ledger.Area {
		if got, want := ledger.TrialBalance(ledger.Whole(2026), false, s).Balance(ledger.RetainedSurplus), opened+earned.Result(); got != want || end.Normal != earned.Result() {
			a.rt.Fatalf("%s opens 2026 with a surplus of %s, want %s", s.Book, got, want)
		}
	}
	if after := ledger.NewIncomeStatement(ledger.Whole(2025), s); after.TotalIncome != earned.TotalIncome || after.TotalExpenditure != earned.TotalExpenditure || after.SurplusEnd() != earned.SurplusEnd() {
		a.rt.Fatalf("the closed year shows other income or expenditure")
	}
	if err := s.Balanced(); err != nil {
		a.rt.Fatal(err)
	}
	for _, p := range end.Posted {
		a.posted[s.Book] = append(a.posted[s.Book], p.Voucher)
	}
	replayed, err := ledger.Replay(s, a.posted[s.Book])
	if err != nil {
		a.rt.Fatal(err)
	}
	if differences := ledger.Compare(s, replayed); len(differences) > 0 {
		a.rt.Fatalf("replay of the closed year: %v", differences)
	}
}

// Posting and then reversing leaves every balance as it was.
func TestReversalRestores(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := funded(t)
		a := newActor(d, rt)
		for range rapid.IntRange(0, 5).Draw(rt, "before") {
			a.daily()
		}
		a.posted = map[ledger.Book][]ledger.Voucher{}
		before := balances(d)
		for range rapid.IntRange(1, 6).Draw(rt, "posted") {
			a.daily()
		}
		for _, book := range books(d) {
			for _, v := range slices.Backward(a.posted[book]) {
				red := v.Reverse("2025-12-31", "red/"+v.Key, v.Source, v.Summary, "a", "b")
				if _, err := ledger.Post(d.states, []ledger.Voucher{red}); err != nil {
					rt.Skip("spent meanwhile")
				}
			}
		}
		if after := balances(d); after != before {
			rt.Fatalf("before:\n%safter:\n%s", before, after)
		}
	})
}
