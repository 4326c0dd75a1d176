package synth_test

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"testing"

	"tongchou/internal/claim"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

// summary adds up the claims of some people in a year, without what was refunded.
type summary struct {
	persons, aged, retired           float64
	rows, stays, refunds             float64
	total, stayCost                  float64 // yuan
	inScope, stayPaid, paid          float64 // by the insurance: basic, large-amount, catastrophic
	stayFund, away, byCase           float64 // all funds
	awayStays, direct, toCapital     float64
	catastrophic, aid, fund, account float64
}

// summarise adds up a year by city and insurance type, and by person type.
func summarise(t *testing.T, c *synth.Claims, year policy.Year, persons int64) (byCity map[region.Code]*[2]summary, byType map[string]*summary, months [12]float64) {
	t.Helper()
	byCity, byType = map[region.Code]*[2]summary{}, map[string]*summary{"11": {}, "12": {}, "15": {}}
	insured, err := c.Insured(context.Background(), year)
	if err != nil {
		t.Fatal(err)
	}
	of := func(city region.Code, insurance string) *summary {
		if byCity[city] == nil {
			byCity[city] = new([2]summary)
		}
		if insurance == claim.EmployeeInsurance {
			return &byCity[city][0]
		}
		return &byCity[city][1]
	}
	for _, g := range insured {
		for _, s := range []*summary{of(g.Division, g.Insurance), byType[g.PersonType]} {
			s.persons += float64(g.Persons)
			if g.Age >= 60 {
				s.aged += float64(g.Persons)
			}
			if g.PersonType == "12" {
				s.retired += float64(g.Persons)
			}
		}
	}
	capital := capitalOf(insured)
	for row := range c.Of(year, 0, persons) {
		for _, s := range []*summary{of(row.InsuredAt, row.Insurance), byType[row.PersonType]} {
			s.add(row, capital)
		}
		if row.MedType == "21" && !row.RefundFlag {
			months[int(row.End[5]-'0')*10+int(row.End[6]-'0')-1]++
		}
	}
	return byCity, byType, months
}

// capitalOf is the first city.
func capitalOf(insured []synth.Insured) region.Code { return insured[0].Division }

func (s *summary) add(row *claim.Settlement, capital region.Code) {
	one := 1.0
	if row.RefundFlag {
		one = -1
		s.refunds++
	}
	insurance := float64(row.BasicPaid+row.LargeAmountPaid+row.CatastrophicPaid) / 100
	s.rows++
	s.total += float64(row.Total) / 100
	s.paid += insurance
	s.fund += float64(row.FundPaid) / 100
	s.account += float64(row.AccountPaid) / 100
	s.catastrophic += float64(row.CatastrophicPaid+row.LargeAmountPaid) / 100
	s.aid += float64(row.AidPaid) / 100
	if row.MedType != "21" {
		return
	}
	s.stays += one
	s.stayCost += float64(row.Total) / 100
	s.inScope += float64(row.InScope) / 100
	s.stayPaid += insurance
	s.stayFund += float64(row.FundPaid) / 100
	if row.PayMethod == "3" || row.PayMethod == "4" {
		s.byCase += float64(row.FundPaid) / 100
	}
	if row.TreatedAt != row.InsuredAt {
		s.away += float64(row.FundPaid) / 100
		s.awayStays += one
		if row.Direct {
			s.direct += one
		}
		if row.TreatedAt == capital {
			s.toCapital += one
		}
	}
}

func (s *summary) plus(o summary) {
	for _, p := range [...]struct {
		to *float64
		by float64
	}{{&s.persons, o.persons}, {&s.aged, o.aged}, {&s.retired, o.retired}, {&s.rows, o.rows}, {&s.stays, o.stays}, {&s.refunds, o.refunds},
		{&s.total, o.total}, {&s.stayCost, o.stayCost}, {&s.inScope, o.inScope}, {&s.stayPaid, o.stayPaid}, {&s.paid, o.paid},
		{&s.stayFund, o.stayFund}, {&s.away, o.away}, {&s.byCase, o.byCase}, {&s.awayStays, o.awayStays}, {&s.direct, o.direct},
		{&s.toCapital, o.toCapital}, {&s.catastrophic, o.catastrophic}, {&s.aid, o.aid}, {&s.fund, o.fund}, {&s.account, o.account}} {
		*p.to += p.by
	}
}

// The bulletins' figures, by year from 2023: employees, residents.
var (
	nationalPerAdmission = [3][2]float64{{12175, 7674}, {11707, 7408}, {11522, 7339}}
	nationalInScope      = [3][2]float64{{0.846, 0.681}, {0.848, 0.686}, {0.841, 0.660}}
	nationalEmployees    = [3]float64{37095.0 / 133389, 37948.34 / 132662.08, 38856.12 / 133069.39}
	nationalRetired      = [3]float64{9996.0 / 37095, 10457.5 / 37948.34, 10793.8 / 38856.12}
)

// On 300,000 persons the claims agree with the bulletins within what so many persons leave to chance.
func TestClaimsAgreeWithTheBulletins(t *testing.T) {
	const persons = 300_000
	for _, province := range []region.Code{"510000", "530000"} {
		c := claims(t, synth.ClaimOptions{Province: province, Persons: persons, From: 2023, To: 2025, Seed: 1})
		for i := range 3 {
			year := policy.Year(2023 + i)
			byCity, byType, months := summarise(t, c, year, persons)
			var all [2]summary
			for _, city := range byCity {
				all[0].plus(city[0])
				all[1].plus(city[1])
			}
			check := func(what string, got, want, within float64) {
				t.Helper()
				t.Logf("%s %d %-42s %10.4f wanted %10.4f (%+.2f%%)", province, year, what, got, want, (got/want-1)*100)
				if !about(got, want, within) {
					t.Errorf("%s %d %s: %.4f, want %.4f within %.1f%%", province, year, what, got, want, within*100)
				}
			}
			for k, name := range []string{"employees", "residents"} {
				s := all[k]
				check(name+": admission rate", s.stays/s.persons, 0.215, 0.025)
				check(name+": cost per admission", s.stayCost/s.stays, nationalPerAdmission[i][k], 0.03)
				check(name+": in-scope inpatient ratio", s.stayPaid/s.inScope, nationalInScope[i][k], 0.008)
				check(name+": the same with aid and supplements", s.stayFund/s.inScope, nationalInScope[i][k], 0.02)
			}
			check("share of employees", all[0].persons/persons, nationalEmployees[i], 0.01)
			check("retired of employees", all[0].retired/all[0].persons, nationalRetired[i], 0.015)
			retiree, worker := byType["12"], byType["11"]
			check("a retiree's cost against a worker's", retiree.total/retiree.persons/(worker.total/worker.persons), 3.34, 0.05)
			both := all[0]
			both.plus(all[1])
			check("admission rate", both.stays/both.persons, 0.215, 0.02)
			check("refunds of all rows", both.refunds/both.rows, 0.005, 0.06)
			if r := both.rows / both.persons; r < 1.25 || r > 4 {
				t.Errorf("%.2f rows per person", r)
			}
			if cased := both.byCase / both.stayFund; year == 2025 && cased < 0.70 || cased > 0.95 {
				t.Errorf("%d: %.3f of inpatient fund paid by case", year, cased)
			} else {
				t.Logf("%s %d by case %.3f, direct elsewhere %.3f, to the capital %.3f, rows per person %.2f, catastrophic %.4f, aid %.4f, account %.4f of all cost",
					province, year, cased, both.direct/both.awayStays, both.toCapital/both.awayStays, both.rows/both.persons, both.catastrophic/both.total, both.aid/both.total, both.account/both.total)
			}
			if months[1] != slices.Min(months[:]) || months[1]/both.stays > 0.075 || slices.Max(months[:])/both.stays < 0.087 {
				t.Errorf("February is not the quietest month by far, or none is busy: %v", months)
			}
		}
	}
}

// City by city the claims agree with the factors and the expenditure of the statements that the same seed makes up.
func TestClaimsAgreeWithTheStatements(t *testing.T) {
	const persons = 400_000
	o := synth.Options{Province: "510000", From: 2025, To: 2025, Seed: 1}
	facts := province(t, o)
	byCity, _, _ := summarise(t, claims(t, synth.ClaimOptions{Province: o.Province, Persons: persons, From: 2025, To: 2025, Seed: 1}), 2025, persons)
	var spent, paid, heads [2]float64
	for i, f := range facts.Factors {
		k := 0
		if f.Insurance == pool.Resident {
			k = 1
		}
		s := byCity[f.Division][k]
		spent[k] += float64(facts.Statements[i].Spent) / 100
		heads[k] += float64(f.Headcount)
		paid[k] += s.paid
		// Chance leaves less to a large city: four standard errors, and one part in a hundred.
		slack := func(variance, n float64) float64 { return 0.01 + 4*math.Sqrt(variance/n) }
		check := func(factor pool.Factor, got, within float64) {
			want, err := strconv.ParseFloat(f.Values[factor].Exact(6), 64)
			if err != nil || !about(got, want, within) {
				t.Errorf("%s %s %s: %.4f, want %.4f within %.1f%%", f.Division, f.Insurance, factor, got, want, within*100)
			}
		}
		check(pool.AdmissionRate, s.stays/s.persons, slack(1.8, s.stays))
		check(pool.CostPerAdmission, s.stayCost/s.stays*100, slack(2.2, s.stays))
		check(pool.CostPerHead, s.total/s.persons*100, slack(12, s.persons))
		check(pool.OffsiteShare, s.away/s.stayFund, slack(3.5, s.awayStays))
	}
	for k, name := range []string{"employees", "residents"} {
		got, want := paid[k]/sumPersons(byCity, k), spent[k]/heads[k]
		t.Logf("%s: %.2f yuan paid per head, %.2f spent", name, got, want)
		if !about(got, want, 0.03) {
			t.Errorf("%s: %.2f yuan paid per head, %.2f spent", name, got, want)
		}
	}
}

func sumPersons(byCity map[region.Code]*[2]summary, k int) (n float64) {
	for _, city := range byCity {
		n += city[k].persons
	}
	return n
}

// A province is as old as its census says, years later a little older; costs have a heavy tail, and a few people most of it.
func TestClaimantsAreAProvince(t *testing.T) {
	const persons = 300_000
	for _, p := range []struct {
		province region.Code
		aged     float64 // per cent, of README.md
	}{{"510000", 21.7}, {"530000", 14.8}} {
		c := claims(t, synth.ClaimOptions{Province: p.province, Persons: persons, From: 2022, To: 2025, Seed: 1})
		for _, year := range []policy.Year{2022, 2025} {
			insured, err := c.Insured(context.Background(), year)
			if err != nil {
				t.Fatal(err)
			}
			aged, children := 0.0, 0.0
			for _, g := range insured {
				if g.Age >= 60 {
					aged += float64(g.Persons) * 100 / persons
				}
				if g.Age < 18 {
					children += float64(g.Persons) * 100 / persons
				}
			}
			t.Logf("%s %d: %.2f%% aged 60 and over, %.2f%% under 18", p.province, year, aged, children)
			if want := p.aged + 0.6; year == 2022 && !about(aged, want, 0.015) || aged < want-0.5 || aged > want+3.5 {
				t.Errorf("%s %d: %.2f%% aged 60 and over, %.2f%% by the census and what is assumed since", p.province, year, aged, want)
			}
		}
	}
	c := claims(t, synth.ClaimOptions{Province: "510000", Persons: persons, From: 2025, To: 2025, Seed: 1})
	cost := make([]float64, 0, persons)
	eachPersonYear(c, func(all []claim.Settlement) {
		total := 0.0
		for _, s := range all {
			total += float64(s.Total)
		}
		cost = append(cost, total)
	})
	slices.SortFunc(cost, func(a, b float64) int { return cmp.Compare(b, a) })
	var all, top1, top5 float64
	for i, x := range cost {
		all += x
		if i < persons/100 {
			top1 += x
		}
		if i < persons/20 {
			top5 += x
		}
	}
	t.Logf("the dearest 1%% have %.3f of the cost, 5%% have %.3f", top1/all, top5/all)
	if top1/all < 0.12 || top1/all > 0.30 || top5/all < 0.35 || top5/all > 0.60 {
		t.Errorf("the dearest 1%% have %.3f of the cost, 5%% have %.3f", top1/all, top5/all)
	}
}

// about tells whether a figure is within a share of what it should be.
func about(got, want, within float64) bool { return math.Abs(got-want) <= within*math.Abs(want) }
