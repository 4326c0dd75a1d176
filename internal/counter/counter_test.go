package counter

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

const (
	province = region.Code("510000")
	county   = region.Code("510104")
)

// hall is a counter over a store, with a clock and numbers that go on.
type hall struct {
	*Service
	items  catalog.Catalogue
	t      testing.TB
	mu     sync.Mutex
	serial int
	dir    string
}

func newHall(t testing.TB, dir string) *hall {
	t.Helper()
	return newHallAt(t, dir, filepath.Join(dir, "person.key"))
}

// newHallAt is a counter over the store at an address.
func newHallAt(t testing.TB, address, key string) *hall {
	t.Helper()
	s, err := store.Open(t.Context(), address, store.Options{PersonKey: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h := &hall{t: t, dir: address}
	h.Service = &Service{Store: s, Province: province, Serial: h.next, Now: func() time.Time { return time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) }}
	library, pack := policytest.Library(t), policytest.Pack(t, "sichuan")
	reference, _ := library.Pack("reference")
	book, err := benefit.NewRulebook(library, reference, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.Rules = func(context.Context) (*benefit.Rulebook, error) { return book, nil }
	h.Entitled = func(year policy.Year) (*enrol.Rules, error) { return enrol.Compile(library, pack.At(year.End()), year) }
	text, err := fs.ReadFile(policytest.Files(), "reference/catalogue.tsv")
	if err != nil {
		t.Fatal(err)
	}
	h.Catalogue = func(context.Context) (catalog.Catalogue, error) { return h.items, nil }
	if h.items, err = catalog.Single("catalogue.tsv", string(text)); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hall) next() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serial++
	return fmt.Sprintf("%010d", h.serial)
}

func (h *hall) person(serial int) (number string) {
	h.t.Helper()
	no, err := storetest.AddPerson(h.t, h.Store, storetest.Act(county), storetest.Facts(serial, "合成参保人", county)...)
	if err != nil {
		h.t.Fatal(err)
	}
	return fmt.Sprint(no)
}

// hospital is a program of an institution.
type hospital struct {
	*hall
	by      Caller
	sign    string
	insured region.Code                                 // where those are insured whom it treats; county where it is not said
	watch   func(message map[string]any, answer string) // is told of every message before it is handled, without an answer, and after
}

func (h *hall) hospital(code, level string) *hospital {
	h.t.Helper()
	return h.hospitalIn(county, code, level)
}

func (h *hall) hospitalIn(division region.Code, code, level string) *hospital {
	h.t.Helper()
	p, err := locale.New(locale.ZH)
	if err != nil {
		h.t.Fatal(err)
	}
	x := &hospital{hall: h, by: Caller{Institution: store.Institution{Code: code, Division: division, Name: "合成医院", Level: level, Account: office.UserID("u-" + code), Synthetic: true},
		User: office.UserID("u-" + code), Key: office.DigestOf([]byte(code)), Say: p.Text}}
	if _, err := h.Store.Write(h.t.Context(), storetest.Act(division), func(t *store.Tx) error { return t.SaveInstitution(x.by.Institution) }); err != nil {
		h.t.Fatal(err)
	}
	x.sign = x.must("9001", map[string]any{"signIn": map[string]any{"opter_no": "op", "mac": "", "ip": "192.0.2.1"}}).row("signinoutb")["sign_no"]
	return x
}

// reply is an answer as a client reads it.
type reply struct {
	Code   int                        `json:"infcode"`
	Error  string                     `json:"err_msg"`
	Warn   string                     `json:"warn_msg"`
	Output map[string]json.RawMessage `json:"output"`
}

func (r reply) row(node string) (row fsi.Row) {
	_ = json.Unmarshal(r.Output[node], &row) // a node that is not there is empty
	return row
}

// message makes a message with a new id.
func (x *hospital) message(infno string, input any) map[string]any {
	return map[string]any{"infno": infno, "msgid": x.by.Code + "20261123" + x.next(), "mdtrtarea_admvs": string(x.by.Division), "insuplc_admdvs": string(cmp.Or(x.insured, county)), "recer_sys_code": "t", "infver": "V1.0",
		"opter_type": "1", "opter": "op", "opter_name": "经办", "inf_time": "2026-11-23 10:00:00", "fixmedins_code": x.by.Code, "fixmedins_name": "合成医院", "sign_no": x.sign, "input": input}
}

func (x *hospital) send(message map[string]any) (reply, string) {
	x.t.Helper()
	if x.watch != nil {
		x.watch(message, "")
	}
	body, err := json.Marshal(message)
	if err != nil {
		x.t.Fatal(err)
	}
	answer, err := x.Handle(x.t.Context(), x.by, body)
	if err != nil {
		x.t.Error(err)
	}
	if x.watch != nil {
		x.watch(message, string(answer))
	}
	var r reply
	if err := json.Unmarshal(answer, &r); err != nil {
		x.t.Fatalf("%v: %s", err, answer)
	}
	return r, string(answer)
}

func (x *hospital) must(infno string, input any) reply {
	x.t.Helper()
	r, text := x.send(x.message(infno, input))
	if r.Code != 0 {
		x.t.Fatalf("%s: %s", infno, text)
	}
	return r
}

func (x *hospital) refused(what, want, infno string, input any) {
	x.t.Helper()
	if r, _ := x.send(x.message(infno, input)); r.Code != -1 || !strings.Contains(r.Error, want) {
		x.t.Errorf("%s: %d %q, want %q", what, r.Code, r.Error, want)
	}
}

func data(kv ...string) map[string]any {
	row := map[string]any{}
	for i := 0; i < len(kv); i += 2 {
		row[kv[i]] = kv[i+1]
	}
	return row
}

func with(row map[string]any, kv ...string) map[string]any {
	out := data(kv...)
	for k, v := range row {
		if _, ok := out[k]; !ok {
			out[k] = v
		}
	}
	return out
}

// patient is somebody at a hospital.
type patient struct {
	*hospital
	no, card, visit string
}

func (x *hospital) patient(no string, serial int) *patient {
	seventeen := fmt.Sprintf("99999919900203%03d", serial)
	return &patient{hospital: x, no: no, card: seventeen + string(enrol.CheckDigit(seventeen))}
}

func (p *patient) own(kv ...string) map[string]any {
	return with(data("psn_no", p.no, "mdtrt_id", p.visit, "mdtrt_cert_type", "02", "mdtrt_cert_no", p.card, "insutype", "390"), kv...)
}

func diagnosis(kv ...string) map[string]any {
	return with(data("diag_type", "1", "maindiag_flag", "1", "diag_srt_no", "1", "diag_code", "J06.900", "diag_name", "急性上呼吸道感染", "diag_dept", "内科", "dise_dor_no", "D1", "dise_dor_name", "合成医师",
		"diag_time", "2026-11-23 09:00:00", "vali_flag", "1"), kv...)
}

func (p *patient) line(sn, code, quantity, price, total string, kv ...string) map[string]any {
	return p.own(append([]string{"feedetl_sn", sn, "chrg_bchno", "B1", "rx_circ_flag", "0", "med_type", "21", "fee_ocur_time", "2026-11-20 09:10:00", "med_list_codg", code, "medins_list_codg", "H" + code,
		"det_item_fee_sumamt", total, "cnt", quantity, "pric", price, "bilg_dept_codg", "K1", "bilg_dept_name", "内科", "bilg_dr_codg", "D1", "bilg_dr_name", "合成医师"}, kv...)...)
}

// outpatient registers a visit and says what it is.
func (p *patient) outpatient() {
	p.t.Helper()
	p.visit = p.must("2201", map[string]any{"data": p.own("begntime", "2026-11-20 09:00:00", "ipt_otp_no", "O1", "atddr_no", "D1", "dr_name", "合成医师", "dept_code", "K1", "dept_name", "内科", "caty", "A03")}).row("data")["mdtrt_id"]
	p.must("2203", map[string]any{"mdtrtinfo": p.own("med_type", "11", "begntime", "2026-11-20 09:00:00"), "diseinfo": []any{diagnosis()}})
}

// stay is one from one day to another.
func (p *patient) stay(from, to string) {
	p.t.Helper()
	p.staying("390", from, to)
}

// stayAs is a stay in an insurance.
func (p *patient) stayAs(insurance string) { p.staying(insurance, "2026-11-15", "2026-11-22") }

func (p *patient) staying(insurance, from, to string) {
	p.t.Helper()
	p.stayFor(insurance, "21", "J06.900", from, to)
}

// stayFor is a stay of a kind (med_type) for a diagnosis.
func (p *patient) stayFor(insurance, kind, diagnosed, from, to string) {
	p.t.Helper()
	p.admitted(insurance, kind, diagnosed, from)
	p.must("2301", map[string]any{"feedetail": []any{p.line("1", "SYN-OPER-A1", "1", "20000", "20000.00", "fee_ocur_time", min(to, "2026-11-20")+" 09:10:00"),
		p.line("2", "SYN-DRUG-B1", "10", "12.5", "125.00", "fee_ocur_time", min(to, "2026-11-20")+" 09:10:00"), p.line("3", "SYN-DRUG-C1", "1", "500", "500.00", "fee_ocur_time", min(to, "2026-11-20")+" 09:10:00")}})
	p.must("2402", p.leaving(to, diagnosed))
}

// admitted opens a stay.
func (p *patient) admitted(insurance, kind, diagnosed, from string) {
	p.t.Helper()
	p.visit = p.must("2401", map[string]any{"mdtrtinfo": p.own("insutype", insurance, "begntime", from+" 09:00:00", "med_type", kind, "ipt_no", "I1", "atddr_no", "D1", "chfpdr_name", "合成医师", "adm_diag_dscr", "合成",
		"adm_dept_codg", "K1", "adm_dept_name", "内科", "adm_bed", "1", "dscg_maindiag_code", diagnosed, "dscg_maindiag_name", "合成"), "diseinfo": []any{diagnosis("psn_no", p.no, "diag_code", diagnosed)}}).row("result")["mdtrt_id"]
}

// leaving is what 2402 says of a discharge.
func (p *patient) leaving(to, diagnosed string) map[string]any {
	return map[string]any{"dscginfo": p.own("endtime", to+" 09:00:00", "dscg_dept_codg", "K1", "dscg_dept_name", "内科", "dscg_way", "1"), "diseinfo": []any{diagnosis("psn_no", p.no, "diag_code", diagnosed)}}
}

// staySums are what the charges of a stay come to.
var staySums = []string{"medfee_sumamt", "20625.00", "psn_setlway", "01", "acct_used_flag", "0", "mid_setl_flag", "0", "fulamt_ownpay_amt", "500.00", "overlmt_selfpay", "0.00", "preselfpay_amt", "12.50", "inscp_scp_amt", "20112.50"}

// adds asks that a settlement obeys the platform's identities.
func adds(t testing.TB, r reply) fsi.Row {
	t.Helper()
	info := r.row("setlinfo")
	f := func(names ...string) (sum money.Fen) {
		for _, name := range names {
			x, err := money.ParseFen(info[name])
			if err != nil {
				t.Fatalf("%s: %q", name, info[name])
			}
			sum += x
		}
		return sum
	}
	total, funds := f("medfee_sumamt"), f("fund_pay_sumamt")
	if total != f("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt") || total != funds+f("psn_part_amt") ||
		funds != f("hifp_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay", "cvlserv_pay", "hifes_pay") {
		t.Errorf("does not add up: %v", info)
	}
	var detail []fsi.Row
	if err := json.Unmarshal(r.Output["setldetail"], &detail); err != nil {
		t.Fatal(err)
	}
	var sum money.Fen
	for _, d := range detail {
		x, err := money.ParseFen(d["fund_payamt"])
		if err != nil {
			t.Fatal(err)
		}
		sum += x
	}
	if sum != funds {
		t.Errorf("the details come to %v of %v", sum, funds)
	}
	return info
}

// A stay from admission to reconciliation: the amounts are those of the reference policy, a message again gives the first answer, what timed out is undone.
func TestStay(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "YA-4.8.1")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	p := x.patient(h.person(81), 81)
	who := x.must("1101", map[string]any{"data": data("mdtrt_cert_type", "02", "mdtrt_cert_no", p.card, "psn_name", "合成参保人")})
	if who.row("baseinfo")["psn_no"] != p.no {
		t.Fatalf("%+v", who)
	}
	if r := x.must("2001", map[string]any{"data": p.own("fixmedins_code", x.by.Code, "med_type", "21", "begntime", "2026-11-20 09:00:00")}); !strings.Contains(string(r.Output["trtinfo"]), `"trt_enjymnt_flag":"1"`) {
		t.Errorf("%s", r.Output["trtinfo"])
	}
	p.stay("2026-11-15", "2026-11-22")
	trial := adds(t, x.must("2303", map[string]any{"data": p.own(staySums...)}))
	// (20112.50 − 800) × 0.60, at a hospital of level 3
	if trial["hifp_pay"] != "11587.50" || trial["act_pay_dedc"] != "800.00" || trial["psn_cash_pay"] != "9037.50" {
		t.Errorf("%v", trial)
	}
	message := x.message("2304", map[string]any{"data": p.own(staySums...)})
	r, first := x.send(message)
	if info := adds(t, r); info["hifp_pay"] != trial["hifp_pay"] || info["setl_id"] == "" {
		t.Fatalf("%s", first)
	}
	if _, again := x.send(message); again != first {
		t.Errorf("the same message: %s, first %s", again, first)
	}
	changed := x.message("2304", map[string]any{"data": p.own(append(staySums, "invono", "7")...)})
	changed["msgid"] = message["msgid"]
	if r, _ := x.send(changed); r.Code != -1 || !strings.Contains(r.Error, "内容与本次不同") {
		t.Errorf("other content: %+v", r)
	}
	x.refused("settled twice", "已结算", "2304", map[string]any{"data": p.own(staySums...)})
	x.reconciled("0", "20625.00", "11587.50", "1")
	x.reconciled("1", "20625.00", "11587.51", "1")
	x.must("2601", map[string]any{"data": data("psn_no", p.no, "omsgid", message["msgid"].(string), "oinfno", "2304")})
	if r, _ := x.send(message); r.Code != -1 || !strings.Contains(r.Error, "已经冲正") {
		t.Errorf("after it was undone: %+v", r)
	}
	x.reconciled("0", "0.00", "0.00", "0")
	if info := adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)})); info["act_pay_dedc"] != "800.00" {
		t.Errorf("the first admission again: %v", info)
	}
	late := x.message("2304", map[string]any{"data": p.own(staySums...)})
	if r := x.must("2601", map[string]any{"data": data("psn_no", p.no, "omsgid", late["msgid"].(string), "oinfno", "2304")}); !strings.Contains(r.Warn, "未收到") {
		t.Errorf("%+v", r)
	}
	if r, _ := x.send(late); r.Code != -1 || !strings.Contains(r.Error, "已经冲正") {
		t.Errorf("came late: %+v", r)
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// verified asks the store whether all agrees.
func verified(t testing.TB, h *hall) error {
	_, err := h.Store.Verify(t.Context(), storetest.Chart(t))
	return err
}

func (x *hospital) reconciled(want, total, funds, count string) {
	x.t.Helper()
	r := x.must("3201", map[string]any{"data": data("insutype", "390", "clr_type", "21", "setl_optins", "510104", "stmt_begndate", "2026-11-01", "stmt_enddate", "2026-11-30", "medfee_sumamt", total,
		"fund_pay_sumamt", funds, "acct_pay", "0", "fixmedins_setl_cnt", count)})
	if got := r.row("stmtinfo"); got["stmt_rslt"] != want {
		x.t.Errorf("reconciliation: %v", got)
	}
}

// An outpatient's visit, batch by batch, and its reversal by number; what is not the institution's own or not right is refused and changes nothing.
func TestOutpatient(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "SC38-7.1")
	h := newHall(t, t.TempDir())
	x, other := h.hospital("H51010400001", "11"), h.hospital("H51010400002", "11")
	p := x.patient(h.person(82), 82)
	p.outpatient()
	charges := []any{p.line("1", "SYN-REG-01", "1", "10", "10.00"), p.line("2", "SYN-DRUG-A2", "2", "25", "50.00"), p.line("3", "SYN-DRUG-B2", "1", "100", "100.00"), p.line("4", "NOT-KNOWN", "1", "5", "5.00")}
	r := x.must("2204", map[string]any{"feedetail": charges})
	var lines []fsi.Row
	if err := json.Unmarshal(r.Output["result"], &lines); err != nil || len(lines) != 4 {
		t.Fatalf("%v %s", err, r.Output["result"])
	}
	if lines[1]["overlmt_amt"] != "10.00" || lines[2]["preselfpay_amt"] != "20.00" || lines[2]["chrgitm_lv"] != "02" || lines[3]["fulamt_ownpay_amt"] != "5.00" {
		t.Errorf("%v", lines)
	}
	sums := []string{"med_type", "11", "medfee_sumamt", "165.00", "psn_setlway", "01", "chrg_bchno", "B1", "acct_used_flag", "0", "fulamt_ownpay_amt", "5.00", "overlmt_selfpay", "10.00", "preselfpay_amt", "20.00", "inscp_scp_amt", "130.00"}
	x.refused("other sums", "inscp_scp_amt", "2207", map[string]any{"data": p.own(append(sums, "inscp_scp_amt", "131.00")...)})
	x.refused("a line twice", "feedetail[1].feedetl_sn", "2204", map[string]any{"feedetail": charges[:1]})
	x.refused("a product", "feedetail[1].det_item_fee_sumamt", "2204", map[string]any{"feedetail": []any{p.line("9", "SYN-REG-01", "1", "10", "10.01")}})
	other.refused("another institution's visit", "没有该人员的这次就诊", "2206", map[string]any{"data": p.own(sums...)})
	x.refused("somebody else's card", "证件号码不是该参保人的", "2206", map[string]any{"data": p.own(append(sums, "mdtrt_cert_no", "999999199002030001")...)})
	x.refused("not served", "未提供交易", "1201", map[string]any{})
	adds(t, x.must("2206", map[string]any{"data": p.own(sums...)}))
	info := adds(t, x.must("2207", map[string]any{"data": p.own(sums...)}))
	if info["hifp_pay"] != "78.00" || info["psn_cash_pay"] != "87.00" {
		t.Errorf("%v", info)
	}
	x.refused("cancelled after settling", "已结算", "2202", map[string]any{"data": p.own("ipt_otp_no", "O1")})
	back := adds2208(x.must("2208", map[string]any{"data": p.own("setl_id", info["setl_id"])}))
	if back["medfee_sumamt"] != "-165.00" || back["hifp_pay"] != "-78.00" || back["pdn_cash_pay"] != "-87.00" {
		t.Errorf("%v", back)
	}
	x.refused("undone twice", "已经撤销", "2208", map[string]any{"data": p.own("setl_id", info["setl_id"])})
	x.must("2205", map[string]any{"data": p.own("chrg_bchno", "B1")})
	x.must("2202", map[string]any{"data": p.own("ipt_otp_no", "O1")})
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

func adds2208(r reply) fsi.Row { return r.row("setlinfo") }

// Two hospitals settle one person's stays at the same moment, many times: no deductible and no cap is used twice, as if one had come after the other.
func TestTwoHospitalsAtOnce(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "SC38-6.3")
	h := newHall(t, t.TempDir())
	x, y := h.hospital("H51010400001", "01"), h.hospital("H51010400002", "01")
	no := h.person(83)
	var patients []*patient
	for i := range 6 {
		p := []*hospital{x, y}[i%2].patient(no, 83)
		p.stay("2026-11-15", "2026-11-22")
		patients = append(patients, p)
	}
	settled := make([]fsi.Row, len(patients))
	var wg sync.WaitGroup
	for i, p := range patients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, text := p.send(p.message("2304", map[string]any{"data": p.own(staySums...)}))
			if settled[i] = r.row("setlinfo"); r.Code != 0 {
				t.Error(text)
			}
		}()
	}
	wg.Wait()
	deductibles, catastrophic := map[string]int{}, money.Fen(0)
	for _, s := range settled {
		deductibles[s["act_pay_dedc"]]++
		paid, err := money.ParseFen(s["hifmi_pay"])
		if err != nil {
			t.Fatal(err)
		}
		catastrophic += paid
	}
	if deductibles["800.00"] != 1 || deductibles["400.00"] != 1 || deductibles["0.00"] != 4 {
		t.Errorf("deductibles: %v", deductibles)
	}
	// S = 6 × 20112.50 − basic; basic = 0.6 × (6 × 20112.50 − 1200)
	if want := money.Fen(20394_00); catastrophic != want {
		t.Errorf("catastrophic insurance paid %v, not %v", catastrophic, want)
	}
	first := settled[0]
	for i, s := range settled {
		if s["act_pay_dedc"] == "800.00" {
			p := patients[i]
			p.refused("the first of many", "须先由后到前撤销", "2305", map[string]any{"data": p.own("setl_id", s["setl_id"])})
			first = s
		}
	}
	if err := verified(t, h); err != nil {
		t.Errorf("%v %v", err, first)
	}
}
