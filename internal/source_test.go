// Package internal_test holds the tests of the house itself: what may import what, and how it is kept tidy.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tongchou/internal/policy"
	"tongchou/policies"
)

// source is one Go file of the module.
type source struct {
	path string // below the module root: "internal/pool/fund.go"
	text string
	set  *token.FileSet
	ast  *ast.File
}

func (s source) pkg() string { return path.Dir(s.path) }

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) generated() bool {
	return strings.HasSuffix(s.path, "_templ.go") || ast.IsGenerated(s.ast)
}

func (s source) line(p token.Pos) int { return s.set.Position(p).Line }

// literals gives the value of every string and character literal but import paths.
func (s source) literals(found func(value string, node *ast.BasicLit)) {
	ast.Inspect(s.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if n.Kind == token.STRING || n.Kind == token.CHAR {
				if value, err := strconv.Unquote(n.Value); err == nil {
					found(value, n)
				}
			}
		}
		return true
	})
}

// parse reads one file's source.
func parse(name, text string) (source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{path: name, text: text, set: set, ast: file}, err
}

// must parses the sources of a self-test.
func must(t *testing.T, files map[string]string) []source {
	t.Helper()
	var out []source
	for name, text := range files {
		s, err := parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b source) int { return strings.Compare(a.path, b.path) })
	return out
}

// tree is the module as it stands: its Go files parsed, its other text files as they are.
type tree struct {
	sources []source
	texts   map[string]string // every text file, Go files included, by path
}

// skipped directories hold nothing that is ours to keep tidy.
func skipped(name string) bool {
	base := path.Base(name)
	return base == ".git" || base == "node_modules" || base == "bin" || name == "internal/web/static/vendor"
}

var house = sync.OnceValues(func() (*tree, error) {
	h := &tree{texts: map[string]string{}}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(name):
			return fs.SkipDir
		case entry.IsDir() || !entry.Type().IsRegular() || path.Base(name) == "go.sum" || strings.HasSuffix(name, ".min.js"):
			return nil
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if len(content) > 1<<20 || strings.ContainsRune(string(content), 0) {
			return nil
		}
		h.texts[name] = string(content)
		if path.Ext(name) != ".go" || strings.Contains("/"+name, "/testdata/") {
			return nil
		}
		s, err := parse(name, string(content))
		if err == nil {
			h.sources = append(h.sources, s)
		}
		return err
	})
	return h, err
})

// read gives the module's files.
func read(t *testing.T) *tree {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", "go.mod")); err != nil {
		t.Fatal(err)
	}
	h, err := house()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// templates gives the templ files.
func (h *tree) templates() map[string]string {
	out := map[string]string{}
	for name, text := range h.texts {
		if path.Ext(name) == ".templ" {
			out[name] = text
		}
	}
	return out
}

// laws loads the policy files.
func laws(t *testing.T) *policy.Library {
	t.Helper()
	library, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	return library
}

// report fails the test with every complaint.
func report(t *testing.T, complaints []string) {
	t.Helper()
	slices.Sort(complaints)
	for _, c := range complaints {
		t.Error(c)
	}
}
