package main

import (
	"context"
	"fmt"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/synth"
)

// demoList is the made-up benefit list of a demonstration: wide ranges, and the identities that medical aid knows.
const demoList = `document: %q
number: %q
issued: %s
synthetic: true
distinctions: [retired, destitute, orphan, subsistence, poverty_monitored, civil_servant, supplementary, mutual_aid, long_term_care]
ranges:
  - {parameter: benefit.inpatient.ratio.resident.*, least: "0.5", most: "0.95"}
  - {parameter: benefit.inpatient.ratio.employee.*, least: "0.7", most: "0.97"}
  - {parameter: benefit.inpatient.deductible.*, most: "2000"}
  - {parameter: benefit.*}
`

// demoPapers puts a made-up benefit list on file, and made-up rules of the cities, approved a year ago. The city of the demonstration's hospital has none.
func (a *app) demoPapers(ctx context.Context, p people) error {
	library, err := policy.Load(a.policyFiles())
	if err != nil {
		return err
	}
	pack, ok := library.Pack(demoSettling)
	if !ok {
		return fault.New(fault.Internal, "settled.no_rules", "policy", demoSettling)
	}
	at := time.Now().AddDate(-1, 0, 0)
	from := policy.DayOf(at).Add(1)
	if err := a.demoPaper(ctx, p, at, office.BenefitList, p.province, a.p.T("cli.demo.list"),
		fmt.Appendf(nil, demoList, a.p.T("cli.demo.list"), a.p.T("cli.demo.list.number"), string(from))); err != nil {
		return err
	}
	rules, err := synth.CityRules(p.province, pack, from, demoSeed, p.tree)
	if err != nil {
		return err
	}
	for _, city := range p.tree.Prefectures(p.province) {
		paper := benefit.Paper{Division: city.Code, Title: a.p.T("cli.demo.rules", "division", city.Code)}
		for _, r := range rules {
			if r.Division == city.Code && city.Code != p.firstCity() {
				paper.Rules = append(paper.Rules, r)
			}
		}
		if len(paper.Rules) == 0 {
			continue
		}
		if err := a.demoPaper(ctx, p, at, office.BenefitRules, city.Code, paper.Title, paper.Canonical()); err != nil {
			return err
		}
	}
	return nil
}

// demoPaper keeps a paper that made-up people made and signed.
func (a *app) demoPaper(ctx context.Context, p people, at time.Time, kind office.Kind, division region.Code, title string, content []byte) error {
	by := func(role office.Role, of region.Code) office.Subject {
		return office.Subject{ID: office.UserID("demo-" + string(of) + "-" + string(role)), Name: a.p.T("cli.demo.user", "division", a.p.Short(of), "department", office.MedicalSecurity.Label(), "role", role.Label()),
			Department: office.MedicalSecurity, Division: of, Roles: []office.Role{role}}
	}
	x := store.BenefitPaper{ID: office.DocumentID(fmt.Sprintf("%s-%s-demo", kind, division)), Division: division, Kind: kind, Maker: by(office.Clerk, division).ID, At: at, Version: 1, Content: content}
	way, err := office.Submitting(nil, x.ID, kind, division, office.Content{Title: title, Digest: office.DigestOf(content), Policy: policy.InForce}, by(office.Clerk, division), at)
	if err != nil {
		return err
	}
	if way, err = office.Signing(way, at, by(office.Reviewer, division), by(office.Approver, p.province)); err != nil {
		return err
	}
	act := store.Act{Record: office.Record{Chain: division, Who: operator, Action: "paper.submit", Object: office.Object{Kind: string(kind), ID: string(x.ID)}}, Scope: store.ScopeOf(division)}
	_, err = p.Write(ctx, act, func(t *store.Tx) error {
		if err := t.SaveBenefitPaper(x); err != nil {
			return err
		}
		return t.SaveWay(nil, way, "")
	})
	return err
}
