package enrol

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// Step (建议办理事项) is what could be done about a report.
type Step string

// The steps.
const (
	NoStep        Step = "none"          // the file says the same
	OpenFile      Step = "open"          // 建档
	EnrolNewborn  Step = "enrol_newborn" // 新生儿参保
	CloseFile     Step = "close"         // 注销
	EnterHome     Step = "home"          // 登记户籍
	EnterHere     Step = "lives"         // 登记常住地
	EnterGroup    Step = "group"         // 登记人员类别
	EndGroup      Step = "end_group"     // 终止人员类别
	EnterSchool   Step = "school"        // 登记学校
	LookAt        Step = "look"          // 人工核对
	CorrectName   Step = "name"          // 更正姓名
	UninsuredHere Step = "remind"        // 未参保，动员
)

// Suggestion (办理建议) is what follows from a report about a person: a step, the facts it would enter, and why. A report about nobody on file
// suggests to open a file.
//
// 依据: SCE-10.1
type Suggestion struct {
	Step   Step
	Facts  []Fact
	Why    fault.Message
	Clause policy.ClauseID
}

// Suggest compares a report with a file, nil where nobody is found, and says what could be done. Nothing is done by it: a person decides, or a rule
// that is on file.
//
// 依据: SCE-10.1, SCE-4.2
func (r Report) Suggest(f *File, likeness Likeness, on policy.Date) Suggestion {
	if f == nil {
		return r.unknown()
	}
	if !likeness.Sure() {
		return Suggestion{LookAt, nil, fault.Msg("enrol.why."+string(likeness), "name", f.Identity().Name, "reported", r.Name), "SCE-10.1"}
	}
	s := r.about(f, on)
	if s.Step == NoStep && r.Matter != Deaths && f.uninsured(on) {
		return Suggestion{UninsuredHere, nil, fault.Msg("enrol.why.uninsured", "on", on), "SCE-4.2"}
	}
	return s
}

// unknown is what to do about somebody of whom there is no file.
func (r Report) unknown() Suggestion {
	if r.Matter == Deaths {
		return Suggestion{NoStep, nil, fault.Msg("enrol.why.dead_unknown"), "SCE-10.1"}
	}
	facts := []Fact{Known{r.Identity}}
	if r.Place != "" {
		switch r.Matter {
		case Births, Households:
			facts = append(facts, Registered{max(r.On, r.Birth), r.Place})
		case Immunisations, Hardship:
			facts = append(facts, Lives{max(r.On, r.Birth), r.Place})
		}
	}
	step := OpenFile
	if r.Matter == Births {
		step = EnrolNewborn
	} else {
		facts = append(facts, r.about(&File{}, r.On).Facts...)
	}
	return Suggestion{step, slices.Compact(facts), fault.Msg("enrol.why.unknown"), "SCE-4.1"}
}

// about compares what a report says with what a file says.
func (r Report) about(f *File, on policy.Date) Suggestion {
	now := f.On(on)
	spell := Spell{r.On, r.To}
	switch r.Matter {
	case Deaths:
		if now.Ended == nil {
			return Suggestion{CloseFile, []Fact{Ended{r.On, Died}}, fault.Msg("enrol.why.died", "on", r.On), "SCE-10.1"}
		}
	case Births, Households:
		if r.Place != "" && now.Home != r.Place {
			return Suggestion{EnterHome, []Fact{Registered{r.On, r.Place}}, fault.Msg("enrol.why.home", "from", string(now.Home), "to", string(r.Place)), "SCE-10.1"}
		}
	case Immunisations:
		if r.Place != "" && now.Lives != r.Place {
			return Suggestion{EnterHere, []Fact{Lives{r.On, r.Place}}, fault.Msg("enrol.why.lives", "from", string(now.Lives), "to", string(r.Place)), "SCE-10.1"}
		}
	case Hardship:
		return r.group(f, now, r.Group, spell, on, "SCE-2.2")
	case Pensions:
		return r.group(f, now, DrawsPension, spell, on, "SC38-5.1")
	case Benefits:
		return r.group(f, now, DrawsBenefit, spell, on, "SCE-2.3")
	case SchoolRolls:
		return r.school(f, on)
	}
	return Suggestion{NoStep, nil, fault.Msg("enrol.why.agrees"), "SCE-10.1"}
}

// school compares the school a report says somebody is at; another one he is still at ends on the day before.
func (r Report) school(f *File, on policy.Date) Suggestion {
	var facts []Fact
	for _, a := range Valid[Attached](f) {
		if a.Fact.Unit != AtSchool || !a.Fact.On(on) {
			continue
		}
		if a.Fact.Number == r.Unit {
			return Suggestion{NoStep, nil, fault.Msg("enrol.why.agrees"), "SCE-1.4"}
		}
		facts = append(facts, Void{a.No, string(r.Matter)})
		if left := a.Fact; left.From < r.On {
			left.To = dayBefore(r.On)
			facts = append(facts, left)
		}
	}
	facts = append(facts, Attached{Unit: AtSchool, Number: r.Unit, Name: r.Title, Spell: Spell{r.On, r.To}})
	return Suggestion{EnterSchool, facts, fault.Msg("enrol.why.school", "school", r.Title), "SCE-1.4"}
}

// group compares a group a report says somebody belongs to, or no longer does.
func (r Report) group(f *File, now Standing, group Group, spell Spell, on policy.Date, clause policy.ClauseID) Suggestion {
	in := slices.Contains(now.Groups, group)
	if in && spell.To != "" && spell.To < on {
		for _, b := range Valid[Belongs](f) {
			if b.Fact.Group == group && b.Fact.On(on) {
				ended := b.Fact
				ended.To = spell.To
				return Suggestion{EndGroup, []Fact{Void{b.No, string(r.Matter)}, ended}, fault.Msg("enrol.why.group_ended", "group", group, "to", spell.To), clause}
			}
		}
	}
	if !in && (spell.To == "" || spell.To >= on) {
		return Suggestion{EnterGroup, []Fact{Belongs{group, spell}}, fault.Msg("enrol.why.group", "group", group, "from", spell.From), clause}
	}
	return Suggestion{NoStep, nil, fault.Msg("enrol.why.agrees"), clause}
}

// uninsured tells that somebody alive is neither insured on a day nor enrolled for it.
func (f *File) uninsured(on policy.Date) bool {
	now := f.On(on)
	return now.Ended == nil && len(now.Covers) == 0 && !slices.ContainsFunc(Valid[Enrolled](f), func(e Numbered[Enrolled]) bool { return e.Fact.Spell.On(on) })
}
