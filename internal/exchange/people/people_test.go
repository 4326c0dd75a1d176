package people

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

const today = policy.Date("2026-11-23")

// card is an impossible identity number: there is no division 999999.
func card(birth, serial string) string {
	n := "999999" + birth + serial
	return n + string(enrol.CheckDigit(n))
}

func written(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rows reads all rows of a file.
func rows(t testing.TB, path string) (all []Row, err error) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	r, err := f.Reader(func(c region.Code) bool { return c[:2] == "51" }, today)
	if err != nil {
		return nil, err
	}
	return all, f.Blocks(context.Background(), func(b Block) error {
		r.Read(b, func(row Row) { all = append(all, row) })
		return nil
	})
}

const chinese = "证件号码,姓名,户籍地,常住地,人员类别,2025年参保身份,2025年缴费日期,2025年个人缴费,2025年医疗救助资助,2025年基金支付,2026年参保身份,2026年参保地,2026年缴费日期,2026年单位缴费,数据性质\n"

func facts() []enrol.Fact {
	return []enrol.Fact{
		enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: card("19900203", "001")}, Name: "甲", Sex: enrol.Male, Birth: "1990-02-03"}},
		enrol.Registered{On: "1990-02-03", Place: "510104001002"}, enrol.Lives{On: "1990-02-03", Place: "510105000000"},
		enrol.Belongs{Group: enrol.Subsistence, Spell: enrol.Spell{From: "2023-01-01", To: "2025-12-31"}}, enrol.Belongs{Group: enrol.Orphan, Spell: enrol.Spell{From: "1900-01-01"}},
		enrol.Covered{Area: "510105", Way: enrol.Ordinary, Spell: enrol.Spell{From: "2025-01-01", To: "2025-12-31"}},
		enrol.Paid{Area: "510105", Way: enrol.Ordinary, Year: 2025, On: "2024-10-01", Shares: enrol.Shares{enrol.Person: 40000, enrol.MedicalAid: 20050}},
		enrol.Used{Year: 2025, Reimbursed: 12},
		enrol.Covered{Area: "510107", Way: enrol.Staff, Spell: enrol.Spell{From: "2026-01-01", To: "2026-12-31"}},
		enrol.Paid{Area: "510107", Way: enrol.Staff, Year: 2026, On: "2026-01-15", Shares: enrol.Shares{enrol.Employer: 400000}},
	}
}

// The same table means the same however it is written.
func TestRead(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	line := card("19900203", "001") + ",甲,510104001002,510105,低保@2023-01-01~2025-12-31;孤儿,居民,2024-10-01,400,200.50,0.12,单位职工,510107,2026/1/15,4000.00,合成数据\n"
	english := strings.Replace("document_number,name,home,lives,groups,2025.cover,2025.paid_on,2025.person,2025.medical_aid,2025.reimbursed,2026.cover,2026.area,2026.paid_on,2026.employer,data_kind\n"+line,
		"低保@2023-01-01~2025-12-31;孤儿,居民", "subsistence@2023-01-01~2025-12-31;orphan@1900-01-01,ordinary", 1)
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(chinese + line))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"utf8.csv": []byte(chinese + line), "mark.csv": []byte(markUTF8 + chinese + line + "\n,,,\n"), "english.csv": []byte(english), "gb.csv": gb,
		"quoted.csv": []byte(chinese + `"` + strings.ReplaceAll(strings.TrimSpace(line), ",", `","`) + "\"\r\n"),
		"tabs.tsv":   []byte(strings.ReplaceAll(chinese+line, ",", "\t")), "open.csv": []byte(strings.TrimSpace(chinese + line)), "book.xlsx": book(t, chinese+line),
	} {
		all, err := rows(t, written(t, name, content))
		if err != nil || len(all) != 1 || len(all[0].Problems) > 0 || !all[0].Synthetic || all[0].Row != 2 {
			t.Errorf("%s: %+v, %v", name, all, err)
			continue
		}
		if !reflect.DeepEqual(all[0].Facts, facts()) {
			t.Errorf("%s:\n%+v\nwant\n%+v", name, all[0].Facts, facts())
		}
	}
}

// book is a table as a workbook.
func book(t testing.TB, table string) []byte {
	t.Helper()
	b := excelize.NewFile()
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		cells := strings.Split(line, ",")
		if err := b.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Whatever is wrong with a row is told with its place, and the other rows are read.
func TestProblems(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	good := map[string]string{"document_number": card("19900203", "001"), "name": "甲", "home": "510104", "2025.cover": "ordinary", "2025.paid_on": "2024-10-01", "2025.person": "400", "2025.reimbursed": "10"}
	header := []string{"document_kind", "document_number", "name", "sex", "birth", "home", "lives", "groups", "phone", "died_on", "2025.cover", "2025.area", "2025.paid_on", "2025.person", "2025.repair", "2025.reimbursed", "2025.catastrophic", "data_kind"}
	for _, c := range []struct{ column, value, want string }{
		{"", "", ""}, {"document_number", "999999199002030018", "number"}, {"document_number", "", "blank"}, {"document_kind", "x", "document_kind"}, {"document_number", card("20270203", "001"), "future"},
		{"name", "", "blank"}, {"name", "=1", "name"}, {"name", strings.Repeat("甲", 61), "name"}, {"name", "\xef\xbf\xbd", "encoding"}, {"sex", "x", "sex"}, {"sex", "女", "sex_number"}, {"sex", "男", ""},
		{"birth", "1990-02-04", "birth_number"}, {"birth", "1990-02-30", "date"}, {"birth", "2030-01-01", "future"}, {"home", "1", "place"}, {"home", "440104", "county"}, {"home", "", "nowhere"},
		{"lives", "510104001", "place"}, {"groups", "x", "groups"}, {"groups", "低保@2025-01-01~2024-01-01", "groups"}, {"groups", "低保；孤儿@20200101～", "groups"}, {"phone", "12a", "phone"}, {"died_on", "1980-01-01", "before_birth"},
		{"2025.cover", "x", "way"}, {"2025.cover", "", "not_insured"}, {"2025.area", "5101", "place"}, {"2025.paid_on", "2026-01-01", "paid_late"}, {"2025.paid_on", "", "paid_undated"}, {"2025.person", "-1", "amount"},
		{"2025.person", "1.005", "amount"}, {"2025.person", "1,000", "amount"}, {"2025.person", "1.", "amount"}, {"2025.person", "", ""}, {"2025.repair", "100", "repair"}, {"2025.repair", "3", ""}, {"2025.catastrophic", "10.01", "catastrophic"},
		{"2025.catastrophic", "10.00", ""}, {"data_kind", "x", "data_kind"}, {"document_number", card("20260203", "001"), "before_birth"},
	} {
		cells := make([]string, len(header))
		for i, name := range header {
			cells[i] = good[name]
			if name == c.column {
				cells[i] = c.value
			}
		}
		for i := range cells {
			cells[i] = `"` + cells[i] + `"`
		}
		all, err := rows(t, written(t, "a.csv", []byte(strings.Join(header, ",")+"\n"+strings.Join(cells, ",")+"\n")))
		if err != nil || len(all) != 1 {
			t.Errorf("%s %q: %+v, %v", c.column, c.value, all, err)
			continue
		}
		got := ""
		if len(all[0].Problems) > 0 {
			got = strings.TrimPrefix(all[0].Problems[0].Key, textKey)
			if p := all[0].Problems[0]; p.Row != 2 || p.File != "a.csv" || p.Column == "" {
				t.Errorf("%s %q: told at %+v", c.column, c.value, p)
			}
		}
		if got != c.want {
			t.Errorf("%s %q: %q, want %q", c.column, c.value, got, c.want)
		}
	}
	for header, want := range map[string]string{"证件号码,姓名": "missing_column", "证件号码,姓名,户籍地,x": "unknown_column", "证件号码,姓名,户籍地,姓名": "twice", "": "missing_column"} {
		_, err := Open(written(t, "a.csv", []byte(header+"\n")))
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) || refusal.Problems[0].Key != textKey+want {
			t.Errorf("%s: %v", header, err)
		}
	}
}

// The rows that were refused come back as they stood, with the reason; put right, they are read as they are.
func TestRefusedComeBack(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	table := chinese
	for i := range 5 {
		number := card("19900203", fmt.Sprintf("%03d", i))
		if i%2 == 1 {
			number = "1"
		}
		table += number + ",甲,510104,,,,,,,,,,,,\n"
	}
	for name, content := range map[string][]byte{"a.csv": []byte(table), "a.xlsx": book(t, table)} {
		path := written(t, name, content)
		all, err := rows(t, path)
		if err != nil {
			t.Fatal(err)
		}
		problems := Problems{}
		for _, row := range all {
			if len(row.Problems) > 0 {
				problems[row.Row] = row.Problems
			}
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := f.WriteRefused(t.Context(), &out, problems, p); err != nil {
			t.Fatal(err)
		}
		back, err := Open(written(t, name, out.Bytes()))
		if err != nil || !slices.Contains(back.header, "错误原因") {
			t.Fatal(back, err)
		}
		again, err := rows(t, back.Path)
		if err != nil || len(again) != 2 || again[0].Document.Number != "1" || len(again[0].Problems) != 1 {
			t.Errorf("%s: %+v, %v", name, again, err)
		}
	}
}

// A template can be read, and has nobody in it.
func TestTemplate(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := WriteTemplate(&out, []policy.Year{2025, 2026}, p); err != nil {
			t.Fatal(err)
		}
		path := written(t, "a.xlsx", out.Bytes())
		f, err := Open(path)
		if err != nil || len(f.columns) != len(Columns([]policy.Year{2025, 2026})) {
			t.Fatal(err)
		}
		if all, err := rows(t, path); err != nil || len(all) != 0 {
			t.Error(all, err)
		}
	}
}

// Blocks hold every row once and whole, however long the rows are and wherever quotes stand.
func TestBlocks(t *testing.T) {
	var table strings.Builder
	table.WriteString("证件号码,姓名,户籍地\n")
	const people = 30_000
	for i := range people {
		fmt.Fprintf(&table, "%d,\"n\n%s\",510104\n", i, strings.Repeat("x", i%97))
	}
	all, err := rows(t, written(t, "a.csv", []byte(table.String())))
	if err != nil || len(all) != people {
		t.Fatal(len(all), err)
	}
	for i, row := range all {
		if row.Row != int64(i+2) || row.Problems[len(row.Problems)-1].Value != fmt.Sprint(i) {
			t.Fatalf("%+v", row)
		}
	}
}

// Whatever bytes a file is of, it is read or refused.
func FuzzRead(f *testing.F) {
	f.Add([]byte(chinese + card("19900203", "001") + ",甲,510104,,,居民,2024-10-01,400,,,,,,,\n"))
	f.Add([]byte("name,document_number,home,groups,2025.cover\n\"a\"\"\n\",1,510104,低保@~;x,newborn\n"))
	f.Add([]byte("name,document number,home\n0"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(dir, "a.csv")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := rows(t, path)
		if err != nil && fault.KindOf(err) != fault.Refused {
			t.Fatal(err)
		}
		for _, row := range all {
			if (len(row.Facts) == 0) == (len(row.Problems) == 0) {
				t.Fatalf("%+v", row)
			}
		}
	})
}
