package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/intake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/synth"
	"tongchou/internal/web"
)

// demoInsured adds made-up insured persons to a demonstration, and standards of contributions to go by: a farmer insured for years, somebody
// who is back after a break, and a son who is insured as an employee.
func (a *app) demoInsured(ctx context.Context, p people, demo *web.Demo) error {
	d := demoPlace{app: a, province: p.province, county: p.firstCounty(), now: time.Now()}
	if d.county == "" {
		return nil
	}
	act := store.Act{Record: office.Record{Chain: p.province, Who: operator, Action: "person.import"}, Scope: store.ScopeOf(p.province)}
	_, err := p.Persons().Change(ctx, act, func(t *store.Tx, files store.People) error {
		if err := d.standards(t); err != nil {
			return err
		}
		source, err := t.Source(a.p.T("cli.demo.source"))
		if err != nil {
			return err
		}
		demo.Insured = nil
		for i, x := range []demoPerson{d.farmer(), d.back(), d.son()} {
			seventeen := fmt.Sprintf("999999%s%03d", x.born, 2*i+1)
			identity := enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: seventeen + string(enrol.CheckDigit(seventeen))}, Name: a.p.T("cli.demo.insured." + x.key),
				Sex: enrol.Male, Birth: policy.Date(x.born[:4] + "-" + x.born[4:6] + "-" + x.born[6:])}
			home := enrol.PlaceIn(d.county)
			facts := append([]enrol.Fact{enrol.Known{Identity: identity}, enrol.Registered{On: identity.Birth, Place: home}, enrol.Lives{On: identity.Birth, Place: home}}, x.facts...)
			if _, err := files.Add(source, facts...); err != nil {
				return err
			}
			demo.Insured = append(demo.Insured, web.DemoPerson{Name: identity.Name, Number: identity.Number, About: a.p.T("cli.demo.about." + x.key)})
		}
		return nil
	})
	return err
}

// demoInhabitants is how many made-up persons of all counties a demonstration has beside those who sign in.
const demoInhabitants = 10_000

// demoPopulation imports made-up persons, so that counts, lists and targets have something to show.
func (a *app) demoPopulation(ctx context.Context, p people, data string) error {
	return p.populate(ctx, data, demoInhabitants)
}

// populate takes made-up persons into a store by way of a file in a directory.
func (p people) populate(ctx context.Context, data string, many int64) error {
	now := time.Now()
	persons, err := synth.NewPeople(synth.PeopleOptions{Province: p.province, Persons: many, From: policy.Year(now.Year()) - 4, To: policy.Year(now.Year()), Seed: 1}, p.tree)
	if err != nil {
		return err
	}
	source := filepath.Join(data, "people-"+string(p.province)+".csv")
	defer os.Remove(source) // it is in the store by then; a demo's directory goes with the demo
	if err := wholeFile(source, func(w io.Writer) error { return persons.WriteCSV(ctx, w, 0, nil) }); err != nil {
		return err
	}
	_, err = intake.People(ctx, p.Store, source, intake.Options{Act: store.Act{Record: office.Record{Chain: p.province, Who: operator}, Scope: store.ScopeOf(p.province)},
		Counties: counties(p.tree), Today: policy.DayOf(now)})
	return err
}

// firstCounty is the first county of the first city; none where the table of divisions has no counties.
func (p people) firstCounty() region.Code {
	if counties := p.tree.Children(p.firstCity()); len(counties) > 0 {
		return counties[0].Code
	}
	return ""
}

// demoPlace is where and when the made-up persons of a demonstration live.
type demoPlace struct {
	*app
	province, county region.Code
	now              time.Time
}

// demoPerson is a made-up person: what texts about him are named by, and his day of birth in eight digits.
type demoPerson struct {
	key, born string
	facts     []enrol.Fact
}

// The shares of a made-up contribution of a resident, in fen.
const (
	demoIndividual = money.Fen(400_00)
	demoSubsidy    = money.Fen(670_00)
)

// standards keeps made-up standards for this year and those beside it.
func (d demoPlace) standards(t *store.Tx) error {
	for year := policy.Year(d.now.Year()) - 1; year <= policy.Year(d.now.Year())+2; year++ {
		for _, way := range []enrol.Way{enrol.Ordinary, enrol.Newborn, enrol.Pupil, enrol.Student, enrol.Permit} {
			s := enrol.Standard{Year: year, Division: d.province, Way: way, Individual: demoIndividual, Subsidy: enrol.Shares{enrol.Central: demoSubsidy}, Source: d.p.T("cli.demo.source")}
			if err := t.SaveStandard(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// resident is a year of a resident's cover, paid for on a day.
func (d demoPlace) resident(year policy.Year, on policy.Date) []enrol.Fact {
	from := max(policy.Date(fmt.Sprintf("%d-01-01", year)), on)
	return []enrol.Fact{enrol.Paid{Area: d.county, Way: enrol.Ordinary, Year: year, On: on, Shares: enrol.Shares{enrol.Person: demoIndividual, enrol.Central: demoSubsidy}},
		enrol.Covered{Area: d.county, Way: enrol.Ordinary, Spell: enrol.Spell{From: from, To: year.End()}}}
}

// farmer is insured as a resident without a break since 2019, and had nothing paid for him.
func (d demoPlace) farmer() demoPerson {
	x := demoPerson{key: "farmer", born: "19620301"}
	for year := policy.Year(2019); year <= policy.Year(d.now.Year()); year++ {
		x.facts = append(x.facts, d.resident(year, policy.Date(fmt.Sprintf("%d-10-08", year-1)))...)
		if year >= 2025 && int(year) < d.now.Year() {
			x.facts = append(x.facts, enrol.Used{Year: year})
		}
	}
	reminded := policy.Date(fmt.Sprintf("%d-09-20", d.now.Year()))
	x.facts = append(x.facts, enrol.Reminded{On: reminded, By: string(operator), Channel: d.p.T("cli.demo.reminded.by"), Result: d.p.T("cli.demo.reminded")})
	return x
}

// back was not insured from 2023 on and paid late in the year when he came back.
func (d demoPlace) back() demoPerson {
	x := demoPerson{key: "back", born: "19800101"}
	for year := policy.Year(2021); year <= 2022; year++ {
		x.facts = append(x.facts, d.resident(year, policy.Date(fmt.Sprintf("%d-10-08", year-1)))...)
	}
	x.facts = append(x.facts, d.resident(policy.Year(d.now.Year()), policy.DayOf(d.now))...)
	return x
}

// son is insured as an employee.
func (d demoPlace) son() demoPerson {
	x := demoPerson{key: "son", born: "19880501"}
	for year := policy.Year(2022); year <= policy.Year(d.now.Year()); year++ {
		x.facts = append(x.facts, enrol.Covered{Area: d.county, Way: enrol.Staff, Spell: enrol.Spell{From: policy.Date(fmt.Sprintf("%d-01-01", year)), To: year.End()}})
	}
	return x
}
