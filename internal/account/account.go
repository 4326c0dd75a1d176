// Package account (个人账户) is employees' personal accounts: what is put into them, and how near relatives share them.
//
// 依据: SCE-2.4
package account

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Kind (变动类型) is why a balance changed.
type Kind string

// The kinds.
const (
	Allocated Kind = "allocated" // 划入
	Paid      Kind = "paid"      // 本人支付
	Shared    Kind = "shared"    // 家庭共济支付
	Returned  Kind = "returned"  // 撤销退回
	Recovered Kind = "recovered" // 扣回多划
)

// Movement (变动) is a change of a balance, in fen: what was put in is positive. Seq counts the movements of an account from 1; Source is what it comes from: a contribution, a month in retirement or a settlement.
type Movement struct {
	Seq     int64
	On      policy.Date
	Kind    Kind
	Amount  money.Fen
	Balance money.Fen
	Source  string
}

// Share (家庭共济授权) lets a near relative's own costs be paid out of a person's account from a day on, until it is revoked. Whom is his number, masked.
//
// 依据: SCE-2.4
type Share struct {
	Owner, Relative enrol.PersonNo
	No              int
	Whom            string
	From            policy.Date
	Revoked         policy.Date
}

// Allocation (应划入) is what of a contribution, or for a month in retirement, goes into the account, with its name.
type Allocation struct {
	Source string
	Amount money.Fen
}

// What part of the base goes into the account, and what goes into that of a retired person for a month.
const (
	pRate    policy.ParameterID = "account.allocation.rate"
	pRetired policy.ParameterID = "account.allocation.retired"
)

// Allocations (划入计算) are what goes into a person's account up to a day: of every month that was paid for as an employee and not given back, a part of the base, rounded half up to
// the fen for each month by the policy of the day it was paid; and for every month on whose first day he was insured as retired, the policy's amount of that day. on gives the policy of a day. Without
// a value nothing is put in.
//
// 依据: YA-3.1.1
func Allocations(f *enrol.File, until policy.Date, on func(policy.Date) *policy.Set) []Allocation {
	var out []Allocation
	for _, p := range f.MonthsPaid() {
		e, set := on(p.On).Get(pRate)
		if p.Refunded || !set || p.Way == enrol.Retired {
			continue
		}
		if amount := p.Base.Part(e.Value.Rate()) * money.Fen(months(p.Months)); amount > 0 {
			out = append(out, Allocation{"contribution " + strconv.Itoa(p.No), amount})
		}
	}
	return append(out, retired(f, until, on)...)
}

// By (划入计算) gives what goes into anybody's account up to a day by a policy of which each day is looked up once. It may not be called at the same time.
//
// 依据: YA-3.1.1
func By(pack *policy.Pack, until policy.Date) func(*enrol.File) []Allocation {
	sets := map[policy.Date]*policy.Set{}
	on := func(d policy.Date) *policy.Set {
		if sets[d] == nil {
			sets[d] = pack.At(d)
		}
		return sets[d]
	}
	return func(f *enrol.File) []Allocation { return Allocations(f, until, on) }
}

// retired are the months of retirement, each once.
func retired(f *enrol.File, until policy.Date, on func(policy.Date) *policy.Set) (out []Allocation) {
	for _, c := range f.Covers() {
		from, known := policy.ParseDate(string(c.From))
		if c.Way != enrol.Retired || !known {
			continue
		}
		last := until
		if c.To != "" {
			last = min(last, c.To)
		}
		for day := firstOfMonth(from); day <= last; day = firstOfMonth(day.Add(daysOfMonth)) {
			e, set := on(day).Get(pRetired)
			source := "retired " + string(day[:7])
			if !set || e.Value.Fen() == 0 || day < from || slices.ContainsFunc(out, func(a Allocation) bool { return a.Source == source }) {
				continue
			}
			out = append(out, Allocation{source, e.Value.Fen()})
		}
	}
	return out
}

// daysOfMonth leads from the first day of a month into the next.
const daysOfMonth = 31

func firstOfMonth(d policy.Date) policy.Date { return d[:8] + "01" }

// Correct (划拨核对) compares what is due with what was put in and taken back before, by source: more than 0 is still to be put in, less than 0 was put in wrongly, because the contribution was given back
// or the file was corrected, and is to be taken back.
//
// 依据: YA-3.1.1
func Correct(due []Allocation, done map[string]money.Fen) (out []Allocation) {
	left := maps.Clone(done)
	for _, d := range due {
		if more := d.Amount - left[d.Source]; more != 0 {
			out = append(out, Allocation{d.Source, more})
		}
		delete(left, d.Source)
	}
	for _, source := range slices.Sorted(maps.Keys(left)) {
		if left[source] != 0 {
			out = append(out, Allocation{source, -left[source]})
		}
	}
	slices.SortStableFunc(out, func(a, b Allocation) int { return cmp.Compare(b.Amount, a.Amount) }) // what is put in comes first
	return out
}

// months is how many calendar months a spell touches.
func months(s enrol.Spell) int {
	first, ok := policy.ParseDate(string(s.From))
	last, and := policy.ParseDate(string(s.To))
	if !ok || !and || last < first {
		return 0
	}
	number := func(d policy.Date) int {
		year, _ := strconv.Atoi(string(d[:4])) // a policy.Date exists
		month, _ := strconv.Atoi(string(d[5:7]))
		return 12*year + month
	}
	return number(last) - number(first) + 1
}

// Draw (扣款) divides what near relatives pay among their accounts, in their order: each gives what it has, until all is paid. rest is what they cannot pay.
//
// 依据: SCE-2.4
func Draw(amount money.Fen, balances []money.Fen) (drawn []money.Fen, rest money.Fen) {
	drawn = make([]money.Fen, len(balances))
	for i, balance := range balances {
		drawn[i] = min(max(balance, 0), amount)
		amount -= drawn[i]
	}
	return drawn, amount
}
