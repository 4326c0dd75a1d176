package enrol

import (
	"slices"

	"tongchou/internal/policy"
)

// PersonNo (人员编号) is the number of a person's file.
type PersonNo int64

// Source (来源) is the number of the act or the import a fact came from: who did it, when, and by what document, stands
// in the register of sources.
type Source uint32

// Entry (档案条目) is a fact in a file and where it came from. Its number is its place in the file, from 1.
type Entry struct {
	Source Source
	Fact   Fact
}

// File (个人档案) is the file of one person.
//
// 依据: SCE-4.1
type File struct {
	No      PersonNo
	Entries []Entry
}

// Add puts facts from one source at the end of a file.
func (f *File) Add(from Source, facts ...Fact) {
	for _, fact := range facts {
		f.Entries = append(f.Entries, Entry{from, fact})
	}
}

// Voided tells, for each entry, whether a later one takes it back.
func (f *File) Voided() []bool {
	voided := make([]bool, len(f.Entries))
	for i := len(f.Entries) - 1; i >= 0; i-- {
		v, is := f.Entries[i].Fact.(Void)
		if is && !voided[i] && v.No >= 1 && v.No <= i {
			voided[v.No-1] = true
		}
	}
	return voided
}

// Numbered is a fact with its number in the file.
type Numbered[T Fact] struct {
	No   int
	Fact T
}

// Valid gives the facts of one type that hold, with their numbers, in the order they were entered.
func Valid[T Fact](f *File) []Numbered[T] {
	n := 0
	for _, e := range f.Entries {
		if _, is := e.Fact.(T); is {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	valid := make([]Numbered[T], 0, n) // once: files are read by the million
	voided := f.Voided()
	for i, e := range f.Entries {
		if fact, is := e.Fact.(T); is && !voided[i] {
			valid = append(valid, Numbered[T]{i + 1, fact})
		}
	}
	return valid
}

// Standing (现状) is what holds for a person on a day.
type Standing struct {
	Identity
	Home     Place // 户籍地
	Lives    Place // 常住地
	Groups   []Group
	Attached []Attached
	Covers   []Covered // more than one is a duplicate
	Reach    Reachable
	Ended    *Ended
}

// On gives what holds on a day. Identity and ways to reach a person hold as last entered.
func (f *File) On(day policy.Date) Standing {
	var s Standing
	var homeOn, livesOn policy.Date
	voided := f.Voided()
	for i, e := range f.Entries {
		if voided[i] {
			continue
		}
		switch fact := e.Fact.(type) {
		case Known:
			s.Identity = fact.Identity
		case Registered:
			if fact.On <= day && fact.On >= homeOn {
				s.Home, homeOn = fact.Place, fact.On
			}
		case Lives:
			if fact.On <= day && fact.On >= livesOn {
				s.Lives, livesOn = fact.Place, fact.On
			}
		case Belongs:
			if fact.On(day) && !slices.Contains(s.Groups, fact.Group) {
				s.Groups = append(s.Groups, fact.Group)
			}
		case Attached:
			if fact.On(day) {
				s.Attached = append(s.Attached, fact)
			}
		case Covered:
			if fact.On(day) {
				s.Covers = append(s.Covers, fact)
			}
		case Reachable:
			s.Reach = fact
		case Ended:
			if fact.On <= day {
				s.Ended = &fact
			}
		}
	}
	return s
}

// CoveredSince (连续参保起始日) is the first day of the covers that lead up to one that begins on a day, each ending the day before the next begins or later.
//
// 依据: YA-4.2.1
func (f *File) CoveredSince(from policy.Date) policy.Date {
	covers := Valid[Covered](f)
	for earlier := true; earlier; {
		earlier = false
		for i := range covers {
			c := &covers[i].Fact
			if c.From < from && (c.To == "" || c.To.Add(1) >= from) {
				from, earlier = c.From, true
			}
		}
	}
	return from
}

// Identity gives who a person is, as last entered.
func (f *File) Identity() Identity {
	known := Valid[Known](f)
	if len(known) == 0 {
		return Identity{}
	}
	return known[len(known)-1].Fact.Identity
}
