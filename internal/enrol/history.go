package enrol

import (
	"maps"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// History (参保缴费记录) reads off a file what entitlement in the rules' year follows from. A year counts as resident when a spell of resident cover has
// a day in it, else as employee when one of employee cover has (assumed, see Readings: who changed insurance within a year and was insured as a resident
// keeps his streak). What a student paid for later school years, before their
// window opens, counts as paid on the window's first day (assumed). Groups are those on the day of payment, or on 1 January when nothing was paid.
//
// 依据: SCE-1.3, SCE-3.2, SCE-3.7
func (r *Rules) History(f *File, standards Standards) History {
	h := History{Born: dayFrom(f.Identity().Birth)}
	at := map[policy.Year]*Year{}
	row := func(year policy.Year) *Year {
		if at[year] == nil {
			at[year] = &Year{Year: year}
		}
		return at[year]
	}
	voided := f.Voided()
	day := firstOf(r.Year)
	var last Covered
	for i, e := range f.Entries {
		if voided[i] {
			continue
		}
		switch fact := e.Fact.(type) {
		case Covered:
			end := r.Year
			if fact.To != "" {
				end = min(end, yearOf(fact.To))
			}
			for year := yearOf(fact.From); year <= end; year++ {
				y := row(year)
				if y.Cover != Resident {
					y.Cover = fact.Way.Insurance()
				}
				if year == r.Year && fact.Way.Insurance() == Resident {
					last = fact
				}
			}
		case Used:
			y := row(fact.Year)
			y.HasReimbursed, y.HasCatastrophic, y.Reimbursed, y.CatastrophicPaid = true, true, fact.Reimbursed, fact.Catastrophic
		}
	}
	for _, p := range f.kept() {
		if p.Fact.Way.Insurance() != Resident || p.Fact.Year > r.Year {
			continue
		}
		y := row(p.Fact.Year)
		y.RepairYears += p.Fact.Repair
		opens, _ := r.window(p.Fact.Year)
		y.PaidOn = dayFrom(p.Fact.On)
		if p.Fact.Way == Student {
			y.PaidOn = max(y.PaidOn, opens)
		}
		if p.Fact.Year == r.Year {
			day = p.Fact.On
		}
	}
	for _, y := range at {
		if y.Cover != NoInsurance {
			h.Years = append(h.Years, *y)
		}
	}
	for _, group := range f.On(day).Groups {
		h.Groups = h.Groups.With(group)
	}
	if standard, found := standards.For(r.Year, last.Area, last.Way); found {
		h.Standard = standard.Individual
	}
	return h
}

// Readings (读法说明) says where History read a file in a way that the draft leaves open, as far as it mattered up to the rules' year: a year with cover under both
// insurances, and a student's year that was paid before its window opened. Every one is assumed.
//
// 依据: SCE-1.3, SCE-3.3, SCE-3.7
func (r *Rules) Readings(f *File) []Reason {
	var out []Reason
	read := func(key string, clause policy.ClauseID, args ...any) {
		out = append(out, Reason{Part: "history", Message: fault.Msg(key, args...), Clause: clause, Assumed: true})
	}
	insured := map[policy.Year][2]bool{}
	for _, c := range Valid[Covered](f) {
		end := r.Year
		if c.Fact.To != "" {
			end = min(end, yearOf(c.Fact.To))
		}
		for year := yearOf(c.Fact.From); year <= end; year++ {
			both := insured[year]
			both[c.Fact.Way.Insurance()-Resident] = true
			insured[year] = both
		}
	}
	for _, year := range slices.Sorted(maps.Keys(insured)) {
		if insured[year] == [2]bool{true, true} {
			read("entitled.reading.both", "SCE-3.3", "year", int(year))
		}
	}
	for _, p := range f.kept() {
		if opens, _ := r.window(p.Fact.Year); p.Fact.Way == Student && p.Fact.Year <= r.Year && dayFrom(p.Fact.On) < opens {
			read("entitled.reading.prepaid", "SCE-1.3", "year", int(p.Fact.Year), "on", p.Fact.On, "opens", opens.String())
		}
	}
	return out
}

// Terms (参保规则) are what acts go by under the same rules.
//
// 依据: SC38-5.1, SCE-6.1
func (r *Rules) Terms() Terms {
	return Terms{WorkingAge: r.workingAge, Window: func(year policy.Year) Spell {
		first, last := r.window(year)
		return Spell{policy.Date(first.String()), policy.Date(last.String())}
	}}
}

// dayFrom gives a day as entitlement counts it; 0 for none.
func dayFrom(d policy.Date) Day {
	day, _ := ParseDay(string(d))
	return day
}
