package policy

import "tongchou/internal/fault"

// Ruled (文件规定的取值) is a parameter's value as a document on file sets it, from a day on.
//
// 依据: SC38-6.2, YN-4.2
type Ruled struct {
	Value    string
	From     Date
	Document string // its number (文号)
}

// Ruled lays values that documents on file set over a set. Such a value is nobody's assumption and no scenario. Those that the pack does not have cite
// the clause given. Errors (usage): an id that is not declared, a value that is not of its unit.
//
// 依据: SC38-6.2
func (l *Library) Ruled(s *Set, values map[ParameterID]Ruled, clause ClauseID) (*Set, error) {
	if len(values) == 0 {
		return s, nil
	}
	out := &Set{Pack: s.Pack, On: s.On, Scenario: s.Scenario, values: make(map[ParameterID]Effective, len(s.values)+len(values))}
	for id, e := range s.values {
		out.values[id] = e
	}
	for _, id := range sortedIDs(values) {
		definition, ok := l.definitions[id]
		if !ok {
			return nil, fault.New(fault.Usage, "policy.unknown_parameter", "id", string(id))
		}
		value, ok := definition.Parse(values[id].Value)
		if !ok {
			return nil, fault.New(fault.Usage, "policy.wrong_kind", "id", string(id), "value", values[id].Value,
				"expected", fault.Msg("policy.unit."+string(definition.Unit)+".expected", "choices", definition.Choices))
		}
		e := Effective{Definition: definition, Dated: Dated{From: values[id].From, Value: value, Citation: Citation{Clause: clause}}, Document: values[id].Document}
		if before, has := s.values[id]; has {
			dated := before.Dated
			e.Before, e.Clause = &dated, before.Clause
		}
		out.values[id] = e
	}
	return out, nil
}
