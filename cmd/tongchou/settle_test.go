package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

func settling(t testing.TB, explain bool) *settleStream {
	t.Helper()
	schedules, err := benefit.Compile(policytest.Library(t), policytest.Pack(t, "reference"), policy.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	s := newSettleStream(schedules, exchange.SettlementJSON{Printer: p, Schedules: schedules, Explain: explain})
	s.progress = func(int) {}
	return s
}

// dice draw lines of visits of every kind.
type dice struct {
	*rand.Rand
	ids    []string // of visits
	asked  []string // lines
	person int
}

func (d *dice) of(all ...string) string { return all[d.IntN(len(all))] }

func (d *dice) amount() string {
	most := []int{200, 5_000_00, 50_000_00, 1_500_000_00}[d.IntN(4)]
	if d.IntN(300) == 0 {
		most = 900_000_000_00
	}
	n := d.IntN(most)
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}

func (d *dice) day() string {
	year, month := 2025+d.IntN(2), 1+d.IntN(12)
	return fmt.Sprintf("%d-%02d-%02d", year, month, 1+d.IntN(28))
}

// line is the next line: mostly a new visit, now and then a repetition, other content under an old message, or a reversal.
func (d *dice) line(i int) string {
	switch k := d.IntN(100); {
	case k < 2 && len(d.asked) > 0:
		return d.asked[len(d.asked)-1-d.IntN(min(len(d.asked), 50))]
	case k < 12 && len(d.ids) > 0:
		ask := map[string]any{"msgid": fmt.Sprintf("R%d", i), "reverse": d.ids[len(d.ids)-1-d.IntN(min(len(d.ids), 30))]}
		if d.IntN(2) == 0 {
			ask["cascade"] = true
		}
		return d.keep(ask)
	case k < 14 && len(d.ids) > 0:
		return d.keep(d.visit(d.ids[d.IntN(len(d.ids))]))
	}
	id := fmt.Sprintf("M%d", i)
	d.ids = append(d.ids, id)
	return d.keep(d.visit(id))
}

func (d *dice) keep(ask map[string]any) string {
	text, _ := json.Marshal(ask)
	d.asked = append(d.asked, string(text))
	return string(text)
}

func (d *dice) visit(id string) map[string]any {
	if d.IntN(12) == 0 {
		d.person++
	}
	person := map[string]any{"id": fmt.Sprintf("P%d", d.person)}
	if d.IntN(20) > 0 {
		person["covered_from"] = d.of("2020-01-01", "2024-01-01", "2025-01-01", "2025-06-15", "2026-03-01")
	}
	if d.IntN(3) == 0 {
		person["retired"] = d.IntN(4) > 0
	}
	if d.IntN(3) == 0 {
		person["groups"] = []string{d.of("destitute", "orphan", "subsistence", "poverty_monitored", "veteran"), d.of("subsistence", "poverty_monitored", "x")}
	}
	for _, amount := range []string{"cap", "account", "mulaid"} {
		if d.IntN(3) == 0 {
			person[amount] = d.amount()
		}
	}
	v := map[string]any{"msgid": id, "person": person, "insutype": d.of("390", "310"), "level": d.of("primary", "1", "2", "3"), "place": d.of("local", "local", "province", "outside", "unregistered"),
		"category": d.of("inpatient", "inpatient", "inpatient", "outpatient", "outpatient", "chronic", "maternity", "two_disease"), "date": d.day()}
	if d.IntN(2) == 0 {
		v["acct_used"] = d.IntN(3) > 0
	}
	if d.IntN(2) == 0 {
		v["approved"] = d.IntN(4) > 0
	}
	if begin := d.day(); d.IntN(3) == 0 && begin <= v["date"].(string) {
		v["begndate"] = begin
	}
	if d.IntN(5) == 0 {
		v["lines"] = d.lines(v["date"].(string))
		return v
	}
	d.sums(v)
	return v
}

func (d *dice) lines(date string) []map[string]any {
	var out []map[string]any
	for range 1 + d.IntN(6) {
		l := map[string]any{"cnt": fmt.Sprintf("%d.%d", d.IntN(30), d.IntN(10000)), "pric": fmt.Sprintf("%d.%d", d.IntN(3000), d.IntN(1000000))}
		if d.IntN(5) > 0 {
			l["chrgitm_lv"], l["selfpay_prop"] = d.of("01", "02", "03"), fmt.Sprintf("0.%d", d.IntN(100))
		}
		if d.IntN(3) == 0 {
			l["pric_uplmt_amt"] = fmt.Sprintf("%d.%02d", d.IntN(2000), d.IntN(100))
		}
		if d.IntN(8) > 0 {
			l["fee_ocur_time"] = date[:8] + fmt.Sprintf("%02d 10:00:00", 1+d.IntN(28))
		}
		out = append(out, l)
	}
	return out
}

func (d *dice) sums(v map[string]any) {
	total := 0
	for _, name := range []string{"fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"} {
		if name != "inscp_scp_amt" && d.IntN(2) == 0 {
			continue
		}
		text := d.amount()
		var yuan, fen int
		_, _ = fmt.Sscanf(text, "%d.%d", &yuan, &fen) // it was written so
		total += yuan*100 + fen
		v[name] = text
	}
	if d.IntN(200) == 0 {
		total++
	}
	v["medfee_sumamt"] = fmt.Sprintf("%d.%02d", total/100, total%100)
}

// The program written from the rules in another language gives the same figures for every line: visits of every kind, bills by lines, stays that
// began in the waiting period, repetitions, reversals, cascades and refusals.
func TestSettleLikeTheOtherProgram(t *testing.T) {
	needs(t, "python3")
	count := 8_000
	if os.Getenv("TONGCHOU_FULL") != "" {
		count = 300_000
	}
	d := &dice{Rand: rand.New(rand.NewPCG(7, 11))}
	var in strings.Builder
	for i := range count {
		in.WriteString(d.line(i) + "\n")
	}
	other := exec.Command("python3", "-B", "../../internal/benefit/testdata/settle.py")
	other.Stdin, other.Stderr = strings.NewReader(in.String()), os.Stderr
	want, err := other.Output()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, _, err := settling(t, false).run(strings.NewReader(in.String()), &out); err != nil {
		t.Fatal(err)
	}
	ours, theirs, asked := lines(out.Bytes()), lines(want), strings.Split(in.String(), "\n")
	if len(ours) != count || len(theirs) != count {
		t.Fatalf("%d and %d answers to %d lines", len(ours), len(theirs), count)
	}
	kinds := map[string]int{}
	for i := range ours {
		mine, his := figuresOf(t, ours[i]), figuresOf(t, theirs[i])
		if !reflect.DeepEqual(mine, his) {
			t.Fatalf("%s\nis answered %s\n    want %s", asked[i], ours[i], theirs[i])
		}
		kinds[kindOf(his)]++
	}
	t.Log(kinds)
	for _, kind := range []string{"paid", "no_cover", "waiting", "not_paid", "not_approved", "reverse", "msgid", "medfee_sumamt", "cascade"} {
		if kinds[kind] == 0 {
			t.Errorf("no line was %s: %v", kind, kinds)
		}
	}
}

func lines(b []byte) []string { return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") }

func kindOf(answer map[string]any) string {
	for _, key := range []string{"refused", "why"} {
		if word, ok := answer[key].(string); ok {
			return word
		}
	}
	if again, ok := answer["resettled"].([]any); ok && len(again) > 0 {
		return "cascade"
	}
	return "paid"
}

// figuresOf brings an answer of either program to what both say.
func figuresOf(t *testing.T, line string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(line), &out); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	bring(out)
	return out
}

func bring(out map[string]any) {
	if wrong, ok := out["error"].(map[string]any); ok {
		delete(out, "error")
		out["refused"] = wrong["field"]
		if later, ok := wrong["later"]; ok {
			out["later"] = later
		}
		return
	}
	if _, ours := out["explain"]; ours {
		out["why"] = out["reason_code"]
		for _, key := range []string{"reason", "reason_code", "clause", "explain", "status", "reverse"} {
			delete(out, key)
		}
	}
	again, _ := out["resettled"].([]any)
	for _, one := range again {
		bring(one.(map[string]any))
	}
}

// Lines are answered as they come, in their order, whatever the size of what is read at once; the steps change no figure.
func TestSettleInPieces(t *testing.T) {
	d := &dice{Rand: rand.New(rand.NewPCG(1, 2))}
	var in strings.Builder
	for i := range 3000 {
		in.WriteString(d.line(i) + "\n")
	}
	var whole, pieces bytes.Buffer
	if _, _, err := settling(t, false).run(strings.NewReader(in.String()), &whole); err != nil {
		t.Fatal(err)
	}
	if _, _, err := settling(t, true).run(bufio.NewReaderSize(strings.NewReader(in.String()), 16), &pieces); err != nil {
		t.Fatal(err)
	}
	a, b := lines(whole.Bytes()), lines(pieces.Bytes())
	for i := range a {
		if !reflect.DeepEqual(figuresOf(t, a[i]), figuresOf(t, b[i])) {
			t.Fatalf("%s\n%s", a[i], b[i])
		}
	}
}
