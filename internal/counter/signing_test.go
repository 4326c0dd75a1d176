package counter

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tongchou/internal/exchange/fsi"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// signs puts a new key of the hospital's on file and gives what it signs with.
func (x *hospital) signs(how store.Signing) *fsi.Signer {
	x.t.Helper()
	signer, err := fsi.NewSigner()
	if err != nil {
		x.t.Fatal(err)
	}
	x.by.Signing, x.by.SignKey = how, signer.Public().Text()
	if _, err := x.Store.Write(x.t.Context(), storetest.Act(county), func(t *store.Tx) error { return t.SaveInstitution(x.by.Institution) }); err != nil {
		x.t.Fatal(err)
	}
	return signer
}

// sendRaw sends bytes as they are.
func (x *hospital) sendRaw(body []byte) (reply, string) {
	x.t.Helper()
	answer, err := x.Handle(x.t.Context(), x.by, body)
	if err != nil {
		x.t.Error(err)
	}
	var r reply
	if err := json.Unmarshal(answer, &r); err != nil {
		x.t.Fatalf("%v: %s", err, answer)
	}
	return r, string(answer)
}

// An institution whose messages must be signed settles with its signature alone: what is forged, altered or signed by another key is refused, is written nowhere, and a message sent again has its first answer.
// Answers are signed.
func TestSignedMessages(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "YA-4.10.2")
	h := newHall(t, t.TempDir())
	own, err := fsi.NewSigner()
	if err != nil {
		t.Fatal(err)
	}
	h.Signer = own
	x := h.hospital("H51010400001", "11")
	p := x.patient(h.person(120), 120)
	signer := x.signs(store.SigningWhole)
	sign := func(by *fsi.Signer, message map[string]any) []byte {
		t.Helper()
		body, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		if body, err = by.SignRequest(body); err != nil {
			t.Fatal(err)
		}
		return body
	}
	register := func() map[string]any {
		return x.message("2201", map[string]any{"data": p.own("begntime", "2026-11-20 09:00:00", "ipt_otp_no", "O1", "atddr_no", "D1", "dr_name", "合成医师", "dept_code", "K1", "dept_name", "内科", "caty", "A03")})
	}
	message := register()
	plain, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := fsi.NewSigner()
	if err != nil {
		t.Fatal(err)
	}
	signed := sign(signer, message)
	for what, c := range map[string]struct {
		body []byte
		want string
	}{
		"not signed":         {plain, "cainfo"},
		"by another key":     {sign(stranger, message), "cainfo"},
		"another operator":   {[]byte(strings.Replace(string(signed), `"opter_name":"经办"`, `"opter_name":"别人"`, 1)), "cainfo"},
		"another input":      {[]byte(strings.Replace(string(signed), `"ipt_otp_no":"O1"`, `"ipt_otp_no":"O2"`, 1)), "input_sm3"},
		"a field twice":      {[]byte(strings.Replace(string(signed), `"opter":"op"`, `"opter":"op","opter":"op"`, 1)), "opter"},
		"another message id": {[]byte(strings.Replace(string(signed), message["msgid"].(string), message["msgid"].(string)[:29]+"Z", 1)), "cainfo"},
	} {
		r, text := x.sendRaw(c.body)
		if r.Code != -1 || !strings.Contains(r.Error, c.want) {
			t.Errorf("%s: %s", what, text)
		}
		if err := own.Public().VerifyAnswer([]byte(text)); err != nil {
			t.Errorf("%s: the refusal's signature: %v", what, err)
		}
	}
	r, first := x.sendRaw(signed)
	if r.Code != 0 || own.Public().VerifyAnswer([]byte(first)) != nil {
		t.Fatal(first)
	}
	if _, again := x.sendRaw(signed); again != first {
		t.Errorf("sent again: %s, first %s", again, first)
	}
	replayed := register()
	replayed["msgid"] = message["msgid"]
	replayed["input"].(map[string]any)["data"].(map[string]any)["ipt_otp_no"] = "O3"
	if r, text := x.sendRaw(sign(signer, replayed)); r.Code != -1 || !strings.Contains(r.Error, "内容与本次不同") {
		t.Errorf("another content under its id: %s", text)
	}
	other := h.hospital("H51010400002", "11")
	if r, text := other.sendRaw(signed); r.Code != -1 || !strings.Contains(r.Error, "fixmedins_code") {
		t.Errorf("replayed by another institution: %s", text)
	}
	x.signs(store.SigningOptional)
	if r, text := x.sendRaw(plain); r.Code != 0 {
		t.Errorf("where it may be signed: %s", text)
	}
	if r, text := x.sendRaw(signed); r.Code != -1 {
		t.Errorf("signed by the key of before: %s", text)
	}
	h.SignedOnly = true
	if r, text := other.send(other.message("1101", map[string]any{})); r.Code != -1 || strings.Contains(text, "cainfo\":") {
		t.Errorf("%s", text)
	}
	other.refused("no key on file", "没有登记签名公钥", "3201", map[string]any{"data": data("insutype", "390", "clr_type", "11", "setl_optins", "510104", "stmt_begndate", "2026-11-01", "stmt_enddate", "2026-11-30", "medfee_sumamt", "0",
		"fund_pay_sumamt", "0", "acct_pay", "0", "fixmedins_setl_cnt", "0")})
	if r, text := x.sendRaw(plain); r.Code != -1 {
		t.Errorf("where all must sign: %s", text)
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// Who signed out is not served until he signs in anew; the same message has its answer again.
func TestSignOut(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "YA-4.10.2")
	h := newHall(t, t.TempDir())
	now := h.Now()
	h.Now = func() time.Time { return now }
	x := h.hospital("H51010400001", "11")
	p := x.patient(h.person(121), 121)
	who := map[string]any{"data": data("mdtrt_cert_type", "02", "mdtrt_cert_no", p.card)}
	x.must("1101", who)
	x.refused("another sign-in", "signOut.sign_no", "9002", map[string]any{"signOut": data("sign_no", "20261123100000abcdefabcdefabcd", "opter_no", "op")})
	x.refused("another operator", "signOut.opter_no", "9002", map[string]any{"signOut": data("sign_no", x.sign, "opter_no", "oq")})
	out := x.message("9002", map[string]any{"signOut": data("sign_no", x.sign, "opter_no", "op")})
	r, first := x.send(out)
	if r.Code != 0 || r.text("sign_time") != "2026-11-23 10:00:00" {
		t.Fatal(first)
	}
	if _, again := x.send(out); again != first {
		t.Errorf("sent again: %s, first %s", again, first)
	}
	x.refused("signed out", "已签退", "1101", who)
	x.refused("signed out twice", "已签退", "9002", map[string]any{"signOut": data("sign_no", x.sign, "opter_no", "op")})
	now = now.Add(time.Minute)
	x.sign = x.must("9001", map[string]any{"signIn": map[string]any{"opter_no": "op", "mac": "", "ip": "192.0.2.1"}}).row("signinoutb")["sign_no"]
	x.must("1101", who)
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}
