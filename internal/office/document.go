package office

import (
	"strings"
	"time"
	"unicode/utf8"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// DocumentID (文书编号) names a document.
type DocumentID string

// State (文书状态) says where a document stands.
type State string

// The states. Approved and cancelled documents never change again.
const (
	Drafted   State = "drafted"   // 草稿
	Waiting   State = "waiting"   // 待签
	Returned  State = "returned"  // 已退回
	Approved  State = "approved"  // 已批准
	Cancelled State = "cancelled" // 已作废
)

// Label is the state's name as a message.
func (s State) Label() fault.Message { return fault.Msg("office.state." + string(s)) }

// Content (文书内容) is what is signed: the amount in fen, the digest of the full content, and under which policy status it
// was computed. Trial tells that parameters were changed for it (试算).
type Content struct {
	Title  string
	Amount money.Fen
	Digest Digest
	Policy policy.Status
	Trial  bool
}

// Document (文书) is something that needs signatures. Stage counts the signatures it has in this round. Steps are all acts
// on it, oldest first; they are only ever added to.
type Document struct {
	ID       DocumentID
	Kind     Kind
	Division region.Code
	Content
	Maker   UserID
	State   State
	Stage   int
	Version Version
	Steps   []Step
}

// Step (办理记录) is one act on a document, with what the person had before him. Stage is 0 for the maker's acts, else the
// number of the stage.
type Step struct {
	At         time.Time
	By         UserID
	Name       string
	Department Department
	Division   region.Code
	Act        ActKind
	Stage      int
	Action     Action
	Reason     string
	Version    Version
	Amount     money.Fen
	Digest     Digest
}

const (
	longestTitle  = 200
	longestReason = 2000
)

// Draft (拟稿) makes a document: version 1, not yet submitted. Refused are a kind that there is not, a division that has no
// such document, a subject who may not make it, and a content that cannot be.
//
// 依据: SC38-10.1, YA-4.10.3
func Draft(id DocumentID, kind Kind, division region.Code, c Content, by Subject, at time.Time) (Document, error) {
	p, ok := ProcedureOf(kind)
	if !ok {
		return Document{}, fault.New(fault.Usage, "office.document.kind", "kind", string(kind))
	}
	d := Document{ID: id, Kind: kind, Division: division, Maker: by.ID, State: Drafted}
	if !p.has(division.Level()) {
		return Document{}, fault.Refuse(fault.Problem{Column: "division", Value: string(division), Clause: string(p.Clause),
			Message: fault.Msg("office.document.level", "kind", kind.Label(), "division", division)})
	}
	if err := d.mayActAs(by, p.Make); err != nil {
		return Document{}, err
	}
	if err := c.check(); err != nil {
		return Document{}, err
	}
	d.Content = c
	return d.stepped(Act{Kind: Made, By: by, At: at}, 0, p.Make.Action), nil
}

func (p Procedure) has(level region.Level) bool {
	for _, l := range p.Levels {
		if l == level {
			return true
		}
	}
	return false
}

func (c Content) check() error {
	var l fault.List
	if title := strings.TrimSpace(c.Title); title == "" || !utf8.ValidString(title) || utf8.RuneCountInString(title) > longestTitle {
		l.Add(fault.Problem{Column: "title", Value: c.Title, Message: fault.Msg("office.document.title", "most", longestTitle)})
	}
	if c.Amount > money.MaxFen || c.Amount < -money.MaxFen {
		l.Add(fault.Problem{Column: "amount", Value: c.Amount.String(), Message: fault.Msg("office.document.amount", "most", money.MaxFen)})
	}
	if c.Digest.Zero() {
		l.Add(fault.Problem{Column: "digest", Message: fault.Msg("office.document.digest")})
	}
	return l.Err()
}

// stepped is the document after an act: one version on, with the act written down.
func (d Document) stepped(a Act, stage int, action Action) Document {
	d.Version++
	d.Steps = append(d.Steps[:len(d.Steps):len(d.Steps)], Step{At: a.At, By: a.By.ID, Name: a.By.Name, Department: a.By.Department,
		Division: a.By.Division, Act: a.Kind, Stage: stage, Action: action, Reason: strings.TrimSpace(a.Reason), Version: d.Version,
		Amount: d.Amount, Digest: d.Digest})
	return d
}

// mayActAs tells whether somebody sits where a stage wants it: right, division and department.
func (d Document) mayActAs(s Subject, stage Stage) error {
	seat := stage.Seat.of(d.Division)
	if err := Can(s, stage.Action, seat); err != nil {
		return err
	}
	if s.Department != stage.Department {
		return fault.New(fault.Refused, "office.refused.department", "action", stage.Action.Label(), "department", stage.Department.Label(),
			"own", s.Department.Label(), "clause", string(stage.Clause))
	}
	return nil
}
