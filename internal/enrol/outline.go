package enrol

import (
	"slices"

	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Outline (档案要项) is what can be asked of many persons at once without opening their files: it follows from a file alone.
type Outline struct {
	// County is responsible for the person: where he was insured last, else where he lives, else where he is registered. None
	// when he is nowhere.
	County region.Code
	Home   Place // 户籍地, the latest
	Lives  Place // 常住地, the latest
	Born   policy.Year
	// Known are all identities the person has or had, without those taken back, the present one last.
	Known []Identity
	// Changes are what the person adds to the counts of places.
	Changes []Change
}

// Head (人数口径) is how persons of a place are counted at the end of a year.
//
// 依据: SCE-4.1
type Head byte

// The heads. A person is insured in a year when a spell of cover has a day in it; of several the one that began last counts.
const (
	RegisteredHere   Head = iota // 户籍人口
	LivesHere                    // 常住人口
	RegisteredInRes              // 户籍人口中参加居民医保
	RegisteredInEmpl             // 户籍人口中参加职工医保
	LivesInRes                   // 常住人口中参加居民医保
	LivesInEmpl                  // 常住人口中参加职工医保
	Heads                        // how many there are
)

// Change (人数变动) is by how much a count of a place changes in a year. The count at the end of a year is the sum of all
// changes up to it.
type Change struct {
	Place Place
	Year  policy.Year
	Head  Head
	By    int
}

// endless is a year after all others.
const endless = policy.Year(9999)

// timeline is what of a file decides where a person counts, year by year.
type timeline struct {
	homes, lives []placed
	covers       []insured
	ended        policy.Year
	years        []policy.Year // in which something may change

	// room enough for most files
	placesRoom [4]placed
	coversRoom [12]insured
	yearsRoom  [32]policy.Year
}

type placed struct {
	on    policy.Date
	place Place
}

type insured struct {
	from    policy.Date
	first   policy.Year
	last    policy.Year
	insured Insurance
	at      region.Code
}

// Outline gives what stands beside a file.
func (f *File) Outline() Outline {
	var o Outline
	t := timeline{ended: endless}
	t.homes, t.lives, t.covers, t.years = t.placesRoom[:0:2], t.placesRoom[2:2], t.coversRoom[:0], t.yearsRoom[:0]
	voided := f.Voided()
	for i, e := range f.Entries {
		if voided[i] {
			continue
		}
		switch fact := e.Fact.(type) {
		case Known:
			o.Known = append(o.Known, fact.Identity)
			o.Born = yearOf(fact.Birth)
		case Registered:
			t.homes = append(t.homes, placed{fact.On, fact.Place})
			t.years = append(t.years, yearOf(fact.On))
		case Lives:
			t.lives = append(t.lives, placed{fact.On, fact.Place})
			t.years = append(t.years, yearOf(fact.On))
		case Covered:
			t.cover(fact)
		case Ended:
			t.ended = yearOf(fact.On)
			t.years = append(t.years, t.ended)
		}
	}
	o.Home, o.Lives = latest(t.homes, endless), latest(t.lives, endless)
	o.County = t.county(o.Lives, o.Home)
	o.Changes = t.changes()
	return o
}

func (t *timeline) cover(fact Covered) {
	c := insured{from: fact.From, first: yearOf(fact.From), last: endless, insured: fact.Way.Insurance(), at: fact.Area}
	t.years = append(t.years, c.first)
	if fact.To != "" {
		c.last = yearOf(fact.To)
		t.years = append(t.years, c.last+1)
	}
	t.covers = append(t.covers, c)
}

func (t *timeline) county(lives, home Place) region.Code {
	var last insured
	for _, c := range t.covers {
		if c.from >= last.from {
			last = c
		}
	}
	for _, code := range []region.Code{last.at, lives.County(), home.County()} {
		if code != "" {
			return code
		}
	}
	return ""
}

// latest gives the place that holds at the end of a year.
func latest(all []placed, year policy.Year) Place {
	var last placed
	for _, p := range all {
		if p.on >= last.on && yearOf(p.on) <= year {
			last = p
		}
	}
	return last.place
}

// state is where and how a person counts at the end of a year.
type state struct {
	home, lives Place
	insured     Insurance
}

func (t *timeline) at(year policy.Year) state {
	if year >= t.ended {
		return state{}
	}
	s := state{home: latest(t.homes, year), lives: latest(t.lives, year)}
	var from policy.Date
	for _, c := range t.covers {
		if c.first <= year && year <= c.last && c.from >= from {
			s.insured, from = c.insured, c.from
		}
	}
	return s
}

func (t *timeline) changes() []Change {
	slices.Sort(t.years)
	all := make([]Change, 0, 8)
	before := state{}.counts()
	for i, year := range t.years {
		if i > 0 && year == t.years[i-1] {
			continue
		}
		now := t.at(year).counts()
		for j := range now {
			if now[j] == before[j] {
				continue
			}
			if before[j].place != "" {
				all = append(all, Change{before[j].place, year, before[j].head, -1})
			}
			if now[j].place != "" {
				all = append(all, Change{now[j].place, year, now[j].head, 1})
			}
		}
		before = now
	}
	return all
}

// counted is one of the counts a person is in; no place for none.
type counted struct {
	place Place
	head  Head
}

// counts are the counts a state is in: as registered, as living, and as insured by the one and the other place.
func (s state) counts() [4]counted {
	all := [4]counted{{s.home, RegisteredHere}, {s.lives, LivesHere}}
	switch s.insured {
	case Resident:
		all[2], all[3] = counted{s.home, RegisteredInRes}, counted{s.lives, LivesInRes}
	case Employee:
		all[2], all[3] = counted{s.home, RegisteredInEmpl}, counted{s.lives, LivesInEmpl}
	}
	return all
}
