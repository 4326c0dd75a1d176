package lake

import (
	"context"
	"database/sql"

	"tongchou/internal/region"
)

// visitsSQL gives the settlements that are no refunds. It runs on DuckDB and on PostgreSQL.
const visitsSQL = `
SELECT setl_id, psn_no, insutype, psn_type, med_type, insuplc_admdvs, mdtrtarea_admvs, hosp_lv, setl_time, enddate, setl_type, city, age, fulamt_ownpay_amt, overlmt_selfpay,
  preselfpay_amt, inscp_scp_amt, hifp_pay, cvlserv_pay, hifes_pay, hifob_pay, hifmi_pay, maf_pay, oth_pay
FROM claims WHERE refd_setl_flag = 0`

// takeRows lays aside what the engine of the store gives row by row: what lies on a server, and files that are sealed.
func (r *visitReader) takeRows(ctx context.Context, kind Kind) error {
	s, err := r.lake.Session(ctx, r.snapshot.Year, kind)
	if err != nil {
		return err
	}
	defer s.Close() // it was only read
	r.snapshot, r.back = s.Snapshot, map[string]struct{}{}
	if err := query(ctx, s, "SELECT init_setl_id FROM claims WHERE refd_setl_flag = 1", func(rows *sql.Rows) error {
		var id sql.NullString
		r.refunds.Add(1)
		err := rows.Scan(&id)
		if id.Valid {
			r.back[id.String] = struct{}{}
		}
		return err
	}); err != nil {
		return err
	}
	t, read := r.newTaker(), int64(0)
	if err := query(ctx, s, visitsSQL, func(rows *sql.Rows) error {
		if read++; read%rowsTold == 0 {
			r.tell(rowsTold)
		}
		return r.takeRow(t, rows)
	}); err != nil {
		return err
	}
	return t.finish()
}

// rowsTold is after how many rows it is told how far reading is.
const rowsTold = 1 << 14

func (r *visitReader) takeRow(t *taker, rows *sql.Rows) error {
	var v rawVisit
	var texts [10]sql.NullString
	var numbers [12]sql.NullInt64
	to := []any{&v.id, &v.person}
	for i := range texts {
		to = append(to, &texts[i])
	}
	for i := range numbers {
		to = append(to, &numbers[i])
	}
	if err := rows.Scan(to...); err != nil {
		return err
	}
	for i, into := range []*string{&v.insurance, &v.personType, &v.medType, &v.insuredAt, &v.treatedAt, &v.level, &v.settled, &v.end, &v.settledBy} {
		*into = texts[i].String
	}
	for i, into := range []*int64{&v.age, &v.whole, &v.over, &v.first, &v.scope, &v.basic, &v.civil, &v.firm, &v.large, &v.catastrophic, &v.aid, &v.other} {
		*into = numbers[i].Int64
	}
	v.city = r.city(region.Code(texts[9].String))
	return t.take(&v)
}
