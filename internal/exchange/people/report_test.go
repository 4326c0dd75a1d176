package people

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/region"
)

// reports reads all rows of a report.
func reports(t testing.TB, path string, matter enrol.Matter) (all []ReportRow, err error) {
	t.Helper()
	f, err := OpenReport(path, matter)
	if err != nil {
		return nil, err
	}
	r, err := f.Reports(matter, func(c region.Code) bool { return c[:2] == "51" }, today)
	if err != nil {
		return nil, err
	}
	return all, f.Blocks(context.Background(), func(b Block) error {
		r.Read(b, func(row ReportRow) { all = append(all, row) })
		return nil
	})
}

// goodReports is a good row of every kind: its columns in Chinese, its cells, and what it says.
func goodReports() map[enrol.Matter]struct {
	header, cells string
	want          enrol.Report
} {
	who := enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: card("19900203", "001")}, Name: "甲", Sex: enrol.Male, Birth: "1990-02-03"}
	n := who.Number + ",甲,"
	type row = struct {
		header, cells string
		want          enrol.Report
	}
	tax := enrol.TaxReturn{Receipt: "T1", Insurance: enrol.Employee, Area: "510104", Period: enrol.MonthOf(2026, 2), Wage: 800050}
	tax.Shares[enrol.Person], tax.Shares[enrol.Employer] = 16000, 52000
	return map[enrol.Matter]row{
		enrol.Births: {"出生证编号,姓名,性别,出生日期,地区,母亲证件号码,数据性质", "b1,乙,女,2026-05-01,510104001002," + who.Number + ",合成数据", enrol.Report{On: "2026-05-01", Place: "510104001002",
			Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.BirthCertificate, Number: "B1"}, Name: "乙", Sex: enrol.Female, Birth: "2026-05-01"},
			Also:     enrol.Document{Kind: enrol.BirthCertificate, Number: "B1"}, Mother: who.Document}},
		enrol.Deaths:        {"证件号码,姓名,死亡日期", n + "2026-05-01", enrol.Report{Identity: who, On: "2026-05-01"}},
		enrol.Households:    {"证件号码,姓名,迁移日期,户籍变动,户籍地", n + "2026-05-01,迁入,510104001002", enrol.Report{Identity: who, On: "2026-05-01", Place: "510104001002"}},
		enrol.Immunisations: {"证件号码,姓名,接种日期,居住地", n + "2026-05-01,510104", enrol.Report{Identity: who, On: "2026-05-01", Place: "510104000000"}},
		enrol.Hardship:      {"证件号码,姓名,困难类别,认定日期,终止日期", n + "低保,2026-05-01,2027-04-30", enrol.Report{Identity: who, On: "2026-05-01", To: "2027-04-30", Group: enrol.Subsistence}},
		enrol.SchoolRolls:   {"证件号码,姓名,学校代码,学校名称,入学日期", n + "s1,一中,2026-09-01", enrol.Report{Identity: who, On: "2026-09-01", Unit: "S1", Title: "一中"}},
		enrol.Pensions:      {"证件号码,姓名,状态,起始日期", n + "领取待遇,2026-05-01", enrol.Report{Identity: who, On: "2026-05-01"}},
		enrol.Benefits:      {"证件号码,姓名,领取起始日期,截止日期", n + "2026-05-01,2027-05-01", enrol.Report{Identity: who, On: "2026-05-01", To: "2027-05-01"}},
		enrol.TaxReturns:    {"税票号码,证件号码,姓名,险种,费款所属期,缴费日期,参保地,缴费工资,个人缴费,单位缴费", "t1," + n + "职工,2026/02,2026-03-01,510104,8000.50,160,520", enrol.Report{Identity: who, On: "2026-03-01", Tax: tax}},
	}
}

// Every kind of report is read as CSV and as a workbook, in Chinese and by the names of its columns, and its template can be read.
func TestReports(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	for _, matter := range enrol.Matters() {
		good := goodReports()[matter]
		good.want.Matter = matter
		table := good.header + "\n" + good.cells + "\n"
		for name, content := range map[string][]byte{"a.csv": []byte(table), "a.xlsx": book(t, table)} {
			all, err := reports(t, written(t, name, content), matter)
			if err != nil || len(all) != 1 || len(all[0].Problems) > 0 || all[0].Row != 2 || all[0].Report != good.want || all[0].Synthetic != (matter == enrol.Births) {
				t.Errorf("%s %s:\n%+v, %v\nwant\n%+v", matter, name, all, err, good.want)
			}
		}
		for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
			p, err := locale.New(lang)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := WriteReportTemplate(&out, matter, p); err != nil {
				t.Fatal(err)
			}
			path := written(t, "a.xlsx", out.Bytes())
			f, err := OpenReport(path, matter)
			if err != nil || len(f.columns) != len(ReportColumns(matter)) {
				t.Fatal(matter, err)
			}
			if all, err := reports(t, path, matter); err != nil || len(all) != 0 {
				t.Error(all, err)
			}
		}
	}
}

// Whatever is wrong with a row of a report is told with its place.
func TestReportProblems(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	for _, c := range []struct {
		matter              enrol.Matter
		column, value, want string
	}{
		{enrol.Deaths, "姓名", "", "people.blank"}, {enrol.Deaths, "死亡日期", "2026-13-01", "people.date"}, {enrol.Deaths, "死亡日期", "2027-01-01", "people.future"}, {enrol.Deaths, "死亡日期", "1980-01-01", "people.before_birth"},
		{enrol.Deaths, "证件号码", "123", "people.number"}, {enrol.Deaths, "证件号码", "", "report.nobody"},
		{enrol.Births, "地区", "440104", "people.county"}, {enrol.Births, "出生证编号", "一", "report.code"}, {enrol.Births, "母亲证件号码", "1", "people.number"}, {enrol.Births, "数据性质", "x", "people.data_kind"}, {enrol.Births, "性别", "x", "people.sex"},
		{enrol.Households, "户籍变动", "x", "report.event"}, {enrol.Households, "户籍地", "", "people.blank"}, {enrol.Hardship, "困难类别", "x", "report.group"}, {enrol.Hardship, "终止日期", "2020-01-01", "report.ends_before"},
		{enrol.SchoolRolls, "学校名称", "=1", "report.text"}, {enrol.Pensions, "状态", "x", "report.status"}, {enrol.Pensions, "状态", "参保缴费", "people.blank"},
		{enrol.TaxReturns, "险种", "x", "report.insurance"}, {enrol.TaxReturns, "费款所属期", "2026", "report.period_of"}, {enrol.TaxReturns, "费款所属期", "2026-13", "report.period"}, {enrol.TaxReturns, "费款所属期", "20260101x123", "report.period"},
		{enrol.TaxReturns, "险种", "居民", "report.period_of"}, {enrol.TaxReturns, "缴费工资", "", "people.blank"}, {enrol.TaxReturns, "个人缴费", "1.005", "people.amount"}, {enrol.TaxReturns, "参保地", "1", "people.place"}, {enrol.TaxReturns, "税票号码", "", "people.blank"},
	} {
		good := goodReports()[c.matter]
		header, cells := strings.Split(good.header, ","), strings.Split(good.cells, ",")
		for i := range header {
			if header[i] == c.column {
				cells[i] = c.value
			}
		}
		all, err := reports(t, written(t, "a.csv", []byte(good.header+"\n"+strings.Join(cells, ",")+"\n")), c.matter)
		if err != nil || len(all) != 1 || len(all[0].Problems) == 0 {
			t.Errorf("%s %s %q: %+v, %v", c.matter, c.column, c.value, all, err)
			continue
		}
		if p := all[0].Problems[0]; p.Key != "exchange."+c.want || p.Row != 2 || p.File != "a.csv" || p.Column == "" {
			t.Errorf("%s %s %q: %+v, want %s", c.matter, c.column, c.value, p, c.want)
		}
	}
	lenient := "证件号码,姓名,性别,出生日期,死亡日期\n999999199002030010,甲,男,1990-02-03,2026-05-01\n,甲,男,1990-02-03,2026-05-01\n"
	all, err := reports(t, written(t, "a.csv", []byte(lenient)), enrol.Deaths)
	if err != nil || len(all) != 2 || len(all[0].Problems)+len(all[1].Problems) > 0 || all[0].Number != "999999199002030010" || all[1].Number != "" {
		t.Errorf("%+v, %v", all, err)
	}
	for header, want := range map[string]string{"姓名,死亡日期,x": "people.unknown_column", "姓名": "people.missing", "姓名,姓名,死亡日期": "people.twice"} {
		_, err := OpenReport(written(t, "a.csv", []byte(header+"\n")), enrol.Deaths)
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) || refusal.Problems[0].Key != "exchange."+want {
			t.Errorf("%s: %v", header, err)
		}
	}
}

// Whatever bytes a report is of, it is read or refused.
func FuzzReport(f *testing.F) {
	for i, matter := range enrol.Matters() {
		good := goodReports()[matter]
		f.Add(byte(i), []byte(good.header+"\n"+good.cells+"\n"))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, which byte, content []byte) {
		path := filepath.Join(dir, "a.csv")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		matter := enrol.Matters()[int(which)%len(enrol.Matters())]
		all, err := reports(t, path, matter)
		if err != nil && fault.KindOf(err) != fault.Refused {
			t.Fatal(err)
		}
		for _, row := range all {
			if back, ok := enrol.ReadReport(row.Form()); !ok || back != row.Report {
				t.Fatalf("%+v", row)
			}
		}
	})
}
