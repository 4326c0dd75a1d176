package ledger

import (
	"fmt"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Dimensions (辅助核算项目) say more exactly what an account holds. Which must be given is the account's.
type Dimensions struct {
	Counter     Book // the book on the other side (对方账簿)
	Level       Level
	Institution Institution
}

// Name (辅助核算) is what the dimensions say, in words.
func (d Dimensions) Name() fault.Message {
	switch {
	case d.Level != "":
		return d.Level.Name()
	case d.Institution != "":
		return fault.Msg("ledger.institution", "value", string(d.Institution))
	}
	return d.Counter.Name()
}

// Posting (分录) is one line of a voucher, in fen. Amount is more than 0, but in a reversal (红字) less than 0.
type Posting struct {
	Account Code
	Dimensions
	Side   Side
	Amount money.Fen
}

// signed is the amount with debits positive.
func (p Posting) signed() money.Fen {
	if p.Side == Credit {
		return -p.Amount
	}
	return p.Amount
}

// VoucherKind (凭证性质) says what kind of entry a voucher is.
type VoucherKind string

// The kinds of vouchers.
const (
	Ordinary   VoucherKind = "ordinary"   // 日常
	Opening    VoucherKind = "opening"    // 建账: the balances a book begins with
	Closing    VoucherKind = "closing"    // 年末结转; made by CloseYear alone
	Reversal   VoucherKind = "reversal"   // 红字冲销: the same lines in red
	Supplement VoucherKind = "supplement" // 补充更正
	SetAsideIn VoucherKind = "set_aside"  // 提取风险金、紧急调剂金
)

// Name (凭证性质) is the kind in words.
func (k VoucherKind) Name() fault.Message { return fault.Msg("ledger.voucher." + string(k)) }

// SourceKind (来源) says what a voucher books.
type SourceKind string

// The kinds of sources.
const (
	FromRun      SourceKind = "run"      // 年度计算
	FromDocument SourceKind = "document" // 文件、单据
	FromReceipt  SourceKind = "receipt"  // 银行、国库回单
)

// Source (凭证依据) is what a voucher books: a run, a document, a bank receipt.
type Source struct {
	Kind SourceKind
	ID   DocumentID
}

// Key (防重键) is the caller's own id of a booking: the same key never books twice.
type Key string

// Word (凭证字) is the series a voucher is numbered in.
type Word string

// The words: receipt, payment, transfer, and one for memo entries; or one for everything.
const (
	ReceiptWord  Word = "receipt"  // 收
	PaymentWord  Word = "payment"  // 付
	TransferWord Word = "transfer" // 转
	MemoWord     Word = "memo"     // 备
	SingleWord   Word = "single"   // 记
)

// Ref (凭证字号) names a voucher of a book. The number counts from 1 for each word in each month, without gaps.
type Ref struct {
	Book   Book
	Year   policy.Year
	Month  time.Month
	Word   Word
	Number int
}

// None tells whether no voucher is meant.
func (r Ref) None() bool { return r == Ref{} }

// Text (凭证字号) writes the ref as people do: 2026年3月 收字第12号.
func (r Ref) Text() fault.Message {
	return fault.Msg("ledger.ref", "year", int(r.Year), "month", int(r.Month), "word", fault.Msg("ledger.word."+string(r.Word)), "number", r.Number)
}

// String is the ref in files and logs.
func (r Ref) String() string {
	return fmt.Sprintf("%s/%04d-%02d/%s/%d", r.Book, r.Year, r.Month, r.Word, r.Number)
}

// Summary (摘要) says in a line what a voucher is for: free text, or a text of the program with what it is about. Beside a key,
// Text is the reason for which something was taken back, or the day of the bank's row when that is not the voucher's.
type Summary struct {
	Text      string
	Key       string
	Year      policy.Year
	Insurance pool.Insurance
	Division  region.Code
}

// Empty tells whether nothing is said.
func (s Summary) Empty() bool { return s.Text == "" && s.Key == "" }

// Message is the summary for people; false when it is free text.
func (s Summary) Message() (fault.Message, bool) {
	m := fault.Msg(s.Key, "year", int(s.Year), "insurance", s.Insurance, "division", s.Division, "reason", s.Text)
	if s.Text != "" && s.Key != takenBackSummary {
		m = fault.Msg("ledger.summary.bank_day", "summary", m, "day", s.Text)
	}
	return m, s.Key != ""
}

// Voucher (记账凭证) is one entry in one book. Once posted it is never changed; a mistake is put right by a voucher that
// names it.
//
// 依据: SC38-4.5, YA-4.10.3
type Voucher struct {
	Book     Book
	Date     policy.Date
	Kind     VoucherKind
	Summary  Summary
	Postings []Posting
	Source   Source
	// Decision is the decision or approval on file that a draw on money set aside, or a year's deficit, needs.
	Decision DocumentID
	// Corrects is the voucher that a reversal or supplement puts right.
	Corrects Ref
	Key      Key
	// Maker and Reviewer (制单、审核) are two persons.
	Maker, Reviewer Person
	// Word and Number are given when it is posted.
	Word   Word
	Number int
}

// Ref is the voucher's word and number. It is Ref{} before it is posted.
func (v Voucher) Ref() Ref {
	if v.Number == 0 {
		return Ref{}
	}
	year, month, _ := day(v.Date)
	return Ref{v.Book, year, month, v.Word, v.Number}
}

// Total (合计) is what the debits add up to, in fen; memo lines count in a memo voucher alone.
func (v Voucher) Total() money.Fen {
	var total money.Fen
	for _, p := range v.Postings {
		if p.Side == Debit {
			total += p.Amount
		}
	}
	return total
}

// Reverse (红字冲销) makes the voucher that takes a posted one back: the same lines with negative amounts.
func (v Voucher) Reverse(on policy.Date, key Key, source Source, summary Summary, maker, reviewer Person) Voucher {
	r := Voucher{Book: v.Book, Date: on, Kind: Reversal, Summary: summary, Source: source, Decision: v.Decision, Corrects: v.Ref(), Key: key, Maker: maker, Reviewer: reviewer}
	for _, p := range v.Postings {
		p.Amount = -p.Amount
		r.Postings = append(r.Postings, p)
	}
	return r
}

// day reads a date; false when it is none.
func day(d policy.Date) (policy.Year, time.Month, bool) {
	if len(d) != len(time.DateOnly) {
		return 0, 0, false
	}
	number := func(text policy.Date) int {
		n := 0
		for i := range len(text) {
			n = n*10 + int(text[i]-'0')
		}
		return n
	}
	return policy.Year(number(d[:4])), time.Month(number(d[5:7])), true
}
