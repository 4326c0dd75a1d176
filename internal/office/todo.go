package office

import (
	"slices"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/region"
)

// Pending (待签环节) is what a waiting document waits for.
type Pending struct {
	Stage
	Division region.Code // whose office signs
	Since    time.Time
}

// Next gives the signature a document waits for; false when it waits for none.
func (d Document) Next() (Pending, bool) {
	p, ok := ProcedureOf(d.Kind)
	if !ok || d.State != Waiting || d.Stage >= len(p.Stages) || len(d.Steps) == 0 {
		return Pending{}, false
	}
	stage := p.Stages[d.Stage]
	return Pending{stage, stage.Seat.of(d.Division), d.Steps[len(d.Steps)-1].At}, true
}

// Line (办理进程) is one line of a document's timeline: a step that was done, or a signature still to come.
type Line struct {
	Done     *Step
	Coming   *Stage
	Division region.Code
}

// Timeline (办理进程) tells what happened to a document and which signatures are still to come, in order. Of one that was
// returned or is still a draft, all signatures are to come.
//
// 依据: SC38-11.3
func (d Document) Timeline() []Line {
	var out []Line
	for i := range d.Steps {
		out = append(out, Line{Done: &d.Steps[i], Division: d.Steps[i].Division})
	}
	p, ok := ProcedureOf(d.Kind)
	if !ok || d.State == Approved || d.State == Cancelled {
		return out
	}
	from := 0
	if d.State == Waiting {
		from = d.Stage
	}
	for _, stage := range p.Stages[from:] {
		out = append(out, Line{Coming: &stage, Division: stage.Seat.of(d.Division)})
	}
	return out
}

// Todo (待办) is a document that waits for somebody: to be signed, or, as its maker, to be submitted or mended. Since is
// when it began to wait.
type Todo struct {
	Document Document
	Act      ActKind
	Action   Action
	Since    time.Time
}

// Todos (我的待办) gives what of the documents waits for somebody, the longest waiting first.
//
// 依据: SC38-10.1
func Todos(s Subject, documents []Document) []Todo {
	var out []Todo
	for _, d := range documents {
		if t, ok := d.todo(s); ok {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Todo) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(string(a.Document.ID), string(b.Document.ID))
	})
	return out
}

func (d Document) todo(s Subject) (Todo, bool) {
	p, ok := ProcedureOf(d.Kind)
	if !ok || len(d.Steps) == 0 {
		return Todo{}, false
	}
	since := d.Steps[len(d.Steps)-1].At
	switch d.State {
	case Waiting:
		if next, ok := d.Next(); ok && d.mayAct(s, d.Stage+1, next.Stage) == nil {
			return Todo{d, Sign, next.Action, since}, true
		}
	case Drafted:
		return Todo{d, Submit, p.Make.Action, since}, d.mayAct(s, 0, p.Make) == nil
	case Returned:
		return Todo{d, Revise, p.Make.Action, since}, d.mayAct(s, 0, p.Make) == nil
	}
	return Todo{}, false
}

// Seen (所见版本) is a document as somebody had it before him.
type Seen struct {
	ID      DocumentID
	Version Version
}

// MostInBatch is how many documents can be signed at once.
const MostInBatch = 500

// SignAll (批量签署) signs several documents at once, all or none. total is what the person repeats, in fen; it must be what
// the documents add up to. Every document that cannot be signed is told, by its place in the list (from 1) and its id.
//
// 依据: SC38-11.3, YA-4.10.3
func SignAll(documents []Document, versions []Version, total money.Fen, by Subject, at time.Time) ([]Document, error) {
	if len(documents) == 0 || len(documents) > MostInBatch || len(versions) != len(documents) {
		return nil, fault.New(fault.Usage, "office.batch.count", "most", MostInBatch)
	}
	var l fault.List
	var sum money.Fen
	seen := map[DocumentID]bool{}
	out := make([]Document, len(documents))
	for i, d := range documents {
		after, err := d.Do(Act{Kind: Sign, By: by, At: at, Version: versions[i]})
		if seen[d.ID] {
			err = fault.New(fault.Refused, "office.batch.twice")
		}
		if err != nil {
			l.Add(problemOf(err, i+1, d.ID))
		}
		seen[d.ID] = true
		out[i], sum = after, sum+d.Amount
	}
	if err := l.Err(); err != nil {
		return nil, err
	}
	if sum != total {
		return nil, fault.New(fault.Refused, "office.batch.total", "sum", sum, "total", total, "count", len(documents))
	}
	return out, nil
}

// problemOf places a fault in a list.
func problemOf(err error, row int, id DocumentID) fault.Problem {
	p := fault.Problem{Row: row, Column: "id", Value: string(id)}
	if f, ok := err.(*fault.Error); ok {
		p.Message = f.Message
		return p
	}
	p.Message = fault.Msg("office.batch.other", "reason", err.Error())
	return p
}
