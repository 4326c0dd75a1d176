package counter

import (
	"maps"
	"testing"
)

// over lays what is given over a row.
func over(given map[string]any, kv ...string) map[string]any {
	out := data(kv...)
	maps.Copy(out, given)
	return out
}

// listed is a settlement list of a stay; what is given takes the place of what stands there.
func (p *patient) listed(setl string, head, items, diagnoses map[string]any) map[string]any {
	return map[string]any{"setlinfo": over(head, "mdtrt_id", p.visit, "setl_id", setl, "fixmedins_name", "合成医院", "fixmedins_code", p.by.Code, "medcasno", "M1", "psn_name", "合成参保人", "gend", "1",
		"brdy", "1990-02-03", "ntly", "CHN", "naty", "01", "patn_cert_type", "01", "certno", p.card, "prfs", "90", "coner_name", "合成联系人", "patn_rlts", "1", "coner_addr", "合成", "coner_tel", "0",
		"hi_type", "390", "insuplc", string(county), "ipt_med_type", "1", "adm_caty", "A03", "dscg_caty", "A03", "adm_time", "2026-11-15 09:00:00", "dscg_time", "2026-11-22 09:00:00", "bill_code", "B", "bill_no", "1",
		"biz_sn", "1", "setl_begn_date", "2026-11-15", "setl_end_date", "2026-11-22", "psn_selfpay", "8537.50", "psn_ownpay", "500.00", "acct_pay", "0", "psn_cashpay", "9037.50", "hi_paymtd", "1",
		"hsorg", "合成", "hsorg_opter", "合成", "medins_fill_dept", "合成", "medins_fill_psn", "合成", "diag_code_cnt", "1"),
		"payinfo":  []any{data("fund_pay_type", "390100", "fund_payamt", "11587.50")},
		"diseinfo": []any{over(diagnoses, "diag_type", "1", "diag_code", "J18.900", "diag_name", "肺炎", "maindiag_flag", "1")},
		"iteminfo": []any{over(items, "med_chrgitm", "06", "amt", "20625.00", "claa_sumfee", "20000", "clab_amt", "125", "fulamt_ownpay_amt", "500", "oth_amt", "0")}}
}

// A settlement list agrees with the settlement and with itself, or is refused by the field; the queries give the institution its own visits, diagnoses, charges and settlements,
// and nobody else's.
func TestListsAndQueries(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x, other := h.hospital("H51010400001", "01"), h.hospital("H51010400002", "01")
	p := x.patient(h.person(95), 95)
	p.stay("2026-11-15", "2026-11-22")
	setl := x.must("2304", map[string]any{"data": p.own(staySums...)}).row("setlinfo")["setl_id"]
	for range 2 { // sent anew, the later one holds
		if r := x.must("4101", p.listed(setl, nil, nil, nil)); r.text("setl_list_id") != setl {
			t.Errorf("%s", r.Output)
		}
	}
	x.must("4101A", map[string]any{"setlinfo": data("psn_no", p.no, "mdtrt_id", p.visit, "setl_id", setl), "diseinfo": []any{data("diag_type", "1", "diag_code", "J18.900", "diag_name", "肺炎", "maindiag_flag", "1")},
		"oprninfo": []any{}})
	for want, list := range map[string]map[string]any{
		"setlinfo.psn_cashpay":   p.listed(setl, data("psn_cashpay", "9037.51"), nil, nil),
		"setlinfo.psn_selfpay":   p.listed(setl, data("psn_selfpay", "8537.49"), nil, nil),
		"setlinfo.dscg_time":     p.listed(setl, data("dscg_time", "2026-11-21 09:00:00"), nil, nil),
		"setlinfo.diag_code_cnt": p.listed(setl, data("diag_code_cnt", "2"), nil, nil),
		"setlinfo.psn_name":      p.listed(setl, data("psn_name", "别人"), nil, nil),
		"setlinfo.certno":        p.listed(setl, data("certno", "1"), nil, nil),
		"setlinfo.medcasno":      p.listed(setl, data("medcasno", ""), nil, nil),
		"setlinfo.setl_id":       p.listed("1", nil, nil, nil),
		"iteminfo[1].amt":        p.listed(setl, nil, data("oth_amt", "1"), nil),
		"iteminfo.amt":           p.listed(setl, nil, data("amt", "20626.00", "oth_amt", "1"), nil),
		"diseinfo.maindiag_flag": p.listed(setl, nil, nil, data("maindiag_flag", "0")),
	} {
		x.refused(want, want, "4101", list)
	}
	if rows := x.must("5201", map[string]any{"data": p.own("begntime", "2026-11-01 00:00:00")}).rows(t, "mdtrtinfo"); len(rows) != 1 || rows[0]["endtime"] != "2026-11-22" || rows[0]["inhosp_stas"] != "0" {
		t.Errorf("%v", rows)
	}
	if rows := x.must("5202", map[string]any{"data": p.own()}).rows(t, "diseinfo"); len(rows) != 1 || rows[0]["diag_code"] != "J06.900" {
		t.Errorf("%v", rows)
	}
	if info := adds(t, x.must("5203", map[string]any{"data": p.own("setl_id", setl)})); info["hifp_pay"] != "11587.50" || info["act_pay_dedc"] != "800.00" {
		t.Errorf("%v", info)
	}
	if rows := x.must("5204", map[string]any{"data": p.own("setl_id", setl)}).rows(t, "feedetail"); len(rows) != 3 || rows[1]["preselfpay_amt"] != "12.50" || rows[2]["chrgitm_lv"] != "03" {
		t.Errorf("%v", rows)
	}
	if rows := x.must("5206", map[string]any{"data": p.own("cum_ym", "202611")}).rows(t, "cuminfo"); len(rows) != 5 || rows[1]["cum"] != "11587.50" {
		t.Errorf("%v", rows)
	}
	if rows := x.must("5303", map[string]any{"data": p.own()}).rows(t, "data"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	x.refused("a month", "data.cum_ym", "5206", map[string]any{"data": p.own("cum_ym", "20261")})
	for infno, input := range map[string]map[string]any{"5202": p.own(), "5203": p.own("setl_id", setl), "5204": p.own()} {
		other.refused("another's visit", "本机构没有", infno, map[string]any{"data": input})
	}
	if rows := other.must("5201", map[string]any{"data": p.own("begntime", "2026-11-01 00:00:00")}).rows(t, "mdtrtinfo"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	other.refused("another's settlement", "本机构没有", "4101", p.listed(setl, data("fixmedins_code", other.by.Code), nil, nil))
	x.must("2305", map[string]any{"data": p.own("setl_id", setl)})
	x.refused("one that was undone", "已经撤销", "4101", p.listed(setl, nil, nil, nil))
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}
