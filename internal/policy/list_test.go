package policy_test

import (
	"strings"
	"testing"

	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

const invented = `document: 虚构清单（仅供测试）
distinctions: [retired, orphan]
ranges:
  - {parameter: "benefit.inpatient.ratio.resident.*", least: "0.5", most: "0.9"}
  - {parameter: "benefit.*.retired_points", most: "0.10"}
  - {parameter: "benefit.outpatient.cap.*", most: "5000"}
  - {parameter: "benefit.deductible_exempt.*"}
`

// Outside the list's ranges, not in the list at all, or distinguishing by what the list does not name: refused, with the clause.
func TestNationalList(t *testing.T) {
	t.Attr("clause", "SC38-6.1")
	list, err := policy.ParseList("list.yaml", []byte(invented))
	if err != nil {
		t.Fatal(err)
	}
	library := policytest.Library(t)
	for _, c := range []struct{ id, value, want string }{
		{"benefit.inpatient.ratio.resident.level3", "0.5", ""}, {"benefit.inpatient.ratio.resident.level3", "0.9", ""},
		{"benefit.inpatient.ratio.resident.level3", "0.49", "policy.list.range"}, {"benefit.inpatient.ratio.resident.level3", "0.91", "policy.list.range"},
		{"benefit.inpatient.ratio.employee.level3", "0.8", "policy.list.outside"}, {"benefit.inpatient.retired_points", "0.10", ""}, {"benefit.chronic.retired_points", "0.11", "policy.list.range"},
		{"benefit.outpatient.cap.retired", "5000", ""}, {"benefit.outpatient.cap.resident", "5000.01", "policy.list.range"},
		{"benefit.layer.civil_servant.cap", "1", "policy.list.distinction"}, {"benefit.deductible_exempt.orphan", "true", ""}, {"benefit.deductible_exempt.subsistence", "true", "policy.list.distinction"}, {"benefit.layer.civil_servant.ratio", "0.1", "policy.list.distinction"},
	} {
		definition, ok := library.Definition(policy.ParameterID(c.id))
		value, good := definition.Parse(c.value)
		if !ok || !good {
			t.Fatalf("%s = %s is no parameter", c.id, c.value)
		}
		p, ok := list.Check(definition.ID, value)
		if plain := (policy.List{Ranges: list.Ranges}); strings.Contains(c.id, "retired") {
			if p, ok := plain.Check(definition.ID, value); ok || p.Key != "policy.list.distinction" {
				t.Errorf("%s distinguishes the retired: %v %s", c.id, ok, p.Key)
			}
		}
		if ok != (c.want == "") || p.Key != c.want || !ok && p.Clause != "SC38-6.1" {
			t.Errorf("%s = %s: %v %s, want %q", c.id, c.value, ok, p.Key, c.want)
		}
	}
	for _, bad := range []string{"", "ranges: []", "document: x\nranges: [{parameter: a, most: much}]", "document: x\nlimits: []", "document: x\nranges: 5"} {
		if _, err := policy.ParseList("l.yaml", []byte(bad)); err == nil || !strings.Contains(err.Error(), "l.yaml") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
