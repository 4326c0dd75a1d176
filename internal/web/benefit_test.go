package web

import (
	"net/http"
	"strings"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/policy/policytest"
)

// The calculator shows the bill step by step, each with its clause, and the schedule it follows from; what cannot be read is said beside the field.
func TestBenefitPage(t *testing.T) {
	t.Attr("clause", "YA-4.4.3")
	h := console(t, sichuan())
	for _, c := range []struct{ name, path, zh, en string }{
		{"as it opens", "/benefit", "基金支付 12,415.00 元，个人负担 8,585.00 元，其中现金 8,585.00 元", "Funds 12,415.00 yuan, own share 8,585.00 yuan, of it cash 8,585.00 yuan"},
		{"another policy", "/benefit?policy=reference", "待遇结算参照规则", "Reference rules of settlement"},
		{"a step", "/benefit?policy=reference&insutype=390&category=inpatient&level=3&place=local&scope=20000&whole=500&over=100&first=400", "19,200.00 × 60% = 11,520.00", "19,200.00 × 60% = 11,520.00"},
		{"an earlier admission", "/benefit?policy=reference&insutype=390&category=inpatient&level=3&place=local&scope=20000&admissions=1", "起付标准 400.00 元（首次 800.00 元）", "deductible 400.00 yuan (the first 800.00)"},
		{"not paid", "/benefit?policy=reference&insutype=390&category=outpatient&level=3&scope=100", "不属于基金支付范围", "not paid by the funds"},
		{"aid", "/benefit?policy=reference&insutype=310&category=inpatient&level=3&group=orphan&scope=1000", "医疗救助：", "medical aid:"},
		{"wrong amount", "/benefit?insutype=390&scope=1.234", "应为不小于 0、最多两位小数的金额", "at most two decimals"},
		{"wrong count", "/benefit?insutype=390&admissions=-1", "应为 0 到 99 的整数", "from 0 to 99"},
		{"before the first day", "/benefit?policy=sichuan&on=2020-01-01", "2020-01-01 还没有待遇标准", "no benefits on 2020-01-01"},
		{"no day", "/benefit?on=2020-13-01", "不是日期", "is not a date"},
		{"hostile", "/benefit?policy=%3Cscript%3E&level=%00&insutype=zzz&place='", "一单结算", "One bill"},
	} {
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			w := get(t, h, with(c.path, "lang", lang))
			body := w.Body.String()
			if w.Code != http.StatusOK || !strings.Contains(body, want) || strings.Contains(body, "<script>alert") {
				t.Errorf("%s, %s: %d, without %q", c.name, lang, w.Code, want)
			}
			checkTexts(t, c.path, body)
		}
	}
	if body := get(t, h, "/benefit?policy=reference").Body.String(); !strings.Contains(body, `href="/clauses/SC38-6.3`) || !strings.Contains(body, "90%") {
		t.Error("no clause or no ratio on the page")
	}
	// Every parameter of the policy stands on the page with its source, catastrophic insurance, large amounts and aid among them.
	for pack, own := range map[string][]string{"sichuan": {"大病保险", "大额补助", "医疗救助", "其他保障", "生育"}, "reference": {"大病保险", "大额补助", "医疗救助"}} {
		body := get(t, h, "/benefit?lang=zh&on=2026-12-31&policy="+pack).Body.String()
		for _, e := range benefit.Values(policytest.Pack(t, pack), "2026-12-31") {
			if !strings.Contains(body, "/policies/"+pack+"/"+string(e.ID)+"?") {
				t.Errorf("%s: %s is not shown", pack, e.ID)
			}
		}
		for _, title := range own {
			if !strings.Contains(body, `>`+title+`</th>`) {
				t.Errorf("%s: no %s", pack, title)
			}
		}
	}
}
