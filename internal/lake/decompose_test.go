package lake

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// drawCells draws the cells of some areas, with empty ones, heads without visits and visits without heads.
func drawCells(t *rapid.T) []Cell {
	var out []Cell
	number := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 1000))
	for i := range rapid.IntRange(1, 4).Draw(t, "areas") {
		for _, insurance := range pool.Insurances() {
			for _, group := range AgeGroups()[:rapid.IntRange(0, 5).Draw(t, "groups")] {
				for _, sex := range []Sex{Male, Female} {
					c := Cell{Key: pool.Key{Year: 2025, Division: region.Code(fmt.Sprint(510100 + 100*i)), Insurance: insurance}, Group: group, Sex: sex, Heads: number.Draw(t, "heads")}
					for k := range c.Care {
						if c.Care[k].Count = number.Draw(t, "visits"); c.Care[k].Count > 0 {
							c.Care[k].Cost = money.Fen(rapid.Int64Range(-1_000, 100_000_000).Draw(t, "cost"))
						}
					}
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// The parts add up to the difference, exactly, in all and by kind of care; so do expected cost and what is not structure.
func TestPartsAddUp(t *testing.T) {
	t.Attr("clause", "YN-2.7")
	rapid.Check(t, func(t *rapid.T) {
		out := Decompose(2025, drawCells(t))
		whole := !slices.ContainsFunc(out.Norms, func(n Norm) bool { return !n.Known })
		for _, d := range out.Differences {
			var sum Part
			for _, p := range d.Parts() {
				if p.Total.Cmp(p.Outpatient.Add(p.Inpatient)) != 0 {
					t.Fatalf("%v %s: %v is not %v + %v", d.Key, p.Key, p.Total, p.Outpatient, p.Inpatient)
				}
				sum = sum.add(p.Part)
			}
			if d.Known != (d.Heads != 0) || sum.Total.Cmp(d.Total) != 0 || d.Known && d.Total.Cmp(money.NewRatio(int64(d.Cost), d.Heads).Sub(d.Province)) != 0 {
				t.Fatalf("%v: parts %v, difference %v", d.Key, sum.Total, d.Total)
			}
			if whole && d.Known && d.Expected.Sub(d.Province).Cmp(d.Structure.Total) != 0 {
				t.Fatalf("%v: expected %v, province %v, structure %v", d.Key, d.Expected, d.Province, d.Structure.Total)
			}
		}
	})
}

// Differences of all areas, weighted by their heads, add up to nothing.
func TestDifferencesBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sums := map[pool.Insurance]money.Ratio{}
		unknown, heads := map[pool.Insurance]int64{}, map[pool.Insurance]int64{}
		for _, d := range Decompose(2025, drawCells(t)).Differences {
			sums[d.Insurance] = sums[d.Insurance].Add(d.Total.Mul(money.NewRatio(d.Heads, 1)))
			heads[d.Insurance] += d.Heads
			if !d.Known {
				unknown[d.Insurance] += int64(d.Cost)
			}
		}
		for insurance, sum := range sums { // what areas without heads cost is in the province and in no difference
			if heads[insurance] > 0 && sum.Add(money.NewRatio(unknown[insurance], 1)).Sign() != 0 {
				t.Fatalf("%s: %v left", insurance, sum)
			}
		}
	})
}

// Areas that are the province, each at its own scale, have nothing but zeros.
func TestLikeTheProvince(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := slices.DeleteFunc(drawCells(t), func(c Cell) bool { return c.Division != "510100" })
		var all []Cell
		for i := range rapid.IntRange(1, 3).Draw(t, "areas") {
			scale := rapid.Int64Range(1, 9).Draw(t, "scale")
			for _, c := range one {
				c.Division, c.Heads = region.Code(fmt.Sprint(510100+100*i)), c.Heads*scale
				for k, v := range c.Care {
					c.Care[k] = Visits{v.Count * scale, v.Cost * money.Fen(scale)}
				}
				all = append(all, c)
			}
		}
		for _, d := range Decompose(2025, all).Differences {
			for _, p := range d.Parts() {
				if p.Total.Sign() != 0 || p.Outpatient.Sign() != 0 || p.Inpatient.Sign() != 0 {
					t.Fatalf("%v %s: %+v", d.Key, p.Key, p)
				}
			}
		}
	})
}

// Other names of the areas and another order of the cells change nothing but the names.
func TestNamesChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := drawCells(t)
		names := rapid.Permutation([]region.Code{"510100", "510200", "510300", "510400"}).Draw(t, "names")
		named := func(c region.Code) region.Code { return names[c[3]-'1'] }
		other := rapid.Permutation(slices.Clone(cells)).Draw(t, "order")
		for i := range other {
			other[i].Division = named(other[i].Division)
		}
		a, b := Decompose(2025, cells), Decompose(2025, other)
		same := func(x, y Norm) bool {
			cmp := x.CostPerHead.Cmp(y.CostPerHead)
			x.CostPerHead, y.CostPerHead = money.Ratio{}, money.Ratio{}
			return cmp == 0 && x == y
		}
		if !slices.EqualFunc(a.Norms, b.Norms, same) {
			t.Fatal("other norms")
		}
		for _, d := range a.Differences {
			d.Division = named(d.Division)
			i := slices.IndexFunc(b.Differences, func(e Difference) bool { return e.Key == d.Key })
			if i < 0 || exactly(b.Differences[i]) != exactly(d) {
				t.Fatalf("%v differs", d.Key)
			}
		}
	})
}

func exactly(d Difference) string {
	text := fmt.Sprint(d.Key, d.Heads, d.Cost, d.Known)
	for _, p := range d.Parts() {
		for _, x := range []money.Ratio{p.Total, p.Outpatient, p.Inpatient} {
			num, den := x.Fraction()
			text += " " + num + "/" + den
		}
	}
	return text
}

// One thing alone makes one part alone.
func TestEachPartAlone(t *testing.T) {
	cell := func(city region.Code, group string, heads, home, away int64, homePrice, awayPrice money.Fen) Cell {
		c := Cell{Key: pool.Key{Year: 2025, Division: city, Insurance: pool.Employee}, Group: group, Sex: Male, Heads: heads}
		c.Care[InpatientHome] = Visits{home, homePrice * money.Fen(home)}
		c.Care[InpatientAway] = Visits{away, awayPrice * money.Fen(away)}
		return c
	}
	for _, c := range []struct {
		part  string
		cells []Cell
		want  string // of 510100, in fen
	}{
		{"lake.decompose.structure", []Cell{cell("510100", "18-44", 30, 3, 0, 100, 0), cell("510100", "75+", 10, 5, 0, 100, 0), cell("510200", "18-44", 10, 1, 0, 100, 0), cell("510200", "75+", 30, 15, 0, 100, 0)}, "-10"},
		{"lake.decompose.utilisation", []Cell{cell("510100", "75+", 10, 6, 0, 100, 0), cell("510200", "75+", 10, 4, 0, 100, 0)}, "10"},
		{"lake.decompose.price", []Cell{cell("510100", "75+", 10, 5, 0, 300, 0), cell("510200", "75+", 10, 5, 0, 100, 0)}, "50"},
		{"lake.decompose.offsite", []Cell{cell("510100", "75+", 10, 2, 8, 100, 200), cell("510200", "75+", 10, 4, 6, 100, 200)}, "10"},
		{"lake.decompose.unregistered", []Cell{cell("510100", "18-44", 10, 5, 0, 100, 0), cell("510100", "75+", 0, 2, 0, 100, 0), cell("510200", "18-44", 10, 5, 0, 100, 0)}, "10"},
	} {
		d := Decompose(2025, c.cells).Differences[0]
		for _, p := range d.Parts() {
			want := "0"
			if p.Key == c.part {
				want = c.want
			}
			if got := p.Total.Exact(6); got != want || p.Inpatient.Exact(6) != want {
				t.Errorf("%s alone: %s is %s, want %s", c.part, p.Key, got, want)
			}
		}
	}
}

// More visits that are also dearer: what both do together goes to each by half.
func TestTogetherIsHalved(t *testing.T) {
	from := habits{money.NewRatio(1, 1), money.Ratio{}, money.NewRatio(10, 1), money.Ratio{}}
	to := habits{money.NewRatio(2, 1), money.Ratio{}, money.NewRatio(14, 1), money.Ratio{}}
	got := shapley(from, to) // 10 → 28: 10 and 4 alone, 4 together
	if got[0].Exact(6) != "12" || got[1].Exact(6) != "6" || got[2].Sign() != 0 {
		t.Error(got)
	}
}

// The cells drawn from claims are those the factors count; a register's heads take the place of the persons seen.
func TestDecomposeSession(t *testing.T) {
	t.Attr("clause", "YN-2.5")
	l := openLake(t, t.TempDir())
	if _, err := l.Import(t.Context(), writeClaims(t, 3_000, 3), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := s.Decompose(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	areas := straightAreas(3_000)
	if !d.Seen || !d.BySex || d.Snapshot.ID != s.ID || len(d.Differences) != len(areas) {
		t.Errorf("%d differences of %d areas", len(d.Differences), len(areas))
	}
	for _, e := range d.Differences {
		a := areas[e.Key]
		var in, away int64
		for _, c := range d.Cells {
			if c.Key == e.Key {
				in, away = in+c.Care[InpatientHome].Count+c.Care[InpatientAway].Count, away+c.Care[InpatientAway].Count
			}
		}
		if e.Heads != int64(len(a.persons)) || e.Cost != money.Fen(a.cost) || in != a.admissions || away != a.offsiteAdmissions {
			t.Errorf("%v: %d heads cost %v, %d admissions", e.Key, e.Heads, e.Cost, in)
		}
	}
	var register []EnrolledBySex
	for key := range areas {
		for i, group := range AgeGroups() {
			register = append(register, EnrolledBySex{Enrolled: Enrolled{Key: key, Group: group, Headcount: int64(1000 * (i + 1))}})
		}
	}
	if d, err = s.Decompose(t.Context(), register); err != nil || d.Seen || d.BySex || len(d.Cells) != len(register) || d.Differences[0].Heads != 15_000 {
		t.Errorf("%v: %d cells", err, len(d.Cells))
	}
	checkRefused(t, s, register)
}

func checkRefused(t *testing.T, s *Session, register []EnrolledBySex) {
	t.Helper()
	for name, spoil := range map[string]func([]EnrolledBySex) []EnrolledBySex{
		"area missing":  func(r []EnrolledBySex) []EnrolledBySex { return r[5:] },
		"a group":       func(r []EnrolledBySex) []EnrolledBySex { r[0].Group = "60+"; return r },
		"negative":      func(r []EnrolledBySex) []EnrolledBySex { r[0].Headcount = -1; return r },
		"sex sometimes": func(r []EnrolledBySex) []EnrolledBySex { r[1].Sex = Male; return r },
		"another sex": func(r []EnrolledBySex) []EnrolledBySex {
			for i := range r {
				r[i].Sex = "3"
			}
			return r
		},
	} {
		if _, err := s.Decompose(t.Context(), spoil(slices.Clone(register))); fault.KindOf(err) != fault.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPartsHaveNames(t *testing.T) {
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range (Difference{}).Parts() {
			if !p.Has(part.Key) {
				t.Errorf("%s: %s", lang, part.Key)
			}
		}
	}
}
