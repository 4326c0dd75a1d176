package counter

import (
	"tongchou/internal/account"
	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/store"
)

// paying (账户支付) is the person's own account, those of near relatives that may pay for him, and all of them as they are held.
type paying struct {
	own     store.Purse
	sharers []store.Purse
	held    map[enrol.PersonNo]store.Purse
}

// drawing is what was taken out of an account, in fen.
type drawing struct {
	Person enrol.PersonNo
	Amount money.Fen
}

// openAccounts finds out what accounts may pay of a visit: an employee's own, and, when the message asks for accounts, those of near relatives, the retired and residents' too. They are held until the
// write ends, so that nobody else spends them meanwhile.
//
// 依据: SCE-2.4
func (c *call) openAccounts(v *benefit.Visit) error {
	if v.Insurance != benefit.Employee && !v.UseAccount {
		return nil
	}
	var sharers []enrol.PersonNo
	var err error
	if v.UseAccount {
		if sharers, err = c.h.Sharers(c.about.No); err != nil {
			return err
		}
	}
	purses, err := c.h.Purses(append([]enrol.PersonNo{c.about.No}, sharers...)...)
	if err != nil {
		return err
	}
	c.paying = paying{own: purses[c.about.No], held: purses}
	v.Account = c.paying.own.Balance
	for _, no := range sharers {
		c.paying.sharers = append(c.paying.sharers, purses[no])
		v.Family += purses[no].Balance
	}
	return nil
}

// drawn divides what accounts pay: the own account first, then those of relatives in the order of their numbers.
func (c *call) drawn(own, family money.Fen) (out []drawing) {
	if own > 0 {
		out = append(out, drawing{c.about.No, own})
	}
	balances := make([]money.Fen, len(c.paying.sharers))
	for i, p := range c.paying.sharers {
		balances[i] = p.Balance
	}
	amounts, _ := account.Draw(family, balances) // a settlement takes no more than there is
	for i, amount := range amounts {
		if amount > 0 {
			out = append(out, drawing{c.paying.sharers[i].Person, amount})
		}
	}
	return out
}

// payFromAccounts takes what a settlement drew out of the accounts.
//
// 依据: SCE-2.4
func (c *call) payFromAccounts(settlement string, drawn []drawing) error {
	return c.move(settlement, drawn, func(own bool) account.Kind {
		if own {
			return account.Paid
		}
		return account.Shared
	}, -1)
}

// giveBack puts what a settlement had drawn back into the accounts; an employee's own is read though nothing was drawn from it, for its balance is answered.
//
// 依据: SCE-2.4
func (c *call) giveBack(mirror string, insurance benefit.Insurance, drawn []drawing) error {
	if insurance != benefit.Employee && len(drawn) == 0 {
		return nil
	}
	persons := []enrol.PersonNo{c.about.No}
	for _, d := range drawn {
		if d.Person != c.about.No {
			persons = append(persons, d.Person)
		}
	}
	held, err := c.h.Purses(persons...)
	if err != nil {
		return err
	}
	c.paying = paying{own: held[c.about.No], held: held}
	return c.move(mirror, drawn, func(bool) account.Kind { return account.Returned }, 1)
}

// move changes accounts that are held.
func (c *call) move(source string, drawn []drawing, kind func(own bool) account.Kind, sign money.Fen) error {
	for _, d := range drawn {
		after, err := c.h.Move(c.paying.held[d.Person], account.Movement{On: c.today(), Kind: kind(d.Person == c.about.No), Amount: sign * d.Amount, Source: source})
		if err != nil {
			return err
		}
		c.paying.held[d.Person] = after
	}
	if len(drawn) > 0 {
		c.paying.own = c.paying.held[c.about.No]
	}
	return nil
}

// balanceOf is an account's balance as an employee's insurance shows it; residents have none.
func balanceOf(p store.Purse, insurance string) string {
	if insurance != benefit.Employee.Code() {
		return "0.00"
	}
	return p.Balance.String()
}
