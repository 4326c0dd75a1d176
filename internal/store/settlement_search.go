package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// SettlementQuery (结算查询条件) says which settlements are looked for: those of persons insured in the act's scope, on days from From to To, or of a Person whatever day. What
// is empty is not asked. Least and Most bound what a bill comes to, in fen; Show is which rows.
//
// 依据: YA-4.8.2
type SettlementQuery struct {
	Person      enrol.PersonNo
	Institution string
	From, To    policy.Date
	Insurance   benefit.Insurance
	AnyInsured  bool // of any insurance
	Care        string
	Least, Most money.Fen
	Offsite     bool
	Show        SettlementShow
	After       SettlementPlace
	Limit       int
}

// SettlementShow (结算状态) is which rows a search shows.
type SettlementShow string

// The rows that a search shows.
const (
	AllSettlements SettlementShow = ""
	Standing       SettlementShow = "standing" // 有效
	Undone         SettlementShow = "undone"   // 已撤销
	Mirrors        SettlementShow = "mirrors"  // 红字
)

// SettlementPlace (翻页位置) is where a page of a search ended: the next one begins after it.
type SettlementPlace struct {
	On     policy.Date
	County string
	Person enrol.PersonNo
	ID     string
}

// Place is where a settlement stands in a search.
func (s *Settled) Place() SettlementPlace {
	return SettlementPlace{s.On, string(s.County), s.Person, s.ID}
}

// mostSearched is how many days a search spans.
const mostSearched = 366

// Settlements (结算明细查询) keeps what is asked of the sub-ledger by people. Whoever asks is written down before he is answered.
//
// 依据: YA-4.8.2, YA-4.10.2
type Settlements struct{ s *Store }

// Settlements gives the sub-ledger to people.
func (s *Store) Settlements() Settlements { return Settlements{s} }

// FoundSettlement (结算查询结果) is a row with the institution's name and place. Its content is left out.
type FoundSettlement struct {
	Settled
	At Institution
}

// Offsite tells whether care was given in another pooling area than that of insurance.
func (f *FoundSettlement) Offsite() bool {
	return len(f.At.Division) >= 4 && f.At.Division[:4] != f.County[:4]
}

const searchColumns = `s.person, s.settlement, s.visit, s.institution, s.county, s.insurance, s.clearing, s.year, s.settled_on, s.seq, s.counted, s.mirrors, s.undone_by, s.version,
s.total, s.whole, s.over_limit, s.first_paid, s.in_scope, s.basic, s.catastrophic, s.large, s.aid, s.other, s.account, s.family, s.cash, i.name, i.division, i.level, i.synthetic`

const searchFrom = ` FROM settlements s JOIN institutions i ON i.institution = s.institution WHERE `

func scanFound(scan func(...any) error) (f FoundSettlement, err error) {
	s := &f.Settled
	var insurance string
	var year, counted, made int64
	to := []any{(*int64)(&s.Person), &s.ID, &s.Visit, &s.Institution, (*string)(&s.County), &insurance, &s.Clearing, &year, (*string)(&s.On), &s.Seq, &counted, &s.Mirrors, &s.UndoneBy, &s.Version}
	for _, amount := range s.amounts() {
		to = append(to, (*int64)(amount))
	}
	if err := scan(append(to, &f.At.Name, (*string)(&f.At.Division), &f.At.Level, &made)...); err != nil {
		return f, err
	}
	f.At.Code, f.At.Synthetic = s.Institution, made == 1
	s.Year, s.Counted = policy.Year(year), counted == 1
	var known bool
	if s.Insurance, known = benefit.ParseInsurance(insurance); !known {
		return f, damaged("settlements", s.ID)
	}
	return f, nil
}

// Find (查询结算) finds settlements, the last day first and within a day by place of insurance, and writes down who looked for what. more tells that there are others after them.
// Each day is looked up by itself, so that a page costs the same however many settlements there are.
//
// 依据: YA-4.8.2, YA-4.10.2
func (x Settlements) Find(ctx context.Context, act Act, q SettlementQuery) (out []FoundSettlement, more bool, err error) {
	first, last := bounds(act.Scope)
	if out, err = x.search(ctx, q, first, last); err != nil {
		return nil, false, err
	}
	if more = len(out) > q.Limit; more {
		out = out[:q.Limit]
	}
	act.Action, act.Object, act.Before = "settlement.find", office.Object{Kind: "settlements", ID: q.text()}, nil
	act.After = []office.Field{{Name: "found", Value: strconv.Itoa(len(out))}}
	if len(out) > 0 && len(out) <= mostFound {
		ids := make([]string, len(out))
		for i := range out {
			ids[i] = out[i].ID
		}
		act.After = append(act.After, office.Field{Name: "settlements", Value: strings.Join(ids, " ")})
	}
	_, err = x.s.Write(ctx, act, func(*Tx) error { return nil })
	return out, more, err
}

// text is the question in a line of the audit log.
func (q *SettlementQuery) text() string {
	parts := []string{string(q.From) + ".." + string(q.To)}
	for _, p := range []struct{ name, value string }{{"person", numberText(int64(q.Person))}, {"institution", q.Institution}, {"care", q.Care}, {"show", string(q.Show)}, {"least", numberText(int64(q.Least))}, {"most", numberText(int64(q.Most))}} {
		if p.value != "" {
			parts = append(parts, p.name+"="+p.value)
		}
	}
	if q.Offsite {
		parts = append(parts, "offsite")
	}
	return strings.Join(parts, " ")
}

func numberText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// conditions are the conditions beyond day and place, and their values, numbered after those before.
func (q *SettlementQuery) conditions(before int) (text string, args []any) {
	add := func(condition string, value any) {
		args = append(args, value)
		text += " AND " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(before+len(args)))
	}
	if q.Institution != "" {
		add("s.institution = ?", q.Institution)
	}
	if !q.AnyInsured {
		add("s.insurance = ?", q.Insurance.Code())
	}
	if q.Care != "" {
		add("s.clearing = ?", q.Care)
	}
	if q.Least != 0 {
		add("ABS(s.total) >= ?", int64(q.Least))
	}
	if q.Most != 0 {
		add("ABS(s.total) <= ?", int64(q.Most))
	}
	if q.Offsite {
		text += " AND substr(i.division, 1, 4) <> substr(s.county, 1, 4)"
	}
	switch q.Show {
	case Standing:
		text += " AND s.mirrors = '' AND s.undone_by = ''"
	case Undone:
		text += " AND s.undone_by <> ''"
	case Mirrors:
		text += " AND s.mirrors <> ''"
	}
	return text, args
}

// search gives one more row than the limit where there are more.
func (x Settlements) search(ctx context.Context, q SettlementQuery, first, last string) (out []FoundSettlement, err error) {
	if q.Person != 0 {
		return x.ofPerson(ctx, q, first, last)
	}
	days, err := q.days()
	if err != nil {
		return nil, err
	}
	text, args := q.conditions(7)
	text = "SELECT " + searchColumns + searchFrom + "s.settled_on = $1 AND s.county >= $2 AND s.county <= $3 AND (s.county, s.person, s.settlement) > ($4, $5, $6)" + text +
		" ORDER BY s.county, s.person, s.settlement LIMIT $7"
	err = x.s.read(ctx, func(l *link) error {
		ask := l.querier(ctx)
		for _, day := range days {
			after := SettlementPlace{}
			if day == q.After.On {
				after = q.After
			}
			if err := ask(func(scan func(...any) error) error {
				f, err := scanFound(scan)
				out = append(out, f)
				return err
			}, text, append([]any{string(day), first, last, after.County, int64(after.Person), after.ID, int64(q.Limit + 1 - len(out))}, args...)...); err != nil || len(out) > q.Limit {
				return err
			}
		}
		return nil
	})
	return out, err
}

// days are the days a page may hold, the last first.
func (q *SettlementQuery) days() (out []policy.Date, err error) {
	to := q.To
	if q.After.On != "" {
		to = min(to, q.After.On)
	}
	at, wrong := time.Parse(time.DateOnly, string(to))
	from, alsoWrong := time.Parse(time.DateOnly, string(q.From))
	if wrong != nil || alsoWrong != nil || at.Sub(from) > mostSearched*24*time.Hour {
		return nil, fault.New(fault.Refused, "store.settlement_days", "most", mostSearched)
	}
	for ; !at.Before(from); at = at.AddDate(0, 0, -1) {
		out = append(out, policy.Date(at.Format(time.DateOnly)))
	}
	return out, nil
}

// ofPerson gives a person's settlements, the last first; a person has few enough to be read whole.
func (x Settlements) ofPerson(ctx context.Context, q SettlementQuery, first, last string) (out []FoundSettlement, err error) {
	text, args := q.conditions(3)
	err = x.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			f, err := scanFound(scan)
			out = append(out, f)
			return err
		}, "SELECT "+searchColumns+searchFrom+"s.person = $1 AND s.county >= $2 AND s.county <= $3"+text+" ORDER BY s.settled_on DESC, s.settlement DESC", append([]any{int64(q.Person), first, last}, args...)...)
	})
	if q.After.ID != "" {
		i := slices.IndexFunc(out, func(f FoundSettlement) bool {
			return cmp.Or(-strings.Compare(string(f.On), string(q.After.On)), -strings.Compare(f.ID, q.After.ID)) > 0
		})
		if i < 0 {
			i = len(out)
		}
		out = out[i:]
	}
	return out[:min(len(out), q.Limit+1)], err
}

// Read (查看结算单) gives a settlement of a person insured in the act's scope, with its content, and writes down who looked; false when there is none.
//
// 依据: YA-4.8.2, YA-4.10.2
func (x Settlements) Read(ctx context.Context, act Act, person enrol.PersonNo, id string) (f FoundSettlement, found bool, err error) {
	if f, found, err = x.one(ctx, act.Scope, person, id); err != nil || !found {
		return f, found, err
	}
	act.Action, act.Object, act.Before, act.After = "settlement.read", office.Object{Kind: "settlement", ID: id}, nil, nil
	_, err = x.s.Write(ctx, act, func(*Tx) error { return nil })
	return f, true, err
}

// Own (本人结算单) gives a settlement of a person to himself.
func (x Settlements) Own(ctx context.Context, person enrol.PersonNo, id string) (FoundSettlement, bool, error) {
	return x.one(ctx, office.Scope{}, person, id)
}

// one reads a settlement; an empty scope is the person's own look.
func (x Settlements) one(ctx context.Context, scope office.Scope, person enrol.PersonNo, id string) (f FoundSettlement, found bool, err error) {
	keys, err := x.s.lookKeys(ctx)
	if err != nil {
		return f, false, err
	}
	first, last := firstCode, lastCode
	if scope != (office.Scope{}) {
		first, last = bounds(scope)
	}
	err = x.s.read(ctx, func(l *link) error {
		ask := l.querier(ctx)
		if err := ask(func(scan func(...any) error) error {
			found = true
			f, err = scanFound(scan)
			return err
		}, "SELECT "+searchColumns+searchFrom+"s.person = $1 AND s.settlement = $2 AND s.county >= $3 AND s.county <= $4", int64(person), id, first, last); err != nil || !found {
			return err
		}
		return ask(func(scan func(...any) error) error {
			var before, sealed []byte
			if err := scan(&before, &sealed); err != nil {
				return err
			}
			var sound bool
			if f.Before, sound = readAccumulators(before); !sound {
				return damaged("settlements", id)
			}
			f.Content, err = keys.openText(sealedOf("settlement", person, id), sealed)
			return err
		}, "SELECT before, sealed FROM settlements WHERE person = $1 AND settlement = $2", int64(person), id)
	})
	return f, found, err
}

// YearOf (年度结算合计) is what a person's settlements of a year and insurance come to, reversals taken off, in fen.
//
// 依据: SCE-4.1
type YearOf struct {
	Year      policy.Year
	Insurance benefit.Insurance
	Rows      int64
	Total     money.Fen
	Paid
}

// Years (历年结算合计) adds a person's settlements up by year and insurance, the last year first. Whoever calls has the right to see the person's file, which was written down.
//
// 依据: SCE-4.1
func (x Settlements) Years(ctx context.Context, person enrol.PersonNo) (out []YearOf, err error) {
	err = x.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var y YearOf
			var year int64
			var insurance string
			if err := scan(&year, &insurance, &y.Rows, (*int64)(&y.Total), (*int64)(&y.Basic), (*int64)(&y.Catastrophic), (*int64)(&y.Large), (*int64)(&y.Aid), (*int64)(&y.Other), (*int64)(&y.Account),
				(*int64)(&y.Family), (*int64)(&y.Cash)); err != nil {
				return err
			}
			y.Year = policy.Year(year)
			y.Insurance, _ = benefit.ParseInsurance(insurance) // as it was written
			out = append(out, y)
			return nil
		}, `SELECT year, insurance, CAST(SUM(CASE WHEN mirrors = '' AND undone_by = '' THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(total) AS BIGINT), CAST(SUM(basic) AS BIGINT), CAST(SUM(catastrophic) AS BIGINT),
CAST(SUM(large) AS BIGINT), CAST(SUM(aid) AS BIGINT), CAST(SUM(other) AS BIGINT), CAST(SUM(account) AS BIGINT), CAST(SUM(family) AS BIGINT), CAST(SUM(cash) AS BIGINT)
FROM settlements WHERE person = $1 GROUP BY year, insurance ORDER BY year DESC, insurance`, int64(person))
	})
	return out, err
}

// OwnList (本人结算记录) are a person's settlements for himself, the last first, as many as a limit says.
func (x Settlements) OwnList(ctx context.Context, person enrol.PersonNo, limit int) ([]FoundSettlement, error) {
	return x.ofPerson(ctx, SettlementQuery{Person: person, AnyInsured: true, Limit: limit - 1}, firstCode, lastCode)
}
