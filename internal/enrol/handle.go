package enrol

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// Automatic (可自动办理) tells whether a rule on file may have a step done without a person, when it is plain who is meant. Whatever needs
// judgement is not among them.
//
// 依据: SCE-10.1
func (s Step) Automatic() bool {
	return slices.Contains([]Step{OpenFile, EnrolNewborn, CloseFile, EnterHome, EnterHere, EnterGroup, EndGroup, EnterSchool, EnterEmployer}, s)
}

// Automatics lists those steps.
func Automatics() []Step {
	return []Step{OpenFile, EnrolNewborn, CloseFile, EnterHome, EnterHere, EnterGroup, EndGroup, EnterSchool, EnterEmployer}
}

// Alternatives (可选办理方式) lists what may be done about a suggestion in its place or as it says, the suggested step first. LookAt can be
// answered: the same person, with or without the new name, or somebody else, who gets a file.
//
// 依据: SCE-10.1
func (s Step) Alternatives(likeness Likeness) []Step {
	switch s {
	case LookAt:
		switch likeness {
		case OtherName:
			return []Step{SameOne, CorrectName}
		case NoLikeness, SeveralLike:
			return []Step{OpenFile}
		}
		return []Step{SameOne, OpenFile}
	case EnrolNewborn:
		return []Step{EnrolNewborn, OpenFile}
	case AwaitRest:
		return []Step{PostPayment, GiveBack}
	case PostPayment:
		return []Step{PostPayment, GiveBack}
	case ResolveCover:
		return nil // which cover stays is chosen with it
	}
	return []Step{s}
}

// Act (按来函办理) gives the facts that a step enters into a file, nil for a new one, or refuses it with every reason. Nothing at all follows
// when the file says so by now.
//
// 依据: SCE-10.1, SCE-1.2
func (r Report) Act(t Terms, f *File, step Step, on policy.Date) ([]Fact, error) {
	switch step {
	case OpenFile, EnrolNewborn:
		if f == nil {
			return r.open(t, step, on)
		}
		return t.Enrol(f, r.newborn(f, on))
	case CorrectName:
		known := f.Identity()
		known.Name = r.Name
		return []Fact{Known{known}}, nil
	case UninsuredHere:
		return []Fact{Reminded{On: on, By: string(r.Matter), Channel: "work_list", Result: "listed"}}, nil
	}
	s := r.about(f, on)
	if s.Step == NoStep {
		return nil, nil
	}
	if step != SameOne && s.Step != step {
		return nil, because("enrol.other_step", "SCE-10.1", "step", fault.Msg("enrol.step."+string(s.Step)))
	}
	if s.Step == CloseFile {
		return t.End(f, s.Facts[0].(Ended))
	}
	return s.Facts, nil
}

// open gives the facts of a new file.
func (r Report) open(t Terms, step Step, on policy.Date) ([]Fact, error) {
	s := r.unknown(on)
	if len(s.Facts) == 0 {
		return nil, fault.Refuse(fault.Problem{Message: s.Why, Clause: string(s.Clause)})
	}
	if step != EnrolNewborn {
		return s.Facts, nil
	}
	file := &File{}
	file.Add(0, s.Facts...)
	enrolled, err := t.Enrol(file, r.newborn(file, on))
	return append(s.Facts, enrolled...), err
}

// newborn is the application for somebody born in the year: where he is registered, else where he lives.
//
// 依据: SCE-1.2
func (r Report) newborn(f *File, on policy.Date) Application {
	now := f.On(on)
	area := now.Home.County()
	if area == "" {
		area = now.Lives.County()
	}
	return Application{Way: Newborn, Area: area, On: on, Year: yearOf(on)}
}

// Exact (完全匹配) tells whether it is plain whom a report is about, so that a rule on file may act: number and name agree, or nobody is like him
// and his document can be right.
//
// 依据: SCE-10.1
func (r Report) Exact(found bool, likeness Likeness) bool {
	if found {
		return likeness.Sure()
	}
	if likeness != NoLikeness {
		return false
	}
	if r.Kind == ResidentCard {
		_, _, _, ok := ParseNumber(r.Number)
		return ok
	}
	return r.Kind.Known() && r.Number != ""
}

// Keep (保留一处参保) ends, as wrong, the covers of a doubt but the one with a number: the spell they had in common is taken out of the
// others, or all of a single wrong one. A cover that goes on beyond stays for those days.
//
// 依据: SCE-4.3
func (f *File) Keep(w Wrong, keep int, why string) ([]Fact, error) {
	drop := w.No
	if w.Other != 0 {
		switch keep {
		case w.No:
			drop = w.Other
		case w.Other:
		default:
			return nil, because("enrol.keep_which", "SCE-4.3", "a", w.No, "b", w.Other)
		}
	}
	for _, c := range Valid[Covered](f) {
		if c.No != drop {
			continue
		}
		facts := []Fact{Void{c.No, why}}
		if c.Fact.From < w.From {
			left := c.Fact
			left.To = dayBefore(w.From)
			facts = append(facts, left)
		}
		if w.To != "" && (c.Fact.To == "" || c.Fact.To > w.To) {
			right := c.Fact
			right.From = nextDay(w.To)
			facts = append(facts, right)
		}
		return facts, nil
	}
	return nil, because("enrol.cover_gone", "SCE-4.3", "no", drop)
}

// Misspent (疑似多付待遇) is what the funds paid for a person in the years a wrong cover lies in; the files hold yearly totals, so that more
// than what was wrong may be in it.
//
// 依据: SCE-4.3
func (f *File) Misspent(w Wrong) []Used {
	var out []Used
	last := map[policy.Year]int{}
	for _, u := range Valid[Used](f) {
		if y := u.Fact.Year; y < yearOf(w.From) || w.To != "" && y > yearOf(w.To) {
			continue
		}
		if at, seen := last[u.Fact.Year]; seen {
			out[at] = u.Fact
			continue
		}
		last[u.Fact.Year] = len(out)
		out = append(out, u.Fact)
	}
	return slices.DeleteFunc(out, func(u Used) bool { return u.Reimbursed == 0 })
}
