package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/store/storetest"
)

// settlesAway lets a hospital of Chengdu say what basic insurance pays of a stay from 15 to 22 November for somebody insured in Mianyang; done, it settles.
func (h *hospitalClient) settlesAway(no, serial string, done bool) string {
	h.t.Helper()
	seventeen := "99999919900203" + serial
	own := func(kv ...string) map[string]string {
		row := map[string]string{"psn_no": no, "mdtrt_cert_type": "02", "mdtrt_cert_no": seventeen + string(enrol.CheckDigit(seventeen)), "insutype": "390"}
		for i := 0; i < len(kv); i += 2 {
			row[kv[i]] = kv[i+1]
		}
		return row
	}
	call := func(infno string, input any) platformAnswer {
		message := h.envelope(infno, "input", input)
		message["insuplc_admdvs"] = "510704"
		body, err := json.Marshal(message)
		if err != nil {
			h.t.Fatal(err)
		}
		status, a := h.post("/"+infno, "application/json", body)
		if status != http.StatusOK || a.Code != 0 {
			h.t.Fatalf("%s: %d %+v", infno, status, a)
		}
		return a
	}
	visit := call("2401", map[string]any{"mdtrtinfo": own("begntime", "2026-11-15 09:00:00", "med_type", "21", "ipt_no", "I1", "atddr_no", "D1", "chfpdr_name", "合成医师", "adm_diag_dscr", "肺炎", "adm_dept_codg", "K1",
		"adm_dept_name", "内科", "adm_bed", "1", "dscg_maindiag_code", "J18.900", "dscg_maindiag_name", "肺炎"), "diseinfo": []any{own("diag_type", "1", "maindiag_flag", "1", "diag_srt_no", "1", "diag_code", "J18.900",
		"diag_name", "肺炎", "diag_dept", "内科", "dise_dor_no", "D1", "dise_dor_name", "合成医师", "diag_time", "2026-11-15 09:30:00")}}).row("result")["mdtrt_id"]
	call("2301", map[string]any{"feedetail": []any{own("mdtrt_id", visit, "feedetl_sn", "1", "med_type", "21", "fee_ocur_time", "2026-11-16 08:00:00", "med_list_codg", "SYN-OPER-A1", "medins_list_codg", "OPER1",
		"det_item_fee_sumamt", "20000", "cnt", "1", "pric", "20000", "bilg_dept_codg", "K1", "bilg_dept_name", "内科", "bilg_dr_codg", "D1", "bilg_dr_name", "合成医师")}})
	return call(map[bool]string{false: "2303", true: "2304"}[done], map[string]any{"data": own("mdtrt_id", visit, "medfee_sumamt", "20000.00", "psn_setlway", "01", "acct_used_flag", "0", "mid_setl_flag", "0", "dscg_time", "2026-11-22",
		"fulamt_ownpay_amt", "0", "overlmt_selfpay", "0", "preselfpay_amt", "0", "inscp_scp_amt", "20000")}).row("setlinfo")["hifp_pay"]
}

// In Chromium: a clerk enters an application for care away from home on a person's page and cannot decide about it; another finds it among what waits and approves it; a hospital there
// settles a stay with the better ratio.
func TestBrowserRegistration(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "SC38-8.2")
	t.Attr("clause", "YA-4.10.3")
	b, h, _ := newHospital(t)
	h.sign = h.call("9001", map[string]any{"signIn": map[string]string{"opter_no": "op", "mac": "", "ip": "192.0.2.1"}}).row("signinoutb")["sign_no"]
	person, err := storetest.AddPerson(t, b.store, storetest.Act("510704"), storetest.Facts(92, "合成参保人", "510704")...)
	if err != nil {
		t.Fatal(err)
	}
	no := fmt.Sprint(person)
	if paid := h.settlesAway(no, "092", false); paid != "7680.00" { // (20000 − 800) × 0.40
		t.Errorf("not registered: %s", paid)
	}
	b.hire("first", office.MedicalSecurity, "510704", office.EnrolClerk)
	b.hire("second", office.MedicalSecurity, "510704", office.EnrolClerk)
	s := newStory(t, b, "first", "second")
	s.goTo("first", "/benefit/registrations?lang=zh")
	s.do("first", until(`document.querySelector("#registrations").textContent.includes("没有符合条件的登记")`))
	s.look("first", "registrations-empty")
	s.goTo("first", "/enrol/person/"+no)
	s.do("first", chromedp.Click(`a[href*="/benefit/registrations/for/"]`, chromedp.ByQuery), until(`document.querySelector("#register-kind")`),
		chromedp.SetValue("#register-kind", "temporary", chromedp.ByQuery), chromedp.SetValue("#register-area", "510704", chromedp.ByQuery), chromedp.SetValue("#register-from", "2026-11-10", chromedp.ByQuery))
	s.submit("first", `form:has(#register-kind)`, "不需要备案")
	s.do("first", chromedp.SetValue("#register-area", "510100", chromedp.ByQuery))
	s.submit("first", `form:has(#register-kind)`, "已提交申请")
	s.look("first", "registrations-person")
	s.do("first", chromedp.Click(`#registrations tbody a`, chromedp.ByQuery), until(`document.querySelector("main").textContent.includes("须由另一人审核") && !document.querySelector('button[value="approve"]')`))

	s.goTo("second", "/todo?lang=zh")
	s.do("second", chromedp.Click(`main a[href*="/benefit/registrations"]`, chromedp.ByQuery), until(`document.querySelector("#registrations tbody a")`))
	s.look("second", "registrations-list")
	s.do("second", chromedp.Click(`#registrations tbody a`, chromedp.ByQuery), until(`document.querySelector('button[value="approve"]')`))
	s.look("second", "registration-decide")
	s.do("second", chromedp.Click(`button[value="refuse"]`, chromedp.ByQuery), until(`document.querySelector('[role="alert"]')`), chromedp.Click(`button[value="approve"]`, chromedp.ByQuery),
		until(`document.readyState === "complete" && document.querySelector("main").textContent.includes("已审核通过")`))
	if paid := h.settlesAway(no, "092", true); paid != "11520.00" { // × 0.60
		t.Errorf("registered: %s", paid)
	}
	if _, err := b.store.Verify(t.Context(), storetest.Chart(t)); err != nil {
		t.Error(err)
	}
}
