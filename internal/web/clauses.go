package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/policy"
)

// clausesModel is the page of what carries each clause (条款承载).
type clausesModel struct {
	Documents []documentView
	Rows      []clauseRow
	Generated bool
	Commit    string
	Changed   bool // the table was made with changes that are in no commit
	All       int
	Carried   int
	Filter    clauseFilter
	Rooms     []roomView
	Export    string
	Reset     string
}

// clauseFilter is what the address asks for.
type clauseFilter struct{ Document, Room, Carried, Text string }

// any tells whether anything is left out.
func (c clauseFilter) any() bool { return c != clauseFilter{} }

type roomView struct{ Name, Text string }

// clauseRow is one clause and what carries it.
type clauseRow struct {
	ID, Document, Place, Room, Text, Path string
	Carriers                              []carrierView
	Open                                  bool
}

// carrierView is one kind of what carries a clause, with its members.
type carrierView struct {
	Name  string
	Items []carrierItem
}

type carrierItem struct{ Text, Path, Title string }

// clauseRooms are the rooms of the program, by the key of their name.
var clauseRooms = map[string]string{
	"policy": "web.clauses.room.policy", "budget": "web.menu.budget", "pool": "web.menu.pool", "enrol": "web.menu.enrol", "benefit": "web.menu.benefit",
	"payment": "web.menu.payment", "desk": "web.menu.desk", "ledger": "web.menu.ledger", "catalog": "web.menu.catalog", "provider": "web.menu.provider",
	"supervise": "web.menu.supervise", "plan": "web.menu.plan", "forecast": "web.menu.forecast", "office": "web.clauses.room.office",
	"exchange": "web.clauses.room.exchange", "lake": "web.clauses.room.lake",
}

// room is a room's name in the reader's language.
func (f *frame) room(name string) string {
	if key, ok := clauseRooms[name]; ok {
		return f.T(key)
	}
	return name
}

func (s *site) clauses(f *frame, w http.ResponseWriter, r *http.Request) error {
	return f.render(w, r, http.StatusOK, clausesPage(f, f.clausesModel()))
}

// maxSearch is how long a searched text may be, in characters.
const maxSearch = 80

func (f *frame) clausesModel() clausesModel {
	q := f.seen
	m := clausesModel{Generated: f.site.covered(), Documents: f.documents(),
		Filter: clauseFilter{Document: q.Get("document"), Room: q.Get("room"), Carried: q.Get("carried"), Text: strings.TrimSpace(q.Get("q"))}}
	m.Commit, m.Changed = strings.CutSuffix(f.site.Coverage.Commit, "+")
	if len(m.Commit) > 12 {
		m.Commit = m.Commit[:12]
	}
	if runes := []rune(m.Filter.Text); len(runes) > maxSearch {
		m.Filter.Text = string(runes[:maxSearch])
	}
	seen := map[string]bool{}
	for _, c := range f.site.Engine.Library.Clauses {
		if d, _ := f.site.Engine.Library.Document(c.Document); d.Status == policy.Example && m.Filter.Document != c.Document {
			continue
		}
		row := f.clauseRow(c)
		m.All++
		if !row.Open {
			m.Carried++
		}
		if !seen[c.Room] {
			seen[c.Room] = true
			m.Rooms = append(m.Rooms, roomView{c.Room, f.room(c.Room)})
		}
		if m.Filter.holds(c, row) {
			m.Rows = append(m.Rows, row)
		}
	}
	slices.SortFunc(m.Rooms, func(a, b roomView) int { return strings.Compare(a.Name, b.Name) })
	more := []string{"document", m.Filter.Document, "room", m.Filter.Room, "carried", m.Filter.Carried, "q", m.Filter.Text}
	m.Export, m.Reset = f.link("/clauses/export.csv", more...), f.link("/clauses")
	return m
}

// holds tells whether a clause is among those asked for.
func (c clauseFilter) holds(clause policy.Clause, row clauseRow) bool {
	text := strings.ToLower(c.Text)
	found := text == ""
	for _, in := range []string{string(clause.ID), clause.Place, clause.Text.ZH, clause.Text.EN} {
		found = found || strings.Contains(strings.ToLower(in), text)
	}
	return found && (c.Document == "" || c.Document == clause.Document) && (c.Room == "" || c.Room == clause.Room) &&
		(c.Carried != "yes" || !row.Open) && (c.Carried != "no" || row.Open)
}

func (f *frame) clauseRow(c policy.Clause) clauseRow {
	carried := f.site.Coverage.Clauses[c.ID]
	return clauseRow{ID: string(c.ID), Document: c.Document, Place: c.Place, Room: f.room(c.Room), Text: c.Text.In(string(f.Lang)), Path: f.link("/clauses/" + string(c.ID)),
		Carriers: f.carriers(carried), Open: carried.Empty()}
}

// carriers lists what carries a clause: parameters with their pages, functions, tests.
func (f *frame) carriers(c policy.Carried) []carrierView {
	var out []carrierView
	add := func(name string, items []string, about func(string) (path, title string)) {
		if len(items) == 0 {
			return
		}
		v := carrierView{Name: f.T(name)}
		for _, item := range items {
			path, title := about(item)
			v.Items = append(v.Items, carrierItem{strings.TrimPrefix(item, "internal/"), path, title})
		}
		out = append(out, v)
	}
	nowhere := func(string) (string, string) { return "", "" }
	add("web.clauses.parameters", c.Parameters, func(item string) (string, string) {
		pack, id, _ := strings.Cut(item, ":")
		d, known := f.site.Engine.Library.Definition(policy.ParameterID(id))
		if _, ok := f.site.Engine.Library.Pack(pack); !ok || !known {
			return "", ""
		}
		return f.link("/policies/" + pack + "/" + id), d.Title.In(string(f.Lang))
	})
	add("web.clauses.code", c.Code, nowhere)
	add("web.clauses.tests", c.Tests, nowhere)
	return out
}

// names are the texts of the members, one after another.
func (c carrierView) names() string {
	var out []string
	for _, item := range c.Items {
		out = append(out, item.Text)
	}
	return strings.Join(out, " ")
}

func (s *site) clausesCSV(f *frame, w http.ResponseWriter, _ *http.Request) error {
	m := f.clausesModel()
	head := []string{f.T("web.clauses.id"), f.T("web.clauses.document"), f.T("web.clauses.place"), f.T("web.clauses.room"), f.T("web.clauses.text"),
		f.T("web.clauses.carried"), f.T("web.clauses.parameters"), f.T("web.clauses.code"), f.T("web.clauses.tests"), f.T("web.clauses.commit.head")}
	var rows [][]string
	for _, row := range m.Rows {
		line := []string{row.ID, row.Document, row.Place, row.Room, row.Text, f.yes(!row.Open), "", "", "", s.Coverage.Commit}
		for _, c := range row.Carriers {
			for i, name := range head {
				if name == c.Name {
					line[i] = c.names()
				}
			}
		}
		rows = append(rows, line)
	}
	return f.csv(w, "clauses.csv", head, rows)
}

func (f *frame) yes(is bool) string {
	if is {
		return f.T("web.yes")
	}
	return f.T("web.no")
}

// carriedModel is what a clause's own page adds to its text: what carries it, who else rests on it, its neighbours.
type carriedModel struct {
	Row             clauseRow
	Owed, Generated bool
	Figures         []string // that rest on it without a parameter, in the province's policy
	Others          []carrierItem
	Before, After   string
	List            string
}

// carried gathers what a clause's own page adds.
func (f *frame) carried(id string) carriedModel {
	library := f.site.Engine.Library
	m := carriedModel{Generated: f.site.covered(), Owed: true}
	for i, c := range library.Clauses {
		if string(c.ID) != id {
			continue
		}
		m.Row = f.clauseRow(c)
		if d, _ := library.Document(c.Document); d.Status == policy.Example {
			m.Owed = false
		}
		if i > 0 {
			m.Before = string(library.Clauses[i-1].ID)
		}
		if i+1 < len(library.Clauses) {
			m.After = string(library.Clauses[i+1].ID)
		}
		m.List = f.link("/clauses", "document", c.Document) + "#" + id
	}
	for figure, c := range f.site.pack.Rules {
		if string(c.Clause) == id {
			m.Figures = append(m.Figures, f.figureName(figure))
		}
	}
	slices.Sort(m.Figures)
	for _, p := range library.Packs {
		if p.ID != f.site.pack.ID {
			m.Others = append(m.Others, f.resting(p, policy.ClauseID(id))...)
		}
	}
	return m
}

// resting lists the parameters of a pack whose last value cites a clause.
func (f *frame) resting(p *policy.Pack, id policy.ClauseID) []carrierItem {
	var out []carrierItem
	for _, d := range f.site.Engine.Library.Definitions {
		parameter, ok := p.Parameters[d.ID]
		if !ok {
			continue
		}
		if last := parameter.Values[len(parameter.Values)-1]; last.Clause == id {
			out = append(out, carrierItem{p.ID + " · " + d.Title.In(string(f.Lang)) + " " + f.value(d, last.Value).Text,
				f.link("/policies/"+p.ID+"/"+string(d.ID), "on", string(max(last.From, f.runDay()))), ""})
		}
	}
	return out
}

// share is carried of all, in words.
func (f *frame) share(carried, all int) string {
	return f.T("web.clauses.share", "carried", strconv.Itoa(carried), "all", strconv.Itoa(all))
}
