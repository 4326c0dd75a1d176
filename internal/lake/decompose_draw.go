package lake

import (
	"context"
	"database/sql"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// EnrolledBySex (分性别参保人数) is the year's average headcount of an age group and sex of one pooling area, from the enrolment
// register.
type EnrolledBySex struct {
	Enrolled
	Sex Sex
}

// cellsSQL gives, for every pooling area, insurance, age group and sex, the persons seen and their settlements and costs by
// kind of care. A person's age is the highest of the year; so is the code of the sex, should there be two.
const cellsSQL = `
SELECT city, insutype, age_group, sex, COUNT(*) AS persons,
  CAST(SUM(visits_0) AS BIGINT) AS visits_0, CAST(SUM(cost_0) AS BIGINT) AS cost_0,
  CAST(SUM(visits_1) AS BIGINT) AS visits_1, CAST(SUM(cost_1) AS BIGINT) AS cost_1,
  CAST(SUM(visits_2) AS BIGINT) AS visits_2, CAST(SUM(cost_2) AS BIGINT) AS cost_2,
  CAST(SUM(visits_3) AS BIGINT) AS visits_3, CAST(SUM(cost_3) AS BIGINT) AS cost_3
FROM (
  SELECT city, insutype, sex, visits_0, visits_1, visits_2, visits_3, cost_0, cost_1, cost_2, cost_3,
    CASE WHEN age <= 17 THEN 0 WHEN age <= 44 THEN 1 WHEN age <= 59 THEN 2 WHEN age <= 74 THEN 3 ELSE 4 END AS age_group
  FROM (
    SELECT city, insutype, psn_no, MAX(age) AS age, MAX(CASE WHEN gend IN ('1', '2') THEN gend ELSE '0' END) AS sex,
      COUNT(*) FILTER (WHERE inpatient = 0 AND offsite = 0) AS visits_0,
      COUNT(*) FILTER (WHERE inpatient = 0 AND offsite = 1) AS visits_1,
      COUNT(*) FILTER (WHERE inpatient = 1 AND offsite = 0) AS visits_2,
      COUNT(*) FILTER (WHERE inpatient = 1 AND offsite = 1) AS visits_3,
      CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE inpatient = 0 AND offsite = 0), 0) AS BIGINT) AS cost_0,
      CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE inpatient = 0 AND offsite = 1), 0) AS BIGINT) AS cost_1,
      CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE inpatient = 1 AND offsite = 0), 0) AS BIGINT) AS cost_2,
      CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE inpatient = 1 AND offsite = 1), 0) AS BIGINT) AS cost_3
    FROM (` + kept + `) k
    GROUP BY city, insutype, psn_no
  ) p
) q
GROUP BY city, insutype, age_group, sex
ORDER BY city, insutype, age_group, sex`

// Decompose draws the decomposition from the session's snapshot, as DrawDecomposition does.
//
// 依据: YN-2.5, YN-2.7
func (s *Session) Decompose(ctx context.Context, enrolled []EnrolledBySex) (Decomposition, error) {
	d, err := DrawDecomposition(ctx, s.conn, s.Year, enrolled)
	d.Snapshot = s.Snapshot
	return d, err
}

// DrawDecomposition (测算费用差异分解) decomposes a year from the relation claims, which must hold that year alone. Heads are those
// of the register when there is one; it must then hold every pooling area and insurance that has settlements, and tell the
// sexes apart everywhere or nowhere. Without one they are the persons seen, and Seen says so: what is called visits per head is
// then visits per patient.
//
// 依据: YN-2.5, YN-2.7
func DrawDecomposition(ctx context.Context, q Querier, year policy.Year, enrolled []EnrolledBySex) (Decomposition, error) {
	cells, err := readCells(ctx, q, year)
	if err != nil {
		return Decomposition{}, err
	}
	bySex := true
	if len(enrolled) > 0 {
		if cells, bySex, err = enrol(cells, year, enrolled); err != nil {
			return Decomposition{}, err
		}
	}
	d := Decompose(year, cells)
	d.Seen, d.BySex = len(enrolled) == 0, bySex
	return d, nil
}

func readCells(ctx context.Context, q Querier, year policy.Year) ([]Cell, error) {
	var out []Cell
	ages := AgeGroups()
	err := query(ctx, q, cellsSQL, func(rows *sql.Rows) error {
		var city, insurance string
		var age int
		var c Cell
		into := []any{&city, &insurance, &age, (*string)(&c.Sex), &c.Heads}
		for i := range c.Care {
			into = append(into, &c.Care[i].Count, (*int64)(&c.Care[i].Cost))
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		c.Key = pool.Key{Year: year, Division: region.Code(city), Insurance: insuranceOf(insurance)}
		c.Group = ages[age]
		out = append(out, c)
		return nil
	})
	return out, err
}

// enrol puts the register's heads in the place of the persons seen, and merges the sexes when it does not tell them.
func enrol(cells []Cell, year policy.Year, enrolled []EnrolledBySex) ([]Cell, bool, error) {
	bySex, err := checkEnrolled(year, enrolled)
	if err != nil {
		return nil, false, err
	}
	type place struct {
		pool.Key
		group string
		sex   Sex
	}
	listed, at := map[pool.Key]bool{}, map[place]int{}
	var out []Cell
	find := func(key pool.Key, group string, sex Sex) *Cell {
		if !bySex {
			sex = EitherSex
		}
		p := place{key, group, sex}
		if _, ok := at[p]; !ok {
			at[p], out = len(out), append(out, Cell{Key: key, Group: group, Sex: sex})
		}
		return &out[at[p]]
	}
	for _, e := range enrolled {
		if e.Year == year {
			listed[e.Key] = true
			find(e.Key, e.Group, e.Sex).Heads += e.Headcount
		}
	}
	var bad fault.List
	for _, c := range cells {
		if !listed[c.Key] {
			bad.Add(fault.Problem{Message: fault.Msg("lake.enrolled.missing", "year", int(year), "division", c.Division, "insurance", c.Insurance)})
		}
		to := find(c.Key, c.Group, c.Sex)
		for i, v := range c.Care {
			to.Care[i].Count, to.Care[i].Cost = to.Care[i].Count+v.Count, to.Care[i].Cost+v.Cost
		}
	}
	return out, bySex, bad.Err()
}

// checkEnrolled refuses rows of a register that say nothing clear, and tells whether it tells the sexes apart.
func checkEnrolled(year policy.Year, enrolled []EnrolledBySex) (bySex bool, err error) {
	groups, sexes := map[string]bool{}, map[bool]bool{}
	for _, name := range AgeGroups() {
		groups[name] = true
	}
	var bad fault.List
	for _, e := range enrolled {
		if e.Year != year {
			continue
		}
		refuse := func(m fault.Message) {
			bad.Add(fault.Problem{File: e.Place.File, Row: e.Place.Row, Message: m})
		}
		if !groups[e.Group] || e.Headcount < 0 {
			refuse(fault.Msg("lake.enrolled.group", "value", e.Group, "groups", AgeGroups()))
		}
		sexes[e.Sex != EitherSex] = true
		if len(sexes) > 1 {
			refuse(fault.Msg("lake.decompose.sexes"))
		} else if e.Sex != EitherSex && e.Sex != Male && e.Sex != Female && e.Sex != OtherSex {
			refuse(fault.Msg("lake.decompose.sex", "value", string(e.Sex)))
		}
	}
	return sexes[true], bad.Err()
}
