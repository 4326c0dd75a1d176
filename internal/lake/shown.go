package lake

import "tongchou/internal/pool"

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
