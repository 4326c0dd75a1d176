package exchange

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/policies"
)

// computed runs a pack over facts that stand in text.
func computed(t testing.TB, pack string, years []policy.Year, statements, factors string) ([]pool.Result, func(policy.Year) *policy.Set) {
	t.Helper()
	library, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, _ := library.Pack(pack)
	set := func(y policy.Year) *policy.Set { return p.At(y.End()) }
	s, f := Input{Name: "s", Content: []byte(statements)}, Input{Name: "f", Content: []byte(factors)}
	loaded, err := Load(Files{Statements: &s, Factors: &f})
	if err != nil {
		t.Fatal(err)
	}
	engine := pool.Engine{Library: library, Tree: tree}
	var out []pool.Result
	for _, year := range years {
		r, err := engine.Run(set(year), loaded.Facts, year)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out, set
}

func sichuan(t testing.TB) ([]pool.Result, func(policy.Year) *policy.Set) {
	return computed(t, "sichuan", []policy.Year{2024}, statementsHead+",violation,levied\n"+
		"2024,510100,employee,1000000000.01,900000000.07,123456789.12,1234567.89,800000000\n2024,510300,employee,200000.05,250000.55,-0.10,,\n2024,510400,employee,0,0,0,,\n"+
		"2024,510100,resident,300000000.33,350000000.44,5,,\n2024,510300,resident,9999999999.99,8,1,,\n",
		factorsHead+"\n2024,510100,employee,100000,0.18,3210.55,0.2,8000,0.25\n2024,510300,employee,30000,0.28,2210.55,0.25,7000,0.15\n2024,510400,employee,3,0.28,2210.55,0.25,7000,0.15\n"+
			"2024,510100,resident,100000,0.18,3210.55,0.2,8000,0.25\n2024,510300,resident,30000,0.28,2210.55,0.25,7000,0.15\n")
}

func yunnan(t testing.TB) ([]pool.Result, func(policy.Year) *policy.Set) {
	rows := statementsHead + ",data_kind\n"
	for _, year := range []int{2025, 2026} {
		rows += fmt.Sprintf("%d,530100,resident,1000000,1200000,10000,synthetic\n%d,530300,resident,2000000,1500000,500000,synthetic\n", year, year)
	}
	return computed(t, "yunnan", []policy.Year{2026}, rows,
		factorsHead+"\n2026,530100,resident,1000,0.18,3210.55,0.2,8000,0.25\n2026,530300,resident,3000,0.28,2210.55,0.25,7000,0.15\n")
}

func meta() Meta {
	return Meta{Program: "v1 (abc)", PolicyVersion: "p123", At: time.Date(2026, 11, 23, 9, 30, 0, 0, time.FixedZone("", 8*3600)), User: "张三",
		Overrides: []string{"pool.clip.low=0.6"}, Digests: []Digest{{Statements, "收支.xlsx", "d1"}}, Claims: []string{"2024 年结算数据的校验报告尚未签认"}, Filters: "全省"}
}

func results(t testing.TB, name string, r []pool.Result, set func(policy.Year) *policy.Set, p *locale.Printer) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := WriteResult(&b, r, set, meta(), p); err != nil {
		t.Fatal(err)
	}
	keep(t, "result-"+name+"-"+string(p.Lang)+".xlsx", b.Bytes())
	f := openXLSX(t, b.Bytes())
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, text := range row {
				if strings.ContainsAny(text, "{}") || strings.HasPrefix(text, "exchange.") {
					t.Errorf("%s: %q", sheet, text)
				}
			}
		}
	}
	return f
}

func sheetName(p *locale.Printer, topic string, year policy.Year, insurance pool.Insurance) string {
	return p.T("exchange.result."+topic+".sheet", "year", int(year), "insurance", p.T("exchange.short."+string(insurance)))
}

// raw reads a sheet as it is stored, without number formats.
func raw(t testing.TB, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestResultIsExact(t *testing.T) {
	t.Attr("clause", "SC38-4.4")
	t.Attr("clause", "SC38-4.5")
	for _, p := range printers(t) {
		for name, run := range map[string]func(testing.TB) ([]pool.Result, func(policy.Year) *policy.Set){"sichuan": sichuan, "yunnan": yunnan} {
			r, set := run(t)
			f := results(t, name, r, set, p)
			for _, fund := range r[0].Funds {
				rows := raw(t, f, sheetName(p, "figures", r[0].Year, fund.Insurance))
				for i, d := range append(fund.Divisions, fund.Total()) {
					checkFigures(t, rows[i+1], d)
				}
				parts := raw(t, f, sheetName(p, "parts", r[0].Year, fund.Insurance))
				for i, d := range fund.Divisions {
					var want []string
					for _, part := range d.Parts {
						want = append(want, part.Amount.String())
					}
					if got := parts[i+1][2:]; !slices.Equal(got, append(want, d.Received.String())) {
						t.Errorf("parts of %s are %v, want %v", d.Code, got, want)
					}
				}
				checkFund(t, p, rows[len(fund.Divisions)+3:], fund)
			}
		}
	}
}

func checkFigures(t *testing.T, row []string, d pool.Division) {
	t.Helper()
	if row[0] != string(d.Code) {
		t.Errorf("%s stands where %s should", row[0], d.Code)
	}
	for i, c := range figureColumns() {
		if got, err := money.ParseFen(row[i+2]); err != nil || got != c.amount(d) || !strings.Contains(row[i+2], ".") {
			t.Errorf("%s of %s is %s, want %s", c.name, d.Code, row[i+2], c.amount(d))
		}
	}
	if got := row[len(figureColumns())+2]; got != MonthsText(d) {
		t.Errorf("months of %s are %s, want %s", d.Code, got, MonthsText(d))
	}
}

func checkFund(t *testing.T, p *locale.Printer, rows [][]string, fund pool.Fund) {
	t.Helper()
	b := fund.SetAside
	for i, want := range []money.Fen{fund.Collected, b.Opening, b.Added, b.Target, b.Closing, fund.Distributed} {
		if rows[i][2] != want.String() {
			t.Errorf("%s is %s, want %s", rows[i][1], rows[i][2], want)
		}
	}
}

func TestAdjustmentSheet(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	p := printers(t)[0]
	r, set := sichuan(t)
	f := results(t, "sichuan", r, set, p)
	name := "2024职工调剂表"
	rows := raw(t, f, name)
	if rows[0][0] != "职工医保省级统筹基金调剂表" || !strings.HasPrefix(rows[1][0], "2024 年度") || rows[2][0] != "单位：万元" {
		t.Errorf("title %q", rows[:3])
	}
	want := []string{"统筹区", "上年末累计结余", "当年收入", "其中征缴收入", "当年支出", "应上解", "应分配", "净额", "当年累计结余", "可支付月数", "申请", "审核", "审定"}
	if !slices.Equal(rows[3], want) {
		t.Errorf("header %v", rows[3])
	}
	fund := r[0].Funds[0]
	if got := rows[4][:6]; !slices.Equal(got, []string{"成都市", "12345.68", "100000.00", "80000.00", "89876.54", "10000.00"}) {
		t.Errorf("first row %v", rows[4])
	}
	if rows[5][3] != "" || rows[6][9] != NoMonths {
		t.Errorf("nothing levied is %q, no months are %q", rows[5][3], rows[6][9])
	}
	total := rows[7]
	for i, a := range adjustmentAmounts() {
		if got, want := total[i+1], strings.ReplaceAll(a.amount(fund.Total()).In(money.TenThousand), ",", ""); total[0] != "合计" || got != want {
			t.Errorf("total of %s is %s, want %s", a.name, got, want)
		}
	}
	var rest strings.Builder
	for _, row := range rows[8:] {
		rest.WriteString(strings.Join(row, ""))
	}
	for _, want := range []string{"经办：", "复核：", "审批：", "盖章：", "日期：", "不含调剂金", "四舍五入", "违规支出 123.46 万元", "风险金期初 0.00"} {
		if !strings.Contains(rest.String(), want) {
			t.Errorf("the foot does not say %s", want)
		}
	}
	if strings.Contains(rows[1][0], "合成") || strings.Contains(rows[1][0], "试算") {
		t.Errorf("labels without reason: %s", rows[1][0])
	}
	checkPrint(t, f, name)
	if style, err := f.GetCellStyle(name, "C5"); err != nil {
		t.Error(err)
	} else if s, err := f.GetStyle(style); err != nil || s.CustomNumFmt == nil && s.NumFmt != 4 {
		t.Errorf("amounts are not shown with two decimals: %+v %v", s, err)
	}
	if kind, err := f.GetCellType(name, "C5"); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("amounts are no numbers: %v %v", kind, err)
	}
}

func checkPrint(t *testing.T, f *excelize.File, name string) {
	t.Helper()
	layout, err := f.GetPageLayout(name)
	if err != nil || *layout.Orientation != "landscape" || *layout.Size != paperA4 || *layout.FitToWidth != 1 || *layout.FitToHeight != 0 {
		t.Errorf("layout %+v %v", layout, err)
	}
	props, err := f.GetSheetProps(name)
	if err != nil || !*props.FitToPage {
		t.Errorf("the sheet is not fitted to the page: %v", err)
	}
	titles := 0
	for _, d := range f.GetDefinedName() {
		if d.Name == "_xlnm.Print_Titles" && d.Scope == name && strings.HasSuffix(d.RefersTo, "!$4:$4") {
			titles++
		}
	}
	if titles != 1 {
		t.Errorf("the header is not repeated: %+v", f.GetDefinedName())
	}
}

func TestLabels(t *testing.T) {
	for _, p := range printers(t) {
		r, set := yunnan(t)
		f := results(t, "yunnan", r, set, p)
		subtitle := raw(t, f, sheetName(p, "adjustment", 2026, pool.Resident))[1][0]
		notes := raw(t, f, p.T("exchange.sheet.notes"))
		for _, label := range []string{p.T("exchange.label.synthetic"), p.T("exchange.label.trial")} {
			if !strings.Contains(subtitle, label) {
				t.Errorf("%q lacks %s", subtitle, label)
			}
			if notes[0][0] != label && notes[1][0] != label {
				t.Errorf("the notes begin with %q", notes[:2])
			}
		}
	}
}

func TestStepsCiteTheirClauses(t *testing.T) {
	t.Attr("clause", "SC38-12.1")
	p := printers(t)[0]
	r, set := yunnan(t)
	rows := raw(t, results(t, "yunnan", r, set, p), "2026居民依据")
	steps := len(r[0].Funds[0].Steps)
	for _, d := range r[0].Funds[0].Divisions {
		steps += len(d.Steps)
	}
	if len(rows) != steps+1 {
		t.Errorf("%d rows for %d steps", len(rows)-1, steps)
	}
	assumed := false
	for _, row := range rows[1:] {
		if len(row) < 5 || row[2] == "" || row[3] == "" || row[4] == "" {
			t.Errorf("incomplete step %v", row)
		}
		if strings.ContainsFunc(row[2], func(c rune) bool { return c >= 'a' && c <= 'z' }) {
			t.Errorf("the figure %q has no name", row[2])
		}
		assumed = assumed || len(row) > 6 && row[6] == "假设"
	}
	if !assumed {
		t.Error("no step is marked as assumed")
	}
}

func TestSourceSheet(t *testing.T) {
	for _, p := range printers(t) {
		r, set := sichuan(t)
		var all strings.Builder
		for _, row := range raw(t, results(t, "sichuan", r, set, p), p.T("exchange.sheet.notes")) {
			all.WriteString(strings.Join(row, "|") + "\n")
		}
		text := all.String()
		for _, want := range []string{"v1 (abc)", "p123", "2026-11-23 09:30:00 +08:00", "张三", "pool.clip.low=0.6", "收支.xlsx|d1", "2024 年结算数据的校验报告尚未签认", "全省", "sichuan", "川办发〔2023〕38号",
			"pool.factor.headcount", "pool.collection.base", p.Value(policy.InForce)} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the notes do not say %s", p.Lang, want)
			}
		}
	}
}

func TestNothingToWrite(t *testing.T) {
	f := results(t, "none", nil, nil, printers(t)[0])
	if got := f.GetSheetList(); !slices.Equal(got, []string{"说明"}) {
		t.Error(got)
	}
}

func TestSameYearTwice(t *testing.T) {
	r, set := sichuan(t)
	if err := WriteResult(&bytes.Buffer{}, append(r, r...), set, meta(), printers(t)[0]); err == nil {
		t.Error("one result was written over the other")
	}
}

// Amounts with more digits than a spreadsheet keeps are written as texts, all of them.
func TestHugeAmounts(t *testing.T) {
	for amount, wantText := range map[money.Fen]bool{maxExact: false, -maxExact: false, maxExact + 1: true, -maxExact - 1: true} {
		b := newBook(printers(t)[0])
		b.sheet("a").yuan(1, 1, amount, look{})
		content, err := b.save()
		if err != nil {
			t.Fatal(err)
		}
		f := openXLSX(t, content)
		kind, err := f.GetCellType("a", "A1")
		if got := raw(t, f, "a")[0][0]; err != nil || got != amount.String() || (kind == excelize.CellTypeSharedString) != wantText {
			t.Errorf("%s is %s of type %v (%v)", amount, got, kind, err)
		}
	}
}
