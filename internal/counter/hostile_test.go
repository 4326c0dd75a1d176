package counter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/store"
)

// places lists the leaves of a message, each as the way to it.
func places(at []any, v any) (out [][]any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(keysOf(v)) {
			out = append(out, places(append(slices.Clone(at), key), v[key])...)
		}
	case []any:
		for i := range v {
			out = append(out, places(append(slices.Clone(at), i), v[i])...)
		}
	default:
		out = append(out, at)
	}
	return out
}

func keysOf(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// put changes a message at a place, which a nil takes away.
func put(v any, at []any, value any) {
	switch v := v.(type) {
	case map[string]any:
		key := at[0].(string)
		switch {
		case len(at) > 1:
			put(v[key], at[1:], value)
		case value == nil:
			delete(v, key)
		default:
			v[key] = value
		}
	case []any:
		if i := at[0].(int); len(at) > 1 {
			put(v[i], at[1:], value)
		} else {
			v[i] = value
		}
	}
}

// Whatever stands in one place of a message that would be done, the answer has the platform's form: it is refused and nothing is written, or done once, and settled amounts add up.
func FuzzHandle(f *testing.F) {
	h := newHall(f, f.TempDir())
	x := h.hospital("H51010400001", "01")
	p := x.patient(h.person(61), 61)
	count := func(t *testing.T) int {
		found, err := h.Store.Messages(t.Context(), store.ScopeOf(province), store.MessageQuery{From: h.Now().AddDate(-1, 0, 0), To: time.Now().AddDate(1, 0, 0), Person: enrol.PersonNo(personOf(t, p.no)), Limit: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	for n := range 16 {
		for _, value := range []string{"", "0", "-1", "9", "2026-02-30 00:00:00", "1e3", "99999999999999999999", strings.Repeat("x", 300), "\x00", "'; DROP TABLE visits; --", "é\u202e", "{}"} {
			f.Add(byte(n), uint16(n*7), byte(0), value)
		}
		for kind := byte(1); kind < 8; kind++ {
			f.Add(byte(n), uint16(n*5)+uint16(kind), kind, "x")
		}
	}
	f.Fuzz(func(t *testing.T, which byte, where uint16, kind byte, text string) {
		q, y := *p, *x
		y.hall = &hall{Service: h.Service, items: h.items, t: t, dir: h.dir}
		q.hospital = &y
		fresh := func(infno string, input any) map[string]any {
			m := y.message(infno, input)
			m["msgid"] = y.by.Code + "20261123" + h.next()
			return m
		}
		done := func(infno string, input any) reply {
			r, said := y.send(fresh(infno, input))
			if r.Code != 0 {
				t.Fatalf("%s: %s", infno, said)
			}
			return r
		}
		open := func() map[string]any {
			return q.own("begntime", "2026-11-20 09:00:00", "ipt_otp_no", "O1", "atddr_no", "D1", "dr_name", "合成医师", "dept_code", "K1", "dept_name", "内科", "caty", "A03")
		}
		q.visit = done("2201", map[string]any{"data": open()}).row("data")["mdtrt_id"]
		about := map[string]any{"mdtrtinfo": q.own("med_type", "11", "begntime", "2026-11-20 09:00:00"), "diseinfo": []any{diagnosis()}}
		done("2203", about)
		line := map[string]any{"feedetail": []any{q.line("1", "SYN-REG-01", "1", "10", "10.00", "med_type", "11"), q.line("2", "SYN-DRUG-A2", "2", "25", "50.00", "med_type", "11")}}
		done("2204", line)
		sums := q.own("med_type", "11", "medfee_sumamt", "60.00", "psn_setlway", "01", "chrg_bchno", "B1", "acct_used_flag", "0", "fulamt_ownpay_amt", "0.00", "overlmt_selfpay", "10.00", "preselfpay_amt", "0.00", "inscp_scp_amt", "50.00")
		messages := []struct {
			infno string
			input map[string]any
		}{{"1101", map[string]any{"data": data("mdtrt_cert_type", "02", "mdtrt_cert_no", q.card, "psn_name", "合成参保人")}}, {"2001", map[string]any{"data": q.own("fixmedins_code", x.by.Code, "med_type", "21", "begntime", "2026-11-20 09:00:00")}},
			{"2201", map[string]any{"data": open()}}, {"2203", about}, {"2204", map[string]any{"feedetail": []any{q.line("3", "SYN-REG-01", "1", "10", "10.00", "med_type", "11")}}}, {"2206", map[string]any{"data": sums}}, {"2207", map[string]any{"data": sums}},
			{"2205", map[string]any{"data": q.own("chrg_bchno", "B1")}}, {"2202", map[string]any{"data": q.own("ipt_otp_no", "O1")}}, {"3201", map[string]any{"data": data("insutype", "390", "clr_type", "11", "setl_optins", string(county), "stmt_begndate", "2026-11-23", "stmt_enddate", "2026-11-23", "medfee_sumamt", "0.00", "fund_pay_sumamt", "0.00", "acct_pay", "0.00", "fixmedins_setl_cnt", "0")}},
			{"5201", map[string]any{"data": q.own("begntime", "2026-11-01 00:00:00", "endtime", "2026-11-30 00:00:00")}}, {"2503", map[string]any{"data": chronicForm(q.no)}},
			{"2401", map[string]any{"mdtrtinfo": q.own("begntime", "2026-11-15 09:00:00", "med_type", "21", "ipt_no", "I1", "atddr_no", "D1", "chfpdr_name", "合成医师", "adm_diag_dscr", "合成", "adm_dept_codg", "K1", "adm_dept_name", "内科", "adm_bed", "1", "dscg_maindiag_code", "J06.900", "dscg_maindiag_name", "合成"), "diseinfo": []any{diagnosis("psn_no", q.no)}}},
		}
		m := messages[int(which)%len(messages)]
		sent, err := json.Marshal(fresh(m.infno, m.input))
		if err != nil {
			t.Fatal(err)
		}
		var message map[string]any
		if err := json.Unmarshal(sent, &message); err != nil {
			t.Fatal(err)
		}
		all := places(nil, message)
		at := all[int(where)%len(all)]
		values := []any{text, nil, float64(len(text)) - 1.5, map[string]any{text: text}, []any{text}, true, strings.Repeat(text, 50)}
		as := int(kind) % (len(values) + 1) // the last leaves the message as it is
		if as < len(values) {
			put(message, at, values[as])
		}
		body, err := json.Marshal(message)
		if err != nil {
			t.Skip(err)
		}
		before := count(t)
		answer, err := y.Handle(t.Context(), y.by, body)
		if err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		var r reply
		if err := json.Unmarshal(answer, &r); err != nil || r.Code != 0 && (r.Code != -1 || r.Error == "") {
			t.Fatalf("%v: %s, asked %s", err, answer, body)
		}
		if as == len(values) && r.Code != 0 && !strings.Contains(r.Error, "已有同样的登记") {
			t.Fatalf("%s as it is: %s", m.infno, answer)
		}
		if strings.Contains(r.Error, "系统错误") {
			t.Fatalf("%s: %s", body, answer)
		}
		if after := count(t); r.Code != 0 && after != before || after > before+1 {
			t.Fatalf("%d messages kept of %s: %s", after-before, body, answer)
		}
		if info := r.row("setlinfo"); r.Code == 0 && len(info) > 0 && fmt.Sprint(at...) != "infno" {
			adds(t, r)
		}
		if info := r.row("setlinfo"); r.Code == 0 && m.infno == "2207" && info["setl_id"] != "" {
			done("2208", map[string]any{"data": q.own("setl_id", info["setl_id"])})
		}
	})
}
