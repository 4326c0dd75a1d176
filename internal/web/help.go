package web

import (
	"net/http"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// helpModel is what the help page says of this very program: its pages, files, figures, factors and versions. The rest
// is text.
type helpModel struct {
	Contents []tabView
	Pages    []helpLine
	Keys     []helpLine
	Files    []helpFile
	Rules    []string
	Figures  []helpFigure
	Factors  []helpFactor
	Marks    []helpMark
	Steps    []string
	Versions []helpLine
}

// helpLine is a name with what it means; Path leads there.
type helpLine struct{ Name, Text, Path string }

// helpFile is a kind of file with its columns.
type helpFile struct {
	Name, About, File, Template string
	Columns                     []helpColumn
}

// helpColumn is a column by its name for people and its name in files.
type helpColumn struct {
	Name, Canonical string
	Optional        bool
}

// helpFigure is a figure, how it comes about, and what orders it in the province's policy.
type helpFigure struct{ Name, Term, How, Clause string }

// helpFactor is a factor of the distribution: what it is, how a share follows from it, and its weight.
type helpFactor struct{ Name, Term, Kind, Share, Weight, Path string }

// helpMark is a badge and what it says.
type helpMark struct{ Class, Name, Text string }

func (s *site) help(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := helpModel{Contents: f.helpContents(), Pages: f.helpPages(), Keys: f.helpLines(helpKeys), Files: f.helpFiles(), Figures: f.helpFigures(),
		Factors: f.helpFactors(), Marks: f.helpMarks(), Versions: f.helpVersions()}
	for _, key := range []string{"web.help.rule.encoding", "web.help.rule.header", "web.help.rule.amount", "web.help.rule.rate", "web.help.rule.transfers",
		"web.help.rule.columns", "web.help.rule.merge", "web.help.rule.refused"} {
		m.Rules = append(m.Rules, f.T(key))
	}
	for _, key := range []string{"web.help.trace.open", "web.help.trace.steps", "web.help.trace.clause", "web.help.trace.assumed", "web.help.trace.round"} {
		m.Steps = append(m.Steps, f.T(key))
	}
	return f.render(w, r, http.StatusOK, helpPage(f, m))
}

// helpSections are the parts of the page: the anchor, and the key of the heading.
var helpSections = [][2]string{
	{"pages", "web.help.pages"}, {"keyboard", "web.help.keyboard"}, {"files", "web.help.files"}, {"figures", "web.help.figures"},
	{"factors", "web.help.factors"}, {"marks", "web.help.marks"}, {"derivation", "web.help.derivation"}, {"versions", "web.help.versions"},
}

func (f *frame) helpContents() []tabView {
	var out []tabView
	for _, s := range helpSections {
		out = append(out, tabView{Text: f.T(s[1]), Path: "#" + s[0]})
	}
	return out
}

// helpPages says what each page does; those that are no part of this version are left out, and those the reader may not open lead nowhere.
func (f *frame) helpPages() []helpLine {
	var out []helpLine
	for _, p := range []struct{ name, title, text, path string }{
		{"overview", "web.menu.overview", "web.help.page.overview", "/"},
		{"pool", "web.menu.pool", "web.help.page.pool", "/pool"},
		{"whatif", "web.tab.whatif", "web.help.page.whatif", "/pool/whatif"},
		{"incentives", "web.tab.incentives", "web.help.page.incentives", "/pool/incentives"},
		{"sheet", "web.tab.sheet", "web.help.page.sheet", "/pool/sheet"},
		{"published", "web.menu.published", "web.help.page.published", "/published"},
		{"ledger", "web.menu.ledger", "web.help.page.ledger", "/ledger"},
		{"budget", "web.menu.budget", "web.help.page.budget", "/budget"},
		{"desk", "web.menu.desk", "web.help.page.desk", "/desk"},
		{"my", "web.my.brand", "web.help.page.my", "/my"},
		{"data", "web.menu.data", "web.help.page.data", "/data"},
		{"claims", "web.claims.tab.imports", "web.help.page.claims", "/data/claims"},
		{"checks", "web.claims.tab.checks", "web.help.page.checks", "/data/claims/checks"},
		{"factors", "web.claims.tab.factors", "web.help.page.factors", "/data/claims/factors"},
		{"differences", "web.claims.tab.differences", "web.help.page.differences", "/data/claims/differences"},
		{"pivot", "web.claims.tab.pivot", "web.help.page.pivot", "/data/claims/pivot"},
		{"policies", "web.menu.policies", "web.help.page.policies", "/policies"},
		{"diff", "web.policies.tab.diff", "web.help.page.diff", "/policies/diff"},
		{"clauses", "web.policies.tab.clauses", "web.help.page.clauses", "/clauses"},
	} {
		if line := (helpLine{Name: f.T(p.title), Text: f.T(p.text)}); f.exists(p.name) {
			if f.mayOpen(p.name) {
				line.Path = f.link(p.path)
			}
			out = append(out, line)
		}
	}
	return out
}

// helpKeys are keys of the keyboard and what they do.
var helpKeys = [][2]string{
	{"Tab \u00b7 Shift+Tab", "web.help.key.tab"}, {"Enter", "web.help.key.enter"}, {"Esc", "web.help.key.esc"},
	{"\u2190 \u2192", "web.help.key.arrows"}, {"Alt+\u2190", "web.help.key.back"}, {"Ctrl+P", "web.help.key.print"}, {"Ctrl+F", "web.help.key.find"},
}

func (f *frame) helpLines(lines [][2]string) []helpLine {
	var out []helpLine
	for _, l := range lines {
		out = append(out, helpLine{Name: l[0], Text: f.T(l[1])})
	}
	return out
}

// helpColumns are the columns of each kind; a ? marks one that a file may leave out.
var helpColumns = map[exchange.Kind]string{
	exchange.Statements: "year division insurance income expenditure surplus_begin managerial? violation? planned_expenditure? levied?",
	exchange.Factors:    "year division insurance headcount aged_share cost_per_head admission_rate cost_per_admission offsite_share performance?",
	exchange.Openings:   "insurance fund balance",
	exchange.AgeGroups:  "year division insurance group headcount cost",
}

func (f *frame) helpFiles() []helpFile {
	var out []helpFile
	for _, kind := range exchange.Kinds() {
		file := helpFile{Name: f.kindName(kind), About: f.T(kindTexts[kind].about), File: string(kind),
			Template: f.link("/data/template/"+string(kind)+".xlsx", "year", f.templateYear())}
		for _, name := range strings.Fields(helpColumns[kind]) {
			name, optional := strings.CutSuffix(name, "?")
			file.Columns = append(file.Columns, helpColumn{f.columnName(name), name, optional})
		}
		out = append(out, file)
	}
	return out
}

func (f *frame) helpFigures() []helpFigure {
	var out []helpFigure
	for _, l := range []struct{ figure, how string }{
		{"paid", "web.help.figure.paid"}, {"collected", "web.help.figure.collected"}, {"added", "web.help.figure.added"},
		{"distributed", "web.help.figure.distributed"}, {"received", "web.help.figure.received"}, {"net", "web.help.figure.net"},
		{"gap_before", "web.help.figure.gap_before"}, {"gap_after", "web.help.figure.gap_after"}, {"surplus_end", "web.help.figure.surplus_end"},
		{"months", "web.help.figure.months"}, {"owed", "web.help.figure.owed"}, {"emergency", "web.help.figure.emergency"},
		{"local", "web.help.figure.local"}, {"unmet", "web.help.figure.unmet"}, {"closing", "web.help.figure.closing"},
	} {
		out = append(out, helpFigure{f.T("web.column." + l.figure), l.figure, f.T(l.how), string(f.ruling(l.figure))})
	}
	return out
}

// ruling is the clause that orders a figure in the province's policy: that of the rule, or of the parameter behind it.
func (f *frame) ruling(figure string) policy.ClauseID {
	set := f.set()
	if c := set.Rule(figure); c.Clause != "" {
		return c.Clause
	}
	for _, id := range map[string][]policy.ParameterID{
		"paid":  {"pool.collection.rate.employee", "pool.collection.rate.resident"},
		"added": {"pool.reserve.rate", "pool.emergency.target"}, "closing": {"pool.reserve.ceiling", "pool.emergency.target"},
		"emergency": {"pool.emergency.share"}, "local": {"pool.emergency.share"}, "unmet": {"pool.emergency.use_cap"},
	}[figure] {
		if e, ok := set.Get(id); ok {
			return e.Clause
		}
	}
	return ""
}

func (f *frame) helpFactors() []helpFactor {
	set := f.set()
	var out []helpFactor
	for _, l := range []struct {
		factor      pool.Factor
		kind, share string
	}{
		{pool.Headcount, "", "web.help.share.heads"},
		{pool.AgedShare, "web.help.kind.structural", "web.help.share.structural"},
		{pool.CostPerHead, "web.help.kind.structural", "web.help.share.structural"},
		{pool.AdmissionRate, "web.help.kind.managerial", "web.help.share.managerial"},
		{pool.CostPerAdmission, "web.help.kind.managerial", "web.help.share.managerial"},
		{pool.OffsiteShare, "web.help.kind.managerial", "web.help.share.managerial"},
		{pool.Gap, "", "web.help.share.gap"},
		{pool.AgeGroups, "", "web.help.share.age_groups"},
		{pool.Performance, "web.help.kind.managerial", "web.help.share.structural"},
	} {
		v := helpFactor{Name: f.T("factor." + string(l.factor)), Term: string(l.factor), Kind: "\u2014", Share: f.T(l.share), Weight: "\u2014"}
		if l.kind != "" {
			v.Kind = f.T(l.kind)
		}
		id := policy.ParameterID("pool.factor." + string(l.factor))
		if e, ok := set.Get(id); ok {
			v.Weight, v.Path = f.parameterValue(e.Definition, e.Value), f.link("/policies/"+f.site.pack.ID+"/"+string(id))
		}
		out = append(out, v)
	}
	return out
}

func (f *frame) helpMarks() []helpMark {
	return []helpMark{
		{"badge status-in_force", f.T("web.status.in_force"), f.T("web.help.mark.in_force")},
		{"badge trial", f.T("web.trial"), f.T("web.help.mark.trial")},
		{"badge status-draft", f.T("web.status.draft"), f.T("web.help.mark.draft")},
		{"badge status-example", f.T("web.status.example"), f.T("web.help.mark.example")},
		{"badge synthetic", f.T("web.synthetic"), f.T("web.help.mark.synthetic")},
		{"badge assumed", f.T("web.assumed"), f.T("web.help.mark.assumed")},
		{"flag", f.T("web.managerial"), f.T("web.help.mark.managerial")},
		{"pill bad", "2.4", f.T("web.help.mark.low")},
	}
}

func (f *frame) helpVersions() []helpLine {
	out := []helpLine{
		{Name: f.T("web.help.version.program"), Text: f.site.Version},
		{Name: f.T("web.help.version.policy"), Text: f.policyVersion()},
	}
	add := func(name, text, path string) {
		if text != "" {
			out = append(out, helpLine{name, text, path})
		}
	}
	add(f.T("web.help.version.files"), f.site.PolicyVersion, f.link("/policies"))
	add(f.T("web.help.version.data"), f.book.version, f.link("/data"))
	add(f.T("web.help.version.coverage"), strings.TrimSuffix(f.site.Coverage.Commit, "+"), f.link("/clauses"))
	return out
}
