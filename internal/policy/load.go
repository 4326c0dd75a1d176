package policy

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// Load reads the policy files: sources.yaml (documents), clauses.tsv, parameters.yaml (definitions) and a directory for
// each pack with pack.yaml and any number of parameter files. It is strict: an unknown key, a value without citation,
// an unknown clause id, dates out of order, an undeclared unit or a value not of its unit is refused with file and line.
func Load(files fs.FS) (*Library, error) {
	l := &loader{files: files, library: &Library{
		definitions: map[ParameterID]Definition{}, clauses: map[ClauseID]Clause{}, documents: map[string]Document{},
	}}
	l.sources()
	l.readClauses()
	l.parameters()
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fault.Wrap(err, "policy.unreadable", "file", ".")
	}
	for _, e := range entries {
		if _, err := fs.Stat(files, path.Join(e.Name(), "pack.yaml")); e.IsDir() && err == nil {
			l.pack(e.Name())
		}
	}
	if err := l.problems.Err(); err != nil {
		return nil, err
	}
	return l.library, nil
}

type loader struct {
	files    fs.FS
	library  *Library
	problems fault.List
}

func (l *loader) refuse(file string, line int, column, value, key string, args ...any) {
	l.problems.Add(fault.Problem{File: file, Row: line, Column: column, Value: value, Message: fault.Msg(key, args...)})
}

// read decodes one YAML document strictly into out; false when it was refused.
func (l *loader) read(file string, out any) bool {
	content, err := fs.ReadFile(l.files, file)
	if err != nil {
		l.refuse(file, 0, "", "", "policy.unreadable", "file", file)
		return false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(out); err != nil {
		l.yamlError(file, err)
		return false
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		l.refuse(file, 0, "", "", "policy.yaml", "detail", "more than one document")
		return false
	}
	return true
}

func (l *loader) yamlError(file string, err error) {
	all := []error{err}
	var many *yaml.TypeError
	if errors.As(err, &many) {
		all = nil
		for _, m := range many.Errors {
			all = append(all, errors.New(m))
		}
	}
	for _, one := range all {
		line, detail := yamlPlace(one)
		l.refuse(file, line, "", "", "policy.yaml", "detail", detail)
	}
}

func (l *loader) sources() {
	const file = "sources.yaml"
	var in struct {
		Documents []struct {
			Document `yaml:",inline"`
			Clauses  []struct {
				ID ClauseID `yaml:"id"`
				ZH string   `yaml:"zh"`
				EN string   `yaml:"en"`
			} `yaml:"clauses"`
		} `yaml:"documents"`
	}
	if !l.read(file, &in) {
		return
	}
	for _, d := range in.Documents {
		switch d.Status {
		case InForce, Draft, Published, Example:
		default:
			l.refuse(file, 0, d.ID, string(d.Status), "policy.status")
		}
		if _, twice := l.library.documents[d.ID]; twice || d.ID == "" {
			l.refuse(file, 0, "id", d.ID, "policy.twice")
			continue
		}
		l.library.documents[d.ID] = d.Document
		l.library.Documents = append(l.library.Documents, d.Document)
		for _, c := range d.Clauses {
			l.clause(file, 0, Clause{ID: c.ID, Document: d.ID, Room: "pool", Text: Text{ZH: c.ZH, EN: c.EN}})
		}
	}
}

func (l *loader) clause(file string, row int, c Clause) {
	if _, twice := l.library.clauses[c.ID]; twice {
		l.refuse(file, row, "id", string(c.ID), "policy.twice")
		return
	}
	if _, ok := l.library.documents[c.Document]; !ok {
		l.refuse(file, row, "document", c.Document, "policy.unknown_document")
		return
	}
	l.library.clauses[c.ID] = c
	l.library.Clauses = append(l.library.Clauses, c)
}

func (l *loader) readClauses() {
	const file = "clauses.tsv"
	content, err := fs.ReadFile(l.files, file)
	if err != nil {
		l.refuse(file, 0, "", "", "policy.unreadable", "file", file)
		return
	}
	for i, line := range strings.Split(strings.TrimRight(string(content), "\n"), "\n") {
		cells := strings.Split(line, "\t")
		if len(cells) != 6 {
			l.refuse(file, i+1, "", "", "policy.cells", "want", 6, "got", len(cells))
			continue
		}
		if i > 0 {
			l.clause(file, i+1, Clause{ID: ClauseID(cells[0]), Document: cells[1], Place: cells[2], Room: cells[3], Text: Text{ZH: cells[4], EN: cells[5]}})
		}
	}
}

func (l *loader) parameters() {
	const file = "parameters.yaml"
	var in struct {
		Parameters []Definition `yaml:"parameters"`
	}
	if !l.read(file, &in) {
		return
	}
	for _, p := range in.Parameters {
		if _, twice := l.library.definitions[p.ID]; twice || p.ID == "" {
			l.refuse(file, 0, "id", string(p.ID), "policy.twice")
			continue
		}
		switch p.Unit {
		case Ratio, Index, Months, Years, Amount, Count, Day:
		case Choice:
			if len(p.Choices) == 0 {
				l.refuse(file, 0, string(p.ID), "", "policy.no_choices")
			}
		default:
			l.refuse(file, 0, string(p.ID), string(p.Unit), "policy.undeclared_unit", "unit", string(p.Unit))
		}
		l.library.definitions[p.ID] = p
		l.library.Definitions = append(l.library.Definitions, p)
	}
}

// The shapes of the pack files; each remembers the line it stands on.
type (
	packFile struct {
		ID        string              `yaml:"id"`
		Title     Text                `yaml:"title"`
		Note      Text                `yaml:"note"`
		Source    string              `yaml:"source"`
		Adopted   *Adoption           `yaml:"adopted"`
		Provinces []string            `yaml:"provinces"`
		Rules     map[string]citation `yaml:"rules"`
	}
	parameterFile struct {
		Parameters map[string]parameter `yaml:"parameters"`
	}
	parameter struct {
		Unit   Unit    `yaml:"unit"`
		Values []dated `yaml:"values"`
		line   int
	}
	dated struct {
		From    string `yaml:"from"`
		Value   string `yaml:"value"`
		Clause  string `yaml:"clause"`
		Assumed *Text  `yaml:"assumed"`
		Checked string `yaml:"checked"`
		line    int
	}
	citation struct {
		Clause  string `yaml:"clause"`
		Assumed *Text  `yaml:"assumed"`
		line    int
	}
)

func (p *parameter) UnmarshalYAML(node *yaml.Node) error {
	type plain parameter
	p.line = node.Line
	return decodeKnown(node, (*plain)(p), "unit", "values")
}

func (d *dated) UnmarshalYAML(node *yaml.Node) error {
	type plain dated
	d.line = node.Line
	return decodeKnown(node, (*plain)(d), "from", "value", "clause", "assumed", "checked")
}

func (c *citation) UnmarshalYAML(node *yaml.Node) error {
	type plain citation
	c.line = node.Line
	return decodeKnown(node, (*plain)(c), "clause", "assumed")
}

// decodeKnown decodes a mapping and refuses other keys: the library's own check does not reach into custom decoders.
func decodeKnown(node *yaml.Node, out any, keys ...string) error {
	if node.Kind == yaml.MappingNode {
		for i := 0; i < len(node.Content); i += 2 {
			key, known := node.Content[i], false
			for _, k := range keys {
				known = known || key.Value == k
			}
			if !known {
				return &yaml.TypeError{Errors: []string{"line " + strconv.Itoa(key.Line) + ": field " + key.Value + " not found"}}
			}
		}
	}
	return node.Decode(out)
}

func (l *loader) pack(dir string) {
	file := path.Join(dir, "pack.yaml")
	var in packFile
	if !l.read(file, &in) {
		return
	}
	source, ok := l.library.documents[in.Source]
	if !ok {
		l.refuse(file, 0, "source", in.Source, "policy.unknown_document")
	}
	if in.ID != dir {
		l.refuse(file, 0, "id", in.ID, "policy.id_is_directory", "directory", dir)
	}
	if in.Adopted != nil {
		if _, ok := ParseDate(string(in.Adopted.Date)); !ok || in.Adopted.Number == "" {
			l.refuse(file, 0, "adopted", string(in.Adopted.Date), "policy.adoption")
		}
	}
	pack := &Pack{ID: in.ID, Title: in.Title, Note: in.Note, Source: source, Adopted: in.Adopted,
		Parameters: map[ParameterID]Parameter{}, Rules: map[string]Citation{}}
	for _, text := range in.Provinces {
		code, err := region.Parse(text)
		if err != nil || !code.IsProvince() {
			l.refuse(file, 0, "provinces", text, "policy.province")
			continue
		}
		pack.Provinces = append(pack.Provinces, code)
	}
	for figure, c := range in.Rules {
		pack.Rules[figure] = l.cite(file, c.line, figure, c.Clause, c.Assumed)
	}
	names, err := fs.Glob(l.files, dir+"/*.yaml")
	if err != nil {
		l.refuse(dir, 0, "", "", "policy.unreadable", "file", dir)
	}
	for _, name := range names {
		if name != file {
			l.packParameters(pack, name)
		}
	}
	l.library.Packs = append(l.library.Packs, pack)
}

func (l *loader) cite(file string, line int, column, clause string, assumed *Text) Citation {
	if clause == "" {
		l.refuse(file, line, column, "", "policy.no_citation")
	} else if _, ok := l.library.clauses[ClauseID(clause)]; !ok {
		l.refuse(file, line, column, clause, "policy.unknown_clause", "clause", clause)
	}
	if assumed != nil && (assumed.ZH == "" || assumed.EN == "") {
		l.refuse(file, line, column, "", "policy.no_reason")
	}
	return Citation{Clause: ClauseID(clause), Assumed: assumed}
}

func (l *loader) packParameters(pack *Pack, file string) {
	var in parameterFile
	if !l.read(file, &in) {
		return
	}
	for id, p := range in.Parameters {
		definition, ok := l.library.definitions[ParameterID(id)]
		switch {
		case !ok:
			l.refuse(file, p.line, id, "", "policy.unknown_parameter", "id", id)
			continue
		case p.Unit != definition.Unit:
			l.refuse(file, p.line, id, string(p.Unit), "policy.undeclared_unit", "unit", string(p.Unit))
			continue
		case len(p.Values) == 0:
			l.refuse(file, p.line, id, "", "policy.no_values")
			continue
		}
		if _, twice := pack.Parameters[definition.ID]; twice {
			l.refuse(file, p.line, id, "", "policy.twice")
			continue
		}
		pack.Parameters[definition.ID] = Parameter{Definition: definition, Values: l.values(file, definition, p.Values)}
	}
}

func (l *loader) values(file string, definition Definition, in []dated) []Dated {
	id := string(definition.ID)
	var out []Dated
	last := Date("")
	for _, v := range in {
		from, ok := ParseDate(v.From)
		if !ok {
			l.refuse(file, v.line, id, v.From, "policy.date", "value", v.From)
		} else if from <= last {
			l.refuse(file, v.line, id, v.From, "policy.date_order", "value", v.From, "last", string(last))
		}
		last = from
		value, ok := definition.Parse(v.Value)
		if !ok {
			l.refuse(file, v.line, id, v.Value, "policy.wrong_kind", "id", id, "value", v.Value,
				"expected", fault.Msg("policy.unit."+string(definition.Unit)+".expected", "choices", definition.Choices))
		}
		checked, ok := ParseDate(v.Checked)
		if !ok {
			l.refuse(file, v.line, id, v.Checked, "policy.checked")
		}
		out = append(out, Dated{From: from, Value: value, Citation: l.cite(file, v.line, id, v.Clause, v.Assumed), Checked: checked})
	}
	return out
}
