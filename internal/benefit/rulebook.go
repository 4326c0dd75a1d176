package benefit

import (
	"cmp"
	"slices"
	"strings"

	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Approved (获批规则) is a rule with the day on which the last signature was put to its paper.
//
// 依据: YN-4.2
type Approved struct {
	CityRule
	On    policy.Date
	Paper string // the document's id
}

// holds is the day from which a rule is applied: its own, but never before the day after its approval, so that nothing that was settled is changed
// (假设: 不溯及既往).
//
// 依据: SC38-6.2
func (a Approved) holds() policy.Date { return max(a.From, a.On.Add(1)) }

// Holds is the day from which the rule is applied.
//
// 依据: SC38-6.2
func (a Approved) Holds() policy.Date { return a.holds() }

// Rulebook (待遇标准汇编) is a province's schedules by the place of insurance: a policy, over it what the province approved, over that what each city had approved.
// It may be used by many at once.
//
// 依据: SC38-6.2, YN-4.2
type Rulebook struct {
	Pack     *policy.Pack
	province *Schedules
	cities   map[string]*Schedules // by the first four digits
}

// Of gives the schedules by which somebody insured in a division settles: the city's where it has rules of its own, else the province's.
//
// 依据: YN-4.2
func (b *Rulebook) Of(insured region.Code) *Schedules {
	if len(insured) >= cityDigits {
		if own, ok := b.cities[string(insured[:cityDigits])]; ok {
			return own
		}
	}
	return b.province
}

// Province gives the schedules of those whose city has no rules of its own.
func (b *Rulebook) Province() *Schedules { return b.province }

// cityDigits are the digits of a division's code that its city's code begins with.
const cityDigits = 4

// NewRulebook (编制待遇标准汇编) compiles a policy with the rules that were approved, in the order of their approval. Of several rules of a division for one parameter
// the one that holds from the latest day counts, and of those of one day the one approved last; a value of the policy itself that is dated later than the province's rule
// takes its place. Errors: those of Compile.
//
// 依据: SC38-6.2, YN-4.2
func NewRulebook(library *policy.Library, pack *policy.Pack, approved []Approved) (*Rulebook, error) {
	sorted := slices.Clone(approved)
	slices.SortStableFunc(sorted, func(a, b Approved) int { return cmp.Compare(a.holds(), b.holds()) })
	var province []Approved
	own := map[string][]Approved{}
	for _, a := range sorted {
		if a.Division.IsProvince() {
			province = append(province, a)
		} else {
			key := string(a.Division[:cityDigits])
			own[key] = append(own[key], a)
		}
	}
	book := &Rulebook{Pack: pack, cities: map[string]*Schedules{}}
	var err error
	if book.province, err = ruled(library, pack, province, nil); err != nil {
		return nil, err
	}
	for key, rules := range own {
		if book.cities[key], err = ruled(library, pack, province, rules); err != nil {
			return nil, err
		}
	}
	return book, nil
}

// ruled compiles a policy with the rules of the province and of a city, each sorted by the day they hold from.
func ruled(library *policy.Library, pack *policy.Pack, province, own []Approved) (*Schedules, error) {
	days := changes(pack)
	if len(days) == 0 {
		return Compile(library, pack, policy.Overlay{}) // says what is wrong
	}
	for _, a := range slices.Concat(province, own) {
		days = append(days, max(a.holds(), days[0]))
	}
	slices.Sort(days)
	return compileDays(library, pack, slices.Compact(days), func(set *policy.Set) (*policy.Set, error) {
		values := map[policy.ParameterID]policy.Ruled{}
		lay(values, province, set.On)
		for id, value := range values {
			if e, has := set.Get(id); has && e.From > value.From {
				delete(values, id)
			}
		}
		lay(values, own, set.On)
		return library.Ruled(set, values, scheduleClause)
	})
}

// lay puts the rules that hold on a day over the values. A city's rule that ends uncovers the province's value; lay is therefore called with what is above first.
func lay(values map[policy.ParameterID]policy.Ruled, rules []Approved, on policy.Date) {
	mine := map[policy.ParameterID]policy.Ruled{}
	for _, a := range rules {
		switch {
		case a.holds() > on:
		case a.Value == Ended:
			delete(mine, a.Parameter)
		default:
			mine[a.Parameter] = policy.Ruled{Value: a.Value, From: a.holds(), Document: a.Document}
		}
	}
	for id, value := range mine {
		values[id] = value
	}
}

// ofBenefits are the parameters of benefits in a set, in id order.
func ofBenefits(set *policy.Set) []policy.Effective {
	return slices.DeleteFunc(set.All(), func(e policy.Effective) bool { return !strings.HasPrefix(string(e.ID), prefix) })
}
