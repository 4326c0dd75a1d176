package fsi

import (
	"encoding/json"
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
	output := map[string]any{}
	if a.Operation != nil && a.Code == Done {
		var err error
		if output, err = a.Operation.output(a.Output); err != nil {
			return nil, err
		}
	}
	return json.Marshal(struct {
		Code     int            `json:"infcode"`
		Ref      string         `json:"inf_refmsgid"`
		Came     string         `json:"refmsg_time"`
		Answered string         `json:"respond_time"`
		Warning  string         `json:"warn_msg,omitempty"`
		Error    string         `json:"err_msg"`
		Output   map[string]any `json:"output"`
	}{a.Code, a.Ref, stamp(a.Came), stamp(a.Answered), a.Warning, a.Error, output})
}

// stamp writes a time with milliseconds, as the platform does.
func stamp(t time.Time) string {
	return t.In(policy.China).Format("20060102150405.000")[:14] + t.In(policy.China).Format(".000")[1:]
}

func (t *Transaction) output(out Input) (map[string]any, error) {
	written := map[string]any{}
	for i := range t.Out {
		node := &t.Out[i]
		rows := make([]Row, 0, len(out[node.Name]))
		for _, given := range out[node.Name] {
			row, err := node.whole(t.Number, given)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
		switch {
		case node.Name == "" && len(rows) == 1:
			for name, value := range rows[0] {
				written[name] = value
			}
		case node.Many:
			written[node.Name] = rows
		case len(rows) == 1:
			written[node.Name] = rows[0]
		default:
			return nil, fmt.Errorf("fsi: %s: %d objects of %s", t.Number, len(rows), node.Name)
		}
	}
	for name := range out {
		if !t.answers(name) {
			return nil, fmt.Errorf("fsi: %s has no node %s", t.Number, name)
		}
	}
	return written, nil
}

// answers tells whether a node is one of those that are answered.
func (t *Transaction) answers(node string) bool {
	return slices.ContainsFunc(t.Out, func(n Node) bool { return n.Name == node })
}

// whole is an object with every field of the list. Those that it must have are there, and no others.
func (n *Node) whole(number string, given Row) (Row, error) {
	row := make(Row, len(n.Fields))
	for _, f := range n.Fields {
		value := given[f.Name]
		if value == "" && f.Required {
			return nil, fmt.Errorf("fsi: %s.%s lacks %s", number, n.Name, f.Name)
		}
		row[f.Name] = value
	}
	for name := range given {
		if _, ok := row[name]; !ok {
			return nil, fmt.Errorf("fsi: %s.%s has no %s", number, n.Name, name)
		}
	}
	return row, nil
}
