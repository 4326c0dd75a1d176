package remit

import (
	"context"
	"slices"

	"tongchou/internal/budget"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Budgeted (调剂金预算依据) is the adjustment fund's part of a province's budget in force, and the document that approved it.
type Budgeted struct {
	budget.FundPlan
	Document office.DocumentID
}

// Budgeted (调剂金预算依据) finds it; false when no budget of the year was approved.
//
// 依据: SC38-3.1
func (s Service) Budgeted(ctx context.Context, province region.Code, year policy.Year, insurance pool.Insurance) (Budgeted, bool, error) {
	sheets, err := s.Store.Sheets(ctx, office.Scope{Division: province, Reach: office.Own}, insurance, year)
	if err != nil {
		return Budgeted{}, false, err
	}
	for _, x := range slices.Backward(sheets) {
		if x.Kind != store.ProvincialSheet || x.Document == "" {
			continue
		}
		d, err := s.Store.Desk(store.ScopeOf(province)).Document(ctx, x.Document)
		if fault.KindOf(err) == fault.Internal && err != nil {
			return Budgeted{}, false, err
		}
		if err != nil || d.State != office.Approved || d.Digest != office.DigestOf(x.Content) {
			continue
		}
		paper, ok := budget.ParseProvincial(x.Content)
		pack, known := s.Engine.Library.Pack(s.Pack)
		if !ok || !known {
			return Budgeted{}, false, fault.New(fault.Internal, "store.damaged", "what", "budget", "value", string(d.ID))
		}
		plan, err := budget.PlanFund(pack.At(year.End()), year, insurance, paper.Drafts)
		return Budgeted{plan, d.ID}, err == nil, err
	}
	return Budgeted{}, false, nil
}

// budgeted writes the approved budget into a plan of advances, and refuses advances beyond what it has to distribute. Without one the
// plan says so, for those who sign.
//
// 依据: SC38-3.1, SC38-4.5
func (s Service) budgeted(ctx context.Context, who Who, o *Order) error {
	o.Budget, o.Free = "", 0
	if o.Kind != Advances {
		return nil
	}
	b, found, err := s.Budgeted(ctx, who.Division.Province(), o.Year, o.Insurance)
	if err != nil || !found {
		return err
	}
	items, err := s.Store.Items(ctx, store.ScopeOf(who.Division), store.ItemQuery{Year: o.Year, Insurance: o.Insurance, Kind: ledger.Advance})
	if err != nil {
		return err
	}
	advanced := money.Fen(0)
	for _, i := range items {
		advanced += i.Paid + i.Open()
	}
	o.Budget, o.Free = b.Document, b.Free-advanced
	if sum := o.Total(); sum > o.Free {
		return fault.Refuse(fault.Problem{Column: "lines", Value: sum.String(), Clause: "SC38-3.1",
			Message: fault.Msg("remit.advance_beyond", "sum", sum, "free", b.Free, "advanced", advanced, "budget", string(b.Document))})
	}
	return nil
}

// sane refuses days on which an order cannot be due: advances fall due in their year, others not before theirs and not years after.
//
// 依据: SC38-4.5
func (o Order) sane() *fault.Problem {
	if _, ok := policy.ParseDate(string(o.Due)); !ok {
		return &fault.Problem{Column: "due", Value: string(o.Due), Message: fault.Msg("remit.due")}
	}
	year, last := yearOf(o.Due), o.Year+2
	if o.Kind == Advances {
		last = o.Year
	}
	if o.Kind != Decision && (year < o.Year || year > last) { // a decision pays nothing by itself
		return &fault.Problem{Column: "due", Value: string(o.Due), Clause: "SC38-4.5", Message: fault.Msg("remit.due_year", "from", int(o.Year), "to", int(last))}
	}
	return nil
}
