package remit

import (
	"context"
	"fmt"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// longestAccount is how many bytes the words of an account may have.
const longestAccount = 600

// KeepAccount (登记账户) gives the account that the money of a book is paid to. It is used once somebody else has confirmed it; until
// then the one before is.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Service) KeepAccount(ctx context.Context, who Who, book ledger.Book, a ledger.BankAccount) error {
	if err := who.may(office.Pay); err != nil {
		return err
	}
	if a.Name == "" || a.Number == "" || a.Bank == "" || len(a.Name)+len(a.Number)+len(a.Bank) > longestAccount {
		return fault.New(fault.Refused, "remit.account")
	}
	return s.onAccount(ctx, who, "remit.account", book, a, "", func(kept store.BookAccount) (store.BookAccount, error) {
		kept.Next, kept.NextBy = a, ledger.Person(who.ID)
		return kept, nil
	})
}

// ConfirmAccount (确认账户) confirms the account that somebody else gave, as it was seen.
//
// 依据: SC38-4.5, YA-4.10.3
func (s Service) ConfirmAccount(ctx context.Context, who Who, book ledger.Book, seen ledger.BankAccount) error {
	if err := who.may(office.ReviewBooks); err != nil {
		return err
	}
	return s.onAccount(ctx, who, "remit.confirm_account", book, seen, "", func(kept store.BookAccount) (store.BookAccount, error) {
		switch {
		case !kept.Waits() || kept.Next != seen:
			return kept, office.ErrStale
		case kept.NextBy == ledger.Person(who.ID):
			return kept, fault.Refuse(fault.Problem{Message: fault.Msg("remit.account_own"), Clause: "YA-4.10.3"})
		}
		return store.BookAccount{BankAccount: kept.Next, ConfirmedBy: ledger.Person(who.ID)}, nil
	})
}

// RefuseAccount (退回账户) leaves an account as it was before somebody gave another, for a reason.
//
// 依据: YA-4.10.3
func (s Service) RefuseAccount(ctx context.Context, who Who, book ledger.Book, seen ledger.BankAccount, reason string) error {
	if err := who.may(office.ReviewBooks); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" || len(reason) > longestBasis {
		return fault.New(fault.Refused, "remit.reason")
	}
	return s.onAccount(ctx, who, "remit.refuse_account", book, seen, reason, func(kept store.BookAccount) (store.BookAccount, error) {
		if !kept.Waits() || kept.Next != seen {
			return kept, office.ErrStale
		}
		kept.Next, kept.NextBy = ledger.BankAccount{}, ""
		return kept, nil
	})
}

// onAccount changes the account of a book of the office's own, and tells what it was and is.
func (s Service) onAccount(ctx context.Context, who Who, action string, book ledger.Book, a ledger.BankAccount, reason string, change func(store.BookAccount) (store.BookAccount, error)) error {
	if book.Division != who.Division {
		return fault.New(fault.Refused, "remit.other_account", "division", book.Division)
	}
	object := office.Object{Kind: "book", ID: book.String()}
	act := who.act(action, object, []byte(fmt.Sprintf("%s %s %q %q %q %s", action, book, a.Name, a.Number, a.Bank, reason)))
	act.Why = reason
	_, err := s.Store.Write(ctx, act, func(tx *store.Tx) error {
		before, err := tx.BankAccount(book)
		if err != nil {
			return err
		}
		after, err := change(before)
		if err != nil {
			return err
		}
		tx.Did(object, accountFields(before), accountFields(after))
		return tx.SaveBankAccount(book, after)
	})
	return stale(err)
}

func accountFields(a store.BookAccount) []office.Field {
	return []office.Field{{Name: "name", Value: a.Name}, {Name: "number", Value: a.Number}, {Name: "bank", Value: a.Bank},
		{Name: "waiting name", Value: a.Next.Name}, {Name: "waiting number", Value: a.Next.Number}, {Name: "waiting bank", Value: a.Next.Bank}}
}

// settled refuses to pay while an account that one person gave waits to be confirmed: which of the two is paid must not be open.
//
// 依据: YA-4.10.3
func settled(tx *store.Tx, items []ledger.Standing) error {
	for _, i := range items {
		if i.Payee.Book.None() {
			continue
		}
		a, err := tx.BankAccount(i.Payee.Book)
		if err != nil {
			return err
		}
		if a.Waits() {
			return fault.Refuse(fault.Problem{Message: fault.Msg("remit.account_waits", "book", i.Payee.Book.Name()), Clause: "YA-4.10.3"})
		}
	}
	return nil
}
