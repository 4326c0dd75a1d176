package lake

import (
	"context"
	"database/sql"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Dimension (维度) is what settlements are told apart by.
type Dimension string

// The dimensions.
const (
	ByCity      Dimension = "city"      // 统筹区, a division code
	ByInsurance Dimension = "insurance" // 险种, as insutype
	ByLevel     Dimension = "level"     // 医疗机构级别: 3, 2, 1, and 0 for none
	ByCare      Dimension = "care"      // 医疗类别, the first two digits of med_type
	ByMonth     Dimension = "month"     // 结算月份, 1 to 12
)

// Dimensions lists the dimensions in the order they are offered.
func Dimensions() []Dimension {
	return []Dimension{ByCity, ByInsurance, ByLevel, ByCare, ByMonth}
}

// column is what a dimension is in SQL, over the relation that kept gives.
func (d Dimension) column() string {
	switch d {
	case ByCity:
		return "city"
	case ByInsurance:
		return "insutype"
	case ByLevel:
		return "CASE WHEN hosp_lv BETWEEN '01' AND '04' THEN 3 WHEN hosp_lv BETWEEN '05' AND '07' THEN 2 WHEN hosp_lv BETWEEN '08' AND '10' THEN 1 ELSE 0 END"
	case ByCare:
		return "SUBSTR(med_type, 1, 2)"
	case ByMonth:
		return "month"
	}
	return ""
}

// number tells whether a dimension's values are numbers in SQL.
func (d Dimension) number() bool { return d == ByLevel || d == ByMonth }

// FewestPersons is how many persons must stand behind a cell that is published. It is our choice: the documents name no number.
const FewestPersons = 10

// PivotQuery asks for sums by some dimensions of the settlements that have one of the values given in each dimension of Where.
// Publish suppresses the cells that too few persons stand behind, and others where a suppressed one could be found out by
// subtraction. Persons has the persons counted, which takes long.
type PivotQuery struct {
	By      []Dimension
	Where   map[Dimension][]string
	Publish bool
	Persons bool
}

// PivotCell is a cell: its values of the dimensions asked for, and its sums. Persons is -1 where persons were not counted. A
// suppressed cell has no sums.
type PivotCell struct {
	Keys                      []string
	Settlements, Persons      int64
	Cost, Scope, Fund, Person money.Fen // medfee_sumamt, inscp_scp_amt, fund_pay_sumamt, psn_part_amt
	Suppressed                bool
	shown                     int64 // persons that are there at least
}

// Pivot (透视) is the answer: the cells that have settlements, in the order of their keys. Refunds and what they refund are left out.
// Total is suppressed when all cells are.
type Pivot struct {
	Snapshot Snapshot
	By       []Dimension
	Cells    []PivotCell
	Total    PivotCell
}

// Pivot (透视) answers a query over the session's snapshot.
//
// 依据: YA-4.8.1
func (s *Session) Pivot(ctx context.Context, q PivotQuery) (Pivot, error) {
	p := Pivot{Snapshot: s.Snapshot, By: q.By}
	where, err := q.where()
	if err != nil {
		return p, err
	}
	if p.Cells, err = s.cells(ctx, q.By, where, q.Publish && !q.Persons, q.Persons); err != nil {
		return p, err
	}
	total, err := s.cells(ctx, nil, where, q.Publish && !q.Persons, q.Persons)
	if err != nil {
		return p, err
	}
	p.Total = total[0]
	if !q.Publish {
		return p, nil
	}
	if err := s.count(ctx, q.By, where, p.Cells); err != nil {
		return p, err
	}
	suppress(p.Cells)
	if p.Total.Settlements > 0 && !slices.ContainsFunc(p.Cells, func(c PivotCell) bool { return !c.Suppressed }) {
		p.Total = PivotCell{Persons: -1, Suppressed: true}
	}
	return p, nil
}

// cells groups the settlements. bound asks for a number of persons that are there at least, exact for how many there are.
func (s *Session) cells(ctx context.Context, by []Dimension, where string, bound, exact bool) ([]PivotCell, error) {
	prepared, err := s.fromParts(ctx)
	if err != nil {
		return nil, err
	}
	if prepared && !exact {
		text := "SELECT " + columnsOf(by) + `CAST(COALESCE(SUM(settlements), 0) AS BIGINT), CAST(COALESCE(BIT_COUNT(BIT_OR(sketch)), 0) AS BIGINT),
  CAST(COALESCE(SUM(cost), 0) AS BIGINT), CAST(COALESCE(SUM(scope), 0) AS BIGINT), CAST(COALESCE(SUM(fund), 0) AS BIGINT), CAST(COALESCE(SUM(person), 0) AS BIGINT)
FROM cube` + where + groupOf(by)
		return pivotCells(ctx, s.conn, text, len(by), false)
	}
	persons := "-1"
	if bound || exact {
		persons = "COUNT(DISTINCT psn_no)"
	}
	text := "SELECT " + columnsOf(by) + "COUNT(*), " + persons + `, CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT),
  CAST(COALESCE(SUM(inscp_scp_amt), 0) AS BIGINT), CAST(COALESCE(SUM(fund_pay_sumamt), 0) AS BIGINT), CAST(COALESCE(SUM(psn_part_amt), 0) AS BIGINT)
FROM (` + kept + ") k" + where + groupOf(by)
	return pivotCells(ctx, s.conn, text, len(by), exact)
}

// columnsOf lists dimensions as texts, under names of their own: PostgreSQL would order by a text that has the name of a column.
func columnsOf(by []Dimension) string {
	var b strings.Builder
	for i, d := range by {
		b.WriteString("CAST(" + d.column() + " AS VARCHAR) AS key_" + strconv.Itoa(i) + ", ")
	}
	return b.String()
}

func groupOf(by []Dimension) string {
	if len(by) == 0 {
		return ""
	}
	columns := make([]string, len(by))
	for i, d := range by {
		columns[i] = d.column()
	}
	list := strings.Join(columns, ", ")
	return "\nGROUP BY " + list + "\nORDER BY " + list
}

// pivotCells reads rows of keys, settlements, persons and sums.
func pivotCells(ctx context.Context, q Querier, text string, keys int, exact bool) ([]PivotCell, error) {
	var out []PivotCell
	err := query(ctx, q, text, func(rows *sql.Rows) error {
		c := PivotCell{Keys: make([]string, keys)}
		into := make([]any, 0, keys+6)
		for i := range c.Keys {
			into = append(into, &c.Keys[i])
		}
		into = append(into, &c.Settlements, &c.Persons, (*int64)(&c.Cost), (*int64)(&c.Scope), (*int64)(&c.Fund), (*int64)(&c.Person))
		err := rows.Scan(into...)
		if c.shown = c.Persons; !exact {
			c.Persons = -1
		}
		out = append(out, c)
		return err
	})
	return out, err
}

// count counts the persons of cells that neither have too few settlements nor are known to have persons enough.
func (s *Session) count(ctx context.Context, by []Dimension, where string, cells []PivotCell) error {
	var doubtful []*PivotCell
	for i := range cells {
		if c := &cells[i]; c.Settlements >= FewestPersons && c.shown < FewestPersons && c.Persons < 0 {
			doubtful = append(doubtful, c)
		}
	}
	if len(doubtful) == 0 || len(by) == 0 {
		return nil
	}
	known := map[string]*PivotCell{}
	var any []string
	for _, c := range doubtful {
		known[strings.Join(c.Keys, " ")] = c
		var all []string
		for i, d := range by {
			all = append(all, d.column()+" = "+d.literal(c.Keys[i]))
		}
		any = append(any, "("+strings.Join(all, " AND ")+")")
	}
	if where == "" {
		where = "\nWHERE TRUE"
	}
	text := "SELECT " + columnsOf(by) + "COUNT(*), COUNT(DISTINCT psn_no), 0, 0, 0, 0\nFROM (" + kept + ") k" + where + " AND (" + strings.Join(any, " OR ") + ")" + groupOf(by)
	counted, err := pivotCells(ctx, s.conn, text, len(by), true)
	for _, c := range counted {
		if cell, ok := known[strings.Join(c.Keys, " ")]; ok {
			cell.shown = c.Persons
		}
	}
	return err
}

// suppress empties the cells that fewer than FewestPersons stand behind. Where that leaves one suppressed cell alone in a line of
// cells that differ in a single dimension, or several that fewer than FewestPersons stand behind together, the least of the
// others goes too, so that the line's sum gives nothing away.
func suppress(cells []PivotCell) {
	for i := range cells {
		c := &cells[i]
		c.Suppressed = c.Settlements < FewestPersons || c.shown < FewestPersons
	}
	for again := true; again; {
		again = false
		for d := range dimensionsOf(cells) {
			for _, line := range lines(cells, d) {
				again = hideAnother(line) || again
			}
		}
	}
	for i := range cells {
		if cells[i].Suppressed {
			cells[i] = PivotCell{Keys: cells[i].Keys, Persons: -1, Suppressed: true}
		}
	}
}

func dimensionsOf(cells []PivotCell) int {
	if len(cells) == 0 {
		return 0
	}
	return len(cells[0].Keys)
}

// lines gives the cells that differ in one dimension alone, line by line.
func lines(cells []PivotCell, dimension int) [][]*PivotCell {
	place, out := map[string]int{}, [][]*PivotCell{}
	for i := range cells {
		keys := slices.Clone(cells[i].Keys)
		keys[dimension] = ""
		at, ok := place[strings.Join(keys, " ")]
		if !ok {
			at = len(out)
			place[strings.Join(keys, " ")] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], &cells[i])
	}
	return out
}

// hideAnother suppresses the least open cell of a line in which one cell alone is suppressed, or too few persons are with all.
func hideAnother(line []*PivotCell) bool {
	var least *PivotCell
	hidden, persons := 0, int64(0)
	for _, c := range line {
		switch {
		case c.Suppressed:
			hidden, persons = hidden+1, persons+c.shown
		case least == nil || c.Settlements < least.Settlements:
			least = c
		}
	}
	if hidden == 0 || hidden > 1 && persons >= FewestPersons || least == nil {
		return false
	}
	least.Suppressed = true
	return true
}

// digits is what every value of a dimension looks like.
var digits = regexp.MustCompile(`^[0-9]{1,6}$`)

// where is the condition of a query.
func (q PivotQuery) where() (string, error) { return whereOf(q.Where, q.By...) }

// whereOf writes a condition; refused are dimensions that there are not, and values that none can have.
func whereOf(where map[Dimension][]string, by ...Dimension) (string, error) {
	for i, d := range by {
		if d.column() == "" {
			return "", fault.New(fault.Refused, "lake.pivot.dimension", "value", string(d))
		}
		if slices.Contains(by[:i], d) {
			return "", fault.New(fault.Refused, "lake.pivot.twice", "value", string(d))
		}
	}
	var all []string
	for _, d := range slices.Sorted(maps.Keys(where)) {
		if d.column() == "" {
			return "", fault.New(fault.Refused, "lake.pivot.dimension", "value", string(d))
		}
		var values []string
		for _, v := range where[d] {
			if !digits.MatchString(v) {
				return "", fault.New(fault.Refused, "lake.pivot.value", "value", v)
			}
			values = append(values, d.literal(v))
		}
		if len(values) > 0 {
			all = append(all, d.column()+" IN ("+strings.Join(values, ", ")+")")
		}
	}
	if len(all) == 0 {
		return "", nil
	}
	return "\nWHERE " + strings.Join(all, " AND "), nil
}

// literal is a value of digits in SQL.
func (d Dimension) literal(value string) string {
	if d.number() {
		n, _ := strconv.Atoi(value) // digits, as checked
		return strconv.Itoa(n)
	}
	return quoted(value)
}

// RowsQuery asks for settlements, the costliest first: those of Where that count in figures.
type RowsQuery struct {
	Where       map[Dimension][]string
	Skip, Limit int // 0: 50, and 1000 at most
}

const (
	usualRows = 50
	mostRows  = 1000
)

// shownPerson is how many letters of a pseudonym are shown.
const shownPerson = 6

// Settlements (明细) gives settlements and whether there are more behind them. Of a person, the first letters of the pseudonym are
// shown. Whoever calls this sees to it that the asker may look, and that it is noted.
//
// 依据: YA-4.8.1
func (s *Session) Settlements(ctx context.Context, q RowsQuery) ([]claim.Settlement, bool, error) {
	where, err := whereOf(q.Where)
	if err != nil {
		return nil, false, err
	}
	limit := min(max(q.Limit, 0), mostRows)
	if limit == 0 {
		limit = usualRows
	}
	condition := strings.Replace(where, "\nWHERE ", " AND ", 1)
	text := `SELECT setl_id, psn_no, insutype, psn_type, med_type, insuplc_admdvs, mdtrtarea_admvs, fixmedins_code, hosp_lv, setl_time, begndate, enddate,
  ipt_days, dise_no, drg, hi_paymtd, setl_type, clr_type, age, gend, medfee_sumamt, inscp_scp_amt, fund_pay_sumamt, psn_part_amt, acct_pay, psn_cash_pay
FROM claims
WHERE ` + counts + ` AND setl_id NOT IN (SELECT init_setl_id FROM claims WHERE ` + refunds + `)` + condition + `
ORDER BY medfee_sumamt DESC NULLS LAST, setl_id LIMIT ` + strconv.Itoa(limit+1) + " OFFSET " + strconv.Itoa(max(q.Skip, 0))
	var out []claim.Settlement
	err = query(ctx, s.conn, text, func(rows *sql.Rows) error {
		c, err := readSettlement(rows)
		out = append(out, c)
		return err
	})
	if len(out) > limit {
		return out[:limit], true, err
	}
	return out, false, err
}

func readSettlement(rows *sql.Rows) (claim.Settlement, error) {
	var texts [18]sql.NullString
	var days, age sql.NullInt64
	var amounts [6]sql.NullInt64
	into := make([]any, 0, 26)
	for i := range texts {
		switch i {
		case 12:
			into = append(into, &days)
		case 17:
			into = append(into, &age)
		}
		into = append(into, &texts[i])
	}
	for i := range amounts {
		into = append(into, &amounts[i])
	}
	if err := rows.Scan(into...); err != nil {
		return claim.Settlement{}, err
	}
	t := func(i int) string { return texts[i].String }
	person := t(1)
	return claim.Settlement{ID: t(0), Person: person[:min(len(person), shownPerson)] + "…", Insurance: t(2), PersonType: t(3), MedType: t(4),
		InsuredAt: region.Code(t(5)), TreatedAt: region.Code(t(6)), Institution: t(7), Level: t(8),
		SettledOn: policy.Date(t(9)), Begin: policy.Date(t(10)), End: policy.Date(t(11)), Days: int(days.Int64),
		Disease: t(12), Group: t(13), PayMethod: t(14), Direct: t(15) == claim.Online, ClearType: t(16), Age: int(age.Int64), Sex: t(17),
		Total: money.Fen(amounts[0].Int64), InScope: money.Fen(amounts[1].Int64), FundPaid: money.Fen(amounts[2].Int64),
		PersonPaid: money.Fen(amounts[3].Int64), AccountPaid: money.Fen(amounts[4].Int64), CashPaid: money.Fen(amounts[5].Int64)}, nil
}
