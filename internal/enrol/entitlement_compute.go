package enrol

import (
	"cmp"
	"slices"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Entitle (计算年度待遇) says what a history entitles to in the rules' year. It allocates nothing unless it refuses, or the
// history is out of order and longer than a life. Errors: a fault.Refusal whose column is the field that is wrong.
//
// 依据: SCE-3.2, SCE-3.7
func (r *Rules) Entitle(h *History) (Entitlement, error) { return r.compute(h, nil) }

// compute is the one function; it writes down what happened in t unless that is nil.
func (r *Rules) compute(h *History, t *trace) (Entitlement, error) {
	if r.Year < r.First {
		return Entitlement{}, refuse("year", strconv.Itoa(int(r.Year)), "entitled.year_before", "year", int(r.Year), "first", int(r.First))
	}
	if inOrder(h.Years) {
		return r.through(h, h.Years, t)
	}
	return r.sorted(h, t)
}

// sorted puts the years in order first.
func (r *Rules) sorted(h *History, t *trace) (Entitlement, error) {
	var few [64]Year
	years := append(few[:0], h.Years...)
	slices.SortFunc(years, func(a, b Year) int { return cmp.Compare(a.Year, b.Year) })
	return r.through(h, years, t)
}

func inOrder(years []Year) bool {
	for i := 1; i < len(years); i++ {
		if years[i].Year < years[i-1].Year {
			return false
		}
	}
	return true
}

// through goes through years in order.
func (r *Rules) through(h *History, years []Year, t *trace) (Entitlement, error) {
	for i := 1; i < len(years); i++ {
		if year := int(years[i].Year); years[i].Year == years[i-1].Year {
			return Entitlement{}, refuse("year", strconv.Itoa(year), "entitled.year_twice", "year", year)
		}
	}
	if err := r.askable(years); err != nil {
		return Entitlement{}, err
	}
	w := walk{rules: r, history: h, trace: t}
	for i := range years {
		if err := w.year(&years[i]); err != nil {
			return Entitlement{}, err
		}
	}
	return w.answer(), nil
}

// askable refuses a history without resident cover in the year asked for.
func (r *Rules) askable(years []Year) error {
	for i := len(years) - 1; i >= 0 && years[i].Year >= r.Year; i-- {
		if years[i].Year > r.Year {
			continue
		}
		switch years[i].Cover {
		case Resident:
			return nil
		case Employee:
			return refuse("cover", Employee.String(), "entitled.not_resident", "year", int(r.Year))
		}
	}
	return refuse("cover", NoInsurance.String(), "entitled.not_covered", "year", int(r.Year))
}

func refuse(field, value, key string, args ...any) error {
	return fault.Refuse(fault.Problem{Column: field, Value: value, Message: fault.Msg(key, args...)})
}

// walk goes through a history year by year.
type walk struct {
	rules   *Rules
	history *History
	trace   *trace

	last        policy.Year // the last covered year, 0 before the first
	streak      int
	broken      int // broken years so far
	row         int // those immediately before the year that is looked at
	consecutive money.Fen
	zeroClaim   money.Fen
	carried     Day // the first covered day of the resident year before, if there is one
	waiting     Waiting
	offer       Offer
}

// year takes one year in.
func (w *walk) year(y *Year) error {
	if err := check(y); err != nil {
		return err
	}
	r := w.rules
	if y.Year > r.Year || y.Cover == NoInsurance {
		return nil
	}
	w.gap(y)
	w.last = y.Year
	if y.Cover == Employee {
		w.carried = 0
		if r.employeeEnds {
			w.streak = 0
		}
		return nil
	}
	return w.resident(y)
}

// check refuses what cannot be: negative figures, a payment after the end of its year.
func check(y *Year) error {
	switch year := int(y.Year); {
	case y.Reimbursed < 0:
		return refuse("reimbursed", y.Reimbursed.String(), "entitled.negative", "year", year)
	case y.CatastrophicPaid < 0:
		return refuse("catastrophic_paid", y.CatastrophicPaid.String(), "entitled.negative", "year", year)
	case y.RepairYears < 0:
		return refuse("repair_years", strconv.Itoa(y.RepairYears), "entitled.negative", "year", year)
	case y.PaidOn.Year() > y.Year:
		return refuse("paid_on", y.PaidOn.String(), "entitled.paid_late", "year", year, "day", y.PaidOn)
	}
	return nil
}

// gap counts the years without cover between the last covered year and y. Those from countsFrom on are broken.
//
// 依据: SCE-3.5
func (w *walk) gap(y *Year) {
	w.row = 0
	if w.last == 0 {
		w.trace.begins(y.Year)
		if w.rules.neverWaits && y.Year == w.rules.Year {
			w.row = int(max(0, y.Year-max(w.rules.countsFrom, w.history.Born.Year())))
		}
		return
	}
	if y.Year == w.last+1 {
		return
	}
	w.streak, w.carried = 0, 0
	first := max(w.last+1, w.rules.countsFrom)
	w.row = int(max(0, y.Year-first))
	w.broken += w.row
	w.trace.gap(first, y.Year)
}

// resident takes a year of resident cover in: the streak, the rewards it earns, a reset, its waiting.
//
// 依据: SCE-3.3, SCE-3.4, SCE-3.6
func (w *walk) resident(y *Year) error {
	r := w.rules
	if !r.firstYearOnly || y.Year >= r.First {
		if w.streak == 0 {
			w.trace.streak(y.Year)
		}
		w.streak++
	}
	if y.Year < r.First {
		return nil
	}
	if w.streak > r.streakYears && (!r.nextYear || y.Year < r.Year) {
		w.consecutive += r.consecutive
		w.trace.consecutive(y.Year)
	}
	if y.Year == r.Year {
		return w.ask(y)
	}
	if err := w.claims(y); err != nil {
		return err
	}
	if own, _ := r.wait(w.history, y, w.row); own.CoveredFrom > w.carried {
		w.carried = own.CoveredFrom
	}
	return nil
}

// claims takes in what the funds paid in a year before the one asked for.
//
// 依据: SCE-3.4, SCE-3.6
func (w *walk) claims(y *Year) error {
	switch r := w.rules; {
	case !y.HasReimbursed:
		return refuse("reimbursed", "", "entitled.claims_missing", "year", int(y.Year))
	case !y.HasCatastrophic:
		return refuse("catastrophic_paid", "", "entitled.claims_missing", "year", int(y.Year))
	case y.Reimbursed == 0 && (!r.zeroClaimOnce || y.Year == r.Year-1):
		w.zeroClaim += r.zeroClaim
		w.trace.zeroClaim(y.Year)
	}
	if within := w.rules.base - w.lowered(); y.CatastrophicPaid > within {
		w.zeroClaim = 0
		w.trace.reset(y, within)
	}
	return nil
}

// lowered (封顶线降低额度) is the reduction of the year that is looked at.
//
// 依据: SCE-3.5
func (w *walk) lowered() money.Fen {
	years := w.broken
	if w.rules.reductionOnce {
		years = w.row
	}
	return min(w.rules.reduction*money.Fen(years), w.rules.reductionLimit)
}

// ask answers the year asked for, once everything before it is known.
//
// 依据: SCE-3.7, SCE-3.8
func (w *walk) ask(y *Year) error {
	if y.PaidOn == 0 {
		return refuse("paid_on", "", "entitled.paid_on_missing", "year", int(y.Year))
	}
	w.waiting, w.offer = w.rules.wait(w.history, y, w.row)
	w.trace.waits(w, y)
	w.waiting.CoveredFrom = max(w.waiting.CoveredFrom, w.carried)
	return nil
}

func (w *walk) answer() Entitlement {
	r := w.rules
	e := Entitlement{Year: r.Year, Streak: w.streak, Broken: w.broken, Row: w.row, Consecutive: w.consecutive, ZeroClaim: w.zeroClaim,
		Counted: min(w.consecutive+w.zeroClaim, r.rewardLimit), Reduction: w.lowered(), Waiting: w.waiting, Offer: w.offer}
	e.Cap = r.base + e.Counted - e.Reduction
	return e
}

// cause is why there is waiting or none.
type cause uint8

const (
	byBirth  cause = iota // none: a newborn
	byGroup               // none: of a group that does not wait
	inWindow              // none: paid inside the central window, without a break
	late                  // paid outside the window
	afterGap              // came back after a break
)

// cause finds out why a year of resident cover after a row of broken years has waiting or none.
//
// 依据: SCE-3.7
func (r *Rules) cause(h *History, y *Year, row int) cause {
	switch {
	case r.newbornExempt && h.Born.Year() == y.Year:
		return byBirth
	case h.Groups&r.exempt != 0:
		return byGroup
	case row > 0:
		return afterGap
	case r.inWindow(y):
		return inWindow
	}
	return late
}

// inWindow (集中参保期内) tells whether a year was paid for inside its central window, first and last day included.
//
// 依据: SCE-6.1
func (r *Rules) inWindow(y *Year) bool {
	first, last := r.window(y.Year)
	return first <= y.PaidOn && y.PaidOn <= last
}

// window is a coverage year's central window: from a day of the year before to the last day, which lies in the year
// itself when it comes before the first in the calendar.
func (r *Rules) window(year policy.Year) (first, last Day) {
	before := Day(year-1) * 10_000
	first, last = before+r.windowFirst, before+r.windowLast
	if last < first {
		last += 10_000
	}
	return first, last
}

// wait works out the waiting of a year of resident cover after a row of broken years, and what repair is left to buy.
// Without a day of payment there is no first covered day, but for a newborn's.
//
// 依据: SCE-3.7, SCE-3.8
func (r *Rules) wait(h *History, y *Year, row int) (w Waiting, o Offer) {
	why := r.cause(h, y, row)
	if why == byBirth && !r.newbornByPayment {
		w.CoveredFrom = h.Born
		return w, o
	}
	if why == late || why == afterGap {
		w, o = r.repaired(h, y, row)
	}
	if y.PaidOn != 0 {
		w.CoveredFrom = max(y.PaidOn, DayOf(y.Year, 1, 1)).AddMonths(w.Months())
	}
	return w, o
}

// repaired is the waiting after what repair was paid for, and the rest that can be bought.
//
// 依据: SCE-3.8
func (r *Rules) repaired(h *History, y *Year, row int) (Waiting, Offer) {
	before, least := r.variable(row)
	after := max(before-min(y.RepairYears, before)*r.perRepair, least)
	w := Waiting{Fixed: r.fixed, Variable: after, Repaired: max(before-after, 0)}
	if after == least || r.perRepair == 0 {
		return w, Offer{}
	}
	o := Offer{Years: (after - least + r.perRepair - 1) / r.perRepair, PricePerYear: h.Standard, MonthsAfter: r.fixed + least}
	if o.PricePerYear == 0 {
		o.PricePerYear = r.standard
	}
	return w, o
}

// variable (变动待遇等待期) is the variable waiting after a row of broken years, in months, and the least that repair leaves
// of it.
//
// 依据: SCE-3.8
func (r *Rules) variable(row int) (months, least int) {
	years := row
	if r.firstBrokenFree {
		years = max(row-1, 0)
	}
	if row >= r.long {
		least = max(r.least-r.fixed, 0)
	}
	return years * r.perBroken, least
}
