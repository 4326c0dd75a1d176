package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// PersonalAccounts (个人账户存取) keeps employees' personal accounts: the balance, every change of it, and which near relatives it may pay for.
//
// 依据: SCE-2.4
type PersonalAccounts struct{ s *Store }

// PersonalAccounts gives the personal accounts.
func (s *Store) PersonalAccounts() PersonalAccounts { return PersonalAccounts{s} }

// The guarded tables of accounts.
var (
	guardedPurses    = &guarded{"personal_accounts", list("person"), list("balance"), true}
	guardedMovements = &guarded{"account_movements", list("person seq"), list("moved_on kind amount balance source"), false}
	guardedKin       = &guarded{"account_shares", list("person no"), list("relative whom begins revoked"), false}
)

// Purse (账户余额) is an account's balance in fen. Version counts its movements; 0 is an account that there is not yet.
type Purse struct {
	Person  enrol.PersonNo
	Balance money.Fen
	Version int64
}

// Purses gives accounts, and holds others off them until the write ends. They are read in the order of persons, so that two that want the same never wait for one another; those that there are not
// are empty. Where they are not held, what is written is compared with what was read.
//
// 依据: SCE-2.4
func (t *Tx) Purses(persons ...enrol.PersonNo) (map[enrol.PersonNo]Purse, error) {
	out := map[enrol.PersonNo]Purse{}
	for _, no := range slices.Sorted(slices.Values(persons)) {
		p, err := t.purse(no)
		if err != nil {
			return nil, err
		}
		out[no] = p
	}
	return out, nil
}

func (t *Tx) purse(no enrol.PersonNo) (Purse, error) {
	if known, ok := t.recall(purseFact(no)); ok {
		return known.(Purse), nil
	}
	p := Purse{Person: no}
	err := t.peek([]string{purseTable.name}, func(scan func(...any) error) error { return scan((*int64)(&p.Balance), &p.Version) },
		"SELECT balance, version FROM personal_accounts WHERE person = $1", int64(no))
	if err == nil {
		t.learn(purseFact(no), p)
	}
	return p, err
}

func purseFact(no enrol.PersonNo) fact { return fact{no, "purse"} }

// Move (登记账户变动) changes a balance; m's amount is positive for what is put in. A balance is never less than nothing: that is refused.
//
// 依据: SCE-2.4
func (t *Tx) Move(p Purse, m account.Movement) (Purse, error) {
	before := p
	p.Version++
	if p.Balance += m.Amount; p.Balance < 0 {
		return before, fault.New(fault.Refused, "account.overdrawn", "balance", before.Balance)
	}
	t.learn(purseFact(p.Person), p)
	if err := t.put(guardedPurses, purseTable, int64(p.Person), int64(p.Balance), p.Version); err != nil {
		return before, err
	}
	return p, t.put(guardedMovements, movementTable, int64(p.Person), p.Version, string(m.On), string(m.Kind), int64(m.Amount), int64(p.Balance), m.Source)
}

var (
	purseTable = &table{name: "personal_accounts", columns: list("person balance version"), tail: " ON CONFLICT (person) DO UPDATE SET balance = excluded.balance," +
		" version = CASE WHEN personal_accounts.version = excluded.version - 1 THEN excluded.version END"}
	movementTable = &table{name: "account_movements", columns: list("person seq moved_on kind amount balance source")}
)

// Allocate (划入) puts what is due into an account, and takes back what had been put in and is not due; what was done before is left out. It gives how much was put in, less what was taken back. The
// person's county must lie in the act's scope.
//
// 依据: YA-3.1.1
func (a PersonalAccounts) Allocate(ctx context.Context, act Act, p Person, due []account.Allocation, on policy.Date) (sum money.Fen, err error) {
	act.Action, act.Object = "account.allocate", office.Object{Kind: personObject, ID: strconv.FormatInt(int64(p.No), 10)}
	_, err = a.s.Write(ctx, act, func(t *Tx) error {
		if sum = 0; !holds(act.Scope, p.County) {
			return outside(p.County)
		}
		all, err := t.allot([]allotted{{p.No, due}}, on)
		sum = all.In - all.Back
		return err
	})
	return sum, err
}

// Allotment (划拨结果) is what an allocation came to, in fen: how many accounts were changed, what was put in, what was taken back, and what could not be taken back because it was spent, of how many
// persons.
type Allotment struct {
	Accounts, Lacking int64
	In, Back, Short   money.Fen
}

// allotted is a person and what is due to him.
type allotted struct {
	person enrol.PersonNo
	due    []account.Allocation
}

// allot brings accounts to what is due.
func (t *Tx) allot(all []allotted, on policy.Date) (sum Allotment, err error) {
	persons := make([]enrol.PersonNo, len(all))
	for i, x := range all {
		persons[i] = x.person
	}
	purses, err := t.Purses(persons...)
	if err != nil {
		return sum, err
	}
	done, err := putIn(func(row func(func(...any) error) error, text string, args ...any) error {
		return t.reads([]string{"account_movements"}, row, text, args...)
	}, persons)
	if err != nil {
		return sum, err
	}
	for _, x := range all {
		purse, short := purses[x.person], money.Fen(0)
		for _, c := range account.Correct(x.due, done[x.person]) {
			m := account.Movement{On: on, Kind: account.Allocated, Amount: c.Amount, Source: c.Source}
			if c.Amount < 0 {
				m.Kind, m.Amount = account.Recovered, -min(-c.Amount, purse.Balance)
				short += m.Amount - c.Amount
			}
			if m.Amount == 0 {
				continue
			}
			if purse, err = t.Move(purse, m); err != nil {
				return sum, err
			}
			sum.In, sum.Back = sum.In+max(m.Amount, 0), sum.Back+max(-m.Amount, 0)
		}
		if purse.Version != purses[x.person].Version {
			sum.Accounts++
		}
		if sum.Short += short; short > 0 {
			sum.Lacking++
		}
	}
	return sum, nil
}

// putIn is what was put into accounts and not taken back, by person and source.
func putIn(ask querier, persons []enrol.PersonNo) (map[enrol.PersonNo]map[string]money.Fen, error) {
	out, marks, args := map[enrol.PersonNo]map[string]money.Fen{}, []string{}, []any{string(account.Allocated), string(account.Recovered)}
	for i, p := range persons {
		marks, args = append(marks, "$"+strconv.Itoa(i+3)), append(args, int64(p))
	}
	err := ask(func(scan func(...any) error) error {
		var person, sum int64
		var source string
		err := scan(&person, &source, &sum)
		no := enrol.PersonNo(person)
		if out[no] == nil {
			out[no] = map[string]money.Fen{}
		}
		out[no][source] = money.Fen(sum)
		return err
	}, "SELECT person, source, CAST(SUM(amount) AS BIGINT) FROM account_movements WHERE kind IN ($1, $2) AND person IN ("+strings.Join(marks, ", ")+") GROUP BY person, source", args...)
	return out, err
}

// Share (家庭共济授权) lets a relative's costs be paid out of an account. One's own costs, and a relative who shares it already, are refused.
//
// 依据: SCE-2.4
func (a PersonalAccounts) Share(ctx context.Context, act Act, owner, relative Person, on policy.Date) error {
	if owner.No == relative.No {
		return fault.New(fault.Refused, "account.share.own")
	}
	_, err := a.s.Write(ctx, act, func(t *Tx) error {
		no, err := t.nextOf("account_shares", owner.No)
		if err != nil {
			return err
		}
		twice := false
		if err := t.reads(nil, func(scan func(...any) error) error {
			var n int64
			err := scan(&n)
			twice = n > 0
			return err
		}, "SELECT COUNT(*) FROM account_shares WHERE person = $1 AND relative = $2 AND revoked = ''", int64(owner.No), int64(relative.No)); err != nil {
			return err
		}
		if twice {
			return fault.New(fault.Refused, "account.share.twice")
		}
		t.wrote(guardedKin, int64(owner.No), int64(no))
		return t.one("INSERT INTO account_shares (person, no, relative, whom, begins, revoked) VALUES ("+places(6)+")", int64(owner.No), int64(no), int64(relative.No), office.MaskName(relative.Identity().Name), string(on), "")
	})
	return err
}

// Unshare (撤销共济授权) takes it back; office.ErrStale when it is not there or was taken back.
//
// 依据: SCE-2.4
func (a PersonalAccounts) Unshare(ctx context.Context, act Act, owner enrol.PersonNo, no int, on policy.Date) error {
	_, err := a.s.Write(ctx, act, func(t *Tx) error {
		t.wrote(guardedKin, int64(owner), int64(no))
		return t.one("UPDATE account_shares SET revoked = $1 WHERE person = $2 AND no = $3 AND revoked = ''", string(on), int64(owner), int64(no))
	})
	return err
}

// Sharers (共济账户) are the persons whose accounts may pay for somebody now, in the order of their numbers.
//
// 依据: SCE-2.4
func (t *Tx) Sharers(relative enrol.PersonNo) (out []enrol.PersonNo, err error) {
	err = t.look(func(scan func(...any) error) error {
		var p int64
		err := scan(&p)
		out = append(out, enrol.PersonNo(p))
		return err
	}, "SELECT DISTINCT person FROM account_shares WHERE relative = $1 AND revoked = '' ORDER BY person", int64(relative))
	return out, err
}

// Of gives an account with its movements, the last first, and with whom it is shared. Whoever calls has the right to see the person's file, which was written down.
func (a PersonalAccounts) Of(ctx context.Context, person enrol.PersonNo) (p Purse, all []account.Movement, shares []account.Share, err error) {
	p.Person = person
	err = a.s.read(ctx, func(l *link) error {
		ask := l.querier(ctx)
		if err := ask(func(scan func(...any) error) error { return scan((*int64)(&p.Balance), &p.Version) }, "SELECT balance, version FROM personal_accounts WHERE person = $1", int64(person)); err != nil {
			return err
		}
		if err := ask(func(scan func(...any) error) error {
			var m account.Movement
			err := scan(&m.Seq, (*string)(&m.On), (*string)(&m.Kind), (*int64)(&m.Amount), (*int64)(&m.Balance), &m.Source)
			all = append(all, m)
			return err
		}, "SELECT seq, moved_on, kind, amount, balance, source FROM account_movements WHERE person = $1 ORDER BY seq DESC", int64(person)); err != nil {
			return err
		}
		return ask(func(scan func(...any) error) error {
			var no, relative int64
			s := account.Share{Owner: person}
			err := scan(&no, &relative, &s.Whom, (*string)(&s.From), (*string)(&s.Revoked))
			s.No, s.Relative = int(no), enrol.PersonNo(relative)
			shares = append(shares, s)
			return err
		}, "SELECT no, relative, whom, begins, revoked FROM account_shares WHERE person = $1 ORDER BY no", int64(person))
	})
	return p, all, shares, err
}

// verifyAccounts refuses the first account whose balance is not the sum of its movements.
//
// 依据: SCE-2.4
func (s *Store) verifyAccounts(ctx context.Context) error {
	return s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var person int64
			if err := scan(&person); err != nil {
				return err
			}
			return fault.New(fault.Refused, "store.verify_account", "person", person)
		}, `SELECT a.person FROM personal_accounts a LEFT JOIN account_movements m ON m.person = a.person GROUP BY a.person, a.balance, a.version
HAVING a.balance <> COALESCE(SUM(m.amount), 0) OR a.version <> COUNT(m.seq) ORDER BY a.person`)
	})
}
