package benefit

import (
	"cmp"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Converge (统一进度) compares the schedules of a province's cities on a day with the province's own: the parameters in which a city differs, in id order. Nothing
// before the first schedule.
//
// 依据: SC38-6.3
func (b *Rulebook) Converge(on policy.Date, cities []region.Code) []Convergence {
	province := b.province.On(on)
	if province == nil {
		return nil
	}
	overlays, documents := map[region.Code]policy.Overlay{}, map[policy.ParameterID][]string{}
	definitions := map[policy.ParameterID]policy.Definition{}
	for _, city := range cities {
		schedule := b.Of(city).On(on)
		overlay := policy.Overlay{Set: map[policy.ParameterID]string{}}
		for _, e := range schedule.Values() {
			same, has := province.set.Get(e.ID)
			if has && same.Value.Equal(e.Value) {
				continue
			}
			overlay.Set[e.ID], definitions[e.ID] = e.Value.String(), e.Definition
			if !slices.Contains(documents[e.ID], e.Document) {
				documents[e.ID] = append(documents[e.ID], e.Document)
			}
		}
		overlays[city] = overlay
	}
	var out []Convergence
	for id, definition := range definitions {
		c := Convergence{Definition: definition, Documents: documents[id]}
		c.compare(province.set, overlays, id)
		slices.Sort(c.Differ)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Convergence) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Cities (各市待遇标准) gives the schedules of the cities that have rules of their own.
//
// 依据: YN-4.2
func (b *Rulebook) Cities(cities []region.Code) map[region.Code]*Schedules {
	out := map[region.Code]*Schedules{}
	for _, city := range cities {
		if own := b.Of(city); own != b.province {
			out[city] = own
		}
	}
	return out
}

// Indicator (规划指标) is what part of inpatient costs in scope the funds of a kind paid, under both rules.
type Indicator struct {
	Word string // employee, resident, aid
	Paid [sides]money.Fen
	Base [sides]money.Fen
}

// Rate is the part paid under a side, in percent with one decimal; empty where there is nothing to measure.
func (i Indicator) Rate(side Side) string {
	if i.Base[side] == 0 {
		return ""
	}
	return i.Paid[side].Ratio().Quo(i.Base[side].Ratio()).Mul(money.NewRatio(100, 1)).Text(1)
}

// Indicators (住院政策范围内报销比例、救助比例) are the measures the five-year plan states for inpatient care, as a simulation has them: of what is in scope, what basic insurance and the
// large-amount subsidy pay for employees, and what basic and catastrophic insurance pay for residents; and what aid pays of what these leave in scope to those who
// are aided (假设: 救助比例按救助对象基本医保、大病保险支付后的政策范围内个人负担计).
//
// 依据: SC38-6.3, YA-3.1.2
func (s *Simulation) Indicators() []Indicator {
	out := []Indicator{{Word: insuranceWords[Employee]}, {Word: insuranceWords[Resident]}, {Word: "aid"}}
	for key, t := range s.cells {
		if Category(key.category) != Inpatient {
			continue
		}
		for side := range sides {
			b := t.Burdens[side]
			paid := b.Basic + b.Catastrophic + b.Large
			out[key.insurance].Base[side] += t.InScope
			out[key.insurance].Paid[side] += paid
			if key.group < uint8(aidGroups) {
				out[2].Base[side] += t.InScope - paid
				out[2].Paid[side] += b.Aid
			}
		}
	}
	return out
}
