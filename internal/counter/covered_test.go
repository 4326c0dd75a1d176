package counter

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// Who paid late waits, though his file does not say what the funds paid for him in the years before: the sub-ledger does.
func TestWaitsThoughTheFileDoesNotTellLastYear(t *testing.T) {
	t.Attr("clause", "SCE-3.7")
	t.Attr("clause", "SCE-3.8")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	facts := storetest.Facts(170, "合成参保人", county)
	facts = append(facts[:len(facts)-2], enrol.Covered{Area: county, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2026-10-15", To: "2026-12-31"}},
		enrol.Paid{Area: county, Way: enrol.Ordinary, Year: 2026, On: "2026-10-15", Shares: enrol.Shares{40000, 0, 0, 0, 67000}})
	no, err := storetest.AddPerson(t, h.Store, storetest.Act(county), facts...)
	if err != nil {
		t.Fatal(err)
	}
	p := x.patient(strconv.FormatInt(int64(no), 10), 170)
	p.stay("2026-11-15", "2026-11-22")
	r := x.must("2304", map[string]any{"data": p.own(staySums...)})
	if info := r.row("setlinfo"); info["fund_pay_sumamt"] != "0.00" || !strings.Contains(r.Warn, "等待期") {
		t.Errorf("%v %s", info, r.Warn)
	}
}

// The cap of catastrophic insurance is the person's own: what the funds paid in the year before, by the sub-ledger, takes a reward from it that somebody else has.
func TestOwnCapByTheSubLedger(t *testing.T) {
	t.Attr("clause", "SCE-3.2")
	t.Attr("clause", "SCE-3.4")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	cap := func(p *patient) (cap money.Fen) {
		p.stay("2026-11-15", "2026-11-22")
		setl := x.must("2304", map[string]any{"data": p.own(staySums...)}).row("setlinfo")["setl_id"]
		if _, _, err := h.Store.Exchange().Do(t.Context(), storetest.Act(county), store.Message{Key: "cap" + p.no}, func(in *store.Handled) ([]byte, error) {
			s, found, err := in.Settlement(personOf(t, p.no), setl)
			if err != nil || !found {
				return nil, err
			}
			var content settledContent
			err = json.Unmarshal(s.Content, &content)
			cap = content.Facts.Cap
			return []byte("{}"), err
		}); err != nil {
			t.Fatal(err)
		}
		return cap
	}
	well, ill := x.patient(h.person(171), 171), x.patient(h.person(172), 172)
	ill.staying("390", "2025-11-15", "2025-11-22")
	x.must("2304", map[string]any{"data": ill.own(staySums...)})
	if a, b := cap(well), cap(ill); a <= b || b < 300_000_00 {
		t.Errorf("a cap of %v for who had nothing paid, %v for who had", a, b)
	}
}

// Who is not covered on the day has nothing paid, and is told so.
func TestNotCovered(t *testing.T) {
	t.Attr("clause", "SCE-3.8")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	facts := storetest.Facts(175, "合成参保人", county)
	ended := append(storetest.Facts(178, "合成参保人", county)[:len(facts)-2], enrol.Covered{Area: county, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2026-01-01", To: "2026-06-30"}}, facts[len(facts)-1])
	for serial, known := range map[int][]enrol.Fact{175: facts[:len(facts)-2], 178: ended} { // not in 2026; until June
		no, err := storetest.AddPerson(t, h.Store, storetest.Act(county), known...)
		if err != nil {
			t.Fatal(err)
		}
		p := x.patient(strconv.FormatInt(int64(no), 10), serial)
		p.stay("2026-11-15", "2026-11-22")
		r := x.must("2304", map[string]any{"data": p.own(staySums...)})
		if info := r.row("setlinfo"); info["fund_pay_sumamt"] != "0.00" || info["psn_cash_pay"] != "20625.00" || r.Warn == "" {
			t.Errorf("%d: %v %s", serial, info, r.Warn)
		}
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// The diagnosis of an outpatient's visit stands once any of it is settled, for the settlement went by it.
func TestDiagnosisStandsOnceSettled(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "11")
	p := x.patient(h.person(176), 176)
	p.outpatient()
	p.must("2204", map[string]any{"feedetail": []any{p.line("1", "SYN-REG-01", "1", "10", "10.00")}})
	p.must("2207", map[string]any{"data": p.own("med_type", "11", "medfee_sumamt", "10.00", "psn_setlway", "01", "chrg_bchno", "B1", "acct_used_flag", "0", "fulamt_ownpay_amt", "0.00", "overlmt_selfpay", "0.00", "preselfpay_amt", "0.00",
		"inscp_scp_amt", "10.00")})
	x.refused("diagnosed otherwise afterwards", "已结算", "2203", map[string]any{"mdtrtinfo": p.own("med_type", "14", "begntime", "2026-11-20 09:00:00"), "diseinfo": []any{diagnosis()}})
}

// A stay without a discharge is settled by the day the message gives, and without one not at all; a trial goes by today.
func TestStayWithoutDischarge(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	p := x.patient(h.person(177), 177)
	p.stay("2026-11-15", "2026-11-22")
	p.must("2405", map[string]any{"data": p.own()})
	if info := adds(t, p.must("2303", map[string]any{"data": p.own(staySums...)})); info["hifp_pay"] != "11587.50" {
		t.Errorf("%v", info)
	}
	x.refused("no day of discharge", "dscg_time", "2304", map[string]any{"data": p.own(staySums...)})
	x.refused("before it began", "dscg_time", "2304", map[string]any{"data": p.own(append(staySums, "dscg_time", "2026-11-14 09:00:00")...)})
}
