// Package policy holds law as data: dated, cited parameters, the documents and clauses they cite, packs of them per
// province, overlays for scenarios, and what was in force on a day.
package policy

import (
	"slices"
	"sort"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/region"
)

// Text is a text in Chinese and English, as the policy files carry it.
type Text struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// In gives the text in a language, Chinese unless "en" is asked for.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// Status (效力状态) says how far a document, and what rests on it, holds.
type Status string

// Statuses. Results of anything not in force are trials (试算) and cannot be signed or booked.
const (
	InForce   Status = "in_force"
	Draft     Status = "draft"
	Published Status = "published"
	Example   Status = "example"
)

// Trial (试算) tells whether results under this status may only be tried out.
func (s Status) Trial() bool { return s != InForce }

// ClauseID names a clause of a source document: "SC38-4.3".
type ClauseID string

// Document (文件) is a source that parameters cite.
type Document struct {
	ID        string `yaml:"id"`
	Title     Text   `yaml:"title"`
	Issuer    Text   `yaml:"issuer"`
	Number    string `yaml:"number"`
	Status    Status `yaml:"status"`
	Issued    Date   `yaml:"issued"`
	Effective Date   `yaml:"effective"`
	Note      Text   `yaml:"note"`
}

// Clause (条款) is one thing the system must do, and where the document says so.
type Clause struct {
	ID       ClauseID
	Document string
	Place    string
	Room     string
	Text     Text
}

// ParameterID names a parameter: "pool.collection.rate.employee".
type ParameterID string

// Unit (单位) is what a parameter's value is measured in.
type Unit string

// Units that a definition may declare.
const (
	Ratio  Unit = "ratio"  // an exact decimal between 0 and 1
	Index  Unit = "index"  // an exact decimal ≥ 0
	Months Unit = "months" // a number of months ≥ 0
	Years  Unit = "year"   // a calendar year
	Choice Unit = "choice" // one of the definition's choices
	Amount Unit = "amount" // yuan ≥ 0 with at most two decimals
	Count  Unit = "count"  // a whole number ≥ 0
	Day    Unit = "day"    // a day of the calendar, 09-01
)

// Definition (参数定义) declares a parameter: what it is called, its unit and, for a choice, what may be chosen.
type Definition struct {
	ID      ParameterID `yaml:"id"`
	Unit    Unit        `yaml:"unit"`
	Choices []string    `yaml:"choices"`
	Title   Text        `yaml:"title"`
}

// Value is a parameter's value, read by its unit.
type Value struct {
	text    string
	rate    money.Rate
	numeric bool
}

// String is the value as the policy file writes it.
func (v Value) String() string { return v.text }

// Rate is the value of a ratio, index, number of months or count; of an amount, its yuan.
func (v Value) Rate() money.Rate { return v.rate }

// Fen is the value of an amount.
func (v Value) Fen() money.Fen { return money.Fen(v.rate / (money.One / money.Rate(money.FenPerYuan))) }

// Count is the value of a count or year.
func (v Value) Count() int { return int(v.rate / money.One) }

// Equal tells whether two values are the same, however they are written: 0.1 and 0.10.
func (v Value) Equal(w Value) bool {
	if v.numeric && w.numeric {
		return v.rate == w.rate
	}
	return v.text == w.text
}

// Parse reads a value by the definition's unit; false when it is not of that kind.
func (d Definition) Parse(text string) (Value, bool) {
	switch d.Unit {
	case Choice:
		return Value{text: text}, slices.Contains(d.Choices, text)
	case Day:
		_, ok := ParseDate("2000-" + text) // a leap year: 02-29 is a day
		return Value{text: text}, ok
	}
	rate, err := money.ParseRate(text)
	if err != nil || rate < 0 || text[0] == '-' {
		return Value{}, false
	}
	ok := true
	switch d.Unit {
	case Ratio:
		ok = rate <= money.One
	case Years:
		ok = rate%money.One == 0 && rate >= 1949*money.One && rate <= 9999*money.One
	case Amount:
		ok = rate%(money.One/money.Rate(money.FenPerYuan)) == 0
	case Count:
		ok = rate%money.One == 0
	}
	return Value{text: text, rate: rate, numeric: true}, ok
}

// Citation (依据) says what a value or rule rests on. Assumed is the reason when the documents leave it open and the
// choice is ours.
type Citation struct {
	Clause  ClauseID
	Assumed *Text
}

// Dated is a parameter's value from a day on.
type Dated struct {
	From  Date
	Value Value
	Citation
	Checked Date
}

// Parameter (参数) is a value with its history, oldest first.
type Parameter struct {
	Definition
	Values []Dated
}

// Pack (政策包) is one province's rules as data.
type Pack struct {
	ID         string
	Title      Text
	Note       Text
	Source     Document
	Adopted    *Adoption
	Provinces  []region.Code
	Parameters map[ParameterID]Parameter
	// Rules cites, for each figure that no parameter carries, the clause that orders it.
	Rules map[string]Citation
}

// Adoption (正式印发) records that a draft was adopted.
type Adoption struct {
	Date   Date   `yaml:"date"`
	Number string `yaml:"number"`
}

// Status is the source's, or in force once a draft's adoption is recorded.
func (p *Pack) Status() Status {
	if p.Adopted != nil {
		return InForce
	}
	return p.Source.Status
}

// Library is everything the policy files say.
type Library struct {
	Documents   []Document
	Clauses     []Clause
	Definitions []Definition
	Packs       []*Pack

	definitions map[ParameterID]Definition
	clauses     map[ClauseID]Clause
	documents   map[string]Document
}

// Pack finds a pack by its id.
func (l *Library) Pack(id string) (*Pack, bool) {
	for _, p := range l.Packs {
		if p.ID == id {
			return p, true
		}
	}
	return nil, false
}

// Definition finds what is declared about a parameter.
func (l *Library) Definition(id ParameterID) (Definition, bool) {
	d, ok := l.definitions[id]
	return d, ok
}

// Clause finds a clause by its id.
func (l *Library) Clause(id ClauseID) (Clause, bool) {
	c, ok := l.clauses[id]
	return c, ok
}

// Document finds a source document by its short name.
func (l *Library) Document(id string) (Document, bool) {
	d, ok := l.documents[id]
	return d, ok
}

// StatusOf (条款效力) is how far a clause holds in a pack: that of the document it stands in, or in force where the pack
// records that document's adoption.
func (l *Library) StatusOf(p *Pack, clause ClauseID) Status {
	document := l.documents[l.clauses[clause].Document]
	if document.ID == p.Source.ID || document.ID == "" {
		return p.Status()
	}
	return document.Status
}

// Effective is the value of a parameter in a set: what the pack says, or what an overlay put in its place.
type Effective struct {
	Definition
	Dated
	// Overridden tells that an overlay set the value; Before is then what the pack says, if it says anything.
	Overridden bool
	Before     *Dated
	// Document is the number of the document on file that sets the value; empty where the pack or an overlay does.
	Document string
}

// Changed tells that an overlay set another value than the pack's.
func (e Effective) Changed() bool {
	return e.Overridden && (e.Before == nil || !e.Before.Value.Equal(e.Value))
}

// Overlay (方案) is a named list of overrides.
type Overlay struct {
	Name string
	Set  map[ParameterID]string
}

// Set (有效参数) is a pack as of a day, with an overlay laid over it.
type Set struct {
	Pack *Pack
	On   Date
	// Scenario names the overlay laid over the pack, if it has a name.
	Scenario string
	values   map[ParameterID]Effective
}

// At gives what of the pack is in force on a day.
func (p *Pack) At(on Date) *Set {
	s := &Set{Pack: p, On: on, values: make(map[ParameterID]Effective, len(p.Parameters))}
	for id, parameter := range p.Parameters {
		for _, v := range parameter.Values {
			if v.From <= on {
				s.values[id] = Effective{Definition: parameter.Definition, Dated: v}
			}
		}
	}
	return s
}

// Latest gives the pack with every value's last word.
func (p *Pack) Latest() *Set { return p.At("9999-12-31") }

// With lays an overlay over the set. Errors (usage): an id that is not declared, a value that is not of its unit.
func (l *Library) With(s *Set, overlay Overlay) (*Set, error) {
	if len(overlay.Set) == 0 {
		return s, nil
	}
	out := &Set{Pack: s.Pack, On: s.On, Scenario: overlay.Name, values: make(map[ParameterID]Effective, len(s.values)+len(overlay.Set))}
	for id, e := range s.values {
		out.values[id] = e
	}
	for _, id := range sortedIDs(overlay.Set) {
		text := overlay.Set[id]
		definition, ok := l.definitions[id]
		if !ok {
			return nil, fault.New(fault.Usage, "policy.unknown_parameter", "id", string(id))
		}
		value, ok := definition.Parse(text)
		if !ok {
			return nil, fault.New(fault.Usage, "policy.wrong_kind", "id", string(id), "value", text,
				"expected", fault.Msg("policy.unit."+string(definition.Unit)+".expected", "choices", definition.Choices))
		}
		e := Effective{Definition: definition, Dated: Dated{From: s.On, Value: value}, Overridden: true}
		if before, ok := s.values[id]; ok {
			dated := before.Dated
			e.Before = &dated
			e.Citation = before.Citation
		}
		out.values[id] = e
	}
	return out, nil
}

// Get finds a parameter's value.
func (s *Set) Get(id ParameterID) (Effective, bool) {
	e, ok := s.values[id]
	return e, ok
}

// Changed (改动的参数) gives the parameters that an overlay set to another value than the pack's, in id order.
func (s *Set) Changed() []Effective {
	var out []Effective
	for _, e := range s.All() {
		if e.Changed() {
			out = append(out, e)
		}
	}
	return out
}

// All gives every parameter with a value, in id order.
func (s *Set) All() []Effective {
	ids := sortedIDs(s.values)
	out := make([]Effective, len(ids))
	for i, id := range ids {
		out[i] = s.values[id]
	}
	return out
}

// Rule gives the citation of a figure that no parameter carries.
func (s *Set) Rule(figure string) Citation { return s.Pack.Rules[figure] }

// Difference is a parameter that differs between two sets; a side without a value is nil.
type Difference struct {
	Definition
	A, B *Effective
}

// Diff compares two sets, in id order, leaving out what is the same on both sides.
func Diff(a, b *Set) []Difference {
	ids := map[ParameterID]Definition{}
	for id, e := range a.values {
		ids[id] = e.Definition
	}
	for id, e := range b.values {
		ids[id] = e.Definition
	}
	var out []Difference
	for _, id := range sortedIDs(ids) {
		d := Difference{Definition: ids[id]}
		if e, ok := a.values[id]; ok {
			d.A = &e
		}
		if e, ok := b.values[id]; ok {
			d.B = &e
		}
		if d.A != nil && d.B != nil && d.A.Value.Equal(d.B.Value) {
			continue
		}
		out = append(out, d)
	}
	return out
}

func sortedIDs[V any](m map[ParameterID]V) []ParameterID {
	ids := make([]ParameterID, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	return ids
}
