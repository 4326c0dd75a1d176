package web

import (
	"slices"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// schedulePage lays out a schedule: tables by insurance and level first, then every other parameter, so that nothing is left out.
type schedulePage struct {
	*frame
	schedule *benefit.Schedule
	pack, on string
	shown    map[policy.ParameterID]bool
}

// table lays out the schedule of an insurance.
func (l *schedulePage) table(i benefit.Insurance) scheduleView {
	out := scheduleView{Name: i.String(), Title: l.T("value." + i.String())}
	for _, level := range benefit.Levels() {
		out.Levels = append(out.Levels, l.T("settled.level."+level.String()))
	}
	for _, c := range benefit.Categories() {
		lines := l.lines(i, c)
		if len(lines) > 0 {
			lines[0].Kind, lines[0].Span = l.T("settled.category."+c.String()), len(lines)
		}
		out.Lines = append(out.Lines, lines...)
	}
	return out
}

// lines are the lines of a kind of care; none where no level pays it.
func (l *schedulePage) lines(i benefit.Insurance, c benefit.Category) []scheduleLine {
	var out []scheduleLine
	line := func(key string, figure func(benefit.Level) string, parameters ...string) {
		if one, some := l.line(i, c, figure, parameters); some {
			one.Title = l.T(key)
			out = append(out, one)
		}
	}
	cell := func(level benefit.Level) benefit.Cell { return l.schedule.Cell(i, c, level, benefit.Local, false) }
	ratio := func(p benefit.Place, retired bool) func(benefit.Level) string {
		return func(level benefit.Level) string { return l.schedule.Cell(i, c, level, p, retired).Ratio.Percent() }
	}
	of, insurance := "benefit."+c.String()+".", i.String()
	line("web.benefit.ratio", ratio(benefit.Local, false), of+"ratio."+insurance+".*")
	if i == benefit.Employee {
		line("web.benefit.ratio.retired", ratio(benefit.Local, true), of+"retired_points")
	}
	if c == benefit.Inpatient {
		line("web.benefit.ratio.outside", ratio(benefit.Outside, false), of+"points_off."+insurance+".outside")
		line("web.benefit.ratio.unregistered", ratio(benefit.Unregistered, false), of+"points_off."+insurance+".unregistered")
		line("web.benefit.deductible", func(level benefit.Level) string { return l.amount(cell(level).Deductible[0]) }, of+"deductible."+insurance+".*")
		line("web.benefit.deductible.second", func(level benefit.Level) string { return l.amount(cell(level).Deductible[1]) }, of+"admission."+insurance+".second")
		line("web.benefit.deductible.later", func(level benefit.Level) string { return l.amount(cell(level).Deductible[2]) }, of+"admission."+insurance+".later")
		return out
	}
	line("web.benefit.deductible.year", func(level benefit.Level) string { return l.amount(cell(level).Deductible[0]) }, of+"deductible."+insurance)
	line("web.benefit.cap", func(level benefit.Level) string { return l.amount(cell(level).Cap) }, of+"cap."+insurance)
	return out
}

func (l *schedulePage) amount(x money.Fen) string {
	if x == 0 {
		return l.T("web.benefit.none")
	}
	return x.In(money.Yuan)
}

// line is a figure for every level, with the parameters that set it; a star stands for the level.
func (l *schedulePage) line(i benefit.Insurance, c benefit.Category, figure func(benefit.Level) string, parameters []string) (out scheduleLine, some bool) {
	for _, level := range benefit.Levels() {
		if !l.schedule.Cell(i, c, level, benefit.Local, false).Paid {
			out.Cells = append(out.Cells, scheduleCell{Text: "—"})
			continue
		}
		some = true
		cell := scheduleCell{Text: figure(level)}
		for _, p := range parameters {
			l.cite(&cell, &out.sources, policy.ParameterID(strings.Replace(p, "*", level.String(), 1)))
		}
		out.Cells = append(out.Cells, cell)
	}
	return out, some
}

// cite says where a figure comes from.
func (l *schedulePage) cite(c *scheduleCell, s *sources, id policy.ParameterID) {
	e, ok := l.schedule.Value(id)
	if !ok {
		return
	}
	l.shown[id] = true
	c.Path = l.link("/policies/"+l.pack+"/"+string(id), "on", l.on)
	c.Title = l.T("web.benefit.source", "title", e.Title.In(string(l.Lang)), "clause", string(e.Clause), "from", string(e.From))
	if clause := string(e.Clause); !slices.Contains(s.Clauses, clause) {
		s.Clauses = append(s.Clauses, clause)
	}
	if e.Assumed != nil {
		s.Assumed = e.Assumed.In(string(l.Lang))
	}
}

// layers are the parts of a schedule beside the tables, in the order in which a bill goes through them; what begins otherwise comes last.
var layers = []string{"basic", "catastrophic", "large", "aid", "layer", "inpatient", "outpatient", "chronic", "two_disease", "maternity", "epidemic"}

// rest are the parameters that no table shows, by part.
func (l *schedulePage) rest() []layerView {
	byPart := map[string][]layerLine{}
	for _, e := range l.schedule.Values() {
		if l.shown[e.ID] {
			continue
		}
		part := strings.Split(string(e.ID), ".")[1]
		if !slices.Contains(layers, part) {
			part = "other"
		}
		line := layerLine{Title: e.Title.In(string(l.Lang)), From: string(e.From)}
		line.Value.Text = l.value(e.Definition, e.Value).Text
		l.cite(&line.Value, &line.sources, e.ID)
		byPart[part] = append(byPart[part], line)
	}
	var out []layerView
	for _, part := range append(slices.Clone(layers), "other") {
		if lines := byPart[part]; len(lines) > 0 {
			out = append(out, layerView{Name: part, Title: l.T("web.benefit.layer." + part), Lines: lines})
		}
	}
	return out
}
