package store

import (
	"context"
	"slices"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/clearing"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Clearing (医疗费用清算存取) keeps what settlements add up to, by day and by month.
//
// 依据: YA-4.8.2
type Clearing struct{ s *Store }

// Clearing gives what settlements add up to.
func (s *Store) Clearing() Clearing { return Clearing{s} }

// ClosedDay (日结) is a day of a province that takes no settlement any more. Digest stands for its sums.
//
// 依据: YA-4.8.2
type ClosedDay struct {
	Province region.Code
	Day      policy.Date
	Rows     int64
	Digest   office.Digest
	Who      office.UserID
	At       time.Time
}

// areaOf is the pooling area of a county in SQL: its prefecture.
func areaOf(column string) string { return "substr(" + column + ", 1, 4) || '00'" }

// paidSums add up what each layer pays of settlements, in the order of clearing.Layers, and then cash.
const paidSums = `CAST(SUM(s.basic) AS BIGINT), CAST(SUM(s.catastrophic) AS BIGINT), CAST(SUM(s.large) AS BIGINT), CAST(SUM(s.aid) AS BIGINT), CAST(SUM(s.other) AS BIGINT),
CAST(SUM(s.account + s.family) AS BIGINT), CAST(SUM(s.cash) AS BIGINT)`

// daySums adds settlements up by day and kind, in order. An institution that is not on file has no place.
var daySums = `SELECT s.settled_on, s.institution, ` + areaOf("s.county") + `, CASE WHEN i.division IS NULL THEN '' ELSE ` + areaOf("i.division") + ` END, s.insurance, s.clearing, COUNT(*), CAST(SUM(s.total) AS BIGINT), ` + paidSums + `
FROM settlements s LEFT JOIN institutions i ON i.institution = s.institution WHERE s.settled_on >= $1 AND s.settled_on <= $2 AND s.county >= $3 AND s.county <= $4
GROUP BY s.settled_on, s.institution, ` + areaOf("s.county") + `, i.division, s.insurance, s.clearing ORDER BY s.settled_on, s.institution, s.insurance, ` + areaOf("s.county") + `, i.division, s.clearing`

// keptSums reads what closed days come to, added up over the days.
const keptSums = `SELECT '', institution, home, place, insurance, care, CAST(SUM(settled) AS BIGINT), CAST(SUM(total) AS BIGINT), CAST(SUM(basic) AS BIGINT), CAST(SUM(serious) AS BIGINT), CAST(SUM(large) AS BIGINT),
CAST(SUM(aid) AS BIGINT), CAST(SUM(other) AS BIGINT), CAST(SUM(accounts) AS BIGINT), CAST(SUM(cash) AS BIGINT) FROM clearing_sums WHERE `

const keptBy = ` GROUP BY institution, insurance, home, place, care ORDER BY institution, insurance, home, place, care`

// scanSum reads a row of daySums or keptSums.
func scanSum(scan func(...any) error) (day policy.Date, s clearing.Sum, err error) {
	var insurance string
	to := []any{(*string)(&day), &s.Institution, (*string)(&s.Home), (*string)(&s.Place), &insurance, &s.Care, &s.Rows, (*int64)(&s.Total)}
	for l := range s.Paid {
		to = append(to, (*int64)(&s.Paid[l]))
	}
	if err := scan(append(to, (*int64)(&s.Cash))...); err != nil {
		return day, s, err
	}
	s.Insurance = pool.Insurance(insurance)
	if i, coded := benefit.ParseInsurance(insurance); coded {
		s.Insurance = pool.Insurance(i.String())
	}
	return day, s, nil
}

// SubLedger (明细账汇总) adds the settlements of a province's day up, as they stand.
//
// 依据: YA-4.8.2
func (c Clearing) SubLedger(ctx context.Context, province region.Code, day policy.Date) (out []clearing.Sum, err error) {
	first, last := bounds(ScopeOf(province))
	err = c.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			_, s, err := scanSum(scan)
			out = append(out, s)
			return err
		}, daySums, string(day), string(day), first, last)
	})
	return clearing.Merge(out), err
}

// Unclosed (待日结日期) is the first day of a province that is not closed and has settlements, at most until a day, and the day after the last that is closed; empty for none.
func (c Clearing) Unclosed(ctx context.Context, province region.Code, until policy.Date) (first, next policy.Date, err error) {
	from, to := bounds(ScopeOf(province))
	err = c.s.read(ctx, func(l *link) error {
		ask := l.querier(ctx)
		var last policy.Date
		if err := ask(func(scan func(...any) error) error { return scan((*string)(&last)) },
			"SELECT COALESCE(MAX(day), '') FROM clearing_days WHERE province = $1", string(province)); err != nil {
			return err
		}
		if last != "" {
			next = last.Add(1)
		}
		return ask(func(scan func(...any) error) error { return scan((*string)(&first)) },
			"SELECT COALESCE(MIN(settled_on), '') FROM settlements WHERE settled_on > $1 AND settled_on <= $2 AND county >= $3 AND county <= $4", string(last), string(until), from, to)
	})
	return first, next, err
}

// CloseDay (日结) closes a day of a province with its sums; from then on no settlement is taken on it. A day that is closed already is left as it is, and tells so.
// Refused are sums that are not of all settlements of the day, and a day while an earlier one with settlements is open.
//
// 依据: YA-4.8.2
func (t *Tx) CloseDay(d ClosedDay, sums []clearing.Sum) (again bool, err error) {
	if err := t.within(d.Province); err != nil {
		return false, err
	}
	if err := t.holdChains(d.Province); err != nil {
		return false, err
	}
	if err := t.reads([]string{"clearing_days"}, func(func(...any) error) error {
		again = true
		return nil
	}, "SELECT day FROM clearing_days WHERE province = $1 AND day = $2", string(d.Province), string(d.Day)); err != nil || again {
		return again, err
	}
	if err := t.countsAre(d, clearing.Total(sums).Rows); err != nil {
		return false, err
	}
	for _, s := range sums {
		if s.Place == "" {
			return false, fault.New(fault.Refused, "store.clearing_institution", "institution", s.Institution)
		}
	}
	t.wrote(guardedDays, string(d.Province), string(d.Day))
	if err := t.one("INSERT INTO clearing_days (province, day, settled, digest, who, at) VALUES ($1, $2, $3, $4, $5, $6)", string(d.Province), string(d.Day), clearing.Total(sums).Rows,
		clearing.Digest(sums).String(), string(d.Who), stamp(d.At)); err != nil {
		return false, err
	}
	t.learn(closedFact(d.Province), nil) // it is read again
	var values []any
	for _, s := range sums {
		values = append(values, string(d.Day), s.Institution, string(s.Home), string(s.Place), string(s.Insurance), s.Care, s.Rows, int64(s.Total))
		for _, x := range s.Paid {
			values = append(values, int64(x))
		}
		values = append(values, int64(s.Cash))
	}
	if len(values) == 0 {
		return false, nil
	}
	return false, t.insert(clearingSumTable, values)
}

var clearingSumTable = &table{name: "clearing_sums", columns: list("day institution home place insurance care settled total basic serious large aid other accounts cash")}

// holdChains holds the ends of all chains of a province: whoever settles for one of its counties holds his until he is done, so that none of them is between reading which
// days are closed and being kept. On SQLite, which has one writer, nothing is to be held.
func (t *Tx) holdChains(province region.Code) error {
	if t.g.s.engine.lock == "" {
		return nil
	}
	first, last := bounds(ScopeOf(province))
	return t.reads(nil, func(scan func(...any) error) error {
		var chain string
		return scan(&chain)
	}, "SELECT chain FROM chains WHERE chain >= $1 AND chain <= $2 ORDER BY chain"+t.g.s.engine.lock, first, last)
}

// countsAre refuses sums that are not of all rows of the day. Rows are never changed and never taken away, so that as many are the same.
func (t *Tx) countsAre(d ClosedDay, rows int64) error {
	first, last := bounds(ScopeOf(d.Province))
	var there, before int64
	err := t.reads([]string{"settlements"}, func(scan func(...any) error) error { return scan(&there) },
		"SELECT COUNT(*) FROM settlements WHERE settled_on = $1 AND county >= $2 AND county <= $3", string(d.Day), first, last)
	if err != nil {
		return err
	}
	if there != rows {
		return office.ErrStale // somebody settled since
	}
	err = t.reads([]string{"settlements", "clearing_days"}, func(scan func(...any) error) error { return scan(&before) },
		`SELECT COUNT(*) FROM (SELECT settled_on FROM settlements WHERE settled_on > (SELECT COALESCE(MAX(day), '') FROM clearing_days WHERE province = $1) AND settled_on < $2 AND county >= $3 AND county <= $4 LIMIT 1) x`,
		string(d.Province), string(d.Day), first, last)
	if err == nil && before > 0 {
		err = fault.New(fault.Refused, "store.clearing_earlier", "day", d.Day)
	}
	return err
}

// open refuses a settlement on a day that is closed. Where others write at the same time, its chain is held first, so that the day is not closed between this and the writing.
//
// 依据: YA-4.8.2
func (h *Handled) open(county region.Code, on policy.Date) error {
	if h.g.s.engine.parallel {
		if err := h.g.begin(); err != nil {
			return h.breaks(err)
		}
	}
	closed, err := h.lastClosed(county.Province())
	if err == nil && closed >= on {
		err = fault.New(fault.Refused, "store.day_closed", "day", on)
	}
	return err
}

// lastClosed is the last day of a province that is closed, empty for none.
func (h *Handled) lastClosed(province region.Code) (day policy.Date, err error) {
	if known, _ := h.Tx.recall(closedFact(province)); known != nil {
		return known.(policy.Date), nil
	}
	if err = h.look(func(scan func(...any) error) error { return scan((*string)(&day)) },
		"SELECT COALESCE(MAX(day), '') FROM clearing_days WHERE province = $1", string(province)); err == nil {
		h.learn(closedFact(province), day)
	}
	return day, err
}

func closedFact(province region.Code) fact { return fact{of: "closed/" + string(province)} }

// Days (日结清单) are the closed days of a province in a span, in order.
func (c Clearing) Days(ctx context.Context, province region.Code, from, to policy.Date) (out []ClosedDay, err error) {
	err = c.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			d := ClosedDay{Province: province}
			var at, digest string
			err := scan((*string)(&d.Day), &d.Rows, &digest, (*string)(&d.Who), &at)
			if err == nil {
				d.At, err = time.Parse(stampForm, at)
			}
			if err == nil {
				d.Digest, err = office.ParseDigest(digest)
			}
			out = append(out, d)
			return err
		}, "SELECT day, settled, digest, who, at FROM clearing_days WHERE province = $1 AND day >= $2 AND day <= $3 ORDER BY day", string(province), string(from), string(to))
	})
	return out, err
}

// AreaSums (区域清算汇总) adds up what the closed days of a span come to for an area: its persons' care, and others' at its institutions.
//
// 依据: YA-4.8.2
func (c Clearing) AreaSums(ctx context.Context, area region.Code, from, to policy.Date) (out []clearing.Sum, err error) {
	err = c.s.read(ctx, func(l *link) error {
		out, err = areaSums(l.querier(ctx), area, from, to)
		return err
	})
	return out, err
}

func areaSums(ask querier, area region.Code, from, to policy.Date) (out []clearing.Sum, err error) {
	add := func(scan func(...any) error) error {
		_, s, err := scanSum(scan)
		out = append(out, s)
		return err
	}
	for _, which := range []string{"home = $1", "place = $1 AND home <> $1"} {
		if err := ask(add, keptSums+which+" AND day >= $2 AND day <= $3"+keptBy, string(area), string(from), string(to)); err != nil {
			return nil, err
		}
	}
	return clearing.Merge(out), nil
}

// MonthSums (月清算汇总) adds up what a month's closed days come to for an area, within a write. Refused while the month's last day is open.
//
// 依据: YA-4.8.2
func (t *Tx) MonthSums(area region.Code, year policy.Year, month time.Month) ([]clearing.Sum, error) {
	if err := t.within(area); err != nil {
		return nil, err
	}
	from, to := policy.MonthDays(year, month)
	closed := false
	if err := t.reads([]string{"clearing_days"}, func(func(...any) error) error {
		closed = true
		return nil
	}, "SELECT day FROM clearing_days WHERE province = $1 AND day >= $2 LIMIT 1", string(area.Province()), string(to)); err != nil {
		return nil, err
	}
	if !closed {
		return nil, fault.New(fault.Refused, "store.clearing_month_open", "day", to)
	}
	ask := func(row func(scan func(...any) error) error, text string, args ...any) error {
		return t.reads([]string{"clearing_sums"}, row, text, args...)
	}
	return areaSums(ask, area, from, to)
}

const monthColumns = "area, year, month, state, maker, made_at, reviewer, booked_at, settled, digest, synthetic, version"

// SaveMonth (月结登记) keeps the closing of a month, proposed or confirmed; office.ErrStale when somebody else was first.
//
// 依据: YA-4.8.2, YA-4.10.3
func (t *Tx) SaveMonth(m clearing.Month) error {
	if err := t.within(m.Area); err != nil {
		return err
	}
	t.wrote(guardedMonths, string(m.Area), int64(m.Year), int64(m.Month))
	if m.Version == 1 {
		return t.one("INSERT INTO clearing_months ("+monthColumns+") VALUES ("+places(12)+") ON CONFLICT (area, year, month) DO NOTHING", string(m.Area), int64(m.Year), int64(m.Month), string(m.State),
			string(m.Maker), stamp(m.Made), "", "", m.Rows, m.Digest.String(), flag(m.Synthetic), m.Version)
	}
	return t.one("UPDATE clearing_months SET state = $1, reviewer = $2, booked_at = $3, version = $4 WHERE area = $5 AND year = $6 AND month = $7 AND version = $8",
		string(m.State), string(m.Reviewer), stampOrNone(m.Booked), m.Version, string(m.Area), int64(m.Year), int64(m.Month), m.Version-1)
}

func scanMonth(scan func(...any) error) (m clearing.Month, err error) {
	var year, month, made int64
	var madeAt, booked, digest string
	if err := scan((*string)(&m.Area), &year, &month, (*string)(&m.State), (*string)(&m.Maker), &madeAt, (*string)(&m.Reviewer), &booked, &m.Rows, &digest, &made, &m.Version); err != nil {
		return m, err
	}
	m.Year, m.Month, m.Synthetic = policy.Year(year), time.Month(month), made == 1
	if m.Made, err = time.Parse(stampForm, madeAt); err == nil && booked != "" {
		m.Booked, err = time.Parse(stampForm, booked)
	}
	if err == nil {
		m.Digest, err = office.ParseDigest(digest)
	}
	return m, err
}

// Month finds the closing of a month within a write; false when nobody proposed it.
func (t *Tx) Month(area region.Code, year policy.Year, month time.Month) (m clearing.Month, found bool, err error) {
	err = t.reads([]string{"clearing_months"}, func(scan func(...any) error) error {
		found = true
		m, err = scanMonth(scan)
		return err
	}, "SELECT "+monthColumns+" FROM clearing_months WHERE area = $1 AND year = $2 AND month = $3"+t.g.s.engine.lock, string(area), int64(year), int64(month))
	return m, found, err
}

// Months (月结清单) are the closings of months in a scope, the last first.
func (c Clearing) Months(ctx context.Context, scope office.Scope) (out []clearing.Month, err error) {
	first, last := bounds(scope)
	err = c.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			m, err := scanMonth(scan)
			out = append(out, m)
			return err
		}, "SELECT "+monthColumns+" FROM clearing_months WHERE area >= $1 AND area <= $2 ORDER BY year DESC, month DESC, area", first, last)
	})
	return out, err
}

// MadeUp (合成数据) tells whether any institution of a month's sums is a made-up one.
func (t *Tx) MadeUp(sums []clearing.Sum) (bool, error) {
	made := map[string]bool{}
	err := t.reads([]string{"institutions"}, func(scan func(...any) error) error {
		var code string
		err := scan(&code)
		made[code] = true
		return err
	}, "SELECT institution FROM institutions WHERE synthetic = 1")
	return slices.ContainsFunc(sums, func(s clearing.Sum) bool { return made[s.Institution] }), err
}

// Compared (对账记录) is what an institution compared (3201) and what the sub-ledger held then: settlements from First to Last of an insurance and kind of care; Refunds as
// refd_setl_flag. Funds are fund_pay_sumamt, Accounts acct_pay.
//
// 依据: YA-4.8.2
type Compared struct {
	Message, Institution string
	First, Last          policy.Date
	Insurance            benefit.Insurance
	Care, Refunds        string
	At                   time.Time
	Theirs, Ours         Sums
}

// Balanced tells whether both sides agree.
func (c *Compared) Balanced() bool {
	return c.Theirs.Rows == c.Ours.Rows && c.Theirs.Total == c.Ours.Total && c.Theirs.Funds == c.Ours.Funds && c.Theirs.Accounts == c.Ours.Accounts
}

const comparedColumns = "message, institution, first_day, last_day, insurance, care, refunds, at, their_rows, their_total, their_funds, their_accounts, our_rows, our_total, our_funds, our_accounts"

// KeepCompared keeps what an institution compared.
//
// 依据: YA-4.8.2
func (h *Handled) KeepCompared(c Compared) error {
	h.wrote(guardedReconciliations, c.Message)
	_, err := h.exec("INSERT INTO reconciliations ("+comparedColumns+") VALUES ("+places(16)+")", c.Message, c.Institution, string(c.First), string(c.Last), c.Insurance.Code(), c.Care, c.Refunds, stamp(c.At),
		c.Theirs.Rows, int64(c.Theirs.Total), int64(c.Theirs.Funds), int64(c.Theirs.Accounts), c.Ours.Rows, int64(c.Ours.Total), int64(c.Ours.Funds), int64(c.Ours.Accounts))
	return err
}

// mostCompared is how many comparisons of a month are listed.
const mostCompared = 500

// Compared (对账清单) are the comparisons that institutions of a scope made of days of a span, of each the last of its kind, by institution.
//
// 依据: YA-4.8.2
func (c Clearing) Compared(ctx context.Context, scope office.Scope, from, to policy.Date) (out []Compared, err error) {
	first, last := bounds(scope)
	type kind struct{ institution, first, last, insurance, care, refunds string }
	at := map[kind]int{}
	err = c.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var x Compared
			var insurance, when string
			if err := scan(&x.Message, &x.Institution, (*string)(&x.First), (*string)(&x.Last), &insurance, &x.Care, &x.Refunds, &when, &x.Theirs.Rows, (*int64)(&x.Theirs.Total),
				(*int64)(&x.Theirs.Funds), (*int64)(&x.Theirs.Accounts), &x.Ours.Rows, (*int64)(&x.Ours.Total), (*int64)(&x.Ours.Funds), (*int64)(&x.Ours.Accounts)); err != nil {
				return err
			}
			x.Insurance, _ = benefit.ParseInsurance(insurance)
			var err error
			x.At, err = time.Parse(stampForm, when)
			k := kind{x.Institution, string(x.First), string(x.Last), insurance, x.Care, x.Refunds}
			if i, known := at[k]; known {
				out[i] = x
				return err
			}
			if len(out) < mostCompared {
				at[k], out = len(out), append(out, x)
			}
			return err
		}, "SELECT "+comparedColumns+" FROM reconciliations WHERE institution IN (SELECT institution FROM institutions WHERE division >= $1 AND division <= $2) AND first_day >= $3 AND first_day <= $4 ORDER BY institution, first_day, at",
			first, last, string(from), string(to))
	})
	return out, err
}

// Institutions (定点医药机构名单) are those in a scope, by code.
func (c Clearing) Institutions(ctx context.Context, scope office.Scope) (out []Institution, err error) {
	first, last := bounds(scope)
	err = c.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			i, err := scanInstitution(scan)
			out = append(out, i)
			return err
		}, "SELECT "+institutionColumns+" FROM institutions WHERE division >= $1 AND division <= $2 ORDER BY institution", first, last)
	})
	return out, err
}

// verifyClearing compares the closed days with the sub-ledger, kind by kind, and the vouchers of the months that are booked with their days.
//
// 依据: YA-4.8.2
func (s *Store) verifyClearing(ctx context.Context) error {
	return s.read(ctx, func(l *link) error {
		ask := l.querier(ctx)
		days, err := verifyDays(ask)
		if err != nil {
			return err
		}
		if err := verifySubLedger(ask, days); err != nil {
			return err
		}
		return verifyMonths(ask)
	})
}

type provinceDay struct {
	province region.Code
	day      policy.Date
}

// verifyDays compares the digests of the closed days with their sums.
func verifyDays(ask querier) (map[provinceDay]office.Digest, error) {
	days := map[provinceDay]office.Digest{}
	if err := ask(func(scan func(...any) error) error {
		var d provinceDay
		var digest string
		err := scan((*string)(&d.province), (*string)(&d.day), &digest)
		if err == nil {
			days[d], err = office.ParseDigest(digest)
		}
		return err
	}, "SELECT province, day, digest FROM clearing_days"); err != nil {
		return nil, err
	}
	sums := map[provinceDay][]clearing.Sum{}
	if err := ask(func(scan func(...any) error) error {
		day, s, err := scanSum(scan)
		d := provinceDay{s.Home.Province(), day}
		sums[d] = append(sums[d], s)
		return err
	}, "SELECT day, institution, home, place, insurance, care, settled, total, basic, serious, large, aid, other, accounts, cash FROM clearing_sums ORDER BY day, institution, insurance, home, place, care"); err != nil {
		return nil, err
	}
	for d, digest := range days {
		if clearing.Digest(sums[d]) != digest {
			return nil, fault.New(fault.Refused, "store.verify_day", "day", d.day)
		}
		delete(sums, d)
	}
	for d := range sums {
		return nil, fault.New(fault.Refused, "store.verify_day", "day", d.day)
	}
	return days, nil
}

// verifySubLedger compares the sums of the closed days with the settlements, day by day. The place is that of the day's closing: an institution that moved since is where it was.
func verifySubLedger(ask querier, days map[provinceDay]office.Digest) error {
	sums := map[provinceDay]map[clearing.Kind]clearing.Sum{}
	add := func(sign int64) func(func(...any) error) error {
		return func(scan func(...any) error) error {
			day, s, err := scanSum(scan)
			d := provinceDay{s.Home.Province(), day}
			if _, closed := days[d]; err != nil || !closed {
				return err
			}
			if sums[d] == nil {
				sums[d] = map[clearing.Kind]clearing.Sum{}
			}
			s.Place = ""
			sums[d][s.Kind] = s.Onto(sums[d][s.Kind], sign)
			return nil
		}
	}
	if err := ask(add(1), daySums, "", "9999", firstCode, lastCode); err != nil {
		return err
	}
	if err := ask(add(-1), "SELECT day, institution, home, place, insurance, care, settled, total, basic, serious, large, aid, other, accounts, cash FROM clearing_sums"); err != nil {
		return err
	}
	for d, all := range sums {
		for k, s := range all {
			if (s != clearing.Sum{Kind: k}) {
				return fault.New(fault.Refused, "store.verify_sub_ledger", "day", d.day, "institution", k.Institution)
			}
		}
	}
	return nil
}

// verifyMonths compares the vouchers of every booked month with the sums of its days.
func verifyMonths(ask querier) error {
	var months []clearing.Month
	if err := ask(func(scan func(...any) error) error {
		m, err := scanMonth(scan)
		months = append(months, m)
		return err
	}, "SELECT "+monthColumns+" FROM clearing_months"); err != nil {
		return err
	}
	for _, m := range months {
		from, to := policy.MonthDays(m.Year, m.Month)
		sums, err := areaSums(ask, m.Area, from, to)
		if err != nil {
			return err
		}
		wrong := fault.New(fault.Refused, "store.verify_month", "area", m.Area, "year", int(m.Year), "month", int(m.Month))
		if clearing.Digest(sums) != m.Digest {
			return wrong
		}
		posted, err := monthVouchers(ask, m)
		if err != nil {
			return err
		}
		var want []ledger.Voucher
		if m.State == clearing.Confirmed && len(posted) > 0 {
			want = m.Vouchers(sums, posted[0].Date)
		} else if m.State == clearing.Confirmed {
			want = m.Vouchers(sums, "")
		}
		if !sameVouchers(posted, want) {
			return wrong
		}
	}
	return nil
}

// monthVouchers are the vouchers a month was booked as.
func monthVouchers(ask querier, m clearing.Month) (out []ledger.Voucher, err error) {
	for _, i := range pool.Insurances() {
		book := ledger.AreaBook(i, m.Area)
		prefix := string(m.Document()) + "/" + string(i) + "/"
		if err := ask(func(scan func(...any) error) error {
			e, err := scanVoucher(scan)
			out = append(out, e.Voucher)
			return err
		}, "SELECT canonical, word, number, digest FROM vouchers WHERE book = $1 AND request >= $2 AND request < $3 ORDER BY serial", book.String(), prefix, prefix+"~"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func sameVouchers(posted, want []ledger.Voucher) bool {
	if len(posted) != len(want) {
		return false
	}
	digests := map[ledger.Key]ledger.Digest{}
	for _, v := range want {
		digests[v.Key] = v.Digest()
	}
	return !slices.ContainsFunc(posted, func(v ledger.Voucher) bool {
		v.Word, v.Number = "", 0
		return digests[v.Key] != v.Digest()
	})
}

// Booked (月结凭证) gives the vouchers that a month was booked as.
//
// 依据: YA-4.8.2
func (c Clearing) Booked(ctx context.Context, m clearing.Month) (out []ledger.Voucher, err error) {
	err = c.s.read(ctx, func(l *link) error {
		out, err = monthVouchers(l.querier(ctx), m)
		return err
	})
	return out, err
}
