package lake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
)

// parquet writes a query's result as a Parquet file; %s in it is a CSV file of two sound rows.
func parquetFile(t *testing.T, query string) string {
	t.Helper()
	dir := t.TempDir()
	text := filepath.Join(dir, "rows.csv")
	if err := os.WriteFile(text, []byte(head()+with("a")+with("b", "init_setl_id", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := openEngine(t.Context(), dir, dir, Options{Memory: "256MB", Threads: 1})
	if err != nil {
		t.Skipf("needs DuckDB: %v", err)
	}
	defer db.Close()
	path := filepath.Join(dir, "rows.parquet")
	query = strings.ReplaceAll(query, "%s", "read_csv("+quoted(text)+", all_varchar = true, header = true)")
	if _, err := db.ExecContext(t.Context(), "COPY ("+query+") TO "+quoted(path)+" (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	return path
}

// amountsAs replaces every amount by an expression of it.
func amountsAs(expression string) string {
	var all []string
	for _, c := range columns()[colAmounts:colRefund] {
		all = append(all, "CAST("+strings.ReplaceAll(expression, "$", c.name)+") AS "+c.name)
	}
	return "SELECT * REPLACE (" + strings.Join(all, ", ") + ") FROM %s"
}

// A Parquet file is read by its types, and refused where they cannot be what the column is.
func TestParquet(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	typed := "setl_time::DATE AS setl_time, begndate::TIMESTAMP AS begndate, (enddate || ' 17:00:00+00')::TIMESTAMPTZ AS enddate, age::TINYINT AS age, insutype::INTEGER AS insutype, (refd_setl_flag = '1') AS refd_setl_flag"
	for name, c := range map[string]struct {
		query string
		m     *Mapping
		key   string // of the refusal, or of the first reject
		rows  int64
	}{
		"text":             {"SELECT * FROM %s", nil, "", 2},
		"types":            {"SELECT * REPLACE (" + typed + ") FROM %s", nil, "", 2},
		"decimals":         {amountsAs("$ AS DECIMAL(18,2)"), nil, "", 2},
		"many decimals":    {amountsAs("$ AS DECIMAL(18,4)"), nil, "", 2},
		"below the fen":    {"SELECT * REPLACE (CAST(1000.0010 AS DECIMAL(18,4)) AS medfee_sumamt) FROM %s", nil, "lake.row.amount", 0},
		"whole":            {amountsAs("CAST($ AS DECIMAL(18,2)) * 100 AS BIGINT"), nil, "lake.parquet.amount", 0},
		"fen":              {amountsAs("CAST($ AS DECIMAL(18,2)) * 100 AS BIGINT"), &Mapping{Amounts: Fen}, "", 2},
		"decimals as fen":  {amountsAs("$ AS DECIMAL(18,2)"), &Mapping{Amounts: Fen}, "lake.parquet.fen", 0},
		"age in tenths":    {"SELECT * REPLACE (61.0::DECIMAL(4,1) AS age), 0::DECIMAL(16,2) AS hifdm_pay, '1' AS vali_flag FROM %s", nil, "", 2},
		"floating":         {amountsAs("$ AS DOUBLE"), nil, "lake.parquet.amount", 0},
		"floating number":  {"SELECT * REPLACE (1.5::DOUBLE AS age) FROM %s", nil, "lake.parquet.text", 0},
		"list":             {"SELECT * REPLACE ([setl_id] AS setl_id) FROM %s", nil, "lake.parquet.text", 0},
		"whole day":        {"SELECT * REPLACE (20250301 AS setl_time) FROM %s", nil, "lake.parquet.day", 0},
		"whole day mapped": {"SELECT * REPLACE (20250301 AS setl_time) FROM %s", &Mapping{Days: DayDigits}, "", 2},
		"quotes":           {"SELECT * REPLACE ('a\",' || chr(10) AS dise_no) FROM %s", nil, "lake.row.text", 0},
		"NUL":              {"SELECT * REPLACE ('I' || chr(0) AS dise_no) FROM %s", nil, "lake.row.nul", 0},
		"missing":          {"SELECT setl_id FROM %s", nil, "lake.import.missing", 0},
		"Chinese":          {"SELECT * EXCLUDE (gend), CASE gend WHEN '1' THEN '男' ELSE '女' END AS 性别, NULL AS \"备,\t注\"\"\" FROM %s", &Mapping{Columns: map[string]string{"gend": "性别"}, Values: map[string]map[string]string{"gend": {"男": "1"}}}, "", 2},
		"no rows":          {"SELECT * FROM %s WHERE false", nil, "lake.import.nothing", 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLake(t, t.TempDir())
			r, err := l.Import(t.Context(), parquetFile(t, c.query), ImportOptions{Mapping: c.m})
			if c.key != "" {
				refused(t, err, c.key, 1)
			} else if err != nil || r.Rows != c.rows || r.Rejected != 0 {
				t.Fatalf("%+v, %v", r, err)
			}
		})
	}
	l := openLake(t, t.TempDir())
	for _, c := range []struct{ instant, day string }{{"15:59:59", "2025-03-01"}, {"16:00:00", "2025-03-02"}} { // UTC, and the day in China
		r, err := l.Import(t.Context(), parquetFile(t, "SELECT * REPLACE (('2025-03-01 "+c.instant+"+00')::TIMESTAMPTZ AS setl_time) FROM %s"), ImportOptions{})
		if err != nil || string(r.From) != c.day {
			t.Errorf("%s: %+v, %v", c.instant, r, err)
		}
	}
}

// Rows of a Parquet file keep their numbers over all that is read of it at once.
func TestParquetRows(t *testing.T) {
	const rows, bad = parquetBatch + 30_000, parquetBatch + 17
	path := parquetFile(t, fmt.Sprintf("SELECT * EXCLUDE (i) REPLACE ('s' || i AS setl_id, CASE i WHEN %d THEN 'x' ELSE age END AS age) FROM (SELECT * FROM %%s LIMIT 1), range(1, %d) r(i)", bad, rows+1))
	l := openLake(t, t.TempDir())
	var last Progress
	r, err := l.Import(t.Context(), path, ImportOptions{Progress: func(p Progress) { last = p }})
	if err != nil || r.Rows != rows-1 || r.Rejected != 1 || r.Problems[0].Row != bad || last.Bytes != last.Size {
		t.Errorf("%+v, %+v, %v", r, last, err)
	}
}

// refused sees that an error is a refusal one of whose problems, among those of rows in order if any, has a key.
func refused(t *testing.T, err error, key string, row int) {
	t.Helper()
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("not refused for %s: %v", key, err)
	}
	for _, p := range refusal.Problems {
		if p.Key == key && (p.Row == row || !strings.HasPrefix(key, "lake.row.")) && p.File != "" {
			for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
				if printer, err := locale.New(lang); err != nil || strings.ContainsAny(printer.Problem(p), "{}") || strings.Contains(printer.Problem(p), key) {
					t.Errorf("%s: %s %v", lang, printer.Problem(p), err)
				}
			}
			return
		}
	}
	t.Errorf("no problem %s on row %d: %+v", key, row, refusal.Problems)
}

// A Parquet file that is none inside, or ends too early, is refused, and so is a name that the engine would take for many.
func TestParquetBroken(t *testing.T) {
	l := openLake(t, t.TempDir())
	whole, err := os.ReadFile(parquetFile(t, "SELECT * FROM %s"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rows.parquet")
	torn := bytes.Clone(whole)
	copy(torn[4:len(torn)/2], bytes.Repeat([]byte{0xFF}, len(torn)))
	for name, content := range map[string][]byte{"cut": whole[:len(whole)/2], "no end": whole[:len(whole)-4], "garbage": []byte("PAR1 and nothing else PAR1"), "torn": torn, "encrypted": []byte("PARE....PARE")} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			_, err := l.Import(t.Context(), path, ImportOptions{})
			refused(t, err, "lake.parquet.broken", 0)
		})
	}
	glob := filepath.Join(t.TempDir(), "rows[1].parquet")
	if err := os.WriteFile(glob, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = l.Import(t.Context(), glob, ImportOptions{})
	refused(t, err, "lake.parquet.name", 0)
}

func packed(t *testing.T, write func(io.Writer)) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	write(w)
	w.Close()
	path := filepath.Join(t.TempDir(), "claims.csv.gz")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A packed file is read as what is in it; one that is cut, broken or unpacks to far too much is refused.
func TestGzip(t *testing.T) {
	l := openLake(t, t.TempDir())
	good := packed(t, func(w io.Writer) { io.WriteString(w, head()+with("a")+with("b")) })
	var last Progress
	r, err := l.Import(t.Context(), good, ImportOptions{Progress: func(p Progress) { last = p }})
	if err != nil || r.Rows != 2 || last.Bytes != last.Size {
		t.Errorf("%+v, %+v, %v", r, last, err)
	}
	if again, err := l.Import(t.Context(), good, ImportOptions{}); err != nil || !again.Again {
		t.Errorf("the same twice: %+v, %v", again, err)
	}
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		key     string
	}{
		"cut":    {content[:len(content)-9], "lake.import.gzip"},
		"header": {content[:3], "lake.import.gzip"},
		"sum":    {append(bytes.Clone(content[:len(content)-8]), 1, 2, 3, 4, 5, 6, 7, 8), "lake.import.gzip"},
		"more":   {append(bytes.Clone(content), "rubbish"...), "lake.import.gzip"},
	} {
		if err := os.WriteFile(good, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			_, err := l.Import(t.Context(), good, ImportOptions{})
			refused(t, err, c.key, 0)
		})
	}
	bomb := packed(t, func(w io.Writer) {
		io.WriteString(w, head())
		for range 200 << 10 {
			w.Write(bytes.Repeat([]byte{'\n'}, 1<<10))
		}
	})
	_, err = l.Import(t.Context(), bomb, ImportOptions{})
	refused(t, err, "lake.import.bomb", 0)
}

// hostileText are files and what is said of them: the reason, and the row where it is one of a row.
func TestHostileText(t *testing.T) {
	utf16 := func(text string) string {
		var b strings.Builder
		for _, c := range []byte(text) {
			b.WriteByte(c)
			b.WriteByte(0)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text, key string
		row       int
	}{
		"long line":            {head() + with("a", "dise_no", strings.Repeat("x", 100<<20)) + with("b"), "lake.row.long", 2},
		"long header":          {strings.Repeat("x", 3<<20) + "\n", "lake.import.no_header", 1},
		"NUL in the header":    {"setl_id\x00," + head() + with("a"), "lake.row.nul", 1},
		"NUL":                  {head() + with("a") + with("b", "setl_id", "b\x00"), "lake.row.nul", 3},
		"UTF-16 without mark":  {utf16(head() + with("a")), "lake.import.utf16", 1},
		"UTF-16":               {"\xFF\xFE" + utf16(head()), "lake.import.utf16", 1},
		"mixed encodings":      {head() + with("a", "dise_no", "\xd6\xd0") + with("b", "dise_no", "中"), "lake.row.text", 2},
		"formula":              {head() + with("a", "dise_no", "=HYPERLINK(1)"), "lake.row.computed", 2},
		"formula in an amount": {head() + with("a", "medfee_sumamt", "=1+1"), "lake.row.computed", 2},
		"command":              {head() + with("a", "setl_id", "@SUM(1)"), "lake.row.computed", 2},
		"open quote":           {head() + with("a") + "\"b", "lake.row.quote", 3},
		"open quote in header": {"\"" + head() + with("a"), "lake.import.no_header", 1},
		"no header":            {with("a") + with("b"), "lake.import.no_columns", 1},
		"other separator":      {strings.ReplaceAll(head()+with("a"), ",", ";"), "lake.import.no_columns", 1},
		"carriage returns":     {strings.ReplaceAll(head()+with("a")+with("b"), "\n", "\r"), "lake.import.carriage", 1},
		"old workbook":         {magicOld + "x", "lake.import.form", 0},
		"workbook":             {magicZip + "x", "lake.import.form", 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLake(t, t.TempDir())
			_, err := l.Import(t.Context(), write(t, c.text), ImportOptions{Strict: true})
			refused(t, err, c.key, c.row)
		})
	}
}

// A strict import takes all or nothing and says why, up to a hundred reasons.
func TestStrict(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	l := openLake(t, dir)
	_, err := l.Import(t.Context(), write(t, head()+with("a")+with("b", "age", "x")+with("c", "gend", "9")), ImportOptions{Strict: true})
	refused(t, err, "lake.row.whole", 3)
	refused(t, err, "lake.row.code", 4)
	refused(t, err, "lake.import.strict", 0)
	if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a store that came to nothing is left: %v", err)
	}
	many := head()
	for i := range 300 {
		many += with(fmt.Sprint(i), "age", "x")
	}
	_, err = l.Import(t.Context(), write(t, many), ImportOptions{Strict: true})
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) || len(refusal.Problems) != mostProblems+1 {
		t.Errorf("%v", err)
	}
	refused(t, err, "lake.import.strict_many", 0)
	if r, err := l.Import(t.Context(), write(t, head()+with("a")), ImportOptions{Strict: true}); err != nil || r.Rows != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// What an import did not make it does not take away, and a store with an import stays.
func TestNothingLeftBehind(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	l := openLake(t, dir)
	bad, good := write(t, "setl_id\n1\n"), write(t, head()+with("a"))
	for range 2 {
		if _, err := l.Import(t.Context(), bad, ImportOptions{}); err == nil {
			t.Fatal("taken in")
		}
		if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("left behind: %v", err)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, keyFile)
	if err := os.WriteFile(key, []byte(strings.Repeat("ab", keyBytes)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(t.Context(), bad, ImportOptions{}); err == nil {
		t.Fatal("taken in")
	}
	if content, err := os.ReadFile(key); err != nil || len(content) != 2*keyBytes {
		t.Errorf("a key that was there before: %v", err)
	}
	if _, err := l.Import(t.Context(), good, ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Import(t.Context(), bad, ImportOptions{}); err == nil {
		t.Fatal("taken in")
	}
	if err := l.Verify(); err != nil {
		t.Error(err)
	}
}

// Imports into a store that comes and goes wait for one another and lose nothing.
func TestComingAndGoing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	bad, good := write(t, "setl_id\n1\n"), write(t, head()+with("a"))
	done := make(chan error)
	for i := range 8 {
		l := openLake(t, dir)
		go func() {
			var err error
			for range 5 {
				if i == 0 {
					_, err = l.Import(t.Context(), good, ImportOptions{})
				} else if _, failed := l.Import(t.Context(), bad, ImportOptions{}); fault.KindOf(failed) != fault.Refused {
					err = failed
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	l := openLake(t, dir)
	if m, err := l.Manifest(); err != nil || len(m.Imports) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	if err := l.Verify(); err != nil {
		t.Error(err)
	}
	checkTidy(t, l)
}

// A mapping understands a hospital's own extract, in either encoding; what it saved for a source is used next time.
func TestMapping(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	m, err := ParseMapping("m.yaml", []byte("columns:\n  setl_id: 结算流水号\n  gend: 性别\n  setl_time: 结算日期\n  begndate: 结算日期\n  refd_setl_flag: 退费\n"+
		"values:\n  gend: {男: 1, 女: 2}\n  refd_setl_flag: {否: 0, 是: 1}\n  insutype: {职工: '310'}\n  insuplc_admdvs: {锦江区: 510104}\namounts: fen\ndays: 2006/1/2\n"))
	if err != nil {
		t.Fatal(err)
	}
	text := "结算流水号,psn_no,insutype,med_type,insuplc_admdvs,mdtrtarea_admvs,fixmedins_code,结算日期,age,性别,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,psn_part_amt,退费,科室\n" +
		"%s,51000000000000000001,职工,11,锦江区,510104,H51,2025/3/1 8:00:00,40,男,10000,8000,6000,4000,否,内科\n"
	gb := func(text string) string {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	l := openLake(t, t.TempDir())
	for i, c := range []struct {
		text string
		o    ImportOptions
	}{
		{fmt.Sprintf(text, "a"), ImportOptions{Source: "chengdu-his", Mapping: &m}},
		{gb(fmt.Sprintf(text, "b")), ImportOptions{Source: "chengdu-his"}},
		{"\xEF\xBB\xBF" + fmt.Sprintf(text, "c"), ImportOptions{Source: "chengdu-his"}},
		{gb(fmt.Sprintf(text, "d")), ImportOptions{Mapping: &m}},
	} {
		r, err := l.Import(t.Context(), write(t, c.text), c.o)
		if err != nil || r.Rows != 1 || len(r.Ignored) != 1 || r.Ignored[0] != "科室" || r.From != "2025-03-01" {
			t.Fatalf("%d: %+v, %v", i, r, err)
		}
	}
	all, err := l.Sources()
	if err != nil || len(all) != 1 || all[0].Name != "chengdu-his" || all[0].Import != "i000001" || all[0].Mapping.Columns["gend"] != "性别" {
		t.Errorf("%+v, %v", all, err)
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := dump(t, s, "SELECT DISTINCT insutype, gend, city, setl_time, begndate, medfee_sumamt, psn_part_amt FROM claims"); got != "insutype=310 gend=1 city=510100 setl_time=2025-03-01 begndate=2025-03-01 medfee_sumamt=10000 psn_part_amt=4000 \n" {
		t.Error(got)
	}
	_, err = l.Import(t.Context(), write(t, gb(strings.NewReplacer("男", "雄", "10000", "100.00", "2025/3/1", "2025/13/1").Replace(fmt.Sprintf(text, "e")))), ImportOptions{Source: "chengdu-his"})
	refused(t, err, "lake.row.code", 2)
	refused(t, err, "lake.row.fen", 2)
	refused(t, err, "lake.row.day", 2)
	_, err = l.Import(t.Context(), write(t, head()+with("f")), ImportOptions{Source: "chengdu-his"})
	refused(t, err, "lake.import.missing_mapped", 1)
	if _, err := l.Import(t.Context(), write(t, head()+with("g")), ImportOptions{Source: "../x"}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a name that is a path: %v", err)
	}
}

// Every mistake in a mapping is told with its line.
func TestMappingRefused(t *testing.T) {
	for text, want := range map[string]struct {
		key string
		row int
	}{
		"":                                     {"lake.mapping.empty", 0},
		"a: [":                                 {"lake.mapping.yaml", 1},
		"- x":                                  {"lake.mapping.pairs", 1},
		"columns: {}\ncolums: {}":              {"lake.mapping.unknown", 2},
		"columns:\n  setl: x":                  {"lake.mapping.column", 2},
		"columns:\n  setl_id: x\n  setl_id: y": {"lake.mapping.twice", 3},
		"columns:\n  setl_id: [x]":             {"lake.mapping.text", 2},
		"columns:\n  setl_id: ''":              {"lake.mapping.header", 2},
		"amounts: dollars":                     {"lake.mapping.amounts", 1},
		"days: 02.01.2006":                     {"lake.mapping.days", 1},
		"values:\n  age: {x: 1}":               {"lake.mapping.not_coded", 2},
		"values:\n  gend: {男: 7}":              {"lake.mapping.code", 2},
		"values:\n  gend: {男: ''}":             {"lake.mapping.code", 2},
		"values: 7":                            {"lake.mapping.pairs", 1},
		strings.Repeat("#", largestMapping+1):  {"lake.mapping.large", 0},
	} {
		_, err := ParseMapping("m.yaml", []byte(text))
		refused(t, err, want.key, want.row)
		var refusal *fault.Refusal
		if errors.As(err, &refusal) && refusal.Problems[0].Row != want.row {
			t.Errorf("%.40q: row %d, want %d", text, refusal.Problems[0].Row, want.row)
		}
	}
}

// No mapping and no header make the readers fail, and what a mapping gives can be laid over any header.
func FuzzMapping(f *testing.F) {
	f.Add("columns: {setl_id: 流水号}\nvalues: {gend: {男: 1}}\namounts: fen\ndays: 20060102", "流水号,gend\n", "1,\xc4\xd0,20250301")
	f.Add("a: &a [*a]", "\"", "\"")
	f.Fuzz(func(t *testing.T, text, head, row string) {
		m, err := ParseMapping("m.yaml", []byte(text))
		if err != nil {
			m = Mapping{Days: DaySlashed}
		}
		h, err := readHeader([]byte(head), m)
		if len(h.at) != columnCount || len(h.titles) != columnCount {
			t.Fatalf("%d places of %d columns", len(h.at), columnCount)
		}
		for _, at := range h.at {
			if at >= h.width {
				t.Fatalf("place %d of %d", at, h.width)
			}
		}
		if cells, _, whole := splitCells([]byte(row), h.delimiter, nil, nil); err == nil && whole && len(cells) == h.width {
			if r := newRecoder(m, h.at); r != nil && len(r.recode(cells)) != columnCount {
				t.Fatal("cells are lost")
			}
		}
	})
}

// The national platform's settlement extract is taken as it is: its own names, ages with a decimal, payments for disabled
// veterans among the other payments. What was made void is no settlement.
func TestNationalExtract(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	const names = "SETL_ID,CLR_OPTINS,MDTRT_ID,INIT_SETL_ID,PSN_NO,PSN_NAME,CERTNO,GEND,NATY,BRDY,AGE,INSUTYPE,PSN_TYPE,CVLSERV_FLAG,INSU_ADMDVS,EMP_NAME,FIXMEDINS_CODE,FIXMEDINS_NAME,HOSP_LV,FIX_BLNG_ADMDVS," +
		"BEGNDATE,ENDDATE,SETL_TIME,MED_TYPE,SETL_TYPE,CLR_TYPE,MEDFEE_SUMAMT,FULAMT_OWNPAY_AMT,OVERLMT_SELFPAY,PRESELFPAY_AMT,INSCP_AMT,DEDC_STD,HIFP_PAY,POOL_PROP_SELFPAY,CVLSERV_PAY,HIFES_PAY,HIFMI_PAY,HIFOB_PAY,HIFDM_PAY,MAF_PAY," +
		"OTHFUND_PAY,FUND_PAY_SUMAMT,PSN_PAY,ACCT_PAY,CASH_PAYAMT,OWNPAY_HOSP_PART,BALC,ACCT_MULAID_PAY,REFD_SETL_FLAG,CAL_IPT_CNT,YEAR,DISE_NO,DISE_NAME,VALI_FLAG,MEMO,RID\n"
	row := func(id, age, disabled, valid string) string {
		return id + ",510100,M1,,51000000000000000001,\xd5\xc5,,1,01,1964-01-01," + age + ",310,11,0,510104,,H51000000001,\xd2\xbd,02,510302,2025-02-25,2025-03-01,2025-03-01 12:00:00,21,2,11,1000.00,0.00,0.00,0.00,1000.00,800.00," +
			"600.00,0.8500,0.00,0.00,0.00,0.00," + disabled + ",0.00,50.00,700.00,290.00,0.00,290.00,10.00,0.00,0.00,0,1,2025,I10,\xb8\xdf," + valid + ",,R1\n"
	}
	l := openLake(t, t.TempDir())
	r, err := l.Import(t.Context(), write(t, names+row("a", "61.0", "50.00", "1")+row("b", "0.5", "50.00", "")+row("c", "61.0", "0.00", "1")+row("d", "61.0", "50.00", "0")+row("e", "6x.0", "y", "1")), ImportOptions{})
	if err != nil || r.Rows != 2 || r.Rejected != 3 || len(r.Unchecked) != 0 || len(r.Ignored) != 17 {
		t.Fatalf("%+v, %v", r, err)
	}
	var keys []string
	for _, p := range r.Problems {
		keys = append(keys, fmt.Sprint(p.Row, p.Column, p.Key))
	}
	if got, want := strings.Join(keys, " "), "4lake.row.identity 5vali_flaglake.row.void 6agelake.row.whole 6hifdm_paylake.row.amount"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := dump(t, s, "SELECT age, city, offsite, oth_pay, hosp_part_amt, psn_cash_pay FROM claims ORDER BY age"); got != "age=0 city=510100 offsite=1 oth_pay=10000 hosp_part_amt=1000 psn_cash_pay=29000 \n"+
		"age=61 city=510100 offsite=1 oth_pay=10000 hosp_part_amt=1000 psn_cash_pay=29000 \n" {
		t.Error(got)
	}
}
