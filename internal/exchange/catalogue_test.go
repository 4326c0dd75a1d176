package exchange

import (
	"errors"
	"strings"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
)

// A province's catalogue is read by the platform's names or Chinese ones; whatever is wrong is told with row, column and value.
func TestReadCatalogue(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	const wire = "med_list_codg,hilist_name,list_type,chrgitm_lv,selfpay_prop,hilist_pric_uplmt_amt,med_chrgitm_type,begndate,data_kind\nA,合成药品,101,02,0.1,300,09,20260101,合成数据\n"
	const words = "目录名称,医疗目录编码,目录类别,收费项目等级,先自付比例,医保支付限价,医疗收费项目类别,开始日期,数据性质\n合成药品,A,101,02,0.1,300,09,2026-01-01,合成数据\n"
	for _, text := range []string{wire, words} {
		items, synthetic, err := ReadCatalogue(Input{"c.csv", []byte(text)})
		if err != nil || len(items) != 1 || !synthetic || items[0].Class != benefit.ClassB || items[0].From != "2026-01-01" || !items[0].Limited || items[0].Name != "合成药品" {
			t.Errorf("%+v %v", items, err)
		}
	}
	_, _, err := ReadCatalogue(Input{"c.csv", []byte(wire + "A,合成,101,01,,,09,,\nB,合成,101,09,,-1,09,x,\n")})
	var r *fault.Refusal
	if !errors.As(err, &r) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range r.Problems {
		got = append(got, p.Column)
	}
	if s := strings.Join(got, " "); s != "begndate" && s != "med_list_codg chrgitm_lv hilist_pric_uplmt_amt" {
		t.Errorf("%v", r.Problems)
	}
	for _, text := range []string{"", "med_list_codg\nA\n", strings.Replace(wire, "list_type", "listtype", 1), strings.Replace(wire, ",合成数据\n", ",true\n", 1)} {
		if _, _, err := ReadCatalogue(Input{"c.csv", []byte(text)}); err == nil {
			t.Errorf("%q", text)
		}
	}
}

func FuzzReadCatalogue(f *testing.F) {
	f.Add([]byte("med_list_codg,hilist_name,list_type,chrgitm_lv,selfpay_prop,hilist_pric_uplmt_amt,med_chrgitm_type\nA,合成,101,02,0.1,300,09\n"))
	f.Add([]byte("医疗目录编码\tx\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		items, _, err := ReadCatalogue(Input{"c.csv", content})
		var refusal *fault.Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		if err == nil && len(items) == 0 {
			t.Fatal("nothing was read and nothing refused")
		}
	})
}
