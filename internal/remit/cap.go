package remit

import (
	"context"
	"slices"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Cause (动用事由) is what money set aside is drawn for.
type Cause string

// The causes.
const (
	ForGap      Cause = "gap"      // 非管理性缺口
	ForDisaster Cause = "disaster" // 重大自然灾害
	ForEpidemic Cause = "epidemic" // 重大疫情
	ForOther    Cause = "other"    // 其他突发事件
)

// Name (动用事由) is the cause in words.
func (c Cause) Name() fault.Message { return fault.Msg("remit.cause." + string(c)) }

// Causes lists what a kind of money set aside may be drawn for outside a year's run.
//
// 依据: SC38-4.8, YN-2.7, YN-2.8
func Causes(fund pool.SetAside) []Cause {
	if fund == pool.Emergency {
		return []Cause{ForGap, ForDisaster, ForEpidemic}
	}
	return []Cause{ForDisaster, ForEpidemic, ForOther}
}

// caused refuses a draw without a cause that its fund may be drawn for.
func (o Order) caused() *fault.Problem {
	if o.Kind != Draws || slices.Contains(Causes(o.Fund), o.Cause) {
		return nil
	}
	clause := "SC38-4.8"
	if o.Fund == pool.Emergency {
		clause = "YN-2.8"
	}
	return &fault.Problem{Column: "cause", Value: string(o.Cause), Message: fault.Msg("remit.cause"), Clause: clause}
}

// useCap is the part of what was raised that may be drawn of emergency money by the policy on a day; false where it has no such limit.
func (s Service) useCap(on policy.Date) (money.Rate, bool) {
	pack, ok := s.Engine.Library.Pack(s.Pack)
	if !ok {
		return 0, false
	}
	e, ok := pack.At(on).Get("pool.emergency.use_cap")
	return e.Value.Rate(), ok
}

// capped refuses, before anybody signs it, a draw on emergency money beyond the part of it that may be used.
//
// 依据: YN-2.8
func (s Service) capped(ctx context.Context, who Who, o Order) error {
	most, limited := s.useCap(who.Day())
	if o.Kind != Draws || o.Fund != pool.Emergency || !limited {
		return nil
	}
	year := yearOf(who.Day())
	state, err := s.Store.Books(store.Act{Scope: store.ScopeOf(who.Division)}, s.Chart).Whole(ctx, ledger.AdjustmentBook(o.Insurance, who.Division.Province()), year)
	if err != nil || state == nil {
		return err // without the book nothing is signed
	}
	return state.Capped(ledger.EmergencyFund, year, most, o.Total(), 0)
}

// cappedAt refuses it again with the last signature, of a draw and of a run alike: more may have been drawn since.
//
// 依据: YN-2.8
func (s Service) cappedAt(tx *store.Tx, b ledger.Batch, insurance pool.Insurance, province region.Code, on policy.Date) error {
	most, limited := s.useCap(on)
	asked, added := b.Draws(ledger.EmergencyFund)
	if !limited || asked == 0 {
		return nil
	}
	book, year := ledger.AdjustmentBook(insurance, province), yearOf(on)
	need := ledger.Need{Book: book, Years: []policy.Year{year}, Accounts: []ledger.Code{ledger.EmergencyFund, ledger.EmergencyPaid, ledger.OwesEmergency}}
	return tx.Update(s.Chart, []ledger.Need{need}, func(states map[ledger.Book]*ledger.State) (ledger.Done, error) {
		if state := states[book]; state != nil {
			return ledger.Done{}, state.Capped(ledger.EmergencyFund, year, most, asked, added)
		}
		return ledger.Done{}, nil
	})
}

func yearOf(on policy.Date) policy.Year {
	year, _ := strconv.Atoi(string(on[:4]))
	return policy.Year(year)
}
