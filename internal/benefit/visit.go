package benefit

import (
	"math/bits"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Person (参保人) is what of a person decides: the first covered day (empty when there is no cover), the own cap of catastrophic
// insurance where HasCap, and what the own account and those of near relatives hold, in fen.
type Person struct {
	ID              string
	CoveredFrom     policy.Date
	Cap             money.Fen
	Account, Family money.Fen
	Groups          GroupSet
	Retired, HasCap bool
}

// Scope (费用构成) divides a bill, in fen: Total = SelfPaidWhole + OverLimit + SelfPaidFirst + InScope.
//
// 依据: SC38-7.1
type Scope struct {
	Total, SelfPaidWhole, OverLimit, SelfPaidFirst, InScope money.Fen // medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt
}

// Visit (就诊) is one visit to settle. Date is the day of discharge of a stay and of the visit otherwise; Begin the first day of a stay,
// where it is known. Lines may be empty; Scope then says what there is.
type Visit struct {
	ID string // msgid
	Person
	Date, Begin policy.Date
	Scope
	Insurance  Insurance
	Category   Category
	Level      Level
	Place      Place
	Disease    Disease // 病种, of a chronic disease or of one of the two
	Approved   bool    // 已认定
	Epidemic   bool    // 属于重大疫情专项规则的费用
	UseAccount bool
	Lines      []Line
}

// Bare is the visit without its lines; Scope says what they come to.
func (v Visit) Bare() Visit {
	v.Lines = nil
	return v
}

// Class (目录类别) is what the catalogue says of an item.
type Class uint8

// The classes: 甲, 乙, 丙, and not in the catalogue.
const (
	ClassA Class = iota
	ClassB
	ClassC
	Outwith
)

// Line (费用明细) is an item of a bill. Quantity and Price (yuan) are decimals of six places; Limit is the payment limit of one, where
// Limited; DayLimit that of all that is charged of the item on a day, in yuan, where DayLimited; First the share of a class-B item that is paid by oneself first. On may be empty
// where no limit is by the day.
//
// 依据: SC38-7.1
type Line struct {
	Code            string // med_list_codg
	On              policy.Date
	Quantity, Price money.Rate
	Limit           money.Rate
	First           money.Rate
	DayLimit        money.Rate
	Class           Class
	Limited         bool
	DayLimited      bool
	DayUsed         money.Fen `json:"-"` // what bills settled before took up of the day's limit

	counted money.Fen // what of the day's limit they and earlier lines of the item took up
}

// Scope divides the line's cost: what is of class C or not in the catalogue is one's own in full; of the rest what the price exceeds the
// payment limit by and what the day's limit leaves no room for (LimitDays), then the first share of class B; the remainder is in scope. Each part is rounded half up to the fen; in scope is what
// rounding leaves. ok is false when the cost is more than money.MaxFen.
//
// 依据: SC38-7.1
func (l *Line) Scope() (s Scope, ok bool) {
	if s.Total, ok = times(l.Quantity, l.Price); !ok {
		return s, false
	}
	if l.Class >= ClassC {
		s.SelfPaidWhole = s.Total
		return s, true
	}
	s.OverLimit = l.overPrice()
	if l.DayLimited {
		s.OverLimit = max(s.OverLimit, s.Total-max(l.dayLimit()-l.counted, 0))
	}
	if l.Class == ClassB {
		s.SelfPaidFirst = (s.Total - s.OverLimit).Part(l.First)
	}
	s.InScope = s.Total - s.OverLimit - s.SelfPaidFirst
	return s, true
}

// overPrice is by how much the line's prices exceed the payment limit.
func (l *Line) overPrice() money.Fen {
	if !l.Limited || l.Price <= l.Limit {
		return 0
	}
	over, _ := times(l.Quantity, l.Price-l.Limit) // less than the whole
	return over
}

// dayLimit is the limit of a day; more than money.MaxFen is none.
func (l *Line) dayLimit() money.Fen {
	if limit, ok := times(money.One, l.DayLimit); ok {
		return limit
	}
	return money.MaxFen
}

// DayUse (按日限额占用) is what of an item's limit of a day was taken up, in fen: by bills before this one, and by this one.
//
// 依据: SC38-7.1
type DayUse struct {
	Code          string
	On            policy.Date
	Before, Taken money.Fen
}

// LimitDays (按日限额) goes through the lines of a bill in their order and lets each that has a limit by the day know what earlier lines of the item took up of it on that day, after what earlier bills
// did (Line.DayUsed). It gives what the bill takes up, in the order in which its lines name items and days; nothing where no line has such a limit.
//
// 依据: SC38-7.1
func LimitDays(lines []Line) (uses []DayUse) {
	type itemDay struct {
		code string
		on   policy.Date
	}
	var at map[itemDay]int
	for i := range lines {
		l := &lines[i]
		if !l.DayLimited || l.Class >= ClassC {
			continue
		}
		if at == nil {
			at = map[itemDay]int{}
		}
		n, known := at[itemDay{l.Code, l.On}]
		if !known {
			n = len(uses)
			at[itemDay{l.Code, l.On}] = n
			uses = append(uses, DayUse{Code: l.Code, On: l.On, Before: l.DayUsed})
		}
		use := &uses[n]
		l.counted = use.Before + use.Taken
		if s, ok := l.Scope(); ok {
			use.Taken += s.Total - s.OverLimit
		}
	}
	return uses
}

// times is quantity · price in fen, rounded half up; both are in millionths, so that the product is in 10⁻¹² yuan.
func times(quantity, price money.Rate) (money.Fen, bool) {
	const perFen = 10_000_000_000
	hi, lo := bits.Mul64(uint64(quantity), uint64(price))
	lo, carry := bits.Add64(lo, perFen/2, 0)
	if hi += carry; hi >= perFen {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, perFen)
	return money.Fen(q), q <= uint64(money.MaxFen)
}

func (s *Scope) add(t Scope) {
	s.Total += t.Total
	s.SelfPaidWhole += t.SelfPaidWhole
	s.OverLimit += t.OverLimit
	s.SelfPaidFirst += t.SelfPaidFirst
	s.InScope += t.InScope
}

// Clauses that refusals cite.
const (
	identityClause  policy.ClauseID = "YA-4.8.1"
	wireClause      policy.ClauseID = "YA-4.8.2"
	scheduleClause  policy.ClauseID = "SC38-6.2"
	catalogueClause policy.ClauseID = "SC38-7.1"
)

func refused(field, value string, clause policy.ClauseID, key string, args ...any) *fault.Refusal {
	return fault.Refuse(fault.Problem{Column: field, Value: value, Clause: string(clause), Message: fault.Msg(key, append(args, "field", field, "value", value)...)})
}

// Complete (核对费用构成) brings the lines' costs into the sums and checks that they add up. Errors: a fault.Refusal whose column is
// the field and that cites a clause: an amount that is negative or more than money.MaxFen, sums that do not add up, sums that are given
// and are not those of the lines, a stay that begins after it ends.
//
// 依据: YA-4.8.1, SC38-7.1
func (v *Visit) Complete() error {
	if v.Begin > v.Date {
		return refused("begndate", string(v.Begin), identityClause, "settled.begins_after", "date", string(v.Date))
	}
	if v.negative() {
		return refused("medfee_sumamt", v.Total.String(), identityClause, "settled.negative")
	}
	if err := v.fromLines(); err != nil {
		return err
	}
	if v.Total > money.MaxFen || v.SelfPaidWhole > v.Total || v.OverLimit > v.Total || v.SelfPaidFirst > v.Total || v.InScope > v.Total ||
		v.Total != v.SelfPaidWhole+v.OverLimit+v.SelfPaidFirst+v.InScope {
		return refused("medfee_sumamt", v.Total.String(), identityClause, "settled.does_not_add_up", "whole", v.SelfPaidWhole, "over", v.OverLimit, "first", v.SelfPaidFirst, "scope", v.InScope)
	}
	return nil
}

// negative looks at the sign bits of all amounts at once.
func (v *Visit) negative() bool {
	return v.Total|v.SelfPaidWhole|v.OverLimit|v.SelfPaidFirst|v.InScope|v.Cap|v.Account|v.Family < 0
}

func (v *Visit) fromLines() error {
	if len(v.Lines) == 0 {
		return nil
	}
	LimitDays(v.Lines)
	var sum Scope
	for i := range v.Lines {
		l := &v.Lines[i]
		if l.DayLimited && l.On == "" {
			return refused("lines", l.Code, catalogueClause, "settled.line_no_day", "line", i+1)
		}
		if l.Quantity < 0 || l.Price < 0 || l.Limit < 0 || l.DayLimit < 0 || l.First < 0 || l.First > money.One {
			return refused("lines", l.Code, catalogueClause, "settled.line_negative", "line", i+1)
		}
		s, ok := l.Scope()
		if !ok || sum.Total+s.Total > money.MaxFen {
			return refused("lines", l.Code, catalogueClause, "settled.line_large", "line", i+1)
		}
		sum.add(s)
	}
	given := v.Scope
	v.Scope = sum
	for _, c := range []struct {
		field      string
		given, sum money.Fen
	}{{"medfee_sumamt", given.Total, sum.Total}, {"fulamt_ownpay_amt", given.SelfPaidWhole, sum.SelfPaidWhole}, {"overlmt_selfpay", given.OverLimit, sum.OverLimit},
		{"preselfpay_amt", given.SelfPaidFirst, sum.SelfPaidFirst}, {"inscp_scp_amt", given.InScope, sum.InScope}} {
		if given != (Scope{}) && c.given != c.sum {
			return refused(c.field, c.given.String(), identityClause, "settled.not_of_lines", "sum", c.sum)
		}
	}
	return nil
}

// coverable is what of the in-scope cost arose on covered days. A stay that began in the waiting period is split by the days its lines carry;
// where one carries none, in proportion to days, the first and the last both counted (假设).
//
// 依据: SCE-3.8
func (v *Visit) coverable() money.Fen {
	if !v.stay() || v.Begin == "" || v.Begin >= v.CoveredFrom || v.CoveredFrom > v.Date {
		return v.InScope
	}
	if covered, ok := v.byDay(); ok {
		return covered
	}
	all, waited := policy.Days(v.Begin, v.Date), policy.Days(v.Begin, v.CoveredFrom)-1
	return money.NewRatio(int64(v.InScope), 1).Mul(money.NewRatio(int64(all-waited), int64(all))).Fen()
}

// stay tells whether the visit may be a stay.
func (v *Visit) stay() bool { return v.Category == Inpatient || v.Category == Maternity }

// stayed (住院天数) is how many days a stay took, the first and the last both counted; none for other visits.
func (v *Visit) stayed() int {
	switch {
	case !v.stay():
		return 0
	case v.Begin == "":
		return 1
	}
	return policy.Days(v.Begin, v.Date)
}

func (v *Visit) byDay() (covered money.Fen, ok bool) {
	for i := range v.Lines {
		l := &v.Lines[i]
		if l.On == "" {
			return 0, false
		}
		if l.On >= v.CoveredFrom {
			s, _ := l.Scope() // it was completed
			covered += s.InScope
		}
	}
	return covered, len(v.Lines) > 0
}

// year is the calendar year of a day.
func year(d policy.Date) policy.Year {
	if len(d) < 4 {
		return 0
	}
	return policy.Year(int(d[0]-'0')*1000 + int(d[1]-'0')*100 + int(d[2]-'0')*10 + int(d[3]-'0'))
}
