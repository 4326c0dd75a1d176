package lake

import (
	"context"
	"database/sql"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Enrolled (参保人数) is the year's average headcount of an age group of one pooling area, from the enrolment register.
type Enrolled struct {
	pool.Key
	Place     fault.Place
	Group     string // as AgeGroups names them
	Headcount int64
}

// AgeGroups (年龄组) are the names of the age groups, youngest first. Persons of 60 and over are those of the last two.
func AgeGroups() []string { return []string{"0-17", "18-44", "45-59", "60-74", "75+"} }

// agedFrom is the place of the first age group of 60 and over.
const agedFrom = 3

// Indicator (指标) is one figure of a pooling area with what was divided by what. Amounts are fen. Value is rounded as files
// carry it, costs to the fen and all else to six places, halves away from zero; Known is false when there is nothing to divide
// by, and Value then 0.
type Indicator struct {
	pool.Key
	Name                   pool.Factor
	Numerator, Denominator int64
	Value                  money.Ratio
	Known                  bool
}

// Factors (分配因素) are what a snapshot of a year says: the rows and age groups that pooling reads, and every figure with its
// numerator and denominator. Seen tells that headcounts are persons who had a settlement, for want of an enrolment register.
//
// 依据: YN-2.5
type Factors struct {
	Snapshot   Snapshot
	Seen       bool
	Rows       []pool.FactorRow
	AgeGroups  []pool.AgeGroup
	Indicators []Indicator
	Refunds    Refunds
}

// Refunds (退费情况) are the refunds of a year. Those of settlements outside the snapshot change no figure: the year they belong
// to is corrected by a new run.
type Refunds struct {
	Count, Elsewhere int64
	ElsewhereCost    money.Fen
}

// totals are what the settlements of an area add up to.
type totals struct {
	cost, admissions, inpatientCost, inpatientFund, inpatientScope int64
	offsiteFund, offsiteAdmissions, offsiteCost                    int64
	directAdmissions, directCost                                   int64    // of the off-site ones
	scope, fund                                                    [4]int64 // inpatient, by level: 3 to 1, 0 for none
	drgFund, dipFund                                               int64
}

// group is a row of totalsSQL behind its area.
type group struct {
	inpatient, offsite             int64
	settledBy, level, pay          sql.NullString
	settlements, cost, scope, fund int64
}

// add adds a group up.
func (t *totals) add(g group) {
	t.cost += g.cost
	if g.inpatient == 0 {
		return
	}
	t.admissions += g.settlements
	t.inpatientCost, t.inpatientFund, t.inpatientScope = t.inpatientCost+g.cost, t.inpatientFund+g.fund, t.inpatientScope+g.scope
	level := levelOf(g.level.String)
	t.scope[level], t.fund[level] = t.scope[level]+g.scope, t.fund[level]+g.fund
	switch g.pay.String {
	case payDRG:
		t.drgFund += g.fund
	case payDIP:
		t.dipFund += g.fund
	}
	if g.offsite == 0 {
		return
	}
	t.offsiteFund, t.offsiteAdmissions, t.offsiteCost = t.offsiteFund+g.fund, t.offsiteAdmissions+g.settlements, t.offsiteCost+g.cost
	if g.settledBy.String == claim.Online {
		t.directAdmissions, t.directCost = t.directAdmissions+g.settlements, t.directCost+g.cost
	}
}

// The payment methods (支付方式) by disease group.
const (
	payDIP = "3"
	payDRG = "4"
)

// levelOf is the level of an institution's grade (医院等级): 3, 2 or 1, and 0 for none.
func levelOf(grade string) int {
	switch {
	case grade >= "01" && grade <= "04":
		return 3
	case grade >= "05" && grade <= "07":
		return 2
	case grade >= "08" && grade <= "10":
		return 1
	}
	return 0
}

// area is what is known of one pooling area and insurance.
type area struct {
	key    pool.Key
	totals totals
	groups [5]struct{ heads, cost int64 }
	seen   struct{ cost, top1, top5 int64 } // what the persons seen cost, and the costliest of them
}

// DrawFactors (测算分配因素) draws the factors of a year from the relation claims, which must hold that year alone. Headcounts
// are those of the register when there is one; it must then hold every pooling area and insurance that has settlements. Without
// one they are the persons seen, and Seen says so.
//
// 依据: YN-2.5, YA-3.2.2, SCE-7.2, SC38-7.3
func DrawFactors(ctx context.Context, q Querier, year policy.Year, enrolled []Enrolled) (Factors, error) {
	return drawFactors(ctx, q, claimQuestions, year, enrolled)
}

// drawFromParts draws the same factors from the relations of parts.
func drawFromParts(ctx context.Context, q Querier, year policy.Year, enrolled []Enrolled) (Factors, error) {
	return drawFactors(ctx, q, partQuestions, year, enrolled)
}

// questions are the queries that factors are drawn by.
type questions struct{ totals, persons, refunds string }

var (
	claimQuestions = questions{totalsSQL, personsSQL, refundsSQL}
	partQuestions  = questions{partTotalsSQL, personsHead + partEachPerson + personsTail, partRefundsSQL}
)

func drawFactors(ctx context.Context, q Querier, ask questions, year policy.Year, enrolled []Enrolled) (Factors, error) {
	f := Factors{Seen: len(enrolled) == 0}
	areas, err := readTotals(ctx, q, ask.totals, year)
	if err != nil {
		return f, err
	}
	if err := readPersons(ctx, q, ask.persons, year, areas); err != nil {
		return f, err
	}
	if err := query(ctx, q, ask.refunds, func(rows *sql.Rows) error {
		return rows.Scan(&f.Refunds.Count, &f.Refunds.Elsewhere, (*int64)(&f.Refunds.ElsewhereCost))
	}); err != nil {
		return f, err
	}
	if err := register(areas, year, enrolled); err != nil {
		return f, err
	}
	for _, a := range areas {
		f.add(a)
	}
	return f, nil
}

// readTotals gives the areas in the order of their codes.
func readTotals(ctx context.Context, q Querier, text string, year policy.Year) ([]*area, error) {
	var out []*area
	err := query(ctx, q, text, func(rows *sql.Rows) error {
		var city, insurance string
		var g group
		err := rows.Scan(&city, &insurance, &g.inpatient, &g.offsite, &g.settledBy, &g.level, &g.pay, &g.settlements, &g.cost, &g.scope, &g.fund)
		key := pool.Key{Year: year, Division: region.Code(city), Insurance: insuranceOf(insurance)}
		if len(out) == 0 || out[len(out)-1].key != key {
			out = append(out, &area{key: key})
		}
		out[len(out)-1].totals.add(g)
		return err
	})
	return out, err
}

// insuranceOf is the insurance type of a code; the queries give no others.
func insuranceOf(code string) pool.Insurance {
	if code == claim.EmployeeInsurance {
		return pool.Employee
	}
	return pool.Resident
}

// readPersons fills in the age groups and what the costliest cost.
func readPersons(ctx context.Context, q Querier, text string, year policy.Year, areas []*area) error {
	by := map[pool.Key]*area{}
	for _, a := range areas {
		by[a.key] = a
	}
	return query(ctx, q, text, func(rows *sql.Rows) error {
		var city, insurance string
		var place, persons, cost, top1, top5 int64
		if err := rows.Scan(&city, &insurance, &place, &persons, &cost, &top1, &top5); err != nil {
			return err
		}
		a, ok := by[pool.Key{Year: year, Division: region.Code(city), Insurance: insuranceOf(insurance)}]
		if !ok {
			return fault.New(fault.Internal, "lake.changed")
		}
		a.groups[place].heads, a.groups[place].cost = persons, cost
		a.seen.cost, a.seen.top1, a.seen.top5 = a.seen.cost+cost, a.seen.top1+top1, a.seen.top5+top5
		return nil
	})
}

// register puts the headcounts of the enrolment register in the place of the persons seen.
func register(areas []*area, year policy.Year, enrolled []Enrolled) error {
	if len(enrolled) == 0 {
		return nil
	}
	heads, groups := map[pool.Key]*[5]int64{}, map[string]int{}
	for i, name := range AgeGroups() {
		groups[name] = i
	}
	var bad fault.List
	for _, e := range enrolled {
		if e.Year != year {
			continue
		}
		place, ok := groups[e.Group]
		if !ok || e.Headcount < 0 {
			bad.Add(fault.Problem{File: e.Place.File, Row: e.Place.Row, Value: e.Group, Message: fault.Msg("lake.enrolled.group", "value", e.Group, "groups", AgeGroups())})
			continue
		}
		if heads[e.Key] == nil {
			heads[e.Key] = new([5]int64)
		}
		heads[e.Key][place] += e.Headcount
	}
	for _, a := range areas {
		all, ok := heads[a.key]
		if !ok {
			bad.Add(fault.Problem{Message: fault.Msg("lake.enrolled.missing", "year", int(year), "division", a.key.Division, "insurance", a.key.Insurance)})
			continue
		}
		for i := range a.groups {
			a.groups[i].heads = all[i]
		}
	}
	return bad.Err()
}

// add writes an area's rows.
func (f *Factors) add(a *area) {
	var heads int64
	for i, name := range AgeGroups() {
		g := a.groups[i]
		heads += g.heads
		if g.heads != 0 || g.cost != 0 {
			f.AgeGroups = append(f.AgeGroups, pool.AgeGroup{Key: a.key, Group: name, Headcount: g.heads, Cost: money.Fen(g.cost)})
		}
	}
	row := pool.FactorRow{Key: a.key, Headcount: heads, Values: map[pool.Factor]money.Ratio{}}
	for _, d := range Definitions() {
		i := Indicator{Key: a.key, Name: d.Name, Numerator: d.numerator(a), Denominator: d.denominator(a)}
		i.Value, i.Known = divide(i.Numerator, i.Denominator, d.Cost)
		f.Indicators = append(f.Indicators, i)
		if d.Pooled {
			row.Values[d.Name] = i.Value
		}
	}
	f.Rows = append(f.Rows, row)
}

// divide rounds as files carry it: costs to the fen, all else to six places.
func divide(numerator, denominator int64, cost bool) (money.Ratio, bool) {
	if denominator == 0 {
		return money.Ratio{}, false
	}
	exact := money.NewRatio(numerator, denominator)
	if cost {
		return exact.Fen().Ratio(), true
	}
	millionths := exact.Mul(money.NewRatio(1_000_000, 1)).Fen()
	return money.NewRatio(int64(millionths), 1_000_000), true
}

// stamp notes what the figures were drawn from.
func (f *Factors) stamp(s Snapshot) {
	f.Snapshot = s
	for i := range f.Rows {
		f.Rows[i].Synthetic, f.Rows[i].Snapshot = s.Synthetic, s.ID
		f.Rows[i].Place.File = s.ID
	}
	for i := range f.AgeGroups {
		f.AgeGroups[i].Synthetic, f.AgeGroups[i].Snapshot = s.Synthetic, s.ID
		f.AgeGroups[i].Place.File = s.ID
	}
}
