package office

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// ActKind (办理动作) is something done to a document.
type ActKind string

// The acts.
const (
	Made     ActKind = "made"     // 拟稿
	Revise   ActKind = "revise"   // 修改
	Submit   ActKind = "submit"   // 提交
	Withdraw ActKind = "withdraw" // 撤回
	Cancel   ActKind = "cancel"   // 作废
	Sign     ActKind = "sign"     // 通过
	Return   ActKind = "return"   // 退回
)

// Label is the act's name as a message.
func (k ActKind) Label() fault.Message { return fault.Msg("office.act." + string(k)) }

// Act (办理) is one act on a document. Version is the one the person had before him. Return, withdraw and cancel need a
// reason; revise brings a new content.
type Act struct {
	Kind    ActKind
	By      Subject
	At      time.Time
	Version Version
	Reason  string
	Content Content
}

// Move (状态变化) is a row of the state machine: from where an act leads where. Signing leads on to Waiting until the last
// stage is signed.
type Move struct {
	From State
	Act  ActKind
	To   []State
}

// Moves is the state machine of documents.
//
// 依据: SC38-11.3, YA-4.10.3
func Moves() []Move {
	return []Move{
		{Drafted, Revise, []State{Drafted}},
		{Drafted, Submit, []State{Waiting}},
		{Drafted, Cancel, []State{Cancelled}},
		{Waiting, Withdraw, []State{Drafted}},
		{Waiting, Sign, []State{Waiting, Approved}},
		{Waiting, Return, []State{Returned}},
		{Returned, Revise, []State{Drafted}},
		{Returned, Submit, []State{Waiting}},
		{Returned, Cancel, []State{Cancelled}},
	}
}

// Do (办理) carries out an act and gives the document after it; the document it is called on stays as it is. Refused are: a
// state that does not allow the act, a version that is not the last, a subject without the right or of another department
// or division, a person who has done another step of the document, a document that is not the maker's own, one under a
// policy that is not in force, withdrawing after the review, and a missing reason.
//
// 依据: SC38-10.1, SC38-11.3, YN-6.1, YA-4.10.3
func (d Document) Do(a Act) (Document, error) {
	p, ok := ProcedureOf(d.Kind)
	if !ok {
		return d, fault.New(fault.Internal, "office.document.kind", "kind", string(d.Kind))
	}
	if a.Version != d.Version {
		return d, d.Stale(a)
	}
	if !slices.ContainsFunc(Moves(), func(m Move) bool { return m.From == d.State && m.Act == a.Kind }) {
		return d, fault.New(fault.Refused, "office.document.state", "act", a.Kind.Label(), "state", d.State.Label())
	}
	position, stage := 0, p.Make
	if a.Kind == Sign || a.Kind == Return {
		position, stage = d.Stage+1, p.Stages[d.Stage]
	}
	if err := d.mayAct(a.By, position, stage); err != nil {
		return d, err
	}
	if err := d.holds(a, p); err != nil {
		return d, err
	}
	return d.moved(a, p).stepped(a, position, stage.Action), nil
}

// Submitting (拟稿报送) is the way of a content to its first signature: the document as it is drafted, or brought up to date when it says something else, and as it is
// submitted. before is what there is of it; nil for nothing. Refused is what Draft and Do refuse.
//
// 依据: SC38-11.3, YA-4.10.3
func Submitting(before *Document, id DocumentID, kind Kind, division region.Code, c Content, by Subject, at time.Time) (way []Document, err error) {
	var now Document
	switch {
	case before == nil:
		now, err = Draft(id, kind, division, c, by, at)
		way = append(way, now)
	case before.Content != c:
		now, err = before.Do(Act{Kind: Revise, By: by, At: at, Version: before.Version, Content: c})
		way = append(way, now)
	default:
		now = *before
	}
	if err != nil {
		return nil, err
	}
	now, err = now.Do(Act{Kind: Submit, By: by, At: at, Version: now.Version})
	return append(way, now), err
}

// Signing (逐级签署) carries a way on by one signature after another, at one time. Refused is what Do refuses.
//
// 依据: SC38-11.3, YA-4.10.3
func Signing(way []Document, at time.Time, signers ...Subject) ([]Document, error) {
	for _, s := range signers {
		last := way[len(way)-1]
		next, err := last.Do(Act{Kind: Sign, By: s, At: at, Version: last.Version})
		if err != nil {
			return nil, err
		}
		way = append(way, next)
	}
	return way, nil
}

// Stale (版本过期) is the refusal of an act on a version that is not the document's last. It says what happened since; the
// same act sent twice is told apart.
//
// 依据: YA-4.10.3
func (d Document) Stale(a Act) error {
	if len(d.Steps) == 0 {
		return fault.New(fault.Internal, "office.document.no_steps", "id", string(d.ID))
	}
	last := d.Steps[len(d.Steps)-1]
	if last.By == a.By.ID && last.Act == a.Kind && last.Version == a.Version+1 {
		return fault.New(fault.Refused, "office.document.already", "act", a.Kind.Label())
	}
	return fault.New(fault.Refused, "office.document.stale", "name", last.Name, "act", last.Act.Label(), "seen", int64(a.Version), "now", int64(d.Version))
}

// mayAct tells whether somebody may do the step at a position: the right seat, the maker's own document, and no other
// step of it done by him before, in whatever round.
func (d Document) mayAct(s Subject, position int, stage Stage) error {
	if err := d.mayActAs(s, stage); err != nil {
		return err
	}
	if position == 0 && s.ID != d.Maker {
		return fault.New(fault.Refused, "office.document.maker")
	}
	for _, step := range d.Steps {
		if step.By == s.ID && step.Stage != position {
			return fault.New(fault.Refused, "office.document.same_person", "act", step.Act.Label(), "action", step.Action.Label())
		}
	}
	return nil
}

// holds tells whether the act itself is complete and the document ready for it.
func (d Document) holds(a Act, p Procedure) error {
	reason := strings.TrimSpace(a.Reason)
	if !utf8.ValidString(reason) || utf8.RuneCountInString(reason) > longestReason {
		return fault.New(fault.Refused, "office.document.reason_long", "most", longestReason)
	}
	switch a.Kind {
	case Return, Withdraw, Cancel:
		if reason == "" {
			return fault.New(fault.Refused, "office.document.reason", "act", a.Kind.Label())
		}
		if a.Kind == Withdraw && d.Stage > 0 {
			return fault.New(fault.Refused, "office.document.reviewed")
		}
	case Submit:
		if p.Ruled && (d.Trial || d.Policy.Trial()) {
			return fault.New(fault.Refused, "office.document.trial", "kind", d.Kind.Label())
		}
	case Revise:
		return a.Content.check()
	}
	return nil
}

// moved is the document in its new state.
func (d Document) moved(a Act, p Procedure) Document {
	switch a.Kind {
	case Revise:
		d.Content, d.State = a.Content, Drafted
	case Submit:
		d.State, d.Stage = Waiting, 0
	case Withdraw:
		d.State = Drafted
	case Cancel:
		d.State = Cancelled
	case Return:
		d.State, d.Stage = Returned, 0
	case Sign:
		d.Stage++
		if d.Stage == len(p.Stages) {
			d.State = Approved
		}
	}
	return d
}
