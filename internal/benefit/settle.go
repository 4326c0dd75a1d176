package benefit

import (
	"tongchou/internal/money"
)

// Accumulators (年度累计) are what a year of a person and insurance has used, in fen. Deductible and BasicOf are by kind of care;
// OfDisease, what basic insurance paid, by disease with a cap of its own; Catastrophic holds the large amount of employees; Funds is what any fund paid, which the zero-claim reward goes by.
//
// 依据: SC38-6.3, SCE-3.4
type Accumulators struct {
	Admissions   int
	Basic        money.Fen
	SelfPaid     money.Fen // S: in scope and not paid by basic insurance
	Catastrophic money.Fen
	Aid          money.Fen
	AidThreshold money.Fen
	Funds        money.Fen
	Deductible   [categories]money.Fen
	BasicOf      [categories]money.Fen
	Layers       Layers
	OfDisease    [diseases]money.Fen
}

// Why (不予支付的原因) is why the funds pay nothing.
type Why uint8

// The reasons.
const (
	Paid        Why = iota // the funds pay
	NoCover                // 未参保
	Waiting                // 待遇等待期内
	NotPaid                // 不属于支付范围
	NotApproved            // 未经认定
)

// Settlement (结算结果) is who bears what of a visit, in fen:
//
//	Total = Basic + Catastrophic + Large + Aid + Other.Sum() + Account + Family + Cash
//
// Covered is the in-scope cost of covered days; Own is what the funds leave.
//
// 依据: YA-4.4.3
type Settlement struct {
	Covered      money.Fen
	Deductible   money.Fen // act_pay_dedc
	Basic        money.Fen // hifp_pay
	Catastrophic money.Fen // hifmi_pay
	Large        money.Fen // hifob_pay
	Aid          money.Fen // maf_pay
	Other        Layers    // cvlserv_pay, hifes_pay, oth_pay
	Own          money.Fen // psn_part_amt
	Account      money.Fen // acct_pay
	Family       money.Fen // acct_mulaid_pay
	Cash         money.Fen // psn_cash_pay
	Why          Why
}

// Funds is what all funds pay: fund_pay_sumamt.
func (s *Settlement) Funds() money.Fen {
	return s.Basic + s.Catastrophic + s.Large + s.Aid + s.Other.Sum()
}

// Mirror (红冲) is the settlement undone: every amount negative.
func (s *Settlement) Mirror() Settlement {
	return Settlement{Covered: -s.Covered, Deductible: -s.Deductible, Basic: -s.Basic, Catastrophic: -s.Catastrophic, Large: -s.Large, Aid: -s.Aid,
		Other: s.Other.Mirror(), Own: -s.Own, Account: -s.Account, Family: -s.Family, Cash: -s.Cash}
}

// Settle (结算) settles a visit that is complete, on a day the schedule holds for, and adds it to the accumulators of the person's year and
// insurance. It cannot fail and allocates nothing, but for stays that began in the waiting period.
//
// 依据: SC38-6.3, YA-3.1.1, YA-3.1.2, YA-4.4.3
func (s *Schedule) Settle(a *Accumulators, v *Visit, out *Settlement) {
	*out = Settlement{}
	c := &s.cells[cellOf(v.Insurance, v.Category, v.Level, v.Place, v.Retired)]
	if out.Why = why(c, v); out.Why == Paid {
		s.funds(a, v, c, out)
	}
	out.Own = v.Total - out.Funds()
	if v.UseAccount {
		out.Account = min(v.Account, out.Own)
		out.Family = min(v.Family, out.Own-out.Account)
	}
	out.Cash = out.Own - out.Account - out.Family
}

// why is the first reason for the funds to pay nothing.
//
// 依据: SCE-3.8, SC38-6.3, SCE-7.2
func why(c *cell, v *Visit) Why {
	switch {
	case v.CoveredFrom == "":
		return NoCover
	case v.Date < v.CoveredFrom:
		return Waiting
	case !c.paid:
		return NotPaid
	case c.approval && !v.Approved:
		return NotApproved
	}
	return Paid
}

// funds is steps 3 to 7.
func (s *Schedule) funds(a *Accumulators, v *Visit, c *cell, out *Settlement) {
	out.Covered = v.coverable()
	out.Deductible = min(out.Covered, s.deductible(a, v, c))
	ratio := c.ratio
	if s.epidemic && v.Epidemic {
		ratio = min(ratio+s.epi[v.Level], money.One)
	}
	amount := (out.Covered - out.Deductible).Part(ratio)
	left := max(s.basicCap[v.Insurance]-a.Basic, 0)
	out.Basic = min(amount, left, max(c.cap-a.BasicOf[v.Category], 0))
	if v.Disease != 0 {
		out.Basic = min(out.Basic, s.diseaseRoom(a, v))
	}
	own := out.Covered - out.Basic
	if v.Insurance == Resident {
		out.Catastrophic = s.catastrophic(a, v, own)
	} else if v.Category == Inpatient && amount > left {
		out.Large = min((amount - left).Part(s.largeRatio), max(s.largeCap-a.Catastrophic, 0))
	}
	beyond := own - out.Catastrophic - out.Large
	threshold := money.Fen(0)
	if ratio := s.aid[v.Groups.aided()]; ratio > 0 {
		threshold = min(beyond, max(s.aidThreshold-a.AidThreshold, 0))
		out.Aid = min((beyond - threshold).Part(ratio), max(s.aidCap-a.Aid, 0))
	}
	if v.Groups>>aidGroups != 0 {
		s.attach(a, v, beyond-out.Aid, out)
	}
	a.add(v, own, threshold, out)
}

// deductible is what is left of it.
//
// 依据: SC38-6.3
func (s *Schedule) deductible(a *Accumulators, v *Visit, c *cell) money.Fen {
	switch {
	case s.exempt[v.Groups.aided()], s.epidemic && s.epidemicNoDeduct && v.Epidemic:
		return 0
	case v.Category == Inpatient:
		return c.deductible[min(a.Admissions, 2)]
	}
	return max(c.deductible[0]-a.Deductible[v.Category], 0)
}

// catastrophic is what the running total pays more for what the visit adds to it, at most what is left of the person's cap.
//
// 依据: YA-3.1.1, SCE-3.2
func (s *Schedule) catastrophic(a *Accumulators, v *Visit, own money.Fen) money.Fen {
	limit := s.catastrophicCap
	if v.HasCap {
		limit = v.Cap
	}
	curve := s.curve[v.Groups.aided()]
	after := curve.Of(a.SelfPaid + own)
	if after == 0 {
		return 0
	}
	return min(after-curve.Of(a.SelfPaid), max(limit-a.Catastrophic, 0))
}

// attach pays the layers the person belongs to, one after another: a share of what is left, or so much for every day of a stay (按床日).
//
// 依据: YA-4.1.1, YA-4.1.2
func (s *Schedule) attach(a *Accumulators, v *Visit, left money.Fen, out *Settlement) {
	for _, n := range s.order {
		if !v.Groups.Has(aidGroups + Group(n)) {
			continue
		}
		due := left.Part(s.layers[n])
		if s.layerDays[n] > 0 {
			due = daily(left, s.layerDays[n], v.stayed())
		}
		out.Other[n] = min(due, max(s.layerCaps[n]-a.Layers[n], 0))
		left -= out.Other[n]
	}
}

// daily is so much for every day, at most what is left.
func daily(left, day money.Fen, days int) money.Fen {
	switch {
	case days == 0:
		return 0
	case day > left/money.Fen(days):
		return left
	}
	return day * money.Fen(days)
}

func (a *Accumulators) add(v *Visit, own, threshold money.Fen, s *Settlement) {
	c := v.Category
	if c == Inpatient {
		a.Admissions++
	}
	a.Deductible[c] += s.Deductible
	a.Basic += s.Basic
	a.BasicOf[c] += s.Basic
	if v.Disease != 0 {
		a.OfDisease[v.Disease] += s.Basic
	}
	a.SelfPaid += own
	a.Catastrophic += s.Catastrophic + s.Large
	a.Aid += s.Aid
	a.AidThreshold += threshold
	a.Funds += s.Funds()
	for n := range s.Other {
		a.Layers[n] += s.Other[n]
	}
}
