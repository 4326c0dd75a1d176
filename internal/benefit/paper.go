package benefit

import (
	"errors"
	"slices"
	"strings"

	"tongchou/internal/canon"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Paper (待遇文件) is what is approved at once: the rules that a province sets for itself, or a city for itself, each with the document it stands in.
//
// 依据: SC38-6.2, YN-4.2
type Paper struct {
	Division region.Code
	Title    string
	Rules    []CityRule
}

// Ended is what stands in the place of a value where a division's own rule ends: what is above it holds again.
const Ended = "end"

// Synthetic tells that a rule of the paper is made up.
func (p Paper) Synthetic() bool {
	return slices.ContainsFunc(p.Rules, func(r CityRule) bool { return r.Synthetic })
}

// Canonical is the paper in the form that is kept, digested and signed.
func (p Paper) Canonical() []byte {
	var w canon.Writer
	w.Text("benefit-paper-1")
	w.Text(string(p.Division))
	w.Text(p.Title)
	w.Number(int64(len(p.Rules)))
	for _, r := range p.Rules {
		w.Text(string(r.Division))
		w.Text(r.Document)
		w.Text(string(r.From))
		w.Text(string(r.Parameter))
		w.Text(r.Value)
		w.Flag(r.Synthetic)
	}
	return w
}

// ParsePaper reads what Canonical writes; false when it is nothing else.
func ParsePaper(form []byte) (p Paper, sound bool) {
	r := canon.NewReader(form)
	if r.Text() != "benefit-paper-1" {
		return p, false
	}
	p.Division, p.Title = region.Code(r.Text()), r.Text()
	n := r.Number()
	if n < 0 || n > int64(len(form)) {
		return p, false
	}
	for i := int64(0); i < n && r.Sound(); i++ {
		var x CityRule
		x.Row = int(i) + 1
		x.Division, x.Document, x.From = region.Code(r.Text()), r.Text(), policy.Date(r.Text())
		x.Parameter, x.Value, x.Synthetic = policy.ParameterID(r.Text()), r.Text(), r.Flag()
		p.Rules = append(p.Rules, x)
	}
	return p, r.Whole()
}

// PaperCheck (文件核对) is what a paper is checked with: the policy it stands on, what was approved before, and the national list that holds on Today;
// nil where none is on file.
type PaperCheck struct {
	Library *policy.Library
	Pack    *policy.Pack
	Before  []Approved
	List    *policy.List
	Today   policy.Date
}

// Check (核对待遇文件) refuses what may not be approved: a rule of another division, one that CheckCities refuses, one that ends what there is not, a schedule that
// cannot be compiled, a real paper against a made-up list, and every paper while no list is on file (未校验). A province's paper is checked with everything
// that its schedule says on the day it holds, a city's with what it sets itself.
//
// 依据: SC38-6.1, SC38-6.2, YN-4.2
func (c PaperCheck) Check(p Paper) error {
	var problems fault.List
	if strings.TrimSpace(p.Title) == "" {
		problems.Add(fault.Problem{Column: "title", Message: fault.Msg("settled.paper.title")})
	}
	if len(p.Rules) == 0 {
		problems.Add(fault.Problem{Column: "parameter", Message: fault.Msg("settled.paper.empty"), Clause: "SC38-6.2"})
	}
	c.places(p, &problems)
	for _, err := range []error{CheckCities(c.Library, p.Rules, c.List), c.listed(p)} {
		for _, problem := range problemsIn(err) {
			problems.Add(problem)
		}
	}
	if !problems.Empty() {
		return problems.Err()
	}
	return c.compiled(p)
}

// problemsIn are the problems of a refusal.
func problemsIn(err error) []fault.Problem {
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		return refusal.Problems
	}
	return nil
}

// places refuses rules of other divisions, and an end of what does not hold.
func (c PaperCheck) places(p Paper, problems *fault.List) {
	for _, r := range p.Rules {
		refuse := func(column, value, key string) {
			problems.Add(fault.Problem{File: r.File, Row: r.Row, Column: column, Value: value, Clause: "YN-4.2", Message: fault.Msg(key, "value", value, "division", p.Division)})
		}
		if r.Division != p.Division && (!p.Division.IsProvince() || !p.Division.Covers(r.Division) || r.Value != Ended) {
			refuse("division", string(r.Division), "settled.paper.division")
		}
		if r.Value == Ended && !slices.ContainsFunc(c.Before, func(a Approved) bool { return a.Division == r.Division && a.Parameter == r.Parameter }) {
			refuse("setting", string(r.Parameter), "settled.paper.ends_nothing")
		}
	}
}

// listed refuses what may not be approved whatever the paper sets: everything without a list, and a real paper against a made-up one.
//
// 依据: SC38-6.1
func (c PaperCheck) listed(p Paper) error {
	switch {
	case c.List == nil:
		return fault.Refuse(fault.Problem{Message: fault.Msg("settled.paper.unchecked"), Clause: "SC38-6.1"})
	case c.List.Synthetic && !p.Synthetic():
		return fault.Refuse(fault.Problem{Message: fault.Msg("settled.paper.made_up_list", "document", c.List.Document), Clause: "SC38-6.1"})
	}
	return nil
}

// compiled compiles the schedules that follow, and checks a province's own on every day on which the paper changes something.
func (c PaperCheck) compiled(p Paper) error {
	after := slices.Clone(c.Before)
	for _, r := range p.Rules {
		after = append(after, Approved{CityRule: r, On: c.Today})
	}
	book, err := NewRulebook(c.Library, c.Pack, after)
	if err != nil || !p.Division.IsProvince() {
		return err
	}
	var problems fault.List
	said := map[policy.ParameterID]bool{}
	for _, r := range after[len(c.Before):] {
		for _, problem := range book.province.On(r.holds()).Outside(*c.List) {
			if id := policy.ParameterID(problem.Column); !said[id] {
				said[id] = true
				problems.Add(problem)
			}
		}
	}
	return problems.Err()
}

// Outside (超出清单) says what of a schedule the national list does not allow; nothing when all is well.
//
// 依据: SC38-6.1
func (s *Schedule) Outside(list policy.List) (out []fault.Problem) {
	for _, e := range s.Values() {
		if problem, ok := list.Check(e.ID, e.Value); !ok {
			out = append(out, problem)
		}
	}
	return out
}

// Values are the schedule's parameters, in id order.
func (s *Schedule) Values() []policy.Effective { return ofBenefits(s.set) }

// Value is the schedule's value of a parameter; false where it has none.
func (s *Schedule) Value(id policy.ParameterID) (policy.Effective, bool) { return s.set.Get(id) }

// Rows are the paper's rules with some blank ones of its division to be filled in.
func (p Paper) Rows(blank int) []CityRule {
	return append(slices.Clone(p.Rules), slices.Repeat([]CityRule{{Division: p.Division}}, blank)...)
}

// CheckRows (逐行核对) refuses what is wrong with rows of a file whatever the list says, each with its row, column, value and what was expected.
//
// 依据: SC38-6.2, YN-4.2
func (c PaperCheck) CheckRows(division region.Code, rules []CityRule) error {
	var problems fault.List
	c.places(Paper{Division: division, Rules: rules}, &problems)
	for _, problem := range problemsIn(CheckCities(c.Library, rules, c.List)) {
		problems.Add(problem)
	}
	return problems.Err()
}
