package storetest

import (
	"reflect"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/store"
)

// standards are kept under year, place and way; a later one takes the place of an earlier one.
func standards(t *testing.T, s *store.Store) {
	t.Attr("clause", "SC38-5.3")
	resident := enrol.Standard{Year: 2026, Division: city, Way: enrol.Ordinary, Individual: 40000, Subsidy: enrol.Shares{enrol.Central: 40000, enrol.County: 27000},
		Aid: map[enrol.Group]money.Fen{enrol.Destitute: 40000, enrol.Subsistence: 30000}, Source: "synthetic"}
	employee := enrol.Standard{Year: 2026, Division: city, Way: enrol.Staff, AverageWage: 800000, EmployerRate: 65000, PersonRate: 20000, Floor: 600000, Ceiling: 3000000, Source: "synthetic"}
	keep := func(x enrol.Standard, act store.Act) error {
		_, err := s.Write(t.Context(), act, func(tx *store.Tx) error { return tx.SaveStandard(x) })
		return err
	}
	first := resident
	first.Individual = 38000
	first.Aid = nil
	for _, x := range []enrol.Standard{first, resident, resident, employee} {
		if err := keep(x, Act(city)); err != nil {
			t.Fatal(err)
		}
	}
	if err := keep(resident, Act(other)); key(err) != "store.scope" {
		t.Errorf("from elsewhere: %v", err)
	}
	wrong := resident
	wrong.Aid = map[enrol.Group]money.Fen{enrol.Destitute: 40001}
	if err := keep(wrong, Act(city)); err == nil {
		t.Error("aid above the individual part is kept")
	}
	all, err := s.Standards(t.Context())
	if err != nil || !reflect.DeepEqual(all, enrol.Standards{resident, employee}) {
		t.Errorf("%+v %v", all, err)
	}
	versions, err := s.StandardVersions(t.Context(), 2026)
	if err != nil || len(versions) != 3 {
		t.Fatalf("%+v %v", versions, err)
	}
	for _, v := range versions {
		if v.Who != "u1" || v.At.IsZero() || v.Way == enrol.Ordinary && (v.Revision == 1) != reflect.DeepEqual(v.Standard, first) {
			t.Errorf("%+v", v)
		}
	}
}
