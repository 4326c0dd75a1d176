package pool

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// area is one division's checked facts of the year.
type area struct {
	Statement
	previous *Statement // last year's, where the rules need it
	factors  *FactorRow // nil when the policy needs none and the files name none
	groups   []AgeGroup
}

// base is the income the collection counts.
func (a area) base(r rules) money.Fen {
	if r.previous {
		return a.previous.Income
	}
	return a.Income
}

// yearFacts are one insurance type's checked facts of one year, in code order.
type yearFacts struct {
	insurance Insurance
	year      policy.Year
	opening   money.Fen
	areas     []area
}

// sum adds up a figure over the divisions.
func (y yearFacts) sum(figure func(area) money.Fen) money.Fen {
	var total money.Fen
	for _, a := range y.areas {
		total += figure(a)
	}
	return total
}

// compute is the year of one insurance type: collect, set aside, distribute, settle, emergency. traced asks for the
// steps behind the figures; without them the figures are the same.
func (r rules) compute(y yearFacts, traced bool) (Fund, error) {
	f := Fund{Insurance: y.insurance, Divisions: make([]Division, len(y.areas))}
	for i, a := range y.areas {
		f.Divisions[i] = Division{Code: a.Division, Statement: a.Statement, Owed: a.Violation}
	}
	t := &tracer{rules: r, on: traced, fund: &f}
	r.collect(y, &f, t)
	r.reserve(y, &f, t)
	if err := r.distribute(y, &f, t); err != nil {
		return Fund{}, err
	}
	r.settle(y, &f, t)
	if err := r.emergency(y, &f, t); err != nil {
		return Fund{}, err
	}
	kept := f.SetAside.Added
	if len(r.factors) == 0 {
		kept = f.Collected
	}
	f.SetAside.Closing = f.SetAside.Opening + kept - f.Total().Emergency
	t.closing(kept)
	return f, nil
}

// collect (筹集) takes each division's share of its income; nothing in a year whose opening balance is large enough.
//
// 依据: SC38-4.2, YN-2.2
func (r rules) collect(y yearFacts, f *Fund, t *tracer) {
	if r.stopped(y) {
		t.stopped(y)
		return
	}
	for i, a := range y.areas {
		rate, why := r.collectionRate(a)
		f.Divisions[i].Paid = a.base(r).Part(rate.Value.Rate())
		f.Collected += f.Divisions[i].Paid
		t.paid(i, a, rate, why)
	}
	t.collected()
}

// stopped tells whether the opening balance covers so many months of last year's expenditure that nothing is collected.
func (r rules) stopped(y yearFacts) bool {
	if !r.stops {
		return false
	}
	spent := y.sum(func(a area) money.Fen { return a.previous.Expenditure() })
	return y.opening.Ratio().Mul(money.NewRatio(12, 1)).Cmp(spent.Ratio().Mul(r.stopMonths.Value.Rate().Ratio())) >= 0
}

// raised says which of its two conditions makes the provincial unit pay the raised rate.
type raised string

const (
	notRaised       raised = ""
	bySurplusRate   raised = "surplus_rate"
	bySurplusMonths raised = "surplus_months"
)

// collectionRate is the rate a division pays: the raised one for a provincial unit (省本级) with a large surplus.
//
// 依据: YN-2.2
func (r rules) collectionRate(a area) (policy.Effective, raised) {
	if !r.provincial || !a.Division.IsProvince() {
		return r.rate, notRaised
	}
	last := a.previous
	saved := (last.Income - last.Expenditure()).Ratio()
	if last.Income > 0 && saved.Cmp(last.Income.Ratio().Mul(r.surplusRate.Value.Rate().Ratio())) > 0 {
		return r.provincialRate, bySurplusRate
	}
	covered := a.SurplusBegin.Ratio().Mul(money.NewRatio(12, 1))
	if spent := last.Expenditure(); spent > 0 && covered.Cmp(spent.Ratio().Mul(r.surplusMonths.Value.Rate().Ratio())) > 0 {
		return r.provincialRate, bySurplusMonths
	}
	return r.rate, notRaised
}

// reserve (预留) sets money aside: Sichuan's risk reserve or Yunnan's emergency fund, never more than was collected.
//
// 依据: SC38-4.3, YN-2.6
func (r rules) reserve(y yearFacts, f *Fund, t *tracer) {
	b := SetAsideBalance{Fund: r.fund, Opening: y.opening}
	switch r.fund {
	case Reserve:
		b.Target = y.sum(func(a area) money.Fen { return a.Income }).Part(r.reserveCeiling.Value.Rate())
		b.Added = min(f.Collected.Part(r.reserveRate.Value.Rate()), max(0, b.Target-b.Opening))
	case Emergency:
		b.Target = y.sum(func(a area) money.Fen { return a.previous.Income }).Part(r.emergencyTarget.Value.Rate())
		b.Added = max(0, b.Target-b.Opening)
		if y.year == r.firstYear {
			b.Added = b.Target.Part(r.emergencyFirst.Value.Rate())
		}
		b.Added = min(b.Added, f.Collected)
	}
	f.SetAside = b
	t.setAside(y)
}

// settle (清算) works out what every division is left with, before any emergency money.
//
// 依据: SC38-4.4, SC38-4.6
func (r rules) settle(y yearFacts, f *Fund, t *tracer) {
	for i, a := range y.areas {
		d := &f.Divisions[i]
		d.Net = d.Received - d.Paid
		d.GapBefore = gap(a, d.Paid)
		balance := a.Income - d.Paid + d.Received - a.Expenditure()
		d.GapAfter = max(0, -balance)
		d.SurplusEnd = a.SurplusBegin + balance
		d.Months, d.HasMonths = Months(d.SurplusEnd, a.Expenditure())
		t.settled(i, a)
	}
}

// gap (缺口) is what a division lacks in the year after paying in.
func gap(a area, paid money.Fen) money.Fen { return max(0, a.Expenditure()-(a.Income-paid)) }

// emergency (紧急调剂) pays part of what a division needs, within the year's limit; the rest is the local government's.
//
// 依据: YN-2.7, YN-2.8
func (r rules) emergency(y yearFacts, f *Fund, t *tracer) error {
	if r.kind == noEmergency {
		return nil
	}
	var asked money.Fen
	for i, a := range y.areas {
		d := &f.Divisions[i]
		d.Need = r.need(a, *d)
		d.Emergency = d.Need.Part(r.emergencyShare.Value.Rate())
		d.Local = d.Need - d.Emergency
		asked += d.Emergency
	}
	limit := (f.SetAside.Opening + f.SetAside.Added).Part(r.emergencyUseCap.Value.Rate())
	if asked > limit {
		if err := r.ration(f, limit); err != nil {
			return err
		}
	}
	t.emergency(y, asked, limit)
	return nil
}

// need is what a division may claim: up to the months payable that the rule restores, or the part of its overspend
// that the rule recognises; nothing when the gap is of its own making.
func (r rules) need(a area, d Division) money.Fen {
	if a.Managerial {
		return 0
	}
	switch r.kind {
	case byMonths:
		restored := r.emergencyMonths.Value.Rate().Ratio().Quo(money.NewRatio(12, 1))
		floor := a.Expenditure().Ratio().Mul(restored)
		if d.GapAfter == 0 || d.SurplusEnd.Ratio().Cmp(floor) >= 0 {
			return 0
		}
		return max(0, floor.Fen()-d.SurplusEnd)
	case byOverspend:
		if a.SurplusBegin > 0 {
			return 0
		}
		return min(max(0, a.Expenditure()-a.Planned), a.Planned.Part(r.overspendLimit.Value.Rate()))
	}
	return 0
}

// ration splits the limit over what was asked; what that leaves open is unmet.
func (r rules) ration(f *Fund, limit money.Fen) error {
	asked := make([]money.Ratio, len(f.Divisions))
	for i, d := range f.Divisions {
		asked[i] = d.Emergency.Ratio()
	}
	parts, err := money.Split(limit, asked)
	if err != nil {
		return splitError(err, "emergency")
	}
	for i := range f.Divisions {
		d := &f.Divisions[i]
		d.Emergency = parts[i]
		d.Unmet = d.Need - d.Emergency - d.Local
	}
	return nil
}
