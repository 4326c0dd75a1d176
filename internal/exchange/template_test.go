package exchange

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/policies"
)

func openXLSX(t testing.TB, content []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// keep leaves a copy for people to look at when TONGCHOU_KEEP names a directory.
func keep(t testing.TB, name string, content []byte) {
	t.Helper()
	if dir := os.Getenv("TONGCHOU_KEEP"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func blankTemplate(t testing.TB, kind Kind, p *locale.Printer) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTemplate(&b, kind, "510000", []policy.Year{2024, 2025}, p); err != nil {
		t.Fatal(err)
	}
	keep(t, "template-"+string(kind)+"-"+string(p.Lang)+".xlsx", b.Bytes())
	return b.Bytes()
}

// fill puts a value into every cell of a template's required columns that is blank.
func fill(t testing.TB, content []byte, values map[string]any) []byte {
	t.Helper()
	f := openXLSX(t, content)
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	words, err := vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	for i, header := range rows[0] {
		value, ok := values[words.columns[header]]
		if !ok {
			continue
		}
		for row := 2; row <= len(rows); row++ {
			if err := f.SetCellValue(sheet, letter(i+1)+itoa(row), value); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func itoa(n int) string { return yearText(policy.Year(n)) }

func TestTemplatesReadBack(t *testing.T) {
	t.Attr("clause", "SC38-4.1")
	values := map[Kind]map[string]any{
		Statements: {"income": 1234567.89, "expenditure": 1000000, "surplus_begin": -12.5},
		Factors:    {"headcount": 100000, "aged_share": 0.18, "cost_per_head": 3210.55, "admission_rate": 0.2, "cost_per_admission": 8000, "offsite_share": 0.3},
		Openings:   {"fund": "reserve", "balance": 1.5},
		AgeGroups:  {"group": "65+", "headcount": 5, "cost": 7},
	}
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range printers(t) {
		for _, kind := range Kinds() {
			t.Run(string(p.Lang)+" "+string(kind), func(t *testing.T) {
				blank := blankTemplate(t, kind, p)
				refusal := refusalOf(t, loadErr(files(kind, Input{Name: "t.xlsx", Content: blank})))
				for _, problem := range refusal.Problems {
					if problem.Key != "exchange.blank" {
						t.Fatalf("an unfilled template is refused for %v", problem)
					}
				}
				loaded, err := Load(files(kind, Input{Name: "t.xlsx", Content: fill(t, blank, values[kind])}))
				if err != nil {
					t.Fatal(err)
				}
				rows := 2 * 2 * len(tree.Prefectures("510000"))
				switch kind {
				case Statements:
					first := loaded.Facts.Statements[0]
					if len(loaded.Facts.Statements) != rows || first.Division != "510100" || first.Year != 2024 || first.Insurance != pool.Employee || first.Income != 123456789 || first.SurplusBegin != -1250 {
						t.Errorf("%d rows, first %+v", len(loaded.Facts.Statements), first)
					}
				case Factors:
					if first := loaded.Facts.Factors[0]; len(loaded.Facts.Factors) != rows || len(first.Values) != 5 || first.Values[pool.CostPerHead].Fen() != 321055 {
						t.Errorf("%d rows, first %+v", len(loaded.Facts.Factors), first)
					}
				case AgeGroups:
					if len(loaded.Facts.AgeGroups) != rows || loaded.Facts.AgeGroups[0].Group != "65+" {
						t.Errorf("%d rows", len(loaded.Facts.AgeGroups))
					}
				case Openings:
					if len(loaded.Facts.Openings) != 2 || loaded.Facts.Openings[1].Insurance != pool.Resident || loaded.Facts.Openings[1].Balance != 150 {
						t.Errorf("%+v", loaded.Facts.Openings)
					}
				}
			})
		}
	}
}

func loadErr(f Files) error {
	_, err := Load(f)
	return err
}

func TestTemplateHelpsToFillIn(t *testing.T) {
	for _, p := range printers(t) {
		f := openXLSX(t, blankTemplate(t, Statements, p))
		sheet := f.GetSheetName(0)
		if got := f.GetSheetList(); !slices.Equal(got, []string{p.T("exchange.sheet.statements"), p.T("exchange.sheet.notes")}) {
			t.Errorf("sheets %v", got)
		}
		comments, err := f.GetComments(sheet)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		if len(comments) != len(rows[0]) {
			t.Errorf("%d comments for %d columns", len(comments), len(rows[0]))
		}
		for _, c := range comments {
			if strings.ContainsAny(c.Text, "{}") || strings.Contains(c.Text, helpKey) {
				t.Errorf("comment %q", c.Text)
			}
		}
		validations, err := f.GetDataValidations(sheet)
		if err != nil || len(validations) != 2 || validations[0].Sqref != "D2:D5000" {
			t.Errorf("drop-downs %v %v", validations, err)
		}
		if want := `"` + word(p, "employee") + "," + word(p, "resident") + `"`; validations[0].Formula1 != want {
			t.Errorf("choices %s, want %s", validations[0].Formula1, want)
		}
		if kind, err := f.GetCellType(sheet, "B2"); err != nil || kind != excelize.CellTypeSharedString || rows[1][1] != "510100" || rows[1][2] != p.Division("510100") {
			t.Errorf("code is %v %q (%v), named %q", kind, rows[1][1], err, rows[1][2])
		}
		style, err := f.GetCellStyle(sheet, "B4000")
		if err != nil {
			t.Fatal(err)
		}
		if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 && (s.CustomNumFmt == nil || *s.CustomNumFmt != "@") {
			t.Errorf("codes typed further down are not texts: %+v %v", s, err)
		}
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("panes %+v %v", panes, err)
		}
	}
}

func TestTemplateUsage(t *testing.T) {
	for _, c := range []struct {
		kind     Kind
		province region.Code
	}{{"claims", "510000"}, {Statements, "510100"}, {Statements, "990000"}} {
		err := WriteTemplate(&bytes.Buffer{}, c.kind, c.province, nil, printers(t)[0])
		if fault.KindOf(err) != fault.Usage {
			t.Errorf("%s %s: %v", c.kind, c.province, err)
		}
	}
}

func TestWordsOfTheLocale(t *testing.T) {
	library, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	words, err := vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range printers(t) {
		for kind, f := range formats() {
			for _, c := range templateColumns(f) {
				if got := words.columns[p.T(columnKey+c.name)]; got != c.name {
					t.Errorf("%s: the header of %s is read as %q", p.Lang, c.name, got)
				}
				if !p.Has(helpKey+c.name) && !p.Has(helpKey+string(kind)+"."+c.name) {
					t.Errorf("%s: %s is not explained", p.Lang, c.name)
				}
				if _, known := library.Clause(c.clause); c.clause != "" && !known {
					t.Errorf("%s cites %s", c.name, c.clause)
				}
				if expected := p.T("exchange.expected." + string(kind)); !strings.Contains(expected, p.T(columnKey+c.name)) {
					t.Errorf("%s: %q leaves out %s", p.Lang, expected, c.name)
				}
			}
		}
	}
	zh, en := printers(t)[0].Keys(), printers(t)[1].Keys()
	for key := range zh {
		if _, ok := en[key]; !ok && strings.HasPrefix(key, "exchange.") {
			t.Errorf("%s is not in English", key)
		}
	}
	for key := range en {
		if _, ok := zh[key]; !ok && strings.HasPrefix(key, "exchange.") {
			t.Errorf("%s is not in Chinese", key)
		}
	}
}

// Headers that pool.md names.
func TestHeadersOfTheSpecification(t *testing.T) {
	words, err := vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"年度": "year", "区划代码": "division", "险种": "insurance", "当年收入": "income", "当年支出": "expenditure", "年初累计结余": "surplus_begin", "管理性缺口": "managerial",
		"违规支出": "violation", "预算支出": "planned_expenditure", "其中征缴收入": "levied", "参保人数": "headcount", "老年占比": "aged_share", "人均医疗费": "cost_per_head",
		"住院率": "admission_rate", "次均住院费用": "cost_per_admission", "异地就医住院基金支付占比": "offsite_share", "年龄组": "group", "费用": "cost", "资金": "fund", "余额": "balance",
		"名称": "name", "地区": "name", "备注": "note", "数据性质": "data_kind", "错误原因": "reason", "Reason": "reason",
	} {
		if words.columns[header] != want || words.columns[want] != want {
			t.Errorf("%s is %q", header, words.columns[header])
		}
	}
	for text, want := range map[string]string{"职工": "employee", "职工医保": "employee", "居民": "resident", "居民医保": "resident", "风险金": "reserve", "省级风险金": "reserve",
		"紧急调剂金": "emergency", "是": "true", "否": "false", "TRUE": "true", "合成数据": "synthetic", "实报": "reported"} {
		if got, ok := words.meaning(text, meanings()...); !ok || got != want {
			t.Errorf("%s is %q", text, got)
		}
	}
}
