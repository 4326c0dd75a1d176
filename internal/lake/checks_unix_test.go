//go:build !windows

package lake

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// soundRows are a year of two cities and both insurances in which there is nothing to find: every month one stay in one of six
// institutions and three visits.
func soundRows() []map[string]any {
	var out []map[string]any
	for _, city := range []string{"510100", "510300"} {
		for _, insurance := range []string{"310", "390"} {
			for i := range 48 {
				m, n := i/4+1, i%4
				day := func(d int) string { return fmt.Sprintf("2025-%02d-%02d", m, d) }
				row := map[string]any{"setl_id": fmt.Sprintf("%s-%s-%02d", city, insurance, i), "city": city, "insutype": insurance, "psn_no": fmt.Sprintf("p%s%s%d", city, insurance, n),
					"med_type": "11", "hosp_lv": "02", "hi_paymtd": "1", "setl_type": "2", "offsite": 0, "age": 30 + n, "gend": fmt.Sprint(1 + n%2), "insuplc_admdvs": city, "mdtrtarea_admvs": city,
					"fixmedins_code": "H9", "setl_time": day(10 + n), "begndate": day(10 + n), "enddate": day(10 + n), "medfee_sumamt": 3000 + n, "hifp_pay": 1000,
					"refd_setl_flag": 0, "year": 2025, "month": m}
				if n == 0 {
					maps.Copy(row, map[string]any{"med_type": "21", "begndate": day(5), "fixmedins_code": fmt.Sprintf("H%d", m%6), "medfee_sumamt": 100_000 + 1000*(m%6)})
				}
				out = append(out, row)
			}
		}
	}
	return out
}

// soundOptions are what the sound rows agree with.
func soundOptions(last Querier) CheckOptions {
	o := CheckOptions{Today: "2025-12-31", Fewest: 2, Last: last}
	for _, city := range []region.Code{"510100", "510300"} {
		for _, insurance := range pool.Insurances() {
			key := pool.Key{Year: 2025, Division: city, Insurance: insurance}
			o.Statements = append(o.Statements, pool.Statement{Key: key, Spent: 48_000})
			o.Enrolled = append(o.Enrolled, Enrolled{Key: key, Group: "18-44", Headcount: 20})
		}
	}
	return o
}

// planted is a finding put into the sound rows or what they are compared with; nothing else is found then. count is how many
// rows are behind it, over all places.
type planted struct {
	kind   CheckKind
	count  int64
	rows   func([]map[string]any) []map[string]any
	option func(*CheckOptions)
}

// copied adds a copy of the second row, an outpatient visit of 510100 and employees, with changes.
func copied(changes ...any) func([]map[string]any) []map[string]any {
	return func(rows []map[string]any) []map[string]any {
		row := maps.Clone(rows[1])
		for i := 0; i < len(changes); i += 2 {
			row[changes[i].(string)] = changes[i+1]
		}
		return append(rows, row)
	}
}

// change changes every row that a condition picks.
func change(pick func(map[string]any) bool, column string, to func(any) any) func([]map[string]any) []map[string]any {
	return func(rows []map[string]any) []map[string]any {
		for i := range rows {
			if pick(rows[i]) {
				rows[i] = maps.Clone(rows[i])
				rows[i][column] = to(rows[i][column])
			}
		}
		return rows
	}
}

func without(pick func(map[string]any) bool) func([]map[string]any) []map[string]any {
	return func(rows []map[string]any) []map[string]any { return slices.DeleteFunc(rows, pick) }
}

func number(id string) func(map[string]any) bool {
	return func(row map[string]any) bool { return row["setl_id"] == id }
}

func constant(v any) func(any) any { return func(any) any { return v } }

func everyPlanted() []planted {
	const visit, person = "510100-310-01", "new"
	first := func(row map[string]any) bool { return row["city"] == "510100" && row["insutype"] == "310" }
	code := func(column string, value any) planted {
		return planted{CheckCode, 1, copied("setl_id", "x", "psn_no", person, "medfee_sumamt", 7, column, value), nil}
	}
	return []planted{
		{CheckRepeated, 2, copied("medfee_sumamt", 1), nil},
		{CheckDuplicate, 2, copied("setl_id", "x"), nil},
		{CheckDuplicate, 3, func(rows []map[string]any) []map[string]any {
			return copied("setl_id", "y")(copied("setl_id", "x")(rows))
		}, nil},
		{CheckOrphan, 1, copied("setl_id", "x", "medfee_sumamt", -5, "hifp_pay", -5, "refd_setl_flag", 1, "init_setl_id", "gone"), nil},
		{CheckRefund, 1, copied("setl_id", "x", "medfee_sumamt", -5, "hifp_pay", -5, "refd_setl_flag", 1, "init_setl_id", visit), nil},
		{CheckOrder, 1, change(number(visit), "begndate", constant("2025-01-12")), nil},
		{CheckOrder, 1, change(number(visit), "enddate", constant("2025-01-10")), nil},
		{CheckFuture, 1, change(number(visit), "enddate", constant("2026-01-01")), nil},
		{CheckOverlap, 2, copied("setl_id", "x", "psn_no", "p5101003100", "age", 30, "gend", "1", "med_type", "2101", "begndate", "2025-01-09", "enddate", "2025-01-11", "setl_time", "2025-01-11", "fixmedins_code", "H7"), nil},
		{CheckAge, 1, copied("setl_id", "x", "psn_no", person, "medfee_sumamt", 7, "age", 131), nil},
		{CheckAge, 1, copied("setl_id", "x", "psn_no", person, "medfee_sumamt", 7, "age", nil), nil},
		{CheckAgeDiffers, 12, change(number(visit), "age", constant(33)), nil},
		{CheckSexDiffers, 12, change(number(visit), "gend", constant("1")), nil},
		code("insutype", "999"), code("med_type", "7701"), code("hosp_lv", "77"), code("gend", nil), code("gend", "9"), code("hi_paymtd", "x'y"),
		code("setl_type", "3"), code("insuplc_admdvs", "518888"), code("mdtrtarea_admvs", "518888"), code("mdtrtarea_admvs", "0"),
		{CheckOutlier, 8, change(func(row map[string]any) bool { return row["fixmedins_code"] == "H3" }, "medfee_sumamt", constant(150_000)), nil},
		{CheckAreaMissing, 0, without(first), nil},
		{CheckMonthMissing, 0, without(func(row map[string]any) bool { return first(row) && row["month"] == 12 }), func(o *CheckOptions) { o.StatementTolerance = money.One / 10 }},
		{CheckStatement, 48, nil, func(o *CheckOptions) { o.Statements[0].Spent = 51_000 }},
		{CheckUnstated, 48, nil, func(o *CheckOptions) { o.Statements = o.Statements[1:] }},
		{CheckPersons, 4, nil, func(o *CheckOptions) { o.Enrolled[0].Headcount = 3 }},
		{CheckUnenrolled, 4, nil, func(o *CheckOptions) { o.Enrolled = o.Enrolled[1:] }},
		{CheckChange, 48, change(first, "medfee_sumamt", func(v any) any { return v.(int) * 2 }), nil},
	}
}

// fill puts rows into the table at once.
func fill(t *testing.T, q interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, rows []map[string]any) {
	t.Helper()
	var lines []string
	for _, row := range rows {
		cells := []string{"1"}
		for _, c := range StoredColumns() {
			cell := "NULL"
			if v := row[c.Name]; v != nil {
				cell = quoted(fmt.Sprint(v))
			}
			cells = append(cells, "CAST("+cell+" AS "+c.Type+")")
		}
		lines = append(lines, "("+strings.Join(cells, ", ")+")")
	}
	if _, err := q.ExecContext(t.Context(), "INSERT INTO lake_claims VALUES "+strings.Join(lines, ",\n")); err != nil {
		t.Fatal(err)
	}
}

// table makes the relation claims of a database an empty table.
func table(t *testing.T, q interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}) {
	t.Helper()
	create, _, _ := strings.Cut(CreateTableSQL("lake_claims"), " PARTITION BY")
	load(t, q, nil, create, "CREATE VIEW claims AS SELECT * FROM lake_claims")
}

func duckTable(t *testing.T) *sql.Conn {
	t.Helper()
	conn, err := openLake(t, t.TempDir()).db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	table(t, conn)
	return conn
}

// A sound year has no findings; each thing that is wrong gives its finding, once in each place, and nothing else.
func TestChecksFindWhatIsPlanted(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	last, q := duckTable(t), duckTable(t)
	fill(t, last, soundRows())
	texts := map[locale.Lang]*locale.Printer{}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		texts[lang] = p
	}
	kinds := map[CheckKind]bool{}
	for _, p := range append([]planted{{}}, everyPlanted()...) {
		rows, o := soundRows(), soundOptions(last)
		if p.rows != nil {
			rows = p.rows(rows)
		}
		if p.option != nil {
			p.option(&o)
		}
		load(t, q, nil, "BEGIN")
		fill(t, q, rows)
		r, err := DrawChecks(t.Context(), q, Snapshot{Year: 2025, Kind: Final}, o)
		if err != nil {
			t.Fatal(err)
		}
		checkFindings(t, q, p, r, texts)
		load(t, q, nil, "ROLLBACK")
		kinds[p.kind] = true
	}
	for _, kind := range CheckKinds() {
		if !kinds[kind] {
			t.Errorf("%s is never planted", kind)
		}
	}
}

func checkFindings(t *testing.T, q Querier, p planted, r CheckReport, texts map[locale.Lang]*locale.Printer) {
	t.Helper()
	want := 1
	if p.kind == "" {
		want = 0
	}
	if len(r.Findings) != want || len(r.Skipped) != 0 {
		t.Errorf("%s: %d findings %+v, skipped %v", p.kind, len(r.Findings), r.Findings, r.Skipped)
		return
	}
	for _, f := range r.Findings {
		if f.Kind != p.kind || f.Count != p.count || f.Clause != "YA-4.8.1" || f.Severity == "" {
			t.Errorf("%s: %+v", p.kind, f)
		}
		for lang, printer := range texts {
			if text := printer.Text(f.Message); strings.ContainsAny(text, "{}") || !printer.Has(f.Kind.Title()) || !printer.Has(f.Severity.Title()) {
				t.Errorf("%s: %s %s", p.kind, lang, text)
			}
		}
		found, err := drawFound(t.Context(), q, f)
		if err != nil || f.Rows != "" && len(found) != int(f.Count) || len(found) > 0 && (found[0].Person == "" || found[0].ID == "") {
			t.Errorf("%s: %v, rows %+v", p.kind, err, found)
		}
	}
}

// What looks wrong and is not: a settlement refunded whole and made again, a transfer on the day of leaving, visits of no amount,
// days and codes that may be absent, an insurance without a fund here, divisions of the insurance system's own and of elsewhere.
func TestAwkwardButSound(t *testing.T) {
	q := duckTable(t)
	rows, o := soundRows(), soundOptions(nil)
	o.Statements = append(o.Statements, pool.Statement{Key: pool.Key{Year: 2024, Division: "510100", Insurance: pool.Employee}, Spent: 1})
	for _, add := range [][]any{
		{"setl_id", "x1", "medfee_sumamt", -3001, "hifp_pay", -1000, "refd_setl_flag", 1, "init_setl_id", "510100-310-01"},
		{"setl_id", "x2"},
		{"setl_id", "x3", "psn_no", "p5101003100", "age", 30, "gend", "1", "med_type", "2101", "begndate", "2025-01-10", "enddate", "2025-01-12", "setl_time", "2025-01-12", "fixmedins_code", "H7", "hifp_pay", 1},
		{"setl_id", "x4", "medfee_sumamt", 0, "hifp_pay", 0}, {"setl_id", "x5", "medfee_sumamt", 0, "hifp_pay", 0},
		{"setl_id", "x6", "medfee_sumamt", 9, "hifp_pay", 0, "begndate", nil, "enddate", nil, "hosp_lv", nil, "hi_paymtd", nil, "setl_type", nil},
		{"setl_id", "x7", "medfee_sumamt", 8, "hifp_pay", 0, "insutype", "510", "med_type", "52"},
		{"setl_id", "x8", "medfee_sumamt", 7, "hifp_pay", 0, "age", 32, "insuplc_admdvs", "519900", "mdtrtarea_admvs", "310101"},
		{"setl_id", "x9", "medfee_sumamt", -6, "hifp_pay", 0, "insuplc_admdvs", "510199", "fixmedins_code", nil},
	} {
		rows = copied(add...)(rows)
	}
	fill(t, q, rows)
	r, err := DrawChecks(t.Context(), q, Snapshot{Year: 2025, Kind: Final}, o)
	if err != nil || len(r.Findings) != 0 || !slices.Equal(r.Skipped, []CheckKind{CheckChange}) {
		t.Errorf("%v %+v %v", err, r.Findings, r.Skipped)
	}
}

// What there is nothing to compare with is said to be left out; a preliminary year need not have its last months.
func TestChecksLeaveOut(t *testing.T) {
	q := duckTable(t)
	fill(t, q, slices.DeleteFunc(soundRows(), func(row map[string]any) bool { return row["month"].(int) > 9 }))
	r, err := DrawChecks(t.Context(), q, Snapshot{Year: 2025, Kind: Preliminary}, CheckOptions{})
	want := []CheckKind{CheckAreaMissing, CheckStatement, CheckUnstated, CheckPersons, CheckUnenrolled, CheckChange}
	if err != nil || len(r.Findings) != 0 || !slices.Equal(r.Skipped, want) {
		t.Errorf("%v %+v", err, r)
	}
	if r, err = DrawChecks(t.Context(), q, Snapshot{Year: 2025, Kind: Final}, CheckOptions{}); err != nil || len(r.Findings) != 4 || r.Count(SeverityError) != 4 {
		t.Errorf("%v %+v", err, r)
	}
}

// Everything planted at once gives the same report and the same rows on DuckDB and on PostgreSQL.
func TestEnginesAgreeOnChecks(t *testing.T) {
	postgres := startPostgres(t)
	table(t, postgres)
	duck := duckTable(t)
	last := duckTable(t)
	fill(t, last, soundRows())
	rows, o := soundRows(), soundOptions(last)
	for _, p := range everyPlanted() {
		if p.kind == CheckAreaMissing || p.kind == CheckMonthMissing {
			continue // no row would be left to plant in
		}
		if p.rows != nil {
			rows = p.rows(rows)
		}
	}
	rows = append(rows, awkward()...)
	fill(t, duck, rows)
	fill(t, postgres, rows)
	var both [2]string
	for i, q := range []Querier{duck, postgres} {
		r, err := DrawChecks(t.Context(), q, Snapshot{Year: 2025, Kind: Final}, o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(r)
		if err != nil || len(r.Findings) < 15 {
			t.Fatal(err, len(r.Findings))
		}
		both[i] = string(b)
		for _, f := range r.Findings {
			if f.Rows != "" {
				both[i] += "\n" + dump(t, q, f.Rows)
			}
		}
	}
	a, b := strings.Split(both[0], "\n"), strings.Split(both[1], "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("line %d:\nDuckDB %s\nPostgreSQL %s", i, a[i], b[i])
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d and %d lines", len(a), len(b))
	}
}
