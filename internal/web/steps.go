package web

import (
	"slices"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// stepView is one step of a derivation as a page shows it.
type stepView struct {
	Figure, Text, Clause string
	Parameters           []parameterView
	Assumed              string // the reason; empty when nothing is assumed
}

// parameterView is a parameter a step used.
type parameterView struct{ Title, Value, Path string }

// traceView (来历) is the panel that opens when a figure is asked where it comes from.
type traceView struct {
	Who, Figure   string
	Amount, Exact string
	Steps         []stepView
	Close         string
	Assumed       bool
}

// figureSteps says which steps explain a figure: those of the province first, then the division's own.
var figureSteps = map[string]struct{ province, division []string }{
	"paid":        {division: []string{"paid"}},
	"received":    {[]string{"distributed"}, []string{"part", "received"}},
	"net":         {division: []string{"paid", "received", "net"}},
	"gap_before":  {division: []string{"gap_before"}},
	"gap_after":   {division: []string{"gap_before", "gap_after"}},
	"surplus_end": {division: []string{"surplus_end"}},
	"months":      {division: []string{"surplus_end", "months"}},
	"owed":        {division: []string{"owed"}},
	"emergency":   {[]string{"emergency"}, []string{"emergency"}},
	"local":       {division: []string{"emergency", "local"}},
	"unmet":       {[]string{"emergency"}, []string{"emergency", "local", "unmet"}},
}

// provinceFigures says which steps explain a figure of the whole province.
var provinceFigures = map[string][]string{
	"collected": {"collected"}, "added": {"target", "added"}, "distributed": {"distributed"},
	"emergency": {"emergency"}, "closing": {"target", "added", "emergency", "closing"},
}

// trace builds the panel a request asks for; nil when it asks for none. A figure or division that does not exist is
// not found.
func (f *frame) trace() (*traceView, error) {
	figure := f.seen.Get("trace")
	if figure == "" {
		return nil, nil
	}
	var t *traceView
	if code := f.seen.Get("division"); code != "" {
		d, ok := f.fund.Division(region.Code(code))
		if !ok {
			return nil, errNotFound
		}
		t = f.divisionTrace(d, figure)
	} else {
		t = f.provinceTrace(figure)
	}
	if t == nil {
		return nil, errNotFound
	}
	t.Figure = f.T("web.column." + figure)
	t.Close = string(f.url(f.path, "sort", f.seen.Get("sort"), "dir", f.seen.Get("dir")))
	for _, s := range t.Steps {
		t.Assumed = t.Assumed || s.Assumed != ""
	}
	return t, nil
}

func (f *frame) provinceTrace(figure string) *traceView {
	wanted, ok := provinceFigures[figure]
	if !ok {
		return nil
	}
	amount := map[string]money.Fen{"collected": f.fund.Collected, "added": f.fund.SetAside.Added, "distributed": f.fund.Distributed,
		"emergency": f.fund.Total().Emergency, "closing": f.fund.SetAside.Closing}[figure]
	return &traceView{Who: f.provinceName(), Amount: f.amount(amount), Exact: f.exact(amount), Steps: f.steps(pick(f.fund.Steps, wanted))}
}

func (f *frame) divisionTrace(d pool.Division, figure string) *traceView {
	c, ok := columnNamed(figure)
	if !ok {
		return nil
	}
	t := &traceView{Who: f.Division(d.Code), Amount: c.text(f, d), Exact: c.title(f, d)}
	wanted, computed := figureSteps[figure]
	if !computed {
		t.Steps = f.sourceSteps(d, figure)
		return t
	}
	t.Steps = append(f.steps(pick(f.fund.Steps, wanted.province)), f.steps(pick(d.Steps, wanted.division))...)
	if len(t.Steps) == 0 { // nothing was owed, so nothing was computed
		t.Steps = f.sourceSteps(d, figure)
	}
	return t
}

// pick keeps the steps of the figures wanted, in the order they were taken; "part" means every factor's.
func pick(steps []pool.Step, figures []string) []pool.Step {
	var out []pool.Step
	for _, s := range steps {
		if slices.Contains(figures, s.Figure) || len(s.Figure) > 5 && s.Figure[:5] == "part." && slices.Contains(figures, "part") {
			out = append(out, s)
		}
	}
	return out
}

// sourceSteps says where a figure that was not computed stands in the files, or which year carried it over.
func (f *frame) sourceSteps(d pool.Division, figure string) []stepView {
	var out []stepView
	if before, ok := f.previous(); ok && figure == "surplus_begin" {
		if last, ok := before.Division(d.Code); ok {
			out = append(out, stepView{Figure: f.T("web.column.surplus_begin"), Text: f.sentence(fault.Msg("web.source.carried", "year", int(f.year)-1,
				"end", last.SurplusEnd, "emergency", last.Emergency, "local", last.Local, "owed", last.Owed, "begin", last.NextSurplus()))})
		}
	}
	place := d.Statement.Place
	message := fault.Msg("web.source.file", "file", place.File, "row", strconv.Itoa(place.Row))
	switch {
	case figure == "owed":
		message = fault.Msg("web.source.no_violation")
	case place.File == "":
		message = fault.Msg("web.source.unknown")
	}
	out = append(out, stepView{Figure: f.T("web.column." + figure), Text: f.sentence(message)})
	if figure == "expenditure" {
		out = append(out, f.steps(pick(d.Steps, []string{"owed"}))...)
	}
	return out
}

// steps turns computed steps into what a page shows.
func (f *frame) steps(in []pool.Step) []stepView {
	set := f.set()
	if f.book.sets != nil {
		if laid, err := f.book.sets(f.year); err == nil {
			set = laid
		}
	}
	out := make([]stepView, len(in))
	for i, s := range in {
		v := stepView{Figure: f.figureName(s.Figure), Text: f.sentence(s.Message), Clause: string(s.Clause)}
		for _, id := range s.Parameters {
			if e, ok := set.Get(id); ok {
				v.Parameters = append(v.Parameters, parameterView{Title: e.Title.In(string(f.Lang)), Value: f.parameterValue(e.Definition, e.Value), Path: f.parameterPath(id)})
			}
		}
		if s.Assumed {
			v.Assumed = f.assumption(set, s)
		}
		out[i] = v
	}
	return out
}

// figureName is what a step works out; a factor's part goes by the factor.
func (f *frame) figureName(figure string) string {
	if len(figure) > 5 && figure[:5] == "part." {
		return f.T("factor." + figure[5:])
	}
	return f.T("web.column." + figure)
}

// assumption is the reason behind an assumed step: that of its first assumed parameter, or of the rule.
func (f *frame) assumption(set *policy.Set, s pool.Step) string {
	for _, id := range s.Parameters {
		if e, ok := set.Get(id); ok && e.Assumed != nil {
			return e.Assumed.In(string(f.Lang))
		}
	}
	if c := set.Rule(s.Figure); c.Assumed != nil {
		return c.Assumed.In(string(f.Lang))
	}
	return f.T("web.assumed.title")
}

// parameterValue writes a parameter's value: ratios as percentages, choices by name.
func (f *frame) parameterValue(d policy.Definition, v policy.Value) string {
	switch d.Unit {
	case policy.Ratio:
		return percent(v.Rate().Ratio(), 0+decimalsOfPercent(v.Rate()))
	case policy.Choice:
		return f.T("web.choice." + v.String())
	case policy.Amount:
		return v.Fen().In(money.Yuan)
	case policy.Day:
		return v.String()
	}
	return v.Rate().String()
}

// decimalsOfPercent is how many decimals a rate needs as a percentage.
func decimalsOfPercent(r money.Rate) int {
	places := 0
	for step := money.Rate(10_000); step > 1 && r%step != 0; step /= 10 {
		places++
	}
	return places
}
