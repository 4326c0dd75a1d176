package web

import (
	"net/http"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// diffModel is two packs side by side on a day.
type diffModel struct {
	A, B, On string
	BadDay   bool
	Packs    []packView
	Sides    [2]packView
	All      bool
	Groups   []diffGroup
	Count    int // of what differs
	Same     int
	Switch   string
	Swap     string
	Export   string
}

type diffGroup struct {
	Title string
	Rows  []diffRow
}

// diffRow is one parameter on both sides.
type diffRow struct {
	ID, Title, Unit string
	Sides           [2]sideView
	Change          string
	Differs         bool
}

// sideView is a parameter in one of the packs.
type sideView struct {
	Set                         bool
	Value                       valueView
	From, Clause, Assumed, Path string
}

// diff compares the packs an address names; the first two, the province's own before the others, where it names none.
func (s *site) diff(f *frame) (diffModel, error) {
	on, ok := f.day(f.thisYearEnd())
	m := diffModel{On: string(on), BadDay: !ok, All: f.seen.Get("all") == "1", A: f.seen.Get("a"), B: f.seen.Get("b")}
	for _, p := range s.packs() {
		m.Packs = append(m.Packs, f.packView(p))
		switch {
		case m.A == "" && p.ID != m.B:
			m.A = p.ID
		case m.B == "" && p.ID != m.A:
			m.B = p.ID
		}
	}
	a, okA := s.Engine.Library.Pack(m.A)
	b, okB := s.Engine.Library.Pack(m.B)
	if !okA || !okB {
		return m, errNotFound
	}
	m.Sides = [2]packView{f.packView(a), f.packView(b)}
	f.sides(&m, a.At(on), b.At(on))
	all := "1"
	if m.All {
		all = ""
	}
	m.Switch = f.link("/policies/diff", "a", m.A, "b", m.B, "on", m.On, "all", all)
	m.Swap = f.link("/policies/diff", "a", m.B, "b", m.A, "on", m.On, "all", f.seen.Get("all"))
	m.Export = f.link("/policies/diff/export.csv", "a", m.A, "b", m.B, "on", m.On, "all", f.seen.Get("all"))
	return m, nil
}

// sides fills in the rows: what differs, or everything either side sets.
func (f *frame) sides(m *diffModel, a, b *policy.Set) {
	differs := map[policy.ParameterID]bool{}
	for _, d := range policy.Diff(a, b) {
		differs[d.ID] = true
	}
	groups := make([]diffGroup, len(policySubjects))
	for _, d := range f.site.Engine.Library.Definitions {
		ea, okA := a.Get(d.ID)
		eb, okB := b.Get(d.ID)
		if !okA && !okB {
			continue
		}
		if differs[d.ID] {
			m.Count++
		} else {
			m.Same++
		}
		if !differs[d.ID] && !m.All {
			continue
		}
		row := diffRow{ID: string(d.ID), Title: d.Title.In(string(f.Lang)), Unit: f.T("policy.unit." + string(d.Unit)), Differs: differs[d.ID],
			Sides: [2]sideView{f.side(a, ea, okA), f.side(b, eb, okB)}}
		if okA && okB && differs[d.ID] {
			row.Change = f.changeOf(d, ea.Value.Rate(), eb.Value.Rate())
		}
		g := &groups[subjectOf(d.ID)]
		g.Rows = append(g.Rows, row)
	}
	for i, g := range groups {
		if len(g.Rows) > 0 {
			g.Title = f.T(policySubjects[i].title)
			m.Groups = append(m.Groups, g)
		}
	}
}

// changeOf is how far the second value is from the first; a choice has no distance.
func (f *frame) changeOf(d policy.Definition, a, b money.Rate) string {
	switch d.Unit {
	case policy.Choice, policy.Years, policy.Day:
		return ""
	case policy.Ratio:
		return f.T("web.policies.points", "change", signed((b - a).Ratio().Mul(money.NewRatio(100, 1)).Exact(4)))
	}
	return signed((b - a).Ratio().Exact(6))
}

func (f *frame) side(set *policy.Set, e policy.Effective, ok bool) sideView {
	if !ok {
		return sideView{}
	}
	v := sideView{Set: true, Value: f.value(e.Definition, e.Value), From: string(e.From), Clause: string(e.Clause),
		Path: f.link("/policies/"+set.Pack.ID+"/"+string(e.ID), "on", string(set.On))}
	if e.Assumed != nil {
		v.Assumed = e.Assumed.In(string(f.Lang))
	}
	return v
}

func (s *site) policyDiff(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.diff(f)
	if err != nil {
		return err
	}
	return f.render(w, r, http.StatusOK, diffPage(f, m))
}

func (s *site) policyDiffCSV(f *frame, w http.ResponseWriter, _ *http.Request) error {
	m, err := s.diff(f)
	if err != nil {
		return err
	}
	head := []string{f.T("web.policies.subject"), f.T("web.policies.id"), f.T("web.policies.parameter"), f.T("web.policies.unit")}
	for _, p := range m.Sides {
		head = append(head, p.Title, f.T("web.refused.clause"), f.T("web.assumed"))
	}
	var rows [][]string
	for _, g := range m.Groups {
		for _, row := range g.Rows {
			line := []string{g.Title, row.ID, row.Title, row.Unit}
			for _, side := range row.Sides {
				line = append(line, side.Value.exact(), side.Clause, side.Assumed)
			}
			rows = append(rows, line)
		}
	}
	return f.csv(w, m.A+"-"+m.B+"-"+m.On+".csv", append(head, f.T("web.policies.on")), withLast(rows, m.On))
}

// withLast adds a cell to every row.
func withLast(rows [][]string, cell string) [][]string {
	for i := range rows {
		rows[i] = append(rows[i], cell)
	}
	return rows
}
