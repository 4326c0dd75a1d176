package fsi

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
)

const good = `{"infno":"2208","msgid":"H51010400001202611231000000001","mdtrtarea_admvs":"510104","insuplc_admdvs":"510104","opter":"op","inf_time":"2026-11-23 10:00:00","fixmedins_code":"H51010400001",
"sign_no":"x","input":{"data":{"setl_id":"1","mdtrt_id":"2","psn_no":3}}}`

// A message is the same however its input is called and written; what is left out, too long or of another kind is refused by name.
func TestRead(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	first, err := Read([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if row := first.Input.One("data"); row["psn_no"] != "3" || first.Institution != "H51010400001" || first.Sent.UTC().Hour() != 2 {
		t.Errorf("%+v", first)
	}
	for _, other := range []string{strings.Replace(good, `"input"`, `"Input"`, 1), strings.Replace(good, `{"data":{"setl_id":"1","mdtrt_id":"2","psn_no":3}}`, `"{\"data\":{\"psn_no\":\"3\",\"setl_id\":1,\"mdtrt_id\":\"2\"}}"`, 1)} {
		r, err := Read([]byte(other))
		if err != nil || string(r.Content()) != string(first.Content()) {
			t.Errorf("%v: %s", err, other)
		}
	}
	for _, x := range []struct{ old, new, field, key string }{
		{`"setl_id":"1",`, ``, "data.setl_id", "fsi.missing"},
		{`"setl_id":"1"`, `"setl_id":"1234567890123456789012345678901"`, "data.setl_id", "fsi.too_long"},
		{`"setl_id":"1"`, `"setl_id":{}`, "data.setl_id", "fsi.text"},
		{`"setl_id":"1"`, `"setl_id":"\u0007"`, "data.setl_id", "fsi.control"},
		{`{"data":{"setl_id":"1","mdtrt_id":"2","psn_no":3}}`, `{"data":[]}`, "data", "fsi.object"},
		{`{"data":{"setl_id":"1","mdtrt_id":"2","psn_no":3}}`, `7`, "input", "fsi.input"},
		{`"sign_no":"x"`, `"Input":{}`, "Input", "fsi.input_twice"},
		{`"sign_no":"x"`, `"sign_no":"x","sign_no":"x"`, "sign_no", "fsi.field_twice"},
		{`"sign_no":"x"`, `"sign_no":"x","sign\u005fno":"y"`, "sign_no", "fsi.field_twice"},
		{`"sign_no":"x"`, `"sign_no":"x","more":[{},{"a":{"b":1,"b":2}}]`, "more[2].a.b", "fsi.field_twice"},
		{`"sign_no":"x"`, `"sign_no":"x","input":{"data":{"setl_id":"9","mdtrt_id":"2","psn_no":3}}`, "input", "fsi.field_twice"},
		{`"setl_id":"1"`, `"setl_id":"1","setl_id":"2"`, "data.setl_id", "fsi.field_twice"},
		{`"setl_id":"1"`, `"setl_id":"1","not_known":{"a:b":1,"a:b":1}`, "data.not_known.a:b", "fsi.field_twice"},
		{`{"data":{"setl_id":"1","mdtrt_id":"2","psn_no":3}}`, `"{\"data\":{},\"data\":{\"setl_id\":\"1\",\"mdtrt_id\":\"2\",\"psn_no\":3}}"`, "data", "fsi.field_twice"},
		{`"2208"`, `"9999"`, "infno", "fsi.not_served"},
		{`10:00:00"`, `25:00:00"`, "inf_time", "fsi.time"},
		{`"msgid":"H5`, `"msgid":"H6`, "msgid", "fsi.msgid"},
		{`"fixmedins_code":"H51010400001"`, `"fixmedins_code":"H5"`, "fixmedins_code", "fsi.length"},
	} {
		_, err := Read([]byte(strings.Replace(good, x.old, x.new, 1)))
		var r *fault.Refusal
		if !errors.As(err, &r) || r.Problems[0].Column != x.field || r.Problems[0].Key != x.key {
			t.Errorf("%s: %v", x.new, err)
		}
	}
}

// The list of fields is sound: every transaction asks for something, names no field twice, and sizes are sizes.
func TestFieldList(t *testing.T) {
	all := transactions()
	if len(all) < 45 {
		t.Errorf("%d transactions", len(all))
	}
	for number, tx := range all {
		if len(tx.In) == 0 {
			t.Errorf("%s asks for nothing", number)
		}
		for _, node := range append(slices.Clip(tx.In), tx.Out...) {
			seen := map[string]bool{}
			for _, f := range node.Fields {
				if seen[f.Name] || f.Size <= 0 || f.Places >= f.Size || !strings.ContainsRune("sndtxb", rune(f.Kind)) {
					t.Errorf("%s %s.%s: %+v", number, node.Name, f.Name, f)
				}
				seen[f.Name] = true
			}
		}
	}
}

func TestDecimal(t *testing.T) {
	for text, want := range map[string]bool{"0": true, "-1.50": true, "12345678901234.99": true, "123456789012345": false, "1.001": false, "1.000": true, "1e3": false, ".5": false, "1.": false, "": false, "--1": false, "１": false} {
		if decimal(text, 14, 2) != want {
			t.Errorf("%q", text)
		}
	}
}

// An answer has every field of the list, and none that is not in it.
func TestAnswer(t *testing.T) {
	tx, _ := Lookup("2201")
	at := time.Date(2026, 11, 23, 2, 0, 0, 5e6, time.UTC)
	b, err := json.Marshal(Answer{Ref: "1", Came: at, Answered: at, Operation: tx, Output: Input{"data": {{"mdtrt_id": "1", "psn_no": "2", "ipt_otp_no": "3"}}}})
	if want := `{"infcode":0,"inf_refmsgid":"1","refmsg_time":"20261123100000005","respond_time":"20261123100000005","err_msg":"","output":{"data":{"ipt_otp_no":"3","mdtrt_id":"1","psn_no":"2"}}}`; err != nil || string(b) != want {
		t.Errorf("%s %v", b, err)
	}
	for _, out := range []Input{{}, {"data": {{"mdtrt_id": "1"}}}, {"data": {{"mdtrt_id": "1", "psn_no": "2", "ipt_otp_no": "3", "x": "4"}}}, {"data": {{"mdtrt_id": "1", "psn_no": "2", "ipt_otp_no": "3"}}, "more": {}}} {
		if b, err := json.Marshal(Answer{Operation: tx, Output: out}); err == nil {
			t.Errorf("%s", b)
		}
	}
}

// Whatever comes, it is read or refused; what is read says the same when it is written and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(strings.Replace(good, `{"data"`, `"{\"data\"`, 1)))
	f.Add([]byte(`{"infno":"2204","input":{"feedetail":[{"cnt":"-1"},null,7]}}`))
	f.Add([]byte(`{"input":{"input":{}}}`))
	f.Add([]byte(strings.Replace(good, `"setl_id":"1"`, `"setl_id":"1","setl_i\u0064":"2"`, 1)))
	f.Add([]byte(`{"a":":\":","a":{"b":[{"c":1},{"c":1,"c":2}]}}`))
	f.Add([]byte("\ufeff{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := Read(body)
		if err != nil {
			var refusal *fault.Refusal
			if !errors.As(err, &refusal) || refusal.Problems[0].Key == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		input := map[string]any{}
		for i := range r.In {
			if node := &r.In[i]; node.Many {
				input[node.Name] = r.Input[node.Name]
			} else {
				input[node.Name] = r.Input.One(node.Name)
			}
		}
		again, err := json.Marshal(map[string]any{"infno": r.Infno, "msgid": r.Message, "mdtrtarea_admvs": r.TreatedAt, "insuplc_admdvs": r.InsuredAt, "opter": r.Operator, "sign_no": r.SignNo,
			"inf_time": r.Sent.Format(timeLayout), "fixmedins_code": r.Institution, "input": input})
		if err != nil {
			t.Fatal(err)
		}
		same, err := Read(again)
		if err != nil || string(same.Content()) != string(r.Content()) {
			t.Fatalf("%v: %s", err, again)
		}
	})
}

// The time to read a message of twenty lines of charges.
func BenchmarkRead(b *testing.B) {
	line := `{"feedetl_sn":"1","mdtrt_id":"202611231000000000000001510104","psn_no":"1000000001","chrg_bchno":"B1","rx_circ_flag":"0","med_type":"11","fee_ocur_time":"2026-11-20 09:10:00","med_list_codg":"SYN-DRUG-A1",` +
		`"medins_list_codg":"HSYN-DRUG-A1","det_item_fee_sumamt":"10.00","cnt":"1","pric":"10","bilg_dept_codg":"K1","bilg_dept_name":"内科","bilg_dr_codg":"D1","bilg_dr_name":"合成医师"}`
	body := []byte(strings.Replace(strings.Replace(good, "2208", "2204", 1), `{"data":{"setl_id":"1","mdtrt_id":"2","psn_no":3}}`, `{"feedetail":[`+strings.Repeat(line+",", 19)+line+`]}`, 1))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(body); err != nil {
			b.Fatal(err)
		}
	}
}

// Texts and contents are written byte for byte as encoding/json writes them: what is kept of messages was digested so.
func TestAppendText(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9一-龥<>&"\\\x00-\x1f\x7f\x{2020}-\x{2030}]*`)).Draw(t, "text")
		row := Row{"b": text, "a": "x", text: "y"}
		in := Input{"data": {row}, text: nil, "none": {}}
		want, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendInput(nil, in); string(got) != string(want) {
			t.Fatalf("%s\n%s", got, want)
		}
	})
}
