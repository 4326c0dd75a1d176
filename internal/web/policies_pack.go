package web

import (
	"net/http"
	"slices"
	"strconv"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// packModel is one pack's parameters as of a day.
type packModel struct {
	Pack    packView
	Packs   []packView
	On      string
	BadDay  bool
	Groups  []parameterGroup
	Notes   []assumptionNote
	Silent  []parameterRow // declared, but not set on the day
	Export  string
	Earlier string // the pack's first day, when the day asked about is before it
}

// parameterGroup is a heading with its parameters.
type parameterGroup struct {
	Title, Sum string
	Rows       []parameterRow
}

// parameterRow is one parameter as of the day; Note is the number of the reason it is assumed for, 0 when it is not.
type parameterRow struct {
	ID, Title, Path       string
	Value                 valueView
	Unit                  string
	From, Clause, Checked string
	Note                  int
}

// assumptionNote is a reason, told once for every parameter it stands behind.
type assumptionNote struct {
	Number int
	Text   string
}

// packAsked finds the pack an address names.
func (s *site) packAsked(r *http.Request) (*policy.Pack, error) {
	pack, ok := s.Engine.Library.Pack(r.PathValue("pack"))
	if !ok {
		return nil, errNotFound
	}
	return pack, nil
}

func (s *site) policyPack(f *frame, w http.ResponseWriter, r *http.Request) error {
	pack, err := s.packAsked(r)
	if err != nil {
		return err
	}
	on, ok := f.day(f.runDay())
	m := packModel{Pack: f.packView(pack), On: string(on), BadDay: !ok, Export: f.link("/policies/"+pack.ID+"/export.csv", "on", string(on))}
	for _, p := range s.packs() {
		v := f.packView(p)
		v.Path = f.link("/policies/"+p.ID, "on", f.seen.Get("on"))
		m.Packs = append(m.Packs, v)
	}
	f.parameters(&m, pack.At(on))
	if len(m.Groups) == 0 {
		m.Earlier = m.Pack.From
	}
	return f.render(w, r, http.StatusOK, packPage(f, m))
}

// parameters sorts a set's parameters under their headings, in the order they are declared in.
func (f *frame) parameters(m *packModel, set *policy.Set) {
	groups := make([]parameterGroup, len(policySubjects))
	var weights money.Rate
	for _, d := range f.site.Engine.Library.Definitions {
		row := parameterRow{ID: string(d.ID), Title: d.Title.In(string(f.Lang)), Unit: f.T("policy.unit." + string(d.Unit)),
			Path: f.link("/policies/"+set.Pack.ID+"/"+string(d.ID), "on", string(set.On))}
		e, ok := set.Get(d.ID)
		if !ok {
			m.Silent = append(m.Silent, row)
			continue
		}
		row.Value, row.From, row.Clause, row.Checked = f.value(d, e.Value), string(e.From), string(e.Clause), string(e.Checked)
		if e.Assumed != nil {
			row.Note = m.note(e.Assumed.In(string(f.Lang)))
		}
		g := &groups[subjectOf(d.ID)]
		g.Rows = append(g.Rows, row)
		if isWeight(d.ID) {
			weights += e.Value.Rate()
			g.Sum = f.T("web.policies.weights", "sum", percent(weights.Ratio(), decimalsOfPercent(weights)))
		}
	}
	for i, g := range groups {
		if len(g.Rows) > 0 {
			g.Title = f.T(policySubjects[i].title)
			m.Groups = append(m.Groups, g)
		}
	}
}

// note gives a reason its number.
func (m *packModel) note(text string) int {
	if i := slices.IndexFunc(m.Notes, func(n assumptionNote) bool { return n.Text == text }); i >= 0 {
		return i + 1
	}
	m.Notes = append(m.Notes, assumptionNote{len(m.Notes) + 1, text})
	return len(m.Notes)
}

// reason is the text of an assumption's number.
func (m packModel) reason(number int) string {
	if number == 0 {
		return ""
	}
	return m.Notes[number-1].Text
}

func (s *site) policyPackCSV(f *frame, w http.ResponseWriter, r *http.Request) error {
	pack, err := s.packAsked(r)
	if err != nil {
		return err
	}
	on, _ := f.day(f.runDay())
	m := packModel{}
	f.parameters(&m, pack.At(on))
	head := []string{f.T("web.policies.subject"), f.T("web.policies.id"), f.T("web.policies.parameter"), f.T("web.policies.value"), f.T("web.policies.shown"),
		f.T("web.policies.unit"), f.T("web.policies.from"), f.T("web.refused.clause"), f.T("web.assumed"), f.T("web.policies.checked"), f.T("web.policies.on")}
	var rows [][]string
	for _, g := range m.Groups {
		for _, p := range g.Rows {
			rows = append(rows, []string{g.Title, p.ID, p.Title, p.Value.exact(), p.Value.Text, p.Unit, p.From, p.Clause, m.reason(p.Note), p.Checked, string(on)})
		}
	}
	return f.csv(w, pack.ID+"-"+string(on)+".csv", head, rows)
}

// exact is the value as the policy file has it, for machines.
func (v valueView) exact() string {
	if v.Exact == "" {
		return v.Text
	}
	return v.Exact
}

// noteID is the place of a reason in the page.
func noteID(number int) string { return "assumption-" + strconv.Itoa(number) }
