// Package account (个人账户) is employees' personal accounts: what is put into them, and how near relatives share them.
//
// 依据: SCE-2.4
package account

import (
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
)

// Movement (变动) is a change of a balance, in fen: what was put in is positive. Seq counts the movements of an account from 1; Source is what it comes from: a contribution or a settlement.
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

// Allocation (应划入) is what of a contribution goes into the account, with the contribution's name.
type Allocation struct {
	Source string
	Amount money.Fen
}

// pRate is what part of the base goes into the account.
const pRate policy.ParameterID = "account.allocation.rate"

// Allocations (划入计算) are what of a person's contributions as an employee goes into his account: of every month that was paid for and not given back, a part of the base, rounded half up to
// the fen for each month by the policy of the day it was paid. on gives the policy of a day. Without a rate nothing is put in.
//
// 依据: YA-3.1.1
func Allocations(f *enrol.File, on func(policy.Date) *policy.Set) []Allocation {
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
