package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// policiesModel is the first page of law (政策与条款): the packs, and the documents they rest on.
type policiesModel struct {
	Packs     []packView
	Documents []documentView
	Generated bool // whether there is a table of what carries each clause
}

// packView is a policy pack in a list.
type packView struct {
	ID, Title, Note, Status, Adopted string
	Provinces, From                  string
	Parameters, Assumed              int
	Path, Compare                    string
	Current                          bool
	Source                           documentView
}

// documentView is a source document.
type documentView struct {
	ID, Title, Number, Issuer, Issued, Effective, Status, Note, Path string
	Clauses, Carried                                                 int
	Owed                                                             bool // whether its clauses are to be carried at all
	Filled                                                           string
	Percent                                                          string
}

// tabView is one of the views of a page.
type tabView struct {
	Text, Path string
	Current    bool
}

// routesOfPages are the pages of law, of data and of help, for the table of routes.
func (s *site) routesOfPages() []route {
	d := newDesk(s)
	return []route{
		{"GET /policies", "policies", false, s.policies, onProvince(office.ViewPublished)},
		{"GET /policies/documents.csv", "documents.csv", false, s.documentsCSV, onProvince(office.ViewPublished)},
		{"GET /policies/diff", "diff", false, s.policyDiff, onProvince(office.ViewPublished)},
		{"GET /policies/diff/export.csv", "diff.csv", false, s.policyDiffCSV, onProvince(office.ViewPublished)},
		{"GET /policies/{pack}", "pack", false, s.policyPack, onProvince(office.ViewPublished)},
		{"GET /policies/{pack}/export.csv", "pack.csv", false, s.policyPackCSV, onProvince(office.ViewPublished)},
		{"GET /policies/{pack}/{id}", "parameter", false, s.policyParameter, onProvince(office.ViewPublished)},
		{"GET /clauses", "clauses", false, s.clauses, onProvince(office.ViewPublished)},
		{"GET /clauses/export.csv", "clauses.csv", false, s.clausesCSV, onProvince(office.ViewPublished)},
		{"GET /data", "data", false, d.page, onOwnRows(office.View)},
		{"POST /data", "upload", false, d.upload, onOwnRows(office.Import)},
		{"GET /data/{kind}", "rows", false, d.rows, onOwnRows(office.View)},
		{"GET /data/file/{file}", "data.csv", false, d.file, onOwnRows(office.Export)},
		{"GET /data/template/{file}", "template", false, d.template, onOwnRows(office.Import, office.View)},
		{"GET /data/refused/{token}", "upload.refused", false, d.refused, onOwnRows(office.Import)},
		{"GET /data/refused/{token}/{file}", "upload.marked", false, d.marked, onOwnRows(office.Import)},
		{"GET /help", "help", false, s.help, signedIn},
	}
}

// policyTabs are the views of law.
func (f *frame) policyTabs() []tabView {
	return []tabView{
		{f.T("web.policies.tab.packs"), f.link("/policies"), f.name == "policies"},
		{f.T("web.policies.tab.parameters"), f.link("/policies/" + f.site.pack.ID), f.name == "pack" || f.name == "parameter"},
		{f.T("web.policies.tab.diff"), f.link("/policies/diff"), f.name == "diff"},
		{f.T("web.policies.tab.clauses"), f.link("/clauses"), f.name == "clauses" || f.name == "clause"},
	}
}

func (s *site) policies(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := policiesModel{Documents: f.documents(), Generated: s.covered()}
	for _, p := range s.packs() {
		m.Packs = append(m.Packs, f.packView(p))
	}
	return f.render(w, r, http.StatusOK, policiesPage(f, m))
}

// packs lists the packs: the province's own first, examples last.
func (s *site) packs() []*policy.Pack {
	out := slices.Clone(s.Engine.Library.Packs)
	slices.SortStableFunc(out, func(a, b *policy.Pack) int {
		return cmp.Or(compareBool(b.ID == s.pack.ID, a.ID == s.pack.ID), compareBool(a.Status() == policy.Example, b.Status() == policy.Example))
	})
	return out
}

func (f *frame) packView(p *policy.Pack) packView {
	v := packView{ID: p.ID, Title: p.Title.In(string(f.Lang)), Note: p.Note.In(string(f.Lang)), Status: string(p.Status()),
		Path: f.link("/policies/" + p.ID), Current: p.ID == f.site.pack.ID, Source: f.document(p.Source)}
	if !v.Current {
		v.Compare = f.link("/policies/diff", "a", f.site.pack.ID, "b", p.ID)
	}
	if p.Adopted != nil {
		v.Adopted = f.T("web.policies.adopted", "date", string(p.Adopted.Date), "number", p.Adopted.Number)
	}
	var names []string
	for _, code := range p.Provinces {
		names = append(names, f.divisionName(code))
	}
	v.Provinces = f.Value(names)
	for _, parameter := range p.Parameters {
		v.Parameters++
		last := parameter.Values[len(parameter.Values)-1]
		if last.Assumed != nil {
			v.Assumed++
		}
		if first := string(parameter.Values[0].From); v.From == "" || first < v.From {
			v.From = first
		}
	}
	return v
}

// covered tells whether there is a table of what carries each clause.
func (s *site) covered() bool { return len(s.Coverage.Clauses) > 0 }

// documents lists every source document, each with how many of its clauses are carried.
func (f *frame) documents() []documentView {
	var out []documentView
	for _, d := range f.site.Engine.Library.Documents {
		out = append(out, f.document(d))
	}
	return out
}

// barWidth is the width of a bar of a table, in the units of its drawing.
const barWidth = 96

func (f *frame) document(d policy.Document) documentView {
	lang := string(f.Lang)
	v := documentView{ID: d.ID, Title: d.Title.In(lang), Number: d.Number, Issuer: d.Issuer.In(lang), Issued: string(d.Issued), Effective: string(d.Effective),
		Status: string(d.Status), Note: d.Note.In(lang), Path: f.link("/clauses", "document", d.ID), Owed: d.Status != policy.Example}
	for _, c := range f.site.Engine.Library.Clauses {
		if c.Document != d.ID {
			continue
		}
		v.Clauses++
		if !f.site.Coverage.Clauses[c.ID].Empty() {
			v.Carried++
		}
	}
	v.Filled = strconv.Itoa(v.Carried * barWidth / max(v.Clauses, 1))
	v.Percent = strconv.Itoa(v.Carried*100/max(v.Clauses, 1)) + "%"
	return v
}

func (s *site) documentsCSV(f *frame, w http.ResponseWriter, _ *http.Request) error {
	head := []string{f.T("web.policies.document.id"), f.T("web.policies.document"), f.T("web.policies.number"), f.T("web.policies.issuer"), f.T("web.policies.issued"),
		f.T("web.policies.effective"), f.T("web.policies.state"), f.T("web.clauses.all"), f.T("web.clauses.carried"), f.T("web.policies.note")}
	var rows [][]string
	for _, d := range f.documents() {
		rows = append(rows, []string{d.ID, d.Title, d.Number, d.Issuer, d.Issued, d.Effective, f.T("web.document." + d.Status),
			strconv.Itoa(d.Clauses), strconv.Itoa(d.Carried), d.Note})
	}
	return f.csv(w, "documents.csv", head, rows)
}

// policySubjects are the headings parameters stand under, in the order of the year; a parameter goes under the first
// that names it or the beginning of its id, and the last heading takes what is left.
var policySubjects = []struct {
	title string
	ids   []string
}{
	{"web.policies.group.collection", []string{"pool.first_year", "pool.collection."}},
	{"web.policies.group.set_aside", []string{"pool.set_aside", "pool.reserve.", "pool.emergency.target", "pool.emergency.first_year"}},
	{"web.policies.group.emergency", []string{"pool.emergency."}},
	{"web.policies.group.factors", []string{"pool.factor."}},
	{"web.policies.group.clip", []string{"pool.clip."}},
	{"web.policies.group.entitlement", []string{"entitlement."}},
	{"web.policies.group.benefit", []string{"benefit."}},
	{"web.policies.group.other", []string{""}},
}

// subjectOf is the heading of a parameter.
func subjectOf(id policy.ParameterID) int {
	return slices.IndexFunc(policySubjects, func(s struct {
		title string
		ids   []string
	}) bool {
		return slices.ContainsFunc(s.ids, func(beginning string) bool { return strings.HasPrefix(string(id), beginning) })
	})
}

// day is the day a page is asked about; false when what was asked is none, and then the usual day.
func (f *frame) day(usual policy.Date) (policy.Date, bool) {
	text := strings.TrimSpace(f.seen.Get("on"))
	if text == "" {
		return usual, true
	}
	on, ok := policy.ParseDate(text)
	if !ok {
		return usual, false
	}
	return on, true
}

// runDay is the day whose parameters the figures shown were computed with; today without figures.
func (f *frame) runDay() policy.Date {
	if f.year != 0 {
		return f.year.End()
	}
	return f.site.today()
}

// thisYearEnd is the last day of the calendar year: what a year's run would use that begins now.
func (f *frame) thisYearEnd() policy.Date { return policy.Year(f.site.Now().Year()).End() }

// valueView is a parameter's value as pages show it: for people, and exactly as the policy file has it where that differs.
type valueView struct{ Text, Exact string }

func (f *frame) value(d policy.Definition, v policy.Value) valueView {
	out := valueView{Text: f.parameterValue(d, v), Exact: v.String()}
	if d.Unit == policy.Months {
		out.Text = f.sentence(fault.Msg("web.policies.months", "count", v.Rate()))
	}
	if d.Unit != policy.Ratio && d.Unit != policy.Choice && d.Unit != policy.Amount {
		out.Exact = ""
	}
	return out
}
