package web

import (
	"net/http"
	"strconv"

	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// parameterModel is everything there is to know about one parameter of a pack.
type parameterModel struct {
	Pack              packView
	ID, Title         string
	Unit, Expected    string
	On                string
	Now               *datedView // nil when the pack sets nothing on the day
	History           []datedView
	Others            []elsewhereView
	Uses              []useView
	Year, WhatIf      string
	Clause, ClauseIn  string
	ClauseID, Subject string
}

// datedView is a value with the days it holds for.
type datedView struct {
	Value                                 valueView
	From, Until, Clause, Assumed, Checked string
	Now                                   bool
}

// elsewhereView is the same parameter in another pack.
type elsewhereView struct {
	Pack, Status, Path string
	Value              valueView
	From, Clause       string
	Set                bool
}

// useView is a figure of the year that the parameter had a part in.
type useView struct{ Insurance, Figure, Where, Path string }

func (s *site) policyParameter(f *frame, w http.ResponseWriter, r *http.Request) error {
	pack, err := s.packAsked(r)
	if err != nil {
		return err
	}
	d, ok := s.Engine.Library.Definition(policy.ParameterID(r.PathValue("id")))
	if !ok {
		return errNotFound
	}
	on, _ := f.day(f.runDay())
	m := parameterModel{Pack: f.packView(pack), ID: string(d.ID), Title: d.Title.In(string(f.Lang)), On: string(on), Unit: f.T("policy.unit." + string(d.Unit)),
		Expected: f.T("policy.unit."+string(d.Unit)+".expected", "choices", f.choiceNames(d)), Subject: f.T(policySubjects[subjectOf(d.ID)].title)}
	f.pastValues(&m, pack.Parameters[d.ID], on)
	if m.ClauseID != "" {
		m.Pack.Status = string(s.Engine.Library.StatusOf(pack, policy.ClauseID(m.ClauseID)))
	}
	f.elsewhere(&m, d, on)
	if pack.ID == s.pack.ID {
		m.Uses, m.Year = f.uses(d.ID), strconv.Itoa(int(f.year))
		if f.exists("whatif") && f.year != 0 {
			m.WhatIf = f.link("/pool/whatif") + "#" + fieldID(d.ID)
		}
	}
	return f.render(w, r, http.StatusOK, parameterPage(f, m))
}

// pastValues lays out every value the pack has for the parameter, the last first.
func (f *frame) pastValues(m *parameterModel, p policy.Parameter, on policy.Date) {
	until := ""
	for i := len(p.Values) - 1; i >= 0; i-- {
		v := p.Values[i]
		row := datedView{Value: f.value(p.Definition, v.Value), From: string(v.From), Until: until, Clause: string(v.Clause), Checked: string(v.Checked)}
		if v.Assumed != nil {
			row.Assumed = v.Assumed.In(string(f.Lang))
		}
		if m.Now == nil && v.From <= on {
			row.Now = true
			m.Now = &row
			m.ClauseID, m.Clause = row.Clause, f.clauseText(row.Clause)
			if c, ok := f.site.Engine.Library.Clause(v.Clause); ok {
				d, _ := f.site.Engine.Library.Document(c.Document)
				m.ClauseIn = f.T("web.policies.stands", "document", d.Title, "number", d.Number, "place", c.Place)
			}
		}
		m.History = append(m.History, row)
		until = string(v.From)
	}
}

// elsewhere looks the parameter up in the other packs.
func (f *frame) elsewhere(m *parameterModel, d policy.Definition, on policy.Date) {
	for _, p := range f.site.packs() {
		if p.ID == m.Pack.ID {
			continue
		}
		v := elsewhereView{Pack: p.Title.In(string(f.Lang)), Status: string(p.Status()), Path: f.link("/policies/"+p.ID+"/"+string(d.ID), "on", string(on))}
		if e, ok := p.At(on).Get(d.ID); ok {
			v.Set, v.Value, v.From, v.Clause = true, f.value(d, e.Value), string(e.From), string(e.Clause)
		}
		m.Others = append(m.Others, v)
	}
}

// uses lists the figures of the year whose steps name the parameter: those of the province, and those of divisions once
// with the number of divisions.
func (f *frame) uses(id policy.ParameterID) []useView {
	if f.result == nil {
		return nil
	}
	var out []useView
	for _, fund := range f.result.Funds {
		insurance := f.T("web.insurance." + string(fund.Insurance))
		for _, step := range fund.Steps {
			if named(step, id) {
				out = append(out, useView{insurance, f.figureName(step.Figure), f.T("web.policies.use.province"),
					f.link("/pool", "insurance", string(fund.Insurance), "trace", provinceFigure(step.Figure)) + "#trace"})
			}
		}
		out = append(out, f.usesOfDivisions(fund, insurance, id)...)
	}
	return out
}

func (f *frame) usesOfDivisions(fund pool.Fund, insurance string, id policy.ParameterID) []useView {
	var order []string
	count, first := map[string]int{}, map[string]string{}
	for _, d := range fund.Divisions {
		for _, step := range d.Steps {
			if !named(step, id) {
				continue
			}
			if count[step.Figure]++; count[step.Figure] == 1 {
				order = append(order, step.Figure)
				first[step.Figure] = f.link("/pool", "insurance", string(fund.Insurance), "division", string(d.Code), "trace", divisionFigure(step.Figure)) + "#trace"
			}
		}
	}
	var out []useView
	for _, figure := range order {
		out = append(out, useView{insurance, f.figureName(figure), f.T("web.policies.use.divisions", "count", count[figure]), first[figure]})
	}
	return out
}

func named(step pool.Step, id policy.ParameterID) bool {
	for _, p := range step.Parameters {
		if p == id {
			return true
		}
	}
	return false
}

// provinceFigure is the figure whose panel shows a step of the province.
func provinceFigure(step string) string {
	if _, ok := provinceFigures[step]; ok {
		return step
	}
	return "added"
}

// divisionFigure is the figure whose panel shows a step of a division; the parts of a distribution are shown with it.
func divisionFigure(step string) string {
	if _, ok := figureSteps[step]; ok {
		return step
	}
	return "received"
}
