package lake

import (
	"reflect"
	"slices"
	"testing"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// straight computes the figures of one area from settlements, one after the other.
type straight struct {
	persons                                               map[string]*struct{ cost, age int64 }
	cost, admissions, inpatient, fund, offsite, scope     int64
	direct, offsiteAdmissions, offsiteCost, directCost    int64
	drg, dip, scope3, fund3, scope2, fund2, scope1, fund1 int64
}

func (a *straight) add(s claim.Settlement, city region.Code) {
	if a.persons == nil {
		a.persons = map[string]*struct{ cost, age int64 }{}
	}
	p := a.persons[s.Person]
	if p == nil {
		p = &struct{ cost, age int64 }{}
		a.persons[s.Person] = p
	}
	p.cost, p.age = p.cost+int64(s.Total), max(p.age, int64(s.Age))
	a.cost += int64(s.Total)
	if s.MedType != "21" {
		return
	}
	a.admissions++
	a.inpatient, a.fund, a.scope = a.inpatient+int64(s.Total), a.fund+int64(s.FundPaid), a.scope+int64(s.InScope)
	switch s.PayMethod {
	case "4":
		a.drg += int64(s.FundPaid)
	case "3":
		a.dip += int64(s.FundPaid)
	}
	switch {
	case s.Level <= "04":
		a.scope3, a.fund3 = a.scope3+int64(s.InScope), a.fund3+int64(s.FundPaid)
	case s.Level <= "07":
		a.scope2, a.fund2 = a.scope2+int64(s.InScope), a.fund2+int64(s.FundPaid)
	case s.Level <= "10":
		a.scope1, a.fund1 = a.scope1+int64(s.InScope), a.fund1+int64(s.FundPaid)
	}
	if s.TreatedAt[:4] == city[:4] || city == "510000" {
		return
	}
	a.offsite, a.offsiteCost, a.offsiteAdmissions = a.offsite+int64(s.FundPaid), a.offsiteCost+int64(s.Total), a.offsiteAdmissions+1
	if s.Direct {
		a.direct, a.directCost = a.direct+1, a.directCost+int64(s.Total)
	}
}

// top is what the costliest hundredths cost.
func (a *straight) top(hundredths int) int64 {
	var costs []int64
	for _, p := range a.persons {
		costs = append(costs, p.cost)
	}
	slices.Sort(costs)
	slices.Reverse(costs)
	var sum int64
	for _, c := range costs[:(len(costs)*hundredths+99)/100] {
		sum += c
	}
	return sum
}

func (a *straight) aged() (n int64) {
	for _, p := range a.persons {
		if p.age >= 60 {
			n++
		}
	}
	return n
}

// want gives numerator and denominator of every figure.
func (a *straight) want() map[pool.Factor][2]int64 {
	heads := int64(len(a.persons))
	return map[pool.Factor][2]int64{
		pool.AgedShare: {a.aged(), heads}, pool.CostPerHead: {a.cost, heads}, pool.AdmissionRate: {a.admissions, heads},
		pool.CostPerAdmission: {a.inpatient, a.admissions}, pool.OffsiteShare: {a.offsite, a.fund}, ScopeRatio: {a.fund, a.scope},
		ScopeRatioLevel3: {a.fund3, a.scope3}, ScopeRatioLevel2: {a.fund2, a.scope2}, ScopeRatioLevel1: {a.fund1, a.scope1},
		DirectRate: {a.direct, a.offsiteAdmissions}, DirectCostRate: {a.directCost, a.offsiteCost}, GroupedShare: {a.drg + a.dip, a.fund},
		DRGShare: {a.drg, a.fund}, DIPShare: {a.dip, a.fund}, Top1Share: {a.top(1), a.cost}, Top5Share: {a.top(5), a.cost},
	}
}

// Every figure equals the one computed straight from the settlements that were imported, the refunded left out.
func TestFactors(t *testing.T) {
	for _, clause := range []string{"YN-2.5", "YA-3.2.2", "SCE-7.2", "SC38-7.3"} {
		t.Attr("clause", clause)
	}
	l := openLake(t, t.TempDir())
	const rows = 30_000
	r, err := l.Import(t.Context(), writeClaims(t, rows, 3), ImportOptions{})
	if err != nil || r.Rejected > 0 {
		t.Fatal(r, err)
	}
	want := straightAreas(rows)
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f, err := s.Factors(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !f.Seen || f.Snapshot.ID != s.ID || f.Refunds != (Refunds{Count: rows / 50}) || len(f.Rows) != len(want) || len(f.Indicators) != len(want)*len(Definitions()) {
		t.Errorf("%d rows of %d, refunds %+v", len(f.Rows), len(want), f.Refunds)
	}
	if d, err := DrawFactors(t.Context(), s.conn, 2025, nil); err != nil || !reflect.DeepEqual(d.Indicators, f.Indicators) {
		t.Errorf("drawn without a session: %+v %v", d.Indicators, err)
	}
	for _, i := range f.Indicators {
		got, w := [2]int64{i.Numerator, i.Denominator}, want[i.Key].want()[i.Name]
		if got != w {
			t.Errorf("%v %s: %v, want %v", i.Key, i.Name, got, w)
		}
	}
	for _, row := range f.Rows {
		if row.Headcount != int64(len(want[row.Key].persons)) || len(row.Values) != 5 || row.Place.File != s.ID {
			t.Errorf("%+v", row)
		}
		a := want[row.Key]
		if got := row.Values[pool.CostPerHead]; got.Cmp(money.NewRatio(a.cost, row.Headcount).Fen().Ratio()) != 0 {
			t.Errorf("%v: cost per head %v", row.Key, got)
		}
	}
	var heads, cost int64
	for _, g := range f.AgeGroups {
		heads, cost = heads+g.Headcount, cost+int64(g.Cost)
	}
	for _, a := range want {
		heads, cost = heads-int64(len(a.persons)), cost-a.cost
	}
	if heads != 0 || cost != 0 {
		t.Errorf("age groups leave %d persons and %d fen", heads, cost)
	}
}

func straightAreas(rows int) map[pool.Key]*straight {
	refunded, all := map[string]bool{}, []claim.Settlement{}
	settlements(rows, 3, func(s *claim.Settlement) {
		if s.RefundFlag {
			refunded[s.OriginalID] = true
		} else {
			all = append(all, *s)
		}
	})
	out := map[pool.Key]*straight{}
	for _, s := range all {
		if refunded[s.ID] {
			continue
		}
		city := s.InsuredAt[:4] + "00"
		key := pool.Key{Year: 2025, Division: city, Insurance: insuranceOf(s.Insurance)}
		if out[key] == nil {
			out[key] = &straight{}
		}
		out[key].add(s, city)
	}
	return out
}

// With a register, headcounts are its own; one that lacks an area is refused.
func TestFactorsFromRegister(t *testing.T) {
	l := openLake(t, t.TempDir())
	if _, err := l.Import(t.Context(), write(t, head()+with("a")+with("b", "psn_no", "2", "age", "5", "data_kind", "synthetic")), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key := pool.Key{Year: 2025, Division: "510100", Insurance: pool.Employee}
	f, err := s.Factors(t.Context(), []Enrolled{{Key: key, Group: "0-17", Headcount: 30}, {Key: key, Group: "75+", Headcount: 10}, {Key: pool.Key{Year: 2024}, Group: "?"}})
	if err != nil {
		t.Fatal(err)
	}
	row := f.Rows[0]
	if f.Seen || row.Headcount != 40 || row.Values[pool.AgedShare].Exact(6) != "0.25" || row.Values[pool.AdmissionRate].Exact(6) != "0.05" ||
		row.Values[pool.CostPerHead].Fen() != 5000 || !row.Synthetic || !f.AgeGroups[0].Synthetic || len(f.AgeGroups) != 3 {
		t.Errorf("%+v %+v", row, f.AgeGroups)
	}
	for _, bad := range [][]Enrolled{{{Key: key, Group: "60+", Headcount: 1}}, {{Key: pool.Key{Year: 2025, Division: "510300", Insurance: pool.Employee}, Group: "75+", Headcount: 1}}, {{Key: key, Group: "75+", Headcount: -1}}} {
		if _, err := s.Factors(t.Context(), bad); fault.KindOf(err) != fault.Refused {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// Every figure has its name, numerator and denominator in both languages.
func TestDefinitions(t *testing.T) {
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range Definitions() {
			for _, key := range []string{d.Title(), d.Numerator(), d.Denominator()} {
				if !p.Has(key) {
					t.Errorf("%s: %s", lang, key)
				}
			}
		}
	}
}

func TestColumnsStandWhereTheyAre(t *testing.T) {
	names := claim.Columns()
	for i, name := range map[int]string{colID: "setl_id", colTreatedAt: "mdtrtarea_admvs", colSettled: "setl_time", colEnd: "enddate", colPayMethod: "hi_paymtd",
		colSex: "gend", colAmounts: "medfee_sumamt", colAmounts + amountCount - 1: "acct_mulaid_pay", colOriginal: "init_setl_id", colDataKind: "data_kind"} {
		if names[i] != name {
			t.Errorf("column %d is %s, not %s", i, names[i], name)
		}
	}
	if len(names) != columnCount {
		t.Errorf("%d columns", len(names))
	}
}

var _ Querier = (*Session)(nil)
