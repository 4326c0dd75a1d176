package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// weights is the prefix of the parameters of a pack that must sum to 1: they are only ever changed two at a time.
const weights = "pool.factor."

// change puts other values in place of a parameter's, by their position in its history.
type change map[policy.ParameterID]map[int]string

// probe is one question: would anybody notice if this parameter, where it cites this clause, had another value?
type probe struct {
	pack      *policy.Pack
	parameter policy.ParameterID
	clause    policy.ClauseID
	// changes are tried one by one. One that is noticed is enough, except for weights, of which all must be: each of
	// them moves another weight too.
	changes []change
	all     bool
}

func (p probe) name() string { return p.pack.ID + ":" + string(p.parameter) }

// probes lists the questions about a pack, by parameter and clause.
func probes(pack *policy.Pack) []probe {
	var out []probe
	for _, id := range sortedKeys(pack.Parameters) {
		var clauses []policy.ClauseID
		for _, v := range pack.Parameters[id].Values {
			if !slices.Contains(clauses, v.Clause) {
				clauses = append(clauses, v.Clause)
			}
		}
		for _, clause := range clauses {
			p := probe{pack: pack, parameter: id, clause: clause}
			if strings.HasPrefix(string(id), weights) {
				p.changes, p.all = weightChanges(pack, id, clause), true
			} else {
				p.changes = changes(pack.Parameters[id], clause)
			}
			out = append(out, p)
		}
	}
	return out
}

// changes gives every value that cites the clause another value of its unit, in as many ways as there are.
func changes(parameter policy.Parameter, clause policy.ClauseID) []change {
	var out []change
	for i, v := range parameter.Values {
		if v.Clause != clause {
			continue
		}
		for way, text := range others(parameter.Definition, v.Value) {
			for len(out) <= way {
				out = append(out, change{parameter.ID: {}})
			}
			out[way][parameter.ID][i] = text
		}
	}
	return out
}

// others are values definitely different from v and valid for its definition.
func others(definition policy.Definition, v policy.Value) []string {
	r := v.Rate()
	var out []money.Rate
	switch definition.Unit {
	case policy.Choice:
		return slices.DeleteFunc(slices.Clone(definition.Choices), func(c string) bool { return c == v.String() })
	case policy.Day:
		return []string{otherMonth(v.String())}
	case policy.Years:
		out = []money.Rate{r + money.One}
	case policy.Count:
		out = []money.Rate{r + money.One, r - money.One}
	case policy.Ratio:
		moved := r + money.One*7/100
		if moved > money.One {
			moved = r - money.One*7/100
		}
		out = []money.Rate{r / 2, moved}
	default:
		out = []money.Rate{r / 2, r*2 + money.One/10}
	}
	var texts []string
	for _, o := range out {
		if _, ok := definition.Parse(o.String()); ok && o != r {
			texts = append(texts, o.String())
		}
	}
	return texts
}

// otherMonth is the first day of the month after a day's.
func otherMonth(day string) string {
	month, err := strconv.Atoi(day[:2])
	if err != nil {
		return day
	}
	return fmt.Sprintf("%02d-01", month%12+1)
}

// weightChanges moves half of a weight to the weight before it and, another time, to the weight after it, so that the
// sum stays what it is; of a weight of 0, half of the other's to it.
func weightChanges(pack *policy.Pack, id policy.ParameterID, clause policy.ClauseID) []change {
	var ids []policy.ParameterID
	for _, other := range sortedKeys(pack.Parameters) {
		if strings.HasPrefix(string(other), weights) {
			ids = append(ids, other)
		}
	}
	at := slices.Index(ids, id)
	partners := []policy.ParameterID{ids[(at+1)%len(ids)], ids[(at+len(ids)-1)%len(ids)]}
	var out []change
	for _, partner := range slices.Compact(partners) {
		c := change{id: {}, partner: {}}
		for i, v := range pack.Parameters[id].Values {
			j := slices.IndexFunc(pack.Parameters[partner].Values, func(w policy.Dated) bool { return w.From == v.From })
			if v.Clause != clause || partner == id || j < 0 {
				continue
			}
			own, others := v.Value.Rate(), pack.Parameters[partner].Values[j].Value.Rate()
			moved := own / 2
			if own == 0 {
				moved = -others / 2
			}
			if moved != 0 {
				c[id][i], c[partner][j] = (own - moved).String(), (others + moved).String()
			}
		}
		if len(c[id]) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// copyChanged writes the policy files to a directory with a pack's values changed, and makes sure they still load.
func copyChanged(files fs.FS, directory, pack string, c change) error {
	left := 0
	for _, values := range c {
		left += len(values)
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		target := filepath.Join(directory, filepath.FromSlash(name))
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(target, 0o777)
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if left > 0 && path.Dir(name) == pack && path.Ext(name) == ".yaml" && path.Base(name) != "pack.yaml" {
			var changed int
			if content, changed, err = applied(content, c); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			left -= changed
		}
		return os.WriteFile(target, content, 0o666)
	})
	if err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%d values to change were not found in the files of pack %s", left, pack)
	}
	if _, err := policy.Load(os.DirFS(directory)); err != nil {
		return fmt.Errorf("the policy files do not load any more: %w", err)
	}
	return nil
}

// applied rewrites a parameter file with the changes that concern it, and counts them.
func applied(content []byte, c change) ([]byte, int, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, 0, err
	}
	if document.Kind != yaml.DocumentNode {
		return content, 0, nil
	}
	parameters := member(document.Content[0], "parameters")
	changed := 0
	for id, values := range c {
		list := member(member(parameters, string(id)), "values")
		if list == nil {
			continue
		}
		for i, text := range values {
			if value := member(list.Content[i], "value"); value != nil {
				value.Value = text
				changed++
			}
		}
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	if err := encoder.Encode(&document); err != nil {
		return nil, 0, err
	}
	return out.Bytes(), changed, encoder.Close()
}

// member finds a key of a mapping; nil when there is none.
func member(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}
