package exchange

import (
	"slices"
	"strings"

	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// source (说明) writes where the figures come from: the rules, who asked for them and when, from which files, with which
// parameters set for the run, and everything that is assumed because the documents are silent.
func (b *book) source(results []pool.Result, set func(policy.Year) *policy.Set, m Meta) {
	page := b.sheet(b.p.T("exchange.sheet.notes"))
	s := &source{page: page, row: 1, wide: []float64{34, 40, 22, 14, 80}}
	page.widths(s.wide...)
	page.landscape(paperA4, 0)
	s.labels(results)
	for _, r := range results {
		pack := set(r.Year).Pack
		s.line("policy", b.p.T("exchange.source.policy.value", "id", r.Policy, "title", pack.Title))
		s.line("document", b.p.T("exchange.source.document.value", "title", pack.Source.Title, "number", pack.Source.Number))
		s.line("status", b.p.Value(r.Status))
		break
	}
	var years []string
	for _, r := range results {
		years = append(years, yearText(r.Year))
	}
	s.line("years", b.p.Value(years))
	s.line("filters", m.Filters)
	s.line("at", m.At.Format("2006-01-02 15:04:05 -07:00"))
	s.line("user", m.User)
	s.line("policy_version", m.PolicyVersion)
	s.line("program", m.Program)
	for _, text := range m.Claims {
		s.line("claims", text)
	}
	s.digests(m.Digests)
	s.overrides(m.Overrides)
	for _, r := range results {
		s.assumed(set(r.Year), r.Year)
	}
}

// source is the sheet being written, row by row.
type source struct {
	page
	row  int
	wide []float64
}

// line writes a name and a value; nothing when there is no value.
func (s *source) line(name, value string) {
	if value == "" {
		return
	}
	s.text(1, s.row, s.p.T("exchange.source."+name), look{bold: true})
	s.text(2, s.row, value, look{format: formatText})
	s.row++
}

// labels writes what must not be overlooked, first of all.
func (s *source) labels(results []pool.Result) {
	var all []string
	for _, r := range results {
		for _, label := range labels(s.p, r) {
			if !slices.Contains(all, label) {
				all = append(all, label)
			}
		}
	}
	for _, label := range all {
		s.text(1, s.row, label, look{bold: true, size: 14, fill: fillLabel})
		s.row++
	}
}

func (s *source) heads(names ...string) {
	s.row++
	for i, name := range names {
		s.text(i+1, s.row, s.p.T("exchange.source."+name), headLook())
	}
	s.row++
}

func (s *source) cells(texts ...string) {
	for i, text := range texts {
		s.text(i+1, s.row, text, look{format: formatText, border: true, wrap: true})
	}
	s.tall(s.row, texts, s.wide)
	s.row++
}

func (s *source) digests(digests []Digest) {
	if len(digests) == 0 {
		return
	}
	s.heads("input", "input_name", "digest")
	for _, d := range digests {
		s.cells(s.p.T("exchange.sheet."+string(d.Kind)), d.Name, d.SM3)
	}
}

func (s *source) overrides(overrides []string) {
	if len(overrides) == 0 {
		return
	}
	s.heads("overrides")
	for _, o := range overrides {
		s.cells(o)
	}
}

// assumed lists the values and rules of pooling in a year that no document gives, with the reason.
func (s *source) assumed(set *policy.Set, year policy.Year) {
	var rows [][]string
	for _, e := range set.All() {
		if e.Assumed != nil && strings.HasPrefix(string(e.ID), "pool.") {
			rows = append(rows, []string{string(e.ID), e.Title.In(string(s.p.Lang)), e.Value.String(), string(e.Clause), e.Assumed.In(string(s.p.Lang))})
		}
	}
	var figures []string
	for figure, c := range set.Pack.Rules {
		if c.Assumed != nil {
			figures = append(figures, figure)
		}
	}
	slices.Sort(figures)
	for _, figure := range figures {
		c := set.Rule(figure)
		rows = append(rows, []string{figure, figureName(s.p, figure, ""), "", string(c.Clause), c.Assumed.In(string(s.p.Lang))})
	}
	if len(rows) == 0 {
		return
	}
	s.row++
	s.text(1, s.row, s.p.T("exchange.source.assumed_in", "year", int(year)), look{bold: true})
	s.heads("parameter", "parameter_title", "value", "clause", "reason")
	for _, row := range rows {
		s.cells(row...)
	}
}
