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
