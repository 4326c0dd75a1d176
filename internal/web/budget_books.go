package web

import (
	"context"
	"slices"
	"time"

	"tongchou/internal/budget"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// findings are what the rules say of a revision; of one that may still be worked on also what the books say.
func (b *budgetView) findings(ctx context.Context, v revision) ([]budget.Finding, error) {
	if !v.open() {
		return v.Findings, nil
	}
	books, err := b.booked(ctx)
	return append(slices.Clip(v.Findings), v.Paper.Budget.CheckBooked(books)...), err
}

// booked is what the books say of what the year begins with; nil when there are none.
//
// 依据: SC38-4.5, SC38-4.7
func (b *budgetView) booked(ctx context.Context) (*budget.Booked, error) {
	for _, year := range []policy.Year{b.key.Year, b.key.Year - 1} {
		_, state, err := b.actuals(ctx, year, 12)
		if err != nil {
			return nil, err
		}
		if state == nil {
			continue
		}
		statement := ledger.NewIncomeStatement(ledger.Whole(year), state)
		out := &budget.Booked{Surplus: statement.SurplusBegin}
		if year != b.key.Year {
			out.Surplus, out.Provisional = statement.SurplusEnd(), true
		}
		for _, due := range ledger.Dues(year, time.December, state) {
			if due.Account.Code == ledger.LossDue {
				out.Violation += due.Open
			}
		}
		return out, nil
	}
	return nil, nil
}

// itemAccounts says which accounts of the books an item of the budget is kept on; subsidies stand on one account by level of government. Ours: off-site benefits count as inpatient, chronic
// disease stands with outpatient, transfers of people with other revenue and expenditure.
var itemAccounts = map[ledger.Code]budget.Item{
	"4001": budget.Contributions, "4201": budget.Interest, "4301": budget.OtherRevenue, "450101": budget.OtherRevenue,
	"500101": budget.Inpatient, "500103": budget.Inpatient, "500102": budget.Outpatient, "500104": budget.Maternity, "5101": budget.SeriousIllness,
	"5201": budget.OtherExpense, "540101": budget.OtherExpense,
}

// itemOf finds the item of an account: its own, or that of the account it is a part of.
func itemOf(code ledger.Code) (budget.Item, bool) {
	for ; len(code) >= 4; code = code[:len(code)-2] {
		if item, ok := itemAccounts[code]; ok {
			return item, true
		}
	}
	return "", false
}

// spent is what the books say came in and went out in a year, by item; nil when there is no book of it.
func (b *budgetView) spent(ctx context.Context, year policy.Year) map[budget.Item]money.Fen {
	actuals, _, err := b.actuals(ctx, year, 12)
	if err != nil || len(actuals) == 0 {
		return nil
	}
	out := map[budget.Item]money.Fen{}
	for _, a := range actuals {
		out[a.Item] += a.Amount
	}
	return out
}

// actuals are the months of a year as the books have them; false when there is no book of the year.
func (b *budgetView) actuals(ctx context.Context, year policy.Year, through budget.Month) ([]budget.Actual, *ledger.State, error) {
	chart, err := ledger.Standard()
	if err != nil {
		return nil, nil, err
	}
	books := b.site.Store.Books(store.Act{Scope: office.Scope{Division: b.key.Division, Reach: office.Own}}, chart)
	state, err := books.Whole(ctx, ledger.AreaBook(b.key.Insurance, b.key.Division), year)
	if err != nil || state == nil {
		return nil, nil, err
	}
	if _, kept := state.Years[year]; !kept {
		return nil, nil, nil
	}
	var out []budget.Actual
	for m := time.January; m <= time.Month(through); m++ {
		s := ledger.NewIncomeStatement(ledger.Span{Year: year, From: m, To: m}, state)
		for _, l := range slices.Concat(s.Income, s.Expenditure) {
			if l.Account.Code == ledger.Subsidies {
				continue
			}
			if item, ok := itemOf(l.Account.Code); ok && l.Amount != 0 {
				out = append(out, budget.Actual{Month: budget.Month(m), Item: item, Amount: l.Amount})
			}
		}
	}
	for m := time.January; m <= time.Month(through); m++ {
		byLevel := state.ByLevel(ledger.Span{Year: year, From: m, To: m}, ledger.Subsidies)
		for _, level := range ledger.Levels() {
			if x := byLevel[level]; x != 0 {
				out = append(out, budget.Actual{Month: budget.Month(m), Item: subsidyItem(level), Amount: x})
			}
		}
	}
	dues, _, err := b.dues(ctx, year)
	return append(out, dues.Actuals(through)...), state, err
}
