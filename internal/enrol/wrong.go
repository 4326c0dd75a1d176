package enrol

import (
	"cmp"
	"slices"

	"tongchou/internal/policy"
)

// Doubt (参保疑点) is what is wrong about a cover.
type Doubt string

// The faults.
const (
	TwoAreas      Doubt = "two_areas"      // 同一险种两地参保
	TwoSchemes    Doubt = "two_schemes"    // 职工、居民同时参保
	TwoSpells     Doubt = "two_spells"     // 同地同险种重复登记
	AfterDeath    Doubt = "after_death"    // 死亡后仍参保
	MinorEmployee Doubt = "minor_employee" // 未成年人参加职工医保
	BeforeBirth   Doubt = "before_birth"   // 出生前参保
)

// Wrong (重复参保、错误参保) is a time for which a person's cover is wrong. No, and Other where two covers collide, are the numbers of the covers in
// the file; which of them stays is for people to decide.
//
// 依据: SCE-4.3
type Wrong struct {
	Doubt Doubt
	Spell
	No, Other int
}

// Wrongs finds what is wrong about the covers in a file, by day and number.
//
// 依据: SCE-4.3, SCE-10.1
func (t Terms) Wrongs(f *File) []Wrong {
	var out []Wrong
	covers := Valid[Covered](f)
	for i, c := range covers {
		for _, other := range covers[i+1:] {
			if both, met := c.Fact.Meets(other.Fact.Spell); met {
				out = append(out, Wrong{collision(c.Fact, other.Fact), both, c.No, other.No})
			}
		}
	}
	birth := f.Identity().Birth
	for _, c := range covers {
		if birth != "" && c.Fact.From < birth {
			out = append(out, Wrong{Doubt: BeforeBirth, Spell: Spell{c.Fact.From, dayBefore(birth)}, No: c.No})
		}
		if birth != "" && c.Fact.Way.Insurance() == Employee && c.Fact.From < addYears(birth, t.WorkingAge) {
			out = append(out, Wrong{Doubt: MinorEmployee, Spell: Spell{c.Fact.From, earlier(c.Fact.To, dayBefore(addYears(birth, t.WorkingAge)))}, No: c.No})
		}
		for _, end := range Valid[Ended](f) {
			if end.Fact.Why == Died && (c.Fact.To == "" || c.Fact.To > end.Fact.On) {
				out = append(out, Wrong{Doubt: AfterDeath, Spell: Spell{max(c.Fact.From, nextDay(end.Fact.On)), c.Fact.To}, No: c.No})
			}
		}
	}
	slices.SortFunc(out, func(a, b Wrong) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.No, b.No), cmp.Compare(a.Other, b.Other), cmp.Compare(a.Doubt, b.Doubt))
	})
	return out
}

func collision(a, b Covered) Doubt {
	switch {
	case a.Way.Insurance() != b.Way.Insurance():
		return TwoSchemes
	case a.Area != b.Area:
		return TwoAreas
	}
	return TwoSpells
}

// earlier gives the earlier of two last days; an empty one is later than any.
func earlier(a, b policy.Date) policy.Date {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

func nextDay(d policy.Date) policy.Date { return dayOf(dayNumber(d) + 1) }
