package exchange

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/locale"
	"tongchou/internal/money"
)

// What is written is read as it stands, in either language; what is wrong is told with its row and column.
func TestStandardsFile(t *testing.T) {
	t.Attr("clause", "SC38-5.2")
	t.Attr("clause", "SC38-5.3")
	all := enrol.Standards{
		{Year: 2028, Division: "510000", Way: enrol.Ordinary, Source: "合成数据", Individual: 40000, Subsidy: enrol.Shares{enrol.Central: 40000, enrol.County: 27000}, Aid: map[enrol.Group]money.Fen{enrol.Destitute: 40000}},
		{Year: 2028, Division: "510100", Way: enrol.Staff, Source: "合成数据", AverageWage: 800000, EmployerRate: 65000, PersonRate: 20000, Floor: 600000, Ceiling: 3000000},
	}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := WriteStandards(&out, all, nil, nil, p); err != nil {
			t.Fatal(err)
		}
		rows, err := ReadStandards(Input{Name: "s.xlsx", Content: out.Bytes()})
		if err != nil || len(rows) != 2 || !reflect.DeepEqual(rows[0].Standard, all[0]) || !reflect.DeepEqual(rows[1].Standard, all[1]) {
			t.Errorf("%s: %+v %v", lang, rows, err)
		}
	}
	const head = "年度,区划代码,参保身份,依据文件,个人缴费标准,单位费率\n"
	for content, want := range map[string]string{
		head + "2028,510000,普通居民,一号,400,\n2028,510000,ordinary,一号,400,\n": "exchange.standard.twice",
		head + "2028,510000,贵宾,一号,400,\n":                                 "exchange.standard.way",
		head + "2028,510000,普通居民,,400,\n":                                 "exchange.blank",
		head + "2028,510000,普通居民,一号,400,8%\n":                             "exchange.rate.percent",
		head + "2028,510000,普通居民,一号,400,0.08\n":                           "enrol.standard.mixed",
		head + "2028,510000,普通居民,一号,-400,\n":                              "enrol.standard.negative",
		"年度,区划代码\n2028,510000\n":                                          "exchange.header.missing",
	} {
		if _, err := ReadStandards(Input{Name: "s.csv", Content: []byte(content)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func FuzzReadStandards(f *testing.F) {
	f.Add([]byte("年度,区划代码,参保身份,依据文件,个人缴费标准\n2028,510000,普通居民,一号,400\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := ReadStandards(Input{Name: "s.csv", Content: content})
		for _, r := range rows {
			if err == nil && r.Check() != nil {
				t.Errorf("%+v", r)
			}
		}
	})
}
