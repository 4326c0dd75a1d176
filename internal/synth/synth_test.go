package synth_test

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

var (
	sichuan = synth.Options{Province: "510000", From: 2023, To: 2025, Seed: 1}
	yunnan  = synth.Options{Province: "530000", From: 2025, To: 2027, Seed: 1, Insurances: []pool.Insurance{pool.Resident}, ProvincialUnit: true}
)

func load(t testing.TB) *region.Tree {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func province(t testing.TB, o synth.Options) pool.Facts {
	t.Helper()
	facts, err := synth.Province(o, load(t))
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func TestSameSeedSameProvince(t *testing.T) {
	o := sichuan
	o.AgeGroups = true
	first := province(t, o)
	if !reflect.DeepEqual(first, province(t, o)) {
		t.Error("the same options gave two provinces")
	}
	o.Seed++
	other := province(t, o)
	for i, s := range first.Statements {
		if s.Income == other.Statements[i].Income {
			t.Errorf("another seed, the same income in row %d", i)
		}
	}
	// Pinned, so that a platform or release that draws otherwise shows.
	if s := first.Statements[0]; s.Division != "510100" || s.Income.String() != pinnedIncome || s.SurplusBegin.String() != pinnedSurplus {
		t.Errorf("Chengdu 2023: %s %s", s.Income, s.SurplusBegin)
	}
}

const pinnedIncome, pinnedSurplus = "48478575889.48", "8569513354.75"

func TestMoreYearsAndTypesLeaveTheRowsAsTheyWere(t *testing.T) {
	short := province(t, sichuan)
	o := sichuan
	o.To = 2030
	long := province(t, o)
	if !reflect.DeepEqual(short.Statements, long.Statements[:len(short.Statements)]) || !reflect.DeepEqual(short.Factors, long.Factors[:len(short.Factors)]) {
		t.Error("asking for more years changed the first ones")
	}
	o = sichuan
	o.Insurances = []pool.Insurance{pool.Resident}
	var residents []pool.Statement
	for _, s := range short.Statements {
		if s.Insurance == pool.Resident {
			residents = append(residents, s)
		}
	}
	if !reflect.DeepEqual(province(t, o).Statements, residents) {
		t.Error("residents alone differ from residents among all")
	}
}

// per are the province-wide figures of one year and type, in yuan per head or admission.
type per struct{ income, spent, costPerAdmission, admissionRate, employeeShare, agedShare float64 }

func provinceWide(facts pool.Facts, year policy.Year, insurance pool.Insurance) per {
	var income, spent, heads, employees, all, admissions, cost, aged float64
	for _, s := range facts.Statements {
		if s.Year == year && s.Insurance == insurance {
			income, spent = income+float64(s.Income)/100, spent+float64(s.Spent)/100
		}
	}
	for _, f := range facts.Factors {
		if f.Year != year {
			continue
		}
		n := float64(f.Headcount)
		all += n
		if f.Insurance == pool.Employee {
			employees += n
		}
		if f.Insurance == insurance {
			heads += n
			admissions += n * number(f.Values[pool.AdmissionRate])
			cost += n * number(f.Values[pool.AdmissionRate]) * number(f.Values[pool.CostPerAdmission]) / 100
			aged += n * number(f.Values[pool.AgedShare])
		}
	}
	return per{income / heads, spent / heads, cost / admissions, admissions / heads, employees / all, aged / heads}
}

func number(r money.Ratio) float64 { return float64(r.Mul(money.NewRatio(1_000_000, 1)).Fen()) / 1e6 }

func TestProvinceWideEqualsTheNation(t *testing.T) {
	want := map[pool.Insurance]map[policy.Year]per{
		pool.Employee: {
			2023: {4470, 3141, 12175, .215, .2781, .2695},
			2024: {4570, 3484, 11707, .215, .2861, .2756},
			2025: {4708, 3499, 11522, .215, .2920, .2778},
		},
		pool.Resident: {
			2023: {1098, 1086, 7674, .215, .2781, 0},
			2024: {1181, 1126, 7408, .215, .2861, 0},
			2025: {1193, 1133, 7339, .215, .2920, 0},
		},
	}
	for _, code := range []region.Code{"510000", "530000"} {
		for seed := range uint64(5) {
			facts := province(t, synth.Options{Province: code, From: 2023, To: 2025, Seed: seed, ProvincialUnit: seed%2 == 1})
			for insurance, years := range want {
				for year, w := range years {
					got := provinceWide(facts, year, insurance)
					near(t, got.income, w.income, 0.001)
					near(t, got.spent, w.spent, 0.001)
					near(t, got.costPerAdmission, w.costPerAdmission, 0.01)
					near(t, got.admissionRate, w.admissionRate, 0.01)
					near(t, got.employeeShare, w.employeeShare, 0.001)
					if insurance == pool.Employee {
						near(t, got.agedShare, w.agedShare, 0.001)
					}
					if seed == 1 {
						t.Logf("%s %d %s: %+.4v", code, year, insurance, got)
					}
				}
			}
		}
	}
}

func near(t *testing.T, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > want*tolerance {
		t.Errorf("%.4f is more than %.1f%% from %.4f", got, tolerance*100, want)
	}
}

func TestResidentsAgeLikeTheCensus(t *testing.T) {
	for _, f := range province(t, sichuan).Factors {
		if f.Year == 2023 && f.Insurance == pool.Resident && f.Division == "510300" && f.Values[pool.AgedShare].Exact(6) != "0.2824" {
			t.Errorf("Zigong: %s, census 0.2734 and three years of ageing", f.Values[pool.AgedShare].Exact(6))
		}
	}
}

func TestCitiesVaryPlausibly(t *testing.T) {
	facts := province(t, sichuan)
	employees, all := map[region.Code]int64{}, map[region.Code]int64{}
	income := map[region.Code]int64{}
	for i, f := range facts.Factors {
		if f.Year != 2024 {
			continue
		}
		all[f.Division] += f.Headcount
		if f.Insurance == pool.Employee {
			employees[f.Division] = f.Headcount
			income[f.Division] = int64(facts.Statements[i].Income) / f.Headcount
		}
	}
	for code := range all {
		if code != "510100" && income[code] >= income["510100"] {
			t.Errorf("%s is richer than Chengdu", code)
		}
	}
	if share := employees["510100"] * 100 / all["510100"]; share < 45 || share > 60 {
		t.Errorf("%d%% employees in Chengdu", share)
	}
	for _, code := range []region.Code{"513200", "513300", "513400"} {
		if employees[code]*100 > all[code]*25 || income[code] > income["510100"]*4/5 {
			t.Errorf("%s: %d of %d are employees, income %d", code, employees[code], all[code], income[code])
		}
	}
}

// Whatever is asked for, every row is marked and within its bounds, and a part is never more than its whole.
func TestEveryRowIsSound(t *testing.T) {
	tree := load(t)
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(int(synth.FirstYear), int(synth.LastYear)).Draw(t, "from")
		o := synth.Options{
			Province: rapid.SampledFrom([]region.Code{"510000", "530000"}).Draw(t, "province"),
			From:     policy.Year(from), To: policy.Year(min(from+2, int(synth.LastYear))),
			Seed: rapid.Uint64().Draw(t, "seed"), AgeGroups: true, ProvincialUnit: rapid.Bool().Draw(t, "unit"),
		}
		facts, err := synth.Province(o, tree)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range facts.Statements {
			sound(t, o, s, facts.Factors[i])
		}
		heads, costs := map[pool.Key]int64{}, map[pool.Key]money.Fen{}
		for _, g := range facts.AgeGroups {
			if !g.Synthetic || g.Headcount <= 0 || g.Cost <= 0 {
				t.Fatalf("age group %+v", g)
			}
			heads[g.Key] += g.Headcount
			costs[g.Key] += g.Cost
		}
		for _, f := range facts.Factors {
			if heads[f.Key] != f.Headcount || costs[f.Key] != f.Values[pool.CostPerHead].Mul(money.NewRatio(f.Headcount, 1)).Fen() {
				t.Fatalf("the age groups of %v add up to %d and %s", f.Key, heads[f.Key], costs[f.Key])
			}
		}
	})
}

func sound(t *rapid.T, o synth.Options, s pool.Statement, f pool.FactorRow) {
	if s.Key != f.Key || !s.Synthetic || !f.Synthetic || f.Headcount <= 0 || s.SurplusOpen != (s.Year > o.From) {
		t.Fatalf("%+v %+v", s, f)
	}
	if s.Income <= 0 || s.Spent <= 0 || s.Levied <= 0 || s.Levied > s.Income || s.Violation < 0 || s.Violation*100 > s.Spent {
		t.Fatalf("amounts of %+v", s)
	}
	if apart := s.Planned - s.Expenditure(); apart*100 > s.Expenditure()*8 || -apart*100 > s.Expenditure()*8 {
		t.Fatalf("%+v planned too far from spent", s)
	}
	for name, x := range f.Values {
		if x.Sign() <= 0 || (name == pool.CostPerHead || name == pool.CostPerAdmission) && x.Exact(9) != x.Text(0) || x.Exact(9) != x.Exact(6) {
			t.Fatalf("%v %s = %s", f.Key, name, x.Exact(9))
		}
	}
	one := money.NewRatio(1, 1)
	if f.Values[pool.AgedShare].Cmp(one) > 0 || f.Values[pool.OffsiteShare].Cmp(one) > 0 {
		t.Fatalf("shares of %v: %v", f.Key, f.Values)
	}
	if f.Values[pool.AdmissionRate].Mul(f.Values[pool.CostPerAdmission]).Cmp(f.Values[pool.CostPerHead]) >= 0 {
		t.Fatalf("%v: inpatient cost is more than all cost: %v", f.Key, f.Values)
	}
}

func TestWhatCannotBeMadeUp(t *testing.T) {
	for key, change := range map[string]func(*synth.Options){
		"synth.no_census": func(o *synth.Options) { o.Province = "110000" },
		"synth.years":     func(o *synth.Options) { o.From, o.To = 2025, 2024 },
		"synth.insurance": func(o *synth.Options) { o.Insurances = []pool.Insurance{"child"} },
	} {
		o := sichuan
		change(&o)
		refused(t, o, key)
	}
	for _, years := range [][2]policy.Year{{synth.FirstYear - 1, 2024}, {2024, synth.LastYear + 1}} {
		refused(t, synth.Options{Province: "510000", From: years[0], To: years[1]}, "synth.years")
	}
}

func refused(t *testing.T, o synth.Options, key string) {
	t.Helper()
	_, err := synth.Province(o, load(t))
	if f, ok := err.(*fault.Error); !ok || f.Key != key || f.Kind != fault.Usage {
		t.Errorf("%+v: %v, want %s", o, err, key)
	}
}

func TestYaanReference(t *testing.T) {
	r := synth.YaanReference()
	if d, ok := load(t).Get(r.Division); !ok || d.Name != "雅安市" {
		t.Errorf("%v", d)
	}
	for what, c := range map[string][2]string{
		"income": {r.Income.In(money.HundredMillion), "20.19"}, "spent": {r.Spent.In(money.HundredMillion), "18.61"},
		"surplus": {r.Surplus.In(money.HundredMillion), "21.66"}, "active per retired": {r.ActivePerRetired.String(), "1.99"},
		"insured": {money.NewRatio(r.Insured, 10_000).Text(2), "149.48"}, "document": {r.Document, "YA"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %s, published %s", what, c[0], c[1])
		}
	}
}

func BenchmarkProvinceYear(b *testing.B) {
	tree := load(b)
	o := synth.Options{Province: "510000", From: 2024, To: 2024, Seed: 1, AgeGroups: true}
	for b.Loop() {
		if _, err := synth.Province(o, tree); err != nil {
			b.Fatal(err)
		}
	}
}
