package desk

import (
	"fmt"
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

// Matter (异议事项) is what somebody objects to: an entry of his file by its number, what a year entitles him to, or a bill.
type Matter string

// The matters.
const (
	OfRecord      Matter = "record"      // 档案记录
	OfEntitlement Matter = "entitlement" // 年度待遇
	OfBill        Matter = "bill"        // 结算单
)

// State (办理状态) is how far an objection has come.
type State string

// The states.
const (
	Waiting   State = "waiting"   // 待答复
	Answered  State = "answered"  // 已答复
	Withdrawn State = "withdrawn" // 已撤回
)

// Deed (办理环节) is a step of an objection.
type Deed string

// The steps.
const (
	Filed     Deed = "filed"     // 提出异议
	Answering Deed = "answering" // 答复
	Appealed  Deed = "appealed"  // 申诉
	TakenBack Deed = "withdrawn" // 撤回
)

// Outcome (处理结果) is what an answer comes to.
type Outcome string

// The outcomes.
const (
	Upheld Outcome = "upheld" // 异议成立
	Partly Outcome = "partly" // 部分成立
	Denied Outcome = "denied" // 异议不成立
)

// Outcomes lists the outcomes.
func Outcomes() []Outcome { return []Outcome{Upheld, Partly, Denied} }

// Terms (办理期限) are in how many days an objection is answered, and an answer appealed against; 0 where a policy sets none, and then there is no
// last day. Days are calendar days; the day itself is not counted.
type Terms struct {
	AnswerDays, AppealDays int
	Assumed                bool // the documents leave them open
}

// The parameters of objections.
const (
	pAnswerDays policy.ParameterID = "desk.objection.answer_days"
	pAppealDays policy.ParameterID = "desk.objection.appeal_days"
)

// TermsOf reads the terms of a policy.
//
// 依据: SCE-6.2
func TermsOf(set *policy.Set) Terms {
	var t Terms
	if e, ok := set.Get(pAnswerDays); ok {
		t.AnswerDays, t.Assumed = e.Value.Count(), e.Assumed != nil
	}
	if e, ok := set.Get(pAppealDays); ok {
		t.AppealDays, t.Assumed = e.Value.Count(), t.Assumed || e.Assumed != nil
	}
	return t
}

// Step (办理记录) is something that was done about an objection. Division is whose desk it was done at; none for what the person himself did.
type Step struct {
	Version  int64
	At       time.Time
	By       office.UserID
	Division region.Code
	Deed     Deed
	Outcome  Outcome
	Clause   policy.ClauseID
	Text     string
}

// Objection (异议) is what a person says is wrong about his file or entitlement, and what came of it: answered by the county where he is insured,
// and, when he appeals (申诉), once more by the level above. Desk is whose desk answers, or answered last; Round is 1, or 2 after the
// appeal. Due is the last day to answer, or to appeal; empty for none. Maker is who made the record, where that is known.
//
// 依据: SCE-6.2, SCE-9.2
type Objection struct {
	Person  enrol.PersonNo
	No      int
	Version int64
	County  region.Code
	Matter  Matter
	Subject int    // the number of the entry, or the year, of a bill that of the settlement
	Bill    string // the settlement
	Maker   office.UserID
	State   State
	Round   int
	Desk    region.Code
	Due     policy.Date
	Steps   []Step
}

// ID names an objection.
func (o Objection) ID() string { return fmt.Sprintf("%d-%d", o.Person, o.No) }

// longestText is how many characters somebody may write.
const longestText = 2000

// File (提出异议) makes an objection of a person, which waits at the desk of his county.
//
// 依据: SCE-6.2
func File(o Objection, text string, by office.UserID, at time.Time, t Terms) (Objection, error) {
	var l fault.List
	if !slices.Contains([]Matter{OfRecord, OfEntitlement, OfBill}, o.Matter) || o.Subject < 1 || (o.Matter == OfBill) != (o.Bill != "") {
		l.Add(fault.Problem{Column: "subject", Message: fault.Msg("desk.objection.subject")})
	}
	checkText(&l, text)
	if err := l.Err(); err != nil {
		return o, err
	}
	o.Version, o.State, o.Round, o.Desk, o.Due = 0, Waiting, 1, o.County, due(at, t.AnswerDays)
	return o.then(Step{At: at, By: by, Deed: Filed, Text: text}), nil
}

func checkText(l *fault.List, text string) {
	if n := utf8.RuneCountInString(strings.TrimSpace(text)); n == 0 || n > longestText || !utf8.ValidString(text) {
		l.Add(fault.Problem{Column: "text", Message: fault.Msg("desk.objection.text", "most", longestText)})
	}
}

func due(at time.Time, days int) policy.Date {
	if days == 0 {
		return ""
	}
	return policy.DayOf(at).Add(days)
}

// then adds a step.
func (o Objection) then(s Step) Objection {
	o.Version++
	s.Version, s.Text = o.Version, strings.TrimSpace(s.Text)
	o.Steps = append(slices.Clip(o.Steps), s)
	return o
}

// Answer (答复) is what somebody at a desk says of an objection, which he had before him in a version.
type Answer struct {
	Version int64
	By      office.Subject
	At      time.Time
	Outcome Outcome
	Clause  policy.ClauseID
	Text    string
}

// MayAnswer says why somebody may not answer an objection now; nil when he may. Whoever made the record, or answered before, may not; nor may
// anybody but the desk it waits at.
//
// 依据: SCE-6.2, YA-4.10.3
func (o Objection) MayAnswer(s office.Subject) error {
	switch {
	case o.State != Waiting:
		return fault.New(fault.Refused, "desk.objection.not_waiting")
	case s.Division != o.Desk:
		return fault.New(fault.Refused, "desk.objection.elsewhere", "division", o.Desk)
	case o.Maker != "" && s.ID == o.Maker:
		return fault.New(fault.Refused, "desk.objection.own_record")
	case slices.ContainsFunc(o.Steps, func(x Step) bool { return x.By == s.ID }):
		return fault.New(fault.Refused, "desk.objection.answered_before")
	}
	return nil
}

// Answer answers an objection. An answer to another version than the present one is office.ErrStale.
//
// 依据: SCE-6.2
func (o Objection) Answer(a Answer, t Terms) (Objection, error) {
	if a.Version != o.Version {
		return o, office.ErrStale
	}
	if err := o.MayAnswer(a.By); err != nil {
		return o, err
	}
	var l fault.List
	if !slices.Contains(Outcomes(), a.Outcome) {
		l.Add(fault.Problem{Column: "outcome", Message: fault.Msg("desk.objection.outcome")})
	}
	if a.Clause == "" {
		l.Add(fault.Problem{Column: "clause", Message: fault.Msg("desk.objection.clause")})
	}
	checkText(&l, a.Text)
	if err := l.Err(); err != nil {
		return o, err
	}
	o.State, o.Due = Answered, ""
	if o.mayRise() {
		o.Due = due(a.At, t.AppealDays)
	}
	return o.then(Step{At: a.At, By: a.By.ID, Division: a.By.Division, Deed: Answering, Outcome: a.Outcome, Clause: a.Clause, Text: a.Text}), nil
}

// mayRise tells whether there is a level above to appeal to, once.
func (o Objection) mayRise() bool {
	_, ok := Above(o.Desk)
	return ok && o.Round == 1
}

// Above (上一级) gives the division above a county or prefecture; none above a province.
func Above(c region.Code) (region.Code, bool) {
	switch c.Level() {
	case region.County:
		return c[:4] + "00", true
	case region.Prefecture:
		return c.Province(), true
	}
	return "", false
}

// MayAppeal says why the person may not appeal now; nil when he may.
//
// 依据: SCE-6.2
func (o Objection) MayAppeal(today policy.Date) error {
	switch {
	case o.State != Answered:
		return fault.New(fault.Refused, "desk.objection.not_answered")
	case !o.mayRise():
		return fault.New(fault.Refused, "desk.objection.once")
	case o.Due != "" && today > o.Due:
		return fault.New(fault.Refused, "desk.objection.too_late", "due", o.Due)
	}
	return nil
}

// Appeal (申诉) takes an answered objection to the level above, once. Another version than the present one is office.ErrStale.
//
// 依据: SCE-6.2
func (o Objection) Appeal(version int64, text string, by office.UserID, at time.Time, t Terms) (Objection, error) {
	if version != o.Version {
		return o, office.ErrStale
	}
	if err := o.MayAppeal(policy.DayOf(at)); err != nil {
		return o, err
	}
	var l fault.List
	if checkText(&l, text); l.Err() != nil {
		return o, l.Err()
	}
	o.Desk, _ = Above(o.Desk)
	o.State, o.Round, o.Due = Waiting, 2, due(at, t.AnswerDays)
	return o.then(Step{At: at, By: by, Deed: Appealed, Text: text}), nil
}

// TakeBack (撤回) ends an objection that waits. Another version than the present one is office.ErrStale.
func (o Objection) TakeBack(version int64, by office.UserID, at time.Time) (Objection, error) {
	if version != o.Version {
		return o, office.ErrStale
	}
	if o.State != Waiting {
		return o, fault.New(fault.Refused, "desk.objection.not_waiting")
	}
	o.State, o.Due = Withdrawn, ""
	return o.then(Step{At: at, By: by, Deed: TakenBack}), nil
}

// Late tells whether an answer is overdue on a day.
func (o Objection) Late(today policy.Date) bool {
	return o.State == Waiting && o.Due != "" && today > o.Due
}
