package ledger

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Order (入账单) asks for an approved run to be booked.
type Order struct {
	Run    RunID
	Result pool.Result
	// Approval is the signed approval of the run; Decision the one for emergency payments, where the run has any.
	Approval, Decision DocumentID
	Hands              Hands
	// The days payments are due: what cities pay, what they receive, what governments cover.
	CollectDue, AllocateDue, CoverDue policy.Date
	// Advances are what the cities received for the year before it was computed; see AdvancesOf.
	Advances []AdvanceMade
	// Covered are, for a correction, the payments before it that governments were to make or get back for the year.
	Covered []Standing
}

// AdvanceMade (已预拨) is what a city received in advance and was not yet cleared, in fen.
type AdvanceMade struct {
	Insurance pool.Insurance
	Division  region.Code
	Amount    money.Fen
}

// AdvancesOf (已预拨) reads what cities received in advance and was not cleared at the end of a month off the book of the adjustment
// fund, in order of division.
func AdvancesOf(s *State, year policy.Year, month time.Month) []AdvanceMade {
	var out []AdvanceMade
	for _, l := range s.sorted(year) {
		if balance := s.At(l, month); l.Account == AdvancePaid && balance > 0 {
			out = append(out, AdvanceMade{s.Book.Insurance, l.Counter.Division, balance})
		}
	}
	return out
}

// Batch (资金批次) is a run, or another order, as money: what is booked at once as one set, what is then to be paid, and the
// notices that say so. Final is booked when everything was paid.
type Batch struct {
	ID      DocumentID
	Booking []Voucher
	Items   []Item
	Notices []Notice
	Final   []Voucher
	// Forgone are payments before of which a correction leaves nothing due.
	Forgone []Standing
}

// Total (合计) adds up a kind of payment of an insurance type.
func (b Batch) Total(i pool.Insurance, kind ItemKind) money.Fen {
	var total money.Fen
	for _, item := range b.Items {
		if item.Insurance == i && item.Kind == kind {
			total += item.Amount
		}
	}
	return total
}

// NewBatch (生成批次) turns an approved run into what is booked and paid: what is due, the money set aside, advances cleared
// against the final figures (清算), and a payment and a notice for everything that is to move. It is the same, id by id, for
// the same order. Refused: a trial of a draft policy or of changed parameters, a run without approval or whose figures do
// not add up, emergency money without a decision on file.
//
// 依据: SC38-4.1, SC38-4.3, SC38-4.4, SC38-4.5, SC38-4.7, YN-2.7, YN-2.8
func NewBatch(o Order) (Batch, error) {
	if err := o.bookable(); err != nil {
		return Batch{}, err
	}
	b := &builder{order: o, batch: Batch{ID: DocumentID(o.Run)}}
	for _, f := range o.Result.Funds {
		b.fund = f
		b.setAside(f.SetAside.Added)
		for _, d := range f.Divisions {
			b.division(d)
		}
	}
	return b.batch, nil
}

// bookable refuses what must not be booked.
func (o Order) bookable() error {
	r := o.Result
	switch {
	case r.Trial():
		return refuse("run", string(o.Run), "", "ledger.trial_run", "policy", r.Policy, "year", int(r.Year))
	case o.Run == "" || o.Approval == "":
		return refuse("approval", string(o.Approval), "SC38-10.1", "ledger.run_not_approved", "run", string(o.Run))
	}
	year, _, ok := day(o.Hands.Date)
	if !ok || year < r.Year {
		return refuse("date", string(o.Hands.Date), "", "ledger.run_before_year", "year", int(r.Year))
	}
	for _, f := range r.Funds {
		t := f.Total()
		distributed := f.Collected - f.SetAside.Added
		if f.Distributed == 0 && t.Received == 0 {
			distributed = 0 // a policy that keeps what is not paid out
		}
		if t.Paid != f.Collected || t.Received != distributed || t.Emergency < 0 {
			return refuse("run", string(o.Run), "SC38-4.4", "ledger.run_sums", "insurance", f.Insurance, "paid", t.Paid, "received", t.Received, "collected", f.Collected)
		}
		if t.Emergency > 0 && o.Decision == "" {
			return refuse("decision", "", "YN-2.7", "ledger.emergency_decision", "insurance", f.Insurance, "amount", t.Emergency)
		}
	}
	return nil
}

// builder puts a batch together, one fund after the other.
type builder struct {
	order Order
	fund  pool.Fund
	batch Batch
}

func (b *builder) source() Source { return Source{FromRun, DocumentID(b.order.Run)} }

// province is the province of the fund's divisions.
func (b *builder) province() region.Code { return b.fund.Divisions[0].Code.Province() }

// setAside books what moves between the adjustment fund and the money set aside; less than 0 moves it back.
//
// 依据: SC38-4.3, YN-2.6
func (b *builder) setAside(amount money.Fen) {
	if amount == 0 || len(b.fund.Divisions) == 0 {
		return
	}
	b.batch.Booking = append(b.batch.Booking, b.voucher(AdjustmentBook(b.fund.Insurance, b.province()), SetAsideIn, "set_aside", b.province(),
		posting(AdjustmentFund, Dimensions{}, amount), posting(setAsideOf(b.fund.SetAside.Fund), Dimensions{}, -amount)))
}

// voucher makes a voucher that is booked with the run.
func (b *builder) voucher(book Book, kind VoucherKind, step string, division region.Code, postings ...Posting) Voucher {
	o := b.order
	return Voucher{Book: book, Date: o.Hands.Date, Kind: kind, Postings: postings, Source: b.source(), Maker: o.Hands.Maker, Reviewer: o.Hands.Reviewer,
		Summary: Summary{Key: "ledger.summary." + step, Year: o.Result.Year, Insurance: b.fund.Insurance, Division: division},
		Key:     Key(string(o.Run) + "/" + string(b.fund.Insurance) + "/" + string(division) + "/" + step + "/" + string(book.Kind))}
}

// division books one city's year.
func (b *builder) division(d pool.Division) {
	advanced := b.advanced(d.Code)
	cleared := min(d.Received, advanced)
	b.clear(d.Code, cleared)
	o := b.order
	for _, c := range []claim{
		{Collection, "", d.Paid, o.CollectDue, "paid"},
		{Allocation, "", d.Received - cleared, o.AllocateDue, "received"},
		{AdvanceReturn, "", advanced - cleared, o.CollectDue, "received"},
		{EmergencyAid, "", d.Emergency, o.AllocateDue, "emergency"},
		{LocalPaid, "", d.Local, o.CoverDue, "emergency"},
		{LossRepaid, "", d.Owed, o.CoverDue, "owed"},
	} {
		b.item(d, c)
	}
}

// claim is a payment of a division to be made out; of tells apart two of one kind, figure names the steps that explain it.
type claim struct {
	kind   ItemKind
	of     string
	amount money.Fen
	due    policy.Date
	figure string
}

// advanced is what the division received in advance.
func (b *builder) advanced(code region.Code) money.Fen {
	var sum money.Fen
	for _, a := range b.order.Advances {
		if a.Insurance == b.fund.Insurance && a.Division == code {
			sum += a.Amount
		}
	}
	return sum
}

// clear (清算) turns an advance into the allocation it was paid for, in both books.
func (b *builder) clear(code region.Code, amount money.Fen) {
	if amount == 0 {
		return
	}
	city, fund := AreaBook(b.fund.Insurance, code), AdjustmentBook(b.fund.Insurance, code.Province())
	b.batch.Booking = append(b.batch.Booking,
		b.voucher(fund, Ordinary, "advance_cleared", code, Posting{AllocationPaid, Dimensions{Counter: city}, Debit, amount}, Posting{AdvancePaid, Dimensions{Counter: city}, Credit, amount}),
		b.voucher(city, Ordinary, "advance_cleared", code, Posting{AdvanceReceived, Dimensions{Counter: fund}, Debit, amount}, Posting{AllocationReceived, Dimensions{Counter: fund}, Credit, amount}))
}

// item adds a payment of a division with its notice, if there is anything to pay.
func (b *builder) item(d pool.Division, c claim) {
	if c.amount <= 0 {
		return
	}
	o := b.order
	item := Item{ID: ItemID(string(o.Run) + "/" + string(b.fund.Insurance) + "/" + string(d.Code) + "/" + string(c.kind) + c.of), Kind: c.kind, Year: o.Result.Year,
		Insurance: b.fund.Insurance, Amount: c.amount, Due: c.due, Source: b.source()}
	city, fund := PartyOf(AreaBook(b.fund.Insurance, d.Code)), PartyOf(AdjustmentBook(b.fund.Insurance, d.Code.Province()))
	switch c.kind {
	case Collection, AdvanceReturn, PriorUp:
		item.Payer, item.Payee = city, fund
	case LocalPaid, LossRepaid:
		item.Payer, item.Payee = Party{Level: governmentOf(d.Code), Division: d.Code}, city
	case LocalBack, LossBack:
		item.Payer, item.Payee = city, Party{Level: governmentOf(d.Code), Division: d.Code}
	default:
		item.Payer, item.Payee = fund, city
	}
	if c.kind == EmergencyAid {
		item.Decision = o.Decision
	}
	b.add(item, stepsOf(d, c.figure))
}

// governmentOf is the government that covers a pooling area's losses: the city's, and for the provincial unit the
// province's. How a city and its counties share it is theirs to settle.
//
// 依据: SC38-4.7
func governmentOf(code region.Code) Level {
	if code.IsProvince() {
		return Provincial
	}
	return Municipal
}

func (b *builder) add(item Item, steps []pool.Step) {
	b.batch.Items = append(b.batch.Items, item)
	b.batch.Notices = append(b.batch.Notices, Notice{Item: item, Steps: steps})
	b.batch.Booking = append(b.batch.Booking, item.Announce(b.order.Hands)...)
}

func stepsOf(d pool.Division, figure string) []pool.Step {
	var out []pool.Step
	for _, s := range d.Steps {
		if s.Figure == figure {
			out = append(out, s)
		}
	}
	return out
}

// Correct (以前年度清算) turns a run that replaces one already booked into what is still to move: payments of the difference
// on the lines of prior years, never set off against one another. The order is of the new run; before is what was booked.
//
// 依据: SC38-4.5, SC38-3.5
func Correct(o Order, before pool.Result) (Batch, error) {
	if err := o.bookable(); err != nil {
		return Batch{}, err
	}
	if before.Trial() || before.Year != o.Result.Year || before.Policy != o.Result.Policy {
		return Batch{}, refuse("run", string(o.Run), "", "ledger.correct_other", "year", int(before.Year))
	}
	b := &builder{order: o, batch: Batch{ID: DocumentID(o.Run)}}
	for _, f := range o.Result.Funds {
		old, ok := before.Fund(f.Insurance)
		if !ok || len(old.Divisions) != len(f.Divisions) {
			return Batch{}, refuse("run", string(o.Run), "", "ledger.correct_other", "year", int(before.Year))
		}
		b.fund = f
		moved := f.SetAside.Added - old.SetAside.Added
		for _, d := range f.Divisions {
			was, ok := old.Division(d.Code)
			if !ok {
				return Batch{}, refuse("run", string(o.Run), "", "ledger.correct_other", "year", int(before.Year))
			}
			b.difference(d, was)
			moved += max(0, was.Emergency-d.Emergency) // emergency money that comes back goes back to where it was set aside
		}
		b.setAside(moved)
	}
	return b.batch, nil
}

// difference books what a correction changes for one city.
func (b *builder) difference(d, was pool.Division) {
	o := b.order
	for _, c := range []claim{
		{PriorUp, "/collection", d.Paid - was.Paid, o.CollectDue, "paid"},
		{PriorDown, "/collection", was.Paid - d.Paid, o.AllocateDue, "paid"},
		{PriorDown, "/allocation", d.Received - was.Received, o.AllocateDue, "received"},
		{PriorUp, "/allocation", was.Received - d.Received, o.CollectDue, "received"},
		{EmergencyAid, "", d.Emergency - was.Emergency, o.AllocateDue, "emergency"},
		{PriorUp, "/emergency", was.Emergency - d.Emergency, o.CollectDue, "emergency"},
	} {
		b.item(d, c)
	}
	b.covered(d, LocalPaid, LocalBack, d.Local, "emergency")
	b.covered(d, LossRepaid, LossBack, d.Owed, "owed")
}

// covered makes what a government owes for a city, or owed and paid before, come to what it owes now: more is a further payment. Of less,
// what is still open of the payments before is not due any more, and what is left to pay becomes one of its own; what was paid
// beyond that the city gives back.
//
// 依据: SC38-4.7
func (b *builder) covered(d pool.Division, kind, back ItemKind, now money.Fen, figure string) {
	var open []Standing
	var paid, due money.Fen
	for _, s := range b.order.Covered {
		switch {
		case s.Insurance != b.fund.Insurance || s.City() != d.Code:
		case s.Kind == back:
			paid -= s.Amount
		case s.Kind == kind:
			paid, due = paid+s.Paid, due+s.Open()
			if s.Open() > 0 {
				open = append(open, s)
			}
		}
	}
	if now < paid+due {
		due = 0
		for _, s := range open {
			b.batch.Booking = append(b.batch.Booking, s.memo(occasion{Hands: b.order.Hands, source: b.source()}, "forgone", s.Open(), true)...)
			b.batch.Forgone = append(b.batch.Forgone, s)
		}
	}
	b.item(d, claim{kind, "", now - paid - due, b.order.CoverDue, figure})
	b.item(d, claim{back, "", paid - now, b.order.CoverDue, figure})
}

// BudgetLine (预算分配数) is what the budget expects a city to receive in a year, in fen.
type BudgetLine struct {
	Division region.Code
	Amount   money.Fen
}

// AdvanceOrder (预拨单) asks for a quarter's advances.
type AdvanceOrder struct {
	Document  DocumentID // the approved plan of advances
	Insurance pool.Insurance
	Year      policy.Year
	Quarter   int // 1 to 4
	Budget    []BudgetLine
	Hands     Hands
	Due       policy.Date
}

// Advances (季度预拨) turns the year's budget into one quarter's payments. The four quarters of a city add up to its budget;
// fen left over fall to the earlier ones.
//
// 依据: SC38-4.5
func Advances(o AdvanceOrder) (Batch, error) {
	if o.Quarter < 1 || o.Quarter > 4 || o.Document == "" {
		return Batch{}, refuse("quarter", string(o.Document), "", "ledger.advance_order")
	}
	b := &builder{order: Order{Hands: o.Hands}, batch: Batch{ID: o.Document}}
	one := money.NewRatio(1, 1)
	for _, l := range sortedBudget(o.Budget) {
		parts, err := money.Split(l.Amount, []money.Ratio{one, one, one, one})
		if err != nil || l.Amount < 0 {
			return Batch{}, refuse("amount", l.Amount.String(), "", "ledger.advance_order")
		}
		if parts[o.Quarter-1] == 0 {
			continue
		}
		b.add(Item{ID: ItemID(string(o.Document) + "/" + string(o.Insurance) + "/" + string(l.Division) + "/q" + strconv.Itoa(o.Quarter)), Kind: Advance, Year: o.Year, Insurance: o.Insurance,
			Payer: PartyOf(AdjustmentBook(o.Insurance, l.Division.Province())), Payee: PartyOf(AreaBook(o.Insurance, l.Division)),
			Amount: parts[o.Quarter-1], Due: o.Due, Source: Source{FromDocument, o.Document}}, nil)
	}
	return b.batch, nil
}

func sortedBudget(lines []BudgetLine) []BudgetLine {
	out := slices.Clone(lines)
	slices.SortFunc(out, func(a, b BudgetLine) int { return cmp.Compare(a.Division, b.Division) })
	return out
}
