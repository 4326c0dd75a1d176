package synth

import (
	"iter"

	"tongchou/internal/benefit"
	"tongchou/internal/claim"
	"tongchou/internal/policy"
)

// Visits (合成就诊) gives the visits of a year that the claims of the persons from one index up to another are settlements of, person by person, in the order of
// discharge; what was refunded is left out. A person's visits are valid until the next person's are asked for; their texts stay valid.
func (c *Claims) Visits(year policy.Year, from, to int64) iter.Seq[[]benefit.Case] {
	return func(yield func([]benefit.Case) bool) {
		if year < c.options.From || year > c.options.To {
			return
		}
		t := newTeller(c, c.years[year-c.options.From])
		var cases []benefit.Case
		for i := max(from, 0); i < min(to, c.options.Persons); i++ {
			cases = cases[:0]
			t.tell(i, func(s *claim.Settlement) bool {
				if s.RefundFlag {
					cases = cases[:len(cases)-1] // a refund follows what it refunds
				} else {
					cases = append(cases, t.visitOf(s))
				}
				return true
			})
			if len(cases) > 0 && !yield(cases) {
				return
			}
		}
	}
}

// alwaysCovered is a first covered day before all claims: who claims is covered.
const alwaysCovered policy.Date = "1949-10-01"

func (t *teller) visitOf(s *claim.Settlement) benefit.Case {
	v := benefit.Case{City: s.InsuredAt, Age: s.Age, Visit: benefit.Visit{ID: s.ID, Date: s.End,
		Person: benefit.Person{ID: s.Person, CoveredFrom: alwaysCovered, Retired: s.PersonType == "12", Groups: t.groups()},
		Scope:  benefit.Scope{Total: s.Total, SelfPaidWhole: s.SelfPaidWhole, OverLimit: s.OverLimit, SelfPaidFirst: s.SelfPaidFirst, InScope: s.InScope},
		Level:  benefit.LevelOf(s.Level), Category: benefit.CategoryOf(s.MedType), Place: benefit.PlaceOf(s.InsuredAt, s.TreatedAt, s.Direct),
		Approved: true}}
	if s.Insurance == claim.ResidentInsurance {
		v.Insurance = benefit.Resident
	}
	return v
}

// groups are those of the person: of ten who are aided, one is destitute, six receive the living allowance and three are monitored (assumed).
func (t *teller) groups() benefit.GroupSet {
	var set benefit.GroupSet
	if t.aided {
		set = set.With([10]string{"destitute", "subsistence", "subsistence", "subsistence", "subsistence", "subsistence", "subsistence",
			"poverty_monitored", "poverty_monitored", "poverty_monitored"}[t.index%10])
	}
	if t.civil {
		set = set.With("civil_servant")
	}
	if t.firm {
		set = set.With("supplementary")
	}
	return set
}
