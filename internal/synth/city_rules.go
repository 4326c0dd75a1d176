package synth

import (
	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// cityShift is a parameter that cities may set otherwise than the province: so many steps down or up, each as large as step.
type cityShift struct {
	id         policy.ParameterID
	down, up   int64
	step, most money.Rate // most 0: no bound
}

// cityShifts are what made-up cities differ in, within usual ranges (assumed).
var cityShifts = []cityShift{
	{"benefit.inpatient.deductible.resident.level2", 2, 3, 50 * money.One, 0}, {"benefit.inpatient.deductible.resident.level3", 3, 5, 100 * money.One, 0},
	{"benefit.inpatient.deductible.employee.level2", 2, 3, 50 * money.One, 0}, {"benefit.inpatient.deductible.employee.level3", 2, 4, 100 * money.One, 0},
	{"benefit.inpatient.ratio.resident.level1", 3, 2, money.One / 100, money.One}, {"benefit.inpatient.ratio.resident.level2", 5, 3, money.One / 100, money.One},
	{"benefit.inpatient.ratio.resident.level3", 8, 3, money.One / 100, money.One}, {"benefit.inpatient.ratio.employee.level3", 4, 3, money.One / 100, money.One},
	{"benefit.outpatient.cap.resident", 4, 6, 50 * money.One, 0}, {"benefit.outpatient.cap.employee", 3, 4, 200 * money.One, 0},
	{"benefit.chronic.cap.resident", 4, 4, 1000 * money.One, 0},
}

// CityRules (合成市级待遇细则) makes up how each city of a province departs from the province's benefits on a day: a few parameters, a few steps. Every rule says that it is
// synthetic, by its mark and by its document.
func CityRules(province region.Code, pack *policy.Pack, on policy.Date, seed uint64, tree *region.Tree) ([]benefit.CityRule, error) {
	cities := tree.Prefectures(province)
	if len(cities) == 0 {
		return nil, fault.New(fault.Usage, "synth.no_census", "province", province)
	}
	set := pack.At(on)
	var out []benefit.CityRule
	for i, city := range cities {
		s := stream(mix(seed + uint64(i)*personKey))
		for _, shift := range cityShifts {
			e, ok := set.Get(shift.id)
			steps := int64(s.below(uint32(shift.down+shift.up+1))) - shift.down
			if !ok || s.below(2) == 0 || steps == 0 {
				continue
			}
			value := max(e.Value.Rate()+money.Rate(steps)*shift.step, 0)
			if shift.most > 0 {
				value = min(value, shift.most)
			}
			out = append(out, benefit.CityRule{Division: city.Code, Document: benefit.MadeUp + string(city.Code), From: on, Parameter: shift.id, Value: value.String(), Synthetic: true})
		}
	}
	return out, nil
}
