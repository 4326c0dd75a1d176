package budget

import (
	"slices"

	"tongchou/internal/canon"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Dues (应征数) are the contributions that were due in each month of a year, in fen, as the tax department or the agency states them,
// with where they are from. A month without a figure is not one without dues.
//
// 依据: SC38-3.4
type Dues struct {
	pool.Key
	Months    [monthsInYear]Due
	Source    string
	Synthetic bool
}

// Due (月应征数) is what was due in a month, when it is known.
type Due struct {
	Amount money.Fen
	Known  bool
}

// Whole tells whether every month up to one has a figure.
func (d Dues) Whole(through Month) bool {
	return !slices.ContainsFunc(d.Months[:through], func(m Due) bool { return !m.Known })
}

// Actuals puts the dues up to a month to what was collected, so that an execution has its collection rate; nothing when a month has
// no figure, because the rate would then be of other months than the amount.
func (d Dues) Actuals(through Month) []Actual {
	if !d.Whole(through) {
		return nil
	}
	var out []Actual
	for i, m := range d.Months[:through] {
		if m.Amount != 0 {
			out = append(out, Actual{Month: Month(i + 1), Item: Contributions, Due: m.Amount})
		}
	}
	return out
}

// Collected (征缴情况) is a month, and the year up to it: what was due, what came in, and the rate of both.
type Collected struct {
	Month             Month
	Due               Due
	Amount            money.Fen
	DueSoFar          Due
	SoFar             money.Fen
	Rate, RateSoFar   money.Ratio
	HasRate, HasSoFar bool
	Share, Pace       money.Ratio // of the budget, and against the part of the year that has passed
	HasShare          bool
}

// Collect (征缴分析) sets what the books collected against what was due, month by month and added up; the budget of contributions is
// 0 when there is none in force. A rate is there only where something was due, and of the year so far only when every month has its
// figure.
//
// 依据: SC38-3.4
func (d Dues) Collect(through Month, actuals []Actual, planned money.Fen) []Collected {
	var out []Collected
	var so Collected
	so.DueSoFar.Known = true
	for m := Month(1); m <= through; m++ {
		c := Collected{Month: m, Due: d.Months[m-1], DueSoFar: so.DueSoFar, SoFar: so.SoFar}
		for _, a := range actuals {
			if a.Item == Contributions && a.Month == m {
				c.Amount += a.Amount
			}
		}
		c.SoFar += c.Amount
		c.DueSoFar = Due{c.DueSoFar.Amount + c.Due.Amount, c.DueSoFar.Known && c.Due.Known}
		if c.HasRate = c.Due.Known && c.Due.Amount > 0; c.HasRate {
			c.Rate = c.Amount.Ratio().Quo(c.Due.Amount.Ratio())
		}
		if c.HasSoFar = c.DueSoFar.Known && c.DueSoFar.Amount > 0; c.HasSoFar {
			c.RateSoFar = c.SoFar.Ratio().Quo(c.DueSoFar.Amount.Ratio())
		}
		if c.HasShare = planned > 0; c.HasShare {
			c.Share = c.SoFar.Ratio().Quo(planned.Ratio())
			c.Pace = c.Share.Mul(money.NewRatio(monthsInYear, int64(m)))
		}
		out, so = append(out, c), c
	}
	return out
}

// duesForm names the byte form of dues.
const duesForm = "tongchou dues 1"

// Canonical (规范字节) is the dues as bytes, the same everywhere and always.
func (d Dues) Canonical() []byte {
	var w canon.Writer
	w.Text(duesForm)
	w.Number(int64(d.Year))
	w.Text(string(d.Division))
	w.Text(string(d.Insurance))
	w.Flag(d.Synthetic)
	for _, m := range d.Months {
		w.Flag(m.Known)
		w.Number(int64(m.Amount))
	}
	w.Text(d.Source)
	return w
}

// ParseDues reads what Canonical wrote; false for any other bytes.
func ParseDues(content []byte) (Dues, bool) {
	r := canon.NewReader(content)
	var d Dues
	if r.Text() != duesForm {
		return d, false
	}
	d.Key = pool.Key{Year: policy.Year(r.Number()), Division: region.Code(r.Text()), Insurance: pool.Insurance(r.Text())}
	d.Synthetic = r.Flag()
	for i := range d.Months {
		d.Months[i].Known = r.Flag()
		d.Months[i].Amount = money.Fen(r.Number())
	}
	d.Source = r.Text()
	return d, r.Whole()
}
