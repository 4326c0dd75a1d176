package web

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store/storetest"
)

const chengdu region.Code = "510100"

// madeList is a made-up national list.
const madeList = `document: 合成待遇清单
number: 合成〔2026〕1号
issued: 2026-01-01
synthetic: true
distinctions: [retired, destitute, orphan, subsistence, poverty_monitored]
ranges:
  - {parameter: benefit.inpatient.deductible.resident.level3, least: "500", most: "1000"}
  - {parameter: benefit.*}
`

const ruleHeader = "区划代码,文号,生效日期,参数,取值,数据性质\n"

// drafters are people of the province and of Chengdu who make and sign papers of benefits.
func (b *bureau) drafters() (province, city *visitor) {
	b.hire("sheng", office.MedicalSecurity, sichuanProvince, office.Clerk)
	b.hire("shengjian", office.MedicalSecurity, sichuanProvince, office.Reviewer)
	b.hire("shengyi", office.MedicalSecurity, sichuanProvince, office.Approver)
	b.hire("shengcai", office.Finance, sichuanProvince, office.Approver)
	b.hire("shi", office.MedicalSecurity, chengdu, office.Clerk)
	b.hire("shijian", office.MedicalSecurity, chengdu, office.Reviewer)
	b.hire("other", office.MedicalSecurity, zigong, office.Clerk)
	return b.enter("sheng"), b.enter("shi")
}

// begun begins a paper and gives its address.
func begun(t *testing.T, v *visitor, kind office.Kind) string {
	t.Helper()
	return pathOf(v.done("/benefit/papers", "kind", string(kind)))
}

// listed puts the made-up list on file.
func (b *bureau) listed(t *testing.T, province *visitor) {
	t.Helper()
	page := begun(t, province, office.BenefitList)
	if w := province.sent(page+"/import", "list.yaml", []byte(madeList)); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	done(t, province, page, "act", "submit", "version", "2")
	signedBy(t, b, lastPart(page), 2, "shengjian", "shengyi")
}

// A city's rules are drafted from a table, refused while no list is on file and where they are outside it, signed by the city and the province, and settle the
// city's insured from the day after; the province's schedule goes its own way, and everything is in the chain.
func TestPapersOfBenefitsGoTheirWay(t *testing.T) {
	for _, clause := range []string{"SC38-6.1", "SC38-6.2", "YN-4.2"} {
		t.Attr("clause", clause)
	}
	b, h, no := newHospital(t)
	province, city := b.drafters()
	says(t, city.get("/benefit/papers"), http.StatusOK, "未校验", "还没有待遇文件", "新建市级待遇实施细则")

	page := begun(t, city, office.BenefitRules)
	says(t, city.post(page, "act", "submit", "version", "1"), http.StatusUnprocessableEntity, "没有写明文件名称", "未校验")
	if w := city.sent(page+"/import", "rules.csv", []byte(ruleHeader+"510100,成医保发〔2026〕9号,2026-11-01,benefit.inpatient.deductible.resident.level3,700,合成数据\n")); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	w := city.get(page)
	says(t, w, http.StatusOK, "未校验", "800", "700", "2026-11-24", "没有录入国家医保待遇清单")
	checkTexts(t, "paper", w.Body.String())
	says(t, city.post(page, "act", "submit", "version", "2"), http.StatusUnprocessableEntity, "未校验", "SC38-6.1")

	b.listed(t, province)
	says(t, city.get("/benefit/papers"), http.StatusOK, "按《合成待遇清单》（合成〔2026〕1号，2026-01-01 印发）校验", "合成数据")
	bad := city.sent(page+"/import", "rules.csv", []byte(ruleHeader+"510100,D,2026-11-01,benefit.inpatient.deductible.resident.level3,1200,合成数据\n510300,D,2026-11-01,benefit.aid.threshold,1,合成数据\n510100,D,2026-11-01,benefit.bonus,1,合成数据\n"))
	says(t, bad, http.StatusUnprocessableEntity, "第 2 行", "超出合成待遇清单的范围 500 至 1000", "第 3 行", "510300", "第 4 行", "没有名为“benefit.bonus”的待遇参数")
	marked := regexp.MustCompile(page + `/marked/[A-Z2-7]+`).FindString(bad.Body.String())
	if w := city.get(marked); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
		t.Error("the refused rows are not given back", marked, w.Code)
	}
	says(t, city.get(page), http.StatusOK, "核对无误", "700")
	done(t, city, page, "act", "submit", "version", "2")
	says(t, city.post(page, "act", "save", "version", "2", "title", "x"), http.StatusUnprocessableEntity, "不能再改")
	says(t, b.enter("other").get(page), http.StatusNotFound)
	signedBy(t, b, lastPart(page), 2, "shijian")
	if w := b.enter("shijian").post("/documents/"+lastPart(page), "act", "sign", "version", "3"); w.Code == http.StatusSeeOther {
		t.Error("the city approves its own rules")
	}
	signedBy(t, b, lastPart(page), 3, "shengyi")
	says(t, b.enter("other").get(page), http.StatusOK, "成医保发〔2026〕9号") // approved papers are public

	own := admitted(t, h, no)
	settling := func(day string) map[string]string {
		return h.call("2303", map[string]any{"data": own("medfee_sumamt", "20000.00", "psn_setlway", "01", "acct_used_flag", "0", "mid_setl_flag", "0", "dscg_time", day)}).row("setlinfo")
	}
	if got := settling("2026-11-22"); got["act_pay_dedc"] != "800.00" {
		t.Errorf("before the rule holds: %v", got["act_pay_dedc"])
	}
	b.pass(48 * time.Hour)
	h.sign = h.call("9001", map[string]any{"signIn": map[string]string{"opter_no": "op", "mac": "", "ip": "192.0.2.1"}}).row("signinoutb")["sign_no"]
	if got := settling("2026-11-24"); got["act_pay_dedc"] != "700.00" {
		t.Errorf("by the city's rule: %v", got["act_pay_dedc"])
	}
	if got := settling("2026-11-23"); got["act_pay_dedc"] != "800.00" {
		t.Errorf("a day before the rule held: %v", got["act_pay_dedc"])
	}

	province = b.enter("sheng")
	page = begun(t, province, office.BenefitSchedule)
	form := []string{"act", "save", "version", "1", "title", "全省统一标准", "division", "510000", "document", "川医保发〔2026〕3号", "from_day", "2027-01-01", "parameter", "benefit.inpatient.deductible.resident.level3", "setting", "750",
		"division", "510100", "document", "川医保发〔2026〕3号", "from_day", "2027-01-01", "parameter", "benefit.inpatient.deductible.resident.level3", "setting", "end", "parameter", ""}
	done(t, province, page, form...)
	says(t, province.get(page), http.StatusOK, "恢复上级标准", "核对无误")
	done(t, province, page, "act", "submit", "version", "2")
	signedBy(t, b, lastPart(page), 2, "shengjian", "shengcai", "shengyi")
	force, err := b.site.rulebooks.now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2026-12-31": "700", "2027-01-01": "750"} {
		e, _ := force.Book.Of("510104").On(policy.Date(day)).Value("benefit.inpatient.deductible.resident.level3")
		if e.Value.String() != want {
			t.Errorf("%s: %s", day, e.Value)
		}
	}
	if w := city.get("/benefit/papers/template.xlsx"); w.Code != http.StatusSeeOther && w.Code != http.StatusOK {
		t.Error(w.Code)
	}
	if _, err := b.store.Verify(t.Context(), storetest.Chart(t)); err != nil {
		t.Error(err)
	}
}

// admitted admits somebody and charges 20,000 yuan; it gives rows about the visit.
func admitted(t *testing.T, h *hospitalClient, no string) func(kv ...string) map[string]string {
	t.Helper()
	h.sign = h.call("9001", map[string]any{"signIn": map[string]string{"opter_no": "op", "mac": "", "ip": "192.0.2.1"}}).row("signinoutb")["sign_no"]
	seventeen := "99999919900203091"
	row := map[string]string{"psn_no": no, "mdtrt_cert_type": "02", "mdtrt_cert_no": seventeen + string(enrol.CheckDigit(seventeen)), "insutype": "390"}
	own := func(kv ...string) map[string]string {
		out := map[string]string{}
		for name, value := range row {
			out[name] = value
		}
		for i := 0; i+1 < len(kv); i += 2 {
			out[kv[i]] = kv[i+1]
		}
		return out
	}
	row["mdtrt_id"] = h.call("2401", map[string]any{"mdtrtinfo": own("begntime", "2026-11-15 09:00:00", "med_type", "21", "ipt_no", "I1", "atddr_no", "D1", "chfpdr_name", "合成医师", "adm_diag_dscr", "肺炎", "adm_dept_codg", "K1",
		"adm_dept_name", "内科", "adm_bed", "1", "dscg_maindiag_code", "J18.900", "dscg_maindiag_name", "肺炎"), "diseinfo": []any{own("diag_type", "1", "maindiag_flag", "1", "diag_srt_no", "1", "diag_code", "J18.900",
		"diag_name", "肺炎", "diag_dept", "内科", "dise_dor_no", "D1", "dise_dor_name", "合成医师", "diag_time", "2026-11-15 09:30:00")}}).row("result")["mdtrt_id"]
	h.call("2301", map[string]any{"feedetail": []any{own("feedetl_sn", "1", "med_type", "21", "fee_ocur_time", "2026-11-16 08:00:00", "med_list_codg", "SYN-OPER-A1", "medins_list_codg", "OPER1",
		"det_item_fee_sumamt", "20000", "cnt", "1", "pric", "20000", "bilg_dept_codg", "K1", "bilg_dept_name", "内科", "bilg_dr_codg", "D1", "bilg_dr_name", "合成医师")}})
	return own
}

// The last signature is refused when the list has changed so that it does not allow the paper any more.
func TestTheListIsAskedAgainAtTheLastSignature(t *testing.T) {
	t.Attr("clause", "SC38-6.1")
	b := newBureau(t, sichuan())
	province, city := b.drafters()
	b.listed(t, province)
	page := begun(t, city, office.BenefitRules)
	if w := city.sent(page+"/import", "rules.csv", []byte(ruleHeader+"510100,D,2026-12-01,benefit.inpatient.deductible.resident.level3,950,合成数据\n")); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	done(t, city, page, "act", "submit", "version", "2")
	signedBy(t, b, lastPart(page), 2, "shijian")
	stricter := begun(t, province, office.BenefitList)
	content := strings.NewReplacer("2026-01-01", "2026-11-01", `"1000"`, `"900"`).Replace(madeList)
	if w := province.sent(stricter+"/import", "list.yaml", []byte(content)); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, shownIn(w))
	}
	done(t, province, stricter, "act", "submit", "version", "2")
	signedBy(t, b, lastPart(stricter), 2, "shengjian", "shengyi")
	says(t, b.enter("shengyi").post("/documents/"+lastPart(page), "act", "sign", "version", "3"), http.StatusUnprocessableEntity, "超出合成待遇清单的范围 500 至 900")
	if w := province.sent(begun(t, province, office.BenefitList)+"/import", "list.yaml", []byte("document: x\n")); w.Code != http.StatusUnprocessableEntity {
		t.Error("a list without number, day and ranges is taken:", w.Code)
	}
	draft := begun(t, city, office.BenefitRules)
	done(t, city, draft, "act", "delete", "version", "1")
	says(t, city.get(draft), http.StatusNotFound)
}
