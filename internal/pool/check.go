package pool

import (
	"errors"
	"sort"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// checked are facts found good row by row, sorted out by insurance type and year.
type checked struct {
	engine     Engine
	set        *policy.Set
	problems   *fault.List
	statements map[Insurance]map[policy.Year]map[region.Code]Statement
	factors    map[Insurance]map[policy.Year]map[region.Code]FactorRow
	groups     map[Insurance]map[policy.Year]map[region.Code][]AgeGroup
	openings   map[Insurance]Opening
	province   region.Code // the province the first row belongs to
}

// check looks at every row by itself and for duplicates.
func (e Engine) check(set *policy.Set, facts Facts, problems *fault.List) *checked {
	c := &checked{engine: e, set: set, problems: problems,
		statements: map[Insurance]map[policy.Year]map[region.Code]Statement{},
		factors:    map[Insurance]map[policy.Year]map[region.Code]FactorRow{},
		groups:     map[Insurance]map[policy.Year]map[region.Code][]AgeGroup{},
		openings:   map[Insurance]Opening{},
	}
	for _, s := range facts.Statements {
		c.statement(s)
	}
	for _, f := range facts.Factors {
		c.factorRow(f)
	}
	for _, g := range facts.AgeGroups {
		c.ageGroup(g)
	}
	for _, o := range facts.Openings {
		c.openingRow(o)
	}
	return c
}

func (c *checked) refuse(p fault.Place, column, value, key string, args ...any) {
	c.problems.Add(fault.Problem{File: p.File, Row: p.Row, Column: column, Value: value,
		Message: fault.Msg(key, append([]any{"value", value}, args...)...)})
}

func (c *checked) statement(s Statement) {
	c.key(s.Key, s.Place)
	c.notNegative(s.Place, "income", s.Income)
	c.notNegative(s.Place, "expenditure", s.Spent)
	c.notNegative(s.Place, "planned_expenditure", s.Planned)
	c.notNegative(s.Place, "levied", s.Levied)
	c.notNegative(s.Place, "violation", s.Violation)
	if s.Violation > s.Spent && s.Spent >= 0 {
		c.refuse(s.Place, "violation", s.Violation.String(), "pool.violation_too_large", "expenditure", s.Spent)
	}
	byDivision := nested(c.statements, s.Insurance, s.Year)
	if first, twice := byDivision[s.Division]; twice {
		c.duplicate(s.Place, first.Place, s.Key)
		return
	}
	byDivision[s.Division] = s
}

func (c *checked) factorRow(f FactorRow) {
	c.key(f.Key, f.Place)
	c.heads(f.Place, f.Headcount)
	for _, name := range Factors() {
		if !name.indexed() {
			continue
		}
		x, ok := f.Values[name]
		if !ok && !(name.optional() && c.unweighted(name)) {
			c.refuse(f.Place, string(name), "", "pool.factor_blank")
		}
		if x.Sign() < 0 {
			c.refuse(f.Place, string(name), name.stated(x), "pool.negative")
		}
		if (name == AgedShare || name == OffsiteShare) && x.Cmp(money.NewRatio(1, 1)) > 0 {
			c.refuse(f.Place, string(name), name.stated(x), "pool.share_above_one")
		}
	}
	byDivision := nested(c.factors, f.Insurance, f.Year)
	if first, twice := byDivision[f.Division]; twice {
		c.duplicate(f.Place, first.Place, f.Key)
		return
	}
	byDivision[f.Division] = f
}

// unweighted tells whether the policy gives a factor no weight.
func (c *checked) unweighted(f Factor) bool {
	e, ok := c.set.Get(f.parameter())
	return !ok || e.Value.Rate() == 0
}

// stated is a factor's value as files state it: costs in yuan, rates and shares as decimals.
func (f Factor) stated(x money.Ratio) string {
	if f.isCost() {
		return x.Fen().String()
	}
	return x.Exact(6)
}

func (c *checked) ageGroup(g AgeGroup) {
	c.key(g.Key, g.Place)
	c.heads(g.Place, g.Headcount)
	c.notNegative(g.Place, "cost", g.Cost)
	byDivision := nested(c.groups, g.Insurance, g.Year)
	for _, other := range byDivision[g.Division] {
		if other.Group == g.Group {
			c.duplicate(g.Place, other.Place, g.Key)
			return
		}
	}
	byDivision[g.Division] = append(byDivision[g.Division], g)
}

func (c *checked) openingRow(o Opening) {
	if o.Insurance != Employee && o.Insurance != Resident {
		c.refuse(o.Place, "insurance", string(o.Insurance), "pool.unknown_insurance")
	}
	c.notNegative(o.Place, "balance", o.Balance)
	if has, ok := c.set.Get("pool.set_aside"); ok && has.Value.String() != string(o.Fund) {
		c.refuse(o.Place, "fund", string(o.Fund), "pool.no_such_fund", "policy", c.set.Pack.ID, "fund", has.Value.String())
		return
	}
	if first, twice := c.openings[o.Insurance]; twice {
		c.refuse(o.Place, "insurance", string(o.Insurance), "pool.duplicate", "row", first.Place.Row)
		return
	}
	c.openings[o.Insurance] = o
}

// key checks the year × division × insurance of a row.
func (c *checked) key(k Key, p fault.Place) {
	if k.Insurance != Employee && k.Insurance != Resident {
		c.refuse(p, "insurance", string(k.Insurance), "pool.unknown_insurance")
	}
	division, known := c.engine.Tree.Get(k.Division)
	switch {
	case !known:
		c.refuse(p, "division", string(k.Division), "pool.unknown_division")
	case !c.ofPolicy(k.Division.Province()):
		c.refuse(p, "division", string(k.Division), "pool.foreign_division", "policy", c.set.Pack.ID)
	case division.Level == region.County:
		c.refuse(p, "division", string(k.Division), "pool.not_a_pooling_area")
	case c.province == "":
		c.province = k.Division.Province()
	case c.province != k.Division.Province():
		c.refuse(p, "division", string(k.Division), "pool.two_provinces", "first", c.province)
	}
}

func (c *checked) ofPolicy(province region.Code) bool {
	for _, p := range c.set.Pack.Provinces {
		if p == province {
			return true
		}
	}
	return false
}

func (c *checked) heads(p fault.Place, n int64) {
	if n <= 0 {
		c.refuse(p, "headcount", strconv.FormatInt(n, 10), "pool.headcount")
	}
}

func (c *checked) notNegative(p fault.Place, column string, amount money.Fen) {
	if amount < 0 {
		c.refuse(p, column, amount.String(), "pool.negative")
	}
}

func (c *checked) duplicate(p, first fault.Place, k Key) {
	c.refuse(p, "division", string(k.Division), "pool.duplicate", "row", first.Row)
}

// gather brings together what one insurance type needs in a year; what is missing is a problem.
func (c *checked) gather(r rules, insurance Insurance, year policy.Year) yearFacts {
	y := yearFacts{insurance: insurance, year: year, opening: c.opening(r, insurance, year)}
	statements := c.statements[insurance][year]
	factors := c.factors[insurance][year]
	needsFactors := len(r.factors) > 0 || len(factors) > 0
	needsGroups := false
	for _, w := range r.factors {
		needsGroups = needsGroups || w.factor == AgeGroups
	}
	for _, code := range sortedCodes(statements) {
		a := area{Statement: statements[code]}
		if a.SurplusOpen {
			c.refuse(a.Place, "surplus_begin", "", "pool.surplus_missing")
		}
		if r.kind == byOverspend && !a.HasPlanned {
			c.refuse(a.Place, "planned_expenditure", "", "pool.planned_missing", "policy", c.set.Pack.ID)
		}
		if previous, ok := c.statements[insurance][year-1][code]; ok {
			a.previous = &previous
		} else if r.needsPreviousYear() || r.provincial && code.IsProvince() {
			c.refuse(a.Place, "division", string(code), "pool.previous_year_missing", "year", int(year-1), "insurance", insurance)
		}
		if f, ok := factors[code]; ok {
			a.factors = &f
		} else if needsFactors {
			c.refuse(a.Place, "division", string(code), "pool.factors_missing", "year", int(year), "insurance", insurance)
		}
		if a.groups = c.groups[insurance][year][code]; needsGroups && len(a.groups) == 0 {
			c.refuse(a.Place, "division", string(code), "pool.age_groups_missing", "year", int(year), "insurance", insurance)
		}
		y.areas = append(y.areas, a)
	}
	for _, code := range sortedCodes(factors) {
		if _, ok := statements[code]; !ok {
			c.refuse(factors[code].Place, "division", string(code), "pool.statement_missing", "year", int(year), "insurance", insurance)
		}
	}
	if needsGroups {
		for _, code := range sortedCodes(c.groups[insurance][year]) {
			if _, ok := statements[code]; !ok {
				c.refuse(c.groups[insurance][year][code][0].Place, "division", string(code), "pool.statement_missing", "year", int(year), "insurance", insurance)
			}
		}
	}
	return y
}

// opening is the balance the year begins with: 0 in the scheme's first year, on file in every later one.
func (c *checked) opening(r rules, insurance Insurance, year policy.Year) money.Fen {
	o, given := c.openings[insurance]
	switch {
	case year == r.firstYear && given && o.Balance != 0:
		c.refuse(o.Place, "balance", o.Balance.String(), "pool.opening_in_first_year", "year", int(year))
	case year > r.firstYear && !given:
		c.refuse(fault.Place{}, "balance", "", "pool.opening_missing", "year", int(year), "insurance", insurance, "fund", r.fund, "first", int(r.firstYear))
	}
	return o.Balance
}

// Cite gives every problem that has none the clause its column rests on under the policy.
func Cite(set *policy.Set, err error) error {
	if err == nil {
		return nil
	}
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	for i, p := range refusal.Problems {
		if p.Clause == "" {
			refusal.Problems[i].Clause = string(columnClause(set, p.Column))
		}
	}
	return refusal
}

func columnClause(set *policy.Set, column string) policy.ClauseID {
	rule := map[string]string{
		"insurance": "net", "surplus_begin": "surplus_end", "violation": "owed", "managerial": "gap_after",
		"headcount": "distributed", "aged_share": "distributed", "cost_per_head": "distributed", "admission_rate": "distributed",
		"cost_per_admission": "distributed", "offsite_share": "distributed", "performance": "distributed", "group": "distributed", "cost": "distributed",
	}
	switch column {
	case "division":
		return "SC38-1.1"
	case "year":
		return firstClause(set.Pack)
	case "fund", "balance":
		if e, ok := set.Get("pool.set_aside"); ok {
			return e.Clause
		}
	}
	if figure, ok := rule[column]; ok {
		return set.Rule(figure).Clause
	}
	return set.Rule("collected").Clause
}

func nested[V any](m map[Insurance]map[policy.Year]map[region.Code]V, i Insurance, y policy.Year) map[region.Code]V {
	if m[i] == nil {
		m[i] = map[policy.Year]map[region.Code]V{}
	}
	if m[i][y] == nil {
		m[i][y] = map[region.Code]V{}
	}
	return m[i][y]
}

func sortedCodes[V any](m map[region.Code]V) []region.Code {
	codes := make([]region.Code, 0, len(m))
	for c := range m {
		codes = append(codes, c)
	}
	sort.Slice(codes, func(i, j int) bool { return codes[i] < codes[j] })
	return codes
}

func yearText(y policy.Year) string { return strconv.Itoa(int(y)) }
