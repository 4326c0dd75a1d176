package synth

import (
	"strings"
	"testing"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

func TestCensusAddsUpToWhatWasPublished(t *testing.T) {
	known, err := places()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	for province, want := range map[region.Code]int64{"510000": 83_674_866, "530000": 47_209_277} {
		var total int64
		for _, d := range tree.Prefectures(province) {
			c := known[d.Code]
			if c.people == 0 || c.aged == 0 || c.wealth == 0 || c.employees == 0 || c.offsite == 0 {
				t.Errorf("%s: %+v", d.Code, c)
			}
			total += c.people
		}
		if total != want {
			t.Errorf("%s has %d people, want %d", province, total, want)
		}
		if known[province].people != 0 {
			t.Errorf("the provincial unit %s has a census figure", province)
		}
	}
	if c := known["510300"]; !c.agedPublished || c.aged != 273_400 {
		t.Errorf("a published share of the aged: %+v", c)
	}
	if c := known["510400"]; c.agedPublished {
		t.Errorf("an assumed share of the aged counts as published: %+v", c)
	}
}

// The bulletins' own figures per head, to the yuan.
func TestNationalFiguresPerHead(t *testing.T) {
	b, err := national()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		amount, heads string
		first         policy.Year
		yuan          []string
	}{
		{"employee_pooled_income", "insured_employee", 2023, []string{"4470", "4570", "4708"}},
		{"employee_pooled_expenditure", "insured_employee", 2023, []string{"3141", "3484", "3499"}},
		{"resident_income", "insured_resident", 2022, []string{"1030", "1098", "1180", "1193"}},
		{"resident_expenditure", "insured_resident", 2022, []string{"951", "1086", "1126", "1133"}},
	} {
		s := b.perHead(c.amount, c.heads)
		for i, want := range c.yuan {
			if got := s.at(c.first + policy.Year(i)).Quo(money.NewRatio(100, 1)).Text(0); got != want {
				t.Errorf("%s %d: %s yuan, want %s", c.amount, int(c.first)+i, got, want)
			}
		}
	}
}

func TestSeriesCarriesOnWithTheNearestGrowth(t *testing.T) {
	s := newSeries(map[policy.Year]money.Ratio{2023: money.NewRatio(100, 1), 2024: money.NewRatio(200, 1), 2025: money.NewRatio(220, 1)})
	for year, want := range map[policy.Year]string{2021: "25", 2022: "50", 2023: "100", 2024: "200", 2025: "220", 2026: "242", 2027: "266.2"} {
		if got := s.at(year).Exact(3); got != want {
			t.Errorf("%d: %s, want %s", year, got, want)
		}
	}
	for year, want := range map[policy.Year]string{2020: "100", 2024: "200", 2030: "220"} {
		if got := s.held(year).Exact(3); got != want {
			t.Errorf("held %d: %s, want %s", year, got, want)
		}
	}
}

func TestTablesThatAreWrongAreNamed(t *testing.T) {
	const profile = "code,aged,wealth,employees,offsite\n"
	for _, c := range []struct{ population, profile, want string }{
		{"code,population,pct60plus\n999999,1,\n", profileCSV, "population.csv: row 2: 999999 has no profile"},
		{"code,population,pct60plus\n510100,many,\n", profileCSV, "population.csv: row 2"},
		{"code,population,pct60plus\n510100,1,old\n", profileCSV, "population.csv: row 2"},
		{populationCSV, profile + "510100,1,rich,1,1\n", "profile.csv: row 2"},
		{populationCSV, profile + "510100,1\n", "profile.csv: record on line 2"},
	} {
		if _, err := parsePlaces(c.population, c.profile); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if _, err := parseBulletins("indicator,unit,2022\nx,yuan,?\n"); err == nil || !strings.HasPrefix(err.Error(), "national.csv: row 2") {
		t.Errorf("bulletins: %v", err)
	}
}
