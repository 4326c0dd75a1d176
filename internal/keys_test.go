package internal_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/policy"
)

// texts reads the keys of a language: key → text, from the files as they stand.
func (h *tree) localeTexts(t *testing.T, lang string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, content := range h.texts {
		if path.Dir(name) != "internal/locale/"+lang || path.Ext(name) != ".json" {
			continue
		}
		var texts map[string]string
		if err := json.Unmarshal([]byte(content), &texts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, text := range texts {
			if _, twice := out[key]; twice {
				t.Errorf("%s: %s stands in two files", name, key)
			}
			out[key] = text
		}
	}
	if len(out) == 0 {
		t.Fatalf("no texts in %s", lang)
	}
	return out
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func placeholders(text string) string {
	all := placeholder.FindAllString(text, -1)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// unlike lists keys that one language lacks, leaves empty, or gives other placeholders.
func unlike(zh, en map[string]string) []string {
	var out []string
	for key, text := range zh {
		other, ok := en[key]
		switch {
		case !ok:
			out = append(out, key+": not in English")
		case (text == "") != (other == ""):
			out = append(out, key+": empty in one language")
		case placeholders(text) != placeholders(other):
			out = append(out, fmt.Sprintf("%s: %s in Chinese, %s in English", key, placeholders(text), placeholders(other)))
		}
	}
	for key := range en {
		if _, ok := zh[key]; !ok {
			out = append(out, key+": not in Chinese")
		}
	}
	return out
}

func TestLanguagesAgree(t *testing.T) {
	h := read(t)
	report(t, unlike(h.localeTexts(t, "zh"), h.localeTexts(t, "en")))
	got := unlike(map[string]string{"a": "{x} {y}", "b": "", "c": "{x}{x}"}, map[string]string{"a": "{y} {z}", "c": "{x}", "d": ""})
	if len(got) != 3 {
		t.Errorf("a, b and d differ: %q", got)
	}
}

var (
	// keyPattern is what a locale key looks like.
	keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
	// filePattern is what looks like a key but names a file.
	filePattern = regexp.MustCompile(`\.(csv|tsv|json|yaml|yml|md|go|templ|html|css|js|svg|png|xlsx|txt|txtar|sum|mod|sh|ico|woff2|zip)$`)
	templString = regexp.MustCompile("\"(?:[^\"\\\\\n]|\\\\.)*\"|`[^`]*`")
)

// written is a string literal and where it stands; key tells that it is given to a function that takes a locale key.
type written struct {
	value, place string
	key          bool
}

var templKey = regexp.MustCompile(`\.T\(("[^"]*")[,)]`)

// keyOf gives the literal a call takes as a locale key: T(key, …), Msg(key, …), fault.New(kind, key, …),
// fault.Wrap(cause, key, …); nil for other calls and for keys that are put together.
func keyOf(call *ast.CallExpr) *ast.BasicLit {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	of, _ := selector.X.(*ast.Ident)
	at := -1
	switch name := selector.Sel.Name; {
	case name == "T" || name == "Msg":
		at = 0
	case (name == "New" || name == "Wrap") && of != nil && of.Name == "fault":
		at = 1
	}
	if at < 0 || at >= len(call.Args) {
		return nil
	}
	literal, _ := call.Args[at].(*ast.BasicLit)
	return literal
}

// literals gives every string literal of the program: of Go files but tests and generated ones, and of templ files.
func (h *tree) literals() []written {
	var out []written
	for _, s := range h.sources {
		if s.test() || s.generated() || !under(s.pkg(), "internal") && !under(s.pkg(), "cmd") {
			continue
		}
		keys := map[*ast.BasicLit]bool{}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				keys[keyOf(call)] = true
			}
			return true
		})
		s.literals(func(value string, node *ast.BasicLit) {
			out = append(out, written{value, fmt.Sprintf("%s:%d", s.path, s.line(node.Pos())), keys[node]})
		})
	}
	for name, text := range h.templates() {
		for i, line := range strings.Split(text, "\n") {
			keys := map[string]bool{}
			for _, call := range templKey.FindAllStringSubmatch(line, -1) {
				keys[call[1]] = true
			}
			for _, literal := range templString.FindAllString(line, -1) {
				if value, err := strconv.Unquote(literal); err == nil {
					out = append(out, written{value, fmt.Sprintf("%s:%d", name, i+1), keys[literal]})
				}
			}
		}
	}
	return out
}

// unknown lists literals that are given as locale keys and are none, or look like one and are none: their first part is
// that of a key, and they are no parameter, no beginning of a key or parameter, and no file.
func unknown(literals []written, keys map[string]string, library *policy.Library) []string {
	firsts, known := map[string]bool{}, map[string]bool{}
	names := []string{}
	for key := range keys {
		names = append(names, key)
		first, _, _ := strings.Cut(key, ".")
		firsts[first] = true
	}
	for _, d := range library.Definitions {
		names = append(names, string(d.ID))
	}
	for _, name := range names {
		for known[name] = true; strings.Contains(name, "."); known[name] = true {
			name = name[:strings.LastIndex(name, ".")]
		}
	}
	var out []string
	for _, w := range literals {
		first, _, _ := strings.Cut(w.value, ".")
		_, exists := keys[w.value]
		if w.key && !exists || firsts[first] && keyPattern.MatchString(w.value) && !known[w.value] && !filePattern.MatchString(w.value) {
			out = append(out, fmt.Sprintf("%s: there is no text %q", w.place, w.value))
		}
	}
	return out
}

// families are the patterns of builtKeys.
func families() []string {
	var out []string
	for _, b := range builtKeys {
		out = append(out, strings.Fields(b.keys)...)
	}
	return out
}

// unused lists keys that no literal names and that are of no family, and families that nothing builds or that have no
// keys any more.
func unused(literals []written, keys map[string]string, families []string) []string {
	said := map[string]bool{}
	for _, w := range literals {
		said[w.value] = true
	}
	left := map[string]bool{}
	for key := range keys {
		left[key] = !said[key]
	}
	var out []string
	for _, family := range families {
		before, _, _ := strings.Cut(family, "*")
		if !slices.ContainsFunc(literals, func(w written) bool { return strings.HasPrefix(w.value, before) && !keyPattern.MatchString(w.value) }) {
			out = append(out, fmt.Sprintf("no code builds texts %s", family))
		}
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(family), `\*`, `.+`) + "$")
		empty := true
		for key := range keys {
			if pattern.MatchString(key) {
				left[key], empty = false, false
			}
		}
		if empty {
			out = append(out, fmt.Sprintf("there are no texts %s", family))
		}
	}
	for key := range keys {
		if left[key] {
			out = append(out, fmt.Sprintf("nothing says text %s", key))
		}
	}
	return out
}

func TestEveryTextSaidExists(t *testing.T) {
	h, library := read(t), laws(t)
	keys := h.localeTexts(t, "zh")
	report(t, unknown(h.literals(), keys, library))

	small := &tree{
		sources: must(t, map[string]string{"internal/pool/a.go": `package pool

var _ = list("a.b", "a.c", "a.b.c", "x.y", "a.csv", "pool.first_year", "a.d", p.T("x.z"), p.T("a.b", "e.f", 1), fault.New(k, "x.k"), errors.New("x"))
`}),
		texts: map[string]string{"internal/web/a.templ": "{ f.T(\"x.w\") } { f.T(\"a.b\", \"g\", \"x.v\") } { f.T(\"a.\"+x) }"},
	}
	var got []string
	for _, complaint := range unknown(small.literals(), map[string]string{"a.b": "", "a.d.e": "", "pool.x": ""}, library) {
		got = append(got, complaint[strings.Index(complaint, "text ")+5:])
	}
	if want := []string{`"a.c"`, `"a.b.c"`, `"x.z"`, `"x.k"`, `"x.w"`}; !slices.Equal(got, want) {
		t.Errorf("unknown: %q, want %q", got, want)
	}
}

func TestEveryTextIsSaid(t *testing.T) {
	h := read(t)
	report(t, unused(h.literals(), h.localeTexts(t, "zh"), families()))

	keys := map[string]string{"a.b": "", "a.c": "", "d.x.y": "", "e.x.short": "", "e.x.long": ""}
	got := unused([]written{{value: "a.b"}, {value: "d."}, {value: "e."}, {value: "h."}}, keys, []string{"d.*", "e.*.short", "g.*", "h.*"})
	slices.Sort(got)
	want := []string{"no code builds texts g.*", "nothing says text a.c", "nothing says text e.x.long", "there are no texts g.*", "there are no texts h.*"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
