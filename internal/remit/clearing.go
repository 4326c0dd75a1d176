package remit

import (
	"context"
	"errors"
	"time"

	"tongchou/internal/clearing"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// DayClosed (日结进度) tells of a day that was closed: of how many days in all it was which, and how many settlements it has.
type DayClosed struct {
	Day     policy.Date
	Part, N int
	Rows    int64
}

// daysTried is how often a day is added up anew because somebody settled meanwhile.
const daysTried = 8

// CloseDays (日结) closes the days of a province through one of them, in order, each in a write of its own: interrupted, it goes on where it stopped. The first is the one after
// the last closed day, or the first with settlements. Refused is a day that is not over yet.
//
// 依据: YA-4.8.2
func (s Service) CloseDays(ctx context.Context, act store.Act, through policy.Date, tell func(DayClosed)) (closed int, err error) {
	province, at := act.Chain.Province(), act.At
	if through >= policy.DayOf(at) {
		return 0, fault.New(fault.Refused, "remit.day_not_over", "day", through)
	}
	first, next, err := s.Store.Clearing().Unclosed(ctx, province, through)
	if err != nil {
		return 0, err
	}
	if next != "" {
		first = next
	}
	if first == "" {
		first = through
	}
	n := policy.Days(first, through)
	for closed < n {
		day := first.Add(closed)
		rows, err := s.closeDay(ctx, act, province, day)
		if err != nil {
			return closed, err
		}
		closed++
		if tell != nil {
			tell(DayClosed{day, closed, n, rows})
		}
	}
	return closed, nil
}

// closeDay adds a day up and closes it, again when somebody settled between the two.
func (s Service) closeDay(ctx context.Context, act store.Act, province region.Code, day policy.Date) (rows int64, err error) {
	for range daysTried {
		var sums []clearing.Sum
		if sums, err = s.Store.Clearing().SubLedger(ctx, province, day); err != nil {
			return 0, err
		}
		rows = clearing.Total(sums).Rows
		act.Action, act.Object = "clear.day", office.Object{Kind: "clearing_day", ID: string(province) + "/" + string(day)}
		_, err = s.Store.Write(ctx, act, func(t *store.Tx) error {
			_, err := t.CloseDay(store.ClosedDay{Province: province, Day: day, Who: act.Who, At: act.At}, sums)
			return err
		})
		if !errors.Is(err, office.ErrStale) {
			break
		}
	}
	return rows, stale(err)
}

// ProposeMonth (月结经办) proposes the closing of a month of a pooling area; the days of the month must be closed. One that was proposed before is left as it is.
//
// 依据: YA-4.8.2
func (s Service) ProposeMonth(ctx context.Context, act store.Act, area region.Code, year policy.Year, month time.Month) (m clearing.Month, again bool, err error) {
	act.Action, act.Object = "clear.propose", monthObject(area, year, month)
	_, err = s.Store.Write(ctx, act, func(t *store.Tx) error {
		if m, again, err = t.Month(area, year, month); err != nil || again {
			return err
		}
		sums, err := t.MonthSums(area, year, month)
		if err != nil {
			return err
		}
		m = clearing.Month{Area: area, Year: year, Month: month}
		if m.Synthetic, err = t.MadeUp(sums); err != nil {
			return err
		}
		if m, err = clearing.Propose(m, sums, act.Who, act.At); err != nil {
			return err
		}
		return t.SaveMonth(m)
	})
	return m, again, stale(err)
}

func monthObject(area region.Code, year policy.Year, month time.Month) office.Object {
	return office.Object{Kind: "clearing_month", ID: string(clearing.Month{Area: area, Year: year, Month: month}.Document())}
}

// ConfirmMonth (月结复核入账) confirms a proposed month of a pooling area and books it, in one write. One that is confirmed by the same person already is left as it is. Refused
// is who proposed it, and a month whose books are not there or closed.
//
// 依据: YA-4.8.2, YA-4.10.3, SC38-4.5
func (s Service) ConfirmMonth(ctx context.Context, act store.Act, area region.Code, year policy.Year, month time.Month) (m clearing.Month, err error) {
	act.Action, act.Object = "clear.confirm", monthObject(area, year, month)
	_, err = s.Store.Write(ctx, act, func(t *store.Tx) error {
		var found bool
		if m, found, err = t.Month(area, year, month); err != nil {
			return err
		}
		if !found {
			return fault.New(fault.Refused, "remit.month_not_proposed", "area", area, "year", int(year), "month", int(month))
		}
		if m.State == clearing.Confirmed && m.Reviewer == act.Who {
			return nil
		}
		sums, err := t.MonthSums(area, year, month)
		if err != nil {
			return err
		}
		if m, err = m.Confirm(sums, act.Who, act.At); err != nil {
			return err
		}
		if err := t.SaveMonth(m); err != nil {
			return err
		}
		return s.post(t, m.Vouchers(sums, policy.DayOf(act.At)))
	})
	return m, stale(err)
}

// AreaMonths (各区月结) are the months of a province's areas: the statements of those that are confirmed, which areas have only proposed theirs, and whether any is made up.
//
// 依据: SCE-7.2
type AreaMonths struct {
	Statements []clearing.Statement
	Waiting    []region.Code
	Synthetic  bool
}

// AreaMonths (各区月结) gives the months of a province's areas.
//
// 依据: SCE-7.2
func (s Service) AreaMonths(ctx context.Context, province region.Code, year policy.Year, month time.Month) (all AreaMonths, err error) {
	months, err := s.Store.Clearing().Months(ctx, store.ScopeOf(province))
	if err != nil {
		return all, err
	}
	from, to := policy.MonthDays(year, month)
	for _, m := range months {
		if m.Year != year || m.Month != month {
			continue
		}
		all.Synthetic = all.Synthetic || m.Synthetic
		if m.State != clearing.Confirmed {
			all.Waiting = append(all.Waiting, m.Area)
			continue
		}
		sums, err := s.Store.Clearing().AreaSums(ctx, m.Area, from, to)
		if err != nil {
			return all, err
		}
		all.Statements = append(all.Statements, clearing.Statement{Area: m.Area, Sums: sums})
	}
	return all, nil
}

// OffsiteSheet (异地就医月清算表) makes the clearing sheet of a month from what both sides' closed months say: what the area of care claims, and what that of insurance confirms
// of what pooled funds bear. What only one side says is claimed and not confirmed, and stays open as a difference. Pairs that come to less than nothing, because more was undone
// than settled, are left out (假设: they are for a later month).
//
// 依据: SCE-7.2
func OffsiteSheet(pairs []clearing.Pair, i pool.Insurance) (lines []OrderLine) {
	for _, p := range pairs {
		claimed, confirmed := p.Claimed.Own(), min(p.Confirmed.Own(), p.Claimed.Own())
		if p.Insurance != i || claimed <= 0 || confirmed < 0 {
			continue
		}
		lines = append(lines, OrderLine{Division: p.Home, Place: p.Place, Claimed: claimed, Amount: confirmed})
	}
	return lines
}

// PlanOffsite (生成异地就医清算单) drafts the clearing sheet of a month for signature: o says of what month and insurance type, when it is due, on what basis and whether it is net.
// Refused while an area has proposed the month and not booked it, and when there is nothing to clear.
//
// 依据: SCE-7.2
func (s Service) PlanOffsite(ctx context.Context, who Who, o Order) (office.DocumentID, error) {
	all, err := s.AreaMonths(ctx, who.Division.Province(), o.Year, o.Month)
	if err != nil {
		return "", err
	}
	if len(all.Waiting) > 0 {
		return "", fault.New(fault.Refused, "remit.months_waiting", "area", all.Waiting[0], "count", len(all.Waiting))
	}
	o.Kind, o.Synthetic, o.Lines = Offsite, all.Synthetic, OffsiteSheet(clearing.Pairs(all.Statements), o.Insurance)
	if len(o.Lines) == 0 {
		return "", fault.New(fault.Refused, "remit.nothing_to_clear", "insurance", o.Insurance, "year", int(o.Year), "month", int(o.Month))
	}
	return s.Plan(ctx, who, o)
}
