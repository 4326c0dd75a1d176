package policy

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// listClause orders that there are no benefits outside the national list.
const listClause ClauseID = "SC38-6.1"

// List (医疗保障待遇清单) is what benefits may be: ranges of parameters, and by which identities they may differ. The program ships with none: whoever has
// the list writes it down as a file.
//
// 依据: SC38-6.1
type List struct {
	Document     string   `yaml:"document"`
	Number       string   `yaml:"number"` // 文号
	Issued       Date     `yaml:"issued"` // 印发日期: the list holds from it
	Synthetic    bool     `yaml:"synthetic"`
	Ranges       []Range  `yaml:"ranges"`
	Distinctions []string `yaml:"distinctions"` // words of parameter ids: retired, orphan, civil_servant …
}

// Range (清单范围) is what the parameters of a pattern may be; a * stands for one or more words of the id. Without Least or Most there is no such bound.
type Range struct {
	Parameter string `yaml:"parameter"`
	Least     string `yaml:"least"`
	Most      string `yaml:"most"`

	words       []string
	least, most *money.Rate
}

// identities are the words of parameter ids that distinguish persons by occupation, age or identity.
var identities = []string{"retired", "destitute", "orphan", "subsistence", "poverty_monitored", "civil_servant", "supplementary", "mutual_aid", "long_term_care"}

// ParseList reads a list. Errors: a fault.Refusal with the file.
func ParseList(file string, content []byte) (List, error) {
	var l List
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&l); err != nil {
		line, detail := yamlPlace(err)
		return l, fault.Refuse(fault.Problem{File: file, Row: line, Message: fault.Msg("policy.yaml", "detail", detail)})
	}
	var problems fault.List
	if strings.TrimSpace(l.Document) == "" {
		problems.Add(fault.Problem{File: file, Column: "document", Message: fault.Msg("policy.list.document")})
	}
	if _, ok := ParseDate(string(l.Issued)); l.Issued != "" && !ok {
		problems.Add(fault.Problem{File: file, Column: "issued", Value: string(l.Issued), Message: fault.Msg("policy.date", "value", string(l.Issued))})
	}
	for i := range l.Ranges {
		r := &l.Ranges[i]
		r.words = strings.Split(r.Parameter, ".")
		for _, b := range []struct {
			text string
			into **money.Rate
		}{{r.Least, &r.least}, {r.Most, &r.most}} {
			if b.text == "" {
				continue
			}
			rate, err := money.ParseRate(b.text)
			if err != nil {
				problems.Add(fault.Problem{File: file, Column: r.Parameter, Value: b.text, Message: fault.Msg("policy.list.bound", "value", b.text)})
				continue
			}
			*b.into = &rate
		}
	}
	return l, problems.Err()
}

// OnFile (清单入库核对) refuses a list that cannot be put on file: one without a number, a day of issue, or any range.
//
// 依据: SC38-6.1
func (l List) OnFile(file string) error {
	var problems fault.List
	refuse := func(column, key string) {
		problems.Add(fault.Problem{File: file, Column: column, Clause: string(listClause), Message: fault.Msg(key)})
	}
	if strings.TrimSpace(l.Number) == "" {
		refuse("number", "policy.list.number")
	}
	if l.Issued == "" {
		refuse("issued", "policy.list.issued")
	}
	if len(l.Ranges) == 0 {
		refuse("ranges", "policy.list.ranges")
	}
	return problems.Err()
}

// ListOn (有效清单) is the list that holds on a day: the one issued last, and of those of one day the last on file. ok is false where there is none.
//
// 依据: SC38-6.1
func ListOn(lists []List, day Date) (list List, ok bool) {
	for _, l := range lists {
		if l.Issued <= day && (!ok || l.Issued >= list.Issued) {
			list, ok = l, true
		}
	}
	return list, ok
}

// Check (待遇清单校验) says why a value may not be: no range covers the parameter, the value lies outside its range, or it distinguishes persons by what the
// list does not name. ok is true when it may be.
//
// 依据: SC38-6.1
func (l List) Check(id ParameterID, value Value) (problem fault.Problem, ok bool) {
	refuse := func(key string, args ...any) (fault.Problem, bool) {
		return fault.Problem{Column: string(id), Value: value.String(), Clause: string(listClause), Message: fault.Msg(key, append(args, "id", string(id), "value", value.String(), "document", l.Document)...)}, false
	}
	words := strings.Split(string(id), ".")
	for _, word := range words {
		if identity := identityOf(word); identity != "" && !slices.Contains(l.Distinctions, identity) {
			return refuse("policy.list.distinction", "word", identity)
		}
	}
	for _, r := range l.Ranges {
		if !matches(r.words, words) {
			continue
		}
		if value.numeric && (r.least != nil && value.rate < *r.least || r.most != nil && value.rate > *r.most) {
			return refuse("policy.list.range", "least", bound(r.Least), "most", bound(r.Most))
		}
		return fault.Problem{}, true
	}
	return refuse("policy.list.outside")
}

// identityOf is the identity that a word of an id distinguishes by: orphan, or retired of retired_points; empty for none.
func identityOf(word string) string {
	for _, identity := range identities {
		if word == identity || strings.HasPrefix(word, identity+"_") {
			return identity
		}
	}
	return ""
}

func bound(text string) string {
	if text == "" {
		return "—"
	}
	return text
}

// matches tells whether a pattern covers an id: a * takes one word or more.
func matches(pattern, words []string) bool {
	switch {
	case len(pattern) == 0:
		return len(words) == 0
	case len(words) == 0:
		return false
	case pattern[0] == "*":
		return matches(pattern[1:], words[1:]) || matches(pattern, words[1:])
	}
	return pattern[0] == words[0] && matches(pattern[1:], words[1:])
}
