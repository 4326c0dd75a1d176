package enrol

import "slices"

// Additions (补充登记) gives what of some facts of a person, as a file of persons has them, his file does not have yet, or refuses them with every
// reason: nothing that is on file is contradicted or replaced by it. Where he is registered and lives, and that he died, changes by acts alone.
//
// 依据: SCE-4.1
func (f *File) Additions(facts []Fact) ([]Fact, error) {
	facts = slices.DeleteFunc(slices.Clone(facts), f.holds)
	if len(facts) == 0 {
		return nil, nil
	}
	var no refusing
	no.ended(f)
	for _, fact := range facts {
		f.contradicts(fact, &no)
	}
	if err := no.err(); err != nil {
		return nil, err
	}
	return facts, nil
}

// holds tells whether a file says a fact already.
func (f *File) holds(fact Fact) bool {
	switch fact := fact.(type) {
	case Known:
		return Compare(f.Identity(), fact.Identity) == SameNumber
	case Registered:
		return slices.ContainsFunc(Valid[Registered](f), func(x Numbered[Registered]) bool { return x.Fact.Place == fact.Place })
	case Lives:
		return slices.ContainsFunc(Valid[Lives](f), func(x Numbered[Lives]) bool { return x.Fact.Place == fact.Place })
	case Used:
		used := slices.DeleteFunc(Valid[Used](f), func(x Numbered[Used]) bool { return x.Fact.Year != fact.Year })
		return len(used) > 0 && used[len(used)-1].Fact == fact
	case Ended:
		return len(Valid[Ended](f)) > 0
	}
	voided := f.Voided()
	for i, e := range f.Entries {
		if !voided[i] && e.Fact == fact {
			return true
		}
	}
	return false
}

// contradicts refuses a fact that is not on file and contradicts what is.
func (f *File) contradicts(fact Fact, no *refusing) {
	switch fact := fact.(type) {
	case Known:
		no.because("enrol.add.identity", "SCE-4.1")
	case Registered:
		no.because("enrol.add.place", "SCE-10.1", "place", string(fact.Place))
	case Lives:
		no.because("enrol.add.place", "SCE-10.1", "place", string(fact.Place))
	case Ended:
		no.because("enrol.add.ended", "SCE-10.1", "on", fact.On)
	case Belongs:
		for _, x := range Valid[Belongs](f) {
			if both, met := x.Fact.Meets(fact.Spell); met && x.Fact.Group == fact.Group {
				no.because("enrol.add.group", "SCE-4.1", "group", fact.Group, "from", both.From, "to", lastDayOf(both))
			}
		}
	case Covered:
		for _, x := range Valid[Covered](f) {
			if both, met := x.Fact.Meets(fact.Spell); met {
				no.because("enrol.covered_already", "SCE-4.3", "area", x.Fact.Area, "way", x.Fact.Way, "from", both.From, "to", lastDayOf(both))
			}
		}
	case Paid:
		for _, x := range f.kept() {
			if x.Fact.Year == fact.Year && x.Fact.Way.Insurance() == fact.Way.Insurance() {
				no.because("enrol.add.paid", "SC38-5.2", "year", int(fact.Year))
			}
		}
	case Used:
		if slices.ContainsFunc(Valid[Used](f), func(x Numbered[Used]) bool { return x.Fact.Year == fact.Year }) {
			no.because("enrol.add.used", "SCE-3.4", "year", int(fact.Year))
		}
	}
}
