package benefit_test

import (
	"fmt"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/money"

	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
)

// bills are cases of one outpatient bill each, which nobody pays but the persons.
func bills(persons int, insurance benefit.Insurance, own money.Fen, groups ...string) (out []benefit.Case) {
	for i := range persons {
		c := benefit.Case{City: "510100", Visit: benefit.Visit{Date: "2026-03-09", Insurance: insurance, Category: benefit.Outpatient, Person: benefit.Person{ID: fmt.Sprintf("P%d", i)}, Scope: benefit.Scope{Total: own, InScope: own}}}
		for _, word := range groups {
			c.Groups = c.Groups.With(word)
		}
		out = append(out, c)
	}
	return out
}

// From which own costs on a year is catastrophic, by insurance and income group under the policy's assumptions: 40 % of what is left of (mean × share of the fifth) after living. Every value counts.
func TestIncomeGroups(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	schedules := schedulesOf(t, "reference", nil)
	incomes := benefit.IncomesOf(policytest.Pack(t, "sichuan").At("2026-12-31"))
	for insurance, limits := range map[benefit.Insurance]map[string]money.Fen{
		benefit.Employee: {"lowest": 2_900_00, "lower": 7_400_00, "middle": 12_800_00, "higher": 20_900_00, "highest": 38_000_00},
		benefit.Resident: {"lowest": 900_00, "lower": 3_400_00, "middle": 6_400_00, "higher": 10_900_00, "highest": 20_400_00},
	} {
		for word, limit := range limits {
			for own, want := range map[money.Fen]bool{limit: false, limit + 1: true} {
				s := benefit.NewSimulation(schedules, schedules)
				s.Incomes = incomes
				for _, c := range bills(100, insurance, own) {
					s.Person([]benefit.Case{c})
				}
				for _, row := range s.PeopleBy(benefit.ByIncome) {
					if row.Word == word && (row.Catastrophic[benefit.Baseline] == row.Persons) != want || row.Borne != [2]money.Fen{own * money.Fen(row.Persons), own * money.Fen(row.Persons)} {
						t.Errorf("%s of %s at %v: %+v", word, insurance, own, row)
					}
				}
			}
		}
	}
}

// Persons are spread evenly over the groups and add up to all; the aided are in the lowest; a stated income of an area takes the place of the policy's; without groups there are none.
func TestIncomeGroupsAddUp(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	schedules := schedulesOf(t, "reference", nil)
	s := benefit.NewSimulation(schedules, schedules)
	s.Incomes = benefit.IncomesOf(policytest.Pack(t, "sichuan").At("2026-12-31"))
	for _, c := range append(bills(10_000, benefit.Resident, 5_000_00), bills(500, benefit.Resident, 5_000_00, "subsistence")...) {
		s.Person([]benefit.Case{c})
	}
	rows, sum := s.PeopleBy(benefit.ByIncome), benefit.People{}
	if len(rows) != 5 || rows[0].Word != "lowest" || rows[4].Word != "highest" {
		t.Fatalf("%+v", rows)
	}
	for i, row := range rows {
		least, most := int64(1_850), int64(2_150)
		if i == 0 {
			least, most = least+500, most+500
		}
		if row.Persons < least || row.Persons > most || row.Judged != row.Persons {
			t.Errorf("%s: %d persons", row.Word, row.Persons)
		}
		sum.Persons += row.Persons
		sum.Catastrophic[benefit.Baseline] += row.Catastrophic[benefit.Baseline]
	}
	if all := s.People(); all.Persons != sum.Persons || all.Catastrophic[benefit.Baseline] != sum.Catastrophic[benefit.Baseline] || all.Catastrophic[benefit.Baseline] != rows[0].Persons+rows[1].Persons {
		t.Errorf("%+v, in all %+v", sum, all)
	}
	stated := benefit.NewSimulation(schedules, schedules)
	stated.Incomes = benefit.Incomes{Cities: map[region.Code]benefit.Income{"510100": {Disposable: 10_000_00}}}
	stated.Person(bills(1, benefit.Resident, 4_000_01))
	if p := stated.People(); p.Catastrophic[benefit.Baseline] != 1 || len(stated.PeopleBy(benefit.ByIncome)) != 0 {
		t.Errorf("%+v", p)
	}
}
