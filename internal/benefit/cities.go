package benefit

import (
	"cmp"
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// MadeUp is what the numbers of made-up documents begin with.
const MadeUp = "SYNTHETIC-"

// CityRule (市级实施细则) is a parameter that a city sets otherwise than the province, from a day on, by a document on file.
//
// 依据: SC38-6.2, YN-4.2
type CityRule struct {
	fault.Place
	Division  region.Code
	Document  string
	From      policy.Date
	Parameter policy.ParameterID
	Value     string
	Synthetic bool
}

// CheckCities (核对市级细则) checks that rules name benefits that there are with values of their kind, once a day each, and that each has a document.
// Errors: a fault.Refusal with file and row.
//
// 依据: YN-4.2, SC38-6.1
func CheckCities(library *policy.Library, rules []CityRule, list *policy.List) error {
	var problems fault.List
	type key struct {
		division region.Code
		from     policy.Date
		id       policy.ParameterID
	}
	seen := map[key]int{}
	for _, r := range rules {
		refuse := func(column, value, clause, name string, args ...any) {
			problems.Add(fault.Problem{File: r.File, Row: r.Row, Column: column, Value: value, Clause: clause, Message: fault.Msg(name, append(args, "value", value)...)})
		}
		definition, ok := library.Definition(r.Parameter)
		if !ok || !strings.HasPrefix(string(r.Parameter), prefix) {
			refuse("parameter", string(r.Parameter), "SC38-6.1", "settled.city.parameter")
			continue
		}
		value, ok := definition.Parse(r.Value)
		if !ok && r.Value != Ended {
			refuse("setting", r.Value, "", "policy.wrong_kind", "id", string(r.Parameter), "expected", fault.Msg("policy.unit."+string(definition.Unit)+".expected", "choices", definition.Choices))
			continue
		}
		if strings.TrimSpace(r.Document) == "" {
			refuse("document", "", "YN-4.2", "settled.city.document")
		}
		if before, twice := seen[key{r.Division, r.From, r.Parameter}]; twice {
			refuse("parameter", string(r.Parameter), "", "settled.city.twice", "first", before)
		}
		seen[key{r.Division, r.From, r.Parameter}] = r.Row
		if list != nil && r.Value != Ended {
			if p, ok := list.Check(r.Parameter, value); !ok {
				p.File, p.Row, p.Column = r.File, r.Row, "setting"
				problems.Add(p)
			}
		}
	}
	return problems.Err()
}

// overlays are what each city's rules set on a day: of several the latest.
func overlays(rules []CityRule, on policy.Date) map[region.Code]policy.Overlay {
	sorted := slices.Clone(rules)
	slices.SortStableFunc(sorted, func(a, b CityRule) int { return cmp.Compare(a.From, b.From) })
	out := map[region.Code]policy.Overlay{}
	for _, r := range sorted {
		if r.From > on {
			continue
		}
		if _, ok := out[r.Division]; !ok {
			out[r.Division] = policy.Overlay{Name: string(r.Division), Set: map[policy.ParameterID]string{}}
		}
		if out[r.Division].Set[r.Parameter] = r.Value; r.Value == Ended {
			delete(out[r.Division].Set, r.Parameter)
		}
	}
	return out
}

// Cities (各市待遇标准) compiles the schedules of the cities whose rules hold on a day. The rules must have been checked.
//
// 依据: SC38-6.2
func Cities(library *policy.Library, pack *policy.Pack, rules []CityRule, on policy.Date) (map[region.Code]*Schedules, error) {
	out := map[region.Code]*Schedules{}
	for division, overlay := range overlays(rules, on) {
		s, err := Compile(library, pack, overlay)
		if err != nil {
			return nil, err
		}
		out[division] = s
	}
	return out, nil
}

// Convergence (统一进度) is how far the cities are from one schedule in a parameter: the province's value, the least and the greatest of the cities', and
// which cities differ.
//
// 依据: SC38-6.3
type Convergence struct {
	policy.Definition
	Province    string
	Least, Most string
	Differ      []region.Code
	Documents   []string
}

// Converge compares the rules of cities in force on a day with the province's, parameter by parameter, in id order.
//
// 依据: SC38-6.3
func Converge(library *policy.Library, pack *policy.Pack, rules []CityRule, on policy.Date) []Convergence {
	set, all := pack.At(on), overlays(rules, on)
	byID := map[policy.ParameterID]*Convergence{}
	for _, r := range rules {
		if definition, ok := library.Definition(r.Parameter); ok && r.From <= on && byID[r.Parameter] == nil {
			byID[r.Parameter] = &Convergence{Definition: definition}
		}
	}
	var out []Convergence
	for id, c := range byID {
		c.compare(set, all, id)
		for _, r := range rules {
			if r.Parameter == id && !slices.Contains(c.Documents, r.Document) {
				c.Documents = append(c.Documents, r.Document)
			}
		}
		slices.Sort(c.Differ)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Convergence) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (c *Convergence) compare(set *policy.Set, all map[region.Code]policy.Overlay, id policy.ParameterID) {
	province, has := set.Get(id)
	if has {
		c.Province, c.Least, c.Most = province.Value.String(), province.Value.String(), province.Value.String()
	}
	for division, overlay := range all {
		text, ok := overlay.Set[id]
		value, good := c.Parse(text)
		if !ok || !good || has && value.Equal(province.Value) {
			continue
		}
		c.Differ = append(c.Differ, division)
		if low, known := c.Parse(c.Least); !known || value.Rate() < low.Rate() {
			c.Least = text
		}
		if high, known := c.Parse(c.Most); !known || value.Rate() > high.Rate() {
			c.Most = text
		}
	}
}

// Values are the parameters of benefits in force on a day, in id order.
func Values(pack *policy.Pack, on policy.Date) []policy.Effective {
	return ofBenefits(pack.At(on))
}
