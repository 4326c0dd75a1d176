package web

import (
	"net/http"

	"tongchou/internal/policy"
)

// clauseModel is one clause: what it asks for, where it stands, and which parameters of the policy rest on it.
type clauseModel struct {
	ID, Text, Place, Document, Number, Status string
	Parameters                                []clauseParameter
}

type clauseParameter struct{ Title, Value, From, Assumed, Path string }

func (s *site) clause(f *frame, w http.ResponseWriter, r *http.Request) error {
	c, ok := s.Engine.Library.Clause(policy.ClauseID(r.PathValue("id")))
	if !ok {
		return errNotFound
	}
	m := clauseModel{ID: string(c.ID), Text: c.Text.In(string(f.Lang)), Place: c.Place}
	if d, ok := s.Engine.Library.Document(c.Document); ok {
		m.Document, m.Number, m.Status = d.Title.In(string(f.Lang)), d.Number, string(d.Status)
	}
	for _, e := range f.set().All() {
		if e.Clause != c.ID {
			continue
		}
		p := clauseParameter{Title: e.Title.In(string(f.Lang)), Value: f.parameterValue(e.Definition, e.Value), From: string(e.From), Path: f.parameterPath(e.ID)}
		if e.Assumed != nil {
			p.Assumed = e.Assumed.In(string(f.Lang))
		}
		m.Parameters = append(m.Parameters, p)
	}
	return f.render(w, r, http.StatusOK, clausePage(f, m))
}
