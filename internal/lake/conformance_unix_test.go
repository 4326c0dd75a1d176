//go:build !windows

package lake

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// awkward are rows that engines might read differently: refunds in and out of the snapshot, zero rows, negative corrections,
// ties at the edge of the costliest, absent cells, a group of one, amounts beyond 32 bits. Only what the queries look at is set.
func awkward() []map[string]any {
	var out []map[string]any
	add := func(id, city, insurance, person string, more map[string]any) map[string]any {
		row := map[string]any{"setl_id": id, "city": city, "insutype": insurance, "psn_no": person, "med_type": "11", "hosp_lv": "02", "hi_paymtd": "1",
			"setl_type": "2", "offsite": 0, "age": 30, "gend": "1", "medfee_sumamt": 100, "inscp_scp_amt": 90, "fund_pay_sumamt": 50,
			"refd_setl_flag": 0, "year": 2025, "month": 1}
		for k, v := range more {
			row[k] = v
		}
		out = append(out, row)
		return row
	}
	for i := range 230 { // ties at 1% and 5%
		add(fmt.Sprintf("t%d", i), "510100", "310", fmt.Sprintf("p%d", i), map[string]any{"medfee_sumamt": 1000 - i/20*20, "age": i % 100})
	}
	for i := range 40 {
		add(fmt.Sprintf("h%d", i), "510300", "390", fmt.Sprintf("q%d", i%7), map[string]any{"med_type": []string{"21", "2101", "52", "51", "28"}[i%5], "hi_paymtd": []string{"1", "3", "4", "5"}[i%4],
			"hosp_lv": fmt.Sprintf("%02d", 1+i%11), "offsite": i % 2, "setl_type": []string{"1", "2"}[i/2%2], "medfee_sumamt": 1_000_000_007 * int64(i), "fund_pay_sumamt": 700_000_003 * int64(i),
			"inscp_scp_amt": 900_000_001 * int64(i), "age": 59 + i%3, "month": 1 + i%12})
	}
	refund := map[string]any{"refd_setl_flag": 1, "medfee_sumamt": -100, "fund_pay_sumamt": -50, "inscp_scp_amt": -90}
	add("r1", "510100", "310", "p3", refund)["init_setl_id"] = "t3"
	add("r2", "510100", "310", "p3", refund)["init_setl_id"] = "gone"
	add("r3", "510300", "390", "q1", refund)["init_setl_id"] = "h1"
	add("r4", "510300", "390", "q1", refund)["init_setl_id"] = "h1" // twice
	add("z1", "510400", "310", "z", map[string]any{"medfee_sumamt": 0, "fund_pay_sumamt": 0, "inscp_scp_amt": 0, "med_type": "21"})
	add("n1", "510400", "390", "n", map[string]any{"medfee_sumamt": -5000, "fund_pay_sumamt": -1, "med_type": "21"})
	add("n2", "510400", "390", "m", map[string]any{"medfee_sumamt": -5000, "inscp_scp_amt": nil, "fund_pay_sumamt": nil, "hosp_lv": nil, "hi_paymtd": nil, "setl_type": nil, "med_type": "21", "offsite": 1})
	add("o1", "510000", "310", "o", map[string]any{"medfee_sumamt": nil, "age": 75})
	add("x1", "510100", "510", "p1", map[string]any{"med_type": "52"}) // an insurance without a fund of its own here
	return out
}

// load makes the relation claims of rows in a database.
func load(t *testing.T, q interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, rows []map[string]any, create ...string) {
	t.Helper()
	for _, text := range create {
		if _, err := q.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range rows {
		var names, values []string
		for _, c := range StoredColumns() {
			v, ok := row[c.Name]
			if !ok || v == nil {
				continue
			}
			names = append(names, c.Name)
			values = append(values, "'"+fmt.Sprint(v)+"'")
		}
		text := "INSERT INTO lake_claims (import_no, " + strings.Join(names, ", ") + ") VALUES (1, " + strings.Join(values, ", ") + ")"
		if _, err := q.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}

// The same text gives the same bytes on DuckDB and on PostgreSQL.
func TestEnginesAgree(t *testing.T) {
	t.Attr("clause", "YN-2.5")
	l := openLake(t, t.TempDir())
	duck, err := l.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer duck.Close()
	rows := awkward()
	view := "CREATE VIEW claims AS SELECT * FROM lake_claims WHERE year = 2025"
	create, _, _ := strings.Cut(CreateTableSQL("lake_claims"), " PARTITION BY")
	load(t, duck, rows, create, view)
	postgres := startPostgres(t)
	load(t, postgres, rows, CreateTableSQL("lake_claims"), "CREATE TABLE lake_claims_2025 PARTITION OF lake_claims FOR VALUES IN (2025)", view)
	for name, text := range map[string]string{"totals": totalsSQL, "persons": personsSQL, "refunds": refundsSQL, "cells": cellsSQL} {
		a, b := dump(t, duck, text), dump(t, postgres, text)
		if a != b || a == "" {
			t.Errorf("%s differ:\nDuckDB\n%s\nPostgreSQL\n%s", name, a, b)
		}
	}
	var both [2]string
	for i, q := range []Querier{duck, postgres} {
		f, err := DrawFactors(t.Context(), q, 2025, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		both[i] = string(text)
	}
	if both[0] != both[1] {
		t.Errorf("factors differ:\n%s\n%s", both[0], both[1])
	}
}
