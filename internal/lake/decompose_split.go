package lake

import (
	"tongchou/internal/money"
)

// differ splits the difference of one area, given as its cells.
func differ(cells []Cell, province *people, strata map[stratum]Cell) Difference {
	d := Difference{Key: cells[0].Key}
	for _, c := range cells {
		d.Heads, d.Cost = d.Heads+c.Heads, d.Cost+c.Cost()
	}
	if d.Heads == 0 {
		return d
	}
	d.Known = true
	d.CostPerHead, d.Province = money.NewRatio(int64(d.Cost), d.Heads), money.NewRatio(int64(province.cost), province.heads)
	d.Total = d.CostPerHead.Sub(d.Province)
	for _, c := range cells {
		whole := strata[c.stratum()]
		if c.Heads == 0 {
			d.Unregistered = d.Unregistered.add(perHead(c, d.Heads))
			continue
		}
		at := money.NewRatio(c.Heads, d.Heads)
		d.Structure = d.Structure.add(perHead(whole, whole.Heads).times(at))
		u, p, o := manage(c, whole)
		d.Utilisation, d.Price, d.Offsite = d.Utilisation.add(u.times(at)), d.Price.add(p.times(at)), d.Offsite.add(o.times(at))
	}
	d.Expected = d.Structure.Total
	for _, whole := range province.strata {
		if whole.Heads == 0 {
			d.Unregistered = d.Unregistered.less(perHead(whole, province.heads))
		} else {
			d.Structure = d.Structure.less(perHead(whole, province.heads))
		}
	}
	return d
}

// perHead is what a cell's care costs, divided by heads.
func perHead(c Cell, heads int64) Part {
	out := money.NewRatio(int64(c.Care[OutpatientHome].Cost+c.Care[OutpatientAway].Cost), heads)
	in := money.NewRatio(int64(c.Care[InpatientHome].Cost+c.Care[InpatientAway].Cost), heads)
	return Part{out.Add(in), out, in}
}

func (p Part) times(x money.Ratio) Part {
	return Part{p.Total.Mul(x), p.Outpatient.Mul(x), p.Inpatient.Mul(x)}
}

func (p Part) less(q Part) Part { return p.add(q.times(money.NewRatio(-1, 1))) }

// habits are how a cell uses one kind of care: visits per head, the share of them that is off-site, and what one costs at home
// and away.
type habits struct{ visits, share, home, away money.Ratio }

// habitsOf gives a cell's habits, whose heads are not 0; what it has nothing of is taken from another's.
func habitsOf(heads int64, home, away Visits, other habits) habits {
	h := habits{money.NewRatio(home.Count+away.Count, heads), other.share, other.home, other.away}
	if all := home.Count + away.Count; all != 0 {
		h.share = money.NewRatio(away.Count, all)
	}
	if home.Count != 0 {
		h.home = money.NewRatio(int64(home.Cost), home.Count)
	}
	if away.Count != 0 {
		h.away = money.NewRatio(int64(away.Cost), away.Count)
	}
	return h
}

// price is what a visit costs at a share of off-site visits.
func (h habits) price(share money.Ratio) money.Ratio {
	return h.home.Add(share.Mul(h.away.Sub(h.home)))
}

// manage splits what a head of a cell costs more than one of the same age and sex in the province.
func manage(c, whole Cell) (utilisation, price, offsite Part) {
	split := func(home, away Care) [3]money.Ratio {
		from := habitsOf(whole.Heads, whole.Care[home], whole.Care[away], habits{})
		return shapley(from, habitsOf(c.Heads, c.Care[home], c.Care[away], from))
	}
	out, in := split(OutpatientHome, OutpatientAway), split(InpatientHome, InpatientAway)
	part := func(i int) Part { return Part{out[i].Add(in[i]), out[i], in[i]} }
	return part(0), part(1), part(2)
}

// shapley gives what changing the visits, the prices and the off-site share adds to visits × price, from one's habits to
// another's: of each the mean over the six orders of changing them. With two of three changed before or after it equally often,
// the one that is changed counts a third with both others old, a third with both new, and a sixth with either of them new.
func shapley(from, to habits) [3]money.Ratio {
	cost := func(visits, prices, share habits) money.Ratio { return visits.visits.Mul(prices.price(share.share)) }
	mean := func(gain func(a, b habits) money.Ratio) money.Ratio {
		ends := gain(from, from).Add(gain(to, to)).Mul(money.NewRatio(1, 3))
		return ends.Add(gain(from, to).Add(gain(to, from)).Mul(money.NewRatio(1, 6)))
	}
	return [3]money.Ratio{
		mean(func(prices, share habits) money.Ratio { return cost(to, prices, share).Sub(cost(from, prices, share)) }),
		mean(func(visits, share habits) money.Ratio { return cost(visits, to, share).Sub(cost(visits, from, share)) }),
		mean(func(visits, prices habits) money.Ratio {
			return cost(visits, prices, to).Sub(cost(visits, prices, from))
		}),
	}
}
