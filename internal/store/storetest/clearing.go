package storetest

import (
	"errors"
	"testing"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/clearing"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Settle keeps a settlement of a person on a day: an amount of which basic insurance and aid pay half and a tenth, and the account a part.
func Settle(t testing.TB, s *store.Store, no enrol.PersonNo, at region.Code, id, institution string, on policy.Date, amount money.Fen) error {
	t.Helper()
	m := store.Message{Key: "settle " + id, Person: no}
	_, _, err := s.Exchange().Do(t.Context(), Act(at), m, func(h *store.Handled) ([]byte, error) {
		used, err := h.Accumulators(no, 2026, benefit.Employee)
		if err != nil {
			return nil, err
		}
		after := used.Accumulators
		paid := store.Paid{Basic: amount / 2, Aid: amount / 10, Account: amount / 20}
		paid.Cash = amount - paid.Basic - paid.Aid - paid.Account
		after.Basic, after.Aid = after.Basic+paid.Basic, after.Aid+paid.Aid
		h.Object = id
		return []byte("{}"), h.AddSettlement(store.Settled{Person: no, ID: id, Visit: "V" + id, Institution: institution, County: at, Insurance: benefit.Employee, Clearing: "21", Year: 2026, On: on, Counted: true,
			Scope: benefit.Scope{Total: amount, InScope: amount}, Paid: paid, Before: used.Accumulators, Content: []byte("{}")}, after)
	})
	return err
}

// Closed closes a day with its sums.
func Closed(t testing.TB, s *store.Store, day policy.Date) (again bool, err error) {
	t.Helper()
	sums, err := s.Clearing().SubLedger(t.Context(), province, day)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Write(t.Context(), Act(province), func(tx *store.Tx) error {
		again, err = tx.CloseDay(store.ClosedDay{Province: province, Day: day, Who: "u1", At: time.Now()}, sums)
		return err
	})
	return again, err
}

// closings: a closed day takes no settlement, and its sums are those of its settlements; a month is proposed and confirmed once.
func closings(t *testing.T, s *store.Store) {
	t.Attr("clause", "YA-4.8.2")
	ctx := t.Context()
	no, err := AddPerson(t, s, Act(county), Facts(182, "Cleared", county)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []store.Institution{{Code: "H00000000001", Division: county, Name: "synthetic", Level: "01", Account: "id-hospital", Synthetic: true},
		{Code: "H00000000002", Division: "510302", Name: "synthetic", Level: "01", Account: "id-hospital2", Synthetic: true}} {
		if _, err := s.Write(ctx, Act(i.Division), func(tx *store.Tx) error { return tx.SaveInstitution(i) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		id, institution string
		on              policy.Date
	}{{"C1", "H00000000001", "2026-03-06"}, {"C2", "H00000000002", "2026-03-06"}, {"C3", "H00000000001", "2026-03-07"}} {
		if err := Settle(t, s, no, county, x.id, x.institution, x.on, 1003); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Closed(t, s, "2026-03-07"); key(err) != "store.clearing_earlier" {
		t.Errorf("a day before earlier ones: %v", err)
	}
	for _, day := range []policy.Date{"2026-03-05", "2026-03-06"} {
		if again, err := Closed(t, s, day); err != nil || again {
			t.Fatalf("%s: %v %v", day, again, err)
		}
	}
	if again, err := Closed(t, s, "2026-03-06"); err != nil || !again {
		t.Errorf("closed again: %v %v", again, err)
	}
	if err := Settle(t, s, no, county, "C4", "H00000000001", "2026-03-06", 500); key(err) != "store.day_closed" {
		t.Errorf("on a closed day: %v", err)
	}
	if _, err := s.Write(ctx, Act(province), func(tx *store.Tx) error {
		_, err := tx.CloseDay(store.ClosedDay{Province: province, Day: "2026-03-07", Who: "u1"}, nil)
		return err
	}); !errors.Is(err, office.ErrStale) {
		t.Errorf("closed without its settlements: %v", err)
	}
	sums, err := s.Clearing().AreaSums(ctx, "510300", "2026-03-01", "2026-03-31")
	if err != nil || len(sums) != 1 || sums[0].Kind != (clearing.Kind{Institution: "H00000000002", Home: city, Place: "510300", Insurance: "employee", Care: "21"}) || sums[0].Total != 1003 ||
		sums[0].Paid != (clearing.Paid{501, 0, 0, 100, 0, 50}) || sums[0].Cash != 352 {
		t.Errorf("%+v %v", sums, err)
	}
	months(t, s)
}

func months(t *testing.T, s *store.Store) {
	ctx := t.Context()
	sumsOf := func() (sums []clearing.Sum, err error) {
		_, err = s.Write(ctx, Act(city), func(tx *store.Tx) error {
			sums, err = tx.MonthSums(city, 2026, 3)
			return err
		})
		return sums, err
	}
	if _, err := sumsOf(); key(err) != "store.clearing_month_open" {
		t.Errorf("an open month: %v", err)
	}
	for _, day := range []policy.Date{"2026-03-07", "2026-03-31"} {
		if _, err := Closed(t, s, day); err != nil {
			t.Fatal(err)
		}
	}
	sums, err := sumsOf()
	if err != nil || clearing.Total(sums).Rows < 3 {
		t.Fatalf("%+v %v", sums, err)
	}
	m, err := clearing.Propose(clearing.Month{Area: city, Year: 2026, Month: 3, Synthetic: true}, sums, "u1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keep := func(m clearing.Month) error {
		_, err := s.Write(ctx, Act(city), func(tx *store.Tx) error { return tx.SaveMonth(m) })
		return err
	}
	if err := keep(m); err != nil {
		t.Fatal(err)
	}
	if err := keep(m); !errors.Is(err, office.ErrStale) {
		t.Errorf("proposed twice: %v", err)
	}
	if all, err := s.Clearing().Months(ctx, store.ScopeOf("510300")); err != nil || len(all) != 0 {
		t.Errorf("of another city: %v %v", all, err)
	}
	if all, err := s.Clearing().Months(ctx, store.ScopeOf(city)); err != nil || len(all) != 1 || all[0].Digest != m.Digest || !all[0].Synthetic {
		t.Errorf("%+v %v", all, err)
	}
	if days, err := s.Clearing().Days(ctx, province, "2026-03-01", "2026-03-31"); err != nil || len(days) != 4 {
		t.Errorf("%+v %v", days, err)
	}
	compared := store.Compared{Message: "H00000000001/3201/1", Institution: "H00000000001", First: "2026-03-01", Last: "2026-03-31", Insurance: benefit.Employee, Care: "21", At: time.Now().UTC().Truncate(time.Millisecond),
		Theirs: store.Sums{Rows: 2, Total: 2006}, Ours: store.Sums{Rows: 2, Total: 2006}}
	if _, _, err := s.Exchange().Do(ctx, Act(county), store.Message{Key: compared.Message}, func(h *store.Handled) ([]byte, error) { return nil, h.KeepCompared(compared) }); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Clearing().Compared(ctx, store.ScopeOf(city), "2026-03-01", "2026-03-31"); err != nil || len(all) != 1 || all[0] != compared || !all[0].Balanced() {
		t.Errorf("%+v %v", all, err)
	}
	if all, err := s.Clearing().Compared(ctx, store.ScopeOf("510300"), "2026-03-01", "2026-03-31"); err != nil || len(all) != 0 {
		t.Errorf("another city's: %+v %v", all, err)
	}
}
