package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Span (期间) is the months of a year a statement covers, both included.
type Span struct {
	Year     policy.Year
	From, To time.Month
}

// Whole is a whole year.
func Whole(year policy.Year) Span { return Span{year, time.January, time.December} }

// TrialRow (科目余额) is an account's, or with dimensions a line's, period in fen. Opening, Yearly and Balance are debits less
// credits; Depth counts from 1.
type TrialRow struct {
	Account Account
	Dimensions
	Depth                 int
	Opening               money.Fen
	Debit, Credit         money.Fen // of the span
	YearDebit, YearCredit money.Fen // from January to the span's end
	Balance               money.Fen
}

func (r *TrialRow) add(o TrialRow) {
	r.Opening += o.Opening
	r.Debit += o.Debit
	r.Credit += o.Credit
	r.YearDebit += o.YearDebit
	r.YearCredit += o.YearCredit
	r.Balance += o.Balance
}

// Trial (科目余额表) is a trial balance: every account with a balance or turnover, those above before those below, in code
// order, and the total of the accounts that are posted to, memo accounts left out.
type Trial struct {
	Span  Span
	Rows  []TrialRow
	Total TrialRow
}

// TrialBalance (科目余额表) is the trial balance of one book, or of several added up. With details every line is a row of its own.
func TrialBalance(span Span, details bool, books ...*State) Trial {
	type key struct {
		code Code
		Dimensions
	}
	rows := map[key]*TrialRow{}
	trial := Trial{Span: span}
	for _, s := range books {
		for _, l := range s.lines(span.Year) {
			row := s.row(span, l)
			if a, _ := s.Chart.Get(l.Account); a.Nature != Memo {
				trial.Total.add(row)
			}
			if details && l.Dimensions != (Dimensions{}) {
				k := key{l.Account, l.Dimensions}
				if rows[k] == nil {
					a, _ := s.Chart.Get(l.Account)
					rows[k] = &TrialRow{Account: a, Dimensions: l.Dimensions, Depth: len(a.Code) / 2}
				}
				rows[k].add(row)
			}
			for code := l.Account; code != ""; code = code.Parent() {
				a, ok := s.Chart.Get(code)
				if !ok {
					continue
				}
				if rows[key{code: code}] == nil {
					rows[key{code: code}] = &TrialRow{Account: a, Depth: len(code)/2 - 1}
				}
				rows[key{code: code}].add(row)
			}
		}
	}
	for _, r := range rows {
		trial.Rows = append(trial.Rows, *r)
	}
	slices.SortFunc(trial.Rows, func(a, b TrialRow) int {
		return compareLines(Line{Account: a.Account.Code, Dimensions: a.Dimensions}, Line{Account: b.Account.Code, Dimensions: b.Dimensions})
	})
	return trial
}

// row is a line's period.
func (s *State) row(span Span, l Line) TrialRow {
	r := TrialRow{Opening: s.At(l, span.From-1), Balance: s.At(l, span.To)}
	if t, ok := s.Lines[l]; ok {
		for m := time.January; m <= span.To; m++ {
			r.YearDebit += t.Debit[m-1]
			r.YearCredit += t.Credit[m-1]
			if m >= span.From {
				r.Debit += t.Debit[m-1]
				r.Credit += t.Credit[m-1]
			}
		}
	}
	return r
}

// Sides (借贷合计) adds up the debit and the credit balances of the first-level accounts, memo accounts left out, in fen: those at the
// beginning, or at the end. In sound books the two sides are the same.
func (t Trial) Sides(end bool) (debit, credit money.Fen) {
	for _, r := range t.Rows {
		if r.Depth != 1 || r.Dimensions != (Dimensions{}) || r.Account.Nature == Memo {
			continue
		}
		x := r.Opening
		if end {
			x = r.Balance
		}
		debit += max(x, 0)
		credit += max(-x, 0)
	}
	return debit, credit
}

// Balance finds an account's balance on its normal side, in fen.
func (t Trial) Balance(code Code) money.Fen {
	r := t.row(code)
	return r.Account.onSide(r.Balance)
}

func (t Trial) row(code Code) TrialRow {
	for _, r := range t.Rows {
		if r.Account.Code == code && r.Dimensions == (Dimensions{}) {
			return r
		}
	}
	return TrialRow{}
}

// Entered (明细账行) is one posting of an account statement with the balance after it, debits less credits.
type Entered struct {
	Ref     Ref
	Date    policy.Date
	Summary Summary
	Posting Posting
	Balance money.Fen
}

// AccountStatement (明细账) are an account's postings of a span in the order they were posted within each day, between the
// balance before them and the one after.
type AccountStatement struct {
	Account          Account
	Span             Span
	Opening, Closing money.Fen
	Debit, Credit    money.Fen
	Rows             []Entered
}

// Statement (明细账) is the statement of an account, or of every account below it, drawn from the posted vouchers of the
// book's year; dimensions may be nil for all. Vouchers of other books, years or months are passed over.
func (s *State) Statement(code Code, dimensions *Dimensions, span Span, posted []Voucher) AccountStatement {
	a, _ := s.Chart.Get(code)
	out := AccountStatement{Account: a, Span: span}
	wanted := func(account Code, d Dimensions) bool {
		return len(account) >= len(code) && account[:len(code)] == code && (dimensions == nil || d == *dimensions)
	}
	for _, l := range s.lines(span.Year) {
		if wanted(l.Account, l.Dimensions) {
			out.Opening += s.At(l, span.From-1)
		}
	}
	for _, v := range posted {
		year, month, _ := day(v.Date)
		if v.Book != s.Book || year != span.Year || month < span.From || month > span.To {
			continue
		}
		for _, p := range v.Postings {
			if wanted(p.Account, p.Dimensions) {
				out.Rows = append(out.Rows, Entered{Ref: v.Ref(), Date: v.Date, Summary: v.Summary, Posting: p})
			}
		}
	}
	slices.SortStableFunc(out.Rows, func(a, b Entered) int {
		return cmp.Compare(a.Date, b.Date)
	})
	out.Closing = out.Opening
	for i := range out.Rows {
		r := &out.Rows[i]
		if r.Posting.Side == Debit {
			out.Debit += r.Posting.Amount
		} else {
			out.Credit += r.Posting.Amount
		}
		out.Closing += r.Posting.signed()
		r.Balance = out.Closing
	}
	return out
}

// ReportLine (报表项目) is a line of a statement, in fen on its normal side. Opening is the start of the year on a balance
// sheet; Yearly is January to the span's end on a statement of income and expenditure.
type ReportLine struct {
	Account Account
	Opening money.Fen
	Amount  money.Fen
	Yearly  money.Fen
}

// BalanceSheet (资产负债表) is what a fund has, owes and is worth at the end of a month, in fen: first-level accounts, and for
// net assets the accounts below them. Result is the year's income less expenditure that is not yet carried into net assets.
type BalanceSheet struct {
	Span                                            Span
	Assets, Liabilities, NetAssets                  []ReportLine
	TotalAssets, TotalLiabilities, TotalNet, Result money.Fen
}

// Balances tells whether assets are liabilities, net assets and the year's result together.
func (b BalanceSheet) Balances() bool {
	return b.TotalAssets == b.TotalLiabilities+b.TotalNet+b.Result
}

// NewBalanceSheet (资产负债表) is the balance sheet of one book, or of several added up, at the end of a month.
func NewBalanceSheet(year policy.Year, month time.Month, books ...*State) BalanceSheet {
	b := BalanceSheet{Span: Span{year, time.January, month}}
	for _, r := range TrialBalance(b.Span, false, books...).Rows {
		l := ReportLine{Account: r.Account, Opening: r.Account.onSide(r.Opening), Amount: r.Account.onSide(r.Balance)}
		first := r.Depth == 1
		switch r.Account.Nature {
		case Asset:
			if first {
				b.Assets = append(b.Assets, l)
				b.TotalAssets += r.Balance
			}
		case Liability:
			if first {
				b.Liabilities = append(b.Liabilities, l)
				b.TotalLiabilities -= r.Balance
			}
		case NetAsset:
			b.NetAssets = append(b.NetAssets, l)
			if first {
				b.TotalNet -= r.Balance
			}
		case Income, Expenditure:
			if first {
				b.Result -= r.Balance
			}
		}
	}
	return b
}

// IncomeStatement (收支表) is a span's income and expenditure in fen, account by account, before the year's end carries them
// into net assets. Apart are the lines that the book's own surplus does not take: losses from breaking policy and what local
// government covered of them, and draws on money set aside; they are in no total.
//
// 依据: SC38-4.7
type IncomeStatement struct {
	Span                          Span
	Income, Expenditure, Apart    []ReportLine
	TotalIncome, TotalExpenditure money.Fen
	YearIncome, YearExpenditure   money.Fen
	SurplusBegin                  money.Fen
	// SetAside is what moved from the surplus to money set aside from January to the span's end.
	SetAside money.Fen
}

// Result (本期结余) is the span's income less expenditure.
func (i IncomeStatement) Result() money.Fen { return i.TotalIncome - i.TotalExpenditure }

// SurplusEnd (期末累计结余) is the year's opening surplus with the year's result, less what was set aside.
func (i IncomeStatement) SurplusEnd() money.Fen {
	return i.SurplusBegin + i.YearIncome - i.YearExpenditure - i.SetAside
}

// NewIncomeStatement (收支表) is the statement of income and expenditure of one book, or of several added up. What the
// closing of the year took off the accounts is added back, so that a closed year shows what it earned.
func NewIncomeStatement(span Span, books ...*State) IncomeStatement {
	out := IncomeStatement{Span: span}
	lines := map[Code]*ReportLine{}
	apart := map[Code]bool{}
	for _, s := range books {
		own := surplusOf(s.Book.Kind)
		for _, l := range s.lines(span.Year) {
			a, _ := s.Chart.Get(l.Account)
			switch {
			case l.Account == own:
				out.SurplusBegin += a.onSide(s.opening(l))
				out.SetAside -= s.moved(a, l, span.To)
			case a.Nature.yearly():
				if lines[a.Code] == nil {
					lines[a.Code] = &ReportLine{Account: a}
					apart[a.Code] = s.target(a) != own
				}
				lines[a.Code].Yearly += s.moved(a, l, span.To)
				lines[a.Code].Amount += s.moved(a, l, span.To) - s.moved(a, l, span.From-1)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(lines)) {
		out.put(*lines[code], apart[code])
	}
	return out
}

func (i *IncomeStatement) put(l ReportLine, apart bool) {
	switch {
	case apart:
		i.Apart = append(i.Apart, l)
	case l.Account.Nature == Income:
		i.Income = append(i.Income, l)
		i.TotalIncome += l.Amount
		i.YearIncome += l.Yearly
	default:
		i.Expenditure = append(i.Expenditure, l)
		i.TotalExpenditure += l.Amount
		i.YearExpenditure += l.Yearly
	}
}

// moved is what a line moved on its normal side from January to the end of a month, the closing of the year left out.
func (s *State) moved(a Account, l Line, month time.Month) money.Fen {
	t, ok := s.Lines[l]
	if !ok {
		return 0
	}
	moved := t.Balance(month) - t.Opening
	if month == time.December {
		moved -= t.Carried
	}
	return a.onSide(moved)
}

// Due (应收应付登记) is what one level of government, or one book, owes: due and paid from January to a month's end, with
// what was open before, and what is still open, in fen.
//
// 依据: SC38-10.2, SC38-4.7
type Due struct {
	Account                 Account
	Of                      Dimensions
	Before, Due, Paid, Open money.Fen
}

// Dues (应收应付登记表) are what is due and paid on the memo accounts: fiscal subsidies and losses per level of government,
// collections and allocations per book.
//
// 依据: SC38-10.2, SC38-4.7
func Dues(year policy.Year, month time.Month, books ...*State) []Due {
	var out []Due
	for _, r := range TrialBalance(Span{year, time.January, month}, true, books...).Rows {
		if r.Account.Nature != Memo || r.Dimensions == (Dimensions{}) {
			continue
		}
		d := Due{Account: r.Account, Of: r.Dimensions, Before: r.Account.onSide(r.Opening), Due: r.Debit, Paid: r.Credit, Open: r.Account.onSide(r.Balance)}
		if r.Account.Side == Credit {
			d.Due, d.Paid = d.Paid, d.Due
		}
		out = append(out, d)
	}
	return out
}

// TwoLines (财政专户收支两条线) are the fiscal account's receipts and payments of a span, never set off, between its balances.
//
// 依据: SC38-4.5
type TwoLines struct {
	Opening, Receipts, Payments, Closing money.Fen
}

// FiscalLines (财政专户收支两条线) are the two lines of one book's fiscal account, or of several added up.
//
// 依据: SC38-4.5
func FiscalLines(span Span, books ...*State) TwoLines {
	r := TrialBalance(span, false, books...).row(FiscalAccount)
	return TwoLines{r.Opening, r.Debit, r.Credit, r.Balance}
}
