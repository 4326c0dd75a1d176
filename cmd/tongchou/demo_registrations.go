package main

import (
	"time"

	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/register"
	"tongchou/internal/store"
)

// register has patients of the first county apply for care away from home and for the approval of diseases; the county's second clerk decides all but the last application.
func (d *demoMonth) register() error {
	who := map[office.Login]office.UserID{}
	for _, u := range d.demo.Users {
		who[u.Login] = u.ID
	}
	county, now := d.counties[0], time.Now().In(policy.China)
	today := policy.DayOf(now)
	terms := register.TermsOf(d.policy.At(today))
	away := d.people.province
	if len(d.counties) > 1 {
		away, _ = d.tree.PoolingArea(d.counties[1]) // of the tree
	}
	wanted := []register.Registration{
		{Kind: register.TwoDisease, Disease: register.Hypertension, Channel: register.AtCounter},
		{Kind: register.Chronic, Disease: "M01600", DiseaseName: d.p.T("cli.demo.chronic"), Channel: register.AtInstitution},
		{Kind: register.Referral, Area: away, Channel: register.AtInstitution},
		{Kind: register.Elsewhere, Area: away, Channel: register.Online},
	}
	for _, x := range d.persons {
		if x.County != county || len(wanted) == 0 {
			continue
		}
		r := wanted[0]
		wanted = wanted[1:]
		r.Person, r.County, r.From, r.Reason = x.No, county, today, d.p.T("cli.demo.registered")
		act := func(user office.Login, deed register.State) store.Act {
			return store.Act{Record: office.Record{Chain: county, Who: who[user], At: now, Action: "registration." + string(deed)}, Scope: store.ScopeOf(county)}
		}
		kept, _, err := d.Registrations().Change(d.ctx, act("county-enrol", register.Applied), x.No, func(all []register.Registration) (register.Registration, error) {
			return register.Apply(r, all, register.By{Who: who["county-enrol"], Division: county, At: now}, terms)
		})
		if err != nil {
			return err
		}
		if len(wanted) == 0 {
			return nil // waits to be decided
		}
		if _, _, err := d.Registrations().Change(d.ctx, act("county-enrol-2", register.Approved), x.No, func(all []register.Registration) (register.Registration, error) {
			return all[len(all)-1].Decide(register.Decision{Version: kept.Version, By: office.Subject{ID: who["county-enrol-2"], Division: county}, At: now, Approve: true})
		}); err != nil {
			return err
		}
	}
	return nil
}
