package lake

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// shownRows is how many of the rows behind a finding its query gives at most.
const shownRows = 200

// live are the settlements of all insurances that are no refunds and were not refunded within the snapshot.
const live = `SELECT * FROM claims WHERE refd_setl_flag = 0
    AND setl_id NOT IN (SELECT init_setl_id FROM claims WHERE refd_setl_flag = 1 AND init_setl_id IS NOT NULL)`

// stays are the inpatient ones of them with both days.
const stays = `SELECT * FROM (` + live + `) l WHERE (med_type LIKE '2%' OR med_type LIKE '52%') AND begndate IS NOT NULL AND enddate IS NOT NULL`

// repeatedSQL gives rows with a number that others have, too.
const repeatedSQL = `SELECT * FROM claims WHERE setl_id IN (SELECT setl_id FROM claims GROUP BY setl_id HAVING COUNT(*) > 1)`

// duplicateSQL gives settlements of one person, institution, days and amount under several numbers. Those of no amount do no
// harm; without days, the day of settlement stands for them.
const duplicateSQL = `SELECT l.* FROM (` + live + `) l JOIN (
    SELECT psn_no, fixmedins_code, COALESCE(begndate, setl_time) AS begun, COALESCE(enddate, setl_time) AS ended, medfee_sumamt
    FROM (` + live + `) m
    WHERE medfee_sumamt <> 0
    GROUP BY psn_no, fixmedins_code, COALESCE(begndate, setl_time), COALESCE(enddate, setl_time), medfee_sumamt
    HAVING MIN(setl_id) <> MAX(setl_id)
  ) d ON d.psn_no = l.psn_no AND d.fixmedins_code = l.fixmedins_code AND d.begun = COALESCE(l.begndate, l.setl_time)
    AND d.ended = COALESCE(l.enddate, l.setl_time) AND d.medfee_sumamt = l.medfee_sumamt`

// orphanSQL gives refunds of what is not in the snapshot.
const orphanSQL = `SELECT * FROM claims WHERE refd_setl_flag = 1 AND (init_setl_id IS NULL OR init_setl_id NOT IN (` + refunded + `))`

// refundSQL gives refunds that together are not what the settlement cost: the settlement is left out of all figures as a whole.
const refundSQL = `SELECT * FROM claims WHERE refd_setl_flag = 1 AND init_setl_id IN (
    SELECT o.setl_id FROM claims o JOIN (
      SELECT init_setl_id, CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS back FROM claims WHERE refd_setl_flag = 1 GROUP BY init_setl_id
    ) r ON r.init_setl_id = o.setl_id
    WHERE o.refd_setl_flag = 0 AND COALESCE(o.medfee_sumamt, 0) + r.back <> 0)`

// orderSQL gives rows that end before they begin, or are settled before.
const orderSQL = `SELECT * FROM claims WHERE begndate > enddate OR begndate > setl_time`

// overlapSQL gives stays during which the same person was in another stay. Leaving and being taken in on one day is none.
const overlapSQL = `SELECT * FROM (` + stays + `) a WHERE EXISTS (
    SELECT 1 FROM (` + stays + `) b
    WHERE b.psn_no = a.psn_no AND b.setl_id <> a.setl_id AND b.begndate < a.enddate AND a.begndate < b.enddate)`

// ageDiffersSQL gives rows of persons whose age moves by more than a year within the year.
const ageDiffersSQL = `SELECT * FROM claims WHERE psn_no IN (SELECT psn_no FROM claims GROUP BY psn_no HAVING MAX(age) - MIN(age) > 1)`

// sexDiffersSQL gives rows of persons with more than one sex.
const sexDiffersSQL = `SELECT * FROM claims WHERE psn_no IN (SELECT psn_no FROM claims GROUP BY psn_no HAVING MIN(gend) <> MAX(gend))`

// rowChecks gives, for each kind that looks at rows, the query of the rows found.
func rowChecks(today policy.Date) []struct {
	kind CheckKind
	rows string
} {
	day, most := quoted(string(today)), strconv.Itoa(oldest)
	return []struct {
		kind CheckKind
		rows string
	}{
		{CheckRepeated, repeatedSQL}, {CheckDuplicate, duplicateSQL}, {CheckOrphan, orphanSQL}, {CheckRefund, refundSQL}, {CheckOrder, orderSQL},
		{CheckFuture, "SELECT * FROM claims WHERE setl_time > " + day + " OR begndate > " + day + " OR enddate > " + day},
		{CheckOverlap, overlapSQL},
		{CheckAge, "SELECT * FROM claims WHERE age IS NULL OR age < 0 OR age > " + most},
		{CheckAgeDiffers, ageDiffersSQL}, {CheckSexDiffers, sexDiffersSQL},
	}
}

// countedSQL counts rows found by pooling area.
func countedSQL(rows string) string {
	return "SELECT city, COUNT(*) AS found, CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost FROM (" + rows + ") f GROUP BY city ORDER BY city"
}

// foundSQL gives some of the rows found that also meet a condition, the first by their numbers. Rows that are the same in all that
// is shown are the same to whoever reads them.
func foundSQL(rows, condition string) string {
	texts := []string{"setl_id", "psn_no", "city", "insutype", "med_type", "fixmedins_code", "setl_time", "begndate", "enddate", "gend", "init_setl_id"}
	numbers := []string{"age", "medfee_sumamt", "refd_setl_flag"}
	return "SELECT " + strings.Join(append(texts, numbers...), ", ") + "\nFROM (" + rows + ") f\nWHERE " + condition +
		"\nORDER BY " + strings.Join(texts, ` COLLATE "C" NULLS FIRST, `) + ` COLLATE "C" NULLS FIRST, ` + strings.Join(numbers, " NULLS FIRST, ") +
		" NULLS FIRST\nLIMIT " + strconv.Itoa(shownRows)
}

func inCity(city string) string { return "city = " + quoted(city) }

// rows looks at rows.
func (c *checks) rows(ctx context.Context) error {
	for _, check := range rowChecks(c.options.Today) {
		c.begin(check.kind)
		err := query(ctx, c.q, countedSQL(check.rows), func(rows *sql.Rows) error {
			var city string
			f := Finding{Kind: check.kind}
			if err := rows.Scan(&city, &f.Count, (*int64)(&f.Cost)); err != nil {
				return err
			}
			f.Division, f.Rows = region.Code(city), foundSQL(check.rows, inCity(city))
			f.Message = check.kind.message("division", f.Division, "count", f.Count, "cost", f.Cost)
			c.find(f)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// FoundRow (涉及记录) is a row behind a finding, in the national platform's names; the person is a pseudonym. What is not there is
// empty.
type FoundRow struct {
	ID, Person, City, Insurance, MedType, Institution, SettledOn, Begin, End string
	Age                                                                      int64
	Sex                                                                      string
	Cost                                                                     money.Fen
	Refund                                                                   bool
	OriginalID                                                               string
}

// FoundRows gives some of the rows behind a finding, 200 at most; none when it has no rows.
//
// 依据: YA-4.8.1
func (s *Session) FoundRows(ctx context.Context, f Finding) ([]FoundRow, error) {
	return drawFound(ctx, s.conn, f)
}

func drawFound(ctx context.Context, q Querier, f Finding) ([]FoundRow, error) {
	var out []FoundRow
	if f.Rows == "" {
		return nil, nil
	}
	err := query(ctx, q, f.Rows, func(rows *sql.Rows) error {
		var texts [11]sql.NullString
		var age, cost, refund sql.NullInt64
		var into []any
		for i := range texts {
			into = append(into, &texts[i])
		}
		if err := rows.Scan(append(into, &age, &cost, &refund)...); err != nil {
			return err
		}
		t := func(i int) string { return texts[i].String }
		out = append(out, FoundRow{t(0), t(1), t(2), t(3), t(4), t(5), t(6), t(7), t(8), age.Int64, t(9), money.Fen(cost.Int64), refund.Int64 == 1, t(10)})
		return nil
	})
	return out, err
}
