package ledger

import (
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// Disposal (待查款项处理) is what becomes of money that pays nothing that was waited for.
type Disposal string

// The disposals.
const (
	SentBack   Disposal = "sent_back" // 退回付款方
	AsInterest Disposal = "interest"  // 转作利息收入
	AsSundry   Disposal = "sundry"    // 转作其他收入
)

// Disposals lists the disposals.
func Disposals() []Disposal { return []Disposal{SentBack, AsInterest, AsSundry} }

// Name (待查款项处理) is the disposal in words.
func (d Disposal) Name() fault.Message { return fault.Msg("ledger.disposal." + string(d)) }

func (d Disposal) account() Code {
	switch d {
	case SentBack:
		return FiscalAccount
	case AsInterest:
		return Interest
	}
	return SundryIncome
}

// Suspend (记入待查款项) books money that arrived and is not known what for, in fen, so that the books hold what the bank holds.
// step tells apart several such vouchers of one receipt.
//
// 依据: SC38-4.5
func Suspend(b Book, h Hands, receipt DocumentID, amount money.Fen, step int64) Voucher {
	return suspense(b, h, receipt, "suspended", step, Posting{FiscalAccount, Dimensions{}, Debit, amount}, Posting{Unidentified, Dimensions{}, Credit, amount})
}

// Dispose (转出待查款项) takes money off the account of what is not identified, in fen: it was sent back, or is income.
//
// 依据: SC38-4.5
func Dispose(b Book, h Hands, d Disposal, receipt DocumentID, amount money.Fen, step int64) Voucher {
	return suspense(b, h, receipt, "disposed_"+string(d), step, Posting{Unidentified, Dimensions{}, Debit, amount}, Posting{d.account(), Dimensions{}, Credit, amount})
}

// How the keys of vouchers begin, or what they hold, that book a receipt.
const suspenseKey, receivedKey = "suspense/", "/received/"

func suspense(b Book, h Hands, receipt DocumentID, what string, step int64, postings ...Posting) Voucher {
	year, _, _ := day(h.Date)
	return Voucher{Book: b, Date: h.Date, Kind: Ordinary, Postings: postings, Source: Source{FromReceipt, receipt}, Maker: h.Maker, Reviewer: h.Reviewer,
		Summary: Summary{Key: "ledger.summary." + what, Text: string(h.BankDay), Year: year, Insurance: b.Insurance, Division: b.Division},
		Key:     Key(suspenseKey + string(receipt) + "/" + what + "/" + strconv.FormatInt(step, 10))}
}

// Suspended (待查款项余额) is what a voucher adds to the receipt it books on the account of what is not identified, in fen. Vouchers
// written by hand add to no receipt.
func (v Voucher) Suspended() money.Fen {
	if v.Source.Kind != FromReceipt || !strings.HasPrefix(string(v.Key), suspenseKey) && !strings.Contains(string(v.Key), receivedKey) {
		return 0
	}
	var sum money.Fen
	for _, p := range v.Postings {
		if p.Account == Unidentified {
			sum -= p.signed()
		}
	}
	return sum
}
