package exchange

import (
	"bytes"
	"encoding/json"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// frozenForm is the version of the shape below. Another shape gets another number, and this one stays readable.
const frozenForm = 1

// FrozenRun (冻结的年度计算) is everything a year of one fund was computed from and what came of it: what is signed, byte for
// byte. Amounts and ratios stand as in ResultJSON, explanations in Chinese.
type FrozenRun struct {
	Form    int    `json:"form"`
	Program string `json:"program"`
	Pack    string `json:"pack"`
	// PolicyDigest is that of all policy files; see PolicyVersion.
	PolicyDigest string            `json:"policy_digest"`
	Parameters   []FrozenParameter `json:"parameters"`
	Year         policy.Year       `json:"year"`
	Insurance    pool.Insurance    `json:"insurance"`
	Synthetic    bool              `json:"synthetic"`
	Corrects     string            `json:"corrects,omitempty"` // the run that this one corrects
	Decision     string            `json:"decision,omitempty"` // the decision on emergency money
	Due          FrozenDue         `json:"due"`
	Inputs       []FrozenInput     `json:"inputs"`
	Computed     resultJSON        `json:"result"`
}

// FrozenParameter (冻结的参数) is a parameter as it was in force for the year.
type FrozenParameter struct {
	ID     policy.ParameterID `json:"id"`
	Value  string             `json:"value"`
	From   policy.Date        `json:"from"`
	Clause policy.ClauseID    `json:"clause"`
}

// FrozenDue (缴拨期限) are the days payments are due: what cities pay, what they receive, what governments cover.
type FrozenDue struct {
	Collect  policy.Date `json:"collect"`
	Allocate policy.Date `json:"allocate"`
	Cover    policy.Date `json:"cover"`
}

// FrozenInput (冻结的输入) is a file of facts in canonical form, cut to the fund and to what the year follows from.
type FrozenInput struct {
	Kind    Kind   `json:"kind"`
	SM3     string `json:"sm3"`
	Content string `json:"content"`
}

// Freezing (冻结申请) asks for a run to be frozen. Facts may hold other years and types too.
type Freezing struct {
	Program, Pack, PolicyDigest string
	Year                        policy.Year
	Insurance                   pool.Insurance
	Synthetic                   bool
	Corrects, Decision          string
	Due                         FrozenDue
	Facts                       pool.Facts
}

// Freeze (冻结计算) computes a year of one fund from nothing but the facts given, and gives the paper that is signed: the same
// for the same facts, policy files and program. Refused are facts that cannot be computed, and a trial of a policy that is
// not in force.
//
// 依据: SC38-4.1, SC38-11.3
func Freeze(engine pool.Engine, f Freezing) (FrozenRun, []byte, error) {
	inputs, err := frozenInputs(f.Facts, f.Year, f.Insurance)
	if err != nil {
		return FrozenRun{}, nil, err
	}
	run := FrozenRun{Form: frozenForm, Program: f.Program, Pack: f.Pack, PolicyDigest: f.PolicyDigest, Year: f.Year, Insurance: f.Insurance,
		Synthetic: f.Synthetic, Corrects: f.Corrects, Decision: f.Decision, Due: f.Due, Inputs: inputs}
	return run.compute(engine)
}

// Rerun (重算) computes a frozen run again from the inputs it holds, and gives the paper it comes to: the same bytes, unless
// the policy files or the way of computing have changed since.
//
// 依据: SC38-11.3
func (r FrozenRun) Rerun(engine pool.Engine) ([]byte, error) {
	_, content, err := r.compute(engine)
	return content, err
}

// ReadFrozenRun reads the paper of a run.
func ReadFrozenRun(content []byte) (FrozenRun, error) {
	var r FrozenRun
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fault.Wrap(err, "exchange.frozen.unreadable")
	}
	if r.Form != frozenForm || len(r.Computed.Funds) != 1 {
		return r, fault.New(fault.Refused, "exchange.frozen.form", "form", r.Form, "known", frozenForm)
	}
	return r, nil
}

// Result is the computed year that the paper holds, without its explanations.
func (r FrozenRun) Result() pool.Result { return r.Computed.result() }

// Explanations (计算说明) are the sentences that explain a figure of a division.
func (r FrozenRun) Explanations(division string, figure string) (texts []string, clauses []policy.ClauseID) {
	for _, d := range r.Computed.Funds[0].Divisions {
		for _, s := range d.Explain {
			if string(d.Division) == division && s.Step == figure {
				texts, clauses = append(texts, s.Text), append(clauses, s.Clause)
			}
		}
	}
	return texts, clauses
}

// Changed (数据已变) lists the kinds of files that hold other facts now than those the run was frozen with.
func (r FrozenRun) Changed(now pool.Facts) ([]Kind, error) {
	inputs, err := frozenInputs(now, r.Year, r.Insurance)
	if err != nil {
		return nil, err
	}
	var out []Kind
	for _, kind := range Kinds() {
		if sumOf(inputs, kind) != sumOf(r.Inputs, kind) {
			out = append(out, kind)
		}
	}
	return out, nil
}

func sumOf(inputs []FrozenInput, kind Kind) string {
	for _, in := range inputs {
		if in.Kind == kind {
			return in.SM3
		}
	}
	return ""
}

// compute fills in what follows from the inputs and writes the paper.
func (r FrozenRun) compute(engine pool.Engine) (FrozenRun, []byte, error) {
	pack, ok := engine.Library.Pack(r.Pack)
	if !ok {
		return r, nil, fault.New(fault.Refused, "exchange.frozen.pack", "pack", r.Pack)
	}
	facts, synthetic, err := r.facts()
	if err != nil {
		return r, nil, err
	}
	first := r.Year
	for _, s := range facts.Statements {
		if s.Year >= pool.FirstYear(pack.At(s.Year.End())) {
			first = min(first, s.Year)
		}
	}
	results, err := engine.Chain(func(y policy.Year) (*policy.Set, error) { return pack.At(y.End()), nil }, facts, first, r.Year)
	if err != nil {
		return r, nil, err
	}
	result := results[len(results)-1]
	if result.Trial() || len(result.Funds) != 1 {
		return r, nil, fault.New(fault.Refused, "exchange.frozen.trial", "policy", r.Pack, "year", int(r.Year))
	}
	p, err := locale.New(locale.ZH)
	if err != nil {
		return r, nil, err
	}
	result.Synthetic = result.Synthetic || synthetic || r.Synthetic
	r.Synthetic = result.Synthetic
	r.Computed, _ = ResultJSON(result, p).(resultJSON)
	r.Parameters = frozenParameters(pack.At(r.Year.End()))
	var out bytes.Buffer
	err = WriteJSON(&out, r)
	return r, out.Bytes(), err
}

// facts reads the inputs, which must be what their digests say.
func (r FrozenRun) facts() (pool.Facts, bool, error) {
	var files Files
	to := map[Kind]**Input{Statements: &files.Statements, Factors: &files.Factors, Openings: &files.Openings, AgeGroups: &files.AgeGroups}
	for _, in := range r.Inputs {
		if to[in.Kind] == nil || digest([]byte(in.Content)) != in.SM3 {
			return pool.Facts{}, false, fault.New(fault.Refused, "exchange.frozen.input", "kind", string(in.Kind))
		}
		*to[in.Kind] = &Input{Name: fileName(in.Kind), Content: []byte(in.Content)}
	}
	loaded, err := Load(files)
	return loaded.Facts, loaded.Synthetic, err
}

func frozenParameters(set *policy.Set) []FrozenParameter {
	var out []FrozenParameter
	for _, e := range set.All() {
		out = append(out, FrozenParameter{e.ID, e.Value.String(), e.From, e.Clause})
	}
	return out
}

// frozenInputs are the facts that a year of a fund can follow from, as canonical files. Kinds without rows have none.
func frozenInputs(facts pool.Facts, year policy.Year, insurance pool.Insurance) ([]FrozenInput, error) {
	in := func(k pool.Key) bool { return k.Insurance == insurance && k.Year <= year }
	cut := pool.Facts{
		Statements: kept(facts.Statements, func(s pool.Statement) bool { return in(s.Key) }),
		Factors:    kept(facts.Factors, func(f pool.FactorRow) bool { return in(f.Key) }),
		AgeGroups:  kept(facts.AgeGroups, func(g pool.AgeGroup) bool { return in(g.Key) }),
		Openings:   kept(facts.Openings, func(o pool.Opening) bool { return o.Insurance == insurance }),
	}
	var out []FrozenInput
	for _, file := range []struct {
		kind  Kind
		rows  int
		write func(*bytes.Buffer) error
	}{
		{Statements, len(cut.Statements), func(b *bytes.Buffer) error { return WriteStatementsCSV(b, cut.Statements) }},
		{Factors, len(cut.Factors), func(b *bytes.Buffer) error { return WriteFactorsCSV(b, cut.Factors) }},
		{Openings, len(cut.Openings), func(b *bytes.Buffer) error { return WriteOpeningsCSV(b, cut.Openings) }},
		{AgeGroups, len(cut.AgeGroups), func(b *bytes.Buffer) error { return WriteAgeGroupsCSV(b, cut.AgeGroups) }},
	} {
		if file.rows == 0 {
			continue
		}
		var b bytes.Buffer
		if err := file.write(&b); err != nil {
			return nil, err
		}
		out = append(out, FrozenInput{file.kind, digest(b.Bytes()), b.String()})
	}
	return out, nil
}

func kept[T any](all []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !keep(one) })
}
