package clearing

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

var areas = []region.Code{"510100", "510300", "510400"}

// anySums draws sums of some kinds, small and large, positive and negative.
func anySums(t *rapid.T) []Sum {
	n := rapid.IntRange(0, 40).Draw(t, "n")
	out := make([]Sum, n)
	for i := range out {
		place := rapid.SampledFrom(areas).Draw(t, "place")
		s := Sum{Kind: Kind{Institution: fmt.Sprintf("H%s%05d", place, rapid.IntRange(1, 3).Draw(t, "institution")), Home: rapid.SampledFrom(areas).Draw(t, "home"), Place: place,
			Insurance: rapid.SampledFrom(pool.Insurances()).Draw(t, "insurance"), Care: rapid.SampledFrom([]string{"11", "21"}).Draw(t, "care")}, Rows: rapid.Int64Range(1, 9).Draw(t, "rows"),
			Cash: money.Fen(rapid.Int64Range(-9_000_00, 9_000_00).Draw(t, "cash"))}
		for l := range s.Paid {
			s.Paid[l] = money.Fen(rapid.Int64Range(-9_999_999, 99_999_999_99).Draw(t, "paid"))
		}
		s.Total = s.Paid.Sum() + s.Cash
		out[i] = s
	}
	return out
}

// The sub-ledger's sums, what is owed, and the vouchers of all areas come to the same, to the fen, by institution, insurance type and layer; what one area says it is owed in the
// clearing others say they owe; and every voucher is one that its book takes.
func TestSumsOwedAndBookedAgree(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "YA-4.4.3")
	chart, err := ledger.Standard()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		sums := anySums(t)
		owed, bears := map[Kind]Paid{}, map[pool.Insurance]Paid{}
		for _, s := range sums {
			k := Kind{Institution: s.Institution, Insurance: s.Insurance}
			p, q := owed[k], bears[s.Insurance]
			p.add(s.Paid)
			q.add(s.Paid)
			owed[k], bears[s.Insurance] = p, q
		}
		maps.DeleteFunc(owed, func(_ Kind, p Paid) bool { return p == Paid{} })
		var vouchers []ledger.Voucher
		for _, area := range areas {
			m, err := Propose(Month{Area: area, Year: 2026, Month: 10}, Of(area, sums), "maker", time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if m, err = m.Confirm(Of(area, sums), "reviewer", time.Time{}); err != nil {
				t.Fatal(err)
			}
			vouchers = append(vouchers, m.Vouchers(Of(area, sums), "2026-11-02")...)
		}
		b := Read(vouchers)
		maps.DeleteFunc(b.Owed, func(_ Kind, p Paid) bool { return p == Paid{} })
		if !maps.Equal(b.Owed, owed) {
			t.Fatalf("owed %v, booked %v", owed, b.Owed)
		}
		for _, i := range pool.Insurances() {
			if b.Due[i] != b.Offsite[i] {
				t.Fatalf("%s: %v due in the clearing, %v owed", i, b.Due[i], b.Offsite[i])
			}
			for _, l := range Layers() {
				if !l.Own() && b.FromOthers[i][l] != bears[i][l] {
					t.Fatalf("%s %s: due %v, of %v", i, l, b.FromOthers[i][l], bears[i][l])
				}
			}
		}
		if b.Contra != bears[pool.Employee].Own()+bears[pool.Resident].Own() {
			t.Fatalf("the funds bear %v", b.Contra)
		}
		books(t, chart, vouchers)
	})
}

// books posts vouchers to new books.
func books(t *rapid.T, chart *ledger.Chart, vouchers []ledger.Voucher) {
	states := map[ledger.Book]*ledger.State{}
	for _, i := range pool.Insurances() {
		for _, area := range areas {
			s, err := ledger.NewState(chart, ledger.AreaBook(i, area), ledger.Rules{}, 2026, time.January)
			if err != nil {
				t.Fatal(err)
			}
			states[s.Book] = s
		}
	}
	if _, err := ledger.Post(states, vouchers); err != nil {
		t.Fatal(err)
	}
}

// A month is confirmed by another person than who proposed it, once, and as it was proposed.
func TestTwoPersonsCloseAMonth(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	sums := []Sum{{Kind: Kind{Institution: "H51010099999", Home: "510100", Place: "510100", Insurance: pool.Employee, Care: "21"}, Rows: 2, Total: 300, Cash: 100, Paid: Paid{150, 0, 0, 50}}}
	m, err := Propose(Month{Area: "510100", Year: 2026, Month: 10}, sums, "a", time.Time{})
	if err != nil || m.State != Proposed || m.Rows != 2 {
		t.Fatalf("%+v %v", m, err)
	}
	if _, err := m.Confirm(sums, "a", time.Time{}); fault.KindOf(err) != fault.Refused {
		t.Errorf("the same person: %v", err)
	}
	other := []Sum{sums[0]}
	other[0].Cash--
	if _, err := m.Confirm(other, "b", time.Time{}); err == nil {
		t.Error("other sums were confirmed")
	}
	if m, err = m.Confirm(sums, "b", time.Time{}); err != nil || m.State != Confirmed || m.Reviewer != office.UserID("b") {
		t.Fatalf("%+v %v", m, err)
	}
	if _, err := m.Confirm(sums, "c", time.Time{}); err == nil {
		t.Error("confirmed twice")
	}
	if _, err := Propose(Month{Area: "510300"}, sums, "a", time.Time{}); err == nil {
		t.Error("another area's sums were taken")
	}
}

// Both sides of the clearing between areas are compared pair by pair: what only one side says is open, and so is a difference.
func TestPairsAreComparedFromBothSides(t *testing.T) {
	t.Attr("clause", "SCE-7.2")
	care := func(home, place region.Code, paid money.Fen) Sum {
		return Sum{Kind: Kind{Institution: "H" + string(place) + "99999", Home: home, Place: place, Insurance: pool.Resident, Care: "21"}, Rows: 1, Total: paid + 10, Cash: 10, Paid: Paid{Basic: paid}}
	}
	all := []Sum{care("510100", "510300", 700), care("510300", "510100", 200), care("510100", "510100", 50)}
	pairs := Pairs([]Statement{{"510100", Of("510100", all)}, {"510300", Of("510300", all)}})
	if len(pairs) != 2 || !pairs[0].Agrees() || !pairs[1].Agrees() || pairs[0].Claimed[Basic] != 700 {
		t.Fatalf("%+v", pairs)
	}
	if net := Net(pairs, "510100"); net != -500 {
		t.Errorf("net %v", net)
	}
	if net := Net(pairs, "510300"); net != 500 {
		t.Errorf("net %v", net)
	}
	theirs := append([]Sum{}, all...)
	theirs[0] = care("510100", "510300", 650)
	pairs = Pairs([]Statement{{"510100", Of("510100", theirs)}, {"510300", Of("510300", all)}})
	if pairs[0].Agrees() || pairs[0].Difference() != 50 {
		t.Errorf("%+v", pairs[0])
	}
	if pairs = Pairs([]Statement{{"510300", Of("510300", all)}}); pairs[0].Agrees() || pairs[0].ConfirmedHas || pairs[0].Difference() != 700 {
		t.Errorf("%+v", pairs[0])
	}
}
