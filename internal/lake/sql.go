package lake

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"

	"tongchou/internal/fault"
)

// The queries below run unchanged on DuckDB and on PostgreSQL. They read a relation named claims that holds one snapshot and
// has StoredColumns. Sums are BIGINT fen; every ratio is made in Go; what is ordered by is made of digits alone.

// kept are the settlements that count: no refunds, and nothing that was refunded within the snapshot. Inpatient care
// (住院) is what the national code of the kind of treatment begins with 2, and childbirth in hospital.
//
// NOT IN, and not NOT EXISTS: DuckDB is three times as fast with it, and Citus can do it whatever the table is distributed by.
// PostgreSQL needs the work_mem to hash the refunds' numbers, about 100 bytes for each.
const kept = `
  SELECT city, insutype, psn_no, age, gend, offsite, setl_type, hosp_lv, hi_paymtd, med_type, month, medfee_sumamt, inscp_scp_amt,
    fund_pay_sumamt, psn_part_amt, ` + inpatient + ` AS inpatient
  FROM claims
  WHERE ` + counts + ` AND setl_id NOT IN (SELECT init_setl_id FROM claims WHERE ` + refunds + `)`

// The parts that it is made of.
const (
	inpatient = `CASE WHEN med_type LIKE '2%' OR med_type LIKE '52%' THEN 1 ELSE 0 END`
	counts    = `refd_setl_flag = 0 AND insutype IN ('310', '390')`
	refunds   = `refd_setl_flag = 1 AND init_setl_id IS NOT NULL`
)

// totalsSQL gives, in one pass, the sums that all figures but those by person are made of.
const totalsSQL = `
SELECT city, insutype, inpatient, offsite, setl_type, hosp_lv, hi_paymtd, COUNT(*) AS settlements,
  CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost,
  CAST(COALESCE(SUM(inscp_scp_amt), 0) AS BIGINT) AS scope,
  CAST(COALESCE(SUM(fund_pay_sumamt), 0) AS BIGINT) AS fund
FROM (` + kept + `) k
GROUP BY city, insutype, inpatient, offsite, setl_type, hosp_lv, hi_paymtd` + totalsOrder

const totalsOrder = `
ORDER BY city, insutype, inpatient, offsite, setl_type NULLS FIRST, hosp_lv NULLS FIRST, hi_paymtd NULLS FIRST`

// personsSQL gives, for every pooling area, insurance and age group, the persons, what they cost, and what of that falls to
// the costliest of the area: the first hundredth of its persons and the first twentieth, a part of a person counting as one. A
// person's age is the highest of the year. Equals at the edge are taken the older first, and after that it makes no difference
// which.
const personsSQL = personsHead + eachPerson + personsTail

const eachPerson = `
    SELECT city, insutype, psn_no, CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost, MAX(age) AS age
    FROM (` + kept + `) k
    GROUP BY city, insutype, psn_no`

const personsHead = `
SELECT city, insutype, age_group, COUNT(*) AS persons, CAST(SUM(cost) AS BIGINT) AS cost,
  CAST(COALESCE(SUM(cost) FILTER (WHERE place * 100 < everybody + 100), 0) AS BIGINT) AS top_1,
  CAST(COALESCE(SUM(cost) FILTER (WHERE place * 20 < everybody + 20), 0) AS BIGINT) AS top_5
FROM (
  SELECT city, insutype, cost,
    CASE WHEN age <= 17 THEN 0 WHEN age <= 44 THEN 1 WHEN age <= 59 THEN 2 WHEN age <= 74 THEN 3 ELSE 4 END AS age_group,
    ROW_NUMBER() OVER (PARTITION BY city, insutype ORDER BY cost DESC, age DESC NULLS LAST) AS place,
    COUNT(*) OVER (PARTITION BY city, insutype) AS everybody
  FROM (`

const personsTail = `
  ) p
) q
GROUP BY city, insutype, age_group
ORDER BY city, insutype, age_group`

// refunded gives the numbers of the settlements in the snapshot that were refunded. Citus joins distributed tables by person
// alone, so refunds and what they refund meet in lists of numbers and not in joins.
const refunded = `SELECT setl_id FROM claims
  WHERE refd_setl_flag = 0 AND setl_id IN (SELECT init_setl_id FROM claims WHERE refd_setl_flag = 1 AND init_setl_id IS NOT NULL)`

// refundsSQL tells how many refunds there are, and how many refund what is not in the snapshot, and their sum.
const refundsSQL = `
SELECT CAST(SUM(refunds) AS BIGINT) AS refunds, CAST(SUM(elsewhere) AS BIGINT) AS elsewhere, CAST(SUM(cost) AS BIGINT) AS elsewhere_cost
FROM (
  SELECT COUNT(*) AS refunds, 0 AS elsewhere, CAST(0 AS BIGINT) AS cost FROM claims WHERE refd_setl_flag = 1
  UNION ALL
  SELECT 0 AS refunds, COUNT(*) AS elsewhere, CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost FROM (` + orphanSQL + `) o
) f`

// Querier is a connection on which the relation claims can be read: a *sql.Conn, *sql.Tx or *sql.DB of DuckDB or PostgreSQL.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// query runs a query and hands each row to scan.
func query(ctx context.Context, q Querier, text string, scan func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, text)
	if err != nil {
		return failed(ctx, err)
	}
	defer rows.Close() // read to the end or failed
	for rows.Next() {
		if err := scan(rows); err != nil {
			return failed(ctx, err)
		}
	}
	return failed(ctx, rows.Err())
}

func failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case strings.Contains(err.Error(), "Out of Memory Error"):
		f := fault.New(fault.Refused, "lake.memory")
		f.Cause = err
		return f
	case unreadable(err):
		f := fault.New(fault.Refused, "lake.file_damaged")
		f.Cause = err
		return f
	}
	return fault.Wrap(err, "lake.query")
}

// unreadable tells whether a file of the store was not there for the engine, or not what it should be.
func unreadable(err error) bool {
	for _, text := range []string{"No files found", "No such file", "No magic bytes", "Invalid Input Error", "TProtocolException", "ZSTD", "file system operations are disabled"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// claimsView is the relation claims of a snapshot in DuckDB.
func (l *Lake) claimsView(s Snapshot) (string, error) {
	relation, err := l.relation(s.files)
	return "CREATE OR REPLACE TEMP VIEW claims AS " + relation, err
}

// relation is the query that gives the rows of files.
func (l *Lake) relation(files []File) (string, error) {
	var plain, sealed []string
	for _, f := range files {
		if err := l.mayRead(f.sealed); err != nil {
			return "", err
		}
		path := quoted(l.path(filepath.FromSlash(f.Path)))
		if f.sealed == "" {
			plain = append(plain, path)
		} else {
			sealed = append(sealed, path)
		}
	}
	var parts []string
	for _, part := range []struct {
		paths []string
		how   string
	}{{plain, ""}, {sealed, ", encryption_config = {footer_key: " + quoted(keyName) + "}"}} {
		if len(part.paths) > 0 {
			parts = append(parts, "SELECT * FROM read_parquet(["+strings.Join(part.paths, ", ")+"], hive_partitioning = false"+part.how+")")
		}
	}
	return strings.Join(parts, " UNION ALL "), nil
}
