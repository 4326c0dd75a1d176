package register

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// clause is what refusals cite.
const clause = "SCE-7.2"

// The longest texts, in characters.
const (
	longestCode   = 30
	longestName   = 300
	longestReason = 500
)

// By (办理人) is who does something, where, and when; Division is empty for the person himself and for institutions.
type By struct {
	Who      office.UserID
	Division region.Code
	At       time.Time
}

func (b By) day() policy.Date { return policy.DayOf(b.At) }

// Apply (申请) makes a registration of a person, which waits at the desk of his county. all are those he has. Without a last day it gets the one the terms say. Errors: a
// fault.Refusal that names the column: what the kind needs and was not given, a spell that is wrong or begins too long ago, and one that there is already.
//
// 依据: SCE-7.2, SC38-8.2
func Apply(r Registration, all []Registration, by By, t Terms) (Registration, error) {
	r.Disease, r.DiseaseName, r.Reason, r.Institution = strings.TrimSpace(r.Disease), strings.TrimSpace(r.DiseaseName), strings.TrimSpace(r.Reason), strings.TrimSpace(r.Institution)
	if days := t.Days[r.Kind]; r.To == "" && days > 0 && dated(r.From) {
		r.To = r.From.Add(days - 1)
	}
	var l fault.List
	r.check(&l)
	r.checkDays(&l, by.day(), t)
	if err := l.Err(); err != nil {
		return r, err
	}
	if err := r.clashes(all, t); err != nil {
		return r, err
	}
	r.Version, r.Steps = 0, nil
	return r.then(Step{At: by.At, By: by.Who, Division: by.Division, Deed: Applied, Text: r.Reason}), nil
}

func problem(column, value, key string, args ...any) fault.Problem {
	return fault.Problem{Column: column, Value: value, Message: fault.Msg(key, append(args, "value", value)...), Clause: clause}
}

// check refuses what the kind needs and does not have.
func (r *Registration) check(l *fault.List) {
	if !slices.Contains(Kinds(), r.Kind) {
		l.Add(problem("kind", string(r.Kind), "register.kind"))
		return
	}
	if _, err := region.Parse(string(r.Area)); r.Kind.Away() && err != nil {
		l.Add(problem("area", string(r.Area), "register.area"))
	} else if r.Kind.Away() && city(r.Area).Covers(r.County) {
		l.Add(problem("area", string(r.Area), "register.at_home"))
	}
	switch {
	case r.Kind == Chronic && (r.Disease == "" || tooLong(r.Disease, longestCode)):
		l.Add(problem("disease", r.Disease, "register.disease", "most", longestCode))
	case r.Kind == TwoDisease && !slices.Contains(TwoDiseases(), r.Disease):
		l.Add(problem("disease", r.Disease, "register.two_disease"))
	}
	if r.Kind == Fixed && r.Institution == "" {
		l.Add(problem("institution", "", "register.institution"))
	}
	for _, x := range []struct {
		column, text string
		most         int
	}{{"institution", r.Institution, longestCode}, {"disease_name", r.DiseaseName, longestName}, {"reason", r.Reason, longestReason}} {
		if tooLong(x.text, x.most) {
			l.Add(problem(x.column, "", "register.long", "most", x.most))
		}
	}
}

func tooLong(text string, most int) bool {
	return !utf8.ValidString(text) || utf8.RuneCountInString(text) > most
}

func dated(d policy.Date) bool {
	_, ok := policy.ParseDate(string(d))
	return ok
}

// checkDays refuses a spell without days, one that begins earlier than the terms let it, and one that is over.
func (r *Registration) checkDays(l *fault.List, today policy.Date, t Terms) {
	switch first := today.Add(-t.BackDays); {
	case !dated(r.From):
		l.Add(problem("from", string(r.From), "register.day"))
	case r.To != "" && (!dated(r.To) || r.To < r.From):
		l.Add(problem("to", string(r.To), "register.to", "from", r.From))
	case r.From < first:
		l.Add(problem("from", string(r.From), "register.early", "first", first))
	case r.To != "" && r.To < first:
		l.Add(problem("to", string(r.To), "register.over"))
	}
}

// clashes refuses what somebody has or applied for already on some of the days, and more chosen institutions than there may be.
func (r *Registration) clashes(all []Registration, t Terms) error {
	chosen := 0
	for i := range all {
		x := &all[i]
		if _, both := x.Meets(r.Spell); !both || x.Kind != r.Kind || x.State != Applied && x.State != Approved {
			continue
		}
		if chosen++; r.same(x) {
			return fault.Refuse(problem("kind", string(r.Kind), "register.twice", "id", x.ID(), "spell", spellOf(x.Spell)))
		}
	}
	if r.Kind == Fixed && t.Most > 0 && chosen >= t.Most {
		return fault.Refuse(problem("institution", r.Institution, "register.too_many", "most", t.Most))
	}
	return nil
}

// same tells whether two registrations of a kind are about the same.
func (r *Registration) same(x *Registration) bool {
	return city(r.Area) == city(x.Area) && r.Disease == x.Disease && (r.Kind != Fixed || r.Institution == x.Institution)
}

func spellOf(s enrol.Spell) string { return string(s.From) + " – " + string(s.To) }

// MayDecide says why somebody may not decide about a registration now; nil when he may. It is decided by another person than who applied for it, of the county it waits at.
//
// 依据: YA-4.10.3, SCE-7.2
func (r Registration) MayDecide(s office.Subject) error {
	switch {
	case r.State != Applied:
		return fault.New(fault.Refused, "register.not_waiting")
	case s.Division != r.County:
		return fault.New(fault.Refused, "register.elsewhere", "division", r.County)
	case slices.ContainsFunc(r.Steps, func(x Step) bool { return x.By == s.ID }):
		return fault.New(fault.Refused, "register.own_application")
	}
	return nil
}

// Decision (审核) is what somebody decides about a registration, which he had before him in a version. A refusal says why.
type Decision struct {
	Version int64
	By      office.Subject
	At      time.Time
	Approve bool
	Text    string
}

// Decide (审核) approves or refuses a registration. A decision about another version than the present one is office.ErrStale.
//
// 依据: SCE-7.2
func (r Registration) Decide(d Decision) (Registration, error) {
	if d.Version != r.Version {
		return r, office.ErrStale
	}
	if err := r.MayDecide(d.By); err != nil {
		return r, err
	}
	text, deed := strings.TrimSpace(d.Text), Approved
	if !d.Approve {
		deed = Refused
	}
	if !d.Approve && text == "" || tooLong(text, longestReason) {
		return r, fault.Refuse(problem("opinion", "", "register.why", "most", longestReason))
	}
	return r.then(Step{At: d.At, By: d.By.ID, Division: d.By.Division, Deed: deed, Text: text}), nil
}

// MayWithdraw says why a registration cannot be withdrawn any more; nil when it can.
func (r Registration) MayWithdraw(today policy.Date) error {
	if state := r.StateOn(today); state != Applied && state != Approved {
		return fault.New(fault.Refused, "register.over_already")
	}
	return nil
}

// Withdraw (撤销) takes an application back, or ends what was approved: from that day it counts no more, and visits that began before are settled with it. Another version than the
// present one is office.ErrStale.
//
// 依据: SCE-7.2
func (r Registration) Withdraw(version int64, by By, text string) (Registration, error) {
	if version != r.Version {
		return r, office.ErrStale
	}
	if err := r.MayWithdraw(by.day()); err != nil {
		return r, err
	}
	if text = strings.TrimSpace(text); tooLong(text, longestReason) {
		return r, fault.Refuse(problem("opinion", "", "register.why", "most", longestReason))
	}
	last := by.day().Add(-1)
	if r.State == Applied {
		last = r.From.Add(-1) // it never counted
	}
	if r.To == "" || r.To > last {
		r.To = last
	}
	return r.then(Step{At: by.At, By: by.Who, Division: by.Division, Deed: Withdrawn, Text: text}), nil
}
