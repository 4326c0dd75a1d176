package lake

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
)

// base is a sound row, by column.
func base(id string) map[string]string {
	s := claim.Settlement{ID: id, Person: "51000000000000000001", Insurance: "310", PersonType: "11", MedType: "21", InsuredAt: "510104", TreatedAt: "510302",
		Institution: "H51000000001", Level: "02", SettledOn: "2025-03-01", Begin: "2025-02-25", End: "2025-03-01", Days: 4, Disease: "I10.x00",
		PayMethod: "4", Direct: true, ClearType: "11", Age: 61, Sex: "1", Total: 100_000, InScope: 100_000, BasicPaid: 70_000, FundPaid: 70_000,
		PersonPaid: 30_000, CashPaid: 30_000}
	cells, _ := csv.NewReader(strings.NewReader(string(s.AppendCSV(nil)))).Read()
	row := map[string]string{}
	for i, name := range claim.Columns() {
		row[name] = cells[i]
	}
	return row
}

func line(row map[string]string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	var cells []string
	for _, name := range claim.Columns() {
		cells = append(cells, row[name])
	}
	w.Write(cells)
	w.Flush()
	return b.String()
}

func with(id string, changes ...string) string {
	row := base(id)
	for i := 0; i < len(changes); i += 2 {
		row[changes[i]] = changes[i+1]
	}
	return line(row)
}

func head() string { return string(claim.AppendHeader(nil)) }

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "claims.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Each reason for rejecting a row, found in a file of one such row and sound ones around it.
func TestRejects(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	l := openLake(t, t.TempDir())
	for name, c := range map[string]struct{ text, column, key string }{
		"no id":             {with("", "setl_id", ""), "setl_id", "lake.row.empty"},
		"no person":         {with("b", "psn_no", ""), "psn_no", "lake.row.empty"},
		"insurance":         {with("b", "insutype", "999"), "insutype", "lake.row.code"},
		"kind of treatment": {with("b", "med_type", "77"), "med_type", "lake.row.code"},
		"insured at":        {with("b", "insuplc_admdvs", "999999"), "insuplc_admdvs", "lake.row.insured_at"},
		"treated at":        {with("b", "mdtrtarea_admvs", "51"), "mdtrtarea_admvs", "lake.row.division"},
		"level":             {with("b", "hosp_lv", "3"), "hosp_lv", "lake.row.code"},
		"day":               {with("b", "setl_time", "2025-02-29"), "setl_time", "lake.row.day"},
		"begun after end":   {with("b", "begndate", "2025-03-02", "enddate", "2025-03-01"), "", "lake.row.order"},
		"settled before":    {with("b", "setl_time", "2025-02-01"), "", "lake.row.order"},
		"age":               {with("b", "age", "131"), "age", "lake.row.whole"},
		"age below":         {with("b", "age", "-1"), "age", "lake.row.whole"},
		"sex":               {with("b", "gend", "0"), "gend", "lake.row.code"},
		"amount":            {with("b", "medfee_sumamt", "1,000.00"), "medfee_sumamt", "lake.row.amount"},
		"formula":           {with("b", "medfee_sumamt", "=1000"), "medfee_sumamt", "lake.row.computed"},
		"decimals":          {with("b", "medfee_sumamt", "1000.001"), "medfee_sumamt", "lake.row.amount"},
		"huge":              {with("b", "medfee_sumamt", "99999999999999999999"), "medfee_sumamt", "lake.row.amount"},
		"identity":          {with("b", "inscp_scp_amt", "999.99"), "", "lake.row.identity"},
		"fund":              {with("b", "hifp_pay", "0.01"), "", "lake.row.identity"},
		"refund of none":    {with("b", "refd_setl_flag", "1"), "", "lake.row.identity"},
		"flag":              {with("b", "refd_setl_flag", "2"), "refd_setl_flag", "lake.row.flag"},
		"data kind":         {with("b", "data_kind", "real"), "data_kind", "lake.row.data_kind"},
		"cells":             {"b,c\n", "", "lake.row.cells"},
		"NUL":               {with("b", "dise_no", "I\x00"), "", "lake.row.nul"},
		"control":           {with("b", "dise_no", "I\x1fJ"), "dise_no", "lake.row.text"},
		"mixed encodings":   {with("b", "dise_no", "\xd6\xd0"), "dise_no", "lake.row.text"},
		"open quote":        {"\"b" + with("x")[1:], "", "lake.row.cells"},
		"long":              {with("b", "dise_no", strings.Repeat("x", longestRecord*5)), "", "lake.row.long"},
		"long with quotes":  {with("b", "dise_no", strings.Repeat("x,", longestRecord*3)), "", "lake.row.long"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := l.Import(t.Context(), write(t, head()+with("a"+name)+c.text+with("c"+name)), ImportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows+r.Rejected != 3 || len(r.Problems) == 0 {
				t.Fatalf("%d rows, %d rejected: %+v", r.Rows, r.Rejected, r.Problems)
			}
			p := r.Problems[0]
			if name != "open quote" && (p.Row != 3 || p.Column != c.column || p.Key != c.key || r.Rejected != 1) {
				t.Errorf("%d rejected, first %+v", r.Rejected, p)
			}
			rows := readRejects(t, r.RejectFile)
			if len(rows) != int(r.Rejected)+1 || rows[1][0] != strconv.Itoa(p.Row) || rows[1][2] == "" {
				t.Errorf("reject file %.300q", rows)
			}
		})
	}
}

func readRejects(t *testing.T, path string) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(content), "51000000000000000001") {
		t.Error("the reject file names a person")
	}
	rows, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A quote that is never closed costs its own row alone, however many follow.
func TestOpenQuoteCostsItsRow(t *testing.T) {
	l := openLake(t, t.TempDir())
	var b strings.Builder
	b.WriteString(head() + "\"" + with("q"))
	for i := range 20_000 {
		b.WriteString(with("s" + strconv.Itoa(i)))
	}
	r, err := l.Import(t.Context(), write(t, b.String()), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 20_000 || r.Rejected != 1 || r.Problems[0].Row != 2 || r.Problems[0].Key != "lake.row.quote" {
		t.Errorf("%d rows, %d rejected: %+v", r.Rows, r.Rejected, r.Problems)
	}
}

// What a file may look like and be taken in whole.
func TestFormsOfFiles(t *testing.T) {
	l := openLake(t, t.TempDir())
	quotedRow := "\"" + strings.ReplaceAll(strings.TrimSpace(with("q")), ",", "\",\"") + "\"\n"
	short := strings.Join(claim.Columns()[:claimUpTo("psn_part_amt")+1], ",") + "\n"
	var shortRow []string
	for _, name := range claim.Columns()[:claimUpTo("psn_part_amt")+1] {
		shortRow = append(shortRow, base("s")[name])
	}
	for name, c := range map[string]struct {
		text      string
		rows      int64
		unchecked int
	}{
		"mark":           {"\xEF\xBB\xBF" + head() + with("m"), 1, 0},
		"CRLF":           {strings.ReplaceAll(head()+with("c1")+with("c2"), "\n", "\r\n"), 2, 0},
		"tabs":           {strings.ReplaceAll(head()+with("t"), ",", "\t"), 1, 0},
		"quotes":         {head() + quotedRow, 1, 0},
		"no newline":     {head() + strings.TrimSpace(with("n")), 1, 0},
		"blank lines":    {head() + "\n" + with("b") + "\n\n", 1, 0},
		"capitals":       {strings.ToUpper(head()) + with("u"), 1, 0},
		"times":          {head() + with("d", "setl_time", "2025-03-01 12:00:01", "begndate", "2025-02-25T00:00:00"), 1, 0},
		"GB18030 unkept": {strings.TrimSpace(head()) + ",psn_name\n" + strings.TrimSpace(with("g")) + ",\xd5\xc5\xc8\xfd\n", 1, 0},
		"short":          {short + strings.Join(shortRow, ",") + "\n", 1, 1},
		"special unit":   {head() + with("p", "insuplc_admdvs", "519900") + with("p2", "insuplc_admdvs", "510199"), 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := l.Import(t.Context(), write(t, c.text), ImportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows != c.rows || r.Rejected != 0 || len(r.Unchecked) != c.unchecked {
				t.Errorf("%+v", r)
			}
		})
	}
	if err := l.Verify(); err != nil {
		t.Error(err)
	}
}

func claimUpTo(name string) int {
	for i, n := range claim.Columns() {
		if n == name {
			return i
		}
	}
	return -1
}

// What is refused leaves the store as it was, and says why in both languages.
func TestRefusals(t *testing.T) {
	l := openLake(t, t.TempDir())
	for name, c := range map[string]struct{ text, key string }{
		"empty":       {"", "lake.import.no_header"},
		"header only": {head(), "lake.import.nothing"},
		"all bad":     {head() + "x\ny\n", "lake.import.nothing"},
		"twice":       {strings.TrimSpace(head()) + ",setl_id\n", "lake.import.twice"},
		"missing":     {"setl_id\n1\n", "lake.import.missing"},
		"UTF-16":      {"\xFF\xFEs\x00", "lake.import.utf16"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := l.Import(t.Context(), write(t, c.text), ImportOptions{})
			var refusal *fault.Refusal
			if !errors.As(err, &refusal) || refusal.Problems[0].Key != c.key || refusal.Problems[0].File == "" {
				t.Fatalf("%v", err)
			}
			for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
				p, err := locale.New(lang)
				if err != nil {
					t.Fatal(err)
				}
				for _, problem := range refusal.Problems {
					if text := p.Problem(problem); strings.Contains(text, "{") || strings.Contains(text, "lake.") {
						t.Error(text)
					}
				}
			}
		})
	}
	m, err := l.Manifest()
	if err != nil || len(m.Imports) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	checkTidy(t, l)
}

// checkTidy sees that nothing lies in the store but what the manifest names.
func checkTidy(t *testing.T, l *Lake) {
	t.Helper()
	m, err := l.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, i := range m.Imports {
		for _, f := range i.Files {
			want[l.path(filepath.FromSlash(f.Path))] = !i.Withdrawn
		}
		want[l.path(rejectsDir, i.ID+".csv")] = !i.Withdrawn
	}
	for _, dir := range []string{claimsDir, stagingDir, rejectsDir} {
		filepath.WalkDir(l.path(dir), func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !want[path] && !strings.HasSuffix(path, ".tmp") {
				t.Errorf("%s is left over", path)
			}
			return nil
		})
	}
}
