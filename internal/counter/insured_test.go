package counter

import (
	"fmt"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// newCounty is where somebody moves to.
const newCounty = region.Code("510704")

// insuredIn are facts of somebody who is insured as a resident for some spells of 2026, in the order of the counties.
func insuredIn(serial int, spells map[region.Code]enrol.Spell) []enrol.Fact {
	facts := storetest.Facts(serial, "合成参保人", county)
	facts = facts[:len(facts)-2] // not in 2026 yet
	for _, at := range []region.Code{county, newCounty} {
		if spell, insured := spells[at]; insured {
			facts = append(facts, enrol.Covered{Area: at, Way: enrol.Ordinary, Spell: spell}, enrol.Paid{Area: at, Way: enrol.Ordinary, Year: 2026, On: "2025-10-01", Shares: enrol.Shares{40000, 0, 0, 0, 67000}})
		}
	}
	return facts
}

// cities are two cities with deductibles of their own; in the first one outpatient care is paid at hospitals of level 3.
func (h *hall) cities() {
	const deductible = "benefit.inpatient.deductible.resident.level3"
	h.under("reference", rule("510100", deductible, "700"), rule("510700", deductible, "1000"), rule("510100", "benefit.outpatient.ratio.resident.level3", "0.5"))
}

// Who moves in mid-year is checked and settled by where he was insured on the day: its schedule, its money, its number of admissions; the answers name the place.
func TestMoveInMidYear(t *testing.T) {
	t.Attr("clause", "YA-4.2.1")
	t.Attr("clause", "YN-4.2")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	h.cities()
	x := h.hospital("H51010400001", "01")
	x.insured = newCounty
	p := x.patient(h.known(insuredIn(260, map[region.Code]enrol.Spell{county: {From: "2026-01-01", To: "2026-06-30"}, newCounty: {From: "2026-07-01", To: "2026-12-31"}})), 260)
	for day, want := range map[string]string{"2026-06-20": "1", "2026-07-01": "0"} { // care at level 3 is paid in the first city alone
		r := x.must("2001", map[string]any{"data": p.own("fixmedins_code", x.by.Code, "med_type", "11", "begntime", day+" 09:00:00")})
		says(t, "on "+day, r.rows(t, "trtinfo")[0], "trt_enjymnt_flag", want)
	}
	p.staying("390", "2026-06-10", "2026-06-20")
	first := p.visit
	before := adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)}))
	says(t, "before the move", before, "act_pay_dedc", "700.00", "hifp_pay", "11647.50", "clr_optins", string(county)) // × 0.60
	p.stay("2026-11-15", "2026-11-22")
	r := x.must("2304", map[string]any{"data": p.own(staySums...)})
	after := adds(t, r)
	says(t, "after it", after, "act_pay_dedc", "500.00", "hifp_pay", "7845.00", "clr_optins", string(newCounty)) // a half; away from home now: × 0.40
	if !strings.Contains(r.Warn, "异地就医备案") {
		t.Errorf("%s", r.Warn)
	}
	asked := p.own("setl_id", before["setl_id"], "mdtrt_id", first)
	says(t, "asked for", adds(t, x.must("5203", map[string]any{"data": asked})), "clr_optins", string(county))
	x.refused("the earlier one first", "须先由后到前撤销", "2305", map[string]any{"data": asked})
	says(t, "the later one undone", x.must("2305", map[string]any{"data": p.own("setl_id", after["setl_id"])}).row("setlinfo"), "clr_optins", string(newCounty))
	says(t, "the earlier one undone", x.must("2305", map[string]any{"data": asked}).row("setlinfo"), "clr_optins", string(county), "hifp_pay", "-11647.50")
	p.visit = first
	says(t, "and settled again", adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)})), "act_pay_dedc", "700.00", "clr_optins", string(county))
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// A settlement that was made before the move is undone where it was made: the county it was charged to gets back what it paid, to the fen.
func TestUndoneAfterAMove(t *testing.T) {
	t.Attr("clause", "YA-4.2.1")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	h.cities()
	x := h.hospital("H51010400001", "01")
	p := x.patient(h.known(insuredIn(261, map[region.Code]enrol.Spell{county: {From: "2026-01-01", To: "2026-11-22"}})), 261)
	p.stay("2026-11-15", "2026-11-22")
	made := adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)}))
	h.learn(p.no, enrol.Covered{Area: newCounty, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2026-11-23", To: "2026-12-31"}})
	x.refused("as 1101 does not answer it any longer", "insuplc_admdvs", "2305", map[string]any{"data": p.own("setl_id", made["setl_id"])})
	x.insured = newCounty
	says(t, "undone", x.must("2305", map[string]any{"data": p.own("setl_id", made["setl_id"])}).row("setlinfo"), "clr_optins", string(county), "hifp_pay", "-"+made["hifp_pay"])
	rows, _, err := h.Store.Settlements().Find(t.Context(), storetest.Act(province), store.SettlementQuery{Person: personOf(t, p.no), From: "2026-11-01", To: "2026-11-30", AnyInsured: true, Limit: 9})
	if err != nil || len(rows) != 2 || rows[0].County != county || rows[1].County != county {
		t.Errorf("%+v %v", rows, err)
	}
	says(t, "settled again", adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)})), "act_pay_dedc", "700.00", "clr_optins", string(county), "hifp_pay", made["hifp_pay"])
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// Somebody without an identity card is found by the document he has, when the message says which kind it is, and settles with it.
func TestOtherDocuments(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	for n, kind := range []enrol.DocumentKind{enrol.Passport, enrol.HongKongMacau, enrol.TaiwanPermit, enrol.ForeignPermit, enrol.BirthCertificate, enrol.OtherDocument} {
		facts := storetest.Facts(271+n, "合成参保人", county)
		who := facts[0].(enrol.Known)
		who.Document = enrol.Document{Kind: kind, Number: fmt.Sprintf("SYNTHETIC%d", n)}
		facts[0] = who
		p := &patient{hospital: x, no: h.known(facts), card: who.Number}
		asked := data("mdtrt_cert_type", "02", "mdtrt_cert_no", p.card, "psn_cert_type", string(kind), "certno", p.card, "psn_name", "合成参保人")
		if base := x.must("1101", map[string]any{"data": asked}).row("baseinfo"); base["psn_no"] != p.no || base["psn_cert_type"] != string(kind) || base["certno"] != p.card {
			t.Errorf("%s: %v", kind, base)
		}
		x.refused("as an identity card", "data.mdtrt_cert_no", "1101", map[string]any{"data": data("mdtrt_cert_type", "02", "mdtrt_cert_no", p.card)})
		x.refused("as another kind", "data.mdtrt_cert_no", "1101", map[string]any{"data": with(asked, "psn_cert_type", "01")})
		p.stay("2026-11-15", "2026-11-22")
		says(t, "settled", adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)})), "hifp_pay", "11587.50", "psn_cert_type", string(kind), "certno", p.card)
	}
	own := data("mdtrt_cert_type", "02", "mdtrt_cert_no", "SYNTHETIC0", "psn_cert_type", "04")
	x.refused("a kind that there is not", "data.psn_cert_type", "1101", map[string]any{"data": with(own, "psn_cert_type", "05")})
	x.refused("two numbers", "data.certno", "1101", map[string]any{"data": with(own, "certno", "SYNTHETIC1")})
	x.refused("an electronic certificate", "data.mdtrt_cert_type", "1101", map[string]any{"data": with(own, "mdtrt_cert_type", "01")})
}

// Who is enrolled elsewhere for next year is insured where he is until then: messages name the place that 1101 answers.
func TestEnrolledElsewhereForNextYear(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	facts := insuredIn(262, map[region.Code]enrol.Spell{county: {From: "2026-01-01", To: "2026-12-31"}})
	p := x.patient(h.known(append(facts, enrol.Covered{Area: newCounty, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2027-01-01", To: "2027-12-31"}})), 262)
	who := x.must("1101", map[string]any{"data": data("mdtrt_cert_type", "02", "mdtrt_cert_no", p.card)}).rows(t, "insuinfo")
	if len(who) != 1 || who[0]["insuplc_admdvs"] != string(county) {
		t.Fatalf("%v", who)
	}
	p.stay("2026-11-15", "2026-11-22")
	says(t, "settled", adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)})), "hifp_pay", "11587.50", "clr_optins", string(county))
	x.insured = "510105"
	x.refused("a place where he is not insured", "insuplc_admdvs", "5201", map[string]any{"data": p.own("begntime", "2026-11-01 00:00:00")})
}
