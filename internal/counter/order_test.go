package counter

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/exchange/fsi"
	"tongchou/internal/money"
)

// sitting is a visit as the model of TestAnyOrder knows it.
type sitting struct {
	*patient
	stay, left, over bool             // over: cancelled
	batches          map[string][]sum // of charges
	settled          string           // setl_id while it is settled
	message          map[string]any   // that settled it
	paid             sum
}

// sum is what charges come to: in all, and its parts in the order of sumFields; of a settlement in all and from the funds.
type sum [5]money.Fen

// sumFields name a sum's parts in settlements.
var sumFields = []string{"medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"}

func (v *sitting) sums() (all sum) {
	for _, lines := range v.batches {
		for _, line := range lines {
			for i := range all {
				all[i] += line[i]
			}
		}
	}
	return all
}

// infno names a message of the visit's kind: of an outpatient's, or of a stay.
func (v *sitting) infno(outpatient, stay string) string {
	if v.stay {
		return stay
	}
	return outpatient
}

// settling is the message's row that settles the visit with these sums.
func (v *sitting) settling(s sum) map[string]any {
	kv := []string{"med_type", v.infno("11", "21"), "psn_setlway", "01", "chrg_bchno", "B1", "acct_used_flag", "0", "mid_setl_flag", "0"}
	for i, name := range sumFields {
		kv = append(kv, name, s[i].String())
	}
	return v.own(kv...)
}

// crowd is a model of what two institutions have done for two persons.
type crowd struct {
	t        *rapid.T
	visits   []*sitting
	answered []answered
	undone   map[string]bool // by msgid
	lines    int
}

// answered is a message with the answer it was given.
type answered struct {
	from    *hospital
	message map[string]any
	answer  string
}

// send sends a message, which is done or refused for a reason, and never fails otherwise.
func (c *crowd) send(x *hospital, infno string, input any) (reply, map[string]any) {
	message := x.message(infno, input)
	r, text := x.send(message)
	if r.Code != 0 && (r.Code != -1 || strings.TrimSpace(r.Error) == "") {
		c.t.Fatalf("%s: %s", infno, text)
	}
	if r.Code == 0 {
		c.answered = append(c.answered, answered{x, message, text})
	}
	return r, message
}

func (c *crowd) visit() *sitting {
	if len(c.visits) == 0 {
		c.t.Skip("nobody is there")
	}
	return rapid.SampledFrom(c.visits).Draw(c.t, "visit")
}

func (c *crowd) charge() {
	c.chargeTo(c.visit())
}

func (c *crowd) chargeTo(v *sitting) {
	const batch = "B1"
	var rows []any
	for range rapid.IntRange(1, 3).Draw(c.t, "lines") {
		c.lines++
		line := rapid.SampledFrom([][4]string{{"SYN-REG-01", "1", "10", "10.00"}, {"SYN-DRUG-A2", "2", "25", "50.00"}, {"SYN-DRUG-B2", "1", "100", "100.00"}, {"NOT-KNOWN", "1", "5", "5.00"}, {"SYN-OPER-A1", "1", "20000", "20000.00"}}).Draw(c.t, "line")
		rows = append(rows, v.line(fmt.Sprint("L", c.lines), line[0], line[1], line[2], line[3], "chrg_bchno", batch))
	}
	r, _ := c.send(v.hospital, v.infno("2204", "2301"), map[string]any{"feedetail": rows})
	if r.Code != 0 {
		return
	}
	if v.settled != "" || v.over {
		c.t.Fatalf("charged after it was closed: %+v", v)
	}
	var lines []fsi.Row
	if err := json.Unmarshal(r.Output["result"], &lines); err != nil || len(lines) != len(rows) {
		c.t.Fatalf("%v %s", err, r.Output["result"])
	}
	for _, line := range lines {
		s := sum{fenOf(c.t, line, "det_item_fee_sumamt"), fenOf(c.t, line, "fulamt_ownpay_amt"), fenOf(c.t, line, "overlmt_amt"), fenOf(c.t, line, "preselfpay_amt"), fenOf(c.t, line, "inscp_scp_amt")}
		if s[0] != s[1]+s[2]+s[3]+s[4] {
			c.t.Fatalf("a line does not add up: %v", line)
		}
		v.batches[batch] = append(v.batches[batch], s)
	}
}

func (c *crowd) uncharge() {
	const batch = "B1"
	v := c.visit()
	if v.stay {
		return // 2302 names lines
	}
	if r, _ := c.send(v.hospital, "2205", map[string]any{"data": v.own("chrg_bchno", batch)}); r.Code == 0 {
		delete(v.batches, batch)
	}
}

// settle settles a visit, or tries it, once with sums that are not those of the charges.
func (c *crowd) settle(trial, wrong bool) {
	v := c.visit()
	s := v.sums()
	ready := v.settled == "" && !v.over && v.left == v.stay && s[0] > 0
	if wrong {
		s[0], s[1] = s[0]+1, s[1]+1
	}
	infno := v.infno("2207", "2304")
	if trial {
		infno = v.infno("2206", "2303")
	}
	r, message := c.send(v.hospital, infno, map[string]any{"data": v.settling(s)})
	if done := r.Code == 0; done && wrong || !trial && done != (ready && !wrong) {
		c.t.Fatalf("%s, ready %t, wrong %t: %d %s, %+v", infno, ready, wrong, r.Code, r.Error, v)
	}
	if r.Code != 0 {
		return
	}
	info := adds(v.t, r)
	if trial {
		return
	}
	v.settled, v.message, v.paid = info["setl_id"], message, sum{fenOf(c.t, info, "medfee_sumamt"), fenOf(c.t, info, "fund_pay_sumamt")}
	if v.settled == "" || v.paid[0] != s[0] {
		c.t.Fatalf("%v for %v", info, s)
	}
}

// undo undoes a settlement by its number, or as a client does that saw it time out.
func (c *crowd) undo(byMessage bool) {
	v := c.visit()
	if v.message == nil {
		c.t.Skip("never settled")
	}
	infno, input := v.infno("2208", "2305"), data("psn_no", v.no, "mdtrt_id", v.visit, "setl_id", v.settled)
	if byMessage {
		infno, input = "2601", data("psn_no", v.no, "omsgid", v.message["msgid"].(string), "oinfno", v.message["infno"].(string))
	}
	r, _ := c.send(v.hospital, infno, map[string]any{"data": with(v.own(), flat(input)...)})
	if r.Code != 0 {
		return
	}
	if v.settled == "" && !c.undone[v.message["msgid"].(string)] {
		c.t.Fatalf("undone twice: %+v", v)
	}
	c.undone[v.message["msgid"].(string)] = byMessage || c.undone[v.message["msgid"].(string)]
	v.settled = ""
}

func (c *crowd) leave(v *sitting) {
	if !v.stay {
		return
	}
	if r, _ := c.send(v.hospital, "2402", v.leaving("2026-11-22", "J06.900")); r.Code == 0 {
		v.left = true
	}
}

func flat(row map[string]any) (kv []string) {
	for _, k := range slices.Sorted(maps.Keys(row)) {
		kv = append(kv, k, row[k].(string))
	}
	return kv
}

// again sends an earlier message again: it is given the first answer, unless it was undone.
func (c *crowd) again() {
	if len(c.answered) == 0 {
		c.t.Skip("nothing was sent")
	}
	first := rapid.SampledFrom(c.answered).Draw(c.t, "message")
	_, answer := first.from.send(first.message)
	if id := first.message["msgid"].(string); answer != first.answer && !(c.undone[id] && strings.Contains(answer, "已经冲正")) {
		c.t.Fatalf("again: %s, first %s", answer, first.answer)
	}
}

// astray sends a message that another institution, or another person, has nothing to do with; nothing comes of it.
func (c *crowd) astray(other *hospital, stranger *patient) {
	v := c.visit()
	if other == v.hospital {
		c.t.Skip("the same")
	}
	infno := rapid.SampledFrom([]string{"2202", "2204", "2206", "2207", "2208", "2301", "2303", "2304", "2305", "2402", "2404", "2405"}).Draw(c.t, "infno")
	x, row := other, v.settling(v.sums())
	if rapid.Bool().Draw(c.t, "person") && stranger.no != v.no {
		x, row = v.hospital, with(row, "psn_no", stranger.no, "mdtrt_cert_no", stranger.card)
	}
	row = with(row, "setl_id", v.settled, "ipt_otp_no", "O1")
	input := map[string]any{"data": row}
	switch infno {
	case "2204", "2301":
		input = map[string]any{"feedetail": []any{with(v.line("X", "SYN-REG-01", "1", "10", "10.00"), "psn_no", row["psn_no"].(string))}}
	case "2402":
		input = v.leaving("2026-11-22", "J06.900")
		input["dscginfo"] = with(input["dscginfo"].(map[string]any), "psn_no", row["psn_no"].(string), "mdtrt_cert_no", row["mdtrt_cert_no"].(string))
	}
	if r, _ := c.send(x, infno, input); r.Code == 0 {
		c.t.Fatalf("%s was done for somebody else", infno)
	}
}

func fenOf(t *rapid.T, row fsi.Row, name string) money.Fen {
	x, err := money.ParseFen(row[name])
	if err != nil {
		t.Fatalf("%s: %q", name, row[name])
	}
	return x
}

// Whatever two institutions send for two persons, in whatever order: a message is done or refused for a reason; a visit is settled exactly when it is open, charged and, where it is a
// stay, left, and with the sums of its charges; a message again gets its first answer; nobody reaches another's visit; what is settled in the end is what reconciles, and the store
// verifies.
func TestAnyOrder(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	hospitals := []*hospital{h.hospital("H51010400001", "01"), h.hospital("H51010400002", "11")}
	serial, all := 100, []*sitting{}
	rapid.Check(t, func(t *rapid.T) {
		var persons []*patient
		for range 2 {
			serial++
			persons = append(persons, hospitals[0].patient(h.person(serial), serial))
		}
		c := &crowd{t: t, undone: map[string]bool{}}
		defer func() { all = append(all, c.visits...) }()
		open := func(stay bool) {
			x, who := rapid.SampledFrom(hospitals).Draw(t, "institution"), rapid.SampledFrom(persons).Draw(t, "person")
			v := &sitting{patient: &patient{hospital: x, no: who.no, card: who.card}, stay: stay, batches: map[string][]sum{}}
			var r reply
			if stay {
				r, _ = c.send(x, "2401", map[string]any{"mdtrtinfo": v.own("begntime", "2026-11-15 09:00:00", "med_type", "21", "ipt_no", "I1", "atddr_no", "D1", "chfpdr_name", "合成医师", "adm_diag_dscr", "合成",
					"adm_dept_codg", "K1", "adm_dept_name", "内科", "adm_bed", "1", "dscg_maindiag_code", "J06.900", "dscg_maindiag_name", "合成"), "diseinfo": []any{diagnosis("psn_no", v.no)}})
				v.visit = r.row("result")["mdtrt_id"]
			} else {
				r, _ = c.send(x, "2201", map[string]any{"data": v.own("begntime", "2026-11-20 09:00:00", "ipt_otp_no", "O1", "atddr_no", "D1", "dr_name", "合成医师", "dept_code", "K1", "dept_name", "内科", "caty", "A03")})
				if v.visit = r.row("data")["mdtrt_id"]; r.Code == 0 {
					if r, _ := c.send(x, "2203", map[string]any{"mdtrtinfo": v.own("med_type", "11", "begntime", "2026-11-20 09:00:00"), "diseinfo": []any{diagnosis()}}); r.Code != 0 {
						t.Fatalf("2203: %s", r.Error)
					}
				}
			}
			if r.Code == 0 {
				c.visits = append(c.visits, v)
			}
		}
		for i := range 4 {
			if open(i%2 == 0); len(c.visits) <= i {
				t.Fatal("not opened")
			}
			c.chargeTo(c.visits[i])
			c.leave(c.visits[i])
		}
		t.Repeat(map[string]func(*rapid.T){
			"outpatient":  func(*rapid.T) { open(false) },
			"stay":        func(*rapid.T) { open(true) },
			"charge":      func(t *rapid.T) { c.t = t; c.charge() },
			"charge more": func(t *rapid.T) { c.t = t; c.charge() },
			"uncharge":    func(t *rapid.T) { c.t = t; c.uncharge() },
			"try":         func(t *rapid.T) { c.t = t; c.settle(true, false) },
			"settle":      func(t *rapid.T) { c.t = t; c.settle(false, false) },
			"settle now":  func(t *rapid.T) { c.t = t; c.settle(false, false) },
			"wrong sums":  func(t *rapid.T) { c.t = t; c.settle(false, true) },
			"undo":        func(t *rapid.T) { c.t = t; c.undo(false) },
			"timed out":   func(t *rapid.T) { c.t = t; c.undo(true) },
			"again":       func(t *rapid.T) { c.t = t; c.again() },
			"astray": func(t *rapid.T) {
				c.t = t
				c.astray(rapid.SampledFrom(hospitals).Draw(t, "institution"), rapid.SampledFrom(persons).Draw(t, "person"))
			},
			"leave": func(t *rapid.T) { c.t = t; c.leave(c.visit()) },
			"come back": func(t *rapid.T) {
				c.t = t
				if v := c.visit(); v.stay {
					if r, _ := c.send(v.hospital, "2405", map[string]any{"data": v.own()}); r.Code == 0 {
						if v.settled != "" {
							t.Fatal("came back after it was settled")
						}
						v.left = false
					}
				}
			},
			"cancel": func(t *rapid.T) {
				c.t = t
				v := c.visit()
				if r, _ := c.send(v.hospital, v.infno("2202", "2404"), map[string]any{"data": v.own("ipt_otp_no", "O1")}); r.Code == 0 {
					if v.settled != "" {
						t.Fatal("cancelled after it was settled")
					}
					v.over = true
				}
			},
		})
	})
	for _, x := range hospitals {
		for _, stay := range []bool{false, true} {
			var total, funds money.Fen
			count := 0
			for _, v := range all {
				if v.hospital == x && v.stay == stay && v.settled != "" {
					total, funds, count = total+v.paid[0], funds+v.paid[1], count+1
				}
			}
			kind := (&sitting{stay: stay}).infno("11", "21")
			r := x.must("3201", map[string]any{"data": data("insutype", "390", "clr_type", kind, "setl_optins", "510104", "stmt_begndate", "2026-11-01", "stmt_enddate", "2026-11-30", "medfee_sumamt", total.String(),
				"fund_pay_sumamt", funds.String(), "acct_pay", "0", "fixmedins_setl_cnt", fmt.Sprint(count))})
			if got := r.row("stmtinfo"); got["stmt_rslt"] != "0" || count == 0 {
				t.Errorf("%s, %s: %d settlements, %v", x.by.Code, kind, count, got)
			}
		}
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}
