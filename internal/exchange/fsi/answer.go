package fsi

import (
	"fmt"
	"slices"
	"time"

	"tongchou/internal/policy"
)

// Done and Refused are the codes of answers (infcode).
const (
	Done    = 0
	Refused = -1
)

// Answer (应答报文) is an answer with what stands around it. Ref is the number the platform knows the message by, of thirty digits.
//
// 依据: YA-4.8.2
type Answer struct {
	Code      int
	Ref       string
	Came      time.Time
	Answered  time.Time
	Warning   string
	Error     string
	Output    Input
	Operation *Transaction // whose list the output goes by; none for a refusal
}

// MarshalJSON writes the answer: every field of the list, those that say nothing empty. An output that the list does not have is an error.
func (a Answer) MarshalJSON() ([]byte, error) {
	var output []written
	if a.Operation != nil && a.Code == Done {
		var err error
		if output, err = a.Operation.output(a.Output); err != nil {
			return nil, err
		}
	}
	return a.appendTo(make([]byte, 0, usualAnswer), output), nil
}

// usualAnswer is how many bytes most answers have.
const usualAnswer = 2048

// stamp writes a time with milliseconds, as the platform does.
func stamp(t time.Time) string {
	return t.In(policy.China).Format("20060102150405.000")[:14] + t.In(policy.China).Format(".000")[1:]
}

func (t *Transaction) output(out Input) (all []written, err error) {
	for i := range t.Out {
		node := &t.Out[i]
		rows := out[node.Name]
		for _, given := range rows {
			if err := node.whole(t.Number, given); err != nil {
				return nil, err
			}
		}
		switch {
		case node.Name == "" && len(rows) == 1:
			for name, value := range rows[0] {
				all = append(all, written{name: name, value: value})
			}
		case node.Many || len(rows) == 1:
			all = append(all, written{name: node.Name, many: node.Many, rows: rows})
		default:
			return nil, fmt.Errorf("fsi: %s: %d objects of %s", t.Number, len(rows), node.Name)
		}
	}
	for name := range out {
		if !t.answers(name) {
			return nil, fmt.Errorf("fsi: %s has no node %s", t.Number, name)
		}
	}
	return all, nil
}

// answers tells whether a node is one of those that are answered.
func (t *Transaction) answers(node string) bool {
	return slices.ContainsFunc(t.Out, func(n Node) bool { return n.Name == node })
}

// whole makes an object one with every field of the list. Those that it must have are there, and no others.
func (n *Node) whole(number string, row Row) error {
	for i := range n.Fields {
		f := &n.Fields[i]
		value, there := row[f.Name]
		switch {
		case value == "" && f.Required:
			return fmt.Errorf("fsi: %s.%s lacks %s", number, n.Name, f.Name)
		case !there:
			row[f.Name] = ""
		}
	}
	if len(row) == len(n.Fields) {
		return nil
	}
	for name := range row {
		if !slices.ContainsFunc(n.Fields, func(f Field) bool { return f.Name == name }) {
			return fmt.Errorf("fsi: %s.%s has no %s", number, n.Name, name)
		}
	}
	return nil
}
