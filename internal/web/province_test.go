package web

import (
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/synth"
	"tongchou/policies"
)

// fixed is a province whose data do not change.
type fixed struct {
	policy string
	facts  pool.Facts
	err    error
}

func (p fixed) Settings() exchange.Settings { return exchange.Settings{Policy: p.policy} }
func (p fixed) Version() string             { return "test-1" }
func (p fixed) Load() (exchange.Loaded, error) {
	return exchange.Loaded{Facts: p.facts, Synthetic: p.facts.Synthetic()}, p.err
}

var engine = sync.OnceValue(func() pool.Engine {
	library, err := policy.Load(policies.Files)
	if err != nil {
		panic(err)
	}
	tree, err := region.Load()
	if err != nil {
		panic(err)
	}
	return pool.Engine{Library: library, Tree: tree}
})

// sichuan is a made-up province under the rules in force: both types, three years, and a row of every kind of trouble.
var sichuan = sync.OnceValue(func() fixed {
	facts, err := synth.Province(synth.Options{Province: "510000", From: 2024, To: 2026, Seed: 7}, engine().Tree)
	if err != nil {
		panic(err)
	}
	for i := range facts.Statements {
		s := &facts.Statements[i]
		s.Place.File, s.Place.Row = "statements.csv", i+2
		if s.Division == "511000" && s.Year == 2026 {
			s.Violation = 1_234_567_89
		}
	}
	return fixed{policy: "sichuan", facts: facts}
})

// yunnan is a made-up province under the draft with emergency money.
var yunnan = sync.OnceValue(func() fixed {
	facts, err := synth.Province(synth.Options{Province: "530000", From: 2025, To: 2027, Seed: 7, Insurances: []pool.Insurance{pool.Resident}, ProvincialUnit: true}, engine().Tree)
	if err != nil {
		panic(err)
	}
	pack, _ := engine().Library.Pack("yunnan")
	facts, err = synth.Chained(engine(), func(y policy.Year) (*policy.Set, error) { return pack.At(y.End()), nil }, facts, 2026, 2027)
	if err != nil {
		panic(err)
	}
	return fixed{policy: "yunnan", facts: facts}
})

// openRate is a province under the draft whose employee rate is left open.
var openRate = sync.OnceValue(func() fixed {
	facts, err := synth.Province(synth.Options{Province: "530000", From: 2025, To: 2026, Seed: 7, ProvincialUnit: true}, engine().Tree)
	if err != nil {
		panic(err)
	}
	for i := range facts.Statements {
		if s := &facts.Statements[i]; s.SurplusOpen {
			s.SurplusBegin, s.SurplusOpen = 100_000_000_00, false
		}
	}
	return fixed{policy: "yunnan", facts: facts}
})

// gapfill is a made-up province under the example that fills gaps afterwards and distributes nothing.
var gapfill = sync.OnceValue(func() fixed {
	facts, err := synth.Province(synth.Options{Province: "510000", From: 2023, To: 2025, Seed: 7, Insurances: []pool.Insurance{pool.Employee}}, engine().Tree)
	if err != nil {
		panic(err)
	}
	pack, _ := engine().Library.Pack("example-gapfill")
	facts, err = synth.Chained(engine(), func(y policy.Year) (*policy.Set, error) { return pack.At(y.End()), nil }, facts, 2024, 2025)
	if err != nil {
		panic(err)
	}
	return fixed{policy: "example-gapfill", facts: facts}
})

func emptyOverlay() policy.Overlay { return policy.Overlay{} }

// overlayOf makes an overlay of ids and values that alternate.
func overlayOf(pairs ...string) policy.Overlay {
	o := policy.Overlay{Set: map[policy.ParameterID]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		o.Set[policy.ParameterID(pairs[i])] = pairs[i+1]
	}
	return o
}

func testOptions(p Province) Options {
	return Options{Engine: engine(), Province: p, Version: "0.1-test", Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }}
}

func testSite(t testing.TB, p Province) *site {
	t.Helper()
	s, err := newSite(testOptions(p))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func console(t testing.TB, p Province) http.Handler {
	t.Helper()
	h, err := New(testOptions(p))
	if err != nil {
		t.Fatal(err)
	}
	return h
}
