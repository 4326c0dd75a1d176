package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/web"
)

// demoUsers are the users of a demonstration: every department and every role. Those of a city or county are of the first one.
var demoUsers = []struct {
	login      office.Login
	city       bool
	county     bool
	department office.Department
	roles      []office.Role
}{
	{"clerk", false, false, office.MedicalSecurity, []office.Role{office.Clerk}},
	{"reviewer", false, false, office.MedicalSecurity, []office.Role{office.Reviewer}},
	{"approver", false, false, office.MedicalSecurity, []office.Role{office.Approver}},
	{"finance", false, false, office.Finance, []office.Role{office.Approver}},
	{"accountant", false, false, office.MedicalSecurity, []office.Role{office.Accountant}},
	{"cashier", false, false, office.MedicalSecurity, []office.Role{office.Cashier}},
	{"finance-accountant", false, false, office.Finance, []office.Role{office.Accountant}},
	{"finance-clerk", false, false, office.Finance, []office.Role{office.Clerk}},
	{"claims", false, false, office.MedicalSecurity, []office.Role{office.Viewer, office.ClaimsReader, office.PlainReader}},
	{"tax", false, false, office.Taxation, []office.Role{office.Clerk}},
	{"health", false, false, office.Health, []office.Role{office.Viewer}},
	{"auditor", false, false, office.AuditOffice, []office.Role{office.Auditor}},
	{"city-clerk", true, false, office.MedicalSecurity, []office.Role{office.Clerk}},
	{"city-reviewer", true, false, office.MedicalSecurity, []office.Role{office.Reviewer}},
	{"city-approver", true, false, office.MedicalSecurity, []office.Role{office.Approver}},
	{"city-finance", true, false, office.Finance, []office.Role{office.Approver}},
	{"province-enrol", false, false, office.MedicalSecurity, []office.Role{office.EnrolClerk}},
	{"city-enrol", true, false, office.MedicalSecurity, []office.Role{office.EnrolClerk}},
	{"city-settlement", true, false, office.MedicalSecurity, []office.Role{office.Viewer, office.ClaimsReader, office.EnrolClerk}}, // finds settlements by person
	{"county-enrol", false, true, office.MedicalSecurity, []office.Role{office.EnrolClerk}},
	{"county-enrol-2", false, true, office.MedicalSecurity, []office.Role{office.EnrolClerk}},
	{"sysadmin", false, false, office.MedicalSecurity, []office.Role{office.SystemAdmin}},
	{"secadmin", false, false, office.MedicalSecurity, []office.Role{office.SecurityAdmin}},
	{"auditadmin", false, false, office.MedicalSecurity, []office.Role{office.AuditAdmin}},
}

// demoStore sets up a store with the users of a demonstration, who all have one password.
func (a *app) demoStore(ctx context.Context, data string, folder *exchange.Folder) (_ *store.Store, _ *web.Demo, err error) {
	engine, pack, err := a.engineFor(folder.Settings().Policy)
	if err != nil {
		return nil, nil, err
	}
	if len(pack.Provinces) == 0 {
		return nil, nil, nil
	}
	s, err := store.Open(ctx, storeAddress(data, ""), storeOptions())
	if err != nil {
		return nil, nil, err
	}
	p := people{s, engine.Tree, pack.Provinces[0], office.DefaultSecurityRules()}
	demo, err := a.addDemoUsers(ctx, p)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	if err := a.demoInsured(ctx, p, demo); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	if err := a.demoPopulation(ctx, p, data); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	if err := a.demoInstitutions(ctx, p, demo); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	if err := a.demoPapers(ctx, p); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	if err := a.demoMoney(ctx, s, folder, demo); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	if err := a.demoSettlements(ctx, p, demo); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, demo, nil
}

// addDemoUsers keeps the users of a demonstration. The password is hashed once: it is everybody's, and printed.
func (a *app) addDemoUsers(ctx context.Context, p people) (*web.Demo, error) {
	account, password, err := p.rules.HandOut(office.Account{}, random(), salt(), time.Now())
	if err != nil {
		return nil, err
	}
	demo := &web.Demo{Password: password}
	for _, d := range demoUsers {
		division := p.province
		if d.city {
			division = p.firstCity()
		}
		if d.county {
			division = p.firstCounty()
		}
		if division == "" {
			continue
		}
		u := office.User{ID: office.UserID("u-" + strings.ToLower(rand.Text())), Login: d.login, Department: d.department, Division: division, Roles: d.roles,
			State: office.Active, Version: 1}
		u.Name = a.p.T("cli.demo.user", "division", a.p.Short(division), "department", d.department.Label(), "role", d.roles[0].Label())
		if err := u.Check(p.tree); err != nil {
			return nil, err
		}
		if err := p.save(ctx, "user.add", nil, office.Account{User: u, Password: account.Password, Set: account.Set}); err != nil {
			return nil, err
		}
		demo.Users = append(demo.Users, u)
	}
	return demo, nil
}

// firstCity is the province's first city below its capital.
func (p people) firstCity() region.Code {
	cities := p.tree.Prefectures(p.province)
	return cities[min(1, len(cities)-1)].Code
}

// sayDemo says who may sign in to a demonstration.
func (a *app) sayDemo(demo *web.Demo) error {
	if demo == nil {
		return nil
	}
	logins := make([]string, len(demo.Users))
	for i, u := range demo.Users {
		logins[i] = string(u.Login)
	}
	if err := a.say("cli.demo.users", "password", demo.Password, "logins", strings.Join(logins, " ")); err != nil {
		return err
	}
	for _, x := range demo.Institutions {
		if err := a.sayInstitution(x.Institution, x.Token); err != nil {
			return err
		}
	}
	for _, x := range demo.Insured {
		if err := a.say("cli.demo.patient", "name", x.Name, "number", x.Number); err != nil {
			return err
		}
	}
	return nil
}
