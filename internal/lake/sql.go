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
const kept = `
  SELECT city, insutype, psn_no, hosp_lv, hi_paymtd, setl_type, offsite, age, gend, medfee_sumamt, inscp_scp_amt, fund_pay_sumamt,
    CASE WHEN med_type LIKE '2%' OR med_type LIKE '52%' THEN 1 ELSE 0 END AS inpatient
  FROM claims c
  WHERE refd_setl_flag = 0 AND insutype IN ('310', '390')
    AND NOT EXISTS (SELECT 1 FROM claims r WHERE r.refd_setl_flag = 1 AND r.init_setl_id = c.setl_id)`

// totalsSQL gives, for every pooling area and insurance, all sums that one pass over the settlements gives.
const totalsSQL = `
SELECT city, insutype,
  COUNT(*) AS settlements,
  CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost,
  CAST(COALESCE(SUM(fund_pay_sumamt), 0) AS BIGINT) AS fund,
  COUNT(*) FILTER (WHERE inpatient = 1) AS admissions,
  CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE inpatient = 1), 0) AS BIGINT) AS inpatient_cost,
  CAST(COALESCE(SUM(fund_pay_sumamt) FILTER (WHERE inpatient = 1), 0) AS BIGINT) AS inpatient_fund,
  CAST(COALESCE(SUM(fund_pay_sumamt) FILTER (WHERE inpatient = 1 AND offsite = 1), 0) AS BIGINT) AS offsite_fund,
  COUNT(*) FILTER (WHERE inpatient = 1 AND offsite = 1) AS offsite_admissions,
  COUNT(*) FILTER (WHERE inpatient = 1 AND offsite = 1 AND setl_type = '2') AS offsite_direct,
  CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE inpatient = 1 AND offsite = 1), 0) AS BIGINT) AS offsite_cost,
  CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE inpatient = 1 AND offsite = 1 AND setl_type = '2'), 0) AS BIGINT) AS offsite_direct_cost,
  CAST(COALESCE(SUM(inscp_scp_amt) FILTER (WHERE inpatient = 1), 0) AS BIGINT) AS inpatient_scope,
  CAST(COALESCE(SUM(inscp_scp_amt) FILTER (WHERE inpatient = 1 AND hosp_lv <= '04'), 0) AS BIGINT) AS scope_3,
  CAST(COALESCE(SUM(fund_pay_sumamt) FILTER (WHERE inpatient = 1 AND hosp_lv <= '04'), 0) AS BIGINT) AS fund_3,
  CAST(COALESCE(SUM(inscp_scp_amt) FILTER (WHERE inpatient = 1 AND hosp_lv BETWEEN '05' AND '07'), 0) AS BIGINT) AS scope_2,
  CAST(COALESCE(SUM(fund_pay_sumamt) FILTER (WHERE inpatient = 1 AND hosp_lv BETWEEN '05' AND '07'), 0) AS BIGINT) AS fund_2,
  CAST(COALESCE(SUM(inscp_scp_amt) FILTER (WHERE inpatient = 1 AND hosp_lv BETWEEN '08' AND '10'), 0) AS BIGINT) AS scope_1,
  CAST(COALESCE(SUM(fund_pay_sumamt) FILTER (WHERE inpatient = 1 AND hosp_lv BETWEEN '08' AND '10'), 0) AS BIGINT) AS fund_1,
  CAST(COALESCE(SUM(fund_pay_sumamt) FILTER (WHERE inpatient = 1 AND hi_paymtd = '4'), 0) AS BIGINT) AS drg_fund,
  CAST(COALESCE(SUM(fund_pay_sumamt) FILTER (WHERE inpatient = 1 AND hi_paymtd = '3'), 0) AS BIGINT) AS dip_fund
FROM (` + kept + `) k
GROUP BY city, insutype
ORDER BY city, insutype`

// personsSQL gives the persons of every pooling area, insurance and age group, and what they cost. A person's age is the
// highest of the year.
const personsSQL = `
SELECT city, insutype, age_group, COUNT(*) AS persons, CAST(COALESCE(SUM(cost), 0) AS BIGINT) AS cost
FROM (
  SELECT city, insutype, psn_no, SUM(medfee_sumamt) AS cost,
    CASE WHEN MAX(age) <= 17 THEN '0-17' WHEN MAX(age) <= 44 THEN '18-44' WHEN MAX(age) <= 59 THEN '45-59'
      WHEN MAX(age) <= 74 THEN '60-74' ELSE '75+' END AS age_group
  FROM (` + kept + `) k
  GROUP BY city, insutype, psn_no
) p
GROUP BY city, insutype, age_group
ORDER BY city, insutype, CASE age_group WHEN '0-17' THEN 1 WHEN '18-44' THEN 2 WHEN '45-59' THEN 3 WHEN '60-74' THEN 4 ELSE 5 END`

// concentrationSQL gives what the costliest persons cost: the first hundredth of them and the first twentieth, a part of a
// person counting as one. Whoever of several equals is taken, the sum is the same.
const concentrationSQL = `
SELECT city, insutype, COUNT(*) AS persons, CAST(COALESCE(SUM(cost), 0) AS BIGINT) AS cost,
  CAST(COALESCE(SUM(cost) FILTER (WHERE place * 100 < persons + 100), 0) AS BIGINT) AS top_1,
  CAST(COALESCE(SUM(cost) FILTER (WHERE place * 20 < persons + 20), 0) AS BIGINT) AS top_5
FROM (
  SELECT city, insutype, cost,
    ROW_NUMBER() OVER (PARTITION BY city, insutype ORDER BY cost DESC NULLS LAST) AS place,
    COUNT(*) OVER (PARTITION BY city, insutype) AS persons
  FROM (
    SELECT city, insutype, psn_no, CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost
    FROM (` + kept + `) k
    GROUP BY city, insutype, psn_no
  ) p
) q
GROUP BY city, insutype
ORDER BY city, insutype`

// refundsSQL tells how many refunds there are, and how many refund what is not in the snapshot, and their sum.
const refundsSQL = `
SELECT COUNT(*) AS refunds,
  COUNT(*) FILTER (WHERE NOT found) AS elsewhere,
  CAST(COALESCE(SUM(medfee_sumamt) FILTER (WHERE NOT found), 0) AS BIGINT) AS elsewhere_cost
FROM (
  SELECT medfee_sumamt, EXISTS (SELECT 1 FROM claims c WHERE c.refd_setl_flag = 0 AND c.setl_id = r.init_setl_id) AS found
  FROM claims r WHERE refd_setl_flag = 1
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
	}
	return fault.Wrap(err, "lake.query")
}

// CreateTableSQL is the definition of a table of claims in PostgreSQL, partitioned by year. An import is known by its id and
// kind, so that it can be withdrawn and kinds never mix.
func CreateTableSQL(table string) string {
	lines := []string{"import_id VARCHAR NOT NULL", "kind VARCHAR NOT NULL"}
	for _, c := range StoredColumns() {
		lines = append(lines, c.Name+" "+c.Type)
	}
	return "CREATE TABLE " + table + " (\n  " + strings.Join(lines, ",\n  ") + "\n) PARTITION BY LIST (year)"
}

// claimsView is the relation claims of a snapshot in DuckDB.
func (l *Lake) claimsView(s Snapshot) string {
	var files []string
	for _, f := range s.files {
		files = append(files, quoted(l.path(filepath.FromSlash(f.Path))))
	}
	return "CREATE OR REPLACE TEMP VIEW claims AS SELECT * FROM read_parquet([" + strings.Join(files, ", ") + "], hive_partitioning = false)"
}
