package web

import (
	"net/http"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// divisionModel is the page of one pooling area (统筹区).
type divisionModel struct {
	Code           region.Code
	Name           string
	Managerial     bool
	Earlier, Later *placeView
	Figures        []keyFigure
	Fall           waterfall
	Factors        []factorRow
	FactorTotal    cellView
	Steps          []stepView
	Heads          []string
	History        []historyRow
	Incentives     *incentiveModel // nil until computed
	IncentivesPath string
}

// factorRow is what one factor brought the division.
type factorRow struct {
	Name, Weight, Value, Mean, Index, Share, Amount, Exact string
	Clipped                                                bool
}

// historyRow is a year of the division.
type historyRow struct {
	Year, Path string
	Now        bool
	Cells      []cellView
}

// division is the page of a pooling area: as computed for those who see the province's figures, and for its own officers as published.
func (s *site) division(f *frame, w http.ResponseWriter, r *http.Request) error {
	code := region.Code(r.PathValue("code"))
	if !f.may(office.View, f.province()) {
		return s.money.ownResult(f, w, r)
	}
	if f.fund == nil {
		f.noFigures(w, r)
		return nil
	}
	d, ok := f.fund.Division(code)
	if !ok {
		return errNotFound
	}
	m := divisionModel{Code: code, Name: f.Division(code), Managerial: d.Statement.Managerial, Figures: f.divisionFigures(d), Fall: f.waterfall(d),
		Steps: append(f.steps(f.fund.Steps), f.steps(d.Steps)...), IncentivesPath: f.link("/pool/incentives", "division", string(code))}
	f.neighbours(&m)
	f.factors(&m, d)
	f.history(&m, code)
	if in, ready := f.book.incentivesReady(f.year); ready {
		model := f.incentiveModel(in, code)
		m.Incentives = &model
	}
	return f.render(w, r, http.StatusOK, divisionPage(f, m))
}

// neighbours are the divisions before and after in code order.
func (f *frame) neighbours(m *divisionModel) {
	at := func(i int) *placeView {
		if i < 0 || i >= len(f.fund.Divisions) {
			return nil
		}
		code := f.fund.Divisions[i].Code
		return &placeView{Name: f.Short(code), Path: f.link("/pool/division/" + string(code))}
	}
	for i, d := range f.fund.Divisions {
		if d.Code == m.Code {
			m.Earlier, m.Later = at(i-1), at(i+1)
		}
	}
}

// divisionFigures are the figures of the year at the head of the page.
func (f *frame) divisionFigures(d pool.Division) []keyFigure {
	before, compared := f.previous()
	last, had := before.Division(d.Code)
	var out []keyFigure
	for _, c := range shownColumns(*f.fund) {
		if c.figure == "surplus_begin" {
			continue
		}
		k := keyFigure{Name: f.T("web.column." + c.figure), Value: c.text(f, d), Exact: c.title(f, d), Alarm: c.class(d) == "neg" && !c.signed,
			Path: f.link("/pool", "trace", c.figure, "division", string(d.Code)) + "#trace"}
		if compared && had {
			k.Change = f.T("web.key.before", "value", c.text(f, last))
		}
		out = append(out, k)
	}
	return out
}

// factors lays out what each factor brought, from the arguments of the computed steps.
func (f *frame) factors(m *divisionModel, d pool.Division) {
	for _, s := range d.Steps {
		if len(s.Figure) <= 5 || s.Figure[:5] != "part." {
			continue
		}
		factor := pool.Factor(s.Figure[5:])
		row := factorRow{Name: f.T("factor." + string(factor)), Value: "\u2014", Mean: "\u2014", Index: "\u2014"}
		args := s.Message.Args
		if weight, ok := args.Get("weight"); ok {
			row.Weight = f.weight(weight)
		}
		row.Share = f.argument(args, "share")
		if _, ok := args.Get("index"); ok {
			row.Value, row.Mean, row.Index = f.factorValue(args, "value"), f.factorValue(args, "mean"), f.argument(args, "index")
			row.Clipped = row.Index == f.argument(args, "low") || row.Index == f.argument(args, "high")
		} else if _, ok := args.Get("gap"); ok {
			row.Value = f.argument(args, "gap")
		} else {
			row.Value = f.argument(args, "headcount")
		}
		for _, p := range d.Parts {
			if p.Factor == factor {
				row.Amount, row.Exact = f.amount(p.Amount), f.exact(p.Amount)
			}
		}
		m.Factors = append(m.Factors, row)
	}
	m.FactorTotal = cellView{Text: f.amount(d.Received), Title: f.exact(d.Received)}
}

// weight writes a factor's weight as a percentage.
func (f *frame) weight(value any) string {
	if rate, ok := value.(money.Rate); ok {
		return percent(rate.Ratio(), decimalsOfPercent(rate))
	}
	return f.Value(value)
}

// factorValue writes a factor's own value; a cost is in yuan whatever the unit of the page.
func (f *frame) factorValue(args fault.Args, name string) string {
	if value, _ := args.Get(name); value != nil {
		if x, ok := value.(money.Fen); ok {
			return f.exact(x)
		}
	}
	return f.argument(args, name)
}

// argument writes one argument of a step's message as the sentence does.
func (f *frame) argument(args fault.Args, name string) string {
	value, ok := args.Get(name)
	if !ok {
		return "\u2014"
	}
	if x, ok := value.(money.Fen); ok {
		return f.amount(x)
	}
	return minus(f.Value(value))
}

// history is the division over the computed years.
func (f *frame) history(m *divisionModel, code region.Code) {
	var funds []pool.Fund
	for _, r := range f.book.results {
		if fund, ok := r.Fund(f.insurance); ok {
			funds = append(funds, fund)
		}
	}
	shown := shownColumns(funds...)
	for _, c := range shown {
		m.Heads = append(m.Heads, f.T("web.column."+c.figure))
	}
	for _, r := range f.book.results {
		fund, _ := r.Fund(f.insurance)
		d, ok := fund.Division(code)
		if !ok {
			continue
		}
		row := historyRow{Year: strconv.Itoa(int(r.Year)), Now: r.Year == f.year, Path: f.link(f.path, "year", strconv.Itoa(int(r.Year)))}
		for _, c := range shown {
			row.Cells = append(row.Cells, f.cell(c, d))
		}
		m.History = append(m.History, row)
	}
}

// ownDivision leads to the page of the reader's own division.
func (s *site) ownDivision(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.goTo(w, r, f.link("/pool/division/"+string(f.subject.Division)))
	return nil
}
