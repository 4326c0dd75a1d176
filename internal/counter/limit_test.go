package counter

import (
	"strings"
	"sync"
	"testing"

	"tongchou/internal/catalog"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/money"
)

// oxygen is a catalogue of two items that are paid up to 30 yuan a day, and of one without a limit.
var oxygen = strings.Join(catalog.Columns, "\t") + "\nSYN-OXY-01\t吸氧（合成）\t201\t01\t\t\t05" + strings.Repeat("\t", 9) + "30\nSYN-BED-01\t床位费（合成）\t201\t01\t\t\t01" + strings.Repeat("\t", 9) + "30\nSYN-REG-01\t诊察费（合成）\t201\t01\t\t\t02\n"

// inhales opens an outpatient's visit and charges for oxygen; over is what of each line lies above the limit.
func (p *patient) inhales(day string, yuan ...string) (over []string) {
	p.t.Helper()
	p.outpatient()
	var lines []any
	for i, amount := range yuan {
		lines = append(lines, p.line(string(rune('1'+i)), "SYN-OXY-01", "1", amount, amount+".00", "fee_ocur_time", day+" 09:10:00"))
	}
	for _, row := range p.must("2204", map[string]any{"feedetail": lines}).rows(p.t, "result") {
		over = append(over, row["overlmt_amt"])
	}
	return over
}

// overs is what of the lines lies above their limits, as 5204 tells it.
func (p *patient) overs() (over []string) {
	p.t.Helper()
	for _, row := range p.must("5204", map[string]any{"data": p.own()}).rows(p.t, "feedetail") {
		over = append(over, row["overlmt_amt"])
	}
	return over
}

// paysFor settles or tries a bill of which so much is over limits and so much in scope.
func (p *patient) paysFor(infno, total, over, inScope string, kv ...string) fsi.Row {
	p.t.Helper()
	r, text := p.send(p.message(infno, map[string]any{"data": p.limited(total, over, inScope, kv...)}))
	if r.Code != 0 {
		p.t.Fatal(text)
	}
	return adds(p.t, r)
}

func (p *patient) limited(total, over, inScope string, kv ...string) map[string]any {
	return p.own(append([]string{"med_type", "11", "medfee_sumamt", total, "fulamt_ownpay_amt", "0.00", "overlmt_selfpay", over, "preselfpay_amt", "0.00", "inscp_scp_amt", inScope, "psn_setlway", "01", "chrg_bchno", "B1",
		"acct_used_flag", "0", "mid_setl_flag", "0"}, kv...)...)
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
}

// A limit of a day counts for a person, an item and a day, over lines, messages, bills and institutions; what was undone takes nothing up, and what is charged but not settled takes nothing from others.
func TestLimitOfADayOverBills(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	var err error
	if h.items, err = catalog.Single("catalogue.tsv", oxygen); err != nil {
		t.Fatal(err)
	}
	x, y := h.hospital("H51010400001", "11"), h.hospital("H51010400002", "11")
	no := h.person(270)
	first, second, third := x.patient(no, 270), x.patient(no, 270), y.patient(no, 270)
	same(t, "a bill", first.inhales("2026-11-20", "15", "5"), "0.00", "0.00")
	same(t, "another beside it", second.inhales("2026-11-20", "20"), "0.00")
	one := first.paysFor("2207", "20.00", "0.00", "20.00")
	second.refused("as it was before the first was settled", "overlmt_selfpay", "2207", map[string]any{"data": second.limited("20.00", "0.00", "20.00")})
	same(t, "what is left of the day", second.overs(), "10.00")
	two := second.paysFor("2207", "20.00", "10.00", "10.00")
	same(t, "the other institution", third.inhales("2026-11-20", "20"), "20.00")
	third.paysFor("2206", "20.00", "20.00", "0.00")
	same(t, "another day", third.inhales("2026-11-21", "40"), "10.00")
	other := y.patient(h.person(271), 271)
	same(t, "somebody else", other.inhales("2026-11-20", "20", "20"), "0.00", "10.00")
	same(t, "the first as it was settled", first.overs(), "0.00", "0.00")
	same(t, "the second as it was settled", second.overs(), "10.00")
	x.must("2208", map[string]any{"data": second.own("setl_id", two["setl_id"])})
	x.must("2208", map[string]any{"data": first.own("setl_id", one["setl_id"])})
	same(t, "both undone", second.overs(), "0.00")
	second.paysFor("2207", "20.00", "0.00", "20.00")
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// Charges of a stay that come day after day in several messages share the day's limit, once in all.
func TestLimitOfADayInAStay(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	h := newHall(t, t.TempDir())
	var err error
	if h.items, err = catalog.Single("catalogue.tsv", oxygen); err != nil {
		t.Fatal(err)
	}
	x := h.hospital("H51010400001", "01")
	p := x.patient(h.person(272), 272)
	p.admitted("390", "21", "J18.900", "2026-11-18")
	charges := func(want string, sn, code, yuan, day string) {
		t.Helper()
		rows := p.must("2301", map[string]any{"feedetail": []any{p.line(sn, code, "1", yuan, yuan+".00", "fee_ocur_time", day+" 09:10:00")}}).rows(t, "result")
		says(t, sn, rows[0], "overlmt_amt", want)
	}
	charges("0.00", "1", "SYN-OXY-01", "20", "2026-11-18")
	charges("0.00", "2", "SYN-BED-01", "20", "2026-11-18")
	charges("10.00", "3", "SYN-OXY-01", "20", "2026-11-18")
	charges("5.00", "4", "SYN-OXY-01", "35", "2026-11-19")
	p.must("2302", map[string]any{"data": []any{p.own("feedetl_sn", "1")}})
	same(t, "one taken back", p.overs(), "0.00", "0.00", "5.00")
	p.must("2402", p.leaving("2026-11-20", "J18.900"))
	p.paysFor("2304", "75.00", "5.00", "70.00", "med_type", "21")
	same(t, "as it was settled", p.overs(), "0.00", "0.00", "5.00")
	q := x.patient(p.no, 272)
	same(t, "another bill of a day of the stay", q.inhales("2026-11-20", "20"), "0.00")
}

// Two institutions settle charges of one day at the same moment: together they take up the limit once.
func TestLimitOfADayAtOnce(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	t.Attr("clause", "SC38-6.3")
	h := newHall(t, t.TempDir())
	var err error
	if h.items, err = catalog.Single("catalogue.tsv", oxygen); err != nil {
		t.Fatal(err)
	}
	x, y := h.hospital("H51010400001", "01"), h.hospital("H51010400002", "01")
	for serial := 280; serial < 284; serial++ {
		no := h.person(serial)
		patients := []*patient{x.patient(no, serial), y.patient(no, serial), x.patient(no, serial), y.patient(no, serial)}
		inScope := make([]money.Fen, len(patients))
		for _, p := range patients {
			p.admitted("390", "21", "J18.900", "2026-11-20")
			p.must("2301", map[string]any{"feedetail": []any{p.line("1", "SYN-OXY-01", "1", "20", "20.00")}})
			p.must("2402", p.leaving("2026-11-20", "J18.900"))
		}
		var wg sync.WaitGroup
		for i, p := range patients {
			wg.Go(func() {
				r, text := p.send(p.message("2304", map[string]any{"data": p.own("medfee_sumamt", "20.00", "psn_setlway", "01", "acct_used_flag", "0", "mid_setl_flag", "0")}))
				if r.Code != 0 {
					t.Error(text)
					return
				}
				inScope[i], _ = money.ParseFen(r.row("setlinfo")["inscp_scp_amt"])
			})
		}
		wg.Wait()
		if sum := money.Sum(inScope...); sum != 30_00 {
			t.Errorf("%d: %v is in scope of 30.00 a day: %v", serial, sum, inScope)
		}
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}
