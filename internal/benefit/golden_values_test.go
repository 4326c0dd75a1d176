package benefit

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// probe is a visit with what the year had used before it.
type probe struct {
	Visit
	Before Accumulators
}

// name says in words of the wire which visit it is.
func (p *probe) name() string {
	out := fmt.Sprintf("%s %s %s %s %s", p.Insurance, p.Category, p.Level, p.Place, p.InScope)
	if p.Retired {
		out += " retired"
	}
	for g := range groups {
		if p.Groups.Has(g) {
			out += " " + g.String()
		}
	}
	if p.Disease != 0 {
		out += " " + p.Disease.Code()
	}
	if !p.Approved && (p.Category == Chronic || p.Category == TwoDisease) {
		out += " not approved"
	}
	if p.Epidemic {
		out += " epidemic"
	}
	if p.Before != (Accumulators{}) {
		out += fmt.Sprintf(" after %d stays, own %s, basic %s", p.Before.Admissions, p.Before.SelfPaid, p.Before.Basic)
	}
	return out
}

// probes are bills of every kind: wherever a parameter of benefits may make a difference, one of them shows it.
func probes(on policy.Date) (out []probe) {
	used := []Accumulators{{}, {Admissions: 1}, {Admissions: 2}, {SelfPaid: 2_000_000}, {SelfPaid: 6_500_000}, {SelfPaid: 12_000_000}, {SelfPaid: 100_000_000, Catastrophic: 29_000_000}}
	for _, i := range Insurances() {
		for _, c := range Categories() {
			for _, l := range Levels() {
				for _, p := range Places() {
					for _, amount := range []money.Fen{10_000, 100_000, 2_000_000, 90_000_000} {
						for _, before := range used {
							v := Visit{ID: "P", Person: Person{CoveredFrom: on}, Date: on, Insurance: i, Category: c, Level: l, Place: p, Approved: true, Scope: Scope{Total: amount, InScope: amount}}
							out = append(out, probe{v, before})
							if c == Chronic || c == TwoDisease {
								without := v
								without.Approved = false
								out = append(out, probe{without, before})
							}
							if i == Employee {
								v.Retired = true
								out = append(out, probe{v, before})
							}
						}
					}
				}
			}
		}
	}
	for _, i := range Insurances() {
		for _, d := range Diseases() {
			v := Visit{ID: "P", Person: Person{CoveredFrom: on}, Date: on, Insurance: i, Category: d.Category(), Disease: d, Approved: true, Scope: Scope{Total: 900_000, InScope: 900_000}}
			out = append(out, probe{v, Accumulators{}})
		}
	}
	for g := range groups {
		for _, amount := range []money.Fen{100_000, 2_000_000, 90_000_000} {
			for _, before := range used {
				v := Visit{ID: "P", Person: Person{CoveredFrom: on}, Date: on, Insurance: Resident, Level: Level3, Scope: Scope{Total: amount, InScope: amount}}
				v.Groups = GroupSet(0).With(g.String())
				out = append(out, probe{v, before})
				if g >= aidGroups {
					v.Groups = GroupSet(0).With("civil_servant").With("supplementary").With("mutual_aid").With("long_term_care")
					out = append(out, probe{v, before})
				}
			}
		}
	}
	for _, i := range Insurances() {
		for _, l := range Levels() {
			for _, amount := range []money.Fen{100_000, 2_000_000} {
				v := Visit{ID: "P", Person: Person{CoveredFrom: on}, Date: on, Insurance: i, Level: l, Epidemic: true, Scope: Scope{Total: amount, InScope: amount}}
				out = append(out, probe{v, Accumulators{}})
			}
		}
	}
	return out
}

// other is a value that differs from one; "" where there is none.
func other(e policy.Effective) string {
	rate := e.Value.Rate()
	switch e.Unit {
	case policy.Choice:
		for _, c := range e.Choices {
			if c != e.Value.String() {
				return c
			}
		}
		return ""
	case policy.Ratio:
		if rate >= money.One {
			return "0.5"
		}
		return min(rate+money.One/20, money.One).String()
	case policy.Index:
		return (rate + money.One/10).String()
	case policy.Amount:
		return (rate + 50*money.One).String()
	case policy.Count:
		return (rate + 5*money.One).String()
	}
	return (rate + money.One).String()
}

// Every value of benefits of the provinces, with its day, clause and whether it is assumed, and a bill that comes out otherwise when the value is another: the table is
// to be read, and any value that is changed is noticed.
func TestEveryValueOfBenefits(t *testing.T) {
	for _, clause := range []string{"SC38-6.2", "SC38-6.3", "SCE-3.1", "SCE-7.2", "YA-3.1.1", "YA-3.1.2", "YA-3.1.4", "YA-3.1.5", "YA-4.1.2", "YA-4.6.1"} {
		t.Attr("clause", clause)
	}
	library := policytest.Library(t)
	for _, id := range []string{"sichuan", "yunnan"} {
		pack, _ := library.Pack(id)
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		_ = w.Write([]string{"parameter", "name", "from", "value", "clause", "assumed", "bill", "funds", "own"})
		for _, e := range Values(pack, "9999-12-31") {
			for _, dated := range pack.Parameters[e.ID].Values {
				e.Dated = dated
				bill := billOf(t, library, pack, e, probes(dated.From))
				assumed := ""
				if dated.Assumed != nil {
					assumed = "assumed"
				}
				_ = w.Write(append([]string{string(e.ID), e.Title.ZH, string(dated.From), dated.Value.String(), string(dated.Clause), assumed}, bill...))
			}
		}
		w.Flush()
		compareGolden(t, "testdata/golden/values-"+id+".csv", b.Bytes())
	}
}

// billOf is the first bill that another value changes, with what it comes to: its name, what the funds pay, and what is left. "—" where no bill does.
func billOf(t *testing.T, library *policy.Library, pack *policy.Pack, e policy.Effective, all []probe) []string {
	t.Helper()
	for _, context := range contexts {
		set := map[policy.ParameterID]string{e.ID: other(e)}
		for id, value := range context {
			if _, own := set[id]; !own {
				set[id] = value
			}
		}
		real, err := Compile(library, pack, policy.Overlay{Set: context})
		if err != nil {
			t.Fatal(err)
		}
		changed, err := Compile(library, pack, policy.Overlay{Set: set})
		if err != nil {
			continue // such a value there cannot be
		}
		a, b := real.On(e.From), changed.On(e.From)
		for _, p := range all {
			var x, y Settlement
			one, two := p.Before, p.Before
			a.Settle(&one, &p.Visit, &x)
			b.Settle(&two, &p.Visit, &y)
			if x != y {
				return []string{p.name() + named(context), x.Funds().String(), x.Own.String()}
			}
		}
	}
	return []string{"—", "", ""}
}

// contexts are rules that are switched off as a rule, switched on where only then a value makes a difference.
var contexts = []map[policy.ParameterID]string{nil, {pEpidemic: "true"}, {pEpidemic: "true", pEpidemicNoDeductible: "false"}, {pRelief(0): "true", pReliefDeductible: "0.9", pReliefPoints: "0.01"}, {pRelief(0): "true"},
	{pLayer(aidGroups, "cap"): "50", pLayer(aidGroups+1, "cap"): "50", pLayer(aidGroups, "ratio"): "0.5", pLayer(aidGroups+1, "ratio"): "0.2"}}

// named writes a context after the name of a bill.
func named(context map[policy.ParameterID]string) (out string) {
	for _, id := range slices.Sorted(maps.Keys(context)) {
		out += " " + string(id) + "=" + context[id]
	}
	return out
}

// compareGolden compares with a file, or writes it when that is asked for.
func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("TONGCHOU_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range max(len(gotLines), len(wantLines)) {
		if i >= len(gotLines) || i >= len(wantLines) || !slices.Equal(gotLines[i], wantLines[i]) {
			t.Fatalf("%s, line %d: have %q", name, i+1, gotLines[min(i, len(gotLines)-1)])
		}
	}
}
