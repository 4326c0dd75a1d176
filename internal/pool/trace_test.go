package pool_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"tongchou/internal/policy"
)

// An auditor with the text alone can compute every part again: the factor's amount times the division's own weight over
// the sum of all gives the part, within the fen that the split hands out.
func TestPartsCanBeComputedAgainFromTheirSteps(t *testing.T) {
	t.Attr("clause", "SC38-4.4")
	t.Attr("clause", "YN-2.5")
	for name, first := range map[string]string{"sichuan-2024-2026": "2024", "yunnan-2026-2028": "2026"} {
		fund := golden(t, "testdata/golden/"+name)[first].Funds[0]
		checked := 0
		for _, d := range fund.Divisions {
			for _, s := range d.Steps {
				if !strings.HasPrefix(s.Figure, "part.") {
					continue
				}
				number := func(name string) *big.Rat {
					value, ok := s.Message.Args.Get(name)
					text := fmt.Sprint(value)
					n, good := new(big.Rat).SetString(strings.ReplaceAll(text, ",", ""))
					if !ok || !good {
						t.Fatalf("%s of %s: %s is %q", s.Figure, d.Code, name, text)
					}
					return n
				}
				if all := number("all"); all.Sign() == 0 {
					t.Fatalf("%s of %s is a share of nothing", s.Figure, d.Code)
				} else {
					again := new(big.Rat).Mul(number("amount"), number("own"))
					again.Quo(again, all).Sub(again, number("part"))
					if again.Abs(again).Cmp(big.NewRat(1, 50)) > 0 {
						t.Errorf("%s of %s: computed again it differs by %s yuan", s.Figure, d.Code, again.FloatString(4))
					}
				}
				checked++
			}
		}
		if checked != len(fund.Divisions)*6 {
			t.Errorf("%s: %d parts", name, checked)
		}
	}
}

// A run with other parameters says so in the result and in every step that used one; a value written otherwise is none.
func TestChangesAreSaid(t *testing.T) {
	e := engine(t)
	f := facts(t, "testdata/golden/sichuan-2024-2026")
	for _, c := range []struct {
		overrides map[policy.ParameterID]string
		trial     bool
	}{{nil, false}, {map[policy.ParameterID]string{"pool.collection.rate.employee": "0.1"}, false}, {map[policy.ParameterID]string{"pool.collection.rate.employee": "0.08"}, true}} {
		set, err := sets(t, e, "sichuan", c.overrides)(2024)
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Run(set, f, 2024)
		if err != nil {
			t.Fatal(err)
		}
		if r.Trial() != c.trial || len(r.Changes()) > 0 != c.trial {
			t.Errorf("%v: trial %v, changes %v", c.overrides, r.Trial(), r.Changes())
		}
		for _, s := range r.Funds[0].Divisions[0].Steps {
			if want := c.trial && s.Figure == "paid"; s.Changed != want || (s.Message.Key == "trace.with_changes") != want {
				t.Errorf("%v: step %s changed %v", c.overrides, s.Figure, s.Changed)
			}
		}
	}
}

// A part that follows from claims says from which snapshot, and no other step does.
func TestStepsNameTheSnapshot(t *testing.T) {
	t.Attr("clause", "YN-2.5")
	e := engine(t)
	f := facts(t, "testdata/golden/sichuan-2024-2026")
	for i := range f.Factors {
		f.Factors[i].Snapshot = "abc123"
	}
	set, err := sets(t, e, "sichuan", nil)(2024)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Run(set, f, 2024)
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for _, s := range r.Funds[0].Divisions[0].Steps {
		if s.Message.Key != "trace.drawn" {
			continue
		}
		if drawn++; !strings.HasPrefix(s.Figure, "part.") || !slices.Contains(s.Message.Args, any("abc123")) {
			t.Errorf("%s: %+v", s.Figure, s.Message)
		}
	}
	if drawn == 0 {
		t.Error("no step names the snapshot")
	}
}

// A chain under other parameters opens each year with its own figures, though the files follow from the policy.
func TestVary(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	e := engine(t)
	f := facts(t, "testdata/golden/sichuan-2024-2026")
	base, err := e.Chain(sets(t, e, "sichuan", nil), f, 2024, 2026)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Statements {
		for _, r := range base {
			if fund, ok := r.Fund(s.Insurance); ok && r.Year == s.Year {
				d, _ := fund.Division(s.Division)
				f.Statements[i].SurplusBegin, f.Statements[i].SurplusOpen = d.Statement.SurplusBegin, false
			}
		}
	}
	lower := sets(t, e, "sichuan", map[policy.ParameterID]string{"pool.collection.rate.employee": "0.08"})
	if results, err := e.Chain(lower, f, 2024, 2026); err == nil || len(results) != 1 || results[0].Year != 2024 {
		t.Errorf("a file that follows from the policy was taken for the scenario's, or the year before was lost: %d, %v", len(results), err)
	}
	varied, err := e.Vary(lower, f, 2024, 2026)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(varied); i++ {
		for k, d := range varied[i].Funds[0].Divisions {
			if d.Statement.SurplusBegin != varied[i-1].Funds[0].Divisions[k].NextSurplus() {
				t.Errorf("%d %s opens with %s", varied[i].Year, d.Code, d.Statement.SurplusBegin)
			}
		}
	}
	if same, err := e.Vary(sets(t, e, "sichuan", nil), f, 2024, 2026); err != nil || same[2].Funds[0].Collected != base[2].Funds[0].Collected || same[2].Funds[0].Total().SurplusEnd != base[2].Funds[0].Total().SurplusEnd {
		t.Errorf("nothing varied and something changed: %v", err)
	}
}
