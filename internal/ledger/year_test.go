package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

func engine(t testing.TB) pool.Engine {
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	return pool.Engine{Library: policytest.Library(t), Tree: tree}
}

// run computes years of a synthetic province under a pack; a draft is adopted first where asked.
func run(t testing.TB, pack string, o synth.Options, from, to policy.Year, adopted bool) []pool.Result {
	t.Helper()
	e := engine(t)
	p, ok := e.Library.Pack(pack)
	if !ok {
		t.Fatal(pack)
	}
	if adopted {
		p.Adopted = &policy.Adoption{Date: "2025-12-01", Number: "合成"}
	}
	facts, err := synth.Province(o, e.Tree)
	if err != nil {
		t.Fatal(err)
	}
	sets := func(year policy.Year) (*policy.Set, error) { return p.At(year.End()), nil }
	if facts, err = synth.Chained(e, sets, facts, from, to); err != nil {
		t.Fatal(say(t, err))
	}
	results, err := e.Chain(sets, facts, from, to)
	if err != nil {
		t.Fatal(say(t, err))
	}
	return results
}

func sichuanYears(t testing.TB) []pool.Result {
	return run(t, "sichuan", synth.Options{Province: sichuan, From: 2024, To: 2025, Seed: 1}, 2024, 2025, false)
}

func order(r pool.Result, id ledger.RunID, date policy.Date) ledger.Order {
	return ledger.Order{Run: id, Result: r, Approval: "approval", Decision: "decision", Hands: hands(date), CollectDue: date, AllocateDue: date, CoverDue: date}
}

// province opens the books of every division of a run, each with what the run says it began the year with, and enough
// in the bank. The adjustment fund has more to distribute besides.
func province(t testing.TB, r pool.Result, more money.Fen) *desk {
	t.Helper()
	d := newDesk(t)
	for _, f := range r.Funds {
		code := f.Divisions[0].Code.Province()
		fund := d.open(ledger.AdjustmentBook(f.Insurance, code), ledger.Rules{})
		d.open(ledger.ClearingBook(f.Insurance, code), ledger.Rules{})
		account := ledger.RiskReserve
		if f.SetAside.Fund == pool.Emergency {
			account = ledger.EmergencyFund
		}
		d.begin(fund.Book, f.SetAside.Opening+more, credit(account, f.SetAside.Opening), credit(ledger.AdjustmentFund, more))
		for _, area := range f.Divisions {
			book := d.open(ledger.AreaBook(f.Insurance, area.Code), ledger.Rules{}).Book
			begin := area.Statement.SurplusBegin
			bank := max(0, begin) + area.Statement.Spent + area.Paid
			// What the bank holds beyond the surplus is owed to somebody, so that the surplus is the run's.
			d.begin(book, bank, credit("2101", bank-begin), credit(ledger.RetainedSurplus, max(0, begin)), debit(ledger.RetainedSurplus, max(0, -begin)))
		}
	}
	return d
}

// begin posts opening balances: an amount in the bank, and the lines that are not nothing.
func (d *desk) begin(b ledger.Book, amount money.Fen, lines ...ledger.Posting) {
	d.t.Helper()
	v := d.voucher(b, "2025-01-01", slices.DeleteFunc(append(lines, debit(ledger.FiscalAccount, amount)), func(p ledger.Posting) bool { return p.Amount == 0 })...)
	v.Kind = ledger.Opening
	if len(v.Postings) > 0 {
		d.post(v)
	}
}

// live books a division's own year as its statement has it.
func (d *desk) live(i pool.Insurance, s pool.Statement) {
	d.t.Helper()
	book := ledger.AreaBook(i, s.Division)
	levy := ledger.Code("400104")
	if i == pool.Employee {
		levy = "400101"
	}
	for _, m := range []struct {
		account ledger.Code
		amount  money.Fen
	}{{"500101", s.Expenditure()}, {ledger.Violation, s.Violation}} {
		if m.amount > 0 {
			d.post(d.voucher(book, "2025-06-30", debit(m.account, m.amount), credit(ledger.FiscalAccount, m.amount)))
		}
	}
	if s.Income > 0 {
		d.post(d.voucher(book, "2025-07-01", debit(ledger.FiscalAccount, s.Income), credit(levy, s.Income)))
	}
}

// A year of Sichuan, from approval to closed books: the books end where the run says, city by city, to the fen.
func TestYearAsMoney(t *testing.T) {
	for _, clause := range []string{"SC38-4.1", "SC38-4.3", "SC38-4.4", "SC38-4.5", "SC38-4.6", "SC38-4.7"} {
		t.Attr("clause", clause)
	}
	r := sichuanYears(t)[1]
	if r.Funds[0].Total().Owed == 0 || r.Funds[0].SetAside.Opening == 0 {
		t.Fatal("the synthetic year has no violation or no reserve")
	}
	d := province(t, r, 0)
	if differences := ledger.Disagree(r, d.states); len(differences) > 0 {
		t.Errorf("the books do not begin as the run does: %v", differences)
	}
	other := r
	other.Funds = slices.Clone(r.Funds)
	other.Funds[0].SetAside.Opening++
	if differences := ledger.Disagree(other, d.states); len(differences) != 1 || differences[0].Run != differences[0].Books+1 {
		t.Errorf("another opening: %v", differences)
	}
	for _, f := range r.Funds {
		for _, area := range f.Divisions {
			d.live(f.Insurance, area.Statement)
		}
	}
	b, err := ledger.NewBatch(order(r, "run-2025", "2025-12-20"))
	if err != nil {
		t.Fatal(say(t, err))
	}
	d.post(b.Booking...)
	again, err := ledger.NewBatch(order(r, "run-2025", "2025-12-20"))
	if err != nil || fmt.Sprint(again) != fmt.Sprint(b) {
		t.Error("the same order gives another batch")
	}
	for _, p := range d.post(again.Booking...) {
		if !p.Again {
			t.Errorf("%s was booked twice", p.Voucher.Key)
		}
	}
	for _, f := range r.Funds {
		total := f.Total()
		for _, c := range []struct {
			kind ledger.ItemKind
			want money.Fen
		}{{ledger.Collection, f.Collected}, {ledger.Allocation, f.Distributed}, {ledger.LossRepaid, total.Owed}, {ledger.Collection, total.Paid}} {
			if got := b.Total(f.Insurance, c.kind); got != c.want {
				t.Errorf("%s %s: %s, want %s", f.Insurance, c.kind, got, c.want)
			}
		}
	}
	if len(b.Notices) != len(b.Items) || len(b.Notices[0].Steps) == 0 || len(b.Notices[0].Missing()) != 3 {
		t.Errorf("%d notices of %d payments", len(b.Notices), len(b.Items))
	}
	p := printer(t, locale.ZH)
	if title := p.Text(b.Notices[0].Title()); title != "2025年度职工医保省级调剂金上解通知书" {
		t.Error(title)
	}
	d.outstanding(r, b)
	d.settle("2025-12-25", b.Items...)
	if left := ledger.Unmirrored(2025, d.states); len(left) > 0 {
		t.Errorf("%v", left)
	}
	d.closed(r)
	if left := ledger.Unmirrored(2025, d.states); len(left) > 0 {
		t.Errorf("closed: %v", left)
	}
	line := ledger.Line{Year: 2025, Account: ledger.CollectionReceived, Dimensions: with(ledger.AreaBook(pool.Resident, chengdu))}
	d.states[fundBook].Lines[line].Credit[11]++
	if left := ledger.Unmirrored(2025, d.states); len(left) != 1 || left[0].Amount != -1 {
		t.Errorf("a damaged line: %v", left)
	}
}

// outstanding checks that what is due stands on the memo accounts of both sides.
func (d *desk) outstanding(r pool.Result, b ledger.Batch) {
	d.t.Helper()
	for _, f := range r.Funds {
		var due, owed money.Fen
		for book, s := range d.states {
			if book.Insurance != f.Insurance {
				continue
			}
			for _, x := range ledger.Dues(2025, time.December, s) {
				if x.Account.Side == ledger.Debit {
					due += x.Open
				} else {
					owed += x.Open
				}
			}
		}
		want := b.Total(f.Insurance, ledger.Collection) + b.Total(f.Insurance, ledger.Allocation) + b.Total(f.Insurance, ledger.EmergencyAid)
		if owed != want || due != want+b.Total(f.Insurance, ledger.LossRepaid)+b.Total(f.Insurance, ledger.LocalPaid) {
			d.t.Errorf("%s: due %s, owed %s, want %s owed", f.Insurance, due, owed, want)
		}
	}
}

// closed closes the year of every book and compares the surpluses with the run's.
func (d *desk) closed(r pool.Result) {
	d.t.Helper()
	for _, book := range books(d) {
		d.closeThrough(book, 2025, time.November)
		if _, err := d.states[book].CloseYear(ledger.PeriodOrder{Year: 2025, By: "chief", Today: later}, "reviewer"); err != nil {
			d.t.Fatal(say(d.t, err))
		}
	}
	for _, f := range r.Funds {
		fund := ledger.AdjustmentBook(f.Insurance, f.Divisions[0].Code.Province())
		account := ledger.RiskReserve
		if f.SetAside.Fund == pool.Emergency {
			account = ledger.EmergencyFund
		}
		d.is(fund, 2026, account, f.SetAside.Closing)
		d.is(fund, 2026, ledger.AdjustmentFund, 0)
		d.is(fund, 2026, ledger.FiscalAccount, f.SetAside.Closing)
		for _, area := range f.Divisions {
			book := ledger.AreaBook(f.Insurance, area.Code)
			d.is(book, 2026, ledger.RetainedSurplus, area.SurplusEnd+area.Emergency+area.Local)
			d.is(book, 2026, ledger.ViolationLosses, 0)
			sheet := ledger.NewBalanceSheet(2025, time.December, d.states[book])
			if !sheet.Balances() || sheet.Result != 0 {
				d.t.Errorf("%s: the balance sheet does not balance", book)
			}
			for _, x := range ledger.Dues(2025, time.December, d.states[book]) {
				if x.Open != 0 {
					d.t.Errorf("%s: %s still open on %s", book, x.Open, x.Account.Code)
				}
			}
		}
	}
}

// Yunnan once adopted: emergency money by decision, the local government's half, and the fund built up over two years.
func TestYunnanEmergency(t *testing.T) {
	for _, clause := range []string{"YN-2.1", "YN-2.6", "YN-2.7", "YN-2.8"} {
		t.Attr("clause", clause)
	}
	o := synth.Options{Province: "530000", From: 2025, To: 2027, Seed: 1, Insurances: []pool.Insurance{pool.Resident}, ProvincialUnit: true}
	r := run(t, "yunnan", o, 2026, 2027, true)[0]
	f := r.Funds[0]
	for i := range f.Divisions { // books of the test begin in 2025
		f.Divisions[i].Statement.Year = 2025
	}
	r.Year = 2025
	if f.Total().Emergency == 0 || f.Total().Local == 0 {
		t.Fatal("the synthetic year has no emergency")
	}
	undecided := order(r, "run", "2025-12-20")
	undecided.Decision = ""
	_, err := ledger.NewBatch(undecided)
	refused(t, err, "ledger.emergency_decision", "YN-2.7")

	d := province(t, r, 0)
	for _, area := range f.Divisions {
		d.live(f.Insurance, area.Statement)
	}
	b, err := ledger.NewBatch(order(r, "run", "2025-12-20"))
	if err != nil {
		t.Fatal(say(t, err))
	}
	d.post(b.Booking...)
	d.settle("2025-12-25", b.Items...)
	d.closed(r)
}

// A trial, an unapproved run, one that does not add up and one booked before its time become no money.
func TestWhatIsNotBooked(t *testing.T) {
	t.Attr("clause", "SC38-10.1")
	r := sichuanYears(t)[1]
	o := synth.Options{Province: "530000", From: 2025, To: 2026, Seed: 1, Insurances: []pool.Insurance{pool.Resident}, ProvincialUnit: true}
	draft := run(t, "yunnan", o, 2026, 2026, false)[0]
	changed, short, early := r, r, order(r, "x", "2024-12-31")
	changed.Changed = []policy.Effective{{}}
	short.Funds = slices.Clone(r.Funds)
	short.Funds[0].Collected++
	unapproved := order(r, "x", "2025-12-20")
	unapproved.Approval = ""
	for _, c := range []struct {
		order       ledger.Order
		key, clause string
	}{
		{order(draft, "x", "2026-12-20"), "ledger.trial_run", ""},
		{order(changed, "x", "2025-12-20"), "ledger.trial_run", ""},
		{unapproved, "ledger.run_not_approved", "SC38-10.1"},
		{order(short, "x", "2025-12-20"), "ledger.run_sums", "SC38-4.4"},
		{early, "ledger.run_before_year", ""},
	} {
		_, err := ledger.NewBatch(c.order)
		refused(t, err, c.key, c.clause)
		_, err = ledger.Correct(c.order, r)
		refused(t, err, c.key, c.clause)
	}
}

// Four quarters of advances add up to the budget, and the clearing pays or takes back what is left.
func TestAdvancesAndClearing(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	r := sichuanYears(t)[1]
	f, _ := r.Fund(pool.Resident)
	r.Funds = []pool.Fund{f}
	d := province(t, r, f.Distributed*2)
	one, other := f.Divisions[0], f.Divisions[1]
	budget := []ledger.BudgetLine{{Division: other.Code, Amount: other.Received + 7}, {Division: one.Code, Amount: one.Received - 10_001}}
	for q := 1; q <= 4; q++ {
		b, err := ledger.Advances(ledger.AdvanceOrder{Document: "plan", Insurance: pool.Resident, Year: 2025, Quarter: q, Budget: budget, Hands: hands("2025-03-01"), Due: "2025-03-31"})
		if err != nil {
			t.Fatal(say(t, err))
		}
		d.post(b.Booking...)
		d.settle("2025-03-10", b.Items...)
	}
	for q, document := range map[int]ledger.DocumentID{0: "plan", 5: "plan", 1: ""} {
		_, err := ledger.Advances(ledger.AdvanceOrder{Document: document, Quarter: q, Budget: budget})
		refused(t, err, "ledger.advance_order", "")
	}
	city := ledger.AreaBook(pool.Resident, one.Code)
	d.is(city, 2025, ledger.AdvanceReceived, one.Received-10_001)
	o := order(r, "run", "2025-12-20")
	o.Advances = ledger.AdvancesOf(d.states[fundBook], 2025, time.December)
	b, err := ledger.NewBatch(o)
	if err != nil {
		t.Fatal(say(t, err))
	}
	if back := b.Total(pool.Resident, ledger.AdvanceReturn); back != 7 {
		t.Errorf("%s comes back", back)
	}
	if got := b.Total(pool.Resident, ledger.Allocation); got != f.Distributed-other.Received-one.Received+10_001 {
		t.Errorf("%s still to be paid", got)
	}
	d.post(b.Booking...)
	d.settle("2025-12-25", b.Items...)
	d.is(fundBook, 2025, ledger.AdvancePaid, 0)
	d.is(fundBook, 2025, ledger.AllocationPaid, f.Distributed)
	d.is(city, 2025, ledger.AllocationReceived, one.Received)
	d.is(ledger.AreaBook(pool.Resident, other.Code), 2025, ledger.AllocationReceived, other.Received)
}

// A corrected run moves the difference on lines of its own, in both directions and never set off.
func TestCorrectionOfAnEarlierYear(t *testing.T) {
	t.Attr("clause", "SC38-3.5")
	t.Attr("clause", "SC38-4.5")
	r := sichuanYears(t)[1]
	f, _ := r.Fund(pool.Resident)
	f.Divisions = slices.Clone(f.Divisions)
	f.Divisions[2].Owed = 5 * yuan
	r.Funds = []pool.Fund{f}
	after := r
	changed := f
	changed.Divisions = slices.Clone(f.Divisions)
	// One city's income was stated too low: it pays 1,000 more, of which 50 go to the reserve and all cities get a share.
	changed.Divisions[0].Paid += 1000 * yuan
	changed.Collected += 1000 * yuan
	changed.SetAside.Added += 50 * yuan
	changed.Divisions[0].Received -= 50 * yuan
	changed.Divisions[1].Received += 1000 * yuan
	changed.Divisions[1].Owed += 3 * yuan
	changed.Divisions[2].Owed = 4 * yuan
	after.Funds = []pool.Fund{changed}

	d := province(t, r, 0)
	first, err := ledger.NewBatch(order(r, "run", "2025-10-20"))
	if err != nil {
		t.Fatal(say(t, err))
	}
	d.post(first.Booking...)
	unpaid := slices.IndexFunc(first.Items, func(i ledger.Item) bool {
		return i.Kind == ledger.LossRepaid && i.Payee.Division == f.Divisions[2].Code
	})
	d.settle("2025-10-25", slices.Delete(slices.Clone(first.Items), unpaid, unpaid+1)...)
	again := order(after, "again", "2025-12-20")
	for n, i := range first.Items {
		if standing := (ledger.Standing{Item: i, Version: 1}); i.Kind == ledger.LossRepaid {
			if n != unpaid {
				standing.Paid = i.Amount
			}
			again.Covered = append(again.Covered, standing)
		}
	}
	b, err := ledger.Correct(again, r)
	if err != nil {
		t.Fatal(say(t, err))
	}
	if len(b.Forgone) != 1 || b.Forgone[0].ID != first.Items[unpaid].ID {
		t.Errorf("%v is not due any more", b.Forgone)
	}
	d.post(b.Booking...)
	d.is(ledger.AreaBook(pool.Resident, f.Divisions[2].Code), 2025, ledger.LossDue, 4*yuan)
	var got []string
	for _, i := range b.Items {
		got = append(got, fmt.Sprint(i.ID, " ", i.Amount))
	}
	want := []string{"again/resident/510100/prior_up/collection 1000.00", "again/resident/510100/prior_up/allocation 50.00", "again/resident/510300/prior_down/allocation 1000.00", "again/resident/510300/loss 3.00", "again/resident/" + string(f.Divisions[2].Code) + "/loss 4.00"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	d.settle("2025-12-25", b.Items...)
	d.is(fundBook, 2025, ledger.PriorCollected, 1050*yuan)
	d.is(fundBook, 2025, ledger.PriorPaid, 1000*yuan)
	d.is(cityBook, 2025, ledger.PriorPaidUp, 1050*yuan)
	d.is(otherBook, 2025, ledger.PriorReceived, 1000*yuan)
	d.is(fundBook, 2025, ledger.RiskReserve, changed.SetAside.Closing+50*yuan)
	if left := ledger.Unmirrored(2025, d.states); len(left) > 0 {
		t.Errorf("%v", left)
	}
	d.is(ledger.AreaBook(pool.Resident, f.Divisions[2].Code), 2025, ledger.LossDue, 0)
	other := r
	other.Year = 2024
	_, err = ledger.Correct(order(after, "again", "2025-12-20"), other)
	refused(t, err, "ledger.correct_other", "")
}

// Emergency money that a corrected run takes back goes back to what it was drawn from, not to the next distribution.
func TestEmergencyMoneyComesBack(t *testing.T) {
	t.Attr("clause", "YN-2.6")
	r := sichuanYears(t)[1]
	f, _ := r.Fund(pool.Resident)
	f.SetAside.Fund = pool.Emergency
	f.Divisions = slices.Clone(f.Divisions)
	f.Divisions[3].Emergency, f.Divisions[3].Local = 30*yuan, 30*yuan
	was := r
	was.Funds = []pool.Fund{f}
	f.Divisions = slices.Clone(f.Divisions)
	f.Divisions[3].Emergency, f.Divisions[3].Local = 10*yuan, 10*yuan
	r.Funds = []pool.Fund{f}
	before := order(was, "run", "2025-10-20")
	before.Decision = "decided"
	first, err := ledger.NewBatch(before)
	if err != nil {
		t.Fatal(say(t, err))
	}
	again := order(r, "again", "2025-12-20")
	for _, i := range first.Items {
		again.Covered = append(again.Covered, ledger.Standing{Item: i, Version: 1})
	}
	b, err := ledger.Correct(again, was)
	if err != nil {
		t.Fatal(say(t, err))
	}
	if len(b.Items) != 2 || b.Items[0].Kind != ledger.PriorUp || b.Items[0].Amount != 20*yuan || b.Items[1].Kind != ledger.LocalPaid || b.Items[1].Amount != 10*yuan {
		t.Errorf("%+v", b.Items)
	}
	var moved, forgone money.Fen
	for _, v := range b.Booking {
		for _, p := range v.Postings {
			if v.Kind == ledger.SetAsideIn && p.Account == ledger.EmergencyFund && p.Side == ledger.Credit {
				moved += p.Amount
			}
			if p.Account == ledger.LocalDue && p.Side == ledger.Credit {
				forgone += p.Amount
			}
			if p.Account == ledger.LocalDue && p.Side == ledger.Debit {
				forgone -= p.Amount
			}
		}
	}
	if moved != 20*yuan || forgone != 20*yuan {
		t.Errorf("%s set aside again, %s no longer due", moved, forgone)
	}
}

// Off-site care by hand: two cities, deposits through the province, a month laid out, paid in and passed on.
func TestOffsite(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "SC38-4.5")
	d := funded(t)
	d.begin(otherBook, 1000*yuan, credit(ledger.RetainedSurplus, 1000*yuan))
	up, err := ledger.Deposit(ledger.DepositUp, pool.Resident, chengdu, 2025, 300*yuan, "2025-01-31", "deposit")
	if err != nil {
		t.Fatal(say(t, err))
	}
	down, err := ledger.Deposit(ledger.DepositDown, pool.Resident, zigong, 2025, 200*yuan, "2025-01-31", "deposit")
	if err != nil {
		t.Fatal(say(t, err))
	}
	d.settle("2025-01-20", up, down)
	d.is(clearingBook, 2025, ledger.FiscalAccount, 100*yuan)
	// Zigong lays out 120 for people of Chengdu, Chengdu 30 for people of Zigong.
	d.post(d.voucher(otherBook, "2025-02-10", debit(ledger.OffsiteLent, 120*yuan, with(clearingBook)), credit(ledger.FiscalAccount, 120*yuan)))
	d.post(d.voucher(cityBook, "2025-02-10", debit(ledger.OffsiteLent, 30*yuan, with(clearingBook)), credit(ledger.FiscalAccount, 30*yuan)))
	b, err := ledger.OffsiteMonth(ledger.OffsiteOrder{Document: "2025-02", Insurance: pool.Resident, Year: 2025, Month: time.February, Hands: hands("2025-03-15"), Due: "2025-03-20",
		Costs: []ledger.OffsiteCost{{Home: chengdu, Place: zigong, Amount: 70 * yuan}, {Home: zigong, Place: chengdu, Amount: 30 * yuan}, {Home: chengdu, Place: zigong, Amount: 50 * yuan}}})
	if err != nil {
		t.Fatal(say(t, err))
	}
	d.settle("2025-03-16", b.Items...)
	d.post(b.Final...)
	cities := []*ledger.State{d.states[cityBook], d.states[otherBook]}
	february := ledger.Offsite(2025, time.February, d.states[clearingBook], cities)
	if want := []ledger.OffsiteStanding{{City: chengdu, Deposited: 300 * yuan, Held: 300 * yuan, Lent: 30 * yuan}, {City: zigong, Entrusted: 200 * yuan, Working: 200 * yuan, Lent: 120 * yuan}}; !slices.Equal(february, want) {
		t.Errorf("%+v", february)
	}
	march := ledger.Offsite(2025, time.March, d.states[clearingBook], cities)
	if len(march) != 2 || march[0].Lent != 0 || march[1].Lent != 0 || !march[0].Agrees() || !march[1].Agrees() {
		t.Errorf("after the clearing: %+v", march)
	}
	if alone := ledger.Offsite(2025, time.March, nil, cities[:1]); len(alone) != 1 || alone[0].Held != 0 || alone[0].Agrees() {
		t.Errorf("without the clearing book: %+v", alone)
	}
	d.is(cityBook, 2025, ledger.OffsiteBenefit, 120*yuan)
	d.is(otherBook, 2025, ledger.OffsiteBenefit, 30*yuan)
	d.is(cityBook, 2025, ledger.FiscalAccount, (1000-300-30-120+30)*yuan)
	d.is(otherBook, 2025, ledger.FiscalAccount, (1000+200-120+120-30)*yuan)
	d.is(clearingBook, 2025, ledger.FiscalAccount, 100*yuan)
	for _, r := range ledger.TrialBalance(ledger.Whole(2025), true, d.states[clearingBook]).Rows {
		if (r.Account.Code == ledger.OffsiteFunds || r.Account.Code == ledger.OffsitePassed) && r.Balance != 0 {
			t.Errorf("%s %s: %s is not cleared", r.Account.Code, r.Counter, r.Balance)
		}
	}
	for _, c := range []ledger.OffsiteCost{{Home: chengdu, Place: chengdu, Amount: 1}, {Home: chengdu, Place: "530100", Amount: 1}, {Home: chengdu, Place: zigong}} {
		_, err := ledger.OffsiteMonth(ledger.OffsiteOrder{Document: "d", Costs: []ledger.OffsiteCost{c}})
		refused(t, err, "ledger.offsite_cost", "SCE-7.2")
	}
	_, err = ledger.OffsiteMonth(ledger.OffsiteOrder{})
	refused(t, err, "ledger.offsite_document", "SCE-7.2")
	_, err = ledger.Deposit(ledger.Collection, pool.Resident, chengdu, 2025, yuan, "", "d")
	refused(t, err, "ledger.deposit_invalid", "SCE-7.2")
}

// A subsidy is due, paid in part, and what is outstanding stands by level of government.
func TestSubsidies(t *testing.T) {
	t.Attr("clause", "SC38-10.2")
	d := funded(t)
	for _, l := range ledger.Levels() {
		i, err := ledger.Subsidy(cityBook, l, 2025, 100*yuan, "2025-06-30", "budget")
		if err != nil {
			t.Fatal(say(t, err))
		}
		d.post(i.Announce(hands("2025-01-15"))...)
		if l == ledger.Central || l == ledger.Municipal {
			set, err := i.Settle(hands("2025-02-10"), ledger.Arrival{Receipt: "r", Amount: 60 * yuan})
			if err != nil {
				t.Fatal(say(t, err))
			}
			d.post(set...)
		}
		for _, wrong := range []money.Fen{0, 101 * yuan} {
			_, err := i.Settle(hands("2025-02-10"), ledger.Arrival{Receipt: "r", Amount: wrong})
			refused(t, err, "ledger.settle_amount", "")
		}
	}
	_, err := ledger.Subsidy(cityBook, "village", 2025, yuan, "", "d")
	refused(t, err, "ledger.subsidy_invalid", "SC38-10.2")
	got := map[ledger.Level]string{}
	for _, x := range ledger.Dues(2025, time.December, d.states[cityBook]) {
		got[x.Of.Level] = fmt.Sprint(x.Due, x.Paid, x.Open)
	}
	for l, want := range map[ledger.Level]string{ledger.Central: "100.00 60.00 40.00", ledger.Provincial: "100.00 0.00 100.00", ledger.Municipal: "100.00 60.00 40.00", ledger.CountyTier: "100.00 0.00 100.00"} {
		if got[l] != want {
			t.Errorf("%s: %s, want %s", l, got[l], want)
		}
	}
	d.is(cityBook, 2025, ledger.Subsidies, 120*yuan)
}
