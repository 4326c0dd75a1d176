package lake

import (
	"cmp"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Sex (性别) is a sex by its national code, or none where a register does not tell the sexes apart.
type Sex string

// The sexes.
const (
	EitherSex Sex = ""  // 不分性别
	Male      Sex = "1" // 男
	Female    Sex = "2" // 女
	OtherSex  Sex = "0" // 未知
)

// Care (就医类别) is a kind of care: inpatient or not, at home or off-site (异地).
type Care int

// The kinds of care.
const (
	OutpatientHome Care = iota // 本地门诊
	OutpatientAway             // 异地门诊
	InpatientHome              // 本地住院
	InpatientAway              // 异地住院

	careCount = 4
)

// Visits (就诊) are settlements of one kind of care and what they cost.
type Visits struct {
	Count int64
	Cost  money.Fen
}

// Cell (年龄性别单元) is what the insured of one pooling area, insurance, age group and sex were and had.
type Cell struct {
	pool.Key
	Group string // as AgeGroups names them
	Sex   Sex
	Heads int64
	Care  [careCount]Visits
}

// Cost is what all their care cost.
func (c Cell) Cost() money.Fen {
	var sum money.Fen
	for _, v := range c.Care {
		sum += v.Cost
	}
	return sum
}

// Norm (年龄性别标准费用) is what one head of an age group and sex costs in the whole province. CostPerHead is Cost divided by
// Heads, in fen; Known is false when there are no heads.
//
// 依据: YN-2.5
type Norm struct {
	Insurance   pool.Insurance
	Group       string
	Sex         Sex
	Heads       int64
	Cost        money.Fen
	CostPerHead money.Ratio
	Known       bool
}

// Part (分解项) is one part of a difference of cost per head, in fen, and what of it is outpatient and inpatient care. Total is
// the sum of the two, exactly.
type Part struct{ Total, Outpatient, Inpatient money.Ratio }

func (p Part) add(q Part) Part {
	return Part{p.Total.Add(q.Total), p.Outpatient.Add(q.Outpatient), p.Inpatient.Add(q.Inpatient)}
}

// Difference (人均费用差异) is why a pooling area's cost per head is not the province's. All ratios are exact, in fen per head:
//
//	Total = CostPerHead − Province = Structure + Utilisation + Price + Offsite + Unregistered
//	Structure = Expected − Province, as far as the register holds everybody
//
// Known is false when the area has no heads; there is nothing to divide then.
//
// 依据: YN-2.5, YN-2.7
type Difference struct {
	pool.Key
	Heads       int64
	Cost        money.Fen
	CostPerHead money.Ratio
	Province    money.Ratio // 全省人均费用
	Expected    money.Ratio // 标准人均费用: its own people at the province's norms
	Total       money.Ratio
	Known       bool

	Structure    Part // 结构: other ages and sexes
	Utilisation  Part // 利用: more or fewer visits per head
	Price        Part // 次均费用: dearer or cheaper visits, at home and off-site
	Offsite      Part // 异地就医: more or fewer of the visits off-site
	Unregistered Part // 无参保人数: cost of ages and sexes of which the register holds nobody
}

// NamedPart is a part with the locale key of its name.
type NamedPart struct {
	Key string
	Part
}

// Parts lists the parts in the order they are shown.
func (d Difference) Parts() []NamedPart {
	return []NamedPart{
		{"lake.decompose.structure", d.Structure}, {"lake.decompose.utilisation", d.Utilisation}, {"lake.decompose.price", d.Price},
		{"lake.decompose.offsite", d.Offsite}, {"lake.decompose.unregistered", d.Unregistered},
	}
}

// Decomposition (费用差异分解) holds the norms of a year and every pooling area's difference. Seen tells that heads are persons
// who had a settlement, for want of an enrolment register; BySex that the sexes are told apart.
//
// 依据: YN-2.5, YN-2.7
type Decomposition struct {
	Snapshot    Snapshot
	Seen, BySex bool
	Cells       []Cell
	Norms       []Norm
	Differences []Difference
}

// stratum is an age group and sex within an insurance.
type stratum struct {
	insurance pool.Insurance
	group     string
	sex       Sex
}

func (c Cell) stratum() stratum { return stratum{c.Insurance, c.Group, c.Sex} }

// Decompose (分解) splits the differences of a year from its cells, which may come in any order and each once; those of other
// years are left out. The province is all the cells together.
//
// Structure comes first: what the area's people would cost at the province's norms, less the province's cost per head. It must
// not depend on what the area itself does, else one that visits more or charges more would have more of it to show for. The
// other three are changed one after the other from the province's value to the area's, within each age group, sex and kind of
// care at the area's own numbers of people; their order is anybody's choice, so each part is the mean over all six orders
// (Shapley). What an area has nothing of — no visits to have a price or a share — is taken as the province's.
//
// 依据: YN-2.5, YN-2.7
func Decompose(year policy.Year, cells []Cell) Decomposition {
	var out Decomposition
	for _, c := range cells {
		if c.Year == year {
			out.Cells = append(out.Cells, c)
		}
	}
	slices.SortFunc(out.Cells, compareCells)
	provinces, strata := provinceOf(out.Cells)
	for _, c := range strata {
		out.Norms = append(out.Norms, normOf(c))
	}
	by := map[stratum]Cell{}
	for _, c := range strata {
		by[c.stratum()] = c
	}
	for rest := out.Cells; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Key == rest[0].Key {
			n++
		}
		out.Differences = append(out.Differences, differ(rest[:n], provinces[rest[0].Insurance], by))
		rest = rest[n:]
	}
	return out
}

func compareCells(a, b Cell) int {
	return cmp.Or(cmp.Compare(a.Division, b.Division), cmp.Compare(a.Insurance, b.Insurance), compareStrata(a, b))
}

func compareStrata(a, b Cell) int {
	ages := AgeGroups()
	return cmp.Or(cmp.Compare(a.Insurance, b.Insurance), cmp.Compare(slices.Index(ages, a.Group), slices.Index(ages, b.Group)), cmp.Compare(a.Sex, b.Sex))
}

// people are heads and what they cost, with the cells they are in.
type people struct {
	heads  int64
	cost   money.Fen
	strata []Cell
}

// provinceOf adds all cells up: by insurance, and by stratum.
func provinceOf(cells []Cell) (map[pool.Insurance]*people, []Cell) {
	sums, provinces := map[stratum]*Cell{}, map[pool.Insurance]*people{}
	for _, c := range cells {
		sum := sums[c.stratum()]
		if sum == nil {
			sum = &Cell{Key: pool.Key{Year: c.Year, Insurance: c.Insurance}, Group: c.Group, Sex: c.Sex}
			sums[c.stratum()] = sum
		}
		sum.Heads += c.Heads
		for i, v := range c.Care {
			sum.Care[i].Count, sum.Care[i].Cost = sum.Care[i].Count+v.Count, sum.Care[i].Cost+v.Cost
		}
	}
	var strata []Cell
	for _, sum := range sums {
		strata = append(strata, *sum)
	}
	slices.SortFunc(strata, compareStrata)
	for _, c := range strata {
		p := provinces[c.Insurance]
		if p == nil {
			p = &people{}
			provinces[c.Insurance] = p
		}
		p.heads, p.cost, p.strata = p.heads+c.Heads, p.cost+c.Cost(), append(p.strata, c)
	}
	return provinces, strata
}

func normOf(c Cell) Norm {
	n := Norm{Insurance: c.Insurance, Group: c.Group, Sex: c.Sex, Heads: c.Heads, Cost: c.Cost()}
	if c.Heads != 0 {
		n.CostPerHead, n.Known = money.NewRatio(int64(n.Cost), n.Heads), true
	}
	return n
}
