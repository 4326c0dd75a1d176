package enrol

import (
	"errors"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// TaxReturn (税务缴费回传) is what the tax department says was paid for a person: a resident's year, or an employee's month.
//
// 依据: SCE-9.1
type TaxReturn struct {
	Receipt   string // 税票号码
	Insurance Insurance
	Area      region.Code // the county of enrolment, as the tax department has it
	Period    Spell       // a calendar year, or a calendar month
	Wage      money.Fen   // a month's
	Shares    Shares      // Person, Employer and UnemploymentFund alone
	Repair    int         // broken years paid for besides
}

// Outcome (匹配结果) is what became of money that was paid.
type Outcome string

// The outcomes.
const (
	Posted       Outcome = "posted"       // 足额入账
	Overpaid     Outcome = "overpaid"     // 多缴: what is due is posted, the rest is to be given back
	PaidTwice    Outcome = "twice"        // 重复缴费: all of it is to be given back
	NotAlive     Outcome = "ended"        // 档案已注销: all of it is to be given back
	Short        Outcome = "short"        // 欠缴: held until the rest comes
	Unregistered Outcome = "unregistered" // 未登记: held until he is enrolled
	Unclear      Outcome = "unclear"      // 无法匹配: held until somebody looks
)

// Step is what is to be done about an outcome.
func (o Outcome) Step() Step {
	switch o {
	case Posted:
		return NoStep
	case Overpaid, PaidTwice, NotAlive:
		return GiveBack
	case Short:
		return AwaitRest
	}
	return PostPayment
}

// Settlement (缴费入账结果) is what becomes of a payment: Posted, Excess and Held add up to what was paid now, and to what was held before where
// WithBefore says that it was needed.
//
// 依据: SC38-5.2, SCE-9.1
type Settlement struct {
	Outcome              Outcome
	Facts                []Fact
	Posted, Excess, Held money.Fen
	WithBefore           bool
	Due                  money.Fen // what was due, where it is known
	Why                  fault.Message
	Clause               policy.ClauseID
}

// Settle (缴费入账) matches what was paid on a day with what is due for the person and period, together with what was held before. Exactly what
// is due is posted, with the shares of the governments by the standard; more is given back, less is held.
//
// 依据: SC38-5.2, SC38-5.3, SCE-9.1, SCE-2.3
func (f *File) Settle(paid TaxReturn, on policy.Date, before Shares, standards Standards) Settlement {
	total := paid.Shares.Total()
	back := func(outcome Outcome, why fault.Message) Settlement {
		return Settlement{Outcome: outcome, Excess: total, Why: why, Clause: "SC38-5.2"}
	}
	if ended := Valid[Ended](f); len(ended) > 0 {
		return back(NotAlive, fault.Msg("enrol.ended", "on", ended[0].Fact.On))
	}
	if f.paidFor(paid) {
		return back(PaidTwice, fault.Msg("enrol.month_paid", "from", paid.Period.From, "to", paid.Period.To))
	}
	post, due, err := f.asked(paid, on, standards)
	if err != nil {
		return unposted(total, err)
	}
	s := Settlement{Posted: total, Due: due.Total()}
	have := paid.Shares
	if before != (Shares{}) && have != due {
		s.WithBefore = true
		s.Posted += before.Total()
		for payer := range have {
			have[payer] += before[payer]
		}
	}
	for payer := range have {
		if have[payer] < due[payer] {
			outcome := Short
			if have.Total() >= due.Total() {
				outcome = Unclear
			}
			return Settlement{Outcome: outcome, Held: total, Due: due.Total(), Clause: "SC38-5.2",
				Why: fault.Msg("enrol.amount", "paid", have.Total(), "due", due.Total(), "year", int(yearOf(paid.Period.From)))}
		}
	}
	if s.Facts, err = post(); err != nil {
		return unposted(total, err)
	}
	s.Outcome, s.Excess, s.Clause = Posted, have.Total()-due.Total(), "SC38-5.2"
	s.Posted -= s.Excess
	s.Why = fault.Msg("enrol.why.posted", "due", due.Total())
	if s.Excess > 0 {
		s.Outcome, s.Why = Overpaid, fault.Msg("enrol.why.overpaid", "due", due.Total(), "excess", s.Excess)
	}
	return s
}

// unposted is what becomes of money that nothing is due for.
func unposted(total money.Fen, err error) Settlement {
	s := Settlement{Outcome: Unclear, Held: total, Why: fault.Msg("enrol.why.unclear"), Clause: "SC38-5.2"}
	var refusal *fault.Refusal
	if errors.As(err, &refusal) && len(refusal.Problems) > 0 {
		s.Why, s.Clause = refusal.Problems[0].Message, policy.ClauseID(refusal.Problems[0].Clause)
	}
	if s.Why.Key == "enrol.nothing_due" || s.Why.Key == "enrol.no_enrolment" {
		s.Outcome = Unregistered
	}
	return s
}

// paidFor tells whether a period was paid before.
func (f *File) paidFor(paid TaxReturn) bool {
	return slices.ContainsFunc(f.kept(), func(p Numbered[Paid]) bool {
		if p.Fact.Way.Insurance() != paid.Insurance {
			return false
		}
		if paid.Insurance == Resident {
			return p.Fact.Year == yearOf(paid.Period.From)
		}
		_, met := p.Fact.Months.Meets(paid.Period)
		return p.Fact.Months.From != "" && met
	})
}

// asked gives what is due for a payment by whom, and how it is posted.
func (f *File) asked(paid TaxReturn, on policy.Date, standards Standards) (post func() ([]Fact, error), due Shares, err error) {
	if paid.Insurance == Resident {
		p := Payment{Year: yearOf(paid.Period.From), On: on, Repair: paid.Repair}
		if _, p.Amount, _, err = f.expected(p, standards); err != nil {
			return nil, due, err
		}
		due[Person] = p.Amount
		return func() ([]Fact, error) { return f.Pay(p, standards) }, due, nil
	}
	p := MonthPayment{Month: paid.Period, On: on, Wage: paid.Wage}
	_, _, due, err = f.expectedMonth(p, standards)
	p.Shares = due
	return func() ([]Fact, error) { return f.PayMonth(p, standards) }, due, err
}

// MonthOf (费款所属月份) is the calendar month of a year, 1 to 12.
func MonthOf(year policy.Year, month int) Spell {
	first := civil(int(year), month, 1) - civil(1899, 12, 31)
	next := civil(int(year), month+1, 1)
	if month == 12 {
		next = civil(int(year)+1, 1, 1)
	}
	return Spell{dayOf(first), dayOf(next - civil(1899, 12, 31) - 1)}
}

// YearOf (费款所属年度) is a whole calendar year.
func YearOf(year policy.Year) Spell { return Spell{firstOf(year), year.End()} }

// Year is the year a payment is for.
func (t TaxReturn) Year() policy.Year { return yearOf(t.Period.From) }
