package enrol

import (
	"slices"
	"testing"

	"tongchou/internal/policy"
)

// What is new is added, what is on file is not added again, and what contradicts the file is refused.
func TestAdditions(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	cover := func(year policy.Year) Covered { return Covered{"510104", Ordinary, YearOf(year)} }
	paid := Paid{Area: "510104", Way: Ordinary, Year: 2025, On: "2024-10-01", Shares: Shares{Person: 38000}}
	base := func() *File {
		return adult(cover(2025), paid, Used{Year: 2025, Reimbursed: 100}, Belongs{Subsistence, Spell{"2020-01-01", "2021-12-31"}})
	}
	more := paid
	more.Year, more.On = 2026, "2025-10-01"
	other := paid
	other.Shares = Shares{Person: 39000}
	for name, c := range map[string]struct {
		facts []Fact
		want  int
		why   []string
	}{
		"the same":            {[]Fact{base().Entries[0].Fact, cover(2025), paid, Used{Year: 2025, Reimbursed: 100}, Registered{"1990-01-01", "510104001002"}}, 0, nil},
		"another year":        {[]Fact{cover(2025), paid, cover(2026), more, Used{Year: 2026}}, 3, nil},
		"another group":       {[]Fact{Belongs{Orphan, Spell{From: "2020-01-01"}}, Reachable{Phone: "1"}}, 2, nil},
		"the group later":     {[]Fact{Belongs{Subsistence, Spell{From: "2022-01-01"}}}, 1, nil},
		"the group otherwise": {[]Fact{Belongs{Subsistence, Spell{From: "2021-01-01"}}}, 0, []string{"enrol.add.group SCE-4.1"}},
		"another cover":       {[]Fact{Covered{"510105", Staff, Spell{"2025-06-01", "2025-12-31"}}}, 0, []string{"enrol.covered_already SCE-4.3"}},
		"another payment":     {[]Fact{other}, 0, []string{"enrol.add.paid SC38-5.2"}},
		"other use":           {[]Fact{Used{Year: 2025, Reimbursed: 101}}, 0, []string{"enrol.add.used SCE-3.4"}},
		"another place":       {[]Fact{Lives{"1990-01-01", "510105001002"}}, 0, []string{"enrol.add.place SCE-10.1"}},
		"dead":                {[]Fact{Ended{"2026-01-01", Died}}, 0, []string{"enrol.add.ended SCE-10.1"}},
		"another name":        {[]Fact{Known{who("999999199001010010", "乙", "1990-01-01", Male)}}, 0, []string{"enrol.add.identity SCE-4.1"}},
	} {
		f := base()
		got, err := f.Additions(c.facts)
		if len(got) != c.want || !slices.Equal(reasons(err), c.why) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		f.Add(5, got...)
		if again, err := f.Additions(c.facts); err == nil && len(again) > 0 {
			t.Errorf("%s, again: %v", name, again)
		}
	}
	ended := base()
	ended.Add(4, Ended{"2025-12-31", Died})
	if _, err := ended.Additions([]Fact{cover(2026)}); !slices.Equal(reasons(err), []string{"enrol.ended SCE-10.1"}) {
		t.Errorf("an ended file: %v", err)
	}
	if got, err := ended.Additions([]Fact{cover(2025)}); err != nil || len(got) != 0 {
		t.Errorf("an ended file that says so: %v %v", got, err)
	}
}
