package counter

import (
	"maps"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/register"
)

// A list is found again as it was sent, counted and checked; one that is submitted is not sent anew until it is opened again. Another institution sees none of it.
func TestListsAreFoundAgain(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x, other := h.hospital("H51010400001", "01"), h.hospital("H51010400002", "01")
	p := x.patient(h.person(96), 96)
	p.stay("2026-11-15", "2026-11-22")
	setl := x.must("2304", map[string]any{"data": p.own(staySums...)}).row("setlinfo")["setl_id"]
	named := map[string]any{"data": data("psn_no", p.no, "setl_id", setl)}
	month := map[string]any{"data": data("setl_ym", "202611")}
	span := map[string]any{"data": data("fixmedins_code", x.by.Code, "stt_begntime", "2026-11-01", "stt_endtime", "2026-11-30", "medtype_list", "11,21", "refd_setl_flag", "0")}
	state := func(to string) map[string]any {
		return map[string]any{"data": map[string]any{"stastinfo": []any{data("psn_no", p.no, "setl_id", setl, "stas_type", to)}}}
	}
	x.refused("before it was sent", "没有上传过", "4103", named)
	x.refused("before it was sent", "没有上传过", "4102", state("1"))
	counted := func(of *hospital, input map[string]any, all, with string) {
		t.Helper()
		if r := of.must("4105", input); r.text("setl_cnt") != all || r.text("setl_list_cnt") != with {
			t.Errorf("%s", r.Output)
		}
	}
	counted(x, span, "1", "0")
	x.must("4101A", map[string]any{"setlinfo": data("psn_no", p.no, "mdtrt_id", p.visit, "setl_id", setl, "vent_used_dura", "1/13/24", "poscode", "610000"),
		"diseinfo": []any{data("diag_type", "1", "diag_code", "J18.900", "diag_name", "肺炎", "maindiag_flag", "1")}})
	r := x.must("4103", named)
	info := r.row("setlinfo")
	for field, want := range map[string]string{"vent_used_days": "1", "vent_used_h_cnt": "13", "vent_used_m_cnt": "24", "emp_poscode": "610000", "psn_name": "合成参保人", "psn_selfpay_amt": "8537.50",
		"psn_ownpay_fee": "500.00", "psn_cashpay": "9037.50", "setl_list_sn": setl, "stas_type": "0", "insutype": "390"} {
		if info[field] != want {
			t.Errorf("%s: %q, not %q", field, info[field], want)
		}
	}
	if d, f := r.rows(t, "diseinfo"), r.rows(t, "payinfo"); len(d) != 1 || d[0]["setl_list_diag_id"] != "1" || d[0]["mdtrt_id"] != p.visit || len(f) != 1 || f[0]["fund_payamt"] != "11587.50" {
		t.Errorf("%v %v", d, f)
	}
	x.must("4101", p.listed(setl, nil, nil, nil)) // the fuller one is found before the other
	if items := x.must("4103", named).rows(t, "iteminfo"); len(items) != 1 || items[0]["item_sumamt"] != "20625.00" || items[0]["item_claa_amt"] != "20000" {
		t.Errorf("%v", items)
	}
	counted(x, span, "1", "1")
	counted(x, map[string]any{"data": with(span["data"].(map[string]any), "medtype_list", "11")}, "0", "0")
	counted(x, map[string]any{"data": with(span["data"].(map[string]any), "refd_setl_flag", "1")}, "0", "0")
	if rows := x.must("4104", month).rows(t, "data"); len(rows) != 1 || rows[0]["qltctrl_rslt"] != "通过" || rows[0]["psn_name"] != "" {
		t.Errorf("%v", rows)
	}
	if rows := x.must("4104", map[string]any{"data": data("setl_ym", "202611", "psn_no", p.no)}).rows(t, "data"); len(rows) != 1 || rows[0]["psn_name"] != "合成参保人" {
		t.Errorf("%v", rows)
	}
	if rows := other.must("4104", month).rows(t, "data"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	for what, c := range map[string]struct {
		want, infno string
		input       map[string]any
	}{
		"no month":                  {"setl_ym", "4104", map[string]any{"data": data()}},
		"a month there isn't":       {"setl_ym", "4104", map[string]any{"data": data("setl_ym", "202613")}},
		"another's count":           {"fixmedins_code", "4105", map[string]any{"data": with(span["data"].(map[string]any), "fixmedins_code", other.by.Code)}},
		"ends before it begins":     {"stt_endtime", "4105", map[string]any{"data": with(span["data"].(map[string]any), "stt_endtime", "2026-10-31")}},
		"a state there isn't":       {"stastinfo[1].stas_type", "4102", state("2")},
		"a flag":                    {"refd_setl_flag", "4105", map[string]any{"data": with(span["data"].(map[string]any), "refd_setl_flag", "2")}},
		"a settlement there is not": {"setl_id", "4103", map[string]any{"data": data("psn_no", p.no, "setl_id", "1")}},
	} {
		x.refused(what, c.want, c.infno, c.input)
	}
	other.refused("another's list", "本机构没有", "4103", named)
	other.refused("another's list", "本机构没有", "4102", state("1"))
	x.must("4102", map[string]any{"stastinfo": []any{data("psn_no", p.no, "setl_id", setl, "stas_type", "1")}}) // as other programs write it
	x.refused("submitted", "已提交", "4101", p.listed(setl, nil, nil, nil))
	if got := x.must("4103", named).row("setlinfo")["stas_type"]; got != "1" {
		t.Errorf("%q", got)
	}
	x.must("4102", state("0"))
	x.must("4101", p.listed(setl, nil, nil, nil))
	x.must("2305", map[string]any{"data": p.own("setl_id", setl)})
	x.refused("undone", "已经撤销", "4102", state("1"))
	counted(x, span, "0", "0")
	counted(x, map[string]any{"data": with(span["data"].(map[string]any), "refd_setl_flag", "1")}, "1", "1")
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// A stay is described anew as long as nothing of it is settled, and never so that a charge lies outside it.
func TestStayIsAmended(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	p := x.patient(h.person(97), 97)
	p.stay("2026-11-15", "2026-11-22")
	amended := func(kv ...string) map[string]any {
		return map[string]any{"adminfo": p.own(append(kv, "ipt_otp_no", "I2", "atddr_no", "D1", "chfpdr_name", "合成医师", "adm_diag_dscr", "肺炎", "adm_dept_codg", "K1", "adm_dept_name", "内科", "adm_bed", "1",
			"dscg_maindiag_code", "J18.900", "dscg_maindiag_name", "肺炎")...), "diseinfo": []any{p.own("diag_type", "1", "maindiag_flag", "1", "diag_srt_no", "1", "diag_code", "J15.900", "diag_name", "细菌性肺炎",
			"diag_dept", "内科", "dise_dor_no", "D1", "dise_dor_name", "合成医师", "diag_time", "2026-11-15 10:00:00")}}
	}
	good := []string{"begntime", "2026-11-16 09:00:00", "med_type", "21"}
	x.must("2403", amended(good...))
	rows := x.must("5201", map[string]any{"data": p.own("begntime", "2026-11-01 00:00:00")}).rows(t, "mdtrtinfo")
	if len(rows) != 1 || rows[0]["begntime"] != "2026-11-16" || rows[0]["ipt_otp_no"] != "I2" {
		t.Errorf("%v", rows)
	}
	if rows := x.must("5202", map[string]any{"data": p.own()}).rows(t, "diseinfo"); len(rows) != 1 || rows[0]["diag_code"] != "J15.900" {
		t.Errorf("%v", rows)
	}
	others := amended(good...)
	others["diseinfo"].([]any)[0] = over(others["diseinfo"].([]any)[0].(map[string]any))
	others["diseinfo"].([]any)[0].(map[string]any)["psn_no"] = "999999"
	x.refused("somebody else's diagnosis", "diseinfo[1].psn_no", "2403", others)
	for want, kv := range map[string][]string{"adminfo.begntime": {"begntime", "2026-11-21 09:00:00", "med_type", "21"}, "adminfo.med_type": {"begntime", "2026-11-16 09:00:00", "med_type", "11"},
		"adminfo.endtime": {"begntime", "2026-11-16 09:00:00", "med_type", "21", "endtime", "2026-11-23 09:00:00"}} {
		x.refused(want, want, "2403", amended(kv...))
	}
	x.must("2304", map[string]any{"data": p.own(staySums...)})
	x.refused("settled", "已结算", "2403", amended(good...))
}

// What an institution asks about a person's chosen institutions, referrals and drugs is what was approved and what it settled itself; of practitioners there is no register, and the answer says so.
func TestQueriesOfRecords(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "YA-4.10.2")
	h := newHall(t, t.TempDir())
	x, other := h.hospital("H51010400001", "11"), h.hospital("H51010400002", "11")
	no := h.person(98)
	p := x.patient(no, 98)
	h.registered(no, register.Registration{Kind: register.Fixed, Institution: other.by.Code, Reason: "就近", Spell: enrol.Spell{From: "2026-11-01"}})
	h.registered(no, register.Registration{Kind: register.Referral, Area: "510700", Institution: "H51070400001", DiseaseName: "肺炎", Reason: "专科", Spell: enrol.Spell{From: "2026-11-10"}})
	h.registered(no, register.Registration{Kind: register.Chronic, Disease: "M01600", DiseaseName: "糖尿病", Spell: enrol.Spell{From: "2026-11-01"}})
	if rows := x.must("5302", map[string]any{"data": data("psn_no", no, "biz_appy_type", "03")}).rows(t, "psnfixmedin"); len(rows) != 1 || rows[0]["fixmedins_code"] != other.by.Code ||
		rows[0]["fixmedins_name"] != "合成医院" || rows[0]["begndate"] != "2026-11-01" {
		t.Errorf("%v", rows)
	}
	since := map[string]any{"data": data("psn_no", no, "begntime", "2026-11-01 00:00:00", "endtime", "2026-11-23 23:59:59")}
	if rows := x.must("5304", since).rows(t, "refmedin"); len(rows) != 1 || rows[0]["mdtrtarea_admdvs"] != "510700" || rows[0]["out_flag"] != "1" || rows[0]["diag_name"] != "肺炎" {
		t.Errorf("%v", rows)
	}
	if rows := x.must("5304", map[string]any{"data": data("psn_no", no, "begntime", "2026-11-11 00:00:00")}).rows(t, "refmedin"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	if r := x.must("5102", map[string]any{"data": data("prac_psn_type", "1")}); r.Warn == "" || len(r.rows(t, "data")) != 0 {
		t.Errorf("%+v", r)
	}
	p.visit = x.must("2201", map[string]any{"data": p.own("begntime", "2026-11-20 09:00:00", "ipt_otp_no", "O1", "atddr_no", "D1", "dr_name", "合成医师", "dept_code", "K1", "dept_name", "内科", "caty", "A03")}).row("data")["mdtrt_id"]
	x.must("2203", map[string]any{"mdtrtinfo": p.own("med_type", "14", "begntime", "2026-11-20 09:00:00", "dise_codg", "M01600"), "diseinfo": []any{diagnosis()}})
	x.must("2204", map[string]any{"feedetail": []any{p.line("1", "SYN-DRUG-A1", "1", "10", "10.00"), p.line("2", "SYN-REG-01", "1", "10", "10.00")}})
	if rows := x.must("5205", since).rows(t, "feedetail"); len(rows) != 0 {
		t.Errorf("not settled: %v", rows)
	}
	sums := map[string]any{"med_type": "14", "medfee_sumamt": "20.00", "psn_setlway": "01", "chrg_bchno": "B1", "acct_used_flag": "0", "fulamt_ownpay_amt": "0", "overlmt_selfpay": "0",
		"preselfpay_amt": "0", "inscp_scp_amt": "20.00"}
	maps.Copy(sums, p.own())
	x.must("2207", map[string]any{"data": sums})
	if rows := x.must("5205", since).rows(t, "feedetail"); len(rows) != 1 || rows[0]["med_list_codg"] != "SYN-DRUG-A1" || rows[0]["drug_genname"] == "" || rows[0]["det_item_fee_sumamt"] != "10.00" {
		t.Errorf("%v", rows)
	}
	if rows := other.must("5205", since).rows(t, "feedetail"); len(rows) != 0 {
		t.Errorf("another institution's: %v", rows)
	}
}
