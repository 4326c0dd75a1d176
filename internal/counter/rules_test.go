package counter

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
	"tongchou/internal/register"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// under lets the counter settle by a policy, and by rules of places over it.
func (h *hall) under(pack string, rules ...benefit.Approved) {
	h.t.Helper()
	library := policytest.Library(h.t)
	p := policytest.Pack(h.t, pack)
	book, err := benefit.NewRulebook(library, p, rules)
	if err != nil {
		h.t.Fatal(err)
	}
	h.Rules = func(context.Context) (*benefit.Rulebook, error) { return book, nil }
}

// rule is a rule of a place that was approved long ago.
func rule(division region.Code, id policy.ParameterID, value string) benefit.Approved {
	return benefit.Approved{CityRule: benefit.CityRule{Division: division, Document: "合成文件", From: "2025-01-01", Parameter: id, Value: value, Synthetic: true}, On: "2024-12-01"}
}

// known makes the file of somebody of whom facts are known.
func (h *hall) known(facts []enrol.Fact) string {
	h.t.Helper()
	no, err := storetest.AddPerson(h.t, h.Store, storetest.Act(province), facts...)
	if err != nil {
		h.t.Fatal(err)
	}
	return strconv.FormatInt(int64(no), 10)
}

// learn adds facts to a file.
func (h *hall) learn(number string, facts ...enrol.Fact) {
	h.t.Helper()
	no := personOf(h.t, number)
	version := h.file(no).Version
	if _, err := h.Store.Persons().Change(h.t.Context(), storetest.Act(province), func(tx *store.Tx, people store.People) error {
		source, err := tx.Source("form 2")
		if err == nil {
			_, err = people.Append(no, version, source, facts...)
		}
		people.Done(no)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
}

// says compares fields of a row.
func says(t testing.TB, what string, row fsi.Row, want ...string) {
	t.Helper()
	for i := 0; i < len(want); i += 2 {
		if row[want[i]] != want[i+1] {
			t.Errorf("%s: %s is %q, want %q", what, want[i], row[want[i]], want[i+1])
		}
	}
}

// paidBy is what each fund pays in an answer, by fund_pay_type.
func paidBy(t testing.TB, r reply) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, d := range r.rows(t, "setldetail") {
		if d["fund_pay_type_name"] == "" {
			t.Errorf("a fund without a name: %v", d)
		}
		out[d["fund_pay_type"]] = d["fund_payamt"]
	}
	return out
}

// The civil servants' subsidy and the supplementary insurance go out in fields of their own, mutual aid and long-term care together in another; the details, the query and the reversal say the same.
func TestGroupsOfTheFile(t *testing.T) {
	t.Attr("clause", "YA-4.1.2")
	t.Attr("clause", "YA-4.1.1")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	h.under("sichuan")
	x := h.hospital("H51010400001", "01")
	facts := append(storetest.Facts(200, "合成参保人", county), enrol.Covered{Area: county, Way: enrol.Staff, Spell: enrol.Spell{From: "2020-01-01"}})
	for _, group := range []enrol.Group{enrol.CivilServant, enrol.Supplementary, enrol.MutualAid, enrol.LongTermCare} {
		facts = append(facts, enrol.Belongs{Group: group, Spell: enrol.Spell{From: "2020-01-01"}})
	}
	p := x.patient(h.known(facts), 200)
	p.stayAs("310")
	// basic (20112.50 − 800) × 0.85; of the 3696.87 left a half, of that left 0.30, of that left 0.20, and 8 days of 40
	want := []string{"hifp_pay", "16415.63", "cvlserv_pay", "1848.44", "hifes_pay", "554.53", "oth_pay", "578.78", "psn_cash_pay", "1227.62", "cvlserv_flag", "1"}
	of310 := append(staySums, "insutype", "310")
	says(t, "a trial", adds(t, x.must("2303", map[string]any{"data": p.own(of310...)})), want...)
	r := x.must("2304", map[string]any{"data": p.own(of310...)})
	info := adds(t, r)
	says(t, "settled", info, want...)
	funds := paidBy(t, r)
	says(t, "the details", funds, "310100", "16415.63", "320100", "1848.44", "370100", "554.53", "999997", "578.78")
	asked := map[string]any{"data": p.own("setl_id", info["setl_id"])}
	says(t, "the query", adds(t, x.must("5203", asked)), want...)
	says(t, "the visit", x.must("5201", map[string]any{"data": p.own("begntime", "2026-11-01 00:00:00")}).rows(t, "mdtrtinfo")[0], "cvlserv_flag", "1")
	back := x.must("2305", asked)
	says(t, "undone", back.row("setlinfo"), "hifp_pay", "-16415.63", "cvlserv_pay", "-1848.44", "hifes_pay", "-554.53", "oth_pay", "-578.78")
	says(t, "the details undone", paidBy(t, back), "320100", "-1848.44", "370100", "-554.53")
	says(t, "the mirror", x.must("5203", map[string]any{"data": p.own("setl_id", back.row("setlinfo")["setl_id"])}).row("setlinfo"), "cvlserv_pay", "-1848.44", "oth_pay", "-578.78")
	says(t, "again", adds(t, x.must("2304", map[string]any{"data": p.own(of310...)})), want...)
	other := x.patient(h.employee(201, 0), 201)
	other.stayAs("310")
	says(t, "somebody in none of them", adds(t, x.must("2304", map[string]any{"data": other.own(of310...)})), "cvlserv_flag", "0", "cvlserv_pay", "0.00", "oth_pay", "0.00", "psn_cash_pay", "4209.37")
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// A delivery is a stay: admitted, amended, discharged and settled as maternity, up to its cap, with catastrophic insurance above it.
func TestMaternityStay(t *testing.T) {
	t.Attr("clause", "YA-3.1.5")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	h.under("sichuan")
	x := h.hospital("H51010400001", "01")
	p := x.patient(h.person(202), 202)
	p.stayFor("390", "52", "O80.000", "2026-11-15", "2026-11-22")
	amended := func(kind string) map[string]any {
		return map[string]any{"adminfo": p.own("begntime", "2026-11-16 09:00:00", "med_type", kind, "ipt_otp_no", "I2", "atddr_no", "D1", "chfpdr_name", "合成医师", "adm_diag_dscr", "合成", "adm_dept_codg", "K1", "adm_dept_name", "产科",
			"adm_bed", "1", "dscg_maindiag_code", "O80.000", "dscg_maindiag_name", "合成", "mdtrtarea_admvs", string(county)), "diseinfo": []any{diagnosis("psn_no", p.no, "mdtrt_id", p.visit, "diag_code", "O80.000")}}
	}
	x.must("2403", amended("52"))
	x.refused("antenatal care is no stay", "adminfo.med_type", "2403", amended("51"))
	// 0.70 of 20112.50 is more than the cap of 3000; of the 17112.50 left what is above 15000 at 0.60
	info := adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)}))
	says(t, "a resident's", info, "med_type", "52", "act_pay_dedc", "0.00", "hifp_pay", "3000.00", "hifmi_pay", "1267.50", "clr_type", "21")
	mother := x.patient(h.employee(203, 0), 203)
	mother.stayFor("310", "52", "O80.000", "2026-11-15", "2026-11-22")
	says(t, "an employee's", adds(t, x.must("2304", map[string]any{"data": mother.own(append(staySums, "insutype", "310")...)})), "hifp_pay", "6000.00", "act_pay_dedc", "0.00")
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// Emergency care away from home counts as registered, a stay that began with it too; the same care by appointment does not.
func TestEmergencyAway(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	h := newHall(t, t.TempDir())
	h.under("sichuan")
	near, far, clinic := h.hospitalIn("510704", "H51070400001", "01"), h.hospitalIn("530102", "H53010200001", "01"), h.hospitalIn("510704", "H51070400002", "11")
	for i, c := range []struct {
		at   *hospital
		kind string
		want string
	}{
		{near, "24", "12488.13"}, // (20112.50 − 900) × 0.65
		{near, "21", "9606.25"},  // × 0.50
		{far, "24", "11527.50"},  // × 0.60
		{far, "21", "9606.25"},
	} {
		p := c.at.patient(h.person(210+i), 210+i)
		p.stayFor("390", c.kind, "J18.900", "2026-11-15", "2026-11-22")
		r := p.must("2304", map[string]any{"data": p.own(staySums...)})
		if info := adds(t, r); info["hifp_pay"] != c.want || strings.Contains(r.Warn, "异地就医备案") != (c.kind == "21") {
			t.Errorf("%d: %s, want %s; %s", i, info["hifp_pay"], c.want, r.Warn)
		}
	}
	p := clinic.patient(h.person(214), 214)
	for kind, registered := range map[string]bool{"13": true, "11": false} {
		if paid, warn := p.today(kind, "", "J06.900"); strings.Contains(warn, "异地就医备案") == registered {
			t.Errorf("%s: %s, %s", kind, paid, warn)
		}
	}
}

// While the rules of an epidemic are switched on, care for a diagnosis they are for has no deductible and more points at small institutions; other care does not.
func TestEpidemicDiagnosis(t *testing.T) {
	t.Attr("clause", "YA-3.1.4")
	h := newHall(t, t.TempDir())
	on := rule(province, "benefit.epidemic.active", "true")
	large, small := h.hospital("H51010400001", "01"), h.hospital("H51010400002", "11")
	for i, c := range []struct {
		at               *hospital
		rules            []benefit.Approved
		diagnosed        string
		deductible, paid string
	}{
		{large, []benefit.Approved{on}, "U07.100", "0.00", "13073.13"},   // 20112.50 × 0.65
		{small, []benefit.Approved{on}, "U07.100", "0.00", "20112.50"},   // × (0.90 + 0.10)
		{small, []benefit.Approved{on}, "J18.900", "100.00", "18011.25"}, // × 0.90
		{large, []benefit.Approved{on}, "U50.000", "900.00", "12488.13"}, // beyond U49
		{large, []benefit.Approved{}, "U07.100", "900.00", "12488.13"},   // not switched on
	} {
		h.under("sichuan", c.rules...)
		p := c.at.patient(h.person(220+i), 220+i)
		p.stayFor("390", "21", c.diagnosed, "2026-11-15", "2026-11-22")
		says(t, c.diagnosed+" "+strconv.Itoa(i), adds(t, p.must("2304", map[string]any{"data": p.own(staySums...)})), "act_pay_dedc", c.deductible, "hifp_pay", c.paid)
	}
}

// The first share of class B is that of the place of treatment, where it has one.
func TestFirstShareOfThePlaceOfTreatment(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	t.Attr("clause", "YN-4.2")
	h := newHall(t, t.TempDir())
	h.under("reference", rule("510700", "benefit.class_b.drug", "0.2"))
	for i, c := range []struct {
		at    *hospital
		first string
	}{{h.hospital("H51010400001", "11"), "12.50"}, {h.hospitalIn("510704", "H51070400001", "11"), "25.00"}} {
		p := c.at.patient(h.person(230+i), 230+i)
		p.outpatient()
		rows := p.must("2204", map[string]any{"feedetail": []any{p.line("1", "SYN-DRUG-B1", "10", "12.5", "125.00"), p.line("2", "SYN-SCAN-B1", "1", "100", "100.00")}}).rows(t, "result")
		says(t, "the drug", rows[0], "preselfpay_amt", c.first)
		says(t, "a service", rows[1], "preselfpay_amt", "10.00") // the rule is of drugs
		sum := map[string]string{"12.50": "22.50", "25.00": "35.00"}[c.first]
		says(t, "the bill", adds(t, p.must("2206", map[string]any{"data": p.own("med_type", "11", "medfee_sumamt", "225.00", "psn_setlway", "01", "chrg_bchno", "B1", "acct_used_flag", "0", "preselfpay_amt", sum)})), "preselfpay_amt", sum)
	}
}

// care settles a visit of today with a charge in scope of some yuan, and gives what basic insurance pays.
func (p *patient) care(medType, disease, diagnosed, yuan string) string {
	p.t.Helper()
	p.visit = p.must("2201", map[string]any{"data": p.own("begntime", "2026-11-23 09:00:00", "ipt_otp_no", "O1", "atddr_no", "D1", "dr_name", "合成医师", "dept_code", "K1", "dept_name", "内科", "caty", "A03")}).row("data")["mdtrt_id"]
	p.must("2203", map[string]any{"mdtrtinfo": p.own("med_type", medType, "begntime", "2026-11-23 09:00:00", "dise_codg", disease), "diseinfo": []any{diagnosis("diag_code", diagnosed)}})
	p.must("2204", map[string]any{"feedetail": []any{p.line("1", "SYN-REG-01", "1", yuan, yuan+".00", "fee_ocur_time", "2026-11-23 09:10:00")}})
	return adds(p.t, p.must("2207", map[string]any{"data": p.own("med_type", medType, "medfee_sumamt", yuan+".00", "psn_setlway", "01", "chrg_bchno", "B1", "acct_used_flag", "0", "fulamt_ownpay_amt", "0.00", "overlmt_selfpay", "0.00",
		"preselfpay_amt", "0.00", "inscp_scp_amt", yuan+".00")}))["hifp_pay"]
}

// A single disease has a cap of its own inside that of its kind, over the year; another disease has its own.
func TestCapsOfDiseases(t *testing.T) {
	t.Attr("clause", "SC38-6.3")
	t.Attr("clause", "YA-4.6.1")
	h := newHall(t, t.TempDir())
	h.under("sichuan")
	x := h.hospital("H51010400001", "05")
	p := x.patient(h.person(240), 240)
	for _, disease := range []string{"M03900", "M01600"} {
		h.registered(p.no, register.Registration{Kind: register.Chronic, Disease: disease, DiseaseName: "合成病种", Spell: enrol.Spell{From: "2026-11-01"}})
	}
	for i, c := range []struct{ disease, yuan, want string }{
		{"M03900", "2000", "1300.00"}, // × 0.65
		{"M03900", "2000", "700.00"},  // the rest of 2000
		{"M03900", "2000", "0.00"},
		{"M01600", "4000", "2500.00"}, // of 2600
	} {
		if paid := p.care("14", c.disease, "J06.900", c.yuan); paid != c.want {
			t.Errorf("%d: %s, want %s", i, paid, c.want)
		}
	}
	q := x.patient(h.person(241), 241)
	for _, disease := range register.TwoDiseases() {
		h.registered(q.no, register.Registration{Kind: register.TwoDisease, Disease: disease, DiseaseName: "合成病种", Spell: enrol.Spell{From: "2026-11-01"}})
	}
	for i, c := range []struct{ diagnosed, yuan, want string }{
		{"I10.x00", "800", "300.00"}, // 0.50 of it is more
		{"E11.900", "300", "150.00"},
		{"E11.900", "300", "50.00"}, // the rest of 500, that of both
	} {
		if paid := q.care("11", "", c.diagnosed, c.yuan); paid != c.want {
			t.Errorf("two diseases %d: %s, want %s", i, paid, c.want)
		}
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// Nobody is discharged before something that was charged, whichever message says the day.
func TestNothingIsChargedAfterTheDischarge(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	p := x.patient(h.person(250), 250)
	p.admitted("390", "21", "J18.900", "2026-11-15")
	p.must("2301", map[string]any{"feedetail": []any{p.line("1", "SYN-OPER-A1", "1", "100", "100.00"), p.line("2", "SYN-OPER-A1", "1", "100", "100.00", "fee_ocur_time", "2026-11-18 09:10:00")}})
	sums := []string{"medfee_sumamt", "200.00", "psn_setlway", "01", "acct_used_flag", "0", "mid_setl_flag", "0"}
	x.refused("discharged before a charge", "dscginfo.endtime", "2402", p.leaving("2026-11-18", "J18.900"))
	for _, infno := range []string{"2303", "2304"} {
		x.refused("settled before a charge", "data.dscg_time", infno, map[string]any{"data": p.own(append(sums, "dscg_time", "2026-11-18 09:00:00")...)})
	}
	x.must("2302", map[string]any{"data": []any{p.own("feedetl_sn", "1")}})
	x.must("2402", p.leaving("2026-11-18", "J18.900"))
	left := append(sums, "medfee_sumamt", "100.00")
	x.refused("another day than that of the discharge", "data.dscg_time", "2304", map[string]any{"data": p.own(append(left, "dscg_time", "2026-11-19 09:00:00")...)})
	adds(t, x.must("2304", map[string]any{"data": p.own(append(left, "dscg_time", "2026-11-18 17:00:00")...)}))
}

// Taking a referral back answers its number.
func TestReferralTakenBack(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x, away := h.hospital("H51010400001", "01"), h.hospitalIn("510704", "H51070400001", "01")
	no := h.person(251)
	sn := x.must("2501", map[string]any{"refmedin": data("psn_no", no, "diag_code", "J18.900", "diag_name", "肺炎", "reflin_medins_no", away.by.Code, "reflin_medins_name", "合成医院", "mdtrtarea_admdvs", "510704", "refl_type", "1",
		"refl_date", "2026-11-23", "refl_rea", "病情需要", "refl_opnn", "同意")}).row("result")["trt_dcla_detl_sn"]
	says(t, "2502", x.must("2502", map[string]any{"data": data("trt_dcla_detl_sn", sn, "psn_no", no)}).row("result"), "trt_dcla_detl_sn", sn)
}
