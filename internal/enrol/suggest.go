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
	EnterEmployer Step = "employer"      // 登记用人单位
	LookAt        Step = "look"          // 人工核对
	SameOne       Step = "same"          // 认定为同一人，按来函办理
	CorrectName   Step = "name"          // 认定为同一人，更正姓名
	UninsuredHere Step = "remind"        // 未参保，动员
	PostPayment   Step = "post"          // 缴费入账
	AwaitRest     Step = "arrears"       // 欠缴，待补足
	GiveBack      Step = "refund"        // 多缴，退费
	ResolveCover  Step = "cover"         // 处理重复参保、错误参保
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
	if likeness == SeveralLike {
		return Suggestion{LookAt, nil, fault.Msg("enrol.why.several", "reported", r.Name), "SCE-10.1"}
	}
	if f == nil {
		return r.unknown(on)
	}
	if !likeness.Sure() {
		return Suggestion{LookAt, nil, fault.Msg("enrol.why."+string(likeness), "name", f.Identity().Name, "reported", r.Name), "SCE-10.1"}
	}
	s := r.about(f, on)
	if s.Step == NoStep && r.Matter == Births && yearOf(f.Identity().Birth) == yearOf(on) && f.uninsured(on) {
		return Suggestion{EnrolNewborn, nil, fault.Msg("enrol.why.newborn"), "SCE-1.2"}
	}
	if s.Step == NoStep && r.Matter != Deaths && f.uninsured(on) {
		return Suggestion{UninsuredHere, nil, fault.Msg("enrol.why.uninsured", "on", on), "SCE-4.2"}
	}
	return s
}

// unknown is what to do about somebody of whom there is no file. He is taken to live where he was born or reported, until something else is
// known (assumed).
func (r Report) unknown(on policy.Date) Suggestion {
	if r.Matter == Deaths || r.End != "" {
		return Suggestion{NoStep, nil, fault.Msg("enrol.why.dead_unknown"), "SCE-10.1"}
	}
	if r.Number == "" {
		return Suggestion{LookAt, nil, fault.Msg("enrol.why.numberless"), "SCE-10.1"}
	}
	if _, _, _, ok := ParseNumber(r.Number); r.Kind == ResidentCard && !ok {
		return Suggestion{LookAt, nil, fault.Msg("enrol.why.number"), "SCE-10.1"}
	}
	if r.Place == "" {
		return Suggestion{LookAt, nil, fault.Msg("enrol.why.nowhere"), "SCE-4.1"}
	}
	since := max(r.On, r.Birth)
	facts := []Fact{Known{r.Identity}}
	if r.Matter == Births || r.Matter == Households {
		facts = append(facts, Registered{since, r.Place})
	} else {
		facts = append(facts, Lives{since, r.Place})
	}
	if r.Matter == Births && yearOf(r.Birth) == yearOf(on) {
		return Suggestion{EnrolNewborn, facts, fault.Msg("enrol.why.unknown"), "SCE-1.2"}
	}
	file := &File{}
	file.Add(0, facts...)
	return Suggestion{OpenFile, append(facts, r.about(file, on).Facts...), fault.Msg("enrol.why.unknown"), "SCE-4.1"}
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
		if r.End != "" && now.Ended == nil {
			return Suggestion{CloseFile, []Fact{Ended{r.On, r.End}}, fault.Msg("enrol.why.cancelled", "on", r.On, "why", r.End), "SCE-10.1"}
		}
		if r.End == "" && r.Place != "" && now.Home != r.Place {
			return Suggestion{EnterHome, []Fact{Registered{r.On, r.Place}}, fault.Msg("enrol.why.home", "from", string(now.Home), "to", string(r.Place)), "SCE-10.1"}
		}
	case Immunisations:
		if r.Place != "" && now.Lives != r.Place {
			return Suggestion{EnterHere, []Fact{Lives{r.On, r.Place}}, fault.Msg("enrol.why.lives", "from", string(now.Lives), "to", string(r.Place)), "SCE-10.1"}
		}
	case Hardship:
		return r.group(f, now, r.Group, spell, on, "SCE-2.2")
	case Pensions:
		if r.Unit != "" {
			return r.unit(f, on, AtEmployer, EnterEmployer, "SC38-5.1")
		}
		return r.group(f, now, DrawsPension, spell, on, "SC38-5.1")
	case Benefits:
		return r.group(f, now, DrawsBenefit, spell, on, "SCE-2.3")
	case SchoolRolls:
		return r.unit(f, on, AtSchool, EnterSchool, "SCE-1.4")
	}
	return Suggestion{NoStep, nil, fault.Msg("enrol.why.agrees"), "SCE-10.1"}
}

// unit compares the school or employer a report says somebody is at; another one he is still at ends on the day before.
func (r Report) unit(f *File, on policy.Date, kind Unit, step Step, clause policy.ClauseID) Suggestion {
	agrees := Suggestion{NoStep, nil, fault.Msg("enrol.why.agrees"), clause}
	var facts []Fact
	for _, a := range Valid[Attached](f) {
		if a.Fact.Unit != kind || !a.Fact.On(on) {
			continue
		}
		if a.Fact.Number == r.Unit {
			return agrees
		}
		facts = append(facts, Void{a.No, string(r.Matter)})
		if left := a.Fact; left.From < r.On {
			left.To = dayBefore(r.On)
			facts = append(facts, left)
		}
	}
	if r.To != "" && r.To < on {
		return agrees
	}
	facts = append(facts, Attached{Unit: kind, Number: r.Unit, Name: r.Title, Spell: Spell{r.On, r.To}})
	return Suggestion{step, facts, fault.Msg("enrol.why."+string(step), "unit", r.Title), clause}
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
