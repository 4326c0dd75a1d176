package web

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// poolModel is the page of the adjustment fund (基金调剂).
type poolModel struct {
	Stages  []stageView
	Tiles   []tileView
	Heads   []headView
	Rows    []rowView
	Total   []cellView
	Trace   *traceView
	Columns int
}

// stageView is one stage of the year: what it moves, by which clause.
type stageView struct {
	Number, Name, Amount, Exact, Clause, Note string
	Assumed                                   string
	Path                                      string
	Alarm                                     bool
}

// headView is a column's head, a link that sorts by it.
type headView struct{ Text, Title, Path, Sort string }

// rowView is a division's row.
type rowView struct {
	Code       region.Code
	Name, Full string
	Path       string
	Managerial bool
	Current    bool
	Cells      []cellView
}

// cellView is a figure in a table.
type cellView struct {
	Text, Title, Class, Path string
	Pill                     string
	Current                  bool
}

func (s *site) pool(f *frame, w http.ResponseWriter, r *http.Request) error {
	trace, err := f.trace()
	if err != nil {
		return err
	}
	if part(r, "trace") {
		return f.render(w, r, http.StatusOK, tracePanel(f, trace))
	}
	m := poolModel{Trace: trace, Stages: f.stages(), Tiles: f.tiles(*f.fund)}
	f.table(&m)
	return f.render(w, r, http.StatusOK, poolPage(f, m))
}

// table fills the table by division.
func (f *frame) table(m *poolModel) {
	sort, dir := f.seen.Get("sort"), f.seen.Get("dir")
	shown := shownColumns(*f.fund)
	m.Columns = len(shown) + 1
	m.Heads = append(m.Heads, f.head("", sort, dir))
	for _, c := range shown {
		m.Heads = append(m.Heads, f.head(c.figure, sort, dir))
	}
	for _, d := range sorted(f.fund.Divisions, sort, dir == "desc") {
		row := rowView{Code: d.Code, Name: f.Short(d.Code), Full: f.Division(d.Code), Path: f.link("/pool/division/" + string(d.Code)), Managerial: d.Statement.Managerial,
			Current: f.seen.Get("division") == string(d.Code) && m.Trace != nil}
		for _, c := range shown {
			cell := f.cell(c, d)
			cell.Path = f.link("/pool", "sort", sort, "dir", dir, "trace", c.figure, "division", string(d.Code)) + "#trace"
			cell.Current = row.Current && f.seen.Get("trace") == c.figure
			row.Cells = append(row.Cells, cell)
		}
		m.Rows = append(m.Rows, row)
	}
	total := f.fund.Total()
	for _, c := range shown {
		m.Total = append(m.Total, f.cell(c, total))
	}
}

func (f *frame) cell(c column, d pool.Division) cellView {
	cell := cellView{Text: c.text(f, d), Title: c.title(f, d), Class: c.class(d)}
	if c.months {
		cell.Pill = pillClass(monthsLevel(d.Months, d.HasMonths))
	}
	return cell
}

// managerialTitle says what a gap found to be managerial means under the policy.
func (f *frame) managerialTitle() string {
	if f.urgent() {
		return f.T("web.managerial.title")
	}
	return f.T("web.managerial.title.plain")
}

// head is a column's head; the link turns the order round when the table stands in it already.
func (f *frame) head(figure, sort, dir string) headView {
	h := headView{Text: f.T("web.column.division"), Sort: "none"}
	if figure != "" {
		h.Text, h.Title = f.T("web.column."+figure), f.T("web.column."+figure+".title")
	}
	next := "desc"
	if figure == "" {
		next = ""
	}
	if figure == sort {
		h.Sort = "ascending"
		if dir == "desc" {
			h.Sort, next = "descending", "asc"
		}
		if figure == "" && dir != "desc" {
			next = "desc"
		} else if figure == "" {
			next = ""
		}
	}
	h.Path = f.link("/pool", "sort", figure, "dir", next)
	return h
}

// stages are the steps of the year with their amounts: collect, set aside, distribute, settle, emergency.
func (f *frame) stages() []stageView {
	fund, total := f.fund, f.fund.Total()
	b := fund.SetAside
	gaps := 0
	for _, d := range fund.Divisions {
		if d.GapAfter > 0 {
			gaps++
		}
	}
	out := []stageView{
		f.stage("collected", "collected", f.T("web.stage.collected.note", "divisions", len(fund.Divisions))),
		f.stage("added", "added", f.T("web.stage.added.note", "closing", f.amount(b.Closing))),
		f.stage("distributed", "distributed", f.T("web.stage.distributed.note", "factors", len(fund.Divisions[0].Parts))),
		f.stage("gap_after", "", f.T("web.stage.gap_after.note", "divisions", gaps)),
	}
	out[0].Amount, out[0].Exact = f.amount(fund.Collected), f.exact(fund.Collected)
	out[1].Name = f.T("web.stage.added." + string(b.Fund))
	out[1].Amount, out[1].Exact = f.amount(b.Added), f.exact(b.Added)
	out[2].Amount, out[2].Exact = f.amount(fund.Distributed), f.exact(fund.Distributed)
	out[3].Amount, out[3].Exact, out[3].Alarm = f.amount(total.GapAfter), f.exact(total.GapAfter), gaps > 0
	if fund.Distributed == 0 && len(fund.Divisions[0].Parts) == 0 {
		out[2].Note = f.T("web.stage.distributed.none")
	}
	if gaps == 0 {
		out[3].Note = f.T("web.stage.gap_after.none")
	}
	out[3].Clause = string(f.set().Rule("gap_after").Clause)
	if f.urgent() {
		e := f.stage("emergency", "emergency", f.T("web.stage.emergency.note", "local", f.amount(total.Local), "unmet", f.amount(total.Unmet)))
		e.Amount, e.Exact, e.Alarm = f.amount(total.Emergency), f.exact(total.Emergency), total.Unmet > 0
		out = append(out, e)
	}
	for i := range out {
		out[i].Number = strconv.Itoa(i + 1)
	}
	return out
}

// stage finds the clause and the assumption behind a figure of the province.
func (f *frame) stage(name, figure, note string) stageView {
	v := stageView{Name: f.T("web.stage." + name), Note: note}
	if figure == "" {
		return v
	}
	v.Path = f.link("/pool", "trace", figure) + "#trace"
	for _, s := range f.steps(pick(f.fund.Steps, []string{figure})) {
		v.Clause, v.Assumed = s.Clause, s.Assumed
	}
	if name == "collected" {
		if step := pick(f.fund.Divisions[0].Steps, []string{"paid"}); len(step) > 0 {
			v.Clause = string(step[0].Clause)
			v.Assumed = f.steps(step)[0].Assumed
		}
	}
	return v
}

// safe marks an address made by link as safe.
func safe(path string) templ.SafeURL { return templ.SafeURL(path) }
