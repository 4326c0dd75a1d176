package counter

import (
	"slices"
	"strconv"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// insured (参保关系) is where and how somebody is insured on a day: the county, the schedules that hold for it, and what his file says of him that day. Who has no cover is taken for
// insured in the county responsible for his file, and has no first day of cover.
type insured struct {
	county region.Code
	rules  *benefit.Schedules
	person benefit.Person
}

// insuredOn (某日参保) says where and how the person is insured on a day. Covers that follow one another day by day, of whatever insurance and place, are one (假设: 在院期间转移接续不作中断).
//
// 依据: SCE-3.8, YA-4.2.1, YN-4.2
func (c *call) insuredOn(insurance benefit.Insurance, on policy.Date) insured {
	standing := c.about.On(on)
	in := insured{county: c.about.County, person: benefit.Person{ID: c.number(), Groups: groupsOf(standing.Groups)}}
	for i := range standing.Covers {
		if cover := &standing.Covers[i]; cover.Way.Insurance().String() == insurance.String() {
			in.county, in.person.CoveredFrom, in.person.Retired = cover.Area, c.about.CoveredSince(cover.From), cover.Way == enrol.Retired
		}
	}
	in.rules = c.book.Of(in.county)
	return in
}

// insuredAt tells whether a message may name a place as the person's place of insurance: the county responsible for his file, or one he is insured in today, as 1101 answers it.
func (c *call) insuredAt(place region.Code) bool {
	return place == c.about.County || slices.ContainsFunc(c.about.On(c.today()).Covers, func(cover enrol.Covered) bool { return cover.Area == place })
}

// groupsOf are a person's groups that rules of benefits name.
func groupsOf(groups []enrol.Group) (set benefit.GroupSet) {
	for _, group := range groups {
		set = set.With(string(group))
	}
	return set
}

// civilServant is whether somebody draws the civil servants' subsidy (cvlserv_flag).
//
// 依据: YA-4.1.2
func civilServant(groups benefit.GroupSet) string {
	if groups.Has(benefit.CivilServant) {
		return "1"
	}
	return "0"
}

// covered is what of a person decides on a day: what his file says, and as a resident the waiting period and his own cap. begin is the day the visit began.
//
// 依据: SCE-3.2, SCE-3.8
func (c *call) covered(in insured, insurance benefit.Insurance, begin, on policy.Date) (benefit.Person, error) {
	p := in.person
	if p.CoveredFrom == "" || insurance != benefit.Resident {
		return p, nil
	}
	e, found, err := c.entitled(on)
	if err != nil || !found {
		return p, err
	}
	p.HasCap, p.Cap = true, e.Cap
	waited := policy.Date(e.Waiting.CoveredFrom.String())
	if begin[:4] < on[:4] && waited == policy.Date(on[:4]+"-01-01") { // no waiting this year; the stay began in another
		if e, found, err = c.entitled(begin); err != nil {
			return p, err
		}
		if waited = ""; found {
			waited = policy.Date(e.Waiting.CoveredFrom.String())
		}
	}
	p.CoveredFrom = max(p.CoveredFrom, waited)
	return p, nil
}

// entitled is what a resident is entitled to in the year of a day; false where the province has no rules for it: then the schedule's own cap holds.
func (c *call) entitled(on policy.Date) (e enrol.Entitlement, found bool, err error) {
	year, err := strconv.Atoi(string(on[:4]))
	if err != nil {
		return e, false, err
	}
	rules, err := c.Entitled(policy.Year(year))
	if err != nil {
		return e, false, unlessRefused(err)
	}
	standards, err := c.standards.Get(c.Store, c.Province, func() (enrol.Standards, error) { return c.Store.Standards(c.ctx) })
	if err != nil {
		return e, false, err
	}
	h := rules.History(c.about.File, standards)
	if err := c.reimbursed(rules, &h); err != nil {
		return e, false, err
	}
	if e, err = rules.Entitle(&h); err != nil {
		return e, false, unlessRefused(err)
	}
	return e, true, nil
}

// reimbursed (往年报销) fills in what the funds paid in earlier years, where the file does not say it: what the sub-ledger has of them (假设: 档案没有年度待遇的，以明细账为准).
//
// 依据: SCE-3.4, SCE-3.6
func (c *call) reimbursed(rules *enrol.Rules, h *enrol.History) error {
	for i := range h.Years {
		y := &h.Years[i]
		if y.Cover != enrol.Resident || y.HasReimbursed || y.Year < rules.First || y.Year >= rules.Year {
			continue
		}
		used, err := c.h.Accumulators(c.about.No, y.Year, benefit.Resident)
		if err != nil {
			return err
		}
		y.HasReimbursed, y.HasCatastrophic = true, true
		y.Reimbursed, y.CatastrophicPaid = used.Basic+used.Catastrophic+used.Aid, used.Catastrophic
	}
	return nil
}

func unlessRefused(err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return nil
}
