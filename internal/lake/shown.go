package lake

import (
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// Province gives the figures of all pooling areas of an insurance together: what is divided and what it is divided by are added
// up. The concentration of cost is left out, for the costliest of the province are not those of its areas.
//
// 依据: YN-2.5
func (f Factors) Province(insurance pool.Insurance) []Indicator {
	var out []Indicator
	for _, d := range Definitions() {
		if d.Name == Top1Share || d.Name == Top5Share {
			continue
		}
		sum := Indicator{Key: pool.Key{Year: f.Snapshot.Year, Insurance: insurance}, Name: d.Name}
		for _, i := range f.Indicators {
			if i.Name == d.Name && i.Insurance == insurance {
				sum.Numerator, sum.Denominator = sum.Numerator+i.Numerator, sum.Denominator+i.Denominator
			}
		}
		sum.Value, sum.Known = divide(sum.Numerator, sum.Denominator, d.Cost)
		out = append(out, sum)
	}
	return out
}

// Rounded gives what is shown of a difference: the difference as its two costs per head show it, and its parts, which add up to it
// to the fen.
//
// 依据: YN-2.5, YN-2.7
func (d Difference) Rounded() (total money.Fen, parts []money.Fen) {
	total = d.CostPerHead.Fen() - d.Province.Fen()
	left := total
	var order []int
	for i, p := range d.Parts() {
		down := p.Total.Fen()
		if down.Ratio().Cmp(p.Total) > 0 {
			down--
		}
		parts, order, left = append(parts, down), append(order, i), left-down
	}
	all := d.Parts()
	slices.SortStableFunc(order, func(i, j int) int { // those that lost the most come first
		return all[j].Total.Sub(parts[j].Ratio()).Cmp(all[i].Total.Sub(parts[i].Ratio()))
	})
	for _, i := range order[:left] {
		parts[i]++
	}
	return total, parts
}
