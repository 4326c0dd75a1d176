package benefit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// listed is a schedule drawn at random with a list that just allows it: a range for every parameter, and the identities by which any of them distinguishes.
type listed struct {
	rules        []CityRule
	ranges       map[policy.ParameterID][2]money.Rate // of those with numbers
	named        []policy.ParameterID                 // what the list has a range for, in order
	distinctions []string
}

// identitiesOf are the words of the identities that an id distinguishes by, as the clause has them: by occupation, age or identity.
func identitiesOf(id policy.ParameterID) (out []string) {
	for _, word := range []string{"retired", "destitute", "orphan", "subsistence", "poverty_monitored", "civil_servant", "supplementary", "mutual_aid", "long_term_care"} {
		if strings.Contains(string(id), "."+word) {
			out = append(out, word)
		}
	}
	return out
}

func drawListed(t *rapid.T, pack *policy.Pack) listed {
	x := listed{ranges: map[policy.ParameterID][2]money.Rate{}}
	for _, e := range Values(pack, "2026-03-01") {
		value := e.Value.String()
		switch {
		case e.Unit == policy.Choice:
			value = rapid.SampledFrom(e.Choices).Draw(t, string(e.ID))
		case e.Unit == policy.Count:
			x.ranges[e.ID] = [2]money.Rate{e.Value.Rate(), e.Value.Rate()}
		default:
			r := e.Value.Rate()
			least := r - rapid.Custom(upTo(r/20)).Draw(t, "less")
			most := min(r+rapid.Custom(upTo(r/20)).Draw(t, "more"), ceiling(e.Unit))
			x.ranges[e.ID] = [2]money.Rate{least, most}
			value = rapid.SampledFrom([]money.Rate{least, most, r}).Draw(t, string(e.ID)).String()
		}
		x.named = append(x.named, e.ID)
		for _, word := range identitiesOf(e.ID) {
			if !slices.Contains(x.distinctions, word) {
				x.distinctions = append(x.distinctions, word)
			}
		}
		rule := CityRule{Division: "510000", Document: "D", From: "2026-03-01", Parameter: e.ID, Value: value, Synthetic: true}
		rule.Row = len(x.rules) + 1
		x.rules = append(x.rules, rule)
	}
	return x
}

// upTo draws a part of a value in steps of fen or of hundredths of a per cent.
func upTo(most money.Rate) func(*rapid.T) money.Rate {
	return func(t *rapid.T) money.Rate {
		return money.Rate(rapid.Int64Range(0, int64(most)/10_000).Draw(t, "steps")) * 10_000
	}
}

// ceiling is what a value of a unit may be at most.
func ceiling(u policy.Unit) money.Rate {
	if u == policy.Ratio {
		return money.One
	}
	return 1 << 50
}

// list writes the list down and reads it as a file is read, without one range or one identity where that is asked for.
func (x listed) list(t *rapid.T, without policy.ParameterID, word string) *policy.List {
	var b strings.Builder
	fmt.Fprintf(&b, "document: Made up\nnumber: S-1\nissued: 2026-01-01\nsynthetic: true\ndistinctions: [%s]\nranges:\n", strings.Join(slices.DeleteFunc(slices.Clone(x.distinctions), func(d string) bool { return d == word }), ", "))
	for _, id := range x.named {
		if id == without {
			continue
		}
		fmt.Fprintf(&b, "  - {parameter: %s", id)
		if r, ok := x.ranges[id]; ok {
			fmt.Fprintf(&b, `, least: "%s", most: "%s"`, r[0], r[1])
		}
		b.WriteString("}\n")
	}
	list, err := policy.ParseList("list.yaml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return &list
}

// refusals are the keys of a refusal by the parameter that each names; every one cites the clause.
func refusals(t *rapid.T, err error) map[policy.ParameterID]string {
	out := map[policy.ParameterID]string{}
	var refusal *fault.Refusal
	if err == nil {
		return out
	}
	if !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	for _, p := range refusal.Problems {
		if p.Clause != "SC38-6.1" {
			t.Fatalf("%s cites %q", p.Message.Key, p.Clause)
		}
		id, _ := p.Args.Get("id")
		name, _ := id.(string)
		out[policy.ParameterID(name)] = p.Message.Key
	}
	return out
}

// Any schedule within the ranges of the national list may be approved; one that leaves one range, has a parameter that the list does not, or distinguishes by an identity that the list does not name is refused, and
// the refusal names just what is wrong. Without a list nothing is checked, and nothing approved.
func TestAnyScheduleAgainstTheList(t *testing.T) {
	t.Attr("clause", "SC38-6.1")
	library := policytest.Library(t)
	pack, _ := library.Pack("sichuan")
	rapid.Check(t, func(t *rapid.T) {
		x := drawListed(t, pack)
		check := PaperCheck{Library: library, Pack: pack, List: x.list(t, "", ""), Today: "2026-02-01"}
		paper := Paper{Division: "510000", Title: "T", Rules: x.rules}
		if err := check.Check(paper); err != nil {
			t.Fatalf("within the list: %v", err)
		}
		at := rapid.IntRange(0, len(x.rules)-1).Draw(t, "which")
		rule := x.rules[at]

		check.List = x.list(t, rule.Parameter, "")
		if got := refusals(t, check.Check(paper)); len(got) != 1 || got[rule.Parameter] != "policy.list.outside" {
			t.Fatalf("without a range for %s: %v", rule.Parameter, got)
		}
		for _, word := range identitiesOf(rule.Parameter) {
			check.List = x.list(t, "", word)
			got := refusals(t, check.Check(paper))
			for _, id := range x.named {
				if by := slices.Contains(identitiesOf(id), word); by != (got[id] == "policy.list.distinction") {
					t.Fatalf("by %s: %s is %q", word, id, got[id])
				}
			}
		}
		check.List = x.list(t, "", "")
		if r, ok := x.ranges[rule.Parameter]; ok {
			for _, beyond := range []money.Rate{r[0] - 10_000, r[1] + 10_000, r[1] + money.One} {
				definition, _ := library.Definition(rule.Parameter)
				if _, valid := definition.Parse(beyond.String()); !valid {
					continue // no value of its unit
				}
				paper.Rules = slices.Clone(x.rules)
				paper.Rules[at].Value = beyond.String()
				if got := refusals(t, check.Check(paper)); len(got) != 1 || got[rule.Parameter] != "policy.list.range" {
					t.Fatalf("%s = %s, outside %s to %s: %v", rule.Parameter, beyond, r[0], r[1], got)
				}
				// A province's paper is refused for what the schedule says beside it, too: here the value stands in the schedule already.
				check.Before = []Approved{{CityRule: paper.Rules[at], On: "2025-12-01"}}
				beside := paper
				beside.Rules = []CityRule{x.rules[(at+1)%len(x.rules)]}
				check.Before[0].From = "2026-01-01"
				if got := refusals(t, check.Check(beside)); got[rule.Parameter] != "policy.list.range" {
					t.Fatalf("%s = %s stands in the schedule: %v", rule.Parameter, beyond, got)
				}
				check.Before = nil
			}
		}
		check.List, paper.Rules = nil, x.rules
		if got := refusals(t, check.Check(paper)); len(got) != 1 || got[""] != "settled.paper.unchecked" {
			t.Fatalf("without a list: %v", got)
		}
	})
}
