package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tongchou/internal/catalog"
	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

const hospitalCode = "H51010400001"

// hospitalClient is a hospital's program at the other end of a real connection.
type hospitalClient struct {
	t           testing.TB
	address     string
	token, sign string
	sent        int
}

// newHospital opens the interface and gives a hospital's program, and the number of somebody's file.
func newHospital(t *testing.T) (*bureau, *hospitalClient, string) {
	t.Helper()
	var schedules Settling
	schedules.Policy, _ = policytest.Library(t).Pack("reference")
	text, err := fs.ReadFile(policytest.Files(), "reference/catalogue.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if schedules.Catalogue, err = catalog.Single("catalogue.tsv", string(text)); err != nil {
		t.Fatal(err)
	}
	b := newBureau(t, sichuan(), func(o *Options) { o.Settling = &schedules })
	b.now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	who := b.hire("hospital", office.MedicalSecurity, "510104", office.Institution)
	token := b.token(who, office.SettleVisits)
	act := store.Act{Record: office.Record{Chain: "510104", Action: "institution.add"}, Scope: store.ScopeOf("510104")}
	if _, err := b.store.Write(t.Context(), act, func(tx *store.Tx) error {
		return tx.SaveInstitution(store.Institution{Code: hospitalCode, Division: "510104", Name: "合成医院", Level: "01", Account: who.ID, Synthetic: true})
	}); err != nil {
		t.Fatal(err)
	}
	no, err := storetest.AddPerson(t, b.store, storetest.Act("510104"), storetest.Facts(91, "合成参保人", "510104")...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(b.http)
	t.Cleanup(server.Close)
	return b, &hospitalClient{t: t, address: server.URL + callPath, token: string(token)}, fmt.Sprint(no)
}

// token gives somebody's program a token.
func (b *bureau) token(by office.Subject, actions ...office.Action) office.Secret {
	b.t.Helper()
	token, secret, err := quick().Tokens.IssueToken(office.Token{ID: office.TokenID("t-" + string(by.ID)), Title: "合成", Actions: actions, Made: b.clock(), Expires: b.clock().Add(72 * time.Hour)}, by, newRandom())
	if err != nil {
		b.t.Fatal(err)
	}
	act := store.Act{Record: office.Record{Chain: by.Division, Action: "token.issue"}, Scope: store.ScopeOf(by.Division)}
	if _, err := b.store.Write(b.t.Context(), act, func(t *store.Tx) error { return t.SaveToken(token) }); err != nil {
		b.t.Fatal(err)
	}
	return secret
}

type platformAnswer struct {
	Code   int                        `json:"infcode"`
	Ref    string                     `json:"inf_refmsgid"`
	Error  string                     `json:"err_msg"`
	Output map[string]json.RawMessage `json:"output"`
}

func (a platformAnswer) row(node string) map[string]string {
	var row map[string]string
	_ = json.Unmarshal(a.Output[node], &row) // a node that is not there is empty
	return row
}

// post sends bytes as they are.
func (h *hospitalClient) post(path, kind string, body []byte) (int, platformAnswer) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.address+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if h.token != "" {
		r.Header.Set("Authorization", "Bearer "+h.token)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	var a platformAnswer
	if err := json.Unmarshal(text, &a); err != nil || len(a.Ref) != 30 {
		h.t.Fatalf("%v: %s", err, text)
	}
	return w.StatusCode, a
}

// envelope is a message; its input is an object or a text.
func (h *hospitalClient) envelope(infno, name string, input any) map[string]any {
	h.sent++
	return map[string]any{"infno": infno, "msgid": fmt.Sprintf("%s20261123100000%04d", hospitalCode, h.sent), "mdtrtarea_admvs": "510104", "insuplc_admdvs": "510104", "opter": "op", "opter_type": "1",
		"inf_time": "2026-11-23 10:00:00", "fixmedins_code": hospitalCode, "infver": "V1.0", "sign_no": h.sign, name: input}
}

func (h *hospitalClient) call(infno string, input any) platformAnswer {
	h.t.Helper()
	body, err := json.Marshal(h.envelope(infno, "input", input))
	if err != nil {
		h.t.Fatal(err)
	}
	status, a := h.post("/"+infno, "application/json", body)
	if status != http.StatusOK || a.Code != 0 {
		h.t.Fatalf("%s: %d %+v", infno, status, a)
	}
	return a
}

// A hospital's program talks over HTTP from sign-in to reconciliation: an outpatient is registered, charged, tried, settled, undone and settled again.
func TestHospitalOverHTTP(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "YA-4.8.1")
	b, h, no := newHospital(t)
	h.sign = h.call("9001", map[string]any{"signIn": map[string]string{"opter_no": "op", "mac": "", "ip": "192.0.2.1"}}).row("signinoutb")["sign_no"]
	seventeen := "99999919900203091"
	card := seventeen + string(enrol.CheckDigit(seventeen))
	own := func(kv ...string) map[string]string {
		row := map[string]string{"psn_no": no, "mdtrt_cert_type": "02", "mdtrt_cert_no": card, "insutype": "390"}
		for i := 0; i < len(kv); i += 2 {
			row[kv[i]] = kv[i+1]
		}
		return row
	}
	if got := h.call("1101", map[string]any{"data": own()}).row("baseinfo"); got["psn_no"] != no || got["certno"] != card {
		t.Fatalf("%v", got)
	}
	visit := h.call("2401", map[string]any{"mdtrtinfo": own("begntime", "2026-11-15 09:00:00", "med_type", "21", "ipt_no", "I1", "atddr_no", "D1", "chfpdr_name", "合成医师", "adm_diag_dscr", "肺炎", "adm_dept_codg", "K1",
		"adm_dept_name", "内科", "adm_bed", "1", "dscg_maindiag_code", "J18.900", "dscg_maindiag_name", "肺炎"), "diseinfo": []any{own("diag_type", "1", "maindiag_flag", "1", "diag_srt_no", "1", "diag_code", "J18.900",
		"diag_name", "肺炎", "diag_dept", "内科", "dise_dor_no", "D1", "dise_dor_name", "合成医师", "diag_time", "2026-11-15 09:30:00")}}).row("result")["mdtrt_id"]
	fees := map[string]any{"feedetail": []any{own("mdtrt_id", visit, "feedetl_sn", "1", "med_type", "21", "fee_ocur_time", "2026-11-16 08:00:00", "med_list_codg", "SYN-OPER-A1", "medins_list_codg", "OPER1",
		"det_item_fee_sumamt", "20000", "cnt", "1", "pric", "20000", "bilg_dept_codg", "K1", "bilg_dept_name", "内科", "bilg_dr_codg", "D1", "bilg_dr_name", "合成医师")}}
	text, err := json.Marshal(fees)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(h.envelope("2301", "Input", string(text))) // as other programs write it
	if err != nil {
		t.Fatal(err)
	}
	if status, a := h.post("", "text/plain; charset=utf-8", body); status != http.StatusOK || a.Code != 0 {
		t.Fatalf("%d %+v", status, a)
	}
	settling := map[string]any{"data": own("mdtrt_id", visit, "medfee_sumamt", "20000.00", "psn_setlway", "01", "acct_used_flag", "0", "mid_setl_flag", "0", "dscg_time", "2026-11-22",
		"fulamt_ownpay_amt", "0", "overlmt_selfpay", "0", "preselfpay_amt", "0", "inscp_scp_amt", "20000")}
	if got := h.call("2303", settling).row("setlinfo"); got["hifp_pay"] != "11520.00" {
		t.Errorf("%v", got)
	}
	settled := h.call("2304", settling).row("setlinfo")
	if settled["fund_pay_sumamt"] != "11520.00" || settled["psn_cash_pay"] != "8480.00" || settled["act_pay_dedc"] != "800.00" || settled["setl_id"] == "" {
		t.Errorf("%v", settled)
	}
	back := h.call("2305", map[string]any{"data": own("mdtrt_id", visit, "setl_id", settled["setl_id"])}).row("setlinfo")
	if back["fund_pay_sumamt"] != "-11520.00" {
		t.Errorf("%v", back)
	}
	if again := h.call("2304", settling).row("setlinfo"); again["act_pay_dedc"] != "800.00" || again["setl_id"] == settled["setl_id"] {
		t.Errorf("%v", again)
	}
	account := h.call("3201", map[string]any{"data": map[string]any{"insutype": "390", "clr_type": "21", "setl_optins": "510104", "stmt_begndate": "2026-11-23", "stmt_enddate": "2026-11-23",
		"medfee_sumamt": 20000, "fund_pay_sumamt": 11520.00, "acct_pay": 0, "fixmedins_setl_cnt": 1}}).row("stmtinfo")
	if account["stmt_rslt"] != "0" {
		t.Errorf("%v", account)
	}
	_, page := h.ask(describedAPI(t), http.MethodGet, "/api/v1/settlements", "?from=2026-11-23&to=2026-11-23&limit=2", "", "")
	if object, _ := page.(map[string]any); len(object["settlements"].([]any)) != 2 || object["next"] == "" || object["fixmedins_code"] != hospitalCode {
		t.Errorf("%v", page)
	}
	if _, err := b.store.Verify(t.Context(), storetest.Chart(t)); err != nil {
		t.Error(err)
	}
}

// Who has no token, another's right or another's code is refused in the platform's form, and so is what is no message.
func TestHospitalsAreKeptApart(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	b, h, _ := newHospital(t)
	clerk := b.token(b.hire("enrol", office.MedicalSecurity, "510104", office.EnrolClerk), office.ReadPersons)
	unbound := b.token(b.hire("unbound", office.MedicalSecurity, "510104", office.Institution), office.SettleVisits)
	good, err := json.Marshal(h.envelope("9001", "input", map[string]any{"signIn": map[string]string{"opter_no": "op", "ip": "192.0.2.1"}}))
	if err != nil {
		t.Fatal(err)
	}
	token := h.token
	for _, x := range []struct {
		what, token, path, body string
		status                  int
		want                    string
	}{
		{"no token", "", "", string(good), 401, "Bearer"},
		{"a token that there is not", "tongchou_x", "", string(good), 401, ""},
		{"a clerk's token", string(clerk), "", string(good), 401, "医药机构结算"},
		{"an account without an institution", string(unbound), "", string(good), 401, "没有绑定"},
		{"another code", token, "", strings.ReplaceAll(string(good), hospitalCode, "H51010400002"), 200, "fixmedins_code"},
		{"another transaction in the address", token, "/1101", string(good), 200, "infno"},
		{"before signing in", token, "", strings.ReplaceAll(strings.ReplaceAll(string(good), "9001", "1101"), "signIn", "data"), 200, "data.mdtrt_cert_type"},
		{"no JSON", token, "", "<xml/>", 200, "JSON"},
		{"nested", token, "", strings.Repeat("[", 1000), 200, "JSON"},
		{"nothing", token, "", "", 200, "JSON"},
		{"too much", token, "", `{"infno":"` + strings.Repeat("9", 5<<20), 413, "过大"},
	} {
		h.token = x.token
		if status, a := h.post(x.path, "application/json", []byte(x.body)); status != x.status || a.Code != -1 || !strings.Contains(a.Error, x.want) {
			t.Errorf("%s: %d %+v", x.what, status, a)
		}
	}
	closed := newBureau(t, sichuan())
	if w := closed.visitor().do(http.MethodPost, callPath, strings.NewReader("{}"), "application/json"); w.Code == http.StatusOK {
		t.Error("a console without the interface answers")
	}
}

// An edition of the catalogue that is put on file while the service runs is the one it goes by from then on, and one corrected later too.
func TestCatalogueTakenInWhileServing(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	b, h, _ := newHospital(t)
	h.sign = h.call("9001", map[string]any{"signIn": map[string]string{"opter_no": "op", "mac": "", "ip": "192.0.2.1"}}).row("signinoutb")["sign_no"]
	listed := func() string {
		var codes []string
		var rows []map[string]string
		if err := json.Unmarshal(h.call("1312", map[string]any{"data": map[string]string{"page_num": "1", "page_size": "100"}}).Output["data"], &rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			codes = append(codes, row["hilist_code"])
		}
		return strings.Join(codes, " ")
	}
	if got := listed(); !strings.Contains(got, "SYN-OPER-A1") {
		t.Fatal(got)
	}
	for _, code := range []string{"SYN-NEW", "SYN-NEWER"} {
		items, err := catalog.ReadItems("edition", "titles\n"+code+"\t新药（合成）\t101\t02\t0.5\t\t09\n")
		if err != nil {
			t.Fatal(err)
		}
		act := store.Act{Record: office.Record{Chain: sichuanProvince, Action: "catalogue.import"}, Scope: store.ScopeOf(sichuanProvince)}
		if _, err := b.store.Write(t.Context(), act, func(tx *store.Tx) error {
			_, err := tx.SaveCatalogue(catalog.NewEdition("", "2026-01-01", "合成", true, items))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := listed(); got != code {
			t.Errorf("%q instead of %s", got, code)
		}
	}
}
