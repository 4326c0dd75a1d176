package counter

import (
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/register"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// decided lets the county's desk decide about the last registration of a person.
func (h *hall) decided(no string, approve bool) {
	h.t.Helper()
	person, err := strconv.ParseInt(no, 10, 64)
	if err != nil {
		h.t.Fatal(err)
	}
	act := storetest.Act(county)
	act.Who = "u-decider"
	if _, _, err := h.Store.Registrations().Change(h.t.Context(), act, enrol.PersonNo(person), func(all []register.Registration) (register.Registration, error) {
		last := all[len(all)-1]
		return last.Decide(register.Decision{Version: last.Version, By: office.Subject{ID: act.Who, Division: county}, At: h.Now(), Approve: approve, Text: "已核"})
	}); err != nil {
		h.t.Fatal(err)
	}
}

// registered lets a clerk enter a registration, and another approve it.
func (h *hall) registered(no string, r register.Registration) {
	h.t.Helper()
	person, err := strconv.ParseInt(no, 10, 64)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Person, r.County, r.Channel = enrol.PersonNo(person), county, register.AtCounter
	if _, _, err := h.Store.Registrations().Change(h.t.Context(), storetest.Act(county), r.Person, func(all []register.Registration) (register.Registration, error) {
		return register.Apply(r, all, register.By{Who: "u1", Division: county, At: h.Now()}, register.Terms{BackDays: 30})
	}); err != nil {
		h.t.Fatal(err)
	}
	h.decided(no, true)
}

// A stay away from home: what counts is the day of admission. Not registered is paid at twenty points less; the same stay registered, as at home; a registration that ends during the stay
// holds for all of it, and one that begins during it does not help.
func TestAwayFromHome(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "YA-4.4.3")
	h := newHall(t, t.TempDir())
	near, far := h.hospitalIn("510704", "H51070400001", "01"), h.hospitalIn("530102", "H53010200001", "01")
	for i, c := range []struct {
		at    *hospital
		area  region.Code
		spell enrol.Spell
		want  string
	}{
		{near, "", enrol.Spell{}, "7725.00"}, // (20112.50 − 800) × 0.40
		{near, "510700", enrol.Spell{From: "2026-11-15"}, "11587.50"},
		{near, "510704", enrol.Spell{From: "2026-11-01", To: "2026-11-15"}, "11587.50"},
		{near, "510700", enrol.Spell{From: "2026-11-01", To: "2026-11-14"}, "7725.00"},
		{near, "510700", enrol.Spell{From: "2026-11-16"}, "7725.00"},
		{near, "510300", enrol.Spell{From: "2026-11-01"}, "7725.00"},
		{far, "530000", enrol.Spell{From: "2026-11-15"}, "10621.88"}, // × 0.55: 10621.875, half up
		{far, "510700", enrol.Spell{From: "2026-11-15"}, "7725.00"},
	} {
		p := c.at.patient(h.person(110+i), 110+i)
		if c.area != "" {
			h.registered(p.no, register.Registration{Kind: register.Temporary, Area: c.area, Spell: c.spell})
		}
		p.stay("2026-11-15", "2026-11-22")
		r := p.must("2304", map[string]any{"data": p.own(staySums...)})
		if info := adds(t, r); info["hifp_pay"] != c.want || strings.Contains(r.Warn, "异地就医备案") != (c.want == "7725.00") {
			t.Errorf("%d: %s, want %s; %s", i, info["hifp_pay"], c.want, r.Warn)
		}
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// today opens an outpatient visit of today with one charge in scope, and gives what basic insurance would pay.
func (p *patient) today(medType, disease, diagnosed string) (paid, warn string) {
	p.t.Helper()
	p.visit = p.must("2201", map[string]any{"data": p.own("begntime", "2026-11-23 09:00:00", "ipt_otp_no", "O1", "atddr_no", "D1", "dr_name", "合成医师", "dept_code", "K1", "dept_name", "内科", "caty", "A03")}).row("data")["mdtrt_id"]
	p.must("2203", map[string]any{"mdtrtinfo": p.own("med_type", medType, "begntime", "2026-11-23 09:00:00", "dise_codg", disease), "diseinfo": []any{diagnosis("diag_code", diagnosed)}})
	p.must("2204", map[string]any{"feedetail": []any{p.line("1", "SYN-REG-01", "10", "10", "100.00", "fee_ocur_time", "2026-11-23 09:10:00")}})
	r := p.must("2206", map[string]any{"data": p.own("med_type", medType, "medfee_sumamt", "100.00", "psn_setlway", "01", "chrg_bchno", "B1", "acct_used_flag", "0", "fulamt_ownpay_amt", "0.00", "overlmt_selfpay", "0.00",
		"preselfpay_amt", "0.00", "inscp_scp_amt", "100.00")})
	return r.row("setlinfo")["hifp_pay"], r.Warn
}

func chronicForm(no string) map[string]any {
	return data("psn_no", no, "insutype", "390", "opsp_dise_code", "M07800", "opsp_dise_name", "合成病种", "insu_optins", "510104", "ide_fixmedins_no", "H51010400001", "ide_fixmedins_name", "合成医院", "hosp_ide_date", "2026-11-20",
		"diag_dr_codg", "D1", "diag_dr_name", "合成医师", "begndate", "2026-11-23")
}

func fixedForm(no, code string) map[string]any {
	return data("psn_no", no, "biz_appy_type", "01", "begndate", "2026-11-23", "fix_srt_no", "1", "fixmedins_code", code, "fixmedins_name", "合成医院")
}

// A chronic disease by the platform's interface: applied for, decided by the county, chosen institution, withdrawn; a message again gives the first answer, and what timed out is undone.
func TestChronicByInterface(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "YA-3.1.1")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x, other := h.hospital("H51010400001", "01"), h.hospital("H51010400002", "01")
	p := x.patient(h.person(130), 130)
	there := other.patient(p.no, 130)
	says := func(what string, p *patient, want, warn string) {
		t.Helper()
		if paid, said := p.today("14", "M07800", "J06.900"); paid != want || !strings.Contains(said, warn) {
			t.Errorf("%s: %s (%s), want %s (%s)", what, paid, said, want, warn)
		}
	}
	says("before", p, "0.00", "未经认定")
	apply := x.message("2503", map[string]any{"data": chronicForm(p.no)})
	r, first := x.send(apply)
	sn := r.row("result")["trt_dcla_detl_sn"]
	if _, again := x.send(apply); sn == "" || again != first {
		t.Fatalf("%s, again %s", first, again)
	}
	x.refused("twice", "已有同样的登记", "2503", map[string]any{"data": chronicForm(p.no)})
	says("while it waits", p, "0.00", "未经认定")
	h.decided(p.no, true)
	says("approved", p, "70.00", "")
	says("elsewhere too", there, "70.00", "")
	if paid, _ := p.today("14", "M99999", "J06.900"); paid != "0.00" {
		t.Errorf("another disease: %s", paid)
	}
	if r := x.must("5301", map[string]any{"data": data("psn_no", p.no)}); !strings.Contains(string(r.Output["feedetail"]), `"opsp_dise_code":"M07800"`) {
		t.Errorf("%s", r.Output["feedetail"])
	}
	if r := x.must("2001", map[string]any{"data": p.own("fixmedins_code", x.by.Code, "med_type", "14", "begntime", "2026-11-23 09:00:00", "dise_codg", "M07800")}); !strings.Contains(string(r.Output["trtinfo"]), `"trt_enjymnt_flag":"1"`) {
		t.Errorf("%s", r.Output["trtinfo"])
	}
	choice := x.must("2505", map[string]any{"data": fixedForm(p.no, x.by.Code)}).row("result")["trt_dcla_detl_sn"]
	h.decided(p.no, true)
	says("at the chosen", p, "70.00", "")
	says("not at the chosen", there, "0.00", "不是参保人选定")
	other.refused("another's choice", "没有由本机构申请", "2506", map[string]any{"data": data("trt_dcla_detl_sn", choice, "psn_no", p.no, "memo", "x")})
	x.refused("of another kind", "没有由本机构申请", "2504", map[string]any{"data": data("trt_dcla_detl_sn", choice, "psn_no", p.no, "memo", "x")})
	x.must("2506", map[string]any{"data": data("trt_dcla_detl_sn", choice, "psn_no", p.no, "memo", "改选")})
	says("after it was withdrawn", there, "70.00", "")
	again := x.message("2505", map[string]any{"data": fixedForm(p.no, x.by.Code)})
	x.send(again)
	x.must("2601", map[string]any{"data": data("psn_no", p.no, "omsgid", again["msgid"].(string), "oinfno", "2505")})
	if r, _ := x.send(again); r.Code != -1 || !strings.Contains(r.Error, "已经冲正") {
		t.Errorf("undone: %+v", r)
	}
	x.must("2504", map[string]any{"data": data("trt_dcla_detl_sn", sn, "psn_no", p.no, "memo", "误报")})
	says("withdrawn", p, "0.00", "未经认定")
	x.refused("withdrawn twice", "不能再撤销", "2504", map[string]any{"data": data("trt_dcla_detl_sn", sn, "psn_no", p.no, "memo", "误报")})
	x.refused("too long ago", "data.begndate", "2503", map[string]any{"data": with(chronicForm(p.no), "begndate", "2020-01-01")})
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// A referral by the interface waits for the county; refused, it does nothing.
func TestReferralByInterface(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	h := newHall(t, t.TempDir())
	x, away := h.hospital("H51010400001", "01"), h.hospitalIn("510704", "H51070400001", "01")
	p := x.patient(h.person(140), 140)
	there := away.patient(p.no, 140)
	form := data("psn_no", p.no, "diag_code", "J18.900", "diag_name", "肺炎", "reflin_medins_no", away.by.Code, "reflin_medins_name", "合成医院", "mdtrtarea_admdvs", "510704", "refl_type", "1", "refl_date", "2026-11-23",
		"refl_rea", "病情需要", "refl_opnn", "同意")
	x.refused("at home", "不需要备案", "2501", map[string]any{"refmedin": with(form, "mdtrtarea_admdvs", "510105")})
	sn := x.must("2501", map[string]any{"refmedin": form}).row("result")["trt_dcla_detl_sn"]
	if _, warn := there.today("11", "", "J06.900"); !strings.Contains(warn, "异地就医备案") {
		t.Errorf("while it waits: %s", warn)
	}
	h.decided(p.no, false)
	if _, warn := there.today("11", "", "J06.900"); !strings.Contains(warn, "异地就医备案") {
		t.Errorf("refused: %s", warn)
	}
	x.refused("after it was refused", "不能再撤销", "2502", map[string]any{"data": data("trt_dcla_detl_sn", sn, "psn_no", p.no)})
	x.must("2501", map[string]any{"refmedin": form})
	h.decided(p.no, true)
	if _, warn := there.today("11", "", "J06.900"); strings.Contains(warn, "异地就医备案") {
		t.Errorf("approved: %s", warn)
	}
	all, err := h.Store.Registrations().In(t.Context(), storetest.Act(county), store.RegistrationQuery{Kind: register.Referral, Limit: 9})
	if err != nil || len(all) != 2 || all[0].Channel != register.AtInstitution || all[0].Institution != away.by.Code {
		t.Errorf("%+v %v", all, err)
	}
}
