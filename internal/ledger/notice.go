package ledger

import (
	"tongchou/internal/fault"
	"tongchou/internal/pool"
)

// BankAccount (银行账户) is where money is paid from or to. It is empty until the bureau fills it in.
type BankAccount struct {
	Name, Number, Bank string
}

// Notice (通知书) is the letter that says a payment is due: 上解通知书, 下拨通知书 and the like. The amount in capitals is
// locale.Printer.Capital of Item.Amount.
type Notice struct {
	Item Item
	// Number is the document number, and From and To the accounts; they are given before it is sent.
	Number   string
	From, To BankAccount
	// Steps explain the amount.
	Steps []pool.Step
}

// Title (标题) is the kind of letter.
func (n Notice) Title() fault.Message {
	return fault.Msg("ledger.notice."+string(n.Item.Kind), "year", int(n.Item.Year), "insurance", n.Item.Insurance)
}

// Missing (待补事项) says what must be filled in before the notice is sent.
func (n Notice) Missing() []fault.Message {
	var out []fault.Message
	if n.Number == "" {
		out = append(out, fault.Msg("ledger.notice_missing.number"))
	}
	if n.From == (BankAccount{}) {
		out = append(out, fault.Msg("ledger.notice_missing.from"))
	}
	if n.To == (BankAccount{}) {
		out = append(out, fault.Msg("ledger.notice_missing.to"))
	}
	return out
}
