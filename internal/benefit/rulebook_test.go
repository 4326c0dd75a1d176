package benefit

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
)

const deductible3 policy.ParameterID = "benefit.inpatient.deductible.resident.level3"

func approved(division region.Code, from, on policy.Date, value string) Approved {
	return Approved{CityRule: CityRule{Division: division, Document: "No. " + value, From: from, Parameter: deductible3, Value: value, Synthetic: true}, On: on}
}

// A city's insured are settled by the city's rule over the province's over the policy's, each from its day; a rule that ends uncovers what is below it, a later
// one takes the place of an earlier, and none changes a day before its approval.
func TestRulebook(t *testing.T) {
	for _, clause := range []string{"SC38-6.2", "YN-4.2"} {
		t.Attr("clause", clause)
	}
	library := policytest.Library(t)
	pack, _ := library.Pack("sichuan")
	book, err := NewRulebook(library, pack, []Approved{
		approved("510000", "2026-03-01", "2026-02-01", "850"),
		approved("510100", "2026-02-01", "2026-01-10", "700"),
		approved("510100", "2026-05-01", "2026-05-20", "750"), // signed after its day
		approved("510100", "2026-07-01", "2026-06-01", Ended),
		approved("510000", "2026-08-01", "2026-06-01", "800"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		insured region.Code
		day     policy.Date
		want    string
	}{
		{"510104", "2026-01-31", "900"}, {"510104", "2026-02-01", "700"}, {"510100", "2026-03-01", "700"}, {"510104", "2026-05-20", "700"}, {"510104", "2026-05-21", "750"},
		{"510104", "2026-06-30", "750"}, {"510104", "2026-07-01", "850"}, {"510104", "2026-08-01", "800"}, {"510304", "2026-02-28", "900"}, {"510304", "2026-03-01", "850"}, {"", "2026-08-01", "800"},
	} {
		schedule := book.Of(c.insured).On(c.day)
		if got := schedule.Cell(Resident, Inpatient, Level3, Local, false).Deductible[0]; got.String() != c.want+".00" {
			t.Errorf("%s on %s: %s, want %s", c.insured, c.day, got, c.want)
		}
		e, _ := schedule.set.Get(deductible3)
		if ruled := c.want != "900"; ruled != (e.Document == "No. "+c.want) || ruled != (e.Assumed == nil) {
			t.Errorf("%s on %s: %+v", c.insured, c.day, e)
		}
	}
	if own := book.Cities([]region.Code{"510100", "510300"}); len(own) != 1 || own["510100"] != book.Of("510100") {
		t.Errorf("%d cities have rules of their own", len(own))
	}
	if book.Of("510104").On("2024-12-31") != nil {
		t.Error("a schedule before the policy's first day")
	}
	v := Visit{Person: Person{CoveredFrom: "2026-01-01"}, Date: "2026-02-02", Insurance: Resident, Category: Inpatient, Level: Level3, Scope: Scope{Total: 1_000_000, InScope: 1_000_000}}
	var a, before Accumulators
	var out Settlement
	schedule := book.Of("510104").On(v.Date)
	schedule.Settle(&a, &v, &out)
	at := slices.IndexFunc(schedule.Explain(&v, &before, &out), func(r Reason) bool { return slices.Contains(r.Documents, "No. 700") && !r.Assumed })
	if out.Deductible != 70_000 || at < 0 {
		t.Errorf("deductible %s, explained at %d", out.Deductible, at)
	}
}

// Whatever is approved later, no day up to its approval is settled otherwise.
func TestApprovalChangesNoPast(t *testing.T) {
	t.Attr("clause", "SC38-6.2")
	library := policytest.Library(t)
	pack, _ := library.Pack("reference")
	days := []policy.Date{"2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"}
	rapid.Check(t, func(t *rapid.T) {
		day := func(name string) policy.Date { return rapid.SampledFrom(days).Draw(t, name) }
		var rules []Approved
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			rules = append(rules, approved(rapid.SampledFrom([]region.Code{"510000", "510100"}).Draw(t, "division"), day("from"), day("on"), rapid.SampledFrom([]string{"700", "750", Ended}).Draw(t, "value")))
		}
		slices.SortStableFunc(rules, func(a, b Approved) int { return strings.Compare(string(a.On), string(b.On)) })
		last := approved("510100", day("from"), "2026-06-01", "1234")
		before, err := NewRulebook(library, pack, rules)
		if err != nil {
			t.Fatal(err)
		}
		after, err := NewRulebook(library, pack, append(rules, last))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range days {
			for _, place := range []region.Code{"510104", "510304"} {
				a, b := before.Of(place).On(d).Cell(Resident, Inpatient, Level3, Local, false), after.Of(place).On(d).Cell(Resident, Inpatient, Level3, Local, false)
				if a != b {
					t.Fatalf("%s on %s: %v became %v", place, d, a, b)
				}
			}
		}
	})
}

// A paper is refused with its reasons: without a list on file, outside the list's ranges, telling persons apart as the list does not, for another division, ending
// nothing; a made-up list approves no real paper.
func TestPapersAreCheckedAgainstTheList(t *testing.T) {
	for _, clause := range []string{"SC38-6.1", "YN-4.2"} {
		t.Attr("clause", clause)
	}
	library := policytest.Library(t)
	pack, _ := library.Pack("reference")
	list, err := policy.ParseList("list.yaml", []byte(`{document: Made up, number: S-1, issued: 2026-01-01, synthetic: true, distinctions: [retired, destitute, orphan, subsistence, poverty_monitored],
ranges: [{parameter: benefit.inpatient.deductible.resident.level3, least: "500", most: "1000"}, {parameter: benefit.*}]}`))
	if err != nil {
		t.Fatal(err)
	}
	own := func(division region.Code, id policy.ParameterID, value string) CityRule {
		return CityRule{Division: division, Document: "D", From: "2026-03-01", Parameter: id, Value: value, Synthetic: true}
	}
	real := own("510100", deductible3, "700")
	real.Synthetic = false
	narrow := list
	narrow.Ranges = narrow.Ranges[:1]
	plain := list
	plain.Distinctions = nil
	for _, c := range []struct {
		name     string
		division region.Code
		rule     CityRule
		list     *policy.List
		want     string
	}{
		{"good", "510100", own("510100", deductible3, "700"), &list, ""},
		{"good province", "510000", own("510000", deductible3, "700"), &list, ""},
		{"no list", "510100", own("510100", deductible3, "700"), nil, "settled.paper.unchecked"},
		{"made up", "510100", real, &list, "settled.paper.made_up_list"},
		{"too much", "510100", own("510100", deductible3, "1200"), &list, "policy.list.range"},
		{"not covered", "510100", own("510100", "benefit.aid.threshold", "1"), &narrow, "policy.list.outside"},
		{"by identity", "510100", own("510100", "benefit.aid.ratio.orphan", "1"), &plain, "policy.list.distinction"},
		{"the rest of the schedule", "510000", own("510000", deductible3, "700"), &narrow, "policy.list.outside"},
		{"elsewhere", "510100", own("510300", deductible3, "700"), &list, "settled.paper.division"},
		{"the province for a city", "510000", own("510300", deductible3, "700"), &list, "settled.paper.division"},
		{"ends nothing", "510100", own("510100", deductible3, Ended), &list, "settled.paper.ends_nothing"},
		{"not of its kind", "510100", own("510100", deductible3, "x"), &list, "policy.wrong_kind"},
		{"bands", "510100", own("510100", "benefit.catastrophic.band3.above", "1"), &list, "settled.bands"},
	} {
		check := PaperCheck{Library: library, Pack: pack, List: c.list, Today: "2026-02-01"}
		err := check.Check(Paper{Division: c.division, Title: "T", Rules: []CityRule{c.rule}})
		var refusal *fault.Refusal
		switch errors.As(err, &refusal); {
		case c.want == "" && err == nil:
		case refusal == nil || !slices.ContainsFunc(refusal.Problems, func(p fault.Problem) bool { return p.Message.Key == c.want }):
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	check := PaperCheck{Library: library, Pack: pack, List: &list, Today: "2026-02-01", Before: []Approved{approved("510100", "2026-01-01", "2025-12-01", "700")}}
	if err := check.Check(Paper{Division: "510000", Title: "T", Rules: []CityRule{own("510100", deductible3, Ended)}}); err != nil {
		t.Error("the province ends a city's rule:", err)
	}
	if err := check.Check(Paper{Division: "510100"}); err == nil {
		t.Error("an empty paper is taken")
	}
}

// A paper is read back as it was written, and nothing else is read as one.
func TestPaperForm(t *testing.T) {
	t.Attr("clause", "YN-4.2")
	rapid.Check(t, func(t *rapid.T) {
		p := Paper{Division: "510100", Title: rapid.String().Draw(t, "title")}
		for i := range rapid.IntRange(0, 3).Draw(t, "rules") {
			r := CityRule{Division: "510100", Document: rapid.String().Draw(t, "document"), From: "2026-01-01", Parameter: deductible3, Value: rapid.String().Draw(t, "value"), Synthetic: rapid.Bool().Draw(t, "made")}
			r.Row = i + 1
			p.Rules = append(p.Rules, r)
		}
		form := p.Canonical()
		back, sound := ParsePaper(form)
		if !sound || back.Title != p.Title || !slices.Equal(back.Rules, p.Rules) {
			t.Fatalf("%+v became %+v", p, back)
		}
		if _, sound := ParsePaper(form[:len(form)-1]); sound {
			t.Fatal("a cut form is a paper")
		}
	})
}
