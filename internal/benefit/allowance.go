package benefit

import (
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Delivery (生育情况) is how a pregnancy ended.
type Delivery uint8

// The kinds: a normal delivery, a difficult or caesarean one, and miscarriages before and after the fourth month is over.
//
// 依据: YA-3.1.5
const (
	NormalDelivery Delivery = iota
	DifficultDelivery
	EarlyMiscarriage
	LateMiscarriage
	deliveries
)

var deliveryWords = [deliveries]string{"normal", "difficult", "miscarriage_early", "miscarriage_late"}

// String is the kind's word: "difficult".
func (d Delivery) String() string { return deliveryWords[d] }

// ParseDelivery reads a kind.
func ParseDelivery(word string) (Delivery, bool) {
	i, ok := find(deliveryWords[:], word)
	return Delivery(i), ok
}

// DeliveryWords lists the words of the kinds.
func DeliveryWords() []string { return deliveryWords[:] }

// born tells whether there are children.
func (d Delivery) born() bool { return d <= DifficultDelivery }

// The parameters of the allowance.
const (
	pAllowanceMonth  policy.ParameterID = "benefit.maternity.allowance.month_days"
	pAllowanceNormal policy.ParameterID = "benefit.maternity.allowance.days.normal"
	pAllowanceMore   policy.ParameterID = "benefit.maternity.allowance.days.difficult"
	pAllowanceChild  policy.ParameterID = "benefit.maternity.allowance.days.further_child"
	pAllowanceEarly  policy.ParameterID = "benefit.maternity.allowance.days.miscarriage_early"
	pAllowanceLate   policy.ParameterID = "benefit.maternity.allowance.days.miscarriage_late"
)

// The most that is taken for a wage and for children, against slips of the pen.
const (
	mostWage     money.Fen = 1_000_000 * money.FenPerYuan
	mostChildren           = 9
)

// Allowance (生育津贴) is what an employee is paid in place of wages, in fen, for how many days, and why.
type Allowance struct {
	Days    int
	Amount  money.Fen
	Reasons []Reason
}

// Allowance (计算生育津贴) is the employer's average monthly wage of the year before, in fen, divided by the days of a month, times the days of the kind of delivery; rounded half up to the fen, once. Errors: a fault.Refusal
// that names what is wrong: a policy that has no allowance, a wage of nothing or of more than a million yuan, and deliveries of no child or of more than nine; a miscarriage has none.
//
// 依据: YA-3.1.5
func (s *Schedule) Allowance(wage money.Fen, d Delivery, children int) (Allowance, error) {
	days, used, ok := s.allowanceDays(d, children)
	month, has := s.set.Get(pAllowanceMonth)
	switch {
	case !ok || !has || month.Value.Count() <= 0:
		return Allowance{}, fault.Refuse(fault.Problem{Clause: string(maternityClause), Message: fault.Msg("settled.allowance.none", "policy", s.set.Pack.ID)})
	case wage <= 0 || wage > mostWage:
		return Allowance{}, refused("wage", wage.String(), maternityClause, "settled.allowance.wage")
	case d.born() && (children < 1 || children > mostChildren):
		return Allowance{}, refused("children", strconv.Itoa(children), maternityClause, "settled.allowance.children")
	}
	out := Allowance{Days: days, Amount: money.NewRatio(int64(wage), 1).Mul(money.NewRatio(int64(days), int64(month.Value.Count()))).Fen()}
	x := explainer{Schedule: s}
	kind := fault.Msg("settled.delivery." + d.String())
	if d.born() {
		x.add("allowance_days", 0, "", fault.Msg("settled.step.allowance.days", "kind", kind, "children", children, "days", days), used...)
	} else {
		x.add("allowance_days", 0, "", fault.Msg("settled.step.allowance.lost", "kind", kind, "days", days), used...)
	}
	x.add("allowance", out.Amount, "", fault.Msg("settled.step.allowance.amount", "wage", wage, "month", month.Value.Count(), "days", days, "amount", out.Amount), pAllowanceMonth)
	out.Reasons = x.reasons
	return out, nil
}

// maternityClause orders the allowance.
const maternityClause policy.ClauseID = "YA-3.1.5"

// allowanceDays adds the days up, with the parameters they rest on; ok is false where the policy lacks one.
func (s *Schedule) allowanceDays(d Delivery, children int) (days int, used []policy.ParameterID, ok bool) {
	ok = true
	count := func(id policy.ParameterID, times int) {
		e, has := s.set.Get(id)
		if ok = ok && has; has && times != 0 {
			days, used = days+times*e.Value.Count(), append(used, id)
		}
	}
	switch d {
	case EarlyMiscarriage:
		count(pAllowanceEarly, 1)
	case LateMiscarriage:
		count(pAllowanceLate, 1)
	default:
		count(pAllowanceNormal, 1)
		if d == DifficultDelivery {
			count(pAllowanceMore, 1)
		}
		count(pAllowanceChild, children-1)
	}
	return days, used, ok
}
