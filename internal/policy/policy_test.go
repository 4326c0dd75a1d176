package policy_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/policies"
)

func load(t *testing.T) *policy.Library {
	t.Helper()
	library, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	return library
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := policy.Load(policies.Files); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPacksThatShip(t *testing.T) {
	library := load(t)
	for id, want := range map[string]policy.Status{"sichuan": policy.InForce, "yunnan": policy.Draft, "example-gapfill": policy.Example, "reference": policy.Example} {
		pack, ok := library.Pack(id)
		if !ok || pack.Status() != want {
			t.Errorf("pack %s: %v %v", id, ok, pack.Status())
		}
	}
	sichuan, _ := library.Pack("sichuan")
	if _, ok := sichuan.At("2023-12-31").Get("pool.collection.rate.employee"); ok {
		t.Error("a rate before the scheme began")
	}
	e, ok := sichuan.At("2024-01-01").Get("pool.collection.rate.employee")
	if !ok || e.Value.String() != "0.10" || e.Clause != "SC38-4.2" || e.Assumed != nil {
		t.Errorf("rate at the start: %+v", e)
	}
	if e, _ := sichuan.At("2024-01-01").Get("pool.factor.gap"); e.Assumed == nil {
		t.Error("a weight that is not marked as assumed")
	}
}

// A clause holds as far as its document does, and the clauses of the pack's own source as far as the pack.
func TestStatusOfAClause(t *testing.T) {
	library := load(t)
	sichuan, _ := library.Pack("sichuan")
	yunnan, _ := library.Pack("yunnan")
	adopted := *yunnan
	adopted.Adopted = &policy.Adoption{Date: "2026-12-01", Number: "1"}
	for _, c := range []struct {
		pack   *policy.Pack
		clause policy.ClauseID
		want   policy.Status
	}{{sichuan, "SC38-4.1", policy.InForce}, {sichuan, "SCE-3.2", policy.Draft}, {sichuan, "YA-3.2.1", policy.Published}, {yunnan, "YN-1.1", policy.Draft}, {&adopted, "YN-1.1", policy.InForce}, {&adopted, "SCE-3.2", policy.Draft}} {
		if got := library.StatusOf(c.pack, c.clause); got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.clause, c.pack.ID, got, c.want)
		}
	}
}

func TestOverlay(t *testing.T) {
	library := policytest.Library(t)
	yunnan, _ := library.Pack("yunnan")
	base := yunnan.At("2026-12-31")
	set, err := library.With(base, policy.Overlay{Set: map[policy.ParameterID]string{"pool.collection.rate.employee": "0.06", "pool.emergency.share": "0.6"}})
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := set.Get("pool.collection.rate.employee"); !ok || !e.Overridden || e.Before != nil {
		t.Errorf("a parameter the pack leaves open: %+v", e)
	}
	if e, _ := set.Get("pool.emergency.share"); e.Before == nil || e.Before.Value.String() != "0.5" {
		t.Errorf("what stood there before: %+v", e)
	}
	if got := policy.Diff(base, set); len(got) != 2 {
		t.Errorf("%d differences", len(got))
	}
	for id, value := range map[policy.ParameterID]string{"pool.no.such": "1", "pool.clip.low": "low", "pool.collection.base": "next_year", "pool.reserve.rate": "1.5", "pool.first_year": "2026.5", "pool.emergency.months": "-1"} {
		_, err := library.With(base, policy.Overlay{Set: map[policy.ParameterID]string{id: value}})
		if fault.KindOf(err) != fault.Usage {
			t.Errorf("%s=%s: %v", id, value, err)
		}
	}
}

func TestDiffIgnoresHowAValueIsWritten(t *testing.T) {
	library := policytest.Library(t)
	sichuan, _ := library.Pack("sichuan")
	base := sichuan.At("2024-12-31")
	set, err := library.With(base, policy.Overlay{Set: map[policy.ParameterID]string{"pool.collection.rate.employee": "0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := policy.Diff(base, set); len(got) != 0 {
		t.Errorf("differences: %+v", got)
	}
}

const parametersYAML = `parameters:
  - {id: pool.x, unit: ratio, title: {zh: 甲, en: X}}
  - {id: pool.y, unit: choice, choices: [a, b], title: {zh: 乙, en: Y}}
`

func files(pool string) fstest.MapFS {
	return fstest.MapFS{
		"sources.yaml":    {Data: []byte("documents:\n  - {id: D, status: draft, title: {zh: 文, en: Doc}}\n")},
		"clauses.tsv":     {Data: []byte("id\tdocument\tplace\troom\tzh\ten\nD-1\tD\t一\tpool\t甲\tA\n")},
		"parameters.yaml": {Data: []byte(parametersYAML)},
		"p/pack.yaml":     {Data: []byte("id: p\nsource: D\nprovinces: [\"510000\"]\ntitle: {zh: 包, en: Pack}\n")},
		"p/pool.yaml":     {Data: []byte(pool)},
	}
}

// Each refusal names the file and the line, and what was wrong.
func TestRefusals(t *testing.T) {
	const head = "parameters:\n  pool.x:\n    unit: ratio\n    values:\n"
	const good = "      - {from: 2024-01-01, value: \"0.1\", clause: D-1, checked: 2026-01-01}\n"
	if _, err := policy.Load(files(head + good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pool, key string
		line      int
	}{
		"no citation":     {head + "      - {from: 2024-01-01, value: \"0.1\", checked: 2026-01-01}\n", "policy.no_citation", 5},
		"unknown clause":  {head + "      - {from: 2024-01-01, value: \"0.1\", clause: D-2, checked: 2026-01-01}\n", "policy.unknown_clause", 5},
		"dates disorder":  {head + good + "      - {from: 2023-01-01, value: \"0.1\", clause: D-1, checked: 2026-01-01}\n", "policy.date_order", 6},
		"same date twice": {head + good + good, "policy.date_order", 6},
		"no such day":     {head + "      - {from: 2024-02-30, value: \"0.1\", clause: D-1, checked: 2026-01-01}\n", "policy.date", 5},
		"undeclared unit": {"parameters:\n  pool.x:\n    unit: furlong\n    values:\n" + good, "policy.undeclared_unit", 3},
		"wrong kind":      {head + "      - {from: 2024-01-01, value: \"10%\", clause: D-1, checked: 2026-01-01}\n", "policy.wrong_kind", 5},
		"no reason":       {head + "      - {from: 2024-01-01, value: \"0.1\", clause: D-1, checked: 2026-01-01, assumed: {zh: 因}}\n", "policy.no_reason", 5},
		"unknown key":     {head + "      - {from: 2024-01-01, valu: \"0.1\", clause: D-1, checked: 2026-01-01}\n", "policy.yaml", 5},
		"unknown id":      {"parameters:\n  pool.z:\n    unit: ratio\n    values:\n" + good, "policy.unknown_parameter", 3},
		"not checked":     {head + "      - {from: 2024-01-01, value: \"0.1\", clause: D-1}\n", "policy.checked", 5},
		"twice":           {head + good + "  pool.x:\n    unit: ratio\n    values:\n" + good, "policy.yaml", 6},
		"no values":       {"parameters:\n  pool.x:\n    unit: ratio\n    values: []\n", "policy.no_values", 3},
		"not yaml":        {"parameters: [\n", "policy.yaml", 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.Load(files(c.pool))
			var refusal *fault.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("accepted: %v", err)
			}
			p := refusal.Problems[0]
			if p.Key != c.key || p.Row != c.line || p.File != "p/pool.yaml" {
				t.Errorf("%s:%d: %s, want line %d: %s", p.File, p.Row, p.Key, c.line, c.key)
			}
		})
	}
}

func FuzzPack(f *testing.F) {
	f.Add("parameters:\n  pool.x:\n    unit: ratio\n    values:\n      - {from: 2024-01-01, value: \"0.1\", clause: D-1, checked: 2026-01-01}\n")
	f.Add("parameters: {pool.y: {unit: choice, values: [{from: 2024-01-01, value: a, clause: D-1, checked: 2026-01-01}]}}")
	f.Add("parameters: &a [*a]")
	f.Fuzz(func(t *testing.T, pool string) {
		library, err := policy.Load(files(pool))
		if err != nil {
			if fault.KindOf(err) != fault.Refused {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		pack, _ := library.Pack("p")
		for id, p := range pack.Parameters {
			last := policy.Date("")
			for _, v := range p.Values {
				if _, ok := library.Clause(v.Clause); !ok || v.From <= last || !strings.HasPrefix(string(id), "pool.") {
					t.Fatalf("accepted %s %+v", id, v)
				}
				if _, ok := p.Parse(v.Value.String()); !ok {
					t.Fatalf("accepted value %q of %s", v.Value, id)
				}
				last = v.From
			}
		}
	})
}

func TestOverlayFile(t *testing.T) {
	want := policy.Overlay{Name: "降低: 比例", Set: map[policy.ParameterID]string{"pool.collection.rate.employee": "0.08", "pool.collection.base": "previous_year"}}
	content, err := policy.FormatOverlay(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := policy.ParseOverlay("s.yaml", content)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"sets: {}", "set: [", "name: x\nname: y", "set: {a: [1]}"} {
		_, err := policy.ParseOverlay("s.yaml", []byte(bad))
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) || refusal.Problems[0].File != "s.yaml" || refusal.Problems[0].Row == 0 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzOverlay(f *testing.F) {
	f.Add([]byte("name: n\nset:\n  pool.clip.low: \"0.5\"\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if _, err := policy.ParseOverlay("s.yaml", content); err != nil && fault.KindOf(err) != fault.Refused {
			t.Fatalf("not a refusal: %v", err)
		}
	})
}
